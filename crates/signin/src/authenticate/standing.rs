//! Whether a session may go on as the policy is today: at a refresh, at the exchange of a code, and
//! when a browser comes that is signed in already.
//!
//! What the policy asks for may have changed since the session began, or the session changes to an
//! organization that asks for more. Nobody is signed out by it: the session is refused until they
//! sign in as the policy has it, and goes on where the policy is met again.
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::{Cx, Error, Result};
use vestibule_people::users::User;

use super::attempt;
use super::pending::{self, Attempt};
use super::policy::{self, Another, Demand, Rules, SessionFacts, Shortfall};
use super::refusals;
use crate::policy::SignInPolicy;
use crate::sessions::{Method, Session};

/// Why a session of this user may not go on with this organization, if so.
pub(crate) fn shortfall(
    cx: &mut Cx<'_>,
    user: &User,
    session: &Session,
    organization_id: Option<&OrganizationId>,
) -> Result<Option<Shortfall>> {
    // A sandbox that vouches for somebody asks nothing of them, then or later.
    if session.method == Method::ExternalAuth && cx.sandbox().is_some() {
        return Ok(None);
    }
    let policy = SignInPolicy::of_organization(cx, organization_id)?;
    let domain = SignInPolicy::of_domain(cx, &user.email)?;
    let vouched_by = session.vouched_by.as_ref();
    let rules = |policy: &SignInPolicy, owner: Option<&OrganizationId>| {
        Rules::of(policy, owner, session.method, vouched_by)
    };
    Ok(policy::shortfall(&SessionFacts {
        method: session.method,
        factor_proved: session.factor_proved,
        email_verified: user.email_verified,
        rules: rules(&policy, organization_id),
        domain: domain.map(|it| rules(&it.1, Some(&it.0))),
    }))
}

/// The same as a refusal, in the OAuth form. `asked_for` tells whether the organization was named:
/// then the session goes on where it was; else it is at its end, which libraries know by
/// `invalid_grant`, `sso_required` and `mfa_enrollment`. The refusal must be committed, for the token
/// that it may carry.
pub(super) fn refusal(
    cx: &mut Cx<'_>,
    user: &User,
    session: &Session,
    organization_id: Option<&OrganizationId>,
    asked_for: bool,
) -> Result<Option<Error>> {
    let Some(shortfall) = shortfall(cx, user, session, organization_id)? else { return Ok(None) };
    let demand = match shortfall {
        Shortfall::Method(demand) => demand,
        Shortfall::Address => {
            let text = "The e-mail address must be verified first. Sign in again.";
            return Ok(Some(refusals::invalid_grant(text)));
        }
        Shortfall::Factor => {
            let text = "A second factor is required. Sign in again, and prove or enroll one.";
            return Ok(Some(Error::oauth("mfa_enrollment", text)));
        }
    };
    let another = attempt::another_method(cx, &user.email, organization_id, demand)?;
    Ok(Some(match demand {
        Demand::Domain(Another::Sso) | Demand::Organization(Another::Sso) => {
            let token = pending::create(cx, &waiting(session, organization_id))?;
            refusals::sso_required(&another, &user.email)
                .with("pending_authentication_token", token.reveal())
        }
        Demand::Domain(Another::Allowed) | Demand::Organization(Another::Allowed) if asked_for => {
            refusals::methods_required(&another, &user.email)
        }
        Demand::Domain(Another::Allowed) | Demand::Organization(Another::Allowed) => {
            let text = "The method by which the session began is not allowed any more. Sign in \
                        again.";
            refusals::invalid_grant(text)
        }
    }))
}

/// The sign-in that waits for single sign-on in the place of a session.
fn waiting(session: &Session, organization_id: Option<&OrganizationId>) -> Attempt {
    Attempt {
        user_id: session.user_id.clone(),
        client_id: session.client_id.clone(),
        method: session.method,
        organization_id: organization_id.cloned(),
        invitation_id: None,
        factor_proved: session.factor_proved,
        passkey_offered: true,
        reauthenticates: None,
        account: None,
        radar: None,
    }
}
