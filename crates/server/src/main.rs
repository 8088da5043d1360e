//! `vestibule`: an open, self-hosted identity platform, compatible with the WorkOS API.
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use vestibule_kernel::catalog::Catalog;
use vestibule_surfaces::{cli, client, gateway, login, mcp};

mod banner;
mod catalog;
mod commands;
mod config;
mod connections;
mod demo;
mod downloads;
mod janitor;
mod log;
mod oauth;
mod program;
mod sandbox;
mod serve;
mod widgets;

use config::Settings;

/// Requests make many small objects on many threads, which this allocator is made for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    /// Audit logs: prove that they are complete and unchanged
    #[command(subcommand)]
    Audit(commands::audit::Audit),
    /// Print the OpenAPI 3.1 document
    Openapi,
    /// Print the reference of all operations in Markdown
    Reference,
    /// Sign in to a server, by a browser anywhere
    ///
    /// Shows a code to enter in a browser, and keeps the tokens, sealed, in the user's config folder.
    /// They say who is at the terminal; operations need an API key all the same.
    Login(login::LoginCommand),
    /// End the sign-in, here and at the server
    Logout,
    /// Tell who is signed in, as the server's keys verify it
    Whoami {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Serve the operations to a model by MCP, over the standard input and output
    Mcp {
        /// The server that the operations run at
        #[command(flatten)]
        account: cli::Account,
        /// What the model is shown
        #[command(flatten)]
        view: mcp::ViewArguments,
        /// What to do with other MCP servers, or with clients
        #[command(subcommand)]
        command: Option<cli::McpCommand>,
    },
    #[command(flatten)]
    Agent(cli::AgentCommand),
}

fn main() -> ExitCode {
    match start() {
        Ok(code) => code,
        Err(text) => {
            writeln!(std::io::stderr(), "vestibule: {text}").ok();
            ExitCode::FAILURE
        }
    }
}

/// Tells the program's own commands from those of the catalogue, which are `domain verb`.
fn start() -> Result<ExitCode, String> {
    if cli::asks_to_complete() {
        cli::complete(catalog(), whole_command);
    }
    let domains = cli::domains(catalog::operations().concat().iter().map(|it| it.id));
    // What is not UTF-8 names no domain, and clap says so.
    let line = command_line();
    let text: Vec<&str> = line.iter().skip(1).filter_map(|it| it.to_str()).collect();
    if text.contains(&"--json") && (text.contains(&"--help") || text.contains(&"-h")) {
        return Ok(help(&text));
    }
    let spelled = text.first().map(|it| (*it).to_owned()).unwrap_or_default();
    let wanted = spelled.replace('-', "_");
    if let Some(domain) = domains.iter().copied().find(|it| *it == wanted) {
        let catalog = catalog();
        let of_domain = cli::domain(catalog, domain).map(|it| it.name(spelled));
        let matches = clap::Command::new("vestibule").subcommands(of_domain).get_matches_from(line);
        return Ok(match matches.subcommand() {
            Some((_, of_domain)) => cli::run(catalog, domain, of_domain),
            None => ExitCode::FAILURE,
        });
    }
    let command = Arguments::command().after_help(format!(
        "Every operation of the API is a command too: vestibule DOMAIN VERB, where DOMAIN is one \
         of\n  {}\n\nEvery command takes --mode human|agent|ci, and --help --json for its help as JSON.",
        domains.join(", ")
    ));
    run(arguments(&command.get_matches_from(line))?)
}

/// All commands, those of the catalogue among them.
fn whole_command() -> clap::Command {
    let catalog = catalog();
    let domains = cli::domains(catalog.entries().iter().map(|it| it.op.id));
    let of_domains = domains.into_iter().filter_map(|it| {
        // Both spellings name the command.
        let command = cli::domain(catalog, it)?;
        let spelled = it.replace('_', "-");
        Some(command.name(spelled.clone()).aliases((spelled != it).then(|| it.to_owned())))
    });
    // What stands among our own commands already is found there.
    let own = Arguments::command();
    let taken: Vec<String> = own.get_subcommands().map(|it| it.get_name().to_owned()).collect();
    own.subcommands(of_domains.filter(|it| !taken.contains(&it.get_name().to_owned())))
}

/// Prints the help of a command as JSON.
fn help(line: &[&str]) -> ExitCode {
    let words: Vec<&str> = line.iter().copied().take_while(|it| !it.starts_with('-')).collect();
    match cli::describe(&whole_command(), &words) {
        Some(told) => {
            say(&format!("{told:#}"));
            ExitCode::SUCCESS
        }
        None => {
            cli::Failed::wrong(format!("there is no command '{}'", words.join(" "))).report(true)
        }
    }
}

