//! Sending text messages: through a webhook of the operator's, or through the API of Twilio and of
//! those who answer it.
//!
//! Both go out by the guarded client of the program. No refusal and no log repeats the address that
//! was set, which holds a password, nor the message, which holds a code.
mod twilio;
mod webhook;

use percent_encoding::percent_decode_str;
use url::Url;
use vestibule_kernel::net::http::{Failure, Outgoing, Received};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Error, FlowCx, Kind, Method, Result};

pub use twilio::Twilio;
pub use webhook::Webhook;

use crate::Text;
use crate::deliver::Sent;

/// How much of an answer is read.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// How long a provider may take.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(15);

/// Where text messages go: an extension of the program, chosen at its start. Without one they go to
/// the built-in inbox.
#[derive(Debug)]
pub enum Carrier {
    /// To the built-in inbox.
    Inbox,
    /// To a webhook that passes them on.
    Webhook(Webhook),
    /// To Twilio, or a provider that answers its API.
    Twilio(Twilio),
}

impl Carrier {
    /// The carrier at an address: `twilio://ACCOUNT:TOKEN@api.twilio.com`, which needs `from`, or an
    /// `https://…` webhook, which needs the secret that its requests are signed with.
    /// `twilio+http://…` and `http://…` are for providers inside of one's own network.
    pub fn at(address: &str, from: Option<&str>, secret: Option<Secret>) -> Result<Self> {
        let url = Url::parse(address).map_err(|_| not_an_address())?;
        match url.scheme() {
            "twilio" => Twilio::new(&url, "https", from).map(Self::Twilio),
            "twilio+http" => Twilio::new(&url, "http", from).map(Self::Twilio),
            "https" | "http" => Webhook::new(url, secret).map(Self::Webhook),
            _ => Err(not_an_address()),
        }
    }

    /// Whether the address may be called, as far as its text tells.
    pub fn check(&self, http: &vestibule_kernel::net::http::Http) -> Result<()> {
        let url = match self {
            Self::Inbox => return Ok(()),
            Self::Webhook(it) => it.url(),
            Self::Twilio(it) => it.url(),
        };
        match http.target(url) {
            Ok(_) => Ok(()),
            Err(why) => Err(refused(why.to_string())),
        }
    }
}

/// Sends a request; none where there was no answer that tells anything.
fn exchange(flow: &FlowCx, url: &str, request: Request) -> Result<Received> {
    let http = flow.app.net().http();
    let Request { headers, body } = request;
    let sent = http.target(url).and_then(|target| {
        let method = Method::Post;
        http.exchange(
            Outgoing { method, target, headers, body, timeout: TIMEOUT },
            ANSWER_BYTES_MAX,
        )
    });
    sent.map_err(|why: Failure| unreachable().caused_by(why))
}

/// What is posted.
struct Request {
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// What a status says of the message: taken, refused for good, or to be tried again. A refusal of
/// who we are (401, 403, 404) is the operator's to mend, and no fault of the message.
fn judge(status: u16, refusal: impl FnOnce() -> String) -> Result<Sent> {
    match status {
        200..=299 => Ok(Sent::Taken),
        400 | 410 | 413 | 422 => Ok(Sent::Refused(refusal())),
        _ => Err(unreachable().caused_by(format!("the provider answered {status}"))),
    }
}

/// What a client of ours sends a provider is tried again later.
fn unreachable() -> Error {
    let text = "The provider of text messages did not take it. Look at its log and at ours.";
    Error::new(Kind::Unavailable, "unavailable", text)
}

fn not_an_address() -> Error {
    refused(
        "the address is none like twilio://ACCOUNT:TOKEN@api.twilio.com or \
         https://hooks.example.com/sms"
            .to_owned(),
    )
}

fn refused(why: String) -> Error {
    let why = why.trim_end_matches('.');
    Error::plain(Kind::Invalid, format!("Cannot send text messages: {why}."))
}

/// Text of an address without its percent encoding.
fn plain(text: &str) -> Result<String> {
    let text = percent_decode_str(text).decode_utf8().map_err(|_| not_an_address())?;
    Ok(text.into_owned())
}

/// A message that a provider cannot read as anything else than one to this number.
fn is_number(to: &str) -> bool {
    let digits = to.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_digit())
}

impl Carrier {
    /// Hands a message over; none where the inbox is to take it.
    pub(crate) fn send(&self, flow: &FlowCx, text: &Text) -> Result<Option<Sent>> {
        if !is_number(&text.to) {
            return Ok(Some(Sent::Refused("the telephone number is none".to_owned())));
        }
        match self {
            Self::Inbox => Ok(None),
            Self::Webhook(it) => it.send(flow, text).map(Some),
            Self::Twilio(it) => it.send(flow, text).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str, from: Option<&str>) -> Result<Carrier> {
        Carrier::at(address, from, Some(Secret::new("whsec_test")))
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_repeated() {
        for address in [
            "",
            "api.twilio.com",
            "smtp://AC1:hunter2@api.twilio.com",
            "twilio://",
            "twilio://AC1@api.twilio.com",
            "twilio://:hunter2@api.twilio.com",
            "twilio://AC1:hunter2@api.twilio.com/path",
            "twilio://AC1:hunter2@api.twilio.com?x=y",
            "twilio://AC%2F1:hunter2@api.twilio.com",
            "https://me:hunter2@hooks.example",
        ] {
            let error = at(address, Some("+15555550100")).unwrap_err();
            assert!(!error.message().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn each_kind_of_carrier_needs_what_it_needs() {
        let twilio = "twilio://AC1:token@api.twilio.com";
        assert!(at(twilio, Some("+15555550100")).is_ok());
        assert!(at(twilio, None).unwrap_err().message().contains("sms-from"));
        let webhook = "https://hooks.example/sms";
        assert!(Carrier::at(webhook, None, Some(Secret::new("whsec_test"))).is_ok());
        for secret in [None, Some(Secret::new(""))] {
            let error = Carrier::at(webhook, None, secret).unwrap_err();
            assert!(error.message().contains("sms-secret"), "{error}");
        }
    }
}
