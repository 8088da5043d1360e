//! Calls of tools that need nothing of the SDK but its types.
//!
//! The SDK serves each request by tasks and channels of its own, which takes longer than most operations
//! do. Since 2026-07-28 a call has one answer and nothing before it. So one that is in order in every way
//! is made where its request is served; whatever is not, and everything else, goes the SDK's way and is
//! answered or refused there.
use std::sync::LazyLock;

use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, header};
use axum::response::{IntoResponse, Response};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ClientCapabilities, ContentBlock, ErrorData,
    JsonRpcError, JsonRpcResponse, JsonRpcVersion2_0, ProtocolVersion, RequestId, ServerResult,
};
use serde::{Deserialize, Serialize};
use serde_json::Map;
use tokio_util::sync::CancellationToken;
use vestibule_kernel::Error;
use vestibule_kernel::agent::TOKEN_PREFIX;

use super::approval::Person;
use super::asked::Asked;
use super::result::{Outcome, data};
use super::{Server, Shown, View, core};
use crate::rest;

const METHOD: &str = "tools/call";
const JSON: &str = "application/json";
const EVENT_STREAM: &str = "text/event-stream";
const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const MCP_METHOD: HeaderName = HeaderName::from_static("mcp-method");
const MCP_NAME: HeaderName = HeaderName::from_static("mcp-name");

/// What a message takes besides what was answered, and escapes, about.
const MORE_BYTES: usize = 768;

/// A call that is in order.
pub(super) struct Call {
    id: RequestId,
    asked: CallToolRequestParams,
    capabilities: ClientCapabilities,
}

/// A message that has one (JSON-RPC 2.0 §4).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    #[serde(rename = "jsonrpc")]
    _version: JsonRpcVersion2_0,
    id: RequestId,
    method: String,
    params: CallToolRequestParams,
}

impl Call {
    /// The call of a request whose headers say what its body says (SEP-2243), in the revision that has
    /// no sessions. Programs are left to the SDK, and so is whatever comes from a page of a browser.
    pub(super) fn in_order(parts: &Parts, body: &[u8], view: &View) -> Option<Self> {
        let headers = &parts.headers;
        let is_plain = parts.method == Method::POST
            && view.shown != Shown::Code
            && !headers.contains_key(header::ORIGIN)
            && only(headers, &VERSION)? == ProtocolVersion::V_2026_07_28.as_str()
            && only(headers, &MCP_METHOD)? == METHOD
            && only(headers, &header::CONTENT_TYPE)? == JSON
            && accepts_both(only(headers, &header::ACCEPT)?);
        if !is_plain {
            return None;
        }
        let message: Message = serde_json::from_slice(body).ok()?;
        let meta = message.params.meta.as_ref()?;
        let is_same = message.method == METHOD
            && only(headers, &MCP_NAME)? == message.params.name
            && meta.protocol_version()? == ProtocolVersion::V_2026_07_28;
        let capabilities = meta.client_capabilities()?;
        is_same.then_some(Self { id: message.id, asked: message.params, capabilities })
    }

    /// Whether it runs an operation that takes API keys, and so finds out itself who calls.
    pub(super) fn finds_caller(&self, server: &Server, view: &View) -> bool {
        let given = self.asked.arguments.as_ref();
        let name = match view.shown {
            Shown::Core if core::RUNNING.contains(&&*self.asked.name) => {
                given.and_then(|it| it.get("operation")?.as_str()).unwrap_or_default()
            }
            _ => &self.asked.name,
        };
        let empty = Map::new();
        let action = server.find(name, given.unwrap_or(&empty)).ok();
        action.and_then(|it| it.entry).is_some_and(|it| it.op.access.takes_keys())
    }

    /// Makes it; `ends` when nobody can be waited for any more.
    pub(super) async fn make(
        self,
        server: &Server,
        parts: &Parts,
        view: &View,
        ends: CancellationToken,
    ) -> Made {
        let Self { id, asked: call, capabilities } = self;
        let outcome = match Asked::by_http(parts, view) {
            Ok(mut asked) => {
                asked.person = Person::asked(capabilities, None, ends, &call);
                server.call(asked, call).await
            }
            Err(error) => Err(error),
        };
        Made { id, outcome }
    }
}

