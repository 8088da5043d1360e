//! The test world: the same door as the surfaces, on each engine, with clock and chance fixed.
//!
//! The variable `VESTIBULE_TEST_POSTGRES` names a PostgreSQL server for tests (`./test` starts one).
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "serves tests alone")]
mod name_server;
mod receiver;
mod schemas;

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use crate::call::{Call, Request};
use crate::catalog::{Catalog, Op, Reply};
use crate::chance::Chance;
use crate::context::{App, Extensions, FlowCx, Options, Parts};
use crate::db::{self, Db, Faults, MIGRATIONS, Row};
use crate::event::Reaction;
use crate::id::{ClientId, EnvironmentId};
use crate::job::{self, Handler};
use crate::net::PrivateTargets;
use crate::secret::{Sealer, Secret};
use crate::time::{FixedClock, Time};
use crate::{Result, environment};

mod contract;

pub use name_server::NameServer;
pub use receiver::{Answering, Received, Receiver};

/// What a world is made of.
#[derive(Clone, Copy, Default)]
pub struct Domains {
    /// The operations of the domains under test.
    pub operations: &'static [&'static [Op]],
    /// Effects of one domain's event on another.
    pub reactions: &'static [Reaction],
    /// What does their jobs.
    pub handlers: &'static [Handler],
}

/// How SQLite goes about a statement, step by step.
pub fn sqlite_plan(sql: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::sqlite(&folder.path().join("test.db")).unwrap();
    db.migrate(MIGRATIONS).unwrap();
    // Statements have at most two dozen.
    let values = (1..=24).take_while(|n| sql.contains(&format!("${n}")));
    let values: Vec<db::Value> = values.map(|_| "some".into()).collect();
    let detail = |mut row: Row| {
        let _: (i64, i64, i64) = (row.take()?, row.take()?, row.take()?);
        row.take()
    };
    let read = db.read(|tx| {
        let rows = tx.query(&format!("EXPLAIN QUERY PLAN {sql}"), &values)?;
        rows.into_iter().map(detail).collect()
    });
    read.unwrap()
}

/// One engine with one environment in it.
pub struct World {
    /// The running program.
    pub app: Arc<App>,
    /// Its clock; it stands at 2026-01-15T12:00:00Z until moved.
    pub clock: Arc<FixedClock>,
    /// The environment of [`World::call`].
    pub environment: EnvironmentId,
    /// The API key of that environment.
    pub key: Secret,
    handlers: &'static [Handler],
    runtime: tokio::runtime::Runtime,
    /// Where its data is: given up with it.
    _home: Box<dyn Any + Send + Sync>,
}

/// Runs a case on each engine.
pub fn each_engine(domains: Domains, case: impl Fn(&World)) {
    each_engine_with(domains, &options(), case);
}

/// The same with options; [`options`] are those that a world has by default.
pub fn each_engine_with(domains: Domains, options: &Options, case: impl Fn(&World)) {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Db::sqlite(&folder.path().join("test.db")).unwrap();
    case(&World::new(sqlite, domains, options.clone(), Extensions::default(), folder));
    let (postgres, schema) = schemas::take();
    case(&World::new(postgres, domains, options.clone(), Extensions::default(), schema));
}

/// The options of a test world. No resolver answers at its `dns_server`, so that no test asks one
/// that others run.
pub fn options() -> Options {
    let nobody = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    Options { private_targets: PrivateTargets::All, dns_server: Some(nobody), ..Options::default() }
}

/// Runs a case on SQLite alone: for what no engine can change.
pub fn on_sqlite(domains: Domains, case: impl Fn(&World)) {
    on_sqlite_with(domains, Extensions::default(), case);
}

/// The same in a program that was given something at its start.
pub fn on_sqlite_with(domains: Domains, extensions: Extensions, case: impl FnOnce(&World)) {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Db::sqlite(&folder.path().join("test.db")).unwrap();
    case(&World::new(sqlite, domains, options(), extensions, folder));
}

