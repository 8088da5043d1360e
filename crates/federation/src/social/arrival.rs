//! A browser comes back from a provider.
//!
//! The order matters. First it must be the browser that left, on the callback of the provider that it
//! left for; then it is taken up, once; only then is anything asked of the provider.
use std::sync::Arc;

use url::form_urlencoded;
use vestibule_kernel::call::Request;
use vestibule_kernel::id::AuthorizationRequestId;
use vestibule_kernel::{App, Code, Error, FlowCx, Kind, Result};
use vestibule_signin::authenticate::federated::Account;

use super::Provider;
use super::account::{self, Told};
use super::client::{self, Unusable};
use super::departure::{self, Back, Purpose, Remembered};
use crate::{connections, sso};

/// Somebody turned back at the provider.
pub(crate) const ACCESS_DENIED: Code = "access_denied";
/// The provider could not say who it is.
pub(crate) const OAUTH_FAILED: Code = "oauth_failed";
/// The provider is not there just now.
pub(crate) const SERVER_ERROR: Code = "server_error";

/// The longest code or other parameter of an answer.
const PARAMETER_BYTES_MAX: usize = 8 * 1024;

/// What a browser brings back.
#[derive(Clone, Copy, Default)]
pub struct Returned<'a> {
    /// The client ID in the path; none in that of an organization's connection.
    pub client_id: Option<&'a str>,
    /// The provider in the path, or the key of the connection.
    pub provider: &'a str,
    /// What was sent along.
    pub state: Option<&'a str>,
    /// What the provider gives for somebody.
    pub code: Option<&'a str>,
    /// Why the provider gives nothing.
    pub error: Option<&'a str>,
    /// Who the provider says that it is (RFC 9207).
    pub iss: Option<&'a str>,
    /// What Apple says of somebody the first time.
    pub user: Option<&'a str>,
}

impl std::fmt::Debug for Returned<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Returned from {}", self.provider)
    }
}

/// Where a browser goes on.
#[derive(Debug)]
pub enum Arrival {
    /// On the hosted pages.
    Journey {
        /// The request of the application.
        id: AuthorizationRequestId,
        /// Who it is, or why that is not known: an error whose code the application may be told.
        known: Box<Result<Account>>,
        /// Whether it came by the connection of an organization, of which events have told already.
        by_connection: bool,
    },
    /// Back to the application.
    Application {
        /// Where to.
        location: String,
    },
}

/// Takes up a browser that is back.
pub fn arrive(app: &Arc<App>, request: Request, returned: Returned<'_>) -> Result<Arrival> {
    let state = returned.state.unwrap_or_default();
    let environment = departure::environment_of(app, state)?.ok_or_else(over)?;
    let flow = app.system(&environment).with_request(request);
    let client_id = returned.client_id.map(str::to_owned);
    let key = returned.provider.to_owned();
    let state = state.to_owned();
    let taken = flow.write(move |cx| {
        // That it was taken up stands, even where it goes no further.
        let Some(back) = departure::take(cx, &state)? else { return Ok(None) };
        let provider = &back.provider;
        let ours = match (&provider.owner, &client_id) {
            (Some(_), None) => provider.key == key,
            (None, Some(id)) => provider.key == key && departure::client_of(cx)?.as_str() == id,
            (Some(_), Some(_)) | (None, None) => false,
        };
        Ok(Some((back, ours)))
    })?;
    let Some((Back { provider, remembered, answer }, is_ours)) = taken else { return Err(over()) };
    if !is_ours {
        return Err(Error::plain(
            Kind::Forbidden,
            "The answer came from another provider than the one that was asked. Go back to the \
             application and start again.",
        ));
    }
    let told = told(&flow, &provider, &remembered, returned, answer.as_deref());
    match remembered.purpose {
        Purpose::Connection { request: id, session } => {
            let known = sso::came(&flow, &session, &provider, told);
            Ok(Arrival::Journey { id, known: Box::new(known), by_connection: true })
        }
        Purpose::Journey(id) => {
            let known = Box::new(told.map(|it| it.account));
            Ok(Arrival::Journey { id, known, by_connection: false })
        }
        Purpose::Sso(asked) => {
            let location = sso::go_back(&flow, &asked, &provider, told)?;
            Ok(Arrival::Application { location })
        }
    }
}

/// What becomes of an answer that a browser posted.
#[derive(Debug)]
pub enum Answered {
    /// The browser is to come for it once more, to this path: what another site has it post comes
    /// without its cookies.
    Again(String),
    /// Nobody was waited for: the identity provider began, which is not done here. The application is
    /// told, at this address, so that it can begin.
    Unsolicited(String),
}

