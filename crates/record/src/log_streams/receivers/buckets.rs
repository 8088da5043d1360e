//! Buckets: each batch becomes an object of JSON lines, compressed with gzip, at
//! `PREFIX/ORGANIZATION/YYYY-MM-DD/STREAM_FIRST-LAST.jsonl.gz`.
//!
//! First and last are places in the chain, and the day is that of the first event: so a batch that is
//! sent again takes the place of its first copy. `object_store` knows the protocols; what it sends
//! goes by our own way out.
use std::sync::Arc;

use async_trait::async_trait;
use http_body_util::BodyExt;
use object_store::aws::AmazonS3Builder;
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

use super::super::destination::{GoogleCloudStorage, S3};
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
/// Where Google's store is.
const GOOGLE: &str = "https://storage.googleapis.com";

pub(super) async fn send_to_s3(parcel: &Parcel<'_>, to: &S3) -> Answer {
    let way = Way::out(parcel.app);
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&to.bucket)
        .with_region(&to.region)
        .with_access_key_id(&to.access_key_id)
        .with_secret_access_key(to.secret_access_key.reveal())
        .with_allow_http(true)
        .with_retry(no_retry())
        .with_http_connector(way.clone());
    if let Some(endpoint) = &to.endpoint {
        builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
    }
    match builder.build() {
        Ok(store) => put(parcel, &store, &way, to.prefix.as_deref()).await,
        Err(error) => Answer::refused(RefusalKind::Credentials, error.to_string()),
    }
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
        Ok(store) => put(parcel, &store, &way, to.prefix.as_deref()).await,
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

async fn put(
    parcel: &Parcel<'_>,
    store: &dyn ObjectStore,
    way: &Way,
    prefix: Option<&str>,
) -> Answer {
    let body = match lines(&parcel.batch.events) {
        Ok(body) => body,
        Err(error) => return no_form(error),
    };
    let body = match gzip(&body) {
        Ok(body) => body,
        Err(error) => return no_form(error),
    };
    let attributes = Attributes::from_iter([(Attribute::ContentType, "application/gzip")]);
    let options = PutOptions { attributes, ..PutOptions::default() };
    let path = Path::from(key(parcel, prefix));
    let error = store.put_opts(&path, PutPayload::from(body), options).await.err();
    let said = way.said.lock().take();
    match (error, said) {
        (None, _) => Answer { status_code: Some(200), ..Answer::taken() },
        (Some(_), Some(Ok(said))) => judge(said),
        (Some(_), Some(Err(failure))) => Answer::failed(&failure),
        (Some(error), None) => Answer::refused(RefusalKind::Passing, error.to_string()),
    }
}

fn key(parcel: &Parcel<'_>, prefix: Option<&str>) -> String {
    let prefix = prefix.unwrap_or_default();
    let time = serde_json::to_value(parcel.batch.begun_at).unwrap_or_default();
    let day: String = time.as_str().unwrap_or_default().chars().take("2026-01-15".len()).collect();
    format!("{prefix}{}/{day}/{}.jsonl.gz", parcel.organization, parcel.batch.name)
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

/// What `object_store` sends by: our own way out. It keeps what the store said last.
#[derive(Clone, Debug)]
struct Way {
    net: Arc<Net>,
    said: Arc<Mutex<Option<Result<Said, Failure>>>>,
}

impl Way {
    fn out(app: &App) -> Self {
        Self { net: app.net().clone(), said: Arc::default() }
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
                *self.said.lock() = Some(Err(failure));
                return Err(error);
            }
        };
        let (status, headers) = (answer.status(), answer.headers().clone());
        let retry_after = answer.header("retry-after").and_then(|it| it.trim().parse().ok());
        let body = answer.beginning(ANSWER_BYTES_MAX).await;
        let text = String::from_utf8_lossy(&body).into_owned();
        *self.said.lock() = Some(Ok(Said { status, retry_after, body: text }));
        let mut made = HttpResponse::new(body.into());
        *made.headers_mut() = headers;
        *made.status_mut() = http::StatusCode::from_u16(status)
            .map_err(|it| HttpError::new(HttpErrorKind::Decode, it))?;
        Ok(made)
    }
}
