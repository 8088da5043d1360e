//! `/mcp` as a resource that OAuth protects: who is let through, and how the others learn where to ask.
//!
//! - Metadata (RFC 9728) is there for each address of a view under its own name, because a client must
//!   not take that of another (§3.3); all name the same authorization server, and any token for one of
//!   them opens them all.
//! - Who brings nothing, or what is over, is told so with a 401; who brings the token of a client that
//!   a person did not let do this, with a 403 that says what to ask for (RFC 6750 §3.1). A token that
//!   was made by hand and an API key are of no client that could ask for more: what they do not open is
//!   refused as the result of the call, in which the model can read it.
//! - Whether an operation is beyond a token is known before the call for every tool but `run`, whose
//!   program is refused call by call.
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request as HttpRequest, State};
use axum::http::{HeaderMap, HeaderValue, header, request::Parts};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use reqwest::Url;
use serde_json::{Map, Value, json};
use vestibule_kernel::agent::{EFFECT_NOT_ALLOWED, resource};
use vestibule_kernel::context::Caller;
use vestibule_kernel::{App, Call, Effect, Error, Kind, Request};

use super::{Shown, View, code, core};
use crate::actions::{Action, Actions};
use crate::rest::{self, RequestId, bearer, made_with, refuse};

/// Where the metadata of a resource is, before the path of the resource (RFC 9728 §3.1).
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// What it takes to tell who may come through.
pub(super) struct Guard {
    app: Arc<App>,
    actions: &'static Actions,
    log: rest::Served,
}

/// The metadata of the resource, by itself and for the address of each view.
pub(super) fn metadata(guard: Arc<Guard>) -> Router {
    let base = format!("{WELL_KNOWN}{}", base_path(&guard.app));
    let own = format!("{base}{}", resource::PATH);
    Router::new()
        .route(WELL_KNOWN, get(describe))
        .route(&own, get(describe))
        .route(&format!("{own}/{{*view}}"), get(describe))
        .with_state(guard)
}

/// The path of the address under which the server is known; empty where it has none.
fn base_path(app: &App) -> String {
    let url = Url::parse(&app.options().public_url).ok();
    url.map(|it| it.path().trim_end_matches('/').to_owned()).unwrap_or_default()
}

async fn describe(State(guard): State<Arc<Guard>>, request: HttpRequest) -> Response {
    let path = request.uri().path();
    let base = format!("{WELL_KNOWN}{}{}", base_path(&guard.app), resource::PATH);
    // Without the path of the resource it is that of the whole.
    let view = path.strip_prefix(&base).unwrap_or_default();
    if let Err(error) = View::asked(guard.actions, view, &HeaderMap::new()) {
        return refuse(&error);
    }
    let body = json!({
        "resource": format!("{}{view}", resource::identifier(&guard.app)),
        "resource_name": "Vestibule",
        "authorization_servers": [guard.app.options().public_url],
        // What a client needs to begin with; what else it needs it is told when it does.
        "scopes_supported": [resource::FIRST_SCOPE],
        "bearer_methods_supported": ["header"],
    });
    let mut response =
        ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response();
    response.extensions_mut().insert(guard.log.clone());
    response
}

fn challenged(mut response: Response, challenge: Option<HeaderValue>) -> Response {
    if let Some(it) = challenge {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, it);
    }
    response
}

impl Guard {
    pub(super) fn new(app: Arc<App>, actions: &'static Actions) -> Self {
        Self { app, actions, log: rest::Served::new("mcp_metadata", WELL_KNOWN) }
    }

    /// Lets only holders of an API key or of an agent token through that opens this, and no larger
    /// bodies than an operation takes; with the request's body, or else what refuses it.
    pub(super) async fn admit(&self, request: HttpRequest) -> Result<(Parts, Bytes), Response> {
        let (parts, body) = request.into_parts();
        let caller = match self.identify(&parts).await {
            Ok(it) => it,
            Err(refusal) => {
                // A body that nobody reads would break the connection at the client's next request.
                let read = rest::read(body).await;
                return Err(read.map_or_else(|it| refuse(&it), |_| refusal));
            }
        };
        let body = rest::read(body).await.map_err(|it| refuse(&it))?;
        let view = parts.uri.path().strip_prefix(resource::PATH).unwrap_or_default();
        match self.check_scope(&parts, view, &caller, &body).await {
            Ok(()) => Ok((parts, body)),
            Err((error, needed)) => {
                let challenge = self.challenge(view, Some("insufficient_scope"), &error, &needed);
                Err(challenged(refuse(&error), challenge))
            }
        }
    }

