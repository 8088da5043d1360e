//! A new account.
//!
//! Whether somebody has the address already is not told here but in the mail that goes to it: a new
//! account's owner gets the code that proves the address, and the owner of an old one a code to sign
//! in with. Both are asked for by the same page.
use axum::response::Response;
use vestibule_kernel::{Cx, Result};
use vestibule_languages::Text;
use vestibule_people::passwords::{Owner, PasswordPolicy};
use vestibule_people::users::{self, EmailAddress};
use vestibule_signin::authenticate::credentials::{self, NewAccount};
use vestibule_signin::sessions::Method;

use super::entry::not_an_address;
use super::{Journey, MAILS, Mailed, Refused, SIGN_INS, SIGN_UPS, State, Step, is_stopped, social};
use crate::routes::jobs;
use crate::screens::{Problem, SignUp};
use crate::web::Visit;
use crate::words;

/// The longest name that is taken, in characters.
const NAME_CHARACTERS_MAX: usize = 255;

/// What was typed.
#[derive(Default)]
struct Typed {
    email: String,
    first_name: String,
    last_name: String,
}

/// `GET /authkit/{request}/sign-up`
pub fn show(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    if !journey.may_sign_up()? {
        return elsewhere(&journey);
    }
    let email = journey.known_email()?;
    ask(&journey, Typed { email, ..Typed::default() }, None)
}

/// `POST /authkit/{request}/sign-up`
pub fn send(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    if !journey.may_sign_up()? {
        return elsewhere(&journey);
    }
    let email = match journey.invitation()? {
        Some(invitation) => invitation.email,
        None => visit.field("email").to_owned(),
    };
    let typed = Typed {
        email,
        first_name: visit.field("first_name").to_owned(),
        last_name: visit.field("last_name").to_owned(),
    };
    if let Some(problem) = fault(&typed) {
        return ask(&journey, typed, Some(Refused::because(problem)));
    }
    let journey = journey.taken_up_by(&typed.email)?;
    if journey.has_no_way_here() {
        journey.begin_again(&journey.state)?;
        return journey.to(Step::Another);
    }
    let allowed = journey
        .flow
        .limit(SIGN_UPS, &journey.visit.place())
        .and_then(|()| journey.limit(SIGN_INS, &typed.email));
    if let Err(error) = allowed {
        return ask(&journey, typed, Some(Refused::of(error, "email")?));
    }
    if journey.policy.password { with_password(journey, typed) } else { by_code(journey, typed) }
}

/// Where nobody makes an account for themselves.
fn elsewhere(journey: &Journey<'_>) -> Result<Response> {
    journey.to(if journey.has_waitlist()? { Step::Waitlist } else { Step::SignIn })
}

fn with_password(journey: Journey<'_>, typed: Typed) -> Result<Response> {
    let (visitor, wish) = (journey.visitor()?, journey.wish()?);
    let password = journey.visit.secret("password");
    // Where the next page of a new account would not ask for a code, nothing can be kept back.
    let tells = journey.invitation()?.is_some() || !journey.policy.email_verification;
    let job = if tells { None } else { Some(journey.mail_job(&typed.email)?) };
    let taken = move |cx: &mut Cx<'_>| match &job {
        Some(job) => cx.enqueue(jobs::ANSWER_SIGN_UP, job),
        None => Ok(()),
    };
    let account = account(&typed);
    match credentials::sign_up(&journey.flow, &visitor, &wish, account, &password, taken) {
        Ok(outcome) => {
            let state = State { mailed: Some(Mailed::NewAccount), ..journey.state.clone() };
            Journey { state, ..journey }.go_on(outcome)
        }
        Err(error) if error.code() == users::USER_CREATION_ERROR && tells => {
            let problem = Problem::with("email", Text::new("problem-email-taken"));
            ask(&journey, typed, Some(Refused::because(problem)))
        }
        Err(error) if is_stopped(&error) => journey.stopped(&error),
        // As if the account had been made just now.
        Err(error) if error.code() == users::USER_CREATION_ERROR => {
            let state = State { mailed: Some(Mailed::TakenAddress), ..journey.state.clone() };
            journey.begin_again(&state)?;
            journey.to(Step::Verify)
        }
        Err(error) => ask(&journey, typed, Some(Refused::of(error, "password")?)),
    }
}

