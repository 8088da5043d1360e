//! The codes that a risky sign-in is asked for, by mail and by text message.
//!
//! - A code works once, for ten minutes, and bears ten wrong tries. Of several, the newest counts.
//! - A code by mail belongs to a user, and is named by the id of its challenge; a code by text message
//!   belongs to one attempt.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::Method::Get;
use vestibule_kernel::event::Event;
use vestibule_kernel::id::{RadarAttemptId, RadarChallengeId, RadarVerificationId, UserId};
use vestibule_kernel::limit::Limit;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, Fine, Operation, Result, Route};
use vestibule_messages::{Mail, Recipient};
use vestibule_people::codes::{self, LIFETIME_SECONDS, OneTimeCode, Purpose, Redeemed};
use vestibule_people::email_verifications::DAILY_QUOTA_EXCEEDED;
use vestibule_people::users::{self, User};

use super::store::{self, Verification};
use crate::factors::{self, telephone};

/// A code was mailed to whoever seems to be somebody else.
const CREATED: Event<Notice> = Event::new("radar.challenge_created");

/// How often one address is mailed.
const MAILS: Limit =
    Limit { name: "radar.send", uses_max: 3, window: 60, code: "too_many_requests" };
/// How often in a day. With ten tries for each code it keeps guessing hopeless: 500 of a million.
const MAILS_DAILY: Limit = Limit {
    name: "radar.send_daily",
    uses_max: 50,
    window: 24 * 60 * 60,
    code: DAILY_QUOTA_EXCEEDED,
};
/// How many wrong codes a text message bears.
const WRONG_ATTEMPTS_MAX: i64 = 10;

/// What came of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// It was right, and is used up now.
    Good,
    /// It was wrong, or is not this sign-in's.
    Incorrect,
    /// It is too old, or there is a newer one.
    Expired,
    /// It was used before.
    Used,
    /// There were too many wrong ones.
    TooManyAttempts,
}

/// What the event tells: all but the code.
#[derive(Serialize)]
pub(super) struct Notice {
    r#type: &'static str,
    radar_challenge_id: String,
    user_id: UserId,
    email: String,
}

/// A code that a risky sign-in is asked for
#[derive(Serialize, JsonSchema)]
pub struct RadarChallenge {
    /// Always `radar_challenge`
    #[schemars(extend("const" = "radar_challenge"))]
    object: &'static str,
    /// ID of the challenge
    id: String,
    /// Always `email`: the code was mailed
    #[schemars(extend("const" = "email"))]
    r#type: &'static str,
    /// ID of the user who signs in
    user_id: UserId,
    /// Address that the code was mailed to
    email: String,
    /// When the code ends
    expires_at: Time,
    /// When the challenge was made
    created_at: Time,
    /// When the challenge was last changed
    updated_at: Time,
    /// The code
    code: String,
}

impl std::fmt::Debug for RadarChallenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RadarChallenge {}", self.id)
    }
}

impl From<OneTimeCode> for RadarChallenge {
    fn from(it: OneTimeCode) -> Self {
        Self {
            object: "radar_challenge",
            id: it.id,
            r#type: "email",
            user_id: it.user_id,
            email: it.email,
            expires_at: it.expires_at,
            created_at: it.created_at,
            updated_at: it.updated_at,
            code: it.code.reveal().to_owned(),
        }
    }
}

/// Mails a user the code of a challenge. Where that was done too often just now, the last one counts.
pub fn mail(cx: &mut Cx<'_>, user: &User) -> Result<RadarChallengeId> {
    let address = users::fold(&user.email);
    let allowed = cx.limit(MAILS, &address).and_then(|()| cx.limit(MAILS_DAILY, &address));
    if let Err(refused) = allowed {
        let last = codes::live(cx, Purpose::RadarChallenge, &user.id)?;
        return last.map_or(Err(refused), |it| RadarChallengeId::parse(&it.id));
    }
    let id = RadarChallengeId::new(cx);
    let code = codes::issue(cx, Purpose::RadarChallenge, id.as_str(), &user.id, &user.email)?;
    let notice = Notice {
        r#type: "email",
        radar_challenge_id: code.id.clone(),
        user_id: user.id.clone(),
        email: user.email.clone(),
    };
    cx.emit(&CREATED, &notice)?;
    let mail = Mail::RadarChallenge { code: code.code.reveal().to_owned() };
    let to = Recipient::new(&user.email).who_prefers(user.locale.as_deref());
    vestibule_messages::send_until(cx, to, mail, code.expires_at)?;
    Ok(id)
}

