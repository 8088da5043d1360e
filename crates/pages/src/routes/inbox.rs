//! The development inbox: the messages of every environment of this server.
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::json;
use vestibule_kernel::environment;
use vestibule_kernel::id::MessageId;
use vestibule_kernel::{Error, Result};
use vestibule_messages::inbox::{self, Kind, Message};

use super::INBOX;
use crate::inbox::{self as screens, Envelope, Inbox, Letter, letter_document};
use crate::look;
use crate::render::render;
use crate::web::{Policy, Visit, html};

/// `GET /dev/inbox`
pub fn list(visit: &Visit) -> Result<Response> {
    show(messages(visit)?, None)
}

/// `GET /dev/inbox/{id}`
pub fn open(visit: &Visit) -> Result<Response> {
    let message = find(visit)?;
    show(messages(visit)?, Some(message))
}

/// `GET /dev/inbox/{id}/html`
pub fn letter(visit: &Visit) -> Result<Response> {
    let message = find(visit)?;
    let text = message.html.ok_or_else(|| Error::not_found("HTML of message", &message.id))?;
    Ok(html(StatusCode::OK, Policy::Letter, letter_document(&text)))
}

/// `GET /dev/inbox.json`
pub fn as_json(visit: &Visit) -> Result<Response> {
    let body = json!({ "data": messages(visit)? });
    let mut response = Response::new(Body::from(body.to_string()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn show(messages: Vec<Message>, asked_for: Option<Message>) -> Result<Response> {
    let reading = asked_for.is_some();
    let open = asked_for.or_else(|| messages.first().cloned()).map(|it| Letter {
        id: it.id.to_string(),
        kind: kind(it.kind),
        to: it.to,
        subject: it.subject,
        text: it.text,
        has_html: it.html.is_some(),
        created_at: it.created_at.to_string(),
    });
    let messages = messages.into_iter().map(|it| Envelope {
        id: it.id.to_string(),
        kind: kind(it.kind),
        to: it.to,
        subject: it.subject,
        text: it.text,
        created_at: it.created_at.to_string(),
    });
    let screen = Inbox { path: INBOX.to_owned(), messages: messages.collect(), open, reading };
    let text = render(&look::plain(), &screen).map_err(Error::internal)?;
    Ok(html(StatusCode::OK, Policy::Inbox, text))
}

const fn kind(it: Kind) -> screens::Kind {
    match it {
        Kind::Mail => screens::Kind::Mail,
        Kind::Sms => screens::Kind::Sms,
    }
}

/// Newest first.
fn messages(visit: &Visit) -> Result<Vec<Message>> {
    let mut all = Vec::new();
    for environment in environment::list(visit.app.db())? {
        all.extend(visit.flow(&environment.id).read(inbox::list)?);
    }
    all.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
    Ok(all)
}

fn find(visit: &Visit) -> Result<Message> {
    let id = MessageId::parse(visit.path("id"))?;
    for environment in environment::list(visit.app.db())? {
        if let Some(found) = visit.flow(&environment.id).read(|cx| inbox::get(cx, &id))? {
            return Ok(found);
        }
    }
    Err(Error::not_found("Message", &id))
}
