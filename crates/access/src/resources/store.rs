//! The SQL of resources. No other module reads or writes their table.
use std::sync::LazyLock;

use vestibule_kernel::db::{OnUnique, Row, Value};
use vestibule_kernel::id::{AuthorizationResourceId, OrganizationId};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::{Cx, Error, Result};
use vestibule_people::memberships::Standing;
use vestibule_people::roles::resource_types::ORGANIZATION;
use vestibule_people::roles::{assignments, numbers};

use super::{Place, Resource, TAKEN_ALONG_MAX, public_id};
use crate::exclusions;

/// The columns, in the order in which [`read`] takes them.
const SELECT: &str =
    "SELECT r.id, r.number, r.organization_id, r.organization, t.slug, r.external_id, r.name,
       r.description, r.parent, p.id, r.ancestors, r.created_at, r.updated_at
FROM authorization_resources r
JOIN resource_type_numbers t ON t.number = r.type
LEFT JOIN authorization_resources p ON p.number = r.parent";

/// The same of what a check needs to know, in the order in which [`read_place`] takes them: all of it is
/// in the index of ids.
const SELECT_PLACE: &str = "SELECT r.number, t.slug, r.ancestors
FROM authorization_resources r
JOIN resource_type_numbers t ON t.number = r.type";

/// What a check looks for. An organization is of one environment.
static PLACE: LazyLock<String> =
    LazyLock::new(|| format!("{SELECT_PLACE} WHERE r.id = $1 AND r.organization = $2 -- global"));
static PLACE_BY_EXTERNAL_ID: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{SELECT_PLACE} WHERE r.organization = $1 AND r.external_id = $3 AND r.type =
           (SELECT number FROM resource_type_numbers WHERE environment_id = $4 AND slug = $2)"
    )
});

/// The numbers above a resource out of its column, with the organization last.
fn above(ancestors: &str, organization: i64) -> Result<Vec<i64>> {
    let above = ancestors.split_whitespace().map(|it| it.parse().map_err(Error::internal));
    above.chain([Ok(-organization)]).collect()
}

