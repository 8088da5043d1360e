//! A test event: what an endpoint answers to, at once and without anything having happened.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use vestibule_kernel::id::{EventId, WebhookEndpointId};
use vestibule_kernel::{Code, Cx, Error, Fine, Flow, FlowCx, Kind, Method::Post, Result, Route};

use super::queue::{Batch, Outcome};
use super::{EventName, courier};
use crate::events::{self, Event};
use crate::relay;

const DATA_NEEDED: Code = "event_data_needed";
/// What is sent where the endpoint takes every event and none is named.
const EVENT_DEFAULT: &str = "organization.created";

/// What an endpoint made of a test event
#[derive(Debug, Serialize, JsonSchema)]
pub struct WebhookTest {
    /// Always `webhook_test`
    #[schemars(extend("const" = "webhook_test"))]
    object: &'static str,
    /// The endpoint
    webhook_endpoint_id: WebhookEndpointId,
    /// Whether the endpoint took the event
    delivered: bool,
    /// The status that it answered with; null where there was no answer
    status_code: Option<i64>,
    /// The beginning of what it answered, 1024 bytes at the most; null where that is nothing
    response: Option<String>,
    /// Why it was not delivered; null where it was
    error: Option<String>,
    /// How long it took, in milliseconds
    duration_ms: i64,
    /// The event that was sent, which no list of events has
    event: Event,
}

/// Send a test event to a webhook endpoint
///
/// It is sent at once and signed as every other, also to an endpoint that is disabled. No list of
/// events or deliveries has it, and it is not tried again.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct TestWebhookEndpoint {
    /// The id of the endpoint
    id: WebhookEndpointId,
    /// The name of the event; the first that the endpoint subscribes to where it is not given
    event: Option<EventName>,
    /// What the event is about; that of the newest event of this name where it is not given
    event_data: Option<Map<String, Value>>,
}

impl Flow for TestWebhookEndpoint {
    const ID: &'static str = "webhook_endpoints.test";
    const ROUTE: Route = Route(Post, "/vestibule/v1/webhook_endpoints/{id}/test");
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[DATA_NEEDED];
    type Reply = Fine<WebhookTest>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self { id, event, event_data } = self;
        let name = event.map(|it| it.0);
        relay::sequence(&flow.app)?;
        let (batch, event) =
            flow.read(|cx| prepare(cx, &id, name.as_deref(), event_data.as_ref()))?;
        let runtime = tokio::runtime::Handle::try_current().map_err(Error::internal)?;
        let outcome = runtime.block_on(courier::post(&flow.app, &batch, &event));
        let Outcome { attempted_at: _, duration_millis, status_code, response, error } = outcome;
        Ok(Fine(WebhookTest {
            object: "webhook_test",
            webhook_endpoint_id: id,
            delivered: error.is_none(),
            status_code: status_code.map(i64::from),
            response,
            error,
            duration_ms: duration_millis,
            event,
        }))
    }
}

fn prepare(
    cx: &mut Cx<'_>,
    id: &WebhookEndpointId,
    name: Option<&str>,
    data: Option<&Map<String, Value>>,
) -> Result<(Batch, Event)> {
    let endpoint = super::find(cx, id)?;
    let first = endpoint.events.first().map_or(EVENT_DEFAULT, String::as_str);
    let name = name.unwrap_or(first);
    let data = match data {
        Some(it) => it.clone(),
        None => known_data(cx, name)?,
    };
    let event = Event {
        object: "event",
        id: EventId::new(cx),
        event: name.to_owned(),
        data,
        created_at: cx.now(),
        context: None,
    };
    let (url, secret, policy) = (endpoint.endpoint_url, endpoint.secret, cx.setting()?);
    Ok((Batch { url, secret, policy, parcels: Vec::new() }, event))
}

/// What the newest event of a name is about, or a sample of the most common one.
fn known_data(cx: &mut Cx<'_>, name: &str) -> Result<Map<String, Value>> {
    if let Some(it) = events::newest(cx, name)? {
        return Ok(it.data);
    }
    if name == EVENT_DEFAULT
        && let Value::Object(data) = sample(cx)
    {
        return Ok(data);
    }
    let why = format!("No event '{name}' has happened here yet. Give its event_data.");
    Err(Error::new(Kind::Invalid, DATA_NEEDED, why))
}

fn sample(cx: &Cx<'_>) -> Value {
    json!({
        "object": "organization",
        "id": "org_01EHWNCE74X7JSDV0X3SZ3KJNY",
        "name": "Test organization",
        "domains": [],
        "metadata": {},
        "external_id": null,
        "created_at": cx.now(),
        "updated_at": cx.now(),
    })
}
