//! The SQL of the policies of organizations.
use vestibule_kernel::db::Json;
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::{Cx, Result};

use super::OrganizationPolicy;

/// How long a session of the statement around it may pause, where its organization says so.
pub(crate) const INACTIVITY_OF_SESSION: &str =
    "(SELECT p.inactivity_seconds FROM organization_sign_in_policies p
      WHERE p.environment_id = sessions.environment_id
        AND p.organization_id = sessions.organization_id)";

pub(super) fn get(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<Option<OrganizationPolicy>> {
    let values = [cx.environment.into(), id.into()];
    let sql = "SELECT policy FROM organization_sign_in_policies
               WHERE environment_id = $1 AND organization_id = $2";
    let row = cx.db().first(sql, &values)?;
    row.map(|mut row| Ok(row.take::<Json<OrganizationPolicy>>()?.0)).transpose()
}

pub(super) fn put(cx: &mut Cx<'_>, id: &OrganizationId, policy: &OrganizationPolicy) -> Result<()> {
    let values = [
        cx.environment.into(),
        id.into(),
        Json(policy).into(),
        policy.inactivity_seconds.map(i64::from).into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO organization_sign_in_policies
                 (environment_id, organization_id, policy, inactivity_seconds, created_at,
                  updated_at)
               VALUES ($1, $2, $3, $4, $5, $5)
               ON CONFLICT (environment_id, organization_id) DO UPDATE
               SET policy = excluded.policy, inactivity_seconds = excluded.inactivity_seconds,
                   updated_at = excluded.updated_at";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn delete(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM organization_sign_in_policies
               WHERE environment_id = $1 AND organization_id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}
