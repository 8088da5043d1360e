//! Deletes events whose time is over: always the beginning of a chain, with a signed checkpoint in its
//! place, from which the rest is verified.
use std::sync::Arc;

use vestibule_kernel::db::{Row, Tx, Value};
use vestibule_kernel::id::{AuditLogCheckpointId, AuditLogEventId, EnvironmentId, OrganizationId};
use vestibule_kernel::time::Time;
use vestibule_kernel::{App, Cx, Error, FlowCx, Result};

use super::chain::{self, Link, Place};
use super::checkpoints::{self, CheckpointKind, Statement};
use super::content::EventContent;
use super::keys::SigningKey;
use super::store;

/// How many events are deleted in one transaction. One has a megabyte at the most.
const DELETED_MAX: i64 = 100;

/// Deletes the events of the environment whose time is over; tells how many.
pub(super) fn prune(flow: &FlowCx) -> Result<u64> {
    let mut deleted = 0;
    let due = flow.read(|cx| {
        let sql =
            "SELECT organization_id, days FROM audit_log_retentions WHERE environment_id = $1";
        let values = [cx.environment.into()];
        let rows = cx.db().query(sql, &values)?;
        let read =
            |mut row: Row| -> Result<(OrganizationId, i64)> { Ok((row.take()?, row.take()?)) };
        rows.into_iter().map(read).collect::<Result<Vec<_>>>()
    })?;
    if due.is_empty() {
        return Ok(0);
    }
    let key = SigningKey::of(&flow.app)?;
    for (organization, days) in due {
        let before = flow.now().plus_days(-days);
        while flow.read(|cx| {
            let place = Place { environment: cx.environment, organization: &organization };
            has_old(cx.db(), place, &key, before)
        })? {
            let batch = Batch {
                environment: flow.environment().clone(),
                organization: organization.clone(),
                before,
                now: flow.now(),
            };
            let gone = prune_batch(&flow.app, batch)?;
            deleted += gone;
            if gone == 0 {
                break;
            }
        }
    }
    Ok(deleted)
}

struct Batch {
    environment: EnvironmentId,
    organization: OrganizationId,
    before: Time,
    now: Time,
}

/// Whether the first event of the chain was taken before then. Where the chain begins was forged,
/// whoever deletes tells so.
fn has_old(tx: &mut dyn Tx, place: Place<'_>, key: &SigningKey, before: Time) -> Result<bool> {
    let Some((start, _)) = start(tx, place, key)? else { return Ok(true) };
    let values = [place.environment.into(), place.organization.into(), start.into()];
    let sql = "SELECT created_at FROM audit_log_events
               WHERE environment_id = $1 AND organization_id = $2 AND position > $3
               ORDER BY position LIMIT 1";
    let first = tx.first(sql, &values)?;
    first.map_or(Ok(false), |mut row| Ok(row.take::<Time>()? < before))
}

fn prune_batch(app: &Arc<App>, batch: Batch) -> Result<u64> {
    let key = SigningKey::of(app)?;
    let program = app.clone();
    app.db().write_locking(move |tx| {
        let Batch { environment, organization, before, now } = &batch;
        let place = Place { environment, organization };
        chain::lock(&program, tx, place)?;
        let start = start(tx, place, &key)?;
        let Some((mut position, mut hash)) = start else {
            tell(organization, "the last retention checkpoint is forged");
            return Ok(0);
        };
        let mut deleted = 0;
        for old in first(tx, place, position)? {
            if old.created_at >= *before {
                break;
            }
            let link = Link { id: &old.id, content: &old.content, created_at: old.created_at };
            // Time is part of the hash: else whoever writes an old time into the database could have
            // us delete what is not old, and sign that it was.
            let expected = place.hash(&hash, position + 1, &link);
            if old.position != position + 1 || old.hash.as_ref() != Some(&expected) {
                tell(organization, "an event was tampered with");
                break;
            }
            delete(tx, place, &old)?;
            (position, hash) = (old.position, expected);
            deleted += 1;
        }
        if deleted > 0 {
            keep(&program, tx, place, (position, &hash, *now), &key)?;
        }
        Ok(deleted)
    })
}

