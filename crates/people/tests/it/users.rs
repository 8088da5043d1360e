//! Users.
use serde_json::{Map, Value, json};
use vestibule_kernel::Result;
use vestibule_kernel::id::UserId;
use vestibule_kernel::testing::{World, each_engine};
use vestibule_people::metadata::ExternalId;
use vestibule_people::users::{self, NewUser};

use crate::support::{PEOPLE, call_from, fields, id, ids, organization, refused};

const NOBODY: &str = "user_01ARZ3NDEKTSV4RRFFQ69G5FAV";
pub const GOOD_PASSWORD: &str = "Violet-Harbour-Quince-31";

pub fn make(world: &World, input: Value) -> Result<Value> {
    world.call("users.create", input)
}

/// A user of this address, and nothing else.
pub fn user(world: &World, email: &str) -> Value {
    make(world, json!({ "email": email })).unwrap()
}

pub fn update(world: &World, user: &Value, changes: Value) -> Result<Value> {
    let mut input = changes;
    input["id"] = user["id"].clone();
    world.call("users.update", input)
}

pub fn get(world: &World, user: &Value) -> Value {
    world.call("users.get", json!({ "id": user["id"] })).unwrap()
}

pub fn user_id(user: &Value) -> UserId {
    UserId::parse(id(user)).unwrap()
}

fn list(world: &World, input: Value) -> Vec<String> {
    let page = world.call("users.list", input).unwrap();
    ids(&page).into_iter().map(str::to_owned).collect()
}

/// The codes of the items of a refusal.
pub fn item_codes(error: &vestibule_kernel::Error) -> Vec<&str> {
    error.fields().iter().map(|it| it.code.as_ref()).collect()
}

#[test]
fn a_user_comes_back_as_it_was_made() {
    each_engine(PEOPLE, |world| {
        let made = make(
            world,
            json!({
                "email": " Marcelina@Example.test ",
                "first_name": "Marcelina",
                "last_name": "Davis",
                "name": "Marcelina Davis",
                "email_verified": true,
                "external_id": "crm/7",
                "metadata": { "timezone": "America/New_York" },
                "password": GOOD_PASSWORD,
                "ip_address": "203.0.113.42",
                "user_agent": "Mozilla/5.0",
                "signals_id": "01JBS0GN92GC2RJQS4X9DBPQ2A",
            }),
        )
        .unwrap();
        assert!(id(&made).starts_with("user_") && id(&made).len() == 31);
        assert_eq!(
            made,
            json!({
                "object": "user",
                "id": made["id"],
                "first_name": "Marcelina",
                "last_name": "Davis",
                "name": "Marcelina Davis",
                "profile_picture_url": null,
                "email": "Marcelina@Example.test",
                "email_verified": true,
                "external_id": "crm/7",
                "metadata": { "timezone": "America/New_York" },
                "last_sign_in_at": null,
                "locale": null,
                "created_at": "2026-01-15T12:00:00.000Z",
                "updated_at": "2026-01-15T12:00:00.000Z",
            })
        );
        assert_eq!(get(world, &made), made);
        let input = json!({ "external_id": "crm/7" });
        assert_eq!(world.call("users.get_by_external_id", input).unwrap(), made);
        assert_eq!(world.events(), [("user.created".to_owned(), made)]);
    });
}

#[test]
fn a_user_needs_nothing_but_an_address() {
    each_engine(PEOPLE, |world| {
        let nulls =
            ["first_name", "last_name", "name", "email_verified", "metadata", "external_id"]
                .map(|it| (it.to_owned(), Value::Null));
        let mut input: Map<String, Value> = nulls.into_iter().collect();
        input.extend(["password", "ip_address", "user_agent"].map(|it| (it.into(), Value::Null)));
        input.insert("email".to_owned(), json!("a@b.test"));
        let made = make(world, Value::Object(input)).unwrap();
        assert_eq!(made["email_verified"], json!(false));
        assert_eq!(made["metadata"], json!({}));
        for field in ["first_name", "last_name", "name", "external_id"] {
            assert_eq!(made[field], Value::Null);
        }
        let input = json!({ "id": made["id"] });
        assert_eq!(world.call("users.list_identities", input).unwrap(), json!([]));
    });
}

