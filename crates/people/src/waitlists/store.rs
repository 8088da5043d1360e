//! The SQL of waitlists and their entries. No other module reads or writes these tables.
use std::collections::BTreeMap;

use vestibule_kernel::db::{Json, Row};
use vestibule_kernel::id::{WaitlistEntryId, WaitlistId};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::{Cx, Error, Result};

use super::{EntryState, Waitlist, WaitlistEntry};
use crate::users::fold;

const WAITLISTS: &str = "SELECT id, created_at, updated_at FROM waitlists";
const ENTRIES: &str = "SELECT id, email, state, approved_at, waitlist_id, additional_fields,
                              created_at, updated_at
                       FROM waitlist_entries";

fn read(mut row: Row) -> Result<Waitlist> {
    Ok(Waitlist {
        object: "waitlist",
        id: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

fn read_entry(mut row: Row) -> Result<WaitlistEntry> {
    Ok(WaitlistEntry {
        object: "waitlist_entry",
        id: row.take()?,
        email: row.take()?,
        state: {
            let name: String = row.take()?;
            let found = EntryState::ALL.into_iter().find(|it| it.name() == name);
            found.ok_or_else(|| Error::internal(format!("no state is named '{name}'")))?
        },
        approved_at: row.take()?,
        waitlist_id: row.take()?,
        additional_fields: row.take::<Json<BTreeMap<String, String>>>()?.0,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

/// All of them, oldest first: there are few.
pub(super) fn list(cx: &mut Cx<'_>) -> Result<Vec<Waitlist>> {
    let values = [cx.environment.into()];
    let sql = format!("{WAITLISTS} WHERE environment_id = $1 ORDER BY created_at, id LIMIT 100");
    cx.db().query(&sql, &values)?.into_iter().map(read).collect()
}

pub(super) fn get(cx: &mut Cx<'_>, id: &WaitlistId) -> Result<Option<Waitlist>> {
    let values = [cx.environment.into(), id.into()];
    let sql = format!("{WAITLISTS} WHERE environment_id = $1 AND id = $2");
    cx.db().first(&sql, &values)?.map(read).transpose()
}

pub(super) fn get_default(cx: &mut Cx<'_>) -> Result<Option<Waitlist>> {
    let values = [cx.environment.into(), true.into()];
    let sql = format!("{WAITLISTS} WHERE environment_id = $1 AND is_default = $2");
    cx.db().first(&sql, &values)?.map(read).transpose()
}

/// The default waitlist, made where there is none.
pub(super) fn ensure_default(cx: &mut Cx<'_>) -> Result<Waitlist> {
    let values = [WaitlistId::new(cx).into(), cx.environment.into(), true.into(), cx.now().into()];
    let sql = "INSERT INTO waitlists (id, environment_id, is_default, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $4) ON CONFLICT DO NOTHING";
    if get_default(cx)?.is_none() {
        cx.db().execute(sql, &values)?;
    }
    get_default(cx)?.ok_or_else(|| Error::internal("the default waitlist was not made"))
}

pub(super) fn get_entry(cx: &mut Cx<'_>, id: &WaitlistEntryId) -> Result<Option<WaitlistEntry>> {
    let values = [cx.environment.into(), id.into()];
    let sql = format!("{ENTRIES} WHERE environment_id = $1 AND id = $2");
    cx.db().first(&sql, &values)?.map(read_entry).transpose()
}

pub(super) fn get_by_email(cx: &mut Cx<'_>, folded: &str) -> Result<Option<WaitlistEntry>> {
    let values = [cx.environment.into(), folded.into()];
    let sql = format!("{ENTRIES} WHERE environment_id = $1 AND email_folded = $2");
    cx.db().first(&sql, &values)?.map(read_entry).transpose()
}

pub(super) fn list_entries(
    cx: &mut Cx<'_>,
    paging: &Paging,
    waitlist: &WaitlistId,
    state: Option<EntryState>,
    email: Option<&str>,
) -> Result<Page<WaitlistEntry>> {
    Listing::of(cx, "waitlist_entries", ENTRIES)
        .filter("waitlist_id = ?", waitlist)
        .filter_some("state = ?", state.map(EntryState::name))
        .filter_some("email_folded = ?", email.map(fold))
        .page(cx, paging, read_entry)
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &WaitlistEntry) -> Result<()> {
    let values = [
        (&it.id).into(),
        cx.environment.into(),
        (&it.waitlist_id).into(),
        (&it.email).into(),
        fold(&it.email).into(),
        it.state.name().into(),
        it.approved_at.into(),
        Json(&it.additional_fields).into(),
        it.created_at.into(),
        it.updated_at.into(),
    ];
    let sql = "INSERT INTO waitlist_entries
                 (id, environment_id, waitlist_id, email, email_folded, state, approved_at,
                  additional_fields, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn update(cx: &mut Cx<'_>, it: &WaitlistEntry) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        it.state.name().into(),
        it.approved_at.into(),
        it.updated_at.into(),
    ];
    let sql = "UPDATE waitlist_entries SET state = $3, approved_at = $4, updated_at = $5
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn delete(cx: &mut Cx<'_>, id: &WaitlistEntryId) -> Result<bool> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM waitlist_entries WHERE environment_id = $1 AND id = $2";
    Ok(cx.db().execute(sql, &values)? > 0)
}
