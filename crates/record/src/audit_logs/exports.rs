//! Exports: CSV files of an organization's events, made by a job and downloaded by a signed address.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::db::{Json, Row, Value};
use vestibule_kernel::id::{AuditLogExportId, EnvironmentId, OrganizationId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Created, Cx, Error, Fine, FlowCx, Kind,
    Method::{Get, Post},
    Operation, Result, Route, Within,
};
use vestibule_people::organizations;

use super::export_job;

const INVALID_RANGE: Code = "invalid_audit_log_export_range_date";

/// How far back an export reaches, at the most: the longest three months.
const BACK_DAYS_MAX: i64 = 92;
/// How long a finished export is kept.
const KEPT_DAYS: i64 = 7;
/// How long the address of a file is good for.
const DOWNLOAD_SECONDS: i64 = 10 * 60;
/// How many values a filter has at the most.
const FILTER_MAX: usize = 100;
const DOWNLOAD_PURPOSE: &str = "audit_log_exports.download";

/// Where files are downloaded.
pub const DOWNLOAD_ROUTE: &str = "/exports/audit_logs/{environment}/{id}";

/// How far an export has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ExportState {
    /// It is being made.
    Pending,
    /// It can be downloaded.
    Ready,
    /// It could not be made.
    Error,
    /// Its file was deleted.
    Expired,
}

impl ExportState {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Pending, "pending"),
        (Self::Ready, "ready"),
        (Self::Error, "error"),
        (Self::Expired, "expired"),
    ];
    pub(super) fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|it| it.0 == self).map_or("", |it| it.1)
    }
    fn parse(text: &str) -> Result<Self> {
        let found = Self::ALL.iter().find(|it| it.1 == text).map(|it| it.0);
        found.ok_or_else(|| Error::internal(format!("an export has the state '{text}'")))
    }
}

/// Which events an export holds: those that fit each filter which names anything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExportQuery {
    /// Events at or after this time
    pub range_start: Time,
    /// Events before this time
    pub range_end: Time,
    /// The actions
    pub actions: Vec<String>,
    /// The names of the actors
    pub actor_names: Vec<String>,
    /// The ids of the actors
    pub actor_ids: Vec<String>,
    /// The types of the targets
    pub targets: Vec<String>,
}

/// A file of events
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AuditLogExport {
    /// Always `audit_log_export`
    #[schemars(extend("const" = "audit_log_export"))]
    pub object: &'static str,
    /// The id of the export
    pub id: AuditLogExportId,
    /// How far it has come
    pub state: ExportState,
    /// Where the CSV file is, for ten minutes; null until it is ready
    pub url: Option<String>,
    /// When it was asked for
    pub created_at: Time,
    /// When it last got further
    pub updated_at: Time,
}

/// How far an export has come, in detail
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AuditLogExportProgress {
    /// Always `audit_log_export_progress`
    #[schemars(extend("const" = "audit_log_export_progress"))]
    pub object: &'static str,
    /// The id of the export
    pub id: AuditLogExportId,
    /// The organization
    pub organization_id: OrganizationId,
    /// How far it has come
    pub state: ExportState,
    /// How many events are in the file by now
    pub events: i64,
    /// How long the file is by now, in bytes
    pub bytes: i64,
    /// The time of the last event that was looked at; null at the beginning
    pub reached: Option<Time>,
    /// Events up to this place in the chain are in it; null until it begins
    pub last_position: Option<i64>,
    /// The signed statement of what the finished file holds, a compact JWS: what was asked for, the
    /// number of events, the SHA-256 of the file, and the chain up to which it reaches; null until
    /// it is ready
    pub manifest: Option<String>,
    /// When it was asked for
    pub created_at: Time,
    /// When it last got further
    pub updated_at: Time,
}

/// An export as it is kept.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub id: AuditLogExportId,
    pub organization: OrganizationId,
    pub state: ExportState,
    pub query: ExportQuery,
    pub last: Option<(i64, String)>,
    pub after: Option<(Time, String)>,
    pub chunks: i64,
    pub events: i64,
    pub bytes: i64,
    pub manifest: Option<String>,
    pub created_at: Time,
    pub updated_at: Time,
}

pub(super) fn get(cx: &mut Cx<'_>, id: &AuditLogExportId) -> Result<Option<Kept>> {
    let sql = "SELECT id, organization_id, state, query, last_position, last_hash, after_time,
                      after_id, chunks, events, bytes, manifest, created_at, updated_at
               FROM audit_log_exports WHERE environment_id = $1 AND id = $2";
    let values = [cx.environment.into(), id.into()];
    cx.db().first(sql, &values)?.map(read).transpose()
}

