//! The SQL of invitations. No other module reads or writes this table.
use vestibule_kernel::db::{OnUnique, Row, Value};
use vestibule_kernel::id::{InvitationId, OrganizationId, UserId};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::secret::{Secret, digest_of};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, Result};

use super::{Invitation, policy};
use crate::users::fold;

/// What the tokens are sealed for.
const PURPOSE: &str = "invitations.token";

const SELECT: &str = "SELECT id, email, organization_id, inviter_user_id, accepted_user_id,
                             role_slug, accepted_at, revoked_at, expires_at, sealed_token,
                             created_at, updated_at
                      FROM invitations";

/// A row of the table, before its token is opened.
struct Record {
    id: InvitationId,
    email: String,
    organization_id: Option<OrganizationId>,
    inviter_user_id: Option<UserId>,
    accepted_user_id: Option<UserId>,
    role_slug: Option<String>,
    accepted_at: Option<Time>,
    revoked_at: Option<Time>,
    expires_at: Time,
    sealed_token: Vec<u8>,
    created_at: Time,
    updated_at: Time,
}

fn read(mut row: Row) -> Result<Record> {
    Ok(Record {
        id: row.take()?,
        email: row.take()?,
        organization_id: row.take()?,
        inviter_user_id: row.take()?,
        accepted_user_id: row.take()?,
        role_slug: row.take()?,
        accepted_at: row.take()?,
        revoked_at: row.take()?,
        expires_at: row.take()?,
        sealed_token: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

/// Opens the token, and makes the link that leads to `page` with it.
fn open(cx: &Cx<'_>, it: Record, page: &str) -> Result<Invitation> {
    let token = cx.app.sealer().open_text(PURPOSE, &it.sealed_token)?;
    Ok(Invitation {
        object: "invitation",
        id: it.id,
        email: it.email,
        state: policy::state(it.accepted_at, it.revoked_at, it.expires_at, cx.now()),
        accepted_at: it.accepted_at,
        revoked_at: it.revoked_at,
        expires_at: it.expires_at,
        organization_id: it.organization_id,
        inviter_user_id: it.inviter_user_id,
        accepted_user_id: it.accepted_user_id,
        role_slug: it.role_slug,
        accept_invitation_url: policy::link(page, token.reveal()),
        token: token.reveal().to_owned(),
        created_at: it.created_at,
        updated_at: it.updated_at,
    })
}

fn first(cx: &mut Cx<'_>, condition: &str, value: Value) -> Result<Option<Invitation>> {
    let values = [cx.environment.into(), value];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND {condition} = $2");
    let record = cx.db().first(&sql, &values)?.map(read).transpose()?;
    let Some(record) = record else { return Ok(None) };
    let page = super::page(cx)?;
    open(cx, record, &page).map(Some)
}

pub(super) fn get(cx: &mut Cx<'_>, id: &InvitationId) -> Result<Option<Invitation>> {
    first(cx, "id", id.into())
}

/// The look-up is by digest, so that its time tells nothing about a token.
pub(super) fn get_by_token(cx: &mut Cx<'_>, token: &str) -> Result<Option<Invitation>> {
    first(cx, "token_digest", digest_of(token).into())
}

pub(super) fn list(
    cx: &mut Cx<'_>,
    paging: &Paging,
    email: Option<&str>,
    organization: Option<&OrganizationId>,
) -> Result<Page<Invitation>> {
    let Page { object, data, list_metadata } = Listing::of(cx, "invitations", SELECT)
        .filter_some("email_folded = ?", email.map(fold))
        .filter_some("organization_id = ?", organization)
        .page(cx, paging, read)?;
    let page = super::page(cx)?;
    let data = data.into_iter().map(|it| open(cx, it, &page)).collect::<Result<_>>()?;
    Ok(Page { object, data, list_metadata })
}

/// Closes what is open to the same person and place but has expired, to make way for another.
pub(super) fn close_expired(
    cx: &mut Cx<'_>,
    email: &str,
    organization: Option<&OrganizationId>,
) -> Result<()> {
    let mut values =
        vec![cx.environment.into(), fold(email).into(), cx.now().into(), true.into(), false.into()];
    let place = match organization {
        Some(id) => {
            values.push(id.into());
            "= $6"
        }
        None => "IS NULL",
    };
    let sql = format!(
        "UPDATE invitations SET is_open = $5
         WHERE environment_id = $1 AND email_folded = $2 AND expires_at <= $3 AND is_open = $4
           AND organization_id {place}"
    );
    cx.db().execute(&sql, &values).map(|_| ())
}

pub(super) fn is_invited(cx: &mut Cx<'_>, email: &str) -> Result<bool> {
    let values = [cx.environment.into(), fold(email).into(), true.into(), cx.now().into()];
    let sql = "SELECT 1 FROM invitations
               WHERE environment_id = $1 AND email_folded = $2 AND is_open = $3
                 AND organization_id IS NULL AND expires_at > $4 LIMIT 1";
    Ok(cx.db().first(sql, &values)?.is_some())
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &Invitation, taken: impl Fn() -> Error) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        (&it.email).into(),
        fold(&it.email).into(),
        it.organization_id.as_ref().into(),
        it.inviter_user_id.as_ref().into(),
        it.role_slug.as_deref().into(),
        true.into(),
        it.expires_at.into(),
        cx.seal(PURPOSE, &it.token)?.into(),
        digest_of(&it.token).into(),
        it.created_at.into(),
        it.updated_at.into(),
    ];
    cx.db()
        .execute(
            "INSERT INTO invitations
               (environment_id, id, email, email_folded, organization_id, inviter_user_id,
                role_slug, is_open, expires_at, sealed_token, token_digest, created_at,
                updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            &values,
        )
        .on_unique("invitations(environment_id, organization_id, email_folded)", &taken)
        .on_unique("invitations(environment_id, email_folded)", &taken)
        .map(|_| ())
}

/// Gives the invitation another token and another end.
pub(super) fn renew(cx: &mut Cx<'_>, id: &InvitationId, token: &Secret, end: Time) -> Result<()> {
    let values = [
        cx.environment.into(),
        id.into(),
        end.into(),
        cx.seal(PURPOSE, token.reveal())?.into(),
        token.digest().into(),
        cx.now().into(),
    ];
    let sql = "UPDATE invitations
               SET expires_at = $3, sealed_token = $4, token_digest = $5, updated_at = $6
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Notes that the user accepted the invitation. Tells whether it was open.
pub(super) fn accept(cx: &mut Cx<'_>, id: &InvitationId, user: &UserId) -> Result<bool> {
    let values =
        [cx.environment.into(), id.into(), user.into(), cx.now().into(), true.into(), false.into()];
    let sql = "UPDATE invitations
               SET accepted_user_id = $3, accepted_at = $4, is_open = $6, updated_at = $4
               WHERE environment_id = $1 AND id = $2 AND is_open = $5";
    Ok(cx.db().execute(sql, &values)? > 0)
}

/// Takes the invitation back.
pub(super) fn revoke(cx: &mut Cx<'_>, id: &InvitationId) -> Result<()> {
    let values = [cx.environment.into(), id.into(), cx.now().into(), false.into()];
    let sql = "UPDATE invitations SET revoked_at = $3, is_open = $4, updated_at = $3
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn delete_of_organization(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<()> {
    let values = [cx.environment.into(), organization.into()];
    let sql = "DELETE FROM invitations WHERE environment_id = $1 AND organization_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes the invitations that the user accepted and those to their address, and forgets the user
/// as the one who invited.
pub(super) fn forget_user(cx: &mut Cx<'_>, user: &UserId, email: &str) -> Result<()> {
    let values = [cx.environment.into(), user.into(), fold(email).into()];
    let sql = "DELETE FROM invitations
               WHERE environment_id = $1 AND (accepted_user_id = $2 OR email_folded = $3)";
    cx.db().execute(sql, &values)?;
    let values = [cx.environment.into(), user.into()];
    let sql = "UPDATE invitations SET inviter_user_id = NULL
               WHERE environment_id = $1 AND inviter_user_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}
