//! Several nodes on one database, and how a program is set up.
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Barrier, mpsc};

use serde_json::{Value, json};
use tokio::sync::watch;
use vestibule_kernel::catalog::Catalog;
use vestibule_kernel::chance::Chance;
use vestibule_kernel::context::{Extensions, Options, Parts};
use vestibule_kernel::db::{Db, MIGRATIONS};
use vestibule_kernel::environment;
use vestibule_kernel::event::Event;
use vestibule_kernel::id::EnvironmentId;
use vestibule_kernel::net::PrivateTargets;
use vestibule_kernel::secret::{Sealer, Secret};
use vestibule_kernel::testing::postgres_url;
use vestibule_kernel::time::SystemClock;
use vestibule_kernel::{App, Call, Request, Result};
use vestibule_record::{relay, webhooks};

use crate::common::{Receiver, emit, organization, subjects};

const KEY: &str = "sk_test_nodes";

fn node(db: Db, private_targets: PrivateTargets) -> Arc<App> {
    App::new(Parts {
        db,
        clock: Arc::new(SystemClock),
        chance: Chance::system(),
        sealer: Sealer::new(&[7; 32]).unwrap(),
        catalog: Catalog::new(vestibule_record::OPERATIONS),
        reactions: &[],
        options: Options { private_targets, lookup: Some(inside), ..Options::default() },
        extensions: Extensions::default(),
    })
    .unwrap()
}

/// Every name leads to this machine.
fn inside(_: &str) -> Vec<IpAddr> {
    vec![IpAddr::from([127, 0, 0, 1])]
}

fn first_environment(app: &Arc<App>) -> EnvironmentId {
    app.db().migrate(MIGRATIONS).unwrap();
    let id = environment::create(app, "Test", None, None).unwrap().id;
    environment::create_key(app, &id, "test", Some(Secret::new(KEY))).unwrap();
    id
}

