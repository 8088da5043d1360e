//! First credentials: a password, a mailed code, a new account.
use vestibule_kernel::id::{OrganizationId, UserId};
use vestibule_kernel::limit::Limit;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Cx, Error, FlowCx, Kind, Result};
use vestibule_people::codes::Redeemed;
use vestibule_people::identities;
use vestibule_people::invitations::{self, Invitation};
use vestibule_people::passwords::{self, Owner};
use vestibule_people::users::{self, NewUser, User};

use super::attempt::{Outcome, Visitor, Wish, advance, usable_invitation};
use super::events::{self, Proof};
use super::judgement::{self, Judged, Tried};
use super::pending::{self, Attempt};
use super::{refusals, verdict};
use crate::actions::{self, Newcomer};
use crate::policy::{SignInPolicy, SignUp};
use crate::radar::Action;
use crate::sessions::{self, Method};
use crate::{magic_auth, passkeys};

/// How often credentials may be tried for one address, user or challenge.
pub(super) const ATTEMPTS: Limit =
    Limit { name: "authenticate", uses_max: 10, window: 60, code: "too_many_requests" };

/// Counts a try.
pub(super) fn count(flow: &FlowCx, subject: &str) -> Result<()> {
    flow.limit(ATTEMPTS, subject).map_err(refusals::as_oauth)
}

/// Signs in with a password. For an address that nobody has, the answer and the work are those for a
/// wrong password.
pub fn password(
    flow: &FlowCx,
    visitor: &Visitor,
    wish: &Wish,
    email: &str,
    password: &Secret,
) -> Result<Outcome> {
    let settings = flow.read(SignInPolicy::of)?;
    if !settings.password {
        return Err(refusals::password_off());
    }
    let invitation = flow.read(|cx| usable_invitation(cx, wish.invitation_token.as_ref()))?;
    count(flow, &users::fold(email))?;
    let tried = Tried { email, method: Method::Password, action: Action::SignIn };
    let judged = judgement::judge(flow, visitor, tried)?;
    let (user_id, stored, changed_at) = flow.read(|cx| {
        let Some(user) = users::get_by_email(cx, email)? else { return Ok((None, None, None)) };
        let stored = passwords::stored(cx, &user.id)?;
        let changed_at = passwords::changed_at(cx, &user.id)?;
        Ok((Some(user.id), stored, changed_at))
    })?;
    let verdict = passwords::verify(flow, stored.clone(), password)?;
    let (Some(user_id), true) = (user_id.as_ref(), verdict.matches) else {
        let refusal = refusals::invalid_credentials(email);
        let known = user_id.as_ref();
        return Err(note_failure(flow, Proof::Password, visitor, known, email, refusal)?);
    };
    if let Some(stored) = stored.filter(|_| verdict.rehash) {
        passwords::rehash(flow, user_id, stored, password)?;
    }
    let attempt = begun(visitor, wish, user_id, Method::Password, invitation.as_ref());
    let email = email.to_owned();
    verdict::write(flow, visitor, move |cx, visitor| {
        // It may have been changed while it was looked at.
        let same = passwords::changed_at(cx, &attempt.user_id)? == changed_at;
        let user = users::get(cx, &attempt.user_id)?
            .filter(|_| same)
            .ok_or_else(|| refusals::invalid_credentials(&email))?;
        check_recipient(cx, invitation.as_ref(), &user)?;
        let radar = match judgement::confirm(cx, visitor, &judged, attempt.method, &user)? {
            Ok(radar) => radar,
            Err(refusal) => return Ok(Err(refusal)),
        };
        events::succeeded(cx, Proof::Password, visitor, &user)?;
        advance(cx, visitor, &Attempt { radar, ..attempt.clone() }).map(Ok)
    })
}

