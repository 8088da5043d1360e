//! The processes under measurement.
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::client::now;

/// A running server.
pub struct Server {
    child: Child,
    /// `host:port`.
    pub address: String,
    /// The secret API key.
    pub key: String,
    /// The client id.
    pub client_id: String,
    /// From start to the first answer.
    pub started_in: Duration,
}

impl Server {
    /// Starts `vestibule serve` on `folder` and waits for its first answer.
    pub async fn start(folder: &Path) -> Result<Self, String> {
        let began = now();
        let mut child = Command::new(sibling("vestibule"))
            .args(["serve", "--json", "--bind", "127.0.0.1:0", "--log", "error"])
            .args(["--webhook-allow-private", "--data-dir"])
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|it| format!("the server cannot be started: {it}"))?;
        let line = first_line(&mut child)?;
        let ready: Value = serde_json::from_str(&line).map_err(|it| format!("{it}: {line}"))?;
        let text = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
        let address = text("url").trim_start_matches("http://").to_owned();
        let request = crate::client::request("GET", "/healthz", "", "");
        let mut client =
            crate::client::Client::connect(&address).await.map_err(|it| it.to_string())?;
        client.send(&request).await.map_err(|it| it.to_string())?;
        let started_in = began.elapsed();
        let (key, client_id) = (text("api_key"), text("client_id"));
        raise_limits(&mut client, &key).await?;
        Ok(Self { child, address, key, client_id, started_in })
    }
    /// Memory that is resident, in MB.
    pub fn memory(&self) -> f64 {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find_map(|it| it.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|it| it.trim().trim_end_matches(" kB").parse::<f64>().ok());
        kilobytes.unwrap_or_default() / 1024.0
    }
}

/// Takes the rate limits away, which are far below what is measured here.
async fn raise_limits(client: &mut crate::client::Client, key: &str) -> Result<(), String> {
    let body = serde_json::json!({
        "calls": 1_000_000_000,
        "reads": 1_000_000_000,
        "writes": 1_000_000_000,
        "tries": 1_000_000_000,
        "failures": 1_000_000_000,
    });
    let path = "/vestibule/v1/rate_limits";
    let request = crate::client::request("PUT", path, key, &body.to_string());
    let answer = client.send(&request).await.map_err(|it| it.to_string())?;
    if answer.status == 200 { Ok(()) } else { Err(format!("PUT {path}: {}", answer.status)) }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A server of ours that is not under measurement, as a process of its own.
pub struct Bare {
    child: Child,
    /// `host:port`.
    pub address: String,
}

impl Bare {
    /// Starts the bare server.
    pub fn start(body: &str) -> Result<Self, String> {
        Self::run(&["bare", body])
    }
    /// Starts an application that takes webhooks and counts them.
    pub fn start_sink() -> Result<Self, String> {
        Self::run(&["sink"])
    }
    fn run(arguments: &[&str]) -> Result<Self, String> {
        let mut child = Command::new(sibling("vestibule-bench"))
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|it| it.to_string())?;
        let address = first_line(&mut child)?;
        Ok(Self { child, address })
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn first_line(child: &mut Child) -> Result<String, String> {
    let out = child.stdout.take().ok_or("no standard output")?;
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line).map_err(|it| it.to_string())?;
    Ok(line.trim().to_owned())
}

/// A program in the folder of this one.
fn sibling(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    own.with_file_name(name)
}
