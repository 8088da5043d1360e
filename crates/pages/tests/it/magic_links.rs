//! Links that sign in by mail: made by the application, pressed by their reader, redeemed by the
//! application.
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_kernel::Request;
use vestibule_kernel::secret::digest_of;
use vestibule_kernel::testing::World;

use crate::visitor::{CALLBACK, ORIGIN, Seen, Visitor};
use crate::world::{OTHER_PASSWORD, each, mails, once, redeem, set_policy, user};

const ADA: &str = "Ada@acme.test";

fn asked(change: Value) -> Value {
    let mut input = json!({ "type": "MagicLink", "email": ADA, "state": "kept" });
    input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    input
}

fn make(world: &World, change: Value) -> Value {
    world.call("passwordless_sessions.create", asked(change)).unwrap()
}

/// The path of the link of a session.
fn path(session: &Value) -> String {
    let link = session["link"].as_str().unwrap();
    link.strip_prefix(ORIGIN).unwrap_or_else(|| panic!("{link}")).to_owned()
}

/// Presses the button of the page that a link leads to.
fn press(world: &World, path: &str) -> Seen {
    let mut visitor = Visitor::new(world);
    let page = visitor.opens(path);
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    visitor.sends(&page, &[])
}

fn profile(world: &World, code: &str) -> Value {
    let input = json!({
        "client_id": "client_01", "client_secret": world.key.reveal(),
        "grant_type": "authorization_code", "code": code,
    });
    let reply = world.call_as(Request::default(), "sso.token", input).unwrap();
    reply.json().unwrap()["profile"].clone()
}

fn refused(world: &World, input: Value) -> (u16, Value) {
    let error = world.call("passwordless_sessions.create", input).unwrap_err();
    (error.status(), error.body())
}

#[test]
fn a_link_asks_once_more_and_leads_to_a_profile() {
    each(|world| {
        let session = make(world, json!({}));
        assert_eq!(
            (&session["object"], &session["email"]),
            (&json!("passwordless_session"), &json!(ADA))
        );
        assert_eq!(session["expires_at"], "2026-01-15T12:15:00.000Z");
        assert!(session["id"].as_str().unwrap().starts_with("passwordless_session_"));
        let mut visitor = Visitor::new(world);
        let page = visitor.opens(&path(&session));
        assert_eq!(page.heading(), "Sign in");
        assert!(page.text.contains(ADA));
        let code = visitor.sends(&page, &[]).code();
        let profile = profile(world, &code);
        assert_eq!(profile["email"], ADA);
        assert_eq!(
            (&profile["connection_type"], &profile["idp_id"]),
            (&json!("MagicLink"), &json!("ada@acme.test"))
        );
        assert_eq!(profile["raw_attributes"], json!({}));
        let events = world.events();
        let told = &events.iter().find(|it| it.0 == "authentication.sso_succeeded").unwrap().1;
        assert_eq!(told["email"], ADA);
        assert_eq!(told["sso"]["connection_id"], profile["connection_id"]);
        assert_eq!(told["sso"]["session_id"], session["id"]);
    });
}

#[test]
fn an_address_has_one_profile_however_it_is_written() {
    each(|world| {
        let ids: Vec<Value> = ["ada@acme.test", "ADA@Acme.test", "grace@acme.test"]
            .iter()
            .map(|email| {
                let session = make(world, json!({ "email": email }));
                profile(world, &press(world, &path(&session)).code())["id"].clone()
            })
            .collect();
        assert_eq!(ids[0], ids[1]);
        assert_ne!(ids[0], ids[2]);
    });
}

#[test]
fn the_link_is_mailed_in_the_language_of_its_reader_and_not_too_often() {
    each(|world| {
        let id = user(&world.flow(), ADA).id;
        world.call("users.update", json!({ "id": id, "locale": "de" })).unwrap();
        let session = make(world, json!({ "expires_in": 86_400 }));
        let send = || world.call("passwordless_sessions.send", json!({ "id": session["id"] }));
        assert_eq!(send().unwrap(), json!({ "success": true }));
        let mail = mails(world, ADA).remove(0);
        assert_eq!(mail.url.as_deref(), session["link"].as_str());
        assert_eq!(mail.subject.as_deref(), Some("Ihr Anmeldelink"));
        send().unwrap();
        send().unwrap();
        assert_eq!(send().unwrap_err().status(), 429);
        world.clock.advance_seconds(61);
        send().unwrap();
        assert_eq!(mails(world, ADA).len(), 4);
    });
}

