//! The table of streams.
use std::sync::Arc;

use vestibule_kernel::db::{Json, Row, Tx};
use vestibule_kernel::id::{AuditLogEventId, AuditLogStreamId, EnvironmentId, OrganizationId};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{App, Cx, Result};

use super::destination::Destination;
use super::schedule::{LEASE_SECONDS, Next};
use super::{AuditLogStream, Batching, Stream, StreamState};

/// What the credentials of a stream are sealed for.
const PURPOSE: &str = "audit_log_streams.credentials";
/// The end of the chain stands beside each stream, because what waits is counted up to there.
const SELECT: &str = "SELECT stream.id, stream.organization_id, stream.name, stream.type,
                        stream.destination, stream.credentials, stream.actions, stream.batching,
                        stream.state, stream.position, stream.batch_end,
                        stream.last_synced_event_id, stream.last_synced_at, stream.failures,
                        stream.failing_since, stream.error, stream.revision,
                        stream.next_attempt_at, stream.created_at, stream.updated_at,
                        COALESCE(chain.position, 0)
                      FROM audit_log_streams AS stream LEFT JOIN audit_log_chains AS chain
                        ON chain.environment_id = stream.environment_id
                          AND chain.organization_id = stream.organization_id";

fn read(app: &App, mut row: Row) -> Result<Stream> {
    let (id, organization_id, name) = (row.take()?, row.take()?, row.take()?);
    let kind: String = row.take()?;
    let destination = row.take::<Json<_>>()?.0;
    let credentials = app.sealer().open_text(PURPOSE, &row.take::<Vec<u8>>()?)?;
    let to = Destination::join(&kind, destination, &credentials)?;
    let (actions, batching) = (row.take::<Json<_>>()?.0, row.take::<Json<_>>()?.0);
    let state = StreamState::parse(&row.take::<String>()?)?;
    let (position, batch_end): (i64, _) = (row.take()?, row.take()?);
    let (last_synced_event_id, last_synced_at) = (row.take()?, row.take()?);
    let failures: i64 = row.take()?;
    let (failing_since, error) = (row.take()?, row.take()?);
    let (revision, next_attempt_at): (i64, Time) = (row.take()?, row.take()?);
    let (created_at, updated_at) = (row.take()?, row.take()?);
    let length: i64 = row.take()?;
    let waits = failures > 0 && state != StreamState::Inactive;
    let shown = AuditLogStream {
        object: "audit_log_stream",
        id,
        organization_id,
        name,
        r#type: to.kind(),
        state,
        error,
        failing_since,
        next_attempt_at: waits.then_some(next_attempt_at),
        actions,
        destination: to.shown()?,
        credential_hints: to.hints(),
        batching,
        events_waiting: (length - position).max(0),
        last_synced_event_id,
        last_synced_at,
        created_at,
        updated_at,
    };
    Ok(Stream { shown, to, position, batch_end, failures, revision, next_attempt_at })
}

pub(super) fn get(cx: &mut Cx<'_>, id: &AuditLogStreamId) -> Result<Option<Stream>> {
    let values = [cx.environment.into(), id.into()];
    let sql = format!("{SELECT} WHERE stream.environment_id = $1 AND stream.id = $2");
    let row = cx.db().first(&sql, &values)?;
    row.map(|it| read(cx.app, it)).transpose()
}

pub(super) fn list(
    cx: &mut Cx<'_>,
    organization: Option<&OrganizationId>,
    paging: &Paging,
) -> Result<Page<AuditLogStream>> {
    let app = cx.app;
    Listing::of(cx, "stream", SELECT).filter_some("stream.organization_id = ?", organization).page(
        cx,
        paging,
        |row| Ok(read(app, row)?.shown),
    )
}

/// The streams of an organization, oldest first.
pub(super) fn of_organization(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
) -> Result<Vec<AuditLogStream>> {
    let values = [cx.environment.into(), organization.into()];
    let sql = format!(
        "{SELECT} WHERE stream.environment_id = $1 AND stream.organization_id = $2
         ORDER BY stream.created_at, stream.id"
    );
    let rows = cx.db().query(&sql, &values)?;
    rows.into_iter().map(|it| Ok(read(cx.app, it)?.shown)).collect()
}

