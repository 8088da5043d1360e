//! The admin portal: where the administrator of an organization sets up what the organization signs in
//! with. Here are the links to it and the sessions that they open; the pages are elsewhere.
//!
//! - A link works for five minutes and opens one session, in the browser in which somebody presses its
//!   button. To look at its page uses nothing up, since programs that read mail and chats look at links.
//! - A session is of one organization, for what the link was made for. It ends after an hour without a
//!   visit, after eight hours at the latest, when its link is revoked, with its organization, and with
//!   the membership of the user that the link was made for.
//! - Of the token of a link, and of the cookie of a session, only digests are kept.
mod operations;
mod session;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vestibule_kernel::event::Reaction;
use vestibule_kernel::id::{OrganizationId, PortalLinkId};
use vestibule_kernel::time::{Seconds, Time};
use vestibule_kernel::{Code, Cx, Error, FlowCx, Op, Result, op};

pub use operations::{NewLink, PortalLink, generate};
pub use session::{Session, enter, forget_cookie, opened, session};

/// The operations of this crate.
pub const OPERATIONS: &[&[Op]] = &[&[
    op::<operations::CreatePortalLink>(),
    op::<operations::RevokePortalLinks>(),
    op::<operations::ListPortalLinks>(),
    op::<operations::GetPortalLink>(),
]];

/// What it does when something happens to another domain.
pub const REACTIONS: &[Reaction] = &[
    Reaction { event: "organization.deleted", run: forget_organization },
    Reaction { event: "organization_membership.deleted", run: revoke_of_former },
    Reaction { event: "organization_membership.updated", run: revoke_of_inactive },
];

/// Where the page is that a link leads to.
pub const OPEN_PATH: &str = "/portal/open/{token}";
/// Where the portal begins.
pub const PATH: &str = "/portal";

/// For how long a link works.
const LINK_SECONDS: Seconds = 5 * 60;
/// How long a session lasts without a visit.
const IDLE_SECONDS: i64 = 60 * 60;
/// How long a session lasts at the most.
const SESSION_SECONDS: i64 = 8 * 60 * 60;
/// For how many days a link can still be read after it was made.
const KEPT_DAYS: i64 = 7;

/// The code of the refusal of an intent that there are no pages for.
const INTENT_NOT_SUPPORTED: Code = "intent_not_supported";

/// What a link to the portal is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Intent {
    /// Set up single sign-on.
    Sso,
    /// Set up directory sync; there are no pages for it yet.
    Dsync,
    /// Look at audit logs.
    AuditLogs,
    /// Set up log streams.
    LogStreams,
    /// Prove domains.
    DomainVerification,
    /// Renew SAML certificates.
    CertificateRenewal,
    /// Bring keys of one's own; there are no pages for it yet.
    BringYourOwnKey,
}

impl Intent {
    /// Those that there are pages for, in the order in which the portal shows them.
    pub const SERVED: &'static [Self] = &[
        Self::Sso,
        Self::DomainVerification,
        Self::CertificateRenewal,
        Self::AuditLogs,
        Self::LogStreams,
    ];
    const ALL: &'static [Self] = &[
        Self::Sso,
        Self::Dsync,
        Self::AuditLogs,
        Self::LogStreams,
        Self::DomainVerification,
        Self::CertificateRenewal,
        Self::BringYourOwnKey,
    ];
    /// Its name, as it is on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sso => "sso",
            Self::Dsync => "dsync",
            Self::AuditLogs => "audit_logs",
            Self::LogStreams => "log_streams",
            Self::DomainVerification => "domain_verification",
            Self::CertificateRenewal => "certificate_renewal",
            Self::BringYourOwnKey => "bring_your_own_key",
        }
    }
    fn parse(text: &str) -> Result<Self> {
        let found = Self::ALL.iter().copied().find(|it| it.name() == text);
        found.ok_or_else(|| Error::internal(format!("no portal is opened for '{text}'")))
    }
}

/// What was said of a link when it was made.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Parameters {
    return_url: Option<String>,
    success_url: Option<String>,
    it_contact_emails: Vec<String>,
    /// The type of connection that the set-up of single sign-on begins with.
    provider_type: Option<String>,
}

/// A link with the session that it opened.
#[derive(Clone, Debug)]
struct Link {
    id: PortalLinkId,
    organization_id: OrganizationId,
    intent: Option<Intent>,
    external_user_id: Option<String>,
    parameters: Parameters,
    expires_at: Time,
    revoked_at: Option<Time>,
    opened_at: Option<Time>,
    seen_at: Option<Time>,
    ended_at: Option<Time>,
    created_at: Time,
    updated_at: Time,
}

impl Link {
    /// Whether it opens a session.
    fn works(&self, now: Time) -> bool {
        self.opened_at.is_none() && self.revoked_at.is_none() && self.expires_at > now
    }
    /// Whether the session that it opened goes on.
    fn is_in_session(&self, now: Time) -> bool {
        let within = |since: Option<Time>, seconds: i64| {
            since.is_some_and(|it| it.plus_seconds(seconds) > now)
        };
        self.revoked_at.is_none()
            && self.ended_at.is_none()
            && within(self.seen_at, IDLE_SECONDS)
            && within(self.opened_at, SESSION_SECONDS)
    }
}

/// Deletes the links that nobody reads any more.
pub fn forget(flow: &FlowCx) -> Result<u64> {
    flow.write(store::forget)
}

/// Whoever is a member no longer has no business in the portal: links that widgets make, and those of
/// applications that name our users, have the user's id.
fn revoke_of_former(cx: &mut Cx<'_>, payload: &Value) -> Result<()> {
    let text = |name: &str| payload.get(name).and_then(Value::as_str).unwrap_or_default();
    let organization = OrganizationId::parse(text("organization_id"))?;
    store::revoke(cx, &organization, text("user_id")).map(|_| ())
}

fn revoke_of_inactive(cx: &mut Cx<'_>, payload: &Value) -> Result<()> {
    let status = payload.get("status").and_then(Value::as_str);
    if status == Some("active") { Ok(()) } else { revoke_of_former(cx, payload) }
}

fn forget_organization(cx: &mut Cx<'_>, payload: &Value) -> Result<()> {
    let id = payload.get("id").and_then(Value::as_str).unwrap_or_default();
    store::delete_of_organization(cx, &OrganizationId::parse(id)?)
}
