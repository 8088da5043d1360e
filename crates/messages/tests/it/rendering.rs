//! What mails say.
use vestibule_branding::Branding;
use vestibule_kernel::id::MessageId;
use vestibule_kernel::time::Time;
use vestibule_languages::Language;
use vestibule_messages::{Letter, Mail, Style, Written, write};

use crate::samples;

const NOON: Time = Time::from_millis(1_768_478_400_000);

fn written(mail: Mail, minutes: i64, application: Option<&str>) -> Written {
    written_in(Language::English, mail, minutes, application)
}

fn written_in(language: Language, mail: Mail, minutes: i64, application: Option<&str>) -> Written {
    let letter = Letter {
        id: MessageId::parse("message_01").unwrap(),
        to: "ada@acme.test".to_owned(),
        language,
        organization_id: None,
        mail,
        created_at: NOON,
        expires_at: Some(NOON.plus_seconds(minutes * 60)),
    };
    let application_name = application.map(str::to_owned);
    let branding = Branding { application_name, ..Branding::default() };
    write(&letter, &Style { branding, logo: None }).unwrap()
}

fn code() -> String {
    "493021".to_owned()
}

fn url() -> String {
    "https://auth.acme.test/reset-password?token=a1&lang=en".to_owned()
}

#[test]
fn a_sign_in_code_is_shown_large_with_its_lifetime_and_what_to_do_if_it_was_not_you() {
    let mail = written(Mail::MagicAuth { code: code() }, 10, Some("Acme"));
    assert_eq!(mail.subject, "Your sign-in code for Acme");
    assert_eq!(
        mail.text,
        "Sign in to Acme with this code:\n\n    493021\n\nIt works once, and for 10 minutes.\n\nIf \
         you did not ask for it, ignore this mail: nobody gets in without the code. Give it to no \
         one, not even to someone who says that they are from support.\n"
    );
    assert!(mail.html.contains("font-size:34px"), "{}", mail.html);
    assert!(mail.html.contains(">493021</p>"), "{}", mail.html);
    assert!(mail.html.contains("It works once, and for 10 minutes."), "{}", mail.html);
    assert!(mail.html.contains("nobody gets in without the code"), "{}", mail.html);
}

#[test]
fn without_a_name_for_the_application_mails_speak_of_none() {
    let mail = written(Mail::EmailVerification { code: code() }, 10, None);
    assert_eq!(mail.subject, "Confirm your e-mail address");
    assert!(
        mail.text.starts_with("Confirm that this address is yours with this code:\n\n    493021")
    );
    let named = written(Mail::EmailVerification { code: code() }, 10, Some("Acme"));
    assert_eq!(named.subject, "Confirm your e-mail address for Acme");
    assert!(
        named.text.starts_with("Confirm that this address is yours, for your account at Acme,")
    );
}

#[test]
fn a_change_of_address_has_a_mail_of_its_own() {
    let mail = written(Mail::EmailChange { code: code(), url: Some(url()) }, 10, Some("Acme"));
    assert_eq!(mail.subject, "Confirm your new e-mail address for Acme");
    assert!(mail.text.contains("493021") && mail.html.contains(">493021</p>"));
    assert!(mail.text.contains(&url()), "{}", mail.text);
    assert!(mail.html.contains(">Confirm the address</a>"), "{}", mail.html);
}

#[test]
fn a_password_reset_holds_the_link_whole_in_both_forms() {
    let mail = written(Mail::PasswordReset { url: url() }, 60, Some("Acme"));
    assert_eq!(mail.subject, "Set a new password for Acme");
    assert!(mail.text.contains(&format!("\n{}\n", url())), "{}", mail.text);
    assert!(mail.text.contains("for an hour"), "{}", mail.text);
    let escaped =
        "href=\"https:&#x2f;&#x2f;auth.acme.test&#x2f;reset-password?token=a1&amp;lang=en\"";
    assert!(mail.html.contains(escaped), "{}", mail.html);
}

