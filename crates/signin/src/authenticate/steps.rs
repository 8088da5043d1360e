//! Further steps of a sign-in that waits: a mailed code, a code of a factor, an organization.
use vestibule_kernel::id::{AuthenticationChallengeId, OrganizationId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Cx, Error, FlowCx, Result};
use vestibule_messages::{Mail, Recipient};
use vestibule_people::codes::{self, Purpose, Redeemed};
use vestibule_people::memberships::{self, Status};
use vestibule_people::organizations;
use vestibule_people::users::{self, User};

use super::attempt::{AnotherMethod, Needs, Outcome, Visitor, advance};
use super::credentials::count;
use super::events::{self, Proof};
use super::federated;
use super::pending::{self, Attempt, Pending};
use super::refusals;
use super::verdict::{self, Progress};
use crate::factors::{self, Verified};
use crate::recovery_codes;

/// Proves the address of the user by the code that was mailed to it.
pub fn verify_email(
    flow: &FlowCx,
    visitor: &Visitor,
    token: &Secret,
    code: &Secret,
) -> Result<Outcome> {
    let (_, user) = flow.read(|cx| find(cx, token))?;
    // As the code of `credentials::magic_auth` is counted, so that the pages can show either.
    count(flow, &users::fold(&user.email))?;
    let (token, code) = (token.clone(), code.clone());
    verdict::write(flow, visitor, move |cx, visitor| {
        let (pending, user) = find(cx, &token)?;
        let redeemed = codes::redeem(cx, Purpose::EmailVerification, &user.id, code.reveal())?;
        match &redeemed {
            Redeemed::Good(it) if users::fold(&it.email) == users::fold(&user.email) => {}
            _ => {
                let refusal = refusals::one_time_code(&redeemed);
                return refuse(cx, Proof::EmailVerification, visitor, &user, refusal);
            }
        }
        let mut attempt = pending.attempt.clone();
        let user = prove_address(cx, &mut attempt, &user)?;
        events::succeeded(cx, Proof::EmailVerification, visitor, &user)?;
        pending::consume(cx, &pending)?;
        advance(cx, visitor, &attempt).map(Ok)
    })
}

/// Notes that the address of the user was proved, and with it the account elsewhere that waits for it.
pub(super) fn prove_address(cx: &mut Cx<'_>, attempt: &mut Attempt, user: &User) -> Result<User> {
    match &mut attempt.account {
        Some(vouched) if !vouched.is_linked => {
            vouched.is_linked = true;
            federated::link(cx, user, &vouched.account)
        }
        Some(_) | None => users::set_email_verified(cx, &user.id),
    }
}

/// Proves a second factor by a code of it.
///
/// A factor that was never proved before counts only where the user has no other: whoever holds
/// just a password must not get past the factor of its owner by enrolling one.
pub fn verify_factor(
    flow: &FlowCx,
    visitor: &Visitor,
    token: &Secret,
    challenge_id: &AuthenticationChallengeId,
    code: &Secret,
) -> Result<Outcome> {
    flow.read(|cx| find(cx, token))?;
    count(flow, challenge_id.as_str())?;
    let (token, code, challenge_id) = (token.clone(), code.clone(), challenge_id.clone());
    verdict::write(flow, visitor, move |cx, visitor| {
        let (pending, user) = find(cx, &token)?;
        check_challenge(cx, &user, &challenge_id)?;
        let verified = factors::verify(cx, &challenge_id, code.reveal())?;
        if !matches!(verified, Verified::Good(_)) {
            let refusal = refusals::factor_code(&verified);
            return refuse(cx, Proof::Mfa, visitor, &user, refusal);
        }
        events::succeeded(cx, Proof::Mfa, visitor, &user)?;
        pending::consume(cx, &pending)?;
        let attempt = Attempt { factor_proved: true, ..pending.attempt };
        advance(cx, visitor, &attempt).map(Ok)
    })
}

