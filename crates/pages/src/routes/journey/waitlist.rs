//! A place on the waitlist, which takes the place of a new account where people are let in by and by.
//!
//! The answer is the same, and comes as soon, whether the address has an account, waits already or is
//! new: what differs is done afterwards, and only its owner is told, by mail.
use axum::http::StatusCode;
use axum::response::Response;
use vestibule_kernel::Result;
use vestibule_people::users::EmailAddress;

use super::entry::not_an_address;
use super::{Journey, Refused, SIGN_INS, SIGN_UPS, State, Step};
use crate::routes::jobs;
use crate::screens::{OnWaitlist, Problem, Waitlist};
use crate::web::Visit;

/// `GET /authkit/{request}/waitlist`
pub fn show(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    if !journey.has_waitlist()? {
        return journey.to(Step::Begin);
    }
    let email = journey.known_email()?;
    ask(&journey, email, None)
}

/// `POST /authkit/{request}/waitlist`
pub fn send(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    if !journey.has_waitlist()? {
        return journey.to(Step::Begin);
    }
    let typed = visit.field("email").to_owned();
    let Some(email) = EmailAddress::parse(&typed) else {
        let problem = Problem::with("email", not_an_address(&typed));
        return ask(&journey, typed, Some(Refused::because(problem)));
    };
    let journey = journey.taken_up_by(email.as_str())?;
    if journey.policy.sso_required {
        // Their organization lets them in, and nobody else.
        journey.begin_again(&journey.state)?;
        return journey.to(Step::Another);
    }
    let allowed = journey
        .flow
        .limit(SIGN_UPS, &journey.visit.place())
        .and_then(|()| journey.limit(SIGN_INS, email.as_str()));
    if let Err(error) = allowed {
        return ask(&journey, typed, Some(Refused::of(error, "email")?));
    }
    let job = journey.mail_job(email.as_str())?;
    journey.begin_again_with(&journey.state, jobs::JOIN_WAITLIST, job)?;
    journey.to(Step::Waiting)
}

/// `GET /authkit/{request}/waitlist/joined`
pub fn joined(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let State { email, .. } = &journey.state;
    if email.is_empty() {
        return journey.to(Step::Waitlist);
    }
    let screen = OnWaitlist { email: email.clone(), sign_in_path: journey.path(Step::SignIn) };
    journey.page(StatusCode::OK, &screen)
}

fn ask(journey: &Journey<'_>, email: String, refused: Option<Refused>) -> Result<Response> {
    let (form, status) = journey.form(Step::Waitlist, refused);
    let sign_in_path = journey.path(Step::SignIn);
    journey.page(status, &Waitlist { form, email, sign_in_path })
}
