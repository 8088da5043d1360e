//! Radar for applications that sign in their users themselves: lists, attempts and the policy.
use serde_json::{Value, json};
use vestibule_kernel::Request;
use vestibule_kernel::testing::{World, each_engine};

use crate::support::{domains, refusal, text};

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const PLACE: &str = "198.51.100.42";

fn entry(r#type: &str, action: &str, entry: &str) -> Value {
    json!({ "type": r#type, "action": action, "entry": entry })
}

fn add(world: &World, r#type: &str, action: &str, value: &str) -> (u16, Value) {
    let request = Request { credential: Some(world.key.clone()), ..Request::default() };
    let reply = world.call_as(request, "radar_lists.add", entry(r#type, action, value)).unwrap();
    (reply.status, reply.json().unwrap())
}

fn remove(world: &World, r#type: &str, action: &str, value: &str) -> u16 {
    match world.call("radar_lists.remove", entry(r#type, action, value)) {
        Ok(_) => 204,
        Err(error) => error.status(),
    }
}

/// An attempt from an ordinary browser, with what is said otherwise.
fn attempt(world: &World, otherwise: Value) -> Value {
    let mut input = json!({
        "ip_address": PLACE, "user_agent": BROWSER, "email": "ada@acme.test",
        "auth_method": "Password", "action": "sign-in",
    });
    for (name, value) in otherwise.as_object().unwrap() {
        input[name] = value.clone();
    }
    world.call("radar_attempts.create", input).unwrap()
}

fn succeed(world: &World, attempt: &Value) {
    let input = json!({ "id": attempt["attempt_id"], "attempt_status": "success" });
    world.call("radar_attempts.update", input).unwrap();
}

fn set(world: &World, policy: Value) {
    world.call("radar_policy.update", policy).unwrap();
}

fn verdict(judged: &Value) -> (&str, Option<&str>, Option<&str>) {
    let text = |it: &Value| it.as_str().map(str::to_owned).map(|it| &*it.leak());
    (judged["verdict"].as_str().unwrap(), text(&judged["control"]), text(&judged["blocklist_type"]))
}

#[test]
fn an_entry_is_added_once_read_and_removed_once() {
    each_engine(domains(), |world| {
        assert_eq!(add(world, "ip_address", "block", PLACE).0, 201);
        let again = add(world, "ip_address", "block", &format!(" {PLACE} "));
        assert_eq!(again, (200, json!({ "message": "Entry already present in list" })));
        assert_eq!(add(world, "ip_address", "allow", PLACE).0, 201);
        let list = |action: &str| {
            let input = json!({ "type": "ip_address", "action": action });
            world.call("radar_lists.list", input).unwrap()["data"].clone()
        };
        let listed = list("block");
        assert_eq!(listed.as_array().unwrap().len(), 1);
        assert_eq!(listed[0]["entry"], PLACE);
        assert!(text(&listed[0]["id"]).starts_with("radar_list_entry_"));
        assert_eq!(remove(world, "ip_address", "block", PLACE), 204);
        assert_eq!(remove(world, "ip_address", "block", PLACE), 404);
        assert_eq!(list("block"), json!([]));
        assert_eq!(list("allow").as_array().unwrap().len(), 1);
    });
}

#[test]
fn what_a_list_is_not_about_is_refused() {
    each_engine(domains(), |world| {
        for (r#type, value) in [
            ("ip_address", "acme.test"),
            ("domain", "not a domain"),
            ("email", "acme.test"),
            ("country", "Netherlands"),
            ("device", " "),
        ] {
            let refused = world.call("radar_lists.add", entry(r#type, "block", value));
            assert_eq!(refusal(refused), (400, String::new()), "{type} {value}");
            assert_eq!(remove(world, r#type, "block", value), 400);
        }
        let refused = world.call("radar_lists.add", entry("planet", "block", "Mars"));
        assert_eq!(refused.unwrap_err().status(), 422);
    });
}

#[test]
fn an_attempt_is_judged_by_each_list() {
    each_engine(domains(), |world| {
        assert_eq!(verdict(&attempt(world, json!({}))), ("allow", None, None));
        let plain = attempt(world, json!({ "signals_id": "phone-1" }));
        let seen = world.call("radar_attempts.list", json!({ "limit": 1 })).unwrap();
        assert_eq!(seen["data"][0]["id"], plain["attempt_id"]);
        let fingerprint = text(&seen["data"][0]["device_fingerprint"]);
        for (r#type, value) in [
            ("ip_address", PLACE),
            ("ip_address", "198.51.100.0/24"),
            ("domain", "acme.test"),
            ("email", "Ada@ACME.test"),
            ("user_agent", BROWSER),
            ("device", "phone-1"),
            ("device_fingerprint", fingerprint.as_str()),
        ] {
            assert_eq!(add(world, r#type, "block", value).0, 201);
            let judged = attempt(world, json!({ "signals_id": "phone-1" }));
            let expected = ("block", Some("restriction"), Some(r#type));
            assert_eq!(verdict(&judged), expected, "{value}");
            assert_eq!(judged["reason"], "Detected enabled Radar control");
            assert_eq!(remove(world, r#type, "block", value), 204);
        }
    });
}

#[test]
fn the_allow_list_has_the_last_word() {
    each_engine(domains(), |world| {
        set(world, json!({ "bot_detection": "block" }));
        add(world, "ip_address", "block", PLACE);
        assert_eq!(attempt(world, json!({}))["verdict"], "block");
        add(world, "domain", "allow", "acme.test");
        assert_eq!(attempt(world, json!({ "user_agent": "curl/8" }))["verdict"], "allow");
        let other = attempt(world, json!({ "email": "ada@notacme.test" }));
        assert_eq!(other["verdict"], "block", "a domain that only ends alike is another");
    });
}

#[test]
fn each_control_answers_as_the_policy_says() {
    each_engine(domains(), |world| {
        let bot = json!({ "user_agent": "curl/8.5.0" });
        for (response, verdict) in
            [("off", "allow"), ("log", "allow"), ("challenge", "challenge"), ("block", "block")]
        {
            set(world, json!({ "bot_detection": response }));
            let judged = attempt(world, bot.clone());
            assert_eq!(judged["verdict"], verdict);
            assert_eq!(judged["control"].is_string(), verdict != "allow", "{judged}");
        }
        set(world, json!({ "disposable_domain": "block" }));
        let thrown = json!({ "email": "a@mailinator.com", "action": "sign-up" });
        let judged = attempt(world, thrown);
        assert_eq!(verdict(&judged), ("block", Some("restriction"), Some("domain")));
    });
}

#[test]
fn guessing_at_one_account_is_noticed_but_not_from_a_device_of_its_owner() {
    each_engine(domains(), |world| {
        let own = attempt(world, json!({ "signals_id": "own" }));
        succeed(world, &own);
        for number in 0..5 {
            let guess =
                json!({ "signals_id": "theirs", "ip_address": format!("203.0.113.{number}") });
            assert_eq!(attempt(world, guess)["verdict"], "allow");
        }
        let guess = attempt(world, json!({ "signals_id": "theirs" }));
        assert_eq!(verdict(&guess), ("challenge", Some("brute_force_attack"), None));
        assert_eq!(attempt(world, json!({ "signals_id": "own" }))["verdict"], "allow");
        world.clock.advance_seconds(15 * 60);
        assert_eq!(attempt(world, json!({ "signals_id": "theirs" }))["verdict"], "allow");
    });
}

#[test]
fn stuffing_many_accounts_from_one_place_is_noticed() {
    each_engine(domains(), |world| {
        let at = |number: usize| json!({ "email": format!("user{number}@acme.test") });
        for number in 0..10 {
            assert_eq!(attempt(world, at(number))["verdict"], "allow");
        }
        let judged = attempt(world, at(10));
        assert_eq!(verdict(&judged), ("challenge", Some("brute_force_attack"), None));
        let elsewhere = json!({ "email": "user10@acme.test", "ip_address": "203.0.113.9" });
        assert_eq!(attempt(world, elsewhere)["verdict"], "allow");
    });
}

#[test]
fn one_mailbox_makes_three_accounts_however_its_address_is_written() {
    each_engine(domains(), |world| {
        let sign_up = |email: &str| json!({ "email": email, "action": "sign-up" });
        for email in ["a.da@gmail.com", "ada+1@gmail.com", "Ada+2@googlemail.com"] {
            assert_eq!(attempt(world, sign_up(email))["verdict"], "allow");
        }
        let judged = attempt(world, sign_up("ada+3@gmail.com"));
        assert_eq!(verdict(&judged), ("challenge", Some("repeat_sign_up"), None));
        assert_eq!(attempt(world, json!({ "email": "ada+3@gmail.com" }))["verdict"], "allow");
    });
}

#[test]
fn a_new_device_and_a_stale_account_are_noticed() {
    each_engine(domains(), |world| {
        set(world, json!({ "unrecognized_device": "challenge", "stale_account": "block" }));
        let on = |device: &str| json!({ "signals_id": device });
        let first = attempt(world, on("one"));
        assert_eq!(first["verdict"], "allow", "nothing is known of the account");
        succeed(world, &first);
        assert_eq!(attempt(world, on("one"))["verdict"], "allow");
        let judged = attempt(world, on("two"));
        assert_eq!(verdict(&judged), ("challenge", Some("unrecognized_device"), None));
        succeed(world, &judged);
        assert_eq!(attempt(world, on("two"))["verdict"], "allow");
        world.clock.advance_seconds(61 * 24 * 60 * 60);
        let judged = attempt(world, on("two"));
        assert_eq!(verdict(&judged), ("block", Some("stale_account"), None));
    });
}

#[test]
fn an_attempt_is_told_of_its_success() {
    each_engine(domains(), |world| {
        let judged = attempt(world, json!({}));
        let id = &judged["attempt_id"];
        assert!(text(id).starts_with("radar_att_"));
        let nothing = world.call("radar_attempts.update", json!({ "id": id }));
        assert_eq!(refusal(nothing), (400, String::new()));
        let input = json!({ "id": id, "challenge_status": "success", "attempt_status": "success" });
        assert_eq!(world.call("radar_attempts.update", input.clone()).unwrap(), Value::Null);
        assert_eq!(world.call("radar_attempts.update", input).unwrap(), Value::Null);
        let failed = json!({ "id": id, "attempt_status": "failure" });
        assert_eq!(world.call("radar_attempts.update", failed).unwrap_err().status(), 422);
        let unknown = json!({ "id": "radar_att_none", "attempt_status": "success" });
        assert_eq!(world.call("radar_attempts.update", unknown).unwrap_err().status(), 404);
        let seen = world.call("radar_attempts.list", json!({ "email": "ADA@acme.test" })).unwrap();
        assert!(seen["data"][0]["succeeded_at"].is_string());
        assert!(seen["data"][0]["challenge_met_at"].is_string());
    });
}

#[test]
fn lists_and_attempts_of_another_environment_have_no_say() {
    each_engine(domains(), |world| {
        add(world, "ip_address", "block", PLACE);
        let judged = attempt(world, json!({}));
        let (_, key) = world.other_environment();
        let call = |operation: &str, input: Value| {
            let request = Request { credential: Some(key.clone()), ..Request::default() };
            world.call_as(request, operation, input)
        };
        let input = json!({
            "ip_address": PLACE, "user_agent": BROWSER, "email": "ada@acme.test",
            "auth_method": "Password", "action": "sign-in",
        });
        let other = call("radar_attempts.create", input).unwrap().json().unwrap();
        assert_eq!((&judged["verdict"], &other["verdict"]), (&json!("block"), &json!("allow")));
        let success = json!({ "id": judged["attempt_id"], "attempt_status": "success" });
        assert_eq!(call("radar_attempts.update", success).unwrap_err().status(), 404);
        let gone = call("radar_lists.remove", entry("ip_address", "block", PLACE));
        assert_eq!(gone.unwrap_err().status(), 404);
        assert_eq!(remove(world, "ip_address", "block", PLACE), 204);
    });
}

#[test]
fn standalone_radar_can_be_off() {
    each_engine(domains(), |world| {
        let policy = world.call("radar_policy.get", json!({})).unwrap();
        assert_eq!(policy["standalone"], true);
        assert_eq!(policy["sign_in"], false);
        set(world, json!({ "standalone": false }));
        let input = json!({
            "ip_address": PLACE, "user_agent": BROWSER, "email": "ada@acme.test",
            "auth_method": "Other", "action": "sign-in",
        });
        let refused = world.call("radar_attempts.create", input).unwrap_err();
        assert_eq!((refused.status(), refused.code()), (400, ""));
    });
}
