//! Idempotency keys: the same request under the same key is answered once more, not done once more.
//!
//! The SDKs send a key with every POST (contract 00 §8), so a key never fails a request by being
//! there. The answer is kept in the transaction of the change, sealed, for 24 hours.
use crate::call::Call;
use crate::catalog::{Method, Reply};
use crate::db::Value;
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
    let key = match &call.request.idempotency_key {
        Some(key) if call.entry.op.route.0 == Method::Post && key.len() <= KEY_BYTES_MAX => key,
        _ => return work(cx),
    };
    let key = digest_of(key);
    let request = digest_of(&format!("{}\n{}", call.entry.op.id, call.input));
    if let Some(reply) = replay(cx, &key, &request)? {
        return Ok(reply);
    }
    let reply = work(cx)?;
    let body = cx.app.sealer().seal(cx.app.chance(), PURPOSE, &reply.body)?;
    let values = [
        cx.environment.into(),
        Value::Text(key),
        request.into(),
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
    cx.db().execute(sql, &values)?;
    Ok(reply)
}

fn replay(cx: &mut Cx<'_>, key: &str, request: &str) -> Result<Option<Reply>> {
    let values = [cx.environment.into(), key.into()];
    let sql = "SELECT request_digest, status, body, created_at FROM idempotency_keys
               WHERE environment_id = $1 AND key_digest = $2";
    let Some(mut row) = cx.db().first(sql, &values)? else { return Ok(None) };
    let (kept, status): (String, i64) = (row.take()?, row.take()?);
    let (body, at): (Vec<u8>, Time) = (row.take()?, row.take()?);
    if at.plus_seconds(KEPT_SECONDS) <= cx.now() {
        return Ok(None);
    }
    if kept != request {
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

/// Forgets the keys of this environment that are older than they are kept.
pub fn forget(flow: &FlowCx) -> Result<u64> {
    flow.write(|cx| {
        let values = [cx.environment.into(), cx.now().plus_seconds(-KEPT_SECONDS).into()];
        let sql = "DELETE FROM idempotency_keys WHERE environment_id = $1 AND created_at < $2";
        cx.db().execute(sql, &values)
    })
}
