//! Waitlists.
use serde_json::{Value, json};
use vestibule_kernel::Result;
use vestibule_kernel::job::Handler;
use vestibule_kernel::testing::{Domains, World, each_engine};
use vestibule_messages::inbox;
use vestibule_people::users::EmailAddress;
use vestibule_people::waitlists;

use crate::memberships::user;
use crate::support::{PEOPLE, call_from, fields, id, ids, refused};

/// This crate, with mail into the inbox.
const WITH_MAIL: Domains =
    Domains { handlers: &[HANDLER, vestibule_messages::HANDLERS[0]], ..PEOPLE };
const HANDLER: Handler = vestibule_people::HANDLERS[0];

fn join(world: &World, email: &str) -> Value {
    world.call("waitlist_entries.create", json!({ "id": "default", "email": email })).unwrap()
}

fn call(world: &World, verb: &str, entry: &Value) -> Result<Value> {
    let done = world.call(&format!("waitlist_entries.{verb}"), json!({ "id": entry["id"] }));
    world.drain();
    done
}

fn entries(world: &World, more: Value) -> Value {
    let mut input = json!({ "id": "default" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.call("waitlist_entries.list", input).unwrap()
}

/// The addresses of all mails, oldest first.
fn mailed(world: &World) -> Vec<String> {
    world.drain();
    let all = world.flow().read(inbox::list).unwrap();
    all.into_iter().rev().map(|it| it.to).collect()
}

#[test]
fn the_default_waitlist_begins_with_its_first_entry() {
    each_engine(PEOPLE, |world| {
        assert_eq!(world.call("waitlists.list", json!({})).unwrap()["data"], json!([]));
        let input = json!({ "id": "default" });
        refused(world.call("waitlists.get", input.clone()), 404, "entity_not_found");
        refused(world.call("waitlist_entries.list", input.clone()), 404, "entity_not_found");
        let entry = join(world, "Ada@X.test");
        assert!(id(&entry).starts_with("wl_user_"), "{entry}");
        assert_eq!(
            (&entry["object"], &entry["state"]),
            (&json!("waitlist_entry"), &json!("pending"))
        );
        assert_eq!((&entry["email"], &entry["approved_at"]), (&json!("Ada@X.test"), &json!(null)));
        let waitlist = world.call("waitlists.get", input).unwrap();
        assert_eq!(
            (&waitlist["object"], &waitlist["id"]),
            (&json!("waitlist"), &entry["waitlist_id"])
        );
        let by_id = world.call("waitlists.get", json!({ "id": waitlist["id"] })).unwrap();
        assert_eq!(by_id, waitlist);
        let all = world.call("waitlists.list", json!({})).unwrap();
        assert_eq!(all["data"], json!([waitlist]));
        assert_eq!(all["list_metadata"], json!({ "before": null, "after": null }));
        assert_eq!(world.event_names(), ["waitlist_user.created"]);
        refused(
            world.call(
                "waitlist_entries.create",
                json!({ "id": "waitlist_no", "email": "b@x.test" }),
            ),
            404,
            "entity_not_found",
        );
    });
}

#[test]
fn an_address_waits_once_and_is_answered_as_it_waits() {
    each_engine(WITH_MAIL, |world| {
        let input = json!({
            "id": "default", "email": "ada@x.test", "additional_fields": { "team": "Zürich" },
            "send_confirmation_email": true,
        });
        let first = world.call("waitlist_entries.create", input).unwrap();
        assert_eq!(first["additional_fields"], json!({ "team": "Zürich" }));
        world.clock.advance_seconds(5);
        let input = json!({
            "id": "default", "email": "ADA@x.test", "additional_fields": { "team": "Other" },
            "send_confirmation_email": true,
        });
        assert_eq!(world.call("waitlist_entries.create", input).unwrap(), first);
        assert_eq!(mailed(world), ["ada@x.test"]);
        assert_eq!(world.event_names(), ["waitlist_user.created"]);
    });
}

#[test]
fn a_confirmation_is_mailed_only_where_it_is_asked_for_and_on() {
    each_engine(WITH_MAIL, |world| {
        join(world, "a@x.test");
        let settings = json!({ "confirmation_email": false });
        let shown = world.call("waitlist_settings.update", settings).unwrap();
        assert_eq!(shown, world.call("waitlist_settings.get", json!({})).unwrap());
        let input =
            json!({ "id": "default", "email": "b@x.test", "send_confirmation_email": true });
        world.call("waitlist_entries.create", input).unwrap();
        assert_eq!(mailed(world), [""; 0]);
    });
}

#[test]
fn what_cannot_be_kept_is_refused_and_who_has_an_account_too() {
    each_engine(PEOPLE, |world| {
        user(world, "ada@x.test");
        let create = |input: Value| {
            let mut all = json!({ "id": "default", "email": "b@x.test" });
            all.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
            world.call("waitlist_entries.create", all)
        };
        refused(create(json!({ "email": "Ada@X.test" })), 422, "user_already_exists");
        let error = create(json!({ "email": "nobody" })).unwrap_err();
        assert_eq!((error.status(), fields(&error)), (422, vec!["email"]));
        let many: serde_json::Map<_, _> = (0..51).map(|n| (format!("k{n}"), json!("v"))).collect();
        for fields in [
            json!({ "k".repeat(41): "v" }),
            json!({ "": "v" }),
            json!({ "k": "v".repeat(601) }),
            Value::Object(many),
        ] {
            assert_eq!(create(json!({ "additional_fields": fields })).unwrap_err().status(), 422);
        }
        let most: serde_json::Map<_, _> =
            (0..50).map(|n| (format!("{n:0>40}"), json!("é".repeat(600)))).collect();
        assert!(create(json!({ "additional_fields": most })).is_ok());
    });
}

#[test]
fn approving_invites_and_can_reverse_a_denial_but_not_itself() {
    each_engine(WITH_MAIL, |world| {
        let entry = join(world, "ada@x.test");
        let denied = call(world, "deny", &entry).unwrap();
        assert_eq!((&denied["state"], &denied["approved_at"]), (&json!("denied"), &json!(null)));
        refused(call(world, "deny", &entry), 422, "invalid_state");
        assert_eq!(mailed(world), [""; 0], "nobody is told that they were denied");
        world.clock.advance_seconds(60);
        let approved = call(world, "approve", &entry).unwrap();
        assert_eq!(approved["state"], json!("approved"));
        assert_eq!(approved["approved_at"], json!("2026-01-15T12:01:00.000Z"));
        assert_eq!(approved["updated_at"], approved["approved_at"]);
        assert_eq!(mailed(world), ["ada@x.test"]);
        refused(call(world, "approve", &entry), 422, "invalid_state");
        refused(call(world, "deny", &entry), 422, "invalid_state");
        let invited = world.call("invitations.list", json!({ "email": "ada@x.test" })).unwrap();
        assert_eq!(invited["data"].as_array().map(Vec::len), Some(1));
        assert_eq!(invited["data"][0]["organization_id"], json!(null));
        let names = world.event_names();
        let expected = [
            "waitlist_user.created",
            "waitlist_user.denied",
            "waitlist_user.approved",
            "invitation.created",
        ];
        assert_eq!(names, expected);
    });
}

#[test]
fn who_is_invited_or_has_an_account_by_now_is_approved_without_another_invitation() {
    each_engine(WITH_MAIL, |world| {
        let (ada, grace) = (join(world, "ada@x.test"), join(world, "grace@x.test"));
        world.call("invitations.create", json!({ "email": "Ada@x.test" })).unwrap();
        user(world, "grace@x.test");
        for entry in [&ada, &grace] {
            assert_eq!(call(world, "approve", entry).unwrap()["state"], json!("approved"));
        }
        assert_eq!(mailed(world), ["Ada@x.test"]);
    });
}

#[test]
fn entries_are_listed_by_state_and_address_page_by_page() {
    each_engine(WITH_MAIL, |world| {
        let mut made = Vec::new();
        for name in ["a", "b", "c"] {
            made.push(join(world, &format!("{name}@x.test")));
            world.clock.advance_seconds(1);
        }
        call(world, "approve", &made[0]).unwrap();
        call(world, "deny", &made[1]).unwrap();
        assert_eq!(ids(&entries(world, json!({}))), [id(&made[2]), id(&made[1]), id(&made[0])]);
        for (state, n) in [("approved", 0), ("denied", 1), ("pending", 2)] {
            assert_eq!(ids(&entries(world, json!({ "state": state }))), [id(&made[n])]);
        }
        assert_eq!(ids(&entries(world, json!({ "email": "B@x.test" }))), [id(&made[1])]);
        let page = entries(world, json!({ "limit": 1, "order": "asc" }));
        assert_eq!(ids(&page), [id(&made[0])]);
        let after = page["list_metadata"]["after"].clone();
        let page = entries(world, json!({ "limit": 1, "order": "asc", "after": after }));
        assert_eq!(ids(&page), [id(&made[1])]);
    });
}

#[test]
fn a_deleted_entry_can_join_again_and_its_invitation_stays() {
    each_engine(WITH_MAIL, |world| {
        let entry = join(world, "ada@x.test");
        call(world, "approve", &entry).unwrap();
        call(world, "delete", &entry).unwrap();
        refused(call(world, "delete", &entry), 404, "entity_not_found");
        let again = join(world, "ada@x.test");
        assert_ne!(again["id"], entry["id"]);
        let invited = world.call("invitations.list", json!({})).unwrap();
        assert_eq!(invited["data"][0]["state"], json!("pending"));
    });
}

#[test]
fn the_page_tells_nobody_whether_an_address_has_an_account() {
    each_engine(WITH_MAIL, |world| {
        user(world, "ada@x.test");
        join(world, "waits@x.test");
        for email in ["ada@x.test", "waits@x.test", "new@x.test"] {
            let email = EmailAddress::parse(email).unwrap();
            world.flow().write(move |cx| waitlists::join_by_page(cx, &email)).unwrap();
        }
        assert_eq!(mailed(world), ["new@x.test"], "it alone has joined just now");
        assert_eq!(entries(world, json!({}))["data"].as_array().map(Vec::len), Some(2));
    });
}

#[test]
fn another_environment_sees_none_of_it() {
    each_engine(PEOPLE, |world| {
        let (_, key) = world.other_environment();
        let entry = join(world, "ada@x.test");
        let from =
            |operation: &str, id: &Value| call_from(&key, world, operation, json!({ "id": id }));
        refused(from("waitlists.get", &entry["waitlist_id"]), 404, "entity_not_found");
        refused(from("waitlists.get", &json!("default")), 404, "entity_not_found");
        refused(from("waitlist_entries.list", &entry["waitlist_id"]), 404, "entity_not_found");
        for verb in ["approve", "deny", "delete"] {
            let operation = format!("waitlist_entries.{verb}");
            refused(from(&operation, &entry["id"]), 404, "entity_not_found");
        }
        let input = json!({ "id": "default", "email": "ada@x.test" });
        let theirs = call_from(&key, world, "waitlist_entries.create", input).unwrap();
        assert_ne!(theirs["id"], entry["id"], "an address waits once in each environment");
    });
}

#[test]
fn who_cannot_be_mailed_is_approved_all_the_same() {
    each_engine(WITH_MAIL, |world| {
        let entry = join(world, "ada@x.invalid");
        assert_eq!(call(world, "approve", &entry).unwrap()["state"], json!("approved"));
        let invited = world.call("invitations.list", json!({})).unwrap();
        assert_eq!(invited["data"], json!([]));
    });
}
