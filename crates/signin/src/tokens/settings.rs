//! Which of the bulky claims an environment has in its access tokens.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::{Get, Put};
use vestibule_kernel::setting::Setting;
use vestibule_kernel::{Cx, Fine, Operation, Result, Route};

/// Which claims are in access tokens. The others always are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct TokenClaims {
    /// Whether `roles` lists the slugs of all roles; `role` is always there
    pub roles: bool,
    /// Whether `permissions` lists the slugs of all permissions
    pub permissions: bool,
}

impl Default for TokenClaims {
    fn default() -> Self {
        Self { roles: true, permissions: true }
    }
}

impl Setting for TokenClaims {
    const NAME: &'static str = "token_claims";
}

/// Which claims are in access tokens
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TokenClaims")]
pub struct Shown {
    /// Always `token_claims`
    #[schemars(extend("const" = "token_claims"))]
    object: &'static str,
    #[serde(flatten)]
    claims: TokenClaims,
}

/// Get which claims are in access tokens
#[derive(Deserialize, JsonSchema)]
pub struct GetTokenClaims {}

impl Operation for GetTokenClaims {
    const ID: &'static str = "token_claims.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/token_claims");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        Ok(Fine(Shown { object: "token_claims", claims: cx.setting()? }))
    }
}

/// Set which claims are in access tokens
///
/// What is not given stays as it is. A token that is kept in a cookie must fit into 4096 bytes; these
/// are the claims that grow.
#[derive(Deserialize, JsonSchema)]
pub struct UpdateTokenClaims {
    /// Whether `roles` lists the slugs of all roles; `role` is always there
    roles: Option<bool>,
    /// Whether `permissions` lists the slugs of all permissions
    permissions: Option<bool>,
}

impl Operation for UpdateTokenClaims {
    const ID: &'static str = "token_claims.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/token_claims");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { roles, permissions } = self;
        let mut claims: TokenClaims = cx.setting()?;
        claims.roles = roles.unwrap_or(claims.roles);
        claims.permissions = permissions.unwrap_or(claims.permissions);
        cx.set(&claims)?;
        Ok(Fine(Shown { object: "token_claims", claims }))
    }
}
