//! A sign-in on its way through the pages, from the application and back to it.
//!
//! The application's request and all that was reached so far are kept on the server by
//! [`authorize`]; the browser holds nothing but its own secret. What comes next is decided by
//! [`authenticate`]: a page here takes what was typed there and shows what is needed next.
//!
//! - A journey belongs to the browser that opened its first page.
//! - A page says the same, after the same work, whether an address has an account or not. What
//!   differs (a mail is sent or not) is done afterwards, by [`super::jobs`].
//! - A form that is refused is shown again with what was typed, but never with a secret.
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use vestibule_kernel::id::{AuthorizationRequestId, OrganizationId, RadarAttemptId, UserId};
use vestibule_kernel::limit::{Limit, Rule};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Cx, Error, FlowCx, Kind, Result};
use vestibule_languages::Language;
use vestibule_people::invitations::{self, Invitation};
use vestibule_people::users;
use vestibule_signin::authenticate::attempt::{
    self, Needs, Outcome, Seen, SignedIn, StepUp, Visitor, Waiting, Wish,
};
use vestibule_signin::authenticate::guessing;
use vestibule_signin::authorize::{self, AuthorizationRequest};
use vestibule_signin::cookies::{self, SameSite};
use vestibule_signin::passkeys::RelyingParty;
use vestibule_signin::policy::{SignInPolicy, SignUp};
use vestibule_signin::recovery_codes;
use vestibule_signin::session_hint;

use super::jobs::ToAddress;
use crate::render::{Frame, Screen};
use crate::screens::{Form, Problem, RecoveryCodes, Returning};
use crate::web::{self, Status, Visit};
use crate::{look, words};

pub mod another;
pub mod challenge;
pub mod code;
pub mod enrolment;
pub mod entry;
pub mod factor;
pub mod forgotten;
pub mod organization;
pub mod passkey;
pub mod password;
pub mod recovery;
pub mod sign_up;
pub mod social;
pub mod sso;
mod state;
mod stopped;
pub mod verify;
pub mod waitlist;

pub use state::{Challenge, Key, Mailed, Named, State};
pub use stopped::is_stopped;

/// How often somebody may try to sign in, for one address and place (contract 00 §7).
const SIGN_INS: Limit =
    Limit { name: "pages.sign_in", uses_max: 10, window: 60, code: "too_many_requests" };
/// How often a code may be tried, for one address and place.
const CODES: Limit =
    Limit { name: "pages.code", uses_max: 10, window: 60, code: "too_many_requests" };
/// How often a mail may be asked for, for one address.
const MAILS: Limit =
    Limit { name: "pages.mail", uses_max: 3, window: 60, code: "too_many_requests" };

/// How many accounts, or places on the waitlist, somebody at one place may ask for.
const SIGN_UPS: Limit = Limit {
    name: "pages.create",
    uses_max: Rule::Creations.usual(),
    window: Rule::Creations.seconds(),
    code: "too_many_requests",
};

/// A page of a journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Wherever the journey stands.
    Begin,
    /// Who is it?
    SignIn,
    /// The password of that address.
    Password,
    /// A code by mail instead.
    Code,
    /// Has the code mailed.
    SendCode,
    /// A new account.
    SignUp,
    /// A place on the waitlist, where nobody makes an account without an invitation.
    Waitlist,
    /// The place is noted.
    Waiting,
    /// Where to mail a reset link.
    Forgotten,
    /// The reset link is on its way.
    ResetSent,
    /// The code that proves the address.
    Verify,
    /// Has that code mailed again.
    SendVerification,
    /// A further proof, because the sign-in looks risky.
    Challenge,
    /// Has its code sent again.
    SendChallenge,
    /// The telephone that gets it.
    ChallengePhone,
    /// The second factor.
    Factor,
    /// Has its code sent again.
    SendText,
    /// Another factor, or a recovery code.
    OtherWay,
    /// A recovery code.
    RecoveryCode,
    /// Which factor to enrol.
    FactorChoice,
    /// The telephone to enrol.
    Telephone,
    /// A passkey, whoever has it.
    AnyPasskey,
    /// A passkey of that address.
    Passkey,
    /// The offer of one.
    PasskeyOffer,
    /// The organization.
    Organization,
    /// Away to a provider.
    Provider,
    /// Another way than the one that was tried.
    Another,
    /// Away to the identity provider of an organization.
    Sso,
}

