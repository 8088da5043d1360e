//! A passkey as the first credential, and the offer of one after another credential.
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Cx, Error, FlowCx, Result};
use vestibule_people::users::{self, User};

use super::attempt::{Delivery, Outcome, Visitor, Wish, advance, usable_invitation};
use super::credentials::{self, count};
use super::events::{self, Proof};
use super::judgement::{self, Tried};
use super::pending::{self, Attempt};
use super::verdict::{self, Progress};
use super::{refusals, steps};
use crate::passkeys::{
    self, Answer, NewCredential, PasskeySettings, ProgressiveEnrollment, Refused, UsedCredential,
};
use crate::policy::SignInPolicy;
use crate::radar::Action;
use crate::sessions::Method;

/// Signs in with a passkey. Who has typed an `email` before must be the one whose passkey it is;
/// the refusal tells nothing of an account of that address.
pub fn sign_in(
    flow: &FlowCx,
    visitor: &Visitor,
    wish: &Wish,
    answer: Answer<UsedCredential>,
    email: Option<&str>,
) -> Result<Outcome> {
    let settings = flow.read(SignInPolicy::of)?;
    if !settings.passkey {
        return Err(refusals::passkey_off());
    }
    let invitation = flow.read(|cx| usable_invitation(cx, wish.invitation_token.as_ref()))?;
    count(flow, &answer.credential.id)?;
    let (wish, email) = (wish.clone(), email.map(users::fold));
    // A challenge is used up by a wrong answer too, so its refusal is an answer of the transaction,
    // not its failure.
    verdict::write(flow, visitor, move |cx, visitor| {
        let user = match passkeys::prove(cx, &answer)? {
            Ok(user) => user,
            Err(Refused { error, user }) => return refuse(cx, visitor, user.as_ref(), error),
        };
        if email.as_ref().is_some_and(|it| *it != users::fold(&user.email)) {
            return refuse(cx, visitor, Some(&user), refusals::passkey_of_another());
        }
        credentials::check_recipient(cx, invitation.as_ref(), &user)?;
        let tried = Tried { email: &user.email, method: Method::Passkey, action: Action::SignIn };
        let radar = match judgement::judge_known(cx, visitor, tried, &user)? {
            Ok(radar) => radar,
            Err(refusal) => return Ok(Err(refusal)),
        };
        events::succeeded(cx, Proof::Passkey, visitor, &user)?;
        let attempt =
            credentials::begun(visitor, &wish, &user.id, Method::Passkey, invitation.as_ref());
        advance(cx, visitor, &Attempt { radar, ..attempt }).map(Ok)
    })
}

/// Whether to offer a passkey after another credential: only where somebody can take it, and not
/// after a method that saw to a second factor itself.
pub(super) fn is_due(
    cx: &mut Cx<'_>,
    visitor: &Visitor,
    user: &User,
    method: Method,
) -> Result<bool> {
    let settings: PasskeySettings = cx.setting()?;
    let by_api = visitor.delivery == Delivery::Tokens;
    let can = match settings.progressive_enrollment {
        ProgressiveEnrollment::Off => false,
        ProgressiveEnrollment::HostedPages => visitor.can_enrol_passkey,
        ProgressiveEnrollment::Everywhere => visitor.can_enrol_passkey || by_api,
    };
    let weak = !matches!(method, Method::Passkey | Method::Sso | Method::Impersonation);
    Ok(can && weak && SignInPolicy::of(cx)?.passkey && passkeys::is_offer_due(cx, &user.id)?)
}

/// Notes the offer, with the attempt and with the user.
pub(super) fn note(cx: &mut Cx<'_>, user: &User, attempt: &mut Attempt) -> Result<()> {
    if !attempt.passkey_offered {
        passkeys::note_offer(cx, &user.id)?;
        attempt.passkey_offered = true;
    }
    Ok(())
}

/// Takes the offer of a passkey, and goes on.
pub fn enrol(
    flow: &FlowCx,
    visitor: &Visitor,
    token: &Secret,
    answer: Answer<NewCredential>,
    name: Option<String>,
) -> Result<Outcome> {
    let token = token.clone();
    verdict::write(flow, visitor, move |cx, visitor| {
        let pending = offered(cx, &token)?;
        let made = match passkeys::register(cx, &answer, name.as_deref())? {
            Ok(made) => made,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if made.user_id != pending.attempt.user_id {
            return Err(refusals::user_mismatch());
        }
        go_on(cx, visitor, pending).map(Ok)
    })
}

/// Declines the offer of a passkey, and goes on.
pub fn decline(flow: &FlowCx, visitor: &Visitor, token: &Secret) -> Result<Outcome> {
    let token = token.clone();
    verdict::write(flow, visitor, move |cx, visitor| {
        let pending = offered(cx, &token)?;
        go_on(cx, visitor, pending).map(Ok)
    })
}

/// The sign-in that waits with its offer.
fn offered(cx: &mut Cx<'_>, token: &Secret) -> Result<pending::Pending> {
    let (pending, _) = steps::find(cx, token)?;
    if pending.attempt.passkey_offered {
        return Ok(pending);
    }
    Err(refusals::invalid_pending_token())
}

fn go_on(cx: &mut Cx<'_>, visitor: &Visitor, pending: pending::Pending) -> Result<Progress> {
    pending::consume(cx, &pending)?;
    let attempt = Attempt { passkey_offered: false, ..pending.attempt };
    advance(cx, visitor, &attempt)
}

/// Tells of a passkey that was not good, and whose it is where that is known.
fn refuse(
    cx: &mut Cx<'_>,
    visitor: &Visitor,
    user: Option<&User>,
    refusal: Error,
) -> Result<Result<Progress>> {
    let (id, email) = (user.map(|it| &it.id), user.map(|it| it.email.as_str()));
    events::failed(cx, Proof::Passkey, visitor, id, email, &refusal)?;
    Ok(Err(refusal))
}
