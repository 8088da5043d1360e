//! The operation catalogue: each operation is declared once, as a type, and every surface reads it.
use std::ops::Deref;
use std::sync::{LazyLock, OnceLock};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::agent::redact::SecretFields;
use crate::db::Tx;
use crate::id::EnvironmentId;
use crate::secret::Secret;
use crate::{App, Code, Cx, Error, FlowCx, Result};

mod forms;

pub(crate) use forms::SECRET;
pub use forms::{Forms, NULLABLE, SHOWN};

/// The method of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "they are the methods of HTTP")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// As HTTP writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
    /// The method that HTTP writes so.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete]
            .into_iter()
            .find(|it| it.name() == name)
    }
}

/// Where REST finds an operation: a method and a path whose `{name}`s are fields of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route(pub Method, pub &'static str);

impl Route {
    /// The names between braces, in order.
    pub fn path_fields(&self) -> impl Iterator<Item = &'static str> {
        self.1.split('/').filter_map(|it| it.strip_prefix('{')?.strip_suffix('}'))
    }
}

/// What an operation does to the data, for agents and for their policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Effect {
    /// Changes nothing that a client could notice.
    Read,
    /// Creates or changes.
    Write,
    /// Deletes, revokes or ends something for good.
    Destructive,
}

impl Effect {
    /// As the wire has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Destructive => "destructive",
        }
    }
}

/// How the organization is known that a call stays in: for tokens that may not leave some.
///
/// What is declared here must hold for all that the operation reads, changes and answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// By the field `organization_id`, where the input has one; else it is not.
    Named,
    /// This field of the input holds its id.
    Field(&'static str),
    /// This field of the input holds the id of a row of this table, which has the column
    /// `organization_id`.
    Row {
        /// The table.
        table: &'static str,
        /// The field.
        field: &'static str,
    },
    /// It is not: the call may be about several, or about none.
    Nowhere,
}

/// Where the fields that are not in the path travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// In the query.
    Query,
    /// In a JSON body.
    Body,
    /// In a JSON or form body (the OAuth endpoints).
    BodyOrForm,
    /// The same, and what the body lacks in the query: `/sso/token` alone (contract 07).
    BodyFormOrQuery,
}

/// Finds the environment of a call that carries no API key; a read of its own before the call.
pub type Resolve = fn(&App, &mut dyn Tx, &Value) -> Result<EnvironmentId>;

/// Finds the environment of a call by a bearer token that is no API key; the same kind of read.
pub type ResolveToken = fn(&App, &mut dyn Tx, Option<&Secret>) -> Result<EnvironmentId>;

/// Who may call an operation.
#[derive(Clone, Copy, Debug)]
pub enum Access {
    /// The holder of a secret API key of an environment, or of an agent token.
    ApiKey,
    /// The holder of a secret API key, and of no agent token.
    Owner,
    /// The same, or the holder of an approver's key.
    Approver,
    /// Anybody: the operation looks at its own input, such as a `client_id`.
    Open(Resolve),
    /// The bearer of a token that the operation knows, such as the one of `/sso/token`.
    Token(ResolveToken),
}

impl Access {
    /// Whether a secret API key opens it.
    pub const fn takes_keys(&self) -> bool {
        match self {
            Self::ApiKey | Self::Owner | Self::Approver => true,
            Self::Open(_) | Self::Token(_) => false,
        }
    }
}

const fn effect_of(route: Route) -> Effect {
    match route.0 {
        Method::Get => Effect::Read,
        Method::Post | Method::Put | Method::Patch => Effect::Write,
        Method::Delete => Effect::Destructive,
    }
}

const fn input_of(route: Route) -> Input {
    match route.0 {
        Method::Get | Method::Delete => Input::Query,
        Method::Post | Method::Put | Method::Patch => Input::Body,
    }
}

