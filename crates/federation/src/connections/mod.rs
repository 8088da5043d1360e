//! Single sign-on connections: an organization's identity provider, which says who its people are.
//!
//! - A connection that has all it needs is `validating` until somebody has signed in by it for the
//!   first time, then `active`. An inactive one signs nobody in, and has lost nothing.
//! - Its identity provider is believed about the organization's own people alone: about addresses at
//!   domains that the organization has proved. Of another address it proves nothing, and such a
//!   person is let through only where the organization says so
//!   (`allow_profiles_outside_organization`).
//! - Client secrets are written and never read back.
mod attributes;
mod certificates;
mod configuration;
mod kinds;
mod oidc;
mod operations;
mod profile;
mod saml;
mod seeding;
mod store;
mod test_provider;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::event::{Event, Reaction};
use vestibule_kernel::id::{ConnectionId, OrganizationDomainId, OrganizationId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Code, Cx, Error, FlowCx, Op, Result, flow, op};
use vestibule_people::domains::{self, DomainState, OrganizationDomain};

use crate::social::{self, Provider};
use attributes::AttributeMaps;
use oidc::Oidc;
use saml::Saml;

pub use attributes::AttributeMapsChange;
pub use configuration::GroupRole;
pub use kinds::{MADE as TYPES_MADE, TEST_IDP, TYPES, is_saml};
pub use oidc::OidcOptions;
pub(crate) use profile::{Owner, Speaks, says_too_little, told_by_claims, vouch};
pub use saml::SamlOptions;
pub(crate) use saml::{Party, told as told_by_assertion};
pub use saml::{environment_of as environment_of_saml, metadata as saml_metadata};
pub use seeding::{Prepared, Wanted, ensure, prepare};
pub use test_provider::{TestOptions, TestProfile};
pub(crate) use test_provider::{TestProvider, is_address};

/// The operations on the certificates of connections.
pub const CERTIFICATE_OPERATIONS: &[Op] = certificates::OPERATIONS;

/// The operations on connections.
pub const OPERATIONS: &[Op] = &[
    op::<operations::ListConnections>(),
    op::<operations::GetConnection>(),
    op::<operations::DeleteConnection>(),
    flow::<operations::CreateConnection>(),
    flow::<operations::UpdateConnection>(),
    op::<operations::ActivateConnection>(),
    op::<operations::DeactivateConnection>(),
    op::<configuration::GetConfiguration>(),
    op::<configuration::UpdateConfiguration>(),
];

/// The connections of an organization go with it.
pub const ON_ORGANIZATION_DELETED: Reaction =
    Reaction { event: "organization.deleted", run: forget_organization };

/// A connection signs people in from now on.
const ACTIVATED: Event<Told> = Event::new("connection.activated");
/// A connection signs nobody in any more.
const DEACTIVATED: Event<Told> = Event::new("connection.deactivated");
/// A connection was deleted.
const DELETED: Event<ToldOfDeleted> = Event::new("connection.deleted");

/// Where identity providers that speak OpenID Connect send browsers back to.
pub const OIDC_CALLBACK: &str = "/sso/oidc/{external_key}/callback";

/// Where identity providers that speak SAML have browsers post their answers.
pub const SAML_ACS: &str = "/sso/saml/acs/{external_key}";
/// Where we describe ourselves to an identity provider that speaks SAML.
pub const SAML_METADATA: &str = "/sso/saml/metadata/{external_key}";

/// Where the test identity provider of a sandbox asks who somebody is to be.
pub const TEST_PROVIDER: &str = "/sso/test-idp/{external_key}";
/// Where it sends browsers back to.
pub const TEST_PROVIDER_CALLBACK: &str = "/sso/test-idp/{external_key}/callback";

