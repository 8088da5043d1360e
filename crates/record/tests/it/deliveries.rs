//! Deliveries to an application on this machine.
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::{Notify, watch};
use vestibule_kernel::event::Event;
use vestibule_kernel::testing::World;
use vestibule_record::webhooks::{DeliveryPolicy, run_due, work};

use crate::common::{
    Act, Received, create_organization, deliver, each_receiving as each, emit, list, log,
    organization, update,
};
use crate::stream_sinks::{Authority, Syslog};

#[test]
fn a_delivery_is_the_event_as_the_list_has_it_and_signed() {
    each(|world, mut receiver| {
        let endpoint = receiver.subscribe(world, "/hook", &["organization.created"]);
        create_organization(world, "org_1");
        assert_eq!(deliver(world), 1);
        let got = world.block_on(receiver.next());
        assert_eq!(got.headers["content-type"], "application/json");
        assert_eq!(got.event(), list(world, json!({})).unwrap()["data"][0]);
        let secret = endpoint["secret"].as_str().unwrap();
        assert_eq!(got.verify(secret), Some(1_768_478_400_000));
        assert_eq!(got.verify("whsec_other"), None);
        let log = log(world, &endpoint);
        assert_eq!(
            log,
            [json!({
                "object": "webhook_delivery",
                "id": log[0]["id"],
                "webhook_endpoint_id": endpoint["id"],
                "event_id": got.event()["id"],
                "event": "organization.created",
                "status": "succeeded",
                "attempts": [{
                    "number": 1,
                    "attempted_at": "2026-01-15T12:00:00.000Z",
                    "duration_ms": 0,
                    "status_code": 200,
                    "response": "thank you",
                    "error": null,
                }],
                "next_attempt_at": null,
                "created_at": "2026-01-15T12:00:00.000Z",
                "updated_at": "2026-01-15T12:00:00.000Z",
            })]
        );
        assert_eq!(deliver(world), 0, "once is enough");
    });
}

#[test]
fn an_endpoint_gets_what_it_subscribed_to_and_all_where_it_names_nothing() {
    each(|world, mut receiver| {
        receiver.subscribe(world, "/some", &["organization.created", "organization.deleted"]);
        receiver.subscribe(world, "/all", &[]);
        for name in ["organization.created", "organization.updated", "organization.deleted"] {
            emit(&world.flow(), name, organization(name));
        }
        let reader = json!({ "actor_id": "key_1", "actor_name": "CI", "actor_source": "api" });
        emit(&world.flow(), "vault.names.listed", reader);
        // What `flag.created` and its like say is not told twice.
        receiver.subscribe(world, "/newer", &["feature_flags.flag_target.created"]);
        let target = json!({ "object": "flag_target", "id": "feature_flags.flag_target.created" });
        let context = json!({
            "client_id": "client_01", "actor": { "id": "key_1", "source": "api", "name": null },
        });
        world
            .flow()
            .write(move |cx| {
                let event = Event::<Value>::new("feature_flags.flag_target.created");
                cx.emit_with(&event, &target, &context)
            })
            .unwrap();
        assert_eq!(deliver(world), 6);
        let mut got: Vec<(String, String)> =
            receiver.all().into_iter().map(|it| (it.subject(), it.path)).collect();
        got.sort();
        let wanted = [
            ("feature_flags.flag_target.created", "/newer"),
            ("organization.created", "/all"),
            ("organization.created", "/some"),
            ("organization.deleted", "/all"),
            ("organization.deleted", "/some"),
            ("organization.updated", "/all"),
        ];
        assert_eq!(got, wanted.map(|it| (it.0.to_owned(), it.1.to_owned())));
    });
}

