//! What agent tokens open, what they never do, and what a person must approve.
use serde_json::{Value, json};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::testing::World;
use vestibule_kernel::{Request, Result};

use crate::support::{call, case, id, refused};

/// A token that may do everything without being asked, but for `change`.
pub fn token(world: &World, change: Value) -> Value {
    let mut input = json!({
        "name": "Helper", "effects": ["read", "write", "destructive"], "approvals": [],
    });
    input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    call(world, "agent_tokens.create", input)
}

/// A call with a token, perhaps with an approval.
pub fn call_with(
    world: &World,
    token: &Value,
    approval: Option<&str>,
    operation: &str,
    input: Value,
) -> Result<Value> {
    let request = Request {
        credential: Some(Secret::new(token["value"].as_str().unwrap())),
        approval_id: approval.map(str::to_owned),
        ..Request::default()
    };
    world.call_as(request, operation, input)?.json()
}

pub fn as_agent(world: &World, token: &Value, operation: &str, input: Value) -> Result<Value> {
    call_with(world, token, None, operation, input)
}

#[test]
fn a_token_shows_its_value_once_and_opens_what_its_policy_says() {
    case(|world| {
        let made = token(
            world,
            json!({ "effects": ["read", "write"], "operations": ["organizations.*", "users_list"] }),
        );
        assert!(made["value"].as_str().unwrap().starts_with("agt_"));
        assert_eq!(made["operations"], json!(["organizations.*", "users.list"]));
        assert_eq!((&made["secrets"], &made["state"]), (&json!("redacted"), &json!("active")));
        assert_eq!(made["expires_at"], "2026-02-14T12:00:00.000Z", "it ends in 30 days");
        for shown in [
            call(world, "agent_tokens.get", json!({ "id": made["id"] })),
            call(world, "agent_tokens.list", json!({}))["data"][0].clone(),
        ] {
            assert_eq!((&shown["id"], &shown["value"]), (&made["id"], &Value::Null));
        }
        let acme = as_agent(world, &made, "organizations.create", json!({ "name": "Acme" }));
        let acme = acme.unwrap();
        as_agent(world, &made, "users.list", json!({})).unwrap();
        let done = as_agent(world, &made, "users.create", json!({ "email": "a@b.test" }));
        refused(done, 403, "agent_operation_not_allowed");
        let done = as_agent(world, &made, "organizations.delete", json!({ "id": acme["id"] }));
        refused(done, 403, "agent_effect_not_allowed");
        assert!(call(world, "users.list", json!({}))["data"].as_array().unwrap().is_empty());
    });
}

#[test]
fn a_token_is_held_to_the_newest_policy_and_ends_when_it_is_revoked_or_over() {
    case(|world| {
        let made = token(world, json!({}));
        let read = || as_agent(world, &made, "organizations.list", json!({}));
        read().unwrap();
        let change = json!({ "id": made["id"], "effects": ["write"] });
        call(world, "agent_tokens.update", change);
        refused(read(), 403, "agent_effect_not_allowed");
        call(world, "agent_tokens.update", json!({ "id": made["id"], "effects": ["read"] }));
        read().unwrap();
        let over = call(world, "agent_tokens.revoke", json!({ "id": made["id"] }));
        assert_eq!((&over["state"], &over["revoked_at"]), (&json!("revoked"), &over["updated_at"]));
        refused(read(), 401, "agent_token_revoked");
        let short = token(world, json!({ "expires_at": "2026-01-15T12:01:00.000Z" }));
        world.clock.advance_seconds(60);
        let done = as_agent(world, &short, "organizations.list", json!({}));
        refused(done, 401, "agent_token_expired");
        let shown = call(world, "agent_tokens.get", json!({ "id": short["id"] }));
        assert_eq!(shown["state"], "expired");
    });
}

#[test]
fn a_policy_that_makes_no_sense_is_refused_and_nothing_is_made() {
    case(|world| {
        let far = json!({ "expires_at": "2027-02-15T12:00:00.000Z" });
        let past = json!({ "expires_at": "2026-01-15T12:00:00.000Z" });
        for (wrong, status) in [
            (json!({ "operations": ["userz.*"] }), 422),
            (json!({ "operations": [] }), 422),
            (json!({ "effects": [] }), 422),
            (json!({ "effects": ["all"] }), 422),
            (json!({ "organizations": ["org_unknown"] }), 404),
            (json!({ "organizations": [] }), 422),
            (json!({ "calls_per_minute": 0 }), 422),
            (far, 422),
            (past, 422),
        ] {
            let mut input = json!({ "name": "Helper", "effects": ["read"] });
            input.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
            let error = world.call("agent_tokens.create", input).unwrap_err();
            assert_eq!(error.status(), status, "{wrong} {error:?}");
        }
        let all = call(world, "agent_tokens.list", json!({}));
        assert_eq!(all["data"], json!([]));
    });
}

