//! The SQL of the events of audit logs, and of what they are found by.
use vestibule_kernel::db::{Json, Row, Value};
use vestibule_kernel::id::{AuditLogEventId, OrganizationId};
use vestibule_kernel::list::{Cursors, Order, Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Result};

use super::chain::{self, Link, Place};
use super::content::EventContent;
use super::events::AuditLogEvent;

/// How many events are read at once while texts are looked through. One has a megabyte at the most.
const BATCH: i64 = 100;
/// How many events a page with a text looks through at the most.
const LOOKED_THROUGH_MAX: usize = 20_000;
/// How many characters of their JSON, too.
const CHARACTERS_MAX: i64 = 64 * 1024 * 1024;

pub(super) const COLUMNS: &str =
    "it.id, it.organization_id, it.content, it.created_at, it.position, it.hash";

pub(super) fn read(mut row: Row) -> Result<AuditLogEvent> {
    Ok(AuditLogEvent {
        object: "audit_log_event",
        id: row.take()?,
        organization_id: row.take()?,
        content: row.take::<Json<EventContent>>()?.0,
        created_at: row.take()?,
        position: row.take()?,
        hash: row.take()?,
    })
}

/// Takes note of a digest; tells whether it was not there within the last `seconds`.
pub(super) fn take_key(cx: &mut Cx<'_>, digest: &str, since: Time) -> Result<bool> {
    let values = [cx.environment.into(), digest.into(), cx.now().into(), since.into()];
    let sql = "INSERT INTO audit_log_keys (environment_id, digest, created_at)
               VALUES ($1, $2, $3)
               ON CONFLICT (environment_id, digest) DO UPDATE SET created_at = excluded.created_at
               WHERE audit_log_keys.created_at <= $4";
    Ok(cx.db().execute(sql, &values)? > 0)
}

/// Whether this digest was taken note of since then.
pub(super) fn has_key(cx: &mut Cx<'_>, digest: &str, since: Time) -> Result<bool> {
    let values = [cx.environment.into(), digest.into(), since.into()];
    let sql = "SELECT 1 FROM audit_log_keys
               WHERE environment_id = $1 AND digest = $2 AND created_at > $3";
    Ok(cx.db().first(sql, &values)?.is_some())
}

/// Writes an event: into the chain at once where there is one writer, else with what the sealer
/// knows it by.
pub(super) fn insert(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    event: &EventContent,
) -> Result<()> {
    let id = AuditLogEventId::new(cx);
    let content = serde_json::to_string(event).map_err(vestibule_kernel::Error::internal)?;
    let (app, environment, created_at) = (cx.app, cx.environment, cx.now());
    let place = Place { environment, organization };
    let link = Link { id: &id, content: &content, created_at };
    let (sealed, tag) = if app.db().one_writer() {
        (Some(chain::append(cx.db(), place, app.sealer(), &link)?), None)
    } else {
        (None, Some(place.event_tag(app.sealer(), &link)))
    };
    let (position, hash) = sealed.unzip();
    let values = [
        (&id).into(),
        environment.into(),
        organization.into(),
        (&content).into(),
        event.occurred_at.into(),
        (&event.action).into(),
        (&event.actor.id).into(),
        event.actor.name.as_ref().into(),
        created_at.into(),
        position.into(),
        hash.into(),
        tag.into(),
    ];
    let sql = "INSERT INTO audit_log_events
                 (id, environment_id, organization_id, content, occurred_at, action, actor_id,
                  actor_name, created_at, position, hash, tag)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    cx.db().execute(sql, &values)?;
    for target in targets(event) {
        let values = [
            environment.into(),
            organization.into(),
            target.into(),
            event.occurred_at.into(),
            (&id).into(),
        ];
        let sql = "INSERT INTO audit_log_targets
                     (environment_id, organization_id, target_id, occurred_at, event_id)
                   VALUES ($1, $2, $3, $4, $5)";
        cx.db().execute(sql, &values)?;
    }
    Ok(())
}

/// The ids of an event's targets, each once.
pub(super) fn targets(event: &EventContent) -> Vec<&str> {
    let mut targets: Vec<&str> = event.targets.iter().map(|it| it.id.as_str()).collect();
    targets.sort_unstable();
    targets.dedup();
    targets
}

pub(super) fn get(cx: &mut Cx<'_>, id: &AuditLogEventId) -> Result<Option<AuditLogEvent>> {
    let values = [cx.environment.into(), id.into()];
    let sql = format!(
        "SELECT {COLUMNS} FROM audit_log_events AS it WHERE it.environment_id = $1 AND it.id = $2"
    );
    cx.db().first(&sql, &values)?.map(read).transpose()
}

