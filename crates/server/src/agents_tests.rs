//! What agents are offered, over the whole catalogue.
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use vestibule_kernel::Effect;
use vestibule_lua::{Engine, Limits, SessionOptions};
use vestibule_surfaces::actions::Actions;
use vestibule_surfaces::client::{Backend, Remote};
use vestibule_surfaces::connections::Credential;
use vestibule_surfaces::lua::{Accounts, literal};
use vestibule_surfaces::mcp::{Server, Shown, View};

const NAMES: &str = include_str!("../../surfaces/src/actions/names.tsv");
const INTENTS: &str = include_str!("../../surfaces/src/actions/intents.tsv");

fn actions() -> Actions {
    Actions::new(crate::catalog()).unwrap()
}

fn rows(table: &str) -> Vec<Vec<&str>> {
    let lines = table.lines().filter(|it| !it.starts_with('#'));
    lines.map(|it| it.split('\t').collect()).collect()
}

/// The three short names that two operations of the official API share.
const SHARED: [&str; 3] = ["get_authorization_url", "list_authorized_applications", "list_groups"];

#[test]
fn every_pinned_name_reaches_its_action() {
    let actions = actions();
    let mut seen = BTreeSet::new();
    for row in rows(NAMES) {
        let [family, name, id] = row[..] else { panic!("{row:?}") };
        seen.insert((family, name, id));
        let action = actions.get(id).unwrap_or_else(|| panic!("{name}: there is no action {id}"));
        // Those that are shared are told apart by the fields of their paths.
        let given: Map<String, Value> =
            action.path_fields().map(|it| (it.to_owned(), json!("x"))).collect();
        for spelled in spellings(name) {
            let found =
                actions.find(&spelled, &given).unwrap_or_else(|it| panic!("{}", it.message()));
            assert_eq!(found.id, id, "{spelled}");
        }
        if !SHARED.contains(&name) {
            assert_eq!(actions.find(name, &Map::new()).unwrap().id, id, "{name}");
        }
    }
    assert_eq!(seen.len(), rows(NAMES).len(), "no row stands twice");
}

/// A name as it is typed in each product.
fn spellings(name: &str) -> Vec<String> {
    if name.contains(' ') {
        return vec![name.to_owned()];
    }
    let plain = name.replace('.', "_");
    vec![
        name.to_owned(),
        plain.clone(),
        format!("workos.{name}"),
        format!("app.integrations.workos.{name}"),
        format!("app.integrations.workos.default.{name}"),
        format!("integration__workos__{plain}"),
    ]
}

#[tokio::test]
async fn every_pinned_name_is_called_by_a_program() {
    let actions: &'static Actions = Box::leak(Box::new(actions()));
    let mut program = String::from(
        "local unknown = {}
         local function call(name, given)
             local ok, problem = pcall(app.integrations.workos[name], given)
             if not ok and problem.type == 'unknown_function' then table.insert(unknown, name) end
         end\n",
    );
    for row in rows(NAMES) {
        let [_, name, id] = row[..] else { panic!("{row:?}") };
        let action = actions.get(id).unwrap();
        let given: Map<String, Value> =
            action.path_fields().map(|it| (it.to_owned(), json!("x"))).collect();
        writeln!(program, "call({name:?}, {})", literal(&given.into())).unwrap();
    }
    program.push_str("return unknown");
    // Nothing is there, so that what was found and fits ends as a refusal.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, axum::Router::new()).await });
    let nothing = Backend::There(Remote::new(&url, Credential::None).unwrap());
    let host = Arc::new(Accounts::new(actions, nothing, BTreeMap::new(), true));
    let limits = Limits { calls_max: 2_000, ..Limits::default() };
    let options = SessionOptions { run_id: "run_01".into(), limits, permission_bypassed: true };
    let outcome = Engine::new(1).run(host, &program, options).await;
    assert!(outcome.success, "{:?}", outcome.error);
    assert_eq!(outcome.result, json!({}), "no name is unknown");
    for (row, call) in rows(NAMES).iter().zip(&outcome.integration_calls) {
        assert_eq!(row[2], call.name, "{}", row[1]);
    }
}

