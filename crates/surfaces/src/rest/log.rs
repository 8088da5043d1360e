//! One line in the log for each request, and its id in a header. No path, query, body or header is
//! logged as it came, since each may hold a secret: the route's pattern is.
use axum::extract::{MatchedPath, Request};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use vestibule_kernel::{Error, Kind};

/// The id of a request: shown in `X-Request-ID`, in logs and on error pages.
#[derive(Clone, Debug)]
pub struct RequestId(std::sync::Arc<str>);

impl RequestId {
    /// The id that the request was given.
    pub fn of(request: &Request) -> Self {
        request.extensions().get::<Self>().cloned().unwrap_or_else(Self::fresh)
    }
    /// The same, of the head of a request.
    pub fn in_parts(parts: &axum::http::request::Parts) -> Self {
        parts.extensions.get::<Self>().cloned().unwrap_or_else(Self::fresh)
    }
    fn fresh() -> Self {
        let mut bytes = [0u8; 16];
        // A request id names a request to people; where chance fails, all zeros still does.
        aws_lc_rs::rand::fill(&mut bytes).ok();
        Self(format!("{:032x}", u128::from_be_bytes(bytes)).into())
    }
}
impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The operation that answered, and its route.
#[derive(Clone, Copy)]
pub(super) struct Served(pub(super) &'static str, pub(super) &'static str);

/// Gives the request an id, and logs and counts the answer.
pub(super) async fn each_request(mut request: Request, next: Next) -> Response {
    let started = std::time::Instant::now();
    let id = RequestId::fresh();
    request.extensions_mut().insert(id.clone());
    let method = request.method().clone();
    // The pattern of the route, which holds nothing that a client wrote.
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let value = HeaderValue::from_str(&id.0).ok();
    // For routes that do not know this crate; it takes the place of what a client may have sent.
    if let Some(it) = &value {
        request.headers_mut().insert("x-request-id", it.clone());
    }
    let mut response = next.run(request).await;
    if let Some(value) = value {
        response.headers_mut().insert("x-request-id", value);
    }
    let served = response.extensions().get::<Served>().copied();
    let operation = served.map_or("page", |it| it.0);
    let pattern = matched.as_ref().map_or("none", MatchedPath::as_str);
    let route = served.map_or(pattern, |it| it.1);
    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    metrics::histogram!("vestibule_request_seconds", "operation" => operation)
        .record(elapsed.as_secs_f64());
    metrics::counter!(
        "vestibule_requests_total",
        "operation" => operation,
        "status" => status_class(status)
    )
    .increment(1);
    let millis = elapsed.as_secs_f64() * 1000.0;
    tracing::info!(
        target: "request",
        %method, route, operation, status, millis = format_args!("{millis:.1}"), request_id = %id,
    );
    response
}

fn status_class(status: u16) -> &'static str {
    match status {
        0..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

/// Logs what only the operator may read of an error.
pub(super) fn error(operation: &str, id: &RequestId, error: &Error) {
    if matches!(error.kind(), Kind::Internal | Kind::Unavailable) {
        let (place, cause) = (error.place(), error.cause().map(|it| format!("{it:?}")));
        tracing::error!(operation, request_id = %id, %place, cause, "{}", error.message());
    } else {
        tracing::debug!(operation, request_id = %id, code = error.code(), place = %error.place());
    }
}
