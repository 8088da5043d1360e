//! JSON from and to values of the machine.
//!
//! What the two do not share, and what becomes of it:
//!
//! - **null** in an object is an absent field, so that `if user.external_id then` reads as it should;
//!   in a list it is `json.null`, so that the others keep their places. `json.null` in arguments, and in
//!   what `json.encode` is given, is null. `json.decode(text, true)` keeps every null.
//! - **An empty table** is an object. A list that came from JSON, or that `json.array` made, knows that
//!   it is one, and stays `[]` when it is empty.
//! - **A whole number beyond ±2⁵³** comes as text, because the numbers of the machine would round it.

use mlua::{Lua, Table, Value};
use serde_json::{Map, Number, Value as Json};

/// The whole numbers that a 64-bit float tells apart.
const EXACT_MAX: u64 = 1 << 53;

/// Translates, with the mark of lists at hand.
pub(crate) struct Codec {
    /// The metatable that marks a table as a list.
    pub(crate) array: Table,
    pub(crate) depth_max: usize,
}

/// Why a value is no JSON.
#[derive(Debug, PartialEq)]
pub(crate) enum Unfit {
    /// It is longer than so many bytes.
    TooLong(usize),
    /// Something in it has no JSON.
    Value(String),
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLong(limit) => write!(f, "it is longer than {limit} bytes of JSON"),
            Self::Value(what) => f.write_str(what),
        }
    }
}

impl Codec {
    /// The JSON of a value, fields in order.
    pub(crate) fn to_json(&self, value: &Value, bytes_max: usize) -> Result<Json, Unfit> {
        let mut left = bytes_max;
        self.encode(value, self.depth_max, &mut left).map_err(|unfit| match unfit {
            Unfit::TooLong(_) => Unfit::TooLong(bytes_max),
            Unfit::Value(what) => Unfit::Value(what),
        })
    }

    fn encode(&self, value: &Value, depth: usize, left: &mut usize) -> Result<Json, Unfit> {
        spend(left, 2)?;
        match value {
            Value::Nil => Ok(Json::Null),
            Value::LightUserData(it) if it.0.is_null() => Ok(Json::Null),
            Value::Boolean(it) => Ok(Json::Bool(*it)),
            Value::Integer(it) => Ok(Json::Number((*it).into())),
            Value::Number(it) => Number::from_f64(*it)
                .map(Json::Number)
                .ok_or_else(|| Unfit::Value(format!("{it} is no number in JSON"))),
            Value::String(it) => text(it, left).map(Json::String),
            Value::Table(_) if depth == 0 => Err(Unfit::Value(format!(
                "it has more than {} tables within tables, or one that holds itself",
                self.depth_max
            ))),
            Value::Table(it) => self.table(it, depth - 1, left),
            other => Err(Unfit::Value(format!("a {} has no JSON", other.type_name()))),
        }
    }

    fn table(&self, table: &Table, depth: usize, left: &mut usize) -> Result<Json, Unfit> {
        let length = table.raw_len();
        if length == 0 && !self.is_array(table) {
            return self.object(table, depth, left);
        }
        let mut items = Vec::new();
        for at in 1..=length {
            let item = table.raw_get(at).map_err(unreadable)?;
            items.push(self.encode(&item, depth, left)?);
        }
        let fields = table.pairs::<Value, Value>().count();
        if fields != items.len() {
            return Err(Unfit::Value(format!(
                "a table with {length} items in a row and {fields} fields is neither a list nor an object; \
                 a list has no gaps (write json.null) and no names"
            )));
        }
        Ok(Json::Array(items))
    }

    fn object(&self, table: &Table, depth: usize, left: &mut usize) -> Result<Json, Unfit> {
        let mut fields = Vec::new();
        for pair in table.pairs::<Value, Value>() {
            let (key, value) = pair.map_err(unreadable)?;
            let Value::String(name) = key else {
                return Err(Unfit::Value(format!(
                    "a field of an object is named by text, not by a {}; a list begins at 1 and has no gaps",
                    key.type_name()
                )));
            };
            spend(left, 4)?;
            fields.push((text(&name, left)?, self.encode(&value, depth, left)?));
        }
        fields.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Json::Object(Map::from_iter(fields)))
    }

    fn is_array(&self, table: &Table) -> bool {
        table.metatable().is_some_and(|it| it == self.array)
    }

    /// The value of JSON.
    pub(crate) fn to_lua(&self, lua: &Lua, json: &Json, keep_null: bool) -> mlua::Result<Value> {
        Ok(match json {
            Json::Null if keep_null => Value::NULL,
            Json::Null => Value::Nil,
            Json::Bool(it) => Value::Boolean(*it),
            Json::Number(it) => number(lua, it)?,
            Json::String(it) => Value::String(lua.create_string(it)?),
            Json::Array(items) => {
                let table = lua.create_table_with_capacity(items.len(), 0)?;
                for item in items {
                    let value = match item {
                        Json::Null => Value::NULL,
                        item => self.to_lua(lua, item, keep_null)?,
                    };
                    table.raw_push(value)?;
                }
                table.set_metatable(Some(self.array.clone()))?;
                Value::Table(table)
            }
            Json::Object(fields) => {
                let table = lua.create_table_with_capacity(0, fields.len())?;
                for (name, value) in fields {
                    table.raw_set(name.as_str(), self.to_lua(lua, value, keep_null)?)?;
                }
                Value::Table(table)
            }
        })
    }
}

fn number(lua: &Lua, number: &Number) -> mlua::Result<Value> {
    let magnitude = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
    if magnitude.is_some_and(|it| it > EXACT_MAX) {
        return Ok(Value::String(lua.create_string(number.to_string())?));
    }
    Ok(Value::Number(number.as_f64().unwrap_or_default()))
}

fn text(text: &mlua::LuaString, left: &mut usize) -> Result<String, Unfit> {
    spend(left, text.as_bytes().len())?;
    match text.to_str() {
        Ok(it) => Ok(it.to_owned()),
        Err(_) => Err(Unfit::Value("a text in it is not UTF-8".into())),
    }
}

fn spend(left: &mut usize, bytes: usize) -> Result<(), Unfit> {
    *left = left.checked_sub(bytes).ok_or(Unfit::TooLong(0))?;
    Ok(())
}

fn unreadable(error: mlua::Error) -> Unfit {
    Unfit::Value(error.to_string())
}
