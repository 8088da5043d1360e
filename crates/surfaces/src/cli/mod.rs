//! `vestibule <domain> <verb> --flags`: every operation as a command, against any WorkOS-compatible
//! server.
//!
//! Exit codes: 0 done; 1 the server refused or does not answer; 2 the command line is wrong, or a
//! deletion was not confirmed; 4 the key is missing, is not accepted, or does not open this.
use std::io::{Read, Write};
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, Subcommand};
use serde_json::{Map, Value, json};
use vestibule_kernel::catalog::{Catalog, Entry};
use vestibule_kernel::{Effect, Request};

use crate::actions::{Failure, Runner};
use crate::client::{Answer, Backend, Raw};

mod account;
mod action;
mod approval;
mod completion;
mod connection;
mod failure;
mod given;
mod help;
mod install;
mod integrations;
mod lua;
mod mcp;
mod mode;
mod print;
mod progress;
mod wait;

pub use account::Account;
pub use completion::{answer as complete, is_asked as asks_to_complete};
pub use failure::Failed;
pub use help::describe;
pub use mcp::McpCommand;
pub use mode::Mode;
pub use progress::Progress;

/// The exit code when the server refused or does not answer.
pub(crate) const REFUSED: u8 = 1;
/// The exit code when the command line is wrong.
pub(crate) const WRONG: u8 = 2;
/// The exit code when the key is missing or is not accepted.
pub(crate) const NO_KEY: u8 = 4;

/// The names of our own arguments; no field of an operation has such a name.
const DATA: &str = "input-data";
const AS_JSON: &str = "output-json";
const YES: &str = "confirm-yes";
const DRY_RUN: &str = "only-dry-run";
const WAIT: &str = "wait-until-it-ends";
const PLACE: &str = "path-value:";

/// What an agent, or a person who works like one, does at any server.
#[derive(Subcommand, Debug)]
pub enum AgentCommand {
    /// Named accounts: each a server and the credential that opens it
    Connection {
        /// What to do.
        #[command(subcommand)]
        command: connection::ConnectionCommand,
        /// How to print it.
        #[command(flatten)]
        output: Output,
    },
    /// Send any request with the credential of a connection
    Request(connection::RequestCommand),
    /// Find and run actions by what they do
    Action {
        /// What to do.
        #[command(subcommand)]
        command: action::ActionCommand,
        /// How to print it.
        #[command(flatten)]
        output: Output,
    },
    /// Call an action by any of its names
    #[command(visible_alias = "integrations:call")]
    Call(action::CallCommand),
    /// Actions as tools of a connection
    Tool {
        /// What to do.
        #[command(subcommand)]
        command: action::ToolCommand,
        /// How to print it.
        #[command(flatten)]
        output: Output,
    },
    /// Run a program in Lua that calls actions
    #[command(visible_aliases = ["integrations:lua", "mcp:lua"])]
    Lua(lua::LuaCommand),
    /// Print what a shell completes our commands by
    Completion {
        /// bash, zsh or fish
        shell: String,
    },
    /// The commands of KosmoKrator's `integrations:`
    #[command(flatten)]
    Integrations(integrations::IntegrationsCommand),
}

/// How answers are printed.
#[derive(Args, Debug)]
pub struct Output {
    /// Print JSON on a terminal too
    #[arg(long = "json", global = true)]
    _json: bool,
}

/// Runs a command of an agent.
pub fn agent(catalog: &'static Catalog, command: AgentCommand, as_json: bool) -> ExitCode {
    let work = async {
        match command {
            AgentCommand::Connection { command: it, .. } => connection::run(it).await,
            AgentCommand::Request(it) => connection::request(it).await,
            AgentCommand::Action { command: it, .. } => action::run(catalog, it).await,
            AgentCommand::Call(it) => action::call(catalog, it).await,
            AgentCommand::Tool { command: it, .. } => action::tool(catalog, it).await,
            AgentCommand::Lua(it) => lua::run(catalog, it).await,
            AgentCommand::Completion { shell } => completion::print(&shell),
            AgentCommand::Integrations(it) => integrations::run(catalog, it).await,
        }
    };
    finish(block_on(work), as_json)
}

