//! The waitlist, where nobody makes an account without an invitation.
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_kernel::testing::World;
use vestibule_signin::policy::SignUp;

use crate::visitor::{Seen, Visitor};
use crate::world::{each, mails, set_policy, user};

const NEWCOMER: &str = "grace@acme.test";
const MEMBER: &str = "ada@acme.test";

fn opened(world: &World) {
    set_policy(world, |it| it.sign_up = SignUp::Waitlist);
}

/// From the application to the waitlist.
fn waits(world: &World) -> (Visitor<'_>, Seen) {
    let mut visitor = Visitor::new(world);
    let page = visitor.begins(json!({ "screen_hint": "sign-up" }));
    assert_eq!(page.heading(), "Join the waitlist");
    (visitor, page)
}

fn entries(world: &World) -> Vec<Value> {
    world.drain();
    match world.call("waitlist_entries.list", json!({ "id": "default" })) {
        Ok(list) => list["data"].as_array().unwrap().clone(),
        // It begins with its first entry.
        Err(error) => {
            assert_eq!(error.status(), 404);
            Vec::new()
        }
    }
}

#[test]
fn a_newcomer_joins_the_waitlist_and_comes_in_by_invitation() {
    each(|world| {
        opened(world);
        let (mut visitor, page) = waits(world);
        let done = visitor.sends(&page, &[("email", NEWCOMER)]);
        assert_eq!((done.status, done.heading()), (StatusCode::OK, "Thank you".into()));
        assert!(done.text.contains(NEWCOMER));
        let waiting = entries(world);
        assert_eq!(
            (&waiting[0]["email"], &waiting[0]["state"]),
            (&json!(NEWCOMER), &json!("pending"))
        );
        assert_eq!(mails(world, NEWCOMER).len(), 1);
        world.call("waitlist_entries.approve", json!({ "id": waiting[0]["id"] })).unwrap();
        world.drain();
        let list = world.call("invitations.list", json!({ "email": NEWCOMER })).unwrap();
        let token = list["data"][0]["token"].as_str().unwrap().to_owned();
        let mut visitor = Visitor::new(world);
        let page = visitor.begins(json!({ "invitation_token": token }));
        assert_eq!(page.heading(), "Create your account");
    });
}

#[test]
fn the_first_page_leads_to_the_waitlist_only_where_there_is_one() {
    each(|world| {
        let link = "Join the waitlist";
        let mut visitor = Visitor::new(world);
        assert!(!visitor.begins(json!({})).text.contains(link));
        set_policy(world, |it| it.sign_up = SignUp::Closed);
        assert!(!visitor.begins(json!({})).text.contains(link));
        opened(world);
        let page = visitor.begins(json!({}));
        assert!(page.text.contains(link), "{}", page.text);
        // Whoever finds the page of a list that is closed again is led to the first one.
        let path = page.path.replace("/sign-in", "/waitlist");
        assert_eq!(visitor.opens(&path).heading(), link);
        set_policy(world, |it| it.sign_up = SignUp::Closed);
        assert_eq!(visitor.opens(&path).heading(), "Sign in");
        let sent = visitor.opens(&path);
        visitor.post(&path, &[("csrf", &sent.csrf()), ("email", NEWCOMER)]);
        assert_eq!(entries(world), Vec::<Value>::new());
    });
}

#[test]
fn enumeration_attack_the_answer_is_the_same_whoever_has_the_address() {
    each(|world| {
        opened(world);
        user(&world.flow(), MEMBER);
        world
            .call("waitlist_entries.create", json!({ "id": "default", "email": "waits@acme.test" }))
            .unwrap();
        let answers: Vec<(StatusCode, String, String)> = [NEWCOMER, MEMBER, "waits@acme.test"]
            .into_iter()
            .map(|email| {
                let (mut visitor, page) = waits(world);
                let request = page.path.split('/').nth(2).unwrap().to_owned();
                let sent =
                    visitor.post(&page.action(), &[("csrf", &page.csrf()), ("email", email)]);
                assert_eq!(sent.status, StatusCode::SEE_OTHER);
                let location = sent.header("location").unwrap().replace(&request, "");
                let done = visitor.opens(sent.header("location").unwrap());
                (done.status, location, done.text.replace(email, "").replace(&request, ""))
            })
            .collect();
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0], answers[2]);
        assert_eq!(entries(world).len(), 2);
        assert_eq!(mails(world, MEMBER).len() + mails(world, "waits@acme.test").len(), 0);
    });
}

#[test]
fn flood_attack_one_place_cannot_fill_the_list_nor_one_address_be_mailed_over_and_over() {
    each(|world| {
        opened(world);
        let (mut visitor, page) = waits(world);
        for _ in 0..3 {
            visitor.sends(&page, &[("email", NEWCOMER)]);
        }
        assert_eq!((entries(world).len(), mails(world, NEWCOMER).len()), (1, 1));
        let mut refused = None;
        for number in 0..1000 {
            let email = format!("bot-{number}@acme.test");
            let done = visitor.sends(&page, &[("email", &email)]);
            if done.status == StatusCode::TOO_MANY_REQUESTS {
                refused = Some(number);
                break;
            }
        }
        let number = refused.expect("a limit");
        // With the one of before.
        assert_eq!(entries_count(world), number + 1);
        // Others can still join.
        visitor.ip = [198, 51, 100, 7];
        assert_eq!(visitor.sends(&page, &[("email", "late@acme.test")]).heading(), "Thank you");
        world.drain();
    });
}

fn entries_count(world: &World) -> usize {
    world.drain();
    let input = json!({ "id": "default", "limit": 100 });
    let list = world.call("waitlist_entries.list", input).unwrap();
    list["data"].as_array().unwrap().len()
}

#[test]
fn what_is_no_address_is_said_so() {
    each(|world| {
        opened(world);
        let (mut visitor, page) = waits(world);
        let refused = visitor.sends(&page, &[("email", "grace@")]);
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.alert().contains("grace@"), "{}", refused.alert());
        assert_eq!(entries(world), Vec::<Value>::new());
    });
}
