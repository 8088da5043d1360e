//! Sessions and refresh tokens: rotation, replay, switching, and what ends them.
use serde_json::{Value, json};
use vestibule_kernel::Request;
use vestibule_kernel::catalog::Reply;
use vestibule_kernel::context::Options;
use vestibule_kernel::testing::{World, each_engine, each_engine_with, options};

use crate::support::*;

const INVALID_GRANT: (u16, &str) = (400, "invalid_grant");

fn refused(done: vestibule_kernel::Result<Value>) -> (u16, &'static str) {
    let error = done.unwrap_err();
    assert_eq!(error.body()["error"], error.code(), "refresh answers in the OAuth form");
    (error.status(), error.code())
}

fn switch(world: &World, token: &Value, organization: &str) -> vestibule_kernel::Result<Value> {
    let input = json!({ "refresh_token": token, "organization_id": organization });
    authenticate(world, "refresh_token", input)
}

#[test]
fn a_refresh_goes_on_with_the_same_session() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        join(world, &ada, "Acme");
        let first = sign_in(world, EMAIL).unwrap();
        world.clock.advance_seconds(600);
        let second = refresh(world, &first["refresh_token"]).unwrap();
        assert_ne!(second["refresh_token"], first["refresh_token"], "the token is rotated");
        assert_eq!(second["authentication_method"], "Password");
        assert_eq!(second["organization_id"], first["organization_id"]);
        let (old, new) = (claims(&first), claims(&second));
        for same in ["sid", "sub", "auth_time", "client_id", "iss", "org_id", "role"] {
            assert_eq!(old[same], new[same], "{same}");
        }
        assert_ne!(old["jti"], new["jti"]);
        assert_eq!(new["iat"].as_i64().unwrap() - old["iat"].as_i64().unwrap(), 600);
        assert_eq!(count(world, "session.created"), 1);
        assert_eq!(count(world, "authentication.password_succeeded"), 1);
        refresh(world, &second["refresh_token"]).unwrap();
    });
}

#[test]
fn fifty_refreshes_at_once_all_get_the_same_successor() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        join(world, &ada, "Acme");
        let first = sign_in(world, EMAIL).unwrap();
        let token = &first["refresh_token"];
        let answers: Vec<Value> = std::thread::scope(|scope| {
            let tabs: Vec<_> =
                (0..50).map(|_| scope.spawn(|| refresh(world, token).unwrap())).collect();
            tabs.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let successor = &answers[0]["refresh_token"];
        assert_ne!(successor, token);
        assert!(answers.iter().all(|it| it["refresh_token"] == *successor));
        let session = &claims(&first)["sid"];
        assert!(answers.iter().all(|it| claims(it)["sid"] == *session));
        refresh(world, successor).unwrap();
        assert_eq!(sessions(world, &ada).len(), 1);
    });
}

#[test]
fn an_exchanged_token_yields_its_successor_for_a_short_while_even_when_that_was_exchanged_too() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        let first = sign_in(world, EMAIL).unwrap();
        let second = refresh(world, &first["refresh_token"]).unwrap();
        world.clock.advance_seconds(5);
        let third = refresh(world, &second["refresh_token"]).unwrap();
        world.clock.advance_seconds(24);
        let again = refresh(world, &first["refresh_token"]).unwrap();
        assert_eq!(again["refresh_token"], second["refresh_token"]);
        let again = refresh(world, &second["refresh_token"]).unwrap();
        assert_eq!(again["refresh_token"], third["refresh_token"]);
        refresh(world, &third["refresh_token"]).unwrap();
    });
}

#[test]
fn a_token_used_again_after_the_window_ends_the_session() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let first = sign_in(world, EMAIL).unwrap();
        let second = refresh(world, &first["refresh_token"]).unwrap();
        world.clock.advance_seconds(30);
        assert_eq!(refused(refresh(world, &first["refresh_token"])), INVALID_GRANT);
        assert_eq!(refused(refresh(world, &second["refresh_token"])), INVALID_GRANT);
        assert_eq!(sessions(world, &ada), Vec::<String>::new());
        let ended = last(world, "session.revoked");
        assert_eq!((&ended["id"], &ended["status"]), (&claims(&first)["sid"], &json!("revoked")));
        assert_eq!(ended["ended_at"], "2026-01-15T12:00:30.000Z");
        assert_eq!(count(world, "session.revoked"), 1);
    });
}

