//! Sign-ins with an account elsewhere: to a provider and back, and whose user it is.
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_kernel::testing::World;

use crate::provider::{Away, CLIENT, Key, Provider, SECRET, back};
use crate::visitor::{CALLBACK, Seen, Visitor};
use crate::world::{PASSWORD, each, join, mailed_code, mails, once, redeem, set_policy, user};

const ADA: &str = "ada@acme.test";
const GOOGLE: &str = "GoogleOAuth";
const GITLAB: &str = "GitLabOAuth";

fn ada() -> Value {
    json!({
        "sub": "g-1", "email": ADA, "email_verified": true, "name": "Ada Lovelace",
        "given_name": "Ada", "family_name": "Lovelace", "picture": "https://img.test/ada.png",
    })
}

/// A provider that goes by the name of Google, and its key.
fn google(world: &World, more: Value) -> (Provider, Key) {
    let (provider, key) = (Provider::start(world), Key::new("k1"));
    provider.says(|it| it.keys = vec![key.public()]);
    provider.set_up(world, GOOGLE, more);
    (provider, key)
}

/// Comes back with a code for which the provider vouches with these claims.
fn vouched(
    world: &World,
    visitor: &mut Visitor<'_>,
    (provider, key): &(Provider, Key),
    away: &Away,
    claims: Value,
) -> Seen {
    provider.will_vouch(world, key, away.get("nonce"), claims);
    visitor.comes_back(GOOGLE, &[("state", away.get("state")), ("code", "c-1")])
}

/// All of it, by the button of the first page.
fn signs_in(world: &World, google: &(Provider, Key), claims: Value) -> Seen {
    let mut visitor = Visitor::new(world);
    let away = visitor.leaves_for(GOOGLE);
    vouched(world, &mut visitor, google, &away, claims)
}

fn identities(world: &World, user: &Value) -> Value {
    world.call("users.list_identities", json!({ "id": user["id"] })).unwrap()
}

fn count(world: &World, event: &str) -> usize {
    world.event_names().iter().filter(|it| *it == event).count()
}

#[test]
fn an_account_at_a_provider_makes_a_user_once_and_signs_in_ever_after() {
    each(|world| {
        let google = google(world, json!({}));
        let done = signs_in(world, &google, ada());
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        let lines = done.cookie_lines().join("\n");
        assert!(lines.contains("vestibule-session=") && lines.contains("workos-has-session="));
        let parameters = back(&done);
        assert_eq!(parameters["state"], "kept");
        let reply = redeem(world, &parameters["code"]);
        let made = &reply["user"];
        assert_eq!(reply["authentication_method"], GOOGLE);
        assert_eq!(reply.get("oauth_tokens"), None, "the provider is not set up to hand them on");
        assert_eq!(made["email_verified"], true);
        assert_eq!((&made["first_name"], &made["name"]), (&json!("Ada"), &json!("Ada Lovelace")));
        assert_eq!(made["profile_picture_url"], "https://img.test/ada.png");
        let linked = json!([{ "idp_id": "g-1", "type": "OAuth", "provider": GOOGLE }]);
        assert_eq!(identities(world, made), linked);
        let sessions = world.call("sessions.list", json!({ "id": made["id"] })).unwrap();
        assert_eq!(sessions["data"][0]["auth_method"], "oauth");

        let again = signs_in(world, &google, ada());
        assert_eq!(redeem(world, &back(&again)["code"])["user"]["id"], made["id"]);
        assert_eq!(count(world, "user.created"), 1);
        assert_eq!(count(world, "authentication.oauth_succeeded"), 2);
        assert_eq!(count(world, "session.created"), 2);
    });
}

#[test]
fn the_provider_is_told_what_it_needs_and_the_code_is_bound_to_its_verifier() {
    once(|world| {
        let google = google(world, json!({}));
        let mut visitor = Visitor::new(world);
        let away = visitor.leaves_for(GOOGLE);
        assert!(away.url.as_str().starts_with(&format!("{}/authorize?", google.0.url)));
        let callback = "http://127.0.0.1:4100/sso/oauth/client_01/GoogleOAuth/callback";
        for (name, expected) in [
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("redirect_uri", callback),
            ("scope", "openid profile email"),
            ("code_challenge_method", "S256"),
        ] {
            assert_eq!(away.get(name), expected, "{name}");
        }
        assert!(away.get("state").len() >= 43 && away.get("nonce").len() >= 43);
        vouched(world, &mut visitor, &google, &away, ada());
        let (form, authorization) = google.0.says(|it| it.exchanged.pop().unwrap());
        assert_eq!(form["code"], "c-1");
        assert_eq!(form["redirect_uri"], callback);
        assert_eq!((form["client_id"].as_str(), form["client_secret"].as_str()), (CLIENT, SECRET));
        assert_eq!(authorization, None);
        let digest =
            aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, form["code_verifier"].as_bytes());
        let challenge = data_encoding::BASE64URL_NOPAD.encode(digest.as_ref());
        assert_eq!(away.get("code_challenge"), challenge);
    });
}

