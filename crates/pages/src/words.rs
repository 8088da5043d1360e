//! What the domains refuse, in the words of the pages.
//!
//! Domains speak to developers; here the same is said to the person at the form, by the stable code
//! of the refusal. What has no words here is nobody's typing error and becomes a page of its own.
use serde_json::Value;
use vestibule_kernel::error::FieldError;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Code, Error, Kind};
use vestibule_languages::{Language, Text};
use vestibule_people::passwords::{CharacterType, PasswordPolicy};
use vestibule_people::{email_changes, users};

use crate::screens::Problem;

/// The sign-in is over, or was begun elsewhere.
pub const SIGN_IN_OVER: Code = "sign_in_over";
/// A link that came by mail does not work any more.
pub const LINK_OVER: Code = "link_over";
/// An invitation cannot be accepted any more.
pub const INVITATION_OVER: Code = "invitation_over";
/// An invitation leads nowhere yet.
pub const INVITATION_NOWHERE: Code = "invitation_nowhere";
/// A link by which somebody acts as a user does not work any more.
pub const IMPERSONATION_OVER: Code = "impersonation_over";
/// Somebody who acts as a user wanted to change how that user signs in.
pub const ACTING: Code = "acting_as_user";
/// Nobody is signed in with this browser.
pub const SIGNED_OUT: Code = "signed_out";
/// A link that changes an address does not work any more.
pub const EMAIL_CHANGE_OVER: Code = "email_change_over";
/// A link that signs in by mail does not work any more.
pub const MAGIC_LINK_OVER: Code = "magic_link_over";
/// A link to the admin portal, or the session that it opened, is over.
pub const PORTAL_OVER: Code = "portal_over";
/// A session of the admin portal was opened for something else.
pub const PORTAL_ELSEWHERE: Code = "portal_elsewhere";
/// A form did not come from our page in this browser.
pub const FORM_REFUSED: Code = "form_refused";

/// What a page says that ends a way. What was wrong in detail is known in English alone: it is what
/// the page says in English, and stands below it in other languages.
pub fn failure(error: &Error, language: Language) -> (Text, Option<String>) {
    let key = match (error.kind(), error.code()) {
        (Kind::Internal, _) => "failure-internal",
        (Kind::TooManyRequests, _) => return (too_many(error), None),
        (_, SIGN_IN_OVER) => "failure-sign-in-over",
        (_, LINK_OVER) => "failure-link-over",
        (_, INVITATION_OVER) => "failure-invitation-over",
        (_, INVITATION_NOWHERE) => "failure-invitation-nowhere",
        (_, IMPERSONATION_OVER) => "failure-impersonation-over",
        (_, EMAIL_CHANGE_OVER) => "failure-email-change-over",
        (_, MAGIC_LINK_OVER) => "failure-magic-link-over",
        (_, PORTAL_OVER) => "failure-portal-over",
        (_, PORTAL_ELSEWHERE) => "failure-portal-elsewhere",
        (_, FORM_REFUSED) => "failure-form",
        (_, ACTING) => "failure-acting",
        (_, SIGNED_OUT) => "failure-signed-out",
        (_, _) => {
            let fields = error.fields().iter().map(|it| it.message.as_str());
            let all: Vec<&str> = std::iter::once(error.message()).chain(fields).collect();
            let detail = all.join(" ");
            return match language {
                Language::English => (Text::Verbatim(detail), None),
                _ => (Text::new("failure-invalid"), Some(detail)),
            };
        }
    };
    (Text::new(key), None)
}

