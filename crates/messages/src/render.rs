//! From a letter to its subject, plain text and HTML.
//!
//! What a mail says stands in the files of messages; the two templates say where. Names come from
//! people and from outside: they become one line of bounded length, HTML escapes them, and a name
//! that a template uses but nobody gives is an error rather than a blank.
use std::sync::LazyLock;

use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior, context};
use vestibule_branding::palette::{Palette, Scheme};
use vestibule_branding::{Branding, MediaType, image};
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, Result};
use vestibule_languages::{Say, Text};

use crate::{Letter, Mail};

/// The longest name that a mail repeats, in characters.
const NAME_CHARACTERS_MAX: usize = 80;
/// The corners of a button, where nobody has chosen.
const RADIUS_PIXELS: u8 = 10;
/// The typeface, where nobody has chosen.
const FONT: &str = "system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/// A mail as it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Written {
    /// One line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as an HTML document.
    pub html: String,
    /// The name that it comes from, where one is set.
    pub sender: Option<String>,
}

/// How a mail looks.
#[derive(Clone, Debug, Default)]
pub struct Style {
    /// The branding of the environment or organization.
    pub branding: Branding,
    /// Where the logo is, if mails can show it: few can show an SVG.
    pub logo: Option<String>,
}

impl Style {
    /// That of mails of the environment, or of one of its organizations.
    pub fn of(cx: &mut Cx<'_>, organization_id: Option<&OrganizationId>) -> Result<Self> {
        let branding = vestibule_branding::effective(cx, organization_id)?;
        let logo = branding.images.logo.as_ref().filter(|it| it.media_type == MediaType::Png);
        let origin = &cx.app.options().public_url;
        let logo = logo.map(|it| format!("{origin}{}", image::path(cx.environment, it)));
        Ok(Self { branding, logo })
    }

    /// What the template needs of it.
    fn values(&self) -> Value {
        let Branding { corner_radius, font, terms_url, privacy_url, support_url, .. } =
            &self.branding;
        let light = Palette::of(self.branding.accent(), Scheme::Light);
        let dark = Palette::of(self.branding.accent(), Scheme::Dark);
        context! {
            logo => self.logo.as_deref(),
            radius => corner_radius.unwrap_or(RADIUS_PIXELS),
            font => font.map_or(FONT, |it| it.stack()),
            fill => light.fill.to_string(),
            on_fill => light.on_fill.to_string(),
            ink => light.ink.to_string(),
            dark_fill => dark.fill.to_string(),
            dark_on_fill => dark.on_fill.to_string(),
            dark_ink => dark.ink.to_string(),
            terms_url => terms_url.as_deref(),
            privacy_url => privacy_url.as_deref(),
            support_url => support_url.as_deref(),
        }
    }
}

impl std::fmt::Debug for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Written '{}'", self.subject)
    }
}

/// What a mail says, whoever reads it.
struct Words {
    subject: Text,
    /// The sentence that stands before the code or link.
    body: Text,
    /// What the link is called.
    button: Option<Text>,
    /// For how long it works, and what follows from it.
    notes: Vec<Text>,
    /// What to do if it was not the reader who asked for it.
    caution: Text,
}

/// Writes a mail out.
pub fn write(letter: &Letter, style: &Style) -> Result<Written> {
    let language = letter.language;
    let application = style.branding.application_name.as_deref();
    let application = application.map(name).filter(|it| !it.is_empty());
    let validity = letter.expires_at.map(|it| validity(letter.created_at, it));
    let words = words(&letter.mail, application.as_deref(), validity);
    let Words { subject, body, button, notes, caution } = words;
    let (code, url) = match &letter.mail {
        Mail::EmailVerification { code }
        | Mail::MagicAuth { code }
        | Mail::RadarChallenge { code } => (Some(code), None),
        Mail::EmailChange { code, url } => (Some(code), url.as_ref()),
        Mail::WaitlistConfirmation
        | Mail::PasskeyAdded { .. }
        | Mail::RecoveryCodeUsed { .. }
        | Mail::WebhookEndpointDisabled { .. } => (None, None),
        Mail::MagicLink { url } | Mail::PasswordReset { url } | Mail::Invitation { url, .. } => {
            (None, Some(url))
        }
    };
    let values = context! {
        say => Value::from_object(Say(language)),
        language => language.tag(),
        direction => language.direction().as_str(),
        subject => Value::from(Serde(&subject)),
        body => Value::from(Serde(&body)),
        button => Value::from(Serde(&button)),
        notes => Value::from(Serde(&notes)),
        caution => Value::from(Serde(&caution)),
        style => style.values(),
        application => application.as_deref(),
        code,
        url,
    };
    let render = |file: &str| {
        let template = ENGINE.get_template(file).map_err(Error::internal)?;
        template.render(&values).map_err(Error::internal)
    };
    let (text, html) = (render("letter.txt")?, render("letter.html")?);
    let (_, text) = text.split_once('\n').unwrap_or(("", &text));
    Ok(Written {
        subject: language.say(&subject).split_whitespace().collect::<Vec<_>>().join(" "),
        text: format!("{}\n", text.trim()),
        html,
        sender: style.branding.sender_name.as_deref().map(name).filter(|it| !it.is_empty()),
    })
}

