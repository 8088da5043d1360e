//! The device-code grant (RFC 8628 §3.4): the tokens of a device that somebody approved.
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Cx, FlowCx, Result};
use vestibule_people::memberships::{self, Status};
use vestibule_people::users;

use super::attempt::{SignedIn, Tokens};
use super::client::Client;
use super::{refusals, standing};
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
    // That a device asked, and how soon, must be committed though it is refused.
    flow.write(move |cx| {
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
            Some(session) => sign_in(cx, &session, &device),
            None => Ok(Err(refusals::device_denied())),
        }
    })?
}

fn sign_in(
    cx: &mut Cx<'_>,
    approver: &sessions::Session,
    device: &Device,
) -> Result<Result<SignedIn>> {
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
    let session = sessions::draft_on_device(cx, approver, device)?;
    let claims = tokens::claims(cx, &user, &session)?;
    sessions::begin(cx, &session, tokens::remark(&claims)?.as_ref())?;
    let tokens = Tokens { claims, refresh_token: refresh::issue(cx, &session)? };
    Ok(Ok(SignedIn { user, session, tokens: Some(tokens), oauth_tokens: None }))
}
