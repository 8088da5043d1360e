//! The OpenAPI 3.1 document, read off the catalogue.
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use vestibule_kernel::catalog::{Catalog, Entry};
use vestibule_kernel::error::COMMON_CODES;
use vestibule_kernel::{Access, Effect, Input, Method};

/// Everything that the program can do over HTTP, as OpenAPI describes it.
pub fn document(catalog: &Catalog, public_url: &str) -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .with(|it| {
            it.meta_schema = None;
            it.definitions_path = "/components/schemas".into();
        })
        .into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for entry in catalog.entries() {
        let reply = (entry.op.reply_schema)(&mut generator).map(schemars::Schema::to_value);
        let path = paths.entry(entry.op.route.1).or_insert_with(|| json!({}));
        path[entry.op.route.0.name().to_lowercase()] = operation(entry, reply);
    }
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Error".to_owned(), error_schema());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Vestibule",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "An open identity platform, compatible with the WorkOS API.",
        },
        "servers": [{ "url": public_url }],
        "security": [{ "api_key": [] }],
        // Those of every operation; each tells its own besides.
        "x-error-codes": COMMON_CODES,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "api_key": { "type": "http", "scheme": "bearer" },
                "access_token": { "type": "http", "scheme": "bearer" },
            },
        },
    })
}

fn operation(entry: &Entry, reply: Option<Value>) -> Value {
    let op = &entry.op;
    let description = entry.schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let (summary, rest) = description.split_once("\n\n").unwrap_or((description, ""));
    let tag = op.id.split('.').next().unwrap_or_default();
    let mut out = json!({
        "operationId": op.id,
        "summary": summary.trim_end_matches('.'),
        "tags": [tag],
        "parameters": parameters(entry),
        "responses": responses(entry, reply),
        "x-effect": op.effect,
        "x-error-codes": op.fails,
    });
    if !rest.is_empty() {
        out["description"] = rest.into();
    }
    if let Some(body) = request_body(entry) {
        out["requestBody"] = body;
    }
    if op.sensitive() {
        out["x-sensitive"] = json!(op.secrets);
    }
    if op.extension {
        out["x-extension"] = true.into();
    }
    match op.access {
        Access::ApiKey | Access::Owner | Access::Approver => {}
        Access::Open(_) => out["security"] = json!([]),
        Access::Token(_) => out["security"] = json!([{ "access_token": [] }]),
    }
    out
}

/// The declared fields, with whether each is required.
fn fields(entry: &Entry) -> impl Iterator<Item = (&String, &Value, bool)> {
    let required = entry.schema.get("required").and_then(Value::as_array);
    let is_required =
        move |name: &str| required.is_some_and(|them| them.iter().any(|it| it == name));
    let properties = entry.schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flatten().map(move |(name, it)| (name, it, is_required(name)))
}

fn parameters(entry: &Entry) -> Vec<Value> {
    let in_path: Vec<&str> = entry.op.route.path_fields().collect();
    let by_query = entry.op.input == Input::Query;
    let mut out = Vec::new();
    for (name, schema, required) in fields(entry) {
        let place = match in_path.contains(&name.as_str()) {
            true => "path",
            false if by_query => "query",
            false => continue,
        };
        let mut schema = schema.clone();
        let text = schema.as_object_mut().and_then(|it| it.remove("description"));
        let mut parameter = json!({
            "name": name,
            "in": place,
            "required": required || place == "path",
            "schema": schema,
        });
        if let Some(text) = text {
            parameter["description"] = text;
        }
        let types = schema.get("type");
        if place == "query" && types == Some(&json!("array")) {
            parameter["explode"] = false.into();
        }
        out.push(parameter);
    }
    if entry.op.own_keys {
        out.push(json!({
            "name": "idempotency-key",
            "in": "header",
            "required": false,
            "schema": { "type": "string" },
            "description": "A text of one's own, such as a UUID: what is sent with it again within \
                            24 hours is not done again",
        }));
    }
    out
}

fn request_body(entry: &Entry) -> Option<Value> {
    if entry.op.input == Input::Query {
        return None;
    }
    let in_path: Vec<&str> = entry.op.route.path_fields().collect();
    let mut schema = entry.schema.clone();
    let object = schema.as_object_mut()?;
    object.remove("description");
    object.remove("title");
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.retain(|name, _| !in_path.contains(&name.as_str()));
    }
    let mut any_required = false;
    if let Some(Value::Array(required)) = object.get_mut("required") {
        required.retain(|it| !in_path.iter().any(|name| it == name));
        any_required = !required.is_empty();
    }
    if !any_required {
        object.remove("required");
    }
    let is_empty = object.get("properties").is_none_or(|it| it == &json!({}));
    if is_empty && !object.contains_key("oneOf") && !object.contains_key("anyOf") {
        return None;
    }
    let mut content = json!({ "application/json": { "schema": schema } });
    if matches!(entry.op.input, Input::BodyOrForm | Input::BodyFormOrQuery) {
        content["application/x-www-form-urlencoded"] = json!({ "schema": schema });
    }
    let changes = matches!(entry.op.route.0, Method::Put | Method::Patch);
    Some(json!({ "required": any_required || changes, "content": content }))
}

fn responses(entry: &Entry, reply: Option<Value>) -> Value {
    let op = &entry.op;
    let mut out = Map::new();
    let success = match reply {
        Some(schema) => {
            json!({ "description": "Done.", "content": { "application/json": { "schema": schema } } })
        }
        None if op.status == 302 => json!({
            "description": "Go there.",
            "headers": { "Location": { "schema": { "type": "string" } } },
        }),
        None => json!({ "description": "Done." }),
    };
    out.insert(op.status.to_string(), success);
    for status in error_statuses(entry) {
        let refusal = json!({
            "description": error_text(status),
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } },
        });
        out.entry(status.to_string()).or_insert(refusal);
    }
    Value::Object(out)
}

fn error_statuses(entry: &Entry) -> Vec<u16> {
    let op = &entry.op;
    let mut statuses = vec![429];
    if op.access.takes_keys() {
        statuses.push(401);
    }
    if op.route.path_fields().next().is_some() {
        statuses.push(404);
    }
    if op.effect != Effect::Read || op.route.0 != Method::Get {
        statuses.push(400);
    }
    if fields(entry).next().is_some() {
        statuses.push(422);
    }
    statuses.extend(op.statuses);
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

fn error_text(status: u16) -> &'static str {
    match status {
        400 => "A rule refuses this.",
        401 => "No valid API key.",
        403 => "Not allowed, or another step is needed first.",
        404 => "No such object in this environment.",
        409 => "It exists already, or is in another state.",
        410 => "It is not there any more.",
        413 => "The body is too large.",
        422 => "A field does not have the declared form.",
        429 => "Over a rate limit; Retry-After tells when to come again.",
        _ => "Not now.",
    }
}

fn error_schema() -> Value {
    json!({
        "type": "object",
        "description": format!(
            "What was refused and why. Besides those that an operation lists, `code` may be one of \
             {}.",
            COMMON_CODES.join(", ")
        ),
        "properties": {
            "code": { "type": "string", "description": "Stable; test this." },
            "message": { "type": "string", "description": "For people." },
            "errors": { "type": "array", "items": {
                "type": "object",
                "properties": {
                    "field": { "type": "string" },
                    "code": { "type": "string" },
                    "message": { "type": "string" },
                },
            } },
            "error": { "type": "string", "description": "In place of `code` in the OAuth family." },
            "error_description": { "type": "string" },
        },
    })
}
