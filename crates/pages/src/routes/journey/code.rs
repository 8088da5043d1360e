//! A mailed code in the place of a password.
use axum::response::Response;
use vestibule_kernel::Result;
use vestibule_languages::Text;
use vestibule_people::codes::LIFETIME_SECONDS;
use vestibule_people::users;
use vestibule_signin::authenticate::credentials;

use super::{CODES, Journey, MAILS, Mailed, Refused, State, Step, is_stopped};
use crate::routes::jobs;
use crate::screens::{Code, CodePurpose};
use crate::web::{Visit, see_other};

/// The mark of a page that tells of a new code.
pub const SENT: &str = "sent";
/// How that is told.
pub fn on_its_way() -> Text {
    Text::new("code-on-its-way")
}

/// `POST /authkit/{request}/code/send`
pub fn mail(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let email = journey.state.email.clone();
    if email.is_empty() || !journey.policy.magic_auth {
        return journey.to(Step::SignIn);
    }
    if let Err(error) = journey.flow.limit(MAILS, &users::fold(&email)) {
        return ask(&journey, Some(Refused::of(error, "code")?));
    }
    // Judged now, so that who is kept out is mailed nothing; and taken for the same when it is used.
    let judged = match credentials::judge_code(&journey.flow, &journey.visitor()?, &email) {
        Ok(judged) => judged.id().map(|it| it.to_string()),
        Err(error) if is_stopped(&error) => return journey.stopped(&error),
        Err(error) => return Err(error),
    };
    let again = journey.state.mailed == Some(Mailed::Access);
    let job = journey.mail_job(&email)?;
    let passkeys = journey.state.passkeys;
    let state = State {
        email,
        mailed: Some(Mailed::Access),
        passkeys,
        radar_attempt_id: judged,
        ..State::default()
    };
    journey.begin_again_with(&state, jobs::SEND_CODE, job)?;
    let mark = if again { format!("?{SENT}") } else { String::new() };
    see_other(&format!("{}{mark}", journey.path(Step::Code)))
}

/// `GET /authkit/{request}/code`
pub fn show(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    if journey.state.mailed != Some(Mailed::Access) {
        return journey.to(Step::SignIn);
    }
    ask(&journey, None)
}

/// `POST /authkit/{request}/code`
pub fn send(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    if journey.state.mailed != Some(Mailed::Access) {
        return journey.to(Step::SignIn);
    }
    let (visitor, wish) = (journey.visitor()?, journey.wish()?);
    let (email, code) = (&journey.state.email, journey.code());
    let done = journey.tries(CODES, email, || {
        credentials::magic_auth(&journey.flow, &visitor, &wish, email, &code)
    });
    match done {
        Ok(outcome) => journey.go_on(outcome),
        Err(error) if is_stopped(&error) => journey.stopped(&error),
        Err(error) => ask(&journey, Some(Refused::of(error, "code")?)),
    }
}

/// How long a mailed code works.
pub const MINUTES_VALID: u32 = LIFETIME_SECONDS / 60;

fn ask(journey: &Journey<'_>, refused: Option<Refused>) -> Result<Response> {
    let notice = match &refused {
        None => journey.visit.query(SENT).map(|_| on_its_way()),
        Some(_) => None,
    };
    let (form, status) = journey.form(Step::Code, refused);
    let screen = Code {
        form,
        purpose: CodePurpose::SignIn,
        email: journey.state.email.clone(),
        telephone: None,
        minutes_valid: MINUTES_VALID,
        notice,
        change_path: Some(journey.path(Step::SignIn)),
        resend_action: journey.path(Step::SendCode),
        password_path: journey.policy.password.then(|| journey.path(Step::Password)),
        phone_path: None,
    };
    journey.page(status, &screen)
}