/// The code of the refusal of a connection that lacks what would let anybody sign in.
const NOT_CONFIGURED: Code = "connection_not_configured";
/// The length of the key that names a connection in addresses.
const EXTERNAL_KEY_LENGTH: usize = 16;

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum State {
    /// It is not known what kind of identity provider it has.
    RequiresType,
    /// It is not known where the identity provider is.
    Draft,
    /// It signs people in.
    Active,
    /// It has what it needs, and nobody has signed in by it yet.
    Validating,
    /// It was switched off.
    Inactive,
    /// It is being deleted.
    Deleting,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::RequiresType => "requires_type",
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Validating => "validating",
            Self::Inactive => "inactive",
            Self::Deleting => "deleting",
        }
    }
    fn parse(text: &str) -> Result<Self> {
        let all = [
            Self::RequiresType,
            Self::Draft,
            Self::Active,
            Self::Validating,
            Self::Inactive,
            Self::Deleting,
        ];
        let found = all.into_iter().find(|it| it.name() == text);
        found.ok_or_else(|| Error::internal(format!("no connection is '{text}'")))
    }
    /// Whether somebody can sign in by it.
    const fn signs_in(self) -> bool {
        matches!(self, Self::Active | Self::Validating)
    }
}

/// Whether a connection is active, in the words that came before its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Linked {
    /// It is.
    Linked,
    /// It is not.
    Unlinked,
}

/// Where the identity provider is, and how it is understood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Settings {
    /// None where it speaks otherwise, or is not known yet.
    oidc: Option<Oidc>,
    /// The same for SAML.
    #[serde(default)]
    saml: Option<Saml>,
    #[serde(default)]
    attributes: AttributeMaps,
    /// In a sandbox, whom the test identity provider knows, where it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    test: Option<TestOptions>,
    /// Which role a group at the identity provider gives. Of one that is in no list, nothing is said.
    #[serde(default)]
    group_roles: Vec<configuration::GroupRole>,
}

/// What proves to the identity provider who we are. It is kept sealed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Secrets {
    client_secret: Option<String>,
}

/// A connection, with all that is known of it.
#[derive(Clone)]
pub(crate) struct Record {
    pub(crate) id: ConnectionId,
    pub(crate) organization_id: OrganizationId,
    pub(crate) connection_type: String,
    name: String,
    state: State,
    /// Names it in addresses.
    external_key: String,
    /// The id that the application knows it by.
    external_id: Option<String>,
    settings: Settings,
    client_secret: Option<Secret>,
    created_at: Time,
    updated_at: Time,
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connection {}", self.id)
    }
}

