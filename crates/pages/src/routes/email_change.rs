//! The page that the link of an e-mail change leads to. It asks once more, because mail scanners open
//! links too.
use axum::http::StatusCode;
use axum::response::Response;
use vestibule_kernel::{Error, FlowCx, Kind, Result, environment};
use vestibule_people::email_changes::{self, Waiting};

use crate::screens::{ConfirmEmailChange, EmailChanged, Form};
use crate::web::{Visit, page};
use crate::{look, words};

/// `GET /email-change?id=…&code=…`
pub fn show(visit: &Visit) -> Result<Response> {
    let (flow, waiting) = find(visit)?;
    let action = email_changes::path(id(visit), code(visit));
    let form = Form::new(action, visit.browser().token().reveal());
    let frame = flow.read(look::frame)?;
    page(StatusCode::OK, &frame, &ConfirmEmailChange { form, email: waiting.new_email })
}

/// `POST /email-change?id=…&code=…`
pub fn send(visit: &Visit) -> Result<Response> {
    let (flow, waiting) = find(visit)?;
    let changed = email_changes::confirm_for(&flow, &waiting.user_id, code(visit));
    match changed {
        Ok(user) => {
            let frame = flow.read(look::frame)?;
            page(StatusCode::OK, &frame, &EmailChanged { email: user.email })
        }
        Err(error) if matches!(error.kind(), Kind::Internal | Kind::Unavailable) => Err(error),
        Err(error) => Err(over().caused_by(error)),
    }
}

fn id(visit: &Visit) -> &str {
    visit.query("id").unwrap_or_default()
}

fn code(visit: &Visit) -> &str {
    visit.query("code").unwrap_or_default()
}

/// The change of the link, and doors to its environment, which the link does not tell.
fn find(visit: &Visit) -> Result<(FlowCx, Waiting)> {
    for environment in environment::list(visit.app.db())? {
        let flow = visit.flow(&environment.id);
        if let Some(waiting) = flow.read(|cx| email_changes::waiting(cx, id(visit)))? {
            return Ok((flow, waiting));
        }
    }
    Err(over())
}

fn over() -> Error {
    Error::new(Kind::Gone, words::EMAIL_CHANGE_OVER, "The change is over, or was made already.")
}
