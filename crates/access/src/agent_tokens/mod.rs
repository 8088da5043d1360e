//! Tokens for agents: each opens a part of this API, for a time.
//!
//! What a token lets its holder do is enforced where every call comes in (`kernel/src/agent`). Here
//! they are made and ended. No token makes or changes one that goes beyond itself, and none changes
//! its own policy.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_kernel::agent::{self, Agent, Policy, TOKEN_PREFIX};
use vestibule_kernel::error::FieldError;
use vestibule_kernel::id::AgentTokenId;
use vestibule_kernel::secret::Secret;
use vestibule_kernel::time::Time;
use vestibule_kernel::{Code, Cx, Error, Op, Result, op};
use vestibule_people::organizations;

mod operations;
mod store;

/// The operations of this domain.
pub const OPERATIONS: &[Op] = &[
    op::<operations::CreateAgentToken>(),
    op::<operations::ListAgentTokens>(),
    op::<operations::GetAgentToken>(),
    op::<operations::UpdateAgentToken>(),
    op::<operations::RevokeAgentToken>(),
];

/// A token was to let its holder do more than the token that asks for it.
const BEYOND_OWN: Code = "agent_policy_beyond_own";
/// A token was to change itself.
const OWN_POLICY: Code = "agent_own_policy";

/// For how long a token is good where nothing else was said, in days.
const DAYS: i64 = 30;
/// The most, in days.
const DAYS_MAX: i64 = 365;

/// Whether a token opens anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum State {
    /// It does.
    Active,
    /// Its time is over.
    Expired,
    /// Somebody has ended it.
    Revoked,
}

/// A token of an agent; its value is shown once, when it is made
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AgentToken {
    /// Always `agent_token`
    #[schemars(extend("const" = "agent_token"))]
    pub object: &'static str,
    /// The id of the token
    pub id: AgentTokenId,
    /// A name for people
    pub name: String,
    /// The end of the token's value, to tell it from others
    pub obfuscated_value: String,
    /// Whether it opens anything
    pub state: State,
    /// What it lets its holder do
    #[serde(flatten)]
    pub policy: Policy,
    /// The OAuth client that somebody let in by it; null where it was made by hand. It then opens
    /// `/mcp` and nothing else, and its value changes each time that the client renews it
    pub client: Option<TokenClient>,
    /// The API key, agent token or approver that made it
    pub created_by: String,
    /// When it ends
    pub expires_at: Time,
    /// When somebody ended it
    pub revoked_at: Option<Time>,
    /// When it was made
    pub created_at: Time,
    /// When it last changed
    pub updated_at: Time,
}

/// An OAuth client, as the person who let it in saw it
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct TokenClient {
    /// Its `client_id`: an address, or what it got when it registered itself
    pub id: String,
    /// What it calls itself
    pub name: String,
    /// Where the person was sent back to
    pub redirect_uri: String,
}

/// A token with its value
#[derive(Debug, Serialize, JsonSchema)]
pub struct AgentTokenWithValue {
    /// The token
    #[serde(flatten)]
    pub agent_token: AgentToken,
    /// The value of the token: shown this once
    pub value: String,
}

/// Makes a token.
fn create(
    cx: &mut Cx<'_>,
    name: String,
    policy: Policy,
    expires_at: Option<Time>,
) -> Result<AgentTokenWithValue> {
    refuse_clients(cx)?;
    let own_end = cx.caller.agent().map(|it| it.expires_at);
    let usual = cx.now().plus_days(DAYS);
    let expires_at = expires_at.unwrap_or_else(|| own_end.map_or(usual, |it| it.min(usual)));
    let policy = check(cx, policy, expires_at)?;
    let value = Secret::random(TOKEN_PREFIX, cx.app.chance());
    let agent_token = AgentToken {
        object: "agent_token",
        id: AgentTokenId::new(cx),
        name,
        obfuscated_value: value.obfuscated(TOKEN_PREFIX),
        state: State::Active,
        policy,
        client: None,
        created_by: cx.caller.actor.id.clone(),
        expires_at,
        revoked_at: None,
        created_at: cx.now(),
        updated_at: cx.now(),
    };
    store::insert(cx, &agent_token, &value, None)?;
    Ok(AgentTokenWithValue { agent_token, value: value.reveal().to_owned() })
}

/// A client's token opens /mcp alone, and would open more by one that it made or widened.
fn refuse_clients(cx: &Cx<'_>) -> Result<()> {
    if cx.caller.agent().is_none_or(|it| !it.of_client) {
        return Ok(());
    }
    let text = "A client's token opens /mcp alone, and makes and changes none that may open more. Have \
                a person do it, with an API key.";
    Err(Error::forbidden(BEYOND_OWN, text))
}

/// For how long the value of a client's token is good, in seconds; then the client renews it.
pub const VALUE_SECONDS: i64 = 60 * 60;

