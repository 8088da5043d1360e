//! Password hashes as text: the formats that can be imported, and how each is verified.
//!
//! Reading is strict. A hash names its own cost, and whoever can import one could otherwise name a
//! cost that keeps the machine busy for hours at each sign-in; so each format has bounds.
use argon2::{Algorithm, Argon2, Version};
use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{constant_time, digest, pbkdf2};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha1::Digest;
use std::num::NonZeroU32;

/// The longest hash that is read, in bytes.
const TEXT_BYTES_MAX: usize = 1024;
/// The salts that are accepted, in bytes.
const SALT_BYTES: std::ops::RangeInclusive<usize> = 1..=128;
/// The outputs that are accepted, in bytes.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 16..=128;

/// The exponents of two that bcrypt may take: the greatest is about two seconds.
const BCRYPT_COST: std::ops::RangeInclusive<u32> = 4..=15;
/// What `n · r` of scrypt may be at the most: 256 MiB of memory.
const SCRYPT_MEMORY_MAX: u64 = 1 << 21;
/// What `n · r · p` of scrypt may be at the most: about a second.
const SCRYPT_WORK_MAX: u64 = 1 << 22;
const SCRYPT_BLOCK: std::ops::RangeInclusive<u32> = 1..=64;
const SCRYPT_LANES: std::ops::RangeInclusive<u32> = 1..=16;
const ARGON2_MEMORY_KIB: std::ops::RangeInclusive<u32> = 4096..=262_144;
const ARGON2_PASSES: std::ops::RangeInclusive<u32> = 1..=5;
/// Argon2i is only sound with this many passes.
const ARGON2I_PASSES_MIN: u32 = 3;
const ARGON2_LANES: std::ops::RangeInclusive<u32> = 1..=8;
const ARGON2_SALT_BYTES_MIN: usize = 8;
const PBKDF2_SHA256_ROUNDS: std::ops::RangeInclusive<u32> = 600_000..=1_000_000;
const PBKDF2_SHA512_ROUNDS: std::ops::RangeInclusive<u32> = 210_000..=1_000_000;

const FIREBASE: &str = "$firebase-scrypt$";
/// How a salted digest whose salt comes first is stored; those of others have it behind.
const SALT_FIRST: &str = "-SALT-FIRST";

