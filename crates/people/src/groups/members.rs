//! The members of groups, as operations.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vestibule_kernel::Method::{Delete, Get, Patch, Post};
use vestibule_kernel::event::Event;
use vestibule_kernel::id::{GroupId, OrganizationId, OrganizationMembershipId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::{Code, Cx, Error, Fine, NoContent, Operation, Result, Route};

use super::limits::GroupLimits;
use super::{Group, find, store};
use crate::memberships::{self, BaseMembership};

const LIMIT_EXCEEDED: Code = "group_membership_limit_exceeded";

/// How many memberships are added and removed in one request at the most.
const CHANGES_MAX: usize = 100;

/// What events tell of a member of a group.
#[derive(Debug, Serialize)]
pub struct GroupMember {
    /// The group.
    pub group_id: GroupId,
    /// Who is in it.
    pub organization_membership_id: OrganizationMembershipId,
}

/// A membership was added to a group.
pub const MEMBER_ADDED: Event<GroupMember> = Event::new("group.member_added");
/// A membership was removed from a group, or deleted.
pub const MEMBER_REMOVED: Event<GroupMember> = Event::new("group.member_removed");

/// Add a membership of the organization to a group. Adding one that is in it changes nothing
#[derive(Debug, Deserialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "they are the names of the contract")]
pub struct AddGroupMember {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The id of the group
    group_id: GroupId,
    /// The id of the membership
    organization_membership_id: OrganizationMembershipId,
}

impl Operation for AddGroupMember {
    const ID: &'static str = "groups.add_member";
    const ROUTE: Route =
        Route(Post, "/organizations/{organization_id}/groups/{group_id}/organization-memberships");
    const FAILS: &'static [Code] = &[LIMIT_EXCEEDED];
    const STATUSES: &'static [u16] = &[400, 403];
    type Reply = Fine<Group>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, group_id, organization_membership_id } = self;
        let group = find(cx, &organization_id, &group_id)?;
        add(cx, &group, &organization_membership_id)?;
        Ok(Fine(group))
    }
}

/// List the memberships in a group, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListGroupMembers {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The id of the group
    group_id: GroupId,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListGroupMembers {
    const ID: &'static str = "groups.list_members";
    const ROUTE: Route =
        Route(Get, "/organizations/{organization_id}/groups/{group_id}/organization-memberships");
    const STATUSES: &'static [u16] = &[403];
    const PURE: bool = true;
    type Reply = Fine<Page<BaseMembership>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let group = find(cx, &self.organization_id, &self.group_id)?;
        memberships::list_of_group(cx, &self.paging, &group.id).map(Fine)
    }
}

/// Remove a membership from a group
#[derive(Debug, Deserialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "they are the names of the contract")]
pub struct RemoveGroupMember {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The id of the group
    group_id: GroupId,
    /// The id of the membership
    organization_membership_id: OrganizationMembershipId,
}

impl Operation for RemoveGroupMember {
    const ID: &'static str = "groups.remove_member";
    const ROUTE: Route = Route(
        Delete,
        "/organizations/{organization_id}/groups/{group_id}/organization-memberships/{organization_membership_id}",
    );
    const STATUSES: &'static [u16] = &[403];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, group_id, organization_membership_id } = self;
        let group = find(cx, &organization_id, &group_id)?;
        if remove(cx, &group, &organization_membership_id)? {
            return Ok(NoContent);
        }
        Err(Error::not_found("Organization membership", &organization_membership_id))
    }
}

/// Add memberships to a group and remove others from it, all at once or, if one is refused, none.
/// Adding one that is in it and removing one that is not change nothing
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ChangeGroupMembers {
    /// The id of the organization
    organization_id: OrganizationId,
    /// The id of the group
    group_id: GroupId,
    /// The ids of the memberships that are added
    #[serde(default)]
    #[schemars(length(max = 100))]
    add: Vec<OrganizationMembershipId>,
    /// The ids of the memberships that are removed
    #[serde(default)]
    #[schemars(length(max = 100))]
    remove: Vec<OrganizationMembershipId>,
}

impl Operation for ChangeGroupMembers {
    const ID: &'static str = "groups.change_members";
    const ROUTE: Route =
        Route(Patch, "/organizations/{organization_id}/groups/{group_id}/organization-memberships");
    const FAILS: &'static [Code] = &[LIMIT_EXCEEDED];
    const STATUSES: &'static [u16] = &[400, 403];
    const EXTENSION: bool = true;
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id, group_id, add: added, remove: removed } = self;
        let group = find(cx, &organization_id, &group_id)?;
        check_changes(&added, &removed)?;
        // Who leaves makes room for who comes.
        for it in &removed {
            remove(cx, &group, it)?;
        }
        for it in &added {
            add(cx, &group, it)?;
        }
        Ok(NoContent)
    }
}

fn check_changes(
    added: &[OrganizationMembershipId],
    removed: &[OrganizationMembershipId],
) -> Result<()> {
    if added.is_empty() && removed.is_empty() {
        let text = "Give a membership to add or to remove.";
        return Err(Error::invalid_field("add", "required", text));
    }
    if added.len() + removed.len() > CHANGES_MAX {
        let text = format!("Give at most {CHANGES_MAX} memberships to add and remove together.");
        return Err(Error::invalid_field("add", "too_long", text));
    }
    match added.iter().find(|it| removed.contains(it)) {
        Some(id) => {
            let text = format!("'{id}' is both to be added and to be removed.");
            Err(Error::invalid_field("add", "invalid", text))
        }
        None => Ok(()),
    }
}

/// Adds a membership of the group's organization, unless it is in the group.
fn add(cx: &mut Cx<'_>, group: &Group, membership: &OrganizationMembershipId) -> Result<()> {
    let organization = memberships::organization_of(cx, membership)?;
    if organization.as_ref() != Some(&group.organization_id) {
        return Err(Error::not_found("Organization membership", membership));
    }
    if !store::insert_member(cx, group, membership)? {
        return Ok(());
    }
    let most = cx.setting::<GroupLimits>()?.members_max;
    if store::count_members(cx, &group.id)? > most {
        let text = format!("Group '{}' has {most} members, as many as a group may have.", group.id);
        return Err(Error::bad_request(LIMIT_EXCEEDED, text));
    }
    cx.emit(&MEMBER_ADDED, &event(&group.id, membership))
}

/// Removes a membership. Tells whether it was in the group.
fn remove(cx: &mut Cx<'_>, group: &Group, membership: &OrganizationMembershipId) -> Result<bool> {
    let removed = store::delete_member(cx, group, membership)?;
    if removed {
        cx.emit(&MEMBER_REMOVED, &event(&group.id, membership))?;
    }
    Ok(removed)
}

/// Takes a membership that was deleted out of its groups.
pub(super) fn leave_all(cx: &mut Cx<'_>, deleted: &Value) -> Result<()> {
    let membership = crate::payload::id::<OrganizationMembershipId>(deleted)?;
    for group in store::delete_memberships(cx, &membership)? {
        cx.emit(&MEMBER_REMOVED, &event(&group, &membership))?;
    }
    Ok(())
}

fn event(group: &GroupId, membership: &OrganizationMembershipId) -> GroupMember {
    GroupMember { group_id: group.clone(), organization_membership_id: membership.clone() }
}
