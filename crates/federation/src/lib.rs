//! Who vouches for them: social providers, the single sign-on API, links that sign in by mail.
use vestibule_kernel::{FlowCx, Op, Result};

mod oidc;
pub mod passwordless;
pub mod social;
pub mod sso;

/// The operations of this crate.
pub const OPERATIONS: &[&[Op]] = &[social::OPERATIONS, sso::OPERATIONS, passwordless::OPERATIONS];

/// Deletes what this crate keeps of an environment and needs no more, and tells how many rows that
/// were. The program calls it now and then.
pub fn forget(flow: &FlowCx) -> Result<u64> {
    flow.write(|cx| Ok(social::forget(cx)? + sso::forget(cx)? + passwordless::forget(cx)?))
}
