//! What an environment is as a sandbox, and how an empty one becomes one.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::{Get, Post, Put};
use vestibule_kernel::sandbox::{self, SANDBOX_REQUIRED};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Code, Cx, Error, Fine, Kind, Op, Operation, Result, Route, op};
use vestibule_people::users;
use vestibule_signin::sandbox::Conveniences;

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[op::<GetSandbox>(), op::<EnableSandbox>(), op::<UpdateSandbox>()];

/// The code of the refusal to make a sandbox of an environment that people are in.
pub const ENVIRONMENT_NOT_EMPTY: Code = "environment_not_empty";

/// An environment as a sandbox
#[derive(Debug, Serialize, JsonSchema)]
pub struct Sandbox {
    /// Always `sandbox`
    #[schemars(extend("const" = "sandbox"))]
    object: &'static str,
    /// Whether the environment is a sandbox
    enabled: bool,
    /// Whether the authorize endpoint signs in at once whoever `login_hint` names
    auto_sign_in: bool,
    /// Whether device codes approve themselves where the sandbox has one user alone
    approve_device_codes: bool,
    /// The time in the environment
    now: Time,
    /// How many seconds its clock is ahead
    ahead_seconds: i64,
}

fn shown(cx: &mut Cx<'_>) -> Result<Sandbox> {
    let Conveniences { auto_sign_in, approve_device_codes } = Conveniences::of(cx)?;
    let ahead_millis = cx.sandbox().map_or(0, |it| it.ahead_millis);
    Ok(Sandbox {
        object: "sandbox",
        enabled: sandbox::of(cx)?.is_some(),
        auto_sign_in,
        approve_device_codes,
        now: cx.now(),
        ahead_seconds: ahead_millis / 1000,
    })
}

/// Get what the environment is as a sandbox
#[derive(Deserialize, JsonSchema)]
pub struct GetSandbox {}

impl Operation for GetSandbox {
    const ID: &'static str = "sandbox.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/sandbox");
    const EXTENSION: bool = true;
    type Reply = Fine<Sandbox>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        shown(cx).map(Fine)
    }
}

/// Make the environment a sandbox, for good
///
/// Test suites reset a sandbox, move its clock, read what it mailed and have it fail. An
/// environment that has users cannot become one, and what is one stays one.
#[derive(Deserialize, JsonSchema)]
pub struct EnableSandbox {}

impl Operation for EnableSandbox {
    const ID: &'static str = "sandbox.enable";
    const ROUTE: Route = Route(Post, "/vestibule/v1/sandbox");
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[ENVIRONMENT_NOT_EMPTY];
    type Reply = Fine<Sandbox>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        enable(cx)?;
        shown(cx).map(Fine)
    }
}

/// Makes the environment a sandbox, if nobody is in it.
pub fn enable(cx: &mut Cx<'_>) -> Result<()> {
    if sandbox::of(cx)?.is_some() {
        return Ok(());
    }
    if users::are_there(cx)? {
        return Err(Error::new(
            Kind::Conflict,
            ENVIRONMENT_NOT_EMPTY,
            "This environment has users, and a sandbox may sign in people who proved nothing. \
             Make an environment of its own: vestibule env create NAME --sandbox.",
        ));
    }
    sandbox::mark(cx)
}

/// Change the conveniences of the sandbox
///
/// What is not given stays as it is. A reset does not change them.
#[derive(Deserialize, JsonSchema)]
pub struct UpdateSandbox {
    /// Whether the authorize endpoint signs in at once whoever `login_hint` names
    auto_sign_in: Option<bool>,
    /// Whether device codes approve themselves where the sandbox has one user alone
    approve_device_codes: Option<bool>,
}

impl Operation for UpdateSandbox {
    const ID: &'static str = "sandbox.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/sandbox");
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[SANDBOX_REQUIRED];
    type Reply = Fine<Sandbox>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { auto_sign_in, approve_device_codes } = self;
        cx.need_sandbox()?;
        let mut it = Conveniences::of(cx)?;
        it.auto_sign_in = auto_sign_in.unwrap_or(it.auto_sign_in);
        it.approve_device_codes = approve_device_codes.unwrap_or(it.approve_device_codes);
        cx.set(&it)?;
        shown(cx).map(Fine)
    }
}
