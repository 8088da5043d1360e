//! What is looked for, and what is done about it.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::catalog::Method::{Get, Put};
use vestibule_kernel::setting::{Setting, Showable, Shown};
use vestibule_kernel::{Cx, Fine, Operation, Result, Route};

use super::names::Verdict;

/// What is done about something that was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Response {
    /// It is not looked for.
    Off,
    /// It is noted, and goes on.
    Log,
    /// A further proof is asked for.
    Challenge,
    /// It ends.
    Block,
}

impl Response {
    /// What becomes of the attempt; none where it is not looked for.
    pub const fn verdict(self) -> Option<Verdict> {
        match self {
            Self::Off => None,
            Self::Log => Some(Verdict::Allow),
            Self::Challenge => Some(Verdict::Challenge),
            Self::Block => Some(Verdict::Block),
        }
    }
}

/// By what a challenged sign-in goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ChallengeBy {
    /// A code by mail.
    Email,
    /// A code by text message: to the telephone that the user has enrolled, or gives for a new
    /// account. Who signs in and has none gets it by mail.
    Sms,
}

/// What Radar looks for, and what is done about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct RadarPolicy {
    /// Whether sign-ins and sign-ups here are judged
    pub sign_in: bool,
    /// Whether applications that sign in their users themselves may ask for a verdict
    pub standalone: bool,
    /// By what a challenged sign-in goes on
    pub challenge: ChallengeBy,
    /// What is done about browsers that say they are programs
    pub bot_detection: Response,
    /// What is done about many tries at one account, or at many accounts from one place
    pub brute_force_attack: Response,
    /// What is done about many accounts of one mailbox, or from one place
    pub repeat_sign_up: Response,
    /// What is done about new accounts at domains whose addresses are thrown away
    pub disposable_domain: Response,
    /// What is done about accounts that nobody has used for 60 days
    pub stale_account: Response,
    /// What is done about devices with which nobody has signed in to the account
    pub unrecognized_device: Response,
}

impl Default for RadarPolicy {
    fn default() -> Self {
        Self {
            sign_in: false,
            standalone: true,
            challenge: ChallengeBy::Email,
            bot_detection: Response::Challenge,
            brute_force_attack: Response::Challenge,
            repeat_sign_up: Response::Challenge,
            disposable_domain: Response::Log,
            stale_account: Response::Log,
            unrecognized_device: Response::Log,
        }
    }
}

impl Setting for RadarPolicy {
    const NAME: &'static str = "radar_policy";
}

impl RadarPolicy {
    /// That of the environment of this call.
    pub fn of(cx: &mut Cx<'_>) -> Result<Self> {
        cx.setting()
    }
}

impl Showable for RadarPolicy {
    const OBJECT: &'static str = "radar_policy";
}

/// Get what Radar looks for, and what is done about it
#[derive(Deserialize, JsonSchema)]
pub struct GetRadarPolicy {}

impl Operation for GetRadarPolicy {
    const ID: &'static str = "radar_policy.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/radar_policy");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown<RadarPolicy>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        cx.setting().map(Shown::new).map(Fine)
    }
}

/// Change what Radar looks for, and what is done about it
///
/// What is not given stays as it is. Lists hold whatever is set here.
#[derive(Deserialize, JsonSchema)]
pub struct UpdateRadarPolicy {
    /// Whether sign-ins and sign-ups here are judged
    sign_in: Option<bool>,
    /// Whether applications that sign in their users themselves may ask for a verdict
    standalone: Option<bool>,
    /// By what a challenged sign-in goes on
    challenge: Option<ChallengeBy>,
    /// What is done about browsers that say they are programs
    bot_detection: Option<Response>,
    /// What is done about many tries at one account, or at many accounts from one place
    brute_force_attack: Option<Response>,
    /// What is done about many accounts of one mailbox, or from one place
    repeat_sign_up: Option<Response>,
    /// What is done about new accounts at domains whose addresses are thrown away
    disposable_domain: Option<Response>,
    /// What is done about accounts that nobody has used for 60 days
    stale_account: Option<Response>,
    /// What is done about devices with which nobody has signed in to the account
    unrecognized_device: Option<Response>,
}

impl Operation for UpdateRadarPolicy {
    const ID: &'static str = "radar_policy.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/radar_policy");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown<RadarPolicy>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {
            sign_in,
            standalone,
            challenge,
            bot_detection,
            brute_force_attack,
            repeat_sign_up,
            disposable_domain,
            stale_account,
            unrecognized_device,
        } = self;
        let old: RadarPolicy = cx.setting()?;
        let policy = RadarPolicy {
            sign_in: sign_in.unwrap_or(old.sign_in),
            standalone: standalone.unwrap_or(old.standalone),
            challenge: challenge.unwrap_or(old.challenge),
            bot_detection: bot_detection.unwrap_or(old.bot_detection),
            brute_force_attack: brute_force_attack.unwrap_or(old.brute_force_attack),
            repeat_sign_up: repeat_sign_up.unwrap_or(old.repeat_sign_up),
            disposable_domain: disposable_domain.unwrap_or(old.disposable_domain),
            stale_account: stale_account.unwrap_or(old.stale_account),
            unrecognized_device: unrecognized_device.unwrap_or(old.unrecognized_device),
        };
        cx.set(&policy)?;
        Ok(Fine(Shown::new(policy)))
    }
}
