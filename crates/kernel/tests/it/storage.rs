//! What both engines keep (see kernel::db).
use std::sync::Arc;

use vestibule_kernel::db::{Db, MIGRATIONS, Migration, Value};
use vestibule_kernel::id::MessageId;
use vestibule_kernel::testing::{World, each_engine, postgres_url};
use vestibule_kernel::{Error, Result, environment};

use crate::notes::{DOMAINS, Note, insert, install};

fn case(work: impl Fn(&World)) {
    each_engine(DOMAINS, |world| {
        install(&world.flow());
        work(world);
    });
}

fn write(world: &World, title: &str, fail: bool) -> Result<()> {
    let title = title.to_owned();
    world.flow().write(move |cx| {
        let (id, created_at) = (MessageId::new(cx), cx.now());
        let note = Note { object: "note", id, title: title.clone(), text: None, created_at };
        insert(cx, &note)?;
        if fail { Err(Error::internal("asked to fail")) } else { Ok(()) }
    })
}

fn count(world: &World) -> i64 {
    let sql = "SELECT COUNT(*) FROM notes WHERE environment_id = $1";
    world
        .flow()
        .read(|cx| {
            let values = [cx.environment.into()];
            cx.db().first(sql, &values)?.unwrap().take()
        })
        .unwrap()
}

#[test]
fn of_many_writes_at_once_each_stands_or_falls_alone() {
    case(|world| {
        std::thread::scope(|scope| {
            for n in 0..16 {
                scope.spawn(move || {
                    for m in 0..10 {
                        let fails = (n + m) % 2 == 1;
                        let done = write(world, &format!("{n} {m}"), fails);
                        assert_eq!(done.is_err(), fails);
                    }
                });
            }
        });
        assert_eq!(count(world), 80);
    });
}

#[test]
fn of_sixteen_who_want_one_title_one_gets_it() {
    case(|world| {
        let wins: usize = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..16).map(|_| scope.spawn(|| write(world, "one", false).is_ok())).collect();
            threads.into_iter().map(|it| usize::from(it.join().unwrap())).sum()
        });
        assert_eq!((wins, count(world)), (1, 1));
    });
}

#[test]
fn a_count_that_is_read_and_written_back_is_never_lost() {
    case(|world| {
        write(world, "0", false).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..10 {
                        world
                            .flow()
                            .write(|cx| {
                                let values = [cx.environment.into()];
                                let sql = "SELECT title FROM notes WHERE environment_id = $1";
                                let title: String = cx.db().first(sql, &values)?.unwrap().take()?;
                                let next = title.parse::<i64>().unwrap() + 1;
                                let values = [cx.environment.into(), next.to_string().into()];
                                let sql = "UPDATE notes SET title = $2 WHERE environment_id = $1";
                                cx.db().execute(sql, &values)
                            })
                            .unwrap();
                    }
                });
            }
        });
        let sql = "SELECT title FROM notes WHERE environment_id = $1";
        let title: String = world
            .flow()
            .read(|cx| {
                let values = [cx.environment.into()];
                cx.db().first(sql, &values)?.unwrap().take()
            })
            .unwrap();
        assert_eq!(title, "80");
    });
}

#[test]
fn a_read_sees_one_state_from_beginning_to_end() {
    case(|world| {
        world
            .flow()
            .read(|cx| {
                let values = [cx.environment.into()];
                let sql = "SELECT COUNT(*) FROM notes WHERE environment_id = $1";
                let before: i64 = cx.db().first(sql, &values)?.unwrap().take()?;
                write(world, "meanwhile", false)?;
                let after: i64 = cx.db().first(sql, &values)?.unwrap().take()?;
                assert_eq!((before, after), (0, 0));
                Ok(())
            })
            .unwrap();
        assert_eq!(count(world), 1);
    });
}

#[test]
fn values_come_back_as_they_went_in() {
    case(|world| {
        let text = "'; DROP TABLE notes; -- \u{1F600} \u{e9}e\u{301}".to_owned();
        write(world, &text, false).unwrap();
        let values = |cx: &mut vestibule_kernel::Cx| {
            let values = [
                cx.environment.into(),
                Value::Null,
                true.into(),
                i64::MIN.into(),
                Value::Bytes(vec![0, 255]),
                text.as_str().into(),
            ];
            let sql = "SELECT CAST($2 AS TEXT), CAST($3 AS BOOLEAN), CAST($4 AS BIGINT),
                              CAST($5 AS BYTEA), title
                       FROM notes WHERE environment_id = $1 AND title = $6";
            let sql = if world.app.db().reads_inline() {
                sql.replace("BYTEA", "BLOB")
            } else {
                sql.to_owned()
            };
            let mut row = cx.db().first(&sql, &values)?.unwrap();
            Ok((row.take()?, row.take()?, row.take()?, row.take()?, row.take()?))
        };
        let (null, yes, least, bytes, title): (Option<String>, bool, i64, Vec<u8>, String) =
            world.flow().read(values).unwrap();
        assert_eq!((null, yes, least, bytes), (None, true, i64::MIN, vec![0, 255]));
        assert_eq!(title, text);
    });
}

