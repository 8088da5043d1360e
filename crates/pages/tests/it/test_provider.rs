//! The test identity provider of sandboxes: choosing who signs in, and what must not come of it.
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_kernel::testing::World;
use vestibule_kernel::{Cx, sandbox};
use vestibule_signin::sandbox::Conveniences;

use crate::connections::{ADA, Acme, away_by_page, memberships, profile, refused, sso};
use crate::provider::{Away, back};
use crate::visitor::{CALLBACK, ORIGIN, Seen, Visitor};
use crate::world::{each, once, redeem};

/// An organization whose connection is answered by the test identity provider.
struct Tested {
    organization: String,
    connection: Value,
}

impl Tested {
    /// In a world that is made a sandbox.
    fn new(world: &World) -> Self {
        world.flow().write(sandbox::mark).unwrap();
        Self::at(world)
    }
    fn at(world: &World) -> Self {
        let domains = json!([{ "domain": "acme.test", "state": "verified" }]);
        let input = json!({ "name": "Acme", "domain_data": domains });
        let organization = world.call("organizations.create", input).unwrap()["id"].clone();
        world.call("roles.create", json!({ "slug": "engineer", "name": "Engineer" })).unwrap();
        let ada = json!({
            "id": "prof_ada", "idp_id": "a-1", "email": ADA, "first_name": "Ada",
            "last_name": "Lovelace", "groups": ["Engineering"], "attributes": { "cost": "42" },
        });
        let profiles = json!([{ "email": "grace@acme.test" }, ada]);
        let input = json!({
            "organization_id": organization, "connection_type": "OktaSAML",
            "attribute_maps": { "custom_attributes": { "cost_center": "cost" } },
            "test_options": { "profiles": profiles },
        });
        let connection = world.call("connections.create", input).unwrap();
        let group = json!([{ "group": "Engineering", "role_slug": "engineer" }]);
        let input = json!({ "id": connection["id"], "group_roles": group });
        world.call("connection_configuration.update", input).unwrap();
        Self { organization: organization.as_str().unwrap().to_owned(), connection }
    }
    fn leaves(&self, world: &World, visitor: &mut Visitor<'_>, more: Value) -> Away {
        let mut selector = json!({ "connection": self.connection["id"] });
        selector.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        sso(world, visitor, selector)
    }
}

fn signs_in_at_once(world: &World) {
    let all = Conveniences { auto_sign_in: true, approve_device_codes: false };
    world.flow().write(move |cx| cx.set(&all)).unwrap();
}

/// Where a way leads on this server.
fn path(away: &Away) -> String {
    away.url.as_str().strip_prefix(ORIGIN).unwrap().to_owned()
}

/// Goes on from the page after a choice, up to the application or to a page.
fn goes_on(visitor: &mut Visitor<'_>, chosen: &Seen) -> Seen {
    let location = chosen.leads_on().unwrap_or_else(|| panic!("{}", chosen.text));
    visitor.get(&location)
}

#[test]
fn who_is_chosen_on_the_page_comes_to_the_application_as_from_any_identity_provider() {
    each(|world| {
        let acme = Tested::new(world);
        let it = &acme.connection;
        assert_eq!((&it["state"], &it["connection_type"]), (&json!("active"), &json!("OktaSAML")));
        for _ in 0..2 {
            let mut visitor = Visitor::new(world);
            let away = acme.leaves(world, &mut visitor, json!({ "login_hint": "ADA@acme.test" }));
            assert!(away.url.path().starts_with("/sso/test-idp/"), "{}", away.url);
            let page = visitor.get(&path(&away));
            assert_eq!(page.heading(), "Test identity provider");
            assert!(page.text.contains("value=\"a-1\" autofocus"), "{}", page.text);
            let chosen = visitor.sends(&page, &[("profile", "a-1")]);
            let seen = goes_on(&mut visitor, &chosen);
            assert_eq!(back(&seen)["state"], "kept");
            let shown = profile(world, &back(&seen)["code"]);
            for (name, expected) in [
                ("id", json!("prof_ada")),
                ("organization_id", json!(acme.organization)),
                ("connection_id", it["id"].clone()),
                ("connection_type", json!("OktaSAML")),
                ("idp_id", json!("a-1")),
                ("email", json!(ADA)),
                ("name", json!("Ada Lovelace")),
                ("groups", json!(["Engineering"])),
                ("roles", json!([{ "slug": "engineer" }])),
                ("custom_attributes", json!({ "cost_center": "42" })),
            ] {
                assert_eq!(shown[name], expected, "{name}");
            }
            assert_eq!(shown["raw_attributes"]["cost"], "42");
            let again = visitor.get(&chosen.leads_on().unwrap());
            assert_eq!(again.status, StatusCode::GONE, "a choice is taken up once");
        }
        let names = world.event_names();
        for name in
            ["connection.activated", "authentication.sso_started", "authentication.sso_succeeded"]
        {
            assert!(names.contains(&name.to_owned()), "{name}");
        }
    });
}

