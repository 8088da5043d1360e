//! The queues of deliveries: one for each endpoint, worked on under a lease.
//!
//! One node at a time works on a queue, so that events arrive in their order and no two nodes send
//! the same. A worker moves the time of the queue past its lease; one that dies so leaves it to
//! another. What became of deliveries is written down only while the lease is the worker's own.
//! Whoever changes deliveries writes the row of their queue first.
use std::collections::BTreeSet;
use std::sync::Arc;

use vestibule_kernel::db::{Row, Tx, Value};
use vestibule_kernel::id::{EnvironmentId, WebhookDeliveryId, WebhookEndpointId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{App, Cx, Error, Result};

use super::{DeliveryPolicy, store};
use crate::events::{self, Event, Occurrence};

/// How long a worker has for a batch: well over what an endpoint may take to answer, twice.
pub(super) const LEASE_SECONDS: i64 = 45;
/// How many deliveries are taken at once.
const BATCH: i64 = 64;
/// From when on an endpoint counts as slow, in milliseconds.
const SLOW_MILLIS: i64 = 1000;

/// A queue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Queue {
    pub(super) environment: EnvironmentId,
    pub(super) endpoint: WebhookEndpointId,
}

/// The right to work on a queue.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    pub(super) queue: Queue,
    holder: String,
}

