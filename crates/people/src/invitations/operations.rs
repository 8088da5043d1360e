//! The operations on invitations.
use schemars::JsonSchema;
use serde::Deserialize;
use vestibule_kernel::Method::{Get, Post};
use vestibule_kernel::id::{InvitationId, OrganizationId, UserId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{
    Code, Created, Cx, Effect, Error, Fine, Kind, Operation, Result, Route, Within,
};

use super::{
    ACCEPTED_BY_ANOTHER, ALREADY_INVITED, ALREADY_INVITED_TO_ORGANIZATION, ALREADY_MEMBER, BLOCKED,
    INVALID_INVITE, IS_ACCEPTED, IS_EXPIRED, IS_REVOKED, Invitation, InvitationEvent,
    InvitationState, NOT_DELIVERABLE, NOT_PENDING, NewInvitation, RESENT, REVOKED, TOO_LONG,
    TOO_SHORT, USER_EXISTS, check_pending, create, find, get_by_token, join, mail, store,
    withdraw_membership,
};
use crate::roles::INVALID_ROLE;
use crate::users::{self, LOCALES};

/// Invite somebody, by mail, to sign up or to join an organization
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateInvitation {
    /// The address that is invited
    #[schemars(extend("format" = "email"))]
    email: String,
    /// The id of the organization that it is to; without one, it is to sign up
    organization_id: Option<OrganizationId>,
    /// The slug of the role that the member gets; the default role of the organization unless told
    /// otherwise
    role_slug: Option<String>,
    /// For how many days it works, from 1 to 30; 7 unless told otherwise
    expires_in_days: Option<i64>,
    /// The id of the user who invites, whom the mail names
    inviter_user_id: Option<UserId>,
    /// The language of the mail; that of the user, if there is one, unless told otherwise
    #[schemars(extend("enum" = LOCALES))]
    locale: Option<String>,
}

impl Operation for CreateInvitation {
    const ID: &'static str = "invitations.create";
    const ROUTE: Route = Route(Post, "/user_management/invitations");
    const FAILS: &'static [Code] = &[
        ALREADY_INVITED_TO_ORGANIZATION,
        ALREADY_INVITED,
        ALREADY_MEMBER,
        USER_EXISTS,
        TOO_SHORT,
        TOO_LONG,
        INVALID_ROLE,
        BLOCKED,
        NOT_DELIVERABLE,
    ];
    const STATUSES: &'static [u16] = &[400, 404];
    const SECRETS: &'static [&'static str] = &["token", "accept_invitation_url"];
    type Reply = Created<Invitation>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { email, organization_id, role_slug, expires_in_days, inviter_user_id, locale } =
            self;
        cx.write_in(locale);
        let new =
            NewInvitation { email, organization_id, role_slug, expires_in_days, inviter_user_id };
        create(cx, new).map(Created)
    }
}

/// List invitations, newest first
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListInvitations {
    #[serde(flatten)]
    paging: Paging,
    /// Only those to this address, in any case
    #[schemars(extend("format" = "email"))]
    email: Option<String>,
    /// Only those to this organization
    organization_id: Option<OrganizationId>,
}

impl Operation for ListInvitations {
    const ID: &'static str = "invitations.list";
    const ROUTE: Route = Route(Get, "/user_management/invitations");
    const SECRETS: &'static [&'static str] = &["data.*.token", "data.*.accept_invitation_url"];
    type Reply = Fine<Page<Invitation>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { paging, email, organization_id } = self;
        store::list(cx, &paging, email.as_deref(), organization_id.as_ref()).map(Fine)
    }
}

/// Get an invitation
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetInvitation {
    /// The id of the invitation
    id: InvitationId,
}

impl Operation for GetInvitation {
    const ID: &'static str = "invitations.get";
    const ROUTE: Route = Route(Get, "/user_management/invitations/{id}");
    const WITHIN: Within = Within::Row { table: "invitations", field: "id" };
    const SECRETS: &'static [&'static str] = &["token", "accept_invitation_url"];
    type Reply = Fine<Invitation>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        find(cx, &self.id).map(Fine)
    }
}

/// Get an invitation by the token of its link
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetInvitationByToken {
    /// The token
    token: Secret,
}

impl Operation for GetInvitationByToken {
    const ID: &'static str = "invitations.get_by_token";
    const ROUTE: Route = Route(Get, "/user_management/invitations/by_token/{token}");
    const SECRETS: &'static [&'static str] = &["token", "accept_invitation_url"];
    type Reply = Fine<Invitation>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        // A token that is unknown here may be good elsewhere, so the error does not repeat it.
        let missing = || {
            Error::new(Kind::NotFound, "entity_not_found", "Invitation not found: no such token.")
        };
        get_by_token(cx, self.token.reveal())?.ok_or_else(missing).map(Fine)
    }
}

