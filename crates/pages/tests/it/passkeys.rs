//! Passkeys on the pages: to sign in, on offer, and in the account.
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_kernel::context::Options;
use vestibule_kernel::testing::{World, each_engine_with, options};

use crate::authenticator::Authenticator;
use crate::visitor::{CALLBACK, Seen, Visitor};
use crate::world::{PASSWORD, domains, mailed_code, mails, redeem, set_policy, user};

const ADA: &str = "ada@acme.test";
const EVE: &str = "eve@evil.test";
const NOBODY: &str = "nobody@acme.test";
const HERE: &str = "http://localhost:4100";
const DAY: i64 = 24 * 60 * 60;

/// A world whose pages have a name, as passkeys need one.
fn each(case: impl Fn(&World)) {
    let options = Options { public_url: HERE.to_owned(), ..options() };
    each_engine_with(domains(), &options, |world| {
        world.call("redirect_uris.create", json!({ "uri": CALLBACK })).unwrap();
        case(world);
    });
}

/// What the form of this page asks an authenticator that is sent to an address of this end.
struct Asked {
    action: String,
    challenge: String,
    options: Value,
    csrf: String,
}

fn asked(page: &Seen, end: &str) -> Option<Asked> {
    let forms = page.text.split("<form").skip(1).filter(|it| it.contains("data-passkey="));
    let attribute = |form: &str, name: &str| {
        let rest = form.split_once(&format!("{name}=\"")).unwrap().1;
        rest.split_once('"').unwrap().0.replace("&quot;", "\"").replace("&#x2f;", "/")
    };
    let found = forms
        .map(|it| it.split_once("</form>").unwrap().0)
        .find(|it| attribute(it, "action").ends_with(end))?;
    let (_, challenge) = found.split_once("name=\"challenge\"").unwrap();
    Some(Asked {
        action: attribute(found, "action"),
        challenge: attribute(challenge, "value"),
        options: serde_json::from_str(&attribute(found, "data-options")).unwrap(),
        csrf: page.csrf(),
    })
}

impl Asked {
    /// Sends the answer of an authenticator, as the script of the page does.
    fn answer(&self, visitor: &mut Visitor<'_>, credential: &Value) -> Seen {
        let credential = credential.to_string();
        let fields =
            [("csrf", &*self.csrf), ("challenge", &*self.challenge), ("credential", &*credential)];
        let seen = visitor.post(&self.action, &fields);
        match seen.header("location").map(str::to_owned) {
            Some(location) => visitor.opens(&location),
            None => seen,
        }
    }
}

/// A passkey of a user, registered by the application.
fn device_of(world: &World, user_id: &str) -> Authenticator {
    let mut device = Authenticator::new(HERE);
    let asked = world.call("passkeys.begin_registration", json!({ "user_id": user_id })).unwrap();
    let credential = device.create(&asked["public_key"]);
    let input = json!({ "challenge": asked["challenge"], "credential": credential });
    world.call("passkeys.finish_registration", input).unwrap();
    world.drain();
    device
}

/// The first page after the password of somebody whose browser can make passkeys.
fn signs_in_and_can(visitor: &mut Visitor<'_>, email: &str) -> Seen {
    let first = visitor.begins(json!({}));
    let second = visitor.sends(&first, &[("email", email), ("passkeys", "yes")]);
    visitor.sends(&second, &[("password", PASSWORD)])
}

#[test]
fn the_first_page_takes_a_passkey_of_anybody_without_an_address() {
    each(|world| {
        let ada = user(&world.flow(), ADA);
        let mut device = device_of(world, ada.id.as_str());
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        assert!(first.text.contains("autocomplete=\"username webauthn\""), "{}", first.text);
        let asked = asked(&first, "/sign-in/passkey").unwrap();
        assert_eq!(asked.options["allowCredentials"], json!([]), "it tells of no account");
        let done = asked.answer(&mut visitor, &device.get(&asked.options));
        let session = redeem(world, &done.code());
        assert_eq!(session["user"]["email"], ADA);
        assert_eq!(session["authentication_method"], "Passkey");
        let events = world.event_names();
        assert!(events.contains(&"authentication.passkey_succeeded".to_owned()));
    });
}