/// Signs in with a code that was mailed. Who has the code has the address.
pub fn magic_auth(
    flow: &FlowCx,
    visitor: &Visitor,
    wish: &Wish,
    email: &str,
    code: &Secret,
) -> Result<Outcome> {
    // Before all else, so that it is counted as the code that proves the address of a new account.
    count(flow, &users::fold(email))?;
    let settings = flow.read(SignInPolicy::of)?;
    if !settings.magic_auth {
        return Err(refusals::magic_auth_off());
    }
    let invitation = flow.read(|cx| usable_invitation(cx, wish.invitation_token.as_ref()))?;
    let tried = Tried { email, method: Method::MagicAuth, action: Action::SignIn };
    let judged = judgement::judge(flow, visitor, tried)?;
    let Some(user) = flow.read(|cx| users::get_by_email(cx, email))? else {
        return Err(refuse_nobody(flow, visitor, email, code)?);
    };
    let attempt = begun(visitor, wish, &user.id, Method::MagicAuth, invitation.as_ref());
    let code = code.clone();
    // A wrong code is counted, so its refusal is an answer of the transaction, not its failure.
    verdict::write(flow, visitor, move |cx, visitor| {
        let redeemed = magic_auth::redeem(cx, &user.id, code.reveal())?;
        match &redeemed {
            Redeemed::Good(it) if users::fold(&it.email) == users::fold(&user.email) => {}
            _ => {
                let refusal = refusals::one_time_code(&redeemed);
                let (id, email) = (Some(&user.id), &user.email);
                events::failed(cx, Proof::MagicAuth, visitor, id, Some(email), &refusal)?;
                return Ok(Err(refusal));
            }
        }
        check_recipient(cx, invitation.as_ref(), &user)?;
        let radar = match judgement::confirm(cx, visitor, &judged, attempt.method, &user)? {
            Ok(radar) => radar,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let user = prove_address(cx, &user.id)?;
        events::succeeded(cx, Proof::MagicAuth, visitor, &user)?;
        advance(cx, visitor, &Attempt { radar, ..attempt.clone() }).map(Ok)
    })
}

/// Marks the address of a user as proven. Where nobody had proved it before, anybody can have made
/// the account in its owner's name and wait for them: their password, the accounts that they have
/// linked, their passkeys, their sessions and their sign-ins end.
pub(super) fn prove_address(cx: &mut Cx<'_>, user_id: &UserId) -> Result<User> {
    if !users::find(cx, user_id)?.email_verified {
        passwords::forget_user(cx, user_id)?;
        identities::forget_user(cx, user_id)?;
        passkeys::forget_user(cx, user_id)?;
        sessions::revoke_all_of_user(cx, user_id)?;
        pending::forget_user(cx, user_id)?;
    }
    users::set_email_verified(cx, user_id)
}

/// An account that somebody makes for themselves.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The address.
    pub email: String,
    /// The given name.
    pub first_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
}

/// Makes an account with a password and signs in to it. The code that proves its address is the
/// usual next step.
///
/// Where somebody has the address, `taken` does what is to be done instead, and the answer is
/// [`users::USER_CREATION_ERROR`] after the same work.
pub fn sign_up(
    flow: &FlowCx,
    visitor: &Visitor,
    wish: &Wish,
    account: NewAccount,
    password: &Secret,
    taken: impl Fn(&mut Cx<'_>) -> Result<()> + Send + 'static,
) -> Result<Outcome> {
    let settings = flow.read(SignInPolicy::of)?;
    if !settings.password {
        return Err(refusals::password_off());
    }
    let invitation = invitation_to_sign_up(flow, wish, &settings)?;
    count(flow, &users::fold(&account.email))?;
    let judged = judge_sign_up(flow, visitor, &account.email, Method::Password)?;
    let code = passwords::PASSWORD_STRENGTH_ERROR;
    let organization = joined(wish, invitation.as_ref());
    // Whether somebody has the address is not to show, so nothing counts of who that may be.
    let owner = Owner { user: None, email: &account.email, organization };
    let hash = passwords::accept(flow, owner, password, code)?;
    let newcomer = newcomer(visitor, wish, &account, Method::Password, invitation.clone());
    let registration = actions::ask_about(flow, &newcomer)?;
    let wish = wish.clone();
    let invited = invitation.is_some();
    let make = move |cx: &mut Cx<'_>, visitor: &Visitor, account: &NewAccount| {
        let user = users::create(cx, new_user(account))?;
        check_recipient(cx, invitation.as_ref(), &user)?;
        passwords::store(cx, &user.id, &hash)?;
        let attempt = begun(visitor, &wish, &user.id, Method::Password, invitation.as_ref());
        advance(cx, visitor, &Attempt { radar: judged.id(), ..attempt })
    };
    verdict::write(flow, visitor, move |cx, visitor| {
        if let Some(refusal) = registration.heed(cx)? {
            return Ok(Err(refusal));
        }
        if users::get_by_email(cx, &account.email)?.is_none() {
            return make(cx, visitor, &account).map(Ok);
        }
        // Who was invited is told that they have an account: there is nothing to hide from them.
        if !invited {
            let email = unheard_of(cx, &account.email);
            let other = NewAccount { email, ..account.clone() };
            cx.rehearse(|cx| make(cx, visitor, &other))?;
        }
        taken(cx)?;
        Ok(Err(users::creation_refused(&account.email)))
    })
}

/// Judges that somebody makes an account; the refusal where that is blocked.
pub fn judge_sign_up(
    flow: &FlowCx,
    visitor: &Visitor,
    email: &str,
    method: Method,
) -> Result<Judged> {
    judgement::judge(flow, visitor, Tried { email, method, action: Action::SignUp })
}

/// Judges that somebody asks for a code to sign in with; the refusal where that is blocked. Whether
/// there is an account makes no difference.
pub fn judge_code(flow: &FlowCx, visitor: &Visitor, email: &str) -> Result<Judged> {
    let method = Method::MagicAuth;
    judgement::judge(flow, visitor, Tried { email, method, action: Action::SignIn })
}

/// An address of the same domain that nobody has.
fn unheard_of(cx: &Cx<'_>, email: &str) -> String {
    let domain = email.trim().rsplit_once('@').map_or("", |(_, domain)| domain);
    format!("{}@{domain}", cx.app.chance().ulid(cx.now()))
}

