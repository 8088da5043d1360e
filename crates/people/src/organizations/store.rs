//! The SQL of the tables `organizations` and `organization_entitlements`.
use vestibule_kernel::db::{Json, OnUnique, Row, Value};
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::list::{Listing, Page, Paging, containing};
use vestibule_kernel::{Cx, Error, Kind, Result};

use super::{Organization, stripe_customer_id_already_used};
use crate::domains::DomainName;
use crate::metadata::ExternalId;

macro_rules! select {
    () => {
        "SELECT id, name, external_id, stripe_customer_id, allow_profiles_outside_organization,
                metadata, created_at, updated_at
         FROM organizations"
    };
}

/// Reads all but the domains, which are in another table.
fn read(mut row: Row) -> Result<Organization> {
    Ok(Organization {
        object: "organization",
        id: row.take()?,
        name: row.take()?,
        domains: Vec::new(),
        external_id: row.take()?,
        stripe_customer_id: row.take()?,
        allow_profiles_outside_organization: row.take()?,
        metadata: row.take::<Json<_>>()?.0,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &Organization) -> Result<()> {
    let sql = "INSERT INTO organizations
                 (environment_id, id, name, name_folded, external_id, stripe_customer_id,
                  allow_profiles_outside_organization, metadata, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    write(cx, sql, it).on_unique("organizations(environment_id, id)", || {
        Error::plain(Kind::Conflict, format!("An organization '{}' already exists.", it.id))
    })
}

pub(super) fn update(cx: &mut Cx<'_>, it: &Organization) -> Result<()> {
    let sql = "UPDATE organizations
               SET name = $3, name_folded = $4, external_id = $5, stripe_customer_id = $6,
                   allow_profiles_outside_organization = $7, metadata = $8, created_at = $9,
                   updated_at = $10
               WHERE environment_id = $1 AND id = $2";
    write(cx, sql, it)
}

fn write(cx: &mut Cx<'_>, sql: &str, it: &Organization) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        (&it.name).into(),
        it.name.to_lowercase().into(),
        it.external_id.as_ref().into(),
        it.stripe_customer_id.as_ref().into(),
        it.allow_profiles_outside_organization.into(),
        Json(&it.metadata).into(),
        it.created_at.into(),
        it.updated_at.into(),
    ];
    cx.db()
        .execute(sql, &values)
        .map(|_| ())
        .on_unique("organizations(environment_id, external_id)", || {
            ExternalId::already_used(it.external_id.as_ref())
        })
        .on_unique("organizations(environment_id, stripe_customer_id)", || {
            stripe_customer_id_already_used(it.stripe_customer_id.as_deref())
        })
}

pub(super) fn get(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<Option<Organization>> {
    let sql = concat!(select!(), " WHERE environment_id = $1 AND id = $2");
    first(cx, sql, id.into())
}

pub(super) fn get_by_external_id(
    cx: &mut Cx<'_>,
    external_id: &str,
) -> Result<Option<Organization>> {
    let sql = concat!(select!(), " WHERE environment_id = $1 AND external_id = $2");
    first(cx, sql, external_id.into())
}

fn first(cx: &mut Cx<'_>, sql: &str, value: Value) -> Result<Option<Organization>> {
    let values = [cx.environment.into(), value];
    cx.db().first(sql, &values)?.map(read).transpose()
}

/// The organizations whose name contains `search` and that have one of `domains`, where these are
/// asked for.
pub(super) fn list(
    cx: &mut Cx<'_>,
    paging: &Paging,
    search: Option<&str>,
    domains: Option<Vec<DomainName>>,
) -> Result<Page<Organization>> {
    let search = search.map(|it| containing(&it.to_lowercase()));
    let mut listing = Listing::of(cx, "organizations", select!())
        .filter_some(r"name_folded LIKE ? ESCAPE '\'", search);
    if let Some(domains) = domains {
        listing = listing.filter_list(
            "organizations.id IN (SELECT organization_id FROM organization_domains
                                  WHERE environment_id = $1 AND domain IN (?))",
            domains.iter(),
        );
    }
    listing.page(cx, paging, read)
}

pub(super) fn delete(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<()> {
    clear_entitlements(cx, id)?;
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM organizations WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// What the organization is entitled to, in the order of the alphabet.
pub(super) fn entitlements(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<Vec<String>> {
    let values = [cx.environment.into(), id.into()];
    let sql = "SELECT entitlement FROM organization_entitlements
               WHERE environment_id = $1 AND organization_id = $2 ORDER BY entitlement";
    cx.db().query(sql, &values)?.into_iter().map(|mut row| row.take()).collect()
}

pub(super) fn set_entitlements(
    cx: &mut Cx<'_>,
    id: &OrganizationId,
    entitlements: &[String],
) -> Result<()> {
    clear_entitlements(cx, id)?;
    for it in entitlements {
        let values = [cx.environment.into(), id.into(), it.into()];
        let sql = "INSERT INTO organization_entitlements
                     (environment_id, organization_id, entitlement)
                   VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        cx.db().execute(sql, &values)?;
    }
    Ok(())
}

fn clear_entitlements(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM organization_entitlements
               WHERE environment_id = $1 AND organization_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}
