//! `POST /sso/token` and `GET /sso/profile`: who somebody is, for a code, and again for a token.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vestibule_kernel::catalog::Method::{Get, Post};
use vestibule_kernel::db::Tx;
use vestibule_kernel::error::Shape;
use vestibule_kernel::id::{ConnectionId, EnvironmentId, ProfileId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Seconds;
use vestibule_kernel::{
    Access, App, Code, Cx, Error, Fine, Flow, FlowCx, Input, Operation, Result, Route, environment,
};
use vestibule_signin::authenticate::federated::OauthTokens;
use vestibule_signin::authorize::codes::{self, Given, Granted, Redeemed};

use super::profiles::{self, Profile};

/// For how long a token shows a profile.
const TOKEN_SECONDS: Seconds = 600;
/// The longest token that is looked up.
const TOKEN_BYTES_MAX: usize = 256;
const AUTHORIZATION_CODE: &str = "authorization_code";

/// Get a profile and a token
///
/// Exchanges the code that a browser came back with for who it is.
#[derive(Deserialize, JsonSchema)]
#[schemars(extend("x-shown" = {
    "required": ["client_id", "client_secret", "grant_type", "code"],
}))]
pub struct GetProfileAndToken {
    /// The client ID of the environment
    #[schemars(length(max = 255))]
    #[expect(dead_code, reason = "the environment of the call was found by it")]
    client_id: Option<String>,
    /// The API key of the environment; clients that use PKCE may leave it out
    client_secret: Option<Secret>,
    /// Always `authorization_code`
    #[schemars(length(max = 255), extend("x-shown" = { "const": "authorization_code" }))]
    grant_type: Option<String>,
    /// The code that the browser came back with
    code: Option<Secret>,
    /// The verifier of the code challenge (PKCE).
    #[schemars(skip)]
    code_verifier: Option<Secret>,
    /// Where the browser took the code; checked where it is given.
    #[schemars(skip)]
    redirect_uri: Option<String>,
}

/// A profile, and a token that shows it again.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SsoTokenResponse")]
pub struct ProfileAndToken {
    /// Always `Bearer`
    #[schemars(extend("const" = "Bearer"))]
    token_type: &'static str,
    /// The token
    access_token: String,
    /// For how many seconds it is good
    expires_in: Seconds,
    /// Who it is
    profile: Profile,
    /// The tokens of the provider, where it is set up to hand them on
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OauthTokens")]
    oauth_tokens: Option<OauthTokens>,
}

impl std::fmt::Debug for ProfileAndToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ProfileAndToken of {}", self.profile.id)
    }
}

impl Flow for GetProfileAndToken {
    const ID: &'static str = "sso.token";
    const ROUTE: Route = Route(Post, "/sso/token");
    const INPUT: Input = Input::BodyFormOrQuery;
    const ACCESS: Access = Access::Open(resolve);
    const FAILS: &'static [Code] = &[
        "invalid_client",
        "unauthorized_client",
        "invalid_grant",
        "unsupported_grant_type",
        "invalid_request",
    ];
    const STATUSES: &'static [u16] = &[400, 404, 422];
    const SECRETS: &'static [&'static str] =
        &["access_token", "oauth_tokens.access_token", "oauth_tokens.refresh_token"];
    type Reply = Fine<ProfileAndToken>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let grant = self.grant_type.as_deref().filter(|it| !it.is_empty());
        let grant = grant.ok_or_else(|| invalid_request("grant_type is required."))?;
        if grant != AUTHORIZATION_CODE {
            let text = format!("The grant type '{grant}' is not supported.");
            return Err(Error::oauth("unsupported_grant_type", text));
        }
        let given = |it: Option<Secret>| it.filter(|it| !it.reveal().is_empty());
        let is_confidential = check_client(flow, given(self.client_secret))?;
        let verifier = given(self.code_verifier);
        let code = given(self.code).ok_or_else(|| invalid_request("code is required."))?;
        if !is_confidential && verifier.is_none() {
            let text = "client_secret or code_verifier is required.";
            return Err(Error::oauth("invalid_client", text));
        }
        let redirect_uri = self.redirect_uri;
        flow.write(move |cx| {
            let given = Given {
                code_verifier: verifier.as_ref().map(Secret::reveal),
                redirect_uri: redirect_uri.as_deref(),
            };
            match codes::redeem_account(cx, &code, given)? {
                Redeemed::Good(Granted::Account(account)) => {
                    let id = account.profile_id.as_ref().ok_or_else(expired)?;
                    let profile = profiles::get(cx, id)?.ok_or_else(expired)?;
                    answer(cx, &code, profile, account.oauth_tokens).map(Ok)
                }
                Redeemed::Good(Granted::Session(_)) | Redeemed::Invalid => {
                    // Of a code that comes again, what was given for it ends; that is committed.
                    forget_code(cx, &code)?;
                    Ok(Err(expired()))
                }
                Redeemed::VerifierMissing => Err(invalid_request("code_verifier is required.")),
                Redeemed::ChallengeMissing => {
                    Err(invalid_request("The code was issued without a code_challenge."))
                }
            }
        })?
    }
}

