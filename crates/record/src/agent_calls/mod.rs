//! What agents did and were refused, for as long as events are kept. `kernel/src/agent/calls` writes it.
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vestibule_kernel::agent::approvals;
use vestibule_kernel::id::{AgentCallId, AgentTokenId, OrganizationId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Access, Cx, Effect, Fine, FlowCx, Method::Get, Op, Operation, Result, Route, op,
};

use crate::events::EventPolicy;

/// The operations of this domain.
pub const OPERATIONS: &[Op] = &[op::<ListAgentCalls>()];

/// What came of a call
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Outcome {
    /// It was begun; what came of it is not known
    Begun,
    /// It was done
    Done,
    /// It was refused
    Refused,
    /// It failed here
    Failed,
}

impl Outcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
    fn parse(name: &str) -> Self {
        let all = [Self::Begun, Self::Done, Self::Refused];
        all.into_iter().find(|it| it.name() == name).unwrap_or(Self::Failed)
    }
}

/// A call that an agent made, or was refused
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AgentCall {
    /// Always `agent_call`
    #[schemars(extend("const" = "agent_call"))]
    object: &'static str,
    /// The id of the call
    id: AgentCallId,
    /// The token that it was made with
    agent_token_id: AgentTokenId,
    /// What the agent says it was doing (`Vestibule-Run`)
    run_id: Option<String>,
    /// The operation
    operation: String,
    /// What it does to the data: `read`, `write` or `destructive`
    effect: String,
    /// The organization that it stays in, where its declaration tells
    organization_id: Option<String>,
    /// The approval that it used, or that was asked for
    approval_id: Option<String>,
    /// Its arguments, without secrets; what is long is cut, and named by its SHA-256
    arguments: Map<String, Value>,
    /// Whether it was a dry run: done, undone and told of
    dry_run: bool,
    /// What came of it
    outcome: Outcome,
    /// The status of the answer; of a dry run, that which the call would have had
    status: Option<u32>,
    /// The code of the refusal
    code: Option<String>,
    /// The id of the request, as the log has it
    request_id: String,
    /// The address that it came from
    ip_address: Option<String>,
    /// When it was made
    created_at: Time,
}

/// List what agents did and were refused
///
/// Writes are here once they are answered, reads a second later. No agent token lists them.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListAgentCalls {
    #[serde(flatten)]
    paging: Paging,
    /// Only calls with this token
    agent_token_id: Option<AgentTokenId>,
    /// Only calls of this run
    run_id: Option<String>,
    /// Only calls of this operation
    operation: Option<String>,
    /// Only calls that do this to the data
    effect: Option<Effect>,
    /// Only calls of which this came
    outcome: Option<Outcome>,
    /// Only dry runs, or only calls that were none
    dry_run: Option<bool>,
    /// Only calls that are known to stay in this organization
    organization_id: Option<OrganizationId>,
    /// Only calls from this instant on
    range_start: Option<Time>,
    /// Only calls before this instant
    range_end: Option<Time>,
}

impl Operation for ListAgentCalls {
    const ID: &'static str = "agent_calls.list";
    const ROUTE: Route = Route(Get, "/vestibule/v1/agent_calls");
    const ACCESS: Access = Access::Owner;
    const EXTENSION: bool = true;
    type Reply = Fine<Page<AgentCall>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        store::list(cx, self).map(Fine)
    }
}

/// Deletes what is older than events are kept, and the approvals of that time.
pub fn forget(flow: &FlowCx) -> Result<u64> {
    let kept = flow.read(|cx| Ok(cx.setting::<EventPolicy>()?.kept_days))?;
    let before = flow.now().plus_days(-i64::from(kept));
    let mut forgotten = flow.write(move |cx| approvals::forget(cx, before))?;
    loop {
        let batch = flow.write(move |cx| store::forget_batch(cx, before))?;
        forgotten += batch;
        if batch < store::FORGOTTEN_MAX.unsigned_abs() {
            return Ok(forgotten);
        }
    }
}
