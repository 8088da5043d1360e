//! What is over is forgotten by the program itself, and not only by the functions that can do it.
use serde_json::{Value, json};
use vestibule_kernel::testing::{World, each_engine};
use vestibule_record::{audit_logs, relay};

use super::tests::domains;
use crate::janitor;

const DAY: i64 = 24 * 60 * 60;

fn take(world: &World, organization: &Value, actor: &str) {
    let event = json!({
        "action": "invoice.paid", "occurred_at": "2026-01-15T11:00:00.000Z",
        "actor": { "id": actor, "type": "user" }, "targets": [{ "id": "1", "type": "invoice" }],
        "context": { "location": "192.0.2.1" },
    });
    let input = json!({ "organization_id": organization, "event": event });
    world.call("audit_log_events.create", input).unwrap();
    audit_logs::seal(&world.app).unwrap();
}

fn actors(world: &World, organization: &Value) -> Vec<Value> {
    let input = json!({ "organization_id": organization });
    let page = world.call("audit_log_events.list", input).unwrap();
    page["data"].as_array().unwrap().iter().map(|it| it["actor"]["id"].clone()).collect()
}

#[test]
fn events_and_audit_logs_are_kept_for_as_long_as_was_asked_for_and_no_longer() {
    each_engine(domains(), |world| {
        let schema = json!({ "actionName": "invoice.paid", "targets": [{ "type": "invoice" }] });
        world.call("audit_log_schemas.create", schema).unwrap();
        let organization = |name: &str| {
            let made = world.call("organizations.create", json!({ "name": name })).unwrap();
            made["id"].clone()
        };
        let (short, long) = (organization("Short"), organization("Long"));
        let days = |id: &Value, days: u32| {
            let input = json!({ "id": id, "retention_period_in_days": days });
            world.call("audit_logs_retention.set", input).unwrap();
        };
        days(&short, 30);
        days(&long, 365);
        world.call("event_policy.update", json!({ "kept_days": 10 })).unwrap();
        for it in [&short, &long] {
            take(world, it, "early");
        }
        world.clock.advance_seconds(31 * DAY);
        for it in [&short, &long] {
            take(world, it, "late");
        }
        let newest = organization("Newest");
        // As the program does all the time: what has no place in the order is not old.
        relay::sequence(&world.app).unwrap();
        janitor::tidy(&world.app).unwrap();
        assert_eq!(actors(world, &short), ["late"]);
        assert_eq!(actors(world, &long).len(), 2);
        let told: Vec<Value> = world.events().iter().map(|it| it.1["id"].clone()).collect();
        assert_eq!(told, [newest]);
        let proved = world.call("audit_logs.verify", json!({ "organization_id": short })).unwrap();
        assert_eq!((&proved["valid"], &proved["deleted"]), (&json!(true), &json!(1)));
    });
}
