//! The life of a domain, apart from where it is stored and how it is looked up.
use vestibule_kernel::time::Time;

use super::DomainState;

/// For how long a domain is looked up before its verification fails.
pub const PERIOD_DAYS: i64 = 30;
/// The shortest pause between two look-ups.
const PAUSE_SECONDS_MIN: i64 = 15;
/// The longest pause between two look-ups.
const PAUSE_SECONDS_MAX: i64 = 6 * 60 * 60;

/// What can happen to a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The application asked for verification.
    Asked,
    /// The application vouched for the organization.
    Vouched,
    /// The record was found in the DNS.
    Found,
    /// Another organization was first.
    OwnedElsewhere,
    /// The period ended without the record.
    PeriodEnded,
}

/// The state that follows; none where nothing changes. What was verified stays so: it can only be
/// deleted.
pub fn next(state: DomainState, happening: Happening) -> Option<DomainState> {
    match (state, happening) {
        (DomainState::Verified, _)
        | (DomainState::Pending, Happening::Asked)
        | (
            DomainState::Failed,
            Happening::Found | Happening::OwnedElsewhere | Happening::PeriodEnded,
        ) => None,
        (DomainState::Failed, Happening::Asked) => Some(DomainState::Pending),
        (DomainState::Pending, Happening::OwnedElsewhere | Happening::PeriodEnded) => {
            Some(DomainState::Failed)
        }
        (DomainState::Pending, Happening::Found | Happening::Vouched)
        | (DomainState::Failed, Happening::Vouched) => Some(DomainState::Verified),
    }
}

/// When a domain whose record is not there yet is looked up again. The pause grows with the time
/// that has passed, so that a record made at once is seen soon and one that never comes costs
/// little; the last look-up is at the end of the period.
pub fn next_check(asked_at: Time, expires_at: Time, now: Time) -> Time {
    let passed = now.seconds() - asked_at.seconds();
    now.plus_seconds(passed.clamp(PAUSE_SECONDS_MIN, PAUSE_SECONDS_MAX)).min(expires_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [DomainState; 3] =
        [DomainState::Pending, DomainState::Verified, DomainState::Failed];
    const HAPPENINGS: [Happening; 5] = [
        Happening::Asked,
        Happening::Vouched,
        Happening::Found,
        Happening::OwnedElsewhere,
        Happening::PeriodEnded,
    ];

    #[test]
    fn a_verified_domain_stays_verified_whatever_happens() {
        for it in HAPPENINGS {
            assert_eq!(next(DomainState::Verified, it), None, "{it:?}");
        }
    }

    #[test]
    fn a_change_is_never_to_the_same_state() {
        for state in STATES {
            for it in HAPPENINGS {
                assert_ne!(next(state, it), Some(state), "{state:?} {it:?}");
            }
        }
    }

    #[test]
    fn only_a_record_or_the_application_verifies() {
        for state in STATES {
            for it in HAPPENINGS {
                if next(state, it) == Some(DomainState::Verified) {
                    assert!(matches!(it, Happening::Found | Happening::Vouched), "{it:?}");
                }
            }
        }
    }

    #[test]
    fn a_record_found_after_the_failure_verifies_nothing() {
        assert_eq!(next(DomainState::Failed, Happening::Found), None);
    }

    #[test]
    fn the_pauses_grow_and_the_last_look_is_at_the_end() {
        let asked = Time::from_millis(1_768_478_400_000);
        let end = asked.plus_days(PERIOD_DAYS);
        let (mut now, mut pause, mut looks) = (asked, 0, 0);
        while now < end {
            let next = next_check(asked, end, now);
            assert!(next > now);
            assert!(next.seconds() - now.seconds() >= pause || next == end);
            pause = next.seconds() - now.seconds();
            now = next;
            looks += 1;
        }
        assert_eq!(now, end);
        assert!((100..200).contains(&looks), "{looks} look-ups");
    }
}
