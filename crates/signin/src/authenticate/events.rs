//! The events of authentication: who tried to sign in, how, and what came of it.
use serde::Serialize;
use vestibule_kernel::event::Event;
use vestibule_kernel::id::UserId;
use vestibule_kernel::{Cx, Error, Result};
use vestibule_people::users::User;

use super::attempt::Visitor;

/// What was proved, or was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A password.
    Password,
    /// A mailed code, in the place of a password.
    MagicAuth,
    /// An address, by a mailed code.
    EmailVerification,
    /// A second factor.
    Mfa,
    /// An account at a social provider.
    OAuth,
    /// A passkey.
    Passkey,
    /// Who they are, anew.
    Reauthentication,
}

/// It was proved.
#[derive(Serialize)]
pub struct Succeeded {
    r#type: &'static str,
    status: &'static str,
    ip_address: Option<String>,
    user_agent: Option<String>,
    user_id: UserId,
    email: String,
}

/// It was not.
#[derive(Serialize)]
pub struct Failed {
    r#type: &'static str,
    status: &'static str,
    ip_address: Option<String>,
    user_agent: Option<String>,
    user_id: Option<UserId>,
    email: Option<String>,
    error: Reason,
}

#[derive(Serialize)]
struct Reason {
    code: &'static str,
    message: String,
}

impl Proof {
    /// Its name in events.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::MagicAuth => "magic_auth",
            Self::EmailVerification => "email_verification",
            Self::Mfa => "mfa",
            Self::OAuth => "oauth",
            Self::Passkey => "passkey",
            Self::Reauthentication => "reauthentication",
        }
    }
    const fn succeeded(self) -> Event<Succeeded> {
        Event::new(match self {
            Self::Password => "authentication.password_succeeded",
            Self::MagicAuth => "authentication.magic_auth_succeeded",
            Self::EmailVerification => "authentication.email_verification_succeeded",
            Self::Mfa => "authentication.mfa_succeeded",
            Self::OAuth => "authentication.oauth_succeeded",
            Self::Passkey => "authentication.passkey_succeeded",
            Self::Reauthentication => "authentication.reauthentication_succeeded",
        })
    }
    /// Nobody fails to prove who they are anew: they fail with a password, say.
    const fn failed(self) -> Event<Failed> {
        Event::new(match self {
            Self::Password | Self::Reauthentication => "authentication.password_failed",
            Self::MagicAuth => "authentication.magic_auth_failed",
            Self::EmailVerification => "authentication.email_verification_failed",
            Self::Mfa => "authentication.mfa_failed",
            Self::OAuth => "authentication.oauth_failed",
            Self::Passkey => "authentication.passkey_failed",
        })
    }
}

/// Tells that something was proved.
pub(super) fn succeeded(
    cx: &mut Cx<'_>,
    proof: Proof,
    visitor: &Visitor,
    user: &User,
) -> Result<()> {
    let payload = Succeeded {
        r#type: proof.name(),
        status: "succeeded",
        ip_address: visitor.ip_address.clone(),
        user_agent: visitor.user_agent.clone(),
        user_id: user.id.clone(),
        email: user.email.clone(),
    };
    cx.emit(&proof.succeeded(), &payload)
}

/// Tells that something was not proved. The address is empty where it is not known.
pub(super) fn failed(
    cx: &mut Cx<'_>,
    proof: Proof,
    visitor: &Visitor,
    user: Option<&UserId>,
    email: Option<&str>,
    error: &Error,
) -> Result<()> {
    let payload = Failed {
        r#type: proof.name(),
        status: "failed",
        ip_address: visitor.ip_address.clone(),
        user_agent: visitor.user_agent.clone(),
        user_id: user.cloned(),
        email: email.map(str::to_owned),
        error: Reason { code: error.code(), message: error.message().to_owned() },
    };
    cx.emit(&proof.failed(), &payload)
}
