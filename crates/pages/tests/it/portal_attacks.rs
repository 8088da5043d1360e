//! What must not work in the admin portal, and does not.
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::testing::World;

use crate::portal::{enters, generate, organization, path_of, presses};
use crate::visitor::{Seen, Visitor};
use crate::world::{each, once, user};

const OVER: &str = "This is over";

fn connection(world: &World, organization: &str) -> String {
    let input = json!({ "organization_id": organization, "connection_type": "OktaSAML" });
    let made = world.call("connections.create", input).unwrap();
    made["id"].as_str().unwrap().to_owned()
}

fn assert_over(seen: &Seen) {
    assert_eq!((seen.status, seen.heading().as_str()), (StatusCode::GONE, OVER), "{}", seen.text);
}

/// Presses the button of a link's page in a browser of its own.
fn open<'a>(world: &'a World, link: &str) -> (Visitor<'a>, Seen) {
    let mut visitor = Visitor::new(world);
    let page = visitor.opens(link);
    let seen = visitor.sends(&page, &[]);
    (visitor, seen)
}

#[test]
fn a_link_that_was_opened_opens_nothing_again_not_even_in_the_same_browser() {
    each(|world| {
        let acme = organization(world, "Acme");
        let link = path_of(&generate(world, &acme, json!({})));
        let (mut first, mut second) = (Visitor::new(world), Visitor::new(world));
        let (page, other) = (first.opens(&link), second.opens(&link));
        assert_eq!(first.sends(&page, &[]).status, StatusCode::OK);
        assert_over(&second.sends(&other, &[]));
        assert_over(&first.get(&link));
        assert_eq!(first.get("/portal").status, StatusCode::OK);
        assert_over(&second.get("/portal"));
    });
}

#[test]
fn the_session_of_another_browser_is_not_shared() {
    once(|world| {
        let acme = organization(world, "Acme");
        enters(world, &acme, json!({}));
        let mut stranger = Visitor::new(world);
        assert_over(&stranger.get("/portal"));
        for made_up in ["x".to_owned(), "A".repeat(43), "A".repeat(5000)] {
            stranger.cookies.insert("vestibule-portal".to_owned(), made_up);
            assert_over(&stranger.get("/portal/sso"));
        }
    });
}

#[test]
fn what_is_over_is_told_in_the_same_words_whatever_ended_it() {
    each(|world| {
        let acme = organization(world, "Acme");
        let unknown = Visitor::new(world).get("/portal/open/none");
        let used = path_of(&generate(world, &acme, json!({})));
        open(world, &used);
        let expired = path_of(&generate(world, &acme, json!({})));
        world.clock.advance_seconds(300);
        let revoked = path_of(&generate(world, &acme, json!({ "external_user_id": "u-1" })));
        let input = json!({ "organization": acme, "external_user_id": "u-1" });
        world.call("portal_links.revoke", input).unwrap();
        for link in [used, expired, revoked] {
            let seen = Visitor::new(world).get(&link);
            assert_eq!((seen.status, &seen.text), (unknown.status, &unknown.text));
        }
    });
}

#[test]
fn a_link_that_expires_while_its_page_is_open_opens_nothing() {
    once(|world| {
        let acme = organization(world, "Acme");
        let link = path_of(&generate(world, &acme, json!({})));
        let mut visitor = Visitor::new(world);
        let page = visitor.opens(&link);
        world.clock.advance_seconds(300);
        assert_over(&visitor.sends(&page, &[]));
    });
}

#[test]
fn a_session_ends_after_an_hour_without_a_visit_and_after_eight_in_any_case() {
    each(|world| {
        let acme = organization(world, "Acme");
        let (mut idle, _) = enters(world, &acme, json!({}));
        world.clock.advance_seconds(3599);
        assert_eq!(idle.get("/portal").status, StatusCode::OK);
        world.clock.advance_seconds(3600);
        assert_over(&idle.get("/portal"));
        let (mut busy, _) = enters(world, &acme, json!({}));
        for _ in 0..15 {
            world.clock.advance_seconds(1800);
            assert_eq!(busy.get("/portal").status, StatusCode::OK);
        }
        world.clock.advance_seconds(1800);
        assert_over(&busy.get("/portal"));
    });
}

#[test]
fn a_session_that_was_ended_is_not_taken_up_with_its_old_cookie() {
    once(|world| {
        let acme = organization(world, "Acme");
        let (mut visitor, first) = enters(world, &acme, json!({}));
        let kept = visitor.cookies.clone();
        presses(&mut visitor, &first, "/portal/done", &[]);
        visitor.cookies = kept;
        assert_over(&visitor.get("/portal"));
    });
}

