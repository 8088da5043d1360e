//! The SQL of users. No other module reads or writes this table.
use vestibule_kernel::db::{Json, Row, Value};
use vestibule_kernel::id::UserId;
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Result};

use super::User;
use super::email::fold;

/// The constraint that keeps e-mail addresses unique.
pub(super) const EMAIL: &str = "users(environment_id, email_folded)";
/// The constraint that keeps external ids unique.
pub(super) const EXTERNAL_ID: &str = "users(environment_id, external_id)";

/// The columns, in the order in which [`read`] takes them.
macro_rules! select {
    ($from:literal) => {
        concat!(
            "SELECT u.id, u.email, u.email_verified, u.first_name, u.last_name, u.name, ",
            "u.profile_picture_url, u.external_id, u.metadata, u.locale, u.last_sign_in_at, ",
            "u.created_at, u.updated_at FROM ",
            $from
        )
    };
}

const USERS: &str = select!("users u");

fn read(mut row: Row) -> Result<User> {
    Ok(User {
        object: "user",
        id: row.take()?,
        email: row.take()?,
        email_verified: row.take()?,
        first_name: row.take()?,
        last_name: row.take()?,
        name: row.take()?,
        profile_picture_url: row.take()?,
        external_id: row.take()?,
        metadata: row.take::<Json<_>>()?.0,
        locale: row.take()?,
        last_sign_in_at: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

fn first(cx: &mut Cx<'_>, column: &str, value: Value) -> Result<Option<User>> {
    let values = [cx.environment.into(), value];
    let sql = format!("{USERS} WHERE u.environment_id = $1 AND u.{column} = $2");
    cx.db().first(&sql, &values)?.map(read).transpose()
}

pub(super) fn oldest(cx: &mut Cx<'_>, most: i64) -> Result<Vec<User>> {
    let values = [cx.environment.into(), Value::Int(most)];
    let sql = format!("{USERS} WHERE u.environment_id = $1 ORDER BY u.created_at, u.id LIMIT $2");
    cx.db().query(&sql, &values)?.into_iter().map(read).collect()
}

pub(super) fn get(cx: &mut Cx<'_>, id: &UserId) -> Result<Option<User>> {
    first(cx, "id", id.into())
}

pub(super) fn get_all(cx: &mut Cx<'_>, ids: &[UserId]) -> Result<Vec<User>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = vec![cx.environment.into()];
    let places = crate::statement::one_of(&mut values, ids);
    let sql = format!("{USERS} WHERE u.environment_id = $1 AND u.id IN ({places})");
    cx.db().query(&sql, &values)?.into_iter().map(read).collect()
}

pub(super) fn get_by_email(cx: &mut Cx<'_>, email: &str) -> Result<Option<User>> {
    first(cx, "email_folded", fold(email).into())
}

pub(super) fn get_by_external_id(cx: &mut Cx<'_>, external_id: &str) -> Result<Option<User>> {
    first(cx, "external_id", external_id.into())
}

/// Up to how many members an organization's list begins with them.
const FEW_MEMBERS: i64 = 2000;

/// What a list keeps.
pub(super) struct Filter {
    pub email: Option<String>,
    pub organization_id: Option<String>,
}

// The memberships are another module's. They are read here, by their indexes, because the list of an
// organization could not be paged otherwise.
pub(super) fn list(cx: &mut Cx<'_>, paging: &Paging, filter: Filter) -> Result<Page<User>> {
    let Filter { email, organization_id } = filter;
    let listing = match organization_id {
        None => Listing::of(cx, "u", USERS),
        Some(id) if has_few_members(cx, &id)? => {
            // `CROSS JOIN` has SQLite begin with the members.
            Listing::of(cx, "u", select!("organization_memberships m CROSS JOIN users u"))
                .filter("m.environment_id = $1 AND m.organization_id = ?", id)
                .and("m.status = 'active' AND m.user_id = u.id")
        }
        Some(id) => Listing::of(cx, "u", USERS).filter(
            "EXISTS (SELECT 1 FROM organization_memberships m
                      WHERE m.environment_id = $1 AND m.user_id = u.id AND m.organization_id = ?
                        AND m.status = 'active')",
            id,
        ),
    };
    listing.filter_some("u.email_folded = ?", email.map(|it| fold(&it))).page(cx, paging, read)
}

/// Whether it is quicker to go through the members of an organization than through all users in
/// the order of the list.
fn has_few_members(cx: &mut Cx<'_>, organization_id: &str) -> Result<bool> {
    let values = [cx.environment.into(), organization_id.into(), (FEW_MEMBERS + 1).into()];
    let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM organization_memberships
                 WHERE environment_id = $1 AND organization_id = $2 LIMIT $3) AS members";
    let count: i64 = cx.db().first(sql, &values)?.map_or(Ok(0), |mut row| row.take())?;
    Ok(count <= FEW_MEMBERS)
}

/// Whether a directory looks after the user, who then is not ours to change.
pub(super) fn is_directory_managed(cx: &mut Cx<'_>, id: &UserId) -> Result<bool> {
    let values = [cx.environment.into(), id.into()];
    let sql = "SELECT 1 FROM organization_memberships
               WHERE environment_id = $1 AND user_id = $2 AND directory_managed LIMIT 1";
    cx.db().first(sql, &values).map(|it| it.is_some())
}

fn columns(cx: &Cx<'_>, it: &User) -> [Value; 15] {
    [
        cx.environment.into(),
        (&it.id).into(),
        (&it.email).into(),
        fold(&it.email).into(),
        it.email_verified.into(),
        it.first_name.as_deref().into(),
        it.last_name.as_deref().into(),
        it.name.as_deref().into(),
        it.profile_picture_url.as_deref().into(),
        it.external_id.as_ref().into(),
        Json(&it.metadata).into(),
        it.locale.as_deref().into(),
        it.last_sign_in_at.into(),
        it.created_at.into(),
        it.updated_at.into(),
    ]
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &User) -> Result<()> {
    let sql = "INSERT INTO users (environment_id, id, email, email_folded, email_verified,
                 first_name, last_name, name, profile_picture_url, external_id, metadata, locale,
                 last_sign_in_at, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    let values = columns(cx, it);
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn update(cx: &mut Cx<'_>, it: &User) -> Result<()> {
    let sql = "UPDATE users SET email = $3, email_folded = $4, email_verified = $5,
                 first_name = $6, last_name = $7, name = $8, profile_picture_url = $9,
                 external_id = $10, metadata = $11, locale = $12, last_sign_in_at = $13,
                 created_at = $14, updated_at = $15
               WHERE environment_id = $1 AND id = $2";
    let values = columns(cx, it);
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn are_there(cx: &mut Cx<'_>) -> Result<bool> {
    let values = [cx.environment.into()];
    let sql = "SELECT 1 FROM users WHERE environment_id = $1 LIMIT 1";
    Ok(cx.db().first(sql, &values)?.is_some())
}

pub(super) fn delete(cx: &mut Cx<'_>, id: &UserId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM users WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn stamp_sign_in(cx: &mut Cx<'_>, id: &UserId) -> Result<()> {
    let values = [cx.environment.into(), id.into(), cx.now().into()];
    let sql = "UPDATE users SET last_sign_in_at = $3 WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn end_sessions(cx: &mut Cx<'_>, id: &UserId) -> Result<()> {
    // Not the instant at which the operation began: while it hashed a new password, somebody may
    // have signed in with the old one.
    let values = [cx.environment.into(), id.into(), cx.later().into()];
    let sql = "UPDATE users SET sessions_valid_after = $3 WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn sessions_valid_after(cx: &mut Cx<'_>, id: &UserId) -> Result<Option<Time>> {
    let values = [cx.environment.into(), id.into()];
    let sql = "SELECT sessions_valid_after FROM users WHERE environment_id = $1 AND id = $2";
    match cx.db().first(sql, &values)? {
        Some(mut row) => row.take(),
        None => Ok(None),
    }
}
