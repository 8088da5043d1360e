//! Signing keys: made when first needed, rotated without an interruption.
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use data_encoding::BASE64URL_NOPAD;
use parking_lot::Mutex;
use vestibule_kernel::context::App;
use vestibule_kernel::id::{EnvironmentId, SigningKeyId};
use vestibule_kernel::time::{Seconds, Time};
use vestibule_kernel::{Cx, Error, FlowCx, Result};
use zeroize::Zeroizing;

use super::store;
use crate::policy::ACCESS_TOKEN_SECONDS_MAX;

/// What a private key is sealed for.
pub(super) const PURPOSE: &str = "signing_keys.private_key";
/// For how long a new key is published before it signs: verifiers keep what they fetched for about
/// five minutes.
pub const PUBLISHED_AHEAD_SECONDS: Seconds = 10 * 60;
/// How many parsed keys a process keeps.
const PARSED_MAX: usize = 256;

/// The public side of a signing key.
#[derive(Clone, Debug)]
pub struct PublicKey {
    /// Its name in the header of a token.
    pub kid: SigningKeyId,
    /// Its place in the order of keys of the environment.
    pub number: i64,
    /// The modulus in base64url.
    pub modulus: String,
    /// The public exponent in base64url.
    pub exponent: String,
    /// A self-signed certificate of it, in DER.
    pub certificate: Vec<u8>,
    /// SHA-256 of the certificate in base64url.
    pub thumbprint: String,
    /// When it begins to sign.
    pub active_from: Time,
}

/// A key that signs.
pub struct SigningKey {
    /// Its name in the header of a token.
    pub id: SigningKeyId,
    pair: Arc<RsaKeyPair>,
}

impl SigningKey {
    /// Signs with RSASSA-PKCS1-v1_5 and SHA-256.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        sign(&self.pair, message)
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey {}", self.id)
    }
}

/// A key that was made and is not stored yet.
#[derive(Clone)]
pub(super) struct Made {
    pub private: Zeroizing<Vec<u8>>,
    pub modulus: String,
    pub exponent: String,
    pub certificate: Vec<u8>,
    pub thumbprint: String,
}

/// The key that signs now. Makes the first key of an environment.
pub fn signing(flow: &FlowCx) -> Result<SigningKey> {
    if let Some(found) = flow.read(current)? {
        return Ok(found);
    }
    make_first(flow)?;
    flow.read(current)?.ok_or_else(|| Error::internal("the first signing key is not there"))
}

/// Makes the first key of an environment where there is none, so that nobody has to wait for it.
pub fn prepare(app: &Arc<App>, environment: &EnvironmentId) -> Result<()> {
    signing(&app.system(environment)).map(|_| ())
}

/// The keys that are published: those that signed a token that may be valid, sign, or will.
pub fn published(cx: &mut Cx<'_>) -> Result<Vec<PublicKey>> {
    store::published(cx)
}

/// Makes the next key. It signs after it was published for a while; until then, and for tokens that
/// are still valid, the present key stays. Answers the new key and when it begins.
pub fn rotate(app: &Arc<App>, environment: &EnvironmentId) -> Result<PublicKey> {
    let flow = app.system(environment);
    // Where there is no key yet, the first one can sign at once.
    signing(&flow)?;
    let made = make(&flow)?;
    flow.write(move |cx| {
        let begins = cx.now().plus_seconds(PUBLISHED_AHEAD_SECONDS.into());
        let until = begins.plus_seconds(ACCESS_TOKEN_SECONDS_MAX.into());
        let number = store::last_number(cx)? + 1;
        store::retire_all(cx, until)?;
        store::insert(cx, number, begins, &made)?
            .ok_or_else(|| Error::internal("another process rotates the same keys"))
    })
}

fn make_first(flow: &FlowCx) -> Result<()> {
    let made = make(flow)?;
    flow.write(move |cx| {
        // Where another node was first, its key is as good as ours.
        let now = cx.now();
        store::insert(cx, 1, now, &made).map(|_| ())
    })
}

fn make(flow: &FlowCx) -> Result<Made> {
    flow.hash(generate)?
}

fn generate() -> Result<Made> {
    let unusable = |_| Error::internal("a signing key cannot be made");
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(unusable)?;
    let private: Pkcs8V1Der<'_> = pair.as_der().map_err(unusable)?;
    let private = Zeroizing::new(private.as_ref().to_vec());
    let public = pair.public_key();
    let certificate = certify(&pair)?;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &certificate);
    Ok(Made {
        modulus: BASE64URL_NOPAD.encode(public.modulus().big_endian_without_leading_zero()),
        exponent: BASE64URL_NOPAD.encode(public.exponent().big_endian_without_leading_zero()),
        thumbprint: BASE64URL_NOPAD.encode(digest.as_ref()),
        certificate,
        private,
    })
}

/// A certificate of the key by itself, for verifiers that take a key in no other form. It vouches
/// for nothing: the address that it was fetched from does.
fn certify(pair: &RsaKeyPair) -> Result<Vec<u8>> {
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, "Vestibule access tokens");
    params.self_signed(&Certifier(pair)).map(|it| it.der().to_vec()).map_err(Error::internal)
}

struct Certifier<'a>(&'a RsaKeyPair);

impl rcgen::PublicKeyData for Certifier<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }
    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

impl rcgen::SigningKey for Certifier<'_> {
    fn sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, rcgen::Error> {
        sign(self.0, message).map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

fn sign(pair: &RsaKeyPair, message: &[u8]) -> Result<Vec<u8>> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
        .map_err(|_| Error::internal("a signing key does not sign"))?;
    Ok(signature)
}

fn current(cx: &mut Cx<'_>) -> Result<Option<SigningKey>> {
    let Some((id, thumbprint)) = store::current(cx)? else { return Ok(None) };
    if let Some(pair) = PARSED.lock().get(&thumbprint) {
        return Ok(Some(SigningKey { id, pair: pair.clone() }));
    }
    let Some(sealed) = store::private(cx, &id)? else { return Ok(None) };
    let private = cx.app.sealer().open(PURPOSE, &sealed)?;
    let pair = RsaKeyPair::from_pkcs8(&private).map_err(|it| Error::internal(it.to_string()))?;
    let pair = Arc::new(pair);
    let mut parsed = PARSED.lock();
    if parsed.len() >= PARSED_MAX {
        parsed.clear();
    }
    parsed.insert(thumbprint, pair.clone());
    Ok(Some(SigningKey { id, pair }))
}

/// Parsed keys by thumbprint: parsing one costs more than signing with it. A thumbprint names the
/// content of a key, so a key that was replaced behind our back is never mistaken for its successor.
static PARSED: LazyLock<Mutex<HashMap<String, Arc<RsaKeyPair>>>> = LazyLock::new(Mutex::default);
