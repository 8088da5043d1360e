//! The log: one readable line for each request on a terminal, JSON otherwise. It goes to the
//! standard error; no secret ever gets there.
use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Settings};

/// Installs the log that `settings` ask for.
pub fn install(settings: &Settings) -> Result<(), String> {
    let filter = settings.log.as_deref().unwrap_or("info");
    let filter = EnvFilter::try_new(filter)
        .map_err(|it| format!("The setting log '{filter}' is not understood: {it}."))?;
    let as_text = match settings.log_format.unwrap_or_default() {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if as_text {
        log.compact().with_target(false).init();
    } else {
        log.json().flatten_event(true).with_current_span(false).init();
    }
    Ok(())
}
