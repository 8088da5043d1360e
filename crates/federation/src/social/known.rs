//! The providers that everybody knows: where they are, and what is peculiar about each.
//!
//! All addresses can be set otherwise, for installations of one's own (GitLab, GitHub Enterprise)
//! and for tests.
use vestibule_signin::sessions::Method;

use super::{AuthMethod, Endpoints, Protocol};

/// A provider that everybody knows.
#[derive(Debug)]
pub struct Known {
    /// How somebody signs in with it; its name in the API too.
    pub method: Method,
    /// Its name among the identities of a user.
    pub identity: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// How it says who somebody is.
    pub protocol: Protocol,
    /// What it is asked for.
    pub scopes: &'static [&'static str],
    /// Whether it takes a code challenge (RFC 7636). Some refuse parameters that they do not know.
    pub takes_challenge: bool,
    /// Whether its ID tokens repeat a nonce.
    pub repeats_nonce: bool,
    /// Whether its ID tokens say when somebody signed in there, where a greatest age is asked for.
    pub tells_auth_time: bool,
    /// How a client says that it is the client.
    pub auth_method: AuthMethod,
    /// The parameter in which it takes a hint about the account; none where it takes none.
    pub login_hint: Option<&'static str>,
    /// The same about the account's domain.
    pub domain_hint: Option<&'static str>,
    /// Who signs its ID tokens. `{tenantid}` stands for the tenant that a token names.
    issuer: Option<&'static str>,
    authorization: Option<&'static str>,
    token: &'static str,
    userinfo: Option<&'static str>,
    emails: Option<&'static str>,
    jwks: Option<&'static str>,
}

impl Known {
    /// The provider of this name in the API.
    pub fn find(name: &str) -> Option<&'static Self> {
        KNOWN.iter().find(|it| it.method.name() == name)
    }
    /// Where it is.
    pub fn endpoints(&self) -> Endpoints {
        let text = |it: Option<&str>| it.map(str::to_owned);
        Endpoints {
            issuer: text(self.issuer),
            authorization_endpoint: text(self.authorization),
            token_endpoint: Some(self.token.to_owned()),
            userinfo_endpoint: text(self.userinfo),
            emails_endpoint: text(self.emails),
            jwks_uri: text(self.jwks),
        }
    }
}

/// What most of them have in common.
const USUAL: Known = Known {
    method: Method::GoogleOAuth,
    identity: "",
    name: "",
    protocol: Protocol::Oidc,
    scopes: &["openid", "profile", "email"],
    takes_challenge: true,
    repeats_nonce: true,
    tells_auth_time: false,
    auth_method: AuthMethod::ClientSecretPost,
    login_hint: Some("login_hint"),
    domain_hint: None,
    issuer: None,
    authorization: None,
    token: "",
    userinfo: None,
    emails: None,
    jwks: None,
};

