//! Roles that memberships hold on resources.
//!
//! A role on the organization itself is one of the membership's own roles and is given and taken as
//! such, under the rules that hold for these. What a membership holds through a group is listed
//! here, and given and taken with the group's ([`crate::group_role_assignments`]).
mod operations;
mod store;

use schemars::JsonSchema;
use serde::Serialize;
use vestibule_kernel::db::Row;
use vestibule_kernel::id::{
    AuthorizationResourceId, GroupId, GroupRoleAssignmentId, OrganizationId,
    OrganizationMembershipId, RoleAssignmentId,
};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, Op, Result, op};
use vestibule_people::memberships::RoleSlug;
use vestibule_people::organization_roles;
use vestibule_people::roles::Role;
use vestibule_people::roles::resource_types::ORGANIZATION;

use crate::resources::{Resource, public_id};

pub(crate) use store::held;

/// The operations on roles that memberships hold.
pub const OPERATIONS: &[Op] = &[
    op::<operations::ListRoleAssignments>(),
    op::<operations::AssignRole>(),
    op::<operations::RemoveRole>(),
    op::<operations::RemoveRoleAssignment>(),
    op::<operations::ListRoleAssignmentsOfResource>(),
    op::<operations::ListRoleAssignmentsOfResourceByExternalId>(),
];

/// A role that a membership holds on a resource
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RoleAssignment {
    /// Always `role_assignment`
    #[schemars(extend("const" = "role_assignment"))]
    pub object: &'static str,
    /// The id
    pub id: RoleAssignmentId,
    /// The membership that holds the role
    pub organization_membership_id: OrganizationMembershipId,
    /// The role
    pub role: RoleSlug,
    /// What it is held on
    pub resource: AssignedResource,
    /// Where it comes from
    pub source: Source,
    /// When it was given
    pub created_at: Time,
    /// When it was last changed
    pub updated_at: Time,
}

/// The resource that a role is held on
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AssignedResource {
    /// The id
    pub id: AuthorizationResourceId,
    /// The id that the application knows it by
    pub external_id: String,
    /// Its type
    pub resource_type_slug: String,
}

impl AssignedResource {
    /// What is told of a resource beside a role: its number, its id, its external id and its type, the
    /// next four columns of the row. A number below zero is the organization's.
    pub(crate) fn read(row: &mut Row, organization: &OrganizationId) -> Result<Self> {
        let (number, id): (i64, Option<AuthorizationResourceId>) = (row.take()?, row.take()?);
        let (external_id, slug): (Option<String>, Option<String>) = (row.take()?, row.take()?);
        match (id, external_id, slug) {
            (Some(id), Some(external_id), Some(resource_type_slug)) => {
                Ok(Self { id, external_id, resource_type_slug })
            }
            _ if number < 0 => Ok(Self {
                id: public_id(organization)?,
                external_id: organization.to_string(),
                resource_type_slug: ORGANIZATION.to_owned(),
            }),
            _ => Err(Error::internal(format!("the resource of number {number} is gone"))),
        }
    }
}

/// Where a role that a membership holds comes from
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Source {
    /// `direct` where it was given to the membership, `group` where it was given to a group
    #[serde(rename = "type")]
    pub kind: SourceKind,
    /// The role of the group that it comes from
    pub group_role_assignment_id: Option<GroupRoleAssignmentId>,
    /// The group
    pub group: Option<SourceGroup>,
}

/// The group that a role comes from
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SourceGroup {
    /// The id
    pub id: GroupId,
    /// The name for people
    pub name: String,
}

/// Whether a role was given to a membership or to a group
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// To the membership
    Direct,
    /// To a group that the membership is in
    Group,
}

/// The role of this slug that can be held on the resource: 404 where the organization knows no such
/// role, 422 where it is for resources of another type.
pub(crate) fn role_for(cx: &mut Cx<'_>, slug: &str, resource: &Resource) -> Result<Role> {
    let role = organization_roles::find(cx, &resource.organization_id, slug)?;
    if role.resource_type_slug == resource.resource_type_slug {
        return Ok(role);
    }
    let text = format!(
        "Role '{slug}' is held on resources of type '{}', not of type '{}'.",
        role.resource_type_slug, resource.resource_type_slug
    );
    Err(Error::invalid_field("role_slug", "invalid", text))
}
