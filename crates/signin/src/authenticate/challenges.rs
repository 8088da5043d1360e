//! The challenge of a risky sign-in: a code by mail, or by text message.
//!
//! - A challenge is one sign-in's: its code takes no other on, and none of somebody else.
//! - A code by mail proves the address as well, and one to the telephone that the user has enrolled
//!   is a second factor as well: nobody is asked for the same twice.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::Method::Post;
use vestibule_kernel::id::{RadarAttemptId, RadarChallengeId, RadarVerificationId, UserId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Code, Created, Cx, Error, FlowCx, Operation, Result, Route};
use vestibule_people::users::{self, User};

use super::attempt::{Challenge, Outcome, Visitor, advance};
use super::credentials::count;
use super::judgement::{self, Asks};
use super::pending::{self, Attempt, Pending};
use super::verdict::{self, Progress};
use super::{refusals, steps};
use crate::factors::telephone;
use crate::radar::{self, Tried};

/// What names the challenge of a new telephone.
#[derive(Clone, Debug)]
pub struct NewTelephone {
    /// The id that sending the code has given.
    pub verification_id: RadarVerificationId,
    /// The number that it was sent to.
    pub phone_number: String,
}

/// A code that was sent to a telephone.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SendRadarSmsChallengeResponse")]
pub struct Sent {
    /// ID of the code, to be given with it
    pub verification_id: RadarVerificationId,
    /// Telephone number that the code was sent to
    pub phone_number: String,
}

/// Begins a challenge: sends its code where it is known to whom. The id is that of a mailed one.
pub(super) fn begin(
    cx: &mut Cx<'_>,
    attempt: &Attempt,
    user: &User,
    challenge: &Challenge,
) -> Result<Option<RadarChallengeId>> {
    match (challenge, &attempt.radar) {
        (Challenge::Email, _) => radar::mail(cx, user).map(Some).map_err(refusals::as_oauth),
        (Challenge::Text { phone_number }, Some(id)) => {
            match radar::text(cx, id, phone_number, user.locale.as_deref()) {
                // They can have it sent later on.
                Err(refused) if refused.status() == 429 => Ok(None),
                sent => sent.map(|_| None),
            }
        }
        (Challenge::Text { .. } | Challenge::NewTelephone, _) => Ok(None),
    }
}

/// Takes a sign-in on by the code that was mailed for it.
pub fn answer_mail(
    flow: &FlowCx,
    visitor: &Visitor,
    token: &Secret,
    challenge_id: Option<&RadarChallengeId>,
    code: &Secret,
) -> Result<Outcome> {
    let (_, user) = flow.read(|cx| steps::find(cx, token))?;
    count(flow, &users::fold(&user.email))?;
    let (token, code, challenge_id) = (token.clone(), code.clone(), challenge_id.cloned());
    verdict::write(flow, visitor, move |cx, visitor| {
        let (pending, user, asked) = find(cx, &token)?;
        if asked != Challenge::Email {
            return Err(refusals::invalid_pending_token());
        }
        let tried = radar::redeem(cx, &user, challenge_id.as_ref(), &code)?;
        if tried != Tried::Good {
            return Ok(Err(refusals::radar_code(tried)));
        }
        let mut attempt = pending.attempt.clone();
        steps::prove_address(cx, &mut attempt, &user)?;
        go_on(cx, visitor, &pending, &attempt).map(Ok)
    })
}

/// Takes a sign-in on by the code that was sent to a telephone. The number and the id are needed for
/// a new telephone alone: that which the user has enrolled is known.
pub fn answer_text(
    flow: &FlowCx,
    visitor: &Visitor,
    token: &Secret,
    given: Option<&NewTelephone>,
    code: &Secret,
) -> Result<Outcome> {
    let (_, user) = flow.read(|cx| steps::find(cx, token))?;
    count(flow, &format!("text message of {}", user.id))?;
    let (token, code, given) = (token.clone(), code.clone(), given.cloned());
    verdict::write(flow, visitor, move |cx, visitor| {
        let (pending, _, asked) = find(cx, &token)?;
        let id = attempt_id(&pending)?;
        let (number, verification_id) = match (&asked, &given) {
            (Challenge::Email, _) => return Err(refusals::invalid_pending_token()),
            (Challenge::Text { phone_number }, _) => (phone_number.clone(), None),
            (Challenge::NewTelephone, Some(it)) => {
                // A number that is none was not sent a code.
                let number =
                    telephone::parse(&it.phone_number).map_err(|_| refusals::wrong_code())?;
                (number, Some(it.verification_id.clone()))
            }
            (Challenge::NewTelephone, None) => return Err(refusals::phone_number_required()),
        };
        let tried = radar::verify(cx, &id, &number, verification_id.as_ref(), &code)?;
        if tried != Tried::Good {
            return Ok(Err(refusals::radar_code(tried)));
        }
        let is_factor = matches!(asked, Challenge::Text { .. });
        let factor_proved = pending.attempt.factor_proved || is_factor;
        let attempt = Attempt { factor_proved, ..pending.attempt.clone() };
        go_on(cx, visitor, &pending, &attempt).map(Ok)
    })
}

