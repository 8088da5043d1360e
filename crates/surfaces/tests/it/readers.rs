//! What the other readers make of the same declaration.
use serde_json::{Map, Value, json};
use vestibule_kernel::Request;
use vestibule_kernel::catalog::Catalog;
use vestibule_kernel::testing::on_sqlite;
use vestibule_surfaces::client::{Backend, Remote};
use vestibule_surfaces::connections::Credential;
use vestibule_surfaces::{cli, openapi, reference};

use crate::echo::DOMAINS;

fn catalog() -> &'static Catalog {
    Box::leak(Box::new(Catalog::new(DOMAINS.operations)))
}

#[test]
fn openapi_tells_where_each_field_travels() {
    let document = openapi::document(catalog(), "https://id.test");
    let get = &document["paths"]["/echoes/{id}"]["get"];
    assert_eq!(
        (&get["operationId"], &get["summary"]),
        (&json!("echoes.get"), &json!("Get an echo"))
    );
    let parameters: Vec<(&str, &str, bool)> = get["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let required = it["required"].as_bool().unwrap();
            (it["name"].as_str().unwrap(), it["in"].as_str().unwrap(), required)
        })
        .collect();
    let expected = [("id", "path", true), ("count", "query", false), ("names", "query", false)];
    assert_eq!(parameters, expected);
    let post = &document["paths"]["/echoes/{id}"]["post"];
    let body = &post["requestBody"]["content"]["application/json"]["schema"]["properties"];
    assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["count", "names"]);
    assert_eq!(body["count"]["type"], "integer");
    assert_eq!(post["x-sensitive"], json!(["id"]));
    let reply = &document["components"]["schemas"]["Echo"];
    assert_eq!(reply["required"], json!(["id", "count", "names", "address"]));
}

#[test]
fn the_command_line_takes_each_field_as_its_type() {
    let mut command = cli::domain(catalog(), "echoes").unwrap();
    command.clone().debug_assert();
    let line = ["echoes", "get", "0123", "--count", "3", "--names", "a,b"];
    let matches = command.try_get_matches_from_mut(line).unwrap();
    assert_eq!(matches.subcommand().unwrap().0, "get");
    assert!(command.try_get_matches_from_mut(["echoes", "get", "a", "b"]).is_err());
    assert!(command.try_get_matches_from_mut(["echoes", "get", "--nothing", "1"]).is_err());
    assert!(cli::domain(catalog(), "nothing").is_none());
}

#[test]
fn the_reference_shows_route_fields_and_errors() {
    let page = reference::page(catalog());
    for part in
        ["### echoes.create", "`POST /echoes/{id}`", "also `PUT /x/echoes/{id}`", "`too_loud`"]
    {
        assert!(page.contains(part), "{part} is missing:\n{page}");
    }
}

#[test]
fn a_backend_in_this_process_answers_as_rest_does() {
    on_sqlite(DOMAINS, |world| {
        let backend = Backend::Here(world.app.clone());
        let entry = world.app.catalog().get("echoes.get").unwrap();
        let call = |key: Option<_>| {
            let request = Request { credential: key, ..Request::default() };
            let input = Map::from_iter([("id".to_owned(), Value::from("a"))]);
            world.block_on(backend.call(entry.into(), input, request)).unwrap()
        };
        let answer = call(Some(world.key.clone()));
        assert_eq!((answer.status, answer.body["id"].as_str()), (200, Some("a")));
        assert_eq!(call(None).status, 401);
    });
}

#[test]
fn a_path_that_cannot_be_is_refused_as_the_server_would() {
    let nowhere = Backend::There(Remote::new("http://127.0.0.1:1", Credential::None).unwrap());
    on_sqlite(DOMAINS, |world| {
        let entry = world.app.catalog().get("echoes.get").unwrap();
        let call = |input: Value| {
            let input = input.as_object().unwrap().clone();
            world.block_on(nowhere.call(entry.into(), input, Request::default()))
        };
        let inputs = [json!({}), json!({ "id": 5 }), json!({ "id": "" }), json!({ "id": ".." })];
        let codes = ["required", "invalid_type", "invalid", "invalid"];
        for (input, code) in inputs.into_iter().zip(codes) {
            let answer = call(input.clone()).unwrap();
            let error = &answer.body["errors"][0];
            let found = (answer.status, error["field"].as_str(), error["code"].as_str());
            assert_eq!(found, (422, Some("id"), Some(code)), "{input}");
        }
        let unreachable = call(json!({ "id": "a" })).unwrap_err();
        assert!(unreachable.contains("http://127.0.0.1:1"), "{unreachable}");
    });
}
