//! Organizations: the customers of the application that signs its users in through us.
mod entitlements;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::event::Event;
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::limit::{Limit, count};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Created, Cx, Empty, Error, Fine, Method::*, Op, Operation, Patch, Result, Route, Within,
    op,
};

use crate::domains::{self, DomainName, NewDomain, OrganizationDomain, WantedState};
use crate::metadata::{
    EXTERNAL_ID_ALREADY_USED, ExternalId, INVALID_METADATA, Metadata, MetadataChange,
};

/// The operations of this domain.
pub const OPERATIONS: &[Op] = &[
    op::<CreateOrganization>(),
    op::<GetOrganization>(),
    op::<GetOrganizationByExternalId>(),
    op::<ListOrganizations>(),
    op::<UpdateOrganization>(),
    op::<DeleteOrganization>(),
    op::<entitlements::GetEntitlements>(),
    op::<entitlements::SetEntitlements>(),
];

pub use entitlements::entitlements;

/// An organization was made.
pub const CREATED: Event<Organization> = Event::new("organization.created");
/// An organization was changed.
pub const UPDATED: Event<Organization> = Event::new("organization.updated");
/// An organization was deleted. Whoever keeps something for an organization reacts to it.
pub const DELETED: Event<Organization> = Event::new("organization.deleted");

const STRIPE_CUSTOMER_ID_ALREADY_USED: Code = "stripe_customer_id_already_used";

/// Deletions by one API key (contract 00 §7).
const DELETIONS: Limit =
    Limit { name: "organizations.delete", uses_max: 50, window: 60, code: "rate_limit_exceeded" };

/// An organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Organization {
    /// Always `organization`
    #[schemars(extend("const" = "organization"))]
    pub object: &'static str,
    /// The id of the organization
    pub id: OrganizationId,
    /// A name for people; several organizations may have the same
    pub name: String,
    /// The domains of the organization
    pub domains: Vec<OrganizationDomain>,
    /// What the application keeps with the organization
    pub metadata: Metadata,
    /// The id that the application knows the organization by
    pub external_id: Option<ExternalId>,
    /// The id of the organization's customer at Stripe
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub stripe_customer_id: Option<String>,
    /// Whether people may sign in through the organization's connections from other domains than
    /// its own
    #[schemars(extend("deprecated" = true))]
    pub allow_profiles_outside_organization: bool,
    /// When it was made
    pub created_at: Time,
    /// When it last changed
    pub updated_at: Time,
}

