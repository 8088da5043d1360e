//! The certificates by which the identity providers of an organization sign: when they end, and giving
//! new ones.
use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Error, Result};
use vestibule_languages::Text;
use vestibule_portal::Intent;

use super::connections::{self, Configuration, Connection};
use super::{Admin, elsewhere};
use crate::screens::{PortalCertificate, PortalCertificates, PortalCertified, PortalState};
use crate::web::{Pages, Visit};

/// Where they are.
pub const PATH: &str = "/portal/certificates";
/// How long before its end a certificate ends soon.
const SOON_DAYS: i64 = 90;

/// A certificate, as far as it is shown.
#[derive(Deserialize)]
struct Certificate {
    id: String,
    not_after: Time,
}

#[derive(Deserialize)]
struct Certificates {
    data: Vec<Certificate>,
}

pub fn router(pages: &Arc<Pages>) -> Router {
    Router::new()
        .route(PATH, pages.get(list))
        .route("/portal/certificates/{id}", pages.form(elsewhere, add))
        .route("/portal/certificates/{id}/read_again", pages.form(elsewhere, read_again))
        .route("/portal/certificates/{id}/{certificate}/remove", pages.form(elsewhere, remove))
}

/// `GET /portal/certificates`
fn list(visit: &Visit) -> Result<Response> {
    show(&Admin::of(visit, Some(Intent::CertificateRenewal))?)
}

/// `POST /portal/certificates/{id}`
fn add(visit: &Visit) -> Result<Response> {
    let admin = Admin::who_changes(visit, Intent::CertificateRenewal)?;
    let input = json!({ "connection_id": visit.path("id"), "value": visit.field("certificate") });
    let done = admin.operate("connections.create_saml_idp_signing_cert", input);
    admin.then(done, &format!("{PATH}?saved"), |admin| show(&admin))
}

/// `POST /portal/certificates/{id}/read_again`
fn read_again(visit: &Visit) -> Result<Response> {
    let admin = Admin::who_changes(visit, Intent::CertificateRenewal)?;
    let configuration = Configuration::of(&admin, visit.path("id"))?;
    let url = configuration.saml.and_then(|it| it.metadata_url);
    let url = url.ok_or_else(|| Error::not_found("Metadata", &visit.path("id")))?;
    let input = json!({ "id": visit.path("id"), "saml_options": { "idp_metadata_url": url } });
    let done = admin.operate("connections.update", input);
    admin.then(done, &format!("{PATH}?saved"), |admin| show(&admin))
}

/// `POST /portal/certificates/{id}/{certificate}/remove`
fn remove(visit: &Visit) -> Result<Response> {
    let admin = Admin::who_changes(visit, Intent::CertificateRenewal)?;
    let input = json!({ "connection_id": visit.path("id"), "id": visit.path("certificate") });
    let done = admin.operate("connections.delete_saml_idp_signing_cert", input);
    admin.then(done, &format!("{PATH}?removed"), |admin| show(&admin))
}

fn show(admin: &Admin<'_>) -> Result<Response> {
    let mut found = Vec::new();
    for it in connections::all(admin)? {
        let configuration = Configuration::of(admin, &it.id)?;
        if let Some(saml) = configuration.saml {
            found.push(certified(admin, &it, saml.metadata_url.is_some())?);
        }
    }
    let screen = PortalCertificates {
        form: admin.form(PATH),
        head: admin.head(Text::new("portal-certificates")),
        connections: found,
    };
    admin.page(&screen)
}

fn certified(admin: &Admin<'_>, of: &Connection, has_metadata: bool) -> Result<PortalCertified> {
    let input = json!({ "connection_id": of.id });
    let all: Certificates = admin.ask("connections.list_saml_idp_signing_certs", input)?;
    let (now, only) = (admin.flow.now(), all.data.len() == 1);
    let path = format!("{PATH}/{}", of.id);
    let shown = |it: &Certificate| PortalCertificate {
        state: state(it.not_after, now),
        remove_action: (!only).then(|| format!("{path}/{}/remove", it.id)),
    };
    Ok(PortalCertified {
        name: of.name.clone(),
        certificates: all.data.iter().map(shown).collect(),
        read_again_action: has_metadata.then(|| format!("{path}/read_again")),
        add_action: path,
    })
}

fn state(end: Time, now: Time) -> PortalState {
    let (key, tone) = if end <= now {
        ("portal-certificate-over", "bad")
    } else if end <= now.plus_days(SOON_DAYS) {
        ("portal-certificate-soon", "bad")
    } else {
        ("portal-certificate-ends", "good")
    };
    PortalState { text: Text::new(key).with("date", crate::words::day(end)), tone }
}
