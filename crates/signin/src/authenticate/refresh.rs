//! The refresh grant: the next pair of tokens of a session, perhaps with another organization.
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Cx, Error, FlowCx, Result};
use vestibule_people::users::{self, User};
use vestibule_people::{memberships, organizations};

use super::attempt::Tokens;
use super::{refusals, standing};
use crate::sessions::refresh::{self, Exchangeable, Found};
use crate::sessions::{self, Session};
use crate::tokens;

/// A session that goes on.
pub(super) struct Refreshed {
    pub user: User,
    pub session: Session,
    pub tokens: Tokens,
}

/// Exchanges a refresh token.
pub(super) fn refresh(
    flow: &FlowCx,
    token: &Secret,
    organization_id: Option<&OrganizationId>,
) -> Result<Refreshed> {
    let (token, organization_id) = (token.clone(), organization_id.cloned());
    // That a token was used again ends its session, and must be committed though it is refused.
    flow.write(move |cx| match refresh::find(cx, &token)? {
        Found::Unknown | Found::Reused => Ok(Err(invalid())),
        Found::Good(found) => go_on(cx, *found, organization_id.as_ref()),
    })?
}

/// Goes on with a session, unless that is refused. A refusal uses no token up, so that it can go on
/// as it was, or after the policy was met.
fn go_on(
    cx: &mut Cx<'_>,
    found: Exchangeable,
    wanted: Option<&OrganizationId>,
) -> Result<Result<Refreshed>> {
    let user = users::get(cx, &found.session.user_id)?.ok_or_else(invalid)?;
    let organization_id = wanted.or(found.session.organization_id.as_ref()).cloned();
    if found.session.impersonator.is_some() && organization_id != found.session.organization_id {
        let text = "Who acts as a user stays with the organization of the session.";
        return Ok(Err(Error::oauth("organization_membership_not_found", text)));
    }
    if let Some(id) = &organization_id {
        let membership = memberships::active_of_user_and_organization(cx, &user.id, id)?;
        if membership.is_none() {
            return Ok(Err(not_a_member(cx, &user, id, wanted.is_some())?));
        }
    }
    let (session, id) = (&found.session, organization_id.as_ref());
    if let Some(refusal) = standing::refusal(cx, &user, session, id, wanted.is_some())? {
        return Ok(Err(refusal));
    }
    let refresh_token = refresh::exchange(cx, &found)?;
    let Exchangeable { mut session, replayed, .. } = found;
    // A replay that changes nothing writes nothing, so that fifty at once do not wait for another.
    let changes = !replayed || session.organization_id != organization_id;
    if changes {
        sessions::keep_up(cx, &mut session, organization_id)?;
    }
    let claims = tokens::claims(cx, &user, &session)?;
    if changes {
        tokens::remark_later(cx, &claims, &user, &session)?;
    }
    Ok(Ok(Refreshed { user, session, tokens: Tokens { claims, refresh_token } }))
}

fn not_a_member(
    cx: &mut Cx<'_>,
    user: &User,
    id: &OrganizationId,
    asked_for: bool,
) -> Result<Error> {
    if !asked_for {
        return Ok(invalid());
    }
    if organizations::get(cx, id)?.is_none() {
        let text = format!("Organization not found: '{id}'.");
        return Ok(Error::oauth("organization_not_found", text));
    }
    let text = format!("User '{}' is not an active member of organization '{id}'.", user.id);
    Ok(Error::oauth("organization_membership_not_found", text))
}

fn invalid() -> Error {
    refusals::invalid_grant("Invalid refresh token.")
}
