//! The SQL of roles and of the permissions that they hold. No other module reads or writes these
//! tables.
use std::collections::HashMap;

use vestibule_kernel::db::{OnUnique, Row, Value};
use vestibule_kernel::id::{OrganizationId, RoleId};
use vestibule_kernel::{Cx, Error, Result};

use super::{Role, RoleKind};
use crate::statement::one_of;

/// The columns of a role, in the order in which [`read`] takes them.
macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT r.id, r.slug, r.name, r.description, r.organization_id, r.resource_type_slug, ",
            "r.created_at, r.updated_at FROM roles r ",
            $tail
        )
    };
}

fn read(mut row: Row) -> Result<Role> {
    let (id, slug, name) = (row.take()?, row.take()?, row.take()?);
    let description = row.take()?;
    let organization_id: Option<OrganizationId> = row.take()?;
    Ok(Role {
        object: "role",
        id,
        slug,
        name,
        description,
        kind: match organization_id {
            Some(_) => RoleKind::OrganizationRole,
            None => RoleKind::EnvironmentRole,
        },
        resource_type_slug: row.take()?,
        permissions: Vec::new(),
        created_at: row.take()?,
        updated_at: row.take()?,
        organization_id,
    })
}

fn query(cx: &mut Cx<'_>, sql: &str, values: &[Value]) -> Result<Vec<Role>> {
    let rows = cx.db().query(sql, values)?;
    let mut roles: Vec<Role> = rows.into_iter().map(read).collect::<Result<_>>()?;
    if roles.is_empty() {
        return Ok(roles);
    }
    let mut values = vec![cx.environment.into()];
    let places = one_of(&mut values, roles.iter().map(|it| &it.id));
    let sql = format!(
        "SELECT role_id, permission_slug FROM role_permissions
         WHERE environment_id = $1 AND role_id IN ({places}) ORDER BY permission_slug"
    );
    let mut held: HashMap<RoleId, Vec<String>> = HashMap::new();
    for mut row in cx.db().query(&sql, &values)? {
        held.entry(row.take()?).or_default().push(row.take()?);
    }
    for role in &mut roles {
        role.permissions = held.remove(&role.id).unwrap_or_default();
    }
    Ok(roles)
}

fn first(cx: &mut Cx<'_>, sql: &str, values: &[Value]) -> Result<Option<Role>> {
    Ok(query(cx, sql, values)?.into_iter().next())
}

/// The roles of the environment, the one of highest priority first.
pub(crate) fn of_environment(cx: &mut Cx<'_>) -> Result<Vec<Role>> {
    let values = [cx.environment.into()];
    let sql = select!(
        "WHERE r.environment_id = $1 AND r.organization_id IS NULL
         ORDER BY r.position, r.created_at, r.id"
    );
    query(cx, sql, &values)
}

