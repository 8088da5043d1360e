//! How streams go along a log: order, batches, failures, nodes.
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::{Notify, watch};
use vestibule_kernel::testing::{World, each_engine, on_sqlite};
use vestibule_kernel::{Call, Request};
use vestibule_record::{audit_logs, log_streams};

use crate::audit_logs::{action, audit, event, organization, send};
use crate::stream_sinks::{Act, Sink};

/// Runs a case with an organization that has a log, and a service that takes events.
pub fn each(case: impl Fn(&World, &str, Sink)) {
    each_engine(audit(), |world| {
        action(world, "invoice.paid");
        action(world, "invoice.sent");
        let organization = organization(world);
        let sink = world.block_on(Sink::start());
        case(world, &organization, sink);
    });
}

/// Makes a stream that sends at once, where nothing else is asked for.
pub fn stream(world: &World, organization: &str, more: Value) -> Value {
    let mut input =
        json!({ "organization_id": organization, "batching": { "age_seconds_max": 0 } });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.call("audit_log_streams.create", input).unwrap()
}

fn https(world: &World, organization: &str, sink: &Sink) -> Value {
    let to = json!({ "url": sink.url, "headers": { "X-Key": "a-key-for-the-sink" } });
    stream(world, organization, json!({ "generic_https": to }))
}

/// Lets events happen, numbered from `from`.
pub fn happen(world: &World, organization: &str, numbers: std::ops::Range<usize>) {
    for n in numbers {
        send(world, organization, &event("invoice.paid", n)).unwrap();
    }
    audit_logs::seal(&world.app).unwrap();
}

/// Hands over what is due; tells how many batches that were.
pub fn run(world: &World) -> usize {
    world.block_on(log_streams::run_due(&world.app)).unwrap()
}

pub fn get(world: &World, stream: &Value) -> Value {
    world.call("audit_log_streams.get", json!({ "id": stream["id"] })).unwrap()
}

pub fn deliveries(world: &World, stream: &Value) -> Vec<Value> {
    let input = json!({ "id": stream["id"] });
    let page = world.call("audit_log_stream_deliveries.list", input).unwrap();
    page["data"].as_array().unwrap().clone()
}

fn update(world: &World, stream: &Value, mut change: Value) -> Value {
    change["id"] = stream["id"].clone();
    world.call("audit_log_streams.update", change).unwrap()
}

/// The numbers of the events that a sink got, batch by batch.
fn numbers(sink: &mut Sink) -> Vec<Vec<usize>> {
    let number = |it: &Value| {
        let actor = it["event"]["actor"]["id"].as_str().unwrap();
        actor.strip_prefix("user_").unwrap().parse().unwrap()
    };
    let batch = |body: Value| body.as_array().unwrap().iter().map(number).collect();
    sink.all().iter().map(|it| batch(it.json())).collect()
}

#[test]
fn events_come_as_they_are_in_the_order_of_the_chain() {
    each(|world, organization, mut sink| {
        let made = https(world, organization, &sink);
        happen(world, organization, 0..3);
        assert_eq!(run(world), 1);
        let got = world.block_on(sink.next());
        assert_eq!((got.method.as_str(), got.path.as_str()), ("POST", "/"));
        assert_eq!(got.header("content-type"), "application/json");
        assert_eq!(got.header("x-key"), "a-key-for-the-sink");
        let kept = world
            .call(
                "audit_log_events.list",
                json!({ "organization_id": organization, "order": "asc" }),
            )
            .unwrap();
        let body = got.json();
        assert_eq!(body.as_array().unwrap().len(), 3);
        for (n, (entry, kept)) in
            body.as_array().unwrap().iter().zip(kept["data"].as_array().unwrap()).enumerate()
        {
            let mut wanted = event("invoice.paid", n);
            wanted["id"] = kept["id"].clone();
            wanted["organization_id"] = organization.into();
            wanted["version"] = json!(1);
            wanted["position"] = json!(n + 1);
            wanted["hash"] = kept["hash"].clone();
            assert_eq!(entry["event"], wanted);
            assert_eq!(entry["timestamp"], wanted["occurred_at"]);
            assert_eq!(entry["source"], "vestibule");
            assert!(kept["id"].as_str().unwrap().ends_with(entry["keySuffix"].as_str().unwrap()));
        }
        let told = get(world, &made);
        assert_eq!(told["state"], "active");
        assert_eq!(told["events_waiting"], 0);
        assert_eq!(told["last_synced_event_id"], kept["data"][2]["id"]);
        assert_eq!(told["last_synced_at"], "2026-01-15T12:00:00.000Z");
        let log = deliveries(world, &made);
        assert_eq!(
            log,
            [json!({
                "object": "audit_log_stream_delivery",
                "id": log[0]["id"],
                "stream_id": made["id"],
                "kind": "batch",
                "status": "succeeded",
                "events": 3,
                "bytes": log[0]["bytes"],
                "first_event_id": kept["data"][0]["id"],
                "last_event_id": kept["data"][2]["id"],
                "status_code": 200,
                "response": null,
                "error": null,
                "duration_ms": 0,
                "created_at": "2026-01-15T12:00:00.000Z",
            })]
        );
        assert_eq!(run(world), 0, "nothing is sent twice");
    });
}

