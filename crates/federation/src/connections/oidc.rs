//! Connections whose identity provider speaks OpenID Connect.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{App, Code, Error, FlowCx, Patch, Result};

use super::profile::{Owner, Speaks};
use super::{OIDC_CALLBACK, Record};
use crate::social::{AuthMethod, Endpoints, Protocol, Provider, Settings, get_json};

/// The code of the refusal of a provider that does not describe itself.
pub(super) const DISCOVERY_FAILED: Code = "discovery_failed";
/// The end of the address at which a provider describes itself (OpenID Connect Discovery §4).
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// The provider, and how it is spoken to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Oidc {
    discovery_endpoint: String,
    client_id: String,
    redirect_uri: Option<String>,
    pkce: bool,
    token_authentication_method: AuthMethod,
    id_token_signature_algorithm: Option<String>,
    fetch_user_info: Option<bool>,
    /// What it says of itself.
    endpoints: Endpoints,
    /// Where it signs people out, if it says so.
    end_session_endpoint: Option<String>,
}

/// What a provider says of itself.
struct Described {
    endpoints: Endpoints,
    end_session_endpoint: Option<String>,
}

/// An OpenID Connect provider
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct OidcOptions {
    /// Where the provider describes itself: its issuer, or the address below it that ends in
    /// `/.well-known/openid-configuration`
    #[schemars(length(min = 1, max = 2048))]
    discovery_endpoint: String,
    /// The client ID that the provider knows us by
    #[schemars(length(min = 1, max = 255))]
    client_id: String,
    /// The client secret; never shown again
    #[schemars(length(min = 1, max = 4096))]
    client_secret: Secret,
    /// Where the provider sends browsers back to, if that is another address that leads here
    #[schemars(length(min = 1, max = 2048), extend("format" = "uri"))]
    redirect_uri: Option<String>,
    /// Whether a code challenge is sent along (RFC 7636); it is unless told otherwise
    pkce: Option<bool>,
    /// How the client secret is sent; by HTTP Basic unless told otherwise
    token_authentication_method: Option<AuthMethod>,
    /// The algorithm that its ID tokens are signed with, and no other; any that is safe unless told
    /// otherwise
    #[schemars(extend("enum" = ALGORITHMS))]
    id_token_signature_algorithm: Option<String>,
    /// Whether the provider is asked for more than its ID token says; where that says too little
    /// unless told otherwise
    fetch_user_info: Option<bool>,
}

/// A change of an OpenID Connect provider
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct OidcChange {
    /// Where the provider describes itself; it is asked again
    #[schemars(length(min = 1, max = 2048))]
    discovery_endpoint: Option<String>,
    /// The client ID that the provider knows us by
    #[schemars(length(min = 1, max = 255))]
    client_id: Option<String>,
    /// The client secret; never shown again
    #[schemars(length(min = 1, max = 4096))]
    client_secret: Option<Secret>,
    /// Where the provider sends browsers back to; null for the usual address
    #[serde(default)]
    #[schemars(length(min = 1, max = 2048), extend("format" = "uri"))]
    redirect_uri: Patch<String>,
    /// Whether a code challenge is sent along (RFC 7636)
    pkce: Option<bool>,
    /// How the client secret is sent
    token_authentication_method: Option<AuthMethod>,
    /// The algorithm that its ID tokens are signed with, and no other; null for any that is safe
    #[serde(default)]
    #[schemars(extend("enum" = ALGORITHMS_OR_NULL))]
    id_token_signature_algorithm: Patch<String>,
    /// Whether the provider is asked for more than its ID token says; null for where that says too
    /// little
    #[serde(default)]
    fetch_user_info: Patch<bool>,
}

/// The OpenID Connect provider of a connection
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct OidcShown {
    /// Where the provider describes itself
    discovery_endpoint: String,
    /// Who signs its ID tokens
    issuer: Option<String>,
    /// The client ID that the provider knows us by
    client_id: String,
    /// Where the provider sends browsers back to; register this with it
    redirect_uri: String,
    /// Whether a code challenge is sent along
    pkce: bool,
    /// How the client secret is sent
    token_authentication_method: AuthMethod,
    /// The algorithm that its ID tokens are signed with; null for any that is safe
    id_token_signature_algorithm: Option<String>,
    /// Whether the provider is asked for more than its ID token says
    fetch_user_info: Option<bool>,
}

/// The algorithms that can be asked for: those of `crate::oidc`. Keys that both sides know are not
/// among them, since the key is the client secret then, and whoever reads it signs people in.
const ALGORITHMS: &[&str] =
    &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];
