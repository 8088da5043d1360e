//! Sessions end with what they stand on: the user, the membership, the organization.
use serde_json::Value;
use vestibule_kernel::event::Reaction;
use vestibule_kernel::id::{OrganizationId, UserId};
use vestibule_kernel::{Cx, Error, Result};
use vestibule_people::users;

use super::{revoke, revoke_all_of_user, revoke_of_organization, store};

/// A deleted user is signed in nowhere.
pub const ON_USER_DELETED: Reaction = Reaction { event: "user.deleted", run: user_deleted };
/// A user whose password was changed is signed in nowhere.
pub const ON_USER_UPDATED: Reaction = Reaction { event: "user.updated", run: user_updated };
/// Who has left an organization is not signed in to it.
pub const ON_MEMBERSHIP_DELETED: Reaction =
    Reaction { event: "organization_membership.deleted", run: membership_ended };
/// Nor is an inactive member.
pub const ON_MEMBERSHIP_UPDATED: Reaction =
    Reaction { event: "organization_membership.updated", run: membership_updated };
/// Nobody is signed in to a deleted organization.
pub const ON_ORGANIZATION_DELETED: Reaction =
    Reaction { event: "organization.deleted", run: organization_deleted };

fn user_deleted(cx: &mut Cx<'_>, user: &Value) -> Result<()> {
    revoke_all_of_user(cx, &UserId::parse(text(user, "id")?)?)
}

/// A change of password, say, ends what began before it.
fn user_updated(cx: &mut Cx<'_>, user: &Value) -> Result<()> {
    let id = UserId::parse(text(user, "id")?)?;
    let Some(valid_after) = users::sessions_valid_after(cx, &id)? else { return Ok(()) };
    let sessions = store::active_of_user(cx, &id)?.into_iter();
    sessions.filter(|it| it.auth_time < valid_after).try_for_each(|it| revoke(cx, it))
}

fn membership_updated(cx: &mut Cx<'_>, membership: &Value) -> Result<()> {
    if text(membership, "status")? == "active" {
        return Ok(());
    }
    membership_ended(cx, membership)
}

fn membership_ended(cx: &mut Cx<'_>, membership: &Value) -> Result<()> {
    let user_id = UserId::parse(text(membership, "user_id")?)?;
    let organization_id = OrganizationId::parse(text(membership, "organization_id")?)?;
    revoke_of_organization(cx, &user_id, &organization_id)
}

fn organization_deleted(cx: &mut Cx<'_>, organization: &Value) -> Result<()> {
    let id = OrganizationId::parse(text(organization, "id")?)?;
    let sessions = store::active_of_organization(cx, &id)?;
    sessions.into_iter().try_for_each(|it| revoke(cx, it))
}

fn text<'a>(payload: &'a Value, field: &str) -> Result<&'a str> {
    let text = payload.get(field).and_then(Value::as_str);
    text.ok_or_else(|| Error::internal(format!("an event has no {field}")))
}
