//! Which mails an environment sends itself and which its application does, and whom they come from.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::{Get, Put};
use vestibule_kernel::{Cx, Error, Fine, Op, Operation, Patch, Result, Route, op};
use vestibule_messages::{ADDRESS_CHARS_MAX, MailSender};
use vestibule_people::invitations::InvitationSettings;

use crate::magic_auth::MagicAuthSettings;
use crate::password_reset::PasswordResetSettings;

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[op::<GetMailSettings>(), op::<UpdateMailSettings>()];

/// Which mails an environment sends itself, and whom they come from
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
    /// The address that mails come from; null for that of the server's settings
    sender_address: Option<String>,
}

fn show(cx: &mut Cx<'_>) -> Result<Fine<Shown>> {
    Ok(Fine(Shown {
        object: "mail_settings",
        magic_auth: cx.setting::<MagicAuthSettings>()?.send_mail,
        password_reset: cx.setting::<PasswordResetSettings>()?.send_mail,
        invitation: cx.setting::<InvitationSettings>()?.send_mail,
        sender_address: cx.setting::<MailSender>()?.address,
    }))
}

/// Get which mails the environment sends itself, and from whom
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

/// Change which mails the environment sends itself, and from whom
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
    /// The address that mails come from, which the mail server of `--smtp-url` must let us use; the
    /// name is `sender_name` of the branding
    #[serde(default)]
    #[schemars(length(max = ADDRESS_CHARS_MAX))]
    sender_address: Patch<String>,
}

impl Operation for UpdateMailSettings {
    const ID: &'static str = "mail_settings.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/mail_settings");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { magic_auth, password_reset, invitation, sender_address } = self;
        if let Patch::Set(address) = &sender_address
            && !MailSender::can_be(address)
        {
            let text = "sender_address is no address. Write mail@example.com, without a name.";
            return Err(Error::invalid_field("sender_address", "invalid", text));
        }
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
        if !sender_address.is_keep() {
            let mut sender: MailSender = cx.setting()?;
            sender_address.apply(&mut sender.address);
            cx.set(&sender)?;
        }
        show(cx)
    }
}
