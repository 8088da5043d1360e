//! The running program, and what an operation may touch of it: one transaction, the clock, chance,
//! and the caller.
use std::any::{Any, TypeId};
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::agent::Agent;
use crate::agent::calls::Gathered;
use crate::call::Request;
use crate::catalog::Catalog;
use crate::chance::Chance;
use crate::db::{Db, Tx};
use crate::event::{Event, Reaction};
use crate::hashing::HashPool;
use crate::id::EnvironmentId;
use crate::kept::Kept;
use crate::limit::Meters;
use crate::net::Net;
use crate::sandbox::{Instant, LazyInstant, Sandbox};
use crate::secret::Sealer;
use crate::time::{Clock, Seconds, Time};
use crate::{Error, Result};

/// What the program was told at its start that domains need to know.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where clients and browsers reach us, without a slash at the end.
    pub public_url: String,
    /// Whether demo conveniences are on.
    pub dev: bool,
    /// For how long a refresh token that was already exchanged still yields the same successor.
    pub refresh_replay_seconds: Seconds,
    /// The resolver that proves domains; the system's where there is none.
    pub dns_server: Option<std::net::SocketAddr>,
    /// Which loopback and private addresses webhooks and the like may go to, and by plain http.
    pub private_targets: crate::net::PrivateTargets,
    /// What names lead to that webhooks and the like go to.
    pub lookup: crate::net::Lookup,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:4100".to_owned(),
            dev: false,
            refresh_replay_seconds: 30,
            dns_server: None,
            private_targets: crate::net::PrivateTargets::None,
            lookup: None,
        }
    }
}

/// The running program.
pub struct App {
    db: Arc<Db>,
    clock: Arc<dyn Clock>,
    chance: Chance,
    sealer: Sealer,
    catalog: &'static Catalog,
    reactions: &'static [Reaction],
    options: Options,
    extensions: Extensions,
    hashing: HashPool,
    kept: Kept,
    net: Arc<Net>,
    pub(crate) flows: Arc<tokio::sync::Semaphore>,
    pub(crate) meters: Arc<Meters>,
    agent_calls: Gathered,
    events_written: tokio::sync::Notify,
    jobs_written: tokio::sync::Notify,
}

/// What domains put into the program at its start, one value of each type: the server that takes
/// mail, and the like.
#[derive(Default)]
pub struct Extensions(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl Extensions {
    /// Adds a value, in the place of an earlier one of its type.
    pub fn with<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.0.insert(TypeId::of::<T>(), Box::new(value));
        self
    }
    fn get<T: 'static>(&self) -> Option<&T> {
        self.0.get(&TypeId::of::<T>())?.downcast_ref()
    }
}

impl std::fmt::Debug for Extensions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} extensions", self.0.len())
    }
}

/// How many flows run at once; further ones wait their turn.
const FLOWS_MAX: usize = 256;

/// What an [`App`] is made of.
#[expect(missing_docs, reason = "documented where they are declared")]
pub struct Parts {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub chance: Chance,
    pub sealer: Sealer,
    pub catalog: Catalog,
    pub reactions: &'static [Reaction],
    pub options: Options,
    pub extensions: Extensions,
}

