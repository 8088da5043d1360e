//! E-mail verification: a code, mailed to a user's address, that proves that it is theirs.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::error::FieldError;
use vestibule_kernel::event::Event;
use vestibule_kernel::id::{EmailVerificationId, UserId};
use vestibule_kernel::limit::Limit;
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Cx, Error, Fine, Flow, FlowCx, Method::*, Op, Operation, Result, Route, flow, op,
};
use vestibule_messages::{Mail, Recipient};

use crate::codes::{self, OneTimeCode, Purpose, Redeemed};
use crate::users::{self, LOCALES, User, fold};

/// The operations of this domain.
pub const OPERATIONS: &[Op] = &[
    op::<GetEmailVerification>(),
    op::<SendEmailVerification>(),
    flow::<ConfirmEmailVerification>(),
];

/// A code was made, and mailed.
pub const CREATED: Event<EmailVerificationCreated> = Event::new("email_verification.created");
/// A user proved an address.
pub const SUCCEEDED: Event<Succeeded> = Event::new("authentication.email_verification_succeeded");
/// A user gave a code that does not prove the address.
pub const FAILED: Event<Failed> = Event::new("authentication.email_verification_failed");

/// The code of the refusal of more mails than a day may have.
pub const DAILY_QUOTA_EXCEEDED: Code = "daily_quota_exceeded";
const EMAIL_ALREADY_VERIFIED: Code = "email_already_verified";
const EMAIL_PREVIOUSLY_VERIFIED: Code = "email_previously_verified";
const CODE_PREVIOUSLY_USED: Code = "email_verification_code_previously_used";
const CODE_EXPIRED: Code = "email_verification_code_expired";
const CODE_INCORRECT: Code = "email_verification_code_incorrect";

/// How many codes an address may be sent in a minute (contract 00 §7).
const SENDS: Limit =
    Limit { name: "email_verifications.send", uses_max: 3, window: 60, code: "too_many_requests" };
/// How many in a day. With ten attempts for each code it keeps guessing hopeless: 500 of a million.
const SENDS_DAILY: Limit = Limit {
    name: "email_verifications.send_daily",
    uses_max: 50,
    window: 24 * 60 * 60,
    code: DAILY_QUOTA_EXCEEDED,
};

/// A code that proves an e-mail address
#[derive(Serialize, JsonSchema)]
pub struct EmailVerification {
    /// Always `email_verification`
    #[schemars(extend("const" = "email_verification"))]
    pub object: &'static str,
    /// ID of the verification
    pub id: String,
    /// ID of the user
    pub user_id: UserId,
    /// Address that it proves
    pub email: String,
    /// When the code ends
    pub expires_at: Time,
    /// Code that was mailed
    pub code: String,
    /// When it was created
    pub created_at: Time,
    /// When it was created or used
    pub updated_at: Time,
}

/// What the event tells of it: all but the code.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "documented at EmailVerification")]
pub struct EmailVerificationCreated {
    pub object: &'static str,
    pub id: String,
    pub user_id: UserId,
    pub email: String,
    pub expires_at: Time,
    pub created_at: Time,
    pub updated_at: Time,
}

/// The payload of [`SUCCEEDED`].
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names are those of the contract")]
pub struct Succeeded {
    pub r#type: &'static str,
    pub status: &'static str,
    pub user_id: UserId,
    pub email: String,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
}

/// The payload of [`FAILED`].
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names are those of the contract")]
pub struct Failed {
    pub r#type: &'static str,
    pub status: &'static str,
    pub user_id: UserId,
    pub email: String,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    pub error: FieldError,
}

/// A user whose verification went on
#[derive(Debug, Serialize, JsonSchema)]
pub struct VerifiedUser {
    /// The user
    pub user: User,
}

/// Get an e-mail verification, with its code.
#[derive(Deserialize, JsonSchema)]
pub struct GetEmailVerification {
    /// ID of the verification
    id: EmailVerificationId,
}

impl Operation for GetEmailVerification {
    const ID: &'static str = "email_verification.get";
    const ROUTE: Route = Route(Get, "/user_management/email_verification/{id}");
    const SECRETS: &'static [&'static str] = &["code"];
    type Reply = Fine<EmailVerification>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let code = codes::get(cx, Purpose::EmailVerification, self.id.as_str())?
            .ok_or_else(|| Error::not_found("Email verification", &self.id))?;
        let OneTimeCode { id, user_id, email, code, expires_at, created_at, updated_at } = code;
        Ok(Fine(EmailVerification {
            object: "email_verification",
            id,
            user_id,
            email,
            expires_at,
            code: code.reveal().to_owned(),
            created_at,
            updated_at,
        }))
    }
}

/// Mail a user a code that proves their e-mail address.
///
/// It takes the place of every code that was mailed before.
#[derive(Deserialize, JsonSchema)]
pub struct SendEmailVerification {
    /// ID of the user
    id: UserId,
    /// Language of the mail
    #[schemars(extend("enum" = LOCALES))]
    locale: Option<String>,
}