fn read(mut row: Row) -> Result<Kept> {
    let (id, organization) = (row.take()?, row.take()?);
    let state = ExportState::parse(&row.take::<String>()?)?;
    let query = row.take::<Json<_>>()?.0;
    let last: (Option<i64>, Option<String>) = (row.take()?, row.take()?);
    let after: (Option<Time>, Option<String>) = (row.take()?, row.take()?);
    Ok(Kept {
        id,
        organization,
        state,
        query,
        last: last.0.zip(last.1),
        after: after.0.zip(after.1),
        chunks: row.take()?,
        events: row.take()?,
        bytes: row.take()?,
        manifest: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

fn insert(cx: &mut Cx<'_>, id: &AuditLogExportId, new: &CreateAuditLogExport) -> Result<()> {
    let query = new.query();
    let values = [
        id.into(),
        cx.environment.into(),
        (&new.organization_id).into(),
        ExportState::Pending.as_str().into(),
        Json(&query).into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO audit_log_exports
                 (id, environment_id, organization_id, state, query, chunks, events, bytes,
                  failures, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, 0, 0, 0, 0, $6, $6)";
    cx.db().execute(sql, &values).map(|_| ())
}

fn find(cx: &mut Cx<'_>, id: &AuditLogExportId) -> Result<Kept> {
    get(cx, id)?.ok_or_else(|| Error::not_found("Audit Log Export", id))
}

/// Create an export of an organization's events
///
/// A CSV file of the events in a range of the last three months, which is made in the background.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateAuditLogExport {
    /// The organization
    organization_id: OrganizationId,
    /// Events at or after this time, three months ago at the earliest
    range_start: Time,
    /// Events before this time
    range_end: Time,
    /// Only events of these actions
    #[schemars(length(max = FILTER_MAX))]
    actions: Option<Vec<String>>,
    /// Only events of actors of these names; `actor_names` is its newer name
    #[schemars(length(max = FILTER_MAX), extend("deprecated" = true))]
    actors: Option<Vec<String>>,
    /// Only events of actors of these names
    #[schemars(length(max = FILTER_MAX))]
    actor_names: Option<Vec<String>>,
    /// Only events of actors of these ids
    #[schemars(length(max = FILTER_MAX))]
    actor_ids: Option<Vec<String>>,
    /// Only events with a target of one of these types
    #[schemars(length(max = FILTER_MAX))]
    targets: Option<Vec<String>>,
}

impl CreateAuditLogExport {
    fn query(&self) -> ExportQuery {
        let list = |it: &Option<Vec<String>>| it.clone().unwrap_or_default();
        ExportQuery {
            range_start: self.range_start,
            range_end: self.range_end,
            actions: list(&self.actions),
            actor_names: [list(&self.actors), list(&self.actor_names)].concat(),
            actor_ids: list(&self.actor_ids),
            targets: list(&self.targets),
        }
    }
}

impl Operation for CreateAuditLogExport {
    const ID: &'static str = "audit_log_exports.create";
    const ROUTE: Route = Route(Post, "/audit_logs/exports");
    const ENDS_AS: Option<&'static str> = Some("ready");
    const FAILS: &'static [Code] = &[INVALID_RANGE];
    const STATUSES: &'static [u16] = &[400];
    type Reply = Created<AuditLogExport>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        // Quirk: 400 here, where other operations answer 404 (contract, errors-by-operation.csv).
        organizations::find(cx, &self.organization_id).map_err(|it| {
            if it.kind() == Kind::NotFound { it.with_kind(Kind::BadRequest) } else { it }
        })?;
        let earliest = cx.now().plus_days(-BACK_DAYS_MAX);
        if self.range_start >= self.range_end || self.range_start < earliest {
            return Err(Error::bad_request(INVALID_RANGE, "Invalid date range"));
        }
        let id = AuditLogExportId::new(cx);
        insert(cx, &id, &self)?;
        cx.enqueue(export_job::KIND, &export_job::Payload { id: id.clone() })?;
        Ok(Created(AuditLogExport {
            object: "audit_log_export",
            id,
            state: ExportState::Pending,
            url: None,
            created_at: cx.now(),
            updated_at: cx.now(),
        }))
    }
}

/// Get an export of an organization's events
///
/// Once it is ready, each call gives a fresh address of the file, which is good for ten minutes.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetAuditLogExport {
    /// The id of the export
    #[serde(rename = "auditLogExportId")]
    id: AuditLogExportId,
}

impl Operation for GetAuditLogExport {
    const ID: &'static str = "audit_log_exports.get";
    const ROUTE: Route = Route(Get, "/audit_logs/exports/{auditLogExportId}");
    const WITHIN: Within = Within::Row { table: "audit_log_exports", field: "auditLogExportId" };
    const SECRETS: &'static [&'static str] = &["url"];
    type Reply = Fine<AuditLogExport>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Kept { id, state, created_at, updated_at, .. } = find(cx, &self.id)?;
        let url = (state == ExportState::Ready).then(|| url(cx, &id));
        Ok(Fine(AuditLogExport {
            object: "audit_log_export",
            id,
            state,
            url,
            created_at,
            updated_at,
        }))
    }
}

/// Get how far an export has come, and the signed statement of what it holds
#[derive(Debug, Deserialize, JsonSchema)]
pub struct InspectAuditLogExport {
    /// The id of the export
    id: AuditLogExportId,
}

