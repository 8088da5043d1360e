//! Invitations: to sign up at all, or to join an organization.
//!
//! The link that is mailed carries a token. Who comes with it joins the organization; at a domain
//! that belongs to somebody, any address of the domain will do. An invitation waits for one person
//! and place at a time, and only a pending one leads anywhere: what is accepted, revoked or expired
//! stays so.
mod operations;
mod policy;
mod settings;
mod store;
mod wire;

use serde_json::Value;
use vestibule_kernel::event::{Event, Reaction};
use vestibule_kernel::id::{InvitationId, OrganizationId, UserId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Code, Cx, Error, Kind, Op, Result, op};
use vestibule_messages::{Mail, Recipient};

pub use operations::{
    AcceptInvitation, CreateInvitation, GetInvitation, GetInvitationByToken, ListInvitations,
    ResendInvitation, RevokeInvitation,
};
pub use policy::InvitationState;
pub use settings::{GetInvitationSettings, InvitationSettings, UpdateInvitationSettings};
pub use wire::{Invitation, InvitationEvent};

use crate::memberships::{self, NewMembership, Status};
use crate::roles::resource_types::ORGANIZATION;
use crate::roles::{self, store as role_store};
use crate::users::{EmailAddress, User};
use crate::{organizations, users};

/// The operations on invitations.
pub const OPERATIONS: &[Op] = &[
    op::<CreateInvitation>(),
    op::<ListInvitations>(),
    op::<GetInvitation>(),
    op::<GetInvitationByToken>(),
    op::<AcceptInvitation>(),
    op::<RevokeInvitation>(),
    op::<ResendInvitation>(),
    op::<GetInvitationSettings>(),
    op::<UpdateInvitationSettings>(),
];

/// The invitations to an organization go with it.
pub const ON_ORGANIZATION_DELETED: Reaction =
    Reaction { event: "organization.deleted", run: forget_organization };
/// The invitations of a user go with them.
pub const ON_USER_DELETED: Reaction = Reaction { event: "user.deleted", run: forget_user };

const ALREADY_INVITED_TO_ORGANIZATION: Code = "email_already_invited_to_organization";
const ALREADY_INVITED: Code = "email_already_invited";
const ALREADY_MEMBER: Code = "user_already_organization_member";
const USER_EXISTS: Code = "user_already_exists";
const TOO_SHORT: Code = "expires_in_days_too_short";
const TOO_LONG: Code = "expires_in_days_too_long";
const BLOCKED: Code = "organization_blocked_from_sending_invites";
/// The code of [`check_deliverable`].
pub const NOT_DELIVERABLE: Code = "email_domain_not_deliverable";
const NOT_PENDING: Code = "invite_not_pending";
const INVALID_INVITE: Code = "invalid_invite";
const ACCEPTED_BY_ANOTHER: Code = "invite_has_accepted_user_id";
const IS_EXPIRED: Code = "invite_expired";
const IS_REVOKED: Code = "invite_revoked";
const IS_ACCEPTED: Code = "invite_accepted";
/// The code of [`check_recipient`].
pub const WRONG_RECIPIENT: Code = "invitation_cannot_be_used_for_email";

const DAYS_MIN: i64 = 1;
const DAYS_MAX: i64 = 30;
const DAYS_DEFAULT: i64 = 7;

/// Somebody was invited.
pub const CREATED: Event<InvitationEvent> = Event::new("invitation.created");
/// An invitation was accepted.
pub const ACCEPTED: Event<InvitationEvent> = Event::new("invitation.accepted");
/// An invitation was taken back.
pub const REVOKED: Event<InvitationEvent> = Event::new("invitation.revoked");
/// An invitation was sent again.
pub const RESENT: Event<InvitationEvent> = Event::new("invitation.resent");

/// Somebody to be invited.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// The address.
    pub email: String,
    /// The organization that it is to; without one, it is to sign up.
    pub organization_id: Option<OrganizationId>,
    /// The slug of the role that the member gets.
    pub role_slug: Option<String>,
    /// For how many days it works.
    pub expires_in_days: Option<i64>,
    /// Who invites.
    pub inviter_user_id: Option<UserId>,
}

impl NewInvitation {
    /// An invitation to sign up.
    pub fn to_sign_up(email: &str) -> Self {
        Self {
            email: email.to_owned(),
            organization_id: None,
            role_slug: None,
            expires_in_days: None,
            inviter_user_id: None,
        }
    }
}

