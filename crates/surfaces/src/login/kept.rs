//! What is kept of a sign-in between two commands: a file in the user's config folder, with the
//! tokens sealed as credentials of connections are.
use std::path::PathBuf;

use serde_json::{Value, json};

use super::text;
use crate::connections::{Tokens, Vault, config_folder, read, remove, replace};

/// The file that it is in.
const FILE: &str = "session.json";
/// What the tokens are sealed for: a copy in another place does not open.
const PURPOSE: &str = "session";

/// A sign-in.
pub(super) struct Kept {
    pub base_url: String,
    pub client_id: String,
    pub tokens: Tokens,
    pub email: String,
    pub user: Value,
}

impl Kept {
    /// Out of what the server answered to a sign-in.
    pub fn new(base_url: &str, client_id: &str, reply: &Value) -> Result<Self, String> {
        let user = reply.get("user").cloned().unwrap_or_default();
        Ok(Self {
            base_url: base_url.to_owned(),
            client_id: client_id.to_owned(),
            tokens: Tokens::of_reply(reply)?,
            email: text(&user, "email")?,
            user,
        })
    }

    /// The sign-in that is kept, if there is one.
    pub fn load() -> Result<Option<Self>, String> {
        let folder = config_folder()?;
        let path = folder.join(FILE);
        let Some(content) = read(&path)? else { return Ok(None) };
        let broken = |it: String| format!("{}: {it}; run vestibule login again", path.display());
        let value: Value = serde_json::from_str(&content).map_err(|it| broken(it.to_string()))?;
        let base_url = text(&value, "base_url").map_err(broken)?;
        let client_id = text(&value, "client_id").map_err(broken)?;
        let sealed = text(&value, "tokens").map_err(broken)?;
        let opened = Vault::new(&folder).open(&purpose(&base_url, &client_id), &sealed)?;
        let tokens = opened.and_then(|it| Tokens::of_secret(&it));
        let tokens = tokens.ok_or_else(|| broken("its tokens do not open".to_owned()))?;
        let user = value.get("user").cloned().unwrap_or_default();
        let email = text(&user, "email").map_err(broken)?;
        Ok(Some(Self { base_url, client_id, tokens, email, user }))
    }

    /// Keeps it, in the place of the one before.
    pub fn save(&self) -> Result<(), String> {
        let folder = config_folder()?;
        let purpose = purpose(&self.base_url, &self.client_id);
        let content = json!({
            "base_url": self.base_url,
            "client_id": self.client_id,
            "tokens": Vault::new(&folder).seal(&purpose, &self.tokens.to_secret())?,
            "user": self.user,
        });
        replace(&folder, FILE, &format!("{content:#}"))
    }

    /// Forgets the sign-in that is kept.
    pub fn forget() -> Result<(), String> {
        remove(&path()?)
    }

    /// The session, as the token says that nobody has verified here.
    pub fn session_id(&self) -> Option<String> {
        self.tokens.claims()?.get("sid")?.as_str().map(str::to_owned)
    }
}

/// Tokens are sent where they came from, nowhere else.
fn purpose(base_url: &str, client_id: &str) -> String {
    format!("{PURPOSE} {base_url} {client_id}")
}

/// Where it is kept.
fn path() -> Result<PathBuf, String> {
    Ok(config_folder()?.join(FILE))
}
