//! The endpoints of OAuth that clients call themselves: metadata, tokens, registration, revocation.
//! The one that a person is sent to is a page.
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use vestibule_access::oauth::{self, Metadata, REGISTRATION_BYTES_MAX};
use vestibule_kernel::error::Shape;
use vestibule_kernel::limit::{self, Limit};
use vestibule_kernel::{App, Error, Kind, Result};
use vestibule_surfaces::rest;

/// Where the metadata is, before the path of the issuer (RFC 8414 §3.1).
const WELL_KNOWN: &str = "/.well-known/oauth-authorization-server";
/// How large a token request may be.
const FORM_BYTES_MAX: usize = 16 * 1024;
/// How often somebody exchanges and revokes tokens from one place.
const EXCHANGES: Limit =
    Limit { name: "oauth.token", uses_max: 600, window: 60, code: "too_many_requests" };

type Pairs = Vec<(String, String)>;

/// The routes.
pub fn router(app: &Arc<App>) -> Router {
    let issuer = oauth::issuer(app);
    let path = issuer.split_once("://").and_then(|it| it.1.find('/').map(|at| &it.1[at..]));
    let router = Router::new()
        .route(WELL_KNOWN, get(describe))
        .route(oauth::TOKEN_PATH, post(exchange))
        .route(oauth::REGISTER_PATH, post(register))
        .route(oauth::REVOKE_PATH, post(revoke));
    let router = match path {
        Some(path) => router.route(&format!("{WELL_KNOWN}{path}"), get(describe)),
        None => router,
    };
    router.with_state(app.clone())
}

async fn describe(State(app): State<Arc<App>>) -> Response {
    axum::Json(Metadata::of(&app)).into_response()
}

async fn exchange(State(app): State<Arc<App>>, request: Request) -> Response {
    let done = with_form(app, request, |app, pairs| {
        let tokens = oauth::exchange(app, pairs)?;
        serde_json::to_vec(&tokens).map_err(Error::internal)
    });
    done.await.map_or_else(refuse, |body| answer(StatusCode::OK, body))
}

async fn revoke(State(app): State<Arc<App>>, request: Request) -> Response {
    let done = with_form(app, request, |app, pairs| oauth::revoke(app, pairs));
    done.await.map_or_else(refuse, |()| answer(StatusCode::OK, Vec::new()))
}

async fn register(State(app): State<Arc<App>>, request: Request) -> Response {
    let place = place(&request);
    let read = read(request, REGISTRATION_BYTES_MAX).await;
    let done = match read {
        Ok(body) => blocking(move || {
            let registered = oauth::register(&app, &place, &body)?;
            serde_json::to_vec(&registered).map_err(Error::internal)
        }),
        Err(error) => return refuse(error),
    };
    done.await.map_or_else(refuse, |body| answer(StatusCode::CREATED, body))
}

/// What a form comes to.
async fn with_form<T: Send + 'static>(
    app: Arc<App>,
    request: Request,
    work: impl FnOnce(&Arc<App>, &Pairs) -> Result<T> + Send + 'static,
) -> Result<T> {
    let place = place(&request);
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let is_form = kind.is_some_and(|it| it.starts_with("application/x-www-form-urlencoded"));
    // RFC 6749 §2.3: there is no other way to be a client than by its id.
    let proves = request.headers().contains_key(header::AUTHORIZATION);
    let body = read(request, FORM_BYTES_MAX).await?;
    if proves {
        let text = "Clients are public here: send client_id in the form, and no Authorization.";
        return Err(Error::oauth(oauth::INVALID_CLIENT, text).with_kind(Kind::Unauthorized));
    }
    if !is_form {
        let text = "The body must be a form (application/x-www-form-urlencoded).";
        return Err(Error::oauth(oauth::INVALID_REQUEST, text));
    }
    let pairs: Pairs = form_pairs(&body);
    if pairs.iter().any(|it| it.1.contains('\0')) {
        let text = "The form holds a NUL character.";
        return Err(Error::oauth(oauth::INVALID_REQUEST, text));
    }
    blocking(move || {
        limit::count_everywhere(&app, EXCHANGES, &place)?;
        work(&app, &pairs)
    })
    .await
}

fn form_pairs(body: &[u8]) -> Pairs {
    url::form_urlencoded::parse(body).into_owned().collect()
}

async fn read(request: Request, bytes_max: usize) -> Result<axum::body::Bytes> {
    let body = rest::read(request.into_body()).await?;
    if body.len() > bytes_max {
        let text = format!("The body is larger than {bytes_max} bytes.");
        return Err(Error::new(Kind::TooLarge, "request_too_large", text));
    }
    Ok(body)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

/// The place that a request comes from, for limits.
fn place(request: &Request) -> String {
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let address = address.map(|it| it.0.ip().to_canonical().to_string());
    limit::place(address.as_deref().unwrap_or("unknown"))
}

/// In the shape of OAuth, whoever refuses it (RFC 6749 §5.2).
fn refuse(error: Error) -> Response {
    let error = error.shaped(Shape::OAuth);
    let mut response = rest::refuse(&error);
    if error.kind() == Kind::Unauthorized {
        // RFC 6749 §5.2: in the scheme by which the client tried.
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic"));
    }
    response
}

fn answer(status: StatusCode, body: Vec<u8>) -> Response {
    let has_body = !body.is_empty();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if has_body {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    // RFC 6749 §5.1.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
