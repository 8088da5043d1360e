//! The single sign-on API with social providers: to the provider, back with a code, and to a profile.
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_kernel::Request;
use vestibule_kernel::catalog::Reply;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::testing::World;

use crate::provider::{Away, Key, Provider, back};
use crate::visitor::{CALLBACK, Visitor};
use crate::world::{PASSWORD, each, mailed_code, once, redeem, set_policy, user};

const ADA: &str = "ada@acme.test";
const GOOGLE: &str = "GoogleOAuth";
const VERIFIER: &str = "a-verifier-of-forty-three-letters-or-more-0123";

fn google(world: &World, more: Value) -> (Provider, Key) {
    let (provider, key) = (Provider::start(world), Key::new("k1"));
    provider.says(|it| it.keys = vec![key.public()]);
    provider.set_up(world, GOOGLE, more);
    (provider, key)
}

fn authorize(world: &World, visitor: &mut Visitor<'_>, change: Value) -> Reply {
    let mut input = json!({
        "client_id": "client_01", "redirect_uri": CALLBACK, "response_type": "code",
        "provider": GOOGLE, "state": "kept",
    });
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Null => drop(input.as_object_mut().unwrap().remove(name)),
            value => input[name] = value.clone(),
        }
    }
    let request = Request {
        cookies: visitor.cookies.clone().into_iter().collect(),
        ip_address: Some("203.0.113.7".to_owned()),
        ..Request::default()
    };
    let reply = world.call_as(request, "sso.authorize", input).unwrap();
    reply.cookies.iter().for_each(|it| visitor.keep(it));
    reply
}

fn away(reply: &Reply) -> Away {
    let url: url::Url = reply.location.clone().unwrap().parse().unwrap();
    let parameters = url.query_pairs().into_owned().collect();
    Away { url, parameters }
}

/// The code that the application gets for Ada.
fn code(world: &World, google: &(Provider, Key), change: Value) -> String {
    let mut visitor = Visitor::new(world);
    let away = away(&authorize(world, &mut visitor, change));
    let claims = json!({ "sub": "g-1", "email": ADA, "email_verified": true,
        "name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace" });
    google.0.will_vouch(world, &google.1, away.get("nonce"), claims);
    let seen = visitor.comes_back(GOOGLE, &[("state", away.get("state")), ("code", "c-1")]);
    let parameters = back(&seen);
    assert_eq!(parameters["state"], "kept");
    parameters["code"].clone()
}

fn token(world: &World, input: Value) -> vestibule_kernel::Result<Value> {
    let mut all = json!({
        "client_id": "client_01", "client_secret": world.key.reveal(),
        "grant_type": "authorization_code",
    });
    for (name, value) in input.as_object().unwrap() {
        match value {
            Value::Null => drop(all.as_object_mut().unwrap().remove(name)),
            value => all[name] = value.clone(),
        }
    }
    world.call_as(Request::default(), "sso.token", all)?.json()
}

fn profile(world: &World, token: &str) -> vestibule_kernel::Result<Value> {
    let request = Request { credential: Some(Secret::new(token)), ..Request::default() };
    world.call_as(request, "sso.profile", json!({}))?.json()
}

