//! The jobs that carry messages out.
use serde_json::Value as Json;
use vestibule_kernel::{Error, FlowCx, Result};

use crate::inbox::{self, Kind, Message};
use crate::smtp::Sent;
use crate::{Application, Letter, Outbox, Text, Written, write};

/// Spread over about an hour by the job queue.
pub(crate) const ATTEMPTS_MAX: i64 = 12;

/// Sends one mail, or puts it into the inbox.
pub(crate) fn mail(flow: &FlowCx, payload: Json) -> Result<()> {
    let letter: Letter = serde_json::from_value(payload).map_err(Error::internal)?;
    if letter.expires_at.is_some_and(|it| it <= flow.now()) {
        // Nobody has a use for it any more.
        tracing::warn!(message = %letter.id, "a mail expired before it could be sent");
        return Ok(());
    }
    let application = flow.read(Application::of)?;
    let written = write(&letter, &application)?;
    match flow.app.extension::<Outbox>() {
        Some(Outbox::Smtp(smtp)) => match smtp.send(&letter, &written)? {
            Sent::Taken => tracing::info!(message = %letter.id, "mail sent"),
            // Trying again would be refused again; the reason is for the operator.
            Sent::Refused(reason) => {
                tracing::warn!(message = %letter.id, reason, "a mail was refused for good");
            }
        },
        Some(Outbox::Inbox) | None => inbox::store(flow, into_message(flow, letter, written))?,
    }
    Ok(())
}

/// Puts one text message into the inbox: there is no provider that carries them.
pub(crate) fn text(flow: &FlowCx, payload: Json) -> Result<()> {
    let Text { id, to, text } = serde_json::from_value(payload).map_err(Error::internal)?;
    tracing::info!(message = %id, "a text message is in the built-in inbox");
    let created_at = flow.now();
    inbox::store(
        flow,
        Message { id, kind: Kind::Sms, to, subject: None, text, html: None, created_at },
    )
}

fn into_message(flow: &FlowCx, letter: Letter, written: Written) -> Message {
    let Written { subject, text, html } = written;
    Message {
        id: letter.id,
        kind: Kind::Mail,
        to: letter.to,
        subject: Some(subject),
        text,
        html: Some(html),
        created_at: flow.now(),
    }
}
