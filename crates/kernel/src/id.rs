//! Object ids: a fixed prefix and a ULID, such as `org_01EHWNCE74X7JSDV0X3SZ3KJNY`.
//!
//! The registry at the bottom is the only place where a prefix is written (contract 00 §3). Ids
//! that come in are any short text, so that pinned and imported ids survive and an unknown one is
//! simply not found; ids that we make always have the prefix.
use crate::{Error, Result};

/// The longest id that is accepted, in bytes.
pub const ID_BYTES_MAX: usize = 255;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
            pub struct $name(String);

            impl $name {
                /// What every id that we make begins with.
                pub const PREFIX: &'static str = concat!($prefix, "_");
                /// A fresh id.
                pub fn new(cx: &crate::Cx<'_>) -> Self {
                    Self::make(cx.app.chance(), cx.now())
                }
                /// A fresh id where there is no [`crate::Cx`].
                pub fn make(chance: &crate::chance::Chance, now: crate::time::Time) -> Self {
                    Self(format!("{}{}", Self::PREFIX, chance.ulid(now)))
                }
                /// Takes an id as it was given.
                pub fn parse(text: &str) -> Result<Self> {
                    check(text).map(|()| Self(text.to_owned()))
                }
                /// The text of the id.
                pub fn as_str(&self) -> &str {
                    &self.0
                }
            }
            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(&self.0)
                }
            }
            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
                    let text = String::deserialize(d)?;
                    check(&text).map_err(|it| serde::de::Error::custom(it.message()))?;
                    Ok(Self(text))
                }
            }
            impl schemars::JsonSchema for $name {
                fn schema_name() -> std::borrow::Cow<'static, str> { stringify!($name).into() }
                fn inline_schema() -> bool { true }
                fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                    schemars::json_schema!({ "type": "string" })
                }
            }
            impl From<&$name> for crate::db::Value {
                fn from(id: &$name) -> Self { crate::db::Value::Text(id.0.clone()) }
            }
            impl From<$name> for crate::db::Value {
                fn from(id: $name) -> Self { crate::db::Value::Text(id.0) }
            }
            impl crate::db::FromValue for $name {
                fn from_value(value: crate::db::Value) -> Result<Self> {
                    Ok(Self(String::from_value(value)?))
                }
            }
        )*
        /// Every prefix, for the test that keeps them unique.
        pub const PREFIXES: &[&str] = &[$($prefix),*];
    };
}

fn check(text: &str) -> Result<()> {
    if text.len() <= ID_BYTES_MAX {
        return Ok(());
    }
    Err(Error::invalid_field("id", "too_long", format!("An id has at most {ID_BYTES_MAX} bytes.")))
}

