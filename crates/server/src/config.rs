//! Settings: flag, environment variable or TOML file, in this order; the only reader of the
//! environment. A setting that nobody knows is an error.
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;

/// The prefix of our environment variables.
const PREFIX: &str = "VESTIBULE_";
/// What commands at other servers heed, which are no settings of the server.
const OF_COMMANDS: [&str; 3] = ["VESTIBULE_CONNECTION", "VESTIBULE_CREDENTIALS", "VESTIBULE_MODE"];
/// Variables with this prefix belong to the test suite.
const TEST_PREFIX: &str = "VESTIBULE_TEST_";

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One readable line on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// One readable line for each request.
    Text,
    /// One JSON object on each line.
    Json,
}

/// Every setting, as it was given; absent where it was not.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Settings file in TOML; its keys are the names of these flags
    #[arg(long, global = true, env = "VESTIBULE_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Folder for the database and the keys [default: ./vestibule-data, or ./vestibule-sandbox with --sandbox]
    #[arg(long, global = true, env = "VESTIBULE_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// PostgreSQL to use instead of the built-in SQLite: postgres://user:password@host/name
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    #[serde(alias = "database-url")]
    pub database: Option<String>,
    /// Connections to PostgreSQL at the most [default: 24]
    #[arg(long, global = true, env = "VESTIBULE_DATABASE_CONNECTIONS", value_name = "N")]
    pub database_connections: Option<u32>,
    /// PEM file of the certificate authorities that sign PostgreSQL's certificate
    #[arg(long, global = true, env = "VESTIBULE_DATABASE_CA", value_name = "FILE")]
    pub database_ca: Option<PathBuf>,
    /// Key that seals secrets in the database: 32 bytes in base64; every node of a cluster needs the same one [default: made in the data folder]
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_SEALING_KEY",
        value_name = "BASE64",
        hide_env_values = true
    )]
    pub sealing_key: Option<String>,
    /// Address to listen on [default: 127.0.0.1:4100]
    #[arg(long, global = true, env = "VESTIBULE_BIND", value_name = "ADDRESS:PORT")]
    pub bind: Option<SocketAddr>,
    /// Where clients and browsers reach the server, when that is not the address it listens on
    #[arg(long, global = true, env = "VESTIBULE_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Number of trusted proxies in front: the client's address is taken from X-Forwarded-For [default: 0]
    #[arg(long, global = true, env = "VESTIBULE_TRUSTED_PROXIES", value_name = "N")]
    pub trusted_proxies: Option<usize>,
    /// Mail server: smtp://user:password@host:587 (STARTTLS), smtps://… (TLS), or smtp://127.0.0.1:25 [default: the built-in inbox]
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_SMTP_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub smtp_url: Option<String>,
    /// Sender of mails, such as "Acme <login@acme.com>" [default: Vestibule <no-reply@localhost>]
    #[arg(long, global = true, env = "VESTIBULE_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<String>,
    /// Carrier of text messages: twilio://ACCOUNT:TOKEN@api.twilio.com, or the https://… address of a webhook that passes them on [default: the built-in inbox]
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_SMS_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub sms_url: Option<String>,
    /// Sender of text messages: a telephone number, a name, or a messaging service (MG…)
    #[arg(long, global = true, env = "VESTIBULE_SMS_FROM", value_name = "SENDER")]
    pub sms_from: Option<String>,
    /// Secret that signs what the webhook for text messages gets
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_SMS_SECRET",
        value_name = "SECRET",
        hide_env_values = true
    )]
    pub sms_secret: Option<String>,
    /// Folder of files such as de.ftl whose messages stand over those that pages and mails have in that language
    #[arg(long, global = true, env = "VESTIBULE_MESSAGES_DIR", value_name = "DIR")]
    pub messages_dir: Option<PathBuf>,
    /// DNS server that proves domains [default: the system's]
    #[arg(long, global = true, env = "VESTIBULE_DNS_SERVER", value_name = "ADDRESS:PORT")]
    pub dns_server: Option<SocketAddr>,
    /// Let webhooks, log streams and text messages go to loopback and private addresses and by plain http
    #[arg(long, global = true, env = "VESTIBULE_WEBHOOK_ALLOW_PRIVATE", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub webhook_allow_private: Option<bool>,
    /// The same for these alone: names of hosts, addresses or networks, such as hooks.test,127.0.0.1,10.0.0.0/8
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_WEBHOOK_ALLOW",
        value_name = "HOST,…",
        value_delimiter = ','
    )]
    pub webhook_allow: Option<Vec<String>>,
    /// Seconds in which an exchanged refresh token still yields the same successor [default: 30]
    #[arg(long, global = true, env = "VESTIBULE_REFRESH_REPLAY_WINDOW", value_name = "SECONDS")]
    pub refresh_replay_window: Option<u32>,
    /// YAML file of organizations, users and more to create; applied at each start, changes nothing the second time
    #[arg(long, global = true, env = "VESTIBULE_SEED", value_name = "FILE")]
    pub seed: Option<PathBuf>,
    /// Add demo data and the inbox page
    #[arg(long, global = true, env = "VESTIBULE_DEV", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub dev: Option<bool>,
    /// Serve the first environment as a sandbox for test suites, as it is in its seed: --seed, or
    /// workos-emulate.config.yaml in the working directory
    #[arg(long, global = true, env = "VESTIBULE_SANDBOX", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub sandbox: Option<bool>,
    /// How the log is written [default: auto]
    #[arg(long, global = true, env = "VESTIBULE_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// What is logged, such as info, debug or "warn,request=info" [default: info]
    #[arg(long, global = true, env = "VESTIBULE_LOG", value_name = "FILTER")]
    pub log: Option<String>,
}

