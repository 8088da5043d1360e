//! The MCP servers that a program in Lua reaches: `mcp.servers()`, `app.mcp.<server>.<tool>(…)`.
use std::fmt::Write;

use rmcp::model::{CallToolResult, ContentBlock, Tool};
use serde_json::{Map, Value, json};
use vestibule_lua::{EffectStatus, Failure, FailureKind, Mcp, Reply};

use crate::gateway::{Gateway, Server, Trouble};

/// Asks the servers. What cannot be undone, in the words of its server, is done where `destructive`
/// says so.
pub(super) async fn ask(
    gateway: &Gateway,
    destructive: bool,
    request: Mcp,
) -> Result<Reply, Failure> {
    let find = |name: &str| gateway.get(name).map_err(unknown);
    let value = match request {
        Mcp::Servers => {
            let servers = gateway.servers().iter().map(|it| json!({ "name": it.name() }));
            return Ok(Reply { value: servers.collect(), untrusted: false });
        }
        Mcp::Tools { server } => json!(find(&server)?.tools().await.map_err(failure)?),
        Mcp::CallTool { server, tool, arguments, idempotency_key: _ } => {
            call(find(&server)?, &tool, arguments, destructive).await?
        }
        Mcp::Resources { server } => find(&server)?.resources().await.map_err(failure)?,
        Mcp::ReadResource { server, uri } => {
            find(&server)?.read_resource(&uri).await.map_err(failure)?
        }
        Mcp::Prompts { server } => find(&server)?.prompts().await.map_err(failure)?,
        Mcp::GetPrompt { server, name, arguments } => {
            find(&server)?.prompt(&name, arguments).await.map_err(failure)?
        }
    };
    Ok(Reply { value, untrusted: true })
}

/// What there is, as text.
pub(super) async fn list(gateway: &Gateway) -> String {
    if gateway.servers().is_empty() {
        return "No MCP server is mounted beside.".to_owned();
    }
    let mut text = String::from("Tools of app.mcp, in the words of their servers:\n");
    for it in gateway.tools().await {
        let line = it.shown.description.unwrap_or_default();
        let line = line.lines().next().unwrap_or_default();
        writeln!(text, "- {}.{}: {line}", it.server, it.tool).ok();
    }
    text
}

async fn call(
    server: &Server,
    name: &str,
    input: Map<String, Value>,
    destructive: bool,
) -> Result<Value, Failure> {
    let tools = server.tools().await.map_err(failure)?;
    // A name of Lua has no dots and dashes in it.
    let spelled = |it: &Tool| it.name.replace(['-', '.'], "_");
    let exact = tools.iter().find(|it| it.name == name);
    let found = exact.or_else(|| tools.iter().find(|it| spelled(it) == name));
    let Some(tool) = found else {
        let known = tools.iter().map(|it| it.name.to_string()).take(5).collect();
        let message = format!("{} has no tool \"{name}\".", server.name());
        return Err(Failure::new(FailureKind::UnknownFunction, message).with_suggestions(known));
    };
    let hint = tool.annotations.as_ref().and_then(|it| it.destructive_hint);
    if hint == Some(true) && !destructive {
        let message = format!("{name} cannot be undone: run the program with --force.");
        return Err(Failure::new(FailureKind::Denied, message));
    }
    let result = server.call(&tool.name, input).await.map_err(failure)?;
    if result.is_error == Some(true) {
        return Err(Failure {
            call_made: true,
            effect_status: EffectStatus::Unknown,
            ..Failure::new(FailureKind::ToolError, text_of(&result))
        });
    }
    Ok(match result.structured_content {
        Some(it) => it,
        None => text_value(&result),
    })
}

/// The text of a result; where it is JSON, what it says.
fn text_value(result: &CallToolResult) -> Value {
    let text = text_of(result);
    serde_json::from_str(&text).unwrap_or_else(|_| text.into())
}

fn text_of(result: &CallToolResult) -> String {
    let texts = result.content.iter().filter_map(|it| match it {
        ContentBlock::Text(it) => Some(it.text.as_str()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn unknown(it: Trouble) -> Failure {
    Failure::new(FailureKind::UnknownFunction, it.message)
}

fn failure(it: Trouble) -> Failure {
    let status = if it.call_made { EffectStatus::Unknown } else { EffectStatus::None };
    Failure {
        call_made: it.call_made,
        effect_status: status,
        ..Failure::new(FailureKind::Unreachable, it.message)
    }
}
