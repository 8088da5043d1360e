//! Domains of organizations, and how an organization proves that one is its own.
//!
//! A domain is pending until a TXT record with its token is found in the DNS, or the application
//! vouches for it. Many organizations may wait for the same domain; the first to prove it has it
//! alone, and the verification of all others fails.
mod change;
mod name;
mod policy;
mod store;
mod verification;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::event::Event;
use vestibule_kernel::id::{OrganizationDomainId, OrganizationId};
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Created, Cx, Error, Fine, Kind, Method::*, NoContent, Op, Operation, Result, Route,
    Within, op,
};

pub(crate) use change::clear;
pub use change::{Changes, NewDomain, WantedState, replace};
pub use name::{DomainName, Refusal};
pub use verification::VERIFY;

use crate::organizations;

/// The operations of this domain.
pub const OPERATIONS: &[Op] = &[
    op::<CreateOrganizationDomain>(),
    op::<GetOrganizationDomain>(),
    op::<VerifyOrganizationDomain>(),
    op::<DeleteOrganizationDomain>(),
];

/// A domain was added to an organization.
pub const CREATED: Event<OrganizationDomain> = Event::new("organization_domain.created");
/// A domain changed otherwise than by the outcome of its verification.
pub const UPDATED: Event<OrganizationDomain> = Event::new("organization_domain.updated");
/// A domain was taken from an organization.
pub const DELETED: Event<OrganizationDomain> = Event::new("organization_domain.deleted");
/// A domain was proved to be the organization's own.
pub const VERIFIED: Event<OrganizationDomain> = Event::new("organization_domain.verified");
/// A domain was not proved to be the organization's own.
pub const VERIFICATION_FAILED: Event<VerificationFailed> =
    Event::new("organization_domain.verification_failed");

const DOMAIN_ALREADY_EXISTS: Code = "domain_already_exists";
const DOMAIN_ALREADY_VERIFIED: Code = "domain_already_verified";

/// How many domains an organization has at the most; each answer about it shows them all.
const DOMAINS_PER_ORGANIZATION_MAX: usize = 500;

/// A domain of an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OrganizationDomain {
    /// Always `organization_domain`
    #[schemars(extend("const" = "organization_domain"))]
    pub object: &'static str,
    /// The id of the domain
    pub id: OrganizationDomainId,
    /// The organization that the domain belongs to
    pub organization_id: OrganizationId,
    /// The name, in lower case and in ASCII form
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    pub domain: DomainName,
    /// How far its verification has come
    pub state: DomainState,
    /// What the TXT record begins with, before the `=`
    pub verification_prefix: String,
    /// What the TXT record ends with, after the `=`
    pub verification_token: String,
    /// How it is, or was, verified
    pub verification_strategy: VerificationStrategy,
    /// When it was added
    pub created_at: Time,
    /// When it last changed
    pub updated_at: Time,
}

fn as_text<S: serde::Serializer>(it: &DomainName, s: S) -> std::result::Result<S::Ok, S::Error> {
    s.serialize_str(it.as_str())
}

impl OrganizationDomain {
    /// The value of the TXT record that proves the domain.
    pub fn record(&self) -> String {
        format!("{}={}", self.verification_prefix, self.verification_token)
    }
}

/// How far the verification of a domain has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum DomainState {
    /// Its record is being looked for.
    Pending,
    /// It is the organization's own.
    Verified,
    /// Its record was not found in time, or another organization was first.
    Failed,
}

/// How a domain is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum VerificationStrategy {
    /// By a TXT record.
    Dns,
    /// By the word of the application.
    Manual,
}

/// The payload of `organization_domain.verification_failed`.
#[derive(Clone, Debug, Serialize)]
pub struct VerificationFailed {
    /// Why.
    pub reason: FailureReason,
    /// The domain.
    pub organization_domain: OrganizationDomain,
}

/// Why a verification failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum FailureReason {
    /// The record was not found in 30 days.
    #[serde(rename = "domain_verification_period_expired")]
    PeriodExpired,
    /// Another organization was first.
    #[serde(rename = "domain_verified_by_other_organization")]
    VerifiedByOtherOrganization,
}

/// The domain of this id.
pub fn get(cx: &mut Cx<'_>, id: &OrganizationDomainId) -> Result<Option<OrganizationDomain>> {
    store::get(cx, id)
}

/// The domain of this id, or 404.
pub fn find(cx: &mut Cx<'_>, id: &OrganizationDomainId) -> Result<OrganizationDomain> {
    get(cx, id)?.ok_or_else(|| Error::not_found("Organization domain", id))
}

