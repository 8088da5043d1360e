//! A change of address by the link in the mail.
use axum::http::StatusCode;
use serde_json::json;
use vestibule_kernel::testing::World;

use crate::visitor::{ORIGIN, Visitor};
use crate::world::{each, mails, user};

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
