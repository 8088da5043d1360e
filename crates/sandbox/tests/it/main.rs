//! Sandboxes through the door that every surface uses, on each engine.
#![expect(clippy::unwrap_used, reason = "tests")]
mod clock;
mod connections;
mod hooks;
mod resets;
mod seeds;
mod sign_in;
mod support;
mod walls;
