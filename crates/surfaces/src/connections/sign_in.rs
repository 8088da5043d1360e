//! The credential of somebody who signed in: an access token that is renewed before it ends, by one
//! process at a time, since a refresh token is good for one use.
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::{Clock, SystemClock};

use super::{Connections, Vault, turn};
use crate::login::{Refusal, Server};

/// How many seconds before its end an access token is renewed.
const RENEW_BEFORE_SECONDS: i64 = 60;
/// How many seconds before its end it is still sent where it cannot be renewed.
const USE_UNTIL_SECONDS: i64 = 5;
/// The turn that renews a sign-in.
const RENEW_TURN: &str = ".sign-in.lock";
/// What the tokens are sealed for: a copy in another place does not open.
const PURPOSE: &str = "connection sign-in";

/// The sign-in of an account, as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignIn {
    /// The server that signed them in, and renews.
    pub issuer: String,
    /// The client that they signed in to.
    pub client_id: String,
    /// Who signed in.
    pub email: String,
    /// The tokens, sealed, in base64; none where the sign-in is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
}

impl SignIn {
    /// A sign-in that holds no tokens yet.
    pub fn new(issuer: &str, client_id: &str, email: &str) -> Self {
        let (issuer, client_id) = (issuer.to_owned(), client_id.to_owned());
        Self { issuer, client_id, email: email.to_owned(), sealed: None }
    }
    /// The same with these tokens, for an account.
    pub(super) fn holding(
        mut self,
        vault: &Vault,
        name: &str,
        base_url: &str,
        tokens: &Tokens,
    ) -> Result<Self, String> {
        self.sealed = Some(vault.seal(&self.purpose(name, base_url), &tokens.to_secret())?);
        Ok(self)
    }
    fn tokens(&self, vault: &Vault, name: &str, base_url: &str) -> Result<Option<Tokens>, String> {
        let Some(sealed) = &self.sealed else { return Ok(None) };
        let text = vault.open(&self.purpose(name, base_url), sealed)?;
        Ok(text.and_then(|it| Tokens::of_secret(&it)))
    }
    /// Tokens are renewed where they came from and sent to their account's server, nowhere else.
    fn purpose(&self, name: &str, base_url: &str) -> String {
        format!("{PURPOSE} {name} {base_url} {} {}", self.issuer, self.client_id)
    }
}

/// What a server gives to somebody who signs in.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// What is sent with each request.
    pub access: Secret,
    /// What the next tokens are asked for with.
    pub refresh: Secret,
}

impl Tokens {
    /// Those of an answer.
    pub fn of_reply(reply: &Value) -> Result<Self, String> {
        let text = |name: &str| {
            let found = reply.get(name).and_then(Value::as_str).filter(|it| !it.is_empty());
            found.map(Secret::new).ok_or_else(|| format!("the server's answer has no {name}"))
        };
        Ok(Self { access: text("access_token")?, refresh: text("refresh_token")? })
    }
    /// The same as one text to be sealed.
    pub(crate) fn to_secret(&self) -> Secret {
        let (access, refresh) = (self.access.reveal(), self.refresh.reveal());
        Secret::new(json!({ "access_token": access, "refresh_token": refresh }).to_string())
    }
    /// Those of a text that was sealed.
    pub(crate) fn of_secret(text: &Secret) -> Option<Self> {
        Self::of_reply(&serde_json::from_str(text.reveal()).ok()?).ok()
    }
    /// Whether the access token ends so soon, or does not say.
    pub fn expires_within(&self, seconds: i64) -> bool {
        let ends = self.claims().and_then(|it| it.get("exp")?.as_i64());
        ends.is_none_or(|it| it <= SystemClock.now().seconds().saturating_add(seconds))
    }
    /// What the access token says, which nobody has verified here.
    pub fn claims(&self) -> Option<Value> {
        let part = self.access.reveal().split('.').nth(1)?;
        serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).ok()?).ok()
    }
}

/// Why there is no access token.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// The sign-in is over, and somebody must sign in again; the text says how.
    Over(String),
    /// It cannot be renewed just now.
    Unreachable(String),
}

/// A sign-in in use.
pub struct SignedIn {
    folder: PathBuf,
    vault: Arc<Vault>,
    name: String,
    /// The turn within this process, which a turn among processes does not tell apart.
    within: tokio::sync::Mutex<()>,
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the sign-in of '{}'", self.name)
    }
}

