//! Who vouches for them: social providers, the single sign-on connections of organizations and their
//! API, links that sign in by mail.
use vestibule_kernel::{FlowCx, Op, Reaction, Result};

pub mod connections;
mod oidc;
pub mod passwordless;
mod selection;
pub mod social;
pub mod sso;
pub mod trial;

pub use selection::{Refusal, select};

/// The operations of this crate.
pub const OPERATIONS: &[&[Op]] = &[
    social::OPERATIONS,
    connections::OPERATIONS,
    connections::CERTIFICATE_OPERATIONS,
    sso::OPERATIONS,
    passwordless::OPERATIONS,
];

/// What this crate does where another domain's objects change.
pub const REACTIONS: &[Reaction] = &[connections::ON_ORGANIZATION_DELETED];

/// Deletes what this crate keeps of an environment and needs no more, and tells how many rows that
/// were. The program calls it now and then.
pub fn forget(flow: &FlowCx) -> Result<u64> {
    let looked_after = connections::look_after(flow)?;
    flow.write(move |cx| {
        Ok(looked_after + social::forget(cx)? + sso::forget(cx)? + passwordless::forget(cx)?)
    })
}
