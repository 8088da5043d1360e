//! Who there is: organizations, domains, users, permissions, roles, memberships, groups, invitations.
pub mod codes;
pub mod metadata;
pub mod users;
