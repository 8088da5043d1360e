//! The second step on the pages: setting it up, taking it, and the ways round a lost telephone.
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_kernel::testing::World;
use vestibule_people::users::User;
use vestibule_signin::policy::SecondFactor;

use crate::visitor::{Seen, Visitor};
use crate::world::{
    PASSWORD, each, join, mailed_code, mails, once, redeem, set_policy, user, wrong,
};

const ADA: &str = "ada@acme.test";
const NUMBER: &str = "+15555550100";

fn set(world: &World, policy: Value) {
    world.call("factor_policy.update", policy).unwrap();
}

/// A world in which a second step is required, of these kinds.
fn requires(world: &World, types: &[&str]) -> User {
    set_policy(world, |it| it.second_factor = SecondFactor::Required);
    set(world, json!({ "types": types }));
    user(&world.flow(), ADA)
}

/// A user whose telephone was proved.
fn with_telephone(world: &World) -> User {
    let ada = user(&world.flow(), ADA);
    let input = json!({ "type": "sms", "phone_number": NUMBER, "user_id": ada.id });
    let factor = world.call("auth_factors.enroll", input).unwrap();
    let made = world.call("auth_factors.challenge", json!({ "id": factor["id"] })).unwrap();
    let input = json!({ "id": made["id"], "code": mailed_code(world, NUMBER) });
    assert_eq!(world.call("auth_challenges.verify", input).unwrap()["valid"], true);
    world.clock.advance_seconds(601);
    ada
}

/// The recovery codes that a page shows.
fn codes(page: &Seen) -> Vec<String> {
    assert_eq!(page.heading(), "Save your recovery codes");
    let (_, rest) = page.text.split_once("id=\"codes\"").unwrap();
    let list = rest.split_once("</ul>").unwrap().0;
    let codes = list.split("<code>").skip(1);
    codes.map(|it| it.split_once("</code>").unwrap().0.to_owned()).collect()
}

fn left(world: &World, user: &User) -> Value {
    world.call("recovery_codes.get", json!({ "user_id": user.id })).unwrap()["left"].clone()
}

fn factors(world: &World, user: &User) -> Vec<Value> {
    let page = world.call("auth_factors.list", json!({ "user_id": user.id })).unwrap();
    page["data"].as_array().unwrap().clone()
}

#[test]
fn a_telephone_is_chosen_confirmed_and_asked_from_then_on() {
    each(|world| {
        let ada = requires(world, &["totp", "sms"]);
        let mut visitor = Visitor::new(world);
        let choice = visitor.signs_in(ADA, PASSWORD);
        assert_eq!(choice.heading(), "Set up two-step sign-in");
        assert!(factors(world, &ada).is_empty(), "nothing is made before the choice");
        let ask = visitor.opens(&choice.path.replace("/set-up", "/phone"));
        assert_eq!(ask.heading(), "Set up your phone");
        let refused = visitor.sends(&ask, &[("phone_number", "5555550100")]);
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.alert().contains("no phone number"), "{}", refused.alert());
        assert_eq!(refused.value("phone_number").as_deref(), Some("5555550100"));
        let confirm = visitor.sends(&refused, &[("phone_number", "+1 555 555-0100")]);
        assert_eq!(confirm.heading(), "Confirm your phone");
        assert!(confirm.text.contains("•••• 0100") && !confirm.text.contains("555555"));
        let code = mailed_code(world, NUMBER);
        let wrong = visitor.sends(&confirm, &[("code", wrong(&code))]);
        assert!(wrong.alert().contains("not right"), "{}", wrong.alert());
        let done = visitor.sends(&wrong, &[("code", &code)]);
        assert_eq!(codes(&done).len(), 10);
        let session = redeem(world, &done.code());
        assert_eq!(session["authentication_method"], "Password");
        assert_eq!(left(world, &ada), json!(10));

        world.clock.advance_seconds(601);
        let mut visitor = Visitor::new(world);
        let page = visitor.signs_in(ADA, PASSWORD);
        assert_eq!(page.heading(), "Two-step sign-in");
        assert!(page.text.contains("•••• 0100"));
        let code = mailed_code(world, NUMBER);
        redeem(world, &visitor.sends(&page, &[("code", &code)]).code());
    });
}

#[test]
fn who_changes_their_mind_leaves_no_half_made_factor() {
    once(|world| {
        let ada = requires(world, &["totp", "sms"]);
        let mut visitor = Visitor::new(world);
        let choice = visitor.signs_in(ADA, PASSWORD);
        let app = visitor.sends(&choice, &[]);
        assert!(app.text.contains("otpauth:"), "{}", app.text);
        let again = visitor.opens(&choice.path);
        let ask = visitor.opens(&again.path.replace("/set-up", "/phone"));
        visitor.sends(&ask, &[("phone_number", NUMBER)]);
        let kinds: Vec<Value> =
            factors(world, &ada).into_iter().map(|it| it["type"].clone()).collect();
        assert_eq!(kinds, [json!("sms")]);
        world.drain();
    });
}

