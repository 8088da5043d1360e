//! An operation as a tool, and values in the types that its schema declares.
use std::sync::Arc;

use rmcp::model::{JsonObject, MetaObject, Tool, ToolAnnotations};
use serde_json::{Map, Value, json};
use vestibule_kernel::{Effect, Method};

use crate::actions::{Action, field_of};
use crate::cli::field_type;

/// Under this key a tool's `_meta` lists the fields of its result that hold a secret, a token, a
/// one-time code or a one-click link.
const SENSITIVE: &str = "vestibule/sensitive";

/// The name of an operation as a tool: `[a-z0-9_]` and at most 64 characters.
pub fn tool_name(id: &str) -> String {
    id.replace('.', "_")
}

/// The tool of an operation.
pub(super) fn of_action(action: &Action) -> Tool {
    let mut input = action.input.as_object().cloned().unwrap_or_default();
    input.remove("title");
    input.remove("description");
    input.insert("type".to_owned(), "object".into());
    let (mut input, mut output) = (Value::Object(input), output_schema(action));
    drop_unsigned(&mut input);
    drop_unsigned(&mut output);
    let repeats = matches!(action.method, Method::Put | Method::Delete);
    let annotations = ToolAnnotations::new()
        .read_only(action.effect == Effect::Read)
        .destructive(action.effect == Effect::Destructive)
        .idempotent(action.effect == Effect::Read || repeats)
        .open_world(false);
    let tool = Tool::new(tool_name(&action.id), action.description.clone(), object(input))
        .with_annotations(annotations)
        .with_raw_output_schema(object(output));
    if !action.is_sensitive() {
        return tool;
    }
    let marked = (SENSITIVE.to_owned(), json!(action.secrets));
    tool.with_meta(MetaObject(JsonObject::from_iter([marked])))
}

/// A JSON object as tools carry it.
pub(super) fn object(value: Value) -> Arc<JsonObject> {
    Arc::new(match value {
        Value::Object(it) => it,
        _ => JsonObject::new(),
    })
}

/// Takes away the formats `uint32` and the like, which are of Rust's making: clients warn about
/// them. The bounds beside them say the same.
fn drop_unsigned(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("format").and_then(Value::as_str).is_some_and(|it| it.starts_with("uint"))
            {
                fields.remove("format");
            }
            fields.values_mut().for_each(drop_unsigned);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_unsigned),
        _ => {}
    }
}

/// The schema of what [`super::result::content`] makes of the reply.
fn output_schema(action: &Action) -> Value {
    let redirects = action.entry.is_some_and(|it| it.op.status == 302);
    let (field, schema) = match &action.output {
        Some(it) if it.get("type") == Some(&json!("object")) => return it.clone(),
        Some(other) => ("data", other.clone()),
        None if redirects => ("location", json!({ "type": "string" })),
        None => ("done", json!({ "const": true })),
    };
    json!({ "type": "object", "properties": { field: schema }, "required": [field] })
}

/// What a model gave, in the types that the action declares. Models write numbers, truth values and
/// objects as text; text that is none of these, or that is to be text, stays as it is: a code `012345`
/// loses no zero.
pub(super) fn typed(action: &Action, mut given: Map<String, Value>) -> Map<String, Value> {
    for (name, value) in &mut given {
        if value.is_string()
            && let Some((_, schema)) = field_of(action, name)
        {
            *value = typed_as(schema, value.take());
        }
    }
    given
}

fn typed_as(schema: &Value, value: Value) -> Value {
    let Value::String(text) = value else { return value };
    // A field without a type takes anything, so text is meant as text.
    let declared = if schema.get("type").is_some() { field_type(schema) } else { "string" };
    if declared == "string" {
        return Value::String(text);
    }
    let is_meant = |it: &Value| match declared {
        "integer" => it.is_i64() || it.is_u64(),
        "number" => it.is_number(),
        "boolean" => it.is_boolean(),
        "array" => it.is_array(),
        "object" => it.is_object(),
        _ => false,
    };
    let read = serde_json::from_str(&text).ok().filter(is_meant);
    read.unwrap_or(Value::String(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_takes_the_declared_type_and_no_other() {
        let as_type = |declared: &str, text: &str| {
            typed_as(&json!({ "type": declared }), Value::String(text.to_owned()))
        };
        assert_eq!(as_type("integer", "10"), json!(10));
        assert_eq!(as_type("boolean", "true"), json!(true));
        assert_eq!(as_type("array", "[\"a\"]"), json!(["a"]));
        assert_eq!(as_type("object", "{\"plan\":\"gold\"}"), json!({ "plan": "gold" }));
        assert_eq!(as_type("string", "012345"), json!("012345"));
        assert_eq!(as_type("string", "12345"), json!("12345"));
        assert_eq!(as_type("integer", "012345"), json!("012345"), "no number has a leading zero");
        assert_eq!(as_type("integer", "1.5"), json!("1.5"), "the server says what is wrong");
        assert_eq!(as_type("boolean", "yes"), json!("yes"));
        let nullable = json!({ "type": ["integer", "null"] });
        assert_eq!(typed_as(&nullable, json!("3")), json!(3));
        assert_eq!(typed_as(&json!({}), json!("3")), json!("3"));
    }
}