#[test]
fn events_from_before_an_endpoint_was_made_or_while_it_was_disabled_are_not_delivered() {
    each(|world, mut receiver| {
        create_organization(world, "org_before");
        let endpoint = receiver.subscribe(world, "/hook", &[]);
        create_organization(world, "org_1");
        assert_eq!(deliver(world), 1);
        update(world, &endpoint, json!({ "status": "disabled" }));
        create_organization(world, "org_meanwhile");
        assert_eq!(deliver(world), 0);
        update(world, &endpoint, json!({ "status": "enabled" }));
        create_organization(world, "org_2");
        assert_eq!(deliver(world), 1);
        let got: Vec<String> = receiver.all().iter().map(Received::subject).collect();
        assert_eq!(got, ["org_1", "org_2"]);
    });
}

#[test]
fn a_failed_delivery_is_tried_again_six_times_over_three_days_with_fresh_signatures() {
    each(|world, mut receiver| {
        let endpoint = receiver.subscribe(world, "/hook", &[]);
        let secret = endpoint["secret"].as_str().unwrap();
        receiver.will("/hook", [500, 404, 301, 503, 429, 500, 410].map(Act::Answer));
        create_organization(world, "org_1");
        let mut waited = 0;
        assert_eq!(deliver(world), 1);
        for wait in DeliveryPolicy::default().retry_after_seconds {
            let wait = i64::from(wait);
            world.clock.advance_seconds(wait - 1);
            assert_eq!(deliver(world), 0, "not before its time");
            world.clock.advance_seconds(1);
            assert_eq!(deliver(world), 1);
            waited += wait;
        }
        assert!((2 * 86_400..=3 * 86_400).contains(&waited), "{waited}");
        world.clock.advance_seconds(100 * 86_400);
        assert_eq!(deliver(world), 0, "it was given up");
        let got = receiver.all();
        assert_eq!(got.len(), 7);
        assert!(got.iter().all(|it| it.body == got[0].body));
        let times: Vec<i64> = got.iter().map(|it| it.verify(secret).unwrap()).collect();
        assert_eq!(times[1] - times[0], 10_000);
        assert!(times.windows(2).all(|it| it[0] < it[1]));
        let log = log(world, &endpoint);
        assert_eq!(log[0]["status"], "failed");
        let attempts = log[0]["attempts"].as_array().unwrap();
        let codes: Vec<_> = attempts.iter().map(|it| it["status_code"].as_i64()).collect();
        assert_eq!(codes, [500, 404, 301, 503, 429, 500, 410].map(Some));
        assert_eq!(attempts[0]["error"], "The endpoint answered 500.");
        let failed = json!({ "webhook_endpoint_id": endpoint["id"], "status": "failed" });
        let page = world.call("webhook_deliveries.list", failed).unwrap();
        assert_eq!(page["data"].as_array().unwrap().len(), 1);
        let pending = json!({ "webhook_endpoint_id": endpoint["id"], "status": "pending" });
        let page = world.call("webhook_deliveries.list", pending).unwrap();
        assert_eq!(page["data"], json!([]));
    });
}

#[test]
fn a_redirect_is_not_followed() {
    each(|world, mut receiver| {
        let endpoint = receiver.subscribe(world, "/hook", &[]);
        receiver.will("/hook", [Act::Redirect(format!("{}/elsewhere", receiver.url))]);
        create_organization(world, "org_1");
        deliver(world);
        let paths: Vec<String> = receiver.all().into_iter().map(|it| it.path).collect();
        assert_eq!(paths, ["/hook"]);
        let attempt = &log(world, &endpoint)[0]["attempts"][0];
        assert_eq!(attempt["error"], "The endpoint answered 302; redirects are not followed.");
    });
}

