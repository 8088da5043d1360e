//! Roles that groups hold on resources, and with them each of their members.
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::Method::{Delete, Get, Patch, Post, Put};
use vestibule_kernel::catalog::Input;
use vestibule_kernel::id::{GroupId, GroupRoleAssignmentId, RoleId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Created, Cx, Error, Fine, NoContent, Op, Operation, Result, Route, Within, op,
};
use vestibule_people::groups::{self, Group};
use vestibule_people::memberships::RoleSlug;
use vestibule_people::roles::assignments;

use crate::resources::{Named, Resource, find_by_external_id};
use crate::role_assignments::{AssignedResource, role_for};
use vestibule_people::roles::resource_types::ORGANIZATION;

/// The operations on roles that groups hold.
pub const OPERATIONS: &[Op] = &[
    op::<ListGroupRoleAssignments>(),
    op::<CreateGroupRoleAssignment>(),
    op::<ReplaceGroupRoleAssignments>(),
    op::<ChangeGroupRoleAssignments>(),
    op::<RemoveGroupRole>(),
    op::<GetGroupRoleAssignment>(),
    op::<DeleteGroupRoleAssignment>(),
];

const DUPLICATE: Code = "duplicate_group_role_assignment";

/// How many assignments one request names at the most.
const ENTRIES_MAX: usize = 100;

/// A role that a group holds on a resource
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GroupRoleAssignment {
    /// Always `group_role_assignment`
    #[schemars(extend("const" = "group_role_assignment"))]
    pub object: &'static str,
    /// The id
    pub id: GroupRoleAssignmentId,
    /// The group that holds the role
    pub group_id: GroupId,
    /// The role
    pub role: RoleSlug,
    /// What it is held on
    pub resource: AssignedResource,
    /// When it was given
    pub created_at: Time,
    /// When it was last changed
    pub updated_at: Time,
}

/// A role on a resource
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct Entry {
    /// The slug of the role, which must be one for resources of this type
    role_slug: String,
    #[serde(flatten)]
    resource: Named,
}

/// What an entry comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Held {
    role_id: RoleId,
    /// The number of the resource.
    resource: i64,
}

impl Entry {
    /// The resource that is named; the group's organization where none is.
    fn resource(&self, cx: &mut Cx<'_>, group: &Group) -> Result<Resource> {
        let organization = &group.organization_id;
        match self.resource.form()? {
            Some(name) => name.find(cx, organization),
            None => find_by_external_id(cx, organization, ORGANIZATION, organization.as_str()),
        }
    }
    fn find(&self, cx: &mut Cx<'_>, group: &Group) -> Result<Held> {
        let resource = self.resource(cx, group)?;
        let role = role_for(cx, &self.role_slug, &resource)?;
        Ok(Held { role_id: role.id, resource: resource.numbered(cx)? })
    }
}

fn find_all(cx: &mut Cx<'_>, group: &Group, entries: &[Entry]) -> Result<Vec<Held>> {
    let mut found: Vec<Held> = Vec::with_capacity(entries.len());
    for entry in entries {
        let held = entry.find(cx, group)?;
        if !found.contains(&held) {
            found.push(held);
        }
    }
    Ok(found)
}

fn find_group(cx: &mut Cx<'_>, id: &GroupId) -> Result<Group> {
    groups::get(cx, id)?.ok_or_else(|| Error::not_found("Group", id))
}

/// List the roles that a group holds, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListGroupRoleAssignments {
    /// The id of the group
    group_id: GroupId,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListGroupRoleAssignments {
    const ID: &'static str = "group_role_assignments.list";
    const ROUTE: Route = Route(Get, "/authorization/groups/{group_id}/role_assignments");
    const WITHIN: Within = Within::Row { table: "organization_groups", field: "group_id" };
    const STATUSES: &'static [u16] = &[403];
    type Reply = Fine<Page<GroupRoleAssignment>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        find_group(cx, &self.group_id)?;
        store::list(cx, &self.paging, &self.group_id).map(Fine)
    }
}

/// Give a group a role on a resource of its organization, and so each of its members
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateGroupRoleAssignment {
    /// The id of the group
    group_id: GroupId,
    #[serde(flatten)]
    entry: Entry,
}

impl Operation for CreateGroupRoleAssignment {
    const ID: &'static str = "group_role_assignments.create";
    const ROUTE: Route = Route(Post, "/authorization/groups/{group_id}/role_assignments");
    const WITHIN: Within = Within::Row { table: "organization_groups", field: "group_id" };
    const FAILS: &'static [Code] = &[DUPLICATE];
    const STATUSES: &'static [u16] = &[403, 409];
    type Reply = Created<GroupRoleAssignment>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let group = find_group(cx, &self.group_id)?;
        let Held { role_id, resource } = self.entry.find(cx, &group)?;
        let made = assignments::insert_of_group(cx, &group, resource, &role_id)?;
        let made = made.ok_or_else(|| {
            let text = format!("The group holds role '{}' there already.", self.entry.role_slug);
            Error::conflict(DUPLICATE, text)
        })?;
        find(cx, &group.id, &made).map(Created)
    }
}

/// Give a group these roles, in the place of those that it holds
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ReplaceGroupRoleAssignments {
    /// The id of the group
    group_id: GroupId,
    /// The roles, each on a resource of the group's organization
    #[schemars(length(max = 100))]
    role_assignments: Vec<Entry>,
}

