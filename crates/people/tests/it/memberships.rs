//! Memberships.
use serde_json::{Value, json};
use vestibule_kernel::Result;
use vestibule_kernel::testing::{World, each_engine};
use vestibule_people::memberships::{self, RoleClaims};
use vestibule_people::users::{self, NewUser};

use crate::permissions::permission;
use crate::roles::{allow_multiple_roles, role};
use crate::support::{PEOPLE, call_from, id, ids, organization, refused};

/// A user with this address.
pub fn user(world: &World, email: &str) -> Value {
    let email = email.to_owned();
    let made = world
        .flow()
        .write(move |cx| users::create(cx, NewUser { email: email.clone(), ..NewUser::default() }))
        .unwrap();
    serde_json::to_value(made).unwrap()
}

/// Makes a user a member.
pub fn member(
    world: &World,
    user: &Value,
    organization: &Value,
    role: Option<&str>,
) -> Result<Value> {
    let mut input = json!({ "user_id": user["id"], "organization_id": organization["id"] });
    if let Some(role) = role {
        input["role_slug"] = json!(role);
    }
    world.call("organization_memberships.create", input)
}

fn call(world: &World, verb: &str, membership: &Value) -> Result<Value> {
    world.call(&format!("organization_memberships.{verb}"), json!({ "id": membership["id"] }))
}

fn update(world: &World, membership: &Value, mut input: Value) -> Result<Value> {
    input["id"] = membership["id"].clone();
    world.call("organization_memberships.update", input)
}

#[test]
fn a_membership_shows_user_organization_and_roles_and_its_events_do_not_show_the_user() {
    each_engine(PEOPLE, |world| {
        let (ada, acme) = (user(world, "ada@x.test"), organization(world, "Acme"));
        let made = member(world, &ada, &acme, None).unwrap();
        assert!(id(&made).starts_with("om_"));
        let expected = json!({
            "object": "organization_membership",
            "id": made["id"],
            "user_id": ada["id"],
            "organization_id": acme["id"],
            "organization_name": "Acme",
            "status": "active",
            "directory_managed": false,
            "custom_attributes": {},
            "role": { "slug": "member" },
            "roles": [{ "slug": "member" }],
            "user": ada,
            "created_at": "2026-01-15T12:00:00.000Z",
            "updated_at": "2026-01-15T12:00:00.000Z",
        });
        assert_eq!(made, expected);
        assert_eq!(call(world, "get", &made).unwrap(), expected);
        let (name, told) = world.events().pop().unwrap();
        assert_eq!(name, "organization_membership.created");
        let mut payload = expected;
        for key in ["user", "organization_name"] {
            payload.as_object_mut().unwrap().remove(key);
        }
        assert_eq!(told, payload);
    });
}

#[test]
fn user_and_organization_must_exist() {
    each_engine(PEOPLE, |world| {
        let (ada, acme) = (user(world, "ada@x.test"), organization(world, "Acme"));
        let nobody = json!({ "id": "user_none" });
        let nothing = json!({ "id": "org_none" });
        let error = refused(member(world, &nobody, &acme, None), 404, "entity_not_found");
        assert_eq!(error.message(), "User not found: 'user_none'.");
        let error = refused(member(world, &ada, &nothing, None), 404, "entity_not_found");
        assert_eq!(error.message(), "Organization not found: 'org_none'.");
        for verb in ["get", "delete", "deactivate", "reactivate", "list_groups"] {
            refused(call(world, verb, &json!({ "id": "om_none" })), 404, "entity_not_found");
        }
    });
}

#[test]
fn roles_are_chosen_in_one_way_and_must_exist() {
    each_engine(PEOPLE, |world| {
        let (ada, acme) = (user(world, "ada@x.test"), organization(world, "Acme"));
        let made = member(world, &ada, &acme, Some("admin")).unwrap();
        assert_eq!(made["role"], json!({ "slug": "admin" }));
        let error =
            refused(update(world, &made, json!({ "role_slug": "no" })), 422, "invalid_role");
        assert_eq!(error.message(), "Role 'no' is not a valid role.");
        let many = json!({ "role_slugs": ["admin", "member"] });
        refused(update(world, &made, many.clone()), 422, "multiple_roles_not_enabled");
        for bad in [
            json!({ "role_slug": "admin", "role_slugs": ["admin"] }),
            json!({ "role_slugs": [] }),
            json!({ "role_slug": null }),
        ] {
            refused(update(world, &made, bad), 422, "invalid_request_parameters");
        }
        let count = world.events().len();
        world.clock.advance_seconds(1);
        for same in [json!({}), json!({ "role_slug": "admin" }), json!({ "role_slugs": ["admin"] })]
        {
            assert_eq!(update(world, &made, same).unwrap(), made);
        }
        assert_eq!(world.events().len(), count, "no change is no event");
        let changed = update(world, &made, json!({ "role_slugs": ["member", "member"] })).unwrap();
        assert_eq!(changed["roles"], json!([{ "slug": "member" }]));
        assert_eq!(changed["updated_at"], json!("2026-01-15T12:00:01.000Z"));
        allow_multiple_roles(world);
        let changed = update(world, &made, json!({ "role_slugs": ["member", "admin"] })).unwrap();
        assert_eq!(changed["role"], json!({ "slug": "admin" }), "by priority");
        assert_eq!(changed["roles"], json!([{ "slug": "admin" }, { "slug": "member" }]));
    });
}

