//! PostgreSQL: a pool of blocking connections, each call on a thread that may block.
//!
//! Writes run at SERIALIZABLE and are run again when the server asks for it; that is safe because
//! a write touches nothing but the database. Reads run in one snapshot.
//!
//! Trap: the blocking client panics when it is used or dropped on an asynchronous thread; every
//! caller of this module is a blocking thread, and the pool drops on threads of its own.
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use postgres::config::{Host, SslMode};
use postgres::error::SqlState;
use postgres::types::{FromSql, IsNull, ToSql, Type, private::BytesMut};
use postgres::{Client, Config, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::migrate::{Migration, plan};
use super::{Row, Tx, Unique, Value, insist_scoped};
use crate::{Error, Result};

/// How often a write is run again when the server found it in conflict with another.
const ATTEMPTS_MAX: u32 = 60;
/// The longest pause between two attempts, in milliseconds.
const PAUSE_MILLIS_MAX: u64 = 64;
/// Of all our locks in the server, this one guards migrations: "vest" in ASCII.
const MIGRATION_LOCK: i64 = 0x7665_7374;

/// What each connection is told first. Plans by index keep the predicate locks of SERIALIZABLE
/// small, so that writes to a small table do not conflict for nothing. A table that has to be read
/// whole all the same is then said to cost so much that the server would compile the statement first,
/// for a tenth of a second each time; ours are short.
const SESSION: &str = "SET enable_seqscan = off; SET jit = off; SET statement_timeout = '30s';
     SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = warning";

/// A pool of connections to PostgreSQL.
pub struct Postgres {
    /// Empty only while it is dropped.
    pool: Option<r2d2::Pool<Manager>>,
}

impl Drop for Postgres {
    /// The last one to let go of the database may be an asynchronous thread, where the client
    /// must not be closed.
    fn drop(&mut self) {
        let pool = self.pool.take();
        drop(std::thread::spawn(move || drop(pool)).join());
    }
}

struct Manager {
    config: Config,
    tls: MakeRustlsConnect,
}

/// A connection and the statements it has prepared.
struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Connection;
    type Error = postgres::Error;

    fn connect(&self) -> std::result::Result<Connection, postgres::Error> {
        let mut client = self.config.connect(self.tls.clone())?;
        client.batch_execute(SESSION)?;
        Ok(Connection { client, statements: HashMap::new() })
    }
    fn is_valid(&self, it: &mut Connection) -> std::result::Result<(), postgres::Error> {
        it.client.is_valid(Duration::from_secs(2))
    }
    fn has_broken(&self, it: &mut Connection) -> bool {
        it.client.is_closed()
    }
}

impl Postgres {
    pub(super) fn connect(url: &str, most: u32, authority: Option<&Path>) -> Result<Self> {
        let mut config: Config = url.parse().map_err(Error::internal)?;
        config.application_name("vestibule").connect_timeout(Duration::from_secs(10));
        if config.get_ssl_mode() == SslMode::Prefer {
            // Preferring encryption without insisting on it protects nobody: off on this machine,
            // required and verified everywhere else.
            let mode = if is_local(&config) { SslMode::Disable } else { SslMode::Require };
            config.ssl_mode(mode);
        }
        let tls = MakeRustlsConnect::new(tls(authority)?);
        let pool = r2d2::Pool::builder()
            .max_size(most)
            .min_idle(Some(1))
            .test_on_check_out(false)
            .connection_timeout(Duration::from_secs(10))
            .build(Manager { config, tls })
            .map_err(Error::internal)?;
        Ok(Self { pool: Some(pool) })
    }

    fn connection(&self) -> Result<r2d2::PooledConnection<Manager>> {
        let pool = self.pool.as_ref().ok_or_else(|| Error::internal("the pool was closed"))?;
        pool.get().map_err(Error::internal)
    }