#[test]
fn where_only_telephones_are_allowed_nothing_else_is_offered() {
    once(|world| {
        requires(world, &["sms"]);
        let mut visitor = Visitor::new(world);
        let ask = visitor.signs_in(ADA, PASSWORD);
        assert_eq!(ask.heading(), "Set up your phone");
        assert!(!ask.text.contains("Set up another way"));
        let token = ask.csrf();
        let forced = ask.path.replace("/phone", "/set-up");
        let answer = visitor.post(&forced, &[("csrf", &token)]);
        assert_eq!(answer.header("location"), Some(ask.path.as_str()), "no app is introduced");
    });
}

#[test]
fn where_only_apps_are_allowed_no_telephone_can_be_set_up() {
    once(|world| {
        requires(world, &["totp"]);
        let mut visitor = Visitor::new(world);
        let app = visitor.signs_in(ADA, PASSWORD);
        assert!(app.text.contains("otpauth:"));
        let token = app.csrf();
        let fields = [("csrf", token.as_str()), ("phone_number", NUMBER)];
        visitor.post(&format!("{}/phone", app.path), &fields);
        assert!(mails(world, NUMBER).is_empty());
    });
}

#[test]
fn recovery_codes_come_before_the_next_step_where_there_is_one_and_only_where_wanted() {
    once(|world| {
        let ada = requires(world, &["totp"]);
        join(world, ada.id.as_str(), "North");
        join(world, ada.id.as_str(), "South");
        let mut visitor = Visitor::new(world);
        let app = visitor.signs_in(ADA, PASSWORD);
        let secret = secret_of(&app);
        let code = crate::totp::code(&secret, world.app.now().seconds());
        let shown = visitor.sends(&app, &[("code", &code)]);
        assert_eq!(codes(&shown).len(), 10);
        let next = shown.goes_on();
        assert!(next.ends_with("/organization"), "{next}");
        assert_eq!(visitor.opens(&next).heading(), "Choose an organization");
        let kept = visitor.opens(&shown.path);
        assert!(!kept.text.contains(&codes(&shown)[0]), "they are shown once");
    });
    once(|world| {
        let ada = requires(world, &["totp"]);
        set(world, json!({ "recovery_codes": false }));
        let mut visitor = Visitor::new(world);
        let app = visitor.signs_in(ADA, PASSWORD);
        let code = crate::totp::code(&secret_of(&app), world.app.now().seconds());
        redeem(world, &visitor.sends(&app, &[("code", &code)]).code());
        assert_eq!(left(world, &ada), json!(0));
    });
}

fn secret_of(page: &Seen) -> String {
    let (_, rest) = page.text.split_once("<code id=\"secret\">").unwrap();
    rest.split_once("</code>").unwrap().0.replace("<span>", "").replace("</span>", "")
}

fn generate(world: &World, user: &User) -> Vec<String> {
    let made = world.call("recovery_codes.generate", json!({ "user_id": user.id })).unwrap();
    made["codes"].as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
}

#[test]
fn who_has_lost_the_telephone_gets_in_by_a_recovery_code_and_can_have_new_ones() {
    each(|world| {
        let ada = with_telephone(world);
        let old = generate(world, &ada);
        let mut visitor = Visitor::new(world);
        let page = visitor.signs_in(ADA, PASSWORD);
        let ways = visitor.opens(&format!("{}/other", page.path));
        assert_eq!(ways.heading(), "Try another way");
        assert!(ways.text.contains("Get a text message at •••• 0100"));
        let ask = visitor.opens(&format!("{}/recovery-code", page.path));
        let refused = visitor.sends(&ask, &[("recovery_code", "7k2m-q0xr-9t3w-e5fz")]);
        assert!(refused.alert().contains("none of your recovery codes"), "{}", refused.alert());
        assert!(!refused.text.contains("7k2m-q0xr-9t3w-e5fz\""), "what was typed is not repeated");
        let done = visitor.sends(&refused, &[("recovery_code", &old[0].to_uppercase())]);
        redeem(world, &done.code());
        assert_eq!(left(world, &ada), json!(9));

        world.clock.advance_seconds(61);
        let mut visitor = Visitor::new(world);
        let page = visitor.signs_in(ADA, PASSWORD);
        let ask = visitor.opens(&format!("{}/recovery-code", page.path));
        let fields = [("recovery_code", old[1].as_str()), ("renew", "yes")];
        let done = visitor.sends(&ask, &fields);
        let new = codes(&done);
        assert!(new.iter().all(|it| !old.contains(it)));
        redeem(world, &done.code());
        assert_eq!(left(world, &ada), json!(10));
        world.drain();
    });
}

