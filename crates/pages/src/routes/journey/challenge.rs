//! A further proof, because the sign-in looks risky: a code by mail or by text message.
use axum::response::Response;
use vestibule_kernel::id::RadarVerificationId;
use vestibule_kernel::{Kind, Result};
use vestibule_languages::Text;
use vestibule_people::users;
use vestibule_signin::authenticate::attempt::{self, Needs};
use vestibule_signin::authenticate::challenges::{self, NewTelephone};
use vestibule_signin::factors::telephone;

use super::code::{MINUTES_VALID, SENT, on_its_way};
use super::{CODES, Journey, MAILS, Named, Refused, State, Step, entry, is_stopped};
use crate::screens::{Code, CodePurpose, Problem, Telephone};
use crate::web::{Visit, see_other};

/// `GET /authkit/{request}/confirm`
pub fn show(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    match asked(&journey)? {
        Some(attempt::Challenge::NewTelephone) if journey.state.telephone.is_none() => {
            journey.to(Step::ChallengePhone)
        }
        Some(challenge) => ask(&journey, &challenge, None),
        None => journey.to(Step::Begin),
    }
}

/// `POST /authkit/{request}/confirm`
pub fn send(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let (Some(challenge), Some(pending)) = (asked(&journey)?, journey.pending()) else {
        return entry::too_late(&journey);
    };
    let (visitor, code) = (journey.visitor()?, journey.code());
    let flow = &journey.flow;
    let done = journey.tries(CODES, &journey.state.email, || match &challenge {
        attempt::Challenge::Email => challenges::answer_mail(flow, &visitor, pending, None, &code),
        attempt::Challenge::Text { .. } => {
            challenges::answer_text(flow, &visitor, pending, None, &code)
        }
        attempt::Challenge::NewTelephone => {
            let named = named(&journey)?;
            challenges::answer_text(flow, &visitor, pending, named.as_ref(), &code)
        }
    });
    match done {
        Ok(outcome) => journey.go_on(outcome),
        Err(error) if is_stopped(&error) => journey.stopped(&error),
        Err(error) => ask(&journey, &challenge, Some(Refused::of(error, "code")?)),
    }
}

/// `POST /authkit/{request}/confirm/send`
pub fn again(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let (Some(challenge), Some(pending)) = (asked(&journey)?, journey.pending()) else {
        return entry::too_late(&journey);
    };
    let done = match &challenge {
        attempt::Challenge::Email => journey
            .flow
            .limit(MAILS, &users::fold(&journey.state.email))
            .and_then(|()| challenges::mail_again(&journey.flow, pending)),
        attempt::Challenge::Text { .. } => {
            journey.limit_texts().and_then(|()| challenges::send_again(&journey.flow, pending))
        }
        attempt::Challenge::NewTelephone => match &journey.state.telephone {
            Some(it) => text(&journey, &it.phone_number),
            None => return journey.to(Step::ChallengePhone),
        },
    };
    match done {
        Ok(()) => see_other(&format!("{}?{SENT}", journey.path(Step::Challenge))),
        Err(error) => ask(&journey, &challenge, Some(Refused::of(error, "code")?)),
    }
}

/// `GET /authkit/{request}/confirm/phone`
pub fn show_telephone(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    match asked(&journey)? {
        Some(attempt::Challenge::NewTelephone) => ask_number(&journey, String::new(), None),
        Some(attempt::Challenge::Email | attempt::Challenge::Text { .. }) => {
            journey.to(Step::Challenge)
        }
        None => journey.to(Step::Begin),
    }
}

/// `POST /authkit/{request}/confirm/phone`
pub fn send_telephone(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    if asked(&journey)? != Some(attempt::Challenge::NewTelephone) {
        return entry::too_late(&journey);
    }
    let typed = visit.field("phone_number").to_owned();
    // Looked at first, so that a slip of the finger counts as no message.
    match telephone::parse(&typed).and_then(|number| text(&journey, &number)) {
        Ok(()) => journey.to(Step::Challenge),
        Err(error) if error.kind() == Kind::Invalid => {
            let problem = Problem::with("phone_number", Text::new("problem-telephone"));
            ask_number(&journey, typed, Some(Refused::because(problem)))
        }
        Err(error) => {
            let refused = Refused::of(error, "phone_number")?;
            ask_number(&journey, typed, Some(refused))
        }
    }
}

/// Sends a code to a new telephone, and remembers which.
fn text(journey: &Journey<'_>, number: &str) -> Result<()> {
    journey.limit_texts()?;
    let Some(pending) = journey.pending().cloned() else { return Ok(()) };
    let (id, state, number) =
        (journey.request.id.clone(), journey.state.clone(), number.to_owned());
    journey.flow.write(move |cx| {
        let sent = challenges::send(cx, &pending, None, &number)?;
        let telephone = Named {
            verification_id: sent.verification_id.to_string(),
            phone_number: sent.phone_number,
        };
        Journey::keep(cx, &id, &State { telephone: Some(telephone), ..state.clone() })
    })
}

fn named(journey: &Journey<'_>) -> Result<Option<NewTelephone>> {
    let Some(Named { verification_id, phone_number }) = journey.state.telephone.clone() else {
        return Ok(None);
    };
    let verification_id = RadarVerificationId::parse(&verification_id)?;
    Ok(Some(NewTelephone { verification_id, phone_number }))
}

/// What the journey waits for, if it is such a proof.
fn asked(journey: &Journey<'_>) -> Result<Option<attempt::Challenge>> {
    Ok(match journey.waiting()?.map(|it| it.needs) {
        Some(Needs::Challenge(it)) => Some(it),
        Some(
            Needs::EmailVerification
            | Needs::Factor(_)
            | Needs::Enrolment
            | Needs::PasskeyOffer
            | Needs::Organization(_)
            | Needs::AnotherMethod(_),
        )
        | None => None,
    })
}

fn ask(
    journey: &Journey<'_>,
    challenge: &attempt::Challenge,
    refused: Option<Refused>,
) -> Result<Response> {
    let notice = match &refused {
        None => journey.visit.query(SENT).map(|_| on_its_way()),
        Some(_) => None,
    };
    let (form, status) = journey.form(Step::Challenge, refused);
    let telephone = match challenge {
        attempt::Challenge::Email => None,
        attempt::Challenge::Text { phone_number } => Some(telephone::masked(phone_number)),
        attempt::Challenge::NewTelephone => {
            journey.state.telephone.as_ref().map(|it| it.phone_number.clone())
        }
    };
    let is_new = *challenge == attempt::Challenge::NewTelephone;
    let screen = Code {
        form,
        purpose: CodePurpose::Challenge,
        email: journey.state.email.clone(),
        telephone,
        minutes_valid: MINUTES_VALID,
        notice,
        change_path: Some(journey.path(Step::SignIn)),
        resend_action: journey.path(Step::SendChallenge),
        password_path: None,
        phone_path: is_new.then(|| journey.path(Step::ChallengePhone)),
    };
    journey.page(status, &screen)
}

fn ask_number(
    journey: &Journey<'_>,
    phone_number: String,
    refused: Option<Refused>,
) -> Result<Response> {
    let (form, status) = journey.form(Step::ChallengePhone, refused);
    let screen = Telephone {
        form,
        email: journey.state.email.clone(),
        phone_number,
        other_path: None,
        change_path: journey.path(Step::SignIn),
        confirms: true,
    };
    journey.page(status, &screen)
}
