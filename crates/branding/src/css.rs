//! Custom CSS: what may be in it.
//!
//! It is refused rather than cleaned, so that what was typed is what is served, and whoever typed
//! it is told what is not possible. Nothing may be loaded, from this server or elsewhere; nothing
//! may be read out of the page; and nothing may end what it stands in. The pages' content security
//! policy stands behind this: it lets no stylesheet load anything but from this server.

/// The longest CSS that is kept, in bytes.
pub const CSS_BYTES_MAX: usize = 16 * 1024;

/// Rules that begin with `@` and load nothing.
const RULES: &[&str] = &["media", "supports", "container", "keyframes", "layer"];
/// Functions that load something, or read something out of the page.
const FUNCTIONS: &[&str] = &[
    "url",
    "src",
    "image",
    "image-set",
    "-webkit-image-set",
    "cross-fade",
    "-webkit-cross-fade",
    "element",
    "-moz-element",
    "paint",
    "attr",
    "expression",
    "format",
    "local",
];
/// Properties that run something in browsers of the past.
const PROPERTIES: &[&str] = &["behavior", "-moz-binding"];

/// Lets CSS through that does nothing but change looks; tells what is wrong with other.
pub fn check(css: &str) -> Result<(), String> {
    if css.len() > CSS_BYTES_MAX {
        return Err(format!("is longer than {CSS_BYTES_MAX} bytes"));
    }
    let control = |it: char| it.is_control() && !matches!(it, '\n' | '\r' | '\t');
    if css.chars().any(control) {
        return Err("holds control characters".to_owned());
    }
    // An escape can spell any of the words below, and no stylesheet of ours needs one.
    if css.contains('\\') {
        return Err("holds a backslash; write the character itself".to_owned());
    }
    // What could be taken for the end of the stylesheet, or for markup.
    if css.contains('<') || css.contains("-->") {
        return Err("holds '<' or '-->'".to_owned());
    }
    let plain = without_comments(css)?;
    check_balance(&plain)?;
    check_rules(&plain)?;
    let words = plain.to_ascii_lowercase();
    for name in FUNCTIONS {
        if calls(&words, name) {
            return Err(format!("calls {name}(), which can load or read something"));
        }
    }
    for name in PROPERTIES {
        if words.contains(name) {
            return Err(format!("sets {name}, which can run something"));
        }
    }
    Ok(())
}

/// The text with a space for each comment, as a browser reads it.
fn without_comments(css: &str) -> Result<String, String> {
    let mut plain = String::new();
    let mut rest = css;
    // Within a string there are no comments; a string that hides the beginning of one would let us
    // overlook what a browser sees. So neither may stand within the other.
    while let Some(start) = rest.find("/*") {
        let (before, from) = rest.split_at(start);
        if is_open(before) {
            return Err("holds '/*' within a string".to_owned());
        }
        let end = from[2..].find("*/").ok_or("holds a comment that does not end")?;
        plain.push_str(before);
        plain.push(' ');
        rest = &from[2 + end + 2..];
    }
    plain.push_str(rest);
    Ok(plain)
}

/// Whether a string is open at the end of a text without comments.
fn is_open(text: &str) -> bool {
    let mut open = None;
    for letter in text.chars() {
        open = match (open, letter) {
            (None, '"' | '\'') => Some(letter),
            // A string ends at the end of its line, finished or not.
            (Some(_), '\n') => None,
            (Some(mark), _) if mark == letter => None,
            (open, _) => open,
        };
    }
    open.is_some()
}

/// Refuses brackets and strings that do not end.
fn check_balance(plain: &str) -> Result<(), String> {
    let (mut open, mut string) = (Vec::new(), None);
    for letter in plain.chars() {
        match (string, letter) {
            (Some(_), '\n' | '\r') => return Err("holds a string that does not end".to_owned()),
            (Some(mark), _) if mark == letter => string = None,
            (None, '"' | '\'') => string = Some(letter),
            (None, '{') => open.push('}'),
            (None, '(') => open.push(')'),
            (None, '[') => open.push(']'),
            (None, '}' | ')' | ']') if open.pop() != Some(letter) => {
                return Err(format!("holds a '{letter}' that nothing opened"));
            }
            (Some(_) | None, _) => {}
        }
    }
    match (string, open.last()) {
        (Some(_), _) => Err("holds a string that does not end".to_owned()),
        (None, Some(it)) => Err(format!("lacks a '{it}'")),
        (None, None) => Ok(()),
    }
}

