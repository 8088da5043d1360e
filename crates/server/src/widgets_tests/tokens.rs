//! What a widget token says, and to whom none is given.
use super::*;

#[test]
fn a_widget_token_is_signed_by_the_environment_and_says_what_its_user_may_do_for_an_hour() {
    each(|site| {
        let world = site.world;
        let ada = Member::of(world);
        let token = ada.token(world);
        let keys = world.call_as(Asked::default(), "jwks.get", json!({ "clientId": "client_01" }));
        let keys = keys.unwrap().json().unwrap();
        let header = json!({ "alg": "RS256", "kid": keys["keys"][0]["kid"], "typ": "widget+jwt" });
        assert_eq!(part(&token, 0), header);
        let mut claims = part(&token, 1);
        assert!(claims.as_object_mut().unwrap().remove("jti").is_some());
        let told = json!({
            "iss": "http://127.0.0.1:4100/_widgets", "aud": "http://127.0.0.1:4100/_widgets",
            "sub": ada.user, "org_id": ada.organization, "permissions": [SCOPE],
            "iat": 1_768_478_400, "exp": 1_768_482_000,
        });
        assert_eq!(claims, told);
        assert_eq!(asks(site, &token, STREAM).status, StatusCode::OK);
    });
}

#[test]
fn a_token_without_an_organization_or_without_scopes_shows_what_is_about_the_user_alone() {
    each(|site| {
        let ada = Member::of(site.world);
        let alone = call(site.world, "widget_tokens.create", json!({ "user_id": ada.user }));
        let no_scopes = ada.asks(site.world, json!({})).unwrap();
        for token in [text(&alone["token"]), text(&no_scopes["token"])] {
            assert_eq!(part(token, 1)["permissions"], json!([]));
            assert_eq!(asks(site, token, SETTINGS).status, StatusCode::OK);
            is_refused(&asks(site, token, STREAM), StatusCode::FORBIDDEN, "no scope");
        }
        assert_eq!(part(text(&alone["token"]), 1).get("org_id"), None);
        let twice = ada.asks(site.world, json!({ "scopes": [SCOPE, SCOPE] })).unwrap();
        assert_eq!(part(text(&twice["token"]), 1)["permissions"], json!([SCOPE]));
    });
}

#[test]
fn nobody_gets_a_token_for_what_they_may_not_do() {
    each(|site| {
        let world = site.world;
        let ada = Member::of(world);
        let outsider = json!({ "email": "grace@acme.test" });
        let outsider = text(&call(world, "users.create", outsider)["id"]).to_owned();
        let left = Member::joins(world, &ada.organization, "left@acme.test", "auditor");
        call(world, "organization_memberships.deactivate", json!({ "id": left.membership }));
        let plain = Member::joins(world, &ada.organization, "plain@acme.test", "member");
        let refused = |besides: Value| {
            let error = ada.asks(world, besides).unwrap_err();
            (error.status(), error.body())
        };
        let in_nest = |it: &str| json!({ "message": [it], "error": "Bad Request" });
        let not_found = |it: &str| json!({ "code": "entity_not_found", "message": it });
        let organization = &ada.organization;
        let no_member = |it: &str| {
            let text = format!("User '{it}' is no active member of organization '{organization}'.");
            json!({ "message": text })
        };
        let lacks = |user: &str, slugs: &str| {
            let text = format!(
                "User '{user}' lacks these permissions in organization '{organization}': {slugs}. \
                 Give them to a role that the user has there."
            );
            json!({ "message": text })
        };
        let two = "widgets:sso:manage, widgets:user-api-keys:manage-all";
        let scopes = json!(["widgets:sso:manage", SCOPE, "widgets:user-api-keys:manage-all"]);
        for (besides, status, body) in [
            (json!({ "user_id": "user_x" }), 404, not_found("User not found: 'user_x'.")),
            (
                json!({ "organization_id": "org_x" }),
                404,
                not_found("Organization not found: 'org_x'."),
            ),
            (json!({ "user_id": outsider }), 422, no_member(&outsider)),
            (json!({ "user_id": left.user, "scopes": [SCOPE] }), 422, no_member(&left.user)),
            (json!({ "user_id": plain.user, "scopes": [SCOPE] }), 422, lacks(&plain.user, SCOPE)),
            (json!({ "scopes": scopes }), 422, lacks(&ada.user, two)),
        ] {
            assert_eq!(refused(besides), (status, body));
        }
        for (input, field) in [
            (json!({}), "user_id"),
            (json!({ "organization_id": organization }), "user_id"),
            (json!({ "user_id": ada.user, "scopes": [SCOPE] }), "organization_id"),
        ] {
            let error = world.call("widget_tokens.create", input).unwrap_err();
            let body = in_nest(&format!("{field} must be a string"));
            assert_eq!((error.status(), error.body()), (400, body));
        }
        let (status, body) = refused(json!({ "scopes": ["posts:read"] }));
        assert_eq!((status, &body["errors"][0]["field"]), (422, &json!("scopes.0")));
    });
}

#[test]
fn nobody_of_another_environment_gets_a_token() {
    each(|site| {
        let world = site.world;
        let ada = Member::of(world);
        let (_, key) = world.other_environment();
        let input = json!({ "user_id": ada.user });
        let error = call_with(world, key.reveal(), "widget_tokens.create", input).unwrap_err();
        assert_eq!(error.status(), 404);
    });
}
