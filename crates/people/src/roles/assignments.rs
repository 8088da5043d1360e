//! Which memberships hold which roles. A membership always holds at least one.
use std::collections::HashMap;

use vestibule_kernel::db::Value;
use vestibule_kernel::id::{OrganizationId, OrganizationMembershipId, RoleId};
use vestibule_kernel::{Cx, Result};

use super::Role;
use crate::statement::one_of;

/// Gives the membership these roles in the place of those that it has.
pub(crate) fn set(
    cx: &mut Cx<'_>,
    membership: &OrganizationMembershipId,
    organization: &OrganizationId,
    roles: &[Role],
) -> Result<()> {
    clear(cx, membership)?;
    roles.iter().try_for_each(|it| insert(cx, membership, organization, &it.id))
}

fn insert(
    cx: &mut Cx<'_>,
    membership: &OrganizationMembershipId,
    organization: &OrganizationId,
    role: &RoleId,
) -> Result<()> {
    let values = [cx.environment.into(), membership.into(), role.into(), organization.into()];
    let sql = "INSERT INTO membership_roles
                 (environment_id, membership_id, role_id, organization_id)
               VALUES ($1, $2, $3, $4)";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Takes all roles from the membership.
pub(crate) fn clear(cx: &mut Cx<'_>, membership: &OrganizationMembershipId) -> Result<()> {
    let values = [cx.environment.into(), membership.into()];
    let sql = "DELETE FROM membership_roles WHERE environment_id = $1 AND membership_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// The slugs of the roles of each of these memberships, the one of highest priority first.
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
         FROM membership_roles a
         JOIN roles r ON r.environment_id = a.environment_id AND r.id = a.role_id
         LEFT JOIN role_orders o ON o.environment_id = a.environment_id
           AND o.organization_id = a.organization_id AND o.role_id = a.role_id
         WHERE a.environment_id = $1 AND a.membership_id IN ({places})
         ORDER BY CASE WHEN o.position IS NULL THEN 1 ELSE 0 END, o.position, r.position,
                  r.created_at, r.id"
    );
    for mut row in cx.db().query(&sql, &values)? {
        slugs.entry(row.take()?).or_default().push(row.take()?);
    }
    Ok(slugs)
}

/// The permissions that the roles of a membership give, each once, in the order of their slugs.
pub(crate) fn permissions(
    cx: &mut Cx<'_>,
    membership: &OrganizationMembershipId,
) -> Result<Vec<String>> {
    let values = [cx.environment.into(), membership.into()];
    let sql = "SELECT DISTINCT p.permission_slug
               FROM membership_roles a
               JOIN role_permissions p ON p.environment_id = a.environment_id
                 AND p.role_id = a.role_id
               WHERE a.environment_id = $1 AND a.membership_id = $2
               ORDER BY p.permission_slug";
    cx.db().query(sql, &values)?.into_iter().map(|mut row| row.take()).collect()
}

/// Whether a membership holds the role.
pub(crate) fn is_held(cx: &mut Cx<'_>, role: &RoleId) -> Result<bool> {
    let values = [cx.environment.into(), role.into()];
    let sql = "SELECT 1 FROM membership_roles WHERE environment_id = $1 AND role_id = $2 LIMIT 1";
    Ok(cx.db().first(sql, &values)?.is_some())
}

/// Takes the role from all who hold it; who is left with none gets the default one. Answers whose
/// roles changed.
pub(super) fn withdraw(cx: &mut Cx<'_>, role: &RoleId) -> Result<Vec<OrganizationMembershipId>> {
    let values = [cx.environment.into(), role.into()];
    let sql = "DELETE FROM membership_roles WHERE environment_id = $1 AND role_id = $2
               RETURNING membership_id, organization_id";
    let mut holders: Vec<(OrganizationMembershipId, OrganizationId)> = cx
        .db()
        .query(sql, &values)?
        .into_iter()
        .map(|mut row| Ok((row.take()?, row.take()?)))
        .collect::<Result<_>>()?;
    holders.sort();
    for (membership, organization) in &holders {
        let values = [cx.environment.into(), membership.into()];
        let sql = "SELECT 1 FROM membership_roles
                   WHERE environment_id = $1 AND membership_id = $2 LIMIT 1";
        if cx.db().first(sql, &values)?.is_none() {
            let default = super::default_of(cx, organization)?;
            insert(cx, membership, organization, &default.id)?;
        }
    }
    Ok(holders.into_iter().map(|it| it.0).collect())
}
