//! Clients: who asks, and where its answers may go.
//!
//! A client proves nothing of itself: all are public, and what keeps an answer from others is the
//! redirect URI and PKCE. So what is known of one is its id, the name that it gives itself, and its
//! redirect URIs.
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use url::{Host, Url};
use vestibule_kernel::id::OauthClientId;
use vestibule_kernel::limit::Limit;
use vestibule_kernel::{App, Code, Error, Result};

use super::{documents, store};

/// How large a registration may be.
pub const REGISTRATION_BYTES_MAX: usize = 16 * 1024;
/// How many redirect URIs a client has at the most.
const REDIRECT_URIS_MAX: usize = 20;
/// How long one may be.
const REDIRECT_URI_BYTES_MAX: usize = 2048;
/// How much of a client's name is shown.
const NAME_CHARACTERS_MAX: usize = 80;
/// For how long a client is kept that nobody lets in, in seconds.
const UNUSED_SECONDS: i64 = 24 * 60 * 60;
/// How many such clients there are at once.
const UNUSED_MAX: i64 = 10_000;
/// How often somebody registers clients from one place.
const REGISTRATIONS: Limit =
    Limit { name: "oauth.register", uses_max: 60, window: 60 * 60, code: "too_many_requests" };

/// A redirect URI is not one that a client may have (RFC 7591 §3.2.2).
const INVALID_REDIRECT_URI: Code = "invalid_redirect_uri";
/// Something else about a client is wrong (RFC 7591 §3.2.2).
const INVALID_CLIENT_METADATA: Code = "invalid_client_metadata";

/// A client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its `client_id`.
    pub id: String,
    /// What it calls itself.
    pub name: String,
    pub(super) redirect_uris: Vec<String>,
}

impl Client {
    /// A client with a name that can be shown and redirect URIs that it may have.
    pub(super) fn new(id: String, name: &str, redirect_uris: Vec<String>) -> Result<Self> {
        if redirect_uris.is_empty() || redirect_uris.len() > REDIRECT_URIS_MAX {
            let text = format!("redirect_uris must have 1 to {REDIRECT_URIS_MAX} addresses.");
            return Err(Error::oauth(INVALID_REDIRECT_URI, text));
        }
        redirect_uris.iter().try_for_each(|it| check_redirect_uri(it))?;
        Ok(Self { id, name: shown(name), redirect_uris })
    }

    /// The host of the address by which it names itself, where it does.
    pub fn host(&self) -> Option<String> {
        Url::parse(&self.id).ok()?.host_str().map(str::to_owned)
    }

    /// The redirect URI of an authorization request, if it is one of the client's: letter by letter,
    /// but for the port of an address of the reader's own machine (RFC 8252 §7.3).
    pub fn redirect_uri(&self, asked: &str) -> Option<Url> {
        let url = Url::parse(asked).ok()?;
        let is_known = |known: &String| {
            known == asked || Url::parse(known).is_ok_and(|it| differs_in_port(&it, &url))
        };
        self.redirect_uris.iter().any(is_known).then_some(url)
    }
}

/// Control characters and those that turn the direction of text round would let a client be shown as
/// something else.
fn shown(name: &str) -> String {
    let is_plain = |it: &char| {
        !it.is_control()
            && !matches!(it, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let words: String = name.chars().filter(is_plain).take(NAME_CHARACTERS_MAX).collect();
    let words = words.trim();
    if words.is_empty() { "A client without a name".to_owned() } else { words.to_owned() }
}

/// Whether both are the same address of the reader's own machine, on whichever ports.
fn differs_in_port(known: &Url, asked: &Url) -> bool {
    let portless = |it: &Url| {
        let mut it = it.clone();
        it.set_port(None).ok()?;
        Some(it)
    };
    is_loopback(known) && is_loopback(asked) && portless(known) == portless(asked)
}

/// Whether plain http leads no further than the reader's own machine. By its name too, which RFC 8252
/// §8.3 would rather not see and MCP clients use.
fn is_loopback(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Ipv4(it)) => it.octets() == [127, 0, 0, 1],
        Some(Host::Ipv6(it)) => it.is_loopback(),
        Some(Host::Domain(it)) => it == "localhost",
        None => false,
    };
    url.scheme() == "http" && here
}

/// Answers go by https, or to the reader's own machine (MCP, "Communication Security"): whoever else
/// registers a scheme on that machine would get them too.
fn check_redirect_uri(text: &str) -> Result<()> {
    let refused = |why: &str| {
        let shown: String = text.chars().take(200).collect();
        Err(Error::oauth(INVALID_REDIRECT_URI, format!("The redirect URI '{shown}' {why}.")))
    };
    if text.len() > REDIRECT_URI_BYTES_MAX {
        return refused("is too long");
    }
    let Ok(url) = Url::parse(text) else { return refused("is not a URI") };
    if url.fragment().is_some() {
        // RFC 6749 §3.1.2.
        return refused("has a fragment");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refused("has a user name, which hides where it leads");
    }
    if url.scheme() != "https" && !is_loopback(&url) {
        return refused("is neither https nor http on 127.0.0.1, [::1] or localhost");
    }
    Ok(())
}

/// What a client says when it registers itself (RFC 7591 §2). What else it says is left out: there is
/// one way to be a client here, and the answer tells it.
#[derive(Debug, Deserialize)]
pub struct Registration {
    redirect_uris: Option<Vec<String>>,
    client_name: Option<String>,
}

