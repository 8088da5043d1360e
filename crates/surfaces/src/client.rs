//! A client of any WorkOS-compatible server, read off the catalogue: for the command line and for
//! MCP over stdio.
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use vestibule_kernel::catalog::Entry;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{App, Call, Code, Error, Input, Request};

/// How long an answer may take.
const ANSWER_TIME_MAX: Duration = Duration::from_mins(2);

/// What stays as it is in a path segment or a query (RFC 3986 §2.3, "unreserved").
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What a server answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; null where there is none.
    pub body: Value,
    /// Where a redirect leads.
    pub location: Option<String>,
}

impl Answer {
    fn refusal(error: &Error) -> Self {
        Self { status: error.status(), body: error.body(), location: None }
    }
    /// Whether the server did what it was asked to.
    pub fn is_success(&self) -> bool {
        self.status < 400
    }
    /// The body, or for a redirect an object that says where to.
    pub fn value(self) -> Value {
        match self.location {
            Some(it) if self.body.is_null() => serde_json::json!({ "location": it }),
            _ => self.body,
        }
    }
}

/// Where operations are run.
#[derive(Clone)]
pub enum Backend {
    /// In this process.
    Here(Arc<App>),
    /// At another server, over HTTP.
    There(Remote),
}

/// Another server.
#[derive(Clone)]
pub struct Remote {
    base_url: String,
    key: Option<Secret>,
    http: reqwest::Client,
}

impl Remote {
    /// The server at `base_url`, called with `key`.
    pub fn new(base_url: &str, key: Option<Secret>) -> Result<Self, String> {
        let http = reqwest::Client::builder()
            .timeout(ANSWER_TIME_MAX)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("vestibule/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|it| it.to_string())?;
        Ok(Self { base_url: base_url.trim_end_matches('/').to_owned(), key, http })
    }

    async fn call(&self, entry: &Entry, input: Map<String, Value>) -> Result<Answer, String> {
        let (path, rest) = match path(entry, input) {
            Ok(it) => it,
            // Where there is no path there is no server to ask; it would have said this.
            Err(refused) => return Ok(Answer::refusal(&refused)),
        };
        let mut url = format!("{}{path}", self.base_url);
        let method = entry.op.route.0.name().parse().map_err(|_| "not a method".to_owned())?;
        if entry.op.input == Input::Query {
            url.push_str(&query(&rest));
        }
        let mut request = self.http.request(method, &url);
        if entry.op.input != Input::Query {
            request = request.json(&rest);
        }
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.reveal());
        }
        let unreachable = |it: reqwest::Error| {
            format!("{} does not answer: {it}. Is the server running?", self.base_url)
        };
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status().as_u16();
        let location = response.headers().get("location").and_then(|it| it.to_str().ok());
        // Whoever follows it later no longer knows what it was relative to.
        let location = location.and_then(|it| response.url().join(it).ok()).map(String::from);
        let bytes = response.bytes().await.map_err(unreachable)?;
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into())
        };
        Ok(Answer { status, body, location })
    }
}

impl Backend {
    /// Runs an operation. `key` is the caller's where that is not the backend's own.
    pub async fn call(
        &self,
        entry: &'static Entry,
        input: Map<String, Value>,
        request: Request,
    ) -> Result<Answer, String> {
        match self {
            Self::There(remote) => remote.call(entry, input).await,
            Self::Here(app) => {
                let done = app.call(Call { entry, input: Value::Object(input), request }).await;
                Ok(match done {
                    Ok(reply) => Answer {
                        status: reply.status,
                        body: reply.json().map_err(|it| it.message().to_owned())?,
                        location: reply.location.map(|it| whole(&app.options().public_url, it)),
                    },
                    Err(error) => Answer::refusal(&error),
                })
            }
        }
    }
}

/// Where a redirect of a server leads that is reached at `public_url`.
fn whole(public_url: &str, location: String) -> String {
    if location.starts_with('/') { format!("{public_url}{location}") } else { location }
}

/// The path with its fields filled in, and the fields that are left.
fn path(
    entry: &Entry,
    mut input: Map<String, Value>,
) -> Result<(String, Map<String, Value>), Error> {
    let is_text = |name| input.get(name).is_some_and(Value::is_string);
    if !entry.op.route.path_fields().all(is_text) {
        entry.check(&Value::Object(input.clone()))?;
    }
    let mut path = String::new();
    for segment in entry.op.route.1.split('/').skip(1) {
        path.push('/');
        let Some(name) = segment.strip_prefix('{').and_then(|it| it.strip_suffix('}')) else {
            path.push_str(segment);
            continue;
        };
        let value = input.remove(name).map(text);
        let value = value.ok_or_else(|| refused(name, "required", "is required."))?;
        // Empty segments and segments of dots would name another path (RFC 3986 §5.2.4).
        if value.chars().all(|it| it == '.') {
            return Err(refused(name, "invalid", &format!("cannot be '{value}'.")));
        }
        path.extend(utf8_percent_encode(&value, RESERVED));
    }
    Ok((path, input))
}

fn refused(field: &str, code: Code, what: &str) -> Error {
    Error::invalid_field(field, code, format!("{field} {what}"))
}

fn query(input: &Map<String, Value>) -> String {
    let mut query = String::new();
    for (name, value) in input {
        let value = match value {
            Value::Null => continue,
            Value::Array(items) => items.iter().cloned().map(text).collect::<Vec<_>>().join(","),
            other => text(other.clone()),
        };
        query.push(if query.is_empty() { '?' } else { '&' });
        query.extend(utf8_percent_encode(name, RESERVED));
        query.push('=');
        query.extend(utf8_percent_encode(&value, RESERVED));
    }
    query
}

fn text(value: Value) -> String {
    match value {
        Value::String(it) => it,
        other => other.to_string(),
    }
}