impl Settings {
    /// Adds the settings file, and refuses variables that nobody knows.
    pub fn complete(self) -> Result<Self, String> {
        refuse_unknown(std::env::vars().map(|it| it.0))?;
        let file = match &self.config {
            Some(path) => read(path)?,
            None => Self::default(),
        };
        Ok(self.over(file))
    }

    /// These settings, and where one is absent, that of `file`.
    fn over(self, file: Self) -> Self {
        Self {
            config: self.config,
            data_dir: self.data_dir.or(file.data_dir),
            database: self.database.or(file.database),
            database_connections: self.database_connections.or(file.database_connections),
            database_ca: self.database_ca.or(file.database_ca),
            sealing_key: self.sealing_key.or(file.sealing_key),
            bind: self.bind.or(file.bind),
            public_url: self.public_url.or(file.public_url),
            trusted_proxies: self.trusted_proxies.or(file.trusted_proxies),
            smtp_url: self.smtp_url.or(file.smtp_url),
            mail_from: self.mail_from.or(file.mail_from),
            sms_url: self.sms_url.or(file.sms_url),
            sms_from: self.sms_from.or(file.sms_from),
            sms_secret: self.sms_secret.or(file.sms_secret),
            messages_dir: self.messages_dir.or(file.messages_dir),
            dns_server: self.dns_server.or(file.dns_server),
            webhook_allow_private: self.webhook_allow_private.or(file.webhook_allow_private),
            webhook_allow: self.webhook_allow.or(file.webhook_allow),
            refresh_replay_window: self.refresh_replay_window.or(file.refresh_replay_window),
            seed: self.seed.or(file.seed),
            dev: self.dev.or(file.dev),
            sandbox: self.sandbox.or(file.sandbox),
            log_format: self.log_format.or(file.log_format),
            log: self.log.or(file.log),
        }
    }

    /// The data folder.
    pub fn data_dir(&self) -> PathBuf {
        // Test data in a folder of its own: what is a sandbox stays one.
        let usual = if self.sandbox() { "vestibule-sandbox" } else { "vestibule-data" };
        self.data_dir.clone().unwrap_or_else(|| PathBuf::from(usual))
    }
    /// The address to listen on.
    pub fn bind(&self) -> SocketAddr {
        self.bind.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 4100)))
    }
    /// Whether the first environment is a sandbox.
    pub fn sandbox(&self) -> bool {
        self.sandbox.unwrap_or(false)
    }
    /// Whether demo data and the inbox page are on.
    pub fn dev(&self) -> bool {
        self.dev.unwrap_or(false)
    }
}

fn read(path: &Path) -> Result<Settings, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|it| format!("The settings file {} cannot be read: {it}.", path.display()))?;
    toml::from_str(&text).map_err(|it| format!("The settings file {}: {it}", path.display()))
}

fn refuse_unknown(names: impl Iterator<Item = String>) -> Result<(), String> {
    let command = <Settings as Args>::augment_args(clap::Command::new("settings"));
    let known: Vec<String> = command
        .get_arguments()
        .filter_map(|it| it.get_env())
        .map(|it| it.to_string_lossy().into_owned())
        .collect();
    let is_ours = |it: &String| {
        let is_other = it.starts_with(TEST_PREFIX) || OF_COMMANDS.contains(&it.as_str());
        it.starts_with(PREFIX) && !is_other
    };
    let unknown: Vec<String> = names.filter(is_ours).filter(|it| !known.contains(it)).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(format!(
        "Unknown settings in the environment: {}. Known are {}.",
        unknown.join(", "),
        known.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_wins_over_the_file() {
        let file: Settings = toml::from_str("bind = '127.0.0.1:1'\ndev = true").unwrap();
        let flags = Settings { bind: "127.0.0.1:2".parse().ok(), ..Settings::default() };
        let both = flags.over(file);
        assert_eq!((both.bind().port(), both.dev()), (2, true));
    }

    #[test]
    fn an_unknown_key_of_the_file_is_an_error() {
        let error = toml::from_str::<Settings>("bnid = '127.0.0.1:1'").unwrap_err().to_string();
        assert!(error.contains("bnid"), "{error}");
    }

    #[test]
    fn an_unknown_variable_is_an_error_that_names_the_known_ones() {
        let names = ["VESTIBULE_BNID", "VESTIBULE_TEST_X", "VESTIBULE_MODE", "HOME"];
        let error = refuse_unknown(names.into_iter().map(str::to_owned)).unwrap_err();
        assert!(error.contains("VESTIBULE_BNID") && error.contains("VESTIBULE_BIND"), "{error}");
        assert!(!error.contains("VESTIBULE_TEST_X"), "{error}");
        assert!(!error.contains("VESTIBULE_MODE"), "{error}");
    }
}