/// Makes the queue of a new endpoint.
pub(super) fn open(cx: &mut Cx<'_>, endpoint: &WebhookEndpointId) -> Result<()> {
    let values = [cx.environment.into(), endpoint.into()];
    let sql = "INSERT INTO webhook_queues (environment_id, webhook_endpoint_id, failures)
               VALUES ($1, $2, 0)";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Makes a queue be looked at: now, unless somebody works on it, who looks at its end.
pub(super) fn wake(
    tx: &mut dyn Tx,
    environment: &EnvironmentId,
    endpoint: &WebhookEndpointId,
    now: Time,
) -> Result<()> {
    let values = [environment.into(), endpoint.into(), now.into()];
    // The row is written in any case: whoever works on the queue then waits for this transaction
    // before they look whether anything is left in it.
    let sql = "UPDATE webhook_queues
               SET due_at = CASE WHEN holder IS NULL AND (due_at IS NULL OR due_at > $3)
                                 THEN $3 ELSE due_at END
               WHERE environment_id = $1 AND webhook_endpoint_id = $2";
    tx.execute(sql, &values).map(|_| ())
}

/// Empties a queue and forgets how its endpoint did.
fn clear(cx: &mut Cx<'_>, endpoint: &WebhookEndpointId) -> Result<()> {
    let values = [cx.environment.into(), endpoint.into()];
    let sql = "UPDATE webhook_queues
               SET due_at = NULL, holder = NULL, failing_since = NULL, failures = 0, slow = FALSE
               WHERE environment_id = $1 AND webhook_endpoint_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Puts deliveries of events into the queues of endpoints, in the order in which they are given;
/// those that are there already stay as they are.
pub(super) fn insert(
    tx: &mut dyn Tx,
    app: &App,
    environment: &EnvironmentId,
    deliveries: &[(&WebhookEndpointId, &Occurrence)],
    now: Time,
) -> Result<()> {
    for (endpoint, event) in deliveries {
        insert_one(tx, app, environment, (endpoint, event), now)?;
    }
    let woken: BTreeSet<&WebhookEndpointId> = deliveries.iter().map(|it| it.0).collect();
    woken.into_iter().try_for_each(|it| wake(tx, environment, it, now))
}

/// Puts one delivery into a queue, which is still to be woken; tells whether it was not there.
pub(super) fn insert_one(
    tx: &mut dyn Tx,
    app: &App,
    environment: &EnvironmentId,
    (endpoint, event): (&WebhookEndpointId, &Occurrence),
    now: Time,
) -> Result<bool> {
    let values = [
        WebhookDeliveryId::make(app.chance(), now).into(),
        environment.into(),
        endpoint.into(),
        Value::from(&event.id),
        Value::from(&event.event),
        event.sequence.into(),
        now.into(),
    ];
    let sql = "INSERT INTO webhook_deliveries
                 (id, environment_id, webhook_endpoint_id, event_id, event, sequence, status,
                  attempts, attempts_before, next_attempt_at, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, 'pending', 0, 0, $7, $7, $7)
               ON CONFLICT (environment_id, webhook_endpoint_id, event_id) DO NOTHING";
    tx.execute(sql, &values).map(|it| it == 1)
}

/// Has what a sandbox's moved clock makes due tried now. Deliveries live by the machine's clock, as
/// their receivers do.
pub fn clock_moved(cx: &mut Cx<'_>, by_millis: i64) -> Result<()> {
    let values = [cx.environment.into(), by_millis.into()];
    let sql = "UPDATE webhook_queues SET due_at = due_at - $2
               WHERE environment_id = $1 AND holder IS NULL";
    cx.db().execute(sql, &values)?;
    let values = [cx.environment.into(), by_millis.into(), cx.machine_now().into()];
    let sql = "UPDATE webhook_deliveries SET next_attempt_at = next_attempt_at - $2
               WHERE environment_id = $1 AND next_attempt_at > $3";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Gives up what waits for an endpoint.
pub(super) fn cancel(cx: &mut Cx<'_>, endpoint: &WebhookEndpointId) -> Result<()> {
    clear(cx, endpoint)?;
    let values = [cx.environment.into(), endpoint.into(), cx.now().into()];
    let sql = "UPDATE webhook_deliveries
               SET status = 'canceled', next_attempt_at = NULL, updated_at = $3
               WHERE environment_id = $1 AND webhook_endpoint_id = $2
                 AND next_attempt_at IS NOT NULL";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes the queue of an endpoint, its deliveries and their log.
pub(super) fn delete_all(cx: &mut Cx<'_>, endpoint: &WebhookEndpointId) -> Result<()> {
    let values = [cx.environment.into(), endpoint.into()];
    let sql = "DELETE FROM webhook_queues WHERE environment_id = $1 AND webhook_endpoint_id = $2";
    cx.db().execute(sql, &values)?;
    let sql = "DELETE FROM webhook_delivery_attempts
               WHERE environment_id = $1 AND webhook_delivery_id IN
                 (SELECT id FROM webhook_deliveries
                  WHERE environment_id = $1 AND webhook_endpoint_id = $2)";
    cx.db().execute(sql, &values)?;
    let sql =
        "DELETE FROM webhook_deliveries WHERE environment_id = $1 AND webhook_endpoint_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// How many queues are taken: of those whose endpoints do well, and of those that fail or answer
/// late.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) quick: usize,
    pub(super) slow: usize,
}

/// A queue that was taken.
pub(super) struct Taken {
    pub(super) lease: Lease,
    /// Whether its endpoint failed or answered late when it was last tried.
    pub(super) is_slow: bool,
}

/// Takes queues that are due, those first that have been for longest. Blocks the thread.
pub(super) fn take(app: &Arc<App>, room: Room) -> Result<Vec<Taken>> {
    let now = app.now();
    // Looking first keeps a quiet node away from the writer.
    let due = app.db().read(|tx| {
        let sql = "SELECT 1 FROM webhook_queues WHERE due_at <= $1 AND NOT slow
                   UNION ALL
                   SELECT 1 FROM webhook_queues WHERE due_at <= $1 AND slow
                   LIMIT 1 -- global: workers serve all";
        tx.first(sql, &[now.into()])
    })?;
    if due.is_none() {
        return Ok(Vec::new());
    }
    let holder = app.chance().ulid(now);
    app.db().write_locking(move |tx| {
        let mut taken = take_some(tx, &holder, now, (false, room.quick))?;
        taken.extend(take_some(tx, &holder, now, (true, room.slow))?);
        Ok(taken)
    })
}

fn take_some(
    tx: &mut dyn Tx,
    holder: &str,
    now: Time,
    (is_slow, count): (bool, usize),
) -> Result<Vec<Taken>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let condition = if is_slow { "slow" } else { "NOT slow" };
    let sql = format!(
        "WITH due AS (
           SELECT environment_id, webhook_endpoint_id FROM webhook_queues
           WHERE due_at <= $1 AND {condition}
           ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED)
         UPDATE webhook_queues SET due_at = $2, holder = $3
         WHERE (environment_id, webhook_endpoint_id) IN
           (SELECT environment_id, webhook_endpoint_id FROM due)
         RETURNING environment_id, webhook_endpoint_id"
    );
    let count = i64::try_from(count).map_err(Error::internal)?;
    let values = [now.into(), now.plus_seconds(LEASE_SECONDS).into(), holder.into(), count.into()];
    let read = |mut row: Row| {
        let queue = Queue { environment: row.take()?, endpoint: row.take()? };
        Ok(Taken { lease: Lease { queue, holder: holder.to_owned() }, is_slow })
    };
    tx.query(&sql, &values)?.into_iter().map(read).collect()
}

/// Deliveries that are due, in their order, and what is needed to carry them out.
pub(super) struct Batch {
    pub(super) url: String,
    pub(super) secret: Secret,
    pub(super) policy: DeliveryPolicy,
    pub(super) parcels: Vec<Parcel>,
}

/// A delivery to be carried out.
pub(super) struct Parcel {
    pub(super) id: WebhookDeliveryId,
    /// Nothing where it is not kept any more.
    pub(super) event: Option<Event>,
    /// Which attempt this is, counted from one.
    pub(super) attempt: i64,
    /// Which attempt this is since it was put into the queue, counted from one.
    attempt_of_round: i64,
}

/// Reads what is due in a queue; nothing where its endpoint is not enabled. Blocks the thread.
pub(super) fn load(app: &Arc<App>, queue: &Queue) -> Result<Option<Batch>> {
    let now = app.now();
    app.system(&queue.environment).read(|cx| {
        let sql = "SELECT endpoint_url, secret FROM webhook_endpoints
                   WHERE environment_id = $1 AND id = $2 AND status = 'enabled'";
        let values = [cx.environment.into(), (&queue.endpoint).into()];
        let Some(mut row) = cx.db().first(sql, &values)? else { return Ok(None) };
        let (url, secret): (String, Vec<u8>) = (row.take()?, row.take()?);
        let secret = store::open(cx.app, &secret)?;
        let policy = cx.setting()?;
        Ok(Some(Batch { url, secret, policy, parcels: due(cx.db(), queue, now)? }))
    })
}

fn due(tx: &mut dyn Tx, queue: &Queue, now: Time) -> Result<Vec<Parcel>> {
    let Queue { environment, endpoint } = queue;
    let values = [environment.into(), endpoint.into(), now.into(), BATCH.into()];
    let sql = "SELECT id, event_id, attempts, attempts_before FROM webhook_deliveries
               WHERE environment_id = $1 AND webhook_endpoint_id = $2 AND next_attempt_at <= $3
               ORDER BY next_attempt_at, sequence LIMIT $4";
    let mut parcels = Vec::new();
    for mut row in tx.query(sql, &values)? {
        let (id, event): (WebhookDeliveryId, String) = (row.take()?, row.take()?);
        let (attempts, before): (i64, i64) = (row.take()?, row.take()?);
        let event = events::get(tx, environment, &event)?;
        let (attempt, attempt_of_round) = (attempts + 1, attempts - before + 1);
        parcels.push(Parcel { id, event, attempt, attempt_of_round });
    }
    Ok(parcels)
}

/// What an attempt came to.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) attempted_at: Time,
    pub(super) duration_millis: i64,
    pub(super) status_code: Option<u16>,
    /// The beginning of what was answered.
    pub(super) response: Option<String>,
    /// Why it failed; nothing where it did not.
    pub(super) error: Option<String>,
}

/// A delivery that was tried.
#[derive(Clone, Debug)]
pub(super) struct Tried {
    id: WebhookDeliveryId,
    attempt: i64,
    /// When it is tried again, if it failed and is.
    again_after: Option<i64>,
    outcome: Outcome,
}

impl Tried {
    pub(super) fn new(parcel: &Parcel, policy: &DeliveryPolicy, outcome: Outcome) -> Self {
        let waits = policy.retry_after_seconds.iter().copied().map(i64::from);
        let nth = usize::try_from(parcel.attempt_of_round - 1).unwrap_or(usize::MAX);
        // What is not kept any more will not be there later either.
        let again_after = parcel.event.as_ref().and_then(|_| waits.into_iter().nth(nth));
        Self { id: parcel.id.clone(), attempt: parcel.attempt, again_after, outcome }
    }
    /// Why it failed, if it did.
    pub(super) fn error(&self) -> Option<&str> {
        self.outcome.error.as_deref()
    }
}

/// How an endpoint does: since when every attempt has failed, and how many those are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Health {
    pub(super) failing_since: Option<Time>,
    pub(super) failures: i64,
}