/// Runs a case on a SQLite database that fails when the case tells it to.
pub fn on_failing_sqlite(domains: Domains, case: impl FnOnce(&World, &Faults)) {
    let folder = tempfile::tempdir().unwrap();
    let (failing, faults) = Db::failing(&folder.path().join("test.db")).unwrap();
    case(&World::new(failing, domains, options(), Extensions::default(), folder), &faults);
}

/// A text as a reader of a page sees it: without the escapes that templates write.
pub fn unescape(html: &str) -> String {
    let pairs = [
        ("&#x2f;", "/"),
        ("&#x27;", "'"),
        ("&quot;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        // Last, so that what was escaped twice is unescaped once.
        ("&amp;", "&"),
    ];
    pairs.iter().fold(html.trim().to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The address of a fresh schema on the test server, without tables.
pub fn postgres_url() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let n = COUNT.fetch_add(1, Ordering::SeqCst);
    let at = jiff::Timestamp::now().as_microsecond();
    let schema = format!("t{}_{at}_{n}", std::process::id());
    let mut client = postgres::Client::connect(&server(), postgres::NoTls).unwrap();
    client.batch_execute(&format!("CREATE SCHEMA {schema}")).unwrap();
    address(&schema)
}

/// The test server.
fn server() -> String {
    std::env::var("VESTIBULE_TEST_POSTGRES").unwrap_or_else(|_| {
        panic!("VESTIBULE_TEST_POSTGRES names no PostgreSQL server: run ./test, which starts one")
    })
}

/// The address of a schema on the test server.
fn address(schema: &str) -> String {
    let server = server();
    let mark = if server.contains('?') { '&' } else { '?' };
    // Nothing here outlives its server, so no commit waits for a disk.
    format!("{server}{mark}options=-csearch_path%3D{schema}%20-csynchronous_commit%3Doff")
}

impl World {
    fn new(
        db: Db,
        domains: Domains,
        options: Options,
        extensions: Extensions,
        home: impl Any + Send + Sync,
    ) -> Self {
        db.migrate(MIGRATIONS).unwrap();
        let clock = Arc::new(FixedClock::at(Time::from_millis(1_768_478_400_000)));
        let app = App::new(Parts {
            db,
            clock: clock.clone(),
            chance: Chance::seeded(7),
            sealer: Sealer::new(&[7; 32]).unwrap(),
            catalog: Catalog::new(domains.operations),
            reactions: domains.reactions,
            options,
            extensions,
        })
        .unwrap();
        let (environment, key) = Self::add_environment(&app, "01");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let (handlers, home) = (domains.handlers, Box::new(home));
        Self { app, clock, environment, key, handlers, runtime, _home: home }
    }
    fn add_environment(app: &Arc<App>, suffix: &str) -> (EnvironmentId, Secret) {
        let id = EnvironmentId::parse(&format!("environment_{suffix}")).unwrap();
        let client = ClientId::parse(&format!("client_{suffix}")).unwrap();
        environment::create(app, "Test", Some(id.clone()), Some(client)).unwrap();
        let key = Some(Secret::new(format!("sk_test_{suffix}")));
        let key = environment::create_key(app, &id, "test", key).unwrap();
        (id, key)
    }
    /// Another environment, whose objects must stay out of sight.
    pub fn other_environment(&self) -> (EnvironmentId, Secret) {
        Self::add_environment(&self.app, "02")
    }
    /// Calls an operation with the environment's key.
    pub fn call(&self, id: &str, input: Value) -> Result<Value> {
        let request = Request { credential: Some(self.key.clone()), ..Request::default() };
        self.call_as(request, id, input)?.json()
    }
    /// Calls an operation with a request of one's own.
    pub fn call_as(&self, request: Request, id: &str, input: Value) -> Result<Reply> {
        let entry = self.app.catalog().get(id).unwrap_or_else(|| panic!("no operation {id}"));
        let reply = self.runtime.block_on(self.app.call(Call { entry, input, request }))?;
        contract::check_declared(&entry.op, &reply.body);
        contract::check_reply(&entry.op, &reply.body);
        Ok(reply)
    }
    /// Tries an operation with the environment's key, and undoes it.
    pub fn rehearse(&self, id: &str, input: Value) -> Result<Value> {
        let request = Request { credential: Some(self.key.clone()), ..Request::default() };
        self.rehearse_as(request, id, input)
    }
    /// Tries an operation with a request of one's own, and undoes it.
    pub fn rehearse_as(&self, request: Request, id: &str, input: Value) -> Result<Value> {
        let entry = self.app.catalog().get(id).unwrap();
        self.block_on(self.app.rehearse(Call { entry, input, request }))?.json()
    }
    /// Runs a future, for what is asynchronous.
    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
    /// Doors to the database, as the program itself has them.
    pub fn flow(&self) -> FlowCx {
        self.app.system(&self.environment)
    }
    /// Does all jobs that are due.
    pub fn drain(&self) {
        while job::run_due(&self.app, self.handlers).unwrap() > 0 {}
    }
    /// The names and payloads of all events of the environment, oldest first.
    pub fn events(&self) -> Vec<(String, Value)> {
        self.flow()
            .read(|cx| {
                let sql = "SELECT event, data FROM events WHERE environment_id = $1 ORDER BY id";
                let values = [cx.environment.into()];
                let rows = cx.db().query(sql, &values)?;
                rows.into_iter()
                    .map(|mut row| {
                        let name: String = row.take()?;
                        Ok((name, row.take::<crate::db::Json<Value>>()?.0))
                    })
                    .collect()
            })
            .unwrap()
    }
    /// The names, payloads and contexts of the events of all environments.
    fn all_events(&self) -> Vec<(String, Value, Option<Value>)> {
        let sql =
            "SELECT event, data, context FROM events -- global: all are held against the contract";
        let read = |mut row: crate::db::Row| {
            let (name, data) = (row.take::<String>()?, row.take::<crate::db::Json<Value>>()?.0);
            let context: Option<String> = row.take()?;
            Ok((name, data, context.map(|it| serde_json::from_str(&it).unwrap())))
        };
        self.app.db().read(|tx| tx.query(sql, &[])?.into_iter().map(read).collect()).unwrap()
    }
    /// Every row of every table, by table: whether a case changed anything.
    pub fn everything(&self) -> BTreeMap<String, Vec<String>> {
        let of_table = |tx: &mut dyn crate::db::Tx, mut row: crate::db::Row| {
            let name: String = row.take()?;
            let rows = tx.query(&format!("SELECT * FROM {name} -- global: what it holds"), &[])?;
            let mut rows: Vec<String> = rows.iter().map(|it| format!("{it:?}")).collect();
            rows.sort();
            Ok((name, rows))
        };
        let sql = if self.app.db().reads_inline() {
            "SELECT name FROM sqlite_master WHERE type = 'table' -- global: the tables"
        } else {
            "SELECT CAST(tablename AS TEXT) FROM pg_tables
             WHERE schemaname = current_schema() -- global: the tables"
        };
        let read = |tx: &mut dyn crate::db::Tx| {
            let tables = tx.query(sql, &[])?;
            tables.into_iter().map(|row| of_table(tx, row)).collect()
        };
        self.app.db().read(read).unwrap()
    }
    /// The names of all events of the environment, oldest first.
    pub fn event_names(&self) -> Vec<String> {
        self.events().into_iter().map(|it| it.0).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        for (name, data, context) in self.all_events() {
            contract::check_event(&name, &data, context.as_ref());
        }
        let (due, failed) = job::backlog(&self.app).unwrap();
        assert_eq!((due, failed), (0, 0), "the test leaves jobs (due, failed) undone");
    }
}
