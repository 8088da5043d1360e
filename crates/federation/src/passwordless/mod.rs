//! Passwordless sessions: a link, mailed to somebody, that signs them in to an application.
//!
//! - A link works once, until it expires, in its environment alone. Looking at it uses nothing up,
//!   because programs open links too; a button on its page does.
//! - Its token is found by its digest, and sealed for the mail, which is sent later.
//! - It belongs to no browser: mail is often read on another device. What binds the sign-in to the
//!   browser is the application's `state`.
//! - It leads to a registered redirect URI, which must be registered still when the link is used, with
//!   a code of the single sign-on API. All addresses are of one connection.
mod operations;
mod store;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vestibule_kernel::call::Request;
use vestibule_kernel::id::{ConnectionId, PasswordlessSessionId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::setting::Setting;
use vestibule_kernel::time::{Seconds, Time};
use vestibule_kernel::{App, Cx, Error, FlowCx, Kind, Op, Result, op};
use vestibule_people::users;
use vestibule_signin::authenticate::federated::Account;
use vestibule_signin::redirect_uris;
use vestibule_signin::sessions::Method;

use crate::social::{Told, client_of};
use crate::sso::{self, Asked, Via};

pub use operations::{CreatePasswordlessSession, PasswordlessSession, SendPasswordlessSession};

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[op::<CreatePasswordlessSession>(), op::<SendPasswordlessSession>()];

/// Where the page is that a link leads to.
pub const PATH: &str = "/passwordless/token/{token}/confirm";
/// For how long a link works where nothing else is said, and the least.
const LIFETIME_SECONDS: Seconds = 15 * 60;
/// The most.
const LIFETIME_SECONDS_MAX: Seconds = 24 * 60 * 60;
/// The type of the connection that all addresses are of.
const CONNECTION_TYPE: &str = "MagicLink";

/// The connection that all addresses are of. It has an id from the first link on.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct MagicLinks {
    connection_id: Option<ConnectionId>,
}

impl Setting for MagicLinks {
    const NAME: &'static str = "magic_links";
}

/// A link that was made.
struct Link {
    id: PasswordlessSessionId,
    email: String,
    remembered: Remembered,
    expires_at: Time,
    used_at: Option<Time>,
}

/// What is sealed of a link.
#[derive(Serialize, Deserialize)]
struct Remembered {
    token: String,
    redirect_uri: String,
    state: Option<String>,
}

impl Link {
    fn works(&self, now: Time) -> bool {
        self.used_at.is_none() && self.expires_at > now
    }
}

/// The address that the link with this token signs in, if it still does, with doors to its
/// environment, which the link does not tell.
pub fn open(app: &Arc<App>, token: &Secret, request: Request) -> Result<Option<(FlowCx, String)>> {
    let Some(environment) = store::environment_of(app, token)? else { return Ok(None) };
    let flow = app.system(&environment).with_request(request);
    let found = flow.read(|cx| working(cx, token))?;
    Ok(found.map(|it| (flow, it.email)))
}

/// Uses the link up. Where it still worked, the answer is the way back to the application.
pub fn confirm(cx: &mut Cx<'_>, token: &Secret) -> Result<Option<String>> {
    let Some(Link { id, email, remembered, .. }) = working(cx, token)? else { return Ok(None) };
    let Remembered { redirect_uri, state, token: _ } = remembered;
    if !redirect_uris::allows(cx, &redirect_uri)? {
        let text = format!("The redirect URI '{redirect_uri}' is not registered any more.");
        return Err(Error::plain(Kind::BadRequest, text));
    }
    if !store::use_up(cx, &id)? {
        return Ok(None);
    }
    let connection_id = connection(cx)?;
    let asked = Asked {
        client_id: client_of(cx)?.to_string(),
        redirect_uri,
        state,
        code_challenge: None,
        session: sso::Session::named(cx, id.to_string()),
    };
    let via = Via { id: &connection_id, r#type: CONNECTION_TYPE, organization_id: None };
    let account = sso::succeed(cx, &asked.session, via, &told(email))?;
    sso::grant(cx, &asked, &account).map(Some)
}

/// Where the page of the link with this token is.
pub fn path(token: &str) -> String {
    // Tokens are letters, digits, `-` and `_`, so they need no escaping.
    PATH.replace("{token}", token)
}

/// Deletes the links that have expired.
pub(crate) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    store::forget(cx)
}

fn working(cx: &mut Cx<'_>, token: &Secret) -> Result<Option<Link>> {
    let now = cx.now();
    Ok(store::get_by_token(cx, token)?.filter(|it| it.works(now)))
}

/// The id of the connection that all addresses are of.
fn connection(cx: &mut Cx<'_>) -> Result<ConnectionId> {
    if let Some(id) = cx.setting::<MagicLinks>()?.connection_id {
        return Ok(id);
    }
    let id = ConnectionId::new(cx);
    cx.set(&MagicLinks { connection_id: Some(id.clone()) })?;
    Ok(id)
}

/// Whoever has the link reads the mail of the address: that is all that is known of them.
fn told(email: String) -> Told {
    let account = Account {
        method: Method::MagicAuth,
        provider: CONNECTION_TYPE.to_owned(),
        // One address is one profile, however it is written.
        idp_id: users::fold(&email),
        email,
        email_verified: true,
        first_name: None,
        last_name: None,
        name: None,
        organization_id: None,
        role_slugs: None,
        picture: None,
        profile_id: None,
        oauth_tokens: None,
    };
    Told {
        account,
        raw: serde_json::json!({}),
        groups: None,
        custom: serde_json::Map::new(),
        roles: None,
    }
}