fn words(mail: &Mail, application: Option<&str>, validity: Option<Text>) -> Words {
    let kind = match mail {
        Mail::EmailVerification { .. } => "email-verification",
        Mail::MagicAuth { .. } => "magic-auth",
        Mail::RadarChallenge { .. } => "radar-challenge",
        Mail::EmailChange { .. } => "email-change",
        Mail::MagicLink { .. } => "magic-link",
        Mail::PasswordReset { .. } => "password-reset",
        Mail::WaitlistConfirmation => "waitlist",
        Mail::PasskeyAdded { .. } => "passkey-added",
        Mail::RecoveryCodeUsed { .. } => "recovery-code-used",
        Mail::WebhookEndpointDisabled { .. } => "webhook-endpoint-disabled",
        Mail::Invitation { organization, inviter, .. } => {
            return invitation(organization.as_deref(), inviter.as_deref(), application, validity);
        }
    };
    let text = |part: &str| Text::new(&format!("mail-{kind}-{part}"));
    let named = |part: &str| match application {
        Some(name) => text(&format!("{part}-named")).with("application", name),
        None => text(part),
    };
    let is_link = matches!(mail, Mail::PasswordReset { .. } | Mail::MagicLink { .. });
    let lifetime = Text::new(if is_link { "mail-link-lifetime" } else { "mail-code-lifetime" });
    let mut notes: Vec<Text> =
        validity.map(|it| lifetime.with("duration", it)).into_iter().collect();
    match mail {
        Mail::PasswordReset { .. } => notes.push(text("after")),
        Mail::RecoveryCodeUsed { left } => notes.push(text("left").with("count", *left)),
        _ => {}
    }
    Words {
        subject: named("subject"),
        body: match mail {
            Mail::WaitlistConfirmation => text("body"),
            Mail::PasskeyAdded { name: called } => named("body").with("name", name(called)),
            Mail::WebhookEndpointDisabled { endpoint } => {
                named("body").with("endpoint", name(endpoint))
            }
            _ => named("body"),
        },
        button: mail.url().map(|_| text("button")),
        notes,
        caution: text("caution"),
    }
}

fn invitation(
    organization: Option<&str>,
    inviter: Option<&str>,
    application: Option<&str>,
    validity: Option<Text>,
) -> Words {
    let organization = organization.map(name).filter(|it| !it.is_empty());
    let inviter = inviter.map(name).filter(|it| !it.is_empty());
    let to = organization.as_deref().or(application);
    let text = |part: &str, place: &str| {
        let by = if inviter.is_some() { "-inviter" } else { "" };
        let text = Text::new(&format!("mail-invitation-{part}{by}{place}"));
        inviter.iter().fold(text, |text, it| text.with("inviter", it.as_str()))
    };
    let subject = match to {
        Some(name) => text("subject", "-to").with("name", name),
        None => text("subject", ""),
    };
    let body = match (organization.as_deref(), application, to) {
        (Some(organization), Some(application), _) => {
            text("body", "-on").with("organization", organization).with("application", application)
        }
        (_, _, Some(name)) => text("body", "-to").with("name", name),
        (_, _, None) => text("body", ""),
    };
    let lifetime = |it| Text::new("mail-invitation-lifetime").with("duration", it);
    Words {
        subject,
        body,
        button: Some(Text::new("mail-invitation-button")),
        notes: validity.map(lifetime).into_iter().collect(),
        caution: Text::new("mail-invitation-caution"),
    }
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

/// For how long something works, in whole minutes, rounded down, so that nobody is promised more
/// than there is.
fn validity(from: Time, until: Time) -> Text {
    let minutes = (until.millis() - from.millis()) / 60_000;
    Text::minutes(u64::try_from(minutes).unwrap_or_default().max(1))
}

static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    // An error of the engine would otherwise carry the values, codes included, into the log.
    engine.set_debug(false);
    for (name, source) in [
        ("letter.html", include_str!("../templates/letter.html")),
        ("letter.txt", include_str!("../templates/letter.txt")),
    ] {
        engine
            .add_template(name, source)
            .expect("embedded templates parse: the tests render every one of them");
    }
    engine
});

#[cfg(test)]
mod tests {
    use vestibule_languages::Language;

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
        let spell = |seconds: i64| {
            let validity = validity(Time::from_millis(0), Time::from_millis(seconds * 1000));
            Language::English.say(&validity)
        };
        assert_eq!(spell(599), "9 minutes");
        assert_eq!(spell(600), "10 minutes");
        assert_eq!(spell(3600), "an hour");
        assert_eq!(spell(7199), "an hour");
        assert_eq!(spell(7200), "2 hours");
        assert_eq!(spell(47 * 3600), "47 hours");
        assert_eq!(spell(7 * 86_400), "7 days");
        assert_eq!(spell(-5), "a minute");
    }
}
