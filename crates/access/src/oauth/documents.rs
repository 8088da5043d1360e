//! Client ID metadata documents: a client names itself by the https address of a document that says
//! who it is (draft-ietf-oauth-client-id-metadata-document).
//!
//! Anybody can have us fetch an address, so it goes by the guarded way out: no private address, no
//! redirect, bounded in time, size and number. What was read is kept for a few minutes.
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::Value;
use vestibule_kernel::limit::{self, Limit};
use vestibule_kernel::net::http::Outgoing;
use vestibule_kernel::time::Time;
use vestibule_kernel::{App, Error, Method, Result};

use super::INVALID_CLIENT;
use super::clients::Client;

/// How large a document may be: what the draft recommends (§6.6).
const DOCUMENT_BYTES_MAX: usize = 5 * 1024;
/// How long reading one may take.
const DOCUMENT_TIME_MAX: Duration = Duration::from_secs(5);
/// For how long one is kept, in seconds.
const KEPT_SECONDS: i64 = 5 * 60;
/// How many are kept.
const KEPT_MAX: usize = 1000;
/// How many are fetched at once: each holds a turn of the pages while somebody else's server answers.
const FETCHING_MAX: usize = 16;
/// How many are fetched for one place.
const FETCHES: Limit =
    Limit { name: "oauth.documents", uses_max: 30, window: 60, code: "too_many_requests" };

/// The documents that were read, each until it is to be read again, and how many are being fetched.
#[derive(Debug, Default)]
pub struct Documents {
    kept: Mutex<HashMap<String, (Time, Client)>>,
    fetching: AtomicUsize,
}

/// A turn at fetching.
struct Turn<'a>(&'a AtomicUsize);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Documents {
    fn get(&self, id: &str, now: Time) -> Option<Client> {
        let kept = self.kept.lock();
        kept.get(id).filter(|it| now < it.0).map(|it| it.1.clone())
    }
    fn keep(&self, client: &Client, now: Time) {
        let mut kept = self.kept.lock();
        if kept.len() >= KEPT_MAX {
            kept.retain(|_, it| now < it.0);
        }
        // Where all are fresh, this one is read again next time.
        if kept.len() < KEPT_MAX {
            kept.insert(client.id.clone(), (now.plus_seconds(KEPT_SECONDS), client.clone()));
        }
    }
    fn turn(&self) -> Result<Turn<'_>> {
        let turn = Turn(&self.fetching);
        if self.fetching.fetch_add(1, Ordering::Relaxed) >= FETCHING_MAX {
            let text = "Too many clients are being looked up. Try again in a moment.";
            return Err(Error::unavailable(text, 5));
        }
        Ok(turn)
    }
}

/// What a document must say; the rest is of no use here.
#[derive(Deserialize)]
struct Document {
    client_id: String,
    client_name: String,
    redirect_uris: Vec<String>,
    token_endpoint_auth_method: Option<String>,
    client_secret: Option<Value>,
}

/// The client whose document is at `id`, fetched for somebody at `place`.
pub(super) fn find(app: &Arc<App>, place: &str, id: &str) -> Result<Client> {
    let (now, kept) = (app.now(), app.extension::<Documents>());
    if let Some(client) = kept.and_then(|it| it.get(id, now)) {
        return Ok(client);
    }
    let outgoing = outgoing(app, id)?;
    limit::count_everywhere(app, FETCHES, place)?;
    let _turn = kept.map(Documents::turn).transpose()?;
    let client = read(id, &fetch(app, outgoing)?)?;
    if let Some(kept) = kept {
        kept.keep(&client, now);
    }
    Ok(client)
}

fn refused(why: &str) -> Error {
    Error::oauth(INVALID_CLIENT, format!("The client_id is an address that names no client: {why}"))
}