/// The roles that apply to the organization, the one of highest priority first. A role of the
/// environment that is newer than the organization's own order comes after those in it.
pub(crate) fn of_organization(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<Vec<Role>> {
    let values = [cx.environment.into(), id.into()];
    let sql = select!(
        "LEFT JOIN role_orders o ON o.environment_id = r.environment_id
           AND o.organization_id = $2 AND o.role_id = r.id
         WHERE r.environment_id = $1 AND (r.organization_id IS NULL OR r.organization_id = $2)
         ORDER BY CASE WHEN o.position IS NULL THEN 1 ELSE 0 END, o.position, r.position,
                  r.created_at, r.id"
    );
    query(cx, sql, &values)
}

/// The organization's own roles.
pub(crate) fn own_of_organization(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<Vec<Role>> {
    let values = [cx.environment.into(), id.into()];
    query(cx, select!("WHERE r.environment_id = $1 AND r.organization_id = $2"), &values)
}

/// The environment's role of this slug.
pub(crate) fn get_of_environment(cx: &mut Cx<'_>, slug: &str) -> Result<Option<Role>> {
    let values = [cx.environment.into(), slug.into()];
    let sql = select!("WHERE r.environment_id = $1 AND r.slug = $2 AND r.organization_id IS NULL");
    first(cx, sql, &values)
}

/// The role of this slug that applies to the organization.
pub(crate) fn get_of_organization(
    cx: &mut Cx<'_>,
    id: &OrganizationId,
    slug: &str,
) -> Result<Option<Role>> {
    let values = [cx.environment.into(), slug.into(), id.into()];
    let sql = select!(
        "WHERE r.environment_id = $1 AND r.slug = $2
           AND (r.organization_id IS NULL OR r.organization_id = $3)"
    );
    first(cx, sql, &values)
}

/// The roles that hold a permission.
pub(super) fn holding(cx: &mut Cx<'_>, permission: &str) -> Result<Vec<Role>> {
    let values = [cx.environment.into(), permission.into()];
    let sql = select!(
        "JOIN role_permissions p ON p.environment_id = r.environment_id AND p.role_id = r.id
         WHERE r.environment_id = $1 AND p.permission_slug = $2
         ORDER BY r.created_at, r.id"
    );
    query(cx, sql, &values)
}

/// Whether a role, of whatever scope, is held on resources of this type.
pub(super) fn any_about(cx: &mut Cx<'_>, resource_type_slug: &str) -> Result<bool> {
    let values = [cx.environment.into(), resource_type_slug.into()];
    let sql = "SELECT 1 FROM roles WHERE environment_id = $1 AND resource_type_slug = $2 LIMIT 1";
    Ok(cx.db().first(sql, &values)?.is_some())
}

/// The role of this id.
pub(super) fn get_by_id(cx: &mut Cx<'_>, id: &RoleId) -> Result<Option<Role>> {
    let values = [cx.environment.into(), id.into()];
    first(cx, select!("WHERE r.environment_id = $1 AND r.id = $2"), &values)
}

/// How many roles the environment, or one organization, has of its own.
pub(crate) fn count(cx: &mut Cx<'_>, organization: Option<&OrganizationId>) -> Result<i64> {
    let mut values = vec![cx.environment.into()];
    let scope = match organization {
        Some(id) => {
            values.push(id.into());
            "= $2"
        }
        None => "IS NULL",
    };
    let sql =
        format!("SELECT COUNT(*) FROM roles WHERE environment_id = $1 AND organization_id {scope}");
    cx.db().first(&sql, &values)?.map_or(Ok(0), |mut row| row.take())
}

/// Whether a role of another scope has the slug already: within an organization a slug must name
/// one role. A slug that the same scope has is refused by the unique indexes.
fn is_taken_elsewhere(cx: &mut Cx<'_>, role: &Role) -> Result<bool> {
    let values = [cx.environment.into(), (&role.slug).into()];
    let scope = match role.kind {
        RoleKind::EnvironmentRole => "NOT NULL",
        RoleKind::OrganizationRole => "NULL",
    };
    let sql = format!(
        "SELECT 1 FROM roles
         WHERE environment_id = $1 AND slug = $2 AND organization_id IS {scope} LIMIT 1"
    );
    Ok(cx.db().first(&sql, &values)?.is_some())
}

/// Adds a role, below all others of its scope.
pub(crate) fn insert(cx: &mut Cx<'_>, it: &Role, taken: impl Fn() -> Error) -> Result<()> {
    if is_taken_elsewhere(cx, it)? {
        return Err(taken());
    }
    let values = columns(cx, it);
    cx.db()
        .execute(INSERT, &values)
        .on_unique("roles(environment_id, slug)", &taken)
        .on_unique("roles(environment_id, organization_id, slug)", &taken)?;
    add_permissions(cx, &it.id, &it.permissions)
}

/// Adds a role unless there is one with its slug, so that several may try it at once.
pub(super) fn ensure(cx: &mut Cx<'_>, it: &Role) -> Result<()> {
    let values = columns(cx, it);
    if cx.db().execute(&format!("{INSERT} ON CONFLICT DO NOTHING"), &values)? > 0 {
        add_permissions(cx, &it.id, &it.permissions)?;
    }
    Ok(())
}

const INSERT: &str = "INSERT INTO roles
     (id, environment_id, organization_id, slug, name, description, resource_type_slug, position,
      created_at, updated_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7,
           (SELECT COALESCE(MAX(position), 0) + 1 FROM roles WHERE environment_id = $2), $8, $9)";

fn columns(cx: &Cx<'_>, it: &Role) -> [Value; 9] {
    [
        (&it.id).into(),
        cx.environment.into(),
        it.organization_id.as_ref().into(),
        (&it.slug).into(),
        (&it.name).into(),
        it.description.as_deref().into(),
        (&it.resource_type_slug).into(),
        it.created_at.into(),
        it.updated_at.into(),
    ]
}

pub(crate) fn update(cx: &mut Cx<'_>, it: &Role) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        (&it.name).into(),
        it.description.as_deref().into(),
        it.updated_at.into(),
    ];
    let sql = "UPDATE roles SET name = $3, description = $4, updated_at = $5
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Puts the environment's roles into this order.
pub(super) fn reorder(cx: &mut Cx<'_>, roles: &[Role]) -> Result<()> {
    for (position, role) in (1i64..).zip(roles) {
        let values = [cx.environment.into(), (&role.id).into(), position.into()];
        let sql = "UPDATE roles SET position = $3 WHERE environment_id = $1 AND id = $2";
        cx.db().execute(sql, &values)?;
    }
    Ok(())
}

/// Gives the role these permissions in the place of those that it has.
pub(crate) fn set_permissions(cx: &mut Cx<'_>, id: &RoleId, slugs: &[String]) -> Result<()> {
    cx.touch_all();
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM role_permissions WHERE environment_id = $1 AND role_id = $2";
    cx.db().execute(sql, &values)?;
    add_permissions(cx, id, slugs)
}

fn add_permissions(cx: &mut Cx<'_>, id: &RoleId, slugs: &[String]) -> Result<()> {
    for slug in slugs {
        let values = [cx.environment.into(), id.into(), slug.into()];
        let sql = "INSERT INTO role_permissions (environment_id, role_id, permission_slug)
                   VALUES ($1, $2, $3)";
        cx.db().execute(sql, &values)?;
    }
    Ok(())
}

pub(crate) fn delete(cx: &mut Cx<'_>, id: &RoleId) -> Result<()> {
    cx.touch_all();
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM role_permissions WHERE environment_id = $1 AND role_id = $2";
    cx.db().execute(sql, &values)?;
    let sql = "DELETE FROM roles WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}
