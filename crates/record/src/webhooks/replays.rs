//! Bulk replays: what an endpoint did not take, or all of a time range, is delivered to it again.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::db::{Json, OnUnique, Row};
use vestibule_kernel::id::{WebhookEndpointId, WebhookReplayId};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Created, Cx, Error, Fine, Flow, FlowCx,
    Method::{Get, Post},
    Operation, Result, Route,
};

use super::deliveries::DeliveryStatus;
use super::{ENDPOINT_DISABLED, EventName, distinct, replay_job};
use crate::relay;

const REPLAY_UNDER_WAY: Code = "webhook_replay_under_way";
/// How much time a replay spans at the most.
const RANGE_DAYS_MAX: i64 = 90;

/// Which events are delivered again, by what became of them at the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ReplayedStatus {
    /// The endpoint took it.
    Succeeded,
    /// All attempts failed.
    Failed,
    /// The endpoint was disabled before it took it.
    Canceled,
    /// There was no delivery: the endpoint was disabled, or not made yet, or did not subscribe.
    Missed,
}

impl ReplayedStatus {
    /// The state of the deliveries that are meant; nothing where there is no delivery.
    pub(super) fn of_deliveries(self) -> Option<DeliveryStatus> {
        match self {
            Self::Succeeded => Some(DeliveryStatus::Succeeded),
            Self::Failed => Some(DeliveryStatus::Failed),
            Self::Canceled => Some(DeliveryStatus::Canceled),
            Self::Missed => None,
        }
    }
}

/// How far a replay has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ReplayState {
    /// There are events that it has not looked at yet.
    Pending,
    /// It has looked at all events of its range.
    Completed,
    /// The endpoint was disabled meanwhile.
    Canceled,
}

/// Events that are delivered to an endpoint again
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WebhookReplay {
    /// Always `webhook_replay`
    #[schemars(extend("const" = "webhook_replay"))]
    pub object: &'static str,
    /// The id of the replay
    pub id: WebhookReplayId,
    /// The endpoint
    pub webhook_endpoint_id: WebhookEndpointId,
    /// How far it has come
    pub state: ReplayState,
    /// Which events are delivered again, by what became of them at the endpoint
    pub statuses: Vec<ReplayedStatus>,
    /// The names of the events; those that the endpoint subscribes to where there is no name
    pub events: Vec<String>,
    /// Events at or after this time
    pub range_start: Time,
    /// Events before this time
    pub range_end: Time,
    /// How many events it has looked at
    pub events_examined: i64,
    /// How many deliveries it has put into the queue of the endpoint
    pub deliveries_replayed: i64,
    /// When it was asked for
    pub created_at: Time,
    /// When it last got further
    pub updated_at: Time,
    /// Up to which place in the order of events it has come, and where it ends.
    #[serde(skip)]
    #[schemars(skip)]
    pub(super) sequence: i64,
    #[serde(skip)]
    #[schemars(skip)]
    pub(super) last_sequence: i64,
}

/// Deliver events to a webhook endpoint again
///
/// A job puts them into the queue of the endpoint, in their order; get the replay to see how far it
/// has come. One replay of an endpoint is under way at a time.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateWebhookReplay {
    /// The id of the endpoint, which must be enabled
    webhook_endpoint_id: WebhookEndpointId,
    /// Events at or after this time, 90 days ago at the most
    range_start: Time,
    /// Events before this time; until now where it is not given
    range_end: Option<Time>,
    /// Which events, by what became of them at the endpoint: those that failed for good where it is
    /// not given
    #[schemars(length(min = 1, max = 4))]
    statuses: Option<Vec<ReplayedStatus>>,
    /// Only events of these names; those that the endpoint subscribes to where there is no name
    #[schemars(length(max = 500))]
    events: Option<Vec<EventName>>,
}

