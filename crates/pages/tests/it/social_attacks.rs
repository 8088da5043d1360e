//! Attacks on sign-ins with an account elsewhere, each by its name.
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_kernel::testing::World;

use crate::provider::{Away, CLIENT, Key, Provider, back, unsigned};
use crate::visitor::{Seen, Visitor};
use crate::world::{PASSWORD, each, mailed_code, once, redeem, set_policy, wrong};

const ADA: &str = "ada@acme.test";
const GOOGLE: &str = "GoogleOAuth";

fn google(world: &World) -> (Provider, Key) {
    let (provider, key) = (Provider::start(world), Key::new("k1"));
    provider.says(|it| it.keys = vec![key.public()]);
    provider.set_up(world, GOOGLE, json!({}));
    (provider, key)
}

fn ada() -> Value {
    json!({ "sub": "g-1", "email": ADA, "email_verified": true, "name": "Ada" })
}

fn returns(visitor: &mut Visitor<'_>, away: &Away) -> Seen {
    visitor.comes_back(GOOGLE, &[("state", away.get("state")), ("code", "c-1")])
}

/// Comes by the provider that the application asked for, which answers with what the case makes of the
/// nonce; answers the error that the application gets.
fn refusal(world: &World, provider: &Provider, id_token: impl Fn(&str) -> String) -> String {
    let mut visitor = Visitor::new(world);
    let away = visitor.is_sent_to(json!({ "provider": GOOGLE }));
    provider.will_answer(&id_token(away.get("nonce")));
    let parameters = back(&returns(&mut visitor, &away));
    parameters.get("error").cloned().unwrap_or_default()
}

fn claims(world: &World, provider: &Provider, nonce: &str, change: Value) -> Value {
    let now = world.app.now().millis() / 1000;
    let mut all = json!({
        "iss": provider.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce,
        "sub": "g-1", "email": ADA, "email_verified": true, "name": "Ada",
    });
    for (name, value) in change.as_object().unwrap() {
        all[name] = value.clone();
    }
    all
}

fn users(world: &World) -> usize {
    world.event_names().iter().filter(|it| *it == "user.created").count()
}

#[test]
fn login_csrf_an_answer_that_another_browser_left_for_signs_nobody_in() {
    each(|world| {
        let (provider, key) = google(world);
        let mut attacker = Visitor::new(world);
        let away = attacker.leaves_for(GOOGLE);
        provider.will_vouch(world, &key, away.get("nonce"), ada());
        let mut victim = Visitor::new(world);
        victim.begins(json!({}));
        let seen = returns(&mut victim, &away);
        assert_eq!(seen.status, StatusCode::FORBIDDEN);
        assert!(seen.cookie_lines().iter().all(|it| !it.contains("vestibule-session=")));
        assert!(provider.says(|it| it.exchanged.is_empty()), "the code was not even exchanged");
        // It is not used up for the browser that it belongs to.
        let done = returns(&mut attacker, &away);
        assert!(back(&done).contains_key("code"));
    });
}

#[test]
fn replay_an_answer_works_once() {
    each(|world| {
        let (provider, key) = google(world);
        let mut visitor = Visitor::new(world);
        let away = visitor.leaves_for(GOOGLE);
        provider.will_vouch(world, &key, away.get("nonce"), ada());
        assert!(back(&returns(&mut visitor, &away)).contains_key("code"));
        let again = returns(&mut visitor, &away);
        assert_eq!(again.status, StatusCode::GONE);
        assert_eq!(provider.says(|it| it.exchanged.len()), 1);
    });
}

#[test]
fn tampered_state_is_nobodys() {
    once(|world| {
        let (provider, _) = google(world);
        let mut visitor = Visitor::new(world);
        let away = visitor.leaves_for(GOOGLE);
        let state = away.get("state");
        let flipped = format!("{}x", &state[..state.len() - 1]);
        let long = "a".repeat(300);
        for state in ["", "x", &flipped, &state.to_uppercase(), &long] {
            let seen = visitor.comes_back(GOOGLE, &[("state", state), ("code", "c-1")]);
            assert_eq!(seen.status, StatusCode::GONE, "{state}");
        }
        let seen = visitor.comes_back(GOOGLE, &[("code", "c-1")]);
        assert_eq!(seen.status, StatusCode::GONE);
        assert!(provider.says(|it| it.exchanged.is_empty()));
    });
}

