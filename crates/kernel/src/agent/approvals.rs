//! Approvals: what a person lets an agent do, once.
//!
//! - An approval is of one call: of a token, in an environment, of an operation, with these arguments,
//!   until this instant. A digest under the installation's key binds them, so that neither the agent
//!   nor who can write the database makes another call of it; and as arguments may hold a short
//!   secret, who can read the database cannot try them out.
//! - It is used up in the transaction of the call, so that of two at once one is made. A call that is
//!   refused or fails in it uses nothing up. A flow has no such transaction: its approval is used up
//!   before it begins.
//! - Whoever asked never approves: it takes an API key, or an approver's key.
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::Agent;
use super::redact::{self, Bounds};
use crate::call::Call;
use crate::context::{Actor, App, Caller, Principal};
use crate::db::{self, Row, Tx};
use crate::id::{AgentTokenId, ApprovalId, ApproverId, EnvironmentId};
use crate::sandbox::{self, Sandbox};
use crate::secret::{Secret, digest_of};
use crate::time::Time;
use crate::{Code, Cx, Error, Kind, Result};

/// What every approver's key begins with.
pub const APPROVER_PREFIX: &str = "apr_";
/// How long an approval may be given and used, in seconds.
pub const APPROVAL_SECONDS: i64 = 15 * 60;
/// How many calls of a token wait for a person at once.
const PENDING_MAX: i64 = 100;
/// The path of the page on which somebody approves; its query has the token of the link.
pub const PATH: &str = "/approvals/{approval}";

/// A person must approve the call first.
pub const REQUIRED: Code = "approval_required";
/// Nobody asked this token's person for the approval that a call names.
pub const NOT_FOUND: Code = "approval_not_found";
/// Nobody has decided yet.
pub const PENDING: Code = "approval_pending";
/// Somebody said no.
pub const DENIED: Code = "approval_denied";
/// It took too long.
pub const EXPIRED: Code = "approval_expired";
/// It was used already.
pub const USED: Code = "approval_used";
/// It is of another call.
pub const MISMATCH: Code = "approval_mismatch";
/// Somebody has decided before.
pub const DECIDED: Code = "approval_decided";

const DIGEST: &str = "approvals.digest";
const LINK: &str = "approvals.link";
/// What an approver reads of the arguments.
const SHOWN: Bounds = Bounds { text_characters_max: 1000, bytes_max: 64 * 1024 };

/// What has become of an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum State {
    /// Nobody has decided yet.
    Pending,
    /// The call may be made.
    Approved,
    /// It may not.
    Denied,
    /// The call was made.
    Used,
    /// It took too long.
    Expired,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Used => "used",
            Self::Expired => "expired",
        }
    }
    fn read(name: &str, is_over: bool) -> Self {
        match name {
            "denied" => Self::Denied,
            "used" => Self::Used,
            _ if is_over => Self::Expired,
            "approved" => Self::Approved,
            _ => Self::Pending,
        }
    }
}

/// What somebody says to what an agent asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may make the call.
    Approve,
    /// It may not.
    Deny,
}

/// A call that a person was asked to approve
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Approval {
    /// Always `approval`
    #[schemars(extend("const" = "approval"))]
    pub object: &'static str,
    /// The id of the approval: `Vestibule-Approval` of the call, once it is given
    pub id: ApprovalId,
    /// What has become of it
    pub state: State,
    /// The token that asks
    pub agent_token_id: AgentTokenId,
    /// Its name
    pub agent_token_name: String,
    /// The operation to be called
    pub operation: String,
    /// What it does to the data
    pub effect: String,
    /// Its arguments, without secrets; a long text is cut, and named by its SHA-256
    #[schemars(with = "serde_json::Map<String, Json>")]
    pub arguments: Json,
    /// What the agent says it is doing (`Vestibule-Run`)
    pub run_id: Option<String>,
    /// The address that it asks from
    pub ip_address: Option<String>,
    /// The API key or approver that decided
    pub decided_by: Option<String>,
    /// When they did
    pub decided_at: Option<Time>,
    /// When the call was made
    pub used_at: Option<Time>,
    /// When it was asked for
    pub created_at: Time,
    /// When it is over
    pub expires_at: Time,
}