#[test]
fn replay_attack_a_link_works_once() {
    each(|world| {
        let session = make(world, json!({}));
        let path = path(&session);
        let (mut owner, mut thief) = (Visitor::new(world), Visitor::new(world));
        let (page, other) = (owner.opens(&path), thief.opens(&path));
        let code = owner.sends(&page, &[]).code();
        let again = thief.sends(&other, &[]);
        assert_eq!(again.status, StatusCode::GONE);
        assert!(again.leads_on().is_none(), "{}", again.text);
        let seen = thief.opens(&path);
        assert_eq!(seen.status, StatusCode::GONE);
        assert!(!seen.text.contains(ADA) && !seen.text.contains("<form"), "{}", seen.text);
        profile(world, &code);
        let send = world.call("passwordless_sessions.send", json!({ "id": session["id"] }));
        let refusal = send.unwrap_err();
        assert_eq!((refusal.status(), refusal.code()), (409, "passwordless_session_over"));
    });
}

#[test]
fn prefetch_a_scanner_that_opens_the_link_uses_nothing_up() {
    each(|world| {
        let path = path(&make(world, json!({})));
        for _ in 0..3 {
            let seen = Visitor::new(world).opens(&path);
            assert!(seen.leads_on().is_none(), "{}", seen.text);
        }
        // Nor does one that sends the form without having seen the page.
        let mut scanner = Visitor::new(world);
        let sent = scanner.post(&path, &[("csrf", "guessed")]);
        assert_eq!(sent.status, StatusCode::FORBIDDEN);
        let foreign = scanner.opens(&path);
        let token = foreign.csrf();
        let sent = scanner.post_from(&path, &[("csrf", &token)], Some("https://evil.test"));
        assert_eq!(sent.status, StatusCode::FORBIDDEN);
        press(world, &path).code();
    });
}

#[test]
fn an_expired_link_signs_nobody_in() {
    each(|world| {
        let session = make(world, json!({ "expires_in": 900 }));
        let mut visitor = Visitor::new(world);
        let page = visitor.opens(&path(&session));
        world.clock.advance_seconds(900);
        assert_eq!(visitor.sends(&page, &[]).status, StatusCode::GONE);
        assert_eq!(visitor.opens(&path(&session)).status, StatusCode::GONE);
        let send = world.call("passwordless_sessions.send", json!({ "id": session["id"] }));
        assert_eq!(send.unwrap_err().status(), 409);
        assert!(vestibule_federation::forget(&world.flow()).unwrap() > 0);
        let send = world.call("passwordless_sessions.send", json!({ "id": session["id"] }));
        assert_eq!(send.unwrap_err().status(), 404);
    });
}

#[test]
fn foreign_redirect_uri_attack_nobody_is_sent_where_nothing_is_registered() {
    each(|world| {
        for uri in ["https://evil.test/", "http://localhost:3000/callback/", "javascript:alert(1)"]
        {
            let (status, body) = refused(world, asked(json!({ "redirect_uri": uri })));
            assert_eq!(status, 422, "{body}");
            assert_eq!(body["errors"][0]["field"], "redirect_uri", "{body}");
        }
        // One that was registered when the link was made must be so still.
        let other = "https://app.acme.test/callback";
        let input = json!({ "uri": other });
        let registered = world.call("redirect_uris.create", input).unwrap();
        let session = make(world, json!({ "redirect_uri": other }));
        world.call("redirect_uris.delete", json!({ "id": registered["id"] })).unwrap();
        let seen = press(world, &path(&session));
        assert_eq!(seen.status, StatusCode::BAD_REQUEST);
        assert!(seen.leads_on().is_none(), "{}", seen.text);
    });
}