#[test]
fn lines_are_sent_where_lines_are_asked_for() {
    each(|world, organization, mut sink| {
        let to = json!({ "url": sink.url, "format": "ndjson" });
        stream(world, organization, json!({ "generic_https": to, "name": "Archive" }));
        happen(world, organization, 0..2);
        assert_eq!(run(world), 1);
        let got = world.block_on(sink.next());
        assert_eq!(got.header("content-type"), "application/x-ndjson");
        let lines = got.lines();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1]["source"], "Archive");
    });
}

#[test]
fn credentials_are_never_shown_again_and_are_sealed_at_rest() {
    on_sqlite(audit(), |world| {
        let organization = organization(world);
        let to = json!({
            "url": "https://logs.example", "headers": { "X-Key": "a-key-for-the-sink", "X-Short": "abc" },
        });
        let made = stream(world, &organization, json!({ "generic_https": to }));
        assert_eq!(made["destination"], json!({ "url": "https://logs.example", "format": "json" }));
        let hints = json!({ "headers.X-Key": "...sink", "headers.X-Short": "..." });
        assert_eq!(made["credential_hints"], hints);
        let listed = world.call("audit_log_streams.list", json!({})).unwrap();
        assert_eq!(listed["data"], json!([made]));
        assert!(!listed.to_string().contains("a-key-for"));
        let kept = format!("{:?}", world.everything());
        assert!(!kept.contains("a-key-for"), "the key is in the database");
    });
}

#[test]
fn a_batch_is_sent_when_it_is_full_or_old() {
    each(|world, organization, mut sink| {
        let to = json!({ "url": sink.url });
        let batching = json!({ "events_max": 4, "age_seconds_max": 30 });
        let made =
            stream(world, organization, json!({ "generic_https": to, "batching": batching }));
        happen(world, organization, 0..6);
        assert_eq!(run(world), 1);
        assert_eq!(numbers(&mut sink), [[0, 1, 2, 3]]);
        assert_eq!(get(world, &made)["events_waiting"], 2);
        world.clock.advance_seconds(29);
        assert_eq!(run(world), 0);
        world.clock.advance_seconds(1);
        assert_eq!(run(world), 1);
        assert_eq!(numbers(&mut sink), [[4, 5]]);
        // A quarter of what four events have, as each has as much as another.
        let log = deliveries(world, &made);
        let each = log[1]["bytes"].as_i64().unwrap() / 4;
        let batching = json!({ "bytes_max": each * 2 + each / 2, "age_seconds_max": 0 });
        update(world, &made, json!({ "batching": batching }));
        happen(world, organization, 6..9);
        assert_eq!(run(world), 2);
        assert_eq!(numbers(&mut sink), [vec![6, 7], vec![8]]);
    });
}