/// A call that was made.
pub(super) struct Made {
    id: RequestId,
    outcome: Result<Outcome, ErrorData>,
}

impl Made {
    /// Whether an operation was done for whoever called. They are told so even if it was what took
    /// their key away.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.outcome, Ok(Outcome::Data(_) | Outcome::Done(_)))
    }
}

impl IntoResponse for Made {
    fn into_response(self) -> Response {
        let Self { id, outcome } = self;
        match outcome {
            Ok(Outcome::Data(text)) => PASSED_ON.message(&id, &text).map_or_else(refused, answered),
            Ok(it) => respond(&of(id, ServerResult::from(CallToolResponse::from(it)))),
            Err(error) => respond(&JsonRpcError::new(Some(id), error)),
        }
    }
}

fn of<T>(id: RequestId, result: T) -> JsonRpcResponse<T> {
    JsonRpcResponse { jsonrpc: JsonRpcVersion2_0, id, result }
}

fn respond(message: &impl Serialize) -> Response {
    serde_json::to_vec(message).map_or_else(refused, answered)
}

fn answered(body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, JSON)], body).into_response()
}

fn refused(why: serde_json::Error) -> Response {
    rest::refuse(&Error::internal(why))
}

/// The message that passes an object on which came as JSON: what the SDK makes of one, with places for
/// what differs. So the object is neither read nor built anew.
static PASSED_ON: LazyLock<Pattern> = LazyLock::new(Pattern::new);

/// What stands in a place of the pattern.
#[derive(Clone, Copy)]
enum Place {
    /// The id of the call.
    Id,
    /// The object, as a text.
    Text,
    /// The object.
    Object,
}

/// Pieces of JSON, each before a place, and the last piece.
struct Pattern {
    pieces: Vec<(String, Place)>,
    last: String,
}

impl Pattern {
    fn new() -> Self {
        // No name of a field is like these.
        let (id, object) = ("@id@", "@object@");
        let mut result = data(object.into());
        // The text of the sample is that of a text in JSON, and not that of an object.
        result.content[0] = ContentBlock::text("@text@");
        let id = RequestId::String(id.into());
        let result = ServerResult::from(CallToolResponse::from(result));
        let mut rest = serde_json::to_string(&of(id, result)).unwrap_or_default();
        let mut pieces = Vec::new();
        let places = [Place::Id, Place::Text, Place::Object];
        let next = |rest: &str| {
            let found = places.iter().filter_map(|it| Some((rest.find(it.marked())?, *it)));
            found.min_by_key(|it| it.0)
        };
        while let Some((at, place)) = next(&rest) {
            let after = rest.split_off(at + place.marked().len());
            rest.truncate(at);
            pieces.push((std::mem::replace(&mut rest, after), place));
        }
        Self { pieces, last: rest }
    }

    fn message(&self, id: &RequestId, object: &str) -> serde_json::Result<Vec<u8>> {
        // It is there twice, once with escapes.
        let mut out = Vec::with_capacity(2 * object.len() + MORE_BYTES);
        for (piece, place) in &self.pieces {
            out.extend_from_slice(piece.as_bytes());
            match place {
                Place::Id => serde_json::to_writer(&mut out, id)?,
                Place::Text => serde_json::to_writer(&mut out, object)?,
                Place::Object => out.extend_from_slice(object.as_bytes()),
            }
        }
        out.extend_from_slice(self.last.as_bytes());
        Ok(out)
    }
}

impl Place {
    /// What stands there in the sample.
    const fn marked(self) -> &'static str {
        match self {
            Self::Id => "\"@id@\"",
            Self::Text => "\"@text@\"",
            Self::Object => "\"@object@\"",
        }
    }
}

/// Whether a request shows an API key, and names itself a call.
pub(super) fn may_be(request: &Request) -> bool {
    let headers = request.headers();
    let key = only(headers, &header::AUTHORIZATION).and_then(rest::bearer_text);
    key.is_some_and(|it| !it.starts_with(TOKEN_PREFIX))
        && only(headers, &MCP_METHOD) == Some(METHOD)
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next().filter(|_| values.next().is_none())?;
    first.to_str().ok()
}

