//! Codes by text message: who gets them, how many, and what they open.
use serde_json::{Value, json};
use vestibule_kernel::Result;
use vestibule_kernel::testing::{World, each_engine};
use vestibule_messages::inbox;

use crate::support::{
    EMAIL, TOTP, authenticate, domains, mailed_code, refusal, sign_in, text, user, wrong,
};

const NUMBER: &str = "+15555550100";

/// A telephone of a user, or of nobody; answers its id.
fn telephone(world: &World, user: Option<&str>, number: &str) -> String {
    let mut input = json!({ "type": "sms", "phone_number": number });
    if let Some(user) = user {
        input["user_id"] = json!(user);
    }
    text(&world.call("auth_factors.enroll", input).unwrap()["id"])
}

fn challenge(world: &World, factor: &str) -> Result<Value> {
    world.call("auth_factors.challenge", json!({ "id": factor }))
}

/// A telephone of a user that was proved once.
fn proved(world: &World, user: &str) -> String {
    let factor = telephone(world, Some(user), NUMBER);
    let made = challenge(world, &factor).unwrap();
    let input = json!({ "id": made["id"], "code": mailed_code(world) });
    assert_eq!(world.call("auth_challenges.verify", input).unwrap()["valid"], true);
    factor
}

fn set(world: &World, policy: Value) {
    world.call("factor_policy.update", policy).unwrap();
}

fn messages(world: &World) -> usize {
    world.drain();
    world.flow().read(inbox::list).unwrap().len()
}

#[test]
fn a_user_with_a_telephone_signs_in_by_its_code() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let factor = proved(world, &ada);
        let told = sign_in(world, EMAIL).unwrap_err();
        assert_eq!(told.code(), "mfa_challenge");
        let body = told.body();
        assert_eq!(body["authentication_factors"], json!([{ "id": factor, "type": "sms" }]));
        world.clock.advance_seconds(1);
        let made = challenge(world, &factor).unwrap();
        let code = mailed_code(world);
        let attempt = |code: &str| {
            let input = json!({
                "pending_authentication_token": body["pending_authentication_token"],
                "authentication_challenge_id": made["id"],
                "code": code,
            });
            authenticate(world, TOTP, input)
        };
        assert_eq!(refusal(attempt(wrong(&code))), (400, "invalid_one_time_code".to_owned()));
        assert_eq!(attempt(&code).unwrap()["user"]["id"], json!(ada));
    });
}

#[test]
fn a_code_by_text_message_cannot_be_used_again() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let factor = proved(world, &ada);
        world.clock.advance_seconds(1);
        let made = challenge(world, &factor).unwrap();
        let code = mailed_code(world);
        let attempt = || {
            let token = sign_in(world, EMAIL).unwrap_err().body();
            let input = json!({
                "pending_authentication_token": token["pending_authentication_token"],
                "authentication_challenge_id": made["id"],
                "code": code,
            });
            authenticate(world, TOTP, input)
        };
        attempt().unwrap();
        assert_eq!(refusal(attempt()), (400, "one_time_code_previously_used".to_owned()));
    });
}

#[test]
fn pumping_messages_to_one_number_is_stopped_over_all_factors_that_have_it() {
    each_engine(domains(), |world| {
        let factors: Vec<String> =
            (0..3).map(|_| telephone(world, None, "+1 555 555 0100")).collect();
        for n in 0..5 {
            challenge(world, &factors[n % 3]).unwrap();
        }
        let error = challenge(world, &factors[0]).unwrap_err();
        assert_eq!((error.status(), error.code()), (429, "too_many_requests"));
        assert_eq!(error.retry_after_seconds(), Some(600));
        assert_eq!(messages(world), 5);
        challenge(world, &telephone(world, None, "+15555550199")).unwrap();
        assert_eq!(messages(world), 6, "another number is not held up");
        world.clock.advance_seconds(600);
        challenge(world, &factors[0]).unwrap();
        assert_eq!(messages(world), 7);
    });
}

