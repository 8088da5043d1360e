//! Where a stream leads: what must be known of each kind of receiver, and what of it is secret.
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use vestibule_kernel::net::tls::Trust;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Error, Result};

/// The longest text of a setting, in characters.
const TEXT_CHARS_MAX: usize = 2000;
/// The longest text of a file (a certificate, a key), in characters.
const FILE_CHARS_MAX: usize = 32_000;
/// How many headers of its own a receiver gets at the most.
const HEADERS_MAX: usize = 20;
/// Secrets that are shorter show nothing of themselves, and neither does a file.
const HINT_CHARS: std::ops::RangeInclusive<usize> = 16..=1000;

/// Kinds of receivers, named as the official description names them; syslog is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum StreamType {
    /// Azure Monitor and Microsoft Sentinel, by the Logs Ingestion API.
    AzureSentinel,
    /// Datadog's logs.
    Datadog,
    /// Any address that takes JSON.
    GenericHttps,
    /// A bucket of Google Cloud Storage.
    GoogleCloudStorage,
    /// A bucket of Amazon S3, or of a store that speaks its protocol.
    S3,
    /// Splunk, by its HTTP Event Collector.
    Splunk,
    /// Syslog over TLS.
    Syslog,
}

impl StreamType {
    /// Its name, as it is on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AzureSentinel => "AzureSentinel",
            Self::Datadog => "Datadog",
            Self::GenericHttps => "GenericHttps",
            Self::GoogleCloudStorage => "GoogleCloudStorage",
            Self::S3 => "S3",
            Self::Splunk => "Splunk",
            Self::Syslog => "Syslog",
        }
    }
}

/// Where a stream leads.
#[derive(Clone, Debug)]
pub(super) enum Destination {
    AzureSentinel(AzureSentinel),
    Datadog(Datadog),
    GenericHttps(GenericHttps),
    GoogleCloudStorage(GoogleCloudStorage),
    S3(S3),
    Splunk(Splunk),
    Syslog(Syslog),
}

/// Azure Monitor's Logs Ingestion API, which Microsoft Sentinel reads
///
/// An application in Microsoft Entra ID sends in its own name; it needs the role Monitoring Metrics
/// Publisher on the data collection rule.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct AzureSentinel {
    /// The logs ingestion address of the data collection endpoint or rule
    #[schemars(length(min = 1, max = TEXT_CHARS_MAX))]
    pub endpoint: String,
    /// The immutable id of the data collection rule, such as `dcr-0123…`
    #[schemars(length(min = 1, max = TEXT_CHARS_MAX))]
    pub rule_id: String,
    /// The name of the stream in the rule, such as `Custom-AuditLogs`
    #[schemars(length(min = 1, max = TEXT_CHARS_MAX))]
    pub stream_name: String,
    /// The id of the tenant in Entra ID
    #[schemars(length(min = 1, max = TEXT_CHARS_MAX))]
    pub tenant_id: String,
    /// The id of the application
    #[schemars(length(min = 1, max = TEXT_CHARS_MAX))]
    pub client_id: String,
    /// A secret of the application
    #[serde(skip_serializing)]
    #[schemars(length(min = 1, max = TEXT_CHARS_MAX))]
    pub client_secret: Secret,
    /// Where Entra ID is, for clouds of their own [default: `https://login.microsoftonline.com`]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_CHARS_MAX))]
    pub authority: Option<String>,
    /// What the token is asked for, for clouds of their own [default: `https://monitor.azure.com/.default`]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_CHARS_MAX))]
    pub scope: Option<String>,
}

/// Datadog's intake of logs
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Datadog {
    /// Which site of Datadog
    #[serde(default)]
    pub site: DatadogSite,
    /// An API key
    #[serde(skip_serializing)]
    #[schemars(length(min = 1, max = TEXT_CHARS_MAX))]
    pub api_key: Secret,
    /// Tags, such as `env:production,team:security`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_CHARS_MAX))]
    pub tags: Option<String>,
    /// The service that the logs are of [default: `audit-logs`]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_CHARS_MAX))]
    pub service: Option<String>,
    /// A proxy or collector that takes the place of the site
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_CHARS_MAX))]
    pub url: Option<String>,
}

