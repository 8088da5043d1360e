//! Resources, roles on them, checks: what is refused, and what goes with what.
use serde_json::{Value, json};
use vestibule_kernel::testing::{World, on_sqlite};

use crate::support::{call, case, domains, id, refused};
use crate::tree::{Tree, permit};

#[test]
fn a_role_reaches_all_that_is_below_and_nothing_above() {
    case(|world| {
        let it = Tree::make(world);
        let inner = it.resource(world, "project", "p2", Some(&it.project));
        assert!(!it.check(world, "project:read", &inner));
        it.assign(world, "guest", &it.project).unwrap();
        assert!(it.check(world, "project:read", &inner));
        assert!(it.check(world, "project:read", &it.project));
        assert!(!it.check(world, "workspace:edit", &it.workspace));
        assert!(!it.check(world, "project:read", &it.workspace), "it is about projects");
        let beside = it.resource(world, "project", "p3", Some(&it.workspace));
        assert!(!it.check(world, "project:read", &beside));
        it.assign(world, "lead", &it.workspace).unwrap();
        assert!(it.check(world, "project:read", &beside));
        permit(world, "lead", &["workspace:edit"]);
        assert!(!it.check(world, "project:read", &beside), "what a role permits counts at once");
    });
}

#[test]
fn attack_a_new_resource_inherits_nothing_that_was_held_on_one_that_is_gone() {
    case(|world| {
        let it = Tree::make(world);
        let gone = it.resource(world, "project", "p2", Some(&it.workspace));
        it.assign(world, "guest", &gone).unwrap();
        // Even where something were to leave a role behind, on the number that was the highest.
        let kept = "CREATE TABLE kept AS SELECT * FROM assigned_roles -- global";
        world.app.db().write(move |tx| tx.execute(kept, &[]).map(|_| ())).unwrap();
        let input = json!({ "resource_id": gone, "cascade_delete": true });
        call(world, "authorization_resources.delete", input);
        let left = "INSERT INTO assigned_roles SELECT * FROM kept WHERE TRUE
                    ON CONFLICT (membership, resource, role) DO NOTHING -- global";
        let count = world.app.db().write(move |tx| tx.execute(left, &[])).unwrap();
        assert_eq!(count, 1, "the role on the resource that is gone");
        let new = it.resource(world, "project", "p2", Some(&it.workspace));
        assert!(!it.check(world, "project:read", &new));
    });
}

#[test]
fn a_role_on_the_organization_is_one_of_the_memberships_own() {
    case(|world| {
        let it = Tree::make(world);
        let refusal = it.assign(world, "auditor", &it.root());
        refused(refusal, 422, "multiple_roles_not_enabled");
        call(world, "role_settings.update", json!({ "multiple_roles": true }));
        let given = it.assign(world, "auditor", &it.root()).unwrap();
        assert_eq!(given["resource"]["external_id"], json!(it.organization));
        assert_eq!(given["resource"]["resource_type_slug"], "organization");
        assert_eq!(
            given["source"],
            json!({ "type": "direct", "group_role_assignment_id": null, "group": null })
        );
        let membership = call(world, "organization_memberships.get", json!({ "id": it.member }));
        assert_eq!(membership["roles"], json!([{ "slug": "member" }, { "slug": "auditor" }]));
        assert!(it.check(world, "project:read", &it.project));
        let input = json!({
            "organization_membership_id": it.member, "role_assignment_id": given["id"],
        });
        call(world, "role_assignments.delete", input.clone());
        refused(world.call("role_assignments.delete", input), 404, "entity_not_found");
        let membership = call(world, "organization_memberships.get", json!({ "id": it.member }));
        assert_eq!(membership["roles"], json!([{ "slug": "member" }]));
        assert!(!it.check(world, "project:read", &it.project));
    });
}