/// Which events of an organization a list holds.
#[derive(Debug)]
pub(super) struct Filter {
    pub organization: OrganizationId,
    pub actions: Vec<String>,
    pub actor: Option<String>,
    pub target: Option<String>,
    pub start: Option<Time>,
    pub end: Option<Time>,
    /// In lower case.
    pub text: Option<String>,
}

/// A place in a list: the time of an event and its id.
type Edge = (Time, String);

/// What a walk found.
struct Found {
    events: Vec<AuditLogEvent>,
    /// The last event that was looked at, where there may be more behind it.
    further: Option<String>,
}

/// A page of a list by the time of the events.
pub(super) fn page(
    cx: &mut Cx<'_>,
    filter: &Filter,
    paging: &Paging,
) -> Result<Page<AuditLogEvent>> {
    let cursor = paging.cursor()?;
    let backwards = cursor.is_some_and(|it| it.1);
    let ascending = (paging.order == Some(Order::Asc)) != backwards;
    let from = match cursor {
        None => None,
        Some((id, _)) => match edge(cx, id)? {
            // An unknown cursor stands at the end of the list: the page is empty.
            None => return Ok(Page::whole(Vec::new())),
            found => found,
        },
    };
    let Found { mut events, further } = walk(cx, filter, from, ascending, paging.limit())?;
    let id = |it: Option<&AuditLogEvent>| it.map(|it| it.id.to_string());
    let (mut before, mut after) = if backwards {
        events.reverse();
        (further, id(events.last()).or(cursor.map(|it| it.0.to_owned())))
    } else {
        (cursor.and_then(|it| id(events.first()).or(Some(it.0.to_owned()))), further)
    };
    if paging.order == Some(Order::Normal) {
        std::mem::swap(&mut before, &mut after);
    }
    Ok(Page { object: "list", data: events, list_metadata: Cursors { before, after } })
}

fn edge(cx: &mut Cx<'_>, id: &str) -> Result<Option<Edge>> {
    let values = [cx.environment.into(), id.into()];
    let sql = "SELECT occurred_at, id FROM audit_log_events WHERE environment_id = $1 AND id = $2";
    let found = cx.db().first(sql, &values)?;
    found.map(|mut row| Ok((row.take()?, row.take()?))).transpose()
}

fn walk(
    cx: &mut Cx<'_>,
    filter: &Filter,
    mut from: Option<Edge>,
    ascending: bool,
    limit: u32,
) -> Result<Found> {
    let limit = limit as usize;
    let mut events: Vec<AuditLogEvent> = Vec::new();
    let (mut looked_through, mut characters) = (0, 0);
    loop {
        let batch = match &filter.text {
            Some(_) => BATCH,
            None => i64::try_from(limit).unwrap_or(BATCH) + 1,
        };
        let rows = read_batch(cx, filter, from.as_ref(), ascending, batch)?;
        let last_batch = rows.len() < usize::try_from(batch).unwrap_or(usize::MAX);
        for (event, length) in rows {
            let wanted = filter.text.as_ref().is_none_or(|it| event.content.mentions(it));
            // An event is found by what it says, and not by what somebody wrote beside it.
            let says = |it: &String| targets(&event.content).contains(&it.as_str());
            let wanted = wanted && filter.target.as_ref().is_none_or(says);
            if wanted && events.len() == limit {
                let further = events.last().map(|it| it.id.to_string());
                return Ok(Found { events, further });
            }
            looked_through += 1;
            characters += length;
            from = Some((event.content.occurred_at, event.id.to_string()));
            if wanted {
                events.push(event);
            }
        }
        if last_batch {
            return Ok(Found { events, further: None });
        }
        if looked_through >= LOOKED_THROUGH_MAX || characters >= CHARACTERS_MAX {
            return Ok(Found { events, further: from.map(|it| it.1) });
        }
    }
}

