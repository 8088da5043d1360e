//! `--wait`: on what goes on after the answer of the operation that began it, until it has ended.
use std::time::Duration;

use serde_json::{Map, Value};
use vestibule_kernel::Request;
use vestibule_kernel::catalog::{Catalog, Entry, UNDER_WAY};

use super::progress::Progress;
use super::{Done, Failed, Shown};
use crate::client::Backend;

/// How long it waits before it asks for the first time.
const PAUSE_FIRST: Duration = Duration::from_millis(200);
/// The longest that it waits before it asks again; each pause is half as long again as the last.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Whether what the operation begins can be waited for: it tells how it ends, and is told of by
/// another operation.
pub(super) fn on(catalog: &'static Catalog, entry: &Entry) -> Option<&'static Entry> {
    entry.op.ends_as?;
    let domain = entry.op.id.split_once('.')?.0;
    catalog.get(&format!("{domain}.get"))
}

/// Asks until it has ended, and answers what came of it; `begun` is what the operation answered.
pub(super) async fn until_it_ends(
    backend: &Backend,
    entry: &Entry,
    told_by: &'static Entry,
    begun: Value,
) -> Done {
    let id = begun.get("id").cloned().unwrap_or_default();
    let fields = told_by.op.route.path_fields();
    let input: Map<String, Value> = fields.map(|it| (it.to_owned(), id.clone())).collect();
    let progress = Progress::waiting(&format!("{} goes on", entry.op.id));
    let (mut now, mut pause) = (begun, PAUSE_FIRST);
    while now["state"] == UNDER_WAY {
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(PAUSE_MAX);
        let answer = backend.call(told_by.into(), input.clone(), Request::default()).await?;
        if !answer.is_success() {
            return Ok(Shown::Refusal(answer));
        }
        now = answer.value();
    }
    drop(progress);
    if now["state"].as_str() == entry.op.ends_as {
        return Ok(Shown::Value(now));
    }
    let text =
        format!("{} ended, and not as it should: its state is {}", entry.op.id, now["state"]);
    Err(Failed { details: Box::new(now), ..Failed::refused(text) })
}
