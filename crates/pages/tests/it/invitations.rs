//! Invitations, from their link or on the way from the application.
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_kernel::testing::World;

use crate::visitor::{ORIGIN, Visitor};
use crate::world::{OTHER_PASSWORD, PASSWORD, each, mails, once, redeem, set_policy, user};

const ADA: &str = "ada@acme.test";

/// An invitation to the organization `Hosts`.
fn invite(world: &World, email: &str) -> (Value, String) {
    let organization = world.call("organizations.create", json!({ "name": "Hosts" })).unwrap();
    let id = organization["id"].as_str().unwrap().to_owned();
    let input = json!({ "email": email, "organization_id": id });
    let invitation = world.call("invitations.create", input).unwrap();
    mails(world, email);
    (invitation, id)
}

fn path(invitation: &Value) -> String {
    let url = invitation["accept_invitation_url"].as_str().unwrap();
    url.strip_prefix(ORIGIN).unwrap().to_owned()
}

fn state(world: &World, invitation: &Value) -> Value {
    world.call("invitations.get", json!({ "id": invitation["id"] })).unwrap()["state"].clone()
}

#[test]
fn an_invited_newcomer_makes_an_account_and_arrives_in_the_organization() {
    each(|world| {
        set_policy(world, |it| it.sign_up = vestibule_signin::policy::SignUp::Closed);
        let (invitation, organization) = invite(world, "guest@acme.test");
        let mut visitor = Visitor::new(world);
        let page = visitor.opens(&path(&invitation));
        assert_eq!(page.heading(), "Join Hosts");
        assert_eq!(state(world, &invitation), "pending", "looking accepts nothing");
        let page = visitor.sends(&page, &[]);
        assert_eq!(page.heading(), "Create your account");
        assert!(page.text.contains("You are joining Hosts"));
        assert_eq!(page.value("email").unwrap(), "guest@acme.test");
        let fields = [("email", "someone@else.test"), ("password", OTHER_PASSWORD)];
        let done = visitor.sends(&page, &fields);
        let url = done.leads_to().unwrap();
        let code = url.query_pairs().find(|it| it.0 == "code").unwrap().1.into_owned();
        let session = redeem(world, &code);
        assert_eq!(session["organization_id"], organization);
        let seen = (&session["user"]["email"], &session["user"]["email_verified"]);
        assert_eq!(seen, (&json!("guest@acme.test"), &json!(true)), "the link proved the address");
        assert_eq!(state(world, &invitation), "accepted");
        let again = visitor.opens(&path(&invitation));
        assert_eq!(again.status, StatusCode::GONE);
        assert!(again.text.contains("accepted already") && !again.text.contains("<form"));
    });
}

#[test]
fn an_invited_user_signs_in_and_joins() {
    once(|world| {
        user(&world.flow(), ADA);
        let (invitation, organization) = invite(world, ADA);
        let mut visitor = Visitor::new(world);
        let page = visitor.opens(&path(&invitation));
        let page = visitor.sends(&page, &[]);
        assert_eq!(page.heading(), "Welcome back", "the address is known from the link");
        assert!(page.text.contains(ADA));
        let done = visitor.sends(&page, &[("password", PASSWORD)]);
        assert!(done.leads_to().is_some(), "{}", done.text);
        let members = json!({ "organization_id": organization });
        let members = world.call("organization_memberships.list", members).unwrap();
        assert_eq!(members["data"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn an_invitation_that_the_application_sends_along_is_accepted_on_the_way() {
    once(|world| {
        user(&world.flow(), ADA);
        let (invitation, organization) = invite(world, ADA);
        let mut visitor = Visitor::new(world);
        let page = visitor.begins(json!({ "invitation_token": invitation["token"] }));
        assert_eq!(page.heading(), "Welcome back");
        let done = visitor.sends(&page, &[("password", PASSWORD)]);
        assert_eq!(redeem(world, &done.code())["organization_id"], organization);
        assert_eq!(state(world, &invitation), "accepted");

        let mut visitor = Visitor::new(world);
        let page = visitor.begins(json!({ "invitation_token": invitation["token"] }));
        assert_eq!(page.heading(), "Sign in");
        assert!(page.text.contains("was used already"), "{}", page.text);
        let page = visitor.sends(&page, &[("email", ADA)]);
        visitor.sends(&page, &[("password", PASSWORD)]).code();
    });
}

#[test]
fn an_invitation_to_another_organization_s_domain_is_not_for_this_address() {
    once(|world| {
        user(&world.flow(), ADA);
        let (invitation, organization) = invite(world, "guest@other.test");
        let mut visitor = Visitor::new(world);
        let page = visitor.begins(json!({ "invitation_token": invitation["token"] }));
        assert_eq!(page.heading(), "Create your account");
        let page = visitor.opens(&page.path.replace("/sign-up", "/sign-in"));
        let page = visitor.sends(&page, &[("email", ADA)]);
        let refused = visitor.sends(&page, &[("password", PASSWORD)]);
        assert!(refused.alert().contains("for another address"), "{}", refused.text);
        assert_eq!(state(world, &invitation), "pending");
        let members = json!({ "organization_id": organization });
        let members = world.call("organization_memberships.list", members).unwrap();
        assert_eq!(members["data"], json!([]));
    });
}

#[test]
fn who_has_an_account_is_told_so_by_the_invitation_that_came_to_the_same_address() {
    once(|world| {
        user(&world.flow(), ADA);
        let (invitation, _) = invite(world, ADA);
        let mut visitor = Visitor::new(world);
        let page = visitor.begins(json!({ "invitation_token": invitation["token"] }));
        let page = visitor.opens(&page.path.replace("/password", "/sign-up"));
        let refused = visitor.sends(&page, &[("password", OTHER_PASSWORD)]);
        assert!(refused.alert().contains("account with this email already"));
        assert_eq!(state(world, &invitation), "pending");
    });
}

#[test]
fn without_anywhere_to_go_an_invitation_says_so() {
    vestibule_kernel::testing::on_sqlite(crate::world::domains(), |world| {
        let (invitation, _) = invite(world, ADA);
        let mut visitor = Visitor::new(world);
        let page = visitor.opens(&path(&invitation));
        let refused = visitor.sends(&page, &[]);
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(refused.text.contains("no address yet to take you to"));
        for token in ["", "?invitation_token=", "?invitation_token=no-such-token"] {
            let seen = visitor.opens(&format!("/invite{token}"));
            assert_eq!(seen.status, StatusCode::GONE, "{token}");
        }
    });
}

#[test]
fn an_invitation_that_expired_or_was_taken_back_says_so_and_lets_nobody_in() {
    once(|world| {
        let (expired, _) = invite(world, "late@acme.test");
        let mut visitor = Visitor::new(world);
        let page = visitor.opens(&path(&expired));
        world.clock.advance_seconds(7 * 86_400);
        let late = visitor.sends(&page, &[]);
        assert_eq!(late.status, StatusCode::GONE);
        assert!(late.text.contains("ask whoever invited you for a new one"), "{}", late.text);
        let (revoked, _) = invite(world, "taken@acme.test");
        let page = visitor.opens(&path(&revoked));
        world.call("invitations.revoke", json!({ "id": revoked["id"] })).unwrap();
        assert_eq!(visitor.sends(&page, &[]).status, StatusCode::GONE);
        assert_eq!(visitor.opens(&path(&revoked)).status, StatusCode::GONE);
    });
}
