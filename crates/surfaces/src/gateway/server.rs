//! One MCP server that is mounted beside: started when it is first asked, asked within bounds, and
//! started anew when it has died.
use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use reqwest::header::{HeaderName, HeaderValue};
use rmcp::model::{
    CallToolRequestParams, CallToolResult, ClientCapabilities, ClientConfig,
    GetPromptRequestParams, Implementation, JsonObject, ProtocolVersion, ReadResourceRequestParams,
    Tool,
};
use rmcp::service::{ClientLifecycleMode, RoleClient, RunningService, serve_client_with_lifecycle};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;

use super::bounds;
use super::definition::Definition;
use crate::connections::{Connections, Credential, Ended};

/// How long a server may take to be ready.
const READY_TIME_MAX: Duration = Duration::from_secs(30);
/// How long it may take to say what it has.
const LIST_TIME_MAX: Duration = Duration::from_secs(30);
/// How long a call may take.
const CALL_TIME_MAX: Duration = Duration::from_mins(2);
/// How much of what a program says on its standard error is kept, to tell why it ended.
const LAST_WORDS_BYTES_MAX: usize = 2048;
/// The variables of ours that a program is given. What else it needs its definition names: the others
/// hold keys of other programs, and of this one.
const VARIABLES: [&str; 12] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TERM",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TMPDIR",
    "TZ",
    "XDG_RUNTIME_DIR",
];

/// Why a server did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What happened.
    pub message: String,
    /// Whether the call may have been made.
    pub call_made: bool,
}

impl Trouble {
    fn before(message: impl Into<String>) -> Self {
        Self { message: message.into(), call_made: false }
    }
}

/// A server.
pub struct Server {
    name: String,
    definition: Result<Definition, String>,
    running: tokio::sync::Mutex<Option<Arc<Running>>>,
}

/// A server in use.
struct Running {
    service: RunningService<RoleClient, ClientConfig>,
    tools: tokio::sync::OnceCell<Vec<Tool>>,
    program: Option<Program>,
}

impl Server {
    /// The server of this name, which nothing is asked of yet. Where its definition is not known, it
    /// says why each time.
    pub fn new(name: &str, definition: Result<Definition, String>) -> Self {
        Self { name: name.to_owned(), definition, running: tokio::sync::Mutex::new(None) }
    }
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// Its tools, as it names them, within bounds.
    pub async fn tools(&self) -> Result<Vec<Tool>, Trouble> {
        let running = self.running().await?;
        let list = || async {
            let listed =
                tokio::time::timeout(LIST_TIME_MAX, running.service.list_all_tools()).await;
            self.said(&running, listed, false).map(bounds::tools)
        };
        running.tools.get_or_try_init(list).await.cloned()
    }
    /// Calls a tool. The result is bounded.
    pub async fn call(&self, tool: &str, input: JsonObject) -> Result<CallToolResult, Trouble> {
        let running = self.running().await?;
        let params = CallToolRequestParams::new(tool.to_owned()).with_arguments(input);
        let done = tokio::time::timeout(CALL_TIME_MAX, running.service.call_tool(params)).await;
        self.said(&running, done, true).map(bounds::result)
    }
    /// Its resources.
    pub async fn resources(&self) -> Result<Value, Trouble> {
        let running = self.running().await?;
        let listed =
            tokio::time::timeout(LIST_TIME_MAX, running.service.list_all_resources()).await;
        self.said(&running, listed, false).map(|it| bounds::value(&it))
    }
    /// What is in a resource.
    pub async fn read_resource(&self, uri: &str) -> Result<Value, Trouble> {
        let running = self.running().await?;
        let params = ReadResourceRequestParams::new(uri);
        let read = tokio::time::timeout(CALL_TIME_MAX, running.service.read_resource(params)).await;
        self.said(&running, read, false).map(|it| bounds::value(&it))
    }
    /// Its prompts.
    pub async fn prompts(&self) -> Result<Value, Trouble> {
        let running = self.running().await?;
        let listed = tokio::time::timeout(LIST_TIME_MAX, running.service.list_all_prompts()).await;
        self.said(&running, listed, false).map(|it| bounds::value(&it))
    }
    /// A prompt, filled in.
    pub async fn prompt(&self, name: &str, input: JsonObject) -> Result<Value, Trouble> {
        let running = self.running().await?;
        let params = GetPromptRequestParams::new(name).with_arguments(input);
        let made = tokio::time::timeout(CALL_TIME_MAX, running.service.get_prompt(params)).await;
        self.said(&running, made, false).map(|it| bounds::value(&it))
    }

