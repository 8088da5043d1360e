//! What a program can reach, and nothing else.

use std::future::Future;
use std::pin::Pin;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::failure::Failure;

/// An answer that is waited for; the machine stands still meanwhile, and its clock with it.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// The world outside of the machine.
///
/// The host holds credentials, policy and connections, and hands none of them over: what it returns
/// is all that a program ever sees. It decides whether a call is allowed, coerces and checks the
/// arguments, and redacts the reply; the engine decides how often and for how long it is asked.
pub trait Host: Send + Sync + 'static {
    /// Every action under its first name, in the order in which a program that iterates sees them.
    fn actions(&self) -> Vec<Action>;

    /// The action of a name or of any of its aliases; of those that share a name, the one that the
    /// arguments fit.
    fn find(&self, name: &str, arguments: &Map<String, Value>) -> Option<Action>;

    /// The names of the accounts that a program may choose between.
    fn accounts(&self) -> Vec<String>;

    /// Runs one action. May be asked a second time for the same `index` and `idempotency_key`, after
    /// it answered `rate_limited` with a time to wait.
    fn call(&self, call: Call) -> Answer<'_, Reply>;

    /// Documentation as text.
    fn docs(&self, question: Docs) -> Answer<'_, String>;

    /// Asks an MCP server that is mounted beside.
    fn mcp(&self, request: Mcp) -> Answer<'_, Reply>;
}

/// What an action does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Changes something that can be changed back.
    Write,
    /// Takes something away for good.
    Destructive,
}

impl Effect {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Destructive => "destructive",
        }
    }
}

/// One thing that a program may ask for.
#[derive(Clone, Debug)]
pub struct Action {
    /// The first name, in segments: `organizations.list`.
    pub name: String,
    /// What it does to the world.
    pub effect: Effect,
    /// One line for whoever looks for it.
    pub summary: String,
}

/// One call of an action.
#[derive(Clone, Debug)]
pub struct Call {
    /// The first name of the action.
    pub action: String,
    /// The name as the program spelled it, without the account: arguments may be spelled by its rules.
    pub spelled: String,
    /// The account that the program chose, one of [`Host::accounts`]; `None` is the default one.
    pub account: Option<String>,
    /// What the program gave, unchecked.
    pub arguments: Map<String, Value>,
    /// The number of this call in its session, from 1.
    pub index: u32,
    /// The same for the same session and index, so that a run that is resumed repeats no write.
    pub idempotency_key: String,
}

/// A question about the documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Docs {
    /// What there is, of one section (`workos`, `mcp`) or of all.
    List {
        /// The section.
        section: Option<String>,
    },
    /// Pages and actions that bear on words.
    Search {
        /// The words.
        query: String,
        /// At most so many.
        limit: usize,
    },
    /// One page: `workos`, `workos.organizations.list`, `integrations.workos`, `overview`.
    Read {
        /// The name of the page.
        page: String,
    },
}

/// A request to MCP servers that are mounted beside.
#[derive(Clone, Debug, PartialEq)]
pub enum Mcp {
    /// The servers: a list of objects with `name`.
    Servers,
    /// The tools of a server.
    Tools {
        /// Its name.
        server: String,
    },
    /// Calls a tool.
    CallTool {
        /// The server.
        server: String,
        /// The tool's own name.
        tool: String,
        /// What the program gave, unchecked.
        arguments: Map<String, Value>,
        /// As [`Call::idempotency_key`].
        idempotency_key: String,
    },
    /// The resources of a server.
    Resources {
        /// Its name.
        server: String,
    },
    /// Reads a resource.
    ReadResource {
        /// The server.
        server: String,
        /// The resource.
        uri: String,
    },
    /// The prompts of a server.
    Prompts {
        /// Its name.
        server: String,
    },
    /// Fills in a prompt.
    GetPrompt {
        /// The server.
        server: String,
        /// The prompt.
        name: String,
        /// What the program gave, unchecked.
        arguments: Map<String, Value>,
    },
}

/// What a call gave.
#[derive(Clone, Debug)]
pub struct Reply {
    /// What the program sees, already redacted.
    pub value: Value,
    /// Whether it holds text that customers control (names, metadata, what a directory sent). Whoever
    /// shows the outcome to a model then marks it as data: see [`crate::Meta::untrusted`].
    pub untrusted: bool,
}
