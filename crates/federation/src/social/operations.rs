//! Setting providers up.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::{Delete, Get, Put};
use vestibule_kernel::id::{ClientId, ConnectionId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    App, Code, Cx, Error, Fine, Flow, FlowCx, NoContent, Operation, Patch, Result, Route,
};

use super::client::{self, get_json};
use super::departure::client_of;
use super::store::{self, PROVIDERS_MAX};
use super::{AppleKey, AuthMethod, Endpoints, Known, Protocol, Provider, Settings, callback_url};

/// The code of the refusal of an issuer that does not describe itself.
const DISCOVERY_FAILED: Code = "discovery_failed";
/// The code of the refusal of one provider too many.
const TOO_MANY_PROVIDERS: Code = "too_many_providers";
/// The longest name of a provider of one's own.
const KEY_BYTES_MAX: usize = 40;

/// A social provider
#[derive(Debug, Serialize, JsonSchema)]
pub struct SocialProvider {
    /// Always `social_provider`
    #[schemars(extend("const" = "social_provider"))]
    object: &'static str,
    /// ID of the connection that it is
    id: ConnectionId,
    /// Name in the API, such as `GoogleOAuth`, or the name of a provider of your own
    provider: String,
    /// Name for people
    name: String,
    /// How it says who somebody is
    protocol: Protocol,
    /// Whether people may sign in with it
    enabled: bool,
    /// Client ID that it knows you by
    client_id: String,
    /// Team at Apple
    apple_team_id: Option<String>,
    /// Key of the team at Apple
    apple_key_id: Option<String>,
    /// What it is asked for
    scopes: Vec<String>,
    /// Whether your application gets its tokens
    return_tokens: bool,
    /// How the client secret is sent
    token_endpoint_auth_method: AuthMethod,
    /// Who signs its ID tokens
    issuer: Option<String>,
    /// Where browsers are sent
    authorization_endpoint: Option<String>,
    /// Where codes are exchanged
    token_endpoint: Option<String>,
    /// Who somebody is
    userinfo_endpoint: Option<String>,
    /// Which addresses somebody has
    emails_endpoint: Option<String>,
    /// Keys that sign its ID tokens
    jwks_uri: Option<String>,
    /// Where it sends browsers back to; register this with it
    callback_url: String,
    /// When it was set up
    created_at: Time,
    /// When it was last changed
    updated_at: Time,
}

impl SocialProvider {
    fn new(app: &App, client_id: &ClientId, it: Provider) -> Self {
        let endpoints = it.endpoints();
        let apple = it.settings.apple.clone();
        Self {
            object: "social_provider",
            name: it.name().to_owned(),
            protocol: it.settings.protocol,
            enabled: it.enabled,
            apple_team_id: apple.as_ref().map(|it| it.team_id.clone()),
            apple_key_id: apple.map(|it| it.key_id),
            scopes: it.scopes(),
            return_tokens: it.settings.return_tokens,
            token_endpoint_auth_method: it.auth_method(),
            issuer: endpoints.issuer,
            authorization_endpoint: endpoints.authorization_endpoint,
            token_endpoint: endpoints.token_endpoint,
            userinfo_endpoint: endpoints.userinfo_endpoint,
            emails_endpoint: endpoints.emails_endpoint,
            jwks_uri: endpoints.jwks_uri,
            callback_url: callback_url(app, client_id, &it.key),
            id: it.id,
            provider: it.key,
            client_id: it.client_id,
            created_at: it.created_at,
            updated_at: it.updated_at,
        }
    }
}

/// Social providers
#[derive(Debug, Serialize, JsonSchema)]
pub struct SocialProviderList {
    /// Always `list`
    #[schemars(extend("const" = "list"))]
    object: &'static str,
    /// Every provider that was set up, oldest first
    data: Vec<SocialProvider>,
}

/// List the social providers that were set up
#[derive(Deserialize, JsonSchema)]
pub struct ListSocialProviders {}

impl Operation for ListSocialProviders {
    const ID: &'static str = "social_providers.list";
    const ROUTE: Route = Route(Get, "/vestibule/v1/social_providers");
    const EXTENSION: bool = true;
    type Reply = Fine<SocialProviderList>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        let client_id = client_of(cx)?;
        let providers = store::list(cx)?.into_iter();
        let data = providers.map(|it| SocialProvider::new(cx.app, &client_id, it)).collect();
        Ok(Fine(SocialProviderList { object: "list", data }))
    }
}

