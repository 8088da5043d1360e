//! Changes of the domains of an organization, made together and told afterwards.
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use vestibule_kernel::id::{OrganizationDomainId, OrganizationId};
use vestibule_kernel::secret::Secret;
use vestibule_kernel::{Cx, Error, Result};

use super::policy::{Happening, PERIOD_DAYS, next};
use super::store::Progress;
use super::{
    CREATED, DELETED, DOMAINS_PER_ORGANIZATION_MAX, DomainName, DomainState, FailureReason,
    OrganizationDomain, UPDATED, VERIFICATION_FAILED, VERIFIED, VerificationFailed,
    VerificationStrategy, store, taken, verification,
};

/// A domain that an organization is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDomain {
    /// Its name.
    pub domain: DomainName,
    /// Whether it must be proved.
    pub state: WantedState,
}

/// The state that a domain is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum WantedState {
    /// The organization must prove the domain.
    Pending,
    /// The application vouches for the organization.
    Verified,
}

/// What was changed. Told apart from being made, so that the event of the organization comes
/// before those of its domains.
#[derive(Debug, Default)]
#[must_use = "changes are to be told"]
pub struct Changes(Vec<Change>);

#[derive(Debug)]
enum Change {
    Created(OrganizationDomain),
    Updated(OrganizationDomain),
    Deleted(OrganizationDomain),
    Verified(OrganizationDomain),
    Failed(VerificationFailed),
}

impl Changes {
    /// Whether nothing was changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Emits the events.
    pub fn tell(self, cx: &mut Cx<'_>) -> Result<()> {
        self.0.into_iter().try_for_each(|it| match it {
            Change::Created(it) => cx.emit(&CREATED, &it),
            Change::Updated(it) => cx.emit(&UPDATED, &it),
            Change::Deleted(it) => cx.emit(&DELETED, &it),
            Change::Verified(it) => cx.emit(&VERIFIED, &it),
            Change::Failed(it) => cx.emit(&VERIFICATION_FAILED, &it),
        })
    }
}

/// Gives an organization these domains and no others. Those that stay keep their id and token, and
/// are verified where that is wanted; none ceases to be verified.
pub fn replace(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    wanted: Vec<NewDomain>,
) -> Result<Changes> {
    if wanted.len() > DOMAINS_PER_ORGANIZATION_MAX {
        return Err(too_many("domain_data"));
    }
    let mut wanted: BTreeMap<DomainName, WantedState> =
        wanted.into_iter().map(|it| (it.domain, it.state)).collect();
    let mut changes = Changes::default();
    for domain in super::of_organization(cx, organization)? {
        match wanted.remove(&domain.domain) {
            None => {
                store::delete(cx, &domain.id)?;
                changes.0.push(Change::Deleted(domain));
            }
            Some(WantedState::Verified) => {
                happen(cx, domain, Happening::Vouched, &mut changes)?;
            }
            Some(WantedState::Pending) => {}
        }
    }
    for (name, state) in wanted {
        insert(cx, organization, name, state, &mut changes)?;
    }
    Ok(changes)
}

/// Deletes all domains of an organization.
pub(crate) fn clear(cx: &mut Cx<'_>, organization: &OrganizationId) -> Result<Changes> {
    replace(cx, organization, Vec::new())
}

/// Adds one domain and tells of it.
pub(super) fn add(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    name: DomainName,
) -> Result<OrganizationDomain> {
    if store::count(cx, organization)? >= DOMAINS_PER_ORGANIZATION_MAX {
        return Err(too_many("domain"));
    }
    let mut changes = Changes::default();
    let domain = insert(cx, organization, name, WantedState::Pending, &mut changes)?;
    changes.tell(cx)?;
    Ok(domain)
}

#[track_caller]
fn too_many(field: &str) -> Error {
    let why = format!("An organization has at most {DOMAINS_PER_ORGANIZATION_MAX} domains.");
    Error::invalid_field(field, "too_long", why)
}

fn insert(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    name: DomainName,
    state: WantedState,
    changes: &mut Changes,
) -> Result<OrganizationDomain> {
    // Where both come at once, the unique index over verified domains refuses the second.
    if store::verified_owner(cx, &name)?.is_some() {
        return Err(taken(&name));
    }
    let now = cx.now();
    let chance = cx.app.chance();
    let token = Secret::alphanumeric("", TOKEN_CHARS, chance).reveal().to_owned();
    let ending = Secret::alphanumeric("", PREFIX_ENDING_CHARS, chance).reveal().to_lowercase();
    let domain = OrganizationDomain {
        object: "organization_domain",
        id: OrganizationDomainId::new(cx),
        organization_id: organization.clone(),
        domain: name,
        state: match state {
            WantedState::Pending => DomainState::Pending,
            WantedState::Verified => DomainState::Verified,
        },
        verification_prefix: format!("vestibule-domain-verification-{ending}"),
        verification_token: token,
        verification_strategy: match state {
            WantedState::Pending => VerificationStrategy::Dns,
            WantedState::Verified => VerificationStrategy::Manual,
        },
        created_at: now,
        updated_at: now,
    };
    let progress = Progress { check: 0, asked_at: now, expires_at: now.plus_days(PERIOD_DAYS) };
    store::insert(cx, &domain, progress)?;
    changes.0.push(Change::Created(domain.clone()));
    match state {
        WantedState::Pending => verification::look_up(cx, &domain.id, 0, now)?,
        WantedState::Verified => won(cx, &domain, changes)?,
    }
    Ok(domain)
}

/// The characters of a token.
const TOKEN_CHARS: usize = 25;
/// The characters that end a prefix, so that the records of several applications do not meet.
const PREFIX_ENDING_CHARS: usize = 6;

/// Carries out what happens to a domain, where it changes anything.
pub(super) fn happen(
    cx: &mut Cx<'_>,
    mut domain: OrganizationDomain,
    happening: Happening,
    changes: &mut Changes,
) -> Result<OrganizationDomain> {
    let Some(state) = next(domain.state, happening) else { return Ok(domain) };
    domain.state = state;
    domain.updated_at = cx.now();
    domain.verification_strategy = match happening {
        Happening::Asked | Happening::Found => VerificationStrategy::Dns,
        Happening::Vouched => VerificationStrategy::Manual,
        Happening::OwnedElsewhere | Happening::PeriodEnded => domain.verification_strategy,
    };
    store::update(cx, &domain)?;
    let failed =
        |reason| Change::Failed(VerificationFailed { reason, organization_domain: domain.clone() });
    match happening {
        Happening::Asked => changes.0.push(Change::Updated(domain.clone())),
        Happening::OwnedElsewhere => {
            changes.0.push(failed(FailureReason::VerifiedByOtherOrganization));
        }
        Happening::PeriodEnded => changes.0.push(failed(FailureReason::PeriodExpired)),
        Happening::Vouched | Happening::Found => won(cx, &domain, changes)?,
    }
    Ok(domain)
}

/// A domain has become verified: nobody else can have it any more.
fn won(cx: &mut Cx<'_>, domain: &OrganizationDomain, changes: &mut Changes) -> Result<()> {
    changes.0.push(Change::Verified(domain.clone()));
    for other in store::pending(cx, &domain.domain)? {
        happen(cx, other, Happening::OwnedElsewhere, changes)?;
    }
    Ok(())
}
