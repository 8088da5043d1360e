//! `vestibule mcp …`: other MCP servers that are mounted beside our tools, and the programs that ours
//! is installed in.
use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use clap_complete::ArgValueCandidates;
use rmcp::model::Tool;
use serde_json::{Value, json};

use super::completion;
use super::failure::Failed;
use super::given::Given;
use super::install::{self, Install};
use super::{Done, Shown};
use crate::gateway::{
    Definition, Found, Gateway, Mounted, Mounts, Server, Trouble, found, read_file,
};

/// MCP servers that are mounted beside our tools.
#[derive(Subcommand, Debug)]
pub enum McpCommand {
    /// Serve the tools over the standard input and output: the same as `mcp` alone
    Serve,
    /// List the servers that are mounted, and those in the files of other programs
    #[command(visible_alias = "servers")]
    List,
    /// Start each server that is mounted, and tell whether it answers
    #[command(visible_alias = "doctor")]
    Status,
    /// Mount a server: a program after `--`, or an address
    Add(Add),
    /// Mount servers of the files of other programs, as they stand there now
    Import {
        /// What they are called there
        #[arg(required = true)]
        names: Vec<String>,
        /// The file; without it, the usual ones of this folder and of the user
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
        /// What to call it here
        #[arg(long = "as", value_name = "NAME")]
        called: Option<String>,
    },
    /// Mount a server no more
    Remove {
        /// Its name
        #[arg(add = ArgValueCandidates::new(completion::servers))]
        name: String,
    },
    /// Take a server in again that was left out
    Enable {
        /// Its name
        #[arg(add = ArgValueCandidates::new(completion::servers))]
        name: String,
    },
    /// Leave a server out for now
    Disable {
        /// Its name
        #[arg(add = ArgValueCandidates::new(completion::servers))]
        name: String,
    },
    /// List the tools of the servers
    Tools {
        /// The server; all of them without it
        server: Option<String>,
    },
    /// Show a tool
    #[command(visible_alias = "get")]
    Schema {
        /// The server
        #[arg(add = ArgValueCandidates::new(completion::servers))]
        server: String,
        /// The tool
        tool: String,
    },
    /// Call a tool
    Call {
        /// The server
        #[arg(add = ArgValueCandidates::new(completion::servers))]
        server: String,
        /// The tool
        tool: String,
        /// The input as a JSON object, `--arg name=value` or `--name=value`; --force
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "INPUT")]
        rest: Vec<String>,
    },
    /// List the resources of a server
    Resources {
        /// The server
        #[arg(add = ArgValueCandidates::new(completion::servers))]
        server: String,
    },
    /// Read a resource of a server
    Read {
        /// The server
        #[arg(add = ArgValueCandidates::new(completion::servers))]
        server: String,
        /// The resource
        uri: String,
    },
    /// List the prompts of a server
    Prompts {
        /// The server
        #[arg(add = ArgValueCandidates::new(completion::servers))]
        server: String,
    },
    /// Fill in a prompt of a server
    Prompt {
        /// The server
        #[arg(add = ArgValueCandidates::new(completion::servers))]
        server: String,
        /// The prompt
        name: String,
        /// The input as a JSON object, `--arg name=value` or `--name=value`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "INPUT")]
        rest: Vec<String>,
    },
    /// Write our MCP server into the settings of a client
    Install(Install),
}

/// A server to mount.
#[derive(Args, Debug)]
pub struct Add {
    /// What to call it
    name: String,
    /// Its address, which speaks Streamable HTTP
    #[arg(long, value_name = "URL", conflicts_with = "program")]
    url: Option<String>,
    /// A header of each request, `Name: value`; ${VARIABLE} is filled in when it is sent
    #[arg(long = "header", short = 'H', value_name = "HEADER", requires = "url")]
    headers: Vec<String>,
    /// The connection whose credential is sent, to its own server alone
    #[arg(long, value_name = "NAME", requires = "url")]
    connection: Option<String>,
    /// A variable of the program, `NAME=value`; ${VARIABLE} is filled in when it starts
    #[arg(long = "env", short = 'e', value_name = "NAME=VALUE", requires = "program")]
    env: Vec<String>,
    /// The program and its arguments
    #[arg(last = true, value_name = "PROGRAM")]
    program: Vec<String>,
}

