//! What single sign-on by the connections of organizations must withstand, and connections that speak
//! SAML.
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_kernel::Request;
use vestibule_kernel::testing::{Answering, Receiver, World};
use vestibule_saml::KeyPair;

use crate::connections::{
    ADA, Acme, ada, away_by_page, memberships, options, profile, refused, sso,
};
use crate::portal::metadata;
use crate::provider::{CLIENT, Key, back};
use crate::visitor::Visitor;
use crate::world::{PASSWORD, each, mailed_code, once, once_with_connections, redeem, user};

#[test]
fn takeover_attack_an_identity_provider_vouches_for_no_address_of_others() {
    each(|world| {
        let victim = user(&world.flow(), "victim@bank.test");
        let open = json!({ "allow_profiles_outside_organization": true });
        let evil = Acme::at(world, "Evil", "evil.test", open);
        let mut visitor = Visitor::new(world);
        let away = visitor.is_sent_to(json!({ "provider": null, "connection_id": evil.id() }));
        // Whatever it says of the address.
        let claims = json!({ "sub": "v", "email": "victim@bank.test", "email_verified": true });
        let seen = evil.vouched(world, &mut visitor, &away, claims);
        let page = visitor.goes_on(seen);
        assert!(page.path.ends_with("/verify"), "{}", page.path);
        assert_eq!(memberships(world, &json!({ "id": victim.id })), json!([]));
        let sessions = world.call("sessions.list", json!({ "id": victim.id })).unwrap();
        assert_eq!(sessions["data"], json!([]));
        // The code is in the victim's mail, and there it is good.
        let code = mailed_code(world, "victim@bank.test");
        let done = visitor.sends(&page, &[("code", &code)]);
        assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    });
}

#[test]
fn takeover_attack_a_profile_from_outside_is_refused_where_the_organization_is_closed() {
    each(|world| {
        user(&world.flow(), "victim@bank.test");
        let evil = Acme::at(world, "Evil", "evil.test", json!({}));
        for email in ["victim@bank.test", "victim@bank.test@evil.test.bank.test", "x@sub.evil.test"]
        {
            let mut visitor = Visitor::new(world);
            let away = sso(world, &mut visitor, json!({ "connection": evil.id() }));
            let seen =
                evil.vouched(world, &mut visitor, &away, json!({ "sub": "v", "email": email }));
            assert_eq!(back(&seen)["error"], "profile_not_allowed_outside_organization", "{email}");
        }
        assert_eq!(evil.state(world), "validating", "nobody has signed in by it");
        let names = world.event_names();
        assert!(names.contains(&"authentication.sso_failed".to_owned()));
    });
}

#[test]
fn theft_attack_a_secret_is_told_to_no_other_provider_than_it_was_given_for() {
    once_with_connections(|world| {
        let acme = Acme::new(world);
        let evil = json!({ "discovery_endpoint": "https://evil.test" });
        let change = json!({ "id": acme.id(), "oidc_options": evil });
        let (status, body) = refused(world, "connections.update", change);
        assert_eq!(status, 422);
        assert_eq!(body["errors"][0]["field"], "oidc_options.client_secret", "{body}");
        let same = options(&acme.provider)["discovery_endpoint"].clone();
        acme.update(world, json!({ "oidc_options": { "discovery_endpoint": same } }));
    });
}