/// Invites somebody.
pub fn create(cx: &mut Cx<'_>, new: NewInvitation) -> Result<Invitation> {
    let NewInvitation { email, organization_id, role_slug, expires_in_days, inviter_user_id } = new;
    let email = address(&email)?;
    let days = days(expires_in_days)?;
    let inviter = inviter_user_id.map(|id| users::find(cx, &id)).transpose()?;
    let user = users::get_by_email(cx, email.as_str())?;
    let role_slug = if let Some(id) = &organization_id {
        Some(check_organization(cx, id, role_slug, user.as_ref())?)
    } else {
        check_application(role_slug.as_deref(), user.as_ref())?;
        None
    };
    let token = Secret::random("", cx.app.chance());
    let invitation = Invitation {
        object: "invitation",
        id: InvitationId::new(cx),
        email: email.as_str().to_owned(),
        state: InvitationState::Pending,
        accepted_at: None,
        revoked_at: None,
        expires_at: cx.now().plus_days(days),
        organization_id,
        inviter_user_id: inviter.as_ref().map(|it| it.id.clone()),
        accepted_user_id: None,
        role_slug,
        accept_invitation_url: policy::link(&page(cx)?, token.reveal()),
        token: token.reveal().to_owned(),
        created_at: cx.now(),
        updated_at: cx.now(),
    };
    let organization = invitation.organization_id.as_ref();
    store::close_expired(cx, &invitation.email, organization)?;
    store::insert(cx, &invitation, || already_invited(&invitation))?;
    cx.emit(&CREATED, &InvitationEvent::from(&invitation))?;
    if let Some(user) = &user {
        prepare_membership(cx, &invitation, user)?;
    }
    mail(cx, &invitation, inviter)?;
    Ok(invitation)
}

/// Whether mail can be delivered to the domain of this address.
pub fn is_deliverable(email: &str) -> bool {
    policy::is_deliverable(email)
}

/// Refuses an address whose domain no mail can be delivered to.
pub fn check_deliverable(email: &EmailAddress) -> Result<()> {
    if policy::is_deliverable(email.as_str()) {
        return Ok(());
    }
    let text = format!("No mail can be delivered to the domain of '{}'.", email.as_str());
    Err(Error::bad_request(NOT_DELIVERABLE, text))
}

/// Whether an invitation to sign up waits for this address.
pub fn is_invited(cx: &mut Cx<'_>, email: &str) -> Result<bool> {
    store::is_invited(cx, email)
}

/// The invitation of this id.
pub fn get(cx: &mut Cx<'_>, id: &InvitationId) -> Result<Option<Invitation>> {
    store::get(cx, id)
}

/// The invitation of this id, or 404.
pub fn find(cx: &mut Cx<'_>, id: &InvitationId) -> Result<Invitation> {
    get(cx, id)?.ok_or_else(|| Error::not_found("Invitation", id))
}

/// The invitation whose link carries this token, in whatever state.
pub fn get_by_token(cx: &mut Cx<'_>, token: &str) -> Result<Option<Invitation>> {
    store::get_by_token(cx, token)
}

/// Whether the invitation can be accepted at this instant.
pub fn is_usable(invitation: &Invitation, now: Time) -> bool {
    let Invitation { accepted_at, revoked_at, expires_at, .. } = invitation;
    policy::state(*accepted_at, *revoked_at, *expires_at, now) == InvitationState::Pending
}

/// Refuses, in the shape of the OAuth family, an address that the invitation is not for. One to
/// sign up is for anybody. An inactive member was not invited: they were made inactive since, and
/// come back by whoever did so alone.
pub fn check_recipient(cx: &mut Cx<'_>, invitation: &Invitation, email: &str) -> Result<()> {
    let Some(organization_id) = &invitation.organization_id else { return Ok(()) };
    let membership = match users::get_by_email(cx, email)? {
        Some(user) => memberships::of_user_and_organization(cx, &user.id, organization_id)?,
        None => None,
    };
    let inactive = membership.is_some_and(|it| it.status == Status::Inactive);
    if !inactive && policy::may_accept(&invitation.email, email) {
        return Ok(());
    }
    Err(Error::oauth(WRONG_RECIPIENT, format!("The invitation cannot be used for '{email}'.")))
}

/// Whether who comes with the token of the invitation has proven that `email` is theirs, because
/// the token was mailed there.
pub fn proves(invitation: &Invitation, email: &str) -> bool {
    users::fold(&invitation.email) == users::fold(email)
}

