//! Sign-in at once, and the addresses that a sandbox leads to.
use serde_json::json;
use vestibule_kernel::Request;
use vestibule_kernel::testing::{World, each_engine};
use vestibule_signin::sandbox::Conveniences;

use crate::support::{CALLBACK, authorize, domains, enable, seeded};

fn auto(world: &World) {
    world.call("sandbox.update", json!({ "auto_sign_in": true })).unwrap();
}

#[test]
fn a_sandbox_signs_in_at_once_whoever_login_hint_names() {
    each_engine(domains(), |world| {
        seeded(world);
        let location = authorize(world, json!({ "login_hint": "ADA@seed.test" })).unwrap();
        assert!(location.starts_with("/authkit/"), "not before it is told to: {location}");
        auto(world);
        let location = authorize(world, json!({ "login_hint": "ADA@seed.test" })).unwrap();
        let rest = location.strip_prefix(&format!("{CALLBACK}?code=")).unwrap();
        let (code, state) = rest.split_once('&').unwrap();
        assert_eq!(state, "state=s");
        let input = json!({
            "grant_type": "authorization_code", "client_id": "client_01",
            "client_secret": world.key.reveal(), "code": code,
        });
        let request = Request::default();
        let signed_in = world.call_as(request, "user_management.authenticate", input).unwrap();
        let signed_in = signed_in.json().unwrap();
        assert_eq!(signed_in["user"]["id"], json!("user_ada"));
        assert_eq!(signed_in["organization_id"], json!("org_seed"));
    });
}

#[test]
fn without_a_hint_the_first_user_is_in_and_an_unknown_one_is_told_of() {
    each_engine(domains(), |world| {
        enable(world);
        auto(world);
        let location = authorize(world, json!({})).unwrap();
        assert!(location.contains("error=no_users") && location.ends_with("state=s"), "{location}");
        seeded(world);
        assert!(authorize(world, json!({})).unwrap().contains("?code="));
        let location = authorize(world, json!({ "login_hint": "eve@seed.test" })).unwrap();
        assert!(location.contains("error=user_not_found"), "{location}");
        let input = json!({ "login_hint": "grace@seed.test", "organization_id": "org_seed" });
        let location = authorize(world, input).unwrap();
        assert!(location.contains("error=access_denied"), "not a member: {location}");
    });
}

#[test]
fn login_hint_signs_nobody_in_outside_a_sandbox_whatever_its_settings_say() {
    each_engine(domains(), |world| {
        let input = json!({ "email": "ada@acme.test", "email_verified": true });
        world.call("users.create", input).unwrap();
        world.call("redirect_uris.create", json!({ "uri": CALLBACK })).unwrap();
        let all = Conveniences { auto_sign_in: true, approve_device_codes: true };
        world.flow().write(move |cx| cx.set(&all)).unwrap();
        let location = authorize(world, json!({ "login_hint": "ada@acme.test" })).unwrap();
        assert!(location.starts_with("/authkit/"), "{location}");
        let approver = world.flow().read(vestibule_signin::sandbox::device_approver).unwrap();
        assert!(approver.is_none());
    });
}

#[test]
fn a_sandbox_leads_to_any_loopback_address_and_nowhere_else() {
    each_engine(domains(), |world| {
        let to = |uri: &str| authorize(world, json!({ "redirect_uri": uri })).is_ok();
        assert!(!to("http://localhost:3999/callback"), "an ordinary environment does not");
        enable(world);
        for uri in
            ["http://localhost:3999/callback", "http://127.0.0.1:8080/cb?x=1", "http://[::1]/cb"]
        {
            assert!(to(uri), "{uri}");
        }
        for uri in [
            "https://evil.test/cb",
            "http://localhost.evil.test/cb",
            "http://localhost@evil.test/cb",
            "http://evil.test\\@localhost/cb",
            "http://localhost:80:80/cb",
            "http://localhost/cb#fragment",
            "http://*.localhost/cb",
            "myapp://localhost/cb",
            "javascript://localhost/%0aalert(1)",
        ] {
            assert!(!to(uri), "{uri}");
        }
    });
}

#[test]
fn only_the_sole_user_of_a_sandbox_approves_device_codes() {
    each_engine(domains(), |world| {
        enable(world);
        let approver = || world.flow().read(vestibule_signin::sandbox::device_approver).unwrap();
        world.call("users.create", json!({ "email": "ada@acme.test" })).unwrap();
        assert!(approver().is_none(), "not before it is told to");
        world.call("sandbox.update", json!({ "approve_device_codes": true })).unwrap();
        assert_eq!(approver().unwrap().email, "ada@acme.test");
        world.call("users.create", json!({ "email": "grace@acme.test" })).unwrap();
        assert!(approver().is_none());
    });
}

#[test]
fn a_device_code_of_the_sole_user_approves_itself() {
    each_engine(domains(), |world| {
        enable(world);
        world.call("users.create", json!({ "email": "ada@acme.test" })).unwrap();
        world.call("sandbox.update", json!({ "approve_device_codes": true })).unwrap();
        let input = json!({ "client_id": "client_01" });
        let codes = world.call("user_management.authorize_device", input).unwrap();
        let input = json!({
            "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
            "client_id": "client_01", "device_code": codes["device_code"],
        });
        let signed_in = world.call("user_management.authenticate", input).unwrap();
        assert_eq!(signed_in["user"]["email"], json!("ada@acme.test"));
    });
}
