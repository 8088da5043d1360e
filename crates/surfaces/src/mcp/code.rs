//! The view of two tools: find operations, and run a program in Lua that calls them.
use std::collections::BTreeMap;
use std::sync::Arc;

use rmcp::model::{CallToolResult, ContentBlock, Tool, ToolAnnotations};
use serde_json::{Map, Value, json};
use vestibule_kernel::chance::Chance;
use vestibule_lua::{CallStatus, Limits, Outcome, SessionOptions};

use super::asked::Asked;
use super::tool::object;
use super::{Server, core, result};
use crate::actions::Action;
use crate::lua::{Accounts, literal};

/// How many operations a search gives where nobody says.
const FOUND_USUAL: usize = 3;
/// How many it gives at the most: each comes with its schema.
const FOUND_MAX: usize = 10;

/// The tools of the view; whoever knows an operation calls it by its own name.
pub(super) const TOOLS: [&str; 2] = ["search", "run"];

/// What a program may take that a model wrote.
fn limits() -> Limits {
    Limits {
        cpu_ms_max: 5_000,
        wall_ms_max: 10_000,
        run_ms_max: 120_000,
        calls_max: 100,
        output_chars_max: 16_000,
        output_lines_max: 1_000,
        result_bytes_max: result::RESULT_BYTES_MAX,
        ..Limits::default()
    }
}

/// The tools of the view.
pub(super) fn tools(read_only: bool) -> Vec<Tool> {
    let hints =
        |reads| ToolAnnotations::new().read_only(reads).destructive(!reads).open_world(false);
    let search_input = json!({
        "type": "object",
        "properties": {
            "intent": { "type": "string", "description": "What you want to do, in plain words" },
            "limit": { "type": "integer", "minimum": 1, "maximum": FOUND_MAX },
        },
        "required": ["intent"],
        "additionalProperties": false,
    });
    let run_input = json!({
        "type": "object",
        "properties": { "code": { "type": "string", "description": "The program" } },
        "required": ["code"],
        "additionalProperties": false,
    });
    let search_text = "Find operations by what they do: name, effect, input schema, fields of the \
                       reply, an example";
    vec![
        Tool::new("search", search_text, object(search_input))
            .with_annotations(hints(true).idempotent(true)),
        Tool::new("run", run_text(read_only), object(run_input)).with_annotations(hints(read_only)),
    ]
}

fn run_text(read_only: bool) -> String {
    let limits = limits();
    let reads = if read_only { " Operations that change something are refused." } else { "" };
    format!(
        "Run a program in Luau, in a sandbox without files or network. It calls operations:\n\
         local workos = app.integrations.workos\n\
         local page = workos.users.list({{ limit = 5 }})\n\
         for user in paginate(workos.users.list, {{ limit = 100 }}) do print(user.email) end\n\
         return {{ count = #page.data }}\n\
         A failed call raises an error with type, message and call_made; pcall catches it. \
         docs.search(words) and docs.read(\"workos.users.list\") give text, \
         parallel({{ {{ f, arguments }}, … }}) calls several at once. Return only what you need. At \
         most {} calls, {} s of processor time, {} characters of output.{reads}",
        limits.calls_max,
        limits.cpu_ms_max / 1_000,
        limits.output_chars_max,
    )
}

/// Calls a tool of the view; nothing where there is none of this name.
pub(super) async fn call(
    server: &Server,
    asked: &Asked,
    name: &str,
    given: &Map<String, Value>,
) -> Option<CallToolResult> {
    let text = |name: &str| given.get(name).and_then(Value::as_str).unwrap_or_default();
    match name {
        "search" => {
            let limit = given.get("limit").and_then(Value::as_u64).unwrap_or(FOUND_USUAL as u64);
            let limit = usize::try_from(limit).unwrap_or(FOUND_MAX).clamp(1, FOUND_MAX);
            Some(search(server, asked, text("intent"), limit))
        }
        "run" => Some(run(server, asked, text("code")).await),
        _ => None,
    }
}

fn search(server: &Server, asked: &Asked, intent: &str, limit: usize) -> CallToolResult {
    let mut room = result::RESULT_BYTES_MAX;
    let fits = |it: &Value| {
        room = room.checked_sub(it.to_string().len())?;
        Some(())
    };
    let found: Vec<Value> = core::search(server, asked, intent, limit).map(shown).collect();
    let count = found.iter().map_while(fits).count().max(1);
    let found: Vec<Value> = found.into_iter().take(count).collect();
    result::own(json!({ "operations": found }))
}

/// An operation for whoever is about to call it from a program.
fn shown(action: &Action) -> Value {
    let reply =
        action.output.as_ref().and_then(|it| it.get("properties")).and_then(Value::as_object);
    let fields: Vec<&String> = reply.into_iter().flat_map(Map::keys).collect();
    json!({
        "name": action.id,
        "effect": action.effect,
        "does": action.description,
        "input": action.input,
        "reply_fields": fields,
        "example": format!("app.integrations.workos.{}({})", action.id, literal(&action.example())),
    })
}

async fn run(server: &Server, asked: &Asked, code: &str) -> CallToolResult {
    // The client asks its user before it runs a program, for the tool says that it may delete; nobody
    // can be asked in the middle of one.
    let backend = server.runner().backend().clone();
    let accounts = Accounts::new(server.runner().actions(), backend, BTreeMap::new(), true)
        .asked_by(asked.request.clone())
        .within(asked.view.clone())
        .beside(server.others(&asked.view).cloned().unwrap_or_default());
    let chance: [u8; 12] = Chance::system().bytes();
    let run_id = format!("run_{}", data_encoding::HEXLOWER.encode(&chance));
    let options = SessionOptions { run_id, limits: limits(), permission_bypassed: false };
    let outcome = server.engine().run(Arc::new(accounts), code, options).await;
    told(&outcome)
}

/// What became of a run, with its calls in short.
fn told(outcome: &Outcome) -> CallToolResult {
    let calls: Vec<Value> = outcome
        .integration_calls
        .iter()
        .map(|it| {
            let mut call =
                json!({ "name": it.name, "effect": it.effect, "ms": it.duration_ms.round() });
            if it.status != CallStatus::Success {
                call["error"] = json!(it.error);
            }
            if it.effect != vestibule_lua::Effect::Read {
                call["effect_status"] = json!(it.effect_status);
            }
            call
        })
        .collect();
    let value = json!({
        "success": outcome.success,
        "result": outcome.result,
        "output": outcome.output,
        "error": outcome.error,
        "calls": calls,
        "run_id": outcome.meta.run_id,
        "output_truncated": outcome.meta.output_truncated,
    });
    let result = if outcome.success {
        result::own(value)
    } else {
        CallToolResult::error(vec![ContentBlock::text(value.to_string())])
    };
    if outcome.meta.untrusted { result::marked(result) } else { result }
}