    pub(super) fn read<T>(&self, work: &mut dyn FnMut(&mut dyn Tx) -> Result<T>) -> Result<T> {
        let mut connection = self.connection()?;
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        transaction(&mut connection, begin, work).map_err(|failed| failed.error)
    }

    pub(super) fn write<T>(&self, work: &dyn Fn(&mut dyn Tx) -> Result<T>) -> Result<T> {
        self.write_at("BEGIN ISOLATION LEVEL SERIALIZABLE", work)
    }

    pub(super) fn write_locking<T>(&self, work: &dyn Fn(&mut dyn Tx) -> Result<T>) -> Result<T> {
        self.write_at("BEGIN ISOLATION LEVEL READ COMMITTED", work)
    }

    fn write_at<T>(&self, begin: &str, work: &dyn Fn(&mut dyn Tx) -> Result<T>) -> Result<T> {
        let mut attempt = 0;
        loop {
            let mut connection = self.connection()?;
            match transaction(&mut connection, begin, &mut |tx| work(tx)) {
                Ok(done) => return Ok(done),
                Err(failed) if failed.again && attempt < ATTEMPTS_MAX => attempt += 1,
                Err(failed) => return Err(failed.error),
            }
            drop(connection);
            std::thread::sleep(pause(attempt));
        }
    }

    pub(super) fn migrate(&self, migrations: &[Migration]) -> Result<Vec<&'static str>> {
        let mut connection = self.connection()?;
        let work = &mut |tx: &mut dyn Tx| {
            // A step may rewrite a large table, and another node may be at it already.
            tx.execute("SET LOCAL statement_timeout = 0 -- global", &[])?;
            let lock = [Value::Int(MIGRATION_LOCK)];
            tx.query("SELECT pg_advisory_xact_lock($1) -- global", &lock)?;
            let pending = plan(tx, migrations)?;
            for it in &pending {
                it.tell();
                // Text sorts by its bytes, as it does in SQLite and in our cursors.
                let sql = it.sql.replace(" TEXT", " TEXT COLLATE \"C\"");
                for statement in sql.split(";\n").filter(|it| !it.trim().is_empty()) {
                    tx.execute(&format!("{statement} -- global"), &[])?;
                }
                it.record(tx)?;
            }
            Ok(pending.iter().map(|it| it.name).collect())
        };
        transaction(&mut connection, "BEGIN", work).map_err(|failed| failed.error)
    }
}

fn is_local(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback())
        }
    })
}

