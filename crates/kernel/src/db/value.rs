//! What goes into a statement and what comes out of a row.
use crate::{Error, Result};

/// A value of a column or a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// BOOLEAN; SQLite stores it as an integer.
    Bool(bool),
    /// BIGINT.
    Int(i64),
    /// TEXT.
    Text(String),
    /// BYTEA or BLOB.
    Bytes(Vec<u8>),
}

/// One row: values in the order of the SELECT list.
#[derive(Debug)]
pub struct Row(std::vec::IntoIter<Value>);

impl Row {
    /// Takes the next column; the target type is inferred.
    pub fn take<T: FromValue>(&mut self) -> Result<T> {
        T::from_value(self.0.next().unwrap_or(Value::Null))
    }
    /// The text of the next column, without taking it.
    pub fn peek_text(&self) -> Option<&str> {
        match self.0.as_slice().first() {
            Some(Value::Text(it)) => Some(it),
            _ => None,
        }
    }
}
impl From<Vec<Value>> for Row {
    fn from(it: Vec<Value>) -> Self {
        Self(it.into_iter())
    }
}

/// A type that a column can be read as.
pub trait FromValue: Sized {
    /// Reads the column, or tells that it holds something else.
    fn from_value(value: Value) -> Result<Self>;
}

/// A column that holds JSON as text.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

impl<T: serde::Serialize> From<Json<&T>> for Value {
    fn from(it: Json<&T>) -> Self {
        // Plain data has no key that is not text and no float that is not finite.
        Self::Text(serde_json::to_string(it.0).unwrap_or_default())
    }
}
impl<T: serde::de::DeserializeOwned> FromValue for Json<T> {
    fn from_value(value: Value) -> Result<Self> {
        serde_json::from_str(&String::from_value(value)?).map(Json).map_err(Error::internal)
    }
}

fn unexpected(value: &Value) -> Error {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Int(_) => "an integer",
        Value::Text(_) => "text",
        Value::Bytes(_) => "bytes",
    };
    Error::internal(format!("a column holds {kind}, which its reader does not expect"))
}

macro_rules! values {
    ($($variant:ident($ty:ty)),*) => { $(
        impl From<$ty> for Value { fn from(it: $ty) -> Self { Self::$variant(it) } }
        impl FromValue for $ty {
            fn from_value(value: Value) -> Result<Self> {
                match value { Value::$variant(it) => Ok(it), other => Err(unexpected(&other)) }
            }
        }
    )* };
}
values! { Int(i64), Text(String), Bytes(Vec<u8>) }

impl From<bool> for Value {
    fn from(it: bool) -> Self {
        Self::Bool(it)
    }
}
impl FromValue for bool {
    fn from_value(value: Value) -> Result<Self> {
        match value {
            Value::Bool(it) => Ok(it),
            Value::Int(it) => Ok(it != 0),
            other => Err(unexpected(&other)),
        }
    }
}
impl From<&str> for Value {
    fn from(it: &str) -> Self {
        Self::Text(it.to_owned())
    }
}
impl From<&String> for Value {
    fn from(it: &String) -> Self {
        Self::Text(it.clone())
    }
}
impl From<&[u8]> for Value {
    fn from(it: &[u8]) -> Self {
        Self::Bytes(it.to_vec())
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(it: Option<T>) -> Self {
        it.map_or(Self::Null, Into::into)
    }
}
impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Self> {
        match value {
            Value::Null => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
}
