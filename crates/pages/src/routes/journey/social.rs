//! An account elsewhere in the place of a password: to a provider, and back from it.
//!
//! What a provider answers, and what is wrong with it, is looked at by [`vestibule_federation`].
//! Whoever turned back, or could not be told apart, is told on the first page; where the application
//! asked for this provider and no page of ours, the application is told.
use axum::response::Response;
use url::form_urlencoded::Serializer;
use vestibule_federation::social::{self, Answered, Arrival, CALLBACK, Provider, Returned};
use vestibule_kernel::{Error, Kind, Result};
use vestibule_languages::Text;
use vestibule_signin::authenticate::federated;
use vestibule_signin::authorize;
use vestibule_signin::magic_auth;

use super::{Journey, State, Step, is_stopped};
use crate::web::{self, Visit, see_other};
use crate::{screens, words};

/// What a provider may bring back; all else is left out.
const PARAMETERS: &[&str] = &["state", "code", "error", "iss", "user"];
/// The longest name in the path of a callback.
const NAME_BYTES_MAX: usize = 255;

/// The providers that a page offers, as far as the policy lets them sign in.
pub fn offered(journey: &Journey<'_>) -> Result<Vec<screens::Provider>> {
    let offers = journey.flow.read(social::offered)?.into_iter();
    let offers = offers.filter(|it| journey.allows_provider(&it.key));
    let path = journey.path(Step::Provider);
    Ok(offers.map(|it| screens::Provider::new(it.name, format!("{path}/{}", it.key))).collect())
}

/// `GET /authkit/{request}/provider`: away to the provider that the application asked for.
pub fn go_selected(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    let Some(selector) = journey.request.asked.selector.clone() else {
        return journey.to(Step::Begin);
    };
    match journey.flow.read(|cx| vestibule_federation::select(cx, &selector))? {
        // As an account from there would be refused in the end.
        Ok(it) if !journey.allows(&it) => {
            let text = format!("Nobody is let in with {}.", it.name());
            journey.refuse("access_denied", &text)
        }
        Ok(provider) => leave(&journey, &provider),
        Err(refusal) => journey.refuse(refusal.code, &refusal.description),
    }
}

/// `GET /authkit/{request}/provider/{provider}`: away to a provider that a page offered.
pub fn go(visit: &Visit) -> Result<Response> {
    let journey = Journey::of(visit)?;
    match journey.flow.read(|cx| social::of_name(cx, visit.path("provider")))? {
        Some(it) if it.enabled && journey.allows(&it) => leave(&journey, &it),
        // It was offered a while ago.
        Some(_) => {
            let problem = Some(Text::new("problem-method"));
            journey.begin_again(&State { problem, ..journey.state.clone() })?;
            journey.to(Step::SignIn)
        }
        None => journey.to(Step::SignIn),
    }
}

pub(super) fn leave(journey: &Journey<'_>, provider: &Provider) -> Result<Response> {
    let email = journey.known_email()?;
    let email = Some(email.as_str()).filter(|it| !it.is_empty());
    let departure = social::begin(&journey.flow, &journey.request, provider, email)?;
    let mut response = see_other(&departure.location)?;
    web::add_cookie(&mut response, &departure.cookie);
    Ok(response)
}

