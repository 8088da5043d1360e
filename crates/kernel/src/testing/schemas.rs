//! Schemas on the test server that tests take one after another: to make one takes longer than most
//! tests do.
//!
//! Whoever takes one holds a lock of the server's for as long as they use it, which ends with their
//! process whatever becomes of it. It is emptied when it is taken, and made again where a test has left
//! other tables than the migrations make.
use parking_lot::Mutex;
use postgres::{Client, NoTls};

use super::{address, server};
use crate::db::{Db, MIGRATIONS};

/// How many there are at the most: more than tests run at once.
const SCHEMAS_MAX: i32 = 64;
/// The first key of their locks.
const LOCK: i32 = 4100;

/// What stands in the current schema, in a word.
const STANDS: &str = "SELECT md5(coalesce(string_agg(relname, ',' ORDER BY relname), ''))
     FROM pg_class WHERE relnamespace = current_schema()::regnamespace";

const EMPTY: &str = "DO $$ DECLARE it text; BEGIN
     FOR it IN SELECT tablename FROM pg_tables
       WHERE schemaname = current_schema() AND tablename <> 'schema_migrations' LOOP
       EXECUTE format('DELETE FROM %I', it);
     END LOOP;
     PERFORM setval(oid::regclass, 1, false) FROM pg_class
       WHERE relnamespace = current_schema()::regnamespace AND relkind = 'S';
     END $$";

/// A schema that is taken, and given back with this.
pub(super) struct Schema {
    /// Holds the lock.
    _client: Mutex<Client>,
}

/// An empty database with every table in it.
pub(super) fn take() -> (Db, Schema) {
    let mut client = Client::connect(&server(), NoTls).unwrap();
    let is_free = |client: &mut Client, number| {
        let row = client.query_one("SELECT pg_try_advisory_lock($1, $2)", &[&LOCK, &number]);
        row.unwrap().get::<_, bool>(0)
    };
    let number = (0..SCHEMAS_MAX).find(|it| is_free(&mut client, *it)).unwrap();
    let name = format!("kept{number}");
    let db = Db::postgres(&address(&name), 8, None).unwrap();
    let made = format!("SELECT obj_description(to_regnamespace('{name}'), 'pg_namespace')");
    let made: Option<String> = client.query_one(&made, &[]).unwrap().get(0);
    client.batch_execute(&format!("SET search_path = {name}")).unwrap();
    let stands = |client: &mut Client| client.query_one(STANDS, &[]).unwrap().get::<_, String>(0);
    let is_whole = made.is_some_and(|it| it == stands(&mut client));
    // Of other migrations there may be other columns.
    if is_whole && db.migrate(MIGRATIONS).is_ok_and(|it| it.is_empty()) {
        client.batch_execute(EMPTY).unwrap();
    } else {
        let fresh = format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}");
        client.batch_execute(&fresh).unwrap();
        db.migrate(MIGRATIONS).unwrap();
        let stands = stands(&mut client);
        client.batch_execute(&format!("COMMENT ON SCHEMA {name} IS '{stands}'")).unwrap();
    }
    (db, Schema { _client: Mutex::new(client) })
}
