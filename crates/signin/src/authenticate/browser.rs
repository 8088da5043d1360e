//! Refresh tokens of pages in browsers, kept in a cookie that no script can read.
//!
//! - A public client in a browser names no refresh token; it sends its cookies. The cookie is set
//!   and used only for pages of an origin that the environment allows: a page of any other site may
//!   have the browser send it, and gets nothing by it.
//! - Once a browser has shown that it sends our cookies, no script is given a refresh token. One that
//!   does not (a library in its development mode, a browser that keeps no cookies of other sites) has
//!   to keep the token itself, so it gets it in the body.
//! - A page on another site than ours needs `SameSite=None`, which browsers take over https alone. By
//!   plain http the page must be on our own host name, at whatever port.
use vestibule_kernel::id::ClientId;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{FlowCx, Result};

use super::client::Client;
use crate::cookies::{self, SameSite};
use crate::sessions::Session;
use crate::{cors_origins, session_hint};

fn name(flow: &FlowCx, client_id: &ClientId) -> String {
    cookies::of_this_host(&flow.app, &format!("workos-refresh-{client_id}"))
}

/// The refresh token that the browser keeps.
pub(super) fn kept(flow: &FlowCx, client: &Client) -> Result<Option<Secret>> {
    if !may_keep(flow, client)? {
        return Ok(None);
    }
    Ok(flow.request().cookie(&name(flow, &client.id)).map(Secret::new))
}

/// Whether the browser sends our cookies, as far as this call tells.
pub(super) fn sends_cookies(flow: &FlowCx, client: &Client) -> bool {
    let request = flow.request();
    let of_ours = [name(flow, &client.id), session_hint::NAME.to_owned()];
    of_ours.iter().any(|it| request.cookie(it).is_some())
}

/// The cookies that have the browser keep the refresh token of a session.
pub(super) fn keep(
    flow: &FlowCx,
    client: &Client,
    session: &Session,
    refresh_token: &Secret,
) -> Vec<String> {
    let seconds = (session.expires_at.millis() - flow.now().millis()) / 1000;
    let (app, name) = (&flow.app, name(flow, &client.id));
    vec![
        cookies::set(app, &name, refresh_token.reveal(), SameSite::None, seconds),
        session_hint::add(app, flow.request(), client.id.as_str(), seconds),
    ]
}

/// The cookies that have the browser forget it.
pub(crate) fn clear(flow: &FlowCx, client_id: &ClientId) -> Vec<String> {
    vec![
        cookies::clear(&flow.app, &name(flow, client_id), SameSite::None),
        session_hint::remove(&flow.app, flow.request(), client_id.as_str()),
    ]
}

/// Whether the call comes from a page whose browser may keep the refresh token.
pub(super) fn may_keep(flow: &FlowCx, client: &Client) -> Result<bool> {
    let Some(origin) = flow.request().origin.as_deref().filter(|_| !client.confidential) else {
        return Ok(false);
    };
    flow.read(|cx| cors_origins::allows(cx, origin))
}
