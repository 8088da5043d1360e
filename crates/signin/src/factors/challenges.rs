//! Challenges: one request to prove a factor, by one code.
use schemars::JsonSchema;
use serde::Serialize;
use vestibule_kernel::id::{AuthenticationChallengeId, AuthenticationFactorId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::{Seconds, Time};
use vestibule_kernel::{Cx, Error, Result};
use vestibule_languages::Text;
use vestibule_people::users;

use super::store::{self, Stored, StoredChallenge};
use super::totp::SharedSecret;
use super::{Factor, FactorType, Telephone, no_challenge, telephone};

/// How long a code that is sent works.
pub const CHALLENGE_SECONDS: Seconds = 10 * 60;
/// How many wrong codes a challenge bears.
const WRONG_CODES_MAX: i64 = 10;
/// How many wrong codes in a row a factor bears, over all its challenges…
const FACTOR_WRONG_CODES_MAX: i64 = 20;
/// …within this time. Six digits then take years to guess.
const FACTOR_WRONG_CODES_SECONDS: i64 = 60 * 60;
/// Where the code stands in a text message.
pub(super) const CODE_PLACE: &str = "{{code}}";

/// A challenge of an authentication factor
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(rename = "AuthenticationChallenge")]
pub struct Challenge {
    /// Always `authentication_challenge`
    #[schemars(extend("const" = "authentication_challenge"))]
    pub object: &'static str,
    /// ID of the challenge
    pub id: AuthenticationChallengeId,
    /// When the challenge ends; one of an authenticator app does not
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Time")]
    pub expires_at: Option<Time>,
    /// Code to deliver, where your application does that itself (`generic_otp`)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub code: Option<String>,
    /// ID of the factor
    pub authentication_factor_id: AuthenticationFactorId,
    /// When the challenge was made
    pub created_at: Time,
    /// When the challenge was last changed
    pub updated_at: Time,
}

impl std::fmt::Debug for Challenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Challenge {}", self.id)
    }
}

/// What came of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// It proved this factor; the challenge is over.
    Good(Factor),
    /// It was wrong, or had been used before.
    Incorrect,
    /// The challenge is too old.
    Expired,
    /// The challenge was met before.
    AlreadyVerified,
    /// The challenge or its factor saw too many wrong codes.
    TooManyAttempts,
}

/// Challenges a factor; sends the code where that is ours to do.
pub fn challenge(cx: &mut Cx<'_>, factor_id: &AuthenticationFactorId) -> Result<Challenge> {
    challenge_with(cx, factor_id, None)
}

/// The same, with a text for the message in which [`CODE_PLACE`] stands for the code.
pub(super) fn challenge_with(
    cx: &mut Cx<'_>,
    factor_id: &AuthenticationFactorId,
    template: Option<&str>,
) -> Result<Challenge> {
    let factor = super::find(cx, factor_id)?;
    let code = match factor.r#type {
        FactorType::Sms | FactorType::GenericOtp => Some(Secret::code(cx.app.chance())),
        FactorType::Totp => None,
        FactorType::Webauthn => {
            let why = "A passkey takes no code.";
            return Err(Error::invalid_field("id", "invalid", why));
        }
    };
    let ends_at = cx.now().plus_seconds(CHALLENGE_SECONDS.into());
    let mut challenge = Challenge {
        object: "authentication_challenge",
        id: AuthenticationChallengeId::new(cx),
        expires_at: code.as_ref().map(|_| ends_at),
        code: None,
        authentication_factor_id: factor.id,
        created_at: cx.now(),
        updated_at: cx.now(),
    };
    if let (Some(code), Some(Telephone { phone_number })) = (&code, &factor.sms) {
        let locale = match &factor.user_id {
            Some(id) => users::get(cx, id)?.and_then(|it| it.locale),
            None => None,
        };
        let text = text_message(cx, template, code, locale.as_deref())?;
        telephone::send(cx, phone_number, &text, ends_at)?;
    }
    store::insert_challenge(cx, &challenge, code.as_ref())?;
    if factor.r#type == FactorType::GenericOtp {
        challenge.code = code.map(|it| it.reveal().to_owned());
    }
    Ok(challenge)
}