#[test]
fn hints_are_passed_on_and_what_is_ours_cannot_be_overwritten() {
    once(|world| {
        google(world, json!({}));
        let away = Visitor::new(world).is_sent_to(json!({
            "provider": GOOGLE,
            "login_hint": ADA,
            "domain_hint": "acme.test",
            "prompt": "select_account",
            "provider_scopes": ["https://www.googleapis.com/auth/calendar", "email", "no scope"],
            "provider_query_params": {
                "access_type": "offline", "prompt": "consent", "state": "theirs",
                "redirect_uri": "https://evil.test", "client_id": "theirs", "nonce": "theirs",
                "code_challenge": "theirs", "response_type": "token", "scope": "all",
                "request": "x", "request_uri": "x", "response_mode": "fragment",
            },
        }));
        for (name, expected) in [
            ("login_hint", ADA),
            ("hd", "acme.test"),
            ("access_type", "offline"),
            ("prompt", "consent"),
            ("scope", "openid profile email https://www.googleapis.com/auth/calendar"),
            ("client_id", CLIENT),
            ("response_type", "code"),
        ] {
            assert_eq!(away.get(name), expected, "{name}");
        }
        assert!(!away.url.as_str().contains("theirs") && !away.url.as_str().contains("evil"));
        for name in ["request", "request_uri", "response_mode"] {
            assert_eq!(away.get(name), "", "{name}");
        }
    });
}

#[test]
fn an_application_that_asks_for_the_provider_sees_no_page_of_ours() {
    each(|world| {
        let google = google(world, json!({}));
        let connection = world.call("social_providers.get", json!({ "provider": GOOGLE })).unwrap();
        for parameters in [
            json!({ "provider": GOOGLE }),
            json!({ "provider": Value::Null, "connection_id": connection["id"] }),
        ] {
            let mut visitor = Visitor::new(world);
            let away = visitor.is_sent_to(parameters);
            let done = vouched(world, &mut visitor, &google, &away, ada());
            assert_eq!(redeem(world, &back(&done)["code"])["user"]["email"], ADA);
        }
    });
}

#[test]
fn somebody_who_is_signed_in_is_still_sent_to_the_provider_that_is_asked_for() {
    once(|world| {
        google(world, json!({}));
        user(&world.flow(), ADA);
        let mut visitor = Visitor::new(world);
        visitor.signs_in(ADA, PASSWORD);
        let away = visitor.is_sent_to(json!({ "provider": GOOGLE }));
        assert!(away.url.path().ends_with("/authorize"));
    });
}

#[test]
fn a_proved_address_links_the_account_to_the_user_who_proved_it_too() {
    each(|world| {
        let google = google(world, json!({}));
        let ada_before = user(&world.flow(), ADA);
        // The case of an address is not the point of it.
        let claims = json!({ "sub": "g-1", "email": "ADA@acme.test", "email_verified": true,
            "name": "Ada Lovelace", "picture": "https://img.test/ada.png" });
        let done = signs_in(world, &google, claims);
        let reply = redeem(world, &back(&done)["code"]);
        assert_eq!(reply["user"]["id"], ada_before.id.to_string());
        assert_eq!(reply["user"]["name"], "Ada Lovelace", "what was not known is filled in");
        assert_eq!(count(world, "user.updated"), 1);
        let by_password = Visitor::new(world).signs_in(ADA, PASSWORD);
        assert_eq!(redeem(world, &by_password.code())["user"]["id"], ada_before.id.to_string());
    });
}