    /// What a server said in time, or why it said nothing.
    fn said<T>(
        &self,
        running: &Running,
        done: Result<Result<T, rmcp::ServiceError>, tokio::time::error::Elapsed>,
        call_made: bool,
    ) -> Result<T, Trouble> {
        let message = match done {
            Ok(Ok(it)) => return Ok(it),
            Ok(Err(rmcp::ServiceError::McpError(it))) => {
                return Err(Trouble {
                    message: format!("{} refused: {}", self.name, bounds::text(&it.message)),
                    call_made,
                });
            }
            Ok(Err(other)) => format!("{other}{}", running.last_words()),
            Err(_) => "it took too long".to_owned(),
        };
        Err(Trouble { message: format!("{} did not answer: {message}", self.name), call_made })
    }

    /// The server in use; started where it is not, or is no more.
    async fn running(&self) -> Result<Arc<Running>, Trouble> {
        let mut kept = self.running.lock().await;
        if let Some(it) = kept.as_ref().filter(|it| !it.service.is_transport_closed()) {
            return Ok(it.clone());
        }
        *kept = None;
        let started = tokio::time::timeout(READY_TIME_MAX, self.start()).await;
        let started = started.unwrap_or_else(|_| Err("it took too long to be ready".to_owned()));
        let running = started.map_err(|why| Trouble::before(format!("{}: {why}", self.name)))?;
        Ok(kept.insert(Arc::new(running)).clone())
    }

    async fn start(&self) -> Result<Running, String> {
        let definition = self.definition.clone()?.filled_in()?;
        // Nearly every server shakes hands; one that only knows the era without does not.
        let handshake = connect(&definition, ClientLifecycleMode::Initialize).await;
        let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
        let stateless = ClientLifecycleMode::Discover { preferred_versions };
        match handshake {
            Ok(running) => Ok(running),
            Err(why) => connect(&definition, stateless).await.map_err(|_| why),
        }
    }
}

async fn connect(definition: &Definition, era: ClientLifecycleMode) -> Result<Running, String> {
    let own = Implementation::new("vestibule", env!("CARGO_PKG_VERSION"));
    let client = ClientConfig::new(ClientCapabilities::default(), own);
    match definition {
        Definition::Program { command, args, env, cwd } => {
            let mut program = Command::new(command);
            program.args(args).env_clear().envs(bounded()).envs(env);
            if let Some(cwd) = cwd {
                program.current_dir(cwd);
            }
            let (program, pipes) = Program::start(program)?;
            let served = serve_client_with_lifecycle(client, pipes, era).await;
            let service = served.map_err(|it| format!("{it}{}", program.last_words()))?;
            Ok(Running { service, tools: tokio::sync::OnceCell::new(), program: Some(program) })
        }
        Definition::Http { url, headers, connection } => {
            let transport = http(url, headers.iter(), connection.as_deref()).await?;
            let served = serve_client_with_lifecycle(client, transport, era).await;
            let service = served.map_err(|it| it.to_string())?;
            Ok(Running { service, tools: tokio::sync::OnceCell::new(), program: None })
        }
    }
}

fn bounded() -> impl Iterator<Item = (&'static str, std::ffi::OsString)> {
    VARIABLES.into_iter().filter_map(|it| Some((it, std::env::var_os(it)?)))
}

