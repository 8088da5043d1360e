//! The second step: a code of an authenticator app, which may have to be introduced first.
use axum::response::Response;
use vestibule_kernel::{Cx, Error, Result};
use vestibule_signin::authenticate::attempt::{Needs, Waiting};
use vestibule_signin::authenticate::steps;
use vestibule_signin::factors::{self, Factor, FactorType, TotpNames};

use super::{Challenge, Journey, Key, Refused, Step, entry};
use crate::screens::{Problem, TotpChallenge, TotpEnrolment};
use crate::web::Visit;

/// `GET /authkit/{request}/second-step`
pub fn show(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    match kept(&journey)? {
        Some(challenge) => ask(&journey, &challenge, None),
        None => journey.to(Step::Begin),
    }
}

/// `POST /authkit/{request}/second-step`
pub fn send(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let (Some(challenge), Some(pending)) = (kept(&journey)?, journey.pending()) else {
        return entry::too_late(&journey);
    };
    let (visitor, code) = (journey.visitor()?, journey.code());
    let done = steps::verify_factor(&journey.flow, &visitor, pending, &challenge.id, &code);
    match done {
        Ok(outcome) => journey.go_on(outcome),
        Err(error) => ask(&journey, &challenge, Some(refused(error)?)),
    }
}

/// The codes of an app are not mailed, so they are not spoken of as those are.
fn refused(error: Error) -> Result<Refused> {
    let text = match error.code() {
        "invalid_one_time_code" => "That code is not right. Use the one that is shown now.",
        "one_time_code_previously_used" => "That code was used already. Wait for the next one.",
        "one_time_code_too_many_attempts" => {
            "There were too many wrong codes. Wait a while, then sign in again."
        }
        _ => return Refused::of(error, "code"),
    };
    Ok(Refused::because(Problem::with("code", text)))
}

/// Challenges the second factor that a sign-in waits for, if it does. It happens once, on the way
/// to the page, so that no look at the page makes a factor or sends a message.
pub fn challenge(cx: &mut Cx<'_>, waiting: &Waiting) -> Result<Option<Challenge>> {
    match &waiting.needs {
        Needs::Factor(known) => {
            let app = |it: &&Factor| it.r#type == FactorType::Totp;
            let Some(factor) = known.iter().find(app).or(known.first()) else { return Ok(None) };
            let challenge = factors::challenge(cx, &factor.id)?;
            let telephone = factor.sms.as_ref().map(|it| obscured(&it.phone_number));
            Ok(Some(Challenge { id: challenge.id, telephone, key: None }))
        }
        Needs::Enrolment => {
            let names = TotpNames::default();
            let (factor, challenge) = factors::enroll_totp(cx, &waiting.user, names, None)?;
            let key = factor.totp.map(|it| Key { uri: it.uri, secret: it.secret });
            Ok(Some(Challenge { id: challenge.id, telephone: None, key }))
        }
        Needs::EmailVerification | Needs::Organization(_) => Ok(None),
    }
}

/// A telephone number of which its owner knows the rest.
fn obscured(number: &str) -> String {
    let tail = number.char_indices().rev().nth(3).map_or("", |(at, _)| &number[at..]);
    format!("•••• {tail}")
}

/// The challenge, if the journey still waits for it to be met.
fn kept(journey: &Journey<'_>) -> Result<Option<Challenge>> {
    let waits = journey.waiting()?.is_some_and(|it| Step::of(&it.needs) == Step::Factor);
    Ok(journey.state.challenge.clone().filter(|_| waits))
}

fn ask(journey: &Journey<'_>, challenge: &Challenge, refused: Option<Refused>) -> Result<Response> {
    let (form, status) = journey.form(Step::Factor, refused);
    match &challenge.key {
        Some(key) => journey.page(status, &TotpEnrolment::new(form, &key.uri, &key.secret)),
        None => {
            let screen = TotpChallenge {
                form,
                email: journey.state.email.clone(),
                telephone: challenge.telephone.clone(),
                change_path: journey.path(Step::SignIn),
            };
            journey.page(status, &screen)
        }
    }
}
