//! How they get in: authentication, sessions, tokens, one-time codes, factors, redirect URIs.
use vestibule_kernel::event::Reaction;
use vestibule_kernel::{FlowCx, Op, Result};

#[macro_use]
mod names;

pub mod actions;
pub mod authenticate;
pub mod authorize;
pub mod branding;
pub mod cookies;
pub mod cors_origins;
pub mod devices;
pub mod factors;
pub mod impersonation;
pub mod magic_auth;
pub mod mail_settings;
pub mod passkeys;
pub mod password_reset;
pub mod policy;
pub mod radar;
pub mod rate_limits;
pub mod recovery_codes;
pub mod redirect_uris;
pub mod sandbox;
pub mod session_hint;
pub mod sessions;
pub mod tokens;

/// The operations of this crate.
pub const OPERATIONS: &[&[Op]] = &[
    actions::OPERATIONS,
    authenticate::OPERATIONS,
    authorize::OPERATIONS,
    branding::OPERATIONS,
    sessions::OPERATIONS,
    cors_origins::OPERATIONS,
    devices::OPERATIONS,
    factors::OPERATIONS,
    impersonation::OPERATIONS,
    magic_auth::OPERATIONS,
    mail_settings::OPERATIONS,
    passkeys::OPERATIONS,
    password_reset::OPERATIONS,
    policy::OPERATIONS,
    radar::OPERATIONS,
    rate_limits::OPERATIONS,
    recovery_codes::OPERATIONS,
    redirect_uris::OPERATIONS,
    tokens::OPERATIONS,
];

/// What its domains do when something happens to another.
pub const REACTIONS: &[Reaction] = &[
    actions::USER_DELETED,
    authenticate::ON_USER_DELETED,
    branding::ON_ORGANIZATION_DELETED,
    sessions::ON_USER_DELETED,
    sessions::ON_USER_UPDATED,
    sessions::ON_MEMBERSHIP_DELETED,
    sessions::ON_MEMBERSHIP_UPDATED,
    sessions::ON_ORGANIZATION_DELETED,
    policy::ON_ORGANIZATION_DELETED,
    impersonation::ON_USER_DELETED,
    factors::USER_DELETED,
    recovery_codes::USER_DELETED,
    passkeys::USER_DELETED,
    password_reset::USER_DELETED,
    radar::USER_DELETED,
];

/// Deletes what this crate keeps of an environment and needs no more, and tells how many rows that
/// were. The program calls it now and then.
pub fn forget(flow: &FlowCx) -> Result<u64> {
    flow.write(|cx| {
        let rows = authenticate::forget(cx)? + authorize::forget(cx)? + sessions::forget(cx)?;
        let rows = rows + devices::forget(cx)? + passkeys::forget_old(cx)?;
        let rows = rows + impersonation::forget(cx)? + radar::forget_old(cx)?;
        let rows = rows + actions::forget_old(cx)?;
        Ok(rows + factors::forget_old(cx)? + password_reset::forget_old(cx)?)
    })
}
