//! Rate limits: what each holds up, whom it does not, and what an environment sets.
use serde_json::{Value, json};
use vestibule_kernel::testing::{World, each_engine};
use vestibule_kernel::{Error, Request, Result};

use crate::authenticator::Authenticator;
use crate::passkeys::ORIGIN;
use crate::support::*;

const RECOVERY_CODE: &str = "urn:vestibule:oauth:grant-type:recovery-code";

fn set(world: &World, limits: Value) -> Value {
    world.call("rate_limits.update", limits).unwrap()
}

/// The refusal says after how many seconds to come again.
fn held_up(error: &Error, code: &str, at_most: u32) {
    assert_eq!((error.status(), error.code()), (429, code), "{error:?}");
    let after = error.retry_after_seconds().unwrap();
    assert!((1..=at_most).contains(&after), "{after}");
}

fn get_user(world: &World, id: &str) -> Result<Value> {
    world.call("users.get", json!({ "id": id }))
}

#[test]
fn limits_are_shown_set_and_brought_back() {
    each_engine(domains(), |world| {
        let usual = json!({
            "object": "rate_limits",
            "calls": 6000,
            "reads": 1000,
            "writes": 500,
            "deletions": 50,
            "tries": 10,
            "failures": 100,
            "messages": 3,
            "messages_daily": 50,
            "creations": 30,
        });
        assert_eq!(world.call("rate_limits.get", json!({})).unwrap(), usual);
        let set_one = set(world, json!({ "tries": 1000, "messages": 7 }));
        assert_eq!((&set_one["tries"], &set_one["messages"]), (&json!(1000), &json!(7)));
        assert_eq!(set_one["reads"], 1000);
        let back = set(world, json!({ "tries": null, "messages": null }));
        assert_eq!(back, usual);
        for wrong in [json!({ "tries": 0 }), json!({ "calls": -1 }), json!({ "reads": "many" })] {
            let error = world.call("rate_limits.update", wrong).unwrap_err();
            assert_eq!(error.status(), 422);
        }
    });
}

#[test]
fn a_key_that_calls_too_often_is_told_when_to_come_again_and_others_are_not_held_up() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let (_, other_key) = world.other_environment();
        set(world, json!({ "calls": 5 }));
        world.clock.advance_seconds(60);
        for _ in 0..5 {
            get_user(world, &ada).unwrap();
        }
        held_up(&get_user(world, &ada).unwrap_err(), "rate_limit_exceeded", 60);
        let elsewhere = Request { credential: Some(other_key), ..Request::default() };
        world.call_as(elsewhere, "organizations.list", json!({})).unwrap();
        world.clock.advance_seconds(60);
        get_user(world, &ada).unwrap();
    });
}

#[test]
fn reads_and_writes_of_users_are_counted_apart_and_by_the_environment() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        set(world, json!({ "reads": 2, "writes": 1 }));
        world.clock.advance_seconds(10);
        get_user(world, &ada).unwrap();
        get_user(world, &ada).unwrap();
        held_up(&get_user(world, &ada).unwrap_err(), "rate_limit_exceeded", 10);
        let write = || world.call("users.update", json!({ "id": ada, "first_name": "Ada" }));
        write().unwrap();
        held_up(&write().unwrap_err(), "rate_limit_exceeded", 10);
        // What is no user, or theirs, has no part in it.
        world.call("organizations.list", json!({})).unwrap();
        world.call("organizations.create", json!({ "name": "Acme" })).unwrap();
    });
}

#[test]
fn whoever_has_no_key_uses_up_the_calls_of_their_own_place_alone() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        set(world, json!({ "calls": 3, "writes": 3 }));
        world.clock.advance_seconds(60);
        let from = |address: &str| {
            let request = Request { ip_address: Some(address.to_owned()), ..Request::default() };
            let input = json!({ "refresh_token": "x" });
            authenticate_as(world, request, "refresh_token", input).unwrap_err()
        };
        for _ in 0..3 {
            assert_eq!(from("203.0.113.7").code(), "invalid_grant");
        }
        let error = from("203.0.113.7");
        held_up(&error, "too_many_requests", 60);
        assert_eq!(error.body()["error"], "too_many_requests", "in the words of OAuth");
        // Neither another place nor the application is held up.
        assert_eq!(from("203.0.113.8").code(), "invalid_grant");
        sign_in(world, EMAIL).unwrap();
        // A customer has a whole network of IPv6, and is one place all the same.
        for last in ["::1", "::2", "::ffff:3"] {
            assert_eq!(from(&format!("2001:db8:1:2{last}")).code(), "invalid_grant");
        }
        held_up(&from("2001:db8:1:2:a:b:c:d"), "too_many_requests", 60);
        assert_eq!(from("2001:db8:1:3::1").code(), "invalid_grant");
    });
}

fn wrong_password(world: &World, email: &str, address: Option<&str>) -> Error {
    let mut input = json!({ "email": email, "password": "Not-The-Password-55" });
    if let Some(it) = address {
        input["ip_address"] = json!(it);
    }
    authenticate(world, "password", input).unwrap_err()
}

