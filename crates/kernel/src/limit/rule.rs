//! Which limits an environment sets, and to what.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Limit;
use crate::setting::Setting;

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $usual:literal, $seconds:literal;)*) => {
        /// A group of limits that one setting raises and lowers.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $($(#[$doc])* $name,)*
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            /// Its name among the settings.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
            /// How many uses a window has where nothing else was set.
            pub const fn usual(self) -> i64 {
                match self { $(Self::$name => $usual,)* }
            }
            /// How long its windows are.
            pub const fn seconds(self) -> u32 {
                match self { $(Self::$name => $seconds,)* }
            }
        }
    };
}

rules! {
    /// Calls by one API key, or from one place where there is none.
    Calls = "calls", 6000, 60;
    /// Reads of users and what is theirs, by API keys, in the whole environment.
    Reads = "reads", 1000, 10;
    /// Writes of users and what is theirs, by API keys, in the whole environment.
    Writes = "writes", 500, 10;
    /// Deletions by one API key.
    Deletions = "deletions", 50, 60;
    /// Tries of a password or a code, for one address, challenge or the like.
    Tries = "tries", 10, 60;
    /// Tries that were not good, from one place, over all accounts.
    Failures = "failures", 100, 600;
    /// Messages to one address.
    Messages = "messages", 3, 60;
    /// The same in a day.
    MessagesDaily = "messages_daily", 50, 86_400;
    /// Accounts and device codes that are made from one place.
    Creations = "creations", 30, 60;
}

impl Rule {
    /// The rule of a limit, which the end of its name tells; one that says nothing else is of tries.
    /// A limit whose numbers are its own is of no rule: what bounds the cost of text messages, say, is
    /// not raised by whoever lets passwords be tried more often.
    pub(super) fn of(limit: &Limit) -> Option<Self> {
        let ends: &[(&str, Self)] = &[
            (".calls", Self::Calls),
            (".reads", Self::Reads),
            (".writes", Self::Writes),
            (".delete", Self::Deletions),
            (".failure", Self::Failures),
            ("_daily", Self::MessagesDaily),
            (".send", Self::Messages),
            (".mail", Self::Messages),
            (".create", Self::Creations),
        ];
        let found = ends.iter().find(|it| limit.name.ends_with(it.0));
        let rule = found.map_or(Self::Tries, |it| it.1);
        let is_usual = (rule.usual(), rule.seconds()) == (limit.uses_max, limit.window);
        is_usual.then_some(rule)
    }
}

/// What an environment has set; for every other rule the usual number holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RateLimits(BTreeMap<String, i64>);

impl RateLimits {
    /// How many uses a window of this rule has, where that was set.
    pub fn get(&self, rule: Rule) -> Option<i64> {
        self.0.get(rule.name()).copied()
    }
    /// Sets it; none for the usual number.
    pub fn set(&mut self, rule: Rule, uses_max: Option<i64>) {
        match uses_max {
            Some(it) => drop(self.0.insert(rule.name().to_owned(), it)),
            None => drop(self.0.remove(rule.name())),
        }
    }
    pub(super) fn of(&self, limit: &Limit) -> i64 {
        Rule::of(limit).and_then(|it| self.get(it)).unwrap_or(limit.uses_max)
    }
}

impl Setting for RateLimits {
    const NAME: &'static str = "rate_limits";
}

#[cfg(test)]
mod tests {
    use super::{Limit, RateLimits, Rule};

    fn limit(name: &'static str, uses_max: i64, window: u32) -> Limit {
        Limit { name, uses_max, window, code: "too_many_requests" }
    }

    #[test]
    fn the_end_of_its_name_tells_what_raises_a_limit() {
        for (name, rule) in [
            ("api.calls", Rule::Calls),
            ("api.reads", Rule::Reads),
            ("organizations.delete", Rule::Deletions),
            ("letters.send", Rule::Messages),
            ("letters_daily", Rule::MessagesDaily),
            ("authenticate", Rule::Tries),
        ] {
            let usual = limit(name, rule.usual(), rule.seconds());
            assert_eq!(Rule::of(&usual), Some(rule), "{name}");
            let own = limit(name, rule.usual() + 1, rule.seconds());
            assert_eq!(Rule::of(&own), None, "{name}");
        }
    }

    #[test]
    fn a_rule_that_was_set_holds_for_its_limits_until_it_is_taken_back() {
        let mut rules = RateLimits::default();
        rules.set(Rule::Tries, Some(1000));
        let (tries, letters) = (limit("authenticate", 10, 60), limit("x.send", 3, 60));
        assert_eq!((rules.of(&tries), rules.of(&letters)), (1000, 3));
        rules.set(Rule::Tries, None);
        assert_eq!(rules.of(&tries), 10);
        assert_eq!(rules, RateLimits::default());
    }
}
