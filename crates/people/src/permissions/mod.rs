//! Permissions: what a role lets its holders do.
//!
//! A permission is named by its slug, which never changes and is unique in the environment. The
//! system's own permissions, those of the widgets, are in every environment and cannot be changed.
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::Method::{Delete, Get, Patch as PatchMethod, Post};
use vestibule_kernel::event::Event;
use vestibule_kernel::id::PermissionId;
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Created, Cx, Error, Fine, Kind, NoContent, Op, Operation, Patch, Result, Route, op,
};

use crate::roles::resource_types;

/// The operations on permissions.
pub const OPERATIONS: &[Op] = &[
    op::<CreatePermission>(),
    op::<ListPermissions>(),
    op::<GetPermission>(),
    op::<UpdatePermission>(),
    op::<DeletePermission>(),
];

/// A permission was made.
pub const CREATED: Event<Permission> = Event::new("permission.created");
/// A permission was changed.
pub const UPDATED: Event<Permission> = Event::new("permission.updated");
/// A permission was deleted, and taken from every role that held it.
pub const DELETED: Event<Permission> = Event::new("permission.deleted");

const SLUG_CONFLICT: Code = "permission_slug_conflict";

/// The permissions that every environment has: slug, name, description.
const SYSTEM: &[(&str, &str, &str)] = &[
    ("widgets:users-table:manage", "Manage users", "Use the widget that manages members"),
    ("widgets:sso:manage", "Manage SSO", "Use the widget that sets up single sign-on"),
    (
        "widgets:domain-verification:manage",
        "Manage domains",
        "Use the widget that verifies the organization's domains",
    ),
    ("widgets:api-keys:manage", "Manage API keys", "Use the widget of the organization's API keys"),
    ("widgets:dsync:manage", "Manage directories", "Use the widget that sets up directory sync"),
    (
        "widgets:audit-log-streaming:manage",
        "Manage log streams",
        "Use the widget that streams audit logs",
    ),
    ("widgets:pipes:manage", "Manage pipes", "Use the widget of the organization's integrations"),
    (
        "widgets:user-api-keys:manage-self",
        "Manage own API keys",
        "Use the widget of one's own API keys",
    ),
    (
        "widgets:user-api-keys:manage-all",
        "Manage members' API keys",
        "Use the widget of the API keys of all members",
    ),
];

/// A permission, which roles give to their holders
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Permission {
    /// Always `permission`
    #[schemars(extend("const" = "permission"))]
    pub object: &'static str,
    /// The id
    pub id: PermissionId,
    /// The name by which programs know it, such as `posts:read`
    pub slug: String,
    /// The name for people
    pub name: String,
    /// What it is for
    pub description: Option<String>,
    /// Whether it belongs to the system and cannot be changed
    pub system: bool,
    /// The type of resource that it is about
    pub resource_type_slug: String,
    /// When it was made
    pub created_at: Time,
    /// When it was last changed
    pub updated_at: Time,
}

/// Create a permission
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreatePermission {
    /// The name by which programs know it: lower-case letters, digits and `-`, `_`, `:`, `.`, `*`.
    /// It is unique in the environment and never changes
    #[schemars(length(min = 1, max = 48), regex(pattern = r"^[a-z0-9_:.*-]+$"))]
    slug: String,
    /// The name for people
    #[schemars(length(max = 48), regex(pattern = r"\S"))]
    name: String,
    /// What it is for
    #[schemars(length(max = 150), extend("x-nullable" = true))]
    description: Option<String>,
    /// The type of resource that it is about; `organization` unless told otherwise
    #[schemars(length(max = 48))]
    resource_type_slug: Option<String>,
}

impl Operation for CreatePermission {
    const ID: &'static str = "permissions.create";
    const ROUTE: Route = Route(Post, "/authorization/permissions");
    const FAILS: &'static [Code] = &[SLUG_CONFLICT];
    const STATUSES: &'static [u16] = &[400, 404, 409];
    type Reply = Created<Permission>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { slug, name, description, resource_type_slug } = self;
        let permission = Permission {
            object: "permission",
            id: PermissionId::new(cx),
            slug,
            name,
            description,
            system: false,
            resource_type_slug: resource_types::find(cx, resource_type_slug)?,
            created_at: cx.now(),
            updated_at: cx.now(),
        };
        if is_system(&permission.slug) {
            return Err(slug_conflict(&permission.slug));
        }
        store::insert(cx, &permission)?;
        cx.emit(&CREATED, &permission)?;
        Ok(Created(permission))
    }
}

/// List permissions, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListPermissions {
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListPermissions {
    const ID: &'static str = "permissions.list";
    const ROUTE: Route = Route(Get, "/authorization/permissions");
    const STATUSES: &'static [u16] = &[404];
    const PURE: bool = true;
    type Reply = Fine<Page<Permission>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        store::list(cx, &self.paging).map(Fine)
    }
}

