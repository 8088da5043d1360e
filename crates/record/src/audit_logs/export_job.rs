//! The job that makes an export, piece by piece: each piece is written with the place that it leads
//! to, so that whoever goes on (this run, a later one, another node) goes on there, and memory holds
//! one piece however many events there are.
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use vestibule_kernel::db::Value;
use vestibule_kernel::id::{AuditLogExportId, EnvironmentId, OrganizationId};
use vestibule_kernel::job::Handler;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, FlowCx, Result};

use super::chain::{self, Place};
use super::events::AuditLogEvent;
use super::exports::{self, ExportQuery, ExportState, Kept};
use super::keys::SigningKey;
use super::{prune, store, table};

/// The kind of the job.
pub const KIND: &str = "audit_logs.export";
/// Makes exports.
pub const EXPORT: Handler = Handler { kind: KIND, attempts_max: ATTEMPTS_MAX, long: true, run };

/// How often a run that failed is tried again.
const ATTEMPTS_MAX: i64 = 8;
/// How long one run goes on, well within its lease; then another one is put at the end of the queue.
const RUN_TIME_MAX: Duration = Duration::from_secs(30);
/// How long a piece of the file is at least, but for the last.
const CHUNK_BYTES: usize = 1024 * 1024;
/// How many events are read at once. One has a megabyte at the most.
const BATCH: i64 = 100;
/// How many events are looked at for one piece, where few of them fit the filters.
const LOOKED_AT_MAX: usize = 10_000;

/// What the job is about.
#[derive(Debug, Serialize, Deserialize)]
pub struct Payload {
    /// The export.
    pub id: AuditLogExportId,
}

/// What a finished file holds
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// Always `export`.
    pub kind: String,
    /// The export.
    pub export_id: AuditLogExportId,
    /// The environment.
    pub environment_id: EnvironmentId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// What was asked for.
    pub query: ExportQuery,
    /// How many events are in it.
    pub events: i64,
    /// How long it is.
    pub bytes: i64,
    /// The SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// It holds the events up to this place of the chain that fit the query.
    pub last_position: i64,
    /// The hash of the chain there.
    pub last_hash: String,
    /// When it was finished.
    pub created_at: Time,
}

fn run(flow: &FlowCx, payload: Json) -> Result<()> {
    let Payload { id } = serde_json::from_value(payload).map_err(Error::internal)?;
    let done = work(flow, &id);
    if done.is_err() {
        flow.write(move |cx| note_failure(cx, &id))?;
    }
    done
}

fn work(flow: &FlowCx, id: &AuditLogExportId) -> Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < RUN_TIME_MAX {
        let Some(export) = flow.read(|cx| exports::get(cx, id))? else { return Ok(()) };
        if export.state != ExportState::Pending {
            return Ok(());
        }
        match export.last {
            None => begin(flow, export)?,
            Some((position, _)) => {
                if go_on(flow, export, position, begun)? {
                    return finish(flow, id);
                }
            }
        }
    }
    let payload = Payload { id: id.clone() };
    flow.write(move |cx| cx.enqueue(KIND, &payload))
}

/// Writes piece after piece, and reads each while the one before it is written; whether the last is
/// written. Ends before that when time is up, or when another run was here first.
fn go_on(flow: &FlowCx, mut export: Kept, position: i64, begun: Instant) -> Result<bool> {
    let mut piece = flow.read(|cx| next_piece(cx, &export, position))?;
    loop {
        let (last, ahead) = (piece.last, export.with(&piece));
        let reads_on = !last && begun.elapsed() < RUN_TIME_MAX;
        let (kept, next) = std::thread::scope(|scope| {
            let writing = scope.spawn(|| flow.write(move |cx| keep_piece(cx, &export, &piece)));
            let next =
                reads_on.then(|| flow.read(|cx| next_piece(cx, &ahead, position))).transpose();
            let kept = writing.join().map_err(|_| Error::internal("a write panicked"));
            (kept.flatten(), next)
        });
        match (kept?, next?) {
            (true, Some(it)) => (piece, export) = (it, ahead),
            (kept, _) => return Ok(kept && last),
        }
    }
}

