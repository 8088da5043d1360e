//! The first page: who is signing in?
use axum::response::Response;
use vestibule_kernel::Result;
use vestibule_languages::Text;
use vestibule_people::users::{self, EmailAddress};
use vestibule_signin::authorize::ScreenHint;
use vestibule_signin::password_reset;
use vestibule_signin::redirect_uris;

use super::{Journey, Mailed, Refused, Step, social};
use crate::routes::jobs;
use crate::screens::{Problem, SignIn};
use crate::web::{Visit, see_other};

/// What the script of the pages says of a browser that can make passkeys.
pub const CAN: &str = "yes";
/// The mark of a first page that takes the place of one that came too late.
const LATE: &str = "late";
/// The mark of a first page that an invitation led to which is over.
const UNINVITED: &str = "uninvited";

/// `GET /authkit/{request}`: wherever the journey stands.
pub fn begin(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    if let Some(waiting) = journey.waiting()? {
        return journey.to(Step::of(&waiting.needs));
    }
    if journey.request.asked.selector.is_some() {
        return journey.to(Step::Provider);
    }
    // Who comes back from there without a sign-in is asked for an address as anybody is.
    if journey.is_hinted()? && journey.state.problem.is_none() {
        return journey.to(Step::Sso);
    }
    if let Some(invitation) = journey.invitation()? {
        // Whoever holds the token was told of it at this address, so this tells nobody anything.
        if !journey.has_account(&invitation.email)? {
            return journey.to(Step::SignUp);
        }
        return first(journey.taken_up_by(&invitation.email)?);
    }
    if let Some(token) = &journey.request.asked.password_reset_token {
        let path = url::form_urlencoded::Serializer::new(format!("{}?", password_reset::PATH))
            .append_pair("token", token)
            .finish();
        let mut response = see_other(&path)?;
        journey.remember(&mut response);
        return Ok(response);
    }
    if journey.request.asked.invitation_token.is_some() {
        return see_other(&format!("{}?{UNINVITED}", journey.path(Step::SignIn)));
    }
    let wants_account = journey.request.asked.screen_hint == ScreenHint::SignUp;
    let step = match wants_account {
        true if journey.may_sign_up()? => Step::SignUp,
        true if journey.has_waitlist()? => Step::Waitlist,
        true | false => Step::SignIn,
    };
    journey.to(step)
}

/// `GET /authkit/{request}/sign-in`
pub fn show(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let late = visit.query(LATE).map(|_| "problem-late");
    let uninvited = visit.query(UNINVITED).map(|_| "problem-invitation-sign-in");
    let told = late.or(uninvited).map(Text::new).or_else(|| journey.state.problem.clone());
    let refused = told.map(|it| Refused::because(Problem::overall(it)));
    let email = journey.known_email()?;
    ask(&journey, email, refused)
}

/// `POST /authkit/{request}/sign-in`
pub fn send(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let typed = visit.field("email").to_owned();
    let Some(email) = EmailAddress::parse(&typed) else {
        let problem = Problem::with("email", not_an_address(&typed));
        return ask(&journey, typed, Some(Refused::because(problem)));
    };
    first(journey.taken_up_by(email.as_str())?)
}

/// Keeps the address, and leads to where it is asked for what proves it.
fn first(journey: Journey<'_>) -> Result<Response> {
    let mut state = journey.state.clone();
    let by_connection = journey.connection()?.is_some();
    if by_connection || journey.has_no_way_here() {
        journey.begin_again(&state)?;
        // Who has another way too is asked which.
        let straight = by_connection && journey.has_no_way_here();
        return journey.to(if straight { Step::Sso } else { Step::Another });
    }
    if !journey.asks_email() {
        journey.begin_again(&state)?;
        return journey.to(Step::Passkey);
    }
    if journey.policy.password {
        journey.begin_again(&state)?;
        return journey.to(Step::Password);
    }
    // Where there are no passwords, a code is the only way.
    state.mailed = Some(Mailed::Access);
    if journey.flow.limit(super::MAILS, &users::fold(&state.email)).is_ok() {
        let job = journey.mail_job(&state.email)?;
        journey.begin_again_with(&state, jobs::SEND_CODE, job)?;
    } else {
        journey.begin_again(&state)?;
    }
    journey.to(Step::Code)
}

/// What is wrong with an address.
pub fn not_an_address(typed: &str) -> Text {
    if typed.is_empty() {
        return Text::new("problem-email-missing");
    }
    let shown: String = typed.chars().take(80).collect();
    Text::new("problem-email").with("typed", shown)
}

/// The first page.
pub fn ask(journey: &Journey<'_>, email: String, refused: Option<Refused>) -> Result<Response> {
    let passkey = journey.ask_for_passkey(Step::AnyPasskey)?;
    let (form, status) = journey.form(Step::SignIn, refused);
    let own_page = journey.flow.read(redirect_uris::sign_up_url)?;
    let sign_up_path =
        journey.may_sign_up()?.then(|| own_page.unwrap_or_else(|| journey.path(Step::SignUp)));
    let waitlist_path = journey.has_waitlist()?.then(|| journey.path(Step::Waitlist));
    let screen = SignIn {
        form,
        email,
        notice: None,
        passkey,
        sign_up_path,
        waitlist_path,
        asks_email: journey.asks_email(),
        providers: social::offered(journey)?,
    };
    journey.page(status, &screen)
}

impl Journey<'_> {
    fn has_account(&self, email: &str) -> Result<bool> {
        self.flow.read(|cx| Ok(users::get_by_email(cx, email)?.is_some()))
    }
}

/// Sends somebody whose sign-in has run out of time back to its first page.
pub fn too_late(journey: &Journey<'_>) -> Result<Response> {
    see_other(&format!("{}?{LATE}", journey.path(Step::SignIn)))
}
