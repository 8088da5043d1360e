//! Social sign-in: the providers of an environment, and the way of a browser to one and back.
//!
//! - [`begin`] sends a browser to a provider; [`arrive`] takes it up when it comes back, and tells who
//!   the provider says it is. Whose user that is, is decided by
//!   [`vestibule_signin::authenticate::federated`].
//! - What is sent along is bound to the browser by its cookie, to the provider by a callback of its
//!   own, and works once.
//! - The client secret is written and never read back.
mod account;
mod arrival;
mod client;
mod departure;
mod known;
mod operations;
mod store;
mod testing;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::id::{ClientId, ConnectionId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{App, Cx, Op, Result, flow, op};
use vestibule_signin::sessions::Method;

use crate::connections::{self, Owner, Party, Speaks, TestProvider};
use crate::sso::Via;

pub(crate) use arrival::OAUTH_FAILED;
pub use arrival::{Answered, Arrival, Returned, arrive, take_answer};
pub use departure::{Departure, begin};
pub(crate) use departure::{Leaving, Purpose, client_of, depart, forget_departures};
pub(crate) use known::Known;
pub use testing::{Choice, TestSignIn, choose, test_sign_in};

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[
    op::<operations::ListSocialProviders>(),
    op::<operations::GetSocialProvider>(),
    flow::<operations::SetSocialProvider>(),
    op::<operations::DeleteSocialProvider>(),
];

/// Where providers send browsers back to.
pub const CALLBACK: &str = "/sso/oauth/{client_id}/{provider}/callback";

/// How a provider says who somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Protocol {
    /// OpenID Connect: by a signed ID token.
    Oidc,
    /// OAuth 2.0: by an answer of its userinfo endpoint.
    Userinfo,
    /// OpenID Connect with Microsoft's rules about addresses.
    Microsoft,
    /// OpenID Connect with a client secret that is signed.
    Apple,
    /// OpenID Connect with accounts that belong to a workspace.
    Slack,
    /// GitHub's API.
    #[serde(rename = "github")]
    GitHub,
    /// Bitbucket's API.
    Bitbucket,
}

impl Protocol {
    /// Whether it comes with an ID token.
    pub(crate) const fn has_id_token(self) -> bool {
        match self {
            Self::Oidc | Self::Microsoft | Self::Apple | Self::Slack => true,
            Self::Userinfo | Self::GitHub | Self::Bitbucket => false,
        }
    }
}

/// How a client says at the token endpoint that it is the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum AuthMethod {
    /// By HTTP Basic.
    ClientSecretBasic,
    /// In the body.
    ClientSecretPost,
}

/// Where a provider is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Endpoints {
    /// Who signs its ID tokens.
    pub issuer: Option<String>,
    /// Where browsers are sent.
    pub authorization_endpoint: Option<String>,
    /// Where codes are exchanged.
    pub token_endpoint: Option<String>,
    /// Who somebody is.
    pub userinfo_endpoint: Option<String>,
    /// Which addresses somebody has.
    pub emails_endpoint: Option<String>,
    /// The keys that sign its ID tokens.
    pub jwks_uri: Option<String>,
}

impl Endpoints {
    /// These, and where one is missing, that of `others`.
    fn or(self, others: Self) -> Self {
        Self {
            issuer: self.issuer.or(others.issuer),
            authorization_endpoint: self.authorization_endpoint.or(others.authorization_endpoint),
            token_endpoint: self.token_endpoint.or(others.token_endpoint),
            userinfo_endpoint: self.userinfo_endpoint.or(others.userinfo_endpoint),
            emails_endpoint: self.emails_endpoint.or(others.emails_endpoint),
            jwks_uri: self.jwks_uri.or(others.jwks_uri),
        }
    }
}

/// The key by which Apple knows a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppleKey {
    /// The team.
    pub team_id: String,
    /// The key of the team.
    pub key_id: String,
}

/// What was set for a provider, apart from the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub name: Option<String>,
    pub protocol: Protocol,
    pub auth_method: Option<AuthMethod>,
    pub scopes: Option<Vec<String>>,
    pub return_tokens: bool,
    pub endpoints: Endpoints,
    pub apple: Option<AppleKey>,
}

impl Settings {
    /// Those of a provider of this name of which nothing was set.
    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            protocol: Protocol::Oidc,
            auth_method: None,
            scopes: None,
            return_tokens: false,
            endpoints: Endpoints::default(),
            apple: None,
        }
    }
}

/// A provider of an environment.
#[derive(Clone, Debug)]
pub struct Provider {
    /// The id of the connection that it is.
    pub id: ConnectionId,
    /// Its name in the API, or the one that the environment gave it.
    pub key: String,
    /// Whether people may sign in with it.
    pub enabled: bool,
    pub(crate) client_id: String,
    pub(crate) secret: Secret,
    pub(crate) settings: Settings,
    /// Whose connection it is, where it is an organization's and not the environment's.
    pub(crate) owner: Option<Owner>,
    pub(crate) created_at: Time,
    pub(crate) updated_at: Time,
}