#[test]
fn an_invitation_tells_who_invites_and_where_to() {
    let invitation = |organization: Option<&str>, inviter: Option<&str>, application| {
        let mail = Mail::Invitation {
            url: url(),
            organization: organization.map(str::to_owned),
            inviter: inviter.map(str::to_owned),
        };
        written(mail, 7 * 1440, application)
    };
    let cases = [
        (
            Some("Acme"),
            Some("Ada"),
            Some("App"),
            "Ada invites you to Acme",
            "Ada invites you to join Acme on App.",
        ),
        (Some("Acme"), None, None, "You are invited to Acme", "You are invited to join Acme."),
        (None, Some("Ada"), Some("App"), "Ada invites you to App", "Ada invites you to join App."),
        (None, None, None, "You are invited", "You are invited to sign up."),
    ];
    for (organization, inviter, application, subject, sentence) in cases {
        let mail = invitation(organization, inviter, application);
        assert_eq!(mail.subject, subject);
        assert!(mail.text.contains(sentence), "{}", mail.text);
        assert!(mail.text.contains("for 7 days"), "{}", mail.text);
    }
}

#[test]
fn names_cannot_bring_markup_into_a_mail() {
    let mail = Mail::Invitation {
        url: url(),
        organization: Some("<img src=x onerror=alert(1)>".to_owned()),
        inviter: Some("\"><script>".to_owned()),
    };
    let mail = written(mail, 60, Some("<b>App</b>"));
    for markup in ["<img", "<script", "<b>"] {
        assert!(!mail.html.contains(markup), "{}", mail.html);
    }
}

#[test]
fn names_cannot_bring_lines_into_a_subject() {
    let mail = Mail::Invitation {
        url: url(),
        organization: Some("Acme\r\nBcc: eve@evil.test\r\n\r\nPay here".to_owned()),
        inviter: None,
    };
    let mail = written(mail, 60, None);
    assert_eq!(mail.subject, "You are invited to Acme Bcc: eve@evil.test Pay here");
}

#[test]
fn every_mail_follows_the_colour_scheme_of_its_reader() {
    for (name, mail) in samples::all() {
        let html = written(mail, 10, None).html;
        assert!(html.contains("prefers-color-scheme: dark"), "{name}: {html}");
        let fetches = html.contains("http:") || html.contains("src=");
        assert!(!fetches, "{name} fetches something: {html}");
    }
}

#[test]
fn every_mail_is_whole_in_every_language() {
    for language in Language::ALL {
        for (name, mail) in samples::all() {
            for application in [None, Some("Acme")] {
                let Written { subject, text, html, sender: _ } =
                    written_in(language, mail.clone(), 10, application);
                assert!(!subject.is_empty(), "{language} {name}");
                for told in [&subject, &text, &html] {
                    assert!(!told.contains("mail-"), "{language} {name} says a key: {told}");
                }
                assert!(html.contains(&format!("lang=\"{language}\"")), "{language} {name}");
            }
        }
    }
}

#[test]
fn who_joined_a_waitlist_is_told_that_there_is_nothing_to_do() {
    let mail = written(Mail::WaitlistConfirmation, 10, Some("Acme"));
    assert_eq!(mail.subject, "You are on the waitlist of Acme");
    assert!(mail.text.starts_with("We will write to you again"), "{}", mail.text);
    assert!(!mail.html.contains("href"), "{}", mail.html);
}

#[test]
fn who_gets_a_passkey_or_uses_a_recovery_code_is_told_what_to_do_if_it_was_somebody_else() {
    let mail =
        written(Mail::PasskeyAdded { name: "Ada\u{2019}s phone".to_owned() }, 10, Some("Acme"));
    assert_eq!(mail.subject, "A passkey was added to your Acme account");
    assert!(mail.text.contains("Acme account: Ada\u{2019}s phone"), "{}", mail.text);
    assert!(mail.text.contains("If it was not you"), "{}", mail.text);
    let mail = written(Mail::RecoveryCodeUsed { left: 9 }, 10, None);
    assert_eq!(mail.subject, "A recovery code was used for your account");
    assert!(mail.text.contains("Codes left: 9"), "{}", mail.text);
    assert!(!mail.html.contains("href"), "{}", mail.html);
}

#[test]
fn a_passkeys_name_is_shown_as_text_on_one_line() {
    let name = "<b>x</b>\r\nBcc: eve@evil.test".to_owned();
    let mail = written(Mail::PasskeyAdded { name }, 10, None);
    assert!(!mail.html.contains("<b>x</b>"), "{}", mail.html);
    assert!(mail.text.contains("<b>x</b> Bcc: eve@evil.test"), "{}", mail.text);
}
