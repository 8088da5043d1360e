//! Handing a batch over: one file for each kind of receiver, and how all are judged.
//!
//! Whatever goes out goes by the guarded way out, so a receiver is never an address that is not
//! public. What a receiver answers is shown to whoever made the stream, without the credentials,
//! which it may have repeated.
mod assumed_role;
mod azure;
mod buckets;
mod datadog;
mod https;
mod kept;
mod splunk;
mod syslog;

use std::time::Duration;

use vestibule_kernel::App;
use vestibule_kernel::id::{AuditLogStreamId, OrganizationId};
use vestibule_kernel::net::http::Failure;
use vestibule_kernel::secret::Secret;

pub(super) use buckets::check_service_account;
pub(super) use kept::Tokens;

use super::Stream;
use super::batch::Batch;
use super::destination::Destination;

/// How long one request may take.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(20);
/// How long handing a batch over may take, with all its requests; the lease outlasts it.
const HAND_OVER_TIME_MAX: Duration = Duration::from_mins(1);
/// How much of an answer is looked at.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// How much of an answer is kept, in characters.
const RESPONSE_CHARS_MAX: usize = 500;
/// How hard batches are compressed: more costs more than it saves.
const COMPRESSION: flate2::Compression = flate2::Compression::new(5);

/// What a receiver said of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status_code: Option<u16>,
    /// How its answer begins.
    pub(super) response: Option<String>,
    /// Why it did not take the batch; nothing where it did.
    pub(super) refusal: Option<Refusal>,
}

/// Why a receiver did not take a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) kind: RefusalKind,
    pub(super) why: String,
    /// When it wants to be asked again, in seconds.
    pub(super) retry_after: Option<i64>,
}

/// What a refusal says of the next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefusalKind {
    /// Somebody must look after the credentials.
    Credentials,
    /// A smaller batch may be taken.
    TooLarge,
    /// The same may be taken later.
    Passing,
}

impl Answer {
    fn taken() -> Self {
        Self::default()
    }
    fn refused(kind: RefusalKind, why: impl Into<String>) -> Self {
        let refusal = Refusal { kind, why: why.into(), retry_after: None };
        Self { refusal: Some(refusal), ..Self::default() }
    }
    fn failed(failure: &Failure) -> Self {
        Self::refused(RefusalKind::Passing, failure.to_string())
    }
    fn refuses_credentials(&self) -> bool {
        self.refusal.as_ref().is_some_and(|it| it.kind == RefusalKind::Credentials)
    }

    /// The same without what must stay secret.
    fn without(mut self, secrets: &[&Secret]) -> Self {
        let clean = |text: &mut String| {
            // PostgreSQL keeps no text that has this in it.
            *text = text.replace('\0', "\u{fffd}");
            for secret in secrets.iter().filter(|it| !it.reveal().is_empty()) {
                *text = text.replace(secret.reveal(), "[secret]");
            }
        };
        if let Some(text) = &mut self.response {
            clean(text);
            *text = text.chars().take(RESPONSE_CHARS_MAX).collect();
        }
        if let Some(refusal) = &mut self.refusal {
            clean(&mut refusal.why);
        }
        self
    }
}

/// A batch on its way: what each kind of receiver needs to know.
struct Parcel<'a> {
    app: &'a App,
    tokens: &'a Tokens,
    organization: &'a OrganizationId,
    stream: &'a AuditLogStreamId,
    source: &'a str,
    batch: &'a Batch,
}

/// Hands a batch to the receiver of a stream, once.
pub(super) async fn hand_over(
    app: &App,
    tokens: &Tokens,
    stream: &Stream,
    batch: &Batch,
) -> Answer {
    let parcel = Parcel {
        app,
        tokens,
        organization: &stream.shown.organization_id,
        stream: &stream.shown.id,
        source: stream.source(),
        batch,
    };
    let sending = async {
        match &stream.to {
            Destination::AzureSentinel(to) => azure::send(&parcel, to).await,
            Destination::Datadog(to) => datadog::send(&parcel, to).await,
            Destination::GenericHttps(to) => https::send(&parcel, to).await,
            Destination::GoogleCloudStorage(to) => buckets::send_to_google(&parcel, to).await,
            Destination::S3(to) => buckets::send_to_s3(&parcel, to).await,
            Destination::Splunk(to) => splunk::send(&parcel, to).await,
            Destination::Syslog(to) => syslog::send(&parcel, to).await,
        }
    };
    let answer = tokio::time::timeout(HAND_OVER_TIME_MAX, sending).await;
    let answer = answer.unwrap_or_else(|_| Answer::failed(&Failure::TimedOut));
    answer.without(&stream.secrets())
}