impl Health {
    fn after(self, tried: &[Tried]) -> Self {
        tried.iter().fold(self, |it, tried| match tried.outcome.error {
            None => Self { failing_since: None, failures: 0 },
            Some(_) => Self {
                failing_since: it.failing_since.or(Some(tried.outcome.attempted_at)),
                failures: it.failures + 1,
            },
        })
    }
}

/// How far a queue is.
pub(super) struct Settled {
    /// Whether more is due, and the lease goes on.
    pub(super) goes_on: bool,
    pub(super) health: Health,
}

/// Writes down what became of deliveries, and gives the queue back, unless it is to go on with it
/// and more is due; nothing where the lease was lost. Blocks the thread.
pub(super) fn settle(
    app: &App,
    lease: &Lease,
    tried: Vec<Tried>,
    go_on: bool,
) -> Result<Option<Settled>> {
    let (lease, now) = (lease.clone(), app.now());
    app.db().write_locking(move |tx| {
        let Lease { queue, holder } = &lease;
        let Some(health) = renew(tx, queue, holder, now)? else { return Ok(None) };
        let is_late = |it: &Tried| it.outcome.duration_millis >= SLOW_MILLIS;
        let health = health.after(&tried);
        let slow = health.failing_since.is_some() || tried.iter().any(is_late);
        for it in &tried {
            settle_one(tx, queue, it, now)?;
        }
        let next = next_due(tx, queue)?;
        let goes_on = go_on && next.is_some_and(|it| it <= now);
        // Among queues that are all behind, each gets its turn.
        let due_at = next.map(|it| it.max(now));
        give_back(tx, queue, (holder, goes_on), due_at, (health, slow))?;
        Ok(Some(Settled { goes_on, health }))
    })
}

