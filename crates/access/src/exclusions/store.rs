//! The SQL of exclusions. No other module reads or writes their table.
use vestibule_kernel::db::{Row, Value};
use vestibule_kernel::id::{ExclusionId, GroupId, OrganizationId, OrganizationMembershipId};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::{Cx, Result};

use super::Exclusion;
use crate::role_assignments::AssignedResource;

const SELECT: &str =
    "SELECT e.id, e.organization_id, e.membership_id, e.group_id, e.permission_slug,
       e.created_at, e.resource, t.id, t.external_id, k.slug
FROM authorization_exclusions e
LEFT JOIN authorization_resources t ON t.number = e.resource
LEFT JOIN resource_type_numbers k ON k.number = t.type";

fn read(mut row: Row) -> Result<Exclusion> {
    let (id, organization_id) = (row.take()?, row.take()?);
    let (organization_membership_id, group_id) = (row.take()?, row.take()?);
    let (permission_slug, created_at) = (row.take()?, row.take()?);
    Ok(Exclusion {
        object: "authorization_exclusion",
        id,
        resource: AssignedResource::read(&mut row, &organization_id)?,
        organization_id,
        organization_membership_id,
        group_id,
        permission_slug,
        created_at,
    })
}

/// The exclusions of a membership, by itself or through its groups, on any of these resources.
pub(crate) fn on_path(
    cx: &mut Cx<'_>,
    membership: &OrganizationMembershipId,
    path: &[i64],
) -> Result<Vec<Exclusion>> {
    let mut values: Vec<Value> = vec![cx.environment.into(), membership.into()];
    values.extend(path.iter().map(|it| Value::Int(*it)));
    let places: Vec<String> = (3..=values.len()).map(|n| format!("${n}")).collect();
    let sql = on_path_sql(&places.join(", "));
    cx.db().query(&sql, &values)?.into_iter().map(read).collect()
}

fn on_path_sql(places: &str) -> String {
    format!(
        "{SELECT} WHERE e.environment_id = $1 AND e.resource IN ({places})
           AND (e.membership_id = $2 OR e.group_id IN (
             SELECT group_id FROM group_members
             WHERE environment_id = $1 AND membership_id = $2))
         ORDER BY e.created_at, e.id"
    )
}

/// A condition on the column `column`, which names memberships: that none of them is excluded from
/// the permission on the path. Each `?` stands for the next of the values.
pub(crate) fn excluded_memberships(
    cx: &Cx<'_>,
    column: &str,
    permission: &str,
    path: &[i64],
) -> (String, Vec<Value>) {
    let places = vec!["?"; path.len()].join(", ");
    let condition = format!(
        "{column} NOT IN (
           SELECT e.membership_id FROM authorization_exclusions e
           WHERE e.environment_id = ? AND e.membership_id IS NOT NULL
             AND (e.permission_slug IS NULL OR e.permission_slug = ?) AND e.resource IN ({places})
           UNION
           SELECT n.membership_id FROM authorization_exclusions e
           JOIN group_members n ON n.environment_id = e.environment_id AND n.group_id = e.group_id
           WHERE e.environment_id = ?
             AND (e.permission_slug IS NULL OR e.permission_slug = ?) AND e.resource IN ({places}))"
    );
    let mut values: Vec<Value> = Vec::new();
    for _ in 0..2 {
        values.extend([cx.environment.into(), permission.into()]);
        values.extend(path.iter().map(|it| Value::Int(*it)));
    }
    (condition, values)
}

/// A condition on resources `r`: that the membership is not excluded from the
/// permission on the resource itself. Each `?` stands for the next of the values.
pub(crate) fn excluded_resources(
    cx: &Cx<'_>,
    membership: &OrganizationMembershipId,
    permission: &str,
) -> (&'static str, Vec<Value>) {
    let condition = "r.number NOT IN (
        SELECT e.resource FROM authorization_exclusions e
        WHERE e.environment_id = ? AND (e.permission_slug IS NULL OR e.permission_slug = ?)
          AND (e.membership_id = ? OR e.group_id IN (
            SELECT group_id FROM group_members
            WHERE environment_id = ? AND membership_id = ?)))";
    let environment: Value = cx.environment.into();
    let member: Value = membership.into();
    (condition, vec![environment.clone(), permission.into(), member.clone(), environment, member])
}

