//! Roles of the environment and of organizations.
use serde_json::{Value, json};
use vestibule_kernel::testing::{World, each_engine};
use vestibule_people::roles::resource_types::{ResourceType, ResourceTypes};

use crate::memberships::{member, user};
use crate::permissions::{permission, with_defaults};
use crate::support::{PEOPLE, fields, id, organization, refused};

/// A role of the environment of this slug.
pub fn role(world: &World, slug: &str) -> Value {
    world.call("roles.create", json!({ "slug": slug, "name": slug })).unwrap()
}

/// The slugs of a list of roles.
fn slugs(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|it| it["slug"].as_str().unwrap()).collect()
}

/// Lets memberships hold several roles.
pub fn allow_multiple_roles(world: &World) {
    world.call("role_settings.update", json!({ "multiple_roles": true })).unwrap();
}

/// Gives the environment a type of resource below the organization.
fn with_projects(world: &World) {
    let project = || ResourceType::new("project", &["organization"]);
    world.flow().write(move |cx| cx.set(&ResourceTypes { types: vec![project()] })).unwrap();
}

#[test]
fn an_environment_begins_with_admin_and_member() {
    each_engine(PEOPLE, |world| {
        with_defaults(world);
        with_defaults(world);
        let list = world.call("roles.list", json!({})).unwrap();
        assert_eq!(slugs(&list), ["admin", "member"]);
        assert_eq!(list.as_object().unwrap().len(), 2, "object and data alone");
        let admin = &list["data"][0];
        assert_eq!(admin["permissions"].as_array().unwrap().len(), 9);
        assert_eq!(list["data"][1]["permissions"], json!([]));
        assert_eq!(world.events(), []);
    });
}

#[test]
fn a_role_is_made_changed_and_told() {
    each_engine(PEOPLE, |world| {
        let input = json!({ "slug": "editor", "name": "Editor", "description": "Edits" });
        let made = world.call("roles.create", input.clone()).unwrap();
        assert!(id(&made).starts_with("role_"));
        let mut expected = json!({
            "object": "role",
            "id": made["id"],
            "slug": "editor",
            "name": "Editor",
            "description": "Edits",
            "type": "EnvironmentRole",
            "resource_type_slug": "organization",
            "permissions": [],
            "created_at": "2026-01-15T12:00:00.000Z",
            "updated_at": "2026-01-15T12:00:00.000Z",
        });
        assert_eq!(made, expected);
        refused(world.call("roles.create", input), 409, "role_slug_conflict");
        world.clock.advance_seconds(1);
        let input = json!({ "slug": "editor", "name": "Chief", "description": null });
        expected["name"] = json!("Chief");
        expected["description"] = json!(null);
        expected["updated_at"] = json!("2026-01-15T12:00:01.000Z");
        assert_eq!(world.call("roles.update", input.clone()).unwrap(), expected);
        world.clock.advance_seconds(1);
        assert_eq!(world.call("roles.update", input).unwrap(), expected, "no change");
        assert_eq!(world.call("roles.get", json!({ "slug": "editor" })).unwrap(), expected);
        let events = world.events();
        assert_eq!(world.event_names(), ["role.created", "role.updated"]);
        let told = json!({
            "object": "role",
            "slug": "editor",
            "resource_type_slug": "organization",
            "permissions": [],
            "created_at": "2026-01-15T12:00:00.000Z",
            "updated_at": "2026-01-15T12:00:01.000Z",
        });
        assert_eq!(events[1].1, told);
        refused(world.call("roles.get", json!({ "slug": "none" })), 404, "entity_not_found");
        for slug in ["", "Editor", "a b", "a:b", &"s".repeat(49)] {
            let input = json!({ "slug": slug, "name": "Bad" });
            let error =
                refused(world.call("roles.create", input), 422, "invalid_request_parameters");
            assert!(fields(&error).contains(&"slug"), "{slug}");
        }
    });
}

