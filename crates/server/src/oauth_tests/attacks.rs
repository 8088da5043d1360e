//! Attacks on the way to a code, each named after what it tries.
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::json;
use vestibule_kernel::db::Tx;

use super::{CALLBACK, ORIGIN, Seen, VERIFIER, asking, challenge_of, each, form, text};

/// Nobody is sent anywhere, and nothing is asked.
fn stays_here(seen: &Seen) {
    assert_eq!(seen.status, StatusCode::BAD_REQUEST, "{}", seen.text);
    assert!(seen.headers.get(header::LOCATION).is_none());
    assert!(!seen.text.contains("http-equiv") && !seen.text.contains("<form"), "{}", seen.text);
}

#[test]
fn attack_by_redirect_uris_that_look_like_the_clients_nobody_is_sent_there() {
    each(|site| {
        let client = site.registers();
        for uri in [
            "http://127.0.0.1:3118/callback/../evil",
            "http://127.0.0.1:3118/callbackx",
            "http://127.0.0.1:3118/callback?next=evil",
            "http://127.0.0.1:3118/callback#x",
            "http://127.0.0.1:3118@evil.example/callback",
            "http://user@127.0.0.1:3118/callback",
            "http://127.0.0.1.evil.example/callback",
            "http://127.0.0.1:3118\\@evil.example/callback",
            "https://127.0.0.1:3118/callback",
            "http://localhost:3118/callback",
            "https://evil.example/callback",
            "javascript:alert(1)",
            "",
        ] {
            stays_here(&site.get(&asking(&client, &[("redirect_uri", Some(uri))])));
        }
        stays_here(&site.get(&asking(&client, &[("redirect_uri", None)])));
        let twice = asking(&client, &[]) + "&redirect_uri=https%3A%2F%2Fevil.example";
        stays_here(&site.get(&twice));
        stays_here(&site.get(&asking("oauth_client_01", &[])));
        stays_here(&site.get(&asking(&client, &[("client_id", None)])));
        // The port of the reader's own machine is chosen anew each time (RFC 8252 §7.3).
        let other_port = "http://127.0.0.1:53111/callback";
        let page = site.get(&asking(&client, &[("redirect_uri", Some(other_port))]));
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    });
}

#[test]
fn attack_by_leaving_out_pkce_or_by_plain_the_client_is_refused() {
    each(|site| {
        let client = site.registers();
        for change in [
            vec![("code_challenge", None), ("code_challenge_method", None)],
            vec![("code_challenge", None)],
            vec![("code_challenge_method", None)],
            vec![("code_challenge_method", Some("plain"))],
            vec![("code_challenge_method", Some("s256"))],
            vec![("code_challenge", Some(VERIFIER))],
            vec![("code_challenge", Some(""))],
        ] {
            let answer = site.get(&asking(&client, &change)).answer();
            assert_eq!(answer["error"], "invalid_request", "{change:?}");
            assert_eq!(answer["state"], super::STATE);
        }
    });
}

#[test]
fn a_request_that_is_wrong_in_another_way_is_told_to_the_client() {
    each(|site| {
        let client = site.registers();
        for (change, error) in [
            (("resource", Some("https://evil.example/mcp")), "invalid_target"),
            (("resource", Some("http://127.0.0.1:4100/organizations")), "invalid_target"),
            (("resource", Some("http://127.0.0.1:4100/mcp#x")), "invalid_target"),
            (("scope", Some("read everything")), "invalid_scope"),
            (("scope", Some("READ")), "invalid_scope"),
            (("response_type", Some("token")), "unsupported_response_type"),
            (("response_type", None), "invalid_request"),
            (("response_mode", Some("fragment")), "invalid_request"),
        ] {
            let seen = site.get(&asking(&client, &[change]));
            assert_eq!(seen.status, StatusCode::SEE_OTHER);
            assert_eq!(seen.answer()["error"], error, "{change:?}");
        }
        let twice = site.get(&(asking(&client, &[]) + "&scope=destructive")).answer();
        assert_eq!(twice["error"], "invalid_request");
        let both = asking(&client, &[]) + "&resource=https%3A%2F%2Fevil.example";
        assert_eq!(site.get(&both).answer()["error"], "invalid_target");
        // Who names no resource means the one that there is; that of a view is the same.
        for resource in [None, Some("http://127.0.0.1:4100/mcp/x/users/readonly")] {
            let page = site.get(&asking(&client, &[("resource", resource)]));
            assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        }
        // Who names no scope is asked for the least.
        let page = site.get(&asking(&client, &[("scope", None)]));
        assert_eq!(page.text.matches("type=\"checkbox\"").count(), 1);
    });
}

