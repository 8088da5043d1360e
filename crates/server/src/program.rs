//! Puts the program together: data folder, sealing key, database, first environment.
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use data_encoding::BASE64;
use vestibule_access::oauth::Documents;
use vestibule_federation::connections;
use vestibule_kernel::catalog::Catalog;
use vestibule_kernel::chance::Chance;
use vestibule_kernel::context::{Extensions, Options, Parts};
use vestibule_kernel::db::{Db, MIGRATIONS, Value};
use vestibule_kernel::environment::{self, Environment};
use vestibule_kernel::net::PrivateTargets;
use vestibule_kernel::secret::{SEALING_KEY_BYTES, Sealer, Secret};
use vestibule_kernel::time::SystemClock;
use vestibule_kernel::{App, Error, Kind, Result};
use vestibule_messages::{Carrier, Outbox, Smtp, SmtpOptions};
use vestibule_people::users::Judge;
use vestibule_signin::policy::SsoConnections;
use vestibule_signin::radar;

use crate::catalog;
use crate::config::Settings;

/// The name of the database in the data folder.
pub const DATABASE_FILE: &str = "vestibule.db";
/// The name of the sealing key in the data folder.
pub const KEY_FILE: &str = "sealing.key";

/// Opens everything that `settings` name, and brings the database to this program's version.
pub fn open(settings: &Settings, public_url: &str) -> Result<Arc<App>> {
    read_messages(settings)?;
    let folder = settings.data_dir();
    make_folder(&folder)?;
    let sealer = Sealer::new(&sealing_key(settings, &folder)?)?;
    let db = database(settings)?;
    db.migrate(MIGRATIONS)?;
    check_key(&db, &sealer)?;
    App::new(Parts {
        db,
        clock: Arc::new(SystemClock),
        chance: Chance::system(),
        sealer,
        catalog: Catalog::new(&catalog::operations()),
        reactions: catalog::reactions(),
        options: options(settings, public_url)?,
        extensions: extensions(settings)?,
    })
}

fn options(settings: &Settings, public_url: &str) -> Result<Options> {
    let usual = Options::default();
    Ok(Options {
        public_url: public_url.trim_end_matches('/').to_owned(),
        dev: settings.dev() || settings.sandbox(),
        refresh_replay_seconds: settings
            .refresh_replay_window
            .unwrap_or(usual.refresh_replay_seconds),
        dns_server: settings.dns_server,
        private_targets: private_targets(settings)?,
        lookup: usual.lookup,
    })
}

/// Which addresses that are not public may be called.
fn private_targets(settings: &Settings) -> Result<PrivateTargets> {
    if settings.webhook_allow_private == Some(true) {
        return Ok(PrivateTargets::All);
    }
    let Some(list) = &settings.webhook_allow else { return Ok(PrivateTargets::None) };
    let allowed: std::result::Result<Vec<_>, _> = list.iter().map(|it| it.parse()).collect();
    let allowed = allowed
        .map_err(|why| Error::plain(Kind::Invalid, format!("The setting webhook-allow: {why}")))?;
    Ok(PrivateTargets::listed(allowed))
}

/// Puts the operator's own words over ours.
fn read_messages(settings: &Settings) -> Result<()> {
    match &settings.messages_dir {
        Some(folder) => vestibule_languages::override_with(folder)
            .map_err(|why| Error::plain(Kind::Invalid, why)),
        None => Ok(()),
    }
}

/// Where mail and text messages go, who judges newcomers, and which connections organizations have.
fn extensions(settings: &Settings) -> Result<Extensions> {
    let outbox = match &settings.smtp_url {
        None => Outbox::Inbox,
        Some(url) => {
            let from = settings.mail_from.as_deref().unwrap_or("Vestibule <no-reply@localhost>");
            Outbox::Smtp(Smtp::new(SmtpOptions::at(url, from)?)?)
        }
    };
    let carrier = match &settings.sms_url {
        None => Carrier::Inbox,
        Some(url) => {
            let secret = settings.sms_secret.as_deref().map(Secret::new);
            Carrier::at(url, settings.sms_from.as_deref(), secret)?
        }
    };
    let judge = Judge(radar::judge_newcomer);
    let connections = SsoConnections(connections::active_ids);
    Ok(Extensions::default()
        .with(outbox)
        .with(carrier)
        .with(judge)
        .with(connections)
        .with(Documents::default()))
}

/// Opens the database that `settings` name, without bringing it to this program's version.
pub fn database(settings: &Settings) -> Result<Db> {
    match &settings.database {
        Some(url) => {
            let most = settings.database_connections.unwrap_or(24);
            Db::postgres(url, most, settings.database_ca.as_deref()).map_err(|error| {
                unusable("PostgreSQL cannot be reached with the address given", &error)
            })
        }
        None => {
            let folder = settings.data_dir();
            make_folder(&folder)?;
            let path = folder.join(DATABASE_FILE);
            // Made here for its mode, which SQLite's other files then get too: a folder may be
            // opened to others by mistake.
            let mut file = fs::OpenOptions::new();
            let made = file.create(true).append(true).mode(0o600).open(&path);
            made.map_err(Error::internal)
                .and_then(|_| Db::sqlite(&path))
                .map_err(|error| unusable(&format!("{} cannot be opened", path.display()), &error))
        }
    }
}

