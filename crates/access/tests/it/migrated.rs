//! What was written before a migration is there after it.
use std::sync::Arc;

use vestibule_access::checks;
use vestibule_access::resources::Name;
use vestibule_kernel::db::{Db, MIGRATIONS, Migration, Tx, Value};
use vestibule_kernel::id::{AuthorizationResourceId, EnvironmentId, OrganizationMembershipId};
use vestibule_kernel::testing::postgres_url;
use vestibule_kernel::{App, Result, environment};

use crate::support::node;

/// Rows as the program wrote them when assignments held ids, in this environment. In each, ids are
/// the same, as a seed may pin them.
fn write_of_before(tx: &mut dyn Tx, environment: &str, guest: bool) -> Result<()> {
    let values = [Value::from(environment)];
    let mut statements = vec![
        "INSERT INTO environments (id, name, client_id, created_at)
         VALUES ($1, 'Test', 'client_' || $1, 0)",
        "INSERT INTO roles (environment_id, id, slug, name, resource_type_slug, position,
           created_at, updated_at)
         VALUES ($1, 'role_member', 'member', 'Member', 'organization', 0, 0, 0),
                ($1, 'role_guest', 'guest', 'Guest', 'project', 1, 0, 0)",
        "INSERT INTO permissions (environment_id, id, slug, name, is_system, resource_type_slug,
           created_at, updated_at)
         VALUES ($1, 'perm_read', 'project:read', 'Read', FALSE, 'project', 0, 0)",
        "INSERT INTO role_permissions (environment_id, role_id, permission_slug)
         VALUES ($1, 'role_guest', 'project:read')",
        "INSERT INTO organization_memberships (environment_id, id, user_id, organization_id, status,
           directory_managed, custom_attributes, created_at, updated_at)
         VALUES ($1, 'om_1', 'user_1', 'org_1', 'active', FALSE, '{}', 0, 0),
                ($1, 'om_2', 'user_2', 'org_1', 'active', FALSE, '{}', 0, 0)",
        "INSERT INTO authorization_resources (environment_id, id, organization_id,
           resource_type_slug, external_id, name, parent_id, ancestors, created_at, updated_at)
         VALUES ($1, 'authz_resource_1', 'org_1', 'project', '1', 'One', 'org_1', '', 0, 0),
                ($1, 'authz_resource_2', 'org_1', 'project', '2', 'Two', 'authz_resource_1',
                 'authz_resource_1 ', 0, 0),
                ($1, 'authz_resource_3', 'org_1', 'project', '3', 'Three', 'authz_resource_2',
                 'authz_resource_2 authz_resource_1 ', 0, 0),
                ($1, 'authz_resource_4', 'org_1', 'project', '4', 'Four', 'authz_resource_3',
                 'authz_resource_3 authz_resource_2 authz_resource_1 ', 0, 0),
                ($1, 'authz_resource_5', 'org_1', 'project', '5', 'Five', 'authz_resource_4',
                 'authz_resource_4 authz_resource_3 authz_resource_2 authz_resource_1 ', 0, 0)",
        "INSERT INTO role_assignments (environment_id, id, membership_id, organization_id,
           resource_id, role_id, created_at)
         VALUES ($1, 'role_assignment_om_1_role_member', 'om_1', 'org_1', 'org_1', 'role_member', 5),
                ($1, 'role_assignment_om_2_role_member', 'om_2', 'org_1', 'org_1', 'role_member', 6)",
    ];
    if guest {
        statements.push(
            "INSERT INTO role_assignments (environment_id, id, membership_id, organization_id,
               resource_id, role_id, created_at)
             VALUES ($1, 'role_assignment_01A', 'om_1', 'org_1', 'authz_resource_1', 'role_guest', 7)",
        );
    }
    for sql in statements {
        tx.execute(&format!("{sql} -- global"), &values)?;
    }
    Ok(())
}

/// What groups held, and what was excluded, as the program wrote it when both held ids.
fn write_of_groups(tx: &mut dyn Tx, environment: &str) -> Result<()> {
    let values = [Value::from(environment)];
    for sql in [
        "INSERT INTO group_members (environment_id, group_id, membership_id, created_at)
         VALUES ($1, 'group_1', 'om_2', 0)",
        "INSERT INTO group_role_assignments (environment_id, id, group_id, organization_id,
           resource_id, role_id, created_at)
         VALUES ($1, 'group_role_assignment_1', 'group_1', 'org_1', 'authz_resource_2', 'role_guest', 0),
                ($1, 'group_role_assignment_2', 'group_1', 'org_1', 'org_1', 'role_member', 0),
                ($1, 'group_role_assignment_3', 'group_1', 'org_1', 'gone', 'role_member', 0)",
        "INSERT INTO authorization_exclusions (environment_id, id, organization_id, resource_id,
           membership_id, permission_slug, created_at)
         VALUES ($1, 'authz_exclusion_1', 'org_1', 'authz_resource_3', 'om_2', 'project:read', 0),
                ($1, 'authz_exclusion_2', 'org_1', 'org_1', 'om_2', NULL, 0)",
    ] {
        tx.execute(&format!("{sql} -- global"), &values)?;
    }
    Ok(())
}

