//! What is refused of a destination as it is given: what can lead nowhere, or where it must not.
use std::collections::BTreeMap;

use vestibule_kernel::net::Net;
use vestibule_kernel::net::tls::Trust;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Error, Result};

use super::destination::{Destination, S3, Syslog};
use super::receivers;

/// Headers that belong to the request itself.
const HEADERS_OF_OURS: &[&str] = &[
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl Destination {
    /// Refuses what can lead nowhere, or where it must not.
    pub(super) fn check(&self, net: &Net) -> Result<()> {
        let within = |(field, why): (&str, String)| {
            Error::invalid_field(&format!("{}.{field}", self.field()), "invalid", why)
        };
        self.problem(net).map_or(Ok(()), |it| Err(within(it)))
    }

    /// The first field that cannot be, and why.
    fn problem(&self, net: &Net) -> Option<(&'static str, String)> {
        let url = |field, text: &str| Some((field, net.http().target(text).err()?.to_string()));
        let maybe = |field, text: &Option<String>| text.as_ref().and_then(|it| url(field, it));
        match self {
            Self::AzureSentinel(it) => {
                url("endpoint", &it.endpoint).or_else(|| maybe("authority", &it.authority))
            }
            Self::Datadog(it) => {
                maybe("url", &it.url).or_else(|| header("api_key", it.api_key.reveal()))
            }
            Self::GenericHttps(it) => url("url", &it.url).or_else(|| of_headers(&it.headers)),
            Self::GoogleCloudStorage(it) => maybe("endpoint", &it.endpoint)
                .or_else(|| bucket(&it.bucket))
                .or_else(|| prefix(it.prefix.as_deref()))
                .or_else(|| receivers::check_service_account(&it.service_account)),
            Self::S3(it) => maybe("endpoint", &it.endpoint)
                .or_else(|| maybe("sts_endpoint", &it.sts_endpoint))
                .or_else(|| it.problem()),
            Self::Splunk(it) => url("url", &it.url).or_else(|| header("token", it.token.reveal())),
            Self::Syslog(it) => it.problem(net),
        }
    }
}

impl S3 {
    fn problem(&self) -> Option<(&'static str, String)> {
        let beside_role = |field, given: &Option<String>| {
            let alone = given.is_some() && self.role_arn.is_none();
            alone.then(|| (field, "It goes with role_arn.".to_owned()))
        };
        bucket(&self.bucket)
            .or_else(|| host_label("region", &self.region))
            .or_else(|| prefix(self.prefix.as_deref()))
            .or_else(|| header("access_key_id", &self.access_key_id))
            .or_else(|| beside_role("external_id", &self.external_id))
            .or_else(|| beside_role("sts_endpoint", &self.sts_endpoint))
    }
}

impl Syslog {
    fn problem(&self, net: &Net) -> Option<(&'static str, String)> {
        if let Err(it) = net.check_host(&self.host) {
            return Some(("host", it.to_string()));
        }
        if self.client_certificate.is_some() != self.client_key.is_some() {
            let text = "A client certificate and its key go together.";
            return Some(("client_certificate", text.to_owned()));
        }
        let authority = Trust { authority: self.authority.clone(), identity: None };
        if let Err(it) = authority.check() {
            return Some(("authority", it.to_string()));
        }
        self.trust().check().err().map(|it| ("client_certificate", it.to_string()))
    }
}

/// Why a text cannot stand in a header.
fn header(field: &'static str, text: &str) -> Option<(&'static str, String)> {
    let bad = http::HeaderValue::from_str(text).is_err();
    bad.then(|| (field, "It cannot stand in a header of HTTP.".to_owned()))
}

fn of_headers(headers: &BTreeMap<String, Secret>) -> Option<(&'static str, String)> {
    headers.iter().find_map(|(name, value)| {
        let Ok(parsed) = http::HeaderName::from_bytes(name.as_bytes()) else {
            return Some(("headers", format!("'{name}' is not the name of a header.")));
        };
        if HEADERS_OF_OURS.contains(&parsed.as_str()) {
            return Some((
                "headers",
                format!("The header '{name}' belongs to the request itself."),
            ));
        }
        header("headers", value.reveal())
            .map(|_| ("headers", format!("The value of '{name}' cannot stand in a header.")))
    })
}

/// A bucket may become part of a host's name, so it must not bring a host of its own.
fn bucket(name: &str) -> Option<(&'static str, String)> {
    let good = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
    let bad = !name.chars().all(good) || name.starts_with('.') || name.contains("..");
    bad.then(|| ("bucket", "Not the name of a bucket.".to_owned()))
}

fn host_label(field: &'static str, text: &str) -> Option<(&'static str, String)> {
    let good = |it: char| it.is_ascii_alphanumeric() || it == '-';
    (!text.chars().all(good)).then(|| (field, "Not the name of a region.".to_owned()))
}

fn prefix(text: Option<&str>) -> Option<(&'static str, String)> {
    let good = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.' | '/' | '=');
    let text = text?;
    let bad = !text.chars().all(good)
        || text.split('/').rev().skip(1).any(str::is_empty)
        || text.split('/').any(|it| it == "." || it == "..");
    bad.then(|| {
        let why = "It may hold letters, digits, and - _ . = in segments that a slash ends.";
        ("prefix", why.to_owned())
    })
}