/// Get a social provider
#[derive(Deserialize, JsonSchema)]
pub struct GetSocialProvider {
    /// Name in the API, such as `GoogleOAuth`, or the name of a provider of your own
    provider: String,
}

impl Operation for GetSocialProvider {
    const ID: &'static str = "social_providers.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/social_providers/{provider}");
    const EXTENSION: bool = true;
    type Reply = Fine<SocialProvider>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let found = find(cx, &self.provider)?;
        let client_id = client_of(cx)?;
        Ok(Fine(SocialProvider::new(cx.app, &client_id, found)))
    }
}

/// Delete a social provider
///
/// Nobody can sign in with it any more. Accounts that were linked stay linked, for the day on which it
/// is set up again.
#[derive(Deserialize, JsonSchema)]
pub struct DeleteSocialProvider {
    /// Name in the API, such as `GoogleOAuth`, or the name of a provider of your own
    provider: String,
}

impl Operation for DeleteSocialProvider {
    const ID: &'static str = "social_providers.delete";
    const ROUTE: Route = Route(Delete, "/vestibule/v1/social_providers/{provider}");
    const EXTENSION: bool = true;
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let found = find(cx, &self.provider)?;
        crate::sso::forget_connection(cx, &found.id)?;
        store::delete(cx, &found.id)?;
        Ok(NoContent)
    }
}

/// Set a social provider up, or change it
///
/// A provider that everybody knows goes by its name in the API, such as `GoogleOAuth`, and needs a
/// client alone. One of your own goes by a name that you choose, in small letters, digits and hyphens,
/// and needs a protocol; with `oidc`, an issuer says where the rest is. What is not given stays as it
/// is; the client secret is never shown again.
#[derive(Deserialize, JsonSchema)]
pub struct SetSocialProvider {
    /// Name in the API, such as `GoogleOAuth`, or a name for a provider of your own
    provider: String,
    /// Name for people; null for the usual one
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    name: Patch<String>,
    /// How a provider of your own says who somebody is: `oidc` or `userinfo`
    #[schemars(extend("enum" = ["oidc", "userinfo"]))]
    protocol: Option<Protocol>,
    /// Client ID that it knows you by
    #[schemars(length(min = 1, max = 255))]
    client_id: Option<String>,
    /// Client secret; never shown again
    #[schemars(length(min = 1, max = 4096))]
    client_secret: Option<Secret>,
    /// Team at Apple
    #[schemars(length(min = 1, max = 100))]
    apple_team_id: Option<String>,
    /// Key of the team at Apple
    #[schemars(length(min = 1, max = 100))]
    apple_key_id: Option<String>,
    /// Private key of that key (PKCS #8 in PEM), with which client secrets for Apple are signed
    #[schemars(length(min = 1, max = 4096))]
    apple_private_key: Option<Secret>,
    /// What it is asked for; null for the usual
    #[serde(default)]
    #[schemars(length(max = 50))]
    scopes: Patch<Vec<String>>,
    /// Whether people may sign in with it
    enabled: Option<bool>,
    /// Whether your application gets its tokens, as `oauth_tokens`
    return_tokens: Option<bool>,
    /// How the client secret is sent; null for the usual
    #[serde(default)]
    token_endpoint_auth_method: Patch<AuthMethod>,
    /// Who signs its ID tokens, for an installation of your own; it is asked where all else is
    #[serde(default)]
    #[schemars(length(min = 1, max = 2048))]
    issuer: Patch<String>,
    /// Where browsers are sent
    #[serde(default)]
    #[schemars(length(min = 1, max = 2048))]
    authorization_endpoint: Patch<String>,
    /// Where codes are exchanged
    #[serde(default)]
    #[schemars(length(min = 1, max = 2048))]
    token_endpoint: Patch<String>,
    /// Who somebody is
    #[serde(default)]
    #[schemars(length(min = 1, max = 2048))]
    userinfo_endpoint: Patch<String>,
    /// Which addresses somebody has
    #[serde(default)]
    #[schemars(length(min = 1, max = 2048))]
    emails_endpoint: Patch<String>,
    /// Keys that sign its ID tokens
    #[serde(default)]
    #[schemars(length(min = 1, max = 2048))]
    jwks_uri: Patch<String>,
}