#[test]
fn only_wanted_actions_are_sent_and_the_others_passed_over() {
    each(|world, organization, mut sink| {
        let to = json!({ "url": sink.url });
        let wanted = json!({ "generic_https": to, "actions": ["invoice.sent", "invoice.sent"] });
        let made = stream(world, organization, wanted);
        assert_eq!(made["actions"], json!(["invoice.sent"]));
        happen(world, organization, 0..450);
        assert_eq!(run(world), 0);
        assert_eq!(get(world, &made)["events_waiting"], 0);
        send(world, organization, &event("invoice.sent", 450)).unwrap();
        happen(world, organization, 451..453);
        assert_eq!(run(world), 1);
        assert_eq!(numbers(&mut sink), [[450]]);
        assert_eq!(get(world, &made)["events_waiting"], 0);
    });
}

#[test]
fn a_stream_begins_now_or_with_the_oldest_event() {
    each(|world, organization, mut sink| {
        happen(world, organization, 0..2);
        let to = json!({ "url": sink.url });
        let now = stream(world, organization, json!({ "generic_https": to }));
        assert_eq!(run(world), 0);
        world.call("audit_log_streams.delete", json!({ "id": now["id"] })).unwrap();
        stream(world, organization, json!({ "generic_https": to, "start": "oldest" }));
        assert_eq!(run(world), 1);
        assert_eq!(numbers(&mut sink), [[0, 1]]);
    });
}

#[test]
fn what_fails_is_tried_again_in_order_and_nothing_is_lost_or_doubled() {
    each(|world, organization, mut sink| {
        let made = https(world, organization, &sink);
        sink.will([Act::Answer(500, "out of order"), Act::Answer(503, "")]);
        happen(world, organization, 0..2);
        assert_eq!(run(world), 1);
        assert_eq!(numbers(&mut sink), [[0, 1]]);
        let told = get(world, &made);
        assert_eq!(told["state"], "error");
        assert_eq!(told["error"], "The receiver answered 500.");
        assert_eq!(told["failing_since"], "2026-01-15T12:00:00.000Z");
        assert_eq!(deliveries(world, &made)[0]["response"], "out of order");
        // What comes meanwhile waits behind it.
        happen(world, organization, 2..4);
        assert_eq!(run(world), 0, "it waits before it tries again");
        world.clock.advance_seconds(5);
        assert_eq!(run(world), 1);
        assert_eq!(numbers(&mut sink), [[0, 1]], "the same batch");
        world.clock.advance_seconds(5);
        assert_eq!(run(world), 0, "it waits longer after each failure");
        world.clock.advance_seconds(5);
        assert_eq!(run(world), 2);
        assert_eq!(numbers(&mut sink), [[0, 1], [2, 3]]);
        let told = get(world, &made);
        assert_eq!((&told["state"], &told["error"]), (&json!("active"), &Value::Null));
        assert_eq!(
            (&told["failing_since"], &told["next_attempt_at"]),
            (&Value::Null, &Value::Null)
        );
        let status = |status: &str| {
            let input = json!({ "id": made["id"], "status": status });
            let page = world.call("audit_log_stream_deliveries.list", input).unwrap();
            page["data"].as_array().unwrap().len()
        };
        assert_eq!((status("failed"), status("succeeded")), (2, 2));
    });
}

#[test]
fn a_receiver_says_when_it_wants_to_be_asked_again() {
    each(|world, organization, mut sink| {
        let made = https(world, organization, &sink);
        sink.will([Act::Busy(429, "retry-after", "600")]);
        happen(world, organization, 0..1);
        assert_eq!(run(world), 1);
        assert_eq!(get(world, &made)["next_attempt_at"], "2026-01-15T12:10:00.000Z");
        world.clock.advance_seconds(599);
        assert_eq!(run(world), 0);
        world.clock.advance_seconds(1);
        assert_eq!(run(world), 1);
        assert_eq!(numbers(&mut sink), [[0], [0]]);
    });
}