impl App {
    /// Puts the program together. The catalogue lives as long as the process.
    pub fn new(parts: Parts) -> Result<Arc<Self>> {
        let Parts { db, clock, chance, sealer, catalog, reactions, options, extensions } = parts;
        Ok(Arc::new(Self {
            db: Arc::new(db),
            clock,
            chance,
            sealer,
            catalog: Box::leak(Box::new(catalog)),
            reactions,
            net: Arc::new(Net::new(&options)),
            options,
            extensions,
            hashing: HashPool::new()?,
            kept: Kept::default(),
            flows: Arc::new(tokio::sync::Semaphore::new(FLOWS_MAX)),
            meters: Arc::default(),
            agent_calls: Gathered::default(),
            events_written: tokio::sync::Notify::new(),
            jobs_written: tokio::sync::Notify::new(),
        }))
    }
    /// The database. Domains use [`Cx::db`].
    pub fn db(&self) -> &Arc<Db> {
        &self.db
    }
    /// The present instant. Inside an operation, [`Cx::now`] is the one to use.
    pub fn now(&self) -> Time {
        self.clock.now()
    }
    /// Randomness and fresh ids.
    pub fn chance(&self) -> &Chance {
        &self.chance
    }
    /// Seals what must be read again.
    pub fn sealer(&self) -> &Sealer {
        &self.sealer
    }
    /// All operations.
    pub fn catalog(&self) -> &'static Catalog {
        self.catalog
    }
    /// What the program was told at its start.
    pub fn options(&self) -> &Options {
        &self.options
    }
    /// What a domain put in at the start, if it did.
    pub fn extension<T: 'static>(&self) -> Option<&T> {
        self.extensions.get()
    }
    pub(crate) fn reactions(&self) -> &'static [Reaction] {
        self.reactions
    }
    /// The pool that hashes passwords.
    pub fn hashing(&self) -> &HashPool {
        &self.hashing
    }
    pub(crate) fn kept(&self) -> &Kept {
        &self.kept
    }
    pub(crate) fn agent_calls(&self) -> &Gathered {
        &self.agent_calls
    }
    /// The way out: HTTP and DNS.
    pub fn net(&self) -> &Arc<Net> {
        &self.net
    }
    /// Wakes when events were committed on this node.
    pub fn events_written(&self) -> &tokio::sync::Notify {
        &self.events_written
    }
    /// Wakes when jobs were committed on this node.
    pub fn jobs_written(&self) -> &tokio::sync::Notify {
        &self.jobs_written
    }
    /// Doors to the database for the program itself: workers, the seed, tests.
    pub fn system(self: &Arc<Self>, environment: &EnvironmentId) -> FlowCx {
        FlowCx::new(
            self.clone(),
            Arc::new(Caller::system(environment.clone())),
            Arc::new(Request::default()),
            LazyInstant::at(self.now()),
        )
    }
    pub(crate) fn wake(&self, noted: Noted) {
        if noted.events {
            self.events_written.notify_one();
        }
        if noted.jobs {
            self.jobs_written.notify_one();
        }
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "App on {:?}", self.db)
    }
}

/// Who calls.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The environment that all of the call stays in.
    pub environment: EnvironmentId,
    /// Who acts, for events.
    pub actor: Actor,
    /// What opens the door to them.
    pub principal: Principal,
}

impl Caller {
    /// The program itself, or somebody of whom nothing is known.
    pub fn system(environment: EnvironmentId) -> Self {
        Self { environment, actor: Actor::system(), principal: Principal::System }
    }
    /// The agent token that opens the door, if it is one.
    pub fn agent(&self) -> Option<&Arc<Agent>> {
        match &self.principal {
            Principal::Agent(it) => Some(it),
            Principal::System | Principal::Key | Principal::Approver => None,
        }
    }
}

/// What opens the door to a caller.
#[derive(Clone, Debug)]
pub enum Principal {
    /// Nothing: the program itself, or an operation that looks at its own input.
    System,
    /// A secret API key.
    Key,
    /// An agent token.
    Agent(Arc<Agent>),
    /// The key of somebody who approves what agents do, and does nothing else.
    Approver,
}

/// Who acts, as event contexts name them (contract 10).
#[derive(Clone, Debug, Serialize)]
pub struct Actor {
    /// The id of the key or the part of the program.
    pub id: String,
    /// `api`, `dashboard`, `admin_portal` or `system`.
    pub source: &'static str,
    /// A name for people.
    pub name: Option<String>,
}

impl Actor {
    /// The program itself.
    pub fn system() -> Self {
        Self { id: "system".to_owned(), source: "system", name: None }
    }
}

/// What a transaction wrote that workers wait for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Noted {
    events: bool,
    jobs: bool,
}

/// An event that was written, as the events list has it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Heard {
    event: &'static str,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(crate) data: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Value>,
}

impl Heard {
    /// Its name alone.
    pub(crate) fn by_name(self) -> Self {
        Self { data: Value::Null, context: None, ..self }
    }
}

