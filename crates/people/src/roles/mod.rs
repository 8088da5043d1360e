//! Roles of an environment: named sets of permissions that memberships hold.
//!
//! Roles have an order of priority. The first role that a membership holds in that order is *its*
//! role where there is room for one only. One role of the environment is the default, which
//! memberships get when nothing else is said. The roles that one organization has of its own are in
//! [`crate::organization_roles`].
pub mod assignments;
pub mod numbers;
pub(crate) mod orders;
pub(crate) mod policy;
pub mod resource_types;
mod settings;
pub(crate) mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::Method::{Delete, Get, Patch as PatchMethod, Post, Put};
use vestibule_kernel::event::Event;
use vestibule_kernel::id::{OrganizationId, RoleId};
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Created, Cx, Error, Fine, Kind, NoContent, Op, Operation, Patch, Result, Route, op,
};

pub use settings::RoleSettings;

use crate::permissions;
use resource_types::{ORGANIZATION, ResourceTypes};

/// The operations on roles of the environment.
pub const OPERATIONS: &[Op] = &[
    op::<CreateRole>(),
    op::<ListRoles>(),
    op::<GetRole>(),
    op::<UpdateRole>(),
    op::<DeleteRole>(),
    op::<SetRolePermissions>(),
    op::<AddRolePermission>(),
    op::<SetRolePriority>(),
    op::<settings::GetRoleSettings>(),
    op::<settings::UpdateRoleSettings>(),
];

/// The slug of the role that is the default one until another is chosen.
pub const DEFAULT: &str = "member";
/// The slug of the other role that every environment begins with.
pub const ADMIN: &str = "admin";

const SLUG_CONFLICT: Code = "role_slug_conflict";
const IS_DEFAULT: Code = "role_is_default";
pub(crate) const BAD_REQUEST: Code = "bad_request";
/// A slug that names no role.
pub const INVALID_ROLE: Code = "invalid_role";
const MULTIPLE_ROLES: Code = "multiple_roles_not_enabled";
const SUB_RESOURCE_ROLE: Code = "sub_resource_scoped_role_not_allowed";
/// The codes of [`choose`].
pub const CHOICE_CODES: &[Code] = &[INVALID_ROLE, MULTIPLE_ROLES, SUB_RESOURCE_ROLE];

/// How many roles the environment, and each organization, has of its own at the most. Lists of
/// roles have no pages.
const ROLES_MAX: i64 = 1000;

/// Whom a role belongs to
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RoleKind {
    /// The environment: it applies to all organizations
    EnvironmentRole,
    /// One organization
    OrganizationRole,
}

/// A role: a named set of permissions
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Role {
    /// Always `role`
    #[schemars(extend("const" = "role"))]
    pub object: &'static str,
    /// The id
    pub id: RoleId,
    /// The name by which programs know it, such as `editor`
    pub slug: String,
    /// The name for people
    pub name: String,
    /// What it is for
    pub description: Option<String>,
    /// Whom it belongs to
    #[serde(rename = "type")]
    pub kind: RoleKind,
    /// The type of resource that it is given on
    pub resource_type_slug: String,
    /// The slugs of its permissions
    pub permissions: Vec<String>,
    /// When it was made
    pub created_at: Time,
    /// When it was last changed
    pub updated_at: Time,
    /// The organization that it belongs to, where it belongs to one.
    #[serde(skip)]
    pub organization_id: Option<OrganizationId>,
}

/// Roles in the order of their priority, the highest first
#[derive(Debug, Serialize, JsonSchema)]
pub struct RoleList {
    /// Always `list`
    #[schemars(extend("const" = "list"))]
    pub object: &'static str,
    /// The roles
    pub data: Vec<Role>,
}

impl RoleList {
    pub(crate) fn of(data: Vec<Role>) -> Self {
        Self { object: "list", data }
    }
}

/// What events tell of a role of the environment.
#[derive(Debug, Serialize)]
pub struct RoleEvent {
    object: &'static str,
    slug: String,
    resource_type_slug: String,
    permissions: Vec<String>,
    created_at: Time,
    updated_at: Time,
}

