//! E-mail addresses: how they are proven and changed, and the identities that carry them.
use serde_json::{Value, json};
use vestibule_kernel::testing::{Domains, World, each_engine};
use vestibule_kernel::{Request, Result};
use vestibule_messages::inbox;
use vestibule_people::identities::{self, NewIdentity, Provider};

use crate::codes::wrong;
use crate::support::{PEOPLE, call_from, id, refused};
use crate::users::{get, make, update, user, user_id};

/// This crate, and what sends its mails.
const MAILING: Domains = Domains { handlers: vestibule_messages::HANDLERS, ..PEOPLE };
const NOBODY: &str = "user_01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn send(world: &World, user: &Value) -> Result<Value> {
    world.call("email_verification.send", json!({ "id": user["id"] }))
}

fn confirm(world: &World, user: &Value, code: &str) -> Result<Value> {
    world.call("email_verification.confirm", json!({ "id": user["id"], "code": code }))
}

fn send_change(world: &World, user: &Value, email: &str) -> Result<Value> {
    world.call("email_change.send", json!({ "id": user["id"], "new_email": email }))
}

fn confirm_change(world: &World, user: &Value, code: &str) -> Result<Value> {
    world.call("email_change.confirm", json!({ "id": user["id"], "code": code }))
}

/// The code in the newest mail, which must have gone to this address.
fn mailed(world: &World, to: &str) -> String {
    world.drain();
    let mails = world.flow().read(inbox::list).unwrap();
    let newest = &mails[0];
    assert_eq!(newest.to, to);
    let code = newest.text.split(|it: char| !it.is_ascii_digit()).find(|it| it.len() == 6);
    code.unwrap().to_owned()
}

fn mails(world: &World) -> usize {
    world.drain();
    world.flow().read(inbox::list).unwrap().len()
}

fn last_event(world: &World) -> (String, Value) {
    world.events().pop().unwrap()
}

#[test]
fn a_code_comes_by_mail_and_proves_the_address() {
    each_engine(MAILING, |world| {
        let made = user(world, "Ada@b.test");
        assert_eq!(send(world, &made).unwrap(), json!({ "user": made }));
        let code = mailed(world, "Ada@b.test");
        let (name, created) = last_event(world);
        assert_eq!(name, "email_verification.created");
        let expected = json!({
            "object": "email_verification",
            "id": created["id"],
            "user_id": made["id"],
            "email": "Ada@b.test",
            "expires_at": "2026-01-15T12:10:00.000Z",
            "created_at": "2026-01-15T12:00:00.000Z",
            "updated_at": "2026-01-15T12:00:00.000Z",
        });
        assert_eq!(created, expected);
        assert!(id(&created).starts_with("email_verification_"));
        let input = json!({ "id": created["id"] });
        let read = world.call("email_verification.get", input.clone()).unwrap();
        let mut with_code = expected;
        with_code["code"] = json!(code);
        assert_eq!(read, with_code);
        let (_, key) = world.other_environment();
        let done = call_from(&key, world, "email_verification.get", input);
        refused(done, 404, "entity_not_found");

        world.clock.advance_seconds(1);
        let request = Request {
            credential: Some(world.key.clone()),
            ip_address: Some("203.0.113.42".to_owned()),
            user_agent: Some("Node".to_owned()),
            ..Request::default()
        };
        let input = json!({ "id": made["id"], "code": code });
        let reply = world.call_as(request, "email_verification.confirm", input).unwrap();
        let mut verified = made.clone();
        verified["email_verified"] = json!(true);
        verified["updated_at"] = json!("2026-01-15T12:00:01.000Z");
        assert_eq!(reply.json().unwrap(), json!({ "user": verified }));
        let events = world.events();
        assert_eq!(events[2], ("user.updated".to_owned(), verified));
        assert_eq!(
            events[3],
            (
                "authentication.email_verification_succeeded".to_owned(),
                json!({
                    "type": "email_verification",
                    "status": "succeeded",
                    "user_id": made["id"],
                    "email": "Ada@b.test",
                    "ip_address": "203.0.113.42",
                    "user_agent": "Node",
                })
            )
        );
        refused(confirm(world, &made, &code), 400, "email_previously_verified");
        refused(send(world, &made), 400, "email_already_verified");
    });
}

#[test]
fn a_wrong_code_is_told_of_and_counted_though_the_call_is_refused() {
    each_engine(MAILING, |world| {
        let made = user(world, "ada@b.test");
        refused(confirm(world, &made, "123456"), 400, "email_verification_code_incorrect");
        send(world, &made).unwrap();
        let code = mailed(world, "ada@b.test");
        for _ in 0..10 {
            let done = confirm(world, &made, wrong(&code));
            refused(done, 400, "email_verification_code_incorrect");
        }
        let (name, failed) = last_event(world);
        assert_eq!(name, "authentication.email_verification_failed");
        assert_eq!(
            failed,
            json!({
                "type": "email_verification",
                "status": "failed",
                "user_id": made["id"],
                "email": "ada@b.test",
                "ip_address": null,
                "user_agent": null,
                "error": {
                    "code": "email_verification_code_incorrect",
                    "message": "This is not the code that was mailed last.",
                },
            })
        );
        // The right one comes too late.
        refused(confirm(world, &made, &code), 400, "email_verification_code_expired");
        assert_eq!(get(world, &made), made);
    });
}