#[test]
fn the_hosted_pages_lead_there_and_make_a_member_with_the_role_of_the_group() {
    each(|world| {
        let acme = Tested::new(world);
        let by_connection = json!({ "provider": null, "connection_id": acme.connection["id"] });
        let by_organization = json!({ "provider": null, "organization_id": acme.organization });
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        let typed = visitor.sends(&first, &[("email", ADA)]);
        // The organization lets other methods in too, so that a page asks which.
        let led = visitor.opens(&typed.goes_on());
        let mut aways = vec![(visitor, away_by_page(&led))];
        for selector in [by_connection, by_organization] {
            let mut visitor = Visitor::new(world);
            let away = visitor.is_sent_to(selector);
            aways.push((visitor, away));
        }
        for (mut visitor, away) in aways {
            let page = visitor.get(&path(&away));
            let chosen = visitor.sends(&page, &[("profile", "a-1")]);
            let seen = goes_on(&mut visitor, &chosen);
            let signed_in = redeem(world, &back(&seen)["code"]);
            assert_eq!(signed_in["user"]["email"], ADA);
            assert_eq!(signed_in["organization_id"], json!(acme.organization));
            assert_eq!(signed_in["authentication_method"], "SSO");
            let of = memberships(world, &signed_in["user"]);
            assert_eq!(of[0]["role"]["slug"], "engineer");
            assert_eq!(of.as_array().unwrap().len(), 1);
        }
    });
}

#[test]
fn whoever_is_not_among_them_is_typed_and_judged_like_anybody() {
    each(|world| {
        let acme = Tested::new(world);
        let come = |fields: &[(&str, &str)]| {
            let mut visitor = Visitor::new(world);
            let away = acme.leaves(world, &mut visitor, json!({}));
            let page = visitor.get(&path(&away));
            let chosen = visitor.sends(&page, fields);
            (goes_on(&mut visitor, &chosen), visitor, away)
        };
        let typed = [
            ("email", "Mary@acme.test"),
            ("first_name", "Mary"),
            ("last_name", "Jackson"),
            ("groups", "Engineering, , Pilots"),
        ];
        let first = profile(world, &back(&come(&typed).0)["code"]);
        assert_eq!(first["groups"], json!(["Engineering", "Pilots"]));
        assert_eq!(
            (&first["name"], &first["idp_id"]),
            (&json!("Mary Jackson"), &json!("mary@acme.test"))
        );
        let second = profile(world, &back(&come(&[("email", "mary@acme.test")]).0)["code"]);
        assert_eq!(first["id"], second["id"]);
        assert_eq!(second["roles"], json!([{ "slug": "member" }]), "she is in no group any more");
        let outside = come(&[("email", "victim@bank.test")]).0;
        assert_eq!(back(&outside)["error"], "profile_not_allowed_outside_organization");

        let mut visitor = Visitor::new(world);
        let away = acme.leaves(world, &mut visitor, json!({ "login_hint": "new@acme.test" }));
        let page = visitor.get(&path(&away));
        assert_eq!(page.value("email").as_deref(), Some("new@acme.test"));
        let wrong = visitor.sends(&page, &[("email", "nobody"), ("first_name", "No")]);
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.alert().contains("not an email address"), "{}", wrong.text);
        assert_eq!(wrong.value("first_name").as_deref(), Some("No"));
        let (_, rest) = wrong.text.rsplit_once("<a href=\"").unwrap();
        let refuse = vestibule_kernel::testing::unescape(rest.split_once('"').unwrap().0);
        assert_eq!(back(&visitor.get(&refuse))["error"], "access_denied");
    });
}