/// Refuses rules such as `@import` and `@font-face`.
fn check_rules(plain: &str) -> Result<(), String> {
    for (at, _) in plain.match_indices('@') {
        let name: String = plain[at + 1..]
            .chars()
            .take_while(|it| it.is_ascii_alphanumeric() || *it == '-' || *it == '_')
            .collect();
        if !RULES.iter().any(|it| it.eq_ignore_ascii_case(&name)) {
            return Err(format!(
                "holds '@{name}'; the rules that may be there are @{}",
                RULES.join(", @")
            ));
        }
    }
    Ok(())
}

/// Whether a function of this name is called; the name of another may end with it.
fn calls(words: &str, name: &str) -> bool {
    words.match_indices(name).any(|(at, _)| {
        let before = words[..at].chars().next_back();
        let begins = !before.is_some_and(|it| it.is_alphanumeric() || matches!(it, '-' | '_'));
        begins && words[at + name.len()..].trim_start().starts_with('(')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_may_be_changed() {
        for css in [
            "",
            ".card { border-width: 2px; box-shadow: 0 1px 2px rgb(0 0 0 / 20%) }",
            "/* ours */ h1 { letter-spacing: 0 }\n@media (max-width: 30rem) { .brand { display: none } }",
            ".brand-name::after { content: \" – “sign in”\" }",
            "@keyframes in { from { opacity: 0 } } .card { animation: in 1s }",
            ".primary { background: linear-gradient(90deg, #000, #333); width: calc(100% - 2px) }",
            ".curl { color: red }",
        ] {
            assert_eq!(check(css), Ok(()), "{css}");
        }
    }

    #[test]
    fn custom_css_cannot_load_anything_from_anywhere() {
        for css in [
            "a { background: url(https://evil.test/x) }",
            "a { background: URL('//evil.test') }",
            "a { background: url (x) }",
            "a { background: u\\72l(https://evil.test/x) }",
            "a { background: url/**/(x) }",
            "a { background: /* ' */ url(x) }",
            "a { content: '/*'; background: url(x); content: '*/' }",
            "a { background: image-set('https://evil.test/x' 1x) }",
            "a { background: -webkit-image-set(\"x\" 1x) }",
            "a { background: src('x') }",
            "@import 'https://evil.test/x.css';",
            "@IMPORT \"x\";",
            "@\\69mport 'x';",
            "@font-face { font-family: x; src: local(x) }",
            "@namespace x 'y';",
            "@charset 'utf-7';",
            "a { behavior: x }",
            "a { -moz-binding: x }",
            "a { width: expression(alert(1)) }",
        ] {
            assert!(check(css).is_err(), "{css}");
        }
    }

    #[test]
    fn custom_css_cannot_read_the_token_of_a_form() {
        assert!(check("input::after { content: attr(value) }").is_err());
        assert!(check("input[value^='a'] { background: url(/a) }").is_err());
    }

    #[test]
    fn custom_css_cannot_leave_its_stylesheet() {
        for css in [
            "} body { display: none",
            "a { color: red } }",
            "a { color: red",
            "</style><script>alert(1)</script>",
            "<!-- a {}",
            "a { content: 'x",
            "a { content: 'x\n' }",
            "a { color: red } /* and",
            "a { width: calc(1px }",
            "a { color: red\0 }",
        ] {
            assert!(check(css).is_err(), "{css:?}");
        }
    }

    #[test]
    fn custom_css_is_bounded() {
        assert!(check(&" ".repeat(CSS_BYTES_MAX)).is_ok());
        assert!(check(&" ".repeat(CSS_BYTES_MAX + 1)).is_err());
    }

    proptest::proptest! {
        #[test]
        fn whatever_passes_calls_nothing_that_loads(css in "[a-z@(){}'\"/* \n:;\\\\-]{0,60}(url|@import|image-set)?[a-z(){}'\"/* ]{0,20}") {
            if check(&css).is_ok() {
                let plain = css.to_lowercase();
                let compact: String = plain.split_whitespace().collect();
                proptest::prop_assert!(!plain.contains("@import"));
                let called = compact.match_indices("url(").any(|(at, _)| {
                    !compact[..at].ends_with(|it: char| it.is_alphanumeric() || it == '-')
                });
                // What stands in a comment is no call.
                proptest::prop_assert!(!called || css.contains("/*"));
            }
        }
    }
}
