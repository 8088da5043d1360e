//! SQLite: one writer thread that commits queued writes in groups, and readers that never wait
//! for it.
//!
//! Many requests share one fsync: the writer opens a transaction, runs each queued write in a
//! savepoint of its own, commits, and only then answers them all. A write that fails or panics is
//! rolled back to its savepoint and takes nobody with it; when the engine itself gives up the
//! whole transaction (a full disk), every write of the group is told so.
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use super::marks::Marks;
use super::migrate::{Migration, plan};
use super::{Row, Tx, Unique, Value, insist_scoped};
use crate::{Error, Result};

/// How many writes share one commit at the most.
const GROUP_WRITES_MAX: usize = 512;
/// How long a group may gather while further writes are queued.
const GROUP_TIME_MAX: Duration = Duration::from_millis(10);
/// Statements that each connection keeps prepared.
const STATEMENTS_MAX: usize = 512;
/// How many idle read connections are kept.
const READERS_IDLE_MAX: usize = 64;

/// An open SQLite database.
pub struct Sqlite {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    queue: mpsc::Sender<Box<dyn Queued>>,
    marks: Arc<Marks>,
}

/// A write that waits for the writer.
trait Queued: Send {
    /// Runs it; tells whether its savepoint is to be kept.
    fn run(&mut self, tx: &mut SqliteTx<'_>) -> bool;
    /// Answers whoever waits: with what `run` returned if the group was committed, else with the
    /// reason why it was not.
    fn answer(self: Box<Self>, committed: Result<(), &str>);
}

struct Write<T, F> {
    work: F,
    done: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: Fn(&mut dyn Tx) -> Result<T> + Send> Queued for Write<T, F> {
    fn run(&mut self, tx: &mut SqliteTx<'_>) -> bool {
        let done = catch_unwind(AssertUnwindSafe(|| (self.work)(tx)))
            .unwrap_or_else(|_| Err(Error::internal("a write panicked")));
        let keep = done.is_ok();
        self.done = Some(done);
        keep
    }
    fn answer(self: Box<Self>, committed: Result<(), &str>) {
        let answer = match (self.done, committed) {
            (Some(Err(refused)), _) => Err(refused),
            (Some(done), Ok(())) => done,
            (_, Err(reason)) => Err(Error::internal(reason.to_owned())),
            (None, Ok(())) => Err(Error::internal("a queued write was not run")),
        };
        // Nobody listens any more when the client has gone away; the write stands.
        drop(self.reply.send(answer));
    }
}

impl Sqlite {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let writer = connect(path, OpenFlags::default())?;
        let (queue, queued) = mpsc::channel();
        let marks = Arc::<Marks>::default();
        let of_writer = marks.clone();
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || write_loop(&writer, &queued, &of_writer))
            .map_err(Error::internal)?;
        Ok(Self { path: path.to_owned(), readers: Mutex::new(Vec::new()), queue, marks })
    }

    pub(super) fn marks(&self) -> &Marks {
        &self.marks
    }