/// The columns of an approval, as [`read`] takes them.
pub const SELECT: &str =
    "SELECT approvals.id, approvals.state, approvals.agent_token_id, token.name,
     approvals.operation, approvals.effect, approvals.arguments, approvals.run_id,
     approvals.ip_address, approvals.decided_by, approvals.decided_at, approvals.used_at,
     approvals.created_at, approvals.expires_at
     FROM approvals JOIN agent_tokens AS token ON token.id = approvals.agent_token_id";

/// Reads an approval as it is at this instant.
pub fn read(mut row: Row, now: Time) -> Result<Approval> {
    let (id, state): (_, String) = (row.take()?, row.take()?);
    let mut approval = Approval {
        object: "approval",
        id,
        state: State::Pending,
        agent_token_id: row.take()?,
        agent_token_name: row.take()?,
        operation: row.take()?,
        effect: row.take()?,
        arguments: row.take::<db::Json<Json>>()?.0,
        run_id: row.take()?,
        ip_address: row.take()?,
        decided_by: row.take()?,
        decided_at: row.take()?,
        used_at: row.take()?,
        created_at: row.take()?,
        expires_at: row.take()?,
    };
    approval.state = State::read(&state, approval.expires_at <= now);
    Ok(approval)
}

/// The approval of this id.
pub fn get(cx: &mut Cx<'_>, id: &ApprovalId) -> Result<Option<Approval>> {
    let (values, now) = ([cx.environment.into(), id.into()], cx.now());
    let sql = format!("{SELECT} WHERE approvals.environment_id = $1 AND approvals.id = $2");
    cx.db().first(&sql, &values)?.map(|row| read(row, now)).transpose()
}

/// Says yes or no to what is asked, once.
pub fn decide(
    cx: &mut Cx<'_>,
    id: &ApprovalId,
    decision: Decision,
    decided_by: &str,
) -> Result<Approval> {
    let approval = get(cx, id)?.ok_or_else(|| Error::not_found("Approval", id))?;
    match approval.state {
        State::Pending => {}
        State::Expired => return Err(Error::conflict(EXPIRED, too_late(&approval))),
        State::Approved | State::Denied | State::Used => {
            let text = format!("This was decided already: it is {}.", approval.state.name());
            return Err(Error::conflict(DECIDED, text));
        }
    }
    let state = match decision {
        Decision::Approve => State::Approved,
        Decision::Deny => State::Denied,
    };
    let values =
        [cx.environment.into(), id.into(), state.name().into(), decided_by.into(), cx.now().into()];
    let sql = "UPDATE approvals SET state = $3, decided_by = $4, decided_at = $5
               WHERE environment_id = $1 AND id = $2 AND state = 'pending'";
    cx.db().execute(sql, &values)?;
    get(cx, id)?.ok_or_else(|| Error::not_found("Approval", id))
}

fn too_late(approval: &Approval) -> String {
    format!(
        "This approval ended at {}. Make the call again without it to ask for another.",
        approval.expires_at
    )
}

/// Has a person asked to approve a call, unless they are asked already or have approved it: the
/// refusal, which says how to go on.
pub(crate) fn ask(cx: &mut Cx<'_>, agent: &Agent, call: &Call) -> Result<Error> {
    let digest = call_digest(cx.app, cx.environment, agent, call);
    let now = cx.now();
    let values = [cx.environment.into(), (&agent.id).into(), (&digest).into(), now.into()];
    let sql = format!(
        "{SELECT} WHERE approvals.environment_id = $1 AND approvals.agent_token_id = $2
           AND approvals.call_digest = $3 AND approvals.state IN ('pending', 'approved')
           AND approvals.expires_at > $4 ORDER BY approvals.id LIMIT 1"
    );
    if let Some(row) = cx.db().first(&sql, &values)? {
        return Ok(required(cx.app, &read(row, now)?));
    }
    let sql = "SELECT COUNT(*) FROM approvals
               WHERE environment_id = $1 AND agent_token_id = $2 AND state = 'pending'
                 AND expires_at > $3";
    let values = [cx.environment.into(), (&agent.id).into(), now.into()];
    let pending: i64 = cx.db().first(sql, &values)?.map_or(Ok(0), |mut row| row.take())?;
    if pending >= PENDING_MAX {
        let text = format!("{PENDING_MAX} calls of this agent token wait for a person already.");
        let refusal = Error::new(Kind::TooManyRequests, "rate_limit_exceeded", text);
        return Ok(refusal.retry_after(60));
    }
    let id = insert(cx, agent, call, &digest)?;
    let approval = get(cx, &id)?.ok_or_else(|| Error::not_found("Approval", &id))?;
    Ok(required(cx.app, &approval))
}

