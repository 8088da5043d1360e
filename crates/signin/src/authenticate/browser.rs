//! Refresh tokens of pages in browsers, kept in a cookie that no script can read.
//!
//! A public client in a browser names no refresh token; it sends its cookies. A cookie is set and
//! read only for pages of an origin that the environment allows, so that no other page can use it.
use vestibule_kernel::id::ClientId;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{FlowCx, Result};

use super::client::Client;
use crate::cookies::{self, SameSite};
use crate::cors_origins;
use crate::sessions::Session;

/// Tells a script that a session may exist. It holds the client ID and nothing secret.
const HINT: &str = "workos-has-session";

fn name(client_id: &ClientId) -> String {
    format!("workos-refresh-{client_id}")
}

/// The refresh token that the browser keeps.
pub(super) fn kept(flow: &FlowCx, client: &Client) -> Result<Option<Secret>> {
    if !may_keep(flow, client)? {
        return Ok(None);
    }
    Ok(flow.request().cookie(&name(&client.id)).map(Secret::new))
}

/// The cookies that have the browser keep the refresh token of a session.
pub(super) fn keep(
    flow: &FlowCx,
    client: &Client,
    session: &Session,
    refresh_token: &Secret,
) -> Vec<String> {
    let seconds = (session.expires_at.millis() - flow.now().millis()) / 1000;
    let app = &flow.app;
    vec![
        cookies::set(app, &name(&client.id), refresh_token.reveal(), SameSite::None, seconds),
        cookies::set_readable(app, HINT, client.id.as_str(), SameSite::None, seconds),
    ]
}

/// The cookies that have the browser forget it.
pub(crate) fn clear(app: &vestibule_kernel::App, client_id: &ClientId) -> Vec<String> {
    vec![
        cookies::clear(app, &name(client_id), SameSite::None),
        cookies::clear(app, HINT, SameSite::None),
    ]
}

/// Whether the call comes from a page whose browser may keep the refresh token.
pub(super) fn may_keep(flow: &FlowCx, client: &Client) -> Result<bool> {
    let Some(origin) = flow.request().origin.as_deref().filter(|_| !client.confidential) else {
        return Ok(false);
    };
    flow.read(|cx| cors_origins::allows(cx, origin))
}