#[test]
fn the_identity_provider_of_another_organization_does_not_meet_a_policy() {
    once_with_connections(|world| {
        let acme = Acme::new(world);
        acme.switch(world, "activate");
        acme.requires(world, json!({}));
        let open = json!({ "allow_profiles_outside_organization": true });
        let evil = Acme::at(world, "Evil", "evil.test", open);
        let victim = user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        let away = visitor.is_sent_to(json!({ "provider": null, "connection_id": evil.id() }));
        let claims = json!({ "sub": "v", "email": ADA });
        let seen = evil.vouched(world, &mut visitor, &away, claims);
        let page = visitor.goes_on(seen);
        assert!(page.path.ends_with("/another-way"), "{}", page.path);
        // Who really is Ada goes on to the right one from there.
        let page = visitor.get(&page.path.replace("/another-way", "/sso"));
        let away = away_by_page(&page);
        assert!(away.url.as_str().starts_with(&acme.provider.url));
        let done = acme.vouched(world, &mut visitor, &away, ada());
        let reply = redeem(world, &back(&done)["code"]);
        assert_eq!(reply["user"]["id"], json!(victim.id));
        assert_eq!(reply["organization_id"], json!(acme.organization));
        // An application that knows no pages is told which connections there are.
        let input = json!({
            "grant_type": "password", "client_id": "client_01",
            "client_secret": world.key.reveal(), "email": ADA, "password": PASSWORD,
        });
        let refusal =
            world.call_as(Request::default(), "user_management.authenticate", input).unwrap_err();
        assert_eq!(refusal.body()["error"], "sso_required");
        assert_eq!(refusal.body()["connection_ids"], json!([acme.connection["id"]]));
    });
}

#[test]
fn a_session_by_single_sign_on_does_not_pass_for_another_organizations() {
    each(|world| {
        let acme = Acme::new(world);
        let mut visitor = Visitor::new(world);
        let away = visitor.is_sent_to(json!({ "provider": null, "connection_id": acme.id() }));
        let done = acme.vouched(world, &mut visitor, &away, ada());
        let reply = redeem(world, &back(&done)["code"]);
        let other = Acme::at(world, "Initech", "initech.test", json!({}));
        let input =
            json!({ "user_id": reply["user"]["id"], "organization_id": other.organization });
        world.call("organization_memberships.create", input).unwrap();
        let refresh = |token: &Value, organization: &str| {
            let input = json!({
                "grant_type": "refresh_token", "client_id": "client_01",
                "client_secret": world.key.reveal(), "refresh_token": token,
                "organization_id": organization,
            });
            world.call_as(Request::default(), "user_management.authenticate", input)
        };
        other.requires(world, json!({}));
        let refused = refresh(&reply["refresh_token"], &other.organization).unwrap_err();
        assert_eq!(refused.body()["error"], "sso_required");
        acme.requires(world, json!({ "second_factor": "required" }));
        let own = refresh(&reply["refresh_token"], &acme.organization).unwrap().json().unwrap();
        assert_eq!(own["organization_id"], json!(acme.organization));
    });
}

#[test]
fn who_was_put_out_of_an_organization_does_not_come_back_by_its_identity_provider() {
    each(|world| {
        let acme = Acme::new(world);
        let comes = || {
            let mut visitor = Visitor::new(world);
            let away = visitor.is_sent_to(json!({ "provider": null, "connection_id": acme.id() }));
            acme.vouched(world, &mut visitor, &away, ada())
        };
        let reply = redeem(world, &back(&comes())["code"]);
        let membership = &memberships(world, &reply["user"])[0];
        let input = json!({ "id": membership["id"] });
        world.call("organization_memberships.deactivate", input).unwrap();
        assert_eq!(back(&comes())["error"], "access_denied");
        assert_eq!(memberships(world, &reply["user"])[0]["status"], "inactive");
    });
}

#[test]
fn mix_up_attack_an_answer_is_taken_on_the_callback_of_its_own_connection_alone() {
    once(|world| {
        let acme = Acme::new(world);
        let evil = Acme::at(world, "Evil", "evil.test", json!({}));
        let mut visitor = Visitor::new(world);
        let away = sso(world, &mut visitor, json!({ "connection": acme.id() }));
        acme.provider.will_vouch(world, &acme.key, away.get("nonce"), ada());
        let seen = evil.comes_back(world, &mut visitor, &away);
        assert_eq!(seen.status, StatusCode::FORBIDDEN);
        assert!(acme.provider.says(|it| it.exchanged.is_empty()));
        // Nor on that of a social provider, and an answer works once.
        let away = sso(world, &mut visitor, json!({ "connection": acme.id() }));
        let key = acme.callback(world).split('/').nth(5).unwrap().to_owned();
        let seen = visitor.comes_back(&key, &[("state", away.get("state")), ("code", "c-1")]);
        assert_eq!(seen.status, StatusCode::FORBIDDEN);
        assert_eq!(acme.comes_back(world, &mut visitor, &away).status, StatusCode::GONE);
    });
}

