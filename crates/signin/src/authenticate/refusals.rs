//! The refusals of a sign-in, each in the form that the contract gives it (03 §2).
use serde_json::{Value, json};
use vestibule_kernel::error::Shape;
use vestibule_kernel::id::{OrganizationId, RadarChallengeId, UserId};
use vestibule_kernel::{Code, Error, Kind};
use vestibule_people::codes::Redeemed;
use vestibule_people::email_verifications::DAILY_QUOTA_EXCEEDED;
use vestibule_people::users::User;

use super::attempt::{AnotherMethod, Challenge};
use crate::actions::ACTION_DENIED;
use crate::factors::Verified;
use crate::passkeys::INVALID_CREDENTIAL;
use crate::radar::Tried;
use crate::sessions::Method;

/// What a sign-in may be refused with once its credential was good, whatever that was.
pub const AFTER_CREDENTIAL: &[Code] = &[
    "invalid_pending_authentication_token",
    "invalid_organization_id",
    "invitation_invalid",
    "invitation_cannot_be_used_for_email",
    "email_verification_required",
    DAILY_QUOTA_EXCEEDED,
    "mfa_challenge",
    "mfa_enrollment",
    "organization_selection_required",
    "passkey_progressive_enrollment",
    "organization_authentication_methods_required",
    "sso_required",
    "token_too_big",
    "access_denied",
    "radar_challenge",
    "radar_sign_up_challenge",
    "radar_sms_sign_in_challenge",
    ACTION_DENIED,
];

const CREDENTIALS: &[Code] = &[
    "invalid_request",
    "invalid_client",
    "unauthorized_client",
    "invalid_grant",
    "invalid_credentials",
    "invalid_one_time_code",
    "one_time_code_expired",
    "one_time_code_previously_used",
    "one_time_code_too_many_attempts",
    "organization_not_found",
    "organization_membership_not_found",
    "user_mismatch",
    "code_challenge_not_found",
    "authentication_method_not_allowed",
    "email_password_auth_disabled",
    "sign_up_not_allowed",
    "invalid_profile",
    "invalid_link_authorization_code",
    "authorization_pending",
    "slow_down",
    "expired_token",
    "phone_number_required",
    "verification_id_required",
];

/// Every code that a sign-in at the endpoint may fail with.
pub const CODES: &[Code] =
    &joined::<{ CREDENTIALS.len() + AFTER_CREDENTIAL.len() }>(CREDENTIALS, AFTER_CREDENTIAL);

/// Both lists in one, for a declaration.
pub const fn joined<const N: usize>(first: &[Code], second: &[Code]) -> [Code; N] {
    assert!(N == first.len() + second.len(), "the length is that of both");
    let mut all = [""; N];
    let mut at = 0;
    while at < N {
        all[at] = if at < first.len() { first[at] } else { second[at - first.len()] };
        at += 1;
    }
    all
}

/// The code of the refusal of a telephone that is not the one which the user has enrolled.
pub const OTHER_TELEPHONE: Code = "phone_number_mismatch";

pub(super) fn invalid_request(description: impl Into<String>) -> Error {
    Error::oauth("invalid_request", description.into())
}

pub(super) fn invalid_client() -> Error {
    Error::oauth("invalid_client", "The client ID or the client secret is not valid.")
}

pub(super) fn unauthorized_client(grant: &str) -> Error {
    let text = format!("The grant '{grant}' needs the client_secret.");
    Error::oauth("unauthorized_client", text)
}

pub(super) fn invalid_grant(description: impl Into<String>) -> Error {
    Error::oauth("invalid_grant", description.into())
}

pub(super) fn invalid_code(code: &str) -> Error {
    invalid_grant(format!("The code '{code}' has expired or is invalid."))
}

pub(super) fn invalid_link_code() -> Error {
    let text = "The link_authorization_code is not valid: no account waits to be linked by one.";
    Error::oauth("invalid_link_authorization_code", text)
}

pub(super) fn challenge_not_found() -> Error {
    Error::bad_request(
        "code_challenge_not_found",
        "A code_verifier was given, but the code was issued without a code_challenge.",
    )
}

pub(super) fn invalid_credentials(email: &str) -> Error {
    Error::bad_request("invalid_credentials", format!("Invalid credentials for '{email}'."))
}

