//! Splunk's HTTP Event Collector: JSON objects one after another, each with its time in seconds
//! (<https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector>).
use serde::Serialize;
use url::Url;

use super::super::batch::Document;
use super::super::destination::Splunk;
use super::{Answer, Parcel, Post, RefusalKind, exchange, lines, no_form};

const PATH: &str = "/services/collector/event";
const SOURCETYPE: &str = "_json";
/// What the collector answers where a token is missing, wrong or disabled, and where its index is not
/// the token's: some of these come with the status 400.
const CODES_OF_CREDENTIALS: &[i64] = &[1, 2, 3, 4, 7];

#[derive(Serialize)]
struct Entry<'a> {
    time: serde_json::Number,
    source: &'a str,
    sourcetype: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<&'a str>,
    event: &'a Document,
}

pub(super) async fn send(parcel: &Parcel<'_>, to: &Splunk) -> Answer {
    let entries = parcel.batch.events.iter().filter_map(|event| {
        Some(Entry {
            time: seconds(event.content.occurred_at.millis())?,
            source: parcel.source,
            sourcetype: to.sourcetype.as_deref().unwrap_or(SOURCETYPE),
            index: to.index.as_deref(),
            event,
        })
    });
    let body = match lines(entries) {
        Ok(body) => body,
        Err(error) => return no_form(error),
    };
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("authorization", format!("Splunk {}", to.token.reveal())),
    ];
    match exchange(parcel.app, Post { url: &address(&to.url), headers, body }).await {
        Ok(said) => {
            let code = code(&said.body);
            let mut answer = said.judge();
            if let Some(refusal) = &mut answer.refusal
                && code.is_some_and(|it| CODES_OF_CREDENTIALS.contains(&it))
            {
                refusal.kind = RefusalKind::Credentials;
            }
            answer
        }
        Err(failure) => Answer::failed(&failure),
    }
}

/// The address of the collector, where the one that was given has no path.
fn address(text: &str) -> String {
    match Url::parse(text) {
        Ok(mut url) if url.path() == "/" => {
            url.set_path(PATH);
            url.into()
        }
        _ => text.to_owned(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of this era have 13 digits of 15")]
fn seconds(millis: i64) -> Option<serde_json::Number> {
    serde_json::Number::from_f64(millis as f64 / 1000.0)
}

/// The code in the collector's answer.
fn code(body: &str) -> Option<i64> {
    serde_json::from_str::<serde_json::Value>(body).ok()?.get("code")?.as_i64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_path_gets_the_collectors() {
        assert_eq!(
            address("https://s.example:8088"),
            "https://s.example:8088/services/collector/event"
        );
        assert_eq!(address("https://s.example/hec?x=1"), "https://s.example/hec?x=1");
    }

    #[test]
    fn times_are_seconds_with_their_milliseconds() {
        assert_eq!(seconds(1_768_478_400_123).unwrap().to_string(), "1768478400.123");
        assert_eq!(seconds(-1).unwrap().to_string(), "-0.001");
    }
}