#[test]
fn an_answer_that_another_browser_brings_or_that_was_forged_is_not_taken() {
    once(|world| {
        let acme = Acme::new(world);
        let mut visitor = Visitor::new(world);
        let away = sso(world, &mut visitor, json!({ "connection": acme.id() }));
        acme.provider.will_vouch(world, &acme.key, away.get("nonce"), ada());
        let seen = acme.comes_back(world, &mut Visitor::new(world), &away);
        assert_eq!(seen.status, StatusCode::FORBIDDEN);
        let forged = Key::new("k1");
        acme.provider.will_vouch(world, &forged, away.get("nonce"), ada());
        let seen = acme.comes_back(world, &mut visitor, &away);
        assert_eq!(back(&seen)["error"], "oauth_failed");
        // An algorithm that was not agreed on.
        acme.update(world, json!({ "oidc_options": { "id_token_signature_algorithm": "RS256" } }));
        let away = sso(world, &mut visitor, json!({ "connection": acme.id() }));
        let seen = acme.vouched(world, &mut visitor, &away, ada());
        assert_eq!(back(&seen)["error"], "oauth_failed");
        acme.update(world, json!({ "oidc_options": { "id_token_signature_algorithm": "ES256" } }));
        let away = sso(world, &mut visitor, json!({ "connection": acme.id() }));
        let seen = acme.vouched(world, &mut visitor, &away, ada());
        assert!(back(&seen).contains_key("code"));
    });
}

#[test]
fn a_connection_that_is_switched_off_signs_nobody_in_who_is_on_the_way() {
    each(|world| {
        let acme = Acme::new(world);
        acme.switch(world, "activate");
        let mut visitor = Visitor::new(world);
        let away = sso(world, &mut visitor, json!({ "connection": acme.id() }));
        let off = acme.switch(world, "deactivate");
        assert_eq!((&off["state"], &off["status"]), (&json!("inactive"), &json!("unlinked")));
        acme.switch(world, "deactivate");
        let seen = acme.vouched(world, &mut visitor, &away, ada());
        assert_eq!(back(&seen)["error"], "connection_unlinked");
        let count = |name: &str| world.event_names().iter().filter(|it| *it == name).count();
        assert_eq!(count("connection.activated"), 1);
        assert_eq!(count("connection.deactivated"), 1);
        // One that is deleted while somebody is away leaves nothing that they could come back to.
        acme.switch(world, "activate");
        let away = sso(world, &mut visitor, json!({ "connection": acme.id() }));
        let callback = acme.callback(world);
        world.call("connections.delete", json!({ "id": acme.connection["id"] })).unwrap();
        let path = callback.strip_prefix("http://127.0.0.1:4100").unwrap();
        let seen = visitor.get(&format!("{path}?state={}&code=c-1", away.get("state")));
        assert_eq!(seen.status, StatusCode::GONE);
        let deleted = world.events().into_iter().find(|it| it.0 == "connection.deleted").unwrap().1;
        assert_eq!(deleted["state"], "active");
        assert_eq!(deleted.get("status"), None);
    });
}

#[test]
fn the_connections_of_an_organization_go_with_it() {
    each(|world| {
        let acme = Acme::new(world);
        world.call("organizations.delete", json!({ "id": acme.organization })).unwrap();
        let (status, _) = refused(world, "connections.get", json!({ "id": acme.connection["id"] }));
        assert_eq!(status, 404);
        assert!(world.event_names().contains(&"connection.deleted".to_owned()));
    });
}

