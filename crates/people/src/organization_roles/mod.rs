//! Roles that one organization has of its own, beside those of the environment.
//!
//! Their slugs begin with `org-`. Within an organization a slug names one role, its own or one of
//! the environment.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vestibule_kernel::Method::{Delete, Get, Patch as PatchMethod, Post, Put};
use vestibule_kernel::event::{Event, Reaction};
use vestibule_kernel::id::{OrganizationId, RoleId};
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Created, Cx, Error, Fine, NoContent, Op, Operation, Patch, Result, Route, op,
};

use crate::organizations;
use crate::roles::resource_types::{self, ORGANIZATION};
use crate::roles::{
    self, BAD_REQUEST, INVALID_ROLE, Role, RoleKind, RoleList, assignments, orders, policy, store,
};

/// The operations on roles of an organization.
pub const OPERATIONS: &[Op] = &[
    op::<CreateOrganizationRole>(),
    op::<ListOrganizationRoles>(),
    op::<GetOrganizationRole>(),
    op::<UpdateOrganizationRole>(),
    op::<DeleteOrganizationRole>(),
    op::<SetOrganizationRolePermissions>(),
    op::<AddOrganizationRolePermission>(),
    op::<RemoveOrganizationRolePermission>(),
    op::<SetOrganizationRolePriority>(),
    op::<SetDefaultOrganizationRole>(),
];

/// The roles of an organization go with it, after the memberships that hold them.
pub const ON_ORGANIZATION_DELETED: Reaction =
    Reaction { event: "organization.deleted", run: forget_organization };

const SLUG_CONFLICT: Code = "organization_role_slug_conflict";
const HAS_ASSIGNMENTS: Code = "role_has_assignments";
/// A domain that maps groups of a directory to roles refuses with this code, in a reaction to
/// [`DELETED`], the deletion of a role that it maps to.
pub const HAS_GROUP_MAPPINGS: Code = "role_has_group_role_mappings";

/// What events tell of a role of an organization.
#[derive(Debug, Serialize)]
pub struct OrganizationRoleEvent {
    object: &'static str,
    organization_id: OrganizationId,
    slug: String,
    name: String,
    description: Option<String>,
    resource_type_slug: String,
    permissions: Vec<String>,
    created_at: Time,
    updated_at: Time,
}

/// What events tell of this role, if it belongs to an organization.
pub(crate) fn event(role: &Role) -> Option<OrganizationRoleEvent> {
    Some(OrganizationRoleEvent {
        object: "organization_role",
        organization_id: role.organization_id.clone()?,
        slug: role.slug.clone(),
        name: role.name.clone(),
        description: role.description.clone(),
        resource_type_slug: role.resource_type_slug.clone(),
        permissions: role.permissions.clone(),
        created_at: role.created_at,
        updated_at: role.updated_at,
    })
}

/// A role of an organization was made.
pub const CREATED: Event<OrganizationRoleEvent> = Event::new("organization_role.created");
/// A role of an organization was changed, its permissions included.
pub const UPDATED: Event<OrganizationRoleEvent> = Event::new("organization_role.updated");
/// A role of an organization was deleted.
pub const DELETED: Event<OrganizationRoleEvent> = Event::new("organization_role.deleted");

/// Create a role of an organization, with the lowest priority and without permissions
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateOrganizationRole {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The name by which programs know it: `org-` and lower-case letters, digits, `-` and `_`. It
    /// never changes. Without it, one is made from the name
    #[schemars(length(max = 48), regex(pattern = r"^org-[a-z0-9_-]+$"))]
    slug: Option<String>,
    /// The name for people
    #[schemars(length(max = 48), regex(pattern = r"\S"))]
    name: String,
    /// What it is for
    #[schemars(length(max = 150), extend("x-nullable" = true))]
    description: Option<String>,
    /// The type of resource that it is given on; `organization` unless told otherwise
    #[schemars(length(max = 48))]
    resource_type_slug: Option<String>,
}

