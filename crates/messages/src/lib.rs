//! Mail and text messages: templates, sending by SMTP, webhook or Twilio, and the built-in inbox.
//!
//! A domain calls [`send`] or [`send_text`] in its transaction; a job does the rest after the
//! commit. Rules: a message is sent at least once and carries the same id each time, one that has
//! expired is not sent any more, and no log holds what a message says.
mod deliver;
pub mod inbox;
mod render;
mod sender;
mod sms;
mod smtp;

use serde::{Deserialize, Serialize};
use vestibule_kernel::id::{MessageId, OrganizationId};
use vestibule_kernel::job::Handler;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Request, Result};
use vestibule_languages::Language;

pub use render::{Style, Written, write};
pub use sender::{ADDRESS_CHARS_MAX, MailSender};
pub use sms::{Carrier, Twilio, Webhook};
pub use smtp::{Security, Smtp, SmtpOptions};

/// What is mailed, and what the template needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "template", rename_all = "snake_case")]
pub enum Mail {
    /// The code that proves an e-mail address.
    EmailVerification {
        /// Six digits.
        code: String,
    },
    /// The code that signs a user in.
    MagicAuth {
        /// Six digits.
        code: String,
    },
    /// The code that a risky sign-in is asked for.
    RadarChallenge {
        /// Six digits.
        code: String,
    },
    /// The code that proves a new e-mail address.
    EmailChange {
        /// Six digits.
        code: String,
        /// Where a link leads that does the same.
        #[serde(default)]
        url: Option<String>,
    },
    /// The link that signs in.
    MagicLink {
        /// Where it leads.
        url: String,
    },
    /// The link that sets a new password.
    PasswordReset {
        /// Where it leads.
        url: String,
    },
    /// The link that accepts an invitation.
    Invitation {
        /// Where it leads.
        url: String,
        /// The name of the organization, where it is to one.
        organization: Option<String>,
        /// Who invites, where that is known.
        inviter: Option<String>,
    },
    /// That somebody is on the waitlist.
    WaitlistConfirmation,
    /// That another passkey signs in.
    PasskeyAdded {
        /// What its owner calls it.
        name: String,
    },
    /// That a recovery code took the second step.
    RecoveryCodeUsed {
        /// How many are left.
        left: u64,
    },
    /// That a webhook endpoint was disabled, to who runs the application.
    WebhookEndpointDisabled {
        /// The address of the endpoint.
        endpoint: String,
    },
}

impl Mail {
    /// The one-time code in it.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::EmailVerification { code }
            | Self::MagicAuth { code }
            | Self::RadarChallenge { code }
            | Self::EmailChange { code, .. } => Some(code),
            Self::MagicLink { .. }
            | Self::PasswordReset { .. }
            | Self::Invitation { .. }
            | Self::WaitlistConfirmation
            | Self::PasskeyAdded { .. }
            | Self::RecoveryCodeUsed { .. }
            | Self::WebhookEndpointDisabled { .. } => None,
        }
    }
    /// The one-click link in it.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::MagicLink { url }
            | Self::PasswordReset { url }
            | Self::Invitation { url, .. } => Some(url),
            Self::EmailChange { url, .. } => url.as_deref(),
            Self::EmailVerification { .. }
            | Self::MagicAuth { .. }
            | Self::RadarChallenge { .. }
            | Self::WaitlistConfirmation
            | Self::PasskeyAdded { .. }
            | Self::RecoveryCodeUsed { .. }
            | Self::WebhookEndpointDisabled { .. } => None,
        }
    }
    /// For how long what is in it works, where nothing else is said.
    const fn valid_seconds(&self) -> Option<i64> {
        match self {
            Self::EmailVerification { .. }
            | Self::MagicAuth { .. }
            | Self::RadarChallenge { .. }
            | Self::EmailChange { .. } => Some(10 * 60),
            Self::MagicLink { .. } => Some(15 * 60),
            Self::PasswordReset { .. } => Some(60 * 60),
            Self::Invitation { .. }
            | Self::WaitlistConfirmation
            | Self::PasskeyAdded { .. }
            | Self::RecoveryCodeUsed { .. }
            | Self::WebhookEndpointDisabled { .. } => None,
        }
    }
}

/// Where mail goes: an extension of the program, chosen at its start. Without one it goes to the
/// built-in inbox.
#[derive(Debug)]
pub enum Outbox {
    /// To the built-in inbox.
    Inbox,
    /// To a server that takes mail.
    Smtp(Smtp),
}

/// The kind of the job that sends a mail.
pub const SEND: &str = "mail.send";
/// The kind of the job that sends a text message.
pub const SEND_TEXT: &str = "sms.send";

