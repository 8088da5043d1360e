//! Making, changing, showing and deleting connections.
use schemars::JsonSchema;
use serde::Deserialize;
use vestibule_kernel::catalog::Method::{Delete, Get, Patch as PatchMethod, Post};
use vestibule_kernel::id::{ConnectionId, OrganizationId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::sandbox::SANDBOX_REQUIRED;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{
    Code, Created, Cx, Effect, Error, Fine, Flow, FlowCx, NoContent, Operation, Patch, Result,
    Route, Within,
};
use vestibule_people::{domains, organizations};

use super::attributes::AttributeMapsChange;
use super::certificates::{self, Purpose};
use super::kinds::{GENERIC_OIDC, GENERIC_SAML, LISTED, MADE, PENDING, TEST_IDP, is_saml};
use super::oidc::{DISCOVERY_FAILED, OidcChange, OidcOptions};
use super::saml::{CERTIFICATE_INVALID, METADATA_INVALID, SamlChange, SamlOptions, Settled};
use super::store::{self, Filter};
use super::test_provider::TestOptions;
use super::{
    Connection, EXTERNAL_KEY_LENGTH, NOT_CONFIGURED, Record, Settings, State, delete, find, show,
    shown, switch,
};

/// The code of the refusal of an external id that another connection has.
pub(super) const EXTERNAL_ID_ALREADY_USED: Code = "external_id_already_used";
/// The code of the refusal of another type than the one that a connection has.
const TYPE_NOT_UPDATABLE: Code = "connection_type_not_updatable";
/// The code of the refusal of one connection too many.
const TOO_MANY: Code = "too_many_connections";
/// How many connections an organization has at the most.
const CONNECTIONS_MAX: usize = 50;

/// List connections
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListConnections {
    #[serde(flatten)]
    paging: Paging,
    /// Only those of this type
    #[schemars(extend("enum" = LISTED))]
    connection_type: Option<String>,
    /// Only those of the organization that has proved this domain
    #[schemars(length(max = 255))]
    domain: Option<String>,
    /// Only those of this organization
    organization_id: Option<OrganizationId>,
    /// Only those whose name contains this text, in any case
    #[schemars(length(max = 255))]
    search: Option<String>,
}

impl Operation for ListConnections {
    const ID: &'static str = "connections.list";
    const ROUTE: Route = Route(Get, "/connections");
    const STATUSES: &'static [u16] = &[403];
    const PURE: bool = true;
    type Reply = Fine<Page<Connection>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { paging, connection_type, domain, organization_id, search } = self;
        let given = |it: &Option<String>| it.clone().filter(|it| !it.is_empty());
        let owner = match given(&domain) {
            Some(domain) => Some(domains::verified_owner(cx, &domain)?),
            None => None,
        };
        let organizations = match (organization_id, owner) {
            (None, None) => None,
            (Some(id), None) => Some(vec![id]),
            (Some(id), Some(owner)) => Some(owner.into_iter().filter(|it| *it == id).collect()),
            (None, Some(owner)) => Some(owner.into_iter().collect()),
        };
        let connection_type = connection_type.map(|it| it.replace("GithubOAuth", "GitHubOAuth"));
        let search = given(&search);
        let filter = Filter {
            connection_type: connection_type.as_deref(),
            organizations,
            search: search.as_deref(),
        };
        let page = store::list(cx, &paging, filter)?;
        let ids: Vec<&OrganizationId> = page.data.iter().map(|it| &it.organization_id).collect();
        let found = domains::of_organizations(cx, &ids)?;
        page.try_map(|it| {
            let domains = found.get(&it.organization_id).map_or(&[][..], Vec::as_slice);
            Ok(shown(it, domains))
        })
        .map(Fine)
    }
}

/// Get a connection
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetConnection {
    /// The id of the connection
    id: ConnectionId,
}

