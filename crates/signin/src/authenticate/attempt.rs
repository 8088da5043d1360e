//! The way in: from a first credential, over the steps that are needed, to a session.
//!
//! The API and the hosted pages call the same functions. Each takes one credential and answers an
//! [`Outcome`]: a session, or the next step with a token that names the sign-in that waits for it.
//! The order is that of the contract (03 §4); what is next is decided by [`super::policy`].
use serde_json::{Map, Value, json};
use vestibule_kernel::id::{
    ClientId, InvitationId, OrganizationId, RadarAttemptId, RadarChallengeId, SessionId,
};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Cx, Error, Result};
use vestibule_people::codes::{self, Purpose};
use vestibule_people::email_verifications;
use vestibule_people::invitations::{self, Invitation};
use vestibule_people::memberships::{self, Status};
use vestibule_people::users::{self, User};

use super::events::{self, Proof};
use super::federated::{self, OauthTokens, Vouched};
use super::judgement::{self, Asks};
use super::pending::{self, Attempt};
use super::policy::{self, Another, Demand, Facts, Goal, Rules, Step, Wanted};
use super::verdict::{self, Allowed, Progress};
use super::{challenges, passkeys as offers, refusals};
use crate::factors::{self, Factor};
use crate::policy::{self as policies, SignInPolicy};
use crate::sandbox;
use crate::sessions::{self, NewSession, Proved, Session, refresh};
use crate::tokens;

/// Who comes to sign in, and what they are to get.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The application.
    pub client_id: ClientId,
    /// The address that they come from.
    pub ip_address: Option<String>,
    /// The browser or program that they come with.
    pub user_agent: Option<String>,
    /// What they get in the end.
    pub delivery: Delivery,
    /// Whether they are at a page that can have a passkey made.
    pub can_enrol_passkey: bool,
    /// What their risk is judged by.
    pub seen: Seen,
}

/// What the risk of somebody is judged by: what is known of themselves, and not of a server of their
/// application.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The address that they come from.
    pub ip_address: Option<String>,
    /// The browser or program that they come with.
    pub user_agent: Option<String>,
    /// What their device is known by.
    pub device_id: Option<String>,
    /// An earlier judgement of the same sign-in.
    pub radar_attempt_id: Option<RadarAttemptId>,
}

/// What a sign-in ends with, beside the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// An access token and a refresh token.
    Tokens,
    /// Nothing yet: an authorization code will be exchanged for tokens.
    Code,
}

/// What a sign-in is for.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The token of an invitation that is to be accepted.
    pub invitation_token: Option<Secret>,
    /// The organization to sign in to.
    pub organization_id: Option<OrganizationId>,
    /// The session in which a user proves anew who they are.
    pub reauthenticates: Option<SessionId>,
}

/// What came of a credential that was good.
#[derive(Debug)]
pub enum Outcome {
    /// They are in.
    SignedIn(Box<SignedIn>),
    /// There is one more step.
    StepUp(Box<StepUp>),
}

/// Somebody who is in.
#[derive(Debug)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// By which session.
    pub session: Session,
    /// What the tokens are made of, where they get tokens.
    pub tokens: Option<Tokens>,
    /// The tokens of the provider, where the application is to get them.
    pub oauth_tokens: Option<OauthTokens>,
}

/// What the tokens of a sign-in are made of.
#[derive(Debug)]
pub struct Tokens {
    /// The claims of the access token, to be signed after the commit.
    pub claims: Map<String, Value>,
    /// The refresh token.
    pub refresh_token: Secret,
}

/// The next step of a sign-in.
#[derive(Debug)]
pub struct StepUp {
    /// Names the sign-in that waits.
    pub token: Secret,
    /// What is needed.
    pub waiting: Waiting,
    /// The id of the code that was mailed, where it is one.
    pub email_verification_id: Option<String>,
    /// The id of the challenge whose code was mailed, where it is one.
    pub radar_challenge_id: Option<RadarChallengeId>,
}