impl Record {
    /// The provider that it is to whoever sends a browser away; none where it cannot be one yet.
    fn provider(&self, cx: &mut Cx<'_>) -> Result<Option<Provider>> {
        match (&self.settings.oidc, &self.settings.saml) {
            (Some(oidc), _) => Ok(Some(oidc.provider(cx.app, self))),
            (None, Some(saml)) => {
                let party = saml.party(cx, self)?;
                let callback = party.acs_url().to_owned();
                Ok(Some(self.spoken_to_by_browser(callback, Speaks::Saml(Box::new(party)))))
            }
            (None, None) => {
                let test = TestProvider::of(cx, self);
                let callback = test_provider::callback(cx.app, self);
                Ok(test.map(|it| self.spoken_to_by_browser(callback, Speaks::Test(it))))
            }
        }
    }
    /// The provider that a party to SAML is, or the test identity provider: it has no client, and what
    /// it says comes by way of the browser.
    fn spoken_to_by_browser(&self, callback: String, speaks: Speaks) -> Provider {
        Provider {
            id: self.id.clone(),
            key: self.external_key.clone(),
            enabled: self.state.signs_in(),
            client_id: String::new(),
            secret: Secret::new(""),
            settings: social::Settings::named(&self.name),
            owner: Some(Owner {
                organization_id: self.organization_id.clone(),
                connection_id: self.id.to_string(),
                connection_type: self.connection_type.clone(),
                callback,
                speaks,
                attributes: self.settings.attributes.clone(),
                group_roles: self.settings.group_roles.clone(),
            }),
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
    /// Whether somebody says who its people are.
    fn is_configured(&self, cx: &Cx<'_>) -> bool {
        let has_own = self.settings.oidc.is_some() || self.settings.saml.is_some();
        has_own || TestProvider::of(cx, self).is_some()
    }
}

/// A domain of a connection
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct ConnectionDomain {
    /// The id of the domain
    id: OrganizationDomainId,
    /// Always `connection_domain`
    #[schemars(extend("const" = "connection_domain"))]
    object: &'static str,
    /// The name of the domain
    domain: String,
}

/// A single sign-on connection
#[derive(Debug, Serialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "they are the names of the contract")]
pub struct Connection {
    /// Always `connection`
    #[schemars(extend("const" = "connection"))]
    object: &'static str,
    /// The id of the connection
    id: ConnectionId,
    /// The organization whose people it signs in
    organization_id: OrganizationId,
    /// What kind of identity provider it has
    #[schemars(extend("enum" = kinds::TYPES))]
    connection_type: String,
    /// A name for people
    name: String,
    /// How far it has come
    state: State,
    /// Whether it is active; read `state` in its place
    #[schemars(extend("deprecated" = true))]
    status: Linked,
    /// The domains that its organization has proved
    domains: Vec<ConnectionDomain>,
    /// When it was made
    created_at: Time,
    /// When it was last changed
    updated_at: Time,
}

/// A connection, as events tell of one that was switched on or off.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    connection: Connection,
    external_key: String,
}

/// A connection, as events tell of one that was deleted.
#[derive(Serialize)]
struct ToldOfDeleted {
    object: &'static str,
    id: ConnectionId,
    state: State,
    name: String,
    connection_type: String,
    organization_id: OrganizationId,
    created_at: Time,
    updated_at: Time,
}

/// What is shown of a connection whose organization has these domains.
fn shown(it: Record, of_organization: &[OrganizationDomain]) -> Connection {
    let proved = of_organization.iter().filter(|it| it.state == DomainState::Verified);
    let domain = |it: &OrganizationDomain| ConnectionDomain {
        id: it.id.clone(),
        object: "connection_domain",
        domain: it.domain.to_string(),
    };
    Connection {
        object: "connection",
        status: if it.state == State::Active { Linked::Linked } else { Linked::Unlinked },
        domains: proved.map(domain).collect(),
        id: it.id,
        organization_id: it.organization_id,
        connection_type: it.connection_type,
        name: it.name,
        state: it.state,
        created_at: it.created_at,
        updated_at: it.updated_at,
    }
}

fn show(cx: &mut Cx<'_>, it: Record) -> Result<Connection> {
    let domains = domains::of_organization(cx, &it.organization_id)?;
    Ok(shown(it, &domains))
}

/// The connection of this id, or 404.
fn find(cx: &mut Cx<'_>, id: &ConnectionId) -> Result<Record> {
    store::get(cx, id)?.ok_or_else(|| Error::not_found("Connection", id))
}

/// The connection of this id.
pub(crate) fn get(cx: &mut Cx<'_>, id: &ConnectionId) -> Result<Option<Record>> {
    store::get(cx, id)
}

/// The connection that this key names in addresses.
pub(crate) fn by_key(cx: &mut Cx<'_>, external_key: &str) -> Result<Option<Record>> {
    store::get_by_key(cx, external_key)
}

/// The provider that a connection is to whoever sends a browser away; none where there is none of this
/// id, or it cannot be one yet.
pub(crate) fn provider(cx: &mut Cx<'_>, id: &ConnectionId) -> Result<Option<Provider>> {
    match store::get(cx, id)? {
        Some(it) => it.provider(cx),
        None => Ok(None),
    }
}

/// The connections by which people of an organization can sign in, oldest first: the active ones, or
/// where there is none, those that are to be tried.
pub(crate) fn usable(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<Vec<Provider>> {
    let all = store::of_organization(cx, organization)?;
    let any_is_active = all.iter().any(|it| it.state == State::Active);
    let wanted = if any_is_active { State::Active } else { State::Validating };
    let of_it = all.into_iter().filter(|it| it.state == wanted);
    of_it.filter_map(|it| it.provider(cx).transpose()).collect()
}

/// The active connections of an organization, oldest first.
fn active(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<Vec<Record>> {
    let all = store::of_organization(cx, organization)?;
    Ok(all.into_iter().filter(|it| it.state == State::Active).collect())
}

/// The ids of the active connections of an organization, for
/// [`vestibule_signin::policy::SsoConnections`].
pub fn active_ids(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<Vec<String>> {
    Ok(active(cx, organization)?.into_iter().map(|it| it.id.to_string()).collect())
}

/// The organization that an address belongs to, because it has proved its domain.
pub fn owner_of(cx: &mut Cx<'_>, email: &str) -> Result<Option<OrganizationId>> {
    match email.rsplit_once('@') {
        Some((_, domain)) => domains::verified_owner(cx, domain),
        None => Ok(None),
    }
}

/// The connection that signs in the people of an organization on the hosted pages: the oldest active
/// one.
pub fn of_people(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<Option<Provider>> {
    match active(cx, organization)?.into_iter().next() {
        Some(it) => it.provider(cx),
        None => Ok(None),
    }
}

/// Where somebody of this address signs out at the identity provider of a connection, if that is of
/// the one type for which the contract has it, and its provider says where.
pub(crate) fn sign_out_url(
    cx: &mut Cx<'_>,
    id: &ConnectionId,
    email: &str,
) -> Result<Option<String>> {
    let found = store::get(cx, id)?.filter(|it| it.connection_type == kinds::GENERIC_OIDC);
    Ok(found.and_then(|it| it.settings.oidc?.sign_out_url(email)))
}

/// Notes that somebody has signed in by a connection, which so is what it should be.
pub(crate) fn worked(cx: &mut Cx<'_>, id: &ConnectionId) -> Result<()> {
    match store::get(cx, id)? {
        Some(it) if it.state == State::Validating => switch(cx, it, State::Active).map(|_| ()),
        Some(_) | None => Ok(()),
    }
}

/// Switches a connection on or off, and tells of it.
fn switch(cx: &mut Cx<'_>, mut it: Record, state: State) -> Result<Record> {
    let former = std::mem::replace(&mut it.state, state);
    if former == state {
        return Ok(it);
    }
    it.updated_at = cx.now();
    store::update(cx, &it)?;
    let event = match (former, state) {
        (_, State::Active) => &ACTIVATED,
        (State::Active, _) => &DEACTIVATED,
        (_, _) => return Ok(it),
    };
    let external_key = it.external_key.clone();
    let connection = show(cx, it.clone())?;
    cx.emit(event, &Told { connection, external_key })?;
    Ok(it)
}

fn delete(cx: &mut Cx<'_>, it: Record) -> Result<()> {
    crate::sso::forget_connection(cx, &it.id)?;
    crate::social::forget_departures(cx, &it.id)?;
    certificates::forget_connection(cx, &it.id)?;
    store::delete(cx, &it.id)?;
    cx.emit(
        &DELETED,
        &ToldOfDeleted {
            object: "connection",
            id: it.id,
            state: it.state,
            name: it.name,
            connection_type: it.connection_type,
            organization_id: it.organization_id,
            created_at: it.created_at,
            updated_at: it.updated_at,
        },
    )
}

/// Reads the metadata of identity providers again, tells of certificates that end, and deletes what is
/// remembered of assertions for no longer.
pub(crate) fn look_after(flow: &FlowCx) -> Result<u64> {
    let read = saml::read_again(flow)?;
    flow.write(move |cx| Ok(read + certificates::tell_of_ends(cx)? + store::forget_assertions(cx)?))
}

fn forget_organization(cx: &mut Cx<'_>, payload: &serde_json::Value) -> Result<()> {
    let id = payload.get("id").and_then(serde_json::Value::as_str).unwrap_or_default();
    let id = OrganizationId::parse(id)?;
    store::of_organization(cx, &id)?.into_iter().try_for_each(|it| delete(cx, it))
}
