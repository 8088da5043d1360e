//! What a check looks up.
//!
//! A resource's row names all that is above it, six at the most with the organization. So a check
//! is one look-up each of the membership, the permission and the resource, and then of the roles
//! that the membership, and each of its groups, holds on these six: as many as the depth of the tree
//! allows, whatever its size.
use std::sync::LazyLock;

use vestibule_kernel::db::Value;
use vestibule_kernel::id::{AuthorizationResourceId, OrganizationId, OrganizationMembershipId};
use vestibule_kernel::{Cx, Error, Result};
use vestibule_people::memberships::{self, Status};
use vestibule_people::permissions;

use crate::resources::{AuthorizationResource, DEPTH_MAX, Name, Place, Resource, find, public_id};

/// A check whose three parts are known.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) membership_id: OrganizationMembershipId,
    pub(crate) organization_id: OrganizationId,
    pub(crate) is_active: bool,
    pub(crate) permission_slug: String,
    /// The type of resource that the permission is about.
    pub(crate) permission_type: String,
    pub(crate) place: Place,
}

impl Question {
    /// Looks the three up, or 404.
    pub(crate) fn of(
        cx: &mut Cx<'_>,
        membership: &OrganizationMembershipId,
        permission: &str,
        resource: Name<'_>,
    ) -> Result<Self> {
        let (organization_id, status) = standing(cx, membership)?;
        let permission = permissions::find(cx, permission)?;
        let resource: Resource = resource.find(cx, &organization_id)?;
        Ok(Self {
            membership_id: membership.clone(),
            organization_id,
            is_active: status == Status::Active,
            permission_slug: permission.slug,
            permission_type: permission.resource_type_slug,
            place: resource.into(),
        })
    }
    /// Whether any role could grant it.
    pub(crate) fn can_be_granted(&self) -> bool {
        self.is_active && self.permission_type == self.place.resource_type_slug
    }
}

/// Where a membership belongs and in which state it is, or 404.
pub(crate) fn standing(
    cx: &mut Cx<'_>,
    id: &OrganizationMembershipId,
) -> Result<(OrganizationId, Status)> {
    memberships::standing(cx, id)?.ok_or_else(|| Error::not_found("Organization membership", id))
}

/// The keys of a path as values, filled up with the last one, so that one prepared statement serves
/// paths of all lengths.
fn path_values(path: &[String]) -> impl Iterator<Item = Value> {
    let last = path.last();
    path.iter()
        .chain(std::iter::repeat_n(last, DEPTH_MAX + 1).flatten())
        .take(DEPTH_MAX + 1)
        .map(Value::from)
}

/// The placeholders of [`path_values`], the first of which is `$first`.
fn path_places(first: usize) -> String {
    let places: Vec<String> = (first..=first + DEPTH_MAX).map(|n| format!("${n}")).collect();
    places.join(", ")
}

/// Whether a role that the membership holds on the path gives the permission.
pub(crate) fn is_granted(cx: &mut Cx<'_>, question: &Question) -> Result<bool> {
    let Question { membership_id, permission_slug, place, .. } = question;
    holds(cx, membership_id, permission_slug, &place.path)
}

/// The same for any path.
pub(crate) fn holds(
    cx: &mut Cx<'_>,
    membership: &OrganizationMembershipId,
    permission: &str,
    path: &[String],
) -> Result<bool> {
    let mut values = vec![cx.environment.into(), membership.into(), permission.into()];
    values.extend(path_values(path));
    Ok(cx.db().first(&HOLDS, &values)?.is_some())
}

/// Whether the membership `$2` holds a role that gives the permission `$3` on a path, from `$4` on.
/// Here as below, `CROSS JOIN` has SQLite go from the membership to its groups and on to their roles:
/// without statistics it would look at what every group of the environment holds.
static HOLDS: LazyLock<String> = LazyLock::new(|| {
    let places = path_places(4);
    format!(
        "SELECT 1 FROM assigned_roles a
         JOIN assignment_keys r ON r.number = a.role
         JOIN role_permissions p ON p.environment_id = $1 AND p.role_id = r.key
           AND p.permission_slug = $3
         WHERE a.membership =
             (SELECT number FROM assignment_keys WHERE environment_id = $1 AND key = $2)
           AND a.resource IN
             (SELECT number FROM assignment_keys WHERE environment_id = $1 AND key IN ({places}))
         UNION ALL
         SELECT 1 FROM group_members n
         CROSS JOIN group_role_assignments g
         JOIN role_permissions p ON p.environment_id = $1 AND p.role_id = g.role_id
           AND p.permission_slug = $3
         WHERE n.environment_id = $1 AND n.membership_id = $2
           AND g.environment_id = $1 AND g.group_id = n.group_id AND g.resource_id IN ({places})
         LIMIT 1"
    )
});