impl Flow for SetSocialProvider {
    const ID: &'static str = "social_providers.set";
    const ROUTE: Route = Route(Put, "/vestibule/v1/social_providers");
    const FAILS: &'static [Code] = &[DISCOVERY_FAILED, TOO_MANY_PROVIDERS];
    const EXTENSION: bool = true;
    type Reply = Fine<SocialProvider>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let key = self.provider.clone();
        let former = flow.read(|cx| store::find_by_key(cx, &key))?;
        let looks = matches!(self.issuer, Patch::Set(_));
        let former = former.map_or_else(|| self.begun(flow), Ok)?;
        let changed = self.applied(flow, former)?;
        check_key(&changed.key)?;
        let changed = if looks { discovered(flow, changed)? } else { changed };
        check(flow, &changed)?;
        flow.write(move |cx| {
            // It may have come or gone in the meantime.
            match store::find_by_key(cx, &changed.key)? {
                Some(it) => store::update(cx, &Provider { id: it.id, ..changed.clone() })?,
                None if store::list(cx)?.len() >= PROVIDERS_MAX => {
                    let text = format!("There are {PROVIDERS_MAX} providers; delete one first.");
                    return Err(Error::conflict(TOO_MANY_PROVIDERS, text));
                }
                None => store::insert(cx, &changed)?,
            }
            let client_id = client_of(cx)?;
            let stored = find(cx, &changed.key)?;
            Ok(Fine(SocialProvider::new(cx.app, &client_id, stored)))
        })
    }
}

impl SetSocialProvider {
    /// A provider that is set up for the first time.
    fn begun(&self, flow: &FlowCx) -> Result<Provider> {
        let secret = self.client_secret.as_ref().or(self.apple_private_key.as_ref());
        Ok(Provider {
            id: ConnectionId::make(flow.app.chance(), flow.now()),
            key: self.provider.clone(),
            client_id: self.client_id.clone().ok_or_else(|| required("client_id"))?,
            secret: secret.cloned().ok_or_else(|| required("client_secret"))?,
            settings: Settings {
                name: None,
                protocol: match (Known::find(&self.provider), self.protocol) {
                    (Some(known), _) => known.protocol,
                    (None, Some(it)) => it,
                    (None, None) => return Err(required("protocol")),
                },
                auth_method: None,
                scopes: None,
                return_tokens: false,
                endpoints: Endpoints::default(),
                apple: None,
            },
            owner: None,
            enabled: true,
            created_at: flow.now(),
            updated_at: flow.now(),
        })
    }

    /// What is to be, from what was.
    fn applied(self, flow: &FlowCx, mut it: Provider) -> Result<Provider> {
        let Self {
            provider,
            name,
            protocol,
            client_id,
            client_secret,
            apple_team_id,
            apple_key_id,
            apple_private_key,
            scopes,
            enabled,
            return_tokens,
            token_endpoint_auth_method,
            issuer,
            authorization_endpoint,
            token_endpoint,
            userinfo_endpoint,
            emails_endpoint,
            jwks_uri,
        } = self;
        it.client_id = client_id.unwrap_or(it.client_id);
        it.secret = client_secret.or(apple_private_key).unwrap_or(it.secret);
        it.enabled = enabled.unwrap_or(it.enabled);
        it.updated_at = flow.now();
        let settings = &mut it.settings;
        if Known::find(&provider).is_none() {
            settings.protocol = protocol.unwrap_or(settings.protocol);
        }
        settings.return_tokens = return_tokens.unwrap_or(settings.return_tokens);
        name.apply(&mut settings.name);
        scopes.apply(&mut settings.scopes);
        token_endpoint_auth_method.apply(&mut settings.auth_method);
        if !issuer.is_keep() {
            // What the former issuer said of itself does not hold for another.
            settings.endpoints = Endpoints::default();
        }
        issuer.apply(&mut settings.endpoints.issuer);
        authorization_endpoint.apply(&mut settings.endpoints.authorization_endpoint);
        token_endpoint.apply(&mut settings.endpoints.token_endpoint);
        userinfo_endpoint.apply(&mut settings.endpoints.userinfo_endpoint);
        emails_endpoint.apply(&mut settings.endpoints.emails_endpoint);
        jwks_uri.apply(&mut settings.endpoints.jwks_uri);
        if settings.protocol == Protocol::Apple {
            let former = settings.apple.take();
            let (team_id, key_id) = former.map(|it| (it.team_id, it.key_id)).unzip();
            settings.apple = Some(AppleKey {
                team_id: apple_team_id.or(team_id).ok_or_else(|| required("apple_team_id"))?,
                key_id: apple_key_id.or(key_id).ok_or_else(|| required("apple_key_id"))?,
            });
        }
        Ok(it)
    }
}

