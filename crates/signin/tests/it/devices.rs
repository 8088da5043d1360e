//! Device authorization (RFC 8628) through the endpoint, and the attacks on it.
use serde_json::{Value, json};
use vestibule_kernel::testing::{World, each_engine};
use vestibule_kernel::{Error, Request, Result};
use vestibule_signin::authorize::browser;
use vestibule_signin::devices::{self, DeviceAuthorization};
use vestibule_signin::sessions::{self, Impersonator, Method, NewSession, Session};

use crate::support::*;

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

pub fn ask(world: &World) -> Value {
    let request = Request {
        ip_address: Some("198.51.100.4".to_owned()),
        user_agent: Some("television/1.0".to_owned()),
        ..Request::default()
    };
    let input = json!({ "client_id": "client_01" });
    let reply = world.call_as(request, "user_management.authorize_device", input).unwrap();
    reply.json().unwrap()
}

pub fn poll(world: &World, codes: &Value) -> Result<Value> {
    let input = json!({ "device_code": codes["device_code"] });
    authenticate_publicly(world, DEVICE_CODE, input)?.json()
}

pub fn told(done: Result<Value>) -> (u16, Value) {
    let error = done.unwrap_err();
    let (status, body) = body(&error);
    assert!(body["error_description"].is_string(), "{body}");
    (status, body["error"].clone())
}

pub fn oauth(error: &str) -> (u16, Value) {
    (400, json!(error))
}

/// Somebody's browser, before anybody has signed in with it.
fn browser() -> Request {
    let binding = (browser::BINDING.to_owned(), "b".repeat(43));
    Request { cookies: vec![binding], ..Request::default() }
}

fn typed(world: &World, code: &Value) -> Option<DeviceAuthorization> {
    let id = devices::claim(&world.app, code.as_str().unwrap(), browser()).unwrap()?;
    devices::open(&world.app, id.as_str(), browser()).unwrap().map(|it| it.1)
}

/// A session that began in a browser.
pub fn session(world: &World, user: &str, organization: Option<&str>, acts: bool) -> Session {
    let (user, organization) = (user.to_owned(), organization.map(str::to_owned));
    let work = move |cx: &mut vestibule_kernel::Cx<'_>| {
        let new = NewSession {
            user_id: vestibule_kernel::id::UserId::parse(&user)?,
            organization_id: organization
                .as_deref()
                .map(vestibule_kernel::id::OrganizationId::parse)
                .transpose()?,
            client_id: vestibule_kernel::id::ClientId::parse("client_01")?,
            method: Method::Password,
            vouched_by: None,
            factor_proved: false,
            ip_address: Some("203.0.113.7".to_owned()),
            user_agent: Some("Browser/1.0".to_owned()),
            impersonator: acts
                .then(|| Impersonator { email: "help@acme.test".to_owned(), reason: None }),
        };
        let session = sessions::draft(cx, new)?;
        sessions::begin(cx, &session, None)?;
        Ok(session)
    };
    world.flow().write(work).unwrap()
}

pub fn approve(world: &World, codes: &Value, session: &Session) -> bool {
    let device = typed(world, &codes["user_code"]).unwrap();
    let session = session.clone();
    world.flow().write(move |cx| devices::approve(cx, &device.id, &session)).unwrap()
}

#[test]
fn a_device_gets_codes_that_people_can_type() {
    each_engine(domains(), |world| {
        let codes = ask(world);
        let user_code = text(&codes["user_code"]);
        let (first, second) = user_code.split_once('-').unwrap();
        assert_eq!((first.len(), second.len()), (4, 4));
        let vowels_and_digits = "AEIOUY0123456789";
        assert!(!user_code.chars().any(|it| vowels_and_digits.contains(it)), "{user_code}");
        assert_eq!(codes["verification_uri"], "http://127.0.0.1:4100/device");
        let complete = format!("http://127.0.0.1:4100/device?user_code={user_code}");
        assert_eq!(codes["verification_uri_complete"], complete);
        assert_eq!((&codes["expires_in"], &codes["interval"]), (&json!(300), &json!(5)));
        let other = ask(world);
        assert_ne!(other["user_code"], codes["user_code"]);
        assert_ne!(other["device_code"], codes["device_code"]);
    });
}

