//! Letting a device in, through the pages.
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_kernel::testing::World;
use vestibule_kernel::{Request, Result};

use crate::visitor::{ORIGIN, Seen, Visitor};
use crate::world::{PASSWORD, each, join, once, user};

const ADA: &str = "ada@acme.test";

fn ask(world: &World) -> Value {
    let request = Request {
        ip_address: Some("198.51.100.4".to_owned()),
        user_agent: Some("television/1.0 <b>".to_owned()),
        ..Request::default()
    };
    let input = json!({ "client_id": "client_01" });
    let reply = world.call_as(request, "user_management.authorize_device", input);
    reply.unwrap().json().unwrap()
}

fn poll(world: &World, codes: &Value) -> Result<Value> {
    let input = json!({
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "client_id": "client_01",
        "device_code": codes["device_code"],
    });
    world.call_as(Request::default(), "user_management.authenticate", input)?.json()
}

fn waits(world: &World, codes: &Value) {
    world.clock.advance_seconds(6);
    assert_eq!(poll(world, codes).unwrap_err().code(), "authorization_pending");
}

fn types(visitor: &mut Visitor<'_>, codes: &Value) -> Seen {
    let page = visitor.get("/device");
    visitor.sends(&page, &[("user_code", codes["user_code"].as_str().unwrap())])
}

/// Goes where the page leads by itself that follows a sign-in.
fn goes_on(visitor: &mut Visitor<'_>, page: &Seen) -> Seen {
    let url = page.leads_on().unwrap_or_else(|| panic!("{}", page.text));
    visitor.opens(&url)
}

#[test]
fn a_code_then_a_sign_in_then_a_yes_lets_the_device_in() {
    each(|world| {
        let ada = user(&world.flow(), ADA);
        join(world, ada.id.as_str(), "North");
        let south = join(world, ada.id.as_str(), "South");
        let codes = ask(world);
        let mut visitor = Visitor::new(world);
        let page = types(&mut visitor, &codes);
        assert_eq!(page.heading(), "Sign in");
        let page = visitor.sends(&page, &[("email", ADA)]);
        let page = visitor.sends(&page, &[("password", PASSWORD)]);
        assert_eq!(page.heading(), "Choose an organization");
        let page = visitor.sends(&page, &[("organization_id", &south)]);
        let page = goes_on(&mut visitor, &page);
        assert_eq!(page.heading(), "Let this device sign in?");
        for shown in [ADA, "South", "198.51.100.4", codes["user_code"].as_str().unwrap()] {
            assert!(page.text.contains(shown), "{shown}");
        }
        assert!(page.text.contains("television&#x2f;1.0 &lt;b&gt;"), "it is text, not markup");
        waits(world, &codes);
        let done = visitor.sends(&page, &[("decision", "approve")]);
        assert_eq!(done.heading(), "Your device is signed in");
        let reply = poll(world, &codes).unwrap();
        assert_eq!(reply["organization_id"], json!(south));
        assert_eq!(visitor.get(&page.path).status, StatusCode::GONE);
    });
}

#[test]
fn whoever_is_signed_in_is_asked_at_once_and_may_say_no() {
    each(|world| {
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        visitor.signs_in(ADA, PASSWORD);
        let codes = ask(world);
        let link = codes["verification_uri_complete"].as_str().unwrap();
        let page = visitor.get(link.strip_prefix(ORIGIN).unwrap());
        // The link fills the code in, and does nothing more.
        assert!(page.text.contains(codes["user_code"].as_str().unwrap()));
        waits(world, &codes);
        let page = types(&mut visitor, &codes);
        assert_eq!(page.heading(), "Let this device sign in?");
        let done = visitor.sends(&page, &[("decision", "deny")]);
        assert_eq!(done.heading(), "The device stays out");
        assert_eq!(poll(world, &codes).unwrap_err().code(), "access_denied");
    });
}

