//! How invitations look to clients and in events.
use schemars::JsonSchema;
use serde::Serialize;
use vestibule_kernel::id::{InvitationId, OrganizationId, UserId};
use vestibule_kernel::time::Time;

use super::InvitationState;

/// An invitation
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Invitation {
    /// Always `invitation`
    #[schemars(extend("const" = "invitation"))]
    pub object: &'static str,
    /// The id
    pub id: InvitationId,
    /// The address that is invited
    pub email: String,
    /// The state
    pub state: InvitationState,
    /// When it was accepted
    pub accepted_at: Option<Time>,
    /// When it was taken back
    pub revoked_at: Option<Time>,
    /// When it stops to work
    pub expires_at: Time,
    /// The id of the organization that it is to
    pub organization_id: Option<OrganizationId>,
    /// The id of the user who invites
    pub inviter_user_id: Option<UserId>,
    /// The id of the user who accepted it
    pub accepted_user_id: Option<UserId>,
    /// The slug of the role that the member gets
    pub role_slug: Option<String>,
    /// The token of the link
    pub token: String,
    /// The link that accepts it
    pub accept_invitation_url: String,
    /// When it was made
    pub created_at: Time,
    /// When it was last changed
    pub updated_at: Time,
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Invitation {} ({:?})", self.id, self.state)
    }
}

/// What events tell of an invitation: all but token and link.
#[derive(Debug, Serialize)]
pub struct InvitationEvent {
    object: &'static str,
    id: InvitationId,
    email: String,
    state: InvitationState,
    accepted_at: Option<Time>,
    revoked_at: Option<Time>,
    expires_at: Time,
    organization_id: Option<OrganizationId>,
    inviter_user_id: Option<UserId>,
    accepted_user_id: Option<UserId>,
    role_slug: Option<String>,
    created_at: Time,
    updated_at: Time,
}

impl From<&Invitation> for InvitationEvent {
    fn from(it: &Invitation) -> Self {
        Self {
            object: it.object,
            id: it.id.clone(),
            email: it.email.clone(),
            state: it.state,
            accepted_at: it.accepted_at,
            revoked_at: it.revoked_at,
            expires_at: it.expires_at,
            organization_id: it.organization_id.clone(),
            inviter_user_id: it.inviter_user_id.clone(),
            accepted_user_id: it.accepted_user_id.clone(),
            role_slug: it.role_slug.clone(),
            created_at: it.created_at,
            updated_at: it.updated_at,
        }
    }
}