impl From<&Role> for RoleEvent {
    fn from(it: &Role) -> Self {
        Self {
            object: "role",
            slug: it.slug.clone(),
            resource_type_slug: it.resource_type_slug.clone(),
            permissions: it.permissions.clone(),
            created_at: it.created_at,
            updated_at: it.updated_at,
        }
    }
}

/// A role of the environment was made.
pub const CREATED: Event<RoleEvent> = Event::new("role.created");
/// A role of the environment was changed, its permissions included.
pub const UPDATED: Event<RoleEvent> = Event::new("role.updated");
/// A role of the environment was deleted.
pub const DELETED: Event<RoleEvent> = Event::new("role.deleted");

/// Create a role of the environment, with the lowest priority and without permissions
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateRole {
    /// The name by which programs know it: lower-case letters, digits, `-` and `_`. It never
    /// changes
    #[schemars(length(min = 1, max = 48), regex(pattern = r"^[a-z0-9_-]+$"))]
    slug: String,
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

impl Operation for CreateRole {
    const ID: &'static str = "roles.create";
    const ROUTE: Route = Route(Post, "/authorization/roles");
    const FAILS: &'static [Code] = &[SLUG_CONFLICT, BAD_REQUEST];
    const STATUSES: &'static [u16] = &[400, 403, 404, 409];
    type Reply = Created<Role>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { slug, name, description, resource_type_slug } = self;
        ensure_some(cx)?;
        check_room(cx, None)?;
        let role = Role {
            object: "role",
            id: RoleId::new(cx),
            slug,
            name,
            description,
            kind: RoleKind::EnvironmentRole,
            resource_type_slug: resource_types::find(cx, resource_type_slug)?,
            permissions: Vec::new(),
            created_at: cx.now(),
            updated_at: cx.now(),
            organization_id: None,
        };
        store::insert(cx, &role, || {
            let text = format!("A role with the slug '{}' already exists.", role.slug);
            Error::conflict(SLUG_CONFLICT, text)
        })?;
        cx.emit(&CREATED, &RoleEvent::from(&role))?;
        Ok(Created(role))
    }
}

/// List the roles of the environment, the one of highest priority first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListRoles {}

impl Operation for ListRoles {
    const ID: &'static str = "roles.list";
    const ROUTE: Route = Route(Get, "/authorization/roles");
    const STATUSES: &'static [u16] = &[403];
    const PURE: bool = true;
    type Reply = Fine<RoleList>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        store::of_environment(cx).map(RoleList::of).map(Fine)
    }
}

/// Get a role of the environment
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetRole {
    /// The slug of the role
    slug: String,
}

impl Operation for GetRole {
    const ID: &'static str = "roles.get";
    const ROUTE: Route = Route(Get, "/authorization/roles/{slug}");
    const STATUSES: &'static [u16] = &[403];
    const PURE: bool = true;
    type Reply = Fine<Role>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        find(cx, &self.slug).map(Fine)
    }
}

/// Update a role of the environment
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateRole {
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

impl Operation for UpdateRole {
    const ID: &'static str = "roles.update";
    const ROUTE: Route = Route(PatchMethod, "/authorization/roles/{slug}");
    const STATUSES: &'static [u16] = &[400, 403];
    type Reply = Fine<Role>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { slug, name, description } = self;
        let role = find(cx, &slug)?;
        update(cx, role, name, description).map(Fine)
    }
}

/// Delete a role of the environment. Who holds no other role gets the default one
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteRole {
    /// The slug of the role
    slug: String,
}