#[test]
fn a_link_is_of_one_environment() {
    each(|world| {
        let (_, key) = world.other_environment();
        let session = make(world, json!({}));
        let request = Request { credential: Some(key.clone()), ..Request::default() };
        let input = json!({ "id": session["id"] });
        let send = world.call_as(request, "passwordless_sessions.send", input);
        assert_eq!(send.unwrap_err().status(), 404);
        // Nor is its code good elsewhere.
        let code = press(world, &path(&session)).code();
        let input = json!({
            "client_id": "client_02", "client_secret": key.reveal(),
            "grant_type": "authorization_code", "code": code,
        });
        assert!(world.call_as(Request::default(), "sso.token", input).is_err());
        profile(world, &code);
    });
}

#[test]
fn whoever_reads_the_database_has_no_link() {
    once(|world| {
        let session = make(world, json!({}));
        let token = path(&session).split('/').nth(3).unwrap().to_owned();
        let sql = "SELECT digest, parameters FROM passwordless_sessions
                   WHERE environment_id = $1";
        let flow = world.flow();
        let (digest, sealed) = flow
            .read(move |cx| {
                let values = [cx.environment.into()];
                let mut row = cx.db().first(sql, &values)?.unwrap();
                Ok((row.take::<String>()?, row.take::<Vec<u8>>()?))
            })
            .unwrap();
        assert_eq!(digest, digest_of(&token));
        let holds = |text: &str| sealed.windows(text.len()).any(|it| it == text.as_bytes());
        assert!(!holds(&token) && !holds("callback"));
    });
}

#[test]
fn what_is_asked_for_is_checked() {
    each(|world| {
        for (change, field) in [
            (json!({ "type": "Other" }), "type"),
            (json!({ "email": "nobody" }), "email"),
            (json!({ "email": null }), "email"),
            (json!({ "expires_in": 899 }), "expires_in"),
            (json!({ "expires_in": 86_401 }), "expires_in"),
        ] {
            let (status, body) = refused(world, asked(change));
            assert_eq!((status, &body["errors"][0]["field"]), (422, &json!(field)), "{body}");
        }
        let (status, _) = refused(world, asked(json!({ "connection": "conn_01" })));
        assert_eq!(status, 404);
        let session = make(world, json!({ "redirect_uri": CALLBACK }));
        let of = profile(world, &press(world, &path(&session)).code())["connection_id"].clone();
        make(world, json!({ "connection": of }));
    });
}

#[test]
fn the_code_is_good_for_a_session_of_the_reader_too() {
    each(|world| {
        let session = make(world, json!({}));
        let reply = redeem(world, &press(world, &path(&session)).code());
        assert_eq!(reply["authentication_method"], "MagicAuth");
        assert_eq!(
            (&reply["user"]["email"], &reply["user"]["email_verified"]),
            (&json!(ADA), &json!(true))
        );
        let id = reply["user"]["id"].as_str().unwrap();
        let identities = world.call("users.list_identities", json!({ "id": id })).unwrap();
        assert_eq!(identities, json!([]), "an address is no account elsewhere");
        let again = make(world, json!({}));
        let reply = redeem(world, &press(world, &path(&again)).code());
        assert_eq!(reply["user"]["id"], id);
    });
}

#[test]
fn a_link_gives_an_account_that_somebody_prepared_to_whoever_owns_the_address() {
    each(|world| {
        let input = json!({ "email": ADA, "password": OTHER_PASSWORD });
        world.call("users.create", input).unwrap();
        let session = make(world, json!({}));
        redeem(world, &press(world, &path(&session)).code());
        let input = json!({
            "client_id": "client_01", "client_secret": world.key.reveal(),
            "grant_type": "password", "email": ADA, "password": OTHER_PASSWORD,
        });
        let refusal = world.call("user_management.authenticate", input).unwrap_err();
        assert_eq!(refusal.code(), "invalid_credentials");
    });
}

#[test]
fn where_codes_by_mail_are_closed_a_link_begins_no_session() {
    each(|world| {
        set_policy(world, |it| it.magic_auth = false);
        let code = press(world, &path(&make(world, json!({})))).code();
        let input = json!({
            "client_id": "client_01", "client_secret": world.key.reveal(),
            "grant_type": "authorization_code", "code": code,
        });
        let refusal = world.call("user_management.authenticate", input).unwrap_err();
        assert_eq!(refusal.code(), "authentication_method_not_allowed");
        // The application keeps its own sessions, and learns who it is.
        profile(world, &code);
    });
}
