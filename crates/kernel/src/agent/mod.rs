//! Agents: tokens that open less than an API key does, and what the door does differently for them.
//!
//! - A token is checked here and nowhere else, before an operation runs, whichever way the call came:
//!   its end, its rate, the effect, the operation, the organization, and whether a person must
//!   approve ([`admit`], [`admit_input`]).
//! - No secret that an operation declares leaves for a token that may not read any ([`redact`]).
//! - What a person approved is one call, once ([`approvals`]).
//! - Every call is written down, refused ones too ([`calls`]).
//! - A token that an OAuth client got opens one resource ([`resource`]).
use std::sync::Arc;

use serde_json::Value as Json;

use crate::call::Call;
use crate::catalog::{Access, Entry, Op, Within};
use crate::context::{Actor, App, Caller, Principal};
use crate::db::{self, Row, Tx};
use crate::id::{AgentTokenId, EnvironmentId, ID_BYTES_MAX, OrganizationId};
use crate::limit::{self, Limit};
use crate::sandbox::{self, Sandbox};
use crate::secret::Secret;
use crate::time::Time;
use crate::{Code, Cx, Error, Kind, Result};

pub mod approvals;
pub mod calls;
mod door;
mod policy;
pub(crate) mod redact;
pub mod resource;

pub use policy::{
    CALLS_PER_MINUTE, CALLS_PER_MINUTE_MAX, ORGANIZATIONS_MAX, PATTERN_BYTES_MAX, PATTERNS_MAX,
    Policy, Secrets, pattern,
};
pub use redact::REDACTED;

/// What every agent token begins with.
pub const TOKEN_PREFIX: &str = "agt_";

/// The time of a token is over.
pub const TOKEN_EXPIRED: Code = "agent_token_expired";
/// Somebody has ended a token.
pub const TOKEN_REVOKED: Code = "agent_token_revoked";
/// A token that opens /mcp alone was used elsewhere.
pub const TOKEN_OF_OTHER_RESOURCE: Code = "agent_token_of_other_resource";
/// The policy of a token does not allow the effect of an operation.
pub const EFFECT_NOT_ALLOWED: Code = "agent_effect_not_allowed";
/// The policy of a token does not name an operation, or no token may call it.
pub const OPERATION_NOT_ALLOWED: Code = "agent_operation_not_allowed";
/// A call is not known to stay in the organizations of a token.
pub const ORGANIZATION_NOT_ALLOWED: Code = "agent_organization_not_allowed";
/// An approver's key was used for something else.
pub const APPROVER_ONLY: Code = "approver_operation_not_allowed";

/// Calls by one token; how many, its policy says.
const CALLS: Limit = Limit {
    name: "agent_tokens.calls_per_minute",
    uses_max: policy::CALLS_PER_MINUTE as i64,
    window: 60,
    code: "rate_limit_exceeded",
};

/// An agent token, as the door knows it.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Its id.
    pub id: AgentTokenId,
    /// What it lets its holder do.
    pub policy: Policy,
    /// When it ends.
    pub expires_at: Time,
    /// When somebody ended it, if they did.
    pub revoked_at: Option<Time>,
    /// Whether an OAuth client got it from a person: it then opens [`resource`] alone, which is the
    /// audience that it was made for (RFC 8707 §2).
    pub of_client: bool,
}

impl Agent {
    /// Whether it is shown secrets.
    pub fn reads_secrets(&self) -> bool {
        self.policy.secrets == Secrets::Readable
    }
}

/// Whether a credential has the form of an agent token, so that its policy holds wherever it is
/// shown, also where no credential is asked for.
pub fn is_token(credential: Option<&Secret>) -> bool {
    credential.is_some_and(|it| it.reveal().starts_with(TOKEN_PREFIX))
}

/// Who holds the token of this digest, and what their environment is as a sandbox.
pub(crate) fn holder(tx: &mut dyn Tx, digest: &str) -> Result<Option<(Caller, Option<Sandbox>)>> {
    let sql = "SELECT held.environment_id, held.id, held.name, held.policy, held.expires_at,
                 held.revoked_at, held.value_expires_at, place.sandbox, place.ahead_millis
               FROM agent_tokens AS held
               JOIN environments AS place ON place.id = held.environment_id
               WHERE held.digest = $1";
    let Some(mut row) = tx.first(sql, &[digest.into()])? else { return Ok(None) };
    let caller = read(&mut row)?;
    Ok(Some((caller, sandbox::read(&mut row)?)))
}

