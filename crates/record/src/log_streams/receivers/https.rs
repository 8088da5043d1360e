//! Any address that takes JSON, in the form of the official streams: `{event, keySuffix, timestamp,
//! source}`, as an array or line by line.
use serde::Serialize;
use vestibule_kernel::time::Time;

use super::super::batch::Document;
use super::super::destination::{GenericHttps, JsonForm};
use super::{Answer, Parcel, Post, lines, no_form, post};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    event: &'a Document,
    /// What a receiver that keeps each event as a file may end its name with.
    key_suffix: &'a str,
    timestamp: Time,
    source: &'a str,
}

pub(super) async fn send(parcel: &Parcel<'_>, to: &GenericHttps) -> Answer {
    let entries: Vec<Entry<'_>> = parcel
        .batch
        .events
        .iter()
        .map(|event| Entry {
            event,
            key_suffix: suffix(event.id.as_str()),
            timestamp: event.content.occurred_at,
            source: parcel.source,
        })
        .collect();
    let (content_type, body) = match to.format {
        JsonForm::Json => ("application/json", serde_json::to_vec(&entries)),
        JsonForm::Ndjson => ("application/x-ndjson", lines(&entries)),
    };
    let body = match body {
        Ok(body) => body,
        Err(error) => return no_form(error),
    };
    let mut headers = vec![("content-type", content_type.to_owned())];
    let own = to.headers.iter().map(|(name, value)| (name.as_str(), value.reveal().to_owned()));
    headers.extend(own);
    post(parcel.app, Post { url: &to.url, headers, body }).await
}

/// The part of an id that tells it from all others.
fn suffix(id: &str) -> &str {
    id.rsplit('_').next().unwrap_or(id)
}
