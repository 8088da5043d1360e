//! What they may do: the API keys of organizations and users.
use vestibule_kernel::{Op, Reaction};

pub mod api_keys;

/// The operations of this crate.
pub const OPERATIONS: &[&[Op]] = &[api_keys::OPERATIONS];

/// What its domains do when something happens to another.
pub const REACTIONS: &[Reaction] = api_keys::REACTIONS;
