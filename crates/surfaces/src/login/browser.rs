//! Signing in by a browser that comes back to this machine with a code (RFC 8252: loopback
//! redirection; RFC 7636: PKCE), or whose last address somebody pastes.
use std::io::Write;
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::time::Duration;

use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD;
use reqwest::Url;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use vestibule_kernel::chance::Chance;
use vestibule_kernel::secret::Secret;

use super::server::Server;
use super::{Done, Failed, REFUSED, Refusal, say, text};
use crate::connections::{Vault, config_folder, read, remove, replace};

/// Where the browser comes back to on this machine. The environment lists it with `*` for the port.
const PATH: &str = "/callback";
/// How long somebody may take to sign in.
const WAIT_MAX: Duration = Duration::from_mins(10);
/// The longest request line that is read of a browser.
const REQUEST_BYTES_MAX: usize = 16 * 1024;
/// How long a browser may take to send it.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(5);
/// The file with what was asked for by `login start`, sealed.
const ASKED_FILE: &str = "login.json";
const ASKED_PURPOSE: &str = "login";

/// A sign-in that was begun in a browser, and is good for one answer.
pub(super) struct Asked {
    verifier: Secret,
    state: Secret,
    redirect_uri: String,
}

impl Asked {
    fn at_port(port: u16) -> Self {
        let chance = Chance::system();
        Self {
            verifier: Secret::random("", &chance),
            state: Secret::random("", &chance),
            redirect_uri: format!("http://{}:{port}{PATH}", Ipv4Addr::LOCALHOST),
        }
    }
    /// Where the browser is to go.
    fn url(&self, server: &Server) -> Result<String, String> {
        let challenge = digest::digest(&digest::SHA256, self.verifier.reveal().as_bytes());
        let base = format!("{}/user_management/authorize", server.base_url());
        let fields = [
            ("client_id", server.client_id()),
            ("redirect_uri", &self.redirect_uri),
            ("response_type", "code"),
            ("provider", "authkit"),
            ("state", self.state.reveal()),
            ("code_challenge", &BASE64URL_NOPAD.encode(challenge.as_ref())),
            ("code_challenge_method", "S256"),
        ];
        Url::parse_with_params(&base, fields).map(String::from).map_err(|it| it.to_string())
    }
    /// The code that a browser came back with. One that answers another question is refused: it
    /// would sign this terminal in as somebody else.
    fn code(&self, address: &Url) -> Result<Secret, Refusal> {
        let find =
            |name: &str| address.query_pairs().find(|it| it.0 == name).map(|it| it.1.into_owned());
        if !find("state").is_some_and(|it| self.state.matches(&it)) {
            return Err(Refusal::because("the browser's answer belongs to another sign-in"));
        }
        if let Some(error) = find("error") {
            let text = find("error_description").unwrap_or_else(|| error.clone());
            return Err(Refusal::Said { error, text });
        }
        find("code")
            .filter(|it| !it.is_empty())
            .map(Secret::new)
            .ok_or_else(|| Refusal::because("the browser's answer has no code"))
    }
    async fn redeem(&self, server: &Server, code: &Secret) -> Result<Value, Refusal> {
        let body = json!({
            "grant_type": "authorization_code",
            "code": code.reveal(),
            "code_verifier": self.verifier.reveal(),
        });
        server.post("/user_management/authenticate", body).await
    }
}

/// Has somebody sign in by a browser of this machine, and answers what the server says to it.
pub(super) async fn sign_in(server: &Server, open: bool, tell_them: fn(&str)) -> Done<Value> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = listener.map_err(|it| format!("no port is free to come back to: {it}"))?;
    let port = listener.local_addr().map_err(|it| it.to_string())?.port();
    let asked = Asked::at_port(port);
    let url = asked.url(server)?;
    tell_them(&format!("Open this to sign in:\n\n    {url}\n"));
    tell_them(&listed());
    if open {
        open_browser(&url);
    }
    let code = tokio::time::timeout(WAIT_MAX, wait(&listener, &asked)).await;
    let code = code.map_err(|_| "nobody signed in within ten minutes".to_owned())??;
    Ok(asked.redeem(server, &code).await?)
}

/// Prints where to sign in by a browser of another machine, and keeps what the answer needs.
/// `context` comes back with the answer.
pub(super) fn start(server: &Server, context: Value) -> Done {
    // A port that was free a moment ago: nothing answers there, and the browser shows the address.
    let free = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let port = free.and_then(|it| it.local_addr()).map_err(|it| it.to_string())?.port();
    let asked = Asked::at_port(port);
    let url = asked.url(server)?;
    let kept = json!({
        "base_url": server.base_url(),
        "client_id": server.client_id(),
        "verifier": asked.verifier.reveal(),
        "state": asked.state.reveal(),
        "redirect_uri": asked.redirect_uri,
        "context": context,
    });
    let folder = config_folder()?;
    let sealed = Vault::new(&folder).seal(ASKED_PURPOSE, &Secret::new(kept.to_string()))?;
    replace(&folder, ASKED_FILE, &sealed)?;
    say(&format!("Open this in any browser to sign in:\n\n    {url}\n"));
    say("It ends at an address of 127.0.0.1 that does not open. Copy that address, and give it to");
    say("\n    vestibule login complete -\n");
    say(&listed());
    Ok(())
}

/// What became of a sign-in that [`start`] began.
pub(super) struct Completed {
    pub server: Server,
    pub context: Value,
    pub reply: Value,
}

