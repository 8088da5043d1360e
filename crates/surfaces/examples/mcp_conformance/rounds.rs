//! Tools and a prompt that ask the client something before they answer (SEP-2322).
use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use rmcp::model::*;
use serde_json::{Value, json};

use crate::Context;

/// The tools.
pub(crate) const TOOLS: [&str; 9] = [
    "test_input_required_result_elicitation",
    "test_input_required_result_sampling",
    "test_input_required_result_list_roots",
    "test_input_required_result_request_state",
    "test_input_required_result_multiple_inputs",
    "test_input_required_result_multi_round",
    "test_input_required_result_tampered_state",
    "test_input_required_result_capabilities",
    "test_streaming_elicitation",
];
/// The prompt.
pub(crate) const PROMPT: &str = "test_input_required_result_prompt";

const NAME: &str = "user_name";

/// Calls a tool of the list; nothing where it is none.
pub(crate) fn tool(
    request: &CallToolRequestParams,
    context: &Context,
) -> Option<Result<CallToolResponse, ErrorData>> {
    let name = TOOLS.iter().find(|it| **it == request.name)?;
    Some(answer(name, request, context))
}

fn answer(
    name: &str,
    request: &CallToolRequestParams,
    context: &Context,
) -> Result<CallToolResponse, ErrorData> {
    let state = request.request_state.as_deref().map(opened).transpose()?;
    let responses = request.input_responses.clone().unwrap_or_default();
    let done = |text: &str| Ok(CallToolResult::success(vec![ContentBlock::text(text)]).into());
    let ask = |what: &[(&str, Value)]| Ok(required(what, None).into());
    let ask_with = |what: &[(&str, Value)], state: &str| Ok(required(what, Some(state)).into());
    match name {
        "test_input_required_result_elicitation" | "test_streaming_elicitation" => {
            match text(&responses, NAME, "name") {
                Some(it) => done(&format!("Hello, {it}!")),
                None => ask(&[(NAME, form("What is your name?", "name", "string"))]),
            }
        }
        "test_input_required_result_sampling" => match responses.get("capital_question") {
            Some(it) => done(&it.to_string()),
            None => ask(&[("capital_question", sampling("What is the capital of France?"))]),
        },
        "test_input_required_result_list_roots" => match responses.get("client_roots") {
            Some(it) => done(&it.to_string()),
            None => ask(&[("client_roots", roots())]),
        },
        "test_input_required_result_request_state"
        | "test_input_required_result_tampered_state" => match state {
            Some(_) if responses.contains_key("confirm") => done("state-ok"),
            _ => ask_with(&[("confirm", form("Please confirm", "ok", "boolean"))], "confirm"),
        },
        "test_input_required_result_multiple_inputs" => {
            let all = [
                (NAME, form("What is your name?", "name", "string")),
                ("greeting", sampling("Generate a greeting")),
                ("client_roots", roots()),
            ];
            if state.is_some() && all.iter().all(|it| responses.contains_key(it.0)) {
                return done("All three are there.");
            }
            ask_with(&all, "all")
        }
        "test_input_required_result_multi_round" => match state.as_deref() {
            Some("first") if responses.contains_key("step1") => {
                let next = form("Step 2: What is your favorite color?", "color", "string");
                ask_with(&[("step2", next)], "second")
            }
            Some("second") if responses.contains_key("step2") => done("Both steps are done."),
            _ => ask_with(
                &[("step1", form("Step 1: What is your name?", "name", "string"))],
                "first",
            ),
        },
        "test_input_required_result_capabilities" => {
            let can = context.client_capabilities().unwrap_or_default();
            let mut what = Vec::new();
            if can.sampling.is_some() {
                what.push(("sampled", sampling("Say something")));
            }
            if can.elicitation.is_some() {
                what.push(("told", form("Say something", "name", "string")));
            }
            ask(&what)
        }
        other => unreachable!("{other} is in TOOLS"),
    }
}

/// Fills in the prompt, or asks; nothing where another is asked for.
pub(crate) fn prompt(request: &GetPromptRequestParams) -> Option<GetPromptResponse> {
    if request.name != PROMPT {
        return None;
    }
    let responses = request.input_responses.clone().unwrap_or_default();
    let Some(it) = text(&responses, "user_context", "context") else {
        let form = form("What context should the prompt use?", "context", "string");
        return Some(required(&[("user_context", form)], None).into());
    };
    let message = PromptMessage::new_text(Role::User, format!("Use this context: {it}"));
    Some(GetPromptResult::new(vec![message]).into())
}

fn required(what: &[(&str, Value)], state: Option<&str>) -> InputRequiredResult {
    let read = |it: &Value| serde_json::from_value::<InputRequest>(it.clone()).unwrap();
    let requests: BTreeMap<String, InputRequest> =
        what.iter().map(|(name, it)| ((*name).to_owned(), read(it))).collect();
    InputRequiredResult::new(Some(requests), state.map(sealed))
}

fn form(message: &str, field: &str, of_type: &str) -> Value {
    let schema = json!({
        "type": "object",
        "properties": { field: { "type": of_type } },
        "required": [field],
    });
    json!({
        "method": "elicitation/create",
        "params": { "message": message, "requestedSchema": schema },
    })
}

fn sampling(text: &str) -> Value {
    let message = json!({ "role": "user", "content": { "type": "text", "text": text } });
    json!({
        "method": "sampling/createMessage",
        "params": { "messages": [message], "maxTokens": 100 },
    })
}

fn roots() -> Value {
    json!({ "method": "roots/list", "params": {} })
}

/// What the user wrote in a field of a form, if they sent it.
fn text(responses: &InputResponses, name: &str, field: &str) -> Option<String> {
    responses.get(name)?.get("content")?.get(field)?.as_str().map(str::to_owned)
}

/// A state that the client cannot make up.
fn sealed(state: &str) -> String {
    let tag = hmac::sign(&key(), state.as_bytes());
    format!("{state}.{}", data_encoding::HEXLOWER.encode(tag.as_ref()))
}

fn opened(sealed: &str) -> Result<String, ErrorData> {
    let refused = || ErrorData::invalid_params("requestState is not ours", None);
    let (state, tag) = sealed.rsplit_once('.').ok_or_else(refused)?;
    let tag = data_encoding::HEXLOWER.decode(tag.as_bytes()).map_err(|_| refused())?;
    hmac::verify(&key(), state.as_bytes(), &tag).map_err(|_| refused())?;
    Ok(state.to_owned())
}

fn key() -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, b"of the conformance suite alone")
}
