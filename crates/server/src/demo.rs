//! The data that `--dev` adds: an organization, two users, roles.
use std::sync::Arc;

use vestibule_kernel::id::EnvironmentId;
use vestibule_kernel::{App, Result};
use vestibule_sandbox::{SeedText, seed};

/// An administrator of the demo organization.
pub const ADA: &str = "ada@acme.test";
/// A member of the demo organization.
pub const GRACE: &str = "grace@acme.test";
const DATA: &str = include_str!("demo.yaml");
/// The password of both.
pub const PASSWORD: &str = "correct-horse-battery-staple-4100";

/// The same as a seed.
pub fn seed() -> SeedText {
    SeedText { content: DATA.to_owned(), place: "the demo data".to_owned() }
}

/// Adds the demo data, where it is not there yet.
pub fn add(app: &Arc<App>, environment: &EnvironmentId) -> Result<()> {
    seed::apply_text(app, environment, DATA, "the demo data")
}
