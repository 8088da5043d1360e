//! Resources: what an application's customers have below their organization, in a tree, such as
//! workspaces with projects in them. Roles are held on them, and reach all that is below.
//!
//! The organization itself is the root of its tree. It is a resource too, without a row: its id is
//! made of the organization's, its external id is the organization's, and nothing changes it but
//! the organization.
mod named;
mod operations;
mod place;
mod store;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use vestibule_kernel::id::{AuthorizationResourceId, OrganizationId};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Code, Cx, Error, Op, Reaction, Result, op};
use vestibule_people::organizations::{self, Organization};
use vestibule_people::payload;
use vestibule_people::roles::numbers;
use vestibule_people::roles::resource_types::ORGANIZATION;

pub use named::{Name, Named, name_of_parent};
pub(crate) use operations::delete_of_type;
pub(crate) use place::Place;
pub(crate) use store::{is_below, page_of_children};

/// The operations on resources.
pub const OPERATIONS: &[Op] = &[
    op::<operations::CreateResource>(),
    op::<operations::ListResources>(),
    op::<operations::GetResource>(),
    op::<operations::UpdateResource>(),
    op::<operations::DeleteResource>(),
    op::<operations::GetResourceByExternalId>(),
    op::<operations::UpdateResourceByExternalId>(),
    op::<operations::DeleteResourceByExternalId>(),
];

/// The resources of an organization go with it.
pub const ON_ORGANIZATION_DELETED: Reaction =
    Reaction { event: "organization.deleted", run: forget_organization };

/// A request that contradicts itself or the types of the environment.
pub const BAD_REQUEST: Code = "bad_request";
/// An external id that a resource of this type has in the organization already.
pub const EXTERNAL_ID_CONFLICT: Code = "authorization_resource_external_id_conflict";
/// A resource that others are below, or on which roles are held.
pub const HAS_DEPENDENTS: Code = "resource_has_dependents";
/// A list that names neither an organization nor a type.
pub const MISSING_SCOPE: Code = "missing_organization_id_or_resource_type_slug";

/// How many resources are below each other at the most, without the organization.
pub const DEPTH_MAX: usize = 5;

/// How many resources one deletion or one move takes along at the most, so that no request holds up
/// the others for long.
const TAKEN_ALONG_MAX: usize = 10_000;

/// A resource of an organization
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AuthorizationResource {
    /// Always `authorization_resource`
    #[schemars(extend("const" = "authorization_resource"))]
    pub object: &'static str,
    /// The id
    pub id: AuthorizationResourceId,
    /// The id that the application knows it by
    pub external_id: String,
    /// The name for people
    pub name: String,
    /// What it is
    pub description: Option<String>,
    /// Its type
    pub resource_type_slug: String,
    /// The organization that it belongs to
    pub organization_id: OrganizationId,
    /// The resource directly above; none above the organization
    pub parent_resource_id: Option<AuthorizationResourceId>,
    /// When it was made
    pub created_at: Time,
    /// When it was last changed
    pub updated_at: Time,
}

/// A resource, as the domain sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// By which everything else refers to it ([`numbers`]). Below zero for an organization, and none
    /// for one that nothing has been held in or made below so far.
    pub number: i64,
    /// Its id.
    pub id: AuthorizationResourceId,
    /// The organization that it belongs to.
    pub organization_id: OrganizationId,
    /// Its type.
    pub resource_type_slug: String,
    /// The id that the application knows it by.
    pub external_id: String,
    /// The name for people.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// The id of what is directly above it; the organization alone has nothing above.
    pub parent_resource_id: Option<AuthorizationResourceId>,
    /// The numbers of all that is above it, the nearest first and the organization last.
    pub ancestors: Vec<i64>,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

impl Resource {
    /// The organization as the root of its tree, under this number.
    fn root(organization: Organization, number: i64) -> Result<Self> {
        let Organization { id, name, created_at, updated_at, .. } = organization;
        Ok(Self {
            number,
            id: public_id(&id)?,
            external_id: id.to_string(),
            organization_id: id,
            resource_type_slug: ORGANIZATION.to_owned(),
            name,
            description: None,
            parent_resource_id: None,
            ancestors: Vec::new(),
            created_at,
            updated_at,
        })
    }
    /// Whether it is the organization itself.
    pub fn is_root(&self) -> bool {
        self.parent_resource_id.is_none()
    }
    /// Its number, for what is to be held on it or made below it: an organization gets one now, if it
    /// has none.
    pub fn numbered(&self, cx: &mut Cx<'_>) -> Result<i64> {
        if self.is_root() {
            return numbers::of_organization(cx, &self.organization_id).map(|it| -it);
        }
        Ok(self.number)
    }
    /// As clients see it.
    pub fn wire(self) -> AuthorizationResource {
        AuthorizationResource {
            object: "authorization_resource",
            id: self.id,
            parent_resource_id: self.parent_resource_id,
            external_id: self.external_id,
            name: self.name,
            description: self.description,
            resource_type_slug: self.resource_type_slug,
            organization_id: self.organization_id,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

/// The id by which clients know an organization as a resource.
pub fn public_id(organization: &OrganizationId) -> Result<AuthorizationResourceId> {
    AuthorizationResourceId::parse(&format!("{}{organization}", AuthorizationResourceId::PREFIX))
}

/// The organization whose resource would have this id.
pub(crate) fn root_of(id: &AuthorizationResourceId) -> Option<&str> {
    id.as_str().strip_prefix(AuthorizationResourceId::PREFIX)
}

/// The organization as the root of its tree.
fn known_root(cx: &mut Cx<'_>, organization: Organization) -> Result<Resource> {
    let number = numbers::known_of_organization(cx, &organization.id)?;
    Resource::root(organization, -number)
}

/// The resource of this id, or 404.
pub fn find(cx: &mut Cx<'_>, id: &AuthorizationResourceId) -> Result<Resource> {
    if let Some(found) = store::get(cx, id)? {
        return Ok(found);
    }
    let organization = match root_of(id).map(OrganizationId::parse).transpose()? {
        Some(it) => organizations::get(cx, &it)?,
        None => None,
    };
    known_root(cx, organization.ok_or_else(|| not_found(id))?)
}

/// The resource of an organization that the application knows by this id, or 404.
pub fn find_by_external_id(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    resource_type_slug: &str,
    external_id: &str,
) -> Result<Resource> {
    if resource_type_slug == ORGANIZATION && external_id == organization.as_str() {
        let organization = organizations::find(cx, organization)?;
        return known_root(cx, organization);
    }
    store::get_by_external_id(cx, organization, resource_type_slug, external_id)?
        .ok_or_else(|| not_found(&external_id))
}

/// The resources of a path, the nearest first and the organization last.
pub(crate) fn of_path(cx: &mut Cx<'_>, place: &Place) -> Result<Vec<AuthorizationResource>> {
    let mut found = store::of_path(cx, &place.path)?;
    let organization = organizations::find(cx, &place.organization_id)?;
    found.push(known_root(cx, organization)?);
    Ok(found.into_iter().map(Resource::wire).collect())
}

#[track_caller]
pub(crate) fn not_found(id: &dyn std::fmt::Display) -> Error {
    Error::not_found("Resource", id)
}

fn forget_organization(cx: &mut Cx<'_>, deleted: &Value) -> Result<()> {
    let organization = payload::id::<OrganizationId>(deleted)?;
    store::delete_of_organization(cx, &organization)
}