fn refused(done: vestibule_kernel::Result<Value>) -> (u16, String) {
    let error = done.unwrap_err();
    let body = error.body();
    (error.status(), body["error"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_code_is_exchanged_for_a_profile_and_a_token_that_shows_it() {
    each(|world| {
        let google = google(world, json!({}));
        let connection = world.call("social_providers.get", json!({ "provider": GOOGLE })).unwrap();
        let got = token(world, json!({ "code": code(world, &google, json!({})) })).unwrap();
        assert_eq!((&got["token_type"], &got["expires_in"]), (&json!("Bearer"), &json!(600)));
        assert_eq!(got.get("oauth_tokens"), None);
        let shown = &got["profile"];
        for (name, expected) in [
            ("object", json!("profile")),
            ("organization_id", Value::Null),
            ("connection_id", connection["id"].clone()),
            ("connection_type", json!(GOOGLE)),
            ("idp_id", json!("g-1")),
            ("email", json!(ADA)),
            ("first_name", json!("Ada")),
            ("last_name", json!("Lovelace")),
            ("name", json!("Ada Lovelace")),
        ] {
            assert_eq!(shown[name], expected, "{name}");
        }
        assert_eq!(shown["raw_attributes"]["sub"], "g-1");
        let bearer = got["access_token"].as_str().unwrap();
        assert_eq!(profile(world, bearer).unwrap(), *shown);
        // The same account has the same profile.
        let again = token(world, json!({ "code": code(world, &google, json!({})) })).unwrap();
        assert_eq!(again["profile"]["id"], shown["id"]);
        world.clock.advance_seconds(600);
        assert_eq!(refused(profile(world, bearer)), (401, "Unauthorized".to_owned()));
        let names = world.event_names();
        let names: Vec<&str> =
            names.iter().map(String::as_str).filter(|it| it.contains("sso")).collect();
        let (started, succeeded) = ("authentication.sso_started", "authentication.sso_succeeded");
        assert_eq!(names, [started, succeeded, started, succeeded]);
        assert!(!world.event_names().contains(&"user.created".to_owned()), "it makes no user");
    });
}

#[test]
fn a_code_works_once_and_its_replay_ends_the_token_that_was_given_for_it() {
    each(|world| {
        let google = google(world, json!({}));
        let code = code(world, &google, json!({}));
        let got = token(world, json!({ "code": code })).unwrap();
        let invalid = (400, "invalid_grant".to_owned());
        assert_eq!(refused(token(world, json!({ "code": code }))), invalid);
        let bearer = got["access_token"].as_str().unwrap();
        assert_eq!(refused(profile(world, bearer)), (401, "Unauthorized".to_owned()));
    });
}

#[test]
fn a_code_is_bound_to_its_verifier_and_its_client() {
    once(|world| {
        let google = google(world, json!({}));
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, VERIFIER.as_bytes());
        let challenge = data_encoding::BASE64URL_NOPAD.encode(digest.as_ref());
        let pkce = json!({ "code_challenge": challenge, "code_challenge_method": "S256" });
        let code = code(world, &google, pkce);
        let error = |it: &str| (400, it.to_owned());
        assert_eq!(refused(token(world, json!({ "code": code }))), error("invalid_request"));
        let wrong = json!({ "code": code, "code_verifier": VERIFIER.replace('a', "b") });
        assert_eq!(refused(token(world, wrong)), error("invalid_grant"));
        let none = json!({ "code": code, "client_secret": null });
        assert_eq!(refused(token(world, none)), error("invalid_client"));
        let public = json!({ "code": code, "client_secret": null, "code_verifier": VERIFIER });
        token(world, public).unwrap();
        for (change, expected) in [
            (json!({ "client_secret": "sk_wrong" }), "invalid_client"),
            (json!({ "client_id": "client_unknown" }), "invalid_client"),
            (json!({ "client_id": null }), "invalid_client"),
            (json!({ "grant_type": "password" }), "unsupported_grant_type"),
            (json!({ "grant_type": null }), "invalid_request"),
            (json!({ "code": null }), "invalid_request"),
            (json!({ "code": "unknown" }), "invalid_grant"),
        ] {
            let mut input = json!({ "code": "unknown" });
            for (name, value) in change.as_object().unwrap() {
                input[name] = value.clone();
            }
            assert_eq!(refused(token(world, input)), error(expected), "{change}");
        }
        let (other, _) = world.other_environment();
        assert_ne!(other, world.environment);
        let theirs = json!({ "code": "unknown", "client_id": "client_02" });
        assert_eq!(refused(token(world, theirs)), error("invalid_client"), "the key is another's");
    });
}

#[test]
fn a_code_gives_a_session_where_that_is_asked_for() {
    each(|world| {
        let google = google(world, json!({ "return_tokens": true }));
        let reply = redeem(world, &code(world, &google, json!({})));
        assert_eq!(reply["authentication_method"], GOOGLE);
        assert_eq!(reply["user"]["email_verified"], true);
        assert_eq!(reply["oauth_tokens"]["access_token"], "at-1");
        assert!(reply["refresh_token"].is_string());
        let got = token(world, json!({ "code": code(world, &google, json!({})) })).unwrap();
        assert_eq!(got["oauth_tokens"]["refresh_token"], "rt-1");
    });
}

#[test]
fn a_session_for_a_code_keeps_the_rules_of_every_sign_in() {
    each(|world| {
        let google = google(world, json!({}));
        set_policy(world, |it| it.sign_up = vestibule_signin::policy::SignUp::Closed);
        let authenticate = |input: Value| {
            let mut all = json!({ "client_id": "client_01", "client_secret": world.key.reveal() });
            all.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
            world.call_as(Request::default(), "user_management.authenticate", all)
        };
        let by_code =
            |code: &str| authenticate(json!({ "grant_type": "authorization_code", "code": code }));
        let code = code(world, &google, json!({}));
        let refused = by_code(&code).unwrap_err();
        assert_eq!((refused.status(), refused.code()), (400, "sign_up_not_allowed"));
        // What was refused is not used up.
        set_policy(world, |it| it.sign_up = vestibule_signin::policy::SignUp::Open);
        by_code(&code).unwrap();
        assert_eq!(by_code(&code).unwrap_err().code(), "invalid_grant");

        let mut visitor = Visitor::new(world);
        let away = away(&authorize(world, &mut visitor, json!({})));
        let claims = json!({ "sub": "g-2", "email": "grace@acme.test", "name": "Grace" });
        google.0.will_vouch(world, &google.1, away.get("nonce"), claims);
        let seen = visitor.comes_back(GOOGLE, &[("state", away.get("state")), ("code", "c-1")]);
        let step = by_code(&back(&seen)["code"]).unwrap_err();
        assert_eq!((step.status(), step.code()), (403, "email_verification_required"));
        let done = authenticate(json!({
            "grant_type": "urn:workos:oauth:grant-type:email-verification:code",
            "code": mailed_code(world, "grace@acme.test"),
            "pending_authentication_token": step.extra("pending_authentication_token"),
        }));
        let reply = done.unwrap().json().unwrap();
        assert_eq!(reply["authentication_method"], GOOGLE);
    });
}

#[test]
fn a_code_of_the_hosted_pages_is_no_code_of_single_sign_on_and_stays_good() {
    once(|world| {
        user(&world.flow(), ADA);
        let code = Visitor::new(world).signs_in(ADA, PASSWORD).code();
        assert_eq!(refused(token(world, json!({ "code": code }))).1, "invalid_grant");
        assert_eq!(redeem(world, &code)["user"]["email"], ADA);
    });
}

#[test]
fn the_application_is_told_of_what_it_got_wrong() {
    once(|world| {
        let organization =
            world.call("organizations.create", json!({ "name": "Acme" })).unwrap()["id"].clone();
        google(world, json!({}));
        for (change, expected) in [
            (json!({ "provider": null }), "invalid_connection_selector"),
            (json!({ "connection": "conn_1" }), "invalid_connection_selector"),
            (json!({ "provider": null, "connection": "conn_1" }), "connection_invalid"),
            (json!({ "provider": "GitHubOAuth" }), "connection_invalid"),
            (json!({ "provider": null, "organization": organization }), "connection_unlinked"),
            (json!({ "provider": null, "organization": "org_unknown" }), "organization_invalid"),
            (
                json!({ "provider": null, "domain": "acme.test" }),
                "domain_connection_selector_not_allowed",
            ),
            (json!({ "code_challenge": "x" }), "invalid_request"),
        ] {
            let away = away(&authorize(world, &mut Visitor::new(world), change.clone()));
            assert!(away.url.as_str().starts_with(CALLBACK), "{change}");
            assert_eq!((away.get("error"), away.get("state")), (expected, "kept"), "{change}");
        }
        let go = |input: Value| world.call_as(Request::default(), "sso.authorize", input);
        let good = json!({ "client_id": "client_01", "redirect_uri": "https://evil.test",
            "response_type": "code", "provider": GOOGLE });
        assert_eq!(go(good.clone()).unwrap_err().status(), 400, "nobody is sent there");
        let mut unknown = good;
        unknown["client_id"] = json!("client_unknown");
        assert_eq!(go(unknown).unwrap_err().status(), 400);
    });
}

#[test]
fn whoever_turns_back_or_never_comes_back_is_told_in_events() {
    each(|world| {
        google(world, json!({}));
        let mut visitor = Visitor::new(world);
        let gone = away(&authorize(world, &mut visitor, json!({})));
        let sent = [("state", gone.get("state")), ("error", "access_denied")];
        let seen = visitor.comes_back(GOOGLE, &sent);
        assert_eq!(back(&seen)["error"], "access_denied");
        authorize(world, &mut visitor, json!({}));
        world.clock.advance_seconds(15 * 60);
        assert_eq!(vestibule_federation::forget(&world.flow()).unwrap(), 1);
        let events = world.events();
        let of = |name: &str| events.iter().find(|it| it.0 == name).unwrap().1.clone();
        assert_eq!(of("authentication.sso_failed")["error"]["code"], "access_denied");
        let started = of("authentication.sso_started");
        assert_eq!(started["ip_address"], "203.0.113.7");
        assert!(started["sso"]["connection_id"].as_str().unwrap().starts_with("conn_"));
        assert_eq!(of("authentication.sso_timed_out")["status"], "timed_out");
    });
}

#[test]
fn login_csrf_a_code_of_single_sign_on_goes_to_the_browser_that_left_alone() {
    once(|world| {
        let google = google(world, json!({}));
        let mut attacker = Visitor::new(world);
        let away = away(&authorize(world, &mut attacker, json!({})));
        let claims = json!({ "sub": "g-1", "email": ADA, "email_verified": true, "name": "A" });
        google.0.will_vouch(world, &google.1, away.get("nonce"), claims);
        let sent = [("state", away.get("state")), ("code", "c-1")];
        let seen = Visitor::new(world).comes_back(GOOGLE, &sent);
        assert_eq!(seen.status, StatusCode::FORBIDDEN);
    });
}

#[test]
fn the_profiles_of_a_provider_that_is_deleted_end_with_it() {
    each(|world| {
        let google = google(world, json!({}));
        let got = token(world, json!({ "code": code(world, &google, json!({})) })).unwrap();
        world.call("social_providers.delete", json!({ "provider": GOOGLE })).unwrap();
        let bearer = got["access_token"].as_str().unwrap();
        assert_eq!(refused(profile(world, bearer)), (401, "Unauthorized".to_owned()));
    });
}

#[test]
fn a_profile_is_shown_to_no_other_bearer() {
    once(|world| {
        for bearer in ["", "unknown", world.key.reveal(), &"x".repeat(1000)] {
            assert_eq!(refused(profile(world, bearer)), (401, "Unauthorized".to_owned()));
        }
        let none = world.call_as(Request::default(), "sso.profile", json!({}));
        assert_eq!(none.unwrap_err().body(), json!({ "error": "Unauthorized" }));
    });
}

#[test]
fn a_connection_is_asked_for_a_thousand_times_a_minute_and_no_more() {
    each(|world| {
        let _google = google(world, json!({}));
        let ask = |address: &str| {
            let input = json!({
                "client_id": "client_01", "redirect_uri": CALLBACK, "response_type": "code",
                "provider": GOOGLE,
            });
            let ip_address = Some(address.to_owned());
            world.call_as(Request { ip_address, ..Request::default() }, "sso.authorize", input)
        };
        ask("203.0.113.1").unwrap();
        let used = |uses: i64| {
            let write = move |cx: &mut vestibule_kernel::Cx<'_>| {
                let sql = "UPDATE rate_limits SET uses = $2
                           WHERE environment_id = $1 AND name = 'sso.authorize'";
                let values = [cx.environment.into(), uses.into()];
                cx.db().execute(sql, &values)
            };
            assert_eq!(world.flow().write(write).unwrap(), 1);
        };
        used(999);
        ask("203.0.113.2").unwrap();
        let refused = ask("203.0.113.3").unwrap_err();
        assert_eq!((refused.status(), refused.code()), (429, "too_many_requests"));
        assert!(refused.retry_after_seconds().is_some_and(|it| (1..=60).contains(&it)));
        world.clock.advance_seconds(60);
        ask("203.0.113.3").unwrap();
    });
}