fn read(row: &mut Row) -> Result<Caller> {
    let (environment, id): (EnvironmentId, AgentTokenId) = (row.take()?, row.take()?);
    let actor = Actor { id: id.to_string(), source: "api", name: row.take()? };
    let policy = row.take::<db::Json<Policy>>()?.0;
    let (expires_at, revoked_at): (Time, _) = (row.take()?, row.take()?);
    let value_expires_at: Option<Time> = row.take()?;
    let agent = Agent {
        id,
        policy,
        expires_at: value_expires_at.map_or(expires_at, |it| it.min(expires_at)),
        revoked_at,
        of_client: value_expires_at.is_some(),
    };
    Ok(Caller { environment, actor, principal: Principal::Agent(Arc::new(agent)) })
}

/// Refuses what a caller may not do, whatever it is about.
pub(crate) fn admit(app: &App, call: &Call, caller: &Caller, now: Time) -> Result<()> {
    let op = &call.entry.op;
    let agent = match &caller.principal {
        Principal::System | Principal::Key => return Ok(()),
        Principal::Approver if matches!(op.access, Access::Approver) => return Ok(()),
        Principal::Approver => {
            let text = "An approver's key decides on approvals, and does nothing else.";
            return Err(Error::forbidden(APPROVER_ONLY, text));
        }
        Principal::Agent(agent) => agent,
    };
    // Who holds a token that is over learns that, whatever its rate; all else is counted, since each
    // refusal is written down.
    check_time(caller, now)?;
    count(app, caller, agent)?;
    if agent.of_client && !call.request.by_mcp {
        let text =
            format!("This agent token opens {} and nothing else.", resource::identifier(app));
        return Err(Error::new(Kind::Unauthorized, TOKEN_OF_OTHER_RESOURCE, text));
    }
    if op.browser || matches!(op.access, Access::Owner | Access::Approver) {
        return Err(not_for_agents(op.id));
    }
    if !agent.policy.names(op.id) {
        let text = format!(
            "This agent token may not call {}. It may call: {}.",
            op.id,
            agent.policy.operations.join(", ")
        );
        return Err(Error::forbidden(OPERATION_NOT_ALLOWED, text));
    }
    check_effect(agent, op)
}

/// Counts a call against the rate of its token.
fn count(app: &App, caller: &Caller, agent: &Agent) -> Result<()> {
    let (environment, calls_max) =
        (caller.environment.as_str(), i64::from(agent.policy.calls_per_minute));
    limit::count_calls(app, environment, &CALLS, calls_max, agent.id.as_str())
}

/// Refuses a token whose time is over.
pub(crate) fn check_time(caller: &Caller, now: Time) -> Result<()> {
    let Some(agent) = caller.agent() else { return Ok(()) };
    if agent.revoked_at.is_some() {
        let text = "This agent token was revoked. Ask whoever gave it to you for another.";
        return Err(Error::new(Kind::Unauthorized, TOKEN_REVOKED, text));
    }
    if agent.expires_at <= now {
        let text = format!(
            "This agent token ended at {}. Ask whoever gave it to you for another.",
            agent.expires_at
        );
        return Err(Error::new(Kind::Unauthorized, TOKEN_EXPIRED, text));
    }
    Ok(())
}

fn check_effect(agent: &Agent, op: &Op) -> Result<()> {
    if agent.policy.effects.contains(&op.effect) {
        return Ok(());
    }
    let allowed: Vec<&str> = agent.policy.effects.iter().map(|it| it.name()).collect();
    let text = format!(
        "{} is {}, and this agent token allows {} alone.",
        op.id,
        op.effect.name(),
        allowed.join(" and ")
    );
    Err(Error::forbidden(EFFECT_NOT_ALLOWED, text))
}

