//! A write that is done and undone: what it would answer, change and announce, and nothing kept of
//! it. For people and agents who look before they leap.
//!
//! - The transaction must leave nothing: no row, no event, no job (so no mail and no webhook), no
//!   record of an `Idempotency-Key`, no use of a limit on what an operation does. The call itself
//!   counts as a call, as a read does, because it costs the server as much.
//! - A call that would be refused is refused in the same words.
//! - What asks the world or has several transactions (a flow) cannot be undone, and is refused.
//! - What proves a code or a token is refused too: undone, each guess would be the first.
//! - An agent tries what its token lets it call, and no more: effect, operation, organization and rate
//!   are checked as for the call, and the trial is written down, as one. It needs no approval and uses
//!   none up, since nothing is done; it tells that the call needs one.
//! - A trial tells of more than the answer of the call. So an agent is told of before and after only
//!   what it may read by itself, and of events their names.
//! - Only what takes an API key is tried, and of the reads that tell of before and after only those
//!   that take one are made.
//! - Secrets are left out: those that were made are of no use, and those that are there are not to be
//!   had by way of something that was not done.
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::agent::redact::{self, SecretFields};
use crate::call::{Admitted, Attempt, Runner, blocking};
use crate::catalog::{Access, Effect, Entry, Method, Reply, Route, Run};
use crate::context::{Caller, Heard};
use crate::db::{Row, Tx};
use crate::id::AgentCallId;
use crate::sandbox::Instant;
use crate::{App, Call, Code, Cx, Error, Result, agent};

/// The operation asks the world, so that it cannot be undone.
const NOT_DRY_RUNNABLE: Code = "not_dry_runnable";
/// What the last word of a field is called that holds a code or a token.
const GUESSED: [&str; 3] = ["code", "token", "otp"];
/// Tables whose rows are told of otherwise, or say nothing of what was asked for.
const UNTOLD: [&str; 4] = ["events", "jobs", "rate_limits", "idempotency_keys"];

/// What a write would have done.
#[derive(Serialize)]
struct Rehearsal {
    object: &'static str,
    operation: &'static str,
    effect: Effect,
    /// The status that it would have answered with.
    status: u16,
    /// The body that it would have answered with; null where a person must approve the call and it is
    /// of an object that the agent is not told of otherwise.
    body: Value,
    /// Whether a person must approve the call itself.
    needs_approval: bool,
    /// What was there, where a read tells: the same path, or the object that it is an action on.
    before: Value,
    /// What that read would tell then.
    after: Value,
    /// The events that it would have written.
    events: Vec<Heard>,
    /// How many rows of which tables it would have written.
    rows: Vec<Rows>,
}

/// The rows of a table that a write touches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Rows {
    table: String,
    inserted: u64,
    updated: u64,
    deleted: u64,
}

impl App {
    /// Runs one write and undoes it. The reply tells what it would have done.
    pub async fn rehearse(self: &Arc<Self>, call: Call) -> Result<Reply> {
        // What nobody can try is refused before it is looked at who asks.
        let run = rehearsable(call.entry)?;
        let is_agent = agent::is_token(call.request.credential.as_ref());
        let id = is_agent.then(|| AgentCallId::make(self.chance(), self.now()));
        let attempt = Arc::new(Attempt { call, id, dry_run: true });
        match self.attempt_dry(&attempt, run).await {
            Err(error) if is_agent => Err(self.refused(&attempt, error).await),
            done => done,
        }
    }

    async fn attempt_dry(self: &Arc<Self>, attempt: &Arc<Attempt>, run: Runner) -> Result<Reply> {
        let (app, it) = (self.clone(), attempt.clone());
        let admitted = blocking(move || app.db().read(|tx| app.admit(tx, &it.call))).await?;
        let Admitted::In(caller, instant) = admitted else {
            return Err(Error::internal("a hook caught a dry run"));
        };
        let (app, attempt) = (self.clone(), attempt.clone());
        let write = move |tx: &mut dyn Tx| {
            let record = attempt.record(tx, &caller, instant)?;
            let told = app.do_and_undo(tx, &attempt.call, run, &caller, instant)?;
            if let Some(record) = record {
                record.done(told.status).write(tx)?;
            }
            told.reply()
        };
        self.db().write_async(write).await
    }

