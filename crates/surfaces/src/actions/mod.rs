//! What an agent can do: every operation of the catalogue, and the official ones that only other
//! servers have, under every name that people and models know them by.
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{LazyLock, OnceLock};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use vestibule_kernel::catalog::{self, Catalog, Entry};
use vestibule_kernel::{Effect, Error, Input, Method, Result, Route};

mod arguments;
mod names;
mod run;
mod search;

pub use arguments::{Unfit, field_of, fit};
pub use names::Unknown;
pub use run::{Failure, Prepared, Runner};
pub use search::Found;

/// The operations that this program does not serve, made by contract/elsewhere.py.
const ELSEWHERE: &str = include_str!("elsewhere.json");

/// What to do, at a server that lacks them, in the place of operations of ours that agents know by the
/// names of other products.
const INSTEAD: &[(&str, &str)] = &[
    (
        "connections.create",
        "portal_links.create with intent sso makes a link by which the customer's administrator sets \
         the connection up.",
    ),
    (
        "connections.update",
        "portal_links.create with intent sso makes a link by which the customer's administrator \
         changes it.",
    ),
    (
        "connections.activate",
        "portal_links.create with intent sso makes a link by which the customer's administrator \
         activates it.",
    ),
    (
        "connections.deactivate",
        "connections.delete removes it for good; nothing else switches it off by API.",
    ),
];

fn instead(id: &str) -> Option<&'static str> {
    INSTEAD.iter().find(|it| it.0 == id).map(|it| it.1)
}

/// One thing that an agent can do.
pub struct Action {
    /// The stable name, `domain.verb`.
    pub id: Cow<'static, str>,
    /// The method and path at a server.
    pub method: Method,
    /// The path, whose `{name}`s are fields of the input.
    pub path: Cow<'static, str>,
    /// Where the fields travel that are not in the path.
    pub travels: Input,
    /// What it does to the data.
    pub effect: Effect,
    /// The fields of its reply that hold a secret; `*` stands for each item of a list.
    pub secrets: Vec<Cow<'static, str>>,
    /// The catalogue's entry, where this program serves it.
    pub entry: Option<&'static Entry>,
    /// Whether the official description of the API lacks it.
    pub extension: bool,
    /// What to do at a server without it.
    pub instead: Option<String>,
    /// The further names that it is known by.
    pub names: Vec<&'static str>,
    /// Worked out when they are first asked for, as those of the catalogue's entries are: a server
    /// whose operations no agent looks at neither waits for them nor holds them.
    forms: LazyLock<Forms, Box<dyn FnOnce() -> Forms + Send>>,
}

/// What an action does, takes and answers.
pub struct Forms {
    /// What it does, for people and models.
    pub description: String,
    /// The JSON Schema of its input.
    pub input: Value,
    /// The JSON Schema of its reply, where it has a body.
    pub output: Option<Value>,
}

impl Forms {
    fn served(entry: &Entry) -> Self {
        let mut input = entry.schema.clone();
        let description = match input.as_object_mut().and_then(|it| it.remove("description")) {
            Some(Value::String(it)) => it,
            _ => String::new(),
        };
        Self { description, input, output: entry.op.whole_reply_schema() }
    }
}

impl Deref for Action {
    type Target = Forms;
    fn deref(&self) -> &Forms {
        &self.forms
    }
}

impl Action {
    fn served(entry: &'static Entry) -> Self {
        let op = &entry.op;
        let Route(method, path) = op.route;
        Self {
            id: op.id.into(),
            method,
            path: path.into(),
            travels: op.input,
            effect: op.effect,
            secrets: op.secrets.iter().map(|it| (*it).into()).collect(),
            entry: Some(entry),
            extension: op.extension,
            instead: instead(op.id).map(str::to_owned),
            names: Vec::new(),
            forms: LazyLock::new(Box::new(|| Forms::served(entry))),
        }
    }
    /// The fields of the path, in order.
    pub fn path_fields(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter_map(|it| it.strip_prefix('{')?.strip_suffix('}'))
    }
    /// What its name begins with: the kind of thing that it is about.
    pub fn domain(&self) -> &str {
        self.id.split_once('.').map_or(&*self.id, |it| it.0)
    }
    /// The declared type of a field of the input.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.input.get("properties")?.get(name)
    }
    /// Refuses an input that does not have the declared form.
    pub fn check(&self, input: &Value) -> Result<()> {
        match self.entry {
            Some(entry) => entry.check(input),
            None => catalog::check(&self.input, input),
        }
    }
    /// Whether its reply carries a secret.
    pub fn is_sensitive(&self) -> bool {
        !self.secrets.is_empty()
    }
    /// An input that shows what it wants: a value of the declared type for each required field.
    pub fn example(&self) -> Value {
        let required = self.input.get("required").and_then(Value::as_array);
        let names = required.into_iter().flatten().filter_map(Value::as_str);
        Value::Object(
            names
                .map(|it| (it.to_owned(), example(it, self.field(it).unwrap_or(&Value::Null))))
                .collect(),
        )
    }
    /// As agents are shown it, with both schemas.
    pub fn describe(&self) -> Value {
        let mut shown = self.summary();
        let Value::Object(fields) = &mut shown else { return shown };
        fields.insert("inputSchema".into(), self.input.clone());
        fields.insert("outputSchema".into(), self.output.clone().unwrap_or_default());
        fields.insert("example".into(), self.example());
        fields.insert("names".into(), self.names.clone().into());
        shown
    }
    /// As agents are shown it in a list.
    pub fn summary(&self) -> Value {
        serde_json::json!({
            "id": self.id,
            "key": self.id,
            "name": crate::mcp::tool_name(&self.id),
            "description": self.description,
            "effect": self.effect,
            "sensitive": self.secrets,
            "method": self.method.name(),
            "path": self.path,
            "extension": self.extension,
            "servedHere": self.entry.is_some(),
        })
    }
}