/// Refuses a call that a wider token of the same client could make.
pub(crate) fn check_scope(app: &App, caller: &Caller, op: &Op) -> Result<()> {
    let Some(agent) = caller.agent().filter(|it| it.of_client && may_name(it, op)) else {
        return Ok(());
    };
    let checked = check_effect(agent, op);
    // What is refused here is not counted by the call.
    if checked.is_err() {
        count(app, caller, agent)?;
    }
    checked
}

/// Whether a token may call an operation, but for its effect.
fn may_name(agent: &Agent, op: &Op) -> bool {
    let is_for_agents = !op.browser && !matches!(op.access, Access::Owner | Access::Approver);
    is_for_agents && agent.policy.names(op.id)
}

fn not_for_agents(operation: &str) -> Error {
    let text = format!(
        "No agent token may call {operation}. A person does that, with an API key or a browser."
    );
    Error::forbidden(OPERATION_NOT_ALLOWED, text)
}

/// Refuses a call that is not known to stay in the organizations of a token.
pub(crate) fn admit_input(tx: &mut dyn Tx, call: &Call, caller: &Caller) -> Result<()> {
    let Some(agent) = caller.agent() else { return Ok(()) };
    if agent.policy.organizations.is_none() {
        return Ok(());
    }
    let organization = organization_of(tx, &caller.environment, call.entry, &call.input)?;
    match organization {
        Some(it) if agent.policy.includes(&it) => Ok(()),
        _ => Err(outside(agent, call.entry)),
    }
}

/// Whether a caller may make this read by itself, and without asking anybody.
pub(crate) fn may_look(
    tx: &mut dyn Tx,
    caller: &Caller,
    entry: &Entry,
    input: &Json,
) -> Result<bool> {
    let Some(agent) = caller.agent() else { return Ok(true) };
    let op = &entry.op;
    let is_allowed = may_name(agent, op)
        && agent.policy.effects.contains(&op.effect)
        && !agent.policy.asks_for(op);
    if !is_allowed || agent.policy.organizations.is_none() {
        return Ok(is_allowed);
    }
    let organization = organization_of(tx, &caller.environment, entry, input)?;
    Ok(organization.is_some_and(|it| agent.policy.includes(&it)))
}

/// Uses up the approval of a call that needs one.
pub(crate) fn use_approval(cx: &mut Cx<'_>, call: &Call) -> Result<()> {
    match cx.caller.agent() {
        Some(agent) if agent.policy.asks_for(&call.entry.op) => approvals::consume(cx, agent, call),
        Some(_) | None => Ok(()),
    }
}

/// Does not say whether there is something where the token does not lead.
fn outside(agent: &Agent, entry: &Entry) -> Error {
    let allowed = agent.policy.organizations.iter().flatten();
    let allowed: Vec<&str> = allowed.map(OrganizationId::as_str).collect();
    let what = match entry.within {
        Within::Nowhere => "which this operation is not known to do",
        Within::Field("organization_id") => "so give one of them as organization_id",
        Within::Named | Within::Field(_) | Within::Row { .. } => {
            "and this is not known to be in one of them"
        }
    };
    let text = format!("This agent token must stay in {}, {what}.", allowed.join(", "));
    Error::forbidden(ORGANIZATION_NOT_ALLOWED, text)
}

/// The organization that a call stays in, as far as the declaration of its operation tells.
pub(crate) fn organization_of(
    tx: &mut dyn Tx,
    environment: &EnvironmentId,
    entry: &Entry,
    input: &Json,
) -> Result<Option<String>> {
    // It is asked of calls that were refused for their form, too.
    let is_id = |it: &&str| it.len() <= ID_BYTES_MAX && !it.contains('\0');
    let text =
        |field: &str| input.get(field).and_then(Json::as_str).filter(is_id).map(str::to_owned);
    match entry.within {
        Within::Named | Within::Nowhere => Ok(None),
        Within::Field(field) => Ok(text(field)),
        Within::Row { table, field } => {
            let Some(id) = text(field) else { return Ok(None) };
            let sql = format!(
                "SELECT organization_id FROM {table} WHERE environment_id = $1 AND id = $2"
            );
            match tx.first(&sql, &[environment.into(), id.into()])? {
                Some(mut row) => row.take(),
                None => Ok(None),
            }
        }
    }
}