#[test]
fn a_token_of_long_ago_is_still_known_by_its_family() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let first = sign_in(world, EMAIL).unwrap();
        let mut token = first["refresh_token"].clone();
        for _ in 0..5 {
            world.clock.advance_seconds(3600);
            token = refresh(world, &token).unwrap()["refresh_token"].clone();
        }
        assert_eq!(refused(refresh(world, &first["refresh_token"])), INVALID_GRANT);
        assert!(sessions(world, &ada).is_empty());
        assert_eq!(refused(refresh(world, &token)), INVALID_GRANT);
    });
}

#[test]
fn without_a_window_a_token_works_once() {
    let options = vestibule_kernel::context::Options { refresh_replay_seconds: 0, ..options() };
    each_engine_with(domains(), &options, |world| {
        let ada = user(world, EMAIL);
        let first = sign_in(world, EMAIL).unwrap();
        refresh(world, &first["refresh_token"]).unwrap();
        assert_eq!(refused(refresh(world, &first["refresh_token"])), INVALID_GRANT);
        assert!(sessions(world, &ada).is_empty());
    });
}

#[test]
fn a_forged_token_is_refused_and_ends_nothing() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let first = text(&sign_in(world, EMAIL).unwrap()["refresh_token"]);
        let other_family = format!("{}{}", "x".repeat(22), &first[22..]);
        for token in ["", "x", &first[..22], &first[1..], &other_family, &"ä".repeat(33)] {
            if !token.is_empty() {
                assert_eq!(refused(refresh(world, &json!(token))), INVALID_GRANT, "{token}");
            }
        }
        assert_eq!(sessions(world, &ada).len(), 1);
        refresh(world, &json!(first)).unwrap();
    });
}

#[test]
fn a_refresh_token_of_another_environment_is_unknown() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        let first = sign_in(world, EMAIL).unwrap();
        let (_, key) = world.other_environment();
        let input = json!({
            "grant_type": "refresh_token",
            "client_id": "client_02",
            "client_secret": key.reveal(),
            "refresh_token": first["refresh_token"],
        });
        let done = world.call_as(Request::default(), "user_management.authenticate", input);
        assert_eq!(refused(done.map(|_| Value::Null)), INVALID_GRANT);
        refresh(world, &first["refresh_token"]).unwrap();
    });
}

#[test]
fn a_refresh_changes_to_another_organization_of_the_user_and_to_no_other() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let first = sign_in(world, EMAIL).unwrap();
        let (one, two) = (join(world, &ada, "One"), join(world, &ada, "Two"));
        let foreign = join(world, &user(world, "eve@evil.test"), "Foreign");
        let switched = switch(world, &first["refresh_token"], &one).unwrap();
        assert_eq!(switched["organization_id"], json!(one));
        assert_eq!(claims(&switched)["org_id"], json!(one));
        let switched = switch(world, &switched["refresh_token"], &two).unwrap();
        let kept = refresh(world, &switched["refresh_token"]).unwrap();
        assert_eq!(kept["organization_id"], json!(two), "the last organization is kept");
        let token = &kept["refresh_token"];
        let not_member = (400, "organization_membership_not_found");
        assert_eq!(refused(switch(world, token, &foreign)), not_member);
        assert_eq!(refused(switch(world, token, "org_no")), (400, "organization_not_found"));
        let still = refresh(world, token).unwrap();
        assert_eq!(still["organization_id"], json!(two), "a refused change uses no token up");
    });
}

#[test]
fn roles_are_read_anew_at_each_refresh() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        join(world, &ada, "Acme");
        let first = sign_in(world, EMAIL).unwrap();
        let filter = json!({ "user_id": ada });
        let page = world.call("organization_memberships.list", filter).unwrap();
        let id = &page["data"][0]["id"];
        let input = json!({ "id": id, "role_slug": "admin" });
        world.call("organization_memberships.update", input).unwrap();
        let second = refresh(world, &first["refresh_token"]).unwrap();
        assert_eq!(
            (&claims(&first)["role"], &claims(&second)["role"]),
            (&json!("member"), &json!("admin"))
        );
    });
}

