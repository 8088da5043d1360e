//! The rules of roles that need no database.
use std::collections::HashSet;

use vestibule_kernel::chance::Chance;

use super::Role;

/// What the slug of every role of an organization begins with.
pub const ORGANIZATION_PREFIX: &str = "org-";

/// The most characters that a slug has.
pub const SLUG_LENGTH_MAX: usize = 48;

const SUFFIX_LENGTH: usize = 6;

/// A slug for an organization's role of this name: the prefix, the name in lower case with `-` for
/// all but letters and digits, and a random end.
pub(crate) fn derived_slug(name: &str, chance: &Chance) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut slug = ORGANIZATION_PREFIX.to_owned();
    for letter in name.chars() {
        if slug.len() + SUFFIX_LENGTH + 1 >= SLUG_LENGTH_MAX {
            break;
        }
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    if !slug.ends_with('-') {
        slug.push('-');
    }
    for byte in chance.bytes::<SUFFIX_LENGTH>() {
        slug.push(char::from(LETTERS[usize::from(byte % 32)]));
    }
    slug
}

/// The roles with those of `slugs` first, in that order, and the others after them as they were;
/// or the first slug that names none of them, or names one twice.
pub(crate) fn reordered(roles: Vec<Role>, slugs: &[String]) -> Result<Vec<Role>, String> {
    let mut rest: Vec<Option<Role>> = roles.into_iter().map(Some).collect();
    let mut first = Vec::with_capacity(rest.len());
    for slug in slugs {
        let named = |it: &&mut Option<Role>| it.as_ref().is_some_and(|it| it.slug == *slug);
        let role = rest.iter_mut().find(named).and_then(Option::take);
        first.push(role.ok_or_else(|| slug.clone())?);
    }
    first.extend(rest.into_iter().flatten());
    Ok(first)
}

/// The same texts, each once, in the order in which they came first.
pub(crate) fn unique(texts: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    texts.into_iter().filter(|it| seen.insert(it.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_slug_has_prefix_name_and_a_random_end_and_is_never_too_long() {
        let chance = Chance::seeded(1);
        for (name, begin) in [
            ("Night Watch", "org-night-watch-"),
            ("  Ops & More!  ", "org-ops-more-"),
            ("夜警", "org-"),
            (
                "A very long name that goes on and on and on and on",
                "org-a-very-long-name-that-goes-on-and-on-",
            ),
        ] {
            let slug = derived_slug(name, &chance);
            let end = slug.strip_prefix(begin).unwrap_or_else(|| panic!("{slug}"));
            assert_eq!(end.len(), SUFFIX_LENGTH, "{slug}");
            assert!(slug.len() <= SLUG_LENGTH_MAX, "{slug}");
            assert!(!slug.contains("--"), "{slug}");
        }
        assert_ne!(derived_slug("Same", &chance), derived_slug("Same", &chance));
    }
}
