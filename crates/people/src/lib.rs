//! Who there is: organizations, domains, users, permissions, roles, memberships, groups, invitations.
pub mod domains;
pub mod metadata;
pub mod organizations;

use vestibule_kernel::Op;
use vestibule_kernel::event::Reaction;
use vestibule_kernel::job::Handler;

/// All operations of this crate.
pub const OPERATIONS: &[&[Op]] = &[organizations::OPERATIONS, domains::OPERATIONS];

/// What its domains do when something happens to another.
pub const REACTIONS: &[Reaction] = &[];

/// What does its jobs.
pub const HANDLERS: &[Handler] = &[domains::VERIFY];