pub(super) fn invalid_pending_token() -> Error {
    Error::bad_request(
        "invalid_pending_authentication_token",
        "The pending authentication token is not valid: it has expired, or was used. Begin the \
         sign-in again.",
    )
}

pub(super) fn invitation_invalid() -> Error {
    Error::oauth(
        "invitation_invalid",
        "The invitation is not valid: it has expired, was revoked or was accepted already.",
    )
}

pub(super) fn password_off() -> Error {
    Error::forbidden("email_password_auth_disabled", "Signing in with a password is turned off.")
}

pub(super) fn magic_auth_off() -> Error {
    Error::forbidden(
        "authentication_method_not_allowed",
        "Signing in with a mailed code is turned off.",
    )
}

pub(super) fn passkey_off() -> Error {
    Error::forbidden(
        "authentication_method_not_allowed",
        "Signing in with a passkey is turned off.",
    )
}

pub(super) fn passkey_of_another() -> Error {
    let why = "The passkey was not accepted. It belongs to another account than the address that \
               was given.";
    Error::bad_request(INVALID_CREDENTIAL, why)
}

pub(super) fn method_off() -> Error {
    Error::forbidden("authentication_method_not_allowed", "This way to sign in is turned off.")
}

pub(super) fn sign_up_not_allowed() -> Error {
    Error::oauth("sign_up_not_allowed", "People cannot make accounts here without an invitation.")
}

/// The refusal of a method, by a policy that asks for another. Who waits for the token of the
/// sign-in adds it.
pub(super) fn another_method(another: &AnotherMethod, email: &str) -> Error {
    if another.sso {
        return sso_required(another, email);
    }
    methods_required(another, email).with_kind(Kind::Forbidden)
}

pub(super) fn sso_required(another: &AnotherMethod, email: &str) -> Error {
    let text = match &another.organization_id {
        Some(id) => format!("Organization '{id}' lets people in by single sign-on alone."),
        None => "People are let in by single sign-on alone.".to_owned(),
    };
    Error::oauth("sso_required", text)
        .with("connection_ids", json!(another.connection_ids))
        .with("email", email)
}

/// Official libraries know it by `code` or by `error`, so it has both.
pub(super) fn methods_required(another: &AnotherMethod, email: &str) -> Error {
    let code = "organization_authentication_methods_required";
    let text = match &another.organization_id {
        Some(id) => format!("Organization '{id}' does not let people in by this method."),
        None => "People are not let in by this method.".to_owned(),
    };
    Error::oauth(code, text.clone())
        .with("code", code)
        .with("message", text)
        .with("email", email)
        .with("sso_connection_ids", json!(another.connection_ids))
        .with("auth_methods", methods(another))
}

fn methods(another: &AnotherMethod) -> Value {
    let allows = |method| another.allowed.allows(method);
    json!({
        "apple_oauth": allows(Method::AppleOAuth),
        "github_oauth": allows(Method::GitHubOAuth),
        "google_oauth": allows(Method::GoogleOAuth),
        "magic_auth": allows(Method::MagicAuth),
        "microsoft_oauth": allows(Method::MicrosoftOAuth),
        "password": allows(Method::Password),
    })
}

/// The refusal of an organization that was chosen and lets people in by single sign-on alone.
pub(super) fn sso_for_selected_organization() -> Error {
    Error::plain(Kind::BadRequest, "Must use SSO for selected organization")
}

pub(super) fn not_a_member(user_id: &UserId, organization_id: &OrganizationId) -> Error {
    let text =
        format!("User '{user_id}' is not an active member of organization '{organization_id}'.");
    Error::bad_request("invalid_organization_id", text)
}

pub(super) fn user_mismatch() -> Error {
    Error::bad_request(
        "user_mismatch",
        "The authentication challenge belongs to a factor of another user.",
    )
}

pub(super) fn authorization_pending() -> Error {
    Error::oauth("authorization_pending", "The user has not decided yet. Ask again.")
}

pub(super) fn slow_down() -> Error {
    let text = "The device asks too often. Wait five seconds longer between two polls from now on.";
    Error::oauth("slow_down", text)
}

pub(super) fn device_denied() -> Error {
    Error::oauth("access_denied", "The user did not let the device sign in.")
}

/// The refusal of a device that the application does not let in, in the words of RFC 8628 §3.5.
pub(super) fn device_not_allowed(denial: &Error) -> Error {
    Error::oauth("access_denied", denial.message().to_owned())
}