impl Provider {
    pub(crate) fn known(&self) -> Option<&'static Known> {
        match self.owner {
            Some(_) => None,
            None => Known::find(&self.key),
        }
    }
    /// The party to SAML that it is, where it is one, and whose connection it is.
    pub(crate) fn saml(&self) -> Option<(&Owner, &Party)> {
        match self.owner.as_ref().map(|it| (it, &it.speaks)) {
            Some((owner, Speaks::Saml(party))) => Some((owner, party)),
            Some((_, Speaks::Oidc { .. } | Speaks::Test(_))) | None => None,
        }
    }
    /// The test identity provider that it is, where it is one, and whose connection it is.
    pub(crate) fn test(&self) -> Option<(&Owner, &TestProvider)> {
        match self.owner.as_ref().map(|it| (it, &it.speaks)) {
            Some((owner, Speaks::Test(test))) => Some((owner, test)),
            Some((_, Speaks::Oidc { .. } | Speaks::Saml(_))) | None => None,
        }
    }
    /// Whether it is the test identity provider of a sandbox.
    pub fn is_test(&self) -> bool {
        self.test().is_some()
    }
    /// Whether it is the connection of an organization.
    pub const fn is_connection(&self) -> bool {
        self.owner.is_some()
    }
    /// Its name for people.
    pub fn name(&self) -> &str {
        let usual = self.known().map_or(self.key.as_str(), |it| it.name);
        self.settings.name.as_deref().unwrap_or(usual)
    }
    /// How somebody signs in with it.
    pub(crate) fn method(&self) -> Method {
        match self.owner {
            Some(_) => Method::Sso,
            None => self.known().map_or(Method::ExternalAuth, |it| it.method),
        }
    }
    /// The type of the connection that it is.
    fn connection_type(&self) -> &str {
        match &self.owner {
            Some(owner) => &owner.connection_type,
            None => self.known().map_or("GenericOIDC", |it| it.method.name()),
        }
    }
    /// The address that it sends browsers back to.
    pub(crate) fn callback(&self, app: &App, client_id: &ClientId) -> String {
        match &self.owner {
            Some(owner) => owner.callback.clone(),
            None => callback_url(app, client_id, &self.key),
        }
    }
    /// Whether it takes a code challenge (RFC 7636).
    pub(crate) fn takes_challenge(&self) -> bool {
        match (&self.owner, self.known()) {
            (Some(owner), _) => {
                matches!(owner.speaks, Speaks::Oidc { takes_challenge: true, .. })
            }
            (None, Some(known)) => known.takes_challenge,
            (None, None) => true,
        }
    }
    /// The connection that it is.
    pub(crate) fn via(&self) -> Via<'_> {
        let organization_id = self.owner.as_ref().map(|it| &it.organization_id);
        Via { id: &self.id, r#type: self.connection_type(), organization_id }
    }
    /// Its name among the identities of a user. One that the environment named cannot pass for one
    /// that everybody knows: its name has no capital letters.
    pub(crate) fn identity(&self) -> &str {
        self.known().map_or(self.key.as_str(), |it| it.identity)
    }
    pub(crate) fn endpoints(&self) -> Endpoints {
        let set = self.settings.endpoints.clone();
        match self.known() {
            // Another issuer has other keys and endpoints: those of the usual one are not for it.
            Some(_) if set.issuer.is_some() => set,
            Some(known) => set.or(known.endpoints()),
            None => set,
        }
    }
    pub(crate) fn auth_method(&self) -> AuthMethod {
        let usual = self.known().map_or(AuthMethod::ClientSecretBasic, |it| it.auth_method);
        self.settings.auth_method.unwrap_or(usual)
    }
    pub(crate) fn scopes(&self) -> Vec<String> {
        let usual: &[&str] = match (self.known(), self.settings.protocol) {
            (Some(known), _) => known.scopes,
            (None, protocol) if protocol.has_id_token() => &["openid", "profile", "email"],
            (None, _) => &[],
        };
        let usual = || usual.iter().map(|it| (*it).to_owned()).collect();
        self.settings.scopes.clone().unwrap_or_else(usual)
    }
}

/// The address that a provider sends browsers back to. Each has its own, so that the code of one
/// cannot be taken to another (mix-up, RFC 9700 §4.4).
pub(crate) fn callback_url(app: &App, client_id: &ClientId, key: &str) -> String {
    let path = CALLBACK.replace("{client_id}", client_id.as_str()).replace("{provider}", key);
    format!("{}{path}", app.options().public_url)
}

/// A provider that pages offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The id of the connection that it is.
    pub connection_id: ConnectionId,
    /// Its name in the API, or the one that the environment gave it.
    pub key: String,
    /// Its name for people.
    pub name: String,
}

/// The providers that pages offer, those that everybody knows first.
pub fn offered(cx: &mut Cx<'_>) -> Result<Vec<Offer>> {
    let providers = store::list_enabled(cx)?;
    let place = |it: &Provider| {
        let known = known::KNOWN.iter().position(|known| known.method.name() == it.key);
        known.unwrap_or(known::KNOWN.len())
    };
    let mut providers = providers;
    providers.sort_by_key(place);
    let offer = |it: Provider| {
        let name = it.name().to_owned();
        Offer { connection_id: it.id, key: it.key, name }
    };
    Ok(providers.into_iter().map(offer).collect())
}

/// The provider of this name, where it was set up.
pub fn of_name(cx: &mut Cx<'_>, name: &str) -> Result<Option<Provider>> {
    find_by_key(cx, name)
}

/// The provider that is this connection: the environment's own, or an organization's.
pub(crate) fn of_connection(cx: &mut Cx<'_>, id: &ConnectionId) -> Result<Option<Provider>> {
    match get(cx, id)? {
        Some(it) => Ok(Some(it)),
        None => connections::provider(cx, id),
    }
}

/// Deletes what waits no more.
pub(crate) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    departure::forget(cx)
}

pub(crate) use account::{IDP_ID_BYTES_MAX, RAW_BYTES_MAX, Told, name};
pub(crate) use client::{Unusable, get_json, get_text};
use store::{find_by_key, get};
