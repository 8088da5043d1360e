//! What we were lent for a while, kept in memory until shortly before it ends.
use std::collections::HashMap;

use parking_lot::Mutex;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;

use super::assumed_role::Keys;

/// What ends so soon is not used any longer.
const SECONDS_LEFT_MIN: i64 = 120;
/// How many of a kind are kept; where there are more, all are forgotten.
const KEPT_MAX: usize = 10_000;

/// What is still good, of all receivers.
#[derive(Debug, Default)]
pub(in super::super) struct Tokens {
    /// Access tokens of Entra ID.
    pub(super) entra: Kept<Secret>,
    /// Keys of roles that we assumed.
    pub(super) roles: Kept<Keys>,
}

/// What is still good, by what it was asked for with.
#[derive(Debug)]
pub(super) struct Kept<T>(Mutex<HashMap<String, (T, Time)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Kept<T> {
    pub(super) fn get(&self, key: &str, now: Time) -> Option<T> {
        let good = |until: Time| until > now.plus_seconds(SECONDS_LEFT_MIN);
        self.0.lock().get(key).filter(|it| good(it.1)).map(|it| it.0.clone())
    }
    pub(super) fn keep(&self, key: String, what: T, until: Time) {
        let mut kept = self.0.lock();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(key, (what, until));
    }
    pub(super) fn forget(&self, key: &str) {
        self.0.lock().remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_kept_until_shortly_before_its_end() {
        let tokens = Kept::default();
        tokens.keep("key".to_owned(), "token", Time::from_millis(1_000_000));
        assert!(tokens.get("key", Time::from_millis(879_999)).is_some());
        assert!(tokens.get("key", Time::from_millis(880_000)).is_none());
        assert!(tokens.get("other", Time::from_millis(0)).is_none());
        tokens.forget("key");
        assert!(tokens.get("key", Time::from_millis(0)).is_none());
    }
}
