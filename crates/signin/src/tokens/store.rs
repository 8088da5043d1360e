//! The SQL of signing keys and JWT templates.
use vestibule_kernel::db::{Row, Tx};
use vestibule_kernel::id::{EnvironmentId, SigningKeyId};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Result};

use super::jwt_template::JwtTemplate;
use super::keys::{Made, PURPOSE, PublicKey};

fn read(mut row: Row) -> Result<PublicKey> {
    Ok(PublicKey {
        kid: row.take()?,
        number: row.take()?,
        modulus: row.take()?,
        exponent: row.take()?,
        certificate: row.take()?,
        thumbprint: row.take()?,
        active_from: row.take()?,
    })
}

pub(super) fn published(cx: &mut Cx<'_>) -> Result<Vec<PublicKey>> {
    let values = [cx.environment.into(), cx.now().into()];
    let sql = "SELECT id, number, modulus, exponent, certificate, thumbprint, active_from
               FROM signing_keys
               WHERE environment_id = $1 AND (verifies_until IS NULL OR verifies_until > $2)
               ORDER BY number DESC";
    cx.db().query(sql, &values)?.into_iter().map(read).collect()
}

/// The environment of a key, where nothing else tells it.
pub(super) fn environment_of(tx: &mut dyn Tx, id: &SigningKeyId) -> Result<Option<EnvironmentId>> {
    let sql = "SELECT environment_id FROM signing_keys WHERE id = $1";
    tx.first(sql, &[id.into()])?.map(|mut row| row.take()).transpose()
}

/// The newest key that has begun to sign.
pub(super) fn current(cx: &mut Cx<'_>) -> Result<Option<(SigningKeyId, String)>> {
    let values = [cx.environment.into(), cx.now().into()];
    let sql = "SELECT id, thumbprint FROM signing_keys
               WHERE environment_id = $1 AND (active_from <= $2 OR number = 1)
               ORDER BY number DESC LIMIT 1";
    let row = cx.db().first(sql, &values)?;
    row.map(|mut row| Ok((row.take()?, row.take()?))).transpose()
}

pub(super) fn private(cx: &mut Cx<'_>, id: &SigningKeyId) -> Result<Option<Vec<u8>>> {
    let values = [cx.environment.into(), id.into()];
    let sql = "SELECT private_key FROM signing_keys WHERE environment_id = $1 AND id = $2";
    cx.db().first(sql, &values)?.map(|mut row| row.take()).transpose()
}

pub(super) fn last_number(cx: &mut Cx<'_>) -> Result<i64> {
    let values = [cx.environment.into()];
    let sql = "SELECT COALESCE(MAX(number), 0) FROM signing_keys WHERE environment_id = $1";
    Ok(cx.db().first(sql, &values)?.map(|mut row| row.take()).transpose()?.unwrap_or_default())
}

/// Says until when the keys that have not been told so yet are published.
pub(super) fn retire_all(cx: &mut Cx<'_>, until: Time) -> Result<()> {
    let values = [cx.environment.into(), until.into()];
    let sql = "UPDATE signing_keys SET verifies_until = $2
               WHERE environment_id = $1 AND verifies_until IS NULL";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Adds a key; answers none where one of this number is there.
pub(super) fn insert(
    cx: &mut Cx<'_>,
    number: i64,
    active_from: Time,
    made: &Made,
) -> Result<Option<PublicKey>> {
    let key = PublicKey {
        kid: SigningKeyId::new(cx),
        number,
        modulus: made.modulus.clone(),
        exponent: made.exponent.clone(),
        certificate: made.certificate.clone(),
        thumbprint: made.thumbprint.clone(),
        active_from,
    };
    let sealed = cx.app.sealer().seal(cx.app.chance(), PURPOSE, &made.private)?;
    let values = [
        (&key.kid).into(),
        cx.environment.into(),
        number.into(),
        sealed.into(),
        (&key.modulus).into(),
        (&key.exponent).into(),
        key.certificate.as_slice().into(),
        (&key.thumbprint).into(),
        active_from.into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO signing_keys
                 (id, environment_id, number, private_key, modulus, exponent, certificate,
                  thumbprint, active_from, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
               ON CONFLICT (environment_id, number) DO NOTHING";
    Ok((cx.db().execute(sql, &values)? == 1).then_some(key))
}

pub(super) fn template(cx: &mut Cx<'_>) -> Result<Option<JwtTemplate>> {
    let values = [cx.environment.into()];
    let sql = "SELECT content, created_at, updated_at FROM jwt_templates WHERE environment_id = $1";
    let read = |mut row: Row| {
        let (content, created_at, updated_at) = (row.take()?, row.take()?, row.take()?);
        Ok(JwtTemplate { object: "jwt_template", content, created_at, updated_at })
    };
    cx.db().first(sql, &values)?.map(read).transpose()
}

pub(super) fn put_template(cx: &mut Cx<'_>, content: &str) -> Result<()> {
    let values = [cx.environment.into(), content.into(), cx.now().into()];
    let sql = "INSERT INTO jwt_templates (environment_id, content, created_at, updated_at)
               VALUES ($1, $2, $3, $3)
               ON CONFLICT (environment_id) DO UPDATE
               SET content = excluded.content, updated_at = excluded.updated_at";
    cx.db().execute(sql, &values).map(|_| ())
}
