//! Which organization to sign in to, for members of several.
use axum::response::Response;
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::{Kind, Result};
use vestibule_languages::Text;
use vestibule_signin::authenticate::attempt::{self, Needs};
use vestibule_signin::authenticate::steps;

use super::{Journey, Refused, Step, entry, is_stopped};
use crate::screens::{Choice, OrganizationChoice, Problem};
use crate::web::Visit;

/// `GET /authkit/{request}/organization`
pub fn show(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    match choices(&journey)? {
        Some(choices) => ask(&journey, choices, None),
        None => journey.to(Step::Begin),
    }
}

/// `POST /authkit/{request}/organization`
pub fn send(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let (Some(choices), Some(pending)) = (choices(&journey)?, journey.pending()) else {
        return entry::too_late(&journey);
    };
    let chosen = OrganizationId::parse(visit.field("organization_id"))?;
    let done = steps::select_organization(&journey.flow, &journey.visitor()?, pending, &chosen);
    match done {
        Ok(outcome) => journey.go_on(outcome),
        Err(error) if is_stopped(&error) => journey.stopped(&error),
        Err(error)
            if matches!(error.kind(), Kind::BadRequest | Kind::Forbidden | Kind::NotFound) =>
        {
            let text = match error.code() {
                "invalid_organization_id" | "entity_not_found" => "problem-not-a-member",
                // What is left is the policy of the organization.
                _ => "problem-organization-method",
            };
            let problem = Problem::overall(Text::new(text));
            ask(&journey, choices, Some(Refused::because(problem)))
        }
        Err(error) => Err(error),
    }
}

fn choices(journey: &Journey<'_>) -> Result<Option<Vec<attempt::Choice>>> {
    Ok(match journey.waiting()?.map(|it| it.needs) {
        Some(Needs::Organization(choices)) => Some(choices),
        Some(
            Needs::EmailVerification
            | Needs::Factor(_)
            | Needs::Enrolment
            | Needs::PasskeyOffer
            | Needs::AnotherMethod(_)
            | Needs::Challenge(_),
        )
        | None => None,
    })
}

fn ask(
    journey: &Journey<'_>,
    choices: Vec<attempt::Choice>,
    refused: Option<Refused>,
) -> Result<Response> {
    let (form, status) = journey.form(Step::Organization, refused);
    let choice = |it: attempt::Choice| Choice::new(it.id.to_string(), it.name);
    let screen = OrganizationChoice {
        form,
        email: journey.state.email.clone(),
        change_path: journey.path(Step::SignIn),
        organizations: choices.into_iter().map(choice).collect(),
    };
    journey.page(status, &screen)
}