/// The context of one operation: one transaction, one instant, one caller.
///
/// First parameter everywhere; never stored.
pub struct Cx<'a> {
    /// The running program.
    pub app: &'a App,
    /// The environment of the call: every statement names it.
    pub environment: &'a EnvironmentId,
    /// Who calls.
    pub caller: &'a Caller,
    /// The request that the call came by.
    pub request: &'a Request,
    tx: &'a mut dyn Tx,
    instant: Instant,
    noted: Noted,
    locale: Option<String>,
    /// The events that were written, where somebody listens.
    heard: Option<Vec<Heard>>,
    /// Whether nobody has asked for the time.
    is_timeless: Cell<bool>,
}

impl<'a> Cx<'a> {
    pub(crate) fn new(
        app: &'a App,
        tx: &'a mut dyn Tx,
        caller: &'a Caller,
        request: &'a Request,
        instant: Instant,
    ) -> Self {
        Self {
            app,
            environment: &caller.environment,
            caller,
            request,
            tx,
            instant,
            noted: Noted::default(),
            locale: None,
            heard: None,
            is_timeless: Cell::new(true),
        }
    }
    /// The instant of the operation; it does not move while the operation runs.
    pub fn now(&self) -> Time {
        self.is_timeless.set(false);
        self.instant.now()
    }
    /// The same by the clock of the machine, which a sandbox does not move: for what workers heed.
    pub fn machine_now(&self) -> Time {
        self.is_timeless.set(false);
        self.instant.machine
    }
    /// The instant of this line, which is not that at which the operation began.
    pub fn later(&self) -> Time {
        self.is_timeless.set(false);
        Instant { machine: self.app.now(), ..self.instant }.now()
    }
    /// Whether nothing that was done so far depends on the time, or on an answer that was kept by
    /// itself.
    pub(crate) fn is_timeless(&self) -> bool {
        self.is_timeless.get()
    }
    /// Notes that what is done depends on more than the input and the tables that it reads.
    pub(crate) fn note_impure(&self) {
        self.is_timeless.set(false);
    }
    /// The state of the environment as a sandbox, if it is one.
    pub fn sandbox(&self) -> Option<Sandbox> {
        self.instant.sandbox
    }
    /// Has the messages of this call written in a language, such as `de-AT`, where one is asked for.
    pub fn write_in(&mut self, locale: Option<String>) {
        self.locale = locale;
    }
    /// The language that the messages of this call are asked for in.
    pub fn locale(&self) -> Option<&str> {
        self.locale.as_deref()
    }
    /// The open transaction.
    pub fn db(&mut self) -> &mut dyn Tx {
        &mut *self.tx
    }
    /// Does the work and undoes all that it wrote, for what must take as long as if it were done.
    pub fn rehearse<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let noted = self.noted;
        self.tx.execute("SAVEPOINT rehearsal -- global", &[])?;
        let done = work(self)?;
        self.tx.execute("ROLLBACK TO SAVEPOINT rehearsal -- global", &[])?;
        self.tx.execute("RELEASE SAVEPOINT rehearsal -- global", &[])?;
        self.noted = noted;
        Ok(done)
    }
    /// Writes an event, and lets other domains react to it, in this transaction.
    pub fn emit<T: Serialize>(&mut self, event: &Event<T>, payload: &T) -> Result<()> {
        crate::event::emit(self, event.name, payload, None)
    }
    /// The same, with a context (contract 10: actor, previous attributes, …).
    pub fn emit_with<T: Serialize>(
        &mut self,
        event: &Event<T>,
        payload: &T,
        context: &Value,
    ) -> Result<()> {
        crate::event::emit(self, event.name, payload, Some(context))
    }
    /// Seals `plain` for `purpose`, such as `"webhook_endpoints.secret"`.
    pub fn seal(&self, purpose: &str, plain: &str) -> Result<Vec<u8>> {
        self.app.sealer.seal(&self.app.chance, purpose, plain.as_bytes())
    }
    /// Moves the instant of this operation to where the clock of its sandbox is now.
    pub(crate) fn set_sandbox(&mut self, sandbox: Sandbox) {
        self.instant.sandbox = Some(sandbox);
    }
    /// Keeps the events from here on, for [`Cx::heard`].
    pub(crate) fn hear(&mut self) {
        self.heard = Some(Vec::new());
    }
    pub(crate) fn heard(&mut self) -> Vec<Heard> {
        self.heard.take().unwrap_or_default()
    }
    pub(crate) fn note_event(
        &mut self,
        event: &'static str,
        data: &Value,
        context: Option<&Value>,
    ) {
        self.noted.events = true;
        if let Some(heard) = &mut self.heard {
            heard.push(Heard { event, data: data.clone(), context: context.cloned() });
        }
    }
    pub(crate) fn note_job(&mut self) {
        self.noted.jobs = true;
    }
    pub(crate) fn noted(&self) -> Noted {
        self.noted
    }
}

