//! Settings of an environment: each domain declares its own group, and defaults hold until it is set.
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::db::{Json, Tx};
use crate::{Cx, Result};

/// A group of settings that one domain owns. `Default` is what holds until it is set; give every
/// field a serde default, so that a new field does not invalidate what is stored.
pub trait Setting: Serialize + DeserializeOwned + Default {
    /// Its name, such as `password_policy`.
    const NAME: &'static str;
}

/// A group of settings that the API shows as it is.
pub trait Showable: Setting + JsonSchema {
    /// What its `object` says, such as `password_policy`.
    const OBJECT: &'static str;
}

/// A group of settings as operations answer it: its fields, and what it is.
#[derive(Debug, Serialize)]
pub struct Shown<T> {
    object: &'static str,
    #[serde(flatten)]
    setting: T,
}

impl<T: Showable> Shown<T> {
    /// What to answer.
    pub const fn new(setting: T) -> Self {
        Self { object: T::OBJECT, setting }
    }
}

impl<T: Showable> JsonSchema for Shown<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        let text = format!("Always `{}`", T::OBJECT);
        let object = json!({ "description": text, "type": "string", "const": T::OBJECT });
        // It comes first, as everywhere.
        let mut properties = Map::from_iter([("object".to_owned(), object)]);
        if let Some(Value::Object(own)) = schema.remove("properties") {
            properties.extend(own);
        }
        schema.insert("properties".to_owned(), properties.into());
        let mut required = vec![json!("object")];
        if let Some(Value::Array(own)) = schema.remove("required") {
            required.extend(own);
        }
        schema.insert("required".to_owned(), required.into());
        schema
    }
}

/// The settings of an environment, where there is no [`Cx`] yet.
pub(crate) fn of<T: Setting>(tx: &mut dyn Tx, environment: &str) -> Result<T> {
    let values = [environment.into(), T::NAME.into()];
    let sql = "SELECT value FROM settings WHERE environment_id = $1 AND name = $2";
    match tx.first(sql, &values)? {
        Some(mut row) => Ok(row.take::<Json<T>>()?.0),
        None => Ok(T::default()),
    }
}

impl Cx<'_> {
    /// The settings of the environment of this call.
    pub fn setting<T: Setting>(&mut self) -> Result<T> {
        let environment = self.environment;
        of(self.db(), environment.as_str())
    }
    /// Changes the settings of the environment of this call.
    pub fn set<T: Setting>(&mut self, value: &T) -> Result<()> {
        let values = [self.environment.into(), T::NAME.into(), Json(value).into()];
        let sql = "INSERT INTO settings (environment_id, name, value) VALUES ($1, $2, $3)
                   ON CONFLICT (environment_id, name) DO UPDATE SET value = excluded.value";
        self.db().execute(sql, &values)?;
        Ok(())
    }
}
