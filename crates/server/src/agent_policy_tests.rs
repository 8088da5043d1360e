//! What holds for every operation when an agent calls it.
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use vestibule_kernel::agent::{self, REDACTED};
use vestibule_kernel::catalog::{Entry, Run, Within};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::testing::{World, each_engine, on_sqlite};
use vestibule_kernel::{Access, Effect, Request};

use super::environment_tests::{Samples, input};
use super::operation_inputs::{Further, flows};
use super::tests::domains;

/// A token that may do everything, but for `change`.
pub(super) fn token(world: &World, change: &Value) -> Secret {
    let mut input = json!({
        "name": "Helper", "effects": ["read", "write", "destructive"], "approvals": [],
        "calls_per_minute": 6000,
    });
    input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let made = world.call("agent_tokens.create", input).unwrap();
    Secret::new(made["value"].as_str().unwrap())
}

/// What a call answers, whatever it comes to.
struct Answered {
    status: u16,
    body: Value,
    /// All of it, as it leaves.
    text: String,
}

fn answer(
    world: &World,
    credential: &Secret,
    key: Option<&str>,
    id: &str,
    input: Value,
) -> Answered {
    let request = Request {
        credential: Some(credential.clone()),
        idempotency_key: key.map(str::to_owned),
        ..Request::default()
    };
    match world.call_as(request, id, input) {
        Ok(it) => Answered {
            status: it.status,
            body: it.json().unwrap(),
            text: format!(
                "{} {:?} {:?}",
                String::from_utf8_lossy(&it.body),
                it.location,
                it.cookies
            ),
        },
        Err(it) => Answered { status: it.status(), body: it.body(), text: it.body().to_string() },
    }
}

/// The texts at a dotted path, in which `*` is each item of a list.
fn at<'a>(value: &'a Value, path: &[&str], found: &mut Vec<&'a str>) {
    match (path, value) {
        ([], Value::String(text)) => found.push(text),
        (["*", rest @ ..], Value::Array(items)) => items.iter().for_each(|it| at(it, rest, found)),
        ([name, rest @ ..], Value::Object(fields)) => {
            fields.get(*name).into_iter().for_each(|it| at(it, rest, found));
        }
        (_, _) => {}
    }
}

fn secrets(entry: &Entry, body: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for path in entry.op.secrets {
        at(body, &path.split('.').collect::<Vec<_>>(), &mut found);
    }
    found.into_iter().map(str::to_owned).collect()
}

/// Every operation with an input that it accepts; what only reads comes last, when there is something
/// to read.
fn calls(world: &World, samples: &Samples) -> Vec<(&'static Entry, Value)> {
    let further = Further::make(world, samples);
    let catalog = world.app.catalog();
    let flows = flows(world, samples).into_iter();
    let mut calls: Vec<_> = flows.map(|(id, it)| (catalog.get(id).unwrap(), it)).collect();
    calls.retain(|it| it.0.op.id != "sandbox.reset");
    for entry in catalog.entries() {
        if matches!(entry.op.run, Run::Flow(_)) {
            continue;
        }
        let mut input = input(entry, samples, false).unwrap_or_default();
        input.extend(further.given(entry.op.id));
        calls.push((entry, Value::Object(input)));
    }
    calls.sort_by_key(|it| match it.0.op.effect {
        Effect::Write => 0,
        Effect::Read => 1,
        Effect::Destructive => 2,
    });
    calls
}

