//! `vestibule`: an open, self-hosted identity platform, compatible with the WorkOS API.
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod banner;
mod catalog;
mod commands;
mod config;
mod demo;
mod janitor;
mod log;
mod program;
mod seed;
mod serve;

use config::Settings;

/// What the program was asked to do.
#[derive(Parser)]
#[command(name = "vestibule", version, about, max_term_width = 100)]
struct Arguments {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API and the hosted pages
    Serve {
        /// Print one JSON line when ready, in place of the banner
        #[arg(long)]
        json: bool,
    },
    /// Bring the database to this program's version
    Migrate,
    /// Check the settings, the data folder, the database and the way out
    Doctor,
    /// Write a consistent copy of the data to a folder, while the server runs
    Backup {
        /// A folder that does not exist yet
        folder: std::path::PathBuf,
    },
    /// Put a copy made by `backup` in place of the data
    Restore {
        /// The folder that `backup` wrote
        folder: std::path::PathBuf,
        /// Replace data that is there
        #[arg(long)]
        force: bool,
    },
    /// Environments: each has its own API keys, users and all else
    #[command(subcommand)]
    Env(commands::environments::Environments),
    /// Keys that sign access tokens, and API keys
    #[command(subcommand)]
    Keys(commands::keys::Keys),
    /// Print the OpenAPI 3.1 document
    Openapi,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(code) => code,
        Err(text) => {
            eprintln!("vestibule: {text}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<ExitCode, String> {
    let settings = arguments.settings.complete()?;
    log::install(&settings)?;
    let done = match arguments.command {
        Command::Serve { json } => serve::serve(&settings, json),
        Command::Migrate => commands::migrate(&settings),
        Command::Doctor => return commands::doctor::doctor(&settings),
        Command::Backup { folder } => commands::backup::backup(&settings, &folder),
        Command::Restore { folder, force } => commands::backup::restore(&settings, &folder, force),
        Command::Env(it) => commands::environments::run(&settings, it),
        Command::Keys(it) => commands::keys::run(&settings, it),
        Command::Openapi => commands::openapi(),
    };
    done.map(|()| ExitCode::SUCCESS).map_err(|error| match error.cause() {
        Some(cause) => format!("{} ({cause})", error.message()),
        None => error.message().to_owned(),
    })
}

/// Writes a line to the standard output; a reader that has gone away is no reason to fail.
fn say(text: &str) {
    use std::io::Write;
    writeln!(std::io::stdout(), "{text}").ok();
}
