//! Sandboxes: environments for other people's test suites, and what the ground does differently in
//! them.
//!
//! - What is a sandbox stays one: it may sign people in who proved nothing, so nobody may come to
//!   rely on it. Whoever makes one sees to it that it is empty ([`mark`]).
//! - Its clock may be moved ahead of the machine's, and only ahead: rows that were written in the
//!   future would otherwise come back to a present that does not know them. [`Cx::now`] has the
//!   moved time; so has everything that is made of it. What happens between machines keeps the
//!   machine's: leases, retries, signatures of webhooks.
//! - It may be told to fail: an [`ErrorHook`] answers a request in the place of its operation.
use std::sync::OnceLock;

use serde_json::{Value as Json, json};

use crate::catalog::Reply;
use crate::context::App;
use crate::db::{Json as Stored, Row, Tx, Value};
use crate::id::{EnvironmentId, ErrorHookId};
use crate::job::LEASE_SECONDS;
use crate::time::Time;
use crate::{Code, Cx, Error, Kind, Result};

/// The code of the refusal of what only a sandbox can.
pub const SANDBOX_REQUIRED: Code = "sandbox_required";
/// How far a clock may be ahead: ten years of 366 days.
pub const AHEAD_MILLIS_MAX: i64 = 10 * 366 * 86_400_000;
/// How many hooks an environment may have.
pub const HOOKS_MAX: i64 = 100;
/// Below these paths no hook answers, so that each can be taken out again.
const HOOKS_NEVER: [&str; 2] = ["/_emulate/", "/vestibule/v1/sandbox"];

/// The state of a sandbox that the ground heeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sandbox {
    /// How far its clock is ahead of the machine's.
    pub ahead_millis: i64,
}

/// Whether this environment is a sandbox by now, though the call may have begun before.
pub fn of(cx: &mut Cx<'_>) -> Result<Option<Sandbox>> {
    let environment = cx.environment;
    find(cx.db(), environment)
}

/// Whether an environment is a sandbox.
pub(crate) fn find(tx: &mut dyn Tx, environment: &EnvironmentId) -> Result<Option<Sandbox>> {
    let sql = "SELECT sandbox, ahead_millis FROM environments
               WHERE id = $1 -- global: the environments themselves";
    match tx.first(sql, &[environment.into()])? {
        Some(mut row) => read(&mut row),
        None => Ok(None),
    }
}

/// Reads the two columns of an environment.
pub(crate) fn read(row: &mut Row) -> Result<Option<Sandbox>> {
    let (sandbox, ahead_millis): (bool, i64) = (row.take()?, row.take()?);
    Ok(sandbox.then_some(Sandbox { ahead_millis }))
}

/// The instant of a call: the machine's, and what the environment makes of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instant {
    pub machine: Time,
    pub sandbox: Option<Sandbox>,
}

impl Instant {
    pub fn now(self) -> Time {
        self.machine.plus_millis(self.sandbox.map_or(0, |it| it.ahead_millis))
    }
}

/// The same where it is looked up only once it is needed.
#[derive(Debug)]
pub(crate) struct LazyInstant {
    machine: Time,
    sandbox: OnceLock<Option<Sandbox>>,
}

impl LazyInstant {
    pub fn at(machine: Time) -> Self {
        Self { machine, sandbox: OnceLock::new() }
    }
    pub fn known(instant: Instant) -> Self {
        let Instant { machine, sandbox } = instant;
        Self { machine, sandbox: OnceLock::from(sandbox) }
    }
    /// The instant, where it has been looked up.
    pub fn get(&self) -> Option<Instant> {
        let Self { machine, sandbox } = self;
        sandbox.get().map(|it| Instant { machine: *machine, sandbox: *it })
    }
    pub fn machine(&self) -> Time {
        self.machine
    }
    /// The instant, looked up now if it has not been.
    pub fn find(&self, tx: &mut dyn Tx, environment: &EnvironmentId) -> Result<Instant> {
        if let Some(known) = self.get() {
            return Ok(known);
        }
        let sandbox = find(tx, environment)?;
        Ok(Instant { machine: self.machine, sandbox: *self.sandbox.get_or_init(|| sandbox) })
    }
}

