//! Passing over an event that a receiver never takes, so that those behind it get their turn.
use schemars::JsonSchema;
use serde::Deserialize;
use vestibule_kernel::id::AuditLogStreamId;
use vestibule_kernel::{Cx, Error, Fine, Kind, Method::Post, Operation, Result, Route};

use super::batch::{self, Found};
use super::deliveries::{self, AuditLogStreamDelivery};
use super::schedule::Limits;
use super::{Stream, StreamState, store};

/// One event, whatever it weighs, and at once.
const ONE: Limits = Limits { events: 1, bytes: usize::MAX, age_seconds: 0 };

/// Pass over the next event of a stream, which its receiver does not take
///
/// A stream that failed tries its batch for ever, because no event may be lost. Where one event is why
/// (it is too large for the receiver, or breaks a rule of it), this passes over that event: it stays in
/// the audit log, the log of deliveries says that it was skipped, and the stream goes on behind it.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SkipAuditLogStreamEvent {
    /// The id of the stream
    id: AuditLogStreamId,
}

impl Operation for SkipAuditLogStreamEvent {
    const ID: &'static str = "audit_log_streams.skip";
    const ROUTE: Route = Route(Post, "/vestibule/v1/audit_logs/streams/{id}/skip");
    const EXTENSION: bool = true;
    const STATUSES: &'static [u16] = &[409];
    type Reply = Fine<AuditLogStreamDelivery>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        let stream = super::find(cx, &id)?;
        if !matches!(stream.shown.state, StreamState::Error | StreamState::Invalid) {
            let why = "The stream did not fail, so that no event of it is passed over.";
            return Err(Error::plain(Kind::Conflict, why));
        }
        let error = stream.shown.error.clone();
        let alone = Stream { batch_end: None, ..stream };
        let Found::Batch(batch) = batch::next(cx, &alone, &ONE)? else {
            return Err(Error::plain(Kind::Conflict, "No event of the stream waits."));
        };
        if !store::skip(cx, &alone, batch.end)? {
            let why = "The stream sends just now. Try again in a moment.";
            return Err(Error::plain(Kind::Conflict, why));
        }
        let delivery = AuditLogStreamDelivery::skipped(cx.app, &id, &batch, error);
        let environment = cx.environment;
        deliveries::insert(cx.db(), environment, &delivery)?;
        Ok(Fine(delivery))
    }
}
