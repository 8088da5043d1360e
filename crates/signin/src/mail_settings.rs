//! Which mails an environment sends itself, and which its application does.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::{Get, Put};
use vestibule_kernel::{Cx, Fine, Op, Operation, Result, Route, op};
use vestibule_people::invitations::InvitationSettings;

use crate::magic_auth::MagicAuthSettings;
use crate::password_reset::PasswordResetSettings;

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[op::<GetMailSettings>(), op::<UpdateMailSettings>()];

/// Which mails an environment sends itself
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MailSettings")]
pub struct Shown {
    /// Always `mail_settings`
    #[schemars(extend("const" = "mail_settings"))]
    object: &'static str,
    /// Whether codes of magic auth are mailed
    magic_auth: bool,
    /// Whether links to a new password are mailed
    password_reset: bool,
    /// Whether invitations are mailed
    invitation: bool,
}

fn show(cx: &mut Cx<'_>) -> Result<Fine<Shown>> {
    Ok(Fine(Shown {
        object: "mail_settings",
        magic_auth: cx.setting::<MagicAuthSettings>()?.send_mail,
        password_reset: cx.setting::<PasswordResetSettings>()?.send_mail,
        invitation: cx.setting::<InvitationSettings>()?.send_mail,
    }))
}

/// Get which mails the environment sends itself
#[derive(Deserialize, JsonSchema)]
pub struct GetMailSettings {}

impl Operation for GetMailSettings {
    const ID: &'static str = "mail_settings.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/mail_settings");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        show(cx)
    }
}

/// Change which mails the environment sends itself
///
/// What is not given stays as it is. The application sends a mail that is switched off here: it hears
/// of it by the event (`magic_auth.created`, `password_reset.created`, `invitation.created`) and gets
/// the code or the link by the ID that the event tells.
#[derive(Deserialize, JsonSchema)]
pub struct UpdateMailSettings {
    /// Whether codes of magic auth are mailed
    magic_auth: Option<bool>,
    /// Whether links to a new password are mailed
    password_reset: Option<bool>,
    /// Whether invitations are mailed
    invitation: Option<bool>,
}

impl Operation for UpdateMailSettings {
    const ID: &'static str = "mail_settings.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/mail_settings");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { magic_auth, password_reset, invitation } = self;
        if let Some(send_mail) = magic_auth {
            cx.set(&MagicAuthSettings { send_mail })?;
        }
        if let Some(send_mail) = password_reset {
            let settings: PasswordResetSettings = cx.setting()?;
            cx.set(&PasswordResetSettings { send_mail, ..settings })?;
        }
        if let Some(send_mail) = invitation {
            let settings: InvitationSettings = cx.setting()?;
            cx.set(&InvitationSettings { send_mail, ..settings })?;
        }
        show(cx)
    }
}
