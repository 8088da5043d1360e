//! What happened: audit logs, the events list, webhook endpoints and their deliveries.
pub mod audit_logs;
pub mod events;
pub mod relay;
pub mod webhooks;

use vestibule_kernel::job::Handler;
use vestibule_kernel::{FlowCx, Op, Result};

/// All operations of this crate.
pub const OPERATIONS: &[&[Op]] =
    &[events::OPERATIONS, webhooks::OPERATIONS, audit_logs::OPERATIONS];

/// What does its jobs.
pub const HANDLERS: &[Handler] = audit_logs::HANDLERS;

/// Deletes what this environment need not keep any longer, and tells how many rows that were.
pub fn forget(flow: &FlowCx) -> Result<u64> {
    Ok(events::forget(flow)? + webhooks::forget(flow)? + audit_logs::forget(flow)?)
}
