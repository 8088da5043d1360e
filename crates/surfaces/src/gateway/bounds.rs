//! How much of what another server says is taken, and how it is told from what we say.
use rmcp::model::{CallToolResult, ContentBlock, Tool};
use serde::Serialize;
use serde_json::{Value, json};

/// How many tools of a server are shown.
const TOOLS_MAX: usize = 400;
/// The longest description, in characters.
const DESCRIPTION_CHARS_MAX: usize = 2000;
/// The largest schema, in bytes of JSON.
const SCHEMA_BYTES_MAX: usize = 64 * 1024;
/// The longest text of a result, in characters.
const TEXT_CHARS_MAX: usize = 50_000;
/// The largest result, in bytes of JSON.
const RESULT_BYTES_MAX: usize = 512 * 1024;
/// What stands at the end of a text that was cut.
const CUT: &str = "\n[cut by Vestibule]";

/// The tools of a server, without what would drown a model.
pub(super) fn tools(tools: Vec<Tool>) -> Vec<Tool> {
    let bounded = |mut tool: Tool| {
        tool.description = tool.description.map(|it| cut(&it, DESCRIPTION_CHARS_MAX).into());
        if bytes(&tool.input_schema) > SCHEMA_BYTES_MAX {
            let open = json!({ "type": "object" }).as_object().cloned().unwrap_or_default();
            tool.input_schema = open.into();
        }
        // What was cut would not fit it.
        tool.output_schema = None;
        tool.icons = None;
        tool
    };
    tools.into_iter().take(TOOLS_MAX).map(bounded).collect()
}

/// A result, cut where it is too long.
pub(super) fn result(mut result: CallToolResult) -> CallToolResult {
    for block in &mut result.content {
        if let ContentBlock::Text(text) = block {
            text.text = cut(&text.text, TEXT_CHARS_MAX);
        }
    }
    if bytes(&result.structured_content) > RESULT_BYTES_MAX {
        result.structured_content = None;
    }
    if bytes(&result.content) > RESULT_BYTES_MAX {
        let text = "The result is larger than 512 KiB and was left out. Ask for less of it.";
        result.content = vec![ContentBlock::text(text)];
    }
    result
}

/// Anything else, as JSON; left out where it is too large.
pub(super) fn value(it: &impl Serialize) -> Value {
    if bytes(it) > RESULT_BYTES_MAX {
        return json!({ "error": "It is larger than 512 KiB and was left out." });
    }
    serde_json::to_value(it).unwrap_or_default()
}

/// A line of another server, without what steers a terminal.
pub(super) fn text(text: &str) -> String {
    let clean: String = text.chars().filter(|it| !it.is_control()).collect();
    cut(&clean, DESCRIPTION_CHARS_MAX)
}

fn cut(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}{CUT}", &text[..end]),
        None => text.to_owned(),
    }
}

fn bytes(it: &impl Serialize) -> usize {
    serde_json::to_vec(it).map_or(usize::MAX, |it| it.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_that_would_drown_a_model_is_cut() {
        let long = "é".repeat(TEXT_CHARS_MAX + 1);
        let cut = result(CallToolResult::success(vec![ContentBlock::text(long)]));
        let ContentBlock::Text(text) = &cut.content[0] else { panic!() };
        assert!(text.text.ends_with(CUT) && text.text.chars().count() < TEXT_CHARS_MAX + 30);
        let many = vec![ContentBlock::text("x".repeat(TEXT_CHARS_MAX)); 20];
        let left_out = result(CallToolResult::success(many));
        assert_eq!(left_out.content.len(), 1);
        let mut structured = CallToolResult::success(Vec::new());
        structured.structured_content = Some("x".repeat(RESULT_BYTES_MAX + 1).into());
        assert_eq!(result(structured).structured_content, None);
    }
}
