//! Single sign-on by the connections of organizations: setting them up, and signing in by them.
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_kernel::Request;
use vestibule_kernel::testing::{World, unescape};

use crate::provider::{Away, CLIENT, Key, Provider, SECRET, back};
use crate::visitor::{CALLBACK, Seen, Visitor};
use crate::world::{each, once, redeem};

pub const ADA: &str = "ada@acme.test";

/// An organization with its own identity provider.
pub struct Acme {
    pub organization: String,
    pub connection: Value,
    pub provider: Provider,
    pub key: Key,
}

impl Acme {
    pub fn new(world: &World) -> Self {
        Self::at(world, "Acme", "acme.test", json!({}))
    }
    pub fn at(world: &World, name: &str, domain: &str, more: Value) -> Self {
        let mut input =
            json!({ "name": name, "domain_data": [{ "domain": domain, "state": "verified" }] });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let organization = world.call("organizations.create", input).unwrap();
        let organization = organization["id"].as_str().unwrap().to_owned();
        let (provider, key) = (Provider::start(world), Key::new("k1"));
        provider.says(|it| it.keys = vec![key.public()]);
        let input = json!({ "organization_id": organization, "oidc_options": options(&provider) });
        let connection = world.call("connections.create", input).unwrap();
        Self { organization, connection, provider, key }
    }
    pub fn id(&self) -> &str {
        self.connection["id"].as_str().unwrap()
    }
    pub fn update(&self, world: &World, change: Value) -> Value {
        let mut input = json!({ "id": self.connection["id"] });
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        world.call("connections.update", input).unwrap()
    }
    pub fn switch(&self, world: &World, to: &str) -> Value {
        let id = format!("connections.{to}");
        world.call(&id, json!({ "id": self.connection["id"] })).unwrap()
    }
    pub fn state(&self, world: &World) -> Value {
        world.call("connections.get", json!({ "id": self.connection["id"] })).unwrap()["state"]
            .clone()
    }
    pub fn callback(&self, world: &World) -> String {
        let id = json!({ "id": self.connection["id"] });
        let it = world.call("connection_configuration.get", id).unwrap();
        it["oidc"]["redirect_uri"].as_str().unwrap().to_owned()
    }
    /// Requires single sign-on of its people.
    pub fn requires(&self, world: &World, more: Value) {
        let mut input = json!({ "organization_id": self.organization, "sso_required": true });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.call("organization_sign_in_policy.update", input).unwrap();
    }
    /// Comes back with a code for which the identity provider vouches.
    pub fn vouched(
        &self,
        world: &World,
        visitor: &mut Visitor<'_>,
        away: &Away,
        claims: Value,
    ) -> Seen {
        self.provider.will_vouch(world, &self.key, away.get("nonce"), claims);
        self.comes_back(world, visitor, away)
    }
    pub fn comes_back(&self, world: &World, visitor: &mut Visitor<'_>, away: &Away) -> Seen {
        let callback = self.callback(world);
        let path = callback.strip_prefix("http://127.0.0.1:4100").unwrap();
        visitor.get(&format!("{path}?state={}&code=c-1", away.get("state")))
    }
}

pub fn options(provider: &Provider) -> Value {
    json!({
        "discovery_endpoint": format!("{}/.well-known/openid-configuration", provider.url),
        "client_id": CLIENT, "client_secret": SECRET,
    })
}

pub fn ada() -> Value {
    json!({
        "sub": "a-1", "email": ADA, "name": "Ada Lovelace", "given_name": "Ada",
        "family_name": "Lovelace", "groups": ["Engineering", "Admins"], "cost": "42",
    })
}

/// Types the address on the first page and goes where it leads, up to the identity provider.
pub fn types(visitor: &mut Visitor<'_>, email: &str) -> Away {
    let first = visitor.begins(json!({}));
    let seen = visitor.sends(&first, &[("email", email)]);
    away_by_page(&seen)
}

/// Where the page on the way to an identity provider leads.
pub fn away_by_page(seen: &Seen) -> Away {
    let (_, rest) = seen
        .text
        .split_once("http-equiv=\"refresh\" content=\"0; url=")
        .unwrap_or_else(|| panic!("no way out: {}", seen.text));
    let url: url::Url = unescape(rest.split_once('"').unwrap().0).parse().unwrap();
    let parameters = url.query_pairs().into_owned().collect();
    Away { url, parameters }
}