impl Step {
    /// Its path below that of the journey.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Begin => "",
            Self::SignIn => "/sign-in",
            Self::Password => "/password",
            Self::Code => "/code",
            Self::SendCode => "/code/send",
            Self::SignUp => "/sign-up",
            Self::Waitlist => "/waitlist",
            Self::Waiting => "/waitlist/joined",
            Self::Forgotten => "/forgotten",
            Self::ResetSent => "/forgotten/sent",
            Self::Verify => "/verify",
            Self::SendVerification => "/verify/send",
            Self::Challenge => "/confirm",
            Self::SendChallenge => "/confirm/send",
            Self::ChallengePhone => "/confirm/phone",
            Self::Factor => "/second-step",
            Self::SendText => "/second-step/send",
            Self::OtherWay => "/second-step/other",
            Self::RecoveryCode => "/second-step/recovery-code",
            Self::FactorChoice => "/second-step/set-up",
            Self::Telephone => "/second-step/phone",
            Self::AnyPasskey => "/sign-in/passkey",
            Self::Passkey => "/passkey",
            Self::PasskeyOffer => "/passkey/new",
            Self::Organization => "/organization",
            Self::Provider => "/provider",
            Self::Another => "/another-way",
            Self::Sso => "/sso",
        }
    }
    /// Its path.
    pub fn of_journey(self, id: &AuthorizationRequestId) -> String {
        format!("{}{}", authorize::path(id), self.path())
    }
    const fn of(needs: &Needs) -> Self {
        match needs {
            Needs::EmailVerification => Self::Verify,
            Needs::Factor(_) | Needs::Enrolment => Self::Factor,
            Needs::PasskeyOffer => Self::PasskeyOffer,
            Needs::Organization(_) => Self::Organization,
            Needs::AnotherMethod(_) => Self::Another,
            Needs::Challenge(_) => Self::Challenge,
        }
    }
}

/// A journey, as one request finds it.
pub struct Journey<'v> {
    /// The request.
    pub visit: &'v Visit,
    /// Doors to the database of its environment.
    pub flow: FlowCx,
    /// What the application asked for.
    pub request: AuthorizationRequest,
    /// What was done on the pages so far.
    pub state: State,
    /// How people may sign in, as far as it is known for what and with which address they come.
    pub policy: SignInPolicy,
    /// Whether passkeys can be used where the browser is.
    pub passkeys: bool,
    frame: Frame,
}

/// Which recovery codes are shown on the way on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewCodes {
    /// None.
    None,
    /// A first set, for a user who has none.
    Made,
    /// A new set, in the place of the one that there was.
    Renewed,
}

impl NewCodes {
    fn make(self, cx: &mut Cx<'_>, user_id: &UserId) -> Result<Vec<Secret>> {
        let wanted = match self {
            Self::None => false,
            Self::Made => recovery_codes::state(cx, user_id)?.left == 0,
            Self::Renewed => true,
        };
        if wanted { recovery_codes::generate(cx, user_id) } else { Ok(Vec::new()) }
    }
}

/// Where a browser keeps which sign-in it was at, for a link that comes by mail.
const LATEST: &str = "vestibule-sign-in";

/// The id of the sign-in that this browser was at.
pub fn latest(visit: &Visit) -> Option<&str> {
    visit.request.cookie(&cookies::of_this_host(&visit.app, LATEST))
}

/// What was wrong with a form.
pub struct Refused {
    status: Status,
    problem: Problem,
}

impl Refused {
    /// What the domains refused, where it is about what was typed; `field` is the one asked for.
    pub fn of(error: Error, field: &'static str) -> Result<Self> {
        match words::problem(&error, field) {
            Some(problem) => Ok(Self { status: Status::of(&error), problem }),
            None => Err(error),
        }
    }
    /// Something that the page sees by itself.
    pub fn because(problem: Problem) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY.into(), problem }
    }
}

impl<'v> Journey<'v> {
    /// The journey of this visit.
    pub fn of(visit: &'v Visit) -> Result<Self> {
        Self::open(visit, visit.path("request"))
    }

    /// The journey of this id.
    pub fn open(visit: &'v Visit, id: &str) -> Result<Self> {
        let found = authorize::open(&visit.app, id, visit.request.clone())?;
        let (flow, request) = found
            .ok_or_else(|| Error::new(Kind::Gone, words::SIGN_IN_OVER, "The sign-in is over."))?;
        let state = match &request.page_state {
            Some(kept) => serde_json::from_str(kept.reveal()).map_err(Error::internal)?,
            None => State::default(),
        };
        let (frame, policy, locale, party) = flow.read(|cx| {
            let policy = policy(cx, &request, &state.email)?;
            let locale = known_locale(cx, &request)?;
            Ok((look::frame(cx)?, policy, locale, RelyingParty::of(cx)?))
        })?;
        let frame = match locale {
            Some(language) => frame.in_language(language),
            None => frame,
        };
        let frame = frame.in_theme(request.asked.theme);
        let here = visit.host().is_some_and(|host| party.is_some_and(|it| it.serves(host)));
        let passkeys = policy.passkey && here;
        Ok(Self { visit, flow, request, state, policy, passkeys, frame })
    }

