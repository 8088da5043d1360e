//! `/mcp` and the addresses of its views, over Streamable HTTP in both eras of the protocol.
//!
//! Since 2026-07-28 each request stands by itself. Before, a client had a session; ours holds what the
//! client is told of and nothing else, so that one that this process does not know (it was idle for
//! long, or began at another node) is taken up where it is used.
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use parking_lot::Mutex;
use reqwest::Url;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{InitializeRequestParams, ProtocolVersion};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::session::{
    SessionState, SessionStore, SessionStoreError,
};
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use vestibule_kernel::agent::resource::PATH;
use vestibule_kernel::{App, Error, Kind};

use super::{Server, View, authorization, direct};
use crate::actions::Actions;
use crate::client::Backend;
use crate::rest;

/// How many sessions one process holds.
const SESSIONS_MAX: usize = 1_000;
/// How long one may be idle.
const SESSION_IDLE_MAX: Duration = Duration::from_mins(30);
/// How many ended sessions are remembered, so that none is taken up again.
const ENDED_MAX: usize = 1_000;
/// The pages of the machine that the browser runs on may call us: they are trusted as it is.
const LOOPBACK_ORIGINS: [&str; 6] = [
    "http://localhost:*",
    "http://127.0.0.1:*",
    "http://[::1]:*",
    "https://localhost:*",
    "https://127.0.0.1:*",
    "https://[::1]:*",
];
const SESSION_HEADER: &str = "mcp-session-id";
const VERSION_HEADER: &str = "mcp-protocol-version";

/// The views of this server for whoever has a key; ends its streams when `stopping` says so.
pub fn router(app: &Arc<App>, stopping: watch::Receiver<bool>) -> Result<Router, Error> {
    let server = Server::new(app.catalog(), Backend::Here(app.clone()))?;
    let actions = server.actions();
    let direct = Some(server.clone());
    let make = move || server.connection();
    Ok(routes(app, Door::new(&app.options().public_url, actions, make, direct, stopping)))
}

/// The same of any server of the protocol: `make` makes one for each connection.
pub fn router_of<H: ServerHandler>(
    app: &Arc<App>,
    actions: &'static Actions,
    make: impl Fn() -> H + Send + Sync + 'static,
    stopping: watch::Receiver<bool>,
) -> Router {
    routes(app, Door::new(&app.options().public_url, actions, make, None, stopping))
}

fn routes<H: ServerHandler>(app: &Arc<App>, door: Door<H>) -> Router {
    let guard = Arc::new(authorization::Guard::new(app.clone(), door.actions));
    Router::new()
        .route(PATH, any(serve::<H>))
        .route(&format!("{PATH}/{{*view}}"), any(serve::<H>))
        .with_state((guard.clone(), Arc::new(door)))
        .merge(authorization::metadata(guard))
        .method_not_allowed_fallback(rest::wrong_method)
}

/// The protocol over HTTP, and its sessions.
struct Door<H> {
    actions: &'static Actions,
    /// What makes the calls that need nothing of the SDK.
    direct: Option<Server>,
    service: StreamableHttpService<H, LocalSessionManager>,
    sessions: Arc<LocalSessionManager>,
    /// Ends when the program does.
    ends: CancellationToken,
    log: rest::Served,
}

impl<H: ServerHandler> Door<H> {
    fn new(
        public_url: &str,
        actions: &'static Actions,
        make: impl Fn() -> H + Send + Sync + 'static,
        direct: Option<Server>,
        mut stopping: watch::Receiver<bool>,
    ) -> Self {
        let mut sessions = LocalSessionManager::default();
        sessions.session_config.keep_alive = Some(SESSION_IDLE_MAX);
        let sessions = Arc::new(sessions);
        let loopback = LOOPBACK_ORIGINS.iter().map(|it| (*it).to_owned());
        let origins = loopback.chain(origin(public_url));
        // A page of another site is refused by its `Origin`, also where its host name was rebound to
        // ours. Every call needs a key besides, so that the name by which we are called tells nothing.
        let mut config = StreamableHttpServerConfig::default()
            .with_json_response(true)
            .with_allowed_origins(origins)
            .disable_allowed_hosts();
        config.session_store = Some(Arc::new(Sessions::default()));
        let ends = config.cancellation_token.clone();
        let stop = ends.clone();
        tokio::spawn(async move {
            stopping.wait_for(|it| *it).await.ok();
            stop.cancel();
        });
        let service = StreamableHttpService::new(move || Ok(make()), sessions.clone(), config);
        Self { actions, direct, service, sessions, ends, log: rest::Served::new("mcp", PATH) }
    }

