//! How risky a sign-in looks (03 §4, step 3), and what that asks of it. What is looked for, and what
//! is done about it, is for [`radar`] to say.
//!
//! - A sign-in is judged before its credential is looked at, by what does not depend on the account:
//!   one that is blocked is refused in the same words whether there is an account or not.
//! - What depends on the account is judged once the credential was good, and the challenge is asked
//!   for then: who has no credential learns of neither.
//! - A mailed code has proved already what a code by mail would, and a passkey and an identity
//!   provider have seen to more than that: those are noted and go on.
use serde::Serialize;
use vestibule_kernel::event::Event;
use vestibule_kernel::id::{RadarAttemptId, UserId};
use vestibule_kernel::{Cx, Error, FlowCx, Result};
use vestibule_people::users::User;

use super::attempt::{Challenge, Visitor};
use super::events::{self, Proof};
use super::pending::Attempt;
use super::refusals;
use crate::factors;
use crate::radar::{self, Action, Asked, AuthMethod, ChallengeBy, Control, ListType, Verdict};
use crate::sessions::{Kind, Method};

/// Somebody got in of whom something was noticed.
const RISK_DETECTED: Event<Risk> = Event::new("authentication.radar_risk_detected");

/// What was noticed, and of whom.
#[derive(Serialize)]
pub(super) struct Risk {
    auth_method: &'static str,
    action: &'static str,
    control: Option<Control>,
    blocklist_type: Option<ListType>,
    ip_address: Option<String>,
    user_agent: Option<String>,
    user_id: UserId,
    email: String,
}

/// A sign-in that may go on, as far as it was judged.
#[derive(Clone, Debug, Default)]
pub struct Judged(Option<radar::Attempt>);

impl Judged {
    /// The id of the judgement; none where nothing is judged.
    pub fn id(&self) -> Option<RadarAttemptId> {
        self.0.as_ref().map(|it| it.id.clone())
    }
}

/// What is tried at an account.
#[derive(Clone, Copy, Debug)]
pub struct Tried<'a> {
    /// The address of the account.
    pub email: &'a str,
    /// By what.
    pub method: Method,
    /// What for.
    pub action: Action,
}

/// Judges a sign-in in a transaction of its own; the refusal where it is blocked.
pub fn judge(flow: &FlowCx, visitor: &Visitor, tried: Tried<'_>) -> Result<Judged> {
    if !flow.read(radar::judges_sign_ins)? {
        return Ok(Judged::default());
    }
    let Tried { email, method, action } = tried;
    let (visitor, email) = (visitor.clone(), email.to_owned());
    // That it was tried must be kept though it is refused.
    flow.write(move |cx| judge_in(cx, &visitor, Tried { email: &email, method, action }))?
}

/// The same in a transaction that is open. The refusal is an answer of it, not its failure.
pub(super) fn judge_in(
    cx: &mut Cx<'_>,
    visitor: &Visitor,
    tried: Tried<'_>,
) -> Result<Result<Judged>> {
    let policy = radar::RadarPolicy::of(cx)?;
    if !policy.sign_in {
        return Ok(Ok(Judged::default()));
    }
    let Tried { email, method, action } = tried;
    let seen = &visitor.seen;
    let asked = Asked {
        standalone: false,
        action,
        auth_method: AuthMethod::of(method),
        email: email.to_owned(),
        ip_address: seen.ip_address.clone(),
        user_agent: seen.user_agent.clone(),
        device_id: seen.device_id.clone(),
        earlier: seen.radar_attempt_id.clone(),
    };
    let attempt = radar::judge(cx, &policy, &asked)?;
    if attempt.finding.verdict == Verdict::Block {
        return refuse(cx, visitor, method, None, email).map(Err);
    }
    Ok(Ok(Judged(Some(attempt))))
}

/// Adds what depends on the account of somebody whose credential was good.
pub(super) fn confirm(
    cx: &mut Cx<'_>,
    visitor: &Visitor,
    judged: &Judged,
    method: Method,
    user: &User,
) -> Result<Result<Option<RadarAttemptId>>> {
    let Judged(Some(attempt)) = judged else { return Ok(Ok(None)) };
    let policy = radar::RadarPolicy::of(cx)?;
    let attempt = radar::confirm(cx, &policy, attempt.clone(), user.last_sign_in_at)?;
    if attempt.finding.verdict == Verdict::Block {
        return refuse(cx, visitor, method, Some(&user.id), &user.email).map(Err);
    }
    Ok(Ok(Some(attempt.id)))
}