/// Without passwords, account and code are made in one, afterwards.
fn by_code(journey: Journey<'_>, typed: Typed) -> Result<Response> {
    if let Err(error) = journey.flow.limit(MAILS, &users::fold(&typed.email)) {
        return ask(&journey, typed, Some(Refused::of(error, "email")?));
    }
    let (visitor, email) = (journey.visitor()?, typed.email.as_str());
    let judged = credentials::judge_sign_up(&journey.flow, &visitor, email, Method::MagicAuth);
    let radar_attempt_id = match judged {
        Ok(judged) => judged.id().map(|it| it.to_string()),
        Err(error) if is_stopped(&error) => return journey.stopped(&error),
        Err(error) => return Err(error),
    };
    let account = account(&typed);
    let wish = journey.wish()?;
    match credentials::ask_to_sign_up(&journey.flow, &visitor, &wish, &account) {
        Ok(()) => {}
        Err(error) if is_stopped(&error) => return journey.stopped(&error),
        Err(error) => return ask(&journey, typed, Some(Refused::of(error, "email")?)),
    }
    let NewAccount { email, first_name, last_name } = account;
    let invitation_token = journey.invitation()?.map(|it| it.token);
    let audience = journey.flow.request().audience.clone();
    let job = jobs::NewAccountByCode { email, first_name, last_name, invitation_token, audience };
    let state = State { mailed: Some(Mailed::Access), radar_attempt_id, ..journey.state.clone() };
    journey.begin_again_with(&state, jobs::SIGN_UP_BY_CODE, job)?;
    journey.to(Step::Code)
}

fn fault(typed: &Typed) -> Option<Problem> {
    if EmailAddress::parse(&typed.email).is_none() {
        return Some(Problem::with("email", not_an_address(&typed.email)));
    }
    let long = |name: &str| name.chars().count() > NAME_CHARACTERS_MAX;
    let text = || Text::new("problem-name-length");
    match (long(&typed.first_name), long(&typed.last_name)) {
        (true, _) => Some(Problem::with("first_name", text())),
        (false, true) => Some(Problem::with("last_name", text())),
        (false, false) => None,
    }
}

fn account(typed: &Typed) -> NewAccount {
    let name = |it: &str| (!it.is_empty()).then(|| it.to_owned());
    NewAccount {
        email: typed.email.clone(),
        first_name: name(&typed.first_name),
        last_name: name(&typed.last_name),
    }
}

fn ask(journey: &Journey<'_>, typed: Typed, refused: Option<Refused>) -> Result<Response> {
    let (invitation, wish) = (journey.invitation()?, journey.wish()?);
    let (policy, organization) = journey.flow.read(|cx| {
        let id = invitation.as_ref().and_then(|it| it.organization_id.as_ref());
        // As a sign-up is judged: whoever may have the address makes no difference.
        let joined = id.or(wish.organization_id.as_ref());
        let owner = Owner { user: None, email: &typed.email, organization: joined };
        let organization = match id {
            Some(id) => vestibule_people::organizations::get(cx, id)?,
            None => None,
        };
        Ok((PasswordPolicy::of(cx, owner)?, organization))
    })?;
    let (form, status) = journey.form(Step::SignUp, refused);
    let Typed { email, first_name, last_name } = typed;
    let screen = SignUp {
        form,
        email,
        email_is_fixed: invitation.is_some(),
        first_name,
        last_name,
        asks_password: journey.policy.password,
        password_hint: words::password_hint(&policy),
        organization: organization.map(|it| it.name),
        passkeys: journey.passkeys,
        sign_in_path: journey.path(Step::SignIn),
        providers: social::offered(journey)?,
    };
    journey.page(status, &screen)
}
