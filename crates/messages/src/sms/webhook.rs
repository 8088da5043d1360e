//! A webhook of the operator's that passes text messages on: JSON, signed as events are.
use serde::Serialize;
use url::Url;
use vestibule_kernel::id::MessageId;
use vestibule_kernel::secret::{Secret, signature};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Error, FlowCx, Result};

use super::{Request, exchange, judge, not_an_address, refused};
use crate::Text;
use crate::deliver::Sent;

/// An address that text messages are posted to.
pub struct Webhook {
    url: String,
    secret: Secret,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Webhook")
    }
}

/// What is posted.
#[derive(Serialize)]
struct Body<'a> {
    /// The same at every attempt, so that a message that came twice is passed on once.
    id: &'a MessageId,
    to: &'a str,
    text: &'a str,
    expires_at: Option<Time>,
}

impl Webhook {
    pub(super) fn new(url: Url, secret: Option<Secret>) -> Result<Self> {
        let credentials = !url.username().is_empty() || url.password().is_some();
        if credentials || url.host_str().is_none() {
            return Err(not_an_address());
        }
        let secret = secret
            .filter(|it| !it.reveal().is_empty())
            .ok_or_else(|| refused("give the secret that signs them by sms-secret".to_owned()))?;
        Ok(Self { url: url.into(), secret })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn send(&self, flow: &FlowCx, text: &Text) -> Result<Sent> {
        let Text { id, to, text, expires_at } = text;
        let body = Body { id, to, text, expires_at: *expires_at };
        let body = serde_json::to_vec(&body).map_err(Error::internal)?;
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("workos-signature", signature(&self.secret, flow.now(), &body)),
        ];
        let answer = exchange(flow, &self.url, Request { headers, body })?;
        judge(answer.status, || format!("the webhook answered {}", answer.status))
    }
}
