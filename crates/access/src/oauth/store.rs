//! The SQL of clients, codes and refresh tokens.
use vestibule_kernel::agent::Policy;
use vestibule_kernel::db::{Json, Tx};
use vestibule_kernel::id::{AgentTokenId, EnvironmentId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Result};

use super::clients::Client;
use super::grants::CODE_SECONDS;
use crate::agent_tokens::TokenClient;

/// For how many days codes are remembered: as long as a token may be good, so that one that comes
/// again ends it.
const CODES_DAYS: i64 = 366;

pub(super) fn insert_client(
    tx: &mut dyn Tx,
    client: &Client,
    now: Time,
    expires_at: Time,
) -> Result<()> {
    let values = [
        (&client.id).into(),
        (&client.name).into(),
        Json(&client.redirect_uris).into(),
        now.into(),
        expires_at.into(),
    ];
    let sql = "INSERT INTO oauth_clients (id, name, redirect_uris, created_at, expires_at)
               VALUES ($1, $2, $3, $4, $5) -- global: no environment is known yet";
    tx.execute(sql, &values).map(|_| ())
}

pub(super) fn get_client(tx: &mut dyn Tx, id: &str, now: Time) -> Result<Option<Client>> {
    let sql = "SELECT id, name, redirect_uris FROM oauth_clients
               WHERE id = $1 AND (expires_at IS NULL OR expires_at > $2)
               -- global: no environment is known yet";
    let Some(mut row) = tx.first(sql, &[id.into(), now.into()])? else { return Ok(None) };
    let (id, name) = (row.take()?, row.take()?);
    Ok(Some(Client { id, name, redirect_uris: row.take::<Json<_>>()?.0 }))
}

/// How many clients wait for somebody to let them in, counted up to `most`.
pub(super) fn count_unused(tx: &mut dyn Tx, most: i64) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM oauth_clients
                 WHERE expires_at IS NOT NULL LIMIT $1) AS unused -- global: of the installation";
    tx.first(sql, &[most.into()])?.map_or(Ok(0), |mut row| row.take())
}

pub(super) fn forget_oldest_client(tx: &mut dyn Tx) -> Result<()> {
    let sql = "DELETE FROM oauth_clients WHERE id IN (
                 SELECT id FROM oauth_clients WHERE expires_at IS NOT NULL
                 ORDER BY expires_at LIMIT 1) -- global: of the installation";
    tx.execute(sql, &[]).map(|_| ())
}

pub(super) fn forget_clients(tx: &mut dyn Tx, now: Time) -> Result<u64> {
    let sql = "DELETE FROM oauth_clients
               WHERE expires_at IS NOT NULL AND expires_at <= $1 -- global: of the installation";
    tx.execute(sql, &[now.into()])
}

/// A code, and what it was made for.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub digest: String,
    pub client: TokenClient,
    pub challenge: String,
    pub policy: Policy,
    pub allowed_by: String,
}

