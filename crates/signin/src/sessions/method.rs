//! How somebody proved who they are: the names that tokens, sessions and events have for it.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::db::{FromValue, Value};
use vestibule_kernel::{Error, Result};

macro_rules! methods {
    ($($variant:ident = $name:literal => $kind:ident,)*) => {
        /// How somebody proved who they are, as the reply to a sign-in names it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[schemars(inline)]
        #[expect(missing_docs, reason = "they are the names of the contract")]
        pub enum Method {
            $(#[serde(rename = $name)] $variant,)*
        }

        impl Method {
            /// Every method.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// Its name in the reply to a sign-in.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
            /// The method of this name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().find(|it| it.name() == name).copied()
            }
            /// Its name in a session.
            pub const fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind,)* }
            }
        }
    };
}

methods! {
    Sso = "SSO" => Sso,
    Password = "Password" => Password,
    Passkey = "Passkey" => Passkey,
    AppleOAuth = "AppleOAuth" => Oauth,
    BitbucketOAuth = "BitbucketOAuth" => Oauth,
    CrossAppAuth = "CrossAppAuth" => CrossAppAuth,
    DiscordOAuth = "DiscordOAuth" => Oauth,
    ExternalAuth = "ExternalAuth" => ExternalAuth,
    GitHubOAuth = "GitHubOAuth" => Oauth,
    GitLabOAuth = "GitLabOAuth" => Oauth,
    GoogleOAuth = "GoogleOAuth" => Oauth,
    GrokOAuth = "GrokOAuth" => Oauth,
    XOAuth = "XOAuth" => Oauth,
    IntuitOAuth = "IntuitOAuth" => Oauth,
    LinkedInOAuth = "LinkedInOAuth" => Oauth,
    MicrosoftOAuth = "MicrosoftOAuth" => Oauth,
    SalesforceOAuth = "SalesforceOAuth" => Oauth,
    SlackOAuth = "SlackOAuth" => Oauth,
    VercelMarketplaceOAuth = "VercelMarketplaceOAuth" => Oauth,
    VercelOAuth = "VercelOAuth" => Oauth,
    XeroOAuth = "XeroOAuth" => Oauth,
    MagicAuth = "MagicAuth" => MagicCode,
    Impersonation = "Impersonation" => Impersonation,
    MigratedSession = "MigratedSession" => MigratedSession,
}

/// How somebody proved who they are, as a session names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[expect(missing_docs, reason = "they are the names of the contract")]
pub enum Kind {
    CrossAppAuth,
    ExternalAuth,
    Impersonation,
    MagicCode,
    MigratedSession,
    Oauth,
    Passkey,
    Password,
    Sso,
    Unknown,
}

impl From<Method> for Value {
    fn from(it: Method) -> Self {
        it.name().into()
    }
}

impl FromValue for Method {
    fn from_value(value: Value) -> Result<Self> {
        let name = String::from_value(value)?;
        Self::parse(&name).ok_or_else(|| Error::internal(format!("no method is named '{name}'")))
    }
}
