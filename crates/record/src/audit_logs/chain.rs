//! The chain of an organization's events: each is hashed with the hash before it, so that none can be
//! changed, removed, moved or added without all that follow telling.
//!
//! Where there is one writer (SQLite), an event joins the chain in the transaction that takes it.
//! Where there are many (PostgreSQL), that would put all of them in conflict at the chain's end; so
//! each leaves its event with a tag of the installation's key, and the sealer puts it into the chain
//! soon after its commit, one transaction after another for each organization.
//!
//! The end of the chain carries a tag of that key, too. Whoever has the database alone can rewrite
//! rows, but not so that these tags and the signed checkpoints fit them.
use std::sync::Arc;

use vestibule_kernel::db::{Row, Tx, Value};
use vestibule_kernel::id::{AuditLogEventId, EnvironmentId, OrganizationId};
use vestibule_kernel::secret::{Sealer, digest_of};
use vestibule_kernel::time::Time;
use vestibule_kernel::{App, Result};

/// How many events are sealed in one transaction.
const SEALED_MAX: i64 = 1000;
/// How many of them are read at once. One has a megabyte at the most.
const BATCH: i64 = 100;
const EVENT_TAG: &str = "audit_log_events.tag";
const END_TAG: &str = "audit_log_chains.tag";

/// What the first hash of a chain goes on from.
pub const GENESIS: &str = "";

/// A chain of one organization.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The environment.
    pub environment: &'a EnvironmentId,
    /// The organization.
    pub organization: &'a OrganizationId,
}

/// What of an event is hashed.
pub struct Link<'a> {
    /// Its id.
    pub id: &'a AuditLogEventId,
    /// Its JSON text.
    pub content: &'a str,
    /// When it was taken.
    pub created_at: Time,
}

impl Place<'_> {
    fn text(&self) -> String {
        format!("{}\n{}", self.environment, self.organization)
    }
    /// The hash of the chain up to an event at `position`, which comes after `previous`.
    ///
    /// No part but the last may hold a line end, so that no two sets of parts run together.
    pub fn hash(&self, previous: &str, position: i64, link: &Link<'_>) -> String {
        let Link { id, content, created_at } = link;
        let millis = created_at.millis();
        let head = format!("vestibule audit log 1\n{}\n{position}\n{previous}", self.text());
        digest_of(format!("{head}\n{id}\n{millis}\n{content}"))
    }
    /// What shows that an event which is not in the chain yet was taken by the program.
    pub fn event_tag(&self, sealer: &Sealer, link: &Link<'_>) -> String {
        let Link { id, content, created_at } = link;
        let millis = created_at.millis();
        sealer.tag(EVENT_TAG, &format!("{}\n{id}\n{millis}\n{content}", self.text()))
    }
}

/// Where a chain ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// How many events were ever in it.
    pub position: i64,
    /// The hash of the last of them.
    pub hash: String,
    /// The place after which the end was first found to be forged.
    pub broken: Option<i64>,
    /// The place that the newest checkpoint tells of, and when it was made.
    pub checkpoint: (i64, Time),
}

impl End {
    fn tag(&self, place: Place<'_>, sealer: &Sealer) -> String {
        let broken = self.broken.map(|it| it.to_string()).unwrap_or_default();
        let Self { position, hash, checkpoint: (checkpoint, made), .. } = self;
        let made = made.millis();
        let place = place.text();
        let text = format!("{place}\n{position}\n{hash}\n{broken}\n{checkpoint}\n{made}");
        sealer.tag(END_TAG, &text)
    }
}

/// The end of the chain as it stands in the database, and whether the program wrote it.
pub fn end(tx: &mut dyn Tx, place: Place<'_>, sealer: &Sealer) -> Result<Option<(End, bool)>> {
    let sql = "SELECT position, hash, broken_position, checkpoint_position, checkpoint_at, tag
               FROM audit_log_chains WHERE environment_id = $1 AND organization_id = $2";
    let values = [place.environment.into(), place.organization.into()];
    let Some(mut row) = tx.first(sql, &values)? else { return Ok(None) };
    let end = End {
        position: row.take()?,
        hash: row.take()?,
        broken: row.take()?,
        checkpoint: (row.take()?, row.take()?),
    };
    let tag: String = row.take()?;
    let genuine = end.tag(place, sealer) == tag;
    Ok(Some((end, genuine)))
}

/// The end to go on from. One that was forged is marked for good: what follows must not make it
/// look right again.
pub fn end_to_go_on_from(tx: &mut dyn Tx, place: Place<'_>, sealer: &Sealer) -> Result<End> {
    Ok(match end(tx, place, sealer)? {
        Some((end, true)) => end,
        Some((end, false)) => {
            let organization = place.organization;
            tracing::error!(%organization, position = end.position, "an audit log was tampered with");
            End { broken: end.broken.or(Some(end.position)), ..end }
        }
        None => {
            let checkpoint = (0, Time::from_millis(0));
            End { position: 0, hash: GENESIS.to_owned(), broken: None, checkpoint }
        }
    })
}

