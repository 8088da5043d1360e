//! Two engines, one SQL text.
//!
//! Statements use `$1` placeholders and the common subset of SQLite and PostgreSQL: TEXT, BIGINT,
//! BOOLEAN and BYTEA columns, `ON CONFLICT`, `RETURNING`, common table expressions, partial
//! indexes. Time is BIGINT milliseconds and JSON is TEXT, so that no value changes shape between
//! the engines. `FOR UPDATE SKIP LOCKED` may be written; SQLite, which has one writer, drops it.
//!
//! What both engines keep:
//! - A transaction must see one state of the data from its first statement to its last.
//! - Concurrent writes must have the outcome of some order of running them one after another.
//! - A write that was acknowledged must be on disk; one that was refused must leave nothing.
//! - After a statement was refused (a unique constraint, say), the transaction must end; to go on
//!   instead, write `ON CONFLICT DO NOTHING` and look at the count.
//! - Every statement must name `environment_id`, or carry the comment `-- global`; debug builds
//!   refuse to run one that does not.
use crate::progress::Part;
use crate::{Error, Result};

mod failing;
mod marks;
mod migrate;
mod postgres;
mod sqlite;
mod uses;
mod value;

pub use failing::{Failing, Fault, Faults};
pub use marks::{MARKS, Marks, Tables};
pub use migrate::{MIGRATIONS, Migration, tables};
pub use value::{FromValue, Json, Row, Value};

/// An open transaction.
pub trait Tx {
    /// Runs a statement and tells how many rows it changed.
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64>;
    /// Runs a statement that returns rows.
    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>>;
    /// The place of this transaction's next event in the order of commits, where the engine knows
    /// it before the commit (SQLite, which has one writer); elsewhere the relay gives it later.
    fn next_sequence(&mut self) -> Result<Option<i64>>;
    /// Notes that the commit changes what answers of this mark are made of; see [`Marks`].
    fn touch(&mut self, _mark: usize) {}
    /// How many commits there had been before this snapshot; none where answers cannot be kept.
    fn begun(&self) -> Option<u64> {
        None
    }
    /// The tables that it has read; none where that is not known.
    fn tables_read(&self) -> Option<Tables> {
        None
    }
}

impl dyn Tx + '_ {
    /// The first row, if there is one.
    pub fn first(&mut self, sql: &str, values: &[Value]) -> Result<Option<Row>> {
        Ok(self.query(sql, values)?.into_iter().next())
    }
}

/// The database: SQLite inside, or PostgreSQL for several nodes.
pub enum Db {
    /// A file of our own.
    Sqlite(sqlite::Sqlite),
    /// A server that several nodes share.
    Postgres(postgres::Postgres),
    /// A file that fails when a test tells it to.
    Failing(Failing),
}