/// Ends a sign-in that [`start`] began, with the address that the browser ended at, or the code in
/// it.
pub(super) async fn complete(pasted: &str) -> Done<Completed> {
    let folder = config_folder()?;
    let path = folder.join(ASKED_FILE);
    let begun = || Failed(REFUSED, "no sign-in was begun: run vestibule login start".to_owned());
    let sealed = read(&path)?.ok_or_else(begun)?;
    let opened = Vault::new(&folder).open(ASKED_PURPOSE, sealed.trim())?.ok_or_else(begun)?;
    let kept: Value = serde_json::from_str(opened.reveal()).map_err(|it| it.to_string())?;
    let asked = Asked {
        verifier: Secret::new(text(&kept, "verifier")?),
        state: Secret::new(text(&kept, "state")?),
        redirect_uri: text(&kept, "redirect_uri")?,
    };
    let server = Server::new(&text(&kept, "base_url")?, &text(&kept, "client_id")?)?;
    let code = match Url::parse(pasted) {
        Ok(address) => asked.code(&address)?,
        // Somebody has picked it out; the verifier binds it to this sign-in all the same.
        Err(_) => Secret::new(pasted),
    };
    // A verifier is good for one try.
    remove(&path)?;
    let reply = asked.redeem(&server, &code).await?;
    Ok(Completed { server, context: kept.get("context").cloned().unwrap_or_default(), reply })
}

fn listed() -> String {
    format!("(The environment must list http://{}:*{PATH} as a redirect URI.)", Ipv4Addr::LOCALHOST)
}

/// Waits for the browser. Whoever asks for something else, or answers another question, is told so
/// and changes nothing.
async fn wait(listener: &TcpListener, asked: &Asked) -> Result<Secret, Refusal> {
    loop {
        let Ok((mut stream, _)) = listener.accept().await else { continue };
        let read = tokio::time::timeout(REQUEST_TIME_MAX, address(&mut stream)).await;
        let Some(address) = read.ok().flatten().filter(|it| it.path() == PATH) else {
            answer(&mut stream, "404 Not Found", "There is nothing here.").await;
            continue;
        };
        match asked.code(&address) {
            Ok(code) => {
                answer(&mut stream, "200 OK", "You are signed in. You can close this page.").await;
                return Ok(code);
            }
            Err(Refusal::Said { error, text }) if !error.is_empty() => {
                answer(&mut stream, "200 OK", "You are not signed in. You can close this page.")
                    .await;
                return Err(Refusal::Said { error, text });
            }
            Err(other) => answer(&mut stream, "400 Bad Request", &other.text()).await,
        }
    }
}

/// The address that a browser asks for.
async fn address(stream: &mut TcpStream) -> Option<Url> {
    let mut head = Vec::new();
    let mut chunk = [0; 2048];
    while !head.windows(4).any(|it| it == b"\r\n\r\n") {
        let read = stream.read(&mut chunk).await.ok().filter(|it| *it > 0)?;
        head.extend_from_slice(&chunk[..read]);
        if head.len() > REQUEST_BYTES_MAX {
            return None;
        }
    }
    let line = std::str::from_utf8(&head).ok()?.lines().next()?.to_owned();
    let target = line.strip_prefix("GET ")?.split(' ').next()?.to_owned();
    Url::parse(&format!("http://{}{target}", Ipv4Addr::LOCALHOST)).ok()
}

async fn answer(stream: &mut TcpStream, status: &str, text: &str) {
    let page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width\"><meta name=color-scheme content=\"light dark\">\
         <title>Vestibule</title><body style=\"font:1.1rem system-ui;margin:4rem auto;max-width:30rem;padding:0 1rem\">\
         <h1 style=\"font-size:1.4rem\">{text}</h1>"
    );
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\ncontent-security-policy: default-src 'none'; style-src 'unsafe-inline'\r\n\
         referrer-policy: no-referrer\r\nconnection: close\r\n\r\n",
        page.len()
    );
    // A browser that has gone away misses a sentence.
    stream.write_all(format!("{head}{page}").as_bytes()).await.ok();
    stream.shutdown().await.ok();
}

/// Opens the browser of this desk, if it has one; the address stands on the terminal too.
fn open_browser(url: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let quiet = || {
        Command::new(program)
            .arg(url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
    };
    if quiet().is_err() {
        writeln!(std::io::stderr(), "vestibule: no browser opens by itself").ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_to_another_sign_in_is_not_taken() {
        let asked = Asked::at_port(49_152);
        let state = asked.state.reveal();
        let at = |query: &str| Url::parse(&format!("{}?{query}", asked.redirect_uri)).unwrap();
        let good = asked.code(&at(&format!("code=c1&state={state}")));
        assert!(good.is_ok_and(|it| it.reveal() == "c1"));
        for bad in ["code=c1", "code=c1&state=", "code=c1&state=x", "error=access_denied&state=x"] {
            let refused = asked.code(&at(bad));
            assert!(
                matches!(refused, Err(Refusal::Said { error, .. }) if error.is_empty()),
                "{bad}"
            );
        }
        let denied = asked.code(&at(&format!("error=access_denied&state={state}")));
        assert!(matches!(denied, Err(Refusal::Said { error, .. }) if error == "access_denied"));
    }

    #[test]
    fn a_browser_is_sent_with_the_digest_of_the_verifier_and_not_with_it() {
        let server = Server::new("https://id.example.com", "client_01").unwrap();
        let asked = Asked::at_port(49_152);
        let url = asked.url(&server).unwrap();
        assert!(
            url.contains("code_challenge_method=S256") && !url.contains(asked.verifier.reveal())
        );
    }
}
