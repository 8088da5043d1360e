//! Which tables a statement reads and writes, as SQLite itself tells when it prepares one: through
//! views, triggers and what a deletion takes along.
use std::cell::Cell;
use std::collections::HashMap;

use parking_lot::{Mutex, RwLock};
use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use super::marks::Tables;
use crate::{Error, Result};

/// How many statements are known at the most. There are a few hundred; those that are put together
/// of parts come in as many forms as there are filters.
const STATEMENTS_MAX: usize = 20_000;

/// The tables of a statement, or of all statements of a transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Uses {
    pub reads: Tables,
    pub writes: Tables,
}

impl Uses {
    pub(super) fn and(self, other: Self) -> Self {
        Self { reads: self.reads.and(other.reads), writes: self.writes.and(other.writes) }
    }
}

thread_local! {
    /// What the statement uses that this thread prepares.
    static PREPARED: Cell<Uses> = const {
        Cell::new(Uses { reads: Tables::NONE, writes: Tables::NONE })
    };
}

/// What is known of statements, for all connections to one database.
#[derive(Default)]
pub(super) struct Statements {
    known: RwLock<HashMap<String, Uses>>,
    tables: Mutex<HashMap<String, usize>>,
}

impl Statements {
    /// Has a connection tell what each statement uses that it prepares.
    pub(super) fn watch(
        self: &std::sync::Arc<Self>,
        connection: &mut Connection,
    ) -> rusqlite::Result<()> {
        let statements = self.clone();
        connection.authorizer(Some(move |it: AuthContext<'_>| {
            statements.note(&it.action);
            Authorization::Allow
        }))
    }

    fn note(&self, action: &AuthAction<'_>) {
        let uses = PREPARED.get();
        PREPARED.set(match action {
            AuthAction::Read { table_name, .. } => {
                Uses { reads: uses.reads.with(self.number(table_name)), ..uses }
            }
            AuthAction::Insert { table_name }
            | AuthAction::Delete { table_name }
            | AuthAction::Update { table_name, .. } => {
                Uses { writes: uses.writes.with(self.number(table_name)), ..uses }
            }
            _ => uses,
        });
    }

    fn number(&self, table: &str) -> usize {
        let mut tables = self.tables.lock();
        if let Some(it) = tables.get(table) {
            return *it;
        }
        let next = tables.len();
        tables.insert(table.to_owned(), next);
        next
    }

    /// What a statement uses, which `connection` is watched for.
    pub(super) fn uses(&self, connection: &Connection, sql: &str) -> Result<Uses> {
        if let Some(it) = self.known.read().get(sql) {
            return Ok(*it);
        }
        PREPARED.set(Uses::default());
        // Anew, whether or not the connection has it prepared: only then does the engine tell.
        drop(connection.prepare(sql).map_err(Error::internal)?);
        let uses = PREPARED.get();
        let mut known = self.known.write();
        if known.len() >= STATEMENTS_MAX {
            known.clear();
        }
        known.insert(sql.to_owned(), uses);
        Ok(uses)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn opened() -> (Arc<Statements>, Connection) {
        let (statements, connection) = (Arc::<Statements>::default(), Connection::open_in_memory());
        let mut connection = connection.unwrap();
        statements.watch(&mut connection).unwrap();
        connection
            .execute_batch(
                "PRAGMA foreign_keys = ON;
                 CREATE TABLE keys (number INTEGER PRIMARY KEY, key TEXT);
                 CREATE TABLE held (number INTEGER REFERENCES keys (number) ON DELETE CASCADE);
                 CREATE TABLE apart (id TEXT);
                 CREATE VIEW shown AS SELECT k.key FROM held h JOIN keys k ON k.number = h.number;",
            )
            .unwrap();
        (statements, connection)
    }

    fn set(statements: &Statements, names: &[&str]) -> Tables {
        names.iter().fold(Tables::default(), |set, it| set.with(statements.number(it)))
    }

    #[test]
    fn a_view_reads_what_it_is_made_of() {
        let (statements, connection) = opened();
        let uses = statements.uses(&connection, "SELECT key FROM shown").unwrap();
        let made_of = set(&statements, &["held", "keys"]);
        assert_eq!(uses.reads.and(made_of), uses.reads);
        assert_ne!(uses.reads.and(set(&statements, &["apart"])), uses.reads);
        assert_eq!(uses.writes, Tables::default());
    }

    #[test]
    fn a_count_reads_the_table_though_it_reads_no_column() {
        let (statements, connection) = opened();
        let uses = statements.uses(&connection, "SELECT count(*) FROM apart").unwrap();
        assert_eq!(uses.reads, set(&statements, &["apart"]));
    }

    #[test]
    fn a_deletion_writes_what_it_takes_along() {
        let (statements, connection) = opened();
        let uses = statements.uses(&connection, "DELETE FROM keys WHERE number = ?1").unwrap();
        assert_eq!(uses.writes, set(&statements, &["keys", "held"]));
    }

    #[test]
    fn all_ways_to_write_are_told() {
        let (statements, connection) = opened();
        let apart = set(&statements, &["apart"]);
        for sql in [
            "INSERT INTO apart (id) VALUES (?1)",
            "INSERT INTO apart (id) VALUES (?1) ON CONFLICT DO NOTHING RETURNING id",
            "UPDATE apart SET id = ?1",
            "DELETE FROM apart",
            "WITH x AS (SELECT key FROM keys) INSERT INTO apart (id) SELECT key FROM x",
        ] {
            assert_eq!(statements.uses(&connection, sql).unwrap().writes, apart, "{sql}");
            // The second time it is known.
            assert_eq!(statements.uses(&connection, sql).unwrap().writes, apart, "{sql}");
        }
    }
}
