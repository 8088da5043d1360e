//! How memberships look to clients and in events.
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use vestibule_kernel::id::{OrganizationId, OrganizationMembershipId, UserId};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Error, Result};

use super::Status;
use super::store::Record;
use crate::users::User;

/// A role, by its slug
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RoleSlug {
    /// The slug of the role
    pub slug: String,
}

/// The membership of a user in an organization
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Membership {
    /// Always `organization_membership`
    #[schemars(extend("const" = "organization_membership"))]
    pub object: &'static str,
    /// The id
    pub id: OrganizationMembershipId,
    /// The id of the user
    pub user_id: UserId,
    /// The id of the organization
    pub organization_id: OrganizationId,
    /// The name of the organization
    pub organization_name: String,
    /// The state
    pub status: Status,
    /// Whether a directory manages it
    pub directory_managed: bool,
    /// What the user's directory or identity provider tells about them
    pub custom_attributes: Map<String, Value>,
    /// The role of highest priority
    pub role: RoleSlug,
    /// All roles, the one of highest priority first
    pub roles: Vec<RoleSlug>,
    /// The user
    pub user: User,
    /// When it was made
    pub created_at: Time,
    /// When it was last changed
    pub updated_at: Time,
}

/// The membership of a user in an organization, without its roles
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct BaseMembership {
    /// Always `organization_membership`
    #[schemars(extend("const" = "organization_membership"))]
    pub object: &'static str,
    /// The id
    pub id: OrganizationMembershipId,
    /// The id of the user
    pub user_id: UserId,
    /// The id of the organization
    pub organization_id: OrganizationId,
    /// The name of the organization
    pub organization_name: String,
    /// The state
    pub status: Status,
    /// Whether a directory manages it
    pub directory_managed: bool,
    /// What the user's directory or identity provider tells about them
    pub custom_attributes: Map<String, Value>,
    /// The user
    pub user: User,
    /// When it was made
    pub created_at: Time,
    /// When it was last changed
    pub updated_at: Time,
}

/// What events tell of a membership.
#[derive(Debug, Serialize)]
pub struct MembershipEvent {
    object: &'static str,
    id: OrganizationMembershipId,
    user_id: UserId,
    organization_id: OrganizationId,
    status: Status,
    role: RoleSlug,
    roles: Vec<RoleSlug>,
    custom_attributes: Map<String, Value>,
    directory_managed: bool,
    created_at: Time,
    updated_at: Time,
}

/// The membership without its roles.
pub(super) fn base(record: Record, user: User) -> BaseMembership {
    BaseMembership {
        object: "organization_membership",
        id: record.id,
        user_id: record.user_id,
        organization_id: record.organization_id,
        organization_name: record.organization_name,
        status: record.status,
        directory_managed: record.directory_managed,
        custom_attributes: record.custom_attributes,
        user,
        created_at: record.created_at,
        updated_at: record.updated_at,
    }
}

/// The first role and all roles.
fn held(id: &OrganizationMembershipId, slugs: Vec<String>) -> Result<(RoleSlug, Vec<RoleSlug>)> {
    let roles: Vec<RoleSlug> = slugs.into_iter().map(|slug| RoleSlug { slug }).collect();
    let role = roles.first().cloned();
    let none = || Error::internal(format!("membership '{id}' has no role"));
    Ok((role.ok_or_else(none)?, roles))
}

/// What events tell of the membership, which holds the roles of these slugs.
pub(super) fn event_of(record: Record, slugs: Vec<String>) -> Result<MembershipEvent> {
    let (role, roles) = held(&record.id, slugs)?;
    Ok(MembershipEvent {
        object: "organization_membership",
        id: record.id,
        user_id: record.user_id,
        organization_id: record.organization_id,
        status: record.status,
        role,
        roles,
        custom_attributes: record.custom_attributes,
        directory_managed: record.directory_managed,
        created_at: record.created_at,
        updated_at: record.updated_at,
    })
}

/// What events tell of the membership.
pub(super) fn event(it: &Membership) -> MembershipEvent {
    MembershipEvent {
        object: it.object,
        id: it.id.clone(),
        user_id: it.user_id.clone(),
        organization_id: it.organization_id.clone(),
        status: it.status,
        role: it.role.clone(),
        roles: it.roles.clone(),
        custom_attributes: it.custom_attributes.clone(),
        directory_managed: it.directory_managed,
        created_at: it.created_at,
        updated_at: it.updated_at,
    }
}

/// The membership, which holds the roles of these slugs.
pub(super) fn whole(record: Record, user: User, slugs: Vec<String>) -> Result<Membership> {
    let (role, roles) = held(&record.id, slugs)?;
    Ok(Membership {
        object: "organization_membership",
        id: record.id,
        user_id: record.user_id,
        organization_id: record.organization_id,
        organization_name: record.organization_name,
        status: record.status,
        directory_managed: record.directory_managed,
        custom_attributes: record.custom_attributes,
        role,
        roles,
        user,
        created_at: record.created_at,
        updated_at: record.updated_at,
    })
}