/// Runs a command on MCP servers that are mounted beside.
pub fn mcp(command: McpCommand, as_json: bool) -> ExitCode {
    finish(block_on(mcp::run(command)), as_json)
}

/// The command of a domain, with a subcommand for each of its operations.
pub fn domain(catalog: &'static Catalog, name: &str) -> Option<Command> {
    let of_domain = catalog.entries().iter().filter_map(|entry| {
        let (domain, verb) = entry.op.id.split_once('.')?;
        (domain == name).then(|| verb_command(catalog, entry, verb))
    });
    let verbs: Vec<Command> = of_domain.collect();
    if verbs.is_empty() {
        return None;
    }
    let about = format!("Operations on {}", name.replace('_', " "));
    Some(
        Command::new(name.to_owned())
            .about(about)
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommands(verbs)
            .arg(
                Arg::new(AS_JSON)
                    .long("json")
                    .action(ArgAction::SetTrue)
                    .global(true)
                    .help("Print JSON on a terminal too"),
            ),
    )
}

/// The names of all domains, in the order of the catalogue.
pub fn domains<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for name in ids.filter_map(|it| it.split_once('.').map(|it| it.0)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn verb_command(catalog: &'static Catalog, entry: &'static Entry, verb: &str) -> Command {
    let description = entry.schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let (short, _) = description.split_once("\n\n").unwrap_or((description, ""));
    // Both spellings name the command.
    let spelled = verb.replace('_', "-");
    let other = (spelled != verb).then(|| verb.to_owned());
    let mut command = Command::new(spelled).aliases(other);
    let in_path: Vec<&str> = entry.op.route.path_fields().collect();
    let properties = entry.schema.get("properties").and_then(Value::as_object);
    for (name, schema) in properties.into_iter().flatten() {
        command = command.arg(field_argument(name, schema));
    }
    for name in in_path {
        let flag = name.replace('_', "-");
        command = command.arg(
            Arg::new(format!("{PLACE}{name}"))
                .value_name(name.to_uppercase())
                .help(format!("The same as --{flag}")),
        );
    }
    if entry.op.effect == Effect::Destructive {
        command = command.arg(
            Arg::new(YES).long("yes").short('y').action(ArgAction::SetTrue).help("Do not ask"),
        );
    }
    if entry.op.effect != Effect::Read {
        command = command.arg(
            Arg::new(DRY_RUN)
                .long("dry-run")
                .action(ArgAction::SetTrue)
                .help("Tell what would be done, and keep nothing of it"),
        );
    }
    if wait::on(catalog, entry).is_some() {
        command = command.arg(
            Arg::new(WAIT)
                .long("wait")
                .action(ArgAction::SetTrue)
                .conflicts_with(DRY_RUN)
                .help("Wait until it has ended, and show what came of it"),
        );
    }
    let data = Arg::new(DATA)
        .long("data")
        .short('d')
        .value_name("JSON")
        .help("The input as a JSON object; @FILE reads it, - takes the standard input");
    // Arguments that are declared together bring a text of their own, which is not the command's.
    Account::augment_args(command.arg(data))
        .about(short.trim_end_matches('.').to_owned())
        .long_about(description.to_owned())
}

fn field_argument(name: &str, schema: &Value) -> Arg {
    let help = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let form = field_type(schema);
    let argument = Arg::new(name.to_owned()).long(name.replace('_', "-")).help(help.to_owned());
    match form {
        "boolean" => argument
            .num_args(0..=1)
            .default_missing_value("true")
            .value_name("BOOL")
            .require_equals(true),
        "array" => match item_type(schema) {
            "string" => argument.action(ArgAction::Append).value_name("ITEM[,ITEM]"),
            "integer" => argument.action(ArgAction::Append).value_name("N[,N]"),
            _ => argument.action(ArgAction::Append).value_name("JSON"),
        },
        "object" => argument.value_name("JSON"),
        "integer" => argument.value_name("N").allow_negative_numbers(true),
        _ => argument.value_name("TEXT").allow_hyphen_values(true),
    }
}

/// What a list holds.
fn item_type(schema: &Value) -> &str {
    schema.get("items").map_or("string", field_type)
}

pub(crate) fn field_type(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(it)) => it,
        Some(Value::Array(them)) => {
            them.iter().filter_map(Value::as_str).find(|it| *it != "null").unwrap_or("string")
        }
        _ if schema.get("properties").is_some() => "object",
        _ => "string",
    }
}