#[test]
fn refused_credentials_make_a_stream_invalid_until_there_are_others() {
    each(|world, organization, mut sink| {
        let made = https(world, organization, &sink);
        sink.will([Act::Answer(401, "who is a-key-for-the-sink?"), Act::Answer(403, "")]);
        happen(world, organization, 0..1);
        assert_eq!(run(world), 1);
        assert_eq!(get(world, &made)["state"], "invalid");
        assert_eq!(deliveries(world, &made)[0]["response"], "who is [secret]?");
        world.clock.advance_seconds(20);
        assert_eq!(run(world), 0, "too many tries may lock an account");
        let to = json!({ "url": sink.url, "headers": { "X-Key": "another" } });
        let told = update(world, &made, json!({ "generic_https": to }));
        assert_eq!((&told["state"], &told["error"]), (&json!("active"), &Value::Null));
        assert_eq!(run(world), 1);
        assert_eq!(get(world, &made)["state"], "invalid");
        world.clock.advance_seconds(3600);
        assert_eq!(run(world), 1, "the receiver may have been put right meanwhile");
        assert_eq!(get(world, &made)["state"], "active");
        let keys: Vec<_> = sink.all().iter().map(|it| it.header("x-key").to_owned()).collect();
        assert_eq!(keys, ["a-key-for-the-sink", "another", "another"]);
    });
}

#[test]
fn a_batch_that_is_too_large_is_halved() {
    each(|world, organization, mut sink| {
        let made = https(world, organization, &sink);
        sink.will([Act::Answer(413, ""), Act::Answer(413, "")]);
        happen(world, organization, 0..5);
        assert_eq!(run(world), 4);
        assert_eq!(
            numbers(&mut sink),
            [vec![0, 1, 2, 3, 4], vec![0, 1], vec![0], vec![1, 2, 3, 4]]
        );
        assert_eq!(get(world, &made)["state"], "active");
        sink.will([Act::Answer(413, "")]);
        happen(world, organization, 5..6);
        assert_eq!(run(world), 1);
        assert_eq!(get(world, &made)["state"], "error", "one event cannot be halved");
    });
}

#[test]
fn an_answer_that_is_no_text_is_noted_all_the_same() {
    each(|world, organization, mut sink| {
        let made = https(world, organization, &sink);
        sink.will([Act::Answer(500, "\0\u{1}binary"), Act::Answer(200, "\0")]);
        happen(world, organization, 0..1);
        assert_eq!(run(world), 1);
        assert_eq!(deliveries(world, &made)[0]["response"], "\u{fffd}\u{1}binary");
        world.clock.advance_seconds(5);
        assert_eq!(run(world), 1);
        assert_eq!(get(world, &made)["state"], "active");
        assert_eq!(numbers(&mut sink), [[0], [0]]);
    });
}

#[test]
fn redirects_are_not_followed() {
    each(|world, organization, mut sink| {
        let made = https(world, organization, &sink);
        sink.will([Act::Busy(302, "location", "http://169.254.169.254/")]);
        happen(world, organization, 0..1);
        assert_eq!(run(world), 1);
        let why = "The receiver answered 302; redirects are not followed.";
        assert_eq!(get(world, &made)["error"], why);
        assert_eq!(sink.all().len(), 1);
    });
}

#[test]
fn a_connection_that_breaks_and_one_that_is_refused_are_failures() {
    each(|world, organization, _| {
        let listener = world.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let breaks = format!("http://{}", listener.local_addr().unwrap());
        world.block_on(async move {
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    drop(stream);
                }
            });
        });
        for (n, url) in [breaks.as_str(), "http://127.0.0.1:1"].into_iter().enumerate() {
            let made = stream(world, organization, json!({ "generic_https": { "url": url } }));
            happen(world, organization, n..n + 1);
            assert_eq!(run(world), 1);
            let told = get(world, &made);
            assert_eq!(told["state"], "error");
            assert!(told["error"].as_str().unwrap().starts_with("The connection failed: "));
            world.call("audit_log_streams.delete", json!({ "id": made["id"] })).unwrap();
        }
    });
}

