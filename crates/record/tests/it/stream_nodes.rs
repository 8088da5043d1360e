//! Streams that two nodes serve on one database, and many on one node.
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{Notify, watch};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{App, Call, Request, environment};
use vestibule_record::{audit_logs, log_streams};

use crate::audit_chain::two_nodes;
use crate::audit_logs::{event, organization};
use crate::log_streams::{each, happen, happen_in_runtime, run, stream};
use crate::stream_sinks::{Act, Sink};

#[test]
fn two_nodes_send_each_event_once_and_in_the_order_of_the_chain() {
    const TAKERS: usize = 4;
    const EACH: usize = 50;
    const KEY: &str = "sk_streams";
    let nodes = two_nodes();
    let environment = environment::create(&nodes[0], "Test", None, None).unwrap().id;
    environment::create_key(&nodes[0], &environment, "test", Some(Secret::new(KEY))).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let call = |app: Arc<App>, id: &str, input: Value| {
        let entry = app.catalog().get(id).unwrap();
        let request = Request { credential: Some(Secret::new(KEY)), ..Request::default() };
        async move { app.call(Call { entry, input, request }).await.unwrap().json().unwrap() }
    };
    runtime.block_on(async {
        let mut sink = Sink::start().await;
        let made = call(nodes[0].clone(), "organizations.create", json!({ "name": "Acme" })).await;
        let targets = json!([{ "type": "invoice" }, { "type": "team" }]);
        let input = json!({ "actionName": "invoice.paid", "targets": targets });
        call(nodes[0].clone(), "audit_log_schemas.create", input).await;
        let input = json!({
            "organization_id": made["id"], "generic_https": { "url": sink.url },
            "batching": { "events_max": 7, "age_seconds_max": 0 },
        });
        call(nodes[0].clone(), "audit_log_streams.create", input).await;
        let (stop, stopped) = watch::channel(false);
        let mut workers = Vec::new();
        for node in &nodes {
            workers.push(tokio::spawn(log_streams::work(node.clone(), stopped.clone())));
            workers.push(tokio::spawn(audit_logs::work(node.clone(), stopped.clone())));
        }
        let takers = (0..TAKERS).map(|taker| {
            let (node, organization) = (nodes[taker % 2].clone(), made["id"].clone());
            let send = move |n| {
                let event = event("invoice.paid", taker * EACH + n);
                let input = json!({ "organization_id": organization, "event": event });
                call(node.clone(), "audit_log_events.create", input)
            };
            async move {
                for n in 0..EACH {
                    send(n).await;
                }
            }
        });
        futures_util::future::join_all(takers).await;
        let mut places = Vec::new();
        while places.len() < TAKERS * EACH {
            let body = sink.next().await.json();
            places.extend(
                body.as_array().unwrap().iter().map(|it| it["event"]["position"].as_u64().unwrap()),
            );
        }
        stop.send(true).unwrap();
        for worker in workers {
            worker.await.unwrap();
        }
        assert!(sink.all().is_empty(), "nothing came after that");
        let whole: Vec<u64> = (1..=(TAKERS * EACH) as u64).collect();
        assert_eq!(places, whole);
    });
}

/// More than a node serves at once: all of them failed, and hang when they are tried again.
#[test]
fn however_many_hang_one_that_does_well_is_served() {
    const ORGANIZATIONS: usize = 7;
    const EACH: usize = 20;
    const MANY: usize = ORGANIZATIONS * EACH;
    /// Less than a receiver is waited for.
    const SOON: Duration = Duration::from_secs(5);
    each(|world, own, mut healthy| {
        let mut hanging = world.block_on(Sink::start());
        for _ in 0..ORGANIZATIONS {
            let other = organization(world);
            for _ in 0..EACH {
                stream(world, &other, json!({ "generic_https": { "url": hanging.url } }));
            }
            happen(world, &other, 0..1);
        }
        hanging.will((0..MANY).map(|_| Act::Answer(500, "")));
        assert_eq!(run(world), MANY);
        assert_eq!(hanging.all().len(), MANY);
        let release = Arc::new(Notify::new());
        hanging.will((0..MANY).map(|_| Act::Hang(release.clone())));
        world.clock.advance_seconds(5);
        stream(world, own, json!({ "generic_https": { "url": healthy.url } }));
        let (stop, stopped) = watch::channel(false);
        let app = world.app.clone();
        world.block_on(async {
            let worker = tokio::spawn(log_streams::work(app, stopped));
            // Until as many hang as may.
            while tokio::time::timeout(SOON / 5, hanging.next()).await.is_ok() {}
            happen_in_runtime(world, own, 0).await;
            let got = tokio::time::timeout(SOON, healthy.next()).await;
            assert_eq!(got.unwrap().json()[0]["event"]["actor"]["id"], "user_0");
            stop.send(true).unwrap();
            while !worker.is_finished() {
                release.notify_waiters();
                tokio::task::yield_now().await;
            }
            worker.await.unwrap();
        });
    });
}
