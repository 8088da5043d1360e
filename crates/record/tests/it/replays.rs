//! What was delivered, or should have been, is delivered again.
use serde_json::{Value, json};
use vestibule_kernel::testing::World;

use crate::common::{
    Act, Received, Receiver, create_organization, deliver, each_receiving as each, emit, log,
    organization, update,
};

fn got(receiver: &mut Receiver) -> Vec<String> {
    receiver.all().iter().map(Received::subject).collect()
}

fn replay(world: &World, endpoint: &Value, mut input: Value) -> Value {
    input["webhook_endpoint_id"] = endpoint["id"].clone();
    let made = world.call("webhook_replays.create", input).unwrap();
    assert_eq!(made["state"], "pending");
    world.drain();
    world.call("webhook_replays.get", json!({ "id": made["id"] })).unwrap()
}

#[test]
fn one_delivery_is_made_again_and_tried_as_often_as_a_new_one() {
    each(|world, mut receiver| {
        let policy = json!({ "retry_after_seconds": [5] });
        world.call("webhook_policy.update", policy).unwrap();
        let endpoint = receiver.subscribe(world, "/hook", &[]);
        create_organization(world, "org_1");
        deliver(world);
        let id = log(world, &endpoint)[0]["id"].clone();
        receiver.will("/hook", [Act::Answer(500), Act::Answer(500)]);
        let again = world.call("webhook_deliveries.replay", json!({ "id": id })).unwrap();
        assert_eq!((&again["status"], &again["id"]), (&json!("pending"), &id));
        assert_eq!(deliver(world), 1);
        world.clock.advance_seconds(5);
        assert_eq!(deliver(world), 1, "the schedule begins anew");
        let delivery = world.call("webhook_deliveries.get", json!({ "id": id })).unwrap();
        assert_eq!(delivery["status"], "failed");
        assert_eq!(delivery["attempts"].as_array().unwrap().len(), 3, "all are in the log");
        assert_eq!(got(&mut receiver), ["org_1"; 3]);
        update(world, &endpoint, json!({ "status": "disabled" }));
        let refused = world.call("webhook_deliveries.replay", json!({ "id": id })).unwrap_err();
        assert_eq!((refused.status(), refused.code()), (409, "webhook_endpoint_disabled"));
        let refused =
            world.call("webhook_deliveries.replay", json!({ "id": "webhook_delivery_x" }));
        assert_eq!(refused.unwrap_err().status(), 404);
    });
}

#[test]
fn what_failed_for_good_is_replayed_in_order_and_nothing_else() {
    each(|world, mut receiver| {
        world.call("webhook_policy.update", json!({ "retry_after_seconds": [] })).unwrap();
        let endpoint = receiver.subscribe(world, "/hook", &[]);
        let statuses = [500, 200, 500, 200, 500];
        receiver.will("/hook", statuses.map(Act::Answer));
        for n in 1..=5 {
            create_organization(world, &format!("org_{n}"));
            world.clock.advance_seconds(60);
        }
        deliver(world);
        got(&mut receiver);
        let range = json!({
            "range_start": "2026-01-15T12:00:00Z", "range_end": "2026-01-15T12:04:00Z",
        });
        let done = replay(world, &endpoint, range);
        assert_eq!(done["state"], "completed");
        assert_eq!(done["statuses"], json!(["failed"]));
        assert_eq!(
            (&done["events_examined"], &done["deliveries_replayed"]),
            (&json!(4), &json!(2))
        );
        assert_eq!(deliver(world), 2);
        assert_eq!(got(&mut receiver), ["org_1", "org_3"], "org_5 is past the range");
        let list = world.call("webhook_replays.list", json!({})).unwrap();
        assert_eq!(list["data"], json!([done]));
    });
}

#[test]
fn what_an_endpoint_missed_while_it_was_disabled_is_replayed_by_name() {
    each(|world, mut receiver| {
        let endpoint = receiver.subscribe(world, "/hook", &[]);
        create_organization(world, "org_before");
        deliver(world);
        update(world, &endpoint, json!({ "status": "disabled" }));
        create_organization(world, "org_1");
        emit(&world.flow(), "organization.updated", organization("org_1"));
        create_organization(world, "org_2");
        update(world, &endpoint, json!({ "status": "enabled" }));
        got(&mut receiver);
        let input = json!({
            "range_start": "2026-01-15T00:00:00Z", "statuses": ["missed", "canceled", "failed"],
            "events": ["organization.created"],
        });
        let done = replay(world, &endpoint, input);
        assert_eq!(done["deliveries_replayed"], 2);
        assert_eq!(deliver(world), 2);
        assert_eq!(got(&mut receiver), ["org_1", "org_2"]);
        let all = json!({
            "range_start": "2026-01-15T00:00:00Z",
            "statuses": ["missed", "canceled", "failed", "succeeded"],
        });
        assert_eq!(replay(world, &endpoint, all)["deliveries_replayed"], 4);
        assert_eq!(deliver(world), 4);
        let got = got(&mut receiver);
        assert_eq!(got, ["org_before", "org_1", "org_1", "org_2"]);
    });
}

