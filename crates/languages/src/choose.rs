//! Which language somebody reads: what is wished for comes from outside, so it is read bounded.
use crate::Language;

/// The most of a header that is read.
const HEADER_BYTES_MAX: usize = 1024;
/// The most languages of a list that are looked at.
const WISHES_MAX: usize = 32;

/// The first of the wishes, each a tag or several with spaces between (as `ui_locales` has them),
/// that we speak.
pub fn choose<'a>(wishes: impl IntoIterator<Item = &'a str>) -> Option<Language> {
    let tags = wishes.into_iter().flat_map(str::split_whitespace);
    tags.take(WISHES_MAX).find_map(Language::of_tag)
}

/// The language that an `Accept-Language` header (RFC 9110 §12.5.4) wants most, of those that we
/// speak.
pub fn accepted(header: &str) -> Option<Language> {
    let end = header.floor_char_boundary(HEADER_BYTES_MAX);
    let wishes = header[..end].split(',').take(WISHES_MAX).filter_map(wish);
    let mut best: Option<(u16, Language)> = None;
    for (weight, language) in wishes {
        // Of two that weigh the same, the first is meant.
        if weight > 0 && best.is_none_or(|it| weight > it.0) {
            best = Some((weight, language));
        }
    }
    best.map(|it| it.1)
}

/// One range of the header with its weight in thousandths; none where we do not speak it.
fn wish(range: &str) -> Option<(u16, Language)> {
    let mut parts = range.split(';');
    let language = Language::of_tag(parts.next()?.trim())?;
    let weight = match parts.next() {
        None => 1000,
        Some(parameter) => {
            let (name, value) = parameter.trim().split_once('=')?;
            name.trim().eq_ignore_ascii_case("q").then(|| thousandths(value.trim()))??
        }
    };
    Some((weight, language))
}

/// A weight such as `0.8`, with three digits after the point at the most.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    if rest.len() > 3 || !rest.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let rest: u16 = format!("{rest:0<3}").parse().ok()?;
    match whole {
        "0" => Some(rest),
        "1" if rest == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_heaviest_wish_that_we_speak_wins_and_the_first_of_equals() {
        for (header, language) in [
            ("de", Some(Language::German)),
            ("de-CH, de;q=0.9, en;q=0.8", Some(Language::German)),
            ("sv, en;q=0.5, fr;q=0.7", Some(Language::French)),
            ("fr;q=0.5,it;q=0.5", Some(Language::French)),
            ("en;q=0, ja;q=0.001", Some(Language::Japanese)),
            ("en;q=0", None),
            ("*", None),
            ("", None),
            ("sv", None),
            ("fr;q=2, en;q=0.1", Some(Language::English)),
            ("fr;q=0.1234, en;q=0.1", Some(Language::English)),
            ("fr;level=1, en;q=0.1", Some(Language::English)),
            (" pl ; q = 0.3 ", Some(Language::Polish)),
            ("fr;q=1.000,de;q=1", Some(Language::French)),
        ] {
            assert_eq!(accepted(header), language, "{header}");
        }
    }

    #[test]
    fn wishes_are_taken_in_their_order() {
        assert_eq!(choose(["sv fr-CA", "de"]), Some(Language::French));
        assert_eq!(choose(["", "tlh", "de"]), Some(Language::German));
        assert_eq!(choose([]), None);
    }

    #[test]
    fn what_stands_beyond_the_bounds_is_not_read() {
        let late = format!("{}de", "sv,".repeat(40));
        assert_eq!(accepted(&late), None);
        let long = format!("{},de", "x".repeat(2000));
        assert_eq!(accepted(&long), None);
        assert_eq!(choose([late.replace(',', " ").as_str()]), None);
    }

    proptest! {
        #[test]
        fn nothing_that_is_sent_breaks_the_reader(header in ".{0,1500}") {
            let _ = accepted(&header);
            let _ = choose([header.as_str()]);
        }

        #[test]
        fn a_list_of_weights_is_read_as_it_was_written(
            weights in proptest::collection::vec(0u16..=1000, 1..Language::ALL.len())
        ) {
            let ranges: Vec<String> = weights
                .iter()
                .zip(Language::ALL)
                .map(|(it, language)| format!("{language};q={}.{:03}", it / 1000, it % 1000))
                .collect();
            let most = weights.iter().copied().max().unwrap_or_default();
            let first = weights.iter().position(|it| *it == most).map(|at| Language::ALL[at]);
            prop_assert_eq!(accepted(&ranges.join(", ")), first.filter(|_| most > 0));
        }
    }
}