/// The problem with the form, if the refusal is about what was typed; `field` is the field that the
/// page asks for.
pub fn problem(error: &Error, field: &'static str) -> Option<Problem> {
    if error.kind() == Kind::TooManyRequests {
        return Some(Problem::overall(too_many(error)));
    }
    let overall = |key: &str| Some(Problem::overall(Text::new(key)));
    let key = match error.code() {
        "invalid_credentials" => return overall("problem-credentials"),
        "invalid_organization_id" => return overall("problem-organization"),
        "invitation_invalid" => return overall("problem-invitation"),
        // An address that nobody has gets no code that could grow old or be tried too often, so
        // these are not told apart.
        "invalid_one_time_code" | "one_time_code_expired" | "one_time_code_too_many_attempts" => {
            "problem-code"
        }
        "one_time_code_previously_used" => "problem-code-used",
        "sign_up_not_allowed" => "problem-sign-up-closed",
        "invitation_cannot_be_used_for_email" => "problem-invitation-address",
        "invalid_passkey_challenge" => return overall("problem-passkey-late"),
        "invalid_passkey_credential" => return overall("problem-passkey-refused"),
        "passkey_not_registered" => return overall("problem-passkey-removed"),
        "passkey_cloned" => return overall("problem-passkey-copied"),
        "passkey_already_registered" => return overall("problem-passkey-known"),
        "too_many_passkeys" => return overall("problem-passkey-many"),
        "password_strength_error" | "password_reset_error" => return password(error, field),
        email_changes::NOT_NEEDED => "problem-email-same",
        users::EMAIL_CHANGE_NOT_ALLOWED => "problem-email-managed",
        "email_password_auth_disabled" => "problem-password-disabled",
        "authentication_method_not_allowed" => "problem-method",
        "unavailable" => "problem-busy",
        _ => return None,
    };
    Some(Problem::with(field, Text::new(key)))
}

/// Why a provider's account did not sign in.
pub fn provider(error: &Error) -> Text {
    Text::new(match error.code() {
        "access_denied" => "problem-provider-denied",
        "profile_not_allowed_outside_organization" => "problem-provider-outside",
        _ => "problem-provider",
    })
}

/// All that is wrong with a new password, and what would make it better, in one problem.
fn password(error: &Error, field: &'static str) -> Option<Problem> {
    let faults: Vec<Text> = error.fields().iter().flat_map(explained).collect();
    (!faults.is_empty()).then(|| Problem::with(field, Text::Sentences(faults)))
}

fn explained(fault: &FieldError) -> Vec<Text> {
    let number = |name: &str| fault.detail.get(name).and_then(Value::as_u64).unwrap_or_default();
    let text = match fault.code.as_ref() {
        "password_too_short" => {
            Text::new("password-too-short").with("count", number("minimum_length"))
        }
        "password_too_long" => {
            Text::new("password-too-long").with("count", number("maximum_length"))
        }
        "password_contains_email" => Text::new("password-contains-email"),
        "password_reused" => Text::new("password-used-before"),
        "password_missing_character_type" => match missing(fault) {
            Some(kind) => Text::new("password-lacks").with("kinds", kind),
            None => Text::Verbatim(fault.message.clone()),
        },
        "password_too_weak" => {
            let warning = fault.detail.get("warning").and_then(Value::as_str).unwrap_or_default();
            let why = weakness(warning).map(Text::new);
            return std::iter::once(Text::new("password-too-weak")).chain(why).collect();
        }
        _ => Text::Verbatim(fault.message.clone()),
    };
    vec![text]
}

fn missing(fault: &FieldError) -> Option<Text> {
    let kind = fault.detail.get("character_type")?;
    serde_json::from_value(kind.clone()).ok().map(self::kind)
}

/// Why a password is weak, by the words of the estimator.
fn weakness(warning: &str) -> Option<&'static str> {
    let about = |words: &[&str]| words.iter().any(|it| warning.contains(it));
    Some(match warning {
        _ if about(&["common password", "commonly used"]) => "password-weak-common",
        _ if about(&["rows of keys", "keyboard"]) => "password-weak-keyboard",
        _ if about(&["Repeats"]) => "password-weak-repeats",
        _ if about(&["Sequences"]) => "password-weak-sequence",
        _ if about(&["years", "Dates"]) => "password-weak-date",
        _ if about(&["word by itself"]) => "password-weak-word",
        _ if about(&["ames and surnames"]) => "password-weak-name",
        _ => return None,
    })
}

/// How long to wait after too many attempts.
pub fn too_many(error: &Error) -> Text {
    let seconds = u64::from(error.retry_after_seconds().unwrap_or(60));
    // In whole minutes, never fewer than it takes.
    let wait = if seconds > 90 { seconds.div_ceil(60) * 60 } else { seconds };
    Text::new("problem-too-many").with("duration", Text::duration(wait))
}

/// A day, as every country can read it.
pub fn date(at: Time) -> String {
    at.to_string().chars().take(10).collect()
}

