//! The SQL of resources. No other module reads or writes their table.
use vestibule_kernel::db::{OnUnique, Row, Value};
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::{Cx, Error, Result};
use vestibule_people::roles::assignments;
use vestibule_people::roles::resource_types::ORGANIZATION;

use super::{Resource, TAKEN_ALONG_MAX};
use crate::exclusions;

const SELECT: &str =
    "SELECT id, organization_id, resource_type_slug, external_id, name, description,
       ancestors, created_at, updated_at
FROM authorization_resources";

fn read(mut row: Row) -> Result<Resource> {
    let (key, organization_id): (_, OrganizationId) = (row.take()?, row.take()?);
    let (resource_type_slug, external_id) = (row.take()?, row.take()?);
    let (name, description) = (row.take()?, row.take()?);
    let ancestors: String = row.take()?;
    let above = ancestors.split_whitespace().map(str::to_owned);
    Ok(Resource {
        key,
        ancestors: above.chain([organization_id.to_string()]).collect(),
        organization_id,
        resource_type_slug,
        external_id,
        name,
        description,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

/// The keys above, without the organization, which has a column of its own.
fn ancestors(it: &Resource) -> String {
    let above = it.ancestors.split_last().map_or(&[][..], |it| it.1);
    let mut text = String::new();
    for key in above {
        text.push_str(key);
        text.push(' ');
    }
    text
}

pub(super) fn get(cx: &mut Cx<'_>, key: &str) -> Result<Option<Resource>> {
    let values = [cx.environment.into(), key.into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND id = $2");
    cx.db().first(&sql, &values)?.map(read).transpose()
}

pub(super) fn get_by_external_id(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    resource_type_slug: &str,
    external_id: &str,
) -> Result<Option<Resource>> {
    let values =
        [cx.environment.into(), organization.into(), resource_type_slug.into(), external_id.into()];
    let sql = format!(
        "{SELECT} WHERE environment_id = $1 AND organization_id = $2
           AND resource_type_slug = $3 AND external_id = $4"
    );
    cx.db().first(&sql, &values)?.map(read).transpose()
}

/// What a list keeps.
#[derive(Default)]
pub(super) struct Filter {
    pub(super) organization_id: Option<OrganizationId>,
    pub(super) resource_type_slug: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) parent: Option<String>,
}

pub(super) fn list(cx: &mut Cx<'_>, paging: &Paging, filter: Filter) -> Result<Page<Resource>> {
    let Filter { organization_id, resource_type_slug, external_id, parent } = filter;
    Listing::of(cx, "authorization_resources", SELECT)
        .filter_some("organization_id = ?", organization_id)
        .filter_some("resource_type_slug = ?", resource_type_slug)
        .filter_some("external_id = ?", external_id)
        .filter_some("parent_id = ?", parent)
        .page(cx, paging, read)
}

/// The resources of a type directly below another, those alone that these conditions keep. In each,
/// `?` stands for the next of its values.
pub(crate) fn page_of_children(
    cx: &mut Cx<'_>,
    paging: &Paging,
    (parent, resource_type_slug): (&str, &str),
    conditions: Vec<(&str, Vec<Value>)>,
) -> Result<Page<Resource>> {
    let list = Listing::of(cx, "authorization_resources", SELECT)
        .filter("parent_id = ?", parent)
        .filter("resource_type_slug = ?", resource_type_slug);
    let keep = |list: Listing, (condition, values): (&str, _)| list.filter_each(condition, values);
    conditions.into_iter().fold(list, keep).page(cx, paging, read)
}

/// Whether a resource of a type is directly below one of another.
pub(crate) fn is_below(cx: &mut Cx<'_>, resource_type_slug: &str, parent: &str) -> Result<bool> {
    let mut values = vec![cx.environment.into(), resource_type_slug.into()];
    let above = if parent == ORGANIZATION {
        "r.parent_id = r.organization_id"
    } else {
        values.push(parent.into());
        "EXISTS (SELECT 1 FROM authorization_resources p
                 WHERE p.environment_id = r.environment_id AND p.id = r.parent_id
                   AND p.resource_type_slug = $3)"
    };
    let sql = format!(
        "SELECT 1 FROM authorization_resources r
         WHERE r.environment_id = $1 AND r.resource_type_slug = $2 AND {above} LIMIT 1"
    );
    Ok(cx.db().first(&sql, &values)?.is_some())
}

/// Some resources of this type.
pub(super) fn some_of_type(
    cx: &mut Cx<'_>,
    resource_type_slug: &str,
    count: i64,
) -> Result<Vec<Resource>> {
    let values = [cx.environment.into(), resource_type_slug.into(), count.into()];
    let sql = format!(
        "{SELECT} WHERE environment_id = $1 AND resource_type_slug = $2
         ORDER BY organization_id, created_at, id LIMIT $3"
    );
    cx.db().query(&sql, &values)?.into_iter().map(read).collect()
}

/// The resources directly below another, or one more than are taken along at the most.
pub(super) fn children(cx: &mut Cx<'_>, parent: &str) -> Result<Vec<Resource>> {
    let count = i64::try_from(TAKEN_ALONG_MAX + 1).unwrap_or(i64::MAX);
    let values = [cx.environment.into(), parent.into(), count.into()];
    let sql = format!(
        "{SELECT} WHERE environment_id = $1 AND parent_id = $2 ORDER BY created_at, id LIMIT $3"
    );
    cx.db().query(&sql, &values)?.into_iter().map(read).collect()
}

pub(super) fn has_children(cx: &mut Cx<'_>, parent: &str) -> Result<bool> {
    let values = [cx.environment.into(), parent.into()];
    let sql = "SELECT 1 FROM authorization_resources
               WHERE environment_id = $1 AND parent_id = $2 LIMIT 1";
    Ok(cx.db().first(sql, &values)?.is_some())
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &Resource, taken: impl FnOnce() -> Error) -> Result<()> {
    let values = [
        cx.environment.into(),
        it.key.as_str().into(),
        (&it.organization_id).into(),
        it.resource_type_slug.as_str().into(),
        it.external_id.as_str().into(),
        it.name.as_str().into(),
        it.description.as_deref().into(),
        it.ancestors.first().map(String::as_str).into(),
        ancestors(it).into(),
        it.created_at.into(),
        it.updated_at.into(),
    ];
    let sql = "INSERT INTO authorization_resources
                 (environment_id, id, organization_id, resource_type_slug, external_id, name,
                  description, parent_id, ancestors, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let unique = "authorization_resources(environment_id, organization_id, resource_type_slug, \
                  external_id)";
    cx.db().execute(sql, &values).on_unique(unique, taken).map(|_| ())
}

pub(super) fn update(cx: &mut Cx<'_>, it: &Resource) -> Result<()> {
    let values = [
        cx.environment.into(),
        it.key.as_str().into(),
        it.name.as_str().into(),
        it.description.as_deref().into(),
        it.ancestors.first().map(String::as_str).into(),
        ancestors(it).into(),
        it.updated_at.into(),
    ];
    let sql = "UPDATE authorization_resources
               SET name = $3, description = $4, parent_id = $5, ancestors = $6, updated_at = $7
               WHERE environment_id = $1 AND id = $2";
    cx.touch(it.organization_id.as_str());
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes a resource and the roles that are held on it.
pub(super) fn delete(cx: &mut Cx<'_>, it: &Resource) -> Result<()> {
    cx.touch(it.organization_id.as_str());
    assignments::clear_resource(cx, &it.key)?;
    exclusions::clear_resource(cx, &it.key)?;
    let values = [cx.environment.into(), it.key.as_str().into()];
    let sql = "DELETE FROM authorization_resources WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes the resources of an organization whose memberships and groups, and with them all roles,
/// are gone already.
pub(super) fn delete_of_organization(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<()> {
    cx.touch(organization.as_str());
    let values = [cx.environment.into(), organization.into()];
    let sql = "DELETE FROM authorization_resources
               WHERE environment_id = $1 AND organization_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}
