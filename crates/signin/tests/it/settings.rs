use serde_json::{Value, json};
use vestibule_kernel::testing::{Domains, each_engine};
use vestibule_messages::inbox;
use vestibule_signin::{cors_origins, redirect_uris};

use crate::support::{EMAIL, domains, user};

const DOMAINS: Domains =
    Domains { operations: vestibule_signin::OPERATIONS, reactions: &[], handlers: &[] };

fn uris(page: &Value) -> Vec<(&str, bool)> {
    let data = page["data"].as_array().unwrap();
    data.iter().map(|it| (it["uri"].as_str().unwrap(), it["default"].as_bool().unwrap())).collect()
}

#[test]
fn an_application_takes_over_the_mails_that_it_wants_to_send_itself() {
    each_engine(domains(), |world| {
        let shown = world.call("mail_settings.get", json!({})).unwrap();
        let all = json!({
            "object": "mail_settings", "magic_auth": true, "password_reset": true, "invitation": true,
            "sender_address": null,
        });
        assert_eq!(shown, all);
        user(world, EMAIL);
        let send = |operation: &str, email: &str| {
            world.call(operation, json!({ "email": email })).unwrap();
            world.drain();
            world.flow().read(inbox::list).unwrap().len()
        };
        let (mut mails, names) = (0, ["magic_auth", "password_reset", "invitation"]);
        for (name, operation, emails) in [
            (names[0], "magic_auth.create", [EMAIL, EMAIL]),
            (names[1], "password_reset.create", [EMAIL, EMAIL]),
            (names[2], "invitations.create", ["new@acme.test", "newer@acme.test"]),
        ] {
            mails += 1;
            assert_eq!(send(operation, emails[0]), mails, "{name} is mailed");
            let shown = world.call("mail_settings.update", json!({ name: false })).unwrap();
            assert_eq!(shown[name], false);
            assert_eq!(send(operation, emails[1]), mails, "{name} is not");
        }
        let mut none = all;
        for name in names {
            none[name] = json!(false);
        }
        assert_eq!(world.call("mail_settings.get", json!({})).unwrap(), none);
        // The addresses that links lead to are set elsewhere, and stay.
        let urls = json!({ "password_reset_url": "https://app.example.com/reset" });
        world.call("application_urls.update", urls).unwrap();
        world.call("mail_settings.update", json!({ "password_reset": true })).unwrap();
        let urls = world.call("application_urls.get", json!({})).unwrap();
        assert_eq!(urls["password_reset_url"], "https://app.example.com/reset");
    });
}

#[test]
fn mails_come_from_an_address_of_the_environment_and_from_no_header_of_somebodys_own() {
    each_engine(domains(), |world| {
        let set = |address: serde_json::Value| {
            world.call("mail_settings.update", json!({ "sender_address": address }))
        };
        assert_eq!(set(json!("login@acme.test")).unwrap()["sender_address"], "login@acme.test");
        for no_address in [
            "",
            "acme.test",
            "Acme <login@acme.test>",
            "login@acme.test, eve@evil.test",
            "login@acme.test\r\nBcc: eve@evil.test",
            &format!("{}@acme.test", "a".repeat(250)),
        ] {
            let error = set(json!(no_address)).unwrap_err();
            assert_eq!(error.status(), 422, "{no_address}");
            assert_eq!(error.body()["errors"][0]["field"], "sender_address");
        }
        let get = || world.call("mail_settings.get", json!({})).unwrap()["sender_address"].clone();
        world.call("mail_settings.update", json!({ "invitation": true })).unwrap();
        assert_eq!(get(), "login@acme.test");
        set(json!(null)).unwrap();
        assert_eq!(get(), json!(null));
    });
}

#[test]
fn the_first_redirect_uri_without_a_wildcard_is_the_default_and_stays() {
    each_engine(DOMAINS, |world| {
        let add = |uri: &str| world.call("redirect_uris.create", json!({ "uri": uri })).unwrap();
        add("https://*.example.com/callback");
        let default = add("https://app.example.com/callback");
        assert_eq!(
            default,
            json!({
                "object": "redirect_uri",
                "id": default["id"],
                "uri": "https://app.example.com/callback",
                "default": true,
                "created_at": "2026-01-15T12:00:00.000Z",
                "updated_at": "2026-01-15T12:00:00.000Z",
            })
        );
        assert!(default["id"].as_str().unwrap().starts_with("redir_"));
        let other = add("https://app.example.com/other");
        let page = world.call("redirect_uris.list", json!({ "order": "asc" })).unwrap();
        assert_eq!(
            uris(&page),
            [
                ("https://*.example.com/callback", false),
                ("https://app.example.com/callback", true),
                ("https://app.example.com/other", false),
            ]
        );
        let delete = |id: &Value| world.call("redirect_uris.delete", json!({ "id": id }));
        let error = delete(&default["id"]).unwrap_err();
        let message =
            "The default redirect URI 'https://app.example.com/callback' cannot be deleted.";
        assert_eq!((error.status(), error.body()), (409, json!({ "message": message })));
        delete(&other["id"]).unwrap();
        assert_eq!(delete(&other["id"]).unwrap_err().status(), 404);
    });
}