impl Operation for GetConnection {
    const ID: &'static str = "connections.get";
    const ROUTE: Route = Route(Get, "/connections/{id}");
    const WITHIN: Within = Within::Row { table: "connections", field: "id" };
    const STATUSES: &'static [u16] = &[403];
    const PURE: bool = true;
    type Reply = Fine<Connection>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let found = find(cx, &self.id)?;
        show(cx, found).map(Fine)
    }
}

/// Delete a connection
///
/// The profiles of its people go with it; users, memberships and sessions stay.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeleteConnection {
    /// The id of the connection
    id: ConnectionId,
}

impl Operation for DeleteConnection {
    const ID: &'static str = "connections.delete";
    const ROUTE: Route = Route(Delete, "/connections/{id}");
    const WITHIN: Within = Within::Row { table: "connections", field: "id" };
    const STATUSES: &'static [u16] = &[403];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let found = find(cx, &self.id)?;
        delete(cx, found)?;
        Ok(NoContent)
    }
}

/// Create a connection
///
/// With `oidc_options` or `saml_options`, the first sign-in makes the connection active. Without, it is
/// a draft. Where the organization has a connection of this `external_id`,
/// that one is given back as it is.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateConnection {
    /// The organization whose people it signs in
    organization_id: OrganizationId,
    /// A name for people; that of the organization unless told otherwise
    #[schemars(length(max = 255), regex(pattern = r"\S"))]
    name: Option<String>,
    /// The id that you know it by, one of its kind in the organization
    #[schemars(length(min = 1, max = 255))]
    external_id: Option<String>,
    /// What kind of identity provider it has
    #[schemars(extend("enum" = MADE))]
    connection_type: Option<String>,
    /// Which attribute of the identity provider says what
    attribute_maps: Option<AttributeMapsChange>,
    /// The OpenID Connect provider
    oidc_options: Option<OidcOptions>,
    /// The SAML identity provider, in the place of `oidc_options`
    saml_options: Option<SamlOptions>,
    /// The test identity provider of a sandbox, in the place of both; it makes the connection active
    test_options: Option<TestOptions>,
}

impl Flow for CreateConnection {
    const ID: &'static str = "connections.create";
    const ROUTE: Route = Route(Post, "/connections");
    const FAILS: &'static [Code] =
        &[DISCOVERY_FAILED, METADATA_INVALID, CERTIFICATE_INVALID, TOO_MANY, SANDBOX_REQUIRED];
    const STATUSES: &'static [u16] = &[400, 403, 404, 409];
    const EXTENSION: bool = true;
    type Reply = Created<Connection>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self {
            organization_id,
            name,
            external_id,
            connection_type,
            attribute_maps,
            oidc_options,
            saml_options,
            test_options,
        } = self;
        let by_type = || (connection_type.as_deref() == Some(TEST_IDP)).then(TestOptions::default);
        let test = test_options.or_else(by_type);
        let given = Given {
            oidc: oidc_options.is_some(),
            saml: saml_options.is_some(),
            test: test.is_some(),
        };
        check_options(given, connection_type.as_deref())?;
        if let Some(test) = &test {
            flow.read(|cx| cx.need_sandbox())?;
            test.check()?;
        }
        let (id, known_as) = (organization_id.clone(), external_id.clone());
        // Before anybody is asked.
        let (organization, former) = flow.read(|cx| {
            let organization = organizations::find(cx, &id)?;
            Ok((organization, same(cx, &id, known_as.as_deref())?))
        })?;
        if let Some(former) = former {
            return flow.read(|cx| show(cx, former.clone())).map(Created);
        }
        let mut settings = Settings::default();
        if let Some(it) = attribute_maps {
            settings.attributes.apply(it)?;
        }
        let (oidc, client_secret) = match oidc_options {
            Some(it) => it.settle(flow).map(|it| (Some(it.0), Some(it.1)))?,
            None => (None, None),
        };
        settings.oidc = oidc;
        let of_saml = saml_options.map(|it| it.settle(flow)).transpose()?;
        settings.saml = of_saml.as_ref().map(|it| it.saml.clone());
        let is_test = test.is_some();
        settings.test = test;
        let state = first_state(&settings, connection_type.as_deref());
        let connection_type = connection_type.unwrap_or_else(|| usual_type(&settings).to_owned());
        let name = name.unwrap_or(organization.name);
        flow.write(move |cx| {
            // They may have come or gone in the meantime.
            organizations::find(cx, &organization_id)?;
            if let Some(former) = same(cx, &organization_id, external_id.as_deref())? {
                return show(cx, former).map(Created);
            }
            check_count(cx, &organization_id)?;
            let record = Record {
                id: ConnectionId::new(cx),
                organization_id: organization_id.clone(),
                connection_type: connection_type.clone(),
                name: name.clone(),
                state,
                external_key: new_key(cx),
                external_id: external_id.clone(),
                settings: settings.clone(),
                client_secret: client_secret.clone(),
                created_at: cx.now(),
                updated_at: cx.now(),
            };
            store::insert(cx, &record)?;
            if let Some(settled) = &of_saml {
                keep_certificates(cx, &record, settled)?;
            }
            // There is nothing to be tried.
            let record = if is_test { switch(cx, record, State::Active)? } else { record };
            show(cx, record).map(Created)
        })
    }
}