/// The context of a [`crate::Flow`]: no open transaction, but doors to one, on a thread that may
/// block.
#[derive(Clone)]
pub struct FlowCx {
    /// The running program.
    pub app: Arc<App>,
    caller: Arc<Caller>,
    request: Arc<Request>,
    instant: Arc<LazyInstant>,
}

impl FlowCx {
    pub(crate) fn new(
        app: Arc<App>,
        caller: Arc<Caller>,
        request: Arc<Request>,
        instant: LazyInstant,
    ) -> Self {
        Self { app, caller, request, instant: Arc::new(instant) }
    }
    /// The environment of the call.
    pub fn environment(&self) -> &EnvironmentId {
        &self.caller.environment
    }
    /// Who calls.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }
    /// The request that the call came by.
    pub fn request(&self) -> &Request {
        &self.request
    }
    /// The instant of the flow; it does not move while the flow runs.
    pub fn now(&self) -> Time {
        let find = |tx: &mut dyn Tx| self.instant.find(tx, self.environment());
        let instant = self.instant.get().map_or_else(|| self.app.db.read(find), Ok);
        match instant {
            Ok(instant) => instant.now(),
            Err(error) => {
                // Whatever the flow asks the database next fails too.
                tracing::error!(?error, "whether an environment is a sandbox is not known");
                self.instant.machine()
            }
        }
    }
    /// Whether the environment is a sandbox.
    pub fn is_sandbox(&self) -> Result<bool> {
        self.read(|cx| Ok(cx.sandbox().is_some()))
    }
    /// The same doors with another request, for pages that act for a browser.
    pub fn with_request(&self, request: Request) -> Self {
        let instant = Arc::new(LazyInstant::at(self.app.now()));
        Self { request: Arc::new(request), instant, ..self.clone() }
    }
    pub(crate) fn with_caller(&self, caller: Arc<Caller>) -> Self {
        Self { caller, ..self.clone() }
    }
    /// Reads in one snapshot.
    pub fn read<T>(&self, mut work: impl FnMut(&mut Cx<'_>) -> Result<T>) -> Result<T> {
        self.app.db.read(|tx| {
            let instant = self.instant.find(tx, self.environment())?;
            work(&mut Cx::new(&self.app, tx, &self.caller, &self.request, instant))
        })
    }
    /// Writes in one transaction. On PostgreSQL `work` may run several times.
    pub fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Cx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let Self { app, caller, request, instant } = self.clone();
        let (done, noted) = self.app.db.write(move |tx| {
            let instant = instant.find(tx, &caller.environment)?;
            let mut cx = Cx::new(&app, tx, &caller, &request, instant);
            let done = work(&mut cx)?;
            Ok((done, cx.noted()))
        })?;
        self.app.wake(noted);
        Ok(done)
    }
    /// Hashes a password, or does other work that burns the processor, on the pool that is there
    /// for it.
    pub fn hash<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        self.app.hashing.run(work)
    }
}

impl std::fmt::Debug for FlowCx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FlowCx in {}", self.environment())
    }
}

/// The answer when too much waits for the processor.
pub(crate) fn busy() -> Error {
    Error::unavailable("The server is busy. Try again in a moment.", 1)
}
