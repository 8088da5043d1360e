//! Other engines beside ours: a program of its own (`bench/engines`), since nobody who builds the
//! product should have to build them.
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::{machine, say};

/// The engines, and how many bytes each takes for a resource and the roles that are held on it: so much
/// was found with a million resources.
const ENGINES: [(&str, usize); 2] = [("cedar-policy", 9_500), ("casbin", 2_500)];

/// Has each answer the questions of our cold checks, of which `yes` must be answered with yes.
pub fn measure(resources: usize, yes: usize) -> Result<(), String> {
    for (name, bytes) in ENGINES {
        let (needed, there) =
            (resources * bytes / 1_000_000, machine::memory_available_megabytes());
        if needed > there {
            say(&format!(
                "{name}: not measured: it would take about {needed} MB, and {there} are there"
            ));
            continue;
        }
        let Some(found) = run(name, resources)? else {
            say(&format!("{name}: not built; bench/run builds it"));
            continue;
        };
        let number = |field: &str| found[field].as_f64().unwrap_or_default();
        say(&format!(
            "{name}, in the process: {:.0}/s, p50 {:.1} µs, p99 {:.1} µs; loaded in {:.1} s, {:.0} MB",
            number("rate"),
            number("p50") / 1000.0,
            number("p99") / 1000.0,
            number("seconds"),
            number("megabytes")
        ));
        if found["yes"] != yes {
            return Err(format!("{name} says yes {} times, and we {yes} times", found["yes"]));
        }
    }
    Ok(())
}

fn run(name: &str, resources: usize) -> Result<Option<Value>, String> {
    let program = program();
    if !program.exists() {
        return Ok(None);
    }
    let done = Command::new(program).arg(name).arg(resources.to_string()).output();
    let done = done.map_err(|it| it.to_string())?;
    if !done.status.success() {
        return Err(format!("{name}: {}", String::from_utf8_lossy(&done.stderr)));
    }
    serde_json::from_slice(&done.stdout).map(Some).map_err(|it| it.to_string())
}

/// `target/engines/release/…`, where `bench/run` builds it.
fn program() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    let target = own.parent().and_then(std::path::Path::parent).unwrap_or(&own);
    target.join("engines/release/vestibule-bench-engines")
}
