//! The courier: carries deliveries out, each queue on its own, so that an endpoint that is slow
//! holds up nobody else.
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::{Id, JoinError, JoinSet, spawn_blocking};
use vestibule_kernel::net::http::{Answer, Failure, Outgoing};
use vestibule_kernel::secret::signature;
use vestibule_kernel::time::Time;
use vestibule_kernel::{App, Error, Method, Result};

use super::policy::TIMEOUT_MS_MAX;
use super::queue::{self, Batch, Health, Lease, Outcome, Parcel, Room, Tried};
use super::{DeliveryPolicy, disabling};
use crate::events::Event;
use crate::relay;

/// How many queues of endpoints that do well are worked on by this node at once.
const QUICK_MAX: usize = 256;
/// The same of endpoints that fail or answer late: however many those are, they take no place of the
/// others.
const SLOW_MAX: usize = 128;
/// How many threads of this node look into the database for deliveries at once: requests want
/// theirs too.
const AT_DATABASE_MAX: usize = 8;
/// How often it looks without being woken: another node may have written events, and retries fall
/// due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long events are gathered before they are relayed. So those of one moment share a transaction;
/// and the request that wrote one does not wait with its next write for ours, by which a clock would
/// tell a request that wrote an event from one that did not.
const GATHERED_FOR: Duration = Duration::from_millis(5);
/// How long a batch goes on before what became of it is written down.
const BATCH_TIME_MAX: Duration = Duration::from_millis(500);
/// How long a queue is worked on before others have their turn.
const TURN_TIME_MAX: Duration = Duration::from_secs(2);
/// How much of an answer is kept for the log.
const RESPONSE_BYTES_MAX: usize = 1024;

/// Relays events and delivers them until `stop` says to stop; then finishes what is under way.
pub async fn work(app: Arc<App>, stop: watch::Receiver<bool>) {
    let made = Arc::new(Notify::new());
    tokio::join!(relay_events(app.clone(), made.clone(), stop.clone()), deliver(app, made, stop));
}

