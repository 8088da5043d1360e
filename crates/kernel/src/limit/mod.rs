//! Rate limits that all nodes share: so many uses of a thing in a window of time.
//!
//! - What somebody could guess at (passwords, codes) and what others pay for (messages) is counted in
//!   the database, exactly. What is reached by thousands of calls a minute is counted in memory: see
//!   [`meters`].
//! - Every refusal says after how many seconds to come again.
//! - An environment raises and lowers each [`Rule`]; a change holds on every node after a second.
mod meters;
mod rule;

use crate::call::Request;
use crate::db::{Tx, Value};
use crate::error::Shape;
use crate::secret::digest_of;
use crate::time::{Seconds, Time};
use crate::{App, Caller, Code, Cx, Effect, Error, FlowCx, Input, Kind, Op, Result};

pub(crate) use meters::Meters;
pub use meters::{SHARE_EVERY, share};
pub use rule::{RateLimits, Rule};

/// What stands in the place of an environment where none is known. No environment has such an id.
const EVERYWHERE: &str = "";

/// A limit: so many uses in so many seconds.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// What is limited, such as `authenticate`. How it ends tells which [`Rule`] it is of: `.send`
    /// for messages, `_daily` for those of a day, `.create`, `.delete`, `.failure`; else tries. One
    /// whose numbers are not the usual ones of its rule is of none.
    pub name: &'static str,
    /// How many uses a window has.
    pub uses_max: i64,
    /// How long a window is.
    pub window: Seconds,
    /// The code of the refusal.
    pub code: Code,
}

impl Limit {
    /// The refusal, after how many seconds it ends. `Retry-After` tells the client.
    pub fn refused(&self, after: i64) -> Error {
        let after = u32::try_from(after).unwrap_or(self.window).max(1);
        let text = format!("Too many requests. Try again in {after} seconds.");
        Error::new(Kind::TooManyRequests, self.code, text).retry_after(after)
    }
}

/// Counts a use by `subject` (an e-mail address, an IP address) in this transaction; tells after
/// how many seconds to come again when there were too many. The count must be committed, so an
/// operation that may fail after it is a flow and uses [`FlowCx::limit`].
pub fn count(cx: &mut Cx<'_>, limit: Limit, subject: &str) -> Result<Option<i64>> {
    let (app, environment, now) = (cx.app, cx.environment, cx.now());
    count_at(app, cx.db(), now, environment.as_str(), limit, subject)
}

/// Tells after how many seconds to come again where `subject` has had its uses, and counts nothing.
pub fn look(cx: &mut Cx<'_>, limit: Limit, subject: &str) -> Result<Option<i64>> {
    let (app, environment, now) = (cx.app, cx.environment, cx.now());
    let uses_max = app.meters.settings(cx.db(), now, environment.as_str())?.of(&limit);
    let values = [environment.into(), limit.name.into(), Value::Text(digest_of(subject))];
    let sql = "SELECT uses, window_start FROM rate_limits
               WHERE environment_id = $1 AND name = $2 AND subject_digest = $3";
    let Some(mut row) = cx.db().first(sql, &values)? else { return Ok(None) };
    let (uses, start): (i64, Time) = (row.take()?, row.take()?);
    let left = start.millis() + i64::from(limit.window) * 1000 - now.millis();
    Ok((uses >= uses_max && left > 0).then_some((left + 999) / 1000))
}

/// Sets the limits of the environment of this call.
pub fn set(cx: &mut Cx<'_>, limits: &RateLimits) -> Result<()> {
    cx.set(limits)?;
    cx.app.meters.forget_settings(cx.environment.as_str());
    Ok(())
}

/// The place that an address is at: itself, or the network of an IPv6 address, of which one customer
/// has 2⁶⁴ (RFC 6177).
pub fn place(address: &str) -> String {
    match address.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V6(it)) if it.to_ipv4_mapped().is_none() => {
            let [a, b, c, d, ..] = it.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(it) => it.to_canonical().to_string(),
        Err(_) => address.to_owned(),
    }
}

/// Calls by one API key, or from one place.
const CALLS: Limit = Limit {
    name: "api.calls",
    uses_max: Rule::Calls.usual(),
    window: Rule::Calls.seconds(),
    code: "rate_limit_exceeded",
};
/// Reads of users and what is theirs, in an environment.
const READS: Limit = Limit {
    name: "api.reads",
    uses_max: Rule::Reads.usual(),
    window: Rule::Reads.seconds(),
    code: "rate_limit_exceeded",
};
/// Writes of users and what is theirs, in an environment.
const WRITES: Limit = Limit {
    name: "api.writes",
    uses_max: Rule::Writes.usual(),
    window: Rule::Writes.seconds(),
    code: "rate_limit_exceeded",
};
/// Where the operations are that have limits of the whole environment (contract 00 §7).
const USER_MANAGEMENT: &str = "/user_management/";

/// Counts a call of an operation, and refuses it when there were too many.
///
/// Those of the whole environment count only who has a key to it: else anybody could use them up.
pub(crate) fn admit(
    app: &App,
    tx: &mut dyn Tx,
    op: &Op,
    caller: &Caller,
    request: &Request,
) -> Result<()> {
    let (now, environment) = (app.now(), caller.environment.as_str());
    let limits = app.meters.settings(tx, now, environment)?;
    let count = |limit: Limit, subject: &str| {
        let uses_max = limits.of(&limit);
        match app.meters.count(now, environment, &limit, uses_max, subject) {
            Some(after) => Err(of_oauth(op, limit.refused(after))),
            None => Ok(()),
        }
    };
    if !op.access.takes_keys() {
        return match &request.ip_address {
            Some(address) => count(CALLS, &place(address)),
            None => Ok(()),
        };
    }
    count(CALLS, &caller.actor.id)?;
    match op.effect {
        _ if !op.route.1.starts_with(USER_MANAGEMENT) => Ok(()),
        Effect::Read => count(READS, ""),
        Effect::Write | Effect::Destructive => count(WRITES, ""),
    }
}

