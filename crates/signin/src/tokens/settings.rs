//! Which of the bulky claims an environment has in its access tokens, and who issues them.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;
use vestibule_kernel::catalog::Method::{Get, Put};
use vestibule_kernel::id::ClientId;
use vestibule_kernel::setting::{Setting, Showable, Shown};
use vestibule_kernel::{Code, Cx, Error, Fine, Operation, Patch, Result, Route};

/// The longest issuer.
const ISSUER_CHARS_MAX: usize = 255;
const INVALID_ISSUER: Code = "invalid_issuer";

/// Which claims are in access tokens. The others always are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[serde(default)]
#[schemars(inline)]
pub struct TokenClaims {
    /// Whether `roles` lists the slugs of all roles; `role` is always there
    pub roles: bool,
    /// Whether `permissions` lists the slugs of all permissions
    pub permissions: bool,
    /// Whether `entitlements` lists what the organization is entitled to
    pub entitlements: bool,
    /// Whether `feature_flags` lists the slugs of the feature flags that are on
    pub feature_flags: bool,
    /// What `iss` says; null for `/user_management/` and the client ID, at the address of this server
    pub issuer: Option<String>,
}

impl Default for TokenClaims {
    fn default() -> Self {
        Self {
            roles: true,
            permissions: true,
            entitlements: true,
            feature_flags: true,
            issuer: None,
        }
    }
}

impl TokenClaims {
    /// Who issues the tokens of this client.
    pub fn issuer(&self, cx: &Cx<'_>, client_id: &ClientId) -> String {
        self.issuer.clone().unwrap_or_else(|| usual_issuer(cx, client_id))
    }
}

/// Who issues the tokens of this client where nothing else was set.
pub(super) fn usual_issuer(cx: &Cx<'_>, client_id: &ClientId) -> String {
    format!("{}/user_management/{client_id}", cx.app.options().public_url)
}

/// Refuses what is no issuer (RFC 8414 §2): a URL without query and fragment.
fn check_issuer(text: String) -> Result<String> {
    let good = Url::parse(&text).is_ok_and(|it| {
        matches!(it.scheme(), "https" | "http")
            && it.host_str().is_some()
            && (it.username(), it.password()) == ("", None)
            && (it.query(), it.fragment()) == (None, None)
    });
    if good {
        return Ok(text);
    }
    let why =
        format!("'{text}' is no issuer: give an http or https URL without query and fragment.");
    Err(Error::invalid_field("issuer", INVALID_ISSUER, why))
}

impl Setting for TokenClaims {
    const NAME: &'static str = "token_claims";
}

impl Showable for TokenClaims {
    const OBJECT: &'static str = "token_claims";
}

/// Get which claims are in access tokens
#[derive(Deserialize, JsonSchema)]
pub struct GetTokenClaims {}

impl Operation for GetTokenClaims {
    const ID: &'static str = "token_claims.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/token_claims");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown<TokenClaims>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        Ok(Fine(Shown::new(cx.setting()?)))
    }
}

/// Set which claims are in access tokens
///
/// What is not given stays as it is. A session that is kept in a cookie must fit into 4096 bytes; these
/// are the claims that grow. Set `issuer` where verifiers of your tokens expect another, such as that
/// of a server which was replaced. It holds for tokens from then on; those that were issued before
/// live on with the one that they have, until they expire.
#[derive(Deserialize, JsonSchema)]
pub struct UpdateTokenClaims {
    /// Whether `roles` lists the slugs of all roles; `role` is always there
    roles: Option<bool>,
    /// Whether `permissions` lists the slugs of all permissions
    permissions: Option<bool>,
    /// Whether `entitlements` lists what the organization is entitled to
    entitlements: Option<bool>,
    /// Whether `feature_flags` lists the slugs of the feature flags that are on for the user or the
    /// organization
    feature_flags: Option<bool>,
    /// What `iss` says; null for `/user_management/` and the client ID, at the address of this server
    #[serde(default)]
    #[schemars(length(min = 1, max = ISSUER_CHARS_MAX))]
    issuer: Patch<String>,
}

impl Operation for UpdateTokenClaims {
    const ID: &'static str = "token_claims.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/token_claims");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown<TokenClaims>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { roles, permissions, entitlements, feature_flags, issuer } = self;
        let issuer = issuer.try_map(check_issuer)?;
        let mut claims: TokenClaims = cx.setting()?;
        claims.roles = roles.unwrap_or(claims.roles);
        claims.permissions = permissions.unwrap_or(claims.permissions);
        claims.entitlements = entitlements.unwrap_or(claims.entitlements);
        claims.feature_flags = feature_flags.unwrap_or(claims.feature_flags);
        issuer.apply(&mut claims.issuer);
        cx.set(&claims)?;
        Ok(Fine(Shown::new(claims)))
    }
}