pub(super) fn count(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<i64> {
    let values = [cx.environment.into(), organization.into()];
    let sql = "SELECT COUNT(*) FROM audit_log_streams
               WHERE environment_id = $1 AND organization_id = $2";
    cx.db().first(sql, &values)?.map_or(Ok(0), |mut row| row.take())
}

/// A stream to be made.
pub(super) struct NewStream {
    pub(super) id: AuditLogStreamId,
    pub(super) organization: OrganizationId,
    pub(super) name: Option<String>,
    pub(super) to: Destination,
    pub(super) actions: Vec<String>,
    pub(super) batching: Batching,
    /// The place in the chain after which it begins.
    pub(super) position: i64,
}

pub(super) fn insert(cx: &mut Cx<'_>, new: &NewStream) -> Result<()> {
    let NewStream { id, organization, name, to, actions, batching, position } = new;
    let values = [
        id.into(),
        cx.environment.into(),
        organization.into(),
        name.as_ref().into(),
        to.kind().as_str().into(),
        Json(&to.shown()?).into(),
        cx.seal(PURPOSE, to.hidden().reveal())?.into(),
        Json(actions).into(),
        Json(batching).into(),
        StreamState::Active.as_str().into(),
        (*position).into(),
        cx.machine_now().into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO audit_log_streams
                 (id, environment_id, organization_id, name, type, destination, credentials,
                  actions, batching, state, position, failures, revision, next_attempt_at,
                  created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, $12, $13, $13)";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Writes what a stream sends, and where. Whoever has it in hand has it no longer; it is tried at once,
/// and what went wrong before counts no longer.
pub(super) fn change(cx: &mut Cx<'_>, stream: &Stream) -> Result<()> {
    let Stream { shown, to, .. } = stream;
    let values = [
        cx.environment.into(),
        (&shown.id).into(),
        shown.name.as_ref().into(),
        to.kind().as_str().into(),
        Json(&to.shown()?).into(),
        cx.seal(PURPOSE, to.hidden().reveal())?.into(),
        Json(&shown.actions).into(),
        Json(&shown.batching).into(),
        shown.state.as_str().into(),
        cx.machine_now().into(),
        cx.now().into(),
    ];
    let sql = "UPDATE audit_log_streams
               SET name = $3, type = $4, destination = $5, credentials = $6, actions = $7,
                   batching = $8, state = $9, batch_end = NULL, revision = revision + 1,
                   next_attempt_at = $10, updated_at = $11, failures = 0, failing_since = NULL,
                   error = NULL
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn rename(cx: &mut Cx<'_>, stream: &Stream) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&stream.shown.id).into(),
        stream.shown.name.as_ref().into(),
        cx.now().into(),
    ];
    let sql = "UPDATE audit_log_streams SET name = $3, updated_at = $4
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn delete(cx: &mut Cx<'_>, id: &AuditLogStreamId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM audit_log_streams WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Has what a sandbox's moved clock makes due tried now. Streams live by the machine's clock, as
/// their receivers do; what is under way keeps its time.
pub fn clock_moved(cx: &mut Cx<'_>, by_millis: i64) -> Result<()> {
    let leased = cx.machine_now().plus_seconds(LEASE_SECONDS);
    let values = [cx.environment.into(), by_millis.into(), leased.into()];
    let sql = "UPDATE audit_log_streams SET next_attempt_at = next_attempt_at - $2
               WHERE environment_id = $1 AND next_attempt_at > $3";
    cx.db().execute(sql, &values).map(|_| ())
}

/// A stream that may have something to send.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Due {
    pub(super) environment: EnvironmentId,
    pub(super) id: AuditLogStreamId,
    /// Whether its last attempt failed.
    pub(super) failing: bool,
}

/// The streams that may be looked at now and whose chain goes on, those first that wait longest.
pub(super) fn due(tx: &mut dyn Tx, now: Time) -> Result<Vec<Due>> {
    let sql = "SELECT stream.environment_id, stream.id, stream.failures
               FROM audit_log_streams AS stream JOIN audit_log_chains AS chain
                 ON chain.environment_id = stream.environment_id
                   AND chain.organization_id = stream.organization_id
                   AND chain.position > stream.position
               WHERE stream.state <> 'inactive' AND stream.next_attempt_at <= $1
               ORDER BY stream.next_attempt_at, stream.id";
    let rows = tx.query(sql, &[now.into()])?;
    let read = |mut row: Row| {
        Ok(Due { environment: row.take()?, id: row.take()?, failing: row.take::<i64>()? > 0 })
    };
    rows.into_iter().map(read).collect()
}

/// What is held of a stream while a batch of it is on its way.
#[derive(Clone, Debug)]
pub(super) struct Hold {
    pub(super) environment: EnvironmentId,
    pub(super) id: AuditLogStreamId,
    /// The revision that only we know as ours.
    pub(super) revision: i64,
}

/// Takes a stream in hand to send what lies up to `batch_end`. None where somebody else was first, or
/// it was changed meanwhile. Blocks the thread.
pub(super) fn take(
    app: &Arc<App>,
    environment: &EnvironmentId,
    stream: &Stream,
    batch_end: i64,
) -> Result<Option<Hold>> {
    let now = app.now();
    let hold = Hold {
        environment: environment.clone(),
        id: stream.shown.id.clone(),
        revision: stream.revision + 1,
    };
    let (environment, id, seen) = (hold.environment.clone(), hold.id.clone(), stream.revision);
    let until = now.plus_seconds(LEASE_SECONDS);
    let taken = app.db().write_locking(move |tx| {
        let values = [
            (&environment).into(),
            (&id).into(),
            seen.into(),
            now.into(),
            until.into(),
            batch_end.into(),
        ];
        let sql = "UPDATE audit_log_streams
                   SET revision = revision + 1, next_attempt_at = $5, batch_end = $6
                   WHERE environment_id = $1 AND id = $2 AND revision = $3
                     AND state <> 'inactive' AND next_attempt_at <= $4";
        tx.execute(sql, &values)
    })?;
    Ok((taken > 0).then_some(hold))
}

/// Goes on to a place in the chain because nothing up to there is wanted. Blocks the thread.
pub(super) fn pass(
    app: &Arc<App>,
    environment: &EnvironmentId,
    stream: &Stream,
    to: i64,
) -> Result<()> {
    let (environment, id, seen) = (environment.clone(), stream.shown.id.clone(), stream.revision);
    app.db().write_locking(move |tx| {
        let values = [(&environment).into(), (&id).into(), seen.into(), to.into()];
        let sql = "UPDATE audit_log_streams
                   SET revision = revision + 1, position = $4, batch_end = NULL
                   WHERE environment_id = $1 AND id = $2 AND revision = $3";
        tx.execute(sql, &values).map(|_| ())
    })
}

/// Goes on behind an event that the receiver does not take; tells whether nobody else had the stream.
pub(super) fn skip(cx: &mut Cx<'_>, stream: &Stream, to: i64) -> Result<bool> {
    let values = [
        cx.environment.into(),
        (&stream.shown.id).into(),
        stream.revision.into(),
        to.into(),
        cx.machine_now().into(),
    ];
    let sql = "UPDATE audit_log_streams
               SET revision = revision + 1, state = 'active', position = $4, batch_end = NULL,
                   failures = 0, failing_since = NULL, error = NULL, next_attempt_at = $5
               WHERE environment_id = $1 AND id = $2 AND revision = $3";
    Ok(cx.db().execute(sql, &values)? > 0)
}

/// Writes down that the receiver took all up to `batch_end`; tells whether we still had the stream.
pub(super) fn advance(
    tx: &mut dyn Tx,
    hold: &Hold,
    batch_end: i64,
    last: &AuditLogEventId,
    now: Time,
) -> Result<bool> {
    let values = [
        (&hold.environment).into(),
        (&hold.id).into(),
        hold.revision.into(),
        batch_end.into(),
        last.into(),
        now.into(),
    ];
    let sql = "UPDATE audit_log_streams
               SET revision = revision + 1, state = 'active', position = $4, batch_end = NULL,
                   last_synced_event_id = $5, last_synced_at = $6, failures = 0,
                   failing_since = NULL, error = NULL, next_attempt_at = $6
               WHERE environment_id = $1 AND id = $2 AND revision = $3";
    Ok(tx.execute(sql, &values)? > 0)
}

/// Writes down that the receiver did not take a batch; tells whether we still had the stream.
pub(super) fn fall_back(
    tx: &mut dyn Tx,
    hold: &Hold,
    next: &Next,
    why: &str,
    now: Time,
) -> Result<bool> {
    let Next { state, at, batch_end } = next;
    let values = [
        (&hold.environment).into(),
        (&hold.id).into(),
        hold.revision.into(),
        state.as_str().into(),
        (*at).into(),
        (*batch_end).into(),
        why.into(),
        now.into(),
    ];
    let sql = "UPDATE audit_log_streams
               SET revision = revision + 1, state = $4, next_attempt_at = $5, batch_end = $6,
                   error = $7, failures = failures + 1,
                   failing_since = COALESCE(failing_since, $8)
               WHERE environment_id = $1 AND id = $2 AND revision = $3";
    Ok(tx.execute(sql, &values)? > 0)
}

/// Has a stream that failed go on at once, because its receiver answers well now.
pub(super) fn recover(cx: &mut Cx<'_>, id: &AuditLogStreamId) -> Result<()> {
    let values = [cx.environment.into(), id.into(), cx.machine_now().into()];
    let sql = "UPDATE audit_log_streams
               SET state = 'active', failures = 0, failing_since = NULL, error = NULL,
                   next_attempt_at = $3, revision = revision + 1
               WHERE environment_id = $1 AND id = $2 AND state IN ('error', 'invalid')";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Reads a stream in an open transaction of its environment, with what it takes to be sure that it
/// is still due.
pub(super) fn get_due(cx: &mut Cx<'_>, id: &AuditLogStreamId) -> Result<Option<Stream>> {
    let now = cx.app.now();
    let found = get(cx, id)?;
    Ok(found.filter(|it| {
        it.shown.state != StreamState::Inactive
            && it.next_attempt_at <= now
            && it.shown.events_waiting > 0
    }))
}
