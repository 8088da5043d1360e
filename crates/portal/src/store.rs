//! The SQL of links to the portal. No other module reads or writes this table.
use vestibule_kernel::db::{Json, Row};
use vestibule_kernel::id::{EnvironmentId, OrganizationId, PortalLinkId};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{App, Cx, Result};

use super::{Intent, KEPT_DAYS, Link};

/// The longest token that is looked up.
const TOKEN_BYTES_MAX: usize = 256;

macro_rules! select {
    () => {
        "SELECT id, organization_id, intent, external_user_id, parameters, expires_at, revoked_at,
                opened_at, seen_at, ended_at, created_at, updated_at
         FROM portal_links"
    };
}

fn read(mut row: Row) -> Result<Link> {
    Ok(Link {
        id: row.take()?,
        organization_id: row.take()?,
        intent: row.take::<Option<String>>()?.map(|it| Intent::parse(&it)).transpose()?,
        external_user_id: row.take()?,
        parameters: row.take::<Json<_>>()?.0,
        expires_at: row.take()?,
        revoked_at: row.take()?,
        opened_at: row.take()?,
        seen_at: row.take()?,
        ended_at: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &Link, token: &Secret) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        (&it.organization_id).into(),
        it.intent.map(Intent::name).into(),
        it.external_user_id.as_ref().into(),
        Json(&it.parameters).into(),
        token.digest().into(),
        it.expires_at.into(),
        it.created_at.into(),
    ];
    let sql = "INSERT INTO portal_links
                 (environment_id, id, organization_id, intent, external_user_id, parameters, digest,
                  expires_at, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn get(cx: &mut Cx<'_>, id: &PortalLinkId) -> Result<Option<Link>> {
    let values = [cx.environment.into(), id.into()];
    let sql = concat!(select!(), " WHERE environment_id = $1 AND id = $2");
    cx.db().first(sql, &values)?.map(read).transpose()
}

pub(super) fn get_by_token(cx: &mut Cx<'_>, token: &Secret) -> Result<Option<Link>> {
    let values = [cx.environment.into(), token.digest().into()];
    let sql = concat!(select!(), " WHERE environment_id = $1 AND digest = $2");
    cx.db().first(sql, &values)?.map(read).transpose()
}

pub(super) fn get_by_session(cx: &mut Cx<'_>, token: &Secret) -> Result<Option<Link>> {
    let values = [cx.environment.into(), token.digest().into()];
    let sql = concat!(select!(), " WHERE environment_id = $1 AND session_digest = $2");
    cx.db().first(sql, &values)?.map(read).transpose()
}

/// The environment of a link.
pub(super) fn environment_of_token(app: &App, token: &Secret) -> Result<Option<EnvironmentId>> {
    let sql = "SELECT environment_id FROM portal_links WHERE digest = $1";
    environment_by(app, sql, token)
}

/// The environment of a session.
pub(super) fn environment_of_session(app: &App, token: &Secret) -> Result<Option<EnvironmentId>> {
    let sql = "SELECT environment_id FROM portal_links WHERE session_digest = $1";
    environment_by(app, sql, token)
}

fn environment_by(app: &App, sql: &str, token: &Secret) -> Result<Option<EnvironmentId>> {
    if token.reveal().len() > TOKEN_BYTES_MAX {
        return Ok(None);
    }
    app.db()
        .read(|tx| tx.first(sql, &[token.digest().into()])?.map(|mut row| row.take()).transpose())
}

pub(super) fn list(
    cx: &mut Cx<'_>,
    paging: &Paging,
    organization: Option<&OrganizationId>,
) -> Result<Page<Link>> {
    Listing::of(cx, "portal_links", select!())
        .filter_some("organization_id = ?", organization)
        .page(cx, paging, read)
}

/// Opens a session; tells whether it was this call that did.
pub(super) fn open(cx: &mut Cx<'_>, id: &PortalLinkId, session: &Secret) -> Result<bool> {
    let now = cx.now();
    let values = [cx.environment.into(), id.into(), now.into(), session.digest().into()];
    let sql = "UPDATE portal_links
               SET opened_at = $3, seen_at = $3, updated_at = $3, session_digest = $4
               WHERE environment_id = $1 AND id = $2 AND opened_at IS NULL AND revoked_at IS NULL";
    Ok(cx.db().execute(sql, &values)? == 1)
}

pub(super) fn see(cx: &mut Cx<'_>, id: &PortalLinkId) -> Result<()> {
    let values = [cx.environment.into(), id.into(), cx.now().into()];
    let sql = "UPDATE portal_links SET seen_at = $3 WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn end(cx: &mut Cx<'_>, id: &PortalLinkId) -> Result<()> {
    let values = [cx.environment.into(), id.into(), cx.now().into()];
    let sql = "UPDATE portal_links SET ended_at = $3, updated_at = $3
               WHERE environment_id = $1 AND id = $2 AND ended_at IS NULL";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Revokes the links of a user of the application, with their sessions.
pub(super) fn revoke(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    external_user_id: &str,
) -> Result<u64> {
    let values =
        [cx.environment.into(), organization.into(), external_user_id.into(), cx.now().into()];
    let sql = "UPDATE portal_links SET revoked_at = $4, updated_at = $4
               WHERE environment_id = $1 AND organization_id = $2 AND external_user_id = $3
                 AND revoked_at IS NULL";
    cx.db().execute(sql, &values)
}

pub(super) fn delete_of_organization(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM portal_links WHERE environment_id = $1 AND organization_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    let values = [cx.environment.into(), cx.now().plus_days(-KEPT_DAYS).into()];
    let sql = "DELETE FROM portal_links WHERE environment_id = $1 AND created_at <= $2";
    cx.db().execute(sql, &values)
}
