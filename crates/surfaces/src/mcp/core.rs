//! The view of five tools: who am I, what is there, read, change, and set up a customer.
use rmcp::model::{CallToolResult, Tool, ToolAnnotations};
use serde_json::{Map, Value, json};
use vestibule_kernel::Effect;

use super::asked::Asked;
use super::result::Outcome;
use super::tool::object;
use super::{Server, View, result, view};
use crate::actions::{Action, Actions};

/// How many operations a search gives where nobody says.
const FOUND_USUAL: usize = 8;
/// How many operations are described whole at once.
const DESCRIBED_MAX: usize = 50;

/// Those of the tools that can change something: a read-only view lacks them.
const CHANGING: [&str; 2] = ["mutate", "setup_account"];
/// Those that run operations.
pub(super) const RUNNING: [&str; 3] = ["query", "mutate", "setup_account"];
/// Those that tell of the server and run none that changes something.
pub(super) const TELLING: [&str; 2] = ["whoami", "list_operations"];

/// The tools of the view.
pub(super) fn tools(read_only: bool) -> Vec<Tool> {
    let all = [whoami(), list_operations(), query(), mutate(), setup_account()];
    all.into_iter().filter(|it| !read_only || !CHANGING.contains(&&*it.name)).collect()
}

fn reads() -> ToolAnnotations {
    ToolAnnotations::new().read_only(true).destructive(false).idempotent(true).open_world(false)
}

fn whoami() -> Tool {
    let input = json!({ "type": "object", "properties": {}, "additionalProperties": false });
    Tool::new("whoami", "Which server, environment and view this is", object(input))
        .with_annotations(reads())
}

fn list_operations() -> Tool {
    let input = json!({
        "type": "object",
        "properties": {
            "intent": { "type": "string", "description": "What you want to do, in plain words" },
            "domain": { "type": "string", "description": "Only operations of this domain" },
            "names": {
                "type": "array",
                "items": { "type": "string" },
                "maxItems": DESCRIBED_MAX,
                "description": "Describe these, with schemas and an example",
            },
            "limit": { "type": "integer", "minimum": 1, "maximum": 100 },
        },
        "additionalProperties": false,
    });
    let text =
        "Find operations: by intent, of a domain, or by name. Without arguments: the domains";
    Tool::new("list_operations", text, object(input)).with_annotations(reads())
}

fn one_operation() -> Value {
    json!({
        "type": "object",
        "properties": {
            "operation": { "type": "string", "description": "Its name, such as users.list" },
            "arguments": { "type": "object", "description": "Its input" },
        },
        "required": ["operation"],
        "additionalProperties": false,
    })
}

fn query() -> Tool {
    let text = "Run an operation that only reads";
    Tool::new("query", text, object(one_operation())).with_annotations(reads())
}

fn mutate() -> Tool {
    let annotations = ToolAnnotations::new()
        .read_only(false)
        .destructive(true)
        .idempotent(false)
        .open_world(false);
    let text = "Run an operation that changes or deletes something";
    Tool::new("mutate", text, object(one_operation())).with_annotations(annotations)
}

fn setup_account() -> Tool {
    let input = json!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "description": "Name of the organization" },
            "domains": {
                "type": "array",
                "items": { "type": "string" },
                "description": "Domains it claims; it must still prove them",
            },
            "external_id": {
                "type": "string",
                "description": "Your own id of the customer; an organization that has it is taken",
            },
            "admin_email": { "type": "string", "description": "Who is invited by mail" },
            "admin_role": { "type": "string", "description": "Slug of the role they get" },
        },
        "required": ["name"],
        "additionalProperties": false,
    });
    let annotations = ToolAnnotations::new()
        .read_only(false)
        .destructive(false)
        .idempotent(false)
        .open_world(false);
    let text = "Set up a customer: an organization, its domains, and an invitation of its first \
                administrator";
    Tool::new("setup_account", text, object(input)).with_annotations(annotations)
}

/// Whether it is the name of a tool of the view.
pub(super) fn has(view: &View, name: &str) -> bool {
    let is_tool = RUNNING.contains(&name) || TELLING.contains(&name);
    is_tool && !(view.read_only && CHANGING.contains(&name))
}

/// Calls a tool that the view [`has`].
pub(super) async fn call(
    server: &Server,
    asked: Asked,
    name: &str,
    given: Map<String, Value>,
) -> Outcome {
    match name {
        "query" => run(server, asked, given, Effect::Read).await,
        "mutate" => run(server, asked, given, Effect::Destructive).await,
        "whoami" => Box::pin(who(server, &asked)).await.into(),
        "list_operations" => list(server, &asked, &given).into(),
        _ => Box::pin(set_up(server, &asked, given)).await.into(),
    }
}

