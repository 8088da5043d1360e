//! Whom the mails of an environment come from.
use lettre::address::Address;
use serde::{Deserialize, Serialize};
use vestibule_kernel::setting::Setting;

/// The longest address that mail servers take, in characters (RFC 5321 §4.5.3.1.3).
pub const ADDRESS_CHARS_MAX: usize = 254;

/// Whom the mails of an environment come from.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MailSender {
    /// The address; that of the program's settings where there is none.
    pub address: Option<String>,
}

impl Setting for MailSender {
    const NAME: &'static str = "mail_sender";
}

impl MailSender {
    /// Whether mail can come from this text: an address alone, without a name.
    pub fn can_be(text: &str) -> bool {
        text.chars().count() <= ADDRESS_CHARS_MAX && text.parse::<Address>().is_ok()
    }
}
