//! `vestibule audit`: proves audit logs, at the database itself.
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;
use vestibule_kernel::id::{EnvironmentId, OrganizationId};
use vestibule_kernel::{App, Error, Kind, Result, environment};
use vestibule_record::audit_logs::{self, AuditLogVerification, Range};
use vestibule_surfaces::cli::Progress;

use crate::config::Settings;
use crate::{program, say};

/// What to do with audit logs.
#[derive(Subcommand)]
pub enum Audit {
    /// Prove that audit logs are complete and unchanged, or name the first event that is not
    ///
    /// Goes along the hash chain of each organization, and holds events, signed checkpoints and the
    /// end of the chain against it. Fails where something is wrong.
    Verify {
        /// The organization [default: all]
        #[arg(long, value_name = "ID")]
        organization: Option<String>,
        /// The environment [default: all]
        #[arg(long, value_name = "ID")]
        environment: Option<String>,
        /// A checkpoint or a manifest that you kept a copy of, or a file that holds it: the chain
        /// must still be the one that it tells of
        #[arg(long, value_name = "TOKEN", requires = "organization")]
        token: Option<String>,
        /// A CSV file that was exported; --token is its manifest
        #[arg(long, value_name = "FILE", requires = "token")]
        export: Option<PathBuf>,
        /// Only what comes after this place of the chain
        #[arg(long, value_name = "POSITION", requires = "organization")]
        after: Option<i64>,
        /// Only what comes up to this place of the chain
        #[arg(long, value_name = "POSITION", requires = "organization")]
        until: Option<i64>,
    },
}

/// Does it.
pub fn run(settings: &Settings, what: Audit) -> Result<ExitCode> {
    let Audit::Verify { organization, environment, token, export, after, until } = what;
    let range = Range { after, until };
    let app = program::open(settings, settings.public_url.as_deref().unwrap_or_default())?;
    let token = token.map(|it| std::fs::read_to_string(&it).unwrap_or(it));
    let organization = organization.map(|it| OrganizationId::parse(&it)).transpose()?;
    let mut wrong = false;
    for (environment, organization) in logs(&app, environment, organization, token.is_some())? {
        wrong |= !prove(&app, &environment, &organization, range, token.as_deref())?;
        if let (Some(export), Some(token)) = (&export, &token) {
            wrong |= !prove_export(&app, &environment, token, export)?;
        }
    }
    Ok(if wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

type Log = (EnvironmentId, OrganizationId);

/// The audit logs that are meant.
fn logs(
    app: &Arc<App>,
    environment: Option<String>,
    organization: Option<OrganizationId>,
    has_token: bool,
) -> Result<Vec<Log>> {
    let mut environments = environment::list(app.db())?;
    environments.retain(|it| environment.as_ref().is_none_or(|wanted| it.id.as_str() == wanted));
    let mut known: Vec<Log> = Vec::new();
    for it in &environments {
        let there = app.system(&it.id).read(audit_logs::organizations)?;
        known.extend(there.into_iter().map(|organization| (it.id.clone(), organization)));
    }
    let Some(wanted) = organization else { return Ok(known) };
    known.retain(|it| it.1 == wanted);
    if known.is_empty() && !has_token {
        return Err(Error::not_found("Audit log of the organization", &wanted));
    }
    if known.is_empty() {
        // All of it may have been removed: a token tells what must be there.
        known.extend(environments.into_iter().map(|it| (it.id, wanted.clone())));
    }
    Ok(known)
}

/// Walks a chain, and says what was found.
fn prove(
    app: &Arc<App>,
    environment: &EnvironmentId,
    organization: &OrganizationId,
    mut range: Range,
    token: Option<&str>,
) -> Result<bool> {
    let (mut events, mut checkpoints) = (0, 0);
    let progress = Progress::waiting(&format!("Going along the chain of {organization}"));
    loop {
        let found = app
            .system(environment)
            .read(|cx| audit_logs::verify(cx, organization, range, token))?;
        events += found.events;
        checkpoints += found.checkpoints;
        progress.tell(format!("Going along the chain of {organization}: {events} events"));
        if let Some(problem) = &found.problem {
            let event = problem.event_id.as_deref().unwrap_or_default();
            drop(progress);
            say(format!("WRONG {organization}: {} {event}", problem.message).trim_end());
            return Ok(false);
        }
        range.after = found.next_position;
        if range.after.is_none() {
            drop(progress);
            say(&format!("ok    {organization}: {}", told(&found, events, checkpoints)));
            return Ok(true);
        }
    }
}

fn told(found: &AuditLogVerification, events: i64, checkpoints: i64) -> String {
    let mut parts = vec![format!("{events} events are complete and unchanged")];
    if checkpoints > 0 {
        parts.push(format!("{checkpoints} signed checkpoints fit"));
    }
    if found.deleted > 0 {
        parts.push(format!("{} were deleted because their time was over", found.deleted));
    }
    if found.pending > 0 {
        parts.push(format!("{} were taken a moment ago and are not sealed yet", found.pending));
    }
    parts.join(", ")
}

fn prove_export(
    app: &Arc<App>,
    environment: &EnvironmentId,
    token: &str,
    file: &Path,
) -> Result<bool> {
    let flow = app.system(environment);
    let manifest = audit_logs::manifest(&flow, token)?.ok_or_else(|| {
        let text = "--token is not the manifest of an export that this installation signed.";
        Error::plain(Kind::Invalid, text)
    })?;
    let shown = file.display();
    let progress = Progress::waiting(&format!("Reading {shown}"));
    let found = audit_logs::verify_export(&flow, &manifest, file)?;
    drop(progress);
    Ok(match found {
        None => {
            say(&format!("ok    {shown}: {} events, as they were exported", manifest.events));
            true
        }
        Some(problem) => {
            say(&format!("WRONG {shown}: {problem}"));
            false
        }
    })
}
