//! `vestibule action …`, `call`, `tool …` and `search`: everything that an agent can do, under any
//! name, at any server.
use std::time::Instant;

use clap::{Args, Subcommand};
use clap_complete::ArgValueCandidates;
use serde_json::{Map, Value, json};
use vestibule_kernel::catalog::Catalog;
use vestibule_kernel::{Effect, Request};

use super::account::{Account, Chosen};
use super::approval;
use super::completion;
use super::failure::Failed;
use super::given::Given;
use super::{Done, Shown};
use crate::actions::{Action, Actions, Failure, Prepared, Runner};
use crate::client::Backend;
use crate::mcp::tool_name;

/// How many actions a search answers where nobody says.
const FOUND_USUAL: usize = 10;
/// The most that it answers.
const FOUND_MAX: usize = 100;

/// Everything that can be done, found by what it does, and run.
#[derive(Subcommand, Debug)]
pub enum ActionCommand {
    /// List actions, those that fit an intent first
    #[command(visible_alias = "search")]
    List(Find),
    /// Show an action: schemas of its input and output, effect, names, an example
    Get {
        /// Any of its names
        #[arg(add = ArgValueCandidates::new(completion::actions))]
        name: String,
    },
    /// Run an action: {"output": …}
    Run {
        #[command(flatten)]
        account: Account,
        /// Any of its names
        #[arg(add = ArgValueCandidates::new(completion::actions))]
        name: String,
        /// The input as a JSON object, `--arg name=value` or `--name=value`; --dry-run, --yes
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "INPUT")]
        rest: Vec<String>,
    },
}

/// How actions are found.
#[derive(Args, Debug)]
pub struct Find {
    /// What is wanted, in plain words
    #[arg(long, value_name = "TEXT")]
    intent: Option<String>,
    /// The same
    #[arg(value_name = "INTENT", conflicts_with = "intent")]
    words: Vec<String>,
    /// How many
    #[arg(long, default_value_t = FOUND_USUAL)]
    limit: usize,
    /// The connection that the answers name
    #[arg(long = "connectionId", aliases = ["connection", "account"], value_name = "NAME")]
    connection: Option<String>,
}

/// Actions as tools of a connection.
#[derive(Subcommand, Debug)]
pub enum ToolCommand {
    /// List tools, in a tree of their names
    List {
        /// The connection, or what the names begin with
        #[arg(value_name = "CONNECTION_OR_PREFIX")]
        words: Vec<String>,
        /// One line for each, not a tree
        #[arg(long)]
        flat: bool,
        /// How many a page has
        #[arg(long, default_value_t = FOUND_USUAL)]
        limit: usize,
        /// Which page
        #[arg(long, default_value_t = 1)]
        page: usize,
    },
    /// Find tools by what they do
    Find {
        /// The connection, and what is wanted
        #[arg(value_name = "CONNECTION QUERY", required = true)]
        words: Vec<String>,
        /// How many
        #[arg(long, default_value_t = FOUND_USUAL)]
        limit: usize,
    },
    /// Show a tool
    Get {
        /// The connection
        #[arg(add = ArgValueCandidates::new(completion::connections))]
        connection: String,
        /// Any name of the tool
        #[arg(add = ArgValueCandidates::new(completion::actions))]
        name: String,
    },
    /// Call a tool; the result is as MCP has it
    Call {
        #[command(flatten)]
        account: Account,
        /// The connection
        #[arg(add = ArgValueCandidates::new(completion::connections))]
        connection: String,
        /// Any name of the tool
        #[arg(add = ArgValueCandidates::new(completion::actions))]
        name: String,
        /// The arguments, as for `call`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
        rest: Vec<String>,
    },
}

/// Call an action by any name: {"function", "success", "data", "error", "meta", "duration_ms"}
#[derive(Args, Debug)]
pub struct CallCommand {
    #[command(flatten)]
    account: Account,
    /// Any name of the action
    #[arg(add = ArgValueCandidates::new(completion::actions))]
    name: String,
    /// A JSON object (also on the standard input), `--arg name=value` or `--name=value`; --account, --dry-run, --force
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    rest: Vec<String>,
}

