//! The events list: what happened, in the order of commits, for clients that keep a copy of it.
//!
//! A reader that goes on from the last event it saw misses none, whatever was written meanwhile:
//! the order is that of the sequence, which is given to committed events alone. Events are kept
//! for 90 days unless the policy says otherwise, and a time range spans 30.
pub mod catalogue;
mod one;
mod policy;
mod store;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vestibule_kernel::error::FieldError;
use vestibule_kernel::id::EventId;
use vestibule_kernel::list::{LIMIT_DEFAULT, Order};
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Cx, Error, Fine, Flow, FlowCx, Kind, Method::Get, Op, Result, Route, flow, op,
};

use crate::relay;
pub use policy::EventPolicy;
pub(crate) use store::{Occurrence, after, get, last_before, last_sequence, newest, unnumbered};

/// The operations of this domain.
pub const OPERATIONS: &[Op] = &[
    flow::<ListEvents>(),
    op::<one::GetEvent>(),
    op::<policy::GetEventPolicy>(),
    op::<policy::UpdateEventPolicy>(),
];

/// How much time one range spans at the most.
pub const RANGE_DAYS_MAX: i64 = 30;

/// Something that happened
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "EventSchema")]
pub struct Event {
    /// Always `event`
    #[schemars(extend("const" = "event"))]
    pub object: &'static str,
    /// The id of the event, the same here and in webhooks
    pub id: EventId,
    /// What happened, such as `organization.created`
    #[schemars(schema_with = "catalogue::any")]
    pub event: String,
    /// The object that it happened to, as it was then
    pub data: Map<String, Value>,
    /// When it happened
    pub created_at: Time,
    /// Who did it and what was there before, where that is known
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "context")]
    pub context: Option<Map<String, Value>>,
}

/// The form of a context, which is handed on as it was written.
fn context(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "client_id": { "type": "string", "description": "The client it was done through" },
            "actor": {
                "type": "object",
                "description": "Who did it",
                "required": ["id", "source", "name"],
                "properties": {
                    "id": {
                        "type": "string",
                        "description": "The key, the user or the part of the program",
                    },
                    "source": {
                        "type": "string",
                        "enum": ["api", "dashboard", "admin_portal", "system"],
                        "description": "Where they did it",
                    },
                    "name": { "type": ["string", "null"], "description": "A name for people" },
                },
            },
            "previous_attributes": {
                "type": "object",
                "additionalProperties": true,
                "description": "What was there before, of that which changed",
            },
        },
    })
}

/// One page of events
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EventList")]
pub struct EventList {
    /// Always `list`
    #[schemars(extend("const" = "list"))]
    object: &'static str,
    /// The events
    data: Vec<Event>,
    /// Where the list goes on
    list_metadata: Cursor,
}

/// The cursor of a list that is read in one direction
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
struct Cursor {
    /// Give it as `after` for the next page; null where there are no further events yet
    after: Option<String>,
}

/// List events, oldest first
///
/// To keep a copy up to date, pass the id of the last event that you dealt with as `after`, again
/// and again. Without a cursor and a time range the list begins 30 days ago. Events are kept for
/// 90 days.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListEvents {
    /// Only events before the event of this id, in the order of the list
    before: Option<String>,
    /// Only events after the event of this id, in the order of the list; not together with
    /// `range_start`
    after: Option<String>,
    /// How many events a page has at the most
    #[schemars(range(min = 1, max = 100), default = "limit_default")]
    limit: Option<u32>,
    /// The order: `asc` unless told otherwise; `desc` is newest first, and `normal` the same with
    /// the directions of the cursors swapped
    order: Option<Order>,
    /// Only events of these names
    #[schemars(length(max = 200))]
    events: Option<Vec<String>>,
    /// Only events from this ISO 8601 time on
    range_start: Option<String>,
    /// Only events before this ISO 8601 time, at most 30 days after `range_start`
    range_end: Option<String>,
    /// Only events about this organization
    organization_id: Option<String>,
}

fn limit_default() -> u32 {
    LIMIT_DEFAULT
}

impl Flow for ListEvents {
    const ID: &'static str = "events.list";
    const ROUTE: Route = Route(Get, "/events");
    const STATUSES: &'static [u16] = &[400];
    type Reply = Fine<EventList>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let question = self.question(flow.now())?;
        // Whoever wrote before this call finds what they wrote.
        relay::sequence(&flow.app)?;
        flow.read(|cx| answer(cx, &question)).map(Fine)
    }
}

/// What is asked for, once it was found to make sense.
struct Question {
    names: Vec<String>,
    organization_id: Option<String>,
    start: Option<Time>,
    end: Option<Time>,
    cursor: Option<String>,
    /// Whether the newer of two events comes first in the answer.
    newest_first: bool,
    /// Whether the page is made of the events that are newer than the cursor.
    newer: bool,
    /// Whether the page follows the cursor in the order of the list.
    follows: bool,
    /// Whether `after` leads to newer events.
    after_is_newer: bool,
    limit: u32,
}