/// A new key that names a connection in addresses.
pub(super) fn new_key(cx: &Cx<'_>) -> String {
    Secret::alphanumeric("", EXTERNAL_KEY_LENGTH, cx.app.chance()).reveal().to_owned()
}

/// Refuses one connection too many.
pub(super) fn check_count(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<()> {
    if store::of_organization(cx, organization)?.len() < CONNECTIONS_MAX {
        return Ok(());
    }
    let text = format!("The organization has {CONNECTIONS_MAX} connections; delete one first.");
    Err(Error::conflict(TOO_MANY, text))
}

/// How far a connection has come that is new.
pub(super) fn first_state(settings: &Settings, connection_type: Option<&str>) -> State {
    let Settings { oidc, saml, test, .. } = settings;
    match (oidc.is_some() || saml.is_some() || test.is_some(), connection_type) {
        (true, _) => State::Validating,
        (false, Some(_)) => State::Draft,
        (false, None) => State::RequiresType,
    }
}

/// Keeps the certificates and keys of a SAML identity provider.
pub(super) fn keep_certificates(cx: &mut Cx<'_>, of: &Record, settled: &Settled) -> Result<()> {
    if let Some(theirs) = &settled.certificates {
        certificates::replace(cx, of, theirs)?;
    }
    if let Some(key) = &settled.signing {
        certificates::keep_key(cx, &of.id, Purpose::RequestSigning, key)?;
    }
    for key in &settled.decryption {
        certificates::keep_key(cx, &of.id, Purpose::ResponseEncryption, key)?;
    }
    Ok(())
}

/// The type of a connection of which no type was said.
pub(super) const fn usual_type(settings: &Settings) -> &'static str {
    let Settings { oidc, saml, test, .. } = settings;
    match (oidc.is_some(), saml.is_some(), test.is_some()) {
        (true, _, _) => GENERIC_OIDC,
        (false, true, _) => GENERIC_SAML,
        (false, false, true) => TEST_IDP,
        (false, false, false) => PENDING,
    }
}

/// Which identity providers were given.
#[derive(Clone, Copy)]
pub(super) struct Given {
    pub oidc: bool,
    pub saml: bool,
    pub test: bool,
}

