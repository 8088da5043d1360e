//! What is peculiar about each provider, and how providers are set up.
use axum::http::StatusCode;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::{Value, json};
use vestibule_kernel::testing::World;

use crate::provider::{Away, CLIENT, Key, Provider, SECRET, back};
use crate::visitor::{Seen, Visitor};
use crate::world::{each, once, redeem};

const ADA: &str = "ada@acme.test";

/// Sets a provider up that everybody knows, at the endpoints of ours.
fn at_ours(world: &World, provider: &Provider, name: &str, more: Value) {
    let url = &provider.url;
    let mut input = json!({
        "provider": name, "client_id": CLIENT, "client_secret": SECRET,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "userinfo_endpoint": format!("{url}/userinfo"),
        "emails_endpoint": format!("{url}/emails"),
    });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    world.call("social_providers.set", input).unwrap();
}

fn gives_token(provider: &Provider) {
    provider.says(|it| it.token = json!({ "access_token": "at-1", "token_type": "bearer" }));
}

fn returns<'w>(world: &'w World, name: &str) -> (Visitor<'w>, Away, Seen) {
    let mut visitor = Visitor::new(world);
    let away = visitor.leaves_for(name);
    let seen = visitor.comes_back(name, &[("state", away.get("state")), ("code", "c-1")]);
    (visitor, away, seen)
}

/// Signs in with an ID token of these claims.
fn vouched(world: &World, provider: &Provider, key: &Key, name: &str, claims: Value) -> String {
    let mut visitor = Visitor::new(world);
    let away = visitor.leaves_for(name);
    provider.will_vouch(world, key, away.get("nonce"), claims);
    let seen = visitor.comes_back(name, &[("state", away.get("state")), ("code", "c-1")]);
    visitor.goes_on_or_back(seen)
}

fn code_in(location: &str) -> String {
    let url: url::Url = location.parse().unwrap_or_else(|_| panic!("{location}"));
    let found = url.query_pairs().find(|it| it.0 == "code").unwrap_or_else(|| panic!("{url}"));
    found.1.into_owned()
}

#[test]
fn github_is_asked_for_addresses_and_its_identity_has_the_name_of_the_api() {
    each(|world| {
        let provider = Provider::start(world);
        at_ours(world, &provider, "GitHubOAuth", json!({}));
        gives_token(&provider);
        provider.says(|it| {
            it.userinfo = json!({ "id": 583_231, "login": "ada", "name": "Ada Lovelace",
                "email": "public@x.test", "avatar_url": "https://img.test/a.png" });
            it.emails = json!([
                { "email": "old@x.test", "primary": false, "verified": true },
                { "email": ADA, "primary": true, "verified": true },
            ]);
        });
        let (_, away, seen) = returns(world, "GitHubOAuth");
        assert_eq!(away.get("scope"), "read:user user:email");
        assert_eq!(away.get("nonce"), "", "there is no ID token to repeat it");
        let reply = redeem(world, &back(&seen)["code"]);
        assert_eq!(reply["authentication_method"], "GitHubOAuth");
        let made = &reply["user"];
        assert_eq!((&made["email"], &made["email_verified"]), (&json!(ADA), &json!(true)));
        let list = world.call("users.list_identities", json!({ "id": made["id"] })).unwrap();
        let linked = json!([{ "idp_id": "583231", "type": "OAuth", "provider": "GithubOAuth" }]);
        assert_eq!(list, linked);
        assert_eq!(provider.says(|it| it.bearers.clone()), ["Bearer at-1", "Bearer at-1"]);
    });
}

#[test]
fn github_tells_of_an_error_with_the_status_of_success() {
    once(|world| {
        let provider = Provider::start(world);
        at_ours(world, &provider, "GitHubOAuth", json!({}));
        provider.says(|it| it.token = json!({ "error": "bad_verification_code" }));
        let (mut visitor, _, seen) = returns(world, "GitHubOAuth");
        let page = visitor.goes_on(seen);
        assert!(page.alert().starts_with("Signing in there did not work."), "{}", page.alert());
        // So do those that answer with the status of a failure, or no JSON.
        provider.says(|it| it.token_status = Some(400));
        let (mut visitor, _, seen) = returns(world, "GitHubOAuth");
        assert_eq!(visitor.goes_on(seen).status, StatusCode::UNPROCESSABLE_ENTITY);
    });
}