impl Operation for CreateOrganizationRole {
    const ID: &'static str = "organization_roles.create";
    const ROUTE: Route = Route(Post, "/authorization/organizations/{organization_id}/roles");
    const FAILS: &'static [Code] = &[SLUG_CONFLICT, BAD_REQUEST];
    const STATUSES: &'static [u16] = &[400, 403, 409];
    type Reply = Created<Role>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, slug, name, description, resource_type_slug } = self;
        organizations::find(cx, &organization_id)?;
        roles::ensure_some(cx)?;
        roles::check_room(cx, Some(&organization_id))?;
        let role = Role {
            object: "role",
            id: RoleId::new(cx),
            slug: slug.unwrap_or_else(|| policy::derived_slug(&name, cx.app.chance())),
            name,
            description,
            kind: RoleKind::OrganizationRole,
            resource_type_slug: resource_types::find(cx, resource_type_slug)?,
            permissions: Vec::new(),
            created_at: cx.now(),
            updated_at: cx.now(),
            organization_id: Some(organization_id.clone()),
        };
        store::insert(cx, &role, || {
            let text =
                format!("The organization has a role with the slug '{}' already.", role.slug);
            Error::conflict(SLUG_CONFLICT, text)
        })?;
        orders::start(cx, &organization_id)?;
        orders::append(cx, &organization_id, &role.id)?;
        if let Some(event) = event(&role) {
            cx.emit(&CREATED, &event)?;
        }
        Ok(Created(role))
    }
}

/// List the roles that apply to an organization, those of the environment and its own, the one of
/// highest priority first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListOrganizationRoles {
    /// The id of the organization
    organization_id: OrganizationId,
}

impl Operation for ListOrganizationRoles {
    const ID: &'static str = "organization_roles.list";
    const ROUTE: Route = Route(Get, "/authorization/organizations/{organization_id}/roles");
    const STATUSES: &'static [u16] = &[403];
    const PURE: bool = true;
    type Reply = Fine<RoleList>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        organizations::find(cx, &self.organization_id)?;
        store::of_organization(cx, &self.organization_id).map(RoleList::of).map(Fine)
    }
}

/// Get a role that applies to an organization, one of the environment or its own
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetOrganizationRole {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The slug of the role
    slug: String,
}

impl Operation for GetOrganizationRole {
    const ID: &'static str = "organization_roles.get";
    const ROUTE: Route = Route(Get, "/authorization/organizations/{organization_id}/roles/{slug}");
    const STATUSES: &'static [u16] = &[403];
    const PURE: bool = true;
    type Reply = Fine<Role>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        find(cx, &self.organization_id, &self.slug).map(Fine)
    }
}

/// Update a role of an organization
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateOrganizationRole {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The slug of the role
    slug: String,
    /// The name for people
    #[schemars(length(max = 48), regex(pattern = r"\S"))]
    name: Option<String>,
    /// What it is for
    #[serde(default)]
    #[schemars(length(max = 150))]
    description: Patch<String>,
}

impl Operation for UpdateOrganizationRole {
    const ID: &'static str = "organization_roles.update";
    const ROUTE: Route =
        Route(PatchMethod, "/authorization/organizations/{organization_id}/roles/{slug}");
    const FAILS: &'static [Code] = &[BAD_REQUEST];
    const STATUSES: &'static [u16] = &[400, 403];
    type Reply = Fine<Role>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, slug, name, description } = self;
        let role = find_own(cx, &organization_id, &slug)?;
        roles::update(cx, role, name, description).map(Fine)
    }
}

/// Delete a role of an organization that nobody holds
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteOrganizationRole {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The slug of the role
    slug: String,
}

impl Operation for DeleteOrganizationRole {
    const ID: &'static str = "organization_roles.delete";
    const ROUTE: Route =
        Route(Delete, "/authorization/organizations/{organization_id}/roles/{slug}");
    const FAILS: &'static [Code] = &[BAD_REQUEST, HAS_ASSIGNMENTS, HAS_GROUP_MAPPINGS];
    const STATUSES: &'static [u16] = &[400, 403, 409];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let role = find_own(cx, &self.organization_id, &self.slug)?;
        if assignments::is_held(cx, &role.id)? {
            let text = format!(
                "Role '{}' is held by members. Give them other roles, then delete it.",
                role.slug
            );
            return Err(Error::conflict(HAS_ASSIGNMENTS, text));
        }
        if orders::is_a_default(cx, &role.id)? {
            let text = format!("Role '{}' is the organization's default role.", role.slug);
            return Err(Error::bad_request(BAD_REQUEST, text));
        }
        roles::remove(cx, &role)?;
        Ok(NoContent)
    }
}

/// Give a role of an organization these permissions, in the place of those that it has
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SetOrganizationRolePermissions {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The slug of the role
    slug: String,
    /// The slugs of the permissions
    #[schemars(length(max = 1000))]
    permissions: Vec<String>,
}

impl Operation for SetOrganizationRolePermissions {
    const ID: &'static str = "organization_roles.set_permissions";
    const ROUTE: Route =
        Route(Put, "/authorization/organizations/{organization_id}/roles/{slug}/permissions");
    const FAILS: &'static [Code] = &[BAD_REQUEST];
    const STATUSES: &'static [u16] = &[400, 403];
    type Reply = Fine<Role>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let role = find_own(cx, &self.organization_id, &self.slug)?;
        roles::set_permissions(cx, role, self.permissions, "permissions").map(Fine)
    }
}

