//! What holds for every call: who may, what form, once only, all or nothing.
use serde_json::{Value, json};
use vestibule_kernel::Request;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::testing::{World, each_engine};

use crate::notes::{DOMAINS, install};

fn case(work: impl Fn(&World)) {
    each_engine(DOMAINS, |world| {
        install(&world.flow());
        work(world);
    });
}

fn titles(list: &Value) -> Vec<&str> {
    let data = list["data"].as_array().unwrap();
    data.iter().map(|it| it["title"].as_str().unwrap()).collect()
}

#[test]
fn what_is_created_can_be_read() {
    case(|world| {
        let made = world.call("notes.create", json!({ "title": "one" })).unwrap();
        assert_eq!(made["created_at"], "2026-01-15T12:00:00.000Z");
        assert_eq!(world.call("notes.get", json!({ "id": made["id"] })).unwrap(), made);
        assert_eq!(world.event_names(), ["note.created"]);
    });
}

#[test]
fn a_call_without_a_valid_key_is_refused_before_its_input_is_looked_at() {
    case(|world| {
        for credential in [None, Some(Secret::new("sk_wrong"))] {
            let request = Request { credential, ..Request::default() };
            let refused = world.call_as(request, "notes.create", json!({ "title": 1 }));
            let refused = refused.unwrap_err();
            assert_eq!(refused.status(), 401);
            assert_eq!(refused.body(), json!({ "message": "Unauthorized" }));
        }
    });
}

#[test]
fn an_object_of_another_environment_is_not_found() {
    case(|world| {
        let made = world.call("notes.create", json!({ "title": "one" })).unwrap();
        let (_, key) = world.other_environment();
        let as_other = || Request { credential: Some(key.clone()), ..Request::default() };
        let input = json!({ "id": made["id"] });
        let refused = world.call_as(as_other(), "notes.get", input).unwrap_err();
        let text = format!("Note not found: '{}'.", made["id"].as_str().unwrap());
        assert_eq!((refused.status(), refused.message()), (404, text.as_str()));
        let list = world.call_as(as_other(), "notes.list", json!({})).unwrap().json().unwrap();
        assert_eq!(list["data"], json!([]));
        let cursor = json!({ "after": made["id"] });
        let list = world.call_as(as_other(), "notes.list", cursor).unwrap().json().unwrap();
        assert_eq!(list["data"], json!([]));
    });
}

#[test]
fn every_refused_field_is_named() {
    case(|world| {
        let refused = world.call("notes.create", json!({ "title": "", "text": 5 })).unwrap_err();
        assert_eq!(refused.status(), 422);
        assert_eq!(refused.code(), "invalid_request_parameters");
        let fields: Vec<_> =
            refused.fields().iter().map(|it| (it.field.as_deref(), it.code.as_ref())).collect();
        assert_eq!(fields, [(Some("title"), "too_short"), (Some("text"), "invalid_type")]);
        let refused = world.call("notes.create", json!({})).unwrap_err();
        assert_eq!(refused.body()["errors"][0]["code"], "required");
        assert_eq!(refused.body()["errors"][0]["field"], "title");
    });
}

#[test]
fn null_clears_what_may_be_cleared_and_is_refused_elsewhere() {
    case(|world| {
        let made = world.call("notes.create", json!({ "title": "a", "text": "b" })).unwrap();
        let id = &made["id"];
        let kept = world.call("notes.update", json!({ "id": id })).unwrap();
        assert_eq!(kept["text"], "b");
        let cleared = world.call("notes.update", json!({ "id": id, "text": null })).unwrap();
        assert_eq!(cleared["text"], Value::Null);
        let refused = world.call("notes.update", json!({ "id": id, "title": null })).unwrap_err();
        assert_eq!(refused.status(), 422);
    });
}

#[test]
fn a_nul_character_is_refused_and_not_an_internal_error() {
    case(|world| {
        let refused = world.call("notes.create", json!({ "title": "a\0b" })).unwrap_err();
        assert_eq!(refused.body()["errors"][0]["code"], "invalid_characters");
        let refused = world.call("notes.get", json!({ "id": "a\0b" })).unwrap_err();
        assert_eq!(refused.status(), 422);
    });
}

#[test]
fn a_refused_write_leaves_nothing_behind() {
    case(|world| {
        world.call("notes.create", json!({ "title": "one" })).unwrap();
        let again = json!({ "title": "one", "job": "left behind" });
        let refused = world.call("notes.create", again).unwrap_err();
        assert_eq!((refused.status(), refused.code()), (409, "title_taken"));
        assert_eq!(world.event_names(), ["note.created"]);
    });
}

#[test]
fn a_panic_is_an_internal_error_that_leaves_nothing_and_harms_nobody() {
    case(|world| {
        let refused = world.call("notes.broken", json!({})).unwrap_err();
        assert_eq!(refused.status(), 500);
        assert_eq!(refused.body()["message"], "Internal Server Error");
        assert_eq!(world.call("notes.list", json!({})).unwrap()["data"], json!([]));
        world.call("notes.create", json!({ "title": "half" })).unwrap();
    });
}

