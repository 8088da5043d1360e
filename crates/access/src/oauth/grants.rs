//! What a client gets: a code, and for it a token that it renews, until a person or it ends that.
//!
//! - A code is good for a minute, for the client, redirect URI and verifier that it was made for, and
//!   for one try. One that comes a second time was seen by two, so what was made from it ends (RFC 6749
//!   §4.1.2).
//! - A refresh token is exchanged once. For a short while it yields the same successor, so that two
//!   requests of a client that renew at once both go on; after that, or once the successor was used,
//!   two parties hold it, and the token ends (RFC 9700 §4.14.2).
use std::sync::Arc;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde::{Deserialize, Serialize};
use vestibule_kernel::agent::{CALLS_PER_MINUTE, Policy, Secrets, resource};
use vestibule_kernel::context::Caller;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{App, Code, Cx, Effect, Error, Principal, Result};

use super::request::{check_resource, missing, one};
use super::{
    AuthorizationRequest, INVALID_CLIENT, INVALID_GRANT, INVALID_REQUEST, INVALID_SCOPE, store,
};
use crate::agent_tokens::{self, AgentToken, Issued, TokenClient};

/// What every code begins with.
const CODE_PREFIX: &str = "agc_";
/// What every refresh token begins with.
const REFRESH_PREFIX: &str = "agr_";
/// For how long a code is good.
pub(super) const CODE_SECONDS: i64 = 60;
/// The form of a verifier (RFC 7636 §4.1).
const VERIFIER_BYTES: std::ops::RangeInclusive<usize> = 43..=128;
const SUCCESSOR: &str = "oauth_refresh_tokens.successor";

/// A person said no (RFC 6749 §4.1.2.1).
const ACCESS_DENIED: Code = "access_denied";

/// Lets a client in, in the environment of the person who does: where the browser is sent with a code.
/// No agent token lets anybody in.
pub fn allow(
    app: &Arc<App>,
    person: &Caller,
    request: &AuthorizationRequest,
    effects: &[Effect],
) -> Result<String> {
    if !matches!(person.principal, Principal::Key | Principal::Approver) {
        return Err(Error::unauthorized());
    }
    let asked = request.effects.iter().filter(|it| effects.contains(it));
    let policy = Policy {
        effects: asked.copied().collect(),
        operations: vec!["*".to_owned()],
        organizations: None,
        secrets: Secrets::Redacted,
        calls_per_minute: CALLS_PER_MINUTE,
        approvals: vec![Effect::Destructive],
    };
    let code = Secret::random(CODE_PREFIX, app.chance());
    let client = TokenClient {
        id: request.client.id.clone(),
        name: request.client.name.clone(),
        redirect_uri: request.redirect_uri.to_string(),
    };
    let kept = store::Code {
        digest: code.digest(),
        client,
        challenge: request.code_challenge.clone(),
        policy,
        allowed_by: person.actor.id.clone(),
    };
    app.system(&person.environment).write(move |cx| store::insert_code(cx, &kept))?;
    Ok(request.answer(app, &[("code", code.reveal())]))
}

/// Where the browser is sent when a person says no.
pub fn deny(app: &App, request: &AuthorizationRequest) -> String {
    let text = "Somebody was asked, and said no.";
    request.answer(app, &[("error", ACCESS_DENIED), ("error_description", text)])
}

/// What a client gets (RFC 6749 §5.1).
#[derive(Serialize)]
pub struct Tokens {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    refresh_token: String,
    scope: String,
}

impl Tokens {
    fn of(token: &AgentToken, issued: &Issued, refresh: &Secret) -> Self {
        Self {
            access_token: issued.value.reveal().to_owned(),
            token_type: "Bearer",
            expires_in: issued.seconds,
            refresh_token: refresh.reveal().to_owned(),
            scope: resource::scope(&token.policy.effects),
        }
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tokens for {}", self.scope)
    }
}

/// An exchange of a code.
#[derive(Clone, Debug)]
struct Redemption {
    client_id: String,
    code: Secret,
    redirect_uri: Option<String>,
    verifier: Secret,
}