#[test]
fn a_client_that_is_unknown_or_absent_gets_no_codes() {
    each_engine(domains(), |world| {
        for (input, error) in [
            (json!({ "client_id": "client_nobody" }), "invalid_client"),
            (json!({ "client_id": "" }), "invalid_request"),
            (json!({}), "invalid_request"),
        ] {
            let done = world.call_as(Request::default(), "user_management.authorize_device", input);
            let refused: Error = done.unwrap_err();
            assert_eq!((refused.status(), &refused.body()["error"]), (400, &json!(error)));
        }
    });
}

#[test]
fn an_approved_device_gets_a_session_of_its_own() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let acme = join(world, &ada, "Acme");
        let codes = ask(world);
        assert_eq!(told(poll(world, &codes)), oauth("authorization_pending"));
        world.clock.advance_seconds(5);
        let in_browser = session(world, &ada, Some(&acme), false);
        world.clock.advance_seconds(5);
        assert!(approve(world, &codes, &in_browser));
        let reply = poll(world, &codes).unwrap();
        assert_eq!((&reply["user"]["id"], &reply["organization_id"]), (&json!(ada), &json!(acme)));
        assert_eq!(reply["authentication_method"], "Password");
        let claims = claims(&reply);
        assert_ne!(claims["sid"], json!(in_browser.id));
        // They proved who they are in the browser, five seconds ago.
        assert_eq!(claims["auth_time"], json!(in_browser.auth_time.seconds()));
        assert_eq!(claims["client_id"], "client_01");
        let created = last(world, "session.created");
        assert_eq!(created["user_agent"], Value::Null, "the poll said no more than that");
        refresh(world, &reply["refresh_token"]).unwrap();

        // Signing out in the browser is no business of the device.
        let input = json!({ "session_id": in_browser.id });
        world.call("sessions.revoke", input).unwrap();
        world.clock.advance_seconds(60);
        assert_eq!(sessions(world, &ada).len(), 1);
    });
}

#[test]
fn a_device_code_yields_tokens_once() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let codes = ask(world);
        let in_browser = session(world, &ada, None, false);
        assert!(approve(world, &codes, &in_browser));
        poll(world, &codes).unwrap();
        assert_eq!(told(poll(world, &codes)), oauth("invalid_grant"));
        assert!(typed(world, &codes["user_code"]).is_none());
        assert_eq!(count(world, "session.created"), 2);
    });
}

#[test]
fn a_device_that_asks_too_often_waits_five_seconds_longer_from_then_on() {
    each_engine(domains(), |world| {
        let codes = ask(world);
        for (after, error) in [
            (0, "authorization_pending"),
            (1, "slow_down"),
            // Ten seconds from now on, of which one is forgiven.
            (8, "slow_down"),
            (14, "authorization_pending"),
            (15, "authorization_pending"),
        ] {
            world.clock.advance_seconds(after);
            assert_eq!(told(poll(world, &codes)), oauth(error), "after {after} s");
        }
    });
}

#[test]
fn a_device_that_was_denied_or_waited_too_long_is_told_so() {
    each_engine(domains(), |world| {
        let codes = ask(world);
        let device = typed(world, &codes["user_code"]).unwrap();
        let id = device.id.clone();
        assert!(world.flow().write(move |cx| devices::deny(cx, &id)).unwrap());
        assert_eq!(told(poll(world, &codes)), oauth("access_denied"));
        let ada = user(world, EMAIL);
        let in_browser = session(world, &ada, None, false);
        let (id, session) = (device.id, in_browser.clone());
        let late = world.flow().write(move |cx| devices::approve(cx, &id, &session)).unwrap();
        assert!(!late, "a no cannot be taken back");

        let codes = ask(world);
        world.clock.advance_seconds(300);
        assert_eq!(told(poll(world, &codes)), oauth("expired_token"));
        assert!(typed(world, &codes["user_code"]).is_none());
        let approved = ask(world);
        assert!(approve(world, &approved, &in_browser));
        world.clock.advance_seconds(300);
        assert_eq!(told(poll(world, &approved)), oauth("expired_token"));
        assert_eq!(count(world, "session.created"), 1);
        world.clock.advance_seconds(60 * 60);
        assert!(vestibule_signin::forget(&world.flow()).unwrap() >= 3);
        assert_eq!(told(poll(world, &approved)), oauth("invalid_grant"));
    });
}

