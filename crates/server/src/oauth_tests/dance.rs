//! How a client gets in: what it learns, whom it asks, and what the person sees.
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_kernel::secret::Secret;

use super::{CALLBACK, ORIGIN, Site, asking, each, text};

/// The key of a person who approves.
pub(super) fn approver(site: &Site<'_>, name: &str) -> (String, Secret) {
    let made = site.world.call("approvers.create", json!({ "name": name })).unwrap();
    (text(&made["id"]).to_owned(), Secret::new(text(&made["value"])))
}

#[test]
fn a_client_finds_the_way_from_the_first_refusal_to_a_call() {
    each(|site| {
        for view in ["", "/core", "/code", "/full", "/x/users,organizations", "/readonly"] {
            let refused = site.post_json(&format!("/mcp{view}"), None, &json!({}));
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
            let at = format!("{ORIGIN}/.well-known/oauth-protected-resource/mcp{view}");
            let expected = format!("Bearer resource_metadata=\"{at}\", scope=\"read\"");
            assert_eq!(refused.header("www-authenticate"), expected);
            let resource = site.get(at.strip_prefix(ORIGIN).unwrap());
            assert_eq!(resource.header("content-type"), "application/json");
            // A client takes metadata of the very address that it asked (RFC 9728 §3.3).
            assert_eq!(resource.json()["resource"], format!("{ORIGIN}/mcp{view}"));
            assert_eq!(resource.json()["authorization_servers"], json!([ORIGIN]));
            assert_eq!(resource.json()["scopes_supported"], json!(["read"]));
        }
        let whole = site.get("/.well-known/oauth-protected-resource").json();
        assert_eq!(whole["resource"], format!("{ORIGIN}/mcp"));
        let unknown = site.get("/.well-known/oauth-protected-resource/mcp/nowhere");
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);

        let server = site.get("/.well-known/oauth-authorization-server");
        assert_eq!(server.header("content-type"), "application/json");
        assert_eq!(
            server.json(),
            json!({
                "issuer": ORIGIN,
                "authorization_endpoint": format!("{ORIGIN}/agents/authorize"),
                "token_endpoint": format!("{ORIGIN}/agents/token"),
                "registration_endpoint": format!("{ORIGIN}/agents/register"),
                "revocation_endpoint": format!("{ORIGIN}/agents/revoke"),
                "scopes_supported": ["read", "write", "destructive"],
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "token_endpoint_auth_methods_supported": ["none"],
                "revocation_endpoint_auth_methods_supported": ["none"],
                "code_challenge_methods_supported": ["S256"],
                "client_id_metadata_document_supported": true,
                "authorization_response_iss_parameter_supported": true,
                "protected_resources": [format!("{ORIGIN}/mcp")],
            })
        );

        let client = site.registers();
        let tokens = site.tokens(&client, "read write");
        assert_eq!(
            (&tokens["token_type"], &tokens["expires_in"], &tokens["scope"]),
            (&json!("Bearer"), &json!(3600), &json!("read write"))
        );
        let access = text(&tokens["access_token"]);
        for view in ["", "/core", "/code", "/full", "/x/organizations", "/core/readonly"] {
            let done = site.tool(access, view, "organizations_list", json!({}));
            assert!(done.is_done(), "{view} {}", done.text);
        }
    });
}

