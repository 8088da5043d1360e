//! One line in the log for each request, and its id in a header. No path, query, body or header is
//! logged as it came, since each may hold a secret: the route's pattern is.
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use metrics::{Counter, Histogram};
use vestibule_kernel::{Error, Kind};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request: shown in `X-Request-ID`, in logs and on error pages.
#[derive(Clone, Debug)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The id that the request was given.
    pub fn of(request: &Request) -> Self {
        request.extensions().get::<Self>().cloned().unwrap_or_else(Self::fresh)
    }
    /// The same, of the head of a request.
    pub fn in_parts(parts: &axum::http::request::Parts) -> Self {
        parts.extensions.get::<Self>().cloned().unwrap_or_else(Self::fresh)
    }
    /// Unlike any other of this and every other process: it names a request to people, and opens
    /// nothing, so that it need not be hard to guess.
    fn fresh() -> Self {
        static PROCESS: LazyLock<u64> = LazyLock::new(|| {
            let mut bytes = [0u8; 8];
            // Where chance fails, ids are still unlike within the process.
            aws_lc_rs::rand::fill(&mut bytes).ok();
            u64::from_be_bytes(bytes)
        });
        static COUNT: AtomicU64 = AtomicU64::new(1);
        // An odd factor gives each count another number, far from its neighbours.
        let count = COUNT.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self(format!("{:016x}{count:016x}", *PROCESS).into())
    }
}
impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The operation that answered, its route, and what counts its answers.
#[derive(Clone)]
pub(crate) struct Served {
    operation: &'static str,
    route: Arc<str>,
    meters: Arc<Meters>,
}

impl Served {
    pub(crate) fn new(operation: &'static str, route: &str) -> Self {
        Self { operation, route: route.into(), meters: Arc::new(Meters::of(operation)) }
    }
}

/// What counts and times the answers of an operation.
struct Meters {
    seconds: Histogram,
    by_class: [Counter; CLASSES.len()],
}

const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

impl Meters {
    fn of(operation: &'static str) -> Self {
        let count = |class: &'static str| {
            metrics::counter!(
                "vestibule_requests_total", "operation" => operation, "status" => class
            )
        };
        Self {
            seconds: metrics::histogram!("vestibule_request_seconds", "operation" => operation),
            by_class: CLASSES.map(count),
        }
    }
    fn note(&self, status: u16, elapsed: Duration) {
        self.seconds.record(elapsed.as_secs_f64());
        let class = usize::from((status / 100).clamp(2, 5) - 2);
        self.by_class[class].increment(1);
    }
}

/// The pattern of the route of a page, which holds nothing that a client wrote.
#[derive(Clone)]
struct Pattern(MatchedPath);

/// Leaves the pattern of a page's route with its answer.
pub(super) async fn keep_pattern(request: Request, next: Next) -> Response {
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(it) = matched {
        response.extensions_mut().insert(Pattern(it));
    }
    response
}

/// A request that has begun.
pub(super) struct Begun {
    at: Instant,
    id: RequestId,
    value: Option<HeaderValue>,
    method: axum::http::Method,
}

/// Gives the request an id.
pub(super) fn begin(request: &mut Request) -> Begun {
    let id = RequestId::fresh();
    request.extensions_mut().insert(id.clone());
    let value = HeaderValue::from_str(&id.0).ok();
    // For routes that do not know this crate; it takes the place of what a client may have sent.
    if let Some(it) = &value {
        request.headers_mut().insert(X_REQUEST_ID, it.clone());
    }
    Begun { at: Instant::now(), id, value, method: request.method().clone() }
}

/// Logs and counts the answer.
pub(super) fn end(begun: Begun, response: &mut Response) {
    static PAGES: LazyLock<Meters> = LazyLock::new(|| Meters::of("page"));
    let Begun { at, id, value, method } = begun;
    if let Some(value) = value {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    let (status, elapsed) = (response.status().as_u16(), at.elapsed());
    let extensions = response.extensions();
    let (operation, route) = match (extensions.get::<Served>(), extensions.get::<Pattern>()) {
        (Some(it), _) => {
            it.meters.note(status, elapsed);
            (it.operation, &*it.route)
        }
        (None, pattern) => {
            PAGES.note(status, elapsed);
            ("page", pattern.map_or("none", |it| it.0.as_str()))
        }
    };
    let millis = elapsed.as_secs_f64() * 1000.0;
    tracing::info!(
        target: "request",
        %method, route, operation, status, millis = format_args!("{millis:.1}"), request_id = %id,
    );
}

/// Logs what only the operator may read of an error.
pub fn error(operation: &str, id: &RequestId, error: &Error) {
    if matches!(error.kind(), Kind::Internal | Kind::Unavailable) {
        let (place, cause) = (error.place(), error.cause().map(|it| format!("{it:?}")));
        tracing::error!(operation, request_id = %id, %place, cause, "{}", error.message());
    } else {
        tracing::debug!(operation, request_id = %id, code = error.code(), place = %error.place());
    }
}
