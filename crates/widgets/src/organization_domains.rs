//! The domains of an organization, for the widget that proves them.
use serde::Serialize;
use serde_json::{Value, json};
use vestibule_kernel::id::OrganizationDomainId;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, FlowCx, Method, Result, Route};
use vestibule_people::domains::{self, DomainState, OrganizationDomain};

use crate::endpoints::{Answer, Asked, Endpoint};
use crate::scope::Scope;
use crate::viewer::Viewer;

/// `GET /_widgets/admin-portal/organization-domains`
pub(crate) const LIST: Endpoint = Endpoint {
    route: Route(Method::Get, "/_widgets/admin-portal/organization-domains"),
    answer: Answer::Show(list),
};
/// `DELETE /_widgets/admin-portal/organization-domains/{domainId}`
pub(crate) const DELETE: Endpoint = Endpoint {
    route: Route(Method::Delete, "/_widgets/admin-portal/organization-domains/{domainId}"),
    answer: Answer::Act(delete),
};
/// `POST /_widgets/admin-portal/organization-domains/{domainId}/reverify`
pub(crate) const REVERIFY: Endpoint = Endpoint {
    route: Route(Method::Post, "/_widgets/admin-portal/organization-domains/{domainId}/reverify"),
    answer: Answer::Act(reverify),
};

/// A domain as the widget reads it. Nobody looks where its names are managed, so that the widget gives
/// the advice that is true everywhere.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    id: OrganizationDomainId,
    domain: String,
    state: &'static str,
    name_server: &'static str,
    verification_prefix: String,
    verification_token: String,
    created_at: Time,
}

impl From<OrganizationDomain> for Shown {
    fn from(it: OrganizationDomain) -> Self {
        Self {
            domain: it.domain.to_string(),
            state: match it.state {
                DomainState::Pending => "Pending",
                DomainState::Verified => "Verified",
                DomainState::Failed => "Failed",
            },
            name_server: "Other",
            id: it.id,
            verification_prefix: it.verification_prefix,
            verification_token: it.verification_token,
            created_at: it.created_at,
        }
    }
}

fn list(cx: &mut Cx<'_>, viewer: &Viewer) -> Result<Value> {
    let organization = viewer.organization(Scope::DomainVerification)?;
    let all = domains::of_organization(cx, organization)?.into_iter();
    Ok(json!({ "data": all.map(Shown::from).collect::<Vec<_>>() }))
}

fn delete(flow: &FlowCx, viewer: &Viewer, asked: &Asked) -> Result<Value> {
    let organization = viewer.organization(Scope::DomainVerification)?;
    let domain = find(flow, viewer, asked)?;
    flow.operate(organization, "organization_domains.delete", json!({ "id": domain.id }))?;
    Ok(json!(Shown::from(domain)))
}

fn reverify(flow: &FlowCx, viewer: &Viewer, asked: &Asked) -> Result<Value> {
    let organization = viewer.organization(Scope::DomainVerification)?;
    let domain = find(flow, viewer, asked)?;
    flow.operate(organization, "organization_domains.verify", json!({ "id": domain.id }))?;
    find(flow, viewer, asked).map(|it| json!(Shown::from(it)))
}

/// The domain of the path, which is one of the organization's.
fn find(flow: &FlowCx, viewer: &Viewer, asked: &Asked) -> Result<OrganizationDomain> {
    let organization = viewer.organization(Scope::DomainVerification)?;
    let id = OrganizationDomainId::parse(asked.get("domainId"))?;
    let found = flow.read(|cx| domains::get(cx, &id))?;
    let found = found.filter(|it| it.organization_id == *organization);
    found.ok_or_else(|| Error::not_found("Organization domain", &id))
}
