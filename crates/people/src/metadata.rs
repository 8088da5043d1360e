//! Metadata and external ids, which organizations and users share (contract 00 §10).
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::NULLABLE;
use vestibule_kernel::db::{FromValue, Value};
use vestibule_kernel::{Code, Error, Patch, Result};

/// The code of a refusal of metadata.
pub const INVALID_METADATA: Code = "invalid_metadata";
/// The code of a refusal of an external id that another object has.
pub const EXTERNAL_ID_ALREADY_USED: Code = "external_id_already_used";

const PAIRS_MAX: usize = 50;
const KEY_CHARS_MAX: usize = 40;
const VALUE_CHARS_MAX: usize = 600;
const EXTERNAL_ID_CHARS_MAX: usize = 128;

/// Key–value pairs that the application keeps with an object: at most 50, keys of at most 40
/// characters, values of at most 600, ASCII alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metadata(BTreeMap<String, String>);

impl Metadata {
    /// Takes pairs, within the limits.
    pub fn new(pairs: BTreeMap<String, String>) -> Result<Self> {
        check(&pairs).map(|()| Self(pairs))
    }
    /// The pairs.
    pub fn pairs(&self) -> &BTreeMap<String, String> {
        &self.0
    }
    /// Merges a change into the pairs: a null removes its key; an empty object or a null as a
    /// whole removes all.
    pub fn merge(&mut self, change: Patch<MetadataChange>) -> Result<()> {
        let change = match change {
            Patch::Keep => return Ok(()),
            Patch::Clear => MetadataChange::default(),
            Patch::Set(change) => change,
        };
        if change.0.is_empty() {
            self.0.clear();
            return Ok(());
        }
        for (key, value) in change.0 {
            match value {
                Some(value) => self.0.insert(key, value),
                None => self.0.remove(&key),
            };
        }
        check(&self.0)
    }
}

fn check(pairs: &BTreeMap<String, String>) -> Result<()> {
    if pairs.len() > PAIRS_MAX {
        let count = pairs.len();
        return Err(invalid(format!("It has {count} pairs; {PAIRS_MAX} is the most.")));
    }
    for (key, value) in pairs {
        if key.is_empty() || key.len() > KEY_CHARS_MAX || !key.is_ascii() {
            return Err(invalid(format!(
                "A key has 1 to {KEY_CHARS_MAX} ASCII characters; '{}' has not.",
                key.chars().take(KEY_CHARS_MAX + 1).collect::<String>()
            )));
        }
        if value.len() > VALUE_CHARS_MAX || !value.is_ascii() {
            return Err(invalid(format!(
                "A value has at most {VALUE_CHARS_MAX} ASCII characters; that of '{key}' has not."
            )));
        }
    }
    Ok(())
}

#[track_caller]
fn invalid(why: String) -> Error {
    Error::bad_request(INVALID_METADATA, format!("The metadata cannot be kept. {why}"))
}

impl JsonSchema for Metadata {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Metadata".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "additionalProperties": { "type": "string", "maxLength": VALUE_CHARS_MAX },
            "maxProperties": PAIRS_MAX,
            "propertyNames": { "maxLength": KEY_CHARS_MAX },
        })
    }
}

/// A change of metadata, as it comes in. The limits hold for what comes of it, and have a code of
/// their own, so they are not in the schema.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct MetadataChange(BTreeMap<String, Option<String>>);

impl JsonSchema for MetadataChange {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "MetadataChange".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mut schema = schemars::json_schema!({
            "type": "object",
            "additionalProperties": { "type": ["string", "null"] },
        });
        if let Some(values) = schema.get_mut("additionalProperties") {
            values[NULLABLE] = true.into();
        }
        schema
    }
}

/// The application's own id of an object: 1 to 128 ASCII characters, unique in an environment
/// among objects of its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExternalId(String);

impl ExternalId {
    /// Takes a text, within the limits. What comes through an operation has been checked by its
    /// schema.
    pub fn parse(text: &str) -> Result<Self> {
        if text.is_empty() || text.len() > EXTERNAL_ID_CHARS_MAX || !text.is_ascii() {
            let why = format!(
                "An external id has 1 to {EXTERNAL_ID_CHARS_MAX} ASCII characters; '{text}' has not."
            );
            return Err(Error::invalid_field("external_id", "invalid", why));
        }
        Ok(Self(text.to_owned()))
    }
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The refusal of this id because another object has it.
    #[track_caller]
    pub fn already_used(id: Option<&Self>) -> Error {
        let id = id.map_or("", Self::as_str);
        let why = format!("The external id '{id}' is already used by another object.");
        Error::bad_request(EXTERNAL_ID_ALREADY_USED, why)
    }
}

impl From<&ExternalId> for Value {
    fn from(it: &ExternalId) -> Self {
        Self::Text(it.0.clone())
    }
}
impl FromValue for ExternalId {
    fn from_value(value: Value) -> Result<Self> {
        String::from_value(value).map(Self)
    }
}
impl JsonSchema for ExternalId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ExternalId".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "maxLength": EXTERNAL_ID_CHARS_MAX,
            "pattern": r"^[\x00-\x7F]+$",
        })
    }
}
