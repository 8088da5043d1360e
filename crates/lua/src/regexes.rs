//! Regular expressions whose time is linear in the text.
//!
//! Patterns are those of the `regex` crate: no look-around, no back-references. A pattern between
//! slashes is read as PCRE writes it, `/…/i`, because programs that others wrote have that form.

use std::cell::RefCell;
use std::rc::Rc;

use mlua::{Lua, Table, Value};
use regex::{Captures, Regex, RegexBuilder};

use crate::budget::Budgets;

/// The longest pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 4 * 1024;
/// The longest text, in bytes: with the size of the compiled pattern it bounds the time of a search.
const TEXT_BYTES_MAX: usize = 256 * 1024;
/// The largest compiled pattern, in bytes.
const COMPILED_BYTES_MAX: usize = 512 * 1024;
/// The compiled patterns that are kept for the next call.
const KEPT_MAX: usize = 16;

/// The compiled patterns of a session.
#[derive(Default)]
pub(crate) struct Regexes {
    kept: RefCell<Vec<(String, String, Rc<Regex>)>>,
}

/// What stops a search: words for the program, or the end of the run.
pub(crate) enum Stop {
    Refused(String),
    Ended(mlua::Error),
}

impl From<mlua::Error> for Stop {
    fn from(error: mlua::Error) -> Self {
        Self::Ended(error)
    }
}

impl Regexes {
    /// The first match as a table: the whole at 0, groups at their numbers and names.
    pub(crate) fn first(
        &self,
        lua: &Lua,
        text: &str,
        pattern: &str,
        flags: &str,
    ) -> Result<Option<Table>, Stop> {
        let regex = self.compiled(text, pattern, flags)?;
        match regex.captures(text) {
            Some(captures) => Ok(Some(groups(lua, &regex, &captures)?)),
            None => Ok(None),
        }
    }

    /// Every match, as a list of such tables.
    pub(crate) fn all(
        &self,
        lua: &Lua,
        text: &str,
        pattern: &str,
        flags: &str,
        budgets: &Budgets,
    ) -> Result<Table, Stop> {
        let regex = self.compiled(text, pattern, flags)?;
        let found = lua.create_table()?;
        // One search is linear; a search from each match on need not be.
        for captures in regex.captures_iter(text) {
            budgets.check()?;
            found.raw_push(Value::Table(groups(lua, &regex, &captures)?))?;
        }
        Ok(found)
    }

    /// The text with at most `most` matches replaced. `$1`, `${name}` and `\1` stand for groups.
    pub(crate) fn replace(
        &self,
        (text, pattern, flags): (&str, &str, &str),
        replacement: &str,
        most: usize,
        bytes_max: usize,
        budgets: &Budgets,
    ) -> Result<String, Stop> {
        let regex = self.compiled(text, pattern, flags)?;
        let replacement = groups_in_braces(replacement);
        let (mut replaced, mut copied) = (String::new(), 0);
        for captures in regex.captures_iter(text).take(most) {
            budgets.check()?;
            let Some(whole) = captures.get(0) else { continue };
            replaced.push_str(&text[copied..whole.start()]);
            captures.expand(&replacement, &mut replaced);
            copied = whole.end();
            if replaced.len() > bytes_max {
                return Err(Stop::Refused(format!(
                    "regex.gsub: the text that it makes is longer than {bytes_max} bytes."
                )));
            }
        }
        replaced.push_str(&text[copied..]);
        Ok(replaced)
    }

    fn compiled(&self, text: &str, pattern: &str, flags: &str) -> Result<Rc<Regex>, Stop> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(Stop::Refused(format!(
                "regex: the text has {} bytes, and at most {TEXT_BYTES_MAX} are searched. Search a part of it.",
                text.len()
            )));
        }
        let kept = self.kept.borrow().iter().find(|it| it.0 == pattern && it.1 == flags).cloned();
        if let Some((_, _, regex)) = kept {
            return Ok(regex);
        }
        let regex = Rc::new(compile(pattern, flags).map_err(Stop::Refused)?);
        let mut kept = self.kept.borrow_mut();
        if kept.len() == KEPT_MAX {
            kept.remove(0);
        }
        kept.push((pattern.to_owned(), flags.to_owned(), Rc::clone(&regex)));
        Ok(regex)
    }
}

