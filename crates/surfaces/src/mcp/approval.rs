//! Asking the person at the client to approve a call of an agent: the client opens the hosted page of
//! the approval (elicitation by URL), and the call is made again until they have decided.
//!
//! Clients of revisions before 2026-07-28 are asked in the middle of the call; later ones are told
//! that more is needed, and make the call again (SEP-2322). The page takes an approver's key: that a
//! client says its user agreed opens the page and decides nothing.
use std::collections::BTreeMap;
use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, ClientCapabilities, ClientResult, ElicitRequest, ElicitRequestParams,
    ElicitationAction, InputRequest, InputRequiredResult, ServerRequest,
};
use rmcp::service::{Peer, RequestContext, RoleServer};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use vestibule_kernel::agent::approvals;

use crate::actions::Failure;
use crate::client::waits_for;

/// What the question is called, among those that a result can ask.
const QUESTION: &str = "approval";
/// The longest id of an approval that a client brings back.
const ID_BYTES_MAX: usize = 100;
/// How long a person has to say whether the page may be opened.
const ANSWER_TIME_MAX: Duration = Duration::from_mins(5);
/// How long to wait before the call is made again, each time, in seconds: two minutes in all. Each is
/// a call in the record of what agents did.
pub(super) const PAUSES: [u64; 14] = [1, 1, 2, 2, 4, 5, 5, 10, 10, 15, 15, 15, 15, 20];

/// The person at a client that can open a page for them.
#[derive(Clone)]
pub(super) struct Person {
    /// Through what the client is asked in the middle of the call. Without it, it is asked by a result,
    /// and answers with the next call.
    peer: Option<Peer<RoleServer>>,
    /// Ends when the client calls the call off.
    ends: CancellationToken,
    /// What it said when the call was made before.
    said: Option<ElicitationAction>,
    /// The approval that it was asked about then. It need not be bound to anything: that it is of this
    /// call is looked at when it is used.
    approval: Option<String>,
}

/// What became of a question.
pub(super) enum Asking {
    /// The page is open.
    Open,
    /// The person, or the client, does not want it.
    Refused,
    /// The client must be answered this first.
    First(InputRequiredResult),
}

/// Whether a text can be the id of an approval. What a client brings back in the place of one goes
/// where otherwise only headers do, which hold no control characters.
fn is_id(text: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    text.len() <= ID_BYTES_MAX && text.bytes().all(is_plain)
}

/// The approval that a refused call waits for.
pub(super) struct Wait {
    pub(super) id: String,
    url: String,
    message: String,
}

impl Wait {
    /// What a call of this action waits for, if it was refused for want of an approval that nobody has
    /// decided on.
    pub(super) fn of(server: &str, action: &str, failure: &Failure) -> Option<Self> {
        let id = waits_for(&failure.details, "pending")?.to_owned();
        let url = failure.details["approval"]["url"].as_str()?;
        // A sandbox answers what its hooks say; no answer may have a person led to another page.
        let is_page = url.starts_with(&format!("{server}/approvals/"));
        let message = format!(
            "{action} must be approved by a person. The page shows what is to be done, and takes an \
             approver's key."
        );
        is_page.then(|| Self { id, url: url.to_owned(), message })
    }

    fn question(&self) -> ElicitRequestParams {
        ElicitRequestParams::UrlElicitationParams {
            meta: None,
            message: self.message.clone(),
            url: self.url.clone(),
            elicitation_id: self.id.clone(),
        }
    }
}

/// Whether a call was refused because nobody has decided on its approval yet.
pub(super) fn is_pending(failure: &Failure) -> bool {
    failure.details["code"] == approvals::PENDING
}

impl Person {
    /// Whoever is at the client of a request, if it can open a page for them.
    pub(super) fn of(
        context: &RequestContext<RoleServer>,
        request: &CallToolRequestParams,
    ) -> Option<Self> {
        let by_result = context.protocol_version().is_some_and(|it| !it.has_initialize());
        let peer = (!by_result).then(|| context.peer.clone());
        Self::asked(context.client_capabilities()?, peer, context.ct.clone(), request)
    }