macro_rules! declaration {
    ($(#[$doc:meta])* $name:ident, $context:ty, $($extra:tt)*) => {
        $(#[$doc])*
        ///
        /// The implementing struct is the input: its fields are the path, query and body
        /// parameters, and its doc comment is the text that the API reference, `--help` and the
        /// MCP tool show.
        pub trait $name: DeserializeOwned + JsonSchema + Sized + Send + 'static {
            /// The stable name, `domain.verb`: also the command `vestibule domain verb`.
            const ID: &'static str;
            /// Where REST serves it.
            const ROUTE: Route;
            /// Further routes that clients call it by.
            const ALIASES: &'static [Route] = &[];
            /// What it does to the data.
            const EFFECT: Effect = effect_of(Self::ROUTE);
            /// Where its fields travel.
            const INPUT: Input = input_of(Self::ROUTE);
            /// Who may call it.
            const ACCESS: Access = Access::ApiKey;
            /// The codes it may fail with, besides [`crate::error::COMMON_CODES`].
            const FAILS: &'static [Code] = &[];
            /// The statuses it may fail with that its codes do not tell: the contract's
            /// `{message}` refusals.
            const STATUSES: &'static [u16] = &[];
            /// Dotted paths of the fields of its reply that hold a secret, a token, a one-time
            /// code or a one-click link; `*` stands for each item of a list.
            const SECRETS: &'static [&'static str] = &[];
            /// Whether the official description of the WorkOS API lacks it: it is ours, or
            /// official clients call it all the same.
            const EXTENSION: bool = false;
            /// Whether a browser navigates to it, so that its errors are pages.
            const BROWSER: bool = false;
            /// How the organization is known that a call of it stays in.
            const WITHIN: Within = Within::Named;
            /// Whether it heeds an `Idempotency-Key` itself, so that no answer is kept for it.
            const OWN_KEYS: bool = false;
            /// For what goes on after the answer, such as an export: the `state` that it ends in
            /// where all went well. Until it ends its state is [`UNDER_WAY`], as `domain.get` of its
            /// `id` tells.
            const ENDS_AS: Option<&'static str> = None;
            $($extra)*
            /// Its reply, whose type carries the status.
            type Reply: IntoReply;

            /// Does it.
            fn run(self, cx: $context) -> Result<Self::Reply>;
        }
    };
}

declaration! {
    /// One thing the product can do, inside one transaction.
    Operation, &mut Cx<'_>,
    /// Whether it needs the writer, though its effect is [`Effect::Read`].
    const WRITES: bool = !matches!(Self::EFFECT, Effect::Read);
    /// Whether it may read for long (a search, an export), and so must not run on a thread that
    /// serves others.
    const LONG: bool = false;
    /// Whether its answer depends on the input and the data alone: not on the time, nor on who asks or
    /// how. Then it is answered from memory for as long as nothing is written into the tables that it
    /// read. Declare it of what applications ask for again and again.
    const PURE: bool = false;
}
declaration! {
    /// One thing the product can do that asks the world or burns the processor on its way, and so
    /// holds no transaction open: it has doors to one ([`FlowCx::read`], [`FlowCx::write`]).
    Flow, &FlowCx,
}

/// The `state` of what goes on after the answer of the operation that began it.
pub const UNDER_WAY: &str = "pending";

/// A finished reply, ready for any surface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// JSON; empty where there is no body.
    pub body: Vec<u8>,
    /// Where a redirect leads.
    pub location: Option<String>,
    /// `Set-Cookie` lines.
    pub cookies: Vec<String>,
}

impl Reply {
    /// The body as a JSON value; null where there is none.
    pub fn json(&self) -> Result<Value> {
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&self.body).map_err(Error::internal)
    }
    fn of(status: u16, body: Vec<u8>) -> Self {
        Self { status, body, location: None, cookies: Vec::new() }
    }
}

/// The reply types carry the status, so that code and documentation cannot disagree.
pub trait IntoReply {
    /// The status of success.
    const STATUS: u16;
    /// The finished reply.
    fn reply(self) -> Result<Reply>;
    /// The schema of the body, where there is one.
    fn schema(g: &mut SchemaGenerator) -> Option<Schema>;
}

