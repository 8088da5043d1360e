//! Idempotency keys: the same request under the same key is answered once more, not done once more.
//!
//! The SDKs send a key with every POST (contract 00 §8), so a key never fails a request by being
//! there. The answer is kept in the transaction of the change, sealed, for 24 hours.
use crate::call::Call;
use crate::catalog::{Method, Reply};
use crate::secret::digest_of;
use crate::time::Time;
use crate::{Cx, Error, FlowCx, Result};

const PURPOSE: &str = "idempotency_keys.body";
const KEPT_SECONDS: i64 = 24 * 60 * 60;
const KEY_BYTES_MAX: usize = 255;

/// Runs `work`, or answers as it was answered before.
pub(crate) fn once(
    cx: &mut Cx<'_>,
    call: &Call,
    work: impl FnOnce(&mut Cx<'_>) -> Result<Reply>,
) -> Result<Reply> {
    let Some(asked) = Asked::of(call) else { return work(cx) };
    if let Some(reply) = asked.replay(cx)? {
        return Ok(reply);
    }
    let reply = work(cx)?;
    asked.keep(cx, &reply)?;
    Ok(reply)
}

/// The same for a flow, whose answer is kept in a transaction of its own once it is done: after a
/// crash between the two, the request is done again, and refused where it can be done only once.
pub(crate) fn once_in_flow(
    flow: &FlowCx,
    call: &Call,
    work: impl FnOnce() -> Result<Reply>,
) -> Result<Reply> {
    let asked = match Asked::of(call) {
        // Whoever proves who they are by what is used up has nothing to gain from an old answer.
        Some(it) if call.entry.op.access.takes_keys() => it,
        _ => return work(),
    };
    if let Some(reply) = flow.read(|cx| asked.replay(cx))? {
        return Ok(reply);
    }
    let reply = work()?;
    let kept = reply.clone();
    flow.write(move |cx| asked.keep(cx, &kept))?;
    Ok(reply)
}

/// A request under a key, as digests.
struct Asked {
    key: String,
    request: String,
}

impl Asked {
    fn of(call: &Call) -> Option<Self> {
        let key = call.request.idempotency_key.as_ref()?;
        let op = &call.entry.op;
        let fits = op.route.0 == Method::Post && !op.own_keys && key.len() <= KEY_BYTES_MAX;
        fits.then(|| Self {
            key: digest_of(key),
            request: digest_of(format!("{}\n{}", call.entry.op.id, call.input)),
        })
    }

    fn keep(&self, cx: &mut Cx<'_>, reply: &Reply) -> Result<()> {
        let body = cx.app.sealer().seal(cx.app.chance(), PURPOSE, &reply.body)?;
        let values = [
            cx.environment.into(),
            (&self.key).into(),
            (&self.request).into(),
            i64::from(reply.status).into(),
            body.into(),
            cx.now().into(),
        ];
        let sql = "INSERT INTO idempotency_keys
                     (environment_id, key_digest, request_digest, status, body, created_at)
                   VALUES ($1, $2, $3, $4, $5, $6)
                   ON CONFLICT (environment_id, key_digest) DO UPDATE
                   SET request_digest = excluded.request_digest, status = excluded.status,
                       body = excluded.body, created_at = excluded.created_at";
        cx.db().execute(sql, &values).map(|_| ())
    }

    fn replay(&self, cx: &mut Cx<'_>) -> Result<Option<Reply>> {
        let values = [cx.environment.into(), (&self.key).into()];
        let sql = "SELECT request_digest, status, body, created_at FROM idempotency_keys
                   WHERE environment_id = $1 AND key_digest = $2";
        let Some(mut row) = cx.db().first(sql, &values)? else { return Ok(None) };
        let (kept, status): (String, i64) = (row.take()?, row.take()?);
        let (body, at): (Vec<u8>, Time) = (row.take()?, row.take()?);
        if at.plus_seconds(KEPT_SECONDS) <= cx.now() {
            return Ok(None);
        }
        if kept != self.request {
            return Err(Error::conflict(
                "idempotency_key_reused",
                "This Idempotency-Key was used with another request within the last 24 hours. \
                 Use a fresh key for each request.",
            ));
        }
        let body = cx.app.sealer().open(PURPOSE, &body)?.to_vec();
        let status = u16::try_from(status).map_err(Error::internal)?;
        Ok(Some(Reply { status, body, location: None, cookies: Vec::new() }))
    }
}

/// Forgets the keys of this environment that are older than they are kept.
pub fn forget(flow: &FlowCx) -> Result<u64> {
    flow.write(|cx| {
        let values = [cx.environment.into(), cx.now().plus_seconds(-KEPT_SECONDS).into()];
        let sql = "DELETE FROM idempotency_keys WHERE environment_id = $1 AND created_at < $2";
        cx.db().execute(sql, &values)
    })
}