#[test]
fn permissions_of_a_role_are_set_and_added_once() {
    each_engine(PEOPLE, |world| {
        for slug in ["a", "b", "c"] {
            permission(world, slug);
        }
        role(world, "editor");
        let count = world.events().len();
        let set = json!({ "slug": "editor", "permissions": ["b", "a", "b"] });
        let changed = world.call("roles.set_permissions", set.clone()).unwrap();
        assert_eq!(changed["permissions"], json!(["a", "b"]));
        let add = json!({ "role_slug": "editor", "slug": "c" });
        for _ in 0..2 {
            let changed = world.call("roles.add_permission", add.clone()).unwrap();
            assert_eq!(changed["permissions"], json!(["a", "b", "c"]));
        }
        world.call("roles.set_permissions", set.clone()).unwrap();
        world.call("roles.set_permissions", set).unwrap();
        let told = world.event_names().split_off(count);
        assert_eq!(told, ["role.updated"; 3]);
        let unknown = json!({ "slug": "editor", "permissions": ["a", "none"] });
        let error = refused(world.call("roles.set_permissions", unknown), 404, "entity_not_found");
        assert_eq!(error.message(), "Permission not found: 'none'.");
        let unknown = json!({ "role_slug": "editor", "slug": "none" });
        refused(world.call("roles.add_permission", unknown), 404, "entity_not_found");
    });
}

#[test]
fn a_permission_must_be_about_the_type_of_the_role_or_one_within_it() {
    each_engine(PEOPLE, |world| {
        with_projects(world);
        permission(world, "org");
        let input = json!({ "slug": "proj", "name": "P", "resource_type_slug": "project" });
        world.call("permissions.create", input).unwrap();
        role(world, "wide");
        let input = json!({ "slug": "narrow", "name": "N", "resource_type_slug": "project" });
        world.call("roles.create", input).unwrap();
        let set = |slug: &str| {
            let input = json!({ "slug": slug, "permissions": ["org", "proj"] });
            world.call("roles.set_permissions", input)
        };
        set("wide").unwrap();
        refused(set("narrow"), 422, "invalid_request_parameters");
        let add = json!({ "role_slug": "narrow", "slug": "org" });
        let error =
            refused(world.call("roles.add_permission", add), 422, "invalid_request_parameters");
        assert_eq!(fields(&error), ["slug"]);
    });
}

#[test]
fn roles_have_an_order_of_priority() {
    each_engine(PEOPLE, |world| {
        with_defaults(world);
        role(world, "editor");
        role(world, "viewer");
        let list = world.call("roles.list", json!({})).unwrap();
        assert_eq!(slugs(&list), ["admin", "member", "editor", "viewer"]);
        let order = json!({ "slugs": ["viewer", "admin"] });
        let list = world.call("roles.set_priority", order).unwrap();
        assert_eq!(slugs(&list), ["viewer", "admin", "member", "editor"]);
        assert_eq!(world.call("roles.list", json!({})).unwrap(), list);
        let unknown = json!({ "slugs": ["none"] });
        refused(world.call("roles.set_priority", unknown), 404, "entity_not_found");
        let twice = json!({ "slugs": ["admin", "admin"] });
        refused(world.call("roles.set_priority", twice), 422, "invalid_request_parameters");
    });
}

#[test]
fn an_organization_has_roles_of_its_own_and_then_an_order_of_its_own() {
    each_engine(PEOPLE, |world| {
        with_defaults(world);
        let acme = organization(world, "Acme");
        let other = organization(world, "Other");
        let organization_id = id(&acme);
        let create = |input: Value| world.call("organization_roles.create", input);
        let support =
            json!({ "organization_id": organization_id, "slug": "org-support", "name": "Support" });
        let made = create(support.clone()).unwrap();
        assert_eq!(made["type"], json!("OrganizationRole"));
        refused(create(support), 409, "organization_role_slug_conflict");
        let named = create(json!({ "organization_id": organization_id, "name": "Night Watch" }));
        let named = named.unwrap();
        let derived = named["slug"].as_str().unwrap();
        assert!(derived.starts_with("org-night-watch-"), "{derived}");
        let list = |organization: &Value| {
            let input = json!({ "organization_id": organization["id"] });
            world.call("organization_roles.list", input).unwrap()
        };
        assert_eq!(slugs(&list(&acme)), ["admin", "member", "org-support", derived]);
        assert_eq!(slugs(&list(&other)), ["admin", "member"]);
        role(world, "later");
        assert_eq!(slugs(&list(&acme)), ["admin", "member", "org-support", derived, "later"]);
        let input =
            json!({ "organization_id": organization_id, "slugs": ["org-support", "later"] });
        world.call("organization_roles.set_priority", input).unwrap();
        let own = ["org-support", "later", "admin", "member", derived];
        assert_eq!(slugs(&list(&acme)), own);
        world.call("roles.set_priority", json!({ "slugs": ["member"] })).unwrap();
        assert_eq!(slugs(&list(&acme)), own, "its order is its own");
        assert_eq!(slugs(&list(&other)), ["member", "admin", "later"]);
        let get = |organization: &Value, slug: &str| {
            let input = json!({ "organization_id": organization["id"], "slug": slug });
            world.call("organization_roles.get", input)
        };
        assert_eq!(get(&acme, "member").unwrap()["type"], json!("EnvironmentRole"));
        assert_eq!(get(&acme, "org-support").unwrap(), made);
        refused(get(&other, "org-support"), 404, "entity_not_found");
        let same = json!({ "organization_id": other["id"], "slug": "org-support", "name": "S" });
        create(same).unwrap();
        for slug in ["support", "org-", "org-Upper", "org-a:b"] {
            let input = json!({ "organization_id": organization_id, "slug": slug, "name": "Bad" });
            refused(create(input), 422, "invalid_request_parameters");
        }
        let unknown = json!({ "organization_id": "org_none", "name": "Bad" });
        refused(create(unknown), 404, "entity_not_found");
    });
}

