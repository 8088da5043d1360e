//! Measures the server, and beside it, in the same run, what this machine does without it.
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

mod audit;
mod authorization;
mod client;
mod engines;
mod fill;
mod layouts;
mod machine;
mod mcp;
mod server;
mod tokens;
mod tree;
mod webhooks;

use client::{Measured, load, request};
use server::{Bare, Server};

const TIME: Duration = Duration::from_secs(5);
/// A prime, so that steps of this length come to everything.
const STRIDE: usize = 7_919;
const PASSWORD: &str = "correct-horse-battery-staple-4100";

const USAGE: &str = "usage: vestibule-bench \
     [--quick | reads | authorization [RESOURCES…] | layouts [RESOURCES…] | exports [EVENTS…] | \
     webhooks | mcp]";

fn say(text: &str) {
    writeln!(std::io::stdout(), "{text}").ok();
}

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|it| it.to_string())?;
    match arguments.as_slice() {
        [what, body] if what == "bare" => {
            runtime.block_on(machine::bare_server(body.clone())).map_err(|it| it.to_string())
        }
        [] => runtime.block_on(measure(1_000_000)),
        [quick] if quick == "--quick" => runtime.block_on(measure(100_000)),
        [what] if what == "reads" => runtime.block_on(reads()),
        [what] if what == "sink" => runtime.block_on(webhooks::sink()).map_err(|it| it.to_string()),
        [what] if what == "webhooks" => {
            let folder = tempfile::tempdir().map_err(|it| it.to_string())?;
            runtime.block_on(webhooks::measure(folder.path()))
        }
        [what] if what == "mcp" => {
            let folder = tempfile::tempdir().map_err(|it| it.to_string())?;
            runtime.block_on(mcp::measure(folder.path()))
        }
        [what, sizes @ ..] if what == "authorization" => {
            let folder = tempfile::tempdir().map_err(|it| it.to_string())?;
            let sizes = sizes_of(sizes, &[1_000, 1_000_000, 10_000_000])?;
            runtime.block_on(authorization::measure(folder.path(), &sizes))
        }
        [what, sizes @ ..] if what == "exports" => {
            let folder = tempfile::tempdir().map_err(|it| it.to_string())?;
            let sizes = sizes_of(sizes, &[1_000_000])?;
            runtime.block_on(exports(&folder.path().join("data"), &sizes))
        }
        [what, sizes @ ..] if what == "layouts" => {
            let folder = tempfile::tempdir().map_err(|it| it.to_string())?;
            let sizes = sizes_of(sizes, &[100_000])?;
            sizes.into_iter().try_for_each(|it| layouts::measure(folder.path(), it))
        }
        _ => Err(USAGE.to_owned()),
    }
}

/// The sizes that were given, or else the usual ones.
fn sizes_of(given: &[String], usual: &[usize]) -> Result<Vec<usize>, String> {
    if given.is_empty() {
        return Ok(usual.to_vec());
    }
    given.iter().map(|it| it.parse().map_err(|_| USAGE.to_owned())).collect()
}

/// Exports of audit logs of these sizes alone.
async fn exports(data: &Path, sizes: &[usize]) -> Result<(), String> {
    // Its data is there once it has started.
    drop(Server::start(data).await?);
    let fsync = machine::fsync_rate(data).map_err(|it| it.to_string())?;
    for size in sizes {
        audit::exports(data, *size, fsync).await?;
    }
    Ok(())
}

/// Gets alone, beside the bare server.
async fn reads() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|it| it.to_string())?;
    let server = Server::start(&folder.path().join("data")).await?;
    let organization = create_organization(&server).await?;
    gets(&server, &organization).await
}

/// A row of the report.
fn row(name: &str, it: &Measured) {
    let failed = if it.failed > 0 { format!("  {} FAILED", it.failed) } else { String::new() };
    say(&format!(
        "{name:<46}{:>10.0}/s  p50 {:>8.3}  p95 {:>8.3}  p99 {:>8.3} ms{failed}",
        it.rate,
        it.p50.as_secs_f64() * 1000.0,
        it.p95.as_secs_f64() * 1000.0,
        it.p99.as_secs_f64() * 1000.0
    ));
}

