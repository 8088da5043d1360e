//! Signing in: one endpoint, many grants, each a first credential or a further step.
//!
//! For the author of the hosted pages: [`attempt`] has what a sign-in can come to, [`credentials`]
//! and [`steps`] have the functions that take it there. Give [`attempt::Delivery::Code`], keep the
//! token of a [`attempt::StepUp`] with [`crate::authorize::keep_pending`], and hand a
//! [`attempt::SignedIn`] to [`crate::authorize::finish`].
pub mod attempt;
mod browser;
pub mod challenges;
mod client;
mod code;
pub mod credentials;
mod device;
mod events;
pub mod federated;
mod grant;
pub mod guessing;
mod judgement;
pub mod passkeys;
pub mod pending;
mod policy;
mod refresh;
pub mod refusals;
mod reply;
pub(crate) mod standing;
pub mod steps;
mod verdict;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use vestibule_kernel::catalog::Method::Post;
use vestibule_kernel::context::App;
use vestibule_kernel::db::Tx;
use vestibule_kernel::event::Reaction;
use vestibule_kernel::id::{
    AuthenticationChallengeId, EnvironmentId, OrganizationId, RadarAttemptId, RadarChallengeId,
    RadarVerificationId, UserId,
};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{
    Access, Code, Cx, Error, Flow, FlowCx, Input, Op, Result, Route, Within, environment, flow, op,
};

pub(crate) use browser::clear as clear_cookies;
pub use challenges::SendRadarChallenge;
pub(crate) use grant::welcome;
pub use judgement::Judged;
pub use reply::{Authenticated, Welcome};

/// The operations of this module.
pub const OPERATIONS: &[Op] = &[flow::<Authenticate>(), op::<SendRadarChallenge>()];

/// The sign-ins of a user that wait end with the user.
pub const ON_USER_DELETED: Reaction = Reaction { event: "user.deleted", run: user_deleted };

/// Sign a user in, or go on with a session
///
/// The grant type says with what: a password, a code that was mailed, an authorization code of the
/// hosted pages, a refresh token, or a further step of a sign-in that waits for it. Where a step is
/// needed, the answer is 403 with its code and a pending authentication token.
#[derive(Deserialize, JsonSchema)]
#[schemars(extend("x-shown" = { "required": ["grant_type", "client_id"] }))]
pub struct Authenticate {
    /// What is given in exchange
    #[schemars(length(max = 255), extend("x-shown" = { "enum": grant::SERVED }))]
    grant_type: Option<String>,
    /// The client ID of the environment
    #[schemars(length(max = 255))]
    client_id: Option<String>,
    /// The API key of the environment; public clients leave it out
    client_secret: Option<Secret>,
    /// The authorization code, the code that was mailed or that an authenticator app shows, or a
    /// recovery code
    code: Option<Secret>,
    /// The verifier of the code challenge (PKCE)
    code_verifier: Option<Secret>,
    /// The e-mail address of the user
    #[schemars(length(max = 320))]
    email: Option<String>,
    /// The password of the user
    #[schemars(length(max = 4096))]
    password: Option<Secret>,
    /// The refresh token of the session
    refresh_token: Option<Secret>,
    /// The organization to sign in to, or to change to
    organization_id: Option<OrganizationId>,
    /// What an earlier answer gave for its next step
    pending_authentication_token: Option<Secret>,
    /// What a device was given to ask for its tokens with
    device_code: Option<Secret>,
    /// The challenge of the authentication factor
    authentication_challenge_id: Option<AuthenticationChallengeId>,
    /// An invitation that is accepted by signing in
    invitation_token: Option<Secret>,
    /// The address that the user comes from
    #[schemars(length(max = 255))]
    ip_address: Option<String>,
    /// The browser that the user comes with
    #[schemars(length(max = 2048))]
    user_agent: Option<String>,
    /// An ID of the user's device, for the judgement of risks
    #[schemars(length(max = 255))]
    device_id: Option<String>,
    /// An ID of signals from the user's device; it is taken for an ID of the device where there is
    /// no other
    #[schemars(length(max = 255))]
    signals_id: Option<String>,
    /// The ID of an attempt whose risks were judged before
    radar_auth_attempt_id: Option<RadarAttemptId>,
    /// The ID of the challenge whose code was mailed
    radar_challenge_id: Option<RadarChallengeId>,
    /// The ID that sending a code to a new telephone has given
    verification_id: Option<RadarVerificationId>,
    /// The new telephone that the code was sent to
    #[schemars(length(max = 40))]
    phone_number: Option<String>,
    /// The code of an account elsewhere that is to be linked. We issue none: an account is linked by
    /// the code that its sign-in asks for.
    #[schemars(skip)]
    link_authorization_code: Option<Secret>,
    /// The redirect URI that the code was issued for; checked where it is given, as OAuth has it.
    #[schemars(skip)]
    redirect_uri: Option<String>,
}

impl Flow for Authenticate {
    const ID: &'static str = "user_management.authenticate";
    const ROUTE: Route = Route(Post, "/user_management/authenticate");
    // Somebody who signs in is let into what they choose.
    const WITHIN: Within = Within::Nowhere;
    const ALIASES: &'static [Route] = &[Route(Post, "/x/authkit/users/authenticate")];
    const INPUT: Input = Input::BodyOrForm;
    const ACCESS: Access = Access::Open(environment_of_client);
    const FAILS: &'static [Code] = refusals::CODES;
    const STATUSES: &'static [u16] = &[400, 403, 404, 422, 429];
    const SECRETS: &'static [&'static str] = &[
        "access_token",
        "refresh_token",
        "oauth_tokens.access_token",
        "oauth_tokens.refresh_token",
    ];
    type Reply = Welcome;

    fn run(self, flow: &FlowCx) -> Result<Self::Reply> {
        grant::run(flow, self)
    }
}

/// Deletes what waits no more.
pub(crate) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    pending::forget(cx)
}

/// The environment of a client that says who it is in its input.
pub(crate) fn environment_of_client(
    _: &App,
    tx: &mut dyn Tx,
    input: &Value,
) -> Result<EnvironmentId> {
    let text = input.get("client_id").and_then(Value::as_str).unwrap_or_default();
    if text.is_empty() {
        return Err(refusals::invalid_request("client_id is required."));
    }
    let found = environment::by_client_id(tx, text)?;
    found.map(|it| it.id).ok_or_else(refusals::invalid_client)
}

fn user_deleted(cx: &mut Cx<'_>, user: &Value) -> Result<()> {
    let id = user.get("id").and_then(Value::as_str);
    let id = id.ok_or_else(|| Error::internal("the event user.deleted has no id"))?;
    pending::forget_user(cx, &UserId::parse(id)?)
}
