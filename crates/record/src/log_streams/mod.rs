//! Log streams: the audit log of an organization, sent on as it grows to where its customer keeps
//! logs.
//!
//! A stream goes along the hash chain of its organization, and keeps the place up to which its
//! receiver has taken events. One batch is on its way at a time, and is tried until it is taken: so
//! events come in the order of the chain, each at least once, whatever breaks meanwhile. The sender
//! (see [`work`]) is the only one that moves the place.
mod batch;
mod checks;
mod deliveries;
mod destination;
mod operations;
mod receivers;
mod schedule;
mod sender;
mod skip;
mod store;
mod trial;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vestibule_kernel::event::Reaction;
use vestibule_kernel::id::{AuditLogEventId, AuditLogStreamId, OrganizationId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, FlowCx, Op, Result, flow, op};

use destination::Destination;
pub use destination::StreamType;
pub use sender::{run_due, work};
pub use store::clock_moved;

/// The operations of this domain.
pub const OPERATIONS: &[Op] = &[
    op::<operations::CreateAuditLogStream>(),
    op::<operations::ListAuditLogStreams>(),
    op::<operations::GetAuditLogStream>(),
    op::<operations::UpdateAuditLogStream>(),
    op::<operations::DeleteAuditLogStream>(),
    flow::<trial::TestAuditLogStream>(),
    op::<skip::SkipAuditLogStreamEvent>(),
    op::<deliveries::ListAuditLogStreamDeliveries>(),
];

/// The streams of an organization end with it, and nobody keeps its credentials. Its audit log
/// stays.
pub const ON_ORGANIZATION_DELETED: Reaction =
    Reaction { event: "organization.deleted", run: forget_organization };

/// How many streams an organization has at the most.
const STREAMS_MAX: i64 = 20;

/// How a stream fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum StreamState {
    /// Events are sent.
    Active,
    /// It was switched off, and keeps its place.
    Inactive,
    /// The receiver did not take the last batch, which is tried again.
    Error,
    /// The receiver does not accept the credentials; tried again once an hour.
    Invalid,
}

impl StreamState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Error => "error",
            Self::Invalid => "invalid",
        }
    }
    fn parse(text: &str) -> Result<Self> {
        [Self::Active, Self::Inactive, Self::Error, Self::Invalid]
            .into_iter()
            .find(|it| it.as_str() == text)
            .ok_or_else(|| Error::internal(format!("a stream has the state '{text}'")))
    }
}

/// When a batch is sent: as soon as one of these is reached
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct Batching {
    /// How many events it holds at the most [default: what suits the receiver]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub events_max: Option<u32>,
    /// How many bytes its events have at the most, before compression [default: what suits the receiver]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1000, max = 8_000_000))]
    pub bytes_max: Option<u32>,
    /// How long its oldest event waits at the most, in seconds [default: 5, and 60 for buckets]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 3600))]
    pub age_seconds_max: Option<u32>,
}

/// Where the audit log of an organization is sent as it grows
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AuditLogStream {
    /// Always `audit_log_stream`
    #[schemars(extend("const" = "audit_log_stream"))]
    pub object: &'static str,
    /// The id of the stream
    pub id: AuditLogStreamId,
    /// The organization
    pub organization_id: OrganizationId,
    /// What people call it; receivers that ask for a source are told this
    pub name: Option<String>,
    /// What kind of receiver it has
    pub r#type: StreamType,
    /// How it fares
    pub state: StreamState,
    /// Why the last batch was not taken; null where it was
    pub error: Option<String>,
    /// Since when no batch was taken; null where the last one was
    pub failing_since: Option<Time>,
    /// When it is tried again after a failure; null where nothing failed
    pub next_attempt_at: Option<Time>,
    /// The actions that are sent; all of them where there is none
    pub actions: Vec<String>,
    /// Where it leads, as it was given, without the credentials
    pub destination: Map<String, Value>,
    /// What the credentials end with, by the field that they were given in; `...` alone where that would tell too much
    pub credential_hints: BTreeMap<String, String>,
    /// When a batch is sent
    pub batching: Batching,
    /// How many events of the log it has not dealt with yet
    pub events_waiting: i64,
    /// The last event that the receiver took; null where there is none yet
    pub last_synced_event_id: Option<AuditLogEventId>,
    /// When the receiver took it
    pub last_synced_at: Option<Time>,
    /// When the stream was made
    pub created_at: Time,
    /// When what it sends, and where, last changed
    pub updated_at: Time,
}

/// A stream with what the sender knows of it.
#[derive(Debug)]
struct Stream {
    shown: AuditLogStream,
    to: Destination,
    position: i64,
    batch_end: Option<i64>,
    failures: i64,
    revision: i64,
    next_attempt_at: Time,
}

impl Stream {
    /// What receivers are told that the events come from.
    fn source(&self) -> &str {
        self.shown.name.as_deref().unwrap_or("vestibule")
    }
    /// Its secrets, which nobody may be shown.
    fn secrets(&self) -> Vec<&Secret> {
        self.to.secrets().into_iter().map(|it| it.1).collect()
    }
}

/// The stream of an organization that the official description knows of: one, and no syslog. Of
/// several, the oldest that is switched on.
pub fn configured(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
) -> Result<Option<AuditLogStream>> {
    let streams = store::of_organization(cx, organization)?.into_iter();
    // Oldest first already, and of equals the first is taken.
    let official = streams.filter(|it| it.r#type != StreamType::Syslog);
    Ok(official.min_by_key(|it| it.state == StreamState::Inactive))
}

/// The stream of an organization that is shown where there is room for one, whatever its type: of
/// several, the oldest that is switched on, and syslog after the others.
pub fn foremost(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<Option<AuditLogStream>> {
    let streams = store::of_organization(cx, organization)?.into_iter();
    let rank =
        |it: &AuditLogStream| (it.state == StreamState::Inactive, it.r#type == StreamType::Syslog);
    Ok(streams.min_by_key(rank))
}

/// The stream of this id, or 404.
fn find(cx: &mut Cx<'_>, id: &AuditLogStreamId) -> Result<Stream> {
    store::get(cx, id)?.ok_or_else(|| Error::not_found("Audit log stream", id))
}

/// Deletes what is over of the log of deliveries.
pub fn forget(flow: &FlowCx) -> Result<u64> {
    deliveries::forget(flow)
}

fn forget_organization(cx: &mut Cx<'_>, payload: &Value) -> Result<()> {
    let id = payload["id"].as_str().unwrap_or_default();
    let organization = OrganizationId::parse(id)?;
    for stream in store::of_organization(cx, &organization)? {
        delete(cx, &stream.id)?;
    }
    Ok(())
}

fn delete(cx: &mut Cx<'_>, id: &AuditLogStreamId) -> Result<()> {
    deliveries::delete_all(cx, id)?;
    store::delete(cx, id)
}