#[test]
fn attack_by_another_site_that_sends_the_form_nobody_is_let_in() {
    each(|site| {
        let client = site.registers();
        let path = asking(&client, &[]);
        let page = site.get(&path);
        let token = page.between("name=\"csrf\" value=\"", "\"").to_owned();
        let key = site.world.key.reveal();
        let send = |it: &super::Site<'_>, origin: &str, csrf: &str| {
            let fields = [("csrf", csrf), ("key", key), ("read", "yes"), ("decision", "allow")];
            let request = Request::post(&path)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(header::ORIGIN, origin)
                .body(Body::from(form(&fields)));
            it.send(request.unwrap())
        };
        for seen in [
            send(site, "https://evil.example", &token),
            send(site, "null", &token),
            send(site, ORIGIN, ""),
            send(site, ORIGIN, &"0".repeat(64)),
            // The token of one browser in another.
            send(&site.stranger(), ORIGIN, &token),
        ] {
            assert_eq!(seen.status, StatusCode::FORBIDDEN, "{}", seen.text);
            assert!(!seen.text.contains("code="));
        }
        // What is asked stands in the address; a form that says something else changes nothing.
        let fields = [("key", key), ("read", "yes"), ("destructive", "yes"), ("decision", "allow")];
        let answer = site.submits(&page, &fields).answer();
        let tokens = site.redeems(&client, &answer["code"], &[]).json();
        assert_eq!(tokens["scope"], "read");
    });
}

#[test]
fn attack_by_an_agent_that_consents_with_its_own_token_it_is_refused() {
    each(|site| {
        let client = site.registers();
        let policy = json!({
            "name": "Helper", "effects": ["read", "write", "destructive"], "approvals": [],
        });
        let by_hand = site.world.call("agent_tokens.create", policy).unwrap();
        let granted = site.tokens(&client, "read write");
        for value in [text(&by_hand["value"]), text(&granted["access_token"]), "", "sk_test_0"] {
            let fields = [("key", value), ("read", "yes"), ("decision", "allow")];
            let seen = site.answers(&asking(&client, &[]), &fields);
            assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", seen.text);
        }
        assert_eq!(site.listed().len(), 2);
    });
}

#[test]
fn attack_by_guessing_keys_on_the_page_it_is_slowed_down() {
    each(|site| {
        let client = site.registers();
        let fields = [("key", "apr_guess"), ("read", "yes"), ("decision", "allow")];
        let path = asking(&client, &[]);
        let statuses: Vec<_> =
            (0..12).map(|_| site.answers(&path, &fields).status.as_u16()).collect();
        assert_eq!(statuses[..10], [422; 10]);
        assert_eq!(statuses[10..], [429; 2]);
    });
}

#[test]
fn attack_by_mix_up_every_answer_says_who_gives_it() {
    each(|site| {
        let client = site.registers();
        // `answer` looks for `iss`, once, in each of these.
        site.answers(&asking(&client, &[]), &[("decision", "deny")]).answer();
        site.get(&asking(&client, &[("scope", Some("x"))])).answer();
        // And what the client says of itself does not take its place.
        let seen = site
            .get(&(asking(&client, &[("scope", Some("x"))]) + "&iss=https%3A%2F%2Fevil.example"));
        assert_eq!(seen.answer()["iss"], ORIGIN);
        let metadata = site.get("/.well-known/oauth-authorization-server").json();
        assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    });
}

#[test]
fn attack_by_a_name_that_is_markup_it_is_shown_as_text() {
    each(|site| {
        let name = "<script>alert(1)</script>\u{202e}\"><meta http-equiv=refresh content=0>";
        let body = json!({ "client_name": name, "redirect_uris": [CALLBACK] });
        let made = site.post_json("/agents/register", None, &body).json();
        let page = site.get(&asking(text(&made["client_id"]), &[]));
        assert!(page.text.contains("&lt;script&gt;") && !page.text.contains("<script>alert"));
        assert!(!page.text.contains("<meta http-equiv=refresh") && !page.text.contains('\u{202e}'));
    });
}

/// Anybody can be a client, so that a link to this server must not lead to wherever they like.
#[test]
fn attack_by_a_link_that_leads_elsewhere_without_a_person_nobody_is_sent_there() {
    each(|site| {
        let elsewhere = "https://evil.example/login";
        let body = json!({ "client_name": "Evil", "redirect_uris": [elsewhere] });
        let made = site.post_json("/agents/register", None, &body).json();
        let client = text(&made["client_id"]);
        for wrong in [("response_type", "x"), ("code_challenge", "x"), ("scope", "everything")] {
            let change = [("redirect_uri", Some(elsewhere)), (wrong.0, Some(wrong.1))];
            let seen = site.get(&asking(client, &change));
            assert_eq!((seen.status, seen.header("location")), (StatusCode::OK, ""), "{wrong:?}");
            assert!(!seen.text.contains("http-equiv=\"refresh\""), "{}", seen.text);
            assert!(seen.text.contains("<bdi>evil.example</bdi>"), "{}", seen.text);
        }
    });
}

