//! Settings of an environment: each domain declares its own group, and defaults hold until it is set.
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::{Json, Tx};
use crate::{Cx, Result};

/// A group of settings that one domain owns. `Default` is what holds until it is set; give every
/// field a serde default, so that a new field does not invalidate what is stored.
pub trait Setting: Serialize + DeserializeOwned + Default {
    /// Its name, such as `password_policy`.
    const NAME: &'static str;
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