impl SignedIn {
    pub(super) fn new(folder: PathBuf, vault: Arc<Vault>, name: String) -> Self {
        Self { folder, vault, name, within: tokio::sync::Mutex::new(()) }
    }

    /// An access token that is good for now.
    pub async fn access_token(&self) -> Result<Secret, Ended> {
        if let Some(fresh) = self.fresh()? {
            return Ok(fresh);
        }
        let _within = self.within.lock().await;
        let folder = self.folder.clone();
        let waited = tokio::task::spawn_blocking(move || turn(&folder, RENEW_TURN)).await;
        let _turn = waited.map_err(|it| it.to_string()).flatten().map_err(Ended::Unreachable)?;
        // Another may have renewed it meanwhile.
        match self.fresh()? {
            Some(fresh) => Ok(fresh),
            None => self.renew().await,
        }
    }

    /// Who signed in, once the key set of the server that did it has verified the token.
    pub async fn verified(&self) -> Result<String, Ended> {
        let token = self.access_token().await?;
        let (kept, _) = self.kept()?;
        let server = Server::new(&kept.sign_in.issuer, &kept.sign_in.client_id);
        let server = server.map_err(Ended::Unreachable)?;
        let verified = server.verify(token.reveal()).await;
        verified.map_err(|it| Ended::Unreachable(it.text()))?;
        Ok(kept.sign_in.email)
    }

    fn fresh(&self) -> Result<Option<Secret>, Ended> {
        let (_, tokens) = self.kept()?;
        Ok((!tokens.expires_within(RENEW_BEFORE_SECONDS)).then_some(tokens.access))
    }

    async fn renew(&self) -> Result<Secret, Ended> {
        let (kept, tokens) = self.kept()?;
        let server = Server::new(&kept.sign_in.issuer, &kept.sign_in.client_id);
        let server = server.map_err(Ended::Unreachable)?;
        match server.refresh(&tokens.refresh).await {
            Ok(reply) => {
                let next = Tokens::of_reply(&reply).map_err(Ended::Unreachable)?;
                self.keep(kept, Some(&next)).map_err(Ended::Unreachable)?;
                Ok(next.access)
            }
            Err(Refusal::Said { error, .. }) if error == "invalid_grant" => {
                self.keep(kept, None).map_err(Ended::Unreachable)?;
                Err(self.over())
            }
            Err(_) if !tokens.expires_within(USE_UNTIL_SECONDS) => Ok(tokens.access),
            Err(other) => Err(Ended::Unreachable(other.text())),
        }
    }

    fn kept(&self) -> Result<(Holding, Tokens), Ended> {
        let opened = Connections::in_folder(&self.folder, self.vault.clone());
        let connections = opened.map_err(Ended::Unreachable)?;
        let connection = connections.get(&self.name).map_err(Ended::Over)?;
        let Some(sign_in) = connection.sign_in.clone() else { return Err(self.over()) };
        let base_url = connection.base_url.clone();
        let tokens = sign_in.tokens(&self.vault, &self.name, &base_url);
        let tokens = tokens.map_err(Ended::Unreachable)?.ok_or_else(|| self.over())?;
        Ok((Holding { connections, sign_in, base_url }, tokens))
    }

    /// Keeps the next tokens, or that there are none any more; nothing where somebody has signed in
    /// anew meanwhile, or deleted the account.
    fn keep(&self, kept: Holding, tokens: Option<&Tokens>) -> Result<(), String> {
        let Holding { mut connections, sign_in, base_url } = kept;
        let before = sign_in.sealed.clone();
        let next = match tokens {
            Some(it) => sign_in.holding(&self.vault, &self.name, &base_url, it)?,
            None => SignIn { sealed: None, ..sign_in },
        };
        connections.change(|kept| {
            let own = kept.connections.iter_mut().find(|it| it.name == self.name);
            if let Some(it) = own.and_then(|it| it.sign_in.as_mut())
                && it.sealed == before
            {
                *it = next;
            }
            Ok(())
        })
    }

    fn over(&self) -> Ended {
        let name = &self.name;
        Ended::Over(format!(
            "The sign-in of the connection '{name}' is over. Sign in again with: vestibule connection create {name} --oauth"
        ))
    }
}

/// An account, read with its sign-in.
struct Holding {
    connections: Connections,
    sign_in: SignIn,
    base_url: String,
}
