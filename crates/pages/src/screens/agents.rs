//! What an agent asks a person.
use serde::Serialize;
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
