//! `vestibule keys`: the keys that sign access tokens, and API keys.
use clap::Subcommand;
use vestibule_kernel::{Result, environment};

use crate::config::Settings;
use crate::{program, say};

/// What to do with keys.
#[derive(Subcommand)]
pub enum Keys {
    /// Sign access tokens with a new key, once clients have fetched it; those of the old one stay valid
    Rotate {
        /// The environment [default: the first]
        #[arg(long)]
        environment: Option<String>,
    },
    /// Make a new API key, which is shown this once
    Create {
        /// A name, to tell it from others
        name: String,
        /// The environment [default: the first]
        #[arg(long)]
        environment: Option<String>,
        /// End all other API keys of the environment
        #[arg(long)]
        revoke_others: bool,
    },
}

/// Does it.
pub fn run(settings: &Settings, what: Keys) -> Result<()> {
    let app = program::open(settings, settings.public_url.as_deref().unwrap_or_default())?;
    let find = |wanted: Option<String>| -> Result<_> {
        let Some(wanted) = wanted else {
            return Ok(program::first_environment(&app)?.environment.id);
        };
        let known = environment::list(app.db())?;
        let found = known.into_iter().find(|it| it.id.as_str() == wanted || it.name == wanted);
        found
            .map(|it| it.id)
            .ok_or_else(|| vestibule_kernel::Error::not_found("Environment", &wanted))
    };
    match what {
        Keys::Rotate { environment } => {
            let id = find(environment)?;
            let key = vestibule_signin::tokens::rotate(&app, &id)?;
            say(&format!(
                "{id} signs with {} as soon as clients have had time to fetch it.",
                key.kid
            ));
        }
        Keys::Create { name, environment, revoke_others } => {
            let id = find(environment)?;
            let key = environment::create_key(&app, &id, &name, None)?;
            say(&format!("WORKOS_API_KEY={}", key.reveal()));
            if revoke_others {
                let ended = environment::revoke_other_keys(&app, &id, &key)?;
                say(&format!("Ended {ended} other API keys of {id}."));
            }
        }
    }
    Ok(())
}