/// Standard base64, with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A password hash, read.
#[derive(Debug)]
pub(super) enum Format {
    Argon2 { algorithm: Algorithm, params: argon2::Params, salt: Vec<u8>, key: Vec<u8> },
    Bcrypt(String),
    Scrypt { params: scrypt::Params, salt: Vec<u8>, key: Vec<u8> },
    FirebaseScrypt { params: scrypt::Params, salt: Vec<u8>, signer_key: Vec<u8>, key: Vec<u8> },
    Pbkdf2 { digest: Pbkdf2Digest, rounds: NonZeroU32, salt: Vec<u8>, key: Vec<u8> },
    Salted { digest: SaltedDigest, salt_first: bool, salt: Vec<u8>, key: Vec<u8> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pbkdf2Digest {
    Sha256,
    Sha512,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SaltedDigest {
    Sha1,
    Sha256,
}

impl SaltedDigest {
    const fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

impl Format {
    /// Reads a hash as it is stored; `None` where it is malformed or its cost is out of bounds.
    pub(super) fn read(text: &str) -> Option<Self> {
        if text.len() > TEXT_BYTES_MAX || !text.is_ascii() {
            return None;
        }
        if let Some(rest) = text.strip_prefix('{') {
            return salted(rest);
        }
        if let Some(rest) = text.strip_prefix(FIREBASE) {
            return firebase_scrypt(rest);
        }
        let parts: Vec<&str> = text.strip_prefix('$')?.split('$').collect();
        match parts.as_slice() {
            ["2a" | "2b" | "2y", cost, rest] => bcrypt(text, cost, rest),
            ["argon2id", rest @ ..] => argon2(Algorithm::Argon2id, rest),
            ["argon2i", rest @ ..] => argon2(Algorithm::Argon2i, rest),
            ["argon2d", rest @ ..] => argon2(Algorithm::Argon2d, rest),
            ["scrypt", "v=1", rest @ ..] | ["scrypt", rest @ ..] => scrypt(rest),
            ["pbkdf2", rest @ ..] => pbkdf2(rest),
            _ => None,
        }
    }

    /// Whether `password` has this hash. This is the costly part.
    pub(super) fn matches(&self, password: &[u8]) -> bool {
        match self {
            Self::Argon2 { algorithm, params, salt, key } => {
                let mut made = vec![0; key.len()];
                Argon2::new(*algorithm, Version::V0x13, params.clone())
                    .hash_password_into(password, salt, &mut made)
                    .is_ok_and(|()| same(&made, key))
            }
            Self::Bcrypt(text) => bcrypt::verify(password, text).unwrap_or(false),
            Self::Scrypt { params, salt, key } => {
                let mut made = vec![0; key.len()];
                scrypt::scrypt(password, salt, params, &mut made).is_ok_and(|()| same(&made, key))
            }
            Self::FirebaseScrypt { params, salt, signer_key, key } => {
                sign_for_firebase(password, salt, params, signer_key)
                    .is_some_and(|made| same(&made, key))
            }
            Self::Pbkdf2 { digest, rounds, salt, key } => {
                let algorithm = match digest {
                    Pbkdf2Digest::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
                    Pbkdf2Digest::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
                };
                pbkdf2::verify(algorithm, *rounds, salt, password, key).is_ok()
            }
            Self::Salted { digest, salt_first, salt, key } => {
                let parts =
                    if *salt_first { [salt, password] } else { [password, salt.as_slice()] };
                same(&digest_of(*digest, &parts.concat()), key)
            }
        }
    }
}

fn same(made: &[u8], key: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(made, key).is_ok()
}

fn digest_of(digest: SaltedDigest, bytes: &[u8]) -> Vec<u8> {
    match digest {
        SaltedDigest::Sha1 => sha1::Sha1::digest(bytes).to_vec(),
        SaltedDigest::Sha256 => digest::digest(&digest::SHA256, bytes).as_ref().to_vec(),
    }
}

/// Firebase makes a key from the password with scrypt and encrypts its project's signer key with
/// it; the outcome is its hash.
fn sign_for_firebase(
    password: &[u8],
    salt: &[u8],
    params: &scrypt::Params,
    signer_key: &[u8],
) -> Option<Vec<u8>> {
    let mut key = [0; 32];
    scrypt::scrypt(password, salt, params, &mut key).ok()?;
    let key = EncryptingKey::ctr(UnboundCipherKey::new(&AES_256, &key).ok()?).ok()?;
    let mut signed = signer_key.to_vec();
    let start = EncryptionContext::Iv128(FixedLength::from([0; 16]));
    key.less_safe_encrypt(&mut signed, start).ok()?;
    Some(signed)
}

/// Writes a salted digest whose salt comes first, or as it was given.
pub(super) fn with_salt_first(text: &str) -> String {
    text.replacen('}', &format!("{SALT_FIRST}}}"), 1)
}

/// Writes a Firebase hash that came under the name of scrypt under its own.
pub(super) fn as_firebase(text: &str) -> String {
    match text.strip_prefix("$scrypt$") {
        Some(rest) => format!("{FIREBASE}{rest}"),
        None => text.to_owned(),
    }
}

/// Writes an argon2id hash.
pub(super) fn argon2id(params: &argon2::Params, salt: &[u8], key: &[u8]) -> String {
    let (m, t, p) = (params.m_cost(), params.t_cost(), params.p_cost());
    let (salt, key) = (BASE64.encode(salt), BASE64.encode(key));
    format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${key}")
}

fn bcrypt(text: &str, cost: &str, rest: &str) -> Option<Format> {
    let is_letter = |it: u8| it.is_ascii_alphanumeric() || it == b'.' || it == b'/';
    let good = cost.len() == 2 && rest.len() == 53 && rest.bytes().all(is_letter);
    number(cost).filter(|it| BCRYPT_COST.contains(it) && good)?;
    // The last letters of salt and hash hold bits that must be clear.
    text.parse::<bcrypt::HashParts>().ok()?;
    Some(Format::Bcrypt(text.to_owned()))
}

fn argon2(algorithm: Algorithm, parts: &[&str]) -> Option<Format> {
    let ["v=19", params, salt, key] = parts else { return None };
    let [m, t, p] = named(params, ["m", "t", "p"])?;
    let (m, t, p) = (number(m)?, number(t)?, number(p)?);
    let passes_min = if algorithm == Algorithm::Argon2i { ARGON2I_PASSES_MIN } else { 1 };
    let bounded = ARGON2_MEMORY_KIB.contains(&m)
        && ARGON2_PASSES.contains(&t)
        && t >= passes_min
        && ARGON2_LANES.contains(&p);
    let (salt, key) = (salt_of(salt)?, key_of(key)?);
    if !bounded || salt.len() < ARGON2_SALT_BYTES_MIN {
        return None;
    }
    let params = argon2::Params::new(m, t, p, Some(key.len())).ok()?;
    Some(Format::Argon2 { algorithm, params, salt, key })
}

fn scrypt(parts: &[&str]) -> Option<Format> {
    let [params, salt, key] = parts else { return None };
    let [n, r, p, kl] = named(params, ["n", "r", "p", "kl"])?;
    let (salt, key) = (salt_of(salt)?, key_of(key)?);
    if number(kl)? as usize != key.len() {
        return None;
    }
    let n = number(n).filter(|it| it.is_power_of_two() && *it > 1)?;
    let params = scrypt_params(n.trailing_zeros(), number(r)?, number(p)?)?;
    Some(Format::Scrypt { params, salt, key })
}

fn scrypt_params(log_n: u32, r: u32, p: u32) -> Option<scrypt::Params> {
    let n = 1_u64.checked_shl(log_n).filter(|_| log_n < u64::BITS / 2)?;
    let memory = n.checked_mul(u64::from(r))?;
    let work = memory.checked_mul(u64::from(p))?;
    let bounded = memory <= SCRYPT_MEMORY_MAX
        && work <= SCRYPT_WORK_MAX
        && SCRYPT_BLOCK.contains(&r)
        && SCRYPT_LANES.contains(&p);
    if !bounded {
        return None;
    }
    scrypt::Params::new(u8::try_from(log_n).ok()?, r, p).ok()
}

/// `hash=…$salt=…$sk=…$ss=…$r=…$m=…`, or the parameters first and then salt and hash without their
/// names. All are base64 as Firebase exports it, in either alphabet.
fn firebase_scrypt(text: &str) -> Option<Format> {
    const NAMES: [&str; 6] = ["sk=", "ss=", "r=", "m=", "salt=", "hash="];
    let mut values: [Option<&str>; 6] = [None; 6];
    let mut unnamed = Vec::new();
    for item in text.split(['$', ',']).filter(|it| *it != "v=1") {
        let name = NAMES.iter().position(|it| item.starts_with(it));
        match name {
            Some(i) if values[i].is_none() => values[i] = Some(&item[NAMES[i].len()..]),
            Some(_) => return None,
            None => unnamed.push(item),
        }
    }
    match (unnamed.as_slice(), &mut values[4..]) {
        ([], _) => {}
        (&[first, second], [salt @ None, hash @ None]) => {
            (*salt, *hash) = (Some(first), Some(second));
        }
        _ => return None,
    }
    let [Some(signer_key), Some(separator), Some(r), Some(m), Some(salt), Some(hash)] = values
    else {
        return None;
    };
    let params = scrypt_params(number(m).filter(|it| *it > 0)?, number(r)?, 1)?;
    let (signer_key, key) = (web_base64(signer_key)?, web_base64(hash)?);
    let salt = [web_base64(salt)?, web_base64(separator)?].concat();
    let good = SALT_BYTES.contains(&salt.len())
        && KEY_BYTES.contains(&key.len())
        && key.len() == signer_key.len();
    good.then_some(Format::FirebaseScrypt { params, salt, signer_key, key })
}

fn pbkdf2(parts: &[&str]) -> Option<Format> {
    let [params, salt, key] = parts else { return None };
    let [rounds, digest] = named(params, ["i", "d"])?;
    let (digest, bounds) = match digest {
        "sha256" => (Pbkdf2Digest::Sha256, PBKDF2_SHA256_ROUNDS),
        "sha512" => (Pbkdf2Digest::Sha512, PBKDF2_SHA512_ROUNDS),
        _ => return None,
    };
    let rounds = number(rounds).filter(|it| bounds.contains(it)).and_then(NonZeroU32::new)?;
    Some(Format::Pbkdf2 { digest, rounds, salt: salt_of(salt)?, key: key_of(key)? })
}

/// `SSHA}…` or `SSHA256}…`: base64 of the digest and the salt behind it.
fn salted(text: &str) -> Option<Format> {
    let (name, body) = text.split_once('}')?;
    let name = name.to_ascii_uppercase();
    let (name, salt_first) = match name.strip_suffix(SALT_FIRST) {
        Some(name) => (name, true),
        None => (name.as_str(), false),
    };
    let digest = match name {
        "SSHA" => SaltedDigest::Sha1,
        "SSHA256" => SaltedDigest::Sha256,
        _ => return None,
    };
    let body = BASE64.decode(body).ok()?;
    let (key, salt) = body.split_at_checked(digest.bytes())?;
    let good = SALT_BYTES.contains(&salt.len());
    good.then(|| Format::Salted { digest, salt_first, salt: salt.into(), key: key.into() })
}

/// The values of `a=1,b=2` in the order of `names`; each must be there once, and nothing else.
fn named<'a, const N: usize>(text: &'a str, names: [&str; N]) -> Option<[&'a str; N]> {
    let mut values = [None; N];
    for item in text.split(',') {
        let (name, value) = item.split_once('=')?;
        let place = values.get_mut(names.iter().position(|it| *it == name)?)?;
        if place.replace(value).is_some() {
            return None;
        }
    }
    let mut found = [""; N];
    for (place, value) in found.iter_mut().zip(values) {
        *place = value?;
    }
    Some(found)
}

/// A plain decimal number.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|it| it.is_ascii_digit()).then(|| text.parse().ok())?
}

fn salt_of(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok().filter(|it| SALT_BYTES.contains(&it.len()))
}

fn key_of(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok().filter(|it| KEY_BYTES.contains(&it.len()))
}

/// Base64 in the standard alphabet or in that of URLs.
fn web_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.replace('-', "+").replace('_', "/")).ok()
}

#[cfg(test)]
mod tests;
