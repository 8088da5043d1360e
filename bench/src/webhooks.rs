//! Webhooks: how many deliveries a second reach an application on this machine.
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};
use serde_json::json;

use crate::client::{self, load, request};
use crate::server::{Bare, Server};
use crate::{TIME, call, fill, goal, machine, row, say};

/// How many events are delivered to each endpoint.
const EVENTS: u64 = 10_000;
/// How long their delivery may take at the most.
const DELIVERY_TIME_MAX: Duration = Duration::from_mins(5);

/// Takes webhooks at `/hook/…`, and tells at `/count` how many those were.
pub async fn sink() -> std::io::Result<()> {
    let count = Arc::new(AtomicU64::new(0));
    let taken = count.clone();
    let take = async move |_: Bytes| {
        taken.fetch_add(1, Ordering::Relaxed);
    };
    let tell = async move || count.load(Ordering::Relaxed).to_string();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    let listener = axum::serve::ListenerExt::tap_io(listener, |it| {
        it.set_nodelay(true).ok();
    });
    let router = Router::new().route("/hook/{number}", post(take)).route("/count", get(tell));
    axum::serve(listener, router).await
}

/// Events that happened already are delivered to one endpoint, and to eight: what is measured is
/// the replay of what they missed, which makes deliveries, signs, sends and writes down.
pub async fn measure(folder: &Path) -> Result<(), String> {
    let fsync = machine::fsync_rate(folder).map_err(|it| it.to_string())?;
    say(&format!("{:<46}{fsync:>10.0}/s", "fdatasync of 4 KiB"));
    let sink = Bare::start_sink()?;
    let post = request("POST", "/hook/0", "", &json!({ "id": "event" }).to_string());
    let bare = load(&sink.address, 32, TIME, move |_, _, _| post.clone()).await;
    row("bare axum server, 32 connections", &bare);
    let server = Server::start(&folder.join("data")).await?;
    for endpoints in [1, 8] {
        let rate = deliver(&server, &sink, endpoints).await?;
        say(&format!(
            "{:<46}{rate:>10.0}/s",
            format!("webhook deliveries to {endpoints} endpoint(s)")
        ));
        goal("  of the bare server's rate", rate / bare.rate * 100.0, " %", "", true);
        goal("  over the fsync rate", rate / fsync, "×", "", true);
        if endpoints > 1 {
            goal("  a second", rate, "/s", "≥ 2000", rate >= 2000.0);
        }
    }
    Ok(())
}

/// Makes endpoints and events, and delivers all events to each endpoint; tells how many deliveries
/// there were in a second.
async fn deliver(server: &Server, sink: &Bare, endpoints: u64) -> Result<f64, String> {
    let before = counted(sink).await?;
    let start = fill::now_less_days(0);
    make_events(server).await?;
    let mut made = Vec::new();
    let began = client::now();
    for number in 0..endpoints {
        let body = json!({
            "endpoint_url": format!("http://{}/hook/{endpoints}-{number}", sink.address),
            "events": ["organization.created"],
        });
        let endpoint = call(server, "POST", "/webhook_endpoints", &body).await?;
        let body = json!({
            "webhook_endpoint_id": endpoint["id"], "range_start": start, "statuses": ["missed"],
        });
        call(server, "POST", "/vestibule/v1/webhook_replays", &body).await?;
        made.push(format!("/webhook_endpoints/{}", endpoint["id"].as_str().unwrap_or_default()));
    }
    let wanted = EVENTS * endpoints;
    while counted(sink).await? - before < wanted {
        if began.elapsed() > DELIVERY_TIME_MAX {
            return Err("the deliveries took too long".to_owned());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let took = began.elapsed().as_secs_f64();
    for path in made {
        call(server, "PATCH", &path, &json!({ "status": "disabled" })).await?;
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of deliveries")]
    let wanted = wanted as f64;
    Ok(wanted / took)
}

/// Creates as many organizations as there are to be events.
async fn make_events(server: &Server) -> Result<(), String> {
    let made = Arc::new(AtomicU64::new(0));
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let (made, address, key) = (made.clone(), server.address.clone(), server.key.clone());
        writers.spawn(async move {
            let create =
                request("POST", "/organizations", &key, &json!({ "name": "Bench" }).to_string());
            let mut client =
                client::Client::connect(&address).await.map_err(|it| it.to_string())?;
            while made.fetch_add(1, Ordering::Relaxed) < EVENTS {
                let answer = client.send(&create).await.map_err(|it| it.to_string())?;
                if answer.status != 201 {
                    return Err(format!("POST /organizations: {}", answer.status));
                }
            }
            Ok(())
        });
    }
    while let Some(done) = writers.join_next().await {
        done.map_err(|it| it.to_string())??;
    }
    Ok(())
}

async fn counted(sink: &Bare) -> Result<u64, String> {
    let mut client = client::Client::connect(&sink.address).await.map_err(|it| it.to_string())?;
    let answer =
        client.send(&request("GET", "/count", "", "")).await.map_err(|it| it.to_string())?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    text.parse().map_err(|_| format!("the sink counted {text}"))
}
