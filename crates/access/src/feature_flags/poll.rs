//! All feature flags at once, for applications that decide by themselves what is on for whom.
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::Method::Get;
use vestibule_kernel::{Cx, Fine, Operation, Result, Route};

use super::store;

/// A feature flag, and whom it is on for
#[derive(Debug, Serialize, JsonSchema)]
pub struct RuntimeFlag {
    /// The name by which programs know it
    pub slug: String,
    /// Whether it is on for anybody at all
    pub enabled: bool,
    /// Whether it is on for those who are no target, where it is enabled
    pub default_value: bool,
    /// Whom it is on for, whatever the default value is
    pub targets: RuntimeTargets,
}

/// The targets of a feature flag
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct RuntimeTargets {
    /// The users
    pub users: Vec<RuntimeTarget>,
    /// The organizations
    pub organizations: Vec<RuntimeTarget>,
}

/// A target of a feature flag
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct RuntimeTarget {
    /// The id of the user or the organization
    pub id: String,
    /// Always true
    pub enabled: bool,
}

/// Get all feature flags with their targets, by slug
///
/// The runtime client of the official SDKs asks for this every half minute, and then knows without
/// asking again what is on for whom: where a flag is enabled, it is on for its targets, and for
/// everybody else as its default value says.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct PollFeatureFlags {}

impl Operation for PollFeatureFlags {
    const ID: &'static str = "feature_flags.poll";
    const ROUTE: Route = Route(Get, "/sdk/feature-flags");
    const EXTENSION: bool = true;
    const LONG: bool = true;
    type Reply = Fine<BTreeMap<String, RuntimeFlag>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        store::all(cx).map(Fine)
    }
}