#[test]
fn an_address_that_was_typed_takes_a_passkey_of_its_owner_alone() {
    each(|world| {
        let (ada, eve) = (user(&world.flow(), ADA), user(&world.flow(), EVE));
        let mut device = device_of(world, ada.id.as_str());
        let mut hers = device_of(world, eve.id.as_str());
        let mut told = Vec::new();
        for email in [ADA, NOBODY] {
            let mut visitor = Visitor::new(world);
            let first = visitor.begins(json!({}));
            let second = visitor.sends(&first, &[("email", email)]);
            let asked = asked(&second, "/passkey").unwrap();
            assert_eq!(asked.options["allowCredentials"], json!([]), "{email}");
            let refused = asked.answer(&mut visitor, &hers.get(&asked.options));
            assert_eq!(refused.status, StatusCode::BAD_REQUEST);
            assert_eq!(refused.heading(), "Use your passkey");
            told.push(refused.alert());
            if email == ADA {
                let again = crate::passkeys::asked(&refused, "/passkey").unwrap();
                let done = again.answer(&mut visitor, &device.get(&again.options));
                assert_eq!(redeem(world, &done.code())["user"]["email"], ADA);
            }
        }
        assert_eq!(told[0], told[1], "nobody learns who has an account");
    });
}

#[test]
fn attack_a_challenge_of_one_browser_signs_nobody_in_with_another() {
    each(|world| {
        let ada = user(&world.flow(), ADA);
        let mut device = device_of(world, ada.id.as_str());
        // Eve has Ada's browser answer the challenge of a sign-in of her own.
        let mut eve = Visitor::new(world);
        let hers = asked(&eve.begins(json!({})), "/sign-in/passkey").unwrap();
        let answer = device.get(&hers.options);
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        let own = asked(&first, "/sign-in/passkey").unwrap();
        let mixed = Asked { challenge: hers.challenge.clone(), ..own };
        let refused = mixed.answer(&mut visitor, &answer);
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(refused.alert(), "That took too long. Try again.");

        // And a challenge of the pages is not one of the API, nor the other way round.
        let first = visitor.begins(json!({}));
        let page = asked(&first, "/sign-in/passkey").unwrap();
        let input = json!({
            "challenge": page.challenge, "credential": device.get(&page.options),
        });
        let refused = world.call("passkeys.finish_authentication", input).unwrap_err();
        assert_eq!(refused.code(), "invalid_passkey_challenge");
        let api = world.call("passkeys.begin_authentication", json!({})).unwrap();
        let api_challenge = api["challenge"].as_str().unwrap().to_owned();
        let mixed = Asked { challenge: api_challenge, ..page };
        let refused = mixed.answer(&mut visitor, &device.get(&api["public_key"]));
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert!(!world.event_names().contains(&"session.created".to_owned()));
    });
}

#[test]
fn a_passkey_that_is_not_good_leaves_the_other_ways_open() {
    each(|world| {
        let ada = user(&world.flow(), ADA);
        let mut device = device_of(world, ada.id.as_str());
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        for nonsense in [json!("no object"), json!({}), json!({ "id": "x", "response": {} })] {
            let asked = asked(&first, "/sign-in/passkey").unwrap();
            let refused = asked.answer(&mut visitor, &nonsense);
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{nonsense}");
            assert_eq!(refused.heading(), "Sign in");
        }
        let page = asked(&first, "/sign-in/passkey").unwrap();
        device.origin = "https://evil.example".to_owned();
        let refused = page.answer(&mut visitor, &device.get(&page.options));
        assert!(refused.alert().contains("not accepted"), "{}", refused.alert());
        let second = visitor.sends(&refused, &[("email", ADA)]);
        let done = visitor.sends(&second, &[("password", PASSWORD)]);
        assert_eq!(redeem(world, &done.code())["authentication_method"], "Password");
    });
}

#[test]
fn a_browser_that_can_is_offered_a_passkey_after_another_sign_in() {
    each(|world| {
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let offer = signs_in_and_can(&mut visitor, ADA);
        assert_eq!(offer.heading(), "Sign in faster next time");
        let again = visitor.opens(&offer.path);
        assert_eq!(again.heading(), "Sign in faster next time", "it can be loaded again");
        let mut device = Authenticator::new(HERE);
        let page = asked(&again, "/passkey/new").unwrap();
        let done = page.answer(&mut visitor, &device.create(&page.options));
        assert_eq!(redeem(world, &done.code())["authentication_method"], "Password");
        assert_eq!(mails(world, ADA).len(), 1, "its owner is told");

        let mut later = Visitor::new(world);
        let first = later.begins(json!({}));
        let page = asked(&first, "/sign-in/passkey").unwrap();
        let done = page.answer(&mut later, &device.get(&page.options));
        assert_eq!(redeem(world, &done.code())["authentication_method"], "Passkey");
        world.clock.advance_seconds(30 * DAY);
        let done = signs_in_and_can(&mut Visitor::new(world), ADA);
        assert!(done.leads_to().is_some(), "who has one is not asked");
    });
}

#[test]
fn the_offer_can_be_declined_and_comes_back_after_fourteen_days() {
    each(|world| {
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let offer = signs_in_and_can(&mut visitor, ADA);
        let decline = offer.actions().pop().unwrap();
        let token = offer.csrf();
        let done = visitor.post(&decline, &[("csrf", &token)]);
        assert_eq!(redeem(world, &done.code())["user"]["email"], ADA);
        world.clock.advance_seconds(14 * DAY - 1);
        assert!(signs_in_and_can(&mut Visitor::new(world), ADA).leads_to().is_some());
        world.clock.advance_seconds(1);
        let offer = signs_in_and_can(&mut Visitor::new(world), ADA);
        assert_eq!(offer.heading(), "Sign in faster next time");
    });
}

