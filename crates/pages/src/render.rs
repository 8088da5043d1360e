//! The template engine: one screen and its frame in, one HTML document out.
//!
//! Templates are compiled into the program, every value is escaped, and a name that a template
//! uses but no struct provides is an error rather than a blank.

use std::sync::LazyLock;

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use serde::Serialize;
use vestibule_branding::{Branding, Colour, palette};
use vestibule_languages::{Language, Say};
use vestibule_signin::authorize::Theme;

use crate::{assets, inbox, qr};

pub use minijinja::Error;

/// What a page shows, and the template that shows it.
pub trait Screen: Serialize {
    /// Name of the template file
    const TEMPLATE: &'static str;
}

/// Where the files are that a branding makes; none where nothing was chosen.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Files {
    /// The stylesheet of what was chosen
    pub light: Option<String>,
    /// The one of the colours that differ in the dark
    pub dark: Option<String>,
    /// The one of custom CSS
    pub custom: Option<String>,
    /// The logo; without one, the first letter stands in
    pub logo: Option<String>,
    /// The logo on dark colours
    pub dark_logo: Option<String>,
    /// The icon of the browser's tab; without one, the first letter stands in
    pub favicon: Option<String>,
}

/// What surrounds every page of one environment.
#[derive(Clone, Serialize)]
pub struct Frame {
    #[serde(skip)]
    said_in: Language,
    language: &'static str,
    direction: &'static str,
    theme: Theme,
    application: String,
    initial: String,
    icon: String,
    files: Files,
    terms_url: Option<String>,
    privacy_url: Option<String>,
    support_url: Option<String>,
    inbox_path: Option<String>,
    acting: Option<Acting>,
}

/// That somebody is signed in with this browser as somebody else.
#[derive(Clone, Serialize)]
pub struct Acting {
    /// Address of whoever acts
    pub impersonator: String,
    /// Address of the user
    pub user: String,
    /// Where it ends
    pub end_path: String,
}

impl Frame {
    /// Frame of a branding whose files are served there.
    pub fn new(branding: &Branding, files: Files) -> Self {
        let application = branding.application().to_owned();
        Self {
            said_in: Language::English,
            language: Language::English.tag(),
            direction: Language::English.direction().as_str(),
            theme: Theme::System,
            initial: initial(&application),
            icon: files.favicon.clone().unwrap_or_else(|| icon(&application, branding.accent())),
            application,
            files,
            terms_url: branding.terms_url.clone(),
            privacy_url: branding.privacy_url.clone(),
            support_url: branding.support_url.clone(),
            inbox_path: None,
            acting: None,
        }
    }

    /// The same, in a language.
    pub fn in_language(mut self, language: Language) -> Self {
        self.said_in = language;
        self.language = language.tag();
        self.direction = language.direction().as_str();
        self
    }

    /// The same, in the colours that are asked for.
    pub fn in_theme(self, theme: Theme) -> Self {
        Self { theme, ..self }
    }

    /// The language that the page is written in.
    pub const fn language(&self) -> Language {
        self.said_in
    }

    /// Tell readers that they act as somebody else.
    pub fn with_acting(mut self, acting: Option<Acting>) -> Self {
        self.acting = acting;
        self
    }

    /// Tell readers where mail lands on a development server.
    pub fn with_inbox(mut self, path: impl Into<String>) -> Self {
        self.inbox_path = Some(path.into());
        self
    }
}

/// Render a page as a whole HTML document.
pub fn render<S: Screen>(frame: &Frame, screen: &S) -> Result<String, Error> {
    ENGINE.get_template(S::TEMPLATE)?.render(context! {
        frame => Value::from(Serde(frame)),
        page => Value::from(Serde(screen)),
        say => Value::from_object(Say(frame.said_in)),
        assets => context! {
            style => assets::style().path.as_str(),
            dark => assets::dark().path.as_str(),
            script => assets::script().path.as_str(),
            passkeys => assets::passkeys().path.as_str(),
        },
    })
}

/// The application's letter as an icon for the browser's tab, in a `data:` address.
fn icon(application: &str, accent: Colour) -> String {
    // A letter or digit, so it needs no escaping.
    let letter = initial(application);
    let ink = palette::ink_on(accent);
    let svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>\
         <rect width='32' height='32' rx='9' fill='{accent}'/>\
         <text x='16' y='22.5' font-family='system-ui,sans-serif' font-size='18' \
         font-weight='600' text-anchor='middle' fill='{ink}'>{letter}</text></svg>"
    );
    format!("data:image/svg+xml,{}", svg.replace('#', "%23").replace(' ', "%20"))
}

/// The letter that stands for a name where there is no picture.
pub(crate) fn initial(name: &str) -> String {
    name.chars()
        .find(|letter| letter.is_alphanumeric())
        .map_or_else(|| "·".to_owned(), |letter| letter.to_uppercase().collect())
}

/// The letters that stand for the name of a company: its capitals, two at the most.
pub(crate) fn initials(name: &str) -> String {
    let capitals: String = name.chars().filter(|it| it.is_uppercase()).take(2).collect();
    if capitals.is_empty() { initial(name) } else { capitals }
}