/// Makes deliveries of events.
async fn relay_events(app: Arc<App>, made: Arc<Notify>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let relayed = blocking(&app, relay::relay).await;
        made.notify_one();
        match relayed {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!(?error, "events could not be relayed"),
        }
        tokio::select! {
            () = app.events_written().notified() => tokio::time::sleep(GATHERED_FOR).await,
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Carries deliveries out.
async fn deliver(app: Arc<App>, made: Arc<Notify>, mut stop: watch::Receiver<bool>) {
    let mut courier = Courier::new(app, stop.clone());
    while !*stop.borrow() {
        if let Err(error) = courier.take().await {
            tracing::error!(?error, "webhook deliveries could not be taken");
        }
        tokio::select! {
            () = courier.one_done() => {}
            () = made.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stop.changed() => {}
        }
    }
    courier.finish().await;
}

/// Relays all events and carries out the deliveries that are due by now, once each; tells how many
/// there were.
pub async fn run_due(app: &Arc<App>) -> Result<usize> {
    while blocking(app, relay::relay).await? {}
    let (_go_on, stop) = watch::channel(false);
    let mut courier = Courier::new(app.clone(), stop);
    while courier.take().await? > 0 {
        courier.finish().await;
    }
    Ok(courier.tried)
}

async fn blocking<T: Send + 'static>(
    app: &Arc<App>,
    work: impl FnOnce(&Arc<App>) -> Result<T> + Send + 'static,
) -> Result<T> {
    let app = app.clone();
    spawn_blocking(move || work(&app)).await.map_err(Error::internal)?
}

struct Courier {
    worker: Worker,
    turns: JoinSet<usize>,
    /// Whether the endpoint of a turn fails or answers late.
    slow: HashMap<Id, bool>,
    /// How many deliveries were tried.
    tried: usize,
}

impl Courier {
    fn new(app: Arc<App>, stop: watch::Receiver<bool>) -> Self {
        let at_database = Arc::new(Semaphore::new(AT_DATABASE_MAX));
        let worker = Worker { app, at_database, stop };
        Self { worker, turns: JoinSet::new(), slow: HashMap::new(), tried: 0 }
    }

    /// Takes queues that are due, as far as there is room, and starts on them.
    async fn take(&mut self) -> Result<usize> {
        let slow = self.slow.values().filter(|it| **it).count();
        let quick = self.slow.len() - slow;
        let room =
            Room { quick: QUICK_MAX.saturating_sub(quick), slow: SLOW_MAX.saturating_sub(slow) };
        let taken = self.worker.at_database(move |app| queue::take(app, room)).await?;
        let count = taken.len();
        for it in taken {
            let turn = self.turns.spawn(self.worker.clone().serve(it.lease));
            self.slow.insert(turn.id(), it.is_slow);
        }
        Ok(count)
    }

    /// Waits until a turn is over; for ever where none is under way.
    async fn one_done(&mut self) {
        match self.turns.join_next_with_id().await {
            Some(done) => self.note(done),
            None => std::future::pending().await,
        }
        while let Some(done) = self.turns.try_join_next_with_id() {
            self.note(done);
        }
    }

    async fn finish(&mut self) {
        while let Some(done) = self.turns.join_next_with_id().await {
            self.note(done);
        }
    }

    fn note(&mut self, done: std::result::Result<(Id, usize), JoinError>) {
        let id = match done {
            Ok((id, tried)) => {
                self.tried += tried;
                id
            }
            Err(panic) => {
                tracing::error!(%panic, "the work on a webhook queue panicked");
                panic.id()
            }
        };
        self.slow.remove(&id);
    }
}

/// What a turn needs.
#[derive(Clone)]
struct Worker {
    app: Arc<App>,
    at_database: Arc<Semaphore>,
    stop: watch::Receiver<bool>,
}

impl Worker {
    async fn at_database<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Arc<App>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _place = self.at_database.acquire().await.map_err(Error::internal)?;
        blocking(&self.app, work).await
    }

    /// Works on a queue for a turn; tells how many deliveries were tried.
    async fn serve(self, lease: Lease) -> usize {
        let mut tried = 0;
        // What is not written down is done again when the lease ends: at least once is promised.
        if let Err(error) = self.turn(&lease, &mut tried).await {
            let endpoint = &lease.queue.endpoint;
            tracing::error!(?error, %endpoint, "the work on a webhook queue did not end well");
        }
        tried
    }

    async fn turn(&self, lease: &Lease, count: &mut usize) -> Result<()> {
        let began = Instant::now();
        loop {
            let queue = lease.queue.clone();
            let batch = self.at_database(move |app| queue::load(app, &queue)).await?;
            let Some(batch) = batch else { return Ok(()) };
            let tried = self.carry(lease, &batch).await;
            *count += tried.len();
            let last_error = tried.last().and_then(|it| it.error().map(str::to_owned));
            let go_on = began.elapsed() < TURN_TIME_MAX && !*self.stop.borrow();
            let held = lease.clone();
            let settled =
                self.at_database(move |app| queue::settle(app, &held, tried, go_on)).await?;
            let Some(settled) = settled else { return Ok(()) };
            if let Some(error) = last_error {
                self.disable_if_dead(lease, &batch.policy, (settled.health, error)).await?;
            }
            if !settled.goes_on {
                return Ok(());
            }
        }
    }

    async fn disable_if_dead(
        &self,
        lease: &Lease,
        policy: &DeliveryPolicy,
        (health, error): (Health, String),
    ) -> Result<()> {
        let Some(since) = disabling::dead_since(policy, health, self.app.now()) else {
            return Ok(());
        };
        let (queue, failures) = (lease.queue.clone(), health.failures);
        let death = disabling::Death { since, failures, error };
        self.at_database(move |app| disabling::disable(app, &queue, death)).await
    }

    /// Makes an attempt at each delivery of a batch, one after another or a few at once, until the
    /// time is over.
    async fn carry(&self, lease: &Lease, batch: &Batch) -> Vec<Tried> {
        let began = Instant::now();
        let mut tried = Vec::new();
        let at_once = usize::try_from(batch.policy.deliveries_at_once).unwrap_or(1).max(1);
        for parcels in batch.parcels.chunks(at_once) {
            let attempts = parcels.iter().map(|it| attempt(&self.app, lease, batch, it));
            let outcomes = futures_util::future::join_all(attempts).await;
            let outcomes = parcels.iter().zip(outcomes);
            tried.extend(outcomes.map(|(it, outcome)| Tried::new(it, &batch.policy, outcome)));
            if began.elapsed() >= BATCH_TIME_MAX || *self.stop.borrow() {
                break;
            }
        }
        tried
    }
}

