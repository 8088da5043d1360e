//! Answers that are kept in memory: whoever asks must find what the data says.
//!
//! In debug builds the kernel finds each answer that it has kept once more and panics where the two
//! are not the same; so every other test that asks for something twice proves it too.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::testing::{each_engine, on_sqlite};
use vestibule_kernel::{App, Call, Request, Result, environment};

use crate::keys::{keyed, two_processes};
use crate::notes::{DOMAINS, install};

/// For how long what another process wrote may stay unseen, with time for a slow machine.
const SEEN_WITHIN: Duration = Duration::from_secs(5);

fn ask(app: &Arc<App>, key: &Secret, id: &str, input: Value) -> Result<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let entry = app.catalog().get(id).unwrap();
    let request = Request { credential: Some(key.clone()), ..Request::default() };
    runtime.block_on(app.call(Call { entry, input, request }))?.json()
}

#[test]
fn an_answer_is_given_again_until_what_it_was_made_of_is_changed() {
    each_engine(DOMAINS, |world| {
        install(&world.flow());
        let note = world.call("notes.create", json!({ "title": "one" })).unwrap();
        let get = || world.call("notes.get", json!({ "id": note["id"] })).unwrap();
        let list = || world.call("notes.list", json!({})).unwrap();
        assert_eq!((get(), list()["data"][0].clone()), (note.clone(), note.clone()));
        assert_eq!((get(), list()["data"][0].clone()), (note.clone(), note.clone()));
        let changed = json!({ "id": note["id"], "text": "changed" });
        let changed = world.call("notes.update", changed).unwrap();
        assert_eq!((get(), list()["data"][0].clone()), (changed.clone(), changed.clone()));
        // What was undone has changed nothing, and what failed has not either.
        let tried = json!({ "id": note["id"], "text": "tried" });
        world.rehearse("notes.update", tried).unwrap();
        world.call("notes.create", json!({ "title": "one" })).unwrap_err();
        assert_eq!((get(), list()["data"][0].clone()), (changed.clone(), changed));
    });
}

#[test]
fn attack_what_one_environment_has_asked_for_is_not_answered_in_another() {
    each_engine(DOMAINS, |world| {
        install(&world.flow());
        let note = world.call("notes.create", json!({ "title": "one" })).unwrap();
        let input = json!({ "id": note["id"] });
        world.call("notes.get", input.clone()).unwrap();
        let other = world.other_environment().1;
        let request = || Request { credential: Some(other.clone()), ..Request::default() };
        let refused = world.call_as(request(), "notes.get", input).unwrap_err();
        assert_eq!(refused.status(), 404);
        world.call("notes.list", json!({})).unwrap();
        let list = world.call_as(request(), "notes.list", json!({})).unwrap();
        assert_eq!(list.json().unwrap()["data"], json!([]));
    });
}

#[test]
fn attack_a_key_that_is_wrong_is_given_no_answer_that_was_kept() {
    each_engine(DOMAINS, |world| {
        install(&world.flow());
        world.call("notes.list", json!({})).unwrap();
        for credential in [None, Some(Secret::new("sk_wrong"))] {
            let request = Request { credential, ..Request::default() };
            let refused = world.call_as(request, "notes.list", json!({})).unwrap_err();
            assert_eq!(refused.status(), 401);
        }
    });
}

#[test]
fn an_operation_that_is_wrongly_declared_is_found_out() {
    on_sqlite(DOMAINS, |world| {
        install(&world.flow());
        assert!(world.call("notes.count", json!({})).is_ok(), "once it is as good as any");
        let refused = world.call("notes.count", json!({})).unwrap_err();
        assert_eq!(refused.status(), 500, "the second answer is not the one that was kept");
        let refused = world.call("notes.age", json!({})).unwrap_err();
        assert_eq!(refused.status(), 500);
    });
}

#[test]
fn a_read_that_begins_after_a_write_was_acknowledged_sees_it() {
    two_processes(|server, _| {
        let (_, key) = keyed(server);
        let note = ask(server, &key, "notes.create", json!({ "title": "one", "text": "0" }));
        let id = note.unwrap()["id"].clone();
        let (written, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !stop.load(SeqCst) {
                        let before = written.load(SeqCst);
                        let found = ask(server, &key, "notes.get", json!({ "id": id })).unwrap();
                        let found: u64 = found["text"].as_str().unwrap().parse().unwrap();
                        assert!(found >= before, "{found} was answered after {before}");
                    }
                });
            }
            for n in 1..200 {
                let changed = json!({ "id": id, "text": n.to_string() });
                let done = ask(server, &key, "notes.update", changed);
                written.store(n, SeqCst);
                if done.is_err() {
                    stop.store(true, SeqCst);
                }
                done.unwrap();
            }
            stop.store(true, SeqCst);
        });
    });
}

/// With writes of our own all the while, or without any.
fn sees_what_another_process_wrote(busy: bool) {
    two_processes(|server, other| {
        let (_, key) = keyed(server);
        let note = ask(server, &key, "notes.create", json!({ "title": "one", "text": "0" }));
        let id = note.unwrap()["id"].clone();
        let get = || ask(server, &key, "notes.get", json!({ "id": id })).unwrap()["text"].clone();
        // Who holds the key is known before, so that the answer is made of notes alone.
        ask(server, &key, "notes.list", json!({})).unwrap();
        assert_eq!((get(), get()), (json!("0"), json!("0")));
        let changed = json!({ "id": id, "text": "1" });
        ask(other, &key, "notes.update", changed).unwrap();
        let began = Instant::now();
        while get() != "1" {
            assert!(began.elapsed() < SEEN_WITHIN, "it is not seen");
            if busy {
                environment::create(server, "Other", None, None).unwrap();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    });
}

#[test]
fn what_another_process_wrote_is_seen_soon() {
    sees_what_another_process_wrote(false);
}

#[test]
fn what_another_process_wrote_is_seen_soon_though_we_write_too() {
    sees_what_another_process_wrote(true);
}