#[test]
fn one_that_hangs_holds_up_nobody_else() {
    each(|world, organization, mut healthy| {
        let hanging = world.block_on(Sink::start());
        let release = Arc::new(Notify::new());
        hanging.will([Act::Hang(release.clone())]);
        let slow = https(world, organization, &hanging);
        https(world, organization, &healthy);
        let (stop, stopped) = watch::channel(false);
        let app = world.app.clone();
        world.block_on(async {
            let worker = tokio::spawn(log_streams::work(app, stopped));
            for n in 0..3 {
                happen_in_runtime(world, organization, n).await;
                let got = healthy.next().await;
                assert_eq!(got.json()[0]["event"]["actor"]["id"], format!("user_{n}"));
            }
            stop.send(true).unwrap();
            release.notify_one();
            worker.await.unwrap();
        });
        let waiting = get(world, &slow)["events_waiting"].as_i64().unwrap();
        assert!(waiting <= 2, "the first was taken in the end");
    });
}

/// Lets an event happen while the runtime of the world is in use.
pub async fn happen_in_runtime(world: &World, organization: &str, n: usize) {
    let input = json!({ "organization_id": organization, "event": event("invoice.paid", n) });
    let entry = world.app.catalog().get("audit_log_events.create").unwrap();
    let request = Request { credential: Some(world.key.clone()), ..Request::default() };
    world.app.call(Call { entry, input, request }).await.unwrap();
    let app = world.app.clone();
    tokio::task::spawn_blocking(move || audit_logs::seal(&app)).await.unwrap().unwrap();
}

#[test]
fn a_batch_of_a_node_that_died_is_handed_over_by_another() {
    each(|world, organization, mut sink| {
        let release = Arc::new(Notify::new());
        sink.will([Act::Hang(release)]);
        https(world, organization, &sink);
        happen(world, organization, 0..2);
        let app = world.app.clone();
        world.block_on(async {
            let node = tokio::spawn(async move { log_streams::run_due(&app).await });
            sink.next().await;
            node.abort();
            assert!(node.await.unwrap_err().is_cancelled());
        });
        happen(world, organization, 2..3);
        assert_eq!(run(world), 0, "nobody else may have it before its lease ends");
        world.clock.advance_seconds(120);
        assert_eq!(run(world), 2);
        assert_eq!(numbers(&mut sink), [vec![0, 1], vec![2]], "as it was, and then the rest");
    });
}

#[test]
fn what_is_changed_while_a_batch_is_under_way_holds_from_the_next_one() {
    each(|world, organization, mut sink| {
        let release = Arc::new(Notify::new());
        sink.will([Act::Hang(release.clone())]);
        let made = https(world, organization, &sink);
        happen(world, organization, 0..1);
        let app = world.app.clone();
        let (node, _) = world.block_on(async {
            let node = tokio::spawn(async move { log_streams::run_due(&app).await });
            (node, sink.next().await)
        });
        update(world, &made, json!({ "state": "inactive" }));
        release.notify_one();
        world.block_on(node).unwrap().unwrap();
        let told = get(world, &made);
        assert_eq!((&told["state"], &told["events_waiting"]), (&json!("inactive"), &json!(1)));
        happen(world, organization, 1..2);
        assert_eq!(run(world), 0, "it sends nothing");
        update(world, &made, json!({ "state": "active" }));
        assert_eq!(run(world), 1);
        assert_eq!(numbers(&mut sink), [[0, 1]], "and goes on from its place");
    });
}

#[test]
fn a_test_tells_what_the_receiver_says_and_lets_a_stream_go_on() {
    each(|world, organization, mut sink| {
        let made = https(world, organization, &sink);
        sink.will([Act::Answer(403, ""), Act::Answer(503, "busy a-key-for-the-sink")]);
        happen(world, organization, 0..1);
        assert_eq!(run(world), 1);
        assert_eq!(get(world, &made)["state"], "invalid");
        let test = || world.call("audit_log_streams.test", json!({ "id": made["id"] })).unwrap();
        let failed = test();
        assert_eq!((&failed["kind"], &failed["status"]), (&json!("test"), &json!("failed")));
        assert_eq!(failed["response"], "busy [secret]");
        assert_eq!(failed["status_code"], 503);
        assert_eq!(get(world, &made)["state"], "invalid");
        let taken = test();
        assert_eq!((&taken["status"], &taken["events"]), (&json!("succeeded"), &json!(1)));
        assert_eq!(get(world, &made)["state"], "active");
        let got = sink.all().pop().unwrap().json();
        assert_eq!(got[0]["event"]["action"], "audit_log_stream.tested");
        assert_eq!(got[0]["event"]["id"], taken["first_event_id"]);
        assert_eq!(run(world), 1, "what waited goes on at once");
        assert_eq!(numbers(&mut sink), [[0]]);
        assert_eq!(deliveries(world, &made).len(), 4);
    });
}

