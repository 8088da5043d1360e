//! What the domains of this crate do, through the door that the surfaces use, on each engine.
#![expect(clippy::unwrap_used, reason = "a test that panics fails")]

mod addresses;
mod codes;
mod contests;
mod domains;
mod groups;
mod invitations;
mod memberships;
mod name_server;
mod organizations;
mod password_rules;
mod passwords;
mod permissions;
mod roles;
mod support;
mod users;
mod waitlists;
