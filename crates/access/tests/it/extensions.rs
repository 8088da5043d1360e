//! What the official API does not have: types of resources, many checks at once, explanations,
//! exclusions.
use serde_json::{Value, json};

use crate::support::{call, case, id, refused};
use crate::tree::Tree;

#[test]
fn an_explanation_names_the_role_that_allows_or_what_is_missing() {
    case(|world| {
        let it = Tree::make(world);
        let explain = |permission: &str| {
            let input = json!({
                "organization_membership_id": it.member, "permission_slug": permission,
                "resource_external_id": "p1", "resource_type_slug": "project",
            });
            call(world, "authorization.explain", input)
        };
        let before = explain("project:read");
        assert_eq!(
            (&before["authorized"], &before["reason"]),
            (&json!(false), &json!("no_role_with_permission"))
        );
        assert_eq!(explain("workspace:edit")["reason"], "permission_of_other_type");
        it.assign(world, "lead", &it.workspace).unwrap();
        let after = explain("project:read");
        assert_eq!((&after["authorized"], &after["reason"]), (&json!(true), &json!("granted")));
        let path = after["path"].as_array().unwrap();
        let names: Vec<&str> =
            path.iter().map(|it| it["resource"]["external_id"].as_str().unwrap()).collect();
        assert_eq!(names, ["p1", "w1", it.organization.as_str()]);
        assert_eq!(path[1]["roles"][0]["grants"], true);
        assert_eq!(path[1]["roles"][0]["assignment"]["role"]["slug"], "lead");
        call(world, "organization_memberships.deactivate", json!({ "id": it.member }));
        assert_eq!(explain("project:read")["reason"], "membership_inactive");
    });
}

#[test]
fn many_checks_are_answered_one_by_one_and_one_that_is_refused_takes_none_along() {
    case(|world| {
        let it = Tree::make(world);
        it.assign(world, "guest", &it.project).unwrap();
        let one = |permission: &str, resource: &str| {
            json!({
                "organization_membership_id": it.member, "permission_slug": permission,
                "resource_id": resource,
            })
        };
        let checks = json!([
            one("project:read", &it.project),
            one("workspace:edit", &it.workspace),
            one("project:read", "authz_resource_unknown"),
            { "organization_membership_id": it.member, "permission_slug": "project:read" },
        ]);
        let said = call(world, "authorization.check_many", json!({ "checks": checks }));
        let said = said["data"].as_array().unwrap();
        assert_eq!(said[0], json!({ "authorized": true }));
        assert_eq!(said[1], json!({ "authorized": false }));
        assert_eq!(said[2]["error"]["code"], "entity_not_found");
        assert_eq!(said[3]["error"]["code"], "invalid_request_parameters");
        let many: Vec<Value> = (0..1001).map(|_| one("project:read", &it.project)).collect();
        let error = world.call("authorization.check_many", json!({ "checks": many })).unwrap_err();
        assert_eq!(error.status(), 422);
    });
}

