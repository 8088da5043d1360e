//! How people may sign in: methods, required steps and lengths of sessions, as an environment has
//! it and as an organization of it may have it for itself.
//!
//! - An organization closes methods that its environment leaves open; it opens none. All else that
//!   it names takes the place of what the environment has, for sign-ins to that organization.
//! - Who has an address at a domain that an organization has proved is under its policy, whatever
//!   organization they come for.
//! - A session feels a new requirement at its next refresh.
mod connections;
mod operations;
mod organization;
mod store;
mod update;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::event::Reaction;
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::setting::Setting;
use vestibule_kernel::time::Seconds;
use vestibule_kernel::{Cx, Op, Result, op};
use vestibule_people::domains;

use crate::sessions::{Kind, Method};

pub use connections::{SsoConnections, connections};
pub use operations::{GetCurrentEnvironment, GetSignInPolicy, UpdateSignInPolicy};
pub use organization::{
    GetOrganizationSignInPolicy, OrganizationPolicy, UpdateOrganizationSignInPolicy,
};
pub(crate) use store::INACTIVITY_OF_SESSION;

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[
    op::<GetSignInPolicy>(),
    op::<UpdateSignInPolicy>(),
    op::<GetOrganizationSignInPolicy>(),
    op::<UpdateOrganizationSignInPolicy>(),
    op::<GetCurrentEnvironment>(),
];

/// The policy of an organization goes with it.
pub const ON_ORGANIZATION_DELETED: Reaction =
    Reaction { event: "organization.deleted", run: organization::forget };

/// The longest that an access token may be valid; a key that no longer signs is published for
/// this long after.
pub const ACCESS_TOKEN_SECONDS_MAX: Seconds = 24 * 60 * 60;
/// The longest that a session may last.
pub const SESSION_SECONDS_MAX: Seconds = 365 * 24 * 60 * 60;
/// The shortest session, pause or access token that may be set.
pub(crate) const SECONDS_MIN: Seconds = 60;
/// How many providers a policy may name.
pub(crate) const PROVIDERS_MAX: usize = 100;

/// Whether a second factor is asked for, from the least to the most.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum SecondFactor {
    /// Never, even of users who have one.
    Disabled,
    /// Of users who have one.
    #[default]
    Optional,
    /// Of everybody; who has none enrols one.
    Required,
}

/// Whether people may make accounts for themselves without an invitation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum SignUp {
    /// They may.
    #[default]
    Open,
    /// They may not.
    Closed,
    /// They may ask for one, and wait until they are let in.
    Waitlist,
}

/// How people may sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct SignInPolicy {
    /// Whether a password signs in
    pub password: bool,
    /// Whether a mailed code signs in
    pub magic_auth: bool,
    /// Whether a passkey signs in
    pub passkey: bool,
    /// Whether the providers sign in that `social_providers` does not name
    pub social: bool,
    /// Whether a provider signs in, by its name, such as `GoogleOAuth`
    pub social_providers: BTreeMap<String, bool>,
    /// Whether a single sign-on connection signs in
    pub sso: bool,
    /// Whether nothing but a single sign-on connection signs in
    pub sso_required: bool,
    /// Whether people may make accounts for themselves without an invitation
    pub sign_up: SignUp,
    /// Whether an e-mail address must be proved before its user gets in
    pub email_verification: bool,
    /// Whether a second factor is asked for
    pub second_factor: SecondFactor,
    /// How long a session lasts at the most
    pub session_seconds: Seconds,
    /// After how long without a refresh a session ends; never where there is none
    pub inactivity_seconds: Option<Seconds>,
    /// How long an access token is valid
    pub access_token_seconds: Seconds,
}

impl Default for SignInPolicy {
    fn default() -> Self {
        Self {
            password: true,
            magic_auth: true,
            passkey: true,
            social: true,
            social_providers: BTreeMap::new(),
            sso: true,
            sso_required: false,
            sign_up: SignUp::Open,
            email_verification: true,
            second_factor: SecondFactor::Optional,
            session_seconds: 30 * 24 * 60 * 60,
            inactivity_seconds: None,
            access_token_seconds: 300,
        }
    }
}

impl SignInPolicy {
    /// That of the environment of this call.
    pub fn of(cx: &mut Cx<'_>) -> Result<Self> {
        cx.setting()
    }

