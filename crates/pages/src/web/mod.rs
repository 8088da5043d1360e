//! Between HTTP and the pages: a request becomes a [`Visit`], and what the visit comes to becomes
//! an answer.
//!
//! Pages block (they read and write the database), so each runs on a thread that may, and only so
//! many at once. A form is looked at before its page is: see [`Browser::check_form`].
use std::cell::OnceCell;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, RawPathParams, Request as HttpRequest};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, header};
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use tokio::sync::Semaphore;
use vestibule_kernel::call::Audience;
use vestibule_kernel::id::EnvironmentId;
use vestibule_kernel::limit;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{App, Error, FlowCx, Kind, Request, Result};
use vestibule_languages::Language;

mod browser;
mod reply;

pub use browser::Browser;
pub use reply::{Policy, Status, add_cookie, failure, html, page, see_other};

/// The longest form that is read.
const FORM_BYTES_MAX: usize = 64 * 1024;
/// The same of one that holds a document, or that another site has a browser send: metadata and answers
/// of identity providers are long.
const LONG_FORM_BYTES_MAX: usize = 512 * 1024;
/// How many pages run at once; further ones wait their turn.
const PAGES_MAX: usize = 128;
/// Where the id of the request is: the server puts it there before anybody else sees the request.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a page does with a visit.
pub type Work = fn(&Visit) -> Result<Response>;

/// The program, as the routes of the pages share it.
pub struct Pages {
    app: Arc<App>,
    turns: Semaphore,
}

impl Pages {
    /// Pages of this program.
    pub fn of(app: &Arc<App>) -> Arc<Self> {
        Self::with_turns(app, PAGES_MAX)
    }
    /// The same of which no more run at once than this, however long they take: so that they do not
    /// hold up others.
    pub fn with_turns(app: &Arc<App>, turns: usize) -> Arc<Self> {
        Arc::new(Self { app: app.clone(), turns: Semaphore::new(turns) })
    }
    /// A page that is only looked at.
    pub fn get(self: &Arc<Self>, work: Work) -> MethodRouter<(), Infallible> {
        let pages = self.clone();
        get(move |request| answer(pages.clone(), work, Sender::OurPage, request))
    }
    /// A form that is only sent.
    pub fn post(self: &Arc<Self>, work: Work) -> MethodRouter<(), Infallible> {
        let pages = self.clone();
        axum::routing::post(move |request| answer(pages.clone(), work, Sender::OurPage, request))
    }
    /// A form that holds more than what somebody types, such as a document.
    pub fn post_long(self: &Arc<Self>, work: Work) -> MethodRouter<(), Infallible> {
        let pages = self.clone();
        axum::routing::post(move |request| {
            answer(pages.clone(), work, Sender::OurLongPage, request)
        })
    }
    /// A form that another site has a browser send, so that no page of ours vouches for it: its page
    /// must look for itself where it comes from.
    pub fn sent_from_elsewhere(self: &Arc<Self>, work: Work) -> MethodRouter<(), Infallible> {
        let pages = self.clone();
        axum::routing::post(move |request| answer(pages.clone(), work, Sender::Anybody, request))
    }
    /// A page with a form that is sent to the same address.
    pub fn form(self: &Arc<Self>, look: Work, send: Work) -> MethodRouter<(), Infallible> {
        self.get(look).merge(self.post(send))
    }
}

/// One request of one browser.
pub struct Visit {
    /// The running program.
    pub app: Arc<App>,
    /// What the request was made with.
    pub request: Request,
    host: Option<String>,
    path: Vec<(String, String)>,
    query: Vec<(String, String)>,
    form: Vec<(String, String)>,
    browser: OnceCell<Browser>,
}

impl Visit {
    /// The browser, which has a secret with us from its first visit on.
    pub fn browser(&self) -> &Browser {
        self.browser.get_or_init(|| Browser::of(&self.app, &self.request))
    }
    /// Doors to the database of an environment.
    pub fn flow(&self, environment: &EnvironmentId) -> FlowCx {
        self.app.system(environment).with_request(self.request.clone())
    }
    /// A part of the path.
    pub fn path(&self, name: &str) -> &str {
        value(&self.path, name).unwrap_or_default()
    }
    /// A parameter of the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        value(&self.query, name)
    }
    /// All parameters of the query, in their order.
    pub fn queries(&self) -> &[(String, String)] {
        &self.query
    }
    /// What was typed into a field, without the spaces around it.
    pub fn field(&self, name: &str) -> &str {
        value(&self.form, name).unwrap_or_default().trim()
    }
    /// What was typed into the field of a secret, letter by letter.
    pub fn secret(&self, name: &str) -> Secret {
        Secret::new(value(&self.form, name).unwrap_or_default())
    }
    /// The place that the client is at, for limits.
    pub fn place(&self) -> String {
        limit::place(self.request.ip_address.as_deref().unwrap_or("unknown"))
    }
    /// The name of the host that the browser asked.
    pub(crate) fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
}

