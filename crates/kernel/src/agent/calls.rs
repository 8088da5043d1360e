//! The record of what agents did and were refused.
//!
//! - What a write did is written down in its transaction. A flow has none: it is written down before
//!   it begins, as `begun`, and what came of it after. A refused write is written down before it is
//!   refused.
//! - Reads, and what is refused because there were too many calls, are gathered in memory and written
//!   together, once a second, and when the program is told to stop: so a read waits for no disk. Who
//!   kills the program loses a second of these, and of nothing else.
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;

use super::redact::{self, Bounds};
use super::{Agent, organization_of};
use crate::call::Call;
use crate::catalog::Effect;
use crate::context::{App, Caller};
use crate::db::Tx;
use crate::id::{AgentCallId, EnvironmentId};
use crate::time::Time;
use crate::{Error, Kind, Result};

/// How often what was gathered is written.
const WRITE_EVERY: Duration = Duration::from_secs(1);
/// How many calls are gathered; beyond it they are written at once, and wait for it.
const GATHERED_MAX: usize = 2000;
/// How many are written in one transaction.
const BATCH_MAX: usize = 500;
/// How long the name of a run may be; a longer one is cut.
pub const RUN_CHARACTERS_MAX: usize = 128;
/// What is written down of the arguments.
const WRITTEN: Bounds = Bounds { text_characters_max: 200, bytes_max: 4096 };

/// What came of a call.
#[derive(Clone, Debug)]
enum Outcome {
    /// It was begun; what came of it is not known.
    Begun,
    /// It was done, with this status.
    Done(u16),
    /// It was refused, or failed.
    Refused {
        /// The status.
        status: u16,
        /// The code; empty where there is a message alone.
        code: &'static str,
    },
}

impl Outcome {
    fn of(error: &Error) -> Self {
        Self::Refused { status: error.status(), code: error.code() }
    }
    /// As the wire has it, with status and code.
    fn parts(&self) -> (&'static str, Option<i64>, Option<&'static str>) {
        match self {
            Self::Begun => ("begun", None, None),
            Self::Done(status) => ("done", Some(i64::from(*status)), None),
            Self::Refused { status, code } => {
                let outcome = if *status >= 500 { "failed" } else { "refused" };
                (outcome, Some(i64::from(*status)), Some(*code).filter(|it| !it.is_empty()))
            }
        }
    }
}

/// A call of an agent.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    id: AgentCallId,
    environment: EnvironmentId,
    agent: Arc<Agent>,
    run_id: Option<String>,
    operation: &'static str,
    effect: Effect,
    organization_id: Option<String>,
    approval_id: Option<String>,
    arguments: String,
    request_id: String,
    ip_address: Option<String>,
    created_at: Time,
    outcome: Outcome,
    dry_run: bool,
}

impl Record {
    /// What is known of a call before it is made; nothing where no agent makes it.
    pub fn of(
        tx: &mut dyn Tx,
        (id, call): (&AgentCallId, &Call),
        caller: &Caller,
        now: Time,
    ) -> Result<Option<Self>> {
        let Some(agent) = caller.agent() else { return Ok(None) };
        let request = &call.request;
        let named = agent.policy.asks_for(&call.entry.op).then(|| request.approval_id.clone());
        Ok(Some(Self {
            id: id.clone(),
            environment: caller.environment.clone(),
            agent: agent.clone(),
            run_id: request.run_id.clone(),
            operation: call.entry.op.id,
            effect: call.entry.op.effect,
            organization_id: organization_of(tx, &caller.environment, call.entry, &call.input)?,
            approval_id: named.flatten(),
            arguments: redact::arguments(call.entry, &call.input, WRITTEN).to_string(),
            request_id: request.id.clone(),
            ip_address: request.ip_address.clone(),
            created_at: now,
            outcome: Outcome::Begun,
            dry_run: false,
        }))
    }

    /// The same where it is undone: no approval is looked at, and no secret is shown.
    pub fn of_dry_run(self) -> Self {
        Self { dry_run: true, approval_id: None, ..self }
    }

    /// The same once it was done.
    pub fn done(mut self, status: u16) -> Self {
        self.outcome = Outcome::Done(status);
        self
    }

    /// Whether its agent is shown the secrets of what it answers.
    pub fn reads_secrets(&self) -> bool {
        self.agent.reads_secrets() && !self.dry_run
    }

