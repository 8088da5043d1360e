//! Rules that every hosted page keeps.

use vestibule_languages::{Language, Text};
use vestibule_pages::render::{Files, Frame, TEMPLATES, render};
use vestibule_pages::screens::{Choice, Form, OrganizationChoice, Problem};

use crate::samples;

fn frame() -> Frame {
    Frame::new(&samples::branding(), Files::default())
}

fn pages() -> Vec<(&'static str, String)> {
    let frame = frame();
    samples::all(&frame)
        .into_iter()
        .map(|(name, html)| (name, html.unwrap_or_else(|error| panic!("{name}: {error:#}"))))
        .collect()
}

/// Every opening tag of one element, whole.
fn tags<'a>(html: &'a str, element: &str) -> Vec<&'a str> {
    let opening = format!("<{element}");
    html.match_indices(&opening)
        .map(|(start, _)| &html[start..=start + html[start..].find('>').expect("tags end")])
        .filter(|tag| !tag.as_bytes()[opening.len()].is_ascii_alphanumeric())
        .collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(rest.split_once('"').expect("attributes end").0)
}

#[test]
fn every_page_has_language_title_heading_and_main_landmark() {
    for (name, html) in pages() {
        assert!(html.starts_with("<!doctype html>\n<html lang=\"en\" dir=\"ltr\">"), "{name}");
        assert!(!html.contains("<title> "), "{name} has an empty title");
        assert_eq!(tags(&html, "h1").len(), 1, "{name}");
        assert_eq!(tags(&html, "main").len(), 1, "{name}");
    }
}

#[test]
fn every_page_is_whole_in_every_language() {
    for language in Language::ALL {
        let frame = frame().in_language(language);
        for (name, html) in samples::all(&frame) {
            let html = html.unwrap_or_else(|error| panic!("{language} {name}: {error:#}"));
            let direction = language.direction().as_str();
            let root = format!("<html lang=\"{language}\" dir=\"{direction}\">");
            assert!(html.contains(&root), "{language} {name}");
            assert!(html.contains("</html>"), "{language} {name}");
        }
    }
}

/// Pages for developers, which are in English alone.
const IN_ENGLISH: &[&str] = &[
    "home.html",
    "inbox.html",
    "test_provider.html",
    "agent_answered.html",
    "agent_approval.html",
    "agent_consent.html",
    "agent_decided.html",
];

/// Templates whose words are still to be moved to the files of messages; this list may only shrink.
const WITH_WORDS: &[&str] = &[];

#[test]
fn no_template_holds_words_of_its_own() {
    for (name, source) in TEMPLATES {
        if IN_ENGLISH.contains(name) || WITH_WORDS.contains(name) {
            continue;
        }
        let words = own_words(source);
        assert!(words.is_empty(), "{name} says {words:?}: put it into the files of messages");
    }
}

/// The text of a template outside of tags, expressions and statements, and in attributes that are
/// read out.
fn own_words(source: &str) -> Vec<String> {
    let mut rest = source.to_owned();
    for (open, close) in [("{#", "#}"), ("{%", "%}"), ("{{", "}}"), ("<!--", "-->")] {
        while let Some((before, after)) = rest.split_once(open) {
            let after = after.split_once(close).map_or("", |it| it.1);
            rest = format!("{before} {after}");
        }
    }
    let mut found = Vec::new();
    for attribute in [" aria-label=\"", " title=\"", " alt=\"", " placeholder=\""] {
        for (_, value) in
            rest.match_indices(attribute).map(|(at, it)| rest[at + it.len()..].split_at(0))
        {
            found.push(value.split('"').next().unwrap_or_default().to_owned());
        }
    }
    while let Some((before, after)) = rest.split_once('<') {
        let after = after.split_once('>').map_or("", |it| it.1);
        rest = format!("{before}\n{after}");
    }
    found.extend(rest.lines().map(str::to_owned));
    found.retain(|it| it.chars().any(char::is_alphabetic));
    found
}

#[test]
fn words_in_a_template_are_found_wherever_they_stand() {
    assert_eq!(own_words("<p class=\"x\">{{ say(\"key\") }}</p>{# why #}"), Vec::<String>::new());
    assert_eq!(own_words("<p>Hello {{ name }}</p>"), ["Hello  "]);
    assert_eq!(own_words("<a aria-label=\"Go\">{{ x }}</a>"), ["Go"]);
}

