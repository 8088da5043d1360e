//! The jobs that carry messages out.
use serde_json::Value as Json;
use vestibule_kernel::{Error, FlowCx, Result};

use crate::inbox::{self, Kind, Message};
use crate::{Carrier, Letter, MailSender, Outbox, Style, Text, Written, write};

/// Spread over about an hour by the job queue.
pub(crate) const ATTEMPTS_MAX: i64 = 12;

/// How it went with whoever carries messages.
pub(crate) enum Sent {
    /// They took it.
    Taken,
    /// They will never take it, for this reason.
    Refused(String),
}

/// Sends one mail, or puts it into the inbox.
pub(crate) fn mail(flow: &FlowCx, payload: Json) -> Result<()> {
    let letter: Letter = serde_json::from_value(payload).map_err(Error::internal)?;
    if letter.expires_at.is_some_and(|it| it <= flow.now()) {
        // Nobody has a use for it any more.
        tracing::warn!(message = %letter.id, "a mail expired before it could be sent");
        return Ok(());
    }
    let (style, MailSender { address }) = flow.read(|cx| {
        let style = Style::of(cx, letter.organization_id.as_ref())?;
        Ok((style, cx.setting()?))
    })?;
    let written = write(&letter, &style)?;
    match flow.app.extension::<Outbox>() {
        // A test suite must not write to people.
        Some(Outbox::Smtp(smtp)) if !flow.is_sandbox()? => {
            match smtp.send(&letter, &written, address.as_deref())? {
                Sent::Taken => tracing::info!(message = %letter.id, "mail sent"),
                // Trying again would be refused again; the reason is for the operator.
                Sent::Refused(reason) => {
                    tracing::warn!(message = %letter.id, reason, "a mail was refused for good");
                }
            }
        }
        Some(Outbox::Smtp(_) | Outbox::Inbox) | None => {
            inbox::store(flow, into_message(flow, letter, written))?;
        }
    }
    Ok(())
}

/// Sends one text message, or puts it into the inbox.
pub(crate) fn text(flow: &FlowCx, payload: Json) -> Result<()> {
    let text: Text = serde_json::from_value(payload).map_err(Error::internal)?;
    if text.expires_at.is_some_and(|it| it <= flow.now()) {
        tracing::warn!(message = %text.id, "a text message expired before it could be sent");
        return Ok(());
    }
    let sent = match flow.app.extension::<Carrier>() {
        // A test suite must not write to people.
        Some(carrier) if !flow.is_sandbox()? => carrier.send(flow, &text)?,
        Some(_) | None => None,
    };
    match sent {
        Some(Sent::Taken) => tracing::info!(message = %text.id, "text message sent"),
        Some(Sent::Refused(reason)) => {
            tracing::warn!(message = %text.id, reason, "a text message was refused for good");
        }
        None => {
            let Text { id, to, text, expires_at: _ } = text;
            let (kind, created_at) = (Kind::Sms, flow.now());
            let (subject, html, url, code) = (None, None, None, digits(&text));
            let message = Message { id, kind, to, subject, text, html, code, url, created_at };
            inbox::store(flow, message)?;
        }
    }
    Ok(())
}

fn into_message(flow: &FlowCx, letter: Letter, written: Written) -> Message {
    let Written { subject, text, html, sender: _ } = written;
    Message {
        code: letter.mail.code().map(str::to_owned),
        url: letter.mail.url().map(str::to_owned),
        id: letter.id,
        kind: Kind::Mail,
        to: letter.to,
        subject: Some(subject),
        text,
        html: Some(html),
        created_at: flow.now(),
    }
}

/// The six digits in a text.
fn digits(text: &str) -> Option<String> {
    text.split(|it: char| !it.is_ascii_digit()).find(|it| it.len() == 6).map(str::to_owned)
}