/// A sign-in that waits: who it is of, and what it waits for.
#[derive(Debug)]
pub struct Waiting {
    /// Who signs in.
    pub user: User,
    /// What is needed.
    pub needs: Needs,
}

/// What a sign-in waits for.
#[derive(Debug)]
pub enum Needs {
    /// The code that was mailed to the user's address.
    EmailVerification,
    /// A code of one of these factors.
    Factor(Vec<Factor>),
    /// A factor, and a code of it.
    Enrolment,
    /// An answer to the offer of a passkey.
    PasskeyOffer,
    /// The choice of one of these organizations.
    Organization(Vec<Choice>),
    /// A sign-in by another method.
    AnotherMethod(Box<AnotherMethod>),
    /// A further proof, because it looks risky.
    Challenge(Challenge),
}

/// A further proof that a risky sign-in is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// A code that was mailed to the user's address.
    Email,
    /// A code that was sent to the telephone that the user has enrolled.
    Text {
        /// Its number.
        phone_number: String,
    },
    /// A code that is sent to a telephone which the user is yet to name.
    NewTelephone,
}

/// Why another method is needed, and which.
#[derive(Clone, Debug)]
pub struct AnotherMethod {
    /// The organization whose policy asks for it; the environment's does where there is none.
    pub organization_id: Option<OrganizationId>,
    /// Whether it must be single sign-on.
    pub sso: bool,
    /// The single sign-on connections of that organization.
    pub connection_ids: Vec<String>,
    /// What that policy allows.
    pub allowed: SignInPolicy,
}

/// An organization to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
}

/// What the sign-in under this token waits for, for whoever shows it; changes nothing.
pub fn waiting(cx: &mut Cx<'_>, token: &Secret) -> Result<Option<Waiting>> {
    let Some(found) = pending::get(cx, token)? else { return Ok(None) };
    let attempt = &found.attempt;
    let Some(user) = users::get(cx, &attempt.user_id)? else { return Ok(None) };
    let invitation = invitation(cx, attempt.invitation_id.as_ref())?;
    let needs = match step(cx, &user, attempt, invitation.as_ref(), attempt.passkey_offered)? {
        Step::VerifyEmail => Needs::EmailVerification,
        Step::ProveFactor => Needs::Factor(factors::of_user(cx, &user.id)?),
        Step::EnrolFactor => Needs::Enrolment,
        Step::OfferPasskey => Needs::PasskeyOffer,
        Step::ChooseOrganization => Needs::Organization(choices(cx, &user)?),
        Step::Another(demand) => another(cx, &user, attempt, invitation.as_ref(), demand)?,
        Step::Challenge(challenge) => Needs::Challenge(challenge),
        // What it waited for has come true elsewhere; any credential takes it on.
        Step::NotAMember(_) | Step::SignIn(_) => return Ok(None),
    };
    Ok(Some(Waiting { user, needs }))
}

/// Takes a sign-in on whose latest credential was good: to the next step, or in.
pub(super) fn advance(cx: &mut Cx<'_>, visitor: &Visitor, attempt: &Attempt) -> Result<Progress> {
    advance_with(cx, visitor, attempt, None)
}

