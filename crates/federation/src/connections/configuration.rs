//! How a connection is set up: what an administrator types in at the identity provider, and what is
//! read from what it says. WorkOS has this in its dashboard.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::{Get, Put};
use vestibule_kernel::id::{ConnectionId, OrganizationId};
use vestibule_kernel::{App, Cx, Error, Fine, Operation, Result, Route, Within};
use vestibule_people::roles;

use super::attributes::AttributeMapsShown;
use super::kinds::{PENDING, TEST_IDP, is_saml};
use super::oidc::{OidcShown, usual_callback};
use super::saml::SamlShown;
use super::test_provider::{TestOptions, TestProvider};
use super::{Record, find, store};

/// How many groups can be given a role.
const GROUP_ROLES_MAX: usize = 200;

/// A group at the identity provider, and the role that its members get
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct GroupRole {
    /// The name of the group, as the identity provider writes it
    #[schemars(length(min = 1, max = 255))]
    pub group: String,
    /// The slug of the role
    #[schemars(length(min = 1, max = 255))]
    pub role_slug: String,
}

/// How a connection is set up
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConnectionConfiguration {
    /// Always `connection_configuration`
    #[schemars(extend("const" = "connection_configuration"))]
    object: &'static str,
    /// The id of the connection
    connection_id: ConnectionId,
    /// The key that names the connection in addresses
    external_key: String,
    /// The id that you know it by
    external_id: Option<String>,
    /// What an administrator sets up at the identity provider, which is known before it is; null where
    /// the type is not settled
    to_register: Option<ToRegister>,
    /// The OpenID Connect provider; null where there is none
    oidc: Option<OidcShown>,
    /// The SAML identity provider; null where there is none
    saml: Option<SamlShown>,
    /// The test identity provider of a sandbox; null where it does not answer
    test: Option<TestOptions>,
    /// Which attribute of the identity provider says what
    attribute_maps: AttributeMapsShown,
    /// Which role the members of a group get when they sign in
    group_roles: Vec<GroupRole>,
}

/// What an administrator sets up at the identity provider
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct ToRegister {
    /// Where an OpenID Connect provider sends browsers back to; null for SAML
    redirect_uri: Option<String>,
    /// Where a SAML identity provider posts its answers; null for OpenID Connect
    acs_url: Option<String>,
    /// The name by which a SAML identity provider knows us; null for OpenID Connect
    sp_entity_id: Option<String>,
    /// Where we describe ourselves to a SAML identity provider; null for OpenID Connect
    sp_metadata_url: Option<String>,
}

impl ToRegister {
    fn of(app: &App, it: &Record) -> Option<Self> {
        if [PENDING, TEST_IDP].contains(&&*it.connection_type) {
            return None;
        }
        if is_saml(&it.connection_type) {
            let saml = it.settings.saml.clone().unwrap_or_default().shown(app, it);
            return Some(Self {
                redirect_uri: None,
                acs_url: Some(saml.acs_url),
                sp_entity_id: Some(saml.sp_entity_id),
                sp_metadata_url: Some(saml.sp_metadata_url),
            });
        }
        let redirect_uri = match &it.settings.oidc {
            Some(oidc) => oidc.callback(app, it),
            None => usual_callback(app, it),
        };
        Some(Self {
            redirect_uri: Some(redirect_uri),
            acs_url: None,
            sp_entity_id: None,
            sp_metadata_url: None,
        })
    }
}

fn show(cx: &Cx<'_>, it: Record) -> Fine<ConnectionConfiguration> {
    let oidc = it.settings.oidc.as_ref().map(|oidc| oidc.shown(cx.app, &it));
    let saml = it.settings.saml.as_ref().map(|saml| saml.shown(cx.app, &it));
    let test = TestProvider::of(cx, &it).map(TestProvider::into_options);
    Fine(ConnectionConfiguration {
        object: "connection_configuration",
        to_register: ToRegister::of(cx.app, &it),
        oidc,
        saml,
        test,
        connection_id: it.id,
        external_key: it.external_key,
        external_id: it.external_id,
        attribute_maps: it.settings.attributes.shown(),
        group_roles: it.settings.group_roles,
    })
}

/// Get how a connection is set up
///
/// With what to register at the identity provider. Its secret is not shown.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetConfiguration {
    /// The id of the connection
    id: ConnectionId,
}

impl Operation for GetConfiguration {
    const ID: &'static str = "connection_configuration.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/connections/{id}/configuration");
    const WITHIN: Within = Within::Row { table: "connections", field: "id" };
    const EXTENSION: bool = true;
    type Reply = Fine<ConnectionConfiguration>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let found = find(cx, &self.id)?;
        Ok(show(cx, found))
    }
}

/// Change how a connection is understood
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateConfiguration {
    /// The id of the connection
    id: ConnectionId,
    /// Which role the members of a group get when they sign in, in the place of the roles that they
    /// have; who is in none of the groups gets the default role. With no group, signing in changes
    /// nobody's roles
    #[schemars(length(max = GROUP_ROLES_MAX))]
    group_roles: Option<Vec<GroupRole>>,
    /// Of a SAML identity provider, whether a signature of the assertion alone is not enough
    response_must_be_signed: Option<bool>,
}

impl Operation for UpdateConfiguration {
    const ID: &'static str = "connection_configuration.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/connections/{id}/configuration");
    const WITHIN: Within = Within::Row { table: "connections", field: "id" };
    const EXTENSION: bool = true;
    type Reply = Fine<ConnectionConfiguration>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id, group_roles, response_must_be_signed } = self;
        let mut connection = find(cx, &id)?;
        if let (Some(saml), Some(wanted)) =
            (connection.settings.saml.as_mut(), response_must_be_signed)
        {
            saml.response_must_be_signed = wanted;
        }
        if let Some(group_roles) = group_roles {
            check_group_roles(cx, &connection.organization_id, &group_roles)?;
            connection.settings.group_roles = group_roles;
        }
        connection.updated_at = cx.now();
        store::update(cx, &connection)?;
        Ok(show(cx, connection))
    }
}

/// Refuses a role that no member of the organization can hold.
pub(super) fn check_group_roles(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    group_roles: &[GroupRole],
) -> Result<()> {
    for (i, it) in group_roles.iter().enumerate() {
        let slug = [it.role_slug.clone()];
        if roles::holdable(cx, organization, &slug)?.is_empty() {
            let field = format!("group_roles.{i}.role_slug");
            let text = format!("No member can hold a role '{}'.", it.role_slug);
            return Err(Error::invalid_field(&field, "invalid_role", text));
        }
    }
    Ok(())
}
