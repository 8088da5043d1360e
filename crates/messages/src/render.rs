//! From a letter to its subject, plain text and HTML.
//!
//! The first line of each plain-text template is the subject, so that all words of a mail stand
//! together. Names come from people and from outside: they become one line of bounded length, HTML
//! escapes them, and a name that a template uses but nobody gives is an error rather than a blank.
use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior, context};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Error, Result};

use crate::{Application, Letter, Mail};

/// The longest name that a mail repeats, in characters.
const NAME_CHARACTERS_MAX: usize = 80;

/// A mail as it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Written {
    /// One line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as an HTML document.
    pub html: String,
}

impl std::fmt::Debug for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Written '{}'", self.subject)
    }
}

/// Writes a mail out.
pub fn write(letter: &Letter, application: &Application) -> Result<Written> {
    let (template, code, url, organization, inviter) = match &letter.mail {
        Mail::EmailVerification { code } => ("email_verification", Some(code), None, None, None),
        Mail::MagicAuth { code } => ("magic_auth", Some(code), None, None, None),
        Mail::EmailChange { code, url } => ("email_change", Some(code), url.as_ref(), None, None),
        Mail::PasswordReset { url } => ("password_reset", None, Some(url), None, None),
        Mail::WaitlistConfirmation => ("waitlist_confirmation", None, None, None, None),
        Mail::Invitation { url, organization, inviter } => {
            ("invitation", None, Some(url), organization.as_deref(), inviter.as_deref())
        }
    };
    let values = context! {
        code,
        url,
        organization => organization.map(name).filter(|it| !it.is_empty()),
        inviter => inviter.map(name).filter(|it| !it.is_empty()),
        application => application.name.as_deref().map(name).filter(|it| !it.is_empty()),
        validity => letter.expires_at.map(|it| validity(letter.created_at, it)),
    };
    let render = |extension: &str| {
        let file = format!("{template}.{extension}");
        let template = ENGINE.get_template(&file).map_err(Error::internal)?;
        template.render(&values).map_err(Error::internal)
    };
    let (text, html) = (render("txt")?, render("html")?);
    let (subject, text) = text.split_once('\n').unwrap_or((&text, ""));
    Ok(Written { subject: one_line(subject), text: format!("{}\n", text.trim()), html })
}

/// A name as a mail repeats it.
fn name(text: &str) -> String {
    let line = one_line(text);
    match line.char_indices().nth(NAME_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

/// The text without breaks, without anything that cannot be seen, and without what turns the
/// direction of writing around.
fn one_line(text: &str) -> String {
    let hidden = |it: char| {
        it.is_control()
            || matches!(it, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let visible: String = text.chars().map(|it| if hidden(it) { ' ' } else { it }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A length of time in the largest unit of which there are at least two, rounded down, so that
/// nobody is promised more than there is.
fn validity(from: Time, until: Time) -> String {
    let minutes = (until.millis() - from.millis()) / 60_000;
    let (count, unit) = match minutes {
        ..=1 => return "1 minute".to_owned(),
        2..60 => (minutes, "minutes"),
        60..120 => return "1 hour".to_owned(),
        120..2880 => (minutes / 60, "hours"),
        2880.. => (minutes / 1440, "days"),
    };
    format!("{count} {unit}")
}

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        const TEMPLATES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../templates/", $name)))),*];
    };
}

templates! {
    "base.html",
    "parts.html",
    "email_verification.html",
    "email_verification.txt",
    "magic_auth.html",
    "magic_auth.txt",
    "email_change.html",
    "email_change.txt",
    "password_reset.html",
    "password_reset.txt",
    "invitation.html",
    "invitation.txt",
    "waitlist_confirmation.html",
    "waitlist_confirmation.txt",
}

static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    // An error of the engine would otherwise carry the values, codes included, into the log.
    engine.set_debug(false);
    for (name, source) in TEMPLATES {
        engine
            .add_template(name, source)
            .expect("embedded templates parse: the tests render every one of them");
    }
    engine
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_visible_line_of_bounded_length() {
        assert_eq!(
            name(" Acme\r\nBcc: eve@evil.test\t\u{202e}gro\u{200b} "),
            "Acme Bcc: eve@evil.test gro"
        );
        assert_eq!(name(&"é".repeat(80)), "é".repeat(80));
        assert_eq!(name(&"é".repeat(81)), format!("{}…", "é".repeat(80)));
        assert_eq!(name("\r\n"), "");
    }

    #[test]
    fn a_validity_never_promises_more_than_there_is() {
        let spell =
            |seconds: i64| validity(Time::from_millis(0), Time::from_millis(seconds * 1000));
        assert_eq!(spell(599), "9 minutes");
        assert_eq!(spell(600), "10 minutes");
        assert_eq!(spell(3600), "1 hour");
        assert_eq!(spell(7199), "1 hour");
        assert_eq!(spell(7200), "2 hours");
        assert_eq!(spell(47 * 3600), "47 hours");
        assert_eq!(spell(7 * 86_400), "7 days");
        assert_eq!(spell(-5), "1 minute");
    }
}
