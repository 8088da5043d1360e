//! Events as lines of a CSV file (RFC 4180).
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
pub fn cells(event: &AuditLogEvent) -> Result<[String; 11]> {
    let it = &event.content;
    Ok([
        event.id.to_string(),
        it.action.clone(),
        it.occurred_at.to_string(),
        it.actor.id.clone(),
        it.actor.r#type.clone(),
        it.actor.name.clone().unwrap_or_default(),
        it.actor.metadata.as_ref().map(json).transpose()?.unwrap_or_default(),
        json(&it.targets)?,
        it.context.location.clone(),
        it.context.user_agent.clone().unwrap_or_default(),
        it.metadata.as_ref().map(json).transpose()?.unwrap_or_default(),
    ]
    .map(harmless))
}

/// The line of these cells.
pub fn line<T: AsRef<[u8]>>(cells: impl IntoIterator<Item = T>) -> Result<Vec<u8>> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(cells).map_err(Error::internal)?;
    writer.into_inner().map_err(|it| Error::internal(it.to_string()))
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

/// Spreadsheets run a cell that begins with one of these as a formula; after an apostrophe it is
/// text. What actors write must not run on the machine of whoever reads the export.
fn harmless(cell: String) -> String {
    match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') => {
            format!("'{cell}")
        }
        _ => cell,
    }
}
