//! The SQL of the table `organization_domains`.
use std::collections::HashMap;

use vestibule_kernel::db::{OnUnique, Row, Value};
use vestibule_kernel::id::{OrganizationDomainId, OrganizationId};
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, Result};

use super::{DomainName, DomainState, OrganizationDomain, VerificationStrategy, taken};
use crate::statement::one_of;

macro_rules! select {
    () => {
        "SELECT id, organization_id, domain, state, strategy, prefix, token, created_at, updated_at
         FROM organization_domains"
    };
}

fn read(mut row: Row) -> Result<OrganizationDomain> {
    Ok(OrganizationDomain {
        object: "organization_domain",
        id: row.take()?,
        organization_id: row.take()?,
        domain: row.take()?,
        state: row.take()?,
        verification_strategy: row.take()?,
        verification_prefix: row.take()?,
        verification_token: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

/// How far the look-ups of a domain have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// The number of the look-up that is due next; a job with another number is out of date.
    pub check: i64,
    /// When verification was last asked for.
    pub asked_at: Time,
    /// When it fails.
    pub expires_at: Time,
}

pub(super) fn insert(cx: &mut Cx<'_>, it: &OrganizationDomain, progress: Progress) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        (&it.organization_id).into(),
        (&it.domain).into(),
        it.state.into(),
        it.verification_strategy.into(),
        (&it.verification_prefix).into(),
        (&it.verification_token).into(),
        progress.check.into(),
        progress.asked_at.into(),
        progress.expires_at.into(),
        it.created_at.into(),
        it.updated_at.into(),
    ];
    let sql = "INSERT INTO organization_domains
                 (environment_id, id, organization_id, domain, state, strategy, prefix, token,
                  check_number, asked_at, expires_at, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    cx.db()
        .execute(sql, &values)
        .map(|_| ())
        .on_unique("organization_domains(environment_id, organization_id, domain)", || {
            taken(&it.domain)
        })
        .on_unique("organization_domains(environment_id, domain)", || taken(&it.domain))
}

/// Stores the state, the strategy and the time of the change.
pub(super) fn update(cx: &mut Cx<'_>, it: &OrganizationDomain) -> Result<()> {
    let values = [
        cx.environment.into(),
        (&it.id).into(),
        it.state.into(),
        it.verification_strategy.into(),
        it.updated_at.into(),
    ];
    let sql = "UPDATE organization_domains SET state = $3, strategy = $4, updated_at = $5
               WHERE environment_id = $1 AND id = $2";
    cx.db()
        .execute(sql, &values)
        .map(|_| ())
        .on_unique("organization_domains(environment_id, domain)", || taken(&it.domain))
}

pub(super) fn progress(cx: &mut Cx<'_>, id: &OrganizationDomainId) -> Result<Option<Progress>> {
    let values = [cx.environment.into(), id.into()];
    let sql = "SELECT check_number, asked_at, expires_at FROM organization_domains
               WHERE environment_id = $1 AND id = $2";
    let Some(mut row) = cx.db().first(sql, &values)? else { return Ok(None) };
    Ok(Some(Progress { check: row.take()?, asked_at: row.take()?, expires_at: row.take()? }))
}

pub(super) fn set_progress(
    cx: &mut Cx<'_>,
    id: &OrganizationDomainId,
    progress: Progress,
) -> Result<()> {
    let values = [
        cx.environment.into(),
        id.into(),
        progress.check.into(),
        progress.asked_at.into(),
        progress.expires_at.into(),
    ];
    let sql = "UPDATE organization_domains
               SET check_number = $3, asked_at = $4, expires_at = $5
               WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

pub(super) fn get(
    cx: &mut Cx<'_>,
    id: &OrganizationDomainId,
) -> Result<Option<OrganizationDomain>> {
    let values = [cx.environment.into(), id.into()];
    let sql = concat!(select!(), " WHERE environment_id = $1 AND id = $2");
    cx.db().first(sql, &values)?.map(read).transpose()
}

pub(super) fn delete(cx: &mut Cx<'_>, id: &OrganizationDomainId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM organization_domains WHERE environment_id = $1 AND id = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// The organization that has proved that the domain is its own.
pub(super) fn verified_owner(
    cx: &mut Cx<'_>,
    domain: &DomainName,
) -> Result<Option<OrganizationId>> {
    let values = [cx.environment.into(), domain.into()];
    let sql = "SELECT organization_id FROM organization_domains
               WHERE environment_id = $1 AND domain = $2 AND state = 'verified'";
    cx.db().first(sql, &values)?.map(|mut row| row.take()).transpose()
}

/// Everybody who waits for the verification of a domain.
pub(super) fn pending(cx: &mut Cx<'_>, domain: &DomainName) -> Result<Vec<OrganizationDomain>> {
    let values = [cx.environment.into(), domain.into()];
    let sql = concat!(
        select!(),
        " WHERE environment_id = $1 AND domain = $2 AND state = 'pending' ORDER BY id"
    );
    cx.db().query(sql, &values)?.into_iter().map(read).collect()
}

pub(super) fn count(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<usize> {
    let values = [cx.environment.into(), organization.into()];
    let sql = "SELECT COUNT(*) FROM organization_domains
               WHERE environment_id = $1 AND organization_id = $2";
    let count: i64 = cx.db().first(sql, &values)?.map_or(Ok(0), |mut row| row.take())?;
    usize::try_from(count).map_err(Error::internal)
}

/// How many organizations one statement asks about.
const ORGANIZATIONS_PER_STATEMENT_MAX: usize = 100;

/// The domains of each organization, in the order in which they were made.
pub(super) fn of_organization(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
) -> Result<Vec<OrganizationDomain>> {
    let values = [cx.environment.into(), organization.into()];
    let sql = concat!(
        select!(),
        " WHERE environment_id = $1 AND organization_id = $2 ORDER BY created_at, id"
    );
    cx.db().query(sql, &values)?.into_iter().map(read).collect()
}

pub(super) fn of_organizations(
    cx: &mut Cx<'_>,
    organizations: &[&OrganizationId],
) -> Result<HashMap<OrganizationId, Vec<OrganizationDomain>>> {
    let mut found: HashMap<OrganizationId, Vec<OrganizationDomain>> = HashMap::new();
    for some in organizations.chunks(ORGANIZATIONS_PER_STATEMENT_MAX) {
        let mut values: Vec<Value> = vec![cx.environment.into()];
        let places = one_of(&mut values, some.iter().copied());
        let sql = format!(
            concat!(
                select!(),
                " WHERE environment_id = $1 AND organization_id IN ({}) ORDER BY created_at, id"
            ),
            places
        );
        for row in cx.db().query(&sql, &values)? {
            let domain = read(row)?;
            found.entry(domain.organization_id.clone()).or_default().push(domain);
        }
    }
    Ok(found)
}

macro_rules! stored_as_text {
    ($($name:ident { $($variant:ident = $text:literal),* })*) => { $(
        impl From<$name> for Value {
            fn from(it: $name) -> Self {
                match it { $($name::$variant => $text.into()),* }
            }
        }
        impl vestibule_kernel::db::FromValue for $name {
            fn from_value(value: Value) -> Result<Self> {
                match String::from_value(value)?.as_str() {
                    $($text => Ok(Self::$variant),)*
                    other => Err(Error::internal(format!(
                        "a column holds '{other}', which is no {}", stringify!($name)
                    ))),
                }
            }
        }
    )* };
}
stored_as_text! {
    DomainState { Pending = "pending", Verified = "verified", Failed = "failed" }
    VerificationStrategy { Dns = "dns", Manual = "manual" }
}
