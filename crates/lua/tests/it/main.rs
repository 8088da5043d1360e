//! Tests of the engine against a host that is made up.

mod attacks;
mod calls;
mod catalogue;
mod language;
mod round_trip;
mod sandbox;

use std::sync::Arc;
use std::time::Duration;

use vestibule_lua::{Engine, Limits, Outcome, SessionOptions};

use catalogue::Catalogue;

/// How long an attack may hold the test at the most. Its own budget is a fraction of that.
const WATCHDOG: Duration = Duration::from_mins(1);

/// Budgets that an attack uses up soon.
fn tight() -> Limits {
    Limits { cpu_ms_max: 300, wall_ms_max: 20_000, ..Limits::default() }
}

fn options(limits: Limits) -> SessionOptions {
    SessionOptions { run_id: "run_01".into(), limits, permission_bypassed: false }
}

/// Runs a program against a host within budgets.
async fn run_on(host: &Arc<Catalogue>, program: &str, limits: Limits) -> Outcome {
    let host = Arc::clone(host);
    let run = async { Engine::new(4).run(host, program, options(limits)).await };
    tokio::time::timeout(WATCHDOG, run).await.expect("the run ended within the watchdog's time")
}

/// Runs a program against the usual host.
async fn run(program: &str) -> Outcome {
    run_on(&Catalogue::usual(), program, Limits::default()).await
}

/// What a program that must succeed returns.
async fn returns(program: &str) -> serde_json::Value {
    let outcome = run(program).await;
    assert!(outcome.success, "{program}: {:?}", outcome.error);
    outcome.result
}

/// What a program that must succeed prints.
async fn prints(program: &str) -> String {
    let outcome = run(program).await;
    assert!(outcome.success, "{program}: {:?}", outcome.error);
    outcome.output
}