/// Counts a call that shows no API key, by the place that it comes from, as operations without one
/// are counted: for what is no operation.
pub fn count_call(cx: &mut Cx<'_>) -> Result<()> {
    let Some(address) = &cx.request.ip_address else { return Ok(()) };
    let (app, now, environment) = (cx.app, cx.app.now(), cx.environment.as_str());
    let calls_max = app.meters.settings(cx.db(), now, environment)?.of(&CALLS);
    count_calls(app, environment, &CALLS, calls_max, &place(address))
}

/// Counts a call by `subject`, which has `calls_max` in a window whatever the environment has set, and
/// refuses it when there were too many.
pub(crate) fn count_calls(
    app: &App,
    environment: &str,
    limit: &Limit,
    calls_max: i64,
    subject: &str,
) -> Result<()> {
    let over = app.meters.count(app.now(), environment, limit, calls_max, subject);
    over.map_or(Ok(()), |after| Err(limit.refused(after)))
}

/// The refusal in the words of OAuth, at its endpoints.
fn of_oauth(op: &Op, refusal: Error) -> Error {
    if op.input != Input::BodyOrForm {
        return refusal;
    }
    let after = refusal.retry_after_seconds().unwrap_or(1);
    let text = refusal.message().to_owned();
    let refusal = Error::new(Kind::TooManyRequests, "too_many_requests", text);
    refusal.shaped(Shape::OAuth).retry_after(after)
}

/// Counts a use that names no environment yet, in a transaction of its own, and refuses it when there
/// were too many.
pub fn count_everywhere(app: &App, limit: Limit, subject: &str) -> Result<()> {
    let (now, subject) = (app.now(), subject.to_owned());
    let meters = app.meters.clone();
    let over = app.db().write(move |tx| {
        let uses_max = meters.settings(tx, now, EVERYWHERE)?.of(&limit);
        count_row(tx, now, EVERYWHERE, limit, uses_max, &subject)
    })?;
    over.map_or(Ok(()), |after| Err(limit.refused(after)))
}

fn count_at(
    app: &App,
    tx: &mut dyn Tx,
    now: Time,
    environment: &str,
    limit: Limit,
    subject: &str,
) -> Result<Option<i64>> {
    let uses_max = app.meters.settings(tx, now, environment)?.of(&limit);
    count_row(tx, now, environment, limit, uses_max, subject)
}

fn count_row(
    tx: &mut dyn Tx,
    now: Time,
    environment: &str,
    limit: Limit,
    uses_max: i64,
    subject: &str,
) -> Result<Option<i64>> {
    let window = i64::from(limit.window) * 1000;
    let now = now.millis();
    let values = [
        environment.into(),
        limit.name.into(),
        Value::Text(digest_of(subject)),
        now.into(),
        (now - window).into(),
    ];
    let sql = "INSERT INTO rate_limits (environment_id, name, subject_digest, window_start, uses)
               VALUES ($1, $2, $3, $4, 1)
               ON CONFLICT (environment_id, name, subject_digest) DO UPDATE SET
                 uses = CASE WHEN rate_limits.window_start <= $5 THEN 1
                             ELSE rate_limits.uses + 1 END,
                 window_start = CASE WHEN rate_limits.window_start <= $5 THEN $4
                                     ELSE rate_limits.window_start END
               RETURNING uses, window_start";
    let Some(mut row) = tx.first(sql, &values)? else { return Ok(None) };
    let (uses, start): (i64, Time) = (row.take()?, row.take()?);
    let over = uses > uses_max;
    Ok(over.then(|| (start.millis() + window - now + 999) / 1000))
}

impl Cx<'_> {
    /// Counts a use by `subject` that stands only if the operation succeeds, and refuses it when
    /// there were too many: for limits on what was done, such as mails sent.
    pub fn limit(&mut self, limit: Limit, subject: &str) -> Result<()> {
        match count(self, limit, subject)? {
            Some(after) => Err(limit.refused(after)),
            None => Ok(()),
        }
    }
}

impl FlowCx {
    /// Counts a use by `subject`, in a transaction of its own, and refuses it when there were too
    /// many.
    pub fn limit(&self, limit: Limit, subject: &str) -> Result<()> {
        let subject = subject.to_owned();
        match self.write(move |cx| count(cx, limit, &subject))? {
            Some(after) => Err(limit.refused(after)),
            None => Ok(()),
        }
    }
}

/// Forgets windows of this environment that ended over a day ago.
pub fn forget(flow: &FlowCx) -> Result<u64> {
    flow.write(|cx| {
        let (environment, now) = (cx.environment, cx.now());
        forget_at(cx.db(), now, environment.as_str())
    })
}

/// Forgets the same of what named no environment.
pub fn forget_everywhere(app: &App) -> Result<u64> {
    let now = app.now();
    app.db().write(move |tx| forget_at(tx, now, EVERYWHERE))
}

fn forget_at(tx: &mut dyn Tx, now: Time, environment: &str) -> Result<u64> {
    let values = [environment.into(), now.plus_days(-1).into()];
    let sql = "DELETE FROM rate_limits WHERE environment_id = $1 AND window_start < $2";
    tx.execute(sql, &values)
}