#[test]
fn an_answer_that_comes_too_late_is_nobodys() {
    once(|world| {
        google(world);
        let mut visitor = Visitor::new(world);
        let away = visitor.leaves_for(GOOGLE);
        world.clock.advance_seconds(15 * 60);
        assert_eq!(returns(&mut visitor, &away).status, StatusCode::GONE);
    });
}

#[test]
fn mix_up_the_answer_of_one_provider_is_not_taken_for_that_of_another() {
    each(|world| {
        let (honest, key) = google(world);
        let evil = Provider::start(world);
        evil.set_up(world, "evil", json!({ "protocol": "oidc" }));
        // The victim leaves for the evil provider, which sends them on to the honest one with the
        // state of the first, hoping that the honest one's code will be brought to it.
        let mut victim = Visitor::new(world);
        let away = victim.leaves_for("evil");
        honest.will_vouch(world, &key, away.get("nonce"), ada());
        let seen = returns(&mut victim, &away);
        assert_eq!(seen.status, StatusCode::FORBIDDEN);
        assert!(evil.says(|it| it.exchanged.is_empty()), "no code went to the evil provider");
        assert_eq!(users(world), 0);
    });
}

#[test]
fn mix_up_an_answer_that_names_another_issuer_is_refused() {
    once(|world| {
        let (provider, key) = google(world);
        for (issuer, is_good) in [("https://evil.test", false), (provider.url.as_str(), true)] {
            let mut visitor = Visitor::new(world);
            let away = visitor.is_sent_to(json!({ "provider": GOOGLE }));
            provider.will_vouch(world, &key, away.get("nonce"), ada());
            let sent = [("state", away.get("state")), ("code", "c-1"), ("iss", issuer)];
            let parameters = back(&visitor.comes_back(GOOGLE, &sent));
            assert_eq!(parameters.contains_key("code"), is_good, "{issuer}");
        }
    });
}

#[test]
fn an_id_token_of_another_sign_in_audience_issuer_or_time_signs_nobody_in() {
    once(|world| {
        let (provider, key) = google(world);
        let now = world.app.now().millis() / 1000;
        for change in [
            json!({ "nonce": "of another sign-in" }),
            json!({ "nonce": Value::Null }),
            json!({ "aud": "another client" }),
            json!({ "aud": [CLIENT, "another client"] }),
            json!({ "azp": "another client" }),
            json!({ "iss": "https://evil.test" }),
            json!({ "iss": format!("{}/", provider.url) }),
            json!({ "exp": now - 120 }),
            json!({ "iat": now + 3600 }),
            json!({ "sub": "" }),
            json!({ "email": "" }),
            json!({ "email": "not an address" }),
        ] {
            let error = refusal(world, &provider, |nonce| {
                key.sign(&claims(world, &provider, nonce, change.clone()))
            });
            assert!(["oauth_failed", "access_denied"].contains(&error.as_str()), "{change}");
        }
        assert_eq!(users(world), 0);
    });
}

#[test]
fn alg_none_and_key_confusion_sign_nobody_in() {
    once(|world| {
        let (provider, key) = google(world);
        let stranger = Key::new("k1");
        let public = key.public();
        let hmac = |nonce: &str| {
            // Signed with the public key as if it were a shared one.
            let header = json!({ "alg": "HS256", "kid": "k1" });
            let message = unsigned(&header, &claims(world, &provider, nonce, json!({})));
            let secret = aws_lc_rs::hmac::Key::new(
                aws_lc_rs::hmac::HMAC_SHA256,
                public.to_string().as_bytes(),
            );
            let tag = aws_lc_rs::hmac::sign(&secret, message.as_bytes());
            format!("{message}.{}", data_encoding::BASE64URL_NOPAD.encode(tag.as_ref()))
        };
        let none = |alg: &'static str| {
            let provider = &provider;
            move |nonce: &str| {
                let claims = claims(world, provider, nonce, json!({}));
                format!("{}.", unsigned(&json!({ "alg": alg, "kid": "k1" }), &claims))
            }
        };
        let good = |nonce: &str| key.sign(&claims(world, &provider, nonce, json!({})));
        let embedded = |nonce: &str| {
            // The token brings its own key along, and says where there are more.
            let header = json!({
                "alg": "ES256", "kid": "k1", "jwk": stranger.public(),
                "jku": "https://evil.test/keys",
            });
            stranger.sign_under(&header, &claims(world, &provider, nonce, json!({})))
        };
        let changed = |nonce: &str| {
            let token = good(nonce);
            let mut parts: Vec<&str> = token.split('.').collect();
            let other = claims(world, &provider, nonce, json!({ "sub": "g-2" }));
            let other = data_encoding::BASE64URL_NOPAD.encode(other.to_string().as_bytes());
            parts[1] = &other;
            parts.join(".")
        };
        assert_eq!(refusal(world, &provider, none("none")), "oauth_failed");
        assert_eq!(refusal(world, &provider, none("NONE")), "oauth_failed");
        assert_eq!(refusal(world, &provider, none("ES256")), "oauth_failed");
        assert_eq!(refusal(world, &provider, hmac), "oauth_failed");
        assert_eq!(refusal(world, &provider, embedded), "oauth_failed");
        assert_eq!(refusal(world, &provider, changed), "oauth_failed");
        let of_stranger = |nonce: &str| stranger.sign(&claims(world, &provider, nonce, json!({})));
        assert_eq!(refusal(world, &provider, of_stranger), "oauth_failed");
        assert_eq!(refusal(world, &provider, |_| "a.b.c".to_owned()), "oauth_failed");
        assert_eq!(users(world), 0);
        assert_eq!(refusal(world, &provider, good), "");
    });
}

