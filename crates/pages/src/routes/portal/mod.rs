//! The admin portal: where an organization's own administrator sets up how the organization signs in.
//!
//! - Who may be here is [`vestibule_portal`]'s word: the session of a link, for one organization, for
//!   what the link was made for. Each page asks for what it is about ([`Admin::of`]).
//! - What is done here are the operations of the API, with their checks and refusals, each held to the
//!   organization of the session ([`Admin::operate`]).
mod audit_logs;
mod certificates;
mod connection;
mod connections;
mod domains;
mod streams;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use serde::de::DeserializeOwned;
use serde_json::Value;
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::limit::Limit;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{App, Error, FlowCx, Kind, Request, Result};
use vestibule_languages::Text;
use vestibule_people::organizations;
use vestibule_portal::{self as portal, Intent, OPEN_PATH, PATH, Session};

use crate::render::{Frame, Screen};
use crate::screens::{
    Form, PortalArea, PortalDone, PortalHead, PortalOpening, PortalOverview, Problem,
};
use crate::web::{Pages, Status, Visit, add_cookie, page, see_other};
use crate::{look, words};

/// How many pages of the portal run at once. Some wait for what an administrator has named, and may so
/// for as long as it takes: the pages on which people sign in do not wait for them.
const TURNS: usize = 16;
/// How often the administrators of an organization change something.
const CHANGES: Limit =
    Limit { name: "pages.portal", uses_max: 60, window: 60, code: "too_many_requests" };
/// Where a session is ended.
const DONE: &str = "/portal/done";
/// The marks of a page that tells of what was done, and the message that tells it.
const NOTICES: [(&str, &str); 4] = [
    ("saved", "portal-saved"),
    ("removed", "portal-removed"),
    ("sent", "portal-sent"),
    ("looking", "portal-looking"),
];

/// The pages of the portal.
pub fn router(app: &Arc<App>) -> Router {
    let pages = &Pages::with_turns(app, TURNS);
    Router::new()
        .route(OPEN_PATH, pages.form(show_link, open))
        .route(PATH, pages.get(overview))
        .route(DONE, pages.form(elsewhere, done))
        .merge(connections::router(pages))
        .merge(domains::router(pages))
        .merge(certificates::router(pages))
        .merge(audit_logs::router(pages))
        .merge(streams::router(pages))
}

/// `GET /portal/open/{token}`
fn show_link(visit: &Visit) -> Result<Response> {
    let token = Secret::new(visit.path("token"));
    let (flow, organization) = link(visit, &token)?;
    let (frame, organization) =
        flow.read(|cx| Ok((look::frame(cx)?, organizations::find(cx, &organization)?.name)))?;
    let action = OPEN_PATH.replace("{token}", token.reveal());
    let form = Form::new(action, visit.browser().token().reveal());
    page(StatusCode::OK, &frame, &PortalOpening { form, organization })
}

/// `POST /portal/open/{token}`
fn open(visit: &Visit) -> Result<Response> {
    let token = Secret::new(visit.path("token"));
    let (flow, _) = link(visit, &token)?;
    let cookie = flow.write(move |cx| portal::enter(cx, &token))?.ok_or_else(over)?;
    let mut response = see_other(PATH)?;
    add_cookie(&mut response, &cookie);
    Ok(response)
}

fn link(visit: &Visit, token: &Secret) -> Result<(FlowCx, OrganizationId)> {
    let found = portal::opened(&visit.app, token, visit.request.clone())?;
    let (flow, organization) = found.ok_or_else(over)?;
    Ok((flow.with_request(about(&visit.request, &organization)), organization))
}

/// The same request, known to be about an organization, whose looks pages then have.
fn about(request: &Request, organization: &OrganizationId) -> Request {
    let mut request = request.clone();
    request.audience.organization_id = Some(organization.clone());
    request
}

fn over() -> Error {
    Error::new(Kind::Gone, words::PORTAL_OVER, "The link or session is over.")
}

/// `GET /portal`
fn overview(visit: &Visit) -> Result<Response> {
    let admin = Admin::of(visit, None)?;
    if let Some(only) = admin.session.intent {
        return see_other(area_path(only));
    }
    let areas = Intent::SERVED.iter().map(|it| PortalArea {
        name: Text::new(area_name(*it)),
        hint: Text::new(area_hint(*it)),
        path: area_path(*it).to_owned(),
    });
    let title = Text::new("portal-open-title").with("organization", admin.organization.clone());
    let screen =
        PortalOverview { form: admin.form(PATH), head: admin.head(title), areas: areas.collect() };
    admin.page(&screen)
}

/// `POST /portal/done`
fn done(visit: &Visit) -> Result<Response> {
    let admin = Admin::of(visit, None)?;
    let session = admin.session.clone();
    admin.flow.write(move |cx| session.end(cx))?;
    let location = admin.session.success_url.clone();
    let screen = PortalDone { organization: admin.organization.clone(), location };
    let mut response = admin.page(&screen)?;
    add_cookie(&mut response, &portal::forget_cookie(&visit.app));
    Ok(response)
}

/// What cannot be looked at, but only sent.
fn elsewhere(_: &Visit) -> Result<Response> {
    see_other(PATH)
}

const fn area_path(intent: Intent) -> &'static str {
    match intent {
        Intent::Sso => connections::PATH,
        Intent::DomainVerification => domains::PATH,
        Intent::CertificateRenewal => certificates::PATH,
        Intent::AuditLogs => audit_logs::PATH,
        Intent::LogStreams => streams::PATH,
        Intent::Dsync | Intent::BringYourOwnKey => PATH,
    }
}

