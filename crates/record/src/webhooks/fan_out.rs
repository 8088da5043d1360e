//! Makes a delivery of each event for each endpoint that subscribes to it.
//!
//! There is a cursor for each environment, kept with the deliveries in one transaction and locked
//! meanwhile: a node that dies leaves the rest to another, and no two nodes do the same.
use std::sync::Arc;

use vestibule_kernel::db::Tx;
use vestibule_kernel::id::EnvironmentId;
use vestibule_kernel::{App, Result};

use super::{queue, store};
use crate::events;

/// How many events are looked at in one transaction.
const EVENTS_MAX: i64 = 200;
/// How many deliveries are made in one transaction, about: others wait for the writer meanwhile.
const DELIVERIES_MAX: i64 = 2000;

/// Makes all deliveries that are still to be made of numbered events.
pub(crate) fn fan_out(app: &Arc<App>) -> Result<()> {
    for environment in app.db().read(behind)? {
        while fan_out_batch(app, &environment)? {}
    }
    Ok(())
}

/// The environments that have events past their cursors.
fn behind(tx: &mut dyn Tx) -> Result<Vec<EnvironmentId>> {
    let sql = "SELECT environment_id FROM webhook_cursors AS cursor
               WHERE EXISTS (SELECT 1 FROM events
                             WHERE events.environment_id = cursor.environment_id
                               AND events.sequence > cursor.sequence)";
    tx.query(sql, &[])?.into_iter().map(|mut row| row.take()).collect()
}

/// Deals with some events of one environment; tells whether there may be more.
fn fan_out_batch(app: &Arc<App>, environment: &EnvironmentId) -> Result<bool> {
    let (app, environment) = (app.clone(), environment.clone());
    let db = app.db().clone();
    db.write_locking(move |tx| {
        let Some(cursor) = lock_cursor(tx, &environment)? else { return Ok(false) };
        let subscribers = store::subscribers(tx, &environment)?;
        let share = DELIVERIES_MAX / i64::try_from(subscribers.len()).unwrap_or(1).max(1);
        let limit = share.clamp(1, EVENTS_MAX);
        let events = events::after(tx, &environment, cursor, limit)?;
        let Some(last) = events.last() else { return Ok(false) };
        for event in &events {
            for it in subscribers.iter().filter(|it| it.wants(event)) {
                queue::insert(tx, &app, &environment, &it.id, event)?;
            }
        }
        let values = [(&environment).into(), last.sequence.into()];
        let sql = "UPDATE webhook_cursors SET sequence = $2 WHERE environment_id = $1";
        tx.execute(sql, &values)?;
        Ok(i64::try_from(events.len()).is_ok_and(|it| it == limit))
    })
}

/// The cursor, if no other node is at it.
fn lock_cursor(tx: &mut dyn Tx, environment: &EnvironmentId) -> Result<Option<i64>> {
    let sql = "SELECT sequence FROM webhook_cursors WHERE environment_id = $1
               FOR UPDATE SKIP LOCKED";
    tx.first(sql, &[environment.into()])?.map(|mut row| row.take()).transpose()
}
