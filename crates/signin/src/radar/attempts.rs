//! The judgement of attempts for applications that sign in their users themselves, and the log of
//! all attempts.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::Method::{Get, Post, Put};
use vestibule_kernel::id::RadarAttemptId;
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, Fine, Kind, NoContent, Operation, Result, Route};

use super::assess::{self, Asked};
use super::names::{Action, AuthMethod, Control, ListType, Verdict};
use super::policy::RadarPolicy;
use super::store::{self, Attempt};

/// Ask for a verdict on an attempt to sign in or sign up
///
/// For applications that sign in their users themselves. What Radar looks for, and what it answers
/// then, is set in the Radar policy. Tell it of success by updating the attempt: what is not told of
/// counts as failed.
#[derive(Deserialize, JsonSchema)]
pub struct CreateAttempt {
    /// The address that the user comes from
    #[schemars(length(max = 255))]
    ip_address: String,
    /// The browser that the user comes with
    #[schemars(length(max = 2048))]
    user_agent: String,
    /// The e-mail address of the user
    #[schemars(length(max = 320), extend("format" = "email"))]
    email: String,
    /// By what the user proves who they are
    auth_method: AuthMethod,
    /// What the user tries
    action: Action,
    /// An ID of signals from the user's device; it is taken for the ID of the device
    #[schemars(length(max = 255))]
    signals_id: Option<String>,
}

/// The verdict on an attempt
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RadarStandaloneResponse")]
pub struct Judged {
    /// What is to be done
    verdict: Verdict,
    /// Why, in words
    reason: &'static str,
    /// ID of the attempt
    attempt_id: RadarAttemptId,
    /// What was noticed, where the attempt is not let in at once
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Control")]
    control: Option<Control>,
    /// The list that the attempt is on
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ListType")]
    blocklist_type: Option<ListType>,
}

impl Operation for CreateAttempt {
    const ID: &'static str = "radar_attempts.create";
    const ROUTE: Route = Route(Post, "/radar/attempts");
    const STATUSES: &'static [u16] = &[400];
    type Reply = Fine<Judged>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { ip_address, user_agent, email, auth_method, action, signals_id } = self;
        let policy: RadarPolicy = cx.setting()?;
        if !policy.standalone {
            return Err(Error::plain(Kind::BadRequest, "Standalone Radar is not enabled."));
        }
        let last_seen = assess::last_seen(cx, &email)?;
        let asked = Asked {
            standalone: true,
            action,
            auth_method,
            email,
            ip_address: Some(ip_address),
            user_agent: Some(user_agent),
            device_id: signals_id,
            earlier: None,
        };
        let attempt = assess::judge(cx, &policy, &asked)?;
        let attempt = assess::confirm(cx, &policy, attempt, last_seen)?;
        let Attempt { id, finding, .. } = attempt;
        let shown = finding.verdict != Verdict::Allow;
        Ok(Fine(Judged {
            verdict: finding.verdict,
            reason: match (finding.verdict, finding.control) {
                (Verdict::Allow, Some(_)) => "Detected a Radar control that is only logged",
                (Verdict::Allow, None) => "No Radar control was detected",
                (Verdict::Challenge | Verdict::Block, _) => "Detected enabled Radar control",
            },
            attempt_id: id,
            control: finding.control.filter(|_| shown),
            blocklist_type: finding.blocklist_type.filter(|_| shown),
        }))
    }
}

/// That something succeeded.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Success {
    /// It did.
    Success,
}

/// Tell Radar that an attempt or its challenge succeeded
///
/// From then on the device of the attempt is known at the account.
#[derive(Deserialize, JsonSchema)]
pub struct UpdateAttempt {
    /// ID of the attempt
    id: RadarAttemptId,
    /// That the challenge was met
    challenge_status: Option<Success>,
    /// That the user is in
    attempt_status: Option<Success>,
}

impl Operation for UpdateAttempt {
    const ID: &'static str = "radar_attempts.update";
    const ROUTE: Route = Route(Put, "/radar/attempts/{id}");
    const STATUSES: &'static [u16] = &[400, 404];
    type Reply = NoContent;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id, challenge_status, attempt_status } = self;
        // What signs in here is judged by what it does here.
        let found = store::get_attempt(cx, &id)?.filter(|it| it.standalone);
        let mut attempt = found.ok_or_else(|| Error::not_found("Radar attempt", &id))?;
        if challenge_status.is_none() && attempt_status.is_none() {
            let text = "Give attempt_status or challenge_status.";
            return Err(Error::plain(Kind::BadRequest, text));
        }
        if challenge_status.is_some() && attempt.challenge_met_at.is_none() {
            attempt = assess::meet(cx, attempt)?;
        }
        if attempt_status.is_some() && attempt.succeeded_at.is_none() {
            assess::succeed(cx, attempt)?;
        }
        Ok(NoContent)
    }
}

/// An attempt to sign in or sign up, and what was noticed of it
#[derive(Debug, Serialize, JsonSchema)]
pub struct RadarAttempt {
    /// Always `radar_attempt`
    #[schemars(extend("const" = "radar_attempt"))]
    object: &'static str,
    /// ID of the attempt
    id: RadarAttemptId,
    /// Whether an application asked for a verdict, that signs in its users itself
    standalone: bool,
    /// What was tried
    action: Action,
    /// By what
    auth_method: AuthMethod,
    /// At which account
    email: String,
    /// From which address
    ip_address: Option<String>,
    /// With which browser
    user_agent: Option<String>,
    /// What the device is known by, as lists of device fingerprints have it
    device_fingerprint: Option<String>,
    /// What became of it
    verdict: Verdict,
    /// What was noticed
    control: Option<Control>,
    /// The list that it was on
    blocklist_type: Option<ListType>,
    /// When the user got in
    succeeded_at: Option<Time>,
    /// When the challenge was met
    challenge_met_at: Option<Time>,
    /// When it was made
    created_at: Time,
    /// When it was last changed
    updated_at: Time,
}

impl From<Attempt> for RadarAttempt {
    fn from(it: Attempt) -> Self {
        Self {
            object: "radar_attempt",
            id: it.id,
            standalone: it.standalone,
            action: it.action,
            auth_method: it.auth_method,
            email: it.email,
            ip_address: it.ip_address,
            user_agent: it.user_agent,
            device_fingerprint: it.device_fingerprint,
            verdict: it.finding.verdict,
            control: it.finding.control,
            blocklist_type: it.finding.blocklist_type,
            succeeded_at: it.succeeded_at,
            challenge_met_at: it.challenge_met_at,
            created_at: it.created_at,
            updated_at: it.updated_at,
        }
    }
}

/// List the attempts that Radar judged, newest first
///
/// They are kept for 30 days.
#[derive(Deserialize, JsonSchema)]
pub struct ListAttempts {
    #[serde(flatten)]
    paging: Paging,
    /// Only attempts with this verdict
    verdict: Option<Verdict>,
    /// Only attempts at the account of this address, in any case
    #[schemars(length(max = 320))]
    email: Option<String>,
}

impl Operation for ListAttempts {
    const ID: &'static str = "radar_attempts.list";
    const ROUTE: Route = Route(Get, "/vestibule/v1/radar_attempts");
    const EXTENSION: bool = true;
    type Reply = Fine<Page<RadarAttempt>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { paging, verdict, email } = self;
        let page = store::list_attempts(cx, &paging, verdict, email.as_deref())?;
        page.try_map(|it| Ok(it.into())).map(Fine)
    }
}
