//! The moved clock: whatever lives by time in the sandbox heeds it, and nothing outside does.
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use vestibule_kernel::testing::{World, each_engine};

use crate::support::{domains, enable, refusal, seeded, sign_in, text};

fn ahead(world: &World, seconds: i64) -> Value {
    world.call("sandbox.move_clock", json!({ "seconds": seconds })).unwrap()
}

fn claims(token: &Value) -> Value {
    let token = text(token);
    let payload = BASE64URL_NOPAD.decode(token.split('.').nth(1).unwrap().as_bytes()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

#[test]
fn a_code_ends_when_the_clock_is_moved_past_it() {
    each_engine(domains(), |world| {
        enable(world);
        let made = world.call("magic_auth.create", json!({ "email": "ada@acme.test" })).unwrap();
        let moved = ahead(world, 601);
        assert_eq!(moved["now"], json!("2026-01-15T12:10:01.000Z"));
        assert_eq!(moved["ahead_seconds"], json!(601));
        let refused = refusal(world.call(
            "user_management.authenticate",
            json!({
                "grant_type": "urn:workos:oauth:grant-type:magic-auth:code",
                "client_id": "client_01", "client_secret": world.key.reveal(),
                "email": "ada@acme.test", "code": made["code"],
            }),
        ));
        assert_eq!(refused, (400, "one_time_code_expired".to_owned()));
        world.drain();
    });
}

#[test]
fn tokens_sessions_and_events_have_the_time_of_the_sandbox() {
    each_engine(domains(), |world| {
        seeded(world);
        let before = sign_in(world, "ada@seed.test").unwrap();
        ahead(world, 3600);
        let after = sign_in(world, "ada@seed.test").unwrap();
        let (before, after) = (claims(&before["access_token"]), claims(&after["access_token"]));
        for claim in ["iat", "exp", "auth_time"] {
            let (before, after) = (&before[claim], &after[claim]);
            assert_eq!(after.as_i64().unwrap() - before.as_i64().unwrap(), 3600, "{claim}");
        }
        let sessions = world.call("sessions.list", json!({ "id": "user_ada" })).unwrap();
        assert_eq!(sessions["data"][0]["created_at"], json!("2026-01-15T13:00:00.000Z"));
        ahead(world, 31 * 86_400);
        let sessions = world.call("sessions.list", json!({ "id": "user_ada" })).unwrap();
        assert_eq!(sessions["data"].as_array().map(Vec::len), Some(0), "they are over: {sessions}");
    });
}

#[test]
fn a_user_whose_password_changed_is_not_locked_out_by_a_moved_clock() {
    each_engine(domains(), |world| {
        seeded(world);
        ahead(world, 86_400);
        let input = json!({ "id": "user_ada", "password": "Another-Violet-Quince-77" });
        world.call("users.update", input).unwrap();
        assert!(sign_in(world, "ada@seed.test").is_err(), "the old password is no more");
        let input = json!({ "id": "user_ada", "password": crate::support::PASSWORD });
        world.call("users.update", input).unwrap();
        world.clock.advance_seconds(1);
        sign_in(world, "ada@seed.test").unwrap();
    });
}

#[test]
fn the_clock_of_one_sandbox_moves_no_other_environment() {
    each_engine(domains(), |world| {
        enable(world);
        let (other, _) = world.other_environment();
        ahead(world, 86_400);
        let flow = world.app.system(&other);
        assert_eq!(flow.now(), world.app.now());
        assert_eq!(flow.read(|cx| Ok(cx.now())).unwrap(), world.app.now());
        let own = world.flow();
        assert_eq!(own.now(), world.app.now().plus_days(1));
        assert_eq!(own.read(|cx| Ok(cx.machine_now())).unwrap(), world.app.now());
    });
}

#[test]
fn jobs_for_later_are_due_once_the_clock_is_there() {
    each_engine(domains(), |world| {
        enable(world);
        ahead(world, 86_400);
        let later = |cx: &mut vestibule_kernel::Cx<'_>| {
            let letter = vestibule_messages::Text {
                id: vestibule_kernel::id::MessageId::new(cx),
                to: "+15550100".to_owned(),
                text: "123456".to_owned(),
                expires_at: None,
            };
            cx.enqueue_at(vestibule_messages::SEND_TEXT, &letter, cx.now().plus_seconds(600))
        };
        world.flow().write(later).unwrap();
        world.drain();
        let found = world.call("sandbox_messages.list", json!({})).unwrap();
        assert_eq!(found["data"], json!([]), "not yet");
        ahead(world, 600);
        world.drain();
        let found = world.call("sandbox_messages.list", json!({})).unwrap();
        assert_eq!(found["data"][0]["code"], json!("123456"));
    });
}

#[test]
fn the_clock_goes_ahead_only_and_ten_years_at_the_most() {
    each_engine(domains(), |world| {
        enable(world);
        let out = |input: Value| refusal(world.call("sandbox.move_clock", input)).0;
        assert_eq!(out(json!({ "seconds": -1 })), 422);
        assert_eq!(out(json!({ "to": "2026-01-15T11:59:59Z" })), 422);
        assert_eq!(out(json!({ "seconds": 1, "to": "2026-01-15T13:00:00Z" })), 422);
        assert_eq!(out(json!({})), 422);
        let to = json!({ "to": "2030-01-01T00:00:00Z" });
        let moved = world.call("sandbox.move_clock", to).unwrap();
        assert_eq!(moved["now"], json!("2030-01-01T00:00:00.000Z"));
        assert_eq!(out(json!({ "seconds": 10 * 365 * 86_400 })), 422);
    });
}