fn compile(pattern: &str, flags: &str) -> Result<Regex, String> {
    if pattern.len() > PATTERN_BYTES_MAX {
        return Err(format!(
            "regex: the pattern has {} bytes, and at most {PATTERN_BYTES_MAX} are read.",
            pattern.len()
        ));
    }
    let (pattern, own_flags) = between_slashes(pattern).unwrap_or((pattern, ""));
    let mut builder = RegexBuilder::new(pattern);
    builder.size_limit(COMPILED_BYTES_MAX).dfa_size_limit(COMPILED_BYTES_MAX);
    for flag in own_flags.chars().chain(flags.chars()) {
        match flag {
            'i' => builder.case_insensitive(true),
            'm' => builder.multi_line(true),
            's' => builder.dot_matches_new_line(true),
            'x' => builder.ignore_whitespace(true),
            'U' => builder.swap_greed(true),
            // Text is Unicode always.
            'u' => &mut builder,
            other => {
                return Err(format!("regex: the flag \"{other}\" is not one of i, m, s, x, u, U."));
            }
        };
    }
    builder.build().map_err(|error| {
        format!(
            "regex: the pattern {pattern:?} is refused: {error}. Look-around and back-references do not exist here."
        )
    })
}

/// What `/…/flags` holds, if a pattern has that form.
fn between_slashes(pattern: &str) -> Option<(&str, &str)> {
    let inner = pattern.strip_prefix('/')?;
    let (inner, flags) = inner.rsplit_once('/')?;
    flags.chars().all(|flag| "imsxuU".contains(flag)).then_some((inner, flags))
}

fn groups(lua: &Lua, regex: &Regex, captures: &Captures<'_>) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    for (at, name) in regex.capture_names().enumerate() {
        let Some(group) = captures.get(at) else { continue };
        let text = lua.create_string(group.as_str())?;
        table.raw_set(at, &text)?;
        if let Some(name) = name {
            table.raw_set(name, &text)?;
        }
    }
    Ok(table)
}

/// The replacement with every group in braces: `$1a` is the first group and an `a`, not a group `1a`.
fn groups_in_braces(replacement: &str) -> String {
    let mut text = String::with_capacity(replacement.len());
    let mut rest = replacement;
    while let Some(at) = rest.find(['$', '\\']) {
        text.push_str(&rest[..at]);
        let sign = &rest[at..=at];
        rest = &rest[at + 1..];
        let digits = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            text.extend(["${", &rest[..digits], "}"]);
            rest = &rest[digits..];
        } else if sign == "$" && rest.starts_with('$') {
            text.push_str("$$");
            rest = &rest[1..];
        } else if sign == "$" && !rest.starts_with('{') {
            text.push_str("$$");
        } else {
            text.push_str(sign);
        }
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::{between_slashes, compile, groups_in_braces};

    #[test]
    fn a_pattern_between_slashes_is_read_as_pcre_writes_it() {
        assert_eq!(between_slashes("/a+/i"), Some(("a+", "i")));
        assert_eq!(between_slashes("/a+/q"), None);
        assert_eq!(between_slashes("a/b"), None);
    }

    #[test]
    fn groups_in_a_replacement_may_stand_before_letters() {
        assert_eq!(groups_in_braces(r"$1a-\2-${name}-$$-$x"), "${1}a-${2}-${name}-$$-$$x");
    }

    #[test]
    fn a_pattern_that_would_fill_the_memory_is_refused() {
        assert!(compile(r"(?:\w{1000}){1000}", "").is_err());
        assert!(compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", "").is_ok());
    }
}
