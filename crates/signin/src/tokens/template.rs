//! The small language of JWT templates: a JSON object whose texts may hold expressions.
//!
//! - `{{ user.email }}` stands for the value at a path; `||` names what to take where it is null:
//!   another path or a text in single quotes.
//! - A text that is one expression and nothing else keeps the type of the value. In any other text
//!   the value is written into it, null as nothing; an object or a list cannot be.
//! - A claim that comes to null is left out.
//!
//! There are no loops, conditions or filters. A template is checked when it is set, so that signing
//! in meets only what depends on the user.
use serde_json::{Map, Value};

/// How long the claims of a template may be, as JSON.
pub const RENDERED_BYTES_MAX: usize = 3072;
/// How long a template may be.
pub const CONTENT_BYTES_MAX: usize = 16 * 1024;
/// Claims that only we set. The official API reserves the first six; the others name the session,
/// the application and whoever acts as the user, and a template that could speak for them would let
/// what users say of themselves hide an impersonation, or point at somebody else's session.
pub const RESERVED: &[&str] =
    &["iss", "sub", "exp", "iat", "nbf", "jti", "sid", "client_id", "act"];
/// What paths begin with.
const ROOTS: &[&str] = &["user", "organization", "organization_membership"];

/// Why a template is refused, or cannot be rendered; for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The template has a fault of its own, or does not fit a value that it names.
    Fault(String),
    /// What it comes to is too long.
    TooBig(usize),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fault(it) => f.write_str(it),
            Self::TooBig(bytes) => write!(
                f,
                "The claims of the JWT template are {bytes} bytes long; {RENDERED_BYTES_MAX} are \
                 allowed."
            ),
        }
    }
}

/// A template that was checked.
#[derive(Clone, Debug)]
pub struct Template(Vec<(String, Node)>);

#[derive(Clone, Debug)]
enum Node {
    Fixed(Value),
    Text(Vec<Piece>),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Plain(String),
    Expression(Vec<Term>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Path(Vec<String>),
    Quoted(String),
}

impl Template {
    /// Reads and checks a template.
    pub fn parse(content: &str) -> Result<Self, Refusal> {
        if content.len() > CONTENT_BYTES_MAX {
            let text = format!("A JWT template has at most {CONTENT_BYTES_MAX} bytes.");
            return Err(Refusal::Fault(text));
        }
        let Ok(Value::Object(fields)) = serde_json::from_str(content) else {
            return Err(Refusal::Fault("A JWT template must be a JSON object.".to_owned()));
        };
        if fields.is_empty() {
            let text = "A JWT template must have at least one claim.";
            return Err(Refusal::Fault(text.to_owned()));
        }
        if let Some(name) = RESERVED.iter().find(|it| fields.contains_key(**it)) {
            let text = format!("The claim '{name}' is reserved. Give it another name.");
            return Err(Refusal::Fault(text));
        }
        let template = Self(object(fields)?);
        // What is too long for a user of whom nothing is known is too long for everybody.
        template.render(&Value::Null)?;
        Ok(template)
    }

    /// The claims for the user, organization and membership in `context`.
    pub fn render(&self, context: &Value) -> Result<Map<String, Value>, Refusal> {
        let mut claims = render_object(&self.0, context)?;
        claims.retain(|_, value| !value.is_null());
        let length = Value::Object(claims.clone()).to_string().len();
        if length > RENDERED_BYTES_MAX {
            return Err(Refusal::TooBig(length));
        }
        Ok(claims)
    }
}

fn object(fields: Map<String, Value>) -> Result<Vec<(String, Node)>, Refusal> {
    fields.into_iter().map(|(name, value)| Ok((name, node(value)?))).collect()
}

fn node(value: Value) -> Result<Node, Refusal> {
    Ok(match value {
        Value::String(text) => Node::Text(pieces(&text)?),
        Value::Array(items) => Node::List(items.into_iter().map(node).collect::<Result<_, _>>()?),
        Value::Object(fields) => Node::Object(object(fields)?),
        Value::Null | Value::Bool(_) | Value::Number(_) => Node::Fixed(value),
    })
}

fn pieces(text: &str) -> Result<Vec<Piece>, Refusal> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        if !before.is_empty() {
            pieces.push(Piece::Plain(before.to_owned()));
        }
        let Some(end) = outside_quotes(after, "}}") else {
            return Err(Refusal::Fault(format!("The '{{{{' in '{text}' has no '}}}}'.")));
        };
        pieces.push(Piece::Expression(expression(&after[..end])?));
        rest = &after[end + 2..];
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Plain(rest.to_owned()));
    }
    Ok(pieces)
}