/// A request for one of the services.
struct Post<'a> {
    url: &'a str,
    headers: Vec<(&'a str, String)>,
    body: Vec<u8>,
}

/// Sends a request by POST and judges the answer by its status alone.
async fn post(app: &App, request: Post<'_>) -> Answer {
    match exchange(app, request).await {
        Ok(said) => said.judge(),
        Err(failure) => Answer::failed(&failure),
    }
}

/// What a service answered.
struct Said {
    status: u16,
    retry_after: Option<i64>,
    body: String,
}

impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The body may be a token.
        write!(f, "Said {} with {} bytes", self.status, self.body.len())
    }
}

async fn exchange(app: &App, request: Post<'_>) -> Result<Said, Failure> {
    let Post { url, headers, body } = request;
    let mut made = http::Request::post(url);
    for (name, value) in headers {
        made = made.header(name, value);
    }
    let made = made.body(body).map_err(|it| Failure::Target(it.to_string()))?;
    pass(app, made).await
}

async fn pass(app: &App, request: http::Request<Vec<u8>>) -> Result<Said, Failure> {
    let answer = app.net().http().pass(request, REQUEST_TIME_MAX).await?;
    let status = answer.status();
    let retry_after = answer.header("retry-after").and_then(|it| it.trim().parse().ok());
    let body = answer.beginning(ANSWER_BYTES_MAX).await;
    Ok(Said { status, retry_after, body: String::from_utf8_lossy(&body).into_owned() })
}

impl Said {
    /// What a status says, wherever nothing else is agreed.
    fn judge(self) -> Answer {
        let Self { status, retry_after, body } = self;
        let kind = match status {
            200..=299 => None,
            401 | 403 => Some(RefusalKind::Credentials),
            413 => Some(RefusalKind::TooLarge),
            _ => Some(RefusalKind::Passing),
        };
        let why = match status {
            300..=399 => format!("The receiver answered {status}; redirects are not followed."),
            _ => format!("The receiver answered {status}."),
        };
        let refusal = kind.map(|kind| Refusal { kind, why, retry_after });
        Answer { status_code: Some(status), response: some_text(body), refusal }
    }
}

fn some_text(text: String) -> Option<String> {
    (!text.trim().is_empty()).then_some(text)
}

/// Why a batch has no JSON form, which must never be.
fn no_form(error: impl std::fmt::Display) -> Answer {
    Answer::refused(RefusalKind::Passing, format!("The batch cannot be written: {error}."))
}

/// One JSON text on each line.
fn lines<T: serde::Serialize>(items: impl IntoIterator<Item = T>) -> serde_json::Result<Vec<u8>> {
    let mut body = Vec::new();
    for item in items {
        serde_json::to_writer(&mut body, &item)?;
        body.push(b'\n');
    }
    Ok(body)
}

fn gzip(body: &[u8]) -> std::io::Result<Vec<u8>> {
    use std::io::Write;
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), COMPRESSION);
    writer.write_all(body)?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_tells_what_becomes_of_the_batch() {
        let judged = |status| {
            let said = Said { status, retry_after: Some(7), body: "said".to_owned() };
            said.judge().refusal.map(|it| it.kind)
        };
        for status in [200, 201, 202, 204] {
            assert_eq!(judged(status), None);
        }
        for status in [401, 403] {
            assert_eq!(judged(status), Some(RefusalKind::Credentials));
        }
        assert_eq!(judged(413), Some(RefusalKind::TooLarge));
        for status in [301, 400, 404, 408, 429, 500, 503] {
            assert_eq!(judged(status), Some(RefusalKind::Passing), "{status}");
        }
    }

    #[test]
    fn a_receiver_that_repeats_the_credentials_does_not_show_them() {
        let secret = Secret::new("token-4100");
        let mut answer = Answer::refused(RefusalKind::Credentials, "no token-4100 here");
        answer.response = Some("you sent token-4100".to_owned());
        let answer = answer.without(&[&secret, &Secret::new("")]);
        assert_eq!(answer.response.unwrap(), "you sent [secret]");
        assert_eq!(answer.refusal.unwrap().why, "no [secret] here");
    }
}
