//! Completion in shells: commands, flags, names of actions in every spelling, and names of
//! connections and of MCP servers.
use std::io::Write;
use std::sync::OnceLock;

use clap_complete::engine::CompletionCandidate;
use clap_complete::env::Shells;
use vestibule_kernel::catalog::Catalog;

use super::{Done, Failed, Shown};
use crate::actions::Actions;
use crate::connections::Connections;
use crate::gateway::Mounts;

/// The shells that there is completion for.
const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];
/// The variable by which the shell's function asks us.
const ASKS_BY: &str = "COMPLETE";

/// The operations whose names are completed.
static CATALOG: OnceLock<&'static Catalog> = OnceLock::new();

/// Answers a shell that asks what could stand where the cursor is; returns where none asks.
pub fn answer(catalog: &'static Catalog, commands: impl Fn() -> clap::Command) {
    CATALOG.set(catalog).ok();
    clap_complete::CompleteEnv::with_factory(commands).var(ASKS_BY).complete();
}

/// Whether a shell asks.
pub fn is_asked() -> bool {
    std::env::var_os(ASKS_BY).is_some_and(|it| !it.is_empty() && it != "0")
}

/// Prints the function that a shell asks us by.
pub(super) fn print(shell: &str) -> Done {
    let shells = Shells::builtins();
    let known = shells.completer(shell).filter(|_| SHELLS.contains(&shell));
    let completer = known.ok_or_else(|| {
        Failed::wrong(format!("'{shell}' is no shell with completion: {}", SHELLS.join(", ")))
    })?;
    let program = std::env::current_exe().map_err(|it| Failed::refused(it.to_string()))?;
    let program = program.display().to_string();
    let mut script = Vec::new();
    completer
        .write_registration(ASKS_BY, "vestibule", "vestibule", &program, &mut script)
        .map_err(|it| Failed::refused(it.to_string()))?;
    std::io::stdout().write_all(&script).ok();
    Ok(Shown::Nothing { exit: 0 })
}

/// The names of all actions, in every spelling.
pub(super) fn actions() -> Vec<CompletionCandidate> {
    let Some(actions) = CATALOG.get().and_then(|it| Actions::new(it).ok()) else {
        return Vec::new();
    };
    let mut candidates = Vec::new();
    for action in actions.all() {
        let about = action.description.lines().next().unwrap_or_default().to_owned();
        let own = std::iter::once(action.id.as_ref()).chain(action.names.iter().copied());
        // A name with a space in it is a route, which nobody completes.
        for name in own.filter(|it| !it.contains(' ')) {
            candidates
                .push(CompletionCandidate::new(name.to_owned()).help(Some(about.clone().into())));
        }
    }
    candidates
}

/// The names of all connections.
pub(super) fn connections() -> Vec<CompletionCandidate> {
    let Ok(connections) = Connections::open() else { return Vec::new() };
    let candidate = |it: &crate::connections::Connection| {
        CompletionCandidate::new(it.name.clone()).help(Some(it.base_url.clone().into()))
    };
    connections.list().iter().map(candidate).collect()
}

/// The names of the MCP servers that are mounted.
pub(super) fn servers() -> Vec<CompletionCandidate> {
    let Ok(mounts) = Mounts::open() else { return Vec::new() };
    mounts.list().map(|it| CompletionCandidate::new(it.0.to_owned())).collect()
}