/// A value that a field could have.
fn example(name: &str, schema: &Value) -> Value {
    if let Some(first) = schema.get("enum").and_then(|it| it.get(0)) {
        return first.clone();
    }
    if let Some(only) = schema.get("const") {
        return only.clone();
    }
    match crate::cli::field_type(schema) {
        "integer" | "number" => 1.into(),
        "boolean" => true.into(),
        "array" => match schema.get("items") {
            Some(items) => Value::Array(vec![example(name, items)]),
            None => Value::Array(Vec::new()),
        },
        "object" => Value::Object(Map::new()),
        _ if name.contains("email") => "ada@example.com".into(),
        _ => format!("<{name}>").into(),
    }
}

/// An operation as elsewhere.json has it.
#[derive(Deserialize)]
struct Elsewhere {
    id: String,
    method: String,
    path: String,
    body: bool,
    effect: Effect,
    secrets: Vec<String>,
    description: String,
    #[serde(borrow)]
    input: &'static RawValue,
    #[serde(borrow)]
    output: Option<&'static RawValue>,
    instead: Option<String>,
}

impl Elsewhere {
    fn action(self) -> Option<Action> {
        // What was read as JSON once is read so again.
        let read = |it: &RawValue| serde_json::from_str(it.get()).unwrap_or_default();
        let Self { description, input, output, .. } = self;
        let forms = move || Forms { description, input: read(input), output: output.map(read) };
        Some(Action {
            id: self.id.into(),
            method: Method::named(&self.method)?,
            path: self.path.into(),
            travels: if self.body { Input::Body } else { Input::Query },
            effect: self.effect,
            secrets: self.secrets.into_iter().map(Cow::from).collect(),
            entry: None,
            extension: self.instead.is_some(),
            instead: self.instead,
            names: Vec::new(),
            forms: LazyLock::new(Box::new(forms)),
        })
    }
}

/// All actions, and the ways to find one.
pub struct Actions {
    list: Vec<Action>,
    /// By each name, in the spelling that [`names::plain`] makes: one action, or the few that share
    /// a name and are told apart by what they are given.
    by_name: HashMap<String, Vec<usize>>,
    index: OnceLock<search::Index>,
}

impl Actions {
    /// The actions of this program and of others.
    pub fn new(catalog: &'static Catalog) -> Result<Self> {
        let elsewhere: Vec<Elsewhere> = serde_json::from_str(ELSEWHERE).map_err(Error::internal)?;
        let served = catalog.entries().iter().map(Action::served);
        let mut list: Vec<Action> =
            served.chain(elsewhere.into_iter().filter_map(Elsewhere::action)).collect();
        let by_name = names::table(&mut list);
        Ok(Self { list, by_name, index: OnceLock::new() })
    }
    /// All of them, those of the catalogue first.
    pub fn all(&self) -> &[Action] {
        &self.list
    }
    /// The action of this stable name.
    pub fn get(&self, id: &str) -> Option<&Action> {
        self.list.iter().find(|it| it.id == id)
    }
    /// The action that `name` means, in any spelling of any product; of those that share a name, the
    /// one whose path `given` fills.
    pub fn find(
        &self,
        name: &str,
        given: &Map<String, Value>,
    ) -> std::result::Result<&Action, Unknown> {
        names::find(self, name, given)
    }
    /// The actions that fit a wish in plain words, best first.
    pub fn search(&self, intent: &str, limit: usize) -> Vec<Found<'_>> {
        let index = self.index.get_or_init(|| search::Index::new(&self.list));
        index.search(&self.list, intent, limit)
    }
}
