//! The one door: authenticate, check the input, replay an idempotent request, run, answer.
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jsonschema::error::ValidationErrorKind as Refusal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::agent;
use crate::catalog::{Access, Entry, Op, Reply, Run};
use crate::context::{App, Caller, Cx, FlowCx, busy};
use crate::db::Tx;
use crate::error::{COMMON_CODES, FieldError};
use crate::id::{AgentCallId, OrganizationId};
use crate::sandbox::{self, Caught, Instant, LazyInstant, Sandbox, Target};
use crate::secret::Secret;
use crate::{Error, Kind, Result, idempotency};

/// How many refused fields an error names at the most.
const FIELD_ERRORS_MAX: usize = 20;
/// How many hooks others may use up before a call finds one, or none.
const HOOK_TRIES_MAX: usize = 100;

/// What a call is made with, apart from its input.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The id that logs and error pages show.
    pub id: String,
    /// The bearer credential.
    pub credential: Option<Secret>,
    /// The address of the client.
    pub ip_address: Option<String>,
    /// The client's `User-Agent`.
    pub user_agent: Option<String>,
    /// The `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// The `Vestibule-Approval`: the approval that a person gave to the call of an agent.
    pub approval_id: Option<String>,
    /// The `Vestibule-Run`: what an agent says it is doing.
    pub run_id: Option<String>,
    /// The `Origin` of a browser's request.
    pub origin: Option<String>,
    /// The cookies of a browser.
    pub cookies: Vec<(String, String)>,
    /// Whom its pages and messages are for.
    pub audience: Audience,
    /// The method and path that it came by, where it came by HTTP.
    pub target: Option<Target>,
    /// Whether it came to /mcp, which tokens of OAuth clients open alone.
    pub by_mcp: bool,
}

/// The longest list of languages that is kept.
const LANGUAGES_BYTES_MAX: usize = 1024;

/// Whom the pages and messages of a request are for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Audience {
    /// The languages that the application asks for, most wanted first, with spaces between.
    pub ui_locales: Option<String>,
    /// The languages that the browser asks for, as its header has them.
    pub accept_language: Option<String>,
    /// The organization that it is about.
    pub organization_id: Option<OrganizationId>,
}

impl Audience {
    /// Readers of what a browser asks for. A header longer than any browser sends is left out.
    pub fn accepting(header: Option<&str>) -> Self {
        let accept_language = header.filter(|it| it.len() <= LANGUAGES_BYTES_MAX);
        Self { accept_language: accept_language.map(str::to_owned), ..Self::default() }
    }
}

impl Request {
    /// Whether it shows the token of an agent.
    pub fn is_of_agent(&self) -> bool {
        agent::is_token(self.credential.as_ref())
    }
    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }
}

/// One call of one operation.
#[derive(Debug)]
pub struct Call {
    /// The operation.
    pub entry: &'static Entry,
    /// Path, query and body as one object.
    pub input: Value,
    /// What it is made with.
    pub request: Request,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.op)
    }
}

impl App {
    /// Runs one operation. Every surface comes through here.
    pub async fn call(self: &Arc<Self>, call: Call) -> Result<Reply> {
        let entry = call.entry;
        let is_agent = call.request.is_of_agent();
        let id = is_agent.then(|| AgentCallId::make(self.chance(), self.now()));
        let attempt = Arc::new(Attempt { call, id, dry_run: false });
        let done = match self.dispatch(&attempt).await {
            Err(error) if is_agent => Err(self.refused(&attempt, error).await),
            done => done,
        };
        match &done {
            Err(error) if !declared(entry, error) => {
                tracing::error!(operation = entry.op.id, code = error.code(), "undeclared code");
                debug_assert!(false, "{} does not declare the code of {error}", entry.op.id);
                done
            }
            _ => done,
        }
    }

    async fn dispatch(self: &Arc<Self>, attempt: &Arc<Attempt>) -> Result<Reply> {
        for _ in 0..HOOK_TRIES_MAX {
            match self.attempt(attempt).await? {
                Answer::Own(reply) => return Ok(reply),
                Answer::Hook(caught) => {
                    if let Some(reply) = caught.answer(self).await? {
                        return Ok(reply);
                    }
                }
            }
        }
        Err(busy())
    }

