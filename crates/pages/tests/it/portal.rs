//! The admin portal: opening it, and setting up single sign-on and domains in it.
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_kernel::testing::World;

use crate::connection_attacks::ending;
use crate::connections::{ada, away_by_page};
use crate::provider::{CLIENT, Key, Provider, SECRET};
use crate::visitor::{ORIGIN, Seen, Visitor};
use crate::world::{each, once};

pub fn organization(world: &World, name: &str) -> String {
    let domain = format!("{}.test", name.to_lowercase());
    let domain = json!([{ "domain": domain, "state": "verified" }]);
    let input = json!({ "name": name, "domain_data": domain });
    let made = world.call("organizations.create", input).unwrap();
    made["id"].as_str().unwrap().to_owned()
}

pub fn generate(world: &World, organization: &str, more: Value) -> String {
    let mut input = json!({ "organization": organization });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = world.call("portal_links.create", input).unwrap();
    made["link"].as_str().unwrap().to_owned()
}

pub fn path_of(link: &str) -> String {
    link.strip_prefix(ORIGIN).unwrap_or_else(|| panic!("{link}")).to_owned()
}

/// Somebody who has opened the portal, and the first page that they see.
pub fn enters<'a>(world: &'a World, organization: &str, more: Value) -> (Visitor<'a>, Seen) {
    let link = generate(world, organization, more);
    let mut visitor = Visitor::new(world);
    let page = visitor.opens(&path_of(&link));
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let first = visitor.sends(&page, &[]);
    assert_eq!(first.status, StatusCode::OK, "{}", first.text);
    (visitor, first)
}

/// Sends a form of a page that has several, and goes where that leads.
pub fn presses(
    visitor: &mut Visitor<'_>,
    page: &Seen,
    action: &str,
    fields: &[(&str, &str)],
) -> Seen {
    assert!(page.actions().iter().any(|it| it == action), "no {action}: {:?}", page.actions());
    let token = page.csrf();
    let mut all = vec![("csrf", token.as_str())];
    all.extend(fields);
    let seen = visitor.post(action, &all);
    visitor.follow(action, seen)
}

/// The only connection of an organization.
fn only(world: &World, organization: &str) -> Value {
    let all = world.call("connections.list", json!({ "organization_id": organization })).unwrap();
    assert_eq!(all["data"].as_array().unwrap().len(), 1, "{all}");
    all["data"][0].clone()
}

fn configuration(world: &World, connection: &Value) -> Value {
    world.call("connection_configuration.get", json!({ "id": connection["id"] })).unwrap()
}

pub fn metadata(entity: &str, certificate: &str) -> String {
    let lines = certificate.lines().filter(|it| !it.starts_with("-----"));
    let certificate: String = lines.collect();
    format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{entity}\">\
         <IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
         <KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\">\
         <X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo>\
         </KeyDescriptor>\
         <SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" \
         Location=\"https://idp.acme.test/sso\"/></IDPSSODescriptor></EntityDescriptor>"
    )
}

#[test]
fn looking_at_a_link_uses_nothing_up_and_its_button_opens_the_portal_once() {
    each(|world| {
        let acme = organization(world, "Acme");
        let link = path_of(&generate(world, &acme, json!({})));
        let mut scanner = Visitor::new(world);
        for _ in 0..3 {
            assert_eq!(scanner.get(&link).status, StatusCode::OK);
        }
        let mut visitor = Visitor::new(world);
        let page = visitor.opens(&link);
        assert_eq!(page.heading(), "Set up Acme");
        let first = visitor.sends(&page, &[]);
        assert_eq!(first.path, "/portal");
        for area in ["sso", "domains", "certificates", "audit-logs", "log-streams"] {
            assert!(
                first.text.contains(&format!("href=\"&#x2f;portal&#x2f;{area}\"")),
                "{}",
                first.text
            );
        }
    });
}

#[test]
fn a_link_for_something_leads_there_at_once() {
    once(|world| {
        let acme = organization(world, "Acme");
        for (intent, path) in [
            ("sso", "/portal/sso"),
            ("domain_verification", "/portal/domains"),
            ("certificate_renewal", "/portal/certificates"),
            ("audit_logs", "/portal/audit-logs"),
            ("log_streams", "/portal/log-streams"),
        ] {
            let (_, first) = enters(world, &acme, json!({ "intent": intent }));
            assert_eq!(first.path, path);
        }
    });
}

