//! What clients can do with recovery codes.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::{Delete, Get, Post};
use vestibule_kernel::id::UserId;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Created, Cx, Fine, NoContent, Operation, Result, Route};
use vestibule_people::users;

const PATH: &str = "/vestibule/v1/users/{user_id}/recovery_codes";

/// A new set of recovery codes, the only time that it is shown
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RecoveryCodesGenerated")]
pub struct Generated {
    /// Always `recovery_codes`
    #[schemars(extend("const" = "recovery_codes"))]
    object: &'static str,
    /// ID of the user
    user_id: UserId,
    /// Codes; each works once
    codes: Vec<String>,
    /// When the set was made
    created_at: Time,
}

/// Make new recovery codes for a user
///
/// They take the place of the user's earlier ones, and are shown this once. With one of them the
/// user takes the second step of a sign-in without the authentication factor: the grant
/// `urn:vestibule:oauth:grant-type:recovery-code` of the authenticate operation.
#[derive(Deserialize, JsonSchema)]
pub struct GenerateRecoveryCodes {
    /// ID of the user
    user_id: UserId,
}

impl Operation for GenerateRecoveryCodes {
    const ID: &'static str = "recovery_codes.generate";
    const ROUTE: Route = Route(Post, PATH);
    const EXTENSION: bool = true;
    const SECRETS: &'static [&'static str] = &["codes.*"];
    type Reply = Created<Generated>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { user_id } = self;
        users::find(cx, &user_id)?;
        let codes = super::generate(cx, &user_id)?;
        let codes = codes.iter().map(|it| it.reveal().to_owned()).collect();
        let (object, created_at) = ("recovery_codes", cx.now());
        Ok(Created(Generated { object, user_id, codes, created_at }))
    }
}

/// What a user has of recovery codes
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RecoveryCodes")]
pub struct Shown {
    /// Always `recovery_codes`
    #[schemars(extend("const" = "recovery_codes"))]
    object: &'static str,
    /// ID of the user
    user_id: UserId,
    /// How many codes the set had; 0 where there is none
    total: i64,
    /// How many of them were not used yet
    left: i64,
    /// When the set was made
    created_at: Option<Time>,
}

/// Get how many recovery codes a user has left
#[derive(Deserialize, JsonSchema)]
pub struct GetRecoveryCodes {
    /// ID of the user
    user_id: UserId,
}

impl Operation for GetRecoveryCodes {
    const ID: &'static str = "recovery_codes.get";
    const ROUTE: Route = Route(Get, PATH);
    const EXTENSION: bool = true;
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { user_id } = self;
        users::find(cx, &user_id)?;
        let super::store::State { total, left, created_at } = super::state(cx, &user_id)?;
        Ok(Fine(Shown { object: "recovery_codes", user_id, total, left, created_at }))
    }
}

/// End the recovery codes of a user
#[derive(Deserialize, JsonSchema)]
pub struct DeleteRecoveryCodes {
    /// ID of the user
    user_id: UserId,
}

impl Operation for DeleteRecoveryCodes {
    const ID: &'static str = "recovery_codes.delete";
    const ROUTE: Route = Route(Delete, PATH);
    const EXTENSION: bool = true;
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { user_id } = self;
        users::find(cx, &user_id)?;
        super::forget(cx, &user_id).map(|()| NoContent)
    }
}
