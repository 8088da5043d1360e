//! What a client may read beside the tools: documentation, operations with their schemas, and events.
use rmcp::model::{
    CacheScope, ErrorData, JsonObject, MetaObject, ReadResourceResponse, ReadResourceResult,
    Resource, ResourceContents, ResourceTemplate,
};
use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::{LISTS_FRESH_MS, Server, View, result, view};

const SCHEME: &str = "vestibule://";
/// The newest events, of all kinds; behind a `/` those of one name.
const EVENTS: &str = "vestibule://events";
const EVENTS_OPERATION: &str = "events.list";
/// How many events are read at once.
const EVENTS_READ: usize = 20;
/// Every operation in a line.
const OPERATIONS: &str = "vestibule://operations";
/// The domains, which are the toolsets.
const TOOLSETS: &str = "vestibule://toolsets";

const MARKDOWN: &str = "text/markdown";
const JSON: &str = "application/json";

struct Page {
    name: &'static str,
    about: &'static str,
    text: &'static str,
}

macro_rules! page {
    ($name:literal, $file:literal, $about:literal) => {
        Page { name: $name, about: $about, text: include_str!(concat!("../../../../docs/", $file)) }
    };
}

/// What is written for people, under the name that its address ends in.
const PAGES: [Page; 8] = [
    page!("mcp", "MCP.md", "Views, tools, resources, prompts and subscriptions of this server"),
    page!("agents", "AGENTS.md", "The command line for agents, and what other products call it"),
    page!("lua", "LUA.md", "Programs that call operations"),
    page!("authorization", "AUTHORIZATION.md", "Roles on organizations and on what is below them"),
    page!("webhooks", "WEBHOOKS.md", "Webhook endpoints, retries, replays"),
    page!("audit-logs", "AUDIT_LOGS.md", "Audit logs, and how to prove them complete"),
    page!("actions", "ACTIONS.md", "Your application has a say in who is let in"),
    page!("sandbox", "SANDBOX.md", "Environments for test suites"),
];

/// The names of the pages.
pub(super) fn page_names() -> impl Iterator<Item = &'static str> {
    PAGES.iter().map(|it| it.name)
}

/// What can be read under an address of its own.
pub(super) fn list(server: &Server, view: &View) -> Vec<Resource> {
    let page = |it: &Page| {
        Resource::new(format!("{SCHEME}docs/{}", it.name), it.name)
            .with_description(it.about)
            .with_mime_type(MARKDOWN)
            .with_size(it.text.len() as u64)
    };
    let operations = Resource::new(OPERATIONS, "operations")
        .with_description("Every operation in a line: name, effect, what it does")
        .with_mime_type("text/plain");
    let toolsets = Resource::new(TOOLSETS, "toolsets")
        .with_description("The domains of operations, which the view /mcp/x/… takes")
        .with_mime_type(JSON);
    let mut listed: Vec<Resource> = PAGES.iter().map(page).collect();
    listed.extend([operations, toolsets]);
    if watches_events(server, view) {
        listed.push(
            Resource::new(EVENTS, "events")
                .with_description("The newest events; subscribe to be told of new ones")
                .with_mime_type(JSON),
        );
    }
    listed
}

/// What can be read under addresses that are filled in.
pub(super) fn templates(server: &Server, view: &View) -> Vec<ResourceTemplate> {
    let mut listed = vec![
        ResourceTemplate::new("vestibule://operations/{operation}", "operation")
            .with_description("An operation with its schemas and an example, by any of its names")
            .with_mime_type(JSON),
        ResourceTemplate::new("vestibule://docs/{page}", "docs")
            .with_description("A page of the documentation")
            .with_mime_type(MARKDOWN),
    ];
    if watches_events(server, view) {
        listed.push(
            ResourceTemplate::new("vestibule://events/{event}", "events of a name")
                .with_description("The newest events of a name, such as user.created")
                .with_mime_type(JSON),
        );
    }
    listed
}

