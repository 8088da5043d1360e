//! When a stream sends: how large batches become, and how long it waits after a failure.
use vestibule_kernel::chance::Chance;
use vestibule_kernel::time::Time;

use super::batch::Batch;
use super::receivers::{Refusal, RefusalKind};
use super::{Batching, StreamState, StreamType};

/// How long a node has to hand a batch over: well over what a receiver may take to answer.
pub(super) const LEASE_SECONDS: i64 = 120;

/// How long it waits after the first failure; twice as long after each further one.
const WAIT_SECONDS: i64 = 5;
/// The same where credentials were refused: too many tries may lock an account.
const WAIT_SECONDS_INVALID: i64 = 60;
/// How long it waits at the most, whatever the receiver asks for.
const WAIT_SECONDS_MAX: i64 = 3600;

/// How large a batch becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) events: usize,
    pub(super) bytes: usize,
    pub(super) age_seconds: i64,
}

/// What a receiver takes at the most, and what suits it.
struct Suits {
    events: u32,
    events_max: u32,
    bytes: u32,
    bytes_max: u32,
    age_seconds: u32,
}

impl Suits {
    fn of(kind: StreamType) -> Self {
        match kind {
            // 1 MB for each call; part of it is what each event is wrapped in.
            StreamType::AzureSentinel => Self {
                events: 500,
                events_max: 1000,
                bytes: 700_000,
                bytes_max: 700_000,
                age_seconds: 5,
            },
            // 1,000 entries and 5 MB, uncompressed; quotation makes an event longer.
            StreamType::Datadog => Self {
                events: 500,
                events_max: 1000,
                bytes: 1_000_000,
                bytes_max: 3_000_000,
                age_seconds: 5,
            },
            StreamType::GenericHttps | StreamType::Splunk | StreamType::Syslog => Self {
                events: 500,
                events_max: 10_000,
                bytes: 1_000_000,
                bytes_max: 8_000_000,
                age_seconds: 5,
            },
            // Each batch is an object, and small objects cost as much as large ones.
            StreamType::GoogleCloudStorage | StreamType::S3 => Self {
                events: 10_000,
                events_max: 10_000,
                bytes: 8_000_000,
                bytes_max: 8_000_000,
                age_seconds: 60,
            },
        }
    }
}

impl Limits {
    /// How large batches become for a kind of receiver, and where something was asked for.
    pub(super) fn of(kind: StreamType, asked: &Batching) -> Self {
        let Batching { events_max, bytes_max, age_seconds_max } = asked;
        let suits = Suits::of(kind);
        let size = |it: u32| usize::try_from(it).unwrap_or(usize::MAX);
        Self {
            events: size(events_max.unwrap_or(suits.events).min(suits.events_max)),
            bytes: size(bytes_max.unwrap_or(suits.bytes).min(suits.bytes_max)),
            age_seconds: i64::from(age_seconds_max.unwrap_or(suits.age_seconds)),
        }
    }
    /// When a batch is sent at the latest whose oldest event was taken then.
    pub(super) fn due_at(&self, oldest: Time) -> Time {
        oldest.plus_seconds(self.age_seconds)
    }
}

/// What becomes of a stream whose receiver did not take a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) state: StreamState,
    /// When it is tried again.
    pub(super) at: Time,
    /// Where the batch then ends.
    pub(super) batch_end: Option<i64>,
}

impl Next {
    /// After `failures` that came before this one.
    pub(super) fn after(
        refusal: &Refusal,
        failures: i64,
        batch: &Batch,
        now: Time,
        chance: &Chance,
    ) -> Self {
        let whole = Some(batch.end);
        let asked = refusal.retry_after.unwrap_or_default().min(WAIT_SECONDS_MAX);
        let wait = |first| {
            let millis = jittered_millis(first, failures, u16::from_le_bytes(chance.bytes()));
            now.plus_millis(millis.max(asked * 1000))
        };
        match (refusal.kind, batch.middle()) {
            // Half of it may fit.
            (RefusalKind::TooLarge, Some(middle)) => {
                Self { state: StreamState::Error, at: now, batch_end: Some(middle) }
            }
            (RefusalKind::TooLarge, None) | (RefusalKind::Passing, _) => {
                Self { state: StreamState::Error, at: wait(WAIT_SECONDS), batch_end: whole }
            }
            (RefusalKind::Credentials, _) => Self {
                state: StreamState::Invalid,
                at: wait(WAIT_SECONDS_INVALID),
                batch_end: whole,
            },
        }
    }
}

/// Between half of the wait and all of it, so that what failed together is not tried together.
fn jittered_millis(first: i64, failures: i64, chance: u16) -> i64 {
    let doublings = u32::try_from(failures.clamp(0, 16)).unwrap_or_default();
    let wait = (first << doublings).min(WAIT_SECONDS_MAX) * 1000;
    wait / 2 + wait / 2 * i64::from(chance) / i64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_an_hour_and_differ() {
        assert_eq!(jittered_millis(5, 0, 0), 2_500);
        assert_eq!(jittered_millis(5, 0, u16::MAX), 5_000);
        assert_eq!(jittered_millis(5, 3, u16::MAX), 40_000);
        assert_eq!(jittered_millis(5, 1_000_000, u16::MAX), 3_600_000);
        assert_eq!(jittered_millis(60, 60, 0), 1_800_000);
    }

    #[test]
    fn no_batch_is_larger_than_its_receiver_takes() {
        let asked = Batching {
            events_max: Some(10_000),
            bytes_max: Some(8_000_000),
            age_seconds_max: Some(0),
        };
        let limits = Limits::of(StreamType::Datadog, &asked);
        assert_eq!(limits, Limits { events: 1000, bytes: 3_000_000, age_seconds: 0 });
        let limits = Limits::of(StreamType::S3, &Batching::default());
        assert_eq!(limits, Limits { events: 10_000, bytes: 8_000_000, age_seconds: 60 });
    }
}