fn answer(
    cx: &mut Cx<'_>,
    code: &Secret,
    profile: Profile,
    oauth_tokens: Option<OauthTokens>,
) -> Result<Fine<ProfileAndToken>> {
    let token = Secret::random("", cx.app.chance());
    let values = [
        cx.environment.into(),
        token.digest().into(),
        code.digest().into(),
        (&profile.id).into(),
        cx.now().plus_seconds(TOKEN_SECONDS.into()).into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO sso_access_tokens
                 (environment_id, digest, code_digest, profile_id, expires_at, created_at)
               VALUES ($1, $2, $3, $4, $5, $6)";
    cx.db().execute(sql, &values)?;
    Ok(Fine(ProfileAndToken {
        token_type: "Bearer",
        access_token: token.reveal().to_owned(),
        expires_in: TOKEN_SECONDS,
        profile,
        oauth_tokens,
    }))
}

/// Whether the client has proved which it is: by its secret, in the body or as the bearer.
fn check_client(flow: &FlowCx, secret: Option<Secret>) -> Result<bool> {
    let Some(secret) = secret.or_else(|| flow.request().credential.clone()) else {
        return Ok(false);
    };
    let holder = flow.read(|cx| environment::authenticate(cx.db(), &secret))?;
    if holder.is_some_and(|it| it.environment == *flow.environment()) {
        return Ok(true);
    }
    Err(invalid_client())
}

fn invalid_client() -> Error {
    Error::oauth("invalid_client", "The client ID or the client secret is not valid.")
}

fn invalid_request(text: &'static str) -> Error {
    Error::oauth("invalid_request", text)
}

fn expired() -> Error {
    Error::oauth("invalid_grant", "The code has expired or has already been used.")
}

fn resolve(_: &App, tx: &mut dyn Tx, input: &Value) -> Result<EnvironmentId> {
    let id = input.get("client_id").and_then(Value::as_str).unwrap_or_default();
    let found = environment::by_client_id(tx, id)?;
    found.map(|it| it.id).ok_or_else(invalid_client)
}

/// Get a profile
///
/// The profile of the access token that came with it; the token is the bearer of the request.
#[derive(Deserialize, JsonSchema)]
pub struct GetProfile {}

impl Operation for GetProfile {
    const ID: &'static str = "sso.profile";
    const ROUTE: Route = Route(Get, "/sso/profile");
    const ACCESS: Access = Access::Token(resolve_token);
    const STATUSES: &'static [u16] = &[401, 404];
    type Reply = Fine<Profile>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        let token = cx.request.credential.as_ref().ok_or_else(unauthorized)?;
        let values = [cx.environment.into(), token.digest().into(), cx.now().into()];
        let sql = "SELECT profile_id FROM sso_access_tokens
                   WHERE environment_id = $1 AND digest = $2 AND expires_at > $3";
        let Some(mut row) = cx.db().first(sql, &values)? else { return Err(unauthorized()) };
        let id: ProfileId = row.take()?;
        profiles::get(cx, &id)?.map(Fine).ok_or_else(|| Error::not_found("Profile", &id))
    }
}

fn resolve_token(_: &App, tx: &mut dyn Tx, token: Option<&Secret>) -> Result<EnvironmentId> {
    let token = token.filter(|it| it.reveal().len() <= TOKEN_BYTES_MAX);
    let token = token.ok_or_else(unauthorized)?;
    let sql = "SELECT environment_id FROM sso_access_tokens WHERE digest = $1";
    let found = tx.first(sql, &[token.digest().into()])?;
    found.map(|mut row| row.take()).transpose()?.ok_or_else(unauthorized)
}

fn unauthorized() -> Error {
    Error::unauthorized().shaped(Shape::Bare)
}

/// The tokens that were given for a code.
fn forget_code(cx: &mut Cx<'_>, code: &Secret) -> Result<()> {
    let values = [cx.environment.into(), code.digest().into()];
    let sql = "DELETE FROM sso_access_tokens WHERE environment_id = $1 AND code_digest = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// The tokens that show the profiles of a connection.
pub(super) fn forget_connection(cx: &mut Cx<'_>, id: &ConnectionId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM sso_access_tokens WHERE environment_id = $1 AND profile_id IN
                 (SELECT id FROM sso_profiles WHERE environment_id = $1 AND connection_id = $2)";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes the tokens that show nothing any more.
pub(super) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    let values = [cx.environment.into(), cx.now().into()];
    let sql = "DELETE FROM sso_access_tokens WHERE environment_id = $1 AND expires_at <= $2";
    cx.db().execute(sql, &values)
}