    fn do_and_undo(
        &self,
        tx: &mut dyn Tx,
        call: &Call,
        run: Runner,
        caller: &Caller,
        instant: Instant,
    ) -> Result<Rehearsal> {
        let mut watched = Watched { tx, rows: BTreeMap::new() };
        let mut cx = Cx::new(self, &mut watched, caller, &call.request, instant);
        cx.hear();
        let look = self.look_at(call);
        let tell = |cx: &mut Cx<'_>| look.as_ref().map_or(Ok(None), |it| it.tell(cx));
        let (reply, before, after) = cx.rehearse(|cx| {
            let before = tell(cx)?;
            let reply = run(cx, &call.input)?;
            Ok((reply, before, tell(cx)?))
        })?;
        let (events, rows) = (cx.heard(), watched.rows());
        let told = Rehearsal::of(self.catalog().secrets(), call.entry, &reply, events, rows)?;
        let told = Rehearsal {
            before: before.unwrap_or_default(),
            after: after.unwrap_or_default(),
            ..told
        };
        Ok(match caller.agent() {
            Some(agent) => told.for_agent(agent.policy.asks_for(&call.entry.op)),
            None => told,
        })
    }

    /// The read that tells of what a call changes.
    fn look_at(&self, call: &Call) -> Option<Look> {
        let Route(_, path) = call.entry.op.route;
        let own = self.reader(path);
        // `POST /invitations/{id}/revoke` is an action on what `GET /invitations/{id}` reads.
        let parent = || self.reader(path.rsplit_once('/').filter(|it| it.0.ends_with('}'))?.0);
        let (entry, run) = own.or_else(parent)?;
        let values = call.entry.op.route.path_fields().map(|it| call.input.get(it).cloned());
        let names = entry.op.route.path_fields().map(str::to_owned);
        let input =
            names.zip(values).map(|(name, value)| Some((name, value?))).collect::<Option<_>>();
        Some(Look { entry, run, input: Value::Object(input?) })
    }
    fn reader(&self, path: &str) -> Option<(&'static Entry, Runner)> {
        // A list, which no path field names one of, tells nothing of a single object.
        if !path.ends_with('}') {
            return None;
        }
        let entry = self
            .catalog()
            .entries()
            .iter()
            .find(|it| it.op.route.0 == Method::Get && is_same_path(it.op.route.1, path))?;
        match entry.op.run {
            _ if !matches!(entry.op.access, Access::ApiKey) => None,
            Run::Operation { run, writes: false, .. } => Some((entry, run)),
            Run::Operation { .. } | Run::Flow(_) => None,
        }
    }
}

/// How the operation is run, where it can be undone and may be tried.
fn rehearsable(entry: &Entry) -> Result<Runner> {
    let why = match entry.op.run {
        _ if !matches!(entry.op.access, Access::ApiKey) => "it is open to those without a key",
        _ if proves(entry) => "undone, each guess at what it proves would be the first",
        Run::Operation { run, writes: true, .. } => return Ok(run),
        Run::Operation { .. } => "it changes nothing",
        Run::Flow(_) => "it asks others, or does several things that are each final",
    };
    let text = format!("{} cannot be tried: {why}. Nothing was done.", entry.op.id);
    Err(Error::bad_request(NOT_DRY_RUNNABLE, text))
}

/// Whether the operation takes what could be guessed at.
fn proves(entry: &Entry) -> bool {
    let fields = entry.schema.get("properties").and_then(Value::as_object);
    let guessed = |it: &str| it.split('_').next_back().is_some_and(|it| GUESSED.contains(&it));
    fields.is_some_and(|it| it.keys().any(|it| guessed(it)))
}

/// A read of one object.
struct Look {
    entry: &'static Entry,
    run: Runner,
    input: Value,
}

impl Look {
    /// What it answers; none where there is no such object, or it is not for who asks.
    fn tell(&self, cx: &mut Cx<'_>) -> Result<Option<Value>> {
        let caller = cx.caller;
        if !agent::may_look(cx.db(), caller, self.entry, &self.input)? {
            return Ok(None);
        }
        let told = (self.run)(cx, &self.input).and_then(|it| it.json());
        Ok(told.ok().map(|mut body| {
            redact::body(cx.app.catalog().secrets(), &self.entry.op, &mut body);
            body
        }))
    }
}

impl Rehearsal {
    fn of(
        secrets: &SecretFields,
        entry: &'static Entry,
        reply: &Reply,
        mut events: Vec<Heard>,
        rows: Vec<Rows>,
    ) -> Result<Self> {
        let mut body = reply.json()?;
        redact::body(secrets, &entry.op, &mut body);
        for it in &mut events {
            secrets.clear(&mut it.data);
        }
        Ok(Self {
            object: "dry_run",
            operation: entry.op.id,
            effect: entry.op.effect,
            status: reply.status,
            body,
            needs_approval: false,
            before: Value::Null,
            after: Value::Null,
            events,
            rows,
        })
    }