/// The same after the application has allowed something.
pub(super) fn advance_with(
    cx: &mut Cx<'_>,
    visitor: &Visitor,
    attempt: &Attempt,
    allowed: Option<&Allowed>,
) -> Result<Progress> {
    let user = users::get(cx, &attempt.user_id)?.ok_or_else(refusals::invalid_pending_token)?;
    let invitation = invitation(cx, attempt.invitation_id.as_ref())?;
    let offer = attempt.passkey_offered || offers::is_due(cx, visitor, &user, attempt.method)?;
    let (mut attempt, mut email_verification_id) = (attempt.clone(), None);
    let mut radar_challenge_id = None;
    let needs = match step(cx, &user, &attempt, invitation.as_ref(), offer)? {
        Step::SignIn(goal) => {
            let question = verdict::question(cx, visitor, &attempt, &user, goal.as_ref(), allowed)?;
            let enter = |cx: &mut Cx<'_>| {
                sign_in(cx, visitor, &attempt, &user, invitation.clone(), goal.clone())
            };
            return match question {
                Some(question) => {
                    cx.rehearse(enter)?;
                    verdict::wait(cx, &attempt, goal.clone(), question)
                }
                None => enter(cx).map(|it| Progress::Came(Outcome::SignedIn(Box::new(it)))),
            };
        }
        Step::NotAMember(id) => return Err(refusals::not_a_member(&user.id, &id)),
        Step::VerifyEmail => {
            email_verification_id = Some(mail_code(cx, &user)?);
            Needs::EmailVerification
        }
        Step::ProveFactor => Needs::Factor(factors::of_user(cx, &user.id)?),
        Step::EnrolFactor => Needs::Enrolment,
        Step::OfferPasskey => {
            offers::note(cx, &user, &mut attempt)?;
            Needs::PasskeyOffer
        }
        Step::ChooseOrganization => Needs::Organization(choices(cx, &user)?),
        Step::Another(demand) => another(cx, &user, &attempt, invitation.as_ref(), demand)?,
        Step::Challenge(challenge) => {
            radar_challenge_id = challenges::begin(cx, &attempt, &user, &challenge)?;
            Needs::Challenge(challenge)
        }
    };
    let token = pending::create(cx, &attempt)?;
    let waiting = Waiting { user, needs };
    let step_up = StepUp { token, waiting, email_verification_id, radar_challenge_id };
    Ok(Progress::Came(Outcome::StepUp(Box::new(step_up))))
}

/// The invitation of this token, if it can be accepted.
pub(super) fn usable_invitation(
    cx: &mut Cx<'_>,
    token: Option<&Secret>,
) -> Result<Option<Invitation>> {
    let Some(token) = token else { return Ok(None) };
    let now = cx.now();
    let found = invitations::get_by_token(cx, token.reveal())?;
    let usable = found.filter(|it| invitations::is_usable(it, now));
    usable.map(Some).ok_or_else(refusals::invitation_invalid)
}

/// The invitation that an attempt remembers, if it can still be accepted.
fn invitation(cx: &mut Cx<'_>, id: Option<&InvitationId>) -> Result<Option<Invitation>> {
    let Some(id) = id else { return Ok(None) };
    let now = cx.now();
    let usable = invitations::get(cx, id)?.filter(|it| invitations::is_usable(it, now));
    usable.map(Some).ok_or_else(refusals::invitation_invalid)
}

fn step(
    cx: &mut Cx<'_>,
    user: &User,
    attempt: &Attempt,
    invitation: Option<&Invitation>,
    passkey_offer: bool,
) -> Result<Step> {
    let goal = goal(cx, user, attempt, invitation)?;
    let policy = SignInPolicy::of_organization(cx, organization_of(&goal))?;
    let domain = SignInPolicy::of_domain(cx, &user.email)?;
    // Until the address is proved in this sign-in, an account elsewhere is not known to be its
    // owner's, whatever the owner has proved before.
    let is_stranger = attempt.account.as_ref().is_some_and(|it| !it.is_linked);
    let asks = judgement::asks(cx, attempt, user)?;
    let rules_of = |policy: &SignInPolicy, owner: Option<&OrganizationId>| {
        Rules::of(policy, owner, attempt.method, attempt.vouched_by())
    };
    let mut rules = rules_of(&policy, organization_of(&goal));
    rules.email_verification |= is_stranger || asks == Asks::Address;
    let facts = Facts {
        method: attempt.method,
        email_verified: (user.email_verified && !is_stranger)
            || invitation.is_some_and(|it| invitations::proves(it, &user.email)),
        has_factor: !factors::of_user(cx, &user.id)?.is_empty(),
        factor_proved: attempt.factor_proved,
        passkey_offer,
        goal,
        rules,
        domain: domain.map(|it| rules_of(&it.1, Some(&it.0))),
    };
    Ok(policy::challenged(asks.challenge(), policy::next(&facts)))
}