/// The owner makes each call first, so that what the agent is answered again is known.
#[test]
fn a_token_that_reads_no_secrets_is_shown_none_by_any_operation() {
    on_sqlite(domains(), |world| {
        let samples = Samples::make(world);
        let agent = token(world, &json!({}));
        let mut known: BTreeSet<String> = BTreeSet::new();
        let (mut with_secrets, mut tried) = (BTreeSet::new(), 0);
        for (n, (entry, input)) in calls(world, &samples).into_iter().enumerate() {
            let (id, key) = (entry.op.id, format!("canary-{n}"));
            let whole = answer(world, &world.key, Some(&key), id, input.clone());
            // The code of a refusal is called as some codes are that are secret.
            let shown = |it: &Answered| {
                if it.status < 400 { secrets(entry, &it.body) } else { Vec::new() }
            };
            let canaries = shown(&whole);
            if !canaries.is_empty() {
                with_secrets.insert(id);
            }
            known.extend(canaries.into_iter().filter(|it| it.len() >= 6));
            for key in [Some(key.as_str()), None] {
                let told = answer(world, &agent, key, id, input.clone());
                let text = &told.text;
                for secret in shown(&told) {
                    assert_eq!(secret, REDACTED, "{id} shows a secret: {text}");
                }
                for canary in &known {
                    assert!(!text.contains(canary), "{id} shows {canary}: {text}");
                }
                tried += 1;
            }
            world.drain();
        }
        assert!(tried > 300, "only {tried} calls were tried");
        assert!(with_secrets.len() > 30, "only {with_secrets:?} had secrets to show");
        let declared = world.app.catalog().entries().iter().filter(|it| it.op.sensitive());
        let unseen: Vec<_> =
            declared.map(|it| it.op.id).filter(|it| !with_secrets.contains(it)).collect();
        assert_eq!(unseen, UNSEEN, "what shows no secret here is not proved");
    });
}

/// Operations whose secrets this test does not bring about. The list may only shrink.
const UNSEEN: &[&str] = &[
    "email_verification.get",
    "invitations.revoke",
    "invitations.resend",
    "auth_factors.enroll",
    "auth_factors.challenge",
    "auth_challenges.verify",
    "impersonations.create",
    "user_api_keys.create",
];

#[test]
fn a_token_that_may_read_secrets_is_shown_them() {
    on_sqlite(domains(), |world| {
        let agent = token(world, &json!({ "secrets": "readable" }));
        let input = json!({ "email": "ada@acme.test" });
        let Answered { status, text, .. } =
            answer(world, &agent, None, "invitations.create", input);
        assert_eq!(status, 201);
        assert!(!text.contains(REDACTED), "{text}");
        world.drain();
    });
}

/// Whoever opens a link to the portal can delete there, and nobody is asked.
#[test]
fn escalation_attack_an_agent_that_may_not_delete_makes_no_link_that_it_can_read() {
    on_sqlite(domains(), |world| {
        let organization = world.call("organizations.create", json!({ "name": "Acme" })).unwrap();
        let ask = |change: Value| {
            let input = json!({ "organization": organization["id"] });
            answer(world, &token(world, &change), None, "portal_links.create", input)
        };
        for change in [
            json!({ "secrets": "readable", "effects": ["read", "write"] }),
            json!({ "secrets": "readable", "approvals": ["destructive"] }),
        ] {
            let refused = ask(change);
            assert_eq!(refused.status, 403, "{}", refused.text);
            assert_eq!(refused.body["code"], agent::EFFECT_NOT_ALLOWED);
        }
        let redacted = ask(json!({ "effects": ["read", "write"] }));
        assert_eq!((redacted.status, &redacted.body["link"]), (201, &json!(REDACTED)));
        assert_eq!(ask(json!({ "secrets": "readable" })).status, 201);
        world.drain();
    });
}

#[test]
fn the_secrets_of_an_event_are_redacted_as_those_of_its_object() {
    on_sqlite(domains(), |world| {
        world.call("invitations.create", json!({ "email": "ada@acme.test" })).unwrap();
        // A payload that carries what its official form leaves out.
        let changed = world.flow().write(|cx| {
            let values = [cx.environment.into()];
            let sql = "UPDATE events SET data = REPLACE(data, '\"object\":\"invitation\"',
                         '\"object\":\"invitation\",\"token\":\"canary-of-an-event\"')
                       WHERE environment_id = $1";
            cx.db().execute(sql, &values)
        });
        assert_eq!(changed.unwrap(), 1);
        let agent = token(world, &json!({}));
        let Answered { text, .. } = answer(world, &agent, None, "events.list", json!({}));
        assert!(text.contains(REDACTED) && !text.contains("canary-of-an-event"), "{text}");
        world.drain();
    });
}

