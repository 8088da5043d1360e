//! Sessions: that somebody is signed in, from their sign-in until they sign out or time runs out.
//!
//! - A session ends once. How it ended is told by its status; that it was ended by somebody, by the
//!   event `session.revoked`.
//! - Its refresh tokens end with it. Access tokens live on until they expire, some minutes later.
//! - It is over when its length has passed, when it was not refreshed for too long, or when its user
//!   was told that all earlier sessions are over (`users::end_sessions`).
mod method;
mod operations;
mod reactions;
pub mod refresh;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vestibule_kernel::event::Event;
use vestibule_kernel::id::{ClientId, OrganizationId, SessionId, UserId};
use vestibule_kernel::time::{Seconds, Time};
use vestibule_kernel::{Cx, Op, Result, flow, op};
use vestibule_people::users;

use crate::policy::SignInPolicy;
pub use method::{Kind, Method};
pub use operations::{ListSessions, Logout, RevokeSession};

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[op::<ListSessions>(), op::<RevokeSession>(), flow::<Logout>()];

pub use reactions::{
    ON_MEMBERSHIP_DELETED, ON_MEMBERSHIP_UPDATED, ON_ORGANIZATION_DELETED, ON_USER_DELETED,
    ON_USER_UPDATED,
};

/// Somebody signed in.
pub const CREATED: Event<Session> = Event::new("session.created");
/// A session was ended before its time.
pub const REVOKED: Event<Session> = Event::new("session.revoked");

/// That somebody is, or was, signed in.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Session {
    /// Always `session`
    #[schemars(extend("const" = "session"))]
    pub object: &'static str,
    /// The ID of the session
    pub id: SessionId,
    /// Somebody who acts as the user
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Impersonator")]
    pub impersonator: Option<Impersonator>,
    /// The address that the user signed in from
    pub ip_address: Option<String>,
    /// The organization that the user is signed in to
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OrganizationId")]
    pub organization_id: Option<OrganizationId>,
    /// The browser or program that the user signed in with
    pub user_agent: Option<String>,
    /// The ID of the user
    pub user_id: UserId,
    /// How the user signed in
    pub auth_method: Kind,
    /// Whether the session goes on
    pub status: Status,
    /// When it ends at the latest
    pub expires_at: Time,
    /// When it was ended
    pub ended_at: Option<Time>,
    /// When it began
    pub created_at: Time,
    /// When it was last changed
    pub updated_at: Time,
    /// The application that was signed in to.
    #[serde(skip)]
    pub client_id: ClientId,
    /// How the user signed in, in the words of the reply to it.
    #[serde(skip)]
    pub method: Method,
    /// Whether a second factor was proved when it began.
    #[serde(skip)]
    pub factor_proved: bool,
    /// The organization whose single sign-on the user came by.
    #[serde(skip)]
    pub vouched_by: Option<OrganizationId>,
    /// When the user last proved who they are.
    #[serde(skip)]
    pub auth_time: Time,
    #[serde(skip)]
    last_active_at: Time,
}

/// Somebody who acts as the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Impersonator {
    /// Their e-mail address
    pub email: String,
    /// Why they do
    pub reason: Option<String>,
}

/// Whether a session goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Status {
    /// It goes on.
    Active,
    /// Its time ran out.
    Expired,
    /// It was ended.
    Revoked,
}

/// A session to be made.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Who signed in.
    pub user_id: UserId,
    /// To which organization.
    pub organization_id: Option<OrganizationId>,
    /// To which application.
    pub client_id: ClientId,
    /// How.
    pub method: Method,
    /// Whether they proved a second factor.
    pub factor_proved: bool,
    /// The organization whose single sign-on they came by.
    pub vouched_by: Option<OrganizationId>,
    /// From which address.
    pub ip_address: Option<String>,
    /// With which browser.
    pub user_agent: Option<String>,
    /// Somebody who acts as the user.
    pub impersonator: Option<Impersonator>,
}

/// How long somebody may act as a user.
pub const IMPERSONATION_SECONDS: Seconds = 60 * 60;

/// Puts a session together that is to [`begin`]. Its tokens can be made of it, so that what cannot be
/// made keeps it from beginning.
pub fn draft(cx: &mut Cx<'_>, new: NewSession) -> Result<Session> {
    let NewSession {
        user_id,
        organization_id,
        client_id,
        method,
        factor_proved,
        vouched_by,
        ip_address,
        user_agent,
        impersonator,
    } = new;
    let policy = SignInPolicy::of_organization(cx, organization_id.as_ref())?;
    let seconds = match &impersonator {
        Some(_) => policy.session_seconds.min(IMPERSONATION_SECONDS),
        None => policy.session_seconds,
    };
    let now = cx.now();
    Ok(Session {
        object: "session",
        id: SessionId::new(cx),
        impersonator,
        ip_address,
        organization_id,
        user_agent,
        user_id,
        auth_method: method.kind(),
        status: Status::Active,
        expires_at: now.plus_seconds(seconds.into()),
        ended_at: None,
        created_at: now,
        updated_at: now,
        client_id,
        method,
        factor_proved,
        vouched_by,
        auth_time: now,
        last_active_at: now,
    })
}

