//! What a token lets an agent do: pure rules over the declaration of an operation.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, Effect, Op};
use crate::id::OrganizationId;

/// How many calls a minute a token has where nothing else was said.
pub const CALLS_PER_MINUTE: u32 = 600;
/// The most calls a minute that a token may have.
pub const CALLS_PER_MINUTE_MAX: u32 = 6000;
/// How many patterns of operations a token has at the most.
pub const PATTERNS_MAX: usize = 100;
/// How long a pattern is at the most.
pub const PATTERN_BYTES_MAX: usize = 100;
/// How many organizations a token is held to at the most.
pub const ORGANIZATIONS_MAX: usize = 100;

/// Whether an agent is shown secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Secrets {
    /// Each is replaced by `[redacted]`.
    #[default]
    Redacted,
    /// As who holds an API key is.
    Readable,
}

/// What a token lets its holder do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Policy {
    /// What its calls may do: `read`, `write`, `destructive`
    pub effects: Vec<Effect>,
    /// Patterns of the operations that it may call, in which `*` stands for any text: `users.*`
    pub operations: Vec<String>,
    /// The organizations that its calls must stay in; null where they need not stay in any
    pub organizations: Option<Vec<OrganizationId>>,
    /// Whether secrets in answers are `readable` or `redacted`
    pub secrets: Secrets,
    /// How many calls it may make in a minute
    pub calls_per_minute: u32,
    /// The effects that a person must approve, call by call
    pub approvals: Vec<Effect>,
}

impl Policy {
    /// Whether one of the patterns names this operation.
    pub fn names(&self, operation: &str) -> bool {
        self.operations.iter().any(|it| matches(it, operation))
    }
    /// Whether this organization is one that its calls may be in.
    pub fn includes(&self, organization: &str) -> bool {
        let within = self.organizations.as_ref();
        within.is_none_or(|them| them.iter().any(|it| it.as_str() == organization))
    }
    /// Whether a person must approve a call of this operation.
    pub fn asks_for(&self, op: &Op) -> bool {
        self.approvals.contains(&op.effect)
    }
    /// Whether all that `other` lets somebody do, this does too: the field of `other` that goes
    /// beyond, where one does.
    pub fn beyond(&self, other: &Self) -> Option<&'static str> {
        let Self { effects, operations, organizations, secrets, calls_per_minute, approvals } =
            other;
        // A `*` of the other is matched by a `*` of ours alone, so that what it will ever stand for
        // is covered.
        let named = |it: &String| self.names(it);
        let inside = match (&self.organizations, organizations) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(_), Some(them)) => them.iter().all(|it| self.includes(it.as_str())),
        };
        let asked = |it: &Effect| !self.approvals.contains(it) || approvals.contains(it);
        [
            ("effects", effects.iter().all(|it| self.effects.contains(it))),
            ("operations", operations.iter().all(named)),
            ("organizations", inside),
            ("secrets", self.secrets == Secrets::Readable || *secrets == Secrets::Redacted),
            ("calls_per_minute", *calls_per_minute <= self.calls_per_minute),
            ("approvals", effects.iter().all(asked)),
        ]
        .into_iter()
        .find_map(|(field, covered)| (!covered).then_some(field))
    }
}

/// Whether `pattern`, in which `*` stands for any text, covers all of `text`.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let Some((middle, tail)) = rest.rsplit_once('*') else { return text.ends_with(rest) };
    for part in middle.split('*') {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(tail)
}

/// The pattern in the form that policies keep: the name of an operation as a tool, such as
/// `users_list`, becomes its id. Nothing where it names no operation that there is.
pub fn pattern(catalog: &Catalog, typed: &str) -> Option<String> {
    let ids = || catalog.entries().iter().map(|it| it.op.id);
    if ids().any(|it| matches(typed, it)) {
        return Some(typed.to_owned());
    }
    ids().find(|it| it.replace('.', "_") == typed).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Effect, OrganizationId, Policy, Secrets, matches};

    #[test]
    fn a_star_stands_for_any_text_and_nothing_else_does() {
        for (pattern, text, covers) in [
            ("users.list", "users.list", true),
            ("users.list", "users.list2", false),
            ("users.*", "users.list", true),
            ("users.*", "users", false),
            ("users*", "users", true),
            ("*.list", "users.list", true),
            ("*.list", "users.list_identities", false),
            ("*", "", true),
            ("u*s.*t", "users.list", true),
            ("*list*", "users.list", true),
            ("ab*b", "ab", false),
            ("*a*a", "a", false),
            ("users.?ist", "users.list", false),
        ] {
            assert_eq!(matches(pattern, text), covers, "{pattern} {text}");
        }
    }

    proptest! {
        #[test]
        fn a_pattern_that_covers_another_covers_all_that_the_other_does(
            wide in "[ab*]{0,6}", narrow in "[ab*]{0,6}", text in "[ab]{0,8}",
        ) {
            if matches(&wide, &narrow) && matches(&narrow, &text) {
                prop_assert!(matches(&wide, &text), "{wide} {narrow} {text}");
            }
        }
    }

    fn policy() -> Policy {
        Policy {
            effects: vec![Effect::Read, Effect::Write],
            operations: vec!["users.*".to_owned()],
            organizations: Some(vec![OrganizationId::parse("org_1").unwrap()]),
            secrets: Secrets::Redacted,
            calls_per_minute: 60,
            approvals: vec![Effect::Write],
        }
    }

    #[test]
    fn a_policy_covers_itself_and_nothing_that_goes_beyond_it() {
        let own = policy();
        assert_eq!(own.beyond(&own), None);
        let narrower = Policy {
            effects: vec![Effect::Read],
            operations: vec!["users.l*".to_owned(), "users.get".to_owned()],
            calls_per_minute: 1,
            approvals: Vec::new(),
            ..policy()
        };
        assert_eq!(own.beyond(&narrower), None);
        let other = OrganizationId::parse("org_2").unwrap();
        for (field, wider) in [
            ("effects", Policy { effects: vec![Effect::Destructive], ..policy() }),
            ("operations", Policy { operations: vec!["*".to_owned()], ..policy() }),
            ("operations", Policy { operations: vec!["user*".to_owned()], ..policy() }),
            ("organizations", Policy { organizations: None, ..policy() }),
            ("organizations", Policy { organizations: Some(vec![other]), ..policy() }),
            ("secrets", Policy { secrets: Secrets::Readable, ..policy() }),
            ("calls_per_minute", Policy { calls_per_minute: 61, ..policy() }),
            ("approvals", Policy { approvals: Vec::new(), ..policy() }),
        ] {
            assert_eq!(own.beyond(&wider), Some(field));
        }
    }
}
