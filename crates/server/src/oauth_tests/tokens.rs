//! What tokens open and how they end, and attacks on both.
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};

use super::{Seen, each, text};

fn refused(seen: &Seen, error: &str) {
    assert_eq!(
        (seen.status, seen.error().as_str()),
        (StatusCode::BAD_REQUEST, error),
        "{}",
        seen.text
    );
    assert_eq!(seen.header("cache-control"), "no-store");
    assert!(!seen.text.contains("access_token"));
}

#[test]
fn attack_by_replay_of_a_code_what_was_made_from_it_ends() {
    each(|site| {
        let client = site.registers();
        let code = site.code(&client, "read", &site.world.key);
        let tokens = site.redeems(&client, &code, &[]).json();
        let access = text(&tokens["access_token"]);
        assert!(site.opens(access));
        refused(&site.redeems(&client, &code, &[]), "invalid_grant");
        assert!(!site.opens(access), "owner and thief have to ask again");
        refused(&site.refreshes(&client, text(&tokens["refresh_token"]), &[]), "invalid_grant");
        assert_eq!(site.listed()[0]["state"], "revoked");
    });
}

#[test]
fn attack_with_a_stolen_code_it_is_good_for_its_client_redirect_uri_and_verifier_alone() {
    each(|site| {
        let (client, other) = (site.registers(), site.registers());
        let wrong = "another-verifier-of-forty-three-characters-or-more";
        for (change, error) in [
            (("code_verifier", Some(wrong)), "invalid_grant"),
            (("code_verifier", Some("short")), "invalid_grant"),
            (("client_id", Some(other.as_str())), "invalid_grant"),
            (("redirect_uri", Some("http://127.0.0.1:9/callback")), "invalid_grant"),
            (("redirect_uri", Some("https://evil.example/")), "invalid_grant"),
        ] {
            let code = site.code(&client, "read", &site.world.key);
            site.world.clock.advance_seconds(7);
            refused(&site.redeems(&client, &code, &[change]), error);
            // One try is all that there is.
            refused(&site.redeems(&client, &code, &[]), "invalid_grant");
        }
        site.world.clock.advance_seconds(60);
        let code = site.code(&client, "read", &site.world.key);
        for (change, error) in [
            (("code_verifier", None), "invalid_request"),
            (("client_id", None), "invalid_request"),
            (("code", None), "invalid_request"),
            (("code", Some("agc_unknown")), "invalid_grant"),
            (("grant_type", Some("password")), "unsupported_grant_type"),
            (("grant_type", None), "invalid_request"),
            (("resource", Some("https://evil.example/mcp")), "invalid_target"),
        ] {
            refused(&site.redeems(&client, &code, &[change]), error);
        }
        let without = [("redirect_uri", None), ("resource", None)];
        assert_eq!(site.redeems(&client, &code, &without).status, StatusCode::OK);

        site.world.clock.advance_seconds(60);
        let late = site.code(&client, "read", &site.world.key);
        site.world.clock.advance_seconds(60);
        refused(&site.redeems(&client, &late, &[]), "invalid_grant");
    });
}