#[test]
fn a_redirect_uri_is_registered_once() {
    each_engine(DOMAINS, |world| {
        let input = json!({ "uri": "https://app.example.com/callback" });
        world.call("redirect_uris.create", input.clone()).unwrap();
        let error = world.call("redirect_uris.create", input).unwrap_err();
        let message = "Redirect URI 'https://app.example.com/callback' already exists.";
        assert_eq!((error.status(), error.body()), (422, json!({ "message": message })));
        world
            .flow()
            .write(|cx| redirect_uris::ensure(cx, "https://app.example.com/callback"))
            .unwrap();
    });
}

#[test]
fn hostile_redirect_uris_are_refused_and_nothing_is_registered() {
    each_engine(DOMAINS, |world| {
        for uri in ["javascript:alert(1)", "https://a.example/\r\nx", "https://u@a.example", ""] {
            let error = world.call("redirect_uris.create", json!({ "uri": uri })).unwrap_err();
            assert_eq!((error.status(), error.code()), (422, ""), "{uri}");
        }
        let page = world.call("redirect_uris.list", json!({})).unwrap();
        assert_eq!(page["data"], json!([]));
    });
}

#[test]
fn redirect_uris_stay_in_their_environment() {
    each_engine(DOMAINS, |world| {
        let uri = "https://app.example.com/callback";
        let made = world.call("redirect_uris.create", json!({ "uri": uri })).unwrap();
        let (other, key) = world.other_environment();
        let request =
            || vestibule_kernel::Request { credential: Some(key.clone()), ..Default::default() };
        let delete = world.call_as(request(), "redirect_uris.delete", json!({ "id": made["id"] }));
        assert_eq!(delete.unwrap_err().status(), 404);
        let allows = |flow: vestibule_kernel::FlowCx| {
            flow.read(|cx| redirect_uris::allows(cx, uri)).unwrap()
        };
        assert!(allows(world.flow()));
        assert!(!allows(world.app.system(&other)));
    });
}

#[test]
fn a_cors_origin_is_allowed_once_and_then_for_its_environment() {
    each_engine(DOMAINS, |world| {
        let input = json!({ "origin": "https://app.example.com" });
        let made = world.call("cors_origins.create", input.clone()).unwrap();
        assert_eq!(
            made,
            json!({
                "object": "cors_origin",
                "id": made["id"],
                "origin": "https://app.example.com",
                "created_at": "2026-01-15T12:00:00.000Z",
                "updated_at": "2026-01-15T12:00:00.000Z",
            })
        );
        let error = world.call("cors_origins.create", input).unwrap_err();
        assert_eq!((error.status(), error.code()), (409, "duplicate_cors_origin"));
        let (other, _) = world.other_environment();
        let allows = |flow: vestibule_kernel::FlowCx, origin: &'static str| {
            flow.read(move |cx| cors_origins::allows(cx, origin)).unwrap()
        };
        assert!(allows(world.flow(), "https://app.example.com"));
        assert!(!allows(world.flow(), "https://evil.example"));
        assert!(!allows(world.app.system(&other), "https://app.example.com"));
        let anywhere = |origin: &str| {
            world.app.db().read(|tx| cors_origins::allowed_anywhere(tx, origin)).unwrap()
        };
        assert!(anywhere("https://app.example.com"));
        assert!(!anywhere("null"));
        let page = world.call("cors_origins.list", json!({})).unwrap();
        assert_eq!(page["data"], json!([made]));
    });
}

#[test]
fn what_is_no_origin_is_refused_in_the_form_of_the_contract() {
    each_engine(DOMAINS, |world| {
        let input = json!({ "origin": "https://app.example.com/path" });
        let error = world.call("cors_origins.create", input).unwrap_err();
        let text =
            "origin must be a scheme, a host and perhaps a port, such as https://app.example.com";
        let errors = json!([{ "property": "origin", "constraints": { "isOrigin": text } }]);
        let body = json!({ "message": "Validation failed.", "errors": errors });
        assert_eq!((error.status(), error.body()), (422, body));
    });
}

