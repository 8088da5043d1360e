//! API keys, authorization and feature flags, through the door that every surface uses, on each engine.
#![expect(clippy::unwrap_used, reason = "a test that panics fails")]
mod agents;
mod api_keys;
mod approvals;
mod authorization;
mod consistency;
mod extensions;
mod feature_flags;
mod migrated;
mod model;
mod support;
mod tree;
