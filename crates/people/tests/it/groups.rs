//! Groups and their members.
use serde_json::{Value, json};
use vestibule_kernel::Result;
use vestibule_kernel::testing::{World, each_engine};

use crate::memberships::{member, user};
use crate::support::{PEOPLE, fields, id, ids, organization, refused};

fn group(world: &World, organization: &Value, name: &str) -> Value {
    let input = json!({ "organization_id": organization["id"], "name": name });
    world.call("groups.create", input).unwrap()
}

/// Calls an operation on a group with further input.
fn call(world: &World, verb: &str, group: &Value, mut input: Value) -> Result<Value> {
    input["organization_id"] = group["organization_id"].clone();
    input["group_id"] = group["id"].clone();
    world.call(&format!("groups.{verb}"), input)
}

fn add(world: &World, group: &Value, membership: &Value) -> Result<Value> {
    let input = json!({ "organization_membership_id": membership["id"] });
    call(world, "add_member", group, input)
}

fn members(world: &World, group: &Value) -> Value {
    call(world, "list_members", group, json!({})).unwrap()
}

/// So many members of an organization.
fn crowd(world: &World, organization: &Value, count: usize) -> Vec<Value> {
    let one = |n| {
        world.clock.advance_seconds(1);
        member(world, &user(world, &format!("user{n}@x.test")), organization, None).unwrap()
    };
    (0..count).map(one).collect()
}

#[test]
fn a_group_is_made_read_changed_listed_and_deleted() {
    each_engine(PEOPLE, |world| {
        let acme = organization(world, "Acme");
        let input = json!({
            "organization_id": acme["id"], "name": "Engineers", "description": "They build",
        });
        let made = world.call("groups.create", input).unwrap();
        assert!(id(&made).starts_with("group_"));
        let mut expected = json!({
            "object": "group",
            "id": made["id"],
            "organization_id": acme["id"],
            "name": "Engineers",
            "description": "They build",
            "created_at": "2026-01-15T12:00:00.000Z",
            "updated_at": "2026-01-15T12:00:00.000Z",
        });
        assert_eq!(made, expected);
        assert_eq!(call(world, "get", &made, json!({})).unwrap(), expected);
        world.clock.advance_seconds(1);
        let second = group(world, &acme, "Others");
        let page = world.call("groups.list", json!({ "organization_id": acme["id"] })).unwrap();
        assert_eq!(ids(&page), [id(&second), id(&made)]);
        let input = json!({ "name": "Builders", "description": null });
        let updated = call(world, "update", &made, input.clone()).unwrap();
        expected["name"] = json!("Builders");
        expected["description"] = json!(null);
        expected["updated_at"] = json!("2026-01-15T12:00:01.000Z");
        assert_eq!(updated, expected);
        world.clock.advance_seconds(1);
        assert_eq!(call(world, "update", &made, input).unwrap(), expected, "no change");
        call(world, "delete", &made, json!({})).unwrap();
        for verb in ["get", "update", "delete", "list_members"] {
            refused(call(world, verb, &made, json!({})), 404, "entity_not_found");
        }
        let told: Vec<String> =
            world.event_names().into_iter().filter(|it| it.starts_with("group.")).collect();
        assert_eq!(told, ["group.created", "group.created", "group.updated", "group.deleted"]);
    });
}

#[test]
fn name_and_description_have_a_longest_length() {
    each_engine(PEOPLE, |world| {
        let acme = organization(world, "Acme");
        let create = |name: &str, description: &str| {
            let input = json!({
                "organization_id": acme["id"], "name": name, "description": description,
            });
            world.call("groups.create", input)
        };
        for (name, description) in
            [("", "d"), (" ", "d"), (&*"n".repeat(257), "d"), ("n", &*"d".repeat(151))]
        {
            refused(create(name, description), 422, "invalid_request_parameters");
        }
        create(&"ä".repeat(256), &"ä".repeat(150)).unwrap();
    });
}

#[test]
fn members_come_and_go_and_each_is_told_once() {
    each_engine(PEOPLE, |world| {
        let acme = organization(world, "Acme");
        let crowd = crowd(world, &acme, 3);
        let team = group(world, &acme, "Team");
        let count = world.events().len();
        for it in [&crowd[0], &crowd[1], &crowd[1]] {
            assert_eq!(add(world, &team, it).unwrap(), team);
        }
        let page = members(world, &team);
        assert_eq!(ids(&page), [id(&crowd[1]), id(&crowd[0])]);
        let mut expected = crowd[1].clone();
        for key in ["role", "roles"] {
            expected.as_object_mut().unwrap().remove(key);
        }
        assert_eq!(page["data"][0], expected, "without roles");
        let input = json!({ "organization_membership_id": crowd[0]["id"] });
        call(world, "remove_member", &team, input.clone()).unwrap();
        refused(call(world, "remove_member", &team, input), 404, "entity_not_found");
        assert_eq!(ids(&members(world, &team)), [id(&crowd[1])]);
        let input = json!({ "id": crowd[1]["id"] });
        let groups = world.call("organization_memberships.list_groups", input).unwrap();
        assert_eq!(groups["data"], json!([team]));
        let told = world.events().split_off(count);
        let names: Vec<&str> = told.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(names, ["group.member_added", "group.member_added", "group.member_removed"]);
        let payload =
            json!({ "group_id": team["id"], "organization_membership_id": crowd[0]["id"] });
        assert_eq!(told[2].1, payload);
    });
}