/// The challenge of this id, without its code.
pub fn get_challenge(cx: &mut Cx<'_>, id: &AuthenticationChallengeId) -> Result<Option<Challenge>> {
    Ok(store::get_challenge(cx, id)?.map(|it| it.challenge))
}

/// Tries a code. A wrong one is counted in this transaction, so let it commit.
pub fn verify(cx: &mut Cx<'_>, id: &AuthenticationChallengeId, code: &str) -> Result<Verified> {
    let stored = store::get_challenge(cx, id)?.ok_or_else(|| no_challenge(id))?;
    let factor_id = &stored.challenge.authentication_factor_id;
    let factor = store::get(cx, factor_id)?.ok_or_else(|| no_challenge(id))?;
    let now = cx.now();
    if stored.verified {
        return Ok(Verified::AlreadyVerified);
    }
    if stored.challenge.expires_at.is_some_and(|it| it <= now) {
        return Ok(Verified::Expired);
    }
    if stored.wrong_codes >= WRONG_CODES_MAX || factor.wrong_codes(now) >= FACTOR_WRONG_CODES_MAX {
        return Ok(Verified::TooManyAttempts);
    }
    let Some(Proof { step }) = proof(&stored, &factor, code.trim(), now)? else {
        store::count_wrong(cx, id)?;
        let since = factor.wrong_since.filter(|it| still_counts(*it, now)).unwrap_or(now);
        store::count_wrong_of_factor(cx, factor_id, factor.wrong_codes(now) + 1, since)?;
        return Ok(Verified::Incorrect);
    };
    store::meet_challenge(cx, id)?;
    store::prove(cx, factor_id, step.or(factor.last_step))?;
    super::find(cx, factor_id).map(Verified::Good)
}

impl Stored {
    /// How many wrong codes in a row the factor saw of late.
    fn wrong_codes(&self, now: Time) -> i64 {
        if self.wrong_since.is_some_and(|it| still_counts(it, now)) { self.wrong_codes } else { 0 }
    }
}

fn still_counts(since: Time, now: Time) -> bool {
    since.plus_seconds(FACTOR_WRONG_CODES_SECONDS) > now
}

/// That a code was right, and the time step of an app's code.
struct Proof {
    step: Option<i64>,
}

fn proof(
    challenge: &StoredChallenge,
    factor: &Stored,
    code: &str,
    now: Time,
) -> Result<Option<Proof>> {
    if let Some(sent) = &challenge.code {
        return Ok(sent.matches(code).then_some(Proof { step: None }));
    }
    let Some(secret) = &factor.secret else { return Ok(None) };
    let secret = SharedSecret::stored(secret.clone());
    let step = secret.step_of(code, now, factor.last_step)?;
    Ok(step.map(|it| Proof { step: Some(it) }))
}

fn text_message(
    cx: &mut Cx<'_>,
    template: Option<&str>,
    code: &Secret,
    locale: Option<&str>,
) -> Result<String> {
    match template {
        Some(template) => Ok(template.replace(CODE_PLACE, code.reveal())),
        None => text_with_code(cx, code, locale),
    }
}

/// What a text message with a code says, in the language of whoever gets it.
pub(crate) fn text_with_code(
    cx: &mut Cx<'_>,
    code: &Secret,
    locale: Option<&str>,
) -> Result<String> {
    let application = vestibule_branding::of_environment(cx)?.application_name;
    let text = match application {
        Some(name) => Text::new("sms-code-named").with("application", name),
        None => Text::new("sms-code"),
    };
    let text = text
        .with("code", code.reveal())
        .with("duration", Text::minutes(u64::from(CHALLENGE_SECONDS / 60)));
    Ok(vestibule_messages::language(cx, locale).say(&text))
}
