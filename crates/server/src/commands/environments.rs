//! `vestibule env`: environments.
use clap::Subcommand;
use vestibule_kernel::id::EnvironmentId;
use vestibule_kernel::{Error, Kind, Result, environment};
use vestibule_surfaces::cli::Progress;

use crate::config::Settings;
use crate::{program, say};

/// What to do with environments.
#[derive(Subcommand)]
pub enum Environments {
    /// Make an environment and an API key for it, which is shown this once
    Create {
        /// Its name
        name: String,
        /// For test suites: they reset it, move its clock and read what it mails; for good
        #[arg(long)]
        sandbox: bool,
    },
    /// Show all environments
    List,
    /// Delete an environment with all that is in it
    Delete {
        /// Its id
        id: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Does it.
pub fn run(settings: &Settings, what: Environments) -> Result<()> {
    let app = program::open(settings, settings.public_url.as_deref().unwrap_or_default())?;
    match what {
        Environments::Create { name, sandbox } => {
            let made = environment::create(&app, &name, None, None)?;
            app.system(&made.id).write(move |cx| {
                if sandbox {
                    vestibule_sandbox::enable(cx)?;
                }
                vestibule_people::roles::ensure_defaults(cx)
            })?;
            let key = environment::create_key(&app, &made.id, "First key", None)?;
            say(&format!(
                "Made {} ({name}).\n\nWORKOS_API_KEY={}\nWORKOS_CLIENT_ID={}",
                made.id,
                key.reveal(),
                made.client_id
            ));
        }
        Environments::List => {
            for it in environment::list(app.db())? {
                let mark = if it.sandbox { "  (sandbox)" } else { "" };
                say(&format!("{}  {}  {}  {}{mark}", it.id, it.client_id, it.created_at, it.name));
            }
        }
        Environments::Delete { id, yes } => {
            let id = EnvironmentId::parse(&id)?;
            let known = environment::list(app.db())?;
            let Some(it) = known.iter().find(|it| it.id == id) else {
                return Err(Error::not_found("Environment", &id));
            };
            if !yes && !agreed(&it.name)? {
                say("Nothing was deleted.");
                return Ok(());
            }
            let progress = Progress::waiting("Deleting what is in it");
            let rows = environment::delete(&app, &id)?;
            drop(progress);
            say(&format!("Deleted {id} and its {rows} rows."));
        }
    }
    Ok(())
}

/// Asks for the name of what is to be deleted.
fn agreed(name: &str) -> Result<bool> {
    use std::io::IsTerminal;
    if !std::io::stdin().is_terminal() {
        let text = "Give --yes to delete an environment without being asked.";
        return Err(Error::new(Kind::BadRequest, "unavailable", text));
    }
    say(&format!("All users, organizations and keys of '{name}' will be lost. Type its name:"));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(Error::internal)?;
    Ok(answer.trim() == name)
}