#[test]
fn guessing_at_second_steps_from_one_place_is_stopped_there() {
    each(|world| {
        let ada = with_telephone(world);
        let good = generate(world, &ada);
        world.call("rate_limits.update", json!({ "failures": 2 })).unwrap();
        let mut visitor = Visitor::new(world);
        let page = visitor.signs_in(ADA, PASSWORD);
        let code = mailed_code(world, NUMBER);
        let refused = visitor.sends(&page, &[("code", wrong(&code))]);
        assert!(refused.alert().contains("not right"), "{}", refused.alert());
        let ask = visitor.opens(&format!("{}/recovery-code", page.path));
        visitor.sends(&ask, &[("recovery_code", "7k2m-q0xr-9t3w-e5fz")]);
        for (page, field, answer) in [(&page, "code", &code), (&ask, "recovery_code", &good[0])] {
            let held_up = visitor.sends(page, &[(field, answer)]);
            assert_eq!(held_up.status, StatusCode::TOO_MANY_REQUESTS);
            assert!(held_up.leads_to().is_none(), "{}", held_up.text);
        }
        // At another place the same sign-in goes on.
        visitor.ip = [198, 51, 100, 7];
        redeem(world, &visitor.sends(&page, &[("code", &code)]).code());
    });
}

#[test]
fn who_uses_the_last_recovery_code_gets_new_ones() {
    once(|world| {
        let ada = with_telephone(world);
        let old = generate(world, &ada);
        for code in &old {
            world.clock.advance_seconds(601);
            let mut visitor = Visitor::new(world);
            let page = visitor.signs_in(ADA, PASSWORD);
            let ask = visitor.opens(&format!("{}/recovery-code", page.path));
            let done = visitor.sends(&ask, &[("recovery_code", code)]);
            redeem(world, &done.code());
        }
        assert_eq!(left(world, &ada), json!(10));
        world.drain();
    });
}

#[test]
fn a_new_code_can_be_asked_for_within_limits() {
    once(|world| {
        with_telephone(world);
        let before = mails(world, NUMBER).len();
        let mut visitor = Visitor::new(world);
        let page = visitor.signs_in(ADA, PASSWORD);
        let token = page.csrf();
        let action = page.actions().remove(1);
        assert!(action.ends_with("/second-step/send"), "{action}");
        for _ in 0..3 {
            let answer = visitor.post(&action, &[("csrf", &token)]);
            assert_eq!(answer.status, StatusCode::SEE_OTHER);
            world.clock.advance_seconds(1);
        }
        let told = visitor.opens(&format!("{}?sent", page.path));
        assert!(told.text.contains("A new code is on its way."));
        let refused = visitor.post(&action, &[("csrf", &token)]);
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.alert().contains("Wait 57 seconds"), "{}", refused.alert());
        assert_eq!(mails(world, NUMBER).len() - before, 4);
        let code = mailed_code(world, NUMBER);
        redeem(world, &visitor.sends(&page, &[("code", &code)]).code());
    });
}

#[test]
fn who_gets_no_more_messages_is_told_and_can_still_try_another_way() {
    once(|world| {
        let ada = with_telephone(world);
        let codes = generate(world, &ada);
        let mut last = None;
        for _ in 0..6 {
            let mut visitor = Visitor::new(world);
            let page = visitor.signs_in(ADA, PASSWORD);
            last = Some((visitor, page));
        }
        let (mut visitor, page) = last.unwrap();
        assert_eq!(page.heading(), "Two-step sign-in");
        assert!(page.alert().contains("No message could be sent"), "{}", page.alert());
        let refused = visitor.sends(&page, &[("code", "000000")]);
        assert!(refused.alert().contains("not right"), "no code is right");
        let ask = visitor.opens(&format!("{}/recovery-code", page.path));
        redeem(world, &visitor.sends(&ask, &[("recovery_code", &codes[0])]).code());
        world.drain();
    });
}

#[test]
fn the_factor_of_another_user_cannot_be_chosen() {
    once(|world| {
        with_telephone(world);
        let eve = user(&world.flow(), "eve@acme.test");
        let input = json!({ "type": "sms", "phone_number": "+15555550199", "user_id": eve.id });
        let foreign = world.call("auth_factors.enroll", input).unwrap();
        let mut visitor = Visitor::new(world);
        let page = visitor.signs_in(ADA, PASSWORD);
        let token = page.csrf();
        let fields = [("csrf", token.as_str()), ("factor_id", foreign["id"].as_str().unwrap())];
        let refused = visitor.post(&format!("{}/other", page.path), &fields);
        assert!(refused.alert().contains("there no more"), "{}", refused.alert());
        assert!(mails(world, "+15555550199").is_empty());
    });
}

#[test]
fn a_password_alone_gets_no_telephone_past_the_factor_of_its_owner() {
    once(|world| {
        with_telephone(world);
        set(world, json!({ "types": ["totp", "sms"] }));
        let mut thief = Visitor::new(world);
        let page = thief.signs_in(ADA, PASSWORD);
        let token = page.csrf();
        let phone = format!("{}/phone", page.path);
        let fields = [("csrf", token.as_str()), ("phone_number", "+15555550199")];
        thief.post(&phone, &fields);
        thief.post(&format!("{}/set-up", page.path), &[("csrf", &token)]);
        assert!(mails(world, "+15555550199").is_empty());
        let count = world.event_names().iter().filter(|it| *it == "session.created").count();
        assert_eq!(count, 0);
    });
}