/// A connection speaks one protocol, and that of its type. The test identity provider stands in for
/// any.
pub(super) fn check_options(given: Given, connection_type: Option<&str>) -> Result<()> {
    let Given { oidc, saml, test } = given;
    let fits = |it: &str| match it {
        PENDING => true,
        TEST_IDP => !oidc && !saml,
        it if is_saml(it) => !oidc,
        _ => !saml,
    };
    let several = [oidc, saml, test].into_iter().filter(|it| *it).count() > 1;
    let text = match (several, connection_type.is_none_or(fits)) {
        (true, _) => "Give one of oidc_options, saml_options and test_options.",
        (false, false) => "The connection is of a type that speaks the other protocol.",
        (false, true) => return Ok(()),
    };
    let field = if saml { "saml_options" } else { "oidc_options" };
    Err(Error::invalid_field(field, "wrong_protocol", text))
}

/// The connection that the application knows by this id already.
fn same(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    external_id: Option<&str>,
) -> Result<Option<Record>> {
    match external_id {
        Some(it) => store::get_by_external_id(cx, organization, it),
        None => Ok(None),
    }
}

/// Update a connection
///
/// What is not given stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateConnection {
    /// The id of the connection
    id: ConnectionId,
    /// A name for people
    #[schemars(length(max = 255), regex(pattern = r"\S"))]
    name: Option<String>,
    /// The id that you know it by; null clears it
    #[serde(default)]
    #[schemars(length(min = 1, max = 255))]
    external_id: Patch<String>,
    /// The type that it has; one that is not settled yet is settled by it
    #[schemars(extend("enum" = MADE))]
    connection_type: Option<String>,
    /// Which attribute of the identity provider says what
    attribute_maps: Option<AttributeMapsChange>,
    /// The OpenID Connect provider
    oidc_options: Option<OidcChange>,
    /// The SAML identity provider
    saml_options: Option<SamlChange>,
    /// The test identity provider of a sandbox; its profiles take the place of those that there are
    test_options: Option<TestOptions>,
}

impl Flow for UpdateConnection {
    const ID: &'static str = "connections.update";
    const ROUTE: Route = Route(PatchMethod, "/connections/{id}");
    const WITHIN: Within = Within::Row { table: "connections", field: "id" };
    const FAILS: &'static [Code] = &[
        DISCOVERY_FAILED,
        METADATA_INVALID,
        CERTIFICATE_INVALID,
        TYPE_NOT_UPDATABLE,
        EXTERNAL_ID_ALREADY_USED,
        SANDBOX_REQUIRED,
    ];
    const STATUSES: &'static [u16] = &[400, 403, 409];
    const EXTENSION: bool = true;
    type Reply = Fine<Connection>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self {
            id,
            name,
            external_id,
            connection_type,
            attribute_maps,
            oidc_options,
            saml_options,
            test_options,
        } = self;
        let former = flow.read(|cx| find(cx, &id))?;
        let of_type = connection_type.as_deref().or(Some(former.connection_type.as_str()));
        let given = Given {
            oidc: oidc_options.is_some(),
            saml: saml_options.is_some(),
            test: test_options.is_some(),
        };
        check_options(given, of_type)?;
        if let Some(test) = &test_options {
            flow.read(|cx| cx.need_sandbox())?;
            test.check()?;
            check_stands_in(&former.settings)?;
        }
        let of_saml = match saml_options {
            Some(it) => Some(it.settle(flow, former.settings.saml.clone())?),
            None => None,
        };
        let of_provider = match oidc_options {
            Some(it) => {
                let former = former.settings.oidc.zip(former.client_secret);
                Some(it.settle(flow, former)?)
            }
            None => None,
        };
        flow.write(move |cx| {
            let mut it = find(cx, &id)?;
            it.name = name.clone().unwrap_or(it.name);
            external_id.clone().apply(&mut it.external_id);
            if let Some(change) = attribute_maps.clone() {
                it.settings.attributes.apply(change)?;
            }
            if let Some((oidc, secret)) = of_provider.clone() {
                it.settings.oidc = Some(oidc);
                it.client_secret = Some(secret);
            }
            if let Some(settled) = &of_saml {
                it.settings.saml = Some(settled.saml.clone());
            }
            if it.settings.oidc.is_some() || it.settings.saml.is_some() {
                it.settings.test = None;
            }
            if let Some(test) = test_options.clone() {
                check_stands_in(&it.settings)?;
                it.settings.test = Some(test);
            }
            settle_type(&mut it, connection_type.clone())?;
            if it.connection_type == TEST_IDP && it.settings.test.is_none() {
                cx.need_sandbox()?;
                it.settings.test = Some(TestOptions::default());
            }
            it.state = match it.state {
                State::RequiresType | State::Draft if it.is_configured(cx) => State::Validating,
                State::RequiresType if it.connection_type != PENDING => State::Draft,
                state => state,
            };
            it.updated_at = cx.now();
            store::update(cx, &it)?;
            if let Some(settled) = &of_saml {
                keep_certificates(cx, &it, settled)?;
            }
            if it.settings.test.is_some() && it.state == State::Validating {
                it = switch(cx, it, State::Active)?;
            }
            show(cx, it).map(Fine)
        })
    }
}

