//! Forgets what need not be kept: old idempotency keys and rate-limit windows.
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use vestibule_kernel::{App, Result, environment, idempotency, limit};

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_secs(15 * 60);

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

fn tidy(app: &Arc<App>) -> Result<()> {
    for it in environment::list(app.db())? {
        let flow = app.system(&it.id);
        let keys = idempotency::forget(&flow)?;
        let windows = limit::forget(&flow)?;
        tracing::debug!(environment = %it.id, keys, windows, "tidied up");
    }
    Ok(())
}
