//! The authorization request: what a client asks a person for (OAuth 2.1 §4.1.1).
use std::sync::Arc;

use url::Url;
use vestibule_kernel::agent::resource;
use vestibule_kernel::{App, Code, Effect, Error, Result};

use super::{Client, INVALID_REQUEST, INVALID_SCOPE, INVALID_TARGET, find_client, issuer};

/// Something other than a code was asked for (RFC 6749 §4.1.2.1).
const UNSUPPORTED_RESPONSE_TYPE: Code = "unsupported_response_type";
/// A challenge is a SHA-256 in base64url (RFC 7636 §4.2).
const CHALLENGE_CHARACTERS: usize = 43;

/// What a client asks a person for.
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client: Client,
    /// Where the answer goes; it is the client's.
    pub redirect_uri: Url,
    /// What the token is to allow, narrowest first.
    pub effects: Vec<Effect>,
    pub(super) code_challenge: String,
    pub(super) state: Option<String>,
}

/// Why a request was not put to anybody.
#[derive(Debug)]
pub enum Refused {
    /// Nobody may be sent anywhere: who asks, or where the answer goes, is not proved.
    Here(Error),
    /// The client is told by its redirect URI, which is this with the answer.
    There(String),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Here(error)
    }
}

impl AuthorizationRequest {
    /// Reads the parameters of a request that somebody at `place` makes. Blocks the thread.
    pub fn read(
        app: &Arc<App>,
        place: &str,
        parameters: &[(String, String)],
    ) -> Result<Self, Refused> {
        let id = one(parameters, "client_id")?.ok_or_else(|| missing("client_id"))?;
        let asked = one(parameters, "redirect_uri")?.ok_or_else(|| missing("redirect_uri"))?;
        let client = find_client(app, place, id)?;
        let Some(redirect_uri) = client.redirect_uri(asked) else {
            let text = format!(
                "The redirect_uri of this request is none of those that {} has, so nobody is sent \
                 there.",
                client.name
            );
            return Err(Refused::Here(Error::oauth(INVALID_REQUEST, text)));
        };
        // From here on the client is told, with its state unless that is what came twice.
        let state = one(parameters, "state").unwrap_or_default().map(str::to_owned);
        let read = read_rest(app, parameters);
        match read {
            Ok((effects, code_challenge)) => {
                Ok(Self { client, redirect_uri, effects, code_challenge, state })
            }
            Err(error) => {
                let answer = [("error", error.code()), ("error_description", error.message())];
                Err(Refused::There(answer_at(app, &redirect_uri, &answer, state.as_deref())))
            }
        }
    }

    /// The redirect URI with an answer.
    pub(super) fn answer(&self, app: &App, answer: &[(&str, &str)]) -> String {
        answer_at(app, &self.redirect_uri, answer, self.state.as_deref())
    }
}

/// The redirect URI with an answer, the client's state, and who answers: a client that knows several
/// servers must be able to tell them apart (RFC 9207 §2).
fn answer_at(app: &App, uri: &Url, answer: &[(&str, &str)], state: Option<&str>) -> String {
    let mut uri = uri.clone();
    uri.query_pairs_mut()
        .extend_pairs(answer)
        .extend_pairs(state.map(|it| ("state", it)))
        .append_pair("iss", issuer(app));
    uri.into()
}

fn read_rest(app: &App, parameters: &[(String, String)]) -> Result<(Vec<Effect>, String)> {
    let refused = |code, text: &str| Err(Error::oauth(code, text.to_owned()));
    one(parameters, "state")?;
    match one(parameters, "response_type")? {
        Some("code") => {}
        Some(_) => return refused(UNSUPPORTED_RESPONSE_TYPE, "response_type must be code."),
        None => return Err(missing("response_type")),
    }
    if one(parameters, "response_mode")?.is_some_and(|it| it != "query") {
        return refused(INVALID_REQUEST, "response_mode must be query.");
    }
    // Without PKCE, or with "plain", whoever sees the request could use the code (OAuth 2.1 §4.1.1).
    let challenge = one(parameters, "code_challenge")?.ok_or_else(|| missing("code_challenge"))?;
    if one(parameters, "code_challenge_method")? != Some("S256") {
        return refused(INVALID_REQUEST, "code_challenge_method must be S256.");
    }
    let is_base64url = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
    if challenge.len() != CHALLENGE_CHARACTERS || !challenge.bytes().all(is_base64url) {
        return refused(INVALID_REQUEST, "code_challenge is no SHA-256 in base64url.");
    }
    check_resource(app, parameters)?;
    let scope = one(parameters, "scope")?.unwrap_or_default();
    match resource::effects(scope) {
        Some(effects) => Ok((effects, challenge.to_owned())),
        None => refused(INVALID_SCOPE, "The scopes are read, write and destructive."),
    }
}

/// Refuses a token for another resource. There is one here, so that who names none means it; several
/// names of it are one (RFC 8707 §2).
pub(super) fn check_resource(app: &App, parameters: &[(String, String)]) -> Result<()> {
    let mut named = parameters.iter().filter(|it| it.0 == "resource");
    if named.all(|it| resource::is_named_by(app, &it.1)) {
        return Ok(());
    }
    let text = format!("The only resource here is {}.", resource::identifier(app));
    Err(Error::oauth(INVALID_TARGET, text))
}

/// The value of a parameter, which no request may have twice (RFC 6749 §3.1).
pub(super) fn one<'a>(parameters: &'a [(String, String)], name: &str) -> Result<Option<&'a str>> {
    let mut values = parameters.iter().filter(|it| it.0 == name).map(|it| it.1.as_str());
    match (values.next(), values.next()) {
        (first, None) => Ok(first.filter(|it| !it.is_empty())),
        (_, Some(_)) => {
            Err(Error::oauth(INVALID_REQUEST, format!("{name} is in the request twice.")))
        }
    }
}

/// The refusal of a request without a parameter that it must have.
pub(super) fn missing(name: &str) -> Error {
    Error::oauth(INVALID_REQUEST, format!("{name} is missing."))
}
