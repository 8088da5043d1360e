//! Named accounts: each a server and the credential that opens it, in files of the user's config
//! folder that nobody else can read. Credentials are sealed under a key of their own, and are shown
//! to nobody: not by a command, not in a log, not to a model.
use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use vestibule_kernel::chance::Chance;
use vestibule_kernel::secret::{SEALING_KEY_BYTES, Sealer, Secret};

mod state;

pub use state::{ClientAction, State, Status, probe};

/// The account that is meant where none is named and none was chosen.
pub const DEFAULT: &str = "default";
/// Where hosted WorkOS answers.
pub const HOSTED: &str = "https://api.workos.com";

/// The file that the accounts are in.
const FILE: &str = "connections.json";
/// The file with the key that their credentials are sealed under.
const KEY_FILE: &str = "connections.key";
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
    kept: Kept,
}

impl Connections {
    /// Those that are kept; none where nothing is.
    pub fn open() -> Result<Self, String> {
        Self::in_folder(&config_folder()?)
    }
    fn in_folder(folder: &Path) -> Result<Self, String> {
        let path = folder.join(FILE);
        let kept = match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .map_err(|it| format!("{}: {it}; mend or delete it", path.display()))?,
            Err(it) if it.kind() == ErrorKind::NotFound => Kept::default(),
            Err(it) => return Err(format!("{}: {it}", path.display())),
        };
        Ok(Self { folder: folder.to_owned(), kept })
    }
    /// All of them, in the order in which they were made.
    pub fn list(&self) -> &[Connection] {
        &self.kept.connections
    }
    /// The account of this name.
    pub fn get(&self, name: &str) -> Result<&Connection, String> {
        self.kept.connections.iter().find(|it| it.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.list().iter().map(|it| it.name.as_str()).collect();
            match known.as_slice() {
                [] => format!("there is no connection '{name}': make one with vestibule connection create {name}"),
                them => format!("there is no connection '{name}'; there are: {}", them.join(", ")),
            }
        })
    }
    /// The account that is used where none is named: the chosen one, `default`, or the only one.
    pub fn current(&self) -> Option<&Connection> {
        let chosen = self.kept.current.as_deref().unwrap_or(DEFAULT);
        self.get(chosen).ok().or(match self.list() {
            [only] => Some(only),
            _ => None,
        })
    }
    /// Makes an account, or gives the one of this name another server or credential.
    pub fn put(&mut self, name: &str, base_url: &str, key: Option<&Secret>) -> Result<(), String> {
        check_name(name)?;
        let base_url = check_url(base_url)?;
        let sealed = key.map(|it| self.seal(name, &base_url, it)).transpose()?;
        let connection = Connection { name: name.to_owned(), base_url, sealed };
        match self.kept.connections.iter_mut().find(|it| it.name == name) {
            Some(it) => *it = connection,
            None => self.kept.connections.push(connection),
        }
        self.save()
    }
    /// Chooses the account that commands use which name none.
    pub fn choose(&mut self, name: &str) -> Result<(), String> {
        self.get(name)?;
        self.kept.current = Some(name.to_owned());
        self.save()
    }
    /// Forgets an account and its credential.
    pub fn delete(&mut self, name: &str) -> Result<(), String> {
        self.get(name)?;
        self.kept.connections.retain(|it| it.name != name);
        if self.kept.current.as_deref() == Some(name) {
            self.kept.current = None;
        }
        self.save()
    }
    /// The credential of an account.
    pub fn key(&self, connection: &Connection) -> Result<Option<Secret>, String> {
        let Some(sealed) = &connection.sealed else { return Ok(None) };
        let broken = || {
            let name = &connection.name;
            format!(
                "the credential of '{name}' cannot be read: give it again with vestibule connection create {name}"
            )
        };
        let sealed = BASE64.decode(sealed.as_bytes()).map_err(|_| broken())?;
        let purpose = purpose(&connection.name, &connection.base_url);
        let key = self.sealer()?.open_text(&purpose, &sealed).map_err(|_| broken())?;
        Ok(Some(key))
    }

    fn seal(&self, name: &str, base_url: &str, key: &Secret) -> Result<String, String> {
        let purpose = purpose(name, base_url);
        let sealed = self
            .sealer()?
            .seal(&Chance::system(), &purpose, key.reveal().as_bytes())
            .map_err(|it| it.message().to_owned())?;
        Ok(BASE64.encode(&sealed))
    }
    /// The sealer under the key of its own, which is made at the first use.
    fn sealer(&self) -> Result<Sealer, String> {
        let path = self.folder.join(KEY_FILE);
        if !path.exists() {
            let key: [u8; SEALING_KEY_BYTES] = Chance::system().bytes();
            write_private(&self.folder, KEY_FILE, &BASE64.encode(&key))?;
        }
        let text = fs::read_to_string(&path).map_err(|it| format!("{}: {it}", path.display()))?;
        let key = BASE64.decode(text.trim().as_bytes()).ok().and_then(|it| it.try_into().ok());
        let key = key.ok_or_else(|| format!("{} is not a key of ours", path.display()))?;
        Sealer::new(&key).map_err(|it| it.message().to_owned())
    }
    fn save(&self) -> Result<(), String> {
        let text = serde_json::to_string_pretty(&self.kept).map_err(|it| it.to_string())?;
        write_private(&self.folder, FILE, &text)
    }
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

/// Writes a file that only its owner reads, aside and then into place, so that there is never half
/// of one.
fn write_private(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    let path = folder.join(name);
    let aside = folder.join(format!(".{name}.{}", std::process::id()));
    let write = || -> std::io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        match fs::remove_file(&aside) {
            Err(it) if it.kind() != ErrorKind::NotFound => return Err(it),
            Ok(()) | Err(_) => {}
        }
        let mut file =
            fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
        writeln!(file, "{text}")?;
        file.sync_all()?;
        fs::rename(&aside, &path)
    };
    write().map_err(|it| format!("{}: {it}", path.display()))
}

/// Where the user's settings are (XDG Base Directory Specification).
pub(crate) fn config_folder() -> Result<PathBuf, String> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|it| it.is_absolute());
    let folder = absolute("XDG_CONFIG_HOME")
        .or_else(|| absolute("HOME").map(|it| it.join(".config")))
        .ok_or("neither XDG_CONFIG_HOME nor HOME names a folder to keep settings in")?;
    Ok(folder.join("vestibule"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_credential_is_not_in_the_files_and_comes_back() {
        let folder = folder();
        let mut connections = Connections::in_folder(folder.path()).unwrap();
        let key = Secret::new("sk_canary_123");
        connections.put("work", "https://id.example.com/", Some(&key)).unwrap();
        for entry in fs::read_dir(folder.path()).unwrap() {
            let content = fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(!content.contains("canary"), "{content}");
        }
        let again = Connections::in_folder(folder.path()).unwrap();
        let work = again.current().unwrap();
        assert_eq!(work.base_url, "https://id.example.com");
        assert_eq!(again.key(work).unwrap().unwrap().reveal(), "sk_canary_123");
    }

    #[test]
    fn a_credential_that_was_copied_to_another_address_does_not_open() {
        let folder = folder();
        let mut connections = Connections::in_folder(folder.path()).unwrap();
        connections.put("work", "https://id.example.com", Some(&Secret::new("sk_1"))).unwrap();
        let mut moved = connections.get("work").unwrap().clone();
        moved.base_url = "https://evil.example.com".to_owned();
        assert!(connections.key(&moved).is_err());
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
