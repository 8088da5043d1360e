//! Exports of audit logs, and what becomes of events whose time is over.
use serde_json::{Value, json};
use vestibule_kernel::Result;
use vestibule_kernel::id::AuditLogExportId;
use vestibule_kernel::job;
use vestibule_kernel::secret::digest_of;
use vestibule_kernel::testing::{World, each_engine, on_failing_sqlite, on_sqlite};
use vestibule_record::audit_logs;
use vestibule_record::audit_logs::exports::{self, Ticket};

use crate::audit_logs::{action, actors, audit, event, list, organization, send};

/// The range of all test events.
pub fn range(organization: &str) -> Value {
    json!({
        "organization_id": organization,
        "range_start": "2026-01-01T00:00:00.000Z", "range_end": "2026-01-15T12:00:00.000Z",
    })
}

fn create(world: &World, input: Value) -> Result<Value> {
    world.call("audit_log_exports.create", input)
}

fn with(mut input: Value, more: Value) -> Value {
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

/// Makes an export to its end; answers its id.
pub fn export(world: &World, input: Value) -> String {
    let made = create(world, input).unwrap();
    assert_eq!((&made["state"], &made["url"]), (&json!("pending"), &Value::Null));
    world.drain();
    made["id"].as_str().unwrap().to_owned()
}

fn get(world: &World, id: &str) -> Value {
    world.call("audit_log_exports.get", json!({ "auditLogExportId": id })).unwrap()
}

fn inspect(world: &World, id: &str) -> Value {
    world.call("audit_log_exports.inspect", json!({ "id": id })).unwrap()
}

/// What the address of an export says.
fn ticket(world: &World, id: &str) -> Ticket {
    let export = get(world, id);
    assert_eq!(export["state"], "ready", "{export}");
    let url = export["url"].as_str().unwrap();
    let (path, query) = url.split_once("?expires=").unwrap();
    assert_eq!(path, format!("http://127.0.0.1:4100/exports/audit_logs/environment_01/{id}"));
    let (expires, signature) = query.split_once("&signature=").unwrap();
    Ticket { expires: expires.parse().unwrap(), signature: signature.to_owned() }
}

/// The whole file, by its address.
pub fn file(world: &World, id: &str) -> String {
    let (flow, ticket) = (world.flow(), ticket(world, id));
    let id = AuditLogExportId::parse(id).unwrap();
    let download = exports::download(&flow, &id, &ticket).unwrap();
    let chunks = (0..download.chunks).map(|n| exports::chunk(&flow, &id, n).unwrap());
    let content = chunks.collect::<Vec<_>>().concat();
    assert_eq!(content.len(), usize::try_from(download.bytes).unwrap());
    String::from_utf8(content).unwrap()
}

#[test]
fn an_export_holds_the_events_of_its_range_in_their_order() {
    each_engine(audit(), |world| {
        let organization = organization(world);
        action(world, "invoice.paid");
        for n in [2, 0, 1] {
            send(world, &organization, &event("invoice.paid", n)).unwrap();
        }
        let mut late = event("invoice.paid", 3);
        late["occurred_at"] = json!("2026-01-15T12:00:00.000Z");
        send(world, &organization, &late).unwrap();
        let id = export(world, range(&organization));
        let text = file(world, &id);
        let page = list(world, &organization, json!({ "order": "asc" }));
        let ids: Vec<&str> =
            page["data"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
        let line = |n: usize| {
            let id = ids[n];
            format!(
                "{id},invoice.paid,2026-01-15T11:00:0{n}.000Z,user_{n},user,Zoë ✓,,\
                 \"[{{\"\"id\"\":\"\"invoice_1\"\",\"\"type\"\":\"\"invoice\"\",\"\"metadata\"\":{{\"\"cost\"\":12.5}}}},\
                 {{\"\"id\"\":\"\"team_{n}\"\",\"\"type\"\":\"\"team\"\"}}]\",192.0.2.1,Test/1.0,\
                 \"{{\"\"count\"\":3,\"\"reason\"\":\"\"because\"\",\"\"true\"\":true}}\"\r\n"
            )
        };
        let head = "id,action,occurred_at,actor_id,actor_type,actor_name,actor_metadata,targets,\
                    context_location,context_user_agent,metadata\r\n";
        assert_eq!(text, format!("{head}{}{}{}", line(0), line(1), line(2)));
        let progress = inspect(world, &id);
        assert_eq!(progress["events"], 3);
        assert_eq!(progress["last_position"], 4);
        assert_eq!(progress["bytes"], text.len());
        let manifest = payload(progress["manifest"].as_str().unwrap());
        assert_eq!(manifest["sha256"], digest_of(&text));
        assert_eq!((&manifest["kind"], &manifest["events"]), (&json!("export"), &json!(3)));
    });
}

/// What a token says.
pub fn payload(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    let bytes = data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn an_export_is_narrowed_by_each_filter() {
    each_engine(audit(), |world| {
        let organization = organization(world);
        action(world, "invoice.paid");
        action(world, "invoice.sent");
        for n in 0..4 {
            let name = if n % 2 == 0 { "invoice.sent" } else { "invoice.paid" };
            let mut told = event(name, n);
            told["actor"]["name"] = json!(format!("Name {n}"));
            if n == 3 {
                told["targets"] = json!([]);
            }
            send(world, &organization, &told).unwrap();
        }
        let other = self::organization(world);
        send(world, &other, &event("invoice.paid", 9)).unwrap();
        let found = |more: Value| -> Vec<String> {
            let id = export(world, with(range(&organization), more));
            let text = file(world, &id);
            let mut lines = csv::Reader::from_reader(text.as_bytes());
            lines
                .records()
                .map(|it| it.unwrap()[3].trim_start_matches("user_").to_owned())
                .collect()
        };
        assert_eq!(found(json!({})), ["0", "1", "2", "3"]);
        assert_eq!(found(json!({ "actions": ["invoice.paid"] })), ["1", "3"]);
        assert_eq!(found(json!({ "actor_ids": ["user_0", "user_3"] })), ["0", "3"]);
        assert_eq!(found(json!({ "actor_names": ["Name 2"], "actors": ["Name 1"] })), ["1", "2"]);
        assert_eq!(found(json!({ "targets": ["team"] })), ["0", "1", "2"]);
        let both = json!({ "targets": ["team"], "actions": ["invoice.paid"] });
        assert_eq!(found(both), ["1"]);
        assert!(found(json!({ "actions": ["no.such"] })).is_empty());
        let few = json!({ "range_start": "2026-01-15T11:00:01.000Z",
                          "range_end": "2026-01-15T11:00:03.000Z" });
        assert_eq!(found(few), ["1", "2"]);
    });
}

#[test]
fn an_export_is_kept_in_pieces_that_make_the_file() {
    each_engine(audit(), |world| {
        let organization = organization(world);
        action(world, "invoice.paid");
        let long: serde_json::Map<_, _> =
            (0..50).map(|n| (format!("key{n}"), json!("x".repeat(500)))).collect();
        for n in 0..130 {
            let mut told = event("invoice.paid", n);
            told["metadata"] = json!(long);
            send(world, &organization, &told).unwrap();
        }
        let id = export(world, range(&organization));
        let text = file(world, &id);
        assert!(text.len() > 3 * 1024 * 1024);
        let mut lines = csv::Reader::from_reader(text.as_bytes());
        let actors: Vec<String> = lines.records().map(|it| it.unwrap()[3].to_owned()).collect();
        let expected: Vec<String> = (0..130).map(|n| format!("user_{n}")).collect();
        assert_eq!(actors, expected);
        let manifest = payload(inspect(world, &id)["manifest"].as_str().unwrap());
        assert_eq!(manifest["sha256"], digest_of(&text));
    });
}

#[test]
fn a_range_that_is_none_or_too_old_is_refused() {
    on_sqlite(audit(), |world| {
        let organization = organization(world);
        for (start, end) in [
            ("2026-01-15T00:00:00.000Z", "2026-01-15T00:00:00.000Z"),
            ("2026-01-15T00:00:00.000Z", "2026-01-14T00:00:00.000Z"),
            ("2025-10-01T00:00:00.000Z", "2026-01-14T00:00:00.000Z"),
            ("0000-01-01T00:00:00.000Z", "9999-01-01T00:00:00.000Z"),
        ] {
            let input = json!({
                "organization_id": organization, "range_start": start, "range_end": end,
            });
            let error = create(world, input).unwrap_err();
            assert_eq!(error.status(), 400);
            let body = json!({
                "code": "invalid_audit_log_export_range_date", "message": "Invalid date range",
            });
            assert_eq!(error.body(), body);
        }
        let error = create(world, range("org_none")).unwrap_err();
        assert_eq!((error.status(), error.message()), (400, "Organization not found: 'org_none'."));
        let none = json!({ "auditLogExportId": "audit_log_export_none" });
        let error = world.call("audit_log_exports.get", none).unwrap_err();
        assert_eq!(error.status(), 404);
        assert_eq!(error.message(), "Audit Log Export not found: 'audit_log_export_none'.");
        // The earliest day of three months, and an end ahead.
        let input = json!({
            "organization_id": organization, "range_start": "2025-10-15T12:00:00.000Z",
            "range_end": "2026-02-01T00:00:00.000Z",
        });
        let id = export(world, input);
        assert_eq!(file(world, &id).lines().count(), 1, "an empty file has its first line");
    });
}

#[test]
fn an_address_is_good_for_ten_minutes_and_for_one_file() {
    each_engine(audit(), |world| {
        let organization = organization(world);
        let [one, other] = [(), ()].map(|()| export(world, range(&organization)));
        let asked = |id: &str, ticket: &Ticket| {
            let id = AuditLogExportId::parse(id).unwrap();
            exports::download(&world.flow(), &id, ticket).map(|_| ())
        };
        let ticket_of_one = ticket(world, &one);
        asked(&one, &ticket_of_one).unwrap();
        assert_eq!(asked(&other, &ticket_of_one).unwrap_err().status(), 404);
        let later = Ticket { expires: ticket_of_one.expires + 1, ..ticket_of_one.clone() };
        assert_eq!(asked(&one, &later).unwrap_err().status(), 404);
        let (elsewhere, _) = world.other_environment();
        let id = AuditLogExportId::parse(&one).unwrap();
        let there = exports::download(&world.app.system(&elsewhere), &id, &ticket_of_one);
        assert_eq!(there.unwrap_err().status(), 404);
        world.clock.advance_seconds(10 * 60 - 1);
        asked(&one, &ticket_of_one).unwrap();
        world.clock.advance_seconds(1);
        assert_eq!(asked(&one, &ticket_of_one).unwrap_err().status(), 404);
        asked(&one, &ticket(world, &one)).unwrap();
        world.clock.advance_seconds(7 * 24 * 60 * 60);
        vestibule_record::forget(&world.flow()).unwrap();
        let expired = get(world, &one);
        assert_eq!((&expired["state"], &expired["url"]), (&json!("expired"), &Value::Null));
        assert_eq!(asked(&one, &ticket_of_one).unwrap_err().status(), 404);
        let chunk = exports::chunk(&world.flow(), &id, 0);
        assert!(chunk.is_err(), "the file is gone");
        assert!(inspect(world, &one)["manifest"].is_string(), "what it held can still be told");
    });
}

/// A spreadsheet runs a cell that begins like a formula, on the machine of whoever opens the file.
#[test]
fn attack_a_cell_that_is_a_formula_is_text() {
    on_sqlite(audit(), |world| {
        let organization = organization(world);
        action(world, "invoice.paid");
        let formulas =
            ["=HYPERLINK(\"http://evil\")", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "＝1"];
        for (n, formula) in formulas.into_iter().enumerate() {
            let mut told = event("invoice.paid", n);
            told["actor"]["id"] = json!(formula);
            told["actor"]["name"] = json!(formula);
            told["context"] = json!({ "location": formula, "user_agent": formula });
            send(world, &organization, &told).unwrap();
        }
        let text = file(world, &export(world, range(&organization)));
        let mut lines = csv::Reader::from_reader(text.as_bytes());
        for (line, formula) in lines.records().zip(formulas) {
            let line = line.unwrap();
            for column in [3, 5, 8, 9] {
                assert_eq!(&line[column], format!("'{formula}"));
            }
        }
        let page = list(world, &organization, json!({ "order": "asc" }));
        assert_eq!(actors(&page), formulas, "they are kept as they were told");
    });
}

#[test]
fn events_are_deleted_when_their_time_is_over_and_the_rest_is_still_proved() {
    each_engine(audit(), |world| {
        let organization = organization(world);
        let keeps_all = self::organization(world);
        action(world, "invoice.paid");
        let verify = || {
            let input = json!({ "organization_id": organization });
            let found = world.call("audit_logs.verify", input).unwrap();
            assert_eq!(found["valid"], true, "{found}");
            (found["deleted"].as_i64().unwrap(), found["events"].as_i64().unwrap())
        };
        let forget = || {
            vestibule_record::audit_logs::seal(&world.app).unwrap();
            vestibule_record::forget(&world.flow()).unwrap();
        };
        for n in 0..3 {
            send(world, &organization, &event("invoice.paid", n)).unwrap();
            send(world, &keeps_all, &event("invoice.paid", n)).unwrap();
            world.clock.advance_seconds(24 * 60 * 60);
        }
        let days = json!({ "id": organization, "retention_period_in_days": 30 });
        world.call("audit_logs_retention.set", days).unwrap();
        forget();
        assert_eq!(verify(), (0, 3));
        world.clock.advance_seconds(28 * 24 * 60 * 60);
        forget();
        assert_eq!(verify(), (1, 2));
        send(world, &organization, &event("invoice.paid", 5)).unwrap();
        world.clock.advance_seconds(24 * 60 * 60);
        forget();
        assert_eq!(verify(), (2, 2));
        assert_eq!(actors(&list(world, &organization, json!({}))), ["user_5", "user_2"]);
        let gone = list(world, &organization, json!({ "target_id": "team_0" }));
        assert_eq!(gone["data"], json!([]));
        world.clock.advance_seconds(365 * 24 * 60 * 60);
        forget();
        assert_eq!(verify(), (4, 0));
        send(world, &organization, &event("invoice.paid", 6)).unwrap();
        vestibule_record::audit_logs::seal(&world.app).unwrap();
        assert_eq!(verify(), (4, 1), "the chain goes on from what was deleted");
        let page = list(world, &organization, json!({}));
        assert_eq!(page["data"][0]["position"], 5);
        assert_eq!(list(world, &keeps_all, json!({}))["data"].as_array().unwrap().len(), 3);
    });
}

/// Events so large that an export of them has several pieces.
fn many_large_events(world: &World, organization: &str) {
    action(world, "invoice.paid");
    let long = "x".repeat(500);
    for n in 0..60 {
        let mut large = event("invoice.paid", n);
        for key in 0..45 {
            large["metadata"][format!("key_{key}")] = json!(long);
        }
        send(world, organization, &large).unwrap();
    }
}

/// As a node does that dies there: what it had not committed is not there, and another one goes on.
#[test]
fn an_export_that_breaks_off_anywhere_goes_on_to_the_same_file() {
    on_failing_sqlite(audit(), |world, faults| {
        let organization = organization(world);
        many_large_events(world, &organization);
        let whole = file(world, &export(world, range(&organization)));
        assert!(whole.len() > 1024 * 1024, "there is more than one piece");
        let mut steps = 0;
        loop {
            let made =
                create(world, range(&organization)).unwrap()["id"].as_str().unwrap().to_owned();
            faults.fail_after(steps);
            // Whoever takes the job fails, or the job itself does.
            while job::run_due(&world.app, vestibule_record::HANDLERS).is_ok_and(|it| it > 0) {}
            let failed = faults.end();
            // Its lease ends, or its next try is due.
            world.clock.advance_seconds(200);
            world.drain();
            assert_eq!(get(world, &made)["state"], "ready", "{failed:?}");
            assert_eq!(file(world, &made), whole, "{failed:?}");
            if failed.is_none() {
                break;
            }
            steps += 1;
        }
        assert!(steps > 20, "only {steps} steps");
    });
}

#[test]
fn an_export_that_fails_again_and_again_is_told_to_have_failed() {
    each_engine(audit(), |world| {
        let organization = organization(world);
        action(world, "invoice.paid");
        send(world, &organization, &event("invoice.paid", 1)).unwrap();
        audit_logs::seal(&world.app).unwrap();
        let input = json!({ "organization_id": organization });
        world.call("audit_log_checkpoints.create", input).unwrap();
        // Somebody forged where the log begins: what is not proved is not exported.
        let forged = world.flow().write(|cx| {
            let sql = "UPDATE audit_log_checkpoints SET kind = 'retention'
                       WHERE environment_id = $1";
            let values = [cx.environment.into()];
            cx.db().execute(sql, &values)
        });
        assert_eq!(forged.unwrap(), 1);
        let made = create(world, range(&organization)).unwrap()["id"].as_str().unwrap().to_owned();
        for _ in 0..8 {
            assert_eq!(get(world, &made)["state"], "pending");
            world.drain();
            world.clock.advance_seconds(3600);
        }
        let failed = get(world, &made);
        assert_eq!((&failed["state"], &failed["url"]), (&json!("error"), &Value::Null));
        world.drain();
        assert_eq!(get(world, &made)["state"], "error", "it is not tried any more");
        // The job stays for an operator to look at.
        let left = world.flow().write(|cx| {
            let sql = "DELETE FROM jobs WHERE environment_id = $1";
            let values = [cx.environment.into()];
            cx.db().execute(sql, &values)
        });
        assert_eq!(left.unwrap(), 1);
    });
}
