//! Rules that hold for every operation, whatever is added to the catalogue.
use std::collections::{BTreeMap, BTreeSet};

use clap::CommandFactory;
use serde_json::{Value, json};
use vestibule_kernel::catalog::{Catalog, Entry, UNDER_WAY};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::testing::{Domains, on_sqlite};
use vestibule_kernel::{Kind, Request, Route};
use vestibule_surfaces::cli;
use vestibule_surfaces::mcp::tool_name;

use crate::catalog;

pub(super) fn domains() -> Domains {
    let operations = Box::leak(catalog::operations().into_boxed_slice());
    Domains { operations, reactions: catalog::reactions(), handlers: catalog::handlers() }
}

fn each_entry(case: impl Fn(&'static Entry)) {
    on_sqlite(domains(), |world| world.app.catalog().entries().iter().for_each(&case));
}

/// A method and a path, without the names between braces.
fn form(route: &str) -> String {
    let blank = |it| if str::starts_with(it, '{') { "{}" } else { it };
    route.split('/').map(blank).collect::<Vec<_>>().join("/")
}

fn form_of(route: &Route) -> String {
    form(&format!("{} {}", route.0.name(), route.1))
}

#[test]
fn ids_and_routes_are_declared_once() {
    let (mut ids, mut routes) = (BTreeSet::new(), BTreeSet::new());
    for op in catalog::operations().concat() {
        assert!(ids.insert(op.id), "{} is declared twice", op.id);
        for route in std::iter::once(&op.route).chain(op.aliases) {
            let form = form_of(route);
            assert!(routes.insert(form.clone()), "{form} is routed twice");
        }
    }
}

/// A schema is compiled when its operation is first called, so here each is.
#[test]
fn every_input_is_held_against_a_schema_that_compiles() {
    each_entry(|entry| {
        let refused = entry.check(&json!({ "limit": {}, "id": {} }));
        let kind = refused.err().map(|it| it.kind());
        assert!(kind != Some(Kind::Internal), "{}: the input schema", entry.op.id);
    });
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
fn what_goes_on_after_an_answer_is_told_of_by_its_id() {
    on_sqlite(domains(), |world| {
        let catalog = world.app.catalog();
        let states = |entry: &Entry| {
            let schema = entry.op.whole_reply_schema().unwrap_or_default();
            schema["properties"]["state"].to_string()
        };
        let going_on: Vec<&Entry> =
            catalog.entries().iter().filter(|it| it.op.ends_as.is_some()).collect();
        assert!(!going_on.is_empty());
        for entry in going_on {
            let (domain, _) = entry.op.id.split_once('.').unwrap();
            let told_by = catalog.get(&format!("{domain}.get")).unwrap();
            assert_eq!(told_by.op.route.path_fields().count(), 1, "{}", told_by.op.id);
            for (op, states) in [(&entry.op, states(entry)), (&told_by.op, states(told_by))] {
                for state in [Some(UNDER_WAY), entry.op.ends_as].into_iter().flatten() {
                    assert!(states.contains(&format!("\"{state}\"")), "{} is never {state}", op.id);
                }
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

/// Whether the schema has a field at this dotted path, in which `*` is an item of a list.
fn has_field(schema: &Value, path: &str) -> bool {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let here = match first {
        "*" => schema.get("items"),
        name => schema.get("properties").and_then(|it| it.get(name)),
    };
    let variants = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|it| schema.get(it));
    let mut variants = variants.filter_map(Value::as_array).flatten();
    here.is_some_and(|it| rest.is_empty() || has_field(it, rest))
        || variants.any(|it| has_field(it, path))
}

#[test]
fn a_reply_with_a_secret_says_so() {
    let facts: BTreeMap<String, Vec<String>> =
        serde_json::from_str(include_str!("../../../contract/secrets.json")).unwrap();
    let facts: BTreeMap<String, Vec<String>> =
        facts.into_iter().map(|(route, fields)| (form(&route), fields)).collect();
    let mut sensitive = 0;
    for op in catalog::operations().concat() {
        let Some(fields) = facts.get(&form_of(&op.route)) else { continue };
        let schema = op.whole_reply_schema().unwrap_or_default();
        // What the official API alone replies with is listed in contract/differences.toml.
        let fields = fields.iter().map(|it| it.replace("[]", ".*"));
        for field in fields.filter(|it| has_field(&schema, it)) {
            assert!(
                op.secrets.contains(&field.as_str()),
                "{} does not declare that {field} is a secret",
                op.id
            );
            sensitive += 1;
        }
    }
    assert!(sensitive > 20, "only {sensitive} secrets were looked for");
}

#[test]
fn a_declared_secret_is_a_field_of_the_reply() {
    for op in catalog::operations().concat() {
        let schema = op.whole_reply_schema().unwrap_or_default();
        for field in op.secrets {
            assert!(has_field(&schema, field), "{} replies with no {field}", op.id);
        }
    }
}

/// Routes that the official description lacks and official clients call all the same, so that they
/// cannot stand under our own prefix.
const CALLED_BY_OFFICIAL_CLIENTS: &[&str] = &[
    // Newer SDKs.
    "group_role_assignments.change",
    "groups.change_members",
    "waitlists.list",
    "waitlists.get",
    "waitlist_entries.list",
    "waitlist_entries.create",
    "waitlist_entries.approve",
    "waitlist_entries.deny",
    "waitlist_entries.delete",
    // The runtime client of the Node SDK.
    "feature_flags.poll",
    // All SDKs.
    "passwordless_sessions.create",
    "passwordless_sessions.send",
    // The command line.
    "app_homepage_url.update",
    "environments.current",
    // The emulator serves these.
    "roles.delete",
    "organization_roles.set_priority",
    "webhook_endpoints.get",
    // The newest Python SDK.
    "connections.create",
    "connections.update",
    "connections.list_saml_idp_signing_certs",
    "connections.create_saml_idp_signing_cert",
    "connections.delete_saml_idp_signing_cert",
    "connections.list_saml_sp_encryption_certs",
    "connections.create_saml_sp_encryption_cert",
    "connections.delete_saml_sp_encryption_cert",
    "connections.get_saml_sp_signing_cert",
    "connections.create_saml_sp_signing_cert",
    "connections.delete_saml_sp_signing_cert",
    "portal_links.revoke",
    // Agents know these by their paths.
    "portal_links.list",
    "portal_links.get",
    "connections.activate",
    "connections.deactivate",
    "events.get",
];

#[test]
fn what_the_official_api_lacks_is_an_extension_with_a_path_of_its_own() {
    let facts: Value =
        serde_json::from_str(include_str!("../../../contract/openapi.json")).unwrap();
    let mut official = BTreeSet::new();
    for (path, methods) in facts["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            official.insert(form(&format!("{} {path}", method.to_uppercase())));
        }
    }
    for op in catalog::operations().concat() {
        let is_official = official.contains(&form_of(&op.route));
        assert_ne!(is_official, op.extension, "{} at {:?}", op.id, op.route);
        let excepted = CALLED_BY_OFFICIAL_CLIENTS.contains(&op.id);
        let is_apart = op.route.1.starts_with("/vestibule/v1/");
        assert_eq!(op.extension && !excepted, is_apart, "{} at {}", op.id, op.route.1);
    }
}

#[test]
fn every_operation_is_a_command() {
    let operations = catalog::operations();
    let catalog: &Catalog = Box::leak(Box::new(Catalog::new(&operations)));
    for domain in cli::domains(catalog.entries().iter().map(|it| it.op.id)) {
        let command = cli::domain(catalog, domain).unwrap();
        command.clone().debug_assert();
        for op in operations.concat() {
            let Some(verb) = op.id.strip_prefix(&format!("{domain}.")) else { continue };
            for spelled in [verb.to_owned(), verb.replace('_', "-")] {
                assert!(command.find_subcommand(&spelled).is_some(), "{domain} {spelled}");
            }
        }
    }
}

#[test]
fn no_domain_hides_a_command_of_the_program() {
    let operations = catalog::operations().concat();
    let domains = cli::domains(operations.iter().map(|it| it.id));
    for command in crate::Arguments::command().get_subcommands() {
        let name = command.get_name().replace('-', "_");
        assert!(!domains.contains(&name.as_str()), "{name} is a domain and a command");
    }
}

#[test]
fn without_a_key_every_operation_answers_401_and_nothing_else() {
    on_sqlite(domains(), |world| {
        for entry in world.app.catalog().entries() {
            if !entry.op.access.takes_keys() {
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

/// What the source of a domain says, in one text.
fn sources() -> String {
    let crates = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut folders: Vec<std::path::PathBuf> =
        std::fs::read_dir(crates).unwrap().map(|it| it.unwrap().path().join("src")).collect();
    let mut text = String::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs")
                && !path.ends_with("record/src/events/catalogue.rs")
            {
                text.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    text
}

/// contract/event_visits.py looks whether a test has seen those that are emitted.
#[test]
fn an_official_event_is_emitted_or_has_a_reason_why_not() {
    let reasons = include_str!("../../../contract/not_emitted.toml");
    let reasons: toml::Table = toml::from_str(reasons).unwrap();
    let groups = reasons["not_emitted"].as_array().unwrap().iter();
    let excused: BTreeSet<&str> = groups
        .flat_map(|it| it["events"].as_array().unwrap())
        .map(|it| it.as_str().unwrap())
        .collect();
    let sources = sources();
    for it in vestibule_record::events::catalogue::NAMES {
        let is_emitted = sources.contains(&format!("\"{}\"", it.name));
        let told = "contract/not_emitted.toml";
        assert_ne!(
            is_emitted,
            excused.contains(it.name),
            "{}: what is emitted does not stand in {told}, and what is not does",
            it.name
        );
    }
}