#[test]
fn an_endpoint_that_says_nothing_or_is_not_there_is_logged_and_tried_again() {
    each(|world, mut receiver| {
        let wait = |ms: u32| {
            let policy = json!({ "timeout_ms": ms, "retry_after_seconds": [1] });
            world.call("webhook_policy.update", policy).unwrap();
        };
        wait(500);
        let silent = receiver.subscribe(world, "/hook", &[]);
        receiver.will("/hook", [Act::Hang(Arc::new(Notify::new()))]);
        // Nothing listens on the first port of all.
        let input = json!({ "endpoint_url": "http://127.0.0.1:1/", "events": [] });
        let absent = world.call("webhook_endpoints.create", input).unwrap();
        create_organization(world, "org_1");
        assert_eq!(deliver(world), 2);
        let attempt = &log(world, &silent)[0]["attempts"][0];
        assert_eq!(attempt["error"], "There was no answer in time.");
        assert_eq!(attempt["status_code"], Value::Null);
        let attempt = &log(world, &absent)[0]["attempts"][0];
        assert!(attempt["error"].as_str().unwrap().starts_with("The connection failed: "));
        world.clock.advance_seconds(1);
        wait(5_000);
        assert_eq!(deliver(world), 2);
        assert_eq!(log(world, &silent)[0]["status"], "succeeded");
        assert_eq!(log(world, &absent)[0]["status"], "failed", "the policy tries it twice");
        assert_eq!(receiver.all().len(), 2);
    });
}

#[test]
fn events_arrive_in_their_order_one_after_another() {
    each(|world, mut receiver| {
        receiver.subscribe(world, "/hook", &[]);
        let wanted: Vec<String> = (0..150).map(|n| format!("org_{n:03}")).collect();
        for name in &wanted {
            create_organization(world, name);
        }
        assert_eq!(deliver(world), 150);
        let got: Vec<String> = receiver.all().iter().map(Received::subject).collect();
        assert_eq!(got, wanted);
    });
}

#[test]
fn an_event_that_failed_holds_up_none_that_come_after_it() {
    each(|world, mut receiver| {
        receiver.subscribe(world, "/hook", &[]);
        receiver.will("/hook", [Act::Answer(500)]);
        for id in ["org_1", "org_2", "org_3"] {
            create_organization(world, id);
        }
        assert_eq!(deliver(world), 3);
        world.clock.advance_seconds(10);
        create_organization(world, "org_4");
        assert_eq!(deliver(world), 2);
        let got: Vec<String> = receiver.all().iter().map(Received::subject).collect();
        assert_eq!(got, ["org_1", "org_2", "org_3", "org_1", "org_4"]);
    });
}

#[test]
fn the_log_keeps_the_beginning_of_an_answer_and_no_more() {
    each(|world, receiver| {
        let endpoint = receiver.subscribe(world, "/hook", &[]);
        receiver.will("/hook", [Act::Say("é\0".repeat(50_000))]);
        create_organization(world, "org_1");
        deliver(world);
        let log = log(world, &endpoint);
        let kept = log[0]["attempts"][0]["response"].as_str().unwrap();
        assert!(kept.starts_with("éé") && kept.len() <= 1024 && !kept.contains('\0'), "{kept}");
    });
}

#[test]
fn what_waits_for_an_endpoint_is_given_up_when_it_is_disabled() {
    each(|world, mut receiver| {
        let endpoint = receiver.subscribe(world, "/hook", &[]);
        receiver.will("/hook", [Act::Answer(500)]);
        create_organization(world, "org_1");
        deliver(world);
        update(world, &endpoint, json!({ "status": "disabled" }));
        update(world, &endpoint, json!({ "status": "enabled" }));
        world.clock.advance_seconds(86_400);
        assert_eq!(deliver(world), 0);
        assert_eq!(receiver.all().len(), 1);
        assert_eq!(log(world, &endpoint)[0]["status"], "canceled");
    });
}

#[test]
fn a_changed_url_and_subscription_hold_from_the_next_event_on() {
    each(|world, mut receiver| {
        let endpoint = receiver.subscribe(world, "/old", &["user.created"]);
        create_organization(world, "org_1");
        let endpoint_url = format!("{}/new", receiver.url);
        let events = ["organization.created"];
        assert_eq!(deliver(world), 0);
        update(world, &endpoint, json!({ "endpoint_url": endpoint_url, "events": events }));
        create_organization(world, "org_2");
        assert_eq!(deliver(world), 1);
        let got = world.block_on(receiver.next());
        assert_eq!((got.path.as_str(), got.subject().as_str()), ("/new", "org_2"));
    });
}