#[test]
fn sessions_are_listed_newest_first_and_revoked_one_by_one() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let first = sign_in(world, EMAIL).unwrap();
        let second = sign_in(world, EMAIL).unwrap();
        let id = |reply: &Value| text(&claims(reply)["sid"]);
        assert_eq!(sessions(world, &ada), [id(&second), id(&first)]);
        let revoke = |id: &str| world.call("sessions.revoke", json!({ "session_id": id }));
        revoke(&id(&first)).unwrap();
        assert_eq!(sessions(world, &ada), [id(&second)]);
        assert_eq!(refused(refresh(world, &first["refresh_token"])), INVALID_GRANT);
        revoke(&id(&first)).unwrap();
        assert_eq!(count(world, "session.revoked"), 1, "a session ends once");
        let error = revoke("session_unknown").unwrap_err();
        let message = json!({ "message": "Session not found: 'session_unknown'." });
        assert_eq!(body(&error), (400, message));
        let error = world.call("sessions.list", json!({ "id": "user_unknown" })).unwrap_err();
        assert_eq!(error.status(), 404);
        let (_, key) = world.other_environment();
        let request = Request { credential: Some(key), ..Request::default() };
        let input = json!({ "session_id": id(&second) });
        let foreign = world.call_as(request, "sessions.revoke", input);
        assert_eq!(foreign.unwrap_err().status(), 400);
        refresh(world, &second["refresh_token"]).unwrap();
    });
}

/// Ends what a session stands on: gets the user and the organization.
type End = fn(&World, &str, &str);

#[test]
fn sessions_end_with_what_they_stand_on() {
    let ends: [(&str, End); 5] = [
        ("the user is deleted", |world, user, _| {
            world.call("users.delete", json!({ "id": user })).unwrap();
        }),
        ("the organization is deleted", |world, _, organization| {
            world.call("organizations.delete", json!({ "id": organization })).unwrap();
        }),
        ("the membership is deleted", |world, user, _| {
            let id = membership(world, user);
            world.call("organization_memberships.delete", json!({ "id": id })).unwrap();
        }),
        ("the membership is deactivated", |world, user, _| {
            let id = membership(world, user);
            world.call("organization_memberships.deactivate", json!({ "id": id })).unwrap();
        }),
        ("the password is changed", |world, user, _| {
            world.clock.advance_seconds(1);
            let input = json!({ "id": user, "password": "Amber-Lantern-Walrus-77" });
            world.call("users.update", input).unwrap();
        }),
    ];
    for (why, end) in ends {
        each_engine(domains(), |world| {
            let ada = user(world, EMAIL);
            let organization = join(world, &ada, "Acme");
            let first = sign_in(world, EMAIL).unwrap();
            end(world, &ada, &organization);
            assert_eq!(refused(refresh(world, &first["refresh_token"])), INVALID_GRANT, "{why}");
            let ended = last(world, "session.revoked");
            assert_eq!(ended["id"], claims(&first)["sid"], "{why}");
            assert_eq!(count(world, "session.revoked"), 1, "{why}");
        });
    }
}

fn membership(world: &World, user: &str) -> String {
    let page = world.call("organization_memberships.list", json!({ "user_id": user })).unwrap();
    text(&page["data"][0]["id"])
}

#[test]
fn leaving_one_organization_leaves_the_sessions_of_others() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let one = join(world, &ada, "One");
        let first = sign_in(world, EMAIL).unwrap();
        let two = join(world, &ada, "Two");
        let second = sign_in(world, EMAIL).unwrap_err().body();
        let input = json!({
            "pending_authentication_token": second["pending_authentication_token"],
            "organization_id": two,
        });
        let second = authenticate(world, ORGANIZATION, input).unwrap();
        world.call("organizations.delete", json!({ "id": one })).unwrap();
        assert_eq!(refused(refresh(world, &first["refresh_token"])), INVALID_GRANT);
        refresh(world, &second["refresh_token"]).unwrap();
    });
}

