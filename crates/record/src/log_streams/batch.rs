//! The events that a stream sends next.
use serde::Serialize;
use vestibule_kernel::id::{AuditLogEventId, OrganizationId};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, Result};

use super::schedule::Limits;
use super::{AuditLogStream, Stream};
use crate::audit_logs::{self, AuditLogEvent, EventContent};

/// How many events are read at once.
const READ_MAX: i64 = 200;
/// How many events are looked at for one batch, wanted or not.
const LOOKED_AT_MAX: usize = 10_000;

/// An event as receivers get it: what the application told, and what shows that it is genuine.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Document {
    /// The id, by which a receiver knows an event that comes twice.
    pub(super) id: AuditLogEventId,
    pub(super) organization_id: OrganizationId,
    #[serde(flatten)]
    pub(super) content: EventContent,
    /// Its place in the chain of its organization, and the hash of the chain up to it. A test event
    /// is in no chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) position: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hash: Option<String>,
}

/// Events that are sent together, in the order of the chain. There is one at least.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) events: Vec<Document>,
    /// How many bytes of JSON they are.
    pub(super) bytes: usize,
    /// What tells the batch from every other of the stream, and is the same whenever it is tried.
    pub(super) name: String,
    /// When the first event was taken.
    pub(super) begun_at: Time,
    /// The place in the chain that the stream has come to once they are taken.
    pub(super) end: i64,
}

impl Batch {
    /// The ids of the first and the last event.
    pub(super) fn ends(&self) -> Option<(&AuditLogEventId, &AuditLogEventId)> {
        Some((&self.events.first()?.id, &self.events.last()?.id))
    }
    /// Where a batch of half as many events ends; none where there is one event alone.
    pub(super) fn middle(&self) -> Option<i64> {
        let half = self.events.len() / 2;
        self.events.get(half.checked_sub(1)?)?.position
    }
}

/// What comes next on a stream.
pub(super) enum Found {
    /// Nothing yet: a batch is growing.
    Nothing,
    /// Events up to this place, none of which is wanted.
    Unwanted(i64),
    /// A batch.
    Batch(Batch),
}

/// Finds what a stream sends next: the batch that is on its way already as it was, or else one that is
/// full or old enough.
pub(super) fn next(cx: &mut Cx<'_>, stream: &Stream, limits: &Limits) -> Result<Found> {
    if stream.batch_end.is_none() && is_growing(cx, stream, limits)? {
        return Ok(Found::Nothing);
    }
    let mut growing =
        Growing { documents: Vec::new(), bytes: 0, full: false, end: stream.position };
    let mut looked_at = 0;
    let mut oldest = None;
    'reading: loop {
        let page = audit_logs::after(cx, &stream.shown.organization_id, growing.end, READ_MAX)?;
        let last_page = page.len() < usize::try_from(READ_MAX).unwrap_or(usize::MAX);
        for event in page {
            let created_at = event.created_at;
            if !growing.take(event, stream, limits)? {
                break 'reading;
            }
            oldest = oldest.or_else(|| (!growing.documents.is_empty()).then_some(created_at));
            looked_at += 1;
            growing.full |= looked_at >= LOOKED_AT_MAX;
            if growing.full {
                break 'reading;
            }
        }
        if last_page {
            break;
        }
    }
    let Growing { documents, bytes, full, end } = growing;
    let Some(begun_at) = oldest else {
        // Where nothing is left, retention has deleted what there was.
        let none_left = end == stream.position;
        let there_was = stream.batch_end.unwrap_or(end + stream.shown.events_waiting);
        return Ok(Found::Unwanted(if none_left { there_was } else { end }));
    };
    let due = limits.due_at(begun_at) <= cx.now();
    if !full && !due && stream.batch_end.is_none() {
        return Ok(Found::Nothing);
    }
    let first = documents.first().and_then(|it| it.position).unwrap_or_default();
    let name = format!("{}_{first:012}-{end:012}", stream.shown.id);
    Ok(Found::Batch(Batch { events: documents, bytes, name, begun_at, end }))
}

/// Whether what there is cannot be a batch yet: found out without reading all of it, because it is
/// asked again and again.
fn is_growing(cx: &mut Cx<'_>, stream: &Stream, limits: &Limits) -> Result<bool> {
    let AuditLogStream { organization_id, events_waiting, .. } = &stream.shown;
    if usize::try_from(*events_waiting).unwrap_or_default() >= limits.events {
        return Ok(false);
    }
    let first = audit_logs::after(cx, organization_id, stream.position, 1)?;
    let young = first.first().is_some_and(|it| limits.due_at(it.created_at) > cx.now());
    if !young {
        return Ok(false);
    }
    let weight = audit_logs::weight_after(cx, organization_id, stream.position)?;
    Ok(usize::try_from(weight).unwrap_or_default() < limits.bytes)
}

struct Growing {
    documents: Vec<Document>,
    bytes: usize,
    full: bool,
    end: i64,
}

impl Growing {
    /// Looks at the next event; tells whether it belongs to the batch, or is passed over with it.
    fn take(&mut self, event: AuditLogEvent, stream: &Stream, limits: &Limits) -> Result<bool> {
        let position = event.position.ok_or_else(|| Error::internal("an event has no place"))?;
        if stream.batch_end.is_some_and(|end| position > end) {
            return Ok(false);
        }
        let actions = &stream.shown.actions;
        if actions.is_empty() || actions.contains(&event.content.action) {
            let document = Document::from(event);
            let length = serde_json::to_vec(&document).map_err(Error::internal)?.len();
            // A batch that is on its way already fits, however it came to be.
            let bounded = stream.batch_end.is_none() && !self.documents.is_empty();
            if bounded && self.bytes + length > limits.bytes {
                self.full = true;
                return Ok(false);
            }
            self.bytes += length;
            self.documents.push(document);
            self.full |= stream.batch_end.is_none() && self.documents.len() >= limits.events;
        }
        self.end = position;
        Ok(true)
    }
}

impl From<AuditLogEvent> for Document {
    fn from(event: AuditLogEvent) -> Self {
        let AuditLogEvent {
            object: _,
            id,
            organization_id,
            content,
            created_at: _,
            position,
            hash,
        } = event;
        Self { id, organization_id, content, position, hash }
    }
}
