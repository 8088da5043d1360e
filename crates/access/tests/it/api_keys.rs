//! Who may have a key, what it is good for, and when it ends.
use serde_json::{Value, json};
use vestibule_kernel::testing::World;

fn case(work: impl Fn(&World, &People)) {
    crate::support::case(|world| work(world, &People::make(world)));
}

struct People {
    organization: Value,
    user: Value,
    membership: Value,
}

impl People {
    fn make(world: &World) -> Self {
        for slug in ["posts:read", "posts:write"] {
            world.call("permissions.create", json!({ "slug": slug, "name": slug })).unwrap();
        }
        world.call("roles.create", json!({ "slug": "reader", "name": "Reader" })).unwrap();
        let held = json!({ "slug": "reader", "permissions": ["posts:read"] });
        world.call("roles.set_permissions", held).unwrap();
        let organization = world.call("organizations.create", json!({ "name": "Acme" })).unwrap();
        let user = world.call("users.create", json!({ "email": "ada@acme.test" })).unwrap();
        let membership = json!({
            "user_id": user["id"], "organization_id": organization["id"], "role_slug": "reader",
        });
        let membership = world.call("organization_memberships.create", membership).unwrap();
        Self { organization, user, membership }
    }
    fn organization_key(&self, world: &World, name: &str) -> Value {
        let input = json!({ "organization_id": self.organization["id"], "name": name });
        world.call("organization_api_keys.create", input).unwrap()
    }
    fn user_key(&self, permissions: &Value) -> Value {
        json!({
            "user_id": self.user["id"],
            "organization_id": self.organization["id"],
            "name": "laptop",
            "permissions": permissions,
        })
    }
}

fn validate(world: &World, key: &Value) -> Value {
    let answer = world.call("api_keys.validate", json!({ "value": key["value"] })).unwrap();
    answer["api_key"].clone()
}

#[test]
fn a_key_shows_its_value_once_and_is_found_by_it() {
    case(|world, people| {
        let made = people.organization_key(world, "CI");
        let value = made["value"].as_str().unwrap();
        assert!(value.starts_with("sk_") && value.len() > 40);
        let tail = &value[value.len() - 4..];
        assert_eq!(made["obfuscated_value"], format!("sk_...{tail}"));
        let found = validate(world, &made);
        assert_eq!((&found["id"], &found["value"]), (&made["id"], &Value::Null));
        assert_eq!(
            found["owner"],
            json!({ "type": "organization", "id": people.organization["id"] })
        );
        let input = json!({ "organization_id": people.organization["id"] });
        let list = world.call("organization_api_keys.list", input).unwrap();
        assert_eq!(list["data"][0]["id"], made["id"]);
        assert!(!list.to_string().contains(value));
        assert!(world.event_names().contains(&"api_key.created".to_owned()));
        assert!(world.events().iter().all(|it| !it.1.to_string().contains(value)));
    });
}

#[test]
fn an_unknown_value_is_no_error_and_no_key() {
    case(|world, _| {
        for value in ["", "sk_unknown", "sk_' OR 1=1 --"] {
            assert_eq!(validate(world, &json!({ "value": value })), Value::Null);
        }
    });
}

#[test]
fn the_key_of_a_customer_does_not_open_this_api() {
    case(|world, people| {
        let made = people.organization_key(world, "CI");
        let credential = vestibule_kernel::secret::Secret::new(made["value"].as_str().unwrap());
        let request =
            vestibule_kernel::Request { credential: Some(credential), ..Default::default() };
        let refused = world.call_as(request, "organizations.list", json!({})).unwrap_err();
        assert_eq!(refused.status(), 401);
    });
}

#[test]
fn a_key_of_another_environment_is_not_valid_here() {
    case(|world, people| {
        let made = people.organization_key(world, "CI");
        let (_, key) = world.other_environment();
        let request = vestibule_kernel::Request { credential: Some(key), ..Default::default() };
        let input = json!({ "value": made["value"] });
        let answer = world.call_as(request, "api_keys.validate", input).unwrap().json().unwrap();
        assert_eq!(answer["api_key"], Value::Null);
    });
}

#[test]
fn a_user_cannot_give_a_key_more_than_the_user_has() {
    case(|world, people| {
        let made =
            world.call("user_api_keys.create", people.user_key(&json!(["posts:read"]))).unwrap();
        assert_eq!(made["permissions"], json!(["posts:read"]));
        let refused = world
            .call("user_api_keys.create", people.user_key(&json!(["posts:read", "posts:write"])))
            .unwrap_err();
        assert_eq!(refused.status(), 400);
        assert_eq!(refused.body()["errors"][0]["code"], "permission_not_held");
        assert_eq!(refused.body()["errors"][0]["field"], "permissions.1");
    });
}

