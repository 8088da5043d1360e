//! Forgets what need not be kept: old idempotency keys, rate-limit windows, events, deliveries,
//! sessions and codes that are long over.
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use vestibule_kernel::{App, FlowCx, Result, environment, idempotency, limit};

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_mins(15);

/// Tidies up until `stop` says to stop.
pub async fn work(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stop.changed() => return,
        }
        let app = app.clone();
        let done = tokio::task::spawn_blocking(move || tidy(&app)).await;
        if let Ok(Err(error)) = done {
            tracing::error!(?error, "tidying up did not work");
        }
    }
}

/// Tidies up once, everywhere.
pub fn tidy(app: &Arc<App>) -> Result<()> {
    limit::forget_everywhere(app)?;
    vestibule_access::oauth::forget_clients(app)?;
    for it in environment::list(app.db())? {
        tidy_environment(&app.system(&it.id));
    }
    Ok(())
}

/// What forgets one kind of thing in an environment, and tells how many there were.
type Forget = fn(&FlowCx) -> Result<u64>;

const FORGET: &[(&str, Forget)] = &[
    ("idempotency keys", idempotency::forget),
    ("rate limits", limit::forget),
    ("records", vestibule_record::forget),
    ("codes of OAuth clients", vestibule_access::forget),
    ("codes", |flow| flow.write(vestibule_people::codes::forget_old)),
    ("sign-ins", vestibule_signin::forget),
    ("sign-ins elsewhere", vestibule_federation::forget),
    ("links to the portal", vestibule_portal::forget),
];

/// Each by itself: what cannot be tidied up in one place must not keep everything for ever.
fn tidy_environment(flow: &FlowCx) {
    let environment = flow.environment();
    for (what, forget) in FORGET {
        match forget(flow) {
            Ok(count) => tracing::debug!(%environment, what, count, "tidied up"),
            Err(error) => tracing::error!(%environment, what, ?error, "tidying up did not work"),
        }
    }
}
