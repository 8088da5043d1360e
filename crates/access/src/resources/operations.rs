//! The operations on resources.
use schemars::JsonSchema;
use serde::Deserialize;
use vestibule_kernel::Method::{Delete, Get, Patch as PatchMethod, Post};
use vestibule_kernel::id::{AuthorizationResourceId, OrganizationId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::{
    Code, Created, Cx, Error, Fine, Kind, NoContent, Operation, Patch, Result, Route, Within,
};
use vestibule_people::organizations::{self, Organization};
use vestibule_people::roles::resource_types::ORGANIZATION;
use vestibule_people::roles::{assignments, numbers};

use super::named::{Fields, Name, PARENT, form, name_of_parent};
use super::{
    AuthorizationResource, BAD_REQUEST, EXTERNAL_ID_CONFLICT, HAS_DEPENDENTS, MISSING_SCOPE,
    Resource, TAKEN_ALONG_MAX, find, find_by_external_id, place, root_of, store,
};

/// Create a resource
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateResource {
    /// The id of the organization that it belongs to
    organization_id: OrganizationId,
    /// Its type
    #[schemars(length(max = 48))]
    resource_type_slug: String,
    /// The id that the application knows it by: ASCII, and unique among the organization's resources
    /// of its type. It never changes
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[\x20-\x7E]+$"))]
    external_id: String,
    /// The name for people
    #[schemars(length(max = 48), regex(pattern = r"\S"))]
    name: String,
    /// What it is
    #[schemars(length(max = 150), extend("x-nullable" = true))]
    description: Option<String>,
    /// The id of the resource directly above; the organization unless told otherwise
    #[schemars(extend("x-nullable" = true))]
    parent_resource_id: Option<AuthorizationResourceId>,
    /// The external id of the resource directly above, in place of its id
    parent_resource_external_id: Option<String>,
    /// The type of the resource directly above, beside its external id
    parent_resource_type_slug: Option<String>,
}

impl Operation for CreateResource {
    const ID: &'static str = "authorization_resources.create";
    const ROUTE: Route = Route(Post, "/authorization/resources");
    const FAILS: &'static [Code] = &[BAD_REQUEST, EXTERNAL_ID_CONFLICT];
    const STATUSES: &'static [u16] = &[400, 403, 404, 409];
    type Reply = Created<AuthorizationResource>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let organization = organizations::find(cx, &self.organization_id)?;
        place::type_of_new(cx, &self.resource_type_slug)?;
        let name = name_of_parent(
            self.parent_resource_id.as_ref(),
            self.parent_resource_external_id.as_deref(),
            self.parent_resource_type_slug.as_deref(),
        )?;
        let parent = match name {
            Some(name) => name.find(cx, &self.organization_id)?,
            None => Resource::root(organization, numbers::NONE)?,
        };
        let resource = Resource {
            number: numbers::NONE,
            id: AuthorizationResourceId::new(cx),
            ancestors: place::below(cx, &self.resource_type_slug, &parent)?,
            parent_resource_id: Some(parent.id),
            organization_id: self.organization_id,
            resource_type_slug: self.resource_type_slug,
            external_id: self.external_id,
            name: self.name,
            description: self.description,
            created_at: cx.now(),
            updated_at: cx.now(),
        };
        store::insert(cx, &resource, || {
            let text = format!(
                "The organization has a resource of type '{}' with the external id '{}' already.",
                resource.resource_type_slug, resource.external_id
            );
            Error::conflict(EXTERNAL_ID_CONFLICT, text)
        })?;
        Ok(Created(resource.wire()))
    }
}

