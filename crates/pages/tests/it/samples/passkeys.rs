//! Samples of passkeys.
use vestibule_languages::Text;
use vestibule_pages::render::{Error, Frame};
use vestibule_pages::screens::*;

use super::{form, page, passkey_ask};

pub fn with_passkeys(frame: &Frame) -> Vec<(&'static str, Result<String, Error>)> {
    let refused = Problem::overall(Text::new("problem-passkey-refused"));
    let offer = PasskeyOffer {
        form: form("/passkey/new"),
        email: "ada@acme.test".into(),
        ask: passkey_ask("/passkey/new"),
    };
    vec![
        ("passkey", page(frame, &passkey(form("/passkey")))),
        ("passkey-refused", page(frame, &passkey(form("/passkey").refused(refused)))),
        ("passkey-offer", page(frame, &offer)),
        ("account", page(frame, &account(entries(), false, Some("passkey-added")))),
        ("account-email", page(frame, &refused_address())),
        ("account-confirm", page(frame, &account(entries(), true, None))),
        ("account-empty", page(frame, &account(Vec::new(), false, None))),
    ]
}

fn passkey(form: Form) -> Passkey {
    Passkey {
        form,
        email: "ada@acme.test".into(),
        ask: passkey_ask("/passkey"),
        change_path: "/sign-in".into(),
        password_path: Some("/password".into()),
        code_action: Some("/code/send".into()),
    }
}

fn account(passkeys: Vec<PasskeyEntry>, must_confirm: bool, notice: Option<&str>) -> Account {
    Account {
        form: form("/account/confirm"),
        email: "ada@acme.test".into(),
        email_action: "/account/email".into(),
        new_email: String::new(),
        must_confirm,
        acting: false,
        notice: notice.map(Text::new),
        passkeys,
        ask: (!must_confirm).then(|| passkey_ask("/account/passkeys")),
    }
}

/// With a new address that is none.
fn refused_address() -> Account {
    let text = Text::new("problem-email").with("typed", "ada.new");
    let mut account = account(entries(), false, None);
    account.form = form("/account/confirm").refused(Problem::with("new_email", text));
    account.new_email = "ada.new".into();
    account
}

fn entries() -> Vec<PasskeyEntry> {
    let entry = |id: &str, name: &str, used_on: Option<&str>, synchronized| PasskeyEntry {
        id: id.into(),
        name: name.into(),
        created_on: "2026-11-20".into(),
        used_on: used_on.map(Into::into),
        synchronized,
        rename_action: format!("/account/passkeys/{id}"),
        remove_action: format!("/account/passkeys/{id}/remove"),
    };
    vec![
        entry("01", "iCloud Keychain", Some("2026-11-26"), true),
        entry("02", "The key on the ring with the little brass anchor", None, false),
    ]
}