/// The way to an address: redirects are not followed, which would carry headers elsewhere, and
/// nothing goes over a network in the clear.
async fn http(
    url: &str,
    headers: impl Iterator<Item = (&String, &String)>,
    connection: Option<&str>,
) -> Result<StreamableHttpClientTransport<reqwest::Client>, String> {
    let parsed = reqwest::Url::parse(url).map_err(|it| format!("its address: {it}"))?;
    if parsed.scheme() != "https" && !is_loopback(&parsed) {
        return Err("its address is not https, and not of this machine".to_owned());
    }
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(READY_TIME_MAX)
        .pool_max_idle_per_host(0)
        .user_agent(concat!("vestibule/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|it| it.to_string())?;
    let mut config = StreamableHttpClientTransportConfig::with_uri(url);
    let mut custom = HashMap::new();
    for (name, value) in headers {
        let no_header = || format!("'{name}' is no header");
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| no_header())?;
        if key == "authorization"
            && let Some(token) = value.strip_prefix("Bearer ")
        {
            config = config.auth_header(token);
            continue;
        }
        custom.insert(key, HeaderValue::from_str(value).map_err(|_| no_header())?);
    }
    if let Some(name) = connection {
        config = config.auth_header(credential(name, &parsed).await?);
    }
    Ok(StreamableHttpClientTransport::with_client(client, config.custom_headers(custom)))
}

/// The credential of a connection, for an address of its own server and no other.
async fn credential(name: &str, url: &reqwest::Url) -> Result<String, String> {
    let connections = Connections::open()?;
    let connection = connections.get(name)?;
    let own = reqwest::Url::parse(&connection.base_url).map_err(|it| it.to_string())?;
    if own.origin() != url.origin() {
        return Err(format!(
            "the connection '{name}' is of {}, and its credential goes nowhere else",
            connection.base_url
        ));
    }
    match connections.credential(connection)? {
        Credential::None => Err(format!("the connection '{name}' has no credential")),
        Credential::Key(key) => Ok(key.reveal().to_owned()),
        Credential::SignedIn(it) => match it.access_token().await {
            Ok(token) => Ok(token.reveal().to_owned()),
            Err(Ended::Over(text) | Ended::Unreachable(text)) => Err(text),
        },
    }
}

fn is_loopback(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback())
}

impl Running {
    fn last_words(&self) -> String {
        self.program.as_ref().map(Program::last_words).unwrap_or_default()
    }
}

/// A program that runs beside, with all that it has started; it ends with this.
struct Program {
    child: std::process::Child,
    last_words: Arc<Mutex<Vec<u8>>>,
}

/// What a program writes, and what it reads.
type Pipes = (pipe::Receiver, pipe::Sender);

impl Program {
    fn start(mut command: Command) -> Result<(Self, Pipes), String> {
        let started = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own: what it starts (`npx` starts node) ends with it.
            .process_group(0)
            .spawn();
        let mut child = started.map_err(|it| format!("its program does not start: {it}"))?;
        let (output, input, errors) =
            (child.stdout.take(), child.stdin.take(), child.stderr.take());
        let program = Self { child, last_words: Arc::default() };
        let pipes = || -> std::io::Result<Option<(Pipes, pipe::Receiver)>> {
            let (Some(output), Some(input), Some(errors)) = (output, input, errors) else {
                return Ok(None);
            };
            let output = pipe::Receiver::from_owned_fd(OwnedFd::from(output))?;
            let input = pipe::Sender::from_owned_fd(OwnedFd::from(input))?;
            Ok(Some(((output, input), pipe::Receiver::from_owned_fd(OwnedFd::from(errors))?)))
        };
        let pipes = pipes().map_err(|it| format!("the pipes of its program: {it}"))?;
        let (pipes, errors) = pipes.ok_or("its program has no pipes")?;
        tokio::spawn(listen(errors, program.last_words.clone()));
        Ok((program, pipes))
    }
    /// What it said last on its standard error.
    fn last_words(&self) -> String {
        let words = self.last_words.lock();
        let text = String::from_utf8_lossy(&words);
        let clean: String = text.chars().filter(|it| !it.is_control() || *it == '\n').collect();
        match clean.trim().rsplit('\n').find(|it| !it.trim().is_empty()) {
            Some(line) => format!(" (it said: {})", line.trim()),
            None => String::new(),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let group = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(group) = group {
            // Where all of it has ended by itself there is nobody to tell.
            rustix::process::kill_process_group(group, rustix::process::Signal::KILL).ok();
        }
        // Nothing outlives the signal, so this waits for nobody; it keeps the table of processes clean.
        self.child.wait().ok();
    }
}

/// Reads what a program says, so that it never waits for a reader, and keeps the end of it.
async fn listen(mut errors: pipe::Receiver, kept: Arc<Mutex<Vec<u8>>>) {
    let mut chunk = [0; 1024];
    while let Ok(read @ 1..) = errors.read(&mut chunk).await {
        let mut kept = kept.lock();
        kept.extend_from_slice(&chunk[..read]);
        let over = kept.len().saturating_sub(LAST_WORDS_BYTES_MAX);
        kept.drain(..over);
    }
}