/// Asks the application whether somebody may make an account without a password; the refusal where
/// it says no. Whether somebody has the address makes no difference.
pub fn ask_to_sign_up(
    flow: &FlowCx,
    visitor: &Visitor,
    wish: &Wish,
    account: &NewAccount,
) -> Result<()> {
    let settings = flow.read(SignInPolicy::of)?;
    let invitation = invitation_to_sign_up(flow, wish, &settings)?;
    let newcomer = newcomer(visitor, wish, account, Method::MagicAuth, invitation);
    let registration = actions::ask_about(flow, &newcomer)?;
    flow.write(move |cx| registration.heed(cx))?.map_or(Ok(()), Err)
}

fn newcomer(
    visitor: &Visitor,
    wish: &Wish,
    account: &NewAccount,
    method: Method,
    invitation: Option<Invitation>,
) -> Newcomer {
    let NewAccount { email, first_name, last_name } = account.clone();
    let organization_id = wish.organization_id.clone();
    let whence = visitor.into();
    let name = None;
    Newcomer { email, first_name, last_name, name, method, invitation, organization_id, whence }
}

/// Makes an account without a password and mails it a code, with which [`magic_auth`] signs in. The
/// application was asked before: see [`ask_to_sign_up`].
pub fn sign_up_by_code(flow: &FlowCx, wish: &Wish, account: NewAccount) -> Result<User> {
    let settings = flow.read(SignInPolicy::of)?;
    if !settings.magic_auth {
        return Err(refusals::magic_auth_off());
    }
    let invitation = invitation_to_sign_up(flow, wish, &settings)?;
    count(flow, &users::fold(&account.email))?;
    flow.write(move |cx| {
        let user = users::create(cx, new_user(&account))?;
        check_recipient(cx, invitation.as_ref(), &user)?;
        magic_auth::send(cx, &user)?;
        Ok(user)
    })
}

/// An invitation opens sign-up where it is closed.
fn invitation_to_sign_up(
    flow: &FlowCx,
    wish: &Wish,
    settings: &SignInPolicy,
) -> Result<Option<Invitation>> {
    let invitation = flow.read(|cx| usable_invitation(cx, wish.invitation_token.as_ref()))?;
    if settings.sign_up != SignUp::Open && invitation.is_none() {
        return Err(refusals::sign_up_not_allowed());
    }
    Ok(invitation)
}

/// The organization that a newcomer comes for.
fn joined<'a>(wish: &'a Wish, invitation: Option<&'a Invitation>) -> Option<&'a OrganizationId> {
    invitation.and_then(|it| it.organization_id.as_ref()).or(wish.organization_id.as_ref())
}

fn new_user(account: &NewAccount) -> NewUser {
    let NewAccount { email, first_name, last_name } = account.clone();
    NewUser { email, first_name, last_name, ..NewUser::default() }
}

pub(super) fn check_recipient(
    cx: &mut Cx<'_>,
    invitation: Option<&Invitation>,
    user: &User,
) -> Result<()> {
    invitation.map_or(Ok(()), |it| invitations::check_recipient(cx, it, &user.email))
}

/// A sign-in whose first credential was good.
pub(super) fn begun(
    visitor: &Visitor,
    wish: &Wish,
    user_id: &UserId,
    method: Method,
    invitation: Option<&Invitation>,
) -> Attempt {
    Attempt {
        user_id: user_id.clone(),
        client_id: visitor.client_id.clone(),
        method,
        organization_id: wish.organization_id.clone(),
        invitation_id: invitation.map(|it| it.id.clone()),
        factor_proved: false,
        passkey_offered: false,
        reauthenticates: wish.reauthenticates.clone(),
        account: None,
        radar: None,
    }
}

/// What a code for an address is answered with that nobody has: what a wrong code of somebody is,
/// after the same statements, so that neither the text nor the time tells the two apart.
fn refuse_nobody(flow: &FlowCx, visitor: &Visitor, email: &str, code: &Secret) -> Result<Error> {
    let (visitor, email, code) = (visitor.clone(), email.to_owned(), code.clone());
    let nobody = UserId::parse("nobody")?;
    flow.write(move |cx| {
        magic_auth::redeem(cx, &nobody, code.reveal())?;
        let refusal = refusals::wrong_code();
        events::failed(cx, Proof::MagicAuth, &visitor, None, Some(&email), &refusal)?;
        Ok(refusal)
    })
}

/// Tells of a credential that was not good, and gives the refusal back.
fn note_failure(
    flow: &FlowCx,
    proof: Proof,
    visitor: &Visitor,
    user_id: Option<&UserId>,
    email: &str,
    refusal: Error,
) -> Result<Error> {
    debug_assert!(refusal.kind() == Kind::BadRequest, "a wrong credential is a bad request");
    let noted = Error::bad_request(refusal.code(), refusal.message().to_owned());
    let (visitor, user_id, email) = (visitor.clone(), user_id.cloned(), email.to_owned());
    flow.write(move |cx| {
        events::failed(cx, proof, &visitor, user_id.as_ref(), Some(&email), &noted)
    })?;
    Ok(refusal)
}