/// The commands of `mcp`, in the spelling that users of KosmoKrator type: `mcp:list`.
const MCP_COLON: &str = "mcp:";

/// The words of the command line, in our spelling.
fn command_line() -> Vec<OsString> {
    let mut line: Vec<OsString> = std::env::args_os().collect();
    cli::Mode::take(&mut line);
    let first = line.get(1).and_then(|it| it.to_str()).unwrap_or_default().to_owned();
    // `actions search` finds what agents can do, although `actions` is a domain too.
    if first == "actions" && line.get(2).is_some_and(|it| it == "search") {
        line[1] = "action".into();
    }
    if let Some(rest) = first.strip_prefix(MCP_COLON).filter(|it| *it != "lua") {
        let spelled: &[&str] = match rest {
            "gateway:install" => &["mcp", "install"],
            "gateway:export" => &["mcp", "install", "--print"],
            other => &["mcp", other],
        };
        line.splice(1..2, spelled.iter().map(OsString::from));
    }
    line
}

fn arguments(matches: &clap::ArgMatches) -> Result<Arguments, String> {
    Arguments::from_arg_matches(matches).map_err(|it| it.to_string())
}

/// The catalogue, which lives as long as the process.
fn catalog() -> &'static Catalog {
    Box::leak(Box::new(Catalog::new(&catalog::operations())))
}

fn serve_mcp(account: &cli::Account, view: &mcp::ViewArguments) -> Result<ExitCode, String> {
    let remote = account.open().map_err(|it| it.message)?.remote;
    let said = |it: vestibule_kernel::Error| it.message().to_owned();
    let (backend, beside) = (client::Backend::There(remote), gateway::Gateway::open()?);
    let server = mcp::Server::beside(catalog(), backend, beside).map_err(said)?;
    let view = view.chosen(server.actions()).map_err(said)?;
    let server = server.viewed(view);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|it| it.to_string())?;
    runtime.block_on(mcp::serve_stdio(server)).map(|()| ExitCode::SUCCESS)
}

fn run(arguments: Arguments) -> Result<ExitCode, String> {
    let command = match arguments.command {
        Command::Mcp { account, view, command: None | Some(cli::McpCommand::Serve) } => {
            return serve_mcp(&account, &view);
        }
        Command::Mcp { command: Some(it), .. } => return Ok(cli::mcp(it, wants_json())),
        Command::Agent(it) => return Ok(cli::agent(catalog(), it, wants_json())),
        Command::Login(it) => return Ok(login::login(it)),
        Command::Logout => return Ok(login::logout()),
        Command::Whoami { json } => return Ok(login::whoami(json)),
        other => other,
    };
    let settings = arguments.settings.complete()?;
    log::install(&settings)?;
    if let Command::Audit(what) = command {
        return commands::audit::run(&settings, what).map_err(told);
    }
    let done = match command {
        Command::Serve { json } => serve::serve(&settings, json),
        Command::Migrate => commands::migrate(&settings),
        Command::Doctor => return Ok(commands::doctor::doctor(&settings)),
        Command::Backup { folder } => commands::backup::backup(&settings, &folder),
        Command::Restore { folder, force } => commands::backup::restore(&settings, &folder, force),
        Command::Env(it) => commands::environments::run(&settings, it),
        Command::Keys(it) => commands::keys::run(&settings, it),
        Command::Openapi => {
            commands::openapi();
            Ok(())
        }
        Command::Reference => {
            commands::reference();
            Ok(())
        }
        Command::Audit(_)
        | Command::Mcp { .. }
        | Command::Agent(_)
        | Command::Login(_)
        | Command::Logout
        | Command::Whoami { .. } => Ok(()),
    };
    done.map(|()| ExitCode::SUCCESS).map_err(told)
}

/// Whether the command line asks for JSON, wherever it says so.
fn wants_json() -> bool {
    std::env::args().any(|it| it == "--json" || it == "--output-json")
}

/// An error as a terminal shows it.
fn told(error: vestibule_kernel::Error) -> String {
    match error.cause() {
        Some(cause) => format!("{} ({cause})", error.message()),
        None => error.message().to_owned(),
    }
}

/// Writes a line to the standard output; a reader that has gone away is no reason to fail.
fn say(text: &str) {
    writeln!(std::io::stdout(), "{text}").ok();
}
