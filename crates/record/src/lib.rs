//! What happened: audit logs and where they are sent, the events list, webhook endpoints and their
//! deliveries.
pub mod agent_calls;
pub mod audit_logs;
pub mod events;
pub mod log_streams;
pub mod relay;
pub mod webhooks;

use vestibule_kernel::event::Reaction;
use vestibule_kernel::job::Handler;
use vestibule_kernel::{FlowCx, Op, Result};

/// All operations of this crate.
pub const OPERATIONS: &[&[Op]] = &[
    events::OPERATIONS,
    webhooks::OPERATIONS,
    audit_logs::OPERATIONS,
    log_streams::OPERATIONS,
    agent_calls::OPERATIONS,
];

/// What its domains do when something happens to another.
pub const REACTIONS: &[Reaction] = &[log_streams::ON_ORGANIZATION_DELETED];

/// What does its jobs.
pub const HANDLERS: &[Handler] = &[audit_logs::EXPORT, webhooks::REPLAY];

/// Deletes what this environment need not keep any longer, and tells how many rows that were.
pub fn forget(flow: &FlowCx) -> Result<u64> {
    Ok(events::forget(flow)?
        + webhooks::forget(flow)?
        + audit_logs::forget(flow)?
        + log_streams::forget(flow)?
        + agent_calls::forget(flow)?)
}