#[test]
fn a_role_on_something_else_than_an_organization_is_refused_with_its_slug() {
    use vestibule_people::roles::resource_types::{ResourceType, ResourceTypes};
    each_engine(PEOPLE, |world| {
        world
            .flow()
            .write(|cx| {
                let parents = vec!["organization".to_owned()];
                let types = vec![ResourceType { parents, ..ResourceType::new("project", &[]) }];
                cx.set(&ResourceTypes { types })
            })
            .unwrap();
        let input = json!({ "slug": "lead", "name": "Lead", "resource_type_slug": "project" });
        world.call("roles.create", input).unwrap();
        let (ada, acme) = (user(world, "ada@x.test"), organization(world, "Acme"));
        let refusal = member(world, &ada, &acme, Some("lead"));
        let error = refused(refusal, 422, "sub_resource_scoped_role_not_allowed");
        assert_eq!(error.body()["role_slug"], json!("lead"));
    });
}

#[test]
fn a_member_goes_and_comes_back_with_the_same_roles() {
    each_engine(PEOPLE, |world| {
        let (ada, acme) = (user(world, "ada@x.test"), organization(world, "Acme"));
        let made = member(world, &ada, &acme, Some("admin")).unwrap();
        let count = world.events().len();
        world.clock.advance_seconds(1);
        let inactive = call(world, "deactivate", &made).unwrap();
        assert_eq!(inactive["status"], json!("inactive"));
        world.clock.advance_seconds(1);
        assert_eq!(call(world, "deactivate", &made).unwrap(), inactive, "no change");
        let active = call(world, "reactivate", &made).unwrap();
        assert_eq!((&active["status"], &active["role"]), (&json!("active"), &made["role"]));
        assert_eq!(call(world, "reactivate", &made).unwrap(), active, "no change");
        refused(member(world, &ada, &acme, None), 409, "organization_membership_already_exists");
        call(world, "deactivate", &made).unwrap();
        let again = member(world, &ada, &acme, None).unwrap();
        assert_eq!(again["id"], made["id"]);
        assert_eq!(again["status"], json!("active"));
        assert_eq!(again["role"], json!({ "slug": "member" }), "with the roles that are given");
        let told = world.event_names().split_off(count);
        assert_eq!(told, ["organization_membership.updated"; 4]);
    });
}

#[test]
fn a_list_wants_a_user_or_an_organization_and_shows_active_members() {
    each_engine(PEOPLE, |world| {
        let (acme, other) = (organization(world, "Acme"), organization(world, "Other"));
        let mut made = Vec::new();
        for email in ["a@x.test", "b@x.test", "c@x.test"] {
            world.clock.advance_seconds(1);
            made.push(member(world, &user(world, email), &acme, None).unwrap());
        }
        let elsewhere = member(world, &made[0]["user"], &other, None).unwrap();
        call(world, "deactivate", &made[1]).unwrap();
        let list = |input: Value| world.call("organization_memberships.list", input);
        refused(list(json!({})), 400, "missing_user_id_or_organization_id");
        refused(list(json!({ "user_id": "user_none" })), 404, "entity_not_found");
        refused(list(json!({ "organization_id": "org_none" })), 404, "entity_not_found");
        let in_acme = json!({ "organization_id": acme["id"] });
        let page = list(in_acme.clone()).unwrap();
        assert_eq!(ids(&page), [id(&made[2]), id(&made[0])]);
        assert_eq!(page["data"][1], made[0], "a list shows what get shows");
        let mut all = in_acme.clone();
        all["statuses"] = json!(["active", "inactive", "pending"]);
        assert_eq!(ids(&list(all.clone()).unwrap()).len(), 3);
        all["limit"] = json!(2);
        let page = list(all.clone()).unwrap();
        assert_eq!(ids(&page), [id(&made[2]), id(&made[1])]);
        all["after"] = page["list_metadata"]["after"].clone();
        assert_eq!(ids(&list(all).unwrap()), [id(&made[0])]);
        let of_user = list(json!({ "user_id": made[0]["user_id"] })).unwrap();
        assert_eq!(ids(&of_user), [id(&elsewhere), id(&made[0])]);
        let both = json!({ "user_id": made[0]["user_id"], "organization_id": other["id"] });
        assert_eq!(ids(&list(both).unwrap()), [id(&elsewhere)]);
    });
}

