//! `vestibule login`, `logout` and `whoami`: somebody at a terminal who signs in by a browser
//! elsewhere (RFC 8628), at this server or at any that has device authorization.
//!
//! What it is good for is to know who they are: the claims of a token that the key set of the server
//! verifies. It opens no operation, for those need an API key, which says what an application may do
//! and not what its users may.
//!
//! Exit codes are those of the command line: 4 means that nobody is signed in.
use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

mod kept;
mod server;

use kept::Kept;
use server::{Refusal, Server};

use crate::cli::{NO_KEY, REFUSED};

/// How many seconds before its end an access token is no longer used.
const RENEW_BEFORE_SECONDS: i64 = 10;
/// How long a device waits between two polls where the server does not say.
const INTERVAL_USUAL_SECONDS: f64 = 5.0;
/// How much longer it waits each time that it is told to (RFC 8628 §3.5).
const SLOWER_BY_SECONDS: u64 = 5;
/// The longest that it waits for its user, whatever the server says.
const WAIT_SECONDS_MAX: f64 = 3600.0;

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Why a command did not do what it was to.
struct Failed(u8, String);

impl From<String> for Failed {
    fn from(text: String) -> Self {
        Self(REFUSED, text)
    }
}

type Done<T = ()> = Result<T, Failed>;

/// Signs somebody in.
pub fn login(base_url: &str, client_id: &str) -> ExitCode {
    finish(run(async {
        let server = Server::new(base_url, client_id)?;
        if server.is_open_to_eavesdroppers() {
            tell("The tokens will go over plain http, which others on the way can read.");
        }
        let codes = server.post("/user_management/authorize/device", json!({})).await?;
        let device_code = text(&codes, "device_code")?;
        show(&codes)?;
        let reply = wait(&server, &codes, &device_code).await?;
        let kept = Kept::new(base_url, client_id, &reply)?;
        kept.save()?;
        say(&format!("Signed in as {}.", printable(&kept.email)));
        Ok(())
    }))
}

/// Signs whoever is signed in out, here and at the server.
pub fn logout() -> ExitCode {
    finish(run(async {
        let Some(kept) = Kept::load()? else { return Err(nobody()) };
        let ended = match (Server::new(&kept.base_url, &kept.client_id), kept.session_id()) {
            (Ok(server), Some(id)) => server.end_session(&id).await.map_err(Refusal::text),
            (Err(text), _) => Err(text),
            (Ok(_), None) => Err("the token names no session".to_owned()),
        };
        Kept::forget()?;
        match ended {
            Ok(()) => say("Signed out."),
            Err(text) => {
                let text = format!("signed out here, but not at {}: {text}", kept.base_url);
                return Err(Failed(REFUSED, text));
            }
        }
        Ok(())
    }))
}

/// Tells who is signed in.
pub fn whoami(as_json: bool) -> ExitCode {
    finish(run(async {
        let Some(mut kept) = Kept::load()? else { return Err(nobody()) };
        let server = Server::new(&kept.base_url, &kept.client_id)?;
        if kept.expires_within(RENEW_BEFORE_SECONDS) {
            kept = renew(&server, &kept).await?;
        }
        let claims = server.verify(&kept.access_token).await.map_err(Refusal::text)?;
        if as_json {
            say(&format!(
                "{:#}",
                json!({ "server": kept.base_url, "user": kept.user, "claims": claims })
            ));
        } else {
            for line in summary(&kept, &claims) {
                say(&line);
            }
        }
        Ok(())
    }))
}

async fn renew(server: &Server, kept: &Kept) -> Done<Kept> {
    let body = json!({ "grant_type": "refresh_token", "refresh_token": kept.refresh_token });
    match server.post("/user_management/authenticate", body).await {
        Ok(reply) => {
            let kept = Kept::new(&kept.base_url, &kept.client_id, &reply)?;
            kept.save()?;
            Ok(kept)
        }
        Err(Refusal::Said { error, .. }) if error == "invalid_grant" => {
            Kept::forget()?;
            Err(Failed(
                NO_KEY,
                "the session is over: sign in again with vestibule login".to_owned(),
            ))
        }
        Err(other) => Err(other.text().into()),
    }
}

