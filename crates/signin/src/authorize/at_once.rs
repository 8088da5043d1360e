//! Sign-in without a page, for the test suites of a sandbox: whoever is named is in.
use vestibule_kernel::id::{ClientId, OrganizationId};
use vestibule_kernel::{Cx, Result};
use vestibule_people::invitations::{self, Invitation};
use vestibule_people::memberships;
use vestibule_people::users::{self, User};

use super::codes::Subject;
use super::operation::Refusal;
use super::request::{self, NewRequest, Selector};
use crate::sandbox::{self, Conveniences};

/// Signs in whom `login_hint` names, or who is in the sandbox for longest; answers where they go.
/// Nothing where pages are wanted, and everywhere but in a sandbox that was told to.
pub(super) fn sign_in(
    cx: &mut Cx<'_>,
    asked: &NewRequest,
) -> Result<Option<Result<String, Refusal>>> {
    if !Conveniences::of(cx)?.auto_sign_in || asked.password_reset_token.is_some() {
        return Ok(None);
    }
    // Whoever asks for a connection is to come by it; its test identity provider asks nobody either.
    if matches!(asked.selector, Some(Selector::Connection(_))) {
        return Ok(None);
    }
    let user = match &asked.login_hint {
        Some(email) => users::get_by_email(cx, email)?.ok_or_else(|| {
            Refusal("user_not_found", format!("No user has the address '{email}'."))
        }),
        None => users::oldest(cx, 1)?
            .pop()
            .ok_or_else(|| Refusal("no_users", "The sandbox has no user.".to_owned())),
    };
    let user = match user {
        Ok(user) => user,
        Err(refusal) => return Ok(Some(Err(refusal))),
    };
    let invited = match accept(cx, asked, &user)? {
        Ok(invited) => invited,
        Err(refusal) => return Ok(Some(Err(refusal))),
    };
    match organization(cx, asked, &user, invited)? {
        Ok(organization_id) => enter(cx, asked, &user, organization_id).map(|it| Some(Ok(it))),
        Err(refusal) => Ok(Some(Err(refusal))),
    }
}

/// Accepts the invitation that is asked for; answers its organization.
fn accept(
    cx: &mut Cx<'_>,
    asked: &NewRequest,
    user: &User,
) -> Result<Result<Option<OrganizationId>, Refusal>> {
    let Some(token) = &asked.invitation_token else { return Ok(Ok(None)) };
    let now = cx.now();
    let usable = |it: &Invitation| invitations::is_usable(it, now);
    let Some(invitation) = invitations::get_by_token(cx, token)?.filter(usable) else {
        let text = "The invitation is unknown or over.".to_owned();
        return Ok(Err(Refusal("access_denied", text)));
    };
    if let Err(refused) = invitations::check_recipient(cx, &invitation, &user.email) {
        return Ok(Err(Refusal("access_denied", refused.message().to_owned())));
    }
    invitations::accept(cx, &invitation, user)?;
    Ok(Ok(invitation.organization_id))
}

/// The organization that is asked for, or the only one; none where there are several.
fn organization(
    cx: &mut Cx<'_>,
    asked: &NewRequest,
    user: &User,
    invited: Option<OrganizationId>,
) -> Result<Result<Option<OrganizationId>, Refusal>> {
    let memberships = memberships::active_of_user(cx, &user.id)?;
    let wanted = match (&asked.organization_id, invited) {
        (_, Some(id)) => Some(id),
        (Some(id), None) => Some(OrganizationId::parse(id)?),
        (None, None) => None,
    };
    Ok(match (wanted, memberships.as_slice()) {
        (Some(id), all) if all.iter().any(|it| it.organization_id == id) => Ok(Some(id)),
        (Some(id), _) => {
            Err(Refusal("access_denied", format!("The user is not a member of '{id}'.")))
        }
        (None, [only]) => Ok(Some(only.organization_id.clone())),
        (None, _) => Ok(None),
    })
}

fn enter(
    cx: &mut Cx<'_>,
    asked: &NewRequest,
    user: &User,
    organization_id: Option<OrganizationId>,
) -> Result<String> {
    let client_id = ClientId::parse(&asked.client_id)?;
    let session = sandbox::vouch(cx, user, client_id, organization_id.clone())?;
    let subject = Subject::Session {
        id: &session.id,
        organization_id: organization_id.as_ref(),
        oauth_tokens: None,
    };
    request::grant(cx, asked, subject)
}