impl Cx<'_> {
    /// Refuses what only a sandbox can.
    pub fn need_sandbox(&self) -> Result<()> {
        if self.sandbox().is_some() {
            return Ok(());
        }
        Err(Error::forbidden(
            SANDBOX_REQUIRED,
            "This environment is not a sandbox, and only a sandbox can do that. Make one with \
             `vestibule env create NAME --sandbox`.",
        ))
    }
}

/// Makes the environment of this call a sandbox. Whoever calls has seen that nobody is in it.
pub fn mark(cx: &mut Cx<'_>) -> Result<()> {
    cx.touch_all();
    let sql = "UPDATE environments SET sandbox = $2
               WHERE id = $1 -- global: the environments themselves";
    let values = [cx.environment.into(), true.into()];
    cx.db().execute(sql, &values).map(|_| ())
}

/// Whether a client id that nobody has is taken for that of this sandbox.
pub fn take_any_client(cx: &mut Cx<'_>, any: bool) -> Result<()> {
    let sql = "UPDATE environments SET any_client = ($2 AND sandbox)
               WHERE id = $1 -- global: the environments themselves";
    let values = [cx.environment.into(), any.into()];
    cx.db().execute(sql, &values).map(|_| ())
}

/// Sets how far the clock of this sandbox is ahead, and has the jobs that the move makes due done.
/// A job that is under way, or was tried just now, keeps its time.
pub fn set_ahead(cx: &mut Cx<'_>, ahead_millis: i64) -> Result<()> {
    cx.need_sandbox()?;
    let by = ahead_millis - cx.sandbox().map_or(0, |it| it.ahead_millis);
    let sql = "UPDATE environments SET ahead_millis = $2
               WHERE id = $1 AND sandbox -- global: the environments themselves";
    let values = [cx.environment.into(), ahead_millis.into()];
    cx.db().execute(sql, &values)?;
    let leased = cx.machine_now().plus_seconds(LEASE_SECONDS);
    let values = [cx.environment.into(), by.into(), leased.into(), crate::job::NEVER.into()];
    let sql = "UPDATE jobs SET run_at = run_at - $2
               WHERE environment_id = $1 AND (attempts = 0 OR run_at > $3) AND run_at < $4";
    cx.db().execute(sql, &values)?;
    cx.set_sandbox(Sandbox { ahead_millis });
    cx.note_job();
    Ok(())
}

/// What a request is, for hooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its method, as HTTP writes it.
    pub method: String,
    /// Its path.
    pub path: String,
}

/// An answer that is given in the place of the real one.
#[derive(Clone, Debug)]
pub struct ErrorHook {
    /// Its id.
    pub id: ErrorHookId,
    /// The method that it answers; `*` for each.
    pub method: String,
    /// The path that it answers: letter by letter, all below it where it ends in `/*`, or `*`.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
    /// The body of the answer, where one was given.
    pub body: Option<Json>,
    /// How often it still answers; always where there is nothing.
    pub count: Option<i64>,
}

impl ErrorHook {
    fn answers(&self, target: &Target) -> bool {
        let method = self.method == "*" || self.method.eq_ignore_ascii_case(&target.method);
        method && covers(&self.path, &target.path)
    }
    fn reply(&self) -> Result<Reply> {
        let body = match &self.body {
            Some(body) => body.clone(),
            None => usual_body(self.status),
        };
        let body = serde_json::to_vec(&body).map_err(Error::internal)?;
        Ok(Reply { status: self.status, body, location: None, cookies: Vec::new() })
    }
}

fn covers(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix("/*") {
        _ if pattern == "*" => true,
        Some(above) => {
            path.strip_prefix(above).is_some_and(|it| it.is_empty() || it.starts_with('/'))
        }
        None => pattern == path,
    }
}

fn usual_body(status: u16) -> Json {
    let (message, code) = match status {
        400 => ("Bad Request", "bad_request"),
        401 => ("Unauthorized", "unauthorized"),
        403 => ("Forbidden", "forbidden"),
        404 => ("Not Found", "not_found"),
        409 => ("Conflict", "conflict"),
        422 => ("Unprocessable Entity", "unprocessable_entity"),
        429 => ("Too Many Requests", "rate_limit_exceeded"),
        500 => ("Internal Server Error", "server_error"),
        503 => ("Service Unavailable", "service_unavailable"),
        _ => return json!({ "message": format!("Error {status}"), "code": "error" }),
    };
    json!({ "message": message, "code": code })
}

