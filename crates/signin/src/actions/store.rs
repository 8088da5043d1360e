//! The tables of endpoints that are asked, and of what they answered.
use vestibule_kernel::db::Row;
use vestibule_kernel::id::UserId;
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{App, Cx, Error, Result};

use super::call::Execution;
use super::operations::ActionExecution;
use super::{ActionStatus, ActionType, Endpoint};

const SECRET: &str = "action_endpoints.secret";
const SELECT: &str = "SELECT id, type, endpoint_url, secret, status, timeout_millis,
                             default_verdict, created_at, updated_at
                      FROM action_endpoints";
const EXECUTIONS: &str = "SELECT id, action_endpoint_id, type, test, verdict, decided_by, error,
                                 error_message, status_code, duration_millis, user_id,
                                 organization_id, email, ip_address, user_agent, created_at
                          FROM action_executions";

fn read(app: &App, mut row: Row) -> Result<Endpoint> {
    Ok(Endpoint {
        id: row.take()?,
        r#type: row.take()?,
        url: row.take()?,
        secret: app.sealer().open_text(SECRET, &row.take::<Vec<u8>>()?)?,
        status: row.take()?,
        timeout_millis: u32::try_from(row.take::<i64>()?).map_err(Error::internal)?,
        default_verdict: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

/// The endpoint that is asked, where one is.
pub(super) fn get_enabled(cx: &mut Cx<'_>, r#type: ActionType) -> Result<Option<Endpoint>> {
    Ok(get(cx, r#type)?.filter(|it| it.status == ActionStatus::Enabled))
}

pub(super) fn get(cx: &mut Cx<'_>, r#type: ActionType) -> Result<Option<Endpoint>> {
    let values = [cx.environment.into(), r#type.into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 AND type = $2");
    let row = cx.db().first(&sql, &values)?;
    row.map(|it| read(cx.app, it)).transpose()
}

/// All of them: one of each type at the most.
pub(super) fn list(cx: &mut Cx<'_>) -> Result<Vec<Endpoint>> {
    let values = [cx.environment.into()];
    let sql = format!("{SELECT} WHERE environment_id = $1 ORDER BY type");
    let rows = cx.db().query(&sql, &values)?;
    rows.into_iter().map(|it| read(cx.app, it)).collect()
}

/// Inserts an endpoint, or changes the one that there is of its type.
pub(super) fn set(cx: &mut Cx<'_>, it: &Endpoint) -> Result<()> {
    let values = [
        (&it.id).into(),
        cx.environment.into(),
        it.r#type.into(),
        (&it.url).into(),
        cx.seal(SECRET, it.secret.reveal())?.into(),
        it.status.into(),
        i64::from(it.timeout_millis).into(),
        it.default_verdict.into(),
        it.created_at.into(),
        it.updated_at.into(),
    ];
    let sql = "INSERT INTO action_endpoints
                 (id, environment_id, type, endpoint_url, secret, status, timeout_millis,
                  default_verdict, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
               ON CONFLICT (environment_id, type) DO UPDATE SET
                 endpoint_url = excluded.endpoint_url, secret = excluded.secret,
                 status = excluded.status, timeout_millis = excluded.timeout_millis,
                 default_verdict = excluded.default_verdict, updated_at = excluded.updated_at";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Deletes an endpoint, with the log of what it answered; tells whether there was one.
pub(super) fn delete(cx: &mut Cx<'_>, r#type: ActionType) -> Result<bool> {
    let values = [cx.environment.into(), r#type.into()];
    let sql = "DELETE FROM action_executions WHERE environment_id = $1 AND type = $2";
    cx.db().execute(sql, &values)?;
    let sql = "DELETE FROM action_endpoints WHERE environment_id = $1 AND type = $2";
    Ok(cx.db().execute(sql, &values)? > 0)
}

pub(super) fn insert_execution(cx: &mut Cx<'_>, it: &Execution) -> Result<()> {
    let about = &it.about;
    let values = [
        (&about.id).into(),
        cx.environment.into(),
        (&it.endpoint_id).into(),
        it.r#type.into(),
        about.test.into(),
        it.verdict.into(),
        it.decided_by.into(),
        it.error.as_ref().into(),
        it.error_message.as_ref().into(),
        it.status_code.map(i64::from).into(),
        it.duration_millis.into(),
        about.user_id.as_ref().into(),
        about.organization_id.as_ref().into(),
        (&about.email).into(),
        about.whence.ip_address.as_ref().into(),
        about.whence.user_agent.as_ref().into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO action_executions
                 (id, environment_id, action_endpoint_id, type, test, verdict, decided_by, error,
                  error_message, status_code, duration_millis, user_id, organization_id, email,
                  ip_address, user_agent, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    cx.db().execute(sql, &values).map(|_| ())
}

fn read_execution(mut row: Row) -> Result<ActionExecution> {
    Ok(ActionExecution {
        object: "action_execution",
        id: row.take()?,
        action_endpoint_id: row.take()?,
        r#type: row.take()?,
        test: row.take()?,
        verdict: row.take()?,
        decided_by: row.take()?,
        error: row.take()?,
        error_message: row.take()?,
        status_code: row.take()?,
        duration_millis: row.take()?,
        user_id: row.take()?,
        organization_id: row.take()?,
        email: row.take()?,
        ip_address: row.take()?,
        user_agent: row.take()?,
        created_at: row.take()?,
    })
}

pub(super) fn list_executions(
    cx: &mut Cx<'_>,
    paging: &Paging,
    r#type: Option<ActionType>,
) -> Result<Page<ActionExecution>> {
    Listing::of(cx, "action_executions", EXECUTIONS).filter_some("type = ?", r#type).page(
        cx,
        paging,
        read_execution,
    )
}

/// Deletes what was answered before this instant.
pub(super) fn forget_executions(cx: &mut Cx<'_>, before: Time) -> Result<u64> {
    let values = [cx.environment.into(), before.into()];
    let sql = "DELETE FROM action_executions WHERE environment_id = $1 AND created_at <= $2";
    cx.db().execute(sql, &values)
}

/// Deletes what was answered about a user.
pub(super) fn forget_user(cx: &mut Cx<'_>, user_id: &UserId) -> Result<()> {
    let values = [cx.environment.into(), user_id.into()];
    let sql = "DELETE FROM action_executions WHERE environment_id = $1 AND user_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}
