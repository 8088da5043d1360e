//! Mail: templates, sending by SMTP, and the built-in inbox.
use serde::{Deserialize, Serialize};
use vestibule_kernel::{Cx, Result};

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
    /// The code that proves a new e-mail address.
    EmailChange {
        /// Six digits.
        code: String,
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
}

/// The kind of the job that sends a mail.
pub const SEND: &str = "mail.send";

/// A mail on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Letter {
    /// The address.
    pub to: String,
    /// What it says.
    #[serde(flatten)]
    pub mail: Mail,
}

/// Has a mail sent after the commit.
pub fn send(cx: &mut Cx<'_>, to: &str, mail: Mail) -> Result<()> {
    cx.enqueue(SEND, &Letter { to: to.to_owned(), mail })
}