macro_rules! datadog_sites {
    ($($name:ident = $host:literal),* $(,)?) => {
        /// The sites of Datadog.
        #[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
        #[schemars(inline)]
        pub enum DatadogSite {
            $(
                #[doc = concat!("`", $host, "`")]
                #[serde(rename = $host)]
                $name,
            )*
            /// `datadoghq.com`
            #[default]
            #[serde(rename = "datadoghq.com")]
            Us1,
        }

        impl DatadogSite {
            pub(super) fn host(self) -> &'static str {
                match self {
                    $(Self::$name => $host,)*
                    Self::Us1 => "datadoghq.com",
                }
            }
        }
    };
}

datadog_sites! {
    Us3 = "us3.datadoghq.com",
    Us5 = "us5.datadoghq.com",
    Eu1 = "datadoghq.eu",
    Ap1 = "ap1.datadoghq.com",
    Ap2 = "ap2.datadoghq.com",
    Us1Fed = "ddog-gov.com",
}

/// Any address that takes events by POST
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct GenericHttps {
    /// Where events are sent: a public https address
    #[schemars(length(min = 1, max = TEXT_CHARS_MAX))]
    pub url: String,
    /// Headers by which it knows us, such as `Authorization`; the values are secret
    #[serde(default, skip_serializing)]
    #[schemars(length(max = HEADERS_MAX))]
    pub headers: BTreeMap<String, Secret>,
    /// In which form a batch is sent
    #[serde(default)]
    pub format: JsonForm,
}

/// In which form a batch is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum JsonForm {
    /// A JSON array.
    #[default]
    Json,
    /// One JSON object on each line.
    Ndjson,
}

/// What is written into a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum BucketObjects {
    /// An object of JSON lines for each batch, compressed with gzip.
    #[default]
    Batches,
    /// An object of JSON for each event, as the log streams of WorkOS write them.
    Events,
}

/// A bucket of Google Cloud Storage
///
/// The service account needs the role Storage Object User on the bucket: a batch that is sent again
/// takes the place of its first copy.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct GoogleCloudStorage {
    /// The bucket
    #[schemars(length(min = 1, max = TEXT_CHARS_MAX))]
    pub bucket: String,
    /// What the name of each object begins with, such as `audit-logs/`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 500))]
    pub prefix: Option<String>,
    /// The key of a service account: the JSON file as Google gives it
    #[serde(skip_serializing)]
    #[schemars(length(min = 1, max = FILE_CHARS_MAX))]
    pub service_account: Secret,
    /// What is written: an object for each batch, or one for each event
    #[serde(default)]
    pub objects: BucketObjects,
    /// Another address of the store [default: `https://storage.googleapis.com`]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_CHARS_MAX))]
    pub endpoint: Option<String>,
}

/// A bucket of Amazon S3, or of a store that speaks its protocol
///
/// The key needs `s3:PutObject` on the bucket, and nothing else. Where there is a `role_arn`, it is the
/// role that needs it, and the key needs `sts:AssumeRole` on the role.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct S3 {
    /// The bucket
    #[schemars(length(min = 1, max = TEXT_CHARS_MAX))]
    pub bucket: String,
    /// The region of the bucket, such as `eu-central-1`
    #[schemars(length(min = 1, max = TEXT_CHARS_MAX))]
    pub region: String,
    /// What the name of each object begins with, such as `audit-logs/`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 500))]
    pub prefix: Option<String>,
    /// The id of the access key
    #[schemars(length(min = 1, max = TEXT_CHARS_MAX))]
    pub access_key_id: String,
    /// The access key
    #[serde(skip_serializing)]
    #[schemars(length(min = 1, max = TEXT_CHARS_MAX))]
    pub secret_access_key: Secret,
    /// The role to assume with the access key, such as `arn:aws:iam::123456789012:role/audit-logs`:
    /// objects are then written with keys of the role, each good for an hour
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 20, max = 2048))]
    pub role_arn: Option<String>,
    /// The external id that the role asks for
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 1224), regex(pattern = r"^[A-Za-z0-9_+=,.@:/-]+$"))]
    pub external_id: Option<String>,
    /// Where the role is assumed [default: `endpoint`, or Amazon's service in the region]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_CHARS_MAX))]
    pub sts_endpoint: Option<String>,
    /// What is written: an object for each batch, or one for each event
    #[serde(default)]
    pub objects: BucketObjects,
    /// The address of a store that is not Amazon's; the bucket is then part of the path
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_CHARS_MAX))]
    pub endpoint: Option<String>,
}

