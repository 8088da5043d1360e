//! `vestibule login`, `logout` and `whoami`: somebody at a terminal who signs in by a browser: of this
//! machine (RFC 8252), elsewhere by a code of this terminal (RFC 8628), or elsewhere by what the
//! browser ends at. At this server or at any that has the same endpoints.
//!
//! Plain `login` keeps who they are: the claims of a token that the key set of the server verifies. A
//! sign-in that is kept as a connection is sent as that connection's credential. Neither opens an
//! operation of the API, which needs an API key: a key says what an application may do, and not what
//! its users may.
//!
//! Exit codes are those of the command line: 4 means that nobody is signed in.
use std::io::{Read, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

mod browser;
mod kept;
mod server;

use kept::Kept;
pub(crate) use server::{Refusal, Server};

use crate::cli::{NO_KEY, REFUSED, WRONG};
use crate::connections::{Connections, SignIn, Tokens};

/// How many seconds before its end an access token is no longer used.
const RENEW_BEFORE_SECONDS: i64 = 10;
/// How long a device waits between two polls where the server does not say.
const INTERVAL_USUAL_SECONDS: f64 = 5.0;
/// How much longer it waits each time that it is told to (RFC 8628 §3.5).
const SLOWER_BY_SECONDS: u64 = 5;
/// The longest that it waits for its user, whatever the server says.
const WAIT_SECONDS_MAX: f64 = 3600.0;
/// The longest address that is pasted.
const PASTED_BYTES_MAX: u64 = 64 * 1024;

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What `vestibule login` is given.
#[derive(Args, Debug)]
#[command(subcommand_negates_reqs = true)]
pub struct LoginCommand {
    #[command(flatten)]
    at: At,
    #[command(subcommand)]
    step: Option<Step>,
}

/// A sign-in in two commands, for a terminal that no browser comes back to.
#[derive(Subcommand, Debug)]
enum Step {
    /// Print where to sign in by a browser of any machine
    Start(At),
    /// End what `login start` began
    Complete {
        /// The address that the browser ended at, or the code in it; - reads it
        // A code may begin as a flag does.
        #[arg(allow_hyphen_values = true)]
        code: String,
    },
}

/// Where to sign in, and what for.
#[derive(Args, Debug)]
struct At {
    /// Server to sign in to
    #[arg(
        long,
        env = "WORKOS_BASE_URL",
        default_value = "http://127.0.0.1:4100",
        value_name = "URL"
    )]
    base_url: String,
    /// Client ID of the environment to sign in to
    #[arg(long, env = "WORKOS_CLIENT_ID", value_name = "ID")]
    client_id: Option<String>,
    /// Keep the sign-in as the credential of this connection
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
}

impl At {
    fn server(&self) -> Done<Server> {
        let wanted = || Failed(WRONG, "give --client-id ID, or set WORKOS_CLIENT_ID".to_owned());
        Ok(Server::new(&self.base_url, self.client_id.as_deref().ok_or_else(wanted)?)?)
    }
    fn target(&self) -> Option<Target> {
        let name = self.connection.clone()?;
        Some(Target { name, base_url: self.base_url.clone() })
    }
}

/// The connection that a sign-in is the credential of.
#[derive(Serialize, Deserialize)]
pub(crate) struct Target {
    /// Its name.
    pub name: String,
    /// Where its requests go.
    pub base_url: String,
}

/// How somebody signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// By a browser of this machine, which is opened or not.
    Browser {
        /// Whether it is opened.
        open: bool,
    },
    /// By a browser elsewhere, with a code that this terminal shows.
    Device,
}

/// Why a command did not do what it was to.
pub(crate) struct Failed(pub u8, pub String);

impl From<String> for Failed {
    fn from(text: String) -> Self {
        Self(REFUSED, text)
    }
}

pub(crate) type Done<T = ()> = Result<T, Failed>;

/// Signs somebody in.
pub fn login(command: LoginCommand) -> ExitCode {
    finish(run(async {
        match command.step {
            None => {
                let server = command.at.server()?;
                let reply = sign_in(&server, Way::Device, say).await?;
                keep(&server, command.at.target().as_ref(), &reply)
            }
            Some(Step::Start(at)) => browser::start(&at.server()?, json!(at.target())),
            Some(Step::Complete { code }) => {
                let done = browser::complete(pasted(&code)?.trim()).await?;
                let target: Option<Target> =
                    serde_json::from_value(done.context).map_err(|it| it.to_string())?;
                keep(&done.server, target.as_ref(), &done.reply)
            }
        }
    }))
}

/// Has somebody sign in, and answers what the server says to it. What they must know is told by
/// `tell_them`.
pub(crate) async fn sign_in(server: &Server, way: Way, tell_them: fn(&str)) -> Done<Value> {
    if server.is_open_to_eavesdroppers() {
        tell("The tokens will go over plain http, which others on the way can read.");
    }
    if let Way::Browser { open } = way {
        return browser::sign_in(server, open, tell_them).await;
    }
    let codes = server.post("/user_management/authorize/device", json!({})).await?;
    let device_code = text(&codes, "device_code")?;
    show(&codes, tell_them)?;
    wait(server, &codes, &device_code).await
}

/// Keeps a sign-in: as the credential of a connection, or as who is at this terminal.
fn keep(server: &Server, target: Option<&Target>, reply: &Value) -> Done {
    let kept = Kept::new(server.base_url(), server.client_id(), reply)?;
    match target {
        None => kept.save()?,
        Some(target) => keep_as(server, target, reply)?,
    }
    say(&format!("Signed in as {}.", printable(&kept.email)));
    Ok(())
}

/// Keeps a sign-in as the credential of a connection.
pub(crate) fn keep_as(server: &Server, target: &Target, reply: &Value) -> Result<(), String> {
    let email = text(&reply["user"], "email")?;
    let sign_in = SignIn::new(server.base_url(), server.client_id(), &email);
    let Target { name, base_url } = target;
    Connections::open()?.put_sign_in(name, base_url, sign_in, &Tokens::of_reply(reply)?)
}

fn pasted(given: &str) -> Done<String> {
    if given != "-" {
        return Ok(given.to_owned());
    }
    let mut text = String::new();
    let read = std::io::stdin().take(PASTED_BYTES_MAX).read_to_string(&mut text);
    read.map_err(|it| it.to_string())?;
    Ok(text)
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
        if kept.tokens.expires_within(RENEW_BEFORE_SECONDS) {
            kept = renew(&server, &kept).await?;
        }
        let claims = server.verify(kept.tokens.access.reveal()).await.map_err(Refusal::text)?;
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
    match server.refresh(&kept.tokens.refresh).await {
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

fn show(codes: &Value, tell_them: fn(&str)) -> Done {
    let (uri, user_code) = (text(codes, "verification_uri")?, text(codes, "user_code")?);
    tell_them(&format!("Open {} and enter the code", printable(&uri)));
    tell_them(&format!("\n    {}\n", printable(&user_code)));
    if let Ok(complete) = text(codes, "verification_uri_complete") {
        tell_them(&format!("or open {}", printable(&complete)));
    }
    tell_them("Waiting …");
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
