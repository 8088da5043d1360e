//! Fills a database with users, through the same functions as the API, many in a transaction.
use std::path::Path;
use std::sync::Arc;

use data_encoding::BASE64;
use vestibule_kernel::catalog::Catalog;
use vestibule_kernel::chance::Chance;
use vestibule_kernel::context::{App, Extensions, Options, Parts};
use vestibule_kernel::db::{Db, MIGRATIONS};
use vestibule_kernel::environment;
use vestibule_kernel::secret::Sealer;
use vestibule_kernel::time::SystemClock;
use vestibule_people::users::{self, NewUser};

/// How many users one transaction makes.
const BATCH: usize = 5_000;

/// Makes `count` users and returns the id of one in the middle.
pub fn users(folder: &Path, count: usize) -> Result<String, String> {
    let app = open(folder).map_err(|it| format!("{it:?}"))?;
    let first = environment::list(app.db()).map_err(|it| format!("{it:?}"))?;
    let environment = first.first().ok_or("there is no environment")?.id.clone();
    let mut middle = String::new();
    for start in (0..count).step_by(BATCH) {
        let made = app.system(&environment).write(move |cx| {
            let mut last = String::new();
            for n in start..(start + BATCH).min(count) {
                let new = NewUser {
                    email: format!("user{n}@bench.test"),
                    first_name: Some("Bench".to_owned()),
                    last_name: Some(format!("{n}")),
                    ..NewUser::default()
                };
                last = users::create(cx, new)?.id.to_string();
            }
            Ok(last)
        });
        let made = made.map_err(|it| format!("{it:?}"))?;
        if middle.is_empty() || start <= count / 2 {
            middle = made;
        }
    }
    Ok(middle)
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
