//! What a sign-in needs next, and whether a session may go on, decided from facts alone.
//!
//! The order is that of the contract (03 §4, steps 6 to 10): the policy of the domain, the address,
//! a second factor, the offer of a passkey, the organization and the policy of the organization.
use vestibule_kernel::id::OrganizationId;

use super::attempt::Challenge;
use crate::policy::{SecondFactor, SignInPolicy};
use crate::sessions::Method;

/// Which organization a sign-in asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// None in particular.
    Any,
    /// This one, of which the user must be a member.
    Member(OrganizationId),
    /// This one, of which the user becomes a member: by an invitation, or because its own single
    /// sign-on has brought them.
    Joining(OrganizationId),
}

/// Where a sign-in ends, as far as organizations go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// In this organization, or in none.
    In(Option<OrganizationId>),
    /// The user must choose one of several.
    Choice,
    /// The user is not a member of the one that was asked for.
    NotAMember(OrganizationId),
}

/// What a policy says about a sign-in by one method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether the method signs in.
    pub method_allowed: bool,
    /// Whether nothing but single sign-on does.
    pub sso_required: bool,
    /// Whether single sign-on, if it was that, was by a connection of whoever makes the rules. That
    /// of another organization is worth no more than what its administrator says.
    pub own_connection: bool,
    /// Whether the address must be proved.
    pub email_verification: bool,
    /// Whether a second factor is asked for.
    pub second_factor: SecondFactor,
}

impl Rules {
    /// Those of a policy that an organization has, or the environment where it is no
    /// organization's, for somebody who came by `method`, and by a connection of `vouched_by` where
    /// that is single sign-on.
    pub fn of(
        policy: &SignInPolicy,
        owner: Option<&OrganizationId>,
        method: Method,
        vouched_by: Option<&OrganizationId>,
    ) -> Self {
        Self {
            method_allowed: policy.allows(method),
            sso_required: policy.sso_required,
            own_connection: owner.is_none() || owner == vouched_by,
            email_verification: policy.email_verification,
            second_factor: policy.second_factor,
        }
    }
}

/// What is known about a sign-in whose first credential was good.
#[derive(Clone, Debug)]
pub struct Facts {
    /// How the user signed in.
    pub method: Method,
    /// Whether the address of the user was proved, by this sign-in or before.
    pub email_verified: bool,
    /// Whether the user has enrolled a second factor.
    pub has_factor: bool,
    /// Whether this sign-in has proved one.
    pub factor_proved: bool,
    /// Whether it offers a passkey.
    pub passkey_offer: bool,
    /// Where it ends.
    pub goal: Goal,
    /// The rules of the organization in which it ends; of the environment where it ends in none, or
    /// that is not settled yet.
    pub rules: Rules,
    /// The rules of the organization that the domain of the user's address belongs to.
    pub domain: Option<Rules>,
}

/// Who asks for another method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// The organization that the domain of the user's address belongs to.
    Domain(Another),
    /// The organization in which the sign-in ends, or the environment where it ends in none.
    Organization(Another),
}

/// Which other method is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Another {
    /// Single sign-on.
    Sso,
    /// One that is allowed.
    Allowed,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The user must sign in by another method.
    Another(Demand),
    /// The user must give a further proof, because the sign-in looks risky.
    Challenge(Challenge),
    /// The user must prove the address by a code.
    VerifyEmail,
    /// The user must give a code of a factor.
    ProveFactor,
    /// The user must enrol a factor.
    EnrolFactor,
    /// The user may register a passkey.
    OfferPasskey,
    /// The user must choose one of several organizations.
    ChooseOrganization,
    /// The user is not a member of the organization that was asked for.
    NotAMember(OrganizationId),
    /// The user is in.
    SignIn(Option<OrganizationId>),
}

/// Settles where a sign-in ends.
pub fn goal(wanted: &Wanted, memberships: &[OrganizationId]) -> Goal {
    match (wanted, memberships) {
        (Wanted::Joining(id), _) => Goal::In(Some(id.clone())),
        (Wanted::Member(id), of) if of.contains(id) => Goal::In(Some(id.clone())),
        (Wanted::Member(id), _) => Goal::NotAMember(id.clone()),
        (Wanted::Any, []) => Goal::In(None),
        (Wanted::Any, [only]) => Goal::In(Some(only.clone())),
        (Wanted::Any, _) => Goal::Choice,
    }
}

