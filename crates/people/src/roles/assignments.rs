//! Which memberships and groups hold which roles on what: the SQL of these tables.
//!
//! There may be a hundred million roles held by memberships, and every request of an application may
//! ask for them. So `assigned_roles` holds [`numbers`] alone; the view `role_assignments` shows the same
//! with the ids of who holds which role. What groups hold is far less. What a role is held on is a
//! number in both: that of a resource, or of the organization below zero.
//!
//! A membership always holds at least one role on its organization. On the resources below, which this
//! crate does not know, it may hold none. What a group holds, each of its members holds, for as long as
//! they are in it.
use std::collections::HashMap;

use vestibule_kernel::db::Value;
use vestibule_kernel::id::{
    GroupId, GroupRoleAssignmentId, OrganizationId, OrganizationMembershipId, RoleAssignmentId,
    RoleId,
};
use vestibule_kernel::{Cx, Result};

use super::Role;
use super::numbers::{self, number};
use crate::groups::Group;
use crate::statement::one_of;

/// Gives the membership these roles on its organization, in the place of those that it has.
pub(crate) fn set(
    cx: &mut Cx<'_>,
    membership: &OrganizationMembershipId,
    organization: &OrganizationId,
    roles: &[Role],
) -> Result<()> {
    let values = [cx.environment.into(), membership.into()];
    let sql = "SELECT role_id FROM role_assignments
               WHERE environment_id = $1 AND membership_id = $2 AND resource < 0";
    let rows = cx.db().query(sql, &values)?;
    let held: Vec<RoleId> = rows.into_iter().map(|mut row| row.take()).collect::<Result<_>>()?;
    let root = -numbers::of_organization(cx, organization)?;
    for id in held.iter().filter(|id| !roles.iter().any(|it| it.id == **id)) {
        delete(cx, membership, (organization, root), id)?;
    }
    for role in roles.iter().filter(|it| !held.contains(&it.id)) {
        insert(cx, membership, (organization, root), &role.id)?;
    }
    Ok(())
}