#[test]
fn where_a_sandbox_signs_in_at_once_nobody_sees_a_page() {
    each(|world| {
        let acme = Tested::new(world);
        signs_in_at_once(world);
        let who = |selector: Value| {
            let mut visitor = Visitor::new(world);
            let away = sso(world, &mut visitor, selector);
            assert!(away.url.as_str().starts_with(CALLBACK), "{}", away.url);
            assert_eq!(away.get("state"), "kept");
            profile(world, away.get("code"))
        };
        let by = json!({ "connection": acme.connection["id"], "login_hint": ADA });
        assert_eq!(who(by)["id"], "prof_ada");
        let by = json!({ "organization": acme.organization });
        assert_eq!(who(by)["email"], "grace@acme.test", "the first");
        let by = json!({ "domain_hint": "acme.test", "login_hint": "new@acme.test" });
        let new = who(by);
        assert_eq!((&new["email"], &new["first_name"]), (&json!("new@acme.test"), &json!("new")));
        let input = json!({ "id": acme.connection["id"], "test_options": { "profiles": [] } });
        world.call("connections.update", input).unwrap();
        assert_eq!(who(json!({ "organization": acme.organization }))["email"], "user@acme.test");
        let outside = json!({ "organization": acme.organization, "login_hint": "eve@evil.test" });
        let away = sso(world, &mut Visitor::new(world), outside);
        assert_eq!(away.get("error"), "profile_not_allowed_outside_organization");
        let nowhere = sso(world, &mut Visitor::new(world), json!({ "domain_hint": "evil.test" }));
        assert_eq!(nowhere.get("error"), "connection_domain_invalid");

        let mut visitor = Visitor::new(world);
        let by =
            json!({ "provider": null, "connection_id": acme.connection["id"], "login_hint": ADA });
        let away = visitor.is_sent_to(by);
        let signed_in = redeem(world, &back(&visitor.get(&path(&away)))["code"]);
        assert_eq!(signed_in["organization_id"], json!(acme.organization));
    });
}

#[test]
fn a_connection_gets_a_test_identity_provider_in_a_sandbox_alone() {
    each(|world| {
        let organization = world.call("organizations.create", json!({ "name": "A" })).unwrap();
        let create = |more: Value| {
            let mut input = json!({ "organization_id": organization["id"] });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        let draft = world.call("connections.create", create(json!({}))).unwrap();
        let required = (403, json!("sandbox_required"));
        let code = |id: &str, input: Value| {
            let (status, body) = refused(world, id, input);
            (status, body["code"].clone())
        };
        let options = json!({ "profiles": [{ "email": ADA }] });
        for more in [
            json!({ "connection_type": "TestIdp" }),
            json!({ "test_options": options }),
            json!({ "connection_type": "OktaSAML", "test_options": {} }),
        ] {
            assert_eq!(code("connections.create", create(more.clone())), required, "{more}");
        }
        for more in [json!({ "connection_type": "TestIdp" }), json!({ "test_options": options })] {
            let mut input = json!({ "id": draft["id"] });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            assert_eq!(code("connections.update", input), required, "{more}");
        }
        world.flow().write(sandbox::mark).unwrap();
        let made =
            world.call("connections.create", create(json!({ "connection_type": "TestIdp" })));
        let made = made.unwrap();
        assert_eq!(
            (&made["connection_type"], &made["state"]),
            (&json!("TestIdp"), &json!("active"))
        );
        let input = json!({ "id": draft["id"], "test_options": options });
        let made = world.call("connections.update", input).unwrap();
        assert_eq!(
            (&made["connection_type"], &made["state"]),
            (&json!("TestIdp"), &json!("active"))
        );
        let shown =
            world.call("connection_configuration.get", json!({ "id": draft["id"] })).unwrap();
        assert_eq!(shown["test"]["profiles"][0]["email"], ADA);
        for more in [
            json!({ "test_options": { "profiles": [{ "email": "a b@c" }] } }),
            json!({ "test_options": { "profiles": [{ "email": ADA }, { "email": "ADA@acme.test" }] } }),
            json!({ "test_options": { "profiles": [{ "email": ADA, "id": "a/b" }] } }),
            json!({ "test_options": { "profiles": [{ "first_name": "Ada" }] } }),
            json!({ "test_options": {}, "saml_options": { "idp_metadata_url": "https://x.test" } }),
        ] {
            assert_eq!(refused(world, "connections.create", create(more.clone())).0, 422, "{more}");
        }
    });
}

/// Has a row say that the test identity provider answers.
fn forge(world: &World, id: &Value) {
    let id = id.as_str().unwrap().to_owned();
    let write = move |cx: &mut Cx<'_>| {
        let settings = json!({ "oidc": null, "test": { "profiles": [{ "email": ADA }] } });
        let sql =
            "UPDATE connections SET connection_type = 'TestIdp', state = 'active', settings = $3
                   WHERE environment_id = $1 AND id = $2";
        let values =
            [cx.environment.into(), id.as_str().into(), settings.to_string().as_str().into()];
        cx.db().execute(sql, &values)
    };
    assert_eq!(world.flow().write(write).unwrap(), 1);
}