#[test]
fn who_is_not_of_the_organization_stays_outside() {
    each_engine(PEOPLE, |world| {
        let (acme, other) = (organization(world, "Acme"), organization(world, "Other"));
        let team = group(world, &acme, "Team");
        let foreign = member(world, &user(world, "f@x.test"), &other, None).unwrap();
        refused(add(world, &team, &foreign), 404, "entity_not_found");
        refused(add(world, &team, &json!({ "id": "om_none" })), 404, "entity_not_found");
        let input = json!({ "organization_id": other["id"], "group_id": team["id"] });
        refused(world.call("groups.get", input), 404, "entity_not_found");
    });
}

#[test]
fn several_members_change_at_once_or_not_at_all() {
    each_engine(PEOPLE, |world| {
        let acme = organization(world, "Acme");
        let crowd = crowd(world, &acme, 3);
        let team = group(world, &acme, "Team");
        add(world, &team, &crowd[0]).unwrap();
        let (a, b, c) = (&crowd[0]["id"], &crowd[1]["id"], &crowd[2]["id"]);
        let change = |input: Value| call(world, "change_members", &team, input);
        let count = world.events().len();
        refused(change(json!({ "add": [b, "om_none"], "remove": [a] })), 404, "entity_not_found");
        assert_eq!(ids(&members(world, &team)), [id(&crowd[0])], "nothing was done");
        for bad in
            [json!({}), json!({ "add": [], "remove": [] }), json!({ "add": [b], "remove": [b] })]
        {
            let error = refused(change(bad), 422, "invalid_request_parameters");
            assert_eq!(fields(&error), ["add"]);
        }
        let many: Vec<String> = (0..51).map(|n| format!("om_{n}")).collect();
        let others: Vec<String> = (60..110).map(|n| format!("om_{n}")).collect();
        let too_many = json!({ "add": many, "remove": others });
        refused(change(too_many), 422, "invalid_request_parameters");
        assert_eq!(world.events().len(), count);
        let done = change(json!({ "add": [b, c, c], "remove": [a, "om_none"] })).unwrap();
        assert_eq!(done, Value::Null);
        assert_eq!(ids(&members(world, &team)), [id(&crowd[2]), id(&crowd[1])]);
        let told = world.event_names().split_off(count);
        assert_eq!(told, ["group.member_removed", "group.member_added", "group.member_added"]);
    });
}

#[test]
fn a_full_group_takes_nobody() {
    each_engine(PEOPLE, |world| {
        let shown = world.call("group_limits.update", json!({ "members_max": 2 })).unwrap();
        assert_eq!(shown, json!({ "object": "group_limits", "members_max": 2 }));
        assert_eq!(world.call("group_limits.get", json!({})).unwrap(), shown);
        for none in [0, 1_000_001] {
            let refusal = world.call("group_limits.update", json!({ "members_max": none }));
            refused(refusal, 422, "invalid_request_parameters");
        }
        let acme = organization(world, "Acme");
        let crowd = crowd(world, &acme, 3);
        let team = group(world, &acme, "Team");
        add(world, &team, &crowd[0]).unwrap();
        add(world, &team, &crowd[1]).unwrap();
        add(world, &team, &crowd[1]).unwrap();
        refused(add(world, &team, &crowd[2]), 400, "group_membership_limit_exceeded");
        let swap = json!({ "add": [crowd[2]["id"]], "remove": [crowd[0]["id"]] });
        call(world, "change_members", &team, swap).unwrap();
        assert_eq!(ids(&members(world, &team)), [id(&crowd[2]), id(&crowd[1])]);
    });
}

#[test]
fn who_leaves_the_organization_leaves_its_groups_and_groups_go_with_it() {
    each_engine(PEOPLE, |world| {
        let acme = organization(world, "Acme");
        let crowd = crowd(world, &acme, 2);
        let team = group(world, &acme, "Team");
        for it in &crowd {
            add(world, &team, it).unwrap();
        }
        let count = world.events().len();
        world.call("organization_memberships.delete", json!({ "id": crowd[0]["id"] })).unwrap();
        assert_eq!(ids(&members(world, &team)), [id(&crowd[1])]);
        let told = world.event_names().split_off(count);
        assert_eq!(told, ["organization_membership.deleted", "group.member_removed"]);
        let count = world.events().len();
        world.call("organizations.delete", json!({ "id": acme["id"] })).unwrap();
        refused(call(world, "get", &team, json!({})), 404, "entity_not_found");
        let told = world.events().split_off(count);
        let of = |name: &str| told.iter().filter(|it| it.0 == name).map(|it| &it.1).collect();
        let (groups, members): (Vec<_>, Vec<_>) = (of("group.deleted"), of("group.member_removed"));
        assert_eq!(groups, [&team], "who keeps a copy of groups by events is told that it is gone");
        assert!(members.is_empty(), "{members:?}");
    });
}
