//! What pages of applications are told, and which.
use super::*;

fn add_stream(world: &World, organization: &str, destination: (&str, Value)) -> Value {
    let mut input = json!({ "organization_id": organization });
    input[destination.0] = destination.1;
    call(world, "audit_log_streams.create", input)
}

fn set_state(world: &World, stream: &Value, state: &str) {
    let input = json!({ "id": stream["id"], "state": state });
    call(world, "audit_log_streams.update", input);
}

/// How the sender found the receiver, so to speak.
fn fares(world: &World, stream: &Value, state: &'static str, error: &'static str) {
    let id = text(&stream["id"]).to_owned();
    let written = world.flow().write(move |cx| {
        let sql = "UPDATE audit_log_streams SET state = $3, error = $4
                   WHERE environment_id = $1 AND id = $2";
        let values = [cx.environment.into(), id.as_str().into(), state.into(), error.into()];
        cx.db().execute(sql, &values)
    });
    assert_eq!(written.unwrap(), 1);
}

#[test]
fn the_widget_is_told_of_the_stream_or_that_there_is_none() {
    each(|site| {
        let world = site.world;
        let ada = Member::of(world);
        let token = ada.token(world);
        let told = || {
            let seen = asks(site, &token, STREAM);
            assert_eq!(seen.status, StatusCode::OK, "{}", seen.text);
            assert_eq!(seen.header("cache-control"), "no-store");
            seen.json()
        };
        assert_eq!(told(), json!({}));
        let datadog = json!({ "api_key": "a-key-of-datadog-0123456789" });
        let stream = add_stream(world, &ada.organization, ("datadog", datadog));
        let mut shown = json!({
            "id": stream["id"], "state": "Active", "type": "Datadog", "errorMessage": null,
            "lastSyncedEventId": null, "auditLogTrailId": ada.organization,
        });
        assert_eq!(told(), shown);
        for (state, name) in [("error", "Error"), ("invalid", "Invalid")] {
            fares(world, &stream, state, "It answered 403.");
            shown["state"] = json!(name);
            shown["errorMessage"] = json!("It answered 403.");
            assert_eq!(told(), shown);
        }
        set_state(world, &stream, "inactive");
        assert_eq!(told()["state"], "Inactive");
    });
}

#[test]
fn of_several_streams_the_widget_is_told_of_the_oldest_that_is_switched_on_and_syslog_last() {
    each(|site| {
        let world = site.world;
        let ada = Member::of(world);
        let token = ada.token(world);
        let kind = || text(&asks(site, &token, STREAM).json()["type"]).to_owned();
        let syslog = json!({ "host": "logs.example" });
        let syslog = add_stream(world, &ada.organization, ("syslog", syslog));
        assert_eq!(kind(), "Syslog", "the widget shows the name of a type that it does not know");
        let to = json!({ "url": "https://logs.example/" });
        let https = add_stream(world, &ada.organization, ("generic_https", to));
        let splunk = json!({ "url": "https://splunk.example", "token": "a-token-of-splunk" });
        add_stream(world, &ada.organization, ("splunk", splunk));
        assert_eq!(kind(), "GenericHttps");
        set_state(world, &https, "inactive");
        assert_eq!(kind(), "Splunk");
        set_state(world, &https, "active");
        set_state(world, &syslog, "inactive");
        assert_eq!(kind(), "GenericHttps");
    });
}

#[test]
fn the_widget_reads_the_time_of_the_last_event_that_was_taken_out_of_its_id() {
    each(|site| {
        let world = site.world;
        let ada = Member::of(world);
        let to = json!({ "url": "https://logs.example/" });
        let stream = add_stream(world, &ada.organization, ("generic_https", to));
        let id = text(&stream["id"]).to_owned();
        let synced = world.flow().write(move |cx| {
            let sql = "UPDATE audit_log_streams SET last_synced_event_id = $3
                       WHERE environment_id = $1 AND id = $2";
            let event = "audit_log_event_01JCHGQ9DSRBZKH6NXT6SXFRZY";
            let values = [cx.environment.into(), id.as_str().into(), event.into()];
            cx.db().execute(sql, &values)
        });
        assert_eq!(synced.unwrap(), 1);
        let told = asks(site, &ada.token(world), STREAM).json();
        assert_eq!(told["lastSyncedEventId"], "01JCHGQ9DSRBZKH6NXT6SXFRZY");
    });
}

