//! Another way to sign in than the one that was tried, where a policy asks for it.
use axum::http::StatusCode;
use axum::response::Response;
use vestibule_kernel::Result;
use vestibule_people::organizations;
use vestibule_signin::authenticate::attempt::Needs;
use vestibule_signin::policy::SignInPolicy;

use super::{Journey, Step};
use crate::screens::AnotherWay;
use crate::web::Visit;

/// `GET /authkit/{request}/another-way`
pub fn show(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    if journey.state.email.is_empty() {
        return journey.to(Step::SignIn);
    }
    let (organization_id, sso, allowed) = match journey.waiting()?.map(|it| it.needs) {
        Some(Needs::AnotherMethod(it)) => (it.organization_id, it.sso, it.allowed),
        Some(
            Needs::EmailVerification
            | Needs::Factor(_)
            | Needs::Enrolment
            | Needs::PasskeyOffer
            | Needs::Organization(_)
            | Needs::Challenge(_),
        )
        | None => {
            let owner =
                journey.flow.read(|cx| SignInPolicy::of_domain(cx, &journey.state.email))?;
            let policy = journey.policy.clone();
            (owner.map(|it| it.0), policy.sso_required, policy)
        }
    };
    let connection = journey.connection()?;
    let organization = match organization_id.or(connection.as_ref().map(|it| it.0.clone())) {
        Some(id) => journey.flow.read(|cx| organizations::get(cx, &id))?,
        None => None,
    };
    let form = journey.form(Step::SendCode, None).0;
    let screen = AnotherWay {
        form,
        email: journey.state.email.clone(),
        organization: organization.map(|it| it.name),
        sso,
        sso_path: connection.map(|_| journey.path(Step::Sso)),
        by_code: !sso && allowed.magic_auth,
        password_path: (!sso && allowed.password).then(|| journey.path(Step::Password)),
        change_path: journey.path(Step::SignIn),
    };
    journey.page(StatusCode::OK, &screen)
}
