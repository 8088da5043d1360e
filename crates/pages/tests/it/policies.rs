//! What a policy asks for, on the pages: another way in, and an impersonation that every page tells of.
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_kernel::testing::World;

use crate::visitor::{CALLBACK, ORIGIN, Visitor};
use crate::world::{
    OTHER_PASSWORD, PASSWORD, each, join, mailed_code, mails, once, redeem, set_policy, user,
};

const ADA: &str = "ada@acme.test";

/// Acme, which has proved the domain of Ada's address, with a policy of its own.
fn acme(world: &World, mut policy: Value) -> String {
    let input = json!({
        "name": "Acme",
        "domain_data": [{ "domain": "acme.test", "state": "verified" }],
    });
    let id = world.call("organizations.create", input).unwrap()["id"].clone();
    policy["organization_id"] = id.clone();
    world.call("organization_sign_in_policy.update", policy).unwrap();
    id.as_str().unwrap().to_owned()
}

#[test]
fn the_domain_of_an_address_settles_the_way_in_before_anything_is_asked_for() {
    each(|world| {
        user(&world.flow(), ADA);
        acme(world, json!({ "sso_required": true }));
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        // Whether anybody has the address makes no difference.
        for email in [ADA, "nobody@acme.test"] {
            let page = visitor.sends(&first, &[("email", email)]);
            assert_eq!(page.heading(), "Sign in another way", "{email}");
            assert!(page.text.contains("Acme lets people in through its own sign-in"), "{email}");
            assert!(!page.text.contains("<form"), "{email}");
        }
        let page = visitor.sends(&first, &[("email", "ada@other.test")]);
        assert_eq!(page.heading(), "Welcome back");
        let page = visitor.begins(json!({ "screen_hint": "sign-up" }));
        let fields = [("email", "new@acme.test"), ("password", PASSWORD)];
        assert_eq!(visitor.sends(&page, &fields).heading(), "Sign in another way");
        let found = world.call("users.list", json!({ "email": "new@acme.test" })).unwrap();
        assert_eq!(found["data"], json!([]), "no account is made that could not be used");
    });
}

#[test]
fn a_domain_without_passwords_is_mailed_a_code() {
    once(|world| {
        user(&world.flow(), ADA);
        acme(world, json!({ "password": false }));
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        let page = visitor.sends(&first, &[("email", ADA)]);
        assert_eq!(page.heading(), "Check your email");
        let code = mailed_code(world, ADA);
        let done = visitor.sends(&page, &[("code", &code)]);
        assert_eq!(redeem(world, &done.code())["authentication_method"], "MagicAuth");
    });
}

#[test]
fn an_organization_that_lets_no_passwords_in_offers_the_way_that_it_does() {
    once(|world| {
        let ada = user(&world.flow(), "ada@solo.test");
        let id = join(world, ada.id.as_str(), "Hosts");
        let input = json!({ "organization_id": id, "password": false });
        world.call("organization_sign_in_policy.update", input).unwrap();
        let mut visitor = Visitor::new(world);
        let page = visitor.signs_in("ada@solo.test", PASSWORD);
        assert_eq!(page.heading(), "Sign in another way");
        assert!(page.text.contains("Hosts does not let people in the way you came"));
        let page = visitor.sends(&page, &[]);
        let code = mailed_code(world, "ada@solo.test");
        let session = redeem(world, &visitor.sends(&page, &[("code", &code)]).code());
        assert_eq!(session["organization_id"], json!(id));
    });
}

#[test]
fn a_browser_that_is_signed_in_does_what_a_new_requirement_asks_for() {
    once(|world| {
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        visitor.signs_in(ADA, PASSWORD).code();
        assert!(visitor.comes_from_application(json!({})).starts_with(CALLBACK));
        set_policy(world, |it| {
            it.second_factor = vestibule_signin::policy::SecondFactor::Required;
        });
        let page = visitor.begins(json!({}));
        assert_eq!(page.heading(), "Sign in");
    });
}

/// A page with its slashes as they are read.
fn plain(html: &str) -> String {
    html.replace("&#x2f;", "/")
}

fn impersonation(world: &World, user: &str) -> String {
    let input = json!({
        "user_id": user, "impersonator_email": "grace@lighthouse.test", "reason": "Ticket <41>",
    });
    let made = world.call("impersonations.create", input).unwrap();
    made["url"].as_str().unwrap().strip_prefix(ORIGIN).unwrap().to_owned()
}

#[test]
fn who_acts_as_a_user_confirms_it_and_every_page_says_so_until_they_stop() {
    each(|world| {
        let ada = user(&world.flow(), ADA);
        let acme = join(world, ada.id.as_str(), "Acme");
        let path = impersonation(world, ada.id.as_str());
        let mut visitor = Visitor::new(world);
        let page = visitor.opens(&path);
        assert_eq!(page.heading(), "Act as ada@acme.test");
        for part in ["grace@lighthouse.test", "in Acme", "60 minutes", "Ticket &lt;41&gt;"] {
            assert!(page.text.contains(part), "{part}");
        }
        let page = visitor.opens(&path);
        let done = visitor.sends(&page, &[]);
        let location = done.leads_to().unwrap();
        assert!(location.as_str().starts_with(CALLBACK), "{location}");
        let code = location.query_pairs().find(|it| it.0 == "code").unwrap().1.into_owned();
        let session = redeem(world, &code);
        assert_eq!(session["impersonator"]["reason"], "Ticket <41>");
        assert_eq!(session["organization_id"], json!(acme));

        let page = visitor.begins(json!({ "prompt": "login" }));
        assert_eq!(page.heading(), "Sign in");
        assert!(page.text.contains("grace@lighthouse.test is acting as ada@acme.test."));
        assert_eq!(page.value("email"), None, "nobody is to prove anew that they are Ada");
        let end = "/user_management/sessions/logout?session_id=session_";
        assert!(plain(&page.text).contains(end), "{}", page.text);

        let gone = visitor.opens(&path);
        assert_eq!(gone.status, StatusCode::GONE);
        let mut stranger = Visitor::new(world);
        assert!(!stranger.begins(json!({})).text.contains("is acting as"));
    });
}

