//! `vestibule backup` and `restore`: the database and the sealing key, which are of no use one
//! without the other.
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::Command;

use vestibule_kernel::db::{Db, MIGRATIONS};
use vestibule_kernel::{Error, Kind, Result};
use vestibule_surfaces::cli::Progress;

use crate::config::Settings;
use crate::program::{DATABASE_FILE, KEY_FILE, database};
use crate::say;

/// The name of PostgreSQL's copy in a backup.
const DUMP_FILE: &str = "vestibule.dump";

fn refused(text: String) -> Error {
    Error::new(Kind::Unavailable, "unavailable", text)
}

/// Writes a consistent copy of the data to `folder`, while the server runs.
pub fn backup(settings: &Settings, folder: &Path) -> Result<()> {
    fs::DirBuilder::new().mode(0o700).create(folder).map_err(|error| {
        refused(format!("The folder {} cannot be made: {error}.", folder.display()))
    })?;
    match &settings.database {
        None => copy_sqlite(&database(settings)?, &folder.join(DATABASE_FILE))?,
        Some(url) => {
            let _progress = Progress::waiting("Copying the database");
            let dump = folder.join(DUMP_FILE);
            let mut command = Command::new("pg_dump");
            command.args(["--format=custom", "--no-owner", "--file"]).arg(&dump).arg(url);
            run(command)?;
        }
    }
    let key = settings.data_dir().join(KEY_FILE);
    if key.exists() {
        fs::copy(&key, folder.join(KEY_FILE)).map_err(Error::internal)?;
    } else {
        say("The sealing key was given as a setting: keep it with this copy.");
    }
    sync(folder)?;
    say(&format!(
        "Copied to {}. It holds the sealing key: keep it as safe as the data.",
        folder.display()
    ));
    Ok(())
}

/// Copies a SQLite database, and shows how far it is.
fn copy_sqlite(db: &Db, path: &Path) -> Result<()> {
    // How many pages there are is known with the first.
    let mut progress = None;
    db.backup(path, &mut |it| {
        let shown = progress.get_or_insert_with(|| Progress::of(it.of, "Copying the database"));
        shown.is_at(it);
    })
}

/// Puts a copy in place of the data.
pub fn restore(settings: &Settings, folder: &Path, force: bool) -> Result<()> {
    let data = settings.data_dir();
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&data).map_err(Error::internal)?;
    match &settings.database {
        None => restore_sqlite(folder, &data, force)?,
        Some(url) => {
            let _progress = Progress::waiting("Restoring the database");
            let mut command = Command::new("pg_restore");
            command.args(["--single-transaction", "--no-owner", "--dbname"]).arg(url);
            if force {
                command.args(["--clean", "--if-exists"]);
            }
            command.arg(folder.join(DUMP_FILE));
            run(command)?;
        }
    }
    if folder.join(KEY_FILE).exists() {
        fs::copy(folder.join(KEY_FILE), data.join(KEY_FILE)).map_err(Error::internal)?;
    }
    sync(&data)?;
    say("Restored. Start the server with `vestibule serve`.");
    Ok(())
}

fn restore_sqlite(folder: &Path, data: &Path, force: bool) -> Result<()> {
    let (copy, place) = (folder.join(DATABASE_FILE), data.join(DATABASE_FILE));
    if !copy.exists() {
        return Err(refused(format!("There is no {DATABASE_FILE} in {}.", folder.display())));
    }
    if place.exists() && !force {
        let text = format!("{} is there already; --force replaces it.", place.display());
        return Err(refused(text));
    }
    // A copy that this program cannot use must not take the place of data that it can.
    let aside = data.join(".restore.db");
    fs::copy(&copy, &aside).map_err(Error::internal)?;
    Db::sqlite(&aside)?.migrate(MIGRATIONS)?;
    copy_sqlite(&Db::sqlite(&aside)?, &data.join(".restored.db"))?;
    for leftover in [format!("{DATABASE_FILE}-wal"), format!("{DATABASE_FILE}-shm")] {
        fs::remove_file(data.join(leftover)).or_else(absent).map_err(Error::internal)?;
    }
    fs::rename(data.join(".restored.db"), &place).map_err(Error::internal)?;
    for leftover in [".restore.db", ".restore.db-wal", ".restore.db-shm"] {
        fs::remove_file(data.join(leftover)).or_else(absent).map_err(Error::internal)?;
    }
    Ok(())
}

fn absent(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

fn run(mut command: Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| {
        refused(format!(
            "{name} cannot be run: {error}. It comes with PostgreSQL's client programs."
        ))
    })?;
    if status.success() { Ok(()) } else { Err(refused(format!("{name} ended with {status}."))) }
}

fn sync(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(Error::internal)? {
        let path = entry.map_err(Error::internal)?.path();
        if path.is_file() {
            fs::File::open(path).and_then(|it| it.sync_all()).map_err(Error::internal)?;
        }
    }
    fs::File::open(folder).and_then(|it| it.sync_all()).map_err(Error::internal)
}