#[test]
fn a_session_is_over_when_its_length_has_passed_or_nobody_used_it() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        policy(world, |it| {
            (it.session_seconds, it.inactivity_seconds) = (7200, Some(3600));
            it.access_token_seconds = 60;
        });
        let idle = sign_in(world, EMAIL).unwrap();
        let mut used = sign_in(world, EMAIL).unwrap();
        assert_eq!(claims(&used)["exp"].as_i64(), claims(&used)["iat"].as_i64().map(|it| it + 60));
        world.clock.advance_seconds(3599);
        used = refresh(world, &used["refresh_token"]).unwrap();
        world.clock.advance_seconds(1);
        assert_eq!(refused(refresh(world, &idle["refresh_token"])), INVALID_GRANT);
        assert_eq!(sessions(world, &ada), [text(&claims(&used)["sid"])]);
        world.clock.advance_seconds(3000);
        used = refresh(world, &used["refresh_token"]).unwrap();
        world.clock.advance_seconds(600);
        assert_eq!(refused(refresh(world, &used["refresh_token"])), INVALID_GRANT);
        assert!(sessions(world, &ada).is_empty());
        assert_eq!(count(world, "session.revoked"), 0, "nobody ended them");
    });
}

fn logout(world: &World, input: Value) -> vestibule_kernel::Result<Reply> {
    world.call_as(Request::default(), "sessions.logout", input)
}

#[test]
fn signing_out_ends_the_session_and_leads_to_where_it_may() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let first = sign_in(world, EMAIL).unwrap();
        let id = text(&claims(&first)["sid"]);
        let homepage = json!({ "url": "https://app.example.com/" });
        world.call("app_homepage_url.update", homepage).unwrap();
        let reply = logout(world, json!({ "session_id": id })).unwrap();
        assert_eq!(reply.status, 302);
        assert_eq!(reply.location.as_deref(), Some("https://app.example.com/"));
        assert!(reply.cookies.iter().any(|it| it.starts_with("vestibule-session=; ")));
        assert!(sessions(world, &ada).is_empty());
        assert_eq!(refused(refresh(world, &first["refresh_token"])), INVALID_GRANT);
        assert_eq!(logout(world, json!({ "session_id": id })).unwrap().status, 302);
        assert_eq!(count(world, "session.revoked"), 1);
    });
}

#[test]
fn signing_out_with_a_hostile_return_address_ends_the_session_and_leads_nowhere() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let id = text(&claims(&sign_in(world, EMAIL).unwrap())["sid"]);
        let input = json!({ "session_id": id, "return_to": "https://evil.example/" });
        let error = logout(world, input).unwrap_err();
        assert_eq!((error.status(), error.code()), (422, ""));
        assert!(sessions(world, &ada).is_empty());
        let reply = logout(world, json!({ "session_id": id })).unwrap();
        let own_page = Some("/signed-out?client_id=client_01");
        assert_eq!(reply.location.as_deref(), own_page, "nothing was configured");
        assert_eq!(logout(world, json!({ "session_id": "no" })).unwrap_err().status(), 422);
    });
}

#[test]
fn a_page_of_an_allowed_origin_keeps_its_refresh_token_in_a_cookie_that_no_script_reads() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        let first = sign_in(world, EMAIL).unwrap();
        world.call("cors_origins.create", json!({ "origin": "https://app.example.com" })).unwrap();
        let page = |origin: &str, cookie: Option<&str>| Request {
            origin: Some(origin.to_owned()),
            cookies: cookie
                .map(|it| ("workos-refresh-client_01".to_owned(), it.to_owned()))
                .into_iter()
                .collect(),
            ..Request::default()
        };
        let by = |request: Request, input: Value| {
            authenticate_as(world, request, "refresh_token", input)
        };
        let allowed = "https://app.example.com";
        let token = json!({ "refresh_token": first["refresh_token"] });
        let reply = by(page(allowed, None), token).unwrap();
        let cookie = reply.cookies.iter().find(|it| it.starts_with("workos-refresh-")).unwrap();
        assert!(cookie.ends_with("; HttpOnly"), "{cookie}");
        let second = text(&reply.json().unwrap()["refresh_token"]);
        let reply = by(page(allowed, Some(&second)), json!({})).unwrap();
        assert_eq!(reply.json().unwrap()["refresh_token"], "", "scripts do not get it");
        let evil = by(page("https://evil.example", Some(&second)), json!({})).unwrap_err();
        assert_eq!(evil.body()["error"], "invalid_request", "the cookie is not for that page");
        let none = by(Request { origin: None, ..page(allowed, Some(&second)) }, json!({}));
        assert_eq!(none.unwrap_err().body()["error"], "invalid_request");
        let plain = by(page("https://evil.example", None), json!({ "refresh_token": second }));
        assert!(plain.unwrap().cookies.is_empty());
    });
}

