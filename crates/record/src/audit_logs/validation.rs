//! Holds events against the schema of their action.
//!
//! A schema comes from outside and is run for each event, so it may hold nothing that runs for long:
//! no reference (it could lead back to itself without end) and no pattern that needs backtracking.
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use jsonschema::{PatternOptions, Validator};
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use vestibule_kernel::{Code, Error, Result};

use super::content::{EventContent, Metadata};
use super::schemas::SchemaContent;

/// The code of an event that breaks its schema.
pub const INVALID_EVENT: Code = "invalid_audit_log_event";
/// How many refused places an error names at the most.
const ERRORS_MAX: usize = 20;
/// How many compiled schemas a process keeps.
const COMPILED_MAX: usize = 1000;
/// What would make a schema refer to another, or to itself.
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];

/// A schema that is ready to hold events against.
pub struct Compiled {
    actor: Option<Validator>,
    /// By type; the types of targets that the action has.
    targets: Vec<(String, Option<Validator>)>,
    metadata: Option<Validator>,
}

/// A place of an event that its schema refuses.
struct Refusal {
    path: String,
    message: String,
}

impl Compiled {
    /// Compiles a schema, or tells why it is none.
    pub fn new(content: &SchemaContent) -> Result<Self> {
        let SchemaContent { actor, targets, metadata } = content;
        let actor = actor.as_ref().map(|it| compile("actor.metadata", &it.metadata)).transpose()?;
        let target = |(n, it): (usize, &super::schemas::TargetSchema)| {
            let place = format!("targets.{n}.metadata");
            let metadata = it.metadata.as_ref().map(|it| compile(&place, it)).transpose()?;
            Ok((it.r#type.clone(), metadata))
        };
        let targets = targets.iter().enumerate().map(target).collect::<Result<_>>()?;
        let metadata = metadata.as_ref().map(|it| compile("metadata", it)).transpose()?;
        Ok(Self { actor, targets, metadata })
    }

    /// The same, kept from an earlier time: schemas never change.
    pub fn kept(text: &str) -> Result<Arc<Self>> {
        static KEPT: LazyLock<Mutex<HashMap<String, Arc<Compiled>>>> =
            LazyLock::new(Mutex::default);
        if let Some(it) = KEPT.lock().get(text) {
            return Ok(it.clone());
        }
        let content = serde_json::from_str(text).map_err(Error::internal)?;
        let compiled = Arc::new(Self::new(&content)?);
        let mut kept = KEPT.lock();
        if kept.len() >= COMPILED_MAX {
            kept.clear();
        }
        kept.insert(text.to_owned(), compiled.clone());
        Ok(compiled)
    }

    /// Refuses an event that breaks the schema, and names each place where it does.
    pub fn check(&self, event: &EventContent) -> Result<()> {
        let mut refusals = Vec::new();
        hold(self.actor.as_ref(), "/actor/metadata", event.actor.metadata.as_ref(), &mut refusals);
        for (n, target) in event.targets.iter().enumerate() {
            let schemas = self.targets.iter().filter(|it| it.0 == target.r#type);
            let path = format!("/targets/{n}/metadata");
            // One type may be listed with several schemas; a target has to fit one of them.
            let mut best: Option<Vec<Refusal>> = None;
            for (_, schema) in schemas {
                let mut found = Vec::new();
                hold(schema.as_ref(), &path, target.metadata.as_ref(), &mut found);
                if best.as_ref().is_none_or(|it| found.len() < it.len()) {
                    best = Some(found);
                }
            }
            refusals.extend(best.unwrap_or_else(|| {
                let known: Vec<&str> = self.targets.iter().map(|it| it.0.as_str()).collect();
                let message = format!(
                    "The schema has no target of type '{}', but {}.",
                    target.r#type,
                    known.join(", ")
                );
                vec![Refusal { path: "/targets".to_owned(), message }]
            }));
        }
        hold(self.metadata.as_ref(), "/metadata", event.metadata.as_ref(), &mut refusals);
        refusals.truncate(ERRORS_MAX);
        if refusals.is_empty() { Ok(()) } else { Err(invalid(&refusals)) }
    }
}

fn invalid(refusals: &[Refusal]) -> Error {
    let errors =
        refusals.iter().map(|it| json!({ "instancePath": it.path, "message": it.message }));
    let errors: Vec<Value> = errors.collect();
    Error::bad_request(INVALID_EVENT, "Invalid Audit Log event.").with("errors", errors)
}

/// The refusal of an event for what stands at one place of it.
pub fn refuse(path: &str, message: String) -> Error {
    invalid(&[Refusal { path: path.to_owned(), message }])
}

/// What an event lacks is held against the schema as if it were empty.
fn hold(
    schema: Option<&Validator>,
    place: &str,
    metadata: Option<&Metadata>,
    refusals: &mut Vec<Refusal>,
) {
    let Some(schema) = schema else { return };
    let instance = metadata.map_or_else(|| json!({}), Metadata::to_value);
    let found = schema.iter_errors(&instance).take(ERRORS_MAX);
    refusals.extend(found.map(|it| Refusal {
        path: format!("{place}{}", it.instance_path()),
        message: it.to_string(),
    }));
}

fn compile(field: &str, schema: &Map<String, Value>) -> Result<Validator> {
    let schema = Value::Object(schema.clone());
    if refers(&schema) {
        let text = format!("{field}: References ($ref) are not allowed in a schema.");
        return Err(Error::invalid_field(field, "invalid_schema", text));
    }
    let built = jsonschema::options().with_pattern_options(PatternOptions::regex()).build(&schema);
    built.map_err(|error| {
        let text = format!("{field} is not a JSON Schema: {error}.");
        Error::invalid_field(field, "invalid_schema", text)
    })
}

fn refers(schema: &Value) -> bool {
    match schema {
        Value::Object(fields) => fields.iter().any(|(name, value)| {
            (value.is_string() && REFERENCES.contains(&name.as_str())) || refers(value)
        }),
        Value::Array(items) => items.iter().any(refers),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;
    use serde_json::from_value;

    use super::*;

    fn scalar() -> impl Strategy<Value = Value> {
        prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            (-1e9..1e9).prop_map(|it: f64| Value::from(it)),
            ".{0,20}".prop_map(Value::from),
        ]
    }

    fn has_type(value: &Value, name: &str) -> bool {
        match name {
            "string" => value.is_string(),
            "number" => value.is_number(),
            _ => value.is_boolean(),
        }
    }

    proptest! {
        /// What the official SDKs declare is a type for each key, and nothing more.
        #[test]
        fn each_value_that_has_not_its_type_is_named_and_no_other(
            types in prop::collection::btree_map(
                "[abc]{1,2}", prop::sample::select(vec!["string", "number", "boolean"]), 0..6,
            ),
            values in prop::collection::btree_map("[abc]{1,2}", scalar(), 0..6),
        ) {
            let properties: BTreeMap<_, _> =
                types.iter().map(|(key, it)| (key, json!({ "type": it }))).collect();
            let schema = from_value(json!({
                "targets": [{ "type": "t" }],
                "metadata": { "type": "object", "properties": properties },
            }))
            .unwrap();
            let event: EventContent = from_value(json!({
                "action": "a.b", "occurred_at": "2026-01-15T12:00:00.000Z",
                "actor": { "id": "1", "type": "user" }, "targets": [{ "id": "1", "type": "t" }],
                "context": { "location": "here" }, "metadata": values,
            }))
            .unwrap();
            let expected: BTreeSet<String> = values
                .iter()
                .filter(|(key, value)| types.get(*key).is_some_and(|it| !has_type(value, it)))
                .map(|(key, _)| format!("/metadata/{key}"))
                .collect();
            let found = match Compiled::new(&schema).unwrap().check(&event) {
                Ok(()) => BTreeSet::new(),
                Err(error) => error.body()["errors"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|it| it["instancePath"].as_str().unwrap().to_owned())
                    .collect(),
            };
            prop_assert_eq!(found, expected);
        }
    }
}
