//! The development inbox: every mail and text message that would have been sent.

use minijinja::value::Value;
use serde::Serialize;

use crate::render::Screen;

/// The list of messages beside one that is open.
#[derive(Serialize)]
pub struct Inbox {
    /// Where the inbox is served; a message is below it by its id
    pub path: String,
    /// Newest first
    pub messages: Vec<Envelope>,
    /// Message shown: the one asked for, or the newest
    pub open: Option<Letter>,
    /// Whether a message was asked for, so that a small screen shows it instead of the list
    pub reading: bool,
}

impl Screen for Inbox {
    const TEMPLATE: &'static str = "inbox.html";
}

/// How a message would have travelled.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// E-mail
    Mail,
    /// Text message to a telephone
    Sms,
}

/// A message in the list.
#[derive(Serialize)]
pub struct Envelope {
    /// Message id
    pub id: String,
    /// How it would have travelled
    pub kind: Kind,
    /// Address or telephone number
    pub to: String,
    /// Subject of a mail
    pub subject: Option<String>,
    /// Text, shown where there is no subject
    pub text: String,
    /// ISO 8601 in UTC
    pub created_at: String,
}

/// A message that is open.
#[derive(Serialize)]
pub struct Letter {
    /// Message id
    pub id: String,
    /// How it would have travelled
    pub kind: Kind,
    /// Address or telephone number
    pub to: String,
    /// Subject of a mail
    pub subject: Option<String>,
    /// Plain text
    pub text: String,
    /// Whether `{path}/{id}/html` has more to show
    pub has_html: bool,
    /// ISO 8601 in UTC
    pub created_at: String,
}

/// A mail's HTML, with its links opening in a tab of their own: the frame that shows it may not
/// lead anywhere itself. Serve it under [`crate::security::LETTER_POLICY`].
pub fn letter_document(html: &str) -> String {
    const LINKS_OPEN_OUTSIDE: &str = "<base target=\"_blank\">";
    // Lower-casing ASCII keeps every byte where it is, so the place found holds for the original.
    let lower = html.to_ascii_lowercase();
    let head = lower.find("<head>").into_iter().chain(lower.find("<head ")).min();
    let head = head.and_then(|start| html[start..].find('>').map(|end| start + end + 1));
    let (before, after) = html.split_at(head.unwrap_or(0));
    format!("{before}{LINKS_OPEN_OUTSIDE}{after}")
}

/// Shorten `2026-11-20T18:19:00.123Z` to `2026-11-20 18:19 UTC`; anything else stays as it is.
pub(crate) fn moment(instant: &str) -> String {
    match (instant.get(..10), instant.get(10..11), instant.get(11..16)) {
        (Some(date), Some("T"), Some(time)) if instant.ends_with('Z') => {
            format!("{date} {time} UTC")
        }
        _ => instant.to_owned(),
    }
}

/// Escape a plain text and turn its web addresses into links.
pub(crate) fn with_links(text: &str) -> Value {
    let mut html = String::new();
    let mut rest = text;
    while let Some(start) = next_address(rest) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|letter: char| letter.is_whitespace() || "<>\"'".contains(letter));
        let address = from[..end.unwrap_or(from.len())].trim_end_matches(['.', ',', ';', ')', '!']);
        let shown = escape(address);
        html.push_str(&escape(before));
        html.push_str("<a href=\"");
        html.push_str(&shown);
        html.push_str("\" target=\"_blank\" rel=\"noreferrer\">");
        html.push_str(&shown);
        html.push_str("</a>");
        rest = &from[address.len()..];
    }
    html.push_str(&escape(rest));
    Value::from_safe_string(html)
}

fn next_address(text: &str) -> Option<usize> {
    [text.find("https://"), text.find("http://")].into_iter().flatten().min()
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_links_and_all_else_is_escaped() {
        assert_eq!(
            with_links("<b> see https://a.test/?x=1&y=2. Bye").to_string(),
            "&lt;b&gt; see <a href=\"https://a.test/?x=1&amp;y=2\" target=\"_blank\" \
             rel=\"noreferrer\">https://a.test/?x=1&amp;y=2</a>. Bye"
        );
    }

    #[test]
    fn an_address_cannot_break_out_of_its_link() {
        let html = with_links("http://a.test/\"onclick=\"alert(1)").to_string();
        assert!(html.starts_with("<a href=\"http://a.test/\" target"), "{html}");
        assert!(html.ends_with("&quot;onclick=&quot;alert(1)"), "{html}");
    }

    #[test]
    fn a_moment_is_shown_to_the_minute() {
        assert_eq!(moment("2026-11-20T18:19:00.123Z"), "2026-11-20 18:19 UTC");
        assert_eq!(moment("yesterday"), "yesterday");
    }

    #[test]
    fn links_of_a_mail_open_outside_its_frame() {
        assert_eq!(
            letter_document("<!doctype html><HEAD lang=en><title>x</title>"),
            "<!doctype html><HEAD lang=en><base target=\"_blank\"><title>x</title>"
        );
        assert_eq!(letter_document("<header>hello"), "<base target=\"_blank\"><header>hello");
    }
}
