//! The mailed code that proves an address.
use axum::response::Response;
use vestibule_kernel::{Error, Kind, Result};
use vestibule_people::email_verifications;
use vestibule_people::users;
use vestibule_signin::authenticate::attempt::Needs;
use vestibule_signin::authenticate::{credentials, steps};
use vestibule_signin::magic_auth;

use super::code::{MINUTES_VALID, SENT, on_its_way};
use super::{CODES, Journey, MAILS, Mailed, Refused, Step, entry, is_stopped};
use crate::routes::jobs;
use crate::screens::{Code, CodePurpose};
use crate::web::{Visit, see_other};

/// `GET /authkit/{request}/verify`
pub fn show(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    if stands_here(&journey)? { ask(&journey, None) } else { journey.to(Step::Begin) }
}

/// `POST /authkit/{request}/verify`
pub fn send(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    if !stands_here(&journey)? {
        return entry::too_late(&journey);
    }
    let (email, code) = (&journey.state.email, journey.code());
    let visitor = journey.visitor()?;
    let done = journey.tries(CODES, email, || match journey.pending() {
        Some(pending) => steps::verify_email(&journey.flow, &visitor, pending, &code),
        None => {
            let wish = journey.wish()?;
            credentials::magic_auth(&journey.flow, &visitor, &wish, email, &code)
        }
    });
    match done {
        Ok(outcome) => journey.go_on(outcome),
        Err(error) if is_stopped(&error) => journey.stopped(&error),
        // Where no codes sign in, the owner of the address got a link, and no digits are right.
        Err(error) if error.code() == magic_auth::METHOD_NOT_ALLOWED => {
            let wrong = Error::bad_request("invalid_one_time_code", "There is no such code.");
            ask(&journey, Some(Refused::of(wrong, "code")?))
        }
        Err(error) => ask(&journey, Some(Refused::of(error, "code")?)),
    }
}

/// `POST /authkit/{request}/verify/send`
pub fn mail(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    if !stands_here(&journey)? {
        return entry::too_late(&journey);
    }
    let done =
        journey.flow.limit(MAILS, &users::fold(&journey.state.email)).and_then(|()| match journey
            .waiting()?
        {
            Some(waiting) => {
                let user = waiting.user;
                let sent = journey.flow.write(move |cx| email_verifications::send(cx, &user));
                match sent {
                    // The owner of an old account is mailed afterwards, and nobody is told when
                    // that was once too often: so here.
                    Err(error) if error.kind() == Kind::TooManyRequests => Ok(()),
                    sent => sent.map(|_| ()),
                }
            }
            None => {
                let job = journey.mail_job(&journey.state.email)?;
                journey.flow.write(move |cx| cx.enqueue(jobs::ANSWER_SIGN_UP, &job))
            }
        });
    match done {
        Ok(()) => see_other(&format!("{}?{SENT}", journey.path(Step::Verify))),
        Err(error) => ask(&journey, Some(Refused::of(error, "code")?)),
    }
}

/// Whether such a code is what the journey waits for, or seems to.
fn stands_here(journey: &Journey<'_>) -> Result<bool> {
    if journey.pending().is_none() {
        return Ok(journey.state.mailed == Some(Mailed::TakenAddress));
    }
    Ok(journey.waiting()?.is_some_and(|it| matches!(it.needs, Needs::EmailVerification)))
}

fn ask(journey: &Journey<'_>, refused: Option<Refused>) -> Result<Response> {
    let notice = match &refused {
        None => journey.visit.query(SENT).map(|_| on_its_way()),
        Some(_) => None,
    };
    let (form, status) = journey.form(Step::Verify, refused);
    let back = match journey.state.mailed {
        Some(Mailed::NewAccount | Mailed::TakenAddress) => Step::SignUp,
        Some(Mailed::Access) | None => Step::SignIn,
    };
    let screen = Code {
        form,
        purpose: CodePurpose::VerifyEmail,
        email: journey.state.email.clone(),
        telephone: None,
        minutes_valid: MINUTES_VALID,
        notice,
        change_path: Some(journey.path(back)),
        resend_action: journey.path(Step::SendVerification),
        password_path: None,
        phone_path: None,
    };
    journey.page(status, &screen)
}
