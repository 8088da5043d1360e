//! The second step: a code of an authenticator app or of a text message, or another way to take it.
use axum::response::Response;
use vestibule_kernel::id::AuthenticationFactorId;
use vestibule_kernel::limit::Limit;
use vestibule_kernel::{Cx, Error, Kind, Result};
use vestibule_languages::Text;
use vestibule_signin::authenticate::attempt::{Needs, Waiting};
use vestibule_signin::authenticate::steps;
use vestibule_signin::factors::policy::FactorPolicy;
use vestibule_signin::factors::{self, CHALLENGE_SECONDS, Factor, FactorType, telephone};
use vestibule_signin::recovery_codes;

use super::code::SENT;
use super::{Challenge, Journey, NewCodes, Refused, State, Step, enrolment, entry, is_stopped};
use crate::screens::{FactorChallenge, OtherWays, Problem, TotpEnrolment, Way};
use crate::web::{Visit, see_other};

/// How often a text message may be asked for by one user, on these pages.
pub(super) const TEXTS: Limit =
    Limit { name: "pages.text_message", uses_max: 3, window: 60, code: "too_many_requests" };

/// `GET /authkit/{request}/second-step`
pub fn show(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    match (kept(&journey)?, journey.waiting()?) {
        (Some(challenge), _) => ask(&journey, &challenge, None),
        (None, Some(waiting)) if matches!(waiting.needs, Needs::Enrolment) => {
            journey.to(Step::FactorChoice)
        }
        (None, _) => journey.to(Step::Begin),
    }
}

/// `POST /authkit/{request}/second-step`
pub fn send(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let (Some(challenge), Some(pending)) = (kept(&journey)?, journey.pending()) else {
        return entry::too_late(&journey);
    };
    let (visitor, code) = (journey.visitor()?, journey.code());
    let done = journey.guarded(|| match &challenge.id {
        Some(id) => steps::verify_factor(&journey.flow, &visitor, pending, id, &code),
        // No message was sent, so no code is right.
        None => Err(Error::bad_request("invalid_one_time_code", "There is no such code.")),
    });
    match done {
        Ok(outcome) => {
            let policy = journey.flow.read(FactorPolicy::of)?;
            let codes = challenge.enrols && policy.recovery_codes;
            journey.go_on_with(outcome, if codes { NewCodes::Made } else { NewCodes::None })
        }
        Err(error) if is_stopped(&error) => journey.stopped(&error),
        Err(error) => {
            let refused = refused(error, challenge.telephone.is_some())?;
            ask(&journey, &challenge, Some(refused))
        }
    }
}

/// `POST /authkit/{request}/second-step/send`
pub fn send_again(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let Some(challenge) = kept(&journey)?.filter(|it| it.telephone.is_some()) else {
        return entry::too_late(&journey);
    };
    match text(&journey, &challenge) {
        Ok(()) => see_other(&format!("{}?{SENT}", journey.path(Step::Factor))),
        Err(error) => {
            let refused = Refused::of(error, "code")?;
            ask(&journey, &challenge, Some(refused))
        }
    }
}

/// `GET /authkit/{request}/second-step/other`
pub fn show_others(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    match known(&journey)? {
        Some(known) => choose(&journey, &known, None),
        None => journey.to(Step::Begin),
    }
}

/// `POST /authkit/{request}/second-step/other`
pub fn send_other(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let Some(known) = known(&journey)? else {
        return entry::too_late(&journey);
    };
    let chosen = AuthenticationFactorId::parse(visit.field("factor_id"))?;
    let Some(factor) = known.iter().find(|it| it.id == chosen).cloned() else {
        let problem = Problem::overall(Text::new("problem-way-gone"));
        return choose(&journey, &known, Some(Refused::because(problem)));
    };
    let (id, state) = (journey.request.id.clone(), journey.state.clone());
    let limited = match factor.r#type {
        FactorType::Sms => journey.limit_texts(),
        FactorType::GenericOtp | FactorType::Totp | FactorType::Webauthn => Ok(()),
    };
    if let Err(error) = limited {
        return choose(&journey, &known, Some(Refused::of(error, "code")?));
    }
    journey.flow.write(move |cx| {
        let challenge = Some(challenge_factor(cx, &factor)?);
        Journey::keep(cx, &id, &State { challenge, ..state.clone() })
    })?;
    journey.to(Step::Factor)
}

