//! Jobs: what must be done in the world after a commit, done at least once.
//!
//! A job is a row written in the transaction that wants it. A worker takes due jobs by moving their
//! time past a lease, so that a node that dies leaves them to another; it deletes them when done and
//! moves them on, further each time, when they fail. Payloads are sealed: they hold one-time codes.
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value as Json;

use crate::context::{App, FlowCx};
use crate::db::{Row, Tx, Value};
use crate::id::{EnvironmentId, JobId};
use crate::time::Time;
use crate::{Cx, Error, Result};

const PURPOSE: &str = "jobs.payload";
pub(crate) const LEASE_SECONDS: i64 = 120;
const BATCH_MAX: usize = 32;
/// How many jobs a node does at once.
const AT_ONCE_MAX: usize = 16;
/// How many of them may be long ones: mails must not wait for an export.
const LONG_AT_ONCE_MAX: usize = 4;
/// Jobs that failed for good stay, out of the way, for an operator to look at.
pub(crate) const NEVER: i64 = i64::MAX;
/// How long jobs are gathered before the first is taken. What a request has done afterwards does not
/// hold up the rest of the request, by which a clock would tell what was to be done.
const GATHERED_FOR: Duration = Duration::from_millis(5);
/// How often a worker looks without being woken (another node may have written jobs).
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often somebody who waits for jobs looks.
const SETTLE_EVERY: Duration = Duration::from_millis(5);

/// What does the jobs of one kind.
#[derive(Clone, Copy)]
pub struct Handler {
    /// The kind, such as `mail.send`.
    pub kind: &'static str,
    /// How often it is tried at the most.
    pub attempts_max: i64,
    /// Whether one may go on for many seconds: a node does only a few of those at once.
    pub long: bool,
    /// Does one job.
    pub run: fn(&FlowCx, Json) -> Result<()>,
}

impl Cx<'_> {
    /// Has a job done after the commit.
    pub fn enqueue(&mut self, kind: &'static str, payload: &impl Serialize) -> Result<()> {
        self.enqueue_at(kind, payload, self.now())
    }
    /// Has a job done at `run_at` or soon after. Workers heed the machine's clock, not that of a
    /// sandbox.
    pub fn enqueue_at(
        &mut self,
        kind: &'static str,
        payload: &impl Serialize,
        run_at: Time,
    ) -> Result<()> {
        let payload = serde_json::to_string(payload).map_err(Error::internal)?;
        let ahead = self.now().millis() - self.machine_now().millis();
        let values = [
            JobId::new(self).into(),
            self.environment.into(),
            kind.into(),
            self.seal(PURPOSE, &payload)?.into(),
            run_at.plus_millis(-ahead).into(),
            self.now().into(),
        ];
        let sql =
            "INSERT INTO jobs (id, environment_id, kind, payload, run_at, attempts, created_at)
             VALUES ($1, $2, $3, $4, $5, 0, $6)";
        self.db().execute(sql, &values)?;
        self.note_job();
        Ok(())
    }
}

struct Job {
    id: JobId,
    environment: EnvironmentId,
    kind: String,
    payload: Vec<u8>,
    attempts: i64,
}