const APP: &str = "https://app.example.com";

/// What a page of an origin sends, with the cookies of its browser.
fn page(origin: Option<&str>, cookies: &[(&str, &str)]) -> Request {
    Request {
        origin: origin.map(str::to_owned),
        cookies: cookies.iter().map(|it| (it.0.to_owned(), it.1.to_owned())).collect(),
        ..Request::default()
    }
}

fn refresh_at(world: &World, request: Request) -> vestibule_kernel::Result<Reply> {
    authenticate_as(world, request, "refresh_token", json!({}))
}

fn line<'r>(reply: &'r Reply, name: &str) -> &'r str {
    let start = format!("{name}=");
    reply.cookies.iter().find(|it| it.starts_with(&start)).unwrap_or_else(|| panic!("{reply:?}"))
}

#[test]
fn another_sites_page_cannot_refresh_with_the_cookie_of_a_browser() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        let token = text(&sign_in(world, EMAIL).unwrap()["refresh_token"]);
        world.call("cors_origins.create", json!({ "origin": APP })).unwrap();
        let cookies = [("workos-refresh-client_01", token.as_str())];
        for origin in [
            None,
            Some("null"),
            Some(""),
            Some("https://evil.example"),
            Some("http://app.example.com"),
            Some("https://app.example.com:444"),
            Some("https://APP.example.com"),
            Some("https://app.example.com.evil.example"),
            Some("https://evil.example/https://app.example.com"),
        ] {
            let refused = refresh_at(world, page(origin, &cookies)).unwrap_err();
            assert_eq!(refused.body()["error"], "invalid_request", "{origin:?}");
        }
        // With its secret a client is no page: its cookies are not looked at.
        let input = json!({ "client_secret": world.key.reveal() });
        let request = page(Some(APP), &cookies);
        let refused = authenticate_as(world, request, "refresh_token", input).unwrap_err();
        assert_eq!(refused.body()["error"], "invalid_request");
        // The cookie of another client is not this one's.
        let other = page(Some(APP), &[("workos-refresh-client_02", token.as_str())]);
        assert!(refresh_at(world, other).is_err());
        // Nothing was used up by any of it.
        refresh_at(world, page(Some(APP), &cookies)).unwrap();
    });
}

#[test]
fn the_cookies_of_a_page_on_another_site_are_sent_there_by_https_alone() {
    for (url, prefix, expected) in [
        ("https://id.example.com", "__Host-", "; SameSite=None; Secure"),
        ("http://127.0.0.1:4100", "", "; SameSite=Lax"),
    ] {
        let options = Options { public_url: url.to_owned(), ..options() };
        each_engine_with(domains(), &options, |world| {
            user(world, EMAIL);
            let token = text(&sign_in(world, EMAIL).unwrap()["refresh_token"]);
            world.call("cors_origins.create", json!({ "origin": APP })).unwrap();
            let name = format!("{prefix}workos-refresh-client_01");
            let reply = refresh_at(world, page(Some(APP), &[(&name, &token)])).unwrap();
            let (kept, hint) = (line(&reply, &name), line(&reply, "workos-has-session"));
            assert!(kept.ends_with(&format!("{expected}; HttpOnly")), "{kept}");
            assert!(hint.ends_with(expected) && hint.contains("=client_01;"), "{hint}");
            assert!(kept.contains("; Path=/; ") && !kept.contains("Domain"), "{kept}");
        });
    }
}

#[test]
fn a_browser_that_keeps_cookies_gives_no_script_a_refresh_token_from_the_first_sign_in_on() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        world.call("cors_origins.create", json!({ "origin": APP })).unwrap();
        let session_id = sessions_of(world, &ada);
        let verifier = "a-verifier-of-forty-three-letters-or-more-0123";
        let exchange = |request: Request| {
            let code = issue_code(world, &session_id, verifier);
            let input = json!({ "code": code, "code_verifier": verifier });
            authenticate_as(world, request, "authorization_code", input).unwrap()
        };
        // The hosted pages have left their cookie, and the library sends what there is.
        let with = exchange(page(Some(APP), &[("workos-has-session", "client_01")]));
        assert_eq!(with.json().unwrap()["refresh_token"], "");
        assert!(line(&with, "workos-refresh-client_01").contains("HttpOnly"));
        // In its development mode it sends none, and keeps the token itself.
        let without = exchange(page(Some(APP), &[]));
        assert_ne!(without.json().unwrap()["refresh_token"], "");
        // A page of an origin that nobody allowed gets what it can exchange, and no cookie.
        let elsewhere = exchange(page(Some("https://evil.example"), &[]));
        assert!(elsewhere.cookies.is_empty());
    });
}