#[test]
fn a_deleted_endpoint_takes_its_deliveries_with_it() {
    each(|world, receiver| {
        let endpoint = receiver.subscribe(world, "/hook", &[]);
        receiver.will("/hook", [Act::Answer(500)]);
        create_organization(world, "org_1");
        deliver(world);
        world.call("webhook_endpoints.delete", json!({ "id": endpoint["id"] })).unwrap();
        world.clock.advance_seconds(86_400);
        create_organization(world, "org_2");
        assert_eq!(deliver(world), 0);
        for table in [
            "webhook_deliveries",
            "webhook_delivery_attempts",
            "webhook_cursors",
            "webhook_queues",
            "webhook_replays",
        ] {
            assert_eq!(rows(world, table), 0, "{table}");
        }
    });
}

fn rows(world: &World, table: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM {table} WHERE environment_id = $1");
    let count = |cx: &mut vestibule_kernel::Cx<'_>| {
        let values = [cx.environment.into()];
        cx.db().first(&sql, &values)?.unwrap().take()
    };
    world.flow().read(count).unwrap()
}

#[test]
fn deliveries_are_kept_for_thirty_days() {
    each(|world, receiver| {
        let endpoint = receiver.subscribe(world, "/hook", &[]);
        create_organization(world, "org_1");
        deliver(world);
        world.clock.advance_seconds(30 * 86_400);
        assert_eq!(vestibule_record::forget(&world.flow()).unwrap(), 0);
        world.clock.advance_seconds(1);
        assert_eq!(vestibule_record::forget(&world.flow()).unwrap(), 1);
        assert!(log(world, &endpoint).is_empty());
        assert_eq!(rows(world, "webhook_delivery_attempts"), 0);
    });
}

#[test]
fn a_delivery_whose_worker_died_is_taken_again_after_its_lease() {
    each(|world, mut receiver| {
        let endpoint = receiver.subscribe(world, "/hook", &[]);
        receiver.will("/hook", [Act::Hang(Arc::new(Notify::new()))]);
        create_organization(world, "org_1");
        let app = world.app.clone();
        world.block_on(async {
            let worker = tokio::spawn(async move { run_due(&app).await });
            receiver.next().await;
            worker.abort();
            assert!(worker.await.unwrap_err().is_cancelled());
        });
        assert_eq!(deliver(world), 0, "the lease holds");
        world.clock.advance_seconds(44);
        assert_eq!(deliver(world), 0, "the lease holds");
        world.clock.advance_seconds(1);
        assert_eq!(deliver(world), 1);
        assert_eq!(world.block_on(receiver.next()).subject(), "org_1");
        let log = log(world, &endpoint);
        assert_eq!(log[0]["status"], "succeeded");
        assert_eq!(log[0]["attempts"].as_array().unwrap().len(), 1, "the first one left no trace");
    });
}

#[test]
fn a_slow_endpoint_does_not_delay_another() {
    each(|world, mut receiver| {
        let release = Arc::new(Notify::new());
        receiver.subscribe(world, "/slow", &[]);
        receiver.subscribe(world, "/quick", &[]);
        let hang = Act::Hang(release.clone());
        receiver.will("/slow", vec![hang; 100]);
        let (stop, stopped) = watch::channel(false);
        let worker = world.app.clone();
        let flow = world.flow();
        world.block_on(async move {
            let worker = tokio::spawn(work(worker, stopped));
            let events = tokio::task::spawn_blocking(move || {
                for n in 0..100 {
                    emit(&flow, "organization.created", organization(&format!("org_{n}")));
                }
            });
            events.await.unwrap();
            let mut slow = 0;
            let mut quick = std::collections::BTreeSet::new();
            while quick.len() < 100 {
                let got = receiver.next().await;
                match got.path.as_str() {
                    "/slow" => slow += 1,
                    _ => assert!(quick.insert(got.subject()), "once each"),
                }
            }
            assert_eq!(slow, 1, "one after another");
            stop.send(true).unwrap();
            release.notify_waiters();
            // What was taken before the stop is finished; whoever still hangs is let go.
            while !worker.is_finished() {
                release.notify_waiters();
                tokio::task::yield_now().await;
            }
            worker.await.unwrap();
        });
    });
}

