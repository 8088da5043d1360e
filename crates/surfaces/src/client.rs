//! A client of any WorkOS-compatible server, read off the catalogue: for the command line and for
//! MCP over stdio.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::HeaderValue;
use serde_json::{Map, Value};
use vestibule_kernel::agent::approvals;
use vestibule_kernel::catalog::Entry;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{App, Call, Code, Error, Input, Method, Request, Route};

use crate::actions::Action;

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
    /// How many seconds to wait before another try, where the server says.
    pub retry_after: Option<u64>,
}

impl Answer {
    fn refusal(error: &Error) -> Self {
        let retry_after = error.retry_after_seconds().map(u64::from);
        Self { status: error.status(), body: error.body(), location: None, retry_after }
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

/// The id of the approval that a refused call waits for, where it is in this state.
pub fn waits_for<'a>(refusal: &'a Value, state: &str) -> Option<&'a str> {
    let is_asked = refusal["code"] == approvals::REQUIRED;
    let asked = refusal.get("approval").filter(|it| is_asked && it["state"] == state)?;
    asked["id"].as_str()
}

/// An answer as it came.
#[derive(Debug)]
pub struct Raw {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

/// How a call travels: what of an operation a client must know.
#[derive(Clone, Copy)]
pub struct Wire<'a> {
    method: Method,
    path: &'a str,
    travels: Input,
    entry: Option<&'static Entry>,
}

impl From<&'static Entry> for Wire<'static> {
    fn from(entry: &'static Entry) -> Self {
        let Route(method, path) = entry.op.route;
        Self { method, path, travels: entry.op.input, entry: Some(entry) }
    }
}

impl<'a> From<&'a Action> for Wire<'a> {
    fn from(it: &'a Action) -> Self {
        Self { method: it.method, path: &it.path, travels: it.travels, entry: it.entry }
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

    /// Where it is.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Reads what is at a path.
    pub async fn get(&self, path: &str) -> Result<Answer, String> {
        self.send(self.http.get(format!("{}{path}", self.base_url))).await
    }

    /// What a call would send: the whole address, and the body where it has one.
    pub fn prepare(
        &self,
        wire: Wire<'_>,
        input: Map<String, Value>,
    ) -> Result<(String, Option<Value>), Error> {
        let (path, rest) = path(wire, input)?;
        let url = format!("{}{path}", self.base_url);
        Ok(match wire.travels {
            Input::Query => (url + &query(&rest), None),
            _ => (url, Some(Value::Object(rest))),
        })
    }

    async fn call(
        &self,
        wire: Wire<'_>,
        input: Map<String, Value>,
        made_with: &Request,
    ) -> Result<Answer, String> {
        let (url, body) = match self.prepare(wire, input) {
            Ok(it) => it,
            // Where there is no path there is no server to ask; it would have said this.
            Err(refused) => return Ok(Answer::refusal(&refused)),
        };
        let method = wire.method.name().parse().map_err(|_| "not a method".to_owned())?;
        let mut request = self.http.request(method, &url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        for (name, value) in [
            ("idempotency-key", &made_with.idempotency_key),
            ("vestibule-approval", &made_with.approval_id),
            ("vestibule-run", &made_with.run_id),
        ] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        self.send(request).await
    }

    /// Sends any request with the credential; the answer is as it came.
    pub async fn raw(
        &self,
        method: reqwest::Method,
        url: reqwest::Url,
        headers: BTreeMap<String, HeaderValue>,
        body: Option<(Vec<u8>, bool)>,
    ) -> Result<Raw, String> {
        let mut request = self.http.request(method, url);
        if let Some((bytes, is_json)) = body {
            if is_json {
                request = request.header("content-type", "application/json");
            }
            request = request.body(bytes);
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.reveal());
        }
        let failed = |it: reqwest::Error| format!("{} does not answer: {it}", self.base_url);
        let response = request.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let text = |it: &HeaderValue| String::from_utf8_lossy(it.as_bytes()).into_owned();
        let headers = response.headers().iter().map(|(name, it)| (name.to_string(), text(it)));
        let headers = headers.collect();
        let body = response.bytes().await.map_err(failed)?.to_vec();
        Ok(Raw { status, headers, body })
    }

    async fn send(&self, mut request: reqwest::RequestBuilder) -> Result<Answer, String> {
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
        let retry_after = response.headers().get("retry-after").and_then(|it| it.to_str().ok());
        let retry_after = retry_after.and_then(|it| it.parse().ok());
        let bytes = response.bytes().await.map_err(unreachable)?;
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into())
        };
        Ok(Answer { status, body, location, retry_after })
    }
}

impl Backend {
    /// Runs an operation. What `request` says of the caller counts here alone; elsewhere the
    /// backend's own key does. A call of an agent that a person has approved since it was made before
    /// goes on under that approval.
    pub async fn call(
        &self,
        wire: Wire<'_>,
        input: Map<String, Value>,
        request: Request,
    ) -> Result<Answer, String> {
        let answer = self.once(wire, input.clone(), request.clone()).await?;
        match waits_for(&answer.body, "approved") {
            Some(id) if request.approval_id.is_none() => {
                let request = Request { approval_id: Some(id.to_owned()), ..request };
                self.once(wire, input, request).await
            }
            _ => Ok(answer),
        }
    }

    async fn once(
        &self,
        wire: Wire<'_>,
        input: Map<String, Value>,
        request: Request,
    ) -> Result<Answer, String> {
        match self {
            Self::There(remote) => remote.call(wire, input, &request).await,
            Self::Here(app) => {
                let Some(entry) = wire.entry else {
                    return Err("this server does not have it".to_owned());
                };
                let done = app.call(Call { entry, input: Value::Object(input), request }).await;
                Ok(match done {
                    Ok(reply) => Answer {
                        status: reply.status,
                        body: reply.json().map_err(|it| it.message().to_owned())?,
                        location: reply.location.map(|it| whole(&app.options().public_url, it)),
                        retry_after: None,
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
    wire: Wire<'_>,
    mut input: Map<String, Value>,
) -> Result<(String, Map<String, Value>), Error> {
    let is_text = |name| input.get(name).is_some_and(Value::is_string);
    if let Some(entry) = wire.entry
        && !entry.op.route.path_fields().all(is_text)
    {
        entry.check(&Value::Object(input.clone()))?;
    }
    let mut path = String::new();
    for segment in wire.path.split('/').skip(1) {
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