    /// The same journey, taken up by somebody of this address.
    pub fn taken_up_by(self, email: &str) -> Result<Self> {
        let passkeys = self.state.passkeys || self.visit.field("passkeys") == entry::CAN;
        let state = State { email: email.to_owned(), passkeys, ..State::default() };
        let policy = self.flow.read(|cx| policy(cx, &self.request, email))?;
        let passkeys = self.passkeys && policy.passkey;
        Ok(Self { state, policy, passkeys, ..self })
    }

    /// The path of one of its pages.
    pub fn path(&self, step: Step) -> String {
        step.of_journey(&self.request.id)
    }

    /// On to another page.
    pub fn to(&self, step: Step) -> Result<Response> {
        web::see_other(&self.path(step))
    }

    /// The form of a page, with what was wrong with it, and the status that says so.
    pub fn form(&self, step: Step, refused: Option<Refused>) -> (Form, Status) {
        let form = Form::new(self.path(step), self.visit.browser().token().reveal());
        match refused {
            Some(Refused { status, problem }) => (form.refused(problem), status),
            None => (form, StatusCode::OK.into()),
        }
    }

    /// A page.
    pub fn page<S: Screen>(&self, status: impl Into<Status>, screen: &S) -> Result<Response> {
        web::page(status, &self.frame, screen)
    }

    /// The code that was typed; people put spaces into it.
    pub fn code(&self) -> Secret {
        let typed = self.visit.field("code").chars();
        Secret::new(typed.filter(|it| !it.is_whitespace() && *it != '-').collect::<String>())
    }

    /// Counts a try, for an address and the place that it comes from.
    pub fn limit(&self, limit: Limit, email: &str) -> Result<()> {
        self.flow.limit(limit, &format!("{} {}", users::fold(email), self.visit.place()))
    }

    /// Tries a credential: so often for an address and a place, and so often from a place in all.
    pub fn tries(
        &self,
        limit: Limit,
        email: &str,
        work: impl FnOnce() -> Result<Outcome>,
    ) -> Result<Outcome> {
        self.limit(limit, email)?;
        self.guarded(work)
    }

    /// Tries a credential that has a limit of its own, and so often from a place in all.
    pub fn guarded(&self, work: impl FnOnce() -> Result<Outcome>) -> Result<Outcome> {
        guessing::guarded(&self.flow, self.visit.request.ip_address.as_deref(), work)
    }

    /// Who comes.
    pub fn visitor(&self) -> Result<Visitor> {
        let visitor = self.request.visitor(&self.visit.app, &self.visit.request)?;
        let earlier = self.state.radar_attempt_id.as_deref();
        let radar_attempt_id = earlier.map(RadarAttemptId::parse).transpose()?;
        let seen = Seen { radar_attempt_id, ..visitor.seen };
        let can_enrol_passkey = self.passkeys && self.state.passkeys;
        Ok(Visitor { can_enrol_passkey, seen, ..visitor })
    }

    /// What they come for. An invitation that is over is left out, and said so on the first page.
    pub fn wish(&self) -> Result<Wish> {
        let usable = self.invitation()?.is_some();
        let wish = self.flow.read(|cx| self.request.wish(cx))?;
        Ok(Wish { invitation_token: wish.invitation_token.filter(|_| usable), ..wish })
    }

    /// The token of the sign-in that waits for its next step.
    pub fn pending(&self) -> Option<&Secret> {
        self.request.pending.as_ref()
    }

    /// Who signs in, and what they have to do next; none where no credential was good yet.
    pub fn waiting(&self) -> Result<Option<Waiting>> {
        match self.pending() {
            Some(token) => self.flow.read(|cx| attempt::waiting(cx, token)),
            None => Ok(None),
        }
    }

    /// The invitation that the application sent along, if it can be accepted.
    pub fn invitation(&self) -> Result<Option<Invitation>> {
        let Some(token) = &self.request.asked.invitation_token else { return Ok(None) };
        self.flow.read(|cx| {
            let now = cx.now();
            let found = invitations::get_by_token(cx, token)?;
            Ok(found.filter(|it| invitations::is_usable(it, now)))
        })
    }

