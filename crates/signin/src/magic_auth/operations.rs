//! What clients can do with magic-auth codes.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::id::MagicAuthId;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Code, Created, Cx, Error, Fine, Method, Operation, Result, Route};
use vestibule_people::codes::{self, Purpose};
use vestibule_people::email_verifications::DAILY_QUOTA_EXCEEDED;
use vestibule_people::users::LOCALES;

use super::{INVITATION_INVALID, METHOD_NOT_ALLOWED, MagicAuth, SIGN_UP_NOT_ALLOWED};

/// Mail a user a code to sign in with.
///
/// An unknown address becomes a user, where people may sign up or are invited. The code works once,
/// for ten minutes; a new one takes the place of the one before.
#[derive(Deserialize, JsonSchema)]
pub struct CreateMagicAuth {
    /// E-mail address of the user
    #[schemars(email, length(max = 320))]
    email: String,
    /// Token of the invitation that the user follows
    #[schemars(length(min = 1, max = 512))]
    invitation_token: Option<Secret>,
    /// IP address of the user
    ip_address: Option<String>,
    /// Browser of the user
    user_agent: Option<String>,
    /// ID of an earlier attempt of the same sign-in
    radar_auth_attempt_id: Option<String>,
    /// ID of the signals that the user's browser gathered
    signals_id: Option<String>,
    /// Language of the mail
    #[schemars(extend("enum" = LOCALES))]
    locale: Option<String>,
}

/// A magic-auth code that was just made
#[derive(Debug, Serialize, JsonSchema)]
pub struct CreatedMagicAuth {
    #[serde(flatten)]
    magic_auth: MagicAuth,
    /// ID of the attempt, to be given when the code is used
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    radar_auth_attempt_id: Option<String>,
}

impl Operation for CreateMagicAuth {
    const ID: &'static str = "magic_auth.create";
    const ROUTE: Route = Route(Method::Post, "/user_management/magic_auth");
    const FAILS: &'static [Code] =
        &[INVITATION_INVALID, METHOD_NOT_ALLOWED, SIGN_UP_NOT_ALLOWED, DAILY_QUOTA_EXCEEDED];
    const SECRETS: &'static [&'static str] = &["code"];
    type Reply = Created<CreatedMagicAuth>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {
            email,
            invitation_token,
            ip_address,
            user_agent,
            radar_auth_attempt_id,
            signals_id,
            locale,
        } = self;
        cx.write_in(locale);
        // They only feed the judgement of attempts, which this environment does not have.
        drop((ip_address, user_agent, radar_auth_attempt_id, signals_id));
        let code = super::send_to(cx, &email, invitation_token.as_ref().map(Secret::reveal))?;
        Ok(Created(CreatedMagicAuth { magic_auth: code.into(), radar_auth_attempt_id: None }))
    }
}

/// Get a magic-auth code.
#[derive(Deserialize, JsonSchema)]
pub struct GetMagicAuth {
    /// ID of the magic-auth code
    id: MagicAuthId,
}

impl Operation for GetMagicAuth {
    const ID: &'static str = "magic_auth.get";
    const ROUTE: Route = Route(Method::Get, "/user_management/magic_auth/{id}");
    const SECRETS: &'static [&'static str] = &["code"];
    type Reply = Fine<MagicAuth>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        let code = codes::get(cx, Purpose::MagicAuth, id.as_str())?;
        let code = code.ok_or_else(|| Error::not_found("Magic auth", &id))?;
        Ok(Fine(code.into()))
    }
}
