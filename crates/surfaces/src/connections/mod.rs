//! Named accounts: each a server and the credential that opens it, in files of the user's config
//! folder that nobody else can read. Credentials are sealed under a key of their own, and are shown
//! to nobody: not by a command, not in a log, not to a model.
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vestibule_kernel::secret::Secret;

mod files;
mod sign_in;
mod state;
mod vault;

pub(crate) use files::{config_folder, read, remove, replace, turn};
pub use sign_in::{Ended, SignIn, SignedIn, Tokens};
pub use state::{ClientAction, State, Status, probe};
pub(crate) use vault::Vault;

/// The account that is meant where none is named and none was chosen.
pub const DEFAULT: &str = "default";
/// Where hosted WorkOS answers.
pub const HOSTED: &str = "https://api.workos.com";

/// The file that the accounts are in.
const FILE: &str = "connections.json";
/// The turn that changes it.
const FILE_TURN: &str = ".connections.json.lock";
/// What the credentials are sealed for: a copy in another place does not open.
const PURPOSE: &str = "connection credential";
/// The longest name, in letters.
const NAME_LENGTH_MAX: usize = 40;

/// A named account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Connection {
    /// What it is called: `default`, `work`, …
    pub name: String,
    /// Where its server is.
    pub base_url: String,
    /// Its API key, sealed, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
    /// The sign-in whose access token it sends in the place of a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<SignIn>,
}

/// What opens an account.
#[derive(Clone, Debug)]
pub enum Credential {
    /// Nothing yet.
    None,
    /// An API key.
    Key(Secret),
    /// The access token of a sign-in, which is renewed before it ends.
    SignedIn(Arc<SignedIn>),
}

impl From<Option<Secret>> for Credential {
    fn from(key: Option<Secret>) -> Self {
        key.map_or(Self::None, Self::Key)
    }
}

/// The file, whole.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    /// The account that commands use which name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<String>,
    connections: Vec<Connection>,
}

/// The accounts of whoever runs this.
pub struct Connections {
    folder: PathBuf,
    vault: Arc<Vault>,
    kept: Kept,
}

impl Connections {
    /// Those that are kept; none where nothing is.
    pub fn open() -> Result<Self, String> {
        let folder = config_folder()?;
        let vault = Arc::new(Vault::new(&folder));
        Self::in_folder(&folder, vault)
    }
    fn in_folder(folder: &Path, vault: Arc<Vault>) -> Result<Self, String> {
        Ok(Self { folder: folder.to_owned(), vault, kept: load(folder)? })
    }
    /// All of them, in the order in which they were made.
    pub fn list(&self) -> &[Connection] {
        &self.kept.connections
    }
    /// The account of this name.
    pub fn get(&self, name: &str) -> Result<&Connection, String> {
        self.kept.get(name)
    }
    /// The account that is used where none is named: the chosen one, `default`, or the only one.
    pub fn current(&self) -> Option<&Connection> {
        let chosen = self.kept.current.as_deref().unwrap_or(DEFAULT);
        self.get(chosen).ok().or(match self.list() {
            [only] => Some(only),
            _ => None,
        })
    }
    /// Makes an account, or gives the one of this name another server or key.
    pub fn put(&mut self, name: &str, base_url: &str, key: Option<&Secret>) -> Result<(), String> {
        check_name(name)?;
        let base_url = check_url(base_url)?;
        let seal = |it| self.vault.seal(&purpose(name, &base_url), it);
        let sealed = key.map(seal).transpose()?;
        self.put_whole(Connection { name: name.to_owned(), base_url, sealed, sign_in: None })
    }
    /// Makes an account that sends the access token of a sign-in, or gives the one of this name
    /// another.
    pub fn put_sign_in(
        &mut self,
        name: &str,
        base_url: &str,
        sign_in: SignIn,
        tokens: &Tokens,
    ) -> Result<(), String> {
        check_name(name)?;
        let base_url = check_url(base_url)?;
        let sign_in = sign_in.holding(&self.vault, name, &base_url, tokens)?;
        let name = name.to_owned();
        self.put_whole(Connection { name, base_url, sealed: None, sign_in: Some(sign_in) })
    }
    fn put_whole(&mut self, connection: Connection) -> Result<(), String> {
        self.change(|kept| {
            match kept.connections.iter_mut().find(|it| it.name == connection.name) {
                Some(it) => *it = connection,
                None => kept.connections.push(connection),
            }
            Ok(())
        })
    }
    /// Chooses the account that commands use which name none.
    pub fn choose(&mut self, name: &str) -> Result<(), String> {
        self.change(|kept| {
            kept.get(name)?;
            kept.current = Some(name.to_owned());
            Ok(())
        })
    }
    /// Forgets an account and its credential.
    pub fn delete(&mut self, name: &str) -> Result<(), String> {
        self.change(|kept| {
            kept.get(name)?;
            kept.connections.retain(|it| it.name != name);
            if kept.current.as_deref() == Some(name) {
                kept.current = None;
            }
            Ok(())
        })
    }
    /// What opens an account.
    pub fn credential(&self, connection: &Connection) -> Result<Credential, String> {
        let Connection { name, base_url, sealed, sign_in } = connection;
        if sign_in.is_some() {
            let it = SignedIn::new(self.folder.clone(), self.vault.clone(), name.clone());
            return Ok(Credential::SignedIn(Arc::new(it)));
        }
        let Some(sealed) = sealed else { return Ok(Credential::None) };
        let key = self.vault.open(&purpose(name, base_url), sealed)?;
        key.map(Credential::Key).ok_or_else(|| {
            format!(
                "the credential of '{name}' cannot be read: give it again with vestibule connection create {name}"
            )
        })
    }

