//! The SQL of memberships. Other modules read the table where their lists could not be paged
//! otherwise; none writes it.
use serde_json::{Map, Value as JsonValue};
use vestibule_kernel::db::{Json, OnUnique, Row, Value};
use vestibule_kernel::id::{GroupId, OrganizationId, OrganizationMembershipId, UserId};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, Result};

use super::{Standing, Status};
use crate::roles::numbers;
use crate::statement::one_of;

/// The columns, in the order in which [`read`] takes them. The name of the organization is read
/// with them, so that a list needs no further query for it.
macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT m.id, m.user_id, m.organization_id, m.status, m.directory_managed, ",
            "m.custom_attributes, m.created_at, m.updated_at, o.name ",
            "FROM organization_memberships m ",
            "LEFT JOIN organizations o ",
            "ON o.environment_id = m.environment_id AND o.id = m.organization_id ",
            $tail
        )
    };
}

/// A row of the table.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) id: OrganizationMembershipId,
    pub(crate) user_id: UserId,
    pub(crate) organization_id: OrganizationId,
    pub(crate) status: Status,
    pub(crate) directory_managed: bool,
    pub(crate) custom_attributes: Map<String, JsonValue>,
    pub(crate) created_at: Time,
    pub(crate) updated_at: Time,
    /// Empty only while the organization is being deleted.
    pub(crate) organization_name: String,
}

fn read(mut row: Row) -> Result<Record> {
    Ok(Record {
        id: row.take()?,
        user_id: row.take()?,
        organization_id: row.take()?,
        status: row.take()?,
        directory_managed: row.take()?,
        custom_attributes: row.take::<Json<_>>()?.0,
        created_at: row.take()?,
        updated_at: row.take()?,
        organization_name: row.take::<Option<_>>()?.unwrap_or_default(),
    })
}

fn query(cx: &mut Cx<'_>, sql: &str, values: &[Value]) -> Result<Vec<Record>> {
    cx.db().query(sql, values)?.into_iter().map(read).collect()
}

fn first(cx: &mut Cx<'_>, sql: &str, values: &[Value]) -> Result<Option<Record>> {
    cx.db().first(sql, values)?.map(read).transpose()
}

pub(super) fn get(cx: &mut Cx<'_>, id: &OrganizationMembershipId) -> Result<Option<Record>> {
    let values = [cx.environment.into(), id.into()];
    first(cx, select!("WHERE m.environment_id = $1 AND m.id = $2"), &values)
}

pub(super) fn get_all(cx: &mut Cx<'_>, ids: &[OrganizationMembershipId]) -> Result<Vec<Record>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = vec![cx.environment.into()];
    let places = one_of(&mut values, ids);
    let sql = format!(
        "{} ({places}) ORDER BY m.created_at, m.id",
        select!("WHERE m.environment_id = $1 AND m.id IN")
    );
    query(cx, &sql, &values)
}

pub(super) fn of_user_and_organization(
    cx: &mut Cx<'_>,
    user: &UserId,
    organization: &OrganizationId,
) -> Result<Option<Record>> {
    let values = [cx.environment.into(), user.into(), organization.into()];
    let sql = select!("WHERE m.environment_id = $1 AND m.user_id = $2 AND m.organization_id = $3");
    first(cx, sql, &values)
}

pub(super) fn active_of_user(cx: &mut Cx<'_>, user: &UserId) -> Result<Vec<Record>> {
    let values = [cx.environment.into(), user.into(), Status::Active.into()];
    let sql = select!(
        "WHERE m.environment_id = $1 AND m.user_id = $2 AND m.status = $3
         ORDER BY m.created_at, m.id"
    );
    query(cx, sql, &values)
}

/// What a list keeps.
pub(super) struct Filter {
    pub(super) user_id: Option<UserId>,
    pub(super) organization_id: Option<OrganizationId>,
    pub(super) statuses: Vec<Status>,
}

pub(super) fn list(cx: &mut Cx<'_>, paging: &Paging, filter: Filter) -> Result<Page<Record>> {
    let Filter { user_id, organization_id, statuses } = filter;
    Listing::of(cx, "m", select!(""))
        .filter_some("m.user_id = ?", user_id)
        .filter_some("m.organization_id = ?", organization_id)
        .filter_in("m.status", statuses)
        .page(cx, paging, read)
}

