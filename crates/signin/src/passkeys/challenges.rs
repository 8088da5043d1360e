//! Challenges: what an authenticator signs, so that an answer is good for one ceremony alone.
//!
//! - A challenge is 32 random bytes. It goes out in a sealed token, with what it is for, and comes
//!   back with the answer: a look at a page writes nothing.
//! - It can be answered once, rightly or wrongly, for ten minutes, in the place where it was asked:
//!   the API, or one sign-in or one session of one browser on the pages.
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use vestibule_kernel::id::UserId;
use vestibule_kernel::secret::{Secret, digest_of};
use vestibule_kernel::time::Seconds;
use vestibule_kernel::{Cx, Error, Result};

use super::{RelyingParty, store};

/// For how long a challenge can be answered.
pub const CHALLENGE_SECONDS: Seconds = 10 * 60;
/// The longest token that is opened.
pub const TOKEN_BYTES_MAX: u32 = 2048;
const CHALLENGE_BYTES: usize = 32;

/// What an authenticator is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Ceremony {
    /// To make a passkey.
    Registration,
    /// To prove one.
    Authentication,
}

/// Where it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// By an application, with its secret key.
    Api,
    /// On the pages, by what this names: a sign-in or a session, which is of one browser.
    Pages(String),
}

/// What was asked.
#[derive(Serialize, Deserialize)]
pub(super) struct Challenge {
    bytes: String,
    ceremony: Ceremony,
    place: Place,
    /// Whose passkey it must be; anybody's where there is none.
    pub user_id: Option<UserId>,
    /// The domain that it belongs to.
    pub relying_party_id: String,
    expires_at: i64,
}

impl Challenge {
    /// The bytes, as they are compared.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        BASE64URL_NOPAD.decode(self.bytes.as_bytes()).map_err(Error::internal)
    }
    /// The same in base64url, as browsers take them.
    pub fn text(&self) -> &str {
        &self.bytes
    }
}

/// Makes a challenge, and the token that stands for it.
pub(super) fn issue(
    cx: &mut Cx<'_>,
    ceremony: Ceremony,
    place: &Place,
    user_id: Option<&UserId>,
    relying_party: &RelyingParty,
) -> Result<(Challenge, Secret)> {
    let bytes: [u8; CHALLENGE_BYTES] = cx.app.chance().bytes();
    let challenge = Challenge {
        bytes: BASE64URL_NOPAD.encode(&bytes),
        ceremony,
        place: place.clone(),
        user_id: user_id.cloned(),
        relying_party_id: relying_party.id.clone(),
        expires_at: cx.now().plus_seconds(CHALLENGE_SECONDS.into()).millis(),
    };
    let text = serde_json::to_string(&challenge).map_err(Error::internal)?;
    let sealed = cx.seal(&purpose(cx), &text)?;
    Ok((challenge, Secret::new(BASE64URL_NOPAD.encode(&sealed))))
}

/// Uses a challenge up; none where nobody was asked so here and now.
pub(super) fn redeem(
    cx: &mut Cx<'_>,
    token: &Secret,
    ceremony: Ceremony,
    place: &Place,
) -> Result<Option<Challenge>> {
    let Some(challenge) = open(cx, token) else { return Ok(None) };
    let ended = challenge.expires_at <= cx.now().millis();
    if ended || challenge.ceremony != ceremony || challenge.place != *place {
        return Ok(None);
    }
    let fresh = store::spend(cx, &digest_of(&challenge.bytes), challenge.expires_at)?;
    Ok(fresh.then_some(challenge))
}

/// Reads a token. One that we did not seal is nobody's fault but its bearer's.
fn open(cx: &Cx<'_>, token: &Secret) -> Option<Challenge> {
    let text = token.reveal();
    if text.len() > TOKEN_BYTES_MAX as usize {
        return None;
    }
    let sealed = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    let plain = cx.app.sealer().open(&purpose(cx), &sealed).ok()?;
    serde_json::from_slice(&plain).ok()
}

/// What a token is sealed for: an environment, so that no other takes it.
fn purpose(cx: &Cx<'_>) -> String {
    format!("passkeys.challenge {}", cx.environment)
}