#[test]
fn the_settings_are_the_name_and_the_pictures_of_the_application_or_of_the_organization() {
    each(|site| {
        let world = site.world;
        let ada = Member::of(world);
        let token = ada.token(world);
        let settings = |token: &str| asks(site, token, SETTINGS).json();
        let mut told = json!({
            "object": "settings", "authkitOrigin": "http://127.0.0.1:4100",
            "logoDarkIconPath": null, "logoDarkPath": null,
            "logoLightIconPath": null, "logoLightPath": null, "teamName": "Vestibule",
        });
        assert_eq!(settings(&token), told);
        call(world, "branding.update", json!({ "application_name": "Rockets" }));
        let picture = crate::catalog::operation_inputs::PICTURE;
        let logo = json!({ "kind": "logo", "media_type": "image/png", "content": picture });
        let branding = call(world, "branding.set_image", logo);
        told["teamName"] = json!("Rockets");
        told["logoLightPath"] = branding["logo"]["url"].clone();
        assert!(told["logoLightPath"].is_string());
        assert_eq!(settings(&token), told);
        let own =
            json!({ "organization_id": ada.organization, "application_name": "Rockets of Acme" });
        call(world, "branding.update", own);
        assert_eq!(settings(&token)["teamName"], "Rockets of Acme");
        let alone = call(world, "widget_tokens.create", json!({ "user_id": ada.user }));
        assert_eq!(settings(text(&alone["token"])), told, "of the environment");
    });
}

#[test]
fn the_access_token_of_somebody_whose_role_permits_it_takes_the_place_of_a_widget_token() {
    each(|site| {
        let world = site.world;
        let ada = Member::of(world);
        let plain = Member::joins(world, &ada.organization, "plain@acme.test", "member");
        let token = ada.signs_in(world)["access_token"].clone();
        assert_eq!(asks(site, text(&token), STREAM).json(), json!({}));
        let token = plain.signs_in(world)["access_token"].clone();
        is_refused(&asks(site, text(&token), STREAM), StatusCode::FORBIDDEN, "no permission");
        assert_eq!(asks(site, text(&token), SETTINGS).status, StatusCode::OK);
    });
}

#[test]
fn a_page_of_an_origin_that_the_environment_lists_may_ask_and_no_other() {
    each(|site| {
        let world = site.world;
        let ada = Member::of(world);
        let token = ada.token(world);
        let from = |origin: &str| asks_from(site, Some(origin), Some(&token), STREAM);
        let allowed = |seen: &Seen| seen.header("access-control-allow-origin").to_owned();
        let seen = from(PAGE);
        assert_eq!((seen.status, allowed(&seen)), (StatusCode::FORBIDDEN, String::new()));
        call(world, "cors_origins.create", json!({ "origin": PAGE }));
        let seen = from(PAGE);
        assert_eq!((seen.status, allowed(&seen)), (StatusCode::OK, PAGE.to_owned()));
        // Another environment lists an origin for its own tokens.
        let (_, key) = world.other_environment();
        let other = "https://other.test";
        call_with(world, key.reveal(), "cors_origins.create", json!({ "origin": other })).unwrap();
        for origin in [other, "https://evil.test", "null", "https://app.acme.test.evil.test"] {
            let seen = from(origin);
            is_refused(&seen, StatusCode::FORBIDDEN, origin);
            assert_eq!(allowed(&seen), "", "{origin}");
        }
        // A page that may ask can read why it is refused, and what is not there yet.
        for (token, path, status) in [
            (None, STREAM, StatusCode::UNAUTHORIZED),
            (Some("x"), STREAM, StatusCode::UNAUTHORIZED),
            (Some(token.as_str()), "/_widgets/UserProfile/me", StatusCode::NOT_FOUND),
        ] {
            let seen = asks_from(site, Some(PAGE), token, path);
            is_refused(&seen, status, path);
            assert_eq!(allowed(&seen), PAGE);
        }
    });
}

#[test]
fn a_browser_may_send_what_widgets_send() {
    each(|site| {
        call(site.world, "cors_origins.create", json!({ "origin": PAGE }));
        let link = "/_widgets/admin-portal/generate-link";
        for (path, method) in [(STREAM, "GET"), (SETTINGS, "GET"), (link, "POST")] {
            let request = Request::builder()
                .method(Method::OPTIONS)
                .uri(path)
                .header(header::ORIGIN, PAGE)
                .header(header::ACCESS_CONTROL_REQUEST_METHOD, method);
            let seen = site.send(request.body(Body::empty()).unwrap());
            assert_eq!(seen.status, StatusCode::NO_CONTENT);
            assert_eq!(seen.header("access-control-allow-origin"), PAGE);
            let may = seen.header("access-control-allow-headers").to_lowercase();
            let may: Vec<&str> = may.split(", ").collect();
            for name in [
                "authorization",
                "content-type",
                "workos-widgets-type",
                "workos-widgets-version",
                "x-elevated-access-token",
            ] {
                assert!(may.contains(&name), "{name} in {may:?}");
            }
        }
        let wrong = Request::post(SETTINGS).body(Body::empty()).unwrap();
        is_refused(&site.send(wrong), StatusCode::METHOD_NOT_ALLOWED, "another method");
    });
}
