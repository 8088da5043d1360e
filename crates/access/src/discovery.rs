//! Who may do something on a resource, where a membership may do something, and what it may do
//! there. Each answer is the one that checks would give, one by one.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::Method::Get;
use vestibule_kernel::id::{AuthorizationResourceId, OrganizationId, OrganizationMembershipId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::{Code, Cx, Error, Fine, Op, Operation, Result, Route, Within, op};
use vestibule_people::memberships::{self, BaseMembership, Standing, Status};
use vestibule_people::permissions::{self, Permission};

use crate::checks::{self, Member, holders, holds, standing};
use crate::exclusions;
use crate::resources::{
    self, AuthorizationResource, BAD_REQUEST, Place, Resource, page_of_children,
};

/// The operations that discover.
pub const OPERATIONS: &[Op] = &[
    op::<ListResourcesOfMembership>(),
    op::<ListEffectivePermissions>(),
    op::<ListEffectivePermissionsByExternalId>(),
    op::<ListMembershipsOfResource>(),
    op::<ListMembershipsOfResourceByExternalId>(),
];

/// List the resources directly below another one on which a membership has a permission, newest
/// first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListResourcesOfMembership {
    /// The id of the membership
    organization_membership_id: OrganizationMembershipId,
    /// The slug of the permission
    permission_slug: String,
    /// The id of the resource above. Give either it, or `parent_resource_external_id` and
    /// `parent_resource_type_slug`
    parent_resource_id: Option<AuthorizationResourceId>,
    /// The type of the resource above, beside `parent_resource_external_id`
    parent_resource_type_slug: Option<String>,
    /// The id that the application knows the resource above by
    parent_resource_external_id: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListResourcesOfMembership {
    const ID: &'static str = "organization_memberships.list_resources";
    const ROUTE: Route = Route(
        Get,
        "/authorization/organization_memberships/{organization_membership_id}/resources",
    );
    const WITHIN: Within =
        Within::Row { table: "organization_memberships", field: "organization_membership_id" };
    const FAILS: &'static [Code] = &[BAD_REQUEST];
    const STATUSES: &'static [u16] = &[400, 403];
    const PURE: bool = true;
    type Reply = Fine<Page<AuthorizationResource>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_membership_id: membership, permission_slug, paging, .. } = &self;
        let Standing { number, organization_id: organization, status, .. } =
            standing(cx, membership)?;
        let member = Member { id: membership.clone(), number };
        let permission = permissions::find(cx, permission_slug)?;
        let parent = self.parent(cx, &organization)?;
        if status != Status::Active {
            return Ok(Fine(Page::whole(Vec::new())));
        }
        let above: Place = parent.clone().into();
        let children = (parent.number, permission.resource_type_slug.as_str());
        // What is held on the parent or above reaches all that is below it.
        let condition = if holds(cx, &member, permission_slug, &above.path)? {
            None
        } else {
            Some(checks::held_on(cx, &member, permission_slug))
        };
        let excluded = if !exclusions::are_enabled(cx)? {
            None
        } else if exclusions::excludes(cx, membership, permission_slug, &above.path)? {
            return Ok(Fine(Page::whole(Vec::new())));
        } else {
            Some(exclusions::excluded_resources(cx, membership, permission_slug))
        };
        let conditions = condition.into_iter().chain(excluded).collect();
        page_of_children(cx, paging, children, conditions).map(|it| Fine(it.map(Resource::wire)))
    }
}

impl ListResourcesOfMembership {
    fn parent(&self, cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<Resource> {
        let name = resources::name_of_parent(
            self.parent_resource_id.as_ref(),
            self.parent_resource_external_id.as_deref(),
            self.parent_resource_type_slug.as_deref(),
        )?;
        let text = "Give parent_resource_id, or parent_resource_external_id and \
                    parent_resource_type_slug.";
        name.ok_or_else(|| Error::bad_request(BAD_REQUEST, text))?.find(cx, organization)
    }
}

/// List the permissions that a membership has on a resource, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListEffectivePermissions {
    /// The id of the membership
    organization_membership_id: OrganizationMembershipId,
    /// The id of the resource
    resource_id: AuthorizationResourceId,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListEffectivePermissions {
    const ID: &'static str = "organization_memberships.list_permissions";
    const ROUTE: Route = Route(
        Get,
        "/authorization/organization_memberships/{organization_membership_id}/resources/{resource_id}/permissions",
    );
    const WITHIN: Within =
        Within::Row { table: "organization_memberships", field: "organization_membership_id" };
    const ALIASES: &'static [Route] = &[Route(
        Get,
        "/authorization/resources/{resource_id}/organization_memberships/{organization_membership_id}/permissions",
    )];
    const STATUSES: &'static [u16] = &[403];
    const PURE: bool = true;
    type Reply = Fine<Page<Permission>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_membership_id, resource_id, paging } = self;
        let resource = resources::find(cx, &resource_id)?;
        effective(cx, &organization_membership_id, resource, &paging).map(Fine)
    }
}