#[test]
fn after_sign_out_a_browser_goes_only_where_it_may() {
    each_engine(DOMAINS, |world| {
        let after = |return_to: Option<&'static str>| {
            world.flow().read(move |cx| redirect_uris::after_sign_out(cx, return_to))
        };
        assert_eq!(after(None).unwrap(), None);
        let homepage = json!({ "url": "https://app.example.com/" });
        world.call("app_homepage_url.update", homepage).unwrap();
        assert_eq!(after(None).unwrap().as_deref(), Some("https://app.example.com/"));
        assert_eq!(after(Some("https://app.example.com/")).unwrap_err().status(), 422);
        let uris = json!(["https://*.example.com/bye", "https://app.example.com/out"]);
        world.call("sign_out_redirects.update", json!({ "uris": uris })).unwrap();
        assert_eq!(world.call("sign_out_redirects.get", json!({})).unwrap()["uris"], uris);
        assert_eq!(after(None).unwrap().as_deref(), Some("https://app.example.com/out"));
        let wild = "https://x.example.com/bye";
        assert_eq!(after(Some(wild)).unwrap().as_deref(), Some(wild));
        let error = after(Some("https://evil.example/")).unwrap_err();
        let message =
            "The return_to 'https://evil.example/' is not a sign-out redirect of this environment.";
        assert_eq!((error.status(), error.body()), (422, json!({ "message": message })));
        for url in ["javascript:alert(1)", "https://*.example.com/", ""] {
            let error = world.call("app_homepage_url.update", json!({ "url": url })).unwrap_err();
            assert_eq!(error.status(), 422, "{url}");
        }
        let uris = json!({ "uris": ["https://app.example.com/out", "data:text/html,x"] });
        assert_eq!(world.call("sign_out_redirects.update", uris).unwrap_err().status(), 422);
        assert_eq!(
            after(None).unwrap().as_deref(),
            Some("https://app.example.com/out"),
            "nothing was changed"
        );
    });
}

#[test]
fn how_people_sign_in_is_changed_field_by_field() {
    each_engine(DOMAINS, |world| {
        let defaults = json!({
            "object": "sign_in_policy",
            "password": true,
            "magic_auth": true,
            "passkey": true,
            "social": true,
            "social_providers": {},
            "sso": true,
            "sso_required": false,
            "sign_up": "open",
            "email_verification": true,
            "second_factor": "optional",
            "session_seconds": 2_592_000,
            "inactivity_seconds": null,
            "access_token_seconds": 300,
        });
        assert_eq!(world.call("sign_in_policy.get", json!({})).unwrap(), defaults);
        let change = json!({
            "magic_auth": false,
            "second_factor": "required",
            "inactivity_seconds": 3600,
            "sign_up": "waitlist",
            "social_providers": { "GoogleOAuth": false },
        });
        let set = world.call("sign_in_policy.update", change).unwrap();
        let mut expected = defaults;
        expected["magic_auth"] = json!(false);
        expected["second_factor"] = json!("required");
        expected["inactivity_seconds"] = json!(3600);
        expected["sign_up"] = json!("waitlist");
        expected["social_providers"] = json!({ "GoogleOAuth": false });
        assert_eq!(set, expected);
        let cleared = json!({ "inactivity_seconds": null });
        let set = world.call("sign_in_policy.update", cleared).unwrap();
        assert_eq!(set["inactivity_seconds"], Value::Null);
        for bad in [
            json!({ "second_factor": "sometimes" }),
            json!({ "session_seconds": 59 }),
            json!({ "access_token_seconds": 86_401 }),
            json!({ "inactivity_seconds": 0 }),
            json!({ "password": null }),
        ] {
            let error = world.call("sign_in_policy.update", bad.clone()).unwrap_err();
            assert_eq!(error.status(), 422, "{bad}");
        }
        let current = world.call("environments.current", json!({})).unwrap();
        let expected = json!({
            "object": "environment",
            "id": "environment_01",
            "name": "Test",
            "client_id": "client_01",
            "auth_methods": ["password", "passkey"],
            "session_timeout": 2_592_000,
            "mfa_policy": "required",
        });
        assert_eq!(current, expected);
    });
}

