//! The SQL of device authorizations.
use vestibule_kernel::db::{FromValue, Row, Value};
use vestibule_kernel::id::{ClientId, DeviceAuthorizationId, SessionId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Seconds;
use vestibule_kernel::{App, Cx, Error, Result};

use super::{Codes, DeviceAuthorization, Found, INTERVAL_SECONDS, LIFETIME_SECONDS, Status, tag};

const USER_CODE: &str = "device_authorizations.user_code";
/// The longest description of a program that is kept.
const USER_AGENT_CHARACTERS_MAX: usize = 255;
/// For how long an expired one is kept.
const KEPT_SECONDS: i64 = 60 * 60;

const SELECT: &str = "SELECT id, client_id, user_code, ip_address, user_agent, status, expires_at,
       browser_digest, session_id, interval_seconds, polled_at
  FROM device_authorizations";

impl Status {
    const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
        }
    }
}

impl FromValue for Status {
    fn from_value(value: Value) -> Result<Self> {
        let name = String::from_value(value)?;
        let all = [Self::Pending, Self::Approved, Self::Denied];
        let found = all.into_iter().find(|it| it.name() == name);
        found.ok_or_else(|| Error::internal(format!("no device is '{name}'")))
    }
}

fn read(app: &App, mut row: Row) -> Result<DeviceAuthorization> {
    let (id, client_id) = (row.take()?, row.take()?);
    let sealed: Vec<u8> = row.take()?;
    Ok(DeviceAuthorization {
        id,
        client_id,
        user_code: app.sealer().open_text(USER_CODE, &sealed)?,
        ip_address: row.take()?,
        user_agent: row.take()?,
        status: row.take()?,
        expires_at: row.take()?,
        browser_digest: row.take()?,
        session_id: row.take()?,
        interval: Seconds::try_from(row.take::<i64>()?).map_err(Error::internal)?,
        polled_at: row.take()?,
    })
}

/// Keeps a device; tells whether its user code was free.
pub(super) fn insert(cx: &mut Cx<'_>, client_id: &ClientId, codes: &Codes) -> Result<bool> {
    let user_agent = cx.request.user_agent.as_deref();
    let user_agent: Option<String> =
        user_agent.map(|it| it.chars().take(USER_AGENT_CHARACTERS_MAX).collect());
    let user_code = codes.user_code.reveal();
    let values = [
        DeviceAuthorizationId::new(cx).into(),
        cx.environment.into(),
        client_id.into(),
        codes.device_code.digest().into(),
        tag(cx.app, user_code).into(),
        cx.seal(USER_CODE, user_code)?.into(),
        cx.request.ip_address.clone().into(),
        user_agent.into(),
        Status::Pending.name().into(),
        i64::from(INTERVAL_SECONDS).into(),
        cx.now().plus_seconds(LIFETIME_SECONDS.into()).into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO device_authorizations
                 (id, environment_id, client_id, device_code_digest, user_code_tag, user_code,
                  ip_address, user_agent, status, interval_seconds, expires_at, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
               ON CONFLICT (user_code_tag) DO NOTHING";
    Ok(cx.db().execute(sql, &values)? == 1)
}

pub(super) fn by_device_code(
    cx: &mut Cx<'_>,
    device_code: &Secret,
) -> Result<Option<DeviceAuthorization>> {
    let app = cx.app;
    let values = [cx.environment.into(), device_code.digest().into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND device_code_digest = $2");
    cx.db().first(&sql, &values)?.map(|it| read(app, it)).transpose()
}

pub(super) fn get(cx: &mut Cx<'_>, id: &str) -> Result<Option<DeviceAuthorization>> {
    let app = cx.app;
    let values = [cx.environment.into(), id.into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND id = $2");
    cx.db().first(&sql, &values)?.map(|it| read(app, it)).transpose()
}

pub(super) fn environment_of(app: &App, id: &str) -> Found {
    app.db().read(|tx| {
        let sql = "SELECT environment_id FROM device_authorizations WHERE id = $1";
        tx.first(sql, &[id.into()])?.map(|mut row| row.take()).transpose()
    })
}

pub(super) fn environment_of_user_code(app: &App, tag: &str) -> Found {
    app.db().read(|tx| {
        let sql = "SELECT environment_id FROM device_authorizations WHERE user_code_tag = $1";
        tx.first(sql, &[tag.into()])?.map(|mut row| row.take()).transpose()
    })
}

/// Notes in which browser the code was typed.
pub(super) fn claim(
    cx: &mut Cx<'_>,
    tag: &str,
    browser_digest: &str,
) -> Result<Option<DeviceAuthorizationId>> {
    let values = [
        cx.environment.into(),
        tag.into(),
        browser_digest.into(),
        Status::Pending.name().into(),
        cx.now().into(),
    ];
    let sql = "UPDATE device_authorizations SET browser_digest = $3
               WHERE environment_id = $1 AND user_code_tag = $2 AND status = $4 AND expires_at > $5
               RETURNING id";
    cx.db().first(sql, &values)?.map(|mut row| row.take()).transpose()
}

pub(super) fn decide(
    cx: &mut Cx<'_>,
    id: &DeviceAuthorizationId,
    status: Status,
    session_id: Option<&SessionId>,
) -> Result<bool> {
    let values = [
        cx.environment.into(),
        id.into(),
        status.name().into(),
        session_id.into(),
        Status::Pending.name().into(),
        cx.now().into(),
    ];
    let sql = "UPDATE device_authorizations SET status = $3, session_id = $4
               WHERE environment_id = $1 AND id = $2 AND status = $5 AND expires_at > $6";
    Ok(cx.db().execute(sql, &values)? == 1)
}

pub(super) fn note_poll(
    cx: &mut Cx<'_>,
    id: &DeviceAuthorizationId,
    interval: Seconds,
) -> Result<()> {
    let values = [cx.environment.into(), id.into(), i64::from(interval).into(), cx.now().into()];
    let sql = "UPDATE device_authorizations SET interval_seconds = $3, polled_at = $4
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn delete(cx: &mut Cx<'_>, id: &DeviceAuthorizationId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM device_authorizations WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    let values = [cx.environment.into(), cx.now().plus_seconds(-KEPT_SECONDS).into()];
    let sql = "DELETE FROM device_authorizations WHERE environment_id = $1 AND expires_at <= $2";
    cx.db().execute(sql, &values)
}