/// Has the issuer say where all else is, as far as it was not set.
fn discovered(flow: &FlowCx, mut it: Provider) -> Result<Provider> {
    let endpoints = it.settings.endpoints.clone();
    let Some(issuer) = endpoints.issuer.clone().filter(|_| it.settings.protocol.has_id_token())
    else {
        return Ok(it);
    };
    let is_whole = endpoints.authorization_endpoint.is_some()
        && endpoints.token_endpoint.is_some()
        && endpoints.jwks_uri.is_some();
    if is_whole {
        return Ok(it);
    }
    let refused = |why: String| {
        let text = format!("The issuer '{issuer}' does not say where its endpoints are: {why}.");
        Error::bad_request(DISCOVERY_FAILED, text)
    };
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let said = get_json(flow, &url, Vec::new()).map_err(|it| refused(it.0))?;
    let text = |name: &str| said.get(name).and_then(|it| it.as_str()).map(str::to_owned);
    // OpenID Connect Discovery §4.3: it must speak of itself.
    if text("issuer").as_deref() != Some(&issuer) {
        return Err(refused("it speaks of another issuer".to_owned()));
    }
    it.settings.endpoints = endpoints.or(Endpoints {
        issuer: None,
        authorization_endpoint: text("authorization_endpoint"),
        token_endpoint: text("token_endpoint"),
        userinfo_endpoint: text("userinfo_endpoint"),
        emails_endpoint: None,
        jwks_uri: text("jwks_uri"),
    });
    Ok(it)
}

/// Refuses a provider that nobody could sign in with.
fn check(flow: &FlowCx, it: &Provider) -> Result<()> {
    let endpoints = it.endpoints();
    let has_id_token = it.settings.protocol.has_id_token();
    let needs_addresses = matches!(it.settings.protocol, Protocol::GitHub | Protocol::Bitbucket);
    for (name, url, is_needed) in [
        ("issuer", &endpoints.issuer, has_id_token),
        ("authorization_endpoint", &endpoints.authorization_endpoint, true),
        ("token_endpoint", &endpoints.token_endpoint, true),
        ("userinfo_endpoint", &endpoints.userinfo_endpoint, !has_id_token),
        ("emails_endpoint", &endpoints.emails_endpoint, needs_addresses),
        ("jwks_uri", &endpoints.jwks_uri, has_id_token),
    ] {
        match url {
            Some(url) => {
                let target = flow.app.net().http().target(url);
                target.map_err(|it| Error::invalid_field(name, "invalid_url", it.to_string()))?;
            }
            None if is_needed => return Err(required(name)),
            None => {}
        }
    }
    if it.settings.protocol == Protocol::Apple && client::private_key(it.secret.reveal()).is_none()
    {
        let text = "The private key must be a P-256 key, PKCS #8 in PEM, as Apple gives it.";
        return Err(Error::invalid_field("apple_private_key", "invalid_key", text));
    }
    Ok(())
}

fn check_key(key: &str) -> Result<()> {
    let fits = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    let is_own = (1..=KEY_BYTES_MAX).contains(&key.len()) && key.bytes().all(fits);
    if is_own || Known::find(key).is_some() {
        return Ok(());
    }
    let text = format!(
        "'{key}' is no provider that everybody knows; one of your own has a name of at most \
         {KEY_BYTES_MAX} small letters, digits and hyphens."
    );
    Err(Error::invalid_field("provider", "invalid_provider", text))
}

fn required(field: &str) -> Error {
    Error::invalid_field(field, "required", format!("{field} is required."))
}

fn find(cx: &mut Cx<'_>, key: &str) -> Result<Provider> {
    store::find_by_key(cx, key)?.ok_or_else(|| Error::not_found("Social provider", &key))
}