#[test]
fn another_redirect_uri_is_made_the_default_and_there_is_one() {
    each_engine(DOMAINS, |world| {
        let add = |uri: &str| world.call("redirect_uris.create", json!({ "uri": uri })).unwrap();
        let first = add("https://app.example.com/callback");
        let second = add("https://app.example.com/other");
        let wild = add("https://*.example.com/callback");
        let promote = |id: &Value| world.call("redirect_uris.make_default", json!({ "id": id }));
        let made = promote(&second["id"]).unwrap();
        assert_eq!(made["default"], true);
        let page = world.call("redirect_uris.list", json!({ "order": "asc" })).unwrap();
        assert_eq!(
            uris(&page),
            [
                ("https://app.example.com/callback", false),
                ("https://app.example.com/other", true),
                ("https://*.example.com/callback", false),
            ]
        );
        assert_eq!(promote(&second["id"]).unwrap()["default"], true, "again changes nothing");
        assert_eq!(promote(&wild["id"]).unwrap_err().status(), 422);
        assert_eq!(promote(&json!("redir_unknown")).unwrap_err().status(), 404);
        world.call("redirect_uris.delete", json!({ "id": first["id"] })).unwrap();
        let kept = world.call("redirect_uris.delete", json!({ "id": second["id"] }));
        assert_eq!(kept.unwrap_err().status(), 409);
    });
}

#[test]
fn the_addresses_of_the_application_are_set_one_by_one_and_are_no_hostile_ones() {
    each_engine(crate::support::domains(), |world| {
        let none = json!({
            "object": "application_urls",
            "homepage_url": null,
            "sign_in_url": null,
            "sign_up_url": null,
            "password_reset_url": null,
            "invitation_url": null,
        });
        assert_eq!(world.call("application_urls.get", json!({})).unwrap(), none);
        let change = json!({
            "sign_in_url": "https://app.example.com/sign-in",
            "sign_up_url": "https://app.example.com/sign-up",
            "password_reset_url": "https://app.example.com/reset",
            "invitation_url": "https://app.example.com/invited",
        });
        let mut expected = none;
        for (name, value) in change.as_object().unwrap() {
            expected[name] = value.clone();
        }
        assert_eq!(world.call("application_urls.update", change).unwrap(), expected);
        for name in ["homepage_url", "sign_in_url", "sign_up_url", "invitation_url"] {
            for bad in ["javascript:alert(1)", "https://*.example.com/", "", "/sign-in"] {
                let error = world.call("application_urls.update", json!({ name: bad }));
                assert_eq!(error.unwrap_err().status(), 422, "{name} {bad}");
            }
        }
        assert_eq!(world.call("application_urls.get", json!({})).unwrap(), expected);
        crate::support::user(world, "ada@acme.test");
        let input = json!({ "email": "ada@acme.test" });
        let reset = world.call("password_reset.create", input).unwrap();
        let url = reset["password_reset_url"].as_str().unwrap();
        assert!(url.starts_with("https://app.example.com/reset?token="), "{url}");
        let input = json!({ "email": "eve@acme.test" });
        let invitation = world.call("invitations.create", input).unwrap();
        let url = invitation["accept_invitation_url"].as_str().unwrap();
        assert!(url.starts_with("https://app.example.com/invited?invitation_token="), "{url}");
        let cleared = json!({ "password_reset_url": null, "sign_in_url": null });
        expected["password_reset_url"] = Value::Null;
        expected["sign_in_url"] = Value::Null;
        assert_eq!(world.call("application_urls.update", cleared).unwrap(), expected);
        world.drain();
    });
}

#[test]
fn what_a_password_must_be_like_is_set_for_the_environment_and_counts_at_once() {
    each_engine(crate::support::domains(), |world| {
        let usual = json!({
            "object": "password_policy",
            "length_min": 10,
            "length_max": 256,
            "score_min": 3,
            "character_types": [],
            "email_allowed": false,
            "history_length": 0,
        });
        assert_eq!(world.call("password_policy.get", json!({})).unwrap(), usual);
        let change = json!({ "length_min": 30, "character_types": ["symbol"] });
        let set = world.call("password_policy.update", change).unwrap();
        assert_eq!((&set["length_min"], &set["score_min"]), (&json!(30), &json!(3)));
        let short = json!({ "email": "ada@acme.test", "password": "Violet-Harbour-Quince-31" });
        let error = world.call("users.create", short).unwrap_err();
        assert_eq!(error.code(), "password_strength_error");
        assert_eq!(error.fields()[0].code, "password_too_short");
        for bad in [
            json!({ "length_min": 7 }),
            json!({ "length_min": 300 }),
            json!({ "score_min": 5 }),
            json!({ "history_length": 11 }),
            json!({ "character_types": ["emoji"] }),
        ] {
            let error = world.call("password_policy.update", bad.clone()).unwrap_err();
            assert_eq!(error.status(), 422, "{bad}");
        }
        assert_eq!(world.call("password_policy.get", json!({})).unwrap(), set);
    });
}
