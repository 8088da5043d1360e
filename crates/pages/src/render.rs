//! The template engine: one screen and its frame in, one HTML document out.
//!
//! Templates are compiled into the program, every value is escaped, and a name that a template
//! uses but no struct provides is an error rather than a blank.

use std::sync::LazyLock;

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use serde::Serialize;

use crate::branding::Branding;
use crate::{assets, inbox, qr};

pub use minijinja::Error;

/// What a page shows, and the template that shows it.
pub trait Screen: Serialize {
    /// Name of the template file
    const TEMPLATE: &'static str;
}

/// What surrounds every page of one environment.
#[derive(Clone, Serialize)]
pub struct Frame {
    language: &'static str,
    application: String,
    initial: String,
    icon: String,
    logo_path: Option<String>,
    branding_path: String,
    inbox_path: Option<String>,
}

impl Frame {
    /// Frame for an environment whose generated stylesheet is served at `branding_path`.
    pub fn new(branding: &Branding, branding_path: impl Into<String>) -> Self {
        Self {
            language: "en",
            application: branding.application.clone(),
            initial: initial(&branding.application),
            icon: branding.icon(),
            logo_path: branding.logo_path.clone(),
            branding_path: branding_path.into(),
            inbox_path: None,
        }
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
        assets => context! {
            style => assets::style().path.as_str(),
            script => assets::script().path.as_str(),
            passkeys => assets::passkeys().path.as_str(),
        },
    })
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

const TEMPLATES: &[(&str, &str)] = &[
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
    ("organization_choice.html", include_str!("../templates/organization_choice.html")),
    ("device_code.html", include_str!("../templates/device_code.html")),
    ("device_approval.html", include_str!("../templates/device_approval.html")),
    ("device_decided.html", include_str!("../templates/device_decided.html")),
    ("invitation.html", include_str!("../templates/invitation.html")),
    ("confirm_email_change.html", include_str!("../templates/confirm_email_change.html")),
    ("email_changed.html", include_str!("../templates/email_changed.html")),
    ("returning.html", include_str!("../templates/returning.html")),
    ("signed_out.html", include_str!("../templates/signed_out.html")),
    ("error.html", include_str!("../templates/error.html")),
    ("home.html", include_str!("../templates/home.html")),
    ("inbox.html", include_str!("../templates/inbox.html")),
];

static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(|_| AutoEscape::Html);
    // An engine error would otherwise carry the page's values, tokens included, into the log.
    engine.set_debug(false);
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
    use super::{initial, initials};

    #[test]
    fn a_company_is_stood_for_by_its_capitals() {
        for (name, expected) in
            [("Google", "G"), ("GitHub", "GH"), ("LinkedIn", "LI"), ("acme id", "A")]
        {
            assert_eq!(initials(name), expected);
        }
    }

    #[test]
    fn a_name_is_stood_for_by_its_first_letter_or_digit() {
        assert_eq!(initial("acme"), "A");
        assert_eq!(initial("  (éclair)"), "É");
        assert_eq!(initial("42 Ltd"), "4");
        assert_eq!(initial("…"), "·");
    }
}
