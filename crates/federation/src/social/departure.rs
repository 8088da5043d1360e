//! A browser leaves for a provider: what is sent along, and what is remembered until it is back.
use oauth2::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier, Scope};
use serde::{Deserialize, Serialize};
use vestibule_kernel::db::Row;
use vestibule_kernel::id::{AuthorizationRequestId, ClientId, ConnectionId, EnvironmentId};
use vestibule_kernel::secret::{Secret, digest_of};
use vestibule_kernel::time::Seconds;
use vestibule_kernel::{App, Cx, Error, FlowCx, Kind, Result, environment};
use vestibule_signin::authorize::browser;
use vestibule_signin::authorize::{AuthorizationRequest, Hints};

use super::client;
use super::{Protocol, Provider, of_connection, testing};
use crate::sso;

/// For how long somebody may take at a provider.
const AWAY_SECONDS: Seconds = 15 * 60;
const PARAMETERS: &str = "social_departures.parameters";
const ANSWER: &str = "social_departures.answer";
/// The longest state that is looked up.
pub(super) const STATE_BYTES_MAX: usize = 256;
/// The longest further scope or parameter that is sent along.
const TEXT_BYTES_MAX: usize = 1000;

/// What no application may have sent along in a form of its own: it is what the answer is held
/// against, or says where it goes.
const OURS: &[&str] = &[
    "client_id",
    "client_secret",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "request",
    "request_uri",
];

/// Where a browser goes on when it is back.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Purpose {
    /// On the hosted pages.
    Journey(AuthorizationRequestId),
    /// The same, by the connection of an organization, of which events tell.
    Connection {
        /// The request of the application.
        request: AuthorizationRequestId,
        /// Whom events tell of.
        session: sso::Session,
    },
    /// With a code of the single sign-on API.
    Sso(sso::Asked),
}

impl Purpose {
    /// Whom the events of single sign-on tell of, where it is that.
    pub(crate) fn session(&self) -> Option<&sso::Session> {
        match self {
            Self::Journey(_) => None,
            Self::Connection { session, .. } => Some(session),
            Self::Sso(asked) => Some(&asked.session),
        }
    }
}

/// What is remembered of a browser that left.
#[derive(Serialize, Deserialize)]
pub(super) struct Remembered {
    pub verifier: Option<String>,
    pub nonce: Option<String>,
    pub redirect_uri: String,
    pub scopes: Vec<String>,
    #[serde(default)]
    pub max_age: Option<i64>,
    pub purpose: Purpose,
}

/// A browser that is to leave.
pub(crate) struct Leaving<'a> {
    pub provider: &'a Provider,
    pub login_hint: Option<&'a str>,
    pub hints: &'a Hints,
    pub purpose: Purpose,
}

/// The way to a provider.
#[derive(Debug)]
pub struct Departure {
    /// Where to send the browser.
    pub location: String,
    /// The cookie that binds the way back to the browser.
    pub cookie: String,
}

/// Sends the browser of a hosted sign-in to a provider.
pub fn begin(
    flow: &FlowCx,
    request: &AuthorizationRequest,
    provider: &Provider,
    email: Option<&str>,
) -> Result<Departure> {
    let (request, provider) = (request.clone(), provider.clone());
    let email = email.map(str::to_owned);
    flow.write(move |cx| {
        let id = request.id.clone();
        let purpose = match provider.owner {
            Some(_) => Purpose::Connection { request: id, session: sso::Session::new(cx) },
            None => Purpose::Journey(id),
        };
        let leaving = Leaving {
            provider: &provider,
            login_hint: email.as_deref(),
            hints: &request.asked.hints,
            purpose,
        };
        depart(cx, leaving)
    })
}

