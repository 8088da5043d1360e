//! Signing out at an identity provider: `POST /sso/logout/authorize` gives an application a token, and
//! `GET /sso/logout` leads the browser that brings it to the provider (OpenID Connect RP-Initiated
//! Logout 1.0).
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vestibule_kernel::catalog::Method::{Get, Post};
use vestibule_kernel::db::Tx;
use vestibule_kernel::id::{ConnectionId, EnvironmentId, ProfileId};
use vestibule_kernel::secret::{Secret, digest_of};
use vestibule_kernel::time::Seconds;
use vestibule_kernel::{Access, App, Code, Cx, Error, Fine, Operation, Redirect, Result, Route};

use super::profiles;
use crate::connections;

/// For how long a token leads anywhere.
const TOKEN_SECONDS: Seconds = 5 * 60;
/// The longest token that is looked up.
const TOKEN_BYTES_MAX: usize = 256;
/// The code of the refusal of a connection that nobody can sign out at.
const CONNECTION_INVALID: Code = "connection_invalid";

/// Where to send a browser to sign out
#[derive(Debug, Serialize, JsonSchema)]
pub struct SsoLogoutAuthorizeResponse {
    /// The address to send the browser to
    logout_url: String,
    /// The token that is in it
    logout_token: String,
}

/// Begin a sign-out at an identity provider
///
/// For people who came by a connection of the type `GenericOIDC` whose provider says where to sign
/// out. The address works once, for five minutes.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AuthorizeLogout {
    /// The id of the profile of whoever signs out
    profile_id: ProfileId,
}

impl Operation for AuthorizeLogout {
    const ID: &'static str = "sso.authorize_logout";
    const ROUTE: Route = Route(Post, "/sso/logout/authorize");
    const FAILS: &'static [Code] = &[CONNECTION_INVALID];
    const STATUSES: &'static [u16] = &[400, 404];
    const SECRETS: &'static [&'static str] = &["logout_url", "logout_token"];
    type Reply = Fine<SsoLogoutAuthorizeResponse>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { profile_id } = self;
        let profile = profiles::get(cx, &profile_id)?;
        let profile = profile.ok_or_else(|| Error::not_found("Profile", &profile_id))?;
        if connections::sign_out_url(cx, &profile.connection_id, &profile.email)?.is_none() {
            let text = "Single Logout is only supported for GenericOIDC connections.";
            return Err(Error::oauth(CONNECTION_INVALID, text));
        }
        let token = Secret::random("", cx.app.chance());
        let values = [
            cx.environment.into(),
            token.digest().into(),
            (&profile.connection_id).into(),
            profile.email.as_str().into(),
            cx.now().plus_seconds(TOKEN_SECONDS.into()).into(),
            cx.now().into(),
        ];
        let sql = "INSERT INTO sso_logout_tokens
                     (environment_id, digest, connection_id, email, expires_at, created_at)
                   VALUES ($1, $2, $3, $4, $5, $6)";
        cx.db().execute(sql, &values)?;
        // Tokens are letters, digits, `-` and `_`, so they need no escaping.
        let token = token.reveal().to_owned();
        let public_url = &cx.app.options().public_url;
        let logout_url = format!("{public_url}/sso/logout?token={token}");
        Ok(Fine(SsoLogoutAuthorizeResponse { logout_url, logout_token: token }))
    }
}

/// Sign out at an identity provider
///
/// A page for browsers. It leads to where the provider signs people out.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Logout {
    /// The token that `POST /sso/logout/authorize` has given
    token: Secret,
}

impl Operation for Logout {
    const ID: &'static str = "sso.logout";
    const ROUTE: Route = Route(Get, "/sso/logout");
    const WRITES: bool = true;
    const ACCESS: Access = Access::Open(resolve);
    const STATUSES: &'static [u16] = &[404];
    const BROWSER: bool = true;
    type Reply = Redirect;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let values = [cx.environment.into(), self.token.digest().into()];
        let sql = "DELETE FROM sso_logout_tokens WHERE environment_id = $1 AND digest = $2
                   RETURNING connection_id, email, expires_at";
        let Some(mut row) = cx.db().first(sql, &values)? else { return Err(unknown()) };
        let (id, email): (ConnectionId, String) = (row.take()?, row.take()?);
        if row.take::<vestibule_kernel::time::Time>()? <= cx.now() {
            return Err(unknown());
        }
        let location = connections::sign_out_url(cx, &id, &email)?.ok_or_else(unknown)?;
        Ok(Redirect { location, cookies: Vec::new() })
    }
}

fn unknown() -> Error {
    Error::plain(vestibule_kernel::Kind::NotFound, "This link to sign out has expired or was used.")
}

fn resolve(_: &App, tx: &mut dyn Tx, input: &Value) -> Result<EnvironmentId> {
    let token = input.get("token").and_then(Value::as_str).unwrap_or_default();
    if token.len() > TOKEN_BYTES_MAX {
        return Err(unknown());
    }
    let sql = "SELECT environment_id FROM sso_logout_tokens WHERE digest = $1";
    let found = tx.first(sql, &[digest_of(token).into()])?;
    found.map(|mut row| row.take()).transpose()?.ok_or_else(unknown)
}

/// Deletes the tokens that lead nowhere any more.
pub(super) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    let values = [cx.environment.into(), cx.now().into()];
    let sql = "DELETE FROM sso_logout_tokens WHERE environment_id = $1 AND expires_at <= $2";
    cx.db().execute(sql, &values)
}

/// Deletes those that lead to a connection which is no more.
pub(super) fn forget_connection(cx: &mut Cx<'_>, id: &ConnectionId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM sso_logout_tokens WHERE environment_id = $1 AND connection_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}
