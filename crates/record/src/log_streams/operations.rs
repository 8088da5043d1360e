//! Making streams, and what else is done with them.
use schemars::JsonSchema;
use serde::Deserialize;
use vestibule_kernel::id::{AuditLogStreamId, OrganizationId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::{
    Created, Cx, Error, Fine,
    Method::{Delete, Get, Patch, Post},
    NoContent, Operation, Result, Route, Within,
};
use vestibule_people::organizations;

use super::destination::GivenDestination;
use super::store::{self, NewStream};
use super::{AuditLogStream, Batching, STREAMS_MAX, StreamState};
use crate::audit_logs;

/// How many actions a stream names at the most.
const ACTIONS_MAX: usize = 500;

/// Where a new stream begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Beginning {
    /// With the events that come after it was made.
    #[default]
    Now,
    /// With the oldest event that is kept.
    Oldest,
}

/// Whether a stream is switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Switch {
    /// It is; events that came meanwhile are sent.
    Active,
    /// It keeps its place, and sends nothing.
    Inactive,
}

/// Create a stream of an organization's audit log
///
/// Give one of the destinations. Credentials are sealed and never shown again.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateAuditLogStream {
    /// The organization whose events are sent
    organization_id: OrganizationId,
    /// What people call it; receivers that ask for a source are told this
    #[schemars(length(min = 1, max = 100))]
    name: Option<String>,
    #[serde(flatten)]
    destination: GivenDestination,
    /// Only events of these actions; all where the list is empty or left out
    #[serde(default)]
    #[schemars(length(max = ACTIONS_MAX), inner(length(max = 255)))]
    actions: Vec<String>,
    /// When a batch is sent
    batching: Option<Batching>,
    /// Where it begins
    #[serde(default)]
    start: Beginning,
}

impl Operation for CreateAuditLogStream {
    const ID: &'static str = "audit_log_streams.create";
    const ROUTE: Route = Route(Post, "/vestibule/v1/audit_logs/streams");
    const EXTENSION: bool = true;
    type Reply = Created<AuditLogStream>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, name, destination, actions, batching, start } = self;
        organizations::find(cx, &organization_id)?;
        let to = destination.required()?;
        to.check(cx.app.net())?;
        if store::count(cx, &organization_id)? >= STREAMS_MAX {
            let why = format!("An organization has at most {STREAMS_MAX} streams.");
            return Err(Error::invalid_field("organization_id", "too_many", why));
        }
        let position = match start {
            Beginning::Now => audit_logs::length(cx, &organization_id)?,
            Beginning::Oldest => 0,
        };
        let new = NewStream {
            id: AuditLogStreamId::new(cx),
            organization: organization_id,
            name,
            to,
            actions: distinct(actions),
            batching: batching.unwrap_or_default(),
            position,
        };
        store::insert(cx, &new)?;
        super::find(cx, &new.id).map(|it| Created(it.shown))
    }
}

/// The names, each once, in the order in which they were given.
fn distinct(names: Vec<String>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for name in names {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct
}

/// List streams of audit logs, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListAuditLogStreams {
    /// Only those of this organization
    organization_id: Option<OrganizationId>,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListAuditLogStreams {
    const ID: &'static str = "audit_log_streams.list";
    const ROUTE: Route = Route(Get, "/vestibule/v1/audit_logs/streams");
    const EXTENSION: bool = true;
    type Reply = Fine<Page<AuditLogStream>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, paging } = self;
        store::list(cx, organization_id.as_ref(), &paging).map(Fine)
    }
}

/// Get a stream of an audit log, and how it fares
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetAuditLogStream {
    /// The id of the stream
    id: AuditLogStreamId,
}

impl Operation for GetAuditLogStream {
    const ID: &'static str = "audit_log_streams.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/audit_logs/streams/{id}");
    const WITHIN: Within = Within::Row { table: "audit_log_streams", field: "id" };
    const EXTENSION: bool = true;
    type Reply = Fine<AuditLogStream>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        super::find(cx, &self.id).map(|it| Fine(it.shown))
    }
}

/// Update a stream of an audit log
///
/// What is not given stays as it is. A destination is given whole, with its credentials, and may be
/// of another kind. The stream keeps its place, and tries at once.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateAuditLogStream {
    /// The id of the stream
    id: AuditLogStreamId,
    /// What people call it; receivers that ask for a source are told this
    #[schemars(length(min = 1, max = 100))]
    name: Option<String>,
    #[serde(flatten)]
    destination: GivenDestination,
    /// Only events of these actions; all where the list is empty
    #[schemars(length(max = ACTIONS_MAX), inner(length(max = 255)))]
    actions: Option<Vec<String>>,
    /// When a batch is sent; takes the place of all that was set
    batching: Option<Batching>,
    /// Whether it is switched on
    state: Option<Switch>,
}

impl Operation for UpdateAuditLogStream {
    const ID: &'static str = "audit_log_streams.update";
    const ROUTE: Route = Route(Patch, "/vestibule/v1/audit_logs/streams/{id}");
    const WITHIN: Within = Within::Row { table: "audit_log_streams", field: "id" };
    const EXTENSION: bool = true;
    type Reply = Fine<AuditLogStream>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id, name, destination, actions, batching, state } = self;
        let mut stream = super::find(cx, &id)?;
        let given = destination.one()?;
        let renamed = name.is_some() && name != stream.shown.name;
        let resent = given.is_some() || actions.is_some() || batching.is_some() || state.is_some();
        if let Some(name) = name {
            stream.shown.name = Some(name);
        }
        if let Some(to) = given {
            to.check(cx.app.net())?;
            stream.to = to;
        }
        if let Some(actions) = actions {
            stream.shown.actions = distinct(actions);
        }
        if let Some(batching) = batching {
            stream.shown.batching = batching;
        }
        stream.shown.state = match (state, stream.shown.state) {
            (Some(Switch::Inactive), _) | (None, StreamState::Inactive) => StreamState::Inactive,
            (Some(Switch::Active) | None, _) => StreamState::Active,
        };
        if resent {
            store::change(cx, &stream)?;
        } else if renamed {
            store::rename(cx, &stream)?;
        }
        super::find(cx, &id).map(|it| Fine(it.shown))
    }
}

/// Delete a stream of an audit log, with its credentials and the log of its deliveries
///
/// The audit log itself stays.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteAuditLogStream {
    /// The id of the stream
    id: AuditLogStreamId,
}

impl Operation for DeleteAuditLogStream {
    const ID: &'static str = "audit_log_streams.delete";
    const ROUTE: Route = Route(Delete, "/vestibule/v1/audit_logs/streams/{id}");
    const WITHIN: Within = Within::Row { table: "audit_log_streams", field: "id" };
    const EXTENSION: bool = true;
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        super::find(cx, &id)?;
        super::delete(cx, &id)?;
        Ok(NoContent)
    }
}