#[test]
fn the_same_idempotency_key_is_answered_again_and_not_done_again() {
    case(|world| {
        let request = |key: &str| Request {
            credential: Some(world.key.clone()),
            idempotency_key: Some(key.to_owned()),
            ..Request::default()
        };
        let input = json!({ "title": "one" });
        let first = world.call_as(request("k"), "notes.create", input.clone()).unwrap();
        let second = world.call_as(request("k"), "notes.create", input.clone()).unwrap();
        assert_eq!(first, second);
        assert_eq!(world.event_names().len(), 1);
        let other = world.call_as(request("k"), "notes.create", json!({ "title": "two" }));
        assert_eq!(other.unwrap_err().code(), "idempotency_key_reused");
        world.clock.advance_seconds(24 * 60 * 60);
        let late = world.call_as(request("k"), "notes.create", input).unwrap_err();
        assert_eq!(late.code(), "title_taken");
    });
}

#[test]
fn a_flow_under_the_same_idempotency_key_is_done_once() {
    case(|world| {
        let request = || Request {
            credential: Some(world.key.clone()),
            idempotency_key: Some("k".to_owned()),
            ..Request::default()
        };
        let input = json!({ "title": "once" });
        let first = world.call_as(request(), "notes.slow", input.clone()).unwrap();
        let second = world.call_as(request(), "notes.slow", input).unwrap();
        assert_eq!(first, second);
        let other = world.call_as(request(), "notes.slow", json!({ "title": "other" }));
        assert_eq!(other.unwrap_err().code(), "idempotency_key_reused");
    });
}

#[test]
fn lists_page_in_both_directions_and_all_orders() {
    case(|world| {
        for title in ["a", "b", "c", "d", "e"] {
            world.call("notes.create", json!({ "title": title })).unwrap();
            world.clock.advance_millis(1);
        }
        let page = |input: Value| world.call("notes.list", input).unwrap();
        let first = page(json!({ "limit": 2 }));
        assert_eq!(titles(&first), ["e", "d"]);
        assert_eq!(first["list_metadata"]["before"], Value::Null);
        let second = page(json!({ "limit": 2, "after": first["list_metadata"]["after"] }));
        assert_eq!(titles(&second), ["c", "b"]);
        let back = page(json!({ "limit": 2, "before": second["list_metadata"]["before"] }));
        assert_eq!(titles(&back), ["e", "d"]);
        assert_eq!(back["list_metadata"]["before"], Value::Null);
        let last = page(json!({ "limit": 2, "after": second["list_metadata"]["after"] }));
        assert_eq!(titles(&last), ["a"]);
        assert_eq!(last["list_metadata"]["after"], Value::Null);
        let up = page(json!({ "limit": 2, "order": "asc" }));
        assert_eq!(titles(&up), ["a", "b"]);
        let older = &page(json!({ "limit": 2, "order": "normal" }))["list_metadata"]["before"];
        let normal = page(json!({ "limit": 2, "order": "normal", "before": older }));
        assert_eq!(titles(&normal), ["c", "b"]);
        assert_eq!(titles(&page(json!({ "title": "c" }))), ["c"]);
        assert_eq!(titles(&page(json!({ "after": "message_unknown" }))), Vec::<&str>::new());
        let refused = world.call("notes.list", json!({ "limit": 0 })).unwrap_err();
        assert_eq!(refused.status(), 422);
        let both = json!({ "after": "a", "before": "b" });
        assert_eq!(world.call("notes.list", both).unwrap_err().status(), 422);
    });
}

#[test]
fn a_flow_has_doors_to_transactions_and_to_the_hashing_pool() {
    case(|world| {
        let made = world.call("notes.slow", json!({ "title": "loud" })).unwrap();
        assert_eq!(made["title"], "LOUD");
    });
}

#[test]
fn a_job_is_tried_again_later_and_later_and_then_kept_for_the_operator() {
    case(|world| {
        world.call("notes.create", json!({ "title": "a", "job": "do" })).unwrap();
        world.drain();
        world.call("notes.create", json!({ "title": "b", "job": "fail" })).unwrap();
        let run = || vestibule_kernel::job::run_due(&world.app, DOMAINS.handlers).unwrap();
        assert_eq!((run(), run()), (1, 0));
        world.clock.advance_seconds(2);
        assert_eq!((run(), run()), (1, 0));
        world.clock.advance_seconds(4);
        assert_eq!((run(), run()), (1, 0));
        assert_eq!(vestibule_kernel::job::backlog(&world.app).unwrap(), (0, 1));
        world
            .flow()
            .write(|cx| {
                let values = [cx.environment.into()];
                cx.db().execute("DELETE FROM jobs WHERE environment_id = $1", &values)
            })
            .unwrap();
    });
}
