//! The way from the machine to the host: names are resolved, calls counted, sent and logged.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use serde_json::{Map, Value};
use tokio::runtime::Handle;

use crate::budget::Budgets;
use crate::engine::Shared;
use crate::failure::{Budget, EffectStatus, Failure, FailureKind};
use crate::host::{Action, Call, Docs, Effect, Host, Mcp, Reply};
use crate::limits::Limits;
use crate::names::suggest;
use crate::outcome::{CallRecord, CallStatus};

/// The integration that programs name: `app.integrations.workos`.
pub(crate) const INTEGRATION: &str = "workos";

/// The calls of a session.
pub(crate) struct Calls {
    host: Arc<dyn Host>,
    runtime: Handle,
    limits: Limits,
    run_id: String,
    shared: Arc<Shared>,
    budgets: Rc<Budgets>,
    used: Cell<u32>,
}

/// A request that has not been sent.
#[derive(Clone)]
enum Request {
    Action(Call),
    Mcp(Mcp),
    Docs(Docs),
}

/// A request and how it stands in the log; documentation does not.
struct Wanted {
    request: Request,
    logged: Option<Logged>,
}

/// What a path names.
struct Target {
    account: Option<String>,
    spelled: String,
    action: Action,
}

struct Logged {
    path: String,
    name: String,
    account: Option<String>,
    effect: Effect,
}

impl Calls {
    pub(crate) fn new(
        host: Arc<dyn Host>,
        runtime: Handle,
        limits: Limits,
        run_id: String,
        shared: Arc<Shared>,
        budgets: Rc<Budgets>,
    ) -> Self {
        Self { host, runtime, limits, run_id, shared, budgets, used: Cell::new(0) }
    }

    /// Calls one action by the name that the program spelled, which may begin with an account.
    pub(crate) fn action(
        &self,
        path: &str,
        arguments: Map<String, Value>,
    ) -> Result<Value, Failure> {
        let wanted = self.resolve(path, arguments)?;
        self.only(wanted)
    }

    /// Calls several actions at once. Either all names are known and the budget has room for all, or
    /// none is called; the answers stand in the order of the calls.
    pub(crate) fn actions(
        &self,
        calls: Vec<(String, Map<String, Value>)>,
    ) -> Result<Vec<Result<Value, Failure>>, Failure> {
        let wanted = calls.into_iter().map(|(path, arguments)| self.resolve(&path, arguments));
        self.send(wanted.collect::<Result<_, _>>()?)
    }

    /// What an action of a spelled name does to the world.
    pub(crate) fn effect(&self, path: &str) -> Result<Effect, Failure> {
        self.find(path, &Map::new()).map(|found| found.action.effect)
    }

    /// The names that go on from a path, each with a line of help.
    pub(crate) fn listing(&self, path: &str) -> Vec<(String, String)> {
        let accounts = self.host.accounts();
        let is_account = accounts.iter().any(|it| it == path);
        let prefix = if path.is_empty() || is_account { String::new() } else { format!("{path}.") };
        let actions = self.host.actions().into_iter().filter_map(|action| {
            let rest = action.name.strip_prefix(&prefix)?.to_owned();
            Some((rest, format!("{} ({})", action.summary, action.effect.name())))
        });
        let accounts = accounts
            .iter()
            .filter(|_| path.is_empty())
            .map(|name| (name.clone(), "an account: every action by its credential".to_owned()));
        actions.chain(accounts).collect()
    }

    pub(crate) fn docs(&self, question: Docs) -> Result<Value, Failure> {
        self.only(Wanted { request: Request::Docs(question), logged: None })
    }

    pub(crate) fn mcp(&self, request: Mcp) -> Result<Value, Failure> {
        let (name, effect) = match &request {
            Mcp::Servers => ("servers".to_owned(), Effect::Read),
            Mcp::Tools { server } => (format!("{server}.tools"), Effect::Read),
            Mcp::CallTool { server, tool, .. } => (format!("{server}.{tool}"), Effect::Write),
            Mcp::Resources { server } => (format!("{server}.resources"), Effect::Read),
            Mcp::ReadResource { server, .. } => (format!("{server}.read_resource"), Effect::Read),
            Mcp::Prompts { server } => (format!("{server}.prompts"), Effect::Read),
            Mcp::GetPrompt { server, .. } => (format!("{server}.get_prompt"), Effect::Read),
        };
        let logged = Logged { path: format!("mcp.{name}"), name, account: None, effect };
        self.only(Wanted { request: Request::Mcp(request), logged: Some(logged) })
    }