/// Comes from an application that asks `/sso/authorize`.
pub fn sso(world: &World, visitor: &mut Visitor<'_>, selector: Value) -> Away {
    let mut input = json!({
        "client_id": "client_01", "redirect_uri": CALLBACK, "response_type": "code",
        "state": "kept",
    });
    input.as_object_mut().unwrap().extend(selector.as_object().unwrap().clone());
    let request =
        Request { cookies: visitor.cookies.clone().into_iter().collect(), ..Request::default() };
    let reply = world.call_as(request, "sso.authorize", input).unwrap();
    reply.cookies.iter().for_each(|it| visitor.keep(it));
    let url: url::Url = reply.location.unwrap().parse().unwrap();
    let parameters = url.query_pairs().into_owned().collect();
    Away { url, parameters }
}

pub fn profile(world: &World, code: &str) -> Value {
    let input = json!({
        "client_id": "client_01", "client_secret": world.key.reveal(),
        "grant_type": "authorization_code", "code": code,
    });
    let reply = world.call_as(Request::default(), "sso.token", input).unwrap();
    reply.json().unwrap()["profile"].clone()
}

pub fn refused(world: &World, id: &str, input: Value) -> (u16, Value) {
    let error = world.call(id, input).unwrap_err();
    (error.status(), error.body())
}

pub fn memberships(world: &World, user: &Value) -> Value {
    let input = json!({ "user_id": user["id"], "statuses": ["active", "inactive", "pending"] });
    world.call("organization_memberships.list", input).unwrap()["data"].clone()
}

#[test]
fn a_connection_is_made_by_what_its_provider_says_of_itself_and_shows_no_secret() {
    each(|world| {
        let acme = Acme::new(world);
        let it = &acme.connection;
        assert_eq!(it["object"], "connection");
        assert_eq!((&it["state"], &it["status"]), (&json!("validating"), &json!("unlinked")));
        assert_eq!((&it["connection_type"], &it["name"]), (&json!("GenericOIDC"), &json!("Acme")));
        assert_eq!(it["domains"][0]["domain"], "acme.test");
        assert_eq!(it["domains"][0]["object"], "connection_domain");
        let id = json!({ "id": it["id"] });
        let shown = world.call("connection_configuration.get", id.clone()).unwrap();
        assert!(!shown.to_string().contains(SECRET));
        assert_eq!(shown["oidc"]["issuer"], json!(acme.provider.url));
        let callback = shown["oidc"]["redirect_uri"].as_str().unwrap();
        let key = shown["external_key"].as_str().unwrap();
        assert_eq!(callback, format!("http://127.0.0.1:4100/sso/oidc/{key}/callback"));
        assert_eq!(key.len(), 16);
        assert_eq!(world.call("connections.get", id).unwrap(), *it);
        let empty = json!({ "organization_id": acme.organization });
        let draft = world.call("connections.create", empty.clone()).unwrap();
        assert_eq!(
            (&draft["state"], &draft["connection_type"]),
            (&json!("requires_type"), &json!("Pending"))
        );
        let (status, body) = refused(world, "connections.activate", json!({ "id": draft["id"] }));
        assert_eq!((status, &body["code"]), (400, &json!("connection_not_configured")));
        let typed = json!({ "id": draft["id"], "connection_type": "OktaOIDC" });
        assert_eq!(world.call("connections.update", typed).unwrap()["state"], "draft");
        let settled = json!({ "id": draft["id"], "oidc_options": options(&acme.provider) });
        let settled = world.call("connections.update", settled).unwrap();
        assert_eq!(
            (&settled["state"], &settled["connection_type"]),
            (&json!("validating"), &json!("OktaOIDC"))
        );
        let other = json!({ "id": draft["id"], "connection_type": "GenericOIDC" });
        let (status, body) = refused(world, "connections.update", other);
        assert_eq!((status, &body["code"]), (400, &json!("connection_type_not_updatable")));
    });
}

