//! The SQL of recovery codes. No other module reads or writes this table.
use vestibule_kernel::db::Value;
use vestibule_kernel::id::UserId;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Result};

use super::CODES;

/// What a user has of a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// How many codes the set had.
    pub total: i64,
    /// How many of them were not used.
    pub left: i64,
    /// When the set was made; none where there is none.
    pub created_at: Option<Time>,
}

/// What a user has.
pub fn state(cx: &mut Cx<'_>, user_id: &UserId) -> Result<State> {
    let values = [cx.environment.into(), user_id.into()];
    let sql = "SELECT COUNT(*), COUNT(*) - COUNT(used_at), MIN(created_at) FROM recovery_codes
               WHERE environment_id = $1 AND user_id = $2";
    match cx.db().first(sql, &values)? {
        Some(mut row) => {
            Ok(State { total: row.take()?, left: row.take()?, created_at: row.take()? })
        }
        None => Ok(State::default()),
    }
}

pub(super) fn insert(cx: &mut Cx<'_>, user_id: &UserId, digest: &str) -> Result<()> {
    let values = [cx.environment.into(), user_id.into(), digest.into(), cx.now().into()];
    let sql = "INSERT INTO recovery_codes (environment_id, user_id, digest, created_at)
               VALUES ($1, $2, $3, $4)";
    cx.db().execute(sql, &values).map(|_| ())
}

/// The digests of the codes that were not used.
pub(super) fn unused(cx: &mut Cx<'_>, user_id: &UserId) -> Result<Vec<String>> {
    let most = i64::try_from(CODES).unwrap_or(i64::MAX);
    let values = [cx.environment.into(), user_id.into(), Value::Int(most)];
    let sql = "SELECT digest FROM recovery_codes
               WHERE environment_id = $1 AND user_id = $2 AND used_at IS NULL LIMIT $3";
    cx.db().query(sql, &values)?.into_iter().map(|mut row| row.take()).collect()
}

/// Uses a code up; tells whether it was still there to be used.
pub(super) fn use_up(cx: &mut Cx<'_>, user_id: &UserId, digest: &str) -> Result<bool> {
    let values = [cx.environment.into(), user_id.into(), digest.into(), cx.now().into()];
    let sql = "UPDATE recovery_codes SET used_at = $4
               WHERE environment_id = $1 AND user_id = $2 AND digest = $3 AND used_at IS NULL";
    Ok(cx.db().execute(sql, &values)? > 0)
}

/// Ends the set of a user.
pub(crate) fn forget_user(cx: &mut Cx<'_>, user_id: &UserId) -> Result<()> {
    let values = [cx.environment.into(), user_id.into()];
    let sql = "DELETE FROM recovery_codes WHERE environment_id = $1 AND user_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}
