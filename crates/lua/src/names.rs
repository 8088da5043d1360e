//! Which names were meant.

/// How many names are suggested.
const SUGGESTIONS_MAX: usize = 5;
/// From which likeness on a name is suggested, of 1.
const LIKENESS_MIN: f64 = 0.5;
/// From which likeness on two words are one, of 1.
const WORD_LIKENESS_MIN: f64 = 0.85;

/// The names that are most like a wanted one, the likeliest first.
pub(crate) fn suggest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted = wanted.to_lowercase();
    let mut scored: Vec<(f64, &str)> = names
        .map(|name| (likeness(&wanted, name), name))
        .filter(|(score, _)| *score >= LIKENESS_MIN)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored.into_iter().take(SUGGESTIONS_MAX).map(|(_, name)| name.to_owned()).collect()
}

/// Half by letters, for slips of the fingers; half by words, for another order of them
/// (`list_organizations`, `organizations.list`).
fn likeness(wanted: &str, name: &str) -> f64 {
    let (left, right) = (words(wanted), words(name));
    let shared = |word: &&str| {
        right.iter().map(|other| strsim::jaro_winkler(word, other)).fold(0.0, f64::max)
            >= WORD_LIKENESS_MIN
    };
    #[expect(clippy::cast_precision_loss, reason = "names have few words")]
    let by_words = 2.0 * left.iter().filter(|word| shared(word)).count() as f64
        / (left.len() + right.len()).max(1) as f64;
    strsim::jaro_winkler(wanted, name).midpoint(by_words).max(0.9 * by_words)
}

/// The words of a name without the `s` of a plural, so that `organization` finds `organizations`.
fn words(name: &str) -> Vec<&str> {
    name.split(['.', '_', '-'])
        .map(|word| word.strip_suffix('s').unwrap_or(word))
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::suggest;

    const NAMES: [&str; 6] = [
        "organizations.list",
        "organizations.get",
        "organizations.create",
        "users.list",
        "users.delete",
        "api_keys.validations.create",
    ];

    #[test]
    fn a_slip_and_another_order_of_words_find_the_name() {
        assert_eq!(suggest("organizations.lst", NAMES.into_iter())[0], "organizations.list");
        assert_eq!(suggest("list_organizations", NAMES.into_iter())[0], "organizations.list");
        assert_eq!(suggest("delete_user", NAMES.into_iter())[0], "users.delete");
    }

    #[test]
    fn nothing_like_it_suggests_nothing() {
        assert!(suggest("zzzzqq", NAMES.into_iter()).is_empty());
    }
}
