//! What is in access tokens: the claims that can be left out, the ones that nothing overrides, and
//! how long a token may be.
use serde_json::{Value, json};
use vestibule_kernel::testing::{World, each_engine};

use crate::support::*;

/// A role of so many permissions, held by a new member.
fn member_with_permissions(world: &World, permissions: usize) -> String {
    let ada = user(world, EMAIL);
    let acme = join(world, &ada, "Acme");
    let slugs: Vec<String> =
        (0..permissions).map(|n| format!("a-permission-of-some-length:{n:04}")).collect();
    for slug in &slugs {
        let input = json!({ "slug": slug, "name": slug });
        world.call("permissions.create", input).unwrap();
    }
    world.call("roles.create", json!({ "slug": "busy", "name": "Busy" })).unwrap();
    let input = json!({ "slug": "busy", "permissions": slugs });
    world.call("roles.set_permissions", input).unwrap();
    let page = world.call("organization_memberships.list", json!({ "user_id": ada })).unwrap();
    let input = json!({ "id": page["data"][0]["id"], "role_slug": "busy" });
    world.call("organization_memberships.update", input).unwrap();
    acme
}

/// The context of the newest event of this name.
fn context(world: &World, event: &'static str) -> Option<Value> {
    let read = |cx: &mut vestibule_kernel::Cx<'_>| {
        let sql = "SELECT context FROM events WHERE environment_id = $1 AND event = $2
                   ORDER BY id DESC LIMIT 1";
        let values = [cx.environment.into(), event.into()];
        let mut row = cx.db().first(sql, &values)?.unwrap();
        let text: Option<String> = row.take()?;
        Ok(text.map(|it| serde_json::from_str(&it).unwrap()))
    };
    world.flow().read(read).unwrap()
}

#[test]
fn the_claims_that_grow_can_be_left_out() {
    each_engine(domains(), |world| {
        member_with_permissions(world, 2);
        let first = sign_in(world, EMAIL).unwrap();
        let all = claims(&first);
        assert_eq!(all["roles"], json!(["busy"]));
        assert_eq!(all["permissions"].as_array().unwrap().len(), 2);
        assert!(all.get("aud").is_none(), "no audience is meant");
        let shown = world.call("token_claims.update", json!({ "permissions": false })).unwrap();
        let expected = |roles: bool| {
            json!({
                "object": "token_claims", "roles": roles, "permissions": false,
                "entitlements": true, "feature_flags": true, "issuer": null,
            })
        };
        assert_eq!(shown, expected(true));
        let second = refresh(world, &first["refresh_token"]).unwrap();
        assert!(claims(&second).get("permissions").is_none());
        assert_eq!(claims(&second)["roles"], json!(["busy"]));
        world.call("token_claims.update", json!({ "roles": false })).unwrap();
        let third = claims(&refresh(world, &second["refresh_token"]).unwrap());
        assert!(third.get("roles").is_none() && third.get("permissions").is_none());
        assert_eq!(third["role"], "busy");
        assert_eq!(world.call("token_claims.get", json!({})).unwrap(), expected(false));
    });
}

/// A flag that is enabled, and is on for those alone whom `targets` names.
fn flag(world: &World, slug: &str, targets: &[&str]) {
    let input = json!({ "slug": slug, "name": slug, "enabled": true });
    world.call("feature_flags.create", input).unwrap();
    for id in targets {
        let input = json!({ "slug": slug, "resource_id": id });
        world.call("feature_flag_targets.create", input).unwrap();
    }
}

fn entitle(world: &World, organization: &str, entitlements: &[&str]) {
    let input = json!({ "organization_id": organization, "entitlements": entitlements });
    world.call("organization_entitlements.set", input).unwrap();
}

#[test]
fn a_token_names_what_is_on_for_its_user_and_its_organization_and_is_renewed_with_each_refresh() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let acme = join(world, &ada, "Acme");
        let other =
            text(&world.call("organizations.create", json!({ "name": "Other" })).unwrap()["id"]);
        let first = sign_in(world, EMAIL).unwrap();
        let none = claims(&first);
        assert_eq!(
            (none.get("feature_flags"), none.get("entitlements")),
            (None, None),
            "a list of nothing is left out"
        );
        flag(world, "z-of-user", &[&ada]);
        flag(world, "of-organization", &[&acme]);
        flag(world, "of-both", &[&acme, &ada]);
        flag(world, "of-other", &[&other]);
        flag(world, "off", &[&ada]);
        world.call("feature_flags.disable", json!({ "slug": "off" })).unwrap();
        flag(world, "everybody", &[]);
        let input = json!({ "slug": "everybody", "default_value": true });
        world.call("feature_flags.update", input).unwrap();
        entitle(world, &acme, &["sso", "audit-logs", "sso"]);
        entitle(world, &other, &["gold"]);
        let second = refresh(world, &first["refresh_token"]).unwrap();
        let expected = json!(["everybody", "of-both", "of-organization", "z-of-user"]);
        assert_eq!(claims(&second)["feature_flags"], expected);
        assert_eq!(claims(&second)["entitlements"], json!(["audit-logs", "sso"]));

        world.call("feature_flags.disable", json!({ "slug": "everybody" })).unwrap();
        entitle(world, &acme, &["audit-logs"]);
        let third = refresh(world, &second["refresh_token"]).unwrap();
        let expected = json!(["of-both", "of-organization", "z-of-user"]);
        assert_eq!(claims(&third)["feature_flags"], expected);
        assert_eq!(claims(&third)["entitlements"], json!(["audit-logs"]));

        let input = json!({ "entitlements": false });
        world.call("token_claims.update", input).unwrap();
        let fourth = refresh(world, &third["refresh_token"]).unwrap();
        assert_eq!(claims(&fourth)["feature_flags"], expected);
        assert_eq!(claims(&fourth).get("entitlements"), None);
        let input = json!({ "entitlements": true, "feature_flags": false });
        world.call("token_claims.update", input).unwrap();
        let fifth = claims(&refresh(world, &fourth["refresh_token"]).unwrap());
        assert_eq!(fifth["entitlements"], json!(["audit-logs"]));
        assert_eq!(fifth.get("feature_flags"), None);
    });
}