/// Decides what a sign-in needs next.
pub fn next(facts: &Facts) -> Step {
    let Facts { method, goal, rules, domain, .. } = facts;
    if let Some(another) = domain.and_then(|it| another(it, *method)) {
        return Step::Another(Demand::Domain(another));
    }
    let verification = rules.email_verification || domain.is_some_and(|it| it.email_verification);
    if verification && !facts.email_verified {
        return Step::VerifyEmail;
    }
    if let Some(step) = second_factor(facts) {
        return step;
    }
    let settled = match goal {
        Goal::NotAMember(id) => Step::NotAMember(id.clone()),
        Goal::Choice => Step::ChooseOrganization,
        Goal::In(id) => match another(*rules, *method) {
            Some(another) => Step::Another(Demand::Organization(another)),
            None => Step::SignIn(id.clone()),
        },
    };
    match settled {
        // A passkey is offered before an organization is chosen, but to nobody who does not get in.
        Step::SignIn(_) | Step::ChooseOrganization if facts.passkey_offer => Step::OfferPasskey,
        settled => settled,
    }
}

/// What comes next where a further proof is asked for. A new account proves its address first: what
/// comes after that page is shown to nobody who made an account in somebody else's name.
pub fn challenged(challenge: Option<Challenge>, next: Step) -> Step {
    match (challenge, next) {
        (None, next)
        | (Some(Challenge::NewTelephone), next @ (Step::VerifyEmail | Step::Another(_))) => next,
        (Some(it), _) => Step::Challenge(it),
    }
}

fn another(rules: Rules, method: Method) -> Option<Another> {
    let by_sso = method == Method::Sso && rules.own_connection;
    match (rules.sso_required && !by_sso, rules.method_allowed) {
        (true, _) => Some(Another::Sso),
        (false, false) => Some(Another::Allowed),
        (false, true) => None,
    }
}

fn second_factor(facts: &Facts) -> Option<Step> {
    if facts.factor_proved {
        return None;
    }
    match (strictest(facts.method, facts.rules, facts.domain), facts.has_factor) {
        (SecondFactor::Disabled, _) | (SecondFactor::Optional, false) => None,
        (SecondFactor::Optional | SecondFactor::Required, true) => Some(Step::ProveFactor),
        (SecondFactor::Required, false) => Some(Step::EnrolFactor),
    }
}

/// What is asked for besides a method. An organization's own identity provider and a passkey have seen
/// to a second factor themselves.
const fn asked(method: Method, rules: Rules) -> SecondFactor {
    match method {
        Method::Passkey => SecondFactor::Disabled,
        Method::Sso if rules.own_connection => SecondFactor::Disabled,
        _ => rules.second_factor,
    }
}

fn strictest(method: Method, rules: Rules, domain: Option<Rules>) -> SecondFactor {
    let domain = domain.map_or(SecondFactor::Disabled, |it| asked(method, it));
    asked(method, rules).max(domain)
}

/// What is known about a session that is to go on.
#[derive(Clone, Copy, Debug)]
pub struct SessionFacts {
    /// How it began.
    pub method: Method,
    /// Whether a second factor was proved then.
    pub factor_proved: bool,
    /// Whether the address of its user is proved.
    pub email_verified: bool,
    /// The rules of the organization that it is to go on in, or of the environment.
    pub rules: Rules,
    /// The rules of the organization that the domain of the user's address belongs to.
    pub domain: Option<Rules>,
}

/// Why a session may not go on: what its policy asks for today was not done when it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortfall {
    /// It began otherwise than by an allowed method.
    Method(Demand),
    /// The address of its user is not proved.
    Address,
    /// No second factor was proved.
    Factor,
}

/// Decides whether a session may go on. An optional factor that was enrolled meanwhile is asked for
/// at the next sign-in; a required one, now.
pub fn shortfall(facts: &SessionFacts) -> Option<Shortfall> {
    let SessionFacts { method, factor_proved, email_verified, rules, domain } = facts;
    // Who acts as a user has not signed in as the user would.
    if *method == Method::Impersonation {
        return None;
    }
    if let Some(another) = domain.and_then(|it| another(it, *method)) {
        return Some(Shortfall::Method(Demand::Domain(another)));
    }
    if let Some(another) = another(*rules, *method) {
        return Some(Shortfall::Method(Demand::Organization(another)));
    }
    let verification = rules.email_verification || domain.is_some_and(|it| it.email_verification);
    if verification && !email_verified {
        return Some(Shortfall::Address);
    }
    let required = strictest(*method, *rules, *domain) == SecondFactor::Required;
    (required && !factor_proved).then_some(Shortfall::Factor)
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