impl From<Trouble> for Failed {
    fn from(it: Trouble) -> Self {
        let call_made = it.call_made;
        let mut failed = Self::refused(it.message);
        failed.details = Box::new(json!({ "callMade": call_made }));
        failed.hint("See which servers answer", "vestibule mcp status")
    }
}

/// Does what an `mcp` command says.
pub async fn run(command: McpCommand) -> Done {
    match command {
        McpCommand::Serve => Err(Failed::wrong("give vestibule mcp alone to serve")),
        McpCommand::List => list(),
        McpCommand::Status => Ok(Shown::Value(json!({ "data": status(Gateway::open()?).await }))),
        McpCommand::Add(it) => add(it),
        McpCommand::Import { names, from, called } => import(&names, from, called.as_deref()),
        McpCommand::Remove { name } => {
            Mounts::open()?.remove(&name).map_err(Failed::wrong)?;
            Ok(Shown::Value(json!({ "name": name, "mounted": false })))
        }
        McpCommand::Enable { name } => set_disabled(&name, false),
        McpCommand::Disable { name } => set_disabled(&name, true),
        McpCommand::Tools { server } => tools(server.as_deref()).await,
        McpCommand::Schema { server, tool } => {
            let gateway = Gateway::open()?;
            let found = tool_of(gateway.get(&server)?, &tool).await?;
            Ok(Shown::Json(serde_json::to_value(found).map_err(|it| it.to_string())?))
        }
        McpCommand::Call { server, tool, rest } => call(&server, &tool, &rest).await,
        McpCommand::Resources { server } => {
            let gateway = Gateway::open()?;
            Ok(Shown::Value(json!({ "data": gateway.get(&server)?.resources().await? })))
        }
        McpCommand::Read { server, uri } => {
            let gateway = Gateway::open()?;
            Ok(Shown::Json(gateway.get(&server)?.read_resource(&uri).await?))
        }
        McpCommand::Prompts { server } => {
            let gateway = Gateway::open()?;
            Ok(Shown::Value(json!({ "data": gateway.get(&server)?.prompts().await? })))
        }
        McpCommand::Prompt { server, name, rest } => {
            let input = Given::parse(&rest)?.or_piped()?.named()?;
            let gateway = Gateway::open()?;
            Ok(Shown::Json(gateway.get(&server)?.prompt(&name, input).await?))
        }
        McpCommand::Install(it) => install::run(&it),
    }
}

fn list() -> Done {
    let mounts = Mounts::open()?;
    let mut items = Vec::new();
    for (name, mount) in mounts.list() {
        let mut item = described(&mounts.definition(name));
        item["name"] = name.into();
        item["mounted"] = true.into();
        item["enabled"] = (!mount.disabled).into();
        items.push(item);
    }
    let mounted: Vec<String> = mounts.list().map(|it| it.0.to_owned()).collect();
    for it in others()?.iter().filter(|it| !mounted.contains(&it.name)) {
        let mut item = described(&it.definition);
        item["name"] = it.name.clone().into();
        item["mounted"] = false.into();
        item["client"] = it.client.into();
        item["from"] = it.from.display().to_string().into();
        items.push(item);
    }
    Ok(Shown::Value(json!({ "data": items })))
}

fn described(definition: &Result<Definition, String>) -> Value {
    match definition {
        Ok(it) => json!(it.shown()),
        Err(why) => json!({ "error": why }),
    }
}

/// The servers in the files of other programs, each once.
fn others() -> Result<Vec<Found>, Failed> {
    let project = std::env::current_dir().map_err(|it| Failed::refused(it.to_string()))?;
    Ok(found(&project, &install::home()?))
}

/// Whether each server answers; all are asked at once.
async fn status(gateway: Gateway) -> Vec<Value> {
    let mut asked = tokio::task::JoinSet::new();
    for server in gateway.servers() {
        let server = server.clone();
        asked.spawn(async move {
            match server.tools().await {
                Ok(tools) => json!({ "name": server.name(), "state": "READY", "tools": tools.len() }),
                Err(trouble) => {
                    json!({ "name": server.name(), "state": "DISCONNECTED", "error": trouble.message })
                }
            }
        });
    }
    let mut all = asked.join_all().await;
    all.sort_by_key(|it| it["name"].as_str().map(str::to_owned));
    all
}