#[test]
fn within_an_organization_a_slug_names_one_role() {
    each_engine(PEOPLE, |world| {
        let acme = organization(world, "Acme");
        let own = |slug: &str| {
            let input = json!({ "organization_id": acme["id"], "slug": slug, "name": "Own" });
            world.call("organization_roles.create", input)
        };
        role(world, "org-admin");
        refused(own("org-admin"), 409, "organization_role_slug_conflict");
        own("org-own").unwrap();
        let input = json!({ "slug": "org-own", "name": "Late" });
        refused(world.call("roles.create", input), 409, "role_slug_conflict");
    });
}

#[test]
fn only_its_own_roles_are_changed_through_an_organization() {
    each_engine(PEOPLE, |world| {
        with_defaults(world);
        permission(world, "a");
        let acme = organization(world, "Acme");
        let input = json!({ "organization_id": acme["id"], "slug": "org-own", "name": "Own" });
        world.call("organization_roles.create", input).unwrap();
        let call = |verb: &str, slug: &str| {
            let (organization_id, it) = (&acme["id"], "a");
            let input = match verb {
                "update" => {
                    json!({ "organization_id": organization_id, "slug": slug, "name": "N" })
                }
                "set_permissions" => {
                    json!({ "organization_id": organization_id, "slug": slug, "permissions": [it] })
                }
                "add_permission" => {
                    json!({ "organization_id": organization_id, "role_slug": slug, "slug": it })
                }
                "remove_permission" => {
                    json!({ "organization_id": organization_id, "slug": slug, "permission_slug": it })
                }
                _ => json!({ "organization_id": organization_id, "slug": slug }),
            };
            world.call(&format!("organization_roles.{verb}"), input)
        };
        let verbs = ["update", "set_permissions", "add_permission", "remove_permission", "delete"];
        for verb in verbs {
            refused(call(verb, "member"), 400, "bad_request");
            refused(call(verb, "none"), 404, "entity_not_found");
        }
        let count = world.events().len();
        assert_eq!(call("update", "org-own").unwrap()["name"], json!("N"));
        assert_eq!(call("set_permissions", "org-own").unwrap()["permissions"], json!(["a"]));
        assert_eq!(call("add_permission", "org-own").unwrap()["permissions"], json!(["a"]));
        for _ in 0..2 {
            assert_eq!(call("remove_permission", "org-own").unwrap()["permissions"], json!([]));
        }
        call("delete", "org-own").unwrap();
        let told = world.events().split_off(count);
        let names: Vec<&str> = told.iter().map(|it| it.0.as_str()).collect();
        let updated = "organization_role.updated";
        assert_eq!(names, [updated, updated, updated, "organization_role.deleted"]);
        let expected = json!({
            "object": "organization_role",
            "organization_id": acme["id"],
            "slug": "org-own",
            "name": "N",
            "description": null,
            "resource_type_slug": "organization",
            "permissions": [],
            "created_at": "2026-01-15T12:00:00.000Z",
            "updated_at": "2026-01-15T12:00:00.000Z",
        });
        assert_eq!(told[3].1, expected);
    });
}

