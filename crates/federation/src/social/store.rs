//! The SQL of social providers and of browsers under way. No other module reads or writes these
//! tables.
use vestibule_kernel::db::{Json, OnUnique, Row};
use vestibule_kernel::id::ConnectionId;
use vestibule_kernel::secret::Sealer;
use vestibule_kernel::{Cx, Error, Result};

use super::Provider;

/// What a client secret is sealed for.
const SECRET: &str = "social_providers.secret";
/// How many providers an environment has at the most.
pub(super) const PROVIDERS_MAX: usize = 100;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, provider, client_id, sealed_secret, settings, enabled, created_at, ",
            "updated_at FROM social_providers WHERE environment_id = $1 ",
            $rest
        )
    };
}

fn read(sealer: &Sealer, mut row: Row) -> Result<Provider> {
    Ok(Provider {
        id: row.take()?,
        key: row.take()?,
        client_id: row.take()?,
        secret: sealer.open_text(SECRET, &row.take::<Vec<u8>>()?)?,
        settings: row.take::<Json<_>>()?.0,
        owner: None,
        enabled: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

/// The provider that is this connection.
pub(crate) fn get(cx: &mut Cx<'_>, id: &ConnectionId) -> Result<Option<Provider>> {
    let values = [cx.environment.into(), id.into()];
    let row = cx.db().first(select!("AND id = $2"), &values)?;
    row.map(|it| read(cx.app.sealer(), it)).transpose()
}

/// The provider of this name.
pub(crate) fn find_by_key(cx: &mut Cx<'_>, key: &str) -> Result<Option<Provider>> {
    let values = [cx.environment.into(), key.into()];
    let row = cx.db().first(select!("AND provider = $2"), &values)?;
    row.map(|it| read(cx.app.sealer(), it)).transpose()
}

/// Every provider, oldest first.
pub(super) fn list(cx: &mut Cx<'_>) -> Result<Vec<Provider>> {
    let values = [cx.environment.into()];
    let rows = cx.db().query(select!("ORDER BY created_at, id"), &values)?;
    rows.into_iter().map(|it| read(cx.app.sealer(), it)).collect()
}

/// Those with which people may sign in, oldest first.
pub(super) fn list_enabled(cx: &mut Cx<'_>) -> Result<Vec<Provider>> {
    Ok(list(cx)?.into_iter().filter(|it| it.enabled).collect())
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &Provider) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        (&it.key).into(),
        (&it.client_id).into(),
        cx.seal(SECRET, it.secret.reveal())?.into(),
        Json(&it.settings).into(),
        it.enabled.into(),
        it.created_at.into(),
        it.updated_at.into(),
    ];
    let sql = "INSERT INTO social_providers
                 (environment_id, id, provider, client_id, sealed_secret, settings, enabled,
                  created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    cx.db()
        .execute(sql, &values)
        .on_unique("social_providers(environment_id, provider)", || {
            Error::unavailable("The provider is being set up by somebody else just now.", 1)
        })
        .map(|_| ())
}

pub(super) fn update(cx: &mut Cx<'_>, it: &Provider) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        (&it.client_id).into(),
        cx.seal(SECRET, it.secret.reveal())?.into(),
        Json(&it.settings).into(),
        it.enabled.into(),
        it.updated_at.into(),
    ];
    let sql = "UPDATE social_providers SET client_id = $3, sealed_secret = $4, settings = $5,
                 enabled = $6, updated_at = $7
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn delete(cx: &mut Cx<'_>, id: &ConnectionId) -> Result<()> {
    super::forget_departures(cx, id)?;
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM social_providers WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}
