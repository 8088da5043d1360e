//! An application that is asked before somebody gets in, on the pages.
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_kernel::secret::hmac_sha256;
use vestibule_kernel::testing::{Answering, Receiver, World};

use crate::provider::{Key, Provider};
use crate::visitor::{CALLBACK, Seen, Visitor};
use crate::world::{
    OTHER_PASSWORD, PASSWORD, each, join, mailed_code, mails, redeem, set_policy, user,
};

const ADA: &str = "ada@acme.test";
const NEW: &str = "new@acme.test";
const GOOGLE: &str = "GoogleOAuth";

/// Has an application asked, which answers so, with these words.
fn asked(world: &World, r#type: &'static str, verdict: &str, words: &str) -> Receiver {
    let receiver = Receiver::start();
    let input = json!({ "type": r#type, "endpoint_url": receiver.url });
    let action = world.call("actions.set", input).unwrap();
    let at = world.app.now().millis();
    let payload = json!({ "timestamp": at, "verdict": verdict, "error_message": words });
    let secret = action["secret"].as_str().unwrap().as_bytes();
    let body = json!({
        "object": format!("{type}_action_response"), "payload": payload,
        "signature": hmac_sha256(secret, format!("{at}.{payload}").as_bytes()),
    });
    receiver.answers(move |_| Answering::With(200, body.to_string()));
    receiver
}

fn questions(receiver: &Receiver) -> Vec<Value> {
    receiver.all().iter().map(|it| serde_json::from_str(&it.body).unwrap()).collect()
}

/// The page of somebody who is not let in, from which a link tells the application.
fn is_denied(page: &Seen, words: &str) {
    assert_eq!(
        (page.status, page.heading()),
        (StatusCode::FORBIDDEN, "You cannot continue".into())
    );
    assert!(page.text.contains(words), "{}", page.text);
    let back = page.text.split_once("class=\"secondary\" href=\"").unwrap().1;
    let back = back.split_once('"').unwrap().0.replace("&amp;", "&").replace("&#x2f;", "/");
    let back: url::Url = back.parse().unwrap();
    assert!(back.as_str().starts_with(CALLBACK), "{back}");
    let told: std::collections::BTreeMap<_, _> = back.query_pairs().into_owned().collect();
    assert_eq!((told["error"].as_str(), told["state"].as_str()), ("access_denied", "kept"));
}

fn signs_up(visitor: &mut Visitor<'_>, email: &str) -> Seen {
    let page = visitor.begins(json!({ "screen_hint": "sign-up" }));
    visitor.sends(&page, &[("email", email), ("first_name", "Neo"), ("password", OTHER_PASSWORD)])
}

fn events(world: &World, name: &str) -> Vec<Value> {
    world.events().into_iter().filter(|it| it.0 == name).map(|it| it.1).collect()
}

#[test]
fn who_is_denied_reads_the_words_of_the_application_as_text() {
    each(|world| {
        user(&world.flow(), ADA);
        let words = "<script>alert(1)</script> Closed on Sundays.";
        let receiver = asked(world, "authentication", "Deny", words);
        let mut visitor = Visitor::new(world);
        let page = visitor.signs_in(ADA, PASSWORD);
        let shown = "&lt;script&gt;alert(1)&lt;&#x2f;script&gt; Closed on Sundays.";
        is_denied(&page, shown);
        assert!(!page.text.contains("<script>alert"), "{}", page.text);
        let question = &questions(&receiver)[0];
        assert_eq!(
            (&question["ip_address"], &question["user_agent"]),
            (&json!("203.0.113.7"), &json!("Visitor/1.0"))
        );
        assert_eq!(events(world, "session.created"), Vec::<Value>::new());
        // The browser has no session, and the sign-in can be begun anew.
        let again = visitor.begins(json!({}));
        assert_eq!(again.heading(), "Sign in");
    });
}

#[test]
fn each_last_step_of_a_sign_in_can_be_denied() {
    each(|world| {
        let receiver = asked(world, "authentication", "Deny", "No.");
        let ada = user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        // A mailed code.
        let first = visitor.begins(json!({}));
        let second = visitor.sends(&first, &[("email", ADA)]);
        let action = second.actions().into_iter().find(|it| it.ends_with("/code/send")).unwrap();
        let token = second.csrf();
        let seen = visitor.post(&action, &[("csrf", &token)]);
        let page = visitor.follow(&action, seen);
        is_denied(&visitor.sends(&page, &[("code", &mailed_code(world, ADA))]), "No.");
        // An organization.
        join(world, ada.id.as_str(), "North");
        let south = join(world, ada.id.as_str(), "South");
        let page = visitor.signs_in(ADA, PASSWORD);
        assert_eq!(page.heading(), "Choose an organization");
        assert_eq!(questions(&receiver).len(), 1);
        is_denied(&visitor.sends(&page, &[("organization_id", &south)]), "No.");
        assert_eq!(questions(&receiver)[0]["organization"]["id"], json!(south));
        // The proof of a new address.
        let page = signs_up(&mut visitor, NEW);
        assert_eq!(page.heading(), "Verify your email");
        is_denied(&visitor.sends(&page, &[("code", &mailed_code(world, NEW))]), "No.");
        assert_eq!(events(world, "session.created"), Vec::<Value>::new());
    });
}

#[test]
fn a_denied_newcomer_gets_no_account_and_is_mailed_nothing() {
    each(|world| {
        let receiver = asked(world, "user_registration", "Deny", "Ask your manager.");
        is_denied(&signs_up(&mut Visitor::new(world), NEW), "Ask your manager.");
        let question = &questions(&receiver)[0];
        assert_eq!(
            question["user_data"],
            json!({
                "object": "user_data", "email": NEW, "name": null, "first_name": "Neo",
                "last_name": "",
            })
        );
        assert_eq!(question["authentication_method"], "Password");
        set_policy(world, |it| it.password = false);
        is_denied(&signs_up(&mut Visitor::new(world), NEW), "Ask your manager.");
        assert_eq!(questions(&receiver)[0]["authentication_method"], "MagicAuth");
        assert_eq!(mails(world, NEW).len(), 0);
        assert_eq!(events(world, "user.created"), Vec::<Value>::new());
        assert_eq!(events(world, "action.user_registration.denied").len(), 2);
    });
}

#[test]
fn a_denial_does_not_tell_that_an_address_is_taken() {
    each(|world| {
        user(&world.flow(), ADA);
        for password in [true, false] {
            set_policy(world, move |it| it.password = password);
            let receiver = asked(world, "user_registration", "Deny", "Not here.");
            let taken = signs_up(&mut Visitor::new(world), ADA);
            let new = signs_up(&mut Visitor::new(world), NEW);
            assert_eq!(questions(&receiver).len(), 2, "it is asked about both");
            is_denied(&taken, "Not here.");
            is_denied(&new, "Not here.");
            assert_eq!((mails(world, ADA).len(), mails(world, NEW).len()), (0, 0));
        }
    });
}

#[test]
fn an_allowed_newcomer_gets_the_account_and_a_taken_address_none() {
    each(|world| {
        user(&world.flow(), ADA);
        let receiver = asked(world, "user_registration", "Allow", "");
        let mut visitor = Visitor::new(world);
        let page = signs_up(&mut visitor, NEW);
        let done = visitor.sends(&page, &[("code", &mailed_code(world, NEW))]);
        assert_eq!(redeem(world, &done.code())["user"]["first_name"], "Neo");
        let page = signs_up(&mut Visitor::new(world), ADA);
        assert_eq!(page.heading(), "Verify your email");
        assert_eq!(questions(&receiver).len(), 2);
        assert_eq!(events(world, "user.created").len(), 2);
        world.drain();
    });
}

#[test]
fn a_code_for_an_unknown_address_makes_no_account_that_is_denied_and_the_page_is_the_same() {
    each(|world| {
        user(&world.flow(), ADA);
        let receiver = asked(world, "user_registration", "Deny", "No.");
        let asks = |email: &str| {
            let mut visitor = Visitor::new(world);
            let first = visitor.begins(json!({}));
            let second = visitor.sends(&first, &[("email", email)]);
            let action =
                second.actions().into_iter().find(|it| it.ends_with("/code/send")).unwrap();
            let token = second.csrf();
            let seen = visitor.post(&action, &[("csrf", &token)]);
            let page = visitor.follow(&action, seen);
            (page.status, page.heading())
        };
        assert_eq!(asks(ADA), asks(NEW));
        assert_eq!((mails(world, ADA).len(), mails(world, NEW).len()), (1, 0));
        let asked = questions(&receiver);
        assert_eq!(asked.len(), 1, "about the one who has no account");
        assert_eq!(asked[0]["user_data"]["email"], NEW);
        assert_eq!(asked[0]["ip_address"], "203.0.113.7");
        assert_eq!(events(world, "user.created").len(), 1);
    });
}

fn with_google(world: &World, claims: Value) -> Seen {
    let (provider, key) = (Provider::start(world), Key::new("k1"));
    provider.says(|it| it.keys = vec![key.public()]);
    provider.set_up(world, GOOGLE, json!({}));
    let mut visitor = Visitor::new(world);
    let away = visitor.leaves_for(GOOGLE);
    provider.will_vouch(world, &key, away.get("nonce"), claims);
    let done = visitor.comes_back(GOOGLE, &[("state", away.get("state")), ("code", "c-1")]);
    match done.header("location") {
        Some(to) if to.starts_with('/') => visitor.goes_on(done),
        Some(_) | None => done,
    }
}

#[test]
fn an_account_at_a_provider_is_asked_about_before_it_makes_a_user() {
    each(|world| {
        let claims = json!({
            "sub": "g-1", "email": NEW, "email_verified": true, "name": "Neo Anderson",
            "given_name": "Neo", "family_name": "Anderson",
        });
        let receiver = asked(world, "user_registration", "Deny", "No.");
        is_denied(&with_google(world, claims.clone()), "No.");
        let question = &questions(&receiver)[0];
        assert_eq!(
            question["user_data"],
            json!({
                "object": "user_data", "email": NEW, "name": "Neo Anderson", "first_name": "Neo",
                "last_name": "Anderson",
            })
        );
        assert_eq!(question["authentication_method"], GOOGLE);
        assert_eq!(events(world, "user.created"), Vec::<Value>::new());
        // A user who is one already is asked about as one who signs in.
        user(&world.flow(), NEW);
        let receiver = asked(world, "authentication", "Deny", "Not now.");
        is_denied(&with_google(world, claims), "Not now.");
        assert_eq!(questions(&receiver)[0]["user"]["email"], NEW);
        assert_eq!(events(world, "session.created"), Vec::<Value>::new());
    });
}

#[test]
fn an_account_elsewhere_of_an_unproved_address_does_not_tell_whether_it_is_taken() {
    each(|world| {
        user(&world.flow(), ADA);
        asked(world, "user_registration", "Deny", "No.");
        for (sub, email) in [("g-1", ADA), ("g-2", NEW)] {
            let claims = json!({ "sub": sub, "email": email, "name": "Mallory" });
            is_denied(&with_google(world, claims), "No.");
        }
        assert_eq!((mails(world, ADA).len(), mails(world, NEW).len()), (0, 0));
    });
}