fn unusable(what: &str, error: &Error) -> Error {
    let cause = error.cause().map(ToString::to_string).unwrap_or_default();
    Error::new(Kind::Unavailable, "unavailable", format!("{what}: {cause}."))
}

/// Makes the data folder, readable by its owner alone.
fn make_folder(folder: &Path) -> Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| {
        let text = format!("The data folder {} cannot be made: {error}.", folder.display());
        Error::new(Kind::Unavailable, "unavailable", text)
    })
}

/// The key that was given, or the one in the data folder, or a fresh one kept there.
fn sealing_key(settings: &Settings, folder: &Path) -> Result<[u8; SEALING_KEY_BYTES]> {
    if let Some(text) = &settings.sealing_key {
        return parse_key(text, "the setting sealing-key");
    }
    let path = folder.join(KEY_FILE);
    if let Ok(text) = fs::read_to_string(&path) {
        return parse_key(&text, &path.display().to_string());
    }
    let key: [u8; SEALING_KEY_BYTES] = Chance::system().bytes();
    // Written aside and linked into place, so that two starts at once agree on one key and a
    // crash leaves no half of one.
    let aside = folder.join(format!(".{KEY_FILE}.{}", std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&aside)?;
        writeln!(file, "{}", BASE64.encode(&key))?;
        file.sync_all()?;
        let linked = fs::hard_link(&aside, &path);
        fs::remove_file(&aside)?;
        fs::File::open(folder)?.sync_all()?;
        linked
    };
    match write() {
        Ok(()) => Ok(key),
        Err(it) if it.kind() == std::io::ErrorKind::AlreadyExists => {
            let text = fs::read_to_string(&path).map_err(Error::internal)?;
            parse_key(&text, &path.display().to_string())
        }
        Err(it) => Err(Error::internal(it)),
    }
}

fn parse_key(text: &str, place: &str) -> Result<[u8; SEALING_KEY_BYTES]> {
    let bytes = BASE64.decode(text.trim().as_bytes()).ok();
    bytes.and_then(|it| it.try_into().ok()).ok_or_else(|| {
        let text = format!("The sealing key in {place} is not 32 bytes in base64.");
        Error::new(Kind::Unavailable, "unavailable", text)
    })
}

/// Refuses to run with another sealing key than the one the database was sealed with.
fn check_key(db: &Db, sealer: &Sealer) -> Result<()> {
    let fingerprint = sealer.fingerprint().to_owned();
    let kept = installation(db, "sealing_key_fingerprint", fingerprint.clone())?;
    if kept == fingerprint {
        return Ok(());
    }
    Err(Error::new(
        Kind::Unavailable,
        "unavailable",
        format!(
            "This database was sealed with another key. Every node needs the same one: copy \
             {KEY_FILE} from the data folder of the first node, or give its text as \
             VESTIBULE_SEALING_KEY."
        ),
    ))
}

/// The value kept under `name`, which is `value` if there was none.
pub fn installation(db: &Db, name: &'static str, value: String) -> Result<String> {
    db.write(move |tx| {
        let values = [name.into(), Value::from(&value)];
        tx.execute(
            "INSERT INTO installation (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO NOTHING -- global: of the installation",
            &values,
        )?;
        let sql = "SELECT value FROM installation WHERE name = $1 -- global: of the installation";
        match tx.first(sql, &[name.into()])? {
            Some(mut row) => row.take(),
            None => Ok(value.clone()),
        }
    })
}

const FIRST_KEY: &str = "first_api_key";

/// The first environment and its API key.
pub struct First {
    /// The environment.
    pub environment: Environment,
    /// Its key; known again at later starts, unless it was revoked.
    pub key: Secret,
    /// Whether it was made just now.
    pub fresh: bool,
}

/// Makes the first environment and its API key where there is none.
pub fn first_environment(app: &Arc<App>) -> Result<First> {
    let (environment, fresh) = environment::ensure_first(app, "Default")?;
    let key = Secret::random(environment::KEY_PREFIX, app.chance());
    let sealed = app.sealer().seal(app.chance(), FIRST_KEY, key.reveal().as_bytes())?;
    let kept = installation(app.db(), FIRST_KEY, BASE64.encode(&sealed))?;
    let kept = BASE64.decode(kept.as_bytes()).map_err(Error::internal)?;
    let kept = app.sealer().open_text(FIRST_KEY, &kept)?;
    if kept.matches(key.reveal()) {
        environment::create_key(app, &environment.id, "First key", Some(key))?;
    }
    app.system(&environment.id).write(vestibule_people::roles::ensure_defaults)?;
    Ok(First { environment, key: kept, fresh })
}