/// Tries a mailed code. A wrong one is counted in this transaction, so let it commit. Who names the
/// challenge must name that of this code.
pub fn redeem(
    cx: &mut Cx<'_>,
    user: &User,
    challenge_id: Option<&RadarChallengeId>,
    code: &Secret,
) -> Result<Tried> {
    if let Some(id) = challenge_id {
        let named = codes::get(cx, Purpose::RadarChallenge, id.as_str())?;
        if named.is_none_or(|it| it.user_id != user.id) {
            return Ok(Tried::Incorrect);
        }
        let live = codes::live(cx, Purpose::RadarChallenge, &user.id)?;
        if live.is_some_and(|it| it.id != id.as_str()) {
            return Ok(Tried::Expired);
        }
    }
    Ok(match codes::redeem(cx, Purpose::RadarChallenge, &user.id, code.reveal())? {
        Redeemed::Good(it) if users::fold(&it.email) == users::fold(&user.email) => Tried::Good,
        Redeemed::Good(_) | Redeemed::Incorrect | Redeemed::None => Tried::Incorrect,
        Redeemed::Expired => Tried::Expired,
        Redeemed::Used => Tried::Used,
        Redeemed::TooManyAttempts => Tried::TooManyAttempts,
    })
}

/// Sends the code of an attempt to a telephone, within the bounds of text messages.
pub fn text(
    cx: &mut Cx<'_>,
    attempt_id: &RadarAttemptId,
    phone_number: &str,
    locale: Option<&str>,
) -> Result<RadarVerificationId> {
    let verification = Verification {
        id: RadarVerificationId::new(cx),
        attempt_id: attempt_id.clone(),
        phone_number: phone_number.to_owned(),
        code: Secret::code(cx.app.chance()),
        wrong_attempts: 0,
        expires_at: cx.now().plus_seconds(LIFETIME_SECONDS.into()),
        used: false,
    };
    let text = factors::text_with_code(cx, &verification.code, locale)?;
    telephone::send(cx, phone_number, &text, verification.expires_at)?;
    store::insert_verification(cx, &verification)?;
    Ok(verification.id)
}

/// Tries a code by text message. A wrong one is counted in this transaction, so let it commit.
pub fn verify(
    cx: &mut Cx<'_>,
    attempt_id: &RadarAttemptId,
    phone_number: &str,
    verification_id: Option<&RadarVerificationId>,
    code: &Secret,
) -> Result<Tried> {
    let Some(newest) = store::newest_verification(cx, attempt_id)? else {
        return Ok(Tried::Incorrect);
    };
    let is_it = newest.attempt_id == *attempt_id
        && newest.phone_number == phone_number
        && verification_id.is_none_or(|it| *it == newest.id);
    if newest.wrong_attempts >= WRONG_ATTEMPTS_MAX {
        return Ok(Tried::TooManyAttempts);
    }
    if !newest.code.matches(code.reveal().trim()) || !is_it {
        store::count_wrong(cx, &newest.id)?;
        return Ok(Tried::Incorrect);
    }
    if newest.used {
        return Ok(Tried::Used);
    }
    if newest.expires_at <= cx.now() {
        return Ok(Tried::Expired);
    }
    store::use_up(cx, &newest.id)?;
    Ok(Tried::Good)
}

/// Get Radar Challenge details
///
/// The code is there for an application that mails it itself.
#[derive(Deserialize, JsonSchema)]
pub struct GetRadarChallenge {
    /// ID of the challenge
    id: RadarChallengeId,
}

impl Operation for GetRadarChallenge {
    const ID: &'static str = "radar_challenges.get";
    const ROUTE: Route = Route(Get, "/user_management/radar_challenges/{id}");
    const SECRETS: &'static [&'static str] = &["code"];
    type Reply = Fine<RadarChallenge>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        let code = codes::get(cx, Purpose::RadarChallenge, id.as_str())?;
        let code = code.ok_or_else(|| Error::not_found("Radar challenge", &id))?;
        Ok(Fine(code.into()))
    }
}