/// Add a permission to a role of an organization. Adding one that the role has changes nothing
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AddOrganizationRolePermission {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The slug of the role
    role_slug: String,
    /// The slug of the permission
    slug: String,
}

impl Operation for AddOrganizationRolePermission {
    const ID: &'static str = "organization_roles.add_permission";
    const ROUTE: Route =
        Route(Post, "/authorization/organizations/{organization_id}/roles/{role_slug}/permissions");
    const FAILS: &'static [Code] = &[BAD_REQUEST];
    const STATUSES: &'static [u16] = &[400, 403];
    type Reply = Fine<Role>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let role = find_own(cx, &self.organization_id, &self.role_slug)?;
        roles::add_permission(cx, role, self.slug).map(Fine)
    }
}

/// Remove a permission from a role of an organization
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RemoveOrganizationRolePermission {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The slug of the role
    slug: String,
    /// The slug of the permission
    permission_slug: String,
}

impl Operation for RemoveOrganizationRolePermission {
    const ID: &'static str = "organization_roles.remove_permission";
    const ROUTE: Route = Route(
        Delete,
        "/authorization/organizations/{organization_id}/roles/{slug}/permissions/{permission_slug}",
    );
    const FAILS: &'static [Code] = &[BAD_REQUEST];
    const STATUSES: &'static [u16] = &[400, 403];
    type Reply = Fine<Role>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let role = find_own(cx, &self.organization_id, &self.slug)?;
        roles::remove_permission(cx, role, &self.permission_slug).map(Fine)
    }
}

/// Put the roles that apply to an organization into an order of priority, the highest first. Roles
/// that are not named follow in the order that they have
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SetOrganizationRolePriority {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The slugs of the roles
    #[schemars(length(min = 1, max = 1000))]
    slugs: Vec<String>,
}

impl Operation for SetOrganizationRolePriority {
    const ID: &'static str = "organization_roles.set_priority";
    const ROUTE: Route =
        Route(Put, "/authorization/organizations/{organization_id}/roles/priority");
    const EXTENSION: bool = true;
    type Reply = Fine<RoleList>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, slugs } = self;
        organizations::find(cx, &organization_id)?;
        roles::ensure_some(cx)?;
        let default = roles::default_of(cx, &organization_id)?;
        let roles = store::of_organization(cx, &organization_id)?;
        let roles = roles::in_order(roles, &slugs)?;
        orders::set(cx, &organization_id, &roles, &default.id)?;
        Ok(Fine(RoleList::of(roles)))
    }
}

/// Choose the role that members of an organization get when nothing else is said
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SetDefaultOrganizationRole {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The slug of the role
    slug: String,
}

impl Operation for SetDefaultOrganizationRole {
    const ID: &'static str = "organization_roles.set_default";
    const ROUTE: Route = Route(Put, "/vestibule/v1/organizations/{organization_id}/default_role");
    const FAILS: &'static [Code] = &[INVALID_ROLE];
    const EXTENSION: bool = true;
    type Reply = Fine<Role>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, slug } = self;
        let role = find(cx, &organization_id, &slug)?;
        if role.resource_type_slug != ORGANIZATION {
            return Err(roles::invalid_role(vestibule_kernel::Kind::Invalid, &slug));
        }
        let all = store::of_organization(cx, &organization_id)?;
        orders::set(cx, &organization_id, &all, &role.id)?;
        Ok(Fine(role))
    }
}

/// The role of this slug that applies to the organization, or 404.
pub fn find(cx: &mut Cx<'_>, organization: &OrganizationId, slug: &str) -> Result<Role> {
    organizations::find(cx, organization)?;
    store::get_of_organization(cx, organization, slug)?
        .ok_or_else(|| Error::not_found("Role", &slug))
}

/// The same, which must be the organization's own.
fn find_own(cx: &mut Cx<'_>, organization: &OrganizationId, slug: &str) -> Result<Role> {
    let role = find(cx, organization, slug)?;
    if role.kind == RoleKind::EnvironmentRole {
        let text = format!(
            "Role '{slug}' belongs to the environment, not to the organization. \
             Change it at /authorization/roles."
        );
        return Err(Error::bad_request(BAD_REQUEST, text));
    }
    Ok(role)
}

fn forget_organization(cx: &mut Cx<'_>, deleted: &Value) -> Result<()> {
    let organization = crate::payload::id::<OrganizationId>(deleted)?;
    orders::forget_organization(cx, &organization)?;
    for role in store::own_of_organization(cx, &organization)? {
        roles::remove(cx, &role)?;
    }
    Ok(())
}