    /// Refuses a request that would begin a session where there are too many.
    async fn check_room(&self, headers: &HeaderMap) -> Result<(), Error> {
        let text = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
        let is_newer = |it: &str| it >= ProtocolVersion::V_2026_07_28.as_str();
        if text(VERSION_HEADER).is_some_and(is_newer) {
            return Ok(());
        }
        let sessions = self.sessions.sessions.read().await;
        let is_known = text(SESSION_HEADER).is_some_and(|it| sessions.contains_key(it));
        if is_known || sessions.len() < SESSIONS_MAX {
            return Ok(());
        }
        let text = "There are too many MCP sessions. End those that are not used any more \
                    (DELETE), or use the revision 2026-07-28, which has none.";
        Err(Error::new(Kind::Unavailable, "unavailable", text))
    }
}

/// The origin of an address, with its port.
fn origin(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    Some(format!("{}://{}:{}", url.scheme(), url.host_str()?, url.port_or_known_default()?))
}

async fn serve<H: ServerHandler>(
    State((guard, door)): State<(Arc<authorization::Guard>, Arc<Door<H>>)>,
    request: Request,
) -> Response {
    let mut response = answer(&guard, &door, request).await;
    response.extensions_mut().insert(door.log.clone());
    response
}

async fn answer<H: ServerHandler>(
    guard: &authorization::Guard,
    door: &Door<H>,
    request: Request,
) -> Response {
    let request = match by_key(guard, door, request).await {
        Ok(answer) => return answer,
        Err(request) => request,
    };
    let (mut parts, body) = match Box::pin(guard.admit(request)).await {
        Ok(it) => it,
        Err(refusal) => return refusal,
    };
    let view = match view(door, &parts) {
        Ok(it) => it,
        Err(error) => return rest::refuse(&error),
    };
    if let Some(server) = &door.direct
        && let Some(call) = direct::Call::in_order(&parts, &body, &view)
    {
        let made = Box::pin(call.make(server, &parts, &view, door.ends.clone()));
        return made.await.into_response();
    }
    if let Err(error) = door.check_room(&parts.headers).await {
        return rest::refuse(&error);
    }
    parts.extensions.insert(view);
    let request = Request::from_parts(parts, Body::from(body));
    Box::pin(door.service.handle(request)).await.map(Body::new)
}

fn view<H>(door: &Door<H>, parts: &Parts) -> Result<View, Error> {
    View::asked(
        door.actions,
        parts.uri.path().strip_prefix(PATH).unwrap_or_default(),
        &parts.headers,
    )
}

/// Makes a call that is in order, and whose operation finds out itself who calls, without asking that
/// before: all that an API key does not open is refused by the operation. Whatever else it comes to is
/// told only to whoever is known. Tokens of agents open less, and every other request is given back.
async fn by_key<H>(
    guard: &authorization::Guard,
    door: &Door<H>,
    request: Request,
) -> Result<Response, Request> {
    let Some(server) = door.direct.as_ref().filter(|_| direct::may_be(&request)) else {
        return Err(request);
    };
    let (parts, body) = request.into_parts();
    let body = match rest::read(body).await {
        Ok(it) => it,
        Err(error) => return Ok(rest::refuse(&error)),
    };
    if let Ok(view) = view(door, &parts)
        && let Some(call) = direct::Call::in_order(&parts, &body, &view)
        && call.finds_caller(server, &view)
    {
        // In a box, as all that is large is here: what holds it is moved several times before it runs.
        let made = Box::pin(call.make(server, &parts, &view, door.ends.clone())).await;
        if !made.is_done()
            && let Err(refusal) = Box::pin(guard.identify(&parts)).await
        {
            return Ok(refusal);
        }
        return Ok(made.into_response());
    }
    Err(Request::from_parts(parts, Body::from(body)))
}

/// Takes up every session that was not ended.
#[derive(Default)]
struct Sessions {
    ended: Mutex<VecDeque<String>>,
}

#[async_trait::async_trait]
impl SessionStore for Sessions {
    async fn load(&self, id: &str) -> Result<Option<SessionState>, SessionStoreError> {
        // The form in which we give them out.
        let is_ours = id.len() == 36 && id.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-');
        if !is_ours || self.ended.lock().iter().any(|it| it == id) {
            return Ok(None);
        }
        let mut began = InitializeRequestParams::default();
        began.protocol_version = ProtocolVersion::V_2025_11_25;
        Ok(Some(SessionState::new(began)))
    }
    async fn store(&self, _: &str, _: &SessionState) -> Result<(), SessionStoreError> {
        Ok(())
    }
    async fn delete(&self, id: &str) -> Result<(), SessionStoreError> {
        let mut ended = self.ended.lock();
        if ended.len() == ENDED_MAX {
            ended.pop_front();
        }
        ended.push_back(id.to_owned());
        Ok(())
    }
}
