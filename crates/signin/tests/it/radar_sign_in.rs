//! The judgement of sign-ins here: what is refused, what is asked for, and what takes it on.
use serde_json::{Value, json};
use vestibule_kernel::context::Extensions;
use vestibule_kernel::testing::{World, each_engine, on_sqlite_with};
use vestibule_kernel::{Request, Result};
use vestibule_people::users::Judge;
use vestibule_signin::radar;

use crate::support::{
    EMAIL, EMAIL_VERIFICATION, MAGIC_AUTH, PASSWORD, TOTP, app_code, authenticate, challenge,
    count, domains, factor, last, mailed_code, policy, refresh, refusal, text, unverified_user,
    user, wrong,
};

const BY_MAIL: &str = "urn:workos:oauth:grant-type:radar-email-challenge:code";
const BY_TEXT: &str = "urn:workos:oauth:grant-type:radar-sms-challenge:code";
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const BOT: &str = "python-requests/2.32.3";
const NUMBER: &str = "+15555550100";

/// Has sign-ins judged, with nothing looked for but what is said.
fn judge(world: &World, policy: Value) {
    let mut all = json!({
        "sign_in": true, "bot_detection": "off", "brute_force_attack": "off",
        "repeat_sign_up": "off", "disposable_domain": "off", "stale_account": "off",
        "unrecognized_device": "off",
    });
    for (name, value) in policy.as_object().unwrap() {
        all[name] = value.clone();
    }
    world.call("radar_policy.update", all).unwrap();
}

fn block(world: &World, r#type: &str, entry: &str) {
    let input = json!({ "type": r#type, "action": "block", "entry": entry });
    world.call("radar_lists.add", input).unwrap();
}

fn sign_in_with(world: &World, email: &str, user_agent: &str) -> Result<Value> {
    let input = json!({ "email": email, "password": PASSWORD, "user_agent": user_agent });
    authenticate(world, "password", input)
}

/// A challenged sign-in: what it was answered with.
fn challenged(world: &World, email: &str) -> Value {
    let refused = sign_in_with(world, email, BOT).unwrap_err();
    assert_eq!(refused.status(), 403, "{refused:?}");
    refused.body()
}

fn by_mail(world: &World, told: &Value, id: &Value, code: &str) -> Result<Value> {
    let input = json!({
        "pending_authentication_token": told["pending_authentication_token"],
        "radar_challenge_id": id, "code": code,
    });
    authenticate(world, BY_MAIL, input)
}

fn by_text(world: &World, told: &Value, more: Value) -> Result<Value> {
    let mut input = json!({ "pending_authentication_token": told["pending_authentication_token"] });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    authenticate(world, BY_TEXT, input)
}

/// A telephone of a user that was proved once.
fn telephone(world: &World, user: &str) {
    let input = json!({ "type": "sms", "phone_number": NUMBER, "user_id": user });
    let made = world.call("auth_factors.enroll", input).unwrap();
    let asked = world.call("auth_factors.challenge", json!({ "id": made["id"] })).unwrap();
    let input = json!({ "id": asked["id"], "code": mailed_code(world) });
    assert_eq!(world.call("auth_challenges.verify", input).unwrap()["valid"], true);
    world.clock.advance_seconds(1);
}

#[test]
fn nothing_is_judged_or_kept_until_it_is_asked_for() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        block(world, "email", EMAIL);
        sign_in_with(world, EMAIL, BOT).unwrap();
        let seen = world.call("radar_attempts.list", json!({})).unwrap();
        assert_eq!(seen["data"], json!([]));
    });
}

