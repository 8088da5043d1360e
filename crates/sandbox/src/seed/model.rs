//! The seed file: the format of the WorkOS emulator, and a few keys of our own.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vestibule_federation::connections::TestProfile;

use super::connections;

/// Everything that a seed file may hold. Keys are accepted in both spellings.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct Seed {
    pub permissions: Vec<Permission>,
    pub roles: Vec<Role>,
    pub users: Vec<User>,
    pub organizations: Vec<Organization>,
    pub invitations: Vec<Invitation>,
    /// Ours: the emulator makes none.
    #[serde(alias = "feature_flags")]
    pub feature_flags: Vec<FeatureFlag>,
    #[serde(alias = "api_keys")]
    pub api_keys: Option<ApiKeys>,
    #[serde(alias = "webhook_endpoints")]
    pub webhook_endpoints: Vec<WebhookEndpoint>,
    #[serde(alias = "jwt_template")]
    pub jwt_template: Option<JwtTemplate>,
    #[serde(alias = "redirect_uris")]
    pub redirect_uris: Vec<String>,
    #[serde(alias = "cors_origins")]
    pub cors_origins: Vec<String>,
    pub connections: Vec<Connection>,
    /// Read, but this version has no Connect to make them for.
    #[serde(alias = "connect_applications")]
    pub connect_applications: Vec<Value>,
    /// Read, but this version has no Pipes to make them for.
    #[serde(alias = "connected_accounts")]
    pub connected_accounts: Vec<Value>,
    /// For sandboxes alone.
    #[serde(alias = "error_hooks")]
    pub error_hooks: Vec<ErrorHook>,
    /// The port of the emulator; ours comes from --bind.
    pub port: Option<u16>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    pub slug: String,
    pub name: String,
    pub description: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Only a role of the environment can be made: an entry names no organization.
    #[serde(rename = "type")]
    pub kind: Option<RoleKind>,
    pub slug: String,
    pub name: String,
    pub description: Option<String>,
    #[serde(default)]
    pub permissions: Vec<String>,
}

/// The kinds that the emulator knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum RoleKind {
    EnvironmentRole,
    OrganizationRole,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct User {
    pub id: Option<String>,
    pub email: String,
    pub password: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub email_verified: bool,
    pub external_id: Option<String>,
    pub metadata: BTreeMap<String, String>,
    /// Base 32: the user has this authenticator enrolled.
    pub totp: Option<String>,
    /// Who acts as the user in every session. For sandboxes alone.
    pub impersonator: Option<Impersonator>,
    /// The provider at which the user has an account.
    pub oauth_provider: Option<String>,
    /// The id of that account; without one, that of the user.
    pub oauth_idp_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Impersonator {
    pub email: String,
    pub reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_field_names, reason = "they are the names of the emulator")]
pub struct Organization {
    pub id: Option<String>,
    pub name: String,
    pub external_id: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub domains: Vec<Domain>,
    pub memberships: Vec<Membership>,
    pub groups: Vec<Group>,
    pub entitlements: Vec<String>,
    pub allow_profiles_outside_organization: bool,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Domain {
    Name(String),
    WithState { domain: String, state: Option<String> },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    #[serde(default)]
    pub email: String,
    /// In the place of the email, in older files.
    pub user_id: Option<String>,
    pub role: Option<String>,
    pub status: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub name: String,
    pub description: Option<String>,
    #[serde(default)]
    pub members: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    pub email: String,
    /// By name or id.
    pub organization: Option<String>,
    pub role: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "they are the names of the emulator")]
pub struct Connection {
    pub id: Option<String>,
    pub name: String,
    /// By name or id.
    pub organization: String,
    /// Ours, as all below that the emulator does not know.
    pub external_id: Option<String>,
    pub connection_type: Option<String>,
    pub state: Option<ConnectionState>,
    /// What its organization has proved.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Whom the test identity provider knows. For sandboxes alone.
    #[serde(default)]
    pub profiles: Vec<Profile>,
    pub attribute_maps: Option<Value>,
    pub group_roles: Option<Value>,
    pub oidc_options: Option<OidcOptions>,
    pub saml_options: Option<SamlOptions>,
}

