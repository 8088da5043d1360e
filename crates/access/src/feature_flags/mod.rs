//! Feature flags: what of an application is switched on, and for whom.
//!
//! - A flag that is disabled is off for everybody. One that is enabled is on for its targets, which
//!   are users and organizations, and for everybody else if its default value says so.
//! - A user who signs in to an organization has what is on for either. The access token says so
//!   ([`slugs_on`]), and is made anew with each refresh.
//! - A target goes with its user or organization; whoever follows the flag is told.
mod operations;
mod poll;
mod rule;
mod store;
mod targets;
mod told;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::id::{FeatureFlagId, OrganizationId, UserId};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, Op, Result, op};

pub use targets::{ON_ORGANIZATION_DELETED, ON_USER_DELETED};
pub use told::{CREATED, DELETED, FlagEvent, RULE_UPDATED, UPDATED};

/// The operations on feature flags.
pub const OPERATIONS: &[Op] = &[
    op::<operations::ListFeatureFlags>(),
    op::<operations::GetFeatureFlag>(),
    op::<operations::EnableFeatureFlag>(),
    op::<operations::DisableFeatureFlag>(),
    op::<targets::AddTarget>(),
    op::<targets::RemoveTarget>(),
    op::<operations::ListOrganizationFeatureFlags>(),
    op::<operations::ListUserFeatureFlags>(),
    op::<operations::CreateFeatureFlag>(),
    op::<operations::UpdateFeatureFlag>(),
    op::<operations::DeleteFeatureFlag>(),
    op::<targets::ListTargets>(),
    op::<poll::PollFeatureFlags>(),
];

/// How many flags an environment has at the most: each access token, and each application that polls,
/// asks for all of them.
const FLAGS_MAX: u32 = 500;
/// How many targets all flags of an environment have at the most: whoever polls gets all of them.
const TARGETS_MAX: u32 = 50_000;

/// A feature flag
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Flag")]
pub struct FeatureFlag {
    /// Always `feature_flag`
    #[schemars(extend("const" = "feature_flag"))]
    pub object: &'static str,
    /// The id
    pub id: FeatureFlagId,
    /// The name by which programs know it, such as `advanced-analytics`
    pub slug: String,
    /// The name for people
    pub name: String,
    /// What it is for
    pub description: Option<String>,
    /// Who looks after it
    pub owner: Option<FlagOwner>,
    /// Words to sort flags by
    pub tags: Vec<String>,
    /// Whether it is on for anybody at all
    pub enabled: bool,
    /// Whether it is on for those who are no target, where it is enabled
    pub default_value: bool,
    /// When it was made
    pub created_at: Time,
    /// When it was last changed
    pub updated_at: Time,
}

/// Who looks after a feature flag
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct FlagOwner {
    /// The e-mail address
    pub email: String,
    /// The first name
    pub first_name: Option<String>,
    /// The last name
    pub last_name: Option<String>,
}

/// The flag of this slug, or 404.
fn find(cx: &mut Cx<'_>, slug: &str) -> Result<FeatureFlag> {
    store::get(cx, slug)?.ok_or_else(|| Error::not_found("Feature flag", &slug))
}

/// The slugs of the flags that are on for a user, or for the organization that they are signed in to,
/// in the order of the alphabet.
pub fn slugs_on(
    cx: &mut Cx<'_>,
    user: &UserId,
    organization: Option<&OrganizationId>,
) -> Result<Vec<String>> {
    let mut ids = vec![user.as_str()];
    ids.extend(organization.map(OrganizationId::as_str));
    store::slugs_on(cx, &ids)
}