/// Holds the row of the queue until the end of the transaction; nothing where the lease was lost.
fn renew(tx: &mut dyn Tx, queue: &Queue, holder: &str, now: Time) -> Result<Option<Health>> {
    let Queue { environment, endpoint } = queue;
    let until = now.plus_seconds(LEASE_SECONDS);
    let values = [environment.into(), endpoint.into(), holder.into(), until.into()];
    let sql = "UPDATE webhook_queues SET due_at = $4
               WHERE environment_id = $1 AND webhook_endpoint_id = $2 AND holder = $3
               RETURNING failing_since, failures";
    let row = tx.first(sql, &values)?;
    row.map(|mut it| Ok(Health { failing_since: it.take()?, failures: it.take()? })).transpose()
}

fn next_due(tx: &mut dyn Tx, queue: &Queue) -> Result<Option<Time>> {
    let Queue { environment, endpoint } = queue;
    let values = [environment.into(), endpoint.into()];
    let sql = "SELECT next_attempt_at FROM webhook_deliveries
               WHERE environment_id = $1 AND webhook_endpoint_id = $2
                 AND next_attempt_at IS NOT NULL
               ORDER BY next_attempt_at LIMIT 1";
    tx.first(sql, &values)?.map(|mut row| row.take()).transpose()
}

fn give_back(
    tx: &mut dyn Tx,
    queue: &Queue,
    (holder, goes_on): (&str, bool),
    due_at: Option<Time>,
    (health, slow): (Health, bool),
) -> Result<()> {
    let Queue { environment, endpoint } = queue;
    let Health { failing_since, failures } = health;
    let values = [
        environment.into(),
        endpoint.into(),
        holder.into(),
        goes_on.into(),
        due_at.into(),
        failing_since.into(),
        failures.into(),
        slow.into(),
    ];
    let sql = "UPDATE webhook_queues
               SET due_at = CASE WHEN $4 THEN due_at ELSE CAST($5 AS BIGINT) END,
                   holder = CASE WHEN $4 THEN holder ELSE NULL END,
                   failing_since = CAST($6 AS BIGINT), failures = $7, slow = $8
               WHERE environment_id = $1 AND webhook_endpoint_id = $2 AND holder = $3";
    tx.execute(sql, &values).map(|_| ())
}

/// Writes down one attempt, and when the next one is.
fn settle_one(tx: &mut dyn Tx, queue: &Queue, tried: &Tried, now: Time) -> Result<()> {
    let Queue { environment, endpoint: _ } = queue;
    let Tried { id, attempt, again_after, outcome } = tried;
    let (status, next) = match (&outcome.error, again_after) {
        (None, _) => ("succeeded", None),
        (Some(_), Some(wait)) => ("pending", Some(now.plus_seconds(*wait))),
        (Some(_), None) => ("failed", None),
    };
    let values = [
        environment.into(),
        id.into(),
        (attempt - 1).into(),
        status.into(),
        next.into(),
        now.into(),
    ];
    let sql = "UPDATE webhook_deliveries
               SET status = $4, next_attempt_at = CAST($5 AS BIGINT),
                   attempts = attempts + 1, updated_at = $6
               WHERE environment_id = $1 AND id = $2 AND attempts = $3
                 AND next_attempt_at IS NOT NULL";
    tx.execute(sql, &values)?;
    log(tx, environment, (id, *attempt), outcome)
}

fn log(
    tx: &mut dyn Tx,
    environment: &EnvironmentId,
    (id, attempt): (&WebhookDeliveryId, i64),
    outcome: &Outcome,
) -> Result<()> {
    let Outcome { attempted_at, duration_millis, status_code, response, error } = outcome;
    let values = [
        environment.into(),
        id.into(),
        attempt.into(),
        (*attempted_at).into(),
        (*duration_millis).into(),
        status_code.map(i64::from).into(),
        response.as_ref().into(),
        error.as_ref().into(),
    ];
    let sql = "INSERT INTO webhook_delivery_attempts
                 (environment_id, webhook_delivery_id, number, attempted_at, duration_millis,
                  status_code, response, error)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
               ON CONFLICT (environment_id, webhook_delivery_id, number) DO NOTHING";
    tx.execute(sql, &values).map(|_| ())
}
