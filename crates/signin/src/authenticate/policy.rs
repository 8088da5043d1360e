//! What a sign-in needs next, decided from facts alone.
//!
//! The order is that of the contract (03 §4, steps 7 to 10): prove the address, prove a second
//! factor, be offered a passkey, choose an organization.
use vestibule_kernel::id::OrganizationId;

use crate::policy::SecondFactor;
use crate::sessions::Method;

/// Which organization a sign-in asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// None in particular.
    Any,
    /// This one, of which the user must be a member.
    Member(OrganizationId),
    /// This one, of which the user becomes a member by an invitation.
    Invited(OrganizationId),
}

/// What is known about a sign-in whose first credential was good.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Whether the address of the user was proved, by this sign-in or before.
    pub email_verified: bool,
    /// Whether it must be.
    pub email_verification_required: bool,
    /// How the user signed in.
    pub method: Method,
    /// Whether a second factor is asked for.
    pub second_factor: SecondFactor,
    /// Whether the user has enrolled one.
    pub has_factor: bool,
    /// Whether this sign-in has proved one.
    pub factor_proved: bool,
    /// Whether it offers a passkey.
    pub passkey_offer: bool,
    /// Which organization it asks for.
    pub wanted: Wanted,
    /// The organizations of which the user is an active member.
    pub memberships: Vec<OrganizationId>,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
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

/// Decides.
pub fn next(facts: &Facts) -> Step {
    if facts.email_verification_required && !facts.email_verified {
        return Step::VerifyEmail;
    }
    match second_factor(facts) {
        Some(step) => step,
        None => offer(facts, organization(facts)),
    }
}

fn second_factor(facts: &Facts) -> Option<Step> {
    // An identity provider and a passkey have seen to it themselves.
    let strong = matches!(facts.method, Method::Sso | Method::Passkey);
    if strong || facts.factor_proved {
        return None;
    }
    match (facts.second_factor, facts.has_factor) {
        (SecondFactor::Disabled, _) | (SecondFactor::Optional, false) => None,
        (SecondFactor::Optional | SecondFactor::Required, true) => Some(Step::ProveFactor),
        (SecondFactor::Required, false) => Some(Step::EnrolFactor),
    }
}

/// A passkey is offered before an organization is chosen, but to nobody who does not get in.
fn offer(facts: &Facts, next: Step) -> Step {
    match next {
        Step::SignIn(_) | Step::ChooseOrganization if facts.passkey_offer => Step::OfferPasskey,
        next => next,
    }
}

fn organization(facts: &Facts) -> Step {
    match (&facts.wanted, facts.memberships.as_slice()) {
        (Wanted::Invited(id), _) => Step::SignIn(Some(id.clone())),
        (Wanted::Member(id), memberships) if memberships.contains(id) => {
            Step::SignIn(Some(id.clone()))
        }
        (Wanted::Member(id), _) => Step::NotAMember(id.clone()),
        (Wanted::Any, []) => Step::SignIn(None),
        (Wanted::Any, [only]) => Step::SignIn(Some(only.clone())),
        (Wanted::Any, _) => Step::ChooseOrganization,
    }
}

#[cfg(test)]
mod tests {
    use super::{Facts, Method, OrganizationId, SecondFactor, Step, Wanted, next};

    fn id(text: &str) -> OrganizationId {
        OrganizationId::parse(text).unwrap()
    }

    /// The rules once more, one sentence each, in the order in which they count.
    fn expected(facts: &Facts) -> Step {
        let member = |it: &OrganizationId| facts.memberships.contains(it);
        let strong = facts.method == Method::Sso || facts.method == Method::Passkey;
        let asks = facts.second_factor == SecondFactor::Required
            || (facts.second_factor == SecondFactor::Optional && facts.has_factor);
        if facts.email_verification_required && !facts.email_verified {
            Step::VerifyEmail
        } else if asks && !strong && !facts.factor_proved && facts.has_factor {
            Step::ProveFactor
        } else if asks && !strong && !facts.factor_proved {
            Step::EnrolFactor
        } else if let Wanted::Member(it) = &facts.wanted
            && !member(it)
        {
            Step::NotAMember(it.clone())
        } else if facts.passkey_offer {
            Step::OfferPasskey
        } else if let Wanted::Invited(it) = &facts.wanted {
            Step::SignIn(Some(it.clone()))
        } else if let Wanted::Member(it) = &facts.wanted {
            Step::SignIn(Some(it.clone()))
        } else if facts.memberships.len() > 1 {
            Step::ChooseOrganization
        } else {
            Step::SignIn(facts.memberships.first().cloned())
        }
    }

    #[test]
    fn every_combination_of_facts_has_the_step_of_the_contract() {
        let bools = [false, true];
        let factors = [SecondFactor::Disabled, SecondFactor::Optional, SecondFactor::Required];
        let wanted = [Wanted::Any, Wanted::Member(id("org_1")), Wanted::Invited(id("org_1"))];
        let memberships =
            [vec![], vec![id("org_1")], vec![id("org_2")], vec![id("org_1"), id("org_2")]];
        let mut cases = 0;
        for (bits, method) in (0..32).flat_map(|it| Method::ALL.iter().map(move |m| (it, *m))) {
            for second_factor in factors {
                for wanted in &wanted {
                    for memberships in &memberships {
                        let facts = Facts {
                            email_verified: bools[bits & 1],
                            email_verification_required: bools[bits >> 1 & 1],
                            has_factor: bools[bits >> 2 & 1],
                            factor_proved: bools[bits >> 3 & 1],
                            passkey_offer: bools[bits >> 4 & 1],
                            method,
                            second_factor,
                            wanted: wanted.clone(),
                            memberships: memberships.clone(),
                        };
                        assert_eq!(next(&facts), expected(&facts), "{facts:?}");
                        cases += 1;
                    }
                }
            }
        }
        assert_eq!(cases, 32 * Method::ALL.len() * 3 * 3 * 4);
    }

    #[test]
    fn a_member_of_one_organization_gets_straight_in() {
        let facts = Facts {
            email_verified: true,
            email_verification_required: true,
            method: Method::Password,
            second_factor: SecondFactor::Optional,
            has_factor: false,
            factor_proved: false,
            passkey_offer: false,
            wanted: Wanted::Any,
            memberships: vec![id("org_1")],
        };
        assert_eq!(next(&facts), Step::SignIn(Some(id("org_1"))));
        let unverified = Facts { email_verified: false, has_factor: true, ..facts.clone() };
        assert_eq!(next(&unverified), Step::VerifyEmail, "the address comes first");
        let offered = Facts { passkey_offer: true, ..facts.clone() };
        assert_eq!(next(&offered), Step::OfferPasskey, "the offer comes before the organization");
        let factor = Facts { has_factor: true, memberships: vec![id("a"), id("b")], ..facts };
        assert_eq!(next(&factor), Step::ProveFactor, "the factor comes before the organization");
    }
}
