//! Every combination of facts, against the rules once more in sentences.
use super::*;

fn id(text: &str) -> OrganizationId {
    OrganizationId::parse(text).unwrap()
}

const BOOLS: [bool; 2] = [false, true];
const FACTORS: [SecondFactor; 3] =
    [SecondFactor::Disabled, SecondFactor::Optional, SecondFactor::Required];

fn every_rules() -> Vec<Rules> {
    let mut all = Vec::new();
    for second_factor in FACTORS {
        for bits in 0..16 {
            all.push(Rules {
                method_allowed: BOOLS[bits & 1],
                sso_required: BOOLS[bits >> 1 & 1],
                email_verification: BOOLS[bits >> 2 & 1],
                own_connection: BOOLS[bits >> 3 & 1],
                second_factor,
            });
        }
    }
    all
}

fn every_domain() -> Vec<Option<Rules>> {
    every_rules().into_iter().map(Some).chain([None]).collect()
}

fn demanded(rules: Rules, method: Method) -> Option<Another> {
    let by_another = method == Method::Sso && !rules.own_connection;
    if rules.sso_required && (method != Method::Sso || by_another) {
        Some(Another::Sso)
    } else if !rules.method_allowed {
        Some(Another::Allowed)
    } else {
        None
    }
}

/// A passkey is asked for no second factor, nor is who comes by the connection of whoever asks.
fn asks_for(rules: Rules, method: Method, factor: SecondFactor) -> bool {
    let strong = method == Method::Passkey || (method == Method::Sso && rules.own_connection);
    !strong && rules.second_factor == factor
}

/// The rules once more, one sentence each, in the order in which they count.
fn expected(facts: &Facts) -> Step {
    let of_all = || facts.domain.iter().chain([&facts.rules]);
    let verification = of_all().any(|it| it.email_verification);
    let wants = |factor| of_all().any(|it| asks_for(*it, facts.method, factor));
    let required = wants(SecondFactor::Required);
    let optional = wants(SecondFactor::Optional);
    let asks = required || (optional && facts.has_factor);
    if let Some(it) = facts.domain.and_then(|it| demanded(it, facts.method)) {
        Step::Another(Demand::Domain(it))
    } else if verification && !facts.email_verified {
        Step::VerifyEmail
    } else if asks && !facts.factor_proved && facts.has_factor {
        Step::ProveFactor
    } else if asks && !facts.factor_proved {
        Step::EnrolFactor
    } else if let Goal::NotAMember(it) = &facts.goal {
        Step::NotAMember(it.clone())
    } else if let (Some(it), Goal::In(_)) = (demanded(facts.rules, facts.method), &facts.goal) {
        Step::Another(Demand::Organization(it))
    } else if facts.passkey_offer {
        Step::OfferPasskey
    } else if facts.goal == Goal::Choice {
        Step::ChooseOrganization
    } else if let Goal::In(it) = &facts.goal {
        Step::SignIn(it.clone())
    } else {
        unreachable!("there are three kinds of goals")
    }
}

#[test]
fn every_combination_of_facts_has_the_step_of_the_contract() {
    let goals =
        [Goal::In(None), Goal::In(Some(id("org_1"))), Goal::Choice, Goal::NotAMember(id("org_1"))];
    let mut cases = 0;
    // All other methods are as a password is.
    for method in [Method::Password, Method::GoogleOAuth, Method::Sso, Method::Passkey] {
        for rules in every_rules() {
            for domain in every_domain() {
                for bits in 0..16 {
                    for goal in &goals {
                        let facts = Facts {
                            method,
                            email_verified: BOOLS[bits & 1],
                            has_factor: BOOLS[bits >> 1 & 1],
                            factor_proved: BOOLS[bits >> 2 & 1],
                            passkey_offer: BOOLS[bits >> 3 & 1],
                            goal: goal.clone(),
                            rules,
                            domain,
                        };
                        assert_eq!(next(&facts), expected(&facts), "{facts:?}");
                        cases += 1;
                    }
                }
            }
        }
    }
    assert_eq!(cases, 4 * 48 * 49 * 16 * 4);
}

#[test]
fn where_a_sign_in_ends_is_settled_by_what_it_asks_for_and_by_memberships() {
    let (one, two) = (id("org_1"), id("org_2"));
    let member = Wanted::Member(one.clone());
    let joining = Wanted::Joining(one.clone());
    let in_one = Goal::In(Some(one.clone()));
    for (wanted, memberships, expected) in [
        (Wanted::Any, vec![], Goal::In(None)),
        (Wanted::Any, vec![one.clone()], in_one.clone()),
        (Wanted::Any, vec![one.clone(), two.clone()], Goal::Choice),
        (member.clone(), vec![], Goal::NotAMember(one.clone())),
        (member.clone(), vec![two.clone()], Goal::NotAMember(one.clone())),
        (member, vec![two.clone(), one.clone()], in_one.clone()),
        (joining.clone(), vec![], in_one.clone()),
        (joining, vec![two], in_one),
    ] {
        assert_eq!(goal(&wanted, &memberships), expected, "{wanted:?} {memberships:?}");
    }
}

