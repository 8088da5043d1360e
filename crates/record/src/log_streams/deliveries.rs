//! The log of deliveries: what was handed to a receiver, and what it said.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::db::{Row, Tx};
use vestibule_kernel::id::{
    AuditLogEventId, AuditLogStreamDeliveryId, AuditLogStreamId, EnvironmentId,
};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    App, Cx, Error, Fine, FlowCx, Method::Get, Operation, Result, Route, Within,
};

use super::batch::Batch;
use super::receivers::Answer;

/// How long a delivery stays in the log.
const KEPT_DAYS: i64 = 7;
/// How many deliveries are deleted in one transaction.
const FORGOTTEN_MAX: u64 = 1000;

/// Why something was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum DeliveryKind {
    /// The log went on.
    Batch,
    /// Somebody tried the receiver.
    Test,
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum DeliveryStatus {
    /// The receiver took all of it.
    Succeeded,
    /// It did not, and a batch is tried again.
    Failed,
    /// It did not, and somebody passed over the event.
    Skipped,
}

/// One attempt to hand events to the receiver of a stream
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AuditLogStreamDelivery {
    /// Always `audit_log_stream_delivery`
    #[schemars(extend("const" = "audit_log_stream_delivery"))]
    pub object: &'static str,
    /// The id of the delivery
    pub id: AuditLogStreamDeliveryId,
    /// The stream
    pub stream_id: AuditLogStreamId,
    /// Why something was sent
    pub kind: DeliveryKind,
    /// What came of it
    pub status: DeliveryStatus,
    /// How many events it held
    pub events: i64,
    /// How many bytes they were, in JSON and before compression
    pub bytes: i64,
    /// The first of them
    pub first_event_id: Option<AuditLogEventId>,
    /// The last of them
    pub last_event_id: Option<AuditLogEventId>,
    /// The status that the receiver answered with; null where there was none
    pub status_code: Option<i64>,
    /// How its answer begins, where it was more than a status
    pub response: Option<String>,
    /// Why it failed; null where it did not
    pub error: Option<String>,
    /// How long it took, in milliseconds
    pub duration_ms: i64,
    /// When it was made
    pub created_at: Time,
}

impl AuditLogStreamDelivery {
    /// What came of handing over a batch that was begun at `started`.
    pub(super) fn new(
        app: &App,
        stream: &AuditLogStreamId,
        kind: DeliveryKind,
        batch: &Batch,
        answer: &Answer,
        started: Time,
    ) -> Self {
        let ends = batch.ends();
        let Answer { status_code, response, refusal } = answer;
        let status = match refusal {
            None => DeliveryStatus::Succeeded,
            Some(_) => DeliveryStatus::Failed,
        };
        let count = |it: usize| i64::try_from(it).unwrap_or(i64::MAX);
        Self {
            object: "audit_log_stream_delivery",
            id: AuditLogStreamDeliveryId::make(app.chance(), started),
            stream_id: stream.clone(),
            kind,
            status,
            events: count(batch.events.len()),
            bytes: count(batch.bytes),
            first_event_id: ends.map(|it| it.0.clone()),
            last_event_id: ends.map(|it| it.1.clone()),
            status_code: status_code.map(i64::from),
            response: response.clone(),
            error: refusal.as_ref().map(|it| it.why.clone()),
            duration_ms: app.now().millis() - started.millis(),
            created_at: started,
        }
    }
}

impl AuditLogStreamDelivery {
    /// That an event was passed over, which the receiver had refused with this error.
    pub(super) fn skipped(
        app: &App,
        stream: &AuditLogStreamId,
        batch: &Batch,
        error: Option<String>,
    ) -> Self {
        let answer = Answer { status_code: None, response: None, refusal: None };
        let made = Self::new(app, stream, DeliveryKind::Batch, batch, &answer, app.now());
        Self { status: DeliveryStatus::Skipped, error, ..made }
    }
}

