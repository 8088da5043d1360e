//! Datadog's intake of logs, version 2
//! (<https://docs.datadoghq.com/api/latest/logs/#send-logs>): at most 1,000 entries and 5 MB, an
//! entry of 1 MB.
use serde::Serialize;

use super::super::destination::Datadog;
use super::{Answer, Parcel, Post, gzip, no_form, post};

const SERVICE: &str = "audit-logs";

/// An entry has no time of its own: Datadog drops what happened 18 hours ago, and an audit log may be
/// told of it late. When it happened stands in the event.
#[derive(Serialize)]
struct Entry<'a> {
    /// The event in JSON, which Datadog takes apart.
    message: String,
    ddsource: &'a str,
    service: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ddtags: Option<&'a str>,
}

pub(super) async fn send(parcel: &Parcel<'_>, to: &Datadog) -> Answer {
    let entries = parcel.batch.events.iter().map(|event| {
        Ok(Entry {
            message: serde_json::to_string(event)?,
            ddsource: parcel.source,
            service: to.service.as_deref().unwrap_or(SERVICE),
            ddtags: to.tags.as_deref(),
        })
    });
    let body = entries.collect::<serde_json::Result<Vec<_>>>();
    let body = match body.and_then(|it| serde_json::to_vec(&it)) {
        Ok(body) => body,
        Err(error) => return no_form(error),
    };
    let body = match gzip(&body) {
        Ok(body) => body,
        Err(error) => return no_form(error),
    };
    let url = to
        .url
        .clone()
        .unwrap_or_else(|| format!("https://http-intake.logs.{}/api/v2/logs", to.site.host()));
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("content-encoding", "gzip".to_owned()),
        ("dd-api-key", to.api_key.reveal().to_owned()),
    ];
    post(parcel.app, Post { url: &url, headers, body }).await
}