#[test]
fn an_application_leads_its_people_out_at_their_identity_provider_once() {
    each(|world| {
        let acme = Acme::new(world);
        let mut visitor = Visitor::new(world);
        let away = sso(world, &mut visitor, json!({ "connection": acme.id() }));
        let seen = acme.vouched(world, &mut visitor, &away, ada());
        let shown = profile(world, &back(&seen)["code"]);
        let ask = || world.call("sso.authorize_logout", json!({ "profile_id": shown["id"] }));
        let given = ask().unwrap();
        let token = given["logout_token"].as_str().unwrap();
        let url = format!("http://127.0.0.1:4100/sso/logout?token={token}");
        assert_eq!(given["logout_url"], json!(url));
        let bring = |token: &str| {
            let input = json!({ "token": token });
            world.call_as(Request::default(), "sso.logout", input)
        };
        let location = bring(token).unwrap().location.unwrap();
        let expected = format!(
            "{}/sign-out?theme=dark&client_id={CLIENT}&logout_hint=ada%40acme.test",
            acme.provider.url
        );
        assert_eq!(location, expected);
        assert_eq!(bring(token).unwrap_err().status(), 404, "it works once");
        assert_eq!(bring("unknown").unwrap_err().status(), 404);
        let late = ask().unwrap();
        world.clock.advance_seconds(300);
        assert_eq!(bring(late["logout_token"].as_str().unwrap()).unwrap_err().status(), 404);
        let (status, _) = refused(world, "sso.authorize_logout", json!({ "profile_id": "prof_1" }));
        assert_eq!(status, 404);
        let okta = json!({
            "organization_id": acme.organization, "connection_type": "OktaOIDC",
            "oidc_options": options(&acme.provider),
        });
        let okta = world.call("connections.create", okta).unwrap();
        let other = Acme { connection: okta, ..acme };
        let away = sso(world, &mut visitor, json!({ "connection": other.id() }));
        let seen = other.vouched(world, &mut visitor, &away, ada());
        let shown = profile(world, &back(&seen)["code"]);
        let (status, body) =
            refused(world, "sso.authorize_logout", json!({ "profile_id": shown["id"] }));
        assert_eq!((status, &body["error"]), (400, &json!("connection_invalid")));
    });
}

/// A connection that speaks SAML with this certificate.
fn saml(world: &World, certificate: &KeyPair) -> Value {
    let domain = json!([{ "domain": "acme.test", "state": "verified" }]);
    let input = json!({ "name": "Acme", "domain_data": domain });
    let organization = world.call("organizations.create", input).unwrap();
    let options = json!({
        "idp_sso_url": "https://idp.acme.test/sso?tenant=1",
        "idp_signing_certs": [certificate.certificate().pem],
    });
    let input = json!({ "organization_id": organization["id"], "saml_options": options });
    world.call("connections.create", input).unwrap()
}

/// A certificate that ends this many days from now.
pub fn ending(world: &World, days: i64) -> KeyPair {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let made = KeyPair::generate("idp.acme.test", world.app.now().millis()).unwrap();
    let lives = made.certificate().not_after_ms - world.app.now().millis();
    let at = world.app.now().millis() - lives + days * DAY;
    KeyPair::generate("idp.acme.test", at).unwrap()
}

