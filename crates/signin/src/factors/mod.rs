//! Authentication factors: authenticator apps, telephones and codes that the application delivers,
//! and the challenges that prove them.
//!
//! - A factor counts as enrolled once a challenge of it was met.
//! - The secret of an authenticator app is shown once, at enrolment, and sealed at rest.
//! - A code of an app works once; the clock of the app may be 30 seconds off.
//! - Text messages with codes are bounded in number, see [`telephone`].
//! - A challenge bears ten wrong codes, and a factor twenty in a row within an hour, so that fresh
//!   challenges do not buy fresh guesses.
mod challenges;
mod operations;
pub mod policy;
mod qr;
mod store;
pub mod telephone;
mod totp;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use vestibule_kernel::event::Reaction;
use vestibule_kernel::id::{AuthenticationChallengeId, AuthenticationFactorId, UserId};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Code, Cx, Error, Op, Result, op};
use vestibule_people::users::{self, User};

use crate::passkeys;
pub(crate) use challenges::text_with_code;
pub use challenges::{CHALLENGE_SECONDS, Challenge, Verified, challenge, get_challenge, verify};
pub use operations::{
    ChallengeFactor, DeleteFactor, EnrollFactor, EnrollUserFactor, GetFactor, ListUserFactors,
    VerifyChallenge,
};
use totp::SharedSecret;

use crate::recovery_codes;

/// The code of the refusal of a challenge that saw too many wrong codes.
pub const ONE_TIME_CODE_TOO_MANY_ATTEMPTS: Code = "one_time_code_too_many_attempts";

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[
    op::<policy::GetFactorPolicy>(),
    op::<policy::UpdateFactorPolicy>(),
    op::<EnrollFactor>(),
    op::<GetFactor>(),
    op::<DeleteFactor>(),
    op::<ChallengeFactor>(),
    op::<VerifyChallenge>(),
    op::<EnrollUserFactor>(),
    op::<ListUserFactors>(),
];

/// A deleted user's factors go too.
pub const USER_DELETED: Reaction = Reaction { event: "user.deleted", run: forget_user };

/// How long a challenge is kept after it ended.
const CHALLENGES_KEPT_DAYS: i64 = 30;

/// What kind of factor it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum FactorType {
    /// A code that your application delivers itself.
    GenericOtp,
    /// A code by text message.
    Sms,
    /// A code of an authenticator app.
    Totp,
    /// A passkey.
    Webauthn,
}

/// An authentication factor
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "AuthenticationFactor")]
pub struct Factor {
    /// Always `authentication_factor`
    #[schemars(extend("const" = "authentication_factor"))]
    pub object: &'static str,
    /// ID of the factor
    pub id: AuthenticationFactorId,
    /// ID of the user whose it is
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "UserId")]
    pub user_id: Option<UserId>,
    /// Kind of the factor
    pub r#type: FactorType,
    /// How an authenticator app names it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "TotpAccount")]
    pub totp: Option<TotpAccount>,
    /// Telephone that gets the codes
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Telephone")]
    pub sms: Option<Telephone>,
    /// When the factor was enrolled
    pub created_at: Time,
    /// When the factor was last changed
    pub updated_at: Time,
}

/// How an authenticator app names a factor
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct TotpAccount {
    /// Application or company
    pub issuer: String,
    /// Account of the user
    pub user: String,
}

/// A telephone
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Telephone {
    /// Telephone number with country code, such as `+15555550100`
    pub phone_number: String,
}

/// An authentication factor at its enrolment, the only time that its secret is shown
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(rename = "AuthenticationFactorEnrolled")]
pub struct EnrolledFactor {
    /// Always `authentication_factor`
    #[schemars(extend("const" = "authentication_factor"))]
    pub object: &'static str,
    /// ID of the factor
    pub id: AuthenticationFactorId,
    /// ID of the user whose it is
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "UserId")]
    pub user_id: Option<UserId>,
    /// Kind of the factor
    pub r#type: FactorType,
    /// What an authenticator app needs
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "TotpKey")]
    pub totp: Option<TotpKey>,
    /// Telephone that gets the codes
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Telephone")]
    pub sms: Option<Telephone>,
    /// When the factor was enrolled
    pub created_at: Time,
    /// When the factor was last changed
    pub updated_at: Time,
}

