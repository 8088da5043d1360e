//! Sandboxes: environments for other people's test suites, and the seeds that fill them.
//!
//! Only a sandbox can be reset, have its clock moved, tell what it mailed, fail when it is told to,
//! and sign in at once whoever a test names. What the ground itself does differently in one is in
//! [`vestibule_kernel::sandbox`]; what sign-in does is in [`vestibule_signin::sandbox`].
use vestibule_kernel::Op;

mod clock;
mod hooks;
mod messages;
mod reset;
pub mod seed;
mod state;

pub use clock::MoveClock;
pub use hooks::{CreateErrorHook, DeleteErrorHook, ListErrorHooks};
pub use messages::{DeleteMessages, ListMessages};
pub use reset::{ResetSandbox, SeedText, reset};
pub use state::{ENVIRONMENT_NOT_EMPTY, EnableSandbox, GetSandbox, UpdateSandbox, enable};

/// The operations of this crate.
pub const OPERATIONS: &[&[Op]] = &[
    state::OPERATIONS,
    clock::OPERATIONS,
    hooks::OPERATIONS,
    messages::OPERATIONS,
    reset::OPERATIONS,
];
