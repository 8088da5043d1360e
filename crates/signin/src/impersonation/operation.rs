//! Making a link by which somebody acts as a user.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::Post;
use vestibule_kernel::id::{ImpersonationId, OrganizationId, UserId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Code, Created, Cx, Error, Operation, Result, Route, Within};
use vestibule_people::users::{self, EmailAddress};
use vestibule_people::{memberships, organizations};

use super::{PATH, is_member, link_end, store};
use crate::sessions::Impersonator;

const NOT_A_MEMBER: Code = "organization_membership_not_found";

/// Make a link by which one of your own people acts as a user
///
/// Whoever opens the link and confirms is signed in as the user for an hour: the browser goes to the
/// sign-in endpoint of your application or, without one, to its default redirect URI with a code.
/// Replies, sessions and events tell who acts and why, and access tokens have the claim `act`. The
/// link works once, for ten minutes.
#[derive(Deserialize, JsonSchema)]
pub struct CreateImpersonation {
    /// ID of the user to act as
    user_id: UserId,
    /// Organization to act in; needed where the user is a member of several
    organization_id: Option<OrganizationId>,
    /// E-mail address of whoever acts
    #[schemars(length(min = 3, max = 320), extend("format" = "email"))]
    impersonator_email: String,
    /// Why they do
    #[schemars(length(min = 1, max = 500))]
    reason: String,
}

/// A link by which somebody acts as a user
#[derive(Serialize, JsonSchema)]
pub struct Impersonation {
    /// Always `impersonation`
    #[schemars(extend("const" = "impersonation"))]
    pub object: &'static str,
    /// ID of the impersonation
    pub id: ImpersonationId,
    /// ID of the user
    pub user_id: UserId,
    /// Organization to act in
    pub organization_id: Option<OrganizationId>,
    /// Who acts, and why
    pub impersonator: Impersonator,
    /// Link to open in a browser
    pub url: String,
    /// When the link ends
    pub expires_at: Time,
    /// When the link was made
    pub created_at: Time,
}

impl std::fmt::Debug for Impersonation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Impersonation {}", self.id)
    }
}

impl Operation for CreateImpersonation {
    const ID: &'static str = "impersonations.create";
    const ROUTE: Route = Route(Post, "/vestibule/v1/impersonations");
    // A session goes on to the other organizations of its user.
    const WITHIN: Within = Within::Nowhere;
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[NOT_A_MEMBER];
    const STATUSES: &'static [u16] = &[404];
    const SECRETS: &'static [&'static str] = &["url"];
    type Reply = Created<Impersonation>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { user_id, organization_id, impersonator_email, reason } = self;
        users::find(cx, &user_id)?;
        let email = EmailAddress::parse(&impersonator_email).ok_or_else(|| {
            let text = format!("'{impersonator_email}' is not an e-mail address.");
            Error::invalid_field("impersonator_email", "invalid_email", text)
        })?;
        if reason.trim().is_empty() {
            return Err(Error::invalid_field("reason", "required", "A reason is required."));
        }
        let organization_id = settle(cx, &user_id, organization_id)?;
        let token = Secret::random("", cx.app.chance());
        let made = Impersonation {
            object: "impersonation",
            id: ImpersonationId::new(cx),
            user_id,
            organization_id,
            impersonator: Impersonator { email: email.as_str().to_owned(), reason: Some(reason) },
            // Tokens are letters, digits, `-` and `_`, so they need no escaping.
            url: format!("{}{PATH}?token={}", cx.app.options().public_url, token.reveal()),
            expires_at: link_end(cx),
            created_at: cx.now(),
        };
        store::insert(cx, &made, &token)?;
        Ok(Created(made))
    }
}

/// The organization to act in: the one that was named, or the only one.
fn settle(
    cx: &mut Cx<'_>,
    user_id: &UserId,
    named: Option<OrganizationId>,
) -> Result<Option<OrganizationId>> {
    if let Some(id) = named {
        organizations::find(cx, &id)?;
        if !is_member(cx, user_id, &id)? {
            let text = format!("User '{user_id}' is not an active member of organization '{id}'.");
            return Err(Error::bad_request(NOT_A_MEMBER, text));
        }
        return Ok(Some(id));
    }
    let mut of = memberships::active_of_user(cx, user_id)?;
    match of.len() {
        0 | 1 => Ok(of.pop().map(|it| it.organization_id)),
        count => {
            let text = format!("The user is a member of {count} organizations. Name one.");
            Err(Error::invalid_field("organization_id", "required", text))
        }
    }
}