#[test]
fn a_membership_is_deleted_by_itself_with_its_user_and_with_its_organization() {
    each_engine(PEOPLE, |world| {
        let (acme, other) = (organization(world, "Acme"), organization(world, "Other"));
        let (ada, bob) = (user(world, "ada@x.test"), user(world, "bob@x.test"));
        let input = json!({ "organization_id": acme["id"], "slug": "org-own", "name": "Own" });
        world.call("organization_roles.create", input).unwrap();
        let first = member(world, &ada, &acme, None).unwrap();
        let count = world.events().len();
        call(world, "delete", &first).unwrap();
        refused(call(world, "get", &first), 404, "entity_not_found");
        let told = world.events().split_off(count);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].0, "organization_membership.deleted");
        assert_eq!(told[0].1["role"], json!({ "slug": "member" }));

        let of_ada = member(world, &ada, &acme, None).unwrap();
        let of_bob = member(world, &bob, &acme, Some("org-own")).unwrap();
        let elsewhere = member(world, &bob, &other, None).unwrap();
        let count = world.events().len();
        world.call("organizations.delete", json!({ "id": acme["id"] })).unwrap();
        for it in [&of_ada, &of_bob] {
            refused(call(world, "get", it), 404, "entity_not_found");
        }
        let told = world.events().split_off(count);
        let deleted: Vec<&str> = told
            .iter()
            .filter(|it| it.0 == "organization_membership.deleted")
            .map(|it| id(&it.1))
            .collect();
        assert_eq!(deleted, [id(&of_ada), id(&of_bob)]);
        let (name, role) = told.last().unwrap();
        assert_eq!(
            (name.as_str(), &role["slug"]),
            ("organization_role.deleted", &json!("org-own"))
        );
        call(world, "get", &elsewhere).unwrap();
        let count = world.events().len();
        world.call("users.delete", json!({ "id": bob["id"] })).unwrap();
        refused(call(world, "get", &elsewhere), 404, "entity_not_found");
        let told = world.event_names().split_off(count);
        assert!(told.contains(&"organization_membership.deleted".to_owned()), "{told:?}");
    });
}

#[test]
fn tokens_get_the_roles_and_all_that_they_permit() {
    each_engine(PEOPLE, |world| {
        allow_multiple_roles(world);
        for slug in ["a", "b", "c"] {
            permission(world, slug);
        }
        for (slug, permissions) in [("editor", ["b", "a"]), ("viewer", ["b", "c"])] {
            role(world, slug);
            let input = json!({ "slug": slug, "permissions": permissions });
            world.call("roles.set_permissions", input).unwrap();
        }
        let (ada, acme) = (user(world, "ada@x.test"), organization(world, "Acme"));
        let made = member(world, &ada, &acme, Some("editor")).unwrap();
        update(world, &made, json!({ "role_slugs": ["viewer", "editor"] })).unwrap();
        let claims = world
            .flow()
            .read(|cx| {
                let user = users::get_by_email(cx, "ada@x.test")?.expect("ada");
                let memberships = memberships::active_of_user(cx, &user.id)?;
                memberships::claims(cx, &memberships[0])
            })
            .unwrap();
        let texts = |texts: &[&str]| texts.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
        let expected = RoleClaims {
            role: "editor".to_owned(),
            roles: texts(&["editor", "viewer"]),
            permissions: texts(&["a", "b", "c"]),
        };
        assert_eq!(claims, expected);
    });
}

#[test]
fn of_many_who_make_the_same_membership_at_once_one_wins() {
    each_engine(PEOPLE, |world| {
        let (ada, acme) = (user(world, "ada@x.test"), organization(world, "Acme"));
        let made: Vec<Result<Value>> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..16).map(|_| scope.spawn(|| member(world, &ada, &acme, None))).collect();
            threads.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let (won, lost): (Vec<_>, Vec<_>) = made.into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 15));
        for it in lost {
            refused(it, 409, "organization_membership_already_exists");
        }
        let created = world.event_names();
        let created = created.iter().filter(|it| *it == "organization_membership.created");
        assert_eq!(created.count(), 1);
    });
}

#[test]
fn another_environment_sees_none_of_them() {
    each_engine(PEOPLE, |world| {
        let (ada, acme) = (user(world, "ada@x.test"), organization(world, "Acme"));
        let made = member(world, &ada, &acme, None).unwrap();
        let (_, key) = world.other_environment();
        for verb in ["get", "update", "delete", "deactivate", "reactivate"] {
            let operation = format!("organization_memberships.{verb}");
            let input = json!({ "id": made["id"] });
            refused(call_from(&key, world, &operation, input), 404, "entity_not_found");
        }
        for filter in ["user_id", "organization_id"] {
            let input = json!({ filter: made[filter] });
            let list = call_from(&key, world, "organization_memberships.list", input);
            refused(list, 404, "entity_not_found");
        }
        call(world, "get", &made).unwrap();
    });
}
