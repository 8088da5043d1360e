//! What REST makes of requests, good and bad.
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, StatusCode};
use axum::response::IntoResponse;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use vestibule_kernel::testing::{World, on_sqlite};
use vestibule_surfaces::rest::{self, BODY_BYTES_MAX, Doors, Edge};

use crate::echo::DOMAINS;

fn router(world: &World, proxies: usize) -> Edge {
    let doors = Doors {
        allows_origin: |_, origin| origin == "https://app.test",
        error_page: |_, _, _| "page".into_response(),
    };
    Edge::new(rest::router(&world.app, Arc::new(doors)), Router::new(), proxies)
}

struct Answer {
    status: StatusCode,
    response: Response<()>,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
    fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name).map(|it| it.to_str().unwrap())
    }
}

fn send_by(world: &World, proxies: usize, mut request: Request<Body>) -> Answer {
    let peer = SocketAddr::from(([203, 0, 113, 9], 5000));
    request.extensions_mut().insert(ConnectInfo(peer));
    let key = format!("Bearer {}", world.key.reveal()).parse().unwrap();
    request.headers_mut().entry("authorization").or_insert(key);
    world.block_on(async {
        let response = router(world, proxies).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        let status = parts.status;
        Answer { status, response: Response::from_parts(parts, ()), body }
    })
}

fn send(world: &World, request: Request<Body>) -> Answer {
    send_by(world, 0, request)
}

fn get(uri: &str) -> Request<Body> {
    Request::get(uri).body(Body::empty()).unwrap()
}

fn post(body: impl Into<Body>) -> Request<Body> {
    Request::post("/echoes/a").body(body.into()).unwrap()
}

#[test]
fn path_query_and_body_become_one_input() {
    on_sqlite(DOMAINS, |world| {
        let answer = send(world, get("/echoes/a%2Fb%20c?count=3&names=x,y&names[]=z&unknown=1"));
        assert_eq!(answer.status, 200);
        let expected = json!({
            "id": "a/b c", "count": 3, "names": ["x", "y", "z"], "address": "203.0.113.9",
        });
        assert_eq!(answer.json(), expected);
        let answer = send(world, post(r#"{"id":"b","count":2}"#));
        assert_eq!((answer.status.as_u16(), &answer.json()["id"]), (201, &json!("a")));
        let alias = Request::put("/x/echoes/b").body(Body::empty()).unwrap();
        assert_eq!(send(world, alias).json()["id"], "b");
    });
}

#[test]
fn every_answer_has_an_id_and_a_sensitive_one_is_not_kept() {
    on_sqlite(DOMAINS, |world| {
        for request in [get("/echoes/a"), get("/nothing"), post("{"), post("{}")] {
            let answer = send(world, request);
            assert_eq!(answer.header("x-request-id").unwrap().len(), 32);
            assert_eq!(answer.header("content-type"), Some("application/json"));
        }
        assert_eq!(send(world, post("{}")).header("cache-control"), Some("no-store"));
        assert_eq!(send(world, get("/echoes/a")).header("cache-control"), None);
    });
}

#[test]
fn what_is_not_json_is_refused_in_json() {
    on_sqlite(DOMAINS, |world| {
        for body in ["{", "{\"a\":}", "\u{feff}{}", "not json"] {
            let answer = send(world, post(body));
            assert_eq!(
                (answer.status.as_u16(), &answer.json()["code"]),
                (400, &json!("invalid_json"))
            );
        }
        let answer = send(world, post(vec![b'"', 0xff, b'"']));
        assert_eq!(answer.status, 400);
        assert_eq!(send(world, post("[1]")).status, 422);
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(send(world, post(format!("{{\"a\":{deep}}}"))).status, 400);
    });
}

#[test]
fn a_body_over_the_limit_is_refused_whether_or_not_it_tells_its_length() {
    on_sqlite(DOMAINS, |world| {
        let large = format!("{{\"id\":\"{}\"}}", "x".repeat(BODY_BYTES_MAX));
        let answer = send(world, post(large.clone()));
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["code"]),
            (413, &json!("request_too_large"))
        );
        let parts = large.into_bytes().chunks(4096).map(<[u8]>::to_vec).collect::<Vec<_>>();
        let frames =
            parts.into_iter().map(|it| Ok::<_, std::io::Error>(axum::body::Bytes::from(it)));
        let stream = futures_util::stream::iter(frames);
        assert_eq!(send(world, post(Body::from_stream(stream))).status, 413);
    });
}