/// List resources of an organization or of a type, newest first. The organizations themselves are
/// listed where the type `organization` is asked for
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListResources {
    /// Only resources of this organization. Give it or `resource_type_slug`, or both
    organization_id: Option<OrganizationId>,
    /// Only resources of this type
    resource_type_slug: Option<String>,
    /// Only the resource that the application knows by this id
    resource_external_id: Option<String>,
    /// Only resources directly below this one
    parent_resource_id: Option<AuthorizationResourceId>,
    /// Only resources directly below the one of this type and `parent_external_id`; it needs
    /// `organization_id`
    parent_resource_type_slug: Option<String>,
    /// Only resources directly below the one that the application knows by this id
    parent_external_id: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListResources {
    const ID: &'static str = "authorization_resources.list";
    const ROUTE: Route = Route(Get, "/authorization/resources");
    const FAILS: &'static [Code] = &[MISSING_SCOPE];
    const STATUSES: &'static [u16] = &[400, 403];
    type Reply = Fine<Page<AuthorizationResource>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        if self.organization_id.is_none() && self.resource_type_slug.is_none() {
            let text = "Give organization_id or resource_type_slug.";
            return Err(Error::bad_request(MISSING_SCOPE, text));
        }
        let parent = match self.parent(cx)? {
            Parent::Any => None,
            Parent::Unknown => return Ok(Fine(Page::whole(Vec::new()))),
            Parent::Of(number) => Some(number),
        };
        if self.resource_type_slug.as_deref() == Some(ORGANIZATION) {
            return self.roots(cx, parent.is_none()).map(Fine);
        }
        let filter = store::Filter {
            organization_id: self.organization_id,
            resource_type_slug: self.resource_type_slug,
            external_id: self.resource_external_id,
            parent,
        };
        store::list(cx, &self.paging, filter).map(|it| Fine(it.map(Resource::wire)))
    }
}

/// What a list says of the resource directly above.
enum Parent {
    Any,
    Of(i64),
    /// One that there is not, below which there is nothing.
    Unknown,
}

impl ListResources {
    fn parent(&self, cx: &mut Cx<'_>) -> Result<Parent> {
        let fields = Fields { external_id: "parent_external_id", ..PARENT };
        let name = form(
            fields,
            self.parent_resource_id.as_ref(),
            self.parent_external_id.as_deref(),
            self.parent_resource_type_slug.as_deref(),
        )?;
        let found = match (name, &self.organization_id) {
            (None, _) => return Ok(Parent::Any),
            (Some(Name::Id(id)), _) => find(cx, id),
            (Some(name), Some(organization)) => name.find(cx, organization),
            (Some(_), None) => {
                let text = "organization_id is required beside parent_external_id.";
                return Err(Error::invalid_field("organization_id", "required", text));
            }
        };
        match found {
            Ok(it) => Ok(Parent::Of(it.number)),
            Err(error) if error.kind() == Kind::NotFound => Ok(Parent::Unknown),
            Err(error) => Err(error),
        }
    }

    /// The organizations as resources.
    fn roots(self, cx: &mut Cx<'_>, any_parent: bool) -> Result<Page<AuthorizationResource>> {
        let asked = [self.organization_id.map(|it| it.to_string()), self.resource_external_id];
        let only: Vec<&String> = asked.iter().flatten().collect();
        let [first, ..] = only[..] else {
            if !any_parent {
                return Ok(Page::whole(Vec::new()));
            }
            return page_of_roots(cx, self.paging);
        };
        let id = OrganizationId::parse(first)?;
        let found = organizations::get(cx, &id)?
            .filter(|_| any_parent && only.iter().all(|it| *it == first));
        let data: Result<_> = found.map(root_on_wire).into_iter().collect();
        Ok(Page::whole(data?))
    }
}

/// An organization as a resource. Its number is not looked up, since clients see none.
fn root_on_wire(organization: Organization) -> Result<AuthorizationResource> {
    Resource::root(organization, numbers::NONE).map(Resource::wire)
}

/// A page of organizations as resources, whose ids are its cursors.
fn page_of_roots(cx: &mut Cx<'_>, mut paging: Paging) -> Result<Page<AuthorizationResource>> {
    for cursor in [&mut paging.before, &mut paging.after].into_iter().flatten() {
        let id = AuthorizationResourceId::parse(cursor)?;
        if let Some(organization) = root_of(&id) {
            organization.clone_into(cursor);
        }
    }
    let mut page = organizations::page(cx, &paging)?.try_map(root_on_wire)?;
    for cursor in
        [&mut page.list_metadata.before, &mut page.list_metadata.after].into_iter().flatten()
    {
        cursor.insert_str(0, AuthorizationResourceId::PREFIX);
    }
    Ok(page)
}

/// Get a resource
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetResource {
    /// The id of the resource
    resource_id: AuthorizationResourceId,
}

