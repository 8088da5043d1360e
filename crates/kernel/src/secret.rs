//! Secrets: shown once, kept as a digest or sealed, never printed.
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{constant_time, digest, hmac};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use zeroize::Zeroizing;

use crate::chance::Chance;
use crate::time::Time;
use crate::{Error, Result};

/// A secret text. It has no Display and no Serialize: showing it is a named act.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text into care.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }
    /// A fresh secret: the prefix and 32 random bytes in base64url (43 characters).
    pub fn random(prefix: &str, chance: &Chance) -> Self {
        let bytes: [u8; 32] = chance.bytes();
        Self::new(format!("{prefix}{}", BASE64URL_NOPAD.encode(&bytes)))
    }
    /// A fresh secret of letters and digits alone.
    pub fn alphanumeric(prefix: &str, length: usize, chance: &Chance) -> Self {
        const LETTERS: &[u8; 62] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut text = prefix.to_owned();
        while text.len() < prefix.len() + length {
            let [byte] = chance.bytes::<1>();
            // 248 is the last multiple of 62: beyond it letters would not be equally likely.
            if byte < 248 {
                text.push(char::from(LETTERS[usize::from(byte) % 62]));
            }
        }
        Self::new(text)
    }
    /// A fresh code of six digits.
    pub fn code(chance: &Chance) -> Self {
        loop {
            let number = u32::from_be_bytes(chance.bytes());
            // 4,294,000,000 is the last multiple of a million below 2³².
            if number < 4_294_000_000 {
                return Self::new(format!("{:06}", number % 1_000_000));
            }
        }
    }
    /// Shows it: to the client it was made for, or to the function that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
    /// What is stored of a long random secret: its SHA-256 in hexadecimal.
    pub fn digest(&self) -> String {
        digest_of(self.reveal())
    }
    /// The same as bytes.
    pub(crate) fn digest_bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let digest = digest::digest(&digest::SHA256, self.reveal().as_bytes());
        bytes.copy_from_slice(digest.as_ref());
        bytes
    }
    /// Compares in constant time.
    pub fn matches(&self, other: &str) -> bool {
        constant_time::verify_slices_are_equal(self.reveal().as_bytes(), other.as_bytes()).is_ok()
    }
    /// How it may be shown in lists: `sk_...` and its last four characters.
    pub fn obfuscated(&self, prefix: &str) -> String {
        let text = self.reveal();
        let tail = text.char_indices().rev().nth(3).map_or("", |(i, _)| &text[i..]);
        format!("{prefix}...{tail}")
    }
}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(d).map(Self::new)
    }
}
impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}
impl schemars::JsonSchema for Secret {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(g: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mut schema = schemars::json_schema!({ "type": "string" });
        if g.contract().is_deserialize() {
            schema.insert(crate::catalog::SECRET.to_owned(), true.into());
        }
        schema
    }
}

/// SHA-256 in hexadecimal.
pub fn digest_of(text: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, text.as_ref()).as_ref())
}

/// HMAC-SHA256 in hexadecimal, as webhook signatures have it.
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    HEXLOWER.encode(hmac::sign(&key, message).as_ref())
}

/// What `WorkOS-Signature` says of a body that is sent at this instant. Receivers refuse one that is
/// minutes old.
///
/// Quirk: exactly one comma and one space; the SDKs split on them.
pub fn signature(secret: &Secret, now: Time, body: &[u8]) -> String {
    let millis = now.millis();
    let mut message = format!("{millis}.").into_bytes();
    message.extend_from_slice(body);
    format!("t={millis}, v1={}", hmac_sha256(secret.reveal().as_bytes(), &message))
}

/// Seals what must be read again: AES-256-GCM under the installation's key, bound to a purpose.
pub struct Sealer {
    key: LessSafeKey,
    tagging: hmac::Key,
    fingerprint: String,
}

/// The bytes of a sealing key.
pub const SEALING_KEY_BYTES: usize = 32;

impl Sealer {
    /// Takes the installation's key.
    pub fn new(key: &[u8; SEALING_KEY_BYTES]) -> Result<Self> {
        let fingerprint = hmac_sha256(key, b"vestibule sealing key");
        let tagging = hmac::Key::new(hmac::HMAC_SHA256, key);
        let tagging = hmac::sign(&tagging, b"vestibule tagging key");
        let tagging = hmac::Key::new(hmac::HMAC_SHA256, tagging.as_ref());
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| broken())?;
        Ok(Self { key: LessSafeKey::new(key), tagging, fingerprint })
    }
    /// Tells two keys apart without showing either.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
    /// What is stored of a short secret, by which it is found again: whoever has the database alone
    /// cannot find it out by trying.
    pub fn tag(&self, purpose: &str, text: &str) -> String {
        let mut signing = hmac::Context::with_key(&self.tagging);
        signing.update(purpose.as_bytes());
        // A byte that no purpose has, so that no two pairs run together.
        signing.update(&[0]);
        signing.update(text.as_bytes());
        HEXLOWER.encode(signing.sign().as_ref())
    }
    /// Seals `plain`; the same `purpose` must be given to open it.
    pub fn seal(&self, chance: &Chance, purpose: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = chance.bytes();
        let mut sealed = nonce.to_vec();
        let mut body = plain.to_vec();
        let aad = Aad::from(purpose.as_bytes());
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut body)
            .map_err(|_| broken())?;
        sealed.append(&mut body);
        Ok(sealed)
    }
    /// Opens what [`Sealer::seal`] sealed for this purpose.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN).ok_or_else(broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken())?;
        let mut body = Zeroizing::new(body.to_vec());
        let aad = Aad::from(purpose.as_bytes());
        let length = self.key.open_in_place(nonce, aad, &mut body).map_err(|_| broken())?.len();
        body.truncate(length);
        Ok(body)
    }
    /// Opens text.
    pub fn open_text(&self, purpose: &str, sealed: &[u8]) -> Result<Secret> {
        let plain = self.open(purpose, sealed)?;
        std::str::from_utf8(&plain).map(Secret::new).map_err(Error::internal)
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

fn broken() -> Error {
    Error::internal("a sealed value does not open with this installation's key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_the_sdks_verify() {
        // HMAC-SHA256 of `1768478400000.{"id":"event_1"}` under `whsec_test`, made with OpenSSL.
        let at = Time::from_millis(1_768_478_400_000);
        let made = signature(&Secret::new("whsec_test"), at, br#"{"id":"event_1"}"#);
        assert_eq!(
            made,
            "t=1768478400000, v1=960be42f0cb68c30973c0de816c9cfa4a642ffa5292dd98de827e03e82c0622d"
        );
    }
}
