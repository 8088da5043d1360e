//! An event as the application tells it.
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vestibule_kernel::time::Time;

/// The longest text of an event that is no metadata, in characters.
pub const TEXT_CHARS_MAX: usize = 1000;
/// How many targets an event has at the most.
pub const TARGETS_MAX: usize = 100;
/// How many keys metadata have at the most, and how long a value is, in characters.
const KEYS_MAX: usize = 50;
const VALUE_CHARS_MAX: usize = 500;

/// What somebody did
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventContent {
    /// What was done, such as `user.signed_in`: an action that has a schema
    #[schemars(length(min = 1, max = 255))]
    pub action: String,
    /// When it was done
    pub occurred_at: Time,
    /// Who did it
    pub actor: Actor,
    /// What it was done to
    #[schemars(length(max = TARGETS_MAX))]
    pub targets: Vec<Target>,
    /// Where and how it was done
    pub context: Context,
    /// What else is to be known: 50 values at the most
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Metadata")]
    pub metadata: Option<Metadata>,
    /// The version of the schema that it is held against; without it, the newest
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64")]
    pub version: Option<i64>,
}

/// Who did something
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AuditLogActor", inline)]
pub struct Actor {
    /// The id that the application knows them by
    #[schemars(length(max = TEXT_CHARS_MAX))]
    pub id: String,
    /// What they are, such as `user`
    #[schemars(length(max = TEXT_CHARS_MAX))]
    pub r#type: String,
    /// Their name
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(max = TEXT_CHARS_MAX))]
    pub name: Option<String>,
    /// What else is to be known of them
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Metadata")]
    pub metadata: Option<Metadata>,
}

/// What something was done to
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AuditLogTarget", inline)]
pub struct Target {
    /// The id that the application knows it by
    #[schemars(length(max = TEXT_CHARS_MAX))]
    pub id: String,
    /// What it is, such as `invoice`
    #[schemars(length(max = TEXT_CHARS_MAX))]
    pub r#type: String,
    /// Its name
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(max = TEXT_CHARS_MAX))]
    pub name: Option<String>,
    /// What else is to be known of it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Metadata")]
    pub metadata: Option<Metadata>,
}

/// Where and how something was done
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AuditLogContext", inline)]
pub struct Context {
    /// An IP address, or another name of a place
    #[schemars(length(max = TEXT_CHARS_MAX))]
    pub location: String,
    /// The program that it was done with
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(max = TEXT_CHARS_MAX))]
    pub user_agent: Option<String>,
}

/// Named texts, numbers and booleans.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metadata(BTreeMap<String, Value>);

impl Metadata {
    /// The same as a JSON object.
    pub fn to_value(&self) -> Value {
        self.0.clone().into_iter().collect()
    }
}

impl JsonSchema for Metadata {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AuditLogMetadata".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "maxProperties": KEYS_MAX,
            "additionalProperties": false,
            "patternProperties": {
                "^[a-zA-Z0-9_-]{0,40}$": {
                    "anyOf": [
                        { "type": "string", "maxLength": VALUE_CHARS_MAX },
                        { "type": "number" },
                        { "type": "boolean" },
                    ],
                },
            },
        })
    }
}

impl EventContent {
    /// Whether any of its texts has `needle`, which is in lower case, in it.
    pub fn mentions(&self, needle: &str) -> bool {
        let has = |text: &str| text.to_lowercase().contains(needle);
        let told = |it: &Option<String>| it.as_deref().is_some_and(has);
        let noted = |it: &Option<Metadata>| {
            let values = it.iter().flat_map(|it| &it.0);
            values.into_iter().any(|(_, value)| match value {
                Value::String(text) => has(text),
                other => has(&other.to_string()),
            })
        };
        let Self { action, occurred_at: _, actor, targets, context, metadata, version: _ } = self;
        has(action)
            || has(&actor.id)
            || has(&actor.r#type)
            || told(&actor.name)
            || noted(&actor.metadata)
            || targets
                .iter()
                .any(|it| has(&it.id) || has(&it.r#type) || told(&it.name) || noted(&it.metadata))
            || has(&context.location)
            || told(&context.user_agent)
            || noted(metadata)
    }
}
