//! Environments: the tenant boundary, and the secret API keys that open them.
use std::sync::Arc;

use serde::Serialize;

use crate::agent;
use crate::agent::approvals::{self, APPROVER_PREFIX};
use crate::context::{Actor, App, Caller, Principal};
use crate::db::{self, Db, OnUnique, Row, Tx, Value};
use crate::id::{ClientId, EnvironmentId, EnvironmentKeyId};
use crate::sandbox::{self, Sandbox};
use crate::secret::Secret;
use crate::time::Time;
use crate::{Cx, Error, Result};

/// An environment: production, staging, a developer's own.
#[derive(Clone, Debug, Serialize)]
pub struct Environment {
    /// Its id.
    pub id: EnvironmentId,
    /// Its name, for people.
    pub name: String,
    /// Its name to OAuth clients.
    pub client_id: ClientId,
    /// When it was made.
    pub created_at: Time,
    /// Whether it is for test suites.
    pub sandbox: bool,
}

/// What every secret API key begins with.
pub const KEY_PREFIX: &str = "sk_";

fn read(mut row: Row) -> Result<Environment> {
    Ok(Environment {
        id: row.take()?,
        name: row.take()?,
        client_id: row.take()?,
        created_at: row.take()?,
        sandbox: row.take()?,
    })
}

/// Makes an environment; ids may be pinned.
pub fn create(
    app: &App,
    name: &str,
    id: Option<EnvironmentId>,
    client_id: Option<ClientId>,
) -> Result<Environment> {
    let now = app.now();
    let environment = Environment {
        id: id.unwrap_or_else(|| EnvironmentId::make(app.chance(), now)),
        name: name.to_owned(),
        client_id: client_id.unwrap_or_else(|| ClientId::make(app.chance(), now)),
        created_at: now,
        sandbox: false,
    };
    let it = environment.clone();
    app.db().write(move |tx| insert(tx, &it))?;
    Ok(environment)
}

fn insert(tx: &mut dyn Tx, it: &Environment) -> Result<()> {
    let values =
        [(&it.id).into(), Value::from(&it.name), (&it.client_id).into(), it.created_at.into()];
    let sql = "INSERT INTO environments (id, name, client_id, created_at)
               VALUES ($1, $2, $3, $4) -- global: the environments themselves";
    tx.execute(sql, &values).map(|_| ())
}

/// The oldest environment, made where there is none, and whether it was. Nodes that start together
/// on an empty database get the same one.
pub fn ensure_first(app: &App, name: &str) -> Result<(Environment, bool)> {
    let now = app.now();
    let wanted = Environment {
        id: EnvironmentId::make(app.chance(), now),
        name: name.to_owned(),
        client_id: ClientId::make(app.chance(), now),
        created_at: now,
        sandbox: false,
    };
    app.db().write(move |tx| {
        let sql = "SELECT id, name, client_id, created_at, sandbox FROM environments
                   ORDER BY created_at, id LIMIT 1 -- global: the environments themselves";
        match tx.first(sql, &[])? {
            Some(row) => Ok((read(row)?, false)),
            None => insert(tx, &wanted).map(|()| (wanted.clone(), true)),
        }
    })
}

/// All environments, oldest first.
pub fn list(db: &Db) -> Result<Vec<Environment>> {
    let sql = "SELECT id, name, client_id, created_at, sandbox FROM environments
               ORDER BY created_at, id -- global: the environments themselves";
    db.read(|tx| tx.query(sql, &[])?.into_iter().map(read).collect())
}

/// The environment of this id.
pub fn get(tx: &mut dyn Tx, id: &EnvironmentId) -> Result<Option<Environment>> {
    let sql = "SELECT id, name, client_id, created_at, sandbox FROM environments
               WHERE id = $1 -- global: the environments themselves";
    tx.first(sql, &[id.into()])?.map(read).transpose()
}

/// The environment of this client id.
pub fn by_client_id(tx: &mut dyn Tx, client_id: &str) -> Result<Option<Environment>> {
    let sql = "SELECT id, name, client_id, created_at, sandbox FROM environments
               WHERE client_id = $1 -- global: a client id is unique over all environments";
    if let Some(row) = tx.first(sql, &[client_id.into()])? {
        return read(row).map(Some);
    }
    let sql = "SELECT id, name, client_id, created_at, sandbox FROM environments
               WHERE any_client AND sandbox ORDER BY id LIMIT 1 -- global: whose is it?";
    tx.first(sql, &[])?.map(read).transpose()
}