#[test]
fn an_address_that_the_provider_has_not_seen_proved_is_proved_by_a_code() {
    each(|world| {
        let google = google(world, json!({}));
        let ada_before = user(&world.flow(), ADA);
        let claims = json!({ "sub": "g-1", "email": ADA, "name": "Not Ada" });
        let mut visitor = Visitor::new(world);
        let away = visitor.leaves_for(GOOGLE);
        let done = vouched(world, &mut visitor, &google, &away, claims.clone());
        let page = visitor.goes_on(done);
        assert!(page.path.ends_with("/verify"), "{}", page.path);
        assert_eq!(identities(world, &json!({ "id": ada_before.id })), json!([]));
        assert_eq!(count(world, "user.updated"), 0, "a stranger's account changes nothing");

        let done = visitor.sends(&page, &[("code", &mailed_code(world, ADA))]);
        let reply = redeem(world, &done.code());
        assert_eq!(reply["user"]["id"], ada_before.id.to_string());
        assert_eq!(reply["authentication_method"], GOOGLE);
        assert_eq!(identities(world, &reply["user"])[0]["idp_id"], "g-1");
        // It is linked now, and needs no code any more.
        let again = signs_in(world, &google, claims);
        assert_eq!(redeem(world, &back(&again)["code"])["user"]["id"], ada_before.id.to_string());
    });
}

#[test]
fn a_new_user_whose_address_is_not_proved_proves_it_first() {
    each(|world| {
        let google = google(world, json!({}));
        let claims = json!({ "sub": "g-1", "email": ADA, "name": "Ada" });
        let mut visitor = Visitor::new(world);
        let away = visitor.leaves_for(GOOGLE);
        let done = vouched(world, &mut visitor, &google, &away, claims);
        let page = visitor.goes_on(done);
        let done = visitor.sends(&page, &[("code", &mailed_code(world, ADA))]);
        let reply = redeem(world, &done.code());
        assert_eq!(reply["user"]["email_verified"], true);
        assert_eq!(identities(world, &reply["user"])[0]["idp_id"], "g-1");
    });
}

#[test]
fn a_provider_that_a_policy_has_closed_is_refused_before_anybody_is_sent_to_it() {
    each(|world| {
        google(world, json!({}));
        let owner = user(&world.flow(), ADA);
        let organization = join(world, owner.id.as_str(), "Acme");
        let is_refused = |parameters: Value| {
            let away = Visitor::new(world).is_sent_to(parameters);
            assert!(away.url.as_str().starts_with(CALLBACK), "{}", away.url);
            assert_eq!((away.get("error"), away.get("state")), ("access_denied", "kept"));
        };
        // A page that was opened before is refused too.
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({ "organization_id": organization }));
        let path = format!("{}/provider/{GOOGLE}", first.path.trim_end_matches("/sign-in"));
        let input =
            json!({ "organization_id": organization, "social_providers": { GOOGLE: false } });
        world.call("organization_sign_in_policy.update", input).unwrap();
        let page = visitor.opens(&path);
        assert_eq!(page.heading(), "Sign in");
        assert!(!page.alert().is_empty() && !page.text.contains("provider&#x2f;"), "{}", page.text);
        // Another organization's word is not the environment's.
        let away = Visitor::new(world).is_sent_to(json!({ "provider": GOOGLE }));
        assert!(away.url.path().ends_with("/authorize"), "{}", away.url);
        set_policy(world, |it| it.social = false);
        is_refused(json!({ "provider": GOOGLE }));
        set_policy(world, |it| {
            it.social = true;
            it.sso_required = true;
        });
        is_refused(json!({ "provider": GOOGLE }));
    });
}

#[test]
fn a_greatest_age_is_passed_on_and_an_older_sign_in_is_refused() {
    once(|world| {
        let (provider, key) = google(world, json!({}));
        provider.set_up(world, GITLAB, json!({}));
        let comes_back = |name: &str, auth_time: Option<i64>| {
            let mut visitor = Visitor::new(world);
            let away = visitor.is_sent_to(json!({ "provider": name, "max_age": 600 }));
            assert_eq!(away.get("max_age"), "600");
            let mut claims = ada();
            if let Some(ago) = auth_time {
                claims["auth_time"] = json!(world.app.now().millis() / 1000 - ago);
            }
            provider.will_vouch(world, &key, away.get("nonce"), claims);
            let done = visitor.comes_back(name, &[("state", away.get("state")), ("code", "c-1")]);
            back(&done)
        };
        for name in [GOOGLE, GITLAB] {
            assert!(comes_back(name, Some(300)).contains_key("code"));
            assert_eq!(comes_back(name, Some(3600))["error"], "oauth_failed");
        }
        // Who does not say when it was: one of the two has to.
        assert!(comes_back(GOOGLE, None).contains_key("code"));
        assert_eq!(comes_back(GITLAB, None)["error"], "oauth_failed");
        let away = Visitor::new(world).is_sent_to(json!({ "provider": GOOGLE }));
        assert_eq!(away.get("max_age"), "");
    });
}

