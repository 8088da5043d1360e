//! What the suite calls, reads and fills in, as its scenarios describe it.
use std::sync::Arc;
use std::time::Duration;

use rmcp::model::*;
use serde_json::{Value, json};

use crate::{Context, rounds};

/// A resource that can be subscribed to.
pub(crate) const WATCHED: &str = "test://watched-resource";

/// A picture of one red pixel.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/// A sound of no length.
const WAV: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=";
/// Between two notifications, so that they come one by one.
const PAUSE: Duration = Duration::from_millis(50);

const PLAIN: [&str; 11] = [
    "test_simple_text",
    "test_image_content",
    "test_audio_content",
    "test_embedded_resource",
    "test_multiple_content_types",
    "test_error_handling",
    "test_tool_with_logging",
    "test_logging_tool",
    "test_tool_with_progress",
    "test_missing_capability",
    "test_elicitation_sep1034_defaults",
];

/// The tools of the suite.
pub(crate) fn tools() -> Vec<Tool> {
    let names = PLAIN.iter().chain(&["test_elicitation_sep1330_enums"]).chain(&rounds::TOOLS);
    let mut tools: Vec<Tool> = names.map(|it| tool(it, json!({ "type": "object" }))).collect();
    let text = |name: &str| {
        let properties = json!({ name: { "type": "string" } });
        json!({ "type": "object", "properties": properties, "required": [name] })
    };
    tools.push(tool("test_sampling", text("prompt")));
    tools.push(tool("test_elicitation", text("message")));
    tools.push(tool("json_schema_2020_12_tool", schema_2020_12()));
    tools
}

fn tool(name: &'static str, input: Value) -> Tool {
    let Value::Object(input) = input else { unreachable!("schemas are objects") };
    Tool::new(name, "A tool of the conformance suite", Arc::new(input))
}

fn schema_2020_12() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": { "street": { "type": "string" }, "city": { "type": "string" } },
            },
        },
        "properties": {
            "name": { "type": "string" },
            "address": { "$ref": "#/$defs/address" },
            "contactMethod": { "type": "string", "enum": ["phone", "email"] },
            "phone": { "type": "string" },
            "email": { "type": "string" },
        },
        "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
        "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
        "then": { "required": ["phone"] },
        "else": { "required": ["email"] },
        "additionalProperties": false,
    })
}

/// Calls a tool that answers in one round; nothing where it is none of the suite.
pub(crate) async fn call(
    request: &CallToolRequestParams,
    context: &Context,
) -> Option<Result<CallToolResult, ErrorData>> {
    let given = |name: &str| {
        let value = request.arguments.as_ref().and_then(|it| it.get(name));
        value.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let blocks = match &*request.name {
        "test_error_handling" => {
            let text = "This tool intentionally returns an error for testing";
            return Some(Ok(CallToolResult::error(vec![ContentBlock::text(text)])));
        }
        "test_missing_capability" => {
            let needed = ClientCapabilities::builder().enable_sampling().build();
            let has = context.client_capabilities().is_some_and(|it| it.sampling.is_some());
            if !has {
                return Some(Err(ErrorData::missing_required_client_capability(needed)));
            }
            said("The client can sample.")
        }
        "test_tool_with_logging" => logged(context).await,
        // Since 2026-07-28 a client asks for logs with each request.
        "test_logging_tool" => match context.meta.log_level() {
            Some(_) => logged(context).await,
            None => said("Nobody asked for a log."),
        },
        "test_tool_with_progress" => progressed(context).await,
        "test_sampling" => return Some(sampled(context, &given("prompt")).await),
        "test_elicitation" => {
            let schema = json!({
                "type": "object",
                "properties": {
                    "username": { "type": "string", "description": "User's response" },
                    "email": { "type": "string", "description": "User's email address" },
                },
                "required": ["username", "email"],
            });
            return Some(elicited(context, &given("message"), schema, "User response").await);
        }
        "test_elicitation_sep1034_defaults" => {
            let done = "Elicitation completed";
            return Some(elicited(context, "Say who you are", defaults(), done).await);
        }
        "test_elicitation_sep1330_enums" => {
            let done = "Elicitation completed";
            return Some(elicited(context, "Choose", choices(), done).await);
        }
        "json_schema_2020_12_tool" => said("Done."),
        name => fixed(name)?,
    };
    Some(Ok(CallToolResult::success(blocks)))
}

fn said(text: &str) -> Vec<ContentBlock> {
    vec![ContentBlock::text(text)]
}

/// What a tool always answers.
fn fixed(name: &str) -> Option<Vec<ContentBlock>> {
    let text = |uri: &str, mime_type: &str, text: &str| {
        ContentBlock::resource(ResourceContents::text(text, uri).with_mime_type(mime_type))
    };
    Some(match name {
        "test_simple_text" => said("This is a simple text response for testing."),
        "test_image_content" => vec![ContentBlock::image(PNG, "image/png")],
        "test_audio_content" => vec![ContentBlock::audio(WAV, "audio/wav")],
        "test_embedded_resource" => {
            let content = "This is an embedded resource content.";
            vec![text("test://embedded-resource", "text/plain", content)]
        }
        "test_multiple_content_types" => vec![
            ContentBlock::text("Multiple content types test:"),
            ContentBlock::image(PNG, "image/png"),
            text(
                "test://mixed-content-resource",
                "application/json",
                "{\"test\":\"data\",\"value\":123}",
            ),
        ],
        _ => return None,
    })
}

async fn logged(context: &Context) -> Vec<ContentBlock> {
    for text in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
        let message = LoggingMessageNotificationParam::new(LoggingLevel::Info, text.into());
        context.peer.notify_logging_message(message).await.ok();
        tokio::time::sleep(PAUSE).await;
    }
    said("Logged.")
}

