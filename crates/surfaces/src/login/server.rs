//! The server that somebody signs in to, as a client that has no secret calls it.
use std::time::Duration;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};
use vestibule_kernel::secret::Secret;

/// How long an answer may take.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);
/// The longest answer that is read.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// A server. See the module documentation.
pub(crate) struct Server {
    base_url: String,
    client_id: String,
    http: reqwest::Client,
}

/// Why there is no good answer.
pub(crate) enum Refusal {
    /// There is none at all.
    Unreachable(String),
    /// The server says no.
    Said {
        /// The code of OAuth, or of the API.
        error: String,
        /// The same in words.
        text: String,
    },
}

impl Refusal {
    /// For people.
    pub fn text(self) -> String {
        match self {
            Self::Unreachable(text) | Self::Said { text, .. } => text,
        }
    }
    pub(super) fn because(text: impl Into<String>) -> Self {
        Self::Said { error: String::new(), text: text.into() }
    }
}

impl From<Refusal> for super::Failed {
    fn from(it: Refusal) -> Self {
        it.text().into()
    }
}

impl Server {
    pub fn new(base_url: &str, client_id: &str) -> Result<Self, String> {
        let http = reqwest::Client::builder()
            .timeout(ANSWER_TIME_MAX)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("vestibule/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|it| it.to_string())?;
        let base_url = base_url.trim_end_matches('/').to_owned();
        Ok(Self { base_url, client_id: client_id.to_owned(), http })
    }

    /// Whether what is sent goes over a network in the clear.
    pub fn is_open_to_eavesdroppers(&self) -> bool {
        let Some(rest) = self.base_url.strip_prefix("http://") else { return false };
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = host.rsplit_once('@').map_or(host, |it| it.1);
        let name = match host.strip_prefix('[') {
            Some(it) => it.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        };
        let loopback = name.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback());
        !loopback && name != "localhost"
    }

    /// Sends a body, with the client that sends it.
    pub async fn post(&self, path: &str, mut body: Value) -> Result<Value, Refusal> {
        body["client_id"] = self.client_id.as_str().into();
        let sent = self.http.post(format!("{}{path}", self.base_url)).json(&body).send().await;
        self.answer(sent).await
    }

    /// The next tokens of a session.
    pub async fn refresh(&self, token: &Secret) -> Result<Value, Refusal> {
        let body = json!({ "grant_type": "refresh_token", "refresh_token": token.reveal() });
        self.post("/user_management/authenticate", body).await
    }

    /// Where it is.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The client that signs somebody in.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Ends a session. Where the server sends a browser afterwards does not matter.
    pub async fn end_session(&self, id: &str) -> Result<(), Refusal> {
        let id = utf8_percent_encode(id, NON_ALPHANUMERIC);
        let url = format!("{}/user_management/sessions/logout?session_id={id}", self.base_url);
        let answer = self.http.get(url).send().await.map_err(|it| self.unreachable(&it))?;
        if answer.status().as_u16() < 400 {
            return Ok(());
        }
        Err(Refusal::because(format!("the server answered {}", answer.status())))
    }

    /// The claims of an access token that a key of the client's key set has signed and that has not
    /// expired.
    pub async fn verify(&self, token: &str) -> Result<Map<String, Value>, Refusal> {
        let client_id = utf8_percent_encode(&self.client_id, NON_ALPHANUMERIC);
        let sent = self.http.get(format!("{}/sso/jwks/{client_id}", self.base_url)).send().await;
        let keys = self.answer(sent).await?;
        let keys: JwkSet = serde_json::from_value(keys)
            .map_err(|it| Refusal::because(format!("the server's key set: {it}")))?;
        verified(&keys, token).map_err(Refusal::because)
    }

    async fn answer(
        &self,
        sent: Result<reqwest::Response, reqwest::Error>,
    ) -> Result<Value, Refusal> {
        let mut answer = sent.map_err(|it| self.unreachable(&it))?;
        let status = answer.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|it| self.unreachable(&it))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > ANSWER_BYTES_MAX {
                return Err(Refusal::because("the server's answer is too long"));
            }
        }
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if status.is_success() {
            return Ok(body);
        }
        let first = |names: [&str; 2]| {
            names.iter().find_map(|it| body.get(it)?.as_str()).map(str::to_owned)
        };
        let error = first(["error", "code"]).unwrap_or_default();
        let text = first(["error_description", "message"]);
        Err(Refusal::Said { error, text: text.unwrap_or_else(|| format!("it answered {status}")) })
    }

    fn unreachable(&self, error: &reqwest::Error) -> Refusal {
        let text = format!("{} does not answer: {error}. Is the server running?", self.base_url);
        Refusal::Unreachable(text)
    }
}

fn verified(keys: &JwkSet, token: &str) -> Result<Map<String, Value>, String> {
    let wrong = |it: jsonwebtoken::errors::Error| format!("the access token is not good: {it}");
    let header = jsonwebtoken::decode_header(token).map_err(wrong)?;
    let kid = header.kid.ok_or("the access token does not say which key signed it")?;
    let key = keys.find(&kid).ok_or("the access token was signed by none of the server's keys")?;
    let key = DecodingKey::from_jwk(key).map_err(wrong)?;
    // The key set is this client's own; no audience is named in its tokens.
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_aud = false;
    let decoded = jsonwebtoken::decode::<Map<String, Value>>(token, &key, &validation);
    decoded.map(|it| it.claims).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::{JwkSet, Server, verified};

    #[test]
    fn plain_http_is_told_of_wherever_it_leaves_the_machine() {
        for (url, expected) in [
            ("https://id.example.com", false),
            ("http://127.0.0.1:4100", false),
            ("http://localhost:4100/", false),
            ("http://[::1]:4100", false),
            ("http://id.example.com", true),
            ("http://127.0.0.1.example.com", true),
            ("http://localhost@evil.example", true),
        ] {
            let server = Server::new(url, "client_01").unwrap();
            assert_eq!(server.is_open_to_eavesdroppers(), expected, "{url}");
        }
    }

    #[test]
    fn a_token_without_a_signature_is_not_believed() {
        let keys = JwkSet { keys: Vec::new() };
        for token in [
            "",
            "a.b.c",
            // {"alg":"none","kid":"1"} . {"sub":"user_1","exp":99999999999}
            "eyJhbGciOiJub25lIiwia2lkIjoiMSJ9.eyJzdWIiOiJ1c2VyXzEiLCJleHAiOjk5OTk5OTk5OTk5fQ.",
        ] {
            assert!(verified(&keys, token).is_err(), "{token}");
        }
    }
}
