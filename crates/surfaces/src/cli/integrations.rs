//! The commands that users of KosmoKrator type, `integrations:…`, each another name for ours.
use std::collections::BTreeMap;

use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_kernel::Effect;
use vestibule_kernel::catalog::Catalog;
use vestibule_kernel::secret::Secret;

use super::action::{self, CallCommand, actions};
use super::failure::Failed;
use super::{Done, Output, Shown};
use crate::actions::{Action, Failure};
use crate::connections::{self, Connections, Credential, HOSTED, State};
use crate::lua::literal;

/// The one provider.
const PROVIDER: &str = "workos";
/// How many functions the answer of a search has.
const FOUND: usize = 20;
/// How many functions `doctor` shows.
const EXAMPLES: usize = 5;

/// Another spelling of our commands.
#[derive(Subcommand, Debug)]
pub enum IntegrationsCommand {
    /// List the providers, with their functions
    #[command(name = "integrations:list")]
    List(Output),
    /// Tell whether the provider can be used, and by which accounts
    #[command(name = "integrations:status")]
    Status(Output),
    /// Tell what is missing, and what to run next
    #[command(name = "integrations:doctor")]
    Doctor {
        /// The provider
        #[arg(default_value = PROVIDER)]
        provider: String,
        #[command(flatten)]
        output: Output,
    },
    /// List what an account is made of
    #[command(name = "integrations:fields")]
    Fields {
        /// The provider
        #[arg(default_value = PROVIDER)]
        provider: String,
        /// The account
        #[arg(long, default_value = connections::DEFAULT)]
        account: String,
        #[command(flatten)]
        output: Output,
    },
    /// Give an account its address and its key: the same as `connection create`
    #[command(name = "integrations:configure")]
    Configure {
        /// The provider
        #[arg(default_value = PROVIDER)]
        provider: String,
        /// The account
        #[arg(long, default_value = connections::DEFAULT)]
        account: String,
        /// A field, `url=…`; a key that is given so can be read by others on this machine
        #[arg(long = "set", value_name = "NAME=VALUE")]
        set: Vec<String>,
        /// Read the fields from the standard input, as a JSON object
        #[arg(long)]
        stdin_json: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Find functions by what they do
    #[command(name = "integrations:search")]
    Search {
        /// What is wanted
        #[arg(required = true)]
        query: Vec<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Read about a function
    #[command(name = "integrations:docs")]
    Docs {
        /// The function, or nothing for all of them
        page: Option<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Print the JSON Schema of a function's input
    #[command(name = "integrations:schema")]
    Schema {
        /// Any name of the function
        function: String,
        #[command(flatten)]
        output: Output,
    },
    /// Print an example of a call
    #[command(name = "integrations:examples")]
    Examples {
        /// Any name of the function
        page: String,
        #[command(flatten)]
        output: Output,
    },
    /// Call a function: the same as `call`
    #[command(name = "integrations:workos")]
    Workos(CallCommand),
}

/// Does what an `integrations:` command says.
pub async fn run(catalog: &'static Catalog, command: IntegrationsCommand) -> Done {
    if let IntegrationsCommand::Workos(it) = command {
        return action::call(catalog, it).await;
    }
    let actions = actions(catalog)?;
    let named = |name: &str| -> Result<&'static Action, Failed> {
        actions.find(name, &serde_json::Map::new()).map_err(|it| Failure::from(it).into())
    };
    let value = match command {
        IntegrationsCommand::List(_) => {
            let functions: Vec<Value> = actions.all().iter().map(function).collect();
            let mut provider = status()?;
            provider["functions"] = functions.into();
            json!({ "success": true, "providers": { PROVIDER: provider } })
        }
        IntegrationsCommand::Status(_) => {
            let mut provider = status()?;
            provider["functions"] = actions.all().len().into();
            json!({ "success": true, "providers": { PROVIDER: provider } })
        }
        IntegrationsCommand::Doctor { provider, .. } => {
            known(&provider)?;
            let examples = actions.all().iter().take(EXAMPLES).map(|it| it.id.as_ref());
            doctor(examples.collect(), actions.all().len()).await?
        }
        IntegrationsCommand::Fields { provider, account, .. } => {
            known(&provider)?;
            fields(&account)?
        }
        IntegrationsCommand::Configure { provider, account, set, stdin_json, .. } => {
            known(&provider)?;
            configure(&account, &set, stdin_json)?
        }
        IntegrationsCommand::Search { query, .. } => {
            let query = query.join(" ");
            let found = actions.search(&query, FOUND);
            let functions: Vec<Value> = found.iter().map(|it| function(it.action)).collect();
            json!({ "success": true, "query": query, "functions": functions })
        }
        IntegrationsCommand::Docs { page: None, .. } => {
            json!({ "success": true, "pages": actions.all().iter().map(|it| &it.id).collect::<Vec<_>>() })
        }
        IntegrationsCommand::Docs { page: Some(page), .. } => named(&page)?.describe(),
        IntegrationsCommand::Schema { function, .. } => named(&function)?.input.clone(),
        IntegrationsCommand::Examples { page, .. } => {
            let action = named(&page)?;
            json!({
                "success": true,
                "lua": format!("app.integrations.workos.{}({})", action.id, literal(&action.example())),
                "command": format!("vestibule call {} '{}'", action.id, action.example()),
            })
        }
        IntegrationsCommand::Workos(_) => Value::Null,
    };
    Ok(Shown::Json(value))
}

fn configure(account: &str, set: &[String], stdin_json: bool) -> Result<Value, Failed> {
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    if stdin_json {
        let text = super::text_of("-").map_err(Failed::wrong)?;
        let wrong = |it| Failed::wrong(format!("the fields are not a JSON object of texts: {it}"));
        fields = serde_json::from_str(&text).map_err(wrong)?;
    }
    for pair in set {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| Failed::wrong(format!("--set {pair} is not NAME=VALUE")))?;
        fields.insert(name.to_owned(), value.to_owned());
    }
    let key = fields.remove("api_key").map(Secret::new);
    let url = fields.remove("url");
    if let Some(name) = fields.keys().next() {
        return Err(Failed::wrong(format!(
            "there is no field '{name}': there are api_key and url"
        )));
    }
    let mut connections = Connections::open()?;
    let kept = connections.get(account).ok().map(|it| it.base_url.clone());
    let url = url.or(kept).unwrap_or_else(|| HOSTED.to_owned());
    connections.put(account, &url, key.as_ref()).map_err(Failed::wrong)?;
    Ok(
        json!({ "success": true, "provider": PROVIDER, "account": account, "configured": key.is_some() }),
    )
}

fn known(provider: &str) -> Result<(), Failed> {
    if provider == PROVIDER {
        return Ok(());
    }
    Err(Failed::wrong(format!("there is no provider '{provider}': there is {PROVIDER}")))
}

fn function(action: &Action) -> Value {
    let operation = if action.effect == Effect::Read { "read" } else { "write" };
    json!({
        "provider": PROVIDER,
        "function": action.id,
        "name": format!("{PROVIDER}.{}", action.id),
        "slug": action.names.first(),
        "title": action.description.lines().next(),
        "description": action.description,
        "operation": operation,
        "effect": action.effect,
        "auth": "api_key",
        "auth_strategy": "api_key",
        "cli_setup_supported": true,
        "cli_runtime_supported": true,
        "input_schema": action.input,
        "output_schema": action.output,
    })
}

fn status() -> Result<Value, Failed> {
    let connections = Connections::open()?;
    let accounts: Vec<&str> = connections.list().iter().map(|it| it.name.as_str()).collect();
    let configured = !accounts.is_empty();
    Ok(json!({
        "active": configured,
        "configured": configured,
        "accounts": accounts,
        "auth_strategy": "api_key",
        "cli_setup_supported": true,
        "cli_runtime_supported": true,
    }))
}

async fn doctor(examples: Vec<&str>, functions: usize) -> Result<Value, Failed> {
    let connections = Connections::open()?;
    let mut report = status()?;
    let (mut missing, mut next): (Vec<&str>, Vec<String>) = (Vec::new(), Vec::new());
    match connections.current() {
        None => {
            missing.push("api_key");
            next.push(
                "vestibule connection create default --base-url URL --api-key-stdin".to_owned(),
            );
        }
        Some(it) => {
            let credential = connections.credential(it);
            let status = connections::probe(&it.name, &it.base_url, credential).await;
            if status.state == State::Ready {
                next.push(format!(
                    "vestibule action list --intent \"…\" --connectionId {}",
                    it.name
                ));
            } else {
                missing.push("api_key");
                next.push(format!("vestibule connection get {} --json", it.name));
            }
            report["state"] = json!(status);
        }
    }
    report["provider"] = PROVIDER.into();
    report["locally_runnable"] = true.into();
    report["enabled"] = true.into();
    report["missing_credentials"] = missing.into();
    report["permissions"] = json!({ "read": "allow", "write": "allow", "destructive": "ask" });
    report["function_count"] = functions.into();
    report["example_functions"] = examples.into();
    report["next_commands"] = next.into();
    Ok(report)
}

fn fields(account: &str) -> Result<Value, Failed> {
    let connections = Connections::open()?;
    let kept = connections.get(account).ok();
    let credential = kept.map(|it| connections.credential(it));
    let has_key = matches!(credential, Some(Ok(Credential::Key(_))));
    let field =
        |key: &str, label: &str, kind: &str, required: bool, configured: bool, text: &str| {
            json!({
                "key": key, "label": label, "type": kind, "required": required,
                "configured": configured, "description": text,
            })
        };
    Ok(json!({
        "success": true,
        "provider": PROVIDER,
        "account": account,
        "accounts": connections.list().iter().map(|it| &it.name).collect::<Vec<_>>(),
        "auth_strategy": "api_key",
        "fields": [
            field("api_key", "API key", "secret", true, has_key, "The secret key of an environment"),
            field("url", "Address", "url", false, kept.is_some(), "The server; hosted WorkOS is https://api.workos.com"),
        ],
        "example": format!("vestibule connection create {account} --base-url URL --api-key-stdin"),
    }))
}
