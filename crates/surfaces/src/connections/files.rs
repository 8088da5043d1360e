//! The files in the user's config folder: only their owner reads them, there is never half of one,
//! and one process at a time changes them.
use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::FlockOperation;

/// Where the user's settings are (XDG Base Directory Specification).
pub(crate) fn config_folder() -> Result<PathBuf, String> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|it| it.is_absolute());
    let folder = absolute("XDG_CONFIG_HOME")
        .or_else(|| absolute("HOME").map(|it| it.join(".config")))
        .ok_or("neither XDG_CONFIG_HOME nor HOME names a folder to keep settings in")?;
    Ok(folder.join("vestibule"))
}

/// The text of a file; none where there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<String>, String> {
    match fs::read_to_string(path) {
        Ok(it) => Ok(Some(it)),
        Err(it) if it.kind() == ErrorKind::NotFound => Ok(None),
        Err(it) => Err(told(path, &it)),
    }
}

/// Writes a file in the place of the one before.
pub(crate) fn replace(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    let path = folder.join(name);
    let write = || fs::rename(aside(folder, name, text)?, &path);
    write().map_err(|it| told(&path, &it))
}

/// Writes a file unless there is one, so that of several that do it at once all go on with one file.
pub(crate) fn make_once(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    let path = folder.join(name);
    let write = || -> std::io::Result<()> {
        let aside = aside(folder, name, text)?;
        let linked = fs::hard_link(&aside, &path);
        fs::remove_file(&aside)?;
        linked
    };
    match write() {
        Err(it) if it.kind() != ErrorKind::AlreadyExists => Err(told(&path, &it)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Removes a file, if there is one.
pub(crate) fn remove(path: &Path) -> Result<(), String> {
    match fs::remove_file(path) {
        Err(it) if it.kind() != ErrorKind::NotFound => Err(told(path, &it)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The right to change something, until it is dropped or the process ends.
pub(crate) struct Turn(#[expect(dead_code, reason = "closing the file ends the turn")] fs::File);

/// Waits until no other process has the turn of this name. Blocks the thread.
pub(crate) fn turn(folder: &Path, name: &str) -> Result<Turn, String> {
    let path = folder.join(name);
    let take = || -> std::io::Result<fs::File> {
        make_folder(folder)?;
        let file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)?;
        rustix::fs::flock(&file, FlockOperation::LockExclusive)?;
        Ok(file)
    };
    take().map(Turn).map_err(|it| told(&path, &it))
}

/// Writes the text whole into a file beside, which is made anew so that its mode is ours whatever
/// was there.
fn aside(folder: &Path, name: &str, text: &str) -> std::io::Result<PathBuf> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let aside = folder.join(format!(".{name}.{}.{count}", std::process::id()));
    make_folder(folder)?;
    match fs::remove_file(&aside) {
        Err(it) if it.kind() != ErrorKind::NotFound => return Err(it),
        Ok(()) | Err(_) => {}
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    Ok(aside)
}

fn make_folder(folder: &Path) -> std::io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn told(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
