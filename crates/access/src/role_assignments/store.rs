//! Reads who holds which role on what. Writing is in [`vestibule_people::roles::assignments`].
use vestibule_kernel::db::{Row, Value};
use vestibule_kernel::id::{
    GroupId, GroupRoleAssignmentId, OrganizationId, OrganizationMembershipId,
};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Result};
use vestibule_people::memberships::{Membership, RoleSlug};
use vestibule_people::roles::numbers;
use vestibule_people::roles::resource_types::ORGANIZATION;

use super::{AssignedResource, RoleAssignment, Source, SourceGroup, SourceKind};
use crate::resources::Resource;

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
            "SELECT a.id, a.membership_id, r.slug, a.group_role_assignment_id, a.created_at, q.id,
       q.name, a.resource, t.id, t.external_id, k.slug
FROM (
  SELECT environment_id, id, membership_id, resource, role_id, created_at,
         NULL AS group_role_assignment_id, NULL AS group_id
  FROM role_assignments
  UNION ALL
  SELECT g.environment_id, 'role_assignment_' || g.id || '_' || n.membership_id, n.membership_id,
         g.resource, g.role_id,
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
LEFT JOIN authorization_resources t ON t.number = a.resource
LEFT JOIN resource_type_numbers k ON k.number = t.type
LEFT JOIN organization_groups q ON q.environment_id = a.environment_id AND q.id = a.group_id"
        )
    };
}

/// The same, looked up by the membership.
const OF_MEMBERSHIP: &str = select!("group_members n", "group_role_assignments g");
/// The same, looked up by the resource.
const OF_RESOURCE: &str = select!("group_role_assignments g", "group_members n");

/// Reads a row about the roles of memberships in this organization.
fn read(mut row: Row, organization: &OrganizationId) -> Result<RoleAssignment> {
    let (id, organization_membership_id) = (row.take()?, row.take()?);
    let role = RoleSlug { slug: row.take()? };
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
        resource: AssignedResource::read(&mut row, organization)?,
        source: Source { kind, group_role_assignment_id, group },
        created_at,
        updated_at: created_at,
    })
}

/// The number of the type of the resource; an organization has no row, and so none. The role has the
/// same type, but by that SQLite would go through all roles of the environment.
const OF_TYPE: &str = "COALESCE(t.type, 0) = ?";

/// What the roles in a list of a membership's are held on.
pub(super) enum On {
    /// Any resource.
    Everything,
    /// Resources of the type of this slug.
    Type(String),
    /// The resource of this number.
    Resource(i64),
}

/// What a membership holds. A page reads all that it holds, by the index of its own.
pub(super) fn list_of_membership(
    cx: &mut Cx<'_>,
    paging: &Paging,
    membership: &Membership,
    on: &On,
) -> Result<Page<RoleAssignment>> {
    let held = Listing::of(cx, "a", OF_MEMBERSHIP).filter("a.membership_id = ?", &membership.id);
    let held = match on {
        On::Everything => held,
        On::Type(slug) if slug == ORGANIZATION => held.filter(OF_TYPE, numbers::NONE),
        On::Type(slug) => match numbers::known_of_type(cx, slug)? {
            numbers::NONE => held.and("FALSE"),
            number => held.filter(OF_TYPE, number),
        },
        On::Resource(number) => held.filter("a.resource = ?", *number),
    };
    let organization = &membership.organization_id;
    held.cursor_in_filter().page(cx, paging, |row| read(row, organization))
}

/// What is held on a resource itself.
pub(super) fn list_of_resource(
    cx: &mut Cx<'_>,
    paging: &Paging,
    resource: &Resource,
    role_slug: Option<&str>,
) -> Result<Page<RoleAssignment>> {
    Listing::of(cx, "a", OF_RESOURCE)
        .filter("a.resource = ?", resource.number)
        .filter_some("r.slug = ?", role_slug)
        .cursor_in_filter()
        .page(cx, paging, |row| read(row, &resource.organization_id))
}

/// What a membership of an organization holds on any of these resources.
pub(crate) fn held(
    cx: &mut Cx<'_>,
    membership: &OrganizationMembershipId,
    organization: &OrganizationId,
    resources: &[i64],
) -> Result<Vec<RoleAssignment>> {
    let mut values: Vec<Value> = vec![cx.environment.into(), membership.into()];
    values.extend(resources.iter().map(|it| Value::Int(*it)));
    let places: Vec<String> = (3..=values.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "{OF_MEMBERSHIP} WHERE a.environment_id = $1 AND a.membership_id = $2
           AND a.resource IN ({})
         ORDER BY a.created_at, a.id",
        places.join(", ")
    );
    let rows = cx.db().query(&sql, &values)?;
    rows.into_iter().map(|row| read(row, organization)).collect()
}

#[cfg(test)]
mod tests {
    use vestibule_kernel::testing::sqlite_plan;

    use super::{OF_MEMBERSHIP, OF_TYPE};

    #[test]
    fn a_list_of_one_type_looks_at_nothing_that_others_hold() {
        let sql = format!(
            "{OF_MEMBERSHIP}
             WHERE a.environment_id = $1 AND a.membership_id = $2 AND {}
             ORDER BY a.created_at DESC, a.id DESC LIMIT 11",
            OF_TYPE.replace('?', "$3")
        );
        let plan = sqlite_plan(&sql);
        let lookups = plan.iter().filter(|it| it.starts_with("SEARCH"));
        assert!(lookups.clone().count() > 4, "{plan:#?}");
        for it in lookups {
            assert!(!it.ends_with("(environment_id=?)"), "{plan:#?}");
        }
        let scans: Vec<&String> = plan.iter().filter(|it| it.starts_with("SCAN")).collect();
        assert_eq!(scans, ["SCAN a"], "what the membership holds alone: {plan:#?}");
    }
}