impl ListEvents {
    fn question(self, now: Time) -> Result<Question> {
        let Self { before, after, limit, order, events, range_start, range_end, organization_id } =
            self;
        if after.is_some() && before.is_some() {
            let why = "Give either before or after, not both.";
            return Err(Error::invalid_field("before", "invalid", why));
        }
        if after.is_some() && range_start.is_some() {
            return Err(refused("Give either after or range_start, not both."));
        }
        let names = known(events.unwrap_or_default())?;
        let start = instant("range_start", range_start)?;
        let end = instant("range_end", range_end)?;
        let is_open = after.is_some() || before.is_some();
        let (start, end) = window(start, end, is_open, now)?;
        let order = order.unwrap_or(Order::Asc);
        let after_is_newer = order != Order::Desc;
        let newest_first = order != Order::Asc;
        let newer = match (&after, &before) {
            (Some(_), _) => after_is_newer,
            (None, Some(_)) => !after_is_newer,
            (None, None) => !newest_first,
        };
        Ok(Question {
            names,
            organization_id,
            start,
            end,
            newest_first,
            newer,
            follows: before.is_none(),
            after_is_newer,
            cursor: after.or(before),
            limit: limit.unwrap_or(LIMIT_DEFAULT),
        })
    }
}

#[track_caller]
fn refused(why: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::plain(Kind::BadRequest, why)
}

/// Refuses names that are not in the catalogue: a slip of the pen would wait for ever.
fn known(names: Vec<String>) -> Result<Vec<String>> {
    let unknown = |(at, name): (usize, &String)| {
        let why = format!("There is no event '{name}'.");
        FieldError::new(&format!("events.{at}"), "invalid_enum_value", why)
    };
    let refused: Vec<FieldError> =
        names.iter().enumerate().filter(|it| catalogue::get(it.1).is_none()).map(unknown).collect();
    if !refused.is_empty() {
        return Err(Error::invalid(refused));
    }
    let mut names = names;
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// Reads ISO 8601: with an offset, or in UTC without one, or a date alone.
fn instant(field: &str, text: Option<String>) -> Result<Option<Time>> {
    let Some(text) = text else { return Ok(None) };
    let read = Time::parse(&text)
        .or_else(|| Time::parse(&format!("{text}Z")))
        .or_else(|| Time::parse(&format!("{text}T00:00:00Z")));
    let why = || format!("'{text}' is not an ISO 8601 date and time.");
    read.map(Some).ok_or_else(|| Error::invalid_field(field, "invalid", why()))
}

/// The time range, checked and completed.
fn window(
    start: Option<Time>,
    end: Option<Time>,
    has_cursor: bool,
    now: Time,
) -> Result<(Option<Time>, Option<Time>)> {
    let Some(start) = start else {
        let begins = end.unwrap_or(now).plus_days(-RANGE_DAYS_MAX);
        return Ok(((!has_cursor).then_some(begins), end));
    };
    let until = end.unwrap_or(now);
    if end.is_some() && until < start {
        return Err(refused("range_end is before range_start."));
    }
    if start.plus_days(RANGE_DAYS_MAX) < until {
        let why = format!("A range spans at most {RANGE_DAYS_MAX} days. Give a nearer range_end.");
        return Err(refused(why));
    }
    Ok((Some(start), end))
}

fn answer(cx: &mut Cx<'_>, question: &Question) -> Result<EventList> {
    let mut list =
        EventList { object: "list", data: Vec::new(), list_metadata: Cursor { after: None } };
    let Some(mut events) = store::list(cx, question)? else { return Ok(list) };
    let limit = question.limit as usize;
    let more = events.len() > limit;
    events.truncate(limit);
    // They were read from the cursor on; `newer` ones came oldest first.
    if question.newer == question.newest_first {
        events.reverse();
    }
    // Where `after` leads: past the end that it names, if there is anything.
    let goes_on = match question.cursor {
        Some(_) if !question.follows => true,
        Some(_) => more,
        None => more && question.newer == question.after_is_newer,
    };
    let newest_is_last = !question.newest_first;
    let is_last = question.after_is_newer == newest_is_last;
    let edge = if is_last { events.last() } else { events.first() };
    list.list_metadata.after = edge.filter(|_| goes_on).map(|it| it.id.to_string());
    list.data = events;
    Ok(list)
}

/// Deletes the events of this environment that are older than they are kept.
pub fn forget(flow: &FlowCx) -> Result<u64> {
    let mut forgotten = 0;
    loop {
        let batch = flow.write(store::forget_batch)?;
        forgotten += batch;
        if batch < store::FORGOTTEN_MAX.unsigned_abs() {
            return Ok(forgotten);
        }
    }
}