#[test]
fn it_is_told_once_a_week_that_a_certificate_ends_until_another_one_is_there() {
    each(|world| {
        let connection = saml(world, &ending(world, 40));
        let tend = || vestibule_federation::forget(&world.flow()).unwrap();
        let told = |name: &str| {
            let events = world.events().into_iter();
            events.filter(|it| it.0 == name).map(|it| it.1).collect::<Vec<_>>()
        };
        let required = "connection.saml_certificate_renewal_required";
        tend();
        tend();
        let events = told(required);
        assert_eq!(events.len(), 1);
        let it = &events[0];
        assert_eq!(it["connection"]["id"], connection["id"]);
        assert_eq!(it["connection"]["organization_id"], connection["organization_id"]);
        assert_eq!(it["certificate"]["certificate_type"], "ResponseSigning");
        assert_eq!(it["certificate"]["is_expired"], false);
        let days = it["days_until_expiry"].as_i64().unwrap();
        assert!((38..=40).contains(&days), "{days}");
        world.clock.advance_seconds(45 * 24 * 60 * 60);
        tend();
        let last = told(required).pop().unwrap();
        assert_eq!(last["certificate"]["is_expired"], true);
        assert!(last["days_until_expiry"].as_i64().unwrap() < 0);
        let next = KeyPair::generate("idp.acme.test", world.app.now().millis()).unwrap();
        let input = json!({ "connection_id": connection["id"], "value": next.certificate().pem });
        world.call("connections.create_saml_idp_signing_cert", input.clone()).unwrap();
        let renewed = told("connection.saml_certificate_renewed").pop().unwrap();
        assert_eq!(renewed["connection"]["id"], connection["id"]);
        assert_eq!(renewed["certificate"]["certificate_type"], "ResponseSigning");
        let (status, body) = refused(world, "connections.create_saml_idp_signing_cert", input);
        assert_eq!((status, &body["code"]), (400, &json!("invalid_certificate")));
        world.clock.advance_seconds(8 * 24 * 60 * 60);
        tend();
        assert_eq!(told(required).len(), 2, "its successor is there");
    });
}