/// Remembers a browser, and answers where it goes.
pub(crate) fn depart(cx: &mut Cx<'_>, leaving: Leaving<'_>) -> Result<Departure> {
    let Leaving { provider, login_hint, hints, purpose } = leaving;
    if let Some(session) = purpose.session() {
        sso::started(cx, session, provider.via())?;
    }
    let known = provider.known();
    let secret = |cx: &Cx<'_>| Secret::random("", cx.app.chance());
    let state = secret(cx);
    if let Some((_, party)) = provider.saml() {
        // An id begins with a letter or an underscore (saml-core §1.3.4).
        let request_id = format!("_{}", secret(cx).reveal());
        // SAML has no word for a greatest age, so whoever asks for one gets a sign-in of now.
        let anew = hints.prompt.as_deref() == Some("login") || hints.max_age.is_some();
        let location = party.departure(cx.now(), &request_id, state.reveal(), login_hint, anew)?;
        let remembered = Remembered {
            verifier: None,
            nonce: Some(request_id),
            redirect_uri: party.acs_url().to_owned(),
            scopes: Vec::new(),
            max_age: None,
            purpose,
        };
        let cookie = remember(cx, &provider.id, &state, &remembered)?;
        return Ok(Departure { location, cookie });
    }
    if let Some((owner, test)) = provider.test() {
        let remembered = Remembered {
            verifier: None,
            nonce: None,
            redirect_uri: owner.callback.clone(),
            scopes: Vec::new(),
            max_age: None,
            purpose,
        };
        let cookie = remember(cx, &provider.id, &state, &remembered)?;
        let path = match test.at_once(cx, owner, login_hint)? {
            Some(it) => {
                testing::keep(cx, state.reveal(), &it.said())?;
                testing::callback_path(&provider.key, state.reveal(), None)
            }
            None => testing::page_path(&provider.key, state.reveal(), login_hint),
        };
        let location = format!("{}{path}", cx.app.options().public_url);
        return Ok(Departure { location, cookie });
    }
    let verifier = provider.takes_challenge().then(|| secret(cx));
    let has_nonce =
        provider.settings.protocol.has_id_token() && known.is_none_or(|it| it.repeats_nonce);
    let nonce = has_nonce.then(|| secret(cx));
    let client_id = client_of(cx)?;
    let redirect_uri = provider.callback(cx.app, &client_id);
    let mut scopes = provider.scopes();
    let further = hints.scopes.iter().filter(|it| is_scope(it));
    scopes.extend(further.filter(|it| !provider.scopes().contains(it)).cloned());

    let client = client::client(provider, &redirect_uri)?;
    let mut request = client
        .authorize_url(|| CsrfToken::new(state.reveal().to_owned()))
        .add_scopes(scopes.iter().cloned().map(Scope::new));
    if let Some(it) = &verifier {
        let verifier = PkceCodeVerifier::new(it.reveal().to_owned());
        request =
            request.set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
    }
    if let Some(it) = &nonce {
        request = request.add_extra_param("nonce", it.reveal().to_owned());
    }
    for (name, value) in extras(provider, login_hint, hints) {
        request = request.add_extra_param(name, value);
    }
    let (location, _) = request.url();

    let text = |it: &Secret| it.reveal().to_owned();
    let remembered = Remembered {
        verifier: verifier.as_ref().map(text),
        nonce: nonce.as_ref().map(text),
        redirect_uri,
        scopes,
        max_age: hints.max_age,
        purpose,
    };
    let cookie = remember(cx, &provider.id, &state, &remembered)?;
    Ok(Departure { location: location.into(), cookie })
}

/// What else is sent along.
fn extras(provider: &Provider, login_hint: Option<&str>, hints: &Hints) -> Vec<(String, String)> {
    let known = provider.known();
    let mut extras = Vec::new();
    let mut add = |name: Option<&str>, value: Option<&str>| {
        if let (Some(name), Some(value)) = (name, value.filter(|it| it.len() <= TEXT_BYTES_MAX)) {
            extras.push((name.to_owned(), value.to_owned()));
        }
    };
    add(known.map_or(Some("login_hint"), |it| it.login_hint), login_hint);
    add(known.and_then(|it| it.domain_hint), hints.domain_hint.as_deref());
    add(Some("prompt"), hints.prompt.as_deref());
    let max_age = hints.max_age.filter(|_| provider.settings.protocol.has_id_token());
    add(Some("max_age"), max_age.map(|it| it.to_string()).as_deref());
    // Apple gives name and address only to a form that it sends.
    let by_form = provider.settings.protocol == Protocol::Apple;
    add(Some("response_mode"), by_form.then_some("form_post"));
    for (name, value) in &hints.parameters {
        let taken = OURS.contains(&name.as_str());
        if !taken && !name.is_empty() && name.len() <= TEXT_BYTES_MAX {
            add(Some(name), Some(value));
        }
    }
    // What the application gives by name takes the place of what we would say.
    let mut seen = std::collections::BTreeSet::new();
    extras.reverse();
    extras.retain(|it| seen.insert(it.0.clone()));
    extras.reverse();
    extras
}