impl Operation for GetResource {
    const ID: &'static str = "authorization_resources.get";
    const ROUTE: Route = Route(Get, "/authorization/resources/{resource_id}");
    const WITHIN: Within = Within::Row { table: "authorization_resources", field: "resource_id" };
    const STATUSES: &'static [u16] = &[403, 422];
    const PURE: bool = true;
    type Reply = Fine<AuthorizationResource>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        find(cx, &self.resource_id).map(|it| Fine(it.wire()))
    }
}

/// Get the resource of an organization that the application knows by an id of its own
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetResourceByExternalId {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The type of the resource
    resource_type_slug: String,
    /// The id that the application knows the resource by
    external_id: String,
}

impl Operation for GetResourceByExternalId {
    const ID: &'static str = "authorization_resources.get_by_external_id";
    const ROUTE: Route = Route(
        Get,
        "/authorization/organizations/{organization_id}/resources/{resource_type_slug}/{external_id}",
    );
    const STATUSES: &'static [u16] = &[403];
    const PURE: bool = true;
    type Reply = Fine<AuthorizationResource>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, resource_type_slug, external_id } = self;
        find_by_external_id(cx, &organization_id, &resource_type_slug, &external_id)
            .map(|it| Fine(it.wire()))
    }
}

/// What may be changed of a resource.
#[derive(Debug, Default, Deserialize, JsonSchema)]
struct Change {
    /// The name for people
    #[schemars(length(max = 48), regex(pattern = r"\S"))]
    name: Option<String>,
    /// What it is
    #[serde(default)]
    #[schemars(length(max = 150))]
    description: Patch<String>,
    /// The id of the resource that it moves to directly below, with all that is below it
    parent_resource_id: Option<AuthorizationResourceId>,
    /// The external id of the resource that it moves to, in place of its id
    parent_resource_external_id: Option<String>,
    /// The type of the resource that it moves to, beside its external id
    parent_resource_type_slug: Option<String>,
}

impl Change {
    fn apply(self, cx: &mut Cx<'_>, before: Resource) -> Result<AuthorizationResource> {
        changeable(&before)?;
        let mut resource = before.clone();
        if let Some(name) = self.name {
            resource.name = name;
        }
        self.description.apply(&mut resource.description);
        let name = name_of_parent(
            self.parent_resource_id.as_ref(),
            self.parent_resource_external_id.as_deref(),
            self.parent_resource_type_slug.as_deref(),
        )?;
        if let Some(name) = name {
            let parent = name.find(cx, &resource.organization_id)?;
            let above = place::below(cx, &resource.resource_type_slug, &parent)?;
            if above != resource.ancestors {
                resource.parent_resource_id = Some(parent.id);
                place::move_to(cx, &mut resource, above)?;
            }
        }
        if resource != before {
            resource.updated_at = cx.now();
            store::update(cx, &resource)?;
        }
        Ok(resource.wire())
    }
}

/// Update a resource, or move it below another one
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateResource {
    /// The id of the resource
    resource_id: AuthorizationResourceId,
    #[serde(flatten)]
    change: Change,
}

impl Operation for UpdateResource {
    const ID: &'static str = "authorization_resources.update";
    const ROUTE: Route = Route(PatchMethod, "/authorization/resources/{resource_id}");
    const WITHIN: Within = Within::Row { table: "authorization_resources", field: "resource_id" };
    const FAILS: &'static [Code] = &[BAD_REQUEST];
    const STATUSES: &'static [u16] = &[400, 403, 409];
    type Reply = Fine<AuthorizationResource>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let resource = find(cx, &self.resource_id)?;
        self.change.apply(cx, resource).map(Fine)
    }
}

/// Update the resource of an organization that the application knows by an id of its own, or move it
/// below another one
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateResourceByExternalId {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The type of the resource
    resource_type_slug: String,
    /// The id that the application knows the resource by
    external_id: String,
    #[serde(flatten)]
    change: Change,
}

impl Operation for UpdateResourceByExternalId {
    const ID: &'static str = "authorization_resources.update_by_external_id";
    const ROUTE: Route = Route(
        PatchMethod,
        "/authorization/organizations/{organization_id}/resources/{resource_type_slug}/{external_id}",
    );
    const FAILS: &'static [Code] = &[BAD_REQUEST];
    const STATUSES: &'static [u16] = &[400, 403, 409];
    type Reply = Fine<AuthorizationResource>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, resource_type_slug, external_id, change } = self;
        let resource =
            find_by_external_id(cx, &organization_id, &resource_type_slug, &external_id)?;
        change.apply(cx, resource).map(Fine)
    }
}

