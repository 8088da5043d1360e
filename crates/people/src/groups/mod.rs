//! Groups of an organization, and which memberships are in them.
mod limits;
mod members;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vestibule_kernel::Method::{Delete, Get, Patch as PatchMethod, Post};
use vestibule_kernel::event::{Event, Reaction};
use vestibule_kernel::id::{GroupId, OrganizationId, OrganizationMembershipId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Created, Cx, Error, Fine, NoContent, Op, Operation, Patch, Result, Route, Within, op,
};

use crate::{memberships, organizations};

pub use limits::GroupLimits;
pub use members::{GroupMember, MEMBER_ADDED, MEMBER_REMOVED};

/// The operations on groups.
pub const OPERATIONS: &[Op] = &[
    op::<CreateGroup>(),
    op::<ListGroups>(),
    op::<GetGroup>(),
    op::<UpdateGroup>(),
    op::<DeleteGroup>(),
    op::<members::AddGroupMember>(),
    op::<members::ListGroupMembers>(),
    op::<members::RemoveGroupMember>(),
    op::<members::ChangeGroupMembers>(),
    op::<ListGroupsOfMembership>(),
    op::<limits::GetGroupLimits>(),
    op::<limits::UpdateGroupLimits>(),
];

/// The groups of an organization go with it, before the memberships that are in them.
pub const ON_ORGANIZATION_DELETED: Reaction =
    Reaction { event: "organization.deleted", run: forget_organization };
/// A membership that is deleted leaves its groups.
pub const ON_MEMBERSHIP_DELETED: Reaction =
    Reaction { event: "organization_membership.deleted", run: members::leave_all };

/// A group was made.
pub const CREATED: Event<Group> = Event::new("group.created");
/// A group was given another name or description.
pub const UPDATED: Event<Group> = Event::new("group.updated");
/// A group was deleted.
pub const DELETED: Event<Group> = Event::new("group.deleted");

/// A group of memberships of an organization
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Group {
    /// Always `group`
    #[schemars(extend("const" = "group"))]
    pub object: &'static str,
    /// The id
    pub id: GroupId,
    /// The id of the organization
    pub organization_id: OrganizationId,
    /// The name for people
    pub name: String,
    /// What it is for
    pub description: Option<String>,
    /// When it was made
    pub created_at: Time,
    /// When it was last changed
    pub updated_at: Time,
}

/// Create a group in an organization
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateGroup {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The name for people
    #[schemars(length(max = 256), regex(pattern = r"\S"))]
    name: String,
    /// What it is for
    #[schemars(length(max = 150), extend("x-nullable" = true))]
    description: Option<String>,
}

impl Operation for CreateGroup {
    const ID: &'static str = "groups.create";
    const ROUTE: Route = Route(Post, "/organizations/{organization_id}/groups");
    const STATUSES: &'static [u16] = &[400, 403];
    type Reply = Created<Group>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, name, description } = self;
        organizations::find(cx, &organization_id)?;
        let group = Group {
            object: "group",
            id: GroupId::new(cx),
            organization_id,
            name,
            description,
            created_at: cx.now(),
            updated_at: cx.now(),
        };
        store::insert(cx, &group)?;
        cx.emit(&CREATED, &group)?;
        Ok(Created(group))
    }
}

/// List the groups of an organization, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListGroups {
    /// The id of the organization
    organization_id: OrganizationId,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListGroups {
    const ID: &'static str = "groups.list";
    const ROUTE: Route = Route(Get, "/organizations/{organization_id}/groups");
    const STATUSES: &'static [u16] = &[403];
    const PURE: bool = true;
    type Reply = Fine<Page<Group>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        organizations::find(cx, &self.organization_id)?;
        store::list(cx, &self.paging, &self.organization_id).map(Fine)
    }
}

/// Get a group
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetGroup {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The id of the group
    group_id: GroupId,
}

impl Operation for GetGroup {
    const ID: &'static str = "groups.get";
    const ROUTE: Route = Route(Get, "/organizations/{organization_id}/groups/{group_id}");
    const STATUSES: &'static [u16] = &[403];
    const PURE: bool = true;
    type Reply = Fine<Group>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        find(cx, &self.organization_id, &self.group_id).map(Fine)
    }
}

/// Update a group
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateGroup {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The id of the group
    group_id: GroupId,
    /// The name for people
    #[schemars(length(max = 256), regex(pattern = r"\S"))]
    name: Option<String>,
    /// What it is for
    #[serde(default)]
    #[schemars(length(max = 150))]
    description: Patch<String>,
}

impl Operation for UpdateGroup {
    const ID: &'static str = "groups.update";
    const ROUTE: Route = Route(PatchMethod, "/organizations/{organization_id}/groups/{group_id}");
    const STATUSES: &'static [u16] = &[400, 403];
    type Reply = Fine<Group>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, group_id, name, description } = self;
        let before = find(cx, &organization_id, &group_id)?;
        let mut group = before.clone();
        if let Some(name) = name {
            group.name = name;
        }
        description.apply(&mut group.description);
        if group != before {
            group.updated_at = cx.now();
            store::update(cx, &group)?;
            cx.emit(&UPDATED, &group)?;
        }
        Ok(Fine(group))
    }
}

/// Delete a group. Its members stay in the organization
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteGroup {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The id of the group
    group_id: GroupId,
}

impl Operation for DeleteGroup {
    const ID: &'static str = "groups.delete";
    const ROUTE: Route = Route(Delete, "/organizations/{organization_id}/groups/{group_id}");
    const STATUSES: &'static [u16] = &[403];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let group = find(cx, &self.organization_id, &self.group_id)?;
        store::delete(cx, &group)?;
        cx.emit(&DELETED, &group)?;
        Ok(NoContent)
    }
}

/// List the groups that a membership is in, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListGroupsOfMembership {
    /// The id of the membership
    id: OrganizationMembershipId,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListGroupsOfMembership {
    const ID: &'static str = "organization_memberships.list_groups";
    const ROUTE: Route = Route(Get, "/user_management/organization_memberships/{id}/groups");
    const WITHIN: Within = Within::Row { table: "organization_memberships", field: "id" };
    const PURE: bool = true;
    type Reply = Fine<Page<Group>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        memberships::find(cx, &self.id)?;
        store::list_of_membership(cx, &self.paging, &self.id).map(Fine)
    }
}

/// The group of this id.
pub fn get(cx: &mut Cx<'_>, id: &GroupId) -> Result<Option<Group>> {
    store::get(cx, id)
}

/// The group of this id in the organization, or 404.
pub fn find(cx: &mut Cx<'_>, organization: &OrganizationId, id: &GroupId) -> Result<Group> {
    organizations::find(cx, organization)?;
    get(cx, id)?
        .filter(|it| it.organization_id == *organization)
        .ok_or_else(|| Error::not_found("Group", id))
}

fn forget_organization(cx: &mut Cx<'_>, deleted: &Value) -> Result<()> {
    let organization = crate::payload::id::<OrganizationId>(deleted)?;
    for group in store::delete_of_organization(cx, &organization)? {
        cx.emit(&DELETED, &group)?;
    }
    Ok(())
}