/// Accepts the invitation for a user who came with its token: they join the organization, and their
/// address is proven where the token was mailed to it.
pub fn accept(cx: &mut Cx<'_>, invitation: &Invitation, user: &User) -> Result<Invitation> {
    let accepted = join(cx, invitation, user)?;
    if proves(invitation, &user.email) {
        users::set_email_verified(cx, &user.id)?;
    }
    Ok(accepted)
}

fn join(cx: &mut Cx<'_>, invitation: &Invitation, user: &User) -> Result<Invitation> {
    let invitation = find(cx, &invitation.id)?;
    check_pending(&invitation)?;
    if !store::accept(cx, &invitation.id, &user.id)? {
        return Err(not_pending(&invitation));
    }
    let invitation = find(cx, &invitation.id)?;
    cx.emit(&ACCEPTED, &InvitationEvent::from(&invitation))?;
    let Some(organization_id) = invitation.organization_id.clone() else { return Ok(invitation) };
    // A role that was deleted since gives way to the default one.
    let role_slugs = match &invitation.role_slug {
        Some(slug) if is_role(cx, &organization_id, slug)? => vec![slug.clone()],
        _ => Vec::new(),
    };
    let status = Status::Active;
    match memberships::of_user_and_organization(cx, &user.id, &organization_id)? {
        // Who has become a member in the meantime keeps the roles that they have.
        Some(it) if it.status == Status::Active => {}
        Some(it) => {
            memberships::set(cx, &it, status, Some(role_slugs))?;
        }
        None => {
            let user_id = user.id.clone();
            let new = NewMembership { user_id, organization_id, role_slugs, status };
            memberships::create(cx, new)?;
        }
    }
    Ok(invitation)
}

/// The page that the links of invitations lead to.
fn page(cx: &mut Cx<'_>) -> Result<String> {
    let own = cx.setting::<InvitationSettings>()?.url;
    Ok(own.unwrap_or_else(|| format!("{}/invite", cx.app.options().public_url)))
}

fn mail(cx: &mut Cx<'_>, invitation: &Invitation, inviter: Option<User>) -> Result<()> {
    if !cx.setting::<InvitationSettings>()?.send_mail {
        return Ok(());
    }
    let organization = match &invitation.organization_id {
        Some(id) => Some(organizations::find(cx, id)?.name),
        None => None,
    };
    let url = invitation.accept_invitation_url.clone();
    let inviter = inviter.map(|it| display_name(&it));
    let mail = Mail::Invitation { url, organization, inviter };
    let known = users::get_by_email(cx, &invitation.email)?;
    let locale = known.as_ref().and_then(|it| it.locale.as_deref());
    let to = Recipient::new(&invitation.email)
        .who_prefers(locale)
        .of_organization(invitation.organization_id.clone());
    vestibule_messages::send_until(cx, to, mail, invitation.expires_at)
}

/// How the mail calls the user who invites.
fn display_name(user: &User) -> String {
    let parts: Vec<&str> =
        [&user.first_name, &user.last_name].into_iter().filter_map(Option::as_deref).collect();
    match (&user.name, parts.is_empty()) {
        (Some(name), _) => name.clone(),
        (None, false) => parts.join(" "),
        (None, true) => user.email.clone(),
    }
}

fn address(text: &str) -> Result<EmailAddress> {
    let email = EmailAddress::parse(text).ok_or_else(|| {
        let text: String = text.chars().take(255).collect();
        let why = format!("'{text}' is not an e-mail address.");
        Error::invalid_field("email", "invalid_email", why)
    })?;
    check_deliverable(&email).map(|()| email)
}

fn days(wanted: Option<i64>) -> Result<i64> {
    let days = wanted.unwrap_or(DAYS_DEFAULT);
    let code = match days {
        ..DAYS_MIN => TOO_SHORT,
        DAYS_MIN..=DAYS_MAX => return Ok(days),
        _ => TOO_LONG,
    };
    let text = format!("An invitation lasts {DAYS_MIN} to {DAYS_MAX} days, not {days}.");
    Err(Error::bad_request(code, text))
}

