//! What the engine itself costs: `cargo run --release -p vestibule-lua --example overhead`.
//!
//! Prints how long a machine takes to start and to run nothing, and how long a run of ten calls takes
//! against a host that answers at once.

#![expect(clippy::print_stdout, reason = "it is there to print")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use vestibule_lua::{
    Action, Answer, Call, Docs, Effect, Engine, Host, Limits, Mcp, Reply, SessionOptions,
};

const RUNS: u32 = 500;

struct AtOnce;

impl AtOnce {
    fn list() -> Action {
        Action { name: "organizations.list".into(), effect: Effect::Read, summary: "List".into() }
    }
}

impl Host for AtOnce {
    fn actions(&self) -> Vec<Action> {
        vec![Self::list()]
    }

    fn find(&self, name: &str, _: &Map<String, Value>) -> Option<Action> {
        (name == "organizations.list").then(Self::list)
    }

    fn accounts(&self) -> Vec<String> {
        vec!["default".into()]
    }

    fn call(&self, _: Call) -> Answer<'_, Reply> {
        Box::pin(async {
            let items: Vec<_> = (0..10)
                .map(|at| json!({ "object": "organization", "id": format!("org_{at}"), "name": "Acme" }))
                .collect();
            Ok(Reply { value: json!({ "data": items, "list_metadata": {} }), untrusted: false })
        })
    }

    fn docs(&self, _: Docs) -> Answer<'_, String> {
        Box::pin(async { Ok(String::new()) })
    }

    fn mcp(&self, _: Mcp) -> Answer<'_, Reply> {
        Box::pin(async { Ok(Reply { value: json!([]), untrusted: false }) })
    }
}

#[tokio::main]
async fn main() {
    let nothing = median("return 1").await;
    let ten = median(
        "local count = 0
         for i = 1, 10 do
             for _, it in app.integrations.workos.organizations.list({ limit = 10 }).data do count += #it.id end
         end
         return count",
    )
    .await;
    println!("start of a machine, a run of nothing, its end: {:>7.3} ms", milliseconds(nothing));
    println!("a run of ten calls, the start included:        {:>7.3} ms", milliseconds(ten));
    println!(
        "the ten calls:                                 {:>7.3} ms",
        milliseconds(ten.saturating_sub(nothing))
    );
    println!("median of {RUNS} runs each, one after the other");
}

async fn median(program: &str) -> Duration {
    let engine = Engine::new(1);
    let mut times = Vec::new();
    for run in 0..RUNS {
        let options = SessionOptions {
            run_id: run.to_string(),
            limits: Limits::default(),
            permission_bypassed: false,
        };
        let began = Instant::now();
        let outcome = engine.run(Arc::new(AtOnce), program, options).await;
        times.push(began.elapsed());
        assert!(outcome.success, "{:?}", outcome.error);
    }
    times.sort();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
