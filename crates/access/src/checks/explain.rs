//! Why a check says what it says.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::Method::Post;
use vestibule_kernel::catalog::Effect;
use vestibule_kernel::id::OrganizationMembershipId;
use vestibule_kernel::{Cx, Fine, Operation, Result, Route, Within};
use vestibule_people::organization_roles;

use super::Question;
use crate::exclusions::{self, Exclusion};
use crate::resources::{self, AuthorizationResource, Named};
use crate::role_assignments::{self, RoleAssignment};

/// Why a membership may do something, or may not
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A role gives the permission
    Granted,
    /// A role gives the permission, and an exclusion takes it away
    Excluded,
    /// The membership is not active
    MembershipInactive,
    /// The permission is about resources of another type
    PermissionOfOtherType,
    /// The membership holds no role here or above
    NoRole,
    /// The membership holds roles here or above, and none of them has the permission
    NoRoleWithPermission,
}

/// The whole answer to a check
#[derive(Debug, Serialize, JsonSchema)]
pub struct Explanation {
    /// Whether the membership may do it
    authorized: bool,
    /// Why
    reason: Reason,
    /// The type of resource that the permission is about
    permission_resource_type_slug: String,
    /// The resource and all that is above it, the organization last, with the roles that the
    /// membership holds on each
    path: Vec<Step>,
}

/// One resource on the way up to the organization
#[derive(Debug, Serialize, JsonSchema)]
pub struct Step {
    /// The resource
    resource: AuthorizationResource,
    /// The roles that the membership holds on it, by itself or through a group
    roles: Vec<HeldRole>,
    /// What the membership is excluded from on it, by itself or through a group
    exclusions: Vec<Exclusion>,
}

/// A role that a membership holds
#[derive(Debug, Serialize, JsonSchema)]
pub struct HeldRole {
    /// Whether the role gives the permission
    grants: bool,
    /// Through which assignment the membership holds the role
    assignment: RoleAssignment,
}

/// Explain why a membership may do something on a resource, or may not: which role on which resource
/// above gives the permission, or what is missing
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Explain {
    /// The id of the membership
    organization_membership_id: OrganizationMembershipId,
    /// The slug of the permission
    permission_slug: String,
    #[serde(flatten)]
    resource: Named,
}

impl Operation for Explain {
    const ID: &'static str = "authorization.explain";
    const ROUTE: Route = Route(Post, "/vestibule/v1/authorization/explain");
    const WITHIN: Within =
        Within::Row { table: "organization_memberships", field: "organization_membership_id" };
    const EFFECT: Effect = Effect::Read;
    const EXTENSION: bool = true;
    type Reply = Fine<Explanation>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_membership_id: membership, permission_slug, resource } = self;
        let question = Question::of(cx, &membership, &permission_slug, resource.name()?)?;
        let path = steps(cx, &question)?;
        let reason = reason(&question, &path);
        Ok(Fine(Explanation {
            authorized: reason == Reason::Granted,
            reason,
            permission_resource_type_slug: question.permission_type,
            path,
        }))
    }
}

fn steps(cx: &mut Cx<'_>, question: &Question) -> Result<Vec<Step>> {
    let Question { membership, permission_slug, place, .. } = question;
    let held = role_assignments::held(cx, &membership.id, &place.organization_id, &place.path)?;
    let mut excluded = if exclusions::are_enabled(cx)? {
        exclusions::on_path(cx, &membership.id, &place.path)?
    } else {
        Vec::new()
    };
    let mut steps = Vec::with_capacity(place.path.len());
    for resource in resources::of_path(cx, place)? {
        let mut roles = Vec::new();
        for assignment in held.iter().filter(|it| it.resource.id == resource.id) {
            let role = organization_roles::find(cx, &place.organization_id, &assignment.role.slug)?;
            let grants = role.permissions.contains(permission_slug);
            roles.push(HeldRole { grants, assignment: assignment.clone() });
        }
        let exclusions = excluded.extract_if(.., |it| it.resource.id == resource.id).collect();
        steps.push(Step { resource, roles, exclusions });
    }
    Ok(steps)
}

fn reason(question: &Question, path: &[Step]) -> Reason {
    let mut roles = path.iter().flat_map(|it| &it.roles).peekable();
    if !question.is_active {
        Reason::MembershipInactive
    } else if !question.can_be_granted() {
        Reason::PermissionOfOtherType
    } else if roles.peek().is_none() {
        Reason::NoRole
    } else if roles.any(|it| it.grants) {
        let about = |it: &Exclusion| {
            it.permission_slug.as_ref().is_none_or(|it| *it == question.permission_slug)
        };
        let excluded = path.iter().flat_map(|it| &it.exclusions).any(about);
        if excluded { Reason::Excluded } else { Reason::Granted }
    } else {
        Reason::NoRoleWithPermission
    }
}