#[test]
fn attack_by_passing_the_token_on_to_rest_it_opens_nothing_there() {
    each(|site| {
        let client = site.registers();
        let tokens = site.tokens(&client, "read write destructive");
        let access = text(&tokens["access_token"]);
        for (method, path) in [
            ("GET", "/organizations"),
            ("POST", "/organizations"),
            ("GET", "/vestibule/v1/agent_tokens"),
            ("POST", "/vestibule/v1/dry_run/organizations"),
            ("GET", "/sso/jwks/client_01"),
        ] {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header(header::AUTHORIZATION, format!("Bearer {access}"))
                .header(header::CONTENT_TYPE, "application/json")
                // What says that it came to /mcp, a client does not say.
                .header("mcp-protocol-version", "2026-07-28")
                .body(Body::from(r#"{"name": "Acme"}"#));
            let seen = site.send(request.unwrap());
            assert_eq!(seen.status, StatusCode::UNAUTHORIZED, "{method} {path} {}", seen.text);
            assert_eq!(seen.json()["code"], "agent_token_of_other_resource", "{path}");
        }
        vestibule_kernel::agent::calls::write_gathered(&site.world.app).unwrap();
        let calls = site.world.call("agent_calls.list", json!({ "outcome": "refused" })).unwrap();
        let refused = calls["data"].as_array().unwrap();
        assert!(refused.iter().any(|it| it["code"] == "agent_token_of_other_resource"));
        let made = site.world.call("organizations.list", json!({})).unwrap();
        assert_eq!(made["data"], json!([]));
        assert!(site.opens(access), "and /mcp it opens all the same");
        // A refresh token or a code is no access token.
        assert!(!site.opens(text(&tokens["refresh_token"])));
        // A token that was made by hand opens both.
        let made = json!({ "name": "By hand", "effects": ["read"] });
        let made = site.world.call("agent_tokens.create", made).unwrap();
        assert!(site.opens(text(&made["value"])));
    });
}

#[test]
fn attack_by_making_a_token_that_opens_rest_with_one_that_does_not_none_is_made() {
    each(|site| {
        let client = site.registers();
        let tokens = site.tokens(&client, "read write");
        let policy = json!({ "name": "Wider", "effects": ["read"] });
        let seen = site.tool(text(&tokens["access_token"]), "/full", "agent_tokens_create", policy);
        assert!(seen.text.contains("agent_policy_beyond_own"), "{}", seen.text);
        assert_eq!(site.listed().len(), 1);
    });
}

#[test]
fn a_program_of_code_mode_calls_with_the_token_that_came_with_it() {
    each(|site| {
        let client = site.registers();
        let tokens = site.tokens(&client, "read");
        let access = text(&tokens["access_token"]);
        let code = "return app.integrations.workos.organizations.list{}";
        let done = site.tool(access, "/code", "run", json!({ "code": code }));
        assert!(done.is_done(), "{}", done.text);
        let code = "return app.integrations.workos.organizations.create{name='Acme'}";
        let done = site.tool(access, "/code", "run", json!({ "code": code }));
        assert_eq!(done.status, StatusCode::OK);
        assert!(done.text.contains("agent_effect_not_allowed"), "{}", done.text);
    });
}

#[test]
fn a_token_ends_after_an_hour_and_is_renewed_for_as_long_as_the_person_said() {
    each(|site| {
        let client = site.registers();
        let first = site.tokens(&client, "read");
        site.world.clock.advance_seconds(60 * 60 - 1);
        assert!(site.opens(text(&first["access_token"])));
        site.world.clock.advance_seconds(1);
        assert!(!site.opens(text(&first["access_token"])));
        assert_eq!(site.listed()[0]["state"], "active", "what was granted is not over");
        let second = site.refreshes(&client, text(&first["refresh_token"]), &[]).json();
        assert_eq!(second["scope"], "read");
        assert!(site.opens(text(&second["access_token"])));
        assert_ne!(first["refresh_token"], second["refresh_token"]);
        assert_eq!(site.listed().len(), 1, "it is one token, whoever looks");
        // The last hour is shorter, and then somebody has to be asked again.
        site.world.clock.advance_seconds(30 * 24 * 60 * 60 - 60 * 60 - 600);
        let last = site.refreshes(&client, text(&second["refresh_token"]), &[]).json();
        assert_eq!(last["expires_in"], 600);
        site.world.clock.advance_seconds(600);
        assert!(!site.opens(text(&last["access_token"])));
        refused(&site.refreshes(&client, text(&last["refresh_token"]), &[]), "invalid_grant");
    });
}

#[test]
fn the_value_before_a_renewal_opens_nothing_after_it() {
    each(|site| {
        let client = site.registers();
        let first = site.tokens(&client, "read");
        assert!(site.opens(text(&first["access_token"])));
        let second = site.refreshes(&client, text(&first["refresh_token"]), &[]).json();
        assert!(!site.opens(text(&first["access_token"])));
        assert!(site.opens(text(&second["access_token"])));
    });
}

#[test]
fn attack_by_reuse_of_a_refresh_token_all_that_was_granted_ends() {
    each(|site| {
        let client = site.registers();
        let first = site.tokens(&client, "read");
        let old = text(&first["refresh_token"]);
        let second = site.refreshes(&client, old, &[]).json();
        // Two requests of one client renew at once.
        site.world.clock.advance_seconds(29);
        let same = site.refreshes(&client, old, &[]).json();
        for field in ["access_token", "refresh_token"] {
            assert_eq!(second[field], same[field]);
        }
        site.world.clock.advance_seconds(1);
        refused(&site.refreshes(&client, old, &[]), "invalid_grant");
        assert!(!site.opens(text(&second["access_token"])));
        refused(&site.refreshes(&client, text(&second["refresh_token"]), &[]), "invalid_grant");
        assert_eq!(site.listed()[0]["state"], "revoked");

        // Once the successor was used, even at once.
        let first = site.tokens(&client, "read");
        let second = site.refreshes(&client, text(&first["refresh_token"]), &[]).json();
        let third = site.refreshes(&client, text(&second["refresh_token"]), &[]).json();
        refused(&site.refreshes(&client, text(&first["refresh_token"]), &[]), "invalid_grant");
        assert!(!site.opens(text(&third["access_token"])));
    });
}

#[test]
fn attack_by_asking_for_more_at_a_refresh_nothing_more_is_given() {
    each(|site| {
        let client = site.registers();
        let tokens = site.tokens(&client, "read");
        let refresh = text(&tokens["refresh_token"]);
        for scope in ["read write", "destructive", "everything"] {
            refused(&site.refreshes(&client, refresh, &[("scope", scope)]), "invalid_scope");
        }
        let other = [("resource", "https://evil.example/mcp")];
        refused(&site.refreshes(&client, refresh, &other), "invalid_target");
        let stranger = site.registers();
        refused(&site.refreshes(&stranger, refresh, &[]), "invalid_grant");
        let renewed = site.refreshes(&client, refresh, &[("scope", "read")]).json();
        assert_eq!(renewed["scope"], "read", "and none of that has used it up");
    });
}

#[test]
fn a_client_ends_what_it_got_by_either_of_its_tokens() {
    each(|site| {
        let (client, stranger) = (site.registers(), site.registers());
        for which in ["access_token", "refresh_token"] {
            let tokens = site.tokens(&client, "read");
            let access = text(&tokens["access_token"]);
            let token = text(&tokens[which]);
            let by_other = [("token", token), ("client_id", stranger.as_str())];
            refused(&site.post("/agents/revoke", &by_other), "invalid_client");
            refused(&site.post("/agents/revoke", &[("token", token)]), "invalid_request");
            assert!(site.opens(access));
            let own = [("token", token), ("client_id", client.as_str())];
            assert_eq!(site.post("/agents/revoke", &own).status, StatusCode::OK);
            assert!(!site.opens(access));
            refused(&site.refreshes(&client, text(&tokens["refresh_token"]), &[]), "invalid_grant");
            assert_eq!(site.post("/agents/revoke", &own).status, StatusCode::OK, "RFC 7009 §2.2");
        }
        // A token that was made by hand, and an API key, are of no client.
        let made = json!({ "name": "By hand", "effects": ["read"] });
        let made = site.world.call("agent_tokens.create", made).unwrap();
        for token in [text(&made["value"]), site.world.key.reveal()] {
            let seen = site.post("/agents/revoke", &[("token", token), ("client_id", &client)]);
            assert_eq!(seen.status, StatusCode::OK);
            assert!(site.opens(token));
        }
    });
}

#[test]
fn attack_with_a_token_of_one_environment_on_another_it_is_not_seen_there() {
    each(|site| {
        let (_, other_key) = site.world.other_environment();
        let client = site.registers();
        site.tokens(&client, "read");
        let id = site.listed()[0]["id"].clone();
        let as_other = |operation: &str, input: Value| {
            let request = vestibule_kernel::Request {
                credential: Some(other_key.clone()),
                ..Default::default()
            };
            site.world.call_as(request, operation, input)
        };
        let listed = as_other("agent_tokens.list", json!({})).unwrap().json().unwrap();
        assert_eq!(listed["data"], json!([]));
        for operation in ["agent_tokens.get", "agent_tokens.revoke"] {
            let refusal = as_other(operation, json!({ "id": id })).unwrap_err();
            assert_eq!(refusal.status(), 404, "{operation}");
        }
        assert_eq!(site.listed()[0]["state"], "active");
    });
}

#[test]
fn no_code_or_token_is_in_the_database_as_it_was_given() {
    each(|site| {
        let client = site.registers();
        let code = site.code(&client, "read", &site.world.key);
        let first = site.redeems(&client, &code, &[]).json();
        let second = site.refreshes(&client, text(&first["refresh_token"]), &[]).json();
        let all = format!("{:?}", site.world.everything());
        for secret in
            [&first, &second].iter().flat_map(|it| [&it["access_token"], &it["refresh_token"]])
        {
            assert!(!all.contains(text(secret)));
        }
        assert!(!all.contains(&code));
    });
}

#[test]
fn the_token_endpoint_takes_forms_of_public_clients_alone() {
    each(|site| {
        let client = site.registers();
        let json = site.post_json("/agents/token", None, &json!({ "grant_type": "refresh_token" }));
        refused(&json, "invalid_request");
        let request = Request::post("/agents/token")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::AUTHORIZATION, "Basic eDp5")
            .body(Body::from(format!("grant_type=refresh_token&client_id={client}")));
        let seen = site.send(request.unwrap());
        assert_eq!(
            (seen.status, seen.error()),
            (StatusCode::UNAUTHORIZED, "invalid_client".into())
        );
        let twice = [("grant_type", "refresh_token"), ("grant_type", "authorization_code")];
        refused(&site.post("/agents/token", &twice), "invalid_request");
        assert_eq!(site.get("/agents/token").status, StatusCode::METHOD_NOT_ALLOWED);
    });
}

#[test]
fn what_is_over_is_forgotten_and_what_is_not_stays() {
    each(|site| {
        let client = site.registers();
        let over = site.tokens(&client, "read");
        site.code(&client, "read", &site.world.key);
        let revoke = [("token", text(&over["access_token"])), ("client_id", &client)];
        site.post("/agents/revoke", &revoke);
        let good = site.tokens(&client, "read");
        let forget = || vestibule_access::forget(&site.world.flow()).unwrap();
        assert_eq!(forget(), 0);
        site.world.clock.advance_seconds(2 * 24 * 60 * 60);
        assert_eq!(forget(), 2, "a code that nobody used, and a refresh token that opens nothing");
        let renewed = site.refreshes(&client, text(&good["refresh_token"]), &[]);
        assert_eq!(renewed.status, StatusCode::OK, "{}", renewed.text);
    });
}

#[test]
fn attack_with_a_stolen_code_after_a_reset_of_the_sandbox_it_is_still_found_out() {
    each(|site| {
        site.world.call("sandbox.enable", json!({})).unwrap();
        let client = site.registers();
        let kept = site.tokens(&client, "read");
        let code = site.code(&client, "read", &site.world.key);
        let stolen = site.redeems(&client, &code, &[]).json();
        site.world.call("organizations.create", json!({ "name": "Acme" })).unwrap();

        site.world.call("sandbox.reset", json!({})).unwrap();

        let rows = site.world.call("organizations.list", json!({})).unwrap();
        assert_eq!(rows["data"], json!([]));
        // Agent tokens are keys and stay, so what renews and ends those of clients stays with them.
        assert!(site.opens(text(&kept["access_token"])));
        let renewed = site.refreshes(&client, text(&kept["refresh_token"]), &[]);
        assert_eq!(renewed.status, StatusCode::OK, "{}", renewed.text);
        assert!(site.opens(text(&stolen["access_token"])));
        refused(&site.redeems(&client, &code, &[]), "invalid_grant");
        assert!(!site.opens(text(&stolen["access_token"])));
    });
}