#[test]
fn a_risky_sign_in_goes_on_by_the_code_that_was_mailed() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        judge(world, json!({ "bot_detection": "challenge" }));
        sign_in_with(world, EMAIL, BROWSER).unwrap();
        let told = challenged(world, EMAIL);
        assert_eq!(told["code"], "radar_challenge");
        assert_eq!(told["error"], "radar_email_challenge");
        assert_eq!(told["user"]["id"], json!(ada));
        let id = &told["radar_challenge_id"];
        assert!(text(id).starts_with("radar_challenge_"));
        let event = last(world, "radar.challenge_created");
        let expected = json!({
            "type": "email", "radar_challenge_id": id, "user_id": ada, "email": EMAIL,
        });
        assert_eq!(event, expected);
        let shown = world.call("radar_challenges.get", json!({ "id": id })).unwrap();
        let code = mailed_code(world);
        assert_eq!(shown["code"], json!(code));
        assert_eq!(shown["object"], "radar_challenge");
        assert_eq!(count(world, "authentication.radar_risk_detected"), 0);

        let wrong_code = by_mail(world, &told, id, wrong(&code));
        assert_eq!(refusal(wrong_code), (400, "invalid_one_time_code".to_owned()));
        let done = by_mail(world, &told, id, &code).unwrap();
        assert_eq!(done["authentication_method"], "Password");
        refresh(world, &done["refresh_token"]).unwrap();
        let risk = last(world, "authentication.radar_risk_detected");
        assert_eq!(
            risk,
            json!({
                "auth_method": "password", "action": "login", "control": "bot_detection",
                "blocklist_type": null, "ip_address": null, "user_agent": BOT, "user_id": ada,
                "email": EMAIL,
            })
        );
    });
}

#[test]
fn a_blocked_sign_in_is_refused_alike_whether_there_is_an_account_or_not() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        judge(world, json!({}));
        block(world, "domain", "acme.test");
        let wrong_password = json!({ "email": EMAIL, "password": "wrong" });
        let answers = [
            sign_in_with(world, EMAIL, BROWSER).unwrap_err().body(),
            authenticate(world, "password", wrong_password).unwrap_err().body(),
            sign_in_with(world, "nobody@acme.test", BROWSER).unwrap_err().body(),
        ];
        assert_eq!(answers[0]["code"], "access_denied");
        assert!(answers.iter().all(|it| *it == answers[0]), "{answers:?}");
        let told = last(world, "authentication.password_failed");
        assert_eq!(told["error"]["code"], "access_denied");
        let code = json!({ "email": EMAIL, "code": "123456" });
        let refused = authenticate(world, MAGIC_AUTH, code);
        assert_eq!(refusal(refused), (403, "access_denied".to_owned()));
        let seen = world.call("radar_attempts.list", json!({ "verdict": "block" })).unwrap();
        assert_eq!(seen["data"].as_array().unwrap().len(), 4);
        assert_eq!(seen["data"][0]["blocklist_type"], "domain");
    });
}

#[test]
fn whoever_has_no_credential_learns_of_no_challenge() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        judge(world, json!({ "bot_detection": "challenge" }));
        for email in [EMAIL, "nobody@acme.test"] {
            let input = json!({ "email": email, "password": "wrong", "user_agent": BOT });
            let refused = authenticate(world, "password", input);
            assert_eq!(refusal(refused), (400, "invalid_credentials".to_owned()), "{email}");
        }
        assert_eq!(count(world, "radar.challenge_created"), 0);
    });
}

#[test]
fn an_account_that_blocks_new_devices_is_not_told_from_none_without_the_password() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        judge(world, json!({ "unrecognized_device": "block" }));
        let on = |device: &str, password: &str| {
            let input = json!({ "email": EMAIL, "password": password, "device_id": device });
            authenticate(world, "password", input)
        };
        on("own", PASSWORD).unwrap();
        on("own", PASSWORD).unwrap();
        assert_eq!(refusal(on("theirs", "wrong")), (400, "invalid_credentials".to_owned()));
        assert_eq!(refusal(on("theirs", PASSWORD)), (403, "access_denied".to_owned()));
        assert_eq!(count(world, "session.created"), 2);
    });
}

