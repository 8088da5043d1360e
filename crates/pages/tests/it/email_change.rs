//! A change of address by the link in the mail.
use axum::http::StatusCode;
use serde_json::json;
use vestibule_kernel::testing::World;

use crate::visitor::{ORIGIN, Seen, Visitor};
use crate::world::{PASSWORD, each, mails, user};

const OLD: &str = "ada@acme.test";
const NEW: &str = "ada@new.test";

/// The path of the link that was mailed to the new address.
fn link(world: &World, user_id: &str) -> String {
    let input = json!({ "id": user_id, "new_email": NEW });
    world.call("email_change.send", input).unwrap();
    let url = mails(world, NEW).remove(0).url.unwrap();
    url.strip_prefix(ORIGIN).unwrap().to_owned()
}

fn address(world: &World, user_id: &str) -> String {
    let user = world.call("users.get", json!({ "id": user_id })).unwrap();
    user["email"].as_str().unwrap().to_owned()
}

#[test]
fn the_link_asks_once_more_and_then_changes_the_address_once() {
    each(|world| {
        let id = user(&world.flow(), OLD).id.to_string();
        let path = link(world, &id);
        let mut visitor = Visitor::new(world);
        let page = visitor.opens(&path);
        assert_eq!(page.heading(), "Confirm your new email");
        assert!(page.text.contains(NEW));
        visitor.opens(&path);
        assert_eq!(address(world, &id), OLD, "a scanner that opens the link changes nothing");
        let done = visitor.sends(&page, &[]);
        assert_eq!((done.status, done.heading()), (StatusCode::OK, "Email changed".into()));
        assert_eq!(address(world, &id), NEW);
        let again = visitor.opens(&path);
        assert_eq!(again.status, StatusCode::GONE);
        assert!(!again.text.contains("<form"));
    });
}

#[test]
fn a_link_that_is_too_old_or_replaced_changes_nothing() {
    each(|world| {
        let id = user(&world.flow(), OLD).id.to_string();
        let mut visitor = Visitor::new(world);
        let replaced = link(world, &id);
        world.clock.advance_seconds(1);
        let newer = link(world, &id);
        assert_eq!(visitor.opens(&replaced).status, StatusCode::GONE);
        let page = visitor.opens(&newer);
        world.clock.advance_seconds(601);
        assert_eq!(visitor.sends(&page, &[]).status, StatusCode::GONE);
        assert_eq!(address(world, &id), OLD);
    });
}

#[test]
fn whoever_knows_no_link_cannot_guess_at_its_code() {
    each(|world| {
        let id = user(&world.flow(), OLD).id.to_string();
        let path = link(world, &id);
        let mut visitor = Visitor::new(world);
        let (change, code) = path.split_once("&code=").unwrap();
        let wrong = if code == "000000" { "111111" } else { "000000" };
        let page = visitor.opens(&format!("{change}&code={wrong}"));
        assert_eq!(visitor.sends(&page, &[]).status, StatusCode::GONE);
        for _ in 0..9 {
            visitor.sends(&page, &[]);
        }
        assert_eq!(visitor.opens(&path).status, StatusCode::GONE, "ten wrong tries end it");
        for unknown in ["/email-change", "/email-change?id=email_change_01&code=123456"] {
            assert_eq!(visitor.opens(unknown).status, StatusCode::GONE);
        }
        assert_eq!(address(world, &id), OLD);
    });
}

#[test]
fn an_address_that_somebody_took_meanwhile_is_not_taken_from_them() {
    each(|world| {
        let id = user(&world.flow(), OLD).id.to_string();
        let path = link(world, &id);
        let mut visitor = Visitor::new(world);
        let page = visitor.opens(&path);
        user(&world.flow(), NEW);
        assert_eq!(visitor.sends(&page, &[]).status, StatusCode::GONE);
        assert_eq!(address(world, &id), OLD);
    });
}

const PATH: &str = "/account/email";