/// Writes down up to where the chain is exported: all that was taken before now is in it.
fn begin(flow: &FlowCx, export: Kept) -> Result<()> {
    chain::seal(&flow.app)?;
    flow.write(move |cx| {
        let app = cx.app;
        let place = Place { environment: cx.environment, organization: &export.organization };
        let end = chain::end(cx.db(), place, app.sealer())?;
        let (position, hash) =
            end.map_or((0, chain::GENESIS.to_owned()), |(it, _)| (it.position, it.hash));
        let values = [cx.environment.into(), (&export.id).into(), position.into(), (&hash).into()];
        let sql = "UPDATE audit_log_exports SET last_position = $3, last_hash = $4
                   WHERE environment_id = $1 AND id = $2 AND last_position IS NULL";
        cx.db().execute(sql, &values).map(|_| ())
    })
}

/// The next piece of a file, and where it leads to.
struct Piece {
    content: Vec<u8>,
    events: i64,
    after: Option<(Time, String)>,
    last: bool,
}

impl Piece {
    fn bytes(&self) -> i64 {
        i64::try_from(self.content.len()).unwrap_or(i64::MAX)
    }
}

impl Kept {
    /// The export once this piece of it is written.
    fn with(&self, piece: &Piece) -> Self {
        let has_content = !piece.content.is_empty();
        Self {
            after: piece.after.clone(),
            chunks: self.chunks + i64::from(has_content),
            events: self.events + piece.events,
            bytes: self.bytes + piece.bytes(),
            ..self.clone()
        }
    }
}

fn next_piece(cx: &mut Cx<'_>, export: &Kept, last_position: i64) -> Result<Piece> {
    let mut piece =
        Piece { content: Vec::new(), events: 0, after: export.after.clone(), last: false };
    let mut lines = table::Lines::new();
    if export.chunks == 0 {
        lines.add(table::COLUMNS)?;
    }
    let mut looked_at = 0;
    while lines.bytes() < CHUNK_BYTES && looked_at < LOOKED_AT_MAX {
        let (organization, query) = (&export.organization, &export.query);
        let events = read_batch(cx, organization, query, piece.after.as_ref(), last_position)?;
        piece.last = events.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        looked_at += events.len();
        let mut reached = None;
        for event in &events {
            // Events may be large: the next piece begins with what is left of them.
            if lines.bytes() >= CHUNK_BYTES {
                piece.last = false;
                break;
            }
            reached = Some(event);
            if wanted(&export.query, event) {
                lines.add(table::cells(event)?.iter().map(AsRef::as_ref))?;
                piece.events += 1;
            }
        }
        if let Some(event) = reached {
            piece.after = Some((event.content.occurred_at, event.id.to_string()));
        }
        if piece.last {
            break;
        }
    }
    piece.content = lines.into_text()?;
    Ok(piece)
}