#[test]
fn where_it_is_turned_off_no_device_signs_in() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let waiting = ask(world);
        let in_browser = session(world, &ada, None, false);
        assert!(approve(world, &waiting, &in_browser));
        let other = ask(world);
        let off = world.call("device_policy.update", json!({ "enabled": false })).unwrap();
        assert_eq!(off, json!({ "object": "device_policy", "enabled": false }));
        let input = json!({ "client_id": "client_01" });
        let done = world.call_as(Request::default(), "user_management.authorize_device", input);
        let expected = json!({
            "error": "access_denied",
            "error_description": "Device authorization grant is not enabled for this team",
        });
        assert_eq!(body(&done.unwrap_err()), (403, expected.clone()));
        assert_eq!(body(&poll(world, &waiting).unwrap_err()), (403, expected));
        assert!(typed(world, &other["user_code"]).is_none());
        assert_eq!(world.call("device_policy.get", json!({})).unwrap()["enabled"], false);
    });
}

#[test]
fn a_device_code_of_another_environment_yields_nothing() {
    each_engine(domains(), |world| {
        world.other_environment();
        let ada = user(world, EMAIL);
        let codes = ask(world);
        let in_browser = session(world, &ada, None, false);
        assert!(approve(world, &codes, &in_browser));
        let input = json!({
            "grant_type": DEVICE_CODE,
            "client_id": "client_02",
            "device_code": codes["device_code"],
        });
        let done = world.call_as(Request::default(), "user_management.authenticate", input);
        assert_eq!(told(done.map(|_| Value::Null)), oauth("invalid_grant"));
        poll(world, &codes).unwrap();
    });
}

#[test]
fn a_code_typed_in_one_browser_cannot_be_approved_in_another() {
    each_engine(domains(), |world| {
        let codes = ask(world);
        let id = typed(world, &codes["user_code"]).unwrap().id;
        let binding = (browser::BINDING.to_owned(), "c".repeat(43));
        let other = Request { cookies: vec![binding], ..Request::default() };
        assert!(devices::open(&world.app, id.as_str(), other).unwrap().is_none());
        let none = devices::open(&world.app, id.as_str(), Request::default()).unwrap();
        assert!(none.is_none());
        // Without a browser that we know, a code is not taken.
        let user_code = text(&codes["user_code"]);
        assert!(devices::claim(&world.app, &user_code, Request::default()).unwrap().is_none());
    });
}

#[test]
fn whoever_acts_as_a_user_cannot_let_a_device_in_that_stays() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let codes = ask(world);
        let acting = session(world, &ada, None, true);
        assert!(!approve(world, &codes, &acting));
        assert_eq!(told(poll(world, &codes)), oauth("authorization_pending"));
    });
}

#[test]
fn a_device_stays_out_whose_approver_was_signed_out_or_left_meanwhile() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let acme = join(world, &ada, "Acme");
        let codes = ask(world);
        let in_browser = session(world, &ada, None, false);
        assert!(approve(world, &codes, &in_browser));
        world.clock.advance_seconds(1);
        // A new password ends every session, and what waits for one.
        let input = json!({ "id": ada, "password": "Copper-Lantern-Meadow-58" });
        world.call("users.update", input).unwrap();
        assert_eq!(told(poll(world, &codes)), oauth("access_denied"));

        world.clock.advance_seconds(60);
        let codes = ask(world);
        let in_browser = session(world, &ada, Some(&acme), false);
        assert!(approve(world, &codes, &in_browser));
        let page = world.call("organization_memberships.list", json!({ "user_id": ada })).unwrap();
        let input = json!({ "id": page["data"][0]["id"] });
        world.call("organization_memberships.deactivate", input).unwrap();
        assert_eq!(told(poll(world, &codes)), oauth("access_denied"));
        assert!(sessions(world, &ada).is_empty());
    });
}

#[test]
fn only_a_client_with_its_secret_says_where_a_device_is() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let in_browser = session(world, &ada, None, false);
        let told = json!({ "ip_address": "192.0.2.99", "user_agent": "forged/1.0" });
        for (confidential, expected) in [(false, "198.51.100.4"), (true, "192.0.2.99")] {
            let codes = ask(world);
            assert!(approve(world, &codes, &in_browser));
            let mut input = told.clone();
            input["device_code"] = codes["device_code"].clone();
            if confidential {
                input["client_secret"] = json!(world.key.reveal());
            }
            let request =
                Request { ip_address: Some("198.51.100.4".to_owned()), ..Request::default() };
            authenticate_as(world, request, DEVICE_CODE, input).unwrap();
            assert_eq!(last(world, "session.created")["ip_address"], expected);
        }
    });
}
