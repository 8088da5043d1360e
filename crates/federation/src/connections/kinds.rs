//! The types of connections, in the words of the contract.

/// Every type that a connection can have.
pub const TYPES: &[&str] = &[
    "Pending",
    "ADFSSAML",
    "AdpOidc",
    "AppleOAuth",
    "Auth0Migration",
    "Auth0SAML",
    "AzureSAML",
    "BitbucketOAuth",
    "CasSAML",
    "ClassLinkSAML",
    "CleverOIDC",
    "CloudflareSAML",
    "CyberArkSAML",
    "DiscordOAuth",
    "DuoSAML",
    "EntraIdOIDC",
    "GenericOIDC",
    "GenericSAML",
    "GitHubOAuth",
    "GitLabOAuth",
    "GoogleOAuth",
    "GoogleOIDC",
    "GoogleSAML",
    "GrokOAuth",
    "XOAuth",
    "IntuitOAuth",
    "JumpCloudSAML",
    "KeycloakSAML",
    "LastPassSAML",
    "LinkedInOAuth",
    "LoginGovOidc",
    "MagicLink",
    "MicrosoftOAuth",
    "MiniOrangeSAML",
    "NetIqSAML",
    "OktaOIDC",
    "OktaSAML",
    "OneLoginSAML",
    "OracleSAML",
    "PingFederateSAML",
    "PingOneSAML",
    "RipplingSAML",
    "SalesforceSAML",
    "ShibbolethGenericSAML",
    "ShibbolethSAML",
    "SimpleSamlPhpSAML",
    "SalesforceOAuth",
    "SlackOAuth",
    "TestIdp",
    "VercelMarketplaceOAuth",
    "VercelOAuth",
    "VMwareSAML",
    "XeroOAuth",
];

/// What a list can be asked for. Quirk: two types have no place in it, and GitHub's is written
/// otherwise.
pub const LISTED: &[&str] = &[
    "ADFSSAML",
    "AdpOidc",
    "AppleOAuth",
    "Auth0SAML",
    "AzureSAML",
    "BitbucketOAuth",
    "CasSAML",
    "CloudflareSAML",
    "ClassLinkSAML",
    "CleverOIDC",
    "CyberArkSAML",
    "DiscordOAuth",
    "DuoSAML",
    "EntraIdOIDC",
    "GenericOIDC",
    "GenericSAML",
    "GithubOAuth",
    "GitLabOAuth",
    "GoogleOAuth",
    "GoogleOIDC",
    "GoogleSAML",
    "GrokOAuth",
    "XOAuth",
    "IntuitOAuth",
    "JumpCloudSAML",
    "KeycloakSAML",
    "LastPassSAML",
    "LinkedInOAuth",
    "LoginGovOidc",
    "MagicLink",
    "MicrosoftOAuth",
    "MiniOrangeSAML",
    "NetIqSAML",
    "OktaOIDC",
    "OktaSAML",
    "OneLoginSAML",
    "OracleSAML",
    "PingFederateSAML",
    "PingOneSAML",
    "RipplingSAML",
    "SalesforceSAML",
    "ShibbolethGenericSAML",
    "ShibbolethSAML",
    "SimpleSamlPhpSAML",
    "SalesforceOAuth",
    "SlackOAuth",
    "VercelMarketplaceOAuth",
    "VercelOAuth",
    "VMwareSAML",
    "XeroOAuth",
];

/// The type of a connection whose identity provider is not known yet.
pub const PENDING: &str = "Pending";
/// OpenID Connect at a provider of no particular kind.
pub const GENERIC_OIDC: &str = "GenericOIDC";

/// SAML at an identity provider of no particular kind.
pub const GENERIC_SAML: &str = "GenericSAML";

/// The test identity provider of a sandbox.
pub const TEST_IDP: &str = "TestIdp";

/// The types that can be made: those whose identity provider speaks OpenID Connect or SAML, and the
/// test identity provider.
pub const MADE: &[&str] = &[
    "AdpOidc",
    "CleverOIDC",
    "EntraIdOIDC",
    "GenericOIDC",
    "GoogleOIDC",
    "LoginGovOidc",
    "OktaOIDC",
    "ADFSSAML",
    "Auth0SAML",
    "AzureSAML",
    "CasSAML",
    "ClassLinkSAML",
    "CloudflareSAML",
    "CyberArkSAML",
    "DuoSAML",
    "GenericSAML",
    "GoogleSAML",
    "JumpCloudSAML",
    "KeycloakSAML",
    "LastPassSAML",
    "MiniOrangeSAML",
    "NetIqSAML",
    "OktaSAML",
    "OneLoginSAML",
    "OracleSAML",
    "PingFederateSAML",
    "PingOneSAML",
    "RipplingSAML",
    "SalesforceSAML",
    "ShibbolethGenericSAML",
    "ShibbolethSAML",
    "SimpleSamlPhpSAML",
    "VMwareSAML",
    "TestIdp",
];

/// Whether connections of a type speak SAML.
pub fn is_saml(connection_type: &str) -> bool {
    connection_type.ends_with("SAML")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_made_or_listed_is_a_type() {
        let is_type = |it: &&&str| TYPES.contains(*it) || **it == "GithubOAuth";
        assert_eq!(MADE.iter().filter(is_type).count(), MADE.len());
        assert_eq!(LISTED.iter().filter(is_type).count(), LISTED.len());
    }
}
