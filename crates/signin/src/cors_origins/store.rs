//! The SQL of CORS origins.
use vestibule_kernel::db::{Row, Tx};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::{Cx, Result};

use super::CorsOrigin;

fn read(mut row: Row) -> Result<CorsOrigin> {
    Ok(CorsOrigin {
        object: "cors_origin",
        id: row.take()?,
        origin: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

pub(super) fn list(cx: &mut Cx<'_>, paging: &Paging) -> Result<Page<CorsOrigin>> {
    let select = "SELECT id, origin, created_at, updated_at FROM cors_origins";
    Listing::of(cx, "cors_origins", select).page(cx, paging, read)
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &CorsOrigin) -> Result<()> {
    let values = [
        (&it.id).into(),
        cx.environment.into(),
        (&it.origin).into(),
        it.created_at.into(),
        it.updated_at.into(),
    ];
    let sql = "INSERT INTO cors_origins (id, environment_id, origin, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5)";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn holds(cx: &mut Cx<'_>, origin: &str) -> Result<bool> {
    let values = [cx.environment.into(), origin.into()];
    let sql = "SELECT 1 FROM cors_origins WHERE environment_id = $1 AND origin = $2";
    Ok(cx.db().first(sql, &values)?.is_some())
}

pub(super) fn held_anywhere(tx: &mut dyn Tx, origin: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM cors_origins WHERE origin = $1 LIMIT 1
               -- global: a preflight request names no environment";
    Ok(tx.first(sql, &[origin.into()])?.is_some())
}
