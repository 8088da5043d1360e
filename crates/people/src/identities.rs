//! Identities: the accounts at social providers that a user signs in with.
//!
//! An account at a provider belongs to one user. When the user's e-mail address changes, identities
//! of another address are detached, for they no longer vouch for it.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::db::{FromValue, OnUnique, Row, Value};
use vestibule_kernel::id::{IdentityId, UserId};
use vestibule_kernel::{Code, Cx, Error, Fine, Method::*, Op, Operation, Result, Route, op};

use crate::users::{self, fold};

/// The operations of this domain.
pub const OPERATIONS: &[Op] = &[op::<ListIdentities>()];

/// The code of the refusal of an account that another user signs in with.
pub const IDENTITY_ALREADY_LINKED: Code = "identity_already_linked";

macro_rules! providers {
    ($($name:ident = $text:literal,)*) => {
        /// A social provider.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[schemars(inline)]
        #[expect(missing_docs, reason = "they are the names of the providers")]
        pub enum Provider {
            $(#[serde(rename = $text)] $name,)*
        }
        impl Provider {
            /// Its name in the API.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
        impl FromValue for Provider {
            fn from_value(value: Value) -> Result<Self> {
                match String::from_value(value)?.as_str() {
                    $($text => Ok(Self::$name),)*
                    other => Err(Error::internal(format!("'{other}' is no provider"))),
                }
            }
        }
    };
}
providers! {
    Apple = "AppleOAuth",
    Bitbucket = "BitbucketOAuth",
    Discord = "DiscordOAuth",
    // Quirk: it is `GitHubOAuth` elsewhere in the API.
    Github = "GithubOAuth",
    GitLab = "GitLabOAuth",
    Google = "GoogleOAuth",
    Grok = "GrokOAuth",
    X = "XOAuth",
    Intuit = "IntuitOAuth",
    LinkedIn = "LinkedInOAuth",
    Microsoft = "MicrosoftOAuth",
    Salesforce = "SalesforceOAuth",
    Slack = "SlackOAuth",
    VercelMarketplace = "VercelMarketplaceOAuth",
    Vercel = "VercelOAuth",
    Xero = "XeroOAuth",
}

/// An account at a provider that a user signs in with
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Identity {
    /// ID of the account at the provider
    pub idp_id: String,
    /// Always `OAuth`
    #[schemars(extend("const" = "OAuth"))]
    pub r#type: &'static str,
    /// Provider of the account
    pub provider: Provider,
}

/// An account to be linked to a user.
#[derive(Clone, Debug)]
pub struct NewIdentity {
    /// The user.
    pub user_id: UserId,
    /// The provider.
    pub provider: Provider,
    /// The id of the account there.
    pub idp_id: String,
    /// The e-mail address of the account.
    pub email: String,
}

/// List the identities of a user.
#[derive(Deserialize, JsonSchema)]
pub struct ListIdentities {
    /// ID of the user
    id: UserId,
}

impl Operation for ListIdentities {
    const ID: &'static str = "users.list_identities";
    const ROUTE: Route = Route(Get, "/user_management/users/{id}/identities");
    type Reply = Fine<Vec<Identity>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let user = users::find(cx, &self.id)?;
        of_user(cx, &user.id).map(Fine)
    }
}

/// The identities of a user, oldest first.
pub fn of_user(cx: &mut Cx<'_>, user_id: &UserId) -> Result<Vec<Identity>> {
    let values = [cx.environment.into(), user_id.into()];
    let sql = "SELECT idp_id, provider FROM identities WHERE environment_id = $1 AND user_id = $2
               ORDER BY created_at, id";
    cx.db().query(sql, &values)?.into_iter().map(read).collect()
}

fn read(mut row: Row) -> Result<Identity> {
    Ok(Identity { idp_id: row.take()?, r#type: "OAuth", provider: row.take()? })
}

/// Whose account at the provider it is.
pub fn user_of(cx: &mut Cx<'_>, provider: Provider, idp_id: &str) -> Result<Option<UserId>> {
    let values = [cx.environment.into(), provider.name().into(), idp_id.into()];
    let sql = "SELECT user_id FROM identities
               WHERE environment_id = $1 AND provider = $2 AND idp_id = $3";
    cx.db().first(sql, &values)?.map(|mut row| row.take()).transpose()
}

/// Links an account to a user.
pub fn link(cx: &mut Cx<'_>, new: &NewIdentity) -> Result<()> {
    let NewIdentity { user_id, provider, idp_id, email } = new;
    let values = [
        cx.environment.into(),
        IdentityId::new(cx).into(),
        user_id.into(),
        provider.name().into(),
        idp_id.into(),
        fold(email).into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO identities
                 (environment_id, id, user_id, provider, idp_id, email_folded, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    cx.db()
        .execute(sql, &values)
        .on_unique("identities(environment_id, provider, idp_id)", || {
            let why = "This account is already linked to a user.";
            Error::conflict(IDENTITY_ALREADY_LINKED, why)
        })
        .map(|_| ())
}

/// Detaches the identities that do not have this e-mail address.
pub fn detach_others(cx: &mut Cx<'_>, user_id: &UserId, email: &str) -> Result<()> {
    let values = [cx.environment.into(), user_id.into(), fold(email).into()];
    let sql = "DELETE FROM identities
               WHERE environment_id = $1 AND user_id = $2 AND email_folded <> $3";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes what a deleted user leaves behind.
pub fn forget_user(cx: &mut Cx<'_>, user_id: &UserId) -> Result<()> {
    let values = [cx.environment.into(), user_id.into()];
    let sql = "DELETE FROM identities WHERE environment_id = $1 AND user_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}
