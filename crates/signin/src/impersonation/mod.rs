//! Impersonation: one of the application's own people acts as a user, with a reason, for an hour.
//!
//! - A link begins it. It works once, for ten minutes; looking at it begins nothing, so that what
//!   opens links in mails and chats does not use it up.
//! - The session names who acts and why, wherever it is told of: in replies, events and, as the claim
//!   `act`, in tokens. It stays with one organization and ends after an hour.
//! - It is not the user's own: nothing that proves who the user is can be changed by it. Whoever lets
//!   a browser change such things asks [`crate::authorize::browser::own_session`].
mod operation;
mod store;

use serde_json::Value;
use vestibule_kernel::event::Reaction;
use vestibule_kernel::id::{ImpersonationId, OrganizationId, UserId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::{Seconds, Time};
use vestibule_kernel::{Cx, Error, Kind, Op, Result, environment, op};
use vestibule_people::memberships;
use vestibule_people::users::{self, User};

use crate::authorize::{self, browser};
use crate::redirect_uris;
use crate::sessions::{self, Impersonator, Method, NewSession, Session};

pub use operation::{CreateImpersonation, Impersonation};

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[op::<CreateImpersonation>()];

/// Nobody acts as a user who is no more.
pub const ON_USER_DELETED: Reaction = Reaction { event: "user.deleted", run: user_deleted };

/// Where the link leads.
pub const PATH: &str = "/impersonate";
/// How long the link works.
pub const LINK_SECONDS: Seconds = 10 * 60;

/// What a link offers, for the page that it leads to.
#[derive(Debug)]
pub struct Offer {
    id: ImpersonationId,
    /// As whom somebody acts.
    pub user: User,
    /// In which organization.
    pub organization_id: Option<OrganizationId>,
    /// Who acts.
    pub impersonator: Impersonator,
}

/// A session that has just begun.
#[derive(Debug)]
pub struct Begun {
    /// The session.
    pub session: Session,
    /// Where to send the browser.
    pub location: String,
    /// `Set-Cookie` lines.
    pub cookies: Vec<String>,
}

/// What the link with this token offers, if it still does.
pub fn offer(cx: &mut Cx<'_>, token: &Secret) -> Result<Option<Offer>> {
    let Some(found) = store::get(cx, token)? else { return Ok(None) };
    let Some(user) = users::get(cx, &found.user_id)? else { return Ok(None) };
    if let Some(id) = &found.organization_id
        && !is_member(cx, &user.id, id)?
    {
        return Ok(None);
    }
    let store::Found { id, user_id: _, organization_id, impersonator } = found;
    Ok(Some(Offer { id, user, organization_id, impersonator }))
}

/// Begins the session that a link offers, in the browser of this call, and uses the link up.
///
/// The browser goes on to the sign-in endpoint of the application, which sends it on to us and so
/// gets a code; without one, to the default redirect URI with a code.
pub fn begin(cx: &mut Cx<'_>, token: &Secret) -> Result<Option<Begun>> {
    let Some(Offer { id, user, organization_id, impersonator }) = offer(cx, token)? else {
        return Ok(None);
    };
    if !store::use_up(cx, &id)? {
        return Ok(None);
    }
    let environment = cx.environment;
    let environment = environment::get(cx.db(), environment)?
        .ok_or_else(|| Error::internal("a call is of no environment"))?;
    let new = NewSession {
        user_id: user.id,
        organization_id,
        client_id: environment.client_id,
        method: Method::Impersonation,
        factor_proved: false,
        vouched_by: None,
        ip_address: cx.request.ip_address.clone(),
        user_agent: cx.request.user_agent.clone(),
        impersonator: Some(impersonator),
    };
    let session = sessions::draft(cx, new)?;
    sessions::begin(cx, &session, None)?;
    let location = match redirect_uris::sign_in_url(cx)? {
        Some(it) => it,
        None => authorize::grant_default(cx, &session)?.ok_or_else(nowhere)?,
    };
    let cookies = vec![browser::sign_in(cx, &session)?];
    Ok(Some(Begun { session, location, cookies }))
}

/// Deletes the links that lead nowhere any more.
pub(crate) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    store::forget(cx)
}

fn is_member(cx: &mut Cx<'_>, user: &UserId, organization: &OrganizationId) -> Result<bool> {
    let found = memberships::active_of_user_and_organization(cx, user, organization)?;
    Ok(found.is_some())
}

fn nowhere() -> Error {
    let text = "The application has neither a sign-in endpoint nor a default redirect URI. Set one, \
                then follow the link again.";
    Error::plain(Kind::Conflict, text)
}

/// When a link that is made now ends.
fn link_end(cx: &Cx<'_>) -> Time {
    cx.now().plus_seconds(LINK_SECONDS.into())
}

fn user_deleted(cx: &mut Cx<'_>, user: &Value) -> Result<()> {
    let id = user.get("id").and_then(Value::as_str);
    let id = id.ok_or_else(|| Error::internal("the event user.deleted has no id"))?;
    store::forget_user(cx, &UserId::parse(id)?)
}