async fn who(server: &Server, asked: &Asked) -> CallToolResult {
    let ran = server.runner().run("environments.current", Map::new(), asked.request.clone()).await;
    let environment = match ran {
        Ok(answer) => answer.value(),
        // Other servers of this API do not tell.
        Err(it) if it.kind == "not_available_on_this_server" => Value::Null,
        Err(failure) => return result::failed(&failure),
    };
    result::own(json!({
        "server": server.runner().server(),
        "environment": environment,
        "version": env!("CARGO_PKG_VERSION"),
        "view": asked.view.shown.name(),
        "read_only": asked.view.read_only,
        "operations": server.reachable(&asked.view).count(),
    }))
}

fn list(server: &Server, asked: &Asked, given: &Map<String, Value>) -> CallToolResult {
    let text = |name: &str| given.get(name).and_then(Value::as_str);
    let limit = given.get("limit").and_then(Value::as_u64).and_then(|it| usize::try_from(it).ok());
    if let Some(names) = given.get("names").and_then(Value::as_array) {
        return describe(server, asked, names);
    }
    if let Some(intent) = text("intent") {
        let found = search(server, asked, intent, limit.unwrap_or(FOUND_USUAL));
        return result::own(json!({ "operations": found.map(line).collect::<Vec<_>>() }));
    }
    let mut reachable = server.reachable(&asked.view);
    if let Some(domain) = text("domain") {
        let domain = domain.to_lowercase().replace('-', "_");
        let of_domain: Vec<Value> =
            reachable.filter(|it| it.domain() == domain).map(line).collect();
        if of_domain.is_empty() {
            let names = view::domains(server.runner().actions()).join(", ");
            let text = format!("There is no domain '{domain}'. There are: {names}.");
            return result::refused("unknown_domain", &text);
        }
        return result::own(json!({ "operations": of_domain }));
    }
    let mut domains: Vec<(&str, usize)> = Vec::new();
    for domain in reachable.by_ref().map(Action::domain) {
        match domains.iter_mut().find(|it| it.0 == domain) {
            Some(it) => it.1 += 1,
            None => domains.push((domain, 1)),
        }
    }
    let domains: Map<String, Value> =
        domains.into_iter().map(|(name, count)| (name.to_owned(), count.into())).collect();
    result::own(json!({ "domains": domains, "next": "Give intent, domain or names." }))
}

/// The operations that fit a wish and that the view reaches, best first.
pub(super) fn search<'a>(
    server: &'a Server,
    asked: &'a Asked,
    intent: &str,
    limit: usize,
) -> impl Iterator<Item = &'a Action> {
    let all = server.runner().actions().all().len();
    let found = server.runner().actions().search(intent, all);
    let reached =
        found.into_iter().map(|it| it.action).filter(|it| server.reaches(&asked.view, it));
    reached.take(limit)
}

/// An operation in a line of a list: what it does and what it must be given.
fn line(action: &Action) -> Value {
    let required = action.input.get("required").cloned().unwrap_or_else(|| json!([]));
    let summary = action.description.lines().next().unwrap_or_default();
    json!({ "name": action.id, "effect": action.effect, "does": summary, "required": required })
}

fn describe(server: &Server, asked: &Asked, names: &[Value]) -> CallToolResult {
    let mut room = result::RESULT_BYTES_MAX;
    let mut described = Vec::new();
    for name in names.iter().take(DESCRIBED_MAX).filter_map(Value::as_str) {
        let mut shown = match server.runner().actions().find(name, &Map::new()) {
            Ok(action) => match asked.view.check(action) {
                Ok(()) => action.describe(),
                Err(text) => json!({ "id": action.id, "message": text }),
            },
            Err(unknown) => unknown.to_value(),
        };
        // What is too long is named at least, so that it can be asked for by itself.
        let bytes = shown.to_string().len();
        if bytes > room && !described.is_empty() {
            shown = json!({ "id": shown["id"], "message": "Ask for it by itself." });
        }
        room = room.saturating_sub(bytes);
        shown["asked"] = name.into();
        described.push(shown);
    }
    result::own(json!({ "operations": described }))
}

/// Runs the operation that is named, if it does no more than `most`.
async fn run(
    server: &Server,
    asked: Asked,
    mut given: Map<String, Value>,
    most: Effect,
) -> Outcome {
    let Some(Value::String(name)) = given.remove("operation") else {
        let text = "operation is required: its name, such as users.list. No call was made.";
        return result::refused("invalid_arguments", text).into();
    };
    let Some(arguments) = arguments(given.remove("arguments")) else { return no_object().into() };
    let action = match server.find(&name, &arguments) {
        Ok(it) => it,
        Err(unknown) => return Outcome::Failed(unknown.into()),
    };
    let reads = action.effect == Effect::Read;
    if most == Effect::Read && !reads {
        let text = format!("{} changes something: use mutate. No call was made.", action.id);
        return result::refused("not_a_read", &text).into();
    }
    if most != Effect::Read && reads {
        let text = format!("{} only reads: use query. No call was made.", action.id);
        return result::refused("not_a_change", &text).into();
    }
    server.run(asked, &name, action, arguments).await
}