async fn progressed(context: &Context) -> Vec<ContentBlock> {
    for progress in [0.0, 50.0, 100.0] {
        if let Some(token) = context.meta.get_progress_token() {
            let step = ProgressNotificationParam::new(token, progress).with_total(100.0);
            context.peer.notify_progress(step).await.ok();
        }
        tokio::time::sleep(PAUSE).await;
    }
    said("Done.")
}

async fn sampled(context: &Context, prompt: &str) -> Result<CallToolResult, ErrorData> {
    let messages = vec![SamplingMessage::user_text(prompt)];
    let asked = context.peer.create_message(CreateMessageRequestParams::new(messages, 100)).await;
    Ok(match asked {
        Ok(answer) => {
            let text = answer.message.content.first().and_then(|it| it.as_text().cloned());
            let text = text.map(|it| it.text).unwrap_or_default();
            CallToolResult::success(said(&format!("LLM response: {text}")))
        }
        Err(error) => CallToolResult::error(said(&error.to_string())),
    })
}

async fn elicited(
    context: &Context,
    message: &str,
    schema: Value,
    done: &str,
) -> Result<CallToolResult, ErrorData> {
    let asked = ElicitRequest::new(ElicitRequestParams::FormElicitationParams {
        meta: None,
        message: message.to_owned(),
        requested_schema: serde_json::from_value(schema).unwrap(),
    });
    Ok(match context.peer.send_request(ServerRequest::ElicitRequest(asked)).await {
        Ok(ClientResult::ElicitResult(answer)) => {
            let action = serde_json::to_value(&answer.action).unwrap();
            let chosen = answer.content.unwrap_or_default();
            let text =
                format!("{done}: action={}, content={chosen}", action.as_str().unwrap_or_default());
            CallToolResult::success(said(&text))
        }
        Ok(other) => CallToolResult::error(said(&format!("{other:?} is no answer"))),
        Err(error) => CallToolResult::error(said(&error.to_string())),
    })
}

fn defaults() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "default": "John Doe" },
            "age": { "type": "integer", "default": 30 },
            "score": { "type": "number", "default": 95.5 },
            "status": {
                "type": "string",
                "enum": ["active", "inactive", "pending"],
                "default": "active",
            },
            "verified": { "type": "boolean", "default": true },
        },
    })
}