#[test]
fn takeover_attack_who_is_a_member_no_longer_is_in_the_portal_no_longer() {
    each(|world| {
        let acme = organization(world, "Acme");
        let user = user(&world.flow(), "ada@acme.test");
        let input = json!({ "user_id": user.id, "organization_id": acme });
        let membership = world.call("organization_memberships.create", input).unwrap();
        let of_user = json!({ "external_user_id": user.id });
        let id = || json!({ "id": membership["id"] });
        for end in ["organization_memberships.deactivate", "organization_memberships.delete"] {
            let unopened = path_of(&generate(world, &acme, of_user.clone()));
            let (mut ada, _) = enters(world, &acme, of_user.clone());
            let (mut other, _) = enters(world, &acme, json!({ "external_user_id": "u-2" }));
            world.call(end, id()).unwrap();
            assert_over(&ada.get("/portal"));
            assert_over(&Visitor::new(world).get(&unopened));
            assert_eq!(other.get("/portal").status, StatusCode::OK);
            if end.ends_with("deactivate") {
                world.call("organization_memberships.reactivate", id()).unwrap();
                assert_over(&ada.get("/portal"));
            }
        }
    });
}

#[test]
fn the_links_and_sessions_of_a_deleted_organization_are_over() {
    each(|world| {
        let acme = organization(world, "Acme");
        let unopened = path_of(&generate(world, &acme, json!({})));
        let (mut visitor, _) = enters(world, &acme, json!({}));
        world.call("organizations.delete", json!({ "id": acme })).unwrap();
        assert_over(&visitor.get("/portal"));
        assert_over(&Visitor::new(world).get(&unopened));
        let left = world.call("portal_links.list", json!({})).unwrap();
        assert_eq!(left["data"], json!([]));
    });
}

#[test]
fn a_link_for_one_thing_opens_nothing_else() {
    each(|world| {
        let acme = organization(world, "Acme");
        let pages = [
            ("sso", "/portal/sso"),
            ("domain_verification", "/portal/domains"),
            ("certificate_renewal", "/portal/certificates"),
            ("audit_logs", "/portal/audit-logs"),
            ("log_streams", "/portal/log-streams"),
        ];
        for (intent, own) in pages {
            let (mut visitor, first) = enters(world, &acme, json!({ "intent": intent }));
            let token = first.csrf();
            for (_, path) in pages.into_iter().filter(|it| it.1 != own) {
                assert_eq!(visitor.get(path).status, StatusCode::FORBIDDEN, "{intent} {path}");
                let sent = visitor.post(path, &[("csrf", &token), ("domain", "foo.example")]);
                assert!(
                    matches!(sent.status, StatusCode::FORBIDDEN | StatusCode::METHOD_NOT_ALLOWED),
                    "{intent} {path}: {}",
                    sent.status
                );
            }
        }
        let id = connection(world, &acme);
        let (mut visitor, first) = enters(world, &acme, json!({ "intent": "log_streams" }));
        let token = first.csrf();
        for action in ["activate", "deactivate", "delete", "provider", "attributes", "test"] {
            let fields = [("csrf", token.as_str()), ("sure", "yes")];
            let sent = visitor.post(&format!("/portal/sso/{id}/{action}"), &fields);
            assert_eq!(sent.status, StatusCode::FORBIDDEN, "{action}");
        }
        assert_eq!(visitor.get(&format!("/portal/sso/{id}")).status, StatusCode::FORBIDDEN);
    });
}

#[test]
fn what_another_organization_has_is_not_there() {
    each(|world| {
        let (acme, other) = (organization(world, "Acme"), organization(world, "Other"));
        let id = connection(world, &other);
        let domain = world.call("organizations.get", json!({ "id": other })).unwrap();
        let domain = domain["domains"][0]["id"].as_str().unwrap().to_owned();
        let stream = json!({
            "organization_id": other, "generic_https": { "url": "https://logs.example/" },
        });
        let stream = world.call("audit_log_streams.create", stream).unwrap();
        let stream = stream["id"].as_str().unwrap().to_owned();
        let before = world.everything();
        let (mut visitor, first) = enters(world, &acme, json!({}));
        let token = first.csrf();
        for path in [
            format!("/portal/sso/{id}/provider"),
            format!("/portal/sso/{id}/attributes"),
            format!("/portal/sso/{id}/activate"),
            format!("/portal/sso/{id}/deactivate"),
            format!("/portal/sso/{id}/test"),
            format!("/portal/sso/{id}/delete"),
            format!("/portal/domains/{domain}/check"),
            format!("/portal/domains/{domain}/remove"),
            format!("/portal/certificates/{id}"),
            format!("/portal/certificates/{id}/read_again"),
            format!("/portal/certificates/{id}/conn_cert_1/remove"),
            format!("/portal/log-streams/{stream}/test"),
            format!("/portal/log-streams/{stream}/switch"),
            format!("/portal/log-streams/{stream}/delete"),
        ] {
            let fields = [
                ("csrf", token.as_str()),
                ("sure", "yes"),
                ("metadata_url", "https://idp.example/metadata"),
                ("certificate", "x"),
            ];
            let sent = visitor.post(&path, &fields);
            assert_eq!(sent.status, StatusCode::NOT_FOUND, "{path}: {}", sent.text);
        }
        for path in [format!("/portal/sso/{id}"), format!("/portal/sso/{id}/tested?code=x")] {
            assert_eq!(visitor.get(&path).status, StatusCode::NOT_FOUND, "{path}");
        }
        let after = world.everything();
        for table in ["connections", "organization_domains", "audit_log_streams"] {
            assert_eq!(before[table], after[table], "{table}");
        }
    });
}

