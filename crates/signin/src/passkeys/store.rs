//! The SQL of passkeys. No other module reads or writes these tables.
use vestibule_kernel::db::{Json, Row};
use vestibule_kernel::id::{AuthenticationFactorId, UserId};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, Result};

use super::Passkey;

/// What proves a passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub cose: Vec<u8>,
    pub algorithm: i32,
    pub sign_count: u32,
    pub backup_eligible: bool,
    pub backed_up: bool,
}

/// A passkey and what is known of it inside alone.
pub(super) struct Stored {
    pub passkey: Passkey,
    pub credential_id: String,
    pub key: Key,
}

const SELECT: &str = "SELECT id, user_id, name, relying_party_id, aaguid, transports,
       backup_eligible, backed_up, last_used_at, created_at, updated_at, credential_id, public_key,
       algorithm, sign_count
  FROM passkeys";

fn read(mut row: Row) -> Result<Stored> {
    let passkey = Passkey {
        object: "passkey",
        id: row.take()?,
        user_id: row.take()?,
        name: row.take()?,
        relying_party_id: row.take()?,
        aaguid: row.take()?,
        transports: row.take::<Json<Vec<String>>>()?.0,
        backup_eligible: row.take()?,
        backed_up: row.take()?,
        last_used_at: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    };
    let (credential_id, cose) = (row.take()?, row.take()?);
    let (algorithm, sign_count): (i64, i64) = (row.take()?, row.take()?);
    let key = Key {
        cose,
        algorithm: i32::try_from(algorithm).map_err(Error::internal)?,
        sign_count: u32::try_from(sign_count).map_err(Error::internal)?,
        backup_eligible: passkey.backup_eligible,
        backed_up: passkey.backed_up,
    };
    Ok(Stored { passkey, credential_id, key })
}

