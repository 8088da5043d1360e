//! Events as lines of a CSV file (RFC 4180).
use std::borrow::Cow;

use serde::Serialize;
use vestibule_kernel::{Error, Result};

use super::events::AuditLogEvent;

/// The first line.
pub const COLUMNS: [&str; 11] = [
    "id",
    "action",
    "occurred_at",
    "actor_id",
    "actor_type",
    "actor_name",
    "actor_metadata",
    "targets",
    "context_location",
    "context_user_agent",
    "metadata",
];

/// The cells of an event.
pub fn cells(event: &AuditLogEvent) -> Result<[Cow<'_, str>; 11]> {
    let it = &event.content;
    Ok([
        Cow::from(event.id.as_str()),
        Cow::from(&it.action),
        Cow::from(it.occurred_at.to_string()),
        Cow::from(&it.actor.id),
        Cow::from(&it.actor.r#type),
        Cow::from(it.actor.name.as_deref().unwrap_or_default()),
        Cow::from(it.actor.metadata.as_ref().map(json).transpose()?.unwrap_or_default()),
        Cow::from(json(&it.targets)?),
        Cow::from(&it.context.location),
        Cow::from(it.context.user_agent.as_deref().unwrap_or_default()),
        Cow::from(it.metadata.as_ref().map(json).transpose()?.unwrap_or_default()),
    ]
    .map(harmless))
}

/// Lines of a file.
pub struct Lines(csv::Writer<Vec<u8>>);

impl Lines {
    /// None yet.
    pub fn new() -> Self {
        Self(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new()))
    }
    /// Adds the line of these cells.
    pub fn add<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> Result<()> {
        self.0.write_record(cells).map_err(Error::internal)
    }
    /// How long they are together, in bytes, but for the few that are still in the writer's hand.
    pub fn bytes(&self) -> usize {
        self.0.get_ref().len()
    }
    /// The text of all lines.
    pub fn into_text(self) -> Result<Vec<u8>> {
        self.0.into_inner().map_err(|it| Error::internal(it.to_string()))
    }
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

/// Spreadsheets run a cell that begins with one of these as a formula; after an apostrophe it is
/// text. What actors write must not run on the machine of whoever reads the export.
fn harmless(cell: Cow<'_, str>) -> Cow<'_, str> {
    match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') => {
            Cow::from(format!("'{cell}"))
        }
        _ => cell,
    }
}
