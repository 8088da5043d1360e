//! What an application is asked: the contexts of the two kinds of action, as its library reads them.
use serde::Serialize;
use vestibule_kernel::id::{ActionExecutionId, ClientId, OrganizationId, UserId};
use vestibule_kernel::{Cx, Error, Result, limit};
use vestibule_people::invitations::{Invitation, InvitationEvent};
use vestibule_people::memberships::{self, Membership};
use vestibule_people::metadata::Metadata;
use vestibule_people::organizations::{self, Organization};
use vestibule_people::users::User;

use super::{ActionType, Endpoint, store};
use crate::authenticate::attempt::{Seen, Visitor};
use crate::radar;
use crate::sessions::Method;
use crate::tokens;

/// A question, ready to be asked.
#[derive(Debug)]
pub(crate) struct Question {
    pub(super) endpoint: Endpoint,
    pub(super) about: About,
    /// The body of the request.
    pub(super) body: Vec<u8>,
}

/// Whom a question is about, for the log and for events.
#[derive(Clone, Debug)]
pub(super) struct About {
    pub id: ActionExecutionId,
    /// Whether it is about nobody, and only tries the endpoint out.
    pub test: bool,
    pub user_id: Option<UserId>,
    pub organization_id: Option<OrganizationId>,
    pub email: String,
    pub whence: Whence,
}

/// Where somebody comes from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Whence {
    /// The address.
    pub ip_address: Option<String>,
    /// The browser or program.
    pub user_agent: Option<String>,
    /// What their device is known by, as lists of device fingerprints have it.
    pub device_fingerprint: Option<String>,
}

impl Whence {
    /// Of somebody at this address, with this browser and this ID of their device.
    pub fn new(
        ip_address: Option<String>,
        user_agent: Option<String>,
        device_id: Option<&str>,
    ) -> Self {
        let place = ip_address.as_deref().map(limit::place).unwrap_or_default();
        let device_fingerprint = radar::fingerprint(device_id, user_agent.as_deref(), &place);
        Self { ip_address, user_agent, device_fingerprint }
    }
}

impl From<&Visitor> for Whence {
    fn from(it: &Visitor) -> Self {
        let Seen { ip_address, user_agent, device_id, radar_attempt_id: _ } = it.seen.clone();
        // A device is not told by the server of its application.
        let seen = Self::new(ip_address, user_agent, device_id.as_deref());
        let (ip_address, user_agent) = (it.ip_address.clone(), it.user_agent.clone());
        Self { ip_address, user_agent, ..seen }
    }
}

/// Somebody who is to get an account.
#[derive(Clone, Debug)]
pub(crate) struct Newcomer {
    /// The address.
    pub email: String,
    /// The given name.
    pub first_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
    /// The full name.
    pub name: Option<String>,
    /// By what they come.
    pub method: Method,
    /// The invitation that they follow.
    pub invitation: Option<Invitation>,
    /// The organization that they want to sign in to.
    pub organization_id: Option<OrganizationId>,
    /// Where they come from.
    pub whence: Whence,
}

#[derive(Serialize)]
struct AuthenticationContext<'a> {
    object: &'static str,
    id: &'a ActionExecutionId,
    user: &'a User,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<Organization>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_membership: Option<Membership>,
    authentication_method: Method,
    ip_address: Option<&'a str>,
    user_agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_fingerprint: Option<&'a str>,
    issuer: String,
}

#[derive(Serialize)]
struct RegistrationContext<'a> {
    object: &'static str,
    id: &'a ActionExecutionId,
    user_data: UserData<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation: Option<InvitationEvent>,
    authentication_method: Method,
    ip_address: Option<&'a str>,
    user_agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_fingerprint: Option<&'a str>,
}

#[derive(Serialize)]
struct UserData<'a> {
    object: &'static str,
    email: &'a str,
    name: Option<&'a str>,
    // Quirk: libraries read these two as text that is there, if empty.
    first_name: &'a str,
    last_name: &'a str,
}

/// Somebody who is about to be let in.
pub(crate) struct Arrival<'a> {
    /// Where they come from.
    pub whence: Whence,
    /// To which application.
    pub client_id: &'a ClientId,
    /// By what they have shown who they are.
    pub method: Method,
    /// Who.
    pub user: &'a User,
    /// The organization that they sign in to.
    pub organization_id: Option<&'a OrganizationId>,
}

/// What is asked about somebody who is about to be let in; nothing where nobody wants to be asked.
pub(crate) fn authentication(cx: &mut Cx<'_>, it: Arrival<'_>) -> Result<Option<Question>> {
    let Arrival { whence, client_id, method, user, organization_id } = it;
    let Some(endpoint) = store::get_enabled(cx, ActionType::Authentication)? else {
        return Ok(None);
    };
    let about = About {
        id: ActionExecutionId::new(cx),
        test: false,
        user_id: Some(user.id.clone()),
        organization_id: organization_id.cloned(),
        email: user.email.clone(),
        whence,
    };
    let issuer = tokens::issuer(cx, client_id)?;
    let at = match organization_id {
        Some(id) => Ending {
            organization: organizations::get(cx, id)?,
            membership: memberships::of_user_and_organization(cx, &user.id, id)?,
            issuer,
        },
        None => Ending::nowhere(issuer),
    };
    about_user(endpoint, about, user, method, at).map(Some)
}

