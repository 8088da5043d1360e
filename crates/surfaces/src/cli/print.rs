//! Answers as tables, for people at a terminal.
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

/// The columns that are shown first where an object has them.
const FIRST: [&str; 8] = ["id", "slug", "name", "email", "domain", "state", "status", "created_at"];
/// How many columns a list has at the most.
const COLUMNS_MAX: usize = 6;

/// A list as a table with a row for each item, an object as a table with a row for each field.
pub(super) fn table(value: &Value) -> String {
    let items = match value {
        Value::Array(items) => Some(items),
        Value::Object(fields) => match fields.get("data") {
            Some(Value::Array(items)) => Some(items),
            _ => None,
        },
        _ => return text(value),
    };
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    let Some(items) = items else {
        for (name, field) in value.as_object().into_iter().flatten() {
            table.add_row([name.clone(), text(field)]);
        }
        return table.to_string();
    };
    let columns = columns(items);
    table.set_header(columns.iter().map(|it| it.to_uppercase()));
    for item in items {
        table.add_row(columns.iter().map(|it| item.get(it).map_or(String::new(), text)));
    }
    let mut out = table.to_string();
    if let Some(Value::String(next)) = value.pointer("/list_metadata/after") {
        out.push_str("\n\nMore: --after ");
        out.push_str(next);
    }
    out
}

fn columns(items: &[Value]) -> Vec<String> {
    let Some(Value::Object(first)) = items.first() else { return Vec::new() };
    let known = FIRST.iter().filter(|it| first.contains_key(**it)).map(|it| (*it).to_owned());
    let rest = first
        .iter()
        .filter(|(name, value)| {
            !FIRST.contains(&name.as_str()) && *name != "object" && is_plain(value)
        })
        .map(|it| it.0.clone());
    known.chain(rest).take(COLUMNS_MAX).collect()
}

fn is_plain(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(it) => it.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn a_list_is_a_table_that_tells_how_to_go_on() {
        let list = json!({
            "object": "list",
            "data": [{ "object": "organization", "id": "org_1", "name": "Acme", "domains": [] }],
            "list_metadata": { "before": null, "after": "org_1" },
        });
        let shown = super::table(&list);
        assert!(shown.contains("ID") && shown.contains("Acme"), "{shown}");
        assert!(shown.ends_with("More: --after org_1"), "{shown}");
    }
}
