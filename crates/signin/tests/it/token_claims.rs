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
        let expected = json!({ "object": "token_claims", "roles": true, "permissions": false });
        assert_eq!(shown, expected);
        let second = refresh(world, &first["refresh_token"]).unwrap();
        assert!(claims(&second).get("permissions").is_none());
        assert_eq!(claims(&second)["roles"], json!(["busy"]));
        world.call("token_claims.update", json!({ "roles": false })).unwrap();
        let third = claims(&refresh(world, &second["refresh_token"]).unwrap());
        assert!(third.get("roles").is_none() && third.get("permissions").is_none());
        assert_eq!(third["role"], "busy");
        let expected = json!({ "object": "token_claims", "roles": false, "permissions": false });
        assert_eq!(world.call("token_claims.get", json!({})).unwrap(), expected);
    });
}

#[test]
fn a_token_that_fits_into_no_cookie_is_remarked_on_and_one_that_is_too_big_is_refused() {
    each_engine(domains(), |world| {
        member_with_permissions(world, 100);
        sign_in(world, EMAIL).unwrap();
        let remark = context(world, "session.created").unwrap();
        assert_eq!(remark["warnings"][0]["code"], "access_token_exceeds_cookie");
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
