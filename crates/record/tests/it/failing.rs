//! Endpoints that fail for long, and what is told of them.
use serde_json::{Value, json};
use vestibule_kernel::testing::World;
use vestibule_messages::inbox;

use crate::common::{
    Act, create_organization, deliver, each_receiving as each, list, log, subjects, update,
};

/// An endpoint fails at every attempt for an hour and more.
fn fail_for_long(world: &World, receiver: &crate::common::Receiver) -> Value {
    let policy = json!({
        "retry_after_seconds": [600], "disable_after_seconds": 3600,
        "alert_emails": ["ops@acme.test", "oncall@acme.test"],
    });
    world.call("webhook_policy.update", policy).unwrap();
    let endpoint = receiver.subscribe(world, "/dead", &["organization.created"]);
    receiver.will("/dead", vec![Act::Answer(503); 40]);
    for n in 0..6 {
        create_organization(world, &format!("org_{n}"));
        deliver(world);
        world.clock.advance_seconds(600);
        deliver(world);
    }
    endpoint
}

fn get(world: &World, endpoint: &Value) -> Value {
    world.call("webhook_endpoints.get", json!({ "id": endpoint["id"] })).unwrap()
}

#[test]
fn an_endpoint_that_fails_for_long_is_disabled_with_an_event_and_mails() {
    each(|world, mut receiver| {
        let name = "vestibule.webhook_endpoint.disabled";
        receiver.subscribe(world, "/watch", &[name]);
        receiver.subscribe(world, "/all", &[]);
        let endpoint = fail_for_long(world, &receiver);
        assert_eq!(get(world, &endpoint)["status"], "disabled");
        world.drain();
        let mails = world.flow().read(inbox::list).unwrap();
        let mut to: Vec<&str> = mails.iter().map(|it| it.to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, ["oncall@acme.test", "ops@acme.test"]);
        assert!(mails[0].text.contains(endpoint["endpoint_url"].as_str().unwrap()));
        let told = world.events().into_iter().find(|it| it.0 == name).unwrap();
        let data = &told.1;
        assert_eq!((&data["id"], &data["status"]), (&endpoint["id"], &json!("disabled")));
        assert_eq!(data["failing_since"], "2026-01-15T12:00:00.000Z");
        assert_eq!(data["last_error"], "The endpoint answered 503.");
        assert!(data["failures"].as_i64().unwrap() >= 10);
        assert_eq!(data["secret"], Value::Null, "no secret is told");
        deliver(world);
        let got = receiver.all();
        let of = |path: &str| got.iter().filter(|it| it.path == path).count();
        assert_eq!(of("/watch"), 1, "who subscribed to it is told");
        assert_eq!(of("/all"), 6, "who named nothing is not");
        let unnamed = list(world, json!({})).unwrap();
        assert_eq!(subjects(&unnamed).len(), 6, "nor does a list that names nothing have it");
    });
}

#[test]
fn an_endpoint_that_is_enabled_again_begins_anew() {
    each(|world, receiver| {
        let endpoint = fail_for_long(world, &receiver);
        update(world, &endpoint, json!({ "status": "enabled" }));
        create_organization(world, "org_again");
        assert_eq!(deliver(world), 1);
        assert_eq!(get(world, &endpoint)["status"], "enabled", "one failure is not many");
        world.drain();
    });
}

#[test]
fn one_success_is_enough_to_stay_enabled() {
    each(|world, receiver| {
        let policy = json!({ "retry_after_seconds": [], "disable_after_seconds": 3600 });
        world.call("webhook_policy.update", policy).unwrap();
        let endpoint = receiver.subscribe(world, "/hook", &[]);
        for n in 0..30 {
            let status = if n % 9 == 8 { 200 } else { 500 };
            receiver.will("/hook", [Act::Answer(status)]);
            create_organization(world, &format!("org_{n}"));
            world.clock.advance_seconds(400);
            deliver(world);
        }
        assert_eq!(get(world, &endpoint)["status"], "enabled");
    });
}

