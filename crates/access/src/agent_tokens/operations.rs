//! What clients can do with agent tokens.
use schemars::JsonSchema;
use serde::Deserialize;
use vestibule_kernel::agent::{
    CALLS_PER_MINUTE, CALLS_PER_MINUTE_MAX, ORGANIZATIONS_MAX, PATTERN_BYTES_MAX, PATTERNS_MAX,
    Policy, Secrets,
};
use vestibule_kernel::id::{AgentTokenId, OrganizationId};
use vestibule_kernel::list::{Page, Paging};
use vestibule_kernel::time::Time;
use vestibule_kernel::{
    Code, Created, Cx, Effect, Fine, Method::*, Operation, Patch, Result, Route,
};

use super::{AgentToken, AgentTokenWithValue, BEYOND_OWN, OWN_POLICY, change, create, find, store};

/// Create a token for an agent
///
/// It opens what its policy says and nothing else, by whichever way it is used: REST, the command
/// line, MCP. Its value is shown once. An agent token makes none that may do more than itself.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateAgentToken {
    /// A name for people
    #[schemars(length(max = 255), regex(pattern = r"\S"))]
    name: String,
    /// What its calls may do
    #[schemars(length(min = 1, max = 3))]
    effects: Vec<Effect>,
    /// Patterns of the operations that it may call, in which `*` stands for any text: `users.*`, or
    /// the name of a tool: `users_list`. All, unless given
    #[schemars(length(min = 1, max = PATTERNS_MAX), inner(length(max = PATTERN_BYTES_MAX)))]
    operations: Option<Vec<String>>,
    /// The organizations that its calls must stay in; a call that is not known to is refused
    #[schemars(length(min = 1, max = ORGANIZATIONS_MAX))]
    organizations: Option<Vec<OrganizationId>>,
    /// Whether secrets in answers are `readable`; `redacted`, unless given
    secrets: Option<Secrets>,
    /// How many calls it may make in a minute; 600, unless given
    #[schemars(range(min = 1, max = CALLS_PER_MINUTE_MAX))]
    calls_per_minute: Option<u32>,
    /// The effects that a person must approve, call by call; `destructive`, unless given
    #[schemars(length(max = 3))]
    approvals: Option<Vec<Effect>>,
    /// When it ends, at most 365 days from now; in 30 days, unless given
    expires_at: Option<Time>,
}

impl Operation for CreateAgentToken {
    const ID: &'static str = "agent_tokens.create";
    const ROUTE: Route = Route(Post, "/vestibule/v1/agent_tokens");
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[BEYOND_OWN];
    const SECRETS: &'static [&'static str] = &["value"];
    type Reply = Created<AgentTokenWithValue>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {
            name,
            effects,
            operations,
            organizations,
            secrets,
            calls_per_minute,
            approvals,
            expires_at,
        } = self;
        let policy = Policy {
            effects,
            operations: operations.unwrap_or_else(|| vec!["*".to_owned()]),
            organizations,
            secrets: secrets.unwrap_or_default(),
            calls_per_minute: calls_per_minute.unwrap_or(CALLS_PER_MINUTE),
            approvals: approvals.unwrap_or_else(|| vec![Effect::Destructive]),
        };
        create(cx, name, policy, expires_at).map(Created)
    }
}

/// List the tokens of agents
///
/// Those that are over are among them.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListAgentTokens {
    #[serde(flatten)]
    paging: Paging,
}

impl Operation for ListAgentTokens {
    const ID: &'static str = "agent_tokens.list";
    const ROUTE: Route = Route(Get, "/vestibule/v1/agent_tokens");
    const EXTENSION: bool = true;
    type Reply = Fine<Page<AgentToken>>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { paging } = self;
        store::list(cx, &paging).map(Fine)
    }
}

/// Get a token of an agent
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetAgentToken {
    /// The id of the token
    id: AgentTokenId,
}

impl Operation for GetAgentToken {
    const ID: &'static str = "agent_tokens.get";
    const ROUTE: Route = Route(Get, "/vestibule/v1/agent_tokens/{id}");
    const EXTENSION: bool = true;
    type Reply = Fine<AgentToken>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        find(cx, &id).map(Fine)
    }
}

/// Change what a token lets an agent do
///
/// What is absent stays as it is. It holds for the next call. No agent token changes itself.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateAgentToken {
    /// The id of the token
    id: AgentTokenId,
    /// A name for people
    #[schemars(length(max = 255), regex(pattern = r"\S"))]
    name: Option<String>,
    /// What its calls may do
    #[schemars(length(min = 1, max = 3))]
    effects: Option<Vec<Effect>>,
    /// Patterns of the operations that it may call
    #[schemars(length(min = 1, max = PATTERNS_MAX), inner(length(max = PATTERN_BYTES_MAX)))]
    operations: Option<Vec<String>>,
    /// The organizations that its calls must stay in; null where they need not stay in any
    #[serde(default)]
    #[schemars(length(min = 1, max = ORGANIZATIONS_MAX))]
    organizations: Patch<Vec<OrganizationId>>,
    /// Whether secrets in answers are `readable` or `redacted`
    secrets: Option<Secrets>,
    /// How many calls it may make in a minute
    #[schemars(range(min = 1, max = CALLS_PER_MINUTE_MAX))]
    calls_per_minute: Option<u32>,
    /// The effects that a person must approve, call by call
    #[schemars(length(max = 3))]
    approvals: Option<Vec<Effect>>,
    /// When it ends, at most 365 days from now
    expires_at: Option<Time>,
}

impl Operation for UpdateAgentToken {
    const ID: &'static str = "agent_tokens.update";
    const ROUTE: Route = Route(Patch, "/vestibule/v1/agent_tokens/{id}");
    const EXTENSION: bool = true;
    const FAILS: &'static [Code] = &[BEYOND_OWN, OWN_POLICY];
    type Reply = Fine<AgentToken>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self {
            id,
            name,
            effects,
            operations,
            organizations,
            secrets,
            calls_per_minute,
            approvals,
            expires_at,
        } = self;
        let token = change(cx, &id, |token| {
            let policy = &mut token.policy;
            set(&mut token.name, name);
            set(&mut policy.effects, effects);
            set(&mut policy.operations, operations);
            organizations.apply(&mut policy.organizations);
            set(&mut policy.secrets, secrets);
            set(&mut policy.calls_per_minute, calls_per_minute);
            set(&mut policy.approvals, approvals);
            set(&mut token.expires_at, expires_at);
        });
        token.map(Fine)
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

/// Revoke a token of an agent
///
/// It opens nothing from then on, and stays in the list.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RevokeAgentToken {
    /// The id of the token
    id: AgentTokenId,
}

impl Operation for RevokeAgentToken {
    const ID: &'static str = "agent_tokens.revoke";
    const ROUTE: Route = Route(Post, "/vestibule/v1/agent_tokens/{id}/revoke");
    const EFFECT: Effect = Effect::Destructive;
    const EXTENSION: bool = true;
    type Reply = Fine<AgentToken>;

    fn run(self, cx: &mut Cx<'_>) -> Result<Self::Reply> {
        let Self { id } = self;
        find(cx, &id)?;
        store::revoke(cx, &id)?;
        find(cx, &id).map(Fine)
    }
}
