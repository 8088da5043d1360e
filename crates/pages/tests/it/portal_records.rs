//! The admin portal: the audit log of an organization, and the streams that send it on.
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_kernel::testing::{Receiver, World};

use crate::portal::{enters, organization, presses};
use crate::world::{each, once};

fn takes_place(world: &World, organization: &str, action: &str, at: &str) {
    let schema = json!({ "actionName": action, "targets": [{ "type": "team" }] });
    world.call("audit_log_schemas.create", schema).unwrap();
    let event = json!({
        "action": action, "occurred_at": at,
        "actor": { "id": "user_1", "type": "user", "name": "Ada <Lovelace>" },
        "targets": [{ "id": "team_1", "type": "team", "name": "Engines" }],
        "context": { "location": "203.0.113.9" },
    });
    let input = json!({ "organization_id": organization, "event": event });
    world.call("audit_log_events.create", input).unwrap();
}

#[test]
fn the_audit_log_is_looked_at_searched_and_taken_away_as_a_file() {
    each(|world| {
        let (acme, other) = (organization(world, "Acme"), organization(world, "Other"));
        takes_place(world, &acme, "team.created", "2026-01-14T08:00:00.000Z");
        takes_place(world, &acme, "team.deleted", "2026-01-15T08:00:00.000Z");
        takes_place(world, &other, "team.hidden", "2026-01-15T08:00:00.000Z");
        let (mut visitor, page) = enters(world, &acme, json!({ "intent": "audit_logs" }));
        let (created, deleted) = (page.text.find("team.created"), page.text.find("team.deleted"));
        assert!(deleted.unwrap() < created.unwrap(), "the latest first: {}", page.text);
        assert!(!page.text.contains("team.hidden"));
        assert!(page.text.contains("Ada &lt;Lovelace&gt;") && page.text.contains("Engines"));
        let found =
            presses(&mut visitor, &page, "/portal/audit-logs", &[("action", "team.created")]);
        assert!(found.path.ends_with("?action=team.created"), "{}", found.path);
        assert!(!found.text.contains(">team.deleted<"), "{}", found.text);
        let none = visitor.get("/portal/audit-logs?text=nowhere");
        assert!(none.text.contains("There are no such events."), "{}", none.text);
        let waiting = presses(&mut visitor, &page, "/portal/audit-logs/exports", &[]);
        assert!(waiting.text.contains("The file is being made"), "{}", waiting.text);
        world.drain();
        let ready = visitor.get(&waiting.path);
        assert!(ready.goes_on().contains("/exports/audit_logs/"), "{}", ready.text);
    });
}

#[test]
fn a_long_audit_log_has_pages() {
    once(|world| {
        let acme = organization(world, "Acme");
        for i in 0..25 {
            let at = format!("2026-01-14T08:00:{i:02}.000Z");
            takes_place(world, &acme, &format!("team.step_{i:02}"), &at);
        }
        let (mut visitor, page) = enters(world, &acme, json!({ "intent": "audit_logs" }));
        assert!(page.text.contains("step_24") && !page.text.contains("step_04"), "{}", page.text);
        let (_, rest) = page.text.split_once("href=\"&#x2f;portal&#x2f;audit-logs?").unwrap();
        let query = vestibule_kernel::testing::unescape(rest.split_once('"').unwrap().0);
        let older = visitor.get(&format!("/portal/audit-logs?{query}"));
        assert!(older.text.contains("step_04") && !older.text.contains("step_24"));
    });
}

fn streams(world: &World, organization: &str) -> Vec<Value> {
    let input = json!({ "organization_id": organization });
    let page = world.call("audit_log_streams.list", input).unwrap();
    page["data"].as_array().unwrap().clone()
}

#[test]
fn a_log_stream_is_set_up_tried_paused_and_deleted() {
    each(|world| {
        let acme = organization(world, "Acme");
        let receiver = Receiver::start();
        let (mut visitor, page) = enters(world, &acme, json!({ "intent": "log_streams" }));
        let new = presses(&mut visitor, &page, "/portal/log-streams", &[("kind", "generic_https")]);
        assert_eq!(new.path, "/portal/log-streams/new/generic_https");
        let wrong = presses(&mut visitor, &new, &new.path, &[("url", "nowhere")]);
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.text);
        assert_eq!(wrong.value("url").as_deref(), Some("nowhere"));
        let fields = [("url", receiver.url.as_str()), ("authorization", "Bearer kept-from-pages")];
        let page = presses(&mut visitor, &wrong, &new.path, &fields);
        assert!(!page.text.contains("kept-from-pages"), "{}", page.text);
        let made = streams(world, &acme).remove(0);
        assert_eq!((&made["type"], &made["state"]), (&json!("GenericHttps"), &json!("active")));
        let at = format!("/portal/log-streams/{}", made["id"].as_str().unwrap());
        let page = presses(&mut visitor, &page, &format!("{at}/test"), &[]);
        assert!(page.text.contains("The receiver took the test event."), "{}", page.text);
        let page = presses(&mut visitor, &page, &format!("{at}/switch"), &[]);
        assert_eq!(streams(world, &acme)[0]["state"], "inactive");
        let page = presses(&mut visitor, &page, &format!("{at}/switch"), &[]);
        assert_eq!(streams(world, &acme)[0]["state"], "active");
        let unsure = presses(&mut visitor, &page, &format!("{at}/delete"), &[]);
        assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
        presses(&mut visitor, &unsure, &format!("{at}/delete"), &[("sure", "yes")]);
        assert!(streams(world, &acme).is_empty());
    });
}

#[test]
fn every_kind_of_receiver_is_set_up_by_its_fields() {
    once(|world| {
        let acme = organization(world, "Acme");
        let (mut visitor, _) = enters(world, &acme, json!({ "intent": "log_streams" }));
        let key = json!({
            "type": "service_account", "client_email": "logs@acme.test", "private_key": "x",
        });
        let key = key.to_string();
        let kinds: [(&str, &[(&str, &str)]); 6] = [
            ("datadog", &[("site", "datadoghq.eu"), ("api_key", "a-key-of-datadog")]),
            ("splunk", &[("url", "https://splunk.example"), ("token", "a-token-of-splunk")]),
            (
                "s3",
                &[
                    ("bucket", "logs"),
                    ("region", "eu-central-1"),
                    ("access_key_id", "AKIA1"),
                    ("secret_access_key", "a-secret-of-amazon"),
                ],
            ),
            ("google_cloud_storage", &[("bucket", "logs"), ("service_account", &key)]),
            (
                "azure_sentinel",
                &[
                    ("endpoint", "https://acme.ingest.monitor.azure.com"),
                    ("rule_id", "dcr-1"),
                    ("stream_name", "Custom-Logs"),
                    ("tenant_id", "t"),
                    ("client_id", "c"),
                    ("client_secret", "a-secret-of-azure"),
                ],
            ),
            ("syslog", &[("host", "logs.example"), ("port", "6514")]),
        ];
        for (kind, fields) in kinds {
            let path = format!("/portal/log-streams/new/{kind}");
            let page = visitor.get(&path);
            assert_eq!(page.status, StatusCode::OK, "{kind}: {}", page.text);
            let done = presses(&mut visitor, &page, &path, fields);
            // What a made-up key is refused for is said on the page.
            let refused = kind == "google_cloud_storage";
            assert_eq!(done.status != StatusCode::OK, refused, "{kind}: {}", done.text);
        }
        assert_eq!(streams(world, &acme).len(), 5);
        assert_eq!(visitor.get("/portal/log-streams/new/telegraph").status, StatusCode::NOT_FOUND);
    });
}
