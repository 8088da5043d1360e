//! The SQL of factors and challenges. No other module reads or writes these tables.
use vestibule_kernel::db::{FromValue, Row, Value};
use vestibule_kernel::id::{AuthenticationChallengeId, AuthenticationFactorId, UserId};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, Result};

use super::{Challenge, Factor, FactorType, Telephone, TotpAccount};

/// How many factors of a user are offered at sign-in.
const FACTORS_OFFERED_MAX: i64 = 100;

/// A factor and what is known of it inside alone.
pub(super) struct Stored {
    pub factor: Factor,
    /// The secret of an authenticator app.
    pub secret: Option<Secret>,
    /// The time step of the last code that was accepted.
    pub last_step: Option<i64>,
    /// How many wrong codes in a row there were since `wrong_since`.
    pub wrong_codes: i64,
    pub wrong_since: Option<Time>,
}

/// A challenge and what is known of it inside alone.
pub(super) struct StoredChallenge {
    pub challenge: Challenge,
    /// The code that was sent.
    pub code: Option<Secret>,
    pub wrong_codes: i64,
    pub verified: bool,
}

impl FactorType {
    const fn name(self) -> &'static str {
        match self {
            Self::GenericOtp => "generic_otp",
            Self::Sms => "sms",
            Self::Totp => "totp",
            Self::Webauthn => "webauthn",
        }
    }
}
impl FromValue for FactorType {
    fn from_value(value: Value) -> Result<Self> {
        let name = String::from_value(value)?;
        let all = [Self::GenericOtp, Self::Sms, Self::Totp, Self::Webauthn];
        all.into_iter()
            .find(|it| it.name() == name)
            .ok_or_else(|| Error::internal(format!("'{name}' is no type of factor")))
    }
}

const SELECT: &str = "SELECT id, user_id, type, totp_issuer, totp_user, phone_number, created_at,
       updated_at, sealed_secret, last_step, wrong_codes, wrong_since
  FROM authentication_factors";