#[test]
fn attack_nobody_is_answered_for_outside_of_a_sandbox_whatever_a_row_says() {
    each(|world| {
        let domains = json!([{ "domain": "acme.test", "state": "verified" }]);
        let input = json!({ "name": "Acme", "domain_data": domains });
        let organization = world.call("organizations.create", input).unwrap();
        let input = json!({ "organization_id": organization["id"], "connection_type": "OktaSAML" });
        let connection = world.call("connections.create", input).unwrap();
        forge(world, &connection["id"]);
        signs_in_at_once(world);
        let mut visitor = Visitor::new(world);
        for (selector, code) in [
            (json!({ "connection": connection["id"], "login_hint": ADA }), "connection_invalid"),
            (json!({ "organization": organization["id"] }), "connection_unlinked"),
            (json!({ "domain_hint": "acme.test" }), "invalid_connection_selector"),
        ] {
            let away = sso(world, &mut visitor, selector.clone());
            assert_eq!(away.get("error"), code, "{selector}");
            assert!(away.url.as_str().starts_with(CALLBACK));
        }
        let away =
            visitor.is_sent_to(json!({ "provider": null, "connection_id": connection["id"] }));
        assert_eq!(away.get("error"), "connection_invalid");
        let first = visitor.begins(json!({}));
        let typed = visitor.sends(&first, &[("email", ADA)]);
        assert!(!typed.text.contains("test-idp"), "{}", typed.text);
        let shown = world.call("connection_configuration.get", json!({ "id": connection["id"] }));
        let shown = shown.unwrap();
        assert_eq!(shown["test"], Value::Null);
        let key = shown["external_key"].as_str().unwrap();
        for path in
            [format!("/sso/test-idp/{key}?state=x"), format!("/sso/test-idp/{key}/callback")]
        {
            assert_eq!(visitor.get(&path).status, StatusCode::GONE, "{path}");
        }
        let (status, body) =
            refused(world, "connections.activate", json!({ "id": connection["id"] }));
        assert_eq!((status, &body["code"]), (400, &json!("connection_not_configured")));
    });
}

#[test]
fn attack_a_departure_is_worth_nothing_where_there_is_no_sandbox_any_more() {
    once(|world| {
        let acme = Tested::new(world);
        let mut visitor = Visitor::new(world);
        let away = acme.leaves(world, &mut visitor, json!({}));
        let page = visitor.get(&path(&away));
        let chosen = visitor.sends(&page, &[("profile", "a-1")]);
        // There is no way to do this but by the hand of whoever has the database.
        let unmark = |cx: &mut Cx<'_>| {
            let sql = "UPDATE environments SET sandbox = false
                       WHERE id = $1 -- global: the environments themselves";
            cx.touch_all();
            let values = [cx.environment.into()];
            cx.db().execute(sql, &values)
        };
        world.flow().write(unmark).unwrap();
        for seen in [
            visitor.get(&path(&away)),
            visitor.sends(&page, &[("profile", "a-1")]),
            goes_on(&mut visitor, &chosen),
        ] {
            assert_eq!(seen.status, StatusCode::GONE, "{}", seen.text);
        }
    });
}

