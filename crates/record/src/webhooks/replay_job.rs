//! The job that replays, some events in each transaction, with the place that it has come to: a
//! later run, or another node, goes on there.
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use vestibule_kernel::db::Value;
use vestibule_kernel::id::{WebhookEndpointId, WebhookReplayId};
use vestibule_kernel::job::Handler;
use vestibule_kernel::{Cx, Error, FlowCx, Result};

use super::replays::{self, ReplayState, ReplayedStatus, WebhookReplay};
use super::store::is_subscribable;
use super::{EndpointStatus, WebhookEndpoint, queue, store};
use crate::events::{self, Occurrence};

/// The kind of the job.
pub(super) const KIND: &str = "webhooks.replay";
/// Replays deliveries.
pub const REPLAY: Handler = Handler { kind: KIND, attempts_max: 8, long: true, run };

/// How long one run goes on, well within its lease; then another one is put at the end of the queue.
const RUN_TIME_MAX: Duration = Duration::from_secs(30);
/// How many events are looked at in one transaction.
const EVENTS_MAX: i64 = 200;

/// What the job is about.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Payload {
    pub(super) id: WebhookReplayId,
}

fn run(flow: &FlowCx, payload: Json) -> Result<()> {
    let Payload { id } = serde_json::from_value(payload).map_err(Error::internal)?;
    let begun = Instant::now();
    while begun.elapsed() < RUN_TIME_MAX {
        let of_step = id.clone();
        if !flow.write(move |cx| step(cx, &of_step))? {
            return Ok(());
        }
    }
    flow.write(move |cx| cx.enqueue(KIND, &Payload { id: id.clone() }))
}

/// Deals with some events; tells whether there are more.
fn step(cx: &mut Cx<'_>, id: &WebhookReplayId) -> Result<bool> {
    let Some(mut replay) = replays::get(cx, id)? else { return Ok(false) };
    if replay.state != ReplayState::Pending {
        return Ok(false);
    }
    let endpoint = store::get(cx, &replay.webhook_endpoint_id)?;
    let Some(endpoint) = endpoint.filter(|it| it.status == EndpointStatus::Enabled) else {
        replay.state = ReplayState::Canceled;
        replays::update(cx, &replay)?;
        return Ok(false);
    };
    let (environment, now) = (cx.environment, cx.machine_now());
    queue::wake(cx.db(), environment, &endpoint.id, now)?;
    let events = events::after(cx.db(), environment, replay.sequence, EVENTS_MAX)?;
    let more = i64::try_from(events.len()).is_ok_and(|it| it == EVENTS_MAX);
    for event in events.iter().take_while(|it| it.sequence <= replay.last_sequence) {
        replay.sequence = event.sequence;
        if wants(&replay, &endpoint, event) {
            replay.events_examined += 1;
            replay.deliveries_replayed += i64::from(again(cx, &replay, &endpoint.id, event)?);
        }
    }
    let more = more && replay.sequence < replay.last_sequence;
    if !more {
        replay.state = ReplayState::Completed;
    }
    replays::update(cx, &replay)?;
    Ok(more)
}

fn wants(replay: &WebhookReplay, endpoint: &WebhookEndpoint, event: &Occurrence) -> bool {
    let listed = if replay.events.is_empty() { &endpoint.events } else { &replay.events };
    let fits = if listed.is_empty() {
        is_subscribable(&event.event)
    } else {
        listed.contains(&event.event)
    };
    fits && replay.range_start <= event.created_at && event.created_at < replay.range_end
}

/// Puts the delivery of an event back into the queue, or a first one where there is none, if that is
/// asked for; tells whether it did.
fn again(
    cx: &mut Cx<'_>,
    replay: &WebhookReplay,
    endpoint: &WebhookEndpointId,
    event: &Occurrence,
) -> Result<bool> {
    let (app, environment, now) = (cx.app, cx.environment, cx.machine_now());
    let mut values: Vec<Value> =
        vec![environment.into(), endpoint.into(), Value::from(&event.id), now.into()];
    let statuses = replay.statuses.iter().filter_map(|it| it.of_deliveries());
    let first = values.len();
    values.extend(statuses.map(|it| Value::from(it.as_str())));
    let places: Vec<String> = (first..values.len()).map(|it| format!("${}", it + 1)).collect();
    if !places.is_empty() {
        let sql = format!(
            "UPDATE webhook_deliveries
             SET status = 'pending', next_attempt_at = $4, attempts_before = attempts,
                 updated_at = $4
             WHERE environment_id = $1 AND webhook_endpoint_id = $2 AND event_id = $3
               AND status IN ({})",
            places.join(", ")
        );
        if cx.db().execute(&sql, &values)? == 1 {
            return Ok(true);
        }
    }
    if !replay.statuses.contains(&ReplayedStatus::Missed) {
        return Ok(false);
    }
    queue::insert_one(cx.db(), app, environment, (endpoint, event), now)
}