fn goal(name: &str, found: f64, unit: &str, wanted: &str, reached: bool) {
    let mark = if reached { "reached" } else { "MISSED" };
    say(&format!("  {name:<52}{found:>10.2}{unit}  {wanted:<12}{mark}"));
}

async fn measure(users_max: usize) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|it| it.to_string())?;
    let path = folder.path();
    say("This machine");
    let fsync = machine::fsync_rate(path).map_err(|it| it.to_string())?;
    let single = machine::single_commit_rate(path).map_err(|it| it.to_string())?;
    say(&format!("  fdatasync of 4 KiB          {fsync:>10.0}/s"));
    say(&format!("  SQLite, one row a commit    {single:>10.0}/s\n"));

    let data = path.join("data");
    let empty = Server::start(&data).await?;
    let empty_start = empty.started_in;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let memory = empty.memory();
    let organization = create_organization(&empty).await?;
    drop(empty);
    let again = Server::start(&data).await?;
    let existing_start = again.started_in;
    reads_and_writes(&again, &organization, single, fsync).await?;
    audit::ingestion(&again, &organization, (single, fsync)).await?;
    passwords(&again, &organization).await?;
    drop(again);
    sign_ins(&data).await?;
    audit::exports(&data, users_max, fsync).await?;

    let small = lists(path, &data, 1_000).await?;
    let middle = lists(path, &data, 10_000).await?;
    let large = lists(path, &data, users_max).await?;
    say("\nGoals");
    let ratio = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64();
    let get = ratio(large.0.p50, small.0.p50);
    goal("get at the most users, over 1k", get, "×", "≤ 1.2", get <= 1.2);
    let list = ratio(large.1.p50, small.1.p50);
    goal("list at the most users, over 1k", list, "×", "≤ 1.2", list <= 1.2);
    let list = ratio(middle.1.p50, small.1.p50);
    goal("list at 10k users, over 1k", list, "×", "≤ 1.2", list <= 1.2);
    let millis = empty_start.as_secs_f64() * 1000.0;
    goal("start to first answer, empty folder", millis, " ms", "< 250", millis < 250.0);
    let millis = existing_start.as_secs_f64() * 1000.0;
    goal("start to first answer, existing data", millis, " ms", "< 100", millis < 100.0);
    goal("memory, idle", memory, " MB", "< 40", memory < 40.0);
    Ok(())
}

async fn call(server: &Server, method: &str, path: &str, body: &Value) -> Result<Value, String> {
    let mut client = client::Client::connect(&server.address).await.map_err(|it| it.to_string())?;
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let request = request(method, path, &server.key, &body);
    let answer = client.send(&request).await.map_err(|it| it.to_string())?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    if answer.status >= 300 {
        return Err(format!("{method} {path}: {} {text}", answer.status));
    }
    serde_json::from_str(&text).map_err(|it| it.to_string())
}

async fn create_organization(server: &Server) -> Result<Value, String> {
    call(server, "POST", "/organizations", &json!({ "name": "Acme" })).await
}

/// Gets and creates.
async fn reads_and_writes(
    server: &Server,
    organization: &Value,
    single: f64,
    fsync: f64,
) -> Result<(), String> {
    gets(server, organization).await?;
    let key = server.key.clone();
    let create = move |connection: usize, n: usize, _: Option<&client::Answer>| {
        let body = json!({ "name": format!("Bench {connection} {n}") }).to_string();
        request("POST", "/organizations", &key, &body)
    };
    let one = load(&server.address, 1, TIME, create.clone()).await;
    row("organization create, 1 connection", &one);
    let many = load(&server.address, 64, TIME, create).await;
    row("organization create, 64 connections", &many);
    let times = many.rate / single;
    goal("creates at 64, over one row a commit", times, "×", "≥ 15", times >= 15.0);
    goal("creates at 64, over the fsync rate", many.rate / fsync, "×", "", true);
    Ok(())
}