/// List the permissions that a membership has on the resource of its organization that the
/// application knows by an id of its own, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListEffectivePermissionsByExternalId {
    /// The id of the membership
    organization_membership_id: OrganizationMembershipId,
    /// The type of the resource
    resource_type_slug: String,
    /// The id that the application knows the resource by
    external_id: String,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListEffectivePermissionsByExternalId {
    const ID: &'static str = "organization_memberships.list_permissions_by_external_id";
    const ROUTE: Route = Route(
        Get,
        "/authorization/organization_memberships/{organization_membership_id}/resources/{resource_type_slug}/{external_id}/permissions",
    );
    const WITHIN: Within =
        Within::Row { table: "organization_memberships", field: "organization_membership_id" };
    const STATUSES: &'static [u16] = &[403];
    const PURE: bool = true;
    type Reply = Fine<Page<Permission>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_membership_id, resource_type_slug, external_id, paging } = self;
        let organization = standing(cx, &organization_membership_id)?.organization_id;
        let resource =
            resources::find_by_external_id(cx, &organization, &resource_type_slug, &external_id)?;
        effective(cx, &organization_membership_id, resource, &paging).map(Fine)
    }
}

fn effective(
    cx: &mut Cx<'_>,
    membership: &OrganizationMembershipId,
    resource: Resource,
    paging: &Paging,
) -> Result<Page<Permission>> {
    let Standing { number, organization_id, status, .. } = standing(cx, membership)?;
    let member = Member { id: membership.clone(), number };
    if resource.organization_id != organization_id {
        return Err(resources::not_found(&resource.id));
    }
    if status != Status::Active {
        return Ok(Page::whole(Vec::new()));
    }
    let place: Place = resource.into();
    let mut slugs = checks::permissions(cx, &member, &place.path)?;
    if exclusions::are_enabled(cx)? {
        for it in exclusions::on_path(cx, membership, &place.path)? {
            slugs.retain(|slug| it.permission_slug.as_ref().is_some_and(|it| it != slug));
        }
    }
    permissions::page_of(cx, paging, slugs, &place.resource_type_slug)
}

/// Through which roles a membership may have a permission
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Assignment {
    /// Roles on the resource itself
    #[default]
    Direct,
    /// Roles on what is above it as well, the organization included
    Indirect,
}

/// List the memberships that have a permission on a resource, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListMembershipsOfResource {
    /// The id of the resource
    resource_id: AuthorizationResourceId,
    /// The slug of the permission
    permission_slug: String,
    /// Through which roles; `direct` unless told otherwise
    assignment: Option<Assignment>,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListMembershipsOfResource {
    const ID: &'static str = "authorization_resources.list_memberships";
    const ROUTE: Route =
        Route(Get, "/authorization/resources/{resource_id}/organization_memberships");
    const WITHIN: Within = Within::Row { table: "authorization_resources", field: "resource_id" };
    const STATUSES: &'static [u16] = &[400, 403];
    type Reply = Fine<Page<BaseMembership>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { resource_id, permission_slug, assignment, paging } = self;
        let resource = resources::find(cx, &resource_id)?;
        memberships_of(cx, resource, &permission_slug, assignment, &paging).map(Fine)
    }
}

/// List the memberships that have a permission on the resource of an organization that the
/// application knows by an id of its own, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListMembershipsOfResourceByExternalId {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The type of the resource
    resource_type_slug: String,
    /// The id that the application knows the resource by
    external_id: String,
    /// The slug of the permission
    permission_slug: String,
    /// Through which roles; `direct` unless told otherwise
    assignment: Option<Assignment>,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListMembershipsOfResourceByExternalId {
    const ID: &'static str = "authorization_resources.list_memberships_by_external_id";
    const ROUTE: Route = Route(
        Get,
        "/authorization/organizations/{organization_id}/resources/{resource_type_slug}/{external_id}/organization_memberships",
    );
    const STATUSES: &'static [u16] = &[400, 403];
    type Reply = Fine<Page<BaseMembership>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let resource = resources::find_by_external_id(
            cx,
            &self.organization_id,
            &self.resource_type_slug,
            &self.external_id,
        )?;
        let Self { permission_slug, assignment, paging, .. } = self;
        memberships_of(cx, resource, &permission_slug, assignment, &paging).map(Fine)
    }
}

fn memberships_of(
    cx: &mut Cx<'_>,
    resource: Resource,
    permission_slug: &str,
    assignment: Option<Assignment>,
    paging: &Paging,
) -> Result<Page<BaseMembership>> {
    let permission = permissions::find(cx, permission_slug)?;
    let organization = resource.organization_id.clone();
    let mut place: Place = resource.into();
    if permission.resource_type_slug != place.resource_type_slug {
        return Ok(Page::whole(Vec::new()));
    }
    let excluded = if exclusions::are_enabled(cx)? {
        Some(exclusions::excluded_memberships(cx, "m.id", permission_slug, &place.path))
    } else {
        None
    };
    if assignment.unwrap_or_default() == Assignment::Direct {
        place.path.truncate(1);
    }
    let holders = holders(cx, "m.id", permission_slug, &place.path);
    let conditions = std::iter::once(holders).chain(excluded).collect();
    memberships::list_active_where(cx, paging, &organization, conditions)
}