impl Operation for DeleteRole {
    const ID: &'static str = "roles.delete";
    const ROUTE: Route = Route(Delete, "/authorization/roles/{slug}");
    const FAILS: &'static [Code] = &[IS_DEFAULT];
    const STATUSES: &'static [u16] = &[409];
    const EXTENSION: bool = true;
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let role = find(cx, &self.slug)?;
        let is_default = default_of_environment(cx)?.id == role.id;
        if is_default || orders::is_a_default(cx, &role.id)? {
            let text = format!(
                "Role '{}' is the default role. Make another role the default, then delete it.",
                role.slug
            );
            return Err(Error::conflict(IS_DEFAULT, text));
        }
        let changed = assignments::withdraw(cx, &role.id)?;
        remove(cx, &role)?;
        crate::memberships::roles_changed(cx, &changed)?;
        Ok(NoContent)
    }
}

/// Give a role of the environment these permissions, in the place of those that it has
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SetRolePermissions {
    /// The slug of the role
    slug: String,
    /// The slugs of the permissions
    #[schemars(length(max = 1000))]
    permissions: Vec<String>,
}

impl Operation for SetRolePermissions {
    const ID: &'static str = "roles.set_permissions";
    const ROUTE: Route = Route(Put, "/authorization/roles/{slug}/permissions");
    const STATUSES: &'static [u16] = &[400, 403];
    type Reply = Fine<Role>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let role = find(cx, &self.slug)?;
        set_permissions(cx, role, self.permissions, "permissions").map(Fine)
    }
}

/// Add a permission to a role of the environment. Adding one that the role has changes nothing
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AddRolePermission {
    /// The slug of the role
    role_slug: String,
    /// The slug of the permission
    slug: String,
}

impl Operation for AddRolePermission {
    const ID: &'static str = "roles.add_permission";
    const ROUTE: Route = Route(Post, "/authorization/roles/{role_slug}/permissions");
    const STATUSES: &'static [u16] = &[400, 403];
    type Reply = Fine<Role>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let role = find(cx, &self.role_slug)?;
        add_permission(cx, role, self.slug).map(Fine)
    }
}

/// Put the roles of the environment into an order of priority, the highest first. Roles that are
/// not named follow in the order that they have
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SetRolePriority {
    /// The slugs of the roles
    #[schemars(length(min = 1, max = 1000))]
    slugs: Vec<String>,
}

impl Operation for SetRolePriority {
    const ID: &'static str = "roles.set_priority";
    const ROUTE: Route = Route(Put, "/vestibule/v1/roles/priority");
    const EXTENSION: bool = true;
    const STATUSES: &'static [u16] = &[404];
    type Reply = Fine<RoleList>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let roles = store::of_environment(cx)?;
        let roles = in_order(roles, &self.slugs)?;
        store::reorder(cx, &roles)?;
        Ok(Fine(RoleList::of(roles)))
    }
}

/// The environment's role of this slug.
pub fn get(cx: &mut Cx<'_>, slug: &str) -> Result<Option<Role>> {
    store::get_of_environment(cx, slug)
}

/// The environment's role of this slug, or 404.
pub fn find(cx: &mut Cx<'_>, slug: &str) -> Result<Role> {
    get(cx, slug)?.ok_or_else(|| Error::not_found("Role", &slug))
}

/// Whether a role is held on resources of this type.
pub fn any_about(cx: &mut Cx<'_>, resource_type_slug: &str) -> Result<bool> {
    store::any_about(cx, resource_type_slug)
}

/// The role of this id, or 404.
pub fn find_by_id(cx: &mut Cx<'_>, id: &RoleId) -> Result<Role> {
    store::get_by_id(cx, id)?.ok_or_else(|| Error::not_found("Role", id))
}