macro_rules! replies {
    ($($(#[$doc:meta])* $name:ident = $status:literal),*) => { $(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name<T>(pub T);
        impl<T: Serialize + JsonSchema> IntoReply for $name<T> {
            const STATUS: u16 = $status;
            fn reply(self) -> Result<Reply> {
                Ok(Reply::of($status, serde_json::to_vec(&self.0).map_err(Error::internal)?))
            }
            fn schema(g: &mut SchemaGenerator) -> Option<Schema> { Some(g.subschema_for::<T>()) }
        }
    )* };
}
replies! {
    /// 200 with a body.
    Fine = 200,
    /// 201 with a body.
    Created = 201,
    /// 202 with a body.
    Accepted = 202
}

macro_rules! bodiless {
    ($($(#[$doc:meta])* $name:ident = $status:literal),*) => { $(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;
        impl IntoReply for $name {
            const STATUS: u16 = $status;
            fn reply(self) -> Result<Reply> { Ok(Reply::of($status, Vec::new())) }
            fn schema(_: &mut SchemaGenerator) -> Option<Schema> { None }
        }
    )* };
}
bodiless! {
    /// 200 without a body.
    Empty = 200,
    /// 204.
    NoContent = 204
}

/// 302 to an address, perhaps with cookies.
#[derive(Debug)]
pub struct Redirect {
    /// Where to.
    pub location: String,
    /// `Set-Cookie` lines.
    pub cookies: Vec<String>,
}
impl IntoReply for Redirect {
    const STATUS: u16 = 302;
    fn reply(self) -> Result<Reply> {
        let Self { location, cookies } = self;
        Ok(Reply { status: 302, body: Vec::new(), location: Some(location), cookies })
    }
    fn schema(_: &mut SchemaGenerator) -> Option<Schema> {
        None
    }
}

/// How an operation is run.
#[derive(Clone, Copy)]
pub enum Run {
    /// In one transaction.
    Operation {
        /// Runs it.
        run: fn(&mut Cx<'_>, &Value) -> Result<Reply>,
        /// Whether it needs the writer.
        writes: bool,
        /// Whether it may read for long.
        long: bool,
        /// Whether its answer may be kept.
        pure: bool,
    },
    /// With doors to transactions.
    Flow(fn(&FlowCx, &Value) -> Result<Reply>),
}

/// An [`Operation`] or [`Flow`] with its types erased. The fields are the constants of those.
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "documented where they are declared")]
pub struct Op {
    pub id: &'static str,
    pub route: Route,
    pub aliases: &'static [Route],
    pub effect: Effect,
    pub input: Input,
    pub access: Access,
    pub fails: &'static [Code],
    pub statuses: &'static [u16],
    pub secrets: &'static [&'static str],
    pub extension: bool,
    pub browser: bool,
    pub own_keys: bool,
    pub ends_as: Option<&'static str>,
    pub within: Within,
    pub status: u16,
    pub input_schema: fn(&mut SchemaGenerator) -> Schema,
    pub reply_schema: fn(&mut SchemaGenerator) -> Option<Schema>,
    pub run: Run,
}

impl Op {
    /// Whether its reply carries a secret.
    pub const fn sensitive(&self) -> bool {
        !self.secrets.is_empty()
    }
    /// The schema of its reply, where it has a body; nothing in it refers to anything outside.
    pub fn whole_reply_schema(&self) -> Option<Value> {
        let mut generator = schemars::generate::SchemaSettings::draft2020_12()
            .for_serialize()
            .with(|it| {
                it.meta_schema = None;
                it.inline_subschemas = true;
            })
            .into_generator();
        (self.reply_schema)(&mut generator).map(Schema::to_value)
    }
}

