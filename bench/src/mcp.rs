//! Calls by MCP beside the same calls by REST.
use std::path::Path;

use serde_json::{Value, json};

use crate::client::{Answer, load, request};
use crate::server::{Bare, Server};
use crate::{TIME, create_organization, goal, row, say};

/// How many connections call at once.
const CONNECTIONS: usize = 32;
/// How many organizations there are, and a page of them holds.
const LISTED: usize = 10;
const VERSION: &str = "2026-07-28";

/// Gets of one organization, and lists of ten: by REST, by its tool, and by `query`.
pub async fn measure(folder: &Path) -> Result<(), String> {
    let server = Server::start(&folder.join("data")).await?;
    let mut organization = create_organization(&server).await?;
    for _ in 1..LISTED {
        organization = create_organization(&server).await?;
    }
    let id = organization["id"].as_str().unwrap_or_default();
    let path = format!("/organizations/{id}");
    let given = json!({ "id": id });
    compare(&server, "organization get", &path, "organizations_get", &given).await;
    bare(&server, &organization, &path, &given).await?;
    let path = format!("/organizations?limit={LISTED}");
    let given = json!({ "limit": LISTED });
    compare(&server, "organization list", &path, "organizations_list", &given).await;
    Ok(())
}

/// One operation, by REST and by both ways of MCP.
async fn compare(server: &Server, what: &str, path: &str, tool: &str, arguments: &Value) {
    let given = json!({ "operation": tool, "arguments": arguments });
    let ways = [
        (format!("{what} by REST"), request("GET", path, &server.key, "")),
        (format!("{what} by its tool"), tool_call("/mcp/full", &server.key, tool, arguments)),
        (format!("{what} by query"), tool_call("/mcp/core", &server.key, "query", &given)),
    ];
    for (name, over) in over_the_first(&server.address, &ways).await {
        goal(&format!("{name}, over REST"), over, " %", "≤ 15", over <= 15.0);
    }
}

/// What the messages alone cost: the same at a server that does nothing but read and write them.
async fn bare(
    server: &Server,
    organization: &Value,
    path: &str,
    arguments: &Value,
) -> Result<(), String> {
    let bare = Bare::start(&organization.to_string())?;
    let call = tool_call("/mcp/full", &server.key, "organizations_get", arguments);
    let ways = [
        ("bare server, the object".to_owned(), request("GET", path, &server.key, "")),
        ("bare server, messages of MCP".to_owned(), call),
    ];
    for (name, over) in over_the_first(&bare.address, &ways).await {
        say(&format!("  {name}, over the object {over:>23.2} %"));
    }
    Ok(())
}

/// How much longer each other way takes than the first, in percent.
async fn over_the_first(address: &str, ways: &[(String, Vec<u8>)]) -> Vec<(String, f64)> {
    let mut turns = Vec::new();
    // In turn, so that a machine whose speed drifts is fair to all.
    for _ in 0..3 {
        let mut turn = Vec::new();
        for (_, bytes) in ways {
            let bytes = bytes.clone();
            let make = move |_: usize, _: usize, _: Option<&Answer>| bytes.clone();
            turn.push(load(address, CONNECTIONS, TIME, make).await);
        }
        turns.push(turn);
    }
    for (n, (name, _)) in ways.iter().enumerate() {
        row(&format!("{name}, {CONNECTIONS} connections"), &turns[1][n]);
    }
    let others = ways.iter().enumerate().skip(1);
    others
        .map(|(n, (name, _))| {
            let mut over: Vec<f64> =
                turns.iter().map(|it| (it[0].rate / it[n].rate - 1.0) * 100.0).collect();
            over.sort_by(f64::total_cmp);
            (name.clone(), over[1])
        })
        .collect()
}

fn tool_call(path: &str, key: &str, name: &str, arguments: &Value) -> Vec<u8> {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let params = json!({ "name": name, "arguments": arguments, "_meta": meta });
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    let body = body.to_string();
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\
         accept: application/json, text/event-stream\r\nmcp-protocol-version: {VERSION}\r\n\
         mcp-method: tools/call\r\nmcp-name: {name}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