/// Deletes an environment with all that is in it, and tells how many rows that were. Its keys open
/// nothing after that, in no process.
pub fn delete(app: &Arc<App>, id: &EnvironmentId) -> Result<u64> {
    let rows = app.system(id).write(|cx| {
        let rows = empty(cx, &[])?;
        let sql = "DELETE FROM environments WHERE id = $1 -- global: the environments themselves";
        let values = [cx.environment.into()];
        Ok(rows + cx.db().execute(sql, &values)?)
    })?;
    app.db().settle();
    Ok(rows)
}

/// Deletes what is in the environment of this call, but for the rows of the tables named, and tells
/// how many rows that were.
pub fn empty(cx: &mut Cx<'_>, keep: &[&str]) -> Result<u64> {
    let mut rows = 0;
    cx.touch_all();
    for table in db::tables().into_iter().filter(|it| !keep.contains(it)) {
        let sql = format!("DELETE FROM {table} WHERE environment_id = $1");
        let values = [cx.environment.into()];
        rows += cx.db().execute(&sql, &values)?;
    }
    Ok(rows)
}

/// Makes a secret API key; shown this once, kept as a digest.
pub fn create_key(
    app: &Arc<App>,
    environment: &EnvironmentId,
    name: &str,
    value: Option<Secret>,
) -> Result<Secret> {
    let key = value.unwrap_or_else(|| Secret::random(KEY_PREFIX, app.chance()));
    let (name, kept) = (name.to_owned(), key.clone());
    app.system(environment).write(move |cx| ensure_key(cx, &name, &kept))?;
    Ok(key)
}

/// Lets `key` open the environment of this call; does nothing where it does already.
pub fn ensure_key(cx: &mut Cx<'_>, name: &str, key: &Secret) -> Result<()> {
    if authenticate(cx.db(), key)?.is_some_and(|it| it.environment == *cx.environment) {
        return Ok(());
    }
    let values = [
        EnvironmentKeyId::new(cx).into(),
        cx.environment.into(),
        name.into(),
        key.digest().into(),
        key.obfuscated(KEY_PREFIX).into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO environment_keys
                 (id, environment_id, name, digest, obfuscated, created_at)
               VALUES ($1, $2, $3, $4, $5, $6)";
    cx.db().execute(sql, &values).on_unique("environment_keys(digest)", || {
        Error::conflict("api_key_exists", "Another environment has this API key.")
    })?;
    Ok(())
}

/// Ends all secret API keys of an environment but the one given. They open nothing after that, in no
/// process.
pub fn revoke_other_keys(
    app: &Arc<App>,
    environment: &EnvironmentId,
    keep: &Secret,
) -> Result<u64> {
    let digest = keep.digest();
    let ended = app.system(environment).write(move |cx| {
        cx.touch_all();
        let values = [cx.environment.into(), Value::from(&digest)];
        let sql = "DELETE FROM environment_keys WHERE environment_id = $1 AND digest <> $2";
        cx.db().execute(sql, &values)
    })?;
    app.db().settle();
    Ok(ended)
}

/// Who holds this key. The look-up is by digest, so that its time tells nothing about a key.
pub fn authenticate(tx: &mut dyn Tx, key: &Secret) -> Result<Option<Caller>> {
    Ok(holder(tx, &key.digest())?.map(|it| it.0))
}

/// Who holds this credential, an API key, an agent token or an approver's key, and what their environment is as a
/// sandbox. Whether a token still opens anything is looked at where its calls are admitted.
pub(crate) fn admit(
    tx: &mut dyn Tx,
    credential: &Secret,
) -> Result<Option<(Caller, Option<Sandbox>)>> {
    let digest = credential.digest();
    if agent::is_token(Some(credential))
        && let Some(found) = agent::holder(tx, &digest)?
    {
        return Ok(Some(found));
    }
    if credential.reveal().starts_with(APPROVER_PREFIX)
        && let Some(found) = approvals::holder(tx, &digest)?
    {
        return Ok(Some(found));
    }
    holder(tx, &digest)
}

fn holder(tx: &mut dyn Tx, digest: &str) -> Result<Option<(Caller, Option<Sandbox>)>> {
    let sql = "SELECT held.environment_id, held.id, held.name, place.sandbox, place.ahead_millis
               FROM environment_keys AS held
               JOIN environments AS place ON place.id = held.environment_id
               WHERE held.digest = $1";
    let Some(mut row) = tx.first(sql, &[digest.into()])? else { return Ok(None) };
    let caller = Caller {
        environment: row.take()?,
        actor: Actor { id: row.take()?, source: "api", name: row.take()? },
        principal: Principal::Key,
    };
    Ok(Some((caller, sandbox::read(&mut row)?)))
}