/// All actions, which live as long as the process.
pub(super) fn actions(catalog: &'static Catalog) -> Result<&'static Actions, Failed> {
    let actions = Actions::new(catalog).map_err(|it| Failed::refused(it.message()))?;
    Ok(Box::leak(Box::new(actions)))
}

/// Does what an `action` command says.
pub async fn run(catalog: &'static Catalog, command: ActionCommand) -> Done {
    let actions = actions(catalog)?;
    match command {
        ActionCommand::List(find) => Ok(list(actions, &find)),
        ActionCommand::Get { name } => Ok(Shown::Value(found(actions, &name)?.describe())),
        ActionCommand::Run { account, name, rest } => {
            let given = Given::parse(&rest)?.or_piped()?;
            let chosen = account.or_named(given.account.as_deref()).open()?;
            let as_json = given.json;
            let ran = ran(actions, &chosen, &name, &given).await?;
            let shown = match ran {
                Ran::Previewed(it) => json!({ "dryRun": true, "would": it }),
                Ran::Done(it) => json!({ "output": it }),
            };
            Ok(Shown::value(shown, as_json))
        }
    }
}

fn list(actions: &'static Actions, find: &Find) -> Shown {
    let words = find.words.join(" ");
    let intent = find.intent.as_deref().unwrap_or(&words);
    let limit = find.limit.clamp(1, FOUND_MAX);
    let items: Vec<Value> = if intent.trim().is_empty() {
        actions.all().iter().take(limit).map(|it| item(it, find, None)).collect()
    } else {
        let found = actions.search(intent, limit);
        found.iter().map(|it| item(it.action, find, Some(it.score))).collect()
    };
    Shown::Value(json!({ "items": items }))
}

fn item(action: &Action, find: &Find, score: Option<f32>) -> Value {
    let mut item = action.describe();
    item["type"] = "operation".into();
    item["integrationId"] = "workos".into();
    item["connectionId"] = find.connection.clone().into();
    if let Some(score) = score {
        item["score"] = score.into();
    }
    item
}

fn found(actions: &'static Actions, name: &str) -> Result<&'static Action, Failed> {
    actions.find(name, &Map::new()).map_err(|it| Failure::from(it).into())
}

/// What became of a call.
enum Ran {
    /// It was made, and this is its answer.
    Done(Value),
    /// It was only shown.
    Previewed(Value),
}

async fn ran(
    actions: &'static Actions,
    chosen: &Chosen,
    name: &str,
    given: &Given,
) -> Result<Ran, Failed> {
    let action = actions.find(name, &given.named()?).map_err(Failure::from)?;
    let remote = match action.entry {
        Some(entry) if !given.dry_run => approval::decider(chosen.remote.clone(), entry)?,
        Some(_) | None => chosen.remote.clone(),
    };
    let runner = Runner::new(actions, Backend::There(remote));
    let prepared = runner.prepare(name, given.typed(action)?)?;
    if given.dry_run {
        return Ok(Ran::Previewed(tried(&runner, &prepared).await?));
    }
    if prepared.action.effect == Effect::Destructive && !given.force {
        super::confirm(&format!("{} {}", action.id, Value::Object(prepared.input.clone())))?;
    }
    let what = format!("{} {}", action.id, Value::Object(prepared.input.clone()));
    let answer = match runner.call(prepared.clone(), Request::default()).await {
        Err(it) if approval::given(&chosen.remote, &what, &it.details).await? => {
            runner.call(prepared, Request::default()).await?
        }
        done => done?,
    };
    Ok(Ran::Done(answer.value()))
}

/// What a call would send, and where the server can do and undo it, what would come of it.
pub(super) async fn tried(runner: &Runner, prepared: &Prepared<'_>) -> Result<Value, Failed> {
    let mut shown = runner.preview(prepared);
    let why_not = match runner.rehearse(prepared).await {
        Ok(Some(answer)) if answer.is_success() => {
            shown["outcome"] = answer.value();
            return Ok(shown);
        }
        Ok(Some(answer)) if answer.body.get("code") == Some(&json!("not_dry_runnable")) => {
            answer.body["message"].as_str().unwrap_or_default().to_owned()
        }
        Ok(Some(answer)) => return Err(Failure::said(answer).into()),
        Ok(None) if prepared.action.effect == Effect::Read => return Ok(shown),
        Ok(None) => "The server cannot try what it does; this is what would be sent.".to_owned(),
        Err(failure) => failure.message,
    };
    shown["outcome"] = Value::Null;
    shown["not_tried"] = why_not.into();
    Ok(shown)
}

/// Does what `call` says.
pub async fn call(catalog: &'static Catalog, command: CallCommand) -> Done {
    let CallCommand { account, name, rest } = command;
    let given = Given::parse(&rest)?.or_piped()?;
    let actions = actions(catalog)?;
    let started = Instant::now();
    let chosen = account.or_named(given.account.as_deref()).open()?;
    let action = actions.find(&name, &given.named()?).map_err(Failure::from)?;
    let done = ran(actions, &chosen, &name, &given).await;
    let (success, data, error, exit) = match done {
        Ok(Ran::Done(data) | Ran::Previewed(data)) => (true, data, Value::Null, 0),
        Err(failed) if failed.code == "confirmation_required" => return Err(failed),
        Err(failed) => {
            (false, (*failed.details).clone(), failed.to_value()["error"].clone(), failed.exit)
        }
    };
    let effect = if action.effect == Effect::Read { "read" } else { "write" };
    let result = json!({
        "function": format!("workos.{}", action.id),
        "success": success,
        "data": data,
        "error": error,
        "meta": {
            "dry_run": given.dry_run,
            "operation": effect,
            "effect": action.effect,
            "permission_bypassed": given.force,
            "account": chosen.name,
        },
        "duration_ms": u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    });
    Ok(Shown::Result { value: result, exit })
}

/// Does what a `tool` command says.
pub async fn tool(catalog: &'static Catalog, command: ToolCommand) -> Done {
    let actions = actions(catalog)?;
    match command {
        ToolCommand::List { words, flat, limit, page } => {
            let is_prefix = |it: &&String| *it != "workos" && !is_connection(it);
            let prefix = words.last().filter(is_prefix).cloned().unwrap_or_default();
            Ok(Shown::Value(tools(actions, &prefix, flat, limit.clamp(1, FOUND_MAX), page.max(1))))
        }
        ToolCommand::Find { words, limit } => {
            let query = if words.len() > 1 { &words[1..] } else { &words[..] }.join(" ");
            let found = actions.search(&query, limit.clamp(1, FOUND_MAX));
            let items: Vec<Value> = found.iter().map(|it| it.action.summary()).collect();
            Ok(Shown::Value(json!({ "tools": items })))
        }
        ToolCommand::Get { connection, name } => {
            let action = found(actions, &name)?;
            let mut shown = action.describe();
            shown["connection"] = connection.clone().into();
            shown["connectionName"] = connection.clone().into();
            shown["annotations"] = annotations(action);
            let example = action.example();
            shown["hint"] =
                format!("vestibule tool call {connection} {} '{example}'", action.id).into();
            Ok(Shown::Value(shown))
        }
        ToolCommand::Call { account, connection, name, rest } => {
            let given = Given::parse(&rest)?.or_piped()?;
            let named = is_connection(&connection).then_some(connection.as_str());
            let chosen = account.or_named(named).open()?;
            match ran(actions, &chosen, &name, &given).await {
                Ok(Ran::Done(it) | Ran::Previewed(it)) => Ok(Shown::Value(tool_result(it))),
                Err(failed) => {
                    let value = json!({ "result": null, "isError": true, "error": failed.to_value()["error"] });
                    Ok(Shown::Result { value, exit: failed.exit })
                }
            }
        }
    }
}

/// Whether there is a connection of this name; `workos`, which other products have, is the one that
/// is used where none is named.
fn is_connection(name: &str) -> bool {
    name != "workos" && crate::connections::Connections::open().is_ok_and(|it| it.get(name).is_ok())
}

fn annotations(action: &Action) -> Value {
    json!({
        "readOnlyHint": action.effect == Effect::Read,
        "destructiveHint": action.effect == Effect::Destructive,
    })
}

fn tool_result(value: Value) -> Value {
    let structured = match value {
        it @ Value::Object(_) => it,
        Value::Null => json!({ "done": true }),
        other => json!({ "data": other }),
    };
    json!({
        "content": [{ "type": "text", "text": structured.to_string() }],
        "structuredContent": structured,
        "isError": false,
    })
}

fn tools(actions: &'static Actions, prefix: &str, flat: bool, limit: usize, page: usize) -> Value {
    let under = |it: &&Action| it.id.starts_with(prefix) || tool_name(&it.id).starts_with(prefix);
    let all: Vec<&Action> = actions.all().iter().filter(under).collect();
    if flat || !prefix.is_empty() {
        let shown = all.iter().skip((page - 1) * limit).take(limit);
        let tools: Vec<Value> = shown.map(|it| it.summary()).collect();
        return json!({ "tools": tools, "total": all.len(), "page": page });
    }
    let mut counts: Vec<(String, usize)> = Vec::new();
    for action in &all {
        let domain = action.id.split('.').next().unwrap_or_default();
        match counts.iter_mut().find(|it| it.0 == domain) {
            Some((_, count)) => *count += 1,
            None => counts.push((domain.to_owned(), 1)),
        }
    }
    let groups: Vec<Value> = counts
        .into_iter()
        .map(|(prefix, count)| json!({ "prefix": prefix, "tools": count }))
        .collect();
    json!({ "data": groups, "total": all.len() })
}
