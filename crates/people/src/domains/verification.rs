//! The look-ups that prove a domain: a job that comes again, later each time, until the record is
//! there or the period ends.
//!
//! Each look-up has a number, and the domain knows the one that is due, so that a job that was done
//! twice, or that an anew started verification has overtaken, does nothing.
use serde::{Deserialize, Serialize};
use vestibule_kernel::id::OrganizationDomainId;
use vestibule_kernel::job::Handler;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Cx, Error, FlowCx, Result};

use super::change::{Changes, happen};
use super::policy::{Happening, PERIOD_DAYS, next_check};
use super::store::Progress;
use super::{DomainState, OrganizationDomain, store};

/// Looks up the record of a domain.
pub const VERIFY: Handler = Handler { kind: KIND, attempts_max: 20, long: false, run: verify };

const KIND: &str = "organization_domains.verify";

#[derive(Serialize, Deserialize)]
struct LookUp {
    id: OrganizationDomainId,
    check: i64,
}

/// Has the record looked up at `at`.
pub(super) fn look_up(
    cx: &mut Cx<'_>,
    id: &OrganizationDomainId,
    check: i64,
    at: Time,
) -> Result<()> {
    cx.enqueue_at(KIND, &LookUp { id: id.clone(), check }, at)
}

/// Starts the verification of a domain that is not verified, or starts it anew.
pub(super) fn start(cx: &mut Cx<'_>, domain: OrganizationDomain) -> Result<OrganizationDomain> {
    let mut changes = Changes::default();
    let domain = happen(cx, domain, Happening::Asked, &mut changes)?;
    let now = cx.now();
    let check = store::progress(cx, &domain.id)?.map_or(0, |it| it.check + 1);
    let progress = Progress { check, asked_at: now, expires_at: now.plus_days(PERIOD_DAYS) };
    store::set_progress(cx, &domain.id, progress)?;
    look_up(cx, &domain.id, check, now)?;
    changes.tell(cx)?;
    Ok(domain)
}

fn verify(flow: &FlowCx, payload: serde_json::Value) -> Result<()> {
    let LookUp { id, check } = serde_json::from_value(payload).map_err(Error::internal)?;
    let due = flow.read(|cx| due(cx, &id, check))?;
    let Some((domain, _)) = due else { return Ok(()) };
    let record = domain.record();
    let found = match flow.app.net().lookup_txt(domain.domain.as_str()) {
        Ok(texts) => texts.iter().any(|it| it.trim() == record),
        Err(error) => {
            // As good as not there: the DNS of others is not our failure, and we come again.
            tracing::info!(%error, cause = ?error.cause(), domain = %domain.domain, "no answer to a TXT question");
            false
        }
    };
    flow.write(move |cx| conclude(cx, &id, check, found))
}

/// The domain, if this look-up is the one that it waits for.
fn due(
    cx: &mut Cx<'_>,
    id: &OrganizationDomainId,
    check: i64,
) -> Result<Option<(OrganizationDomain, Progress)>> {
    let Some(domain) = store::get(cx, id)? else { return Ok(None) };
    let progress = store::progress(cx, id)?.filter(|it| it.check == check);
    Ok(progress.filter(|_| domain.state == DomainState::Pending).map(|it| (domain, it)))
}

fn conclude(cx: &mut Cx<'_>, id: &OrganizationDomainId, check: i64, found: bool) -> Result<()> {
    let Some((domain, progress)) = due(cx, id, check)? else { return Ok(()) };
    let now = cx.now();
    let happening = if store::verified_owner(cx, &domain.domain)?.is_some() {
        Happening::OwnedElsewhere
    } else if found {
        Happening::Found
    } else if now >= progress.expires_at {
        Happening::PeriodEnded
    } else {
        let next = Progress { check: check + 1, ..progress };
        store::set_progress(cx, id, next)?;
        let at = next_check(progress.asked_at, progress.expires_at, now);
        return look_up(cx, id, next.check, at);
    };
    let mut changes = Changes::default();
    happen(cx, domain, happening, &mut changes)?;
    changes.tell(cx)
}
