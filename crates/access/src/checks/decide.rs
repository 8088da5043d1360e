//! What a check looks up.
//!
//! A membership's row holds its number, and a resource's row the numbers of all that is above it, six
//! at the most with the organization. So a check is one look-up each of the membership, the permission
//! and the resource, and then of the roles that the membership, and each of its groups, holds on these
//! six: as many as the depth of the tree allows, whatever its size.
use std::sync::LazyLock;

use vestibule_kernel::db::Value;
use vestibule_kernel::id::OrganizationMembershipId;
use vestibule_kernel::{Cx, Error, Result};
use vestibule_people::memberships::{self, Standing, Status};
use vestibule_people::permissions;

use crate::resources::{DEPTH_MAX, Name, Place};

/// A check whose three parts are known.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) membership: Member,
    pub(crate) is_active: bool,
    pub(crate) permission_slug: String,
    /// The type of resource that the permission is about.
    pub(crate) permission_type: String,
    pub(crate) place: Place,
}

/// A membership, by its id and its number.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) id: OrganizationMembershipId,
    pub(crate) number: i64,
}

impl Question {
    /// Looks the three up, or 404.
    pub(crate) fn of(
        cx: &mut Cx<'_>,
        membership: &OrganizationMembershipId,
        permission: &str,
        resource: Name<'_>,
    ) -> Result<Self> {
        let standing = standing(cx, membership)?;
        let permission = permissions::find(cx, permission)?;
        let place = resource.place(cx, &standing)?;
        Ok(Self {
            membership: Member { id: membership.clone(), number: standing.number },
            is_active: standing.status == Status::Active,
            permission_slug: permission.slug,
            permission_type: permission.resource_type_slug,
            place,
        })
    }
    /// Whether any role could grant it.
    pub(crate) fn can_be_granted(&self) -> bool {
        self.is_active && self.permission_type == self.place.resource_type_slug
    }
}

/// Where a membership belongs and in which state it is, or 404.
pub(crate) fn standing(cx: &mut Cx<'_>, id: &OrganizationMembershipId) -> Result<Standing> {
    memberships::standing(cx, id)?.ok_or_else(|| Error::not_found("Organization membership", id))
}

/// The numbers of a path as values, filled up with the last one, so that one prepared statement serves
/// paths of all lengths.
fn path_values(path: &[i64]) -> impl Iterator<Item = Value> {
    let last = path.last();
    path.iter()
        .chain(std::iter::repeat_n(last, DEPTH_MAX + 1).flatten())
        .take(DEPTH_MAX + 1)
        .map(|it| Value::Int(*it))
}

/// The placeholders of [`path_values`], the first of which is `$first`.
fn path_places(first: usize) -> String {
    let places: Vec<String> = (first..=first + DEPTH_MAX).map(|n| format!("${n}")).collect();
    places.join(", ")
}

/// Whether a role that the membership holds on the path gives the permission.
pub(crate) fn is_granted(cx: &mut Cx<'_>, question: &Question) -> Result<bool> {
    let Question { membership, permission_slug, place, .. } = question;
    holds(cx, membership, permission_slug, &place.path)
}

/// The same for any path.
pub(crate) fn holds(
    cx: &mut Cx<'_>,
    membership: &Member,
    permission: &str,
    path: &[i64],
) -> Result<bool> {
    let Member { id, number } = membership;
    let mut values = vec![cx.environment.into(), id.into(), permission.into(), (*number).into()];
    values.extend(path_values(path));
    Ok(cx.db().first(&HOLDS, &values)?.is_some())
}

/// Whether the membership `$2` of the number `$4` holds a role that gives the permission `$3` on a path,
/// from `$5` on. Here as below, `CROSS JOIN` has SQLite go from the membership to its groups and on to
/// their roles: without statistics it would look at what every group of the environment holds.
static HOLDS: LazyLock<String> = LazyLock::new(|| {
    let places = path_places(5);
    format!(
        "SELECT 1 FROM assigned_roles a
         JOIN assignment_keys r ON r.number = a.role
         JOIN role_permissions p ON p.environment_id = $1 AND p.role_id = r.key
           AND p.permission_slug = $3
         WHERE a.membership = $4 AND a.resource IN ({places})
         UNION ALL
         SELECT 1 FROM group_members n
         CROSS JOIN group_role_assignments g
         JOIN role_permissions p ON p.environment_id = $1 AND p.role_id = g.role_id
           AND p.permission_slug = $3
         WHERE n.environment_id = $1 AND n.membership_id = $2
           AND g.environment_id = $1 AND g.group_id = n.group_id AND g.resource IN ({places})
         LIMIT 1"
    )
});