/// The same as what is said.
pub fn day(at: Time) -> Text {
    let text = at.to_string();
    let part = |range| text.get(range).and_then(|it: &str| it.parse::<u16>().ok()).unwrap_or(1);
    let month_and_day = [part(5..7), part(8..10)].map(|it| u8::try_from(it).unwrap_or(1));
    Text::date(part(0..4), month_and_day[0], month_and_day[1])
}

/// What a password must be, in a sentence or two.
pub fn password_hint(policy: &PasswordPolicy) -> Text {
    match listed(&policy.character_types) {
        None => Text::new("password-hint").with("count", policy.length_min),
        Some(kinds) => {
            Text::new("password-hint-with").with("count", policy.length_min).with("kinds", kinds)
        }
    }
}

fn listed(kinds: &[CharacterType]) -> Option<Text> {
    Some(match kinds {
        [] => return None,
        [only] => kind(*only),
        [first, last] => {
            Text::new("kinds-and").with("first", kind(*first)).with("last", kind(*last))
        }
        [first, rest @ ..] => {
            Text::new("kinds-comma").with("first", kind(*first)).with("rest", listed(rest)?)
        }
    })
}

fn kind(it: CharacterType) -> Text {
    Text::new(match it {
        CharacterType::Lowercase => "kind-lowercase",
        CharacterType::Uppercase => "kind-uppercase",
        CharacterType::Number => "kind-number",
        CharacterType::Symbol => "kind-symbol",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_told_as_people_count() {
        let error = |seconds| Error::plain(Kind::TooManyRequests, "x").retry_after(seconds);
        for (seconds, words) in [
            (1, "Wait a second,"),
            (45, "Wait 45 seconds,"),
            (90, "Wait 90 seconds,"),
            (91, "Wait 2 minutes,"),
            (3600, "Wait an hour,"),
        ] {
            let said = Language::English.say(&too_many(&error(seconds)));
            assert!(said.contains(words), "{seconds}: {said}");
        }
    }

    #[test]
    fn the_hint_names_what_the_policy_wants() {
        let policy = |character_types| PasswordPolicy { character_types, ..Default::default() };
        let said = |it| Language::English.say(&password_hint(&it));
        assert_eq!(
            said(policy(Vec::new())),
            "At least 10 characters. A few unrelated words work well."
        );
        assert_eq!(
            said(policy(vec![
                CharacterType::Uppercase,
                CharacterType::Number,
                CharacterType::Symbol
            ])),
            "At least 10 characters, with a capital letter, a digit and a symbol. \
             A few unrelated words work well."
        );
    }

    #[test]
    fn a_weak_password_is_told_why() {
        let fault = FieldError::new("", "password_too_weak", "Password is too easy to guess.")
            .with("warning", "This is a very common password.")
            .with("suggestions", vec!["Add another word or two", "Avoid years"]);
        let error = Error::bad_request("password_strength_error", "x").with_fields(vec![fault]);
        let problem = problem(&error, "password").unwrap();
        assert_eq!(
            Language::English.say(problem.message()),
            "Password is too easy to guess. It is very common, or like one that is."
        );
    }

    #[test]
    fn each_warning_of_the_estimator_has_words() {
        for password in
            ["password1", "qwertyuiop", "aaaaaaaaaa", "abcabcabcabc", "abcdefgh", "19941995"]
        {
            let policy = PasswordPolicy::default();
            for fault in policy.faults(password, "") {
                if fault.code == "password_too_weak" && fault.detail["warning"] != "" {
                    assert_eq!(
                        explained(&fault).len(),
                        2,
                        "{password}: {}",
                        fault.detail["warning"]
                    );
                }
            }
        }
    }

    #[test]
    fn our_own_faults_are_no_problem_of_the_form() {
        assert!(problem(&Error::internal("x"), "code").is_none());
        assert!(problem(&Error::not_found("User", &"user_1"), "code").is_none());
    }

    #[test]
    fn what_was_wrong_in_detail_is_said_in_english_and_marked_so_elsewhere() {
        let error = Error::plain(Kind::BadRequest, "The client ID 'x' is not known here.");
        let (english, none) = failure(&error, Language::English);
        assert_eq!(english, Text::Verbatim(error.message().to_owned()));
        assert_eq!(none, None);
        let (german, detail) = failure(&error, Language::German);
        assert_eq!(german, Text::new("failure-invalid"));
        assert_eq!(detail.as_deref(), Some(error.message()));
    }
}