/// Where a sign-in ends.
struct Ending {
    organization: Option<Organization>,
    membership: Option<Membership>,
    issuer: String,
}

impl Ending {
    /// In no organization.
    const fn nowhere(issuer: String) -> Self {
        Self { organization: None, membership: None, issuer }
    }
}

fn about_user(
    endpoint: Endpoint,
    about: About,
    user: &User,
    method: Method,
    at: Ending,
) -> Result<Question> {
    let context = AuthenticationContext {
        object: "authentication_action_context",
        id: &about.id,
        user,
        organization: at.organization,
        organization_membership: at.membership,
        authentication_method: method,
        ip_address: about.whence.ip_address.as_deref(),
        user_agent: about.whence.user_agent.as_deref(),
        device_fingerprint: about.whence.device_fingerprint.as_deref(),
        issuer: at.issuer,
    };
    let body = serde_json::to_vec(&context).map_err(Error::internal)?;
    Ok(Question { endpoint, about, body })
}

/// What is asked about a newcomer; nothing where nobody wants to be asked.
pub(super) fn registration(cx: &mut Cx<'_>, newcomer: &Newcomer) -> Result<Option<Question>> {
    let Some(endpoint) = store::get_enabled(cx, ActionType::UserRegistration)? else {
        return Ok(None);
    };
    let invited = newcomer.invitation.as_ref().and_then(|it| it.organization_id.clone());
    let about = About {
        id: ActionExecutionId::new(cx),
        test: false,
        user_id: None,
        organization_id: invited.or_else(|| newcomer.organization_id.clone()),
        email: newcomer.email.clone(),
        whence: newcomer.whence.clone(),
    };
    about_newcomer(endpoint, about, newcomer).map(Some)
}

fn about_newcomer(endpoint: Endpoint, about: About, newcomer: &Newcomer) -> Result<Question> {
    let context = RegistrationContext {
        object: "user_registration_action_context",
        id: &about.id,
        user_data: UserData {
            object: "user_data",
            email: &newcomer.email,
            name: newcomer.name.as_deref(),
            first_name: newcomer.first_name.as_deref().unwrap_or_default(),
            last_name: newcomer.last_name.as_deref().unwrap_or_default(),
        },
        invitation: newcomer.invitation.as_ref().map(InvitationEvent::from),
        authentication_method: newcomer.method,
        ip_address: about.whence.ip_address.as_deref(),
        user_agent: about.whence.user_agent.as_deref(),
        device_fingerprint: about.whence.device_fingerprint.as_deref(),
    };
    let body = serde_json::to_vec(&context).map_err(Error::internal)?;
    Ok(Question { endpoint, about, body })
}

/// The address of nobody, which samples are about (RFC 2606).
const SAMPLE_EMAIL: &str = "sample@example.com";

/// A question about nobody, which tries an endpoint out.
pub(super) fn sample(cx: &mut Cx<'_>, endpoint: Endpoint) -> Result<Question> {
    let about = About {
        id: ActionExecutionId::new(cx),
        test: true,
        user_id: None,
        organization_id: None,
        email: SAMPLE_EMAIL.to_owned(),
        whence: Whence {
            ip_address: Some("203.0.113.1".to_owned()),
            user_agent: Some("Mozilla/5.0".to_owned()),
            device_fingerprint: None,
        },
    };
    match endpoint.r#type {
        ActionType::Authentication => {
            let user = sample_user(cx);
            let at = Ending::nowhere(cx.app.options().public_url.clone());
            about_user(endpoint, about, &user, Method::Password, at)
        }
        ActionType::UserRegistration => {
            let newcomer = Newcomer {
                email: SAMPLE_EMAIL.to_owned(),
                first_name: Some("Sam".to_owned()),
                last_name: Some("Ple".to_owned()),
                name: None,
                method: Method::Password,
                invitation: None,
                organization_id: None,
                whence: Whence::default(),
            };
            about_newcomer(endpoint, about, &newcomer)
        }
    }
}

fn sample_user(cx: &Cx<'_>) -> User {
    User {
        object: "user",
        id: UserId::new(cx),
        first_name: Some("Sam".to_owned()),
        last_name: Some("Ple".to_owned()),
        name: None,
        profile_picture_url: None,
        email: SAMPLE_EMAIL.to_owned(),
        email_verified: true,
        external_id: None,
        metadata: Metadata::default(),
        last_sign_in_at: None,
        locale: None,
        created_at: cx.now(),
        updated_at: cx.now(),
    }
}