#[test]
fn apple_takes_a_signed_secret_answers_by_a_form_and_tells_the_name_once() {
    each(|world| {
        let (provider, key) = (Provider::start(world), Key::new("k1"));
        provider.says(|it| it.keys = vec![key.public()]);
        let pair = rcgen::KeyPair::generate().unwrap();
        provider.set_up(
            world,
            "AppleOAuth",
            json!({
                "client_secret": Value::Null, "apple_team_id": "TEAM", "apple_key_id": "KEY",
                "apple_private_key": pair.serialize_pem(),
            }),
        );
        let mut visitor = Visitor::new(world);
        let away = visitor.leaves_for("AppleOAuth");
        assert_eq!(away.get("response_mode"), "form_post");
        assert_eq!(away.get("scope"), "openid name email");
        assert_eq!(away.get("code_challenge"), "");
        // Apple writes what is true as text.
        let claims = json!({ "sub": "a-1", "email": ADA, "email_verified": "true" });
        provider.will_vouch(world, &key, away.get("nonce"), claims);
        provider.says(|it| it.userinfo = json!({ "sub": "a-1" }));
        let user = json!({ "name": { "firstName": "Ada", "lastName": "Lovelace" },
            "email": "somebody@else.test" });
        let fields = [("state", away.get("state")), ("code", "c-1"), ("user", &user.to_string())];
        let cookies = std::mem::take(&mut visitor.cookies);
        let path = "/sso/oauth/client_01/AppleOAuth/callback";
        let seen = visitor.post_from(path, &fields, Some("https://appleid.apple.com"));
        visitor.cookies = cookies;
        let location = seen.header("location").unwrap().to_owned();
        let done = visitor.get(&location);
        let made = redeem(world, &back(&done)["code"])["user"].clone();
        assert_eq!(made["email"], ADA, "the form's address is the browser's word");
        assert_eq!((&made["first_name"], &made["name"]), (&json!("Ada"), &json!("Ada Lovelace")));

        let secret = provider.says(|it| it.exchanged[0].0["client_secret"].clone());
        let mut parts = secret.split('.');
        let mut part = || BASE64URL_NOPAD.decode(parts.next().unwrap().as_bytes()).unwrap();
        let header: Value = serde_json::from_slice(&part()).unwrap();
        let claims: Value = serde_json::from_slice(&part()).unwrap();
        assert_eq!(header, json!({ "alg": "ES256", "kid": "KEY" }));
        assert_eq!((&claims["iss"], &claims["sub"]), (&json!("TEAM"), &json!(CLIENT)));
        assert_eq!(claims["aud"], json!(provider.url));
        let (message, signature) = secret.rsplit_once('.').unwrap();
        let public = aws_lc_rs::signature::UnparsedPublicKey::new(
            &aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED,
            pair.public_key_raw(),
        );
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
        public.verify(message.as_bytes(), &signature).unwrap();

        // The second time there is no name, and the user keeps theirs.
        let location = vouched(
            world,
            &provider,
            &key,
            "AppleOAuth",
            json!({ "sub": "a-1", "email": ADA, "email_verified": true }),
        );
        assert_eq!(redeem(world, &code_in(&location))["user"]["first_name"], "Ada");
    });
}

#[test]
fn noauth_attack_an_administrator_of_another_tenant_does_not_become_the_user() {
    each(|world| {
        let (provider, key) = (Provider::start(world), Key::new("k1"));
        provider.says(|it| it.keys = vec![key.public()]);
        let url = &provider.url;
        at_ours(
            world,
            &provider,
            "MicrosoftOAuth",
            json!({
                "issuer": format!("{url}/{{tenantid}}/v2.0"), "jwks_uri": format!("{url}/keys"),
            }),
        );
        let input = json!({ "email": ADA, "email_verified": true });
        let victim = world.call("users.create", input).unwrap();
        let claims = |tenant: &str, more: Value| {
            let mut claims = json!({
                "iss": format!("{url}/{tenant}/v2.0"), "tid": tenant, "sub": tenant,
                "email": ADA, "name": "Ada",
            });
            for (name, value) in more.as_object().unwrap() {
                claims[name] = value.clone();
            }
            claims
        };
        let goes = |claims| vouched(world, &provider, &key, "MicrosoftOAuth", claims);
        for more in [json!({}), json!({ "email_verified": true }), json!({ "xms_edov": false })] {
            let location = goes(claims("evil-tenant", more));
            assert!(location.ends_with("/verify"), "{location}");
        }
        // A token of one tenant that says that it is of another.
        let forged =
            claims("evil-tenant", json!({ "tid": "9188040d-6c67-4b5b-b112-36a304b66dad" }));
        let location = goes(forged);
        assert!(location.ends_with("/sign-in"), "{location}");
        let list = world.call("users.list_identities", json!({ "id": victim["id"] })).unwrap();
        assert_eq!(list, json!([]));
        world.drain();
        let good = [
            claims("9188040d-6c67-4b5b-b112-36a304b66dad", json!({})),
            claims("good-tenant", json!({ "xms_edov": true })),
        ];
        for claims in good {
            let reply = redeem(world, &code_in(&goes(claims)));
            assert_eq!(reply["user"]["id"], victim["id"]);
            assert_eq!(reply["authentication_method"], "MicrosoftOAuth");
        }
    });
}