/// The states that the emulator knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    Active,
    Inactive,
    Validating,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub id: Option<String>,
    pub idp_id: Option<String>,
    pub email: String,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    #[serde(default)]
    pub groups: Vec<String>,
    /// What is said besides.
    #[serde(default)]
    pub attributes: serde_json::Map<String, Value>,
}

impl Profile {
    /// Whom it is to the test identity provider.
    pub fn test_profile(&self) -> TestProfile {
        let Self { id, idp_id, email, first_name, last_name, groups, attributes } = self;
        TestProfile {
            id: id.clone(),
            idp_id: idp_id.clone(),
            email: email.clone(),
            first_name: first_name.clone(),
            last_name: last_name.clone(),
            groups: groups.clone(),
            attributes: attributes.clone(),
        }
    }
}

/// As `connections.create` has it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OidcOptions {
    pub discovery_endpoint: Option<String>,
    pub client_id: Option<String>,
    pub client_secret: Option<String>,
    pub redirect_uri: Option<String>,
    pub pkce: Option<bool>,
    pub token_authentication_method: Option<String>,
    pub id_token_signature_algorithm: Option<String>,
    pub fetch_user_info: Option<bool>,
}

/// The same.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SamlOptions {
    pub idp_metadata_url: Option<String>,
    pub acs_url: Option<String>,
    pub sp_entity_id: Option<String>,
    pub idp_entity_id: Option<String>,
    pub idp_sso_url: Option<String>,
    pub idp_signing_certs: Option<Vec<String>>,
    pub sp_signing_key_pair: Option<Value>,
    pub sp_encryption_key_pairs: Option<Vec<Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureFlag {
    pub slug: String,
    pub name: String,
    pub description: Option<String>,
    pub owner: Option<Value>,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default)]
    pub enabled: bool,
    #[serde(default)]
    pub default_value: bool,
    /// Whom it is on for, by their emails.
    #[serde(default)]
    pub users: Vec<String>,
    /// And which organizations, by name or id.
    #[serde(default)]
    pub organizations: Vec<String>,
}