/// Gives a membership a role on a resource of an organization. Tells whether it did not have it.
pub fn insert(
    cx: &mut Cx<'_>,
    membership: &OrganizationMembershipId,
    (organization, resource): (&OrganizationId, i64),
    role: &RoleId,
) -> Result<bool> {
    let id = RoleAssignmentId::new(cx);
    let values = [
        numbers::of_membership(cx, membership)?.into(),
        resource.into(),
        numbers::of_role(cx, role)?.into(),
        own_part(&id).into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO assigned_roles (membership, resource, role, id, created_at)
               VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (membership, resource, role) DO NOTHING
               -- global: numbers are those of one environment";
    let inserted = cx.db().execute(sql, &values)? > 0;
    cx.touch(organization.as_str());
    Ok(inserted)
}

/// The id without the prefix that all of these ids have.
fn own_part(id: &RoleAssignmentId) -> &str {
    id.as_str().strip_prefix(RoleAssignmentId::PREFIX).unwrap_or_default()
}

/// Takes a role on a resource of an organization from a membership. Tells whether it had it.
pub fn delete(
    cx: &mut Cx<'_>,
    membership: &OrganizationMembershipId,
    (organization, resource): (&OrganizationId, i64),
    role: &RoleId,
) -> Result<bool> {
    let values = [cx.environment.into(), membership.into(), resource.into(), role.into()];
    let sql = concat!(
        "DELETE FROM assigned_roles WHERE membership = ",
        number!("$2"),
        " AND resource = $3 AND role = ",
        number!("$4")
    );
    cx.touch(organization.as_str());
    Ok(cx.db().execute(sql, &values)? > 0)
}

/// The resource and the role of an assignment of this membership.
pub fn get(
    cx: &mut Cx<'_>,
    membership: &OrganizationMembershipId,
    id: &RoleAssignmentId,
) -> Result<Option<(i64, RoleId)>> {
    let values = [cx.environment.into(), membership.into(), id.into()];
    let sql = "SELECT resource, role_id FROM role_assignments
               WHERE environment_id = $1 AND membership_id = $2 AND id = $3";
    let row = cx.db().first(sql, &values)?;
    row.map(|mut row| Ok((row.take()?, row.take()?))).transpose()
}

/// Gives a group a role on a resource; answers the id of the assignment, none where it had it.
pub fn insert_of_group(
    cx: &mut Cx<'_>,
    group: &Group,
    resource: i64,
    role: &RoleId,
) -> Result<Option<GroupRoleAssignmentId>> {
    let id = GroupRoleAssignmentId::new(cx);
    let values = [
        cx.environment.into(),
        (&id).into(),
        (&group.id).into(),
        (&group.organization_id).into(),
        resource.into(),
        role.into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO group_role_assignments
                 (environment_id, id, group_id, organization_id, resource, role_id, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT (environment_id, group_id, resource, role_id) DO NOTHING";
    let inserted = cx.db().execute(sql, &values)? > 0;
    cx.touch(group.organization_id.as_str());
    Ok(inserted.then_some(id))
}

/// Takes a role on a resource from a group. Tells whether it had it.
pub fn delete_of_group(
    cx: &mut Cx<'_>,
    group: &Group,
    resource: i64,
    role: &RoleId,
) -> Result<bool> {
    let values = [cx.environment.into(), (&group.id).into(), resource.into(), role.into()];
    let sql = "DELETE FROM group_role_assignments
               WHERE environment_id = $1 AND group_id = $2 AND resource = $3 AND role_id = $4
               RETURNING organization_id";
    taken(cx, sql, &values).map(|it| !it.is_empty())
}

/// The same by the id of the assignment.
pub fn delete_of_group_by_id(
    cx: &mut Cx<'_>,
    group: &GroupId,
    id: &GroupRoleAssignmentId,
) -> Result<bool> {
    let values = [cx.environment.into(), group.into(), id.into()];
    let sql = "DELETE FROM group_role_assignments
               WHERE environment_id = $1 AND group_id = $2 AND id = $3
               RETURNING organization_id";
    taken(cx, sql, &values).map(|it| !it.is_empty())
}

/// The resources and roles of what a group holds.
pub fn of_group(cx: &mut Cx<'_>, group: &GroupId) -> Result<Vec<(i64, RoleId)>> {
    let values = [cx.environment.into(), group.into()];
    let sql = "SELECT resource, role_id FROM group_role_assignments
               WHERE environment_id = $1 AND group_id = $2";
    let rows = cx.db().query(sql, &values)?;
    rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
}

/// Takes all roles from the membership, on whatever.
pub(crate) fn clear(
    cx: &mut Cx<'_>,
    membership: &OrganizationMembershipId,
    organization: &OrganizationId,
) -> Result<()> {
    cx.touch(organization.as_str());
    let values = [cx.environment.into(), membership.into()];
    let sql = concat!("DELETE FROM assigned_roles WHERE membership = ", number!("$2"));
    cx.db().execute(sql, &values)?;
    numbers::forget(cx, membership)
}

/// Takes all roles on a resource of an organization from whoever holds them.
pub fn clear_resource(cx: &mut Cx<'_>, organization: &OrganizationId, resource: i64) -> Result<()> {
    cx.touch(organization.as_str());
    let sql = "DELETE FROM assigned_roles WHERE resource = $1
               -- global: a resource is of one environment";
    cx.db().execute(sql, &[resource.into()])?;
    let values = [cx.environment.into(), resource.into()];
    let sql = "DELETE FROM group_role_assignments WHERE environment_id = $1 AND resource = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Takes all roles from a group.
pub fn clear_group(cx: &mut Cx<'_>, group: &GroupId) -> Result<()> {
    let values = [cx.environment.into(), group.into()];
    let sql = "DELETE FROM group_role_assignments WHERE environment_id = $1 AND group_id = $2
               RETURNING organization_id";
    taken(cx, sql, &values).map(|_| ())
}

/// Takes all roles from the groups of an organization.
pub(crate) fn clear_groups_of(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<()> {
    let values = [cx.environment.into(), organization.into()];
    let sql = "DELETE FROM group_role_assignments
               WHERE environment_id = $1 AND group_id IN
                 (SELECT id FROM organization_groups
                  WHERE environment_id = $1 AND organization_id = $2)
               RETURNING organization_id";
    taken(cx, sql, &values).map(|_| ())
}

/// Whether anybody holds a role on the resource.
pub fn has_any(cx: &mut Cx<'_>, resource: i64) -> Result<bool> {
    let values = [cx.environment.into(), resource.into()];
    let sql = "SELECT 1 FROM assigned_roles WHERE resource = $2
               UNION ALL
               SELECT 1 FROM group_role_assignments WHERE environment_id = $1 AND resource = $2
               LIMIT 1";
    Ok(cx.db().first(sql, &values)?.is_some())
}

/// Whether a membership or a group holds the role.
pub(crate) fn is_held(cx: &mut Cx<'_>, role: &RoleId) -> Result<bool> {
    let values = [cx.environment.into(), role.into()];
    let sql = concat!(
        "SELECT 1 FROM assigned_roles WHERE role = ",
        number!("$2"),
        " UNION ALL
         SELECT 1 FROM group_role_assignments WHERE environment_id = $1 AND role_id = $2 LIMIT 1"
    );
    Ok(cx.db().first(sql, &values)?.is_some())
}

/// Runs a deletion that returns the organizations of its rows, and notes that checks in these are
/// concerned.
fn taken(cx: &mut Cx<'_>, sql: &str, values: &[Value]) -> Result<Vec<String>> {
    let rows = cx.db().query(sql, values)?;
    let mut organizations: Vec<String> =
        rows.into_iter().map(|mut row| row.take()).collect::<Result<_>>()?;
    organizations.dedup();
    for it in &organizations {
        cx.touch(it);
    }
    Ok(organizations)
}

/// The slugs of the roles of each of these memberships on their organizations, the one of highest
/// priority first.
pub(crate) fn slugs(
    cx: &mut Cx<'_>,
    memberships: &[OrganizationMembershipId],
) -> Result<HashMap<OrganizationMembershipId, Vec<String>>> {
    let mut slugs: HashMap<OrganizationMembershipId, Vec<String>> = HashMap::new();
    if memberships.is_empty() {
        return Ok(slugs);
    }
    let mut values: Vec<Value> = vec![cx.environment.into()];
    let places = one_of(&mut values, memberships);
    let sql = format!(
        "SELECT a.membership_id, r.slug
         FROM role_assignments a
         JOIN organization_memberships m ON m.environment_id = a.environment_id
           AND m.id = a.membership_id
         JOIN roles r ON r.environment_id = a.environment_id AND r.id = a.role_id
         LEFT JOIN role_orders o ON o.environment_id = a.environment_id
           AND o.organization_id = m.organization_id AND o.role_id = a.role_id
         WHERE a.environment_id = $1 AND a.membership_id IN ({places}) AND a.resource < 0
         ORDER BY {IN_ORDER}"
    );
    for mut row in cx.db().query(&sql, &values)? {
        slugs.entry(row.take()?).or_default().push(row.take()?);
    }
    Ok(slugs)
}

/// The order of priority of roles `r`, of which `o` may be the place in their organization's order.
const IN_ORDER: &str = "CASE WHEN o.position IS NULL THEN 1 ELSE 0 END, o.position, r.position,
                        r.created_at, r.id";

/// The roles that a membership holds on its organization, by itself or through a group.
const ON_ORGANIZATION: &str = "SELECT role_id FROM role_assignments
     WHERE environment_id = $1 AND membership_id = $2 AND resource < 0
   UNION
   SELECT g.role_id FROM group_members n
   CROSS JOIN group_role_assignments g
   WHERE n.environment_id = $1 AND n.membership_id = $2 AND g.environment_id = $1
     AND g.group_id = n.group_id AND g.resource < 0";

/// The slugs of all roles that a membership holds on its organization, those of its groups
/// included, the one of highest priority first.
pub(crate) fn all_slugs(
    cx: &mut Cx<'_>,
    membership: &OrganizationMembershipId,
    organization: &OrganizationId,
) -> Result<Vec<String>> {
    let values = [cx.environment.into(), membership.into(), organization.into()];
    let sql = format!(
        "SELECT r.slug FROM ({ON_ORGANIZATION}) a
         JOIN roles r ON r.environment_id = $1 AND r.id = a.role_id
         LEFT JOIN role_orders o ON o.environment_id = $1 AND o.organization_id = $3
           AND o.role_id = a.role_id
         ORDER BY {IN_ORDER}"
    );
    cx.db().query(&sql, &values)?.into_iter().map(|mut row| row.take()).collect()
}

/// The permissions that these roles give, each once, in the order of their slugs.
pub(crate) fn permissions(
    cx: &mut Cx<'_>,
    membership: &OrganizationMembershipId,
) -> Result<Vec<String>> {
    let values = [cx.environment.into(), membership.into()];
    let sql = format!(
        "SELECT DISTINCT p.permission_slug FROM ({ON_ORGANIZATION}) a
         JOIN role_permissions p ON p.environment_id = $1 AND p.role_id = a.role_id
         ORDER BY p.permission_slug"
    );
    cx.db().query(&sql, &values)?.into_iter().map(|mut row| row.take()).collect()
}

/// Takes the role from all who hold it, groups included; who is left with none on their
/// organization gets the default one. Answers whose roles on their organization changed.
pub(super) fn withdraw(cx: &mut Cx<'_>, role: &RoleId) -> Result<Vec<OrganizationMembershipId>> {
    let values = [cx.environment.into(), role.into()];
    let sql = "DELETE FROM group_role_assignments WHERE environment_id = $1 AND role_id = $2
               RETURNING organization_id";
    taken(cx, sql, &values)?;
    let sql = concat!(
        "DELETE FROM assigned_roles WHERE role = ",
        number!("$2"),
        " RETURNING (SELECT key FROM assignment_keys WHERE number = assigned_roles.membership),
                    resource"
    );
    let mut held: HashMap<OrganizationMembershipId, bool> = HashMap::new();
    for mut row in cx.db().query(sql, &values)? {
        let (membership, resource): (_, i64) = (row.take()?, row.take()?);
        *held.entry(membership).or_default() |= resource < 0;
    }
    let mut holders: Vec<(OrganizationMembershipId, OrganizationId)> = Vec::new();
    for (membership, on_organization) in held {
        let Some(it) = crate::memberships::standing(cx, &membership)? else { continue };
        cx.touch(it.organization_id.as_str());
        if on_organization {
            holders.push((membership, it.organization_id));
        }
    }
    holders.sort();
    for (membership, organization) in &holders {
        let values = [cx.environment.into(), membership.into()];
        let sql = "SELECT 1 FROM role_assignments
                   WHERE environment_id = $1 AND membership_id = $2 AND resource < 0 LIMIT 1";
        if cx.db().first(sql, &values)?.is_none() {
            let default = super::default_of(cx, organization)?;
            let root = -numbers::of_organization(cx, organization)?;
            insert(cx, membership, (organization, root), &default.id)?;
        }
    }
    Ok(holders.into_iter().map(|it| it.0).collect())
}