#[test]
fn a_long_replay_goes_on_in_steps_and_ends() {
    each(|world, mut receiver| {
        let endpoint = receiver.subscribe(world, "/hook", &["organization.updated"]);
        for n in 0..450 {
            create_organization(world, &format!("org_{n:03}"));
        }
        let input = json!({
            "range_start": "2026-01-15T00:00:00Z", "statuses": ["missed"],
            "events": ["organization.created"],
        });
        let done = replay(world, &endpoint, input);
        assert_eq!(done["state"], "completed");
        assert_eq!(done["deliveries_replayed"], 450);
        assert_eq!(deliver(world), 450);
        let got = got(&mut receiver);
        assert!(got.is_sorted() && got.len() == 450);
    });
}

#[test]
fn a_replay_that_makes_no_sense_is_refused() {
    each(|world, receiver| {
        let endpoint = receiver.subscribe(world, "/hook", &[]);
        let create = |mut input: Value| {
            input["webhook_endpoint_id"] = endpoint["id"].clone();
            world.call("webhook_replays.create", input)
        };
        let refused = |input: Value| create(input).unwrap_err().status();
        assert_eq!(refused(json!({})), 422);
        assert_eq!(refused(json!({ "range_start": "2025-01-01T00:00:00Z" })), 422);
        let backwards =
            json!({ "range_start": "2026-01-15T00:00:00Z", "range_end": "2026-01-14T00:00:00Z" });
        assert_eq!(refused(backwards), 422);
        let start = || json!({ "range_start": "2026-01-15T00:00:00Z" });
        let mut unknown = start();
        unknown["events"] = json!(["no.such.event"]);
        assert_eq!(refused(unknown), 422);
        let mut nowhere = start();
        nowhere["webhook_endpoint_id"] = json!("we_unknown");
        assert_eq!(world.call("webhook_replays.create", nowhere).unwrap_err().status(), 404);
        create(start()).unwrap();
        let error = create(start()).unwrap_err();
        assert_eq!((error.status(), error.code()), (409, "webhook_replay_under_way"));
        update(world, &endpoint, json!({ "status": "disabled" }));
        world.drain();
        let list = world.call("webhook_replays.list", json!({})).unwrap();
        assert_eq!(list["data"][0]["state"], "canceled");
        let error = create(start()).unwrap_err();
        assert_eq!((error.status(), error.code()), (409, "webhook_endpoint_disabled"));
    });
}

#[test]
fn an_event_that_is_still_to_be_delivered_or_replayed_outlives_its_time() {
    each(|world, mut receiver| {
        world.call("event_policy.update", json!({ "kept_days": 7 })).unwrap();
        let waits = json!({ "retry_after_seconds": [864_000], "disable_after_seconds": 0 });
        world.call("webhook_policy.update", waits).unwrap();
        let endpoint = receiver.subscribe(world, "/hook", &["organization.created"]);
        receiver.will("/hook", [Act::Answer(500)]);
        create_organization(world, "org_1");
        emit(&world.flow(), "organization.updated", organization("org_1"));
        deliver(world);
        world.clock.advance_seconds(8 * 86_400);
        create_organization(world, "org_2");
        create_organization(world, "org_3");
        vestibule_record::relay::sequence(&world.app).unwrap();
        vestibule_record::forget(&world.flow()).unwrap();
        let names = |world: &World| world.events().len();
        assert_eq!(names(world), 3, "the update is gone, what still waits is not");
        world.clock.advance_seconds(2 * 86_400);
        assert_eq!(deliver(world), 3);
        assert_eq!(got(&mut receiver), ["org_1", "org_1", "org_2", "org_3"]);
        vestibule_record::forget(&world.flow()).unwrap();
        assert_eq!(names(world), 2);
        let log = log(world, &endpoint);
        let gone = log.last().unwrap();
        assert_eq!(
            (&gone["status"], &gone["event"]),
            (&json!("succeeded"), &json!("organization.created"))
        );
        let error =
            world.call("webhook_deliveries.replay", json!({ "id": gone["id"] })).unwrap_err();
        assert_eq!((error.status(), error.code()), (409, "event_not_kept"));
    });
}
