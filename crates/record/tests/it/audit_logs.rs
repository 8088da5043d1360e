//! Audit logs: actions and schemas, taking events, reading them.
use serde_json::{Value, json};
use vestibule_kernel::Request;
use vestibule_kernel::testing::{Domains, World, each_engine, on_sqlite};
use vestibule_kernel::{Error, Result};
use vestibule_record::audit_logs;

/// Audit logs and the organizations that they are of.
pub fn audit() -> Domains {
    static OPERATIONS: std::sync::LazyLock<&'static [&'static [vestibule_kernel::Op]]> =
        std::sync::LazyLock::new(|| {
            let all = [vestibule_people::OPERATIONS, vestibule_record::OPERATIONS].concat();
            Box::leak(all.into_boxed_slice())
        });
    static REACTIONS: std::sync::LazyLock<Vec<vestibule_kernel::event::Reaction>> =
        std::sync::LazyLock::new(|| {
            [vestibule_people::REACTIONS, vestibule_record::REACTIONS].concat()
        });
    Domains { operations: *OPERATIONS, reactions: &REACTIONS, handlers: vestibule_record::HANDLERS }
}

pub fn organization(world: &World) -> String {
    let made = world.call("organizations.create", json!({ "name": "Acme" })).unwrap();
    made["id"].as_str().unwrap().to_owned()
}

/// An action whose events have an invoice as their target.
pub fn action(world: &World, name: &str) {
    let input = json!({
        "actionName": name,
        "actor": { "metadata": { "type": "object", "properties": { "role": { "type": "string" } } } },
        "targets": [
            { "type": "invoice", "metadata": {
                "type": "object", "properties": { "cost": { "type": "number" } },
                "required": ["cost"],
            } },
            { "type": "team" },
        ],
        "metadata": { "type": "object", "properties": { "reason": { "type": "string" } } },
    });
    world.call("audit_log_schemas.create", input).unwrap();
}

/// An event of an action; `n` makes it another.
pub fn event(action: &str, n: usize) -> Value {
    json!({
        "action": action,
        "occurred_at": format!("2026-01-15T11:{:02}:{:02}.000Z", n / 60 % 60, n % 60),
        "actor": { "id": format!("user_{n}"), "type": "user", "name": "Zoë ✓" },
        "targets": [
            { "id": "invoice_1", "type": "invoice", "metadata": { "cost": 12.5 } },
            { "id": format!("team_{n}"), "type": "team" },
        ],
        "context": { "location": "192.0.2.1", "user_agent": "Test/1.0" },
        "metadata": { "reason": "because", "count": 3, "true": true },
    })
}

pub fn send(world: &World, organization: &str, event: &Value) -> Result<Value> {
    send_with(world, organization, event, None)
}

pub fn send_with(
    world: &World,
    organization: &str,
    event: &Value,
    key: Option<&str>,
) -> Result<Value> {
    let input = json!({ "organization_id": organization, "event": event });
    let request = Request {
        credential: Some(world.key.clone()),
        idempotency_key: key.map(str::to_owned),
        ..Request::default()
    };
    world.call_as(request, "audit_log_events.create", input)?.json()
}

pub fn list(world: &World, organization: &str, more: Value) -> Value {
    let mut input = json!({ "organization_id": organization });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.call("audit_log_events.list", input).unwrap()
}

pub fn actors(page: &Value) -> Vec<&str> {
    let data = page["data"].as_array().unwrap().iter();
    data.map(|it| it["actor"]["id"].as_str().unwrap()).collect()
}

fn count(world: &World, organization: &str) -> usize {
    list(world, organization, json!({ "limit": 100 }))["data"].as_array().unwrap().len()
}