#[test]
fn no_page_has_inline_styles_scripts_or_handlers() {
    for (name, html) in pages() {
        assert!(!html.contains(" style=") && !html.contains("<style"), "{name}");
        assert!(!html.contains(" onclick=") && !html.contains("javascript:"), "{name}");
        let scripts = tags(&html, "script");
        assert!(scripts.iter().all(|script| script.contains(" src=\"")), "{name}");
        assert!(html.contains("<script") && html.contains("defer></script>"), "{name}");
    }
}

#[test]
fn every_form_posts_with_the_token() {
    for (name, html) in pages() {
        let forms = html.split("<form").skip(1);
        for form in forms.map(|rest| rest.split_once("</form>").unwrap().0) {
            assert!(form.contains("method=\"post\""), "{name}");
            let token =
                format!("<input type=\"hidden\" name=\"csrf\" value=\"{}\">", samples::CSRF);
            assert_eq!(form.matches(&token).count(), 1, "{name}");
        }
    }
}

#[test]
fn every_visible_input_has_a_label_and_every_description_exists() {
    for (name, html) in pages() {
        for input in tags(&html, "input") {
            if input.contains(" type=\"hidden\"") || input.contains(" hidden>") {
                continue;
            }
            let id = attribute(input, "id").unwrap();
            assert!(html.contains(&format!("<label for=\"{id}\"")), "{name}: {id}");
            assert!(attribute(input, "autocomplete").is_some(), "{name}: {id}");
            for described in attribute(input, "aria-describedby").unwrap_or("").split_whitespace() {
                let target = format!(" id=\"{described}\"");
                assert_eq!(html.matches(&target).count(), 1, "{name}: {described}");
            }
        }
    }
}

#[test]
fn a_refused_page_says_so_in_title_summary_and_field() {
    for (name, html) in pages().into_iter().filter(|(name, _)| name.ends_with("-refused")) {
        assert!(html.contains("<title>Error: "), "{name}");
        assert_eq!(html.matches("role=\"alert\"").count(), 1, "{name}");
        let marked = html.matches("aria-invalid=\"true\"").count();
        let expected = match name {
            "password-refused" | "passkey-refused" | "portal-connection-refused" => 0,
            "sign-up-refused" => 2,
            _ => 1,
        };
        assert_eq!(marked, expected, "{name}");
    }
}

#[test]
fn at_most_one_field_takes_the_focus() {
    for (name, html) in pages() {
        assert!(html.matches(" autofocus").count() <= 1, "{name}");
    }
}

#[test]
fn whatever_people_call_things_it_is_shown_as_text() {
    let frame = frame();
    let screen = OrganizationChoice {
        form: Form::new("/x", "\"><script>")
            .refused(Problem::overall(Text::Verbatim("<img src=x>".into()))),
        email: "<b>@acme.test".into(),
        change_path: "/\"onclick=\"".into(),
        organizations: vec![Choice::new("\"><script>", "<script>alert(1)</script>")],
    };
    let html = render(&frame, &screen).unwrap();
    assert_eq!(tags(&html, "script").len(), 1, "only our own");
    assert!(!html.contains("<img") && !html.contains("<b>") && !html.contains("\"onclick"));
    assert!(html.contains("&lt;script&gt;alert(1)&lt;&#x2f;script&gt;"), "{html}");
}

#[test]
fn the_secret_of_enrolment_can_be_copied_in_one_piece() {
    let (_, html) = pages().into_iter().find(|(name, _)| *name == "totp-enrolment").unwrap();
    let (_, rest) = html.split_once("<code id=\"secret\">").unwrap();
    let shown = rest.split_once("</code>").unwrap().0;
    let text = shown.replace("<span>", "").replace("</span>", "");
    assert_eq!(text, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");
}

#[test]
fn every_screen_has_its_pictures() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/screens");
    for (name, _) in pages() {
        if name.ends_with("-refused") || name.ends_with("-notice") || name.starts_with("inbox") {
            continue;
        }
        for kind in ["light", "dark", "phone"] {
            let file = folder.join(format!("{name}-{kind}.png"));
            assert!(file.exists(), "docs/screens/make {name} takes {}", file.display());
        }
    }
}
