//! The order of roles that an organization has of its own, and its own default role.
//!
//! An organization follows the environment until its first own role is made (contract 06 §2); the
//! order of the environment is copied then. A role of the environment that is made later is not in
//! the copy, and so comes below all that are.
use vestibule_kernel::id::{OrganizationId, RoleId};
use vestibule_kernel::{Cx, Result};

use super::Role;

fn is_started(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<bool> {
    let values = [cx.environment.into(), organization.into()];
    let sql =
        "SELECT 1 FROM role_orders WHERE environment_id = $1 AND organization_id = $2 LIMIT 1";
    Ok(cx.db().first(sql, &values)?.is_some())
}

/// Gives the organization an order of its own, unless it has one.
pub(crate) fn start(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<()> {
    if is_started(cx, organization)? {
        return Ok(());
    }
    let default = super::default_of_environment(cx)?;
    let roles = super::store::of_environment(cx)?;
    for (position, role) in (1i64..).zip(&roles) {
        insert(cx, organization, &role.id, position, role.id == default.id)?;
    }
    Ok(())
}

/// Puts a role at the end of the organization's order.
pub(crate) fn append(cx: &mut Cx<'_>, organization: &OrganizationId, role: &RoleId) -> Result<()> {
    let values = [cx.environment.into(), organization.into()];
    let sql = "SELECT COALESCE(MAX(position), 0) + 1 FROM role_orders
               WHERE environment_id = $1 AND organization_id = $2";
    let position = cx.db().first(sql, &values)?.map_or(Ok(1), |mut row| row.take())?;
    insert(cx, organization, role, position, false)
}

/// Puts the organization's roles into this order.
pub(crate) fn set(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    roles: &[Role],
    default: &RoleId,
) -> Result<()> {
    forget_organization(cx, organization)?;
    for (position, role) in (1i64..).zip(roles) {
        insert(cx, organization, &role.id, position, role.id == *default)?;
    }
    Ok(())
}

fn insert(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    role: &RoleId,
    position: i64,
    is_default: bool,
) -> Result<()> {
    let values = [
        cx.environment.into(),
        organization.into(),
        role.into(),
        position.into(),
        is_default.into(),
    ];
    let sql = "INSERT INTO role_orders
                 (environment_id, organization_id, role_id, position, is_default)
               VALUES ($1, $2, $3, $4, $5)";
    cx.db().execute(sql, &values).map(|_| ())
}

/// The organization's own default role, where it has an order of its own.
pub(super) fn default_of(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<Option<RoleId>> {
    let values = [cx.environment.into(), organization.into(), true.into()];
    let sql = "SELECT role_id FROM role_orders
               WHERE environment_id = $1 AND organization_id = $2 AND is_default = $3";
    cx.db().first(sql, &values)?.map(|mut row| row.take()).transpose()
}

/// Whether the role is the default of an organization.
pub(crate) fn is_a_default(cx: &mut Cx<'_>, role: &RoleId) -> Result<bool> {
    let values = [cx.environment.into(), role.into(), true.into()];
    let sql = "SELECT 1 FROM role_orders
               WHERE environment_id = $1 AND role_id = $2 AND is_default = $3 LIMIT 1";
    Ok(cx.db().first(sql, &values)?.is_some())
}

/// Takes a role out of every order.
pub(crate) fn forget_role(cx: &mut Cx<'_>, role: &RoleId) -> Result<()> {
    let values = [cx.environment.into(), role.into()];
    let sql = "DELETE FROM role_orders WHERE environment_id = $1 AND role_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Takes away the organization's order.
pub(crate) fn forget_organization(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<()> {
    let values = [cx.environment.into(), organization.into()];
    let sql = "DELETE FROM role_orders WHERE environment_id = $1 AND organization_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}
