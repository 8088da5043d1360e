//! The log of deliveries: what was sent to an endpoint, and what became of each attempt.
use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::db::{Row, Value};
use vestibule_kernel::id::{EventId, WebhookDeliveryId, WebhookEndpointId};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Cx, Error, Fine, FlowCx,
    Method::{Get, Post},
    Operation, Result, Route,
};

use super::{ENDPOINT_DISABLED, queue};
use crate::events;

const EVENT_NOT_KEPT: Code = "event_not_kept";

/// How long a delivery stays in the log.
pub const KEPT_DAYS: i64 = 30;
/// How many deliveries are deleted in one transaction.
const FORGOTTEN_MAX: u64 = 1000;

/// How far a delivery has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum DeliveryStatus {
    /// It is still tried.
    Pending,
    /// The endpoint took it.
    Succeeded,
    /// All attempts failed.
    Failed,
    /// The endpoint was disabled before it took it.
    Canceled,
}

impl DeliveryStatus {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }
    fn parse(text: &str) -> Result<Self> {
        [Self::Pending, Self::Succeeded, Self::Failed, Self::Canceled]
            .into_iter()
            .find(|it| it.as_str() == text)
            .ok_or_else(|| Error::internal(format!("a delivery has the status '{text}'")))
    }
}

/// One event on its way to one endpoint
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WebhookDelivery {
    /// Always `webhook_delivery`
    #[schemars(extend("const" = "webhook_delivery"))]
    pub object: &'static str,
    /// The id of the delivery
    pub id: WebhookDeliveryId,
    /// The endpoint
    pub webhook_endpoint_id: WebhookEndpointId,
    /// The event
    pub event_id: EventId,
    /// The name of the event
    pub event: String,
    /// How far it has come
    pub status: DeliveryStatus,
    /// The attempts that were made, oldest first
    pub attempts: Vec<Attempt>,
    /// When it is tried next; null where it is not
    pub next_attempt_at: Option<Time>,
    /// When it was made
    pub created_at: Time,
    /// When it last changed
    pub updated_at: Time,
}

/// One attempt of a delivery
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Attempt {
    /// Which attempt it was, counted from one
    pub number: i64,
    /// When it was made
    pub attempted_at: Time,
    /// How long it took, in milliseconds
    pub duration_ms: i64,
    /// The status that the endpoint answered with; null where there was no answer
    pub status_code: Option<i64>,
    /// The beginning of what it answered, 1024 bytes at the most; null where that is nothing
    pub response: Option<String>,
    /// Why it failed; null where it did not
    pub error: Option<String>,
}

/// List webhook deliveries, newest first
///
/// Each one tells of its attempts. Deliveries are kept for 30 days.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListWebhookDeliveries {
    #[serde(flatten)]
    paging: Paging,
    /// Only deliveries to the endpoint of this id
    webhook_endpoint_id: Option<WebhookEndpointId>,
    /// Only deliveries that have come so far
    status: Option<DeliveryStatus>,
    /// Only deliveries of events of this name
    event: Option<String>,
    /// Only deliveries of the event of this id
    event_id: Option<EventId>,
}

impl Operation for ListWebhookDeliveries {
    const ID: &'static str = "webhook_deliveries.list";
    const ROUTE: Route = Route(Get, "/vestibule/v1/webhook_deliveries");
    const EXTENSION: bool = true;
    type Reply = Fine<Page<WebhookDelivery>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { paging, webhook_endpoint_id, status, event, event_id } = self;
        let mut listing = Listing::of(cx, "webhook_deliveries", SELECT)
            .filter_some("webhook_endpoint_id = ?", webhook_endpoint_id.as_ref())
            .filter_some("event = ?", event)
            .filter_some("event_id = ?", event_id.as_ref());
        if let Some(status) = status {
            // As a literal, so that the index over those that failed serves it.
            listing = listing.and(&format!("status = '{}'", status.as_str()));
        }
        let mut page = listing.page(cx, &paging, read)?;
        add_attempts(cx, &mut page.data)?;
        Ok(Fine(page))
    }
}

/// Get a webhook delivery
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetWebhookDelivery {
    /// The id of the delivery
    id: WebhookDeliveryId,
}

impl Operation for GetWebhookDelivery {
    const ID: &'static str = "webhook_deliveries.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/webhook_deliveries/{id}");
    const EXTENSION: bool = true;
    type Reply = Fine<WebhookDelivery>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        find(cx, &self.id).map(Fine)
    }
}

/// Deliver an event to a webhook endpoint again
///
/// The delivery goes back into the queue of its endpoint, whatever became of it, and is tried as
/// often as a new one. The endpoint must be enabled and the event still be kept.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ReplayWebhookDelivery {
    /// The id of the delivery
    id: WebhookDeliveryId,
}

