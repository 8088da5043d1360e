//! The SQL of impersonations.
use vestibule_kernel::id::{ImpersonationId, OrganizationId, UserId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Cx, Result};

use super::Impersonation;
use crate::sessions::Impersonator;

/// The longest token that is looked up.
const TOKEN_BYTES_MAX: usize = 256;

/// A link that works.
pub(super) struct Found {
    pub id: ImpersonationId,
    pub user_id: UserId,
    pub organization_id: Option<OrganizationId>,
    pub impersonator: Impersonator,
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &Impersonation, token: &Secret) -> Result<()> {
    let values = [
        (&it.id).into(),
        cx.environment.into(),
        token.digest().into(),
        (&it.user_id).into(),
        it.organization_id.as_ref().into(),
        (&it.impersonator.email).into(),
        it.impersonator.reason.as_deref().into(),
        it.expires_at.into(),
        it.created_at.into(),
    ];
    let sql = "INSERT INTO impersonations
                 (id, environment_id, digest, user_id, organization_id, email, reason, expires_at,
                  created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn get(cx: &mut Cx<'_>, token: &Secret) -> Result<Option<Found>> {
    if token.reveal().len() > TOKEN_BYTES_MAX {
        return Ok(None);
    }
    let values = [cx.environment.into(), token.digest().into(), cx.now().into()];
    let sql = "SELECT id, user_id, organization_id, email, reason FROM impersonations
               WHERE environment_id = $1 AND digest = $2 AND used_at IS NULL AND expires_at > $3";
    let Some(mut row) = cx.db().first(sql, &values)? else { return Ok(None) };
    Ok(Some(Found {
        id: row.take()?,
        user_id: row.take()?,
        organization_id: row.take()?,
        impersonator: Impersonator { email: row.take()?, reason: row.take()? },
    }))
}

/// Uses a link up; tells whether it was this call that did.
pub(super) fn use_up(cx: &mut Cx<'_>, id: &ImpersonationId) -> Result<bool> {
    let values = [cx.environment.into(), id.into(), cx.now().into()];
    let sql = "UPDATE impersonations SET used_at = $3
               WHERE environment_id = $1 AND id = $2 AND used_at IS NULL";
    Ok(cx.db().execute(sql, &values)? == 1)
}

pub(super) fn forget_user(cx: &mut Cx<'_>, user_id: &UserId) -> Result<()> {
    let values = [cx.environment.into(), user_id.into()];
    let sql = "DELETE FROM impersonations WHERE environment_id = $1 AND user_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    let values = [cx.environment.into(), cx.now().into()];
    let sql = "DELETE FROM impersonations WHERE environment_id = $1 AND expires_at <= $2";
    cx.db().execute(sql, &values)
}
