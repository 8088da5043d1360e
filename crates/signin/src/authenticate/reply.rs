//! The reply to a sign-in: the user, the tokens and, for browsers, cookies.
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use vestibule_kernel::Result;
use vestibule_kernel::catalog::{IntoReply, Reply};
use vestibule_kernel::id::OrganizationId;
use vestibule_people::users::User;

use super::attempt::{SignedIn, Tokens};
use super::federated::OauthTokens;
use crate::sessions::{Impersonator, Method, Session};
use crate::tokens::{self, TokenKind, keys::SigningKey};

/// Somebody is signed in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UserlandAuthenticateResponse")]
pub struct Authenticated {
    /// The user
    pub user: User,
    /// The ID of the organization that the user is signed in to
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OrganizationId")]
    pub organization_id: Option<OrganizationId>,
    /// A JSON Web Token that tells who is signed in; valid for some minutes
    pub access_token: String,
    /// Exchange it for the next pair of tokens; works once
    pub refresh_token: String,
    /// How the user signed in
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Method")]
    pub authentication_method: Option<Method>,
    /// Somebody who acts as the user
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Impersonator")]
    pub impersonator: Option<Impersonator>,
    /// The tokens of the provider that the user signed in with, where the provider is set up to
    /// hand them on
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OauthTokens")]
    pub oauth_tokens: Option<OauthTokens>,
}

impl std::fmt::Debug for Authenticated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Authenticated {}", self.user.id)
    }
}

/// 200 with cookies.
#[derive(Debug)]
pub struct Welcome {
    /// The body.
    pub body: Authenticated,
    /// `Set-Cookie` lines.
    pub cookies: Vec<String>,
}

impl IntoReply for Welcome {
    const STATUS: u16 = 200;

    fn reply(self) -> Result<Reply> {
        let Self { body, cookies } = self;
        let reply = vestibule_kernel::Fine(body).reply()?;
        Ok(Reply { cookies, ..reply })
    }
    fn schema(g: &mut SchemaGenerator) -> Option<Schema> {
        Some(g.subschema_for::<Authenticated>())
    }
}

/// The reply to somebody who is in.
pub(super) fn welcome(key: &SigningKey, signed_in: SignedIn) -> Result<Authenticated> {
    let SignedIn { user, session, tokens, oauth_tokens } = signed_in;
    let missing = || vestibule_kernel::Error::internal("a sign-in of the API has no tokens");
    let body = authenticated(key, user, session, tokens.ok_or_else(missing)?)?;
    Ok(Authenticated { oauth_tokens, ..body })
}

/// Signs the access token and puts the reply together.
pub(super) fn authenticated(
    key: &SigningKey,
    user: User,
    session: Session,
    tokens: Tokens,
) -> Result<Authenticated> {
    let Tokens { claims, refresh_token } = tokens;
    let access_token = tokens::sign(key, TokenKind::Access, &claims)?;
    Ok(Authenticated {
        user,
        organization_id: session.organization_id,
        access_token: access_token.reveal().to_owned(),
        refresh_token: refresh_token.reveal().to_owned(),
        authentication_method: Some(session.method),
        impersonator: session.impersonator,
        oauth_tokens: None,
    })
}
