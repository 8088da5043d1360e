//! The tests of this crate in one program, which links once.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod actions;
#[path = "../../../signin/tests/it/authenticator.rs"]
mod authenticator;
mod branding;
mod connection_attacks;
mod connections;
mod devices;
mod email_change;
mod files_and_inbox;
mod invitations;
mod journey;
mod journey_attacks;
mod languages;
mod magic_links;
mod pages;
mod passkeys;
mod policies;
mod portal;
mod portal_attacks;
mod portal_links;
mod portal_records;
mod provider;
mod radar;
mod reset;
mod samples;
mod second_step;
mod social;
mod social_attacks;
mod social_providers;
mod social_table;
mod sso;
mod test_provider;
mod totp;
mod visitor;
mod waitlist;
mod world;