#[test]
fn attack_only_the_browser_that_left_says_who_it_is_and_only_by_a_form_of_ours() {
    each(|world| {
        let acme = Tested::new(world);
        let mut visitor = Visitor::new(world);
        let away = acme.leaves(world, &mut visitor, json!({}));
        let page = visitor.get(&path(&away));
        let mut eve = Visitor::new(world);
        eve.begins(json!({}));
        assert_eq!(eve.get(&path(&away)).status, StatusCode::FORBIDDEN);
        let csrf = page.csrf();
        let fields = [("csrf", csrf.as_str()), ("profile", "a-1")];
        assert_eq!(eve.post(&page.action(), &fields).status, StatusCode::FORBIDDEN);
        let no_token = visitor.post(&page.action(), &[("profile", "a-1")]);
        assert_eq!(no_token.status, StatusCode::FORBIDDEN);
        let elsewhere = visitor.post_from(&page.action(), &fields, Some("https://evil.test"));
        assert_eq!(elsewhere.status, StatusCode::FORBIDDEN);
        let unknown = visitor.sends(&page, &[("profile", "nobody")]);
        assert_eq!(unknown.status, StatusCode::GONE);
        let state = away.get("state");
        let key = away.url.path().rsplit('/').next().unwrap();
        let early = visitor.get(&format!("/sso/test-idp/{key}/callback?state={state}"));
        assert_eq!(back(&early)["error"], "oauth_failed", "nobody was chosen");
    });
}

#[test]
fn attack_the_page_answers_for_no_connection_that_has_an_identity_provider() {
    each(|world| {
        world.flow().write(sandbox::mark).unwrap();
        let real = Acme::new(world);
        real.switch(world, "activate");
        forge_beside(world, real.id());
        let mut visitor = Visitor::new(world);
        let form = visitor.begins(json!({}));
        signs_in_at_once(world);
        let away = sso(world, &mut visitor, json!({ "connection": real.id(), "login_hint": ADA }));
        assert!(away.url.as_str().starts_with(&real.provider.url), "{}", away.url);
        let configured =
            world.call("connection_configuration.get", json!({ "id": real.id() })).unwrap();
        assert_eq!(configured["test"], Value::Null);
        let key = configured["external_key"].as_str().unwrap();
        let page = format!("/sso/test-idp/{key}?state={}", away.get("state"));
        assert_eq!(visitor.get(&page).status, StatusCode::GONE);
        let fields = [("csrf", form.csrf()), ("profile", "a-1".to_owned())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (*a, b.as_str())).collect();
        assert_eq!(visitor.post(&page, &fields).status, StatusCode::GONE);
        let input = json!({ "id": real.id(), "test_options": {} });
        assert_eq!(refused(world, "connections.update", input).0, 422);
    });
}

/// Has a row say that the test identity provider answers, beside the one that it has.
fn forge_beside(world: &World, id: &str) {
    let id = id.to_owned();
    let write = move |cx: &mut Cx<'_>| {
        let values = [cx.environment.into(), id.as_str().into()];
        let sql = "SELECT settings FROM connections WHERE environment_id = $1 AND id = $2";
        let text: String = cx.db().first(sql, &values)?.unwrap().take()?;
        let mut settings: Value = serde_json::from_str(&text).unwrap();
        settings["test"] = json!({ "profiles": [{ "email": ADA }] });
        let sql = "UPDATE connections SET settings = $3 WHERE environment_id = $1 AND id = $2";
        let values =
            [cx.environment.into(), id.as_str().into(), settings.to_string().as_str().into()];
        cx.db().execute(sql, &values)
    };
    assert_eq!(world.flow().write(write).unwrap(), 1);
}