    fn resolve(&self, path: &str, arguments: Map<String, Value>) -> Result<Wanted, Failure> {
        let Target { account, spelled, action } = self.find(path, &arguments)?;
        let logged = Logged {
            path: format!("{INTEGRATION}.{path}"),
            name: action.name.clone(),
            account: account.clone(),
            effect: action.effect,
        };
        let call = Call {
            action: action.name,
            spelled,
            account,
            arguments,
            // Both are known once the call is counted.
            index: 0,
            idempotency_key: String::new(),
        };
        Ok(Wanted { request: Request::Action(call), logged: Some(logged) })
    }

    /// An action comes before an account of the same name: whoever names an account cannot hide one.
    fn find(&self, path: &str, arguments: &Map<String, Value>) -> Result<Target, Failure> {
        if let Some(action) = self.host.find(path, arguments) {
            return Ok(Target { account: None, spelled: path.to_owned(), action });
        }
        let Some((first, rest)) = path.split_once('.') else { return Err(self.unknown(path)) };
        let accounts = self.host.accounts();
        let is_account = accounts.iter().any(|it| it == first);
        match self.host.find(rest, arguments) {
            Some(action) if is_account => {
                Ok(Target { account: Some(first.to_owned()), spelled: rest.to_owned(), action })
            }
            Some(_) => Err(Failure::new(
                FailureKind::UnknownFunction,
                format!("There is no account \"{first}\". Accounts: {}.", accounts.join(", ")),
            )
            .with_suggestions(suggest(first, accounts.iter().map(String::as_str)))),
            None => Err(self.unknown(if is_account { rest } else { path })),
        }
    }

    fn unknown(&self, name: &str) -> Failure {
        let actions = self.host.actions();
        let message = if name.is_empty() {
            "app.integrations.workos is no function: name one of it, such as organizations.list."
                .into()
        } else {
            format!(
                "There is no function \"{name}\" in app.integrations.{INTEGRATION}; docs.search(words) finds one."
            )
        };
        Failure::new(FailureKind::UnknownFunction, message)
            .with_suggestions(suggest(name, actions.iter().map(|action| action.name.as_str())))
    }

    fn only(&self, wanted: Wanted) -> Result<Value, Failure> {
        self.send(vec![wanted])?.pop().unwrap_or_else(|| {
            Err(Failure::new(FailureKind::Internal, "The call was lost in the engine."))
        })
    }

    fn send(&self, wanted: Vec<Wanted>) -> Result<Vec<Result<Value, Failure>>, Failure> {
        if let Some(failure) = self.budgets.exhausted() {
            return Err(failure);
        }
        let count = u32::try_from(wanted.len()).unwrap_or(u32::MAX);
        let used = self.used.get().saturating_add(count);
        if used > self.limits.calls_max {
            return Err(Failure::budget(
                Budget::Calls,
                format!(
                    "A run has at most {} calls; {} were made before. Ask for more items with each call, or \
                     run the rest by itself.",
                    self.limits.calls_max,
                    self.used.get()
                ),
            ));
        }
        self.used.set(used);
        let (requests, places): (Vec<_>, Vec<_>) =
            wanted.into_iter().map(|it| self.log(it)).unzip();
        let calls = requests.into_iter().zip(places.iter().copied()).map(|(request, place)| {
            let (host, limits, shared) = (Arc::clone(&self.host), &self.limits, &self.shared);
            async move {
                let began = Instant::now();
                let result = within_time(&*host, request, limits).await;
                shared.ended(place, began.elapsed(), &result);
                result
            }
        });
        let answers = futures_util::stream::iter(calls)
            .buffered(self.limits.parallel_calls_max.max(1))
            .collect::<Vec<_>>();
        let Some(answers) = self.budgets.wait(&self.runtime, answers) else {
            for place in places {
                self.shared.left(place);
            }
            return Err(self.budgets.exhausted().unwrap_or_else(|| {
                Failure::after_call(
                    FailureKind::Cancelled,
                    "The run was cancelled while it waited for an answer.",
                    EffectStatus::Unknown,
                )
            }));
        };
        Ok(answers.into_iter().map(|answer| answer.map(|reply| self.value(reply))).collect())
    }

    fn value(&self, reply: Reply) -> Value {
        if reply.untrusted {
            self.shared.untrusted.store(true, Ordering::Relaxed);
        }
        reply.value
    }