#[test]
fn guessing_at_one_account_locks_it_for_a_while_and_no_other() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        user(world, "grace@acme.test");
        for _ in 0..10 {
            assert_eq!(wrong_password(world, EMAIL, None).code(), "invalid_credentials");
        }
        // However the address is written, and with the right password too.
        held_up(&wrong_password(world, "ADA@acme.test", None), "too_many_requests", 60);
        held_up(&sign_in(world, EMAIL).unwrap_err(), "too_many_requests", 60);
        sign_in(world, "grace@acme.test").unwrap();
        world.clock.advance_seconds(60);
        sign_in(world, EMAIL).unwrap();
    });
}

#[test]
fn a_password_tried_at_many_accounts_from_one_place_is_stopped_there() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        set(world, json!({ "failures": 5 }));
        let (thief, office) = (Some("203.0.113.7"), Some("203.0.113.8"));
        for number in 0..5 {
            let error = wrong_password(world, &format!("user{number}@acme.test"), thief);
            assert_eq!(error.code(), "invalid_credentials");
        }
        held_up(&wrong_password(world, "another@acme.test", thief), "too_many_requests", 600);
        let good = |address: Option<&str>| {
            let input = json!({ "email": EMAIL, "password": PASSWORD, "ip_address": address });
            let mut input = input;
            if address.is_none() {
                input.as_object_mut().unwrap().remove("ip_address");
            }
            authenticate(world, "password", input)
        };
        held_up(&good(thief).unwrap_err(), "too_many_requests", 600);
        // Others, and an application that does not tell where its users are, go on.
        good(office).unwrap();
        good(None).unwrap();
        world.clock.advance_seconds(600);
        good(thief).unwrap();
    });
}

#[test]
fn wrong_second_steps_and_false_passkeys_count_as_guesses_from_their_place() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let (id, secret) = factor(world, &ada);
        set(world, json!({ "failures": 3 }));
        let waiting = sign_in(world, EMAIL).unwrap_err().body();
        let step = |grant: &str, place: &str, mut input: Value| {
            input["pending_authentication_token"] = waiting["pending_authentication_token"].clone();
            input["ip_address"] = json!(place);
            authenticate(world, grant, input)
        };
        let (thief, office) = ("203.0.113.7", "203.0.113.8");
        let (challenge, good) = (challenge(world, &id), app_code(world, &secret, 0));
        let app = |code: &str| json!({ "authentication_challenge_id": challenge, "code": code });
        let code = refusal(step(TOTP, thief, app(wrong(&good))));
        assert_eq!(code.1, "invalid_one_time_code");
        let code = refusal(step(RECOVERY_CODE, thief, json!({ "code": "7k2m-q0xr-9t3w-e5fz" })));
        assert_eq!(code.1, "invalid_one_time_code");
        let passkey = || {
            let mut device = Authenticator::new(ORIGIN);
            let input = json!({ "user_id": ada });
            let asked = world.call("passkeys.begin_registration", input).unwrap();
            // Nobody is told of it, so it is none of ours.
            device.create(&asked["public_key"]);
            let asked = world.call("passkeys.begin_authentication", json!({})).unwrap();
            let credential = device.get(&asked["public_key"]);
            let input = json!({
                "challenge": asked["challenge"], "credential": credential, "ip_address": thief,
            });
            world.call("passkeys.finish_authentication", input)
        };
        assert_eq!(refusal(passkey()).1, "passkey_not_registered");
        held_up(&passkey().unwrap_err(), "too_many_requests", 600);
        held_up(&step(TOTP, thief, app(&good)).unwrap_err(), "too_many_requests", 600);
        step(TOTP, office, app(&good)).unwrap();
    });
}

#[test]
fn good_passwords_from_one_place_are_not_counted_as_guesses() {
    each_engine(domains(), |world| {
        set(world, json!({ "failures": 2 }));
        for number in 0..4 {
            let email = format!("colleague{number}@acme.test");
            user(world, &email);
            let input =
                json!({ "email": email, "password": PASSWORD, "ip_address": "203.0.113.8" });
            authenticate(world, "password", input).unwrap();
        }
    });
}

#[test]
fn codes_are_mailed_three_times_a_minute_and_codes_for_devices_given_out_thirty() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        for operation in ["magic_auth.create", "password_reset.create"] {
            for _ in 0..3 {
                world.call(operation, json!({ "email": EMAIL })).unwrap();
            }
            let error = world.call(operation, json!({ "email": EMAIL })).unwrap_err();
            held_up(&error, "rate_limit_exceeded", 60);
        }
        world.drain();
        let ask = || {
            let request =
                Request { ip_address: Some("203.0.113.7".to_owned()), ..Request::default() };
            let input = json!({ "client_id": "client_01" });
            world.call_as(request, "user_management.authorize_device", input)
        };
        for _ in 0..30 {
            ask().unwrap();
        }
        let error = ask().unwrap_err();
        held_up(&error, "too_many_requests", 60);
        assert_eq!(error.body()["error"], "too_many_requests");
    });
}