/// Two programs on one PostgreSQL database.
fn two_nodes() -> ([Arc<App>; 2], EnvironmentId) {
    let url = postgres_url();
    let connect = || node(Db::postgres(&url, 8, None).unwrap(), PrivateTargets::All);
    let nodes = [connect(), connect()];
    let environment = first_environment(&nodes[0]);
    (nodes, environment)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

async fn call(app: &Arc<App>, id: &str, input: Value) -> Result<Value> {
    let entry = app.catalog().get(id).unwrap();
    let request = Request { credential: Some(Secret::new(KEY)), ..Request::default() };
    app.call(Call { entry, input, request }).await?.json()
}

#[test]
fn a_reader_that_goes_on_after_the_last_event_misses_no_late_committer() {
    let ([app, _], environment) = two_nodes();
    let runtime = runtime();
    let events = |after: Option<&Value>| {
        let mut input = json!({});
        if let Some(it) = after {
            input["after"] = it.clone();
        }
        runtime.block_on(call(&app, "events.list", input)).unwrap()
    };
    let flow = app.system(&environment);
    let (written, wait_written) = mpsc::channel();
    let commit = Arc::new(Barrier::new(2));
    let late = {
        let (flow, commit) = (flow.clone(), commit.clone());
        std::thread::spawn(move || {
            flow.write(move |cx| {
                cx.emit(&Event::<Value>::new("organization.created"), &organization("org_late"))?;
                written.send(()).unwrap();
                commit.wait();
                Ok(())
            })
            .unwrap();
        })
    };
    wait_written.recv().unwrap();
    emit(&flow, "organization.created", organization("org_early"));
    let first = events(None);
    assert_eq!(subjects(&first), ["org_early"], "what is not committed has no place yet");
    commit.wait();
    late.join().unwrap();
    let last = &first["data"][0]["id"];
    assert_eq!(subjects(&events(Some(last))), ["org_late"], "though its id is the older one");
    assert_eq!(subjects(&events(None)), ["org_early", "org_late"]);
}

#[test]
fn events_get_one_order_whoever_gives_it_and_readers_see_it_grow_at_its_end_only() {
    const WRITERS: usize = 4;
    const EACH: usize = 40;
    let (nodes, environment) = two_nodes();
    let writers: Vec<_> = (0..WRITERS)
        .map(|n| {
            let flow = nodes[n % 2].system(&environment);
            std::thread::spawn(move || {
                for i in 0..EACH {
                    emit(&flow, "organization.created", organization(&format!("org_{n}_{i}")));
                }
            })
        })
        .collect();
    // Two readers make the order while it is read.
    let runtime = runtime();
    let read = |app: Arc<App>| {
        let handle = runtime.handle().clone();
        std::thread::spawn(move || {
            let mut seen: Vec<String> = Vec::new();
            while seen.len() < WRITERS * EACH {
                let mut input = json!({ "limit": 7 });
                if let Some(last) = seen.last() {
                    input["after"] = last.as_str().into();
                }
                let page = handle.block_on(call(&app, "events.list", input)).unwrap();
                let page = page["data"].as_array().unwrap().iter();
                seen.extend(page.map(|it| it["id"].as_str().unwrap().to_owned()));
            }
            seen
        })
    };
    let readers = nodes.each_ref().map(|it| read(it.clone()));
    for it in writers {
        it.join().unwrap();
    }
    let [one, other] = readers.map(|it| it.join().unwrap());
    assert_eq!(one, other);
    assert_eq!(one.iter().collect::<std::collections::BTreeSet<_>>().len(), WRITERS * EACH);
    assert_eq!(relay::sequence(&nodes[0]).unwrap(), 0, "nothing is left without a place");
}

#[test]
fn two_nodes_deliver_each_event_exactly_once() {
    const EVENTS: usize = 150;
    let (nodes, environment) = two_nodes();
    let runtime = runtime();
    let flows = nodes.each_ref().map(|it| it.system(&environment));
    runtime.block_on(async {
        let mut receiver = Receiver::start().await;
        for path in ["/a", "/b"] {
            let input = json!({ "endpoint_url": format!("{}{path}", receiver.url), "events": [] });
            call(&nodes[0], "webhook_endpoints.create", input).await.unwrap();
        }
        let (stop, stopped) = watch::channel(false);
        let workers =
            nodes.each_ref().map(|it| tokio::spawn(webhooks::work(it.clone(), stopped.clone())));
        let writers = flows.map(|flow| {
            tokio::task::spawn_blocking(move || {
                for n in 0..EVENTS {
                    emit(&flow, "organization.created", organization(&format!("org_{n}")));
                }
            })
        });
        for it in writers {
            it.await.unwrap();
        }
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        for _ in 0..EVENTS * 4 {
            let got = receiver.next().await;
            let id = got.event()["id"].as_str().unwrap().to_owned();
            *counts.entry((got.path, id)).or_default() += 1;
        }
        stop.send(true).unwrap();
        for it in workers {
            it.await.unwrap();
        }
        assert!(receiver.all().is_empty(), "nothing came after that");
        assert_eq!(counts.len(), EVENTS * 4);
        assert!(counts.values().all(|it| *it == 1));
    });
    assert_eq!(runtime.block_on(webhooks::run_due(&nodes[0])).unwrap(), 0);
}

#[test]
fn a_program_that_was_not_allowed_to_reaches_no_private_address() {
    let folder = tempfile::tempdir().unwrap();
    let app = node(Db::sqlite(&folder.path().join("test.db")).unwrap(), PrivateTargets::None);
    let environment = first_environment(&app);
    let runtime = runtime();
    let create = |url: &str| {
        let input = json!({ "endpoint_url": url, "events": [] });
        runtime.block_on(call(&app, "webhook_endpoints.create", input))
    };
    for url in [
        "http://hooks.example/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://2130706433/",
        "https://0177.0.0.1/",
        "https://0x7f000001/",
        "https://127.1/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fd00::1]/",
        "https://168.63.129.16/",
        "https://[fd00:ec2::254]/",
    ] {
        let error = create(url).unwrap_err();
        assert_eq!((error.status(), error.code()), (422, "invalid_url"), "{url}");
    }
    create("https://hooks.example/").unwrap();
    // The name is harmless, but where it leads is not: it is looked at when it is called.
    emit(&app.system(&environment), "organization.created", organization("org_1"));
    assert_eq!(runtime.block_on(webhooks::run_due(&app)).unwrap(), 1);
    let newest = || {
        let list = runtime.block_on(call(&app, "webhook_endpoints.list", json!({}))).unwrap();
        let input = json!({ "webhook_endpoint_id": list["data"][0]["id"] });
        let log = runtime.block_on(call(&app, "webhook_deliveries.list", input)).unwrap();
        log["data"][0]["attempts"][0].clone()
    };
    assert_eq!(newest()["error"], "The name leads to no public address.");
    // It was allowed when the endpoint was made, and is not any more.
    app.system(&environment)
        .write(|cx| {
            let values = [cx.environment.into()];
            let sql = "UPDATE webhook_endpoints SET endpoint_url = 'http://127.0.0.1:9/'
                       WHERE environment_id = $1";
            cx.db().execute(sql, &values)
        })
        .unwrap();
    emit(&app.system(&environment), "organization.created", organization("org_2"));
    assert_eq!(runtime.block_on(webhooks::run_due(&app)).unwrap(), 1);
    assert_eq!(newest()["error"], "The URL must begin with https://.");
}