#[test]
fn a_sign_in_with_another_account_leads_back_to_the_device() {
    once(|world| {
        user(&world.flow(), ADA);
        user(&world.flow(), "grace@acme.test");
        let mut visitor = Visitor::new(world);
        visitor.signs_in(ADA, PASSWORD);
        let codes = ask(world);
        let page = types(&mut visitor, &codes);
        let (path, token) = (format!("{}/account", page.path), page.csrf());
        let sent = visitor.post(&path, &[("csrf", &token)]);
        let page = visitor.opens(sent.header("location").unwrap());
        let page = visitor.sends(&page, &[("email", "grace@acme.test")]);
        let page = visitor.sends(&page, &[("password", PASSWORD)]);
        let page = goes_on(&mut visitor, &page);
        assert!(page.text.contains("grace@acme.test") && !page.text.contains(ADA));
        visitor.sends(&page, &[("decision", "approve")]);
        assert_eq!(poll(world, &codes).unwrap()["user"]["email"], "grace@acme.test");
    });
}

#[test]
fn a_code_that_is_wrong_over_or_used_is_told_in_the_same_words() {
    once(|world| {
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        visitor.signs_in(ADA, PASSWORD);
        let over = ask(world);
        world.clock.advance_seconds(300);
        let used = ask(world);
        let page = types(&mut visitor, &used);
        visitor.sends(&page, &[("decision", "approve")]);
        poll(world, &used).unwrap();
        let mut words = Vec::new();
        for code in [&json!("BBBB-BBBB"), &over["user_code"], &used["user_code"], &json!("")] {
            let page = types(&mut visitor, &json!({ "user_code": code }));
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            let (_, told) = page.text.split_once("role=\"alert\"").unwrap();
            words.push(told.split_once("</div>").unwrap().0.to_owned());
        }
        words.dedup();
        assert_eq!(words.len(), 1, "{words:?}");
    });
}

#[test]
fn guessing_user_codes_ends_after_ten_tries_a_minute_from_one_place() {
    each(|world| {
        let codes = ask(world);
        let mut guesser = Visitor::new(world);
        for _ in 0..10 {
            let page = types(&mut guesser, &json!({ "user_code": "BBBB-BBBB" }));
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        // A fresh browser is the same place, and the right code helps as little as a wrong one.
        let mut guesser = Visitor::new(world);
        let page = types(&mut guesser, &codes);
        assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
        let mut elsewhere = Visitor::new(world);
        elsewhere.ip = [203, 0, 113, 8];
        assert_eq!(types(&mut elsewhere, &codes).heading(), "Sign in");
        world.clock.advance_seconds(60);
        assert_eq!(types(&mut guesser, &codes).heading(), "Sign in");
    });
}

#[test]
fn a_device_is_let_in_by_no_other_site_browser_or_link() {
    once(|world| {
        user(&world.flow(), ADA);
        let mut victim = Visitor::new(world);
        victim.signs_in(ADA, PASSWORD);
        let codes = ask(world);
        // The attacker's own device, whose code he has typed in his own browser.
        let mut attacker = Visitor::new(world);
        let page = attacker.get("/device");
        let token = page.csrf();
        let code = codes["user_code"].as_str().unwrap();
        let sent = attacker.post("/device", &[("csrf", &token), ("user_code", code)]);
        let path = sent.header("location").unwrap().to_owned();
        // The link to it shows the victim nothing.
        assert_eq!(victim.get(&path).status, StatusCode::GONE);
        // A form of another site, with a token of his own, or none.
        for token in [token.as_str(), ""] {
            let fields = [("csrf", token), ("decision", "approve")];
            assert_eq!(victim.post(&path, &fields).status, StatusCode::FORBIDDEN);
        }
        let page = types(&mut victim, &codes);
        let own = page.csrf();
        let fields = [("csrf", own.as_str()), ("decision", "approve")];
        let evil = victim.post_from(&page.path, &fields, Some("https://evil.example"));
        assert_eq!(evil.status, StatusCode::FORBIDDEN);
        let fields = [("csrf", own.as_str()), ("decision", "")];
        victim.post(&page.path, &fields);
        assert_eq!(poll(world, &codes).unwrap_err().code(), "access_denied");
    });
}

#[test]
fn a_yes_after_signing_out_asks_who_it_is() {
    once(|world| {
        let ada = user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        visitor.signs_in(ADA, PASSWORD);
        let codes = ask(world);
        let page = types(&mut visitor, &codes);
        let list = world.call("sessions.list", json!({ "id": ada.id })).unwrap();
        let input = json!({ "session_id": list["data"][0]["id"] });
        world.call("sessions.revoke", input).unwrap();
        let page = visitor.sends(&page, &[("decision", "approve")]);
        assert_eq!(page.heading(), "Sign in");
        waits(world, &codes);
    });
}