/// Gets of one organization, beside the bare server with the same body.
async fn gets(server: &Server, organization: &Value) -> Result<(), String> {
    let path = format!("/organizations/{}", organization["id"].as_str().unwrap_or_default());
    let get = request("GET", &path, &server.key, "");
    let bare = Bare::start(&organization.to_string())?;
    let mut ratios = Vec::new();
    let mut shown = None;
    // In turn, so that a machine whose speed drifts is fair to both.
    for _ in 0..3 {
        let get_bare = get.clone();
        let of_bare = load(&bare.address, 32, TIME, move |_, _, _| get_bare.clone()).await;
        let get = get.clone();
        let ours = load(&server.address, 32, TIME, move |_, _, _| get.clone()).await;
        ratios.push(ours.rate / of_bare.rate);
        shown = Some((of_bare, ours));
    }
    if let Some((of_bare, ours)) = &shown {
        row("bare axum server, 32 connections", of_bare);
        row("organization get, 32 connections", ours);
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2] * 100.0;
    goal("get, of the bare server's rate", median, " %", "≥ 50", median >= 50.0);
    Ok(())
}

/// Sign-ins by password while gets go on, and refreshes.
async fn passwords(server: &Server, organization: &Value) -> Result<(), String> {
    let mut users = Vec::new();
    for n in 0..256 {
        let email = format!("login{n}@bench.test");
        let user = json!({ "email": email, "password": PASSWORD, "email_verified": true });
        call(server, "POST", "/user_management/users", &user).await?;
        users.push(email);
    }
    let users = Arc::new(users);
    let (client_id, key) = (server.client_id.clone(), server.key.clone());
    let sign_in = {
        let users = users.clone();
        let (client_id, key) = (client_id.clone(), key.clone());
        move |connection: usize, n: usize, _: Option<&client::Answer>| {
            // Each user signs in seldom enough to stay under the limit of ten a minute.
            let email = &users[(connection + n * 8) % users.len()];
            let body = json!({
                "grant_type": "password", "client_id": client_id, "client_secret": key,
                "email": email, "password": PASSWORD,
            });
            request("POST", "/user_management/authenticate", "", &body.to_string())
        }
    };
    let path = format!("/organizations/{}", organization["id"].as_str().unwrap_or_default());
    let get = request("GET", &path, &server.key, "");
    let address = server.address.clone();
    let mut turns = Vec::new();
    // In turn, so that a machine whose speed drifts is fair to both.
    for _ in 0..3 {
        let argon2 = tokio::task::spawn_blocking(machine::argon2_rate);
        let argon2 = argon2.await.map_err(|it| it.to_string())?;
        let (address, get) = (address.clone(), get.clone());
        let gets = tokio::spawn(async move { paced(&address, &get).await });
        let ours = load(&server.address, 8, TIME, sign_in.clone()).await;
        let beside = gets.await.map_err(|it| it.to_string())?;
        turns.push((ours.rate / argon2 * 100.0, argon2, ours, beside));
    }
    turns.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (share, argon2, ours, beside) = &turns[1];
    say(&format!("{:<46}{argon2:>10.1}/s", "argon2id, all processors"));
    row("sign-in by password, 8 connections", ours);
    row("organization get meanwhile, 100/s", beside);
    goal("sign-ins, of the raw argon2 rate", *share, " %", "≥ 90", *share >= 90.0);
    let p99 = beside.p99.as_secs_f64() * 1000.0;
    goal("p99 of a get meanwhile", p99, " ms", "< 20", p99 < 20.0);

    let mut tokens = Vec::new();
    for email in users.iter().take(8) {
        let body = json!({
            "grant_type": "password", "client_id": client_id, "client_secret": key,
            "email": email, "password": PASSWORD,
        });
        let answer = call(server, "POST", "/user_management/authenticate", &body).await?;
        tokens.push(answer["refresh_token"].as_str().unwrap_or_default().to_owned());
    }
    let refresh = move |connection: usize, _: usize, last: Option<&client::Answer>| {
        let last: Option<Value> = last.and_then(|it| serde_json::from_slice(&it.body).ok());
        let token = last.as_ref().and_then(|it| it["refresh_token"].as_str());
        let body = json!({
            "grant_type": "refresh_token", "client_id": client_id, "client_secret": key,
            "refresh_token": token.unwrap_or(&tokens[connection]),
        });
        request("POST", "/user_management/authenticate", "", &body.to_string())
    };
    row("refresh, 8 connections", &load(&server.address, 8, TIME, refresh).await);
    Ok(())
}

