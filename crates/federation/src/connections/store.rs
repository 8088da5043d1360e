//! The SQL of the table `connections`. No other module reads or writes it.
use vestibule_kernel::db::{Json, OnUnique, Row, Tx};
use vestibule_kernel::id::{ConnectionId, EnvironmentId, OrganizationId};
use vestibule_kernel::list::{Listing, Page, Paging, containing};
use vestibule_kernel::secret::{Sealer, Secret};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, Result};

use super::{Record, Secrets, State};

/// What the secrets are sealed for.
const SECRETS: &str = "connections.secrets";

macro_rules! select {
    () => {
        "SELECT id, organization_id, connection_type, name, state, external_key, external_id,
                settings, sealed_secrets, created_at, updated_at
         FROM connections"
    };
}

fn read(sealer: &Sealer, mut row: Row) -> Result<Record> {
    Ok(Record {
        id: row.take()?,
        organization_id: row.take()?,
        connection_type: row.take()?,
        name: row.take()?,
        state: State::parse(&row.take::<String>()?)?,
        external_key: row.take()?,
        external_id: row.take()?,
        settings: row.take::<Json<_>>()?.0,
        client_secret: {
            let plain = sealer.open(SECRETS, &row.take::<Vec<u8>>()?)?;
            let secrets: Secrets = serde_json::from_slice(&plain).map_err(Error::internal)?;
            secrets.client_secret.map(Secret::new)
        },
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

pub(super) fn get(cx: &mut Cx<'_>, id: &ConnectionId) -> Result<Option<Record>> {
    let sql = concat!(select!(), " WHERE environment_id = $1 AND id = $2");
    let values = [cx.environment.into(), id.into()];
    let row = cx.db().first(sql, &values)?;
    row.map(|it| read(cx.app.sealer(), it)).transpose()
}

/// The connection of an organization that the application knows by this id.
pub(super) fn get_by_external_id(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    external_id: &str,
) -> Result<Option<Record>> {
    let sql = concat!(
        select!(),
        " WHERE environment_id = $1 AND organization_id = $2 AND external_id = $3"
    );
    let values = [cx.environment.into(), organization.into(), external_id.into()];
    let row = cx.db().first(sql, &values)?;
    row.map(|it| read(cx.app.sealer(), it)).transpose()
}

/// The connection that this key names in addresses.
pub(super) fn get_by_key(cx: &mut Cx<'_>, external_key: &str) -> Result<Option<Record>> {
    let values = [cx.environment.into(), external_key.into()];
    let sql = concat!(select!(), " WHERE environment_id = $1 AND external_key = $2");
    let row = cx.db().first(sql, &values)?;
    row.map(|it| read(cx.app.sealer(), it)).transpose()
}

/// The environment of the connection that this key names.
pub(super) fn environment_of_key(
    tx: &mut dyn Tx,
    external_key: &str,
) -> Result<Option<EnvironmentId>> {
    let sql = "SELECT environment_id FROM connections WHERE external_key = $1";
    tx.first(sql, &[external_key.into()])?.map(|mut row| row.take()).transpose()
}

/// Those that speak SAML.
pub(super) fn with_metadata(cx: &mut Cx<'_>) -> Result<Vec<Record>> {
    let values = [cx.environment.into()];
    let sql = concat!(
        select!(),
        " WHERE environment_id = $1 AND connection_type LIKE '%SAML' ORDER BY created_at, id"
    );
    let rows = cx.db().query(sql, &values)?;
    rows.into_iter().map(|it| read(cx.app.sealer(), it)).collect()
}

/// Remembers an assertion until its end. Answers whether it was not remembered yet.
pub(super) fn keep_assertion(
    cx: &mut Cx<'_>,
    id: &ConnectionId,
    digest: &str,
    end: Time,
) -> Result<bool> {
    let values = [cx.environment.into(), id.into(), digest.into(), end.into()];
    let sql = "INSERT INTO saml_assertions (environment_id, connection_id, digest, expires_at)
               VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    Ok(cx.db().execute(sql, &values)? == 1)
}

/// Deletes the assertions that would be refused for their age.
pub(super) fn forget_assertions(cx: &mut Cx<'_>) -> Result<u64> {
    let values = [cx.environment.into(), cx.now().into()];
    let sql = "DELETE FROM saml_assertions WHERE environment_id = $1 AND expires_at <= $2";
    cx.db().execute(sql, &values)
}

/// Those of an organization, oldest first.
pub(super) fn of_organization(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<Vec<Record>> {
    let sql = concat!(
        select!(),
        " WHERE environment_id = $1 AND organization_id = $2 ORDER BY created_at, id"
    );
    let values = [cx.environment.into(), id.into()];
    let rows = cx.db().query(sql, &values)?;
    rows.into_iter().map(|it| read(cx.app.sealer(), it)).collect()
}

/// What a list is asked for.
#[derive(Default)]
pub(super) struct Filter<'a> {
    pub connection_type: Option<&'a str>,
    /// The organizations whose connections are shown; all where there is no list.
    pub organizations: Option<Vec<OrganizationId>>,
    /// A part of the name, in any case.
    pub search: Option<&'a str>,
}

pub(super) fn list(cx: &mut Cx<'_>, paging: &Paging, filter: Filter<'_>) -> Result<Page<Record>> {
    let Filter { connection_type, organizations, search } = filter;
    let search = search.map(|it| containing(&it.to_lowercase()));
    let mut listing = Listing::of(cx, "connections", select!())
        .filter_some("connection_type = ?", connection_type)
        .filter_some(r"name_folded LIKE ? ESCAPE '\'", search);
    if let Some(ids) = organizations {
        listing = listing.filter_in("organization_id", ids.iter());
    }
    let app = cx.app;
    listing.page(cx, paging, |row| read(app.sealer(), row))
}

/// Writes a connection, or refuses an external id that another one of its organization has.
pub(super) fn insert(cx: &mut Cx<'_>, it: &Record) -> Result<()> {
    let sql = "INSERT INTO connections
                 (environment_id, id, organization_id, connection_type, name, name_folded, state,
                  external_key, external_id, settings, sealed_secrets, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        (&it.organization_id).into(),
        (&it.connection_type).into(),
        (&it.name).into(),
        it.name.to_lowercase().into(),
        it.state.name().into(),
        (&it.external_key).into(),
        it.external_id.as_ref().into(),
        Json(&it.settings).into(),
        sealed(cx, it)?.into(),
        it.created_at.into(),
        it.updated_at.into(),
    ];
    cx.db().execute(sql, &values).map(|_| ()).on_unique(EXTERNAL_ID, external_id_taken)
}

pub(super) fn update(cx: &mut Cx<'_>, it: &Record) -> Result<()> {
    let sql = "UPDATE connections
               SET connection_type = $3, name = $4, name_folded = $5, state = $6,
                   external_id = $7, settings = $8, sealed_secrets = $9, updated_at = $10
               WHERE environment_id = $1 AND id = $2";
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        (&it.connection_type).into(),
        (&it.name).into(),
        it.name.to_lowercase().into(),
        it.state.name().into(),
        it.external_id.as_ref().into(),
        Json(&it.settings).into(),
        sealed(cx, it)?.into(),
        it.updated_at.into(),
    ];
    cx.db().execute(sql, &values).map(|_| ()).on_unique(EXTERNAL_ID, external_id_taken)
}

pub(super) fn delete(cx: &mut Cx<'_>, id: &ConnectionId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM connections WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

const EXTERNAL_ID: &str = "connections(environment_id, organization_id, external_id)";

fn external_id_taken() -> Error {
    let text = "Another connection of the organization has this external_id.";
    Error::conflict(super::operations::EXTERNAL_ID_ALREADY_USED, text)
}

fn sealed(cx: &Cx<'_>, it: &Record) -> Result<Vec<u8>> {
    let secrets =
        Secrets { client_secret: it.client_secret.as_ref().map(|it| it.reveal().to_owned()) };
    cx.seal(SECRETS, &serde_json::to_string(&secrets).map_err(Error::internal)?)
}
