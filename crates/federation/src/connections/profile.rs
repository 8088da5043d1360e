//! Who an identity provider says somebody is, and how much of it is believed.
use serde_json::{Map, Value, json};
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::{Code, Cx, Error, Result};
use vestibule_people::{organizations, roles};
use vestibule_signin::authenticate::federated::Account;
use vestibule_signin::sessions::Method;

use super::attributes::{AttributeMaps, Said, text};
use super::configuration::GroupRole;
use super::saml::Party;
use super::test_provider::TestProvider;
use crate::social::{IDP_ID_BYTES_MAX, RAW_BYTES_MAX, Told, Unusable, name};

/// The code of the refusal of somebody who is none of the organization's people.
pub(crate) const NOT_ALLOWED_OUTSIDE: Code = "profile_not_allowed_outside_organization";

/// Whose connection somebody comes by, and how its identity provider is understood.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub organization_id: OrganizationId,
    pub connection_id: String,
    pub connection_type: String,
    /// The address that the identity provider sends browsers back to.
    pub callback: String,
    /// How it is spoken to.
    pub speaks: Speaks,
    pub attributes: AttributeMaps,
    pub group_roles: Vec<GroupRole>,
}

/// Whether an ID token alone tells nobody who it is.
pub(crate) fn says_too_little(owner: &Owner, said: &Value) -> bool {
    said.as_object().is_none_or(|it| told_by_claims(owner, it).is_err())
}

/// How an identity provider is spoken to.
#[derive(Clone, Debug)]
pub(crate) enum Speaks {
    /// By OpenID Connect.
    Oidc {
        /// Whether a code challenge is sent along (RFC 7636).
        takes_challenge: bool,
        /// Whether its userinfo endpoint is asked; where that is not said, if the ID token says too
        /// little.
        fetch_user_info: Option<bool>,
        /// The only algorithm that its ID tokens are signed with, where one was named.
        algorithm: Option<String>,
    },
    /// By SAML 2.0.
    Saml(Box<Party>),
    /// By a page of ours, in a sandbox.
    Test(TestProvider),
}

/// Where OpenID Connect says what (Core §5.1).
const CLAIMS: Said<'static> = Said {
    idp_id: &["sub"],
    email: &["email"],
    first_name: &["given_name"],
    last_name: &["family_name"],
    name: &["name"],
    groups: &["groups"],
};

/// Who it is, by the claims of OpenID Connect.
pub(crate) fn told_by_claims(owner: &Owner, said: &Map<String, Value>) -> Result<Told, Unusable> {
    told(owner, &CLAIMS, said)
}

/// Who it is, from what the identity provider said. Nothing is decided yet: see [`vouch`].
pub(super) fn told(
    owner: &Owner,
    usual: &Said<'_>,
    said: &Map<String, Value>,
) -> Result<Told, Unusable> {
    let lacks = |what: &str| Unusable(format!("the identity provider has not said {what}"));
    let maps = &owner.attributes;
    let read = |named: &Option<String>, usual: &[&str]| text(said, named.as_deref(), usual);
    let idp_id = read(&maps.idp_id, usual.idp_id).filter(|it| it.len() <= IDP_ID_BYTES_MAX);
    let idp_id = idp_id.ok_or_else(|| lacks("the id of the person"))?.to_owned();
    let email = read(&maps.email, usual.email).ok_or_else(|| lacks("an e-mail address"))?;
    let first_name = read(&maps.first_name, usual.first_name).and_then(name);
    let last_name = read(&maps.last_name, usual.last_name).and_then(name);
    let joined = [first_name.as_deref(), last_name.as_deref()];
    let joined = joined.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let full = read(&maps.name, usual.name).and_then(name);
    let account = Account {
        method: Method::Sso,
        provider: owner.connection_id.clone(),
        idp_id,
        email: email.trim().to_owned(),
        email_verified: false,
        name: full.or((!joined.is_empty()).then_some(joined)),
        first_name,
        last_name,
        organization_id: Some(owner.organization_id.clone()),
        role_slugs: None,
        picture: None,
        profile_id: None,
        oauth_tokens: None,
    };
    let fits = json!(said).to_string().len() <= RAW_BYTES_MAX;
    let raw = if fits { Value::Object(said.clone()) } else { json!({}) };
    Ok(Told {
        account,
        raw,
        groups: maps.groups(said, usual.groups),
        custom: maps.custom(said),
        roles: None,
    })
}

/// Decides what the word of an organization's identity provider is worth: an address is proved where
/// its domain is the organization's own, and nobody else comes in unless the organization says so.
pub(crate) fn vouch(cx: &mut Cx<'_>, owner: &Owner, mut told: Told) -> Result<Told> {
    let id = &owner.organization_id;
    let organization = organizations::find(cx, id)?;
    roles::ensure_defaults(cx)?;
    let is_own = super::owner_of(cx, &told.account.email)?.is_some_and(|it| it == *id);
    if !is_own && !organization.allow_profiles_outside_organization {
        let text = format!(
            "'{}' is no address of {}. Its domains must be verified, or people from elsewhere be \
             allowed.",
            told.account.email.chars().take(100).collect::<String>(),
            organization.name
        );
        return Err(Error::bad_request(NOT_ALLOWED_OUTSIDE, text));
    }
    told.account.email_verified = is_own;
    told.account.role_slugs = match (&told.groups, owner.group_roles.is_empty()) {
        (Some(groups), false) => {
            let given = owner.group_roles.iter().filter(|it| groups.contains(&it.group));
            let slugs: Vec<String> = given.map(|it| it.role_slug.clone()).collect();
            Some(roles::holdable(cx, id, &slugs)?)
        }
        // Groups that mean nothing here, or of which nothing was said, change nobody's roles.
        (Some(_) | None, _) => None,
    };
    let given = told.account.role_slugs.clone().filter(|it| !it.is_empty());
    told.roles = Some(match given {
        Some(slugs) => slugs,
        None => vec![roles::default_of(cx, id)?.slug],
    });
    Ok(told)
}
