//! Reads who holds which role on what. Writing is in [`vestibule_people::roles::assignments`].
use vestibule_kernel::db::{Row, Value};
use vestibule_kernel::id::{
    GroupId, GroupRoleAssignmentId, OrganizationId, OrganizationMembershipId,
};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Result};
use vestibule_people::memberships::RoleSlug;

use super::{AssignedResource, RoleAssignment, Source, SourceGroup, SourceKind};

/// All roles that memberships hold, by themselves and through their groups. What comes through a
/// group has no row of its own: it is there for as long as the group holds the role and the
/// membership is in the group. Its id is made of both, and it is as old as the younger of the two.
///
/// SQLite, which has no statistics, goes through the two tables in the order in which they stand, and
/// by the `LEFT JOIN` it looks up the role, which is always there: by another it would go through all
/// roles of the environment.
macro_rules! select {
    ($first:literal, $second:literal) => {
        concat!(
            "SELECT a.id, a.membership_id, a.organization_id, a.resource_id, r.slug,
       t.external_id, t.resource_type_slug, a.group_role_assignment_id, a.created_at, q.id, q.name
FROM (
  SELECT environment_id, id, membership_id, organization_id, resource_id, role_id, created_at,
         NULL AS group_role_assignment_id, NULL AS group_id
  FROM role_assignments
  UNION ALL
  SELECT g.environment_id, 'role_assignment_' || g.id || '_' || n.membership_id, n.membership_id,
         g.organization_id, g.resource_id, g.role_id,
         CASE WHEN n.created_at > g.created_at THEN n.created_at ELSE g.created_at END, g.id,
         g.group_id
  FROM ",
            $first,
            " CROSS JOIN ",
            $second,
            "
  WHERE n.environment_id = g.environment_id AND n.group_id = g.group_id
) a
LEFT JOIN roles r ON r.environment_id = a.environment_id AND r.id = a.role_id
LEFT JOIN authorization_resources t
  ON t.environment_id = a.environment_id AND t.id = a.resource_id
LEFT JOIN organization_groups q ON q.environment_id = a.environment_id AND q.id = a.group_id"
        )
    };
}

/// The same, looked up by the membership.
const OF_MEMBERSHIP: &str = select!("group_members n", "group_role_assignments g");
/// The same, looked up by the resource.
const OF_RESOURCE: &str = select!("group_role_assignments g", "group_members n");

fn read(mut row: Row) -> Result<RoleAssignment> {
    let (id, organization_membership_id) = (row.take()?, row.take()?);
    let (organization, key): (OrganizationId, String) = (row.take()?, row.take()?);
    let role = RoleSlug { slug: row.take()? };
    let (external_id, resource_type): (Option<String>, Option<String>) = (row.take()?, row.take()?);
    let group_role_assignment_id: Option<GroupRoleAssignmentId> = row.take()?;
    let created_at: Time = row.take()?;
    let (group_id, name): (Option<GroupId>, Option<String>) = (row.take()?, row.take()?);
    let group = group_id.zip(name).map(|(id, name)| SourceGroup { id, name });
    let kind = match group_role_assignment_id {
        Some(_) => SourceKind::Group,
        None => SourceKind::Direct,
    };
    Ok(RoleAssignment {
        object: "role_assignment",
        id,
        organization_membership_id,
        role,
        resource: AssignedResource::of(&key, &organization, external_id.zip(resource_type))?,
        source: Source { kind, group_role_assignment_id, group },
        created_at,
        updated_at: created_at,
    })
}

/// The type of the resource; an organization has no row. The role has the same type, but by that
/// SQLite would go through all roles of the environment.
const OF_TYPE: &str = "COALESCE(t.resource_type_slug, 'organization') = ?";

/// What the roles in a list of a membership's are held on.
pub(super) enum On {
    /// Any resource.
    Everything,
    /// Resources of the type of this slug.
    Type(String),
    /// The resource of this key.
    Resource(String),
}

/// What a membership holds. A page reads all that it holds, by the index of its own.
pub(super) fn list_of_membership(
    cx: &mut Cx<'_>,
    paging: &Paging,
    membership: &OrganizationMembershipId,
    on: &On,
) -> Result<Page<RoleAssignment>> {
    let held = Listing::of(cx, "a", OF_MEMBERSHIP).filter("a.membership_id = ?", membership);
    let held = match on {
        On::Everything => held,
        On::Type(slug) => held.filter(OF_TYPE, slug),
        On::Resource(key) => held.filter("a.resource_id = ?", key),
    };
    held.cursor_in_filter().page(cx, paging, read)
}

/// What is held on a resource itself.
pub(super) fn list_of_resource(
    cx: &mut Cx<'_>,
    paging: &Paging,
    resource: &str,
    role_slug: Option<&str>,
) -> Result<Page<RoleAssignment>> {
    Listing::of(cx, "a", OF_RESOURCE)
        .filter("a.resource_id = ?", resource)
        .filter_some("r.slug = ?", role_slug)
        .cursor_in_filter()
        .page(cx, paging, read)
}

/// What a membership holds on any of these resources.
pub(crate) fn held(
    cx: &mut Cx<'_>,
    membership: &OrganizationMembershipId,
    resources: &[String],
) -> Result<Vec<RoleAssignment>> {
    let mut values: Vec<Value> = vec![cx.environment.into(), membership.into()];
    values.extend(resources.iter().map(Value::from));
    let places: Vec<String> = (3..=values.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "{OF_MEMBERSHIP} WHERE a.environment_id = $1 AND a.membership_id = $2
           AND a.resource_id IN ({})
         ORDER BY a.created_at, a.id",
        places.join(", ")
    );
    cx.db().query(&sql, &values)?.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use vestibule_kernel::Result;
    use vestibule_kernel::db::{Db, MIGRATIONS, Row, Value};

    use super::{OF_MEMBERSHIP, OF_TYPE};

    #[test]
    fn a_list_of_one_type_looks_at_nothing_that_others_hold() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::sqlite(&folder.path().join("test.db")).unwrap();
        db.migrate(MIGRATIONS).unwrap();
        let sql = format!(
            "EXPLAIN QUERY PLAN {OF_MEMBERSHIP}
             WHERE a.environment_id = $1 AND a.membership_id = $2 AND {}
             ORDER BY a.created_at DESC, a.id DESC LIMIT 11",
            OF_TYPE.replace('?', "$3")
        );
        let detail = |mut row: Row| -> Result<String> {
            let _: (i64, i64, i64) = (row.take()?, row.take()?, row.take()?);
            row.take()
        };
        let plan = db.read(|tx| {
            let rows = tx.query(&sql, &vec![Value::from("some"); 3])?;
            rows.into_iter().map(detail).collect::<Result<Vec<String>>>()
        });
        let plan = plan.unwrap();
        let lookups = plan.iter().filter(|it| it.starts_with("SEARCH"));
        assert!(lookups.clone().count() > 4, "{plan:#?}");
        for it in lookups {
            assert!(!it.ends_with("(environment_id=?)"), "{plan:#?}");
        }
        let scans: Vec<&String> = plan.iter().filter(|it| it.starts_with("SCAN")).collect();
        assert_eq!(scans, ["SCAN a"], "what the membership holds alone: {plan:#?}");
    }
}