fn read(mut row: Row) -> Result<Resource> {
    let (id, number, organization_id) = (row.take()?, row.take()?, row.take()?);
    let organization: i64 = row.take()?;
    let resource_type_slug = row.take()?;
    let (external_id, name, description) = (row.take()?, row.take()?, row.take()?);
    let (parent, parent_id): (i64, Option<AuthorizationResourceId>) = (row.take()?, row.take()?);
    let parent_resource_id = match parent_id {
        Some(id) => id,
        None if parent == -organization => public_id(&organization_id)?,
        None => return Err(Error::internal(format!("what is above resource '{id}' is gone"))),
    };
    let ancestors: String = row.take()?;
    Ok(Resource {
        number,
        id,
        organization_id,
        resource_type_slug,
        external_id,
        name,
        description,
        parent_resource_id: Some(parent_resource_id),
        ancestors: above(&ancestors, organization)?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

fn read_place(mut row: Row, of: &Standing) -> Result<Place> {
    let (number, resource_type_slug) = (row.take()?, row.take()?);
    let ancestors: String = row.take()?;
    let mut path = above(&ancestors, of.organization)?;
    path.insert(0, number);
    Ok(Place { organization_id: of.organization_id.clone(), resource_type_slug, path })
}

/// What is above, without the organization, as the column has it.
fn ancestors(it: &Resource) -> String {
    let above = it.ancestors.split_last().map_or(&[][..], |it| it.1);
    let mut text = String::new();
    for number in above {
        text.push_str(&number.to_string());
        text.push(' ');
    }
    text
}

pub(super) fn get(cx: &mut Cx<'_>, id: &AuthorizationResourceId) -> Result<Option<Resource>> {
    let values = [cx.environment.into(), id.into()];
    let sql = format!("{SELECT} WHERE r.environment_id = $1 AND r.id = $2");
    cx.db().first(&sql, &values)?.map(read).transpose()
}

/// The resources of a path, the nearest first, without the organization.
pub(super) fn of_path(cx: &mut Cx<'_>, path: &[i64]) -> Result<Vec<Resource>> {
    let sql = format!("{SELECT} WHERE r.environment_id = $1 AND r.number = $2");
    let mut found = Vec::with_capacity(path.len());
    for number in path.iter().filter(|it| **it > 0) {
        let values = [cx.environment.into(), (*number).into()];
        found.extend(cx.db().first(&sql, &values)?.map(read).transpose()?);
    }
    Ok(found)
}

/// Where a resource is in the organization of a membership.
pub(super) fn place(
    cx: &mut Cx<'_>,
    of: &Standing,
    id: &AuthorizationResourceId,
) -> Result<Option<Place>> {
    let values = [id.into(), of.organization.into()];
    cx.db().first(&PLACE, &values)?.map(|row| read_place(row, of)).transpose()
}

/// The same by what the application knows it by.
pub(super) fn place_by_external_id(
    cx: &mut Cx<'_>,
    of: &Standing,
    resource_type_slug: &str,
    external_id: &str,
) -> Result<Option<Place>> {
    let values = [
        of.organization.into(),
        resource_type_slug.into(),
        external_id.into(),
        cx.environment.into(),
    ];
    cx.db().first(&PLACE_BY_EXTERNAL_ID, &values)?.map(|row| read_place(row, of)).transpose()
}

pub(super) fn get_by_external_id(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    resource_type_slug: &str,
    external_id: &str,
) -> Result<Option<Resource>> {
    let organization = numbers::known_of_organization(cx, organization)?;
    let of_type = numbers::known_of_type(cx, resource_type_slug)?;
    let values = [cx.environment.into(), organization.into(), of_type.into(), external_id.into()];
    let sql = format!(
        "{SELECT} WHERE r.environment_id = $1 AND r.organization = $2 AND r.type = $3
           AND r.external_id = $4"
    );
    cx.db().first(&sql, &values)?.map(read).transpose()
}

/// What a list keeps.
#[derive(Default)]
pub(super) struct Filter {
    pub(super) organization_id: Option<OrganizationId>,
    pub(super) resource_type_slug: Option<String>,
    pub(super) external_id: Option<String>,
    /// The number of the resource directly above.
    pub(super) parent: Option<i64>,
}

pub(super) fn list(cx: &mut Cx<'_>, paging: &Paging, filter: Filter) -> Result<Page<Resource>> {
    let Filter { organization_id, resource_type_slug, external_id, parent } = filter;
    let organization =
        organization_id.map(|it| numbers::known_of_organization(cx, &it)).transpose()?;
    let of_type = resource_type_slug.map(|it| numbers::known_of_type(cx, &it)).transpose()?;
    // What is below one resource is found by that alone.
    let [by_organization, by_type] = match parent {
        Some(_) => ["+r.organization = ?", "+r.type = ?"],
        None => ["r.organization = ?", "r.type = ?"],
    };
    Listing::of(cx, "r", SELECT)
        .filter_some(by_organization, organization)
        .filter_some(by_type, of_type)
        .filter_some("r.external_id = ?", external_id)
        .filter_some("r.parent = ?", parent)
        .page(cx, paging, read)
}

/// The resources of a type directly below another, those alone that these conditions keep. In each,
/// `?` stands for the next of its values.
pub(crate) fn page_of_children(
    cx: &mut Cx<'_>,
    paging: &Paging,
    (parent, resource_type_slug): (i64, &str),
    conditions: Vec<(&str, Vec<Value>)>,
) -> Result<Page<Resource>> {
    let of_type = numbers::known_of_type(cx, resource_type_slug)?;
    let list =
        Listing::of(cx, "r", SELECT).filter("r.parent = ?", parent).filter("+r.type = ?", of_type);
    let keep = |list: Listing, (condition, values): (&str, _)| list.filter_each(condition, values);
    conditions.into_iter().fold(list, keep).page(cx, paging, read)
}

/// Whether a resource of a type is directly below one of another.
pub(crate) fn is_below(cx: &mut Cx<'_>, resource_type_slug: &str, parent: &str) -> Result<bool> {
    let mut values =
        vec![cx.environment.into(), numbers::known_of_type(cx, resource_type_slug)?.into()];
    let above = if parent == ORGANIZATION {
        "r.parent < 0"
    } else {
        values.push(numbers::known_of_type(cx, parent)?.into());
        "EXISTS (SELECT 1 FROM authorization_resources p WHERE p.number = r.parent AND p.type = $3)"
    };
    let sql = format!(
        "SELECT 1 FROM authorization_resources r
         WHERE r.environment_id = $1 AND r.type = $2 AND {above} LIMIT 1"
    );
    Ok(cx.db().first(&sql, &values)?.is_some())
}

/// Some resources of this type.
pub(super) fn some_of_type(
    cx: &mut Cx<'_>,
    resource_type_slug: &str,
    count: i64,
) -> Result<Vec<Resource>> {
    let of_type = numbers::known_of_type(cx, resource_type_slug)?;
    let values = [cx.environment.into(), of_type.into(), count.into()];
    let sql = format!(
        "{SELECT} WHERE r.environment_id = $1 AND r.type = $2 ORDER BY r.created_at, r.id LIMIT $3"
    );
    cx.db().query(&sql, &values)?.into_iter().map(read).collect()
}

/// The resources directly below another, or one more than are taken along at the most.
pub(super) fn children(cx: &mut Cx<'_>, parent: i64) -> Result<Vec<Resource>> {
    let count = i64::try_from(TAKEN_ALONG_MAX + 1).unwrap_or(i64::MAX);
    let values = [cx.environment.into(), parent.into(), count.into()];
    let sql = format!(
        "{SELECT} WHERE r.environment_id = $1 AND r.parent = $2 ORDER BY r.created_at, r.id LIMIT $3"
    );
    cx.db().query(&sql, &values)?.into_iter().map(read).collect()
}

pub(super) fn has_children(cx: &mut Cx<'_>, parent: i64) -> Result<bool> {
    let values = [cx.environment.into(), parent.into()];
    let sql = "SELECT 1 FROM authorization_resources
               WHERE environment_id = $1 AND parent = $2 LIMIT 1";
    Ok(cx.db().first(sql, &values)?.is_some())
}

/// Writes a resource, but for its number, which the database gives it.
pub(super) fn insert(cx: &mut Cx<'_>, it: &Resource, taken: impl FnOnce() -> Error) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        (&it.organization_id).into(),
        numbers::of_organization(cx, &it.organization_id)?.into(),
        numbers::of_type(cx, &it.resource_type_slug)?.into(),
        it.external_id.as_str().into(),
        it.name.as_str().into(),
        it.description.as_deref().into(),
        parent(it).into(),
        ancestors(it).into(),
        it.created_at.into(),
        it.updated_at.into(),
    ];
    let sql = "INSERT INTO authorization_resources
                 (environment_id, id, organization_id, organization, type, external_id, name,
                  description, parent, ancestors, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let unique = "authorization_resources(organization, type, external_id)";
    cx.db().execute(sql, &values).on_unique(unique, taken).map(|_| ())
}

/// The number of what is directly above.
fn parent(it: &Resource) -> i64 {
    it.ancestors.first().copied().unwrap_or(numbers::NONE)
}

pub(super) fn update(cx: &mut Cx<'_>, it: &Resource) -> Result<()> {
    let values = [
        cx.environment.into(),
        it.number.into(),
        it.name.as_str().into(),
        it.description.as_deref().into(),
        parent(it).into(),
        ancestors(it).into(),
        it.updated_at.into(),
    ];
    let sql = "UPDATE authorization_resources
               SET name = $3, description = $4, parent = $5, ancestors = $6, updated_at = $7
               WHERE environment_id = $1 AND number = $2";
    cx.touch(it.organization_id.as_str());
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes a resource and the roles that are held on it.
pub(super) fn delete(cx: &mut Cx<'_>, it: &Resource) -> Result<()> {
    cx.touch(it.organization_id.as_str());
    assignments::clear_resource(cx, &it.organization_id, it.number)?;
    exclusions::clear_resource(cx, it.number)?;
    let values = [cx.environment.into(), it.number.into()];
    let sql = "DELETE FROM authorization_resources WHERE environment_id = $1 AND number = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes the resources of an organization whose memberships and groups, and with them all roles,
/// are gone already.
pub(super) fn delete_of_organization(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<()> {
    cx.touch(organization.as_str());
    let number = numbers::known_of_organization(cx, organization)?;
    let values = [cx.environment.into(), number.into()];
    let sql = "DELETE FROM authorization_resources
               WHERE environment_id = $1 AND organization = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

#[cfg(test)]
mod tests {
    use vestibule_kernel::testing::sqlite_plan;

    use super::{PLACE, PLACE_BY_EXTERNAL_ID, SELECT};

    #[test]
    fn what_a_check_asks_of_a_resource_is_all_in_one_index() {
        let plan = sqlite_plan(&PLACE);
        let index = "USING COVERING INDEX authorization_resources_by_id (id=? AND organization=?)";
        assert!(plan[0].contains(index) && plan.len() == 2, "{plan:#?}");
        let plan = sqlite_plan(&PLACE_BY_EXTERNAL_ID);
        assert!(plan.iter().any(|it| it.contains("authorization_resources_by_external_id")));
        assert!(plan.iter().all(|it| !it.starts_with("SCAN")), "{plan:#?}");
    }

    /// Each list goes along one index, in which what it shows is in order.
    #[test]
    fn a_page_of_resources_looks_at_no_others() {
        for (filter, index) in [
            ("r.organization = $4", "of_organization (organization=?"),
            ("r.type = $4", "of_type (type=?"),
            ("r.organization = $4 AND r.type = $5", "of_both (organization=? AND type=?"),
            ("r.parent = $4", "of_parent (parent=?"),
            ("+r.organization = $4 AND +r.type = $5 AND r.parent = $6", "of_parent (parent=?"),
            ("r.parent = $4 AND +r.type = $5", "of_parent (parent=?"),
        ] {
            for cursor in ["$2 = $3", "(r.created_at, r.id) < ($2, $3)"] {
                let sql = format!(
                    "{SELECT} WHERE r.environment_id = $1 AND {filter} AND {cursor}
                     ORDER BY r.created_at DESC, r.id DESC LIMIT 11"
                );
                let plan = sqlite_plan(&sql);
                let sorted = plan.iter().any(|it| it == "USE TEMP B-TREE FOR ORDER BY");
                let found = plan.iter().any(|it| it.contains(index));
                assert!(found && !sorted, "{filter}: {plan:#?}");
            }
        }
    }
}
