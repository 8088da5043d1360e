//! Fills a database with users, through the same functions as the API, many in a transaction.
use std::path::Path;
use std::sync::Arc;

use data_encoding::BASE64;
use serde_json::json;
use vestibule_kernel::catalog::Catalog;
use vestibule_kernel::chance::Chance;
use vestibule_kernel::context::{App, Extensions, Options, Parts};
use vestibule_kernel::db::{Db, MIGRATIONS};
use vestibule_kernel::environment;
use vestibule_kernel::secret::Sealer;
use vestibule_kernel::time::{Clock, SystemClock};
use vestibule_people::organizations::{self, NewOrganization};
use vestibule_people::users::{self, NewUser};
use vestibule_record::audit_logs::{self, EventContent};

/// How many users one transaction makes.
const BATCH: usize = 5_000;

/// Makes `count` users and returns their ids.
pub fn users(folder: &Path, count: usize) -> Result<Vec<String>, String> {
    let app = open(folder).map_err(|it| format!("{it:?}"))?;
    let first = environment::list(app.db()).map_err(|it| format!("{it:?}"))?;
    let environment = first.first().ok_or("there is no environment")?.id.clone();
    let mut ids = Vec::new();
    for start in (0..count).step_by(BATCH) {
        let made = app.system(&environment).write(move |cx| {
            let mut made = Vec::new();
            for n in start..(start + BATCH).min(count) {
                let new = NewUser {
                    email: format!("user{n}@bench.test"),
                    first_name: Some("Bench".to_owned()),
                    last_name: Some(format!("{n}")),
                    ..NewUser::default()
                };
                made.push(users::create(cx, new)?.id.to_string());
            }
            Ok(made)
        });
        ids.extend(made.map_err(|it| format!("{it:?}"))?);
    }
    Ok(ids)
}

/// Makes an organization with so many events in its audit log; answers its id.
pub fn audit_log(folder: &Path, count: usize) -> Result<String, String> {
    let told = |it: vestibule_kernel::Error| format!("{it:?}");
    let app = open(folder).map_err(told)?;
    let first = environment::list(app.db()).map_err(told)?;
    let flow = app.system(&first.first().ok_or("there is no environment")?.id);
    let made = flow.write(|cx| {
        let new = NewOrganization { name: "Audited".to_owned(), ..NewOrganization::default() };
        organizations::create(cx, new).map(|it| it.id)
    });
    let organization = made.map_err(told)?;
    for start in (0..count).step_by(BATCH) {
        let organization = organization.clone();
        let taken = flow.write(move |cx| {
            for n in start..(start + BATCH).min(count) {
                audit_logs::take(cx, &organization, &event(n)?)?;
            }
            Ok(())
        });
        taken.map_err(told)?;
    }
    Ok(organization.to_string())
}

fn event(n: usize) -> vestibule_kernel::Result<EventContent> {
    serde_json::from_value(json!({
        "action": "bench.done", "occurred_at": now_less_days(0),
        "actor": { "id": format!("user_{}", n % 1000), "type": "user", "name": "Bench" },
        "targets": [{ "id": format!("invoice_{n}"), "type": "invoice" }],
        "context": { "location": "192.0.2.1", "user_agent": "Bench/1.0" },
        "metadata": { "n": n, "reason": "to see how long it takes" },
    }))
    .map_err(vestibule_kernel::Error::internal)
}

/// The time so many days ago.
pub fn now_less_days(days: i64) -> String {
    SystemClock.now().plus_days(-days).to_string()
}

/// The program on the data of a server that does not run.
pub fn open(folder: &Path) -> vestibule_kernel::Result<Arc<App>> {
    let text = std::fs::read_to_string(folder.join("sealing.key"))
        .map_err(vestibule_kernel::Error::internal)?;
    let key = BASE64.decode(text.trim().as_bytes()).map_err(vestibule_kernel::Error::internal)?;
    let key = key.try_into().map_err(|_| vestibule_kernel::Error::internal("not a key"))?;
    let db = Db::sqlite(&folder.join("vestibule.db"))?;
    db.migrate(MIGRATIONS)?;
    App::new(Parts {
        db,
        clock: Arc::new(SystemClock),
        chance: Chance::system(),
        sealer: Sealer::new(&key)?,
        catalog: Catalog::new(&[]),
        reactions: &[],
        options: Options::default(),
        extensions: Extensions::default(),
    })
}