#[test]
fn metadata_is_read_again_each_day_and_what_cannot_be_read_changes_nothing() {
    each(|world| {
        let (first, second) = (ending(world, 400), ending(world, 500));
        let idp = Receiver::start();
        let says = |key: &KeyPair| {
            let document = metadata("https://idp.acme.test", &key.certificate().pem);
            idp.answers(move |_| Answering::With(200, document.clone()));
        };
        says(&first);
        let organization = world.call("organizations.create", json!({ "name": "Acme" })).unwrap();
        let input = json!({ "organization_id": organization["id"], "saml_options": {
            "idp_metadata_url": format!("{}/metadata", idp.url),
        }});
        let connection = world.call("connections.create", input).unwrap();
        let input = json!({ "connection_id": connection["id"] });
        let trusted = || {
            let all = world.call("connections.list_saml_idp_signing_certs", input.clone()).unwrap();
            let all = all["data"].as_array().unwrap().iter();
            all.map(|it| it["value"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let tends_after = |hours: i64| {
            idp.all();
            world.clock.advance_seconds(hours * 60 * 60);
            let flow = world.flow();
            let tend = move || vestibule_federation::forget(&flow).unwrap();
            world.block_on(async { tokio::task::spawn_blocking(tend).await }).unwrap();
            idp.all().len()
        };
        let before = trusted();
        assert_eq!(before.len(), 1);
        says(&second);
        assert_eq!(tends_after(23), 0, "not before the day is over");
        assert_eq!(tends_after(2), 1);
        let after = trusted();
        assert!(after.len() == 1 && after != before, "what it signs with now alone");
        assert_eq!(tends_after(2), 0, "once a day");
        for wrong in [
            Answering::With(500, String::new()),
            Answering::With(200, "<EntityDescriptor/>".to_owned()),
            Answering::With(200, metadata("https://idp.acme.test", "bm8gY2VydGlmaWNhdGU=")),
            Answering::Redirect("http://127.0.0.1:1/metadata".to_owned()),
            Answering::Close,
        ] {
            idp.answers(move |_| wrong.clone());
            tends_after(25);
            assert_eq!(trusted(), after);
        }
        says(&first);
        assert_eq!(tends_after(1), 1, "it is tried again as long as it fails");
        assert_eq!(trusted(), before);
    });
}

#[test]
fn a_request_by_saml_goes_where_the_connection_says_and_its_answer_waits_for_its_browser() {
    once(|world| {
        let connection = saml(world, &ending(world, 400));
        let id = json!({ "id": connection["id"] });
        let shown = world.call("connection_configuration.get", id).unwrap();
        let key = shown["external_key"].as_str().unwrap();
        let acs = format!("/sso/saml/acs/{key}");
        assert_eq!(shown["saml"]["acs_url"], format!("http://127.0.0.1:4100{acs}"));
        assert_eq!(shown["saml"]["sp_entity_id"], format!("http://127.0.0.1:4100/{key}"));
        let mut visitor = Visitor::new(world);
        let away = sso(world, &mut visitor, json!({ "connection": connection["id"] }));
        assert!(away.url.as_str().starts_with("https://idp.acme.test/sso?tenant=1&SAMLRequest="));
        let metadata = visitor.get(&format!("/sso/saml/metadata/{key}"));
        assert!(metadata.text.contains(&format!("Location=\"http://127.0.0.1:4100{acs}\"")));
        assert_eq!(visitor.get("/sso/saml/metadata/unknown").status, StatusCode::NOT_FOUND);
        // A browser that comes without an answer is not signed in, and has used its turn up.
        let path = format!("{acs}?state={}", away.get("RelayState"));
        assert_eq!(Visitor::new(world).get(&path).status, StatusCode::FORBIDDEN);
        assert_eq!(back(&visitor.get(&path))["error"], "oauth_failed");
        assert_eq!(visitor.get(&path).status, StatusCode::GONE);
    });
}

#[test]
fn a_connection_speaks_one_protocol_and_keeps_it() {
    once(|world| {
        let connection = saml(world, &ending(world, 400));
        assert_eq!(connection["connection_type"], "GenericSAML");
        let acme = Acme::at(world, "Other", "other.test", json!({}));
        let oidc = json!({ "id": connection["id"], "oidc_options": options(&acme.provider) });
        assert_eq!(refused(world, "connections.update", oidc).0, 422);
        let saml = json!({ "id": acme.connection["id"], "saml_options": { "sp_entity_id": "x" } });
        assert_eq!(refused(world, "connections.update", saml).0, 422);
        let certs = json!({ "connection_id": acme.connection["id"] });
        let (status, body) = refused(world, "connections.create_saml_sp_signing_cert", certs);
        assert_eq!((status, &body["code"]), (400, &json!("connection_not_saml")));
        let named =
            json!({ "id": connection["id"], "saml_options": { "sp_entity_id": "urn:acme" } });
        world.call("connections.update", named).unwrap();
        let id = json!({ "id": connection["id"] });
        let shown = world.call("connection_configuration.get", id).unwrap();
        assert_eq!(shown["saml"]["sp_entity_id"], "urn:acme");
        assert_eq!(shown["saml"]["idp_sso_url"], "https://idp.acme.test/sso?tenant=1");
    });
}

#[test]
fn flood_attack_a_place_is_sent_to_identity_providers_three_times_a_minute() {
    each(|world| {
        let acme = Acme::new(world);
        acme.switch(world, "activate");
        acme.requires(world, json!({}));
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        let page = visitor.sends(&first, &[("email", ADA)]);
        let path = page.path.clone();
        for _ in 0..2 {
            away_by_page(&visitor.get(&path));
        }
        let seen = visitor.get(&path);
        assert_eq!(seen.status, StatusCode::TOO_MANY_REQUESTS);
        let after: u64 = seen.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&after));
        visitor.ip = [203, 0, 113, 8];
        away_by_page(&visitor.get(&path));
        world.clock.advance_seconds(60);
        visitor.ip = [203, 0, 113, 7];
        away_by_page(&visitor.get(&path));
    });
}
