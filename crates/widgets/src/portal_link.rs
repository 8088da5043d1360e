//! Links to the admin portal, for the buttons of widgets that lead there.
use serde_json::{Value, json};
use vestibule_kernel::{Error, FlowCx, Kind, Method, Result, Route};
use vestibule_portal::{Intent, NewLink};

use crate::endpoints::{Answer, Asked, Endpoint};
use crate::scope::Scope;
use crate::viewer::Viewer;

/// `POST /_widgets/admin-portal/generate-link?intent=…`
pub(crate) const ENDPOINT: Endpoint = Endpoint {
    route: Route(Method::Post, "/_widgets/admin-portal/generate-link"),
    answer: Answer::Act(generate),
};

/// The link is for whoever asks, so that it can be revoked with their id; each intent needs the
/// permission of the widget that leads to it.
fn generate(flow: &FlowCx, viewer: &Viewer, asked: &Asked) -> Result<Value> {
    let (intent, scope) = match asked.get("intent") {
        "domain_verification" => (Intent::DomainVerification, Scope::DomainVerification),
        "sso" => (Intent::Sso, Scope::Sso),
        "log_streams" => (Intent::LogStreams, Scope::AuditLogStreaming),
        other => {
            let text = format!(
                "No widget leads to the portal for '{other}'. Give domain_verification, sso or \
                 log_streams as intent."
            );
            return Err(Error::invalid_field("intent", "invalid_enum_value", text));
        }
    };
    let organization_id = viewer.organization(scope)?.clone();
    if viewer.is_impersonated {
        // The portal would stay open for longer than they may act as the user.
        let text = "Somebody who acts as a user opens no portal. Make a link by the API.";
        return Err(Error::plain(Kind::Forbidden, text));
    }
    let user = viewer.user_id.to_string();
    let link = flow.write(move |cx| {
        let new = NewLink {
            organization_id: organization_id.clone(),
            intent: Some(intent),
            return_url: None,
            success_url: None,
            it_contact_emails: Vec::new(),
            external_user_id: Some(user.clone()),
            provider_type: None,
        };
        vestibule_portal::generate(cx, new)
    })?;
    Ok(json!({ "link": link }))
}