    /// The same once it was refused.
    pub fn refused(mut self, error: &Error) -> Self {
        self.outcome = Outcome::of(error);
        if let Some(asked) = error.extra("approval").and_then(|it| it["id"].as_str()) {
            self.approval_id = Some(asked.to_owned());
        }
        self
    }

    /// Whether nothing is lost that matters if the program is killed before it is written.
    pub fn may_wait(&self) -> bool {
        let too_many = Kind::TooManyRequests.status();
        match &self.outcome {
            Outcome::Refused { status, .. } if *status == too_many => true,
            Outcome::Begun | Outcome::Done(_) | Outcome::Refused { .. } => {
                self.effect == Effect::Read
            }
        }
    }

    /// Writes it down, in the place of what was written of it before.
    pub fn write(&self, tx: &mut dyn Tx) -> Result<()> {
        let (outcome, status, code) = self.outcome.parts();
        let values = [
            (&self.id).into(),
            (&self.environment).into(),
            (&self.agent.id).into(),
            self.run_id.clone().into(),
            self.operation.into(),
            self.effect.name().into(),
            self.organization_id.clone().into(),
            self.approval_id.clone().into(),
            self.arguments.clone().into(),
            outcome.into(),
            status.into(),
            code.into(),
            self.request_id.clone().into(),
            self.ip_address.clone().into(),
            self.created_at.into(),
            self.dry_run.into(),
        ];
        let sql = "INSERT INTO agent_calls
                     (id, environment_id, agent_token_id, run_id, operation, effect,
                      organization_id, approval_id, arguments, outcome, status, code, request_id,
                      ip_address, created_at, dry_run)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
                   ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome,
                     status = excluded.status, code = excluded.code,
                     approval_id = excluded.approval_id";
        tx.execute(sql, &values).map(|_| ())
    }
}

/// What was gathered and is not written yet.
#[derive(Default)]
pub(crate) struct Gathered(Mutex<Vec<Record>>);

impl Gathered {
    /// Adds a call; tells whether there are so many that they must be written now.
    pub fn add(&self, record: Record) -> bool {
        let mut gathered = self.0.lock();
        gathered.push(record);
        gathered.len() >= GATHERED_MAX
    }
    fn take(&self) -> Vec<Record> {
        let mut gathered = self.0.lock();
        let count = gathered.len().min(BATCH_MAX);
        gathered.drain(..count).collect()
    }
    fn give_back(&self, mut records: Vec<Record>) {
        let mut gathered = self.0.lock();
        records.append(&mut gathered);
        *gathered = records;
    }
}

/// Writes what was gathered. Blocks the thread.
pub fn write_gathered(app: &App) -> Result<()> {
    loop {
        let batch = app.agent_calls().take();
        if batch.is_empty() {
            return Ok(());
        }
        let records = batch.clone();
        let written = app.db().write(move |tx| records.iter().try_for_each(|it| it.write(tx)));
        if let Err(error) = written {
            let all = batch.len();
            let left = write_each(app, batch);
            // Where some could be written, the database is well, and refuses those that are left: no
            // row may hold up the record of all others.
            if left.len() < all {
                let ids: Vec<&str> = left.iter().map(|it| it.id.as_str()).collect();
                tracing::error!(
                    ?error,
                    ?ids,
                    "calls of agents that cannot be written were dropped"
                );
                continue;
            }
            app.agent_calls().give_back(left);
            return Err(error);
        }
    }
}

/// Writes calls one by one; answers those that could not be written.
fn write_each(app: &App, batch: Vec<Record>) -> Vec<Record> {
    let is_refused = |it: &Record| {
        let record = it.clone();
        app.db().write(move |tx| record.write(tx)).is_err()
    };
    batch.into_iter().filter(is_refused).collect()
}

/// Writes what was gathered, once a second, until `stop` says to stop. What is gathered after that is
/// for whoever stops the program to write.
pub async fn work(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        tokio::select! {
            () = tokio::time::sleep(WRITE_EVERY) => {}
            _ = stop.changed() => return,
        }
        let app = app.clone();
        let done = tokio::task::spawn_blocking(move || write_gathered(&app)).await;
        if let Ok(Err(error)) = done {
            tracing::error!(?error, "calls of agents could not be written down; they are kept");
        }
    }
}

/// The name that an agent gives its run, no longer than is kept.
pub fn run_id(text: &str) -> Option<String> {
    let text: String = text.trim().chars().take(RUN_CHARACTERS_MAX).collect();
    (!text.is_empty()).then_some(text)
}
