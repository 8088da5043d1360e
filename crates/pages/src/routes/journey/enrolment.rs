//! A second factor for somebody who has none: an authenticator app or a telephone.
use axum::response::Response;
use vestibule_kernel::limit::Limit;
use vestibule_kernel::{Cx, Error, Result};
use vestibule_languages::Text;
use vestibule_people::users::User;
use vestibule_signin::authenticate::attempt::Needs;
use vestibule_signin::factors::policy::{FactorPolicy, OwnFactorType};
use vestibule_signin::factors::{self, TotpNames, telephone};

use super::{Challenge, Journey, Key, Refused, State, Step, entry};
use crate::screens::{FactorChoice, Problem, Telephone};
use crate::web::Visit;

/// How many telephones somebody may try to enrol: each gets a message that costs money.
const TELEPHONES: Limit =
    Limit { name: "pages.telephone", uses_max: 5, window: 60 * 60, code: "too_many_requests" };

/// Introduces an app at once where there is nothing to choose.
pub(super) fn begin(cx: &mut Cx<'_>, user: &User) -> Result<Option<Challenge>> {
    match FactorPolicy::of(cx)?.types.as_slice() {
        [] | [OwnFactorType::Totp] => introduce_app(cx, user).map(Some),
        [OwnFactorType::Sms] | [_, _, ..] => Ok(None),
    }
}

fn introduce_app(cx: &mut Cx<'_>, user: &User) -> Result<Challenge> {
    let (factor, challenge) = factors::enroll_totp(cx, user, TotpNames::default(), None)?;
    let key = factor.totp.map(|it| Key { uri: it.uri, secret: it.secret });
    Ok(Challenge {
        factor_id: factor.id,
        id: Some(challenge.id),
        telephone: None,
        key,
        enrols: true,
    })
}

/// `GET /authkit/{request}/second-step/set-up`
pub fn show(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let (Some(_), types) = (user(&journey)?, types(&journey)?) else {
        return journey.to(Step::Begin);
    };
    match types.as_slice() {
        [OwnFactorType::Sms] => journey.to(Step::Telephone),
        _ => {
            let (form, status) = journey.form(Step::FactorChoice, None);
            let offers = |it| types.is_empty() || types.contains(&it);
            let screen = FactorChoice {
                form,
                email: journey.state.email.clone(),
                offers_app: offers(OwnFactorType::Totp),
                telephone_path: types
                    .contains(&OwnFactorType::Sms)
                    .then(|| journey.path(Step::Telephone)),
                change_path: journey.path(Step::SignIn),
            };
            journey.page(status, &screen)
        }
    }
}

/// `POST /authkit/{request}/second-step/set-up`: an authenticator app.
pub fn send(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let Some(user) = user(&journey)? else {
        return entry::too_late(&journey);
    };
    let types = types(&journey)?;
    if !types.is_empty() && !types.contains(&OwnFactorType::Totp) {
        return journey.to(Step::Telephone);
    }
    let (id, state) = (journey.request.id.clone(), journey.state.clone());
    journey.flow.write(move |cx| {
        leave_former(cx, &user, &state)?;
        let challenge = Some(introduce_app(cx, &user)?);
        Journey::keep(cx, &id, &State { challenge, ..state.clone() })
    })?;
    journey.to(Step::Factor)
}

/// `GET /authkit/{request}/second-step/phone`
pub fn show_telephone(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let offered = types(&journey)?.contains(&OwnFactorType::Sms);
    match user(&journey)? {
        Some(_) if offered => ask_number(&journey, String::new(), None),
        Some(_) | None => journey.to(Step::Begin),
    }
}

/// `POST /authkit/{request}/second-step/phone`
pub fn send_telephone(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let offered = types(&journey)?.contains(&OwnFactorType::Sms);
    let Some(user) = user(&journey)?.filter(|_| offered) else {
        return entry::too_late(&journey);
    };
    let typed = visit.field("phone_number").to_owned();
    match enrol_telephone(&journey, user, &typed) {
        Ok(()) => journey.to(Step::Factor),
        Err(error) => {
            let refused = refused(error)?;
            ask_number(&journey, typed, Some(refused))
        }
    }
}

fn enrol_telephone(journey: &Journey<'_>, user: User, typed: &str) -> Result<()> {
    // Looked at first, so that a slip of the finger counts as no telephone.
    let number = telephone::parse(typed)?;
    journey.flow.limit(TELEPHONES, user.id.as_str())?;
    let (id, state) = (journey.request.id.clone(), journey.state.clone());
    journey.flow.write(move |cx| {
        leave_former(cx, &user, &state)?;
        let factor = factors::enroll_sms(cx, &user.id, &number)?;
        let made = factors::challenge(cx, &factor.id)?;
        let challenge = Challenge {
            factor_id: factor.id,
            id: Some(made.id),
            telephone: Some(telephone::masked(&number)),
            key: None,
            enrols: true,
        };
        Journey::keep(cx, &id, &State { challenge: Some(challenge), ..state.clone() })
    })
}

/// A factor that was begun and not proved makes room for the next one.
fn leave_former(cx: &mut Cx<'_>, user: &User, state: &State) -> Result<()> {
    match &state.challenge {
        Some(former) if former.enrols => factors::abandon(cx, &user.id, &former.factor_id),
        Some(_) | None => Ok(()),
    }
}

/// What is wrong with a number.
fn refused(error: Error) -> Result<Refused> {
    match error.fields() {
        [fault] if fault.field.as_deref() == Some("phone_number") => {
            Ok(Refused::because(Problem::with("phone_number", Text::new("problem-telephone"))))
        }
        _ => Refused::of(error, "phone_number"),
    }
}

/// Who is to enrol a factor, if the journey waits for that.
fn user(journey: &Journey<'_>) -> Result<Option<User>> {
    let waiting = journey.waiting()?;
    Ok(waiting.filter(|it| matches!(it.needs, Needs::Enrolment)).map(|it| it.user))
}

fn types(journey: &Journey<'_>) -> Result<Vec<OwnFactorType>> {
    Ok(journey.flow.read(FactorPolicy::of)?.types)
}

fn ask_number(
    journey: &Journey<'_>,
    phone_number: String,
    refused: Option<Refused>,
) -> Result<Response> {
    let (form, status) = journey.form(Step::Telephone, refused);
    let several = types(journey)?.len() > 1;
    let screen = Telephone {
        form,
        email: journey.state.email.clone(),
        phone_number,
        other_path: several.then(|| journey.path(Step::FactorChoice)),
        change_path: journey.path(Step::SignIn),
        confirms: false,
    };
    journey.page(status, &screen)
}
