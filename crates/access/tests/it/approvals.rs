//! An approval lets one call through, once, and nothing else; each way around it is a test.
use serde_json::{Value, json};
use vestibule_kernel::agent::approvals::{Decision, decide};
use vestibule_kernel::id::ApprovalId;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::testing::World;
use vestibule_kernel::{Request, Result};

use crate::agents::{as_agent, call_with, token};
use crate::support::{call, case, id, refused};

struct Asked<'a> {
    world: &'a World,
    token: Value,
    organization: Value,
    approval: String,
}

impl<'a> Asked<'a> {
    /// An agent that has asked to delete an organization.
    fn new(world: &'a World) -> Self {
        let token = token(world, json!({ "approvals": ["destructive"] }));
        let organization = call(world, "organizations.create", json!({ "name": "Acme" }));
        let approval = ask(world, &token, "organizations.delete", &delete(&organization));
        Self { world, token, organization, approval }
    }
    fn approve(&self) {
        let done = call(self.world, "approvals.approve", json!({ "id": self.approval }));
        assert_eq!(done["state"], "approved");
    }
    fn run(&self, input: Value) -> Result<Value> {
        call_with(self.world, &self.token, Some(&self.approval), "organizations.delete", input)
    }
    fn delete(&self) -> Result<Value> {
        self.run(delete(&self.organization))
    }
    fn is_there(&self) -> bool {
        let found = self.world.call("organizations.get", delete(&self.organization));
        found.is_ok()
    }
}

fn delete(organization: &Value) -> Value {
    json!({ "id": organization["id"] })
}