fn add(add: Add) -> Done {
    let Add { name, url, headers, connection, env, program } = add;
    let definition = match (url, program.split_first()) {
        (Some(url), _) => Definition::Http { url, headers: pairs(&headers, ':')?, connection },
        (None, Some((command, args))) => Definition::Program {
            command: command.clone(),
            args: args.to_vec(),
            env: pairs(&env, '=')?,
            cwd: None,
        },
        (None, None) => return Err(Failed::wrong("give --url URL, or -- PROGRAM ARGUMENT…")),
    };
    let mut mounts = Mounts::open()?;
    let mut shown = json!(definition.shown());
    mounts.add(&name, definition).map_err(Failed::wrong)?;
    shown["name"] = name.into();
    shown["mounted"] = true.into();
    Ok(Shown::Value(shown))
}

fn pairs(lines: &[String], sign: char) -> Result<BTreeMap<String, String>, Failed> {
    let pair = |line: &String| match line.split_once(sign) {
        Some((name, value)) if sign == ':' => {
            Ok((name.trim().to_lowercase(), value.trim().to_owned()))
        }
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err(Failed::wrong(format!("'{line}' has no {sign}"))),
    };
    lines.iter().map(pair).collect()
}

fn import(names: &[String], from: Option<PathBuf>, called: Option<&str>) -> Done {
    if called.is_some() && names.len() > 1 {
        return Err(Failed::wrong("--as names one server"));
    }
    let others = match from {
        Some(it) => read_file(&it).map_err(Failed::wrong)?,
        None => others()?,
    };
    let mut mounts = Mounts::open()?;
    let mut items = Vec::new();
    for name in names {
        let found = others.iter().find(|it| it.name == *name).ok_or_else(|| {
            let known: Vec<&str> = others.iter().map(|it| it.name.as_str()).collect();
            Failed::wrong(format!("no file has a server '{name}'; there are: {}", known.join(", ")))
        })?;
        let called = called.unwrap_or(name);
        mounts.import(called, found).map_err(Failed::wrong)?;
        let mut item = described(&found.definition);
        item["name"] = called.into();
        item["mounted"] = true.into();
        item["from"] = found.from.display().to_string().into();
        items.push(item);
    }
    Ok(Shown::Value(json!({ "data": items })))
}

fn set_disabled(name: &str, disabled: bool) -> Done {
    Mounts::open()?.set_disabled(name, disabled).map_err(Failed::wrong)?;
    Ok(Shown::Value(json!({ "name": name, "enabled": !disabled })))
}

async fn tools(server: Option<&str>) -> Done {
    let gateway = Gateway::open()?;
    let Some(name) = server else {
        let all = gateway.tools().await;
        let item = |it: &Mounted| {
            json!({
                "name": it.tool,
                "server": it.server,
                "tool_name": it.shown.name,
                "description": it.shown.description,
            })
        };
        return Ok(Shown::Value(json!({ "data": all.iter().map(item).collect::<Vec<_>>() })));
    };
    let tools = gateway.get(name)?.tools().await?;
    Ok(Shown::Value(json!({ "data": tools })))
}

async fn tool_of(server: &Server, name: &str) -> Result<Tool, Failed> {
    let tools = server.tools().await?;
    let known: Vec<String> = tools.iter().map(|it| it.name.to_string()).collect();
    tools.into_iter().find(|it| it.name == name).ok_or_else(|| {
        let text = format!("{} has no tool '{name}'; it has: {}", server.name(), known.join(", "));
        Failed::wrong(text)
    })
}

async fn call(server: &str, tool: &str, rest: &[String]) -> Done {
    let given = Given::parse(rest)?.or_piped()?;
    let gateway = Gateway::open()?;
    let server = gateway.get(server)?;
    let found = tool_of(server, tool).await?;
    let fields = found.input_schema.get("properties").and_then(Value::as_object);
    let input = given.typed_by(|name| {
        let field = fields?.get_key_value(name)?;
        Some((field.0.clone(), field.1))
    })?;
    let destructive = found.annotations.as_ref().and_then(|it| it.destructive_hint);
    if destructive == Some(true) && !given.force {
        super::confirm(&format!("{} of {}", found.name, server.name()))?;
    }
    let result = server.call(&found.name, input).await?;
    let exit = u8::from(result.is_error == Some(true));
    let value = serde_json::to_value(result).map_err(|it| it.to_string())?;
    Ok(Shown::Result { value, exit })
}