/// What a list keeps.
pub(super) struct Filter {
    pub(super) organization_id: OrganizationId,
    /// The number of the resource.
    pub(super) resource: Option<i64>,
    pub(super) membership: Option<OrganizationMembershipId>,
    pub(super) group: Option<GroupId>,
}

pub(super) fn list(cx: &mut Cx<'_>, paging: &Paging, filter: Filter) -> Result<Page<Exclusion>> {
    Listing::of(cx, "e", SELECT)
        .filter("e.organization_id = ?", filter.organization_id)
        .filter_some("e.resource = ?", filter.resource)
        .filter_some("e.membership_id = ?", filter.membership)
        .filter_some("e.group_id = ?", filter.group)
        .page(cx, paging, read)
}

pub(super) fn get(cx: &mut Cx<'_>, id: &ExclusionId) -> Result<Option<Exclusion>> {
    let values = [cx.environment.into(), id.into()];
    let sql = format!("{SELECT} WHERE e.environment_id = $1 AND e.id = $2");
    cx.db().first(&sql, &values)?.map(read).transpose()
}

/// What an exclusion is made of.
pub(super) struct NewExclusion {
    pub(super) id: ExclusionId,
    pub(super) organization_id: OrganizationId,
    /// The number of the resource.
    pub(super) resource: i64,
    pub(super) membership: Option<OrganizationMembershipId>,
    pub(super) group: Option<GroupId>,
    pub(super) permission_slug: Option<String>,
}

pub(super) fn insert(cx: &mut Cx<'_>, it: NewExclusion) -> Result<()> {
    cx.touch(it.organization_id.as_str());
    let values = [
        cx.environment.into(),
        it.id.into(),
        it.organization_id.into(),
        it.resource.into(),
        it.membership.map_or(Value::Null, Value::from),
        it.group.map_or(Value::Null, Value::from),
        it.permission_slug.map_or(Value::Null, Value::from),
        cx.now().into(),
    ];
    let sql = "INSERT INTO authorization_exclusions
                 (environment_id, id, organization_id, resource, membership_id, group_id,
                  permission_slug, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes the exclusions whose column has this value, and notes that checks in their organizations
/// are concerned. Tells how many there were.
fn clear(cx: &mut Cx<'_>, column: &str, value: Value) -> Result<usize> {
    let values = [cx.environment.into(), value];
    let sql = format!(
        "DELETE FROM authorization_exclusions WHERE environment_id = $1 AND {column} = $2
         RETURNING organization_id"
    );
    let rows = cx.db().query(&sql, &values)?;
    let count = rows.len();
    for mut row in rows {
        let organization: String = row.take()?;
        cx.touch(&organization);
    }
    Ok(count)
}

pub(super) fn delete(cx: &mut Cx<'_>, id: &ExclusionId) -> Result<bool> {
    clear(cx, "id", id.into()).map(|it| it > 0)
}

pub(super) fn clear_organization(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<()> {
    clear(cx, "organization_id", id.into()).map(|_| ())
}

pub(super) fn clear_membership(cx: &mut Cx<'_>, id: &OrganizationMembershipId) -> Result<()> {
    clear(cx, "membership_id", id.into()).map(|_| ())
}

pub(super) fn clear_group(cx: &mut Cx<'_>, id: &GroupId) -> Result<()> {
    clear(cx, "group_id", id.into()).map(|_| ())
}

pub(super) fn clear_permission(cx: &mut Cx<'_>, slug: &str) -> Result<()> {
    clear(cx, "permission_slug", slug.into()).map(|_| ())
}

/// Deletes the exclusions on a resource that goes.
pub(crate) fn clear_resource(cx: &mut Cx<'_>, number: i64) -> Result<()> {
    clear(cx, "resource", number.into()).map(|_| ())
}

#[cfg(test)]
mod tests {
    use vestibule_kernel::testing::sqlite_plan;

    use super::on_path_sql;

    #[test]
    fn a_check_looks_at_the_exclusions_on_its_path_alone() {
        for places in ["$3", "$3, $4", "$3, $4, $5, $6, $7, $8"] {
            let plan = sqlite_plan(&on_path_sql(places));
            let index = "authorization_exclusions_on_resource (environment_id=? AND resource=?)";
            assert!(plan.iter().any(|it| it.contains(index)), "{plan:#?}");
        }
    }
}
