//! Tells clients of new events: in a session, or on the stream of a subscription.
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rmcp::model::{ErrorData, ResourceUpdatedNotificationParam};
use rmcp::service::{Peer, RoleServer, SubscriptionContext};
use serde_json::Value;
use tokio::task::AbortHandle;

use super::asked::Asked;
use super::{Server, resources};

/// How often it is looked whether there are new events.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How many addresses one connection is told of.
const WATCHED_MAX: usize = 16;

/// What a connection is told of. Whoever drops the last of it ends the watching.
#[derive(Clone, Default)]
pub(super) struct Watches(Arc<Mutex<HashMap<String, Watch>>>);

/// Ends when it is dropped.
struct Watch(AbortHandle);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Watches {
    /// Begins to tell `peer` of what changes at an address.
    pub(super) async fn begin(
        &self,
        server: &Server,
        asked: &Asked,
        uri: String,
        peer: Peer<RoleServer>,
    ) -> Result<(), ErrorData> {
        let mut seen = Seen::at(server, asked, &uri).await?;
        let mut watches = self.0.lock();
        if watches.len() >= WATCHED_MAX && !watches.contains_key(&uri) {
            let text = format!("A connection is told of {WATCHED_MAX} addresses at the most.");
            return Err(ErrorData::invalid_params(text, None));
        }
        // Not the whole server, or the watch would hold what ends it.
        let (server, asked, address) = (server.connection(), asked.clone(), uri.clone());
        let task = tokio::spawn(async move {
            while seen.change(&server, &asked, &address).await.is_ok() {
                let update = ResourceUpdatedNotificationParam::new(address.clone());
                if peer.notify_resource_updated(update).await.is_err() {
                    break;
                }
            }
        });
        watches.insert(uri, Watch(task.abort_handle()));
        Ok(())
    }
    /// Ends it.
    pub(super) fn end(&self, uri: &str) {
        self.0.lock().remove(uri);
    }
}

/// Tells the stream of a subscription until it is closed. Of each address it tells at once: what came
/// between the acknowledgment and the first look would be missed otherwise.
pub(super) async fn listen(
    server: &Server,
    asked: &Asked,
    context: &SubscriptionContext,
) -> Result<(), ErrorData> {
    let uris = context.accepted().resource_subscriptions.clone().unwrap_or_default();
    let mut seen = HashMap::new();
    let watched = async {
        loop {
            for uri in uris.iter().take(WATCHED_MAX) {
                let now = newest(server, asked, uri).await?;
                let is_new = seen.insert(uri, now.clone()) != Some(now);
                if is_new && context.sink().notify_resource_updated(uri.clone()).await.is_err() {
                    return Ok(());
                }
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::select! {
        () = context.cancelled() => Ok(()),
        ended = watched => ended,
    }
}

/// The newest event that was seen at an address.
struct Seen(Option<Value>);

impl Seen {
    async fn at(server: &Server, asked: &Asked, uri: &str) -> Result<Self, ErrorData> {
        if resources::event_name(uri).is_none() {
            let text = format!("'{uri}' does not change. Subscribe to vestibule://events.");
            return Err(ErrorData::resource_not_found(text, None));
        }
        Ok(Self(newest(server, asked, uri).await?))
    }
    /// Waits for a newer one. Ends when the caller may not read any more.
    async fn change(&mut self, server: &Server, asked: &Asked, uri: &str) -> Result<(), ErrorData> {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = newest(server, asked, uri).await?;
            if now != self.0 {
                self.0 = now;
                return Ok(());
            }
        }
    }
}

async fn newest(server: &Server, asked: &Asked, uri: &str) -> Result<Option<Value>, ErrorData> {
    let events = resources::events(server, asked, uri, 1).await?;
    Ok(events.get("data").and_then(|it| it.get(0)).and_then(|it| it.get("id")).cloned())
}