    async fn attempt(self: &Arc<Self>, attempt: &Arc<Attempt>) -> Result<Answer> {
        let (app, it) = (self.clone(), attempt.clone());
        match attempt.call.entry.op.run {
            // Who calls is found in the snapshot that the operation reads.
            Run::Operation { run, writes: false, long, .. } if attempt.id.is_none() => {
                self.reading(long, move || app.read_operation(&it.call, run)).await
            }
            Run::Operation { run, writes, long, .. } => {
                let (caller, instant) = match self.admit_apart(attempt).await? {
                    Admitted::In(caller, instant) => (caller, instant),
                    Admitted::Caught(hook) => return Ok(Answer::Hook(hook)),
                };
                let is_asked = caller.agent().is_some_and(|it| it.policy.asks_for(&attempt.op()));
                if writes || is_asked {
                    return app.write_operation(it, run, caller, instant).await;
                }
                let read = move || app.read_for_agent(&it, run, &caller, instant);
                let (answer, record) = self.reading(long, read).await?;
                self.gather(record).await?;
                Ok(answer)
            }
            Run::Flow(run) => {
                let flows = app.flows.clone();
                let _turn = flows.acquire().await.map_err(|_| busy())?;
                let (caller, instant) = match self.admit_apart(attempt).await? {
                    Admitted::In(caller, instant) => (caller, instant),
                    Admitted::Caught(hook) => return Ok(Answer::Hook(hook)),
                };
                blocking(move || app.run_flow(&it, run, caller, instant)).await
            }
        }
    }

    /// Reads on the thread that serves, where that holds nobody up.
    async fn reading<T: Send + 'static>(
        &self,
        long: bool,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if self.db().reads_inline() && !long { caught(work) } else { blocking(work).await }
    }

    /// [`Self::bearer`] for who serves requests.
    pub async fn known(self: &Arc<Self>, credential: Secret) -> Result<Arc<Caller>> {
        let app = self.clone();
        self.reading(false, move || app.bearer(&credential)).await
    }

    fn read_operation(&self, call: &Call, run: Runner) -> Result<Answer> {
        self.db().read(|tx| {
            let (caller, instant) = match self.admit(tx, call)? {
                Admitted::In(caller, instant) => (caller, instant),
                Admitted::Caught(hook) => return Ok(Answer::Hook(hook)),
            };
            self.run_or_repeat(tx, call, run, (&caller, instant)).map(Answer::Own)
        })
    }

    /// Who calls, before anything is written: what is refused here does not reach the writer, where
    /// it would hold others up.
    async fn admit_apart(self: &Arc<Self>, attempt: &Arc<Attempt>) -> Result<Admitted> {
        let (app, it) = (self.clone(), attempt.clone());
        let admitted =
            self.reading(false, move || app.db().read(|tx| app.admit(tx, &it.call))).await?;
        match &admitted {
            Admitted::In(caller, instant) => self.ask(attempt, caller, *instant).await?,
            Admitted::Caught(_) => {}
        }
        Ok(admitted)
    }

    async fn write_operation(
        self: Arc<Self>,
        attempt: Arc<Attempt>,
        run: Runner,
        caller: Arc<Caller>,
        instant: Instant,
    ) -> Result<Answer> {
        let app = self.clone();
        let write = move |tx: &mut dyn Tx| {
            let call = &attempt.call;
            let mut cx = Cx::new(&app, tx, &caller, &call.request, instant);
            let record = attempt.record(cx.db(), &caller, instant)?;
            let reply = idempotency::once(&mut cx, call, |cx| {
                agent::use_approval(cx, call)?;
                run(cx, &call.input)
            })?;
            if let Some(record) = record {
                record.done(reply.status).write(cx.db())?;
            }
            Ok((app.answer(call, &caller, reply)?, cx.noted()))
        };
        let (answer, noted) = self.db().write_async(write).await?;
        self.wake(noted);
        Ok(answer)
    }

    fn run_flow(
        self: &Arc<Self>,
        attempt: &Arc<Attempt>,
        run: fn(&FlowCx, &Value) -> Result<Reply>,
        caller: Arc<Caller>,
        instant: Instant,
    ) -> Result<Answer> {
        let call = &attempt.call;
        let request = Arc::new(call.request.clone());
        let known = LazyInstant::known(instant);
        let flow = FlowCx::new(self.clone(), caller.clone(), request, known);
        let record = self.begin(attempt, &caller, instant)?;
        let reply = idempotency::once_in_flow(&flow, call, || {
            let it = attempt.clone();
            if caller.agent().is_some_and(|it| it.policy.asks_for(&call.entry.op)) {
                flow.write(move |cx| agent::use_approval(cx, &it.call))?;
            }
            run(&flow, &call.input)
        })?;
        self.end(record.map(|it| it.done(reply.status)))?;
        self.answer(call, &caller, reply)
    }

    /// Finds out who calls, then checks the form of what they say.
    pub(crate) fn admit(&self, tx: &mut dyn Tx, call: &Call) -> Result<Admitted> {
        let (caller, sandbox) = self.caller(tx, call)?;
        let instant = Instant { machine: self.now(), sandbox };
        agent::admit(self, call, &caller, instant.now())?;
        crate::limit::admit(self, tx, &call.entry.op, &caller, &call.request)?;
        if sandbox.is_some()
            && let Some(hook) =
                sandbox::catch(tx, &caller.environment, call.request.target.as_ref())?
        {
            return Ok(Admitted::Caught(hook));
        }
        check_text(&call.input)?;
        call.entry.check(&call.input)?;
        agent::admit_input(tx, call, &caller)?;
        Ok(Admitted::In(caller, instant))
    }

    /// Who calls, and what their environment is as a sandbox.
    fn caller(&self, tx: &mut dyn Tx, call: &Call) -> Result<(Arc<Caller>, Option<Sandbox>)> {
        let credential = call.request.credential.as_ref();
        let environment = match call.entry.op.access {
            Access::ApiKey | Access::Owner | Access::Approver => {
                let key = credential.ok_or_else(Error::unauthorized)?;
                return self.holder(tx, key)?.ok_or_else(Error::unauthorized);
            }
            Access::Open(resolve) => {
                check_text(&call.input)?;
                resolve(self, tx, &call.input)?
            }
            Access::Token(resolve) => resolve(self, tx, credential)?,
        };
        // Whoever shows an agent token is held to it, also where nobody asks for it.
        if let Some(token) = credential.filter(|it| agent::is_token(Some(it))) {
            let held = self.holder(tx, token)?.ok_or_else(Error::unauthorized)?;
            let here = held.0.environment == environment;
            return if here { Ok(held) } else { Err(Error::unauthorized()) };
        }
        let sandbox = sandbox::find(tx, &environment)?;
        Ok((Arc::new(Caller::system(environment)), sandbox))
    }
}