#[test]
fn a_role_of_an_organization_that_somebody_holds_or_that_is_its_default_stays() {
    each_engine(PEOPLE, |world| {
        let acme = organization(world, "Acme");
        let own = json!({ "organization_id": acme["id"], "slug": "org-own" });
        let mut input = own.clone();
        input["name"] = json!("Own");
        world.call("organization_roles.create", input).unwrap();
        let membership = member(world, &user(world, "a@x.test"), &acme, Some("org-own")).unwrap();
        let delete = || world.call("organization_roles.delete", own.clone());
        refused(delete(), 409, "role_has_assignments");
        let input = json!({ "id": membership["id"], "role_slug": "member" });
        world.call("organization_memberships.update", input).unwrap();
        world.call("organization_roles.set_default", own.clone()).unwrap();
        refused(delete(), 400, "bad_request");
        let input = json!({ "organization_id": acme["id"], "slug": "member" });
        world.call("organization_roles.set_default", input).unwrap();
        delete().unwrap();
        refused(world.call("organization_roles.get", own.clone()), 404, "entity_not_found");
    });
}

#[test]
fn the_default_role_is_chosen_for_the_environment_and_for_an_organization() {
    each_engine(PEOPLE, |world| {
        let acme = organization(world, "Acme");
        let other = organization(world, "Other");
        role(world, "guest");
        let input = json!({ "organization_id": acme["id"], "slug": "org-own", "name": "Own" });
        world.call("organization_roles.create", input).unwrap();
        let settings = world.call("role_settings.update", json!({ "default_role": "guest" }));
        assert_eq!(settings.unwrap(), json!({ "multiple_roles": false, "default_role": "guest" }));
        let role_in = |email: &str, organization: &Value| {
            let made = member(world, &user(world, email), organization, None).unwrap();
            made["role"]["slug"].as_str().unwrap().to_owned()
        };
        assert_eq!(role_in("a@x.test", &other), "guest");
        assert_eq!(role_in("b@x.test", &acme), "member", "it took the default of its time");
        let input = json!({ "organization_id": acme["id"], "slug": "org-own" });
        world.call("organization_roles.set_default", input).unwrap();
        assert_eq!(role_in("c@x.test", &acme), "org-own");
        let unknown = json!({ "default_role": "none" });
        refused(world.call("role_settings.update", unknown), 422, "invalid_role");
    });
}

#[test]
fn who_loses_the_last_role_by_its_deletion_gets_the_default_one() {
    each_engine(PEOPLE, |world| {
        allow_multiple_roles(world);
        role(world, "editor");
        let acme = organization(world, "Acme");
        let one = member(world, &user(world, "a@x.test"), &acme, Some("editor")).unwrap();
        let input = json!({
            "user_id": user(world, "b@x.test")["id"],
            "organization_id": acme["id"],
            "role_slugs": ["editor", "admin"],
        });
        let two = world.call("organization_memberships.create", input).unwrap();
        assert_eq!(two["roles"], json!([{ "slug": "admin" }, { "slug": "editor" }]));
        refused(world.call("roles.delete", json!({ "slug": "member" })), 409, "role_is_default");
        let count = world.events().len();
        world.call("roles.delete", json!({ "slug": "editor" })).unwrap();
        let roles = |it: &Value| {
            let input = json!({ "id": it["id"] });
            world.call("organization_memberships.get", input).unwrap()["roles"].clone()
        };
        assert_eq!(roles(&one), json!([{ "slug": "member" }]));
        assert_eq!(roles(&two), json!([{ "slug": "admin" }]));
        let told = world.events().split_off(count);
        let names: Vec<&str> = told.iter().map(|it| it.0.as_str()).collect();
        let updated = "organization_membership.updated";
        assert_eq!(names, ["role.deleted", updated, updated]);
        assert_eq!(told[1].1["role"], json!({ "slug": "member" }));
    });
}

#[test]
fn many_who_come_first_at_once_find_the_defaults_once() {
    each_engine(PEOPLE, |world| {
        std::thread::scope(|scope| {
            for n in 0..16 {
                scope.spawn(move || role(world, &format!("role{n}")));
            }
        });
        let list = world.call("roles.list", json!({})).unwrap();
        let slugs = slugs(&list);
        assert_eq!(slugs.len(), 18, "{slugs:?}");
        assert_eq!(slugs[..2], ["admin", "member"]);
    });
}