#[test]
fn slack_linkedin_and_bitbucket_answer_in_their_own_ways() {
    once(|world| {
        let (provider, key) = (Provider::start(world), Key::new("k1"));
        provider.says(|it| it.keys = vec![key.public()]);
        provider.set_up(world, "SlackOAuth", json!({}));
        let claims = json!({
            "sub": "U1", "https://slack.com/team_id": "T1", "https://slack.com/user_id": "U1",
            "email": "slack@x.test", "email_verified": true, "name": "S",
        });
        let reply = redeem(world, &code_in(&vouched(world, &provider, &key, "SlackOAuth", claims)));
        let list = world.call("users.list_identities", json!({ "id": reply["user"]["id"] }));
        assert_eq!(list.unwrap()[0]["idp_id"], "T1:U1");

        at_ours(world, &provider, "LinkedInOAuth", json!({}));
        gives_token(&provider);
        provider.says(|it| {
            it.userinfo = json!({ "sub": "li-1", "email": "li@x.test", "email_verified": true,
                "given_name": "L", "family_name": "I", "name": "L I" });
        });
        let (_, away, seen) = returns(world, "LinkedInOAuth");
        assert_eq!(away.get("code_challenge"), "", "it refuses what it does not know");
        let reply = redeem(world, &back(&seen)["code"]);
        assert_eq!(reply["authentication_method"], "LinkedInOAuth");
        assert_eq!(reply["user"]["last_name"], "I");

        at_ours(world, &provider, "BitbucketOAuth", json!({}));
        provider.says(|it| {
            it.userinfo = json!({ "uuid": "{b-1}", "display_name": "Bit Bucket",
                "links": { "avatar": { "href": "https://img.test/b.png" } } });
            it.emails = json!({ "values": [
                { "email": "bb@x.test", "is_primary": true, "is_confirmed": true },
            ] });
        });
        let (_, _, seen) = returns(world, "BitbucketOAuth");
        let made = redeem(world, &back(&seen)["code"])["user"].clone();
        assert_eq!(made["profile_picture_url"], "https://img.test/b.png");
        let (form, authorization) = provider.says(|it| it.exchanged.pop().unwrap());
        let basic = BASE64.encode(format!("{CLIENT}:{SECRET}").as_bytes());
        assert_eq!(authorization, Some(format!("Basic {basic}")));
        assert!(!form.contains_key("client_secret"));
    });
}

#[test]
fn a_provider_of_ones_own_signs_in_by_oidc_or_by_its_userinfo() {
    each(|world| {
        let (provider, key) = (Provider::start(world), Key::new("k1"));
        provider.says(|it| it.keys = vec![key.public()]);
        let set =
            provider.set_up(world, "acme-id", json!({ "protocol": "oidc", "name": "Acme ID" }));
        assert_eq!(set["jwks_uri"], format!("{}/keys", provider.url));
        assert_eq!(set["token_endpoint_auth_method"], "client_secret_basic");
        let claims = json!({ "sub": "1", "email": ADA, "email_verified": true, "name": "Ada" });
        let reply = redeem(world, &code_in(&vouched(world, &provider, &key, "acme-id", claims)));
        assert_eq!(reply["authentication_method"], "ExternalAuth");
        // The API has no word for it, and so does not list it among identities.
        let list = json!({ "id": reply["user"]["id"] });
        assert_eq!(world.call("users.list_identities", list.clone()).unwrap(), json!([]));
        let whole = world.call("users.list_linked_accounts", list).unwrap();
        assert_eq!(whole["data"][0]["provider"], "acme-id");

        at_ours(world, &provider, "plain", json!({ "protocol": "userinfo" }));
        gives_token(&provider);
        provider.says(|it| it.userinfo = json!({ "id": 7, "email": "p@x.test", "name": "P" }));
        let (mut visitor, _, seen) = returns(world, "plain");
        assert!(visitor.goes_on(seen).path.ends_with("/verify"), "nobody says that it was proved");
        world.drain();
    });
}

#[test]
fn two_providers_may_have_accounts_of_one_id() {
    once(|world| {
        let (provider, key) = (Provider::start(world), Key::new("k1"));
        provider.says(|it| it.keys = vec![key.public()]);
        for name in ["one", "two"] {
            provider.set_up(world, name, json!({ "protocol": "oidc" }));
        }
        let mut users = Vec::new();
        for name in ["one", "two"] {
            let email = format!("{name}@x.test");
            let claims = json!({ "sub": "1", "email": email, "email_verified": true, "name": "N" });
            let reply = redeem(world, &code_in(&vouched(world, &provider, &key, name, claims)));
            users.push(reply["user"]["id"].clone());
        }
        assert_ne!(users[0], users[1]);
    });
}

