//! Attacks on widgets and with their tokens, each named after what it tries.
use serde_json::Map;
use vestibule_kernel::FlowCx;
use vestibule_kernel::catalog::Access;
use vestibule_signin::tokens::{self, TokenKind, keys};

use super::*;

/// A token that this environment signs.
fn signed(flow: &FlowCx, kind: TokenKind, claims: Value) -> String {
    let key = keys::signing(flow).unwrap();
    let claims: Map<String, Value> = claims.as_object().unwrap().clone();
    tokens::sign(&key, kind, &claims).unwrap().reveal().to_owned()
}

/// Nobody is shown a thing, on any endpoint.
fn opens_nothing(site: &Site<'_>, token: &str, status: StatusCode, attack: &str) {
    for path in [STREAM, SETTINGS] {
        is_refused(&asks(site, token, path), status, attack);
    }
}

#[test]
fn attack_by_a_widget_token_in_the_place_of_an_access_token_or_a_key_it_opens_nothing() {
    each(|site| {
        let world = site.world;
        let ada = Member::of(world);
        let token = ada.token(world);
        let read = token.clone();
        assert!(world.flow().read(move |cx| tokens::verify(cx, &read)).unwrap().is_none());
        for entry in world.app.catalog().entries() {
            let opened = match entry.op.access {
                Access::ApiKey | Access::Owner | Access::Approver | Access::Token(_) => {
                    call_with(world, &token, entry.op.id, json!({}))
                }
                // Whoever calls these shows nothing by which they would be let in.
                Access::Open(_) => continue,
            };
            let status = opened.map_err(|it| it.status());
            assert_eq!(status, Err(401), "{}", entry.op.id);
        }
        assert!(!site.opens(&token));
        // With the claims of an access token besides, it still says what it is.
        let access = ada.signs_in(world)["access_token"].clone();
        let dressed_up = signed(&world.flow(), TokenKind::Widget, part(text(&access), 1));
        let read = dressed_up.clone();
        assert!(world.flow().read(move |cx| tokens::verify(cx, &read)).unwrap().is_none());
        opens_nothing(site, &dressed_up, StatusCode::UNAUTHORIZED, "without an audience");
    });
}

#[test]
fn attack_by_forged_tokens_they_open_nothing() {
    each(|site| {
        let world = site.world;
        let ada = Member::of(world);
        let grace = Member::joins(world, &ada.organization, "grace@acme.test", "member");
        let token = ada.token(world);
        let parts: Vec<&str> = token.split('.').collect();
        let (header, payload, signature) = (parts[0], parts[1], parts[2]);
        let kid = part(&token, 0)["kid"].clone();
        let mut other = part(&token, 1);
        other["sub"] = json!(grace.user);
        let other = encode(&other);
        let head = |alg: &str, typ: &str, kid: &Value| {
            encode(&json!({ "alg": alg, "kid": kid, "typ": typ }))
        };
        let none = head("none", "widget+jwt", &kid);
        let keys = world.call_as(Asked::default(), "jwks.get", json!({ "clientId": "client_01" }));
        let keys = keys.unwrap().json().unwrap();
        let confused = format!("{}.{payload}", head("HS256", "widget+jwt", &kid));
        let public = text(&keys["keys"][0]["n"]).to_owned();
        let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public.as_bytes());
        let tag = aws_lc_rs::hmac::sign(&secret, confused.as_bytes());
        let stranger = json!("signing_key_x");
        for (attack, forged) in [
            ("alg none", format!("{none}.{payload}.")),
            ("alg none, signed", format!("{none}.{payload}.{signature}")),
            ("key confusion", format!("{confused}.{}", BASE64URL_NOPAD.encode(tag.as_ref()))),
            ("another user", format!("{header}.{other}.{signature}")),
            ("no signature", format!("{header}.{payload}.")),
            ("another kind", format!("{}.{payload}.{signature}", head("RS256", "JWT", &kid))),
            (
                "an unknown key",
                format!("{}.{payload}.{signature}", head("RS256", "widget+jwt", &stranger)),
            ),
            (
                "NUL in the name of the key",
                format!("{}.{payload}.{signature}", head("RS256", "widget+jwt", &json!("\0"))),
            ),
            ("no token", "x".repeat(20_000)),
            ("a key of the API", world.key.reveal().to_owned()),
        ] {
            opens_nothing(site, &forged, StatusCode::UNAUTHORIZED, attack);
        }
        is_refused(&asks_from(site, None, None, STREAM), StatusCode::UNAUTHORIZED, "no token");
        assert_eq!(asks(site, &token, STREAM).status, StatusCode::OK);
    });
}

