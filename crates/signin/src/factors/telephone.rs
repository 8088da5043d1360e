//! Telephone numbers, and the text messages with codes that go to them.
//!
//! Each message costs money and reaches somebody, so there are bounds: for each number, and for the
//! environment as a whole, and only to numbers that begin as the environment allows. Whoever makes
//! a program send messages to numbers that earn them money ("SMS pumping") soon gets no further.
use vestibule_kernel::limit::Limit;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, Result};

use super::Telephone;
use super::policy::FactorPolicy;

/// How many messages a number gets in a while…
const OF_NUMBER: Limit =
    Limit { name: "sms.number", uses_max: 5, window: 10 * 60, code: "too_many_requests" };
/// …and in a day.
const OF_NUMBER_DAILY: Limit = Limit {
    name: "sms.number_daily",
    uses_max: 20,
    window: 24 * 60 * 60,
    code: "too_many_requests",
};
/// How many messages an environment sends in an hour; its policy says how many.
const OF_ENVIRONMENT: Limit =
    Limit { name: "sms.environment", uses_max: 0, window: 60 * 60, code: "too_many_requests" };

/// The fewest digits of a number with its country code. ITU-T E.164 names none; shorter ones are
/// internal to networks.
const DIGITS_MIN: usize = 8;
/// The most digits (ITU-T E.164 §6.2).
const DIGITS_MAX: usize = 15;
/// How many digits are shown of a number whose owner knows the rest.
const DIGITS_SHOWN: usize = 4;

/// Reads a number as people write it; answers it as ITU-T E.164 has it.
pub fn parse(text: &str) -> Result<String> {
    let shown: String = text.trim().chars().take(40).collect();
    let refused = |why: &str| {
        let text = format!("'{shown}' is no telephone number: {why}, as in +15555550100.");
        Err(Error::invalid_field("phone_number", "invalid", text))
    };
    let plain: String =
        shown.chars().filter(|it| !matches!(it, ' ' | '-' | '.' | '(' | ')' | '/')).collect();
    let Some(digits) = plain.strip_prefix('+') else {
        return refused("begin it with + and the code of its country");
    };
    if !digits.bytes().all(|it| it.is_ascii_digit()) {
        return refused("write it in digits");
    }
    if digits.starts_with('0') {
        return refused("the code of a country does not begin with 0");
    }
    if !(DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) {
        return refused("it has 8 to 15 digits with the code of its country");
    }
    Ok(plain)
}

/// Reads a number that is to get codes, and checks that the environment sends any there.
pub(super) fn accept(cx: &mut Cx<'_>, text: &str) -> Result<Telephone> {
    let phone_number = parse(text)?;
    check_reached(&FactorPolicy::of(cx)?, &phone_number)?;
    Ok(Telephone { phone_number })
}

fn check_reached(policy: &FactorPolicy, number: &str) -> Result<()> {
    if policy.reaches(number) {
        return Ok(());
    }
    let why = "No text messages are sent to numbers of that country.";
    Err(Error::invalid_field("phone_number", "not_allowed", why))
}

/// A number of which its owner knows the rest.
pub fn masked(number: &str) -> String {
    let tail =
        number.char_indices().rev().nth(DIGITS_SHOWN - 1).map_or("", |(at, _)| &number[at..]);
    format!("•••• {tail}")
}

/// Has a code sent to a number after the commit, within the bounds.
pub(crate) fn send(cx: &mut Cx<'_>, number: &str, text: &str, expires_at: Time) -> Result<()> {
    let policy = FactorPolicy::of(cx)?;
    check_reached(&policy, number)?;
    cx.limit(OF_NUMBER, number)?;
    cx.limit(OF_NUMBER_DAILY, number)?;
    let uses_max = i64::from(policy.text_messages_per_hour);
    cx.limit(Limit { uses_max, ..OF_ENVIRONMENT }, "all")?;
    vestibule_messages::send_text(cx, number, text, Some(expires_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_number_is_read_as_people_write_it() {
        for text in ["+15555550100", " +1 (555) 555-0100 ", "+1.555.555.0100", "+1 555/555-0100"] {
            assert_eq!(parse(text).unwrap(), "+15555550100", "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused_and_says_what_to_do() {
        for (text, why) in [
            ("", "begin it with +"),
            ("+", "8 to 15 digits"),
            ("5555550100", "begin it with +"),
            ("+0555555010", "does not begin with 0"),
            ("+1555", "8 to 15 digits"),
            ("+1555555010012345", "8 to 15 digits"),
            ("+1555555O100", "in digits"),
            ("+1555٥555010", "in digits"),
            ("+1555555\u{0}0100", "in digits"),
        ] {
            let error = parse(text).unwrap_err();
            let fault = &error.fields()[0];
            assert_eq!((error.status(), fault.field.as_deref()), (422, Some("phone_number")));
            assert!(fault.message.contains(why), "{text}: {}", fault.message);
        }
        let long = parse(&"9".repeat(10_000)).unwrap_err();
        assert!(long.fields()[0].message.len() < 200);
    }

    #[test]
    fn a_masked_number_shows_its_end_alone() {
        assert_eq!(masked("+15555550100"), "•••• 0100");
        assert_eq!(masked("+1"), "•••• ");
    }
}