#[test]
fn every_action_has_a_name_that_clients_take_and_a_description() {
    let actions = actions();
    let mut names = BTreeSet::new();
    for action in actions.all() {
        let name = vestibule_surfaces::mcp::tool_name(&action.id);
        assert!(name.len() <= 64, "{name}");
        assert!(names.insert(name), "{} is there twice", action.id);
        assert!(!action.description.is_empty(), "{}", action.id);
        let found = actions.find(&action.id, &Map::new());
        assert_eq!(found.unwrap().id, action.id);
    }
    let shared: Vec<_> = SHARED.iter().filter(|it| actions.find(it, &Map::new()).is_ok()).collect();
    assert!(shared.is_empty() || shared == [&"get_authorization_url"], "{shared:?}");
}

#[test]
fn every_intent_finds_its_action() {
    let actions = actions();
    let intents = rows(INTENTS);
    let (mut first, mut in_five, mut missed) = (0, 0, Vec::new());
    for row in &intents {
        let found = actions.search(row[0], 5);
        let place = found.iter().position(|it| it.action.id == row[1]);
        first += usize::from(place == Some(0));
        in_five += usize::from(place.is_some());
        if place != Some(0) {
            let ids: Vec<_> = found.iter().map(|it| it.action.id.as_ref()).collect();
            missed.push(format!("{} wants {}, finds {ids:?}", row[0], row[1]));
        }
    }
    println!("{}", missed.join("\n"));
    println!("{first} first, {in_five} in the first five, of {}", intents.len());
    assert!(intents.len() >= 150);
    assert!(first * 100 >= intents.len() * 85, "{first} of {} first", intents.len());
    assert!(in_five * 100 >= intents.len() * 98, "{in_five} of {} in five", intents.len());
}

/// What a small view may cost, in tokens.
const SMALL_VIEW_TOKENS_MAX: usize = 2_000;

fn mcp() -> Server {
    // Nobody listens there.
    let nobody = Backend::There(Remote::new("http://127.0.0.1:9", Credential::None).unwrap());
    Server::new(crate::catalog(), nobody).unwrap()
}

/// Every view that is not of some domains alone.
fn views() -> Vec<View> {
    let both =
        |shown: Shown| [false, true].map(|read_only| View { shown: shown.clone(), read_only });
    [Shown::Core, Shown::Code, Shown::Full].into_iter().flat_map(both).collect()
}

#[test]
fn the_small_views_cost_a_model_little() {
    let (server, tokens) = (mcp(), tiktoken_rs::o200k_base().unwrap());
    for view in views().into_iter().filter(|it| it.shown != Shown::Full) {
        let listed = serde_json::to_string(&server.tools(&view)).unwrap();
        let count = tokens.encode_ordinary(&listed).len();
        println!("{}, read-only {}: {count} tokens", view.shown.name(), view.read_only);
        assert!(count < SMALL_VIEW_TOKENS_MAX, "{view:?}: {count} tokens");
    }
}

#[test]
fn every_tool_has_a_name_that_clients_take_and_says_whether_it_reads() {
    let server = mcp();
    for view in views() {
        let mut names = BTreeSet::new();
        for tool in server.tools(&view) {
            let is_plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_';
            assert!(tool.name.len() <= 64 && tool.name.bytes().all(is_plain), "{}", tool.name);
            let hints = tool.annotations.unwrap();
            assert!(hints.destructive_hint.is_some() && hints.open_world_hint == Some(false));
            assert!(!view.read_only || hints.read_only_hint == Some(true), "{}", tool.name);
            assert!(names.insert(tool.name), "a tool is there twice");
        }
    }
    let listed = |server: &Server| serde_json::to_string(&server.tools(&View::whole())).unwrap();
    assert_eq!(listed(&server), listed(&mcp()), "the order is that of the catalogue");
}

#[test]
fn a_read_only_view_reaches_nothing_that_changes_something() {
    let actions = actions();
    for view in views().into_iter().filter(|it| it.read_only) {
        for action in actions.all() {
            assert_eq!(view.check(action).is_ok(), action.effect == Effect::Read, "{}", action.id);
        }
    }
}