const ALGORITHMS_OR_NULL: &[Option<&str>] = &[
    Some("RS256"),
    Some("RS384"),
    Some("RS512"),
    Some("PS256"),
    Some("PS384"),
    Some("PS512"),
    Some("ES256"),
    Some("ES384"),
    Some("EdDSA"),
    None,
];

impl OidcOptions {
    /// What is to be kept, once the provider has described itself.
    pub(super) fn settle(self, flow: &FlowCx) -> Result<(Oidc, Secret)> {
        check_redirect_uri(self.redirect_uri.as_deref())?;
        let described = discover(flow, &self.discovery_endpoint)?;
        Ok(self.with(described))
    }

    /// The same, where a provider that described itself before at the same address is not asked again.
    pub(super) fn settle_anew(
        self,
        flow: &FlowCx,
        former: Option<&Oidc>,
    ) -> Result<(Oidc, Secret)> {
        match former.filter(|it| it.discovery_endpoint == self.discovery_endpoint) {
            Some(former) => {
                check_redirect_uri(self.redirect_uri.as_deref())?;
                Ok(self.with(Described {
                    endpoints: former.endpoints.clone(),
                    end_session_endpoint: former.end_session_endpoint.clone(),
                }))
            }
            None => self.settle(flow),
        }
    }

    fn with(self, described: Described) -> (Oidc, Secret) {
        let oidc = Oidc {
            endpoints: described.endpoints,
            end_session_endpoint: described.end_session_endpoint,
            discovery_endpoint: self.discovery_endpoint,
            client_id: self.client_id,
            redirect_uri: self.redirect_uri,
            pkce: self.pkce.unwrap_or(true),
            token_authentication_method: self
                .token_authentication_method
                .unwrap_or(AuthMethod::ClientSecretBasic),
            id_token_signature_algorithm: self.id_token_signature_algorithm,
            fetch_user_info: self.fetch_user_info,
        };
        (oidc, self.client_secret)
    }
}

impl OidcChange {
    /// What is to be, from what was. Where nothing was, all that a provider needs must be given.
    pub(super) fn settle(
        self,
        flow: &FlowCx,
        former: Option<(Oidc, Secret)>,
    ) -> Result<(Oidc, Secret)> {
        let required = |field: &str| {
            let field = format!("oidc_options.{field}");
            let text = format!("{field} is required, since the connection has none.");
            Error::invalid_field(&field, "required", text)
        };
        let Some((mut oidc, secret)) = former else {
            return OidcOptions {
                discovery_endpoint: self
                    .discovery_endpoint
                    .ok_or_else(|| required("discovery_endpoint"))?,
                client_id: self.client_id.ok_or_else(|| required("client_id"))?,
                client_secret: self.client_secret.ok_or_else(|| required("client_secret"))?,
                redirect_uri: set(self.redirect_uri),
                pkce: self.pkce,
                token_authentication_method: self.token_authentication_method,
                id_token_signature_algorithm: set(self.id_token_signature_algorithm),
                fetch_user_info: set(self.fetch_user_info),
            }
            .settle(flow);
        };
        let to = self.discovery_endpoint.filter(|it| *it != oidc.discovery_endpoint);
        if to.is_some() && self.client_secret.is_none() {
            // It was given for another provider, which this one would be told it by.
            let text = "Give the client_secret as well, since the provider is another one.";
            return Err(Error::invalid_field("oidc_options.client_secret", "required", text));
        }
        if let Some(it) = to {
            let described = discover(flow, &it)?;
            oidc.endpoints = described.endpoints;
            oidc.end_session_endpoint = described.end_session_endpoint;
            oidc.discovery_endpoint = it;
        }
        oidc.client_id = self.client_id.unwrap_or(oidc.client_id);
        oidc.pkce = self.pkce.unwrap_or(oidc.pkce);
        oidc.token_authentication_method =
            self.token_authentication_method.unwrap_or(oidc.token_authentication_method);
        self.redirect_uri.apply(&mut oidc.redirect_uri);
        check_redirect_uri(oidc.redirect_uri.as_deref())?;
        self.id_token_signature_algorithm.apply(&mut oidc.id_token_signature_algorithm);
        self.fetch_user_info.apply(&mut oidc.fetch_user_info);
        Ok((oidc, self.client_secret.unwrap_or(secret)))
    }
}

fn check_redirect_uri(uri: Option<&str>) -> Result<()> {
    if uri.is_none_or(is_web) {
        return Ok(());
    }
    let text = "Give the address of a page, or none.";
    Err(Error::invalid_field("oidc_options.redirect_uri", "invalid_url", text))
}

fn is_web(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|it| matches!(it.scheme(), "https" | "http"))
}