impl Flow for CreateWebhookReplay {
    const ID: &'static str = "webhook_replays.create";
    const ROUTE: Route = Route(Post, "/vestibule/v1/webhook_replays");
    const ENDS_AS: Option<&'static str> = Some("completed");
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[ENDPOINT_DISABLED, REPLAY_UNDER_WAY];
    const STATUSES: &'static [u16] = &[409];
    type Reply = Created<WebhookReplay>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self { webhook_endpoint_id, range_start, range_end, statuses, events } = self;
        let asked = Asked {
            endpoint: webhook_endpoint_id,
            range_start,
            range_end: range_end.unwrap_or(flow.now().plus_millis(1)),
            statuses: statuses.unwrap_or_else(|| vec![ReplayedStatus::Failed]),
            events: distinct(events.unwrap_or_default()),
        };
        check_range(asked.range_start, asked.range_end)?;
        // What has happened before this call is replayed, too.
        relay::sequence(&flow.app)?;
        flow.write(move |cx| create(cx, &asked)).map(Created)
    }
}

/// What is to be replayed.
struct Asked {
    endpoint: WebhookEndpointId,
    range_start: Time,
    range_end: Time,
    statuses: Vec<ReplayedStatus>,
    events: Vec<String>,
}

fn create(cx: &mut Cx<'_>, asked: &Asked) -> Result<WebhookReplay> {
    let Asked { endpoint, range_start, range_end, statuses, events } = asked;
    super::check_enabled(&super::find(cx, endpoint)?)?;
    let replay = WebhookReplay {
        object: "webhook_replay",
        id: WebhookReplayId::new(cx),
        webhook_endpoint_id: endpoint.clone(),
        state: ReplayState::Pending,
        statuses: statuses.clone(),
        events: events.clone(),
        range_start: *range_start,
        range_end: *range_end,
        events_examined: 0,
        deliveries_replayed: 0,
        created_at: cx.now(),
        updated_at: cx.now(),
        sequence: crate::events::last_before(cx, *range_start)?,
        last_sequence: crate::events::last_sequence(cx)?,
    };
    insert(cx, &replay)?;
    cx.enqueue(replay_job::KIND, &replay_job::Payload { id: replay.id.clone() })?;
    Ok(replay)
}

fn check_range(start: Time, end: Time) -> Result<()> {
    if end < start {
        let why = "range_end is before range_start.";
        return Err(Error::invalid_field("range_end", "invalid", why));
    }
    if start.plus_days(RANGE_DAYS_MAX) < end {
        let why = format!("A replay spans at most {RANGE_DAYS_MAX} days.");
        return Err(Error::invalid_field("range_start", "invalid", why));
    }
    Ok(())
}

/// List webhook replays, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListWebhookReplays {
    #[serde(flatten)]
    paging: Paging,
    /// Only replays to the endpoint of this id
    webhook_endpoint_id: Option<WebhookEndpointId>,
}

impl Operation for ListWebhookReplays {
    const ID: &'static str = "webhook_replays.list";
    const ROUTE: Route = Route(Get, "/vestibule/v1/webhook_replays");
    const EXTENSION: bool = true;
    type Reply = Fine<Page<WebhookReplay>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { paging, webhook_endpoint_id } = self;
        Listing::of(cx, "webhook_replays", SELECT)
            .filter_some("webhook_endpoint_id = ?", webhook_endpoint_id.as_ref())
            .page(cx, &paging, read)
            .map(Fine)
    }
}

/// Get a webhook replay
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetWebhookReplay {
    /// The id of the replay
    id: WebhookReplayId,
}

impl Operation for GetWebhookReplay {
    const ID: &'static str = "webhook_replays.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/webhook_replays/{id}");
    const EXTENSION: bool = true;
    type Reply = Fine<WebhookReplay>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        get(cx, &id)?.ok_or_else(|| Error::not_found("Webhook replay", &id)).map(Fine)
    }
}