/// Does due jobs until `stop` says to stop: several at once, so that one that waits for the world
/// (a name server that does not answer) holds no other up.
pub async fn work(
    app: Arc<App>,
    handlers: &'static [Handler],
    mut stop: tokio::sync::watch::Receiver<bool>,
) {
    let places = Arc::new(tokio::sync::Semaphore::new(AT_ONCE_MAX));
    let long_places = Arc::new(tokio::sync::Semaphore::new(LONG_AT_ONCE_MAX));
    while !*stop.borrow() {
        let worker = app.clone();
        let free = places.available_permits();
        let room = Room { all: free, long: free.min(long_places.available_permits()) };
        let taken = tokio::task::spawn_blocking(move || take(&worker, handlers, room)).await;
        let jobs = match taken {
            Ok(Ok(jobs)) => jobs,
            Ok(Err(error)) => {
                tracing::error!(?error, "jobs could not be taken");
                Vec::new()
            }
            Err(panic) => {
                tracing::error!(%panic, "jobs could not be taken");
                Vec::new()
            }
        };
        let idle = jobs.is_empty();
        for job in jobs {
            // Only this loop takes places, and it took no more jobs than there were places.
            let Ok(place) = places.clone().acquire_owned().await else { return };
            let mut long_place = None;
            if is_long(handlers, &job.kind) {
                long_place = long_places.clone().acquire_owned().await.ok();
            }
            let app = app.clone();
            tokio::task::spawn_blocking(move || {
                let done = complete(&app, handlers, job);
                if let Err(error) = done {
                    tracing::error!(?error, "a job could not be settled; it is taken again later");
                }
                drop((place, long_place));
                app.jobs_written().notify_one();
            });
        }
        if idle {
            tokio::select! {
                () = app.jobs_written().notified() => tokio::time::sleep(GATHERED_FOR).await,
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = stop.changed() => {}
            }
        }
    }
    // Those that are under way are let finish.
    let all = u32::try_from(AT_ONCE_MAX).unwrap_or(u32::MAX);
    drop(places.acquire_many(all).await);
}

/// Does the jobs that are due now, once each and one after another, and tells how many there were.
pub fn run_due(app: &Arc<App>, handlers: &[Handler]) -> Result<usize> {
    let jobs = take(app, handlers, Room { all: BATCH_MAX, long: BATCH_MAX })?;
    let count = jobs.len();
    for job in jobs {
        complete(app, handlers, job)?;
    }
    Ok(count)
}

fn complete(app: &Arc<App>, handlers: &[Handler], job: Job) -> Result<()> {
    let handler = handlers.iter().find(|it| it.kind == job.kind);
    let flow = app.system(&job.environment);
    let done = match handler {
        Some(handler) => run(&flow, handler, &job),
        None => Err(Error::internal(format!("nothing does jobs of kind '{}'", job.kind))),
    };
    settle(&flow, job, handler.map_or(1, |it| it.attempts_max), done)
}

fn run(flow: &FlowCx, handler: &Handler, job: &Job) -> Result<()> {
    let payload = flow.app.sealer().open(PURPOSE, &job.payload)?;
    let payload = serde_json::from_slice(&payload).map_err(Error::internal)?;
    let work = std::panic::AssertUnwindSafe(|| (handler.run)(flow, payload));
    std::panic::catch_unwind(work).unwrap_or_else(|_| Err(Error::internal("the job panicked")))
}

/// How many jobs are taken, and how many of them may be long.
#[derive(Clone, Copy)]
struct Room {
    all: usize,
    long: usize,
}

fn is_long(handlers: &[Handler], kind: &str) -> bool {
    handlers.iter().any(|it| it.long && it.kind == kind)
}

fn take(app: &Arc<App>, handlers: &[Handler], room: Room) -> Result<Vec<Job>> {
    let now = app.now();
    if room.all == 0 {
        return Ok(Vec::new());
    }
    let long: Vec<&'static str> = handlers.iter().filter(|it| it.long).map(|it| it.kind).collect();
    // Looking first keeps an idle worker away from the writer.
    let due = app.db().read(|tx| {
        let sql = "SELECT 1 FROM jobs WHERE run_at <= $1 LIMIT 1 -- global: workers serve all";
        tx.first(sql, &[now.into()])
    })?;
    if due.is_none() {
        return Ok(Vec::new());
    }
    app.db().write(move |tx| {
        let mut jobs = take_of(tx, now, ("NOT IN", &long), room.all)?;
        let left = room.long.min(room.all - jobs.len());
        jobs.extend(take_of(tx, now, ("IN", &long), left)?);
        jobs.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(jobs)
    })
}