pub(super) fn insert(
    tx: &mut dyn Tx,
    environment: &EnvironmentId,
    delivery: &AuditLogStreamDelivery,
) -> Result<()> {
    let values = [
        (&delivery.id).into(),
        environment.into(),
        (&delivery.stream_id).into(),
        kind(delivery.kind).into(),
        status(delivery.status).into(),
        delivery.events.into(),
        delivery.bytes.into(),
        delivery.first_event_id.as_ref().map(AuditLogEventId::as_str).into(),
        delivery.last_event_id.as_ref().map(AuditLogEventId::as_str).into(),
        delivery.status_code.into(),
        delivery.response.as_ref().into(),
        delivery.error.as_ref().into(),
        delivery.duration_ms.into(),
        delivery.created_at.into(),
    ];
    let sql = "INSERT INTO audit_log_stream_deliveries
                 (id, environment_id, stream_id, kind, status, events, bytes, first_event_id,
                  last_event_id, status_code, response, error, duration_millis, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    tx.execute(sql, &values).map(|_| ())
}

/// List what was sent to the receiver of a stream, newest first
///
/// Each attempt is one delivery. They are kept for 7 days.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListAuditLogStreamDeliveries {
    /// The id of the stream
    id: AuditLogStreamId,
    #[serde(flatten)]
    paging: Paging,
    /// Only those of which this came
    status: Option<DeliveryStatus>,
}

impl Operation for ListAuditLogStreamDeliveries {
    const ID: &'static str = "audit_log_stream_deliveries.list";
    const ROUTE: Route = Route(Get, "/vestibule/v1/audit_logs/streams/{id}/deliveries");
    const WITHIN: Within = Within::Row { table: "audit_log_streams", field: "id" };
    const EXTENSION: bool = true;
    type Reply = Fine<Page<AuditLogStreamDelivery>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id, paging, status: wanted } = self;
        super::find(cx, &id)?;
        let select = "SELECT id, stream_id, kind, status, events, bytes, first_event_id,
                             last_event_id, status_code, response, error, duration_millis,
                             created_at FROM audit_log_stream_deliveries";
        Listing::of(cx, "audit_log_stream_deliveries", select)
            .filter("stream_id = ?", &id)
            .filter_some("status = ?", wanted.map(status))
            .page(cx, &paging, read)
            .map(Fine)
    }
}

fn read(mut row: Row) -> Result<AuditLogStreamDelivery> {
    Ok(AuditLogStreamDelivery {
        object: "audit_log_stream_delivery",
        id: row.take()?,
        stream_id: row.take()?,
        kind: match row.take::<String>()?.as_str() {
            "batch" => DeliveryKind::Batch,
            "test" => DeliveryKind::Test,
            other => return Err(Error::internal(format!("a delivery has the kind '{other}'"))),
        },
        status: match row.take::<String>()?.as_str() {
            "succeeded" => DeliveryStatus::Succeeded,
            "failed" => DeliveryStatus::Failed,
            "skipped" => DeliveryStatus::Skipped,
            other => return Err(Error::internal(format!("a delivery has the status '{other}'"))),
        },
        events: row.take()?,
        bytes: row.take()?,
        first_event_id: row.take()?,
        last_event_id: row.take()?,
        status_code: row.take()?,
        response: row.take()?,
        error: row.take()?,
        duration_ms: row.take()?,
        created_at: row.take()?,
    })
}

fn kind(it: DeliveryKind) -> &'static str {
    match it {
        DeliveryKind::Batch => "batch",
        DeliveryKind::Test => "test",
    }
}

fn status(it: DeliveryStatus) -> &'static str {
    match it {
        DeliveryStatus::Succeeded => "succeeded",
        DeliveryStatus::Failed => "failed",
        DeliveryStatus::Skipped => "skipped",
    }
}

/// Deletes the log of a stream.
pub(super) fn delete_all(cx: &mut Cx<'_>, stream: &AuditLogStreamId) -> Result<()> {
    let values = [cx.environment.into(), stream.into()];
    let sql =
        "DELETE FROM audit_log_stream_deliveries WHERE environment_id = $1 AND stream_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes what is too old, some at a time.
pub(super) fn forget(flow: &FlowCx) -> Result<u64> {
    // They live by the machine's clock.
    let before = flow.app.now().plus_days(-KEPT_DAYS);
    let mut forgotten = 0;
    loop {
        let gone = flow.write(move |cx| {
            let most = i64::try_from(FORGOTTEN_MAX).unwrap_or(i64::MAX);
            let values = [cx.environment.into(), before.into(), most.into()];
            let sql = "DELETE FROM audit_log_stream_deliveries
                       WHERE environment_id = $1 AND id IN
                         (SELECT id FROM audit_log_stream_deliveries
                          WHERE environment_id = $1 AND created_at < $2
                          ORDER BY created_at LIMIT $3)";
            cx.db().execute(sql, &values)
        })?;
        forgotten += gone;
        if gone < FORGOTTEN_MAX {
            return Ok(forgotten);
        }
    }
}