#[test]
fn a_provider_is_set_up_changed_and_deleted_and_its_secret_is_never_shown() {
    each(|world| {
        let provider = Provider::start(world);
        let call = |id: &str, input: Value| world.call(id, input);
        let input =
            json!({ "provider": "GoogleOAuth", "client_id": "c", "client_secret": "s-e-c" });
        let set = call("social_providers.set", input).unwrap();
        assert_eq!(set["id"].as_str().unwrap()[..5], *"conn_");
        assert_eq!(set["issuer"], "https://accounts.google.com");
        assert_eq!(set["scopes"], json!(["openid", "profile", "email"]));
        let callback = "http://127.0.0.1:4100/sso/oauth/client_01/GoogleOAuth/callback";
        assert_eq!(set["callback_url"], callback);
        assert!(!set.to_string().contains("s-e-c"));
        let get = || call("social_providers.get", json!({ "provider": "GoogleOAuth" }));
        assert_eq!(get().unwrap(), set);
        let change = json!({ "provider": "GoogleOAuth", "scopes": ["openid"], "name": "G" });
        let changed = call("social_providers.set", change).unwrap();
        assert_eq!((&changed["id"], &changed["client_id"]), (&set["id"], &json!("c")));
        assert_eq!((&changed["scopes"], &changed["name"]), (&json!(["openid"]), &json!("G")));
        let change = json!({ "provider": "GoogleOAuth", "scopes": null, "name": null });
        let changed = call("social_providers.set", change).unwrap();
        assert_eq!((&changed["scopes"], &changed["name"]), (&set["scopes"], &json!("Google")));
        // Another issuer has other endpoints: those of the usual one do not stay.
        let change = json!({ "provider": "GoogleOAuth", "issuer": provider.url });
        let changed = call("social_providers.set", change).unwrap();
        assert_eq!(changed["token_endpoint"], format!("{}/token", provider.url));
        let change = json!({ "provider": "GoogleOAuth", "issuer": null });
        let changed = call("social_providers.set", change).unwrap();
        assert_eq!(changed["token_endpoint"], set["token_endpoint"]);
        let list = call("social_providers.list", json!({})).unwrap();
        assert_eq!(list["data"].as_array().unwrap().len(), 1);
        call("social_providers.delete", json!({ "provider": "GoogleOAuth" })).unwrap();
        assert_eq!(get().unwrap_err().status(), 404);
    });
}

#[test]
fn a_provider_that_nobody_could_sign_in_with_is_refused() {
    once(|world| {
        let provider = Provider::start(world);
        let url = &provider.url;
        let client = json!({ "client_id": "c", "client_secret": "s" });
        for (change, status, field) in [
            (json!({ "provider": "Acme", "protocol": "oidc" }), 422, "provider"),
            (json!({ "provider": "a/b", "protocol": "oidc" }), 422, "provider"),
            (json!({ "provider": "NoOAuth", "protocol": "oidc" }), 422, "provider"),
            (json!({ "provider": "own" }), 422, "protocol"),
            (json!({ "provider": "own", "protocol": "oidc" }), 422, "issuer"),
            (json!({ "provider": "own", "protocol": "userinfo" }), 422, "authorization_endpoint"),
            (json!({ "provider": "own", "protocol": "github" }), 422, "protocol"),
            (json!({ "provider": "GoogleOAuth", "client_secret": null }), 422, "client_secret"),
            (json!({ "provider": "AppleOAuth" }), 422, "apple_team_id"),
            (
                json!({ "provider": "AppleOAuth", "apple_team_id": "t", "apple_key_id": "k" }),
                422,
                "apple_private_key",
            ),
            (json!({ "provider": "VercelMarketplaceOAuth" }), 422, "authorization_endpoint"),
            (
                json!({ "provider": "GoogleOAuth", "token_endpoint": "http://169.254.169.254/x" }),
                422,
                "token_endpoint",
            ),
            (
                json!({ "provider": "GoogleOAuth", "authorization_endpoint": "javascript:alert(1)" }),
                422,
                "authorization_endpoint",
            ),
            (
                json!({ "provider": "own", "protocol": "oidc", "issuer": format!("{url}/") }),
                400,
                "",
            ),
            (
                json!({ "provider": "own", "protocol": "oidc", "issuer": format!("{url}/x") }),
                400,
                "",
            ),
        ] {
            let mut input = client.clone();
            for (name, value) in change.as_object().unwrap() {
                match value {
                    Value::Null => drop(input.as_object_mut().unwrap().remove(name)),
                    value => input[name] = value.clone(),
                }
            }
            let error = world.call("social_providers.set", input).unwrap_err();
            assert_eq!(error.status(), status, "{change}");
            let named = error.fields().first().and_then(|it| it.field.clone()).unwrap_or_default();
            assert_eq!(named, field, "{change}");
        }
    });
}
