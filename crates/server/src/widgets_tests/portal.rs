//! What widgets ask for that stand in the place of the admin portal, or lead to it.

use vestibule_signin::impersonation;

use super::*;

const DOMAINS: &str = "/_widgets/admin-portal/organization-domains";
const CONNECTIONS: &str = "/_widgets/admin-portal/sso-connections";
const LINK: &str = "/_widgets/admin-portal/generate-link";

/// A member whose role has these permissions, and a token with them.
fn who_may(world: &World, name: &str, scopes: &[&str]) -> (Member, String) {
    let domain = json!([{ "domain": format!("{name}.test"), "state": "pending" }]);
    let organization = json!({ "name": name, "domain_data": domain });
    let organization = call(world, "organizations.create", organization);
    call(world, "roles.create", json!({ "slug": name, "name": name }));
    for slug in scopes {
        call(world, "roles.add_permission", json!({ "role_slug": name, "slug": slug }));
    }
    let member = Member::joins(world, text(&organization["id"]), &format!("ada@{name}.test"), name);
    let token = member.asks(world, json!({ "scopes": scopes })).unwrap();
    let token = text(&token["token"]).to_owned();
    (member, token)
}

fn sends(site: &Site<'_>, token: &str, method: Method, path: &str) -> Seen {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    site.send(request.body(Body::empty()).unwrap())
}

#[test]
fn the_widget_of_domains_shows_verifies_and_removes_those_of_its_organization() {
    each(|site| {
        let world = site.world;
        let (ada, token) = who_may(world, "one", &["widgets:domain-verification:manage"]);
        let (other, _) = who_may(world, "two", &["widgets:domain-verification:manage"]);
        let shown = asks(site, &token, DOMAINS).json();
        let domain = shown["data"][0].clone();
        assert_eq!((&domain["domain"], &domain["state"]), (&json!("one.test"), &json!("Pending")));
        assert_eq!(domain["nameServer"], "Other");
        for name in ["verificationPrefix", "verificationToken", "createdAt"] {
            assert!(domain[name].is_string(), "{domain}");
        }
        let at = format!("{DOMAINS}/{}", text(&domain["id"]));
        let again = sends(site, &token, Method::POST, &format!("{at}/reverify"));
        assert_eq!(
            (again.status, again.json()["id"].clone()),
            (StatusCode::OK, domain["id"].clone())
        );
        let theirs = call(world, "organizations.get", json!({ "id": other.organization }));
        let theirs = format!("{DOMAINS}/{}", text(&theirs["domains"][0]["id"]));
        for (method, path) in
            [(Method::DELETE, theirs.clone()), (Method::POST, format!("{theirs}/reverify"))]
        {
            let seen = sends(site, &token, method, &path);
            is_refused(&seen, StatusCode::NOT_FOUND, &path);
        }
        let gone = sends(site, &token, Method::DELETE, &at);
        assert_eq!(
            (gone.status, gone.json()["domain"].clone()),
            (StatusCode::OK, json!("one.test"))
        );
        assert_eq!(asks(site, &token, DOMAINS).json()["data"], json!([]));
        let left = call(world, "organizations.get", json!({ "id": ada.organization }));
        assert_eq!(left["domains"], json!([]));
        world.drain();
    });
}

#[test]
fn the_widget_of_single_sign_on_is_told_of_connections_and_their_certificates() {
    each(|site| {
        let world = site.world;
        let (ada, token) = who_may(world, "one", &["widgets:sso:manage"]);
        assert_eq!(asks(site, &token, CONNECTIONS).json(), json!([]));
        let (certificate, _) = crate::catalog::environment_tests::new_certificate();
        let saml = json!({
            "organization_id": ada.organization, "connection_type": "OktaSAML",
            "saml_options": {
                "idp_sso_url": "https://idp.test/sso", "idp_signing_certs": [certificate],
            },
        });
        let saml = call(world, "connections.create", saml);
        let draft =
            json!({ "organization_id": ada.organization, "connection_type": "GenericOIDC" });
        call(world, "connections.create", draft);
        let shown = asks(site, &token, CONNECTIONS).json();
        let (oidc, okta) = (&shown[0], &shown[1]);
        assert_eq!(
            (&oidc["type"], &oidc["providerTag"], &oidc["state"]),
            (&json!("GenericOidc"), &json!("OpenIdConnect"), &json!("Inactive"))
        );
        assert_eq!((&okta["id"], &okta["type"]), (&saml["id"], &json!("OktaSaml")));
        assert_eq!((&okta["providerTag"], &okta["state"]), (&json!("Saml"), &json!("Validating")));
        assert_eq!(okta["x509Certificates"].as_array().unwrap().len(), 1);
        assert_eq!(okta["latestExpiredCertificate"], Value::Null);
        world.drain();
    });
}

