//! What clients can do with factors and challenges.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::id::{AuthenticationChallengeId, AuthenticationFactorId, UserId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{
    Code, Created, Cx, Error, Fine, Kind, Method, NoContent, Operation, Result, Route,
};
use vestibule_people::users;

use super::challenges::{CODE_PLACE, challenge_with};
use super::totp::SharedSecret;
use super::{
    Challenge, EnrolledFactor, Factor, FactorType, ONE_TIME_CODE_TOO_MANY_ATTEMPTS, TotpAccount,
    TotpNames, Verified, store, telephone,
};

/// A kind of factor that stands alone.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum EnrollableType {
    GenericOtp,
    Sms,
    Totp,
}

/// Enroll an authentication factor.
///
/// It counts once a challenge of it was met. The secret of an authenticator app is shown this once.
#[derive(Deserialize, JsonSchema)]
pub struct EnrollFactor {
    /// Kind of the factor
    r#type: EnrollableType,
    /// Telephone number with country code, such as `+15555550100`; required for `sms`
    #[schemars(length(min = 1, max = 40))]
    phone_number: Option<String>,
    /// Application or company that an authenticator app shows; required for `totp`
    #[schemars(length(min = 1, max = 255))]
    totp_issuer: Option<String>,
    /// Account that an authenticator app shows; required for `totp`
    #[schemars(length(min = 1, max = 255))]
    totp_user: Option<String>,
    /// ID of the user whose factor it is
    user_id: Option<UserId>,
}

impl Operation for EnrollFactor {
    const ID: &'static str = "auth_factors.enroll";
    const ROUTE: Route = Route(Method::Post, "/auth/factors/enroll");
    const STATUSES: &'static [u16] = &[404];
    const SECRETS: &'static [&'static str] = &["totp.qr_code", "totp.secret", "totp.uri"];
    type Reply = Created<EnrolledFactor>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { r#type, phone_number, totp_issuer, totp_user, user_id } = self;
        super::check_user(cx, user_id.as_ref())?;
        let enrolled = match r#type {
            EnrollableType::Totp => {
                let issuer = totp_issuer.ok_or_else(|| required("totp_issuer"))?;
                let user = totp_user.ok_or_else(|| required("totp_user"))?;
                let secret = SharedSecret::random(cx.app.chance());
                super::insert_totp(cx, user_id, TotpAccount { issuer, user }, &secret)?
            }
            EnrollableType::Sms => {
                let text = phone_number.ok_or_else(|| required("phone_number"))?;
                let telephone = telephone::accept(cx, &text)?;
                super::insert_plain(cx, user_id, FactorType::Sms, Some(telephone))?
            }
            EnrollableType::GenericOtp => {
                super::insert_plain(cx, user_id, FactorType::GenericOtp, None)?
            }
        };
        Ok(Created(enrolled))
    }
}

/// Get an authentication factor.
#[derive(Deserialize, JsonSchema)]
pub struct GetFactor {
    /// ID of the factor
    id: AuthenticationFactorId,
}

impl Operation for GetFactor {
    const ID: &'static str = "auth_factors.get";
    const ROUTE: Route = Route(Method::Get, "/auth/factors/{id}");
    type Reply = Fine<Factor>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        super::find(cx, &id).map(Fine)
    }
}

/// Delete an authentication factor.
///
/// Its challenges go with it, and its user signs in without it.
#[derive(Deserialize, JsonSchema)]
pub struct DeleteFactor {
    /// ID of the factor
    id: AuthenticationFactorId,
}

impl Operation for DeleteFactor {
    const ID: &'static str = "auth_factors.delete";
    const ROUTE: Route = Route(Method::Delete, "/auth/factors/{id}");
    // The path that older clients know.
    const ALIASES: &'static [Route] =
        &[Route(Method::Delete, "/user_management/auth_factors/{id}")];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        super::delete(cx, &id).map(|()| NoContent)
    }
}

/// Challenge an authentication factor.
///
/// A telephone gets a text message, within limits: a number five in ten minutes and twenty in a day,
/// and all of them as many in an hour as the factor policy says. A `generic_otp` factor answers with the code, for your
/// application to deliver. An authenticator app shows its code by itself.
#[derive(Deserialize, JsonSchema)]
pub struct ChallengeFactor {
    /// ID of the factor
    id: AuthenticationFactorId,
    /// Text of the message, in which `{{code}}` stands for the code
    #[schemars(length(min = 1, max = 1600))]
    sms_template: Option<String>,
}

impl Operation for ChallengeFactor {
    const ID: &'static str = "auth_factors.challenge";
    const ROUTE: Route = Route(Method::Post, "/auth/factors/{id}/challenge");
    const SECRETS: &'static [&'static str] = &["code"];
    type Reply = Created<Challenge>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id, sms_template } = self;
        if sms_template.as_ref().is_some_and(|it| !it.contains(CODE_PLACE)) {
            let why = "The template must say where the code stands: {{code}}.";
            return Err(Error::invalid_field("sms_template", "invalid", why));
        }
        challenge_with(cx, &id, sms_template.as_deref()).map(Created)
    }
}