/// Whether an event fits the filters. The database does not look at them: it would look at all events
/// in one statement until it has found enough that fit.
pub(super) fn wanted(query: &ExportQuery, event: &AuditLogEvent) -> bool {
    let ExportQuery { range_start: _, range_end: _, actions, actor_names, actor_ids, targets } =
        query;
    let it = &event.content;
    let fits = |wanted: &[String], found: &[&str]| {
        wanted.is_empty() || wanted.iter().any(|it| found.contains(&it.as_str()))
    };
    let names: Vec<&str> = it.actor.name.as_deref().into_iter().collect();
    let types: Vec<&str> = it.targets.iter().map(|it| it.r#type.as_str()).collect();
    fits(actions, &[it.action.as_str()])
        && fits(actor_names, &names)
        && fits(actor_ids, &[it.actor.id.as_str()])
        && fits(targets, &types)
}

/// The next events of an export, in its order.
pub(super) fn read_batch(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    query: &ExportQuery,
    after: Option<&(Time, String)>,
    last_position: i64,
) -> Result<Vec<AuditLogEvent>> {
    let kept_after = prune::kept_after(cx, organization)?;
    let mut values: Vec<Value> = vec![
        cx.environment.into(),
        organization.into(),
        query.range_end.into(),
        last_position.into(),
        kept_after.into(),
    ];
    // One lower bound: of two, SQLite may begin at the looser one, piece after piece.
    let bound = match after {
        None => {
            values.push(query.range_start.into());
            "it.occurred_at >= $6"
        }
        Some((time, id)) => {
            values.extend([(*time).into(), id.into()]);
            "(it.occurred_at, it.id) > ($6, $7)"
        }
    };
    // The plus keeps the engines on the index by time, which has the order.
    let sql = format!(
        "SELECT {} FROM audit_log_events AS it
         WHERE it.environment_id = $1 AND it.organization_id = $2 AND it.occurred_at < $3
           AND +it.position <= $4 AND +it.position > $5 AND {bound}
         ORDER BY it.occurred_at, it.id LIMIT {BATCH}",
        store::COLUMNS
    );
    cx.db().query(&sql, &values)?.into_iter().map(store::read).collect()
}

/// Writes a piece and tells so, unless another run was here first.
fn keep_piece(cx: &mut Cx<'_>, export: &Kept, piece: &Piece) -> Result<bool> {
    let then = export.with(piece);
    let (time, id) = then.after.unzip();
    let values = [
        cx.environment.into(),
        (&export.id).into(),
        export.chunks.into(),
        time.into(),
        id.into(),
        then.chunks.into(),
        then.events.into(),
        then.bytes.into(),
        cx.later().into(),
    ];
    let sql = "UPDATE audit_log_exports
               SET after_time = $4, after_id = $5, chunks = $6, events = $7, bytes = $8,
                   updated_at = $9
               WHERE environment_id = $1 AND id = $2 AND state = 'pending' AND chunks = $3";
    if cx.db().execute(sql, &values)? == 0 {
        return Ok(false);
    }
    if !piece.content.is_empty() {
        let values = [
            cx.environment.into(),
            (&export.id).into(),
            export.chunks.into(),
            Value::from(piece.content.as_slice()),
        ];
        let sql = "INSERT INTO audit_log_export_chunks (environment_id, export_id, number, content)
                   VALUES ($1, $2, $3, $4)";
        cx.db().execute(sql, &values)?;
    }
    Ok(true)
}

/// Signs what the file holds, and lets it be downloaded.
fn finish(flow: &FlowCx, id: &AuditLogExportId) -> Result<()> {
    let Some(export) = flow.read(|cx| exports::get(cx, id))? else { return Ok(()) };
    if export.state != ExportState::Pending {
        return Ok(());
    }
    let mut digest = Context::new(&SHA256);
    for number in 0..export.chunks {
        digest.update(&exports::chunk(flow, id, number)?);
    }
    let (last_position, last_hash) =
        export.last.ok_or_else(|| Error::internal("an export ended before it began"))?;
    let manifest = Manifest {
        kind: "export".to_owned(),
        export_id: export.id,
        environment_id: flow.environment().clone(),
        organization_id: export.organization,
        query: export.query,
        events: export.events,
        bytes: export.bytes,
        sha256: HEXLOWER.encode(digest.finish().as_ref()),
        last_position,
        last_hash,
        created_at: flow.now(),
    };
    let token = SigningKey::of(&flow.app)?.sign(&manifest)?;
    let id = id.clone();
    flow.write(move |cx| {
        let values = [cx.environment.into(), (&id).into(), (&token).into(), cx.later().into()];
        let sql = "UPDATE audit_log_exports SET state = 'ready', manifest = $3, updated_at = $4
                   WHERE environment_id = $1 AND id = $2 AND state = 'pending'";
        cx.db().execute(sql, &values).map(|_| ())
    })
}

/// After the last try, the export is told to have failed.
fn note_failure(cx: &mut Cx<'_>, id: &AuditLogExportId) -> Result<()> {
    let values = [cx.environment.into(), id.into(), cx.now().into(), ATTEMPTS_MAX.into()];
    let sql = "UPDATE audit_log_exports
               SET failures = failures + 1, updated_at = $3,
                   state = CASE WHEN failures + 1 >= $4 THEN 'error' ELSE state END
               WHERE environment_id = $1 AND id = $2 AND state = 'pending'";
    cx.db().execute(sql, &values).map(|_| ())
}
