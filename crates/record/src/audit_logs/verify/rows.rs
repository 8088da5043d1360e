//! What of an audit log a verification reads.
use vestibule_kernel::Result;
use vestibule_kernel::db::{Row, Tx, Value};
use vestibule_kernel::id::AuditLogEventId;
use vestibule_kernel::time::Time;

use crate::audit_logs::chain::Place;
use crate::audit_logs::content::EventContent;
use crate::audit_logs::store;

/// How many events are read at once. One has a megabyte at the most.
pub(super) const BATCH: i64 = 100;

/// Whether anything tells that there is or was a log.
pub(super) fn has_trace(tx: &mut dyn Tx, place: Place<'_>) -> Result<bool> {
    let values = [place.environment.into(), place.organization.into()];
    let sql = "SELECT 1 WHERE
                 EXISTS (SELECT 1 FROM audit_log_chains
                         WHERE environment_id = $1 AND organization_id = $2)
                 OR EXISTS (SELECT 1 FROM audit_log_events
                            WHERE environment_id = $1 AND organization_id = $2)
                 OR EXISTS (SELECT 1 FROM audit_log_checkpoints
                            WHERE environment_id = $1 AND organization_id = $2)";
    Ok(tx.first(sql, &values)?.is_some())
}

/// An event of the chain, with what it is found by.
pub(super) struct Sealed {
    pub(super) id: AuditLogEventId,
    pub(super) content: String,
    pub(super) created_at: Time,
    pub(super) position: i64,
    pub(super) hash: String,
    pub(super) occurred_at: Time,
    pub(super) action: String,
    pub(super) actor_id: String,
    pub(super) actor_name: Option<String>,
}

pub(super) fn sealed(tx: &mut dyn Tx, place: Place<'_>, after: i64) -> Result<Vec<Sealed>> {
    let values = [place.environment.into(), place.organization.into(), after.into(), BATCH.into()];
    let sql = "SELECT id, content, created_at, position, hash, occurred_at, action, actor_id,
                      actor_name
               FROM audit_log_events
               WHERE environment_id = $1 AND organization_id = $2 AND position > $3
               ORDER BY position LIMIT $4";
    let read = |mut row: Row| {
        Ok(Sealed {
            id: row.take()?,
            content: row.take()?,
            created_at: row.take()?,
            position: row.take()?,
            hash: row.take::<Option<String>>()?.unwrap_or_default(),
            occurred_at: row.take()?,
            action: row.take()?,
            actor_id: row.take()?,
            actor_name: row.take()?,
        })
    };
    tx.query(sql, &values)?.into_iter().map(read).collect()
}

pub(super) fn hash_at(tx: &mut dyn Tx, place: Place<'_>, position: i64) -> Result<Option<String>> {
    let values = [place.environment.into(), place.organization.into(), position.into()];
    let sql = "SELECT hash FROM audit_log_events
               WHERE environment_id = $1 AND organization_id = $2 AND position = $3";
    tx.first(sql, &values)?.map(|mut row| row.take()).transpose()
}

pub(super) fn has_targets(
    tx: &mut dyn Tx,
    place: Place<'_>,
    event: &Sealed,
    told: &EventContent,
) -> Result<bool> {
    for target in store::targets(told) {
        let values: [Value; 5] = [
            place.environment.into(),
            place.organization.into(),
            target.into(),
            told.occurred_at.into(),
            (&event.id).into(),
        ];
        let sql = "SELECT 1 FROM audit_log_targets
                   WHERE environment_id = $1 AND organization_id = $2 AND target_id = $3
                     AND occurred_at = $4 AND event_id = $5";
        if tx.first(sql, &values)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(super) type Unsealed = (AuditLogEventId, String, Time, Option<String>);

/// The first events after an id that are not in the chain yet.
pub(super) fn unsealed(tx: &mut dyn Tx, place: Place<'_>, after: &str) -> Result<Vec<Unsealed>> {
    let values = [place.environment.into(), place.organization.into(), after.into(), BATCH.into()];
    let sql = "SELECT id, content, created_at, tag FROM audit_log_events
               WHERE environment_id = $1 AND organization_id = $2 AND position IS NULL AND id > $3
               ORDER BY id LIMIT $4";
    let rows = tx.query(sql, &values)?;
    rows.into_iter().map(|mut it| Ok((it.take()?, it.take()?, it.take()?, it.take()?))).collect()
}

/// The first place up to this one at which there is an event.
pub(super) fn first_up_to(tx: &mut dyn Tx, place: Place<'_>, position: i64) -> Result<Option<i64>> {
    let values = [place.environment.into(), place.organization.into(), position.into()];
    let sql = "SELECT position FROM audit_log_events
               WHERE environment_id = $1 AND organization_id = $2 AND position <= $3
               ORDER BY position LIMIT 1";
    tx.first(sql, &values)?.map(|mut row| row.take()).transpose()
}

/// The id of the event at a place.
pub(super) fn id_at(tx: &mut dyn Tx, place: Place<'_>, position: i64) -> Result<Option<String>> {
    let values = [place.environment.into(), place.organization.into(), position.into()];
    let sql = "SELECT id FROM audit_log_events
               WHERE environment_id = $1 AND organization_id = $2 AND position = $3";
    tx.first(sql, &values)?.map(|mut row| row.take()).transpose()
}
