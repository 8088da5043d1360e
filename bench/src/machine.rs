//! What this machine does without us: fsync, commits of one row, argon2, a bare server.
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::client::now;

/// How long each of these is measured.
const TIME: Duration = Duration::from_secs(3);

/// fdatasync calls in a second, each after 4 KiB.
pub fn fsync_rate(folder: &Path) -> std::io::Result<f64> {
    let mut file = std::fs::File::create(folder.join("fsync"))?;
    let block = [7u8; 4096];
    let started = now();
    let mut count = 0u32;
    while started.elapsed() < TIME {
        file.seek(SeekFrom::Start(u64::from(count % 256) * 4096))?;
        file.write_all(&block)?;
        file.sync_data()?;
        count += 1;
    }
    Ok(f64::from(count) / started.elapsed().as_secs_f64())
}

/// Rows in a second that one client commits one at a time (SQLite, WAL, synchronous=FULL).
pub fn single_commit_rate(folder: &Path) -> rusqlite::Result<f64> {
    let connection = rusqlite::Connection::open(folder.join("single.db"))?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE organizations (id TEXT PRIMARY KEY, name TEXT NOT NULL, body TEXT NOT NULL);",
    )?;
    let started = now();
    let mut count = 0u32;
    while started.elapsed() < TIME {
        connection.prepare_cached("INSERT INTO organizations VALUES (?1, ?2, ?3)")?.execute((
            format!("org_{count:026}"),
            "Acme",
            "{}",
        ))?;
        count += 1;
    }
    Ok(f64::from(count) / started.elapsed().as_secs_f64())
}

/// argon2id hashes in a second with our parameters (19 MiB, 2 passes), on all processors.
pub fn argon2_rate() -> f64 {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let started = now();
    let counts: Vec<u32> = std::thread::scope(|scope| {
        let hash = || {
            let argon2 = argon2::Argon2::default();
            let mut out = [0u8; 32];
            let mut count = 0;
            while started.elapsed() < TIME {
                // The parameters are the defaults, which are valid.
                argon2.hash_password_into(b"password", b"saltsaltsaltsalt", &mut out).ok();
                count += 1;
            }
            count
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(hash)).collect();
        threads.into_iter().map(|it| it.join().unwrap_or(0)).collect()
    });
    f64::from(counts.into_iter().sum::<u32>()) / started.elapsed().as_secs_f64()
}

/// Serves one constant JSON body: the least that a server on this stack costs.
pub async fn bare_server(body: String) -> std::io::Result<()> {
    let body: &'static str = Box::leak(body.into_boxed_str());
    let answer = async move || ([(header::CONTENT_TYPE, "application/json")], body).into_response();
    let object: Value = serde_json::from_str(body)?;
    // The messages of MCP and nothing else: the call is read, and the object is there twice.
    let message = async move |call: Bytes| {
        let call: Value = serde_json::from_slice(&call).unwrap_or_default();
        let content = [json!({ "type": "text", "text": body })];
        let result = json!({ "content": content, "structuredContent": object, "isError": false });
        let message = json!({ "jsonrpc": "2.0", "id": call["id"], "result": result });
        ([(header::CONTENT_TYPE, "application/json")], message.to_string()).into_response()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    let listener = axum::serve::ListenerExt::tap_io(listener, |it| {
        it.set_nodelay(true).ok();
    });
    let routes =
        Router::new().route("/organizations/{id}", get(answer)).route("/mcp/{view}", post(message));
    axum::serve(listener, routes).await
}

/// How much memory programs can still have, in MB.
pub fn memory_available_megabytes() -> usize {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|it| it.strip_prefix("MemAvailable:"));
    let kilobytes = line.and_then(|it| it.trim().trim_end_matches(" kB").parse::<usize>().ok());
    kilobytes.unwrap_or_default() / 1000
}
