//! The connections of an organization, for the widget that shows how people sign in.
use serde::Deserialize;
use serde_json::{Value, json};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Error, FlowCx, Method, Result, Route};

use crate::endpoints::{Answer, Asked, Endpoint};
use crate::scope::Scope;
use crate::viewer::Viewer;

/// `GET /_widgets/admin-portal/sso-connections`
pub(crate) const ENDPOINT: Endpoint = Endpoint {
    route: Route(Method::Get, "/_widgets/admin-portal/sso-connections"),
    answer: Answer::Act(list),
};

/// How many are shown: more than an organization has.
const SHOWN_MAX: u32 = 100;
/// How long before its end a certificate ends soon.
const SOON_DAYS: i64 = 90;

#[derive(Deserialize)]
struct List<T> {
    data: Vec<T>,
}

/// A connection, as far as it is shown.
#[derive(Deserialize)]
struct Connection {
    id: String,
    name: String,
    #[serde(rename = "connection_type")]
    r#type: String,
    state: String,
    created_at: String,
}

/// A certificate of an identity provider.
#[derive(Deserialize)]
struct Certificate {
    id: String,
    value: String,
    not_before: Time,
    not_after: Time,
}

impl Certificate {
    fn shown(&self) -> Value {
        json!({
            "id": self.id, "value": self.value, "notBefore": self.not_before,
            "notAfter": self.not_after, "lastExpiryEventSentAt": null,
        })
    }
}

fn list(flow: &FlowCx, viewer: &Viewer, _: &Asked) -> Result<Value> {
    let organization = viewer.organization(Scope::Sso)?;
    let input = json!({ "organization_id": organization, "limit": SHOWN_MAX });
    let found: List<Connection> = read(flow.operate(organization, "connections.list", input)?)?;
    let mut shown = Vec::new();
    for it in found.data {
        let certificates = if it.r#type.ends_with("SAML") {
            let input = json!({ "connection_id": it.id });
            let operation = "connections.list_saml_idp_signing_certs";
            let all: List<Certificate> = read(flow.operate(organization, operation, input)?)?;
            Some(all.data)
        } else {
            None
        };
        shown.push(connection(&it, certificates.as_deref(), flow.now()));
    }
    Ok(Value::Array(shown))
}

fn read<T: for<'de> Deserialize<'de>>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(Error::internal)
}

/// A connection as the widget reads it. What is not set up yet signs nobody in, which is all that the
/// widget has a word for.
fn connection(it: &Connection, certificates: Option<&[Certificate]>, now: Time) -> Value {
    let state = match it.state.as_str() {
        "active" => "Active",
        "validating" => "Validating",
        "deleting" => "Deleting",
        _ => "Inactive",
    };
    let mut shown = json!({
        "id": it.id, "name": it.name, "state": state, "type": kind(&it.r#type),
        "createdAt": it.created_at, "lastSession": null,
    });
    let Some(certificates) = certificates else {
        shown["providerTag"] = json!("OpenIdConnect");
        return shown;
    };
    shown["providerTag"] = json!("Saml");
    shown["x509Certificates"] = certificates.iter().map(Certificate::shown).collect();
    // Where a later one is there, nobody has to do anything.
    let last = certificates.iter().max_by_key(|it| it.not_after.millis());
    let of = |is: bool| last.filter(|_| is).map(Certificate::shown);
    let end = last.map_or(i64::MAX, |it| it.not_after.millis());
    let (now, soon) = (now.millis(), now.plus_days(SOON_DAYS).millis());
    shown["latestExpiringCertificate"] = json!(of(end > now && end <= soon));
    shown["latestExpiredCertificate"] = json!(of(end <= now));
    shown
}

/// The type in the spelling of widgets.
fn kind(connection_type: &str) -> String {
    match connection_type {
        "ADFSSAML" => "AdfsSaml".to_owned(),
        "VMwareSAML" => "VmWareSaml".to_owned(),
        other => other.replace("SAML", "Saml").replace("OIDC", "Oidc"),
    }
}

#[cfg(test)]
mod tests {
    use super::kind;

    #[test]
    fn types_are_spelt_as_widgets_know_them() {
        for (ours, theirs) in [
            ("OktaSAML", "OktaSaml"),
            ("ADFSSAML", "AdfsSaml"),
            ("VMwareSAML", "VmWareSaml"),
            ("SimpleSamlPhpSAML", "SimpleSamlPhpSaml"),
            ("GenericOIDC", "GenericOidc"),
            ("LoginGovOidc", "LoginGovOidc"),
        ] {
            assert_eq!(kind(ours), theirs);
        }
    }
}
