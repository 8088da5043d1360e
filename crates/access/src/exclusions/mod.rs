//! Exclusions: what a membership, or the members of a group, may not do on a resource and on all that
//! is below it, whatever roles they hold.
//!
//! The official API has nothing that takes a permission away again, so environments know no
//! exclusions until they are switched on, and without them a check looks for none.
mod operations;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vestibule_kernel::id::{ExclusionId, GroupId, OrganizationId, OrganizationMembershipId};
use vestibule_kernel::setting::Setting;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Code, Cx, Error, Op, Reaction, Result, op};
use vestibule_people::payload;

use crate::role_assignments::AssignedResource;

pub(crate) use store::{clear_resource, excluded_memberships, excluded_resources, on_path};

/// The operations on exclusions.
pub const OPERATIONS: &[Op] = &[
    op::<operations::GetAuthorizationSettings>(),
    op::<operations::UpdateAuthorizationSettings>(),
    op::<operations::CreateExclusion>(),
    op::<operations::ListExclusions>(),
    op::<operations::DeleteExclusion>(),
];

/// The exclusions of an organization go with it.
pub const ON_ORGANIZATION_DELETED: Reaction = Reaction {
    event: "organization.deleted",
    run: |cx, deleted| store::clear_organization(cx, &payload::id(deleted)?),
};
/// Those of a membership go with it.
pub const ON_MEMBERSHIP_DELETED: Reaction = Reaction {
    event: "organization_membership.deleted",
    run: |cx, deleted| {
        store::clear_membership(cx, &payload::id::<OrganizationMembershipId>(deleted)?)
    },
};
/// Those of a group go with it.
pub const ON_GROUP_DELETED: Reaction = Reaction {
    event: "group.deleted",
    run: |cx, deleted| store::clear_group(cx, &payload::id::<GroupId>(deleted)?),
};
/// Those of a permission go with it.
pub const ON_PERMISSION_DELETED: Reaction =
    Reaction { event: "permission.deleted", run: forget_permission };

const NOT_ENABLED: Code = "exclusions_not_enabled";

/// The settings of authorization
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AuthorizationSettings {
    /// Whether exclusions count, and can be made
    pub exclusions: bool,
}

impl Setting for AuthorizationSettings {
    const NAME: &'static str = "authorization";
}

/// What a membership, or the members of a group, may not do on a resource and below it
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Exclusion {
    /// Always `authorization_exclusion`
    #[schemars(extend("const" = "authorization_exclusion"))]
    pub object: &'static str,
    /// The id
    pub id: ExclusionId,
    /// The organization that all of it belongs to
    pub organization_id: OrganizationId,
    /// The membership that is excluded
    pub organization_membership_id: Option<OrganizationMembershipId>,
    /// The group whose members are excluded
    pub group_id: Option<GroupId>,
    /// The permission that they do not have; none of all where there is none
    pub permission_slug: Option<String>,
    /// Where
    pub resource: AssignedResource,
    /// When it was made
    pub created_at: Time,
}

/// Whether exclusions count in this environment.
pub(crate) fn are_enabled(cx: &mut Cx<'_>) -> Result<bool> {
    cx.setting::<AuthorizationSettings>().map(|it| it.exclusions)
}

/// Whether the membership is excluded from a permission somewhere on the path.
pub(crate) fn excludes(
    cx: &mut Cx<'_>,
    membership: &OrganizationMembershipId,
    permission: &str,
    path: &[i64],
) -> Result<bool> {
    if !are_enabled(cx)? {
        return Ok(false);
    }
    let found = on_path(cx, membership, path)?;
    Ok(found.iter().any(|it| it.permission_slug.as_deref().is_none_or(|it| it == permission)))
}

fn not_enabled() -> Error {
    let text = "Exclusions are not enabled in this environment. Enable them with `vestibule \
                authorization-settings update --exclusions=true`.";
    Error::bad_request(NOT_ENABLED, text)
}

fn forget_permission(cx: &mut Cx<'_>, deleted: &Value) -> Result<()> {
    match deleted["slug"].as_str() {
        Some(slug) => store::clear_permission(cx, slug),
        None => Ok(()),
    }
}