#[test]
fn nobody_is_offered_what_their_browser_cannot_do_or_the_environment_does_not_want() {
    each(|world| {
        user(&world.flow(), ADA);
        let done = Visitor::new(world).signs_in(ADA, PASSWORD);
        assert!(done.leads_to().is_some(), "without a script, nobody said that it can");
        let input = json!({ "progressive_enrollment": "off" });
        world.call("passkey_settings.update", input).unwrap();
        assert!(signs_in_and_can(&mut Visitor::new(world), ADA).leads_to().is_some());
        let input = json!({ "progressive_enrollment": "hosted_pages" });
        world.call("passkey_settings.update", input).unwrap();
        set_policy(world, |it| it.passkey = false);
        let first = Visitor::new(world).begins(json!({}));
        assert!(asked(&first, "/sign-in/passkey").is_none());
        assert!(!first.text.contains("webauthn"));
        assert!(signs_in_and_can(&mut Visitor::new(world), ADA).leads_to().is_some());
    });
}

#[test]
fn where_there_is_no_other_way_the_first_page_asks_for_a_passkey_alone() {
    each(|world| {
        let ada = user(&world.flow(), ADA);
        let mut device = device_of(world, ada.id.as_str());
        set_policy(world, |it| (it.password, it.magic_auth) = (false, false));
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        assert_eq!(first.heading(), "Sign in");
        assert!(!first.text.contains("name=\"email\""), "an address leads nowhere");
        let page = asked(&first, "/sign-in/passkey").unwrap();
        let done = page.answer(&mut visitor, &device.get(&page.options));
        assert_eq!(redeem(world, &done.code())["user"]["email"], ADA);
    });
}

#[test]
fn pages_that_have_only_an_address_of_numbers_ask_for_no_passkey() {
    crate::world::once(|world| {
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        assert!(asked(&first, "/sign-in/passkey").is_none(), "browsers take no IP address");
        let done = signs_in_and_can(&mut visitor, ADA);
        assert!(done.leads_to().is_some());
    });
}

#[test]
fn the_account_lists_adds_renames_and_removes_passkeys() {
    each(|world| {
        let ada = user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        visitor.signs_in(ADA, PASSWORD);
        let empty = visitor.get("/account");
        assert_eq!(empty.heading(), "Your passkeys");
        assert!(empty.text.contains("You have no passkey yet."));
        let mut device = Authenticator::new(HERE);
        let page = asked(&empty, "/account/passkeys").unwrap();
        let added = page.answer(&mut visitor, &device.create(&page.options));
        assert!(added.text.contains("The passkey was added."), "{}", added.text);
        assert!(added.path.ends_with("/account?added"), "{}", added.path);
        assert_eq!(mails(world, ADA).len(), 1, "its owner is told");

        let rename = added.actions().into_iter().find(|it| it.contains("/passkeys/")).unwrap();
        let token = added.csrf();
        let renamed = visitor.post(&rename, &[("csrf", &token), ("name", "My <phone>")]);
        let renamed = visitor.opens(renamed.header("location").unwrap());
        assert!(renamed.text.contains("My &lt;phone&gt;"), "{}", renamed.text);
        let long = "x".repeat(101);
        let refused = visitor.post(&rename, &[("csrf", &token), ("name", &long)]);
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);

        let page = asked(&renamed, "/account/passkeys").unwrap();
        let refused = page.answer(&mut visitor, &device.create_again(&page.options));
        assert_eq!(refused.alert(), "That passkey is in use already.");

        let remove = format!("{rename}/remove");
        let removed = visitor.post(&remove, &[("csrf", &token)]);
        let removed = visitor.opens(removed.header("location").unwrap());
        assert!(removed.text.contains("You have no passkey yet."), "{}", removed.text);
        let page = world.call("passkeys.list", json!({ "user_id": ada.id })).unwrap();
        assert_eq!(page["data"], json!([]));
    });
}