/// Refuses the test identity provider where the connection has one of its own.
fn check_stands_in(settings: &Settings) -> Result<()> {
    if settings.oidc.is_none() && settings.saml.is_none() {
        return Ok(());
    }
    let text = "The connection has an identity provider of its own. Create another one.";
    Err(Error::invalid_field("test_options", "wrong_protocol", text))
}

/// A type is settled once.
pub(super) fn settle_type(it: &mut Record, wanted: Option<String>) -> Result<()> {
    let usual = usual_type(&it.settings);
    match wanted {
        None if it.connection_type == PENDING => usual.clone_into(&mut it.connection_type),
        None => {}
        Some(wanted) if it.connection_type == PENDING => it.connection_type = wanted,
        Some(wanted) if it.connection_type == wanted => {}
        Some(_) => {
            let text = format!(
                "The connection is of the type {}, which stays. Create another one.",
                it.connection_type
            );
            return Err(Error::bad_request(TYPE_NOT_UPDATABLE, text));
        }
    }
    Ok(())
}

/// Switch a connection on
///
/// Its people sign in by it, whether anybody has tried it before or not.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ActivateConnection {
    /// The id of the connection
    id: ConnectionId,
}

impl Operation for ActivateConnection {
    const ID: &'static str = "connections.activate";
    const ROUTE: Route = Route(Post, "/connections/{id}/activate");
    const WITHIN: Within = Within::Row { table: "connections", field: "id" };
    const FAILS: &'static [Code] = &[NOT_CONFIGURED];
    const STATUSES: &'static [u16] = &[400];
    const EXTENSION: bool = true;
    type Reply = Fine<Connection>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let found = find(cx, &self.id)?;
        if !found.is_configured(cx) {
            let text = "The connection has no identity provider yet. Update it with oidc_options or saml_options.";
            return Err(Error::bad_request(NOT_CONFIGURED, text));
        }
        let switched = switch(cx, found, State::Active)?;
        show(cx, switched).map(Fine)
    }
}

/// Switch a connection off
///
/// Nobody signs in by it until it is switched on again; who is signed in stays so.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DeactivateConnection {
    /// The id of the connection
    id: ConnectionId,
}

impl Operation for DeactivateConnection {
    const ID: &'static str = "connections.deactivate";
    const ROUTE: Route = Route(Post, "/connections/{id}/deactivate");
    const EFFECT: Effect = Effect::Destructive;
    const WITHIN: Within = Within::Row { table: "connections", field: "id" };
    const FAILS: &'static [Code] = &[NOT_CONFIGURED];
    const STATUSES: &'static [u16] = &[400];
    const EXTENSION: bool = true;
    type Reply = Fine<Connection>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let found = find(cx, &self.id)?;
        if !found.is_configured(cx) {
            let text = "The connection has no identity provider yet, and signs nobody in.";
            return Err(Error::bad_request(NOT_CONFIGURED, text));
        }
        let switched = switch(cx, found, State::Inactive)?;
        show(cx, switched).map(Fine)
    }
}