/// Runs the operation that `matches` name.
pub fn run(catalog: &'static Catalog, domain: &str, matches: &ArgMatches) -> ExitCode {
    let Some((verb, matches)) = matches.subcommand() else { return ExitCode::from(WRONG) };
    let id = format!("{domain}.{}", verb.replace('-', "_"));
    let Some(entry) = catalog.get(&id) else { return ExitCode::from(WRONG) };
    let as_json = matches.get_flag(AS_JSON);
    finish(block_on(send(catalog, entry, matches)), as_json)
}

async fn send(catalog: &'static Catalog, entry: &'static Entry, matches: &ArgMatches) -> Done {
    let dry_run = entry.op.effect != Effect::Read && matches.get_flag(DRY_RUN);
    let input = prepare(entry, matches, dry_run)?;
    let account = Account::from_arg_matches(matches).map_err(|it| Failed::wrong(it.to_string()))?;
    let remote = account.open()?.remote;
    let remote = if dry_run { remote } else { approval::decider(remote, entry)? };
    let backend = Backend::There(remote.clone());
    if dry_run {
        let runner = Runner::new(action::actions(catalog)?, backend);
        let prepared = runner.prepare(entry.op.id, input)?;
        let would = action::tried(&runner, &prepared).await?;
        return Ok(Shown::Json(json!({ "dryRun": true, "would": would })));
    }
    let what = format!("{} {}", entry.op.id, Value::Object(input.clone()));
    let mut answer = backend.call(entry.into(), input.clone(), Request::default()).await?;
    if approval::given(&remote, &what, &answer.body).await? {
        answer = backend.call(entry.into(), input, Request::default()).await?;
    }
    if !answer.is_success() {
        return Ok(Shown::Refusal(answer));
    }
    match wait::on(catalog, entry).filter(|_| matches.get_flag(WAIT)) {
        Some(told_by) => wait::until_it_ends(&backend, entry, told_by, answer.value()).await,
        None => Ok(Shown::Value(answer.value())),
    }
}

/// What a command has to show.
pub enum Shown {
    /// JSON, or a table at a terminal.
    Value(Value),
    /// JSON.
    Json(Value),
    /// A result that says itself whether it is one of success.
    Result {
        /// The result.
        value: Value,
        /// The exit code.
        exit: u8,
    },
    /// Nothing more: it printed for itself.
    Nothing {
        /// The exit code.
        exit: u8,
    },
    /// What a server refused.
    Refusal(Answer),
    /// What a server answered, as it came.
    Raw {
        /// The answer.
        raw: Raw,
        /// Whether status and headers are shown too.
        whole: bool,
    },
}

impl Shown {
    fn value(value: Value, as_json: bool) -> Self {
        if as_json { Self::Json(value) } else { Self::Value(value) }
    }
}

/// What became of a command.
pub type Done = Result<Shown, Failed>;

/// Runs a command to its end.
fn block_on(work: impl Future<Output = Done>) -> Done {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|it| Failed::refused(it.to_string()))?;
    runtime.block_on(work)
}

/// Shows what became of a command, and answers its exit code.
fn finish(done: Done, as_json: bool) -> ExitCode {
    match done {
        Err(failed) => failed.report(as_json),
        Ok(Shown::Refusal(answer)) => Failed::from(Failure::said(answer)).report(as_json),
        Ok(Shown::Value(value)) => {
            show(&value, as_json);
            ExitCode::SUCCESS
        }
        Ok(Shown::Json(value)) => {
            show(&value, true);
            ExitCode::SUCCESS
        }
        Ok(Shown::Result { value, exit }) => {
            show(&value, true);
            ExitCode::from(exit)
        }
        Ok(Shown::Nothing { exit }) => ExitCode::from(exit),
        Ok(Shown::Raw { raw, whole }) => show_raw(&raw, whole),
    }
}

fn show(value: &Value, as_json: bool) {
    if value.is_null() {
        return;
    }
    let as_json = as_json || mode::is_for_programs();
    let text = if as_json { format!("{value:#}") } else { print::table(value) };
    writeln!(std::io::stdout(), "{text}").ok();
}

