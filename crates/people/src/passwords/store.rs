//! The SQL of passwords. No other module reads or writes these tables.
use vestibule_kernel::id::UserId;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Result};

use super::PasswordHash;

pub(super) fn get(cx: &mut Cx<'_>, user_id: &UserId) -> Result<Option<PasswordHash>> {
    let values = [cx.environment.into(), user_id.into()];
    let sql = "SELECT hash FROM passwords WHERE environment_id = $1 AND user_id = $2";
    cx.db().first(sql, &values)?.map(|mut row| row.take()).transpose()
}

pub(super) fn changed_at(cx: &mut Cx<'_>, user_id: &UserId) -> Result<Option<Time>> {
    let values = [cx.environment.into(), user_id.into()];
    let sql = "SELECT created_at FROM passwords WHERE environment_id = $1 AND user_id = $2";
    cx.db().first(sql, &values)?.map(|mut row| row.take()).transpose()
}

pub(super) fn put(cx: &mut Cx<'_>, user_id: &UserId, hash: &PasswordHash) -> Result<()> {
    let values = [cx.environment.into(), user_id.into(), hash.into(), cx.now().into()];
    let sql = "INSERT INTO passwords (environment_id, user_id, hash, created_at)
               VALUES ($1, $2, $3, $4)
               ON CONFLICT (environment_id, user_id) DO UPDATE
               SET hash = excluded.hash, created_at = excluded.created_at";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Puts another hash of the same password in the place of `from`, unless the password has changed
/// since `from` was read.
pub(super) fn replace(
    cx: &mut Cx<'_>,
    user_id: &UserId,
    from: &PasswordHash,
    to: &PasswordHash,
) -> Result<()> {
    let values = [cx.environment.into(), user_id.into(), from.into(), to.into()];
    let sql = "UPDATE passwords SET hash = $4
               WHERE environment_id = $1 AND user_id = $2 AND hash = $3";
    cx.db().execute(sql, &values).map(|_| ())
}

/// The hashes of former passwords, newest first.
pub(super) fn former(cx: &mut Cx<'_>, user_id: &UserId, limit: u32) -> Result<Vec<PasswordHash>> {
    let values = [cx.environment.into(), user_id.into(), i64::from(limit).into()];
    let sql = "SELECT hash FROM former_passwords WHERE environment_id = $1 AND user_id = $2
               ORDER BY id DESC LIMIT $3";
    cx.db().query(sql, &values)?.into_iter().map(|mut row| row.take()).collect()
}

/// Keeps a former password, and of all only the last `limit`.
pub(super) fn keep_former(
    cx: &mut Cx<'_>,
    user_id: &UserId,
    hash: &PasswordHash,
    limit: u32,
) -> Result<()> {
    let id = cx.app.chance().ulid(cx.now());
    let values = [cx.environment.into(), user_id.into(), id.into(), hash.into()];
    let sql = "INSERT INTO former_passwords (environment_id, user_id, id, hash)
               VALUES ($1, $2, $3, $4)";
    cx.db().execute(sql, &values)?;
    let values = [cx.environment.into(), user_id.into(), i64::from(limit).into()];
    let sql = "DELETE FROM former_passwords WHERE environment_id = $1 AND user_id = $2
               AND id NOT IN (SELECT id FROM former_passwords
                               WHERE environment_id = $1 AND user_id = $2
                               ORDER BY id DESC LIMIT $3)";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn delete_former(cx: &mut Cx<'_>, user_id: &UserId) -> Result<()> {
    let values = [cx.environment.into(), user_id.into()];
    let sql = "DELETE FROM former_passwords WHERE environment_id = $1 AND user_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn delete(cx: &mut Cx<'_>, user_id: &UserId) -> Result<()> {
    let values = [cx.environment.into(), user_id.into()];
    let sql = "DELETE FROM passwords WHERE environment_id = $1 AND user_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}