/// Writes where the chain ends.
pub fn keep_end(tx: &mut dyn Tx, place: Place<'_>, sealer: &Sealer, end: &End) -> Result<()> {
    let values = [
        place.environment.into(),
        place.organization.into(),
        end.position.into(),
        (&end.hash).into(),
        end.broken.into(),
        end.tag(place, sealer).into(),
        end.checkpoint.0.into(),
        end.checkpoint.1.into(),
    ];
    let sql = "INSERT INTO audit_log_chains
                 (environment_id, organization_id, position, hash, broken_position, tag,
                  checkpoint_position, checkpoint_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
               ON CONFLICT (environment_id, organization_id) DO UPDATE
               SET position = excluded.position, hash = excluded.hash,
                   broken_position = excluded.broken_position, tag = excluded.tag,
                   checkpoint_position = excluded.checkpoint_position,
                   checkpoint_at = excluded.checkpoint_at";
    tx.execute(sql, &values).map(|_| ())
}

/// Puts one event at the end of its chain; answers its place and hash.
pub fn append(
    tx: &mut dyn Tx,
    place: Place<'_>,
    sealer: &Sealer,
    link: &Link<'_>,
) -> Result<(i64, String)> {
    let mut end = end_to_go_on_from(tx, place, sealer)?;
    end.position += 1;
    end.hash = place.hash(&end.hash, end.position, link);
    keep_end(tx, place, sealer, &end)?;
    Ok((end.position, end.hash))
}

/// Puts the events that are committed by now into their chains, and tells how many that were. Blocks
/// the thread. Where there is one writer, all are in already.
pub fn seal(app: &Arc<App>) -> Result<u64> {
    let mut sealed = 0;
    // Events that were tampered with before they were sealed stay where they are, and must not
    // hold up those after them.
    let mut after = String::new();
    loop {
        let waiting = app.db().read(|tx| waiting(tx, &after))?;
        let Some((last, chains)) = waiting else { return Ok(sealed) };
        after = last;
        for (environment, organization) in chains {
            let up_to = after.clone();
            sealed += seal_chain(app, environment, organization, up_to)?;
        }
    }
}

type Chain = (EnvironmentId, OrganizationId);

/// The chains of the oldest events that wait, and the last of these.
fn waiting(tx: &mut dyn Tx, after: &str) -> Result<Option<(String, Vec<Chain>)>> {
    let sql = "SELECT id, environment_id, organization_id FROM audit_log_events
               WHERE position IS NULL AND id > $1 ORDER BY id LIMIT $2";
    let rows = tx.query(sql, &[after.into(), SEALED_MAX.into()])?;
    let (mut last, mut chains) = (None, Vec::new());
    for mut row in rows {
        last = Some(row.take()?);
        let chain: Chain = (row.take()?, row.take()?);
        if !chains.contains(&chain) {
            chains.push(chain);
        }
    }
    Ok(last.map(|it| (it, chains)))
}

/// Seals the events of one organization up to this id.
fn seal_chain(
    app: &Arc<App>,
    environment: EnvironmentId,
    organization: OrganizationId,
    up_to: String,
) -> Result<u64> {
    let program = app.clone();
    app.db().write_locking(move |tx| {
        let sealer = program.sealer();
        let place = Place { environment: &environment, organization: &organization };
        lock(&program, tx, place)?;
        let mut end = end_to_go_on_from(tx, place, sealer)?;
        let (mut count, mut after, mut looked_at) = (0, String::new(), 0);
        while looked_at < SEALED_MAX {
            let batch = unsealed(tx, place, (&after, &up_to))?;
            let Some(last) = batch.last() else { break };
            after = last.id.to_string();
            looked_at += BATCH;
            for waiting in batch {
                count += u64::from(join(tx, place, sealer, &mut end, &waiting)?);
            }
        }
        if count > 0 {
            keep_end(tx, place, sealer, &end)?;
        }
        Ok(count)
    })
}

/// Puts an event that waits into the chain, unless it was tampered with.
fn join(
    tx: &mut dyn Tx,
    place: Place<'_>,
    sealer: &Sealer,
    end: &mut End,
    waiting: &Unsealed,
) -> Result<bool> {
    let Unsealed { id, content, created_at, tag } = waiting;
    let link = Link { id, content, created_at: *created_at };
    if tag.as_deref() != Some(&place.event_tag(sealer, &link)) {
        tracing::error!(event = %id, "an event was tampered with before it was sealed");
        return Ok(false);
    }
    end.position += 1;
    end.hash = place.hash(&end.hash, end.position, &link);
    let values = [place.environment.into(), id.into(), end.position.into(), (&end.hash).into()];
    let sql = "UPDATE audit_log_events SET position = $3, hash = $4, tag = NULL
               WHERE environment_id = $1 AND id = $2";
    tx.execute(sql, &values)?;
    Ok(true)
}

/// Holds all others off a chain until the end of the transaction: sealers, and whoever deletes what
/// is too old. The statement after this one sees what the holder before us committed.
pub fn lock(app: &App, tx: &mut dyn Tx, place: Place<'_>) -> Result<()> {
    if app.db().one_writer() {
        return Ok(());
    }
    let sql =
        "SELECT pg_advisory_xact_lock(hashtext(current_schema()), hashtext($1)) -- global: a lock";
    tx.query(sql, &[Value::from(place.text())]).map(|_| ())
}

struct Unsealed {
    id: AuditLogEventId,
    content: String,
    created_at: Time,
    tag: Option<String>,
}

/// By id, which is by time, as far as the clocks of the nodes agree.
fn unsealed(
    tx: &mut dyn Tx,
    place: Place<'_>,
    (after, up_to): (&str, &str),
) -> Result<Vec<Unsealed>> {
    let values = [
        place.environment.into(),
        place.organization.into(),
        after.into(),
        up_to.into(),
        BATCH.into(),
    ];
    let sql = "SELECT id, content, created_at, tag FROM audit_log_events
               WHERE environment_id = $1 AND organization_id = $2 AND position IS NULL
                 AND id > $3 AND id <= $4
               ORDER BY id LIMIT $5";
    let read = |mut row: Row| {
        Ok(Unsealed {
            id: row.take()?,
            content: row.take()?,
            created_at: row.take()?,
            tag: row.take()?,
        })
    };
    tx.query(sql, &values)?.into_iter().map(read).collect()
}
