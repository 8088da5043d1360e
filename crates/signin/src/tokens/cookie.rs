//! Whether a session fits into the cookie in which the libraries of applications keep it.
//!
//! They seal the user and both tokens together, so the cookie is a third larger than those. It is
//! reckoned as the Node SDK seals it, and what stands on it (`Fe26.2` of iron-webcrypto): JSON,
//! padded to blocks of 16 bytes, in base64url, between salts and a MAC. The Fernet of the Python SDK
//! is a little shorter.
use serde::Serialize;
use serde_json::{Map, Value, json};
use vestibule_kernel::event::Event;
use vestibule_kernel::id::{OrganizationId, SessionId, UserId};
use vestibule_kernel::limit::{self, Limit};
use vestibule_kernel::{Cx, Error, Result};
use vestibule_people::users::User;

use super::access_token;
use crate::sessions::Session;
use crate::sessions::refresh::TOKEN_LENGTH;

/// The longest cookie that browsers keep, its name included (RFC 6265bis §5.7).
const COOKIE_BYTES_MAX: usize = 4096;
/// The name that the libraries give it.
const NAME: &str = "wos-session";
/// What a seal has around the text: prefix and key (9), salts (65 and 65), vector (23), delimiters
/// of the text and of its end (2), MAC (43) and version (2).
const SEAL_LENGTH: usize = 209;
/// How long a block is: at least one byte is padded.
const BLOCK: usize = 16;
/// The code of the warning.
const WARNING: &str = "session_exceeds_cookie";

/// A session has grown out of its cookie since it began. Ours: the official API has no event for it,
/// so it is listed and delivered only to who names it.
const OUTGROWN: Event<Outgrown> = Event::new("vestibule.session.outgrew_cookie");

/// How often a session is remarked on: once a day.
const REMARKS: Limit =
    Limit { name: "session.remark", uses_max: 1, window: 24 * 60 * 60, code: WARNING };

/// A session that has outgrown its cookie.
#[derive(Debug, Serialize)]
struct Outgrown {
    session_id: SessionId,
    user_id: UserId,
    organization_id: Option<OrganizationId>,
    cookie_bytes: usize,
    cookie_bytes_max: usize,
    message: String,
}

/// What the event of a new session says of its cookie, where it is too long.
pub fn remark(
    cx: &mut Cx<'_>,
    claims: &Map<String, Value>,
    user: &User,
    session: &Session,
) -> Result<Option<Value>> {
    let bytes = length(claims, user, session)?;
    if bytes <= COOKIE_BYTES_MAX {
        return Ok(None);
    }
    limit::count(cx, REMARKS, session.id.as_str())?;
    Ok(Some(json!({ "warnings": [{ "code": WARNING, "message": advice(bytes) }] })))
}

/// Tells of a session that goes on with tokens which are too long for its cookie.
pub fn remark_later(
    cx: &mut Cx<'_>,
    claims: &Map<String, Value>,
    user: &User,
    session: &Session,
) -> Result<()> {
    let bytes = length(claims, user, session)?;
    if bytes <= COOKIE_BYTES_MAX || limit::count(cx, REMARKS, session.id.as_str())?.is_some() {
        return Ok(());
    }
    let outgrown = Outgrown {
        session_id: session.id.clone(),
        user_id: user.id.clone(),
        organization_id: session.organization_id.clone(),
        cookie_bytes: bytes,
        cookie_bytes_max: COOKIE_BYTES_MAX,
        message: advice(bytes),
    };
    cx.emit(&OUTGROWN, &outgrown)
}

fn advice(bytes: usize) -> String {
    format!(
        "Sealed into a cookie, the session has about {bytes} bytes, and browsers keep {COOKIE_BYTES_MAX} \
         at the most. Leave out claims that grow, shorten the user's metadata, or keep it elsewhere."
    )
}

/// How long the cookie is, its name included, but for the few letters by which libraries in other
/// languages spell names of fields.
fn length(claims: &Map<String, Value>, user: &User, session: &Session) -> Result<usize> {
    let kept = json!({
        "organizationId": session.organization_id,
        "user": user,
        "accessToken": "",
        "refreshToken": "",
        "authenticationMethod": session.method.name(),
        "impersonator": session.impersonator,
    });
    let around = serde_json::to_vec(&kept).map_err(Error::internal)?.len();
    let text = around + access_token::length(claims)? + TOKEN_LENGTH;
    Ok(NAME.len() + sealed(text))
}

/// How long a seal of so many bytes is.
const fn sealed(text: usize) -> usize {
    let padded = text + BLOCK - text % BLOCK;
    // As base64url, without padding.
    SEAL_LENGTH + (padded * 4).div_ceil(3)
}

#[cfg(test)]
mod tests {
    use super::sealed;

    #[test]
    fn a_seal_is_as_long_as_the_node_sdk_makes_it() {
        // Measured with sealData of @workos-inc/node 11.0.0.
        for (text, length) in [(15, 231), (16, 252), (1000, 1553), (1001, 1553), (3000, 4220)] {
            assert_eq!(sealed(text), length, "of {text} bytes");
        }
    }
}
