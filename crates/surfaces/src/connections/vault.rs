//! Seals credentials under a key of its own: in the operating system's keyring where there is one,
//! else in a file beside.
//!
//! The key is made once and stays where it was made: the key file holds either the key, or the word
//! that says that it is in the keyring. So a keyring that does not answer today is an error, and not
//! a reason to make another key under which nothing opens.
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use data_encoding::BASE64;
use vestibule_kernel::chance::Chance;
use vestibule_kernel::secret::{SEALING_KEY_BYTES, Sealer, Secret};

use super::files;

/// The file with the key, or with the word that it is in the keyring.
const KEY_FILE: &str = "connections.key";
/// What the key file says where the key is in the keyring.
const IN_KEYRING: &str = "keyring";
/// The turn that makes the key.
const KEY_TURN: &str = ".connections.key.lock";
/// The name of our items in the keyring.
const KEYRING_SERVICE: &str = "vestibule";
/// Where the key is made: `file`, `keyring`, or by itself the keyring where there is one.
const SETTING: &str = "VESTIBULE_CREDENTIALS";
/// How long the keyring may take, which may ask its user to unlock it.
const KEYRING_TIME_MAX: Duration = Duration::from_mins(1);

type Key = [u8; SEALING_KEY_BYTES];

/// Where the key is made.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// In the keyring where there is one, else in the file.
    Best,
    /// In the keyring, or not at all.
    Keyring,
    /// In the file.
    File,
}

/// Seals and opens the credentials of a folder.
pub(crate) struct Vault {
    folder: PathBuf,
    place: Result<Place, String>,
    /// Asked for once: a keyring may take its time.
    sealer: OnceLock<Sealer>,
}

impl Vault {
    /// The vault of this folder, whose key is made at the first use.
    #[expect(
        clippy::disallowed_methods,
        reason = "commands at other servers take no settings of ours"
    )]
    pub fn new(folder: &Path) -> Self {
        let place = match std::env::var(SETTING).unwrap_or_default().as_str() {
            "" => Ok(Place::Best),
            "keyring" => Ok(Place::Keyring),
            "file" => Ok(Place::File),
            other => Err(format!("{SETTING} is 'file' or 'keyring', not '{other}'")),
        };
        Self { folder: folder.to_owned(), place, sealer: OnceLock::new() }
    }
    /// The vault of this folder, whose key is in the file whatever the settings say.
    #[cfg(test)]
    pub fn in_file(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), place: Ok(Place::File), sealer: OnceLock::new() }
    }
    /// Seals a text for a purpose, in base64.
    pub fn seal(&self, purpose: &str, text: &Secret) -> Result<String, String> {
        let sealed = self.sealer()?.seal(&Chance::system(), purpose, text.reveal().as_bytes());
        Ok(BASE64.encode(&sealed.map_err(|it| it.message().to_owned())?))
    }
    /// Opens what was sealed for this purpose; none where it does not open.
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<Option<Secret>, String> {
        let Ok(sealed) = BASE64.decode(sealed.as_bytes()) else { return Ok(None) };
        Ok(self.sealer()?.open_text(purpose, &sealed).ok())
    }

    fn sealer(&self) -> Result<&Sealer, String> {
        if let Some(it) = self.sealer.get() {
            return Ok(it);
        }
        let sealer = Sealer::new(&self.key()?).map_err(|it| it.message().to_owned())?;
        Ok(self.sealer.get_or_init(|| sealer))
    }
    fn key(&self) -> Result<Key, String> {
        if let Some(key) = self.find()? {
            return Ok(key);
        }
        let _turn = files::turn(&self.folder, KEY_TURN)?;
        match self.find()? {
            Some(key) => Ok(key),
            None => self.make(),
        }
    }
    fn find(&self) -> Result<Option<Key>, String> {
        let path = self.folder.join(KEY_FILE);
        let Some(text) = files::read(&path)? else { return Ok(None) };
        let (text, place) = match text.trim() {
            IN_KEYRING => (self.of_keyring()?, "the keyring's item".to_owned()),
            own => (Secret::new(own), path.display().to_string()),
        };
        let key = BASE64.decode(text.reveal().as_bytes()).ok().and_then(|it| it.try_into().ok());
        key.map(Some).ok_or_else(|| format!("{place} is not a key of ours"))
    }
    /// Makes the key. Whoever calls has the turn.
    fn make(&self) -> Result<Key, String> {
        let key: Key = Chance::system().bytes();
        let text = Secret::new(BASE64.encode(&key));
        let in_keyring = match self.place.clone()? {
            Place::File => false,
            Place::Best => self.put_into_keyring(&text).is_ok(),
            Place::Keyring => self.put_into_keyring(&text).map(|()| true)?,
        };
        let content = if in_keyring { IN_KEYRING } else { text.reveal() };
        files::make_once(&self.folder, KEY_FILE, content)?;
        // What is there now is what all go on with.
        self.find()?.ok_or_else(|| format!("{KEY_FILE} was made and is gone"))
    }

    fn of_keyring(&self) -> Result<Secret, String> {
        let user = self.user();
        let found = in_time(move || {
            let entry = keyring::Entry::new(KEYRING_SERVICE, &user)?;
            entry.get_password().map(Secret::new)
        });
        found.map_err(|why| {
            format!(
                "the key of your connections is in the keyring of this computer, which does not \
                 give it: {why}. Unlock it; or delete {} and make your connections anew",
                self.folder.join(KEY_FILE).display()
            )
        })
    }
    fn put_into_keyring(&self, text: &Secret) -> Result<(), String> {
        let (user, text) = (self.user(), text.clone());
        in_time(move || keyring::Entry::new(KEYRING_SERVICE, &user)?.set_password(text.reveal()))
            .map_err(|why| format!("the keyring of this computer does not take the key: {why}"))
    }
    /// Each folder of settings has a key of its own.
    fn user(&self) -> String {
        self.folder.display().to_string()
    }
}

/// Asks the keyring, on a thread of its own: it may wait for somebody who is not there.
fn in_time<T: Send + 'static>(
    ask: impl FnOnce() -> keyring::Result<T> + Send + 'static,
) -> Result<T, String> {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(ask()).ok());
    match receiver.recv_timeout(KEYRING_TIME_MAX) {
        Ok(done) => done.map_err(|it| it.to_string()),
        Err(_) => Err(format!("it took longer than {} seconds", KEYRING_TIME_MAX.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_uses_at_once_make_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let sealed: Vec<String> = std::thread::scope(|threads| {
            let seal = |_| {
                threads.spawn(|| {
                    Vault::in_file(folder.path()).seal("p", &Secret::new("sk_1")).unwrap()
                })
            };
            let all: Vec<_> = (0..16).map(seal).collect();
            all.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let vault = Vault::in_file(folder.path());
        for it in sealed {
            assert_eq!(vault.open("p", &it).unwrap().unwrap().reveal(), "sk_1");
        }
    }

    #[test]
    fn what_was_sealed_for_one_purpose_opens_for_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::in_file(folder.path());
        let sealed = vault.seal("one", &Secret::new("sk_1")).unwrap();
        assert!(vault.open("other", &sealed).unwrap().is_none());
        assert!(vault.open("one", "no base64!").unwrap().is_none());
    }
}