#[test]
fn an_old_code_and_a_used_one_prove_nothing() {
    each_engine(MAILING, |world| {
        let made = user(world, "ada@b.test");
        send(world, &made).unwrap();
        let code = mailed(world, "ada@b.test");
        world.clock.advance_seconds(600);
        refused(confirm(world, &made, &code), 400, "email_verification_code_expired");
        send(world, &made).unwrap();
        let code = mailed(world, "ada@b.test");
        confirm(world, &made, &code).unwrap();
        update(world, &made, json!({ "email_verified": false })).unwrap();
        refused(confirm(world, &made, &code), 400, "email_verification_code_previously_used");
    });
}

#[test]
fn a_newer_code_makes_the_older_one_void() {
    each_engine(MAILING, |world| {
        let made = user(world, "ada@b.test");
        send(world, &made).unwrap();
        let first = mailed(world, "ada@b.test");
        world.clock.advance_seconds(1);
        send(world, &made).unwrap();
        let second = mailed(world, "ada@b.test");
        assert_ne!(first, second);
        refused(confirm(world, &made, &first), 400, "email_verification_code_incorrect");
        confirm(world, &made, &second).unwrap();
    });
}

#[test]
fn a_code_for_an_old_address_does_not_prove_a_new_one() {
    each_engine(MAILING, |world| {
        let made = user(world, "mine@b.test");
        send(world, &made).unwrap();
        let code = mailed(world, "mine@b.test");
        update(world, &made, json!({ "email": "victim@b.test" })).unwrap();
        refused(confirm(world, &made, &code), 400, "email_verification_code_incorrect");
        assert_eq!(get(world, &made)["email_verified"], json!(false));
    });
}

#[test]
fn an_address_is_sent_three_codes_a_minute_and_fifty_a_day() {
    each_engine(MAILING, |world| {
        let made = user(world, "ada@b.test");
        for _ in 0..3 {
            send(world, &made).unwrap();
        }
        let error = refused(send(world, &made), 429, "too_many_requests");
        assert_eq!(error.retry_after_seconds(), Some(60));
        assert_eq!(mails(world), 3);
        for sent in 3..50 {
            if sent % 3 == 0 {
                world.drain();
                world.clock.advance_seconds(60);
            }
            send(world, &made).unwrap();
        }
        world.drain();
        world.clock.advance_seconds(60);
        refused(send(world, &made), 429, "daily_quota_exceeded");
        assert_eq!(mails(world), 50);
        world.clock.advance_seconds(86_400);
        send(world, &made).unwrap();
        world.drain();
    });
}

#[test]
fn a_change_is_confirmed_with_the_code_from_the_new_address() {
    each_engine(MAILING, |world| {
        let made = make(world, json!({ "email": "old@b.test", "email_verified": true })).unwrap();
        let sent = send_change(world, &made, " New@b.test ").unwrap();
        let expected = json!({
            "object": "email_change",
            "user": made,
            "new_email": "New@b.test",
            "expires_at": "2026-01-15T12:10:00.000Z",
            "created_at": "2026-01-15T12:00:00.000Z",
        });
        assert_eq!(sent, expected);
        let code = mailed(world, "New@b.test");
        assert_eq!(get(world, &made), made);
        refused(confirm_change(world, &made, wrong(&code)), 400, "email_change_code_incorrect");
        world.clock.advance_seconds(1);
        let confirmed = confirm_change(world, &made, &code).unwrap();
        let mut changed = made.clone();
        changed["email"] = json!("New@b.test");
        changed["updated_at"] = json!("2026-01-15T12:00:01.000Z");
        let expected = json!({ "object": "email_change_confirmation", "user": changed });
        assert_eq!(confirmed, expected);
        assert_eq!(last_event(world), ("user.updated".to_owned(), changed));
        refused(confirm_change(world, &made, &code), 409, "email_change_code_previously_used");
        // The old address is free again.
        user(world, "old@b.test");
    });
}

#[test]
fn a_change_that_is_none_or_to_a_taken_address_is_refused() {
    each_engine(MAILING, |world| {
        let made = user(world, "mover@b.test");
        user(world, "other@b.test");
        refused(send_change(world, &made, "MOVER@b.test"), 409, "email_change_not_needed");
        refused(send_change(world, &made, "Other@b.test"), 409, "email_not_available");
        refused(send_change(world, &made, "none"), 422, "invalid_email");
        refused(confirm_change(world, &made, "123456"), 409, "no_pending_email_change");
        let unknown = json!({ "id": NOBODY });
        refused(send_change(world, &unknown, "x@b.test"), 404, "entity_not_found");
        refused(confirm_change(world, &unknown, "123456"), 404, "entity_not_found");
        assert_eq!(mails(world), 0);
    });
}

