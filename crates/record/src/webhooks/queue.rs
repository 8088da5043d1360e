//! The queue of deliveries: each endpoint's own, taken under a lease.
//!
//! A worker takes a delivery by moving its time past the lease, so that no other takes it
//! meanwhile, and one that dies leaves it to another. What became of it is written down only where
//! the lease is still the worker's own.
use std::collections::HashMap;
use std::sync::Arc;

use vestibule_kernel::db::{Row, Tx, Value};
use vestibule_kernel::id::{EnvironmentId, WebhookDeliveryId, WebhookEndpointId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{App, Cx, Error, Result};

use super::{DeliveryPolicy, store};
use crate::events::{self, Event, Occurrence};

/// How long a worker has to carry a delivery out: well over what an endpoint may take to answer.
const LEASE_SECONDS: i64 = 60;
/// How many deliveries to one endpoint are under way on this node at once.
pub(super) const PER_ENDPOINT_MAX: usize = 8;

/// A delivery that was taken.
pub(super) struct Parcel {
    pub(super) id: WebhookDeliveryId,
    pub(super) environment: EnvironmentId,
    pub(super) endpoint: WebhookEndpointId,
    pub(super) url: String,
    pub(super) secret: Secret,
    pub(super) event: Event,
    /// Which attempt this is, counted from one.
    pub(super) attempt: i64,
    pub(super) policy: DeliveryPolicy,
}

/// Puts a delivery into the queue; one that is there already stays as it is.
pub(super) fn insert(
    tx: &mut dyn Tx,
    app: &App,
    environment: &EnvironmentId,
    endpoint: &WebhookEndpointId,
    event: &Occurrence,
) -> Result<()> {
    let now = app.now();
    let values = [
        WebhookDeliveryId::make(app.chance(), now).into(),
        environment.into(),
        endpoint.into(),
        Value::from(&event.id),
        Value::from(&event.event),
        now.into(),
    ];
    let sql = "INSERT INTO webhook_deliveries
                 (id, environment_id, webhook_endpoint_id, event_id, event, status, attempts,
                  next_attempt_at, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, 'pending', 0, $6, $6, $6)
               ON CONFLICT (environment_id, webhook_endpoint_id, event_id) DO NOTHING";
    tx.execute(sql, &values).map(|_| ())
}

/// Has what a sandbox's moved clock makes due tried now. Deliveries live by the machine's clock, as
/// their receivers do; what is under way keeps its time.
pub fn clock_moved(cx: &mut Cx<'_>, by_millis: i64) -> Result<()> {
    let leased = cx.machine_now().plus_seconds(LEASE_SECONDS);
    let values = [cx.environment.into(), by_millis.into(), leased.into()];
    let sql = "UPDATE webhook_deliveries SET next_attempt_at = next_attempt_at - $2
               WHERE environment_id = $1 AND next_attempt_at > $3";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Gives up what waits for an endpoint.
pub(super) fn cancel(cx: &mut Cx<'_>, endpoint: &WebhookEndpointId) -> Result<()> {
    let values = [cx.environment.into(), endpoint.into(), cx.now().into()];
    let sql = "UPDATE webhook_deliveries
               SET status = 'canceled', next_attempt_at = NULL, updated_at = $3
               WHERE environment_id = $1 AND webhook_endpoint_id = $2
                 AND next_attempt_at IS NOT NULL";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes the deliveries to an endpoint, and their log.
pub(super) fn delete_all(cx: &mut Cx<'_>, endpoint: &WebhookEndpointId) -> Result<()> {
    let values = [cx.environment.into(), endpoint.into()];
    let sql = "DELETE FROM webhook_delivery_attempts
               WHERE environment_id = $1 AND webhook_delivery_id IN
                 (SELECT id FROM webhook_deliveries
                  WHERE environment_id = $1 AND webhook_endpoint_id = $2)";
    cx.db().execute(sql, &values)?;
    let sql =
        "DELETE FROM webhook_deliveries WHERE environment_id = $1 AND webhook_endpoint_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// How many deliveries are under way on this node, for each endpoint.
pub(super) type UnderWay = HashMap<WebhookEndpointId, usize>;

/// Takes deliveries that are due: `room` at the most, and of each endpoint no more than its part.
/// Blocks the thread.
pub(super) fn take(app: &Arc<App>, under_way: &UnderWay, room: usize) -> Result<Vec<Parcel>> {
    let now = app.now();
    let wanted = share_out(app.db().read(|tx| due_endpoints(tx, now))?, under_way, room);
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let worker = app.clone();
    let mut parcels = app.db().write_locking(move |tx| {
        let mut parcels = Vec::new();
        for it in &wanted {
            parcels.extend(take_of(tx, &worker, it, now)?);
        }
        Ok(parcels)
    })?;
    let mut policies = HashMap::new();
    for it in &mut parcels {
        if !policies.contains_key(&it.environment) {
            let policy = app.system(&it.environment).read(policy)?;
            policies.insert(it.environment.clone(), policy);
        }
        it.policy = policies[&it.environment].clone();
    }
    Ok(parcels)
}

fn policy(cx: &mut Cx<'_>) -> Result<DeliveryPolicy> {
    cx.setting()
}

type Queue = (EnvironmentId, WebhookEndpointId);

/// How many deliveries are to be taken from a queue.
struct Share {
    queue: Queue,
    count: usize,
}

/// Divides the room among the queues: those come first from which least is under way, none gets
/// more than an even part, and none more than its bound.
fn share_out(mut due: Vec<Queue>, under_way: &UnderWay, room: usize) -> Vec<Share> {
    let busy = |it: &Queue| under_way.get(&it.1).copied().unwrap_or_default();
    due.retain(|it| busy(it) < PER_ENDPOINT_MAX);
    due.sort_by_key(busy);
    due.truncate(room);
    let even = room.checked_div(due.len()).unwrap_or_default();
    let share = |queue: Queue| {
        let count = even.min(PER_ENDPOINT_MAX - busy(&queue));
        Share { queue, count }
    };
    due.into_iter().map(share).collect()
}

/// The enabled endpoints for which a delivery is due.
fn due_endpoints(tx: &mut dyn Tx, now: Time) -> Result<Vec<Queue>> {
    let values = [now.into()];
    // Looking at the one index first keeps a quiet node from walking over all endpoints.
    let sql = "SELECT 1 FROM webhook_deliveries WHERE next_attempt_at <= $1 LIMIT 1
               -- global: workers serve all";
    if tx.first(sql, &values)?.is_none() {
        return Ok(Vec::new());
    }
    let sql = "SELECT environment_id, id FROM webhook_endpoints AS endpoint
               WHERE status = 'enabled' AND EXISTS
                 (SELECT 1 FROM webhook_deliveries AS delivery
                  WHERE delivery.environment_id = endpoint.environment_id
                    AND delivery.webhook_endpoint_id = endpoint.id
                    AND delivery.next_attempt_at <= $1)";
    let rows = tx.query(sql, &values)?;
    rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
}

fn take_of(tx: &mut dyn Tx, app: &App, share: &Share, now: Time) -> Result<Vec<Parcel>> {
    let Share { queue: (environment, endpoint), count } = share;
    let sql = "SELECT endpoint_url, secret FROM webhook_endpoints
               WHERE environment_id = $1 AND id = $2 AND status = 'enabled'";
    let values = [environment.into(), endpoint.into()];
    let Some(mut row) = tx.first(sql, &values)? else { return Ok(Vec::new()) };
    let (url, secret): (String, Vec<u8>) = (row.take()?, row.take()?);
    let secret = store::open(app, &secret)?;
    let values = [
        environment.into(),
        endpoint.into(),
        now.into(),
        now.plus_seconds(LEASE_SECONDS).into(),
        Value::Int(i64::try_from(*count).map_err(Error::internal)?),
    ];
    let sql = "WITH due AS (
                 SELECT id FROM webhook_deliveries
                 WHERE environment_id = $1 AND webhook_endpoint_id = $2 AND next_attempt_at <= $3
                 ORDER BY next_attempt_at LIMIT $5 FOR UPDATE SKIP LOCKED)
               UPDATE webhook_deliveries
               SET next_attempt_at = $4, attempts = attempts + 1, updated_at = $3
               WHERE id IN (SELECT id FROM due)
               RETURNING id, event_id, attempts";
    let read = |mut row: Row| -> Result<(WebhookDeliveryId, String, i64)> {
        Ok((row.take()?, row.take()?, row.take()?))
    };
    let taken: Vec<_> = tx.query(sql, &values)?.into_iter().map(read).collect::<Result<_>>()?;
    let mut parcels = Vec::new();
    for (id, event_id, attempt) in taken {
        // An event is kept for longer than it is tried.
        let Some(event) = events::get(tx, environment, &event_id)? else { continue };
        parcels.push(Parcel {
            id,
            environment: environment.clone(),
            endpoint: endpoint.clone(),
            url: url.clone(),
            secret: secret.clone(),
            event,
            attempt,
            policy: DeliveryPolicy::default(),
        });
    }
    parcels.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(parcels)
}

/// What an attempt came to.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) attempted_at: Time,
    pub(super) duration_millis: i64,
    pub(super) status_code: Option<u16>,
    /// Why it failed; nothing where it did not.
    pub(super) error: Option<String>,
}

/// Writes down what an attempt came to, and when the next one is. Blocks the thread.
pub(super) fn settle(app: &App, parcel: &Parcel, outcome: Outcome) -> Result<()> {
    let now = app.now();
    let wait = usize::try_from(parcel.attempt - 1)
        .ok()
        .and_then(|it| parcel.policy.retry_after_seconds.get(it));
    let (status, next) = match (&outcome.error, wait) {
        (None, _) => ("succeeded", None),
        (Some(_), Some(wait)) => ("pending", Some(now.plus_seconds(i64::from(*wait)))),
        (Some(_), None) => ("failed", None),
    };
    let (environment, id, attempt) =
        (parcel.environment.clone(), parcel.id.clone(), parcel.attempt);
    app.db().write_locking(move |tx| {
        let values = [
            (&environment).into(),
            (&id).into(),
            attempt.into(),
            status.into(),
            next.into(),
            now.into(),
        ];
        let sql = "UPDATE webhook_deliveries
                   SET status = CASE WHEN next_attempt_at IS NULL THEN status ELSE $4 END,
                       next_attempt_at =
                         CASE WHEN next_attempt_at IS NULL THEN NULL ELSE CAST($5 AS BIGINT) END,
                       updated_at = $6
                   WHERE environment_id = $1 AND id = $2 AND attempts = $3";
        if tx.execute(sql, &values)? == 0 {
            // The endpoint was deleted, or another worker has the delivery now.
            return Ok(());
        }
        log(tx, &environment, &id, attempt, &outcome)
    })
}

fn log(
    tx: &mut dyn Tx,
    environment: &EnvironmentId,
    id: &WebhookDeliveryId,
    attempt: i64,
    outcome: &Outcome,
) -> Result<()> {
    let values = [
        environment.into(),
        id.into(),
        attempt.into(),
        outcome.attempted_at.into(),
        outcome.duration_millis.into(),
        outcome.status_code.map(i64::from).into(),
        outcome.error.as_ref().into(),
    ];
    let sql = "INSERT INTO webhook_delivery_attempts
                 (environment_id, webhook_delivery_id, number, attempted_at, duration_millis,
                  status_code, error)
               VALUES ($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT (environment_id, webhook_delivery_id, number) DO NOTHING";
    tx.execute(sql, &values).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(name: &str) -> Queue {
        let environment = EnvironmentId::parse("environment_01").unwrap();
        (environment, WebhookEndpointId::parse(name).unwrap())
    }

    fn counts(due: &[&str], under_way: &[(&str, usize)], room: usize) -> Vec<(String, usize)> {
        let due = due.iter().map(|it| queue(it)).collect();
        let under_way = under_way.iter().map(|it| (queue(it.0).1, it.1)).collect();
        let shares = share_out(due, &under_way, room).into_iter();
        shares.map(|it| (it.queue.1.to_string(), it.count)).collect()
    }

    fn named(shares: &[(&str, usize)]) -> Vec<(String, usize)> {
        shares.iter().map(|it| (it.0.to_owned(), it.1)).collect()
    }

    #[test]
    fn a_queue_gets_no_more_than_its_bound() {
        assert_eq!(counts(&["a"], &[], 256), named(&[("a", 8)]));
        assert_eq!(counts(&["a"], &[("a", 5)], 256), named(&[("a", 3)]));
        assert_eq!(counts(&["a"], &[("a", 8)], 256), named(&[]));
    }

    #[test]
    fn scarce_room_is_divided_evenly_and_goes_to_the_idle_first() {
        assert_eq!(counts(&["a", "b"], &[("a", 2)], 6), named(&[("b", 3), ("a", 3)]));
        assert_eq!(counts(&["a", "b", "c"], &[("a", 1), ("b", 1)], 1), named(&[("c", 1)]));
        assert_eq!(counts(&["a", "b"], &[], 0), named(&[]));
    }
}
