//! Domains: which there are, what proves them, and looking whether it does.
use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use serde_json::json;
use vestibule_kernel::Result;
use vestibule_languages::Text;
use vestibule_people::domains::{self, DomainState, OrganizationDomain};
use vestibule_portal::Intent;

use super::{Admin, elsewhere};
use crate::screens::{PortalDomain, PortalDomains, PortalState};
use crate::web::{Pages, Visit};

/// Where they are.
pub const PATH: &str = "/portal/domains";

pub fn router(pages: &Arc<Pages>) -> Router {
    Router::new()
        .route(PATH, pages.form(list, add))
        .route("/portal/domains/{id}/check", pages.form(elsewhere, check))
        .route("/portal/domains/{id}/remove", pages.form(elsewhere, remove))
}

/// `GET /portal/domains`
fn list(visit: &Visit) -> Result<Response> {
    show(&Admin::of(visit, Some(Intent::DomainVerification))?)
}

/// `POST /portal/domains`
fn add(visit: &Visit) -> Result<Response> {
    let admin = Admin::who_changes(visit, Intent::DomainVerification)?;
    let input = json!({
        "organization_id": admin.session.organization_id, "domain": visit.field("domain"),
    });
    let done = admin.operate("organization_domains.create", input);
    admin.then(done, &format!("{PATH}?saved"), |admin| show(&admin))
}

/// `POST /portal/domains/{id}/check`
fn check(visit: &Visit) -> Result<Response> {
    let admin = Admin::who_changes(visit, Intent::DomainVerification)?;
    let done = admin.operate("organization_domains.verify", json!({ "id": visit.path("id") }));
    admin.then(done, &format!("{PATH}?looking"), |admin| show(&admin))
}

/// `POST /portal/domains/{id}/remove`
fn remove(visit: &Visit) -> Result<Response> {
    let admin = Admin::who_changes(visit, Intent::DomainVerification)?;
    let done = admin.operate("organization_domains.delete", json!({ "id": visit.path("id") }));
    admin.then(done, &format!("{PATH}?removed"), |admin| show(&admin))
}

fn show(admin: &Admin<'_>) -> Result<Response> {
    let id = &admin.session.organization_id;
    let all = admin.flow.read(|cx| domains::of_organization(cx, id))?;
    let screen = PortalDomains {
        form: admin.form(PATH),
        head: admin.head(Text::new("portal-domains")),
        typed: admin.visit.field("domain").to_owned(),
        domains: all.iter().map(entry).collect(),
    };
    admin.page(&screen)
}

fn entry(it: &OrganizationDomain) -> PortalDomain {
    let (key, tone) = match it.state {
        DomainState::Pending => ("portal-state-pending", "calm"),
        DomainState::Verified => ("portal-state-verified", "good"),
        DomainState::Failed => ("portal-state-failed", "bad"),
    };
    PortalDomain {
        domain: it.domain.to_string(),
        state: PortalState { text: Text::new(key), tone },
        record: (it.state != DomainState::Verified).then(|| it.record()),
        check_action: format!("{PATH}/{}/check", it.id),
        remove_action: format!("{PATH}/{}/remove", it.id),
    }
}
