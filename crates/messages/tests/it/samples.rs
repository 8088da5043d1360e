//! One or more samples of every mail, shared by the tests and the preview of the pages.
use vestibule_messages::Mail;

/// Every mail, by name.
pub fn all() -> Vec<(&'static str, Mail)> {
    let code = || "493021".to_owned();
    let url = || "https://auth.acme.test/reset-password?token=a1&lang=en".to_owned();
    let invitation = |organization: Option<&str>, inviter: Option<&str>| Mail::Invitation {
        url: url(),
        organization: organization.map(str::to_owned),
        inviter: inviter.map(str::to_owned),
    };
    vec![
        ("email-verification", Mail::EmailVerification { code: code() }),
        ("magic-auth", Mail::MagicAuth { code: code() }),
        ("magic-link", Mail::MagicLink { url: url() }),
        ("email-change", Mail::EmailChange { code: code(), url: Some(url()) }),
        ("password-reset", Mail::PasswordReset { url: url() }),
        ("invitation", invitation(None, None)),
        ("invitation-to", invitation(Some("Acme"), Some("Grace Hopper"))),
        ("waitlist", Mail::WaitlistConfirmation),
        ("passkey-added", Mail::PasskeyAdded { name: "iCloud Keychain".to_owned() }),
        ("recovery-code-used", Mail::RecoveryCodeUsed { left: 9 }),
        (
            "webhook-endpoint-disabled",
            Mail::WebhookEndpointDisabled { endpoint: "https://acme.test/webhooks".to_owned() },
        ),
    ]
}
