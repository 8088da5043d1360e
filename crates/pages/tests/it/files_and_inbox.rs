//! What is served without a sign-in: files, the page at the root, the development inbox.
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::Value;
use vestibule_kernel::testing::{Domains, World, each_engine_with, on_sqlite, options};
use vestibule_messages::{Mail, send, send_text};
use vestibule_pages::{assets, error_page};

use crate::visitor::{Seen, Visitor};

const DOMAINS: Domains =
    Domains { operations: &[], reactions: &[], handlers: vestibule_messages::HANDLERS };

fn in_development(case: impl Fn(&World)) {
    let options = vestibule_kernel::context::Options { dev: true, ..options() };
    each_engine_with(DOMAINS, &options, case);
}

fn is_guarded(seen: &Seen) {
    assert_eq!(seen.header("cache-control"), Some("no-store"));
    assert_eq!(seen.header("x-frame-options"), Some("DENY"));
    assert_eq!(seen.header("x-content-type-options"), Some("nosniff"));
    let policy = seen.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(policy.contains("form-action 'self'"), "{policy}");
}

fn mailed(world: &World) {
    let done = world.flow().write(|cx| {
        send(cx, "ada@acme.test", Mail::MagicAuth { code: "492118".to_owned() })?;
        send_text(cx, "+44 20 7946 0958", "Your code is 604220. <b>", None)
    });
    done.unwrap();
    world.drain();
}

fn listed(visitor: &mut Visitor<'_>) -> Vec<Value> {
    let seen = visitor.get("/dev/inbox.json");
    assert_eq!(seen.header("content-type"), Some("application/json"));
    let body: Value = serde_json::from_str(&seen.text).unwrap();
    body["data"].as_array().unwrap().clone()
}

#[test]
fn the_root_says_what_this_server_is_and_no_secret_of_it() {
    on_sqlite(DOMAINS, |world| {
        let seen = Visitor::new(world).get("/");
        assert_eq!(seen.status, StatusCode::OK);
        is_guarded(&seen);
        assert!(seen.text.contains("href=\"&#x2f;openapi.json\""), "{}", seen.text);
        assert!(!seen.text.contains("inbox"), "only in development");
        assert!(!seen.text.contains(world.key.reveal()));
    });
}

#[test]
fn what_a_page_asks_for_is_served_for_ever_and_nothing_else_is() {
    on_sqlite(DOMAINS, |world| {
        let mut visitor = Visitor::new(world);
        for path in assets::all().map(|it| it.path.clone()) {
            let seen = visitor.get(&path);
            assert_eq!(seen.status, StatusCode::OK, "{path}");
            assert_eq!(seen.header("cache-control"), Some(assets::CACHE_CONTROL));
            assert_eq!(seen.header("x-content-type-options"), Some("nosniff"));
        }
        for path in [
            "/assets/style.css",
            "/assets/..%2f..%2fCargo.toml",
            "/branding/environment_none/environment/light.css",
            "/branding/environment_none/images/00",
        ] {
            let seen = visitor.get(path);
            assert_eq!(seen.status, StatusCode::NOT_FOUND, "{path}");
            is_guarded(&seen);
            assert!(seen.text.contains("request-0815"), "the page names the request");
        }
    });
}

#[test]
fn the_inbox_shows_what_would_have_been_sent_newest_first() {
    in_development(|world| {
        let mut visitor = Visitor::new(world);
        assert!(visitor.get("/dev/inbox").text.contains("Nothing yet."));
        mailed(world);
        let messages = listed(&mut visitor);
        assert_eq!(messages.len(), 2);
        let mail = messages.iter().find(|it| it["to"] == "ada@acme.test").unwrap();
        assert!(mail["text"].as_str().unwrap().contains("492118"));
        assert!(mail["html"].as_str().unwrap().contains("492118"));
        assert_eq!(mail["created_at"], "2026-01-15T12:00:00.000Z");
        let id = mail["id"].as_str().unwrap();

        let list = visitor.get("/dev/inbox");
        assert_eq!(list.status, StatusCode::OK);
        is_guarded(&list);
        assert!(list.text.contains("&lt;b&gt;"), "a text message is shown as text");
        let open = visitor.get(&format!("/dev/inbox/{id}"));
        assert!(open.text.contains("sandbox=\"allow-popups"), "{}", open.text);
        assert!(open.header("content-security-policy").unwrap().contains("frame-src 'self'"));

        let letter = visitor.get(&format!("/dev/inbox/{id}/html"));
        assert!(letter.text.contains("492118"));
        let policy = letter.header("content-security-policy").unwrap();
        assert!(policy.contains("sandbox") && policy.contains("frame-ancestors 'self'"));
        assert!(letter.header("x-frame-options").is_none());
        assert_eq!(visitor.get("/dev/inbox/message_0").status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn the_inbox_holds_the_messages_of_every_environment() {
    in_development(|world| {
        mailed(world);
        let (other, _) = world.other_environment();
        let mail = Mail::MagicAuth { code: "118492".to_owned() };
        world.clock.advance_seconds(1);
        let flow = world.app.system(&other);
        flow.write(move |cx| send(cx, "grace@acme.test", mail.clone())).unwrap();
        world.drain();
        let messages = listed(&mut Visitor::new(world));
        assert_eq!(messages.len(), 3);
        assert_eq!(messages[0]["to"], "grace@acme.test");
    });
}

#[test]
fn without_development_there_is_no_inbox() {
    on_sqlite(DOMAINS, |world| {
        mailed(world);
        let mut visitor = Visitor::new(world);
        for path in ["/dev/inbox", "/dev/inbox.json", "/dev/inbox/message_0"] {
            assert_eq!(visitor.get(path).status, StatusCode::NOT_FOUND, "{path}");
        }
    });
}

#[test]
fn looking_around_sets_no_cookie() {
    in_development(|world| {
        let mut visitor = Visitor::new(world);
        for path in ["/", "/dev/inbox", "/dev/inbox.json"] {
            assert_eq!(visitor.get(path).cookie_lines(), Vec::<&str>::new(), "{path}");
        }
    });
}

#[test]
fn a_page_that_is_only_looked_at_cannot_be_sent() {
    on_sqlite(DOMAINS, |world| {
        let request = Request::builder().method(Method::POST).uri("/").body(Body::empty()).unwrap();
        let seen = Visitor::new(world).ask(request);
        assert_eq!(seen.status, StatusCode::METHOD_NOT_ALLOWED);
    });
}

#[test]
fn an_error_is_told_in_words_and_its_cause_is_not() {
    let cause = vestibule_kernel::Error::internal("the disk of db-7 is full");
    let response = error_page(&cause, "request-0815", None);
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let body = runtime.block_on(axum::body::to_bytes(response.into_body(), 100_000)).unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(text.contains("Something went wrong") && text.contains("request-0815"), "{text}");
    assert!(!text.contains("db-7"), "{text}");
}