impl Operation for ReplayWebhookDelivery {
    const ID: &'static str = "webhook_deliveries.replay";
    const ROUTE: Route = Route(Post, "/vestibule/v1/webhook_deliveries/{id}/replay");
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[ENDPOINT_DISABLED, EVENT_NOT_KEPT];
    const STATUSES: &'static [u16] = &[409];
    type Reply = Fine<WebhookDelivery>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let delivery = find(cx, &self.id)?;
        let endpoint = super::find(cx, &delivery.webhook_endpoint_id)?;
        super::check_enabled(&endpoint)?;
        let environment = cx.environment;
        if events::get(cx.db(), environment, delivery.event_id.as_str())?.is_none() {
            let why = format!("The event {} is not kept any more.", delivery.event_id);
            return Err(Error::conflict(EVENT_NOT_KEPT, why));
        }
        let now = cx.machine_now();
        queue::wake(cx.db(), environment, &endpoint.id, now)?;
        let values = [cx.environment.into(), (&delivery.id).into(), now.into()];
        let sql = "UPDATE webhook_deliveries
                   SET status = 'pending', next_attempt_at = $3, attempts_before = attempts,
                       updated_at = $3
                   WHERE environment_id = $1 AND id = $2";
        cx.db().execute(sql, &values)?;
        find(cx, &delivery.id).map(Fine)
    }
}

const SELECT: &str = "SELECT id, webhook_endpoint_id, event_id, event, status, next_attempt_at,
                             created_at, updated_at FROM webhook_deliveries";

/// The delivery of this id, or 404.
fn find(cx: &mut Cx<'_>, id: &WebhookDeliveryId) -> Result<WebhookDelivery> {
    let values = [cx.environment.into(), id.into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND id = $2");
    let row = cx.db().first(&sql, &values)?;
    let row = row.ok_or_else(|| Error::not_found("Webhook delivery", id))?;
    let mut found = [read(row)?];
    add_attempts(cx, &mut found)?;
    let [delivery] = found;
    Ok(delivery)
}

fn add_attempts(cx: &mut Cx<'_>, deliveries: &mut [WebhookDelivery]) -> Result<()> {
    let mut attempts = attempts(cx, deliveries)?;
    for it in deliveries {
        it.attempts = attempts.remove(it.id.as_str()).unwrap_or_default();
    }
    Ok(())
}

fn read(mut row: Row) -> Result<WebhookDelivery> {
    Ok(WebhookDelivery {
        object: "webhook_delivery",
        id: row.take()?,
        webhook_endpoint_id: row.take()?,
        event_id: row.take()?,
        event: row.take()?,
        status: DeliveryStatus::parse(&row.take::<String>()?)?,
        attempts: Vec::new(),
        next_attempt_at: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

/// The attempts of each delivery, oldest first.
fn attempts(
    cx: &mut Cx<'_>,
    deliveries: &[WebhookDelivery],
) -> Result<HashMap<String, Vec<Attempt>>> {
    let mut attempts: HashMap<String, Vec<Attempt>> = HashMap::new();
    if deliveries.is_empty() {
        return Ok(attempts);
    }
    let mut values: Vec<Value> = vec![cx.environment.into()];
    values.extend(deliveries.iter().map(|it| Value::from(&it.id)));
    let places: Vec<String> = (2..=values.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT webhook_delivery_id, number, attempted_at, duration_millis, status_code,
                response, error
         FROM webhook_delivery_attempts
         WHERE environment_id = $1 AND webhook_delivery_id IN ({})
         ORDER BY webhook_delivery_id, number",
        places.join(", ")
    );
    for mut row in cx.db().query(&sql, &values)? {
        let attempts = attempts.entry(row.take()?).or_default();
        attempts.push(Attempt {
            number: row.take()?,
            attempted_at: row.take()?,
            duration_ms: row.take()?,
            status_code: row.take()?,
            response: row.take()?,
            error: row.take()?,
        });
    }
    Ok(attempts)
}

/// Deletes the deliveries of this environment that are older than they are kept, but for those
/// that are still tried.
pub(super) fn forget(flow: &FlowCx) -> Result<u64> {
    let mut forgotten = 0;
    loop {
        let batch = flow.write(forget_batch)?;
        forgotten += batch;
        if batch < FORGOTTEN_MAX {
            return Ok(forgotten);
        }
    }
}

fn forget_batch(cx: &mut Cx<'_>) -> Result<u64> {
    let values = [cx.environment.into(), cx.now().plus_days(-KEPT_DAYS).into()];
    let sql = format!(
        "DELETE FROM webhook_deliveries WHERE id IN
           (SELECT id FROM webhook_deliveries
            WHERE environment_id = $1 AND created_at < $2 AND next_attempt_at IS NULL
            ORDER BY created_at LIMIT {FORGOTTEN_MAX})
         RETURNING id"
    );
    let gone = cx.db().query(&sql, &values)?;
    let count = gone.len() as u64;
    for mut row in gone {
        let values = [cx.environment.into(), Value::Text(row.take()?)];
        let sql = "DELETE FROM webhook_delivery_attempts
                   WHERE environment_id = $1 AND webhook_delivery_id = $2";
        cx.db().execute(sql, &values)?;
    }
    Ok(count)
}
