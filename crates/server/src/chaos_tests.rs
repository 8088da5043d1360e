//! Wherever a writing operation fails, nothing of it stays: no row, no event, no job.
//!
//! Each is run on a database that fails at its first statement, then at its second, and so on to
//! its commit. What the operation is given here it would otherwise accept.
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use vestibule_kernel::catalog::{Entry, Run};
use vestibule_kernel::db::{Fault, Faults};
use vestibule_kernel::testing::{World, each_engine, on_failing_sqlite, on_sqlite};
use vestibule_kernel::{Kind, Request};

use super::environment_tests::{Samples, input};
use super::operation_inputs::{Further, flows};
use super::tests::domains;

/// How many things an operation may ask of the database.
const STEPS_MAX: u64 = 500;
/// What flows commit before what they are for: uses of what is limited.
const LEFT_BY_FLOWS: [&str; 1] = ["rate_limits"];

type Everything = BTreeMap<String, Vec<String>>;

#[test]
fn an_operation_that_fails_at_any_statement_leaves_nothing() {
    on_failing_sqlite(domains(), |world, faults| {
        let samples = Samples::make(world);
        let further = Further::make(world, &samples);
        world.drain();
        let mut tried = 0;
        for entry in world.app.catalog().entries() {
            if !matches!(entry.op.run, Run::Operation { writes: true, .. }) {
                continue;
            }
            let mut input = input(entry, &samples, false).unwrap_or_default();
            input.extend(further.given(entry.op.id));
            fail_everywhere(world, faults, entry, &input);
            tried += 1;
        }
        assert!(tried > 50, "only {tried} operations were tried");
    });
}

#[test]
fn a_dry_run_of_any_operation_leaves_nothing() {
    each_engine(domains(), |world| {
        let samples = Samples::make(world);
        let further = Further::make(world, &samples);
        world.drain();
        let before = world.everything();
        let mut tried = 0;
        for entry in world.app.catalog().entries() {
            let id = entry.op.id;
            if !matches!(entry.op.run, Run::Operation { writes: true, .. }) {
                continue;
            }
            let mut input = input(entry, &samples, false).unwrap_or_default();
            input.extend(further.given(id));
            let told = world.rehearse(id, Value::Object(input));
            match told {
                Ok(told) => {
                    assert_eq!(told["object"], "dry_run", "{id}");
                    tried += 1;
                }
                Err(error) => assert_eq!(error.code(), "not_dry_runnable", "{id}: {error:?}"),
            }
            assert_same(&before, &world.everything(), &format!("a dry run of {id}"));
        }
        assert!(tried > 50, "only {tried} operations were tried");
    });
}

#[test]
fn a_code_cannot_be_guessed_by_trying_it_without_using_a_try_up() {
    on_sqlite(domains(), |world| {
        for id in [
            "auth_challenges.verify",
            "email_verification.confirm",
            "email_change.confirm",
            "password_reset.confirm",
            "user_management.authenticate",
        ] {
            let refused = world.rehearse(id, json!({})).unwrap_err();
            assert_eq!(refused.code(), "not_dry_runnable", "{id}");
        }
    });
}

/// Fails the operation at each of its steps in turn. The commit is the last, so that the world is
/// as it was in the end.
fn fail_everywhere(
    world: &World,
    faults: &Faults,
    entry: &'static Entry,
    input: &Map<String, Value>,
) {
    let id = entry.op.id;
    let before = world.everything();
    for step in 0..STEPS_MAX {
        let failed = fail_at(world, faults, entry, input, step);
        let failed = failed.unwrap_or_else(|| panic!("{id} committed nothing"));
        assert_same(&before, &world.everything(), &format!("{id} failed at {failed:?}"));
        if failed == Fault::Commit {
            return;
        }
    }
    panic!("{id} has more than {STEPS_MAX} steps");
}

/// Runs the operation, which fails at this step; tells what failed, if it has as many steps.
fn fail_at(
    world: &World,
    faults: &Faults,
    entry: &'static Entry,
    input: &Map<String, Value>,
    step: u64,
) -> Option<Fault> {
    let id = entry.op.id;
    let is_flow = matches!(entry.op.run, Run::Flow(_));
    let request = Request {
        credential: Some(world.key.clone()),
        // A flow keeps its answer in a transaction of its own.
        idempotency_key: (!is_flow).then(|| format!("chaos-{id}")),
        ..Request::default()
    };
    faults.fail_after(step);
    let answer = world.call_as(request, id, Value::Object(input.clone()));
    let failed = faults.end();
    match (&answer, &failed) {
        (Ok(_), None) => {}
        (Ok(_), Some(it)) => panic!("{id} went on as if nothing had happened after {it:?}"),
        (Err(error), None) => panic!("{id} does not accept {input:?}: {error:?}"),
        (Err(error), Some(it)) => {
            assert_eq!(error.kind(), Kind::Internal, "{id} at {it:?}: {error:?}");
            let body = json!({ "code": "internal_error", "message": "Internal Server Error" });
            assert_eq!(error.body(), body, "{id} at {it:?} tells of the insides");
        }
    }
    failed
}

fn assert_same(before: &Everything, after: &Everything, what: &str) {
    for (table, rows) in before {
        let more: Vec<_> = after[table].iter().filter(|it| !rows.contains(it)).collect();
        let fewer: Vec<_> = rows.iter().filter(|it| !after[table].contains(it)).collect();
        let same = rows == &after[table];
        assert!(same, "{what} and left {table} changed: {more:#?} in place of {fewer:#?}");
    }
}

#[test]
fn a_flow_that_fails_at_any_statement_leaves_nothing_but_its_use_of_a_limit() {
    on_failing_sqlite(domains(), |world, faults| {
        let samples = Samples::make(world);
        let flows = flows(world, &samples);
        for (id, input) in &flows {
            fail_flow_everywhere(world, faults, id, input);
            // What it mails is sent: a sandbox that lists its messages waits for that.
            world.drain();
        }
        for entry in world.app.catalog().entries() {
            let is_flow = matches!(entry.op.run, Run::Flow(_));
            let tried = flows.iter().any(|it| it.0 == entry.op.id);
            assert!(!is_flow || tried, "{} was not tried", entry.op.id);
        }
        world.drain();
    });
}

/// Fails the flow at each of its steps in turn, until it succeeds.
fn fail_flow_everywhere(world: &World, faults: &Faults, id: &'static str, input: &Value) {
    let entry = world.app.catalog().get(id).unwrap();
    let input = input.as_object().unwrap();
    let before = world.everything();
    for step in 0..STEPS_MAX {
        let Some(failed) = fail_at(world, faults, entry, input, step) else { return };
        let mut after = world.everything();
        if id == "sessions.logout" && after["sessions"] != before["sessions"] {
            // The session ends even where there is nowhere to go afterwards, and ends wholly.
            assert_eq!(after["events"].len(), before["events"].len() + 1, "at {failed:?}");
            return;
        }
        for table in LEFT_BY_FLOWS {
            after.insert(table.to_owned(), before[table].clone());
            let sql = format!("DELETE FROM {table} -- global: or the next try is over the limit");
            world.app.db().write(move |tx| tx.execute(&sql, &[])).unwrap();
        }
        assert_same(&before, &after, &format!("{id} failed at {failed:?}"));
    }
    panic!("{id} has more than {STEPS_MAX} steps");
}
