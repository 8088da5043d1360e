//! Sending mail through a server: SMTP over TLS, after STARTTLS, or plain on this machine.
//!
//! Addresses and headers are built by the mail library from parsed values, never by joining text, so
//! nothing that a person typed can become a header of its own.
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use lettre::address::Address;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::response::Category;
use lettre::{Message, SmtpTransport, Transport};
use percent_encoding::percent_decode_str;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Seconds;
use vestibule_kernel::{Error, Kind, Result};

use crate::deliver::Sent;
use crate::{Letter, Written};

/// How the connection to the server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte; port 465 where none is given.
    Tls,
    /// Plain until both sides turn to TLS, which must happen; port 587 where none is given.
    #[default]
    StartTls,
    /// Not at all, for a server on this machine alone; port 25 where none is given.
    None,
}

/// What the program was told of the server that takes its mail.
#[derive(Clone, Debug)]
pub struct SmtpOptions {
    /// The name of the server.
    pub host: String,
    /// Its port, where it is not the usual one.
    pub port: Option<u16>,
    /// How the connection is protected.
    pub security: Security,
    /// Who we are to the server; none for a server that asks nobody.
    pub credentials: Option<(String, Secret)>,
    /// Whom mails come from: `mail@example.com` or `Example <mail@example.com>`.
    pub from: String,
    /// A PEM certificate authority to trust besides the public ones.
    pub authority: Option<Vec<u8>>,
    /// How long the server may take for each step.
    pub timeout: Seconds,
}

/// How long a server may take for each step, where nothing is said.
pub const TIMEOUT_SECONDS: Seconds = 15;

impl SmtpOptions {
    /// A server with the usual port, protected by STARTTLS, that asks for no password.
    pub fn new(host: impl Into<String>, from: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port: None,
            security: Security::default(),
            credentials: None,
            from: from.into(),
            authority: None,
            timeout: TIMEOUT_SECONDS,
        }
    }

    /// The server at an address such as `smtp://user:password@mail.example.com`, which turns to TLS,
    /// or `smtps://…`, which begins with it. `smtp://` to this machine stays plain.
    pub fn at(address: &str, from: impl Into<String>) -> Result<Self> {
        // No refusal repeats the address: it holds the password.
        let not_an_address = || {
            refused("the address is none like smtp://user:password@mail.example.com:587".to_owned())
        };
        let url = url::Url::parse(address).map_err(|_| not_an_address())?;
        let host = url.host_str().filter(|it| !it.is_empty()).ok_or_else(not_an_address)?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let extra = url.query().is_some() || url.fragment().is_some();
        if extra || !matches!(url.path(), "" | "/") {
            return Err(refused("nothing may follow the port in the address".to_owned()));
        }
        let security = match url.scheme() {
            "smtps" => Security::Tls,
            "smtp" if is_this_machine(host) => Security::None,
            "smtp" => Security::StartTls,
            _ => return Err(not_an_address()),
        };
        let plain = |it: &str| {
            let text = percent_decode_str(it).decode_utf8().map_err(|_| not_an_address())?;
            Ok::<String, Error>(text.into_owned())
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => {
                Some((plain(user)?, Secret::new(plain(password.unwrap_or_default())?)))
            }
        };
        Ok(Self { port: url.port(), security, credentials, ..Self::new(host, from) })
    }
}

/// A server that takes mail.
pub struct Smtp {
    // Boxed, for it is large.
    transport: Box<SmtpTransport>,
    from: Mailbox,
    server: String,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Smtp at {}", self.server)
    }
}

impl Smtp {
    /// Checks the options; connects to nothing yet.
    pub fn new(options: SmtpOptions) -> Result<Self> {
        let SmtpOptions { host, port, security, credentials, from, authority, timeout } = options;
        let from = from.parse::<Mailbox>().map_err(|_| {
            refused(format!(
                "'{from}' is no sender. Write mail@example.com or Example <mail@example.com>"
            ))
        })?;
        let (usual_port, tls) = match security {
            Security::Tls => (465, Tls::Wrapper(tls(&host, authority)?)),
            Security::StartTls => (587, Tls::Required(tls(&host, authority)?)),
            Security::None if is_this_machine(&host) => (25, Tls::None),
            Security::None => {
                return Err(refused(format!(
                    "'{host}' is another machine, and mail holds codes that sign people in. \
                     Protect the connection by TLS or STARTTLS"
                )));
            }
        };
        let port = port.unwrap_or(usual_port);
        let mut transport = SmtpTransport::builder_dangerous(&host)
            .port(port)
            .tls(tls)
            .timeout(Some(Duration::from_secs(timeout.into())));
        if let Some((user, password)) = credentials {
            transport = transport.credentials(Credentials::new(user, password.reveal().to_owned()));
        }
        Ok(Self { transport: Box::new(transport.build()), from, server: format!("{host}:{port}") })
    }

