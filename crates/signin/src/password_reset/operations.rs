//! What clients can do with password resets.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::id::PasswordResetId;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{
    Code, Created, Cx, Error, Fine, Flow, FlowCx, Method, Operation, Result, Route,
};
use vestibule_people::email_verifications::DAILY_QUOTA_EXCEEDED;
use vestibule_people::users::{self, LOCALES, User};

use super::{EMAIL_PASSWORD_AUTH_DISABLED, PASSWORD_RESET_ERROR, PasswordReset, store};

/// Ask for a password reset.
///
/// The user gets a mail with a link that works once, for an hour.
#[derive(Deserialize, JsonSchema)]
pub struct CreatePasswordReset {
    /// E-mail address of the user
    #[schemars(email, length(max = 320))]
    email: String,
    /// Language of the mail
    #[schemars(extend("enum" = LOCALES))]
    locale: Option<String>,
}

impl Operation for CreatePasswordReset {
    const ID: &'static str = "password_reset.create";
    const ROUTE: Route = Route(Method::Post, "/user_management/password_reset");
    const FAILS: &'static [Code] = &[EMAIL_PASSWORD_AUTH_DISABLED, DAILY_QUOTA_EXCEEDED];
    const STATUSES: &'static [u16] = &[403, 404];
    const SECRETS: &'static [&'static str] = &["password_reset_token", "password_reset_url"];
    type Reply = Created<PasswordReset>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { email, locale } = self;
        cx.write_in(locale);
        let user = users::get_by_email(cx, &email)?;
        let user = user.ok_or_else(|| Error::not_found("User", &email))?;
        super::create(cx, &user).map(Created)
    }
}

/// Get a password reset.
#[derive(Deserialize, JsonSchema)]
pub struct GetPasswordReset {
    /// ID of the password reset
    id: PasswordResetId,
}

impl Operation for GetPasswordReset {
    const ID: &'static str = "password_reset.get";
    const ROUTE: Route = Route(Method::Get, "/user_management/password_reset/{id}");
    const SECRETS: &'static [&'static str] = &["password_reset_token", "password_reset_url"];
    type Reply = Fine<PasswordReset>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        let reset = store::get(cx, &id)?;
        reset.map(Fine).ok_or_else(|| Error::not_found("Password reset", &id))
    }
}

/// Set a new password with the token of a password reset.
///
/// The user's address counts as proven then, every session of the user ends, and other tokens of the
/// user are void.
#[derive(Deserialize, JsonSchema)]
pub struct ConfirmPasswordReset {
    /// Token of the password reset
    #[schemars(length(min = 1, max = 512))]
    token: Secret,
    /// New password
    new_password: Secret,
}

/// The user whose password was set
#[derive(Debug, Serialize, JsonSchema)]
pub struct ResetPasswordResponse {
    /// User whose password was set
    user: User,
}

impl Flow for ConfirmPasswordReset {
    const ID: &'static str = "password_reset.confirm";
    const ROUTE: Route = Route(Method::Post, "/user_management/password_reset/confirm");
    const FAILS: &'static [Code] = &[EMAIL_PASSWORD_AUTH_DISABLED, PASSWORD_RESET_ERROR];
    const STATUSES: &'static [u16] = &[403, 404];
    type Reply = Fine<ResetPasswordResponse>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self { token, new_password } = self;
        let user = super::confirm(flow, &token, &new_password)?;
        Ok(Fine(ResetPasswordResponse { user }))
    }
}