#[test]
fn roles_of_a_membership_are_listed_by_the_type_alone_page_by_page() {
    case(|world| {
        let it = Tree::make(world);
        for n in 0..3 {
            let project = it.resource(world, "project", &format!("inner-{n}"), Some(&it.workspace));
            it.assign(world, "guest", &project).unwrap();
        }
        it.assign(world, "lead", &it.workspace).unwrap();
        let list = |more: Value| {
            let mut input = json!({ "organization_membership_id": it.member });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let page = call(world, "role_assignments.list", input);
            let external = |it: &Value| it["resource"]["external_id"].as_str().unwrap().to_owned();
            let names: Vec<String> =
                page["data"].as_array().unwrap().iter().map(external).collect();
            (names, page["list_metadata"]["after"].clone())
        };
        let of_type = |slug: &str| list(json!({ "resource_type_slug": slug })).0;
        assert_eq!(of_type("workspace"), ["w1"]);
        assert_eq!(of_type("organization"), [it.organization.as_str()]);
        assert_eq!(of_type("unheard-of"), [""; 0]);
        let (first, after) = list(json!({ "resource_type_slug": "project", "limit": 2 }));
        assert_eq!(first.len(), 2);
        let more = json!({ "resource_type_slug": "project", "limit": 2, "after": after });
        let (second, after) = list(more);
        assert!(after.is_null());
        let mut all = [first, second].concat();
        all.sort();
        assert_eq!(all, ["inner-0", "inner-1", "inner-2"]);
        let alone = json!({
            "organization_membership_id": it.member, "resource_external_id": "w1",
        });
        refused(world.call("role_assignments.list", alone), 422, "invalid_request_parameters");
    });
}

#[test]
fn what_a_group_holds_its_members_hold_while_they_are_in_it() {
    case(|world| {
        let it = Tree::make(world);
        let group = json!({ "organization_id": it.organization, "name": "Crew" });
        let group = id(&call(world, "groups.create", group)).to_owned();
        let held = json!({ "group_id": group, "role_slug": "guest", "resource_id": it.project });
        let given = call(world, "group_role_assignments.create", held.clone());
        refused(
            world.call("group_role_assignments.create", held.clone()),
            409,
            "duplicate_group_role_assignment",
        );
        assert!(!it.check(world, "project:read", &it.project));
        let in_group = json!({
            "organization_id": it.organization, "group_id": group,
            "organization_membership_id": it.member,
        });
        call(world, "groups.add_member", in_group.clone());
        assert!(it.check(world, "project:read", &it.project));
        let input = json!({ "organization_membership_id": it.member });
        let page = call(world, "role_assignments.list", input);
        let derived =
            page["data"].as_array().unwrap().iter().find(|it| it["source"]["type"] == "group");
        let derived = derived.unwrap();
        assert_eq!(derived["source"]["group_role_assignment_id"], given["id"]);
        assert_eq!(derived["source"]["group"], json!({ "id": group, "name": "Crew" }));
        // It goes with the group's role, and not by itself.
        let by_id = json!({
            "organization_membership_id": it.member, "role_assignment_id": derived["id"],
        });
        refused(world.call("role_assignments.delete", by_id), 404, "entity_not_found");
        let by_role = json!({
            "organization_membership_id": it.member, "role_slug": "guest",
            "resource_id": it.project,
        });
        refused(world.call("role_assignments.remove", by_role), 404, "entity_not_found");
        call(world, "groups.remove_member", in_group.clone());
        assert!(!it.check(world, "project:read", &it.project));
        call(world, "groups.add_member", in_group);
        call(
            world,
            "groups.delete",
            json!({ "organization_id": it.organization, "group_id": group }),
        );
        assert!(!it.check(world, "project:read", &it.project));
        assert_eq!(it.assignments(world), [("member".to_owned(), it.organization.clone())]);
    });
}

