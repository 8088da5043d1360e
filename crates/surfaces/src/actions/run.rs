//! Runs actions by any of their names, at this server or another.
use serde_json::{Map, Value, json};
use vestibule_kernel::{Effect, Request};

use super::{Action, Actions, Unfit, Unknown, arguments};
use crate::client::{Answer, Backend, Remote};

/// Why an action was not done.
#[derive(Debug)]
pub struct Failure {
    /// What kind of failure: `unknown_function`, `invalid_arguments`, `denied`, `rate_limited`,
    /// `not_available_on_this_server`, `unreachable` or `tool_error`.
    pub kind: &'static str,
    /// What happened, in a sentence, with a statement whether a call was made.
    pub message: String,
    /// What else is known: suggestions, refused fields, what the server said.
    pub details: Value,
    /// Whether a call was made, so that something may have been done.
    pub call_made: bool,
    /// The status that the server answered with.
    pub status: Option<u16>,
}

impl Failure {
    fn before(kind: &'static str, details: Value) -> Self {
        let message = details.get("message").and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { kind, message, details, call_made: false, status: None }
    }
    /// A server's refusal.
    pub fn said(answer: Answer) -> Self {
        let status = answer.status;
        let body = answer.value();
        let text = ["message", "error_description", "error"]
            .iter()
            .find_map(|it| body.get(*it).and_then(Value::as_str));
        let message = match text {
            Some(it) => format!("The server refused ({status}): {it}"),
            None => format!("The server refused ({status})."),
        };
        let kind = match status {
            401 | 403 => "denied",
            429 => "rate_limited",
            _ => "tool_error",
        };
        Self { kind, message, details: body, call_made: true, status: Some(status) }
    }
    fn absent(action: &Action) -> Self {
        let instead = match &action.instead {
            Some(it) => format!(" Instead: {it}"),
            None => String::new(),
        };
        let message =
            format!("This server does not have {}. Nothing was done.{instead}", action.id);
        Self {
            kind: "not_available_on_this_server",
            details: json!({ "action": action.id, "instead": action.instead }),
            message,
            call_made: false,
            status: None,
        }
    }
    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind, "rate_limited" | "unreachable")
            || self.status.is_some_and(|it| it >= 500)
    }
    /// The same for programs.
    pub fn to_value(&self) -> Value {
        json!({
            "type": self.kind,
            "message": self.message,
            "details": self.details,
            "callMade": self.call_made,
            "status": self.status,
            "retryable": self.is_retryable(),
        })
    }
}

impl From<Unknown> for Failure {
    fn from(it: Unknown) -> Self {
        Self::before("unknown_function", it.to_value())
    }
}

impl From<Unfit> for Failure {
    fn from(it: Unfit) -> Self {
        Self::before("invalid_arguments", it.to_value())
    }
}

/// A call that is ready to be made.
#[derive(Clone)]
pub struct Prepared<'a> {
    /// What it does.
    pub action: &'a Action,
    /// Its input, which has the declared form.
    pub input: Map<String, Value>,
}

/// Actions, and where they are run.
#[derive(Clone)]
pub struct Runner {
    actions: &'static Actions,
    backend: Backend,
}