#[test]
fn keys_are_rotated_and_a_flood_of_unknown_ones_does_not_flood_the_provider() {
    once(|world| {
        let (provider, key) = google(world);
        let with = |key: &Key| {
            refusal(world, &provider, |nonce| key.sign(&claims(world, &provider, nonce, json!({}))))
        };
        assert_eq!(with(&key), "");
        assert_eq!(with(&key), "");
        assert_eq!(provider.says(|it| it.key_fetches), 1, "the set is kept");
        let next = Key::new("k2");
        provider.says(|it| it.keys = vec![key.public(), next.public()]);
        assert_eq!(with(&next), "", "a key that is not known has the set fetched anew");
        assert_eq!(with(&key), "", "the old one is good as long as it is published");
        assert_eq!(provider.says(|it| it.key_fetches), 2);
        let unknown = Key::new("k3");
        for _ in 0..20 {
            assert_eq!(with(&unknown), "oauth_failed");
        }
        assert_eq!(provider.says(|it| it.key_fetches), 10);
        assert_eq!(with(&next), "", "those that are known are not held up");
        // What was withdrawn is forgotten with the set.
        provider.says(|it| it.keys = vec![next.public()]);
        world.clock.advance_seconds(60 * 60 + 1);
        assert_eq!(with(&next), "");
        assert_eq!(with(&key), "oauth_failed");
    });
}

#[test]
fn token_substitution_a_userinfo_answer_about_somebody_else_is_refused() {
    once(|world| {
        let (provider, key) = google(world);
        let with = |sub: &str| {
            let userinfo = json!({ "sub": sub, "email": ADA, "email_verified": true, "name": "A" });
            provider.says(|it| it.userinfo = userinfo);
            let nothing = json!({ "email": Value::Null, "email_verified": Value::Null });
            refusal(world, &provider, |nonce| {
                let mut claims = claims(world, &provider, nonce, nothing.clone());
                claims.as_object_mut().unwrap().retain(|_, it| !it.is_null());
                key.sign(&claims)
            })
        };
        assert_eq!(with("g-2"), "oauth_failed");
        assert_eq!(users(world), 0);
        assert_eq!(with("g-1"), "");
    });
}

#[test]
fn pre_hijacking_an_account_that_waits_for_its_owner_is_worth_nothing_to_who_made_it() {
    each(|world| {
        let (provider, key) = google(world);
        // The attacker makes an account with the victim's address, which nobody has proved.
        let input = json!({ "email": ADA, "password": PASSWORD });
        let made = world.call("users.create", input).unwrap();
        let mut victim = Visitor::new(world);
        let away = victim.leaves_for(GOOGLE);
        provider.will_vouch(world, &key, away.get("nonce"), ada());
        let seen = returns(&mut victim, &away);
        let page = victim.goes_on(seen);
        assert!(page.path.ends_with("/verify"), "{}", page.path);
        let done = victim.sends(&page, &[("code", &mailed_code(world, ADA))]);
        let reply = redeem(world, &done.code());
        assert_eq!(reply["user"]["id"], made["id"]);
        assert_eq!(reply["user"]["email_verified"], true);
        let refused = Visitor::new(world).signs_in(ADA, PASSWORD);
        assert_eq!(refused.alert(), "That email and password do not belong together.");
    });
}

