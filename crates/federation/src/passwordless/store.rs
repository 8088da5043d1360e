//! The SQL of passwordless sessions. No other module reads or writes this table.
use vestibule_kernel::db::Row;
use vestibule_kernel::id::{EnvironmentId, PasswordlessSessionId};
use vestibule_kernel::secret::{Secret, digest_of};
use vestibule_kernel::{App, Cx, Error, Result};

use super::Link;

/// The longest token that is looked up.
const TOKEN_BYTES_MAX: usize = 256;

const SELECT: &str = "SELECT id, email, parameters, expires_at, used_at FROM passwordless_sessions";

/// What parameters are sealed for: their own row, so that nobody can put others in their place.
fn sealing(id: &PasswordlessSessionId) -> String {
    format!("passwordless_sessions.parameters {id}")
}

fn read(app: &App, mut row: Row) -> Result<Link> {
    let (id, email) = (row.take()?, row.take()?);
    let sealed: Vec<u8> = row.take()?;
    let plain = app.sealer().open(&sealing(&id), &sealed)?;
    Ok(Link {
        id,
        email,
        remembered: serde_json::from_slice(&plain).map_err(Error::internal)?,
        expires_at: row.take()?,
        used_at: row.take()?,
    })
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &Link) -> Result<()> {
    let parameters = serde_json::to_string(&it.remembered).map_err(Error::internal)?;
    let values = [
        (&it.id).into(),
        cx.environment.into(),
        digest_of(&it.remembered.token).into(),
        (&it.email).into(),
        cx.seal(&sealing(&it.id), &parameters)?.into(),
        it.expires_at.into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO passwordless_sessions
                 (id, environment_id, digest, email, parameters, expires_at, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn get(cx: &mut Cx<'_>, id: &PasswordlessSessionId) -> Result<Option<Link>> {
    let app = cx.app;
    let values = [cx.environment.into(), id.into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND id = $2");
    cx.db().first(&sql, &values)?.map(|it| read(app, it)).transpose()
}

pub(super) fn get_by_token(cx: &mut Cx<'_>, token: &Secret) -> Result<Option<Link>> {
    let app = cx.app;
    let values = [cx.environment.into(), token.digest().into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND digest = $2");
    cx.db().first(&sql, &values)?.map(|it| read(app, it)).transpose()
}

/// The environment that a token belongs to.
pub(super) fn environment_of(app: &App, token: &Secret) -> Result<Option<EnvironmentId>> {
    if token.reveal().len() > TOKEN_BYTES_MAX {
        return Ok(None);
    }
    app.db().read(|tx| {
        let sql = "SELECT environment_id FROM passwordless_sessions WHERE digest = $1";
        tx.first(sql, &[token.digest().into()])?.map(|mut row| row.take()).transpose()
    })
}

/// Uses a link up; tells whether it was this call that did.
pub(super) fn use_up(cx: &mut Cx<'_>, id: &PasswordlessSessionId) -> Result<bool> {
    let values = [cx.environment.into(), id.into(), cx.now().into()];
    let sql = "UPDATE passwordless_sessions SET used_at = $3
               WHERE environment_id = $1 AND id = $2 AND used_at IS NULL";
    Ok(cx.db().execute(sql, &values)? == 1)
}

pub(super) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    let values = [cx.environment.into(), cx.now().into()];
    let sql = "DELETE FROM passwordless_sessions WHERE environment_id = $1 AND expires_at <= $2";
    cx.db().execute(sql, &values)
}