fn may_read(app: &Arc<App>, environment: &str, member: &str, resource: &str) -> bool {
    let environment = EnvironmentId::parse(environment).unwrap();
    let member = OrganizationMembershipId::parse(member).unwrap();
    let resource = AuthorizationResourceId::parse(resource).unwrap();
    let flow = app.system(&environment);
    flow.read(|cx| checks::check(cx, &member, "project:read", Name::Id(&resource))).unwrap()
}

/// The rows of this statement, as one text.
fn rows(app: &Arc<App>, sql: &str) -> String {
    app.db().read(|tx| Ok(format!("{:?}", tx.query(sql, &[])?))).unwrap()
}

/// The resources with the ids of what is directly above and of all above, as they were written before.
fn places_in_ids(app: &Arc<App>) -> String {
    // What the numbers of all above must be, by those of what is directly above each.
    const ABOVE: &str = "FROM authorization_resources r
        LEFT JOIN authorization_resources p ON p.number = r.parent
        LEFT JOIN authorization_resources q ON q.number = p.parent
        LEFT JOIN authorization_resources s ON s.number = q.parent
        LEFT JOIN authorization_resources t ON t.number = s.parent";
    let wrong = format!(
        "SELECT r.id {ABOVE}
         WHERE r.ancestors <> COALESCE(p.number || ' ', '') || COALESCE(q.number || ' ', '')
           || COALESCE(s.number || ' ', '') || COALESCE(t.number || ' ', '') -- global"
    );
    assert_eq!(rows(app, &wrong), "[]");
    let all = format!(
        "SELECT r.environment_id, r.id, r.organization_id, COALESCE(p.id, r.organization_id),
           COALESCE(p.id || ' ', '') || COALESCE(q.id || ' ', '')
             || COALESCE(s.id || ' ', '') || COALESCE(t.id || ' ', '') {ABOVE}
         ORDER BY r.environment_id, r.id"
    );
    rows(app, &all)
}

/// The steps before this one.
fn steps_before(number: i64) -> Vec<Migration> {
    MIGRATIONS.iter().copied().filter(|it| it.number < number).collect()
}

fn roles_of_before_are_held_after(db: Db) {
    db.migrate(&steps_before(23)).unwrap();
    db.write(|tx| {
        write_of_before(tx, "environment_a", true)?;
        write_of_before(tx, "environment_b", false)
    })
    .unwrap();
    let app = node(db);
    let all = "SELECT environment_id, id, membership_id, organization_id, resource_id, role_id,
                 created_at
               FROM role_assignments ORDER BY environment_id, id";
    let held = rows(&app, all);
    assert!(held.contains("role_assignment_01A"), "{held}");
    assert!(!app.db().migrate(&steps_before(36)).unwrap().is_empty());
    assert_eq!(rows(&app, all), held);
    app.db().write(|tx| write_of_groups(tx, "environment_a")).unwrap();
    let places = "SELECT environment_id, id, organization_id, parent_id, ancestors
                  FROM authorization_resources ORDER BY environment_id, id";
    let before = rows(&app, places);

    assert!(!app.db().migrate(MIGRATIONS).unwrap().is_empty());
    let all = "SELECT a.environment_id, a.id, a.membership_id, m.organization_id,
                 COALESCE(t.id, m.organization_id), a.role_id, a.created_at
               FROM role_assignments a
               JOIN organization_memberships m
                 ON m.environment_id = a.environment_id AND m.id = a.membership_id
               LEFT JOIN authorization_resources t ON t.number = a.resource
               ORDER BY a.environment_id, a.id";
    assert_eq!(rows(&app, all), held);
    assert_eq!(places_in_ids(&app), before);
    let (a, b, second, last) =
        ("environment_a", "environment_b", "authz_resource_2", "authz_resource_5");
    assert!(may_read(&app, a, "om_1", second));
    assert!(may_read(&app, a, "om_1", last), "by the ancestors in numbers");
    assert!(may_read(&app, a, "om_2", second), "by the group");
    assert!(!may_read(&app, a, "om_2", "authz_resource_1"), "the group holds it further down");
    assert!(!may_read(&app, b, "om_1", second), "another environment's role");
    let groups = "SELECT id, resource FROM group_role_assignments ORDER BY id -- global";
    let groups = rows(&app, groups);
    assert!(!groups.contains("group_role_assignment_3"), "held on nothing that is there: {groups}");
    let excluded = "SELECT e.id, t.id FROM authorization_exclusions e
                    LEFT JOIN authorization_resources t ON t.number = e.resource
                    WHERE e.resource <> 0 ORDER BY e.id -- global";
    let excluded = rows(&app, excluded);
    assert!(excluded.contains("authz_resource_3") && excluded.contains("authz_exclusion_2"));

    environment::delete(&app, &EnvironmentId::parse(a).unwrap()).unwrap();
    let left = rows(&app, "SELECT COUNT(*) FROM assigned_roles -- global");
    assert!(left.contains("Int(2)"), "an environment takes its roles along: {left}");
    let left = rows(&app, "SELECT COUNT(*) FROM authorization_resources -- global");
    assert!(left.contains("Int(5)"), "and its resources: {left}");
}

#[test]
fn roles_that_were_held_before_the_numbers_are_held_after_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    roles_of_before_are_held_after(Db::sqlite(&folder.path().join("test.db")).unwrap());
}

#[test]
fn roles_that_were_held_before_the_numbers_are_held_after_on_postgres() {
    roles_of_before_are_held_after(Db::postgres(&postgres_url(), 4, None).unwrap());
}