/// Where a sign-in ends, as things are.
fn goal(
    cx: &mut Cx<'_>,
    user: &User,
    attempt: &Attempt,
    invitation: Option<&Invitation>,
) -> Result<Goal> {
    let invited = invitation.and_then(|it| it.organization_id.clone());
    let wanted = match (invited, attempt.organization_id.clone()) {
        (Some(id), _) => Wanted::Joining(id),
        (None, Some(id)) if joins(cx, user, attempt, &id)? => Wanted::Joining(id),
        (None, Some(id)) => Wanted::Member(id),
        (None, None) => Wanted::Any,
    };
    let memberships = memberships::active_of_user(cx, &user.id)?.into_iter();
    let memberships: Vec<_> = memberships.map(|it| it.organization_id).collect();
    Ok(policy::goal(&wanted, &memberships))
}

/// Whether this sign-in makes the user a member of the organization, whose own single sign-on has
/// brought them. One whose membership it has ended stays out.
fn joins(
    cx: &mut Cx<'_>,
    user: &User,
    attempt: &Attempt,
    organization_id: &OrganizationId,
) -> Result<bool> {
    if attempt.vouched_by() != Some(organization_id) {
        return Ok(false);
    }
    let membership = memberships::of_user_and_organization(cx, &user.id, organization_id)?;
    Ok(membership.is_none_or(|it| it.status == Status::Pending))
}

const fn organization_of(goal: &Goal) -> Option<&OrganizationId> {
    match goal {
        Goal::In(id) => id.as_ref(),
        Goal::Choice | Goal::NotAMember(_) => None,
    }
}

/// What whoever asks for another method has to say about it.
fn another(
    cx: &mut Cx<'_>,
    user: &User,
    attempt: &Attempt,
    invitation: Option<&Invitation>,
    demand: Demand,
) -> Result<Needs> {
    let goal = goal(cx, user, attempt, invitation)?;
    let another = another_method(cx, &user.email, organization_of(&goal), demand)?;
    Ok(Needs::AnotherMethod(Box::new(another)))
}

/// The same for a sign-in or session that ends in this organization.
pub(super) fn another_method(
    cx: &mut Cx<'_>,
    email: &str,
    ends_in: Option<&OrganizationId>,
    demand: Demand,
) -> Result<AnotherMethod> {
    let (organization_id, allowed, which) = match demand {
        Demand::Domain(which) => {
            let found = SignInPolicy::of_domain(cx, email)?;
            let (owner, policy) = found.ok_or_else(|| Error::internal("no policy demands it"))?;
            (Some(owner), policy, which)
        }
        Demand::Organization(which) => {
            let policy = SignInPolicy::of_organization(cx, ends_in)?;
            (ends_in.cloned(), policy, which)
        }
    };
    let connection_ids = match &organization_id {
        Some(id) => policies::connections(cx, id)?,
        None => Vec::new(),
    };
    Ok(AnotherMethod { organization_id, sso: which == Another::Sso, connection_ids, allowed })
}

fn choices(cx: &mut Cx<'_>, user: &User) -> Result<Vec<Choice>> {
    let memberships = memberships::active_of_user(cx, &user.id)?.into_iter();
    let choice =
        |it: memberships::Membership| Choice { id: it.organization_id, name: it.organization_name };
    Ok(memberships.map(choice).collect())
}

/// Mails a code to the user's address. Where that was done too often just now, the last one counts.
fn mail_code(cx: &mut Cx<'_>, user: &User) -> Result<String> {
    match email_verifications::send(cx, user) {
        Ok(code) => Ok(code.id),
        Err(refused) if refused.status() == 429 => {
            let last = codes::live(cx, Purpose::EmailVerification, &user.id)?;
            last.map(|it| it.id).ok_or_else(|| refusals::as_oauth(refused))
        }
        Err(refused) => Err(refused),
    }
}

