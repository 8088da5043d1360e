//! One event by its id, for whoever was told of it by a webhook or an agent.
use schemars::JsonSchema;
use serde::Deserialize;
use vestibule_kernel::id::EventId;
use vestibule_kernel::{Cx, Error, Fine, Method::Get, Operation, Result, Route, Within};

use super::{Event, store};

/// Get an event
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetEvent {
    /// The id of the event
    id: EventId,
}

impl Operation for GetEvent {
    const ID: &'static str = "events.get";
    const ROUTE: Route = Route(Get, "/events/{id}");
    const WITHIN: Within = Within::Row { table: "events", field: "id" };
    const EXTENSION: bool = true;
    type Reply = Fine<Event>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        let environment = cx.environment;
        let found = store::get(cx.db(), environment, id.as_str())?;
        found.map(Fine).ok_or_else(|| Error::not_found("Event", &id))
    }
}
