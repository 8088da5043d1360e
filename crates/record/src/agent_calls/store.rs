//! The SQL of the calls of agents, but for the one statement that writes them.
use vestibule_kernel::db::{Json, Row, Value};
use vestibule_kernel::list::{Listing, Page};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Effect, Error, Result};

use super::{AgentCall, ListAgentCalls, Outcome};

/// How many calls one transaction forgets.
pub(super) const FORGOTTEN_MAX: i64 = 1000;

const SELECT: &str = "SELECT id, agent_token_id, run_id, operation, effect, organization_id,
     approval_id, arguments, dry_run, outcome, status, code, request_id, ip_address, created_at
     FROM agent_calls";

fn read(mut row: Row) -> Result<AgentCall> {
    Ok(AgentCall {
        object: "agent_call",
        id: row.take()?,
        agent_token_id: row.take()?,
        run_id: row.take()?,
        operation: row.take()?,
        effect: row.take()?,
        organization_id: row.take()?,
        approval_id: row.take()?,
        arguments: row.take::<Json<_>>()?.0,
        dry_run: row.take()?,
        outcome: Outcome::parse(&row.take::<String>()?),
        status: row
            .take::<Option<i64>>()?
            .map(u32::try_from)
            .transpose()
            .map_err(Error::internal)?,
        code: row.take()?,
        request_id: row.take()?,
        ip_address: row.take()?,
        created_at: row.take()?,
    })
}

pub(super) fn list(cx: &mut Cx<'_>, asked: ListAgentCalls) -> Result<Page<AgentCall>> {
    let ListAgentCalls {
        paging,
        agent_token_id,
        run_id,
        operation,
        effect,
        outcome,
        dry_run,
        organization_id,
        range_start,
        range_end,
    } = asked;
    Listing::of(cx, "agent_calls", SELECT)
        .filter_some("agent_token_id = ?", agent_token_id)
        .filter_some("run_id = ?", run_id)
        .filter_some("operation = ?", operation)
        .filter_some("effect = ?", effect.map(Effect::name))
        .filter_some("outcome = ?", outcome.map(Outcome::name))
        .filter_some("dry_run = ?", dry_run)
        .filter_some("organization_id = ?", organization_id)
        .filter_some("created_at >= ?", range_start)
        .filter_some("created_at < ?", range_end)
        .page(cx, &paging, read)
}

/// Deletes some of the calls of before then.
pub(super) fn forget_batch(cx: &mut Cx<'_>, before: Time) -> Result<u64> {
    let values = [cx.environment.into(), before.into(), Value::Int(FORGOTTEN_MAX)];
    let sql = "DELETE FROM agent_calls WHERE id IN (
                 SELECT id FROM agent_calls WHERE environment_id = $1 AND created_at < $2
                 ORDER BY created_at, id LIMIT $3)";
    cx.db().execute(sql, &values)
}