/// The slugs of all permissions that the membership's roles on the path give, each once.
pub(crate) fn permissions(
    cx: &mut Cx<'_>,
    membership: &Member,
    path: &[i64],
) -> Result<Vec<String>> {
    let mut values = vec![cx.environment.into(), (&membership.id).into(), membership.number.into()];
    values.extend(path_values(path));
    let places = path_places(4);
    let sql = format!(
        "SELECT p.permission_slug FROM assigned_roles a
         JOIN assignment_keys r ON r.number = a.role
         JOIN role_permissions p ON p.environment_id = $1 AND p.role_id = r.key
         WHERE a.membership = $3 AND a.resource IN ({places})
         UNION
         SELECT p.permission_slug FROM group_members n
         CROSS JOIN group_role_assignments g
         JOIN role_permissions p ON p.environment_id = $1 AND p.role_id = g.role_id
         WHERE n.environment_id = $1 AND n.membership_id = $2
           AND g.environment_id = $1 AND g.group_id = n.group_id AND g.resource IN ({places})"
    );
    cx.db().query(&sql, &values)?.into_iter().map(|mut row| row.take()).collect()
}

/// A condition on the column `column`, which names memberships: that a role on the path gives them
/// the permission. Each `?` stands for the next of the values.
pub(crate) fn holders(
    cx: &Cx<'_>,
    column: &str,
    permission: &str,
    path: &[i64],
) -> (String, Vec<Value>) {
    let places = ["?"; DEPTH_MAX + 1].join(", ");
    let condition = format!(
        "{column} IN (
           SELECT k.key FROM assigned_roles a
           CROSS JOIN assignment_keys k
           JOIN assignment_keys r ON r.number = a.role
           JOIN role_permissions p ON p.environment_id = k.environment_id
             AND p.role_id = r.key AND p.permission_slug = ?
           WHERE k.number = a.membership AND k.environment_id = ? AND a.resource IN ({places})
           UNION
           SELECT n.membership_id FROM group_role_assignments g
           JOIN role_permissions p ON p.environment_id = g.environment_id
             AND p.role_id = g.role_id AND p.permission_slug = ?
           JOIN group_members n ON n.environment_id = g.environment_id
             AND n.group_id = g.group_id
           WHERE g.environment_id = ? AND g.resource IN ({places}))"
    );
    let mut values: Vec<Value> = Vec::new();
    for _ in 0..2 {
        values.extend([permission.into(), cx.environment.into()]);
        values.extend(path_values(path));
    }
    (condition, values)
}

/// A condition on resources `r`: that the membership holds a role on the resource itself that gives the
/// permission. Each `?` stands for the next of the values.
pub(crate) fn held_on(
    cx: &Cx<'_>,
    membership: &Member,
    permission: &str,
) -> (&'static str, Vec<Value>) {
    let condition = "r.number IN (
        SELECT a.resource FROM assigned_roles a
        JOIN assignment_keys k ON k.number = a.role
        JOIN role_permissions p ON p.environment_id = ? AND p.role_id = k.key
          AND p.permission_slug = ?
        WHERE a.membership = ?
        UNION
        SELECT g.resource FROM group_members n
        CROSS JOIN group_role_assignments g
        JOIN role_permissions p ON p.environment_id = g.environment_id
          AND p.role_id = g.role_id AND p.permission_slug = ?
        WHERE n.environment_id = ? AND n.membership_id = ?
          AND g.environment_id = n.environment_id AND g.group_id = n.group_id)";
    let values = vec![
        cx.environment.into(),
        permission.into(),
        membership.number.into(),
        permission.into(),
        cx.environment.into(),
        (&membership.id).into(),
    ];
    (condition, values)
}

#[cfg(test)]
mod tests {
    use vestibule_kernel::testing::sqlite_plan;

    use super::*;

    #[test]
    fn a_check_looks_at_nothing_that_others_hold() {
        let plan = sqlite_plan(&HOLDS);
        let lookups: Vec<&String> = plan.iter().filter(|it| it.starts_with("SEARCH")).collect();
        assert_eq!(lookups.len(), 6, "{plan:#?}");
        assert!(lookups[0].contains("PRIMARY KEY (membership=? AND resource=?)"), "{plan:#?}");
        for it in lookups {
            assert!(!it.ends_with("(environment_id=?)") && !it.ends_with("(membership=?)"), "{it}");
        }
        assert!(plan.iter().all(|it| !it.starts_with("SCAN")), "{plan:#?}");
    }
}
