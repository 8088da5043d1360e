//! Listing and ending sessions.
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use vestibule_kernel::catalog::Method::{Get, Post};
use vestibule_kernel::context::App;
use vestibule_kernel::db::Tx;
use vestibule_kernel::id::{EnvironmentId, SessionId, UserId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::{
    Access, Cx, Effect, Empty, Error, Fine, Flow, FlowCx, Kind, Operation, Redirect, Result, Route,
    environment,
};
use vestibule_people::users;

use super::{Session, get, revoke, store};
use crate::{authenticate, authorize, redirect_uris};

/// List the active sessions of a user
#[derive(Deserialize, JsonSchema)]
pub struct ListSessions {
    /// The ID of the user
    id: UserId,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListSessions {
    const ID: &'static str = "sessions.list";
    const ROUTE: Route = Route(Get, "/user_management/users/{id}/sessions");
    const STATUSES: &'static [u16] = &[404];
    type Reply = Fine<Page<Session>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id, paging } = self;
        let user = users::find(cx, &id)?;
        let valid_after = users::sessions_valid_after(cx, &user.id)?;
        store::list_active(cx, &user.id, valid_after, &paging).map(Fine)
    }
}

/// Revoke a session
///
/// Its refresh tokens end at once; access tokens live on until they expire. Revoking a session that
/// has ended already changes nothing.
#[derive(Deserialize, JsonSchema)]
pub struct RevokeSession {
    /// The ID of the session, as the claim `sid` of its access tokens has it
    session_id: SessionId,
}

impl Operation for RevokeSession {
    const ID: &'static str = "sessions.revoke";
    const ROUTE: Route = Route(Post, "/user_management/sessions/revoke");
    const EFFECT: Effect = Effect::Destructive;
    const STATUSES: &'static [u16] = &[400];
    type Reply = Empty;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { session_id } = self;
        let session = get(cx, &session_id)?.ok_or_else(|| {
            Error::plain(Kind::BadRequest, format!("Session not found: '{session_id}'."))
        })?;
        revoke(cx, session)?;
        Ok(Empty)
    }
}

/// Sign out
///
/// Ends the session and sends the browser on: to `return_to` where that is a sign-out redirect of
/// the environment, else to the default sign-out redirect, the homepage of the application, or a
/// page of ours.
#[derive(Deserialize, JsonSchema)]
pub struct Logout {
    /// The ID of the session, as the claim `sid` of its access tokens has it
    session_id: SessionId,
    /// Where to go then; must be a sign-out redirect of the environment
    return_to: Option<String>,
}

impl Flow for Logout {
    const ID: &'static str = "sessions.logout";
    const ROUTE: Route = Route(Get, "/user_management/sessions/logout");
    const EFFECT: Effect = Effect::Destructive;
    const ACCESS: Access = Access::Open(resolve);
    const STATUSES: &'static [u16] = &[422];
    const BROWSER: bool = true;
    type Reply = Redirect;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self { session_id, return_to } = self;
        // The session ends even where there is nowhere to go afterwards.
        let client_id = flow.write(move |cx| {
            let Some(session) = get(cx, &session_id)? else { return Ok(None) };
            let client_id = session.client_id.clone();
            revoke(cx, session).map(|()| Some(client_id))
        })?;
        let location = flow.read(|cx| {
            match redirect_uris::after_sign_out(cx, return_to.as_deref())? {
                Some(it) => Ok(it),
                // Where the application has no page for it, ours tells that the session has ended.
                None => signed_out_page(cx),
            }
        })?;
        let mut cookies = vec![authorize::browser::clear(&flow.app)];
        if let Some(client_id) = client_id {
            cookies.extend(authenticate::clear_cookies(flow, &client_id));
        }
        Ok(Redirect { location, cookies })
    }
}

/// Our own page after sign-out, in the look of the environment.
fn signed_out_page(cx: &mut Cx<'_>) -> Result<String> {
    let id = cx.environment;
    let environment = environment::get(cx.db(), id)?;
    let client_id = environment.map(|it| it.client_id.to_string()).unwrap_or_default();
    let client_id: String = url::form_urlencoded::byte_serialize(client_id.as_bytes()).collect();
    Ok(format!("{}?client_id={client_id}", authorize::SIGNED_OUT))
}

fn resolve(_: &App, tx: &mut dyn Tx, input: &Value) -> Result<EnvironmentId> {
    let id = input.get("session_id").and_then(Value::as_str).unwrap_or_default();
    let found = store::environment_of(tx, id)?;
    found.ok_or_else(|| Error::plain(Kind::Invalid, format!("Session not found: '{id}'.")))
}
