//! From a request to the one input object of an operation.
use std::collections::HashMap;
use std::time::Duration;

use axum::body::Body;
use axum::http::{header, request::Parts};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use vestibule_kernel::catalog::Entry;
use vestibule_kernel::{Error, Input, Kind, Result};

use super::Serving;

/// The largest body that is read, in bytes.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// How long a body may take to arrive.
const BODY_TIME_MAX: Duration = Duration::from_secs(30);
/// How many pairs a query or form has at the most.
const PAIRS_MAX: usize = 1000;

/// The type that a text from a query or a form is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Integer,
    Boolean,
    List,
    Object,
}

/// The forms of the fields of an operation, by name.
pub(super) struct Fields(HashMap<String, Form>);

impl Fields {
    pub(super) fn of(entry: &Entry) -> Self {
        let fields = entry.schema.get("properties").and_then(Value::as_object);
        let fields = fields.into_iter().flatten();
        Self(fields.map(|(name, schema)| (name.clone(), form(schema))).collect())
    }
    fn form(&self, name: &str) -> Form {
        self.0.get(name).copied().unwrap_or(Form::Text)
    }
}

fn form(schema: &Value) -> Form {
    let types = match schema.get("type") {
        Some(Value::String(it)) => vec![it.as_str()],
        Some(Value::Array(them)) => them.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    match types.iter().find(|it| **it != "null") {
        Some(&("integer" | "number")) => Form::Integer,
        Some(&"boolean") => Form::Boolean,
        Some(&"array") => Form::List,
        Some(&"object") => Form::Object,
        _ => Form::Text,
    }
}

/// Path, query and body as one object; the path wins.
pub(super) async fn input(
    served: &Serving,
    parts: &Parts,
    path: Vec<(&'static str, String)>,
    body: Body,
) -> Result<Value> {
    let mut fields = match served.entry.op.input {
        Input::Query => {
            let mut fields = pairs(served.fields(), parts.uri.query().unwrap_or_default())?;
            // A few deletions carry what they are about in a body (contract 00 §1).
            if parts.method == axum::http::Method::DELETE {
                fields.extend(json(&read(body).await?)?);
            }
            fields
        }
        Input::Body => json(&read(body).await?)?,
        Input::BodyOrForm => json_or_form(served, parts, body).await?,
        Input::BodyFormOrQuery => {
            let mut fields = pairs(served.fields(), parts.uri.query().unwrap_or_default())?;
            fields.extend(json_or_form(served, parts, body).await?);
            fields
        }
    };
    for (name, value) in path {
        fields.insert(name.to_owned(), typed(served.fields().form(name), value));
    }
    Ok(Value::Object(fields))
}

async fn json_or_form(served: &Serving, parts: &Parts, body: Body) -> Result<Map<String, Value>> {
    let body = read(body).await?;
    if !is_form(parts) {
        return json(&body);
    }
    let text = std::str::from_utf8(&body).map_err(|_| not_utf8("body"))?;
    pairs(served.fields(), text)
}

fn is_form(parts: &Parts) -> bool {
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    kind.is_some_and(|it| it.starts_with("application/x-www-form-urlencoded"))
}

/// The whole body, if it is not too large.
pub async fn read(body: Body) -> Result<axum::body::Bytes> {
    use axum::body::HttpBody;
    let too_large = || {
        let text = format!("The body is larger than {BODY_BYTES_MAX} bytes.");
        Error::new(Kind::TooLarge, "request_too_large", text)
    };
    if body.size_hint().lower() > BODY_BYTES_MAX as u64 {
        return Err(too_large());
    }
    let whole = axum::body::to_bytes(body, BODY_BYTES_MAX);
    match tokio::time::timeout(BODY_TIME_MAX, whole).await {
        Ok(read) => read.map_err(|_| too_large()),
        Err(_) => Err(Error::new(
            Kind::RequestTimeout,
            "request_timeout",
            format!("The body did not arrive within {} seconds.", BODY_TIME_MAX.as_secs()),
        )),
    }
}

fn json(body: &[u8]) -> Result<Map<String, Value>> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err(Error::invalid_field("", "invalid_type", "The body must be a JSON object.")),
        Err(error) => {
            let text = format!("The body is not valid JSON: {error}.");
            Err(Error::bad_request("invalid_json", text))
        }
    }
}

