//! The operations on roles that memberships hold.
use schemars::JsonSchema;
use serde::Deserialize;
use vestibule_kernel::Method::{Delete, Get, Post};
use vestibule_kernel::catalog::Input;
use vestibule_kernel::id::{
    AuthorizationResourceId, OrganizationId, OrganizationMembershipId, RoleAssignmentId,
};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::{
    Code, Created, Cx, Error, Fine, NoContent, Operation, Result, Route, Within,
};
use vestibule_people::memberships::{self, Membership};
use vestibule_people::organization_roles;
use vestibule_people::roles::assignments;
use vestibule_people::roles::{self, Role};

use super::store::On;
use super::{RoleAssignment, role_for, store};
use crate::resources::{self, Named};

/// List the roles that a membership holds, on its organization and on resources below it, by itself
/// and through groups, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListRoleAssignments {
    /// The id of the membership
    organization_membership_id: OrganizationMembershipId,
    /// Only roles on the resource of this id
    resource_id: Option<AuthorizationResourceId>,
    /// Only roles on the resource that the application knows by this id and that is of the type
    /// `resource_type_slug`
    resource_external_id: Option<String>,
    /// Only roles on resources of this type; beside `resource_external_id`, the type of that resource
    resource_type_slug: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListRoleAssignments {
    const ID: &'static str = "role_assignments.list";
    const ROUTE: Route = Route(
        Get,
        "/authorization/organization_memberships/{organization_membership_id}/role_assignments",
    );
    const WITHIN: Within =
        Within::Row { table: "organization_memberships", field: "organization_membership_id" };
    const STATUSES: &'static [u16] = &[403];
    type Reply = Fine<Page<RoleAssignment>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {
            organization_membership_id,
            resource_id,
            resource_external_id,
            resource_type_slug,
            paging,
        } = self;
        let membership = memberships::find(cx, &organization_membership_id)?;
        let on = match (resource_id, resource_external_id, resource_type_slug) {
            (None, None, None) => On::Everything,
            (None, None, Some(slug)) => On::Type(slug),
            (resource_id, resource_external_id, resource_type_slug) => {
                let named = Named { resource_id, resource_external_id, resource_type_slug };
                On::Resource(named.name()?.find(cx, &membership.organization_id)?.number)
            }
        };
        store::list_of_membership(cx, &paging, &membership, &on).map(Fine)
    }
}

/// Give a membership a role on a resource. Giving one that it has changes nothing
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AssignRole {
    /// The id of the membership
    organization_membership_id: OrganizationMembershipId,
    /// The slug of the role, which must be one for resources of this type
    role_slug: String,
    #[serde(flatten)]
    resource: Named,
}

impl Operation for AssignRole {
    const ID: &'static str = "role_assignments.create";
    const ROUTE: Route = Route(
        Post,
        "/authorization/organization_memberships/{organization_membership_id}/role_assignments",
    );
    const WITHIN: Within =
        Within::Row { table: "organization_memberships", field: "organization_membership_id" };
    const FAILS: &'static [Code] = roles::CHOICE_CODES;
    const STATUSES: &'static [u16] = &[403];
    type Reply = Created<RoleAssignment>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let membership = memberships::find(cx, &self.organization_membership_id)?;
        let resource = self.resource.name()?.find(cx, &membership.organization_id)?;
        let role = role_for(cx, &self.role_slug, &resource)?;
        if resource.is_root() {
            let mut slugs = slugs(&membership);
            if !slugs.contains(&role.slug) {
                slugs.push(role.slug.clone());
                memberships::set_roles(cx, &membership, slugs)?;
            }
        } else {
            let on = (&resource.organization_id, resource.number);
            assignments::insert(cx, &membership.id, on, &role.id)?;
        }
        let on = [resource.numbered(cx)?];
        let held = store::held(cx, &membership.id, &resource.organization_id, &on)?;
        let given = held
            .into_iter()
            .find(|it| it.role.slug == role.slug && it.source.group_role_assignment_id.is_none());
        given.map(Created).ok_or_else(|| Error::internal("a role that was given is not held"))
    }
}

fn slugs(membership: &Membership) -> Vec<String> {
    membership.roles.iter().map(|it| it.slug.clone()).collect()
}

/// Take a role on a resource from a membership. What it holds through a group is taken with the
/// group's role, or by leaving the group
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RemoveRole {
    /// The id of the membership
    organization_membership_id: OrganizationMembershipId,
    /// The slug of the role
    role_slug: String,
    #[serde(flatten)]
    resource: Named,
}

