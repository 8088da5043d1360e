//! Profiles: what a connection says of somebody, under an id that stays.
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use vestibule_kernel::db::{Json, Row};
use vestibule_kernel::id::{ConnectionId, OrganizationId, ProfileId};
use vestibule_kernel::{Cx, Result};
use vestibule_people::memberships::RoleSlug;

use super::Via;
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
    /// Role of highest priority in the organization
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleSlug>,
    /// Roles in the organization
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<RoleSlug>>,
    /// Groups that the identity provider says the account is in
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub groups: Option<Vec<String>>,
    /// What the application has read besides, under the names that it gave
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub custom_attributes: Map<String, Value>,
    /// All that the provider said, in its own words
    pub raw_attributes: Map<String, Value>,
}

macro_rules! columns {
    () => {
        "id, organization_id, connection_id, connection_type, idp_id, email, first_name, last_name,
         name, role_slugs, groups, custom_attributes, raw_attributes"
    };
}

/// Keeps what was said just now over a connection, in the place of what was said before.
pub(super) fn keep(cx: &mut Cx<'_>, via: Via<'_>, told: &Told) -> Result<Profile> {
    let account = &told.account;
    // Only the test identity provider of a sandbox knows its people by ids of ours.
    let id = match &account.profile_id {
        Some(pinned) => {
            make_way(cx, pinned, via.id, &account.idp_id)?;
            pinned.clone()
        }
        None => ProfileId::new(cx),
    };
    let values = [
        cx.environment.into(),
        id.into(),
        via.id.into(),
        via.r#type.into(),
        via.organization_id.into(),
        account.idp_id.as_str().into(),
        account.email.as_str().into(),
        account.first_name.as_deref().into(),
        account.last_name.as_deref().into(),
        account.name.as_deref().into(),
        told.roles.as_ref().map(Json).into(),
        told.groups.as_ref().map(Json).into(),
        Json(&told.custom).into(),
        Json(&told.raw).into(),
        cx.now().into(),
    ];
    let sql = concat!(
        "INSERT INTO sso_profiles
           (environment_id, id, connection_id, connection_type, organization_id, idp_id, email,
            first_name, last_name, name, role_slugs, groups, custom_attributes, raw_attributes,
            created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)
         ON CONFLICT (environment_id, connection_id, idp_id) DO UPDATE SET
           email = excluded.email, first_name = excluded.first_name,
           last_name = excluded.last_name, name = excluded.name,
           role_slugs = excluded.role_slugs, groups = excluded.groups,
           custom_attributes = excluded.custom_attributes,
           raw_attributes = excluded.raw_attributes, updated_at = excluded.updated_at
         RETURNING ",
        columns!()
    );
    let row = cx.db().first(sql, &values)?;
    row.map(read).transpose()?.ok_or_else(|| {
        vestibule_kernel::Error::internal("an INSERT with RETURNING answered no row")
    })
}

/// Deletes the profile that somebody had under another id, and that which somebody else had under this
/// one.
fn make_way(
    cx: &mut Cx<'_>,
    id: &ProfileId,
    connection_id: &ConnectionId,
    idp_id: &str,
) -> Result<()> {
    let values = [cx.environment.into(), id.into(), connection_id.into(), idp_id.into()];
    let sql = "DELETE FROM sso_profiles
               WHERE environment_id = $1 AND (id = $2) <> (connection_id = $3 AND idp_id = $4)";
    cx.db().execute(sql, &values).map(|_| ())
}

/// The profile of this id.
pub(crate) fn get(cx: &mut Cx<'_>, id: &ProfileId) -> Result<Option<Profile>> {
    let values = [cx.environment.into(), id.into()];
    let sql =
        concat!("SELECT ", columns!(), " FROM sso_profiles WHERE environment_id = $1 AND id = $2");
    cx.db().first(sql, &values)?.map(read).transpose()
}

fn read(mut row: Row) -> Result<Profile> {
    let profile = Profile {
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
        role: None,
        roles: row.take::<Option<Json<Vec<String>>>>()?.map(|it| slugs(it.0)),
        groups: row.take::<Option<Json<_>>>()?.map(|it| it.0),
        custom_attributes: row.take::<Option<Json<_>>>()?.map(|it| it.0).unwrap_or_default(),
        raw_attributes: row.take::<Json<_>>()?.0,
    };
    let role = profile.roles.as_ref().and_then(|it| it.first().cloned());
    Ok(Profile { role, ..profile })
}

fn slugs(them: Vec<String>) -> Vec<RoleSlug> {
    them.into_iter().map(|slug| RoleSlug { slug }).collect()
}

/// The profiles of a connection end with it.
pub(super) fn forget_connection(cx: &mut Cx<'_>, id: &ConnectionId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM sso_profiles WHERE environment_id = $1 AND connection_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}
