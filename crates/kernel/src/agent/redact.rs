//! What is left of secrets for who may not read them: in the answers to an agent, and in what is
//! written down of its calls.
//!
//! Which fields of an answer hold a secret, operations declare. A field that one of them declares is
//! one wherever an object of that type stands: in the lists of others, in the payload of an event.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::catalog::{Entry, Op, Reply};
use crate::secret::digest_of;
use crate::{Error, Result};

/// What stands in the place of a secret.
pub const REDACTED: &str = "[redacted]";

/// What errors carry besides the fields that operations declare.
const OF_ERRORS: [&str; 1] = ["pending_authentication_token"];

/// Fields of an input that hold a secret, besides those of the type [`crate::secret::Secret`].
const OF_INPUTS: [&str; 7] =
    ["authorization", "code", "code_verifier", "credential", "password", "secret", "token"];
/// How their names may end.
const ENDS_OF_INPUTS: [&str; 4] = ["_key", "_password", "_secret", "_token"];

/// The secrets of objects, by type: paths from the object, in which `*` is each item of a list.
#[derive(Debug, Default)]
pub(crate) struct SecretFields(BTreeMap<String, BTreeSet<Vec<&'static str>>>);

impl SecretFields {
    /// Reads them off the declarations of all operations.
    pub fn of(entries: &[Entry]) -> Self {
        let mut fields = Self::default();
        for op in entries.iter().map(|it| &it.op).filter(|it| it.sensitive()) {
            let schema = op.whole_reply_schema().unwrap_or_default();
            for path in op.secrets {
                let path: Vec<&str> = path.split('.').collect();
                fields.add(&schema, &path);
            }
        }
        fields
    }

    /// Notes the path from each object on the way whose type is known.
    fn add(&mut self, schema: &Value, path: &[&'static str]) {
        if let Some(object) = schema.pointer("/properties/object/const").and_then(Value::as_str)
            && object != "list"
        {
            self.0.entry(object.to_owned()).or_default().insert(path.to_vec());
        }
        for variants in ["anyOf", "oneOf", "allOf"].iter().filter_map(|it| schema.get(it)) {
            variants.as_array().into_iter().flatten().for_each(|it| self.add(it, path));
        }
        let [first, rest @ ..] = path else { return };
        let next = match *first {
            "*" => schema.get("items"),
            name => schema.get("properties").and_then(|it| it.get(name)),
        };
        if let (Some(next), false) = (next, rest.is_empty()) {
            self.add(next, rest);
        }
    }

    /// Takes the secrets out of every object in `value` whose type is known.
    pub(crate) fn clear(&self, value: &mut Value) {
        let object = value.get("object").and_then(Value::as_str);
        for path in object.and_then(|it| self.0.get(it)).into_iter().flatten() {
            clear_at(value, path);
        }
        match value {
            Value::Array(items) => items.iter_mut().for_each(|it| self.clear(it)),
            Value::Object(fields) => fields.values_mut().for_each(|it| self.clear(it)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

fn clear_at(value: &mut Value, path: &[&str]) {
    match (path, value) {
        // What is not there is told apart from what is.
        ([], it) if !it.is_null() => *it = REDACTED.into(),
        (["*", rest @ ..], Value::Array(items)) => {
            for it in items {
                clear_at(it, rest);
            }
        }
        ([name, rest @ ..], Value::Object(fields)) => {
            if let Some(field) = fields.get_mut(*name) {
                clear_at(field, rest);
            }
        }
        // It is not there, or the declaration is of another variant of the answer.
        (_, _) => {}
    }
}

/// Takes the secrets out of the body of an operation's answer.
pub(crate) fn body(fields: &SecretFields, op: &Op, value: &mut Value) {
    for path in op.secrets {
        clear_at(value, &path.split('.').collect::<Vec<_>>());
    }
    fields.clear(value);
}

/// The answer without its secrets; and without cookies, which are secrets themselves.
pub(crate) fn reply(fields: &SecretFields, op: &Op, reply: Reply) -> Result<Reply> {
    let mut value = reply.json()?;
    body(fields, op, &mut value);
    let Reply { status, body: sent, location, cookies: _ } = reply;
    let body =
        if sent.is_empty() { sent } else { serde_json::to_vec(&value).map_err(Error::internal)? };
    let location = location.map(|it| it.split('?').next().unwrap_or_default().to_owned());
    Ok(Reply { status, body, location, cookies: Vec::new() })
}

/// The refusal without its secrets.
pub(crate) fn error(fields: &SecretFields, error: Error) -> Error {
    error.change_extra(|name, value| {
        if OF_ERRORS.contains(&name) {
            clear_at(value, &[]);
        }
        fields.clear(value);
    })
}

/// How much of the arguments of a call is written down.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// A text is cut where it is longer.
    pub text_characters_max: usize,
    /// All are left out where they are longer.
    pub bytes_max: usize,
}

/// The arguments of a call as people may read them: without secrets, and not too long. What is left
/// out is named by its length and its SHA-256.
pub(crate) fn arguments(entry: &Entry, input: &Value, bounds: Bounds) -> Value {
    let mut shown = input.clone();
    clear_arguments(entry, &mut shown, bounds.text_characters_max);
    let bytes = shown.to_string().len();
    if bytes <= bounds.bytes_max {
        return shown;
    }
    serde_json::json!({ "left_out_bytes": bytes, "sha256": digest_of(shown.to_string()) })
}

fn clear_arguments(entry: &Entry, value: &mut Value, characters_max: usize) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if is_secret(entry, name) {
                    clear_at(value, &[]);
                } else {
                    clear_arguments(entry, value, characters_max);
                }
            }
        }
        Value::Array(items) => {
            for it in items {
                clear_arguments(entry, it, characters_max);
            }
        }
        Value::String(text) if text.chars().count() > characters_max => {
            let (count, digest) = (text.chars().count(), digest_of(&*text));
            let begins: String = text.chars().take(characters_max).collect();
            *text = format!("{begins}… ({count} characters, SHA-256 {digest})");
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_secret(entry: &Entry, name: &str) -> bool {
    entry.secret_inputs.contains(name)
        || OF_INPUTS.contains(&name)
        || ENDS_OF_INPUTS.iter().any(|it| name.ends_with(it))
}
