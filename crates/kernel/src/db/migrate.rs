//! Migrations: one numbered list for both engines, forward only, run at start under a lock.
use super::{Tx, Value};
use crate::{Error, Result};

/// One step of the schema. Statements end with a semicolon at the end of a line.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its place in the list.
    pub number: i64,
    /// The name of its file.
    pub name: &'static str,
    /// Its text.
    pub sql: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal),* $(,)?) => {
        /// All steps, in order. A step that has been released is never edited.
        pub const MIGRATIONS: &[Migration] = &[$(Migration {
            number: $number,
            name: $name,
            sql: include_str!(concat!("../../../../migrations/", $name, ".sql")),
        }),*];
    };
}

migrations! {
    1 "0001_kernel",
    2 "0002_people",
    3 "0003_access",
    4 "0004_signin",
    5 "0005_record",
    6 "0006_messages",
    7 "0007_sign_in_policy",
    8 "0008_passkeys",
    9 "0009_factors",
    10 "0010_social",
    11 "0011_devices",
    12 "0012_branding",
    13 "0013_waitlists",
    14 "0014_sandbox",
    15 "0015_radar",
    16 "0016_passwordless",
    17 "0017_audit_logs",
    18 "0018_authorization",
    19 "0019_exclusions",
    20 "0020_log_streams",
    21 "0021_webhook_queues",
    22 "0022_webhook_replays",
    23 "0023_assigned_roles",
    24 "0024_actions",
    25 "0025_agent_tokens",
    26 "0026_approvals",
    27 "0027_agent_calls",
    28 "0028_slow_webhooks",
    29 "0029_oauth",
    30 "0030_organization_passwords",
    31 "0031_agent_dry_runs",
    32 "0032_feature_flags",
    33 "0033_connections",
    34 "0034_saml",
    35 "0035_portal",
    36 "0036_numbered_resources",
}

/// Every table that has rows of an environment, read off the migrations, but for those whose rows go
/// along with rows that they refer to.
pub fn tables() -> Vec<&'static str> {
    let mut tables = Vec::new();
    for statement in MIGRATIONS.iter().flat_map(|it| it.sql.split(";\n")) {
        // Comments stand before a statement.
        let words: Vec<&str> = statement
            .lines()
            .filter(|it| !it.trim_start().starts_with("--"))
            .flat_map(str::split_whitespace)
            .collect();
        let goes_along = words.iter().any(|it| it.trim_end_matches(',') == "CASCADE");
        match words.as_slice() {
            ["CREATE", "TABLE", name, ..] if words.contains(&"environment_id") && !goes_along => {
                tables.push(*name);
            }
            ["DROP", "TABLE", name] => tables.retain(|it| it != name),
            ["ALTER", "TABLE", old, "RENAME", "TO", new] => {
                tables.iter_mut().filter(|it| *it == old).for_each(|it| *it = *new);
            }
            _ => {}
        }
    }
    tables
}

impl Migration {
    /// Says that the step is being taken, since over a large table it takes minutes.
    pub(super) fn tell(&self) {
        tracing::info!(step = self.name, "bringing the database to this version");
    }
    /// Notes that the step has been taken.
    pub(super) fn record(&self, tx: &mut dyn Tx) -> Result<()> {
        let values = [Value::Int(self.number), self.name.into(), self.digest().into()];
        tx.execute(
            "INSERT INTO schema_migrations (number, name, digest) VALUES ($1, $2, $3) -- global",
            &values,
        )?;
        Ok(())
    }

    fn digest(&self) -> String {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, self.sql.as_bytes());
        data_encoding::HEXLOWER.encode(digest.as_ref())
    }
}

/// The steps still to take; refuses a database that a newer program has been at, or whose steps
/// were not these.
pub(super) fn plan<'m>(tx: &mut dyn Tx, all: &'m [Migration]) -> Result<Vec<&'m Migration>> {
    tx.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations
           (number BIGINT PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL) -- global",
        &[],
    )?;
    let taken = tx.query("SELECT number, name, digest FROM schema_migrations -- global", &[])?;
    let mut numbers = Vec::new();
    for mut row in taken {
        let (number, name, digest): (i64, String, String) = (row.take()?, row.take()?, row.take()?);
        match all.iter().find(|it| it.number == number) {
            Some(it) if it.digest() == digest => numbers.push(number),
            Some(_) => return Err(refused(format!("the step '{name}' was taken in another form"))),
            None => {
                let last = all.iter().map(|it| it.number).max().unwrap_or_default();
                return Err(refused(format!(
                    "the database is at step {number} ('{name}') and this program knows only \
                     {last}: run the newer vestibule, or restore a backup from before the upgrade"
                )));
            }
        }
    }
    Ok(all.iter().filter(|it| !numbers.contains(&it.number)).collect())
}

fn refused(why: String) -> Error {
    Error::new(crate::Kind::Unavailable, "unavailable", format!("Cannot use this database: {why}."))
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_table_of_an_environment_is_known() {
        let tables = super::tables();
        for name in ["settings", "events", "jobs", "environment_keys", "organizations", "users"] {
            assert!(tables.contains(&name), "{name} is missing from {tables:?}");
        }
        assert!(!tables.contains(&"installation"));
    }

    #[test]
    fn a_table_that_was_renamed_is_known_by_its_last_name_and_once() {
        let tables = super::tables();
        assert_eq!(tables.iter().filter(|it| **it == "authorization_codes").count(), 1);
        assert!(!tables.contains(&"authorization_codes_of_any"));
    }
}