#[test]
fn what_comes_of_it_is_an_agent_token_that_says_who_let_which_client_in() {
    each(|site| {
        let (grace, key) = approver(site, "Grace");
        let client = site.registers();
        let code = site.code(&client, "read write destructive", &key);
        assert!(site.listed().is_empty(), "a code opens nothing");
        let seen = site.redeems(&client, &code, &[]);
        assert_eq!(seen.header("cache-control"), "no-store");
        let tokens = seen.json();
        let made = &site.listed()[0];
        assert_eq!(
            made["client"],
            json!({ "id": client, "name": "Claude", "redirect_uri": CALLBACK })
        );
        assert_eq!((&made["created_by"], &made["name"]), (&json!(grace), &json!("Claude")));
        assert_eq!(made["effects"], json!(["read", "write", "destructive"]));
        assert_eq!(made["secrets"], "redacted");
        assert_eq!(made["approvals"], json!(["destructive"]));
        assert_eq!(made["expires_at"], "2026-02-14T12:00:00.000Z");
        let shown = site.world.call("agent_tokens.get", json!({ "id": made["id"] })).unwrap();
        assert_eq!(&shown, made);
        let by_hand = json!({ "name": "By hand", "effects": ["read"] });
        let by_hand = site.world.call("agent_tokens.create", by_hand).unwrap();
        assert_eq!(by_hand["client"], Value::Null);

        // What it does is held to its policy and written down, as with any agent token.
        let access = text(&tokens["access_token"]);
        let acme = site.world.call("organizations.create", json!({ "name": "Acme" })).unwrap();
        let asked = site.tool(access, "/full", "organizations_delete", json!({ "id": acme["id"] }));
        assert!(asked.text.contains("approval_required"), "{}", asked.text);
        vestibule_kernel::agent::calls::write_gathered(&site.world.app).unwrap();
        let calls = site.world.call("agent_calls.list", json!({})).unwrap();
        assert_eq!(calls["data"][0]["agent_token_id"], made["id"]);
        assert_eq!(calls["data"][0]["operation"], "organizations.delete");

        site.world.call("agent_tokens.revoke", json!({ "id": made["id"] })).unwrap();
        assert!(!site.opens(access), "whoever may end agent tokens ends this one");
        let refused = site.refreshes(&client, text(&tokens["refresh_token"]), &[]);
        assert_eq!(
            (refused.status, refused.error()),
            (StatusCode::BAD_REQUEST, "invalid_grant".into())
        );
    });
}

#[test]
fn the_page_shows_who_asks_for_what_and_the_person_may_allow_less() {
    each(|site| {
        let client = site.registers();
        let path = asking(&client, &[("scope", Some("destructive read write"))]);
        let page = site.get(&path);
        for shown in ["Claude", "127.0.0.1:3118", "your own machine", "nobody has checked its name"]
        {
            assert!(page.text.contains(shown), "{shown}: {}", page.text);
        }
        assert_eq!(page.text.matches("type=\"checkbox\"").count(), 3);
        assert!(!page.text.contains("<script>") && !page.text.contains("http-equiv=\"refresh\""));
        let policy = page.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'"));
        assert_eq!(page.header("x-frame-options"), "DENY");

        let key = site.world.key.reveal();
        let none = site.submits(&page, &[("key", key), ("decision", "allow")]);
        assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(none.text.contains("Choose what it may do"), "{}", none.text);
        let wrong = [("key", "apr_wrong"), ("read", "yes"), ("decision", "allow")];
        let wrong = site.submits(&page, &wrong);
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text.contains("neither an approver"), "{}", wrong.text);
        let ticked = wrong.text.matches("autocomplete=\"off\" checked").count();
        assert_eq!(ticked, 1, "what was chosen stays chosen");

        let fields = [("key", key), ("read", "yes"), ("decision", "allow")];
        let answer = site.submits(&page, &fields).answer();
        let tokens = site.redeems(&client, &answer["code"], &[]).json();
        assert_eq!(tokens["scope"], "read", "the client is told what it got (RFC 6749 §3.3)");
        assert_eq!(site.listed()[0]["effects"], json!(["read"]));
    });
}

#[test]
fn who_says_no_says_so_to_the_client_without_a_key() {
    each(|site| {
        let client = site.registers();
        let answer = site.answers(&asking(&client, &[]), &[("decision", "deny")]).answer();
        assert_eq!(
            (answer["error"].as_str(), answer["state"].as_str()),
            ("access_denied", super::STATE)
        );
        assert!(!answer.contains_key("code"));
        assert!(site.listed().is_empty());
    });
}

