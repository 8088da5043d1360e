//! The rules of crates/record, each on both engines.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod audit_chain;
mod audit_exports;
mod audit_logs;
mod common;
mod deliveries;
mod endpoints;
mod events;
mod failing;
mod log_streams;
mod nodes;
mod replays;
mod stream_nodes;
mod stream_receivers;
mod stream_refusals;
mod stream_sinks;
