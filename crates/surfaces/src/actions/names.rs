//! The names that users of other products know actions by, pinned in a table.
use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::{Action, Actions, arguments};

/// Family, name and action, a row each.
const TABLE: &str = include_str!("names.tsv");

/// How many similar names an unknown one is answered with.
const SUGGESTIONS_MAX: usize = 5;
/// How similar a name must be to be suggested, from 0 to 1 (Jaro–Winkler).
const SIMILAR_AT_LEAST: f64 = 0.8;

/// What stands before a name in code, on command lines and in tool names of other products.
const PREFIXES: [&str; 6] =
    ["app.integrations.", "integration__", "integrations:", "workos.", "workos__", "vestibule."];

/// A name that nothing has, or that several have.
#[derive(Debug, PartialEq)]
pub struct Unknown {
    /// The name.
    pub name: String,
    /// Names that could be meant, at most five.
    pub suggestions: Vec<String>,
    /// Whether the suggestions share the name, so that the arguments must say which is meant.
    pub ambiguous: bool,
}

impl Unknown {
    /// What to tell whoever asked.
    pub fn message(&self) -> String {
        let Self { name, suggestions, ambiguous } = self;
        let listed = suggestions.join(", ");
        match (ambiguous, suggestions.is_empty()) {
            (true, _) => format!(
                "'{name}' names several actions: {listed}. Give the arguments of one, or its name. \
                 No call was made."
            ),
            (false, true) => {
                format!("There is no action '{name}'. Search by intent. No call was made.")
            }
            (false, false) => format!(
                "There is no action '{name}'. Perhaps you mean: {listed}. No call was made."
            ),
        }
    }
    /// The same for programs.
    pub fn to_value(&self) -> Value {
        json!({ "message": self.message(), "suggestions": self.suggestions })
    }
}

/// A name in the one spelling that the table is kept in: without what stands before it, in small
/// letters, with `_` for every separator. Most names of tools have it already.
pub(super) fn plain(name: &str) -> Cow<'_, str> {
    let mut rest = name.trim();
    while let Some(shorter) = PREFIXES.iter().find_map(|it| rest.strip_prefix(it)) {
        rest = shorter;
    }
    if rest.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_') {
        return rest.into();
    }
    if let Some((method, path)) = rest.split_once(' ') {
        return format!("{} {}", method.to_uppercase(), without_field_names(path.trim())).into();
    }
    rest.to_lowercase().replace(['.', '-', ':', '/'], "_").into()
}

/// A path whose fields are not named, since every description names them differently.
fn without_field_names(path: &str) -> String {
    let segments = path.trim_matches('/').split('/');
    segments
        .map(|it| if it.starts_with('{') { "/{}".to_owned() } else { format!("/{it}") })
        .collect()
}

/// Finds each name's actions, and tells each action its names.
pub(super) fn table(list: &mut [Action]) -> HashMap<String, Vec<usize>> {
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    let mut add = |name: String, index: usize| {
        let indices = by_name.entry(name).or_default();
        if !indices.contains(&index) {
            indices.push(index);
        }
    };
    let mut by_id = HashMap::new();
    for (index, action) in list.iter().enumerate() {
        by_id.insert(action.id.to_string(), index);
        add(plain(&action.id).into_owned(), index);
        add(plain(&format!("{} {}", action.method.name(), action.path)).into_owned(), index);
    }
    for (name, id) in rows() {
        if let Some(index) = by_id.get(id).copied() {
            add(plain(name).into_owned(), index);
            list[index].names.push(name);
        }
    }
    by_name
}

fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.lines().filter(|it| !it.starts_with('#')).filter_map(|line| {
        let mut cells = line.split('\t').skip(1);
        Some((cells.next()?, cells.next()?))
    })
}

/// The action that a name means.
pub(super) fn find<'a>(
    actions: &'a Actions,
    name: &str,
    given: &Map<String, Value>,
) -> Result<&'a Action, Unknown> {
    let unknown =
        |suggestions, ambiguous| Unknown { name: name.to_owned(), suggestions, ambiguous };
    let wanted = plain(name);
    let Some(indices) = actions.by_name.get(&*wanted).or_else(|| without_account(actions, name))
    else {
        return Err(unknown(similar(actions, &wanted), false));
    };
    let mut candidates = indices.iter().map(|it| &actions.list[*it]);
    if let [_] = indices.as_slice() {
        return candidates.next().ok_or_else(|| unknown(Vec::new(), false));
    }
    // Those that share a name differ in their paths: the one that asks for most of what was given.
    let filled = candidates.filter(|it| arguments::fills_path(it, given));
    filled.max_by_key(|it| it.path_fields().count()).ok_or_else(|| {
        unknown(indices.iter().map(|it| actions.list[*it].id.to_string()).collect(), true)
    })
}

/// `app.integrations.workos.work.list_users` names an account before the action.
fn without_account<'a>(actions: &'a Actions, name: &str) -> Option<&'a Vec<usize>> {
    let rest = name.trim().strip_prefix("app.integrations.workos.")?;
    actions.by_name.get(&*plain(rest.split_once('.')?.1))
}

/// The stable names of the actions whose names are most like `wanted`.
fn similar(actions: &Actions, wanted: &str) -> Vec<String> {
    let likeness = |name: &str| {
        let whole = strsim::jaro_winkler(name, wanted);
        let bare = name.strip_prefix("workos_").unwrap_or(name);
        whole.max(strsim::jaro_winkler(bare, wanted.strip_prefix("workos_").unwrap_or(wanted)))
    };
    let mut scored: Vec<(f64, usize)> = actions
        .by_name
        .iter()
        .map(|(name, indices)| (likeness(name), indices[0]))
        .filter(|it| it.0 >= SIMILAR_AT_LEAST)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut suggestions: Vec<String> = Vec::new();
    for (_, index) in scored {
        let id = actions.list[index].id.to_string();
        if !suggestions.contains(&id) {
            suggestions.push(id);
        }
        if suggestions.len() == SUGGESTIONS_MAX {
            break;
        }
    }
    suggestions
}
