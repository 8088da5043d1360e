//! What an argument could be: names of operations, pages, events and toolsets.
use std::collections::BTreeSet;

use rmcp::model::{ArgumentInfo, CompleteResult, CompletionInfo, ErrorData, Reference};
use serde_json::Value;

use super::{Server, View, prompts, resources};

/// The values for an argument that begin as what was typed; then those that have it somewhere.
pub(super) fn complete(
    server: &Server,
    view: &View,
    reference: &Reference,
    argument: &ArgumentInfo,
) -> Result<CompleteResult, ErrorData> {
    let known = match reference {
        Reference::Resource(template) => of_template(server, view, &template.uri, &argument.name),
        Reference::Prompt(prompt) => {
            if !prompts::argument_names(&prompt.name).any(|it| it == argument.name) {
                let text = format!("No prompt '{}' has '{}'.", prompt.name, argument.name);
                return Err(ErrorData::invalid_params(text, None));
            }
            // What stands in a prompt is of the customer's world; we do not list that unasked.
            Vec::new()
        }
        _ => Vec::new(),
    };
    let typed = argument.value.to_lowercase();
    let (first, others): (Vec<String>, Vec<String>) =
        known.into_iter().filter(|it| it.contains(&typed)).partition(|it| it.starts_with(&typed));
    let fitting: Vec<String> = first.into_iter().chain(others).collect();
    let total = u32::try_from(fitting.len()).ok();
    let shown: Vec<String> = fitting.iter().take(CompletionInfo::MAX_VALUES).cloned().collect();
    let has_more = shown.len() < fitting.len();
    CompletionInfo::with_pagination(shown, total, has_more)
        .map(CompleteResult::new)
        .map_err(|it| ErrorData::internal_error(it, None))
}

fn of_template(server: &Server, view: &View, uri: &str, argument: &str) -> Vec<String> {
    match (uri, argument) {
        ("vestibule://operations/{operation}", "operation") => {
            server.reachable(view).map(|it| it.id.to_string()).collect()
        }
        ("vestibule://docs/{page}", "page") => resources::page_names().map(str::to_owned).collect(),
        ("vestibule://events/{event}", "event") => event_names(server).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The names of events that endpoints can ask for, off the schema of the operation that makes one.
fn event_names(server: &Server) -> BTreeSet<String> {
    let action = server.actions().get("webhook_endpoints.create");
    let schema = action.and_then(|it| it.field("events"));
    let names = schema.and_then(|it| it.get("items")?.get("enum")).and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
