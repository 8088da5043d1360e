//! Who holds an API key is kept in memory; a key that was ended must not be.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use serde_json::json;
use vestibule_kernel::catalog::Catalog;
use vestibule_kernel::chance::Chance;
use vestibule_kernel::context::{Extensions, Options, Parts};
use vestibule_kernel::db::{Db, MIGRATIONS};
use vestibule_kernel::id::EnvironmentId;
use vestibule_kernel::limit::{RateLimits, Rule};
use vestibule_kernel::secret::{Sealer, Secret};
use vestibule_kernel::testing::postgres_url;
use vestibule_kernel::time::SystemClock;
use vestibule_kernel::{App, Call, Request, environment};

use crate::notes::{DOMAINS, install};

/// A process on a database.
fn process(db: Db) -> Arc<App> {
    db.migrate(MIGRATIONS).unwrap();
    App::new(Parts {
        db,
        clock: Arc::new(SystemClock),
        chance: Chance::system(),
        sealer: Sealer::new(&[7; 32]).unwrap(),
        catalog: Catalog::new(DOMAINS.operations),
        reactions: DOMAINS.reactions,
        options: Options::default(),
        extensions: Extensions::default(),
    })
    .unwrap()
}

/// Runs a case with two processes, such as a server and the command line, on each engine.
pub fn two_processes(work: impl Fn(&Arc<App>, &Arc<App>)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    work(&process(Db::sqlite(&path).unwrap()), &process(Db::sqlite(&path).unwrap()));
    let url = postgres_url();
    let connect = || process(Db::postgres(&url, 8, None).unwrap());
    work(&connect(), &connect());
}

pub fn keyed(app: &Arc<App>) -> (EnvironmentId, Secret) {
    let id = environment::create(app, "Test", None, None).unwrap().id;
    let key = environment::create_key(app, &id, "test", None).unwrap();
    install(&app.system(&id));
    // The key is used as often as a thread can.
    let raised = app.system(&id).write(|cx| {
        let mut limits = RateLimits::default();
        limits.set(Rule::Calls, Some(1_000_000_000));
        cx.set(&limits)
    });
    raised.unwrap();
    (id, key)
}

/// The status of a call with this key.
fn status(app: &Arc<App>, key: &Secret) -> u16 {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let entry = app.catalog().get("notes.list").unwrap();
    let request = Request { credential: Some(key.clone()), ..Request::default() };
    let done = runtime.block_on(app.call(Call { entry, input: json!({}), request }));
    done.map_or_else(|error| error.status(), |reply| reply.status)
}

/// Has the key used all the time, while `end` ends it; no call that begins once `end` has returned
/// may succeed.
fn used_while(server: &Arc<App>, key: &Secret, end: impl FnOnce()) {
    let (ended, stop) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let calls: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let (mut before, mut after) = (0, 0);
                    while !stop.load(SeqCst) || after == 0 {
                        let was_ended = ended.load(SeqCst);
                        match status(server, key) {
                            200 => {
                                assert!(!was_ended, "a key that was ended opened something");
                                before += 1;
                            }
                            other => {
                                assert_eq!(other, 401);
                                after += u32::from(was_ended);
                            }
                        }
                    }
                    before
                })
            })
            .collect();
        while status(server, key) != 200 {}
        end();
        ended.store(true, SeqCst);
        stop.store(true, SeqCst);
        for it in calls {
            it.join().unwrap();
        }
    });
}

#[test]
fn a_stolen_key_opens_nothing_once_it_was_revoked() {
    two_processes(|server, _| {
        let (id, stolen) = keyed(server);
        assert_eq!(status(server, &stolen), 200);
        let new = environment::create_key(server, &id, "new", None).unwrap();
        used_while(server, &stolen, || {
            assert_eq!(environment::revoke_other_keys(server, &id, &new).unwrap(), 1);
        });
        assert_eq!(status(server, &new), 200);
    });
}

#[test]
fn a_stolen_key_opens_nothing_once_the_command_line_has_revoked_it() {
    two_processes(|server, command_line| {
        let (id, stolen) = keyed(server);
        assert_eq!(status(server, &stolen), 200);
        let new = environment::create_key(command_line, &id, "new", None).unwrap();
        used_while(server, &stolen, || {
            assert_eq!(environment::revoke_other_keys(command_line, &id, &new).unwrap(), 1);
        });
        assert_eq!(status(server, &new), 200);
    });
}

#[test]
fn the_key_of_an_environment_that_the_command_line_deleted_opens_nothing() {
    two_processes(|server, command_line| {
        let (id, key) = keyed(server);
        assert_eq!(status(server, &key), 200);
        used_while(server, &key, || {
            environment::delete(command_line, &id).unwrap();
        });
    });
}