/// Both at once, for somebody of whom nothing was known before the credential was good.
pub(super) fn judge_known(
    cx: &mut Cx<'_>,
    visitor: &Visitor,
    tried: Tried<'_>,
    user: &User,
) -> Result<Result<Option<RadarAttemptId>>> {
    match judge_in(cx, visitor, tried)? {
        Ok(judged) => confirm(cx, visitor, &judged, tried.method, user),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// What the judgement of a sign-in asks of it before it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asks {
    /// Nothing.
    Nothing,
    /// That the address is proved, whatever the policy of sign-in says.
    Address,
    /// A further proof.
    Challenge(Challenge),
}

impl Asks {
    /// The further proof, where it is one.
    pub fn challenge(self) -> Option<Challenge> {
        match self {
            Self::Challenge(it) => Some(it),
            Self::Nothing | Self::Address => None,
        }
    }
}

/// What is asked of this sign-in, as things are.
pub(super) fn asks(cx: &mut Cx<'_>, attempt: &Attempt, user: &User) -> Result<Asks> {
    let Some(judged) = judged(cx, attempt)? else { return Ok(Asks::Nothing) };
    let challenged = judged.finding.verdict == Verdict::Challenge;
    let strong = matches!(attempt.method.kind(), Kind::Passkey | Kind::Sso);
    if !challenged || judged.challenge_met_at.is_some() || strong {
        return Ok(Asks::Nothing);
    }
    let by = radar::RadarPolicy::of(cx)?.challenge;
    Ok(match (judged.action, by) {
        // The code that proves the address of a new account: were it another, the page would tell
        // a new account from one that was there.
        (Action::SignUp, ChallengeBy::Email) => Asks::Address,
        (Action::SignUp, ChallengeBy::Sms) => Asks::Challenge(Challenge::NewTelephone),
        (Action::SignIn, by) => {
            let telephone = if by == ChallengeBy::Sms { telephone(cx, user)? } else { None };
            match (telephone, attempt.method.kind()) {
                (Some(phone_number), _) => Asks::Challenge(Challenge::Text { phone_number }),
                (None, Kind::MagicCode) => Asks::Nothing,
                (None, _) => Asks::Challenge(Challenge::Email),
            }
        }
    })
}

/// Notes that what was asked of a sign-in was done.
pub(super) fn meet(cx: &mut Cx<'_>, attempt: &Attempt) -> Result<()> {
    match judged(cx, attempt)? {
        Some(judged) => radar::meet(cx, judged).map(|_| ()),
        None => Ok(()),
    }
}

/// Notes that a sign-in led in, and tells of what was noticed of it.
pub(super) fn succeed(
    cx: &mut Cx<'_>,
    visitor: &Visitor,
    attempt: &Attempt,
    user: &User,
) -> Result<()> {
    let Some(judged) = judged(cx, attempt)? else { return Ok(()) };
    let judged = radar::succeed(cx, judged)?;
    let Some(control) = judged.finding.control else { return Ok(()) };
    let risk = Risk {
        auth_method: proof(attempt.method).name(),
        action: match judged.action {
            Action::SignUp => "signup",
            Action::SignIn => "login",
        },
        control: Some(control),
        blocklist_type: judged.finding.blocklist_type,
        // Of whoever looked risky: a later step may come by another way.
        ip_address: judged.ip_address.or_else(|| visitor.ip_address.clone()),
        user_agent: judged.user_agent.or_else(|| visitor.user_agent.clone()),
        user_id: user.id.clone(),
        email: user.email.clone(),
    };
    cx.emit(&RISK_DETECTED, &risk)
}

fn judged(cx: &mut Cx<'_>, attempt: &Attempt) -> Result<Option<radar::Attempt>> {
    match &attempt.radar {
        Some(id) => radar::get(cx, id),
        None => Ok(None),
    }
}

/// The telephone of a user that was proved to be theirs.
fn telephone(cx: &mut Cx<'_>, user: &User) -> Result<Option<String>> {
    let mut telephones = factors::of_user(cx, &user.id)?.into_iter().filter_map(|it| it.sms);
    Ok(telephones.next().map(|it| it.phone_number))
}

fn refuse(
    cx: &mut Cx<'_>,
    visitor: &Visitor,
    method: Method,
    user: Option<&UserId>,
    email: &str,
) -> Result<Error> {
    let refusal = refusals::blocked();
    events::failed(cx, proof(method), visitor, user, Some(email), &refusal)?;
    Ok(refusal)
}

const fn proof(method: Method) -> Proof {
    match method.kind() {
        Kind::MagicCode => Proof::MagicAuth,
        Kind::Passkey => Proof::Passkey,
        Kind::Oauth | Kind::ExternalAuth | Kind::Sso => Proof::OAuth,
        Kind::Password
        | Kind::CrossAppAuth
        | Kind::Impersonation
        | Kind::MigratedSession
        | Kind::Unknown => Proof::Password,
    }
}