    pub(super) fn submit<T: Send + 'static>(
        &self,
        work: impl Fn(&mut dyn Tx) -> Result<T> + Send + 'static,
    ) -> oneshot::Receiver<Result<T>> {
        let (reply, answer) = oneshot::channel();
        // Where the writer has gone, the dropped reply tells the caller so.
        drop(self.queue.send(Box::new(Write { work, done: None, reply })));
        answer
    }

    pub(super) fn read<T>(&self, work: &mut dyn FnMut(&mut dyn Tx) -> Result<T>) -> Result<T> {
        let reader = self.readers.lock().pop();
        let reader = match reader {
            Some(it) => it,
            None => self.reader()?,
        };
        // Before the snapshot, which the first statement takes.
        let begun = Some(self.marks.commits());
        run(&reader, "BEGIN")?;
        let done = work(&mut SqliteTx { begun, ..SqliteTx::of(&reader) });
        run(&reader, "COMMIT")?;
        let mut readers = self.readers.lock();
        if readers.len() < READERS_IDLE_MAX {
            readers.push(reader);
        }
        done
    }

    fn reader(&self) -> Result<Connection> {
        let reader = connect(&self.path, OpenFlags::default())?;
        reader.execute_batch("PRAGMA query_only = ON").map_err(Error::internal)?;
        Ok(reader)
    }

    pub(super) fn migrate(&self, migrations: &[Migration]) -> Result<Vec<&'static str>> {
        let connection = connect(&self.path, OpenFlags::default())?;
        // Another process that migrates holds the lock for as long as it needs.
        connection.busy_timeout(Duration::from_mins(2)).map_err(Error::internal)?;
        run(&connection, "BEGIN IMMEDIATE")?;
        let mut tx = SqliteTx::of(&connection);
        let done = plan(&mut tx, migrations).and_then(|pending| {
            for it in &pending {
                let sql = it.sql.replace("BYTEA", "BLOB");
                connection.execute_batch(&sql).map_err(Error::internal)?;
                it.record(&mut tx)?;
            }
            Ok(pending.iter().map(|it| it.name).collect())
        });
        run(&connection, if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        done
    }

    pub(super) fn backup(&self, path: &Path) -> Result<()> {
        let source = self.reader()?;
        let mut copy = Connection::open(path).map_err(Error::internal)?;
        let backup = rusqlite::backup::Backup::new(&source, &mut copy).map_err(Error::internal)?;
        backup.run_to_completion(1024, Duration::ZERO, None).map_err(Error::internal)
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let connection = Connection::open_with_flags(path, flags).map_err(Error::internal)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // A plan must not depend on the values that are bound: else a statement over a table that has a
    // partial index is parsed and planned anew each time that it runs.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(Error::internal)?;
    connection
        .execute_batch(
            "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON; PRAGMA case_sensitive_like = ON;
             PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864;",
        )
        .map_err(Error::internal)?;
    Ok(connection)
}

fn run(connection: &Connection, sql: &str) -> Result<()> {
    let mut statement = connection.prepare_cached(sql).map_err(Error::internal)?;
    statement.execute([]).map(|_| ()).map_err(Error::internal)
}

fn write_loop(connection: &Connection, queue: &mpsc::Receiver<Box<dyn Queued>>, marks: &Marks) {
    while let Ok(first) = queue.recv() {
        let mut group = Vec::new();
        let committed = write_group(connection, queue, first, &mut group, marks);
        if let Err(reason) = &committed {
            tracing::error!(%reason, writes = group.len(), "a group of writes was not committed");
        }
        let told = committed.as_ref().copied().map_err(String::as_str);
        for it in group {
            it.answer(told);
        }
    }
}

/// Runs queued writes, each in its savepoint, and commits them together.
fn write_group(
    connection: &Connection,
    queue: &mpsc::Receiver<Box<dyn Queued>>,
    first: Box<dyn Queued>,
    group: &mut Vec<Box<dyn Queued>>,
    marks: &Marks,
) -> Result<(), String> {
    let started = Instant::now();
    let mut next = Some(first);
    if let Err(error) = run(connection, "BEGIN IMMEDIATE") {
        group.extend(next);
        return Err(format!("{error:?}"));
    }
    let mut tx = SqliteTx::of(connection);
    while let Some(mut write) = next {
        let done = in_savepoint(connection, || write.run(&mut tx));
        group.push(write);
        if connection.is_autocommit() {
            return Err("the engine rolled the whole group back".to_owned());
        }
        if let Err(error) = done {
            drop(run(connection, "ROLLBACK"));
            return Err(format!("{error:?}"));
        }
        let full = group.len() >= GROUP_WRITES_MAX || started.elapsed() >= GROUP_TIME_MAX;
        next = if full { None } else { queue.try_recv().ok() };
    }
    let SqliteTx { touched, .. } = tx;
    marks.change(&touched, || run(connection, "COMMIT")).map_err(|error| {
        drop(run(connection, "ROLLBACK"));
        format!("{error:?}")
    })
}

fn in_savepoint(connection: &Connection, work: impl FnOnce() -> bool) -> Result<()> {
    run(connection, "SAVEPOINT work")?;
    let keep = work();
    if connection.is_autocommit() {
        return Ok(());
    }
    if !keep {
        run(connection, "ROLLBACK TO work")?;
    }
    run(connection, "RELEASE work")
}

struct SqliteTx<'a> {
    connection: &'a Connection,
    last_sequence: Option<i64>,
    /// How many commits had touched a mark before this snapshot; none where it writes.
    begun: Option<u64>,
    /// The marks that it touched.
    touched: BTreeSet<usize>,
}