/// The id of the approval that a call is refused for.
fn ask(world: &World, token: &Value, operation: &str, input: &Value) -> String {
    let error = refused(as_agent(world, token, operation, input.clone()), 403, "approval_required");
    let asked = error.extra("approval").unwrap();
    assert!(asked["url"].as_str().unwrap().contains("/approvals/"), "{asked}");
    asked["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_call_that_needs_a_person_is_asked_for_and_made_once_when_they_approve() {
    case(|world| {
        let it = Asked::new(world);
        let asked = call(world, "approvals.get", json!({ "id": it.approval }));
        assert_eq!(asked["state"], "pending");
        assert_eq!(asked["operation"], "organizations.delete");
        assert_eq!(asked["arguments"], delete(&it.organization));
        assert_eq!(asked["agent_token_name"], "Helper");
        // Asking again asks for nothing new.
        let again = ask(world, &it.token, "organizations.delete", &delete(&it.organization));
        assert_eq!(again, it.approval);
        refused(it.delete(), 403, "approval_pending");
        assert!(it.is_there());
        it.approve();
        // Without the header it is still refused, and told that it may.
        let error = as_agent(world, &it.token, "organizations.delete", delete(&it.organization));
        let error = refused(error, 403, "approval_required");
        assert_eq!(error.extra("approval").unwrap()["state"], "approved");
        it.delete().unwrap();
        assert!(!it.is_there());
        let used = call(world, "approvals.get", json!({ "id": it.approval }));
        assert_eq!((&used["state"], &used["used_at"]), (&json!("used"), &used["decided_at"]));
    });
}

#[test]
fn reads_and_flows_can_need_a_person_too() {
    case(|world| {
        let made = token(world, json!({ "approvals": ["read", "write"] }));
        for (operation, input) in [
            ("organizations.list", json!({})),
            (
                "users.create",
                json!({ "email": "ada@acme.test", "password": "a-long-password-4100" }),
            ),
        ] {
            let approval = ask(world, &made, operation, &input);
            let run = || call_with(world, &made, Some(&approval), operation, input.clone());
            refused(run(), 403, "approval_pending");
            call(world, "approvals.approve", json!({ "id": approval }));
            run().unwrap();
            refused(run(), 403, "approval_used");
            let shown = call(world, "approvals.get", json!({ "id": approval }));
            assert!(!shown.to_string().contains("a-long-password-4100"), "{shown}");
        }
        assert_eq!(call(world, "users.list", json!({}))["data"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn changing_one_byte_after_the_approval_is_refused() {
    case(|world| {
        let it = Asked::new(world);
        it.approve();
        let other = call(world, "organizations.create", json!({ "name": "Other" }));
        let mut longer = it.organization["id"].as_str().unwrap().to_owned();
        longer.push('x');
        for changed in [delete(&other), json!({ "id": longer })] {
            refused(it.run(changed), 403, "approval_mismatch");
        }
        let update = json!({ "id": it.organization["id"], "name": "Acme!" });
        let made = token(world, json!({ "approvals": ["write"] }));
        let approval = ask(world, &made, "organizations.update", &update);
        call(world, "approvals.approve", json!({ "id": approval }));
        let run = |name: &str| {
            let input = json!({ "id": it.organization["id"], "name": name });
            call_with(world, &made, Some(&approval), "organizations.update", input)
        };
        refused(run("Acme?"), 403, "approval_mismatch");
        refused(run("Acme! "), 403, "approval_mismatch");
        run("Acme!").unwrap();
        assert!(world.call("organizations.get", delete(&other)).is_ok());
        it.delete().unwrap();
    });
}

#[test]
fn replaying_an_approved_call_is_refused() {
    case(|world| {
        let made = token(world, json!({ "approvals": ["write"] }));
        let input = json!({ "name": "Acme" });
        let approval = ask(world, &made, "organizations.create", &input);
        call(world, "approvals.approve", json!({ "id": approval }));
        let run =
            || call_with(world, &made, Some(&approval), "organizations.create", input.clone());
        run().unwrap();
        refused(run(), 403, "approval_used");
        refused(run(), 403, "approval_used");
        let all = call(world, "organizations.list", json!({}));
        assert_eq!(all["data"].as_array().unwrap().len(), 1);
        // What is asked for anew is another approval.
        assert_ne!(ask(world, &made, "organizations.create", &input), approval);
    });
}

#[test]
fn of_two_calls_at_once_under_one_approval_one_is_made() {
    case(|world| {
        let made = token(world, json!({ "approvals": ["write"] }));
        let input = json!({ "name": "Acme" });
        let approval = ask(world, &made, "organizations.create", &input);
        call(world, "approvals.approve", json!({ "id": approval }));
        let run =
            || call_with(world, &made, Some(&approval), "organizations.create", input.clone());
        let done: Vec<Result<Value>> = std::thread::scope(|scope| {
            let calls: Vec<_> = (0..8).map(|_| scope.spawn(run)).collect();
            calls.into_iter().map(|it| it.join().unwrap()).collect()
        });
        assert_eq!(done.iter().filter(|it| it.is_ok()).count(), 1, "{done:?}");
        for it in done.into_iter().filter(Result::is_err) {
            refused(it, 403, "approval_used");
        }
        let all = call(world, "organizations.list", json!({}));
        assert_eq!(all["data"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn waiting_past_the_end_of_an_approval_is_refused() {
    case(|world| {
        let it = Asked::new(world);
        it.approve();
        world.clock.advance_seconds(15 * 60 - 1);
        assert!(it.is_there());
        world.clock.advance_seconds(1);
        refused(it.delete(), 403, "approval_expired");
        assert!(it.is_there());
        let late = ask(world, &it.token, "organizations.delete", &delete(&it.organization));
        assert_ne!(late, it.approval);
        world.clock.advance_seconds(15 * 60);
        let done = world.call("approvals.approve", json!({ "id": late }));
        refused(done, 409, "approval_expired");
    });
}

#[test]
fn an_approval_whose_end_was_moved_in_the_database_is_refused() {
    case(|world| {
        let it = Asked::new(world);
        it.approve();
        let id = ApprovalId::parse(&it.approval).unwrap();
        let moved = world.flow().write(move |cx| {
            let values = [cx.environment.into(), (&id).into()];
            let sql = "UPDATE approvals SET expires_at = expires_at + 1
                       WHERE environment_id = $1 AND id = $2";
            cx.db().execute(sql, &values)
        });
        assert_eq!(moved.unwrap(), 1);
        refused(it.delete(), 403, "approval_mismatch");
        assert!(it.is_there());
    });
}

#[test]
fn the_approval_of_another_token_or_environment_is_refused() {
    case(|world| {
        let it = Asked::new(world);
        it.approve();
        let run = |token: &Value| {
            let input = delete(&it.organization);
            call_with(world, token, Some(&it.approval), "organizations.delete", input)
        };
        refused(
            run(&token(world, json!({ "approvals": ["destructive"] }))),
            403,
            "approval_not_found",
        );
        let (_, key) = world.other_environment();
        let request = Request { credential: Some(key.clone()), ..Request::default() };
        let input = json!({ "name": "Other", "effects": ["destructive"] });
        let theirs = world.call_as(request, "agent_tokens.create", input).unwrap().json().unwrap();
        refused(run(&theirs), 403, "approval_not_found");
        let request = Request { credential: Some(key), ..Request::default() };
        let input = json!({ "id": it.approval });
        let error = world.call_as(request, "approvals.deny", input).unwrap_err();
        assert_eq!(error.status(), 404);
        assert!(it.is_there());
    });
}

#[test]
fn what_was_denied_stays_denied() {
    case(|world| {
        let it = Asked::new(world);
        call(world, "approvals.deny", json!({ "id": it.approval }));
        refused(it.delete(), 403, "approval_denied");
        let done = world.call("approvals.approve", json!({ "id": it.approval }));
        refused(done, 409, "approval_decided");
        refused(it.delete(), 403, "approval_denied");
        assert!(it.is_there());
    });
}

#[test]
fn an_agent_cannot_approve_its_own_call_nor_that_of_another() {
    case(|world| {
        let it = Asked::new(world);
        for token in [&it.token, &token(world, json!({ "secrets": "readable" }))] {
            let done = as_agent(world, token, "approvals.approve", json!({ "id": it.approval }));
            refused(done, 403, "agent_operation_not_allowed");
        }
        // Nor by saying so among the arguments.
        let said = json!({ "id": it.organization["id"], "approved": true, "confirm": "yes" });
        let done = as_agent(world, &it.token, "organizations.delete", said);
        refused(done, 403, "approval_required");
        assert!(it.is_there());
    });
}

#[test]
fn an_approvers_key_decides_and_does_nothing_else() {
    case(|world| {
        let it = Asked::new(world);
        let made = call(world, "approvers.create", json!({ "name": "Grace" }));
        let key = Secret::new(made["value"].as_str().unwrap());
        assert!(key.reveal().starts_with("apr_"));
        let with_key = |operation: &str, input: Value| {
            let request = Request { credential: Some(key.clone()), ..Request::default() };
            world.call_as(request, operation, input)?.json()
        };
        for operation in ["organizations.list", "agent_tokens.list", "approvers.list"] {
            refused(with_key(operation, json!({})), 403, "approver_operation_not_allowed");
        }
        let waiting = with_key("approvals.list", json!({ "pending": true })).unwrap();
        assert_eq!(waiting["data"][0]["id"], json!(it.approval));
        let done = with_key("approvals.approve", json!({ "id": it.approval })).unwrap();
        assert_eq!(done["decided_by"], made["id"]);
        let waiting = with_key("approvals.list", json!({ "pending": true })).unwrap();
        assert_eq!(waiting["data"], json!([]));
        it.delete().unwrap();
        assert_eq!(
            world.call("approvers.delete", json!({ "id": id(&made) })).unwrap(),
            json!(null)
        );
        let error = with_key("approvals.list", json!({})).unwrap_err();
        assert_eq!(error.status(), 401);
    });
}

#[test]
fn a_call_that_fails_uses_no_approval_up() {
    case(|world| {
        let it = Asked::new(world);
        it.approve();
        call(world, "organizations.delete", delete(&it.organization));
        assert_eq!(it.delete().unwrap_err().status(), 404);
        let shown = call(world, "approvals.get", json!({ "id": it.approval }));
        assert_eq!(shown["state"], "approved");
    });
}

#[test]
fn a_repeated_request_under_an_idempotency_key_is_answered_and_not_made_again() {
    case(|world| {
        let made = token(world, json!({ "approvals": ["write"] }));
        let input = json!({ "name": "Acme" });
        let approval = ask(world, &made, "organizations.create", &input);
        call(world, "approvals.approve", json!({ "id": approval }));
        let run = || {
            let request = Request {
                credential: Some(Secret::new(made["value"].as_str().unwrap())),
                approval_id: Some(approval.clone()),
                idempotency_key: Some("once".to_owned()),
                ..Request::default()
            };
            world.call_as(request, "organizations.create", input.clone())?.json()
        };
        assert_eq!(run().unwrap(), run().unwrap());
        let all = call(world, "organizations.list", json!({}));
        assert_eq!(all["data"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn of_two_persons_who_decide_one_is_told_that_it_is_decided() {
    case(|world| {
        let it = Asked::new(world);
        let id = ApprovalId::parse(&it.approval).unwrap();
        let say = |decision| {
            let id = id.clone();
            world.flow().write(move |cx| decide(cx, &id, decision, "somebody"))
        };
        say(Decision::Deny).unwrap();
        assert_eq!(say(Decision::Approve).unwrap_err().code(), "approval_decided");
        assert!(it.is_there());
    });
}
