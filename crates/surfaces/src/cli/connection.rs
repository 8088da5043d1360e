//! `vestibule connection …`, `connect` and `request`: named accounts, and requests with their
//! credentials.
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use clap_complete::ArgValueCandidates;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};
use vestibule_kernel::secret::Secret;

use super::completion;
use super::failure::Failed;
use super::{Done, Progress, Shown};
use crate::client::Remote;
use crate::connections::{self, Connection, Connections, DEFAULT, SignIn, State};
use crate::login::{self, Server, Target, Way};

/// How often `get --wait` asks again.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest key that is read.
const KEY_BYTES_MAX: u64 = 4096;
/// Headers that the proxy sets itself.
const OWN_HEADERS: [&str; 5] = ["authorization", "host", "cookie", "content-length", "connection"];

/// Named accounts: each a server and the credential that opens it.
#[derive(Subcommand, Debug)]
pub enum ConnectionCommand {
    /// Make a connection, or give one another server or key
    Create(Create),
    /// Make a connection unless there is one with this server already
    Ensure {
        /// Address or host name of the server; `workos` is hosted WorkOS
        url: String,
        #[command(flatten)]
        key: Key,
        /// What to call it
        #[arg(long)]
        name: Option<String>,
    },
    /// List the connections, with their states
    #[command(visible_alias = "ls")]
    List {
        /// Do not ask the servers
        #[arg(long)]
        offline: bool,
    },
    /// Show a connection, with its state
    Get {
        /// Its name
        #[arg(add = ArgValueCandidates::new(completion::connections))]
        name: String,
        /// Wait until it is ready
        #[arg(long)]
        wait: bool,
        /// How long to wait, in seconds
        #[arg(long, default_value_t = 30)]
        timeout: u64,
    },
    /// Choose the connection that commands use which name none
    Use {
        /// Its name
        #[arg(add = ArgValueCandidates::new(completion::connections))]
        name: String,
    },
    /// Forget a connection and its key
    #[command(visible_alias = "archive")]
    Delete {
        /// Its name
        #[arg(add = ArgValueCandidates::new(completion::connections))]
        name: String,
        /// Do not ask
        #[arg(long, short = 'y', visible_alias = "force")]
        yes: bool,
    },
}

/// How a key is given: never as an argument, which others on the machine can read.
#[derive(Args, Debug, Default)]
pub struct Key {
    /// Read the API key from the standard input
    #[arg(long)]
    api_key_stdin: bool,
    /// Read the API key from this environment variable
    #[arg(long, value_name = "VARIABLE")]
    api_key_env: Option<String>,
}

/// What `connection create` is given.
#[derive(Args, Debug)]
pub struct Create {
    /// What to call it
    #[arg(default_value = DEFAULT)]
    name: String,
    /// Address of the server; `workos` is hosted WorkOS
    #[arg(long, env = "WORKOS_BASE_URL", value_name = "URL")]
    base_url: Option<String>,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    sign_in: SignInFlags,
}

/// How somebody signs in whose access token a connection sends in the place of a key.
#[derive(Args, Debug, Default)]
pub struct SignInFlags {
    /// Sign in by a browser, and send the access token in the place of an API key
    #[arg(long, conflicts_with_all = ["api_key_stdin", "api_key_env"])]
    oauth: bool,
    /// Client ID to sign in to
    #[arg(long, env = "WORKOS_CLIENT_ID", value_name = "ID")]
    client_id: Option<String>,
    /// Server to sign in to, where it is another than the one that requests go to
    #[arg(long, value_name = "URL", requires = "oauth")]
    sign_in_at: Option<String>,
    /// Sign in by a browser elsewhere, with a code that is shown here
    #[arg(long, requires = "oauth")]
    device: bool,
    /// Print the address, and open no browser
    #[arg(long, requires = "oauth", conflicts_with = "device")]
    no_browser: bool,
}

