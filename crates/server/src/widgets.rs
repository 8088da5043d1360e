//! The endpoints that widgets call from pages of applications, in browsers.
//!
//! What there is stands in [`vestibule_widgets::ENDPOINTS`]; here is how it travels. A page of an
//! origin that the environment of the token does not list is refused, and its browser does not show
//! it even that.
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, RawPathParams, Request as HttpRequest};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::{delete, on};
use serde_json::Value;
use vestibule_kernel::{App, Error, Kind, Request, Result, limit};
use vestibule_signin::{cors_origins, tokens};
use vestibule_surfaces::rest::{self, Doors, RequestId};
use vestibule_widgets::{Answer, Asked, ENDPOINTS, Endpoint, PREFIX, Viewer};

/// The routes.
pub fn router(app: &Arc<App>, doors: &Arc<Doors>) -> Router {
    let mut router = Router::new();
    for endpoint in ENDPOINTS {
        let (app, doors) = (app.clone(), doors.clone());
        let handler = move |request| answer(app, doors, *endpoint, request);
        router = router.route(endpoint.route.1, on(rest::filter(endpoint.route.0), handler));
    }
    let (others, doors_of_others) = (app.clone(), doors.clone());
    let none = move |request| none(others, doors_of_others, request);
    let none =
        delete(none.clone()).get(none.clone()).patch(none.clone()).post(none.clone()).put(none);
    router
        .route(&format!("{PREFIX}/{{*path}}"), none)
        .method_not_allowed_fallback(rest::preflight(app, doors))
}

async fn answer(
    app: Arc<App>,
    doors: Arc<Doors>,
    endpoint: Endpoint,
    request: HttpRequest,
) -> Response {
    let id = RequestId::of(&request);
    let origin = request.headers().get(header::ORIGIN).cloned();
    let request = received(request, &id).await;
    let of_call = app.clone();
    let work = move || request.and_then(|(it, asked)| call(&of_call, endpoint, it, &asked));
    let done =
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|it| Err(Error::internal(it)));
    let (mut response, is_shown) = match done {
        Ok(Outcome::Answered(body)) => (json(&body), true),
        Ok(Outcome::FromElsewhere) => (rest::refuse(&from_elsewhere()), false),
        Err(error) => {
            rest::log_error("widgets", &id, &error);
            (rest::refuse(&error), true)
        }
    };
    if let Some(origin) = origin.filter(|_| is_shown) {
        rest::allow_origin(&app, &doors, &origin, response.headers_mut()).await;
    }
    response
}

/// Reads the request whole, since the connection would break at the next one otherwise.
async fn received(request: HttpRequest, id: &RequestId) -> Result<(Request, Asked)> {
    let (mut parts, body) = request.into_parts();
    rest::read(body).await?;
    let path = RawPathParams::from_request_parts(&mut parts, &()).await;
    let path = path.map_err(|_| unreadable())?;
    let query = parts.uri.query().unwrap_or_default();
    let query = url::form_urlencoded::parse(query.as_bytes()).into_owned();
    let path = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let parameters: Vec<_> = path.chain(query).collect();
    // PostgreSQL's TEXT has no NUL; nothing that we store has.
    if parameters.iter().any(|it| it.1.contains('\0')) {
        return Err(unreadable());
    }
    Ok((rest::made_with(&parts, id)?, Asked { parameters }))
}

fn unreadable() -> Error {
    Error::plain(Kind::BadRequest, "The address holds characters that cannot be read.")
}

/// What comes of a call.
enum Outcome {
    Answered(Value),
    FromElsewhere,
}

fn call(app: &Arc<App>, endpoint: Endpoint, request: Request, asked: &Asked) -> Result<Outcome> {
    let token = request.credential.clone().ok_or_else(Error::unauthorized)?;
    let environment = app.db().read(|tx| tokens::environment_of(tx, token.reveal()))?;
    let environment = environment.ok_or_else(Error::unauthorized)?;
    let flow = app.system(&environment).with_request(request);
    let admitted = flow.read(|cx| {
        limit::count_call(cx)?;
        let viewer = Viewer::of(cx, token.reveal())?;
        if let Some(origin) = cx.request.origin.as_deref()
            && !cors_origins::allows(cx, origin)?
        {
            return Ok(Err(Outcome::FromElsewhere));
        }
        match endpoint.answer {
            Answer::Show(answer) => Ok(Err(answer(cx, &viewer).map(Outcome::Answered)?)),
            Answer::Act(act) => Ok(Ok((viewer, act))),
        }
    })?;
    match admitted {
        Ok((viewer, act)) => act(&flow, &viewer, asked).map(Outcome::Answered),
        Err(outcome) => Ok(outcome),
    }
}

fn from_elsewhere() -> Error {
    let text = "The environment of this token does not list the origin of this page. Add it by \
                POST /user_management/cors_origins.";
    Error::plain(Kind::Forbidden, text)
}

/// Answers what is not there so that a page can read it: newer widgets ask for more.
async fn none(app: Arc<App>, doors: Arc<Doors>, request: HttpRequest) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = rest::no_route(request).await;
    if let Some(origin) = origin {
        rest::allow_origin(&app, &doors, &origin, response.headers_mut()).await;
    }
    response
}

fn json(body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
