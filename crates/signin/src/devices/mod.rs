//! Devices that sign in by another one's browser (RFC 8628): a command line, a television.
//!
//! - The device gets two codes: a long one to ask with, and a short one to show. Somebody types the
//!   short one on the hosted pages, signs in, and says yes or no.
//! - What the device gets is a session of its own, which ends neither with the browser's nor before
//!   it. It is made when the device asks for its tokens, and only while the session that approved it
//!   goes on.
//! - A device code yields tokens once. One that is asked with too often is told to slow down, and by
//!   how much it counts from then on.
//! - Somebody who acts as a user cannot approve a device: its session would outlive theirs.
mod operations;
mod store;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::call::Request;
use vestibule_kernel::id::{ClientId, DeviceAuthorizationId, EnvironmentId, SessionId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::setting::Setting;
use vestibule_kernel::time::{Seconds, Time};
use vestibule_kernel::{App, Cx, FlowCx, Op, Result, op};

use crate::authorize::browser;
use crate::sandbox;
use crate::sessions::Session;
pub(crate) use operations::turned_off;
pub use operations::{CreateDeviceAuthorization, GetDevicePolicy, UpdateDevicePolicy};

/// The operations of this module.
pub const OPERATIONS: &[Op] =
    &[op::<CreateDeviceAuthorization>(), op::<GetDevicePolicy>(), op::<UpdateDevicePolicy>()];

/// Where somebody types the code that a device shows.
pub const PATH: &str = "/device";
/// For how long the codes work.
pub const LIFETIME_SECONDS: Seconds = 300;
/// How long a device waits between two polls at the least.
pub const INTERVAL_SECONDS: Seconds = 5;
/// How much longer it waits each time that it did not (RFC 8628 §3.5).
const SLOWER_BY_SECONDS: Seconds = 5;
/// How much sooner a poll may come, because the one before it may have been on its way for longer.
const LEEWAY_MILLIS: i64 = 1000;
/// How many letters the code has that people type.
const USER_CODE_LETTERS: usize = 8;
/// Consonants alone: none is mistaken for a digit, and they make no words (RFC 8628 §6.1).
const USER_CODE_ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// The longest code that is looked at.
const CODE_BYTES_MAX: usize = 256;

/// Whether devices may sign in by another one's browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct DevicePolicy {
    /// Whether a device without a browser may ask for its user to be signed in
    pub enabled: bool,
}

impl Default for DevicePolicy {
    fn default() -> Self {
        Self { enabled: true }
    }
}

impl Setting for DevicePolicy {
    const NAME: &'static str = "device_authorization";
}

/// What a device asks for.
#[derive(Clone)]
pub struct DeviceAuthorization {
    /// Its id, which is in the address of the page that approves it.
    pub id: DeviceAuthorizationId,
    /// The application.
    pub client_id: ClientId,
    /// The code that the device shows, as people read it.
    pub user_code: Secret,
    /// The address that the device asked from.
    pub ip_address: Option<String>,
    /// The program that asked.
    pub user_agent: Option<String>,
    /// How far it has got.
    pub status: Status,
    /// When it ends.
    pub expires_at: Time,
    browser_digest: Option<String>,
    session_id: Option<SessionId>,
    interval: Seconds,
    polled_at: Option<Time>,
}

impl std::fmt::Debug for DeviceAuthorization {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DeviceAuthorization {}", self.id)
    }
}

/// How far a device has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nobody has decided yet.
    Pending,
    /// Somebody said yes.
    Approved,
    /// Somebody said no.
    Denied,
}

/// The codes of a device that has just asked.
pub(crate) struct Codes {
    pub device_code: Secret,
    pub user_code: Secret,
}

/// What a device is told that asks whether somebody has decided.
pub(crate) enum Polled {
    /// They said yes, with this session. The code is used up.
    Approved(SessionId),
    /// Not yet.
    Pending,
    /// Not yet, and it asked too soon. That must be committed.
    TooSoon,
    /// They said no.
    Denied,
    /// Nobody decided in time.
    Expired,
    /// No device of this application was given this code, or it was used.
    Unknown,
}

/// Keeps what the device of this call asks for.
pub(crate) fn create(cx: &mut Cx<'_>, client_id: &ClientId) -> Result<Codes> {
    // Two live codes alike are one chance in billions; the database is the judge of it.
    for _ in 0..3 {
        let codes =
            Codes { device_code: Secret::random("", cx.app.chance()), user_code: user_code(cx) };
        if store::insert(cx, client_id, &codes)? {
            approve_itself(cx, client_id, &codes)?;
            return Ok(codes);
        }
    }
    Err(vestibule_kernel::Error::internal("no user code was free"))
}

/// In a sandbox that was told so, the only user has approved the device already.
fn approve_itself(cx: &mut Cx<'_>, client_id: &ClientId, codes: &Codes) -> Result<()> {
    let Some(user) = sandbox::device_approver(cx)? else { return Ok(()) };
    let Some(device) = store::by_device_code(cx, &codes.device_code)? else { return Ok(()) };
    let session = sandbox::vouch(cx, &user, client_id.clone(), None)?;
    approve(cx, &device.id, &session).map(|_| ())
}