    /// Whoever is at a client that can do this, asked through `peer` or by a result.
    pub(super) fn asked(
        capabilities: ClientCapabilities,
        peer: Option<Peer<RoleServer>>,
        ends: CancellationToken,
        request: &CallToolRequestParams,
    ) -> Option<Self> {
        capabilities.elicitation?.url?;
        let answer = request.input_responses.as_ref().and_then(|it| it.get(QUESTION));
        let action = answer.and_then(|it| it.get("action")).cloned().unwrap_or(Value::Null);
        let said = serde_json::from_value(action).ok();
        let approval = request.request_state.clone().filter(|it| is_id(it));
        Some(Self { peer, ends, said, approval })
    }

    /// The approval whose page the client has opened, as it says with the call that it makes again.
    pub(super) fn opened(&self) -> Option<&str> {
        let is_open = self.peer.is_none() && self.said == Some(ElicitationAction::Accept);
        self.approval.as_deref().filter(|_| is_open)
    }

    /// Waits; tells whether the client does so still, or has called the call off.
    pub(super) async fn waits(&self, pause: Duration) -> bool {
        tokio::select! {
            () = self.ends.cancelled() => false,
            () = tokio::time::sleep(pause) => true,
        }
    }

    /// Asks for a page to be opened.
    pub(super) async fn ask(&self, wait: &Wait) -> Asking {
        let Some(peer) = &self.peer else {
            return match self.said {
                None => Asking::First(required(wait)),
                Some(ElicitationAction::Accept) => Asking::Open,
                Some(_) => Asking::Refused,
            };
        };
        let request = ServerRequest::ElicitRequest(ElicitRequest::new(wait.question()));
        let asked = tokio::time::timeout(ANSWER_TIME_MAX, peer.send_request(request));
        let answer = tokio::select! {
            () = self.ends.cancelled() => return Asking::Refused,
            answer = asked => answer,
        };
        match answer {
            Ok(Ok(ClientResult::ElicitResult(it))) if it.action == ElicitationAction::Accept => {
                Asking::Open
            }
            _ => Asking::Refused,
        }
    }
}

fn required(wait: &Wait) -> InputRequiredResult {
    let question = InputRequest::Elicitation(ElicitRequest::new(wait.question()));
    let questions = BTreeMap::from([(QUESTION.to_owned(), question)]);
    InputRequiredResult::new(Some(questions), Some(wait.id.clone()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Wait, is_id};
    use crate::actions::Failure;
    use crate::client::Answer;

    #[test]
    fn attack_what_a_client_brings_back_is_an_id_or_nothing() {
        assert!(is_id("approval_01KF0RDQG0883RCQVY4KM397AK"));
        for text in ["\0", "approval_1\r\nx: y", "a b", "ä", &"a".repeat(101)] {
            assert!(!is_id(text), "{text:?}");
        }
    }

    #[test]
    fn attack_no_answer_has_a_person_led_to_another_page() {
        let waits = |url: &str| {
            let body = json!({
                "code": "approval_required",
                "approval": { "id": "approval_1", "state": "pending", "url": url },
            });
            let failure = Failure::said(Answer::of(403, body));
            Wait::of("https://id.example.com", "users.delete", &failure).is_some()
        };
        assert!(waits("https://id.example.com/approvals/approval_1?token=x"));
        for url in [
            "https://evil.example/approvals/approval_1",
            "https://id.example.com.evil.example/approvals/approval_1",
            "https://id.example.com@evil.example/approvals/approval_1",
            "http://id.example.com/approvals/approval_1",
            "https://id.example.com/dev/inbox",
            "javascript:alert(1)",
        ] {
            assert!(!waits(url), "{url}");
        }
    }
}
