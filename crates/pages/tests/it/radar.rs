//! Sign-ins that look risky, on the pages. A visitor of these tests says nothing of their browser, so
//! they pass for a program.
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_kernel::testing::World;

use crate::visitor::{Seen, Visitor};
use crate::world::{PASSWORD, each, mailed_code, mails, once, redeem, user, wrong};

const ADA: &str = "ada@acme.test";
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

fn signs_up(visitor: &mut Visitor<'_>, email: &str) -> Seen {
    let page = visitor.begins(json!({ "screen_hint": "sign-up" }));
    visitor.sends(&page, &[("email", email), ("password", PASSWORD)])
}

#[test]
fn a_risky_sign_in_goes_on_by_the_code_that_was_mailed() {
    each(|world| {
        user(&world.flow(), ADA);
        judge(world, json!({ "bot_detection": "challenge" }));
        let mut visitor = Visitor::new(world);
        let page = visitor.signs_in(ADA, PASSWORD);
        assert_eq!(page.heading(), "Confirm that it is you");
        let code = mailed_code(world, ADA);
        let page = visitor.sends(&page, &[("code", wrong(&code))]);
        assert_eq!(page.heading(), "Confirm that it is you");
        assert!(page.alert().contains("code"), "{}", page.alert());
        let page = visitor.sends(&page, &[("code", &code)]);
        let session = redeem(world, &page.code());
        assert_eq!(session["authentication_method"], "Password");
    });
}

#[test]
fn a_new_code_of_a_challenge_takes_the_place_of_the_one_before() {
    once(|world| {
        user(&world.flow(), ADA);
        judge(world, json!({ "bot_detection": "challenge" }));
        let mut visitor = Visitor::new(world);
        let page = visitor.signs_in(ADA, PASSWORD);
        let first = mailed_code(world, ADA);
        world.clock.advance_seconds(1);
        let again = page.actions().remove(1);
        let sent = visitor.post(&again, &[("csrf", &page.csrf())]);
        let page = visitor.follow(&again, sent);
        assert!(page.text.contains("A new code is on its way."), "{}", page.text);
        let second = mailed_code(world, ADA);
        assert_ne!(first, second);
        let page = visitor.sends(&page, &[("code", &first)]);
        assert_eq!(page.heading(), "Confirm that it is you");
        visitor.sends(&page, &[("code", &second)]).code();
    });
}

#[test]
fn a_blocked_sign_in_looks_alike_with_an_account_and_without_one() {
    each(|world| {
        user(&world.flow(), ADA);
        judge(world, json!({ "bot_detection": "block" }));
        let mut texts = Vec::new();
        for email in [ADA, "nobody@acme.test"] {
            let mut visitor = Visitor::new(world);
            let page = visitor.signs_in(email, PASSWORD);
            assert_eq!(page.status, StatusCode::FORBIDDEN);
            assert_eq!(page.heading(), "You cannot sign in from here");
            assert!(page.text.contains("error=access_denied"), "{}", page.text);
            assert!(page.text.contains("state=kept"), "{}", page.text);
            texts.push(page.text);
        }
        assert_eq!(texts[0], texts[1]);
    });
}

#[test]
fn who_is_kept_out_is_mailed_no_code_and_makes_no_account() {
    once(|world| {
        user(&world.flow(), ADA);
        judge(world, json!({ "bot_detection": "block" }));
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        let second = visitor.sends(&first, &[("email", ADA)]);
        let action = second.actions().into_iter().find(|it| it.ends_with("/code/send")).unwrap();
        let sent = visitor.post(&action, &[("csrf", &second.csrf())]);
        assert_eq!(sent.status, StatusCode::FORBIDDEN);
        let page = signs_up(&mut Visitor::new(world), "new@acme.test");
        assert_eq!(page.heading(), "You cannot sign in from here");
        assert!(mails(world, ADA).is_empty() && mails(world, "new@acme.test").is_empty());
        assert_eq!(
            world.call("users.list", json!({})).unwrap()["data"].as_array().unwrap().len(),
            1
        );
    });
}

#[test]
fn a_risky_sign_up_confirms_a_telephone_after_its_address() {
    each(|world| {
        user(&world.flow(), ADA);
        judge(world, json!({ "bot_detection": "challenge", "challenge": "sms" }));
        // Up to here the page must not tell whether the address is taken.
        let taken = signs_up(&mut Visitor::new(world), ADA);
        let mut visitor = Visitor::new(world);
        let page = signs_up(&mut visitor, "new@acme.test");
        assert_eq!(page.heading(), taken.heading());
        assert_eq!(page.heading(), "Verify your email");
        let code = mailed_code(world, "new@acme.test");
        let page = visitor.sends(&page, &[("code", &code)]);
        assert_eq!(page.heading(), "Confirm that it is you");
        let page = visitor.sends(&page, &[("phone_number", "not a number")]);
        assert!(page.alert().contains("number"), "{}", page.alert());
        let page = visitor.sends(&page, &[("phone_number", "+1 (555) 555-0100")]);
        assert!(page.text.contains(NUMBER), "{}", page.text);
        let code = mailed_code(world, NUMBER);
        let page = visitor.sends(&page, &[("code", wrong(&code))]);
        let page = visitor.sends(&page, &[("code", &code)]);
        assert_eq!(redeem(world, &page.code())["user"]["email"], "new@acme.test");
        world.drain();
    });
}

#[test]
fn a_risky_sign_up_is_asked_for_its_address_where_none_would_be() {
    once(|world| {
        crate::world::set_policy(world, |it| it.email_verification = false);
        judge(world, json!({ "bot_detection": "challenge" }));
        let mut visitor = Visitor::new(world);
        let page = signs_up(&mut visitor, "new@acme.test");
        assert_eq!(page.heading(), "Verify your email");
        let code = mailed_code(world, "new@acme.test");
        visitor.sends(&page, &[("code", &code)]).code();
    });
}

#[test]
fn a_browser_is_known_once_somebody_has_signed_in_with_it() {
    each(|world| {
        user(&world.flow(), ADA);
        judge(world, json!({ "unrecognized_device": "challenge" }));
        let mut own = Visitor::new(world);
        own.signs_in(ADA, PASSWORD).code();
        own.begins(json!({ "prompt": "login" }));
        let mut other = Visitor::new(world);
        assert_eq!(other.signs_in(ADA, PASSWORD).heading(), "Confirm that it is you");
        own.cookies.retain(|name, _| name == "vestibule-device");
        own.signs_in(ADA, PASSWORD).code();
        world.drain();
    });
}
