//! Makes of what somebody gives, in the spelling of whatever product they know, the input that the
//! operation declares.
use serde_json::{Map, Value, json};
use vestibule_kernel::Error;

use super::Action;

/// The field that stands for the whole body in other products.
const BODY: &str = "body";

/// How similar a field's name must be to be suggested, from 0 to 1 (Jaro–Winkler).
const SIMILAR_AT_LEAST: f64 = 0.8;

/// Arguments that an action does not take.
#[derive(Debug)]
pub struct Unfit {
    /// What is wrong, in a sentence.
    pub message: String,
    /// Each refused field, with what is wrong with it.
    pub errors: Vec<Value>,
}

impl Unfit {
    /// The same for programs.
    pub fn to_value(&self) -> Value {
        json!({
            "message": format!("{} No call was made.", self.message),
            "errors": self.errors,
        })
    }
    fn refused(error: &Error) -> Self {
        let body = error.body();
        let errors = body.get("errors").and_then(Value::as_array).cloned().unwrap_or_default();
        let first = errors.iter().find_map(|it| it.get("message").and_then(Value::as_str));
        let message = first.unwrap_or_else(|| error.message()).to_owned();
        Self { message, errors }
    }
}

/// What is given under names whose fields mean other things than those of the action: a directory by
/// its id, a challenge beside the factor that it is of. Tells whether the name is one of those.
pub(super) fn translate(name: &str, given: &mut Map<String, Value>) -> bool {
    let (from, to) = match &*super::names::plain(name) {
        "workos_directory_sync_users"
        | "workos_directory_sync_groups"
        | "GET /directories/{}/users"
        | "GET /directories/{}/groups" => ("id", "directory"),
        "workos_directory_user_get" | "GET /directories/{}/users/{}" => ("user_id", "id"),
        "workos_directory_group_get" | "GET /directories/{}/groups/{}" => ("group_id", "id"),
        "workos_mfa_verify" | "POST /mfa_enrollments/{}/verify" => ("challenge_id", "id"),
        _ => return false,
    };
    given.remove("directory_id");
    if let Some(value) = given.remove(from) {
        given.insert(to.to_owned(), value);
    }
    true
}

/// The input of `action` made of `given`: fields of the path by their official or their short names,
/// the body as it is or flat, camelCase or `snake_case`. Nothing is guessed that could be meant in
/// two ways; what is left over is refused.
pub fn fit(action: &Action, given: Map<String, Value>) -> Result<Map<String, Value>, Unfit> {
    let mut input = Map::new();
    for (name, value) in flat(action, given) {
        let field = meant(action, &name).unwrap_or_else(|| snake_case(&name));
        if input.contains_key(&field) {
            return Err(Unfit { message: format!("{field} is given twice."), errors: Vec::new() });
        }
        input.insert(field, value);
    }
    place_single_id(action, &mut input);
    refuse_unknown(action, &input)?;
    let input = Value::Object(input);
    action.check(&input).map_err(|it| Unfit::refused(&it))?;
    let Value::Object(input) = input else { return Ok(Map::new()) };
    Ok(input)
}

/// The declared field that a name in any spelling means, with its schema.
pub fn field_of<'a>(action: &'a Action, name: &str) -> Option<(String, &'a Value)> {
    let field = meant(action, name)?;
    let schema = action.field(&field)?;
    Some((field, schema))
}

/// Whether `given` has what the path of `action` names. An `id` may be that of any path; an id of
/// something else says that another action is meant.
pub(super) fn fills_path(action: &Action, given: &Map<String, Value>) -> bool {
    let fields: Vec<&str> = action.path_fields().collect();
    let known: Vec<String> = given.keys().filter_map(|it| meant(action, it)).collect();
    let by_id = fields.len() == 1 && given.contains_key("id");
    by_id || fields.iter().all(|field| known.iter().any(|it| it == field))
}

fn flat(action: &Action, mut given: Map<String, Value>) -> Map<String, Value> {
    if action.field(BODY).is_none()
        && given.get(BODY).is_some_and(Value::is_object)
        && let Some(Value::Object(body)) = given.remove(BODY)
    {
        for (name, value) in body {
            given.entry(name).or_insert(value);
        }
    }
    given
}

/// The declared field that a name in another spelling means.
fn meant(action: &Action, name: &str) -> Option<String> {
    if action.field(name).is_some() {
        return Some(name.to_owned());
    }
    let snake = snake_case(name);
    if action.field(&snake).is_some() {
        return Some(snake);
    }
    // `om_id` and `userland_user_id` are how the official paths name what ours name in words.
    let known = match snake.as_str() {
        "om_id" => "organization_membership_id",
        "userland_user_id" => "user_id",
        "audit_log_export_id" => "auditLogExportId",
        "action_name" => "actionName",
        "client_id" => "clientId",
        "expand" => "include",
        _ => "",
    };
    action.field(known).is_some().then(|| known.to_owned())
}

/// Where a path has one field and it was not given, the one other id that was given is it:
/// `user_id` for `/users/{id}`, `id` for `/users/{user_id}/sessions`.
fn place_single_id(action: &Action, input: &mut Map<String, Value>) {
    let fields: Vec<&str> = action.path_fields().collect();
    let [field] = fields.as_slice() else { return };
    if input.contains_key(*field) {
        return;
    }
    let is_id = |name: &str| name == "id" || name.ends_with("_id");
    let others: Vec<String> =
        input.keys().filter(|it| is_id(it) && action.field(it).is_none()).cloned().collect();
    if let [other] = others.as_slice()
        && is_id(&snake_case(field))
        && let Some(value) = input.remove(other)
    {
        input.insert((*field).to_owned(), value);
    }
}

fn refuse_unknown(action: &Action, input: &Map<String, Value>) -> Result<(), Unfit> {
    let none = Map::new();
    let properties = action.input.get("properties").and_then(Value::as_object).unwrap_or(&none);
    // What it takes is known of no description.
    let open = action.entry.is_none() && action.instead.is_some();
    let unknown: Vec<&String> =
        input.keys().filter(|it| !open && !properties.contains_key(*it)).collect();
    let Some(first) = unknown.first() else { return Ok(()) };
    let likeness = |it: &String| strsim::jaro_winkler(it, first);
    let nearest = properties.keys().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let nearest = nearest.filter(|it| likeness(it) > SIMILAR_AT_LEAST);
    let hint = match nearest {
        Some(it) => format!(" Perhaps you mean {it}."),
        None if properties.is_empty() => " It takes none.".to_owned(),
        None => format!(
            " It takes: {}.",
            properties.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
        ),
    };
    let errors = unknown
        .iter()
        .map(|it| json!({ "field": it, "code": "unknown", "message": "there is no such field" }));
    Err(Unfit {
        message: format!("{} has no field {first}.{hint}", action.id),
        errors: errors.collect(),
    })
}

fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(if letter == '-' { '_' } else { letter.to_ascii_lowercase() });
    }
    snake
}