fn choices() -> Value {
    let titled = |titles: [&str; 3]| {
        let values = ["value1", "value2", "value3"];
        let both = values.iter().zip(titles);
        both.map(|(value, title)| json!({ "const": value, "title": title })).collect::<Vec<_>>()
    };
    json!({
        "type": "object",
        "properties": {
            "untitledSingle": { "type": "string", "enum": ["option1", "option2", "option3"] },
            "titledSingle": {
                "type": "string",
                "oneOf": titled(["First Option", "Second Option", "Third Option"]),
            },
            "legacyEnum": {
                "type": "string",
                "enum": ["opt1", "opt2", "opt3"],
                "enumNames": ["Option One", "Option Two", "Option Three"],
            },
            "untitledMulti": {
                "type": "array",
                "items": { "type": "string", "enum": ["option1", "option2", "option3"] },
            },
            "titledMulti": {
                "type": "array",
                "items": { "anyOf": titled(["First Choice", "Second Choice", "Third Choice"]) },
            },
        },
    })
}

/// The resources of the suite.
pub(crate) fn resources() -> [Resource; 3] {
    [
        Resource::new("test://static-text", "static text").with_mime_type("text/plain"),
        Resource::new("test://static-binary", "static binary").with_mime_type("image/png"),
        Resource::new(WATCHED, "watched").with_mime_type("text/plain"),
    ]
}

/// The template of the suite.
pub(crate) fn template() -> ResourceTemplate {
    ResourceTemplate::new("test://template/{id}/data", "template")
        .with_mime_type("application/json")
}

/// Reads a resource; nothing where it is none of the suite.
pub(crate) fn read(uri: &str) -> Option<ResourceContents> {
    let (text, mime_type) = match uri {
        "test://static-binary" => {
            return Some(ResourceContents::blob(PNG, uri).with_mime_type("image/png"));
        }
        "test://static-text" => {
            ("This is the content of the static text resource.".to_owned(), "text/plain")
        }
        WATCHED => ("This resource is watched.".to_owned(), "text/plain"),
        _ => {
            let id = uri.strip_prefix("test://template/")?.strip_suffix("/data")?;
            let data =
                json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") });
            (data.to_string(), "application/json")
        }
    };
    Some(ResourceContents::text(text, uri).with_mime_type(mime_type))
}

/// The prompts of the suite.
pub(crate) fn prompts() -> Vec<Prompt> {
    let prompt = |name: &str, arguments: &[&str]| {
        let argument = |it: &&str| PromptArgument::new(*it).with_required(true);
        let arguments = arguments.iter().map(argument).collect();
        Prompt::new(name, Some("A prompt of the conformance suite"), Some(arguments))
    };
    vec![
        prompt("test_simple_prompt", &[]),
        prompt("test_prompt_with_arguments", &["arg1", "arg2"]),
        prompt("test_prompt_with_embedded_resource", &["resourceUri"]),
        prompt("test_prompt_with_image", &[]),
        prompt(rounds::PROMPT, &[]),
    ]
}

/// Fills in a prompt; nothing where it is none of the suite.
pub(crate) fn prompt(request: &GetPromptRequestParams) -> Option<GetPromptResult> {
    let given = |name: &str| {
        let value = request.arguments.as_ref().and_then(|it| it.get(name));
        value.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let contents = match request.name.as_str() {
        "test_simple_prompt" => said("This is a simple prompt for testing."),
        "test_prompt_with_arguments" => {
            let (one, other) = (given("arg1"), given("arg2"));
            said(&format!("Prompt with arguments: arg1='{one}', arg2='{other}'"))
        }
        "test_prompt_with_embedded_resource" => {
            let text = "Embedded resource content for testing.";
            let contents = ResourceContents::text(text, given("resourceUri"));
            vec![
                ContentBlock::resource(contents),
                ContentBlock::text("Please process the embedded resource above."),
            ]
        }
        "test_prompt_with_image" => vec![
            ContentBlock::image(PNG, "image/png"),
            ContentBlock::text("Please analyze the image above."),
        ],
        _ => return None,
    };
    let messages = contents.into_iter().map(|it| PromptMessage::new(Role::User, it));
    Some(GetPromptResult::new(messages.collect()))
}