/// Asks on the account page for this address; answers what is shown.
fn asks_for(visitor: &mut Visitor<'_>, email: &str) -> Seen {
    let token = visitor.get("/account").csrf();
    let seen = visitor.post(PATH, &[("csrf", token.as_str()), ("new_email", email)]);
    visitor.follow(PATH, seen)
}

#[test]
fn whoever_is_signed_in_changes_their_address_in_the_account() {
    each(|world| {
        let id = user(&world.flow(), OLD).id.to_string();
        let mut visitor = Visitor::new(world);
        visitor.signs_in(OLD, PASSWORD);
        let sent = asks_for(&mut visitor, NEW);
        assert_eq!(sent.path, "/account?mailed");
        assert!(sent.text.contains("is on its way there"), "{}", sent.text);
        let url = mails(world, NEW).remove(0).url.unwrap();
        assert_eq!(address(world, &id), OLD, "not before the link was followed");
        let page = visitor.opens(url.strip_prefix(ORIGIN).unwrap());
        visitor.sends(&page, &[]);
        assert_eq!(address(world, &id), NEW);
    });
}

#[test]
fn what_cannot_be_a_new_address_is_told_beside_the_field() {
    each(|world| {
        user(&world.flow(), OLD);
        let mut visitor = Visitor::new(world);
        visitor.signs_in(OLD, PASSWORD);
        for (typed, status, told) in [
            ("", 422, "Enter your email address."),
            ("ada", 422, "“ada” is not an email address. It looks like name@example.com."),
            ("ADA@acme.test", 409, "This is your email already."),
        ] {
            let seen = asks_for(&mut visitor, typed);
            assert_eq!((seen.status.as_u16(), seen.alert().as_str()), (status, told));
        }
        for _ in 0..3 {
            assert_eq!(asks_for(&mut visitor, NEW).status, StatusCode::OK);
        }
        let refused = asks_for(&mut visitor, NEW);
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.header("retry-after").is_some());
        world.drain();
    });
}

#[test]
fn attack_nobody_learns_in_their_account_who_else_has_one() {
    each(|world| {
        user(&world.flow(), OLD);
        user(&world.flow(), NEW);
        let mut visitor = Visitor::new(world);
        visitor.signs_in(OLD, PASSWORD);
        let pages = [NEW, "nobody@new.test"].map(|email| {
            let seen = asks_for(&mut visitor, email);
            let lines =
                seen.text.lines().filter(|it| !it.contains("csrf") && !it.contains("data-options"));
            let lines: Vec<String> =
                lines.filter(|it| !it.contains("challenge")).map(str::to_owned).collect();
            (seen.status, seen.path, lines)
        });
        assert_eq!(pages[0], pages[1]);
        assert!(mails(world, NEW).is_empty(), "its owner is not bothered");
        assert_eq!(mails(world, "nobody@new.test").len(), 1);
    });
}

#[test]
fn attack_an_open_browser_that_somebody_finds_takes_no_account_to_another_address() {
    each(|world| {
        let id = user(&world.flow(), OLD).id.to_string();
        let mut visitor = Visitor::new(world);
        visitor.signs_in(OLD, PASSWORD);
        world.clock.advance_seconds(15 * 60);
        let stale = visitor.get("/account");
        assert!(!stale.text.contains(PATH), "it asks for a proof first");
        let seen = asks_for(&mut visitor, NEW);
        assert_eq!(seen.path, "/account");
        assert!(mails(world, NEW).is_empty());
        let again = visitor.sends(&stale, &[]);
        assert_eq!(again.heading(), "Sign in");
        // Nor does whoever is not signed in at all.
        let mut nobody = Visitor::new(world);
        let token = nobody.opens("/account").csrf();
        let seen = nobody.post(PATH, &[("csrf", token.as_str()), ("new_email", NEW)]);
        assert_eq!(seen.header("location"), Some("/account"));
        assert!(mails(world, NEW).is_empty());
        assert_eq!(address(world, &id), OLD);
    });
}