    /// Who holds what the request shows; or the refusal, which says where to ask for what opens this.
    pub(super) async fn identify(&self, parts: &Parts) -> Result<Arc<Caller>, Response> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
        let known = match header.and_then(bearer) {
            Some(it) => self.app.known(it).await,
            None => Err(Error::unauthorized()),
        };
        known.map_err(|error| {
            if error.kind() != Kind::Unauthorized {
                return refuse(&error);
            }
            let view = parts.uri.path().strip_prefix(resource::PATH).unwrap_or_default();
            let why = header.map(|_| "invalid_token");
            let challenge = self.challenge(view, why, &error, &[resource::FIRST_SCOPE]);
            challenged(refuse(&error), challenge)
        })
    }

    /// What is refused, and where and for what to ask (RFC 6750 §3, RFC 9728 §5.1).
    fn challenge(
        &self,
        view: &str,
        error: Option<&str>,
        refusal: &Error,
        scope: &[Effect],
    ) -> Option<HeaderValue> {
        // A path that is no view's is of the whole.
        let is_view = View::asked(self.actions, view, &HeaderMap::new()).is_ok();
        let view = if is_view { view } else { "" };
        let public_url = Url::parse(&self.app.options().public_url).ok()?;
        let origin = public_url.origin().ascii_serialization();
        let base = base_path(&self.app);
        let mut parts = Vec::new();
        if let Some(code) = error {
            let quotable = |it: &char| *it == ' ' || it.is_ascii_graphic() && !"\"\\".contains(*it);
            let description: String = refusal.message().chars().filter(quotable).collect();
            parts.push(("error", code.to_owned()));
            parts.push(("error_description", description));
        }
        let path = resource::PATH;
        parts.push(("resource_metadata", format!("{origin}{WELL_KNOWN}{base}{path}{view}")));
        parts.push(("scope", resource::scope(scope)));
        let parts: Vec<_> = parts.iter().map(|(name, it)| format!("{name}=\"{it}\"")).collect();
        let text = format!("Bearer {}", parts.join(", "));
        HeaderValue::from_str(&text).ok()
    }

    /// Refuses a call that a wider token of the same client could make; with the refusal, the scope
    /// that it would need. That has what the token has, too: clients of revisions before 2026-07-28 ask
    /// for what they are told and for nothing besides.
    async fn check_scope(
        &self,
        parts: &Parts,
        view: &str,
        caller: &Caller,
        body: &[u8],
    ) -> Result<(), (Error, Vec<Effect>)> {
        let Some(agent) = caller.agent().filter(|it| it.of_client) else { return Ok(()) };
        // What cannot be read here is refused where it is.
        let Ok(view) = View::asked(self.actions, view, &parts.headers) else { return Ok(()) };
        let Ok(request) = made_with(parts, &RequestId::in_parts(parts)) else { return Ok(()) };
        let Ok(message) = serde_json::from_slice::<Value>(body) else { return Ok(()) };
        let Some((action, input)) = self.called(&view, &message) else { return Ok(()) };
        let Some(entry) = action.entry else { return Ok(()) };
        let request = Request { by_mcp: true, ..request };
        let call = Call { entry, input: Value::Object(input), request };
        match self.app.check_scope(call).await {
            Err(error) if error.code() == EFFECT_NOT_ALLOWED => {
                let mut needed = agent.policy.effects.clone();
                needed.push(action.effect);
                Err((error, needed))
            }
            // Anything else is told by the call.
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// The operation that a message has run, where that is known.
    fn called(
        &self,
        view: &View,
        message: &Value,
    ) -> Option<(&'static Action, Map<String, Value>)> {
        if message.get("method")?.as_str()? != "tools/call" {
            return None;
        }
        let asked = message.get("params")?;
        let name = asked.get("name")?.as_str()?;
        let given = asked.get("arguments").and_then(Value::as_object).cloned().unwrap_or_default();
        let (action, input) = match view.shown {
            Shown::Core if core::RUNNING.contains(&name) => {
                core::operation(self.actions, name, &given)?
            }
            Shown::Core if core::TELLING.contains(&name) => return None,
            Shown::Code if code::TOOLS.contains(&name) => return None,
            Shown::Core | Shown::Code | Shown::Toolsets(_) | Shown::Full => {
                (self.actions.find(name, &given).ok()?, given)
            }
        };
        view.check(action).is_ok().then_some((action, input))
    }
}
