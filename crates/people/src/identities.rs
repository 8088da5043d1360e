//! Identities: the accounts at social providers that a user signs in with.
//!
//! An account at a provider belongs to one user. When the user's e-mail address changes, identities
//! of another address are detached, for they no longer vouch for it.
//!
//! A provider is known by its name in the API, or by a name that an environment gave to one of its
//! own; the list of the API shows the former alone, for it has no word for the latter.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::db::{OnUnique, Row};
use vestibule_kernel::id::{IdentityId, UserId};
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Cx, Error, Fine, Method::*, NoContent, Op, Operation, Result, Route, op,
};

use crate::users::{self, fold};

/// The operations of this domain.
pub const OPERATIONS: &[Op] =
    &[op::<ListIdentities>(), op::<ListLinkedAccounts>(), op::<UnlinkAccount>()];

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
            /// The provider of this name.
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($text => Some(Self::$name),)*
                    _ => None,
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
    /// The name of the provider.
    pub provider: String,
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

/// An account at any provider that a user signs in with
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LinkedAccount {
    /// Always `linked_account`
    #[schemars(extend("const" = "linked_account"))]
    object: &'static str,
    /// ID of the link
    id: IdentityId,
    /// Name of the provider: the one of the API, or the one that the environment gave it
    provider: String,
    /// ID of the account at the provider
    idp_id: String,
    /// Address that linked it, in lower case
    email: String,
    /// When it was linked
    created_at: Time,
}

/// Accounts that a user signs in with
#[derive(Debug, Serialize, JsonSchema)]
pub struct LinkedAccountList {
    /// Always `list`
    #[schemars(extend("const" = "list"))]
    object: &'static str,
    /// Every account, oldest first
    data: Vec<LinkedAccount>,
}

/// List the accounts at providers that a user signs in with
///
/// Those at providers of your own are among them, for which the list of identities has no word.
#[derive(Deserialize, JsonSchema)]
pub struct ListLinkedAccounts {
    /// ID of the user
    id: UserId,
}

impl Operation for ListLinkedAccounts {
    const ID: &'static str = "users.list_linked_accounts";
    const ROUTE: Route = Route(Get, "/vestibule/v1/users/{id}/linked_accounts");
    const EXTENSION: bool = true;
    type Reply = Fine<LinkedAccountList>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let user = users::find(cx, &self.id)?;
        let values = [cx.environment.into(), (&user.id).into()];
        let sql = "SELECT id, provider, idp_id, email_folded, created_at FROM identities
                   WHERE environment_id = $1 AND user_id = $2 ORDER BY created_at, id";
        let read = |mut row: Row| {
            Ok(LinkedAccount {
                object: "linked_account",
                id: row.take()?,
                provider: row.take()?,
                idp_id: row.take()?,
                email: row.take()?,
                created_at: row.take()?,
            })
        };
        let data = cx.db().query(sql, &values)?.into_iter().map(read).collect::<Result<_>>()?;
        Ok(Fine(LinkedAccountList { object: "list", data }))
    }
}

/// Unlink an account at a provider from its user
///
/// Sessions that it began go on.
#[derive(Deserialize, JsonSchema)]
pub struct UnlinkAccount {
    /// ID of the user
    user_id: UserId,
    /// ID of the link
    id: IdentityId,
}

impl Operation for UnlinkAccount {
    const ID: &'static str = "users.unlink_account";
    const ROUTE: Route = Route(Delete, "/vestibule/v1/users/{user_id}/linked_accounts/{id}");
    const EXTENSION: bool = true;
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { user_id, id } = self;
        let user = users::find(cx, &user_id)?;
        let values = [cx.environment.into(), (&user.id).into(), (&id).into()];
        let sql = "DELETE FROM identities WHERE environment_id = $1 AND user_id = $2 AND id = $3";
        match cx.db().execute(sql, &values)? {
            0 => Err(Error::not_found("Linked account", &id)),
            _ => Ok(NoContent),
        }
    }
}

/// The identities of a user, oldest first.
pub fn of_user(cx: &mut Cx<'_>, user_id: &UserId) -> Result<Vec<Identity>> {
    let values = [cx.environment.into(), user_id.into()];
    let sql = "SELECT idp_id, provider FROM identities WHERE environment_id = $1 AND user_id = $2
               ORDER BY created_at, id";
    let rows = cx.db().query(sql, &values)?;
    rows.into_iter().filter_map(|it| read(it).transpose()).collect()
}

/// None where the provider is one of the environment's own.
fn read(mut row: Row) -> Result<Option<Identity>> {
    let (idp_id, provider): (String, String) = (row.take()?, row.take()?);
    let provider = Provider::parse(&provider);
    Ok(provider.map(|provider| Identity { idp_id, r#type: "OAuth", provider }))
}

/// Whether the user signs in with an account at any provider.
pub fn has_any(cx: &mut Cx<'_>, user_id: &UserId) -> Result<bool> {
    let values = [cx.environment.into(), user_id.into()];
    let sql = "SELECT 1 FROM identities WHERE environment_id = $1 AND user_id = $2 LIMIT 1";
    cx.db().first(sql, &values).map(|it| it.is_some())
}

/// Whose account at the provider it is.
pub fn user_of(cx: &mut Cx<'_>, provider: &str, idp_id: &str) -> Result<Option<UserId>> {
    let values = [cx.environment.into(), provider.into(), idp_id.into()];
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
        provider.into(),
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