impl Redemption {
    /// Reads the parameters of a token request (OAuth 2.1 §4.1.3).
    fn read(app: &App, parameters: &[(String, String)]) -> Result<Self> {
        check_resource(app, parameters)?;
        let needed = |name: &str| one(parameters, name)?.ok_or_else(|| missing(name));
        Ok(Self {
            client_id: needed("client_id")?.to_owned(),
            code: Secret::new(needed("code")?),
            redirect_uri: one(parameters, "redirect_uri")?.map(str::to_owned),
            verifier: Secret::new(needed("code_verifier")?),
        })
    }
}

/// Exchanges a code for tokens. Blocks the thread.
fn redeem(app: &Arc<App>, request: Redemption) -> Result<Tokens> {
    let refused = || {
        let text = "The code is unknown, over or used, or is of another client, redirect URI or \
                    verifier. Ask again.";
        Error::oauth(INVALID_GRANT, text)
    };
    let digest = request.code.digest();
    let environment = app.db().read(|tx| store::environment_of_code(tx, &digest))?;
    let environment = environment.ok_or_else(refused)?;
    let exchange = move |cx: &mut Cx<'_>| {
        let code = match store::take_code(cx, &digest)? {
            store::Taken::Good(it) => it,
            store::Taken::Over => return Ok(None),
            store::Taken::Again(made) => {
                made.map_or(Ok(()), |it| agent_tokens::end(cx, &it))?;
                return Ok(None);
            }
        };
        // What is wrong from here on has used the code up.
        if !is_of(&code, &request) {
            return Ok(None);
        }
        let store::Code { client, policy, allowed_by, .. } = *code;
        let (token, issued) = agent_tokens::grant(cx, client, policy, allowed_by)?;
        store::keep_made(cx, &digest, &token.id)?;
        let refresh = Secret::random(REFRESH_PREFIX, cx.app.chance());
        store::insert_refresh(cx, &refresh, &token.id)?;
        Ok(Some(Tokens::of(&token, &issued, &refresh)))
    };
    app.system(&environment).write(exchange)?.ok_or_else(refused)
}

/// Whether a code was made for who shows it.
fn is_of(code: &store::Code, request: &Redemption) -> bool {
    let verifier = request.verifier.reveal();
    let challenge = HEXLOWER
        .decode(request.verifier.digest().as_bytes())
        .map(|it| Secret::new(BASE64URL_NOPAD.encode(&it)));
    VERIFIER_BYTES.contains(&verifier.len())
        && challenge.is_ok_and(|it| it.matches(&code.challenge))
        && request.client_id == code.client.id
        // OAuth 2.1 §10.2: with PKCE it need not be told again.
        && request.redirect_uri.as_ref().is_none_or(|it| is_same(it, &code.client.redirect_uri))
}

/// Whether a client names the redirect URI that its code went to, in whichever spelling it did then.
fn is_same(named: &str, kept: &str) -> bool {
    url::Url::parse(named).is_ok_and(|it| it.as_str() == kept)
}

/// An exchange of a refresh token.
#[derive(Clone, Debug)]
struct Renewal {
    client_id: String,
    token: Secret,
    scope: Option<String>,
}

impl Renewal {
    /// Reads the parameters of a token request (RFC 6749 §6).
    fn read(app: &App, parameters: &[(String, String)]) -> Result<Self> {
        check_resource(app, parameters)?;
        let needed = |name: &str| one(parameters, name)?.ok_or_else(|| missing(name));
        Ok(Self {
            client_id: needed("client_id")?.to_owned(),
            token: Secret::new(needed("refresh_token")?),
            scope: one(parameters, "scope")?.map(str::to_owned),
        })
    }
}

/// What a refresh token was exchanged for, as it is kept for a short while.
#[derive(Serialize, Deserialize)]
struct Successor {
    access: String,
    ends_at: i64,
    refresh: String,
}

