//! Disables an endpoint that has taken nothing for long, and tells whoever should know.
use std::sync::Arc;

use serde::Serialize;
use vestibule_kernel::event::Event;
use vestibule_kernel::id::WebhookEndpointId;
use vestibule_kernel::time::Time;
use vestibule_kernel::{App, Cx, Result};
use vestibule_messages::Mail;

use super::queue::{Health, Queue};
use super::{DeliveryPolicy, EndpointStatus, queue, store};

/// An endpoint was disabled because it failed for too long. Ours: the official API has no event for
/// it, so it is listed and delivered only to who names it.
const DISABLED: Event<DisabledEndpoint> = Event::new("vestibule.webhook_endpoint.disabled");

/// How many attempts must have failed: one that is tried seldom is not given up after the first.
const FAILURES_MIN: i64 = 10;

/// An endpoint that was disabled. Its secret is no part of it.
#[derive(Debug, Serialize)]
struct DisabledEndpoint {
    object: &'static str,
    id: WebhookEndpointId,
    endpoint_url: String,
    status: EndpointStatus,
    events: Vec<String>,
    failing_since: Time,
    failures: i64,
    last_error: String,
    created_at: Time,
    updated_at: Time,
}

/// How an endpoint came to be given up.
#[derive(Clone, Debug)]
pub(super) struct Death {
    /// Since when every attempt failed.
    pub(super) since: Time,
    /// How many those were.
    pub(super) failures: i64,
    /// Why the last one did.
    pub(super) error: String,
}

/// Since when an endpoint has failed, if that is too long.
pub(super) fn dead_since(policy: &DeliveryPolicy, health: Health, now: Time) -> Option<Time> {
    let since = health.failing_since?;
    let last = since.plus_seconds(i64::from(policy.disable_after_seconds));
    let dead = policy.disable_after_seconds > 0 && health.failures >= FAILURES_MIN && now >= last;
    dead.then_some(since)
}

/// Whether nobody is mailed when an endpoint of the environment is disabled, though there is one that
/// may be.
pub fn nobody_is_mailed(cx: &mut Cx<'_>) -> Result<bool> {
    let policy: DeliveryPolicy = cx.setting()?;
    if policy.disable_after_seconds == 0 || !policy.alert_emails.is_empty() {
        return Ok(false);
    }
    let sql = "SELECT 1 FROM webhook_endpoints
               WHERE environment_id = $1 AND status = 'enabled' LIMIT 1";
    let values = [cx.environment.into()];
    Ok(cx.db().first(sql, &values)?.is_some())
}

/// Disables an endpoint, with an event and a mail to each address of the policy. Blocks the thread.
pub(super) fn disable(app: &Arc<App>, queue: &Queue, death: Death) -> Result<()> {
    let id = queue.endpoint.clone();
    let flow = app.system(&queue.environment);
    flow.write(move |cx| disable_in(cx, &id, &death))
}

fn disable_in(cx: &mut Cx<'_>, id: &WebhookEndpointId, death: &Death) -> Result<()> {
    store::hold_relay(cx)?;
    let Some(mut endpoint) = store::get(cx, id)? else { return Ok(()) };
    if endpoint.status == EndpointStatus::Disabled {
        return Ok(());
    }
    endpoint.status = EndpointStatus::Disabled;
    endpoint.updated_at = cx.now();
    store::update(cx, &endpoint)?;
    queue::cancel(cx, id)?;
    store::release_relay(cx)?;
    let policy: DeliveryPolicy = cx.setting()?;
    for address in &policy.alert_emails {
        let mail = Mail::WebhookEndpointDisabled { endpoint: endpoint.endpoint_url.clone() };
        vestibule_messages::send(cx, address, mail)?;
    }
    tracing::warn!(endpoint = %id, error = death.error, "a webhook endpoint was disabled");
    metrics::counter!("vestibule_webhook_endpoints_disabled_total").increment(1);
    let told = DisabledEndpoint {
        object: "webhook_endpoint",
        id: endpoint.id,
        endpoint_url: endpoint.endpoint_url,
        status: endpoint.status,
        events: endpoint.events,
        failing_since: death.since,
        failures: death.failures,
        last_error: death.error.clone(),
        created_at: endpoint.created_at,
        updated_at: endpoint.updated_at,
    };
    cx.emit(&DISABLED, &told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_given_up_after_long_failure_and_several_attempts() {
        let policy = DeliveryPolicy { disable_after_seconds: 3600, ..DeliveryPolicy::default() };
        let since = Time::from_millis(0);
        let dead = |failures: i64, seconds: i64, policy: &DeliveryPolicy| {
            let health = Health { failing_since: Some(since), failures };
            dead_since(policy, health, since.plus_seconds(seconds)).is_some()
        };
        assert!(dead(FAILURES_MIN, 3600, &policy));
        assert!(!dead(FAILURES_MIN - 1, 3600, &policy), "it was hardly tried");
        assert!(!dead(FAILURES_MIN, 3599, &policy), "it may come back");
        let never = DeliveryPolicy { disable_after_seconds: 0, ..policy };
        assert!(!dead(1000, i64::from(u32::MAX), &never));
        let well = Health { failing_since: None, failures: 0 };
        assert_eq!(dead_since(&never, well, since), None);
    }
}
