//! The SQL of groups and of their members. No other module writes these tables.
use vestibule_kernel::db::Row;
use vestibule_kernel::id::{GroupId, OrganizationId, OrganizationMembershipId};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::{Cx, Result};

use super::Group;
use crate::roles::assignments;

const SELECT: &str = "SELECT id, organization_id, name, description, created_at, updated_at
                      FROM organization_groups";

fn read(mut row: Row) -> Result<Group> {
    Ok(Group {
        object: "group",
        id: row.take()?,
        organization_id: row.take()?,
        name: row.take()?,
        description: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

pub(super) fn get(cx: &mut Cx<'_>, id: &GroupId) -> Result<Option<Group>> {
    let values = [cx.environment.into(), id.into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND id = $2");
    cx.db().first(&sql, &values)?.map(read).transpose()
}

pub(super) fn list(
    cx: &mut Cx<'_>,
    paging: &Paging,
    organization: &OrganizationId,
) -> Result<Page<Group>> {
    Listing::of(cx, "organization_groups", SELECT)
        .filter("organization_id = ?", organization)
        .page(cx, paging, read)
}

pub(super) fn list_of_membership(
    cx: &mut Cx<'_>,
    paging: &Paging,
    membership: &OrganizationMembershipId,
) -> Result<Page<Group>> {
    Listing::of(cx, "organization_groups", SELECT)
        .filter(
            "id IN (SELECT group_id FROM group_members
                    WHERE environment_id = $1 AND membership_id = ?)",
            membership,
        )
        .page(cx, paging, read)
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &Group) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        (&it.organization_id).into(),
        (&it.name).into(),
        it.description.as_deref().into(),
        it.created_at.into(),
        it.updated_at.into(),
    ];
    let sql = "INSERT INTO organization_groups
                 (environment_id, id, organization_id, name, description, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn update(cx: &mut Cx<'_>, it: &Group) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        (&it.name).into(),
        it.description.as_deref().into(),
        it.updated_at.into(),
    ];
    let sql = "UPDATE organization_groups SET name = $3, description = $4, updated_at = $5
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn delete(cx: &mut Cx<'_>, group: &Group) -> Result<()> {
    cx.touch(group.organization_id.as_str());
    let id = &group.id;
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM group_members WHERE environment_id = $1 AND group_id = $2";
    cx.db().execute(sql, &values)?;
    assignments::clear_group(cx, id)?;
    let sql = "DELETE FROM organization_groups WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes the groups of an organization, and answers what they were, oldest first.
pub(super) fn delete_of_organization(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
) -> Result<Vec<Group>> {
    cx.touch(organization.as_str());
    let values = [cx.environment.into(), organization.into()];
    let sql = "DELETE FROM group_members
               WHERE environment_id = $1 AND group_id IN
                 (SELECT id FROM organization_groups
                  WHERE environment_id = $1 AND organization_id = $2)";
    cx.db().execute(sql, &values)?;
    assignments::clear_groups_of(cx, organization)?;
    let groups = format!(
        "{SELECT} WHERE environment_id = $1 AND organization_id = $2 ORDER BY created_at, id"
    );
    let groups = cx.db().query(&groups, &values)?;
    let sql = "DELETE FROM organization_groups WHERE environment_id = $1 AND organization_id = $2";
    cx.db().execute(sql, &values)?;
    groups.into_iter().map(read).collect()
}

/// Adds a member. Tells whether it was not there.
pub(super) fn insert_member(
    cx: &mut Cx<'_>,
    group: &Group,
    membership: &OrganizationMembershipId,
) -> Result<bool> {
    cx.touch(group.organization_id.as_str());
    let values = [cx.environment.into(), (&group.id).into(), membership.into(), cx.now().into()];
    let sql = "INSERT INTO group_members (environment_id, group_id, membership_id, created_at)
               VALUES ($1, $2, $3, $4)
               ON CONFLICT (environment_id, group_id, membership_id) DO NOTHING";
    Ok(cx.db().execute(sql, &values)? > 0)
}

pub(super) fn count_members(cx: &mut Cx<'_>, group: &GroupId) -> Result<i64> {
    let values = [cx.environment.into(), group.into()];
    let sql = "SELECT COUNT(*) FROM group_members WHERE environment_id = $1 AND group_id = $2";
    cx.db().first(sql, &values)?.map_or(Ok(0), |mut row| row.take())
}

/// Removes a member. Tells whether it was there.
pub(super) fn delete_member(
    cx: &mut Cx<'_>,
    group: &Group,
    membership: &OrganizationMembershipId,
) -> Result<bool> {
    cx.touch(group.organization_id.as_str());
    let values = [cx.environment.into(), (&group.id).into(), membership.into()];
    let sql = "DELETE FROM group_members
               WHERE environment_id = $1 AND group_id = $2 AND membership_id = $3";
    Ok(cx.db().execute(sql, &values)? > 0)
}

/// Removes a membership from all groups, and tells which they were.
pub(super) fn delete_memberships(
    cx: &mut Cx<'_>,
    membership: &OrganizationMembershipId,
) -> Result<Vec<GroupId>> {
    let values = [cx.environment.into(), membership.into()];
    let sql = "DELETE FROM group_members WHERE environment_id = $1 AND membership_id = $2
               RETURNING group_id";
    let rows = cx.db().query(sql, &values)?;
    let mut groups: Vec<GroupId> =
        rows.into_iter().map(|mut row| row.take()).collect::<Result<_>>()?;
    groups.sort();
    Ok(groups)
}
