//! `vestibule <domain> <verb> --flags`: every operation as a command, against any WorkOS-compatible
//! server.
//!
//! Exit codes: 0 done; 1 the server refused or does not answer; 2 the command line is wrong, or a
//! deletion was not confirmed; 4 the key is missing, is not accepted, or does not open this.
use std::io::{IsTerminal, Read, Write};
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Map, Value};
use vestibule_kernel::catalog::{Catalog, Entry};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Effect, Request};

use crate::client::{Answer, Backend, Remote};

mod print;

/// The exit code when the server refused or does not answer.
pub(crate) const REFUSED: u8 = 1;
/// The exit code when the command line is wrong.
const WRONG: u8 = 2;
/// The exit code when the key is missing or is not accepted.
pub(crate) const NO_KEY: u8 = 4;

/// The names of our own arguments; no field of an operation has such a name.
const DATA: &str = "input-data";
const AS_JSON: &str = "output-json";
const YES: &str = "confirm-yes";
const PLACE: &str = "path-value:";

/// How a server is named and opened on the command line.
pub fn connection_arguments() -> [Arg; 2] {
    [
        Arg::new("base-url")
            .long("base-url")
            .env("WORKOS_BASE_URL")
            .default_value("http://127.0.0.1:4100")
            .value_name("URL")
            .help("Server to talk to"),
        Arg::new("api-key")
            .long("api-key")
            .env("WORKOS_API_KEY")
            .hide_env_values(true)
            .value_name("KEY")
            .help("Secret API key"),
    ]
}

/// The server that the command line names.
pub fn remote(matches: &ArgMatches) -> Result<Remote, String> {
    let url = matches.get_one::<String>("base-url").map_or("", String::as_str);
    Remote::new(url, matches.get_one::<String>("api-key").map(Secret::new))
}

/// The command of a domain, with a subcommand for each of its operations.
pub fn domain(catalog: &'static Catalog, name: &str) -> Option<Command> {
    let of_domain = catalog.entries().iter().filter_map(|entry| {
        let (domain, verb) = entry.op.id.split_once('.')?;
        (domain == name).then(|| verb_command(entry, verb))
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
            .args(connection_arguments().map(|it| it.global(true)))
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

fn verb_command(entry: &'static Entry, verb: &str) -> Command {
    let description = entry.schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let (short, _) = description.split_once("\n\n").unwrap_or((description, ""));
    // Both spellings name the command.
    let spelled = verb.replace('_', "-");
    let other = (spelled != verb).then(|| verb.to_owned());
    let mut command = Command::new(spelled)
        .aliases(other)
        .about(short.trim_end_matches('.').to_owned())
        .long_about(description.to_owned());
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
    command.arg(
        Arg::new(DATA)
            .long("data")
            .short('d')
            .value_name("JSON")
            .help("The input as a JSON object; @FILE reads it, - takes the standard input"),
    )
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
        "array" if holds_objects(schema) => argument.action(ArgAction::Append).value_name("JSON"),
        "array" => argument.action(ArgAction::Append).value_name("ITEM[,ITEM]"),
        "object" => argument.value_name("JSON"),
        "integer" => argument.value_name("N").allow_negative_numbers(true),
        _ => argument.value_name("TEXT").allow_hyphen_values(true),
    }
}

fn holds_objects(schema: &Value) -> bool {
    schema.get("items").is_some_and(|it| field_type(it) == "object")
}

fn field_type(schema: &Value) -> &str {
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
    let input = match prepare(entry, matches) {
        Ok(it) => it,
        Err(text) => return complain(&text, WRONG),
    };
    match send(entry, input, matches) {
        Ok(answer) => finish(answer, matches.get_flag(AS_JSON)),
        Err(text) => complain(&text, REFUSED),
    }
}

fn complain(text: &str, code: u8) -> ExitCode {
    writeln!(std::io::stderr(), "vestibule: {text}").ok();
    ExitCode::from(code)
}

fn prepare(entry: &Entry, matches: &ArgMatches) -> Result<Map<String, Value>, String> {
    let mut input = match matches.get_one::<String>(DATA) {
        Some(text) => data(text)?,
        None => Map::new(),
    };
    let properties = entry.schema.get("properties").and_then(Value::as_object);
    for (name, schema) in properties.into_iter().flatten() {
        if let Some(values) = matches.get_many::<String>(name) {
            input.insert(name.clone(), value(name, schema, values.map(String::as_str))?);
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
            let text = places.next().ok_or_else(|| format!("give --{flag}"))?;
            input.insert(name.to_owned(), text.clone().into());
        }
    }
    if let Some(text) = places.next() {
        return Err(format!("'{text}' is one value too many: a flag or --data gave it already"));
    }
    if entry.op.effect == Effect::Destructive && !matches.get_flag(YES) {
        confirm(entry, &input)?;
    }
    Ok(input)
}

fn data(text: &str) -> Result<Map<String, Value>, String> {
    let text = match text.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path).map_err(|it| format!("{path}: {it}"))?,
        None if text == "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map_err(|it| it.to_string())?;
            text
        }
        None => text.to_owned(),
    };
    serde_json::from_str(&text).map_err(|it| format!("--data is not a JSON object: {it}"))
}

/// Text as the type that the operation declares, so that a code `012345` stays text.
fn value<'a>(
    name: &str,
    schema: &Value,
    values: impl Iterator<Item = &'a str>,
) -> Result<Value, String> {
    let form = field_type(schema);
    if form == "array" {
        if holds_objects(schema) {
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

fn confirm(entry: &Entry, input: &Map<String, Value>) -> Result<(), String> {
    if !std::io::stdin().is_terminal() {
        return Err(format!("{} cannot be undone; give --yes", entry.op.id));
    }
    let shown = Value::Object(input.clone());
    write!(std::io::stderr(), "{} {shown} cannot be undone. Type yes: ", entry.op.id).ok();
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(|it| it.to_string())?;
    if answer.trim() == "yes" { Ok(()) } else { Err("nothing was done".to_owned()) }
}

fn send(
    entry: &'static Entry,
    input: Map<String, Value>,
    matches: &ArgMatches,
) -> Result<Answer, String> {
    let backend = Backend::There(remote(matches)?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|it| it.to_string())?;
    runtime.block_on(backend.call(entry, input, Request::default()))
}

fn finish(answer: Answer, as_json: bool) -> ExitCode {
    let (success, status) = (answer.is_success(), answer.status);
    let value = answer.value();
    if success {
        if !value.is_null() {
            let as_json = as_json || !std::io::stdout().is_terminal();
            let text = if as_json { format!("{value:#}") } else { print::table(&value) };
            writeln!(std::io::stdout(), "{text}").ok();
        }
        return ExitCode::SUCCESS;
    }
    writeln!(std::io::stderr(), "{value:#}").ok();
    // Other refusals of these statuses say by a code what is missing, and that is not the key.
    let of_the_key = value.get("code").is_none() && value.get("error").is_none();
    match status {
        401 if of_the_key => complain(
            "the server does not accept the key: give --api-key or set WORKOS_API_KEY",
            NO_KEY,
        ),
        403 if of_the_key => complain("the key does not open this: give another", NO_KEY),
        _ => ExitCode::from(REFUSED),
    }
}
