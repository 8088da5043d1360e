//! The key sets of issuers, kept for a while.
//!
//! A token that names a key which is not known has the set fetched anew, for keys are rotated; but not
//! more often than so many times a minute, for anybody can name a key.
use std::collections::HashMap;
use std::sync::LazyLock;

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use parking_lot::Mutex;
use serde_json::Value;
use vestibule_kernel::FlowCx;
use vestibule_kernel::time::Time;

use crate::social::{Unusable, get_json};

/// For how long a set is good.
const GOOD_SECONDS: i64 = 60 * 60;
/// How often a set is fetched within [`WINDOW_SECONDS`].
const FETCHES_MAX: u32 = 10;
const WINDOW_SECONDS: i64 = 60;
/// How many sets a process keeps.
const SETS_MAX: usize = 256;
/// How many keys a set has at the most.
const KEYS_MAX: usize = 64;

/// A set, and how often it was fetched of late.
struct Kept {
    keys: Vec<Jwk>,
    fetched_at: Time,
    window_began: Time,
    fetches: u32,
}

/// By the address of the set: what is there is the same for every environment.
static SETS: LazyLock<Mutex<HashMap<String, Kept>>> = LazyLock::new(Mutex::default);

/// The keys that may have signed a token with this key id and algorithm.
pub(super) fn find(
    flow: &FlowCx,
    uri: &str,
    kid: Option<&str>,
    algorithm: Algorithm,
) -> Result<Vec<DecodingKey>, Unusable> {
    let now = flow.app.now();
    let kept = {
        let sets = SETS.lock();
        let fresh = sets.get(uri).filter(|it| it.fetched_at.plus_seconds(GOOD_SECONDS) > now);
        fresh.map(|it| fitting(&it.keys, kid, algorithm))
    };
    if let Some(found) = kept.filter(|it| !it.is_empty()) {
        return Ok(found);
    }
    if !may_fetch(uri, now) {
        return Err(Unusable(format!("the keys at {uri} were fetched too often just now")));
    }
    let keys = parse(&get_json(flow, uri, Vec::new())?)?;
    let found = fitting(&keys, kid, algorithm);
    if let Some(kept) = SETS.lock().get_mut(uri) {
        kept.keys = keys;
        kept.fetched_at = now;
    }
    if found.is_empty() {
        return Err(Unusable(format!("the keys at {uri} are not that of the ID token")));
    }
    Ok(found)
}

/// Counts a fetch, if there may be one.
fn may_fetch(uri: &str, now: Time) -> bool {
    let mut sets = SETS.lock();
    if !sets.contains_key(uri) && sets.len() >= SETS_MAX {
        let oldest = sets.iter().min_by_key(|it| it.1.fetched_at).map(|it| it.0.clone());
        oldest.map(|it| sets.remove(&it));
    }
    let long_ago = Time::from_millis(0);
    let kept = sets.entry(uri.to_owned()).or_insert(Kept {
        keys: Vec::new(),
        fetched_at: long_ago,
        window_began: now,
        fetches: 0,
    });
    if kept.window_began.plus_seconds(WINDOW_SECONDS) <= now || kept.window_began > now {
        kept.window_began = now;
        kept.fetches = 0;
    }
    kept.fetches += 1;
    kept.fetches <= FETCHES_MAX
}

/// The keys of a set that are of a kind that we know; others are left out, as RFC 7517 §5 has it.
fn parse(set: &Value) -> Result<Vec<Jwk>, Unusable> {
    let list = set.get("keys").and_then(Value::as_array);
    let list = list.ok_or_else(|| Unusable("the key set has no keys".to_owned()))?;
    let read = |it: &Value| serde_json::from_value(it.clone()).ok();
    Ok(list.iter().take(KEYS_MAX).filter_map(read).collect())
}

fn fitting(keys: &[Jwk], kid: Option<&str>, algorithm: Algorithm) -> Vec<DecodingKey> {
    let named = |it: &&Jwk| match (kid, &it.common.key_id) {
        (Some(wanted), Some(id)) => wanted == id,
        (Some(_), None) => false,
        // A token that names no key may be of any.
        (None, _) => true,
    };
    let signs = |it: &&Jwk| !matches!(it.common.public_key_use, Some(PublicKeyUse::Encryption));
    keys.iter()
        .filter(named)
        .filter(signs)
        .filter(|it| fits(it, algorithm))
        .filter_map(|it| DecodingKey::from_jwk(it).ok())
        .collect()
}

/// Whether a key is of the kind that an algorithm needs, and not meant for another.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let family = match &key.algorithm {
        AlgorithmParameters::RSA(_) => AlgorithmFamily::Rsa,
        AlgorithmParameters::EllipticCurve(_) => AlgorithmFamily::Ec,
        AlgorithmParameters::OctetKeyPair(_) => AlgorithmFamily::Ed,
        // A key that is shared signs nothing here.
        _ => return false,
    };
    let meant = key.common.key_algorithm.as_ref().map(KeyAlgorithm::to_string);
    family.algorithms().contains(&algorithm)
        && meant.is_none_or(|it| it == format!("{algorithm:?}"))
}