/// Delete a resource
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteResource {
    /// The id of the resource
    resource_id: AuthorizationResourceId,
    /// Whether all that is below it, and all roles that are held there, go with it. Without, a
    /// resource that has any is not deleted
    #[schemars(default)]
    cascade_delete: Option<bool>,
}

impl Operation for DeleteResource {
    const ID: &'static str = "authorization_resources.delete";
    const ROUTE: Route = Route(Delete, "/authorization/resources/{resource_id}");
    const WITHIN: Within = Within::Row { table: "authorization_resources", field: "resource_id" };
    const FAILS: &'static [Code] = &[BAD_REQUEST, HAS_DEPENDENTS];
    const STATUSES: &'static [u16] = &[400, 403, 409];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let resource = find(cx, &self.resource_id)?;
        delete(cx, &resource, self.cascade_delete == Some(true)).map(|()| NoContent)
    }
}

/// Delete the resource of an organization that the application knows by an id of its own
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteResourceByExternalId {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The type of the resource
    resource_type_slug: String,
    /// The id that the application knows the resource by
    external_id: String,
    /// Whether all that is below it, and all roles that are held there, go with it. Without, a
    /// resource that has any is not deleted
    #[schemars(default)]
    cascade_delete: Option<bool>,
}

impl Operation for DeleteResourceByExternalId {
    const ID: &'static str = "authorization_resources.delete_by_external_id";
    const ROUTE: Route = Route(
        Delete,
        "/authorization/organizations/{organization_id}/resources/{resource_type_slug}/{external_id}",
    );
    const FAILS: &'static [Code] = &[BAD_REQUEST, HAS_DEPENDENTS];
    const STATUSES: &'static [u16] = &[400, 403, 409];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, resource_type_slug, external_id, cascade_delete } = self;
        let resource =
            find_by_external_id(cx, &organization_id, &resource_type_slug, &external_id)?;
        delete(cx, &resource, cascade_delete == Some(true)).map(|()| NoContent)
    }
}

fn delete(cx: &mut Cx<'_>, resource: &Resource, cascade: bool) -> Result<()> {
    changeable(resource)?;
    let has_dependents =
        store::has_children(cx, resource.number)? || assignments::has_any(cx, resource.number)?;
    if has_dependents && !cascade {
        let text = "Others are below the resource, or hold roles on it. Delete them first, or say \
                    cascade_delete.";
        return Err(Error::conflict(HAS_DEPENDENTS, text));
    }
    let mut all = vec![resource.clone()];
    let mut next = 0;
    while let Some(it) = all.get(next) {
        let number = it.number;
        all.extend(store::children(cx, number)?);
        if all.len() > TAKEN_ALONG_MAX {
            let text = format!(
                "More than {TAKEN_ALONG_MAX} resources would go. Delete those below it first, part by \
                 part."
            );
            return Err(Error::bad_request(BAD_REQUEST, text));
        }
        next += 1;
    }
    all.iter().rev().try_for_each(|it| store::delete(cx, it))
}

/// Deletes all resources of a type that nothing may be below, but more of the same.
pub(crate) fn delete_of_type(cx: &mut Cx<'_>, resource_type_slug: &str) -> Result<()> {
    let count = i64::try_from(TAKEN_ALONG_MAX).unwrap_or(i64::MAX);
    let all = store::some_of_type(cx, resource_type_slug, count + 1)?;
    if all.len() > TAKEN_ALONG_MAX {
        let text = format!(
            "There are more than {TAKEN_ALONG_MAX} resources of type '{resource_type_slug}'. Delete \
             them first, part by part."
        );
        return Err(Error::bad_request(BAD_REQUEST, text));
    }
    all.iter().try_for_each(|it| store::delete(cx, it))
}

/// Refuses to change what is the organization's own.
fn changeable(resource: &Resource) -> Result<()> {
    if resource.is_root() {
        let text = "The resource of an organization is changed and deleted with the organization.";
        return Err(Error::plain(Kind::Forbidden, text));
    }
    Ok(())
}
