//! What an organization sets for itself of how people may sign in.
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vestibule_kernel::catalog::Method::{Get, Put};
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::time::Seconds;
use vestibule_kernel::{Cx, Error, Fine, Operation, Patch, Result, Route};
use vestibule_people::organizations;

use super::{
    ACCESS_TOKEN_SECONDS_MAX, PROVIDERS_MAX, SECONDS_MIN, SESSION_SECONDS_MAX, SecondFactor,
    SignInPolicy, store, update::put,
};

/// What an organization sets for itself; null is as in the environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct OrganizationPolicy {
    /// Whether a password signs in
    pub password: Option<bool>,
    /// Whether a mailed code signs in
    pub magic_auth: Option<bool>,
    /// Whether a passkey signs in
    pub passkey: Option<bool>,
    /// Whether the providers sign in that `social_providers` does not name
    pub social: Option<bool>,
    /// Whether a provider signs in, by its name, such as `GoogleOAuth`
    pub social_providers: Option<BTreeMap<String, bool>>,
    /// Whether a single sign-on connection signs in
    pub sso: Option<bool>,
    /// Whether nothing but a single sign-on connection signs in
    pub sso_required: Option<bool>,
    /// Whether an e-mail address must be proved before its user gets in
    pub email_verification: Option<bool>,
    /// Whether a second factor is asked for
    pub second_factor: Option<SecondFactor>,
    /// How long a session lasts at the most
    pub session_seconds: Option<Seconds>,
    /// After how long without a refresh a session ends
    pub inactivity_seconds: Option<Seconds>,
    /// How long an access token is valid
    pub access_token_seconds: Option<Seconds>,
}

impl OrganizationPolicy {
    /// What holds for the organization, in an environment of this policy.
    pub fn over(&self, environment: &SignInPolicy) -> SignInPolicy {
        let own = SignInPolicy {
            password: self.password.unwrap_or(true),
            magic_auth: self.magic_auth.unwrap_or(true),
            passkey: self.passkey.unwrap_or(true),
            social: self.social.unwrap_or(true),
            social_providers: self.social_providers.clone().unwrap_or_default(),
            sso: self.sso.unwrap_or(true),
            ..SignInPolicy::default()
        };
        SignInPolicy {
            sso_required: self.sso_required.unwrap_or(environment.sso_required),
            email_verification: self.email_verification.unwrap_or(environment.email_verification),
            second_factor: self.second_factor.unwrap_or(environment.second_factor),
            session_seconds: self.session_seconds.unwrap_or(environment.session_seconds),
            inactivity_seconds: self.inactivity_seconds.or(environment.inactivity_seconds),
            access_token_seconds: self
                .access_token_seconds
                .unwrap_or(environment.access_token_seconds),
            ..environment.clone().narrowed_by(&own)
        }
    }
}

/// How people may sign in to an organization
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OrganizationSignInPolicy")]
pub struct Shown {
    /// Always `organization_sign_in_policy`
    #[schemars(extend("const" = "organization_sign_in_policy"))]
    object: &'static str,
    /// ID of the organization
    organization_id: OrganizationId,
    #[serde(flatten)]
    policy: OrganizationPolicy,
    /// What holds, the environment's policy taken into account
    effective: SignInPolicy,
}

fn show(
    cx: &mut Cx<'_>,
    organization_id: OrganizationId,
    policy: OrganizationPolicy,
) -> Result<Fine<Shown>> {
    let effective = policy.over(&SignInPolicy::of(cx)?);
    let object = "organization_sign_in_policy";
    Ok(Fine(Shown { object, organization_id, policy, effective }))
}

/// Get how people may sign in to an organization
#[derive(Deserialize, JsonSchema)]
pub struct GetOrganizationSignInPolicy {
    /// ID of the organization
    organization_id: OrganizationId,
}

impl Operation for GetOrganizationSignInPolicy {
    const ID: &'static str = "organization_sign_in_policy.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/organizations/{organization_id}/sign_in_policy");
    const EXTENSION: bool = true;
    const STATUSES: &'static [u16] = &[404];
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { organization_id } = self;
        organizations::find(cx, &organization_id)?;
        let policy = store::get(cx, &organization_id)?.unwrap_or_default();
        show(cx, organization_id, policy)
    }
}