/// The request for a document, if its address may be one (§3 of the draft).
fn outgoing(app: &App, id: &str) -> Result<Outgoing> {
    let target = app.net().http().target(id).map_err(|it| refused(&it.to_string()))?;
    let url = target.url();
    // Compared as text from here on, so there must be one way to write it; this refuses dots in the
    // path and a host in capitals as well.
    if url.as_str() != id {
        return Err(refused("it is not written in its normal form."));
    }
    if url.path() == "/" || url.fragment().is_some() {
        return Err(refused("it must have a path and no fragment."));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("it has a user name."));
    }
    Ok(Outgoing {
        method: Method::Get,
        target,
        headers: vec![("accept", "application/json".to_owned())],
        body: Vec::new(),
        timeout: DOCUMENT_TIME_MAX,
    })
}

fn fetch(app: &App, outgoing: Outgoing) -> Result<Vec<u8>> {
    let fetched = app.net().fetch(outgoing, DOCUMENT_BYTES_MAX);
    // What became of it is for the log: strangers could look around our network by it.
    let fetched = fetched.map_err(|it| {
        tracing::debug!(why = %it, "the document of a client could not be fetched");
        refused("it cannot be fetched.")
    })?;
    if fetched.status != 200 {
        return Err(refused(&format!("it answers {}.", fetched.status)));
    }
    let kind = fetched.content_type.unwrap_or_default().to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind != "application/json" && !kind.ends_with("+json") {
        return Err(refused("it is no JSON document."));
    }
    Ok(fetched.body)
}

fn read(id: &str, body: &[u8]) -> Result<Client> {
    let Ok(document) = serde_json::from_slice::<Document>(body) else {
        return Err(refused("the document lacks client_id, client_name or redirect_uris."));
    };
    let Document { client_id, client_name, redirect_uris, .. } = &document;
    if client_id != id {
        return Err(refused("the document is of another client_id."));
    }
    // A document is public, so no secret is one (§4.1); and who wants to prove itself in another way
    // must not be taken for who it says without that.
    let method = document.token_endpoint_auth_method.as_deref().unwrap_or("none");
    if method != "none" || document.client_secret.is_some() {
        return Err(refused("the client wants to authenticate itself, which is not done here."));
    }
    if [client_name].into_iter().chain(redirect_uris).any(|it| it.contains('\0')) {
        return Err(refused("the document holds a NUL character."));
    }
    Client::new(id.to_owned(), client_name, redirect_uris.clone())
        .map_err(|it| refused(it.message()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Documents, read};

    const ID: &str = "https://app.example/client.json";

    #[test]
    fn a_document_is_of_the_address_at_which_it_is_and_of_a_public_client() {
        let whole = json!({
            "client_id": ID, "client_name": "App", "redirect_uris": ["http://localhost/callback"],
            "token_endpoint_auth_method": "none", "logo_uri": "https://app.example/logo.png",
        });
        let client = read(ID, whole.to_string().as_bytes()).unwrap();
        assert_eq!((client.name.as_str(), client.host().as_deref()), ("App", Some("app.example")));
        for (field, wrong) in [
            ("client_id", json!("https://app.example/other.json")),
            ("client_id", json!("https://APP.example/client.json")),
            ("client_id", json!(null)),
            ("client_name", json!(null)),
            ("redirect_uris", json!([])),
            ("redirect_uris", json!("https://app.example/")),
            ("redirect_uris", json!(["https://app.example/", "http://evil.example/"])),
            ("token_endpoint_auth_method", json!("private_key_jwt")),
            ("token_endpoint_auth_method", json!("client_secret_basic")),
            ("client_secret", json!("x")),
        ] {
            let mut document = whole.clone();
            document[field] = wrong.clone();
            let refusal = read(ID, document.to_string().as_bytes()).unwrap_err();
            assert_eq!(refusal.code(), "invalid_client", "{field} {wrong}");
        }
        for text in ["", "[]", "<html>", "null"] {
            assert!(read(ID, text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_document_is_kept_for_five_minutes() {
        let at = |seconds: i64| super::Time::from_millis(seconds * 1000);
        let kept = Documents::default();
        let uris = vec!["https://app.example/".to_owned()];
        let client = super::Client::new(ID.to_owned(), "App", uris).unwrap();
        kept.keep(&client, at(0));
        assert!(kept.get(ID, at(299)).is_some() && kept.get(ID, at(300)).is_none());
    }
}