/// A call under way.
pub(crate) struct Attempt {
    pub call: Call,
    /// The id under which it is written down, where an agent makes it.
    pub id: Option<AgentCallId>,
    /// Whether it is undone.
    pub dry_run: bool,
}

impl Attempt {
    fn op(&self) -> Op {
        self.call.entry.op
    }
}

/// What an attempt at a call comes to.
pub(crate) enum Answer {
    /// The answer of the operation.
    Own(Reply),
    /// The answer of a hook, if nobody uses it up first.
    Hook(Caught),
}

/// Who calls, and when; or the hook that answers them.
pub(crate) enum Admitted {
    In(Arc<Caller>, Instant),
    Caught(Caught),
}

pub(crate) type Runner = fn(&mut Cx<'_>, &Value) -> Result<Reply>;

fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Error::internal("an operation panicked")))
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

fn declared(entry: &Entry, error: &Error) -> bool {
    let code = error.code();
    code.is_empty()
        || error.kind() == Kind::Internal
        || COMMON_CODES.contains(&code)
        || entry.op.fails.contains(&code)
}

/// PostgreSQL's TEXT has no NUL; nothing that we store has.
pub(crate) fn check_text(input: &Value) -> Result<()> {
    let clean = match input {
        Value::String(it) => !it.contains('\0'),
        Value::Array(items) => return items.iter().try_for_each(check_text),
        Value::Object(fields) => {
            for (name, value) in fields {
                check_text(value)?;
                if name.contains('\0') {
                    return check_text(&Value::String(name.clone()));
                }
            }
            true
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    };
    if clean {
        return Ok(());
    }
    Err(Error::invalid(vec![FieldError::new(
        "",
        "invalid_characters",
        "The NUL character is not allowed in text.",
    )]))
}

/// Refuses an input that its schema refuses, naming each field.
pub(crate) fn check_input(validator: &jsonschema::Validator, input: &Value) -> Result<()> {
    if validator.is_valid(input) {
        return Ok(());
    }
    let fields = validator.iter_errors(input).take(FIELD_ERRORS_MAX).map(|it| field_error(&it));
    Err(Error::invalid(fields.collect()))
}

fn field_error(error: &jsonschema::ValidationError<'_>) -> FieldError {
    let path = error.instance_path().to_string();
    let field = path.trim_start_matches('/').replace('/', ".");
    let name = if field.is_empty() { "The input" } else { &field };
    match error.kind() {
        Refusal::Required { property } => {
            let property = property.as_str().unwrap_or_default();
            let field =
                if field.is_empty() { property.to_owned() } else { format!("{field}.{property}") };
            FieldError::new(&field, "required", format!("{field} is required."))
        }
        Refusal::Type { .. } => {
            FieldError::new(&field, "invalid_type", format!("{name}: {error}."))
        }
        Refusal::Enum { .. } | Refusal::Constant { .. } => {
            FieldError::new(&field, "invalid_enum_value", format!("{name}: {error}."))
        }
        Refusal::MinLength { .. } | Refusal::MinItems { .. } => {
            FieldError::new(&field, "too_short", format!("{name}: {error}."))
        }
        Refusal::MaxLength { .. } | Refusal::MaxItems { .. } | Refusal::MaxProperties { .. } => {
            FieldError::new(&field, "too_long", format!("{name}: {error}."))
        }
        Refusal::Minimum { .. } | Refusal::Maximum { .. } => {
            FieldError::new(&field, "out_of_range", format!("{name}: {error}."))
        }
        _ => FieldError::new(&field, "invalid", format!("{name}: {error}.")),
    }
}