impl Key {
    /// The key that was given, `None` where none was.
    fn read(&self) -> Result<Option<Secret>, Failed> {
        let text = if self.api_key_stdin {
            let mut text = String::new();
            let read = std::io::stdin().take(KEY_BYTES_MAX).read_to_string(&mut text);
            read.map_err(|it| Failed::wrong(it.to_string()))?;
            text
        } else if let Some(variable) = &self.api_key_env {
            let value = std::env::var_os(variable).and_then(|it| it.into_string().ok());
            value.ok_or_else(|| Failed::wrong(format!("the variable {variable} is not set")))?
        } else if super::mode::may_ask() {
            rpassword::prompt_password("API key (empty for none): ")
                .map_err(|it| Failed::wrong(it.to_string()))?
        } else {
            String::new()
        };
        let text = text.trim();
        if text.chars().any(|it| it.is_whitespace() || it.is_control()) {
            return Err(Failed::wrong("an API key has no spaces or line ends in it"));
        }
        Ok((!text.is_empty()).then(|| Secret::new(text)))
    }
}

/// Does what a `connection` command says.
pub async fn run(command: ConnectionCommand) -> Done {
    let mut connections = Connections::open()?;
    match command {
        ConnectionCommand::Create(it) => create(&mut connections, it).await,
        ConnectionCommand::Ensure { url, key, name } => {
            ensure(&mut connections, &url, &key, name).await
        }
        ConnectionCommand::List { offline } => list(&connections, offline).await,
        ConnectionCommand::Get { name, wait, timeout } => {
            let end = Instant::now() + Duration::from_secs(if wait { timeout } else { 0 });
            get(&connections, &name, end).await
        }
        ConnectionCommand::Use { name } => {
            connections.choose(&name).map_err(Failed::wrong)?;
            show(&connections, &name).await
        }
        ConnectionCommand::Delete { name, yes } => {
            connections.get(&name).map_err(Failed::wrong)?;
            if !yes {
                super::confirm(&format!("forgetting the connection {name}"))?;
            }
            connections.delete(&name)?;
            Ok(Shown::Value(json!({ "name": name, "deleted": true })))
        }
    }
}

async fn create(connections: &mut Connections, create: Create) -> Done {
    let known = connections.get(&create.name).ok();
    let known_url = known.map(|it| it.base_url.clone());
    let Some(url) = create.base_url.or(known_url) else {
        return Err(Failed::wrong("give --base-url URL, or --base-url workos for hosted WorkOS"));
    };
    if create.sign_in.oauth {
        let kept = known.and_then(|it| it.sign_in.clone());
        sign_in(&create.name, &url, create.sign_in, kept).await?;
        return show(&Connections::open()?, &create.name).await;
    }
    let key = create.key.read()?;
    connections.put(&create.name, &url, key.as_ref()).map_err(Failed::wrong)?;
    show(connections, &create.name).await
}

/// Has somebody sign in. What they signed in to before is what is meant where nobody says.
async fn sign_in(
    name: &str,
    base_url: &str,
    flags: SignInFlags,
    kept: Option<SignIn>,
) -> Result<(), Failed> {
    let SignInFlags { oauth: _, client_id, sign_in_at, device, no_browser } = flags;
    let base_url = connections::check_url(base_url).map_err(Failed::wrong)?;
    let issuer = sign_in_at.or(kept.as_ref().map(|it| it.issuer.clone()));
    let issuer = connections::check_url(issuer.as_deref().unwrap_or(&base_url));
    let client_id = client_id.or(kept.map(|it| it.client_id));
    let client_id = client_id.ok_or_else(|| Failed::wrong("give --client-id ID"))?;
    let server = Server::new(&issuer.map_err(Failed::wrong)?, &client_id)?;
    let way = if device { Way::Device } else { Way::Browser { open: !no_browser } };
    // The standard output is for the answer alone.
    let tell_them = |text: &str| {
        writeln!(std::io::stderr(), "{text}").ok();
    };
    let reply = login::sign_in(&server, way, tell_them).await?;
    let target = Target { name: name.to_owned(), base_url };
    Ok(login::keep_as(&server, &target, &reply)?)
}

async fn ensure(connections: &mut Connections, url: &str, key: &Key, name: Option<String>) -> Done {
    let url = connections::check_url(url).map_err(Failed::wrong)?;
    let there = connections.list().iter().find(|it| it.base_url == url);
    if let Some(name) = there.map(|it| it.name.clone()) {
        return show(connections, &name).await;
    }
    let name = name.unwrap_or_else(|| free_name(connections, &url));
    connections.put(&name, &url, key.read()?.as_ref()).map_err(Failed::wrong)?;
    show(connections, &name).await
}

