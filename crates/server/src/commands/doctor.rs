//! `vestibule doctor`: checks what the server needs, and says what to do about what is wrong.
use std::os::unix::fs::PermissionsExt;
use std::process::ExitCode;
use std::sync::Arc;

use vestibule_kernel::{App, Result, environment, job};
use vestibule_messages::{Carrier, Outbox};

use crate::config::Settings;
use crate::{program, say};

/// Checks everything; fails when something needs attention.
pub fn doctor(settings: &Settings) -> ExitCode {
    let mut wrong = 0;
    let mut report = |what: &str, found: std::result::Result<String, String>| match found {
        Ok(text) => say(&format!("ok    {what}: {text}")),
        Err(text) => {
            wrong += 1;
            say(&format!("WRONG {what}: {text}"));
        }
    };
    report("data folder", folder(settings));
    match program::open(settings, settings.public_url.as_deref().unwrap_or_default()) {
        Err(error) => {
            let cause = error.cause().map(|it| format!(" ({it})")).unwrap_or_default();
            report("database", Err(format!("{}{cause}", error.message())));
        }
        Ok(app) => {
            report("database", database(&app));
            report("jobs", jobs(&app));
            report("public URL", public_url(settings));
            report("mail", mail(&app));
            report("text messages", text_messages(&app));
            report("webhooks", webhooks(&app));
            let answer = app.net().lookup_txt("example.com");
            report("DNS", answer.map(|_| "answers".to_owned()).map_err(|it| it.to_string()));
        }
    }
    say(if wrong == 0 { "All well." } else { "See above." });
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn folder(settings: &Settings) -> std::result::Result<String, String> {
    let folder = settings.data_dir();
    let shown = folder.display();
    let found = std::fs::metadata(&folder).map_err(|it| {
        format!(
            "{shown} cannot be read: {it}. `vestibule serve` makes it; --data-dir names another."
        )
    })?;
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(format!("{shown} is open to others ({mode:o}): chmod 700 {shown}"));
    }
    Ok(format!("{shown}, for its owner alone"))
}

fn database(app: &App) -> std::result::Result<String, String> {
    let check = || -> Result<usize> { environment::list(app.db()).map(|it| it.len()) };
    let count = check().map_err(|it| it.to_string())?;
    Ok(format!("{}, up to date, {count} environments", app.db().engine()))
}

fn jobs(app: &App) -> std::result::Result<String, String> {
    let (due, failed) = job::backlog(app).map_err(|it| it.to_string())?;
    if failed > 0 {
        return Err(format!("{failed} failed for good; the log says why. {due} are due"));
    }
    Ok(format!("{due} due, none failed"))
}

fn webhooks(app: &Arc<App>) -> std::result::Result<String, String> {
    let unheard = || -> Result<Vec<String>> {
        let mut unheard = Vec::new();
        for it in environment::list(app.db())? {
            if app.system(&it.id).read(vestibule_record::webhooks::nobody_is_mailed)? {
                unheard.push(it.name);
            }
        }
        Ok(unheard)
    };
    match unheard().map_err(|it| it.to_string())?.join(", ").as_str() {
        "" => Ok("somebody is mailed when an endpoint is disabled after long failure".to_owned()),
        names => Ok(format!(
            "in {names}, nobody is mailed when an endpoint is disabled after long failure; \
             `vestibule webhook-policy update --alert-emails ops@…` changes that"
        )),
    }
}

fn public_url(settings: &Settings) -> std::result::Result<String, String> {
    match &settings.public_url {
        None => Ok(format!("http://{} (only this machine reaches it)", settings.bind())),
        Some(url) if url.starts_with("https://") => Ok(url.clone()),
        Some(url) => Err(format!(
            "{url} is not https: sign-in cookies and tokens would travel in the clear. Put a \
             TLS proxy in front and give its address as --public-url"
        )),
    }
}

fn mail(app: &App) -> std::result::Result<String, String> {
    match app.extension() {
        Some(Outbox::Smtp(smtp)) => match smtp.check() {
            Ok(()) => Ok("through SMTP, which answers".to_owned()),
            Err(error) => Err(error.message().to_owned()),
        },
        Some(Outbox::Inbox) | None => {
            Ok("to the built-in inbox; --smtp-url sends it out".to_owned())
        }
    }
}

fn text_messages(app: &App) -> std::result::Result<String, String> {
    match app.extension() {
        Some(carrier @ (Carrier::Webhook(_) | Carrier::Twilio(_))) => {
            match carrier.check(app.net().http()) {
                Ok(()) => Ok("through the carrier that is set".to_owned()),
                Err(error) => Err(error.message().to_owned()),
            }
        }
        Some(Carrier::Inbox) | None => {
            Ok("to the built-in inbox; --sms-url sends them out".to_owned())
        }
    }
}