/// Get a permission
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetPermission {
    /// The slug of the permission
    slug: String,
}

impl Operation for GetPermission {
    const ID: &'static str = "permissions.get";
    const ROUTE: Route = Route(Get, "/authorization/permissions/{slug}");
    const PURE: bool = true;
    type Reply = Fine<Permission>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        find(cx, &self.slug).map(Fine)
    }
}

/// Update a permission
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdatePermission {
    /// The slug of the permission
    slug: String,
    /// The name for people
    #[schemars(length(max = 48), regex(pattern = r"\S"))]
    name: Option<String>,
    /// What it is for
    #[serde(default)]
    #[schemars(length(max = 150))]
    description: Patch<String>,
}

impl Operation for UpdatePermission {
    const ID: &'static str = "permissions.update";
    const ROUTE: Route = Route(PatchMethod, "/authorization/permissions/{slug}");
    const STATUSES: &'static [u16] = &[403];
    type Reply = Fine<Permission>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { slug, name, description } = self;
        let before = changeable(cx, &slug)?;
        let mut permission = before.clone();
        if let Some(name) = name {
            permission.name = name;
        }
        description.apply(&mut permission.description);
        if permission != before {
            permission.updated_at = cx.now();
            store::update(cx, &permission)?;
            cx.emit(&UPDATED, &permission)?;
        }
        Ok(Fine(permission))
    }
}

/// Delete a permission, and take it from every role that holds it
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeletePermission {
    /// The slug of the permission
    slug: String,
}

impl Operation for DeletePermission {
    const ID: &'static str = "permissions.delete";
    const ROUTE: Route = Route(Delete, "/authorization/permissions/{slug}");
    const STATUSES: &'static [u16] = &[403];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let permission = changeable(cx, &self.slug)?;
        crate::roles::drop_permission(cx, &permission.slug)?;
        store::delete(cx, &permission.id)?;
        cx.emit(&DELETED, &permission)?;
        Ok(NoContent)
    }
}

/// The permission of this slug.
pub fn get(cx: &mut Cx<'_>, slug: &str) -> Result<Option<Permission>> {
    store::get(cx, slug)
}

/// The permission of this slug, or 404.
pub fn find(cx: &mut Cx<'_>, slug: &str) -> Result<Permission> {
    get(cx, slug)?.ok_or_else(|| Error::not_found("Permission", &slug))
}

/// The permissions of these slugs, or 404 for the first that there is not.
pub fn find_all(cx: &mut Cx<'_>, slugs: &[String]) -> Result<Vec<Permission>> {
    let found = store::of_slugs(cx, slugs)?;
    match slugs.iter().find(|slug| !found.iter().any(|it| it.slug == **slug)) {
        Some(missing) => Err(Error::not_found("Permission", missing)),
        None => Ok(found),
    }
}

/// A page of the permissions of these slugs that are about resources of this type.
pub fn page_of(
    cx: &mut Cx<'_>,
    paging: &Paging,
    slugs: Vec<String>,
    resource_type_slug: &str,
) -> Result<Page<Permission>> {
    store::page_of(cx, paging, slugs, resource_type_slug)
}

/// Whether a permission is about resources of this type.
pub fn any_about(cx: &mut Cx<'_>, resource_type_slug: &str) -> Result<bool> {
    store::any_about(cx, resource_type_slug)
}

/// The slugs of the system's own permissions.
pub fn system_slugs() -> impl Iterator<Item = &'static str> {
    SYSTEM.iter().map(|it| it.0)
}

/// Gives the environment the system's own permissions, those that it does not have yet.
pub fn ensure_system(cx: &mut Cx<'_>) -> Result<()> {
    let slugs: Vec<String> = system_slugs().map(str::to_owned).collect();
    let present = store::of_slugs(cx, &slugs)?;
    for (slug, name, description) in SYSTEM {
        if present.iter().any(|it| it.slug == *slug) {
            continue;
        }
        let permission = Permission {
            object: "permission",
            id: PermissionId::new(cx),
            slug: (*slug).to_owned(),
            name: (*name).to_owned(),
            description: Some((*description).to_owned()),
            system: true,
            resource_type_slug: resource_types::ORGANIZATION.to_owned(),
            created_at: cx.now(),
            updated_at: cx.now(),
        };
        store::ensure(cx, &permission)?;
    }
    Ok(())
}

fn is_system(slug: &str) -> bool {
    system_slugs().any(|it| it == slug)
}

fn changeable(cx: &mut Cx<'_>, slug: &str) -> Result<Permission> {
    let permission = find(cx, slug)?;
    if permission.system {
        let message = format!("Permission '{slug}' belongs to the system and cannot be changed.");
        return Err(Error::plain(Kind::Forbidden, message));
    }
    Ok(permission)
}

fn slug_conflict(slug: &str) -> Error {
    Error::conflict(SLUG_CONFLICT, format!("A permission with the slug '{slug}' already exists."))
}