/// The places that a refused event is told of.
fn places(error: &Error) -> Vec<String> {
    assert_eq!((error.status(), error.code()), (400, "invalid_audit_log_event"), "{error:?}");
    let body = error.body();
    assert_eq!(body["message"], "Invalid Audit Log event.");
    let errors = body["errors"].as_array().unwrap().iter();
    errors.map(|it| it["instancePath"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_action_begins_with_its_first_schema_and_earlier_versions_stay() {
    each_engine(audit(), |world| {
        let schema = |targets: Value| {
            let input = json!({ "actionName": "invoice.paid", "targets": targets });
            world.call("audit_log_schemas.create", input).unwrap()
        };
        let first = schema(json!([{ "type": "invoice" }]));
        assert_eq!(
            first,
            json!({
                "object": "audit_log_schema", "version": 1, "targets": [{ "type": "invoice" }],
                "created_at": "2026-01-15T12:00:00.000Z",
            })
        );
        world.clock.advance_seconds(1);
        let second = schema(json!([{ "type": "bill" }]));
        assert_eq!(second["version"], 2);
        let input = json!({ "actionName": "invoice.paid" });
        let page = world.call("audit_log_schemas.list", input).unwrap();
        assert_eq!(page["data"], json!([second, first]));
        let page = world.call("audit_log_actions.list", json!({})).unwrap();
        assert_eq!(
            page["data"],
            json!([{
                "object": "audit_log_action", "name": "invoice.paid", "schema": second,
                "created_at": "2026-01-15T12:00:00.000Z",
                "updated_at": "2026-01-15T12:00:01.000Z",
            }])
        );
        let error = world.call("audit_log_schemas.list", json!({ "actionName": "no.such" }));
        assert_eq!(error.unwrap_err().message(), "Audit Log action not found: 'no.such'.");

        let organization = organization(world);
        let mut told = event("invoice.paid", 1);
        told["targets"] = json!([{ "id": "1", "type": "invoice" }]);
        assert_eq!(places(&send(world, &organization, &told).unwrap_err()), ["/targets"]);
        told["version"] = json!(1);
        send(world, &organization, &told).unwrap();
        told["version"] = json!(3);
        assert_eq!(places(&send(world, &organization, &told).unwrap_err()), ["/version"]);
        let page = list(world, &organization, json!({}));
        assert_eq!(page["data"][0]["version"], 1);
    });
}

#[test]
fn an_event_is_read_as_it_was_told() {
    each_engine(audit(), |world| {
        let organization = organization(world);
        action(world, "invoice.paid");
        let told = event("invoice.paid", 1);
        assert_eq!(send(world, &organization, &told).unwrap(), json!({ "success": true }));
        audit_logs::seal(&world.app).unwrap();
        let page = list(world, &organization, json!({}));
        let got = &page["data"][0];
        for field in ["action", "occurred_at", "actor", "targets", "context", "metadata"] {
            assert_eq!(got[field], told[field], "{field}");
        }
        assert_eq!(got["object"], "audit_log_event");
        assert_eq!(got["organization_id"], organization.as_str());
        assert_eq!(got["position"], 1);
        let one = world.call("audit_log_events.get", json!({ "id": got["id"] })).unwrap();
        assert_eq!(&one, got);
        let error = world.call("audit_log_events.get", json!({ "id": "audit_log_event_x" }));
        assert_eq!(error.unwrap_err().status(), 404);
        assert!(world.events().iter().all(|it| !it.0.starts_with("audit")));
    });
}

#[test]
fn an_event_that_breaks_its_schema_is_refused_with_each_place() {
    each_engine(audit(), |world| {
        let organization = organization(world);
        action(world, "invoice.paid");
        let refused = |change: &dyn Fn(&mut Value)| {
            let mut told = event("invoice.paid", 1);
            change(&mut told);
            places(&send(world, &organization, &told).unwrap_err())
        };
        let found = refused(&|it| it["targets"][1]["type"] = json!("user"));
        assert_eq!(found, ["/targets"]);
        let found = refused(&|it| it["targets"][0]["metadata"]["cost"] = json!("12"));
        assert_eq!(found, ["/targets/0/metadata/cost"]);
        let found =
            refused(&|it| drop(it["targets"][0].as_object_mut().unwrap().remove("metadata")));
        assert_eq!(found, ["/targets/0/metadata"], "what is absent is held against it as empty");
        let found = refused(&|it| {
            it["actor"]["metadata"] = json!({ "role": 1 });
            it["metadata"]["reason"] = json!(false);
        });
        assert_eq!(found, ["/actor/metadata/role", "/metadata/reason"]);
        assert_eq!(refused(&|it| it["action"] = json!("no.such")), ["/action"]);
        assert_eq!(count(world, &organization), 0);
    });
}

#[test]
fn an_event_without_its_form_is_refused_by_field() {
    on_sqlite(audit(), |world| {
        let organization = organization(world);
        action(world, "invoice.paid");
        let refused = |change: &dyn Fn(&mut Value)| {
            let mut told = event("invoice.paid", 1);
            change(&mut told);
            let error = send(world, &organization, &told).unwrap_err();
            assert_eq!((error.status(), error.message()), (422, "Validation failed."), "{error:?}");
            let first = &error.body()["errors"][0];
            (
                first["code"].as_str().unwrap().to_owned(),
                first["field"].as_str().unwrap().to_owned(),
            )
        };
        let without = |field: &'static str| {
            refused(&move |it| drop(it.as_object_mut().unwrap().remove(field)))
        };
        for field in ["action", "occurred_at", "actor", "targets", "context"] {
            assert_eq!(without(field), ("required".to_owned(), format!("event.{field}")));
        }
        let (_, field) = refused(&|it| it["actor"] = json!({ "type": "user" }));
        assert_eq!(field, "event.actor.id");
        let many: serde_json::Map<_, _> = (0..51).map(|n| (format!("k{n}"), json!(1))).collect();
        let (_, field) = refused(&|it| it["metadata"] = json!(many));
        assert_eq!(field, "event.metadata");
        let (_, field) = refused(&|it| it["metadata"] = json!({ "k".repeat(41): 1 }));
        assert_eq!(field, "event.metadata");
        let (_, field) = refused(&|it| it["metadata"] = json!({ "k": "v".repeat(501) }));
        assert_eq!(field, "event.metadata.k");
        let (_, field) = refused(&|it| it["actor"]["metadata"] = json!({ "k": { "deep": 1 } }));
        assert_eq!(field, "event.actor.metadata.k");
        let (_, field) = refused(&|it| it["occurred_at"] = json!("yesterday"));
        assert_eq!(field, "event.occurred_at");
        let error = send(world, "org_none", &event("invoice.paid", 1)).unwrap_err();
        assert_eq!((error.status(), error.message()), (404, "Organization not found: 'org_none'."));
        assert_eq!(count(world, &organization), 0);
    });
}

#[test]
fn times_long_ago_and_far_ahead_are_taken_as_they_are() {
    each_engine(audit(), |world| {
        let organization = organization(world);
        action(world, "invoice.paid");
        let times = [
            "0000-01-01T00:00:00.000Z",
            "1969-12-31T23:59:59.999Z",
            "2026-01-15T12:00:00.000Z",
            "9999-12-30T22:00:00.000Z",
        ];
        for time in times {
            let mut told = event("invoice.paid", 1);
            told["occurred_at"] = json!(time);
            send(world, &organization, &told).unwrap();
        }
        let mut told = event("invoice.paid", 1);
        told["occurred_at"] = json!("2026-01-15T13:00:00+01:00");
        send(world, &organization, &told).unwrap();
        let page = list(world, &organization, json!({ "order": "asc" }));
        let got: Vec<&str> = page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["occurred_at"].as_str().unwrap())
            .collect();
        assert_eq!(got, times, "the same instant in another zone is the same event");
    });
}

#[test]
fn an_event_is_taken_once_a_day_by_its_key_or_by_what_it_tells() {
    each_engine(audit(), |world| {
        let organization = organization(world);
        action(world, "invoice.paid");
        let told = event("invoice.paid", 1);
        let send = |told: &Value, key: Option<&str>| {
            let answer = send_with(world, &organization, told, key).unwrap();
            assert_eq!(answer, json!({ "success": true }));
        };
        send(&told, None);
        send(&told, None);
        assert_eq!(count(world, &organization), 1);
        send(&told, Some("a"));
        send(&told, Some("a"));
        assert_eq!(count(world, &organization), 2, "whoever gives another key means another event");
        send(&event("invoice.paid", 2), Some("a"));
        assert_eq!(count(world, &organization), 3, "another event under a key is not lost");
        let other = json!({ "actionName": "invoice.paid", "targets": [{ "type": "other" }] });
        world.call("audit_log_schemas.create", other).unwrap();
        send(&told, Some("a"));
        world.clock.advance_seconds(24 * 60 * 60 - 1);
        send(&told, Some("a"));
        assert_eq!(
            count(world, &organization),
            3,
            "answered as before, whatever has changed since"
        );
        world.clock.advance_seconds(1);
        let mut told = told.clone();
        told["version"] = json!(1);
        send(&told, Some("a"));
        vestibule_record::forget(&world.flow()).unwrap();
        send(&told, Some("a"));
        assert_eq!(count(world, &organization), 4);
    });
}

#[test]
fn a_list_is_filtered_and_paged_by_the_time_of_events() {
    each_engine(audit(), |world| {
        let acme = organization(world);
        let other = organization(world);
        action(world, "invoice.paid");
        action(world, "invoice.sent");
        // The order of time is not that of arrival.
        for n in [3, 1, 4, 2, 0] {
            let name = if n % 2 == 0 { "invoice.sent" } else { "invoice.paid" };
            send(world, &acme, &event(name, n)).unwrap();
        }
        send(world, &other, &event("invoice.paid", 9)).unwrap();
        let found = |more: Value| {
            let page = list(world, &acme, more);
            let found = actors(&page).into_iter();
            found.map(|it| it.trim_start_matches("user_").to_owned()).collect::<String>()
        };
        assert_eq!(found(json!({})), "43210");
        assert_eq!(found(json!({ "order": "asc" })), "01234");
        assert_eq!(found(json!({ "actions": ["invoice.paid"] })), "31");
        assert_eq!(found(json!({ "actions": ["invoice.paid", "invoice.sent"] })), "43210");
        assert_eq!(found(json!({ "actor_id": "user_2" })), "2");
        assert_eq!(found(json!({ "target_id": "team_3" })), "3");
        assert_eq!(found(json!({ "target_id": "invoice_1", "order": "asc" })), "01234");
        let (start, end) = ("2026-01-15T11:00:01.000Z", "2026-01-15T11:00:03.000Z");
        assert_eq!(found(json!({ "range_start": start, "range_end": end })), "21");
        assert_eq!(found(json!({ "text": "ZOË" })), "43210");
        assert_eq!(found(json!({ "text": "Team_4" })), "4");
        assert_eq!(found(json!({ "text": "occurred_at" })), "", "names of fields are no text");
        for more in [json!({}), json!({ "text": "zoë" }), json!({ "target_id": "invoice_1" })] {
            walk_pages(world, &acme, &more);
        }
    });
}

/// Goes through a list of five in pages of two, forth and back.
fn walk_pages(world: &World, organization: &str, more: &Value) {
    let page = |cursor: Value| {
        let mut input = json!({ "limit": 2 });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input.as_object_mut().unwrap().extend(cursor.as_object().unwrap().clone());
        list(world, organization, input)
    };
    let first = page(json!({}));
    assert_eq!(actors(&first), ["user_4", "user_3"]);
    assert_eq!(first["list_metadata"]["before"], Value::Null);
    let second = page(json!({ "after": first["list_metadata"]["after"] }));
    assert_eq!(actors(&second), ["user_2", "user_1"]);
    let third = page(json!({ "after": second["list_metadata"]["after"] }));
    assert_eq!(actors(&third), ["user_0"]);
    assert_eq!(third["list_metadata"]["after"], Value::Null);
    let back = page(json!({ "before": third["list_metadata"]["before"] }));
    assert_eq!(actors(&back), ["user_2", "user_1"]);
    let back = page(json!({ "before": back["list_metadata"]["before"] }));
    assert_eq!(actors(&back), ["user_4", "user_3"]);
    assert_eq!(back["list_metadata"]["before"], Value::Null);
}

/// A list with a text looks through 20,000 events for a page, so that nobody keeps a reader busy for
/// a million; what is further away is found all the same.
#[test]
fn a_text_that_stands_far_away_is_found_by_going_on() {
    each_engine(audit(), |world| {
        let organization = organization(world);
        action(world, "invoice.paid");
        for n in [1, 2] {
            send(world, &organization, &event("invoice.paid", n)).unwrap();
        }
        audit_logs::seal(&world.app).unwrap();
        // Between the two, many times the same: a list has them by their time, then by their id.
        let sql = "WITH RECURSIVE numbers (n) AS
                     (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 45000)
                   INSERT INTO audit_log_events
                     (id, environment_id, organization_id, content, occurred_at, action, actor_id,
                      actor_name, created_at, position, hash)
                   SELECT it.id || '_' || n, environment_id, organization_id,
                          REPLACE(content, 'user_1', 'user_0'), occurred_at, action, 'user_0',
                          actor_name, created_at, position + 2 + n, hash
                   FROM audit_log_events AS it, numbers
                   WHERE organization_id = $1 AND position = 1 -- global: somebody with the database";
        let values = vec![(&organization).into()];
        let db = world.app.db();
        assert_eq!(db.write(move |tx| tx.execute(sql, &values)).unwrap(), 45_000);
        let mut input = json!({ "text": "user_1", "limit": 10 });
        let mut found = Vec::new();
        for short in [true, true, false] {
            let page = list(world, &organization, input.clone());
            found.extend(actors(&page).into_iter().map(str::to_owned));
            assert_eq!(page["list_metadata"]["after"].is_string(), short, "{page}");
            input["after"] = page["list_metadata"]["after"].clone();
        }
        assert_eq!(found, ["user_1"]);
    });
}

#[test]
fn retention_takes_days_or_a_period_and_nothing_else() {
    each_engine(audit(), |world| {
        let organization = organization(world);
        let set = |mut input: Value| {
            input["id"] = json!(organization);
            world.call("audit_logs_retention.set", input)
        };
        let get = || world.call("audit_logs_retention.get", json!({ "id": organization })).unwrap();
        let configuration =
            || world.call("audit_log_configuration.get", json!({ "id": organization })).unwrap();
        assert_eq!(get(), json!({ "retention_period_in_days": null }));
        assert_eq!(
            configuration(),
            json!({
                "organization_id": organization, "retention_period_in_days": 36500,
                "state": "inactive",
            })
        );
        for days in [30, 365] {
            let wanted = json!({ "retention_period_in_days": days });
            assert_eq!(set(wanted.clone()).unwrap(), wanted);
            assert_eq!(get(), wanted);
        }
        for (period, days) in [("1_MONTH", 30), ("11_MONTHS", 330), ("10_YEARS", 3650)] {
            let got = set(json!({ "retention_period": period })).unwrap();
            assert_eq!(got, json!({ "retention_period_in_days": days }));
        }
        for wrong in [
            json!({ "retention_period_in_days": 31 }),
            json!({ "retention_period_in_days": "30" }),
            json!({ "retention_period": "12_MONTHS" }),
            json!({ "retention_period_in_days": 30, "retention_period": "1_MONTH" }),
            json!({}),
        ] {
            assert_eq!(set(wrong.clone()).unwrap_err().status(), 422, "{wrong}");
        }
        assert_eq!(get()["retention_period_in_days"], 3650);
        action(world, "invoice.paid");
        send(world, &organization, &event("invoice.paid", 1)).unwrap();
        assert_eq!(configuration()["state"], "active");
    });
}

fn refused_schema(world: &World, metadata: Value) -> Error {
    let input = json!({
        "actionName": "invoice.paid", "targets": [{ "type": "invoice" }], "metadata": metadata,
    });
    let error = world.call("audit_log_schemas.create", input).unwrap_err();
    assert_eq!(error.status(), 422, "{error:?}");
    error
}

#[test]
fn a_schema_that_is_none_is_refused() {
    on_sqlite(audit(), |world| {
        for metadata in [
            json!({ "type": "no such type" }),
            json!({ "properties": 1 }),
            json!({ "properties": { "a": { "pattern": "(" } } }),
            json!({ "$schema": "https://schemas.example/none" }),
            json!({ "description": "x".repeat(70_000) }),
        ] {
            refused_schema(world, metadata);
        }
        for (name, targets) in [
            ("invoice.paid", json!([])),
            ("invoice paid", json!([{ "type": "invoice" }])),
            ("", json!([{ "type": "invoice" }])),
        ] {
            let input = json!({ "actionName": name, "targets": targets });
            let error = world.call("audit_log_schemas.create", input).unwrap_err();
            assert_eq!(error.status(), 422, "{name}");
        }
        let page = world.call("audit_log_actions.list", json!({})).unwrap();
        assert_eq!(page["data"], json!([]));
    });
}

/// A schema that leads back to itself would never come to an end.
#[test]
fn attack_a_schema_that_refers_to_itself_is_refused() {
    on_sqlite(audit(), |world| {
        for metadata in [
            json!({ "$ref": "#" }),
            json!({ "allOf": [{ "$ref": "#" }] }),
            json!({ "properties": { "a": { "$dynamicRef": "#" } } }),
            json!({ "$ref": "http://169.254.169.254/latest/meta-data" }),
            json!({ "$ref": "file:///etc/passwd" }),
        ] {
            let error = refused_schema(world, metadata);
            assert!(error.body()["errors"][0]["code"] == "invalid_schema", "{error:?}");
        }
        // It may be the name of a property all the same.
        let input = json!({
            "actionName": "a.b", "targets": [{ "type": "invoice" }],
            "metadata": { "type": "object", "properties": { "$ref": { "type": "string" } } },
        });
        world.call("audit_log_schemas.create", input).unwrap();
    });
}

/// A pattern that tries every way to split a text would take years for one event.
#[test]
fn attack_a_pattern_that_backtracks_takes_no_longer_than_another() {
    on_sqlite(audit(), |world| {
        let organization = organization(world);
        let input = json!({
            "actionName": "invoice.paid", "targets": [{ "type": "invoice" }],
            "metadata": { "type": "object", "properties": { "a": { "pattern": "^(([a-z])+.)+[A-Z]([a-z])+$" } } },
        });
        world.call("audit_log_schemas.create", input).unwrap();
        let mut told = event("invoice.paid", 1);
        told["targets"] = json!([]);
        told["metadata"] = json!({ "a": "a".repeat(500) });
        let begun = std::time::Instant::now();
        assert_eq!(places(&send(world, &organization, &told).unwrap_err()), ["/metadata/a"]);
        assert!(begun.elapsed() < std::time::Duration::from_secs(5));
        refused_schema(world, json!({ "properties": { "a": { "pattern": "(a)\\1" } } }));
    });
}
