//! Everything that the domains bring, in one place: operations, reactions, jobs.
use vestibule_kernel::job::Handler;
use vestibule_kernel::{Op, Reaction};

/// The operations of all domains, in the order of the reference.
pub fn operations() -> Vec<&'static [Op]> {
    [
        vestibule_people::OPERATIONS,
        vestibule_signin::OPERATIONS,
        vestibule_federation::OPERATIONS,
        vestibule_access::OPERATIONS,
        vestibule_record::OPERATIONS,
        vestibule_portal::OPERATIONS,
        vestibule_widgets::OPERATIONS,
        vestibule_sandbox::OPERATIONS,
    ]
    .concat()
}

/// Every effect of one domain's event on another.
pub fn reactions() -> &'static [Reaction] {
    leak(&[
        vestibule_people::REACTIONS,
        vestibule_signin::REACTIONS,
        vestibule_federation::REACTIONS,
        vestibule_access::REACTIONS,
        vestibule_record::REACTIONS,
        vestibule_portal::REACTIONS,
    ])
}

/// What does each kind of job.
pub fn handlers() -> &'static [Handler] {
    leak(&[
        vestibule_messages::HANDLERS,
        vestibule_people::HANDLERS,
        vestibule_record::HANDLERS,
        vestibule_pages::HANDLERS,
    ])
}

/// Joins lists that live as long as the process.
fn leak<T: Copy>(lists: &[&'static [T]]) -> &'static [T] {
    Box::leak(lists.concat().into_boxed_slice())
}

#[cfg(test)]
#[path = "catalog_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "../../signin/tests/it/authenticator.rs"]
mod authenticator;
#[cfg(test)]
#[path = "environment_tests.rs"]
mod environment_tests;

#[cfg(test)]
#[path = "agents_tests.rs"]
mod agents_tests;

#[cfg(test)]
#[path = "agent_dry_run_tests.rs"]
mod agent_dry_run_tests;
#[cfg(test)]
#[path = "agent_policy_tests.rs"]
mod agent_policy_tests;

#[cfg(test)]
#[path = "chaos_tests.rs"]
mod chaos_tests;

#[cfg(test)]
#[path = "janitor_tests.rs"]
mod janitor_tests;

#[cfg(test)]
#[path = "operation_inputs.rs"]
mod operation_inputs;

#[cfg(test)]
#[path = "oauth_tests/mod.rs"]
mod oauth_tests;
#[cfg(test)]
#[path = "widgets_tests/mod.rs"]
mod widgets_tests;