fn read_factor(row: &mut Row) -> Result<Factor> {
    let (id, user_id, r#type) = (row.take()?, row.take()?, row.take()?);
    let (issuer, user): (Option<String>, Option<String>) = (row.take()?, row.take()?);
    let phone_number: Option<String> = row.take()?;
    Ok(Factor {
        object: "authentication_factor",
        id,
        user_id,
        r#type,
        totp: issuer.zip(user).map(|(issuer, user)| TotpAccount { issuer, user }),
        sms: phone_number.map(|phone_number| Telephone { phone_number }),
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

/// What a secret is sealed for: its own row, so that nobody can put one in another's place.
fn sealing_secret(id: &AuthenticationFactorId) -> String {
    format!("authentication_factors.sealed_secret {id}")
}

fn sealing_code(id: &AuthenticationChallengeId) -> String {
    format!("authentication_challenges.sealed_code {id}")
}

pub(super) fn get(cx: &mut Cx<'_>, id: &AuthenticationFactorId) -> Result<Option<Stored>> {
    let values = [cx.environment.into(), id.into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND id = $2");
    let Some(mut row) = cx.db().first(&sql, &values)? else { return Ok(None) };
    let factor = read_factor(&mut row)?;
    let sealed: Option<Vec<u8>> = row.take()?;
    let open = |it: Vec<u8>| cx.app.sealer().open_text(&sealing_secret(id), &it);
    Ok(Some(Stored {
        factor,
        secret: sealed.map(open).transpose()?,
        last_step: row.take()?,
        wrong_codes: row.take()?,
        wrong_since: row.take()?,
    }))
}

pub(super) fn list_of_user(
    cx: &mut Cx<'_>,
    user_id: &UserId,
    paging: &Paging,
) -> Result<Page<Factor>> {
    Listing::of(cx, "authentication_factors", SELECT).filter("user_id = ?", user_id).page(
        cx,
        paging,
        |mut row| read_factor(&mut row),
    )
}

/// Passkeys are no second step, so none is among them.
pub(super) fn verified_of_user(cx: &mut Cx<'_>, user_id: &UserId) -> Result<Vec<Factor>> {
    let values = [cx.environment.into(), user_id.into(), Value::Int(FACTORS_OFFERED_MAX)];
    let sql = format!(
        "{SELECT} WHERE environment_id = $1 AND user_id = $2 AND verified_at IS NOT NULL
           AND type <> 'webauthn'
         ORDER BY created_at, id LIMIT $3"
    );
    let rows = cx.db().query(&sql, &values)?;
    rows.into_iter().map(|mut row| read_factor(&mut row)).collect()
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &Factor, secret: Option<&str>) -> Result<()> {
    let sealed = secret.map(|plain| cx.seal(&sealing_secret(&it.id), plain)).transpose()?;
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        it.user_id.as_ref().into(),
        it.r#type.name().into(),
        it.totp.as_ref().map(|it| it.issuer.as_str()).into(),
        it.totp.as_ref().map(|it| it.user.as_str()).into(),
        it.sms.as_ref().map(|it| it.phone_number.as_str()).into(),
        sealed.into(),
        it.created_at.into(),
        it.updated_at.into(),
    ];
    let sql = "INSERT INTO authentication_factors (environment_id, id, user_id, type, totp_issuer,
                 totp_user, phone_number, sealed_secret, wrong_codes, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10)";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Notes that a code was right.
pub(super) fn prove(
    cx: &mut Cx<'_>,
    id: &AuthenticationFactorId,
    last_step: Option<i64>,
) -> Result<()> {
    let values = [cx.environment.into(), id.into(), last_step.into(), cx.now().into()];
    // Only the first proof changes what clients see.
    let sql = "UPDATE authentication_factors
               SET last_step = $3, wrong_codes = 0, wrong_since = NULL,
                   updated_at = CASE WHEN verified_at IS NULL THEN $4 ELSE updated_at END,
                   verified_at = COALESCE(verified_at, $4)
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn count_wrong_of_factor(
    cx: &mut Cx<'_>,
    id: &AuthenticationFactorId,
    count: i64,
    since: Time,
) -> Result<()> {
    let values = [cx.environment.into(), id.into(), count.into(), since.into()];
    let sql = "UPDATE authentication_factors SET wrong_codes = $3, wrong_since = $4
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes a factor with its challenges.
pub(super) fn delete(cx: &mut Cx<'_>, id: &AuthenticationFactorId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM authentication_challenges
               WHERE environment_id = $1 AND authentication_factor_id = $2";
    cx.db().execute(sql, &values)?;
    let sql = "DELETE FROM authentication_factors WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn delete_of_user(cx: &mut Cx<'_>, user_id: &UserId) -> Result<()> {
    let values = [cx.environment.into(), user_id.into()];
    let sql = "DELETE FROM authentication_challenges
               WHERE environment_id = $1 AND authentication_factor_id IN
                 (SELECT id FROM authentication_factors WHERE environment_id = $1 AND user_id = $2)";
    cx.db().execute(sql, &values)?;
    let sql = "DELETE FROM authentication_factors WHERE environment_id = $1 AND user_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn insert_challenge(
    cx: &mut Cx<'_>,
    it: &Challenge,
    code: Option<&Secret>,
) -> Result<()> {
    let sealed = code.map(|code| cx.seal(&sealing_code(&it.id), code.reveal())).transpose()?;
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        (&it.authentication_factor_id).into(),
        sealed.into(),
        it.expires_at.into(),
        it.created_at.into(),
        it.updated_at.into(),
    ];
    let sql = "INSERT INTO authentication_challenges (environment_id, id,
                 authentication_factor_id, sealed_code, expires_at, created_at, updated_at,
                 wrong_codes)
               VALUES ($1, $2, $3, $4, $5, $6, $7, 0)";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn get_challenge(
    cx: &mut Cx<'_>,
    id: &AuthenticationChallengeId,
) -> Result<Option<StoredChallenge>> {
    let values = [cx.environment.into(), id.into()];
    let sql = "SELECT id, authentication_factor_id, expires_at, created_at, updated_at,
                 sealed_code, wrong_codes, verified_at
               FROM authentication_challenges WHERE environment_id = $1 AND id = $2";
    let Some(mut row) = cx.db().first(sql, &values)? else { return Ok(None) };
    let (own_id, authentication_factor_id) = (row.take()?, row.take()?);
    let (expires_at, created_at, updated_at) = (row.take()?, row.take()?, row.take()?);
    let sealed: Option<Vec<u8>> = row.take()?;
    let open = |it: Vec<u8>| cx.app.sealer().open_text(&sealing_code(id), &it);
    Ok(Some(StoredChallenge {
        challenge: Challenge {
            object: "authentication_challenge",
            id: own_id,
            expires_at,
            code: None,
            authentication_factor_id,
            created_at,
            updated_at,
        },
        code: sealed.map(open).transpose()?,
        wrong_codes: row.take()?,
        verified: row.take::<Option<Time>>()?.is_some(),
    }))
}

pub(super) fn meet_challenge(cx: &mut Cx<'_>, id: &AuthenticationChallengeId) -> Result<()> {
    let values = [cx.environment.into(), id.into(), cx.now().into()];
    let sql = "UPDATE authentication_challenges SET verified_at = $3, updated_at = $3
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn count_wrong(cx: &mut Cx<'_>, id: &AuthenticationChallengeId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "UPDATE authentication_challenges SET wrong_codes = wrong_codes + 1
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn delete_challenges_before(cx: &mut Cx<'_>, before: Time) -> Result<u64> {
    let values = [cx.environment.into(), before.into()];
    let sql = "DELETE FROM authentication_challenges
               WHERE environment_id = $1 AND created_at < $2";
    cx.db().execute(sql, &values)
}