/// All of them, in the order in which pages offer them.
pub const KNOWN: &[Known] = &[
    Known {
        method: Method::GoogleOAuth,
        identity: "GoogleOAuth",
        name: "Google",
        domain_hint: Some("hd"),
        issuer: Some("https://accounts.google.com"),
        authorization: Some("https://accounts.google.com/o/oauth2/v2/auth"),
        token: "https://oauth2.googleapis.com/token",
        jwks: Some("https://www.googleapis.com/oauth2/v3/certs"),
        ..USUAL
    },
    Known {
        method: Method::MicrosoftOAuth,
        identity: "MicrosoftOAuth",
        name: "Microsoft",
        protocol: Protocol::Microsoft,
        domain_hint: Some("domain_hint"),
        issuer: Some("https://login.microsoftonline.com/{tenantid}/v2.0"),
        authorization: Some("https://login.microsoftonline.com/common/oauth2/v2.0/authorize"),
        token: "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        jwks: Some("https://login.microsoftonline.com/common/discovery/v2.0/keys"),
        ..USUAL
    },
    Known {
        method: Method::AppleOAuth,
        identity: "AppleOAuth",
        name: "Apple",
        protocol: Protocol::Apple,
        scopes: &["openid", "name", "email"],
        takes_challenge: false,
        login_hint: None,
        issuer: Some("https://appleid.apple.com"),
        authorization: Some("https://appleid.apple.com/auth/authorize"),
        token: "https://appleid.apple.com/auth/token",
        jwks: Some("https://appleid.apple.com/auth/keys"),
        ..USUAL
    },
    Known {
        method: Method::GitHubOAuth,
        // Quirk: identities spell it with a small h.
        identity: "GithubOAuth",
        name: "GitHub",
        protocol: Protocol::GitHub,
        scopes: &["read:user", "user:email"],
        login_hint: Some("login"),
        authorization: Some("https://github.com/login/oauth/authorize"),
        token: "https://github.com/login/oauth/access_token",
        userinfo: Some("https://api.github.com/user"),
        emails: Some("https://api.github.com/user/emails"),
        ..USUAL
    },
    Known {
        method: Method::GitLabOAuth,
        identity: "GitLabOAuth",
        name: "GitLab",
        tells_auth_time: true,
        issuer: Some("https://gitlab.com"),
        authorization: Some("https://gitlab.com/oauth/authorize"),
        token: "https://gitlab.com/oauth/token",
        userinfo: Some("https://gitlab.com/oauth/userinfo"),
        jwks: Some("https://gitlab.com/oauth/discovery/keys"),
        login_hint: None,
        ..USUAL
    },
    Known {
        method: Method::BitbucketOAuth,
        identity: "BitbucketOAuth",
        name: "Bitbucket",
        protocol: Protocol::Bitbucket,
        scopes: &["account", "email"],
        takes_challenge: false,
        auth_method: AuthMethod::ClientSecretBasic,
        login_hint: None,
        authorization: Some("https://bitbucket.org/site/oauth2/authorize"),
        token: "https://bitbucket.org/site/oauth2/access_token",
        userinfo: Some("https://api.bitbucket.org/2.0/user"),
        emails: Some("https://api.bitbucket.org/2.0/user/emails"),
        ..USUAL
    },
    Known {
        method: Method::LinkedInOAuth,
        identity: "LinkedInOAuth",
        name: "LinkedIn",
        protocol: Protocol::Userinfo,
        takes_challenge: false,
        login_hint: None,
        authorization: Some("https://www.linkedin.com/oauth/v2/authorization"),
        token: "https://www.linkedin.com/oauth/v2/accessToken",
        userinfo: Some("https://api.linkedin.com/v2/userinfo"),
        ..USUAL
    },
    Known {
        method: Method::SlackOAuth,
        identity: "SlackOAuth",
        name: "Slack",
        protocol: Protocol::Slack,
        takes_challenge: false,
        login_hint: None,
        issuer: Some("https://slack.com"),
        authorization: Some("https://slack.com/openid/connect/authorize"),
        token: "https://slack.com/api/openid.connect.token",
        userinfo: Some("https://slack.com/api/openid.connect.userInfo"),
        jwks: Some("https://slack.com/openid/connect/keys"),
        ..USUAL
    },
    Known {
        method: Method::IntuitOAuth,
        identity: "IntuitOAuth",
        name: "Intuit",
        protocol: Protocol::Userinfo,
        takes_challenge: false,
        auth_method: AuthMethod::ClientSecretBasic,
        login_hint: None,
        authorization: Some("https://appcenter.intuit.com/connect/oauth2"),
        token: "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
        userinfo: Some("https://accounts.platform.intuit.com/v1/openid_connect/userinfo"),
        ..USUAL
    },
    Known {
        method: Method::SalesforceOAuth,
        identity: "SalesforceOAuth",
        name: "Salesforce",
        protocol: Protocol::Userinfo,
        authorization: Some("https://login.salesforce.com/services/oauth2/authorize"),
        token: "https://login.salesforce.com/services/oauth2/token",
        userinfo: Some("https://login.salesforce.com/services/oauth2/userinfo"),
        ..USUAL
    },
    Known {
        method: Method::VercelOAuth,
        identity: "VercelOAuth",
        name: "Vercel",
        login_hint: None,
        issuer: Some("https://vercel.com"),
        authorization: Some("https://vercel.com/oauth/authorize"),
        token: "https://api.vercel.com/login/oauth/token",
        userinfo: Some("https://api.vercel.com/login/oauth/userinfo"),
        jwks: Some("https://vercel.com/.well-known/jwks"),
        ..USUAL
    },
    Known {
        method: Method::VercelMarketplaceOAuth,
        identity: "VercelMarketplaceOAuth",
        name: "Vercel Marketplace",
        // Where it begins belongs to the integration, so it has to be set.
        scopes: &[],
        takes_challenge: false,
        repeats_nonce: false,
        login_hint: None,
        issuer: Some("https://marketplace.vercel.com"),
        token: "https://api.vercel.com/v1/integrations/sso/token",
        jwks: Some("https://marketplace.vercel.com/.well-known/jwks"),
        ..USUAL
    },
    Known {
        method: Method::XeroOAuth,
        identity: "XeroOAuth",
        name: "Xero",
        auth_method: AuthMethod::ClientSecretBasic,
        login_hint: None,
        issuer: Some("https://identity.xero.com"),
        authorization: Some("https://login.xero.com/identity/connect/authorize"),
        token: "https://identity.xero.com/connect/token",
        jwks: Some("https://identity.xero.com/.well-known/openid-configuration/jwks"),
        ..USUAL
    },
];