const fn area_name(intent: Intent) -> &'static str {
    match intent {
        Intent::DomainVerification => "portal-domains",
        Intent::CertificateRenewal => "portal-certificates",
        Intent::AuditLogs => "portal-audit-logs",
        Intent::LogStreams => "portal-log-streams",
        Intent::Sso | Intent::Dsync | Intent::BringYourOwnKey => "sso-title",
    }
}

const fn area_hint(intent: Intent) -> &'static str {
    match intent {
        Intent::DomainVerification => "portal-domains-hint",
        Intent::CertificateRenewal => "portal-certificates-hint",
        Intent::AuditLogs => "portal-audit-logs-hint",
        Intent::LogStreams => "portal-log-streams-hint",
        Intent::Sso | Intent::Dsync | Intent::BringYourOwnKey => "portal-sso-hint",
    }
}

/// An administrator at a page of the portal.
struct Admin<'a> {
    visit: &'a Visit,
    flow: FlowCx,
    session: Session,
    organization: String,
    frame: Frame,
    back: Option<String>,
    problem: Option<(Status, Problem)>,
}

impl<'a> Admin<'a> {
    /// The one of this visit, whose link was made for what the page is about.
    fn of(visit: &'a Visit, intent: Option<Intent>) -> Result<Self> {
        let found = portal::session(&visit.app, &visit.request)?;
        let (flow, session) = found.ok_or_else(over)?;
        if intent.is_some_and(|it| !session.includes(it)) {
            let text = "The session was opened for something else.";
            return Err(Error::new(Kind::Forbidden, words::PORTAL_ELSEWHERE, text));
        }
        let flow = flow.with_request(about(&visit.request, &session.organization_id));
        let (frame, organization) = flow.read(|cx| {
            let organization = organizations::find(cx, &session.organization_id)?;
            Ok((look::frame(cx)?, organization.name))
        })?;
        let back = (intent.is_some() && session.intent.is_none()).then(|| PATH.to_owned());
        Ok(Self { visit, flow, session, organization, frame, back, problem: None })
    }

    /// The same, about to change something.
    fn who_changes(visit: &'a Visit, intent: Intent) -> Result<Self> {
        let admin = Self::of(visit, Some(intent))?;
        admin.flow.limit(CHANGES, admin.session.organization_id.as_str())?;
        Ok(admin)
    }

    /// The same at a page below another one.
    fn below(mut self, path: &str) -> Self {
        self.back = Some(path.to_owned());
        self
    }

    /// Does an operation of the API in the organization of the session.
    fn operate(&self, operation: &str, input: Value) -> Result<Value> {
        self.flow.operate(&self.session.organization_id, operation, input)
    }

    /// The same, for what of the answer is shown.
    fn ask<T: DeserializeOwned>(&self, operation: &str, input: Value) -> Result<T> {
        serde_json::from_value(self.operate(operation, input)?).map_err(Error::internal)
    }

    /// Goes on where something was done, and shows the page again with what was refused where it was
    /// not.
    fn then(
        mut self,
        done: Result<Value>,
        path: &str,
        again: impl FnOnce(Self) -> Result<Response>,
    ) -> Result<Response> {
        match done {
            Ok(_) => see_other(path),
            Err(error) => {
                self.problem = Some((Status::of(&error), refusal(error)?));
                again(self)
            }
        }
    }

    /// The same with a problem that no operation told.
    fn refused(mut self, problem: Problem) -> Self {
        self.problem = Some((StatusCode::UNPROCESSABLE_ENTITY.into(), problem));
        self
    }

    fn form(&self, action: &str) -> Form {
        let form = Form::new(action, self.visit.browser().token().reveal());
        match &self.problem {
            Some((_, problem)) => form.refused(problem.clone()),
            None => form,
        }
    }

    fn head(&self, title: Text) -> PortalHead {
        let told = NOTICES.iter().find(|it| self.visit.query(it.0).is_some());
        let told = told.filter(|_| self.problem.is_none());
        PortalHead {
            title,
            organization: self.organization.clone(),
            back: self.back.clone(),
            return_url: self.session.return_url.clone(),
            done_action: DONE.to_owned(),
            notice: told.map(|it| Text::new(it.1)),
        }
    }

    fn page<S: Screen>(&self, screen: &S) -> Result<Response> {
        let status = self.problem.as_ref().map_or(StatusCode::OK.into(), |it| it.0);
        page(status, &self.frame, screen)
    }

    /// Whether somebody ticked that they are sure.
    fn is_sure(&self) -> bool {
        self.visit.field("sure") == "yes"
    }
}

/// What was refused, as the page tells it; what is nobody's typing error is given back.
fn refusal(error: Error) -> Result<Problem> {
    match error.kind() {
        Kind::TooManyRequests => Ok(Problem::overall(words::too_many(&error))),
        Kind::BadRequest | Kind::Invalid | Kind::Conflict => {
            let fields = error.fields().iter().map(|it| it.message.as_str());
            let mut said: Vec<&str> = fields.collect();
            if said.is_empty() {
                said.push(error.message());
            }
            let detail = Text::Verbatim(said.join(" "));
            Ok(Problem::overall(Text::Sentences(vec![Text::new("portal-refused"), detail])))
        }
        _ => Err(error),
    }
}

fn not_sure() -> Problem {
    Problem::overall(Text::new("problem-portal-sure"))
}