/// Asks until somebody has decided.
async fn wait(server: &Server, codes: &Value, device_code: &str) -> Done<Value> {
    let number = |name: &str| codes.get(name).and_then(Value::as_f64).filter(|it| it.is_finite());
    let lifetime = number("expires_in").unwrap_or(0.0).clamp(0.0, WAIT_SECONDS_MAX);
    let end = Instant::now() + Duration::from_secs_f64(lifetime);
    let interval = number("interval").unwrap_or(INTERVAL_USUAL_SECONDS);
    let mut interval = Duration::from_secs_f64(interval.clamp(1.0, WAIT_SECONDS_MAX));
    while Instant::now() < end {
        tokio::time::sleep(interval).await;
        let body = json!({ "grant_type": DEVICE_CODE, "device_code": device_code });
        match server.post("/user_management/authenticate", body).await {
            Ok(reply) => return Ok(reply),
            Err(Refusal::Said { error, .. }) if error == "authorization_pending" => {}
            Err(Refusal::Said { error, .. }) if error == "slow_down" => {
                interval += Duration::from_secs(SLOWER_BY_SECONDS);
            }
            // What does not answer now may answer at the next poll (RFC 8628 §3.5).
            Err(Refusal::Unreachable(_)) => interval *= 2,
            Err(other) => return Err(other.text().into()),
        }
    }
    Err("nobody entered the code in time".to_owned().into())
}

fn show(codes: &Value) -> Done {
    let (uri, user_code) = (text(codes, "verification_uri")?, text(codes, "user_code")?);
    say(&format!("Open {} and enter the code", printable(&uri)));
    say(&format!("\n    {}\n", printable(&user_code)));
    if let Ok(complete) = text(codes, "verification_uri_complete") {
        say(&format!("or open {}", printable(&complete)));
    }
    say("Waiting …");
    Ok(())
}

/// Who is signed in, line by line.
fn summary(kept: &Kept, claims: &Map<String, Value>) -> Vec<String> {
    let mut lines = vec![format!("user          {} ({})", kept.email, plain(claims.get("sub")))];
    for (label, name) in [
        ("organization", "org_id"),
        ("role", "role"),
        ("permissions", "permissions"),
        ("session", "sid"),
    ] {
        if let Some(value) = claims.get(name) {
            lines.push(format!("{label:<13} {}", plain(Some(value))));
        }
    }
    if let Some(actor) = claims.get("act").and_then(|it| it.get("sub")) {
        lines.push(format!("acted for by  {}", plain(Some(actor))));
    }
    lines.push(format!("server        {}", kept.base_url));
    lines.iter().map(|it| printable(it)).collect()
}

fn plain(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "unknown".to_owned(),
        Some(Value::String(it)) => it.clone(),
        Some(Value::Array(items)) => {
            items.iter().map(|it| plain(Some(it))).collect::<Vec<_>>().join(", ")
        }
        Some(other) => other.to_string(),
    }
}

fn text(value: &Value, name: &str) -> Result<String, String> {
    let found = value.get(name).and_then(Value::as_str).filter(|it| !it.is_empty());
    found.map(str::to_owned).ok_or_else(|| format!("the server's answer has no {name}"))
}

/// What another server wrote, without what would steer a terminal.
fn printable(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).collect()
}

fn nobody() -> Failed {
    Failed(NO_KEY, "nobody is signed in: run vestibule login".to_owned())
}

fn run<T>(work: impl Future<Output = Done<T>>) -> Done<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|it| it.to_string())?;
    runtime.block_on(work)
}

fn finish(done: Done) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(code, text)) => {
            tell(&text);
            ExitCode::from(code)
        }
    }
}

fn say(text: &str) {
    writeln!(std::io::stdout(), "{text}").ok();
}

fn tell(text: &str) {
    writeln!(std::io::stderr(), "vestibule: {}", printable(text)).ok();
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_a_server_wrote_does_not_steer_the_terminal() {
        assert_eq!(super::printable("BCDF\u{1b}[2J-\u{7}GHJK\n"), "BCDF[2J-GHJK");
    }
}