/// Keys of customers, or keys that only authenticate.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum ApiKeys {
    OfCustomers(Vec<ApiKey>),
    OfEnvironment(BTreeMap<String, Value>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    pub name: String,
    /// By name or id.
    pub organization: Option<String>,
    pub user_id: Option<String>,
    pub value: Option<String>,
    #[serde(default)]
    pub permissions: Vec<String>,
    pub expires_at: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookEndpoint {
    #[serde(alias = "url")]
    pub endpoint_url: String,
    /// Where this is `false` the endpoint is not made: nothing would come of it.
    pub enabled: Option<bool>,
    pub secret: Option<String>,
    #[serde(default)]
    pub events: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorHook {
    pub method: String,
    pub path: String,
    pub status: u16,
    pub body: Option<Value>,
    pub count: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JwtTemplate {
    pub content: Value,
}

impl Role {
    /// Whether it is of an organization, which no entry names.
    pub fn is_of_organization(&self) -> bool {
        self.kind == Some(RoleKind::OrganizationRole)
    }
}

impl Seed {
    /// Reads YAML, of which JSON is a part.
    pub fn parse(text: &str) -> Result<Self, String> {
        // An empty file is an empty seed.
        let seed: Option<Self> = serde_norway::from_str(text).map_err(|it| it.to_string())?;
        let seed = seed.unwrap_or_default();
        seed.check().map(|()| seed)
    }

    /// Refuses what cannot be meant: an entry without its name, or two that are one.
    fn check(&self) -> Result<(), String> {
        let mut emails = std::collections::BTreeSet::new();
        for (n, it) in self.users.iter().enumerate() {
            let email = it.email.trim().to_lowercase();
            if email.is_empty() {
                return Err(format!("users[{n}] has no email"));
            }
            if it.id.as_deref() == Some("") {
                return Err(format!("users[{n}] '{email}' has an empty id"));
            }
            if it.oauth_idp_id.is_some() && it.oauth_provider.is_none() {
                return Err(format!(
                    "users[{n}] '{email}' has an oauth_idp_id, and no oauth_provider"
                ));
            }
            if !emails.insert(email.clone()) {
                return Err(format!(
                    "users[{n}]: '{email}' stands there twice; case does not tell"
                ));
            }
        }
        let ids = self.users.iter().filter_map(|it| it.id.as_ref());
        unique("users", ids)?;
        for (n, it) in self.organizations.iter().enumerate() {
            if it.name.trim().is_empty() {
                return Err(format!("organizations[{n}] has no name"));
            }
            if it.id.as_deref() == Some("") {
                return Err(format!("organizations[{n}] '{}' has an empty id", it.name));
            }
        }
        unique("organizations", self.organizations.iter().filter_map(|it| it.id.as_ref()))?;
        self.check_connections()?;
        if let Some(ApiKeys::OfCustomers(keys)) = &self.api_keys {
            unique("apiKeys", keys.iter().filter_map(|it| it.value.as_ref()))?;
        }
        Ok(())
    }

    fn check_connections(&self) -> Result<(), String> {
        let all = &self.connections;
        if let Some(why) = all.iter().enumerate().find_map(|(n, it)| connections::fault(n, it)) {
            return Err(why);
        }
        unique("connections", all.iter().filter_map(|it| it.id.as_ref()))?;
        let profiles = all.iter().flat_map(|it| &it.profiles);
        unique("connections[].profiles", profiles.filter_map(|it| it.id.as_ref()))?;
        let by_name = all.iter().filter(|it| it.id.is_none() && it.external_id.is_none());
        let names: Vec<String> =
            by_name.map(|it| format!("{} of {}", it.name, it.organization)).collect();
        unique("connections", names.iter())
    }

    /// What is read and cannot be made by this version, by name.
    pub fn beyond(&self, sandbox: bool) -> Vec<&'static str> {
        [
            (
                "connections without an identity provider of their own (only a sandbox has one for \
                 them: give oidc_options or saml_options, or make a sandbox)",
                !sandbox && self.connections.iter().any(Connection::is_for_tests),
            ),
            ("connectApplications", !self.connect_applications.is_empty()),
            ("connectedAccounts", !self.connected_accounts.is_empty()),
            ("errorHooks", !sandbox && !self.error_hooks.is_empty()),
            (
                "users[].impersonator",
                !sandbox && self.users.iter().any(|it| it.impersonator.is_some()),
            ),
            ("roles[].type OrganizationRole", self.roles.iter().any(Role::is_of_organization)),
            ("port", self.port.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, is_there)| is_there.then_some(name))
        .collect()
    }
}

fn unique<'a>(what: &str, values: impl Iterator<Item = &'a String>) -> Result<(), String> {
    let mut seen = std::collections::BTreeSet::new();
    for value in values {
        if !seen.insert(value) {
            return Err(format!("{what}: '{value}' stands there twice"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Seed;

    fn refused(text: &str) -> String {
        Seed::parse(text).unwrap_err()
    }

    #[test]
    fn emails_that_differ_only_in_case_are_one_account_and_an_error() {
        let text = "users:\n  - email: a@x.test\n  - email: A@x.test\n";
        assert!(refused(text).contains("users[1]"), "{}", refused(text));
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        assert!(refused("usres: []").contains("usres"));
        assert!(refused("users:\n  - email: a@x.test\n    emial: b").contains("emial"));
    }

    #[test]
    fn api_keys_come_as_a_list_or_as_a_map() {
        assert!(Seed::parse("apiKeys:\n  sk_test_default:\n    environment: test\n").is_ok());
        assert!(Seed::parse("apiKeys:\n  - name: CI\n    organization: Acme\n").is_ok());
    }

    #[test]
    fn an_empty_id_is_refused() {
        assert!(refused("organizations:\n  - name: Acme\n    id: ''\n").contains("empty id"));
    }
}