/// What an authenticator app needs
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct TotpKey {
    /// Application or company
    pub issuer: String,
    /// Account of the user
    pub user: String,
    /// QR picture of the address, a PNG as a `data:` URI
    pub qr_code: String,
    /// Secret in base32, to be typed where no camera is
    pub secret: String,
    /// Address that an app opens or reads from the picture
    pub uri: String,
}

impl std::fmt::Debug for EnrolledFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EnrolledFactor {}", self.id)
    }
}
impl std::fmt::Debug for TotpKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TotpKey of {}", self.user)
    }
}

impl EnrolledFactor {
    fn new(factor: &Factor, totp: Option<TotpKey>) -> Self {
        let Factor { object, id, user_id, r#type, totp: _, sms, created_at, updated_at } =
            factor.clone();
        Self { object, id, user_id, r#type, totp, sms, created_at, updated_at }
    }
}

/// The factor of this id.
pub fn get(cx: &mut Cx<'_>, id: &AuthenticationFactorId) -> Result<Option<Factor>> {
    Ok(store::get(cx, id)?.map(|it| it.factor))
}

/// The factor of this id, or the 404 for a missing one.
pub fn find(cx: &mut Cx<'_>, id: &AuthenticationFactorId) -> Result<Factor> {
    get(cx, id)?.ok_or_else(|| Error::not_found("Authentication factor", id))
}

/// The factors with which a user can take a second step: those that were verified once.
pub fn of_user(cx: &mut Cx<'_>, user_id: &UserId) -> Result<Vec<Factor>> {
    store::verified_of_user(cx, user_id)
}

/// How an authenticator app is to name an account; what is not said has a default.
#[derive(Clone, Debug, Default)]
pub struct TotpNames {
    /// The application or company. Its default is the application's name, or our host.
    pub issuer: Option<String>,
    /// The account. Its default is the user's address.
    pub user: Option<String>,
}

/// Enrols an authenticator app for a user, with the challenge that proves it. A secret that is not
/// given is made.
pub fn enroll_totp(
    cx: &mut Cx<'_>,
    user: &User,
    names: TotpNames,
    secret: Option<&str>,
) -> Result<(EnrolledFactor, Challenge)> {
    let secret = match secret {
        Some(text) => SharedSecret::parse(text).ok_or_else(not_a_secret)?,
        None => SharedSecret::random(cx.app.chance()),
    };
    let issuer = match names.issuer {
        Some(it) => it,
        None => default_issuer(cx)?,
    };
    let account = TotpAccount { issuer, user: names.user.unwrap_or_else(|| user.email.clone()) };
    let enrolled = insert_totp(cx, Some(user.id.clone()), account, &secret)?;
    let challenge = challenge(cx, &enrolled.id)?;
    Ok((enrolled, challenge))
}

/// Enrols a telephone for a user, whose challenge is to be sent yet.
pub fn enroll_sms(cx: &mut Cx<'_>, user_id: &UserId, phone_number: &str) -> Result<EnrolledFactor> {
    let telephone = telephone::accept(cx, phone_number)?;
    insert_plain(cx, Some(user_id.clone()), FactorType::Sms, Some(telephone))
}

/// Enrols an authenticator app whose secret, in base32, the user is known to have: for seeds.
pub fn enroll_known(cx: &mut Cx<'_>, user: &User, secret: &str) -> Result<()> {
    let (factor, _) = enroll_totp(cx, user, TotpNames::default(), Some(secret))?;
    store::prove(cx, &factor.id, None)
}

/// Makes the factor of a passkey, which [`crate::passkeys`] looks after.
pub(crate) fn add_passkey(cx: &mut Cx<'_>, user_id: &UserId) -> Result<Factor> {
    let factor = new_factor(cx, Some(user_id.clone()), FactorType::Webauthn, None, None);
    store::insert(cx, &factor, None)?;
    Ok(factor)
}

/// Deletes a factor, and every challenge of it. The last one of a user takes the recovery codes
/// along: there is nothing left that they could stand in for.
pub fn delete(cx: &mut Cx<'_>, id: &AuthenticationFactorId) -> Result<()> {
    let factor = find(cx, id)?;
    passkeys::forget_factor(cx, id)?;
    store::delete(cx, id)?;
    match factor.user_id {
        Some(user_id) if of_user(cx, &user_id)?.is_empty() => recovery_codes::forget(cx, &user_id),
        Some(_) | None => Ok(()),
    }
}

/// Deletes a factor of a user's that was never proved: they chose another. One that was proved
/// stays.
pub fn abandon(cx: &mut Cx<'_>, user_id: &UserId, id: &AuthenticationFactorId) -> Result<()> {
    let proved = of_user(cx, user_id)?.iter().any(|it| it.id == *id);
    let own = get(cx, id)?.is_some_and(|it| it.user_id.as_ref() == Some(user_id));
    if own && !proved { store::delete(cx, id) } else { Ok(()) }
}

/// Deletes the challenges of this environment that ended long ago, and tells how many.
pub fn forget_old(cx: &mut Cx<'_>) -> Result<u64> {
    let before = cx.now().plus_days(-CHALLENGES_KEPT_DAYS);
    store::delete_challenges_before(cx, before)
}

fn forget_user(cx: &mut Cx<'_>, payload: &Value) -> Result<()> {
    match payload.get("id").and_then(Value::as_str) {
        Some(id) => store::delete_of_user(cx, &UserId::parse(id)?),
        None => Ok(()),
    }
}

fn insert_totp(
    cx: &mut Cx<'_>,
    user_id: Option<UserId>,
    account: TotpAccount,
    secret: &SharedSecret,
) -> Result<EnrolledFactor> {
    let TotpAccount { issuer, user } = account.clone();
    let uri = secret.uri(&issuer, &user);
    let qr_code = qr::data_uri(&uri).ok_or_else(|| {
        let why = "The issuer and the user are too long for a QR picture.";
        Error::invalid_field("totp_issuer", "too_long", why)
    })?;
    let factor = new_factor(cx, user_id, FactorType::Totp, Some(account), None);
    store::insert(cx, &factor, Some(secret.reveal()))?;
    let key = TotpKey { issuer, user, qr_code, secret: secret.reveal().to_owned(), uri };
    Ok(EnrolledFactor::new(&factor, Some(key)))
}

fn insert_plain(
    cx: &mut Cx<'_>,
    user_id: Option<UserId>,
    r#type: FactorType,
    sms: Option<Telephone>,
) -> Result<EnrolledFactor> {
    let factor = new_factor(cx, user_id, r#type, None, sms);
    store::insert(cx, &factor, None)?;
    Ok(EnrolledFactor::new(&factor, None))
}

fn new_factor(
    cx: &Cx<'_>,
    user_id: Option<UserId>,
    r#type: FactorType,
    totp: Option<TotpAccount>,
    sms: Option<Telephone>,
) -> Factor {
    Factor {
        object: "authentication_factor",
        id: AuthenticationFactorId::new(cx),
        user_id,
        r#type,
        totp,
        sms,
        created_at: cx.now(),
        updated_at: cx.now(),
    }
}

fn default_issuer(cx: &mut Cx<'_>) -> Result<String> {
    if let Some(name) = vestibule_branding::of_environment(cx)?.application_name {
        return Ok(name);
    }
    let url = url::Url::parse(&cx.app.options().public_url).map_err(Error::internal)?;
    Ok(url.host_str().unwrap_or("Vestibule").to_owned())
}

fn not_a_secret() -> Error {
    let why = "The secret is not base32 of 10 to 128 bytes.";
    Error::invalid_field("totp_secret", "invalid", why)
}

/// The user of an input that may name one.
fn check_user(cx: &mut Cx<'_>, user_id: Option<&UserId>) -> Result<()> {
    user_id.map_or(Ok(()), |it| users::find(cx, it).map(|_| ()))
}

/// The 404 of a challenge.
fn no_challenge(id: &AuthenticationChallengeId) -> Error {
    Error::not_found("Authentication challenge", id)
}