/// Whether the queue of the only endpoint is taken apart from those that are quick.
fn is_slow(world: &World) -> bool {
    let slow = world.app.db().read(|tx| {
        let sql = "SELECT slow FROM webhook_queues -- global: there is one";
        tx.first(sql, &[])?.unwrap().take()
    });
    slow.unwrap()
}

#[test]
fn an_endpoint_that_takes_its_time_is_taken_apart_from_the_others_until_it_is_quick() {
    each(|world, mut receiver| {
        let endpoint = receiver.subscribe(world, "/hook", &["organization.created"]);
        let release = Arc::new(Notify::new());
        receiver.will("/hook", [Act::Hang(release.clone())]);
        create_organization(world, "org_1");
        assert!(!is_slow(world));
        world.block_on(async {
            let app = world.app.clone();
            let delivering = tokio::spawn(async move { run_due(&app).await });
            receiver.next().await;
            world.clock.advance_seconds(2);
            release.notify_one();
            assert_eq!(delivering.await.unwrap().unwrap(), 1);
        });
        assert_eq!(log(world, &endpoint)[0]["status"], "succeeded");
        assert!(is_slow(world), "it did well, but late");
        create_organization(world, "org_2");
        assert_eq!(deliver(world), 1);
        assert!(!is_slow(world));
    });
}

#[test]
fn as_many_deliveries_are_under_way_at_once_as_the_policy_says() {
    each(|world, mut receiver| {
        let policy = json!({ "deliveries_at_once": 3 });
        world.call("webhook_policy.update", policy).unwrap();
        receiver.subscribe(world, "/hook", &["organization.created"]);
        let release = Arc::new(Notify::new());
        receiver.will("/hook", (0..3).map(|_| Act::Hang(release.clone())));
        for n in 0..4 {
            create_organization(world, &format!("org_{n}"));
        }
        world.block_on(async {
            let app = world.app.clone();
            let delivering = tokio::spawn(async move { run_due(&app).await });
            let mut first = Vec::new();
            for _ in 0..3 {
                first.push(receiver.next().await.subject());
            }
            first.sort();
            assert_eq!(first, ["org_0", "org_1", "org_2"], "all before any was answered");
            assert!(receiver.all().is_empty(), "and no more");
            for _ in 0..3 {
                release.notify_one();
                tokio::task::yield_now().await;
            }
            assert_eq!(receiver.next().await.subject(), "org_3");
            release.notify_waiters();
            assert_eq!(delivering.await.unwrap().unwrap(), 4);
        });
    });
}

#[test]
fn attack_a_receiver_whose_certificate_nobody_vouches_for_gets_nothing() {
    each(|world, _| {
        let authority = Authority::new();
        let server = world.block_on(Syslog::start(&authority, None));
        let url = format!("https://localhost:{}/hook", server.port);
        let input = json!({ "endpoint_url": url, "events": ["organization.created"] });
        let endpoint = world.call("webhook_endpoints.create", input).unwrap();
        create_organization(world, "org_1");
        assert_eq!(deliver(world), 1);
        let attempt = log(world, &endpoint)[0]["attempts"][0].clone();
        assert_eq!(attempt["status_code"], Value::Null);
        let error = attempt["error"].as_str().unwrap();
        assert!(error.contains("certificate"), "{error}");
    });
}