impl Runner {
    /// Runs `actions` at `backend`.
    pub fn new(actions: &'static Actions, backend: Backend) -> Self {
        Self { actions, backend }
    }
    /// The actions.
    pub fn actions(&self) -> &'static Actions {
        self.actions
    }
    /// Where they are run.
    pub fn backend(&self) -> &Backend {
        &self.backend
    }
    /// The address of the server.
    pub fn server(&self) -> &str {
        match &self.backend {
            Backend::Here(app) => &app.options().public_url,
            Backend::There(remote) => remote.base_url(),
        }
    }
    /// Whether the server is one that has the action: hosted WorkOS has what the official description
    /// has, any other is taken for one like this.
    pub fn offers(&self, action: &Action) -> bool {
        if self.is_hosted() { !action.extension } else { action.entry.is_some() }
    }
    /// Finds the action and makes its input of what was given; makes no call.
    pub fn prepare(
        &self,
        name: &str,
        mut given: Map<String, Value>,
    ) -> Result<Prepared<'static>, Failure> {
        arguments::translate(name, &mut given);
        self.fit(self.actions.find(name, &given)?, given)
    }
    /// The same where `action` was found by `name` and `given` already.
    pub fn prepare_found(
        &self,
        name: &str,
        action: &'static Action,
        mut given: Map<String, Value>,
    ) -> Result<Prepared<'static>, Failure> {
        let is_translated = arguments::translate(name, &mut given);
        let action = if is_translated { self.actions.find(name, &given)? } else { action };
        self.fit(action, given)
    }
    fn fit(
        &self,
        action: &'static Action,
        given: Map<String, Value>,
    ) -> Result<Prepared<'static>, Failure> {
        let input = arguments::fit(action, given)?;
        if action.extension && self.is_hosted() {
            return Err(Failure::absent(action));
        }
        Ok(Prepared { action, input })
    }
    /// What a prepared call would send, without its credential.
    pub fn preview(&self, prepared: &Prepared<'_>) -> Value {
        let Prepared { action, input } = prepared;
        let sent = match &self.backend {
            Backend::There(remote) => remote.prepare((*action).into(), input.clone()).ok(),
            Backend::Here(_) => None,
        };
        let (url, body) = sent.unwrap_or_default();
        json!({
            "action": action.id,
            "effect": action.effect,
            "method": action.method.name(),
            "path": action.path,
            "url": url,
            "body": body,
            "input": input,
        })
    }
    /// Has the server do a prepared call and undo it; none where the server cannot.
    pub async fn rehearse(&self, prepared: &Prepared<'_>) -> Result<Option<Answer>, Failure> {
        let Prepared { action, input } = prepared;
        let Backend::There(remote) = &self.backend else { return Ok(None) };
        let asked = remote.rehearse((*action).into(), input.clone()).await;
        asked.map_err(|text| Self::unreachable(action, text))
    }
    /// Makes a prepared call.
    pub async fn call(&self, prepared: Prepared<'_>, request: Request) -> Result<Answer, Failure> {
        let Prepared { action, input } = prepared;
        if action.entry.is_none() && matches!(self.backend, Backend::Here(_)) {
            return Err(Failure::absent(action));
        }
        let asked = self.backend.call(action.into(), input, request).await;
        let answer = asked.map_err(|text| Self::unreachable(action, text))?;
        match answer.status {
            0..400 => Ok(answer),
            404 | 405 if self.lacks(action).await => Err(Failure::absent(action)),
            _ => Err(Failure::said(answer)),
        }
    }
    /// Finds, prepares and calls.
    pub async fn run(
        &self,
        name: &str,
        given: Map<String, Value>,
        request: Request,
    ) -> Result<Answer, Failure> {
        let prepared = self.prepare(name, given)?;
        self.call(prepared, request).await
    }

    fn unreachable(action: &Action, text: String) -> Failure {
        // Whether it was done nobody knows, unless there was nothing to do.
        let call_made = action.effect != Effect::Read;
        let details = Value::Null;
        Failure { kind: "unreachable", message: text, details, call_made, status: None }
    }
    fn is_hosted(&self) -> bool {
        matches!(&self.backend, Backend::There(remote) if remote.is_hosted())
    }
    /// Whether the server has no such operation, rather than no such thing as was asked about: its
    /// own document says so, where it has one.
    async fn lacks(&self, action: &Action) -> bool {
        let Backend::There(remote) = &self.backend else { return false };
        if self.is_hosted() {
            return false;
        }
        match document(remote).await {
            Some(paths) => !paths.iter().any(|it| is_same_path(it, &action.path)),
            None => action.extension,
        }
    }
}

/// The paths that a server's own document names.
async fn document(remote: &Remote) -> Option<Vec<String>> {
    let answer = remote.get("/openapi.json").await.ok().filter(Answer::is_success)?;
    let paths = answer.body.get("paths")?.as_object()?;
    Some(paths.keys().cloned().collect())
}

/// Whether two paths are one but for the names of their fields.
fn is_same_path(one: &str, other: &str) -> bool {
    let bare = |path: &str| -> Vec<String> {
        let field = |it: &str| if it.starts_with('{') { String::new() } else { it.to_owned() };
        path.split('/').map(field).collect()
    };
    bare(one) == bare(other)
}
