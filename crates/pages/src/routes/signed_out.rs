//! The page after sign-out, where the application has none of its own.
use axum::http::StatusCode;
use axum::response::Response;
use vestibule_kernel::{Result, environment};
use vestibule_signin::redirect_uris;

use crate::look;
use crate::screens::SignedOut;
use crate::web::{Visit, page};

/// `GET /signed-out`
pub fn show(visit: &Visit) -> Result<Response> {
    let client = visit.query("client_id").unwrap_or_default();
    let found = visit.app.db().read(|tx| environment::by_client_id(tx, client))?;
    let (frame, sign_in_path) = match found {
        Some(environment) => visit
            .flow(&environment.id)
            .read(|cx| Ok((look::frame(cx)?, redirect_uris::sign_in_url(cx)?)))?,
        None => (look::plain(), None),
    };
    page(StatusCode::OK, &frame, &SignedOut { sign_in_path })
}
