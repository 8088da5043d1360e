//! The page that a link leads to by which somebody acts as a user.
//!
//! Looking at it begins nothing: links are opened by programs, too.
use axum::http::StatusCode;
use axum::response::Response;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Error, FlowCx, Kind, Result, environment};
use vestibule_people::organizations;
use vestibule_signin::impersonation::{self, Offer, PATH};
use vestibule_signin::sessions::IMPERSONATION_SECONDS;

use crate::screens::{Form, Impersonation, Onward};
use crate::web::{Visit, add_cookie, page};
use crate::{look, words};

/// `GET /impersonate?token=…`
pub fn show(visit: &Visit) -> Result<Response> {
    let (flow, token, offer) = find(visit)?;
    let (frame, organization) = flow.read(|cx| {
        let organization = match &offer.organization_id {
            Some(id) => organizations::get(cx, id)?.map(|it| it.name),
            None => None,
        };
        Ok((look::frame(cx)?, organization))
    })?;
    let action = url::form_urlencoded::Serializer::new(format!("{PATH}?"))
        .append_pair("token", token.reveal())
        .finish();
    let screen = Impersonation {
        form: Form::new(action, visit.browser().token().reveal()),
        user: offer.user.email,
        organization,
        impersonator: offer.impersonator.email,
        reason: offer.impersonator.reason.unwrap_or_default(),
        minutes: IMPERSONATION_SECONDS / 60,
    };
    page(StatusCode::OK, &frame, &screen)
}

/// `POST /impersonate?token=…`
pub fn send(visit: &Visit) -> Result<Response> {
    let (flow, token, _) = find(visit)?;
    let begun = flow.write(move |cx| impersonation::begin(cx, &token))?.ok_or_else(over)?;
    let frame = flow.read(look::frame)?;
    let mut response = page(StatusCode::OK, &frame, &Onward { location: begun.location })?;
    for cookie in begun.cookies {
        add_cookie(&mut response, &cookie);
    }
    Ok(response)
}

/// What the link offers, and doors to its environment, which the link does not tell.
fn find(visit: &Visit) -> Result<(FlowCx, Secret, Offer)> {
    let token = Secret::new(visit.query("token").unwrap_or_default());
    for environment in environment::list(visit.app.db())? {
        let flow = visit.flow(&environment.id);
        if let Some(offer) = flow.read(|cx| impersonation::offer(cx, &token))? {
            return Ok((flow, token, offer));
        }
    }
    Err(over())
}

fn over() -> Error {
    Error::new(Kind::Gone, words::IMPERSONATION_OVER, "The link cannot be used.")
}
