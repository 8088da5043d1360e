//! What organizations ask of the passwords of their people.
use serde_json::{Value, json};
use vestibule_kernel::testing::{World, each_engine};

use crate::memberships::member;
use crate::support::{PEOPLE, id, organization, refused};
use crate::users::{GOOD_PASSWORD, item_codes, make, update, user};

/// As good as [`GOOD_PASSWORD`], and longer.
const LONG_PASSWORD: &str = "Violet-Harbour-Quince-31-Copper-Lantern";

fn ask(world: &World, organization: &Value, mut rules: Value) -> Value {
    rules["organization_id"] = organization["id"].clone();
    world.call("organization_password_policy.update", rules).unwrap()
}

fn set(world: &World, user: &Value, password: &str) -> vestibule_kernel::Result<Value> {
    update(world, user, json!({ "password": password }))
}

#[track_caller]
fn too_short(done: vestibule_kernel::Result<Value>, length_min: usize) {
    let error = refused(done, 400, "password_strength_error");
    assert_eq!(item_codes(&error), ["password_too_short"]);
    assert_eq!(error.fields()[0].detail["minimum_length"], length_min);
}

#[test]
fn an_organization_names_rules_of_its_own_and_takes_them_back() {
    each_engine(PEOPLE, |world| {
        let acme = organization(world, "Acme");
        let get = || {
            let input = json!({ "organization_id": id(&acme) });
            world.call("organization_password_policy.get", input).unwrap()
        };
        assert_eq!(get()["length_min"], Value::Null);
        assert_eq!(get()["effective"]["length_min"], 10);
        world.call("password_policy.update", json!({ "length_min": 12 })).unwrap();
        let told = ask(
            world,
            &acme,
            json!({ "length_min": 30, "score_min": 1, "character_types": ["number"] }),
        );
        assert_eq!(told, get());
        assert_eq!(
            told,
            json!({
                "object": "organization_password_policy", "organization_id": id(&acme),
                "length_min": 30, "score_min": 1, "character_types": ["number"],
                "email_allowed": null, "history_length": null,
                "effective": {
                    "length_min": 30, "length_max": 256, "score_min": 3,
                    "character_types": ["number"], "email_allowed": false, "history_length": 0,
                },
            })
        );
        let told = ask(world, &acme, json!({ "length_min": null }));
        assert_eq!((&told["length_min"], &told["score_min"]), (&Value::Null, &json!(1)));
        assert_eq!(told["effective"]["length_min"], 12);
        let long = json!({ "organization_id": id(&acme), "length_min": 300 });
        let done = world.call("organization_password_policy.update", long);
        refused(done, 422, "invalid_request_parameters");
        let nowhere = json!({ "organization_id": "org_unknown" });
        refused(world.call("organization_password_policy.get", nowhere), 404, "entity_not_found");
    });
}

#[test]
fn the_rules_hold_for_members_and_for_as_long_as_they_are_that() {
    each_engine(PEOPLE, |world| {
        let acme = organization(world, "Acme");
        ask(world, &acme, json!({ "length_min": 30 }));
        let (ada, eve) = (user(world, "ada@one.test"), user(world, "eve@one.test"));
        let membership = member(world, &ada, &acme, None).unwrap();
        too_short(set(world, &ada, GOOD_PASSWORD), 30);
        set(world, &ada, LONG_PASSWORD).unwrap();
        set(world, &eve, GOOD_PASSWORD).unwrap();
        let input = json!({ "id": membership["id"] });
        world.call("organization_memberships.deactivate", input.clone()).unwrap();
        set(world, &ada, GOOD_PASSWORD).unwrap();
        world.call("organization_memberships.reactivate", input).unwrap();
        too_short(set(world, &ada, GOOD_PASSWORD), 30);
        world.call("organizations.delete", json!({ "id": id(&acme) })).unwrap();
        set(world, &ada, GOOD_PASSWORD).unwrap();
    });
}

#[test]
fn of_several_policies_the_strictest_counts_rule_by_rule() {
    each_engine(PEOPLE, |world| {
        let (one, other) = (organization(world, "One"), organization(world, "Other"));
        ask(world, &one, json!({ "length_min": 30, "history_length": 1 }));
        ask(world, &other, json!({ "length_min": 8, "character_types": ["symbol"] }));
        let ada = user(world, "ada@one.test");
        member(world, &ada, &one, None).unwrap();
        member(world, &ada, &other, None).unwrap();
        let plain = LONG_PASSWORD.replace('-', "");
        let error = refused(set(world, &ada, &plain), 400, "password_strength_error");
        assert_eq!(item_codes(&error), ["password_missing_character_type"]);
        too_short(set(world, &ada, GOOD_PASSWORD), 30);
        set(world, &ada, LONG_PASSWORD).unwrap();
        let error = refused(set(world, &ada, LONG_PASSWORD), 400, "password_strength_error");
        assert_eq!(item_codes(&error), ["password_reused"]);
    });
}

#[test]
fn the_rules_hold_for_addresses_at_a_proved_domain_whoever_is_a_member() {
    each_engine(PEOPLE, |world| {
        let owner = |domain: &str, state: &str| {
            let domains = json!([{ "domain": domain, "state": state }]);
            let input = json!({ "name": domain, "domain_data": domains });
            let made = world.call("organizations.create", input).unwrap();
            ask(world, &made, json!({ "length_min": 30 }));
        };
        owner("proved.test", "verified");
        owner("claimed.test", "pending");
        let at = |email: &str| make(world, json!({ "email": email, "password": GOOD_PASSWORD }));
        too_short(at("ada@proved.test"), 30);
        too_short(at("ada@PROVED.test"), 30);
        let made = at("ada@claimed.test").unwrap();
        let moved = json!({ "email": "ada@proved.test", "password": GOOD_PASSWORD });
        too_short(update(world, &made, moved), 30);
        world.drain();
    });
}