#[test]
fn a_session_in_no_organization_has_what_is_on_for_its_user_alone() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let acme =
            text(&world.call("organizations.create", json!({ "name": "Acme" })).unwrap()["id"]);
        flag(world, "of-user", &[&ada]);
        flag(world, "of-organization", &[&acme]);
        entitle(world, &acme, &["sso"]);
        let token = claims(&sign_in(world, EMAIL).unwrap());
        assert_eq!(token["feature_flags"], json!(["of-user"]));
        assert_eq!((token.get("org_id"), token.get("entitlements")), (None, None));
    });
}

#[test]
fn a_session_that_outgrows_its_cookie_by_flags_or_entitlements_is_remarked_on() {
    each_engine(domains(), |world| {
        const OUTGROWN: &str = "vestibule.session.outgrew_cookie";
        let ada = user(world, EMAIL);
        let acme = join(world, &ada, "Acme");
        let first = sign_in(world, EMAIL).unwrap();
        assert_eq!(context(world, "session.created"), None);
        let entitlements: Vec<String> =
            (0..100).map(|n| format!("an-entitlement-of-some-length-{n:04}")).collect();
        let input = json!({ "organization_id": acme, "entitlements": entitlements });
        world.call("organization_entitlements.set", input).unwrap();
        let second = refresh(world, &first["refresh_token"]).unwrap();
        assert_eq!(count(world, OUTGROWN), 1);
        entitle(world, &acme, &[]);
        for n in 0..80 {
            let slug = format!("a-feature-flag-of-some-length-{n:04}");
            let input =
                json!({ "slug": slug, "name": slug, "enabled": true, "default_value": true });
            world.call("feature_flags.create", input).unwrap();
        }
        world.clock.advance_seconds(24 * 60 * 60);
        let third = refresh(world, &second["refresh_token"]).unwrap();
        assert_eq!(count(world, OUTGROWN), 2);
        assert_eq!(claims(&third)["feature_flags"].as_array().unwrap().len(), 80);
    });
}

#[test]
fn a_session_that_grows_out_of_its_cookie_is_remarked_on_once_a_day() {
    each_engine(domains(), |world| {
        const OUTGROWN: &str = "vestibule.session.outgrew_cookie";
        let acme = member_with_permissions(world, 40);
        let small = user(world, "small@acme.test");
        let input = json!({ "user_id": small, "organization_id": acme, "role_slug": "member" });
        let member = world.call("organization_memberships.create", input).unwrap();
        let first = sign_in(world, "small@acme.test").unwrap();
        assert_eq!(context(world, "session.created"), None);
        let second = refresh(world, &first["refresh_token"]).unwrap();
        assert_eq!(count(world, OUTGROWN), 0);
        let input = json!({ "id": member["id"], "role_slug": "busy" });
        world.call("organization_memberships.update", input).unwrap();
        let third = refresh(world, &second["refresh_token"]).unwrap();
        let told = last(world, OUTGROWN);
        assert_eq!(
            (&told["session_id"], &told["user_id"], &told["organization_id"]),
            (&claims(&third)["sid"], &json!(small), &json!(acme))
        );
        let token = third["access_token"].as_str().unwrap().len();
        assert!(token < 4096, "the token alone would fit, with {token} bytes");
        assert!(told["cookie_bytes"].as_u64().unwrap() > 4096, "{told}");
        assert_eq!(told["cookie_bytes_max"], 4096);
        let fourth = refresh(world, &third["refresh_token"]).unwrap();
        assert_eq!(count(world, OUTGROWN), 1, "not at each refresh");
        world.clock.advance_seconds(24 * 60 * 60);
        refresh(world, &fourth["refresh_token"]).unwrap();
        assert_eq!(count(world, OUTGROWN), 2);

        // Who signs in with one that is too long is told then, and not again by its refresh.
        let first = sign_in(world, EMAIL).unwrap();
        assert!(context(world, "session.created").is_some());
        refresh(world, &first["refresh_token"]).unwrap();
        assert_eq!(count(world, OUTGROWN), 2);
    });
}