#[test]
fn a_challenge_code_of_another_user_opens_nothing() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        user(world, "eve@acme.test");
        judge(world, json!({ "bot_detection": "challenge" }));
        let hers = challenged(world, "eve@acme.test");
        let her_code = mailed_code(world);
        world.clock.advance_seconds(1);
        let his = challenged(world, EMAIL);
        for id in [&hers["radar_challenge_id"], &his["radar_challenge_id"]] {
            let refused = by_mail(world, &his, id, &her_code);
            assert_eq!(refusal(refused), (400, "invalid_one_time_code".to_owned()));
        }
        by_mail(world, &hers, &hers["radar_challenge_id"], &her_code).unwrap();
        world.drain();
    });
}

#[test]
fn a_replayed_challenge_opens_nothing() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        judge(world, json!({ "bot_detection": "challenge" }));
        let told = challenged(world, EMAIL);
        let (id, code) = (&told["radar_challenge_id"], mailed_code(world));
        by_mail(world, &told, id, &code).unwrap();
        let again = by_mail(world, &told, id, &code);
        let expected = (400, "invalid_pending_authentication_token".to_owned());
        assert_eq!(refusal(again), expected);
        world.clock.advance_seconds(1);
        let next = challenged(world, EMAIL);
        let replayed = by_mail(world, &next, id, &code);
        assert_eq!(refusal(replayed), (400, "one_time_code_expired".to_owned()));
        let replayed = by_mail(world, &next, &next["radar_challenge_id"], &code);
        assert_eq!(refusal(replayed), (400, "invalid_one_time_code".to_owned()));
        world.drain();
    });
}

#[test]
fn guessing_at_a_challenge_ends_its_code() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        judge(world, json!({ "bot_detection": "challenge" }));
        let told = challenged(world, EMAIL);
        let (id, code) = (&told["radar_challenge_id"], mailed_code(world));
        for tries in 0..10 {
            if tries % 5 == 0 {
                world.clock.advance_seconds(61);
            }
            let refused = by_mail(world, &told, id, wrong(&code));
            assert_eq!(refusal(refused), (400, "invalid_one_time_code".to_owned()));
        }
        world.clock.advance_seconds(61);
        let expected = (400, "one_time_code_too_many_attempts".to_owned());
        assert_eq!(refusal(by_mail(world, &told, id, &code)), expected);
    });
}

#[test]
fn the_code_of_one_kind_of_challenge_is_none_of_another() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        judge(world, json!({ "bot_detection": "challenge" }));
        let told = challenged(world, EMAIL);
        let code = mailed_code(world);
        let input = json!({
            "pending_authentication_token": told["pending_authentication_token"], "code": code,
        });
        for grant in [EMAIL_VERIFICATION, BY_TEXT] {
            let refused = authenticate(world, grant, input.clone()).unwrap_err();
            assert_eq!(refused.status(), 400, "{grant}");
        }
        let refused = authenticate(world, BY_MAIL, input);
        assert_eq!(refusal(refused), (400, "invalid_request".to_owned()));
        by_mail(world, &told, &told["radar_challenge_id"], &code).unwrap();
    });
}

#[test]
fn a_judgement_of_somebody_else_is_of_no_use() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        judge(world, json!({ "bot_detection": "challenge" }));
        let made = json!({ "email": "eve@acme.test", "user_agent": BROWSER });
        let eves = world.call("magic_auth.create", made).unwrap()["radar_auth_attempt_id"].clone();
        assert!(text(&eves).starts_with("radar_auth_attempt_"));
        let input = json!({
            "email": EMAIL, "password": PASSWORD, "user_agent": BOT, "radar_auth_attempt_id": eves,
        });
        let refused = authenticate(world, "password", input);
        assert_eq!(refusal(refused), (403, "radar_challenge".to_owned()));
        world.drain();
    });
}

#[test]
fn guesses_at_a_password_do_not_hide_in_the_attempt_of_a_mailed_code() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        judge(world, json!({ "brute_force_attack": "block" }));
        let made = world.call("magic_auth.create", json!({ "email": EMAIL })).unwrap();
        let guess = |password: &str| {
            let input = json!({
                "email": EMAIL, "password": password, "device_id": "theirs",
                "radar_auth_attempt_id": made["radar_auth_attempt_id"],
            });
            refusal(authenticate(world, "password", input))
        };
        for _ in 0..4 {
            assert_eq!(guess("wrong"), (400, "invalid_credentials".to_owned()));
        }
        assert_eq!(guess(PASSWORD), (403, "access_denied".to_owned()));
        world.drain();
    });
}

