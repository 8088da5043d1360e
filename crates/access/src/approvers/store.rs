//! The SQL of approvers. `kernel/src/agent` reads this table, too; nobody else writes it.
use vestibule_kernel::db::Row;
use vestibule_kernel::id::ApproverId;
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Cx, Result};

use super::Approver;

const SELECT: &str = "SELECT id, name, obfuscated_value, created_at FROM approvers";

fn read(mut row: Row) -> Result<Approver> {
    Ok(Approver {
        object: "approver",
        id: row.take()?,
        name: row.take()?,
        obfuscated_value: row.take()?,
        created_at: row.take()?,
    })
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &Approver, value: &Secret) -> Result<()> {
    let values = [
        (&it.id).into(),
        cx.environment.into(),
        (&it.name).into(),
        value.digest().into(),
        (&it.obfuscated_value).into(),
        it.created_at.into(),
    ];
    let sql = "INSERT INTO approvers
                 (id, environment_id, name, digest, obfuscated_value, created_at)
               VALUES ($1, $2, $3, $4, $5, $6)";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn list(cx: &mut Cx<'_>, paging: &Paging) -> Result<Page<Approver>> {
    Listing::of(cx, "approvers", SELECT).page(cx, paging, read)
}

/// What is kept in memory of the key goes with it.
pub(super) fn delete(cx: &mut Cx<'_>, id: &ApproverId) -> Result<u64> {
    cx.touch_all();
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM approvers WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values)
}