/// Gives the environment what every environment has: the system's permissions, and at first the
/// roles `admin` and `member`. To be called for each environment when it is made and when the
/// program starts; changes nothing where all is there.
pub fn ensure_defaults(cx: &mut Cx<'_>) -> Result<()> {
    permissions::ensure_system(cx)?;
    if store::count(cx, None)? > 0 {
        return Ok(());
    }
    let all = permissions::system_slugs().map(str::to_owned).collect();
    for (slug, name, description, permissions) in [
        (ADMIN, "Admin", "Manages the organization", all),
        (DEFAULT, "Member", "The default role of members", Vec::new()),
    ] {
        let role = Role {
            object: "role",
            id: RoleId::new(cx),
            slug: slug.to_owned(),
            name: name.to_owned(),
            description: Some(description.to_owned()),
            kind: RoleKind::EnvironmentRole,
            resource_type_slug: ORGANIZATION.to_owned(),
            permissions,
            created_at: cx.now(),
            updated_at: cx.now(),
            organization_id: None,
        };
        store::ensure(cx, &role)?;
    }
    Ok(())
}

/// The same for operations, which come too late for what is new: an environment that has roles has
/// had its defaults.
pub(crate) fn ensure_some(cx: &mut Cx<'_>) -> Result<()> {
    if store::count(cx, None)? > 0 { Ok(()) } else { ensure_defaults(cx) }
}