fn read_hook(mut row: Row) -> Result<ErrorHook> {
    Ok(ErrorHook {
        id: row.take()?,
        method: row.take()?,
        path: row.take()?,
        status: u16::try_from(row.take::<i64>()?).map_err(Error::internal)?,
        body: row.take::<Stored<Option<Json>>>()?.0,
        count: row.take()?,
    })
}

fn hooks_of(tx: &mut dyn Tx, environment: &EnvironmentId) -> Result<Vec<ErrorHook>> {
    let values = [environment.into(), Value::Int(HOOKS_MAX)];
    let sql = "SELECT id, method, path, status, body, remaining FROM error_hooks
               WHERE environment_id = $1 ORDER BY created_at, id LIMIT $2";
    tx.query(sql, &values)?.into_iter().map(read_hook).collect()
}

/// The hooks of this sandbox, in the order in which they are tried.
pub fn hooks(cx: &mut Cx<'_>) -> Result<Vec<ErrorHook>> {
    let environment = cx.environment;
    hooks_of(cx.db(), environment)
}

/// Adds a hook.
pub fn add_hook(cx: &mut Cx<'_>, hook: &ErrorHook) -> Result<()> {
    cx.need_sandbox()?;
    if i64::try_from(hooks(cx)?.len()).map_err(Error::internal)? >= HOOKS_MAX {
        let text = format!("A sandbox has {HOOKS_MAX} error hooks at the most. Delete one.");
        return Err(Error::plain(Kind::Conflict, text));
    }
    let values = [
        (&hook.id).into(),
        cx.environment.into(),
        (&hook.method).into(),
        (&hook.path).into(),
        i64::from(hook.status).into(),
        Stored(&hook.body).into(),
        hook.count.into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO error_hooks
                 (id, environment_id, method, path, status, body, remaining, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Takes a hook out; tells whether it was there.
pub fn remove_hook(cx: &mut Cx<'_>, id: &ErrorHookId) -> Result<bool> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM error_hooks WHERE environment_id = $1 AND id = $2";
    Ok(cx.db().execute(sql, &values)? > 0)
}

/// A hook that answers a call, unless another call uses it up first.
#[derive(Clone, Debug)]
pub(crate) struct Caught {
    environment: EnvironmentId,
    hook: ErrorHook,
}

/// The first hook that answers this request.
pub(crate) fn catch(
    tx: &mut dyn Tx,
    environment: &EnvironmentId,
    target: Option<&Target>,
) -> Result<Option<Caught>> {
    let Some(target) = target else { return Ok(None) };
    if HOOKS_NEVER.iter().any(|it| target.path.starts_with(it)) {
        return Ok(None);
    }
    let hook = hooks_of(tx, environment)?.into_iter().find(|it| it.answers(target));
    Ok(hook.map(|hook| Caught { environment: environment.clone(), hook }))
}

impl Caught {
    /// The answer, for whoever uses the hook; nothing where it was used up meanwhile.
    pub async fn answer(self, app: &App) -> Result<Option<Reply>> {
        if self.hook.count.is_none() {
            return self.hook.reply().map(Some);
        }
        let (environment, id) = (self.environment, self.hook.id.clone());
        let used = move |tx: &mut dyn Tx| {
            let values = [(&environment).into(), (&id).into()];
            let sql = "UPDATE error_hooks SET remaining = remaining - 1
                       WHERE environment_id = $1 AND id = $2 AND remaining > 0
                       RETURNING remaining";
            let Some(mut row) = tx.first(sql, &values)? else { return Ok(false) };
            if row.take::<i64>()? == 0 {
                let sql = "DELETE FROM error_hooks WHERE environment_id = $1 AND id = $2";
                tx.execute(sql, &values)?;
            }
            Ok(true)
        };
        if app.db().write_async(used).await? { self.hook.reply().map(Some) } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_hook_covers_one_path_or_all_below_one_or_all() {
        assert!(covers("*", "/organizations"));
        assert!(covers("/organizations", "/organizations"));
        assert!(!covers("/organizations", "/organizations/org_1"));
        assert!(covers("/organizations/*", "/organizations"));
        assert!(covers("/organizations/*", "/organizations/org_1/roles"));
        assert!(!covers("/organizations/*", "/organizations2"));
    }
}