fn not_utf8(place: &str) -> Error {
    Error::bad_request("invalid_request_parameters", format!("The {place} is not valid UTF-8."))
}

fn text(encoded: &str) -> Result<String> {
    let spaced = encoded.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().map_err(|_| not_utf8("query"))?;
    Ok(decoded.into_owned())
}

/// A query or a form. Lists come comma-joined, repeated, or as `name[]`; objects as `name[key]` or
/// as JSON (contract 00 §5).
fn pairs(fields: &Fields, encoded: &str) -> Result<Map<String, Value>> {
    let mut out = Map::new();
    for pair in encoded.split('&').filter(|it| !it.is_empty()).take(PAIRS_MAX) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (text(name)?, text(value)?);
        let (base, key) = match name.strip_suffix(']').and_then(|it| it.split_once('[')) {
            Some((base, key)) => (base, Some(key)),
            None => (name.as_str(), None),
        };
        match (fields.form(base), key) {
            (Form::List, None | Some("")) => {
                let list = out.entry(base).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(items) = list {
                    items.extend(value.split(',').filter(|it| !it.is_empty()).map(Value::from));
                }
            }
            (Form::Object, Some(key)) => {
                let object = out.entry(base).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(object) = object {
                    object.insert(key.to_owned(), value.into());
                }
            }
            (Form::Object, None) => {
                // What cannot be read is ignored: one SDK writes the form of its own language.
                if let Ok(Value::Object(object)) = serde_json::from_str(&value) {
                    out.insert(base.to_owned(), Value::Object(object));
                }
            }
            (form, _) => {
                out.insert(name.clone(), typed(form, value));
            }
        }
    }
    Ok(out)
}

/// Text as the type that its field has; text that does not fit stays, and is refused by the schema.
fn typed(form: Form, text: String) -> Value {
    match form {
        Form::Integer => text.parse::<i64>().map_or(Value::String(text), Value::from),
        Form::Boolean => match text.as_str() {
            "true" => true.into(),
            "false" => false.into(),
            _ => Value::String(text),
        },
        Form::Text | Form::List | Form::Object => Value::String(text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields() -> Fields {
        let forms = [
            ("limit", Form::Integer),
            ("events", Form::List),
            ("provider_query_params", Form::Object),
            ("cascade_delete", Form::Boolean),
            ("code", Form::Text),
        ];
        Fields(forms.into_iter().map(|(name, form)| (name.to_owned(), form)).collect())
    }

    #[test]
    fn lists_come_in_three_forms() {
        for query in ["events=a,b", "events=a&events=b", "events[]=a&events%5B%5D=b"] {
            let read = pairs(&fields(), query).unwrap();
            assert_eq!(Value::Object(read), json!({ "events": ["a", "b"] }), "{query}");
        }
    }

    #[test]
    fn objects_come_bracketed_or_as_json_and_anything_else_is_ignored() {
        let read = pairs(&fields(), "provider_query_params[hd]=x.test").unwrap();
        assert_eq!(Value::Object(read), json!({ "provider_query_params": { "hd": "x.test" } }));
        let read = pairs(&fields(), "provider_query_params=%7B%22hd%22%3A%22x%22%7D").unwrap();
        assert_eq!(Value::Object(read), json!({ "provider_query_params": { "hd": "x" } }));
        let read = pairs(&fields(), "provider_query_params=%7B'hd'%3A+'x'%7D").unwrap();
        assert_eq!(Value::Object(read), json!({}));
    }

    #[test]
    fn text_takes_the_declared_type_and_no_other() {
        let read = pairs(&fields(), "limit=5&cascade_delete=true&code=012345").unwrap();
        let expected = json!({ "limit": 5, "cascade_delete": true, "code": "012345" });
        assert_eq!(Value::Object(read), expected);
        let read = pairs(&fields(), "limit=five").unwrap();
        assert_eq!(Value::Object(read), json!({ "limit": "five" }));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_refused() {
        assert_eq!(pairs(&fields(), "code=%ff").unwrap_err().status(), 400);
    }

    #[test]
    fn an_empty_body_is_an_empty_object() {
        assert_eq!(json(b"").unwrap(), Map::new());
        assert_eq!(json(b"[1]").unwrap_err().status(), 422);
        assert_eq!(json(b"{\"a\":").unwrap_err().status(), 400);
    }
}