#[test]
fn a_number_gets_twenty_messages_in_a_day_however_they_are_spread() {
    each_engine(domains(), |world| {
        let factor = telephone(world, None, NUMBER);
        for _ in 0..20 {
            challenge(world, &factor).unwrap();
            world.clock.advance_seconds(601);
        }
        assert_eq!(challenge(world, &factor).unwrap_err().status(), 429);
        world.clock.advance_seconds(24 * 60 * 60);
        challenge(world, &factor).unwrap();
        world.drain();
    });
}

#[test]
fn pumping_messages_to_many_numbers_is_stopped_by_the_hourly_bound() {
    each_engine(domains(), |world| {
        set(world, json!({ "text_messages_per_hour": 3 }));
        let numbers: Vec<String> = (0..4).map(|n| format!("+1555555010{n}")).collect();
        let factors: Vec<String> = numbers.iter().map(|it| telephone(world, None, it)).collect();
        for factor in &factors[..3] {
            challenge(world, factor).unwrap();
        }
        assert_eq!(challenge(world, &factors[3]).unwrap_err().status(), 429);
        assert_eq!(messages(world), 3);
        set(world, json!({ "text_messages_per_hour": 0 }));
        world.clock.advance_seconds(3600);
        assert_eq!(challenge(world, &factors[3]).unwrap_err().status(), 429, "0 turns them off");
    });
}

#[test]
fn numbers_of_countries_that_were_not_allowed_get_no_messages() {
    each_engine(domains(), |world| {
        let old = telephone(world, None, "+447700900123");
        set(world, json!({ "phone_prefixes": ["+1", "+49"] }));
        telephone(world, None, NUMBER);
        telephone(world, None, "+491511234567");
        let input = json!({ "type": "sms", "phone_number": "+447700900123" });
        let error = world.call("auth_factors.enroll", input).unwrap_err();
        let fault = &error.fields()[0];
        assert_eq!((error.status(), fault.code.as_ref()), (422, "not_allowed"));
        assert_eq!(challenge(world, &old).unwrap_err().status(), 422, "nor do earlier ones");
        assert_eq!(messages(world), 0);
        set(world, json!({ "phone_prefixes": [] }));
        challenge(world, &old).unwrap();
        assert_eq!(messages(world), 1);
    });
}

#[test]
fn the_policy_of_factors_is_shown_and_changed_field_by_field() {
    each_engine(domains(), |world| {
        let usual = json!({
            "object": "factor_policy",
            "types": ["totp"],
            "recovery_codes": true,
            "phone_prefixes": [],
            "text_messages_per_hour": 1000,
        });
        assert_eq!(world.call("factor_policy.get", json!({})).unwrap(), usual);
        let change = json!({ "types": ["sms", "sms"], "recovery_codes": false });
        let changed = world.call("factor_policy.update", change).unwrap();
        assert_eq!(changed["types"], json!(["sms"]), "each counts once");
        assert_eq!(changed["recovery_codes"], json!(false));
        assert_eq!(changed["text_messages_per_hour"], json!(1000));
        assert_eq!(world.call("factor_policy.get", json!({})).unwrap(), changed);
        for refused in [
            json!({ "types": [] }),
            json!({ "types": ["pigeon"] }),
            json!({ "phone_prefixes": ["49"] }),
            json!({ "phone_prefixes": ["+"] }),
            json!({ "phone_prefixes": ["+0"] }),
            json!({ "phone_prefixes": ["+4a"] }),
            json!({ "text_messages_per_hour": -1 }),
        ] {
            let error = world.call("factor_policy.update", refused.clone()).unwrap_err();
            assert_eq!(error.status(), 422, "{refused}");
        }
        assert_eq!(world.call("factor_policy.get", json!({})).unwrap(), changed);
    });
}