#[test]
fn a_test_event_is_sent_at_once_signed_and_found_in_no_list() {
    each(|world, mut receiver| {
        let endpoint =
            receiver.subscribe(world, "/hook", &["user.created", "organization.created"]);
        update(world, &endpoint, json!({ "status": "disabled" }));
        let send = |input: Value| {
            let mut input = input;
            input["id"] = endpoint["id"].clone();
            world.call("webhook_endpoints.test", input)
        };
        let error = send(json!({})).unwrap_err();
        assert_eq!((error.status(), error.code()), (422, "event_data_needed"));
        let told = send(json!({ "event_data": { "object": "user", "id": "user_1" } })).unwrap();
        assert_eq!((&told["delivered"], &told["status_code"]), (&json!(true), &json!(200)));
        assert_eq!(told["response"], "thank you");
        let got = receiver.all().remove(0);
        assert!(got.verify(endpoint["secret"].as_str().unwrap()).is_some());
        assert_eq!(got.event(), told["event"]);
        assert_eq!(got.event()["event"], "user.created");
        receiver.will("/hook", [Act::Answer(500)]);
        let told = send(json!({ "event": "organization.created" })).unwrap();
        assert_eq!(told["delivered"], false);
        assert_eq!(told["error"], "The endpoint answered 500.");
        assert_eq!(told["event"]["data"]["name"], "Test organization", "a sample");
        create_organization(world, "org_real");
        let told = send(json!({ "event": "organization.created" })).unwrap();
        assert_eq!(told["event"]["data"]["id"], "org_real", "the newest there is");
        assert_eq!(list(world, json!({})).unwrap()["data"].as_array().unwrap().len(), 1);
        assert!(log(world, &endpoint).is_empty());
        assert_eq!(deliver(world), 0);
    });
}

#[test]
fn the_sample_of_a_test_event_is_one_of_the_official_api() {
    each(|world, receiver| {
        let endpoint = receiver.subscribe(world, "/hook", &[]);
        let told = world.call("webhook_endpoints.test", json!({ "id": endpoint["id"] })).unwrap();
        // Every event that a world has written is held against the contract.
        crate::common::emit(&world.flow(), "organization.created", told["event"]["data"].clone());
    });
}

#[test]
fn the_policy_is_changed_field_by_field_and_bounded() {
    each(|world, _| {
        let defaults = world.call("webhook_policy.get", json!({})).unwrap();
        assert_eq!(
            defaults,
            json!({
                "object": "webhook_policy",
                "timeout_ms": 5000,
                "retry_after_seconds": [10, 120, 900, 7200, 50400, 198_000],
                "deliveries_at_once": 1,
                "disable_after_seconds": 432_000,
                "alert_emails": [],
            })
        );
        let change = |input: Value| world.call("webhook_policy.update", input);
        for refused in [
            json!({ "timeout_ms": 99 }),
            json!({ "timeout_ms": 20_001 }),
            json!({ "retry_after_seconds": [0] }),
            json!({ "retry_after_seconds": [1_300_000, 1_300_000] }),
            json!({ "retry_after_seconds": vec![1; 21] }),
            json!({ "deliveries_at_once": 9 }),
            json!({ "disable_after_seconds": 60 }),
            json!({ "alert_emails": ["nobody"] }),
            json!({ "alert_emails": ["a@acme.test, b@acme.test"] }),
        ] {
            assert_eq!(change(refused.clone()).unwrap_err().status(), 422, "{refused}");
        }
        assert_eq!(world.call("webhook_policy.get", json!({})).unwrap(), defaults);
        let changed = change(json!({ "deliveries_at_once": 4 })).unwrap();
        let mut wanted = defaults.clone();
        wanted["deliveries_at_once"] = json!(4);
        assert_eq!(changed, wanted);
        for refused in [json!({}), json!({ "kept_days": 6 }), json!({ "kept_days": 3651 })] {
            let error = world.call("event_policy.update", refused.clone()).unwrap_err();
            assert_eq!(error.status(), 422, "{refused}");
        }
        let kept = world.call("event_policy.get", json!({})).unwrap();
        assert_eq!(kept, json!({ "object": "event_policy", "kept_days": 90 }));
    });
}