    /// The same as an agent may be told it.
    fn for_agent(self, needs_approval: bool) -> Self {
        // What it would learn only once a person has approved the call, it does not learn before.
        let is_told =
            !needs_approval || [&self.before, &self.after].iter().any(|it| is_same(it, &self.body));
        let body = if is_told { self.body } else { Value::Null };
        let events = self.events.into_iter().map(Heard::by_name).collect();
        Self { body, needs_approval, events, ..self }
    }

    fn reply(&self) -> Result<Reply> {
        let body = serde_json::to_vec(self).map_err(Error::internal)?;
        Ok(Reply { status: 200, body, location: None, cookies: Vec::new() })
    }
}

/// Whether both are of the same object.
fn is_same(one: &Value, other: &Value) -> bool {
    one["id"].is_string() && ["object", "id"].iter().all(|it| one[it] == other[it])
}

/// Whether two paths are one but for the names of their fields.
fn is_same_path(one: &str, other: &str) -> bool {
    let mut pairs = one.split('/').zip(other.split('/'));
    one.split('/').count() == other.split('/').count()
        && pairs
            .all(|(one, other)| one == other || (one.starts_with('{') && other.starts_with('{')))
}

/// A transaction that counts the rows that are written through it.
struct Watched<'a> {
    tx: &'a mut dyn Tx,
    rows: BTreeMap<String, Rows>,
}

impl Watched<'_> {
    fn note(&mut self, sql: &str, count: u64) {
        let Some((verb, table)) = written(sql) else { return };
        if count == 0 || UNTOLD.contains(&table) {
            return;
        }
        let none = Rows { table: table.to_owned(), inserted: 0, updated: 0, deleted: 0 };
        let rows = self.rows.entry(table.to_owned()).or_insert(none);
        match verb {
            Verb::Insert => rows.inserted += count,
            Verb::Update => rows.updated += count,
            Verb::Delete => rows.deleted += count,
        }
    }
    fn rows(self) -> Vec<Rows> {
        self.rows.into_values().collect()
    }
}

impl Tx for Watched<'_> {
    fn execute(&mut self, sql: &str, values: &[crate::db::Value]) -> Result<u64> {
        let count = self.tx.execute(sql, values)?;
        self.note(sql, count);
        Ok(count)
    }
    fn query(&mut self, sql: &str, values: &[crate::db::Value]) -> Result<Vec<Row>> {
        let found = self.tx.query(sql, values)?;
        self.note(sql, found.len() as u64);
        Ok(found)
    }
    fn next_sequence(&mut self) -> Result<Option<i64>> {
        self.tx.next_sequence()
    }
    fn touch(&mut self, mark: usize) {
        self.tx.touch(mark);
    }
    fn begun(&self) -> Option<u64> {
        // What was kept in memory is of what is there, and not of what is tried.
        None
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Verb {
    Insert,
    Update,
    Delete,
}

/// What a statement writes, and into which table; none where it only reads.
fn written(sql: &str) -> Option<(Verb, &str)> {
    let mut words = sql.split_whitespace();
    while let Some(word) = words.next() {
        let (verb, table) = match word {
            "INSERT" => (Verb::Insert, words.nth(1)?),
            "DELETE" => (Verb::Delete, words.nth(1)?),
            "UPDATE" => (Verb::Update, words.next()?),
            // The statement that writes comes after the tables that a WITH makes.
            "SELECT" if sql.trim_start().starts_with("SELECT") => return None,
            _ => continue,
        };
        return Some((verb, table.trim_end_matches('(')));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_tell_what_they_write() {
        for (sql, expected) in [
            ("INSERT INTO users\n (id) VALUES ($1)", Some((Verb::Insert, "users"))),
            ("UPDATE users SET a = 1", Some((Verb::Update, "users"))),
            ("DELETE FROM users WHERE id = $1", Some((Verb::Delete, "users"))),
            ("WITH x AS (SELECT 1) UPDATE users SET a = 1", Some((Verb::Update, "users"))),
            ("SELECT a FROM users FOR UPDATE SKIP LOCKED", None),
            ("SAVEPOINT rehearsal -- global", None),
        ] {
            assert_eq!(written(sql), expected, "{sql}");
        }
    }
}