impl Operation for InspectAuditLogExport {
    const ID: &'static str = "audit_log_exports.inspect";
    const ROUTE: Route = Route(Get, "/vestibule/v1/audit_logs/exports/{id}");
    const WITHIN: Within = Within::Row { table: "audit_log_exports", field: "id" };
    const EXTENSION: bool = true;
    type Reply = Fine<AuditLogExportProgress>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let it = find(cx, &self.id)?;
        Ok(Fine(AuditLogExportProgress {
            object: "audit_log_export_progress",
            id: it.id,
            organization_id: it.organization,
            state: it.state,
            events: it.events,
            bytes: it.bytes,
            reached: it.after.map(|it| it.0),
            last_position: it.last.map(|it| it.0),
            manifest: it.manifest,
            created_at: it.created_at,
            updated_at: it.updated_at,
        }))
    }
}

fn url(cx: &Cx<'_>, id: &AuditLogExportId) -> String {
    let expires = cx.now().plus_seconds(DOWNLOAD_SECONDS);
    let signature = signature(cx, id, expires.millis());
    let path = DOWNLOAD_ROUTE.replace("{environment}", cx.environment.as_str());
    let path = path.replace("{id}", id.as_str());
    let (public, expires) = (&cx.app.options().public_url, expires.millis());
    format!("{public}{path}?expires={expires}&signature={signature}")
}

fn signature(cx: &Cx<'_>, id: &AuditLogExportId, expires: i64) -> String {
    cx.app.sealer().tag(DOWNLOAD_PURPOSE, &format!("{}\n{id}\n{expires}", cx.environment))
}

/// What a download is asked for with.
#[derive(Clone, Debug, Deserialize)]
pub struct Ticket {
    /// When it ends, in milliseconds.
    pub expires: i64,
    /// That we gave it.
    pub signature: String,
}

/// A file that may be downloaded.
#[derive(Clone, Debug)]
pub struct Download {
    /// The environment.
    pub environment: EnvironmentId,
    /// The export.
    pub id: AuditLogExportId,
    /// In how many pieces it is kept.
    pub chunks: i64,
    /// Its length.
    pub bytes: i64,
}

/// The file of a ticket that we gave and that has not ended.
pub fn download(flow: &FlowCx, id: &AuditLogExportId, ticket: &Ticket) -> Result<Download> {
    flow.read(|cx| {
        let expected = Secret::new(signature(cx, id, ticket.expires));
        if !expected.matches(&ticket.signature) || ticket.expires <= cx.now().millis() {
            return Err(no_file());
        }
        let found = get(cx, id)?.filter(|it| it.state == ExportState::Ready).ok_or_else(no_file)?;
        let environment = cx.environment.clone();
        Ok(Download { environment, id: found.id, chunks: found.chunks, bytes: found.bytes })
    })
}

/// The answer to whoever has no address that is good.
pub fn no_file() -> Error {
    Error::plain(Kind::NotFound, "The file is not there, or its address has expired.")
}

/// A piece of a file.
pub fn chunk(flow: &FlowCx, id: &AuditLogExportId, number: i64) -> Result<Vec<u8>> {
    flow.read(|cx| {
        let values = [cx.environment.into(), id.into(), number.into()];
        let sql = "SELECT content FROM audit_log_export_chunks
                   WHERE environment_id = $1 AND export_id = $2 AND number = $3";
        let row = cx.db().first(sql, &values)?;
        row.map_or_else(
            || Err(Error::internal("a piece of an export is missing")),
            |mut it| it.take(),
        )
    })
}

/// Deletes the files of exports that are older than they are kept, some pieces at a time.
pub(super) fn forget(cx: &mut Cx<'_>, most: i64) -> Result<u64> {
    let before = cx.now().plus_days(-KEPT_DAYS);
    let values = [cx.environment.into(), before.into()];
    let sql = "SELECT id FROM audit_log_exports
               WHERE environment_id = $1 AND created_at <= $2 AND state <> 'expired'
               ORDER BY created_at, id LIMIT 1";
    let Some(mut row) = cx.db().first(sql, &values)? else { return Ok(0) };
    let id: AuditLogExportId = row.take()?;
    let values = [cx.environment.into(), (&id).into(), most.into()];
    let sql = "DELETE FROM audit_log_export_chunks
               WHERE environment_id = $1 AND export_id = $2 AND number IN
                 (SELECT number FROM audit_log_export_chunks
                  WHERE environment_id = $1 AND export_id = $2 ORDER BY number LIMIT $3)";
    let gone = cx.db().execute(sql, &values)?;
    if gone < most.unsigned_abs() {
        let values: [Value; 3] = [cx.environment.into(), (&id).into(), cx.now().into()];
        let sql = "UPDATE audit_log_exports SET state = 'expired', updated_at = $3
                   WHERE environment_id = $1 AND id = $2";
        cx.db().execute(sql, &values)?;
        // Another one may be over, too.
        return Ok(most.unsigned_abs());
    }
    Ok(gone)
}