/// The organization that has proved that the domain is its own.
pub fn verified_owner(cx: &mut Cx<'_>, domain: &str) -> Result<Option<OrganizationId>> {
    match DomainName::fold(domain) {
        Some(name) => store::verified_owner(cx, &name),
        None => Ok(None),
    }
}

/// The domains of each organization, in the order in which they were made.
pub fn of_organizations(
    cx: &mut Cx<'_>,
    organizations: &[&OrganizationId],
) -> Result<std::collections::HashMap<OrganizationId, Vec<OrganizationDomain>>> {
    store::of_organizations(cx, organizations)
}

/// The domains of an organization, in the order in which they were made.
pub fn of_organization(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
) -> Result<Vec<OrganizationDomain>> {
    store::of_organization(cx, organization)
}

/// The refusal of a domain that this organization has already, or another one for itself.
#[track_caller]
fn taken(domain: &DomainName) -> Error {
    // Clients of the official API know a conflict by "already exists".
    let why = format!("The domain '{domain}' already exists in an organization.");
    Error::plain(Kind::Conflict, why)
}

/// Add a domain to an organization
///
/// Its verification by DNS begins at once: the answer tells the prefix and the token of the TXT
/// record `prefix=token` that the owner of the domain publishes.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateOrganizationDomain {
    /// The name of the domain
    #[schemars(length(min = 1, max = 255))]
    domain: String,
    /// The organization that gets the domain
    organization_id: OrganizationId,
}

impl Operation for CreateOrganizationDomain {
    const ID: &'static str = "organization_domains.create";
    const ROUTE: Route = Route(Post, "/organization_domains");
    const FAILS: &'static [Code] = &[DOMAIN_ALREADY_EXISTS];
    const STATUSES: &'static [u16] = &[409];
    type Reply = Created<OrganizationDomain>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { domain, organization_id } = self;
        let domain = DomainName::own(&domain).map_err(|it| it.error("domain", &domain))?;
        organizations::find(cx, &organization_id)?;
        // Here the conflict has a code; in the operations on organizations it has none.
        change::add(cx, &organization_id, domain).map(Created).map_err(|it| match it.kind() {
            Kind::Conflict => Error::conflict(DOMAIN_ALREADY_EXISTS, it.message().to_owned()),
            _ => it,
        })
    }
}

/// Get a domain of an organization
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetOrganizationDomain {
    /// The id of the domain
    id: OrganizationDomainId,
}

impl Operation for GetOrganizationDomain {
    const ID: &'static str = "organization_domains.get";
    const ROUTE: Route = Route(Get, "/organization_domains/{id}");
    const WITHIN: Within = Within::Row { table: "organization_domains", field: "id" };
    const PURE: bool = true;
    type Reply = Fine<OrganizationDomain>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        find(cx, &self.id).map(Fine)
    }
}

/// Start the verification of a domain, or start it anew
///
/// The TXT record is looked up at once and then for 30 days; the outcome is told by the events
/// `organization_domain.verified` and `organization_domain.verification_failed`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct VerifyOrganizationDomain {
    /// The id of the domain
    id: OrganizationDomainId,
}

impl Operation for VerifyOrganizationDomain {
    const ID: &'static str = "organization_domains.verify";
    const ROUTE: Route = Route(Post, "/organization_domains/{id}/verify");
    const WITHIN: Within = Within::Row { table: "organization_domains", field: "id" };
    const FAILS: &'static [Code] = &[DOMAIN_ALREADY_VERIFIED];
    const STATUSES: &'static [u16] = &[400];
    type Reply = Created<OrganizationDomain>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let domain = find(cx, &self.id)?;
        if domain.state == DomainState::Verified {
            return Err(Error::bad_request(
                DOMAIN_ALREADY_VERIFIED,
                format!("The domain '{}' is verified already.", domain.domain),
            ));
        }
        verification::start(cx, domain).map(Created)
    }
}

/// Take a domain from its organization
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteOrganizationDomain {
    /// The id of the domain
    id: OrganizationDomainId,
}

impl Operation for DeleteOrganizationDomain {
    const ID: &'static str = "organization_domains.delete";
    const ROUTE: Route = Route(Delete, "/organization_domains/{id}");
    const WITHIN: Within = Within::Row { table: "organization_domains", field: "id" };
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let domain = find(cx, &self.id)?;
        store::delete(cx, &domain.id)?;
        cx.emit(&DELETED, &domain)?;
        Ok(NoContent)
    }
}
