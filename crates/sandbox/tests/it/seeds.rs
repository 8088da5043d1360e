//! What the seed of the emulator says of users, beside their names.
use serde_json::{Value, json};
use vestibule_kernel::Cx;
use vestibule_kernel::testing::each_engine;

use crate::support::{domains, enable, sign_in, text};

const SEED: &str = "
users:
  - id: user_ada
    email: ada@seed.test
    password: Violet-Harbour-Quince-31
    email_verified: true
    impersonator: { email: help@seed.test, reason: Ticket 17 }
    oauth_provider: GoogleOAuth
    oauth_idp_id: '1080'
  - id: user_grace
    email: grace@seed.test
    password: Violet-Harbour-Quince-31
    email_verified: true
    oauth_provider: GitHubOAuth
organizations:
  - name: Seed
    memberships:
      - { email: ada@seed.test, status: pending, role: admin }
      - { email: grace@seed.test, status: inactive }
";

#[test]
fn a_seed_says_who_acts_as_a_user_which_accounts_they_have_and_who_was_only_invited() {
    each_engine(domains(), |world| {
        enable(world);
        for _ in 0..2 {
            world.call("sandbox.reset", json!({ "seed": SEED })).unwrap();
            let input =
                json!({ "statuses": ["active", "inactive", "pending"], "user_id": "user_ada" });
            let ada = world.call("organization_memberships.list", input).unwrap();
            let ada = &ada["data"][0];
            assert_eq!(
                (&ada["status"], &ada["role"]["slug"]),
                (&json!("pending"), &json!("admin"))
            );
            let signed_in = sign_in(world, "ada@seed.test").unwrap();
            assert_eq!(
                signed_in["impersonator"],
                json!({ "email": "help@seed.test", "reason": "Ticket 17" })
            );
            assert_eq!(signed_in["authentication_method"], "Impersonation");
            assert_eq!(signed_in.get("organization_id"), None, "a pending member is none yet");
            let of =
                |user: &str| world.call("users.list_identities", json!({ "id": user })).unwrap();
            let expected =
                json!([{ "idp_id": "1080", "type": "OAuth", "provider": "GoogleOAuth" }]);
            assert_eq!(of("user_ada"), expected);
            let expected =
                json!([{ "idp_id": "user_grace", "type": "OAuth", "provider": "GithubOAuth" }]);
            assert_eq!(of("user_grace"), expected);
            let grace = sign_in(world, "grace@seed.test").unwrap();
            assert_eq!((grace.get("impersonator"), grace.get("organization_id")), (None, None));
        }
    });
}

#[test]
fn a_seed_says_what_organizations_are_entitled_to_and_for_whom_flags_are_on() {
    const SEED: &str = "
users:
  - { id: user_ada, email: ada@seed.test, password: Violet-Harbour-Quince-31, email_verified: true }
organizations:
  - name: Seed
    entitlements: [sso, audit-logs]
    memberships: [{ email: ada@seed.test }]
featureFlags:
  - { slug: everybody, name: Everybody, enabled: true, default_value: true }
  - slug: beta
    name: Beta
    description: The next one
    owner: { email: grace@seed.test }
    tags: [next]
    enabled: true
    users: [ada@seed.test]
    organizations: [Seed]
  - { slug: 'off', name: Off, users: [ada@seed.test] }
";
    each_engine(domains(), |world| {
        enable(world);
        for _ in 0..2 {
            world.call("sandbox.reset", json!({ "seed": SEED })).unwrap();
            // The second time changes nothing, nor what was changed meanwhile.
            let apply = || {
                let environment = world.flow().environment().clone();
                vestibule_sandbox::seed::apply_text(&world.app, &environment, SEED, "a test")
            };
            apply().unwrap();
            let signed_in = sign_in(world, "ada@seed.test").unwrap();
            let token = signed_in["access_token"].as_str().unwrap();
            let claims = token.split('.').nth(1).unwrap();
            let claims = data_encoding::BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap();
            let claims: Value = serde_json::from_slice(&claims).unwrap();
            assert_eq!(claims["feature_flags"], json!(["beta", "everybody"]));
            assert_eq!(claims["entitlements"], json!(["audit-logs", "sso"]));
            let beta = world.call("feature_flags.get", json!({ "slug": "beta" })).unwrap();
            assert_eq!(beta["owner"]["email"], "grace@seed.test");
            let targets =
                world.call("feature_flag_targets.list", json!({ "slug": "beta" })).unwrap();
            assert_eq!(targets["data"].as_array().unwrap().len(), 2);
            world.call("feature_flags.disable", json!({ "slug": "beta" })).unwrap();
            apply().unwrap();
            let beta = world.call("feature_flags.get", json!({ "slug": "beta" })).unwrap();
            assert_eq!(beta["enabled"], false);
        }
        world.call("sandbox.reset", json!({ "seed": "" })).unwrap();
        let everything = world.everything();
        for table in ["feature_flags", "feature_flag_targets", "organization_entitlements"] {
            assert!(everything[table].is_empty(), "{table} is empty after a reset to nothing");
        }
    });
}

#[test]
fn what_cannot_be_meant_refuses_the_seed_and_says_where_it_stands() {
    each_engine(domains(), |world| {
        enable(world);
        let of_user = |more: Value| {
            let mut user = json!({ "email": "ada@seed.test" });
            user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "users": [user] })
        };
        let member = json!({
            "users": [{ "email": "ada@seed.test" }],
            "organizations": [{
                "name": "A", "memberships": [{ "email": "ada@seed.test", "status": "asleep" }],
            }],
        });
        for (seed, named) in [
            (of_user(json!({ "oauth_provider": "AcmeOAuth" })), "AcmeOAuth"),
            (of_user(json!({ "oauth_idp_id": "1" })), "oauth_idp_id"),
            (of_user(json!({ "impersonator": { "reason": "x" } })), "email"),
            (member, "asleep"),
            (json!({ "featureFlags": [{ "slug": "a b", "name": "A" }] }), "featureFlags[0] 'a b'"),
            (
                json!({ "featureFlags": [{ "slug": "a", "name": "A", "users": ["no@one.test"] }] }),
                "no@one.test",
            ),
        ] {
            let refused = world.call("sandbox.reset", json!({ "seed": seed })).unwrap_err();
            assert_eq!((refused.status(), refused.code()), (422, "invalid_seed"));
            assert!(refused.message().contains(named), "{}", refused.message());
        }
    });
}

#[test]
fn attack_nobody_acts_as_a_user_outside_of_a_sandbox_whatever_its_settings_say() {
    each_engine(domains(), |world| {
        let input = json!({
            "email": "ada@seed.test", "password": crate::support::PASSWORD, "email_verified": true,
        });
        let ada = text(&world.call("users.create", input).unwrap()["id"]);
        let all = json!({ &ada: { "email": "eve@evil.test", "reason": null } }).to_string();
        let write = move |cx: &mut Cx<'_>| {
            let sql = "INSERT INTO settings (environment_id, name, value) VALUES ($1, $2, $3)";
            let values =
                [cx.environment.into(), "sandbox_impersonators".into(), all.as_str().into()];
            cx.db().execute(sql, &values)
        };
        assert_eq!(world.flow().write(write).unwrap(), 1);
        let signed_in = sign_in(world, "ada@seed.test").unwrap();
        assert_eq!(signed_in.get("impersonator"), None);
        assert_eq!(signed_in["authentication_method"], "Password");
    });
}
