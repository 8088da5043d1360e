//! Authorization codes (RFC 6749 §4.1, RFC 7636): each is exchanged once, for the tokens of the
//! session that it was issued for, or for what a provider said of somebody.
//!
//! - A code that comes a second time was stolen, or its client is confused: the session ends.
//! - One that comes without the right verifier, for another redirect URI or too late is refused, and
//!   nothing is used up: whoever holds a stolen code cannot take it from its owner by trying (RFC 7636
//!   §4.6 asks for the refusal alone), and 256 bits cannot be guessed in the ten minutes that it lasts.
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use vestibule_kernel::db::Row;
use vestibule_kernel::id::{AuthorizationCodeId, ClientId, OrganizationId, SessionId};
use vestibule_kernel::secret::{Sealer, Secret};
use vestibule_kernel::time::{Seconds, Time};
use vestibule_kernel::{Cx, Error, Result};

use crate::authenticate::federated::{Account, OauthTokens};
use crate::sessions;

/// For how long a code can be exchanged.
pub const CODE_SECONDS: Seconds = 10 * 60;
/// The longest code that is looked up.
const CODE_BYTES_MAX: usize = 256;
const CARRIED: &str = "authorization_codes.carried";

/// A code to be issued.
#[derive(Clone, Debug)]
pub struct NewCode<'a> {
    /// The application.
    pub client_id: &'a ClientId,
    /// Where the browser takes the code.
    pub redirect_uri: &'a str,
    /// What the verifier must hash to.
    pub code_challenge: Option<&'a str>,
    /// What it stands for.
    pub subject: Subject<'a>,
}

/// What a code stands for, when it is issued.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A session.
    Session {
        /// Which.
        id: &'a SessionId,
        /// The organization that was chosen.
        organization_id: Option<&'a OrganizationId>,
        /// The tokens of the provider that it began with, where the application is to get them.
        oauth_tokens: Option<&'a OauthTokens>,
    },
    /// Somebody whom single sign-on has brought, and who has no session yet.
    Account(&'a Account),
}

/// What a client gives with a code.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given<'a> {
    /// The verifier of the challenge.
    pub code_verifier: Option<&'a str>,
    /// Where the browser took the code, where the client says so.
    pub redirect_uri: Option<&'a str>,
}

/// What came of an exchange.
#[derive(Debug)]
pub enum Redeemed {
    /// The code is used up.
    Good(Granted),
    /// Nobody was given this code for this, or it is too old, or it was used before; then its
    /// session has been ended, which must be committed.
    Invalid,
    /// The code was issued with a challenge, and no verifier was given.
    VerifierMissing,
    /// A verifier was given, and the code was issued without a challenge.
    ChallengeMissing,
}

/// What a code stands for.
#[derive(Debug)]
pub enum Granted {
    /// A session.
    Session(GrantedSession),
    /// Somebody whom single sign-on has brought.
    Account(Box<Account>),
}

/// The session that a code stands for.
#[derive(Debug)]
pub struct GrantedSession {
    /// The session.
    pub session_id: SessionId,
    /// The organization that was chosen.
    pub organization_id: Option<OrganizationId>,
    /// The tokens of the provider that it began with.
    pub oauth_tokens: Option<OauthTokens>,
}

/// What is sealed beside a code.
#[derive(Default, Serialize, Deserialize)]
struct Carried {
    account: Option<Box<Account>>,
    oauth_tokens: Option<OauthTokens>,
}

struct Stored {
    id: AuthorizationCodeId,
    redirect_uri: String,
    code_challenge: Option<String>,
    granted: Granted,
    expires_at: Time,
    used_at: Option<Time>,
}

