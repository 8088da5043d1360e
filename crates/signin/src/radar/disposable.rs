//! Addresses that are thrown away: at domains that give one to anybody, for minutes.
use std::collections::HashSet;
use std::sync::LazyLock;

/// The domains that are known for it. Looked up by us: the function of the crate walks its list for
/// each label of an address.
static DOMAINS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| mailchecker::blacklist().into_iter().collect());

/// Whether an address is at such a domain, or below one.
pub fn is_one(email: &str) -> bool {
    let folded = vestibule_people::users::fold(email);
    let Some((_, domain)) = folded.rsplit_once('@') else { return false };
    let mut rest = domain;
    loop {
        if DOMAINS.contains(rest) {
            return true;
        }
        match rest.split_once('.') {
            Some((_, parent)) => rest = parent,
            None => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_are_thrown_away_are_noticed() {
        for email in ["a@mailinator.com", " Ada+x@Mailinator.COM ", "a@b.mailinator.com"] {
            assert!(is_one(email), "{email}");
        }
        for email in ["ada@gmail.com", "ada@acme.test", "ada@almost-mailinator.test", "ada", ""] {
            assert!(!is_one(email), "{email}");
        }
    }
}