#[test]
fn who_acts_as_a_user_does_not_become_them_by_their_own_sign_in_at_the_same_browser() {
    once(|world| {
        let ada = user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let page = visitor.opens(&impersonation(world, ada.id.as_str()));
        visitor.sends(&page, &[]);
        let first = visitor.begins(json!({ "prompt": "login" }));
        let second = visitor.sends(&first, &[("email", ADA)]);
        let session = redeem(world, &visitor.sends(&second, &[("password", PASSWORD)]).code());
        assert!(session.get("impersonator").is_none());
        let page = world.call("sessions.list", json!({ "id": ada.id })).unwrap();
        let methods: Vec<_> =
            page["data"].as_array().unwrap().iter().map(|it| it["auth_method"].clone()).collect();
        assert_eq!(methods, ["password", "impersonation"], "two sessions, neither the other");
    });
}

#[test]
fn an_invitation_is_accepted_first_and_goes_on_at_the_sign_in_endpoint_of_the_application() {
    each(|world| {
        let endpoint = "http://localhost:3000/sign-in";
        world.call("application_urls.update", json!({ "sign_in_url": endpoint })).unwrap();
        let organization = world.call("organizations.create", json!({ "name": "Hosts" })).unwrap();
        let input = json!({ "email": "guest@acme.test", "organization_id": organization["id"] });
        let invitation = world.call("invitations.create", input).unwrap();
        mails(world, "guest@acme.test");
        let url = invitation["accept_invitation_url"].as_str().unwrap();
        let mut visitor = Visitor::new(world);
        let page = visitor.opens(url.strip_prefix(ORIGIN).unwrap());
        let account = visitor.sends(&page, &[]);
        let done = visitor.sends(&account, &[("password", OTHER_PASSWORD)]);
        assert_eq!(done.leads_to().unwrap().as_str(), endpoint, "no code that nobody asked for");
        // The endpoint sends the browser back to us, as it sends everybody.
        let back = visitor.comes_from_application(json!({}));
        let code = back.split_once("code=").unwrap().1.split('&').next().unwrap();
        let session = redeem(world, code);
        assert_eq!(session["organization_id"], organization["id"]);
        let seen = visitor.get("/signed-out?client_id=client_01");
        assert!(plain(&seen.text).contains(endpoint));
    });
}

#[test]
fn the_applications_own_page_for_new_accounts_takes_the_place_of_ours() {
    once(|world| {
        let own = "http://localhost:3000/join";
        world.call("application_urls.update", json!({ "sign_up_url": own })).unwrap();
        let page = Visitor::new(world).begins(json!({}));
        assert!(plain(&page.text).contains(own), "{}", page.text);
    });
}

#[test]
fn the_rules_of_an_organization_are_shown_where_a_password_is_made() {
    each(|world| {
        let id = acme(world, json!({}));
        let rules = json!({ "organization_id": id, "length_min": 30 });
        world.call("organization_password_policy.update", rules).unwrap();
        let mut visitor = Visitor::new(world);
        let page = visitor.begins(json!({ "screen_hint": "sign-up", "organization_id": id }));
        assert!(page.text.contains("At least 30"), "{}", page.text);
        // Before an address is typed nothing but the environment's rules is known to hold.
        let page = visitor.begins(json!({ "screen_hint": "sign-up" }));
        assert!(page.text.contains("At least 10"), "{}", page.text);
        let fields = [("email", "new@acme.test"), ("password", OTHER_PASSWORD)];
        let refused = visitor.sends(&page, &fields);
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert!(refused.text.contains("At least 30"), "{}", refused.text);
    });
}

#[test]
fn attack_the_rules_that_are_shown_do_not_tell_who_is_a_member() {
    each(|world| {
        let ada = user(&world.flow(), "ada@solo.test");
        let id = join(world, ada.id.as_str(), "Hosts");
        let rules = json!({ "organization_id": id, "length_min": 30 });
        world.call("organization_password_policy.update", rules).unwrap();
        for email in ["ada@solo.test", "nobody@solo.test"] {
            let mut visitor = Visitor::new(world);
            let page = visitor.begins(json!({ "screen_hint": "sign-up" }));
            let refused = visitor.sends(&page, &[("email", email), ("password", "short")]);
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{email}");
            let text = &refused.text;
            assert!(text.contains("At least 10") && !text.contains("At least 30"), "{text}");
            let page = visitor.sends(&page, &[("email", email), ("password", OTHER_PASSWORD)]);
            assert_eq!(page.heading(), "Verify your email", "{email}");
        }
        world.drain();
    });
}