#[test]
fn the_cookie_of_a_session_is_for_this_host_and_not_for_scripts() {
    once(|world| {
        let acme = organization(world, "Acme");
        let mut visitor = Visitor::new(world);
        let link = path_of(&generate(world, &acme, json!({})));
        let page = visitor.opens(&link);
        let token = page.csrf();
        let opened = visitor.post(&link, &[("csrf", &token)]);
        let lines = opened.cookie_lines();
        let cookie = lines.iter().find(|it| it.starts_with("vestibule-portal=")).unwrap();
        for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=28800"] {
            assert!(cookie.contains(part), "{cookie}");
        }
    });
}

#[test]
fn being_done_ends_the_session_and_leads_to_the_application() {
    each(|world| {
        let acme = organization(world, "Acme");
        let urls = json!({
            "return_url": "https://app.example/back", "success_url": "https://app.example/done",
        });
        let (mut visitor, first) = enters(world, &acme, urls);
        assert!(first.text.contains("https:&#x2f;&#x2f;app.example&#x2f;back"), "{}", first.text);
        let done = presses(&mut visitor, &first, "/portal/done", &[]);
        assert_eq!(done.leads_to().unwrap().as_str(), "https://app.example/done");
        assert!(!visitor.cookies.contains_key("vestibule-portal"));
        let (mut visitor, first) =
            enters(world, &acme, json!({ "return_url": "https://app.example/back" }));
        let done = presses(&mut visitor, &first, "/portal/done", &[]);
        assert_eq!(done.leads_to().unwrap().as_str(), "https://app.example/back");
        let (mut visitor, first) = enters(world, &acme, json!({}));
        let done = presses(&mut visitor, &first, "/portal/done", &[]);
        assert!(done.leads_on().is_none() && done.heading() == "Thank you");
    });
}

#[test]
fn single_sign_on_by_openid_connect_is_set_up_tested_and_so_active() {
    each(|world| {
        let acme = organization(world, "Acme");
        let (provider, key) = (Provider::start(world), Key::new("k1"));
        provider.says(|it| it.keys = vec![key.public()]);
        let (mut visitor, page) = enters(world, &acme, json!({ "intent": "sso" }));
        let page =
            presses(&mut visitor, &page, "/portal/sso", &[("connection_type", "GenericOIDC")]);
        let connection = only(world, &acme);
        let at = format!("/portal/sso/{}", connection["id"].as_str().unwrap());
        assert_eq!((page.path.as_str(), &connection["state"]), (at.as_str(), &json!("draft")));
        let callback = configuration(world, &connection)["to_register"]["redirect_uri"].clone();
        let callback = callback.as_str().unwrap();
        assert!(page.text.contains(&callback.replace('/', "&#x2f;")), "{}", page.text);
        let page = presses(
            &mut visitor,
            &page,
            &format!("{at}/provider"),
            &[("issuer", &provider.url), ("client_id", CLIENT), ("client_secret", SECRET)],
        );
        assert_eq!(only(world, &acme)["state"], "validating", "{}", page.text);
        assert!(!page.text.contains(SECRET));
        let leaving = presses(&mut visitor, &page, &format!("{at}/test"), &[]);
        let away = away_by_page(&leaving);
        provider.will_vouch(world, &key, away.get("nonce"), {
            let mut claims = ada();
            claims["email"] = json!("ada@acme.test");
            claims
        });
        let path = callback.strip_prefix(ORIGIN).unwrap();
        let back = visitor.get(&format!("{path}?state={}&code=c-1", away.get("state")));
        let tested = visitor.get(&path_of(back.header("location").unwrap()));
        assert_eq!(tested.status, StatusCode::OK, "{}", tested.text);
        assert!(tested.text.contains("ada@acme.test") && tested.text.contains("Engineering"));
        assert_eq!(only(world, &acme)["state"], "active");
        let users = world.call("users.list", json!({})).unwrap();
        assert_eq!(users["data"], json!([]), "a test signs nobody in");
        // What a page shows once, it shows once.
        let again = visitor.get(&path_of(back.header("location").unwrap()));
        assert!(again.text.contains("does not work yet"), "{}", again.text);
    });
}

#[test]
fn a_sign_in_that_fails_tells_why() {
    once(|world| {
        let acme = organization(world, "Acme");
        let (mut visitor, page) = enters(world, &acme, json!({ "intent": "sso" }));
        let page =
            presses(&mut visitor, &page, "/portal/sso", &[("connection_type", "GenericOIDC")]);
        let tested = visitor
            .get(&format!("{}/tested?error=access_denied&error_description=No+way", page.path));
        assert!(tested.text.contains("No way"), "{}", tested.text);
        let script = "%3Cscript%3Ealert(1)%3C%2Fscript%3E";
        let tested = visitor.get(&format!("{}/tested?error={script}", page.path));
        assert!(!tested.text.contains("<script>alert"), "{}", tested.text);
    });
}