#[test]
fn an_address_that_was_taken_meanwhile_is_refused() {
    each_engine(MAILING, |world| {
        let made = user(world, "mover@b.test");
        send_change(world, &made, "wanted@b.test").unwrap();
        let code = mailed(world, "wanted@b.test");
        user(world, "wanted@b.test");
        refused(confirm_change(world, &made, &code), 409, "email_not_available");
        assert_eq!(get(world, &made), made);
    });
}

#[test]
fn a_change_ends_with_its_code() {
    each_engine(MAILING, |world| {
        let made = user(world, "mover@b.test");
        send_change(world, &made, "first@b.test").unwrap();
        let first = mailed(world, "first@b.test");
        world.clock.advance_seconds(1);
        // A newer request takes the place of the older one.
        send_change(world, &made, "second@b.test").unwrap();
        let second = mailed(world, "second@b.test");
        refused(confirm_change(world, &made, &first), 400, "email_change_code_incorrect");
        world.clock.advance_seconds(600);
        refused(confirm_change(world, &made, &second), 400, "email_change_code_expired");
        send_change(world, &made, "third@b.test").unwrap();
        let third = mailed(world, "third@b.test");
        for _ in 0..10 {
            let done = confirm_change(world, &made, wrong(&third));
            refused(done, 400, "email_change_code_incorrect");
        }
        refused(confirm_change(world, &made, &third), 429, "email_change_too_many_attempts");
        assert_eq!(get(world, &made), made);
    });
}

#[test]
fn a_waiting_change_does_not_undo_what_the_application_decided_after() {
    each_engine(MAILING, |world| {
        let made = user(world, "ada@b.test");
        send_change(world, &made, "thief@b.test").unwrap();
        let code = mailed(world, "thief@b.test");
        update(world, &made, json!({ "email": "safe@b.test" })).unwrap();
        refused(confirm_change(world, &made, &code), 409, "no_pending_email_change");
        assert_eq!(get(world, &made)["email"], json!("safe@b.test"));
    });
}

#[test]
fn changes_cannot_be_used_to_flood_strangers_with_mail() {
    each_engine(MAILING, |world| {
        let made = user(world, "ada@b.test");
        for i in 0..3 {
            send_change(world, &made, &format!("stranger{i}@b.test")).unwrap();
        }
        refused(send_change(world, &made, "stranger3@b.test"), 429, "too_many_requests");
        assert_eq!(mails(world), 3);
    });
}

#[test]
fn identities_are_listed_and_stay_only_as_long_as_their_address() {
    each_engine(MAILING, |world| {
        let made = user(world, "ada@b.test");
        let link = |provider: Provider, idp_id: &str, email: &str| {
            let new = NewIdentity {
                user_id: user_id(&made),
                provider: provider.name().to_owned(),
                idp_id: idp_id.to_owned(),
                email: email.to_owned(),
            };
            world.flow().write(move |cx| identities::link(cx, &new))
        };
        link(Provider::Github, "1", "Ada@b.test").unwrap();
        world.clock.advance_seconds(1);
        link(Provider::Google, "2", "other@b.test").unwrap();
        assert_eq!(link(Provider::Github, "1", "x@b.test").unwrap_err().status(), 409);
        let list = || world.call("users.list_identities", json!({ "id": made["id"] })).unwrap();
        assert_eq!(
            list(),
            json!([
                { "idp_id": "1", "type": "OAuth", "provider": "GithubOAuth" },
                { "idp_id": "2", "type": "OAuth", "provider": "GoogleOAuth" },
            ])
        );
        let owner = || world.flow().read(|cx| identities::user_of(cx, "GithubOAuth", "1")).unwrap();
        assert_eq!(owner(), Some(user_id(&made)));
        update(world, &made, json!({ "email": "OTHER@b.test" })).unwrap();
        let left = json!([{ "idp_id": "2", "type": "OAuth", "provider": "GoogleOAuth" }]);
        assert_eq!(list(), left);
        assert_eq!(owner(), None);

        // One of a provider of their own is in the whole list alone.
        let own = NewIdentity {
            user_id: user_id(&made),
            provider: "acme-id".to_owned(),
            idp_id: "1".to_owned(),
            email: "other@b.test".to_owned(),
        };
        world.clock.advance_seconds(1);
        world.flow().write(move |cx| identities::link(cx, &own)).unwrap();
        assert_eq!(list(), left);
        let whole = || {
            let list = world.call("users.list_linked_accounts", json!({ "id": made["id"] }));
            list.unwrap()["data"].as_array().unwrap().clone()
        };
        assert_eq!((whole().len(), &whole()[1]["provider"]), (2, &json!("acme-id")));
        let unlink = |id: &Value| {
            let input = json!({ "user_id": made["id"], "id": id });
            world.call("users.unlink_account", input)
        };
        unlink(&whole()[1]["id"]).unwrap();
        assert_eq!(unlink(&json!("identity_nobody")).unwrap_err().status(), 404);
        assert_eq!(whole().len(), 1);
    });
}
