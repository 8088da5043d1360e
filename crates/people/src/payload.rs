//! What reactions read in the payload of an event.
use serde::de::DeserializeOwned;
use serde_json::Value;
use vestibule_kernel::{Error, Result};

/// The id of the object that the event is about.
pub fn id<T: DeserializeOwned>(payload: &Value) -> Result<T> {
    T::deserialize(&payload["id"]).map_err(Error::internal)
}