#[test]
fn single_sign_on_by_saml_is_set_up_by_pasted_metadata_or_by_hand() {
    each(|world| {
        let acme = organization(world, "Acme");
        let certificate = ending(world, 400).certificate().pem.clone();
        let (mut visitor, page) = enters(world, &acme, json!({ "intent": "sso" }));
        let page = presses(&mut visitor, &page, "/portal/sso", &[("connection_type", "OktaSAML")]);
        let at = page.path.clone();
        let register = configuration(world, &only(world, &acme))["to_register"].clone();
        for name in ["acs_url", "sp_entity_id", "sp_metadata_url"] {
            let value = register[name].as_str().unwrap().replace('/', "&#x2f;");
            assert!(page.text.contains(&value), "{name}: {}", page.text);
        }
        let described = visitor.get(&path_of(register["sp_metadata_url"].as_str().unwrap()));
        assert!(described.text.contains("AssertionConsumerService"), "{}", described.text);
        let action = format!("{at}/provider");
        let wrong = presses(&mut visitor, &page, &action, &[("metadata", "<html></html>")]);
        assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
        assert!(wrong.alert().contains("metadata"), "{}", wrong.alert());
        let document = metadata("https://idp.acme.test", &certificate);
        let page = presses(&mut visitor, &wrong, &action, &[("metadata", &document)]);
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let connection = only(world, &acme);
        assert_eq!(connection["state"], "validating");
        let saml = configuration(world, &connection)["saml"].clone();
        assert_eq!(saml["idp_entity_id"], "https://idp.acme.test");
        assert_eq!(saml["idp_sso_url"], "https://idp.acme.test/sso");
        let by_hand = [("sso_url", "https://other.acme.test/sso"), ("entity_id", "urn:other")];
        let page = presses(&mut visitor, &page, &action, &by_hand);
        let saml = configuration(world, &only(world, &acme))["saml"].clone();
        assert_eq!(saml["idp_sso_url"], "https://other.acme.test/sso", "{}", page.text);
        let page = presses(
            &mut visitor,
            &page,
            &format!("{at}/attributes"),
            &[("email", "mail"), ("groups", "memberOf")],
        );
        let maps = configuration(world, &only(world, &acme))["attribute_maps"].clone();
        assert_eq!(maps["standard_attributes"]["email"], "mail");
        assert_eq!(maps["standard_attributes"]["name"], Value::Null);
        let page = presses(&mut visitor, &page, &format!("{at}/activate"), &[]);
        assert_eq!(only(world, &acme)["state"], "active");
        let page = presses(&mut visitor, &page, &format!("{at}/deactivate"), &[]);
        assert_eq!(only(world, &acme)["state"], "inactive");
        let unsure = presses(&mut visitor, &page, &format!("{at}/delete"), &[]);
        assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
        presses(&mut visitor, &unsure, &format!("{at}/delete"), &[("sure", "yes")]);
        let all = world.call("connections.list", json!({})).unwrap();
        assert_eq!(all["data"], json!([]));
        let told = world.event_names();
        for name in ["connection.activated", "connection.deactivated", "connection.deleted"] {
            assert!(told.iter().any(|it| it == name), "{told:?}");
        }
    });
}

#[test]
fn domains_are_added_checked_and_removed() {
    each(|world| {
        let acme = organization(world, "Acme");
        let (mut visitor, page) = enters(world, &acme, json!({ "intent": "domain_verification" }));
        assert!(page.text.contains("acme.test"), "{}", page.text);
        let page = presses(&mut visitor, &page, "/portal/domains", &[("domain", "Foo.Example")]);
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let found = world.call("organizations.get", json!({ "id": acme })).unwrap();
        let domains = found["domains"].as_array().unwrap();
        let added = domains.iter().find(|it| it["domain"] == "foo.example").unwrap().clone();
        let record = format!(
            "{}={}",
            added["verification_prefix"].as_str().unwrap(),
            added["verification_token"].as_str().unwrap()
        );
        assert!(page.text.contains(&record), "{}", page.text);
        let again = presses(&mut visitor, &page, "/portal/domains", &[("domain", "foo.example")]);
        assert_eq!(again.status, StatusCode::CONFLICT);
        assert_eq!(again.value("domain").as_deref(), Some("foo.example"));
        let at = format!("/portal/domains/{}", added["id"].as_str().unwrap());
        let page = presses(&mut visitor, &page, &format!("{at}/check"), &[]);
        assert!(page.text.contains("We are looking"), "{}", page.text);
        presses(&mut visitor, &page, &format!("{at}/remove"), &[]);
        let found = world.call("organizations.get", json!({ "id": acme })).unwrap();
        assert_eq!(found["domains"].as_array().unwrap().len(), 1);
        world.drain();
    });
}