ids! {
    /// An environment: the tenant boundary. Every row belongs to one.
    EnvironmentId = "environment";
    /// The public name of an environment or application to OAuth clients.
    ClientId = "client";
    /// A secret API key of an environment.
    EnvironmentKeyId = "key";
    /// A token of an agent.
    AgentTokenId = "agent_token";
    /// What a person was asked to let an agent do.
    ApprovalId = "approval";
    /// Somebody who approves what agents do.
    ApproverId = "approver";
    /// An OAuth client that registered itself.
    OauthClientId = "oauth_client";
    /// A call of an agent.
    AgentCallId = "agent_call";
    /// An organization.
    OrganizationId = "org";
    /// A domain of an organization.
    OrganizationDomainId = "org_domain";
    /// A user.
    UserId = "user";
    /// A user's membership of an organization.
    OrganizationMembershipId = "om";
    /// An invitation.
    InvitationId = "invitation";
    /// A group of memberships.
    GroupId = "group";
    /// A role.
    RoleId = "role";
    /// A permission.
    PermissionId = "perm";
    /// A resource below an organization.
    AuthorizationResourceId = "authz_resource";
    /// A role that a membership holds.
    RoleAssignmentId = "role_assignment";
    /// A role that a group holds.
    GroupRoleAssignmentId = "gra";
    /// What a membership or group may not do on a resource.
    ExclusionId = "authz_exclusion";
    /// A session.
    SessionId = "session";
    /// A refresh token's row.
    RefreshTokenId = "refresh_token";
    /// An e-mail verification.
    EmailVerificationId = "email_verification";
    /// An e-mail change.
    EmailChangeId = "email_change";
    /// A password reset.
    PasswordResetId = "password_reset";
    /// A magic-auth code.
    MagicAuthId = "magic_auth";
    /// An authentication factor.
    AuthenticationFactorId = "auth_factor";
    /// A challenge of a factor.
    AuthenticationChallengeId = "auth_challenge";
    /// A sign-in that waits for its next step.
    PendingAuthenticationId = "pending_authentication";
    /// An attempt whose risk an application had judged.
    RadarAttemptId = "radar_att";
    /// An attempt to sign in here whose risk was judged.
    RadarAuthAttemptId = "radar_auth_attempt";
    /// A code by mail that a risky sign-in is asked for.
    RadarChallengeId = "radar_challenge";
    /// A code by text message that a risky sign-in is asked for.
    RadarVerificationId = "vrf";
    /// An entry of a list of those who are always let in, or never.
    RadarListEntryId = "radar_list_entry";
    /// An endpoint that is asked before somebody gets in.
    ActionEndpointId = "action_endpoint";
    /// One time that it was asked.
    ActionExecutionId = "action_execution";
    /// A request to the hosted sign-in.
    AuthorizationRequestId = "authorization_request";
    /// An authorization code.
    AuthorizationCodeId = "authorization_code";
    /// A request of a device that has no browser.
    DeviceAuthorizationId = "device_authorization";
    /// A browser's session on the hosted pages.
    BrowserSessionId = "browser_session";
    /// A key that signs access tokens.
    SigningKeyId = "signing_key";
    /// A redirect URI.
    RedirectUriId = "redir";
    /// A CORS origin.
    CorsOriginId = "cors_origin";
    /// A link by which somebody acts as a user.
    ImpersonationId = "impersonation";
    /// An event.
    EventId = "event";
    /// A webhook endpoint.
    WebhookEndpointId = "we";
    /// One delivery of an event to an endpoint.
    WebhookDeliveryId = "webhook_delivery";
    /// A bulk replay of deliveries.
    WebhookReplayId = "webhook_replay";
    /// An API key of an organization or a user.
    ApiKeyId = "api_key";
    /// A feature flag.
    FeatureFlagId = "flag";
    /// A job.
    JobId = "job";
    /// A message in the built-in inbox.
    MessageId = "message";
    /// A waitlist.
    WaitlistId = "waitlist";
    /// An entry of a waitlist.
    WaitlistEntryId = "wl_user";
    /// A link that signs in by mail.
    PasswordlessSessionId = "passwordless_session";
    /// A link to the admin portal, and the session that it opened.
    PortalLinkId = "portal_link";
    /// An answer that a sandbox gives in the place of the real one.
    ErrorHookId = "error_hook";
    /// An identity of a user at a provider.
    IdentityId = "identity";
    /// A connection to an identity provider.
    ConnectionId = "conn";
    /// A certificate of a connection.
    ConnectionCertificateId = "conn_cert";
    /// What an identity provider says of somebody.
    ProfileId = "prof";
    /// An action that audit logs tell of.
    AuditLogActionId = "ala";
    /// One version of what its events look like.
    AuditLogSchemaId = "audit_log_schema";
    /// An event of an audit log.
    AuditLogEventId = "audit_log_event";
    /// A file of events of an audit log.
    AuditLogExportId = "audit_log_export";
    /// A signed statement of how far an audit log has come.
    AuditLogCheckpointId = "audit_log_checkpoint";
    /// Where an audit log is sent as it grows.
    AuditLogStreamId = "als";
    /// One attempt to hand events to a receiver of a stream.
    AuditLogStreamDeliveryId = "als_delivery";
}
