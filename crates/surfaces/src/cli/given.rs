//! The arguments of an action as somebody types them after its name: a JSON payload, `--arg k=v`,
//! `--key=value`, and our own flags among them.
use std::io::{IsTerminal, Read};

use serde_json::{Map, Value};

use super::failure::Failed;
use super::{text_of, value};
use crate::actions::{Action, field_of};

/// The longest payload that is read from the standard input.
const PAYLOAD_BYTES_MAX: u64 = 10 * 1024 * 1024;

/// What stands after the name of an action.
#[derive(Debug, Default, PartialEq)]
pub struct Given {
    payload: Option<String>,
    pairs: Vec<(String, String)>,
    /// `--account NAME`.
    pub account: Option<String>,
    /// `--json`.
    pub json: bool,
    /// `--force`, `--yes` or `-y`.
    pub force: bool,
    /// `--dry-run`.
    pub dry_run: bool,
}

impl Given {
    /// Reads the words. A flag that is none of ours is a field of the input.
    pub fn parse(words: &[String]) -> Result<Self, Failed> {
        let mut given = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--json" => given.json = true,
                "--force" | "--yes" | "-y" => given.force = true,
                "--dry-run" => given.dry_run = true,
                flag if flag.starts_with("--") && flag.len() > 2 => {
                    let (name, value) = match flag[2..].split_once('=') {
                        Some((name, value)) => (name, value.to_owned()),
                        None => (&flag[2..], next_of(flag, words.next())?),
                    };
                    given.flag(name, value)?;
                }
                _ if given.payload.is_none() => given.payload = Some(word.clone()),
                _ => return Err(Failed::wrong(format!("'{word}' is one value too many"))),
            }
        }
        Ok(given)
    }
    fn flag(&mut self, name: &str, value: String) -> Result<(), Failed> {
        match name {
            "account" | "connection" | "connectionId" => self.account = Some(value),
            "arg" => {
                let (name, value) = value
                    .split_once('=')
                    .ok_or_else(|| Failed::wrong(format!("--arg {value} is not NAME=VALUE")))?;
                self.pairs.push((name.to_owned(), value.to_owned()));
            }
            "input" | "data" => self.payload = Some(value),
            _ => self.pairs.push((name.replace('-', "_"), value)),
        }
        Ok(())
    }
    /// What was given, all text: enough to find the action by.
    pub fn named(&self) -> Result<Map<String, Value>, Failed> {
        let mut named = self.payload()?;
        named.extend(self.pairs.iter().map(|(name, it)| (name.clone(), it.clone().into())));
        Ok(named)
    }
    /// What was given, each value of the type that the action declares: a code `012345` stays text.
    pub fn typed(&self, action: &Action) -> Result<Map<String, Value>, Failed> {
        self.typed_by(|name| field_of(action, name))
    }
    /// The same, where `field` tells the name and the schema of what is called so.
    pub fn typed_by<'a>(
        &self,
        field: impl Fn(&str) -> Option<(String, &'a Value)>,
    ) -> Result<Map<String, Value>, Failed> {
        let mut typed = self.payload()?;
        for (name, _) in &self.pairs {
            let mut texts = self.pairs.iter().filter(|it| it.0 == *name).map(|it| it.1.as_str());
            let typed_value = match field(name) {
                Some((field, schema)) => value(&field, schema, texts).map_err(Failed::wrong)?,
                None => texts.next_back().unwrap_or_default().into(),
            };
            typed.insert(name.clone(), typed_value);
        }
        Ok(typed)
    }
    fn payload(&self) -> Result<Map<String, Value>, Failed> {
        let text = match &self.payload {
            Some(it) => text_of(it).map_err(Failed::wrong)?,
            None => return Ok(Map::new()),
        };
        let wrong = |it| Failed::wrong(format!("the input is not a JSON object: {it}"));
        serde_json::from_str(&text).map_err(wrong)
    }
    /// Takes the payload from the standard input, where something is piped in and nothing was given.
    pub fn or_piped(mut self) -> Result<Self, Failed> {
        if self.payload.is_none() && self.pairs.is_empty() && !std::io::stdin().is_terminal() {
            let mut text = String::new();
            let read = std::io::stdin().take(PAYLOAD_BYTES_MAX).read_to_string(&mut text);
            read.map_err(|it| Failed::wrong(it.to_string()))?;
            self.payload = Some(text).filter(|it| !it.trim().is_empty());
        }
        Ok(self)
    }
}

fn next_of(flag: &str, word: Option<&String>) -> Result<String, Failed> {
    word.cloned().ok_or_else(|| Failed::wrong(format!("{flag} wants a value")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_ours_and_fields_stand_side_by_side() {
        let words = ["{\"a\":1}", "--arg", "code=012345", "--user-id=user_1", "--json", "--force"];
        let given = Given::parse(&words.map(str::to_owned)).unwrap();
        assert!(given.json && given.force && !given.dry_run);
        let pairs =
            [("code".to_owned(), "012345".to_owned()), ("user_id".to_owned(), "user_1".to_owned())];
        assert_eq!(given.pairs, pairs);
        assert_eq!(given.named().unwrap()["a"], 1);
    }
}