#[test]
fn an_agent_cannot_make_a_token_that_does_more_than_its_own() {
    case(|world| {
        let own = token(
            world,
            json!({
                "effects": ["read", "write"], "operations": ["agent_tokens.*", "users.*"],
                "calls_per_minute": 100, "approvals": ["destructive"],
            }),
        );
        let make = |change: Value| {
            let mut input = json!({
                "name": "Child", "effects": ["read"], "operations": ["users.*"],
                "calls_per_minute": 100,
            });
            input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            as_agent(world, &own, "agent_tokens.create", input)
        };
        for wider in [
            json!({ "effects": ["read", "destructive"] }),
            json!({ "operations": ["*"] }),
            json!({ "operations": ["organizations.list"] }),
            json!({ "secrets": "readable" }),
            json!({ "calls_per_minute": 101 }),
            json!({ "expires_at": "2026-02-14T12:00:00.001Z" }),
        ] {
            refused(make(wider), 403, "agent_policy_beyond_own");
        }
        let child = make(json!({})).unwrap();
        assert_eq!(child["value"], "[redacted]", "nor is it shown one where it reads no secrets");
        assert_eq!(child["created_by"], own["id"]);
        // Nor does it make one by changing what there is.
        let other = token(world, json!({ "operations": ["users.list"] }));
        let wider = json!({ "id": other["id"], "operations": ["*"] });
        let done = as_agent(world, &own, "agent_tokens.update", wider);
        refused(done, 403, "agent_policy_beyond_own");
    });
}

#[test]
fn an_agent_cannot_change_its_own_policy() {
    case(|world| {
        let own = token(world, json!({}));
        for change in [json!({ "secrets": "readable" }), json!({ "name": "Other" })] {
            let mut input = json!({ "id": own["id"] });
            input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let done = as_agent(world, &own, "agent_tokens.update", input);
            refused(done, 403, "agent_own_policy");
        }
    });
}

#[test]
fn an_agent_cannot_be_an_approver_or_make_one() {
    case(|world| {
        let own = token(world, json!({ "secrets": "readable" }));
        for (operation, input) in [
            ("approvers.create", json!({ "name": "Me" })),
            ("approvers.list", json!({})),
            ("approvals.list", json!({})),
            ("approvals.approve", json!({ "id": "approval_1" })),
        ] {
            let done = as_agent(world, &own, operation, input);
            refused(done, 403, "agent_operation_not_allowed");
        }
    });
}

#[test]
fn an_agent_token_of_another_environment_opens_nothing_here() {
    case(|world| {
        let (_, key) = world.other_environment();
        let input = json!({ "name": "Other", "effects": ["read"] });
        let request = Request { credential: Some(key), ..Request::default() };
        let theirs = world.call_as(request, "agent_tokens.create", input).unwrap().json().unwrap();
        call(world, "organizations.create", json!({ "name": "Acme" }));
        let seen = as_agent(world, &theirs, "organizations.list", json!({})).unwrap();
        assert_eq!(seen["data"], json!([]));
        let error = world.call("agent_tokens.get", json!({ "id": theirs["id"] })).unwrap_err();
        assert_eq!(error.status(), 404);
    });
}

#[test]
fn a_token_has_so_many_calls_a_minute_and_is_told_when_to_come_again() {
    case(|world| {
        let made = token(world, json!({ "calls_per_minute": 2 }));
        let read = || as_agent(world, &made, "organizations.list", json!({}));
        read().unwrap();
        // A refused call counts, too.
        let done = as_agent(world, &made, "approvers.list", json!({}));
        refused(done, 403, "agent_operation_not_allowed");
        let error = refused(read(), 429, "rate_limit_exceeded");
        assert_eq!(error.retry_after_seconds(), Some(60));
        call(world, "organizations.list", json!({}));
        world.clock.advance_seconds(60);
        read().unwrap();
    });
}

#[test]
fn a_token_that_must_stay_in_an_organization_stays_there() {
    case(|world| {
        let [acme, other] = ["Acme", "Other"]
            .map(|name| call(world, "organizations.create", json!({ "name": name })));
        let ada = call(world, "users.create", json!({ "email": "ada@acme.test" }));
        let member = |organization: &Value| {
            let input = json!({ "organization_id": organization["id"], "user_id": ada["id"] });
            call(world, "organization_memberships.create", input)
        };
        let (inside, outside) = (member(&acme), member(&other));
        let made = token(world, json!({ "organizations": [acme["id"]] }));
        let as_agent = |operation: &str, input: Value| as_agent(world, &made, operation, input);
        as_agent("organizations.get", json!({ "id": acme["id"] })).unwrap();
        as_agent("organization_memberships.get", json!({ "id": inside["id"] })).unwrap();
        let listed = as_agent("users.list", json!({ "organization_id": acme["id"] })).unwrap();
        assert_eq!(listed["data"][0]["id"], ada["id"]);
        for (operation, input) in [
            ("organizations.get", json!({ "id": other["id"] })),
            ("organizations.get", json!({ "id": "org_unknown" })),
            ("organizations.list", json!({})),
            ("users.list", json!({})),
            ("users.list", json!({ "organization": acme["id"] })),
            ("users.get", json!({ "id": ada["id"] })),
            ("organization_memberships.get", json!({ "id": outside["id"] })),
            ("organization_memberships.get", json!({ "id": "om_unknown" })),
            ("organization_memberships.delete", json!({ "id": outside["id"] })),
            ("agent_tokens.list", json!({})),
        ] {
            let text = input.to_string();
            let done = as_agent(operation, input);
            let error = done.expect_err(&text);
            assert_eq!(error.code(), "agent_organization_not_allowed", "{operation} {text}");
        }
        let still = call(world, "organization_memberships.get", json!({ "id": outside["id"] }));
        assert_eq!(id(&still), id(&outside));
    });
}
