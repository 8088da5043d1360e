//! Permissions.
use serde_json::{Value, json};
use vestibule_kernel::testing::{World, each_engine};
use vestibule_people::roles;

use crate::support::{PEOPLE, call_from, fields, refused};

/// Gives the environment its defaults, as the program does when it makes one.
pub fn with_defaults(world: &World) {
    world.flow().write(roles::ensure_defaults).unwrap();
}

/// A permission of this slug.
pub fn permission(world: &World, slug: &str) -> Value {
    world.call("permissions.create", json!({ "slug": slug, "name": "A permission" })).unwrap()
}

#[test]
fn a_permission_is_made_read_changed_and_deleted_and_each_is_told() {
    each_engine(PEOPLE, |world| {
        let input = json!({ "slug": "posts:read", "name": "Read posts", "description": null });
        let made = world.call("permissions.create", input).unwrap();
        let id = made["id"].as_str().unwrap();
        assert!(id.starts_with("perm_"));
        let mut expected = json!({
            "object": "permission",
            "id": id,
            "slug": "posts:read",
            "name": "Read posts",
            "description": null,
            "system": false,
            "resource_type_slug": "organization",
            "created_at": "2026-01-15T12:00:00.000Z",
            "updated_at": "2026-01-15T12:00:00.000Z",
        });
        assert_eq!(made, expected);
        assert_eq!(world.call("permissions.get", json!({ "slug": "posts:read" })).unwrap(), made);
        world.clock.advance_seconds(1);
        let input = json!({ "slug": "posts:read", "name": "Read", "description": "All" });
        let updated = world.call("permissions.update", input.clone()).unwrap();
        expected["name"] = json!("Read");
        expected["description"] = json!("All");
        expected["updated_at"] = json!("2026-01-15T12:00:01.000Z");
        assert_eq!(updated, expected);
        world.clock.advance_seconds(1);
        assert_eq!(world.call("permissions.update", input).unwrap(), expected, "no change");
        world.call("permissions.delete", json!({ "slug": "posts:read" })).unwrap();
        refused(
            world.call("permissions.get", json!({ "slug": "posts:read" })),
            404,
            "entity_not_found",
        );
        let events = world.events();
        let names: Vec<&str> = events.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(names, ["permission.created", "permission.updated", "permission.deleted"]);
        assert_eq!(events[2].1, expected);
    });
}

#[test]
fn a_slug_is_unique_and_keeps_to_its_alphabet() {
    each_engine(PEOPLE, |world| {
        permission(world, "posts:read.all_of-them*");
        let again = json!({ "slug": "posts:read.all_of-them*", "name": "Again" });
        refused(world.call("permissions.create", again), 409, "permission_slug_conflict");
        for slug in ["", "Upper", "a b", "ä", "a\n", &"s".repeat(49)] {
            let input = json!({ "slug": slug, "name": "Bad" });
            let error =
                refused(world.call("permissions.create", input), 422, "invalid_request_parameters");
            assert!(fields(&error).contains(&"slug"), "{slug}");
        }
        for name in ["", "  ", &"n".repeat(49)] {
            let input = json!({ "slug": "good", "name": name });
            let error =
                refused(world.call("permissions.create", input), 422, "invalid_request_parameters");
            assert!(fields(&error).contains(&"name"), "{name}");
        }
        let input = json!({ "slug": "good", "name": "Good", "resource_type_slug": "nothing" });
        let error = refused(world.call("permissions.create", input), 404, "entity_not_found");
        assert_eq!(error.message(), "Resource type not found: 'nothing'.");
    });
}

#[test]
fn the_permissions_of_the_system_are_there_once_and_stay() {
    each_engine(PEOPLE, |world| {
        with_defaults(world);
        with_defaults(world);
        let page = world.call("permissions.list", json!({ "limit": 100 })).unwrap();
        let all = page["data"].as_array().unwrap();
        assert_eq!(all.len(), 9);
        assert!(all.iter().all(|it| it["system"] == json!(true)));
        let slug = "widgets:users-table:manage";
        let input = json!({ "slug": slug, "name": "Mine" });
        let error = refused(world.call("permissions.update", input.clone()), 403, "");
        assert_eq!(error.body().as_object().unwrap().len(), 1, "a message alone");
        refused(world.call("permissions.delete", json!({ "slug": slug })), 403, "");
        refused(world.call("permissions.create", input), 409, "permission_slug_conflict");
        assert_eq!(world.events(), []);
    });
}

#[test]
fn a_deleted_permission_leaves_its_roles_and_that_is_told() {
    each_engine(PEOPLE, |world| {
        permission(world, "a");
        permission(world, "b");
        world.call("roles.create", json!({ "slug": "editor", "name": "Editor" })).unwrap();
        let input = json!({ "slug": "editor", "permissions": ["a", "b"] });
        world.call("roles.set_permissions", input).unwrap();
        let count = world.events().len();
        world.call("permissions.delete", json!({ "slug": "a" })).unwrap();
        let role = world.call("roles.get", json!({ "slug": "editor" })).unwrap();
        assert_eq!(role["permissions"], json!(["b"]));
        let told: Vec<String> = world.event_names().split_off(count);
        assert_eq!(told, ["role.updated", "permission.deleted"]);
    });
}

#[test]
fn another_environment_sees_none_of_them() {
    each_engine(PEOPLE, |world| {
        permission(world, "secret");
        let (_, key) = world.other_environment();
        let get = call_from(&key, world, "permissions.get", json!({ "slug": "secret" }));
        refused(get, 404, "entity_not_found");
        let input = json!({ "slug": "secret", "name": "Its own" });
        call_from(&key, world, "permissions.create", input).unwrap();
    });
}
