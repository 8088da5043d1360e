//! What is worked out of the types of an operation, for the door and for the surfaces.
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Op, Within};

/// What is worked out of the types of an operation.
pub struct Forms {
    /// The schema of its input, as the surfaces show it.
    pub schema: Value,
    /// How the organization is known that a call stays in; never [`Within::Named`].
    pub within: Within,
    /// The fields of its input that hold a secret, by name.
    pub secret_inputs: BTreeSet<String>,
    /// The same as the schema, without what is only shown.
    pub(super) checked: Value,
}

impl Forms {
    pub(super) fn of(op: &Op) -> Self {
        let mut generator = schemars::generate::SchemaSettings::draft2020_12()
            .with(|it| {
                it.meta_schema = None;
                it.inline_subschemas = true;
            })
            .into_generator();
        let mut checked = (op.input_schema)(&mut generator).to_value();
        refuse_null(&mut checked);
        let mut secret_inputs = BTreeSet::new();
        take_secrets(&mut checked, "", &mut secret_inputs);
        let schema = take_shown(&mut checked);
        let within = within(op, &schema);
        Self { schema, within, secret_inputs, checked }
    }
}

fn within(op: &Op, schema: &Value) -> Within {
    const FIELD: &str = "organization_id";
    let is_field = schema.get("properties").is_some_and(|it| it.get(FIELD).is_some());
    match op.within {
        Within::Named if is_field => Within::Field(FIELD),
        Within::Named => Within::Nowhere,
        other @ (Within::Field(_) | Within::Row { .. } | Within::Nowhere) => other,
    }
}

/// The mark of an input field that may be null, such as a [`crate::Patch`]. An `Option` without it
/// may be absent and nothing else (contract 00 §11).
pub const NULLABLE: &str = "x-nullable";

/// Takes null away from every optional field that is not marked.
fn refuse_null(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    // An absent field is not the same as null.
    if object.get("default") == Some(&Value::Null) {
        object.remove("default");
    }
    if object.remove(NULLABLE).is_none() {
        if let Some(Value::Array(types)) = object.get_mut("type") {
            types.retain(|it| it != "null");
            if let [only] = types.as_slice() {
                object["type"] = only.clone();
            }
        }
        if let Some(Value::Array(variants)) = object.get_mut("enum") {
            variants.retain(|it| !it.is_null());
        }
        if let Some(Value::Array(variants)) = object.get_mut("anyOf") {
            variants.retain(|it| it.get("type") != Some(&Value::from("null")));
            if let [Value::Object(only)] = variants.as_mut_slice() {
                let only = std::mem::take(only);
                object.remove("anyOf");
                for (key, value) in only {
                    object.entry(key).or_insert(value);
                }
            }
        }
    }
    inside(object, "", &mut |_, it| refuse_null(it));
}

/// Visits the schemas that stand directly in one, each with the name of the field that it is about:
/// its own where it is a property, else `name`.
fn inside(object: &mut Map<String, Value>, name: &str, visit: &mut dyn FnMut(&str, &mut Value)) {
    for (key, value) in object.iter_mut() {
        match (key.as_str(), value) {
            ("properties" | "$defs", Value::Object(fields)) => {
                for (name, it) in fields {
                    visit(name, it);
                }
            }
            ("items" | "additionalProperties", value) => visit(name, value),
            ("anyOf" | "oneOf" | "allOf", Value::Array(variants)) => {
                for it in variants {
                    visit(name, it);
                }
            }
            _ => {}
        }
    }
}

/// The mark of an input field that holds a secret, which no surface shows.
pub(crate) const SECRET: &str = "x-secret";

/// Takes that mark out, wherever it stands, and notes the names of the fields that had it.
fn take_secrets(schema: &mut Value, name: &str, found: &mut BTreeSet<String>) {
    let Some(object) = schema.as_object_mut() else { return };
    if object.remove(SECRET).is_some() {
        found.insert(name.to_owned());
    }
    inside(object, name, &mut |name, it| take_secrets(it, name, found));
}

/// The mark of keywords that the schema of an input, or of one of its fields, is shown with but not
/// checked by: the operation sees to them itself, because its refusal has a form of its own.
pub const SHOWN: &str = "x-shown";

/// Takes those keywords out; answers the schema with them in force.
fn take_shown(checked: &mut Value) -> Value {
    let further = checked.as_object_mut().and_then(|it| it.remove(SHOWN));
    let fields = checked.get_mut("properties").and_then(Value::as_object_mut);
    let fields: Option<Value> = fields
        .map(|it| it.iter_mut().map(|(name, field)| (name.clone(), take_shown(field))).collect());
    let mut shown = checked.clone();
    if let Some(fields) = fields {
        shown["properties"] = fields;
    }
    if let (Some(shown), Some(Value::Object(further))) = (shown.as_object_mut(), further) {
        shown.extend(further);
    }
    shown
}