/// The organization of this id.
pub fn get(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<Option<Organization>> {
    let found = store::get(cx, id)?;
    with_domains(cx, found)
}

/// The organization of this id, or 404.
pub fn find(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<Organization> {
    get(cx, id)?.ok_or_else(|| Error::not_found("Organization", id))
}

/// The organization that the application knows by this id.
pub fn get_by_external_id(cx: &mut Cx<'_>, external_id: &str) -> Result<Option<Organization>> {
    let found = store::get_by_external_id(cx, external_id)?;
    with_domains(cx, found)
}

/// A page of organizations, without their domains.
pub fn page(cx: &mut Cx<'_>, paging: &Paging) -> Result<Page<Organization>> {
    store::list(cx, paging, None, None)
}

fn with_domains(cx: &mut Cx<'_>, found: Option<Organization>) -> Result<Option<Organization>> {
    let Some(mut organization) = found else { return Ok(None) };
    organization.domains = domains::of_organization(cx, &organization.id)?;
    Ok(Some(organization))
}

/// What an organization is made of.
#[derive(Clone, Debug, Default)]
pub struct NewOrganization {
    /// Its id, where it is pinned.
    pub id: Option<OrganizationId>,
    /// Its name.
    pub name: String,
    /// The id that the application knows it by.
    pub external_id: Option<ExternalId>,
    /// What the application keeps with it.
    pub metadata: Metadata,
    /// Whether people may sign in through its connections from other domains than its own.
    pub allow_profiles_outside_organization: bool,
    /// Its domains.
    pub domains: Vec<NewDomain>,
}

/// Makes an organization.
pub fn create(cx: &mut Cx<'_>, new: NewOrganization) -> Result<Organization> {
    let NewOrganization {
        id,
        name,
        external_id,
        metadata,
        allow_profiles_outside_organization,
        domains,
    } = new;
    let now = cx.now();
    let mut organization = Organization {
        object: "organization",
        id: id.unwrap_or_else(|| OrganizationId::new(cx)),
        name,
        domains: Vec::new(),
        metadata,
        external_id,
        stripe_customer_id: None,
        allow_profiles_outside_organization,
        created_at: now,
        updated_at: now,
    };
    store::insert(cx, &organization)?;
    let changes = domains::replace(cx, &organization.id, domains)?;
    organization.domains = domains::of_organization(cx, &organization.id)?;
    cx.emit(&CREATED, &organization)?;
    changes.tell(cx)?;
    Ok(organization)
}

#[track_caller]
fn stripe_customer_id_already_used(id: Option<&str>) -> Error {
    let id = id.unwrap_or_default();
    let why = format!("The Stripe customer '{id}' already belongs to another organization.");
    Error::bad_request(STRIPE_CUSTOMER_ID_ALREADY_USED, why)
}

/// A domain and whether it must be proved
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
struct DomainData {
    /// The name of the domain
    #[schemars(length(min = 1, max = 255))]
    domain: String,
    /// `verified` where you vouch for the organization, `pending` where it must prove the domain
    state: WantedState,
}

/// The domains that an input asks for; none where it does not speak of domains.
fn wanted_domains(
    domain_data: Option<Vec<DomainData>>,
    domains: Option<Vec<String>>,
) -> Result<Option<Vec<NewDomain>>> {
    if domain_data.is_none() && domains.is_none() {
        return Ok(None);
    }
    let data = domain_data.unwrap_or_default().into_iter().map(|it| (it.domain, it.state));
    let data = data.enumerate().map(|(i, it)| (format!("domain_data.{i}.domain"), it));
    let plain = domains.unwrap_or_default().into_iter().map(|it| (it, WantedState::Pending));
    let plain = plain.enumerate().map(|(i, it)| (format!("domains.{i}"), it));
    let mut wanted: Vec<NewDomain> = Vec::new();
    for (field, (text, state)) in data.chain(plain) {
        let domain = DomainName::own(&text).map_err(|it| it.error(&field, &text))?;
        match wanted.iter().find(|it| it.domain == domain) {
            None => wanted.push(NewDomain { domain, state }),
            // The deprecated list says nothing of a state.
            Some(it) if it.state == state || field.starts_with("domains") => {}
            Some(_) => {
                let why = format!("The domain '{domain}' is given twice, with different states.");
                return Err(Error::invalid_field(&field, "duplicate", why));
            }
        }
    }
    Ok(Some(wanted))
}

/// Create an organization
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateOrganization {
    /// A name for people; several organizations may have the same
    #[schemars(length(max = 255), regex(pattern = r"\S"))]
    name: String,
    /// Whether people may sign in through the organization's connections from other domains than
    /// its own
    allow_profiles_outside_organization: Option<bool>,
    /// The domains of the organization
    #[schemars(length(max = 500))]
    domain_data: Option<Vec<DomainData>>,
    /// The names of domains that the organization must prove; better give `domain_data`
    #[schemars(length(max = 500), inner(length(min = 1, max = 255)))]
    domains: Option<Vec<String>>,
    /// What you keep with the organization: at most 50 pairs, with keys of at most 40 and values of
    /// at most 600 ASCII characters
    #[serde(default)]
    metadata: Patch<MetadataChange>,
    /// The id that you know the organization by: unique, at most 128 ASCII characters
    #[serde(default)]
    external_id: Patch<ExternalId>,
}

impl Operation for CreateOrganization {
    const ID: &'static str = "organizations.create";
    const ROUTE: Route = Route(Post, "/organizations");
    const FAILS: &'static [Code] = &[INVALID_METADATA, EXTERNAL_ID_ALREADY_USED];
    const STATUSES: &'static [u16] = &[400, 409];
    type Reply = Created<Organization>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {
            name,
            allow_profiles_outside_organization,
            domain_data,
            domains,
            metadata,
            external_id,
        } = self;
        let mut new = NewOrganization {
            name,
            allow_profiles_outside_organization: allow_profiles_outside_organization
                .unwrap_or_default(),
            domains: wanted_domains(domain_data, domains)?.unwrap_or_default(),
            ..NewOrganization::default()
        };
        new.metadata.merge(metadata)?;
        external_id.apply(&mut new.external_id);
        create(cx, new).map(Created)
    }
}

/// Get an organization
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetOrganization {
    /// The id of the organization
    id: OrganizationId,
}

impl Operation for GetOrganization {
    const ID: &'static str = "organizations.get";
    const ROUTE: Route = Route(Get, "/organizations/{id}");
    const WITHIN: Within = Within::Field("id");
    const PURE: bool = true;
    type Reply = Fine<Organization>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        find(cx, &self.id).map(Fine)
    }
}

/// Get an organization by the id that you know it by
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetOrganizationByExternalId {
    /// The external id of the organization
    external_id: String,
}

impl Operation for GetOrganizationByExternalId {
    const ID: &'static str = "organizations.get_by_external_id";
    const ROUTE: Route = Route(Get, "/organizations/external_id/{external_id}");
    const PURE: bool = true;
    type Reply = Fine<Organization>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { external_id } = self;
        get_by_external_id(cx, &external_id)?
            .map(Fine)
            .ok_or_else(|| Error::not_found("Organization", &external_id))
    }
}

/// List organizations
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListOrganizations {
    #[serde(flatten)]
    paging: Paging,
    /// Only organizations that have one of these domains, verified or not
    #[schemars(length(max = 100))]
    domains: Option<Vec<String>>,
    /// Only organizations whose name contains this text, in any case
    #[schemars(length(max = 255))]
    search: Option<String>,
}

