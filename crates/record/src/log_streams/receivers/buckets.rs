//! Buckets: each batch becomes an object of JSON lines, compressed with gzip, at
//! `PREFIX/ORGANIZATION/YYYY-MM-DD/STREAM_FIRST-LAST.jsonl.gz`; or each event becomes one of JSON, at
//! `PREFIX/YYYY-MM-DD/TIME_ID.json` in S3 and `PREFIX/TIME_ID.json` in Google's store.
//!
//! First and last are places in the chain, and the day is that of the first event: so what is sent
//! again takes the place of its first copy. `object_store` knows the protocols; what it sends goes by
//! our own way out.
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::try_join_all;
use http_body_util::BodyExt;
use object_store::aws::{AmazonS3Builder, Checksum};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use object_store::gcp::{GoogleCloudStorageBuilder, ServiceAccountKey};
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, ClientOptions, ObjectStore, PutOptions, PutPayload, RetryConfig,
};
use parking_lot::Mutex;
use serde::Deserialize;
use vestibule_kernel::App;
use vestibule_kernel::net::Net;
use vestibule_kernel::net::http::Failure;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;

use super::super::batch::Document;
use super::super::destination::{BucketObjects, GoogleCloudStorage, S3};
use super::assumed_role::{Assuming, Keys};
use super::{
    ANSWER_BYTES_MAX, Answer, Parcel, REQUEST_TIME_MAX, RefusalKind, Said, gzip, lines, no_form,
};

/// Codes that a store answers with where keys are wrong; some of them come with the status 400.
const CODES_OF_CREDENTIALS: &[&str] = &[
    "<Code>AuthorizationHeaderMalformed</Code>",
    "<Code>ExpiredToken</Code>",
    "<Code>InvalidAccessKeyId</Code>",
    "<Code>InvalidToken</Code>",
    "<Code>SignatureDoesNotMatch</Code>",
];
/// How many objects of a batch are on their way at once.
const AT_ONCE: usize = 16;
/// How long the objects of a batch may take, well within what handing it over may take. A batch of
/// half as many may be done in time.
const OBJECTS_TIME_MAX: Duration = Duration::from_secs(45);
/// Where Google's store is.
const GOOGLE: &str = "https://storage.googleapis.com";

pub(super) async fn send_to_s3(parcel: &Parcel<'_>, to: &S3) -> Answer {
    let Some(role) = Assuming::of(parcel, to) else {
        return put_into_s3(parcel, to, &Keys::of(to)).await;
    };
    let key = role.key();
    let kept = parcel.tokens.roles.get(&key, parcel.app.now());
    let was_kept = kept.is_some();
    let keys = match kept {
        Some(keys) => keys,
        None => match role.ask(parcel, &key).await {
            Ok(keys) => keys,
            Err(answer) => return *answer,
        },
    };
    let answer = put_into_s3(parcel, to, &keys).await;
    if !answer.refuses_credentials() {
        return answer;
    }
    parcel.tokens.roles.forget(&key);
    if !was_kept {
        return answer;
    }
    // Those that were kept may have been revoked since; fresh ones say whether that was all.
    match role.ask(parcel, &key).await {
        Ok(keys) => put_into_s3(parcel, to, &keys).await,
        Err(answer) => *answer,
    }
}

async fn put_into_s3(parcel: &Parcel<'_>, to: &S3, keys: &Keys) -> Answer {
    let way = Way::out(parcel.app);
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&to.bucket)
        .with_region(&to.region)
        .with_access_key_id(&keys.id)
        .with_secret_access_key(keys.secret.reveal())
        .with_allow_http(true)
        // Buckets that keep objects from being overwritten ask for one.
        .with_checksum_algorithm(Checksum::SHA256)
        .with_retry(no_retry())
        .with_http_connector(way.clone());
    if let Some(endpoint) = &to.endpoint {
        builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
    }
    if let Some(token) = &keys.token {
        builder = builder.with_token(token.reveal());
    }
    let answer = match builder.build() {
        Ok(store) => {
            let bucket = Bucket { store: &store, way: &way, prefix: to.prefix.as_deref() };
            match to.objects {
                BucketObjects::Batches => bucket.put_batch(parcel).await,
                BucketObjects::Events => bucket.put_events(parcel, in_a_folder_of_its_day).await,
            }
        }
        Err(error) => Answer::refused(RefusalKind::Credentials, error.to_string()),
    };
    answer.without(&keys.secrets())
}

pub(super) async fn send_to_google(parcel: &Parcel<'_>, to: &GoogleCloudStorage) -> Answer {
    let way = Way::out(parcel.app);
    let store = GoogleCloudStorageBuilder::new()
        .with_bucket_name(&to.bucket)
        .with_service_account_key(to.service_account.reveal())
        .with_base_url(to.endpoint.as_deref().unwrap_or(GOOGLE).trim_end_matches('/'))
        .with_retry(no_retry())
        .with_http_connector(way.clone())
        .build();
    match store {
        Ok(store) => {
            let bucket = Bucket { store: &store, way: &way, prefix: to.prefix.as_deref() };
            match to.objects {
                BucketObjects::Batches => bucket.put_batch(parcel).await,
                BucketObjects::Events => bucket.put_events(parcel, by_its_time).await,
            }
        }
        Err(error) => Answer::refused(RefusalKind::Credentials, error.to_string()),
    }
}

