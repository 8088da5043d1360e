//! What an agent asks a person.
use serde::Serialize;
use vestibule_kernel::Effect;
use vestibule_kernel::agent::approvals::State;

use super::Form;

/// Asks whether an agent may make a call.
#[derive(Serialize)]
pub struct AgentApproval {
    /// Posts `approver_key` and `decision`: `approve` or `deny`
    pub form: Form,
    /// Name of its token
    pub agent: String,
    /// What the operation does, in a line
    pub what: String,
    /// The operation
    pub operation: String,
    /// Whether it deletes, revokes or ends something for good
    pub destroys: bool,
    /// Its arguments, as JSON
    pub arguments: String,
    /// What the agent says it is doing
    pub run: Option<String>,
    /// Address that it asks from
    pub ip_address: Option<String>,
    /// For how many minutes somebody may still decide
    pub minutes: u64,
}

/// It was decided whether an agent makes a call, or is too late to.
#[derive(Serialize)]
pub struct AgentDecided {
    /// How
    pub state: State,
    /// Name of its token
    pub agent: String,
    /// The operation
    pub operation: String,
}

/// Asks whether an OAuth client may act here.
#[derive(Serialize)]
pub struct AgentConsent {
    /// Posts `key`, the effects that are allowed, each by its name, and `decision`: `allow` or `deny`
    pub form: Form,
    /// What the client calls itself
    pub client: String,
    /// Host of the address that it names itself by; none where it registered itself
    pub client_host: Option<String>,
    /// Host and port that the answer is sent to
    pub goes_to: String,
    /// Whether that is the reader's own machine
    pub goes_home: bool,
    /// The address that it wants to use
    pub resource: String,
    /// What it asks for
    pub effects: Vec<AskedEffect>,
}

/// What a client asks to be allowed.
#[derive(Serialize)]
pub struct AskedEffect {
    /// Which
    pub effect: Effect,
    /// Whether it is to be allowed
    pub allowed: bool,
}

/// What became of the request of an OAuth client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A person let it in.
    LetIn,
    /// A person kept it out.
    KeptOut,
    /// Nobody was asked: the request cannot be answered.
    Refused,
}

/// What became of the request of an OAuth client; leads on to it, as [`super::Returning`] does, where a
/// person answered it.
#[derive(Serialize)]
pub struct AgentAnswered {
    /// What the client calls itself
    pub client: String,
    /// What became of it
    pub outcome: Outcome,
    /// Host and port that the answer is sent to
    pub goes_to: String,
    /// Its redirect URI with the answer
    pub location: String,
}
