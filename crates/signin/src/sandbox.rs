//! What sign-in does for test suites, in sandboxes alone.
//!
//! A user is taken for who a test says they are. Nothing here may be reached in an environment that
//! is no sandbox: whoever asks goes through [`Conveniences::of`], which knows of none there.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vestibule_kernel::id::{ClientId, OrganizationId, UserId};
use vestibule_kernel::setting::Setting;
use vestibule_kernel::{Cx, Result};
use vestibule_people::users::{self, User};

use crate::sessions::{self, Impersonator, Method, NewSession, Session};

/// What a sandbox does for test suites when it is told to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Conveniences {
    /// Whether the authorize endpoint signs in at once whoever `login_hint` names.
    pub auto_sign_in: bool,
    /// Whether device codes approve themselves where the sandbox has one user alone.
    pub approve_device_codes: bool,
}

impl Setting for Conveniences {
    const NAME: &'static str = "sandbox";
}

impl Conveniences {
    /// Those of the environment of this call; none where it is no sandbox.
    pub fn of(cx: &mut Cx<'_>) -> Result<Self> {
        if cx.sandbox().is_some() { cx.setting() } else { Ok(Self::default()) }
    }
}

/// Who acts as a user in every session that begins, by the ids of users.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Impersonators(BTreeMap<String, Impersonator>);

impl Setting for Impersonators {
    const NAME: &'static str = "sandbox_impersonators";
}

/// Has somebody act as a user whenever anybody signs in as them, so that a suite sees what an
/// application makes of it.
pub fn act_as(cx: &mut Cx<'_>, user_id: &UserId, impersonator: Impersonator) -> Result<()> {
    cx.need_sandbox()?;
    let mut all: Impersonators = cx.setting()?;
    all.0.insert(user_id.as_str().to_owned(), impersonator);
    cx.set(&all)
}

/// How a session of a user begins who signed in by `method`: as what they did, or as what somebody
/// does who acts as them.
pub(crate) fn acting(
    cx: &mut Cx<'_>,
    user_id: &UserId,
    method: Method,
) -> Result<(Method, Option<Impersonator>)> {
    if cx.sandbox().is_none() {
        return Ok((method, None));
    }
    let mut all: Impersonators = cx.setting()?;
    Ok(match all.0.remove(user_id.as_str()) {
        Some(it) => (Method::Impersonation, Some(it)),
        None => (method, None),
    })
}

/// Begins a session of a user whom a test suite vouches for.
pub(crate) fn vouch(
    cx: &mut Cx<'_>,
    user: &User,
    client_id: ClientId,
    organization_id: Option<OrganizationId>,
) -> Result<Session> {
    cx.need_sandbox()?;
    users::stamp_sign_in(cx, &user.id)?;
    let (method, impersonator) = acting(cx, &user.id, Method::ExternalAuth)?;
    let new = NewSession {
        user_id: user.id.clone(),
        organization_id,
        client_id,
        method,
        factor_proved: false,
        vouched_by: None,
        ip_address: cx.request.ip_address.clone(),
        user_agent: cx.request.user_agent.clone(),
        impersonator,
    };
    let session = sessions::draft(cx, new)?;
    sessions::begin(cx, &session, None)?;
    Ok(session)
}

/// Who approves device codes that approve themselves: the only user of a sandbox that was told so.
pub fn device_approver(cx: &mut Cx<'_>) -> Result<Option<User>> {
    if !Conveniences::of(cx)?.approve_device_codes {
        return Ok(None);
    }
    let mut users = users::oldest(cx, 2)?;
    let first = users.pop();
    Ok(first.filter(|_| users.is_empty()))
}