/// Verify the code of a challenge.
///
/// A wrong code is no error: the answer is `valid: false`. A challenge bears ten of them, and is met
/// once.
#[derive(Deserialize, JsonSchema)]
pub struct VerifyChallenge {
    /// ID of the challenge
    id: AuthenticationChallengeId,
    /// Code that the factor gave
    #[schemars(length(max = 64))]
    code: Secret,
}

/// What came of a code
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuthenticationChallengeVerifyResponse")]
pub struct Verification {
    /// Challenge that was tried
    challenge: Challenge,
    /// Whether the code was right
    valid: bool,
}

impl Operation for VerifyChallenge {
    const ID: &'static str = "auth_challenges.verify";
    const ROUTE: Route = Route(Method::Post, "/auth/challenges/{id}/verify");
    const FAILS: &'static [Code] = &[ONE_TIME_CODE_TOO_MANY_ATTEMPTS];
    const SECRETS: &'static [&'static str] = &["challenge.code"];
    type Reply = Created<Verification>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id, code } = self;
        let valid = match super::verify(cx, &id, code.reveal())? {
            Verified::Good(_) => true,
            Verified::Incorrect => false,
            Verified::Expired => return Err(over(&id, "has expired")),
            Verified::AlreadyVerified => return Err(over(&id, "was verified already")),
            Verified::TooManyAttempts => {
                let why = "There were too many wrong codes. Wait, then make a new challenge.";
                return Err(Error::bad_request(ONE_TIME_CODE_TOO_MANY_ATTEMPTS, why));
            }
        };
        let challenge = super::get_challenge(cx, &id)?.ok_or_else(|| super::no_challenge(&id))?;
        Ok(Created(Verification { challenge, valid }))
    }
}

/// The kind of factor with which users sign in.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum UserFactorType {
    Totp,
}

/// Enroll an authenticator app for a user.
///
/// The factor counts once the challenge that comes with it was met. The secret is shown this once.
#[derive(Deserialize, JsonSchema)]
pub struct EnrollUserFactor {
    /// ID of the user
    user_id: UserId,
    /// Kind of the factor; only `totp`
    r#type: UserFactorType,
    /// Application or company that the app shows; by default your application's name
    #[schemars(length(min = 1, max = 255))]
    totp_issuer: Option<String>,
    /// Account that the app shows; by default the user's e-mail address
    #[schemars(length(min = 1, max = 255))]
    totp_user: Option<String>,
    /// Secret in base32 that the app has already; by default a new one is made
    #[schemars(length(min = 1, max = 512))]
    totp_secret: Option<Secret>,
}

/// An enrolled factor and the challenge that proves it
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UserlandUserAuthenticationFactorEnrollResponse")]
pub struct UserEnrollment {
    /// Factor, with the secret for the app
    authentication_factor: EnrolledFactor,
    /// Challenge to meet with a code of the app
    authentication_challenge: Challenge,
}

impl Operation for EnrollUserFactor {
    const ID: &'static str = "auth_factors.create";
    const ROUTE: Route = Route(Method::Post, "/user_management/users/{user_id}/auth_factors");
    const SECRETS: &'static [&'static str] = &[
        "authentication_challenge.code",
        "authentication_factor.totp.qr_code",
        "authentication_factor.totp.secret",
        "authentication_factor.totp.uri",
    ];
    type Reply = Created<UserEnrollment>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { user_id, r#type: UserFactorType::Totp, totp_issuer, totp_user, totp_secret } =
            self;
        let user = users::find(cx, &user_id)?;
        let names = TotpNames { issuer: totp_issuer, user: totp_user };
        let secret = totp_secret.as_ref().map(Secret::reveal);
        let (authentication_factor, authentication_challenge) =
            super::enroll_totp(cx, &user, names, secret)?;
        Ok(Created(UserEnrollment { authentication_factor, authentication_challenge }))
    }
}

/// List the authentication factors of a user.
#[derive(Deserialize, JsonSchema)]
pub struct ListUserFactors {
    /// ID of the user
    user_id: UserId,
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListUserFactors {
    const ID: &'static str = "auth_factors.list";
    const ROUTE: Route = Route(Method::Get, "/user_management/users/{user_id}/auth_factors");
    type Reply = Fine<Page<Factor>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { user_id, paging } = self;
        users::find(cx, &user_id)?;
        store::list_of_user(cx, &user_id, &paging).map(Fine)
    }
}

fn required(field: &str) -> Error {
    Error::invalid_field(field, "required", format!("{field} is required."))
}

fn over(id: &AuthenticationChallengeId, what: &'static str) -> Error {
    Error::plain(Kind::Invalid, format!("The authentication challenge '{id}' {what}."))
}
