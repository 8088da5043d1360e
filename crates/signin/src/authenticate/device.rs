//! The device-code grant (RFC 8628 §3.4): the tokens of a device that somebody approved.
use std::sync::Arc;

use vestibule_kernel::id::{OrganizationId, SessionId, UserId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Cx, FlowCx, Result};
use vestibule_people::memberships::{self, Status};
use vestibule_people::users::{self, User};

use super::attempt::{SignedIn, Tokens};
use super::client::Client;
use super::{refusals, standing};
use crate::actions::{self, Arrival, Question, Whence};
use crate::devices::{self, DevicePolicy, Polled};
use crate::sessions::{self, Device, refresh};
use crate::tokens;

/// Asks whether the device was approved.
pub(super) fn redeem(
    flow: &FlowCx,
    client: &Client,
    device_code: &Secret,
    device: Device,
) -> Result<SignedIn> {
    let (client_id, device_code) = (client.id.clone(), device_code.clone());
    let device = Arc::new(device);
    let its = Arc::clone(&device);
    // That a device asked, and how soon, must be committed though it is refused.
    let entered = flow.write(move |cx| {
        if !cx.setting::<DevicePolicy>()?.enabled {
            return Err(devices::turned_off());
        }
        let session_id = match devices::poll(cx, &client_id, &device_code)? {
            Polled::Approved(session_id) => session_id,
            Polled::Pending => return Ok(Err(refusals::authorization_pending())),
            Polled::TooSoon => return Ok(Err(refusals::slow_down())),
            Polled::Denied => return Ok(Err(refusals::device_denied())),
            Polled::Expired => return Ok(Err(refusals::device_expired())),
            Polled::Unknown => return Ok(Err(refusals::invalid_device_code())),
        };
        // Who approved it may have signed out, or have been signed out, since.
        match sessions::get_active(cx, &session_id)? {
            Some(session) => sign_in(cx, &session, &its, None),
            None => Ok(Err(refusals::device_denied())),
        }
    })??;
    match entered {
        Entered::SignedIn(signed_in) => Ok(*signed_in),
        Entered::Asks(asking) => ask(flow, *asking, device),
    }
}

/// How far a device has come that somebody approved.
enum Entered {
    SignedIn(Box<SignedIn>),
    /// The application is to say whether it gets in.
    Asks(Box<Asking>),
}

struct Asking {
    approver: SessionId,
    allowed: Allowed,
    question: Question,
}

/// What the application was asked about, and has allowed.
struct Allowed {
    user_id: UserId,
    organization_id: Option<OrganizationId>,
}

/// Asks the application. The device code is used up already: the device that loses the answer begins
/// again, as one does that is denied.
fn ask(flow: &FlowCx, asking: Asking, device: Arc<Device>) -> Result<SignedIn> {
    let Asking { approver, allowed, question } = asking;
    let execution = actions::ask(flow, question);
    let entered = flow.write(move |cx| {
        if let Some(refusal) = execution.note(cx)? {
            return Ok(Err(refusals::device_not_allowed(&refusal)));
        }
        match sessions::get_active(cx, &approver)? {
            Some(session) => sign_in(cx, &session, &device, Some(&allowed)),
            None => Ok(Err(refusals::device_denied())),
        }
    })??;
    match entered {
        Entered::SignedIn(signed_in) => Ok(*signed_in),
        Entered::Asks(_) => Err(refusals::device_denied()),
    }
}

fn sign_in(
    cx: &mut Cx<'_>,
    approver: &sessions::Session,
    device: &Device,
    allowed: Option<&Allowed>,
) -> Result<Result<Entered>> {
    let Some(user) = users::get(cx, &approver.user_id)? else {
        return Ok(Err(refusals::device_denied()));
    };
    if let Some(id) = &approver.organization_id {
        let membership = memberships::of_user_and_organization(cx, &user.id, id)?;
        if membership.is_none_or(|it| it.status != Status::Active) {
            return Ok(Err(refusals::device_denied()));
        }
    }
    if standing::shortfall(cx, &user, approver, approver.organization_id.as_ref())?.is_some() {
        return Ok(Err(refusals::device_denied()));
    }
    let organization_id = approver.organization_id.as_ref();
    let holds =
        |it: &Allowed| it.user_id == user.id && it.organization_id.as_ref() == organization_id;
    if !allowed.is_some_and(holds)
        && let Some(question) = question(cx, approver, device, &user)?
    {
        let organization_id = organization_id.cloned();
        let allowed = Allowed { user_id: user.id, organization_id };
        let asking = Asking { approver: approver.id.clone(), allowed, question };
        return Ok(Ok(Entered::Asks(Box::new(asking))));
    }
    let session = sessions::draft_on_device(cx, approver, device)?;
    let claims = tokens::claims(cx, &user, &session)?;
    let remark = tokens::remark(cx, &claims, &user, &session)?;
    sessions::begin(cx, &session, remark.as_ref())?;
    let tokens = Tokens { claims, refresh_token: refresh::issue(cx, &session)? };
    let signed_in = SignedIn { user, session, tokens: Some(tokens), oauth_tokens: None };
    Ok(Ok(Entered::SignedIn(Box::new(signed_in))))
}

fn question(
    cx: &mut Cx<'_>,
    approver: &sessions::Session,
    device: &Device,
    user: &User,
) -> Result<Option<Question>> {
    let Device { client_id, ip_address, user_agent } = device;
    let arrival = Arrival {
        whence: Whence::new(ip_address.clone(), user_agent.clone(), None),
        client_id,
        method: approver.method,
        user,
        organization_id: approver.organization_id.as_ref(),
    };
    actions::authentication(cx, arrival)
}