/// The slugs of all permissions that the membership's roles on the path give, each once.
pub(crate) fn permissions(
    cx: &mut Cx<'_>,
    membership: &OrganizationMembershipId,
    path: &[String],
) -> Result<Vec<String>> {
    let mut values = vec![cx.environment.into(), membership.into()];
    values.extend(path_values(path));
    let places = path_places(3);
    let sql = format!(
        "SELECT p.permission_slug FROM role_assignments a
         JOIN role_permissions p ON p.environment_id = $1 AND p.role_id = a.role_id
         WHERE a.environment_id = $1 AND a.membership_id = $2 AND a.resource_id IN ({places})
         UNION
         SELECT p.permission_slug FROM group_members n
         CROSS JOIN group_role_assignments g
         JOIN role_permissions p ON p.environment_id = $1 AND p.role_id = g.role_id
         WHERE n.environment_id = $1 AND n.membership_id = $2
           AND g.environment_id = $1 AND g.group_id = n.group_id AND g.resource_id IN ({places})"
    );
    cx.db().query(&sql, &values)?.into_iter().map(|mut row| row.take()).collect()
}

/// A condition on the column `column`, which names memberships: that a role on the path gives them
/// the permission. Each `?` stands for the next of the values.
pub(crate) fn holders(
    cx: &Cx<'_>,
    column: &str,
    permission: &str,
    path: &[String],
) -> (String, Vec<Value>) {
    let places = ["?"; DEPTH_MAX + 1].join(", ");
    let condition = format!(
        "{column} IN (
           SELECT a.membership_id FROM role_assignments a
           JOIN role_permissions p ON p.environment_id = a.environment_id
             AND p.role_id = a.role_id AND p.permission_slug = ?
           WHERE a.environment_id = ? AND a.resource_id IN ({places})
           UNION
           SELECT n.membership_id FROM group_role_assignments g
           JOIN role_permissions p ON p.environment_id = g.environment_id
             AND p.role_id = g.role_id AND p.permission_slug = ?
           JOIN group_members n ON n.environment_id = g.environment_id
             AND n.group_id = g.group_id
           WHERE g.environment_id = ? AND g.resource_id IN ({places}))"
    );
    let mut values: Vec<Value> = Vec::new();
    for _ in 0..2 {
        values.extend([permission.into(), cx.environment.into()]);
        values.extend(path_values(path));
    }
    (condition, values)
}

/// The resources of a path, the nearest first.
pub(crate) fn path_resources(cx: &mut Cx<'_>, place: &Place) -> Result<Vec<AuthorizationResource>> {
    let organization = match place.path.last() {
        Some(key) => OrganizationId::parse(key)?,
        None => return Ok(Vec::new()),
    };
    let ids = place.path.iter().map(|key| public_id(key, &organization));
    let ids: Vec<AuthorizationResourceId> = ids.collect::<Result<_>>()?;
    ids.iter().map(|id| find(cx, id)?.wire()).collect()
}

/// A condition on `id`, which names resources: that the membership holds a role on the resource
/// itself that gives the permission. Each `?` stands for the next of the values.
pub(crate) fn held_on(
    cx: &Cx<'_>,
    membership: &OrganizationMembershipId,
    permission: &str,
) -> (&'static str, Vec<Value>) {
    let condition = "id IN (
        SELECT a.resource_id FROM role_assignments a
        JOIN role_permissions p ON p.environment_id = a.environment_id
          AND p.role_id = a.role_id AND p.permission_slug = ?
        WHERE a.environment_id = ? AND a.membership_id = ?
        UNION
        SELECT g.resource_id FROM group_members n
        CROSS JOIN group_role_assignments g
        JOIN role_permissions p ON p.environment_id = g.environment_id
          AND p.role_id = g.role_id AND p.permission_slug = ?
        WHERE n.environment_id = ? AND n.membership_id = ?
          AND g.environment_id = n.environment_id AND g.group_id = n.group_id)";
    let once = [permission.into(), cx.environment.into(), membership.into()];
    (condition, once.iter().chain(&once).cloned().collect())
}

#[cfg(test)]
mod tests {
    use vestibule_kernel::Result;
    use vestibule_kernel::db::{Db, MIGRATIONS, Value};

    use super::*;

    /// How SQLite goes about a statement of so many values.
    fn plan(sql: &str, values: usize) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::sqlite(&folder.path().join("test.db")).unwrap();
        db.migrate(MIGRATIONS).unwrap();
        let values = vec![Value::from("some"); values];
        let read = db.read(|tx| {
            let rows = tx.query(&format!("EXPLAIN QUERY PLAN {sql}"), &values)?;
            let detail = |mut row: vestibule_kernel::db::Row| -> Result<String> {
                let _: (i64, i64, i64) = (row.take()?, row.take()?, row.take()?);
                row.take()
            };
            rows.into_iter().map(detail).collect()
        });
        read.unwrap()
    }

    #[test]
    fn a_check_looks_at_nothing_that_others_hold() {
        let plan = plan(&HOLDS, DEPTH_MAX + 4);
        let lookups: Vec<&String> = plan.iter().filter(|it| it.starts_with("SEARCH")).collect();
        assert_eq!(lookups.len(), 8, "{plan:#?}");
        for it in lookups {
            assert!(!it.ends_with("(environment_id=?)") && !it.ends_with("(membership=?)"), "{it}");
        }
        assert!(plan.iter().all(|it| !it.starts_with("SCAN")), "{plan:#?}");
    }
}
