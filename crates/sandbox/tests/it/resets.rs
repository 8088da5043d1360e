//! Back to the seed.
use serde_json::json;
use vestibule_kernel::testing::each_engine;

use crate::support::{by_http, domains, enable, refusal, seeded, sign_in, text};

#[test]
fn a_reset_leaves_what_the_seed_says_and_nothing_else() {
    each_engine(domains(), |world| {
        seeded(world);
        let keys = world.call("jwks.get", json!({ "clientId": "client_01" })).unwrap();
        world.call("users.create", json!({ "email": "new@acme.test" })).unwrap();
        world.call("users.update", json!({ "id": "user_ada", "first_name": "Eve" })).unwrap();
        world.call("organizations.create", json!({ "name": "New" })).unwrap();
        world.call("sandbox.move_clock", json!({ "seconds": 3600 })).unwrap();
        world.call("sandbox.update", json!({ "auto_sign_in": true })).unwrap();
        let reply = by_http(world, ("GET", "/organizations"), "organizations.list", json!({}));
        assert_eq!(reply.unwrap().status, 503, "the hook of the seed, once");

        world.call("sandbox.reset", json!({})).unwrap();

        let users = world.call("users.list", json!({})).unwrap();
        let mut emails: Vec<_> =
            users["data"].as_array().unwrap().iter().map(|it| text(&it["email"])).collect();
        emails.sort();
        assert_eq!(emails, ["ada@seed.test", "grace@seed.test"]);
        let ada = world.call("users.get", json!({ "id": "user_ada" })).unwrap();
        assert_eq!(ada["first_name"], json!(null));
        assert_eq!(ada["created_at"], json!("2026-01-15T12:00:00.000Z"));
        let organizations = world.call("organizations.list", json!({})).unwrap();
        assert_eq!(organizations["data"].as_array().map(Vec::len), Some(1));
        let shown = world.call("sandbox.get", json!({})).unwrap();
        assert_eq!((&shown["ahead_seconds"], &shown["auto_sign_in"]), (&json!(0), &json!(true)));
        let again = world.call("jwks.get", json!({ "clientId": "client_01" })).unwrap();
        assert_eq!(again, keys, "tokens go on to verify");
        assert_eq!(sign_in(world, "ada@seed.test").unwrap()["organization_id"], json!("org_seed"));
        let reply = by_http(world, ("GET", "/organizations"), "organizations.list", json!({}));
        assert_eq!(reply.unwrap().status, 503, "the hook is there again");
    });
}

#[test]
fn a_reset_takes_another_seed_as_an_object_and_remembers_it() {
    each_engine(domains(), |world| {
        seeded(world);
        let seed = json!({ "users": [{ "email": "other@seed.test", "email_verified": true }] });
        world.call("sandbox.reset", json!({ "seed": seed })).unwrap();
        world.call("users.create", json!({ "email": "new@acme.test" })).unwrap();
        world.call("sandbox.reset", json!({})).unwrap();
        let users = world.call("users.list", json!({})).unwrap();
        assert_eq!(users["data"].as_array().map(Vec::len), Some(1));
        assert_eq!(users["data"][0]["email"], json!("other@seed.test"));
    });
}

#[test]
fn a_seed_that_is_refused_leaves_the_sandbox_as_it_was() {
    each_engine(domains(), |world| {
        seeded(world);
        world.call("users.create", json!({ "email": "new@acme.test" })).unwrap();
        for (seed, named) in [
            ("users: [", "the request"),
            ("usres: []", "usres"),
            ("users:\n  - email: nobody\n", "users[0] 'nobody'"),
            ("organizations:\n  - name: A\n    memberships: [{ email: no@x.test }]\n", "no@x.test"),
        ] {
            let refused = world.call("sandbox.reset", json!({ "seed": seed })).unwrap_err();
            assert_eq!((refused.status(), refused.code()), (422, "invalid_seed"));
            assert!(refused.message().contains(named), "{}", refused.message());
            let users = world.call("users.list", json!({})).unwrap();
            assert_eq!(users["data"].as_array().map(Vec::len), Some(3));
        }
        world.call("sandbox.reset", json!({})).unwrap();
        sign_in(world, "ada@seed.test").unwrap();
    });
}

#[test]
fn a_reset_of_one_environment_takes_nothing_from_another() {
    each_engine(domains(), |world| {
        let (other, _) = world.other_environment();
        let flow = world.app.system(&other);
        let make = |cx: &mut vestibule_kernel::Cx<'_>| {
            let new = vestibule_people::users::NewUser {
                email: "ada@acme.test".to_owned(),
                ..vestibule_people::users::NewUser::default()
            };
            vestibule_people::users::create(cx, new).map(|_| ())
        };
        flow.write(make).unwrap();
        enable(world);
        world.call("sandbox.reset", json!({})).unwrap();
        let there = flow.read(|cx| vestibule_people::users::get_by_email(cx, "ada@acme.test"));
        assert!(there.unwrap().is_some());
    });
}

#[test]
fn a_customers_key_of_a_seed_opens_the_api_of_a_sandbox_as_it_does_the_emulators() {
    each_engine(domains(), |world| {
        enable(world);
        let seed = json!({
            "organizations": [{ "name": "Acme" }],
            "apiKeys": [{ "name": "CI", "organization": "Acme", "value": "sk_test_ci_key" }],
        });
        world.call("sandbox.reset", json!({ "seed": seed })).unwrap();
        let request = vestibule_kernel::Request {
            credential: Some(vestibule_kernel::secret::Secret::new("sk_test_ci_key")),
            ..vestibule_kernel::Request::default()
        };
        assert_eq!(world.call_as(request, "users.list", json!({})).unwrap().status, 200);
        let found = world.call("api_keys.validate", json!({ "value": "sk_test_ci_key" })).unwrap();
        assert_eq!(found["api_key"]["name"], json!("CI"));
        let refused = refusal(world.call("api_keys.validate", json!({})));
        assert_eq!(refused.0, 422);
    });
}
