//! Which single sign-on connections an organization has, as the domain of connections tells it.
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::{Cx, Result};

/// How the ids of the active connections of an organization are found. The domain of connections
/// stands above this one, so the program is given it at its start.
#[derive(Clone, Copy)]
pub struct SsoConnections(pub fn(&mut Cx<'_>, &OrganizationId) -> Result<Vec<String>>);

/// The ids of the active connections of an organization.
pub fn connections(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<Vec<String>> {
    match cx.app.extension::<SsoConnections>().copied() {
        Some(SsoConnections(list)) => list(cx, organization),
        // A program without that domain has no connections.
        None => Ok(Vec::new()),
    }
}