/// The memberships in a group.
pub(super) fn list_of_group(
    cx: &mut Cx<'_>,
    paging: &Paging,
    group: &GroupId,
) -> Result<Page<Record>> {
    Listing::of(cx, "m", select!(""))
        .filter(
            "m.id IN (SELECT membership_id FROM group_members
                      WHERE environment_id = $1 AND group_id = ?)",
            group,
        )
        .page(cx, paging, read)
}

/// The active memberships of an organization that these conditions keep.
pub(super) fn list_active_where(
    cx: &mut Cx<'_>,
    paging: &Paging,
    organization: &OrganizationId,
    conditions: Vec<(String, Vec<Value>)>,
) -> Result<Page<Record>> {
    let list = Listing::of(cx, "m", select!(""))
        .filter("m.organization_id = ?", organization)
        .filter("m.status = ?", Status::Active);
    let keep =
        |list: Listing, (condition, values): (String, _)| list.filter_each(&condition, values);
    conditions.into_iter().fold(list, keep).page(cx, paging, read)
}

/// All of it is in one index, which SQLite takes where it is asked for a range of ids: for one id alone
/// it would take the primary key, and go on to the row.
const STANDING: &str = "SELECT number, organization, organization_id, status
FROM organization_memberships WHERE environment_id = $1 AND id BETWEEN $2 AND $2";

pub(super) fn standing(cx: &mut Cx<'_>, id: &OrganizationMembershipId) -> Result<Option<Standing>> {
    let values = [cx.environment.into(), id.into()];
    let read = |mut row: Row| {
        let (number, organization) = (row.take()?, row.take()?);
        let (organization_id, status) = (row.take()?, row.take()?);
        Ok(Standing { number, organization, organization_id, status })
    };
    cx.db().first(STANDING, &values)?.map(read).transpose()
}

/// Some of the memberships of an organization that is gone.
pub(super) fn some_of_organization(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    count: i64,
) -> Result<Vec<Record>> {
    let values = [cx.environment.into(), organization.into(), count.into()];
    let sql = select!(
        "WHERE m.environment_id = $1 AND m.organization_id = $2
         ORDER BY m.created_at, m.id LIMIT $3"
    );
    query(cx, sql, &values)
}

/// Some of the memberships of a user who is gone.
pub(super) fn some_of_user(cx: &mut Cx<'_>, user: &UserId, count: i64) -> Result<Vec<Record>> {
    let values = [cx.environment.into(), user.into(), count.into()];
    let sql = select!(
        "WHERE m.environment_id = $1 AND m.user_id = $2
         ORDER BY m.created_at, m.id LIMIT $3"
    );
    query(cx, sql, &values)
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &Record, taken: impl FnOnce() -> Error) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        (&it.user_id).into(),
        (&it.organization_id).into(),
        it.status.into(),
        it.directory_managed.into(),
        Json(&it.custom_attributes).into(),
        it.created_at.into(),
        it.updated_at.into(),
        numbers::of_membership(cx, &it.id)?.into(),
        numbers::of_organization(cx, &it.organization_id)?.into(),
    ];
    cx.db()
        .execute(
            "INSERT INTO organization_memberships
               (environment_id, id, user_id, organization_id, status, directory_managed,
                custom_attributes, created_at, updated_at, number, organization)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            &values,
        )
        .on_unique("organization_memberships(environment_id, user_id, organization_id)", taken)
        .map(|_| ())
}

/// Saves the state of a membership and when it was changed.
pub(super) fn update(cx: &mut Cx<'_>, it: &Record) -> Result<()> {
    let values = [cx.environment.into(), (&it.id).into(), it.status.into(), it.updated_at.into()];
    let sql = "UPDATE organization_memberships SET status = $3, updated_at = $4
               WHERE environment_id = $1 AND id = $2";
    cx.touch(it.organization_id.as_str());
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn delete(cx: &mut Cx<'_>, it: &Record) -> Result<()> {
    cx.touch(it.organization_id.as_str());
    let values = [cx.environment.into(), (&it.id).into()];
    let sql = "DELETE FROM organization_memberships WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

#[cfg(test)]
mod tests {
    use vestibule_kernel::testing::sqlite_plan;

    use super::STANDING;

    #[test]
    fn what_a_check_asks_of_a_membership_is_all_in_one_index() {
        let plan = sqlite_plan(STANDING);
        let index = "USING COVERING INDEX organization_memberships_in_checks";
        assert!(plan.len() == 1 && plan[0].contains(index), "{plan:#?}");
    }
}
