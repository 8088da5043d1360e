//! Single sign-on: away to the identity provider of an organization.
//!
//! Which one is told by the address that was typed, or by the organization that a sign-in came for; so
//! it is known before anybody has shown who they are, and tells nothing of accounts.
use axum::http::StatusCode;
use axum::response::Response;
use vestibule_federation::connections;
use vestibule_federation::social::{self, Provider};
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::limit::Limit;
use vestibule_kernel::{Cx, Result};
use vestibule_people::{domains, organizations};
use vestibule_signin::authenticate::attempt::Needs;

use super::{Journey, Step};
use crate::screens::SingleSignOn;
use crate::web::{self, Visit};

/// How often a place may be sent to an identity provider (contract 00 §7).
const DEPARTURES: Limit =
    Limit { name: "pages.sso", uses_max: 3, window: 60, code: "too_many_requests" };

/// `GET /authkit/{request}/sso`: away to the identity provider.
///
/// A form may have led here, and what follows a form may not leave this server, so a page does it; see
/// [`crate::screens::Returning`].
pub fn show(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let Some((organization, provider)) = journey.connection()? else {
        return journey.to(Step::Another);
    };
    // The page of a test identity provider is ours, and test suites come often.
    if !provider.is_test() {
        journey.flow.limit(DEPARTURES, &visit.place())?;
    }
    let email = journey.known_email()?;
    let email = Some(email.as_str()).filter(|it| !it.is_empty());
    let departure = social::begin(&journey.flow, &journey.request, &provider, email)?;
    let name = journey.flow.read(|cx| Ok(organizations::find(cx, &organization)?.name))?;
    let screen = SingleSignOn { organization: name, location: departure.location };
    let mut response = journey.page(StatusCode::OK, &screen)?;
    web::add_cookie(&mut response, &departure.cookie);
    Ok(response)
}

impl Journey<'_> {
    /// The connection by which whoever comes can sign in, and whose it is: that of the organization
    /// that asks for single sign-on, that the address or the domain that the application knows belongs
    /// to, or that the application named.
    pub fn connection(&self) -> Result<Option<(OrganizationId, Provider)>> {
        if !self.policy.sso {
            return Ok(None);
        }
        let asks = match self.waiting()?.map(|it| it.needs) {
            Some(Needs::AnotherMethod(it)) => it.organization_id,
            Some(_) | None => None,
        };
        let named = self.request.asked.organization_id.as_deref();
        let named = named.map(OrganizationId::parse).transpose()?;
        self.flow.read(|cx| {
            let owner = connections::owner_of(cx, &self.state.email)?;
            let hinted = self.hinted_owner(cx)?;
            for id in [&asks, &owner, &hinted, &named].into_iter().flatten() {
                if let Some(provider) = connections::of_people(cx, id)? {
                    return Ok(Some((id.clone(), provider)));
                }
            }
            Ok(None)
        })
    }

    /// The organization to which the domain belongs that the application says its user is of. What
    /// they type themselves says more.
    fn hinted_owner(&self, cx: &mut Cx<'_>) -> Result<Option<OrganizationId>> {
        match &self.request.asked.hints.domain_hint {
            Some(domain) if self.state.email.is_empty() => domains::verified_owner(cx, domain),
            Some(_) | None => Ok(None),
        }
    }

    /// Whether the application says of which domain its user is, and people of that domain sign in by a
    /// connection: then nobody needs to be asked for an address.
    pub fn is_hinted(&self) -> Result<bool> {
        if !self.policy.sso {
            return Ok(false);
        }
        self.flow.read(|cx| match self.hinted_owner(cx)? {
            Some(id) => Ok(connections::of_people(cx, &id)?.is_some()),
            None => Ok(false),
        })
    }
}