#[test]
fn a_link_of_a_widget_opens_what_the_viewer_may_manage_and_nothing_else() {
    each(|site| {
        let world = site.world;
        let (ada, token) = who_may(world, "one", &["widgets:sso:manage"]);
        let made = sends(site, &token, Method::POST, &format!("{LINK}?intent=sso"));
        assert_eq!(made.status, StatusCode::OK, "{}", made.text);
        assert!(text(&made.json()["link"]).contains("/portal/open/"));
        let listed = call(world, "portal_links.list", json!({}));
        let link = &listed["data"][0];
        assert_eq!((&link["intent"], &link["external_user_id"]), (&json!("sso"), &json!(ada.user)));
        assert_eq!(link["organization_id"], json!(ada.organization));
        for intent in ["domain_verification", "log_streams"] {
            let seen = sends(site, &token, Method::POST, &format!("{LINK}?intent={intent}"));
            is_refused(&seen, StatusCode::FORBIDDEN, intent);
        }
        for query in ["", "?intent=dsync", "?intent=%00"] {
            let seen = sends(site, &token, Method::POST, &format!("{LINK}{query}"));
            assert!(seen.status.is_client_error(), "{query}: {}", seen.text);
        }
        for path in [DOMAINS.to_owned(), format!("{DOMAINS}/org_domain_x/reverify")] {
            let method = if path == DOMAINS { Method::GET } else { Method::POST };
            is_refused(&sends(site, &token, method, &path), StatusCode::FORBIDDEN, &path);
        }
        assert_eq!(
            call(world, "portal_links.list", json!({}))["data"].as_array().unwrap().len(),
            1
        );
        world.drain();
    });
}

/// The portal would stay open for longer than they may act as the user, in the user's name.
#[test]
fn attack_by_acting_as_a_user_it_opens_no_portal() {
    each(|site| {
        let world = site.world;
        let (ada, _) = who_may(world, "one", &["widgets:sso:manage"]);
        let own = ada.signs_in(world)["access_token"].clone();
        let link = format!("{LINK}?intent=sso");
        let made = sends(site, text(&own), Method::POST, &link);
        assert_eq!(made.status, StatusCode::OK, "{}", made.text);
        let callback = "https://app.acme.test/callback";
        call(world, "redirect_uris.create", json!({ "uri": callback }));
        let offer = json!({
            "user_id": ada.user, "organization_id": ada.organization,
            "impersonator_email": "grace@lighthouse.test", "reason": "Ticket 4100",
        });
        let offer = call(world, "impersonations.create", offer);
        let token = text(&offer["url"]).rsplit_once("?token=").unwrap().1.to_owned();
        let token = Secret::new(token);
        let begun = world.flow().write(move |cx| impersonation::begin(cx, &token));
        let location = url::Url::parse(&begun.unwrap().unwrap().location).unwrap();
        let code = location.query_pairs().find(|it| it.0 == "code").unwrap().1.into_owned();
        let input = json!({
            "grant_type": "authorization_code", "client_id": "client_01",
            "client_secret": world.key.reveal(), "code": code,
        });
        let reply = world.call_as(Asked::default(), "user_management.authenticate", input);
        let reply = reply.unwrap().json().unwrap();
        assert_eq!(reply["impersonator"]["email"], "grace@lighthouse.test");
        let acting = text(&reply["access_token"]);
        assert_eq!(sends(site, acting, Method::GET, CONNECTIONS).status, StatusCode::OK);
        is_refused(&sends(site, acting, Method::POST, &link), StatusCode::FORBIDDEN, "acting");
        world.drain();
    });
}
