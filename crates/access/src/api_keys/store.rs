//! The SQL of API keys. No other module reads or writes this table.
use vestibule_kernel::db::{Json, OnUnique, Row};
use vestibule_kernel::id::{ApiKeyId, OrganizationId, UserId};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, Kind, Result};

use super::{ApiKey, Owner};

const SELECT: &str = "SELECT id, organization_id, user_id, name, obfuscated_value, permissions,
     last_used_at, expires_at, created_at, updated_at FROM api_keys";

fn read(mut row: Row) -> Result<ApiKey> {
    let id = row.take()?;
    let (organization_id, user_id): (OrganizationId, Option<UserId>) = (row.take()?, row.take()?);
    Ok(ApiKey {
        object: "api_key",
        id,
        owner: match user_id {
            None => Owner::Organization { id: organization_id },
            Some(id) => Owner::User { id, organization_id },
        },
        name: row.take()?,
        obfuscated_value: row.take()?,
        permissions: row.take::<Json<_>>()?.0,
        last_used_at: row.take()?,
        expires_at: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &ApiKey, value: &Secret) -> Result<()> {
    let user = match &it.owner {
        Owner::Organization { .. } => None,
        Owner::User { id, .. } => Some(id),
    };
    let values = [
        (&it.id).into(),
        cx.environment.into(),
        it.organization_id().into(),
        user.into(),
        (&it.name).into(),
        value.digest().into(),
        (&it.obfuscated_value).into(),
        Json(&it.permissions).into(),
        it.expires_at.into(),
        it.created_at.into(),
    ];
    let sql = "INSERT INTO api_keys
                 (id, environment_id, organization_id, user_id, name, digest, obfuscated_value,
                  permissions, expires_at, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)";
    cx.db().execute(sql, &values).on_unique("api_keys(environment_id, digest)", || {
        // Only a pinned value can be taken.
        Error::plain(Kind::Conflict, "Another API key has this value.")
    })?;
    Ok(())
}

pub(super) fn get(cx: &mut Cx<'_>, id: &ApiKeyId) -> Result<Option<ApiKey>> {
    let values = [cx.environment.into(), id.into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND id = $2");
    cx.db().first(&sql, &values)?.map(read).transpose()
}

/// The look-up is by digest, so that its time tells nothing about a value.
pub(super) fn get_by_value(cx: &mut Cx<'_>, value: &Secret) -> Result<Option<ApiKey>> {
    let values = [cx.environment.into(), value.digest().into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND digest = $2");
    cx.db().first(&sql, &values)?.map(read).transpose()
}

pub(super) fn has_named(cx: &mut Cx<'_>, owner: &Owner, name: &str) -> Result<bool> {
    let (organization, user) = match owner {
        Owner::Organization { id } => (id, None),
        Owner::User { id, organization_id } => (organization_id, Some(id)),
    };
    let values = [cx.environment.into(), organization.into(), user.into(), name.into()];
    let sql = "SELECT 1 FROM api_keys
               WHERE environment_id = $1 AND organization_id = $2 AND name = $4
                 AND COALESCE(user_id, '') = COALESCE(CAST($3 AS TEXT), '')";
    Ok(cx.db().first(sql, &values)?.is_some())
}

pub(super) fn of_organization(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<Vec<ApiKey>> {
    let values = [cx.environment.into(), id.into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND organization_id = $2 ORDER BY id");
    cx.db().query(&sql, &values)?.into_iter().map(read).collect()
}

pub(super) fn of_user(cx: &mut Cx<'_>, id: &UserId) -> Result<Vec<ApiKey>> {
    let values = [cx.environment.into(), id.into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND user_id = $2 ORDER BY id");
    cx.db().query(&sql, &values)?.into_iter().map(read).collect()
}

/// The keys that the organization itself holds.
pub(super) fn list_of_organization(
    cx: &mut Cx<'_>,
    id: &OrganizationId,
    paging: &Paging,
) -> Result<Page<ApiKey>> {
    Listing::of(cx, "api_keys", SELECT)
        .filter("organization_id = ?", id)
        .and("user_id IS NULL")
        .page(cx, paging, read)
}

pub(super) fn list_of_user(
    cx: &mut Cx<'_>,
    id: &UserId,
    organization: Option<&OrganizationId>,
    paging: &Paging,
) -> Result<Page<ApiKey>> {
    Listing::of(cx, "api_keys", SELECT)
        .filter("user_id = ?", id)
        .filter_some("organization_id = ?", organization)
        .page(cx, paging, read)
}

pub(super) fn set_expiry(cx: &mut Cx<'_>, it: &ApiKey) -> Result<()> {
    let values =
        [cx.environment.into(), (&it.id).into(), it.expires_at.into(), it.updated_at.into()];
    let sql = "UPDATE api_keys SET expires_at = $3, updated_at = $4
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn stamp(cx: &mut Cx<'_>, id: &ApiKeyId, at: Time) -> Result<()> {
    let values = [cx.environment.into(), id.into(), at.into()];
    let sql = "UPDATE api_keys SET last_used_at = $3
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn delete(cx: &mut Cx<'_>, id: &ApiKeyId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM api_keys WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}
