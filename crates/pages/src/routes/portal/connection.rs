//! One connection: what to set up at the identity provider, what the identity provider is, and trying it.
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};
use vestibule_federation::connections::is_saml;
use vestibule_federation::sso::Profile;
use vestibule_federation::trial;
use vestibule_kernel::id::ConnectionId;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Error, Result};
use vestibule_languages::Text;
use vestibule_portal::Intent;

use super::connections::{Configuration, Connection, PATH, Saml, ToRegister, kind, state};
use super::{Admin, not_sure};
use crate::screens::{
    PortalConnection, PortalFact, PortalField, PortalOption, PortalTested, PortalWay, SingleSignOn,
};
use crate::web::{self, Visit, page};

/// The attributes that can be named, and what the page calls them.
const ATTRIBUTES: [(&str, &str); 6] = [
    ("idp_id", "portal-attribute-id"),
    ("email", "email"),
    ("first_name", "first-name"),
    ("last_name", "last-name"),
    ("name", "name"),
    ("groups", "portal-attribute-groups"),
];
/// The longest error of an identity provider that is shown, in characters.
const ERROR_CHARS_MAX: usize = 500;

/// `GET /portal/sso/{id}`
pub fn show(visit: &Visit) -> Result<Response> {
    look(&Admin::of(visit, Some(Intent::Sso))?.below(PATH))
}

/// `POST /portal/sso/{id}/provider`
pub fn provider(visit: &Visit) -> Result<Response> {
    let admin = who_changes(visit)?;
    let connection = find(&admin)?;
    let input = if is_saml(&connection.r#type) {
        json!({ "id": connection.id, "saml_options": saml_options(visit) })
    } else {
        json!({ "id": connection.id, "oidc_options": oidc_options(visit) })
    };
    let done = admin.operate("connections.update", input);
    admin.then(done, &format!("{PATH}/{}?saved", connection.id), |admin| look(&admin))
}

/// What of the ways of SAML was used.
fn saml_options(visit: &Visit) -> Value {
    let mut options = given(
        visit,
        &[
            ("metadata_url", "idp_metadata_url"),
            ("metadata", "idp_metadata"),
            ("sso_url", "idp_sso_url"),
            ("entity_id", "idp_entity_id"),
        ],
    );
    let certificate = visit.field("certificate");
    if !certificate.is_empty() {
        options.insert("idp_signing_certs".to_owned(), json!([certificate]));
    }
    Value::Object(options)
}

fn oidc_options(visit: &Visit) -> Value {
    Value::Object(given(
        visit,
        &[
            ("issuer", "discovery_endpoint"),
            ("client_id", "client_id"),
            ("client_secret", "client_secret"),
            ("authentication", "token_authentication_method"),
        ],
    ))
}

/// How the client secret can be sent, by the names that consoles have for it.
fn auth_methods(former: Option<&str>) -> Vec<PortalOption> {
    let option = |name: &str| PortalOption {
        value: name.to_owned(),
        name: term(name),
        chosen: former == Some(name),
    };
    ["client_secret_basic", "client_secret_post"].map(option).into()
}

/// The fields that were filled in, as the operation names them.
fn given(visit: &Visit, fields: &[(&str, &str)]) -> Map<String, Value> {
    let filled = fields.iter().filter(|it| !visit.field(it.0).is_empty());
    filled.map(|it| (it.1.to_owned(), json!(visit.field(it.0)))).collect()
}

/// `POST /portal/sso/{id}/attributes`
pub fn attributes(visit: &Visit) -> Result<Response> {
    let admin = who_changes(visit)?;
    let attribute = |it: &(&str, &str)| {
        let typed = visit.field(it.0);
        let named = if typed.is_empty() { Value::Null } else { json!(typed) };
        (it.0.to_owned(), named)
    };
    let all: Map<String, Value> = ATTRIBUTES.iter().map(attribute).collect();
    let maps = json!({ "standard_attributes": all });
    let id = visit.path("id");
    let done = admin.operate("connections.update", json!({ "id": id, "attribute_maps": maps }));
    admin.then(done, &format!("{PATH}/{id}?saved"), |admin| look(&admin))
}

/// `POST /portal/sso/{id}/activate`
pub fn activate(visit: &Visit) -> Result<Response> {
    switch(visit, "connections.activate")
}

/// `POST /portal/sso/{id}/deactivate`
pub fn deactivate(visit: &Visit) -> Result<Response> {
    switch(visit, "connections.deactivate")
}

