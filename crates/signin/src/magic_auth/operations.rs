//! What clients can do with magic-auth codes.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::id::{MagicAuthId, RadarAttemptId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{
    Code, Created, Cx, Error, Fine, Flow, FlowCx, Method, Operation, Result, Route,
};
use vestibule_people::codes::{self, Purpose};
use vestibule_people::email_verifications::DAILY_QUOTA_EXCEEDED;
use vestibule_people::invitations::NOT_DELIVERABLE;
use vestibule_people::users::{self, LOCALES};

use super::{INVITATION_INVALID, METHOD_NOT_ALLOWED, MagicAuth, SIGN_UP_NOT_ALLOWED, Wanted};
use crate::actions::ACTION_DENIED;
use crate::radar::{self, Action, Asked, AuthMethod, RadarPolicy, Verdict};

/// Radar stopped it.
const ACCESS_DENIED: Code = "access_denied";

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
    radar_auth_attempt_id: Option<RadarAttemptId>,
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
    #[schemars(with = "RadarAttemptId")]
    radar_auth_attempt_id: Option<RadarAttemptId>,
}

/// Judges that a code is asked for, where sign-ins are judged: who is kept out is mailed nothing, and
/// makes no account.
fn judge(
    cx: &mut Cx<'_>,
    wanted: &Wanted,
    earlier: Option<RadarAttemptId>,
) -> Result<Option<RadarAttemptId>> {
    let policy = RadarPolicy::of(cx)?;
    let Wanted { email, invitation_token: _, ip_address, user_agent, device_id } = wanted.clone();
    let is_new = users::get_by_email(cx, &email)?.is_none();
    let asked = Asked {
        standalone: false,
        action: if is_new { Action::SignUp } else { Action::SignIn },
        auth_method: AuthMethod::EmailOtp,
        email,
        ip_address,
        user_agent,
        device_id,
        earlier,
    };
    let attempt = radar::judge(cx, &policy, &asked)?;
    if attempt.finding.verdict == Verdict::Block {
        let why = "This sign-in was stopped, to keep accounts safe.";
        return Err(Error::oauth(ACCESS_DENIED, why));
    }
    Ok(Some(attempt.id))
}

impl Flow for CreateMagicAuth {
    const ID: &'static str = "magic_auth.create";
    const ROUTE: Route = Route(Method::Post, "/user_management/magic_auth");
    const FAILS: &'static [Code] = &[
        ACCESS_DENIED,
        ACTION_DENIED,
        INVITATION_INVALID,
        METHOD_NOT_ALLOWED,
        SIGN_UP_NOT_ALLOWED,
        DAILY_QUOTA_EXCEEDED,
        NOT_DELIVERABLE,
    ];
    const STATUSES: &'static [u16] = &[403];
    const SECRETS: &'static [&'static str] = &["code"];
    type Reply = Created<CreatedMagicAuth>;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        let Self {
            email,
            invitation_token,
            ip_address,
            user_agent,
            radar_auth_attempt_id,
            signals_id,
            locale,
        } = self;
        let device_id = signals_id;
        let wanted = Wanted { email, invitation_token, ip_address, user_agent, device_id };
        let judged = if flow.read(radar::judges_sign_ins)? {
            let wanted = wanted.clone();
            flow.write(move |cx| judge(cx, &wanted, radar_auth_attempt_id.clone()))?
        } else {
            None
        };
        let code = super::send_to(flow, wanted, locale)?;
        Ok(Created(CreatedMagicAuth { magic_auth: code.into(), radar_auth_attempt_id: judged }))
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
