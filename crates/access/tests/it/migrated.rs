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
                 'authz_resource_1 ', 0, 0)",
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

fn may_read(app: &Arc<App>, environment: &str, member: &str) -> bool {
    let environment = EnvironmentId::parse(environment).unwrap();
    let member = OrganizationMembershipId::parse(member).unwrap();
    let resource = AuthorizationResourceId::parse("authz_resource_2").unwrap();
    let flow = app.system(&environment);
    flow.read(|cx| checks::check(cx, &member, "project:read", Name::Id(&resource))).unwrap()
}

/// The rows of this statement, as one text.
fn rows(app: &Arc<App>, sql: &str) -> String {
    app.db().read(|tx| Ok(format!("{:?}", tx.query(sql, &[])?))).unwrap()
}

fn roles_of_before_are_held_after(db: Db) {
    let before: Vec<Migration> = MIGRATIONS.iter().copied().filter(|it| it.number < 23).collect();
    db.migrate(&before).unwrap();
    db.write(|tx| {
        write_of_before(tx, "environment_a", true)?;
        write_of_before(tx, "environment_b", false)
    })
    .unwrap();
    let app = node(db);
    let all = "SELECT environment_id, id, membership_id, organization_id, resource_id, role_id,
                 created_at
               FROM role_assignments ORDER BY environment_id, id";
    let before = rows(&app, all);
    assert!(before.contains("role_assignment_01A"), "{before}");
    assert!(!app.db().migrate(MIGRATIONS).unwrap().is_empty());
    assert_eq!(rows(&app, all), before);
    assert!(may_read(&app, "environment_a", "om_1"));
    assert!(!may_read(&app, "environment_a", "om_2"));
    assert!(!may_read(&app, "environment_b", "om_1"), "another environment's role");
    environment::delete(&app, &EnvironmentId::parse("environment_a").unwrap()).unwrap();
    let left = rows(&app, "SELECT COUNT(*) FROM assigned_roles -- global");
    assert!(left.contains("Int(2)"), "an environment takes its roles along: {left}");
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