fn show_raw(raw: &Raw, whole: bool) -> ExitCode {
    let body: Value = serde_json::from_slice(&raw.body)
        .unwrap_or_else(|_| String::from_utf8_lossy(&raw.body).into_owned().into());
    if whole {
        let whole = json!({ "status": raw.status, "headers": raw.headers, "body": body });
        show(&whole, true);
    } else {
        std::io::stdout().write_all(&raw.body).ok();
        if !raw.body.is_empty() && !raw.body.ends_with(b"\n") {
            writeln!(std::io::stdout()).ok();
        }
    }
    match raw.status {
        0..=399 => ExitCode::SUCCESS,
        401 | 403 => ExitCode::from(NO_KEY),
        _ => ExitCode::from(REFUSED),
    }
}

fn prepare(
    entry: &Entry,
    matches: &ArgMatches,
    dry_run: bool,
) -> Result<Map<String, Value>, Failed> {
    let mut input = match matches.get_one::<String>(DATA) {
        Some(text) => data(text).map_err(Failed::wrong)?,
        None => Map::new(),
    };
    let properties = entry.schema.get("properties").and_then(Value::as_object);
    for (name, schema) in properties.into_iter().flatten() {
        if let Some(values) = matches.get_many::<String>(name) {
            let value = value(name, schema, values.map(String::as_str)).map_err(Failed::wrong)?;
            input.insert(name.clone(), value);
        }
    }
    let mut places = entry
        .op
        .route
        .path_fields()
        .filter_map(|name| matches.get_one::<String>(&format!("{PLACE}{name}")));
    for name in entry.op.route.path_fields() {
        if !input.contains_key(name) {
            let flag = name.replace('_', "-");
            let text = places.next().ok_or_else(|| Failed::wrong(format!("give --{flag}")))?;
            input.insert(name.to_owned(), text.clone().into());
        }
    }
    if let Some(text) = places.next() {
        return Err(Failed::wrong(format!(
            "'{text}' is one value too many: a flag or --data gave it already"
        )));
    }
    if entry.op.effect == Effect::Destructive && !dry_run && !matches.get_flag(YES) {
        confirm(&format!("{} {}", entry.op.id, Value::Object(input.clone())))?;
    }
    Ok(input)
}

fn data(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(&text_of(text)?).map_err(|it| format!("--data is not a JSON object: {it}"))
}

/// Text that was given: as it is, from the file that `@` names, or from the standard input for `-`.
fn text_of(text: &str) -> Result<String, String> {
    Ok(match text.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path).map_err(|it| format!("{path}: {it}"))?,
        None if text == "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map_err(|it| it.to_string())?;
            text
        }
        None => text.to_owned(),
    })
}

/// Text as the type that the operation declares, so that a code `012345` stays text.
fn value<'a>(
    name: &str,
    schema: &Value,
    values: impl Iterator<Item = &'a str>,
) -> Result<Value, String> {
    let form = field_type(schema);
    if form == "array" {
        if item_type(schema) != "string" {
            let text = values.collect::<Vec<_>>().join(",");
            let text = if text.starts_with('[') { text } else { format!("[{text}]") };
            return serde_json::from_str(&text).map_err(|it| format!("--{name}: {it}"));
        }
        let items = values.flat_map(|it| it.split(',')).filter(|it| !it.is_empty());
        return Ok(items.map(Value::from).collect::<Vec<_>>().into());
    }
    // Of a flag that is repeated, the last counts.
    let text = values.last().unwrap_or_default();
    match form {
        "integer" | "number" | "boolean" | "object" => {
            serde_json::from_str(text).map_err(|_| format!("--{name} must be of type {form}"))
        }
        _ => Ok(text.into()),
    }
}

/// Asks whether `what`, which cannot be undone, is to be done.
fn confirm(what: &str) -> Result<(), Failed> {
    if !mode::may_ask() {
        return Err(Failed::unconfirmed(what));
    }
    write!(std::io::stderr(), "{what} cannot be undone. Type yes: ").ok();
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(|it| Failed::wrong(it.to_string()))?;
    if answer.trim() == "yes" { Ok(()) } else { Err(Failed::wrong("nothing was done")) }
}