fn insert(cx: &mut Cx<'_>, agent: &Agent, call: &Call, call_digest: &str) -> Result<ApprovalId> {
    let (id, expires_at) = (ApprovalId::new(cx), cx.now().plus_seconds(APPROVAL_SECONDS));
    let (op, request) = (&call.entry.op, &call.request);
    let values = [
        (&id).into(),
        cx.environment.into(),
        (&agent.id).into(),
        op.id.into(),
        op.effect.name().into(),
        db::Json(&redact::arguments(call.entry, &call.input, SHOWN)).into(),
        call_digest.into(),
        digest(cx.app, &id, call_digest, expires_at).into(),
        request.run_id.clone().into(),
        request.ip_address.clone().into(),
        State::Pending.name().into(),
        cx.now().into(),
        expires_at.into(),
    ];
    let sql = "INSERT INTO approvals
                 (id, environment_id, agent_token_id, operation, effect, arguments, call_digest,
                  digest, run_id, ip_address, state, created_at, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    cx.db().execute(sql, &values)?;
    Ok(id)
}

fn required(app: &App, approval: &Approval) -> Error {
    let text = match approval.state {
        State::Approved => {
            "A person has approved this call. Make the same call again with the header \
             Vestibule-Approval and the id of the approval."
        }
        State::Pending | State::Denied | State::Used | State::Expired => {
            "A person must approve this call. Show them the url of the approval; once they have \
             approved, make the same call again with the header Vestibule-Approval and its id."
        }
    };
    Error::forbidden(REQUIRED, text).with(
        "approval",
        json!({
            "id": approval.id,
            "state": approval.state,
            "expires_at": approval.expires_at,
            "url": url(app, &approval.id),
        }),
    )
}

/// Uses up the approval that a call names, or refuses the call.
pub(crate) fn consume(cx: &mut Cx<'_>, agent: &Agent, call: &Call) -> Result<()> {
    let id = call.request.approval_id.clone().unwrap_or_default();
    let refused = |code, text: &str| Err(Error::forbidden(code, text.to_owned()));
    let values = [cx.environment.into(), (&id).into(), (&agent.id).into()];
    let sql = "SELECT call_digest, digest, id, state, expires_at FROM approvals
               WHERE environment_id = $1 AND id = $2 AND agent_token_id = $3";
    let Some(mut row) = cx.db().first(sql, &values)? else {
        let text = "There is no such approval of a call with this agent token. Make the call \
                    without Vestibule-Approval to ask for one.";
        return refused(NOT_FOUND, text);
    };
    let (kept_call, kept): (String, String) = (row.take()?, row.take()?);
    let (id, state): (ApprovalId, String) = (row.take()?, row.take()?);
    let expires_at: Time = row.take()?;
    let of_call = call_digest(cx.app, cx.environment, agent, call);
    if of_call != kept_call || digest(cx.app, &id, &of_call, expires_at) != kept {
        let text = "What was approved is another call: the operation and every argument must be as \
                    they were. Make the call without Vestibule-Approval to ask for another.";
        return refused(MISMATCH, text);
    }
    let wait = "Nobody has approved this call yet. Make it again when somebody has.";
    let again = "Make the call without Vestibule-Approval to ask for another.";
    match State::read(&state, expires_at <= cx.now()) {
        State::Approved => {}
        State::Pending => return refused(PENDING, wait),
        State::Denied => return refused(DENIED, "A person said no to this call."),
        State::Used => return refused(USED, &format!("This approval was used. {again}")),
        State::Expired => return refused(EXPIRED, &format!("This approval is over. {again}")),
    }
    let values = [cx.environment.into(), (&id).into(), cx.now().into()];
    let sql = "UPDATE approvals SET state = 'used', used_at = $3
               WHERE environment_id = $1 AND id = $2 AND state = 'approved'";
    match cx.db().execute(sql, &values)? {
        0 => refused(USED, &format!("This approval was used. {again}")),
        _ => Ok(()),
    }
}

fn call_digest(app: &App, environment: &EnvironmentId, agent: &Agent, call: &Call) -> String {
    let parts = [
        environment.as_str(),
        agent.id.as_str(),
        call.entry.op.id,
        &digest_of(canonical(&call.input).to_string()),
    ];
    app.sealer().tag(DIGEST, &parts.join("\n"))
}

fn digest(app: &App, id: &ApprovalId, call_digest: &str, expires_at: Time) -> String {
    app.sealer().tag(DIGEST, &format!("{id}\n{call_digest}\n{}", expires_at.millis()))
}

/// The same value with the fields of each object in one order.
fn canonical(value: &Json) -> Json {
    match value {
        Json::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_unstable_by_key(|it| it.0);
            sorted.into_iter().map(|(name, it)| (name.clone(), canonical(it))).collect()
        }
        Json::Array(items) => items.iter().map(canonical).collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => value.clone(),
    }
}