fn switch(visit: &Visit, operation: &str) -> Result<Response> {
    let admin = who_changes(visit)?;
    let id = visit.path("id");
    let done = admin.operate(operation, json!({ "id": id }));
    admin.then(done, &format!("{PATH}/{id}?saved"), |admin| look(&admin))
}

/// `POST /portal/sso/{id}/delete`
pub fn delete(visit: &Visit) -> Result<Response> {
    let admin = who_changes(visit)?;
    if !admin.is_sure() {
        return look(&admin.refused(not_sure()));
    }
    let done = admin.operate("connections.delete", json!({ "id": visit.path("id") }));
    admin.then(done, &format!("{PATH}?removed"), |admin| look(&admin))
}

/// `POST /portal/sso/{id}/test`
///
/// What follows a form may not leave this server, so a page leads to the identity provider; see
/// [`crate::screens::Returning`].
pub fn test(visit: &Visit) -> Result<Response> {
    let admin = who_changes(visit)?;
    let connection = find(&admin)?;
    let id = ConnectionId::parse(&connection.id)?;
    match trial::begin(&admin.flow, &id, &tested_at(visit, &connection.id)) {
        Ok(departure) => {
            let screen = SingleSignOn {
                organization: admin.organization.clone(),
                location: departure.location,
            };
            let mut response = page(StatusCode::OK, &admin.frame, &screen)?;
            web::add_cookie(&mut response, &departure.cookie);
            Ok(response)
        }
        Err(error) => admin.then(Err(error), PATH, |admin| look(&admin)),
    }
}

/// `GET /portal/sso/{id}/tested?code=…`: back from the identity provider.
pub fn tested(visit: &Visit) -> Result<Response> {
    let admin = Admin::of(visit, Some(Intent::Sso))?;
    let connection = find(&admin)?;
    let admin = admin.below(&format!("{PATH}/{}", connection.id));
    let came = match visit.query("code") {
        Some(code) => {
            let (id, code) = (ConnectionId::parse(&connection.id)?, Secret::new(code));
            let at = tested_at(visit, &connection.id);
            admin.flow.write(move |cx| trial::end(cx, &id, &at, &code))?
        }
        None => None,
    };
    let said = visit.query("error_description").or(visit.query("error"));
    let said: String = said.unwrap_or("Nobody came back.").chars().take(ERROR_CHARS_MAX).collect();
    let raw = came.as_ref().map(|it| serde_json::to_string_pretty(&it.raw_attributes));
    let screen = PortalTested {
        form: admin.form(PATH),
        head: admin.head(Text::new("portal-test-title")),
        failed: came.is_none().then_some(said),
        facts: came.map(facts_of).unwrap_or_default(),
        raw: raw.transpose().map_err(Error::internal)?,
    };
    admin.page(&screen)
}

fn tested_at(visit: &Visit, id: &str) -> String {
    format!("{}{PATH}/{id}/tested", visit.app.options().public_url)
}

fn facts_of(it: Profile) -> Vec<PortalFact> {
    let groups = it.groups.map(|it| it.join(", "));
    [
        ("portal-attribute-id", Some(it.idp_id)),
        ("email", Some(it.email)),
        ("first-name", it.first_name),
        ("last-name", it.last_name),
        ("name", it.name),
        ("portal-attribute-groups", groups),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some(PortalFact { name: Text::new(key), value: value? }))
    .collect()
}

fn who_changes(visit: &Visit) -> Result<Admin<'_>> {
    Ok(Admin::who_changes(visit, Intent::Sso)?.below(PATH))
}

/// The connection of the path, which is one of the organization's.
fn find(admin: &Admin<'_>) -> Result<Connection> {
    admin.ask("connections.get", json!({ "id": admin.visit.path("id") }))
}

