//! The page on which a person lets an OAuth client in, or not.
//!
//! - Whoever sends the browser here proves nothing by it, and the page is in nobody's session: to let a
//!   client in takes an approver's key or an API key, typed each time, which no agent has. The key says
//!   in which environment.
//! - What the request says is read again when the form is sent, so that what was shown is what is
//!   allowed; less than was asked for may be.
//! - A client calls itself what it likes. So the page shows the hosts that its name and its answer are
//!   at, which it cannot choose, beside its name.
//! - It is in English, as all that is for developers.
use axum::http::StatusCode;
use axum::response::Response;
use url::Url;
use vestibule_access::oauth::{self, AuthorizationRequest, Refused};
use vestibule_kernel::agent::resource;
use vestibule_kernel::context::Caller;
use vestibule_kernel::limit::{self, Limit};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Effect, Kind, Principal, Result};
use vestibule_languages::{Language, Text};

use crate::look;
use crate::render::Frame;
use crate::screens::{AgentAnswered, AgentConsent, AskedEffect, Form, Outcome, Problem};
use crate::web::{Visit, page, see_other};

/// How often keys are tried from one place.
const KEYS: Limit =
    Limit { name: "pages.agent_consent", uses_max: 10, window: 60, code: "too_many_requests" };

/// `GET /agents/authorize?client_id=…`
pub fn show(visit: &Visit) -> Result<Response> {
    match read(visit) {
        Ok(request) => {
            let all = request.effects.clone();
            ask(visit, &request, &all, None)
        }
        // Anybody can be a client, so nobody is sent out of this machine by a link alone (RFC 9700
        // §4.11.2): who reads the page sees where it leads.
        Err(Refused::There(location)) if location.starts_with("http://") => see_other(&location),
        Err(Refused::There(location)) => tell(&request_client(visit), Outcome::Refused, location),
        Err(Refused::Here(error)) => Err(error),
    }
}

/// `POST /agents/authorize?client_id=…`
pub fn send(visit: &Visit) -> Result<Response> {
    let request = match read(visit) {
        Ok(it) => it,
        // What follows a form may not leave this server, and this one asks for nothing any more.
        Err(Refused::There(location)) => {
            return tell(&request_client(visit), Outcome::Refused, location);
        }
        Err(Refused::Here(error)) => return Err(error),
    };
    let client = request.client.name.clone();
    if visit.field("decision") != "allow" {
        return tell(&client, Outcome::KeptOut, oauth::deny(&visit.app, &request));
    }
    let ticked = |it: &Effect| !visit.field(it.name()).is_empty();
    let allowed: Vec<Effect> = request.effects.iter().copied().filter(ticked).collect();
    let refused = |field, text: &str| {
        let problem = Problem::with(field, Text::Verbatim(text.to_owned()));
        ask(visit, &request, &allowed, Some(problem))
    };
    if allowed.is_empty() {
        let first = request.effects.first().map_or("read", |it| it.name());
        return refused(first, "Choose what it may do, or keep it out.");
    }
    limit::count_everywhere(&visit.app, KEYS, &visit.place())?;
    let Some(person) = person(visit)? else {
        let text = "This is neither an approver's key nor an API key. Whoever runs this server makes \
                    one with: vestibule approvers create --name NAME";
        return refused("key", text);
    };
    tell(&client, Outcome::LetIn, oauth::allow(&visit.app, &person, &request, &allowed)?)
}

fn read(visit: &Visit) -> Result<AuthorizationRequest, Refused> {
    AuthorizationRequest::read(&visit.app, &visit.place(), visit.queries())
}

/// Who the client of a request is, as far as it says.
fn request_client(visit: &Visit) -> String {
    let id = visit.query("client_id").unwrap_or_default();
    let found = oauth::find_client(&visit.app, &visit.place(), id);
    found.map(|it| it.name).unwrap_or_default()
}

/// Who holds the key that was typed, unless an agent does.
fn person(visit: &Visit) -> Result<Option<Caller>> {
    match visit.app.bearer(&Secret::new(visit.field("key"))) {
        Ok(it) if matches!(it.principal, Principal::Key | Principal::Approver) => {
            Ok(Some((*it).clone()))
        }
        Ok(_) => Ok(None),
        Err(error) if error.kind() == Kind::Unauthorized => Ok(None),
        Err(error) => Err(error),
    }
}

fn ask(
    visit: &Visit,
    request: &AuthorizationRequest,
    allowed: &[Effect],
    problem: Option<Problem>,
) -> Result<Response> {
    let query =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(visit.queries()).finish();
    let action = format!("{}?{query}", oauth::AUTHORIZE_PATH);
    let form = Form::new(action, visit.browser().token().reveal());
    let (status, form) = match problem {
        Some(problem) => (StatusCode::UNPROCESSABLE_ENTITY, form.refused(problem)),
        None => (StatusCode::OK, form),
    };
    let uri = &request.redirect_uri;
    let effects = request.effects.iter();
    let screen = AgentConsent {
        form,
        client: request.client.name.clone(),
        client_host: request.client.host(),
        goes_to: goes_to(uri),
        // The only addresses by plain http that a client may have.
        goes_home: uri.scheme() == "http",
        resource: resource::identifier(&visit.app),
        effects: effects
            .map(|it| AskedEffect { effect: *it, allowed: allowed.contains(it) })
            .collect(),
    };
    page(status, &frame(), &screen)
}

fn goes_to(uri: &Url) -> String {
    let host = uri.host_str().unwrap_or_default();
    uri.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn tell(client: &str, outcome: Outcome, location: String) -> Result<Response> {
    let goes_to = Url::parse(&location).map(|it| goes_to(&it)).unwrap_or_default();
    let screen = AgentAnswered { client: client.to_owned(), outcome, goes_to, location };
    page(StatusCode::OK, &frame(), &screen)
}

fn frame() -> Frame {
    look::plain().in_language(Language::English)
}
