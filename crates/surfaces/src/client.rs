//! A client of any WorkOS-compatible server, read off the catalogue: for the command line and for
//! MCP over stdio.
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use data_encoding::HEXLOWER;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::HeaderValue;
use serde_json::{Map, Value, json};
use vestibule_kernel::agent::{TOKEN_PREFIX, approvals};
use vestibule_kernel::catalog::{Entry, Reply};
use vestibule_kernel::chance::Chance;
use vestibule_kernel::{App, Call, Code, Effect, Error, Input, Method, Request, Route};

use crate::actions::Action;
use crate::connections::{Credential, Ended};
use crate::rest::{DRY_RUN, DRY_RUN_PREFIX};

/// How long an answer may take.
const ANSWER_TIME_MAX: Duration = Duration::from_mins(2);
/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;
/// How often a call is made at the most.
const TRIES_MAX: u32 = 4;
/// How long the second try waits where the server does not say; each further one waits twice as long.
const WAIT_USUAL: Duration = Duration::from_millis(200);
/// The longest wait for another try. A server that asks for more is told to its user instead.
const WAIT_MAX: Duration = Duration::from_secs(20);
/// The domain that hosted WorkOS answers under.
const HOSTED_DOMAIN: &str = "workos.com";
/// Where hosted WorkOS says that it heeds an `Idempotency-Key` (contract 00 §8).
const HOSTED_IDEMPOTENT: &str = "/audit_logs/events";

/// What stays as it is in a path segment or a query (RFC 3986 §2.3, "unreserved").
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What a server answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; null where there is none.
    pub body: Body,
    /// Where a redirect leads.
    pub location: Option<String>,
    /// How many seconds to wait before another try, where the server says.
    pub retry_after: Option<u64>,
    /// Whether the server only did as if, and undid it.
    pub rehearsed: bool,
}

/// JSON that is read when it is first looked into: most of what this server answers is passed on as it
/// came.
#[derive(Clone, Debug)]
pub struct Body {
    came: Option<String>,
    read: OnceLock<Value>,
}

impl Body {
    /// The text of the JSON, where it came as text.
    pub(crate) fn came(&self) -> Option<&str> {
        self.came.as_deref()
    }
    fn of(reply: Vec<u8>) -> Result<Self, Error> {
        if reply.is_empty() {
            return Ok(Value::Null.into());
        }
        let came = String::from_utf8(reply).map_err(Error::internal)?;
        Ok(Self { came: Some(came), read: OnceLock::new() })
    }
    /// The text of an object that came as text; the body itself where it is anything else.
    pub(crate) fn object(self) -> Result<String, Self> {
        match self.came {
            Some(it) if it.starts_with('{') => Ok(it),
            _ => Err(self),
        }
    }
    fn value(self) -> Value {
        let Self { came, read } = self;
        read.into_inner().or_else(|| came.map(|it| value_of(&it))).unwrap_or_default()
    }
}

/// The value of what is JSON already.
fn value_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

impl Deref for Body {
    type Target = Value;
    fn deref(&self) -> &Value {
        self.read.get_or_init(|| self.came().map(value_of).unwrap_or_default())
    }
}