#[test]
fn a_groups_roles_are_replaced_and_changed_as_a_whole_or_not_at_all() {
    case(|world| {
        let it = Tree::make(world);
        let group = json!({ "organization_id": it.organization, "name": "Crew" });
        let group = id(&call(world, "groups.create", group)).to_owned();
        let list = |world: &World| {
            let page = call(world, "group_role_assignments.list", json!({ "group_id": group }));
            let mut slugs: Vec<String> = page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["role"]["slug"].as_str().unwrap().to_owned())
                .collect();
            slugs.sort();
            slugs
        };
        let entry =
            |role: &str, resource: &str| json!({ "role_slug": role, "resource_id": resource });
        let both = json!([entry("guest", &it.project), { "role_slug": "auditor" }]);
        let input = json!({ "group_id": group, "role_assignments": both });
        call(world, "group_role_assignments.replace", input);
        assert_eq!(list(world), ["auditor", "guest"]);
        let input = json!({
            "group_id": group, "add": [entry("lead", &it.workspace)],
            "remove": [entry("lead", &it.project)],
        });
        let error = world.call("group_role_assignments.change", input).unwrap_err();
        assert_eq!(error.status(), 422, "a role for another type: {error:?}");
        let input = json!({
            "group_id": group, "add": [entry("lead", &it.workspace)],
            "remove": [entry("lead", &it.workspace)],
        });
        assert_eq!(world.call("group_role_assignments.change", input).unwrap_err().status(), 422);
        assert_eq!(list(world), ["auditor", "guest"]);
        let input = json!({
            "group_id": group, "add": [entry("lead", &it.workspace)],
            "remove": [entry("guest", &it.project), entry("guest", &it.project)],
        });
        call(world, "group_role_assignments.change", input);
        assert_eq!(list(world), ["auditor", "lead"]);
        let input = json!({ "group_id": group, "role_assignments": [] });
        call(world, "group_role_assignments.replace", input);
        assert_eq!(list(world), [""; 0]);
        let input = json!({ "group_id": group });
        assert_eq!(world.call("group_role_assignments.change", input).unwrap_err().status(), 422);
    });
}

#[test]
fn a_resource_is_only_where_its_type_and_the_depth_of_the_tree_allow() {
    case(|world| {
        let it = Tree::make(world);
        let create = |of_type: &str, external_id: &str, parent: Option<&str>| {
            world.call("authorization_resources.create", it.input(of_type, external_id, parent))
        };
        refused(create("project", "x", None), 400, "bad_request");
        refused(create("workspace", "x", Some(&it.workspace)), 400, "bad_request");
        refused(create("organization", "x", None), 400, "bad_request");
        refused(create("planet", "x", None), 404, "entity_not_found");
        refused(create("project", "x", Some("authz_resource_unknown")), 404, "entity_not_found");
        refused(
            create("project", "p1", Some(&it.workspace)),
            409,
            "authorization_resource_external_id_conflict",
        );
        let mut deepest = it.project.clone();
        for n in 3..=5 {
            deepest = it.resource(world, "project", &format!("deep{n}"), Some(&deepest));
        }
        refused(create("project", "too-deep", Some(&deepest)), 400, "bad_request");
        // The way there by a move is closed as well.
        let beside = it.resource(world, "project", "beside", Some(&it.workspace));
        it.resource(world, "project", "below", Some(&beside));
        let move_to = |resource: &str, parent: &str| {
            let input = json!({ "resource_id": resource, "parent_resource_id": parent });
            world.call("authorization_resources.update", input)
        };
        let above_deepest = call(
            world,
            "authorization_resources.get",
            json!({ "resource_id": deepest }),
        )["parent_resource_id"]
            .as_str()
            .unwrap()
            .to_owned();
        refused(move_to(&beside, &above_deepest), 400, "bad_request");
        refused(move_to(&it.project, &deepest), 400, "bad_request");
        refused(move_to(&it.project, &it.project), 400, "bad_request");
        let theirs = json!({
            "organization_id": it.other_organization, "resource_type_slug": "workspace",
            "external_id": "theirs", "name": "Theirs",
        });
        let theirs = id(&call(world, "authorization_resources.create", theirs)).to_owned();
        refused(move_to(&it.project, &theirs), 404, "entity_not_found");
        let both = json!({
            "resource_id": it.project, "parent_resource_id": it.workspace,
            "parent_resource_external_id": "w1", "parent_resource_type_slug": "workspace",
        });
        assert_eq!(world.call("authorization_resources.update", both).unwrap_err().status(), 422);
        let half = json!({ "resource_id": it.project, "parent_resource_external_id": "w1" });
        assert_eq!(world.call("authorization_resources.update", half).unwrap_err().status(), 422);
    });
}

#[test]
fn a_move_takes_all_below_along_and_changes_who_may_do_what() {
    case(|world| {
        let it = Tree::make(world);
        let inner = it.resource(world, "project", "inner", Some(&it.project));
        let other = it.resource(world, "workspace", "w2", None);
        it.assign(world, "lead", &other).unwrap();
        assert!(!it.check(world, "project:read", &inner));
        let input = json!({ "resource_id": it.project, "parent_resource_id": other });
        let moved = call(world, "authorization_resources.update", input);
        assert_eq!(moved["parent_resource_id"], json!(other));
        assert!(it.check(world, "project:read", &inner));
        let input = json!({
            "organization_id": it.organization, "resource_type_slug": "project",
            "external_id": "p1", "parent_resource_external_id": "w1",
            "parent_resource_type_slug": "workspace",
        });
        call(world, "authorization_resources.update_by_external_id", input);
        assert!(!it.check(world, "project:read", &inner));
    });
}

