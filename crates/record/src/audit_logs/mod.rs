//! Audit logs: what was done in an organization, as the application tells it, so that its customers
//! can read it and nobody can change it.
//!
//! An event is taken if it fits a schema of its action, and once, however often it is sent. The
//! events of an organization form a chain (see [`chain`]).
mod chain;
mod content;
mod events;
mod retention;
mod schemas;
mod store;
mod validation;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use vestibule_kernel::{App, Cx, Error, FlowCx, Op, Result, flow, op};

pub use chain::seal;
pub use events::AuditLogEvent;

/// The operations of this domain.
pub const OPERATIONS: &[Op] = &[
    op::<schemas::ListAuditLogActions>(),
    op::<schemas::CreateAuditLogSchema>(),
    op::<schemas::ListAuditLogSchemas>(),
    flow::<events::CreateAuditLogEvent>(),
    op::<events::ListAuditLogEvents>(),
    op::<events::GetAuditLogEvent>(),
    op::<retention::GetAuditLogsRetention>(),
    op::<retention::SetAuditLogsRetention>(),
    op::<retention::GetAuditLogConfiguration>(),
];

/// How often the sealer looks for events that wait for it.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Seals events until `stop` says to stop.
pub async fn work(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let program = app.clone();
        let done = tokio::task::spawn_blocking(move || seal(&program)).await;
        if let Err(error) = done.map_err(Error::internal).flatten() {
            tracing::error!(?error, "audit logs could not be sealed");
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stop.changed() => {}
        }
    }
}

/// How many rows are deleted in one transaction.
const FORGOTTEN_MAX: u64 = 1000;

/// Deletes what this environment need not keep any longer.
pub fn forget(flow: &FlowCx) -> Result<u64> {
    forget_in_batches(flow, store::forget_keys)
}

/// Deletes batch after batch, so that others get their turn with the writer.
fn forget_in_batches(flow: &FlowCx, batch: fn(&mut Cx<'_>, i64) -> Result<u64>) -> Result<u64> {
    let most = i64::try_from(FORGOTTEN_MAX).unwrap_or(i64::MAX);
    let mut forgotten = 0;
    loop {
        let gone = flow.write(move |cx| batch(cx, most))?;
        forgotten += gone;
        if gone < FORGOTTEN_MAX {
            return Ok(forgotten);
        }
    }
}
