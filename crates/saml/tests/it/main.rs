//! What the service provider believes, and what it does not.
//!
//! Documents are signed and encrypted as the tests run, by `xmlsec1`, the reference in C, with keys
//! that the tests make. So nothing here was made by the code that is tested, and no key is kept.
#![expect(clippy::unwrap_used, reason = "a test that panics fails")]

mod accepted;
mod content_attacks;
mod encrypted;
mod identity_provider;
mod key_pairs;
mod metadata;
mod mutations;
mod requests;
mod signature_attacks;
mod wrapping_attacks;
