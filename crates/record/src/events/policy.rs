//! For how long events are kept.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::{Get, Put};
use vestibule_kernel::setting::{Setting, Showable, Shown};
use vestibule_kernel::{Cx, Fine, Operation, Result, Route};

/// For how long events are kept where nothing else was set, in days.
const KEPT_DAYS: u32 = 90;
/// The least, in days: longer than a webhook endpoint that is down is tried by default.
const KEPT_DAYS_MIN: u32 = 7;
/// The most, in days.
const KEPT_DAYS_MAX: u32 = 3650;

/// For how long events are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct EventPolicy {
    /// How many days an event is kept; one that is still to be delivered to a webhook endpoint is
    /// kept for longer
    pub kept_days: u32,
}

impl Default for EventPolicy {
    fn default() -> Self {
        Self { kept_days: KEPT_DAYS }
    }
}

impl Setting for EventPolicy {
    const NAME: &'static str = "event_policy";
}

impl Showable for EventPolicy {
    const OBJECT: &'static str = "event_policy";
}

/// Get for how long events are kept
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetEventPolicy {}

impl Operation for GetEventPolicy {
    const ID: &'static str = "event_policy.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/event_policy");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown<EventPolicy>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        cx.setting().map(Shown::new).map(Fine)
    }
}

/// Change for how long events are kept
///
/// Older events are deleted soon after, and cannot be listed or replayed any more.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateEventPolicy {
    /// How many days an event is kept
    #[schemars(range(min = KEPT_DAYS_MIN, max = KEPT_DAYS_MAX))]
    kept_days: u32,
}

impl Operation for UpdateEventPolicy {
    const ID: &'static str = "event_policy.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/event_policy");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown<EventPolicy>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { kept_days } = self;
        let policy = EventPolicy { kept_days };
        cx.set(&policy)?;
        Ok(Fine(Shown::new(policy)))
    }
}
