//! A recovery code in the place of a factor that was lost.
use axum::response::Response;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Error, Result};
use vestibule_languages::Text;
use vestibule_signin::authenticate::steps;
use vestibule_signin::factors::policy::FactorPolicy;
use vestibule_signin::recovery_codes;

use super::{Journey, NewCodes, Refused, Step, entry, factor, is_stopped};
use crate::screens::{Problem, RecoveryCode};
use crate::web::Visit;

/// The field that asks for a new set.
const RENEW: &str = "renew";

/// `GET /authkit/{request}/second-step/recovery-code`
pub fn show(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    match factor::known(&journey)? {
        Some(_) => ask(&journey, None),
        None => journey.to(Step::Begin),
    }
}

/// `POST /authkit/{request}/second-step/recovery-code`
pub fn send(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let (Some(waiting), Some(pending)) = (journey.waiting()?, journey.pending()) else {
        return entry::too_late(&journey);
    };
    let code = Secret::new(visit.field("recovery_code"));
    let visitor = journey.visitor()?;
    let done =
        journey.guarded(|| steps::use_recovery_code(&journey.flow, &visitor, pending, &code));
    match done {
        Ok(outcome) => {
            let user = waiting.user.id;
            let left = journey.flow.read(|cx| recovery_codes::state(cx, &user))?.left;
            let offered = journey.flow.read(FactorPolicy::of)?.recovery_codes;
            // Nobody is left without a way back in.
            let renews = offered && (left == 0 || !visit.field(RENEW).is_empty());
            journey.go_on_with(outcome, if renews { NewCodes::Renewed } else { NewCodes::None })
        }
        Err(error) if is_stopped(&error) => journey.stopped(&error),
        Err(error) => {
            let refused = refused(error)?;
            ask(&journey, Some(refused))
        }
    }
}

fn refused(error: Error) -> Result<Refused> {
    if error.code() == "invalid_one_time_code" {
        let text = Text::new("problem-recovery-code");
        return Ok(Refused::because(Problem::with("recovery_code", text)));
    }
    Refused::of(error, "recovery_code")
}

fn ask(journey: &Journey<'_>, refused: Option<Refused>) -> Result<Response> {
    let (form, status) = journey.form(Step::RecoveryCode, refused);
    let offers_new = journey.flow.read(FactorPolicy::of)?.recovery_codes;
    let screen = RecoveryCode {
        form,
        email: journey.state.email.clone(),
        offers_new,
        other_path: journey.path(Step::OtherWay),
        change_path: journey.path(Step::SignIn),
    };
    journey.page(status, &screen)
}