#[test]
fn no_agent_token_calls_what_is_for_persons_and_browsers() {
    on_sqlite(domains(), |world| {
        let agent = token(world, &json!({ "secrets": "readable" }));
        let mut tried = 0;
        for entry in world.app.catalog().entries() {
            let is_closed = matches!(entry.op.access, Access::Owner | Access::Approver);
            if !is_closed {
                continue;
            }
            let Answered { status, text, .. } = answer(world, &agent, None, entry.op.id, json!({}));
            assert_eq!(status, 403, "{} {text}", entry.op.id);
            assert!(text.contains(agent::OPERATION_NOT_ALLOWED), "{} {text}", entry.op.id);
            tried += 1;
        }
        assert!(tried >= 8, "only {tried} were tried");
    });
}

/// Everything in the database that says this text, by table.
fn rows_about(world: &World, text: &str) -> Vec<(String, Vec<String>)> {
    let mut all = world.everything();
    // What is written down of the calls themselves.
    all.remove("agent_calls");
    all.into_iter()
        .map(|(table, mut rows)| {
            rows.retain(|it| it.contains(text));
            (table, rows)
        })
        .collect()
}

/// The input with the organization of the token in the place of that of the samples.
fn moved(entry: &Entry, input: &Map<String, Value>, organization: &str) -> Option<Value> {
    let Within::Field(field) = entry.within else { return None };
    let mut moved = input.clone();
    moved.insert(field.to_owned(), organization.into());
    Some(Value::Object(moved))
}

#[test]
fn a_token_of_one_organization_reaches_nothing_of_another_by_any_operation() {
    on_sqlite(domains(), |world| {
        let samples = Samples::make(world);
        let theirs = samples.of("organizations").to_owned();
        let own = world.call("organizations.create", json!({ "name": "Two" })).unwrap();
        let own = own["id"].as_str().unwrap();
        let agent = token(world, &json!({ "organizations": [own], "secrets": "readable" }));
        let calls = calls(world, &samples);
        world.drain();
        let before = rows_about(world, &theirs);
        let (mut refused, mut mixed) = (0, 0);
        for (entry, input) in calls {
            let id = entry.op.id;
            let request = Request { credential: Some(agent.clone()), ..Request::default() };
            let tried = world.rehearse_as(request, id, input.clone());
            assert!(tried.is_err(), "{id} {input} tried answers {tried:?}");
            let Answered { status, text, .. } = answer(world, &agent, None, id, input.clone());
            assert!(status >= 400, "{id} {input} answers {text}");
            refused += usize::from(text.contains(agent::ORGANIZATION_NOT_ALLOWED));
            let Some(input) = moved(entry, input.as_object().unwrap(), own) else { continue };
            let request = Request { credential: Some(agent.clone()), ..Request::default() };
            if let Ok(told) = world.rehearse_as(request, id, input.clone()) {
                let said = told.to_string().replace(own, "");
                let shows = |it: &str| !input.to_string().contains(it) && said.contains(it);
                assert!(!shows(&theirs) && !shows("one@one.test"), "{id} {input} tells {told}");
            }
            let Answered { status, text, .. } = answer(world, &agent, None, id, input.clone());
            let said = text.replace(own, "");
            let names = [theirs.as_str(), "one@one.test"];
            let shows =
                names.iter().any(|it| !input.to_string().contains(*it) && said.contains(it));
            assert!(status >= 400 || !shows, "{id} {input} answers {text}");
            mixed += 1;
        }
        assert!(refused > 200 && mixed > 30, "only {refused} and {mixed} were tried");
        world.drain();
        for (was, is) in before.iter().zip(&rows_about(world, &theirs)) {
            assert_eq!(was, is, "nothing of another organization changes");
        }
    });
}