/// Whether a text can be a scope (RFC 6749 §3.3).
fn is_scope(text: &str) -> bool {
    let fits = |it: u8| matches!(it, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    (1..=TEXT_BYTES_MAX).contains(&text.len()) && text.bytes().all(fits)
}

/// The client ID of this environment.
pub(crate) fn client_of(cx: &mut Cx<'_>) -> Result<ClientId> {
    let id = cx.environment;
    let found = environment::get(cx.db(), id)?;
    found.map(|it| it.client_id).ok_or_else(|| Error::not_found("Environment", id))
}

fn remember(
    cx: &mut Cx<'_>,
    connection_id: &ConnectionId,
    state: &Secret,
    remembered: &Remembered,
) -> Result<String> {
    let (browser_digest, cookie) = browser::bind(cx);
    let parameters = serde_json::to_string(remembered).map_err(Error::internal)?;
    let values = [
        cx.app.chance().ulid(cx.now()).into(),
        cx.environment.into(),
        state.digest().into(),
        connection_id.into(),
        browser_digest.into(),
        cx.seal(PARAMETERS, &parameters)?.into(),
        remembered.purpose.session().is_some().into(),
        cx.now().plus_seconds(AWAY_SECONDS.into()).into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO social_departures
                 (id, environment_id, digest, connection_id, browser_digest, parameters, by_sso,
                  expires_at, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    cx.db().execute(sql, &values)?;
    Ok(cookie)
}

/// The environment that a state belongs to.
pub(super) fn environment_of(app: &App, state: &str) -> Result<Option<EnvironmentId>> {
    if state.len() > STATE_BYTES_MAX {
        return Ok(None);
    }
    let digest = digest_of(state);
    app.db().read(|tx| {
        let sql = "SELECT environment_id FROM social_departures WHERE digest = $1";
        tx.first(sql, &[digest.as_str().into()])?.map(|mut row| row.take()).transpose()
    })
}

/// Keeps the answer that an identity provider had a browser post, until the browser comes for it with
/// its cookie. Answers whether anybody is waited for with this state who left by the connection of
/// this key.
pub(super) fn keep_answer(cx: &mut Cx<'_>, state: &str, key: &str, answer: &str) -> Result<bool> {
    let values = [cx.environment.into(), digest_of(state).into(), cx.now().into()];
    let sql = "SELECT connection_id FROM social_departures
               WHERE environment_id = $1 AND digest = $2 AND expires_at > $3";
    let Some(mut row) = cx.db().first(sql, &values)? else { return Ok(false) };
    let provider = of_connection(cx, &row.take()?)?;
    if !provider.is_some_and(|it| it.key == key && it.saml().is_some()) {
        return Ok(false);
    }
    set_answer(cx, state, answer)
}

/// Keeps an answer for the browser that left with this state.
pub(super) fn set_answer(cx: &mut Cx<'_>, state: &str, answer: &str) -> Result<bool> {
    let values = [cx.environment.into(), digest_of(state).into(), cx.seal(ANSWER, answer)?.into()];
    let sql = "UPDATE social_departures SET answer = $3 WHERE environment_id = $1 AND digest = $2";
    Ok(cx.db().execute(sql, &values)? == 1)
}

/// A browser that left and is not back.
pub(super) struct Departed {
    /// The provider that it left for, where there is still one.
    pub provider: Option<Provider>,
    parameters: Vec<u8>,
    answer: Option<Vec<u8>>,
}

/// The departure of the browser that makes this request; nobody else's is told of.
pub(super) fn find(cx: &mut Cx<'_>, state: &str) -> Result<Option<Departed>> {
    let values = [cx.environment.into(), digest_of(state).into(), cx.now().into()];
    let sql = "SELECT connection_id, browser_digest, parameters, answer FROM social_departures
               WHERE environment_id = $1 AND digest = $2 AND expires_at > $3";
    let Some(mut row) = cx.db().first(sql, &values)? else { return Ok(None) };
    let (connection_id, browser_digest): (ConnectionId, String) = (row.take()?, row.take()?);
    if !browser::is_bound(cx.app, cx.request, &browser_digest) {
        // Whoever this is, it is not used up for the browser that it belongs to.
        return Err(Error::plain(
            Kind::Forbidden,
            "This sign-in was begun in another browser, or cookies are turned off. Go back to the \
             application and start again.",
        ));
    }
    let (parameters, answer) = (row.take()?, row.take()?);
    let provider = of_connection(cx, &connection_id)?;
    Ok(Some(Departed { provider, parameters, answer }))
}

/// A browser that is back.
pub(super) struct Back {
    pub provider: Provider,
    pub remembered: Remembered,
    /// What its identity provider had it post before.
    pub answer: Option<String>,
}

/// Takes up a browser that is back: only the one that left, and only once.
pub(super) fn take(cx: &mut Cx<'_>, state: &str) -> Result<Option<Back>> {
    let Some(Departed { provider, parameters, answer }) = find(cx, state)? else {
        return Ok(None);
    };
    let remembered = opened(cx, &parameters)?;
    let answer = answer.map(|it| cx.app.sealer().open_text(ANSWER, &it)).transpose()?;
    let answer = answer.map(|it| it.reveal().to_owned());
    let values = [cx.environment.into(), digest_of(state).into()];
    let sql = "DELETE FROM social_departures WHERE environment_id = $1 AND digest = $2";
    cx.db().execute(sql, &values)?;
    Ok(provider.map(|provider| Back { provider, remembered, answer }))
}

fn opened(cx: &Cx<'_>, sealed: &[u8]) -> Result<Remembered> {
    let plain = cx.app.sealer().open(PARAMETERS, sealed)?;
    serde_json::from_slice(&plain).map_err(Error::internal)
}

/// Deletes the browsers that were sent away by a connection which is no more.
pub(crate) fn forget_departures(cx: &mut Cx<'_>, id: &ConnectionId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM social_departures WHERE environment_id = $1 AND connection_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes what waits no more, and tells of those whom the single sign-on API sent and nobody saw
/// again.
pub(super) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    let values = [cx.environment.into(), cx.now().into()];
    let sql = "SELECT connection_id, parameters FROM social_departures
               WHERE environment_id = $1 AND expires_at <= $2 AND by_sso";
    let read = |mut row: Row| -> Result<(ConnectionId, Vec<u8>)> { Ok((row.take()?, row.take()?)) };
    let lost: Vec<_> = cx.db().query(sql, &values)?.into_iter().map(read).collect::<Result<_>>()?;
    for (connection_id, parameters) in lost {
        if let Some(session) = opened(cx, &parameters)?.purpose.session() {
            sso::timed_out(cx, session, &connection_id)?;
        }
    }
    let sql = "DELETE FROM social_departures WHERE environment_id = $1 AND expires_at <= $2";
    cx.db().execute(sql, &values)
}

#[cfg(test)]
mod tests {
    use super::is_scope;

    #[test]
    fn a_scope_holds_no_blank_quote_or_backslash() {
        for text in ["openid", "https://www.googleapis.com/auth/drive", "user:email", "!"] {
            assert!(is_scope(text), "{text}");
        }
        for text in ["", "two scopes", "\"", "a\\b", "é", "a\nb", &"a".repeat(1001)] {
            assert!(!is_scope(text), "{text}");
        }
    }
}