/// The codes of an app or a telephone are not mailed, so they are not spoken of as those are.
fn refused(error: Error, sent: bool) -> Result<Refused> {
    let text = match (error.code(), sent) {
        ("invalid_one_time_code", false) => "problem-app-code",
        ("invalid_one_time_code", true) => "problem-text-code",
        ("one_time_code_expired", _) => "problem-text-code-old",
        ("one_time_code_previously_used", false) => "problem-app-code-used",
        ("one_time_code_previously_used", true) => "problem-code-used",
        ("one_time_code_too_many_attempts", _) => "problem-app-code-attempts",
        _ => return Refused::of(error, "code"),
    };
    Ok(Refused::because(Problem::with("code", Text::new(text))))
}

/// Challenges the second factor that a sign-in waits for, if it does. It happens once, on the way
/// to the page, so that no look at the page makes a factor or sends a message.
pub fn challenge(cx: &mut Cx<'_>, waiting: &Waiting) -> Result<Option<Challenge>> {
    match &waiting.needs {
        Needs::Factor(known) => {
            // An app costs nothing and cannot be intercepted, so it is asked first.
            let of = |kind| known.iter().find(|it| it.r#type == kind);
            let factor = of(FactorType::Totp).or(of(FactorType::Sms)).or(known.first());
            factor.map(|it| challenge_factor(cx, it)).transpose()
        }
        Needs::Enrolment => enrolment::begin(cx, &waiting.user),
        Needs::EmailVerification
        | Needs::PasskeyOffer
        | Needs::Organization(_)
        | Needs::AnotherMethod(_)
        | Needs::Challenge(_) => Ok(None),
    }
}

/// Challenges one factor. A telephone that has got too many messages gets none, and the page says
/// so: there may be another way.
pub(super) fn challenge_factor(cx: &mut Cx<'_>, factor: &Factor) -> Result<Challenge> {
    let id = match factors::challenge(cx, &factor.id) {
        Ok(made) => Some(made.id),
        Err(error) if matches!(error.kind(), Kind::TooManyRequests | Kind::Invalid) => None,
        Err(error) => return Err(error),
    };
    let telephone = factor.sms.as_ref().map(|it| telephone::masked(&it.phone_number));
    Ok(Challenge { factor_id: factor.id.clone(), id, telephone, key: None, enrols: false })
}

/// Sends the code of a challenge anew. The factor is the one that the page was about.
fn text(journey: &Journey<'_>, challenge: &Challenge) -> Result<()> {
    journey.limit_texts()?;
    let (id, state) = (journey.request.id.clone(), journey.state.clone());
    let challenge = challenge.clone();
    journey.flow.write(move |cx| {
        let made = factors::challenge(cx, &challenge.factor_id)?;
        let challenge = Some(Challenge { id: Some(made.id), ..challenge.clone() });
        Journey::keep(cx, &id, &State { challenge, ..state.clone() })
    })
}

/// The challenge, if the journey still waits for it to be met.
fn kept(journey: &Journey<'_>) -> Result<Option<Challenge>> {
    let waits = journey.waiting()?.is_some_and(|it| Step::of(&it.needs) == Step::Factor);
    Ok(journey.state.challenge.clone().filter(|_| waits))
}

/// The factors of the user, if the journey waits for one of them.
pub(super) fn known(journey: &Journey<'_>) -> Result<Option<Vec<Factor>>> {
    Ok(match journey.waiting()?.map(|it| it.needs) {
        Some(Needs::Factor(known)) => Some(known),
        Some(
            Needs::EmailVerification
            | Needs::Enrolment
            | Needs::PasskeyOffer
            | Needs::Organization(_)
            | Needs::AnotherMethod(_)
            | Needs::Challenge(_),
        )
        | None => None,
    })
}

fn ask(journey: &Journey<'_>, challenge: &Challenge, refused: Option<Refused>) -> Result<Response> {
    let unsent = challenge.id.is_none() && refused.is_none();
    let refused = refused.or_else(|| unsent.then(|| Refused::because(not_sent())));
    let notice = match &refused {
        None => journey.visit.query(SENT).map(|_| super::code::on_its_way()),
        Some(_) => None,
    };
    let (form, status) = journey.form(Step::Factor, refused);
    let other_path = other_path(journey, challenge)?;
    if let Some(key) = &challenge.key {
        let screen = TotpEnrolment::new(form, &key.uri, &key.secret).or_else(other_path);
        return journey.page(status, &screen);
    }
    let screen = FactorChallenge {
        form,
        email: journey.state.email.clone(),
        telephone: challenge.telephone.clone(),
        minutes_valid: CHALLENGE_SECONDS / 60,
        enrols: challenge.enrols,
        notice,
        resend_action: challenge.telephone.is_some().then(|| journey.path(Step::SendText)),
        other_path,
        change_path: journey.path(Step::SignIn),
    };
    journey.page(status, &screen)
}

fn not_sent() -> Problem {
    Problem::overall(Text::new("problem-text-not-sent"))
}

/// Where there is another way to take the step, if there is one.
fn other_path(journey: &Journey<'_>, challenge: &Challenge) -> Result<Option<String>> {
    if challenge.enrols {
        let policy = journey.flow.read(FactorPolicy::of)?;
        let others = policy.types.len() > 1;
        if others {
            return Ok(Some(journey.path(Step::FactorChoice)));
        }
        return Ok(challenge.telephone.is_some().then(|| journey.path(Step::Telephone)));
    }
    let Some(waiting) = journey.waiting()? else { return Ok(None) };
    let Needs::Factor(known) = waiting.needs else { return Ok(None) };
    let codes = journey.flow.read(|cx| recovery_codes::state(cx, &waiting.user.id))?;
    Ok((known.len() > 1 || codes.left > 0).then(|| journey.path(Step::OtherWay)))
}

fn choose(journey: &Journey<'_>, known: &[Factor], refused: Option<Refused>) -> Result<Response> {
    let (form, status) = journey.form(Step::OtherWay, refused);
    let user = journey.waiting()?.map(|it| it.user.id);
    let left = match &user {
        Some(id) => journey.flow.read(|cx| recovery_codes::state(cx, id))?.left,
        None => 0,
    };
    let screen = OtherWays {
        form,
        email: journey.state.email.clone(),
        ways: known.iter().filter_map(way).collect(),
        recovery_path: (left > 0).then(|| journey.path(Step::RecoveryCode)),
        change_path: journey.path(Step::SignIn),
    };
    journey.page(status, &screen)
}

fn way(factor: &Factor) -> Option<Way> {
    let id = factor.id.to_string();
    match (factor.r#type, &factor.sms) {
        (FactorType::Totp, _) => Some(Way::new(id, Text::new("factor-use-app"), false)),
        (FactorType::Sms, Some(it)) => {
            let number = telephone::masked(&it.phone_number);
            Some(Way::new(id, Text::new("factor-use-text").with("telephone", number), true))
        }
        (FactorType::Sms | FactorType::GenericOtp | FactorType::Webauthn, _) => None,
    }
}

impl Journey<'_> {
    /// Counts a text message that somebody asked for.
    pub(super) fn limit_texts(&self) -> Result<()> {
        let user = self.waiting()?.map(|it| it.user.id.to_string());
        self.flow.limit(TEXTS, &user.unwrap_or_default())
    }
}
