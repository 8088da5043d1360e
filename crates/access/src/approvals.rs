//! What persons are asked to let agents do. The rules, and the SQL, are of `kernel/src/agent/approvals`.
use schemars::JsonSchema;
use serde::Deserialize;
use vestibule_kernel::agent::approvals::{
    self, Approval, DECIDED, EXPIRED, SELECT, decide, get, read,
};
use vestibule_kernel::id::{AgentTokenId, ApprovalId};
use vestibule_kernel::list::{Listing, Page, Paging};
use vestibule_kernel::{
    Access, Code, Cx, Error, Fine, Method::*, Op, Operation, Result, Route, op,
};

/// The operations of this domain.
pub const OPERATIONS: &[Op] =
    &[op::<ListApprovals>(), op::<GetApproval>(), op::<Approve>(), op::<Deny>()];

/// List what agents ask persons to approve
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListApprovals {
    #[serde(flatten)]
    paging: Paging,
    /// Only what this token asks for
    agent_token_id: Option<AgentTokenId>,
    /// Only what nobody has decided and somebody still may
    pending: Option<bool>,
}

impl Operation for ListApprovals {
    const ID: &'static str = "approvals.list";
    const ROUTE: Route = Route(Get, "/vestibule/v1/approvals");
    const ACCESS: Access = Access::Approver;
    const EXTENSION: bool = true;
    type Reply = Fine<Page<Approval>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { paging, agent_token_id, pending } = self;
        let (now, pending) = (cx.now(), pending.unwrap_or_default().then(|| cx.now()));
        Listing::of(cx, "approvals", SELECT)
            .filter_some("approvals.agent_token_id = ?", agent_token_id)
            .filter_some("approvals.state = 'pending' AND approvals.expires_at > ?", pending)
            .page(cx, &paging, |row| read(row, now))
            .map(Fine)
    }
}

/// Get what an agent asks a person to approve
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetApproval {
    /// The id of the approval
    id: ApprovalId,
}

impl Operation for GetApproval {
    const ID: &'static str = "approvals.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/approvals/{id}");
    const ACCESS: Access = Access::Approver;
    const EXTENSION: bool = true;
    type Reply = Fine<Approval>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        get(cx, &id)?.ok_or_else(|| Error::not_found("Approval", &id)).map(Fine)
    }
}

/// Approve a call of an agent
///
/// It may make this call, with these arguments, once, until the approval is over. With an API key or
/// an approver's key; no agent token approves.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Approve {
    /// The id of the approval
    id: ApprovalId,
}

impl Operation for Approve {
    const ID: &'static str = "approvals.approve";
    const ROUTE: Route = Route(Post, "/vestibule/v1/approvals/{id}/approve");
    const ACCESS: Access = Access::Approver;
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[DECIDED, EXPIRED];
    type Reply = Fine<Approval>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        let by = cx.caller.actor.id.clone();
        decide(cx, &id, approvals::Decision::Approve, &by).map(Fine)
    }
}

/// Deny a call of an agent
///
/// With an API key or an approver's key.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Deny {
    /// The id of the approval
    id: ApprovalId,
}

impl Operation for Deny {
    const ID: &'static str = "approvals.deny";
    const ROUTE: Route = Route(Post, "/vestibule/v1/approvals/{id}/deny");
    const ACCESS: Access = Access::Approver;
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[DECIDED, EXPIRED];
    type Reply = Fine<Approval>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        let by = cx.caller.actor.id.clone();
        decide(cx, &id, approvals::Decision::Deny, &by).map(Fine)
    }
}
