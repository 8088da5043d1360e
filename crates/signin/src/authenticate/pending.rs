//! Sign-ins that wait for their next step, and the tokens that name them.
//!
//! A token works until its step was taken, however many wrong codes come before. Each further step
//! has a token of its own. What ends the sessions of a user, such as a new password, ends the
//! sign-ins that wait too: they rest on what was good before.
use vestibule_kernel::db::Row;
use vestibule_kernel::id::{
    ClientId, InvitationId, OrganizationId, PendingAuthenticationId, RadarAttemptId, SessionId,
    UserId,
};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::{Seconds, Time};
use vestibule_kernel::{Cx, Error, Result};
use vestibule_people::users;

use super::federated::Vouched;
use crate::sessions::Method;

/// What an account elsewhere is sealed for: it may bring the tokens of its provider.
const ACCOUNT: &str = "pending_authentications.account";

/// For how long a sign-in waits.
pub const PENDING_SECONDS: Seconds = 15 * 60;
/// The longest token that is looked up.
const TOKEN_BYTES_MAX: usize = 256;

/// A sign-in whose first credential was good: what is remembered of it from step to step.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Who signs in.
    pub user_id: UserId,
    /// To which application.
    pub client_id: ClientId,
    /// How.
    pub method: Method,
    /// The organization that was asked for or chosen.
    pub organization_id: Option<OrganizationId>,
    /// The invitation that is accepted with it.
    pub invitation_id: Option<InvitationId>,
    /// Whether a second factor was proved.
    pub factor_proved: bool,
    /// Whether they are offered a passkey, and have not answered yet.
    pub passkey_offered: bool,
    /// The session of the browser in which they prove anew who they are.
    pub reauthenticates: Option<SessionId>,
    /// The account elsewhere with which they sign in.
    pub account: Option<Vouched>,
    /// How its risk was judged.
    pub radar: Option<RadarAttemptId>,
}

impl Attempt {
    /// The organization whose single sign-on has brought them.
    pub fn vouched_by(&self) -> Option<&OrganizationId> {
        self.account.as_ref().and_then(|it| it.account.organization_id.as_ref())
    }
}

/// An attempt that waits.
#[derive(Clone, Debug)]
pub struct Pending {
    id: PendingAuthenticationId,
    /// What is remembered.
    pub attempt: Attempt,
}

/// Has an attempt wait, and answers the token that names it.
pub(super) fn create(cx: &mut Cx<'_>, attempt: &Attempt) -> Result<Secret> {
    let token = Secret::random("", cx.app.chance());
    let account = attempt.account.as_ref().map(serde_json::to_string).transpose();
    let account = account.map_err(Error::internal)?;
    let account = account.map(|it| cx.seal(ACCOUNT, &it)).transpose()?;
    let values = [
        PendingAuthenticationId::new(cx).into(),
        cx.environment.into(),
        token.digest().into(),
        (&attempt.user_id).into(),
        (&attempt.client_id).into(),
        attempt.method.into(),
        attempt.organization_id.as_ref().into(),
        attempt.invitation_id.as_ref().into(),
        attempt.factor_proved.into(),
        attempt.passkey_offered.into(),
        attempt.reauthenticates.as_ref().into(),
        account.into(),
        attempt.radar.as_ref().into(),
        cx.now().plus_seconds(PENDING_SECONDS.into()).into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO pending_authentications
                 (id, environment_id, digest, user_id, client_id, method, organization_id,
                  invitation_id, factor_proved, passkey_offered, reauthenticates, account,
                  radar_attempt_id, expires_at, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    cx.db().execute(sql, &values)?;
    Ok(token)
}

/// The attempt that waits under this token.
pub fn get(cx: &mut Cx<'_>, token: &Secret) -> Result<Option<Pending>> {
    if token.reveal().len() > TOKEN_BYTES_MAX {
        return Ok(None);
    }
    let values = [cx.environment.into(), token.digest().into(), cx.now().into()];
    let sql = "SELECT id, user_id, client_id, method, organization_id, invitation_id,
                      factor_proved, passkey_offered, reauthenticates, account,
                      radar_attempt_id, created_at
               FROM pending_authentications
               WHERE environment_id = $1 AND digest = $2 AND expires_at > $3";
    let sealer = cx.app.sealer();
    let read = |mut row: Row| -> Result<(Pending, Time)> {
        let pending = Pending {
            id: row.take()?,
            attempt: Attempt {
                user_id: row.take()?,
                client_id: row.take()?,
                method: row.take()?,
                organization_id: row.take()?,
                invitation_id: row.take()?,
                factor_proved: row.take()?,
                passkey_offered: row.take()?,
                reauthenticates: row.take()?,
                account: match row.take::<Option<Vec<u8>>>()? {
                    Some(it) => {
                        let plain = sealer.open(ACCOUNT, &it)?;
                        Some(serde_json::from_slice(&plain).map_err(Error::internal)?)
                    }
                    None => None,
                },
                radar: row.take()?,
            },
        };
        Ok((pending, row.take()?))
    };
    let found = cx.db().first(sql, &values)?.map(read).transpose()?;
    let Some((pending, began)) = found else { return Ok(None) };
    let valid_after = users::sessions_valid_after(cx, &pending.attempt.user_id)?;
    Ok(valid_after.is_none_or(|it| began >= it).then_some(pending))
}

/// Uses a token up.
pub(super) fn consume(cx: &mut Cx<'_>, pending: &Pending) -> Result<()> {
    let values = [cx.environment.into(), (&pending.id).into()];
    let sql = "DELETE FROM pending_authentications WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Ends the sign-ins of a user that wait.
pub(super) fn forget_user(cx: &mut Cx<'_>, user_id: &UserId) -> Result<()> {
    let values = [cx.environment.into(), user_id.into()];
    let sql = "DELETE FROM pending_authentications WHERE environment_id = $1 AND user_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes what waits no more.
pub(super) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    let values = [cx.environment.into(), cx.now().into()];
    let sql = "DELETE FROM pending_authentications WHERE environment_id = $1 AND expires_at <= $2";
    cx.db().execute(sql, &values)
}
