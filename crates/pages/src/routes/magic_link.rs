//! The page that a link leads to which signs in by mail. It asks once more, because mail scanners open
//! links too.
use axum::http::StatusCode;
use axum::response::Response;
use vestibule_federation::passwordless;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Error, FlowCx, Kind, Result};

use crate::screens::{Form, MagicLink, Returning};
use crate::web::{Visit, page};
use crate::{look, words};

/// `GET /passwordless/token/{token}/confirm`
pub fn show(visit: &Visit) -> Result<Response> {
    let (flow, token, email) = find(visit)?;
    let action = passwordless::path(token.reveal());
    let form = Form::new(action, visit.browser().token().reveal());
    let frame = flow.read(look::frame)?;
    page(StatusCode::OK, &frame, &MagicLink { form, email })
}

/// `POST /passwordless/token/{token}/confirm`
pub fn send(visit: &Visit) -> Result<Response> {
    let (flow, token, _) = find(visit)?;
    let location = flow.write(move |cx| passwordless::confirm(cx, &token))?.ok_or_else(over)?;
    let frame = flow.read(look::frame)?;
    page(StatusCode::OK, &frame, &Returning { location })
}

fn find(visit: &Visit) -> Result<(FlowCx, Secret, String)> {
    let token = Secret::new(visit.path("token"));
    let found = passwordless::open(&visit.app, &token, visit.request.clone())?;
    let (flow, email) = found.ok_or_else(over)?;
    Ok((flow, token, email))
}

fn over() -> Error {
    Error::new(Kind::Gone, words::MAGIC_LINK_OVER, "The link was used, or it is too old.")
}