#[test]
fn pre_hijacking_by_a_providers_account_that_was_linked_before_the_address_was_proved() {
    each(|world| {
        set_policy(world, |it| it.email_verification = false);
        let (provider, key) = google(world);
        let other = Provider::start(world);
        let other_key = Key::new("o1");
        other.says(|it| it.keys = vec![other_key.public()]);
        other.set_up(world, "lax", json!({ "protocol": "oidc" }));
        // The attacker has an account with the victim's address at a provider that lets anybody.
        let attacks = |world: &World| {
            let mut attacker = Visitor::new(world);
            let away = attacker.leaves_for("lax");
            let claims = json!({ "sub": "evil", "email": ADA, "name": "Ada" });
            other.will_vouch(world, &other_key, away.get("nonce"), claims);
            let seen = attacker.comes_back("lax", &[("state", away.get("state")), ("code", "c-1")]);
            attacker.goes_on_or_back(seen)
        };
        assert!(attacks(world).contains("code="), "nobody else has the address yet");
        let mut victim = Visitor::new(world);
        let away = victim.leaves_for(GOOGLE);
        provider.will_vouch(world, &key, away.get("nonce"), ada());
        let seen = returns(&mut victim, &away);
        let page = victim.goes_on(seen);
        assert!(page.path.ends_with("/verify"), "{}", page.path);
        let done = victim.sends(&page, &[("code", &mailed_code(world, ADA))]);
        let reply = redeem(world, &done.code());
        let list = json!({ "id": reply["user"]["id"] });
        let identities = world.call("users.list_identities", list.clone()).unwrap();
        assert_eq!(identities.as_array().unwrap().len(), 1);
        let sessions = world.call("sessions.list", list).unwrap();
        assert_eq!(sessions["data"].as_array().unwrap().len(), 1, "the attacker's session is over");
        assert!(attacks(world).ends_with("/verify"), "the attacker is a stranger now");
        world.drain();
    });
}

#[test]
fn a_code_for_a_stranger_is_mailed_to_the_owner_and_links_nothing_by_itself() {
    once(|world| {
        set_policy(world, |it| it.email_verification = false);
        let (provider, key) = google(world);
        let input = json!({ "email": ADA, "password": PASSWORD, "email_verified": true });
        let made = world.call("users.create", input).unwrap();
        let mut stranger = Visitor::new(world);
        let away = stranger.leaves_for(GOOGLE);
        let claims = json!({ "sub": "evil", "email": ADA, "name": "E", "email_verified": false });
        provider.will_vouch(world, &key, away.get("nonce"), claims);
        let seen = returns(&mut stranger, &away);
        let page = stranger.goes_on(seen);
        assert!(page.path.ends_with("/verify"), "even where addresses need no proof");
        // The owner signs in meanwhile; the stranger's sign-in gains nothing by it.
        Visitor::new(world).signs_in(ADA, PASSWORD);
        let list = world.call("users.list_identities", json!({ "id": made["id"] })).unwrap();
        assert_eq!(list, json!([]));
        let code = mailed_code(world, ADA);
        let refused = stranger.sends(&page, &[("code", wrong(&code))]);
        assert!(refused.path.ends_with("/verify"));
    });
}

#[test]
fn a_form_from_elsewhere_is_looked_at_only_after_the_browser_has_shown_its_cookie() {
    once(|world| {
        google(world);
        let mut visitor = Visitor::new(world);
        let away = visitor.leaves_for(GOOGLE);
        let fields = [("state", away.get("state")), ("code", "c 1&x=y"), ("other", "dropped")];
        let path = "/sso/oauth/client_01/GoogleOAuth/callback";
        let seen = visitor.post_from(path, &fields, Some("https://appleid.apple.com"));
        assert_eq!(seen.status, StatusCode::SEE_OTHER);
        let location = seen.header("location").unwrap();
        assert!(location.starts_with(&format!("{path}?state=")), "{location}");
        assert!(location.contains("code=c+1%26x%3Dy") && !location.contains("dropped"));
        let hostile = "/sso/oauth/client_01/%2F%2Fevil.test/callback";
        let seen = visitor.post_from(hostile, &fields, None);
        assert_eq!(seen.status, StatusCode::NOT_FOUND);
    });
}