#[test]
fn certificates_show_when_they_end_and_new_ones_are_given() {
    each(|world| {
        let acme = organization(world, "Acme");
        let (old, new) = (ending(world, 40), ending(world, 400));
        let input = json!({ "organization_id": acme, "saml_options": {
            "idp_sso_url": "https://idp.acme.test/sso",
            "idp_signing_certs": [old.certificate().pem],
        }});
        let connection = world.call("connections.create", input).unwrap();
        let at = format!("/portal/certificates/{}", connection["id"].as_str().unwrap());
        let (mut visitor, page) = enters(world, &acme, json!({ "intent": "certificate_renewal" }));
        assert!(page.text.contains("Ends soon: on 25 February 2026"), "{}", page.text);
        assert!(!page.text.contains("/remove\""), "the last one stays: {}", page.text);
        let wrong = presses(&mut visitor, &page, &at, &[("certificate", "no certificate")]);
        assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
        let page = presses(&mut visitor, &page, &at, &[("certificate", &new.certificate().pem)]);
        assert!(page.text.contains("Ends on 20 February 2027"), "{}", page.text);
        let remove = page.actions().into_iter().find(|it| it.ends_with("/remove")).unwrap();
        let page = presses(&mut visitor, &page, &remove, &[]);
        assert!(!page.text.contains("Ends soon"), "{}", page.text);
        assert!(world.event_names().iter().any(|it| it == "connection.saml_certificate_renewed"));
    });
}

#[test]
fn a_saml_identity_provider_is_described_in_one_way_by_an_address_a_text_or_its_parts() {
    each(|world| {
        let acme = organization(world, "Acme");
        let (first, second) = (ending(world, 400), ending(world, 500));
        let (first, second) = (&first.certificate().pem, &second.certificate().pem);
        let document = metadata("https://idp.acme.test", first);
        let input = json!({
            "organization_id": acme, "saml_options": { "idp_metadata": document },
        });
        let made = world.call("connections.create", input).unwrap();
        assert_eq!(
            (&made["state"], &made["connection_type"]),
            (&json!("validating"), &json!("GenericSAML"))
        );
        let certificates = || {
            let input = json!({ "connection_id": made["id"] });
            let all = world.call("connections.list_saml_idp_signing_certs", input).unwrap();
            let all = all["data"].as_array().unwrap().iter();
            all.map(|it| it["value"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let update = |options: Value| {
            let input = json!({ "id": made["id"], "saml_options": options });
            world.call("connections.update", input)
        };
        assert_eq!(certificates(), [first.as_str()]);
        update(json!({ "idp_signing_certs": [second] })).unwrap();
        assert_eq!(certificates(), [second.as_str()]);
        update(json!({ "idp_metadata": document })).unwrap();
        assert_eq!(certificates(), [first.as_str()]);
        for several in [
            json!({ "idp_metadata": document, "idp_metadata_url": "https://idp.acme.test/m" }),
            json!({ "idp_metadata": document, "idp_sso_url": "https://idp.acme.test/sso" }),
            json!({ "idp_metadata_url": "https://idp.acme.test/m", "idp_signing_certs": [first] }),
        ] {
            assert_eq!(update(several.clone()).unwrap_err().status(), 422, "{several}");
        }
        for nothing in [json!({ "idp_metadata": "<x/>" }), json!({ "idp_signing_certs": ["x"] })] {
            assert_eq!(update(nothing.clone()).unwrap_err().status(), 400, "{nothing}");
        }
        let draft = json!({ "organization_id": acme, "connection_type": "OktaSAML" });
        let draft = world.call("connections.create", draft).unwrap();
        let half =
            json!({ "id": draft["id"], "saml_options": { "idp_sso_url": "https://x.test" } });
        assert_eq!(world.call("connections.update", half).unwrap_err().status(), 422);
    });
}