#[test]
fn the_key_says_in_which_environment_the_agent_is() {
    each(|site| {
        let (_, other_key) = site.world.other_environment();
        site.world.call("organizations.create", json!({ "name": "Of the first" })).unwrap();
        let client = site.registers();
        let code = site.code(&client, "read", &other_key);
        let tokens = site.redeems(&client, &code, &[]).json();
        let access = text(&tokens["access_token"]);
        let done = site.tool(access, "/full", "organizations_list", json!({}));
        assert!(!done.text.contains("Of the first"), "{}", done.text);
        assert!(site.listed().is_empty(), "the other environment does not see it");
    });
}

#[test]
fn a_call_beyond_the_scope_says_what_to_ask_for() {
    each(|site| {
        let client = site.registers();
        let tokens = site.tokens(&client, "read");
        let access = text(&tokens["access_token"]);
        let create = json!({ "name": "Acme" });
        let by_mutate = json!({ "operation": "organizations.create", "arguments": create });
        let as_text =
            json!({ "operation": "organizations.create", "arguments": "{\"name\": \"Acme\"}" });
        for (view, tool, arguments, scope) in [
            ("/full", "organizations_create", create.clone(), "read write"),
            ("/x/organizations", "organizations.create", create.clone(), "read write"),
            ("/code", "organizations_create", create.clone(), "read write"),
            ("", "mutate", by_mutate, "read write"),
            ("/core", "mutate", as_text, "read write"),
            ("", "setup_account", create.clone(), "read write"),
            ("/full", "organizations_delete", json!({ "id": "org_1" }), "read destructive"),
        ] {
            let seen = site.tool(access, view, tool, arguments);
            assert_eq!(seen.status, StatusCode::FORBIDDEN, "{view} {tool} {}", seen.text);
            let challenge = seen.header("www-authenticate");
            assert!(challenge.starts_with("Bearer error=\"insufficient_scope\""), "{challenge}");
            assert!(challenge.ends_with(&format!("scope=\"{scope}\"")), "{challenge}");
            let at = format!(
                "resource_metadata=\"{ORIGIN}/.well-known/oauth-protected-resource/mcp{view}\""
            );
            assert!(challenge.contains(&at), "{challenge}");
            assert_eq!(seen.json()["code"], "agent_effect_not_allowed");
        }
        let calls = site.world.call("agent_calls.list", json!({ "outcome": "refused" })).unwrap();
        assert_eq!(calls["data"].as_array().unwrap().len(), 7, "each is written down");
        // What no wider scope opens, or is of no client, is told where a model reads it.
        for (view, tool, arguments) in [
            ("", "query", json!({ "operation": "organizations.create", "arguments": create })),
            ("/full/readonly", "organizations_create", create.clone()),
            ("/full", "agent_tokens_revoke", json!({ "id": "agent_token_1" })),
        ] {
            let seen = site.tool(access, view, tool, arguments);
            let status = seen.status;
            let expected =
                if tool == "agent_tokens_revoke" { StatusCode::FORBIDDEN } else { StatusCode::OK };
            assert_eq!(status, expected, "{tool} {}", seen.text);
        }
        let by_hand = json!({ "name": "By hand", "effects": ["read"] });
        let by_hand = site.world.call("agent_tokens.create", by_hand).unwrap();
        let seen = site.tool(text(&by_hand["value"]), "/full", "organizations_create", create);
        assert_eq!(seen.status, StatusCode::OK);
        assert!(seen.text.contains("agent_effect_not_allowed"), "{}", seen.text);

        // With the wider token the same call is made.
        let wider = site.tokens(&client, "read write");
        let access = text(&wider["access_token"]);
        let seen = site.tool(access, "/full", "organizations_create", json!({ "name": "Acme" }));
        assert!(seen.is_done(), "{}", seen.text);
    });
}