#[test]
fn bytes_that_are_not_utf8_are_refused_in_path_and_query() {
    on_sqlite(DOMAINS, |world| {
        for uri in ["/echoes/%ff", "/echoes/a?names=%ff", "/echoes/a?%ff=1"] {
            let answer = send(world, get(uri));
            assert_eq!(answer.status, 400, "{uri}");
            assert!(answer.json()["message"].as_str().unwrap().contains("UTF-8"));
        }
        assert_eq!(send(world, get("/echoes/a%00b")).status, 422);
    });
}

#[test]
fn a_path_or_method_that_is_not_there_is_told_in_json() {
    on_sqlite(DOMAINS, |world| {
        let answer = send(world, get("/nothing"));
        assert_eq!(answer.status, 404);
        assert!(answer.json()["message"].as_str().unwrap().contains("/openapi.json"));
        let answer = send(world, Request::delete("/echoes/a").body(Body::empty()).unwrap());
        assert_eq!(answer.status, 405);
        assert_eq!(answer.json()["message"], "This path does not have DELETE.");
    });
}

#[test]
fn a_credential_that_is_no_bearer_key_is_refused() {
    on_sqlite(DOMAINS, |world| {
        for value in ["Basic YTpi", "Bearer", "Bearer ", "sk_test_01", "Bearer sk_test_01 x"] {
            let request = Request::get("/echoes/a").header("authorization", value);
            let answer = send(world, request.body(Body::empty()).unwrap());
            assert_eq!(answer.status, 401, "{value}");
            assert_eq!(answer.json(), json!({ "message": "Unauthorized" }));
        }
    });
}

#[test]
fn only_a_listed_origin_may_read_the_answer() {
    on_sqlite(DOMAINS, |world| {
        let from = |origin: &str, method: &str| {
            let request = Request::builder().method(method).uri("/echoes/a");
            send(world, request.header("origin", origin).body(Body::empty()).unwrap())
        };
        for method in ["GET", "OPTIONS"] {
            let listed = from("https://app.test", method);
            assert_eq!(listed.header("access-control-allow-origin"), Some("https://app.test"));
            assert_eq!(listed.header("access-control-allow-credentials"), Some("true"));
            assert_eq!(listed.header("vary"), Some("Origin"));
            let other = from("https://evil.test", method);
            assert_eq!(other.header("access-control-allow-origin"), None);
        }
    });
}

#[test]
fn a_client_cannot_forge_its_address() {
    on_sqlite(DOMAINS, |world| {
        let address = |proxies: usize, header: &str| {
            let request = Request::get("/echoes/a").header("x-forwarded-for", header);
            send_by(world, proxies, request.body(Body::empty()).unwrap()).json()["address"].clone()
        };
        assert_eq!(address(0, "198.51.100.1"), "203.0.113.9");
        assert_eq!(address(1, "1.1.1.1, 198.51.100.1"), "198.51.100.1");
        assert_eq!(address(2, "1.1.1.1, 198.51.100.1, 10.0.0.1"), "198.51.100.1");
        assert_eq!(address(1, "nonsense"), "203.0.113.9");
        assert_eq!(address(3, "198.51.100.1"), "203.0.113.9");
    });
}

#[test]
fn a_refusal_has_the_body_of_the_contract() {
    on_sqlite(DOMAINS, |world| {
        let request = Request::post("/echoes/LOUD").body(Body::from("{}")).unwrap();
        let answer = send(world, request);
        assert_eq!(answer.status, 400);
        assert_eq!(answer.json(), json!({ "code": "too_loud", "message": "Not so loud." }));
        let answer = send(world, get("/echoes/a?count=three"));
        assert_eq!(answer.status, 422);
        assert_eq!(answer.json()["errors"][0]["field"], "count");
    });
}
