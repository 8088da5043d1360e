//! `vestibule lua`: programs that call actions, in a sandbox.
use std::collections::BTreeMap;
use std::io::{IsTerminal, Read, Write};
use std::sync::Arc;

use clap::Args;
use serde_json::Value;
use vestibule_kernel::catalog::Catalog;
use vestibule_kernel::chance::Chance;
use vestibule_lua::{Engine, FailureKind, Limits, Outcome, Session, SessionOptions};

use super::account::Account;
use super::action::actions;
use super::failure::Failed;
use super::{Done, Shown};
use crate::client::Backend;
use crate::connections::Connections;
use crate::gateway::Gateway;
use crate::lua::Accounts;

/// The memory that a program has where nobody says, in bytes.
const MEMORY_BYTES_USUAL: u64 = 32 * 1024 * 1024;
/// The least memory that a program runs in, in bytes.
const MEMORY_BYTES_MIN: u64 = 1024 * 1024;
/// The most memory that a program may be given, in bytes.
const MEMORY_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// The most processor time that a program may be given, in seconds.
const CPU_SECONDS_MAX: f64 = 600.0;

/// Run a program in Lua that calls actions: {"success", "output", "error", "result", …}
#[derive(Args, Debug)]
pub struct LuaCommand {
    #[command(flatten)]
    account: Account,
    /// The file with the program; - is the standard input
    file: Option<String>,
    /// The program itself
    #[arg(long, short = 'e', value_name = "CODE", conflicts_with_all = ["file", "repl"])]
    eval: Option<String>,
    /// Run what is typed, line after line; globals are kept
    #[arg(long, conflicts_with = "file")]
    repl: bool,
    /// Do what cannot be undone
    #[arg(long, visible_alias = "yes")]
    force: bool,
    /// Memory of the program, in bytes
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = MEMORY_BYTES_USUAL,
        value_parser = clap::value_parser!(u64).range(MEMORY_BYTES_MIN..=MEMORY_BYTES_MAX)
    )]
    memory_limit: u64,
    /// Processor time of the program, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0)]
    cpu_limit: f64,
    /// Print the outcome whole, as JSON
    #[arg(long = "json")]
    as_json: bool,
}

/// Does what `lua` says.
pub async fn run(catalog: &'static Catalog, command: LuaCommand) -> Done {
    let program = command.program()?;
    let options = command.options()?;
    let host = Arc::new(command.host(catalog)?);
    let engine = Engine::new(1);
    let Some(program) = program else {
        let session = engine.session(host, options).await;
        return converse(session.map_err(|it| Failed::refused(it.to_string()))?).await;
    };
    let outcome = engine.run(host, &program, options).await;
    let exit = u8::from(!outcome.success);
    if command.as_json {
        let value = serde_json::to_value(&outcome).map_err(|it| Failed::refused(it.to_string()))?;
        return Ok(Shown::Result { value, exit });
    }
    tell(&outcome);
    Ok(Shown::Nothing { exit })
}

impl LuaCommand {
    /// The program; nothing where it is to be typed.
    fn program(&self) -> Result<Option<String>, Failed> {
        let text = match (&self.eval, self.file.as_deref()) {
            (Some(code), _) => code.clone(),
            (None, Some("-")) => piped()?,
            (None, Some(path)) => std::fs::read_to_string(path)
                .map_err(|it| Failed::wrong(format!("{path}: {it}")))?,
            (None, None) if self.repl => return Ok(None),
            (None, None) if std::io::stdin().is_terminal() => String::new(),
            (None, None) => piped()?,
        };
        if text.trim().is_empty() {
            return Err(Failed::wrong(
                "there is no program: give a file, --eval CODE, --repl, or - for the standard input",
            ));
        }
        Ok(Some(text))
    }

    fn host(&self, catalog: &'static Catalog) -> Result<Accounts, Failed> {
        let chosen = self.account.open()?;
        let mut named = BTreeMap::new();
        for connection in Connections::open()?.list() {
            let opened = Account::named(&connection.name).open()?;
            named.insert(connection.name.clone(), Backend::There(opened.remote));
        }
        let default = Backend::There(chosen.remote);
        let accounts = Accounts::new(actions(catalog)?, default, named, self.force);
        Ok(accounts.beside(Arc::new(Gateway::open()?)))
    }

    fn options(&self) -> Result<SessionOptions, Failed> {
        if !(self.cpu_limit > 0.0 && self.cpu_limit <= CPU_SECONDS_MAX) {
            return Err(Failed::wrong(format!(
                "--cpu-limit is more than 0 and at most {CPU_SECONDS_MAX} seconds"
            )));
        }
        let cpu = std::time::Duration::from_secs_f64(self.cpu_limit);
        let cpu_ms_max = u64::try_from(cpu.as_millis()).unwrap_or(u64::MAX);
        let memory = usize::try_from(self.memory_limit).unwrap_or(usize::MAX);
        let limits = Limits {
            cpu_ms_max,
            wall_ms_max: cpu_ms_max.saturating_mul(2),
            memory_bytes_max: memory,
            ..Limits::default()
        };
        let chance: [u8; 12] = Chance::system().bytes();
        let run_id = format!("run_{}", data_encoding::HEXLOWER.encode(&chance));
        Ok(SessionOptions { run_id, limits, permission_bypassed: self.force })
    }
}

fn piped() -> Result<String, Failed> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|it| Failed::wrong(it.to_string()))?;
    Ok(text)
}

/// Prints what a program printed, what it returned and what ended it.
fn tell(outcome: &Outcome) {
    let result = match &outcome.result {
        Value::Null => String::new(),
        value => format!("{value:#}\n"),
    };
    let text = format!("{}{result}", outcome.output);
    let mut out = std::io::stdout();
    let text = if out.is_terminal() { harmless(&text) } else { text };
    write!(out, "{text}").ok();
    if let Some(error) = &outcome.error {
        let line = error.line.map(|it| format!("line {it}: ")).unwrap_or_default();
        writeln!(std::io::stderr(), "vestibule: {line}{}", harmless(&error.to_string())).ok();
    }
}

/// Text without what a terminal obeys: it may have been written by customers.
fn harmless(text: &str) -> String {
    text.chars().filter(|it| !it.is_control() || matches!(it, '\n' | '\t')).collect()
}

/// Runs what is typed until the input ends. An expression is shown; what is not complete goes on in
/// the next line.
async fn converse(mut session: Session) -> Done {
    let is_terminal = std::io::stdin().is_terminal();
    let (mut typed, mut exit) = (String::new(), 0);
    let mut lines = std::io::stdin().lines();
    loop {
        if is_terminal {
            write!(std::io::stderr(), "{}", if typed.is_empty() { "> " } else { ">> " }).ok();
        }
        let Some(Ok(line)) = lines.next() else { break };
        typed.push_str(&line);
        typed.push('\n');
        let mut outcome = session.run(&format!("return {typed}")).await;
        if is_syntax_error(&outcome) {
            outcome = session.run(&typed).await;
        }
        if outcome.meta.incomplete && !line.is_empty() {
            continue;
        }
        typed.clear();
        tell(&outcome);
        exit = u8::from(!outcome.success);
    }
    Ok(Shown::Nothing { exit: if is_terminal { 0 } else { exit } })
}

fn is_syntax_error(outcome: &Outcome) -> bool {
    outcome.error.as_ref().is_some_and(|it| it.kind == FailureKind::SyntaxError)
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn text_of_customers_gives_a_terminal_no_orders() {
        assert_eq!(harmless("Acme\u{1b}[2J\u{9b}1m\r\n\tLtd"), "Acme[2J1m\n\tLtd");
    }
}