#[test]
fn how_an_operation_is_known_to_stay_in_an_organization_names_what_there_is() {
    on_sqlite(domains(), |world| {
        let mut by_row = 0;
        for entry in world.app.catalog().entries() {
            match entry.within {
                Within::Named => panic!("{} was not looked at", entry.op.id),
                Within::Nowhere => {}
                Within::Field(field) => assert!(entry.field(field).is_some(), "{}", entry.op.id),
                Within::Row { table, field } => {
                    assert!(entry.field(field).is_some(), "{} lacks {field}", entry.op.id);
                    let sql = format!(
                        "SELECT organization_id FROM {table} WHERE environment_id = $1 AND id = $1"
                    );
                    let looked = world.flow().read(|cx| {
                        let values = [cx.environment.into()];
                        cx.db().query(&sql, &values)
                    });
                    assert!(looked.is_ok(), "{}: {looked:?}", entry.op.id);
                    by_row += 1;
                }
            }
        }
        assert!(by_row > 30, "only {by_row}");
    });
}

pub(super) fn recorded(world: &World, filter: &Value) -> Vec<Value> {
    let mut input = json!({ "limit": 100, "order": "asc" });
    input.as_object_mut().unwrap().extend(filter.as_object().unwrap().clone());
    let page = world.call("agent_calls.list", input).unwrap();
    page["data"].as_array().unwrap().clone()
}

#[test]
fn every_call_of_an_agent_is_written_down_and_no_other() {
    each_engine(domains(), |world| {
        let agent = token(world, &json!({ "operations": ["users.*", "organizations.*"] }));
        let run = |id: &str, input: Value| {
            let request = Request {
                id: format!("request of {id}"),
                credential: Some(agent.clone()),
                run_id: Some("ticket 4100".to_owned()),
                ip_address: Some("203.0.113.7".to_owned()),
                ..Request::default()
            };
            world.call_as(request, id, input).map_err(|it| it.status()).map(|it| it.status)
        };
        let acme = world.call("organizations.create", json!({ "name": "Acme" })).unwrap();
        let password = json!({ "email": "ada@acme.test", "password": "a-long-password-4100" });
        assert_eq!(run("users.create", password), Ok(201));
        let input = json!({ "id": acme["id"], "name": "Acme!" });
        assert_eq!(run("organizations.update", input), Ok(200));
        assert_eq!(run("organizations.get", json!({ "id": "org_unknown" })), Err(404));
        assert_eq!(run("roles.create", json!({ "slug": "x", "name": "X" })), Err(403));
        assert_eq!(run("organizations.create", json!({ "name": 7 })), Err(422));
        assert_eq!(run("users.list", json!({})), Ok(200));
        // What writes is there at once; what reads waits for no disk.
        let calls = recorded(world, &json!({}));
        let seen: Vec<_> = calls.iter().map(|it| it["operation"].as_str().unwrap()).collect();
        let writes =
            ["users.create", "organizations.update", "roles.create", "organizations.create"];
        assert_eq!(seen, writes);
        agent::calls::write_gathered(&world.app).unwrap();
        let calls = recorded(world, &json!({ "run_id": "ticket 4100" }));
        assert_eq!(calls.len(), 6);
        let text = json!(calls).to_string();
        assert!(!text.contains("a-long-password-4100") && text.contains(REDACTED), "{text}");
        let of = |id: &str| calls.iter().find(|it| it["operation"] == id).unwrap();
        let made = of("organizations.update");
        assert_eq!((&made["outcome"], &made["status"]), (&json!("done"), &json!(200)));
        assert_eq!(made["organization_id"], acme["id"]);
        assert_eq!(made["arguments"], json!({ "id": acme["id"], "name": "Acme!" }));
        assert_eq!(made["request_id"], "request of organizations.update");
        let refused = of("roles.create");
        assert_eq!(refused["outcome"], "refused");
        assert_eq!(refused["code"], "agent_operation_not_allowed");
        assert_eq!(recorded(world, &json!({ "outcome": "refused" })).len(), 3);
        assert_eq!(recorded(world, &json!({ "effect": "read" })).len(), 2);
        assert_eq!(recorded(world, &json!({ "operation": "users.list" })).len(), 1);
        assert_eq!(recorded(world, &json!({ "range_start": "2026-01-15T12:00:00.001Z" })).len(), 0);
    });
}