fn watches_events(server: &Server, view: &View) -> bool {
    server.actions().get(EVENTS_OPERATION).is_some_and(|it| server.reaches(view, it))
}

/// The name of the events of an address: empty for all. Nothing where the address is another.
pub(super) fn event_name(uri: &str) -> Option<&str> {
    let rest = uri.strip_prefix(EVENTS)?;
    match rest.strip_prefix('/') {
        Some(name) if !name.is_empty() => Some(name),
        None if rest.is_empty() => Some(""),
        _ => None,
    }
}

/// Reads what is at an address.
pub(super) async fn read(
    server: &Server,
    asked: &Asked,
    uri: &str,
) -> Result<ReadResourceResponse, ErrorData> {
    if event_name(uri).is_some() {
        let events = events(server, asked, uri, EVENTS_READ).await?;
        let meta = MetaObject(JsonObject::from_iter([result::untrusted()]));
        let contents = ResourceContents::text(events.to_string(), uri);
        let read = ReadResourceResult::new(vec![contents.with_mime_type(JSON).with_meta(meta)]);
        return Ok(kept(read, 0).into());
    }
    let (text, mime_type) = ours(server, asked, uri).ok_or_else(|| {
        let text = format!("There is nothing at '{uri}'. resources/list names what there is.");
        ErrorData::resource_not_found(text, Some(json!({ "uri": uri })))
    })?;
    let contents = ResourceContents::text(text, uri).with_mime_type(mime_type);
    Ok(kept(ReadResourceResult::new(vec![contents]), LISTS_FRESH_MS).into())
}

fn kept(mut read: ReadResourceResult, fresh_ms: u64) -> ReadResourceResult {
    (read.ttl_ms, read.cache_scope) = (Some(fresh_ms), Some(CacheScope::Private));
    read
}

/// What only we write: the text, and its type.
fn ours(server: &Server, asked: &Asked, uri: &str) -> Option<(String, &'static str)> {
    let path = uri.strip_prefix(SCHEME)?;
    if uri == OPERATIONS {
        let line = |it: &crate::actions::Action| {
            let does = it.description.lines().next().unwrap_or_default();
            let effect = json!(it.effect);
            format!("{} ({}): {does}\n", it.id, effect.as_str().unwrap_or_default())
        };
        return Some((server.reachable(&asked.view).map(line).collect(), "text/plain"));
    }
    if uri == TOOLSETS {
        return Some((json!(view::domains(server.actions())).to_string(), JSON));
    }
    if let Some(name) = path.strip_prefix("operations/") {
        let action = server.find(name, &Map::new()).ok()?;
        asked.view.check(action).ok()?;
        return Some((action.describe().to_string(), JSON));
    }
    let name = path.strip_prefix("docs/")?;
    let page = PAGES.iter().find(|it| it.name == name)?;
    Some((page.text.to_owned(), MARKDOWN))
}

/// The newest events that an address names, newest first, as the caller may see them.
pub(super) async fn events(
    server: &Server,
    asked: &Asked,
    uri: &str,
    limit: usize,
) -> Result<Value, ErrorData> {
    let action = server.actions().get(EVENTS_OPERATION);
    if let Some(refusal) = action.and_then(|it| asked.view.check(it).err()) {
        return Err(ErrorData::invalid_params(refusal, None));
    }
    let mut input = json!({ "limit": limit, "order": "desc" });
    if let Some(name) = event_name(uri).filter(|it| !it.is_empty()) {
        input["events"] = json!([name]);
    }
    let Value::Object(input) = input else { return Ok(Value::Null) };
    let ran = server.runner().run(EVENTS_OPERATION, input, asked.request.clone()).await;
    match ran {
        Ok(answer) => Ok(answer.value()),
        Err(failure) => Err(ErrorData::invalid_params(failure.message, Some(failure.details))),
    }
}