    /// Whether an address leads anywhere: to a password or to a code.
    pub const fn asks_email(&self) -> bool {
        self.policy.password || self.policy.magic_auth
    }

    /// Whether what people can do on these pages gets nobody in who has this address.
    pub const fn has_no_way_here(&self) -> bool {
        self.policy.sso_required || !(self.asks_email() || self.passkeys)
    }

    /// Whether an account can be made here.
    pub fn may_sign_up(&self) -> Result<bool> {
        let invited = self.invitation()?.is_some();
        Ok(self.asks_email() && (self.policy.sign_up == SignUp::Open || invited))
    }

    /// Whether newcomers are put on the waitlist in place of that.
    pub fn has_waitlist(&self) -> Result<bool> {
        Ok(self.policy.sign_up == SignUp::Waitlist && self.invitation()?.is_none())
    }

    /// The address to begin with: the one typed last, or the one that the application knows.
    pub fn known_email(&self) -> Result<String> {
        if !self.state.email.is_empty() {
            return Ok(self.state.email.clone());
        }
        if let Some(invitation) = self.invitation()? {
            return Ok(invitation.email);
        }
        match &self.request.asked.login_hint {
            Some(hint) => Ok(hint.clone()),
            None if self.request.asked.prove_anew => self.signed_in_email(),
            None => Ok(String::new()),
        }
    }

    /// The address of whoever is signed in with this browser, and is to prove it anew.
    fn signed_in_email(&self) -> Result<String> {
        self.flow.read(|cx| {
            let Some(session) = authorize::browser::own_session(cx)? else {
                return Ok(String::new());
            };
            Ok(users::get(cx, &session.user_id)?.map(|it| it.email).unwrap_or_default())
        })
    }

    /// What a job is told that mails something to an address.
    pub fn mail_job(&self, email: &str) -> Result<ToAddress> {
        let invitation_token = self.invitation()?.map(|it| it.token);
        let request = self.flow.request();
        let (ip_address, user_agent) = (request.ip_address.clone(), request.user_agent.clone());
        let (email, audience) = (email.to_owned(), request.audience.clone());
        Ok(ToAddress { email, invitation_token, audience, ip_address, user_agent })
    }

    /// Keeps the state of a journey that begins again from its first credential.
    pub fn begin_again(&self, state: &State) -> Result<()> {
        let (id, state) = (self.request.id.clone(), sealed(state)?);
        self.flow.write(move |cx| {
            authorize::keep_pending(cx, &id, None)?;
            authorize::keep_page_state(cx, &id, &state)
        })
    }