#[test]
fn a_challenge_stays_where_the_sign_in_says_something_else_of_itself_later() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        judge(world, json!({ "bot_detection": "block" }));
        let made = json!({ "email": EMAIL, "user_agent": BROWSER });
        let id = world.call("magic_auth.create", made).unwrap()["radar_auth_attempt_id"].clone();
        let code = mailed_code(world);
        let input = |agent: &str| {
            json!({
                "email": EMAIL, "code": code, "user_agent": agent, "radar_auth_attempt_id": id,
            })
        };
        let refused = authenticate(world, MAGIC_AUTH, input(BOT));
        assert_eq!(refusal(refused), (403, "access_denied".to_owned()));
        let refused = authenticate(world, MAGIC_AUTH, input(BROWSER));
        assert_eq!(refusal(refused), (403, "access_denied".to_owned()));
        let seen = world.call("radar_attempts.list", json!({})).unwrap();
        assert_eq!(seen["data"].as_array().unwrap().len(), 1, "it is one attempt");
    });
}

#[test]
fn a_blocked_place_is_mailed_no_code_and_makes_no_account() {
    each_engine(domains(), |world| {
        judge(world, json!({}));
        block(world, "ip_address", "198.51.100.0/24");
        let input = json!({ "email": "new@acme.test", "ip_address": "198.51.100.9" });
        let refused = world.call("magic_auth.create", input);
        assert_eq!(refusal(refused), (400, "access_denied".to_owned()));
        assert_eq!(count(world, "user.created"), 0);
    });
}

#[test]
fn who_signs_in_by_a_mailed_code_is_mailed_no_other() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        judge(world, json!({ "bot_detection": "challenge" }));
        world.call("magic_auth.create", json!({ "email": EMAIL, "user_agent": BOT })).unwrap();
        let input = json!({ "email": EMAIL, "code": mailed_code(world), "user_agent": BOT });
        authenticate(world, MAGIC_AUTH, input).unwrap();
        assert_eq!(count(world, "authentication.radar_risk_detected"), 1);
        assert_eq!(count(world, "radar.challenge_created"), 0);
    });
}

#[test]
fn a_mailed_challenge_proves_the_address_as_well() {
    each_engine(domains(), |world| {
        unverified_user(world, EMAIL);
        judge(world, json!({ "bot_detection": "challenge" }));
        let told = challenged(world, EMAIL);
        assert_eq!(told["code"], "radar_challenge");
        let code = mailed_code(world);
        let done = by_mail(world, &told, &told["radar_challenge_id"], &code).unwrap();
        assert_eq!(done["user"]["email_verified"], true);
    });
}

#[test]
fn after_a_challenge_the_second_factor_is_still_asked_for() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let (factor, secret) = factor(world, &ada);
        judge(world, json!({ "bot_detection": "challenge" }));
        let told = challenged(world, EMAIL);
        let code = mailed_code(world);
        let next = by_mail(world, &told, &told["radar_challenge_id"], &code).unwrap_err();
        assert_eq!(next.code(), "mfa_challenge");
        let input = json!({
            "pending_authentication_token": next.body()["pending_authentication_token"],
            "authentication_challenge_id": challenge(world, &factor),
            "code": app_code(world, &secret, 0),
        });
        authenticate(world, TOTP, input).unwrap();
    });
}

#[test]
fn a_device_is_known_once_it_has_signed_in() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        judge(world, json!({ "unrecognized_device": "challenge" }));
        let on = |device: &str| {
            let input = json!({ "email": EMAIL, "password": PASSWORD, "device_id": device });
            authenticate(world, "password", input)
        };
        on("laptop").unwrap();
        on("laptop").unwrap();
        let told = on("phone").unwrap_err().body();
        assert_eq!(told["code"], "radar_challenge");
        assert_eq!(on("phone").unwrap_err().code(), "radar_challenge", "it is not known yet");
        let code = mailed_code(world);
        let id = last(world, "radar.challenge_created")["radar_challenge_id"].clone();
        by_mail(world, &told, &id, &code).unwrap();
        on("phone").unwrap();
    });
}