    /// That of an organization, or of the environment where it is about none.
    pub fn of_organization(cx: &mut Cx<'_>, id: Option<&OrganizationId>) -> Result<Self> {
        let environment = Self::of(cx)?;
        let Some(id) = id else { return Ok(environment) };
        Ok(match store::get(cx, id)? {
            Some(own) => own.over(&environment),
            None => environment,
        })
    }

    /// That of the organization which has proved the domain of an address, where it has one of its
    /// own, and which organization that is.
    pub fn of_domain(cx: &mut Cx<'_>, email: &str) -> Result<Option<(OrganizationId, Self)>> {
        let Some((_, domain)) = email.rsplit_once('@') else { return Ok(None) };
        let Some(owner) = domains::verified_owner(cx, domain)? else { return Ok(None) };
        let Some(own) = store::get(cx, &owner)? else { return Ok(None) };
        let policy = own.over(&Self::of(cx)?);
        Ok(Some((owner, policy)))
    }

    /// Whether a method signs in, single sign-on being required or not.
    pub fn allows(&self, method: Method) -> bool {
        match method.kind() {
            Kind::Password => self.password,
            Kind::MagicCode => self.magic_auth,
            Kind::Passkey => self.passkey,
            Kind::Sso => self.sso,
            Kind::Oauth => self.allows_provider(method.name()),
            // Which provider of the environment's own it was, the method does not tell.
            Kind::ExternalAuth => self.social || self.allows_own_provider(),
            // These are no choice of whoever signs in: the application vouches for them.
            Kind::CrossAppAuth | Kind::Impersonation | Kind::MigratedSession | Kind::Unknown => {
                true
            }
        }
    }

    /// Whether it names a provider that signs in and is not one that everybody knows.
    fn allows_own_provider(&self) -> bool {
        let own = |name: &str| Method::parse(name).is_none();
        self.social_providers.iter().any(|(name, allowed)| *allowed && own(name))
    }

    /// Whether a provider signs in, by the name that the parameter `provider` has for it.
    pub fn allows_provider(&self, name: &str) -> bool {
        self.social_providers.get(name).copied().unwrap_or(self.social)
    }

    /// What is allowed by both.
    pub fn narrowed_by(mut self, other: &Self) -> Self {
        let names: Vec<String> =
            self.social_providers.keys().chain(other.social_providers.keys()).cloned().collect();
        self.social_providers = names
            .into_iter()
            .map(|it| {
                let allowed = self.allows_provider(&it) && other.allows_provider(&it);
                (it, allowed)
            })
            .collect();
        self.password &= other.password;
        self.magic_auth &= other.magic_auth;
        self.passkey &= other.passkey;
        self.social &= other.social;
        self.sso &= other.sso;
        self
    }
}

impl Setting for SignInPolicy {
    const NAME: &'static str = "sign_in_policy";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_is_not_named_is_as_all_others_are() {
        let mut policy = SignInPolicy::default();
        assert!(policy.allows(Method::GoogleOAuth));
        policy.social = false;
        assert!(!policy.allows(Method::GoogleOAuth));
        policy.social_providers.insert("GoogleOAuth".to_owned(), true);
        assert!(policy.allows(Method::GoogleOAuth) && !policy.allows(Method::GitHubOAuth));
    }

    #[test]
    fn each_method_has_its_switch() {
        let off = |change: fn(&mut SignInPolicy)| {
            let mut policy = SignInPolicy::default();
            change(&mut policy);
            Method::ALL.iter().copied().filter(|it| !policy.allows(*it)).collect::<Vec<_>>()
        };
        assert_eq!(off(|_| ()), []);
        assert_eq!(off(|it| it.password = false), [Method::Password]);
        assert_eq!(off(|it| it.magic_auth = false), [Method::MagicAuth]);
        assert_eq!(off(|it| it.passkey = false), [Method::Passkey]);
        assert_eq!(off(|it| it.sso = false), [Method::Sso]);
        let is_provider = |it: &Method| matches!(it.kind(), Kind::Oauth | Kind::ExternalAuth);
        let providers: Vec<_> = Method::ALL.iter().copied().filter(is_provider).collect();
        assert_eq!(off(|it| it.social = false), providers);
        let own = |it: &mut SignInPolicy| {
            it.social = false;
            it.social_providers.insert("our-own".to_owned(), true);
        };
        assert!(!off(own).contains(&Method::ExternalAuth));
    }
}