    /// Changes what is kept as it is now, which another process may have changed since it was read.
    fn change(&mut self, work: impl FnOnce(&mut Kept) -> Result<(), String>) -> Result<(), String> {
        let _turn = turn(&self.folder, FILE_TURN)?;
        let mut kept = load(&self.folder)?;
        work(&mut kept)?;
        let text = serde_json::to_string_pretty(&kept).map_err(|it| it.to_string())?;
        replace(&self.folder, FILE, &text)?;
        self.kept = kept;
        Ok(())
    }
}

impl Kept {
    fn get(&self, name: &str) -> Result<&Connection, String> {
        self.connections.iter().find(|it| it.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.connections.iter().map(|it| it.name.as_str()).collect();
            match known.as_slice() {
                [] => format!("there is no connection '{name}': make one with vestibule connection create {name}"),
                them => format!("there is no connection '{name}'; there are: {}", them.join(", ")),
            }
        })
    }
}

fn load(folder: &Path) -> Result<Kept, String> {
    let path = folder.join(FILE);
    let Some(text) = read(&path)? else { return Ok(Kept::default()) };
    serde_json::from_str(&text).map_err(|it| format!("{}: {it}; mend or delete it", path.display()))
}

/// A credential opens for its account at its server alone: one that was copied under another
/// address would be sent there.
fn purpose(name: &str, base_url: &str) -> String {
    format!("{PURPOSE} {name} {base_url}")
}

fn check_name(name: &str) -> Result<(), String> {
    let fine = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_' || it == '-';
    if !name.is_empty() && name.len() <= NAME_LENGTH_MAX && name.chars().all(fine) {
        return Ok(());
    }
    Err(format!("'{name}' is no name: it has 1 to {NAME_LENGTH_MAX} of a-z, 0-9, _ and -"))
}

/// The address of a server as it is kept: with its scheme, without a slash at the end, and without
/// what has no place in it.
pub fn check_url(text: &str) -> Result<String, String> {
    let with_scheme = match text.split_once("://") {
        Some(_) => text.to_owned(),
        None if text == "workos" || text.ends_with("workos.com") => HOSTED.to_owned(),
        None => format!("https://{text}"),
    };
    let url = reqwest::Url::parse(&with_scheme).map_err(|it| format!("{text}: {it}"))?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !plain {
        return Err(format!("{text} is not the address of a server: give https://HOST"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn opened(folder: &Path) -> Connections {
        Connections::in_folder(folder, Arc::new(Vault::in_file(folder))).unwrap()
    }

    fn key(connections: &Connections, connection: &Connection) -> Option<String> {
        match connections.credential(connection) {
            Ok(Credential::Key(it)) => Some(it.reveal().to_owned()),
            _ => None,
        }
    }

    #[test]
    fn a_credential_is_not_in_the_files_and_comes_back() {
        let folder = folder();
        let secret = Secret::new("sk_canary_123");
        let mut connections = opened(folder.path());
        connections.put("work", "https://id.example.com/", Some(&secret)).unwrap();
        for entry in fs::read_dir(folder.path()).unwrap() {
            let content = fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(!content.contains("canary"), "{content}");
        }
        let again = opened(folder.path());
        let work = again.current().unwrap();
        assert_eq!(work.base_url, "https://id.example.com");
        assert_eq!(key(&again, work).unwrap(), "sk_canary_123");
    }

    #[test]
    fn a_credential_that_was_copied_to_another_address_does_not_open() {
        let folder = folder();
        let mut connections = opened(folder.path());
        connections.put("work", "https://id.example.com", Some(&Secret::new("sk_1"))).unwrap();
        let mut moved = connections.get("work").unwrap().clone();
        moved.base_url = "https://evil.example.com".to_owned();
        assert!(connections.credential(&moved).is_err());
    }

    #[test]
    fn changes_at_once_lose_nothing() {
        let folder = folder();
        std::thread::scope(|threads| {
            for number in 0..16 {
                let folder = folder.path();
                // Each has read the file before any has changed it, as processes may have.
                let mut connections = opened(folder);
                threads.spawn(move || {
                    let secret = Secret::new(format!("sk_{number}"));
                    let name = format!("c{number}");
                    connections.put(&name, "https://id.example.com", Some(&secret)).unwrap();
                });
            }
        });
        let all = opened(folder.path());
        for number in 0..16 {
            let connection = all.get(&format!("c{number}")).unwrap();
            assert_eq!(key(&all, connection).unwrap(), format!("sk_{number}"));
        }
    }

    #[test]
    fn addresses_are_kept_plain() {
        assert_eq!(check_url("https://a.example/").unwrap(), "https://a.example");
        assert_eq!(check_url("api.workos.com").unwrap(), HOSTED);
        for bad in
            ["https://u:p@a.example", "file:///etc/passwd", "https://a.example?x=1", "https://"]
        {
            assert!(check_url(bad).is_err(), "{bad}");
        }
    }
}
