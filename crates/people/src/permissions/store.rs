//! The SQL of permissions. No other module reads or writes this table.
use vestibule_kernel::db::{OnUnique, Row, Value};
use vestibule_kernel::id::PermissionId;
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::{Cx, Result};

use super::{Permission, slug_conflict};
use crate::statement::one_of;

const SELECT: &str = "SELECT id, slug, name, description, is_system, resource_type_slug,
                             created_at, updated_at
                      FROM permissions";

fn read(mut row: Row) -> Result<Permission> {
    Ok(Permission {
        object: "permission",
        id: row.take()?,
        slug: row.take()?,
        name: row.take()?,
        description: row.take()?,
        system: row.take()?,
        resource_type_slug: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

pub(super) fn get(cx: &mut Cx<'_>, slug: &str) -> Result<Option<Permission>> {
    let values = [cx.environment.into(), slug.into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND slug = $2");
    cx.db().first(&sql, &values)?.map(read).transpose()
}

pub(super) fn of_slugs(cx: &mut Cx<'_>, slugs: &[String]) -> Result<Vec<Permission>> {
    if slugs.is_empty() {
        return Ok(Vec::new());
    }
    let mut values: Vec<Value> = vec![cx.environment.into()];
    let places = one_of(&mut values, slugs);
    let sql = format!("{SELECT} WHERE environment_id = $1 AND slug IN ({places})");
    cx.db().query(&sql, &values)?.into_iter().map(read).collect()
}

pub(super) fn list(cx: &mut Cx<'_>, paging: &Paging) -> Result<Page<Permission>> {
    Listing::of(cx, "permissions", SELECT).page(cx, paging, read)
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &Permission) -> Result<()> {
    let values = columns(cx, it);
    cx.db()
        .execute(INSERT, &values)
        .on_unique("permissions(environment_id, slug)", || slug_conflict(&it.slug))
        .map(|_| ())
}

/// Adds a permission unless there is one with its slug, so that several may try it at once.
pub(super) fn ensure(cx: &mut Cx<'_>, it: &Permission) -> Result<()> {
    let values = columns(cx, it);
    let sql = format!("{INSERT} ON CONFLICT (environment_id, slug) DO NOTHING");
    cx.db().execute(&sql, &values).map(|_| ())
}

const INSERT: &str = "INSERT INTO permissions
     (id, environment_id, slug, name, description, is_system, resource_type_slug, created_at,
      updated_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

fn columns(cx: &Cx<'_>, it: &Permission) -> [Value; 9] {
    [
        (&it.id).into(),
        cx.environment.into(),
        (&it.slug).into(),
        (&it.name).into(),
        it.description.as_deref().into(),
        it.system.into(),
        (&it.resource_type_slug).into(),
        it.created_at.into(),
        it.updated_at.into(),
    ]
}

pub(super) fn page_of(
    cx: &mut Cx<'_>,
    paging: &Paging,
    slugs: Vec<String>,
    resource_type_slug: &str,
) -> Result<Page<Permission>> {
    Listing::of(cx, "permissions", SELECT)
        .filter_in("slug", slugs)
        .filter("resource_type_slug = ?", resource_type_slug)
        .page(cx, paging, read)
}

pub(super) fn any_about(cx: &mut Cx<'_>, resource_type_slug: &str) -> Result<bool> {
    let values = [cx.environment.into(), resource_type_slug.into()];
    let sql = "SELECT 1 FROM permissions
               WHERE environment_id = $1 AND resource_type_slug = $2 LIMIT 1";
    Ok(cx.db().first(sql, &values)?.is_some())
}

pub(super) fn update(cx: &mut Cx<'_>, it: &Permission) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        (&it.name).into(),
        it.description.as_deref().into(),
        it.updated_at.into(),
    ];
    let sql = "UPDATE permissions SET name = $3, description = $4, updated_at = $5
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn delete(cx: &mut Cx<'_>, id: &PermissionId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    cx.touch_all();
    let sql = "DELETE FROM permissions WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}