#[test]
fn an_enrolled_telephone_gets_the_code_and_is_a_second_factor_as_well() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        telephone(world, &ada);
        judge(world, json!({ "bot_detection": "challenge", "challenge": "sms" }));
        let told = challenged(world, EMAIL);
        assert_eq!(told["code"], "radar_sms_sign_in_challenge");
        assert_eq!(told["error"], "radar_sms_challenge");
        assert!(!told.to_string().contains("5555550100"), "the number is the user's own: {told}");
        let code = mailed_code(world);
        let refused = by_text(world, &told, json!({ "code": wrong(&code) }));
        assert_eq!(refusal(refused), (400, "invalid_one_time_code".to_owned()));
        by_text(world, &told, json!({ "code": code })).unwrap();
        let again = by_text(world, &told, json!({ "code": code }));
        assert_eq!(again.unwrap_err().code(), "invalid_pending_authentication_token");
    });
}

#[test]
fn the_code_of_a_sign_in_goes_to_no_other_telephone_than_the_users() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let eve = user(world, "eve@acme.test");
        telephone(world, &ada);
        judge(world, json!({ "bot_detection": "challenge", "challenge": "sms" }));
        let told = challenged(world, EMAIL);
        let texts = |user: &str, number: &str| {
            let input = json!({
                "user_id": user, "phone_number": number,
                "pending_authentication_token": told["pending_authentication_token"],
            });
            world.call("radar_challenges.send", input)
        };
        assert_eq!(refusal(texts(&ada, "+15555550111")), (400, "phone_number_mismatch".to_owned()));
        assert_eq!(texts(&eve, NUMBER).unwrap_err().code(), "invalid_pending_authentication_token");
        world.clock.advance_seconds(1);
        let sent = texts(&ada, "+1 (555) 555-0100").unwrap();
        assert_eq!(sent["phone_number"], NUMBER);
        assert!(text(&sent["verification_id"]).starts_with("vrf_"));
        by_text(world, &told, json!({ "code": mailed_code(world) })).unwrap();
    });
}

#[test]
fn who_has_no_telephone_is_mailed_the_code() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        judge(world, json!({ "bot_detection": "challenge", "challenge": "sms" }));
        assert_eq!(challenged(world, EMAIL)["code"], "radar_challenge");
        world.drain();
    });
}

#[test]
fn a_challenge_that_may_not_be_mailed_says_for_how_long_in_the_words_of_the_endpoint() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        judge(world, json!({ "bot_detection": "challenge" }));
        for _ in 0..3 {
            let told = challenged(world, EMAIL);
            let code = mailed_code(world);
            by_mail(world, &told, &told["radar_challenge_id"], &code).unwrap();
            world.clock.advance_seconds(1);
        }
        // Each code was used, so there is none that the fourth sign-in could wait for.
        let refused = sign_in_with(world, EMAIL, BOT).unwrap_err();
        assert_eq!(
            (refused.status(), &refused.body()["error"]),
            (429, &json!("too_many_requests"))
        );
        assert!(refused.retry_after_seconds().is_some());

        world.call("rate_limits.update", json!({ "messages_daily": 3 })).unwrap();
        world.clock.advance_seconds(60 * 60);
        let refused = sign_in_with(world, EMAIL, BOT).unwrap_err();
        assert_eq!(
            (refused.status(), &refused.body()["code"]),
            (429, &json!("daily_quota_exceeded"))
        );
        assert_eq!(refused.body().get("error"), None);
    });
}