#[test]
fn an_event_that_the_receiver_never_takes_is_passed_over_when_somebody_says_so() {
    each(|world, organization, mut sink| {
        let made = https(world, organization, &sink);
        let skip = || world.call("audit_log_streams.skip", json!({ "id": made["id"] }));
        assert_eq!(skip().unwrap_err().status(), 409, "it did not fail");
        sink.will([Act::Answer(413, ""), Act::Answer(413, "too long")]);
        happen(world, organization, 0..2);
        run(world);
        assert_eq!(deliveries(world, &made).len(), 2, "all of it, and half of it");
        assert_eq!(get(world, &made)["state"], "error");
        let skipped = skip().unwrap();
        assert_eq!((&skipped["status"], &skipped["events"]), (&json!("skipped"), &json!(1)));
        assert!(skipped["error"].is_string(), "{skipped}");
        assert_eq!(get(world, &made)["state"], "active");
        assert_eq!(skip().unwrap_err().status(), 409);
        sink.all();
        assert_eq!(run(world), 1, "what came behind it goes on at once");
        assert_eq!(numbers(&mut sink), [[1]]);
    });
}

#[test]
fn the_configuration_of_a_log_tells_of_its_stream() {
    each(|world, organization, sink| {
        let configured = || {
            let input = json!({ "id": organization });
            world.call("audit_log_configuration.get", input).unwrap()["log_stream"].clone()
        };
        assert_eq!(configured(), Value::Null);
        stream(world, organization, json!({ "syslog": { "host": "logs.example" } }));
        assert_eq!(configured(), Value::Null, "the official description knows no syslog");
        let first = https(world, organization, &sink);
        let splunk = json!({ "url": sink.url, "token": "token" });
        let second = stream(world, organization, json!({ "splunk": splunk }));
        let told = json!({
            "id": first["id"], "type": "GenericHttps", "state": "active", "last_synced_at": null,
            "created_at": first["created_at"],
        });
        assert_eq!(configured(), told);
        happen(world, organization, 0..1);
        assert_eq!(run(world), 3);
        assert_eq!(configured()["last_synced_at"], "2026-01-15T12:00:00.000Z");
        update(world, &first, json!({ "state": "inactive" }));
        assert_eq!(configured()["id"], second["id"]);
    });
}

#[test]
fn the_streams_of_an_organization_end_with_it() {
    each(|world, organization, sink| {
        let made = https(world, organization, &sink);
        happen(world, organization, 0..1);
        run(world);
        world.call("organizations.delete", json!({ "id": organization })).unwrap();
        world.drain();
        let gone = world.call("audit_log_streams.get", json!({ "id": made["id"] })).unwrap_err();
        assert_eq!(gone.status(), 404);
        let text = format!("Audit log stream not found: '{}'.", made["id"].as_str().unwrap());
        assert_eq!(gone.message(), text);
        assert_eq!(run(world), 0);
    });
}

#[test]
fn what_retention_deleted_is_passed_over() {
    each(|world, organization, mut sink| {
        let made = https(world, organization, &sink);
        sink.will([Act::Answer(500, "")]);
        happen(world, organization, 0..2);
        run(world);
        sink.all();
        let keep = json!({ "id": organization, "retention_period_in_days": 30 });
        world.call("audit_logs_retention.set", keep).unwrap();
        world.clock.advance_seconds(31 * 24 * 3600);
        vestibule_record::forget(&world.flow()).unwrap();
        assert_eq!(run(world), 0);
        assert_eq!(get(world, &made)["events_waiting"], 0);
        happen(world, organization, 2..3);
        assert_eq!(run(world), 1);
        assert_eq!(numbers(&mut sink), [[2]]);
        assert_eq!(deliveries(world, &made).len(), 1, "the old log is over, too");
    });
}
