//! One operation, through every surface that reads the catalogue.
#![expect(clippy::unwrap_used, reason = "a test that panics fails")]
mod echo;
mod readers;
mod rest;