/// Takes due jobs of these kinds, or of all but these.
fn take_of(
    tx: &mut dyn Tx,
    now: Time,
    (which, kinds): (&str, &[&str]),
    most: usize,
) -> Result<Vec<Job>> {
    if most == 0 {
        return Ok(Vec::new());
    }
    let most = i64::try_from(most).map_err(Error::internal)?;
    let mut values =
        vec![now.into(), now.plus_seconds(LEASE_SECONDS).into(), most.into(), "".into()];
    values.extend(kinds.iter().map(|it| Value::from(*it)));
    // No kind is the empty one, which keeps the list from being empty.
    let places: Vec<String> = (4..=values.len()).map(|it| format!("${it}")).collect();
    let sql = format!(
        "UPDATE jobs SET run_at = $2, attempts = attempts + 1
         WHERE id IN (SELECT id FROM jobs WHERE run_at <= $1 AND kind {which} ({})
                      ORDER BY run_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)
         RETURNING id, environment_id, kind, payload, attempts",
        places.join(", ")
    );
    let read = |mut row: Row| {
        Ok(Job {
            id: row.take()?,
            environment: row.take()?,
            kind: row.take()?,
            payload: row.take()?,
            attempts: row.take()?,
        })
    };
    tx.query(&sql, &values)?.into_iter().map(read).collect()
}

fn settle(flow: &FlowCx, job: Job, attempts_max: i64, done: Result<()>) -> Result<()> {
    let Err(error) = done else {
        return flow.write(move |cx| {
            let values = [cx.environment.into(), (&job.id).into()];
            cx.db().execute("DELETE FROM jobs WHERE environment_id = $1 AND id = $2", &values)?;
            Ok(())
        });
    };
    let last = job.attempts >= attempts_max;
    tracing::warn!(?error, job = %job.id, kind = job.kind, attempts = job.attempts, last, "a job failed");
    let text = format!("{error}");
    flow.write(move |cx| {
        let run_at =
            if last { Time::from_millis(NEVER) } else { again(cx.machine_now(), job.attempts) };
        let values = [cx.environment.into(), (&job.id).into(), run_at.into(), (&text).into()];
        let sql = "UPDATE jobs SET run_at = $3, last_error = $4
                   WHERE environment_id = $1 AND id = $2";
        cx.db().execute(sql, &values).map(|_| ())
    })
}

/// Two seconds after the first failure, twice as long after each further one, an hour at the most.
fn again(now: Time, attempts: i64) -> Time {
    let exponent = u32::try_from(attempts.clamp(1, 11)).unwrap_or(11);
    now.plus_seconds(2i64.pow(exponent).min(3600))
}

/// Waits until no job of this environment is due or under way, but for those that failed before;
/// for so long at the most.
pub fn settle_down(flow: &FlowCx, most: Duration) -> Result<()> {
    let begun = std::time::Instant::now();
    while busy(flow)? && begun.elapsed() < most {
        flow.app.jobs_written().notify_one();
        std::thread::sleep(SETTLE_EVERY);
    }
    Ok(())
}

fn busy(flow: &FlowCx) -> Result<bool> {
    flow.read(|cx| {
        let values = [cx.environment.into(), flow.app.now().into(), Value::Int(NEVER)];
        let sql = "SELECT 1 FROM jobs WHERE environment_id = $1 AND
                     ((attempts = 0 AND run_at <= $2)
                      OR (attempts > 0 AND last_error IS NULL AND run_at < $3)) LIMIT 1";
        Ok(cx.db().first(sql, &values)?.is_some())
    })
}

/// How many jobs wait that are due, and how many failed for good.
pub fn backlog(app: &App) -> Result<(i64, i64)> {
    app.db().read(|tx| {
        let values = [app.now().into(), Value::Int(NEVER)];
        let sql = "SELECT COALESCE(SUM(CASE WHEN run_at <= $1 THEN 1 ELSE 0 END), 0),
                          COALESCE(SUM(CASE WHEN run_at = $2 THEN 1 ELSE 0 END), 0)
                   FROM jobs -- global: for the operator";
        match tx.first(sql, &values)? {
            Some(mut row) => Ok((row.take()?, row.take()?)),
            None => Ok((0, 0)),
        }
    })
}
