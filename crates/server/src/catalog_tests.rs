//! Rules that hold for every operation, whatever is added to the catalogue.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use vestibule_kernel::catalog::Entry;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::testing::{Domains, World, each_engine, on_sqlite};
use vestibule_kernel::{Access, Request};
use vestibule_surfaces::mcp::tool_name;

use crate::catalog;

fn domains() -> Domains {
    let operations = Box::leak(catalog::operations().into_boxed_slice());
    Domains {
        operations,
        reactions: catalog::reactions(),
        handlers: catalog::handlers(),
        ..Domains::default()
    }
}

fn each_entry(case: impl Fn(&'static Entry)) {
    on_sqlite(domains(), |world| world.app.catalog().entries().iter().for_each(&case));
}

#[test]
fn ids_and_routes_are_declared_once() {
    let (mut ids, mut routes) = (BTreeSet::new(), BTreeSet::new());
    for op in catalog::operations().concat() {
        assert!(ids.insert(op.id), "{} is declared twice", op.id);
        for route in std::iter::once(&op.route).chain(op.aliases) {
            let form: Vec<&str> =
                route.1.split('/').map(|it| if it.starts_with('{') { "{}" } else { it }).collect();
            let form = format!("{} {}", route.0.name(), form.join("/"));
            assert!(routes.insert(form.clone()), "{form} is routed twice");
        }
    }
}

#[test]
fn every_operation_and_field_is_described() {
    each_entry(|entry| {
        let text = entry.schema["description"].as_str().unwrap_or_default();
        assert!(!text.is_empty(), "{} needs a doc comment", entry.op.id);
        for (name, schema) in entry.schema["properties"].as_object().into_iter().flatten() {
            let text = schema["description"].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{}: the field {name} needs a doc comment", entry.op.id);
        }
    });
}

#[test]
fn every_path_field_is_a_field_of_the_input() {
    each_entry(|entry| {
        for route in std::iter::once(&entry.op.route).chain(entry.op.aliases) {
            for name in route.path_fields() {
                assert!(entry.field(name).is_some(), "{} lacks {name}", entry.op.id);
            }
        }
    });
}

#[test]
fn every_operation_has_a_name_that_mcp_clients_accept() {
    let mut names = BTreeSet::new();
    for op in catalog::operations().concat() {
        let name = tool_name(op.id);
        let fits = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
        assert!(name.len() <= 64 && name.chars().all(fits), "{name}");
        assert!(names.insert(name), "{} has the tool name of another", op.id);
    }
}

#[test]
fn a_reply_with_a_secret_says_so() {
    let facts: BTreeMap<String, Vec<String>> =
        serde_json::from_str(include_str!("../../../contract/secrets.json")).unwrap();
    for op in catalog::operations().concat() {
        let Some(fields) = facts.get(&format!("{} {}", op.route.0.name(), op.route.1)) else {
            continue;
        };
        for field in fields.iter().map(|it| it.replace("[]", ".*")) {
            assert!(
                op.secrets.contains(&field.as_str()),
                "{} does not declare that {field} is a secret",
                op.id
            );
        }
    }
}

#[test]
fn without_a_key_every_operation_answers_401_and_nothing_else() {
    on_sqlite(domains(), |world| {
        for entry in world.app.catalog().entries() {
            if !matches!(entry.op.access, Access::ApiKey) {
                continue;
            }
            for credential in [None, Some(Secret::new("sk_unknown")), Some(Secret::new(""))] {
                let request = Request { credential, ..Request::default() };
                let refused = world.call_as(request, entry.op.id, json!({})).unwrap_err();
                assert_eq!(refused.status(), 401, "{}", entry.op.id);
                assert_eq!(refused.body(), json!({ "message": "Unauthorized" }));
            }
        }
    });
}

/// One of everything, by the segment of the path that comes before its id.
struct Samples(BTreeMap<&'static str, String>);

impl Samples {
    fn make(world: &World) -> Self {
        let mut samples = BTreeMap::new();
        let mut make = |segment: &'static str, key: &str, id: &str, input: Value| -> Value {
            let made = world.call(id, input).unwrap_or_else(|it| panic!("{id}: {it:?}"));
            let value = made.pointer(key).and_then(Value::as_str);
            samples.insert(segment, value.unwrap_or_else(|| panic!("{id}: {made}")).to_owned());
            made
        };
        let organization = make(
            "organizations",
            "/id",
            "organizations.create",
            json!({ "name": "One", "external_id": "ext-org" }),
        );
        let organization = &organization["id"];
        let user = json!({ "email": "one@one.test", "external_id": "ext-user", "password": "a-long-password-4100" });
        let user = make("users", "/id", "users.create", user);
        let user = &user["id"];
        make(
            "organization_domains",
            "/id",
            "organization_domains.create",
            json!({ "organization_id": organization, "domain": "one-company.com" }),
        );
        make(
            "organization_memberships",
            "/id",
            "organization_memberships.create",
            json!({ "organization_id": organization, "user_id": user }),
        );
        make(
            "groups",
            "/id",
            "groups.create",
            json!({ "organization_id": organization, "name": "Group" }),
        );
        let invitation = json!({ "email": "two@two.test", "organization_id": organization });
        let invitation = make("invitations", "/id", "invitations.create", invitation);
        make(
            "permissions",
            "/slug",
            "permissions.create",
            json!({ "slug": "one:read", "name": "Read" }),
        );
        make(
            "roles",
            "/slug",
            "organization_roles.create",
            json!({ "organization_id": organization, "name": "Own", "slug": "org-own" }),
        );
        make("password_reset", "/id", "password_reset.create", json!({ "email": "one@one.test" }));
        make("magic_auth", "/id", "magic_auth.create", json!({ "email": "one@one.test" }));
        make(
            "redirect_uris",
            "/id",
            "redirect_uris.create",
            json!({ "uri": "https://one.test/callback" }),
        );
        make(
            "webhook_endpoints",
            "/id",
            "webhook_endpoints.create",
            json!({ "endpoint_url": "https://one.test/hook", "events": ["user.created"] }),
        );
        make(
            "api_keys",
            "/id",
            "organization_api_keys.create",
            json!({ "organization_id": organization, "name": "Key" }),
        );
        let factor = make(
            "factors",
            "/authentication_factor/id",
            "auth_factors.create",
            json!({ "user_id": user, "type": "totp" }),
        );
        samples.insert(
            "challenges",
            factor["authentication_challenge"]["id"].as_str().unwrap().to_owned(),
        );
        samples.insert("by_token", invitation["token"].as_str().unwrap().to_owned());
        samples.insert("external_id", "ext-org".to_owned());
        Self(samples)
    }

    /// The value of the field of a path whose segment before it is `segment`.
    fn value(&self, operation: &str, segment: &str) -> Option<&str> {
        match (operation, segment) {
            ("users.get_by_external_id", "external_id") => Some("ext-user"),
            (_, "organization-memberships") => self.value(operation, "organization_memberships"),
            _ => self.0.get(segment).map(String::as_str),
        }
    }
}

/// The fields of the path, each with the sample of another environment or an id that nothing has.
fn path_input(entry: &Entry, samples: &Samples, unknown: bool) -> Option<Map<String, Value>> {
    let mut input = Map::new();
    let segments: Vec<&str> = entry.op.route.1.split('/').collect();
    for pair in segments.windows(2) {
        let Some(name) = pair[1].strip_prefix('{').and_then(|it| it.strip_suffix('}')) else {
            continue;
        };
        let value = samples.value(entry.op.id, pair[0])?;
        let value = if unknown { format!("{value}X") } else { value.to_owned() };
        input.insert(name.to_owned(), value.into());
    }
    (!input.is_empty()).then_some(input)
}

/// Something that the schema of each required field accepts.
fn fill(entry: &Entry, samples: &Samples, input: &mut Map<String, Value>) {
    let required = entry.schema["required"].as_array().cloned().unwrap_or_default();
    for name in required.iter().filter_map(Value::as_str) {
        if input.contains_key(name) {
            continue;
        }
        let segment = match name {
            "organization_id" => "organizations",
            "user_id" => "users",
            "organization_membership_id" => "organization_memberships",
            _ => "",
        };
        let schema = &entry.schema["properties"][name];
        let value = match (samples.value(entry.op.id, segment), schema["type"].as_str()) {
            (Some(id), _) => json!(id),
            (None, Some("array")) => json!([]),
            (None, Some("object")) => json!({}),
            (None, Some("integer")) => json!(1),
            (None, Some("boolean")) => json!(true),
            (None, _) => match (schema["const"].as_str(), schema["enum"][0].as_str()) {
                (Some(it), _) | (None, Some(it)) => json!(it),
                (None, None) if name == "email" || name == "new_email" => json!("x@x.test"),
                (None, None) => json!("123456"),
            },
        };
        input.insert(name.to_owned(), value);
    }
}

/// Operations whose path names something that every environment has, or that answer alike for
/// what is there and what is not. This list may only shrink.
const SAME_FOR_ALL: &[&str] = &[];

#[test]
fn what_another_environment_has_is_not_found_in_the_words_for_what_nobody_has() {
    each_engine(domains(), |world| {
        let samples = Samples::make(world);
        let (_, key) = world.other_environment();
        let mut tried = 0;
        for entry in world.app.catalog().entries() {
            if !matches!(entry.op.access, Access::ApiKey) || SAME_FOR_ALL.contains(&entry.op.id) {
                continue;
            }
            if entry.op.route.path_fields().next().is_none() {
                continue;
            }
            let (Some(mut theirs), Some(mut nobodys)) =
                (path_input(entry, &samples, false), path_input(entry, &samples, true))
            else {
                panic!("{} has a path without a sample: {}", entry.op.id, entry.op.route.1)
            };
            fill(entry, &samples, &mut theirs);
            fill(entry, &samples, &mut nobodys);
            let answer = |input: &Map<String, Value>| {
                let request = Request { credential: Some(key.clone()), ..Request::default() };
                match world.call_as(request, entry.op.id, Value::Object(input.clone())) {
                    Ok(reply) => panic!("{} answered {} {:?}", entry.op.id, reply.status, input),
                    Err(error) => {
                        let mut text = error.body().to_string();
                        for value in input.values().filter_map(Value::as_str) {
                            text = text.replace(value, "…");
                        }
                        (error.status(), text)
                    }
                }
            };
            let (of_theirs, of_nobodys) = (answer(&theirs), answer(&nobodys));
            assert_eq!(of_theirs, of_nobodys, "{}", entry.op.id);
            assert_eq!(of_theirs.0, 404, "{}: {}", entry.op.id, of_theirs.1);
            tried += 1;
        }
        assert!(tried > 40, "only {tried} operations were tried");
        world.drain();
    });
}
