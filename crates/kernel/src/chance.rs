//! The one place that random bytes and fresh ids come from.
use parking_lot::Mutex;
use rand::{Rng, SeedableRng, rngs::ChaCha12Rng};

use crate::time::Time;

/// Randomness: the operating system's in production, seeded in tests.
pub struct Chance {
    seeded: Option<Mutex<ChaCha12Rng>>,
    last: Mutex<(i64, u128)>,
}

const RANDOM_BITS: u128 = (1 << 80) - 1;
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl Chance {
    /// Cryptographically secure randomness.
    pub fn system() -> Self {
        Self { seeded: None, last: Mutex::new((i64::MIN, 0)) }
    }
    /// The same sequence for the same seed: for tests.
    pub fn seeded(seed: u64) -> Self {
        let rng = ChaCha12Rng::seed_from_u64(seed);
        Self { seeded: Some(Mutex::new(rng)), last: Mutex::new((i64::MIN, 0)) }
    }
    /// Fills `bytes` with random bytes.
    pub fn fill(&self, bytes: &mut [u8]) {
        match &self.seeded {
            Some(rng) => rng.lock().fill_bytes(bytes),
            // The operating system's generator only fails where the machine is beyond use.
            None => aws_lc_rs::rand::fill(bytes).unwrap_or_else(|_| std::process::abort()),
        }
    }
    /// So many random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
    /// A fresh ULID for this instant: 26 characters, and greater than every one that this process
    /// made before in the same millisecond (ulid spec, "Monotonicity").
    pub fn ulid(&self, now: Time) -> String {
        let mut last = self.last.lock();
        let random = if last.0 == now.millis() {
            (last.1 + 1) & RANDOM_BITS
        } else {
            // The top bit stays clear, so that counting up never overflows within a millisecond.
            u128::from_be_bytes(self.bytes()) & (RANDOM_BITS >> 1)
        };
        *last = (now.millis(), random);
        encode(now.millis(), random)
    }
}

/// 48 bits of milliseconds and 80 random bits as 26 characters of Crockford's base 32.
fn encode(millis: i64, random: u128) -> String {
    let bits = (u128::from(millis.max(0).unsigned_abs()) << 80) | random;
    (0..26).rev().map(|i| char::from(CROCKFORD[((bits >> (i * 5)) & 31) as usize])).collect()
}

impl std::fmt::Debug for Chance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chance")
    }
}