#[test]
fn types_are_made_in_an_order_that_reaches_the_organization_and_go_from_the_leaves() {
    case(|world| {
        Tree::make(world);
        let create = |input: Value| world.call("resource_types.create", input);
        refused(
            create(json!({ "slug": "project", "name": "P" })),
            409,
            "resource_type_slug_conflict",
        );
        refused(
            create(json!({ "slug": "organization", "name": "O" })),
            409,
            "resource_type_slug_conflict",
        );
        refused(
            create(json!({ "slug": "x", "name": "X", "parents": ["y"] })),
            404,
            "entity_not_found",
        );
        refused(create(json!({ "slug": "x", "name": "X", "parents": ["x"] })), 400, "bad_request");
        assert_eq!(create(json!({ "slug": "Upper", "name": "X" })).unwrap_err().status(), 422);
        let mut above = "project".to_owned();
        for n in 3..=5 {
            let slug = format!("level{n}");
            create(json!({ "slug": slug, "name": "L", "parents": [above] })).unwrap();
            above = slug;
        }
        refused(
            create(json!({ "slug": "level6", "name": "L", "parents": [above] })),
            400,
            "bad_request",
        );
        let delete = |slug: &str| world.call("resource_types.delete", json!({ "slug": slug }));
        refused(delete("level4"), 409, "resource_type_has_dependents");
        refused(delete("project"), 409, "resource_type_has_dependents");
        delete("level5").unwrap();
        refused(delete("level5"), 404, "entity_not_found");
        let narrower = json!({ "slug": "project", "parents": ["project"] });
        refused(world.call("resource_types.update", narrower), 400, "bad_request");
        let elsewhere = json!({ "slug": "project", "parents": ["organization"] });
        refused(
            world.call("resource_types.update", elsewhere),
            409,
            "resource_type_has_dependents",
        );
        for n in 0..8 {
            create(json!({ "slug": format!("t{n}"), "name": "T" })).unwrap();
        }
        create(json!({ "slug": "tenth", "name": "T" })).unwrap();
        refused(create(json!({ "slug": "eleventh", "name": "T" })), 400, "bad_request");
    });
}

#[test]
fn an_exclusion_takes_away_what_roles_give_where_it_is_switched_on() {
    case(|world| {
        let it = Tree::make(world);
        it.assign(world, "lead", &it.workspace).unwrap();
        let exclusion = json!({
            "organization_membership_id": it.member, "permission_slug": "project:read",
            "resource_id": it.workspace,
        });
        let create = |input: &Value| world.call("authorization_exclusions.create", input.clone());
        refused(create(&exclusion), 400, "exclusions_not_enabled");
        assert!(it.check(world, "project:read", &it.project));
        call(world, "authorization_settings.update", json!({ "exclusions": true }));
        let made = create(&exclusion).unwrap();
        assert_eq!(made["resource"]["external_id"], "w1");
        assert!(!it.check(world, "project:read", &it.project), "below, too");
        assert!(it.check(world, "workspace:edit", &it.workspace), "that one alone");
        let input = json!({
            "organization_membership_id": it.member, "permission_slug": "project:read",
            "resource_id": it.project,
        });
        let why = call(world, "authorization.explain", input);
        assert_eq!((&why["authorized"], &why["reason"]), (&json!(false), &json!("excluded")));
        assert_eq!(why["path"][1]["exclusions"][0]["id"], made["id"]);
        call(world, "authorization_settings.update", json!({ "exclusions": false }));
        assert!(it.check(world, "project:read", &it.project), "it counts no more");
        call(world, "authorization_settings.update", json!({ "exclusions": true }));
        assert!(!it.check(world, "project:read", &it.project));
        call(world, "authorization_exclusions.delete", json!({ "id": made["id"] }));
        assert!(it.check(world, "project:read", &it.project));
        let group = json!({ "organization_id": it.organization, "name": "Barred" });
        let group = id(&call(world, "groups.create", group)).to_owned();
        call(
            world,
            "groups.add_member",
            json!({
                "organization_id": it.organization, "group_id": group,
                "organization_membership_id": it.member,
            }),
        );
        create(&json!({ "group_id": group, "resource_id": it.root() })).unwrap();
        assert!(!it.check(world, "workspace:edit", &it.workspace), "all of it");
        let both = json!({
            "group_id": group, "organization_membership_id": it.member, "resource_id": it.root(),
        });
        assert_eq!(create(&both).unwrap_err().status(), 422);
        let theirs = json!({
            "organization_membership_id": it.other_member, "resource_id": it.workspace,
        });
        refused(create(&theirs), 404, "entity_not_found");
        call(
            world,
            "groups.delete",
            json!({ "organization_id": it.organization, "group_id": group }),
        );
        assert!(it.check(world, "workspace:edit", &it.workspace));
        let list = json!({ "organization_id": it.organization });
        assert_eq!(call(world, "authorization_exclusions.list", list)["data"], json!([]));
    });
}
