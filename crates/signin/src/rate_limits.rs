//! The rate limits of an environment, and what raises and lowers them.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::{Get, Put};
use vestibule_kernel::limit::{self, RateLimits, Rule};
use vestibule_kernel::{Cx, Fine, Op, Operation, Patch, Result, Route, op};

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[op::<GetRateLimits>(), op::<UpdateRateLimits>()];

/// The highest limit that may be set.
const USES_MAX: i64 = 1_000_000_000;

/// The rate limits of an environment
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RateLimits")]
pub struct Shown {
    /// Always `rate_limits`
    #[schemars(extend("const" = "rate_limits"))]
    object: &'static str,
    /// Calls in a minute by one API key, or from one place where there is none
    calls: i64,
    /// Reads of users and what is theirs in ten seconds, by all API keys
    reads: i64,
    /// Writes of users and what is theirs in ten seconds, by all API keys
    writes: i64,
    /// Deletions of organizations in a minute by one API key
    deletions: i64,
    /// Tries of a password or a code in a minute, for one address, challenge or the like
    tries: i64,
    /// Tries that were not good in ten minutes, from one place, over all accounts
    failures: i64,
    /// Messages of one kind to one address in a minute
    messages: i64,
    /// Messages of one kind to one address in a day
    messages_daily: i64,
    /// Accounts, and device codes, made in a minute from one place
    creations: i64,
}

impl Shown {
    fn new(limits: &RateLimits) -> Self {
        let of = |rule: Rule| limits.get(rule).unwrap_or(rule.usual());
        Self {
            object: "rate_limits",
            calls: of(Rule::Calls),
            reads: of(Rule::Reads),
            writes: of(Rule::Writes),
            deletions: of(Rule::Deletions),
            tries: of(Rule::Tries),
            failures: of(Rule::Failures),
            messages: of(Rule::Messages),
            messages_daily: of(Rule::MessagesDaily),
            creations: of(Rule::Creations),
        }
    }
}

/// Get the rate limits
#[derive(Deserialize, JsonSchema)]
pub struct GetRateLimits {}

impl Operation for GetRateLimits {
    const ID: &'static str = "rate_limits.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/rate_limits");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        Ok(Fine(Shown::new(&cx.setting()?)))
    }
}

/// Change the rate limits
///
/// What is not given stays as it is, and null brings the usual number back. A change holds on every
/// node after a second. Raise them for a load test; whoever raises `tries` or `failures` in production
/// lets passwords and codes be guessed at faster.
#[derive(Deserialize, JsonSchema)]
pub struct UpdateRateLimits {
    /// Calls in a minute by one API key, or from one place where there is none
    #[serde(default)]
    #[schemars(range(min = 1, max = USES_MAX))]
    calls: Patch<i64>,
    /// Reads of users and what is theirs in ten seconds, by all API keys
    #[serde(default)]
    #[schemars(range(min = 1, max = USES_MAX))]
    reads: Patch<i64>,
    /// Writes of users and what is theirs in ten seconds, by all API keys
    #[serde(default)]
    #[schemars(range(min = 1, max = USES_MAX))]
    writes: Patch<i64>,
    /// Deletions of organizations in a minute by one API key
    #[serde(default)]
    #[schemars(range(min = 1, max = USES_MAX))]
    deletions: Patch<i64>,
    /// Tries of a password or a code in a minute, for one address, challenge or the like
    #[serde(default)]
    #[schemars(range(min = 1, max = USES_MAX))]
    tries: Patch<i64>,
    /// Tries that were not good in ten minutes, from one place, over all accounts
    #[serde(default)]
    #[schemars(range(min = 1, max = USES_MAX))]
    failures: Patch<i64>,
    /// Messages of one kind to one address in a minute
    #[serde(default)]
    #[schemars(range(min = 1, max = USES_MAX))]
    messages: Patch<i64>,
    /// Messages of one kind to one address in a day
    #[serde(default)]
    #[schemars(range(min = 1, max = USES_MAX))]
    messages_daily: Patch<i64>,
    /// Accounts, and device codes, made in a minute from one place
    #[serde(default)]
    #[schemars(range(min = 1, max = USES_MAX))]
    creations: Patch<i64>,
}

impl Operation for UpdateRateLimits {
    const ID: &'static str = "rate_limits.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/rate_limits");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {
            calls,
            reads,
            writes,
            deletions,
            tries,
            failures,
            messages,
            messages_daily,
            creations,
        } = self;
        let mut limits: RateLimits = cx.setting()?;
        for (rule, patch) in [
            (Rule::Calls, calls),
            (Rule::Reads, reads),
            (Rule::Writes, writes),
            (Rule::Deletions, deletions),
            (Rule::Tries, tries),
            (Rule::Failures, failures),
            (Rule::Messages, messages),
            (Rule::MessagesDaily, messages_daily),
            (Rule::Creations, creations),
        ] {
            let mut uses_max = limits.get(rule);
            patch.apply(&mut uses_max);
            limits.set(rule, uses_max);
        }
        limit::set(cx, &limits)?;
        Ok(Fine(Shown::new(&limits)))
    }
}
