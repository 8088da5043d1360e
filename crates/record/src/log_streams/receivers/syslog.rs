//! Syslog over TLS: messages of RFC 5424, each with its length before it (RFC 5425).
//!
//! The protocol has no word for "taken". So each batch gets a connection of its own, and counts as
//! taken once the receiver has closed it in answer to our closing it: it has then read all of it. One
//! that broke, or stays open, does not count, and the batch is sent again.
use std::io::{Error, ErrorKind};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;
use vestibule_kernel::net::http::Failure;

use super::super::batch::Document;
use super::super::destination::Syslog;
use super::{Answer, Parcel, REQUEST_TIME_MAX, no_form};

const PORT: u16 = 6514;
/// Log audit (RFC 5424 §6.2.1).
const FACILITY: u8 = 13;
const SEVERITY_INFORMATIONAL: u8 = 6;
const APP_NAME: &str = "vestibule";
/// How long a host's name and a message's kind may be, in characters (RFC 5424 §6).
const HOSTNAME_CHARS_MAX: usize = 255;
const MSGID_CHARS_MAX: usize = 32;
/// What stands where there is nothing to say.
const NIL: &str = "-";

pub(super) async fn send(parcel: &Parcel<'_>, to: &Syslog) -> Answer {
    let host = own_host(&parcel.app.options().public_url);
    let mut frames = Vec::new();
    for event in &parcel.batch.events {
        match message(event, to, &host) {
            Ok(message) => {
                frames.extend_from_slice(format!("{} ", message.len()).as_bytes());
                frames.extend_from_slice(&message);
            }
            Err(error) => return no_form(error),
        }
    }
    let port = to.port.unwrap_or(PORT);
    let connected =
        parcel.app.net().connect_tls(&to.host, port, &to.trust(), REQUEST_TIME_MAX).await;
    let mut stream = match connected {
        Ok(stream) => stream,
        Err(failure) => return Answer::failed(&failure),
    };
    let hand_over = async {
        stream.write_all(&frames).await?;
        stream.shutdown().await?;
        read_to_end(&mut stream).await
    };
    match tokio::time::timeout(REQUEST_TIME_MAX, hand_over).await {
        Ok(Ok(())) => Answer::taken(),
        Ok(Err(error)) => Answer::failed(&Failure::Unreachable(error.to_string())),
        Err(_) => Answer::failed(&Failure::TimedOut),
    }
}

/// Waits until the other side has closed the connection, with the words of TLS or without.
async fn read_to_end(stream: &mut (impl AsyncReadExt + Unpin)) -> Result<(), Error> {
    let mut buffer = [0; 512];
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) => return Ok(()),
            Ok(_) => (),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// `<PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG`. The message is the event in
/// JSON, and says with its first bytes that it is UTF-8.
fn message(event: &Document, to: &Syslog, host: &str) -> serde_json::Result<Vec<u8>> {
    let priority = to.facility.unwrap_or(FACILITY) * 8 + SEVERITY_INFORMATIONAL;
    let time = serde_json::to_value(event.content.occurred_at)?;
    let time = time.as_str().unwrap_or(NIL);
    let app_name = to.app_name.as_deref().unwrap_or(APP_NAME);
    let kind = printable(&event.content.action, MSGID_CHARS_MAX);
    let head = format!("<{priority}>1 {time} {host} {app_name} {NIL} {kind} {NIL} \u{feff}");
    let mut message = head.into_bytes();
    serde_json::to_writer(&mut message, event)?;
    Ok(message)
}

/// The host that we are reached at.
fn own_host(public_url: &str) -> String {
    let url = Url::parse(public_url).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    printable(host.trim_matches(['[', ']']), HOSTNAME_CHARS_MAX)
}

/// The text in the characters that the head of a message may hold.
fn printable(text: &str, chars_max: usize) -> String {
    let text: String = text.chars().filter(char::is_ascii_graphic).take(chars_max).collect();
    if text.is_empty() { NIL.to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_message_holds_printable_ascii_alone() {
        assert_eq!(printable("user.signed_in", 32), "user.signed_in");
        assert_eq!(printable("a b\nc<ü>", 32), "abc<>");
        assert_eq!(printable(&"x".repeat(40), 32).len(), 32);
        assert_eq!(printable("ü \n", 32), "-");
        assert_eq!(own_host("https://auth.acme.example:4100/x"), "auth.acme.example");
        assert_eq!(own_host("http://[::1]:4100"), "::1");
    }
}
