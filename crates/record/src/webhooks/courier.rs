//! The courier: carries deliveries out, a bounded number at once and few of them to one endpoint,
//! so that one that is slow holds up nobody else.
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet, spawn_blocking};
use vestibule_kernel::id::WebhookEndpointId;
use vestibule_kernel::net::http::{Answer, Failure, Outgoing};
use vestibule_kernel::secret::signature;
use vestibule_kernel::time::Time;
use vestibule_kernel::{App, Error, Method, Result};

use super::queue::{self, Outcome, Parcel, UnderWay};
use crate::relay;

/// How many deliveries are under way on this node at once.
const UNDER_WAY_MAX: usize = 256;
/// How often it looks without being woken: another node may have written events, and retries fall
/// due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The longest that an endpoint may take, whatever the policy says: the lease must outlast it.
const TIMEOUT_MILLIS_MAX: u32 = 20_000;

/// Relays events and delivers them until `stop` says to stop; then finishes what is under way.
pub async fn work(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut courier = Courier::new(app.clone());
    while !*stop.borrow() {
        let relayed = courier.blocking(relay::relay).await;
        if let Err(error) = relayed {
            tracing::error!(?error, "events could not be relayed");
        }
        if let Err(error) = courier.take().await {
            tracing::error!(?error, "webhook deliveries could not be taken");
        }
        tokio::select! {
            () = courier.one_done() => {}
            () = app.events_written().notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            changed = stop.changed() => if changed.is_err() { break },
        }
    }
    courier.finish().await;
}

/// Relays all events and carries out the deliveries that are due by now, once each; tells how many
/// there were.
pub async fn run_due(app: &Arc<App>) -> Result<usize> {
    let mut courier = Courier::new(app.clone());
    courier.blocking(relay::relay).await?;
    let mut count = 0;
    loop {
        let taken = courier.take().await?;
        count += taken;
        if taken == 0 {
            return Ok(count);
        }
        courier.finish().await;
    }
}

struct Courier {
    app: Arc<App>,
    tasks: JoinSet<()>,
    endpoints: HashMap<Id, WebhookEndpointId>,
}

impl Courier {
    fn new(app: Arc<App>) -> Self {
        Self { app, tasks: JoinSet::new(), endpoints: HashMap::new() }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Arc<App>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let app = self.app.clone();
        spawn_blocking(move || work(&app)).await.map_err(Error::internal)?
    }

    /// Takes what is due, as far as there is room, and starts it.
    async fn take(&mut self) -> Result<usize> {
        let mut under_way = UnderWay::new();
        for it in self.endpoints.values() {
            *under_way.entry(it.clone()).or_default() += 1;
        }
        let room = UNDER_WAY_MAX.saturating_sub(self.tasks.len());
        let parcels = self.blocking(move |app| queue::take(app, &under_way, room)).await?;
        let count = parcels.len();
        for parcel in parcels {
            let endpoint = parcel.endpoint.clone();
            let task = self.tasks.spawn(carry(self.app.clone(), parcel));
            self.endpoints.insert(task.id(), endpoint);
        }
        Ok(count)
    }

    /// Waits until a delivery is done; for ever where none is under way.
    async fn one_done(&mut self) {
        match self.tasks.join_next_with_id().await {
            Some(done) => self.note(done),
            None => std::future::pending().await,
        }
        while let Some(done) = self.tasks.try_join_next_with_id() {
            self.note(done);
        }
    }

    async fn finish(&mut self) {
        while let Some(done) = self.tasks.join_next_with_id().await {
            self.note(done);
        }
    }

    fn note(&mut self, done: std::result::Result<(Id, ()), JoinError>) {
        let id = match done {
            Ok((id, ())) => id,
            Err(panic) => {
                tracing::error!(%panic, "a webhook delivery panicked");
                panic.id()
            }
        };
        self.endpoints.remove(&id);
    }
}

/// Makes one attempt and writes down what it came to.
async fn carry(app: Arc<App>, parcel: Parcel) {
    let started = app.now();
    let answer = send(&app, &parcel, started).await;
    let (status_code, error) = match answer {
        Ok(answer) => {
            let status = answer.status();
            answer.discard().await;
            (Some(status), refusal(status))
        }
        Err(failure) => (None, Some(failure.to_string())),
    };
    let duration_millis = app.now().millis() - started.millis();
    if let Some(error) = &error {
        let (delivery, endpoint) = (&parcel.id, &parcel.endpoint);
        tracing::info!(%delivery, %endpoint, attempt = parcel.attempt, error, "not delivered");
    }
    let result = if error.is_none() { "delivered" } else { "failed" };
    metrics::counter!("vestibule_webhook_attempts_total", "result" => result).increment(1);
    let outcome = Outcome { attempted_at: started, duration_millis, status_code, error };
    let settled = spawn_blocking(move || queue::settle(&app, &parcel, outcome)).await;
    // The lease ends, and the delivery is made again: at least once is what was promised.
    if let Ok(Err(error)) = settled {
        tracing::error!(?error, "the outcome of a webhook delivery was not written down");
    }
}

/// Sends the event, signed at this instant: receivers refuse a signature that is minutes old.
async fn send(app: &App, parcel: &Parcel, now: Time) -> std::result::Result<Answer, Failure> {
    let http = app.net().http();
    let target = http.target(&parcel.url)?;
    let body = serde_json::to_vec(&parcel.event)
        .map_err(|it| Failure::Unreachable(format!("the event has no JSON form: {it}")))?;
    let millis = parcel.policy.timeout_millis.min(TIMEOUT_MILLIS_MAX);
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("workos-signature", signature(&parcel.secret, now, &body)),
    ];
    let timeout = Duration::from_millis(u64::from(millis));
    http.send(Outgoing { method: Method::Post, target, headers, body, timeout }).await
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
