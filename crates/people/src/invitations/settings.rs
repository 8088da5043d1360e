//! Who may invite, and where invitations lead.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::Method::{Get, Put};
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::setting::Setting;
use vestibule_kernel::{Cx, Fine, Operation, Result, Route};

use crate::organizations;

/// How many organizations may be kept from inviting at the most.
const BLOCKED_MAX: usize = 1_000;

/// The settings of invitations.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct InvitationSettings {
    /// The application's own page for invitations; ours where there is none.
    pub url: Option<String>,
    /// Whether we send the mails, or the application does.
    pub send_mail: bool,
    /// Organizations that may not invite.
    pub blocked_organizations: Vec<OrganizationId>,
}

impl Default for InvitationSettings {
    fn default() -> Self {
        Self { url: None, send_mail: true, blocked_organizations: Vec::new() }
    }
}

impl Setting for InvitationSettings {
    const NAME: &'static str = "invitations";
}

/// Lets an organization invite again, because it is deleted.
pub(super) fn forget_organization(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<()> {
    let mut settings: InvitationSettings = cx.setting()?;
    if !settings.blocked_organizations.contains(id) {
        return Ok(());
    }
    settings.blocked_organizations.retain(|it| it != id);
    cx.set(&settings)
}

/// Who may not invite
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "InvitationSettings")]
pub struct Shown {
    /// Always `invitation_settings`
    #[schemars(extend("const" = "invitation_settings"))]
    object: &'static str,
    /// IDs of the organizations that may not invite
    blocked_organization_ids: Vec<OrganizationId>,
}

impl Shown {
    fn new(settings: InvitationSettings) -> Self {
        let blocked_organization_ids = settings.blocked_organizations;
        Self { object: "invitation_settings", blocked_organization_ids }
    }
}

/// Get who may not invite
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetInvitationSettings {}

impl Operation for GetInvitationSettings {
    const ID: &'static str = "invitation_settings.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/invitation_settings");
    const EXTENSION: bool = true;
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {} = self;
        cx.setting().map(Shown::new).map(Fine)
    }
}

/// Change who may not invite
///
/// An invitation to an organization of the list is refused. Those that were sent before go on.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateInvitationSettings {
    /// IDs of all organizations that may not invite, in the place of those that could not so far
    #[schemars(length(max = BLOCKED_MAX))]
    blocked_organization_ids: Option<Vec<OrganizationId>>,
}

impl Operation for UpdateInvitationSettings {
    const ID: &'static str = "invitation_settings.update";
    const ROUTE: Route = Route(Put, "/vestibule/v1/invitation_settings");
    const EXTENSION: bool = true;
    const STATUSES: &'static [u16] = &[404];
    type Reply = Fine<Shown>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { blocked_organization_ids } = self;
        let mut settings: InvitationSettings = cx.setting()?;
        if let Some(mut ids) = blocked_organization_ids {
            ids.sort();
            ids.dedup();
            for id in &ids {
                organizations::find(cx, id)?;
            }
            settings.blocked_organizations = ids;
        }
        cx.set(&settings)?;
        Ok(Fine(Shown::new(settings)))
    }
}