fn sign_in(
    cx: &mut Cx<'_>,
    visitor: &Visitor,
    attempt: &Attempt,
    user: &User,
    invitation: Option<Invitation>,
    organization_id: Option<OrganizationId>,
) -> Result<SignedIn> {
    // Only an invitation that was mailed to the address leads here before the code does.
    if let Some(Vouched { account, is_linked: false }) = &attempt.account {
        federated::link(cx, user, account)?;
    }
    if let Some(invitation) = invitation {
        invitations::accept(cx, &invitation, user)?;
    }
    if let Some(Vouched { account, .. }) = &attempt.account {
        federated::join(cx, user, account)?;
    }
    users::stamp_sign_in(cx, &user.id)?;
    let user = users::find(cx, &user.id)?;
    let former = match &attempt.reauthenticates {
        Some(id) => sessions::get_active(cx, id)?.filter(|it| it.user_id == user.id),
        None => None,
    };
    let (session, claims) = match former {
        Some(mut session) => {
            let proved = Proved {
                method: attempt.method,
                factor_proved: attempt.factor_proved,
                vouched_by: attempt.vouched_by().cloned(),
            };
            sessions::reauthenticate(cx, &mut session, proved, organization_id)?;
            events::succeeded(cx, Proof::Reauthentication, visitor, &user)?;
            let claims = tokens::claims(cx, &user, &session)?;
            (session, claims)
        }
        None => {
            let (method, impersonator) = sandbox::acting(cx, &user.id, attempt.method)?;
            let new = NewSession {
                user_id: user.id.clone(),
                organization_id,
                client_id: attempt.client_id.clone(),
                method,
                factor_proved: attempt.factor_proved,
                vouched_by: attempt.vouched_by().cloned(),
                ip_address: visitor.ip_address.clone(),
                user_agent: visitor.user_agent.clone(),
                impersonator,
            };
            let session = sessions::draft(cx, new)?;
            let claims = tokens::claims(cx, &user, &session)?;
            let remark = tokens::remark(cx, &claims, &user, &session)?;
            sessions::begin(cx, &session, remark.as_ref())?;
            (session, claims)
        }
    };
    judgement::succeed(cx, visitor, attempt, &user)?;
    let tokens = match visitor.delivery {
        Delivery::Tokens => Some(Tokens { claims, refresh_token: refresh::issue(cx, &session)? }),
        Delivery::Code => None,
    };
    let oauth_tokens = attempt.account.as_ref().and_then(|it| it.account.oauth_tokens.clone());
    Ok(SignedIn { user, session, tokens, oauth_tokens })
}

impl StepUp {
    /// The refusal of the API that tells of the step.
    pub fn refusal(&self) -> Error {
        let Self { token, waiting: Waiting { user, needs }, .. } = self;
        let refusal = match needs {
            Needs::EmailVerification => Error::forbidden(
                "email_verification_required",
                "The e-mail address must be verified first. A code was mailed to it.",
            )
            .with("email", user.email.clone())
            .with("email_verification_id", json!(self.email_verification_id)),
            Needs::Factor(factors) => Error::forbidden(
                "mfa_challenge",
                "A code of one of the user's authentication factors is needed.",
            )
            .with("user", json!(user))
            .with("authentication_factors", listed(factors)),
            Needs::Enrolment => Error::forbidden(
                "mfa_enrollment",
                "The user must enroll an authentication factor first.",
            )
            .with("user", json!(user)),
            Needs::PasskeyOffer => Error::forbidden(
                "passkey_progressive_enrollment",
                "The user may register a passkey now, or go on without one.",
            )
            .with("user", json!(user)),
            Needs::Organization(choices) => Error::forbidden(
                "organization_selection_required",
                "The user must choose an organization.",
            )
            .with("user", json!(user))
            .with("organizations", offered(choices)),
            Needs::AnotherMethod(another) => refusals::another_method(another, &user.email),
            Needs::Challenge(challenge) => {
                refusals::challenge(challenge, user, self.radar_challenge_id.as_ref())
            }
        };
        refusal.with("pending_authentication_token", token.reveal())
    }
}

fn listed(factors: &[Factor]) -> Value {
    factors.iter().map(|it| json!({ "id": it.id, "type": it.r#type })).collect()
}

fn offered(choices: &[Choice]) -> Value {
    choices.iter().map(|it| json!({ "id": it.id, "name": it.name })).collect()
}
