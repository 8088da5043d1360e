//! The ground, through the door that every surface uses, on each engine.
#![expect(clippy::unwrap_used, reason = "a test that panics fails")]
mod kept;
mod keys;
mod notes;
mod properties;
mod rehearsals;
mod storage;
mod surfaces_of_a_call;
