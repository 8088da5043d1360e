//! E-mail addresses: what counts as one, and when two of them are the same.
use vestibule_kernel::db::Value;

/// The longest address that mail can be sent to, in bytes (RFC 5321 §4.5.3.1.3).
const ADDRESS_BYTES_MAX: usize = 254;
/// The longest part before the `@`, in bytes (RFC 5321 §4.5.3.1.1).
const LOCAL_BYTES_MAX: usize = 64;
/// The longest label of a domain, in bytes (RFC 1035 §2.3.4).
const LABEL_BYTES_MAX: usize = 63;

/// An e-mail address as it was written, without the blanks around it.
#[derive(Clone, Debug)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address; `None` where the text is none that we would send mail to.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (local, domain) = text.split_once('@')?;
        let good = text.len() <= ADDRESS_BYTES_MAX
            && is_local(local)
            && is_domain(domain)
            && !text.chars().any(folds_into_ascii);
        good.then(|| Self(text.to_owned()))
    }
    /// The address as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// What is compared, unique and looked up: the address in lower case.
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
    /// Whether the other address leads to the same user.
    pub fn is(&self, other: &str) -> bool {
        self.folded() == fold(other)
    }
}

impl From<&EmailAddress> for Value {
    fn from(it: &EmailAddress) -> Self {
        Self::Text(it.0.clone())
    }
}

/// The form in which addresses are compared, for text that need not be one.
pub fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The part before the `@`: atoms joined by dots. Quoted forms are legal and nobody has one.
fn is_local(text: &str) -> bool {
    text.len() <= LOCAL_BYTES_MAX
        && text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom))
}

fn is_atom(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(letter);
    }
    !letter.is_control() && !letter.is_whitespace()
}

/// The part after the `@`: two labels at least, for the address goes through the mail of the world.
fn is_domain(text: &str) -> bool {
    text.contains('.') && text.split('.').all(is_label)
}

fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LABEL_BYTES_MAX
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.chars().all(|it| it == '-' || it.is_alphanumeric())
}

/// Whether lower case turns a foreign letter into an ASCII one, as it does with the Kelvin sign and
/// `k`. Such a letter would let one mailbox pass for another.
fn folds_into_ascii(letter: char) -> bool {
    !letter.is_ascii() && letter.to_lowercase().any(|it| it.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_addresses_are_addresses() {
        for text in
            ["a@b.test", " Ada.L+x@Sub.Example.test ", "o'hara@x-y.test", "jürgen@müller.test"]
        {
            assert!(EmailAddress::parse(text).is_some(), "{text}");
        }
        assert_eq!(EmailAddress::parse(" Ada@B.test ").unwrap().as_str(), "Ada@B.test");
        assert!(EmailAddress::parse("Ada@B.test").unwrap().is(" aDA@b.TEST"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@b.test", "a".repeat(65));
        let longer = format!("a@{}.test", ["b".repeat(63).as_str(); 4].join("."));
        for text in [
            "",
            "@",
            "nobody",
            "a@",
            "@b.test",
            "a b@c.test",
            "a@b@c.test",
            "a@b",
            "a@b.",
            "a@.b",
            "a@-b.test",
            "a..b@c.test",
            ".a@c.test",
            "a@b c.test",
            "a,b@c.test",
            "a@b.test\r\nBcc: x@y.test",
            "<a@b.test>",
            "a@[127.0.0.1]",
            "\"a\"@b.test",
            &long,
            &longer,
        ] {
            assert!(EmailAddress::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_letter_that_only_looks_like_another_does_not_pass_for_it() {
        // KELVIN SIGN, whose lower case is the ASCII k.
        assert!(EmailAddress::parse("\u{212a}ate@b.test").is_none());
        assert!(EmailAddress::parse("a@\u{212a}.test").is_none());
    }
}