/// `default` for the first, then the name of the host.
fn free_name(connections: &Connections, url: &str) -> String {
    if connections.list().is_empty() {
        return DEFAULT.to_owned();
    }
    let host = Url::parse(url).ok().and_then(|it| it.host_str().map(str::to_owned));
    let host = host.unwrap_or_default().to_lowercase();
    let fine = |it: char| if it.is_ascii_alphanumeric() { it } else { '-' };
    host.chars().map(fine).take(40).collect()
}

async fn list(connections: &Connections, offline: bool) -> Done {
    let mut items = Vec::new();
    let progress = Progress::of(connections.list().len() as u64, "Asking the servers");
    for connection in connections.list() {
        items.push(shown(connections, connection, !offline).await?);
        progress.advance(1);
    }
    drop(progress);
    Ok(Shown::Value(json!({ "data": items })))
}

async fn get(connections: &Connections, name: &str, end: Instant) -> Done {
    let _progress = Progress::waiting("Waiting for the server");
    loop {
        let connection = connections.get(name).map_err(Failed::wrong)?;
        let shown = shown(connections, connection, true).await?;
        let ready = shown.get("state") == Some(&json!(State::Ready));
        if ready || Instant::now() >= end {
            return Ok(Shown::Value(shown));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn show(connections: &Connections, name: &str) -> Done {
    get(connections, name, Instant::now()).await
}

async fn shown(
    connections: &Connections,
    connection: &Connection,
    ask: bool,
) -> Result<Value, Failed> {
    let Connection { name, base_url, .. } = connection;
    let current = connections.current().is_some_and(|it| it.name == *name);
    let mut shown = json!({ "id": name, "name": name, "base_url": base_url, "current": current });
    if ask {
        let status = connections::probe(name, base_url, connections.credential(connection)).await;
        let status = serde_json::to_value(status).map_err(|it| it.to_string())?;
        if let (Value::Object(shown), Value::Object(status)) = (&mut shown, status) {
            shown.extend(status);
        }
    }
    Ok(shown)
}

/// A request with the credential of a connection, to its server and no other.
#[derive(Args, Debug)]
pub struct RequestCommand {
    /// The connection
    #[arg(add = ArgValueCandidates::new(completion::connections))]
    connection: String,
    /// The path, which begins with `/`
    path: String,
    /// The method; POST where there is a body
    #[arg(short = 'X', long = "method", value_name = "METHOD")]
    method: Option<String>,
    /// A header, `Name: value`
    #[arg(short = 'H', long = "header", value_name = "HEADER")]
    headers: Vec<String>,
    /// The JSON body; `@FILE` reads it, `-` takes the standard input
    #[arg(short = 'd', long = "data", value_name = "JSON")]
    data: Option<String>,
    /// The body as it is, of any type
    #[arg(long = "rawData", alias = "raw-data", value_name = "TEXT", conflicts_with = "data")]
    raw_data: Option<String>,
    /// A field of the query, `name=value`
    #[arg(long = "query", value_name = "NAME=VALUE")]
    query: Vec<String>,
    /// A field of the path, `name=value`, for a `{name}` in it
    #[arg(long = "pathParam", alias = "path-param", value_name = "NAME=VALUE")]
    path_fields: Vec<String>,
    /// Print status, headers and body; with a value, the JSON body to send
    #[arg(long, num_args = 0..=1, default_missing_value = "", value_name = "BODY")]
    json: Option<String>,
}

/// Sends it.
pub async fn request(command: RequestCommand) -> Done {
    let connections = Connections::open()?;
    let connection = connections.get(&command.connection).map_err(Failed::wrong)?;
    let remote = Remote::new(&connection.base_url, connections.credential(connection)?)?;
    let url = pinned(&connection.base_url, &command).map_err(Failed::wrong)?;
    let body = body(&command)?;
    let method = match (&command.method, &body) {
        (Some(it), _) => it.to_uppercase(),
        (None, Some(_)) => "POST".to_owned(),
        (None, None) => "GET".to_owned(),
    };
    let method = method.parse().map_err(|_| Failed::wrong(format!("{method} is no method")))?;
    let headers = headers(&command)?;
    let raw = remote.raw(method, url, headers, body).await?;
    let whole = command.json.is_some();
    Ok(Shown::Raw { raw, whole })
}

/// The address of a request, at the server of the connection whatever the path says.
fn pinned(base_url: &str, command: &RequestCommand) -> Result<Url, String> {
    let path = with_fields(&command.path, &command.path_fields)?;
    if !path.starts_with('/') || path.starts_with("//") || path.contains('\\') {
        return Err(format!("'{path}' is no path: it begins with one /"));
    }
    let base = Url::parse(base_url).map_err(|it| it.to_string())?;
    let mut url = Url::parse(&format!("{base_url}{path}")).map_err(|it| it.to_string())?;
    if url.origin() != base.origin() || !url.username().is_empty() || url.password().is_some() {
        return Err("a request goes to the server of its connection alone".to_owned());
    }
    for pair in &command.query {
        let (name, value) = split_pair(pair)?;
        url.query_pairs_mut().append_pair(name, value);
    }
    Ok(url)
}

fn with_fields(path: &str, fields: &[String]) -> Result<String, String> {
    let mut path = path.to_owned();
    for pair in fields {
        let (name, value) = split_pair(pair)?;
        let place = format!("{{{name}}}");
        if !path.contains(&place) {
            return Err(format!("the path has no {place}"));
        }
        path = path.replace(&place, &utf8_percent_encode(value, NON_ALPHANUMERIC).to_string());
    }
    Ok(path)
}

fn split_pair(pair: &str) -> Result<(&str, &str), String> {
    pair.split_once('=').ok_or_else(|| format!("'{pair}' is not NAME=VALUE"))
}

fn body(command: &RequestCommand) -> Result<Option<(Vec<u8>, bool)>, Failed> {
    if let Some(text) = &command.raw_data {
        return Ok(Some((text.clone().into_bytes(), false)));
    }
    let inline = command.json.as_ref().filter(|it| !it.is_empty());
    let Some(text) = command.data.as_ref().or(inline) else { return Ok(None) };
    let text = super::text_of(text).map_err(Failed::wrong)?;
    serde_json::from_str::<Value>(&text)
        .map_err(|it| Failed::wrong(format!("the body is not JSON: {it}; --rawData takes any")))?;
    Ok(Some((text.into_bytes(), true)))
}

fn headers(command: &RequestCommand) -> Result<BTreeMap<String, HeaderValue>, Failed> {
    let mut headers = BTreeMap::new();
    for line in &command.headers {
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| Failed::wrong(format!("'{line}' is not 'Name: value'")))?;
        let name = name.trim().to_lowercase();
        if OWN_HEADERS.contains(&name.as_str()) {
            return Err(Failed::wrong(format!("{name} is set by the connection")));
        }
        let valid = HeaderName::from_bytes(name.as_bytes()).is_ok();
        let value = HeaderValue::from_str(value.trim()).ok().filter(|_| valid);
        let value = value.ok_or_else(|| Failed::wrong(format!("'{line}' is no header")))?;
        headers.insert(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(path: &str) -> RequestCommand {
        RequestCommand {
            connection: "work".to_owned(),
            path: path.to_owned(),
            method: None,
            headers: Vec::new(),
            data: None,
            raw_data: None,
            query: vec!["a=b c".to_owned()],
            path_fields: Vec::new(),
            json: None,
        }
    }

    #[test]
    fn a_path_that_names_another_host_sends_the_key_nowhere() {
        let base = "https://id.example.com";
        let good = pinned(base, &asking("/organizations")).unwrap();
        assert_eq!(good.as_str(), "https://id.example.com/organizations?a=b+c");
        for bad in [
            "https://evil.example",
            "//evil.example/",
            "/\\evil.example",
            "@evil.example/",
            ".evil.example/",
            ":81/",
        ] {
            assert!(pinned(base, &asking(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_field_of_the_path_stays_one_segment() {
        let mut command = asking("/users/{id}");
        command.path_fields = vec!["id=../organizations?x".to_owned()];
        let url = pinned("https://id.example.com", &command).unwrap();
        assert!(url.path().starts_with("/users/%2E%2E%2Forganizations"), "{url}");
    }
}