/// A value that a client got, and for how many seconds it is good.
pub struct Issued {
    /// The value.
    pub value: Secret,
    /// How long.
    pub seconds: i64,
}

/// Makes the token of a client that somebody let in.
pub fn grant(
    cx: &mut Cx<'_>,
    client: TokenClient,
    policy: Policy,
    allowed_by: String,
) -> Result<(AgentToken, Issued)> {
    let expires_at = cx.now().plus_days(DAYS);
    let issued = issue(cx, expires_at);
    let agent_token = AgentToken {
        object: "agent_token",
        id: AgentTokenId::new(cx),
        name: client.name.clone(),
        obfuscated_value: issued.value.obfuscated(TOKEN_PREFIX),
        state: State::Active,
        policy,
        client: Some(client),
        created_by: allowed_by,
        expires_at,
        revoked_at: None,
        created_at: cx.now(),
        updated_at: cx.now(),
    };
    let value_ends = cx.now().plus_seconds(issued.seconds);
    store::insert(cx, &agent_token, &issued.value, Some(value_ends))?;
    Ok((agent_token, issued))
}

/// Gives the token of a client another value in the place of the one that it has.
pub fn renew(cx: &mut Cx<'_>, token: &AgentToken) -> Result<Issued> {
    let issued = issue(cx, token.expires_at);
    let ends = cx.now().plus_seconds(issued.seconds);
    store::renew(cx, &token.id, &issued.value, ends)?;
    Ok(issued)
}

fn issue(cx: &Cx<'_>, expires_at: Time) -> Issued {
    let left = (expires_at.millis() - cx.now().millis()) / 1000;
    let value = Secret::random(TOKEN_PREFIX, cx.app.chance());
    Issued { value, seconds: left.min(VALUE_SECONDS) }
}

/// The token of this id, if it opens anything.
pub fn get_active(cx: &mut Cx<'_>, id: &AgentTokenId) -> Result<Option<AgentToken>> {
    Ok(store::get(cx, id)?.filter(|it| it.state == State::Active))
}

/// Ends a token.
pub fn end(cx: &mut Cx<'_>, id: &AgentTokenId) -> Result<()> {
    store::revoke(cx, id)
}

/// The policy in the form that is kept; refuses one that names what is not there, or goes beyond the
/// token that asks for it.
fn check(cx: &mut Cx<'_>, mut policy: Policy, expires_at: Time) -> Result<Policy> {
    policy.operations = patterns(cx, &policy.operations)?;
    for it in policy.organizations.iter().flatten() {
        organizations::find(cx, it)?;
    }
    if expires_at <= cx.now() || expires_at > cx.now().plus_days(DAYS_MAX) {
        let why = format!("expires_at must be in the future, and at most {DAYS_MAX} days ahead.");
        return Err(Error::invalid_field("expires_at", "out_of_range", why));
    }
    if let Some(own) = cx.caller.agent() {
        check_covered(own, &policy, expires_at)?;
    }
    Ok(policy)
}

fn patterns(cx: &Cx<'_>, typed: &[String]) -> Result<Vec<String>> {
    let (mut known, mut wrong) = (Vec::new(), Vec::new());
    for (n, typed) in typed.iter().enumerate() {
        match agent::pattern(cx.app.catalog(), typed) {
            Some(it) => known.push(it),
            None => {
                let why = format!("'{typed}' names no operation, such as users.list or users.*.");
                wrong.push(FieldError::new(&format!("operations.{n}"), "unknown_operation", why));
            }
        }
    }
    if wrong.is_empty() { Ok(known) } else { Err(Error::invalid(wrong)) }
}

fn check_covered(own: &Agent, policy: &Policy, expires_at: Time) -> Result<()> {
    let late = (expires_at > own.expires_at).then_some("expires_at");
    let Some(field) = own.policy.beyond(policy).or(late) else { return Ok(()) };
    let text = format!(
        "An agent token makes none that may do more than itself, and {field} goes beyond it. Ask for \
         less, or have a person do it with an API key."
    );
    Err(Error::forbidden(BEYOND_OWN, text))
}

/// The token of this id, or 404.
fn find(cx: &mut Cx<'_>, id: &AgentTokenId) -> Result<AgentToken> {
    store::get(cx, id)?.ok_or_else(|| Error::not_found("Agent token", id))
}

/// Changes a token, which no token may do to itself.
fn change(
    cx: &mut Cx<'_>,
    id: &AgentTokenId,
    change: impl FnOnce(&mut AgentToken),
) -> Result<AgentToken> {
    if cx.caller.agent().is_some_and(|it| it.id == *id) {
        let text = "An agent token does not change itself. A person does that, with an API key.";
        return Err(Error::forbidden(OWN_POLICY, text));
    }
    refuse_clients(cx)?;
    let mut token = find(cx, id)?;
    change(&mut token);
    token.policy = check(cx, token.policy, token.expires_at)?;
    token.updated_at = cx.now();
    store::update(cx, &token)?;
    find(cx, id)
}
