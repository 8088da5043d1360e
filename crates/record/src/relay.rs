//! The relay: gives committed events their place in the order, and makes deliveries of them.
//!
//! Only what is committed gets a number, one transaction after another gives them out over all
//! nodes, and numbers increase. So whoever has seen a number has seen all that come before it, and
//! a list that goes on after it misses nothing, however late a transaction commits.
use std::sync::Arc;

use vestibule_kernel::db::Value;
use vestibule_kernel::{App, Result};

use crate::webhooks;

/// How many events are numbered in one transaction.
const NUMBERED_MAX: i64 = 1000;
/// Of all our locks in the server, this one guards the order of events: "even" in ASCII.
const ORDER_LOCK: i64 = 0x6576_656e;

/// Numbers the events that are committed by now, and tells how many that were. Blocks the thread.
///
/// SQLite has one writer, and so knows the order at the insert: there is never anything to do, and
/// what follows is for PostgreSQL alone.
pub fn sequence(app: &App) -> Result<u64> {
    let waits = app.db().read(|tx| {
        tx.first("SELECT 1 FROM events WHERE sequence IS NULL LIMIT 1 -- global: all events", &[])
    })?;
    if waits.is_none() {
        return Ok(0);
    }
    let mut numbered = 0;
    loop {
        let batch = number_batch(app)?;
        numbered += batch;
        if batch < NUMBERED_MAX.unsigned_abs() {
            return Ok(numbered);
        }
    }
}

fn number_batch(app: &App) -> Result<u64> {
    app.db().write_locking(|tx| {
        // The statement after this one sees what the holder of the lock before us committed.
        let lock = [Value::Int(ORDER_LOCK)];
        let sql = "SELECT pg_advisory_xact_lock($1, hashtext(current_schema())) -- global: a lock";
        tx.query(sql, &lock)?;
        // Within one batch by id, which is by time: an event comes after those that its cause
        // could see.
        let sql = "WITH pending AS (
                     SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS place
                     FROM (SELECT id FROM events WHERE sequence IS NULL
                           ORDER BY id LIMIT $1) AS oldest)
                   UPDATE events
                   SET sequence = pending.place + (SELECT COALESCE(MAX(sequence), 0) FROM events)
                   FROM pending WHERE events.id = pending.id -- global: all events";
        tx.execute(sql, &[Value::Int(NUMBERED_MAX)])
    })
}

/// Numbers the events that are committed by now, and makes some of their deliveries; tells whether
/// there may be more to make. Blocks the thread.
pub fn relay(app: &Arc<App>) -> Result<bool> {
    sequence(app)?;
    webhooks::fan_out(app)
}