#[test]
fn an_external_id_names_one_connection_of_its_organization() {
    each(|world| {
        let acme = Acme::new(world);
        let input =
            json!({ "organization_id": acme.organization, "external_id": "ext", "name": "First" });
        let first = world.call("connections.create", input).unwrap();
        let again =
            json!({ "organization_id": acme.organization, "external_id": "ext", "name": "Second" });
        assert_eq!(world.call("connections.create", again).unwrap(), first);
        let taken = json!({ "id": acme.connection["id"], "external_id": "ext" });
        let (status, body) = refused(world, "connections.update", taken);
        assert_eq!((status, &body["code"]), (409, &json!("external_id_already_used")));
        acme.update(world, json!({ "external_id": "other" }));
        acme.update(world, json!({ "external_id": null }));
    });
}

#[test]
fn what_cannot_be_a_connection_is_refused_and_makes_none() {
    once(|world| {
        let acme = Acme::new(world);
        let create = |more: Value| {
            let mut input = json!({ "organization_id": acme.organization });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            refused(world, "connections.create", input)
        };
        let with = |name: &str, value: Value| {
            let mut options = options(&acme.provider);
            options[name] = value;
            json!({ "oidc_options": options })
        };
        let (status, _) = create(json!({ "organization_id": "org_unknown" }));
        assert_eq!(status, 404);
        for (more, code) in [
            (with("discovery_endpoint", json!("http://127.0.0.1:1")), "discovery_failed"),
            (
                with("discovery_endpoint", json!(format!("{}/other", acme.provider.url))),
                "discovery_failed",
            ),
            (with("discovery_endpoint", json!("not an address")), "discovery_failed"),
        ] {
            let (status, body) = create(more);
            assert_eq!((status, body["code"].as_str().unwrap()), (400, code));
        }
        for more in [
            with("redirect_uri", json!("javascript:alert(1)")),
            with("id_token_signature_algorithm", json!("HS256")),
            with("id_token_signature_algorithm", json!("none")),
            with("token_authentication_method", json!("private_key_jwt")),
            with("client_secret", json!("")),
            json!({ "connection_type": "GoogleOAuth" }),
            json!({ "name": " " }),
        ] {
            assert_eq!(create(more.clone()).0, 422, "{more}");
        }
        let all = world.call("connections.list", json!({})).unwrap();
        assert_eq!(all["data"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn lists_are_filtered_by_type_domain_organization_and_name() {
    each(|world| {
        let acme = Acme::new(world);
        let other = Acme::at(world, "Initech", "initech.test", json!({}));
        let names = |filter: Value| {
            let page = world.call("connections.list", filter).unwrap();
            let names = page["data"].as_array().unwrap().iter().map(|it| it["name"].clone());
            names.map(|it| it.as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(json!({})), "Initech Acme");
        assert_eq!(names(json!({ "connection_type": "GenericOIDC" })), "Initech Acme");
        assert_eq!(names(json!({ "connection_type": "OktaSAML" })), "");
        assert_eq!(names(json!({ "domain": "ACME.test" })), "Acme");
        assert_eq!(names(json!({ "domain": "nobody.test" })), "");
        assert_eq!(names(json!({ "organization_id": other.organization })), "Initech");
        let both = json!({ "organization_id": other.organization, "domain": "acme.test" });
        assert_eq!(names(both), "");
        assert_eq!(names(json!({ "search": "NITE" })), "Initech");
        assert_eq!(names(json!({ "search": "%" })), "");
        assert_eq!(names(json!({ "limit": 1 })), "Initech");
        assert_eq!(names(json!({ "after": other.connection["id"] })), "Acme");
        drop(acme);
    });
}

#[test]
fn the_first_sign_in_makes_a_connection_active_and_tells_a_profile() {
    each(|world| {
        let acme = Acme::new(world);
        acme.update(
            world,
            json!({ "attribute_maps": { "custom_attributes": { "cost_center": "cost" } } }),
        );
        world.call("roles.create", json!({ "slug": "engineer", "name": "Engineer" })).unwrap();
        let group = json!([{ "group": "Engineering", "role_slug": "engineer" }]);
        let input = json!({ "id": acme.connection["id"], "group_roles": group });
        world.call("connection_configuration.update", input).unwrap();
        let mut visitor = Visitor::new(world);
        let away = sso(world, &mut visitor, json!({ "organization": acme.organization }));
        assert_eq!(away.get("client_id"), CLIENT);
        assert_eq!(away.get("redirect_uri"), acme.callback(world));
        assert!(!away.get("code_challenge").is_empty());
        let seen = acme.vouched(world, &mut visitor, &away, ada());
        let parameters = back(&seen);
        assert_eq!(parameters["state"], "kept");
        let shown = profile(world, &parameters["code"]);
        for (name, expected) in [
            ("organization_id", json!(acme.organization)),
            ("connection_id", acme.connection["id"].clone()),
            ("connection_type", json!("GenericOIDC")),
            ("idp_id", json!("a-1")),
            ("email", json!(ADA)),
            ("name", json!("Ada Lovelace")),
            ("groups", json!(["Engineering", "Admins"])),
            ("role", json!({ "slug": "engineer" })),
            ("roles", json!([{ "slug": "engineer" }])),
            ("custom_attributes", json!({ "cost_center": "42" })),
        ] {
            assert_eq!(shown[name], expected, "{name}");
        }
        assert_eq!(acme.state(world), "active");
        let events = world.events();
        let told = |name: &str| {
            let found = events.iter().filter(|it| it.0 == name);
            found.map(|it| it.1.clone()).next().unwrap_or_else(|| panic!("no {name}"))
        };
        let activated = told("connection.activated");
        assert_eq!(
            (&activated["state"], &activated["status"]),
            (&json!("active"), &json!("linked"))
        );
        assert!(activated["external_key"].is_string());
        for name in ["authentication.sso_started", "authentication.sso_succeeded"] {
            assert_eq!(told(name)["sso"]["organization_id"], json!(acme.organization), "{name}");
            assert_eq!(told(name)["sso"]["connection_id"], acme.connection["id"], "{name}");
        }
        assert!(!world.event_names().contains(&"user.created".to_owned()), "it makes no user");
    });
}

#[test]
fn what_an_application_asks_for_must_lead_to_one_connection() {
    each(|world| {
        let acme = Acme::new(world);
        let error = |selector: Value| {
            let away = sso(world, &mut Visitor::new(world), selector);
            assert!(away.url.as_str().starts_with(CALLBACK), "{}", away.url);
            assert_eq!(away.get("state"), "kept");
            away.get("error").to_owned()
        };
        let empty = world.call("organizations.create", json!({ "name": "Empty" })).unwrap();
        assert_eq!(error(json!({ "organization": empty["id"] })), "connection_unlinked");
        assert_eq!(error(json!({ "organization": "org_unknown" })), "organization_invalid");
        assert_eq!(error(json!({ "connection": "conn_unknown" })), "connection_invalid");
        let of_acme = json!({ "organization": acme.organization });
        let input = json!({ "organization_id": acme.organization, "oidc_options": options(&acme.provider) });
        let second = world.call("connections.create", input).unwrap();
        assert_eq!(error(of_acme.clone()), "ambiguous_connection_selector");
        // An active one is meant before those that nobody has tried.
        world.call("connections.activate", json!({ "id": second["id"] })).unwrap();
        let away = sso(world, &mut Visitor::new(world), of_acme);
        assert!(away.url.as_str().starts_with(&acme.provider.url));
        acme.switch(world, "deactivate");
        assert_eq!(error(json!({ "connection": acme.id() })), "connection_unlinked");
    });
}

#[test]
fn an_address_leads_to_the_identity_provider_of_its_organization_and_in_as_a_member() {
    each(|world| {
        let acme = Acme::new(world);
        acme.switch(world, "activate");
        acme.requires(world, json!({}));
        world.call("sign_in_policy.update", json!({ "sign_up": "closed" })).unwrap();
        let mut visitor = Visitor::new(world);
        let away = types(&mut visitor, ADA);
        assert!(away.url.as_str().starts_with(&acme.provider.url));
        assert_eq!(away.get("login_hint"), ADA);
        let done = acme.vouched(world, &mut visitor, &away, ada());
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        let reply = redeem(world, &back(&done)["code"]);
        assert_eq!(reply["authentication_method"], "SSO");
        assert_eq!(reply["organization_id"], json!(acme.organization));
        let made = &reply["user"];
        assert_eq!((&made["email"], &made["email_verified"]), (&json!(ADA), &json!(true)));
        let of_her = memberships(world, made);
        assert_eq!(of_her[0]["status"], "active");
        assert_eq!(of_her[0]["role"]["slug"], "member");
        let identities = world.call("users.list_identities", json!({ "id": made["id"] })).unwrap();
        assert_eq!(identities, json!([]), "these are social providers alone");
        // Again, now with groups that give a role.
        world.call("roles.create", json!({ "slug": "engineer", "name": "Engineer" })).unwrap();
        let group = json!([{ "group": "Engineering", "role_slug": "engineer" }]);
        let input = json!({ "id": acme.connection["id"], "group_roles": group });
        world.call("connection_configuration.update", input).unwrap();
        let mut visitor = Visitor::new(world);
        let away = types(&mut visitor, ADA);
        let done = acme.vouched(world, &mut visitor, &away, ada());
        assert_eq!(redeem(world, &back(&done)["code"])["user"]["id"], made["id"]);
        assert_eq!(memberships(world, made)[0]["role"]["slug"], "engineer");
    });
}

#[test]
fn the_domain_that_an_application_knows_leads_straight_to_its_connection() {
    once(|world| {
        let acme = Acme::new(world);
        acme.switch(world, "activate");
        let mut visitor = Visitor::new(world);
        let page = visitor.begins(json!({ "domain_hint": "ACME.test" }));
        let away = away_by_page(&page);
        assert!(away.url.as_str().starts_with(&acme.provider.url));
        // Who turns back is asked for an address, and told once.
        let callback = acme.callback(world);
        let path = callback.strip_prefix("http://127.0.0.1:4100").unwrap();
        let query = format!("state={}&error=access_denied", away.get("state"));
        let seen = visitor.get(&format!("{path}?{query}"));
        let page = visitor.goes_on(seen);
        assert!(page.path.ends_with("/sign-in"), "{}", page.path);
        let names = world.event_names();
        let count = |name: &str| names.iter().filter(|it| *it == name).count();
        assert_eq!(count("authentication.sso_failed"), 1);
        assert_eq!(count("authentication.oauth_failed"), 0);
        let nobody = visitor.begins(json!({ "domain_hint": "nobody.test" }));
        assert!(nobody.path.ends_with("/sign-in"), "{}", nobody.path);
    });
}

#[test]
fn who_has_another_way_too_is_asked_which() {
    once(|world| {
        let acme = Acme::new(world);
        acme.switch(world, "activate");
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        let seen = visitor.sends(&first, &[("email", ADA)]);
        assert!(seen.path.ends_with("/another-way"), "{}", seen.path);
        for path in ["/sso", "/password"] {
            assert!(unescape(&seen.text).contains(&format!("{path}\"")), "{}", seen.text);
        }
        let page = visitor.get(&seen.path.replace("/another-way", "/sso"));
        assert!(away_by_page(&page).url.as_str().starts_with(&acme.provider.url));
    });
}

#[test]
fn an_application_may_ask_for_an_organization_or_a_connection_itself() {
    once(|world| {
        let acme = Acme::new(world);
        for selector in [
            json!({ "provider": null, "organization_id": acme.organization }),
            json!({ "provider": null, "connection_id": acme.id() }),
        ] {
            let mut visitor = Visitor::new(world);
            let away = visitor.is_sent_to(selector);
            let done = acme.vouched(world, &mut visitor, &away, ada());
            assert_eq!(
                redeem(world, &back(&done)["code"])["organization_id"],
                json!(acme.organization)
            );
        }
        let mut visitor = Visitor::new(world);
        let away = visitor.is_sent_to(json!({ "provider": null, "connection_id": acme.id() }));
        let empty = world.call("organizations.create", json!({ "name": "Empty" })).unwrap();
        let nowhere = json!({ "provider": null, "organization_id": empty["id"] });
        assert_eq!(Visitor::new(world).is_sent_to(nowhere).get("error"), "connection_unlinked");
        let stranger = json!({ "sub": "b-1", "email": "bob@elsewhere.test" });
        let done = acme.vouched(world, &mut visitor, &away, stranger);
        assert_eq!(back(&done)["error"], "profile_not_allowed_outside_organization");
    });
}