/// How many codes are exchanged at the most: more than two processors sign in the time.
const CODES: usize = 20_000;

/// Exchanges of codes for tokens, and the signing of tokens beside raw signing.
async fn sign_ins(data: &Path) -> Result<(), String> {
    let folder = data.to_owned();
    let made = tokio::task::spawn_blocking(move || {
        Ok::<_, String>((tokens::rates(&folder)?, tokens::codes(&folder, CODES)?))
    });
    let (rates, codes) = made.await.map_err(|it| it.to_string())??;
    let server = Server::start(data).await?;
    let (client_id, key) = (server.client_id.clone(), server.key.clone());
    let codes = Arc::new(codes);
    let next = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let exchange = move |_: usize, _: usize, _: Option<&client::Answer>| {
        let n = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let body = json!({
            "grant_type": "authorization_code", "client_id": client_id, "client_secret": key,
            "code": codes.get(n).map(String::as_str).unwrap_or_default(),
        });
        request("POST", "/user_management/authenticate", "", &body.to_string())
    };
    row("exchange of a code, 8 connections", &load(&server.address, 8, TIME, exchange).await);
    say(&format!("{:<46}{:>10.0}/s", "raw RS256, one core", rates.raw));
    say(&format!("{:<46}{:>10.0}/s", "access tokens, one core", rates.tokens));
    let share = rates.tokens / rates.raw * 100.0;
    goal("access tokens, of the raw RS256 rate", share, " %", "≥ 80", share >= 80.0);
    Ok(())
}

/// A hundred gets a second on one connection.
async fn paced(address: &str, get: &[u8]) -> Measured {
    let mut times = Vec::new();
    let mut failed = 0;
    let started = client::now();
    if let Ok(mut client) = client::Client::connect(address).await {
        while started.elapsed() < TIME {
            let sent = client::now();
            match client.send(get).await {
                Ok(answer) if answer.status == 200 => times.push(sent.elapsed()),
                _ => failed += 1,
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
    let rate = times.len() as f64 / started.elapsed().as_secs_f64();
    Measured { rate, p50: at(50), p95: at(95), p99: at(99), failed }
}

/// Get and list with so many users in the database.
async fn lists(root: &Path, data: &Path, count: usize) -> Result<(Measured, Measured), String> {
    let folder = root.join(format!("users-{count}"));
    std::fs::create_dir(&folder).map_err(|it| it.to_string())?;
    let key = "sealing.key";
    std::fs::copy(data.join(key), folder.join(key)).map_err(|it| it.to_string())?;
    drop(Server::start(&folder).await?);
    let began = client::now();
    let filled = folder.clone();
    let ids = tokio::task::spawn_blocking(move || fill::users(&filled, count))
        .await
        .map_err(|it| it.to_string())??;
    say(&format!("{count} users loaded in {:.1} s", began.elapsed().as_secs_f64()));
    let server = Server::start(&folder).await?;
    let path = |id: &str| format!("/user_management/users/{id}");
    let get = request("GET", &path(&ids[ids.len() / 2]), &server.key, "");
    let get = load(&server.address, 1, TIME, move |_, _, _| get.clone()).await;
    row(&format!("user get, {count} users"), &get);
    let key = server.key.clone();
    // So far apart that no two of them are on one page of the file.
    let another = move |_: usize, n: usize, _: Option<&client::Answer>| {
        request("GET", &path(&ids[n * STRIDE % ids.len()]), &key, "")
    };
    let others = load(&server.address, 1, TIME, another).await;
    row(&format!("user get, each another, {count} users"), &others);
    let key = server.key.clone();
    // Page after page, so that it is not one page out of a cache.
    let list = move |_: usize, _: usize, last: Option<&client::Answer>| {
        let last: Option<Value> = last.and_then(|it| serde_json::from_slice(&it.body).ok());
        let after = last.as_ref().and_then(|it| it["list_metadata"]["after"].as_str());
        let after = after.map(|it| format!("?after={it}")).unwrap_or_default();
        request("GET", &format!("/user_management/users{after}"), &key, "")
    };
    let list = load(&server.address, 1, TIME, list).await;
    row(&format!("user list, {count} users"), &list);
    say(&format!("memory after that: {:.0} MB", server.memory()));
    Ok((get, list))
}