impl Operation for RemoveRole {
    const ID: &'static str = "role_assignments.remove";
    const ROUTE: Route = Route(
        Delete,
        "/authorization/organization_memberships/{organization_membership_id}/role_assignments",
    );
    const WITHIN: Within =
        Within::Row { table: "organization_memberships", field: "organization_membership_id" };
    const INPUT: Input = Input::Body;
    const FAILS: &'static [Code] = roles::CHOICE_CODES;
    const STATUSES: &'static [u16] = &[403];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let membership = memberships::find(cx, &self.organization_membership_id)?;
        let resource = self.resource.name()?.find(cx, &membership.organization_id)?;
        let role = organization_roles::find(cx, &membership.organization_id, &self.role_slug)?;
        if remove(cx, &membership, resource.number, &role)? {
            return Ok(NoContent);
        }
        Err(Error::not_found("Role assignment", &self.role_slug))
    }
}

/// Takes a role from a membership. Tells whether it held it itself.
fn remove(cx: &mut Cx<'_>, membership: &Membership, resource: i64, role: &Role) -> Result<bool> {
    if resource > 0 {
        let on = (&membership.organization_id, resource);
        return assignments::delete(cx, &membership.id, on, &role.id);
    }
    let mut slugs = slugs(membership);
    if !slugs.contains(&role.slug) {
        return Ok(false);
    }
    slugs.retain(|it| *it != role.slug);
    memberships::set_roles(cx, membership, slugs)?;
    Ok(true)
}

/// Take a role that a membership holds from it, by the id of the assignment
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RemoveRoleAssignment {
    /// The id of the membership
    organization_membership_id: OrganizationMembershipId,
    /// The id of the assignment
    role_assignment_id: RoleAssignmentId,
}

impl Operation for RemoveRoleAssignment {
    const ID: &'static str = "role_assignments.delete";
    const ROUTE: Route = Route(
        Delete,
        "/authorization/organization_memberships/{organization_membership_id}/role_assignments/{role_assignment_id}",
    );
    const WITHIN: Within =
        Within::Row { table: "organization_memberships", field: "organization_membership_id" };
    const FAILS: &'static [Code] = roles::CHOICE_CODES;
    const STATUSES: &'static [u16] = &[403];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let membership = memberships::find(cx, &self.organization_membership_id)?;
        let unknown = || Error::not_found("Role assignment", &self.role_assignment_id);
        let (resource, role_id) =
            assignments::get(cx, &membership.id, &self.role_assignment_id)?.ok_or_else(unknown)?;
        let role = roles::find_by_id(cx, &role_id)?;
        if remove(cx, &membership, resource, &role)? { Ok(NoContent) } else { Err(unknown()) }
    }
}

/// List the roles that are held on a resource itself, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListRoleAssignmentsOfResource {
    /// The id of the resource
    resource_id: AuthorizationResourceId,
    /// Only this role
    role_slug: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListRoleAssignmentsOfResource {
    const ID: &'static str = "authorization_resources.list_role_assignments";
    const ROUTE: Route = Route(Get, "/authorization/resources/{resource_id}/role_assignments");
    const WITHIN: Within = Within::Row { table: "authorization_resources", field: "resource_id" };
    const STATUSES: &'static [u16] = &[403];
    type Reply = Fine<Page<RoleAssignment>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let resource = resources::find(cx, &self.resource_id)?;
        store::list_of_resource(cx, &self.paging, &resource, self.role_slug.as_deref()).map(Fine)
    }
}

/// List the roles that are held on the resource of an organization that the application knows by an
/// id of its own, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListRoleAssignmentsOfResourceByExternalId {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The type of the resource
    resource_type_slug: String,
    /// The id that the application knows the resource by
    external_id: String,
    /// Only this role
    role_slug: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListRoleAssignmentsOfResourceByExternalId {
    const ID: &'static str = "authorization_resources.list_role_assignments_by_external_id";
    const ROUTE: Route = Route(
        Get,
        "/authorization/organizations/{organization_id}/resources/{resource_type_slug}/{external_id}/role_assignments",
    );
    const STATUSES: &'static [u16] = &[403];
    type Reply = Fine<Page<RoleAssignment>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, resource_type_slug, external_id, role_slug, paging } = self;
        let resource = resources::find_by_external_id(
            cx,
            &organization_id,
            &resource_type_slug,
            &external_id,
        )?;
        store::list_of_resource(cx, &paging, &resource, role_slug.as_deref()).map(Fine)
    }
}