/// The arguments of an operation; none where they are no object.
fn arguments(given: Option<Value>) -> Option<Map<String, Value>> {
    match given {
        None | Some(Value::Null) => Some(Map::new()),
        Some(Value::Object(it)) => Some(it),
        // Models write objects as text.
        Some(Value::String(text)) => serde_json::from_str(&text).ok(),
        Some(_) => None,
    }
}

/// The operation that a tool of the view runs, and its arguments, where they are known before it does:
/// the first that changes something, where there are several.
pub(super) fn operation<'a>(
    actions: &'a Actions,
    name: &str,
    given: &Map<String, Value>,
) -> Option<(&'a Action, Map<String, Value>)> {
    if name == "setup_account" {
        return Some((actions.get("organizations.create")?, given.clone()));
    }
    let arguments = arguments(given.get("arguments").cloned())?;
    let action = actions.find(given.get("operation")?.as_str()?, &arguments).ok()?;
    // A tool that does not run it says so, whatever the caller may do.
    let runs = (name == "query") == (action.effect == Effect::Read);
    runs.then_some((action, arguments))
}

fn no_object() -> CallToolResult {
    result::refused("invalid_arguments", "arguments is not an object. No call was made.")
}

/// Makes what a new customer needs, one operation after another. What was done before one failed is
/// told, and giving the same `external_id` again goes on from there.
async fn set_up(server: &Server, asked: &Asked, mut given: Map<String, Value>) -> CallToolResult {
    let taken = match given.get("external_id").and_then(Value::as_str) {
        Some(it) => by_external_id(server, asked, it).await,
        None => Ok(None),
    };
    let email = given.remove("admin_email");
    let role = given.remove("admin_role");
    let organization = match taken {
        Ok(Some(it)) => it,
        Ok(None) => match create(server, asked, given).await {
            Ok(it) => it,
            Err(refusal) => return refusal,
        },
        Err(refusal) => return refusal,
    };
    let mut made = json!({ "organization": organization });
    if let Some(email) = email {
        let mut input = json!({ "email": email, "organization_id": organization["id"] });
        if let Some(role) = role {
            input["role_slug"] = role;
        }
        let ran = perform(server, asked, "invitations.create", input).await;
        match ran {
            Ok(it) => made["invitation"] = redacted(it),
            Err(mut refusal) => {
                let note = format!("The organization is there: {}.", organization["id"]);
                refusal.content.push(rmcp::model::ContentBlock::text(note));
                return refusal;
            }
        }
    }
    result::data(made)
}

/// An invitation without what would accept it, which is for whoever reads the mail.
fn redacted(mut invitation: Value) -> Value {
    if let Some(fields) = invitation.as_object_mut() {
        fields.remove("token");
        fields.remove("accept_invitation_url");
    }
    invitation
}

async fn by_external_id(
    server: &Server,
    asked: &Asked,
    external_id: &str,
) -> Result<Option<Value>, CallToolResult> {
    let input = json!({ "external_id": external_id });
    let name = "organizations.get_by_external_id";
    let Value::Object(input) = input else { return Ok(None) };
    match server.runner().run(name, input, asked.request.clone()).await {
        Ok(answer) => Ok(Some(answer.value())),
        Err(it) if it.status == Some(404) => Ok(None),
        Err(it) => Err(result::failed(&it)),
    }
}

async fn create(
    server: &Server,
    asked: &Asked,
    mut given: Map<String, Value>,
) -> Result<Value, CallToolResult> {
    if let Some(domains) = given.remove("domains") {
        let domains = domains.as_array().cloned().unwrap_or_default();
        let claim = |it: Value| json!({ "domain": it, "state": "pending" });
        let claims: Vec<Value> = domains.into_iter().map(claim).collect();
        given.insert("domain_data".to_owned(), claims.into());
    }
    perform(server, asked, "organizations.create", given.into()).await
}

async fn perform(
    server: &Server,
    asked: &Asked,
    name: &str,
    input: Value,
) -> Result<Value, CallToolResult> {
    let Value::Object(input) = input else { return Ok(Value::Null) };
    let ran = server.runner().run(name, input, asked.request.clone()).await;
    ran.map(crate::client::Answer::value).map_err(|it| result::failed(&it))
}
