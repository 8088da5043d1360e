//! Webhook endpoints: where an application wants to be told of events.
//!
//! Every event that an endpoint subscribes to is delivered at least once, signed with the
//! endpoint's secret, while the endpoint is enabled; in the order of events, as long as none fails.
//! The relay makes the deliveries, the courier carries them out, and each attempt is logged. An
//! endpoint that takes none for days is disabled.
mod courier;
mod deliveries;
mod disabling;
mod fan_out;
mod policy;
mod queue;
mod replay_job;
mod replays;
mod store;
mod trial;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use vestibule_kernel::id::WebhookEndpointId;
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Created, Cx, Error, Fine, FlowCx, Kind,
    Method::{Delete, Get, Patch, Post},
    NoContent, Op, Operation, Result, Route, flow, op,
};

use crate::events::catalogue;
pub use courier::{run_due, work};
pub use deliveries::{Attempt, DeliveryStatus, WebhookDelivery};
pub use disabling::nobody_is_mailed;
pub(crate) use fan_out::{fan_out, first_undelivered};
pub use policy::DeliveryPolicy;
pub use queue::clock_moved;
pub use replay_job::REPLAY;

/// The operations of this domain.
pub const OPERATIONS: &[Op] = &[
    op::<CreateWebhookEndpoint>(),
    op::<ListWebhookEndpoints>(),
    op::<GetWebhookEndpoint>(),
    op::<UpdateWebhookEndpoint>(),
    op::<DeleteWebhookEndpoint>(),
    flow::<trial::TestWebhookEndpoint>(),
    op::<deliveries::ListWebhookDeliveries>(),
    op::<deliveries::GetWebhookDelivery>(),
    op::<deliveries::ReplayWebhookDelivery>(),
    flow::<replays::CreateWebhookReplay>(),
    op::<replays::ListWebhookReplays>(),
    op::<replays::GetWebhookReplay>(),
    op::<policy::GetWebhookPolicy>(),
    op::<policy::UpdateWebhookPolicy>(),
];

const DUPLICATE_ENDPOINT: Code = "duplicate_endpoint";
const INVALID_URL: Code = "invalid_url";
const ENDPOINT_DISABLED: Code = "webhook_endpoint_disabled";

/// How many endpoints an environment has at the most: each event is held against each of them.
const ENDPOINTS_MAX: i64 = 1000;
/// What every secret of an endpoint begins with.
const SECRET_PREFIX: &str = "whsec_";

/// Whether an endpoint is delivered to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum EndpointStatus {
    /// It is.
    Enabled,
    /// It gets nothing, not even later what happens now.
    Disabled,
}

/// An address that is told of events
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WebhookEndpoint {
    /// Always `webhook_endpoint`
    #[schemars(extend("const" = "webhook_endpoint"))]
    pub object: &'static str,
    /// The id of the endpoint
    pub id: WebhookEndpointId,
    /// Where events are sent
    pub endpoint_url: String,
    /// What deliveries are signed with
    #[serde(serialize_with = "reveal")]
    pub secret: Secret,
    /// Whether the endpoint is delivered to
    pub status: EndpointStatus,
    /// The names of the events that it is told of; all of them where there is no name
    pub events: Vec<String>,
    /// When it was made
    pub created_at: Time,
    /// When it last changed
    pub updated_at: Time,
}

/// The secret is part of every answer about its endpoint (contract 10), and of nothing else.
fn reveal<S: Serializer>(secret: &Secret, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(secret.reveal())
}

/// The name of an event that an endpoint may subscribe to.
#[derive(Debug, Deserialize)]
struct EventName(String);

impl JsonSchema for EventName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "WebhookEventName".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(g: &mut schemars::SchemaGenerator) -> schemars::Schema {
        catalogue::subscribable(g)
    }
}

