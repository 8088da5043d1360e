//! Audit logs: what was done in an organization, as the application tells it, so that its customers
//! can read it and nobody can change it.
//!
//! An event is taken if it fits a schema of its action, and once, however often it is sent. The
//! events of an organization form a chain (see [`chain`]), of which signed checkpoints are made and
//! which [`verify()`] goes along.
mod chain;
mod checkpoints;
mod content;
mod events;
mod export_job;
pub mod exports;
mod keys;
mod prune;
mod retention;
mod schemas;
mod store;
mod table;
mod validation;
mod verify;
mod verify_export;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::{App, Cx, Error, FlowCx, Op, Result, flow, op};

pub use chain::seal;
pub use checkpoints::make_due;
pub use content::EventContent;
pub use events::AuditLogEvent;
pub use export_job::{EXPORT, Manifest};
pub use verify::{AuditLogVerification, Problem, ProblemKind, Range};
pub use verify_export::{manifest, verify_export};

/// The operations of this domain.
pub const OPERATIONS: &[Op] = &[
    op::<schemas::ListAuditLogActions>(),
    op::<schemas::CreateAuditLogSchema>(),
    op::<schemas::ListAuditLogSchemas>(),
    flow::<events::CreateAuditLogEvent>(),
    op::<events::ListAuditLogEvents>(),
    op::<events::GetAuditLogEvent>(),
    op::<exports::CreateAuditLogExport>(),
    op::<exports::GetAuditLogExport>(),
    op::<exports::InspectAuditLogExport>(),
    op::<retention::GetAuditLogsRetention>(),
    op::<retention::SetAuditLogsRetention>(),
    op::<retention::GetAuditLogConfiguration>(),
    op::<verify::VerifyAuditLog>(),
    op::<checkpoints::ListAuditLogCheckpoints>(),
    flow::<checkpoints::CreateAuditLogCheckpoint>(),
    flow::<keys::GetAuditLogKeys>(),
];

/// How often the sealer looks for events that wait for it.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often it looks for chains that want a checkpoint: once in so many times.
const LOOKS_FOR_CHECKPOINT: u32 = 60;

/// Takes an event that is known to fit a schema: for what makes many at once.
pub fn take(cx: &mut Cx<'_>, organization: &OrganizationId, event: &EventContent) -> Result<()> {
    store::insert(cx, organization, event)
}

/// The organizations that have an audit log.
pub fn organizations(cx: &mut Cx<'_>) -> Result<Vec<OrganizationId>> {
    store::organizations(cx)
}

/// How many events were ever put into the chain of an organization: the place where it ends.
pub fn length(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<i64> {
    let (app, environment) = (cx.app, cx.environment);
    let end = chain::end(cx.db(), chain::Place { environment, organization }, app.sealer())?;
    Ok(end.map_or(0, |(end, _)| end.position))
}

/// The events of an organization after a place in its chain, in the order of the chain: `most` of
/// them.
pub fn after(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    position: i64,
    most: i64,
) -> Result<Vec<AuditLogEvent>> {
    store::after(cx, organization, position, most)
}

/// How much the events of an organization after a place in its chain weigh, in characters of their
/// JSON.
pub fn weight_after(cx: &mut Cx<'_>, organization: &OrganizationId, position: i64) -> Result<i64> {
    store::weight_after(cx, organization, position)
}

/// Goes along the chain of an organization, or a part of it. A call looks at so many events and tells
/// where it goes on. `token` is what somebody kept a copy of.
pub fn verify(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    range: Range,
    token: Option<&str>,
) -> Result<AuditLogVerification> {
    let (app, environment) = (cx.app, cx.environment);
    let place = chain::Place { environment, organization };
    verify::verify(app, cx.db(), place, range, token)
}

/// Seals events and makes checkpoints until `stop` says to stop.
pub async fn work(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut looks = 0;
    while !*stop.borrow() {
        let program = app.clone();
        let done = tokio::task::spawn_blocking(move || {
            seal(&program)?;
            if looks == 0 { make_due(&program) } else { Ok(0) }
        });
        let done = done.await;
        looks = (looks + 1) % LOOKS_FOR_CHECKPOINT;
        if let Err(error) = done.map_err(Error::internal).flatten() {
            tracing::error!(?error, "audit logs could not be sealed");
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stop.changed() => {}
        }
    }
}

/// How many keys are deleted in one transaction.
const KEYS_MAX: u64 = 1000;
/// How many pieces of exports are: each has a megabyte and more, and all of it is written once more
/// as it goes.
const PIECES_MAX: u64 = 16;

/// Deletes what this environment need not keep any longer.
pub fn forget(flow: &FlowCx) -> Result<u64> {
    Ok(forget_in_batches(flow, KEYS_MAX, store::forget_keys)?
        + forget_in_batches(flow, PIECES_MAX, exports::forget)?
        + prune::prune(flow)?)
}

/// Deletes batch after batch, so that others get their turn with the writer.
fn forget_in_batches(
    flow: &FlowCx,
    most: u64,
    batch: fn(&mut Cx<'_>, i64) -> Result<u64>,
) -> Result<u64> {
    let rows = i64::try_from(most).unwrap_or(i64::MAX);
    let mut forgotten = 0;
    loop {
        let gone = flow.write(move |cx| batch(cx, rows))?;
        forgotten += gone;
        if gone < most {
            return Ok(forgotten);
        }
    }
}
