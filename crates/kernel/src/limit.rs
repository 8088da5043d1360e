//! Rate limits that all nodes share: so many uses of a thing in a window of time.
use crate::db::Value;
use crate::secret::digest_of;
use crate::time::{Seconds, Time};
use crate::{Code, Cx, Error, FlowCx, Kind, Result};

/// A limit: so many uses in so many seconds.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// What is limited, such as `authenticate`.
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
    let window = i64::from(limit.window) * 1000;
    let now = cx.now().millis();
    let values = [
        cx.environment.into(),
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
    let Some(mut row) = cx.db().first(sql, &values)? else { return Ok(None) };
    let (uses, start): (i64, Time) = (row.take()?, row.take()?);
    let over = uses > limit.uses_max;
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
        let values = [cx.environment.into(), cx.now().plus_days(-1).into()];
        let sql = "DELETE FROM rate_limits WHERE environment_id = $1 AND window_start < $2";
        cx.db().execute(sql, &values)
    })
}