/// Splunk's HTTP Event Collector
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Splunk {
    /// The address of the collector, such as `https://http-inputs-acme.splunkcloud.com`; `/services/collector/event` is added where there is no path
    #[schemars(length(min = 1, max = TEXT_CHARS_MAX))]
    pub url: String,
    /// The token of the collector
    #[serde(skip_serializing)]
    #[schemars(length(min = 1, max = TEXT_CHARS_MAX))]
    pub token: Secret,
    /// The index [default: the token's]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_CHARS_MAX))]
    pub index: Option<String>,
    /// The type of source [default: `_json`]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_CHARS_MAX))]
    pub sourcetype: Option<String>,
}

/// Syslog over TLS (RFC 5424, RFC 5425)
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Syslog {
    /// The host, as its certificate names it
    #[schemars(length(min = 1, max = 255))]
    pub host: String,
    /// The port [default: 6514]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65_535))]
    pub port: Option<u16>,
    /// The certificates, in PEM, of authorities to trust in the place of the public ones
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = FILE_CHARS_MAX))]
    pub authority: Option<String>,
    /// Our certificate, in PEM, with those that it stands on, for a receiver that asks for one
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = FILE_CHARS_MAX))]
    pub client_certificate: Option<String>,
    /// The private key of our certificate, in PEM
    #[serde(default, skip_serializing)]
    #[schemars(length(max = FILE_CHARS_MAX))]
    pub client_key: Option<Secret>,
    /// The facility of the messages [default: 13, log audit]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 23))]
    pub facility: Option<u8>,
    /// The name of the application in the messages [default: `vestibule`]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 48), regex(pattern = r"^[!-~]+$"))]
    pub app_name: Option<String>,
}

/// The part of the input that says where a stream leads: one field for each kind of receiver, of
/// which one is given.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct GivenDestination {
    /// Send to Azure Monitor and Microsoft Sentinel
    azure_sentinel: Option<AzureSentinel>,
    /// Send to Datadog
    datadog: Option<Datadog>,
    /// Send to any https address
    generic_https: Option<GenericHttps>,
    /// Send to a bucket of Google Cloud Storage
    google_cloud_storage: Option<GoogleCloudStorage>,
    /// Send to a bucket of Amazon S3, or of a store that speaks its protocol
    s3: Option<S3>,
    /// Send to Splunk
    splunk: Option<Splunk>,
    /// Send to a syslog server over TLS
    syslog: Option<Syslog>,
}

const FIELDS: &str =
    "azure_sentinel, datadog, generic_https, google_cloud_storage, s3, splunk, syslog";

impl GivenDestination {
    /// The destination, if one is given; refuses several.
    pub(super) fn one(self) -> Result<Option<Destination>> {
        let Self {
            azure_sentinel,
            datadog,
            generic_https,
            google_cloud_storage,
            s3,
            splunk,
            syslog,
        } = self;
        let given = [
            azure_sentinel.map(Destination::AzureSentinel),
            datadog.map(Destination::Datadog),
            generic_https.map(Destination::GenericHttps),
            google_cloud_storage.map(Destination::GoogleCloudStorage),
            s3.map(Destination::S3),
            splunk.map(Destination::Splunk),
            syslog.map(Destination::Syslog),
        ];
        let mut given = given.into_iter().flatten();
        let first = given.next();
        if let Some(second) = given.next() {
            let text = format!("Give one of {FIELDS}, not several.");
            return Err(Error::invalid_field(second.field(), "invalid", text));
        }
        Ok(first)
    }

    /// The same where one must be given.
    pub(super) fn required(self) -> Result<Destination> {
        let text = format!("Give one of {FIELDS}.");
        self.one()?.ok_or_else(|| Error::invalid_field("generic_https", "required", text))
    }
}

impl Destination {
    /// Its kind.
    pub(super) fn kind(&self) -> StreamType {
        match self {
            Self::AzureSentinel(_) => StreamType::AzureSentinel,
            Self::Datadog(_) => StreamType::Datadog,
            Self::GenericHttps(_) => StreamType::GenericHttps,
            Self::GoogleCloudStorage(_) => StreamType::GoogleCloudStorage,
            Self::S3(_) => StreamType::S3,
            Self::Splunk(_) => StreamType::Splunk,
            Self::Syslog(_) => StreamType::Syslog,
        }
    }