#[test]
fn a_change_of_organization_that_outgrows_the_cookie_is_remarked_on() {
    each_engine(domains(), |world| {
        let acme = member_with_permissions(world, 40);
        let page = world.call("users.list", json!({})).unwrap();
        let other = join(world, page["data"][0]["id"].as_str().unwrap(), "Other");
        let told = sign_in(world, EMAIL).unwrap_err().body();
        let input = json!({
            "pending_authentication_token": told["pending_authentication_token"],
            "organization_id": other,
        });
        let first = authenticate(world, ORGANIZATION, input).unwrap();
        assert_eq!(context(world, "session.created"), None);
        let input = json!({ "refresh_token": first["refresh_token"], "organization_id": acme });
        authenticate(world, "refresh_token", input).unwrap();
        let told = last(world, "vestibule.session.outgrew_cookie");
        assert_eq!(told["organization_id"], json!(acme));
    });
}

#[test]
fn a_session_that_fits_into_no_cookie_is_remarked_on_and_a_token_that_is_too_big_is_refused() {
    each_engine(domains(), |world| {
        member_with_permissions(world, 100);
        sign_in(world, EMAIL).unwrap();
        let remark = context(world, "session.created").unwrap();
        assert_eq!(remark["warnings"][0]["code"], "session_exceeds_cookie");
        let slugs: Vec<String> = (0..400)
            .map(|n| {
                let slug = format!("another-permission-of-some-length:{n:04}");
                world.call("permissions.create", json!({ "slug": slug, "name": slug })).unwrap();
                slug
            })
            .collect();
        let input = json!({ "slug": "busy", "permissions": slugs });
        world.call("roles.set_permissions", input).unwrap();
        let error = sign_in(world, EMAIL).unwrap_err();
        let body = error.body();
        assert_eq!((error.status(), &body["error"]), (400, &json!("token_too_big")));
        assert!(body["error_description"].as_str().unwrap().contains("16384"), "{body}");
        assert_eq!(count(world, "session.created"), 1, "nothing is left of it");
        world.call("token_claims.update", json!({ "permissions": false })).unwrap();
        sign_in(world, EMAIL).unwrap();
        assert_eq!(context(world, "session.created"), None);
    });
}

#[test]
fn an_environment_says_who_issues_its_tokens() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let issuer = |reply: &Value| claims(reply)["iss"].clone();
        let first = sign_in(world, EMAIL).unwrap();
        let usual = issuer(&first);
        assert_eq!(usual, "http://127.0.0.1:4100/user_management/client_01");
        let set = |to: Value| world.call("token_claims.update", json!({ "issuer": to }));
        for wrong in [
            "",
            "acme",
            "ftp://id.acme.test",
            "https://id.acme.test/?x",
            "https://id.acme.test/#x",
            "https://ada@id.acme.test",
        ] {
            let refused = refusal(set(json!(wrong)));
            assert_eq!(refused.0, 422, "{wrong}");
        }
        let wanted = "https://api.workos.com/user_management/client_01";
        assert_eq!(set(json!(wanted)).unwrap()["issuer"], wanted);
        let second = refresh(world, &first["refresh_token"]).unwrap();
        assert_eq!(issuer(&second), wanted);
        // We know our own tokens of either kind.
        for reply in [&first, &second] {
            let token = text(&reply["access_token"]);
            let found = world.flow().read(move |cx| vestibule_signin::tokens::verify(cx, &token));
            assert_eq!(found.unwrap().unwrap().sub.as_str(), ada);
        }
        assert_eq!(set(Value::Null).unwrap()["issuer"], Value::Null);
        assert_eq!(issuer(&refresh(world, &second["refresh_token"]).unwrap()), usual);
    });
}

#[test]
fn a_template_speaks_for_roles_but_not_for_the_session_the_client_or_whoever_acts() {
    each_engine(domains(), |world| {
        member_with_permissions(world, 1);
        for claim in ["iss", "sub", "exp", "iat", "nbf", "jti", "sid", "client_id", "act"] {
            let content = json!({ claim: "{{ user.metadata.mine }}" }).to_string();
            let error =
                world.call("jwt_template.update", json!({ "content": content })).unwrap_err();
            let body = json!({
                "code": "invalid_request_parameters",
                "message": format!("The claim '{claim}' is reserved. Give it another name."),
            });
            assert_eq!(crate::support::body(&error), (422, body));
        }
        let content =
            json!({ "role": "authenticated", "aud": "db", "org_id": "mine", "permissions": [] });
        let content = content.to_string();
        world.call("jwt_template.update", json!({ "content": content })).unwrap();
        let told = claims(&sign_in(world, EMAIL).unwrap());
        assert_eq!(
            (&told["role"], &told["aud"], &told["org_id"], &told["permissions"]),
            (&json!("authenticated"), &json!("db"), &json!("mine"), &json!([]))
        );
    });
}