impl From<Value> for Body {
    fn from(it: Value) -> Self {
        Self { came: None, read: it.into() }
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Answer {
    fn refusal(error: &Error) -> Self {
        let retry_after = error.retry_after_seconds().map(u64::from);
        Self { retry_after, ..Self::of(error.status(), error.body()) }
    }
    /// What is answered in the place of a server that was not asked.
    fn unsent(status: u16, text: String) -> Self {
        Self::of(status, json!({ "message": text }))
    }
    pub(crate) fn of(status: u16, body: Value) -> Self {
        let body = body.into();
        Self { status, body, location: None, retry_after: None, rehearsed: false }
    }
    fn served(reply: Reply, public_url: &str) -> Result<Self, Error> {
        let Reply { status, body, location, .. } = reply;
        let location = location.map(|it| whole(public_url, it));
        Ok(Self { body: Body::of(body)?, location, ..Self::of(status, Value::Null) })
    }
    /// Whether the server did what it was asked to.
    pub fn is_success(&self) -> bool {
        self.status < 400
    }
    /// The body, or for a redirect an object that says where to.
    pub fn value(self) -> Value {
        match self.location {
            Some(it) if self.body.is_null() => json!({ "location": it }),
            _ => self.body.value(),
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

impl From<Answer> for Raw {
    fn from(it: Answer) -> Self {
        Self { status: it.status, headers: BTreeMap::new(), body: it.body.to_string().into_bytes() }
    }
}

/// How a call travels: what of an operation a client must know.
#[derive(Clone, Copy)]
pub struct Wire<'a> {
    method: Method,
    path: &'a str,
    travels: Input,
    effect: Effect,
    entry: Option<&'static Entry>,
}

impl From<&'static Entry> for Wire<'static> {
    fn from(entry: &'static Entry) -> Self {
        let Route(method, path) = entry.op.route;
        let (travels, effect) = (entry.op.input, entry.op.effect);
        Self { method, path, travels, effect, entry: Some(entry) }
    }
}

impl<'a> From<&'a Action> for Wire<'a> {
    fn from(it: &'a Action) -> Self {
        let (travels, effect) = (it.travels, it.effect);
        Self { method: it.method, path: &it.path, travels, effect, entry: it.entry }
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
    credential: Credential,
    http: reqwest::Client,
}

/// Why there is no answer.
enum Lost {
    /// The request did not leave, so that nothing was done.
    Unsent(String),
    /// It left, and what became of it nobody knows.
    Broken(String),
}

impl Lost {
    fn text(self) -> String {
        match self {
            Self::Unsent(text) | Self::Broken(text) => text,
        }
    }
}

impl Remote {
    /// The server at `base_url`, called with this credential.
    pub fn new(base_url: &str, credential: Credential) -> Result<Self, String> {
        let http = reqwest::Client::builder()
            .timeout(ANSWER_TIME_MAX)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("vestibule/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|it| it.to_string())?;
        Ok(Self { base_url: base_url.trim_end_matches('/').to_owned(), credential, http })
    }

    /// Where it is.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Whether its credential can be one that decides on what agents ask for: it is a key, and no
    /// agent's.
    pub fn may_decide(&self) -> bool {
        match &self.credential {
            Credential::Key(key) => !key.reveal().starts_with(TOKEN_PREFIX),
            Credential::None | Credential::SignedIn(_) => false,
        }
    }

    /// Whether it is hosted WorkOS.
    pub fn is_hosted(&self) -> bool {
        let url = reqwest::Url::parse(&self.base_url).ok();
        let host = url.and_then(|it| it.host_str().map(str::to_owned));
        host.is_some_and(|it| it == HOSTED_DOMAIN || it.ends_with(&format!(".{HOSTED_DOMAIN}")))
    }

    /// Reads what is at a path.
    pub async fn get(&self, path: &str) -> Result<Answer, String> {
        let url = format!("{}{path}", self.base_url);
        self.with_tries(true, || self.http.get(&url)).await
    }

    /// What a call would send: the whole address, and the body where it has one.
    pub fn prepare(
        &self,
        wire: Wire<'_>,
        input: Map<String, Value>,
    ) -> Result<(String, Option<Value>), Error> {
        self.prepare_at("", wire, input)
    }

    fn prepare_at(
        &self,
        prefix: &str,
        wire: Wire<'_>,
        input: Map<String, Value>,
    ) -> Result<(String, Option<Value>), Error> {
        let (path, rest) = path(wire, input)?;
        let url = format!("{}{prefix}{path}", self.base_url);
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
        let method = method(wire)?;
        let own_key = (wire.method == Method::Post).then(fresh_key);
        let key = made_with.idempotency_key.clone().or(own_key);
        let headers = [
            ("idempotency-key", &key),
            ("vestibule-approval", &made_with.approval_id),
            ("vestibule-run", &made_with.run_id),
        ];
        let make = || {
            let mut request = self.http.request(method.clone(), &url);
            if let Some(body) = &body {
                request = request.json(body);
            }
            for (name, value) in headers {
                if let Some(value) = value {
                    request = request.header(name, value);
                }
            }
            request
        };
        self.with_tries(self.is_repeatable(wire), make).await
    }

    /// Has the server do a call and undo it (see [`DRY_RUN_PREFIX`]); none where the server does not
    /// know how to. Such a server has no such path, and so does nothing.
    pub async fn rehearse(
        &self,
        wire: Wire<'_>,
        input: Map<String, Value>,
    ) -> Result<Option<Answer>, String> {
        if wire.effect == Effect::Read || self.is_hosted() {
            return Ok(None);
        }
        let Ok((url, body)) = self.prepare_at(DRY_RUN_PREFIX, wire, input) else { return Ok(None) };
        let method = method(wire)?;
        let make = || {
            let request = self.http.request(method.clone(), &url);
            body.iter().fold(request, reqwest::RequestBuilder::json)
        };
        let answer = self.with_tries(true, make).await?;
        Ok(Some(answer).filter(|it| it.rehearsed))
    }

    /// Whether a call that nobody answered may be made again: it changes nothing, or the server does
    /// it once under its `Idempotency-Key`.
    fn is_repeatable(&self, wire: Wire<'_>) -> bool {
        let heeds_keys = !self.is_hosted() || wire.path == HOSTED_IDEMPOTENT;
        wire.effect == Effect::Read || (wire.method == Method::Post && heeds_keys)
    }

    /// Sends a request, and sends it again where the server had no time for it, or did not get it, or
    /// broke and `repeatable` says that once more does no harm.
    async fn with_tries(
        &self,
        repeatable: bool,
        make: impl Fn() -> reqwest::RequestBuilder,
    ) -> Result<Answer, String> {
        let mut wait = WAIT_USUAL;
        for tries in 1.. {
            let done = self.once(make()).await;
            let again = match &done {
                Ok(answer) if answer.status == 429 => true,
                Ok(answer) => answer.status >= 500 && repeatable,
                Err(Lost::Unsent(_)) => true,
                Err(Lost::Broken(_)) => repeatable,
            };
            let asked = done.as_ref().ok().and_then(|it| it.retry_after);
            let pause = asked.map_or(wait, |it| Duration::from_secs(it.max(1)));
            if !again || tries >= TRIES_MAX || pause > WAIT_MAX {
                return done.map_err(Lost::text);
            }
            tokio::time::sleep(pause).await;
            wait *= 2;
        }
        Err("the call was not made".to_owned())
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
        let request = match self.opened(request).await {
            Ok(it) => it,
            Err(ended) => return Ok(ended.into()),
        };
        let response = request.send().await.map_err(|it| self.lost(&it).text())?;
        let status = response.status().as_u16();
        let text = |it: &HeaderValue| String::from_utf8_lossy(it.as_bytes()).into_owned();
        let headers = response.headers().iter().map(|(name, it)| (name.to_string(), text(it)));
        let headers = headers.collect();
        let body = self.body(response).await.map_err(Lost::text)?;
        Ok(Raw { status, headers, body })
    }

    async fn once(&self, request: reqwest::RequestBuilder) -> Result<Answer, Lost> {
        let request = match self.opened(request).await {
            Ok(it) => it,
            Err(answer) => return Ok(answer),
        };
        let response = request.send().await.map_err(|it| self.lost(&it))?;
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name).and_then(|it| it.to_str().ok());
        // Whoever follows it later no longer knows what it was relative to.
        let location = header("location").and_then(|it| response.url().join(it).ok());
        let location = location.map(String::from);
        let retry_after = header("retry-after").and_then(|it| it.parse().ok());
        let rehearsed = response.headers().contains_key(DRY_RUN);
        let bytes = self.body(response).await?;
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into())
        };
        Ok(Answer { status, body: body.into(), location, retry_after, rehearsed })
    }

    /// The request with the credential. Where a sign-in is over there is nothing to send, and the
    /// answer is what the server would have said.
    async fn opened(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<reqwest::RequestBuilder, Answer> {
        match &self.credential {
            Credential::None => Ok(request),
            Credential::Key(key) => Ok(request.bearer_auth(key.reveal())),
            Credential::SignedIn(it) => match it.access_token().await {
                Ok(token) => Ok(request.bearer_auth(token.reveal())),
                Err(Ended::Over(text)) => Err(Answer::unsent(401, text)),
                Err(Ended::Unreachable(text)) => Err(Answer::unsent(503, text)),
            },
        }
    }

    async fn body(&self, mut response: reqwest::Response) -> Result<Vec<u8>, Lost> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|it| self.lost(&it))? {
            if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
                let mebibytes = ANSWER_BYTES_MAX / (1024 * 1024);
                let text = format!(
                    "{} answers more than {mebibytes} MiB, which is not read: ask for less, with a \
                     smaller limit",
                    self.base_url
                );
                return Err(Lost::Broken(text));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    fn lost(&self, error: &reqwest::Error) -> Lost {
        let text = format!("{} does not answer: {error}. Is the server running?", self.base_url);
        if error.is_connect() { Lost::Unsent(text) } else { Lost::Broken(text) }
    }
}

fn method(wire: Wire<'_>) -> Result<reqwest::Method, String> {
    wire.method.name().parse().map_err(|_| "not a method".to_owned())
}

/// A key that no other call has.
fn fresh_key() -> String {
    format!("vestibule-{}", HEXLOWER.encode(&Chance::system().bytes::<16>()))
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
        let here = matches!(self, Self::Here(_));
        // Here it is known of whom approvals are asked for.
        let may_wait = request.approval_id.is_none() && (!here || request.is_of_agent());
        let again = may_wait.then(|| (input.clone(), request.clone()));
        let answer = self.once(wire, input, request).await?;
        let Some((input, request)) = again.filter(|_| !answer.is_success()) else {
            return Ok(answer);
        };
        let Some(id) = waits_for(&answer.body, "approved") else { return Ok(answer) };
        let request = Request { approval_id: Some(id.to_owned()), ..request };
        Box::pin(self.once(wire, input, request)).await
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
                match done {
                    Ok(reply) => Answer::served(reply, &app.options().public_url)
                        .map_err(|it| it.message().to_owned()),
                    Err(error) => Ok(Answer::refusal(&error)),
                }
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