fn tell(organization: &OrganizationId, why: &str) {
    tracing::error!(%organization, why, "events whose time is over were not deleted");
}

/// Where the chain begins: behind the events that were deleted. None where that was forged.
pub(super) fn start(
    tx: &mut dyn Tx,
    place: Place<'_>,
    key: &SigningKey,
) -> Result<Option<(i64, String)>> {
    let Some(last) = checkpoints::newest(tx, place, CheckpointKind::Retention)? else {
        return Ok(Some((0, chain::GENESIS.to_owned())));
    };
    let statement = key.open::<Statement>(&last.token);
    let genuine = statement.filter(|it| {
        it.kind == CheckpointKind::Retention
            && it.environment_id == *place.environment
            && it.organization_id == *place.organization
            && it.position == last.position
    });
    Ok(genuine.map(|it| (it.position, it.hash)))
}

/// The place in the chain of an organization after which its events are kept.
pub(super) fn kept_after(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<i64> {
    let (app, environment) = (cx.app, cx.environment);
    let Some(key) = SigningKey::get(app, cx.db())? else { return Ok(0) };
    let start = start(cx.db(), Place { environment, organization }, &key)?;
    start
        .map(|it| it.0)
        .ok_or_else(|| Error::internal("the statement of which events were deleted was forged"))
}

struct Old {
    id: AuditLogEventId,
    content: String,
    created_at: Time,
    position: i64,
    hash: Option<String>,
}

fn first(tx: &mut dyn Tx, place: Place<'_>, after: i64) -> Result<Vec<Old>> {
    let values =
        [place.environment.into(), place.organization.into(), after.into(), DELETED_MAX.into()];
    let sql = "SELECT id, content, created_at, position, hash FROM audit_log_events
               WHERE environment_id = $1 AND organization_id = $2 AND position > $3
               ORDER BY position LIMIT $4";
    let read = |mut row: Row| {
        Ok(Old {
            id: row.take()?,
            content: row.take()?,
            created_at: row.take()?,
            position: row.take()?,
            hash: row.take()?,
        })
    };
    tx.query(sql, &values)?.into_iter().map(read).collect()
}

fn delete(tx: &mut dyn Tx, place: Place<'_>, old: &Old) -> Result<()> {
    let event: EventContent = serde_json::from_str(&old.content).map_err(Error::internal)?;
    for target in store::targets(&event) {
        let values: [Value; 5] = [
            place.environment.into(),
            place.organization.into(),
            target.into(),
            event.occurred_at.into(),
            (&old.id).into(),
        ];
        let sql = "DELETE FROM audit_log_targets
                   WHERE environment_id = $1 AND organization_id = $2 AND target_id = $3
                     AND occurred_at = $4 AND event_id = $5";
        tx.execute(sql, &values)?;
    }
    let values = [place.environment.into(), (&old.id).into()];
    let sql = "DELETE FROM audit_log_events WHERE environment_id = $1 AND id = $2";
    tx.execute(sql, &values).map(|_| ())
}

/// Signs where the chain begins now, in the place of what was signed of the events before.
fn keep(
    app: &App,
    tx: &mut dyn Tx,
    place: Place<'_>,
    (position, hash, now): (i64, &str, Time),
    key: &SigningKey,
) -> Result<()> {
    let values = [place.environment.into(), place.organization.into(), position.into()];
    let sql = "DELETE FROM audit_log_checkpoints
               WHERE environment_id = $1 AND organization_id = $2
                 AND (kind = 'retention' OR position < $3)";
    tx.execute(sql, &values)?;
    let statement = Statement {
        kind: CheckpointKind::Retention,
        environment_id: place.environment.clone(),
        organization_id: place.organization.clone(),
        position,
        hash: hash.to_owned(),
        created_at: now,
    };
    let token = key.sign(&statement)?;
    let id = AuditLogCheckpointId::make(app.chance(), now);
    checkpoints::insert(tx, id, &statement, &token)
}