impl Operation for SendEmailVerification {
    const ID: &'static str = "email_verification.send";
    const ROUTE: Route = Route(Post, "/user_management/users/{id}/email_verification/send");
    const FAILS: &'static [Code] = &[EMAIL_ALREADY_VERIFIED, DAILY_QUOTA_EXCEEDED];
    type Reply = Fine<VerifiedUser>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id, locale } = self;
        cx.write_in(locale);
        let user = users::find(cx, &id)?;
        if user.email_verified {
            let why = format!("The e-mail address '{}' is verified already.", user.email);
            return Err(Error::bad_request(EMAIL_ALREADY_VERIFIED, why));
        }
        send(cx, &user)?;
        Ok(Fine(VerifiedUser { user }))
    }
}

/// Verify a user's e-mail address with the code that was mailed to it.
#[derive(Deserialize, JsonSchema)]
pub struct ConfirmEmailVerification {
    /// ID of the user
    id: UserId,
    /// Code that was mailed
    #[schemars(length(min = 1, max = 255))]
    code: String,
}

impl Flow for ConfirmEmailVerification {
    const ID: &'static str = "email_verification.confirm";
    const ROUTE: Route = Route(Post, "/user_management/users/{id}/email_verification/confirm");
    const FAILS: &'static [Code] =
        &[EMAIL_PREVIOUSLY_VERIFIED, CODE_PREVIOUSLY_USED, CODE_EXPIRED, CODE_INCORRECT];
    type Reply = Fine<VerifiedUser>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self { id, code } = self;
        let user = flow.write(move |cx| confirm(cx, &id, &code))??;
        Ok(Fine(VerifiedUser { user }))
    }
}

/// Mails the user a code, in the place of every one before.
pub fn send(cx: &mut Cx<'_>, user: &User) -> Result<OneTimeCode> {
    let address = fold(&user.email);
    cx.limit(SENDS, &address)?;
    cx.limit(SENDS_DAILY, &address)?;
    let id = EmailVerificationId::new(cx);
    let made = codes::issue(cx, Purpose::EmailVerification, id.as_str(), &user.id, &user.email)?;
    let created = EmailVerificationCreated {
        object: "email_verification",
        id: made.id.clone(),
        user_id: user.id.clone(),
        email: made.email.clone(),
        expires_at: made.expires_at,
        created_at: made.created_at,
        updated_at: made.updated_at,
    };
    cx.emit(&CREATED, &created)?;
    let code = made.code.reveal().to_owned();
    let to = Recipient::new(&user.email).who_prefers(user.locale.as_deref());
    vestibule_messages::send(cx, to, Mail::EmailVerification { code })?;
    Ok(made)
}

/// Tries a code. The inner refusal is to be told after the commit, for the attempt counts.
fn confirm(cx: &mut Cx<'_>, id: &UserId, code: &str) -> Result<Result<User>> {
    let user = users::find(cx, id)?;
    if user.email_verified {
        let why = format!("The e-mail address '{}' is verified already.", user.email);
        return Ok(Err(Error::bad_request(EMAIL_PREVIOUSLY_VERIFIED, why)));
    }
    let refusal = match codes::redeem(cx, Purpose::EmailVerification, id, code)? {
        Redeemed::Good(proof) if fold(&proof.email) == fold(&user.email) => {
            let user = users::set_email_verified(cx, id)?;
            let succeeded = succeeded(cx, &user);
            cx.emit(&SUCCEEDED, &succeeded)?;
            return Ok(Ok(user));
        }
        Redeemed::Good(_) | Redeemed::Incorrect | Redeemed::None => {
            Error::bad_request(CODE_INCORRECT, "This is not the code that was mailed last.")
        }
        Redeemed::Used => {
            Error::bad_request(CODE_PREVIOUSLY_USED, "This code was used before. Send a new one.")
        }
        Redeemed::Expired => {
            Error::bad_request(CODE_EXPIRED, "This code is too old. Send a new one.")
        }
        // The contract has no code of its own for it; what to do is the same.
        Redeemed::TooManyAttempts => Error::bad_request(
            CODE_EXPIRED,
            "This code ended after too many wrong attempts. Send a new one.",
        ),
    };
    let failed = failed(cx, &user, &refusal);
    cx.emit(&FAILED, &failed)?;
    Ok(Err(refusal))
}

fn succeeded(cx: &Cx<'_>, user: &User) -> Succeeded {
    Succeeded {
        r#type: "email_verification",
        status: "succeeded",
        user_id: user.id.clone(),
        email: user.email.clone(),
        ip_address: cx.request.ip_address.clone(),
        user_agent: cx.request.user_agent.clone(),
    }
}

fn failed(cx: &Cx<'_>, user: &User, refusal: &Error) -> Failed {
    Failed {
        r#type: "email_verification",
        status: "failed",
        user_id: user.id.clone(),
        email: user.email.clone(),
        ip_address: cx.request.ip_address.clone(),
        user_agent: cx.request.user_agent.clone(),
        error: FieldError::new("", refusal.code(), refusal.message()),
    }
}
