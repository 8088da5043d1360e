//! What a command says when it did not do what it was to: one line for people, and for programs an
//! envelope that tells what to run next.
use std::io::Write;
use std::process::ExitCode;

use serde_json::{Value, json};
use vestibule_kernel::agent::approvals::REQUIRED;

use super::{NO_KEY, REFUSED, WRONG};
use crate::actions::Failure;

/// Why a command did not do what it was to.
#[derive(Debug)]
pub struct Failed {
    /// The exit code.
    pub exit: u8,
    /// A word for programs.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What else is known.
    pub details: Box<Value>,
    /// What to run next, each with what it does.
    pub hints: Vec<(&'static str, String)>,
}

impl Failed {
    /// The command line is wrong.
    pub fn wrong(message: impl Into<String>) -> Self {
        Self::new(WRONG, "invalid_usage", message)
    }
    /// It did not work.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(REFUSED, "failed", message)
    }
    /// What cannot be undone was not confirmed.
    pub fn unconfirmed(what: &str) -> Self {
        let message = format!("{what} cannot be undone, and nothing was done: give --yes");
        Self::new(WRONG, "confirmation_required", message)
    }
    fn new(exit: u8, code: &str, message: impl Into<String>) -> Self {
        Self {
            exit,
            code: code.to_owned(),
            message: message.into(),
            details: Box::default(),
            hints: Vec::new(),
        }
    }
    /// With a command that helps.
    pub fn hint(mut self, what: &'static str, command: impl Into<String>) -> Self {
        self.hints.push((what, command.into()));
        self
    }

    /// For programs.
    pub fn to_value(&self) -> Value {
        let hint = |(what, command): &(&str, String)| json!({ "description": what, "command": command, "hostShellRequired": false });
        json!({
            "error": {
                "code": self.code,
                "message": self.message,
                "details": self.details,
                "recovery": { "hints": self.hints.iter().map(hint).collect::<Vec<_>>() },
            }
        })
    }
    /// Says it on the standard error, and answers the exit code.
    pub fn report(&self, as_json: bool) -> ExitCode {
        let mut out = std::io::stderr();
        if as_json || super::mode::tells_programs() {
            writeln!(out, "{:#}", self.to_value()).ok();
        } else {
            let clean: String = self.message.chars().filter(|it| !it.is_control()).collect();
            writeln!(out, "vestibule: {clean}").ok();
            for (what, command) in &self.hints {
                writeln!(out, "  {what}: {command}").ok();
            }
        }
        ExitCode::from(self.exit)
    }
}

impl From<String> for Failed {
    fn from(text: String) -> Self {
        Self::refused(text)
    }
}

impl From<crate::login::Failed> for Failed {
    fn from(crate::login::Failed(exit, text): crate::login::Failed) -> Self {
        Self::new(exit, "sign_in_failed", text)
    }
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        // A refusal with a code says what is missing, and that is not the key.
        let code = ["code", "error"].iter().find_map(|it| failure.details.get(it)?.as_str());
        let exit = match (failure.kind, failure.status) {
            (_, Some(401 | 403)) if code.is_none() => NO_KEY,
            ("unknown_function" | "invalid_arguments", _) => WRONG,
            _ => REFUSED,
        };
        let failed = Self {
            exit,
            code: code.unwrap_or(failure.kind).to_owned(),
            message: failure.message,
            details: Box::new(failure.details),
            hints: Vec::new(),
        };
        match (failure.kind, failure.status) {
            ("unknown_function", _) => failed
                .hint("Find an action by what it does", "vestibule action list --intent \"…\""),
            ("invalid_arguments", _) => {
                failed.hint("See what it takes", "vestibule action get NAME --json")
            }
            (_, Some(401)) if exit == NO_KEY => failed
                .hint("Give a key that the server accepts", "export WORKOS_API_KEY=…")
                .hint("Or keep one", "vestibule connection create NAME --api-key-stdin"),
            (_, Some(403)) if exit == NO_KEY => failed.hint(
                "The key does not open this: use the connection of another",
                "vestibule connection list",
            ),
            ("denied", Some(403)) if failed.code == REQUIRED => {
                let asked = &failed.details["approval"];
                let [id, url] = ["id", "url"].map(|it| asked[it].as_str().unwrap_or_default());
                let approve = format!("vestibule approvals approve {id}");
                let page = url.to_owned();
                failed
                    .hint("Have a person approve it on its page, then run this again", page)
                    .hint("Or with an API key, or an approver's key", approve)
            }
            ("unreachable", _) => {
                failed.hint("See which server is asked", "vestibule connection list --json")
            }
            _ => failed,
        }
    }
}
