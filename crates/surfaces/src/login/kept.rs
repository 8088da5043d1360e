//! What is kept of a sign-in between two commands: a file in the user's config folder that nobody
//! else can read.
use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use vestibule_kernel::time::{Clock, SystemClock};

use super::text;
use crate::connections::config_folder;

/// A sign-in.
pub(super) struct Kept {
    pub base_url: String,
    pub client_id: String,
    pub access_token: String,
    pub refresh_token: String,
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
            access_token: text(reply, "access_token")?,
            refresh_token: text(reply, "refresh_token")?,
            email: text(&user, "email")?,
            user,
        })
    }

    /// The sign-in that is kept, if there is one.
    pub fn load() -> Result<Option<Self>, String> {
        let path = path()?;
        let content = match fs::read_to_string(&path) {
            Ok(it) => it,
            Err(it) if it.kind() == ErrorKind::NotFound => return Ok(None),
            Err(it) => return Err(format!("{}: {it}", path.display())),
        };
        let broken = |it: String| format!("{}: {it}; run vestibule login again", path.display());
        let value: Value = serde_json::from_str(&content).map_err(|it| broken(it.to_string()))?;
        let base_url = text(&value, "base_url").map_err(broken)?;
        let client_id = text(&value, "client_id").map_err(broken)?;
        Self::new(&base_url, &client_id, &value).map(Some).map_err(broken)
    }

    /// Keeps it, in the place of the one before. Written aside and moved into place, so that there
    /// is never half of one.
    pub fn save(&self) -> Result<(), String> {
        let path = path()?;
        let folder = path.parent().map(PathBuf::from).unwrap_or_default();
        let aside = folder.join(format!(".session.{}", std::process::id()));
        let content = json!({
            "base_url": self.base_url,
            "client_id": self.client_id,
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
            "user": self.user,
        });
        let write = || -> std::io::Result<()> {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
            match fs::remove_file(&aside) {
                Err(it) if it.kind() != ErrorKind::NotFound => return Err(it),
                Ok(()) | Err(_) => {}
            }
            // Made anew, so that its mode is ours whatever was there.
            let mut file =
                fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
            writeln!(file, "{content:#}")?;
            file.sync_all()?;
            fs::rename(&aside, &path)
        };
        write().map_err(|it| format!("{}: {it}", path.display()))
    }

    /// Forgets the sign-in that is kept.
    pub fn forget() -> Result<(), String> {
        let path = path()?;
        match fs::remove_file(&path) {
            Err(it) if it.kind() != ErrorKind::NotFound => Err(format!("{}: {it}", path.display())),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// The session, as the token says that nobody has verified here.
    pub fn session_id(&self) -> Option<String> {
        self.claims()?.get("sid")?.as_str().map(str::to_owned)
    }

    /// Whether the access token ends so soon, or does not say.
    pub fn expires_within(&self, seconds: i64) -> bool {
        let ends = self.claims().and_then(|it| it.get("exp")?.as_i64());
        ends.is_none_or(|it| it <= SystemClock.now().seconds().saturating_add(seconds))
    }

    fn claims(&self) -> Option<Value> {
        let part = self.access_token.split('.').nth(1)?;
        serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).ok()?).ok()
    }
}

/// Where it is kept.
fn path() -> Result<PathBuf, String> {
    Ok(config_folder()?.join("session.json"))
}