    /// The field of the input that gives it.
    pub(super) fn field(&self) -> &'static str {
        match self {
            Self::AzureSentinel(_) => "azure_sentinel",
            Self::Datadog(_) => "datadog",
            Self::GenericHttps(_) => "generic_https",
            Self::GoogleCloudStorage(_) => "google_cloud_storage",
            Self::S3(_) => "s3",
            Self::Splunk(_) => "splunk",
            Self::Syslog(_) => "syslog",
        }
    }

    /// What of it may be shown.
    pub(super) fn shown(&self) -> Result<Map<String, Value>> {
        let shown = match self {
            Self::AzureSentinel(it) => serde_json::to_value(it),
            Self::Datadog(it) => serde_json::to_value(it),
            Self::GenericHttps(it) => serde_json::to_value(it),
            Self::GoogleCloudStorage(it) => serde_json::to_value(it),
            Self::S3(it) => serde_json::to_value(it),
            Self::Splunk(it) => serde_json::to_value(it),
            Self::Syslog(it) => serde_json::to_value(it),
        };
        match shown.map_err(Error::internal)? {
            Value::Object(shown) => Ok(shown),
            other => Err(Error::internal(format!("a destination is written as {other}"))),
        }
    }

    /// Its secrets, each with its place in what was given.
    pub(super) fn secrets(&self) -> Vec<(Place<'_>, &Secret)> {
        match self {
            Self::AzureSentinel(it) => vec![(Place::Field("client_secret"), &it.client_secret)],
            Self::Datadog(it) => vec![(Place::Field("api_key"), &it.api_key)],
            Self::GenericHttps(it) => {
                it.headers.iter().map(|(name, value)| (Place::Header(name), value)).collect()
            }
            Self::GoogleCloudStorage(it) => {
                vec![(Place::Field("service_account"), &it.service_account)]
            }
            Self::S3(it) => vec![(Place::Field("secret_access_key"), &it.secret_access_key)],
            Self::Splunk(it) => vec![(Place::Field("token"), &it.token)],
            Self::Syslog(it) => {
                it.client_key.iter().map(|key| (Place::Field("client_key"), key)).collect()
            }
        }
    }

    /// The part of it that is sealed, in JSON.
    pub(super) fn hidden(&self) -> Secret {
        let mut hidden = Map::new();
        for (place, secret) in self.secrets() {
            match place {
                Place::Field(name) => {
                    hidden.insert(name.to_owned(), secret.reveal().into());
                }
                Place::Header(name) => {
                    let headers = hidden.entry("headers").or_insert_with(|| json!({}));
                    headers[name] = secret.reveal().into();
                }
            }
        }
        Secret::new(Value::Object(hidden).to_string())
    }

    /// Puts together what was kept apart.
    pub(super) fn join(kind: &str, shown: Map<String, Value>, hidden: &Secret) -> Result<Self> {
        let hidden: Map<String, Value> =
            serde_json::from_str(hidden.reveal()).map_err(Error::internal)?;
        let whole: Value = shown.into_iter().chain(hidden).collect();
        let read = match kind {
            "AzureSentinel" => serde_json::from_value(whole).map(Self::AzureSentinel),
            "Datadog" => serde_json::from_value(whole).map(Self::Datadog),
            "GenericHttps" => serde_json::from_value(whole).map(Self::GenericHttps),
            "GoogleCloudStorage" => serde_json::from_value(whole).map(Self::GoogleCloudStorage),
            "S3" => serde_json::from_value(whole).map(Self::S3),
            "Splunk" => serde_json::from_value(whole).map(Self::Splunk),
            "Syslog" => serde_json::from_value(whole).map(Self::Syslog),
            other => return Err(Error::internal(format!("a stream has the type '{other}'"))),
        };
        read.map_err(Error::internal)
    }

    /// What may be shown of its secrets: the last four characters of one that is long enough.
    pub(super) fn hints(&self) -> BTreeMap<String, String> {
        let hint = |secret: &Secret| {
            let long = HINT_CHARS.contains(&secret.reveal().chars().count());
            if long { secret.obfuscated("") } else { "...".to_owned() }
        };
        self.secrets().into_iter().map(|(place, it)| (place.to_string(), hint(it))).collect()
    }
}

impl Syslog {
    /// Who is trusted, and by what we are known.
    pub(super) fn trust(&self) -> Trust {
        let Self { authority, client_certificate, client_key, .. } = self;
        let identity = client_certificate.clone().zip(client_key.clone());
        Trust { authority: authority.clone(), identity }
    }
}

/// Where a secret stands in what was given.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    Field(&'static str),
    Header(&'a str),
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Field(name) => f.write_str(name),
            Self::Header(name) => write!(f, "headers.{name}"),
        }
    }
}