impl Operation for ListOrganizations {
    const ID: &'static str = "organizations.list";
    const ROUTE: Route = Route(Get, "/organizations");
    const LONG: bool = true;
    type Reply = Fine<Page<Organization>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { paging, domains, search } = self;
        let search = search.as_deref().filter(|it| !it.is_empty());
        // No organization has what is no domain.
        let domains = domains
            .filter(|it| it.iter().any(|it| !it.is_empty()))
            .map(|it| it.iter().filter_map(|it| DomainName::fold(it)).collect());
        let mut page = store::list(cx, &paging, search, domains)?;
        let ids: Vec<&OrganizationId> = page.data.iter().map(|it| &it.id).collect();
        let mut found = domains::of_organizations(cx, &ids)?;
        for it in &mut page.data {
            it.domains = found.remove(&it.id).unwrap_or_default();
        }
        Ok(Fine(page))
    }
}

/// Update an organization
///
/// What is not given stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateOrganization {
    /// The id of the organization
    id: OrganizationId,
    /// A name for people; several organizations may have the same
    #[schemars(length(max = 255), regex(pattern = r"\S"))]
    name: Option<String>,
    /// Whether people may sign in through the organization's connections from other domains than
    /// its own
    allow_profiles_outside_organization: Option<bool>,
    /// The domains of the organization, all of them: those that are not given are deleted. A
    /// domain that is verified stays so
    #[schemars(length(max = 500))]
    domain_data: Option<Vec<DomainData>>,
    /// The names of the domains of the organization, all of them; better give `domain_data`
    #[schemars(length(max = 500), inner(length(min = 1, max = 255)), extend("deprecated" = true))]
    domains: Option<Vec<String>>,
    /// The id of the organization's customer at Stripe; null clears it
    #[serde(default)]
    #[schemars(length(min = 1, max = 255))]
    stripe_customer_id: Patch<String>,
    /// Pairs that are merged into those that are kept with the organization: a null removes its
    /// key; null as a whole, or no pair, removes all
    #[serde(default)]
    metadata: Patch<MetadataChange>,
    /// The id that you know the organization by: unique, at most 128 ASCII characters; null clears
    /// it
    #[serde(default)]
    external_id: Patch<ExternalId>,
}

impl Operation for UpdateOrganization {
    const ID: &'static str = "organizations.update";
    const ROUTE: Route = Route(Put, "/organizations/{id}");
    const WITHIN: Within = Within::Field("id");
    const FAILS: &'static [Code] =
        &[INVALID_METADATA, EXTERNAL_ID_ALREADY_USED, STRIPE_CUSTOMER_ID_ALREADY_USED];
    const STATUSES: &'static [u16] = &[400, 403, 409];
    type Reply = Fine<Organization>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {
            id,
            name,
            allow_profiles_outside_organization,
            domain_data,
            domains,
            stripe_customer_id,
            metadata,
            external_id,
        } = self;
        let wanted = wanted_domains(domain_data, domains)?;
        let before = find(cx, &id)?;
        let mut organization = before.clone();
        organization.name = name.unwrap_or(organization.name);
        organization.allow_profiles_outside_organization = allow_profiles_outside_organization
            .unwrap_or(organization.allow_profiles_outside_organization);
        stripe_customer_id.apply(&mut organization.stripe_customer_id);
        organization.metadata.merge(metadata)?;
        external_id.apply(&mut organization.external_id);
        let changes = match wanted {
            Some(wanted) => domains::replace(cx, &id, wanted)?,
            None => domains::Changes::default(),
        };
        if organization == before && changes.is_empty() {
            return Ok(Fine(before));
        }
        organization.updated_at = cx.now();
        store::update(cx, &organization)?;
        organization.domains = domains::of_organization(cx, &id)?;
        cx.emit(&UPDATED, &organization)?;
        changes.tell(cx)?;
        Ok(Fine(organization))
    }
}

/// Delete an organization and all that belongs to it
///
/// Its users stay; their memberships, and the sessions in the organization, end.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteOrganization {
    /// The id of the organization
    id: OrganizationId,
}

impl Operation for DeleteOrganization {
    const ID: &'static str = "organizations.delete";
    const ROUTE: Route = Route(Delete, "/organizations/{id}");
    const WITHIN: Within = Within::Field("id");
    const STATUSES: &'static [u16] = &[403];
    type Reply = Empty;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let organization = find(cx, &self.id)?;
        let key = &cx.caller.actor.id;
        if let Some(after) = count(cx, DELETIONS, key)? {
            return Err(DELETIONS.refused(after));
        }
        let changes = domains::clear(cx, &organization.id)?;
        store::delete(cx, &organization.id)?;
        cx.emit(&DELETED, &organization)?;
        changes.tell(cx)?;
        Ok(Empty)
    }
}
