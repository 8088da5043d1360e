//! What holds for a dry run that an agent asks for.
use serde_json::{Value, json};
use vestibule_kernel::agent::{self, REDACTED};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::testing::{World, each_engine};
use vestibule_kernel::{Request, Result};

use super::agent_policy_tests::{recorded, token};
use super::tests::domains;

fn tries(world: &World, agent: &Secret, id: &str, input: &Value) -> Result<Value> {
    let request = Request { credential: Some(agent.clone()), ..Request::default() };
    world.rehearse_as(request, id, input.clone())
}

/// The refusal of a dry run; nothing but the record of it is kept.
fn refused(world: &World, agent: &Secret, id: &str, input: &Value) -> (u16, &'static str) {
    let before = all_but_the_record(world);
    let error = tries(world, agent, id, input).unwrap_err();
    assert_eq!(all_but_the_record(world), before);
    (error.status(), error.code())
}

fn all_but_the_record(world: &World) -> impl PartialEq + std::fmt::Debug + use<> {
    let mut all = world.everything();
    all.remove("agent_calls");
    all
}

fn organization(world: &World, name: &str) -> Value {
    world.call("organizations.create", json!({ "name": name })).unwrap()
}

#[test]
fn a_dry_run_of_an_agent_is_told_and_on_record_as_one_and_else_leaves_nothing() {
    each_engine(domains(), |world| {
        let (agent, acme) = (token(world, &json!({})), organization(world, "Acme"));
        let before = all_but_the_record(world);
        let rename = json!({ "id": acme["id"], "name": "Other" });
        let told = tries(world, &agent, "organizations.update", &rename).unwrap();
        assert_eq!(all_but_the_record(world), before);
        assert_eq!((&told["status"], &told["needs_approval"]), (&json!(200), &json!(false)));
        assert_eq!(told["before"]["name"], "Acme");
        assert_eq!(
            (&told["after"]["name"], &told["body"]["name"]),
            (&json!("Other"), &json!("Other"))
        );
        assert_eq!(told["events"], json!([{ "event": "organization.updated" }]));

        let taken = json!({ "id": "org_unknown", "name": "Other" });
        assert_eq!(
            refused(world, &agent, "organizations.update", &taken),
            (404, "entity_not_found")
        );
        let wrong = json!({ "name": 7 });
        assert_eq!(refused(world, &agent, "organizations.create", &wrong).0, 422);

        let calls = recorded(world, &json!({ "dry_run": true }));
        let seen: Vec<_> =
            calls.iter().map(|it| (it["operation"].as_str().unwrap(), &it["outcome"])).collect();
        let (done, not) = (json!("done"), json!("refused"));
        let update = "organizations.update";
        assert_eq!(seen, [(update, &done), (update, &not), ("organizations.create", &not)]);
        assert_eq!((&calls[0]["status"], &calls[0]["dry_run"]), (&json!(200), &json!(true)));
        assert_eq!(calls[0]["organization_id"], acme["id"]);

        world
            .call_as(Request { credential: Some(agent), ..Request::default() }, update, rename)
            .unwrap();
        let made = recorded(world, &json!({ "dry_run": false }));
        assert_eq!((made.len(), &made[0]["dry_run"]), (1, &json!(false)));
    });
}

#[test]
fn attack_by_trying_what_the_token_does_not_allow_it_is_refused_and_on_record() {
    each_engine(domains(), |world| {
        let (own, theirs) = (organization(world, "Own"), organization(world, "Theirs"));
        let reader = token(world, &json!({ "effects": ["read"] }));
        let writer = token(world, &json!({ "effects": ["read", "write"] }));
        let of_users = token(world, &json!({ "operations": ["users.*"] }));
        let of_own = token(world, &json!({ "organizations": [own["id"]] }));
        let rename = json!({ "id": theirs["id"], "name": "Mine" });
        for (agent, id, input, code) in [
            (&reader, "organizations.update", &rename, agent::EFFECT_NOT_ALLOWED),
            (
                &writer,
                "organizations.delete",
                &json!({ "id": own["id"] }),
                agent::EFFECT_NOT_ALLOWED,
            ),
            (&of_users, "organizations.update", &rename, agent::OPERATION_NOT_ALLOWED),
            (&of_own, "organizations.update", &rename, agent::ORGANIZATION_NOT_ALLOWED),
            (
                &of_own,
                "organizations.create",
                &json!({ "name": "x" }),
                agent::ORGANIZATION_NOT_ALLOWED,
            ),
        ] {
            assert_eq!(refused(world, agent, id, input), (403, code), "{id}");
        }
        let calls = recorded(world, &json!({ "outcome": "refused", "dry_run": true }));
        assert_eq!(calls.len(), 5);
        let rename = json!({ "id": own["id"], "name": "Ours" });
        assert_eq!(tries(world, &of_own, "organizations.update", &rename).unwrap()["status"], 200);
    });
}

