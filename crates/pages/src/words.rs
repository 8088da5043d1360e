//! What the domains refuse, in the words of the pages.
//!
//! Domains speak to developers; here the same is said to the person at the form, by the stable code
//! of the refusal. What has no words here is nobody's typing error and becomes a page of its own.
use serde_json::Value;
use vestibule_kernel::error::FieldError;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Error, Kind};
use vestibule_people::passwords::{CharacterType, PasswordPolicy};

use crate::screens::Problem;

/// The problem with the form, if the refusal is about what was typed; `field` is the field that the
/// page asks for.
pub fn problem(error: &Error, field: &'static str) -> Option<Problem> {
    if error.kind() == Kind::TooManyRequests {
        return Some(Problem::overall(too_many(error)));
    }
    let text = match error.code() {
        "invalid_credentials" => {
            return Some(Problem::overall("That email and password do not belong together."));
        }
        // An address that nobody has gets no code that could grow old or be tried too often, so
        // these are not told apart.
        "invalid_one_time_code" | "one_time_code_expired" | "one_time_code_too_many_attempts" => {
            "That code is not right, or it is too old. Check each digit of the newest one, or ask \
             for a new one."
        }
        "one_time_code_previously_used" => "That code was used already. Ask for a new one.",
        "invalid_organization_id" => {
            return Some(Problem::overall(
                "This account is not a member of the organization that you came for. Use another \
                 account, or ask for an invitation.",
            ));
        }
        "invitation_invalid" => {
            return Some(Problem::overall("The invitation was used already, or is over."));
        }
        "sign_up_not_allowed" => "Nobody can make an account here without an invitation.",
        "invitation_cannot_be_used_for_email" => "The invitation is for another address.",
        "invalid_passkey_challenge" => {
            return Some(Problem::overall("That took too long. Try again."));
        }
        "invalid_passkey_credential" => {
            return Some(Problem::overall(
                "That passkey was not accepted. Try again, or sign in another way.",
            ));
        }
        "passkey_not_registered" => {
            return Some(Problem::overall(
                "That passkey was removed from your account. Sign in another way.",
            ));
        }
        "passkey_cloned" => {
            return Some(Problem::overall(
                "That passkey was not accepted, because there seems to be a copy of it. Sign in \
                 another way, and remove it from your account.",
            ));
        }
        "passkey_already_registered" => {
            return Some(Problem::overall("That passkey is in use already."));
        }
        "too_many_passkeys" => {
            return Some(Problem::overall(
                "You have as many passkeys as you can. Remove one first.",
            ));
        }
        "password_strength_error" | "password_reset_error" => return password(error, field),
        "email_password_auth_disabled" => "Nobody can sign in with a password here.",
        "authentication_method_not_allowed" => "Nobody can sign in this way here.",
        "unavailable" => "Too much is going on just now. Try again in a moment.",
        _ => return None,
    };
    Some(Problem::with(field, text))
}

/// All that is wrong with a new password, and what would make it better, in one problem.
fn password(error: &Error, field: &'static str) -> Option<Problem> {
    let faults: Vec<String> = error.fields().iter().map(explained).collect();
    (!faults.is_empty()).then(|| Problem::with(field, faults.join(" ")))
}

fn explained(fault: &FieldError) -> String {
    let warning = fault.detail.get("warning").and_then(Value::as_str);
    let suggestion = fault.detail.get("suggestions").and_then(|it| it.get(0)?.as_str());
    let sentences = [Some(fault.message.as_str()), warning, suggestion].into_iter().flatten();
    sentences.filter(|it| !it.is_empty()).map(sentence).collect::<Vec<_>>().join(" ")
}

fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// That a code was sent to a telephone once more.
pub const TEXT_ON_ITS_WAY: &str = "A new message is on its way. Use the code of the newest one.";

/// How long to wait after too many attempts.
pub fn too_many(error: &Error) -> String {
    let seconds = error.retry_after_seconds().unwrap_or(60);
    let wait = match seconds {
        0..=1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    };
    format!("There were too many attempts. Wait {wait}, then try again.")
}

/// A day, as every country can read it.
pub fn date(at: Time) -> String {
    at.to_string().chars().take(10).collect()
}

/// What a password must be, in a sentence or two.
pub fn password_hint(policy: &PasswordPolicy) -> String {
    let kinds: Vec<&str> = policy.character_types.iter().copied().map(kind).collect();
    let with = match kinds.as_slice() {
        [] => String::new(),
        [only] => format!(", with {only}"),
        [first @ .., last] => format!(", with {} and {last}", first.join(", ")),
    };
    let advice = "A few unrelated words work well.";
    format!("At least {} characters{with}. {advice}", policy.length_min)
}

const fn kind(it: CharacterType) -> &'static str {
    match it {
        CharacterType::Lowercase => "a small letter",
        CharacterType::Uppercase => "a capital letter",
        CharacterType::Number => "a digit",
        CharacterType::Symbol => "a symbol",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_told_as_people_count() {
        let error = |seconds| Error::plain(Kind::TooManyRequests, "x").retry_after(seconds);
        for (seconds, words) in
            [(1, "a second"), (45, "45 seconds"), (90, "90 seconds"), (3600, "60 minutes")]
        {
            assert!(too_many(&error(seconds)).contains(words), "{seconds}");
        }
    }

    #[test]
    fn the_hint_names_what_the_policy_wants() {
        let policy = |character_types| PasswordPolicy { character_types, ..Default::default() };
        assert_eq!(
            password_hint(&policy(Vec::new())),
            "At least 10 characters. A few unrelated words work well."
        );
        assert_eq!(
            password_hint(&policy(vec![
                CharacterType::Uppercase,
                CharacterType::Number,
                CharacterType::Symbol
            ])),
            "At least 10 characters, with a capital letter, a digit and a symbol. \
             A few unrelated words work well."
        );
    }

    #[test]
    fn a_weak_password_is_told_why_and_how_to_do_better() {
        let fault = FieldError::new("", "password_too_weak", "Password is too easy to guess.")
            .with("warning", "This is a very common password.")
            .with("suggestions", vec!["Add another word or two", "Avoid years"]);
        let error = Error::bad_request("password_strength_error", "x").with_fields(vec![fault]);
        let problem = serde_json::to_value(problem(&error, "password").unwrap()).unwrap();
        let text = "Password is too easy to guess. This is a very common password. \
                    Add another word or two.";
        assert_eq!(problem["message"], text);
        assert_eq!(problem["field"], "password");
    }

    #[test]
    fn our_own_faults_are_no_problem_of_the_form() {
        assert!(problem(&Error::internal("x"), "code").is_none());
        assert!(problem(&Error::not_found("User", &"user_1"), "code").is_none());
    }
}
