//! The password of the address that was typed, whether anybody has it or not.
use axum::response::Response;
use vestibule_kernel::Result;
use vestibule_signin::authenticate::credentials;

use super::{Journey, Refused, SIGN_INS, Step, is_stopped};
use crate::screens::Password;
use crate::web::Visit;

/// `GET /authkit/{request}/password`
pub fn show(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    if journey.state.email.is_empty() {
        return journey.to(Step::SignIn);
    }
    ask(&journey, None)
}

/// `POST /authkit/{request}/password`
pub fn send(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let email = journey.state.email.clone();
    if email.is_empty() {
        return journey.to(Step::SignIn);
    }
    let (visitor, wish) = (journey.visitor()?, journey.wish()?);
    let password = visit.secret("password");
    let done = journey.tries(SIGN_INS, &email, || {
        credentials::password(&journey.flow, &visitor, &wish, &email, &password)
    });
    match done {
        Ok(outcome) => journey.go_on(outcome),
        Err(error) if is_stopped(&error) => journey.stopped(&error),
        Err(error) => ask(&journey, Some(Refused::of(error, "password")?)),
    }
}

fn ask(journey: &Journey<'_>, refused: Option<Refused>) -> Result<Response> {
    let passkey = journey.ask_for_passkey(Step::Passkey)?;
    let (form, status) = journey.form(Step::Password, refused);
    let screen = Password {
        form,
        email: journey.state.email.clone(),
        change_path: journey.path(Step::SignIn),
        forgotten_path: journey.path(Step::Forgotten),
        code_action: journey.policy.magic_auth.then(|| journey.path(Step::SendCode)),
        passkey,
    };
    journey.page(status, &screen)
}