/// What sends messages.
pub const HANDLERS: &[Handler] = &[
    Handler { kind: SEND, attempts_max: deliver::ATTEMPTS_MAX, long: false, run: deliver::mail },
    Handler {
        kind: SEND_TEXT,
        attempts_max: deliver::ATTEMPTS_MAX,
        long: false,
        run: deliver::text,
    },
];

/// A mail on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Letter {
    /// The same at every attempt.
    pub id: MessageId,
    /// The address.
    pub to: String,
    /// The language that it is written in.
    #[serde(default)]
    pub language: Language,
    /// The organization that it looks like a mail of.
    #[serde(default)]
    pub organization_id: Option<OrganizationId>,
    /// What it says.
    #[serde(flatten)]
    pub mail: Mail,
    /// When it was written.
    pub created_at: Time,
    /// When what is in it stops to work.
    pub expires_at: Option<Time>,
}

/// A text message on its way to a telephone.
#[derive(Clone, Serialize, Deserialize)]
pub struct Text {
    /// The same at every attempt.
    pub id: MessageId,
    /// The telephone number.
    pub to: String,
    /// What it says.
    pub text: String,
    /// When what is in it stops to work.
    #[serde(default)]
    pub expires_at: Option<Time>,
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Text {}", self.id)
    }
}

/// Whom a mail goes to.
#[derive(Clone, Debug)]
pub struct Recipient {
    to: String,
    locale: Option<String>,
    organization_id: Option<OrganizationId>,
}

impl Recipient {
    /// An address of which nothing else is known.
    pub fn new(to: impl Into<String>) -> Self {
        Self { to: to.into(), locale: None, organization_id: None }
    }
    /// The language that the user has chosen, such as `de-AT`.
    pub fn who_prefers(self, locale: Option<&str>) -> Self {
        Self { locale: locale.map(str::to_owned), ..self }
    }

    /// The organization that the mail is about, whose branding it has then.
    pub fn of_organization(self, organization_id: Option<OrganizationId>) -> Self {
        Self { organization_id, ..self }
    }
}

/// The language to write in: what the call asks for, then what the application asked for, what the
/// user has chosen (such as `de-AT`), and what the browser accepts where it is the user's own.
pub fn language(cx: &Cx<'_>, chosen: Option<&str>) -> Language {
    let Request { audience, credential, .. } = cx.request;
    let wishes = [cx.locale(), audience.ui_locales.as_deref(), chosen];
    let found = vestibule_languages::choose(wishes.into_iter().flatten());
    let accepted = audience.accept_language.as_deref().filter(|_| credential.is_none());
    found.or_else(|| accepted.and_then(vestibule_languages::accepted)).unwrap_or_default()
}

impl From<&String> for Recipient {
    fn from(to: &String) -> Self {
        Self::new(to)
    }
}

impl From<&str> for Recipient {
    fn from(to: &str) -> Self {
        Self::new(to)
    }
}

/// Has a mail sent after the commit.
pub fn send(cx: &mut Cx<'_>, to: impl Into<Recipient>, mail: Mail) -> Result<()> {
    let expires_at = mail.valid_seconds().map(|it| cx.now().plus_seconds(it));
    enqueue(cx, to.into(), mail, expires_at)
}

/// The same, for what works until `expires_at`; the mail says for how long that is.
pub fn send_until(
    cx: &mut Cx<'_>,
    to: impl Into<Recipient>,
    mail: Mail,
    expires_at: Time,
) -> Result<()> {
    enqueue(cx, to.into(), mail, Some(expires_at))
}

fn enqueue(
    cx: &mut Cx<'_>,
    recipient: Recipient,
    mail: Mail,
    expires_at: Option<Time>,
) -> Result<()> {
    let language = language(cx, recipient.locale.as_deref());
    let Recipient { to, locale: _, organization_id } = recipient;
    let organization_id = organization_id.or_else(|| cx.request.audience.organization_id.clone());
    let (id, created_at) = (MessageId::new(cx), cx.now());
    let letter = Letter { id, to, language, organization_id, mail, created_at, expires_at };
    cx.enqueue(SEND, &letter)
}

/// Has a text message sent to a telephone after the commit, unless that is after `expires_at`.
pub fn send_text(cx: &mut Cx<'_>, to: &str, text: &str, expires_at: Option<Time>) -> Result<()> {
    let id = MessageId::new(cx);
    let text = Text { id, to: to.to_owned(), text: text.to_owned(), expires_at };
    cx.enqueue(SEND_TEXT, &text)
}
