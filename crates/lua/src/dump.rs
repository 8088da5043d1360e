//! Values as text for whoever reads the output.

use mlua::{Table, Value};

/// Values within values that are shown.
const DEPTH_MAX: usize = 16;

/// A value in the form that it has in a program, tables over several lines, fields in order. A table
/// within itself is named and not followed; of what is longer than `bytes_max` the rest is left out.
pub(crate) fn dump(value: &Value, bytes_max: usize) -> String {
    let mut writer = Writer { text: String::new(), bytes_max, above: Vec::new() };
    writer.value(value);
    if writer.is_full() {
        writer.text.push_str("… (the rest is left out)");
    }
    writer.text
}

struct Writer {
    text: String,
    bytes_max: usize,
    /// The tables that the one being written stands in.
    above: Vec<*const std::ffi::c_void>,
}

impl Writer {
    fn is_full(&self) -> bool {
        self.text.len() >= self.bytes_max
    }

    fn value(&mut self, value: &Value) {
        if self.is_full() {
            return;
        }
        match value {
            Value::Nil => self.text.push_str("nil"),
            Value::Boolean(it) => self.text.push_str(if *it { "true" } else { "false" }),
            Value::Integer(it) => self.text.push_str(&it.to_string()),
            Value::Number(it) => self.text.push_str(&it.to_string()),
            Value::String(it) => self.string(&it.as_bytes()),
            Value::Table(it) => self.table(it),
            Value::LightUserData(_) => self.text.push_str("json.null"),
            other => {
                self.text.push('<');
                self.text.push_str(other.type_name());
                self.text.push('>');
            }
        }
    }

    fn string(&mut self, bytes: &[u8]) {
        let cut = &bytes[..bytes.len().min(self.bytes_max)];
        self.text.push('"');
        for letter in String::from_utf8_lossy(cut).chars() {
            match letter {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                letter if letter.is_control() => {
                    self.text.extend(letter.escape_unicode());
                }
                letter => self.text.push(letter),
            }
        }
        self.text.push('"');
    }

    fn table(&mut self, table: &Table) {
        let this = table.to_pointer();
        if self.above.contains(&this) {
            return self.text.push_str("<this table again>");
        }
        if self.above.len() >= DEPTH_MAX {
            return self.text.push_str("{…}");
        }
        let entries = entries(table);
        if entries.is_empty() {
            return self.text.push_str("{}");
        }
        self.above.push(this);
        self.text.push_str("{\n");
        let length = table.raw_len();
        for (key, value) in entries {
            if self.is_full() {
                break;
            }
            self.indent();
            self.key(&key, length);
            self.value(&value);
            self.text.push_str(",\n");
        }
        self.above.pop();
        self.indent();
        self.text.push('}');
    }

    fn key(&mut self, key: &Value, length: usize) {
        match key {
            // The items of a list need no key.
            Value::Integer(at) if *at >= 1 && usize::try_from(*at).is_ok_and(|at| at <= length) => {
            }
            Value::String(name) if is_name(&name.as_bytes()) => {
                self.text.push_str(&name.to_string_lossy());
                self.text.push_str(" = ");
            }
            other => {
                self.text.push('[');
                self.value(other);
                self.text.push_str("] = ");
            }
        }
    }

    fn indent(&mut self) {
        for _ in 0..self.above.len() {
            self.text.push_str("  ");
        }
    }
}

/// The fields of a table: numbers first, in order, then names in order, then the rest.
fn entries(table: &Table) -> Vec<(Value, Value)> {
    let mut entries: Vec<(Value, Value)> = table.pairs().filter_map(Result::ok).collect();
    entries.sort_by(|(left, _), (right, _)| match (left, right) {
        (Value::Integer(left), Value::Integer(right)) => left.cmp(right),
        (Value::String(left), Value::String(right)) => left.as_bytes().cmp(&right.as_bytes()),
        (left, right) => rank(left).cmp(&rank(right)),
    });
    entries
}

fn rank(key: &Value) -> u8 {
    match key {
        Value::Integer(_) => 0,
        Value::Number(_) => 1,
        Value::String(_) => 2,
        _ => 3,
    }
}

fn is_name(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && !bytes[0].is_ascii_digit()
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}
