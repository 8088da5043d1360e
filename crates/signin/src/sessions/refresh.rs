//! Refresh tokens: each is exchanged once for an access token and its successor.
//!
//! - Only digests are stored, and of a token that was exchanged, its successor under seal: for a
//!   short while every use of the old token yields that same successor, so that browser tabs that
//!   refresh at once all stay signed in.
//! - Use of a token after that while means that two parties hold it. The session ends: we cannot tell
//!   the thief from the owner.
//! - The tokens that descend from one sign-in share their first part, the family. An old token is
//!   known by its family, so old rows need not be kept to find out about it.
use vestibule_kernel::id::SessionId;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Result};

use super::Session;

const PURPOSE: &str = "refresh_tokens.successor";
/// How many characters name the family: 22 letters and digits hold 130 bits.
const FAMILY_LENGTH: usize = 22;
/// How many characters a token has: the family and 32 random bytes in base64url.
pub const TOKEN_LENGTH: usize = FAMILY_LENGTH + 43;

/// What a token is found to be.
#[derive(Debug)]
pub enum Found {
    /// It can be exchanged.
    Good(Box<Exchangeable>),
    /// Nobody was given this token, or its session has ended.
    Unknown,
    /// It had been exchanged before. Its session has been ended, which must be committed.
    Reused,
}

/// A token that can be exchanged, of a session that goes on.
#[derive(Debug)]
pub struct Exchangeable {
    /// The session.
    pub session: Session,
    /// Whether the token had been exchanged just before.
    pub replayed: bool,
    token: Secret,
    successor: Option<Vec<u8>>,
}

/// The first token of a family.
pub fn issue(cx: &mut Cx<'_>, session: &Session) -> Result<Secret> {
    let family = Secret::alphanumeric("", FAMILY_LENGTH, cx.app.chance());
    make(cx, family.reveal(), &session.id)
}

/// Looks at a token; it is not used up yet. The window is `Options::refresh_replay_seconds`.
pub fn find(cx: &mut Cx<'_>, token: &Secret) -> Result<Found> {
    let text = token.reveal();
    if text.len() != TOKEN_LENGTH || !text.is_char_boundary(FAMILY_LENGTH) {
        return Ok(Found::Unknown);
    }
    let family = &text[..FAMILY_LENGTH];
    let Some(row) = get(cx, token)? else { return reused(cx, family) };
    let Stored { session_id, exchanged_at, successor } = row;
    let replayed = match exchanged_at {
        Some(at) if cx.now() < at.plus_seconds(window(cx)) => true,
        Some(_) => return reused(cx, family),
        None => false,
    };
    let Some(session) = super::get_active(cx, &session_id)? else { return Ok(Found::Unknown) };
    let token = token.clone();
    Ok(Found::Good(Box::new(Exchangeable { session, replayed, token, successor })))
}

/// Exchanges a token for its successor.
pub fn exchange(cx: &mut Cx<'_>, found: &Exchangeable) -> Result<Secret> {
    let Exchangeable { session, replayed, token, successor } = found;
    if let (true, Some(sealed)) = (replayed, successor) {
        return cx.app.sealer().open_text(PURPOSE, sealed);
    }
    let family = &token.reveal()[..FAMILY_LENGTH];
    let successor = make(cx, family, &session.id)?;
    let window = window(cx);
    settle(cx, token, family, &successor, window)?;
    Ok(successor)
}

fn window(cx: &Cx<'_>) -> i64 {
    cx.app.options().refresh_replay_seconds.into()
}

fn reused(cx: &mut Cx<'_>, family: &str) -> Result<Found> {
    let values = [cx.environment.into(), Secret::new(family).digest().into()];
    let sql = "SELECT session_id FROM refresh_tokens
               WHERE environment_id = $1 AND family_digest = $2 LIMIT 1";
    let Some(mut row) = cx.db().first(sql, &values)? else { return Ok(Found::Unknown) };
    let id: SessionId = row.take()?;
    let Some(session) = super::get_active(cx, &id)? else { return Ok(Found::Unknown) };
    super::revoke(cx, session)?;
    Ok(Found::Reused)
}

struct Stored {
    session_id: SessionId,
    exchanged_at: Option<Time>,
    successor: Option<Vec<u8>>,
}

fn get(cx: &mut Cx<'_>, token: &Secret) -> Result<Option<Stored>> {
    let values = [cx.environment.into(), token.digest().into()];
    let sql = "SELECT session_id, exchanged_at, successor FROM refresh_tokens
               WHERE environment_id = $1 AND digest = $2";
    let Some(mut row) = cx.db().first(sql, &values)? else { return Ok(None) };
    Ok(Some(Stored { session_id: row.take()?, exchanged_at: row.take()?, successor: row.take()? }))
}

fn make(cx: &mut Cx<'_>, family: &str, session_id: &SessionId) -> Result<Secret> {
    let token = Secret::random(family, cx.app.chance());
    let values = [
        cx.environment.into(),
        token.digest().into(),
        Secret::new(family).digest().into(),
        session_id.into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO refresh_tokens
                 (environment_id, digest, family_digest, session_id, created_at)
               VALUES ($1, $2, $3, $4, $5)";
    cx.db().execute(sql, &values)?;
    Ok(token)
}

/// Notes the successor of a token, and forgets the family's tokens whose window is over.
fn settle(
    cx: &mut Cx<'_>,
    token: &Secret,
    family: &str,
    successor: &Secret,
    window: i64,
) -> Result<()> {
    let sealed = cx.seal(PURPOSE, successor.reveal())?;
    let values = [cx.environment.into(), token.digest().into(), cx.now().into(), sealed.into()];
    let sql = "UPDATE refresh_tokens SET exchanged_at = $3, successor = $4
               WHERE environment_id = $1 AND digest = $2";
    cx.db().execute(sql, &values)?;
    let values = [
        cx.environment.into(),
        Secret::new(family).digest().into(),
        cx.now().plus_seconds(-window).into(),
    ];
    let sql = "DELETE FROM refresh_tokens
               WHERE environment_id = $1 AND family_digest = $2 AND exchanged_at <= $3";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Ends the tokens of a session.
pub(super) fn forget(cx: &mut Cx<'_>, session_id: &SessionId) -> Result<()> {
    let values = [cx.environment.into(), session_id.into()];
    let sql = "DELETE FROM refresh_tokens WHERE environment_id = $1 AND session_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}