/// Every template by its name, with its source.
pub const TEMPLATES: &[(&str, &str)] = &[
    ("base.html", include_str!("../templates/base.html")),
    ("card.html", include_str!("../templates/card.html")),
    ("parts.html", include_str!("../templates/parts.html")),
    ("sign_in.html", include_str!("../templates/sign_in.html")),
    ("password.html", include_str!("../templates/password.html")),
    ("sign_up.html", include_str!("../templates/sign_up.html")),
    ("code.html", include_str!("../templates/code.html")),
    ("forgotten_password.html", include_str!("../templates/forgotten_password.html")),
    ("reset_sent.html", include_str!("../templates/reset_sent.html")),
    ("reset_password.html", include_str!("../templates/reset_password.html")),
    ("reset_done.html", include_str!("../templates/reset_done.html")),
    ("totp_enrolment.html", include_str!("../templates/totp_enrolment.html")),
    ("factor_challenge.html", include_str!("../templates/factor_challenge.html")),
    ("factor_choice.html", include_str!("../templates/factor_choice.html")),
    ("telephone.html", include_str!("../templates/telephone.html")),
    ("other_ways.html", include_str!("../templates/other_ways.html")),
    ("recovery_code.html", include_str!("../templates/recovery_code.html")),
    ("recovery_codes.html", include_str!("../templates/recovery_codes.html")),
    ("passkey.html", include_str!("../templates/passkey.html")),
    ("passkey_offer.html", include_str!("../templates/passkey_offer.html")),
    ("account.html", include_str!("../templates/account.html")),
    ("onward.html", include_str!("../templates/onward.html")),
    ("impersonation.html", include_str!("../templates/impersonation.html")),
    ("another_way.html", include_str!("../templates/another_way.html")),
    ("single_sign_on.html", include_str!("../templates/single_sign_on.html")),
    ("test_provider.html", include_str!("../templates/test_provider.html")),
    ("organization_choice.html", include_str!("../templates/organization_choice.html")),
    ("device_code.html", include_str!("../templates/device_code.html")),
    ("device_approval.html", include_str!("../templates/device_approval.html")),
    ("device_decided.html", include_str!("../templates/device_decided.html")),
    ("agent_answered.html", include_str!("../templates/agent_answered.html")),
    ("agent_approval.html", include_str!("../templates/agent_approval.html")),
    ("agent_consent.html", include_str!("../templates/agent_consent.html")),
    ("agent_decided.html", include_str!("../templates/agent_decided.html")),
    ("invitation.html", include_str!("../templates/invitation.html")),
    ("confirm_email_change.html", include_str!("../templates/confirm_email_change.html")),
    ("waitlist.html", include_str!("../templates/waitlist.html")),
    ("on_waitlist.html", include_str!("../templates/on_waitlist.html")),
    ("magic_link.html", include_str!("../templates/magic_link.html")),
    ("email_changed.html", include_str!("../templates/email_changed.html")),
    ("returning.html", include_str!("../templates/returning.html")),
    ("blocked.html", include_str!("../templates/blocked.html")),
    ("signed_out.html", include_str!("../templates/signed_out.html")),
    ("error.html", include_str!("../templates/error.html")),
    ("portal.html", include_str!("../templates/portal.html")),
    ("portal_opening.html", include_str!("../templates/portal_opening.html")),
    ("portal_overview.html", include_str!("../templates/portal_overview.html")),
    ("portal_connections.html", include_str!("../templates/portal_connections.html")),
    ("portal_connection.html", include_str!("../templates/portal_connection.html")),
    ("portal_tested.html", include_str!("../templates/portal_tested.html")),
    ("portal_domains.html", include_str!("../templates/portal_domains.html")),
    ("portal_certificates.html", include_str!("../templates/portal_certificates.html")),
    ("portal_audit_logs.html", include_str!("../templates/portal_audit_logs.html")),
    ("portal_export.html", include_str!("../templates/portal_export.html")),
    ("portal_streams.html", include_str!("../templates/portal_streams.html")),
    ("portal_new_stream.html", include_str!("../templates/portal_new_stream.html")),
    ("portal_done.html", include_str!("../templates/portal_done.html")),
    ("home.html", include_str!("../templates/home.html")),
    ("inbox.html", include_str!("../templates/inbox.html")),
];

static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(|_| AutoEscape::Html);
    // An engine error would otherwise carry the page's values, tokens included, into the log.
    engine.set_debug(false);
    vestibule_languages::prepare(&mut engine);
    engine.add_function("qr", qr::picture);
    engine.add_filter("moment", inbox::moment);
    engine.add_filter("with_links", inbox::with_links);
    for (name, source) in TEMPLATES {
        engine
            .add_template(name, source)
            .expect("embedded templates parse: the tests render every one of them");
    }
    engine
});

#[cfg(test)]
mod tests {
    use super::{Colour, icon, initial, initials};

    #[test]
    fn a_company_is_stood_for_by_its_capitals() {
        for (name, expected) in
            [("Google", "G"), ("GitHub", "GH"), ("LinkedIn", "LI"), ("acme id", "A")]
        {
            assert_eq!(initials(name), expected);
        }
    }

    #[test]
    fn an_icon_holds_the_letter_and_no_raw_hash() {
        let icon = icon("Acme", Colour::HOUSE);
        assert!(icon.contains(">A</text>"), "{icon}");
        assert!(!icon.contains('#'), "{icon}");
    }

    #[test]
    fn a_name_is_stood_for_by_its_first_letter_or_digit() {
        assert_eq!(initial("acme"), "A");
        assert_eq!(initial("  (éclair)"), "É");
        assert_eq!(initial("42 Ltd"), "4");
        assert_eq!(initial("…"), "·");
    }
}
