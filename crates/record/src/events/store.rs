//! How events are read. They are written by the kernel, with the change that they tell of.
use vestibule_kernel::db::{Json, Row, Tx, Value};
use vestibule_kernel::id::EnvironmentId;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Result};

use super::{Event, EventPolicy, Question, catalogue};
use crate::webhooks;

/// How far the order of commits may be from the order of time: longer than any write takes, and
/// any two clocks differ.
const DISORDER_MILLIS: i64 = 5 * 60 * 1000;
/// How many events are deleted in one transaction.
pub(super) const FORGOTTEN_MAX: i64 = 1000;

const COLUMNS: &str = "id, event, data, context, created_at, sequence";

fn read(mut row: Row) -> Result<Event> {
    Ok(Event {
        object: "event",
        id: row.take()?,
        event: row.take()?,
        data: row.take::<Json<_>>()?.0,
        context: row.take::<Option<String>>()?.and_then(|it| serde_json::from_str(&it).ok()),
        created_at: row.take()?,
    })
}

/// The event of this id.
pub(crate) fn get(tx: &mut dyn Tx, environment: &EnvironmentId, id: &str) -> Result<Option<Event>> {
    let sql = "SELECT id, event, data, context, created_at FROM events
               WHERE environment_id = $1 AND id = $2";
    tx.first(sql, &[environment.into(), id.into()])?.map(read).transpose()
}

/// The newest event of a name.
pub(crate) fn newest(cx: &mut Cx<'_>, name: &str) -> Result<Option<Event>> {
    let values = [cx.environment.into(), name.into()];
    let sql = "SELECT id, event, data, context, created_at FROM events
               WHERE environment_id = $1 AND event = $2 AND sequence IS NOT NULL
               ORDER BY sequence DESC LIMIT 1";
    cx.db().first(sql, &values)?.map(read).transpose()
}

/// What is told of an event where its payload does not matter.
pub(crate) struct Occurrence {
    pub(crate) id: String,
    pub(crate) event: String,
    pub(crate) sequence: i64,
    pub(crate) created_at: Time,
}

/// The events after a place in the order.
pub(crate) fn after(
    tx: &mut dyn Tx,
    environment: &EnvironmentId,
    sequence: i64,
    limit: i64,
) -> Result<Vec<Occurrence>> {
    let sql = "SELECT id, event, sequence, created_at FROM events
               WHERE environment_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";
    let rows = tx.query(sql, &[environment.into(), sequence.into(), limit.into()])?;
    let read = |mut row: Row| {
        let (id, event) = (row.take()?, row.take()?);
        Ok(Occurrence { id, event, sequence: row.take()?, created_at: row.take()? })
    };
    rows.into_iter().map(read).collect()
}

/// Events that are committed and have no place yet, at most `limit` of them.
pub(crate) fn unnumbered(cx: &mut Cx<'_>, limit: i64) -> Result<Vec<String>> {
    let values = [cx.environment.into(), limit.into()];
    let sql = "SELECT id FROM events WHERE environment_id = $1 AND sequence IS NULL
               ORDER BY id DESC LIMIT $2";
    cx.db().query(sql, &values)?.into_iter().map(|mut row| row.take()).collect()
}

/// The place of the newest event.
pub(crate) fn last_sequence(cx: &mut Cx<'_>) -> Result<i64> {
    let values = [cx.environment.into()];
    let sql = "SELECT MAX(sequence) FROM events WHERE environment_id = $1";
    let last = cx.db().first(sql, &values)?.map(|mut row| row.take::<Option<i64>>()).transpose()?;
    Ok(last.flatten().unwrap_or_default())
}

/// The events asked for, one more than the limit where there are more, from the cursor on; none
/// where the cursor is unknown.
pub(super) fn list(cx: &mut Cx<'_>, question: &Question) -> Result<Option<Vec<Event>>> {
    let (mut low, mut high) = (0, i64::MAX);
    if let Some(id) = &question.cursor {
        match place_of(cx, id)? {
            Some(place) if question.newer => low = place,
            Some(place) => high = place,
            None => return Ok(None),
        }
    }
    let kept = kept_since(cx)?;
    let start = question.start.map_or(kept, |it| it.max(kept));
    if question.start.is_some() {
        low = low.max(last_before(cx, start)?);
    }
    let mut scan = Scan::new(cx, low, high);
    scan.narrow("+created_at >= ?", start);
    if let Some(end) = question.end {
        scan.narrow("+created_at < ?", end);
    }
    if question.names.is_empty() {
        for prefix in catalogue::ONLY_BY_NAME {
            scan.narrow("event NOT LIKE ?", format!("{prefix}%"));
        }
    }
    if let Some(id) = &question.organization_id {
        scan.narrow("organization_id = ?", id.as_str());
    }
    let (sql, values) = scan.finish(question);
    let rows = cx.db().query(&sql, &values)?;
    rows.into_iter().map(read).collect::<Result<_>>().map(Some)
}

