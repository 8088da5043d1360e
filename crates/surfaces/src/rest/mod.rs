//! REST, read off the catalogue: path, query and body become one input object.
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, RawPathParams, Request as HttpRequest};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter};
use vestibule_kernel::agent::calls;
use vestibule_kernel::call::Audience;
use vestibule_kernel::catalog::{Entry, Reply};
use vestibule_kernel::id::ID_BYTES_MAX;
use vestibule_kernel::sandbox::Target;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{App, Call, Effect, Error, Kind, Method, Request, Result, Route};

mod cors;
mod decode;
mod log;

pub use cors::{allow_origin, preflight};
pub use decode::{BODY_BYTES_MAX, read};
pub(crate) use log::Served;
pub use log::{RequestId, error as log_error};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The approval that a person gave to the call of an agent.
const APPROVAL: HeaderName = HeaderName::from_static("vestibule-approval");
/// What an agent says it is doing: calls of one run have one name.
const RUN: HeaderName = HeaderName::from_static("vestibule-run");

/// Under this prefix stands each route that changes something: what it would do is done and undone.
/// It is a path and not a header because a server that does not know it must do nothing.
pub const DRY_RUN_PREFIX: &str = "/vestibule/v1/dry_run";
/// The header that tells that an answer is of a dry run.
pub const DRY_RUN: &str = "vestibule-dry-run";

/// What REST needs that the catalogue cannot tell.
pub struct Doors {
    /// Whether an environment lists this origin, so that its browsers may call us.
    pub allows_origin: fn(&App, &str) -> bool,
    /// The page for an error of an operation that a browser navigates to, which names the request.
    pub error_page: fn(&Error, &str, Option<&str>) -> Response,
}

/// An operation and what REST works out of it once.
struct Serving {
    entry: &'static Entry,
    path_fields: Vec<&'static str>,
    fields: OnceLock<decode::Fields>,
    log: Served,
    dry_run: bool,
}

impl Serving {
    /// The forms of the fields, worked out when the operation is first called.
    fn fields(&self) -> &decode::Fields {
        self.fields.get_or_init(|| decode::Fields::of(self.entry))
    }
}

/// The routes of every operation of the catalogue.
pub fn router(app: &Arc<App>, doors: Arc<Doors>) -> Router {
    let mut paths: BTreeMap<String, MethodRouter<(), Infallible>> = BTreeMap::new();
    for entry in app.catalog().entries() {
        let own = std::iter::once(&entry.op.route);
        for route in own.chain(entry.op.aliases) {
            let prefixes = [Some(""), changes(entry).then_some(DRY_RUN_PREFIX)];
            for prefix in prefixes.into_iter().flatten() {
                let path = format!("{prefix}{}", numbered(route));
                let methods = paths.remove(&path).unwrap_or_default();
                let handler = serve(app, &doors, entry, route, prefix);
                paths.insert(path, methods.on(filter(route.0), handler));
            }
        }
    }
    let mut router = Router::new();
    for (path, methods) in paths {
        router = router.route(&path, methods);
    }
    router.method_not_allowed_fallback(preflight(app, &doors))
}

fn changes(entry: &Entry) -> bool {
    entry.op.effect != Effect::Read
}

/// Everything that the program serves, and what each answer has: an id, a line in the log, and a
/// JSON body where there is no route.
#[derive(Clone)]
pub struct Edge {
    routes: Router,
    proxies: usize,
}

impl Edge {
    /// The operations, by REST and by MCP, and the other routes of the program.
    ///
    /// `proxies` is the number of trusted proxies in front: the client's address is then the one
    /// that the outermost of them wrote into `X-Forwarded-For`.
    pub fn new(operations: Router, others: Router, proxies: usize) -> Self {
        let others = others
            .method_not_allowed_fallback(wrong_method)
            .layer(axum::middleware::from_fn(log::keep_pattern));
        Self { routes: operations.merge(others).fallback(no_route), proxies }
    }
}

