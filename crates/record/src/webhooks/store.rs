//! The tables of endpoints, and of how far deliveries were made for them.
use vestibule_kernel::db::{Json, OnUnique, Row, Tx, Value};
use vestibule_kernel::id::{EnvironmentId, WebhookEndpointId};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{App, Cx, Error, Result};

use super::{EndpointStatus, WebhookEndpoint, duplicate};
use crate::events::{self, Occurrence, catalogue};

const SECRET: &str = "webhook_endpoints.secret";
/// How many events without a place are noted as past. There are more only where the relay lags far
/// behind, and then some of the past is delivered.
const PAST_EVENTS_MAX: i64 = 1000;
const SELECT: &str = "SELECT id, endpoint_url, secret, status, events, created_at, updated_at
                      FROM webhook_endpoints";

fn read(app: &App, mut row: Row) -> Result<WebhookEndpoint> {
    Ok(WebhookEndpoint {
        object: "webhook_endpoint",
        id: row.take()?,
        endpoint_url: row.take()?,
        secret: open(app, &row.take::<Vec<u8>>()?)?,
        status: read_status(&row.take::<String>()?)?,
        events: row.take::<Json<_>>()?.0,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

/// Opens the secret of an endpoint.
pub(super) fn open(app: &App, sealed: &[u8]) -> Result<Secret> {
    app.sealer().open_text(SECRET, sealed)
}

fn status(it: EndpointStatus) -> &'static str {
    match it {
        EndpointStatus::Enabled => "enabled",
        EndpointStatus::Disabled => "disabled",
    }
}

fn read_status(text: &str) -> Result<EndpointStatus> {
    match text {
        "enabled" => Ok(EndpointStatus::Enabled),
        "disabled" => Ok(EndpointStatus::Disabled),
        _ => Err(Error::internal(format!("a webhook endpoint has the status '{text}'"))),
    }
}

/// Keeps the relay of this environment off until the end of the transaction, and from then on
/// makes it start at the events of now where it had nothing to do before.
///
/// The row that is written is the one whose lock the relay takes.
pub(super) fn hold_relay(cx: &mut Cx<'_>) -> Result<()> {
    let sequence = events::last_sequence(cx)?;
    let values = [cx.environment.into(), sequence.into()];
    let sql = "INSERT INTO webhook_cursors (environment_id, sequence) VALUES ($1, $2)
               ON CONFLICT (environment_id) DO UPDATE SET sequence = webhook_cursors.sequence";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Spares the relay an environment in which no endpoint is enabled.
pub(super) fn release_relay(cx: &mut Cx<'_>) -> Result<()> {
    let values = [cx.environment.into()];
    let sql = "DELETE FROM webhook_cursors WHERE environment_id = $1 AND NOT EXISTS
                 (SELECT 1 FROM webhook_endpoints
                  WHERE environment_id = $1 AND status = 'enabled')";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn count(cx: &mut Cx<'_>) -> Result<i64> {
    let values = [cx.environment.into()];
    let sql = "SELECT COUNT(*) FROM webhook_endpoints WHERE environment_id = $1";
    cx.db().first(sql, &values)?.map_or(Ok(0), |mut row| row.take())
}

pub(super) fn get(cx: &mut Cx<'_>, id: &WebhookEndpointId) -> Result<Option<WebhookEndpoint>> {
    let values = [cx.environment.into(), id.into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND id = $2");
    let row = cx.db().first(&sql, &values)?;
    row.map(|it| read(cx.app, it)).transpose()
}

pub(super) fn list(cx: &mut Cx<'_>, paging: &Paging) -> Result<Page<WebhookEndpoint>> {
    let app = cx.app;
    Listing::of(cx, "webhook_endpoints", SELECT).page(cx, paging, |row| read(app, row))
}

pub(super) fn insert(cx: &mut Cx<'_>, endpoint: &WebhookEndpoint) -> Result<()> {
    let values = [
        (&endpoint.id).into(),
        cx.environment.into(),
        Value::from(&endpoint.endpoint_url),
        cx.seal(SECRET, endpoint.secret.reveal())?.into(),
        status(endpoint.status).into(),
        Json(&endpoint.events).into(),
        endpoint.created_at.into(),
        endpoint.updated_at.into(),
    ];
    let sql = "INSERT INTO webhook_endpoints
                 (id, environment_id, endpoint_url, secret, status, events, past_sequence,
                  past_events, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, 0, '[]', $7, $8)";
    cx.db().execute(sql, &values).on_unique(URL, || duplicate(&endpoint.endpoint_url)).map(|_| ())
}

/// Notes what has happened by now, and so is past for an endpoint that is enabled.
pub(super) fn begin_now(cx: &mut Cx<'_>, id: &WebhookEndpointId) -> Result<()> {
    let sequence = events::last_sequence(cx)?;
    let unnumbered = events::unnumbered(cx, PAST_EVENTS_MAX)?;
    let values = [cx.environment.into(), id.into(), sequence.into(), Json(&unnumbered).into()];
    let sql = "UPDATE webhook_endpoints SET past_sequence = $3, past_events = $4
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn update(cx: &mut Cx<'_>, endpoint: &WebhookEndpoint) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&endpoint.id).into(),
        Value::from(&endpoint.endpoint_url),
        status(endpoint.status).into(),
        Json(&endpoint.events).into(),
        endpoint.updated_at.into(),
    ];
    let sql = "UPDATE webhook_endpoints
               SET endpoint_url = $3, status = $4, events = $5, updated_at = $6
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).on_unique(URL, || duplicate(&endpoint.endpoint_url)).map(|_| ())
}

const URL: &str = "webhook_endpoints(environment_id, endpoint_url)";

pub(super) fn delete(cx: &mut Cx<'_>, id: &WebhookEndpointId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM webhook_endpoints WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// An enabled endpoint: what it lists, and what had happened when it was enabled.
pub(super) struct Subscriber {
    pub(super) id: WebhookEndpointId,
    events: Vec<String>,
    past_sequence: i64,
    past_events: Vec<String>,
}

impl Subscriber {
    pub(super) fn wants(&self, it: &Occurrence) -> bool {
        let past = it.sequence <= self.past_sequence || self.past_events.contains(&it.id);
        let listed = self.events.contains(&it.event);
        !past && (listed || (self.events.is_empty() && is_subscribable(&it.event)))
    }
}

/// Whether an endpoint that lists no names is told of events of this one.
pub(super) fn is_subscribable(event: &str) -> bool {
    catalogue::comes_unnamed(event) && catalogue::get(event).is_some_and(|it| it.webhook)
}

pub(super) fn subscribers(tx: &mut dyn Tx, environment: &EnvironmentId) -> Result<Vec<Subscriber>> {
    let sql = "SELECT id, events, past_sequence, past_events FROM webhook_endpoints
               WHERE environment_id = $1 AND status = 'enabled' ORDER BY created_at, id";
    let rows = tx.query(sql, &[environment.into()])?;
    let read = |mut row: Row| {
        Ok(Subscriber {
            id: row.take()?,
            events: row.take::<Json<_>>()?.0,
            past_sequence: row.take()?,
            past_events: row.take::<Json<_>>()?.0,
        })
    };
    rows.into_iter().map(read).collect()
}
