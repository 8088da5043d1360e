use serde_json::{Value, json};
use vestibule_kernel::testing::{Domains, each_engine};
use vestibule_signin::{cors_origins, redirect_uris};

const DOMAINS: Domains =
    Domains { operations: vestibule_signin::OPERATIONS, reactions: &[], handlers: &[] };

fn uris(page: &Value) -> Vec<(&str, bool)> {
    let data = page["data"].as_array().unwrap();
    data.iter().map(|it| (it["uri"].as_str().unwrap(), it["default"].as_bool().unwrap())).collect()
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
            "sign_up": true,
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
        });
        let set = world.call("sign_in_policy.update", change).unwrap();
        let mut expected = defaults;
        expected["magic_auth"] = json!(false);
        expected["second_factor"] = json!("required");
        expected["inactivity_seconds"] = json!(3600);
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
            "auth_methods": ["password"],
            "session_timeout": 2_592_000,
            "mfa_policy": "required",
        });
        assert_eq!(current, expected);
    });
}
