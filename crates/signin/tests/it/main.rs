//! The sign-in domains through the door that every surface uses, on both engines.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod actions;
mod attacks;
mod authenticate;
mod authenticator;
mod authorize;
mod branding;
mod devices;
mod factors;
mod impersonation;
mod limits;
mod magic_auth;
mod passkeys;
mod password_reset;
mod password_rules;
mod policies;
mod radar_lists;
mod radar_sign_in;
mod recovery_codes;
mod sessions;
mod settings;
mod support;
mod text_messages;
mod token_claims;
mod tokens;
