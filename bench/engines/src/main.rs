//! Checks by `cedar-policy` and `casbin`, as engines in the process with all of a tree in memory.
//!
//! `vestibule-bench-engines NAME RESOURCES` prints one line of JSON: seconds of loading, megabytes,
//! checks a second, the times below which half and 99 % of them stayed in nanoseconds, and how many of
//! the questions were answered with yes.
use std::error::Error;
use std::time::{Duration, Instant};

#[path = "../../src/tree.rs"]
#[expect(dead_code, reason = "what writes rows needs is not needed here")]
mod tree;

mod cedar;
mod rbac;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many questions are asked once each; those of our own check.
const QUESTIONS: usize = 20_000;

type Told<T> = Result<T, Box<dyn Error>>;

/// An engine that has a tree in memory.
trait Engine {
    /// Whether a member may edit a resource.
    fn check(&self, member: usize, resource: usize) -> Told<bool>;
}

fn main() -> Told<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, resources] = arguments.as_slice() else {
        return Err("usage: vestibule-bench-engines cedar-policy|casbin RESOURCES".into());
    };
    let resources: usize = resources.parse()?;
    let began = Instant::now();
    let engine: Box<dyn Engine> = match name.as_str() {
        "cedar-policy" => Box::new(cedar::Cedar::load(resources)?),
        "casbin" => Box::new(rbac::Casbin::load(resources)?),
        other => return Err(format!("no engine is called '{other}'").into()),
    };
    let loading = began.elapsed();
    let (mut times, yes) = ask(&*engine, resources)?;
    times.sort_unstable();
    let total: Duration = times.iter().sum();
    println!(
        "{{\"seconds\":{:.1},\"megabytes\":{},\"rate\":{:.0},\"p50\":{},\"p99\":{},\"yes\":{yes}}}",
        loading.as_secs_f64(),
        megabytes(),
        times.len() as f64 / total.as_secs_f64(),
        times[times.len() / 2].as_nanos(),
        times[times.len() * 99 / 100].as_nanos(),
    );
    Ok(())
}

fn ask(engine: &dyn Engine, resources: usize) -> Told<(Vec<Duration>, usize)> {
    let mut spread = tree::Spread(5);
    let (mut times, mut yes) = (Vec::with_capacity(QUESTIONS), 0);
    for _ in 0..QUESTIONS {
        let (member, resource) = tree::question(&mut spread, resources);
        let began = Instant::now();
        let allowed = engine.check(member, resource)?;
        times.push(began.elapsed());
        yes += usize::from(allowed);
    }
    Ok((times, yes))
}

/// Memory that is resident.
fn megabytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|it| it.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1024
}
