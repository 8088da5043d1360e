//! The events of single sign-on.
use serde::Serialize;
use vestibule_kernel::event::Event;
use vestibule_kernel::id::ConnectionId;
use vestibule_kernel::{Cx, Error, Result};

use super::{Session, Via};
use crate::connections;

/// Somebody was sent to a provider, or is back.
#[derive(Serialize)]
pub(super) struct Told {
    r#type: &'static str,
    status: &'static str,
    ip_address: Option<String>,
    user_agent: Option<String>,
    user_id: Option<String>,
    email: Option<String>,
    sso: Sso,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Reason>,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "they are the names of the contract")]
struct Sso {
    organization_id: Option<String>,
    connection_id: String,
    session_id: String,
}

#[derive(Serialize)]
struct Reason {
    code: &'static str,
    message: String,
}

const STARTED: Event<Told> = Event::new("authentication.sso_started");
const SUCCEEDED: Event<Told> = Event::new("authentication.sso_succeeded");
const FAILED: Event<Told> = Event::new("authentication.sso_failed");
const TIMED_OUT: Event<Told> = Event::new("authentication.sso_timed_out");

fn told(session: &Session, via: Via<'_>, status: &'static str) -> Told {
    Told {
        r#type: "sso",
        status,
        ip_address: session.ip_address.clone(),
        user_agent: session.user_agent.clone(),
        user_id: None,
        email: None,
        sso: Sso {
            organization_id: via.organization_id.map(ToString::to_string),
            connection_id: via.id.to_string(),
            session_id: session.session_id.clone(),
        },
        error: None,
    }
}

/// Tells that somebody was sent to a provider.
pub(crate) fn started(cx: &mut Cx<'_>, session: &Session, via: Via<'_>) -> Result<()> {
    cx.emit(&STARTED, &told(session, via, "started"))
}

pub(super) fn succeeded(
    cx: &mut Cx<'_>,
    session: &Session,
    via: Via<'_>,
    email: &str,
) -> Result<()> {
    let email = Some(email.to_owned());
    cx.emit(&SUCCEEDED, &Told { email, ..told(session, via, "succeeded") })
}

pub(super) fn failed(
    cx: &mut Cx<'_>,
    session: &Session,
    via: Via<'_>,
    refusal: &Error,
) -> Result<()> {
    let error = Some(Reason { code: refusal.code(), message: refusal.message().to_owned() });
    cx.emit(&FAILED, &Told { error, ..told(session, via, "failed") })
}

/// Tells that somebody never came back.
pub(crate) fn timed_out(cx: &mut Cx<'_>, session: &Session, id: &ConnectionId) -> Result<()> {
    let message = "Nobody came back from the provider in time.".to_owned();
    let error = Some(Reason { code: "timed_out", message });
    let connection = connections::get(cx, id)?;
    let organization_id = connection.as_ref().map(|it| &it.organization_id);
    let r#type = connection.as_ref().map_or("", |it| &it.connection_type);
    let via = Via { id, r#type, organization_id };
    cx.emit(&TIMED_OUT, &Told { error, ..told(session, via, "timed_out") })
}