impl Db {
    /// Opens or makes the SQLite database at `path`.
    pub fn sqlite(path: &std::path::Path) -> Result<Self> {
        sqlite::Sqlite::open(path).map(Self::Sqlite)
    }
    /// The same, which fails when a test tells it to.
    pub fn failing(path: &std::path::Path) -> Result<(Self, std::sync::Arc<Faults>)> {
        Failing::open(path).map(|(it, faults)| (Self::Failing(it), faults))
    }
    /// Connects to PostgreSQL. `connections_max` bounds the pool; `authority` is a PEM file of the
    /// certificate authorities to trust instead of the public ones.
    pub fn postgres(
        url: &str,
        connections_max: u32,
        authority: Option<&std::path::Path>,
    ) -> Result<Self> {
        postgres::Postgres::connect(url, connections_max, authority).map(Self::Postgres)
    }
    /// The engine's name, for people.
    pub fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite(_) | Self::Failing(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }
    /// What tells whether answers that were kept in memory still hold; none where other processes
    /// write too.
    pub fn marks(&self) -> Option<&Marks> {
        match self {
            Self::Sqlite(it) => Some(it.marks()),
            Self::Failing(it) => Some(it.sqlite.marks()),
            Self::Postgres(_) => None,
        }
    }
    /// How often other processes had written, as of a moment ago: what is kept in memory and may be
    /// changed by another process ([`Db::settle`]) holds only while that stands.
    pub fn seen(&self) -> Result<u64> {
        match self {
            Self::Sqlite(it) => it.seen(),
            Self::Failing(it) => it.sqlite.seen(),
            Self::Postgres(_) => Ok(0),
        }
    }
    /// Waits until what was written is known in every process, before it is told to be done. Blocks
    /// the thread.
    pub fn settle(&self) {
        match self {
            Self::Sqlite(_) | Self::Failing(_) => std::thread::sleep(sqlite::SETTLE_TIME),
            // Nothing is kept in memory.
            Self::Postgres(_) => {}
        }
    }
    /// Whether a short read may run on the thread that asks, because nothing in it waits for
    /// another process.
    pub fn reads_inline(&self) -> bool {
        matches!(self, Self::Sqlite(_) | Self::Failing(_))
    }
    /// Whether writes run one after another whatever they touch, so that one may go on from what
    /// the last one left (a chain, a count) and conflict with nobody.
    pub fn one_writer(&self) -> bool {
        matches!(self, Self::Sqlite(_) | Self::Failing(_))
    }
    /// Brings the tables to this program's version; safe when two nodes start together.
    pub fn migrate(&self, migrations: &[Migration]) -> Result<Vec<&'static str>> {
        match self {
            Self::Sqlite(it) => it.migrate(migrations),
            Self::Failing(it) => it.sqlite.migrate(migrations),
            Self::Postgres(it) => it.migrate(migrations),
        }
    }
    /// Writes a consistent copy of a SQLite database to `path` while the program runs, and says after
    /// each piece how far it is.
    pub fn backup(&self, path: &std::path::Path, told: &mut dyn FnMut(Part)) -> Result<()> {
        match self {
            Self::Sqlite(it) => it.backup(path, told),
            Self::Failing(it) => it.sqlite.backup(path, told),
            Self::Postgres(_) => Err(Error::internal("PostgreSQL is backed up with pg_dump")),
        }
    }
    /// Reads in one snapshot. Blocks the thread.
    pub fn read<T>(&self, mut work: impl FnMut(&mut dyn Tx) -> Result<T>) -> Result<T> {
        match self {
            Self::Sqlite(it) => it.read(&mut work),
            Self::Failing(it) => it.read(&mut work),
            Self::Postgres(it) => it.read(&mut work),
        }
    }
    /// Writes: commits when `work` returns `Ok`, rolls back otherwise. Blocks the thread; on
    /// PostgreSQL `work` may run several times.
    pub fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut dyn Tx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match self {
            Self::Sqlite(it) => {
                it.submit(work).blocking_recv().map_err(|_| writer_gone()).flatten()
            }
            Self::Failing(it) => {
                it.submit(work).blocking_recv().map_err(|_| writer_gone()).flatten()
            }
            Self::Postgres(it) => it.write(&work),
        }
    }
    /// The same for work that takes rows under a lock (`FOR UPDATE SKIP LOCKED`): on PostgreSQL
    /// each statement sees all that was committed before it (READ COMMITTED), and what it looks at
    /// puts no other write in conflict. Such work must guard what it changes by its lock alone.
    pub fn write_locking<T: Send + 'static>(
        &self,
        work: impl Fn(&mut dyn Tx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match self {
            Self::Sqlite(_) | Self::Failing(_) => self.write(work),
            Self::Postgres(it) => it.write_locking(&work),
        }
    }
    /// The same as [`Db::write`], without blocking the thread.
    pub async fn write_async<T: Send + 'static>(
        self: &std::sync::Arc<Self>,
        work: impl Fn(&mut dyn Tx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &**self {
            Self::Sqlite(it) => it.submit(work).await.map_err(|_| writer_gone()).flatten(),
            Self::Failing(it) => it.submit(work).await.map_err(|_| writer_gone()).flatten(),
            Self::Postgres(_) => {
                let db = self.clone();
                tokio::task::spawn_blocking(move || db.write(work))
                    .await
                    .map_err(Error::internal)?
            }
        }
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.engine())
    }
}

fn writer_gone() -> Error {
    Error::unavailable("The server is shutting down.", 1)
}

/// A unique constraint refused the row. Named by table and columns: `table(column, column)`.
#[derive(Debug)]
pub struct Unique(String);

impl std::fmt::Display for Unique {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "unique constraint {}", self.0)
    }
}
impl std::error::Error for Unique {}

/// Translates a refusal of the database.
pub trait OnUnique {
    /// Replaces the refusal of the unique constraint over `columns` of `table`. Name the columns
    /// as the index has them: `"organizations(environment_id, external_id)"`.
    fn on_unique(self, constraint: &str, refusal: impl FnOnce() -> Error) -> Self;
}
impl<T> OnUnique for Result<T> {
    fn on_unique(self, constraint: &str, refusal: impl FnOnce() -> Error) -> Self {
        self.map_err(|error| match error.cause().and_then(|it| it.downcast_ref::<Unique>()) {
            Some(Unique(it)) if it == constraint => refusal(),
            _ => error,
        })
    }
}

/// Refuses, in debug builds, a statement that could reach another environment's rows.
fn insist_scoped(sql: &str) {
    debug_assert!(
        sql.contains("environment_id") || sql.contains("-- global"),
        "the statement names no environment_id and is not marked `-- global`: {sql}"
    );
}