fn read_batch(
    cx: &mut Cx<'_>,
    filter: &Filter,
    from: Option<&Edge>,
    ascending: bool,
    batch: i64,
) -> Result<Vec<(AuditLogEvent, i64)>> {
    let Filter { organization, actions, actor, target, start, end, text: _ } = filter;
    // One bound at each side: of two, SQLite may begin at the looser one, page after page.
    let from = from.filter(|(time, _)| {
        if ascending { start.is_none_or(|it| *time >= it) } else { end.is_none_or(|it| *time < it) }
    });
    let start = start.filter(|_| !ascending || from.is_none());
    let end = end.filter(|_| ascending || from.is_none());
    let mut values: Vec<Value> = vec![cx.environment.into(), organization.into()];
    let mut place = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    // The events of a target are walked along an index of their own.
    let (walked, event, tables) = match target {
        None => ("it", "it.id", "audit_log_events AS it".to_owned()),
        Some(_) => (
            "of_target",
            "of_target.event_id",
            "audit_log_targets AS of_target JOIN audit_log_events AS it
             ON it.environment_id = of_target.environment_id AND it.id = of_target.event_id"
                .to_owned(),
        ),
    };
    let mut conditions =
        vec![format!("{walked}.environment_id = $1 AND {walked}.organization_id = $2")];
    if let Some(it) = target {
        conditions.push(format!("of_target.target_id = {}", place(it.into())));
    }
    if !actions.is_empty() {
        // The index by action has the order of one action alone: for several, or along another
        // index, the engines are kept from it, or they would sort all that it finds.
        let alone = actions.len() == 1 && target.is_none();
        let column = if alone { "it.action" } else { "(it.action || '')" };
        let places: Vec<String> = actions.iter().map(|it| place(it.into())).collect();
        conditions.push(format!("{column} IN ({})", places.join(", ")));
    }
    if let Some(it) = actor {
        conditions.push(format!("it.actor_id = {}", place(it.into())));
    }
    if let Some(it) = start {
        conditions.push(format!("{walked}.occurred_at >= {}", place(it.into())));
    }
    if let Some(it) = end {
        conditions.push(format!("{walked}.occurred_at < {}", place(it.into())));
    }
    let (sign, direction) = if ascending { (">", "ASC") } else { ("<", "DESC") };
    if let Some((time, id)) = from {
        let (time, id) = (place((*time).into()), place(id.into()));
        conditions.push(format!("({walked}.occurred_at, {event}) {sign} ({time}, {id})"));
    }
    let limit = place(batch.into());
    let sql = format!(
        "SELECT LENGTH(it.content), {COLUMNS} FROM {tables} WHERE {}
         ORDER BY {walked}.occurred_at {direction}, {event} {direction} LIMIT {limit}",
        conditions.join(" AND ")
    );
    let rows = cx.db().query(&sql, &values)?;
    let weighed = |mut row: Row| {
        let length = row.take()?;
        Ok((read(row)?, length))
    };
    rows.into_iter().map(weighed).collect()
}

/// The events of an organization after a place in its chain, in the order of the chain: `most` of
/// them.
pub(super) fn after(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    position: i64,
    most: i64,
) -> Result<Vec<AuditLogEvent>> {
    let values = [cx.environment.into(), organization.into(), position.into(), most.into()];
    let sql = format!(
        "SELECT {COLUMNS} FROM audit_log_events AS it
         WHERE it.environment_id = $1 AND it.organization_id = $2 AND it.position > $3
         ORDER BY it.position LIMIT $4"
    );
    cx.db().query(&sql, &values)?.into_iter().map(read).collect()
}

/// How much the events after a place in the chain weigh, in characters.
pub(super) fn weight_after(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    position: i64,
) -> Result<i64> {
    let values = [cx.environment.into(), organization.into(), position.into()];
    let sql = "SELECT COALESCE(SUM(LENGTH(content)), 0) FROM audit_log_events
               WHERE environment_id = $1 AND organization_id = $2 AND position > $3";
    cx.db().first(sql, &values)?.map_or(Ok(0), |mut row| row.take())
}

/// Deletes some digests that need not be known any longer.
pub(super) fn forget_keys(cx: &mut Cx<'_>, most: i64) -> Result<u64> {
    let before = cx.now().plus_seconds(-super::events::KNOWN_SECONDS);
    let values = [cx.environment.into(), before.into(), most.into()];
    let sql = "DELETE FROM audit_log_keys WHERE environment_id = $1 AND digest IN
                 (SELECT digest FROM audit_log_keys
                  WHERE environment_id = $1 AND created_at <= $2 ORDER BY created_at LIMIT $3)";
    cx.db().execute(sql, &values)
}

/// The organizations that have a chain, or events.
pub(super) fn organizations(cx: &mut Cx<'_>) -> Result<Vec<OrganizationId>> {
    let sql = "SELECT organization_id FROM audit_log_chains WHERE environment_id = $1
               UNION SELECT organization_id FROM audit_log_events WHERE environment_id = $1
               ORDER BY organization_id";
    let values = [cx.environment.into()];
    let rows = cx.db().query(sql, &values)?;
    rows.into_iter().map(|mut row| row.take()).collect()
}
