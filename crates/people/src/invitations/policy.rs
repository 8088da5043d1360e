//! The rules of invitations that need no database.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::time::Time;

use crate::domains::DomainName;
use crate::users::fold;

/// The state of an invitation
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    /// It waits to be accepted
    Pending,
    /// It was accepted
    Accepted,
    /// It was not accepted in time
    Expired,
    /// It was taken back
    Revoked,
}

/// The state at this instant of an invitation with these times.
pub(super) fn state(
    accepted_at: Option<Time>,
    revoked_at: Option<Time>,
    expires_at: Time,
    now: Time,
) -> InvitationState {
    match (accepted_at, revoked_at) {
        (Some(_), _) => InvitationState::Accepted,
        (None, Some(_)) => InvitationState::Revoked,
        (None, None) if expires_at <= now => InvitationState::Expired,
        (None, None) => InvitationState::Pending,
    }
}

/// Whether `email` may accept an invitation to an organization that went to `invited`: at a domain
/// where anybody gets an address it must be the same address; else the same domain will do.
pub(super) fn may_accept(invited: &str, email: &str) -> bool {
    if fold(invited) == fold(email) {
        return true;
    }
    match (own_domain(invited), own_domain(email)) {
        (Some(invited), Some(own)) => invited == own,
        _ => false,
    }
}

/// The domain of an address where it is one that an organization can own.
fn own_domain(email: &str) -> Option<DomainName> {
    DomainName::own(email.rsplit_once('@')?.1).ok()
}

/// Whether mail to the address can arrive. A name under `invalid` never exists (RFC 6761 §6.4).
pub(super) fn is_deliverable(email: &str) -> bool {
    let domain = email.rsplit_once('@').and_then(|it| DomainName::fold(it.1));
    domain.is_some_and(|it| it.as_str() != "invalid" && !it.as_str().ends_with(".invalid"))
}

/// The link of an invitation: the page at `base` with the token.
pub(super) fn link(base: &str, token: &str) -> String {
    let (page, fragment) = match base.split_once('#') {
        Some((page, fragment)) => (page, Some(fragment)),
        None => (base, None),
    };
    let mark = if page.contains('?') { '&' } else { '?' };
    let mut link = format!("{page}{mark}invitation_token={token}");
    if let Some(fragment) = fragment {
        link.push('#');
        link.push_str(fragment);
    }
    link
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corporate_invitation_is_for_its_domain_and_another_for_its_address_alone() {
        for (invited, email, may) in [
            ("ada@acme.example", "ADA@acme.example", true),
            ("ada@acme.example", "grace@Acme.Example", true),
            ("ada@acme.example", "ada@other.example", false),
            ("ada@acme.example", "ada@mail.acme.example", false),
            ("ada@acme.example", "ada@notacme.example", false),
            ("ada@gmail.com", "Ada@Gmail.com", true),
            ("ada@gmail.com", "grace@gmail.com", false),
            ("ada@outlook.com", "grace@outlook.com", false),
            ("ada@acme.example", "no address", false),
        ] {
            assert_eq!(may_accept(invited, email), may, "{invited} accepted by {email}");
        }
    }

    #[test]
    fn an_invitation_expires_unless_it_was_accepted_or_revoked() {
        let at = Time::from_millis;
        for (accepted, revoked, now, expected) in [
            (None, None, 9, InvitationState::Pending),
            (None, None, 10, InvitationState::Expired),
            (Some(at(5)), None, 20, InvitationState::Accepted),
            (None, Some(at(5)), 20, InvitationState::Revoked),
        ] {
            assert_eq!(state(accepted, revoked, at(10), at(now)), expected, "{expected:?}");
        }
    }

    #[test]
    fn mail_to_a_domain_that_never_exists_is_not_deliverable() {
        for (email, good) in [
            ("a@acme.example", true),
            ("a@x.test", true),
            ("a@b.invalid", false),
            ("a@B.INVALID", false),
        ] {
            assert_eq!(is_deliverable(email), good, "{email}");
        }
    }

    #[test]
    fn the_token_joins_the_query_of_the_page() {
        for (base, expected) in [
            ("https://a.example/invite", "https://a.example/invite?invitation_token=t"),
            ("https://a.example/?x=1", "https://a.example/?x=1&invitation_token=t"),
            ("https://a.example/#/join", "https://a.example/?invitation_token=t#/join"),
        ] {
            assert_eq!(link(base, "t"), expected);
        }
    }
}
