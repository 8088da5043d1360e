//! Recovery codes: a second step without the factor.
use serde_json::{Value, json};
use vestibule_kernel::Request;
use vestibule_kernel::testing::{World, each_engine};
use vestibule_messages::inbox;

use crate::support::{
    EMAIL, TOTP, app_code, authenticate, authenticate_publicly, challenge, count, domains, factor,
    refusal, sign_in, text, user,
};

const RECOVERY_CODE: &str = "urn:vestibule:oauth:grant-type:recovery-code";

fn generate(world: &World, user: &str) -> Vec<String> {
    let made = world.call("recovery_codes.generate", json!({ "user_id": user })).unwrap();
    made["codes"].as_array().unwrap().iter().map(text).collect()
}

fn left(world: &World, user: &str) -> (Value, Value) {
    let shown = world.call("recovery_codes.get", json!({ "user_id": user })).unwrap();
    (shown["total"].clone(), shown["left"].clone())
}

/// The token of a sign-in that waits for its second step.
fn waiting(world: &World) -> Value {
    sign_in(world, EMAIL).unwrap_err().body()["pending_authentication_token"].clone()
}

fn redeem(world: &World, token: &Value, code: &str) -> vestibule_kernel::Result<Value> {
    let input = json!({ "pending_authentication_token": token, "code": code });
    let done = authenticate(world, RECOVERY_CODE, input);
    // Its owner is told by mail.
    world.drain();
    done
}

#[test]
fn a_set_is_shown_once_and_then_only_counted() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        assert_eq!(left(world, &ada), (json!(0), json!(0)));
        let codes = generate(world, &ada);
        assert_eq!(codes.len(), 10);
        assert!(codes.iter().all(|it| it.len() == 19), "{codes:?}");
        let unique: std::collections::BTreeSet<&String> = codes.iter().collect();
        assert_eq!(unique.len(), 10);
        let shown = world.call("recovery_codes.get", json!({ "user_id": ada })).unwrap();
        assert_eq!(
            shown,
            json!({
                "object": "recovery_codes",
                "user_id": ada,
                "total": 10,
                "left": 10,
                "created_at": "2026-01-15T12:00:00.000Z",
            })
        );
    });
}

#[test]
fn a_recovery_code_takes_the_second_step_once() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        factor(world, &ada);
        let codes = generate(world, &ada);
        let token = waiting(world);
        let wrong = redeem(world, &token, "7k2m-q0xr-9t3w-e5fz");
        assert_eq!(refusal(wrong), (400, "invalid_one_time_code".to_owned()));
        // As people type it.
        let typed = format!(" {} ", codes[3].replace('-', " ").to_uppercase());
        let session = redeem(world, &token, &typed).unwrap();
        assert_eq!(session["authentication_method"], "Password");
        assert_eq!(count(world, "authentication.mfa_succeeded"), 1);
        assert_eq!(count(world, "authentication.mfa_failed"), 1);
        assert_eq!(left(world, &ada), (json!(10), json!(9)));
        let used = redeem(world, &token, &codes[4]);
        let spent = "invalid_pending_authentication_token";
        assert_eq!(refusal(used), (400, spent.to_owned()));
    });
}

#[test]
fn the_owner_is_told_of_a_recovery_code_that_was_used() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        factor(world, &ada);
        let codes = generate(world, &ada);
        let token = waiting(world);
        redeem(world, &token, "7k2m-q0xr-9t3w-e5fz").unwrap_err();
        assert!(world.flow().read(inbox::list).unwrap().is_empty(), "a wrong one is no news");
        redeem(world, &token, &codes[0]).unwrap();
        let mails = world.flow().read(inbox::list).unwrap();
        assert_eq!((mails.len(), mails[0].to.as_str()), (1, EMAIL));
        let subject = mails[0].subject.as_deref();
        assert_eq!(subject, Some("A recovery code was used for your account"));
        assert!(mails[0].text.contains("Codes left: 9"), "{}", mails[0].text);
        assert!(!mails[0].text.contains(&codes[0]), "{}", mails[0].text);
    });
}

#[test]
fn a_recovery_code_that_was_seen_in_use_opens_nothing_again() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        factor(world, &ada);
        let codes = generate(world, &ada);
        redeem(world, &waiting(world), &codes[0]).unwrap();
        let again = redeem(world, &waiting(world), &codes[0]);
        assert_eq!(refusal(again), (400, "invalid_one_time_code".to_owned()));
        assert_eq!(left(world, &ada), (json!(10), json!(9)));
    });
}

