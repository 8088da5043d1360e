//! Who is at the other end: a person, a model, or a pipeline. It says how answers are printed, whether
//! questions are asked, and whether anything moves on the screen.
use std::ffi::OsString;
use std::io::IsTerminal;
use std::sync::OnceLock;

/// Where the mode is set; the second is that of WorkOS's command line.
const SETTINGS: [&str; 2] = ["VESTIBULE_MODE", "WORKOS_MODE"];
/// What agents set in the programs that they start.
const AGENTS: [&str; 3] = ["CLAUDECODE", "CURSOR_AGENT", "CODEX_SANDBOX"];
/// What pipelines set.
const PIPELINE: &str = "CI";

/// Who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A person: tables and questions at a terminal, JSON in pipes.
    Human,
    /// A model: JSON, and no questions.
    Agent,
    /// A pipeline: the same.
    Ci,
}

static CHOSEN: OnceLock<Mode> = OnceLock::new();

impl Mode {
    fn named(name: &str) -> Option<Self> {
        match name {
            "human" => Some(Self::Human),
            "agent" => Some(Self::Agent),
            "ci" => Some(Self::Ci),
            _ => None,
        }
    }
    /// The mode of this process.
    #[expect(
        clippy::disallowed_methods,
        reason = "what other programs set, and no setting of ours"
    )]
    pub fn current() -> Self {
        *CHOSEN.get_or_init(|| Self::of_environment(|it| std::env::var(it).ok()))
    }
    fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_set =
            |name: &str| variable(name).is_some_and(|it| !matches!(&*it, "" | "0" | "false"));
        if let Some(set) = SETTINGS.into_iter().find_map(|name| Self::named(&variable(name)?)) {
            return set;
        }
        if AGENTS.into_iter().any(is_set) {
            return Self::Agent;
        }
        if is_set(PIPELINE) { Self::Ci } else { Self::Human }
    }
    /// Takes `--mode NAME` out of a command line, wherever it stands before `--`.
    pub fn take(line: &mut Vec<OsString>) {
        let words = line.iter().take_while(|it| *it != "--");
        let words: Vec<String> = words.map(|it| it.to_string_lossy().into_owned()).collect();
        for (place, word) in words.iter().enumerate().skip(1) {
            let (named, length) = match word.strip_prefix("--mode=") {
                Some(name) => (Self::named(name), 1),
                None if word == "--mode" => {
                    (words.get(place + 1).and_then(|it| Self::named(it)), 2)
                }
                None => continue,
            };
            // A flag of this name with another value is somebody else's.
            if let Some(mode) = named {
                CHOSEN.set(mode).ok();
                line.drain(place..place + length);
                return;
            }
        }
    }
}

/// Whether answers are JSON whatever was asked for.
pub(super) fn is_for_programs() -> bool {
    Mode::current() != Mode::Human || !std::io::stdout().is_terminal()
}

/// Whether refusals are JSON whatever was asked for.
pub(super) fn tells_programs() -> bool {
    Mode::current() != Mode::Human || !std::io::stderr().is_terminal()
}

/// Whether somebody is there who can be asked, and sees the question.
pub(super) fn may_ask() -> bool {
    let is_seen = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    Mode::current() == Mode::Human && is_seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_and_pipelines_are_known_by_what_they_set() {
        for (variables, expected) in [
            (&[][..], Mode::Human),
            (&[("CLAUDECODE", "1")], Mode::Agent),
            (&[("CI", "true")], Mode::Ci),
            (&[("CI", "false")], Mode::Human),
            (&[("CI", "true"), ("WORKOS_MODE", "human")], Mode::Human),
            (&[("CI", "true"), ("CURSOR_AGENT", "1")], Mode::Agent),
        ] {
            let find =
                |name: &str| variables.iter().find(|it| it.0 == name).map(|it| it.1.to_owned());
            assert_eq!(Mode::of_environment(find), expected, "{variables:?}");
        }
    }

    #[test]
    fn a_mode_that_is_none_is_left_to_the_command() {
        let mut line: Vec<OsString> = ["v", "call", "x", "--mode", "dark"].map(Into::into).into();
        let before = line.clone();
        Mode::take(&mut line);
        assert_eq!(line, before);
    }
}