/// Exchanges a refresh token for another pair of tokens. Blocks the thread.
fn renew(app: &Arc<App>, request: Renewal) -> Result<Tokens> {
    let refused = || {
        let text =
            "The refresh token is unknown, over or used, or is of another client. Ask again.";
        Error::oauth(INVALID_GRANT, text)
    };
    let digest = request.token.digest();
    let environment = app.db().read(|tx| store::environment_of_refresh(tx, &digest))?;
    let environment = environment.ok_or_else(refused)?;
    let exchange = move |cx: &mut Cx<'_>| {
        let Some(kept) = store::get_refresh(cx, &digest)? else { return Ok(None) };
        let Some(token) = agent_tokens::get_active(cx, &kept.agent_token_id)? else {
            return Ok(None);
        };
        if token.client.as_ref().is_none_or(|it| it.id != request.client_id) {
            return Ok(None);
        }
        if kept.exchanged_at.is_some() {
            return again(cx, &token, kept);
        }
        check_scope(&token, request.scope.as_deref())?;
        let issued = agent_tokens::renew(cx, &token)?;
        let refresh = Secret::random(REFRESH_PREFIX, cx.app.chance());
        store::insert_refresh(cx, &refresh, &token.id)?;
        let successor = Successor {
            access: issued.value.reveal().to_owned(),
            ends_at: cx.now().plus_seconds(issued.seconds).millis(),
            refresh: refresh.reveal().to_owned(),
        };
        let successor = serde_json::to_string(&successor).map_err(Error::internal)?;
        let sealed = cx.seal(SUCCESSOR, &successor)?;
        store::keep_exchanged(cx, &digest, &token.id, &sealed)?;
        Ok(Some(Tokens::of(&token, &issued, &refresh)))
    };
    app.system(&environment).write(exchange)?.ok_or_else(refused)
}

/// A refresh token that comes again.
fn again(cx: &mut Cx<'_>, token: &AgentToken, kept: store::Refresh) -> Result<Option<Tokens>> {
    let window = i64::from(cx.app.options().refresh_replay_seconds);
    let fresh = kept.exchanged_at.is_some_and(|it| cx.now() < it.plus_seconds(window));
    if let (true, Some(sealed)) = (fresh, kept.successor) {
        let text = cx.app.sealer().open_text(SUCCESSOR, &sealed)?;
        let Successor { access, ends_at, refresh } =
            serde_json::from_str(text.reveal()).map_err(Error::internal)?;
        let (value, refresh) = (Secret::new(access), Secret::new(refresh));
        let next = store::get_refresh(cx, &refresh.digest())?;
        if next.is_some_and(|it| it.exchanged_at.is_none()) {
            let seconds = (ends_at - cx.now().millis()) / 1000;
            return Ok(Some(Tokens::of(token, &Issued { value, seconds }, &refresh)));
        }
    }
    agent_tokens::end(cx, &token.id)?;
    Ok(None)
}

/// Refuses more than was granted (RFC 6749 §6). Who asks for less gets what was granted, and is told.
fn check_scope(token: &AgentToken, asked: Option<&str>) -> Result<()> {
    let Some(asked) = asked else { return Ok(()) };
    let effects = resource::effects(asked);
    if effects.is_some_and(|them| them.iter().all(|it| token.policy.effects.contains(it))) {
        return Ok(());
    }
    let text = format!(
        "A refresh gives no more than was granted: {}. Ask a person for more at the authorization \
         endpoint.",
        resource::scope(&token.policy.effects)
    );
    Err(Error::oauth(INVALID_SCOPE, text))
}

/// Ends what a client got, by either of its tokens (RFC 7009 §2.1). One that is unknown opens nothing,
/// which is all that was asked for. Blocks the thread.
pub fn revoke(app: &Arc<App>, parameters: &[(String, String)]) -> Result<()> {
    let needed = |name: &str| one(parameters, name)?.ok_or_else(|| missing(name));
    let (client_id, token) = (needed("client_id")?.to_owned(), Secret::new(needed("token")?));
    let digest = token.digest();
    let Some((environment, id)) = app.db().read(|tx| store::granted(tx, &digest))? else {
        return Ok(());
    };
    app.system(&environment).write(move |cx| {
        let Some(token) = agent_tokens::get_active(cx, &id)? else { return Ok(()) };
        if token.client.is_some_and(|it| it.id == client_id) {
            return agent_tokens::end(cx, &id);
        }
        Err(Error::oauth(INVALID_CLIENT, "The token is of another client."))
    })
}

/// Which exchange a token request asks for.
pub fn exchange(app: &Arc<App>, parameters: &[(String, String)]) -> Result<Tokens> {
    match one(parameters, "grant_type")? {
        Some("authorization_code") => redeem(app, Redemption::read(app, parameters)?),
        Some("refresh_token") => renew(app, Renewal::read(app, parameters)?),
        Some(_) => {
            let text = "The grant types are authorization_code and refresh_token.";
            Err(Error::oauth("unsupported_grant_type", text))
        }
        None => Err(Error::oauth(INVALID_REQUEST, "grant_type is missing.")),
    }
}