#[test]
fn where_people_wait_an_account_elsewhere_leads_to_the_waitlist() {
    each(|world| {
        let google = google(world, json!({}));
        set_policy(world, |it| it.sign_up = vestibule_signin::policy::SignUp::Waitlist);
        let mut visitor = Visitor::new(world);
        let away = visitor.leaves_for(GOOGLE);
        let done = vouched(world, &mut visitor, &google, &away, ada());
        let page = visitor.goes_on(done);
        assert_eq!(page.heading(), "Join the waitlist");
        assert_eq!(page.value("email").as_deref(), Some(ADA));
        assert_eq!(count(world, "user.created"), 0);
    });
}

#[test]
fn where_nobody_may_sign_up_an_account_elsewhere_makes_no_user() {
    each(|world| {
        let google = google(world, json!({}));
        set_policy(world, |it| it.sign_up = vestibule_signin::policy::SignUp::Closed);
        let mut visitor = Visitor::new(world);
        let away = visitor.leaves_for(GOOGLE);
        let done = vouched(world, &mut visitor, &google, &away, ada());
        let page = visitor.goes_on(done);
        assert_eq!(page.heading(), "Sign in");
        assert!(page.alert().contains("without an invitation"), "{}", page.alert());
        let mut visitor = Visitor::new(world);
        let away = visitor.is_sent_to(json!({ "provider": GOOGLE }));
        let done = vouched(world, &mut visitor, &google, &away, ada());
        assert_eq!(back(&done)["error"], "access_denied");
        assert_eq!(count(world, "user.created"), 0);
        assert_eq!(count(world, "authentication.oauth_failed"), 2);
        let invitation = world.call("invitations.create", json!({ "email": ADA })).unwrap();
        let mut visitor = Visitor::new(world);
        let token = invitation["token"].clone();
        let away = visitor.is_sent_to(json!({ "provider": GOOGLE, "invitation_token": token }));
        let done = vouched(world, &mut visitor, &google, &away, ada());
        assert_eq!(redeem(world, &back(&done)["code"])["user"]["email"], ADA);
        world.drain();
    });
}

#[test]
fn an_invitation_is_not_used_by_an_account_of_another_address() {
    once(|world| {
        let google = google(world, json!({}));
        let organization = world.call("organizations.create", json!({ "name": "Acme" })).unwrap();
        let input = json!({ "email": "grace@other.test", "organization_id": organization["id"] });
        let invitation = world.call("invitations.create", input).unwrap();
        let mut visitor = Visitor::new(world);
        let token = invitation["token"].clone();
        let away = visitor.is_sent_to(json!({ "provider": GOOGLE, "invitation_token": token }));
        let done = vouched(world, &mut visitor, &google, &away, ada());
        assert_eq!(back(&done)["error"], "access_denied");
        let input = json!({ "id": invitation["id"] });
        assert_eq!(world.call("invitations.get", input).unwrap()["state"], "pending");
        assert_eq!(count(world, "user.created"), 0);
        world.drain();
    });
}

#[test]
fn whoever_turns_back_at_the_provider_is_told_so_and_the_application_only_where_it_asked() {
    once(|world| {
        google(world, json!({}));
        let denied = |away: &Away| {
            [("state", away.get("state").to_owned()), ("error", "access_denied".to_owned())]
        };
        let mut visitor = Visitor::new(world);
        let away = visitor.leaves_for(GOOGLE);
        let sent = denied(&away);
        let sent: Vec<(&str, &str)> = sent.iter().map(|it| (it.0, it.1.as_str())).collect();
        let seen = visitor.comes_back(GOOGLE, &sent);
        let page = visitor.goes_on(seen);
        assert!(page.alert().starts_with("Nobody signed in there."), "{}", page.alert());

        for (error, expected) in [
            ("access_denied", "access_denied"),
            ("user_cancelled_authorize", "access_denied"),
            ("temporarily_unavailable", "server_error"),
            ("invalid_scope", "oauth_failed"),
            ("<script>alert(1)</script>", "oauth_failed"),
        ] {
            let mut visitor = Visitor::new(world);
            let away = visitor.is_sent_to(json!({ "provider": GOOGLE }));
            let sent = [
                ("state", away.get("state")),
                ("error", error),
                ("error_description", "attacker's words"),
            ];
            let parameters = back(&visitor.comes_back(GOOGLE, &sent));
            assert_eq!(parameters["error"], expected, "{error}");
            assert_eq!(parameters["state"], "kept");
            assert!(!parameters["error_description"].contains("attacker"));
        }
        assert_eq!(count(world, "authentication.oauth_failed"), 6);
    });
}

