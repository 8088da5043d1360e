//! Webhook endpoints as objects of the API.
use serde_json::{Value, json};
use vestibule_kernel::Request;
use vestibule_kernel::testing::each_engine;

use crate::common::domains;

const URL: &str = "https://hooks.example/path";

#[test]
fn an_endpoint_is_made_read_changed_and_deleted() {
    each_engine(domains(), |world| {
        let input = json!({ "endpoint_url": URL, "events": ["user.created", "user.created"] });
        let made = world.call("webhook_endpoints.create", input).unwrap();
        let id = made["id"].as_str().unwrap();
        assert!(id.starts_with("we_01"));
        assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
        assert_eq!(
            made,
            json!({
                "object": "webhook_endpoint",
                "id": id,
                "endpoint_url": URL,
                "secret": made["secret"],
                "status": "enabled",
                "events": ["user.created"],
                "created_at": "2026-01-15T12:00:00.000Z",
                "updated_at": "2026-01-15T12:00:00.000Z",
            })
        );
        assert_eq!(world.call("webhook_endpoints.get", json!({ "id": id })).unwrap(), made);
        let list = world.call("webhook_endpoints.list", json!({})).unwrap();
        assert_eq!(list["data"], json!([made]));
        world.clock.advance_seconds(1);
        let same = json!({ "id": id, "endpoint_url": URL, "status": "enabled" });
        assert_eq!(world.call("webhook_endpoints.update", same).unwrap(), made);
        let change = json!({
            "id": id, "endpoint_url": "https://hooks.example/2", "status": "disabled", "events": []
        });
        let mut wanted = made.clone();
        wanted["endpoint_url"] = "https://hooks.example/2".into();
        wanted["status"] = "disabled".into();
        wanted["events"] = json!([]);
        wanted["updated_at"] = "2026-01-15T12:00:01.000Z".into();
        assert_eq!(world.call("webhook_endpoints.update", change).unwrap(), wanted);
        let gone = world.call("webhook_endpoints.delete", json!({ "id": id })).unwrap();
        assert_eq!(gone, Value::Null);
        for operation in ["get", "update", "delete"] {
            let operation = format!("webhook_endpoints.{operation}");
            let error = world.call(&operation, json!({ "id": id })).unwrap_err();
            assert_eq!((error.status(), error.code()), (404, "entity_not_found"));
        }
    });
}

#[test]
fn the_url_of_an_endpoint_is_unique() {
    each_engine(domains(), |world| {
        let create = |url: &str| {
            let input = json!({ "endpoint_url": url, "events": [] });
            world.call("webhook_endpoints.create", input)
        };
        create(URL).unwrap();
        let error = create(URL).unwrap_err();
        assert_eq!((error.status(), error.code()), (409, "duplicate_endpoint"));
        let other = create("https://hooks.example/other").unwrap();
        let change = json!({ "id": other["id"], "endpoint_url": URL });
        let error = world.call("webhook_endpoints.update", change).unwrap_err();
        assert_eq!((error.status(), error.code()), (409, "duplicate_endpoint"));
        let list = world.call("webhook_endpoints.list", json!({})).unwrap();
        assert_eq!(list["data"].as_array().unwrap().len(), 2);
    });
}

#[test]
fn an_endpoint_that_nothing_can_be_delivered_to_is_refused() {
    each_engine(domains(), |world| {
        let endpoint = json!({ "endpoint_url": URL, "events": [] });
        let endpoint = world.call("webhook_endpoints.create", endpoint).unwrap();
        for url in ["", "not a url", "ftp://hooks.example/", "javascript:alert(1)", "https://"] {
            let input = json!({ "endpoint_url": url, "events": [] });
            let error = world.call("webhook_endpoints.create", input).unwrap_err();
            assert_eq!((error.status(), error.code()), (422, "invalid_url"), "{url}");
            let input = json!({ "id": endpoint["id"], "endpoint_url": url });
            let error = world.call("webhook_endpoints.update", input).unwrap_err();
            assert_eq!((error.status(), error.code()), (422, "invalid_url"), "{url}");
        }
        for events in [json!(["no.such.event"]), json!(["vault.data.read"]), json!("user.created")]
        {
            let input = json!({ "endpoint_url": "https://hooks.example/2", "events": events });
            let error = world.call("webhook_endpoints.create", input).unwrap_err();
            assert_eq!((error.status(), error.code()), (422, "invalid_request_parameters"));
            assert_eq!(error.fields().len(), 1);
        }
        let error = world.call("webhook_endpoints.create", json!({})).unwrap_err();
        assert_eq!(error.fields().len(), 2, "both fields are named");
        let input = json!({ "id": endpoint["id"], "status": null });
        assert_eq!(world.call("webhook_endpoints.update", input).unwrap_err().status(), 422);
        let list = world.call("webhook_endpoints.list", json!({})).unwrap();
        assert_eq!(list["data"], json!([endpoint]), "nothing changed");
    });
}

#[test]
fn the_secret_is_sealed_at_rest() {
    each_engine(domains(), |world| {
        let input = json!({ "endpoint_url": URL, "events": [] });
        let endpoint = world.call("webhook_endpoints.create", input).unwrap();
        let secret = endpoint["secret"].as_str().unwrap().as_bytes().to_vec();
        let kept: Vec<u8> = world
            .flow()
            .read(|cx| {
                let values = [cx.environment.into()];
                let sql = "SELECT secret FROM webhook_endpoints WHERE environment_id = $1";
                cx.db().first(sql, &values)?.unwrap().take()
            })
            .unwrap();
        assert!(!kept.windows(8).any(|it| secret.windows(8).any(|part| part == it)));
    });
}

#[test]
fn another_environment_sees_nothing_of_it() {
    each_engine(domains(), |world| {
        let input = json!({ "endpoint_url": URL, "events": [] });
        let endpoint = world.call("webhook_endpoints.create", input.clone()).unwrap();
        let (_, key) = world.other_environment();
        let call = |operation: &str, input: Value| {
            let request = Request { credential: Some(key.clone()), ..Request::default() };
            world.call_as(request, operation, input)
        };
        let id = json!({ "id": endpoint["id"] });
        for operation in [
            "webhook_endpoints.get",
            "webhook_endpoints.update",
            "webhook_endpoints.delete",
            "webhook_endpoints.test",
        ] {
            assert_eq!(call(operation, id.clone()).unwrap_err().status(), 404, "{operation}");
        }
        let list = call("webhook_endpoints.list", json!({})).unwrap().json().unwrap();
        assert_eq!(list["data"], json!([]));
        call("webhook_endpoints.create", input).unwrap();
        assert_eq!(world.call("webhook_endpoints.get", id).unwrap(), endpoint);
    });
}