/// Refuses an invitation to the organization that makes no sense; answers the role that it gives.
fn check_organization(
    cx: &mut Cx<'_>,
    id: &OrganizationId,
    role_slug: Option<String>,
    user: Option<&User>,
) -> Result<String> {
    organizations::find(cx, id)?;
    if cx.setting::<InvitationSettings>()?.blocked_organizations.contains(id) {
        let text = format!("Organization '{id}' is blocked from sending invitations.");
        return Err(Error::bad_request(BLOCKED, text));
    }
    roles::ensure_some(cx)?;
    let slug = match role_slug {
        Some(slug) if is_role(cx, id, &slug)? => slug,
        Some(slug) => return Err(roles::invalid_role(Kind::BadRequest, &slug)),
        None => roles::default_of(cx, id)?.slug,
    };
    let membership = match user {
        Some(user) => memberships::of_user_and_organization(cx, &user.id, id)?,
        None => None,
    };
    match membership.map(|it| it.status) {
        None | Some(Status::Pending) => Ok(slug),
        Some(Status::Active | Status::Inactive) => {
            let text = format!("The user is a member of organization '{id}' already.");
            Err(Error::bad_request(ALREADY_MEMBER, text))
        }
    }
}

/// Refuses an invitation to sign up that makes no sense.
fn check_application(role_slug: Option<&str>, user: Option<&User>) -> Result<()> {
    if role_slug.is_some() {
        let text = "A role is given in an organization: give its organization_id too.";
        return Err(Error::invalid_field("role_slug", "invalid", text));
    }
    let Some(user) = user else { return Ok(()) };
    let text = format!("'{}' has an account already.", user.email);
    Err(Error::bad_request(USER_EXISTS, text))
}

fn is_role(cx: &mut Cx<'_>, organization: &OrganizationId, slug: &str) -> Result<bool> {
    let role = role_store::get_of_organization(cx, organization, slug)?;
    Ok(role.is_some_and(|it| it.resource_type_slug == ORGANIZATION))
}

/// Makes the membership that an invited user gets by accepting, pending until then.
fn prepare_membership(cx: &mut Cx<'_>, invitation: &Invitation, user: &User) -> Result<()> {
    let Some(organization_id) = invitation.organization_id.clone() else { return Ok(()) };
    let role_slugs: Vec<String> = invitation.role_slug.iter().cloned().collect();
    let status = Status::Pending;
    let existing = memberships::of_user_and_organization(cx, &user.id, &organization_id)?;
    if let Some(it) = existing {
        memberships::set(cx, &it, status, Some(role_slugs))?;
    } else {
        let user_id = user.id.clone();
        memberships::create(cx, NewMembership { user_id, organization_id, role_slugs, status })?;
    }
    Ok(())
}

/// Deletes the membership that waited for the invitation to be accepted.
fn withdraw_membership(cx: &mut Cx<'_>, invitation: &Invitation) -> Result<()> {
    let Some(organization) = &invitation.organization_id else { return Ok(()) };
    let Some(user) = users::get_by_email(cx, &invitation.email)? else { return Ok(()) };
    match memberships::of_user_and_organization(cx, &user.id, organization)? {
        Some(it) if it.status == Status::Pending => memberships::remove(cx, &it),
        _ => Ok(()),
    }
}

fn already_invited(invitation: &Invitation) -> Error {
    let email = &invitation.email;
    let (code, text) = match &invitation.organization_id {
        Some(id) => (
            ALREADY_INVITED_TO_ORGANIZATION,
            format!("'{email}' is invited to organization '{id}' already."),
        ),
        None => (ALREADY_INVITED, format!("'{email}' is invited already.")),
    };
    Error::bad_request(code, text)
}

fn check_pending(invitation: &Invitation) -> Result<()> {
    match invitation.state {
        InvitationState::Pending => Ok(()),
        InvitationState::Accepted | InvitationState::Expired | InvitationState::Revoked => {
            Err(not_pending(invitation))
        }
    }
}

fn not_pending(invitation: &Invitation) -> Error {
    Error::bad_request(NOT_PENDING, format!("Invitation '{}' is not pending.", invitation.id))
}

fn forget_organization(cx: &mut Cx<'_>, deleted: &Value) -> Result<()> {
    let organization = crate::payload::id::<OrganizationId>(deleted)?;
    settings::forget_organization(cx, &organization)?;
    store::delete_of_organization(cx, &organization)
}

fn forget_user(cx: &mut Cx<'_>, deleted: &Value) -> Result<()> {
    let user = crate::payload::id::<UserId>(deleted)?;
    store::forget_user(cx, &user, deleted["email"].as_str().unwrap_or_default())
}