#[test]
fn an_address_belongs_to_one_user_whatever_its_case() {
    each_engine(PEOPLE, |world| {
        user(world, "Taken@Example.test");
        let done = make(world, json!({ "email": " tAKEN@example.TEST" }));
        let error = refused(done, 400, "user_creation_error");
        assert_eq!(
            error.body()["errors"],
            json!([{
                "code": "email_not_available",
                "message": "The e-mail address 'tAKEN@example.TEST' is already used by another user.",
            }])
        );
        assert_eq!(world.event_names(), ["user.created"]);
        // Another environment has users of its own.
        let (_, key) = world.other_environment();
        call_from(&key, world, "users.create", json!({ "email": "taken@example.test" })).unwrap();
    });
}

#[test]
fn of_many_who_want_one_address_at_once_one_has_it() {
    each_engine(PEOPLE, |world| {
        let done: Vec<Result<Value>> = std::thread::scope(|scope| {
            let create = || make(world, json!({ "email": "one@example.test" }));
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(create)).collect();
            threads.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let (made, others): (Vec<_>, Vec<_>) = done.into_iter().partition(Result::is_ok);
        assert_eq!((made.len(), others.len()), (1, 7));
        for other in others {
            refused(other, 400, "user_creation_error");
        }
        assert_eq!(world.event_names(), ["user.created"]);
    });
}

#[test]
fn what_is_no_address_is_refused() {
    each_engine(PEOPLE, |world| {
        for email in
            ["", "nobody", "a@", "@b.test", "a b@c.test", "a@b@c.test", "a@b.test\r\nTo: x"]
        {
            let error =
                refused(make(world, json!({ "email": email })), 422, "invalid_request_parameters");
            assert_eq!(
                (fields(&error), item_codes(&error)),
                (vec!["email"], vec!["invalid_email"])
            );
        }
        let error = refused(make(world, json!({})), 422, "invalid_request_parameters");
        assert_eq!((fields(&error), item_codes(&error)), (vec!["email"], vec!["required"]));
        assert_eq!(world.events(), []);
    });
}

#[test]
fn an_update_changes_what_it_names_and_nothing_else() {
    each_engine(PEOPLE, |world| {
        let made = make(
            world,
            json!({
                "email": "a@b.test",
                "first_name": "Before",
                "last_name": "Stays",
                "metadata": { "keep": "k", "drop": "d" },
            }),
        )
        .unwrap();
        world.clock.advance_seconds(60);
        let changes = json!({
            "first_name": "After",
            "name": "After Stays",
            "metadata": { "drop": null, "add": "a" },
            "locale": "de-DE",
        });
        let updated = update(world, &made, changes).unwrap();
        let mut expected = made.clone();
        expected["first_name"] = json!("After");
        expected["name"] = json!("After Stays");
        expected["metadata"] = json!({ "keep": "k", "add": "a" });
        expected["locale"] = json!("de-DE");
        expected["updated_at"] = json!("2026-01-15T12:01:00.000Z");
        assert_eq!(updated, expected);
        assert_eq!(get(world, &made), expected);
        let cleared = update(world, &made, json!({ "metadata": {}, "locale": null })).unwrap();
        assert_eq!((&cleared["metadata"], &cleared["locale"]), (&json!({}), &Value::Null));
        assert_eq!(world.events()[1], ("user.updated".to_owned(), expected));
    });
}

#[test]
fn an_update_that_changes_nothing_tells_nobody() {
    each_engine(PEOPLE, |world| {
        let made = make(world, json!({ "email": "a@b.test", "email_verified": true })).unwrap();
        world.clock.advance_seconds(60);
        for changes in [json!({}), json!({ "email": "a@b.test", "email_verified": true })] {
            assert_eq!(update(world, &made, changes).unwrap(), made);
        }
        assert_eq!(world.event_names(), ["user.created"]);
    });
}

#[test]
fn what_may_not_be_null_is_refused_when_it_is() {
    each_engine(PEOPLE, |world| {
        let made = user(world, "a@b.test");
        for field in ["email", "email_verified", "first_name", "last_name", "name", "password"] {
            let mut changes = json!({});
            changes[field] = Value::Null;
            let error = refused(update(world, &made, changes), 422, "invalid_request_parameters");
            assert_eq!(fields(&error), [field]);
        }
        assert_eq!(get(world, &made), made);
    });
}

#[test]
fn a_changed_address_is_unproven_until_someone_vouches_for_it() {
    each_engine(PEOPLE, |world| {
        let made = make(world, json!({ "email": "old@b.test", "email_verified": true })).unwrap();
        let cased = update(world, &made, json!({ "email": "Old@B.test" })).unwrap();
        assert_eq!(
            (&cased["email"], &cased["email_verified"]),
            (&json!("Old@B.test"), &json!(true))
        );
        let changed = update(world, &made, json!({ "email": " new@b.test " })).unwrap();
        assert_eq!(
            (&changed["email"], &changed["email_verified"]),
            (&json!("new@b.test"), &json!(false))
        );
        let both = json!({ "email": "newer@b.test", "email_verified": true });
        let vouched = update(world, &made, both).unwrap();
        assert_eq!(vouched["email_verified"], json!(true));
        // The old address is free again.
        user(world, "old@b.test");
    });
}

#[test]
fn a_changed_address_must_be_free_and_an_address() {
    each_engine(PEOPLE, |world| {
        user(world, "other@b.test");
        let made = user(world, "mover@b.test");
        refused(
            update(world, &made, json!({ "email": "OTHER@b.test" })),
            400,
            "email_not_available",
        );
        refused(update(world, &made, json!({ "email": "none" })), 400, "invalid_email");
        assert_eq!(get(world, &made), made);
    });
}

#[test]
fn an_unknown_language_is_refused() {
    each_engine(PEOPLE, |world| {
        let made = user(world, "a@b.test");
        for locale in ["no-such-locale", "", "DE-de"] {
            refused(update(world, &made, json!({ "locale": locale })), 400, "invalid_locale");
        }
        for locale in users::LOCALES {
            update(world, &made, json!({ "locale": locale })).unwrap();
        }
    });
}

#[test]
fn an_external_id_is_unique_among_users_and_clearable() {
    each_engine(PEOPLE, |world| {
        let first = make(world, json!({ "email": "1@b.test", "external_id": "x" })).unwrap();
        let taken = make(world, json!({ "email": "2@b.test", "external_id": "x" }));
        refused(taken, 400, "external_id_already_used");
        let second = user(world, "2@b.test");
        let taken = update(world, &second, json!({ "external_id": "x" }));
        refused(taken, 400, "external_id_already_used");
        let cleared = update(world, &first, json!({ "external_id": null })).unwrap();
        assert_eq!(cleared["external_id"], Value::Null);
        assert_eq!(
            update(world, &second, json!({ "external_id": "x" })).unwrap()["external_id"],
            json!("x")
        );
        // An organization's is another matter.
        let input = json!({ "name": "Acme", "external_id": "x" });
        world.call("organizations.create", input).unwrap();
        for bad in [json!(""), json!("ü"), json!("x".repeat(129))] {
            let done = update(world, &first, json!({ "external_id": bad }));
            refused(done, 422, "invalid_request_parameters");
        }
    });
}

#[test]
fn metadata_has_limits() {
    each_engine(PEOPLE, |world| {
        let many: Map<String, Value> = (0..51).map(|i| (format!("k{i}"), json!("v"))).collect();
        let made = user(world, "a@b.test");
        for bad in [
            json!({ "k".repeat(41): "v" }),
            json!({ "k": "v".repeat(601) }),
            json!({ "k": "ü" }),
            Value::Object(many),
        ] {
            let input = json!({ "email": "b@b.test", "metadata": bad });
            refused(make(world, input), 400, "invalid_metadata");
            refused(update(world, &made, json!({ "metadata": bad })), 400, "invalid_metadata");
        }
        assert_eq!(world.event_names(), ["user.created"]);
    });
}

#[test]
fn the_list_is_newest_first_and_goes_on_in_pages() {
    each_engine(PEOPLE, |world| {
        let made: Vec<Value> = (0..5)
            .map(|i| {
                world.clock.advance_seconds(1);
                user(world, &format!("{i}@b.test"))
            })
            .collect();
        let newest_first: Vec<&str> = made.iter().rev().map(id).collect();
        assert_eq!(list(world, json!({})), newest_first);
        let page = world.call("users.list", json!({ "limit": 2 })).unwrap();
        assert_eq!(ids(&page), newest_first[..2]);
        assert_eq!(page["data"][0], made[4]);
        assert_eq!(page["list_metadata"], json!({ "before": null, "after": newest_first[1] }));
        let after = json!({ "limit": 2, "after": newest_first[1] });
        assert_eq!(list(world, after), newest_first[2..4]);
        let oldest = list(world, json!({ "order": "asc", "limit": 1 }));
        assert_eq!(oldest, [newest_first[4]]);
        assert_eq!(list(world, json!({ "after": NOBODY })), [""; 0]);
    });
}

#[test]
fn the_list_is_filtered_by_address_and_by_organization() {
    each_engine(PEOPLE, |world| {
        let member = user(world, "Member@b.test");
        let former = user(world, "former@b.test");
        user(world, "stranger@b.test");
        let acme = organization(world, "Acme");
        let join = |user: &Value| {
            let input = json!({ "user_id": user["id"], "organization_id": acme["id"] });
            world.call("organization_memberships.create", input).unwrap()
        };
        join(&member);
        let left = join(&former);
        let input = json!({ "id": left["id"] });
        world.call("organization_memberships.deactivate", input).unwrap();
        assert_eq!(list(world, json!({ "email": " MEMBER@B.TEST" })), [id(&member)]);
        assert_eq!(list(world, json!({ "email": "ember@b.test" })), [""; 0]);
        for name in ["organization_id", "organization"] {
            assert_eq!(list(world, json!({ name: acme["id"] })), [id(&member)]);
        }
        let both = json!({ "email": "stranger@b.test", "organization_id": acme["id"] });
        assert_eq!(list(world, both), [""; 0]);
        assert_eq!(list(world, json!({ "organization_id": "org_unknown" })), [""; 0]);
    });
}

#[test]
fn a_deleted_user_is_gone_with_all_that_belonged_to_them() {
    each_engine(PEOPLE, |world| {
        let input = json!({ "email": "a@b.test", "external_id": "x", "password": GOOD_PASSWORD });
        let made = make(world, input).unwrap();
        let acme = organization(world, "Acme");
        let input = json!({ "user_id": made["id"], "organization_id": acme["id"] });
        let membership = world.call("organization_memberships.create", input).unwrap();
        let by_id = json!({ "id": made["id"] });
        assert_eq!(world.call("users.delete", by_id.clone()).unwrap(), Value::Null);
        for operation in ["users.get", "users.delete", "users.list_identities"] {
            refused(world.call(operation, by_id.clone()), 404, "entity_not_found");
        }
        let done = world.call("users.get_by_external_id", json!({ "external_id": "x" }));
        refused(done, 404, "entity_not_found");
        let done = world.call("organization_memberships.get", json!({ "id": membership["id"] }));
        refused(done, 404, "entity_not_found");
        let rows: i64 = world
            .flow()
            .read(|cx| {
                let sql = "SELECT (SELECT COUNT(*) FROM passwords WHERE environment_id = $1)
                                + (SELECT COUNT(*) FROM users WHERE environment_id = $1)";
                let values = [cx.environment.into()];
                cx.db().first(sql, &values)?.unwrap().take()
            })
            .unwrap();
        assert_eq!(rows, 0);
        let mut told = world.event_names();
        told.sort();
        assert!(told.contains(&"organization_membership.deleted".to_owned()));
        let deleted = world.events().into_iter().find(|it| it.0 == "user.deleted").unwrap();
        assert_eq!(deleted.1, made);
        user(world, "a@b.test");
    });
}

#[test]
fn nobody_sees_the_users_of_another_environment() {
    each_engine(PEOPLE, |world| {
        let input = json!({ "email": "a@b.test", "external_id": "x" });
        let made = make(world, input).unwrap();
        let (_, key) = world.other_environment();
        let by_id = json!({ "id": made["id"] });
        for operation in ["users.get", "users.update", "users.delete", "users.list_identities"] {
            let done = call_from(&key, world, operation, by_id.clone());
            let error = refused(done, 404, "entity_not_found");
            assert_eq!(error.message(), format!("User not found: '{}'.", id(&made)));
        }
        let input = json!({ "external_id": "x" });
        let done = call_from(&key, world, "users.get_by_external_id", input);
        refused(done, 404, "entity_not_found");
        let page = call_from(&key, world, "users.list", json!({ "email": "a@b.test" })).unwrap();
        assert_eq!(page["data"], json!([]));
        assert_eq!(get(world, &made), made);
    });
}

#[test]
fn an_unknown_user_is_not_found() {
    each_engine(PEOPLE, |world| {
        for operation in ["users.get", "users.update", "users.delete", "users.list_identities"] {
            let done = world.call(operation, json!({ "id": NOBODY }));
            let error = refused(done, 404, "entity_not_found");
            assert_eq!(error.message(), format!("User not found: '{NOBODY}'."));
        }
    });
}

#[test]
fn other_domains_make_users_with_pinned_ids_and_stamp_their_sign_ins() {
    each_engine(PEOPLE, |world| {
        let made = world
            .flow()
            .write(|cx| {
                let new = NewUser {
                    id: Some(UserId::parse("user_pinned")?),
                    email: "Pinned@b.test".to_owned(),
                    external_id: Some(ExternalId::parse("x")?),
                    locale: Some("en".to_owned()),
                    ..NewUser::default()
                };
                users::create(cx, new)
            })
            .unwrap();
        let id = made.id.clone();
        world.clock.advance_seconds(5);
        world
            .flow()
            .write(move |cx| {
                assert!(users::get_by_email(cx, " pinned@B.test")?.is_some());
                users::stamp_sign_in(cx, &id)?;
                let verified = users::set_email_verified(cx, &id)?;
                assert!(verified.email_verified);
                // It is verified already: there is nothing to tell.
                users::set_email_verified(cx, &id).map(|_| ())
            })
            .unwrap();
        let seen = world.call("users.get", json!({ "id": "user_pinned" })).unwrap();
        assert_eq!(seen["last_sign_in_at"], json!("2026-01-15T12:00:05.000Z"));
        assert_eq!(world.event_names(), ["user.created", "user.updated"]);
    });
}

#[test]
fn the_list_of_a_large_organization_is_that_of_a_small_one() {
    each_engine(PEOPLE, |world| {
        let acme = organization(world, "Acme");
        let organization_id = id(&acme).to_owned();
        // 2,400 users, of whom all but every tenth are members.
        world
            .flow()
            .write(move |cx| {
                let numbers = "WITH RECURSIVE numbers (n) AS
                    (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2400)";
                let sql = format!(
                    "{numbers} INSERT INTO users (environment_id, id, email, email_folded,
                        email_verified, metadata, created_at, updated_at)
                     SELECT CAST($1 AS TEXT), 'user_' || n, n || '@b.test', n || '@b.test', FALSE,
                        '{{}}', n, n FROM numbers"
                );
                let values = [cx.environment.into()];
                cx.db().execute(&sql, &values)?;
                let sql = format!(
                    "{numbers} INSERT INTO organization_memberships (environment_id, id, user_id,
                        organization_id, status, directory_managed, custom_attributes,
                        created_at, updated_at)
                     SELECT CAST($1 AS TEXT), 'om_' || n, 'user_' || n, CAST($2 AS TEXT), 'active',
                        FALSE, '{{}}', 0, 0 FROM numbers WHERE n % 10 <> 0"
                );
                let values = [cx.environment.into(), organization_id.as_str().into()];
                cx.db().execute(&sql, &values)
            })
            .unwrap();
        let input = json!({ "organization_id": acme["id"], "limit": 2, "order": "asc" });
        assert_eq!(list(world, input), ["user_1", "user_2"]);
        let input = json!({ "organization_id": acme["id"], "limit": 3, "after": "user_2392" });
        assert_eq!(list(world, input), ["user_2391", "user_2389", "user_2388"]);
        let input = json!({ "organization_id": acme["id"], "email": "10@b.test" });
        assert_eq!(list(world, input), [""; 0]);
    });
}

#[test]
fn a_user_whom_a_directory_looks_after_is_neither_deleted_nor_moved() {
    each_engine(PEOPLE, |world| {
        let made = user(world, "a@b.test");
        let acme = organization(world, "Acme");
        let input = json!({ "user_id": made["id"], "organization_id": acme["id"] });
        world.call("organization_memberships.create", input).unwrap();
        world
            .flow()
            .write(|cx| {
                let sql = "UPDATE organization_memberships SET directory_managed = TRUE
                           WHERE environment_id = $1";
                let values = [cx.environment.into()];
                cx.db().execute(sql, &values)
            })
            .unwrap();
        let done = world.call("users.delete", json!({ "id": made["id"] }));
        refused(done, 409, "user_deletion_not_allowed");
        refused(
            update(world, &made, json!({ "email": "b@b.test" })),
            400,
            "email_change_not_allowed",
        );
        let input = json!({ "id": made["id"], "new_email": "b@b.test" });
        refused(world.call("email_change.send", input), 409, "email_change_not_allowed");
        assert_eq!(get(world, &made), made);
        // All else may change.
        update(world, &made, json!({ "email": "A@b.test", "first_name": "Ada" })).unwrap();
    });
}
