//! What the domains of this crate do, through the door that the surfaces use, on each engine.
#![expect(clippy::unwrap_used, reason = "a test that panics fails")]

mod contests;
mod domains;
mod name_server;
mod organizations;
mod support;
mod users;