#[test]
fn attack_by_a_client_that_widens_a_token_of_rest_it_is_refused() {
    each(|site| {
        let by_hand = json!({ "name": "By hand", "effects": ["read"] });
        let by_hand = site.world.call("agent_tokens.create", by_hand).unwrap();
        let tokens = site.tokens(&site.registers(), "read write");
        let wider = json!({ "id": by_hand["id"], "effects": ["read", "write"] });
        let seen = site.tool(text(&tokens["access_token"]), "/full", "agent_tokens_update", wider);
        assert!(seen.text.contains("agent_policy_beyond_own"), "{}", seen.text);
        let id = json!({ "id": by_hand["id"] });
        let shown = site.world.call("agent_tokens.get", id).unwrap();
        assert_eq!(shown["effects"], json!(["read"]));
    });
}

#[test]
fn registrations_are_bounded_and_forgotten_unless_somebody_lets_the_client_in() {
    each(|site| {
        for (body, error) in [
            (json!({}), "invalid_redirect_uri"),
            (json!({ "redirect_uris": [] }), "invalid_redirect_uri"),
            (json!({ "redirect_uris": ["http://evil.example/"] }), "invalid_redirect_uri"),
            (json!({ "redirect_uris": ["cursor://callback"] }), "invalid_redirect_uri"),
            (json!({ "redirect_uris": [CALLBACK, "javascript:1"] }), "invalid_redirect_uri"),
            (json!({ "redirect_uris": vec![CALLBACK; 21] }), "invalid_redirect_uri"),
            (json!({ "redirect_uris": CALLBACK }), "invalid_client_metadata"),
            (json!([]), "invalid_client_metadata"),
        ] {
            let seen = site.post_json("/agents/register", None, &body);
            assert_eq!(
                (seen.status, seen.error()),
                (StatusCode::BAD_REQUEST, error.into()),
                "{body}"
            );
        }
        let large = json!({ "redirect_uris": [CALLBACK], "client_name": "x".repeat(16 * 1024) });
        let seen = site.post_json("/agents/register", None, &large);
        assert_eq!(seen.status, StatusCode::PAYLOAD_TOO_LARGE);

        let (used, unused) = (site.registers(), site.registers());
        let tokens = site.tokens(&used, "read");
        site.world.clock.advance_seconds(24 * 60 * 60 + 1);
        assert_eq!(site.get(&asking(&used, &[])).status, StatusCode::OK);
        stays_here(&site.get(&asking(&unused, &[])));
        assert_eq!(vestibule_access::oauth::forget_clients(&site.world.app).unwrap(), 1);
        let renewed = site.refreshes(&used, text(&tokens["refresh_token"]), &[]);
        assert_eq!(renewed.status, StatusCode::OK, "{}", renewed.text);

        let statuses: Vec<_> = (0..61)
            .map(|_| {
                let body = json!({ "redirect_uris": [CALLBACK] });
                site.post_json("/agents/register", None, &body).status.as_u16()
            })
            .collect();
        assert_eq!((statuses[59], statuses[60]), (201, 429), "sixty in an hour from one place");
    });
}

#[test]
fn attack_by_filling_the_room_for_clients_the_oldest_goes_and_newcomers_register() {
    each(|site| {
        let (used, oldest) = (site.registers(), site.registers());
        site.tokens(&used, "read");
        site.world.clock.advance_seconds(1);
        let now = site.world.app.now();
        site.world.app.db().write(move |tx| {
            let sql = "WITH RECURSIVE fill (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM fill WHERE n < 9999)
                       INSERT INTO oauth_clients (id, name, redirect_uris, created_at, expires_at)
                       SELECT 'oauth_client_' || CAST(n AS TEXT), 'Evil', '[\"http://127.0.0.1/\"]',
                         CAST($1 AS BIGINT), CAST($1 AS BIGINT) + 86400000 + n
                       FROM fill -- global: of the installation";
            tx.execute(sql, &[now.into()])
        })
        .unwrap();
        let count = || {
            let sql = "SELECT COUNT(*) FROM oauth_clients -- global: of the installation";
            let count = |tx: &mut dyn Tx| tx.first(sql, &[])?.unwrap().take::<i64>();
            site.world.app.db().read(count).unwrap()
        };
        assert_eq!(site.get(&asking(&oldest, &[])).status, StatusCode::OK);
        assert_eq!(count(), 10_001);

        let newcomer = site.registers();

        assert_eq!(count(), 10_001, "one comes, one goes");
        stays_here(&site.get(&asking(&oldest, &[])));
        assert_eq!(site.get(&asking(&newcomer, &[])).status, StatusCode::OK);
        let known = site.get(&asking(&used, &[])).status;
        assert_eq!(known, StatusCode::OK, "one that somebody let in stays, however old");
    });
}

#[test]
fn a_challenge_is_what_rfc_7636_computes() {
    // Appendix B of RFC 7636.
    let challenge = challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}
