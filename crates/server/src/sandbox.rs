//! `serve --sandbox`: the first environment for a test suite, with what suites for the WorkOS emulator
//! count on: its seed files, its key, whatever client id they have, and sign-in without pages.
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vestibule_kernel::sandbox::take_any_client;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{App, Error, Result, environment};
use vestibule_sandbox::{ENVIRONMENT_NOT_EMPTY, SeedText, enable, reset};
use vestibule_signin::sandbox::Conveniences;

use crate::config::Settings;
use crate::demo;
use crate::program::First;

/// Where the emulator finds its seed, in this order.
const SEED_FILES: [&str; 3] =
    ["workos-emulate.config.yaml", "workos-emulate.config.yml", "workos-emulate.config.json"];
/// The key of the emulator.
const DEFAULT_KEY: &str = "sk_test_default";

/// Makes the first environment a sandbox, or finds it one, and puts it back to its seed.
pub fn prepare(settings: &Settings, app: &Arc<App>, first: First) -> Result<First> {
    let flow = app.system(&first.environment.id);
    let fresh = flow
        .write(|cx| {
            let fresh = cx.sandbox().is_none();
            enable(cx)?;
            take_any_client(cx, true)?;
            if fresh {
                cx.set(&Conveniences { auto_sign_in: true, approve_device_codes: true })?;
            }
            Ok(fresh)
        })
        .map_err(|error| not_empty(settings, error))?;
    tracing::info!(fresh, "the first environment is a sandbox");
    // What was just made a sandbox is one for a new flow.
    let flow = app.system(&first.environment.id);
    let seed = match settings.seed.clone().or_else(|| found(Path::new("."))) {
        Some(path) => Some(SeedText::of_file(&path)?),
        None if settings.dev() => Some(demo::seed()),
        None => None,
    };
    reset(&flow, Some(seed.unwrap_or_else(SeedText::nothing)))?;
    let key = Secret::new(DEFAULT_KEY);
    flow.write(move |cx| environment::ensure_key(cx, "Emulator's key", &key))?;
    Ok(First { key: Secret::new(DEFAULT_KEY), fresh: true, ..first })
}

/// The seed file of the emulator in this folder.
fn found(folder: &Path) -> Option<PathBuf> {
    SEED_FILES.iter().map(|it| folder.join(it)).find(|it| it.is_file())
}

fn not_empty(settings: &Settings, error: Error) -> Error {
    if error.code() != ENVIRONMENT_NOT_EMPTY {
        return error;
    }
    let folder = settings.data_dir();
    let text = format!(
        "The first environment in {} has users and is no sandbox. Give --sandbox a folder of its \
         own with --data-dir.",
        folder.display()
    );
    Error::new(error.kind(), ENVIRONMENT_NOT_EMPTY, text)
}

#[cfg(test)]
mod tests {
    use super::{SEED_FILES, found};

    #[test]
    fn the_seed_file_is_found_in_the_order_of_the_emulator() {
        let folder = std::env::temp_dir().join(format!("vestibule-seed-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        assert_eq!(found(&folder), None);
        for name in SEED_FILES.iter().rev() {
            std::fs::write(folder.join(name), "").unwrap();
            assert_eq!(found(&folder), Some(folder.join(name)));
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
