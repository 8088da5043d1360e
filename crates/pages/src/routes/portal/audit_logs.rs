//! The audit log of an organization: its events, and a file of them.
use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded::Serializer;
use vestibule_kernel::{Error, Result};
use vestibule_languages::Text;
use vestibule_portal::Intent;

use super::{Admin, elsewhere};
use crate::screens::{PortalAuditLogs, PortalEvent, PortalExport};
use crate::web::{Pages, Visit, see_other};

/// Where they are.
pub const PATH: &str = "/portal/audit-logs";
/// Where a file is asked for.
const EXPORTS: &str = "/portal/audit-logs/exports";
/// How many events a page shows.
const SHOWN: u32 = 20;
/// How many days a file goes back. The operation lets it go back as far, and not to the moment.
const EXPORTED_DAYS: i64 = 89;
/// The longest text that is looked for, in characters.
const TEXT_CHARS_MAX: usize = 255;

#[derive(Deserialize)]
struct Events {
    data: Vec<Event>,
    list_metadata: Cursors,
}

#[derive(Deserialize)]
struct Cursors {
    before: Option<String>,
    after: Option<String>,
}

/// An event, as far as it is shown.
#[derive(Deserialize)]
struct Event {
    action: String,
    occurred_at: String,
    actor: Named,
    targets: Vec<Named>,
    context: Context,
}

#[derive(Deserialize)]
struct Named {
    id: String,
    name: Option<String>,
}

impl Named {
    fn shown(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }
}

#[derive(Deserialize)]
struct Context {
    location: String,
}

#[derive(Deserialize)]
struct Export {
    id: String,
    state: String,
    url: Option<String>,
}

pub fn router(pages: &Arc<Pages>) -> Router {
    Router::new()
        .route(PATH, pages.form(list, look_for))
        .route(EXPORTS, pages.form(elsewhere, export))
        .route("/portal/audit-logs/exports/{id}", pages.get(exported))
}

/// `GET /portal/audit-logs?text=…&action=…&after=…`
fn list(visit: &Visit) -> Result<Response> {
    show(&Admin::of(visit, Some(Intent::AuditLogs))?)
}

/// `POST /portal/audit-logs`: on to the page of what is looked for.
fn look_for(visit: &Visit) -> Result<Response> {
    Admin::of(visit, Some(Intent::AuditLogs))?;
    see_other(&path(visit.field("text"), visit.field("action"), None))
}

fn path(text: &str, action: &str, cursor: Option<(&str, &str)>) -> String {
    let mut query = Serializer::new(String::new());
    for (name, value) in [("text", text), ("action", action)].into_iter().chain(cursor) {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    if query.is_empty() { PATH.to_owned() } else { format!("{PATH}?{query}") }
}

fn show(admin: &Admin<'_>) -> Result<Response> {
    let asked = |name: &str| -> String {
        admin.visit.query(name).unwrap_or_default().chars().take(TEXT_CHARS_MAX).collect()
    };
    let (text, action) = (asked("text"), asked("action"));
    let mut input = json!({ "organization_id": admin.session.organization_id, "limit": SHOWN });
    if !text.is_empty() {
        input["text"] = json!(text);
    }
    if !action.is_empty() {
        input["actions"] = json!([action]);
    }
    if let Some(after) = admin.visit.query("after") {
        input["after"] = json!(after);
    } else if let Some(before) = admin.visit.query("before") {
        input["before"] = json!(before);
    }
    let found: Events = admin.ask("audit_log_events.list", input)?;
    let to =
        |name, cursor: Option<String>| cursor.map(|it| path(&text, &action, Some((name, &it))));
    let screen = PortalAuditLogs {
        form: admin.form(PATH),
        head: admin.head(Text::new("portal-audit-logs")),
        events: found.data.iter().map(entry).collect(),
        newer: to("before", found.list_metadata.before),
        older: to("after", found.list_metadata.after),
        export_action: EXPORTS.to_owned(),
        text: text.clone(),
        action: action.clone(),
    };
    admin.page(&screen)
}

fn entry(it: &Event) -> PortalEvent {
    let targets: Vec<&str> = it.targets.iter().map(Named::shown).collect();
    PortalEvent {
        action: it.action.clone(),
        // In UTC, to the second.
        at: it.occurred_at.get(..19).unwrap_or_default().replace('T', " "),
        actor: it.actor.shown().to_owned(),
        targets: targets.join(", "),
        location: it.context.location.clone(),
    }
}

/// `POST /portal/audit-logs/exports`
fn export(visit: &Visit) -> Result<Response> {
    let admin = Admin::who_changes(visit, Intent::AuditLogs)?;
    let now = admin.flow.now();
    let input = json!({
        "organization_id": admin.session.organization_id,
        "range_start": now.plus_days(-EXPORTED_DAYS), "range_end": now,
    });
    match admin.ask::<Export>("audit_log_exports.create", input) {
        Ok(made) => see_other(&format!("{EXPORTS}/{}", made.id)),
        Err(error) => admin.then(Err(error), PATH, |admin| show(&admin)),
    }
}

/// `GET /portal/audit-logs/exports/{id}`
fn exported(visit: &Visit) -> Result<Response> {
    let admin = Admin::of(visit, Some(Intent::AuditLogs))?.below(PATH);
    let input = json!({ "auditLogExportId": visit.path("id") });
    let found: Export = admin.ask("audit_log_exports.get", input)?;
    let failed = matches!(found.state.as_str(), "error" | "expired");
    if found.state == "ready" && found.url.is_none() {
        return Err(Error::internal("an export that is ready has no address"));
    }
    let screen = PortalExport {
        form: admin.form(PATH),
        head: admin.head(Text::new("portal-export")),
        url: found.url,
        failed,
    };
    admin.page(&screen)
}