impl<'a> SqliteTx<'a> {
    const fn of(connection: &'a Connection) -> Self {
        Self { connection, last_sequence: None, begun: None, touched: BTreeSet::new() }
    }
}

impl Tx for SqliteTx<'_> {
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        insist_scoped(sql);
        let mut statement = self.connection.prepare_cached(&dialect(sql)).map_err(refuse)?;
        statement.execute(rusqlite::params_from_iter(values)).map(|it| it as u64).map_err(refuse)
    }
    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        insist_scoped(sql);
        let mut statement = self.connection.prepare_cached(&dialect(sql)).map_err(refuse)?;
        let width = statement.column_count();
        let mut rows = statement.query(rusqlite::params_from_iter(values)).map_err(refuse)?;
        let mut out = Vec::new();
        while let Some(row) = rows.next().map_err(refuse)? {
            let values: Result<Vec<Value>> = (0..width)
                .map(|i| row.get_ref(i).map_err(Error::internal).and_then(value))
                .collect();
            out.push(Row::from(values?));
        }
        Ok(out)
    }
    fn next_sequence(&mut self) -> Result<Option<i64>> {
        let last = match self.last_sequence {
            Some(it) => it,
            None => self
                .connection
                .prepare_cached("SELECT COALESCE(MAX(sequence), 0) FROM events")
                .and_then(|mut it| it.query_one([], |row| row.get(0)))
                .map_err(Error::internal)?,
        };
        self.last_sequence = Some(last + 1);
        Ok(self.last_sequence)
    }
    fn touch(&mut self, mark: usize) {
        self.touched.insert(mark);
    }
    fn begun(&self) -> Option<u64> {
        self.begun
    }
}

/// SQLite numbers its placeholders `?1`, and has no row locks to skip.
fn dialect(sql: &str) -> String {
    let sql = sql.replace('$', "?");
    if sql.contains("SKIP LOCKED") { sql.replace("FOR UPDATE SKIP LOCKED", "") } else { sql }
}

/// SQLite says `UNIQUE constraint failed: t.a, t.b`; we say `t(a, b)`.
fn refuse(error: rusqlite::Error) -> Error {
    let text = error.to_string();
    let Some(columns) = text.strip_prefix("UNIQUE constraint failed: ") else {
        return Error::internal(error);
    };
    let (table, _) = columns.split_once('.').unwrap_or((columns, ""));
    let columns: Vec<&str> = columns.split(", ").filter_map(|it| it.split('.').nth(1)).collect();
    Error::internal(Unique(format!("{table}({})", columns.join(", "))))
}

fn value(it: ValueRef<'_>) -> Result<Value> {
    Ok(match it {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(it) => Value::Int(it),
        ValueRef::Text(it) => Value::Text(std::str::from_utf8(it).map_err(Error::internal)?.into()),
        ValueRef::Blob(it) => Value::Bytes(it.to_vec()),
        ValueRef::Real(_) => return Err(Error::internal("a column holds a float")),
    })
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => rusqlite::types::Null.into(),
            Self::Bool(it) => (*it).into(),
            Self::Int(it) => (*it).into(),
            Self::Text(it) => it.as_str().into(),
            Self::Bytes(it) => it.as_slice().into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    /// The values `done` and `open` differ in whether the partial index would serve them.
    #[test]
    fn a_statement_is_planned_once_whatever_values_are_bound() {
        let folder = tempfile::tempdir().unwrap();
        let connection = connect(&folder.path().join("test.db"), OpenFlags::default()).unwrap();
        connection
            .execute_batch(
                "CREATE TABLE notes (environment_id TEXT, state TEXT);
                 CREATE INDEX notes_open ON notes (environment_id) WHERE state = 'open';",
            )
            .unwrap();
        let sql = "SELECT state FROM notes WHERE environment_id = $1 AND state = $2";
        for state in ["open", "done", "open"] {
            let mut tx = SqliteTx::of(&connection);
            tx.query(sql, &["environment_1".into(), state.into()]).unwrap();
        }
        let statement = connection.prepare_cached(&dialect(sql)).unwrap();
        assert_eq!(statement.get_status(StatementStatus::Run), 3, "it is the cached one");
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