    /// Gives a call its number and key, and writes it into the log before it is sent.
    fn log(&self, wanted: Wanted) -> (Request, Option<usize>) {
        let Wanted { mut request, logged } = wanted;
        let Some(logged) = logged else { return (request, None) };
        let mut log = self.shared.log.lock();
        let place = log.len();
        let index = u32::try_from(place + 1).unwrap_or(u32::MAX);
        let key = format!("{}-{index}", self.run_id);
        match &mut request {
            Request::Action(call) => {
                call.index = index;
                call.idempotency_key.clone_from(&key);
            }
            Request::Mcp(Mcp::CallTool { idempotency_key, .. }) => idempotency_key.clone_from(&key),
            Request::Mcp(_) | Request::Docs(_) => {}
        }
        log.push(CallRecord {
            index,
            path: logged.path,
            group: logged.name.split('.').next().unwrap_or_default().to_owned(),
            name: logged.name,
            account: logged.account,
            duration_ms: 0.0,
            status: CallStatus::Running,
            call_made: true,
            effect: logged.effect,
            effect_status: EffectStatus::Unknown,
            retryable: false,
            error_type: None,
            error: None,
            idempotency_key: key,
        });
        (request, Some(place))
    }
}

impl Shared {
    /// Writes into the log how a call ended.
    fn ended(&self, place: Option<usize>, took: Duration, result: &Result<Reply, Failure>) {
        let mut log = self.log.lock();
        let Some(record) = place.and_then(|place| log.get_mut(place)) else { return };
        record.duration_ms = milliseconds(took);
        match result {
            Ok(_) => {
                record.status = CallStatus::Success;
                record.effect_status = match record.effect {
                    Effect::Read => EffectStatus::None,
                    Effect::Write | Effect::Destructive => EffectStatus::Succeeded,
                };
            }
            Err(failure) => {
                record.status = CallStatus::Error;
                record.call_made = failure.call_made;
                record.effect_status = match record.effect {
                    Effect::Read if failure.effect_status == EffectStatus::Unknown => {
                        EffectStatus::None
                    }
                    _ => failure.effect_status,
                };
                record.retryable = failure.retryable;
                record.error_type = Some(failure.kind);
                record.error = Some(failure.message.clone());
            }
        }
    }

    /// Whether any request left the host.
    pub(crate) fn any_call_made(&self) -> bool {
        self.log.lock().iter().any(|record| record.call_made)
    }

    /// Writes into the log that a call's answer was not waited for.
    fn left(&self, place: Option<usize>) {
        let mut log = self.log.lock();
        let Some(record) = place.and_then(|place| log.get_mut(place)) else { return };
        if record.status == CallStatus::Running {
            record.status = CallStatus::Error;
            record.error_type = Some(FailureKind::Cancelled);
            record.error = Some("The run ended before the answer came.".into());
            if record.effect == Effect::Read {
                record.effect_status = EffectStatus::None;
            }
        }
    }
}

/// A length of time with one decimal.
pub(crate) fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

async fn within_time(host: &dyn Host, request: Request, limits: &Limits) -> Result<Reply, Failure> {
    let limit = Duration::from_millis(limits.call_ms_max);
    match tokio::time::timeout(limit, with_patience(host, request, limits)).await {
        Ok(result) => result,
        Err(_) => Err(Failure::after_call(
            FailureKind::Timeout,
            format!(
                "No answer came within {} ms. What was asked for may have happened: look first.",
                limits.call_ms_max
            ),
            EffectStatus::Unknown,
        )),
    }
}

/// Waits for a rate limit and tries again, with the same key, as often as the limits say.
async fn with_patience(
    host: &dyn Host,
    request: Request,
    limits: &Limits,
) -> Result<Reply, Failure> {
    let mut tries = 0;
    loop {
        let result = ask(host, request.clone()).await;
        let wait = match &result {
            Err(failure) if failure.kind == FailureKind::RateLimited => failure.retry_after_ms,
            _ => None,
        };
        let Some(wait) = wait.filter(|wait| *wait <= limits.rate_limit_wait_ms_max) else {
            return result;
        };
        if tries == limits.rate_limit_retries_max {
            return result;
        }
        tries += 1;
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }
}

async fn ask(host: &dyn Host, request: Request) -> Result<Reply, Failure> {
    match request {
        Request::Action(call) => host.call(call).await,
        Request::Mcp(request) => host.mcp(request).await,
        Request::Docs(question) => {
            let text = host.docs(question).await?;
            Ok(Reply { value: Value::String(text), untrusted: false })
        }
    }
}