/// Accept an invitation for the user who has the address that was invited
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AcceptInvitation {
    /// The id of the invitation
    id: InvitationId,
}

impl Operation for AcceptInvitation {
    const ID: &'static str = "invitations.accept";
    const ROUTE: Route = Route(Post, "/user_management/invitations/{id}/accept");
    const WITHIN: Within = Within::Row { table: "invitations", field: "id" };
    const FAILS: &'static [Code] = &[NOT_PENDING, INVALID_INVITE, ACCEPTED_BY_ANOTHER];
    const STATUSES: &'static [u16] = &[400];
    const SECRETS: &'static [&'static str] = &["token", "accept_invitation_url"];
    type Reply = Fine<Invitation>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let invitation = find(cx, &self.id)?;
        check_pending(&invitation)?;
        let user = users::get_by_email(cx, &invitation.email)?.ok_or_else(|| {
            let text = format!(
                "No user has the address '{}'. Create the user, then accept the invitation.",
                invitation.email
            );
            Error::bad_request(INVALID_INVITE, text)
        })?;
        join(cx, &invitation, &user).map(Fine)
    }
}

/// Take an invitation back
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RevokeInvitation {
    /// The id of the invitation
    id: InvitationId,
}

impl Operation for RevokeInvitation {
    const ID: &'static str = "invitations.revoke";
    const ROUTE: Route = Route(Post, "/user_management/invitations/{id}/revoke");
    const WITHIN: Within = Within::Row { table: "invitations", field: "id" };
    const EFFECT: Effect = Effect::Destructive;
    const FAILS: &'static [Code] = &[NOT_PENDING];
    const STATUSES: &'static [u16] = &[400];
    const SECRETS: &'static [&'static str] = &["token", "accept_invitation_url"];
    type Reply = Fine<Invitation>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let invitation = find(cx, &self.id)?;
        check_pending(&invitation)?;
        store::revoke(cx, &invitation.id)?;
        let invitation = find(cx, &invitation.id)?;
        cx.emit(&REVOKED, &InvitationEvent::from(&invitation))?;
        withdraw_membership(cx, &invitation)?;
        Ok(Fine(invitation))
    }
}

/// Send an invitation again, with a new link. The link that was sent before stops to work
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ResendInvitation {
    /// The id of the invitation
    id: InvitationId,
    /// The language of the mail; that of the user, if there is one, unless told otherwise
    #[schemars(extend("enum" = LOCALES))]
    locale: Option<String>,
}

impl Operation for ResendInvitation {
    const ID: &'static str = "invitations.resend";
    const ROUTE: Route = Route(Post, "/user_management/invitations/{id}/resend");
    const WITHIN: Within = Within::Row { table: "invitations", field: "id" };
    const FAILS: &'static [Code] = &[IS_EXPIRED, IS_REVOKED, IS_ACCEPTED, NOT_DELIVERABLE];
    const STATUSES: &'static [u16] = &[400];
    const SECRETS: &'static [&'static str] = &["token", "accept_invitation_url"];
    type Reply = Fine<Invitation>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id, locale } = self;
        cx.write_in(locale);
        let invitation = find(cx, &id)?;
        match invitation.state {
            InvitationState::Pending => {}
            InvitationState::Expired => {
                let text = "The invitation has expired. Invite the person again.";
                return Err(Error::bad_request(IS_EXPIRED, text));
            }
            InvitationState::Revoked => {
                return Err(Error::bad_request(IS_REVOKED, "The invitation was revoked."));
            }
            InvitationState::Accepted => {
                return Err(Error::bad_request(IS_ACCEPTED, "The invitation was accepted."));
            }
        }
        // While it is pending, nothing but sending changes it: it lasts as long as it did then.
        let lasts = invitation.expires_at.millis() - invitation.updated_at.millis();
        let token = Secret::random("", cx.app.chance());
        store::renew(cx, &id, &token, cx.now().plus_millis(lasts))?;
        let invitation = find(cx, &id)?;
        cx.emit(&RESENT, &InvitationEvent::from(&invitation))?;
        let inviter = match &invitation.inviter_user_id {
            Some(id) => users::get(cx, id)?,
            None => None,
        };
        mail(cx, &invitation, inviter)?;
        Ok(Fine(invitation))
    }
}