/// The names, each once, in the order in which they were given.
fn distinct(names: Vec<EventName>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for EventName(name) in names {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct
}

/// An endpoint to be made.
#[derive(Clone, Debug, Default)]
pub struct NewEndpoint {
    /// Where events are sent.
    pub endpoint_url: String,
    /// The names of the events; none for all.
    pub events: Vec<String>,
    /// A secret to sign with; a fresh one where there is none.
    pub secret: Option<Secret>,
}

/// Makes an endpoint. Events that happened before are not delivered to it.
pub fn create(cx: &mut Cx<'_>, new: NewEndpoint) -> Result<WebhookEndpoint> {
    let NewEndpoint { endpoint_url, events, secret } = new;
    check_url(cx, &endpoint_url)?;
    store::hold_relay(cx)?;
    if store::count(cx)? >= ENDPOINTS_MAX {
        let why = format!("An environment has at most {ENDPOINTS_MAX} webhook endpoints.");
        return Err(Error::invalid_field("endpoint_url", "too_many", why));
    }
    let endpoint = WebhookEndpoint {
        object: "webhook_endpoint",
        id: WebhookEndpointId::new(cx),
        endpoint_url,
        secret: secret.unwrap_or_else(|| Secret::random(SECRET_PREFIX, cx.app.chance())),
        status: EndpointStatus::Enabled,
        events,
        created_at: cx.now(),
        updated_at: cx.now(),
    };
    store::insert(cx, &endpoint)?;
    queue::open(cx, &endpoint.id)?;
    store::begin_now(cx, &endpoint.id)?;
    Ok(endpoint)
}

/// The endpoint of this id, or 404.
pub fn find(cx: &mut Cx<'_>, id: &WebhookEndpointId) -> Result<WebhookEndpoint> {
    store::get(cx, id)?.ok_or_else(|| Error::not_found("Webhook endpoint", id))
}

/// Deletes what is over of the log of deliveries.
pub fn forget(flow: &FlowCx) -> Result<u64> {
    let replays = flow.write(|cx| {
        let before = cx.now().plus_days(-deliveries::KEPT_DAYS);
        replays::forget(cx, before)
    })?;
    Ok(replays + deliveries::forget(flow)?)
}

fn check_enabled(endpoint: &WebhookEndpoint) -> Result<()> {
    match endpoint.status {
        EndpointStatus::Enabled => Ok(()),
        EndpointStatus::Disabled => {
            let why = format!("The endpoint {} is disabled. Enable it first.", endpoint.id);
            Err(Error::conflict(ENDPOINT_DISABLED, why))
        }
    }
}

fn check_url(cx: &Cx<'_>, url: &str) -> Result<()> {
    match cx.app.net().http().target(url) {
        Ok(_) => Ok(()),
        Err(it) => Err(Error::new(Kind::Invalid, INVALID_URL, it.to_string())),
    }
}

fn duplicate(url: &str) -> Error {
    let why = format!("There is a webhook endpoint with the URL '{url}' already.");
    Error::conflict(DUPLICATE_ENDPOINT, why)
}

/// Create a webhook endpoint
///
/// It is told of every event from now on whose name it lists.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateWebhookEndpoint {
    /// Where events are sent: a public https address, no two alike
    endpoint_url: String,
    /// The names of the events that it is told of; all events where the list is empty
    #[schemars(length(max = 500))]
    events: Vec<EventName>,
}

impl Operation for CreateWebhookEndpoint {
    const ID: &'static str = "webhook_endpoints.create";
    const ROUTE: Route = Route(Post, "/webhook_endpoints");
    const FAILS: &'static [Code] = &[DUPLICATE_ENDPOINT, INVALID_URL];
    const STATUSES: &'static [u16] = &[409];
    const SECRETS: &'static [&'static str] = &["secret"];
    type Reply = Created<WebhookEndpoint>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { endpoint_url, events } = self;
        let new = NewEndpoint { endpoint_url, events: distinct(events), secret: None };
        create(cx, new).map(Created)
    }
}