#[test]
fn attack_by_other_tokens_of_ours_they_open_nothing() {
    each(|site| {
        let world = site.world;
        let ada = Member::of(world);
        let reply = ada.signs_in(world);
        opens_nothing(site, text(&reply["refresh_token"]), StatusCode::UNAUTHORIZED, "refresh");
        let client = site.registers();
        let agent = site.tokens(&client, "read");
        opens_nothing(site, text(&agent["access_token"]), StatusCode::UNAUTHORIZED, "agent");
        // What an ID token says, by the same key: no session, and the client as its audience.
        let now = part(text(&reply["access_token"]), 1)["iat"].as_i64().unwrap();
        let id_token = json!({
            "iss": "http://127.0.0.1:4100/user_management/client_01", "aud": "client_01",
            "sub": ada.user, "org_id": ada.organization, "permissions": [SCOPE],
            "client_id": "client_01", "iat": now, "exp": now + 3600,
        });
        for kind in [TokenKind::Access, TokenKind::Widget] {
            let token = signed(&world.flow(), kind, id_token.clone());
            opens_nothing(site, &token, StatusCode::UNAUTHORIZED, "an ID token");
        }
    });
}

#[test]
fn attack_by_the_key_of_another_environment_it_vouches_for_nobody_here() {
    each(|site| {
        let world = site.world;
        let ada = Member::of(world);
        let (environment, _) = world.other_environment();
        let other = world.app.system(&environment);
        let claims = part(&ada.token(world), 1);
        let forged = signed(&other, TokenKind::Widget, claims);
        opens_nothing(site, &forged, StatusCode::FORBIDDEN, "a widget token");
        let claims = part(text(&ada.signs_in(world)["access_token"]), 1);
        let forged = signed(&other, TokenKind::Access, claims);
        opens_nothing(site, &forged, StatusCode::UNAUTHORIZED, "an access token");
    });
}

#[test]
fn attack_by_a_token_from_before_it_opens_nothing_that_its_user_has_lost() {
    each(|site| {
        let world = site.world;
        let ada = Member::of(world);
        let both = |member: &Member| {
            let access = member.signs_in(world)["access_token"].clone();
            [member.token(world), text(&access).to_owned()]
        };
        let role = |slug: &str| {
            let input = json!({ "id": ada.membership, "role_slug": slug });
            call(world, "organization_memberships.update", input);
        };
        let tokens = both(&ada);
        role("member");
        for token in &tokens {
            is_refused(&asks(site, token, STREAM), StatusCode::FORBIDDEN, "another role");
            assert_eq!(asks(site, token, SETTINGS).status, StatusCode::OK);
        }
        role("auditor");
        assert_eq!(asks(site, &tokens[0], STREAM).status, StatusCode::OK, "what is held now");
        let left = |member: &Member, tokens: &[String], id: &str, input: Value| {
            assert_eq!(asks(site, &tokens[1], STREAM).status, StatusCode::OK, "{}", member.email);
            call(world, id, input);
            for token in tokens {
                opens_nothing(site, token, StatusCode::FORBIDDEN, id);
            }
        };
        let join = |email: &str| Member::joins(world, &ada.organization, email, "auditor");
        let one = join("one@acme.test");
        let id = json!({ "id": one.membership });
        left(&one, &both(&one), "organization_memberships.deactivate", id);
        let two = join("two@acme.test");
        let id = json!({ "id": two.membership });
        left(&two, &both(&two), "organization_memberships.delete", id);
        let three = join("three@acme.test");
        left(&three, &both(&three), "users.delete", json!({ "id": three.user }));
        let four = join("four@acme.test");
        let tokens = both(&four);
        world.clock.advance_seconds(1);
        let input = json!({ "id": four.user, "password": "Another-Harbour-Quince-32" });
        left(&four, &tokens, "users.update", input);
    });
}

#[test]
fn attack_by_a_token_whose_time_is_over_it_opens_nothing_and_the_widget_gets_another() {
    each(|site| {
        let world = site.world;
        let ada = Member::of(world);
        let access = ada.signs_in(world)["access_token"].clone();
        let token = ada.token(world);
        world.clock.advance_seconds(299);
        assert_eq!(asks(site, text(&access), STREAM).status, StatusCode::OK);
        world.clock.advance_seconds(1);
        opens_nothing(site, text(&access), StatusCode::FORBIDDEN, "an access token");
        world.clock.advance_seconds(3299);
        assert_eq!(asks(site, &token, STREAM).status, StatusCode::OK);
        world.clock.advance_seconds(1);
        opens_nothing(site, &token, StatusCode::FORBIDDEN, "a widget token");
    });
}

#[test]
fn attack_by_the_access_token_of_a_session_that_was_ended_it_opens_nothing() {
    each(|site| {
        let world = site.world;
        let ada = Member::of(world);
        let access = ada.signs_in(world)["access_token"].clone();
        let session = part(text(&access), 1)["sid"].clone();
        call(world, "sessions.revoke", json!({ "session_id": session }));
        opens_nothing(site, text(&access), StatusCode::FORBIDDEN, "a session that was ended");
    });
}

#[test]
fn attack_by_claims_of_a_template_they_permit_nothing() {
    each(|site| {
        let world = site.world;
        let ada = Member::of(world);
        let plain = Member::joins(world, &ada.organization, "plain@acme.test", "member");
        let content = json!({ "permissions": [SCOPE], "org_id": ada.organization }).to_string();
        call(world, "jwt_template.update", json!({ "content": content }));
        let access = plain.signs_in(world)["access_token"].clone();
        assert_eq!(part(text(&access), 1)["permissions"], json!([SCOPE]));
        is_refused(&asks(site, text(&access), STREAM), StatusCode::FORBIDDEN, "a template");
    });
}