/// Whether a session may go on, one sentence for each rule.
fn expected_shortfall(facts: &SessionFacts) -> Option<Shortfall> {
    let of_all = || facts.domain.iter().chain([&facts.rules]);
    let required = of_all().any(|it| asks_for(*it, facts.method, SecondFactor::Required));
    if facts.method == Method::Impersonation {
        None
    } else if let Some(it) = facts.domain.and_then(|it| demanded(it, facts.method)) {
        Some(Shortfall::Method(Demand::Domain(it)))
    } else if let Some(it) = demanded(facts.rules, facts.method) {
        Some(Shortfall::Method(Demand::Organization(it)))
    } else if of_all().any(|it| it.email_verification) && !facts.email_verified {
        Some(Shortfall::Address)
    } else if required && !facts.factor_proved {
        Some(Shortfall::Factor)
    } else {
        None
    }
}

#[test]
fn every_session_goes_on_only_as_its_policy_has_it_today() {
    for method in [Method::Password, Method::Sso, Method::Passkey, Method::Impersonation] {
        for rules in every_rules() {
            for domain in every_domain() {
                for (factor_proved, email_verified) in
                    BOOLS.into_iter().flat_map(|it| BOOLS.map(|other| (it, other)))
                {
                    let facts =
                        SessionFacts { method, factor_proved, email_verified, rules, domain };
                    assert_eq!(shortfall(&facts), expected_shortfall(&facts), "{facts:?}");
                }
            }
        }
    }
}

#[test]
fn what_another_organizations_identity_provider_says_meets_nobody_elses_policy() {
    let policy = SignInPolicy {
        sso_required: true,
        second_factor: SecondFactor::Required,
        ..SignInPolicy::default()
    };
    let (one, two) = (id("org_1"), id("org_2"));
    let step = |vouched_by: &OrganizationId| {
        next(&Facts {
            method: Method::Sso,
            email_verified: true,
            has_factor: true,
            factor_proved: false,
            passkey_offer: false,
            goal: Goal::In(Some(one.clone())),
            rules: Rules::of(&policy, Some(&one), Method::Sso, Some(vouched_by)),
            domain: Some(Rules::of(&policy, Some(&one), Method::Sso, Some(vouched_by))),
        })
    };
    assert_eq!(step(&one), Step::SignIn(Some(one.clone())));
    assert_eq!(step(&two), Step::Another(Demand::Domain(Another::Sso)));
}

#[test]
fn a_member_of_one_organization_gets_straight_in() {
    let facts = Facts {
        method: Method::Password,
        email_verified: true,
        has_factor: false,
        factor_proved: false,
        passkey_offer: false,
        goal: Goal::In(Some(id("org_1"))),
        rules: Rules::of(&SignInPolicy::default(), None, Method::Password, None),
        domain: None,
    };
    assert_eq!(next(&facts), Step::SignIn(Some(id("org_1"))));
    let unverified = Facts { email_verified: false, has_factor: true, ..facts.clone() };
    assert_eq!(next(&unverified), Step::VerifyEmail, "the address comes first");
    let offered = Facts { passkey_offer: true, ..facts.clone() };
    assert_eq!(next(&offered), Step::OfferPasskey, "the offer comes before the organization");
    let factor = Facts { has_factor: true, goal: Goal::Choice, ..facts };
    assert_eq!(next(&factor), Step::ProveFactor, "the factor comes before the organization");
}

#[test]
fn a_challenge_comes_first_but_a_new_account_proves_its_address_before_its_telephone() {
    let text = || Challenge::Text { phone_number: "+15555550100".to_owned() };
    let another = || Step::Another(Demand::Domain(Another::Sso));
    for next in [Step::VerifyEmail, Step::ProveFactor, another(), Step::SignIn(None)] {
        assert_eq!(challenged(None, next.clone()), next);
        for challenge in [Challenge::Email, text()] {
            let asked = challenged(Some(challenge.clone()), next.clone());
            assert_eq!(asked, Step::Challenge(challenge));
        }
        let waits = matches!(next, Step::VerifyEmail | Step::Another(_));
        let expected = if waits { next.clone() } else { Step::Challenge(Challenge::NewTelephone) };
        assert_eq!(challenged(Some(Challenge::NewTelephone), next), expected);
    }
}
