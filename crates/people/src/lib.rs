//! Who there is: organizations, domains, users, permissions, roles, memberships, groups, invitations.
pub mod codes;
pub mod domains;
pub mod email_changes;
pub mod email_verifications;
pub mod groups;
pub mod identities;
pub mod invitations;
pub mod memberships;
pub mod metadata;
pub mod organization_roles;
pub mod organizations;
pub mod passwords;
pub mod payload;
pub mod permissions;
pub mod roles;
mod statement;
pub mod users;
pub mod waitlists;

use vestibule_kernel::Op;
use vestibule_kernel::event::Reaction;
use vestibule_kernel::job::Handler;

/// All operations of this crate.
pub const OPERATIONS: &[&[Op]] = &[
    organizations::OPERATIONS,
    domains::OPERATIONS,
    users::OPERATIONS,
    identities::OPERATIONS,
    passwords::OPERATIONS,
    email_verifications::OPERATIONS,
    email_changes::OPERATIONS,
    permissions::OPERATIONS,
    roles::OPERATIONS,
    organization_roles::OPERATIONS,
    memberships::OPERATIONS,
    groups::OPERATIONS,
    invitations::OPERATIONS,
    waitlists::OPERATIONS,
];

/// What its domains do when something happens to another. Where several react to one event, the order
/// matters: groups go before the memberships in them, and those before the roles that they hold.
pub const REACTIONS: &[Reaction] = &[
    invitations::ON_ORGANIZATION_DELETED,
    invitations::ON_USER_DELETED,
    groups::ON_ORGANIZATION_DELETED,
    groups::ON_MEMBERSHIP_DELETED,
    memberships::ON_ORGANIZATION_DELETED,
    memberships::ON_USER_DELETED,
    organization_roles::ON_ORGANIZATION_DELETED,
    passwords::ON_ORGANIZATION_DELETED,
];

/// What does its jobs.
pub const HANDLERS: &[Handler] = &[domains::VERIFY];