impl Operation for ReplaceGroupRoleAssignments {
    const ID: &'static str = "group_role_assignments.replace";
    const ROUTE: Route = Route(Put, "/authorization/groups/{group_id}/role_assignments");
    const WITHIN: Within = Within::Row { table: "organization_groups", field: "group_id" };
    const STATUSES: &'static [u16] = &[403];
    type Reply = Fine<Page<GroupRoleAssignment>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let group = find_group(cx, &self.group_id)?;
        let wanted = find_all(cx, &group, &self.role_assignments)?;
        for (resource, role_id) in assignments::of_group(cx, &group.id)? {
            let held = Held { role_id, resource };
            if !wanted.contains(&held) {
                assignments::delete_of_group(cx, &group, held.resource, &held.role_id)?;
            }
        }
        for it in &wanted {
            assignments::insert_of_group(cx, &group, it.resource, &it.role_id)?;
        }
        store::all(cx, &group.id).map(Page::whole).map(Fine)
    }
}

/// Give a group roles and take others from it, all at once or, if one is refused, none. Giving one
/// that it holds and taking one that it does not hold change nothing
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ChangeGroupRoleAssignments {
    /// The id of the group
    group_id: GroupId,
    /// The roles that are given
    #[serde(default)]
    #[schemars(length(max = 100))]
    add: Vec<Entry>,
    /// The roles that are taken
    #[serde(default)]
    #[schemars(length(max = 100))]
    remove: Vec<Entry>,
}

impl Operation for ChangeGroupRoleAssignments {
    const ID: &'static str = "group_role_assignments.change";
    const ROUTE: Route = Route(Patch, "/authorization/groups/{group_id}/role_assignments");
    const WITHIN: Within = Within::Row { table: "organization_groups", field: "group_id" };
    const STATUSES: &'static [u16] = &[400, 403];
    const EXTENSION: bool = true;
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { group_id, add, remove } = self;
        let group = find_group(cx, &group_id)?;
        if add.is_empty() && remove.is_empty() {
            let text = "Give a role to add or to remove.";
            return Err(Error::invalid_field("add", "required", text));
        }
        if add.len() + remove.len() > ENTRIES_MAX {
            let text = format!("Give at most {ENTRIES_MAX} roles to add and remove together.");
            return Err(Error::invalid_field("add", "too_long", text));
        }
        let added = find_all(cx, &group, &add)?;
        let removed = find_all(cx, &group, &remove)?;
        if added.iter().any(|it| removed.contains(it)) {
            let text = "A role is both to be added and to be removed.";
            return Err(Error::invalid_field("add", "invalid", text));
        }
        for it in &removed {
            assignments::delete_of_group(cx, &group, it.resource, &it.role_id)?;
        }
        for it in &added {
            assignments::insert_of_group(cx, &group, it.resource, &it.role_id)?;
        }
        Ok(NoContent)
    }
}

/// Take a role on a resource from a group, and so from its members
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RemoveGroupRole {
    /// The id of the group
    group_id: GroupId,
    #[serde(flatten)]
    entry: Entry,
}

impl Operation for RemoveGroupRole {
    const ID: &'static str = "group_role_assignments.remove";
    const ROUTE: Route = Route(Delete, "/authorization/groups/{group_id}/role_assignments");
    const WITHIN: Within = Within::Row { table: "organization_groups", field: "group_id" };
    const INPUT: Input = Input::Body;
    const STATUSES: &'static [u16] = &[403];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let group = find_group(cx, &self.group_id)?;
        let Held { role_id, resource } = self.entry.find(cx, &group)?;
        if assignments::delete_of_group(cx, &group, resource, &role_id)? {
            return Ok(NoContent);
        }
        Err(Error::not_found("Group role assignment", &self.entry.role_slug))
    }
}

/// Get a role that a group holds
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetGroupRoleAssignment {
    /// The id of the group
    group_id: GroupId,
    /// The id of the assignment
    role_assignment_id: GroupRoleAssignmentId,
}

impl Operation for GetGroupRoleAssignment {
    const ID: &'static str = "group_role_assignments.get";
    const ROUTE: Route =
        Route(Get, "/authorization/groups/{group_id}/role_assignments/{role_assignment_id}");
    const WITHIN: Within = Within::Row { table: "organization_groups", field: "group_id" };
    const STATUSES: &'static [u16] = &[403];
    type Reply = Fine<GroupRoleAssignment>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        find_group(cx, &self.group_id)?;
        find(cx, &self.group_id, &self.role_assignment_id).map(Fine)
    }
}

/// Take a role from a group, and so from its members, by the id of the assignment
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteGroupRoleAssignment {
    /// The id of the group
    group_id: GroupId,
    /// The id of the assignment
    role_assignment_id: GroupRoleAssignmentId,
}

impl Operation for DeleteGroupRoleAssignment {
    const ID: &'static str = "group_role_assignments.delete";
    const ROUTE: Route =
        Route(Delete, "/authorization/groups/{group_id}/role_assignments/{role_assignment_id}");
    const WITHIN: Within = Within::Row { table: "organization_groups", field: "group_id" };
    const STATUSES: &'static [u16] = &[403];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        find_group(cx, &self.group_id)?;
        if assignments::delete_of_group_by_id(cx, &self.group_id, &self.role_assignment_id)? {
            return Ok(NoContent);
        }
        Err(Error::not_found("Group role assignment", &self.role_assignment_id))
    }
}

fn find(
    cx: &mut Cx<'_>,
    group: &GroupId,
    id: &GroupRoleAssignmentId,
) -> Result<GroupRoleAssignment> {
    store::get(cx, group, id)?.ok_or_else(|| Error::not_found("Group role assignment", id))
}