/// Keeps a code; a client that registered is from now on kept for good.
pub(super) fn insert_code(cx: &mut Cx<'_>, code: &Code) -> Result<()> {
    let values = [
        (&code.digest).into(),
        cx.environment.into(),
        Json(&code.client).into(),
        (&code.challenge).into(),
        Json(&code.policy).into(),
        (&code.allowed_by).into(),
        cx.now().into(),
        cx.now().plus_seconds(CODE_SECONDS).into(),
    ];
    let sql = "INSERT INTO oauth_codes
                 (digest, environment_id, client, code_challenge, policy, allowed_by, created_at,
                  expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    cx.db().execute(sql, &values)?;
    let sql = "UPDATE oauth_clients SET expires_at = NULL
               WHERE id = $1 AND expires_at IS NOT NULL -- global: of the installation";
    cx.db().execute(sql, &[(&code.client.id).into()]).map(|_| ())
}

/// What a code is found to be when it is shown.
pub(super) enum Taken {
    /// It is used up by this.
    Good(Box<Code>),
    /// It is over.
    Over,
    /// It was shown before; this was made from it.
    Again(Option<AgentTokenId>),
}

pub(super) fn environment_of_code(tx: &mut dyn Tx, digest: &str) -> Result<Option<EnvironmentId>> {
    let sql = "SELECT environment_id FROM oauth_codes WHERE digest = $1";
    tx.first(sql, &[digest.into()])?.map(|mut row| row.take()).transpose()
}

pub(super) fn take_code(cx: &mut Cx<'_>, digest: &str) -> Result<Taken> {
    let (values, now) = ([cx.environment.into(), digest.into()], cx.now());
    let sql =
        "SELECT client, code_challenge, policy, allowed_by, used_at, agent_token_id, expires_at
               FROM oauth_codes WHERE environment_id = $1 AND digest = $2";
    let Some(mut row) = cx.db().first(sql, &values)? else { return Ok(Taken::Over) };
    let code = Code {
        digest: digest.to_owned(),
        client: row.take::<Json<_>>()?.0,
        challenge: row.take()?,
        policy: row.take::<Json<_>>()?.0,
        allowed_by: row.take()?,
    };
    let (used_at, made): (Option<Time>, _) = (row.take()?, row.take()?);
    let expires_at: Time = row.take()?;
    if used_at.is_some() {
        return Ok(Taken::Again(made));
    }
    if expires_at <= now {
        return Ok(Taken::Over);
    }
    let values = [cx.environment.into(), digest.into(), now.into()];
    let sql = "UPDATE oauth_codes SET used_at = $3
               WHERE environment_id = $1 AND digest = $2 AND used_at IS NULL";
    match cx.db().execute(sql, &values)? {
        0 => Ok(Taken::Again(None)),
        _ => Ok(Taken::Good(Box::new(code))),
    }
}

/// Keeps what was made from a code.
pub(super) fn keep_made(cx: &mut Cx<'_>, digest: &str, made: &AgentTokenId) -> Result<()> {
    let values = [cx.environment.into(), digest.into(), made.into()];
    let sql = "UPDATE oauth_codes SET agent_token_id = $3
               WHERE environment_id = $1 AND digest = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// A refresh token, as it is kept.
pub(super) struct Refresh {
    pub agent_token_id: AgentTokenId,
    pub exchanged_at: Option<Time>,
    pub successor: Option<Vec<u8>>,
}

pub(super) fn environment_of_refresh(
    tx: &mut dyn Tx,
    digest: &str,
) -> Result<Option<EnvironmentId>> {
    let sql = "SELECT environment_id FROM oauth_refresh_tokens WHERE digest = $1";
    tx.first(sql, &[digest.into()])?.map(|mut row| row.take()).transpose()
}

pub(super) fn insert_refresh(cx: &mut Cx<'_>, token: &Secret, of: &AgentTokenId) -> Result<()> {
    let values = [token.digest().into(), cx.environment.into(), of.into(), cx.now().into()];
    let sql =
        "INSERT INTO oauth_refresh_tokens (digest, environment_id, agent_token_id, created_at)
               VALUES ($1, $2, $3, $4)";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn get_refresh(cx: &mut Cx<'_>, digest: &str) -> Result<Option<Refresh>> {
    let values = [cx.environment.into(), digest.into()];
    let sql = "SELECT agent_token_id, exchanged_at, successor FROM oauth_refresh_tokens
               WHERE environment_id = $1 AND digest = $2";
    let Some(mut row) = cx.db().first(sql, &values)? else { return Ok(None) };
    let (agent_token_id, exchanged_at) = (row.take()?, row.take()?);
    Ok(Some(Refresh { agent_token_id, exchanged_at, successor: row.take()? }))
}

/// Keeps what a refresh token was exchanged for, and no longer what those before it were.
pub(super) fn keep_exchanged(
    cx: &mut Cx<'_>,
    digest: &str,
    of: &AgentTokenId,
    successor: &[u8],
) -> Result<()> {
    let values = [cx.environment.into(), of.into()];
    let sql = "UPDATE oauth_refresh_tokens SET successor = NULL
               WHERE environment_id = $1 AND agent_token_id = $2 AND successor IS NOT NULL";
    cx.db().execute(sql, &values)?;
    let values = [cx.environment.into(), digest.into(), cx.now().into(), successor.into()];
    let sql = "UPDATE oauth_refresh_tokens SET exchanged_at = $3, successor = $4
               WHERE environment_id = $1 AND digest = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// The agent token of a client that has this access or refresh token.
pub(super) fn granted(
    tx: &mut dyn Tx,
    digest: &str,
) -> Result<Option<(EnvironmentId, AgentTokenId)>> {
    for sql in [
        "SELECT environment_id, id FROM agent_tokens WHERE digest = $1 AND client IS NOT NULL",
        "SELECT environment_id, agent_token_id FROM oauth_refresh_tokens WHERE digest = $1",
    ] {
        if let Some(mut row) = tx.first(sql, &[digest.into()])? {
            return Ok(Some((row.take()?, row.take()?)));
        }
    }
    Ok(None)
}

pub(super) fn forget(cx: &mut Cx<'_>) -> Result<u64> {
    let (now, before) = (cx.now(), cx.now().plus_days(-CODES_DAYS));
    let sql = "DELETE FROM oauth_codes
               WHERE environment_id = $1 AND (created_at < $2
                 OR expires_at < $3 AND agent_token_id IS NULL)";
    let values = [cx.environment.into(), before.into(), now.plus_days(-1).into()];
    let codes = cx.db().execute(sql, &values)?;
    // A successor is of use for the short while in which its predecessor may come again.
    let sql = "UPDATE oauth_refresh_tokens SET successor = NULL
               WHERE environment_id = $1 AND successor IS NOT NULL AND exchanged_at < $2";
    let values = [cx.environment.into(), now.plus_days(-1).into()];
    cx.db().execute(sql, &values)?;
    let sql = "DELETE FROM oauth_refresh_tokens
               WHERE environment_id = $1 AND agent_token_id IN (
                 SELECT id FROM agent_tokens WHERE environment_id = $1
                   AND (expires_at < $2 OR revoked_at < $2))";
    let values = [cx.environment.into(), now.plus_days(-1).into()];
    Ok(codes + cx.db().execute(sql, &values)?)
}
