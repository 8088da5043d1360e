//! Calls from pages of other origins: those of applications that environments list.
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request as HttpRequest;
use axum::http::{HeaderMap, HeaderValue, Method as HttpMethod, StatusCode, header};
use axum::response::Response;
use vestibule_kernel::App;

use super::{Doors, futures_boxed, wrong_method};

/// What pages may send: what operations heed, and what the widgets send.
const HEADERS: &str = "Authorization, Content-Type, Idempotency-Key, X-Requested-With, \
                       WorkOS-Widgets-Type, WorkOS-Widgets-Version, X-Elevated-Access-Token";

/// Lets the browser show the page what we answer, where an environment lists its origin.
pub async fn allow_origin(
    app: &Arc<App>,
    doors: &Doors,
    origin: &HeaderValue,
    headers: &mut HeaderMap,
) {
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    let Ok(text) = origin.to_str().map(str::to_owned) else { return };
    let (asked, allows) = (app.clone(), doors.allows_origin);
    // Asks the database, and PostgreSQL's client must not block an asynchronous thread.
    let allowed = tokio::task::spawn_blocking(move || allows(&asked, &text)).await;
    if allowed.unwrap_or(false) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("X-Request-ID, Retry-After"),
        );
    }
}

/// Answers a browser that asks before it calls from another origin (Fetch standard, "CORS
/// preflight"), and refuses every other method that a path does not have.
pub fn preflight(
    app: &Arc<App>,
    doors: &Arc<Doors>,
) -> impl Fn(HttpRequest) -> futures_boxed::Answer + Clone + use<> {
    let (app, doors) = (app.clone(), doors.clone());
    move |request| {
        let (app, doors) = (app.clone(), doors.clone());
        Box::pin(async move {
            if request.method() != HttpMethod::OPTIONS {
                return wrong_method(request).await;
            }
            let origin = request.headers().get(header::ORIGIN).cloned();
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            if let Some(origin) = origin {
                let headers = response.headers_mut();
                allow_origin(&app, &doors, &origin, headers).await;
                headers.insert(
                    header::ACCESS_CONTROL_ALLOW_METHODS,
                    HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE"),
                );
                headers.insert(
                    header::ACCESS_CONTROL_ALLOW_HEADERS,
                    HeaderValue::from_static(HEADERS),
                );
                headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
            }
            response
        })
    }
}
