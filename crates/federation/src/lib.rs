//! Who vouches for them: social providers and the single sign-on API.
use vestibule_kernel::{FlowCx, Op, Result};

mod oidc;
pub mod social;
pub mod sso;

/// The operations of this crate.
pub const OPERATIONS: &[&[Op]] = &[social::OPERATIONS, sso::OPERATIONS];

/// Deletes what this crate keeps of an environment and needs no more, and tells how many rows that
/// were. The program calls it now and then.
pub fn forget(flow: &FlowCx) -> Result<u64> {
    flow.write(|cx| Ok(social::forget(cx)? + sso::forget(cx)?))
}