/// Keeps the answer of an identity provider that speaks SAML, for the browser that posted it
/// (saml-bindings §3.5).
pub fn take_answer(
    app: &Arc<App>,
    request: Request,
    external_key: &str,
    answer: &str,
    relay_state: &str,
) -> Result<Answered> {
    let unknown = || Error::plain(Kind::NotFound, "There is no such connection.");
    let environment = connections::environment_of_saml(app, external_key)?.ok_or_else(unknown)?;
    let flow = app.system(&environment).with_request(request);
    let (key, state, answer) = (external_key.to_owned(), relay_state.to_owned(), answer.to_owned());
    if relay_state.len() <= departure::STATE_BYTES_MAX {
        let waited_for = {
            let (key, state) = (key.clone(), state.clone());
            flow.write(move |cx| departure::keep_answer(cx, &state, &key, &answer))?
        };
        if waited_for {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("state", &state)
                .finish();
            let path = connections::SAML_ACS.replace("{external_key}", &key);
            return Ok(Answered::Again(format!("{path}?{query}")));
        }
    }
    let location = flow.read(|cx| {
        let connection = connections::by_key(cx, &key)?.ok_or_else(unknown)?;
        sso::refuse_unsolicited(cx, &connection)
    })?;
    Ok(Answered::Unsolicited(location.ok_or_else(over)?))
}

pub(super) fn over() -> Error {
    Error::plain(
        Kind::Gone,
        "This sign-in is over, or was finished already. Go back to the application and start \
         again.",
    )
}

/// Who the provider says it is.
fn told(
    flow: &FlowCx,
    provider: &Provider,
    remembered: &Remembered,
    returned: Returned<'_>,
    answer: Option<&str>,
) -> Result<Told> {
    if !provider.enabled {
        let text = format!("Signing in with {} is turned off.", provider.name());
        return Err(Error::bad_request("connection_unlinked", text));
    }
    if let Some(error) = returned.error {
        return Err(refused(provider, error));
    }
    let failed = |why: Unusable| {
        let (environment, key) = (flow.environment(), &provider.key);
        tracing::info!(%environment, provider = key, %why, "a provider could not be used");
        let text = format!("{} could not say who you are.", provider.name());
        Error::bad_request(OAUTH_FAILED, text).caused_by(why)
    };
    if let Some(of) = provider.saml() {
        let request_id = remembered.nonce.as_deref().unwrap_or_default();
        let answer = answer.ok_or_else(|| Unusable("no answer was posted".to_owned()));
        return answer
            .and_then(|it| connections::told_by_assertion(flow, provider, of, request_id, it))
            .map_err(failed);
    }
    if let Some((owner, test)) = provider.test() {
        let answer = answer.ok_or_else(|| Unusable("nobody was chosen".to_owned()));
        return answer.and_then(|it| test.told(owner, it)).map_err(failed);
    }
    let issuer = provider.endpoints().issuer;
    let answers = |it: &str| issuer.as_deref().is_none_or(|ours| ours.contains('{') || ours == it);
    if !returned.iss.is_none_or(answers) {
        return Err(failed(Unusable("the answer names another issuer".to_owned())));
    }
    let code = returned.code.filter(|it| !it.is_empty() && it.len() <= PARAMETER_BYTES_MAX);
    let code = code.ok_or_else(|| failed(Unusable("the answer holds no code".to_owned())))?;
    let user = returned.user.filter(|it| it.len() <= PARAMETER_BYTES_MAX);
    let verifier = remembered.verifier.as_deref();
    client::exchange(flow, provider, &remembered.redirect_uri, code, verifier)
        .and_then(|tokens| account::learn(flow, provider, remembered, &tokens, user))
        .map_err(failed)
}

/// What an error of a provider means to the application. Its text is the provider's, and stays there.
fn refused(provider: &Provider, error: &str) -> Error {
    let name = provider.name();
    match error {
        "access_denied"
        | "user_cancelled_authorize"
        | "user_cancelled_login"
        | "user_cancelled"
        | "user_denied" => {
            Error::bad_request(ACCESS_DENIED, format!("You did not sign in with {name}."))
        }
        "server_error" | "temporarily_unavailable" => {
            Error::bad_request(SERVER_ERROR, format!("{name} does not answer just now."))
        }
        _ => Error::bad_request(OAUTH_FAILED, format!("{name} refused the sign-in.")),
    }
}