#[test]
fn two_nodes_that_start_together_migrate_once() {
    let url = postgres_url();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (url, path) = (url.clone(), path.clone());
                scope.spawn(move || {
                    let on = |db: Db| db.migrate(MIGRATIONS).unwrap().len();
                    (on(Db::postgres(&url, 2, None).unwrap()), on(Db::sqlite(&path).unwrap()))
                })
            })
            .collect();
        let taken: Vec<_> = threads.into_iter().map(|it| it.join().unwrap()).collect();
        let all = MIGRATIONS.len();
        assert_eq!(taken.iter().map(|it| it.0).sum::<usize>(), all, "{taken:?}");
        assert_eq!(taken.iter().map(|it| it.1).sum::<usize>(), all, "{taken:?}");
    });
}

#[test]
fn an_older_program_refuses_a_newer_database() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = Db::postgres(&postgres_url(), 2, None).unwrap();
    let sqlite = Db::sqlite(&folder.path().join("test.db")).unwrap();
    for db in [sqlite, postgres] {
        let step = Migration { number: 999, name: "0999_future", sql: "" };
        let newer: Vec<Migration> = MIGRATIONS.iter().copied().chain([step]).collect();
        db.migrate(&newer).unwrap();
        let refused = db.migrate(MIGRATIONS).unwrap_err();
        assert!(refused.message().contains("0999_future"), "{refused}");
        assert!(refused.message().contains("run the newer vestibule"), "{refused}");
        let edited = Migration { sql: "SELECT 1", ..step };
        let edited: Vec<Migration> = MIGRATIONS.iter().copied().chain([edited]).collect();
        let refused = db.migrate(&edited).unwrap_err();
        assert!(refused.message().contains("another form"), "{refused}");
    }
}

/// PostgreSQL would compile it first, for a hundred times as long as it takes.
#[test]
fn a_table_that_is_read_whole_is_read_at_once() {
    let db = Db::postgres(&postgres_url(), 2, None).unwrap();
    db.migrate(MIGRATIONS).unwrap();
    let plan: Vec<String> = db
        .read(|tx| {
            let rows = tx.query("EXPLAIN SELECT data FROM events -- global: all of them", &[])?;
            rows.into_iter().map(|mut row| row.take()).collect()
        })
        .unwrap();
    assert!(plan[0].starts_with("Seq Scan"), "{plan:?}");
    assert!(!plan.iter().any(|it| it.starts_with("JIT")), "{plan:?}");
}

#[test]
fn a_backup_made_during_writes_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let db = Arc::new(Db::sqlite(&folder.path().join("test.db")).unwrap());
    db.migrate(MIGRATIONS).unwrap();
    let insert = |db: &Db, n: i64| {
        db.write(move |tx| {
            for half in 0..2 {
                let values = [format!("{n}-{half}").into(), n.into()];
                tx.execute(
                    "INSERT INTO installation (name, value) VALUES ($1, CAST($2 AS TEXT)) -- global",
                    &values,
                )?;
            }
            Ok(())
        })
        .unwrap();
    };
    std::thread::scope(|scope| {
        let writer = db.clone();
        scope.spawn(move || (0..200).for_each(|n| insert(&writer, n)));
        let mut seen = Vec::new();
        db.backup(&folder.path().join("copy.db"), &mut |it| seen.push((it.done, it.of))).unwrap();
        let (pages, of) = seen.pop().unwrap();
        assert!(of > 0 && pages == of, "in the end all is copied");
    });
    let copy = Db::sqlite(&folder.path().join("copy.db")).unwrap();
    let rows: i64 = copy
        .read(|tx| {
            let sql = "SELECT COUNT(*) FROM installation -- global";
            tx.first(sql, &[])?.unwrap().take()
        })
        .unwrap();
    assert_eq!(rows % 2, 0, "a transaction was copied in half");
}

#[test]
fn nodes_that_start_together_have_one_first_environment() {
    each_engine(DOMAINS, |world| {
        world
            .app
            .db()
            .write(|tx| tx.execute("DELETE FROM environments -- global: none is left", &[]))
            .unwrap();
        let made: Vec<_> = std::thread::scope(|scope| {
            let ensure = || environment::ensure_first(&world.app, "First").unwrap();
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(ensure)).collect();
            threads.into_iter().map(|it| it.join().unwrap()).collect()
        });
        assert!(made.iter().all(|it| it.0.id == made[0].0.id));
        assert_eq!(made.iter().filter(|it| it.1).count(), 1);
        assert_eq!(environment::list(world.app.db()).unwrap().len(), 1);
    });
}
