//! The reference page in Markdown, read off the catalogue.
use std::fmt::Write;

use serde_json::Value;
use vestibule_kernel::catalog::{Catalog, Entry};
use vestibule_kernel::{Access, Effect, Input};

/// How many of the values of a field are shown.
const VALUES_MAX: usize = 8;

/// All operations, by domain.
pub fn page(catalog: &Catalog) -> String {
    let mut page = String::from(
        "# Reference\n\nMade by `vestibule reference`; do not edit. Every operation is served over \
         REST, as the command `vestibule DOMAIN VERB`, and as the MCP tool `domain_verb`.\n",
    );
    let mut domain = "";
    for entry in catalog.entries() {
        let (of, _) = entry.op.id.split_once('.').unwrap_or((entry.op.id, ""));
        if of != domain {
            domain = of;
            write!(page, "\n## {domain}\n").ok();
        }
        operation(&mut page, entry);
    }
    page
}

fn operation(page: &mut String, entry: &Entry) {
    let op = &entry.op;
    let text = entry.schema.get("description").and_then(Value::as_str).unwrap_or_default();
    write!(page, "\n### {}\n\n`{} {}`", op.id, op.route.0.name(), op.route.1).ok();
    for alias in op.aliases {
        write!(page, " · also `{} {}`", alias.0.name(), alias.1).ok();
    }
    let effect = match op.effect {
        Effect::Read => "reads",
        Effect::Write => "writes",
        Effect::Destructive => "destroys",
    };
    write!(page, " → {} · {effect}", op.status).ok();
    if op.sensitive() {
        write!(page, " · sensitive: `{}`", op.secrets.join("`, `")).ok();
    }
    page.push_str(match op.access {
        Access::ApiKey => "",
        Access::Owner => " · not with an agent token",
        Access::Approver => " · not with an agent token; with an approver's key, too",
        Access::Open(_) => " · needs no API key",
        Access::Token(_) => " · needs an access token in the place of the API key",
    });
    if op.extension {
        page.push_str(" · beyond the official description of the WorkOS API");
    }
    write!(page, "\n\n{}\n", text.trim()).ok();
    fields(page, entry);
    if !op.fails.is_empty() {
        write!(page, "\nFails with `{}`.\n", op.fails.join("`, `")).ok();
    }
}

fn fields(page: &mut String, entry: &Entry) {
    let properties = entry.schema.get("properties").and_then(Value::as_object);
    let Some(properties) = properties.filter(|it| !it.is_empty()) else { return };
    let required = entry.schema.get("required").and_then(Value::as_array);
    let in_path: Vec<&str> = entry.op.route.path_fields().collect();
    page.push_str("\n| field | in | type | |\n|---|---|---|---|\n");
    for (name, schema) in properties {
        let place = match entry.op.input {
            _ if in_path.contains(&name.as_str()) => "path",
            Input::Query => "query",
            Input::Body | Input::BodyOrForm | Input::BodyFormOrQuery => "body",
        };
        let is_required = required.is_some_and(|them| them.iter().any(|it| it == name));
        let mark = if is_required { " (required)" } else { "" };
        let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        let text = text.replace('\n', " ").replace('|', "\\|");
        writeln!(page, "| `{name}`{mark} | {place} | {} | {text} |", kind(schema)).ok();
    }
}

fn kind(schema: &Value) -> String {
    let values = values(schema);
    if !values.is_empty() {
        let more = if values.len() > VALUES_MAX { ", …" } else { "" };
        let shown = values.iter().take(VALUES_MAX).map(|it| format!("`{it}`"));
        return shown.collect::<Vec<_>>().join(", ") + more;
    }
    match schema.get("type") {
        Some(Value::String(it)) => it.clone(),
        Some(Value::Array(them)) => {
            them.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or ")
        }
        _ => "object".to_owned(),
    }
}

/// The texts that the field may be, where they are listed.
fn values(schema: &Value) -> Vec<&str> {
    let variants =
        ["enum", "oneOf", "anyOf"].into_iter().filter_map(|it| schema.get(it)?.as_array());
    variants.flatten().filter_map(|it| it.get("const").unwrap_or(it).as_str()).collect()
}
