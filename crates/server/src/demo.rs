//! The data that `--dev` adds: an organization, two users, roles.
use std::sync::Arc;

use vestibule_kernel::id::EnvironmentId;
use vestibule_kernel::{App, Result};

use crate::seed;

/// An administrator of the demo organization.
pub const ADA: &str = "ada@acme.test";
/// A member of the demo organization.
pub const GRACE: &str = "grace@acme.test";
/// The password of both.
pub const PASSWORD: &str = "correct-horse-battery-staple-4100";

/// Adds the demo data, where it is not there yet.
pub fn add(app: &Arc<App>, environment: &EnvironmentId) -> Result<()> {
    seed::apply_text(app, environment, include_str!("demo.yaml"), "the demo data")
}
