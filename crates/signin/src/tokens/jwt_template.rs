//! The JWT template of an environment: the claims that it adds to access tokens.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::{Get, Put};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, Fine, Kind, Operation, Result, Route};

use super::store;
use super::template::Template;

/// The claims that an environment adds to its access tokens.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JwtTemplate {
    /// Always `jwt_template`
    #[schemars(extend("const" = "jwt_template"))]
    pub object: &'static str,
    /// A JSON object of claims, whose texts may hold expressions such as `{{ user.email }}`
    pub content: String,
    /// When it was first set
    pub created_at: Time,
    /// When it was last set
    pub updated_at: Time,
}

/// Get the JWT template of the environment
#[derive(Deserialize, JsonSchema)]
pub struct GetJwtTemplate {}

impl Operation for GetJwtTemplate {
    const ID: &'static str = "jwt_template.get";
    const ROUTE: Route = Route(Get, "/user_management/jwt_template");
    const STATUSES: &'static [u16] = &[404];
    type Reply = Fine<JwtTemplate>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        let template = store::template(cx)?;
        template
            .map(Fine)
            .ok_or_else(|| Error::plain(Kind::NotFound, "No JWT template has been set."))
    }
}

/// Set the JWT template of the environment
///
/// The claims are in every access token that is issued from then on.
#[derive(Deserialize, JsonSchema)]
pub struct UpdateJwtTemplate {
    /// A JSON object of claims, whose texts may hold expressions such as `{{ user.email }}`
    content: String,
}

impl Operation for UpdateJwtTemplate {
    const ID: &'static str = "jwt_template.update";
    const ROUTE: Route = Route(Put, "/user_management/jwt_template");
    const STATUSES: &'static [u16] = &[422];
    type Reply = Fine<JwtTemplate>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { content } = self;
        Template::parse(&content).map_err(|it| {
            Error::new(Kind::Invalid, "invalid_request_parameters", it.to_string())
        })?;
        store::put_template(cx, &content)?;
        let template = store::template(cx)?;
        template.map(Fine).ok_or_else(|| Error::internal("the JWT template is not there"))
    }
}