/// List webhook endpoints
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListWebhookEndpoints {
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListWebhookEndpoints {
    const ID: &'static str = "webhook_endpoints.list";
    const ROUTE: Route = Route(Get, "/webhook_endpoints");
    const SECRETS: &'static [&'static str] = &["data.*.secret"];
    type Reply = Fine<Page<WebhookEndpoint>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        store::list(cx, &self.paging).map(Fine)
    }
}

/// Get a webhook endpoint
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetWebhookEndpoint {
    /// The id of the endpoint
    id: WebhookEndpointId,
}

impl Operation for GetWebhookEndpoint {
    const ID: &'static str = "webhook_endpoints.get";
    const ROUTE: Route = Route(Get, "/webhook_endpoints/{id}");
    const SECRETS: &'static [&'static str] = &["secret"];
    const EXTENSION: bool = true;
    type Reply = Fine<WebhookEndpoint>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        find(cx, &self.id).map(Fine)
    }
}

/// Update a webhook endpoint
///
/// What is not given stays as it is. When an endpoint is disabled, what waits to be delivered to
/// it is given up.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateWebhookEndpoint {
    /// The id of the endpoint
    id: WebhookEndpointId,
    /// Where events are sent: a public https address, no two alike
    endpoint_url: Option<String>,
    /// Whether the endpoint is delivered to
    status: Option<EndpointStatus>,
    /// The names of the events that it is told of; all events where the list is empty
    #[schemars(length(max = 500))]
    events: Option<Vec<EventName>>,
}

impl Operation for UpdateWebhookEndpoint {
    const ID: &'static str = "webhook_endpoints.update";
    const ROUTE: Route = Route(Patch, "/webhook_endpoints/{id}");
    const FAILS: &'static [Code] = &[DUPLICATE_ENDPOINT, INVALID_URL];
    const STATUSES: &'static [u16] = &[409];
    const SECRETS: &'static [&'static str] = &["secret"];
    type Reply = Fine<WebhookEndpoint>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id, endpoint_url, status, events } = self;
        store::hold_relay(cx)?;
        let before = find(cx, &id)?;
        let mut endpoint = before.clone();
        if let Some(url) = endpoint_url {
            check_url(cx, &url)?;
            endpoint.endpoint_url = url;
        }
        if let Some(events) = events {
            endpoint.events = distinct(events);
        }
        if let Some(status) = status {
            endpoint.status = status;
        }
        let same = (&endpoint.endpoint_url, &endpoint.events, endpoint.status)
            == (&before.endpoint_url, &before.events, before.status);
        if !same {
            endpoint.updated_at = cx.now();
            store::update(cx, &endpoint)?;
        }
        match (before.status, endpoint.status) {
            (EndpointStatus::Disabled, EndpointStatus::Enabled) => store::begin_now(cx, &id)?,
            (EndpointStatus::Enabled, EndpointStatus::Disabled) => queue::cancel(cx, &id)?,
            (EndpointStatus::Enabled, EndpointStatus::Enabled)
            | (EndpointStatus::Disabled, EndpointStatus::Disabled) => (),
        }
        store::release_relay(cx)?;
        Ok(Fine(endpoint))
    }
}

/// Delete a webhook endpoint, with the log of its deliveries
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteWebhookEndpoint {
    /// The id of the endpoint
    id: WebhookEndpointId,
}

impl Operation for DeleteWebhookEndpoint {
    const ID: &'static str = "webhook_endpoints.delete";
    const ROUTE: Route = Route(Delete, "/webhook_endpoints/{id}");
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        store::hold_relay(cx)?;
        find(cx, &id)?;
        queue::delete_all(cx, &id)?;
        replays::delete_all(cx, &id)?;
        store::delete(cx, &id)?;
        store::release_relay(cx)?;
        Ok(NoContent)
    }
}