/// `POST /sso/oauth/{client_id}/{provider}/callback`: a provider that answers by a form (Apple).
///
/// The form comes from another site, and so without our cookies. The browser is sent to the same
/// address once more, as if by a link; until then nothing is looked at.
pub fn sent_back(visit: &Visit) -> Result<Response> {
    let mut query = Serializer::new(String::new());
    for name in PARAMETERS {
        let value = visit.field(name);
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    let mut path = CALLBACK.to_owned();
    for name in ["client_id", "provider"] {
        let value = visit.path(name);
        let is_plain = |it: u8| it.is_ascii_alphanumeric() || it == b'_' || it == b'-';
        if value.len() > NAME_BYTES_MAX || !value.bytes().all(is_plain) {
            return Err(Error::plain(Kind::NotFound, "There is no such provider."));
        }
        path = path.replace(&format!("{{{name}}}"), value);
    }
    see_other(&format!("{path}?{}", query.finish()))
}

/// `GET /sso/oauth/{client_id}/{provider}/callback`: back from a provider.
pub fn back(visit: &Visit) -> Result<Response> {
    arrive(visit, Some(visit.path("client_id")), visit.path("provider"))
}

/// `GET /sso/oidc/{external_key}/callback` and `GET /sso/saml/acs/{external_key}`: back from the identity provider of an organization.
pub fn back_from_connection(visit: &Visit) -> Result<Response> {
    arrive(visit, None, visit.path("external_key"))
}

/// `POST /sso/saml/acs/{external_key}`: the answer of an identity provider that speaks SAML.
///
/// The form comes from another site, and so without our cookies. The answer is kept, and the browser
/// sent to the same address once more, as if by a link; until then it is not looked at.
pub fn answered(visit: &Visit) -> Result<Response> {
    let (answer, state) = (visit.field("SAMLResponse"), visit.field("RelayState"));
    let request = visit.request.clone();
    let key = visit.path("external_key");
    match social::take_answer(&visit.app, request, key, answer, state)? {
        Answered::Again(path) => see_other(&path),
        Answered::Unsolicited(location) => see_other(&location),
    }
}

fn arrive(visit: &Visit, client_id: Option<&str>, provider: &str) -> Result<Response> {
    let returned = Returned {
        client_id,
        provider,
        state: visit.query("state"),
        code: visit.query("code"),
        error: visit.query("error"),
        iss: visit.query("iss"),
        user: visit.query("user"),
    };
    match social::arrive(&visit.app, visit.request.clone(), returned)? {
        Arrival::Application { location } => see_other(&location),
        Arrival::Journey { id, known, by_connection } => {
            let journey = Journey::open(visit, id.as_str())?;
            let visitor = journey.visitor()?;
            let (email, done) = match *known {
                Ok(account) => {
                    let wish = journey.wish()?;
                    let done = federated::sign_in(&journey.flow, &visitor, &wish, &account);
                    (account.email, done)
                }
                Err(error) => (String::new(), Err(error)),
            };
            match done {
                Ok(outcome) => journey.go_straight_on(outcome),
                Err(error) if error.kind() == Kind::Internal => Err(error),
                Err(error) => {
                    // One that was stopped as risky has been told of already.
                    if !is_stopped(&error) && !by_connection {
                        federated::note_failure(&journey.flow, &visitor, &email, &error)?;
                    }
                    failed(&journey, email, error)
                }
            }
        }
    }
}

/// Tells whoever waits for it that there was no sign-in.
fn failed(journey: &Journey<'_>, email: String, error: Error) -> Result<Response> {
    if journey.request.asked.selector.is_some() {
        return match error.code() {
            code @ ("access_denied"
            | "oauth_failed"
            | "server_error"
            | "connection_unlinked"
            | "profile_not_allowed_outside_organization") => journey.refuse(code, error.message()),
            // All else is a rule of ours that this account does not meet.
            _ => journey.refuse("access_denied", error.message()),
        };
    }
    if is_stopped(&error) {
        return journey.stopped(&error);
    }
    if error.code() == magic_auth::SIGN_UP_NOT_ALLOWED && journey.has_waitlist()? {
        journey.begin_again(&State { email, ..State::default() })?;
        return journey.to(Step::Waitlist);
    }
    let text = match words::problem(&error, "email") {
        Some(problem) => problem.message().clone(),
        None => words::provider(&error),
    };
    journey.begin_again(&State { problem: Some(text), ..journey.state.clone() })?;
    journey.to(Step::SignIn)
}

impl Journey<'_> {
    /// Whether a provider or connection gets anybody in, for what and with which address they come.
    fn allows(&self, provider: &Provider) -> bool {
        if provider.is_connection() { self.policy.sso } else { self.allows_provider(&provider.key) }
    }

    fn allows_provider(&self, key: &str) -> bool {
        !self.policy.sso_required && self.policy.allows_provider(key)
    }

    /// Sends the browser back to the application with an error.
    fn refuse(&self, error: &str, description: &str) -> Result<Response> {
        let asked = &self.request.asked;
        let state = asked.state.as_deref();
        see_other(&authorize::refuse(&asked.redirect_uri, state, error, description))
    }
}