fn set<T>(patch: Patch<T>) -> Option<T> {
    match patch {
        Patch::Set(it) => Some(it),
        Patch::Keep | Patch::Clear => None,
    }
}

/// Has a provider say where all is.
fn discover(flow: &FlowCx, endpoint: &str) -> Result<Described> {
    let refused = |why: String| {
        let why = why.trim_end_matches('.');
        let text = format!("The provider does not describe itself at '{endpoint}': {why}.");
        Error::bad_request(DISCOVERY_FAILED, text)
    };
    let bare = endpoint.trim_end_matches('/');
    let issuer = bare.strip_suffix(WELL_KNOWN).unwrap_or(bare);
    let url = format!("{issuer}{WELL_KNOWN}");
    let said = get_json(flow, &url, Vec::new()).map_err(|it| refused(it.0))?;
    let text = |name: &str| said.get(name).and_then(|it| it.as_str()).map(str::to_owned);
    // OpenID Connect Discovery §4.3: it must speak of itself. Issuers differ by a slash at their end.
    let named = text("issuer").filter(|it| it.trim_end_matches('/') == issuer);
    let found = Endpoints {
        issuer: Some(named.ok_or_else(|| refused("it speaks of another issuer".to_owned()))?),
        authorization_endpoint: text("authorization_endpoint"),
        token_endpoint: text("token_endpoint"),
        userinfo_endpoint: text("userinfo_endpoint"),
        emails_endpoint: None,
        jwks_uri: text("jwks_uri"),
    };
    // A browser goes there and not we, so any web address will do.
    let end_session_endpoint = text("end_session_endpoint").filter(|it| is_web(it));
    for (name, url) in [
        ("authorization_endpoint", &found.authorization_endpoint),
        ("token_endpoint", &found.token_endpoint),
        ("jwks_uri", &found.jwks_uri),
    ] {
        let url = url.as_ref().ok_or_else(|| refused(format!("it names no {name}")))?;
        let target = flow.app.net().http().target(url);
        target.map_err(|it| refused(format!("its {name} cannot be used: {it}")))?;
    }
    Ok(Described { endpoints: found, end_session_endpoint })
}

/// Where providers send browsers back to that know no other address of ours.
pub(super) fn usual_callback(app: &App, of: &Record) -> String {
    let path = OIDC_CALLBACK.replace("{external_key}", &of.external_key);
    format!("{}{path}", app.options().public_url)
}

impl Oidc {
    /// Where the provider sends browsers back to.
    pub(super) fn callback(&self, app: &App, of: &Record) -> String {
        self.redirect_uri.clone().unwrap_or_else(|| usual_callback(app, of))
    }

    /// Where the provider signs somebody of this address out.
    pub(super) fn sign_out_url(&self, email: &str) -> Option<String> {
        let mut url = url::Url::parse(self.end_session_endpoint.as_ref()?).ok()?;
        url.query_pairs_mut()
            .append_pair("client_id", &self.client_id)
            .append_pair("logout_hint", email);
        Some(url.into())
    }

    pub(super) fn provider(&self, app: &App, of: &Record) -> Provider {
        Provider {
            id: of.id.clone(),
            key: of.external_key.clone(),
            enabled: of.state.signs_in(),
            client_id: self.client_id.clone(),
            secret: of.client_secret.clone().unwrap_or_else(|| Secret::new("")),
            settings: Settings {
                name: Some(of.name.clone()),
                protocol: Protocol::Oidc,
                auth_method: Some(self.token_authentication_method),
                scopes: None,
                return_tokens: false,
                endpoints: self.endpoints.clone(),
                apple: None,
            },
            owner: Some(Owner {
                organization_id: of.organization_id.clone(),
                connection_id: of.id.to_string(),
                connection_type: of.connection_type.clone(),
                callback: self.callback(app, of),
                speaks: Speaks::Oidc {
                    takes_challenge: self.pkce,
                    fetch_user_info: self.fetch_user_info,
                    algorithm: self.id_token_signature_algorithm.clone(),
                },
                attributes: of.settings.attributes.clone(),
                group_roles: of.settings.group_roles.clone(),
            }),
            created_at: of.created_at,
            updated_at: of.updated_at,
        }
    }

    pub(super) fn shown(&self, app: &App, of: &Record) -> OidcShown {
        OidcShown {
            discovery_endpoint: self.discovery_endpoint.clone(),
            issuer: self.endpoints.issuer.clone(),
            client_id: self.client_id.clone(),
            redirect_uri: self.callback(app, of),
            pkce: self.pkce,
            token_authentication_method: self.token_authentication_method,
            id_token_signature_algorithm: self.id_token_signature_algorithm.clone(),
            fetch_user_info: self.fetch_user_info,
        }
    }
}