    /// Asks the server whether it is there and knows us.
    pub fn check(&self) -> Result<()> {
        match self.transport.test_connection() {
            Ok(true) => Ok(()),
            Ok(false) => Err(unreachable(&self.server)),
            Err(error) => Err(unreachable(&self.server).caused_by(error)),
        }
    }

    /// Hands a mail to the server; it comes from `sender`, or else from whom the options say.
    pub(crate) fn send(
        &self,
        letter: &Letter,
        written: &Written,
        sender: Option<&str>,
    ) -> Result<Sent> {
        let Ok(to) = letter.to.parse::<Address>() else {
            return Ok(Sent::Refused("the address is none".to_owned()));
        };
        let own = sender.and_then(|it| it.parse::<Address>().ok());
        let from = own.unwrap_or_else(|| self.from.email.clone());
        let message = self.message(from, to, letter, written)?;
        match self.transport.send(&message) {
            Ok(_) => Ok(Sent::Taken),
            // 55x is about this mail; other refusals, such as of our password, are not its fault.
            Err(error)
                if error.is_permanent()
                    && error.status().is_some_and(|it| it.category == Category::MailSystem) =>
            {
                Ok(Sent::Refused(error.to_string()))
            }
            Err(error) => Err(unreachable(&self.server).caused_by(error)),
        }
    }

    fn message(
        &self,
        from: Address,
        to: Address,
        letter: &Letter,
        written: &Written,
    ) -> Result<Message> {
        let Written { subject, text, html, sender } = written.clone();
        let name = sender.or_else(|| self.from.name.clone());
        let millis = u64::try_from(letter.created_at.millis()).unwrap_or_default();
        // A mail that is sent again by accident is then known to be the same.
        let message_id = format!("<{}@{}>", letter.id, from.domain());
        MessageBuilder::new()
            .from(Mailbox::new(name, from))
            .to(Mailbox::new(None, to))
            .subject(subject)
            .date(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
            .message_id(Some(message_id))
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(text, html))
            .map_err(Error::internal)
    }
}

/// Keeps "I am on holiday" from being answered to us (RFC 3834 §5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }
    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }
    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

fn tls(host: &str, authority: Option<Vec<u8>>) -> Result<TlsParameters> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(pem) = authority {
        let certificate = Certificate::from_pem(&pem).map_err(|it| {
            refused("the certificate authority is no PEM certificate".to_owned()).caused_by(it)
        })?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|it| refused(format!("'{host}' is no name for TLS")).caused_by(it))
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

fn refused(why: String) -> Error {
    Error::plain(Kind::Invalid, format!("Cannot send mail by SMTP: {why}."))
}

fn unreachable(server: &str) -> Error {
    let text = format!("The mail server {server} did not take it. Look at its log and at ours.");
    Error::new(Kind::Unavailable, "unavailable", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Host, port, protection, and who we are.
    type Read = (String, Option<u16>, Security, Option<(String, String)>);

    fn at(address: &str) -> Option<Read> {
        let it = SmtpOptions::at(address, "mail@acme.test").ok()?;
        let credentials = it.credentials.map(|(user, it)| (user, it.reveal().to_owned()));
        Some((it.host, it.port, it.security, credentials))
    }

    #[test]
    fn an_address_tells_server_protection_and_credentials() {
        let host = || "mail.acme.test".to_owned();
        assert_eq!(at("smtp://mail.acme.test"), Some((host(), None, Security::StartTls, None)));
        assert_eq!(
            at("smtps://me%40acme.test:p%2Fw%3A@mail.acme.test:2465/"),
            Some((
                host(),
                Some(2465),
                Security::Tls,
                Some(("me@acme.test".to_owned(), "p/w:".to_owned()))
            ))
        );
        for (address, host) in [
            ("smtp://127.0.0.1:25", "127.0.0.1"),
            ("smtp://localhost:25", "localhost"),
            ("smtp://[::1]:25", "::1"),
        ] {
            assert_eq!(at(address), Some((host.to_owned(), Some(25), Security::None, None)));
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_repeated() {
        for address in [
            "",
            "mail.acme.test",
            "smtp://",
            "https://me:hunter2@mail.acme.test",
            "smtp://me:hunter2@mail.acme.test/path",
            "smtp://me:hunter2@mail.acme.test?tls=no",
            "smtp://me:hunter2@mail.acme.test:port",
            "smtp://me:%ffhunter2@mail.acme.test",
        ] {
            let error = SmtpOptions::at(address, "mail@acme.test").unwrap_err();
            assert!(!error.message().contains("hunter2"), "{error}");
        }
    }
}
