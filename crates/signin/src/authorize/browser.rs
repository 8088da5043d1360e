//! Browsers on the hosted pages: which one it is, and who is signed in with it.
use vestibule_kernel::call::Request;
use vestibule_kernel::id::{BrowserSessionId, SessionId};
use vestibule_kernel::secret::{Secret, digest_of};
use vestibule_kernel::{App, Cx, Result};

use crate::cookies::{self, SameSite};
use crate::radar;
use crate::sessions::{self, Session};

/// The cookie by which a browser is known while somebody signs in.
pub const BINDING: &str = "vestibule-browser";
/// The cookie by which somebody stays signed in on the hosted pages.
pub const SIGNED_IN: &str = "vestibule-session";

/// The cookie by which a browser is known as a device of somebody who has signed in with it.
const DEVICE: &str = "vestibule-device";

/// For how long a browser is known as a device.
const DEVICE_SECONDS: i64 = 180 * 24 * 60 * 60;
/// For how long a browser is known after it was last seen.
const BINDING_SECONDS: i64 = 24 * 60 * 60;
/// The longest cookie of ours.
const VALUE_BYTES_MAX: usize = 128;

/// The value of the cookie [`BINDING`] in a request.
pub fn binding(app: &App, request: &Request) -> Option<Secret> {
    value(app, request, BINDING)
}

/// The session of whoever is signed in with this browser.
pub fn session(cx: &mut Cx<'_>) -> Result<Option<Session>> {
    let Some(token) = value(cx.app, cx.request, SIGNED_IN) else { return Ok(None) };
    let values = [cx.environment.into(), token.digest().into()];
    let sql = "SELECT session_id FROM browser_sessions WHERE environment_id = $1 AND digest = $2";
    let Some(mut row) = cx.db().first(sql, &values)? else { return Ok(None) };
    let id: SessionId = row.take()?;
    sessions::get_active(cx, &id)
}

/// The same, where they are signed in as themselves: whoever acts as a user does not change what
/// proves who the user is.
pub fn own_session(cx: &mut Cx<'_>) -> Result<Option<Session>> {
    Ok(session(cx)?.filter(|it| it.impersonator.is_none()))
}

/// Has the browser remember who is signed in. The cookie is a new one each time: one that somebody
/// else has put there is worth nothing.
pub(crate) fn sign_in(cx: &mut Cx<'_>, session: &Session) -> Result<String> {
    if let Some(former) = value(cx.app, cx.request, SIGNED_IN) {
        let values = [cx.environment.into(), former.digest().into()];
        let sql = "DELETE FROM browser_sessions WHERE environment_id = $1 AND digest = $2";
        cx.db().execute(sql, &values)?;
    }
    let token = Secret::random("", cx.app.chance());
    let values = [
        BrowserSessionId::new(cx).into(),
        cx.environment.into(),
        token.digest().into(),
        (&session.id).into(),
        session.expires_at.into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO browser_sessions
                 (id, environment_id, digest, session_id, expires_at, created_at)
               VALUES ($1, $2, $3, $4, $5, $6)";
    cx.db().execute(sql, &values)?;
    let seconds = (session.expires_at.millis() - cx.now().millis()) / 1000;
    let name = cookies::of_this_host(cx.app, SIGNED_IN);
    Ok(cookies::set(cx.app, &name, token.reveal(), SameSite::Lax, seconds))
}

/// The cookie that has the browser forget who was signed in.
pub fn clear(app: &App) -> String {
    cookies::clear(app, &cookies::of_this_host(app, SIGNED_IN), SameSite::Lax)
}

/// The digest of the value by which this browser is known, and the cookie that keeps it so.
pub fn bind(cx: &Cx<'_>) -> (String, String) {
    let token = binding(cx.app, cx.request).unwrap_or_else(|| Secret::random("", cx.app.chance()));
    (token.digest(), binding_cookie(cx.app, &token))
}

/// The cookie by which a browser is known from now on.
pub fn binding_cookie(app: &App, token: &Secret) -> String {
    let name = cookies::of_this_host(app, BINDING);
    cookies::set(app, &name, token.reveal(), SameSite::Lax, BINDING_SECONDS)
}

/// What is stored of the value by which this browser is known, where it is.
pub(crate) fn digest(app: &App, request: &Request) -> Option<String> {
    binding(app, request).map(|it| it.digest())
}

/// What a browser is known by as a device. Before it has a cookie of its own for that, the one by
/// which it is known while somebody signs in stands in for it.
pub(crate) fn device(app: &App, request: &Request) -> Option<String> {
    let kept = value(app, request, DEVICE).map(|it| it.reveal().to_owned());
    kept.or_else(|| Some(digest_of(format!("device {}", binding(app, request)?.reveal()))))
}

/// The cookie by which the browser of this call is known as a device from now on, where sign-ins are
/// judged by devices.
pub(super) fn remember_device(cx: &mut Cx<'_>) -> Result<Option<String>> {
    if !radar::judges_sign_ins(cx)? {
        return Ok(None);
    }
    let Some(device) = device(cx.app, cx.request) else { return Ok(None) };
    let name = cookies::of_this_host(cx.app, DEVICE);
    Ok(Some(cookies::set(cx.app, &name, &device, SameSite::Lax, DEVICE_SECONDS)))
}

/// Whether a request comes from the browser of this digest.
pub fn is_bound(app: &App, request: &Request, digest: &str) -> bool {
    binding(app, request).is_some_and(|it| digest_of(it.reveal()) == digest)
}

/// Deletes what has expired.
pub(super) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    let values = [cx.environment.into(), cx.now().into()];
    let sql = "DELETE FROM browser_sessions WHERE environment_id = $1 AND expires_at <= $2";
    cx.db().execute(sql, &values)
}

/// What one of our cookies holds; none where we cannot have set it so.
fn value(app: &App, request: &Request, name: &str) -> Option<Secret> {
    let value = request.cookie(&cookies::of_this_host(app, name))?;
    let ours = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
    let good = (43..=VALUE_BYTES_MAX).contains(&value.len()) && value.bytes().all(ours);
    good.then(|| Secret::new(value))
}