/// Where `mark` begins, outside of texts in single quotes.
fn outside_quotes(text: &str, mark: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(i, letter)| {
        quoted ^= letter == '\'';
        (!quoted && text[i..].starts_with(mark)).then_some(i)
    })
}

fn expression(text: &str) -> Result<Vec<Term>, Refusal> {
    let mut terms = Vec::new();
    let mut rest = text;
    while let Some(end) = outside_quotes(rest, "||") {
        terms.push(term(&rest[..end], text)?);
        rest = &rest[end + 2..];
    }
    terms.push(term(rest, text)?);
    Ok(terms)
}

fn term(text: &str, whole: &str) -> Result<Term, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::Fault(format!("The expression '{{{{{whole}}}}}' is empty.")));
    }
    let quoted = text.strip_prefix('\'').and_then(|it| it.strip_suffix('\''));
    if let Some(it) = quoted.filter(|it| !it.contains('\'')) {
        return Ok(Term::Quoted(it.to_owned()));
    }
    let path: Vec<String> = text.split('.').map(str::to_owned).collect();
    let named = |it: &String| {
        !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-".contains(&it))
    };
    if !path.iter().all(named) {
        return Err(Refusal::Fault(format!(
            "'{text}' is not a path. A path is names joined by dots, such as user.email."
        )));
    }
    if !ROOTS.contains(&path[0].as_str()) {
        return Err(Refusal::Fault(format!(
            "'{text}' is not a path: it begins with none of {}.",
            ROOTS.join(", ")
        )));
    }
    Ok(Term::Path(path))
}

fn render_object(
    fields: &[(String, Node)],
    context: &Value,
) -> Result<Map<String, Value>, Refusal> {
    fields.iter().map(|(name, node)| Ok((name.clone(), render(node, context)?))).collect()
}

fn render(node: &Node, context: &Value) -> Result<Value, Refusal> {
    match node {
        Node::Fixed(value) => Ok(value.clone()),
        Node::List(items) => items.iter().map(|it| render(it, context)).collect(),
        Node::Object(fields) => render_object(fields, context).map(Value::Object),
        Node::Text(pieces) => match pieces.as_slice() {
            [Piece::Expression(terms)] => Ok(evaluate(terms, context)),
            pieces => text(pieces, context).map(Value::String),
        },
    }
}

fn text(pieces: &[Piece], context: &Value) -> Result<String, Refusal> {
    let mut text = String::new();
    for piece in pieces {
        let terms = match piece {
            Piece::Plain(it) => {
                text.push_str(it);
                continue;
            }
            Piece::Expression(terms) => terms,
        };
        match evaluate(terms, context) {
            Value::Null => {}
            Value::String(it) => text.push_str(&it),
            it @ (Value::Bool(_) | Value::Number(_)) => text.push_str(&it.to_string()),
            Value::Array(_) | Value::Object(_) => {
                return Err(Refusal::Fault(format!(
                    "The value of '{}' in the JWT template is an object or a list, which cannot \
                     be part of a text.",
                    name(terms)
                )));
            }
        }
    }
    Ok(text)
}

fn name(terms: &[Term]) -> String {
    let name = |it: &Term| match it {
        Term::Path(path) => path.join("."),
        Term::Quoted(text) => format!("'{text}'"),
    };
    terms.iter().map(name).collect::<Vec<_>>().join(" || ")
}

/// The first of the terms that is not null.
fn evaluate(terms: &[Term], context: &Value) -> Value {
    let value = |term: &Term| match term {
        Term::Path(path) => look_up(path, context),
        Term::Quoted(text) => Value::String(text.clone()),
    };
    terms.iter().map(value).find(|it| !it.is_null()).unwrap_or(Value::Null)
}

fn look_up(path: &[String], context: &Value) -> Value {
    let mut value = context;
    for name in path {
        let next = match value {
            Value::Object(fields) => fields.get(name),
            Value::Array(items) => name.parse::<usize>().ok().and_then(|it| items.get(it)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        };
        let Some(next) = next else { return Value::Null };
        value = next;
    }
    value.clone()
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
