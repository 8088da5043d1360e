//! How they get in: authentication, sessions, tokens, one-time codes, factors, redirect URIs.
use vestibule_kernel::Op;

pub mod policy;
pub mod tokens;

/// The operations of this crate.
pub const OPERATIONS: &[&[Op]] = &[tokens::OPERATIONS];