/// Makes one attempt.
async fn attempt(app: &App, lease: &Lease, batch: &Batch, parcel: &Parcel) -> Outcome {
    let outcome = match &parcel.event {
        Some(event) => post(app, batch, event).await,
        None => Outcome {
            attempted_at: app.now(),
            duration_millis: 0,
            status_code: None,
            response: None,
            error: Some("The event is not kept any more.".to_owned()),
        },
    };
    if let Some(error) = &outcome.error {
        let (delivery, endpoint) = (&parcel.id, &lease.queue.endpoint);
        tracing::info!(%delivery, %endpoint, attempt = parcel.attempt, error, "not delivered");
    }
    let result = if outcome.error.is_none() { "delivered" } else { "failed" };
    metrics::counter!("vestibule_webhook_attempts_total", "result" => result).increment(1);
    outcome
}

/// Sends an event to an endpoint and tells what came of it.
pub(super) async fn post(app: &App, batch: &Batch, event: &Event) -> Outcome {
    let attempted_at = app.now();
    let (status_code, response, error) = match send(app, batch, event, attempted_at).await {
        Ok(answer) => {
            let status = answer.status();
            let response = excerpt(answer).await;
            (Some(status), response, refusal(status))
        }
        Err(failure) => (None, None, Some(failure.to_string())),
    };
    let duration_millis = app.now().millis() - attempted_at.millis();
    Outcome { attempted_at, duration_millis, status_code, response, error }
}

/// Sends the event, signed at this instant: receivers refuse a signature that is minutes old.
async fn send(
    app: &App,
    batch: &Batch,
    event: &Event,
    now: Time,
) -> std::result::Result<Answer, Failure> {
    let http = app.net().http();
    let target = http.target(&batch.url)?;
    let body = serde_json::to_vec(event)
        .map_err(|it| Failure::Unreachable(format!("the event has no JSON form: {it}")))?;
    let millis = batch.policy.timeout_ms.min(TIMEOUT_MS_MAX);
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("workos-signature", signature(&batch.secret, now, &body)),
    ];
    let timeout = Duration::from_millis(u64::from(millis));
    http.send(Outgoing { method: Method::Post, target, headers, body, timeout }).await
}

/// The beginning of an answer, as far as it can be shown; nothing where it is empty.
async fn excerpt(answer: Answer) -> Option<String> {
    let bytes = answer.beginning(RESPONSE_BYTES_MAX).await;
    let text = String::from_utf8_lossy(&bytes);
    // PostgreSQL keeps no NUL in a text.
    let text: String = text.chars().filter(|it| *it != '\0').collect();
    (!text.is_empty()).then_some(text)
}

/// Why a status is no success.
fn refusal(status: u16) -> Option<String> {
    match status {
        200..=299 => None,
        300..=399 => Some(format!("The endpoint answered {status}; redirects are not followed.")),
        _ => Some(format!("The endpoint answered {status}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_2xx_is_a_success() {
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(refusal(status), None);
        }
        for status in [100, 199, 300, 301, 400, 404, 410, 429, 500, 503] {
            assert!(refusal(status).is_some(), "{status}");
        }
    }
}