/// Answers a device that asks with its code.
pub(crate) fn poll(cx: &mut Cx<'_>, client_id: &ClientId, device_code: &Secret) -> Result<Polled> {
    if device_code.reveal().len() > CODE_BYTES_MAX {
        return Ok(Polled::Unknown);
    }
    let found = store::by_device_code(cx, device_code)?.filter(|it| it.client_id == *client_id);
    let Some(it) = found else { return Ok(Polled::Unknown) };
    if it.expires_at <= cx.now() {
        return Ok(Polled::Expired);
    }
    match (it.status, it.session_id) {
        (Status::Denied, _) => Ok(Polled::Denied),
        (Status::Approved, Some(session_id)) => {
            store::delete(cx, &it.id)?;
            Ok(Polled::Approved(session_id))
        }
        (Status::Pending, _) | (Status::Approved, None) => {
            let wait = i64::from(it.interval) * 1000 - LEEWAY_MILLIS;
            let too_soon = it.polled_at.is_some_and(|at| cx.now().millis() < at.millis() + wait);
            let slower = if too_soon { SLOWER_BY_SECONDS } else { 0 };
            store::note_poll(cx, &it.id, it.interval.saturating_add(slower))?;
            Ok(if too_soon { Polled::TooSoon } else { Polled::Pending })
        }
    }
}

/// Takes the code that somebody typed: from now on the device is at the browser of this call, and
/// its id is answered. None where no device waits under this code.
pub fn claim(
    app: &Arc<App>,
    typed: &str,
    request: Request,
) -> Result<Option<DeviceAuthorizationId>> {
    let Some(user_code) = read_user_code(typed) else { return Ok(None) };
    let tag = tag(app, &user_code);
    let Some(environment) = store::environment_of_user_code(app, &tag)? else { return Ok(None) };
    app.system(&environment).with_request(request).write(move |cx| {
        if !cx.setting::<DevicePolicy>()?.enabled {
            return Ok(None);
        }
        let Some(digest) = browser::digest(cx.app, cx.request) else { return Ok(None) };
        store::claim(cx, &tag, &digest)
    })
}

/// The device of this id, if its code was typed in the browser that `request` comes from and nobody
/// has decided yet, with doors to its environment.
pub fn open(
    app: &Arc<App>,
    id: &str,
    request: Request,
) -> Result<Option<(FlowCx, DeviceAuthorization)>> {
    let Some(environment) = store::environment_of(app, id)? else { return Ok(None) };
    let flow = app.system(&environment).with_request(request);
    let found = flow.read(|cx| {
        let now = cx.now();
        let waits = |it: &DeviceAuthorization| it.status == Status::Pending && it.expires_at > now;
        let found = store::get(cx, id)?.filter(waits);
        let (app, request) = (cx.app, cx.request);
        let is_here = |digest: &String| browser::is_bound(app, request, digest);
        Ok(found.filter(|it| it.browser_digest.as_ref().is_some_and(is_here)))
    })?;
    Ok(found.map(|it| (flow, it)))
}

/// Where a device is approved.
pub fn path(id: &DeviceAuthorizationId) -> String {
    format!("{PATH}/{id}")
}

/// Says yes with the session of whoever is signed in; tells whether it was in time. Somebody who acts
/// as the user is not them, and is told that it was not.
pub fn approve(cx: &mut Cx<'_>, id: &DeviceAuthorizationId, session: &Session) -> Result<bool> {
    if session.impersonator.is_some() {
        return Ok(false);
    }
    store::decide(cx, id, Status::Approved, Some(&session.id))
}

/// Says no; tells whether it was in time.
pub fn deny(cx: &mut Cx<'_>, id: &DeviceAuthorizationId) -> Result<bool> {
    store::decide(cx, id, Status::Denied, None)
}

/// Deletes what nobody can ask for any more. What has just expired is kept for a while, so that its
/// device is told so.
pub(crate) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    store::forget(cx)
}

fn tag(app: &App, user_code: &str) -> String {
    app.sealer().tag("device_authorizations.user_code", user_code)
}

/// A fresh code for people, in two groups: `BCDF-GHJK`.
fn user_code(cx: &Cx<'_>) -> Secret {
    let mut letters = String::new();
    while letters.len() < USER_CODE_LETTERS {
        let [byte] = cx.app.chance().bytes::<1>();
        // 240 is the last multiple of 20: beyond it letters would not be equally likely.
        if byte < 240 {
            letters.push(char::from(USER_CODE_ALPHABET[usize::from(byte) % 20]));
        }
    }
    let (first, second) = letters.split_at(USER_CODE_LETTERS / 2);
    Secret::new(format!("{first}-{second}"))
}

/// What somebody typed as a code is written: in capitals, with the hyphen in its place.
fn read_user_code(typed: &str) -> Option<String> {
    if typed.len() > CODE_BYTES_MAX {
        return None;
    }
    let letters: String = typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|it| it.to_ascii_uppercase())
        .collect();
    let known = letters.bytes().all(|it| USER_CODE_ALPHABET.contains(&it));
    let (first, second) = letters.split_at_checked(USER_CODE_LETTERS / 2)?;
    (known && letters.len() == USER_CODE_LETTERS).then(|| format!("{first}-{second}"))
}

/// The environment that a code or an id leads to, which neither tells.
type Found = Result<Option<EnvironmentId>>;

#[cfg(test)]
mod tests {
    use super::read_user_code;

    #[test]
    fn a_code_is_read_however_it_was_typed() {
        for typed in ["BCDF-GHJK", "bcdfghjk", " bcdf ghjk ", "BCDF–GHJK", "b-c-d-f-g-h-j-k"] {
            assert_eq!(read_user_code(typed).as_deref(), Some("BCDF-GHJK"), "{typed}");
        }
        for typed in ["", "BCDF", "BCDF-GHJKL", "ABCD-EFGH", "BCDF-GHJ1", "ВСDF-GHJK"] {
            assert_eq!(read_user_code(typed), None, "{typed}");
        }
    }
}
