//! What a password must be like.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use vestibule_kernel::error::FieldError;
use vestibule_kernel::setting::Setting;

use crate::users::fold;

/// The most characters that any policy may let through: the strength of longer ones is not
/// estimated in reasonable time.
pub(super) const LENGTH_MAX: usize = 1024;
/// The fewest characters that a policy may ask for (NIST SP 800-63B).
pub(super) const LENGTH_MIN: usize = 8;

/// What a password of this environment must be like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct PasswordPolicy {
    /// How many characters it has at least
    pub length_min: usize,
    /// How many characters it has at the most
    pub length_max: usize,
    /// How hard it is to guess, by zxcvbn, from 0 (any dictionary) to 4 (very hard)
    pub score_min: u8,
    /// The kinds of characters of which it has one each
    pub character_types: Vec<CharacterType>,
    /// Whether it may contain the e-mail address
    pub email_allowed: bool,
    /// How many of the user's last passwords it must differ from, the present one included
    pub history_length: u32,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            length_min: 10,
            length_max: 256,
            score_min: 3,
            character_types: Vec::new(),
            email_allowed: false,
            history_length: 0,
        }
    }
}

impl Setting for PasswordPolicy {
    const NAME: &'static str = "password_policy";
}

/// How many former passwords a policy may look back to.
pub(super) const HISTORY_LENGTH_MAX: u32 = 10;

/// A kind of character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum CharacterType {
    /// A small letter.
    Lowercase,
    /// A capital letter.
    Uppercase,
    /// A digit.
    Number,
    /// One of [`SYMBOLS`].
    Symbol,
}

/// The characters that count as symbols.
const SYMBOLS: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

impl CharacterType {
    fn is(self, letter: char) -> bool {
        match self {
            Self::Lowercase => letter.is_lowercase(),
            Self::Uppercase => letter.is_uppercase(),
            Self::Number => letter.is_numeric(),
            Self::Symbol => SYMBOLS.contains(letter),
        }
    }
    const fn words(self) -> &'static str {
        match self {
            Self::Lowercase => "a lowercase letter",
            Self::Uppercase => "an uppercase letter",
            Self::Number => "a number",
            Self::Symbol => "a symbol",
        }
    }
    fn missing(self) -> FieldError {
        let why = format!("Password must contain {}.", self.words());
        let item = FieldError::new("", "password_missing_character_type", why)
            .with("character_type", json!(self));
        match self {
            Self::Symbol => item.with("symbols", SYMBOLS),
            Self::Lowercase | Self::Uppercase | Self::Number => item,
        }
    }
}

impl PasswordPolicy {
    /// What is wrong with a password for a user of this address; nothing where it is good. It
    /// estimates strength, which burns the processor.
    pub fn faults(&self, password: &str, email: &str) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let length = password.chars().count();
        let length_max = self.length_max.min(LENGTH_MAX);
        if length < self.length_min {
            let why = format!("Password must be at least {} characters long.", self.length_min);
            let fault = FieldError::new("", "password_too_short", why);
            faults.push(fault.with("minimum_length", self.length_min));
        }
        if length > length_max {
            let why = format!("Password must be at most {length_max} characters long.");
            let fault = FieldError::new("", "password_too_long", why);
            faults.push(fault.with("maximum_length", length_max));
            return faults;
        }
        if !self.email_allowed && !email.is_empty() && fold(password).contains(&fold(email)) {
            let why = "Password must not contain the email address.";
            faults.push(FieldError::new("", "password_contains_email", why));
        }
        let missing = self.character_types.iter().filter(|it| !password.chars().any(|c| it.is(c)));
        faults.extend(missing.map(|it| it.missing()));
        if faults.is_empty() {
            faults.extend(self.weakness(password, email));
        }
        faults
    }

    /// How many of the last passwords a new one must differ from.
    pub(super) fn history_length(&self) -> u32 {
        self.history_length.min(HISTORY_LENGTH_MAX)
    }

    fn weakness(&self, password: &str, email: &str) -> Option<FieldError> {
        let email = fold(email);
        let known: Vec<&str> = std::iter::once(email.as_str())
            .chain(email.split(['@', '.', '+', '-', '_']))
            .filter(|it| !it.is_empty())
            .collect();
        let estimate = zxcvbn::zxcvbn(password, &known);
        if u8::from(estimate.score()) >= self.score_min {
            return None;
        }
        let feedback = estimate.feedback();
        let warning =
            feedback.and_then(zxcvbn::feedback::Feedback::warning).map(|it| it.to_string());
        let suggestions: Vec<String> = feedback
            .map(|it| it.suggestions().iter().map(ToString::to_string).collect())
            .unwrap_or_default();
        let fault = FieldError::new("", "password_too_weak", "Password is too easy to guess.")
            .with("warning", warning.unwrap_or_default());
        Some(fault.with("suggestions", suggestions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(policy: &PasswordPolicy, password: &str) -> Vec<String> {
        let faults = policy.faults(password, "marcelina@example.test");
        assert!(faults.iter().all(|it| !it.message.is_empty()));
        faults.into_iter().map(|it| it.code.into_owned()).collect()
    }

    #[test]
    fn a_good_password_has_no_faults() {
        let policy = PasswordPolicy::default();
        for password in [
            "Violet-Harbour-Quince-31",
            "correct-horse-battery-staple-4100",
            "日本語のとても長い合言葉です",
        ] {
            assert_eq!(codes(&policy, password), [""; 0], "{password}");
        }
    }

    #[test]
    fn each_fault_has_its_code_and_detail() {
        let policy = PasswordPolicy::default();
        assert_eq!(codes(&policy, "a1B!"), ["password_too_short"]);
        assert_eq!(codes(&policy, &"Long-Enough-".repeat(100)), ["password_too_long"]);
        assert_eq!(codes(&policy, "aaaaaaaaaaaaaaaa"), ["password_too_weak"]);
        assert_eq!(codes(&policy, "x-Marcelina@Example.test-91"), ["password_contains_email"]);
        let short = &policy.faults("a1B!", "")[0];
        assert_eq!(short.detail["minimum_length"], 10);
        let weak = &policy.faults("password1234", "")[0];
        assert!(weak.detail["warning"].is_string() && weak.detail["suggestions"].is_array());
    }

    #[test]
    fn a_name_that_the_address_gives_away_counts_for_nothing() {
        assert_eq!(codes(&PasswordPolicy::default(), "Marcelina1999"), ["password_too_weak"]);
    }

    #[test]
    fn wanted_kinds_of_characters_are_named_when_they_are_missing() {
        use CharacterType::*;
        let policy = PasswordPolicy {
            character_types: vec![Lowercase, Uppercase, Number, Symbol],
            ..PasswordPolicy::default()
        };
        let faults = policy.faults("violetharbourquince", "");
        let types: Vec<_> = faults.iter().map(|it| it.detail["character_type"].clone()).collect();
        assert_eq!(types, ["uppercase", "number", "symbol"]);
        assert!(faults[2].detail["symbols"].as_str().unwrap().contains('!'));
        assert_eq!(codes(&policy, "Violet-Harbour-Quince-31"), [""; 0]);
    }

    #[test]
    fn a_policy_cannot_ask_for_the_impossible_and_burn_the_machine() {
        let policy = PasswordPolicy { length_max: usize::MAX, ..PasswordPolicy::default() };
        assert_eq!(codes(&policy, &"x".repeat(100_000)), ["password_too_long"]);
    }
}