impl std::fmt::Debug for Op {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

macro_rules! erase {
    ($kind:ident, $run:expr) => {
        Op {
            id: O::ID,
            route: O::ROUTE,
            aliases: O::ALIASES,
            effect: O::EFFECT,
            input: O::INPUT,
            access: O::ACCESS,
            fails: O::FAILS,
            statuses: O::STATUSES,
            secrets: O::SECRETS,
            extension: O::EXTENSION,
            browser: O::BROWSER,
            own_keys: O::OWN_KEYS,
            ends_as: O::ENDS_AS,
            within: O::WITHIN,
            status: O::Reply::STATUS,
            input_schema: |g| O::json_schema(g),
            reply_schema: O::Reply::schema,
            run: $run,
        }
    };
}

/// The catalogue's entry for an operation.
pub const fn op<O: Operation>() -> Op {
    let run = Run::Operation {
        run: |cx, input| decode::<O>(input)?.run(cx)?.reply(),
        writes: O::WRITES,
        long: O::LONG,
        pure: O::PURE && !O::WRITES,
    };
    erase!(Operation, run)
}

/// The catalogue's entry for a flow.
pub const fn flow<O: Flow>() -> Op {
    erase!(Flow, Run::Flow(|cx, input| decode::<O>(input)?.run(cx)?.reply()))
}

/// Reads the input; the error names the field.
fn decode<O: DeserializeOwned>(input: &Value) -> Result<O> {
    // To keep the path takes time, and only an error needs it.
    if let Ok(decoded) = O::deserialize(input) {
        return Ok(decoded);
    }
    serde_path_to_error::deserialize(input).map_err(|error| {
        let field = match error.path().to_string() {
            it if it == "." => String::new(),
            it => it,
        };
        Error::invalid_field(&field, "invalid", error.inner().to_string())
    })
}

/// Checks inputs against their schema, so that the error names every refused field at once.
///
/// Its forms are worked out at their first use, so that a start does not wait for all of them, and
/// those that nobody uses take no memory.
pub struct Entry {
    /// The operation.
    pub op: Op,
    forms: LazyLock<Forms, Box<dyn FnOnce() -> Forms + Send>>,
    validator: OnceLock<jsonschema::Validator>,
}

impl Deref for Entry {
    type Target = Forms;
    fn deref(&self) -> &Forms {
        &self.forms
    }
}

impl Entry {
    fn new(op: Op) -> Self {
        let forms = LazyLock::new(Box::new(move || Forms::of(&op)) as Box<_>);
        Self { op, forms, validator: OnceLock::new() }
    }
    /// Refuses an input that does not have the declared form.
    pub fn check(&self, input: &Value) -> Result<()> {
        crate::call::check_input(self.validator()?, input)
    }
    fn validator(&self) -> Result<&jsonschema::Validator> {
        if let Some(it) = self.validator.get() {
            return Ok(it);
        }
        let built = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .build(&self.checked)
            .map_err(|it| Error::internal(format!("the input schema of {}: {it}", self.op.id)))?;
        Ok(self.validator.get_or_init(|| built))
    }
    /// The declared type of a field (`integer`, `array`, …), for text that comes from a path, a
    /// query or a command line.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.schema.get("properties")?.get(name)
    }
}

/// Refuses an input that does not have the form of `schema`: for an operation of another server,
/// which has no [`Entry`].
pub fn check(schema: &Value, input: &Value) -> Result<()> {
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .build(schema)
        .map_err(Error::internal)?;
    crate::call::check_input(&validator, input)
}

/// All operations of the program.
pub struct Catalog {
    entries: Vec<Entry>,
    by_id: std::collections::HashMap<&'static str, usize>,
    /// Read off the declarations when they are first asked for.
    secrets: OnceLock<SecretFields>,
}

impl Catalog {
    /// Gathers the operations of the domains.
    pub fn new(domains: &[&[Op]]) -> Self {
        let entries: Vec<_> = domains.concat().into_iter().map(Entry::new).collect();
        let by_id = entries.iter().enumerate().map(|(i, it)| (it.op.id, i)).collect();
        Self { entries, by_id, secrets: OnceLock::new() }
    }
    /// Every operation, in the order of the domains.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
    /// The fields of objects that hold a secret.
    pub(crate) fn secrets(&self) -> &SecretFields {
        self.secrets.get_or_init(|| SecretFields::of(&self.entries))
    }
    /// The operation of this name.
    pub fn get(&self, id: &str) -> Option<&Entry> {
        self.by_id.get(id).map(|i| &self.entries[*i])
    }
}

impl std::fmt::Debug for Catalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Catalog of {}", self.entries.len())
    }
}