fn tls(authority: Option<&Path>) -> Result<rustls::ClientConfig> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let mut roots = rustls::RootCertStore::empty();
    match authority {
        Some(path) => {
            for it in CertificateDer::pem_file_iter(path).map_err(Error::internal)? {
                roots.add(it.map_err(Error::internal)?).map_err(Error::internal)?;
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// Doubles from one millisecond, spread so that two that met do not meet again.
fn pause(attempt: u32) -> Duration {
    let ceiling = (1u64 << attempt.min(6)).min(PAUSE_MILLIS_MAX) * 1000;
    let mut bytes = [0; 8];
    // A pause without spread is still a pause.
    let spread = match aws_lc_rs::rand::fill(&mut bytes) {
        Ok(()) => u64::from_le_bytes(bytes) % ceiling,
        Err(_) => 0,
    };
    Duration::from_micros(ceiling / 2 + spread)
}

struct Failed {
    error: Error,
    again: bool,
}

fn transaction<T>(
    connection: &mut Connection,
    begin: &str,
    work: &mut dyn FnMut(&mut dyn Tx) -> Result<T>,
) -> Result<T, Failed> {
    let plainly = |error: postgres::Error| Failed {
        again: asks_again(&error),
        error: Error::internal(error),
    };
    connection.client.batch_execute(begin).map_err(plainly)?;
    let mut tx = PostgresTx { connection, again: false };
    let done = catch_unwind(AssertUnwindSafe(|| work(&mut tx)));
    let again = tx.again;
    match done {
        Ok(Ok(done)) => {
            connection.client.batch_execute("COMMIT").map_err(plainly)?;
            Ok(done)
        }
        Ok(Err(error)) => {
            connection.client.batch_execute("ROLLBACK").map_err(plainly)?;
            Err(Failed { error, again })
        }
        Err(panic) => {
            // A connection that cannot roll back is closed, and the pool lets go of it.
            drop(connection.client.batch_execute("ROLLBACK"));
            resume_unwind(panic)
        }
    }
}

fn asks_again(error: &postgres::Error) -> bool {
    matches!(
        error.code(),
        Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED)
    )
}

struct PostgresTx<'a> {
    connection: &'a mut Connection,
    again: bool,
}

impl PostgresTx<'_> {
    fn prepare(&mut self, sql: &str) -> Result<Statement> {
        insist_scoped(sql);
        if let Some(it) = self.connection.statements.get(sql) {
            return Ok(it.clone());
        }
        let statement = self.connection.client.prepare(sql).map_err(|it| self.refuse(it))?;
        self.connection.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
    fn refuse(&mut self, error: postgres::Error) -> Error {
        self.again |= asks_again(&error);
        match error.as_db_error() {
            Some(it) if *it.code() == SqlState::UNIQUE_VIOLATION => {
                Error::internal(Unique(constraint(it)))
            }
            _ => Error::internal(error),
        }
    }
}

/// The server's detail reads `Key (a, b)=(1, 2) already exists.`; we say `t(a, b)`.
fn constraint(error: &postgres::error::DbError) -> String {
    let columns = error
        .detail()
        .and_then(|it| it.strip_prefix("Key ("))
        .and_then(|it| it.split_once(")=("))
        .map_or("", |it| it.0);
    format!("{}({columns})", error.table().unwrap_or_default())
}

impl Tx for PostgresTx<'_> {
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let statement = self.prepare(sql)?;
        self.connection.client.execute(&statement, &params(values)).map_err(|it| self.refuse(it))
    }
    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        let statement = self.prepare(sql)?;
        let rows = self
            .connection
            .client
            .query(&statement, &params(values))
            .map_err(|it| self.refuse(it))?;
        let read = |row: &postgres::Row| -> Result<Row> {
            let values: Result<Vec<Value>> =
                (0..row.len()).map(|i| row.try_get(i).map_err(Error::internal)).collect();
            values.map(Row::from)
        };
        rows.iter().map(read).collect()
    }
    fn next_sequence(&mut self) -> Result<Option<i64>> {
        Ok(None)
    }
}

fn params(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|it| it as _).collect()
}

type Bad = Box<dyn std::error::Error + Sync + Send>;

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> std::result::Result<IsNull, Bad> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Bool(it) => it.to_sql(ty, out),
            Self::Int(it) if *ty == Type::INT4 => i32::try_from(*it)?.to_sql(ty, out),
            Self::Int(it) => it.to_sql(ty, out),
            Self::Text(it) => it.to_sql(ty, out),
            Self::Bytes(it) => it.to_sql(ty, out),
        }
    }
    fn accepts(_: &Type) -> bool {
        true
    }
    postgres::types::to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> std::result::Result<Self, Bad> {
        Ok(match *ty {
            Type::BOOL => Self::Bool(bool::from_sql(ty, raw)?),
            Type::INT8 => Self::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Self::Int(i32::from_sql(ty, raw)?.into()),
            Type::BYTEA => Self::Bytes(Vec::from_sql(ty, raw)?),
            // `SELECT pg_advisory_xact_lock(…)` has a column of no value.
            Type::VOID => Self::Null,
            _ => Self::Text(String::from_sql(ty, raw)?),
        })
    }
    fn from_sql_null(_: &Type) -> std::result::Result<Self, Bad> {
        Ok(Self::Null)
    }
    fn accepts(_: &Type) -> bool {
        true
    }
}