/// Whether an `Accept` names both types, and says nothing else of them.
fn accepts_both(accept: &str) -> bool {
    let named = |kind: &str| accept.split(',').any(|it| it.trim() == kind);
    named(JSON) && named(EVENT_STREAM)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use serde_json::{Value, json};

    use super::*;

    const NAME: &str = "organizations_get";

    fn parts(changed: &[(&'static str, &str)]) -> Parts {
        let mut request = Request::post("/mcp/full");
        let usual = [
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", METHOD),
            ("mcp-name", NAME),
            ("content-type", JSON),
            ("accept", "application/json, text/event-stream"),
        ];
        for (name, value) in usual {
            if !changed.iter().any(|it| it.0 == name) {
                request = request.header(name, value);
            }
        }
        for (name, value) in changed {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn message() -> Value {
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let params = json!({ "name": NAME, "arguments": { "id": "org_1" }, "_meta": meta });
        json!({ "jsonrpc": "2.0", "id": 1, "method": METHOD, "params": params })
    }

    fn in_order(changed: &[(&'static str, &str)], message: &Value, shown: Shown) -> bool {
        let view = View { shown, ..View::default() };
        Call::in_order(&parts(changed), message.to_string().as_bytes(), &view).is_some()
    }

    #[test]
    fn a_call_whose_headers_say_what_it_says_is_in_order() {
        assert!(in_order(&[], &message(), Shown::Full));
        assert!(in_order(&[], &message(), Shown::Core));
    }

    #[test]
    fn attack_a_call_whose_headers_say_something_else_is_left_to_the_sdk() {
        for changed in [
            [("mcp-name", "users_get")],
            [("mcp-method", "tools/list")],
            [("mcp-protocol-version", "2025-11-25")],
            [("mcp-protocol-version", "2099-01-01")],
            [("origin", "https://evil.example")],
            [("content-type", "text/plain")],
            [("accept", "application/json")],
            [("accept", "application/json;q=0, text/event-stream")],
        ] {
            assert!(!in_order(&changed, &message(), Shown::Full), "{changed:?}");
        }
        let twice = [("mcp-name", NAME), ("mcp-name", "users_get")];
        assert!(!in_order(&twice, &message(), Shown::Full));
    }

    #[test]
    fn a_message_that_is_no_call_or_says_too_little_is_left_to_the_sdk() {
        let changed = |pointer: &str, value: Value| {
            let mut message = message();
            *message.pointer_mut(pointer).unwrap() = value;
            message
        };
        for message in [
            changed("/method", json!("tools/list")),
            changed("/jsonrpc", json!("1.0")),
            changed("/id", Value::Null),
            changed("/params/name", json!("users_get")),
            changed("/params/_meta", json!({})),
            changed("/params/_meta", Value::Null),
            changed("/params", json!([])),
        ] {
            assert!(!in_order(&[], &message, Shown::Full), "{message}");
        }
        let view = View::default();
        assert!(Call::in_order(&parts(&[]), b"[]", &view).is_none());
        assert!(Call::in_order(&parts(&[]), b"{", &view).is_none());
    }

    #[test]
    fn what_is_passed_on_as_it_came_is_what_the_sdk_makes_of_it() {
        let object =
            json!({ "id": "org_1", "name": "A \"B\" \u{1F600} @id@", "metadata": { "a": [] } });
        for id in [json!(7), json!("a \"@text@\" b")] {
            let id: RequestId = serde_json::from_value(id).unwrap();
            let text = object.to_string();
            let direct = PASSED_ON.message(&id, &text).unwrap();
            let direct: Value = serde_json::from_slice(&direct).unwrap();
            let usual = ServerResult::from(CallToolResponse::from(Outcome::Data(text)));
            assert_eq!(direct, serde_json::to_value(of(id, usual)).unwrap());
            assert_eq!(direct["result"]["structuredContent"], object);
        }
    }

    #[test]
    fn programs_are_left_to_the_sdk() {
        assert!(!in_order(&[], &message(), Shown::Code));
    }
}
