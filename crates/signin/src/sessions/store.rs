//! The SQL of sessions.
use vestibule_kernel::db::{Row, Tx, Value};
use vestibule_kernel::id::{EnvironmentId, OrganizationId, SessionId, UserId};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Result};

use super::{Impersonator, Session, Status};
use crate::policy::{INACTIVITY_OF_SESSION, SignInPolicy};

/// For how long a session that is over can still be read.
const KEPT_DAYS: i64 = 90;

const SELECT: &str = "SELECT id, impersonator_email, impersonator_reason, ip_address,
       organization_id, user_agent, user_id, expires_at, ended_at, created_at, updated_at,
       client_id, method, factor_proved, vouched_by, auth_time, last_active_at
  FROM sessions";

/// A pause that no session survives: in its place where there is no limit.
const NO_LIMIT_SECONDS: i64 = 100 * 365 * 24 * 60 * 60;

fn pause_seconds(policy: &SignInPolicy) -> i64 {
    policy.inactivity_seconds.map_or(NO_LIMIT_SECONDS, i64::from)
}

/// How long a session may pause where its organization does not say.
fn usual_pause_seconds(cx: &mut Cx<'_>) -> Result<i64> {
    SignInPolicy::of(cx).map(|it| pause_seconds(&it))
}

fn read(now: Time) -> impl FnMut(Row) -> Result<Session> {
    move |mut row| {
        let id = row.take()?;
        let (email, reason): (Option<String>, Option<String>) = (row.take()?, row.take()?);
        let mut session = Session {
            object: "session",
            id,
            impersonator: email.map(|email| Impersonator { email, reason }),
            ip_address: row.take()?,
            organization_id: row.take()?,
            user_agent: row.take()?,
            user_id: row.take()?,
            auth_method: super::Kind::Unknown,
            status: Status::Active,
            expires_at: row.take()?,
            ended_at: row.take()?,
            created_at: row.take()?,
            updated_at: row.take()?,
            client_id: row.take()?,
            method: row.take()?,
            factor_proved: row.take()?,
            vouched_by: row.take()?,
            auth_time: row.take()?,
            last_active_at: row.take()?,
        };
        session.auth_method = session.method.kind();
        session.status = match session.ended_at {
            Some(_) => Status::Revoked,
            None if session.expires_at <= now => Status::Expired,
            None => Status::Active,
        };
        Ok(session)
    }
}

pub(super) fn get(cx: &mut Cx<'_>, id: &SessionId) -> Result<Option<Session>> {
    let values = [cx.environment.into(), id.into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND id = $2");
    let found = cx.db().first(&sql, &values)?.map(read(cx.now())).transpose()?;
    let Some(mut session) = found else { return Ok(None) };
    let policy = SignInPolicy::of_organization(cx, session.organization_id.as_ref())?;
    let idle_before = cx.now().plus_seconds(-pause_seconds(&policy));
    if session.status == Status::Active && session.last_active_at <= idle_before {
        session.status = Status::Expired;
    }
    Ok(Some(session))
}

/// The environment of a session, where nothing else tells it.
pub(super) fn environment_of(tx: &mut dyn Tx, id: &str) -> Result<Option<EnvironmentId>> {
    let sql = "SELECT environment_id FROM sessions WHERE id = $1";
    tx.first(sql, &[id.into()])?.map(|mut row| row.take()).transpose()
}

pub(super) fn list_active(
    cx: &mut Cx<'_>,
    user_id: &UserId,
    valid_after: Option<Time>,
    paging: &Paging,
) -> Result<Page<Session>> {
    let now = cx.now();
    let pause = usual_pause_seconds(cx)?;
    let in_use = format!("last_active_at + 1000 * COALESCE({INACTIVITY_OF_SESSION}, {pause}) > ?");
    Listing::of(cx, "sessions", SELECT)
        .filter("user_id = ?", user_id)
        .and("ended_at IS NULL")
        .filter("expires_at > ?", now)
        .filter(&in_use, now)
        .filter_some("auth_time >= ?", valid_after)
        .page(cx, paging, read(now))
}

pub(super) fn active_of_user(cx: &mut Cx<'_>, user_id: &UserId) -> Result<Vec<Session>> {
    active(cx, "user_id = $4", user_id.into())
}

pub(super) fn active_of_organization(
    cx: &mut Cx<'_>,
    organization_id: &OrganizationId,
) -> Result<Vec<Session>> {
    active(cx, "organization_id = $4", organization_id.into())
}

fn active(cx: &mut Cx<'_>, condition: &str, value: Value) -> Result<Vec<Session>> {
    let now = cx.now();
    let pause = usual_pause_seconds(cx)?;
    let values = [cx.environment.into(), now.into(), pause.into(), value];
    let sql = format!(
        "{SELECT} WHERE environment_id = $1 AND ended_at IS NULL AND expires_at > $2
           AND last_active_at + 1000 * COALESCE({INACTIVITY_OF_SESSION}, $3) > $2
           AND {condition} ORDER BY created_at, id"
    );
    cx.db().query(&sql, &values)?.into_iter().map(read(now)).collect()
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &Session) -> Result<()> {
    let impersonator = it.impersonator.as_ref();
    let values = [
        (&it.id).into(),
        cx.environment.into(),
        (&it.user_id).into(),
        it.organization_id.as_ref().into(),
        (&it.client_id).into(),
        it.method.into(),
        it.factor_proved.into(),
        it.vouched_by.as_ref().into(),
        it.ip_address.as_deref().into(),
        it.user_agent.as_deref().into(),
        impersonator.map(|it| it.email.as_str()).into(),
        impersonator.and_then(|it| it.reason.as_deref()).into(),
        it.auth_time.into(),
        it.last_active_at.into(),
        it.expires_at.into(),
        it.created_at.into(),
        it.updated_at.into(),
    ];
    let sql = "INSERT INTO sessions
                 (id, environment_id, user_id, organization_id, client_id, method,
                  factor_proved, vouched_by, ip_address, user_agent, impersonator_email,
                  impersonator_reason, auth_time, last_active_at, expires_at, created_at,
                  updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
                       $17)";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn update(cx: &mut Cx<'_>, it: &Session) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        it.organization_id.as_ref().into(),
        it.method.into(),
        it.factor_proved.into(),
        it.vouched_by.as_ref().into(),
        it.auth_time.into(),
        it.last_active_at.into(),
        it.expires_at.into(),
        it.ended_at.into(),
        it.updated_at.into(),
    ];
    let sql = "UPDATE sessions SET organization_id = $3, method = $4, factor_proved = $5,
                 vouched_by = $6, auth_time = $7, last_active_at = $8, expires_at = $9,
                 ended_at = $10, updated_at = $11
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    let values = [cx.environment.into(), cx.now().plus_days(-KEPT_DAYS).into()];
    let sql = "DELETE FROM refresh_tokens WHERE environment_id = $1 AND session_id IN
                 (SELECT id FROM sessions
                  WHERE environment_id = $1 AND (expires_at < $2 OR ended_at < $2))";
    cx.db().execute(sql, &values)?;
    let sql = "DELETE FROM sessions
               WHERE environment_id = $1 AND (expires_at < $2 OR ended_at < $2)";
    cx.db().execute(sql, &values)
}