#[test]
fn what_others_depend_on_is_only_deleted_with_them() {
    case(|world| {
        let it = Tree::make(world);
        let delete = |resource: &str, cascade: bool| {
            let input = json!({ "resource_id": resource, "cascade_delete": cascade });
            world.call("authorization_resources.delete", input)
        };
        refused(delete(&it.workspace, false), 409, "resource_has_dependents");
        it.assign(world, "guest", &it.project).unwrap();
        refused(delete(&it.project, false), 409, "resource_has_dependents");
        let error = delete(&it.root(), true).unwrap_err();
        assert_eq!(error.status(), 403, "{error:?}");
        delete(&it.workspace, true).unwrap();
        for gone in [&it.workspace, &it.project] {
            let input = json!({ "resource_id": gone });
            refused(world.call("authorization_resources.get", input), 404, "entity_not_found");
        }
        assert_eq!(it.assignments(world), [("member".to_owned(), it.organization.clone())]);
        call(world, "organizations.delete", json!({ "id": it.organization }));
        let input = json!({ "resource_type_slug": "workspace" });
        let left = call(world, "authorization_resources.list", input);
        assert_eq!(left["data"], json!([]));
    });
}

#[test]
fn a_role_must_be_one_for_the_resource_and_both_of_one_organization() {
    case(|world| {
        let it = Tree::make(world);
        let error = it.assign(world, "lead", &it.project).unwrap_err();
        assert_eq!(error.status(), 422, "{error:?}");
        refused(it.assign(world, "nobody", &it.project), 404, "entity_not_found");
        let of_other = json!({
            "organization_membership_id": it.other_member, "role_slug": "guest",
            "resource_id": it.project,
        });
        refused(world.call("role_assignments.create", of_other), 404, "entity_not_found");
        let check_of_other = json!({
            "organization_membership_id": it.other_member, "permission_slug": "project:read",
            "resource_id": it.project,
        });
        refused(world.call("authorization.check", check_of_other), 404, "entity_not_found");
        for wrong in [
            json!({}),
            json!({ "resource_external_id": "p1" }),
            json!({ "resource_type_slug": "project" }),
            json!({ "resource_id": it.project, "resource_type_slug": "project", "resource_external_id": "p1" }),
        ] {
            let mut input = json!({
                "organization_membership_id": it.member, "permission_slug": "project:read",
            });
            input.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
            let error = world.call("authorization.check", input).unwrap_err();
            assert_eq!(error.status(), 422, "{wrong}: {error:?}");
        }
        let twice = it.assign(world, "guest", &it.project).unwrap();
        assert_eq!(it.assign(world, "guest", &it.project).unwrap()["id"], twice["id"]);
    });
}

#[test]
fn who_is_not_active_may_nothing() {
    case(|world| {
        let it = Tree::make(world);
        it.assign(world, "guest", &it.project).unwrap();
        assert!(it.check(world, "project:read", &it.project));
        call(world, "organization_memberships.deactivate", json!({ "id": it.member }));
        assert!(!it.check(world, "project:read", &it.project));
        call(world, "organization_memberships.reactivate", json!({ "id": it.member }));
        assert!(it.check(world, "project:read", &it.project));
        call(world, "organization_memberships.delete", json!({ "id": it.member }));
        let input = json!({
            "organization_membership_id": it.member, "permission_slug": "project:read",
            "resource_id": it.project,
        });
        refused(world.call("authorization.check", input), 404, "entity_not_found");
    });
}

