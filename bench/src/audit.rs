//! Audit logs: how fast events are taken, and how fast and with how much memory they are exported.
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{self, load, request};
use crate::server::{Bare, Server};
use crate::{TIME, call, fill, goal, row, say};

/// How long an export may take at the most.
const EXPORT_TIME_MAX: Duration = Duration::from_mins(30);
/// How much more memory an export of many events may need than one of ten, in megabytes.
const MEMORY_MORE: f64 = 32.0;

fn event(connection: usize, n: usize) -> Value {
    json!({
        "action": "bench.done", "occurred_at": "2026-01-15T12:00:00.000Z",
        "actor": { "id": format!("user_{connection}"), "type": "user", "name": "Bench" },
        "targets": [{ "id": format!("invoice_{n}"), "type": "invoice" }],
        "context": { "location": "192.0.2.1", "user_agent": "Bench/1.0" },
        "metadata": { "n": n, "reason": "to see how long it takes" },
    })
}

/// Events from many clients at once, all of one organization: the hardest case for its chain.
pub async fn ingestion(
    server: &Server,
    organization: &Value,
    (single, fsync): (f64, f64),
) -> Result<(), String> {
    let schema = json!({
        "targets": [{ "type": "invoice" }],
        "metadata": { "type": "object", "properties": { "n": { "type": "number" } } },
    });
    call(server, "POST", "/audit_logs/actions/bench.done/schemas", &schema).await?;
    let (id, key) = (organization["id"].clone(), server.key.clone());
    let send = move |connection: usize, n: usize, _: Option<&client::Answer>| {
        let body = json!({ "organization_id": id, "event": event(connection, n) });
        request("POST", "/audit_logs/events", &key, &body.to_string())
    };
    row("audit log event, 1 connection", &load(&server.address, 1, TIME, send.clone()).await);
    let many = load(&server.address, 64, TIME, send).await;
    row("audit log event, 64 connections", &many);
    let times = many.rate / single;
    goal("audit log events at 64, a second", many.rate, "/s", "≥ 5000", many.rate >= 5000.0);
    goal("  over one row a commit", times, "×", "≥ 10", times >= 10.0);
    goal("  over the fsync rate", many.rate / fsync, "×", "", true);
    let sink = Bare::start_sink()?;
    let post = request("POST", "/hook/0", "", &event(0, 0).to_string());
    let bare = load(&sink.address, 64, TIME, move |_, _, _| post.clone()).await;
    row("bare axum server that takes the same, 64", &bare);
    goal("  of the bare server's rate", many.rate / bare.rate * 100.0, " %", "", true);
    let id = organization["id"].as_str().unwrap_or_default();
    let found = verified(server, id).await?;
    say(&format!("{found} events verified"));
    Ok(())
}

/// Goes along the whole chain.
async fn verified(server: &Server, organization: &str) -> Result<i64, String> {
    let (mut after, mut events) = (Value::Null, 0);
    loop {
        let mut body = json!({ "organization_id": organization });
        if !after.is_null() {
            body["after_position"] = after;
        }
        let found = call(server, "POST", "/vestibule/v1/audit_logs/verify", &body).await?;
        if found["valid"] != true {
            return Err(format!("the audit log does not verify: {found}"));
        }
        events += found["events"].as_i64().unwrap_or_default();
        after = found["next_position"].clone();
        if after.is_null() {
            return Ok(events);
        }
    }
}

/// An export of ten events, and one of `count`, beside how often this machine reaches its disk and how
/// fast a bare server answers.
pub async fn exports(data: &Path, count: usize, fsync: f64) -> Result<(), String> {
    let folder = data.to_owned();
    let filled = tokio::task::spawn_blocking(move || {
        Ok::<_, String>((fill::audit_log(&folder, 10)?, fill::audit_log(&folder, count)?))
    });
    let (few, many) = filled.await.map_err(|it| it.to_string())??;
    let server = Server::start(data).await?;
    let (_, small) = export(&server, &few).await?;
    let (took, large) = export(&server, &many).await?;
    let sink = Bare::start_sink()?;
    let post = request("POST", "/hook/0", "", &event(0, 0).to_string());
    let bare = load(&sink.address, 64, TIME, move |_, _, _| post.clone()).await;
    #[expect(clippy::cast_precision_loss, reason = "a count of events")]
    let rate = count as f64 / took.as_secs_f64();
    say(&format!("{:<46}{rate:>10.0}/s", format!("export of {count} audit log events")));
    goal("rows of that export, a second", rate, "/s", "≥ 200000", rate >= 200_000.0);
    goal("  over the fsync rate", rate / fsync, "×", "", true);
    goal("  over the bare server's rate", rate / bare.rate, "×", "", true);
    let more = large - small;
    let wanted = format!("< {MEMORY_MORE}");
    goal("memory of that export, over one of ten", more, " MB", &wanted, more < MEMORY_MORE);
    Ok(())
}

/// How long an export took, and the most memory that was seen meanwhile.
async fn export(server: &Server, organization: &str) -> Result<(Duration, f64), String> {
    let body = json!({
        "organization_id": organization, "range_start": fill::now_less_days(1),
        "range_end": fill::now_less_days(-1),
    });
    let begun = client::now();
    let made = call(server, "POST", "/audit_logs/exports", &body).await?;
    let path = format!("/audit_logs/exports/{}", made["id"].as_str().unwrap_or_default());
    let mut memory: f64 = 0.0;
    while begun.elapsed() < EXPORT_TIME_MAX {
        memory = memory.max(server.memory());
        let now = call(server, "GET", &path, &Value::Null).await?;
        match now["state"].as_str() {
            Some("pending") => tokio::time::sleep(Duration::from_millis(20)).await,
            Some("ready") => return Ok((begun.elapsed(), memory)),
            _ => return Err(format!("the export failed: {now}")),
        }
    }
    Err("the export took too long".to_owned())
}
