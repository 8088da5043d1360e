//! Reading and changing how people may sign in.
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::{Get, Put};
use vestibule_kernel::id::{ClientId, EnvironmentId};
use vestibule_kernel::setting::{Showable, Shown};
use vestibule_kernel::time::Seconds;
use vestibule_kernel::{Cx, Error, Fine, Operation, Patch, Result, Route, environment};

use super::{
    ACCESS_TOKEN_SECONDS_MAX, PROVIDERS_MAX, SECONDS_MIN, SESSION_SECONDS_MAX, SecondFactor,
    SignInPolicy, SignUp, update::put,
};

impl Showable for SignInPolicy {
    const OBJECT: &'static str = "sign_in_policy";
}

/// Get how people may sign in
#[derive(Deserialize, JsonSchema)]
pub struct GetSignInPolicy {}

impl Operation for GetSignInPolicy {
    const ID: &'static str = "sign_in_policy.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/sign_in_policy");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown<SignInPolicy>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        SignInPolicy::of(cx).map(Shown::new).map(Fine)
    }
}

/// Change how people may sign in
///
/// What is not given stays as it is. A shorter length counts for sessions that begin from then on;
/// a shorter pause counts at once. Sessions that exist feel a new requirement at their next refresh.
#[derive(Deserialize, JsonSchema)]
pub struct UpdateSignInPolicy {
    /// Whether a password signs in
    password: Option<bool>,
    /// Whether a mailed code signs in
    magic_auth: Option<bool>,
    /// Whether a passkey signs in
    passkey: Option<bool>,
    /// Whether the providers sign in that `social_providers` does not name
    social: Option<bool>,
    /// Whether a provider signs in, by its name, such as `GoogleOAuth`; the whole map is replaced
    #[schemars(extend("maxProperties" = PROVIDERS_MAX))]
    social_providers: Option<BTreeMap<String, bool>>,
    /// Whether a single sign-on connection signs in
    sso: Option<bool>,
    /// Whether nothing but a single sign-on connection signs in
    sso_required: Option<bool>,
    /// Whether people may make accounts for themselves without an invitation
    sign_up: Option<SignUp>,
    /// Whether an e-mail address must be proved before its user gets in
    email_verification: Option<bool>,
    /// Whether a second factor is asked for
    second_factor: Option<SecondFactor>,
    /// How many seconds a session lasts at the most
    #[schemars(range(min = SECONDS_MIN, max = SESSION_SECONDS_MAX))]
    session_seconds: Option<Seconds>,
    /// After how many seconds without a refresh a session ends; null for never
    #[serde(default)]
    #[schemars(range(min = SECONDS_MIN, max = SESSION_SECONDS_MAX))]
    inactivity_seconds: Patch<Seconds>,
    /// How many seconds an access token is valid
    #[schemars(range(min = SECONDS_MIN, max = ACCESS_TOKEN_SECONDS_MAX))]
    access_token_seconds: Option<Seconds>,
}

impl Operation for UpdateSignInPolicy {
    const ID: &'static str = "sign_in_policy.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/sign_in_policy");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown<SignInPolicy>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let mut policy = SignInPolicy::of(cx)?;
        put!(self => policy, also: [sign_up], but: []);
        cx.set(&policy)?;
        Ok(Fine(Shown::new(policy)))
    }
}

/// An environment, as command-line tools ask for it
#[derive(Debug, Serialize, JsonSchema)]
pub struct CurrentEnvironment {
    /// Always `environment`
    #[schemars(extend("const" = "environment"))]
    object: &'static str,
    /// ID of the environment
    id: EnvironmentId,
    /// Name of the environment
    name: String,
    /// Client ID of the environment
    client_id: ClientId,
    /// How people may sign in
    auth_methods: Vec<&'static str>,
    /// How many seconds a session lasts at the most
    session_timeout: Seconds,
    /// Whether a second factor is asked for
    mfa_policy: SecondFactor,
}

/// Get the environment of the API key
#[derive(Deserialize, JsonSchema)]
pub struct GetCurrentEnvironment {}

impl Operation for GetCurrentEnvironment {
    const ID: &'static str = "environments.current";
    const ROUTE: Route = Route(Get, "/environments/current");
    const EXTENSION: bool = true;
    type Reply = Fine<CurrentEnvironment>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        let policy = SignInPolicy::of(cx)?;
        let id = cx.environment;
        let found = environment::get(cx.db(), id)?;
        let found = found.ok_or_else(|| Error::not_found("Environment", id))?;
        let methods = [
            ("password", policy.password),
            ("magic_auth", policy.magic_auth),
            ("passkey", policy.passkey),
        ];
        Ok(Fine(CurrentEnvironment {
            object: "environment",
            id: found.id,
            name: found.name,
            client_id: found.client_id,
            auth_methods: methods.into_iter().filter(|it| it.1).map(|it| it.0).collect(),
            session_timeout: policy.session_seconds,
            mfa_policy: policy.second_factor,
        }))
    }
}
