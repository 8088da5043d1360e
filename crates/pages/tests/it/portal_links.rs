//! Links to the admin portal: making, showing and revoking them.
use serde_json::{Value, json};
use vestibule_kernel::Request;
use vestibule_kernel::testing::World;

use crate::portal::{generate, organization, path_of};
use crate::visitor::Visitor;
use crate::world::{each, once};

fn list(world: &World, input: Value) -> Vec<Value> {
    let page = world.call("portal_links.list", input).unwrap();
    page["data"].as_array().unwrap().clone()
}

fn refused(world: &World, change: Value) -> (u16, Value) {
    let organization = world.call("organizations.create", json!({ "name": "Acme" })).unwrap();
    let mut input = json!({ "organization": organization["id"] });
    input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let error = world.call("portal_links.create", input).unwrap_err();
    (error.status(), error.body())
}

#[test]
fn a_link_is_told_once_and_shown_without_what_opens_it() {
    each(|world| {
        let acme = organization(world, "Acme");
        let link = generate(
            world,
            &acme,
            json!({
                "intent": "sso", "return_url": "https://app.example/back",
                "success_url": "https://app.example/done", "external_user_id": "u-1",
                "it_contact_emails": ["it@acme.test"],
                "intent_options": { "sso": { "bookmark_slug": "acme", "provider_type": "OktaSAML" } },
            }),
        );
        let token = link.rsplit_once('/').unwrap().1.to_owned();
        assert!(link.starts_with("http://127.0.0.1:4100/portal/open/"), "{link}");
        assert_eq!(token.len(), 43);
        let shown = list(world, json!({ "organization_id": acme }));
        assert_eq!(shown.len(), 1);
        let it = &shown[0];
        assert!(!it.to_string().contains(&token));
        assert!(!world.everything()["portal_links"].concat().contains(&token));
        assert_eq!((&it["object"], &it["state"]), (&json!("portal_link"), &json!("issued")));
        assert_eq!((&it["intent"], &it["external_user_id"]), (&json!("sso"), &json!("u-1")));
        assert_eq!(it["expires_at"], "2026-01-15T12:05:00.000Z");
        assert_eq!(it["it_contact_emails"], json!(["it@acme.test"]));
        let got = world.call("portal_links.get", json!({ "id": it["id"] })).unwrap();
        assert_eq!(got, *it);
        assert!(list(world, json!({ "organization_id": organization(world, "Other") })).is_empty());
        let unknown = json!({ "id": "portal_link_none" });
        assert_eq!(world.call("portal_links.get", unknown).unwrap_err().status(), 404);
    });
}

#[test]
fn the_state_of_a_link_tells_whether_it_was_opened() {
    each(|world| {
        let acme = organization(world, "Acme");
        let state = || list(world, json!({}))[0]["state"].clone();
        let link = generate(world, &acme, json!({}));
        let mut visitor = Visitor::new(world);
        let page = visitor.opens(&path_of(&link));
        assert_eq!(state(), "issued");
        visitor.sends(&page, &[]);
        assert_eq!(state(), "opened");
        let overview = visitor.opens("/portal");
        visitor.post("/portal/done", &[("csrf", &overview.csrf())]);
        assert_eq!(state(), "ended");
        generate(world, &acme, json!({}));
        world.clock.advance_seconds(300);
        assert_eq!(state(), "expired");
        generate(world, &acme, json!({ "external_user_id": "u-1" }));
        let input = json!({ "organization": acme, "external_user_id": "u-1" });
        world.call("portal_links.revoke", input).unwrap();
        assert_eq!(state(), "revoked");
    });
}