fn place_of(cx: &mut Cx<'_>, id: &str) -> Result<Option<i64>> {
    let values = [cx.environment.into(), id.into()];
    let sql = "SELECT sequence FROM events WHERE environment_id = $1 AND id = $2";
    let place =
        cx.db().first(sql, &values)?.map(|mut row| row.take::<Option<i64>>()).transpose()?;
    Ok(place.flatten())
}

/// A place before that of each event since `start`, so that the list need not be read from its
/// beginning.
pub(crate) fn last_before(cx: &mut Cx<'_>, start: Time) -> Result<i64> {
    let values = [cx.environment.into(), start.plus_millis(-DISORDER_MILLIS).into()];
    let sql = "SELECT sequence FROM events
               WHERE environment_id = $1 AND created_at < $2 AND sequence IS NOT NULL
               ORDER BY created_at DESC LIMIT 1";
    cx.db().first(sql, &values)?.map_or(Ok(0), |mut row| row.take())
}

/// A walk along the order between two places.
struct Scan {
    condition: String,
    values: Vec<Value>,
}

impl Scan {
    fn new(cx: &Cx<'_>, low: i64, high: i64) -> Self {
        let condition = "environment_id = $1 AND sequence > $2 AND sequence < $3".to_owned();
        Self { condition, values: vec![cx.environment.into(), low.into(), high.into()] }
    }
    /// Keeps the events for which `condition` holds. A `+` before a column keeps the engines from
    /// walking along its index instead of the order.
    fn narrow(&mut self, condition: &str, value: impl Into<Value>) {
        let place = self.place(value);
        self.condition.push_str(" AND ");
        self.condition.push_str(&condition.replace('?', &place));
    }
    fn place(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }
    /// One walk for each name, along the index by name, so that rare events are found at once; the
    /// walks are then merged.
    fn finish(mut self, question: &Question) -> (String, Vec<Value>) {
        let direction = if question.newer { "ASC" } else { "DESC" };
        let limit = self.place(i64::from(question.limit) + 1);
        let order = format!("ORDER BY sequence {direction} LIMIT {limit}");
        let walks: Vec<String> = if question.names.is_empty() {
            vec![self.walk(&order, "")]
        } else {
            let names = question.names.iter().map(|it| self.place(it.as_str()));
            let names: Vec<String> = names.collect();
            names.iter().map(|it| self.walk(&order, &format!(" AND event = {it}"))).collect()
        };
        let sql = match walks.as_slice() {
            [only] => only.clone(),
            several => {
                let parts = several.iter().enumerate();
                let parts = parts.map(|(n, it)| format!("SELECT {COLUMNS} FROM ({it}) AS walk{n}"));
                format!("{} {order}", parts.collect::<Vec<_>>().join(" UNION ALL "))
            }
        };
        (sql, self.values)
    }
    fn walk(&self, order: &str, name: &str) -> String {
        let condition = &self.condition;
        format!("SELECT {COLUMNS} FROM events WHERE {condition}{name} {order}")
    }
}

/// The time since which events are kept.
fn kept_since(cx: &mut Cx<'_>) -> Result<Time> {
    let EventPolicy { kept_days } = cx.setting()?;
    Ok(cx.now().plus_days(-i64::from(kept_days)))
}

/// Deletes some of the events that are older than they are kept. The newest stays whatever its
/// age: the sequence goes on from it, and must never go back. So do those that are still to be
/// delivered to a webhook endpoint.
pub(super) fn forget_batch(cx: &mut Cx<'_>) -> Result<u64> {
    let undelivered = webhooks::first_undelivered(cx)?.unwrap_or(i64::MAX);
    let before = last_sequence(cx)?.min(undelivered);
    let kept = kept_since(cx)?;
    let values = [cx.environment.into(), kept.into(), before.into(), FORGOTTEN_MAX.into()];
    let sql = "DELETE FROM events WHERE id IN
                 (SELECT id FROM events
                  WHERE environment_id = $1 AND created_at < $2 AND sequence < $3
                    AND NOT EXISTS
                      (SELECT 1 FROM webhook_deliveries AS delivery
                       WHERE delivery.environment_id = $1 AND delivery.event_id = events.id
                         AND delivery.next_attempt_at IS NOT NULL)
                  ORDER BY created_at LIMIT $4)";
    cx.db().execute(sql, &values)
}
