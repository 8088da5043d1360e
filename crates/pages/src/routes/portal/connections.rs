//! The connections of an organization: which there are, and making another.
use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use vestibule_federation::connections::{TEST_IDP, TYPES_MADE};
use vestibule_kernel::{Error, Result};
use vestibule_languages::Text;
use vestibule_portal::Intent;

use super::{Admin, connection, elsewhere};
use crate::screens::{PortalConnections, PortalEntry, PortalOption, PortalState};
use crate::web::{Pages, Visit, see_other};

/// Where they are.
pub const PATH: &str = "/portal/sso";
/// How many are shown: more than an organization has.
const SHOWN_MAX: u32 = 100;
/// The identity providers that are offered first.
const FIRST: [&str; 8] = [
    "OktaSAML",
    "AzureSAML",
    "GoogleSAML",
    "EntraIdOIDC",
    "OktaOIDC",
    "GoogleOIDC",
    "GenericSAML",
    "GenericOIDC",
];
/// What some identity providers are called, whose type does not tell it well.
const NAMES: [(&str, &str); 16] = [
    ("ADFSSAML", "AD FS"),
    ("AdpOidc", "ADP"),
    ("AzureSAML", "Microsoft Entra ID (SAML)"),
    ("CleverOIDC", "Clever"),
    ("EntraIdOIDC", "Microsoft Entra ID (OpenID Connect)"),
    ("GoogleOIDC", "Google Workspace (OpenID Connect)"),
    ("GoogleSAML", "Google Workspace (SAML)"),
    ("LoginGovOidc", "Login.gov"),
    ("MiniOrangeSAML", "miniOrange"),
    ("NetIqSAML", "NetIQ"),
    ("OktaOIDC", "Okta (OpenID Connect)"),
    ("OktaSAML", "Okta (SAML)"),
    ("PingFederateSAML", "PingFederate"),
    ("PingOneSAML", "PingOne"),
    ("ShibbolethGenericSAML", "Shibboleth (generic)"),
    ("SimpleSamlPhpSAML", "SimpleSAMLphp"),
];

/// A connection, as far as it is shown.
#[derive(Deserialize)]
pub(super) struct Connection {
    pub id: String,
    pub name: String,
    #[serde(rename = "connection_type")]
    pub r#type: String,
    pub state: String,
}

#[derive(Deserialize)]
struct Connections {
    data: Vec<Connection>,
}

/// How a connection is set up, as far as it is shown.
#[derive(Deserialize)]
pub(super) struct Configuration {
    pub to_register: Option<ToRegister>,
    pub oidc: Option<Oidc>,
    pub saml: Option<Saml>,
    pub attribute_maps: Attributes,
}

#[derive(Deserialize)]
pub(super) struct ToRegister {
    pub redirect_uri: Option<String>,
    pub acs_url: Option<String>,
    pub sp_entity_id: Option<String>,
    pub sp_metadata_url: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Oidc {
    pub discovery_endpoint: String,
    pub issuer: Option<String>,
    pub client_id: String,
    pub token_authentication_method: String,
}

#[derive(Deserialize)]
pub(super) struct Saml {
    #[serde(rename = "idp_metadata_url")]
    pub metadata_url: Option<String>,
    #[serde(rename = "idp_entity_id")]
    pub entity_id: Option<String>,
    #[serde(rename = "idp_sso_url")]
    pub sso_url: String,
}

#[derive(Deserialize)]
pub(super) struct Attributes {
    pub standard_attributes: serde_json::Map<String, Value>,
}

impl Configuration {
    /// That of a connection.
    pub(super) fn of(admin: &Admin<'_>, id: &str) -> Result<Self> {
        admin.ask("connection_configuration.get", json!({ "id": id }))
    }
}

pub fn router(pages: &Arc<Pages>) -> Router {
    let at = |part: &str| format!("/portal/sso/{{id}}{part}");
    Router::new()
        .route(PATH, pages.form(list, make))
        .route(&at(""), pages.get(connection::show))
        .route(&at("/provider"), pages.get(elsewhere).merge(pages.post_long(connection::provider)))
        .route(&at("/attributes"), pages.form(elsewhere, connection::attributes))
        .route(&at("/test"), pages.form(elsewhere, connection::test))
        .route(&at("/tested"), pages.get(connection::tested))
        .route(&at("/activate"), pages.form(elsewhere, connection::activate))
        .route(&at("/deactivate"), pages.form(elsewhere, connection::deactivate))
        .route(&at("/delete"), pages.form(elsewhere, connection::delete))
}

/// `GET /portal/sso`
fn list(visit: &Visit) -> Result<Response> {
    show(&Admin::of(visit, Some(Intent::Sso))?)
}

/// `POST /portal/sso`
fn make(visit: &Visit) -> Result<Response> {
    let admin = Admin::who_changes(visit, Intent::Sso)?;
    let input = json!({
        "organization_id": admin.session.organization_id,
        "connection_type": visit.field("connection_type"),
    });
    match admin.operate("connections.create", input) {
        Ok(made) => {
            let id = made["id"].as_str().ok_or_else(|| Error::internal("no id"))?;
            see_other(&format!("{PATH}/{id}"))
        }
        Err(error) => admin.then(Err(error), PATH, |admin| show(&admin)),
    }
}

/// Those of the organization, newest first.
pub(super) fn all(admin: &Admin<'_>) -> Result<Vec<Connection>> {
    let input = json!({ "organization_id": admin.session.organization_id, "limit": SHOWN_MAX });
    Ok(admin.ask::<Connections>("connections.list", input)?.data)
}

fn show(admin: &Admin<'_>) -> Result<Response> {
    let entry = |it: Connection| PortalEntry {
        kind: kind(&it.r#type),
        state: state(&it.state),
        path: format!("{PATH}/{}", it.id),
        name: it.name,
    };
    let first = admin.session.provider_type.as_deref().unwrap_or(FIRST[0]);
    // Who tests an application makes the test identity provider; an administrator has one of their own.
    let others = TYPES_MADE.iter().filter(|it| !FIRST.contains(it) && **it != TEST_IDP);
    let kinds = FIRST.iter().chain(others).map(|it| PortalOption {
        value: (*it).to_owned(),
        name: kind(it),
        chosen: *it == first,
    });
    let screen = PortalConnections {
        form: admin.form(PATH),
        head: admin.head(Text::new("sso-title")),
        connections: all(admin)?.into_iter().map(entry).collect(),
        kinds: kinds.collect(),
    };
    admin.page(&screen)
}

/// What people call an identity provider.
pub(super) fn kind(connection_type: &str) -> Text {
    match connection_type {
        "GenericSAML" => return Text::new("portal-provider-saml"),
        "GenericOIDC" | "Pending" => return Text::new("portal-provider-oidc"),
        _ => {}
    }
    let named = NAMES.iter().find(|it| it.0 == connection_type).map(|it| it.1);
    Text::Verbatim(named.unwrap_or_else(|| connection_type.trim_end_matches("SAML")).to_owned())
}

/// How a connection fares.
pub(super) fn state(name: &str) -> PortalState {
    let (key, tone) = match name {
        "active" => ("portal-state-active", "good"),
        "validating" => ("portal-state-validating", "calm"),
        "inactive" => ("portal-state-inactive", "calm"),
        _ => ("portal-state-draft", "calm"),
    };
    PortalState { text: Text::new(key), tone }
}