const SELECT: &str = "SELECT id, webhook_endpoint_id, state, statuses, events, range_start,
                             range_end, events_examined, deliveries_replayed, created_at,
                             updated_at, sequence, last_sequence FROM webhook_replays";

fn read(mut row: Row) -> Result<WebhookReplay> {
    Ok(WebhookReplay {
        object: "webhook_replay",
        id: row.take()?,
        webhook_endpoint_id: row.take()?,
        state: read_state(&row.take::<String>()?)?,
        statuses: row.take::<Json<_>>()?.0,
        events: row.take::<Json<_>>()?.0,
        range_start: row.take()?,
        range_end: row.take()?,
        events_examined: row.take()?,
        deliveries_replayed: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
        sequence: row.take()?,
        last_sequence: row.take()?,
    })
}

fn state(it: ReplayState) -> &'static str {
    match it {
        ReplayState::Pending => "pending",
        ReplayState::Completed => "completed",
        ReplayState::Canceled => "canceled",
    }
}

fn read_state(text: &str) -> Result<ReplayState> {
    [ReplayState::Pending, ReplayState::Completed, ReplayState::Canceled]
        .into_iter()
        .find(|it| state(*it) == text)
        .ok_or_else(|| Error::internal(format!("a webhook replay has the state '{text}'")))
}

/// The replay of this id.
pub(super) fn get(cx: &mut Cx<'_>, id: &WebhookReplayId) -> Result<Option<WebhookReplay>> {
    let values = [cx.environment.into(), id.into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND id = $2");
    cx.db().first(&sql, &values)?.map(read).transpose()
}

fn insert(cx: &mut Cx<'_>, replay: &WebhookReplay) -> Result<()> {
    let values = [
        (&replay.id).into(),
        cx.environment.into(),
        (&replay.webhook_endpoint_id).into(),
        state(replay.state).into(),
        Json(&replay.statuses).into(),
        Json(&replay.events).into(),
        replay.range_start.into(),
        replay.range_end.into(),
        replay.sequence.into(),
        replay.last_sequence.into(),
        replay.created_at.into(),
    ];
    let sql = "INSERT INTO webhook_replays
                 (id, environment_id, webhook_endpoint_id, state, statuses, events, range_start,
                  range_end, sequence, last_sequence, events_examined, deliveries_replayed,
                  created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, $11, $11)";
    let taken = "webhook_replays(environment_id, webhook_endpoint_id)";
    let refused = || {
        let why = format!("A replay to {} is under way already.", replay.webhook_endpoint_id);
        Error::conflict(REPLAY_UNDER_WAY, why)
    };
    cx.db().execute(sql, &values).on_unique(taken, refused).map(|_| ())
}

/// Writes down how far a replay has come.
pub(super) fn update(cx: &mut Cx<'_>, replay: &WebhookReplay) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&replay.id).into(),
        state(replay.state).into(),
        replay.sequence.into(),
        replay.events_examined.into(),
        replay.deliveries_replayed.into(),
        cx.now().into(),
    ];
    let sql = "UPDATE webhook_replays
               SET state = $3, sequence = $4, events_examined = $5, deliveries_replayed = $6,
                   updated_at = $7
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes the replays to an endpoint.
pub(super) fn delete_all(cx: &mut Cx<'_>, endpoint: &WebhookEndpointId) -> Result<()> {
    let values = [cx.environment.into(), endpoint.into()];
    let sql = "DELETE FROM webhook_replays WHERE environment_id = $1 AND webhook_endpoint_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes the replays of this environment that were done before `time`, a bounded number.
pub(super) fn forget(cx: &mut Cx<'_>, time: Time) -> Result<u64> {
    let values = [cx.environment.into(), time.into()];
    let sql = "DELETE FROM webhook_replays WHERE id IN
                 (SELECT id FROM webhook_replays
                  WHERE environment_id = $1 AND created_at < $2 AND state <> 'pending'
                  ORDER BY created_at LIMIT 1000)";
    cx.db().execute(sql, &values)
}