#[test]
fn the_permissions_of_a_key_must_exist() {
    case(|world, people| {
        let input = json!({
            "organization_id": people.organization["id"], "name": "CI", "permissions": ["nothing"],
        });
        let refused = world.call("organization_api_keys.create", input).unwrap_err();
        assert_eq!(refused.status(), 422);
        assert_eq!(refused.body()["errors"][0]["code"], "permission_not_found");
    });
}

#[test]
fn a_users_key_is_good_for_as_long_as_the_user_is_an_active_member() {
    case(|world, people| {
        let made = world.call("user_api_keys.create", people.user_key(&json!([]))).unwrap();
        assert_eq!(validate(world, &made)["id"], made["id"]);
        let membership = json!({ "id": people.membership["id"] });
        world.call("organization_memberships.deactivate", membership.clone()).unwrap();
        assert_eq!(validate(world, &made), Value::Null);
        world.call("organization_memberships.reactivate", membership.clone()).unwrap();
        assert_eq!(validate(world, &made)["id"], made["id"]);
        world.call("organization_memberships.delete", membership).unwrap();
        assert_eq!(validate(world, &made), Value::Null);
        let refused = world.call("user_api_keys.create", people.user_key(&json!([]))).unwrap_err();
        assert_eq!(refused.body()["errors"][0]["code"], "not_a_member");
    });
}

#[test]
fn a_key_ends_when_it_is_told_to() {
    case(|world, people| {
        let made = people.organization_key(world, "CI");
        let expire = |at: Value| {
            let mut input = json!({ "id": made["id"] });
            if at != json!("absent") {
                input["expires_at"] = at;
            }
            world.call("api_keys.expire", input)
        };
        let later = expire(json!("2026-01-15T13:00:00.000Z")).unwrap();
        assert_eq!(later["expires_at"], "2026-01-15T13:00:00.000Z");
        assert_eq!(validate(world, &made)["id"], made["id"]);
        assert_eq!(expire(Value::Null).unwrap()["expires_at"], Value::Null);
        let events = world.events();
        let changed = events.iter().rfind(|it| it.0 == "api_key.updated").unwrap();
        assert_eq!(
            changed.1["previous_attributes"],
            json!({ "expires_at": "2026-01-15T13:00:00.000Z" })
        );
        expire(json!("absent")).unwrap();
        assert_eq!(validate(world, &made), Value::Null);
        assert_eq!(expire(Value::Null).unwrap_err().code(), "api_key_already_expired");
    });
}

#[test]
fn a_key_cannot_be_born_expired() {
    case(|world, people| {
        let input = json!({
            "organization_id": people.organization["id"], "name": "CI",
            "expires_at": "2026-01-15T12:00:00.000Z",
        });
        let refused = world.call("organization_api_keys.create", input).unwrap_err();
        assert_eq!(
            (refused.status(), refused.body()["errors"][0]["field"].clone()),
            (422, json!("expires_at"))
        );
    });
}

#[test]
fn a_deleted_key_is_gone_for_good() {
    case(|world, people| {
        let made = people.organization_key(world, "CI");
        world.call("api_keys.delete", json!({ "id": made["id"] })).unwrap();
        assert_eq!(validate(world, &made), Value::Null);
        let refused = world.call("api_keys.delete", json!({ "id": made["id"] })).unwrap_err();
        assert_eq!(refused.status(), 404);
    });
}

#[test]
fn keys_go_with_their_organization_and_with_their_user() {
    case(|world, people| {
        let of_organization = people.organization_key(world, "CI");
        let of_user = world.call("user_api_keys.create", people.user_key(&json!([]))).unwrap();
        world.call("users.delete", json!({ "id": people.user["id"] })).unwrap();
        assert_eq!(validate(world, &of_user), Value::Null);
        world.call("organizations.delete", json!({ "id": people.organization["id"] })).unwrap();
        assert_eq!(validate(world, &of_organization), Value::Null);
        let revoked = world.event_names().iter().filter(|it| *it == "api_key.revoked").count();
        assert_eq!(revoked, 2);
    });
}

#[test]
fn a_use_is_noted_to_within_a_minute() {
    case(|world, people| {
        let made = people.organization_key(world, "CI");
        assert_eq!(validate(world, &made)["last_used_at"], "2026-01-15T12:00:00.000Z");
        world.clock.advance_seconds(59);
        assert_eq!(validate(world, &made)["last_used_at"], "2026-01-15T12:00:00.000Z");
        world.clock.advance_seconds(1);
        assert_eq!(validate(world, &made)["last_used_at"], "2026-01-15T12:01:00.000Z");
    });
}
