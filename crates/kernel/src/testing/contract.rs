//! Every reply and event that any test sees is held against the facts of the official API, and
//! every reply against what the operation itself declares.
use std::collections::HashMap;
use std::sync::LazyLock;

use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::catalog::Op;

/// The official facts (see contract/README.md), as schemas that stand under one address.
struct Contract {
    document: Value,
    events: Value,
    validators: Mutex<HashMap<String, &'static jsonschema::Validator>>,
}

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| {
    let mut document = read(include_str!("../../../../contract/openapi.json"));
    let mut events = read(include_str!("../../../../contract/events.json"));
    // Those that newer SDKs know stand beside the others, so that they are found as the others are.
    let newer = read(include_str!("../../../../contract/newer_events.json"));
    for name in newer.as_object().unwrap().keys() {
        events[name]["schema"] = format!("#/components/newer_events/{name}").into();
    }
    document["components"]["newer_events"] = newer;
    Contract { document, events, validators: Mutex::default() }
});

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

impl Contract {
    /// The validator of the schema at this place of the document.
    fn validator(&self, pointer: &str) -> &'static jsonschema::Validator {
        let mut validators = self.validators.lock();
        validators.entry(pointer.to_owned()).or_insert_with(|| {
            // A reference is a URI, in which the braces of a path are escaped.
            let reference = pointer.replace('{', "%7B").replace('}', "%7D");
            let schema = json!({
                "$ref": format!("#{reference}"),
                "components": self.document["components"],
                "paths": { path_of(pointer): self.document["paths"][path_of(pointer)] },
            });
            let validator = jsonschema::options()
                .with_draft(jsonschema::Draft::Draft202012)
                .build(&schema)
                .unwrap();
            Box::leak(Box::new(validator))
        })
    }

    /// The official path that has the form of ours; the names between braces may differ.
    fn path(&self, ours: &str) -> Option<&str> {
        let form = |path: &str| -> Vec<String> {
            let blank =
                |it: &str| if it.starts_with('{') { "{}".to_owned() } else { it.to_owned() };
            path.split('/').map(blank).collect()
        };
        let paths = self.document["paths"].as_object().unwrap();
        paths.keys().find(|it| form(it) == form(ours)).map(String::as_str)
    }
}

/// The path that a pointer into the document goes through.
fn path_of(pointer: &str) -> String {
    let segment = pointer.strip_prefix("/paths/").and_then(|it| it.split('/').next());
    segment.unwrap_or_default().replace("~1", "/").replace("~0", "~")
}

/// Panics where a successful reply is not what its operation declares.
pub(super) fn check_declared(op: &Op, body: &[u8]) {
    static DECLARED: LazyLock<Mutex<Declared>> = LazyLock::new(Mutex::default);
    let validator = *DECLARED.lock().entry(op.id).or_insert_with(|| {
        let schema = op.whole_reply_schema()?;
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .build(&schema)
            .unwrap();
        Some(Box::leak(Box::new(validator)))
    });
    let Some(validator) = validator else { return };
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    hold(validator, &body, &format!("the declared reply of {}", op.id));
}

/// The validators of declared replies by the id of their operation.
type Declared = HashMap<&'static str, Option<&'static jsonschema::Validator>>;

/// Panics where a successful reply is not one of the official API.
pub(super) fn check_reply(op: &Op, body: &[u8]) {
    let method = op.route.0.name().to_lowercase();
    let Some(path) = CONTRACT.path(op.route.1).filter(|_| !op.extension) else { return };
    let responses = &CONTRACT.document["paths"][path][&method]["responses"];
    let status = op.status.to_string();
    if responses[&status].pointer("/content/application~1json/schema").is_none() {
        return;
    }
    let escaped = path.replace('~', "~0").replace('/', "~1");
    let pointer =
        format!("/paths/{escaped}/{method}/responses/{status}/content/application~1json/schema");
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    hold(CONTRACT.validator(&pointer), &body, &format!("the reply of {}", op.id));
}

/// Panics where an event is not one of the official API.
pub(super) fn check_event(name: &str, data: &Value, context: Option<&Value>) {
    let Some(pointer) = CONTRACT.events[name]["schema"].as_str() else { return };
    let pointer = pointer.trim_start_matches('#');
    let mut whole = json!({
        "object": "event",
        "id": "event_01",
        "event": name,
        "data": data,
        "created_at": "2026-01-15T12:00:00.000Z",
    });
    if let Some(context) = context {
        whole["context"] = context.clone();
    }
    hold(CONTRACT.validator(pointer), &whole, &format!("the event {name}"));
    note_seen(name);
}

/// Crates whose tests write events that nothing caused.
const MADE_UP: [&str; 2] = ["vestibule-kernel", "vestibule-record"];

/// Leaves the name of an event that fits its schema where contract/event_visits.py looks for it.
fn note_seen(name: &str) {
    let made_up = std::env::var("CARGO_PKG_NAME").is_ok_and(|it| MADE_UP.contains(&it.as_str()));
    let folder = std::env::var("VESTIBULE_TEST_EVENTS_SEEN").ok().filter(|_| !made_up);
    if let Some(folder) = folder {
        std::fs::write(std::path::Path::new(&folder).join(name), "").unwrap();
    }
}

fn hold(validator: &jsonschema::Validator, value: &Value, what: &str) {
    let wrong: Vec<String> = validator
        .iter_errors(value)
        .map(|it| format!("{} at '{}'", it, it.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{what} is not as the contract has it: {wrong:#?}\n{value:#}");
}
