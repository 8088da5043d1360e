//! One-time codes: six digits, sent by mail, that prove an address or sign a user in.
//!
//! - A code lives for ten minutes and works once.
//! - Of the codes of one purpose and user only the newest counts.
//! - After ten wrong attempts a code is dead, and even the right digits do not revive it.
//! - Codes are sealed at rest and compared in constant time.
use vestibule_kernel::db::{Row, Value};
use vestibule_kernel::id::UserId;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::{Seconds, Time};
use vestibule_kernel::{Cx, Result};

/// How long a code lives.
pub const LIFETIME_SECONDS: Seconds = 10 * 60;
/// How many wrong attempts a code bears.
pub const WRONG_ATTEMPTS_MAX: i64 = 10;
/// How long codes are kept after their end, for those who ask what became of them.
const KEPT_DAYS: i64 = 30;

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To prove the user's e-mail address.
    EmailVerification,
    /// To prove a new e-mail address.
    EmailChange,
    /// To sign in.
    MagicAuth,
    /// To go on with a sign-in that looks risky.
    RadarChallenge,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::EmailVerification => "email_verification",
            Self::EmailChange => "email_change",
            Self::MagicAuth => "magic_auth",
            Self::RadarChallenge => "radar_challenge",
        }
    }
}

/// A code and what it belongs to.
#[derive(Clone, Debug)]
pub struct OneTimeCode {
    /// The id that its purpose gave it.
    pub id: String,
    /// Whose it is.
    pub user_id: UserId,
    /// The address that it proves.
    pub email: String,
    /// The six digits.
    pub code: Secret,
    /// When it ends.
    pub expires_at: Time,
    /// When it was made.
    pub created_at: Time,
    /// When it was made or used.
    pub updated_at: Time,
}

/// What came of an attempt.
#[derive(Debug)]
pub enum Redeemed {
    /// The code was right, and is used up now.
    Good(OneTimeCode),
    /// The code was wrong.
    Incorrect,
    /// The newest code is too old.
    Expired,
    /// The code was right and had been used before.
    Used,
    /// There were too many wrong attempts.
    TooManyAttempts,
    /// There is no code.
    None,
}

/// Makes a code, which takes the place of every earlier one of this purpose and user.
pub fn issue(
    cx: &mut Cx<'_>,
    purpose: Purpose,
    id: &str,
    user_id: &UserId,
    email: &str,
) -> Result<OneTimeCode> {
    let now = cx.now();
    let code = Secret::code(cx.app.chance());
    let expires_at = now.plus_seconds(i64::from(LIFETIME_SECONDS));
    let values = [
        cx.environment.into(),
        id.into(),
        purpose.name().into(),
        user_id.into(),
        email.into(),
        cx.seal(&sealing(id), code.reveal())?.into(),
        expires_at.into(),
        now.into(),
    ];
    let sql =
        "INSERT INTO one_time_codes (environment_id, id, purpose, user_id, email, sealed_code,
                 wrong_attempts, expires_at, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $8)";
    cx.db().execute(sql, &values)?;
    Ok(OneTimeCode {
        id: id.to_owned(),
        user_id: user_id.clone(),
        email: email.to_owned(),
        code,
        expires_at,
        created_at: now,
        updated_at: now,
    })
}