pub(super) fn get(cx: &mut Cx<'_>, id: &AuthenticationFactorId) -> Result<Option<Passkey>> {
    let values = [cx.environment.into(), id.into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND id = $2");
    cx.db().first(&sql, &values)?.map(|row| Ok(read(row)?.passkey)).transpose()
}

pub(super) fn get_by_credential(cx: &mut Cx<'_>, credential_id: &str) -> Result<Option<Stored>> {
    let values = [cx.environment.into(), credential_id.into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND credential_id = $2");
    cx.db().first(&sql, &values)?.map(read).transpose()
}

/// All passkeys of a user, the oldest first. How many there can be is bounded.
pub(super) fn all_of_user(cx: &mut Cx<'_>, user_id: &UserId) -> Result<Vec<Stored>> {
    let values = [cx.environment.into(), user_id.into()];
    let sql =
        format!("{SELECT} WHERE environment_id = $1 AND user_id = $2 ORDER BY created_at, id");
    cx.db().query(&sql, &values)?.into_iter().map(read).collect()
}

pub(super) fn list_of_user(
    cx: &mut Cx<'_>,
    user_id: &UserId,
    paging: &Paging,
) -> Result<Page<Passkey>> {
    Listing::of(cx, "passkeys", SELECT)
        .filter("user_id = ?", user_id)
        .page(cx, paging, |row| Ok(read(row)?.passkey))
}

/// Adds a passkey, and tells whether its credential was new.
pub(super) fn insert(cx: &mut Cx<'_>, it: &Stored) -> Result<bool> {
    let Stored { passkey, credential_id, key } = it;
    let values = [
        (&passkey.id).into(),
        cx.environment.into(),
        (&passkey.user_id).into(),
        credential_id.into(),
        key.cose.as_slice().into(),
        i64::from(key.algorithm).into(),
        i64::from(key.sign_count).into(),
        (&passkey.relying_party_id).into(),
        (&passkey.name).into(),
        passkey.aaguid.as_ref().into(),
        Json(&passkey.transports).into(),
        key.backup_eligible.into(),
        key.backed_up.into(),
        passkey.last_used_at.into(),
        passkey.created_at.into(),
        passkey.updated_at.into(),
    ];
    let sql = "INSERT INTO passkeys
                 (id, environment_id, user_id, credential_id, public_key, algorithm, sign_count,
                  relying_party_id, name, aaguid, transports, backup_eligible, backed_up,
                  last_used_at, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
               ON CONFLICT (environment_id, credential_id) DO NOTHING";
    Ok(cx.db().execute(sql, &values)? > 0)
}

pub(super) fn rename(cx: &mut Cx<'_>, id: &AuthenticationFactorId, name: &str) -> Result<bool> {
    let values = [cx.environment.into(), id.into(), name.into(), cx.now().into()];
    let sql = "UPDATE passkeys SET name = $3, updated_at = $4
               WHERE environment_id = $1 AND id = $2";
    Ok(cx.db().execute(sql, &values)? > 0)
}

/// Notes that a passkey was used.
pub(super) fn note_use(
    cx: &mut Cx<'_>,
    id: &AuthenticationFactorId,
    sign_count: u32,
    backed_up: bool,
) -> Result<()> {
    let values = [
        cx.environment.into(),
        id.into(),
        i64::from(sign_count).into(),
        backed_up.into(),
        cx.now().into(),
    ];
    let sql = "UPDATE passkeys SET sign_count = $3, backed_up = $4, last_used_at = $5
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn delete(cx: &mut Cx<'_>, id: &AuthenticationFactorId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM passkeys WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn delete_of_user(cx: &mut Cx<'_>, user_id: &UserId) -> Result<()> {
    let values = [cx.environment.into(), user_id.into()];
    let sql = "DELETE FROM passkeys WHERE environment_id = $1 AND user_id = $2";
    cx.db().execute(sql, &values)?;
    let sql = "DELETE FROM passkey_users WHERE environment_id = $1 AND user_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// The name by which authenticators know a user; `fresh` where they know none yet.
pub(super) fn handle(cx: &mut Cx<'_>, user_id: &UserId, fresh: &str) -> Result<String> {
    let values = [cx.environment.into(), user_id.into(), fresh.into()];
    // An update that changes nothing has the row returned that was there.
    let sql = "INSERT INTO passkey_users (environment_id, user_id, user_handle) VALUES ($1, $2, $3)
               ON CONFLICT (environment_id, user_id)
                 DO UPDATE SET user_handle = passkey_users.user_handle
               RETURNING user_handle";
    let row = cx.db().first(sql, &values)?;
    row.ok_or_else(|| Error::internal("an upsert returned no row"))?.take()
}

/// The name by which authenticators know a user, if any does.
pub(super) fn known_handle(cx: &mut Cx<'_>, user_id: &UserId) -> Result<Option<String>> {
    let values = [cx.environment.into(), user_id.into()];
    let sql = "SELECT user_handle FROM passkey_users WHERE environment_id = $1 AND user_id = $2";
    cx.db().first(sql, &values)?.map(|mut row| row.take()).transpose()
}

/// When a user was last offered a passkey.
pub(super) fn offered_at(cx: &mut Cx<'_>, user_id: &UserId) -> Result<Option<Time>> {
    let values = [cx.environment.into(), user_id.into()];
    let sql = "SELECT offered_at FROM passkey_users WHERE environment_id = $1 AND user_id = $2";
    let found = cx.db().first(sql, &values)?.map(|mut row| row.take()).transpose()?;
    Ok(found.flatten())
}

pub(super) fn note_offer(cx: &mut Cx<'_>, user_id: &UserId, fresh: &str) -> Result<()> {
    let values = [cx.environment.into(), user_id.into(), fresh.into(), cx.now().into()];
    let sql = "INSERT INTO passkey_users (environment_id, user_id, user_handle, offered_at)
               VALUES ($1, $2, $3, $4)
               ON CONFLICT (environment_id, user_id) DO UPDATE SET offered_at = excluded.offered_at";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Uses a challenge up, and tells whether it was unused.
pub(super) fn spend(cx: &mut Cx<'_>, digest: &str, expires_at: i64) -> Result<bool> {
    let values = [cx.environment.into(), digest.into(), expires_at.into()];
    let sql = "INSERT INTO spent_passkey_challenges (environment_id, digest, expires_at)
               VALUES ($1, $2, $3) ON CONFLICT (environment_id, digest) DO NOTHING";
    Ok(cx.db().execute(sql, &values)? > 0)
}

/// Deletes the challenges that have ended.
pub(super) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    let values = [cx.environment.into(), cx.now().into()];
    let sql = "DELETE FROM spent_passkey_challenges WHERE environment_id = $1 AND expires_at <= $2";
    cx.db().execute(sql, &values)
}
