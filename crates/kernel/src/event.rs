//! Events are rows written in the transaction that caused them.
use serde::Serialize;
use serde_json::Value;

use crate::db::Json;
use crate::id::EventId;
use crate::{Cx, Error, Result};

/// An event name bound to the type of its payload.
pub struct Event<T: ?Sized> {
    /// The name in the catalogue of events, such as `organization.created`.
    pub name: &'static str,
    payload: std::marker::PhantomData<fn(&T)>,
}

impl<T: Serialize + ?Sized> Event<T> {
    /// Declares an event.
    pub const fn new(name: &'static str) -> Self {
        Self { name, payload: std::marker::PhantomData }
    }
}

/// What one domain does, in the same transaction, when an event of another happens.
#[derive(Clone, Copy)]
pub struct Reaction {
    /// The event.
    pub event: &'static str,
    /// What happens; gets the payload.
    pub run: fn(&mut Cx<'_>, &Value) -> Result<()>,
}

pub(crate) fn emit(
    cx: &mut Cx<'_>,
    name: &'static str,
    payload: &impl Serialize,
    context: Option<&Value>,
) -> Result<()> {
    let data = serde_json::to_value(payload).map_err(Error::internal)?;
    let sequence = cx.db().next_sequence()?;
    let values = [
        EventId::new(cx).into(),
        cx.environment.into(),
        name.into(),
        organization(&data).into(),
        Json(&data).into(),
        context.map(ToString::to_string).into(),
        cx.now().into(),
        sequence.into(),
    ];
    cx.db().execute(
        "INSERT INTO events
           (id, environment_id, event, organization_id, data, context, created_at, sequence)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &values,
    )?;
    cx.note_event(name, &data, context);
    for reaction in cx.app.reactions().iter().filter(|it| it.event == name) {
        (reaction.run)(cx, &data)?;
    }
    Ok(())
}

/// The organization that an event is about, for the filter of the events list.
fn organization(data: &Value) -> Option<&str> {
    let own = (data.get("object")? == "organization").then_some("id");
    data.get(own.unwrap_or("organization_id"))?.as_str()
}
