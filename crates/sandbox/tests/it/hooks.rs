//! Errors on demand.
use serde_json::json;
use vestibule_kernel::testing::each_engine;

use crate::support::{by_http, domains, enable, refusal, text};

const LIST: (&str, &str) = ("GET", "/organizations");

#[test]
fn a_hook_answers_as_often_as_it_was_told_and_then_no_more() {
    each_engine(domains(), |world| {
        enable(world);
        let body = json!({ "message": "Down", "code": "down" });
        let input = json!({
            "method": "get", "path": "/organizations", "status": 503, "body": body, "count": 2,
        });
        let hook = world.call("error_hooks.create", input).unwrap();
        assert_eq!((&hook["count"], &hook["body"]), (&json!(2), &body));
        for _ in 0..2 {
            let reply = by_http(world, LIST, "organizations.list", json!({})).unwrap();
            assert_eq!((reply.status, reply.json().unwrap()), (503, body.clone()));
        }
        let reply = by_http(world, LIST, "organizations.list", json!({})).unwrap();
        assert_eq!(reply.status, 200);
        assert_eq!(world.call("error_hooks.list", json!({})).unwrap(), json!([]));
    });
}

#[test]
fn a_hook_stands_in_for_a_write_and_nothing_is_written() {
    each_engine(domains(), |world| {
        enable(world);
        let input = json!({ "method": "*", "path": "/user_management/*", "status": 422 });
        let hook = world.call("error_hooks.create", input).unwrap();
        let target = ("POST", "/user_management/users");
        let input = json!({ "email": "ada@acme.test" });
        let reply = by_http(world, target, "users.create", input.clone()).unwrap();
        assert_eq!(reply.status, 422);
        assert_eq!(reply.json().unwrap()["code"], json!("unprocessable_entity"));
        let found = world.call("users.list", json!({})).unwrap();
        assert_eq!(found["data"], json!([]));
        let id = text(&hook["id"]);
        let target = ("DELETE", format!("/_emulate/hooks/{id}"));
        let target = (target.0, target.1.as_str());
        by_http(world, target, "error_hooks.delete", json!({ "id": id })).unwrap();
        let target = ("POST", "/user_management/users");
        assert_eq!(by_http(world, target, "users.create", input).unwrap().status, 201);
        let gone = world.call("error_hooks.delete", json!({ "id": id }));
        assert_eq!(refusal(gone), (404, "entity_not_found".to_owned()));
    });
}

#[test]
fn a_hook_for_everything_leaves_the_way_to_take_it_out_again() {
    each_engine(domains(), |world| {
        enable(world);
        let input = json!({ "method": "*", "path": "*", "status": 500 });
        world.call("error_hooks.create", input).unwrap();
        let target = ("GET", "/_emulate/hooks");
        let reply = by_http(world, target, "error_hooks.list", json!({})).unwrap();
        assert_eq!(reply.status, 200);
        let reply = by_http(world, LIST, "organizations.list", json!({})).unwrap();
        assert_eq!(reply.status, 500);
    });
}

#[test]
fn the_hooks_of_one_sandbox_answer_nobody_elses_calls() {
    each_engine(domains(), |world| {
        let (other, _) = world.other_environment();
        world.app.system(&other).write(vestibule_sandbox::enable).unwrap();
        let hook = |cx: &mut vestibule_kernel::Cx<'_>| {
            let hook = vestibule_kernel::sandbox::ErrorHook {
                id: vestibule_kernel::id::ErrorHookId::new(cx),
                method: "*".to_owned(),
                path: "*".to_owned(),
                status: 500,
                body: None,
                count: None,
            };
            vestibule_kernel::sandbox::add_hook(cx, &hook)
        };
        world.app.system(&other).write(hook).unwrap();
        let reply = by_http(world, LIST, "organizations.list", json!({})).unwrap();
        assert_eq!(reply.status, 200, "an ordinary environment beside it");
        enable(world);
        let reply = by_http(world, LIST, "organizations.list", json!({})).unwrap();
        assert_eq!(reply.status, 200, "another sandbox beside it");
    });
}

#[test]
fn a_hook_that_cannot_be_meant_is_refused() {
    each_engine(domains(), |world| {
        enable(world);
        for input in [
            json!({ "method": "GET", "path": "/x", "status": 200 }),
            json!({ "method": "GET", "path": "x", "status": 500 }),
            json!({ "method": "G T", "path": "/x", "status": 500 }),
            json!({ "method": "GET", "path": "/x", "status": 500, "count": 0 }),
            json!({ "method": "GET", "path": "/x", "status": 500, "body": "x".repeat(20_000) }),
        ] {
            assert_eq!(refusal(world.call("error_hooks.create", input)).0, 422);
        }
    });
}
