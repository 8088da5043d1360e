//! Taking events, and reading them again.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::id::{AuditLogEventId, OrganizationId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::secret::digest_of;
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Cx, Error, Fine, Flow, FlowCx,
    Method::{Get, Post},
    Operation, Result, Route, Within,
};
use vestibule_people::organizations;

use super::content::EventContent;
use super::schemas;
use super::store::{self, Filter};
use super::validation::{self, Compiled, INVALID_EVENT};

/// How long an event is known, so that it is not taken twice.
pub(super) const KNOWN_SECONDS: i64 = 24 * 60 * 60;
/// The years that ISO 8601 writes with four digits, in milliseconds.
const TIME_MILLIS_MIN: i64 = -62_167_219_200_000;
const TIME_MILLIS_MAX: i64 = 253_402_300_799_999;
/// How many actions a list names at the most.
const ACTIONS_MAX: usize = 100;

/// An event of an audit log
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AuditLogEvent {
    /// Always `audit_log_event`
    #[schemars(extend("const" = "audit_log_event"))]
    pub object: &'static str,
    /// The id of the event
    pub id: AuditLogEventId,
    /// The organization that it happened in
    pub organization_id: OrganizationId,
    #[serde(flatten)]
    #[expect(missing_docs, reason = "its fields are documented")]
    pub content: EventContent,
    /// When it was taken
    pub created_at: Time,
    /// Its place in the hash chain of the organization; null until it is sealed, a moment after it
    /// was taken
    pub position: Option<i64>,
    /// The hash of the chain up to it; null until it is sealed
    pub hash: Option<String>,
}

/// That an event was taken
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AuditLogEventTaken {
    /// Always true
    pub success: bool,
}

/// Create an event of an audit log
///
/// The event must fit a schema of its action. The same event with the same `Idempotency-Key`, or
/// twice without one, is taken once within 24 hours.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateAuditLogEvent {
    /// The organization that it happened in
    organization_id: OrganizationId,
    /// What happened
    event: EventContent,
}

impl Flow for CreateAuditLogEvent {
    const ID: &'static str = "audit_log_events.create";
    const ROUTE: Route = Route(Post, "/audit_logs/events");
    const FAILS: &'static [Code] = &[INVALID_EVENT];
    const STATUSES: &'static [u16] = &[404];
    const OWN_KEYS: bool = true;
    type Reply = Fine<AuditLogEventTaken>;

    /// A flow, so that a schema is held against it while nobody waits for the writer.
    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self { organization_id, mut event } = self;
        check_time(event.occurred_at)?;
        let digest = digest(flow, &organization_id, &event)?;
        let since = flow.now().plus_seconds(-KNOWN_SECONDS);
        let found = flow.read(|cx| {
            organizations::find(cx, &organization_id)?;
            if store::has_key(cx, &digest, since)? {
                return Ok(None);
            }
            find_schema(cx, &event).map(Some)
        })?;
        if let Some((version, schema)) = found {
            Compiled::kept(&schema)?.check(&event)?;
            event.version = Some(version);
            flow.write(move |cx| {
                if store::take_key(cx, &digest, since)? {
                    store::insert(cx, &organization_id, &event)?;
                }
                Ok(())
            })?;
        }
        Ok(Fine(AuditLogEventTaken { success: true }))
    }
}

/// Every time that a client can write is taken, however long ago or ahead.
fn check_time(time: Time) -> Result<()> {
    if (TIME_MILLIS_MIN..=TIME_MILLIS_MAX).contains(&time.millis()) {
        return Ok(());
    }
    let text = "occurred_at lies in a year from 0000 to 9999.";
    Err(Error::invalid_field("event.occurred_at", "out_of_range", text))
}

/// The digest of the event, its organization and its key. The key alone does not name an event
/// (contract 09): another event under it is another event.
fn digest(flow: &FlowCx, organization: &OrganizationId, event: &EventContent) -> Result<String> {
    let key = flow.request().idempotency_key.as_deref().unwrap_or_default();
    let event = serde_json::to_string(event).map_err(Error::internal)?;
    // No header holds a line end.
    Ok(digest_of(format!("{key}\n{organization}\n{event}")))
}

fn find_schema(cx: &mut Cx<'_>, event: &EventContent) -> Result<(i64, String)> {
    let EventContent { action, version, .. } = event;
    if let Some(found) = schemas::of_event(cx, action, *version)? {
        return Ok(found);
    }
    Err(match version {
        Some(version) if schemas::has_action(cx, action)? => {
            let text = format!("The action '{action}' has no schema of version {version}.");
            validation::refuse("/version", text)
        }
        _ => {
            let text = format!(
                "There is no action '{action}'. Create a schema of it first: \
                 POST /audit_logs/actions/{action}/schemas."
            );
            validation::refuse("/action", text)
        }
    })
}

/// List the events of an organization, the latest first
///
/// Events are in the order of their time. A list with `text` looks through 20,000 events for each
/// page, so that a page may be short, or empty, and the list goes on after it all the same.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListAuditLogEvents {
    /// The organization
    organization_id: OrganizationId,
    #[serde(flatten)]
    paging: Paging,
    /// Only events of these actions
    #[schemars(length(max = ACTIONS_MAX))]
    actions: Option<Vec<String>>,
    /// Only events of the actor of this id
    actor_id: Option<String>,
    /// Only events that have a target of this id
    target_id: Option<String>,
    /// Only events at or after this time
    range_start: Option<Time>,
    /// Only events before this time
    range_end: Option<Time>,
    /// Only events in which an id, a name, a type, the context or a value of the metadata has this
    /// text, in any case
    #[schemars(length(min = 1, max = 255))]
    text: Option<String>,
}

impl Operation for ListAuditLogEvents {
    const ID: &'static str = "audit_log_events.list";
    const ROUTE: Route = Route(Get, "/vestibule/v1/audit_logs/events");
    const EXTENSION: bool = true;
    const LONG: bool = true;
    type Reply = Fine<Page<AuditLogEvent>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {
            organization_id,
            paging,
            actions,
            actor_id,
            target_id,
            range_start,
            range_end,
            text,
        } = self;
        let filter = Filter {
            organization: organization_id,
            actions: actions.unwrap_or_default(),
            actor: actor_id,
            target: target_id,
            start: range_start,
            end: range_end,
            text: text.map(|it| it.to_lowercase()),
        };
        store::page(cx, &filter, &paging).map(Fine)
    }
}

/// Get an event of an audit log
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetAuditLogEvent {
    /// The id of the event
    id: AuditLogEventId,
}

impl Operation for GetAuditLogEvent {
    const ID: &'static str = "audit_log_events.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/audit_logs/events/{id}");
    const WITHIN: Within = Within::Row { table: "audit_log_events", field: "id" };
    const EXTENSION: bool = true;
    type Reply = Fine<AuditLogEvent>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        let found = store::get(cx, &id)?;
        found.map(Fine).ok_or_else(|| Error::not_found("Audit Log event", &id))
    }
}