#[test]
fn resources_are_listed_by_organization_type_and_parent() {
    case(|world| {
        let it = Tree::make(world);
        let list = |input: Value| {
            let page = call(world, "authorization_resources.list", input);
            let names: Vec<String> = page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["external_id"].as_str().unwrap().to_owned())
                .collect();
            names
        };
        let organization = &it.organization;
        assert_eq!(list(json!({ "organization_id": organization })), ["p1", "w1"]);
        assert_eq!(
            list(json!({ "organization_id": organization, "resource_type_slug": "project" })),
            ["p1"]
        );
        assert_eq!(list(json!({ "resource_type_slug": "workspace" })), ["w1"]);
        assert_eq!(
            list(json!({ "organization_id": organization, "parent_resource_id": it.root() })),
            ["w1"]
        );
        let below = json!({
            "organization_id": organization, "parent_resource_type_slug": "workspace",
            "parent_external_id": "w1",
        });
        assert_eq!(list(below), ["p1"]);
        let unknown =
            json!({ "organization_id": organization, "parent_resource_id": "authz_resource_x" });
        assert_eq!(list(unknown), [""; 0]);
        let roots = list(json!({ "resource_type_slug": "organization" }));
        assert_eq!(roots.len(), 2, "{roots:?}");
        let root = json!({ "resource_type_slug": "organization", "organization_id": organization });
        assert_eq!(list(root), [organization.as_str()]);
        refused(
            world.call(
                "authorization_resources.list",
                json!({ "parent_resource_id": it.workspace }),
            ),
            400,
            "missing_organization_id_or_resource_type_slug",
        );
        let first = json!({ "resource_type_slug": "organization", "limit": 1 });
        let page = call(world, "authorization_resources.list", first.clone());
        let mut second = first;
        second["after"] = page["list_metadata"]["after"].clone();
        let page_after = call(world, "authorization_resources.list", second);
        assert_eq!(page_after["data"].as_array().unwrap().len(), 1);
        assert_ne!(page_after["data"], page["data"]);
    });
}

#[test]
fn a_role_that_somebody_holds_on_a_resource_is_withdrawn_with_it() {
    case(|world| {
        let it = Tree::make(world);
        it.assign(world, "guest", &it.project).unwrap();
        assert!(it.check(world, "project:read", &it.project));
        call(world, "roles.delete", json!({ "slug": "guest" }));
        assert!(!it.check(world, "project:read", &it.project));
        assert_eq!(it.assignments(world), [("member".to_owned(), it.organization.clone())]);
        let own = json!({
            "organization_id": it.organization, "slug": "org-own", "name": "Own",
            "resource_type_slug": "project",
        });
        call(world, "organization_roles.create", own);
        it.assign(world, "org-own", &it.project).unwrap();
        let own = json!({ "organization_id": it.organization, "slug": "org-own" });
        refused(world.call("organization_roles.delete", own), 409, "role_has_assignments");
    });
}

#[test]
fn a_tree_so_large_that_it_would_hold_others_up_neither_moves_nor_goes_at_once() {
    on_sqlite(domains(), |world| {
        world.flow().write(vestibule_people::roles::ensure_defaults).unwrap();
        let it = Tree::make(world);
        let elsewhere = it.resource(world, "workspace", "w2", None);
        let (organization, parent) = (it.organization.clone(), it.project.clone());
        // By SQL, since ten thousand requests would take too long.
        let made = world.flow().write(move |cx| {
            for n in 0..10_001_i64 {
                let values = [
                    cx.environment.into(),
                    format!("authz_resource_many_{n}").into(),
                    organization.as_str().into(),
                    n.to_string().into(),
                    parent.as_str().into(),
                ];
                let sql = "INSERT INTO authorization_resources
                             (environment_id, id, organization_id, organization, type, external_id,
                              name, parent, ancestors, created_at, updated_at)
                           SELECT $1, $2, $3, p.organization, p.type, $4, 'Many', p.number,
                                  p.number || ' ' || p.ancestors, 0, 0
                           FROM authorization_resources p
                           WHERE p.environment_id = $1 AND p.id = $5";
                cx.db().execute(sql, &values)?;
            }
            Ok(())
        });
        made.unwrap();
        let moved = json!({ "resource_id": it.project, "parent_resource_id": elsewhere });
        refused(world.call("authorization_resources.update", moved.clone()), 400, "bad_request");
        let gone = json!({ "resource_id": it.project, "cascade_delete": true });
        refused(world.call("authorization_resources.delete", gone), 400, "bad_request");
        let one = json!({ "resource_id": "authz_resource_many_7" });
        call(world, "authorization_resources.delete", one);
        call(world, "authorization_resources.update", moved);
        let one = json!({ "resource_id": "authz_resource_many_8" });
        let below = call(world, "authorization_resources.get", one);
        assert_eq!(below["parent_resource_id"], json!(it.project));
    });
}