#[test]
fn a_call_that_needs_a_person_is_written_down_with_its_approval() {
    each_engine(domains(), |world| {
        let agent = token(world, &json!({ "approvals": ["write"] }));
        let create = |approval: Option<&str>| {
            let request = Request {
                credential: Some(agent.clone()),
                approval_id: approval.map(str::to_owned),
                ..Request::default()
            };
            world.call_as(request, "organizations.create", json!({ "name": "Acme" }))
        };
        let refused = create(None).unwrap_err();
        let asked = refused.extra("approval").unwrap()["id"].as_str().unwrap().to_owned();
        world.call("approvals.approve", json!({ "id": asked })).unwrap();
        create(Some(&asked)).unwrap();
        let calls = recorded(world, &json!({}));
        let seen: Vec<_> = calls.iter().map(|it| (&it["outcome"], &it["approval_id"])).collect();
        let asked = json!(asked);
        assert_eq!(seen, [(&json!("refused"), &asked), (&json!("done"), &asked)]);
    });
}

#[test]
fn the_record_is_forgotten_when_events_are() {
    on_sqlite(domains(), |world| {
        let agent = token(world, &json!({ "expires_at": "2026-12-01T00:00:00.000Z" }));
        let made = answer(world, &agent, None, "organizations.create", json!({ "name": "Acme" }));
        assert_eq!(made.status, 201);
        world.call("event_policy.update", json!({ "kept_days": 30 })).unwrap();
        world.clock.advance_seconds(30 * 86_400);
        assert_eq!(vestibule_record::agent_calls::forget(&world.flow()).unwrap(), 0);
        world.clock.advance_seconds(1);
        assert_eq!(vestibule_record::agent_calls::forget(&world.flow()).unwrap(), 1);
        assert_eq!(recorded(world, &json!({})), Vec::<Value>::new());
    });
}

/// Calls of an agent that are gathered and not written yet, one of each run.
fn gather(world: &World, agent: &Secret, runs: &[&str]) {
    for run in runs {
        let request = Request {
            credential: Some(agent.clone()),
            run_id: Some((*run).to_owned()),
            ..Request::default()
        };
        world.call_as(request, "users.list", json!({})).unwrap();
    }
}

fn runs(world: &World) -> Vec<String> {
    let calls = recorded(world, &json!({}));
    calls.iter().map(|it| it["run_id"].as_str().unwrap().to_owned()).collect()
}

/// Changes the tables, as no operation does.
fn alter(world: &World, sql: &'static str) {
    world.app.db().write(move |tx| tx.execute(sql, &[])).unwrap();
}

#[test]
fn a_call_that_the_database_refuses_to_hold_keeps_no_other_out_of_the_record() {
    each_engine(domains(), |world| {
        let agent = token(world, &json!({}));
        alter(world, "CREATE UNIQUE INDEX one_call ON agent_calls (run_id) -- global: of a test");
        gather(world, &agent, &["one", "two", "one", "three"]);
        agent::calls::write_gathered(&world.app).unwrap();
        assert_eq!(runs(world), ["one", "two", "three"]);
        // The one that was refused is not tried for ever.
        gather(world, &agent, &["four"]);
        agent::calls::write_gathered(&world.app).unwrap();
        assert_eq!(runs(world), ["one", "two", "three", "four"]);
    });
}

#[test]
fn while_no_call_can_be_written_down_none_is_lost() {
    each_engine(domains(), |world| {
        let agent = token(world, &json!({}));
        gather(world, &agent, &["one", "two"]);
        alter(world, "ALTER TABLE agent_calls RENAME TO agent_calls_away -- global: of a test");
        agent::calls::write_gathered(&world.app).unwrap_err();
        gather(world, &agent, &["three"]);
        alter(world, "ALTER TABLE agent_calls_away RENAME TO agent_calls -- global: of a test");
        agent::calls::write_gathered(&world.app).unwrap();
        assert_eq!(runs(world), ["one", "two", "three"]);
    });
}
