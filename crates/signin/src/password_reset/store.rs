//! The SQL of password resets. No other module reads or writes this table.
use vestibule_kernel::db::Row;
use vestibule_kernel::id::{PasswordResetId, UserId};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Result};

use super::{PasswordReset, PasswordResetSettings, digest};

const SELECT: &str = "SELECT id, user_id, email, sealed_token, expires_at, created_at, closed_at FROM password_resets";

/// What a token is sealed for: its own row, so that nobody can put one in another's place.
fn sealing(id: &PasswordResetId) -> String {
    format!("password_resets.sealed_token {id}")
}

/// A reset, and whether its token is over.
fn read(cx: &mut Cx<'_>, mut row: Row) -> Result<(PasswordReset, bool)> {
    let (id, user_id, email) = (row.take()?, row.take()?, row.take()?);
    let sealed: Vec<u8> = row.take()?;
    let token = cx.app.sealer().open_text(&sealing(&id), &sealed)?;
    let settings: PasswordResetSettings = cx.setting()?;
    let reset = PasswordReset {
        object: "password_reset",
        id,
        user_id,
        email,
        password_reset_url: settings.link(cx, &token),
        password_reset_token: token.reveal().to_owned(),
        expires_at: row.take()?,
        created_at: row.take()?,
    };
    Ok((reset, row.take::<Option<Time>>()?.is_some()))
}

pub(super) fn get(cx: &mut Cx<'_>, id: &PasswordResetId) -> Result<Option<PasswordReset>> {
    let values = [cx.environment.into(), id.into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND id = $2");
    let row = cx.db().first(&sql, &values)?;
    Ok(row.map(|it| read(cx, it)).transpose()?.map(|it| it.0))
}

/// The reset of the token of this digest, and whether it is over.
pub(super) fn get_by_digest(
    cx: &mut Cx<'_>,
    token_digest: &str,
) -> Result<Option<(PasswordReset, bool)>> {
    let values = [cx.environment.into(), token_digest.into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND token_digest = $2");
    let row = cx.db().first(&sql, &values)?;
    row.map(|it| read(cx, it)).transpose()
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &PasswordReset) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        (&it.user_id).into(),
        (&it.email).into(),
        digest(it).into(),
        cx.seal(&sealing(&it.id), &it.password_reset_token)?.into(),
        it.expires_at.into(),
        it.created_at.into(),
    ];
    let sql = "INSERT INTO password_resets (environment_id, id, user_id, email, token_digest,
                 sealed_token, expires_at, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Ends every token of a user.
pub(super) fn close_all(cx: &mut Cx<'_>, user_id: &UserId) -> Result<()> {
    let values = [cx.environment.into(), user_id.into(), cx.now().into()];
    let sql = "UPDATE password_resets SET closed_at = $3
               WHERE environment_id = $1 AND user_id = $2 AND closed_at IS NULL";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn delete_of_user(cx: &mut Cx<'_>, user_id: &UserId) -> Result<()> {
    let values = [cx.environment.into(), user_id.into()];
    let sql = "DELETE FROM password_resets WHERE environment_id = $1 AND user_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn delete_before(cx: &mut Cx<'_>, before: Time) -> Result<u64> {
    let values = [cx.environment.into(), before.into()];
    let sql = "DELETE FROM password_resets WHERE environment_id = $1 AND created_at < $2";
    cx.db().execute(sql, &values)
}