#[test]
fn a_risky_sign_up_goes_on_by_a_telephone_that_is_named_then() {
    each_engine(domains(), |world| {
        policy(world, |it| it.email_verification = false);
        judge(world, json!({ "bot_detection": "challenge", "challenge": "sms" }));
        let made = json!({ "email": "new@acme.test", "user_agent": BOT });
        let id = world.call("magic_auth.create", made).unwrap()["radar_auth_attempt_id"].clone();
        let input = json!({
            "email": "new@acme.test", "code": mailed_code(world), "user_agent": BOT,
            "radar_auth_attempt_id": id,
        });
        let told = authenticate(world, MAGIC_AUTH, input).unwrap_err().body();
        assert_eq!(told["code"], "radar_sign_up_challenge");
        let wanted = json!({
            "user_id": told["user"]["id"], "phone_number": NUMBER,
            "pending_authentication_token": told["pending_authentication_token"],
        });
        let refused = by_text(world, &told, json!({ "code": "123456" }));
        assert_eq!(refusal(refused), (400, "phone_number_required".to_owned()));
        world.clock.advance_seconds(1);
        let sent = world.call("radar_challenges.send", wanted).unwrap();
        let code = mailed_code(world);
        let given = |number: &str, id: &Value| json!({ "code": code, "phone_number": number, "verification_id": id });
        let refused = by_text(world, &told, json!({ "code": code, "phone_number": NUMBER }));
        assert_eq!(refusal(refused), (400, "verification_id_required".to_owned()));
        for (number, id) in
            [("+15555550199", &sent["verification_id"]), (NUMBER, &json!("vrf_other"))]
        {
            let refused = by_text(world, &told, given(number, id));
            assert_eq!(refusal(refused), (400, "invalid_one_time_code".to_owned()));
        }
        by_text(world, &told, given(NUMBER, &sent["verification_id"])).unwrap();
        let risk = last(world, "authentication.radar_risk_detected");
        assert_eq!(
            (&risk["action"], &risk["auth_method"]),
            (&json!("signup"), &json!("magic_auth"))
        );
    });
}

#[test]
fn a_challenge_of_another_environment_is_not_there() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        judge(world, json!({ "bot_detection": "challenge" }));
        let told = challenged(world, EMAIL);
        let (_, key) = world.other_environment();
        let request = Request { credential: Some(key), ..Request::default() };
        let input = json!({ "id": told["radar_challenge_id"] });
        let refused = world.call_as(request, "radar_challenges.get", input).unwrap_err();
        assert_eq!(refused.status(), 404);
        world.drain();
    });
}

#[test]
fn an_account_that_the_application_makes_is_judged_for_the_sign_in_that_follows() {
    let judges = Extensions::default().with(Judge(radar::judge_newcomer));
    on_sqlite_with(domains(), judges, |world| {
        let create = |email: &str| {
            let input = json!({
                "email": email, "password": PASSWORD, "user_agent": BOT,
                "ip_address": "198.51.100.7",
            });
            world.call("users.create", input).unwrap()
        };
        policy(world, |it| it.email_verification = false);
        assert_eq!(create("before@acme.test").get("radar_auth_attempt_id"), None);
        judge(world, json!({ "bot_detection": "challenge" }));
        let made = create(EMAIL);
        assert!(text(&made["radar_auth_attempt_id"]).starts_with("radar_auth_attempt_"));
        let seen = world.call("radar_attempts.list", json!({})).unwrap();
        let seen = &seen["data"][0];
        assert_eq!(
            (&seen["id"], &seen["action"], &seen["verdict"]),
            (&made["radar_auth_attempt_id"], &json!("sign-up"), &json!("challenge"))
        );
        // What was noticed then counts, though nothing is noticed now.
        let input = json!({
            "email": EMAIL, "password": PASSWORD, "user_agent": BROWSER,
            "radar_auth_attempt_id": made["radar_auth_attempt_id"],
        });
        let told = authenticate(world, "password", input).unwrap_err().body();
        assert_eq!(told["code"], "email_verification_required");
        sign_in_with(world, EMAIL, BROWSER).unwrap();
        block(world, "email", "blocked@acme.test");
        assert!(create("blocked@acme.test")["radar_auth_attempt_id"].is_string());
        world.drain();
    });
}