/// Who may send the form of a page.
#[derive(Clone, Copy)]
enum Sender {
    OurPage,
    OurLongPage,
    Anybody,
}

async fn answer(pages: Arc<Pages>, work: Work, sender: Sender, request: HttpRequest) -> Response {
    let id = text(request.headers(), REQUEST_ID).unwrap_or_default();
    let language = language(request.headers());
    let bytes_max = match sender {
        Sender::OurPage => FORM_BYTES_MAX,
        Sender::OurLongPage | Sender::Anybody => LONG_FORM_BYTES_MAX,
    };
    let done = match visit(&pages.app, request, bytes_max).await {
        Ok((visit, sent)) => {
            run(&pages, work, visit, sent && !matches!(sender, Sender::Anybody)).await
        }
        Err(error) => Err(error),
    };
    done.unwrap_or_else(|error| {
        reply::note(&error, &id);
        failure(&error, &id, language)
    })
}

async fn run(pages: &Arc<Pages>, work: Work, visit: Visit, sent: bool) -> Result<Response> {
    let _turn = pages.turns.acquire().await.map_err(Error::internal)?;
    let done = tokio::task::spawn_blocking(move || {
        catch_unwind(AssertUnwindSafe(|| look_and_work(&visit, work, sent)))
            .unwrap_or_else(|_| Err(Error::internal("a page panicked")))
    });
    done.await.map_err(Error::internal)?
}

fn look_and_work(visit: &Visit, work: Work, sent: bool) -> Result<Response> {
    if sent {
        visit.browser().check_form(visit)?;
    }
    let mut response = work(visit)?;
    if let Some(browser) = visit.browser.get() {
        browser.introduce(&visit.app, &mut response);
    }
    Ok(response)
}

/// Reads a request; tells whether it sends a form.
async fn visit(app: &Arc<App>, request: HttpRequest, bytes_max: usize) -> Result<(Visit, bool)> {
    let (mut parts, body) = request.into_parts();
    let path = path_of(&mut parts).await?;
    let query = pairs(parts.uri.query().unwrap_or_default().as_bytes())?;
    let sent = parts.method == Method::POST;
    let form = if sent {
        check_type(&parts.headers)?;
        let bytes = axum::body::to_bytes(body, bytes_max).await.map_err(|_| too_large())?;
        pairs(&bytes)?
    } else {
        Vec::new()
    };
    let visit = Visit {
        app: app.clone(),
        host: text(&parts.headers, header::HOST),
        request: made_with(&parts),
        path,
        query,
        form,
        browser: OnceCell::new(),
    };
    Ok((visit, sent))
}

async fn path_of(parts: &mut Parts) -> Result<Vec<(String, String)>> {
    let Ok(found) = RawPathParams::from_request_parts(parts, &()).await else {
        return Err(unreadable());
    };
    let path = found.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    clean(path)
}

fn pairs(text: &[u8]) -> Result<Vec<(String, String)>> {
    clean(url::form_urlencoded::parse(text).into_owned().collect())
}

/// PostgreSQL's TEXT has no NUL; nothing that we store has.
fn clean(pairs: Vec<(String, String)>) -> Result<Vec<(String, String)>> {
    if pairs.iter().any(|it| it.1.contains('\0')) { Err(unreadable()) } else { Ok(pairs) }
}

fn check_type(headers: &HeaderMap) -> Result<()> {
    let given = text(headers, header::CONTENT_TYPE).unwrap_or_default();
    let kind = given.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(());
    }
    Err(Error::plain(Kind::BadRequest, "This address takes the form of its page and nothing else."))
}

fn unreadable() -> Error {
    Error::plain(Kind::BadRequest, "The address or the form holds characters that cannot be read.")
}

fn too_large() -> Error {
    Error::plain(Kind::TooLarge, "The form is longer than any page of ours can fill it in.")
}

fn made_with(parts: &Parts) -> Request {
    let address = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    Request {
        id: text(&parts.headers, REQUEST_ID).unwrap_or_default(),
        credential: None,
        ip_address: address.map(|it| it.0.ip().to_canonical().to_string()),
        user_agent: text(&parts.headers, header::USER_AGENT),
        idempotency_key: None,
        approval_id: None,
        run_id: None,
        origin: text(&parts.headers, header::ORIGIN),
        cookies: cookies(&parts.headers),
        audience: Audience::accepting(accept_language(&parts.headers)),
        target: None,
        by_mcp: false,
    }
}

/// The language that a browser asks for; English where we speak none of those.
pub fn language(headers: &HeaderMap) -> Language {
    accept_language(headers).and_then(vestibule_languages::accepted).unwrap_or_default()
}

fn accept_language(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok())
}

fn cookies(headers: &HeaderMap) -> Vec<(String, String)> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    lines
        .flat_map(|it| it.split(';'))
        .filter_map(|it| it.trim().split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name).and_then(|it| it.to_str().ok()).map(str::to_owned)
}
