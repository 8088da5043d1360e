//! The SQL of passwords. No other module reads or writes these tables.
use vestibule_kernel::db::Json;
use vestibule_kernel::id::{OrganizationId, UserId};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Result};

use super::{OrganizationPasswordPolicy, PasswordHash};
use crate::statement::one_of;

/// How many organizations one statement asks about.
const IDS_MAX: usize = 512;

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

/// What an organization asks of passwords, if it has said so.
pub(super) fn policy(
    cx: &mut Cx<'_>,
    id: &OrganizationId,
) -> Result<Option<OrganizationPasswordPolicy>> {
    Ok(policies_of(cx, std::slice::from_ref(id))?.pop())
}

/// What those of the organizations ask that have said so.
pub(super) fn policies_of(
    cx: &mut Cx<'_>,
    ids: &[OrganizationId],
) -> Result<Vec<OrganizationPasswordPolicy>> {
    let mut policies = Vec::new();
    for some in ids.chunks(IDS_MAX) {
        let mut values = vec![cx.environment.into()];
        let places = one_of(&mut values, some);
        let sql = format!(
            "SELECT policy FROM organization_password_policies
             WHERE environment_id = $1 AND organization_id IN ({places})"
        );
        for mut row in cx.db().query(&sql, &values)? {
            policies.push(row.take::<Json<OrganizationPasswordPolicy>>()?.0);
        }
    }
    Ok(policies)
}

pub(super) fn put_policy(
    cx: &mut Cx<'_>,
    id: &OrganizationId,
    policy: &OrganizationPasswordPolicy,
) -> Result<()> {
    let values = [cx.environment.into(), id.into(), Json(policy).into(), cx.now().into()];
    let sql = "INSERT INTO organization_password_policies
                 (environment_id, organization_id, policy, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $4)
               ON CONFLICT (environment_id, organization_id) DO UPDATE
               SET policy = excluded.policy, updated_at = excluded.updated_at";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn delete_policy(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM organization_password_policies
               WHERE environment_id = $1 AND organization_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}
