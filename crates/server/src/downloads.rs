//! Downloads: files that are kept in pieces, sent piece by piece as fast as the reader takes them.
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::get;
use futures_util::stream;
use tokio::task::spawn_blocking;
use vestibule_kernel::id::{AuditLogExportId, EnvironmentId};
use vestibule_kernel::{App, Error, Result};
use vestibule_record::audit_logs::exports::{self, DOWNLOAD_ROUTE, Download, Ticket};
use vestibule_surfaces::rest;

/// The routes of files.
pub fn router(app: &Arc<App>) -> Router {
    Router::new().route(DOWNLOAD_ROUTE, get(audit_log_export)).with_state(app.clone())
}

/// Whoever has the address may download: its signature is the permission, until it ends.
async fn audit_log_export(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathRejection>,
    ticket: Result<Query<Ticket>, QueryRejection>,
) -> Response {
    let (Ok(Path((environment, id))), Ok(Query(ticket))) = (path, ticket) else {
        return rest::refuse(&exports::no_file());
    };
    let program = app.clone();
    let found = spawn_blocking(move || find(&program, &environment, &id, &ticket)).await;
    match found.map_err(Error::internal).flatten() {
        Ok(download) => send(app, download),
        Err(error) => rest::refuse(&error),
    }
}

fn find(app: &Arc<App>, environment: &str, id: &str, ticket: &Ticket) -> Result<Download> {
    let environment = EnvironmentId::parse(environment)?;
    exports::download(&app.system(&environment), &AuditLogExportId::parse(id)?, ticket)
}

fn send(app: Arc<App>, download: Download) -> Response {
    let name = format!("attachment; filename=\"{}.csv\"", download.id);
    let length = download.bytes;
    let pieces = stream::unfold(0, move |number| {
        let (app, download) = (app.clone(), download.clone());
        async move {
            if number >= download.chunks {
                return None;
            }
            let read = spawn_blocking(move || {
                exports::chunk(&app.system(&download.environment), &download.id, number)
            });
            let piece = read.await.map_err(Error::internal).flatten();
            if let Err(error) = &piece {
                tracing::error!(?error, "a download broke off");
            }
            Some((piece, number + 1))
        }
    });
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    let csv = HeaderValue::from_static("text/csv; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, csv);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}