/// The address of the page on which somebody approves. It shows what is asked, to who has it; to
/// decide takes an approver's key besides, since the agent has the address.
pub fn url(app: &App, id: &ApprovalId) -> String {
    format!("{}{}", app.options().public_url, path(app, id))
}

/// The same on this server.
pub fn path(app: &App, id: &ApprovalId) -> String {
    let path = PATH.replace("{approval}", id.as_str());
    format!("{path}?token={}", app.sealer().tag(LINK, id.as_str()))
}

/// The environment of the approval that a link leads to.
pub fn environment_of_link(
    app: &App,
    id: &ApprovalId,
    token: &Secret,
) -> Result<Option<EnvironmentId>> {
    if !token.matches(&app.sealer().tag(LINK, id.as_str())) {
        return Ok(None);
    }
    let sql = "SELECT environment_id FROM approvals WHERE id = $1";
    app.db().read(|tx| tx.first(sql, &[id.into()])?.map(|mut row| row.take()).transpose())
}

/// Who holds this approver's key in the environment of this call.
pub fn approver(cx: &mut Cx<'_>, key: &Secret) -> Result<Option<Caller>> {
    let environment = cx.environment.clone();
    let found = holder(cx.db(), &key.digest())?.map(|it| it.0);
    Ok(found.filter(|it| it.environment == environment))
}

/// Who holds the approver's key of this digest, and what their environment is as a sandbox.
pub(crate) fn holder(tx: &mut dyn Tx, digest: &str) -> Result<Option<(Caller, Option<Sandbox>)>> {
    let sql = "SELECT held.environment_id, held.id, held.name, place.sandbox, place.ahead_millis
               FROM approvers AS held
               JOIN environments AS place ON place.id = held.environment_id
               WHERE held.digest = $1";
    let Some(mut row) = tx.first(sql, &[digest.into()])? else { return Ok(None) };
    let (environment, id): (EnvironmentId, ApproverId) = (row.take()?, row.take()?);
    let actor = Actor { id: id.to_string(), source: "api", name: row.take()? };
    let caller = Caller { environment, actor, principal: Principal::Approver };
    Ok(Some((caller, sandbox::read(&mut row)?)))
}

/// Forgets approvals of this environment that were over by then.
pub fn forget(cx: &mut Cx<'_>, before: Time) -> Result<u64> {
    let values = [cx.environment.into(), before.into()];
    let sql = "DELETE FROM approvals WHERE environment_id = $1 AND created_at < $2";
    cx.db().execute(sql, &values)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::canonical;

    #[test]
    fn the_order_of_fields_makes_no_other_call_and_the_order_of_items_does() {
        let call = json!({ "a": 1, "b": { "c": [1, 2], "d": null } });
        let same = json!({ "b": { "d": null, "c": [1, 2] }, "a": 1 });
        let other = json!({ "a": 1, "b": { "c": [2, 1], "d": null } });
        assert_eq!(canonical(&call).to_string(), canonical(&same).to_string());
        assert_ne!(canonical(&call).to_string(), canonical(&other).to_string());
    }
}
