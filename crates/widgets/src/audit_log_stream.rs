//! The stream of an organization's audit log, for the widget that shows how it fares.
use serde::Serialize;
use serde_json::{Value, json};
use vestibule_kernel::id::{AuditLogEventId, AuditLogStreamId, OrganizationId};
use vestibule_kernel::{Cx, Method, Result, Route};
use vestibule_record::log_streams::{self, AuditLogStream, StreamState, StreamType};

use crate::endpoints::{Answer, Endpoint};
use crate::scope::Scope;
use crate::viewer::Viewer;

/// `GET /_widgets/admin-portal/audit-log-stream`: the stream, or an empty object where there is none.
pub(crate) const ENDPOINT: Endpoint = Endpoint {
    route: Route(Method::Get, "/_widgets/admin-portal/audit-log-stream"),
    answer: Answer::Show(answer),
};

/// A stream as the widget reads it. The widget knows no syslog, and shows the name of a type that it
/// does not know.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    id: AuditLogStreamId,
    state: &'static str,
    r#type: StreamType,
    error_message: Option<String>,
    last_synced_event_id: Option<String>,
    /// An organization has one audit log, which goes by the id of the organization.
    audit_log_trail_id: OrganizationId,
}

fn answer(cx: &mut Cx<'_>, viewer: &Viewer) -> Result<Value> {
    let organization = viewer.organization(Scope::AuditLogStreaming)?;
    let stream = log_streams::foremost(cx, organization)?;
    Ok(stream.map_or_else(|| json!({}), |it| json!(Shown::from(it))))
}

impl From<AuditLogStream> for Shown {
    fn from(stream: AuditLogStream) -> Self {
        let AuditLogStream {
            id, organization_id, r#type, state, error, last_synced_event_id, ..
        } = stream;
        Self {
            id,
            state: name(state),
            r#type,
            error_message: error,
            last_synced_event_id: last_synced_event_id.map(|it| ulid(&it)),
            audit_log_trail_id: organization_id,
        }
    }
}

const fn name(state: StreamState) -> &'static str {
    match state {
        StreamState::Active => "Active",
        StreamState::Inactive => "Inactive",
        StreamState::Error => "Error",
        StreamState::Invalid => "Invalid",
    }
}

/// The id without its prefix: the widget reads the time of the event out of it.
fn ulid(id: &AuditLogEventId) -> String {
    let text = id.as_str();
    text.strip_prefix(AuditLogEventId::PREFIX).unwrap_or(text).to_owned()
}