pub(super) fn device_expired() -> Error {
    Error::oauth("expired_token", "The device code has expired. Begin again.")
}

pub(super) fn invalid_device_code() -> Error {
    invalid_grant("The device code is unknown here, or was used.")
}

/// What a one-time code that was not good is answered with.
pub(super) fn one_time_code(redeemed: &Redeemed) -> Error {
    match redeemed {
        Redeemed::Expired => expired_code(),
        Redeemed::Used => used_code(),
        Redeemed::TooManyAttempts => too_many_attempts(),
        Redeemed::Good(_) | Redeemed::Incorrect | Redeemed::None => wrong_code(),
    }
}

/// What the code of a factor that was not good is answered with.
pub(super) fn factor_code(verified: &Verified) -> Error {
    match verified {
        Verified::Expired => expired_code(),
        Verified::AlreadyVerified => used_code(),
        Verified::TooManyAttempts => too_many_attempts(),
        Verified::Good(_) | Verified::Incorrect => wrong_code(),
    }
}

pub(super) fn wrong_code() -> Error {
    Error::bad_request("invalid_one_time_code", "The code is not right.")
}

/// The refusal of a sign-in that is blocked. It does not tell why: whoever is kept out would learn
/// what to change.
pub(super) fn blocked() -> Error {
    Error::forbidden("access_denied", "This sign-in was stopped, to keep accounts safe.")
}

/// The refusal that tells of a challenge. Official libraries know it by the code that the official
/// description has, or by a newer one, so it has both.
pub(super) fn challenge(
    challenge: &Challenge,
    user: &User,
    radar_challenge_id: Option<&RadarChallengeId>,
) -> Error {
    let (code, newer, text) = match challenge {
        Challenge::Email => (
            "radar_challenge",
            "radar_email_challenge",
            "This sign-in looks risky. The code is needed that was mailed to the user.",
        ),
        Challenge::Text { .. } => (
            "radar_sms_sign_in_challenge",
            "radar_sms_challenge",
            "This sign-in looks risky. The code is needed that was sent to the user's telephone.",
        ),
        Challenge::NewTelephone => (
            "radar_sign_up_challenge",
            "radar_sms_challenge",
            "This sign-up looks risky. Send a code to a telephone of the user's first.",
        ),
    };
    let refusal = Error::forbidden(code, text)
        .with("error", newer)
        .with("error_description", text)
        .with("email", user.email.clone())
        .with("user", json!(user));
    match radar_challenge_id {
        Some(id) => refusal.with("radar_challenge_id", id.as_str()),
        None => refusal,
    }
}

pub(super) fn phone_number_required() -> Error {
    let text = "phone_number is required: the one that the code was sent to.";
    Error::bad_request("phone_number_required", text)
}

pub(super) fn verification_id_required() -> Error {
    let text = "verification_id is required: the one that sending the code has given.";
    Error::bad_request("verification_id_required", text)
}

pub(super) fn other_telephone() -> Error {
    let text = "The code goes to the telephone that the user has enrolled, and to no other.";
    Error::bad_request(OTHER_TELEPHONE, text)
}

/// What the code of a challenge that was not good is answered with.
pub(super) fn radar_code(tried: Tried) -> Error {
    match tried {
        Tried::Expired => expired_code(),
        Tried::Used => used_code(),
        Tried::TooManyAttempts => too_many_attempts(),
        Tried::Good | Tried::Incorrect => wrong_code(),
    }
}

fn expired_code() -> Error {
    Error::bad_request("one_time_code_expired", "The code has expired. Ask for a new one.")
}

fn used_code() -> Error {
    Error::bad_request(
        "one_time_code_previously_used",
        "The code was used already. Ask for a new one.",
    )
}

fn too_many_attempts() -> Error {
    Error::bad_request(
        "one_time_code_too_many_attempts",
        "There were too many wrong codes. Ask for a new one.",
    )
}

/// A refusal of another domain, in the OAuth form. The quota of a day has the form that it has
/// everywhere.
pub(super) fn as_oauth(error: Error) -> Error {
    match error.kind() {
        Kind::TooManyRequests if error.code() == DAILY_QUOTA_EXCEEDED => error,
        Kind::BadRequest | Kind::TooManyRequests => error.shaped(Shape::OAuth),
        _ => error,
    }
}