#[test]
fn the_account_asks_who_comes_and_who_comes_back() {
    each(|world| {
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let first = visitor.opens("/account");
        assert_eq!(first.heading(), "Sign in", "nobody is signed in");
        let second = visitor.sends(&first, &[("email", ADA)]);
        let done = visitor.sends(&second, &[("password", PASSWORD)]);
        let back = done.leads_to().unwrap();
        assert!(back.as_str().starts_with(&format!("{HERE}/account?code=")), "{back}");
        let account = visitor.opens(&format!("{}?{}", back.path(), back.query().unwrap()));
        assert_eq!(
            (account.heading().as_str(), account.path.as_str()),
            ("Your passkeys", "/account")
        );

        world.clock.advance_seconds(15 * 60);
        let stale = visitor.get("/account");
        assert!(asked(&stale, "/account/passkeys").is_none());
        let again = visitor.sends(&stale, &[]);
        assert_eq!(again.heading(), "Sign in");
        assert_eq!(again.value("email").as_deref(), Some(ADA));
        let second = visitor.sends(&again, &[("email", ADA)]);
        visitor.sends(&second, &[("password", PASSWORD)]);
        assert!(asked(&visitor.get("/account"), "/account/passkeys").is_some());
        assert_eq!(world.event_names().iter().filter(|it| *it == "session.created").count(), 1);
    });
}

#[test]
fn attack_an_open_browser_that_somebody_finds_adds_no_key() {
    each(|world| {
        let ada = user(&world.flow(), ADA);
        let device = device_of(world, ada.id.as_str());
        let mut visitor = Visitor::new(world);
        visitor.signs_in(ADA, PASSWORD);
        let fresh = visitor.get("/account");
        let page = asked(&fresh, "/account/passkeys").unwrap();
        let rename = fresh.actions().into_iter().find(|it| it.contains("/passkeys/")).unwrap();
        world.clock.advance_seconds(15 * 60);
        let mut hers = Authenticator::new(HERE);
        let credential = hers.create(&page.options);
        page.answer(&mut visitor, &credential);
        visitor.post(&rename, &[("csrf", &page.csrf), ("name", "Mine")]);
        visitor.post(&format!("{rename}/remove"), &[("csrf", &page.csrf)]);
        let kept = world.call("passkeys.list", json!({ "user_id": ada.id })).unwrap();
        assert_eq!(kept["data"].as_array().unwrap().len(), 1);
        assert_eq!(kept["data"][0]["name"], "Passkey");
        drop(device);
    });
}

#[test]
fn attack_nobody_changes_the_passkeys_of_another() {
    each(|world| {
        let (ada, _) = (user(&world.flow(), ADA), user(&world.flow(), EVE));
        device_of(world, ada.id.as_str());
        let page = world.call("passkeys.list", json!({ "user_id": ada.id })).unwrap();
        let path = format!("/account/passkeys/{}", page["data"][0]["id"].as_str().unwrap());
        let mut eve = Visitor::new(world);
        eve.signs_in(EVE, PASSWORD);
        let token = eve.get("/account").csrf();
        let refused = eve.post(&path, &[("csrf", &token), ("name", "Mine")]);
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
        let refused = eve.post(&format!("{path}/remove"), &[("csrf", &token)]);
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
        let mut nobody = Visitor::new(world);
        nobody.opens("/account");
        let own = nobody.opens("/account").csrf();
        let sent = nobody.post(&format!("{path}/remove"), &[("csrf", &own)]);
        assert_eq!(sent.header("location"), Some("/account"), "nobody is signed in there");
        let page = world.call("passkeys.list", json!({ "user_id": ada.id })).unwrap();
        assert_eq!(page["data"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn who_has_lost_the_only_passkey_gets_in_by_mail_and_adds_another() {
    each(|world| {
        let input = json!({ "email": ADA, "email_verified": true });
        let ada = world.call("users.create", input).unwrap();
        device_of(world, ada["id"].as_str().unwrap());
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        let second = visitor.sends(&first, &[("email", ADA)]);
        let code = second.actions().into_iter().find(|it| it.ends_with("/code/send")).unwrap();
        let token = second.csrf();
        let sent = visitor.post(&code, &[("csrf", &token)]);
        let page = visitor.opens(sent.header("location").unwrap());
        let done = visitor.sends(&page, &[("code", &mailed_code(world, ADA))]);
        assert_eq!(redeem(world, &done.code())["user"]["email"], ADA);
        let account = visitor.get("/account");
        let page = asked(&account, "/account/passkeys").unwrap();
        let known = page.options["excludeCredentials"].as_array().unwrap();
        assert_eq!(known.len(), 1);
        let added = page.answer(&mut visitor, &Authenticator::new(HERE).create(&page.options));
        assert!(added.text.contains("The passkey was added."));
        assert_eq!(mails(world, ADA).len(), 3, "of the first, the code, and of the second");
    });
}

#[test]
fn browsers_are_told_which_other_domains_are_ours() {
    each(|world| {
        let input = json!({ "origins": ["https://acme.de", "http://localhost:3000"] });
        world.call("passkey_settings.update", input).unwrap();
        let told = Visitor::new(world).get("/.well-known/webauthn");
        assert_eq!(told.header("content-type"), Some("application/json"));
        assert_eq!(told.text, r#"{"origins":["https://acme.de"]}"#);
    });
}
