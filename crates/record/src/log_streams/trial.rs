//! Trying the receiver of a stream: one event that says that it is a test, sent at once.
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use vestibule_kernel::id::{AuditLogEventId, AuditLogStreamId};
use vestibule_kernel::limit::Limit;
use vestibule_kernel::{Error, Fine, Flow, FlowCx, Method::Post, Result, Route, Within};

use super::batch::{Batch, Document};
use super::deliveries::{self, AuditLogStreamDelivery, DeliveryKind};
use super::receivers::{self, Tokens};
use super::{Stream, store};

/// How often a stream is tried.
const TRIALS: Limit =
    Limit { name: "log_streams.test", uses_max: 20, window: 60, code: "rate_limit_exceeded" };

/// Send a test event to the receiver of a stream, and tell what it said
///
/// The event says that it is a test and is in no audit log; it is sent once, whether or not the stream
/// is switched on. Where the receiver takes it, a stream that failed goes on at once.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct TestAuditLogStream {
    /// The id of the stream
    id: AuditLogStreamId,
}

impl Flow for TestAuditLogStream {
    const ID: &'static str = "audit_log_streams.test";
    const ROUTE: Route = Route(Post, "/vestibule/v1/audit_logs/streams/{id}/test");
    const WITHIN: Within = Within::Row { table: "audit_log_streams", field: "id" };
    const EXTENSION: bool = true;
    type Reply = Fine<AuditLogStreamDelivery>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self { id } = self;
        let stream = flow.read(|cx| super::find(cx, &id))?;
        flow.limit(TRIALS, id.as_str())?;
        let batch = batch(flow, &stream)?;
        let runtime = tokio::runtime::Handle::try_current().map_err(Error::internal)?;
        let started = flow.app.now();
        // No token is kept from one test to the next: the credentials are what is tried.
        let tokens = Tokens::default();
        let sending = receivers::hand_over(&flow.app, &tokens, &stream, &batch);
        let answer = runtime.block_on(sending);
        let kind = DeliveryKind::Test;
        let made = AuditLogStreamDelivery::new(&flow.app, &id, kind, &batch, &answer, started);
        let delivery = made.clone();
        let taken = answer.refusal.is_none();
        flow.write(move |cx| {
            // Somebody may have deleted it meanwhile.
            super::find(cx, &id)?;
            if taken {
                store::recover(cx, &id)?;
            }
            let environment = cx.environment;
            deliveries::insert(cx.db(), environment, &delivery)
        })?;
        Ok(Fine(made))
    }
}

fn batch(flow: &FlowCx, stream: &Stream) -> Result<Batch> {
    let now = flow.now();
    let content = json!({
        "action": "audit_log_stream.tested",
        "occurred_at": now,
        "actor": { "id": "vestibule", "type": "system" },
        "targets": [{ "id": stream.shown.id, "type": "audit_log_stream" }],
        "context": { "location": flow.app.options().public_url },
    });
    let id = AuditLogEventId::make(flow.app.chance(), now);
    let name = format!("{}_test-{id}", stream.shown.id);
    let document = Document {
        id,
        organization_id: stream.shown.organization_id.clone(),
        content: serde_json::from_value(content).map_err(Error::internal)?,
        position: None,
        hash: None,
    };
    let bytes = serde_json::to_vec(&document).map_err(Error::internal)?.len();
    Ok(Batch { events: vec![document], bytes, name, begun_at: now, end: stream.position })
}
