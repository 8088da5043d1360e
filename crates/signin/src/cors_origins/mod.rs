//! Web origins whose pages may call sign-in from a browser.
mod policy;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use vestibule_kernel::catalog::Method::{Get, Post};
use vestibule_kernel::db::{OnUnique, Tx};
use vestibule_kernel::id::CorsOriginId;
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Created, Cx, Error, Fine, Kind, Op, Operation, Result, Route, op};

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[op::<CreateCorsOrigin>(), op::<ListCorsOrigins>()];

/// A web origin whose pages may call sign-in from a browser.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "CorsOriginResponse")]
pub struct CorsOrigin {
    /// Always `cors_origin`
    #[schemars(extend("const" = "cors_origin"))]
    pub object: &'static str,
    /// The ID of the CORS origin
    pub id: CorsOriginId,
    /// The origin, such as `https://app.example.com`
    pub origin: String,
    /// When it was made
    pub created_at: Time,
    /// When it was last changed
    pub updated_at: Time,
}

/// Allow a web origin to call sign-in from a browser
#[derive(Deserialize, JsonSchema)]
pub struct CreateCorsOrigin {
    /// The origin: scheme, host and port, such as `https://app.example.com`
    origin: String,
}

impl Operation for CreateCorsOrigin {
    const ID: &'static str = "cors_origins.create";
    const ROUTE: Route = Route(Post, "/user_management/cors_origins");
    const FAILS: &'static [&'static str] = &["duplicate_cors_origin"];
    const STATUSES: &'static [u16] = &[409, 422];
    type Reply = Created<CorsOrigin>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { origin } = self;
        create(cx, &origin).map(Created)
    }
}

/// List CORS origins
#[derive(Deserialize, JsonSchema)]
pub struct ListCorsOrigins {
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListCorsOrigins {
    const ID: &'static str = "cors_origins.list";
    const ROUTE: Route = Route(Get, "/user_management/cors_origins");
    type Reply = Fine<Page<CorsOrigin>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { paging } = self;
        store::list(cx, &paging).map(Fine)
    }
}

/// Allows an origin, for the API and for the seed.
pub fn create(cx: &mut Cx<'_>, origin: &str) -> Result<CorsOrigin> {
    let origin = policy::check(origin).map_err(|why| {
        let refused = json!([{ "property": "origin", "constraints": { "isOrigin": why } }]);
        Error::plain(Kind::Invalid, "Validation failed.").with("errors", refused)
    })?;
    let found = CorsOrigin {
        object: "cors_origin",
        id: CorsOriginId::new(cx),
        origin,
        created_at: cx.now(),
        updated_at: cx.now(),
    };
    store::insert(cx, &found).on_unique("cors_origins(environment_id, origin)", || {
        let text = format!("The CORS origin '{}' already exists.", found.origin);
        Error::conflict("duplicate_cors_origin", text)
    })?;
    Ok(found)
}

/// Whether pages of `origin` may call this environment.
pub fn allows(cx: &mut Cx<'_>, origin: &str) -> Result<bool> {
    store::holds(cx, origin)
}

/// Whether pages of `origin` may call any environment: all that a preflight request lets us ask.
/// It carries neither a client ID nor a key.
pub fn allowed_anywhere(tx: &mut dyn Tx, origin: &str) -> Result<bool> {
    store::held_anywhere(tx, origin)
}