#[test]
fn a_provider_that_is_not_set_up_or_turned_off_is_told_to_the_application() {
    once(|world| {
        let mut visitor = Visitor::new(world);
        let first = visitor.begins(json!({}));
        assert!(!first.text.contains("Continue with"));
        let path = first.path.replace("/sign-in", "/provider/GoogleOAuth");
        assert!(visitor.opens(&path).path.ends_with("/sign-in"));
        let away = visitor.is_sent_to(json!({ "provider": GOOGLE }));
        assert_eq!(away.get("error"), "connection_invalid");
        google(world, json!({ "enabled": false }));
        let away = Visitor::new(world).is_sent_to(json!({ "provider": GOOGLE }));
        assert_eq!(away.get("error"), "connection_unlinked");
        assert!(!Visitor::new(world).begins(json!({})).text.contains("Continue with"));
    });
}

#[test]
fn a_provider_that_is_turned_off_while_somebody_is_away_signs_nobody_in() {
    once(|world| {
        let google = google(world, json!({}));
        let mut visitor = Visitor::new(world);
        let away = visitor.is_sent_to(json!({ "provider": GOOGLE }));
        let off = json!({ "provider": GOOGLE, "enabled": false });
        world.call("social_providers.set", off).unwrap();
        let done = vouched(world, &mut visitor, &google, &away, ada());
        assert_eq!(back(&done)["error"], "connection_unlinked");
        assert!(google.0.says(|it| it.exchanged.is_empty()));
    });
}

#[test]
fn the_providers_tokens_go_to_the_application_alone_and_only_where_that_was_set() {
    each(|world| {
        let google = google(world, json!({ "return_tokens": true }));
        let done = signs_in(world, &google, ada());
        let code = back(&done)["code"].clone();
        let reply = redeem(world, &code);
        assert_eq!(
            reply["oauth_tokens"],
            json!({
                "provider": GOOGLE, "access_token": "at-1", "refresh_token": "rt-1",
                "expires_at": world.app.now().millis() / 1000 + 3600,
                "scopes": ["openid", "email"],
            })
        );
        // They come over further steps, too.
        let claims = json!({ "sub": "g-2", "email": "grace@acme.test", "name": "Grace" });
        let mut visitor = Visitor::new(world);
        let away = visitor.leaves_for(GOOGLE);
        let done = vouched(world, &mut visitor, &google, &away, claims);
        let page = visitor.goes_on(done);
        let done = visitor.sends(&page, &[("code", &mailed_code(world, "grace@acme.test"))]);
        assert_eq!(redeem(world, &done.code())["oauth_tokens"]["access_token"], "at-1");
    });
}

#[test]
fn what_is_secret_is_kept_sealed() {
    once(|world| {
        let google = google(world, json!({ "return_tokens": true }));
        let mut visitor = Visitor::new(world);
        let away = visitor.leaves_for(GOOGLE);
        let state = away.get("state").to_owned();
        let kept = format!("{:?}", world.everything());
        for secret in [SECRET, &state, away.get("nonce")] {
            assert!(!kept.contains(secret), "{secret}");
        }
        let claims = json!({ "sub": "g-1", "email": ADA, "name": "Ada" });
        vouched(world, &mut visitor, &google, &away, claims);
        signs_in(
            world,
            &google,
            json!({ "sub": "g-9", "email": "x@acme.test", "email_verified": true, "name": "X" }),
        );
        let kept = format!("{:?}", world.everything());
        for secret in ["at-1", "rt-1"] {
            assert!(!kept.contains(secret), "{secret}");
        }
        assert_eq!(mails(world, ADA).len(), 1);
    });
}
