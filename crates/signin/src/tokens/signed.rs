//! JSON Web Tokens as this server signs them: with RS256, by a key of the environment, as one kind.
//!
//! The header says which kind a token is (RFC 8725 §3.11), and no kind is taken for another.
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use vestibule_kernel::db::Tx;
use vestibule_kernel::id::{EnvironmentId, SigningKeyId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Cx, Error, Result};

use super::keys::{self, SigningKey};
use super::store;

/// The longest token that we issue, and that a verifier looks at.
pub(super) const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// It tells who is signed in, by which session.
    Access,
    /// It shows widgets to somebody, and opens nothing else.
    Widget,
}

impl TokenKind {
    /// What `typ` in the header says.
    const fn name(self) -> &'static str {
        match self {
            Self::Access => "JWT",
            Self::Widget => "widget+jwt",
        }
    }
}

/// The token of these claims.
pub fn sign(key: &SigningKey, kind: TokenKind, claims: &Map<String, Value>) -> Result<Secret> {
    let header = json!({ "alg": "RS256", "kid": key.id, "typ": kind.name() });
    let claims = serde_json::to_vec(claims).map_err(Error::internal)?;
    let mut token = BASE64URL_NOPAD.encode(header.to_string().as_bytes());
    token.push('.');
    token.push_str(&BASE64URL_NOPAD.encode(&claims));
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    token.push_str(&BASE64URL_NOPAD.encode(&signature));
    Ok(Secret::new(token))
}

/// The claims of a token of this environment and kind, whatever its time; none where it is not one.
///
/// The algorithm is RS256 whatever the header says, and the key is one that we publish.
pub fn read<T: DeserializeOwned>(
    cx: &mut Cx<'_>,
    token: &str,
    kind: TokenKind,
) -> Result<Option<T>> {
    let Some(header) = header(token) else { return Ok(None) };
    if header.typ.as_deref() != Some(kind.name()) {
        return Ok(None);
    }
    let published = keys::published(cx)?;
    let named = |it: &&keys::PublicKey| header.kid.as_deref() == Some(it.kid.as_str());
    let Some(key) = published.iter().find(named) else { return Ok(None) };
    let key =
        DecodingKey::from_rsa_components(&key.modulus, &key.exponent).map_err(Error::internal)?;
    let mut validation = Validation::new(Algorithm::RS256);
    // Time and audience are the caller's: the clock is ours, and each kind has its own audience.
    validation.validate_exp = false;
    validation.validate_aud = false;
    Ok(jsonwebtoken::decode(token, &key, &validation).ok().map(|it| it.claims))
}

/// The environment whose key a token names, for a call that tells it by nothing else. Nothing of the
/// token has been verified by it.
pub fn environment_of(tx: &mut dyn Tx, token: &str) -> Result<Option<EnvironmentId>> {
    let kid = header(token).and_then(|it| it.kid);
    let is_id = |it: &String| it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
    match kid.filter(is_id).map(|it| SigningKeyId::parse(&it)) {
        Some(Ok(id)) => store::environment_of(tx, &id),
        Some(Err(_)) | None => Ok(None),
    }
}

fn header(token: &str) -> Option<jsonwebtoken::Header> {
    let bounded = Some(token).filter(|it| it.len() <= TOKEN_BYTES_MAX)?;
    jsonwebtoken::decode_header(bounded).ok()
}
