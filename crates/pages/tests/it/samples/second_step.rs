//! Samples of second steps.
use vestibule_kernel::secret::Secret;
use vestibule_languages::Text;
use vestibule_pages::render::{Error, Frame};
use vestibule_pages::screens::*;

use super::{form, page};

pub fn second_steps(frame: &Frame) -> Vec<(&'static str, Result<String, Error>)> {
    let email = || "ada@acme.test".to_owned();
    let change_path = || "/sign-in".to_owned();
    let telephone = |form, phone_number: &str| Telephone {
        form,
        email: email(),
        phone_number: phone_number.into(),
        other_path: Some("/set-up".into()),
        change_path: change_path(),
        confirms: false,
    };
    let recovery = |form| RecoveryCode {
        form,
        email: email(),
        offers_new: true,
        other_path: "/other".into(),
        change_path: change_path(),
    };
    vec![
        (
            "factor-choice",
            page(
                frame,
                &FactorChoice {
                    form: form("/set-up"),
                    email: email(),
                    offers_app: true,
                    telephone_path: Some("/phone".into()),
                    change_path: change_path(),
                },
            ),
        ),
        ("telephone", page(frame, &telephone(form("/phone"), ""))),
        (
            "telephone-refused",
            page(
                frame,
                &telephone(
                    form("/phone")
                        .refused(Problem::with("phone_number", Text::new("problem-telephone"))),
                    "5555550100",
                ),
            ),
        ),
        ("sms-enrolment", page(frame, &challenge(form("/totp"), Some("•••• 0100"), true))),
        ("sms-challenge", page(frame, &challenge(form("/totp"), Some("•••• 0100"), false))),
        (
            "other-ways",
            page(
                frame,
                &OtherWays {
                    form: form("/other"),
                    email: email(),
                    ways: vec![
                        Way::new("auth_factor_01", Text::new("factor-use-app"), false),
                        Way::new("auth_factor_02", number(), true),
                    ],
                    recovery_path: Some("/recovery-code".into()),
                    change_path: change_path(),
                },
            ),
        ),
        ("recovery-code", page(frame, &recovery(form("/recovery-code")))),
        (
            "recovery-code-refused",
            page(
                frame,
                &recovery(
                    form("/x").refused(Problem::with(
                        "recovery_code",
                        Text::new("problem-recovery-code"),
                    )),
                ),
            ),
        ),
        (
            "recovery-codes",
            page(frame, &RecoveryCodes::new(&recovery_codes(), "/callback?code=01")),
        ),
    ]
}

fn number() -> Text {
    Text::new("factor-use-text").with("telephone", "•••• 0100")
}

fn recovery_codes() -> Vec<Secret> {
    let parts = ["7k2m-q0xr", "9t3w-e5fz", "hv4c-81nd", "s6bp-2gja", "m0yk-r7te"];
    let all = parts.iter().flat_map(|first| parts.iter().rev().take(2).map(move |it| (first, it)));
    all.map(|(first, second)| Secret::new(format!("{first}-{second}"))).collect()
}

pub fn challenge(form: Form, telephone: Option<&str>, enrols: bool) -> FactorChallenge {
    FactorChallenge {
        form,
        email: "ada@acme.test".into(),
        telephone: telephone.map(Into::into),
        minutes_valid: 10,
        enrols,
        notice: None,
        resend_action: telephone.map(|_| "/send".into()),
        other_path: Some("/other".into()),
        change_path: "/sign-in".into(),
    }
}