/// Mails the code of a sign-in that waits for it once more.
pub fn mail_again(flow: &FlowCx, token: &Secret) -> Result<()> {
    let token = token.clone();
    flow.write(move |cx| match find(cx, &token)? {
        (_, user, Challenge::Email) => radar::mail(cx, &user).map(|_| ()),
        (_, _, Challenge::Text { .. } | Challenge::NewTelephone) => {
            Err(refusals::invalid_pending_token())
        }
    })
}

/// Sends the code of a sign-in that waits for it once more, to the telephone that is known.
pub fn send_again(flow: &FlowCx, token: &Secret) -> Result<()> {
    let token = token.clone();
    flow.write(move |cx| {
        let (pending, user, asked) = find(cx, &token)?;
        let Challenge::Text { phone_number } = asked else {
            return Err(refusals::invalid_pending_token());
        };
        text(cx, &pending, &user, &phone_number).map(|_| ())
    })
}

/// Sends a code to a telephone for a sign-in that waits for it.
pub fn send(
    cx: &mut Cx<'_>,
    token: &Secret,
    user_id: Option<&UserId>,
    typed: &str,
) -> Result<Sent> {
    let (pending, user, asked) = find(cx, token)?;
    if user_id.is_some_and(|it| *it != user.id) {
        return Err(refusals::invalid_pending_token());
    }
    let phone_number = telephone::parse(typed)?;
    match asked {
        Challenge::NewTelephone => {}
        // Any other number would let in whoever has the password and some telephone.
        Challenge::Text { phone_number: known } if known == phone_number => {}
        Challenge::Text { .. } => return Err(refusals::other_telephone()),
        Challenge::Email => return Err(refusals::invalid_pending_token()),
    }
    let verification_id = text(cx, &pending, &user, &phone_number)?;
    Ok(Sent { verification_id, phone_number })
}

/// Sends a code for an attempt, whose id the pending sign-in keeps.
fn text(
    cx: &mut Cx<'_>,
    pending: &Pending,
    user: &User,
    phone_number: &str,
) -> Result<RadarVerificationId> {
    let id = attempt_id(pending)?;
    radar::text(cx, &id, phone_number, user.locale.as_deref())
}

/// The sign-in that waits for a challenge, whose it is, and which challenge.
fn find(cx: &mut Cx<'_>, token: &Secret) -> Result<(Pending, User, Challenge)> {
    let (pending, user) = steps::find(cx, token)?;
    match judgement::asks(cx, &pending.attempt, &user)? {
        Asks::Challenge(it) => Ok((pending, user, it)),
        Asks::Nothing | Asks::Address => Err(refusals::invalid_pending_token()),
    }
}

fn attempt_id(pending: &Pending) -> Result<RadarAttemptId> {
    pending.attempt.radar.clone().ok_or_else(refusals::invalid_pending_token)
}

fn go_on(
    cx: &mut Cx<'_>,
    visitor: &Visitor,
    pending: &Pending,
    attempt: &Attempt,
) -> Result<Progress> {
    judgement::meet(cx, attempt)?;
    pending::consume(cx, pending)?;
    advance(cx, visitor, attempt)
}

/// Send a Radar SMS challenge
///
/// Sends a code to the telephone of a user whose sign-in waits for one. The code and the ID of the
/// answer take the sign-in on, by the grant `urn:workos:oauth:grant-type:radar-sms-challenge:code`.
#[derive(Deserialize, JsonSchema)]
pub struct SendRadarChallenge {
    /// ID of the user who signs in
    user_id: UserId,
    /// What the sign-in was answered with
    pending_authentication_token: Secret,
    /// Telephone number with country code, such as `+15555550100`
    #[schemars(length(max = 40))]
    phone_number: String,
    /// The address that the user comes from
    #[schemars(length(max = 255))]
    #[expect(dead_code, reason = "the sign-in was judged by where it began")]
    ip_address: Option<String>,
    /// The browser that the user comes with
    #[schemars(length(max = 2048))]
    #[expect(dead_code, reason = "the sign-in was judged by where it began")]
    user_agent: Option<String>,
}

impl Operation for SendRadarChallenge {
    const ID: &'static str = "radar_challenges.send";
    const ROUTE: Route = Route(Post, "/user_management/radar_challenges");
    const FAILS: &'static [Code] =
        &["invalid_pending_authentication_token", "too_many_requests", refusals::OTHER_TELEPHONE];
    type Reply = Created<Sent>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let token = &self.pending_authentication_token;
        send(cx, token, Some(&self.user_id), &self.phone_number).map(Created)
    }
}

/// The refusal of a code without what a new telephone needs with it.
pub(super) fn new_telephone(
    phone_number: Option<String>,
    verification_id: Option<RadarVerificationId>,
) -> Result<Option<NewTelephone>, Error> {
    match (phone_number.filter(|it| !it.is_empty()), verification_id) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(refusals::phone_number_required()),
        (Some(_), None) => Err(refusals::verification_id_required()),
        (Some(phone_number), Some(verification_id)) => {
            Ok(Some(NewTelephone { verification_id, phone_number }))
        }
    }
}