/// Tells what is wrong with the key of a service account, so that it is told where it is given.
pub(in super::super) fn check_service_account(secret: &Secret) -> Option<(&'static str, String)> {
    #[derive(Deserialize)]
    struct Account {
        private_key: String,
        #[serde(rename = "private_key_id")]
        _private_key_id: String,
        #[serde(rename = "client_email")]
        _client_email: String,
    }
    let refused = |why: &str| Some(("service_account", why.to_owned()));
    let Ok(account) = serde_json::from_str::<Account>(secret.reveal()) else {
        return refused("Not the JSON file of a service account's key.");
    };
    match ServiceAccountKey::from_pem(account.private_key.as_bytes()) {
        Ok(_) => None,
        Err(_) => refused("The private key in it is no RSA key in PEM."),
    }
}

/// The sender knows better when to try again.
fn no_retry() -> RetryConfig {
    RetryConfig { max_retries: 0, ..RetryConfig::default() }
}

/// A store, and where in it objects are written.
struct Bucket<'a> {
    store: &'a dyn ObjectStore,
    way: &'a Way,
    prefix: Option<&'a str>,
}

impl Bucket<'_> {
    async fn put_batch(&self, parcel: &Parcel<'_>) -> Answer {
        let body = match lines(&parcel.batch.events) {
            Ok(body) => body,
            Err(error) => return no_form(error),
        };
        let body = match gzip(&body) {
            Ok(body) => body,
            Err(error) => return no_form(error),
        };
        let day = day(parcel.batch.begun_at);
        let name = format!("{}/{day}/{}.jsonl.gz", parcel.organization, parcel.batch.name);
        match self.put(&name, body, "application/gzip").await {
            Ok(()) => Answer { status_code: Some(200), ..Answer::taken() },
            Err(answer) => answer,
        }
    }

    /// Puts each event at the place that `name` gives it. Where one is refused, no further ones are
    /// begun, and the batch is tried again.
    async fn put_events(&self, parcel: &Parcel<'_>, name: fn(&Document) -> String) -> Answer {
        let all = async {
            for events in parcel.batch.events.chunks(AT_ONCE) {
                try_join_all(events.iter().map(|it| self.put_event(name(it), it))).await?;
            }
            Ok(())
        };
        match tokio::time::timeout(OBJECTS_TIME_MAX, all).await {
            Ok(Ok(())) => Answer { status_code: Some(200), ..Answer::taken() },
            Ok(Err(answer)) => answer,
            Err(_) => {
                let count = parcel.batch.events.len();
                let why = format!("The store did not take {count} objects in time.");
                Answer::refused(RefusalKind::TooLarge, why)
            }
        }
    }

    async fn put_event(&self, name: String, event: &Document) -> Result<(), Answer> {
        let body = serde_json::to_vec_pretty(event).map_err(no_form)?;
        self.put(&name, body, "application/json").await
    }

    async fn put(&self, name: &str, body: Vec<u8>, kind: &'static str) -> Result<(), Answer> {
        let attributes = Attributes::from_iter([(Attribute::ContentType, kind)]);
        let options = PutOptions { attributes, ..PutOptions::default() };
        let path = Path::from(format!("{}{name}", self.prefix.unwrap_or_default()));
        let Err(error) = self.store.put_opts(&path, PutPayload::from(body), options).await else {
            return Ok(());
        };
        Err(match self.way.refused.lock().take() {
            Some(Ok(said)) => judge(said),
            Some(Err(failure)) => Answer::failed(&failure),
            None => Answer::refused(RefusalKind::Passing, error.to_string()),
        })
    }
}

/// The date of a time: `2026-01-15`.
fn day(time: Time) -> String {
    time.to_string().chars().take_while(|it| *it != 'T').collect()
}

fn by_its_time(event: &Document) -> String {
    format!("{}_{}.json", event.content.occurred_at, event.id)
}

fn in_a_folder_of_its_day(event: &Document) -> String {
    format!("{}/{}", day(event.content.occurred_at), by_its_time(event))
}

fn judge(said: Said) -> Answer {
    let of_credentials = CODES_OF_CREDENTIALS.iter().any(|it| said.body.contains(it));
    let mut answer = said.judge();
    if let Some(refusal) = &mut answer.refusal
        && of_credentials
    {
        refusal.kind = RefusalKind::Credentials;
    }
    answer
}

/// What `object_store` sends by: our own way out. It keeps what the store refused something with.
#[derive(Clone, Debug)]
struct Way {
    net: Arc<Net>,
    refused: Arc<Mutex<Option<Result<Said, Failure>>>>,
}

impl Way {
    fn out(app: &App) -> Self {
        Self { net: app.net().clone(), refused: Arc::default() }
    }
}

impl HttpConnector for Way {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Way {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes().to_vec();
        let request = http::Request::from_parts(head, body);
        let answer = match self.net.http().pass(request, REQUEST_TIME_MAX).await {
            Ok(answer) => answer,
            Err(failure) => {
                let error =
                    HttpError::new(HttpErrorKind::Unknown, std::io::Error::other("no answer"));
                *self.refused.lock() = Some(Err(failure));
                return Err(error);
            }
        };
        let (status, headers) = (answer.status(), answer.headers().clone());
        let retry_after = answer.header("retry-after").and_then(|it| it.trim().parse().ok());
        let body = answer.beginning(ANSWER_BYTES_MAX).await;
        if !(200..300).contains(&status) {
            let text = String::from_utf8_lossy(&body).into_owned();
            *self.refused.lock() = Some(Ok(Said { status, retry_after, body: text }));
        }
        let mut made = HttpResponse::new(body.into());
        *made.headers_mut() = headers;
        *made.status_mut() = http::StatusCode::from_u16(status)
            .map_err(|it| HttpError::new(HttpErrorKind::Decode, it))?;
        Ok(made)
    }
}