/// Change how people may sign in to an organization
///
/// What is not given stays as it is; null is as in the environment. An organization closes methods
/// that the environment leaves open, and opens none. Who has an address at one of its verified
/// domains is under its policy, whatever organization they sign in to. Sessions that exist feel a
/// new requirement at their next refresh.
#[derive(Deserialize, JsonSchema)]
pub struct UpdateOrganizationSignInPolicy {
    /// ID of the organization
    organization_id: OrganizationId,
    /// Whether a password signs in
    #[serde(default)]
    password: Patch<bool>,
    /// Whether a mailed code signs in
    #[serde(default)]
    magic_auth: Patch<bool>,
    /// Whether a passkey signs in
    #[serde(default)]
    passkey: Patch<bool>,
    /// Whether the providers sign in that `social_providers` does not name
    #[serde(default)]
    social: Patch<bool>,
    /// Whether a provider signs in, by its name, such as `GoogleOAuth`; the whole map is replaced
    #[serde(default)]
    #[schemars(extend("maxProperties" = PROVIDERS_MAX))]
    social_providers: Patch<BTreeMap<String, bool>>,
    /// Whether a single sign-on connection signs in
    #[serde(default)]
    sso: Patch<bool>,
    /// Whether nothing but a single sign-on connection signs in
    #[serde(default)]
    sso_required: Patch<bool>,
    /// Whether an e-mail address must be proved before its user gets in
    #[serde(default)]
    email_verification: Patch<bool>,
    /// Whether a second factor is asked for
    #[serde(default)]
    second_factor: Patch<SecondFactor>,
    /// How many seconds a session lasts at the most
    #[serde(default)]
    #[schemars(range(min = SECONDS_MIN, max = SESSION_SECONDS_MAX))]
    session_seconds: Patch<Seconds>,
    /// After how many seconds without a refresh a session ends
    #[serde(default)]
    #[schemars(range(min = SECONDS_MIN, max = SESSION_SECONDS_MAX))]
    inactivity_seconds: Patch<Seconds>,
    /// How many seconds an access token is valid
    #[serde(default)]
    #[schemars(range(min = SECONDS_MIN, max = ACCESS_TOKEN_SECONDS_MAX))]
    access_token_seconds: Patch<Seconds>,
}

impl Operation for UpdateOrganizationSignInPolicy {
    const ID: &'static str = "organization_sign_in_policy.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/organizations/{organization_id}/sign_in_policy");
    const EXTENSION: bool = true;
    const STATUSES: &'static [u16] = &[404];
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let organization_id = self.organization_id.clone();
        organizations::find(cx, &organization_id)?;
        let mut policy = store::get(cx, &organization_id)?.unwrap_or_default();
        put!(self => policy, also: [], but: [organization_id]);
        store::put(cx, &organization_id, &policy)?;
        show(cx, organization_id, policy)
    }
}

pub(super) fn forget(cx: &mut Cx<'_>, organization: &Value) -> Result<()> {
    let id = organization.get("id").and_then(Value::as_str);
    let id = id.ok_or_else(|| Error::internal("the event organization.deleted has no id"))?;
    store::delete(cx, &OrganizationId::parse(id)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_organization_does_not_name_is_as_in_the_environment() {
        let environment = SignInPolicy {
            magic_auth: false,
            second_factor: SecondFactor::Required,
            inactivity_seconds: Some(600),
            social_providers: [("GoogleOAuth".to_owned(), false)].into(),
            ..SignInPolicy::default()
        };
        assert_eq!(OrganizationPolicy::default().over(&environment), environment);
    }

    #[test]
    fn an_organization_closes_methods_and_opens_none() {
        let environment = SignInPolicy {
            magic_auth: false,
            social_providers: [("GoogleOAuth".to_owned(), false)].into(),
            ..SignInPolicy::default()
        };
        let own = OrganizationPolicy {
            password: Some(false),
            magic_auth: Some(true),
            social: Some(false),
            social_providers: Some(
                [("GoogleOAuth", true), ("GitHubOAuth", true)]
                    .map(|it| (it.0.to_owned(), it.1))
                    .into(),
            ),
            ..OrganizationPolicy::default()
        };
        let holds = own.over(&environment);
        assert!(!holds.password && !holds.magic_auth && holds.passkey && holds.sso);
        let providers = ["GoogleOAuth", "GitHubOAuth", "AppleOAuth"];
        assert_eq!(providers.map(|it| holds.allows_provider(it)), [false, true, false]);
    }

    #[test]
    fn all_else_takes_the_place_of_what_the_environment_has() {
        let environment =
            SignInPolicy { second_factor: SecondFactor::Required, ..SignInPolicy::default() };
        let own = OrganizationPolicy {
            second_factor: Some(SecondFactor::Disabled),
            sso_required: Some(true),
            session_seconds: Some(SESSION_SECONDS_MAX),
            ..OrganizationPolicy::default()
        };
        let expected = SignInPolicy {
            second_factor: SecondFactor::Disabled,
            sso_required: true,
            session_seconds: SESSION_SECONDS_MAX,
            ..environment.clone()
        };
        assert_eq!(own.over(&environment), expected);
    }
}