fn look(admin: &Admin<'_>) -> Result<Response> {
    let connection = find(admin)?;
    let it = Configuration::of(admin, &connection.id)?;
    let at = |part: &str| format!("{PATH}/{}{part}", connection.id);
    let is_on = matches!(connection.state.as_str(), "active" | "validating");
    let is_known = it.oidc.is_some() || it.saml.is_some();
    let attribute = |(name, key): (&'static str, &str)| PortalField {
        name,
        label: Text::new(key),
        kind: "text",
        value: text_of(it.attribute_maps.standard_attributes.get(name)),
        required: false,
        options: Vec::new(),
    };
    let screen = PortalConnection {
        form: admin.form(PATH),
        head: admin.head(Text::Verbatim(connection.name.clone())),
        name: connection.name.clone(),
        kind: kind(&connection.r#type),
        state: state(&connection.state),
        register: it.to_register.as_ref().map(register).unwrap_or_default(),
        known: known(&it),
        ways: ways(admin, &connection, &it),
        provider_action: at("/provider"),
        attributes: ATTRIBUTES.into_iter().map(attribute).collect(),
        attributes_action: at("/attributes"),
        test_action: (is_known && is_on).then(|| at("/test")),
        activate_action: (is_known && connection.state != "active").then(|| at("/activate")),
        deactivate_action: (is_known && is_on).then(|| at("/deactivate")),
        delete_action: at("/delete"),
    };
    admin.page(&screen)
}

fn text_of(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The words of the protocols, which consoles of identity providers have in every language.
fn term(words: &str) -> Text {
    Text::Verbatim(words.to_owned())
}

fn fact(name: &str, value: Option<&String>) -> Option<PortalFact> {
    Some(PortalFact { name: term(name), value: value?.clone() })
}

fn register(it: &ToRegister) -> Vec<PortalFact> {
    [
        fact("Redirect URI", it.redirect_uri.as_ref()),
        fact("ACS URL", it.acs_url.as_ref()),
        fact("Entity ID (Audience URI)", it.sp_entity_id.as_ref()),
        fact("Metadata URL", it.sp_metadata_url.as_ref()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn known(it: &Configuration) -> Vec<PortalFact> {
    let (oidc, saml) = (it.oidc.as_ref(), it.saml.as_ref());
    [
        fact("Issuer", oidc.and_then(|it| it.issuer.as_ref())),
        fact("Client ID", oidc.map(|it| &it.client_id)),
        fact("Entity ID", saml.and_then(|it| it.entity_id.as_ref())),
        fact("Sign-in URL", saml.map(|it| &it.sso_url)),
        fact("Metadata URL", saml.and_then(|it| it.metadata_url.as_ref())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The ways to tell what an identity provider is. What was typed and refused is kept, but for secrets.
fn ways(admin: &Admin<'_>, connection: &Connection, it: &Configuration) -> Vec<PortalWay> {
    let typed = |name: &'static str, label: &str, kind, former: Option<&String>, required| {
        let now = admin.visit.field(name).to_owned();
        let value = if now.is_empty() { former.cloned().unwrap_or_default() } else { now };
        PortalField { name, label: term(label), kind, value, required, options: Vec::new() }
    };
    if !is_saml(&connection.r#type) {
        let oidc = it.oidc.as_ref();
        let secret = PortalField {
            name: "client_secret",
            label: term("Client secret"),
            kind: "password",
            value: String::new(),
            required: oidc.is_none(),
            options: Vec::new(),
        };
        let method = PortalField {
            name: "authentication",
            label: term("Client authentication"),
            kind: "text",
            value: String::new(),
            required: true,
            options: auth_methods(oidc.map(|it| it.token_authentication_method.as_str())),
        };
        let fields = vec![
            typed("issuer", "Issuer", "url", oidc.map(|it| &it.discovery_endpoint), true),
            typed("client_id", "Client ID", "text", oidc.map(|it| &it.client_id), true),
            secret,
            method,
        ];
        return vec![PortalWay { name: None, open: true, fields }];
    }
    let saml: Option<&Saml> = it.saml.as_ref();
    let url = saml.and_then(|it| it.metadata_url.as_ref());
    let by_hand = vec![
        typed("sso_url", "Sign-in URL", "url", saml.map(|it| &it.sso_url), true),
        typed("entity_id", "Entity ID", "text", saml.and_then(|it| it.entity_id.as_ref()), false),
        typed("certificate", "X.509", "area", None, saml.is_none()),
    ];
    let was_typed = |name: &str| !admin.visit.field(name).is_empty();
    let (by_file, hand) = (was_typed("metadata"), was_typed("sso_url"));
    let way = |key: &str, open, fields| PortalWay { name: Some(Text::new(key)), open, fields };
    vec![
        way(
            "portal-by-url",
            saml.is_none() && !by_file && !hand,
            vec![typed("metadata_url", "Metadata URL", "url", url, true)],
        ),
        way("portal-by-file", by_file, vec![typed("metadata", "Metadata XML", "area", None, true)]),
        way("portal-by-hand", hand, by_hand),
    ]
}