#[test]
fn an_unknown_organization_is_not_found_and_an_unserved_intent_is_refused_in_words() {
    once(|world| {
        let input = json!({ "organization": "org_none", "intent": "sso" });
        assert_eq!(world.call("portal_links.create", input).unwrap_err().status(), 404);
        let input = json!({ "organization": "org_none", "external_user_id": "u-1" });
        assert_eq!(world.call("portal_links.revoke", input).unwrap_err().status(), 404);
        for intent in ["dsync", "bring_your_own_key"] {
            let (status, body) = refused(world, json!({ "intent": intent }));
            assert_eq!(status, 422);
            let said = body.to_string();
            assert!(said.contains(intent) && said.contains("domain_verification"), "{said}");
        }
        let many: Vec<String> = (0..21).map(|i| format!("it{i}@acme.test")).collect();
        assert_eq!(refused(world, json!({ "it_contact_emails": many })).0, 422);
        assert_eq!(refused(world, json!({ "it_contact_emails": ["nobody"] })).0, 422);
        assert_eq!(refused(world, json!({ "intent": "everything" })).0, 422);
    });
}

#[test]
fn an_address_that_is_no_page_of_the_web_is_refused() {
    once(|world| {
        for field in ["return_url", "success_url"] {
            for url in [
                "javascript:alert(1)",
                "data:text/html,x",
                "myapp://done",
                "//evil.example",
                "/relative",
                "https://user@evil.example/",
                "https://*.example.com/",
                "https://evil.example\\@app.example/",
                "https://app.example/#fragment",
            ] {
                let (status, body) = refused(world, json!({ field: url }));
                assert_eq!(status, 422, "{url}: {body}");
                assert!(body.to_string().contains(field), "{body}");
            }
        }
    });
}

#[test]
fn revoking_ends_the_links_of_one_user_and_their_sessions_and_no_others() {
    each(|world| {
        let acme = organization(world, "Acme");
        let enter = |user: &str| {
            let link = generate(world, &acme, json!({ "external_user_id": user }));
            let mut visitor = Visitor::new(world);
            let page = visitor.opens(&path_of(&link));
            visitor.sends(&page, &[]);
            visitor
        };
        let (mut leaving, mut staying) = (enter("leaves"), enter("stays"));
        let unopened = generate(world, &acme, json!({ "external_user_id": "leaves" }));
        let nobodys = generate(world, &acme, json!({}));
        let input = json!({ "organization": acme, "external_user_id": "leaves" });
        world.call("portal_links.revoke", input.clone()).unwrap();
        world.call("portal_links.revoke", input).unwrap();
        assert_eq!(leaving.get("/portal").status, 410);
        assert_eq!(Visitor::new(world).get(&path_of(&unopened)).status, 410);
        assert_eq!(staying.get("/portal").status, 200);
        assert_eq!(Visitor::new(world).get(&path_of(&nobodys)).status, 200);
    });
}

#[test]
fn a_link_of_another_environment_is_not_seen_and_not_revoked() {
    each(|world| {
        let acme = organization(world, "Acme");
        let link = generate(world, &acme, json!({ "external_user_id": "u-1" }));
        let id = list(world, json!({}))[0]["id"].clone();
        let (_, key) = world.other_environment();
        let call = |operation: &str, input: Value| {
            let request = Request { credential: Some(key.clone()), ..Request::default() };
            world.call_as(request, operation, input)
        };
        let seen = call("portal_links.list", json!({})).unwrap().json().unwrap();
        assert_eq!(seen["data"], json!([]));
        assert_eq!(call("portal_links.get", json!({ "id": id })).unwrap_err().status(), 404);
        let input = json!({ "organization": acme, "external_user_id": "u-1" });
        assert_eq!(call("portal_links.revoke", input).unwrap_err().status(), 404);
        let input = json!({ "organization": acme });
        assert_eq!(call("portal_links.create", input).unwrap_err().status(), 404);
        assert_eq!(Visitor::new(world).get(&path_of(&link)).status, 200);
    });
}

#[test]
fn links_are_forgotten_after_a_week() {
    once(|world| {
        let acme = organization(world, "Acme");
        generate(world, &acme, json!({}));
        world.clock.advance_seconds(6 * 24 * 60 * 60);
        assert_eq!(vestibule_portal::forget(&world.flow()).unwrap(), 0);
        world.clock.advance_seconds(24 * 60 * 60);
        assert_eq!(vestibule_portal::forget(&world.flow()).unwrap(), 1);
        assert!(list(world, json!({})).is_empty());
    });
}