#[test]
fn a_form_that_no_page_of_this_browser_sent_changes_nothing() {
    once(|world| {
        let acme = organization(world, "Acme");
        let (mut visitor, first) = enters(world, &acme, json!({}));
        let token = first.csrf();
        let forged = [("connection_type", "GenericSAML")];
        assert_eq!(visitor.post("/portal/sso", &forged).status, StatusCode::FORBIDDEN);
        let (_, others) = enters(world, &acme, json!({}));
        let strange = [("csrf", others.csrf()), ("connection_type", "GenericSAML".to_owned())];
        let strange: Vec<_> = strange.iter().map(|it| (it.0, it.1.as_str())).collect();
        assert_eq!(visitor.post("/portal/sso", &strange).status, StatusCode::FORBIDDEN);
        let from = Some("https://evil.example");
        let good = [("csrf", token.as_str()), ("connection_type", "GenericSAML")];
        let seen = visitor.post_from("/portal/sso", &good, from);
        assert_eq!(seen.status, StatusCode::FORBIDDEN);
        let seen = visitor.post_from("/portal/done", &[], from);
        assert_eq!(seen.status, StatusCode::FORBIDDEN);
        let all = world.call("connections.list", json!({})).unwrap();
        assert_eq!(all["data"], json!([]));
        assert_eq!(visitor.get("/portal").status, StatusCode::OK);
    });
}

#[test]
fn no_parameter_of_a_page_says_where_the_browser_goes() {
    once(|world| {
        let acme = organization(world, "Acme");
        let (mut visitor, first) = enters(world, &acme, json!({}));
        let evil = "success_url=https://evil.example&return_url=https://evil.example";
        let seen = visitor.get(&format!("/portal?{evil}"));
        assert!(!seen.text.contains("evil.example"), "{}", seen.text);
        let fields = [("csrf", first.csrf()), ("success_url", "https://evil.example".to_owned())];
        let fields: Vec<_> = fields.iter().map(|it| (it.0, it.1.as_str())).collect();
        let done = visitor.post(&format!("/portal/done?{evil}"), &fields);
        assert!(!done.text.contains("evil.example"), "{}", done.text);
    });
}

#[test]
fn a_code_of_another_connection_or_page_shows_nobody() {
    once(|world| {
        let acme = organization(world, "Acme");
        let id = connection(world, &acme);
        let (mut visitor, _) = enters(world, &acme, json!({}));
        for code in ["", "made-up", "%00"] {
            let seen = visitor.get(&format!("/portal/sso/{id}/tested?code={code}"));
            let told = seen.status == StatusCode::OK && seen.text.contains("does not work yet");
            assert!(told || seen.status == StatusCode::BAD_REQUEST, "{}", seen.text);
        }
    });
}

#[test]
fn events_of_the_portal_are_those_of_the_operations() {
    once(|world| {
        let acme = organization(world, "Acme");
        let (mut visitor, first) = enters(world, &acme, json!({ "intent": "domain_verification" }));
        presses(&mut visitor, &first, "/portal/domains", &[("domain", "foo.example")]);
        let told: Vec<(String, Value)> = world.events();
        let created = told.iter().rev().find(|it| it.0 == "organization_domain.created").unwrap();
        assert_eq!(created.1["domain"], "foo.example");
        world.drain();
    });
}

#[test]
fn what_is_not_known_to_stay_in_an_organization_is_not_done() {
    once(|world| {
        let acme = OrganizationId::parse(&organization(world, "Acme")).unwrap();
        let flow = world.flow();
        for (operation, input) in [
            ("organizations.list", json!({})),
            ("connections.list", json!({})),
            ("users.create", json!({ "email": "new@acme.test" })),
            ("connections.list", json!({ "organization_id": "org_other" })),
        ] {
            let error = flow.operate(&acme, operation, input).unwrap_err();
            assert_eq!(error.status(), 404, "{operation}");
        }
        let input = json!({ "organization_id": acme, "limit": 1000 });
        assert_eq!(flow.operate(&acme, "connections.list", input).unwrap_err().status(), 422);
        let input = json!({ "organization_id": acme });
        assert_eq!(flow.operate(&acme, "connections.list", input).unwrap()["data"], json!([]));
    });
}
