//! Instants as SAML writes them (saml-core §1.3.3), in milliseconds since 1970.

use jiff::Timestamp;

/// Longer than any instant that names a fraction down to the nanosecond.
const INSTANT_BYTES_MAX: usize = 40;

/// The instant that a document names, if it is one with a date, a time and an offset.
pub(crate) fn read(text: &str) -> Option<i64> {
    let text = text.trim_ascii();
    let plain = text.bytes().all(|it| it.is_ascii_digit() || b"-:.+TZ".contains(&it));
    let shaped = text.len() <= INSTANT_BYTES_MAX && text.as_bytes().get(10) == Some(&b'T');
    if !plain || !shaped {
        return None;
    }
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

/// As we write it: UTC, with milliseconds.
pub(crate) fn write(instant_ms: i64) -> String {
    let instant = Timestamp::from_millisecond(instant_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{instant:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_with_fractions_and_offsets() {
        assert_eq!(read("2026-11-28T14:00:00Z"), Some(1_795_874_400_000));
        assert_eq!(read(" 2026-11-28T14:00:00.1234567Z\n"), Some(1_795_874_400_123));
        assert_eq!(read("2026-11-28T15:00:00+01:00"), Some(1_795_874_400_000));
    }

    #[test]
    fn what_names_no_instant_is_not_read() {
        for text in ["", "2026-11-28", "2026-11-28T14:00:00", "2026-11-28 14:00:00Z", "now"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read("2026-11-28T14:00:00Z[Europe/Berlin]"), None);
    }

    #[test]
    fn instants_are_written_in_utc_with_milliseconds() {
        assert_eq!(write(1_795_874_400_123), "2026-11-28T14:00:00.123Z");
        assert_eq!(write(1_795_874_400_000), "2026-11-28T14:00:00.000Z");
    }
}
