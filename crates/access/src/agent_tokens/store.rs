//! The SQL of agent tokens. `kernel/src/agent` reads this table, too; nobody else writes it.
use vestibule_kernel::agent::TOKEN_PREFIX;
use vestibule_kernel::db::{Json, Row};
use vestibule_kernel::id::AgentTokenId;
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Result};

use super::{AgentToken, State};

const SELECT: &str =
    "SELECT id, name, obfuscated_value, policy, client, created_by, expires_at, revoked_at,
     created_at, updated_at FROM agent_tokens";

fn read(mut row: Row, now: Time) -> Result<AgentToken> {
    let mut token = AgentToken {
        object: "agent_token",
        id: row.take()?,
        name: row.take()?,
        obfuscated_value: row.take()?,
        state: State::Active,
        policy: row.take::<Json<_>>()?.0,
        client: row.take::<Option<Json<_>>>()?.map(|it| it.0),
        created_by: row.take()?,
        expires_at: row.take()?,
        revoked_at: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    };
    if token.revoked_at.is_some() {
        token.state = State::Revoked;
    } else if token.expires_at <= now {
        token.state = State::Expired;
    }
    Ok(token)
}

/// `value_expires_at` is that of the value of a client's token, which is renewed.
pub(super) fn insert(
    cx: &mut Cx<'_>,
    it: &AgentToken,
    value: &Secret,
    value_expires_at: Option<Time>,
) -> Result<()> {
    let values = [
        (&it.id).into(),
        cx.environment.into(),
        (&it.name).into(),
        value.digest().into(),
        (&it.obfuscated_value).into(),
        Json(&it.policy).into(),
        (&it.created_by).into(),
        it.expires_at.into(),
        it.created_at.into(),
        it.client.as_ref().map(Json).into(),
        value_expires_at.into(),
    ];
    let sql = "INSERT INTO agent_tokens
                 (id, environment_id, name, digest, obfuscated_value, policy, created_by, expires_at,
                  created_at, updated_at, client, value_expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11)";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn get(cx: &mut Cx<'_>, id: &AgentTokenId) -> Result<Option<AgentToken>> {
    let (values, now) = ([cx.environment.into(), id.into()], cx.now());
    let sql = format!("{SELECT} WHERE environment_id = $1 AND id = $2");
    cx.db().first(&sql, &values)?.map(|row| read(row, now)).transpose()
}

pub(super) fn list(cx: &mut Cx<'_>, paging: &Paging) -> Result<Page<AgentToken>> {
    let now = cx.now();
    Listing::of(cx, "agent_tokens", SELECT).page(cx, paging, |row| read(row, now))
}

/// What is kept in memory of the token goes with it.
pub(super) fn update(cx: &mut Cx<'_>, it: &AgentToken) -> Result<()> {
    cx.touch_all();
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        (&it.name).into(),
        Json(&it.policy).into(),
        it.expires_at.into(),
        it.updated_at.into(),
    ];
    let sql = "UPDATE agent_tokens
               SET name = $3, policy = $4, expires_at = $5, updated_at = $6
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// The value that it had opens nothing from then on.
pub(super) fn renew(
    cx: &mut Cx<'_>,
    id: &AgentTokenId,
    value: &Secret,
    value_expires_at: Time,
) -> Result<()> {
    cx.touch_all();
    let values = [
        cx.environment.into(),
        id.into(),
        value.digest().into(),
        value.obfuscated(TOKEN_PREFIX).into(),
        value_expires_at.into(),
    ];
    let sql = "UPDATE agent_tokens
               SET digest = $3, obfuscated_value = $4, value_expires_at = $5
               WHERE environment_id = $1 AND id = $2 AND client IS NOT NULL";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Ends a token; one that was ended keeps its time.
pub(super) fn revoke(cx: &mut Cx<'_>, id: &AgentTokenId) -> Result<()> {
    cx.touch_all();
    let values = [cx.environment.into(), id.into(), cx.now().into()];
    let sql = "UPDATE agent_tokens SET revoked_at = $3, updated_at = $3
               WHERE environment_id = $1 AND id = $2 AND revoked_at IS NULL";
    cx.db().execute(sql, &values).map(|_| ())
}