/// Begins a session. What its event says besides is `context`.
pub fn begin(cx: &mut Cx<'_>, session: &Session, context: Option<&Value>) -> Result<()> {
    store::insert(cx, session)?;
    match context {
        Some(context) => cx.emit_with(&CREATED, session, context),
        None => cx.emit(&CREATED, session),
    }
}

/// Where a session is that begins by another one's approval.
#[derive(Clone, Debug)]
pub struct Device {
    /// To which application.
    pub client_id: ClientId,
    /// From which address.
    pub ip_address: Option<String>,
    /// With which program.
    pub user_agent: Option<String>,
}

/// Puts a session of the same user on another device together, that is to [`begin`]. They proved who
/// they are when they signed in to the one that approves it, and no later.
pub fn draft_on_device(cx: &mut Cx<'_>, approver: &Session, device: &Device) -> Result<Session> {
    let Device { client_id, ip_address, user_agent } = device.clone();
    let new = NewSession {
        user_id: approver.user_id.clone(),
        organization_id: approver.organization_id.clone(),
        client_id,
        method: approver.method,
        factor_proved: approver.factor_proved,
        vouched_by: approver.vouched_by.clone(),
        ip_address,
        user_agent,
        impersonator: None,
    };
    Ok(Session { auth_time: approver.auth_time, ..draft(cx, new)? })
}

/// The session of this id, whether it goes on or not.
pub fn get(cx: &mut Cx<'_>, id: &SessionId) -> Result<Option<Session>> {
    store::get(cx, id)
}

/// The session of this id, if it goes on.
pub fn get_active(cx: &mut Cx<'_>, id: &SessionId) -> Result<Option<Session>> {
    let Some(session) = get(cx, id)?.filter(|it| it.status == Status::Active) else {
        return Ok(None);
    };
    let valid_after = users::sessions_valid_after(cx, &session.user_id)?;
    Ok((valid_after.is_none_or(|it| session.auth_time >= it)).then_some(session))
}

/// Ends a session. One that has ended already stays as it is.
pub fn revoke(cx: &mut Cx<'_>, mut session: Session) -> Result<()> {
    refresh::forget(cx, &session.id)?;
    if session.status != Status::Active {
        return Ok(());
    }
    session.status = Status::Revoked;
    session.ended_at = Some(cx.now());
    session.updated_at = cx.now();
    store::update(cx, &session)?;
    cx.emit(&REVOKED, &session)
}

/// Ends every session of a user.
pub fn revoke_all_of_user(cx: &mut Cx<'_>, user_id: &UserId) -> Result<()> {
    store::active_of_user(cx, user_id)?.into_iter().try_for_each(|it| revoke(cx, it))
}

/// Ends every session that a user has with an organization.
pub fn revoke_of_organization(
    cx: &mut Cx<'_>,
    user_id: &UserId,
    organization_id: &OrganizationId,
) -> Result<()> {
    let sessions = store::active_of_user(cx, user_id)?.into_iter();
    let of_it = |it: &Session| it.organization_id.as_ref() == Some(organization_id);
    sessions.filter(of_it).try_for_each(|it| revoke(cx, it))
}

/// Notes that the session was used, and to which organization it belongs now. Where that is another
/// one, it lasts no longer than the policy there lets it, from its beginning.
pub fn keep_up(
    cx: &mut Cx<'_>,
    session: &mut Session,
    organization_id: Option<OrganizationId>,
) -> Result<()> {
    session.last_active_at = cx.now();
    if session.organization_id != organization_id {
        let policy = SignInPolicy::of_organization(cx, organization_id.as_ref())?;
        let end = session.created_at.plus_seconds(policy.session_seconds.into());
        session.expires_at = session.expires_at.min(end);
        session.organization_id = organization_id;
        session.updated_at = cx.now();
    }
    store::update(cx, session)
}

/// How somebody proved anew who they are.
#[derive(Clone, Debug)]
pub struct Proved {
    /// How.
    pub method: Method,
    /// Whether with a second factor.
    pub factor_proved: bool,
    /// The organization whose single sign-on they came by.
    pub vouched_by: Option<OrganizationId>,
}

/// Notes that the user proved anew who they are.
pub fn reauthenticate(
    cx: &mut Cx<'_>,
    session: &mut Session,
    proved: Proved,
    organization_id: Option<OrganizationId>,
) -> Result<()> {
    let Proved { method, factor_proved, vouched_by } = proved;
    session.auth_time = cx.now();
    session.last_active_at = cx.now();
    session.updated_at = cx.now();
    session.method = method;
    session.factor_proved = factor_proved;
    session.vouched_by = vouched_by;
    session.auth_method = method.kind();
    session.organization_id = organization_id;
    store::update(cx, session)
}

/// Deletes the sessions of this environment that were over long ago, and their tokens.
pub fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    store::forget(cx)
}