/// A session of a user; answers its id.
fn sessions_of(world: &World, user: &str) -> String {
    sign_in(world, EMAIL).unwrap();
    sessions(world, user).remove(0)
}

/// A code for a session, as the hosted pages issue it.
fn issue_code(world: &World, session_id: &str, verifier: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    let challenge = data_encoding::BASE64URL_NOPAD.encode(digest.as_ref());
    let session_id = vestibule_kernel::id::SessionId::parse(session_id).unwrap();
    let issued = world.flow().write(move |cx| {
        vestibule_signin::authorize::codes::issue(
            cx,
            &vestibule_signin::authorize::codes::NewCode {
                client_id: &vestibule_kernel::id::ClientId::parse("client_01")?,
                redirect_uri: CALLBACK,
                code_challenge: Some(&challenge),
                subject: vestibule_signin::authorize::codes::Subject::Session {
                    id: &session_id,
                    organization_id: None,
                    oauth_tokens: None,
                },
            },
        )
    });
    issued.unwrap().reveal().to_owned()
}

#[test]
fn a_wrong_verifier_leaves_the_code_to_its_owner() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        let session_id = sessions_of(world, &ada);
        let verifier = "a-verifier-of-forty-three-letters-or-more-0123";
        let code = issue_code(world, &session_id, verifier);
        let exchange = |verifier: Option<&str>| {
            let mut input = json!({ "code": code, "client_secret": world.key.reveal() });
            if let Some(it) = verifier {
                input["code_verifier"] = json!(it);
            }
            authenticate_as(world, Request::default(), "authorization_code", input)
        };
        let almost = verifier.replace("a-v", "A-v");
        let plain = data_encoding::BASE64URL_NOPAD.encode(verifier.as_bytes());
        for wrong in [almost.as_str(), plain.as_str(), "short", &"v".repeat(129)] {
            let error = exchange(Some(wrong)).unwrap_err();
            assert_eq!(error.body()["error"], "invalid_grant", "{wrong}");
        }
        assert_eq!(exchange(None).unwrap_err().body()["error"], "invalid_request");
        exchange(Some(verifier)).unwrap();
        assert_eq!(exchange(Some(verifier)).unwrap_err().body()["error"], "invalid_grant");
        assert!(sessions(world, &ada).is_empty(), "a code that comes again ends its session");
    });
}

#[test]
fn signing_out_of_one_application_leaves_the_others_in_the_browser() {
    each_engine(domains(), |world| {
        user(world, EMAIL);
        let id = text(&claims(&sign_in(world, EMAIL).unwrap())["sid"]);
        let request = page(None, &[("workos-has-session", "client_01.client_99")]);
        let input = json!({ "session_id": id });
        let reply = world.call_as(request, "sessions.logout", input).unwrap();
        assert!(line(&reply, "workos-has-session").starts_with("workos-has-session=client_99; "));
        assert!(line(&reply, "workos-refresh-client_01").contains("=; "), "{reply:?}");
        let id = text(&claims(&sign_in(world, EMAIL).unwrap())["sid"]);
        let request = page(None, &[("workos-has-session", "client_01")]);
        let reply = world.call_as(request, "sessions.logout", json!({ "session_id": id })).unwrap();
        assert!(line(&reply, "workos-has-session").contains("=; Path=/; Max-Age=0"), "{reply:?}");
    });
}

#[test]
fn what_was_over_long_ago_is_forgotten() {
    each_engine(domains(), |world| {
        let ada = user(world, EMAIL);
        sign_in(world, EMAIL).unwrap();
        assert_eq!(vestibule_signin::forget(&world.flow()).unwrap(), 0);
        world.clock.advance_seconds(121 * 86_400);
        assert_eq!(vestibule_signin::forget(&world.flow()).unwrap(), 1);
        assert!(sessions(world, &ada).is_empty());
    });
}
