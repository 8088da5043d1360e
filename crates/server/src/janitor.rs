//! Forgets what need not be kept: old idempotency keys, rate-limit windows, events, deliveries,
//! sessions and codes that are long over.
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use vestibule_kernel::{App, Result, environment, idempotency, limit};

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

fn tidy(app: &Arc<App>) -> Result<()> {
    limit::forget_everywhere(app)?;
    for it in environment::list(app.db())? {
        let flow = app.system(&it.id);
        let keys = idempotency::forget(&flow)?;
        let windows = limit::forget(&flow)?;
        let records = vestibule_record::forget(&flow)?;
        let codes = flow.write(vestibule_people::codes::forget_old)?;
        let sign_ins = vestibule_signin::forget(&flow)?;
        let away = vestibule_federation::forget(&flow)?;
        tracing::debug!(
            environment = %it.id, keys, windows, records, codes, sign_ins, away, "tidied up"
        );
    }
    Ok(())
}
