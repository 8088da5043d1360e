//! Makes a delivery of each event for each endpoint that subscribes to it.
//!
//! There is a cursor for each environment, kept with the deliveries in one transaction and locked
//! meanwhile: a node that dies leaves the rest to another, and no two nodes do the same.
use std::sync::Arc;

use vestibule_kernel::db::Tx;
use vestibule_kernel::id::{EnvironmentId, WebhookEndpointId};
use vestibule_kernel::time::Time;
use vestibule_kernel::{App, Cx, Result};

use super::store::Subscriber;
use super::{queue, store};
use crate::events::{self, Occurrence};

/// How many events are looked at in one transaction.
const EVENTS_MAX: i64 = 500;
/// How many deliveries are made in one transaction, but for those of its last event: others wait
/// for the writer meanwhile.
const DELIVERIES_MAX: usize = 1000;

/// Makes some of the deliveries that are still to be made of numbered events, in each environment
/// in turn; tells whether there may be more.
pub(crate) fn fan_out(app: &Arc<App>) -> Result<bool> {
    let mut more = false;
    for environment in app.db().read(behind)? {
        more |= fan_out_batch(app, &environment)?;
    }
    Ok(more)
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
        let events = events::after(tx, &environment, cursor.sequence, EVENTS_MAX)?;
        let (dealt_with, deliveries) = deliveries(&subscribers, &events);
        let Some(last) = dealt_with.last() else { return Ok(false) };
        let now = app.now().max(cursor.made_at);
        queue::insert(tx, &app, &environment, &deliveries, now)?;
        let values = [(&environment).into(), last.sequence.into(), now.into()];
        let sql = "UPDATE webhook_cursors SET sequence = $2, made_at = $3
                   WHERE environment_id = $1";
        tx.execute(sql, &values)?;
        let all = dealt_with.len() == events.len();
        Ok(!all || i64::try_from(events.len()).is_ok_and(|it| it == EVENTS_MAX))
    })
}

/// The place of the first event that no deliveries were made of yet, where any are to be made.
pub(crate) fn first_undelivered(cx: &mut Cx<'_>) -> Result<Option<i64>> {
    let values = [cx.environment.into()];
    let sql = "SELECT sequence FROM webhook_cursors WHERE environment_id = $1";
    let row = cx.db().first(sql, &values)?;
    row.map(|mut it| it.take::<i64>().map(|it| it + 1)).transpose()
}

/// How many of the events are dealt with in one transaction, and what is to be delivered of them.
fn deliveries<'a>(
    subscribers: &'a [Subscriber],
    events: &'a [Occurrence],
) -> (&'a [Occurrence], Vec<(&'a WebhookEndpointId, &'a Occurrence)>) {
    let mut deliveries = Vec::new();
    for (n, event) in events.iter().enumerate() {
        if deliveries.len() >= DELIVERIES_MAX {
            return (&events[..n], deliveries);
        }
        let wanted = subscribers.iter().filter(|it| it.wants(event));
        deliveries.extend(wanted.map(|it| (&it.id, event)));
    }
    (events, deliveries)
}

/// How far deliveries were made, and when.
struct Position {
    sequence: i64,
    made_at: Time,
}

/// The cursor, if no other node is at it.
fn lock_cursor(tx: &mut dyn Tx, environment: &EnvironmentId) -> Result<Option<Position>> {
    let sql = "SELECT sequence, made_at FROM webhook_cursors WHERE environment_id = $1
               FOR UPDATE SKIP LOCKED";
    let row = tx.first(sql, &[environment.into()])?;
    row.map(|mut it| Ok(Position { sequence: it.take()?, made_at: it.take()? })).transpose()
}
