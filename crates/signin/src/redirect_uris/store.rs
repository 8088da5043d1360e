//! The SQL of redirect URIs.
use vestibule_kernel::db::Row;
use vestibule_kernel::id::RedirectUriId;
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::{Cx, Result};

use super::RedirectUri;

fn read(mut row: Row) -> Result<RedirectUri> {
    Ok(RedirectUri {
        object: "redirect_uri",
        id: row.take()?,
        uri: row.take()?,
        default: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

pub(super) fn list(cx: &mut Cx<'_>, paging: &Paging) -> Result<Page<RedirectUri>> {
    let select = "SELECT id, uri, is_default, created_at, updated_at FROM redirect_uris";
    Listing::of(cx, "redirect_uris", select).page(cx, paging, read)
}

/// All of them: an environment has few.
pub(super) fn list_all(cx: &mut Cx<'_>) -> Result<Vec<RedirectUri>> {
    let values = [cx.environment.into()];
    let sql = "SELECT id, uri, is_default, created_at, updated_at FROM redirect_uris
               WHERE environment_id = $1 ORDER BY created_at, id";
    cx.db().query(sql, &values)?.into_iter().map(read).collect()
}

pub(super) fn get(cx: &mut Cx<'_>, id: &RedirectUriId) -> Result<Option<RedirectUri>> {
    let values = [cx.environment.into(), id.into()];
    let sql = "SELECT id, uri, is_default, created_at, updated_at FROM redirect_uris
               WHERE environment_id = $1 AND id = $2";
    cx.db().first(sql, &values)?.map(read).transpose()
}

pub(super) fn default(cx: &mut Cx<'_>) -> Result<Option<RedirectUri>> {
    let values = [cx.environment.into()];
    let sql = "SELECT id, uri, is_default, created_at, updated_at FROM redirect_uris
               WHERE environment_id = $1 AND is_default";
    cx.db().first(sql, &values)?.map(read).transpose()
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &RedirectUri) -> Result<()> {
    let values = [
        (&it.id).into(),
        cx.environment.into(),
        (&it.uri).into(),
        it.default.into(),
        it.created_at.into(),
        it.updated_at.into(),
    ];
    let sql = "INSERT INTO redirect_uris
                 (id, environment_id, uri, is_default, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6)";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Makes an address the only default.
pub(super) fn make_default(cx: &mut Cx<'_>, id: &RedirectUriId) -> Result<()> {
    // In two statements: at no moment may there be two.
    let values = [cx.environment.into(), cx.now().into()];
    let sql = "UPDATE redirect_uris SET is_default = FALSE, updated_at = $2
               WHERE environment_id = $1 AND is_default";
    cx.db().execute(sql, &values)?;
    let values = [cx.environment.into(), cx.now().into(), id.into()];
    let sql = "UPDATE redirect_uris SET is_default = TRUE, updated_at = $2
               WHERE environment_id = $1 AND id = $3";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn delete(cx: &mut Cx<'_>, id: &RedirectUriId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM redirect_uris WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}