    /// The same, and has something done afterwards.
    pub fn begin_again_with<T>(&self, state: &State, kind: &'static str, job: T) -> Result<()>
    where
        T: Serialize + Send + 'static,
    {
        let (id, state) = (self.request.id.clone(), sealed(state)?);
        self.flow.write(move |cx| {
            authorize::keep_pending(cx, &id, None)?;
            authorize::keep_page_state(cx, &id, &state)?;
            cx.enqueue(kind, &job)
        })
    }

    /// Keeps the state of a journey that stays where it is.
    pub fn keep(cx: &mut Cx<'_>, id: &AuthorizationRequestId, state: &State) -> Result<()> {
        authorize::keep_page_state(cx, id, &sealed(state)?)
    }

    /// After a credential that was good: to the next page, or back to the application.
    pub fn go_on(self, outcome: Outcome) -> Result<Response> {
        self.go_on_with(outcome, NewCodes::None)
    }

    /// The same, over a page that shows recovery codes. They are made in the transaction that leads
    /// on, and shown by the answer itself, so that they are nowhere to be looked up.
    pub fn go_on_with(self, outcome: Outcome, codes: NewCodes) -> Result<Response> {
        match outcome {
            Outcome::SignedIn(signed_in) => self.finish(*signed_in, codes),
            Outcome::StepUp(step_up) => self.step_up(*step_up, codes),
        }
    }

    fn step_up(self, step_up: StepUp, codes: NewCodes) -> Result<Response> {
        let StepUp { token, waiting, email_verification_id: _, radar_challenge_id: _ } = step_up;
        let next = Step::of(&waiting.needs);
        let (id, mut state) = (self.request.id.clone(), self.state.clone());
        state.email.clone_from(&waiting.user.email);
        let codes = self.flow.write(move |cx| {
            let challenge = factor::challenge(cx, &waiting)?;
            authorize::keep_pending(cx, &id, Some(&token))?;
            Self::keep(cx, &id, &State { challenge, ..state.clone() })?;
            codes.make(cx, &waiting.user.id)
        })?;
        if codes.is_empty() {
            return self.to(next);
        }
        self.page(StatusCode::OK, &RecoveryCodes::new(&codes, self.path(next)))
    }

    /// After an account elsewhere that was good: the same, but no form led here, so that the browser
    /// may be sent to the application at once.
    pub fn go_straight_on(self, outcome: Outcome) -> Result<Response> {
        match outcome {
            Outcome::SignedIn(signed_in) => {
                let (location, cookies, _) = self.finished(*signed_in, NewCodes::None)?;
                Ok(with_cookies(web::see_other(&location)?, &cookies))
            }
            Outcome::StepUp(step_up) => self.step_up(*step_up, NewCodes::None),
        }
    }

    /// Leads back to the application. A form led here, and what follows a form may not leave this
    /// server, so a page does it; see [`Returning`].
    fn finish(self, signed_in: SignedIn, codes: NewCodes) -> Result<Response> {
        let (location, cookies, codes) = self.finished(signed_in, codes)?;
        let page = if codes.is_empty() {
            self.page(StatusCode::OK, &Returning { location })?
        } else {
            self.page(StatusCode::OK, &RecoveryCodes::new(&codes, location))?
        };
        Ok(with_cookies(page, &cookies))
    }

    /// Ends the journey: where the browser goes, the cookies that it gets, and new recovery codes.
    fn finished(
        &self,
        signed_in: SignedIn,
        codes: NewCodes,
    ) -> Result<(String, Vec<String>, Vec<Secret>)> {
        let request = self.request.clone();
        let hint = self.hint(&signed_in);
        let (done, codes) = self.flow.write(move |cx| {
            let codes = codes.make(cx, &signed_in.user.id)?;
            Ok((authorize::finish(cx, &request, &signed_in)?, codes))
        })?;
        let mut cookies = done.cookies;
        cookies.push(hint);
        Ok((done.location, cookies, codes))
    }

    /// The cookie that tells scripts of our host that a session may exist. It holds no secret.
    fn hint(&self, signed_in: &SignedIn) -> String {
        let seconds = (signed_in.session.expires_at.millis() - self.flow.now().millis()) / 1000;
        let client_id = self.request.asked.client_id.as_str();
        session_hint::add(&self.flow.app, &self.visit.request, client_id, seconds)
    }

    /// Has the browser remember this sign-in, for a link that comes by mail.
    fn remember(&self, response: &mut Response) {
        let app = &self.flow.app;
        let (name, id) = (cookies::of_this_host(app, LATEST), self.request.id.as_str());
        let seconds = (self.request.expires_at.millis() - self.flow.now().millis()) / 1000;
        web::add_cookie(response, &cookies::set(app, &name, id, SameSite::Lax, seconds));
    }
}

fn with_cookies(mut response: Response, cookies: &[String]) -> Response {
    for cookie in cookies {
        web::add_cookie(&mut response, cookie);
    }
    response
}

/// The language that the user has chosen, once they have shown who they are: before that, it would
/// tell strangers that there is such a user. What the application asks for comes first.
fn known_locale(cx: &mut Cx<'_>, request: &AuthorizationRequest) -> Result<Option<Language>> {
    let Some(token) = &request.pending else { return Ok(None) };
    if vestibule_languages::choose(request.asked.ui_locales.as_deref()).is_some() {
        return Ok(None);
    }
    let waiting = attempt::waiting(cx, token)?;
    Ok(vestibule_languages::choose(waiting.as_ref().and_then(|it| it.user.locale.as_deref())))
}

/// How people may sign in to what the application asked for, with this address.
fn policy(cx: &mut Cx<'_>, request: &AuthorizationRequest, email: &str) -> Result<SignInPolicy> {
    let wanted = request.asked.organization_id.as_deref();
    let wanted = wanted.map(OrganizationId::parse).transpose()?;
    let policy = SignInPolicy::of_organization(cx, wanted.as_ref())?;
    let Some((_, domain)) = SignInPolicy::of_domain(cx, email)? else { return Ok(policy) };
    let sso_required = policy.sso_required || domain.sso_required;
    Ok(SignInPolicy { sso_required, ..policy.narrowed_by(&domain) })
}

fn sealed(state: &State) -> Result<Secret> {
    serde_json::to_string(state).map(Secret::new).map_err(Error::internal)
}