/// The role that memberships of the organization get when nothing else is said.
pub fn default_of(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<Role> {
    if let Some(id) = orders::default_of(cx, organization)? {
        let roles = store::of_organization(cx, organization)?;
        if let Some(role) = roles.into_iter().find(|it| it.id == id) {
            return Ok(role);
        }
    }
    default_of_environment(cx)
}

fn default_of_environment(cx: &mut Cx<'_>) -> Result<Role> {
    let slug = cx.setting::<RoleSettings>()?.default_role;
    get(cx, &slug)?
        .ok_or_else(|| Error::internal(format!("the default role '{slug}' does not exist")))
}

/// The roles of these slugs for a membership of the organization; its default role where there are
/// none. Fails with [`CHOICE_CODES`].
pub fn choose(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    slugs: Vec<String>,
) -> Result<Vec<Role>> {
    ensure_some(cx)?;
    if slugs.is_empty() {
        return Ok(vec![default_of(cx, organization)?]);
    }
    let slugs = policy::unique(slugs);
    let mut roles = Vec::with_capacity(slugs.len());
    for slug in &slugs {
        let role = store::get_of_organization(cx, organization, slug)?
            .ok_or_else(|| invalid_role(Kind::Invalid, slug))?;
        if role.resource_type_slug != ORGANIZATION {
            let text = format!(
                "Role '{slug}' is given on a resource of type '{}', not on an organization.",
                role.resource_type_slug
            );
            let error = Error::new(Kind::Invalid, SUB_RESOURCE_ROLE, text);
            return Err(error.with("role_slug", slug.as_str()));
        }
        roles.push(role);
    }
    if roles.len() > 1 && !cx.setting::<RoleSettings>()?.multiple_roles {
        let text = "A membership has one role in this environment: multiple roles are not enabled.";
        return Err(Error::new(Kind::Invalid, MULTIPLE_ROLES, text));
    }
    Ok(roles)
}

/// Those of these slugs that a membership of the organization can hold today, the one of highest
/// priority first; that one alone where memberships have one role.
pub fn holdable(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    slugs: &[String],
) -> Result<Vec<String>> {
    ensure_some(cx)?;
    let roles = store::of_organization(cx, organization)?.into_iter();
    let held = roles.filter(|it| it.resource_type_slug == ORGANIZATION && slugs.contains(&it.slug));
    let several = cx.setting::<RoleSettings>()?.multiple_roles;
    Ok(held.take(if several { usize::MAX } else { 1 }).map(|it| it.slug).collect())
}

/// The refusal of a slug that names no role.
pub fn invalid_role(kind: Kind, slug: &str) -> Error {
    Error::new(kind, INVALID_ROLE, format!("Role '{slug}' is not a valid role."))
}

/// Takes a permission from every role that holds it.
pub(crate) fn drop_permission(cx: &mut Cx<'_>, permission: &str) -> Result<()> {
    for mut role in store::holding(cx, permission)? {
        role.permissions.retain(|it| it != permission);
        save_permissions(cx, &mut role)?;
    }
    Ok(())
}

/// Changes name and description, and tells of it if there was a change.
pub(crate) fn update(
    cx: &mut Cx<'_>,
    before: Role,
    name: Option<String>,
    description: Patch<String>,
) -> Result<Role> {
    let mut role = before.clone();
    if let Some(name) = name {
        role.name = name;
    }
    description.apply(&mut role.description);
    if role != before {
        role.updated_at = cx.now();
        store::update(cx, &role)?;
        tell_updated(cx, &role)?;
    }
    Ok(role)
}

/// Gives the role these permissions; `field` is the one that named them.
pub(crate) fn set_permissions(
    cx: &mut Cx<'_>,
    mut role: Role,
    slugs: Vec<String>,
    field: &str,
) -> Result<Role> {
    let mut slugs = policy::unique(slugs);
    slugs.sort();
    let permissions = permissions::find_all(cx, &slugs)?;
    let types = cx.setting::<ResourceTypes>()?;
    for it in permissions {
        if !types.is_within(&it.resource_type_slug, &role.resource_type_slug) {
            let text = format!(
                "Permission '{}' is about resources of type '{}', which are not within '{}'.",
                it.slug, it.resource_type_slug, role.resource_type_slug
            );
            return Err(Error::invalid_field(field, "invalid", text));
        }
    }
    if slugs != role.permissions {
        role.permissions = slugs;
        save_permissions(cx, &mut role)?;
    }
    Ok(role)
}

/// Adds a permission to those of the role.
pub(crate) fn add_permission(cx: &mut Cx<'_>, role: Role, slug: String) -> Result<Role> {
    let mut slugs = role.permissions.clone();
    slugs.push(slug);
    set_permissions(cx, role, slugs, "slug")
}

/// Takes a permission, which must exist, from the role.
pub(crate) fn remove_permission(cx: &mut Cx<'_>, mut role: Role, slug: &str) -> Result<Role> {
    permissions::find(cx, slug)?;
    if role.permissions.iter().any(|it| it == slug) {
        role.permissions.retain(|it| it != slug);
        save_permissions(cx, &mut role)?;
    }
    Ok(role)
}

fn save_permissions(cx: &mut Cx<'_>, role: &mut Role) -> Result<()> {
    role.updated_at = cx.now();
    store::set_permissions(cx, &role.id, &role.permissions)?;
    store::update(cx, role)?;
    tell_updated(cx, role)
}

/// Deletes a role that nobody holds any more.
pub(crate) fn remove(cx: &mut Cx<'_>, role: &Role) -> Result<()> {
    orders::forget_role(cx, &role.id)?;
    store::delete(cx, &role.id)?;
    match crate::organization_roles::event(role) {
        Some(event) => cx.emit(&crate::organization_roles::DELETED, &event),
        None => cx.emit(&DELETED, &RoleEvent::from(role)),
    }
}

fn tell_updated(cx: &mut Cx<'_>, role: &Role) -> Result<()> {
    match crate::organization_roles::event(role) {
        Some(event) => cx.emit(&crate::organization_roles::UPDATED, &event),
        None => cx.emit(&UPDATED, &RoleEvent::from(role)),
    }
}

/// The roles in the order of `slugs`, or 404 for one that is not among them.
pub(crate) fn in_order(roles: Vec<Role>, slugs: &[String]) -> Result<Vec<Role>> {
    policy::reordered(roles, slugs).map_err(|slug| {
        if slugs.iter().filter(|it| **it == slug).count() > 1 {
            return Error::invalid_field("slugs", "duplicate", format!("'{slug}' is there twice."));
        }
        Error::not_found("Role", &slug)
    })
}

/// Refuses another role where there are as many as there may be.
pub(crate) fn check_room(cx: &mut Cx<'_>, organization: Option<&OrganizationId>) -> Result<()> {
    if store::count(cx, organization)? < ROLES_MAX {
        return Ok(());
    }
    let text = format!("There are {ROLES_MAX} roles already, which is as many as there may be.");
    Err(Error::bad_request(BAD_REQUEST, text))
}
