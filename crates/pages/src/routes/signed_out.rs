//! The page after sign-out, where the application has none of its own.
use axum::http::StatusCode;
use axum::response::Response;
use vestibule_kernel::{Result, environment};

use crate::look;
use crate::screens::SignedOut;
use crate::web::{Visit, page};

/// `GET /signed-out`
pub fn show(visit: &Visit) -> Result<Response> {
    let client = visit.query("client_id").unwrap_or_default();
    let frame = match visit.app.db().read(|tx| environment::by_client_id(tx, client))? {
        Some(environment) => visit.flow(&environment.id).read(look::frame)?,
        None => look::plain(),
    };
    page(StatusCode::OK, &frame, &SignedOut { sign_in_path: None })
}
