//! How people may sign in to an environment: methods, required steps and lengths of sessions.
mod operations;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::setting::Setting;
use vestibule_kernel::time::Seconds;
use vestibule_kernel::{Cx, Op, Result, op};

pub use operations::{GetCurrentEnvironment, GetSignInPolicy, UpdateSignInPolicy};

/// The operations of this module.
pub const OPERATIONS: &[Op] =
    &[op::<GetSignInPolicy>(), op::<UpdateSignInPolicy>(), op::<GetCurrentEnvironment>()];

/// The longest that an access token may be valid; a key that no longer signs is published for
/// this long after.
pub const ACCESS_TOKEN_SECONDS_MAX: Seconds = 24 * 60 * 60;
/// The longest that a session may last.
pub const SESSION_SECONDS_MAX: Seconds = 365 * 24 * 60 * 60;

/// Whether a second factor is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum SecondFactor {
    /// Never, even of users who have one.
    Disabled,
    /// Of users who have one.
    #[default]
    Optional,
    /// Of everybody; who has none enrols one.
    Required,
}

/// How people may sign in to an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct SignInPolicy {
    /// Whether a password signs in
    pub password: bool,
    /// Whether a mailed code signs in
    pub magic_auth: bool,
    /// Whether a passkey signs in
    pub passkey: bool,
    /// Whether people may make accounts for themselves without an invitation
    pub sign_up: bool,
    /// Whether an e-mail address must be proved before its user gets in
    pub email_verification: bool,
    /// Whether a second factor is asked for
    pub second_factor: SecondFactor,
    /// How long a session lasts at the most
    pub session_seconds: Seconds,
    /// After how long without a refresh a session ends; never where there is none
    pub inactivity_seconds: Option<Seconds>,
    /// How long an access token is valid
    pub access_token_seconds: Seconds,
}

impl Default for SignInPolicy {
    fn default() -> Self {
        Self {
            password: true,
            magic_auth: true,
            passkey: true,
            sign_up: true,
            email_verification: true,
            second_factor: SecondFactor::Optional,
            session_seconds: 30 * 24 * 60 * 60,
            inactivity_seconds: None,
            access_token_seconds: 300,
        }
    }
}

impl SignInPolicy {
    /// That of the environment of this call.
    pub fn of(cx: &mut Cx<'_>) -> Result<Self> {
        cx.setting()
    }
}

impl Setting for SignInPolicy {
    const NAME: &'static str = "sign_in_policy";
}
