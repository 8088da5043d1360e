//! A forgotten password: asks where to mail the link, and says the same whoever has the address.
use axum::http::StatusCode;
use axum::response::Response;
use vestibule_kernel::Result;
use vestibule_people::users::{self, EmailAddress};
use vestibule_signin::password_reset::LIFETIME_SECONDS;

use super::entry::not_an_address;
use super::{Journey, MAILS, Refused, State, Step};
use crate::routes::jobs;
use crate::screens::{ForgottenPassword, Problem, ResetSent};
use crate::web::Visit;

/// `GET /authkit/{request}/forgotten`
pub fn show(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    if !journey.policy.password {
        return journey.to(Step::SignIn);
    }
    let email = journey.known_email()?;
    ask(&journey, email, None)
}

/// `POST /authkit/{request}/forgotten`
pub fn send(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    if !journey.policy.password {
        return journey.to(Step::SignIn);
    }
    let typed = visit.field("email").to_owned();
    let Some(email) = EmailAddress::parse(&typed) else {
        let problem = Problem::with("email", not_an_address(&typed));
        return ask(&journey, typed, Some(Refused::because(problem)));
    };
    if let Err(error) = journey.flow.limit(MAILS, &users::fold(email.as_str())) {
        return ask(&journey, typed, Some(Refused::of(error, "email")?));
    }
    let state = State {
        email: email.as_str().to_owned(),
        passkeys: journey.state.passkeys,
        ..State::default()
    };
    let job = journey.mail_job(&state.email)?;
    journey.begin_again_with(&state, jobs::SEND_RESET, job)?;
    let mut response = journey.to(Step::ResetSent)?;
    journey.remember(&mut response);
    Ok(response)
}

/// `GET /authkit/{request}/forgotten/sent`
pub fn sent(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    if journey.state.email.is_empty() {
        return journey.to(Step::Forgotten);
    }
    let screen = ResetSent {
        email: journey.state.email.clone(),
        minutes_valid: LIFETIME_SECONDS / 60,
        change_path: journey.path(Step::Forgotten),
        sign_in_path: journey.path(Step::SignIn),
    };
    journey.page(StatusCode::OK, &screen)
}

fn ask(journey: &Journey<'_>, email: String, refused: Option<Refused>) -> Result<Response> {
    let (form, status) = journey.form(Step::Forgotten, refused);
    let sign_in_path = journey.path(Step::SignIn);
    journey.page(status, &ForgottenPassword { form, email, sign_in_path })
}