impl tower::Service<HttpRequest> for Edge {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }
    fn call(&mut self, mut request: HttpRequest) -> Self::Future {
        if self.proxies > 0 {
            forwarded(self.proxies, &mut request);
        }
        let begun = log::begin(&mut request);
        let answer = self.routes.call(request);
        Box::pin(async move {
            let mut response = answer.await?;
            log::end(begun, &mut response);
            Ok(response)
        })
    }
}

/// Each proxy appends the address that it was called from; what stands further left was written by
/// the client, who may write anything.
fn forwarded(proxies: usize, request: &mut HttpRequest) {
    let lines = request.headers().get_all("x-forwarded-for").iter();
    let lines: Vec<&str> = lines.filter_map(|it| it.to_str().ok()).collect();
    let joined = lines.join(",");
    let address = joined.rsplit(',').nth(proxies - 1).and_then(|it| it.trim().parse().ok());
    if let Some(address) = address {
        let address: std::net::IpAddr = address;
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((address, 0))));
    }
}

/// Two routes may name the same segment differently; the router wants one name.
fn numbered(route: &Route) -> String {
    let mut count = 0;
    let segments = route.1.split('/').map(|it| {
        if it.starts_with('{') {
            count += 1;
            format!("{{p{count}}}")
        } else {
            it.to_owned()
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// The method, as routes have it.
pub fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
    }
}

fn serve(
    app: &Arc<App>,
    doors: &Arc<Doors>,
    entry: &'static Entry,
    route: &Route,
    prefix: &str,
) -> impl Fn(HttpRequest) -> futures_boxed::Answer + Clone + use<> {
    let (app, doors) = (app.clone(), doors.clone());
    let served = Arc::new(Serving {
        entry,
        path_fields: route.path_fields().collect(),
        fields: OnceLock::new(),
        log: Served::new(entry.op.id, &format!("{prefix}{}", entry.op.route.1)),
        dry_run: prefix == DRY_RUN_PREFIX,
    });
    move |request| {
        let (app, doors, served) = (app.clone(), doors.clone(), served.clone());
        Box::pin(async move { answer(&app, &doors, &served, request).await })
    }
}

mod futures_boxed {
    //! The type of a handler's future.
    use axum::response::Response;

    pub(super) type Answer = std::pin::Pin<Box<dyn Future<Output = Response> + Send>>;
}

async fn answer(app: &Arc<App>, doors: &Doors, served: &Serving, request: HttpRequest) -> Response {
    let entry = served.entry;
    let id = RequestId::of(&request);
    let origin = request.headers().get(header::ORIGIN).cloned();
    let languages = request.headers().get(header::ACCEPT_LANGUAGE).cloned();
    let done = call(app, served, request, &id).await;
    let mut response = match done {
        Ok(reply) => respond(entry, reply),
        Err(error) => {
            log_error(entry.op.id, &id, &error);
            if entry.op.browser && !served.dry_run {
                let languages = languages.as_ref().and_then(|it| it.to_str().ok());
                (doors.error_page)(&error, &id.to_string(), languages)
            } else {
                refuse(&error)
            }
        }
    };
    if let Some(origin) = origin {
        allow_origin(app, doors, &origin, response.headers_mut()).await;
    }
    if served.dry_run {
        response.headers_mut().insert(DRY_RUN, HeaderValue::from_static("true"));
    }
    response.extensions_mut().insert(served.log.clone());
    response
}

async fn call(
    app: &Arc<App>,
    served: &Serving,
    request: HttpRequest,
    id: &RequestId,
) -> Result<Reply> {
    let (mut parts, body) = request.into_parts();
    let head = match path_values(&mut parts, &served.path_fields).await {
        Ok(path) => made_with(&parts, id).map(|it| (path, it)),
        Err(error) => Err(error),
    };
    let (path, made_with) = match head {
        Ok(it) => it,
        Err(error) => {
            // A body that nobody reads would break the connection at the client's next request.
            decode::read(body).await?;
            return Err(error);
        }
    };
    let input = decode::input(served, &parts, path, body).await?;
    let call = Call { entry: served.entry, input, request: made_with };
    if served.dry_run {
        // No hook of a sandbox answers in its place, and none is used up.
        let request = Request { target: None, ..call.request };
        return app.rehearse(Call { request, ..call }).await;
    }
    app.call(call).await
}

async fn path_values(
    parts: &mut axum::http::request::Parts,
    names: &[&'static str],
) -> Result<Vec<(&'static str, String)>> {
    use axum::extract::FromRequestParts;
    let params = RawPathParams::from_request_parts(parts, &()).await.map_err(|_| {
        Error::plain(Kind::BadRequest, "The path has a part that is not percent-encoded UTF-8.")
    })?;
    Ok(names.iter().copied().zip(params.iter().map(|it| it.1.to_owned())).collect())
}

/// What the call is made with, out of the headers.
pub fn made_with(parts: &axum::http::request::Parts, id: &RequestId) -> Result<Request> {
    let text = |name: header::HeaderName| {
        parts.headers.get(name).and_then(|it| it.to_str().ok()).map(str::to_owned)
    };
    let credential = match text(header::AUTHORIZATION) {
        Some(it) => Some(bearer(&it).ok_or_else(Error::unauthorized)?),
        None => None,
    };
    let address = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    Ok(Request {
        id: id.to_string(),
        credential,
        ip_address: address.map(|it| it.0.ip().to_canonical().to_string()),
        user_agent: text(header::USER_AGENT),
        idempotency_key: text(IDEMPOTENCY_KEY),
        approval_id: text(APPROVAL).filter(|it| it.len() <= ID_BYTES_MAX),
        run_id: text(RUN).as_deref().and_then(calls::run_id),
        origin: text(header::ORIGIN),
        cookies: cookies(&parts.headers),
        audience: Audience::accepting(text(header::ACCEPT_LANGUAGE).as_deref()),
        target: Some(Target {
            method: parts.method.as_str().to_owned(),
            path: parts.uri.path().to_owned(),
        }),
        by_mcp: false,
    })
}

/// The token of an `Authorization` header (RFC 6750 §2.1).
pub(crate) fn bearer(text: &str) -> Option<Secret> {
    bearer_text(text).map(Secret::new)
}

/// The same, to look at and not to keep.
pub(crate) fn bearer_text(text: &str) -> Option<&str> {
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn cookies(headers: &HeaderMap) -> Vec<(String, String)> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    lines
        .flat_map(|it| it.split(';'))
        .filter_map(|it| it.trim().split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn respond(entry: &Entry, reply: Reply) -> Response {
    let Reply { status, body, location, cookies } = reply;
    let has_body = !body.is_empty();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    if has_body {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if entry.op.sensitive() {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Some(it) = location.and_then(|it| HeaderValue::from_str(&it).ok()) {
        headers.insert(header::LOCATION, it);
    }
    for cookie in cookies {
        if let Ok(it) = HeaderValue::from_str(&cookie) {
            headers.append(header::SET_COOKIE, it);
        }
    }
    response
}

/// An error as HTTP has it.
pub fn refuse(error: &Error) -> Response {
    let mut response = Response::new(Body::from(error.body().to_string()));
    *response.status_mut() =
        StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = error.retry_after_seconds() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if matches!(error.kind(), Kind::TooLarge | Kind::RequestTimeout) {
        // What is left of the body is not read, and the client learns that the connection ends.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Answers a path that is not there.
pub async fn no_route(request: HttpRequest) -> Response {
    let (method, path) = (request.method(), request.uri().path());
    let text = format!("There is no {method} {path} here. GET /openapi.json lists what there is.");
    refuse_unread(request, Error::plain(Kind::NotFound, text)).await
}

/// Refuses a request whose body nobody has asked for. It is read nevertheless, since the
/// connection would break at the client's next request.
pub(crate) async fn refuse_unread(request: HttpRequest, why: Error) -> Response {
    match decode::read(request.into_body()).await {
        Ok(_) => refuse(&why),
        Err(error) => refuse(&error),
    }
}

/// Answers a method that the path does not have.
pub(crate) async fn wrong_method(request: HttpRequest) -> Response {
    let text = format!("This path does not have {}.", request.method());
    refuse_unread(request, Error::plain(Kind::MethodNotAllowed, text)).await
}
