//! Passkeys: one that anybody has, on the first page; one of the address that was typed; and the
//! offer of one after a sign-in without.
use axum::response::Response;
use serde::de::DeserializeOwned;
use vestibule_kernel::{Error, Result};
use vestibule_signin::authenticate::attempt::Outcome;
use vestibule_signin::authenticate::passkeys as steps;
use vestibule_signin::passkeys::{self, Answer, Begun, INVALID_CREDENTIAL, Place, UsedCredential};

use super::{Journey, Refused, SIGN_INS, Step, entry, is_stopped};
use crate::screens::{Passkey, PasskeyAsk, PasskeyOffer};
use crate::web::Visit;

impl Journey<'_> {
    /// What a browser is asked that may sign in with a passkey; `step` takes the answer.
    pub fn ask_for_passkey(&self, step: Step) -> Result<Option<PasskeyAsk>> {
        if !self.passkeys {
            return Ok(None);
        }
        let place = self.place();
        let begun = self.flow.read(|cx| passkeys::begin_authentication(cx, &place, None))?;
        asked(self.path(step), begun).map(Some)
    }

    /// Where passkeys are asked for on this journey.
    fn place(&self) -> Place {
        Place::Pages(self.request.id.to_string())
    }
}

/// `POST /authkit/{request}/sign-in/passkey`: whoever has it.
pub fn send_any(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    if !journey.passkeys {
        return journey.to(Step::SignIn);
    }
    match prove(&journey, None) {
        Ok(outcome) => journey.go_on(outcome),
        Err(error) if is_stopped(&error) => journey.stopped(&error),
        Err(error) => {
            let email = journey.known_email()?;
            entry::ask(&journey, email, Some(Refused::of(error, "email")?))
        }
    }
}

/// `GET /authkit/{request}/sign-in/passkey`
pub fn show_any(visit: &Visit) -> Result<Response> {
    Journey::of(visit)?.to(Step::SignIn)
}

/// `GET /authkit/{request}/passkey`
pub fn show(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    if journey.state.email.is_empty() {
        return journey.to(Step::SignIn);
    }
    ask(&journey, None)
}

/// `POST /authkit/{request}/passkey`: the one whose address was typed.
pub fn send(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let email = journey.state.email.clone();
    if email.is_empty() || !journey.passkeys {
        return journey.to(Step::SignIn);
    }
    match prove(&journey, Some(&email)) {
        Ok(outcome) => journey.go_on(outcome),
        Err(error) if is_stopped(&error) => journey.stopped(&error),
        Err(error) => ask(&journey, Some(Refused::of(error, "credential")?)),
    }
}

fn prove(journey: &Journey<'_>, email: Option<&str>) -> Result<Outcome> {
    let answer: Answer<UsedCredential> = answer(journey.visit, journey.place())?;
    let (visitor, wish) = (journey.visitor()?, journey.wish()?);
    let subject = email.unwrap_or(&answer.credential.id).to_owned();
    journey
        .tries(SIGN_INS, &subject, || steps::sign_in(&journey.flow, &visitor, &wish, answer, email))
}

fn ask(journey: &Journey<'_>, refused: Option<Refused>) -> Result<Response> {
    let Some(ask) = journey.ask_for_passkey(Step::Passkey)? else {
        return journey.to(Step::SignIn);
    };
    let (form, status) = journey.form(Step::Passkey, refused);
    let screen = Passkey {
        form,
        email: journey.state.email.clone(),
        ask,
        change_path: journey.path(Step::SignIn),
        password_path: journey.policy.password.then(|| journey.path(Step::Password)),
        code_action: journey.policy.magic_auth.then(|| journey.path(Step::SendCode)),
    };
    journey.page(status, &screen)
}

/// `GET /authkit/{request}/passkey/new`
pub fn show_offer(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    match journey.pending() {
        // They were turned off since.
        Some(pending) if !journey.passkeys => {
            let outcome = steps::decline(&journey.flow, &journey.visitor()?, pending)?;
            journey.go_on(outcome)
        }
        Some(_) | None => offer(&journey, None),
    }
}

/// `POST /authkit/{request}/passkey/new`: with a passkey, or without.
pub fn send_offer(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let Some(pending) = journey.pending() else { return entry::too_late(&journey) };
    let (flow, visitor) = (&journey.flow, journey.visitor()?);
    let done = if visit.field("credential").is_empty() {
        steps::decline(flow, &visitor, pending)
    } else {
        answer(visit, journey.place())
            .and_then(|answer| steps::enrol(flow, &visitor, pending, answer, None))
    };
    match done {
        Ok(outcome) => journey.go_on(outcome),
        Err(error) if is_stopped(&error) => journey.stopped(&error),
        Err(error) => offer(&journey, Some(Refused::of(error, "credential")?)),
    }
}

fn offer(journey: &Journey<'_>, refused: Option<Refused>) -> Result<Response> {
    let waiting = journey.waiting()?.filter(|it| Step::of(&it.needs) == Step::PasskeyOffer);
    let Some(waiting) = waiting else { return journey.to(Step::Begin) };
    let (place, user) = (journey.place(), waiting.user);
    let email = user.email.clone();
    let begun = journey.flow.write(move |cx| passkeys::begin_registration(cx, &place, &user))?;
    let (form, status) = journey.form(Step::PasskeyOffer, refused);
    let ask = asked(journey.path(Step::PasskeyOffer), begun)?;
    journey.page(status, &PasskeyOffer { form, email, ask })
}

/// What a form asks a browser.
pub fn asked<T: serde::Serialize>(action: String, begun: Begun<T>) -> Result<PasskeyAsk> {
    let Begun { challenge, options } = begun;
    let options = serde_json::to_string(&options).map_err(Error::internal)?;
    Ok(PasskeyAsk { action, challenge: challenge.reveal().to_owned(), options })
}

/// What a browser answered.
pub fn answer<T: DeserializeOwned>(visit: &Visit, place: Place) -> Result<Answer<T>> {
    let credential = serde_json::from_str(visit.field("credential")).map_err(|error| {
        let why = "The form holds no answer of an authenticator.";
        Error::bad_request(INVALID_CREDENTIAL, why).caused_by(error)
    })?;
    Ok(Answer { challenge: visit.secret("challenge"), place, credential })
}
