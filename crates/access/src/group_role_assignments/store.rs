//! Reads which groups hold which roles. Writing is in [`vestibule_people::roles::assignments`].
use vestibule_kernel::db::Row;
use vestibule_kernel::id::{GroupId, GroupRoleAssignmentId, OrganizationId};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Result};
use vestibule_people::memberships::RoleSlug;

use super::GroupRoleAssignment;
use crate::role_assignments::AssignedResource;

const SELECT: &str =
    "SELECT g.id, g.group_id, g.organization_id, r.slug, g.created_at, g.resource, t.id,
       t.external_id, k.slug
FROM group_role_assignments g
JOIN roles r ON r.environment_id = g.environment_id AND r.id = g.role_id
LEFT JOIN authorization_resources t ON t.number = g.resource
LEFT JOIN resource_type_numbers k ON k.number = t.type";

fn read(mut row: Row) -> Result<GroupRoleAssignment> {
    let (id, group_id) = (row.take()?, row.take()?);
    let organization: OrganizationId = row.take()?;
    let role = RoleSlug { slug: row.take()? };
    let created_at: Time = row.take()?;
    Ok(GroupRoleAssignment {
        object: "group_role_assignment",
        id,
        group_id,
        role,
        resource: AssignedResource::read(&mut row, &organization)?,
        created_at,
        updated_at: created_at,
    })
}

pub(super) fn list(
    cx: &mut Cx<'_>,
    paging: &Paging,
    group: &GroupId,
) -> Result<Page<GroupRoleAssignment>> {
    Listing::of(cx, "g", SELECT).filter("g.group_id = ?", group).page(cx, paging, read)
}

pub(super) fn all(cx: &mut Cx<'_>, group: &GroupId) -> Result<Vec<GroupRoleAssignment>> {
    let values = [cx.environment.into(), group.into()];
    let sql = format!(
        "{SELECT} WHERE g.environment_id = $1 AND g.group_id = $2
         ORDER BY g.created_at DESC, g.id DESC"
    );
    cx.db().query(&sql, &values)?.into_iter().map(read).collect()
}

pub(super) fn get(
    cx: &mut Cx<'_>,
    group: &GroupId,
    id: &GroupRoleAssignmentId,
) -> Result<Option<GroupRoleAssignment>> {
    let values = [cx.environment.into(), group.into(), id.into()];
    let sql = format!("{SELECT} WHERE g.environment_id = $1 AND g.group_id = $2 AND g.id = $3");
    cx.db().first(&sql, &values)?.map(read).transpose()
}