/// What it is answered (RFC 7591 §3.2.1).
#[derive(Debug, Serialize)]
pub struct Registered {
    client_id: String,
    client_id_issued_at: i64,
    client_name: String,
    redirect_uris: Vec<String>,
    grant_types: [&'static str; 2],
    response_types: [&'static str; 1],
    token_endpoint_auth_method: &'static str,
}

/// Registers a client of somebody at `place`. Blocks the thread.
pub fn register(app: &Arc<App>, place: &str, body: &[u8]) -> Result<Registered> {
    let Ok(Registration { redirect_uris, client_name }) = serde_json::from_slice(body) else {
        let text = "The body must be a JSON object with redirect_uris, a list of texts.";
        return Err(Error::oauth(INVALID_CLIENT_METADATA, text));
    };
    let id = OauthClientId::make(app.chance(), app.now()).to_string();
    let (name, uris) = (client_name.unwrap_or_default(), redirect_uris.unwrap_or_default());
    let clean = |it: &String| !it.contains('\0');
    if !clean(&name) || !uris.iter().all(clean) {
        return Err(Error::oauth(INVALID_CLIENT_METADATA, "The NUL character is not allowed."));
    }
    let client = Client::new(id, &name, uris)?;
    vestibule_kernel::limit::count_everywhere(app, REGISTRATIONS, place)?;
    let (now, kept) = (app.now(), client.clone());
    app.db().write(move |tx| {
        store::forget_clients(tx, now)?;
        // Whoever fills this up must not keep others out: the oldest goes.
        if store::count_unused(tx, UNUSED_MAX)? >= UNUSED_MAX {
            store::forget_oldest_client(tx)?;
        }
        store::insert_client(tx, &kept, now, now.plus_seconds(UNUSED_SECONDS))
    })?;
    Ok(Registered {
        client_id: client.id,
        client_id_issued_at: now.millis() / 1000,
        client_name: client.name,
        redirect_uris: client.redirect_uris,
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        token_endpoint_auth_method: "none",
    })
}

/// The client of this id: the one that registered, or that whose document is there. Blocks the thread.
pub fn find(app: &Arc<App>, place: &str, id: &str) -> Result<Client> {
    if id.contains("://") {
        return documents::find(app, place, id);
    }
    let (text, now) = (id.to_owned(), app.now());
    let found = app.db().read(|tx| store::get_client(tx, &text, now))?;
    found.ok_or_else(|| {
        let text = "No client with this client_id has registered here, or it was not used for a day \
                    and is forgotten. Have it register again.";
        Error::oauth(super::INVALID_CLIENT, text)
    })
}

#[cfg(test)]
mod tests {
    use super::Client;

    fn client(uris: &[&str]) -> Client {
        let uris = uris.iter().map(|it| (*it).to_owned()).collect();
        Client::new("oauth_client_01".to_owned(), "Claude", uris).unwrap()
    }

    #[test]
    fn attack_on_redirect_uris_only_the_port_of_this_machine_may_differ() {
        let it = client(&[
            "https://app.example/callback",
            "http://127.0.0.1:3000/callback",
            "http://localhost/callback?x=1",
            "http://[::1]/callback",
        ]);
        for (asked, known) in [
            ("https://app.example/callback", true),
            ("http://127.0.0.1:3000/callback", true),
            ("http://127.0.0.1:53111/callback", true),
            ("http://127.0.0.1/callback", true),
            ("http://localhost:9/callback?x=1", true),
            ("http://[::1]:8000/callback", true),
            // Another port, path, host, scheme or user where they must be the same.
            ("https://app.example:8443/callback", false),
            ("https://app.example/callback/", false),
            ("https://app.example/callback/../evil", false),
            ("https://app.example/callbackx", false),
            ("https://app.example/callback?x", false),
            ("https://app.example/callback#x", false),
            ("https://app.example.evil.example/callback", false),
            ("https://evil.example/https://app.example/callback", false),
            ("https://app.example@evil.example/callback", false),
            ("https://APP.example/callback", false),
            ("http://app.example/callback", false),
            ("http://127.0.0.1:3000/other", false),
            ("http://127.0.0.1:3000/callback?x", false),
            ("http://127.0.0.1:3000/callback#x", false),
            ("http://127.0.0.1:80@evil.example/callback", false),
            ("http://x@127.0.0.1:3000/callback", false),
            ("http://127.0.0.1\\@evil.example/callback", false),
            ("http://127.0.0.1.evil.example/callback", false),
            ("http://localhost:9/callback", false),
            ("http://localhost.evil.example/callback?x=1", false),
            ("https://127.0.0.1:3000/callback", false),
            ("http://127.0.0.2:3000/callback", false),
            ("javascript:alert(1)", false),
            ("", false),
        ] {
            assert_eq!(it.redirect_uri(asked).is_some(), known, "{asked}");
        }
    }

    #[test]
    fn a_client_may_not_have_redirect_uris_that_hide_where_they_lead_or_that_others_hear() {
        for uri in [
            "http://app.example/callback",
            "https://app.example/callback#x",
            "https://user@app.example/callback",
            "http://127.0.0.1.evil.example/",
            "http://10.0.0.1/callback",
            "javascript:alert(1)",
            "data:text/html,x",
            "cursor://callback",
            "file:///etc/passwd",
            "callback",
            "",
        ] {
            let made = Client::new("x".to_owned(), "x", vec![uri.to_owned()]);
            assert_eq!(made.unwrap_err().code(), "invalid_redirect_uri", "{uri}");
        }
        assert!(Client::new("x".to_owned(), "x", Vec::new()).is_err());
    }

    #[test]
    fn a_name_is_shown_without_what_would_make_it_read_as_another() {
        let named = |name: &str| {
            Client::new("x".into(), name, vec!["https://a.example/".into()]).unwrap().name
        };
        assert_eq!(named("Cla\u{202e}ude\n\u{200b} "), "Claude");
        assert_eq!(named("\u{feff} "), "A client without a name");
        assert_eq!(named(&"a".repeat(500)).len(), 80);
    }
}