/// Takes the second step by a recovery code, in the place of a factor that the user has lost. It
/// opens nothing for a user who has no factor: such a one is to enrol one.
pub fn use_recovery_code(
    flow: &FlowCx,
    visitor: &Visitor,
    token: &Secret,
    code: &Secret,
) -> Result<Outcome> {
    let (_, user) = flow.read(|cx| find(cx, token))?;
    count(flow, &format!("recovery code of {}", user.id))?;
    let (token, code) = (token.clone(), code.clone());
    verdict::write(flow, visitor, move |cx, visitor| {
        let (pending, user) = find(cx, &token)?;
        let has_factor = !factors::of_user(cx, &user.id)?.is_empty();
        if !has_factor || !recovery_codes::redeem(cx, &user.id, &code)? {
            return refuse(cx, Proof::Mfa, visitor, &user, refusals::wrong_code());
        }
        let left = recovery_codes::state(cx, &user.id)?.left;
        let left = u64::try_from(left).unwrap_or_default();
        let to = Recipient::new(&user.email).who_prefers(user.locale.as_deref());
        vestibule_messages::send(cx, to, Mail::RecoveryCodeUsed { left })?;
        events::succeeded(cx, Proof::Mfa, visitor, &user)?;
        pending::consume(cx, &pending)?;
        let attempt = Attempt { factor_proved: true, ..pending.attempt };
        advance(cx, visitor, &attempt).map(Ok)
    })
}

/// Chooses the organization to sign in to.
pub fn select_organization(
    flow: &FlowCx,
    visitor: &Visitor,
    token: &Secret,
    organization_id: &OrganizationId,
) -> Result<Outcome> {
    let (token, organization_id) = (token.clone(), organization_id.clone());
    verdict::write(flow, visitor, move |cx, visitor| {
        let (pending, user) = find(cx, &token)?;
        organizations::find(cx, &organization_id)?;
        let membership = memberships::of_user_and_organization(cx, &user.id, &organization_id)?;
        if membership.is_none_or(|it| it.status != Status::Active) {
            return Err(refusals::not_a_member(&user.id, &organization_id));
        }
        pending::consume(cx, &pending)?;
        let attempt = Attempt { organization_id: Some(organization_id.clone()), ..pending.attempt };
        let progress = advance(cx, visitor, &attempt)?;
        // Refused as a whole, so that the token still chooses another organization.
        match refused_by(&progress, &organization_id) {
            Some(another) if another.sso => Err(refusals::sso_for_selected_organization()),
            Some(another) => Err(refusals::another_method(another, &user.email)
                .with("pending_authentication_token", token.reveal())),
            None => Ok(Ok(progress)),
        }
    })
}

/// What an organization asks for in the place of the method by which somebody came.
fn refused_by<'a>(progress: &'a Progress, id: &OrganizationId) -> Option<&'a AnotherMethod> {
    match progress {
        Progress::Came(Outcome::SignedIn(_)) | Progress::Asks(_) => None,
        Progress::Came(Outcome::StepUp(it)) => match &it.waiting.needs {
            Needs::AnotherMethod(it) if it.organization_id.as_ref() == Some(id) => Some(it),
            Needs::AnotherMethod(_)
            | Needs::EmailVerification
            | Needs::Factor(_)
            | Needs::Enrolment
            | Needs::PasskeyOffer
            | Needs::Organization(_)
            | Needs::Challenge(_) => None,
        },
    }
}

/// The sign-in that waits, and whose it is.
pub(super) fn find(cx: &mut Cx<'_>, token: &Secret) -> Result<(Pending, User)> {
    let pending = pending::get(cx, token)?.ok_or_else(refusals::invalid_pending_token)?;
    let user = users::get(cx, &pending.attempt.user_id)?;
    Ok((pending, user.ok_or_else(refusals::invalid_pending_token)?))
}

fn check_challenge(cx: &mut Cx<'_>, user: &User, id: &AuthenticationChallengeId) -> Result<()> {
    let missing = || Error::not_found("Authentication challenge", id);
    let challenge = factors::get_challenge(cx, id)?.ok_or_else(missing)?;
    let factor = factors::get(cx, &challenge.authentication_factor_id)?.ok_or_else(missing)?;
    if factor.user_id.as_ref() != Some(&user.id) {
        return Err(refusals::user_mismatch());
    }
    let proved = factors::of_user(cx, &user.id)?;
    if !proved.is_empty() && !proved.iter().any(|it| it.id == factor.id) {
        return Err(refusals::wrong_code());
    }
    Ok(())
}

/// Tells of a code that was not good. The refusal is an answer of the transaction, not its failure,
/// because the try was counted.
fn refuse(
    cx: &mut Cx<'_>,
    proof: Proof,
    visitor: &Visitor,
    user: &User,
    refusal: Error,
) -> Result<Result<Progress>> {
    events::failed(cx, proof, visitor, Some(&user.id), Some(&user.email), &refusal)?;
    Ok(Err(refusal))
}
