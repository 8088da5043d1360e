//! The authorization-code grant: the tokens of a session that began on the hosted pages, or a
//! session for somebody whom single sign-on has brought.
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Cx, FlowCx, Result};
use vestibule_people::invitations;
use vestibule_people::memberships::{self, Status};
use vestibule_people::users;

use super::attempt::{Outcome, SignedIn, Tokens, Visitor, Wish, usable_invitation};
use super::federated::{self, OauthTokens};
use super::verdict::{self, Progress};
use super::{refusals, standing};
use crate::actions::{self, ActionType, Registration};
use crate::authorize::codes::{self, Given, Granted, Redeemed};
use crate::sessions::{self, refresh};
use crate::tokens;

/// What a client gives for its tokens.
pub(super) struct Exchange {
    pub code: Secret,
    pub code_verifier: Option<Secret>,
    pub redirect_uri: Option<String>,
    pub invitation_token: Option<Secret>,
}

impl Exchange {
    fn given(&self) -> Given<'_> {
        Given {
            code_verifier: self.code_verifier.as_ref().map(Secret::reveal),
            redirect_uri: self.redirect_uri.as_deref(),
        }
    }
    fn wish(&self) -> Wish {
        Wish { invitation_token: self.invitation_token.clone(), ..Wish::default() }
    }
}

/// Exchanges a code.
pub(super) fn exchange(flow: &FlowCx, visitor: &Visitor, wanted: Exchange) -> Result<Outcome> {
    let registration = ask_to_register(flow, visitor, &wanted)?;
    // That a code was used again ends its session, and must be committed though it is refused.
    verdict::write(flow, visitor, move |cx, visitor| {
        let Exchange { code, code_verifier: _, redirect_uri: _, invitation_token } = &wanted;
        // An invitation that is not valid leaves the code unused.
        let invitation = usable_invitation(cx, invitation_token.as_ref())?;
        let invalid = || refusals::invalid_code(code.reveal());
        let granted = match codes::redeem(cx, code, wanted.given())? {
            Redeemed::Good(Granted::Session(granted)) => granted,
            Redeemed::Good(Granted::Account(account)) => {
                return federated::admit(cx, visitor, &wanted.wish(), &account, &registration);
            }
            Redeemed::Invalid => return Ok(Err(invalid())),
            Redeemed::VerifierMissing => {
                return Ok(Err(refusals::invalid_request("code_verifier is required.")));
            }
            Redeemed::ChallengeMissing => return Ok(Err(refusals::challenge_not_found())),
        };
        let Some(mut session) = sessions::get_active(cx, &granted.session_id)? else {
            return Ok(Err(invalid()));
        };
        let mut user = users::get(cx, &session.user_id)?.ok_or_else(invalid)?;
        let mut organization_id = granted.organization_id;
        if session.impersonator.is_some() && invitation.is_some() {
            // It is for the user to accept, and the session stays with its organization.
            return Err(refusals::invitation_invalid());
        }
        if let Some(invitation) = &invitation {
            invitations::check_recipient(cx, invitation, &user.email)?;
            user.email_verified |= invitations::proves(invitation, &user.email);
            organization_id = invitation.organization_id.clone().or(organization_id);
        }
        let wanted = organization_id.as_ref();
        if let Some(refusal) = standing::refusal(cx, &user, &session, wanted, true)? {
            return Ok(Err(refusal));
        }
        if let Some(invitation) = &invitation {
            invitations::accept(cx, invitation, &user)?;
        }
        if let Some(id) = &organization_id {
            // Who was a member when the code was issued may have left since.
            let membership = memberships::of_user_and_organization(cx, &user.id, id)?;
            if membership.is_none_or(|it| it.status != Status::Active) {
                return Err(invalid());
            }
        }
        sessions::keep_up(cx, &mut session, organization_id)?;
        finish(cx, session, granted.oauth_tokens).map(|it| Ok(Progress::Came(it)))
    })
}

/// Asks the application about somebody whom single sign-on has brought, and who is to get an
/// account. The code is looked at for that, and not used up.
fn ask_to_register(flow: &FlowCx, visitor: &Visitor, wanted: &Exchange) -> Result<Registration> {
    let account = flow.read(|cx| {
        if !actions::is_enabled(cx, ActionType::UserRegistration)? {
            return Ok(None);
        }
        codes::account(cx, &wanted.code, wanted.given())
    })?;
    match account {
        Some(account) => federated::ask_to_register(flow, visitor, &wanted.wish(), &account),
        None => Ok(Registration::NONE),
    }
}

fn finish(
    cx: &mut Cx<'_>,
    session: sessions::Session,
    oauth_tokens: Option<OauthTokens>,
) -> Result<Outcome> {
    // Read again: an invitation may have proved the address.
    let user = users::find(cx, &session.user_id)?;
    let claims = tokens::claims(cx, &user, &session)?;
    let tokens = Some(Tokens { claims, refresh_token: refresh::issue(cx, &session)? });
    Ok(Outcome::SignedIn(Box::new(SignedIn { user, session, tokens, oauth_tokens })))
}
