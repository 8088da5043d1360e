//! Profiles: what a connection says of somebody, under an id that stays.
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use vestibule_kernel::db::{Json, Row};
use vestibule_kernel::id::{ConnectionId, OrganizationId, ProfileId};
use vestibule_kernel::{Cx, Result};

use super::Connection;
use crate::social::Told;

/// What a connection says of somebody
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Profile {
    /// Always `profile`
    #[schemars(extend("const" = "profile"))]
    pub object: &'static str,
    /// ID of the profile
    pub id: ProfileId,
    /// Organization that the connection belongs to
    pub organization_id: Option<OrganizationId>,
    /// Connection that says it
    pub connection_id: ConnectionId,
    /// Type of the connection
    pub connection_type: String,
    /// ID of the account at the provider
    pub idp_id: String,
    /// E-mail address of the account
    pub email: String,
    /// Given name
    pub first_name: Option<String>,
    /// Family name
    pub last_name: Option<String>,
    /// Full name
    pub name: Option<String>,
    /// All that the provider said, in its own words
    pub raw_attributes: Map<String, Value>,
}

/// Keeps what was said just now over a connection, in the place of what was said before.
pub(super) fn keep(cx: &mut Cx<'_>, connection: Connection<'_>, told: &Told) -> Result<Profile> {
    let account = &told.account;
    let values = [
        cx.environment.into(),
        ProfileId::new(cx).into(),
        connection.id.into(),
        connection.r#type.into(),
        account.idp_id.as_str().into(),
        account.email.as_str().into(),
        account.first_name.as_deref().into(),
        account.last_name.as_deref().into(),
        account.name.as_deref().into(),
        Json(&told.raw).into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO sso_profiles
                 (environment_id, id, connection_id, connection_type, idp_id, email, first_name,
                  last_name, name, raw_attributes, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
               ON CONFLICT (environment_id, connection_id, idp_id) DO UPDATE SET
                 email = excluded.email, first_name = excluded.first_name,
                 last_name = excluded.last_name, name = excluded.name,
                 raw_attributes = excluded.raw_attributes, updated_at = excluded.updated_at
               RETURNING id, organization_id, connection_id, connection_type, idp_id, email,
                         first_name, last_name, name, raw_attributes";
    let row = cx.db().first(sql, &values)?;
    row.map(read).transpose()?.ok_or_else(|| {
        vestibule_kernel::Error::internal("an INSERT with RETURNING answered no row")
    })
}

/// The profile of this id.
pub(super) fn get(cx: &mut Cx<'_>, id: &ProfileId) -> Result<Option<Profile>> {
    let values = [cx.environment.into(), id.into()];
    let sql = "SELECT id, organization_id, connection_id, connection_type, idp_id, email,
                      first_name, last_name, name, raw_attributes
               FROM sso_profiles WHERE environment_id = $1 AND id = $2";
    cx.db().first(sql, &values)?.map(read).transpose()
}

fn read(mut row: Row) -> Result<Profile> {
    Ok(Profile {
        object: "profile",
        id: row.take()?,
        organization_id: row.take()?,
        connection_id: row.take()?,
        connection_type: row.take()?,
        idp_id: row.take()?,
        email: row.take()?,
        first_name: row.take()?,
        last_name: row.take()?,
        name: row.take()?,
        raw_attributes: row.take::<Json<_>>()?.0,
    })
}

/// The profiles of a connection end with it.
pub(super) fn forget_connection(cx: &mut Cx<'_>, id: &ConnectionId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM sso_profiles WHERE environment_id = $1 AND connection_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}
