//! What they may do: tokens of agents, the OAuth clients that get them, and what persons approve of
//! theirs; the API keys of organizations and users; authorization: resources, roles held on them,
//! checks; feature flags.
use vestibule_kernel::{FlowCx, Op, Reaction, Result};

pub mod agent_tokens;
pub mod api_keys;
pub mod approvals;
pub mod approvers;
pub mod checks;
pub mod discovery;
pub mod exclusions;
pub mod feature_flags;
pub mod group_role_assignments;
pub mod oauth;
pub mod resource_types;
pub mod resources;
pub mod role_assignments;

/// The operations of this crate.
pub const OPERATIONS: &[&[Op]] = &[
    agent_tokens::OPERATIONS,
    approvals::OPERATIONS,
    approvers::OPERATIONS,
    api_keys::OPERATIONS,
    resource_types::OPERATIONS,
    resources::OPERATIONS,
    role_assignments::OPERATIONS,
    group_role_assignments::OPERATIONS,
    checks::OPERATIONS,
    discovery::OPERATIONS,
    exclusions::OPERATIONS,
    feature_flags::OPERATIONS,
];

/// What its domains do when something happens to another.
pub const REACTIONS: &[Reaction] = &[
    api_keys::ON_ORGANIZATION_DELETED,
    api_keys::ON_USER_DELETED,
    resources::ON_ORGANIZATION_DELETED,
    exclusions::ON_ORGANIZATION_DELETED,
    exclusions::ON_MEMBERSHIP_DELETED,
    exclusions::ON_GROUP_DELETED,
    exclusions::ON_PERMISSION_DELETED,
    feature_flags::ON_ORGANIZATION_DELETED,
    feature_flags::ON_USER_DELETED,
];

/// Forgets what is long over.
pub fn forget(flow: &FlowCx) -> Result<u64> {
    flow.write(oauth::forget)
}