/// Issues a code.
pub fn issue(cx: &mut Cx<'_>, new: &NewCode<'_>) -> Result<Secret> {
    let code = Secret::random("", cx.app.chance());
    let (session_id, organization_id, carried) = match new.subject {
        Subject::Session { id, organization_id, oauth_tokens: None } => {
            (Some(id), organization_id, None)
        }
        Subject::Session { id, organization_id, oauth_tokens: Some(it) } => {
            let carried = Carried { oauth_tokens: Some(it.clone()), ..Carried::default() };
            (Some(id), organization_id, Some(carried))
        }
        Subject::Account(it) => {
            let account = Some(Box::new(it.clone()));
            (None, None, Some(Carried { account, ..Carried::default() }))
        }
    };
    let carried = carried.map(|it| serde_json::to_string(&it)).transpose();
    let carried = carried.map_err(Error::internal)?;
    let values = [
        AuthorizationCodeId::new(cx).into(),
        cx.environment.into(),
        code.digest().into(),
        new.client_id.into(),
        new.redirect_uri.into(),
        new.code_challenge.into(),
        session_id.into(),
        organization_id.into(),
        carried.map(|it| cx.seal(CARRIED, &it)).transpose()?.into(),
        cx.now().plus_seconds(CODE_SECONDS.into()).into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO authorization_codes
                 (id, environment_id, digest, client_id, redirect_uri, code_challenge, session_id,
                  organization_id, carried, expires_at, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    cx.db().execute(sql, &values)?;
    Ok(code)
}

/// Exchanges a code. One that was not exchanged for want of the right verifier stays as it is.
pub fn redeem(cx: &mut Cx<'_>, code: &Secret, given: Given<'_>) -> Result<Redeemed> {
    match get(cx, code)? {
        Some(stored) => redeem_stored(cx, stored, given),
        None => Ok(Redeemed::Invalid),
    }
}

/// The same where only a code of single sign-on will do; one of a session stays as it is.
pub fn redeem_account(cx: &mut Cx<'_>, code: &Secret, given: Given<'_>) -> Result<Redeemed> {
    match get(cx, code)? {
        Some(stored) if matches!(stored.granted, Granted::Account(_)) => {
            redeem_stored(cx, stored, given)
        }
        Some(_) | None => Ok(Redeemed::Invalid),
    }
}

/// Whom a code of single sign-on would bring that is exchanged for this; it stays as it is.
pub(crate) fn account(
    cx: &mut Cx<'_>,
    code: &Secret,
    given: Given<'_>,
) -> Result<Option<Box<Account>>> {
    let now = cx.now();
    let usable = |it: &Stored| it.used_at.is_none() && check(it, given, now).is_none();
    Ok(match get(cx, code)?.filter(usable).map(|it| it.granted) {
        Some(Granted::Account(account)) => Some(account),
        Some(Granted::Session(_)) | None => None,
    })
}

fn redeem_stored(cx: &mut Cx<'_>, stored: Stored, given: Given<'_>) -> Result<Redeemed> {
    if stored.used_at.is_some() {
        if let Granted::Session(granted) = &stored.granted
            && let Some(session) = sessions::get_active(cx, &granted.session_id)?
        {
            sessions::revoke(cx, session)?;
        }
        return Ok(Redeemed::Invalid);
    }
    if let Some(refused) = check(&stored, given, cx.now()) {
        return Ok(refused);
    }
    let values = [cx.environment.into(), (&stored.id).into(), cx.now().into()];
    let sql = "UPDATE authorization_codes SET used_at = $3 WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values)?;
    Ok(Redeemed::Good(stored.granted))
}

/// Why an unused code is not exchanged for this, if it is not.
fn check(stored: &Stored, given: Given<'_>, now: Time) -> Option<Redeemed> {
    let elsewhere = given.redirect_uri.is_some_and(|it| it != stored.redirect_uri);
    if stored.expires_at <= now || elsewhere {
        return Some(Redeemed::Invalid);
    }
    match (&stored.code_challenge, given.code_verifier) {
        (Some(_), None) => Some(Redeemed::VerifierMissing),
        (None, Some(_)) => Some(Redeemed::ChallengeMissing),
        (Some(challenge), Some(verifier)) if !verifies(challenge, verifier) => {
            Some(Redeemed::Invalid)
        }
        (Some(_), Some(_)) | (None, None) => None,
    }
}

/// What is wrong with a challenge that an application gives, if anything is.
pub fn challenge_fault(challenge: Option<&str>, method: Option<&str>) -> Option<&'static str> {
    match (challenge, method) {
        (None, None) => None,
        (None, Some(_)) => Some("code_challenge_method is given without code_challenge."),
        (Some(it), Some("S256")) if is_challenge(it) => None,
        (Some(_), Some("S256")) => Some("code_challenge must be a SHA-256 digest in base64url."),
        // Without a method, OAuth means a challenge that is the verifier itself (RFC 7636 §4.3).
        (Some(_), Some(_) | None) => Some("code_challenge_method must be S256."),
    }
}

/// Whether a text can be a challenge: SHA-256 in base64url.
fn is_challenge(text: &str) -> bool {
    BASE64URL_NOPAD.decode(text.as_bytes()).is_ok_and(|it| it.len() == 32)
}

fn verifies(challenge: &str, verifier: &str) -> bool {
    let letters = verifier.bytes().all(|it| it.is_ascii_alphanumeric() || b"-._~".contains(&it));
    let computed = BASE64URL_NOPAD.encode(digest(&SHA256, verifier.as_bytes()).as_ref());
    (43..=128).contains(&verifier.len()) && letters && Secret::new(challenge).matches(&computed)
}

fn get(cx: &mut Cx<'_>, code: &Secret) -> Result<Option<Stored>> {
    if code.reveal().len() > CODE_BYTES_MAX {
        return Ok(None);
    }
    let values = [cx.environment.into(), code.digest().into()];
    let sql = "SELECT id, redirect_uri, code_challenge, session_id, organization_id, carried,
                      expires_at, used_at
               FROM authorization_codes WHERE environment_id = $1 AND digest = $2";
    let sealer = cx.app.sealer();
    let read = |mut row: Row| {
        Ok(Stored {
            id: row.take()?,
            redirect_uri: row.take()?,
            code_challenge: row.take()?,
            granted: granted(sealer, row.take()?, row.take()?, row.take()?)?,
            expires_at: row.take()?,
            used_at: row.take()?,
        })
    };
    cx.db().first(sql, &values)?.map(read).transpose()
}

fn granted(
    sealer: &Sealer,
    session_id: Option<SessionId>,
    organization_id: Option<OrganizationId>,
    carried: Option<Vec<u8>>,
) -> Result<Granted> {
    let Carried { account, oauth_tokens } = match carried {
        Some(it) => serde_json::from_slice(&sealer.open(CARRIED, &it)?).map_err(Error::internal)?,
        None => Carried::default(),
    };
    match (session_id, account) {
        (Some(session_id), None) => {
            Ok(Granted::Session(GrantedSession { session_id, organization_id, oauth_tokens }))
        }
        (None, Some(account)) => Ok(Granted::Account(account)),
        (Some(_), Some(_)) | (None, None) => {
            Err(Error::internal("a code stands for a session or for an account"))
        }
    }
}

/// Deletes codes that cannot be exchanged any more. Used ones are kept for a day, so that one that
/// comes again is known.
pub(super) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    let values = [cx.environment.into(), cx.now().plus_days(-1).into()];
    let sql = "DELETE FROM authorization_codes WHERE environment_id = $1 AND expires_at <= $2";
    cx.db().execute(sql, &values)
}