#[test]
fn attack_by_trying_with_a_token_that_is_over_or_none_it_is_refused() {
    each_engine(domains(), |world| {
        let agent = token(world, &json!({}));
        let create = json!({ "name": "Acme" });
        let listed = world.call("agent_tokens.list", json!({})).unwrap();
        world.call("agent_tokens.revoke", json!({ "id": listed["data"][0]["id"] })).unwrap();
        let done = refused(world, &agent, "organizations.create", &create);
        assert_eq!(done, (401, agent::TOKEN_REVOKED));
        let guess = Secret::new("agt_guess");
        assert_eq!(refused(world, &guess, "organizations.create", &create).0, 401);
    });
}

#[test]
fn attack_by_trying_more_often_than_the_rate_of_the_token_it_is_slowed_down() {
    each_engine(domains(), |world| {
        let agent = token(world, &json!({ "calls_per_minute": 3 }));
        let (good, bad) = (json!({ "name": "Acme" }), json!({ "name": 7 }));
        tries(world, &agent, "organizations.create", &good).unwrap();
        let request = Request { credential: Some(agent.clone()), ..Request::default() };
        world.call_as(request, "organizations.create", good.clone()).unwrap();
        assert_eq!(refused(world, &agent, "organizations.create", &bad).0, 422);
        assert_eq!(refused(world, &agent, "organizations.create", &good).0, 429);
    });
}

#[test]
fn attack_by_a_dry_run_that_needs_an_approval_none_is_asked_for_and_none_used_up() {
    each_engine(domains(), |world| {
        let (agent, acme) =
            (token(world, &json!({ "approvals": ["destructive"] })), organization(world, "Acme"));
        let delete = json!({ "id": acme["id"] });
        let told = tries(world, &agent, "organizations.delete", &delete).unwrap();
        assert_eq!((&told["needs_approval"], &told["after"]), (&json!(true), &json!(null)));
        assert_eq!(told["before"]["name"], "Acme");
        assert_eq!(world.call("approvals.list", json!({})).unwrap()["data"], json!([]));

        let request = Request { credential: Some(agent), ..Request::default() };
        let asked =
            world.call_as(request.clone(), "organizations.delete", delete.clone()).unwrap_err();
        let id = asked.extra("approval").unwrap()["id"].as_str().unwrap().to_owned();
        let approved = Request { approval_id: Some(id.clone()), ..request };
        let state = || world.call("approvals.get", json!({ "id": id })).unwrap()["state"].clone();
        world.rehearse_as(approved.clone(), "organizations.delete", delete.clone()).unwrap();
        assert_eq!(state(), "pending");
        world.call("approvals.approve", json!({ "id": id })).unwrap();
        world.rehearse_as(approved.clone(), "organizations.delete", delete.clone()).unwrap();
        assert_eq!(state(), "approved");
        let tried = recorded(world, &json!({ "dry_run": true }));
        assert!(tried.iter().all(|it| it["approval_id"].is_null()), "{tried:?}");
        world.call_as(approved, "organizations.delete", delete).unwrap();
        assert_eq!(state(), "used");
    });
}

#[test]
fn attack_by_reading_through_dry_runs_they_tell_what_the_token_may_read_and_no_secret() {
    each_engine(domains(), |world| {
        let (own, theirs) = (organization(world, "Own"), organization(world, "Theirs"));
        let rename = json!({ "id": own["id"], "name": "Other" });
        let told = |policy: Value| {
            let agent = token(world, &policy);
            tries(world, &agent, "organizations.update", &rename).unwrap()
        };
        for (policy, looks, answers) in [
            (json!({}), true, true),
            (json!({ "effects": ["write"] }), false, true),
            (json!({ "operations": ["organizations.update"] }), false, true),
            (json!({ "approvals": ["read"] }), false, true),
            (json!({ "approvals": ["write"] }), true, true),
            (json!({ "approvals": ["read", "write"] }), false, false),
            (json!({ "effects": ["write"], "approvals": ["write"] }), false, false),
            (json!({ "organizations": [own["id"]] }), true, true),
        ] {
            let told = told(policy.clone());
            let seen = [&told["before"], &told["after"], &told["body"]].map(|it| !it.is_null());
            assert_eq!(seen, [looks, looks, answers], "{policy} {told}");
            assert!(!told["events"].to_string().contains("Own"), "{told}");
        }
        // An API key is told all of it.
        let whole = world.rehearse("organizations.update", rename).unwrap();
        assert_eq!(whole["events"][0]["data"]["name"], "Other");

        let agent = token(world, &json!({ "secrets": "readable" }));
        let key = json!({ "organization_id": theirs["id"], "name": "x" });
        let request = Request { credential: Some(agent.clone()), ..Request::default() };
        let id = "organization_api_keys.create";
        let made = world.call_as(request, id, key.clone()).unwrap().json().unwrap();
        assert_ne!(made["value"], REDACTED, "the call itself shows it");
        let told = tries(world, &agent, id, &key).unwrap();
        assert_eq!(told["body"]["value"], REDACTED);
    });
}