#[test]
fn recovery_codes_of_another_user_or_of_an_earlier_set_open_nothing() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        factor(world, &ada);
        let eve = user(world, "eve@acme.test");
        factor(world, &eve);
        let earlier = generate(world, &ada);
        generate(world, &ada);
        let foreign = generate(world, &eve);
        let token = waiting(world);
        for code in [&earlier[0], &foreign[0]] {
            let done = redeem(world, &token, code);
            assert_eq!(refusal(done), (400, "invalid_one_time_code".to_owned()));
        }
    });
}

#[test]
fn guessing_recovery_codes_is_slowed_down_over_all_sign_ins_of_a_user() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        factor(world, &ada);
        let codes = generate(world, &ada);
        let tokens: Vec<Value> = (0..3).map(|_| waiting(world)).collect();
        for n in 0..10 {
            redeem(world, &tokens[n % 3], "7k2m-q0xr-9t3w-e5fz").unwrap_err();
        }
        let done = redeem(world, &tokens[0], &codes[0]);
        assert_eq!(refusal(done), (429, "too_many_requests".to_owned()));
        world.clock.advance_seconds(60);
        redeem(world, &tokens[0], &codes[0]).unwrap();
    });
}

#[test]
fn a_recovery_code_is_no_password_and_no_way_round_enrolment() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let codes = generate(world, &ada);
        let done = redeem(world, &json!("not-a-token"), &codes[0]);
        assert_eq!(refusal(done), (400, "invalid_pending_authentication_token".to_owned()));
        crate::support::policy(world, |it| {
            it.second_factor = vestibule_signin::policy::SecondFactor::Required;
        });
        let told = sign_in(world, EMAIL).unwrap_err();
        assert_eq!(told.code(), "mfa_enrollment");
        let token = told.body()["pending_authentication_token"].clone();
        let done = redeem(world, &token, &codes[0]);
        assert_eq!(refusal(done), (400, "invalid_one_time_code".to_owned()));
        let public = authenticate_publicly(world, RECOVERY_CODE, json!({ "code": codes[0] }));
        assert_eq!(public.unwrap_err().code(), "unauthorized_client");
    });
}

#[test]
fn the_last_factor_of_a_user_takes_the_codes_along() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let (first, _) = factor(world, &ada);
        let (second, secret) = factor(world, &ada);
        generate(world, &ada);
        world.call("auth_factors.delete", json!({ "id": first })).unwrap();
        assert_eq!(left(world, &ada), (json!(10), json!(10)));
        let token = waiting(world);
        let input = json!({
            "pending_authentication_token": token,
            "authentication_challenge_id": challenge(world, &second),
            "code": app_code(world, &secret, 0),
        });
        authenticate(world, TOTP, input).unwrap();
        world.call("auth_factors.delete", json!({ "id": second })).unwrap();
        assert_eq!(left(world, &ada), (json!(0), json!(0)));
    });
}

#[test]
fn codes_end_when_they_are_deleted_and_with_their_user() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        generate(world, &ada);
        world.call("recovery_codes.delete", json!({ "user_id": ada })).unwrap();
        assert_eq!(left(world, &ada), (json!(0), json!(0)));
        generate(world, &ada);
        world.call("users.delete", json!({ "id": ada })).unwrap();
        let rows = world.flow().read(|cx| {
            let sql = "SELECT COUNT(*) FROM recovery_codes WHERE environment_id = $1";
            let values = [cx.environment.into()];
            cx.db().first(sql, &values)?.unwrap().take::<i64>()
        });
        assert_eq!(rows.unwrap(), 0);
    });
}

#[test]
fn the_database_holds_no_recovery_code() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let codes = generate(world, &ada);
        let kept: Vec<String> = world
            .flow()
            .read(|cx| {
                let sql = "SELECT digest FROM recovery_codes WHERE environment_id = $1";
                let values = [cx.environment.into()];
                cx.db().query(sql, &values)?.into_iter().map(|mut it| it.take()).collect()
            })
            .unwrap();
        assert_eq!(kept.len(), 10);
        let plain = |it: &String| it.replace('-', "");
        assert!(
            kept.iter().all(|it| !codes.contains(it) && !codes.iter().any(|c| *it == plain(c)))
        );
    });
}

#[test]
fn another_environment_neither_makes_nor_counts_them() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        generate(world, &ada);
        let (_, key) = world.other_environment();
        for operation in ["recovery_codes.generate", "recovery_codes.get", "recovery_codes.delete"]
        {
            let request = Request { credential: Some(key.clone()), ..Request::default() };
            let error = world.call_as(request, operation, json!({ "user_id": ada })).unwrap_err();
            assert_eq!(error.status(), 404, "{operation}");
        }
        assert_eq!(left(world, &ada), (json!(10), json!(10)));
    });
}