/// The code of this id.
pub fn get(cx: &mut Cx<'_>, purpose: Purpose, id: &str) -> Result<Option<OneTimeCode>> {
    let values = [cx.environment.into(), purpose.name().into(), id.into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND purpose = $2 AND id = $3");
    let row = cx.db().first(&sql, &values)?;
    Ok(row.map(|it| read(cx, it)).transpose()?.map(|it| it.code))
}

/// The newest code of this purpose and user, if it can still be redeemed.
pub fn live(cx: &mut Cx<'_>, purpose: Purpose, user_id: &UserId) -> Result<Option<OneTimeCode>> {
    let newest = newest(cx, purpose, user_id)?.filter(|it| {
        !it.used && it.wrong_attempts < WRONG_ATTEMPTS_MAX && it.code.expires_at > cx.now()
    });
    Ok(newest.map(|it| it.code))
}

/// Tries a code. A wrong attempt is counted in this transaction, so let it commit.
pub fn redeem(cx: &mut Cx<'_>, purpose: Purpose, user_id: &UserId, code: &str) -> Result<Redeemed> {
    let Some(stored) = newest(cx, purpose, user_id)? else {
        // As for a wrong code, so that the time does not tell who has been sent one.
        count_wrong(cx, "")?;
        return Ok(Redeemed::None);
    };
    if stored.wrong_attempts >= WRONG_ATTEMPTS_MAX {
        return Ok(Redeemed::TooManyAttempts);
    }
    let matches = stored.code.code.matches(code.trim());
    let expired = stored.code.expires_at <= cx.now();
    if !matches {
        count_wrong(cx, &stored.code.id)?;
    }
    match (matches, stored.used, expired) {
        (true, true, _) => Ok(Redeemed::Used),
        (true, false, false) => use_up(cx, stored.code).map(Redeemed::Good),
        (_, false, true) => Ok(Redeemed::Expired),
        (false, _, _) => Ok(Redeemed::Incorrect),
    }
}

/// Ends every code of this purpose and user, used or not.
pub fn forget(cx: &mut Cx<'_>, purpose: Purpose, user_id: &UserId) -> Result<()> {
    let values = [cx.environment.into(), user_id.into(), purpose.name().into()];
    let sql = "DELETE FROM one_time_codes
               WHERE environment_id = $1 AND user_id = $2 AND purpose = $3";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes what a deleted user leaves behind.
pub fn forget_user(cx: &mut Cx<'_>, user_id: &UserId) -> Result<()> {
    let values = [cx.environment.into(), user_id.into()];
    let sql = "DELETE FROM one_time_codes WHERE environment_id = $1 AND user_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes the codes of this environment that ended long ago.
pub fn forget_old(cx: &mut Cx<'_>) -> Result<u64> {
    let values = [cx.environment.into(), cx.now().plus_days(-KEPT_DAYS).into()];
    let sql = "DELETE FROM one_time_codes WHERE environment_id = $1 AND expires_at < $2";
    cx.db().execute(sql, &values)
}

const SELECT: &str = "SELECT id, user_id, email, sealed_code, expires_at, created_at, updated_at,
       wrong_attempts, used_at
  FROM one_time_codes";

struct Stored {
    code: OneTimeCode,
    wrong_attempts: i64,
    used: bool,
}

fn read(cx: &Cx<'_>, mut row: Row) -> Result<Stored> {
    let id: String = row.take()?;
    let (user_id, email) = (row.take()?, row.take()?);
    let sealed: Vec<u8> = row.take()?;
    let code = cx.app.sealer().open_text(&sealing(&id), &sealed)?;
    let (expires_at, created_at, updated_at) = (row.take()?, row.take()?, row.take()?);
    Ok(Stored {
        code: OneTimeCode { id, user_id, email, code, expires_at, created_at, updated_at },
        wrong_attempts: row.take()?,
        used: row.take::<Option<Time>>()?.is_some(),
    })
}

/// What a code is sealed for: its own row, so that nobody can put one in another's place.
fn sealing(id: &str) -> String {
    format!("one_time_codes.sealed_code {id}")
}

fn newest(cx: &mut Cx<'_>, purpose: Purpose, user_id: &UserId) -> Result<Option<Stored>> {
    let values = [cx.environment.into(), user_id.into(), purpose.name().into()];
    let sql = format!(
        "{SELECT} WHERE environment_id = $1 AND user_id = $2 AND purpose = $3
         ORDER BY created_at DESC, id DESC LIMIT 1"
    );
    let row = cx.db().first(&sql, &values)?;
    row.map(|it| read(cx, it)).transpose()
}

fn count_wrong(cx: &mut Cx<'_>, id: &str) -> Result<()> {
    let values = [cx.environment.into(), Value::from(id)];
    let sql = "UPDATE one_time_codes SET wrong_attempts = wrong_attempts + 1
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

fn use_up(cx: &mut Cx<'_>, mut code: OneTimeCode) -> Result<OneTimeCode> {
    code.updated_at = cx.now();
    let values = [cx.environment.into(), Value::from(&code.id), cx.now().into()];
    let sql = "UPDATE one_time_codes SET used_at = $3, updated_at = $3
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values)?;
    Ok(code)
}
