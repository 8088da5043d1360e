//! Answers: pages with their headers, redirects, and the page for an error.
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use vestibule_kernel::time::Seconds;
use vestibule_kernel::{Error, Kind, Result};
use vestibule_languages::{Language, Text};

use crate::render::{Frame, Screen, render};
use crate::screens::Failure;
use crate::security::{INBOX_POLICY, LETTER_POLICY, PAGE_HEADERS, PAGE_POLICY, WHOLE_PAGE_HEADERS};
use crate::{look, words};

/// What a page may do.
#[derive(Clone, Copy, Debug)]
pub enum Policy {
    /// What every page may.
    Page,
    /// What the development inbox may.
    Inbox,
    /// What a mail inside the inbox may.
    Letter,
}

impl Policy {
    const fn text(self) -> &'static str {
        match self {
            Self::Page => PAGE_POLICY,
            Self::Inbox => INBOX_POLICY,
            Self::Letter => LETTER_POLICY,
        }
    }
}

/// The status of a page, and after how many seconds to come again, where that is known.
#[derive(Clone, Copy, Debug)]
pub struct Status {
    code: StatusCode,
    retry_after: Option<Seconds>,
}

impl Status {
    /// That of the page for a refusal.
    pub fn of(error: &Error) -> Self {
        let code = StatusCode::from_u16(error.status());
        let code = code.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { code, retry_after: error.retry_after_seconds() }
    }
    fn tell(self, response: &mut Response) {
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
}

impl From<StatusCode> for Status {
    fn from(code: StatusCode) -> Self {
        Self { code, retry_after: None }
    }
}

/// A page.
pub fn page<S: Screen>(status: impl Into<Status>, frame: &Frame, screen: &S) -> Result<Response> {
    let status = status.into();
    let text = render(frame, screen).map_err(Error::internal)?;
    let mut response = html(status.code, Policy::Page, text);
    status.tell(&mut response);
    Ok(response)
}

/// HTML with the headers that every page has.
pub fn html(status: StatusCode, policy: Policy, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy.text()));
    guard(&mut response, PAGE_HEADERS);
    if !matches!(policy, Policy::Letter) {
        guard(&mut response, WHOLE_PAGE_HEADERS);
    }
    response
}

/// To another page of ours.
pub fn see_other(path: &str) -> Result<Response> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let location = HeaderValue::from_str(path).map_err(Error::internal)?;
    response.headers_mut().insert(header::LOCATION, location);
    guard(&mut response, PAGE_HEADERS);
    Ok(response)
}

/// Sets a cookie.
pub fn add_cookie(response: &mut Response, line: &str) {
    match HeaderValue::from_str(line) {
        Ok(value) => drop(response.headers_mut().append(header::SET_COOKIE, value)),
        Err(error) => tracing::error!(%error, "a cookie cannot be written into a header"),
    }
}

/// The page for an error.
pub fn failure(error: &Error, request_id: &str, language: Language) -> Response {
    let status = Status::of(error);
    let (message, detail) = words::failure(error, language);
    let screen = Failure {
        title: Text::new(title(error.kind())),
        message,
        detail,
        request_id: request_id.to_owned(),
        way_out: None,
    };
    page(status, &look::plain().in_language(language), &screen).unwrap_or_else(|_| {
        // Without its template the page is still an answer.
        let code = status.code;
        html(code, Policy::Page, format!("<!doctype html><p>Request {code}"))
    })
}

fn guard(response: &mut Response, lines: &'static [(&str, &str)]) {
    for (name, value) in lines {
        let name = HeaderName::from_static(name);
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
}

/// Logs what only the operator may read of an error.
pub(super) fn note(error: &Error, request_id: &str) {
    let (place, code) = (error.place(), error.code());
    if matches!(error.kind(), Kind::Internal | Kind::Unavailable) {
        let cause = error.cause().map(|it| format!("{it:?}"));
        tracing::error!(%request_id, %place, cause, "{}", error.message());
    } else {
        tracing::debug!(%request_id, %place, code, "a page was refused");
    }
}

const fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::BadRequest | Kind::Invalid | Kind::MethodNotAllowed | Kind::Conflict => {
            "failure-title-invalid"
        }
        Kind::Unauthorized | Kind::Forbidden => "failure-title-forbidden",
        Kind::NotFound => "failure-title-not-found",
        Kind::Gone => "failure-title-over",
        Kind::TooLarge => "failure-title-too-large",
        Kind::RequestTimeout => "failure-title-timeout",
        Kind::TooManyRequests => "failure-title-too-many",
        Kind::Internal => "failure-title-internal",
        Kind::Unavailable => "failure-title-unavailable",
    }
}
